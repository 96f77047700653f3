"""The `millpond` command: `millpond run program.py`, `millpond demo`, `millpond board --logdir DIR`, ...

Each command is the function `main` of a module of its own, which is imported when the command is given: what one of
them needs is no delay for the others.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import NamedTuple


class Command(NamedTuple):
    """What a command does, in a few words, and the module that does it."""

    about: str
    module: str


COMMANDS = {
    "run": Command("run a TensorFlow 1 program", "millpond.tools.run"),
    "check": Command("say which TensorFlow symbols programs use, and which are missing", "millpond.tools.check"),
    "demo": Command("train a network that reads handwritten digits", "millpond.tools.demo"),
    "board": Command("show a run in TensorBoard", "millpond.tools.board"),
    "export": Command("hand a SavedModel on as StableHLO or ONNX", "millpond.tools.export"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status; usage errors leave through `SystemExit(2)`.

    Args:
      argv: The words after `millpond`; None takes them from the command line.

    Example:
      >>> main(["--version"])  # doctest: +ELLIPSIS
      Traceback (most recent call last):
      ...
      SystemExit: 0
    """
    words = sys.argv[1:] if argv is None else list(argv)
    if words and words[0] in COMMANDS:
        return importlib.import_module(COMMANDS[words[0]].module).main(words[1:])
    parser = argparse.ArgumentParser(prog="millpond", description="Millpond: TensorFlow 1 programs on XLA.")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version, and exit")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.about)
    parser.parse_args(words)
    raise AssertionError("argparse accepted a command that there is not")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *others: object) -> None:
        metadata = importlib.import_module("importlib.metadata")  # it takes as long as all the rest
        try:
            version = metadata.version("millpond")
        except metadata.PackageNotFoundError:
            version = "(not installed: run from its source folder)"
        print(f"millpond {version}")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
