"""Packages that others wrote for TensorFlow 1, as they are published, run over Millpond.

    make programs                      all of them, each in an environment of its own
    make programs PROGRAMS="trfl"      some of them

Where a package ships its tests, those are run, under `millpond run -m pytest`; where it ships none, each of its modules
is imported. The results go to `tests/data/programs.json`, from which `make names` writes the table in
`docs/compatibility.md`.
"""
