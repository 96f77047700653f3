"""`tf.app`: the entry point of a program with flags."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NoReturn

from absl import app as _absl_app

from millpond.namespaces import flags


def run(main: Callable[[list[str]], Any] | None = None, argv: list[str] | None = None) -> NoReturn:
    """Parses the flags, calls `main`, and ends the program with what it returns (None: success).

    Args:
      main: Takes a list: the program's name, and what of the command line is no known flag. By default `main`
        of the program's own file.
      argv: The command line, with the program's name; by default `sys.argv`.
    """
    main = main or sys.modules["__main__"].main
    _absl_app.run(main=main, argv=argv, flags_parser=_parse_known_flags)
    raise AssertionError("absl.app.run returned")


def _parse_known_flags(argv: list[str]) -> list[str]:
    return flags.FLAGS(argv, known_only=True)
