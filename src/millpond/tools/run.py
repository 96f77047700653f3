"""`millpond run program.py ARGUMENTS`: runs a program that was written for TensorFlow 1, as it is."""

from __future__ import annotations

import argparse
import sys

from millpond.compat.alias import runner


def main(argv: list[str]) -> int:
    """Runs `millpond run`; `argv` are the words after it."""
    options, program, arguments = split(argv)
    parser = argparse.ArgumentParser(
        prog="millpond run", usage="millpond run [options] (program.py | -m module) [argument ...]",
        description="Run a program that imports tensorflow, as Python would, with Millpond in its place.",
    )
    parser.add_argument("-m", dest="module", metavar="module", help="the program is a module, as for python -m")
    chosen = parser.parse_args(options)
    if chosen.module is None and program is None:
        parser.error("give a program to run: a file, or -m and a module")
    try:
        found = (runner.script(program, arguments) if chosen.module is None and program is not None
                 else runner.module(chosen.module, arguments))
    except (FileNotFoundError, ImportError) as error:
        print(f"millpond run: {error}", file=sys.stderr)
        return 2 if isinstance(error, FileNotFoundError) else 1
    except SyntaxError as error:
        runner.show(error, None)
        return 1
    runner.run(found)
    return 0


def split(argv: list[str]) -> tuple[list[str], str | None, list[str]]:
    """The words that are options of `run`, the program, and those that are the program's own.

    Example:
      >>> split(["train.py", "--steps", "3"])
      ([], 'train.py', ['--steps', '3'])
      >>> split(["-m", "models.train", "-m"])
      (['-m', 'models.train'], None, ['-m'])
    """
    for index, word in enumerate(argv):
        if word == "-m":
            return argv[:index + 2], None, argv[index + 2:]
        if not word.startswith("-"):
            return argv[:index], word, argv[index + 1:]
    return argv, None, []
