"""Runs notebooks: cell after cell in one namespace, as "Run All" does.

State: none beside the namespace; what of IPython's commands was noted once is in the notebook's `Magics`.
"""

from __future__ import annotations

import ast
import functools
import linecache
import os
import re
import shlex
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any

from millpond.compat.notebook import reading
from millpond.compat.notebook.reading import MAGICS, Cell
from millpond.compat.python2 import translating

# Commands that ask for nothing here: plots are saved, modules are not reloaded.
_SILENT = {"matplotlib", "load_ext", "reload_ext", "autoreload", "config", "time", "timeit", "capture", "reset",
           "tensorflow_version", "tensorboard", "precision", "who", "whos", "pdb", "debug", "xmode", "doctest_mode"}
_INSTALLS = re.compile(r"^\s*(sudo\s+)?(python3?\s+-m\s+)?(pip3?|conda|apt|apt-get|easy_install)\s+.*\binstall\b")


def code_of(path: str, python2: bool = False) -> CodeType:
    """A program that runs a notebook.

    Args:
      path: The notebook.
      python2: Whether its cells are Python 2.

    Raises:
      ValueError: If the file is no notebook.
    """
    reading.read(path)
    call = f"__import__({__name__!r}, fromlist=['run']).run({path!r}, globals(), {python2})"
    return compile(call, path, "exec", dont_inherit=True)


def run(path: str | Path, namespace: dict[str, Any], python2: bool = False) -> None:
    """Runs the cells of a notebook.

    Args:
      path: The notebook.
      namespace: Where its names live, such as `vars(sys.modules["__main__"])`.
      python2: Whether its cells are Python 2.

    Raises:
      ValueError: If the file is no notebook.
      Exception: What a cell raises, with a note that names the cell.
    """
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _show_error
    magics = Magics(namespace)
    true_division = False
    namespace.update({MAGICS: magics, "display": display, "get_ipython": lambda: magics, "In": [""], "Out": {}})
    for cell in reading.read(path):
        true_division = true_division or translating.divides_truly(cell.source)  # from there on, as in IPython
        try:
            _run_cell(cell, Path(path).name, namespace,
                      functools.partial(translating.tree, true_division=true_division) if python2 else ast.parse)
        except (Exception, KeyboardInterrupt) as error:
            error.add_note(f"In cell {cell.number} of {path}, which begins with {_first_line(cell)!r}.")
            raise
        _show_figures()


def _run_cell(cell: Cell, notebook: str, namespace: dict[str, Any],
              tree_of: Callable[[str, str], ast.Module]) -> None:
    name = f"<cell {cell.number} of {notebook}>"
    source = reading.python_of(cell.source)
    # Tracebacks show the cell as it was written.
    linecache.cache[name] = (len(cell.source), None, cell.source.splitlines(keepends=True), name)
    parsed = tree_of(source, name)
    last = parsed.body[-1] if parsed.body else None
    if isinstance(last, ast.Expr) and not cell.source.rstrip().endswith(";"):
        parsed.body[-1] = ast.copy_location(ast.Assign([ast.Name("_", ast.Store())], last.value), last)
        ast.fix_missing_locations(parsed)
        exec(compile(parsed, name, "exec", dont_inherit=True), namespace)
        display(namespace["_"])
    else:
        exec(compile(parsed, name, "exec", dont_inherit=True), namespace)


def _show_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Shows an error as Python does, with the lines of the cells and without the frames that lead to them."""
    first = trace
    while first is not None and not first.tb_frame.f_code.co_filename.startswith("<cell "):
        first = first.tb_next
    traceback.print_exception(kind, error, first)


def _first_line(cell: Cell) -> str:
    return cell.source.strip().partition("\n")[0]


def display(*values: Any, **options: Any) -> None:
    """Prints values as a notebook shows them; None is not shown."""
    for value in values:
        if value is not None:
            print(value if isinstance(value, str) and options else repr(value))


def _show_figures() -> None:
    """What a cell has drawn is shown at its end."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and pyplot.get_fignums():
        pyplot.show()


