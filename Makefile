# make demo     trains a network that reads digits; needs nothing but Python
# make test     all tests
# make browser-test  looks at a graph in TensorBoard with Chromium, which it installs
# make check    lint, types, layers and the fast tests: before each commit
# make names    writes the stubs and docs/compatibility.md anew from the table of public names
# make gallery  runs the programs of examples/ in full, and draws what docs/gallery.md shows
# make bench    measures speed against JAX by hand, and against TensorFlow once make bench-peers has installed it
# make mutants  tries small wrong changes of the core: would the tests notice? MUTANTS=300 tries a sample, SEED=1 another
# make programs runs packages written for TensorFlow 1, as published; PROGRAMS="trfl bert" runs some, SECONDS=60 a folder
# make interop  exchanges files with the real TensorFlow, in an environment of its own

PYTHON ?= python3
JOBS ?= 2
MUTANTS ?= 0
SEED ?= 0
PROGRAMS ?=
SECONDS ?= 900
RUN := artifacts/demo

BIN := .venv/bin
INSTALLED := .venv/.installed
TEST_INSTALLED := .venv/.installed-test
MUTANTS_INSTALLED := .venv/.installed-mutants
INTEROP_INSTALLED := .venv-interop/.installed
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check

# The browser test runs where there is a Chromium, and where CI is set, which installs one.
CHROMIUM := $(firstword $(foreach name,chromium chromium-browser google-chrome google-chrome-stable,$(shell command -v $(name))))
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)

.PHONY: demo test browser-test chromium check names gallery bench bench-peers mutants programs interop clean
.DELETE_ON_ERROR:

demo: $(INSTALLED)
	$(BIN)/millpond demo --logdir $(RUN)

test: $(TEST_INSTALLED)
	$(if $(CI),-@$(MAKE) --no-print-directory chromium)
	$(BIN)/python -m pytest -n $(JOBS) $(if $(CI)$(CHROMIUM),,-m "not browser")
	@$(if $(CI)$(CHROMIUM),true,echo "Left out: the browser test. make browser-test installs Chromium and runs it.")

browser-test: $(TEST_INSTALLED) chromium
	$(BIN)/python -m pytest tests/browser

chromium:
ifeq ($(CHROMIUM),)
	@echo "Installing Chromium ..."
	@{ $(SUDO) apt-get -qq update && $(SUDO) env DEBIAN_FRONTEND=noninteractive \
		apt-get -qq install --yes --no-install-recommends chromium >/dev/null; } || \
		{ echo "Chromium cannot be installed by apt-get here: install Chromium or Chrome by hand, and put it on PATH."; exit 1; }
endif

check: $(TEST_INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n $(JOBS) -m "not slow"

names: $(INSTALLED)
	$(BIN)/python tools/write_names.py

gallery: $(TEST_INSTALLED)
	$(BIN)/python tools/draw_gallery.py

bench: $(INSTALLED)
	$(BIN)/python bench/run.py

bench-peers: $(INTEROP_INSTALLED)

mutants: $(MUTANTS_INSTALLED)
	PYTHONPATH=tools $(BIN)/python -m mutants --sample $(MUTANTS) --seed $(SEED) --jobs $(JOBS)

programs: $(TEST_INSTALLED)
	PYTHONPATH=tools $(BIN)/python -m programs --seconds $(SECONDS) $(PROGRAMS)
	$(BIN)/python tools/write_names.py

interop: $(INTEROP_INSTALLED)
	.venv-interop/bin/python -m pytest tests/interop

clean:
	rm -rf .venv .venv-interop build dist artifacts

# The stamps: nothing is installed again unless pyproject.toml changes.

$(INSTALLED): pyproject.toml | .venv/bin/python
	@echo "Installing Millpond into .venv ..."
	$(BIN)/python $(PIP_INSTALL) --editable .
	@touch $@

$(TEST_INSTALLED): pyproject.toml | .venv/bin/python
	@echo "Installing Millpond and its test tools into .venv ..."
	$(BIN)/python $(PIP_INSTALL) --editable '.[test]'
	@touch $(INSTALLED) $@

$(MUTANTS_INSTALLED): pyproject.toml | .venv/bin/python
	@echo "Installing Millpond and what finds survivors into .venv ..."
	$(BIN)/python $(PIP_INSTALL) --editable '.[test,mutants]'
	@touch $(INSTALLED) $(TEST_INSTALLED) $@

$(INTEROP_INSTALLED): pyproject.toml | .venv-interop/bin/python
	@echo "Installing Millpond and TensorFlow into .venv-interop ..."
	.venv-interop/bin/python $(PIP_INSTALL) --editable '.[interop]'
	@touch $@

%/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Millpond needs Python 3.11 or later; name one with: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $*
