"""`millpond run program.py ARGUMENTS`: runs a program that was written for TensorFlow 1, as it is."""

from __future__ import annotations

import argparse
import functools
import os
import sys

from millpond.compat.alias import runner
from millpond.compat.habits import table
from millpond.compat.notebook import running
from millpond.compat.python2 import importing, translating


def main(argv: list[str]) -> int:
    """Runs `millpond run`; `argv` are the words after it."""
    options, program, arguments = split(argv)
    parser = argparse.ArgumentParser(
        prog="millpond run", usage="millpond run [options] (program.py | notebook.ipynb | -m module) [argument ...]",
        description="Run a program that imports tensorflow, as Python would, with Millpond in its place.",
        formatter_class=argparse.RawDescriptionHelpFormatter, epilog=_habits() if {"-h", "--help"} & {*options} else "",
    )
    parser.add_argument("-m", dest="module", metavar="module", help="the program is a module, as for python -m")
    parser.add_argument("--py2", action="store_true",
                        help="the program is written in Python 2: translate it and its modules, in memory")
    chosen = parser.parse_args(options)
    if chosen.module is None and program is None:
        parser.error("give a program to run: a file, or -m and a module")
    table.mend()
    table.serve_children()
    try:
        found = _program(chosen.module, program, arguments, chosen.py2)
    except (FileNotFoundError, ImportError, ValueError) as error:
        print(f"millpond run: {error}", file=sys.stderr)
        return 2 if isinstance(error, FileNotFoundError) else 1
    except SyntaxError as error:
        runner.show(error, None)
        return 1
    runner.run(found)
    return 0


def _program(module: str | None, path: str | None, arguments: list[str], python2: bool) -> runner.Program:
    """What is to be run.

    Raises:
      FileNotFoundError: If there is no such file.
      ImportError: If there is no such module, or nothing that translates Python 2.
      SyntaxError: If it is not Python.
      ValueError: If it is a notebook by its name alone.
    """
    if python2:
        importing.install(os.getcwd() if path is None else os.path.dirname(os.path.realpath(path)))
    if path is None:
        found = runner.module(module or "", arguments)
    elif path.endswith(".ipynb") and os.path.isfile(path):
        found = runner.script(path, arguments, functools.partial(running.code_of, python2=python2))
    else:
        found = runner.script(path, arguments, translating.code_of if python2 else runner.compiled)
    return found._replace(names={"__builtins__": importing.builtin_names()}) if python2 else found


def _habits() -> str:
    """What `--help` says of old habits."""
    mended = "".join(f"  {line}\n" for line in table.lines())
    left = "".join(f"  {line}\n" for line in table.LEFT)
    return ("Old habits of programs are mended while they run; `import millpond` mends nothing.\n"
            f"\n{mended}\nNot mended:\n{left}")


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