class Magics:
    """What the commands of IPython do; it also is what `get_ipython()` gives.

    Args:
      namespace: That of the notebook.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.user_ns = namespace
        self._noted: set[str] = set()

    def line(self, name: str, arguments: str) -> Any:
        """Runs `%name arguments`."""
        known = {"cd": self._cd, "env": self._env, "set_env": self._env, "run": self._run, "pwd": self._pwd,
                 "pylab": self._pylab, "ls": self._ls, "mkdir": self._mkdir, "system": self._system}
        if name in known:
            return known[name](arguments)
        if name in ("pip", "conda"):
            return self.shell(f"{name} {arguments}", False)
        if name not in _SILENT:
            self._note(f"%{name}", "is not run")
        return None

    def cell(self, name: str, arguments: str, body: str) -> None:
        """Runs a cell that begins with `%%name arguments` and is no Python."""
        if name in ("bash", "sh", "script", "!"):
            subprocess.run(["bash", "-c", body], check=True)
        elif name in ("writefile", "file"):
            words = shlex.split(arguments)
            append = "-a" in words
            with open(words[-1], "a" if append else "w") as file:
                file.write(body if body.endswith("\n") else f"{body}\n")
        else:
            self._note(f"%%{name}", "is not run")

    def shell(self, command: str, wanted: bool) -> list[str] | None:
        """Runs `!command`; gives the lines that it prints where they are wanted."""
        if _INSTALLS.match(command):
            self._note(f"!{command}", "is not run: install what the notebook needs yourself")
            return [] if wanted else None
        filled = self._filled(command)
        sys.stdout.flush()
        if not wanted:
            subprocess.run(["bash", "-c", filled], check=False)
            return None
        done = subprocess.run(["bash", "-c", filled], check=False, stdout=subprocess.PIPE, text=True)
        return done.stdout.splitlines()

    def _filled(self, command: str) -> str:
        """A command with the values of `{expression}` and `$name`."""

        def value(match: re.Match[str]) -> str:
            try:
                return str(eval(match[1] or match[2], self.user_ns))
            except (NameError, SyntaxError):
                return match[0]  # braces and variables of the shell

        return re.sub(r"\{([^{}\s][^{}]*)\}|(?<!\$)\$([A-Za-z_]\w*)", value, command)

    def _note(self, what: str, outcome: str) -> None:
        if what not in self._noted:
            self._noted.add(what)
            print(f"[millpond] {what} {outcome}", file=sys.stderr)

    def _cd(self, arguments: str) -> None:
        os.chdir(os.path.expanduser(self._filled(arguments.strip("'\"")) or "~"))

    def _pwd(self, arguments: str) -> str:
        return os.getcwd()

    def _env(self, arguments: str) -> Any:
        name, equals, value = arguments.partition("=")
        if not equals:
            name, _, value = arguments.partition(" ")
        if not name:
            return dict(os.environ)
        if not value and not equals:
            return os.environ.get(name)
        os.environ[name.strip()] = self._filled(value.strip())
        return None

    def _run(self, arguments: str) -> None:
        words = shlex.split(self._filled(arguments))
        path = next(word for word in words if not word.startswith("-"))
        before, sys.argv = sys.argv, words[words.index(path):]
        try:
            exec(compile(Path(path).read_text(), path, "exec", dont_inherit=True), self.user_ns)
        finally:
            sys.argv = before

    def _pylab(self, arguments: str) -> None:
        exec("from pylab import *", self.user_ns)

    def _ls(self, arguments: str) -> None:
        self.shell(f"ls {arguments}", False)

    def _mkdir(self, arguments: str) -> None:
        self.shell(f"mkdir {arguments}", False)

    def _system(self, arguments: str) -> list[str] | None:
        return self.shell(arguments, True)

    # What notebooks call on `get_ipython()`.

    def magic(self, command: str) -> Any:
        """Runs `%command`."""
        name, _, arguments = command.lstrip("%").partition(" ")
        return self.line(name, arguments)

    def run_line_magic(self, magic_name: str, line: str) -> Any:
        """Runs `%magic_name line`."""
        return self.line(magic_name, line)

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> None:
        """Runs a cell that begins with `%%magic_name line`."""
        self.cell(magic_name, line, cell)

    def system(self, command: str) -> None:
        """Runs a command of the shell."""
        self.shell(command, False)
