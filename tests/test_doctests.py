"""Every example in a docstring of the package runs and gives what it shows."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import millpond

# The handlers for oneDNN are a library for XLA, not a module.
MODULES = sorted(module.name for module in pkgutil.walk_packages(millpond.__path__, "millpond.")
                 if module.name != "millpond.compiler._onednn")


@pytest.mark.slow
@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0
