"""`millpond check PATH...`: which symbols of TensorFlow programs use, and whether they are there.

The programs are read, not run: Python files, files of Python 2 (with `millpond[py2]`), notebooks, and folders of them.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from millpond.compat.notebook import reading
from millpond.compat.python2 import translating
from millpond.public import missing, presence
from millpond.public.table.planned import INSTEAD
from millpond.tools import symbols

_SKIPPED = {".git", ".hg", ".ipynb_checkpoints", ".venv", "__pycache__", "node_modules", "site-packages", "venv"}


class Finding(NamedTuple):
    """A symbol in a file.

    Attributes:
      symbol: Its path.
      lines: Where it stands: lines, or `cell 3, line 2` of a notebook.
      there: Whether it is there.
      stands: What stands for it, or, where it is not there, what is known of it.
      guarded: Whether the program goes on without it wherever it stands.
    """

    symbol: str
    lines: list[str]
    there: bool
    stands: str
    guarded: bool

    @property
    def is_missed(self) -> bool:
        """Whether the program fails for want of it."""
        return not self.there and not self.guarded


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command: 0 if all symbols are there, 1 if any is missing or a file cannot be read."""
    parser = argparse.ArgumentParser(
        prog="millpond check", description="Say which TensorFlow symbols programs use, without running them.")
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a Python file, a notebook, or a folder of them")
    parser.add_argument("--missing", action="store_true", help="list only what is missing")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = parser.parse_args(argv)
    results: dict[str, list[Finding]] = {}
    errors: dict[str, str] = {}
    for path in _files(options.paths, errors):
        try:
            results[str(path)] = findings(path)
        except (SyntaxError, ValueError, OSError, ModuleNotFoundError) as error:
            errors[str(path)] = str(error)
    if options.json:
        print(json.dumps(_as_json(results, errors), indent=2))
    else:
        _print(results, errors, options.missing)
    return int(bool(errors) or any(finding.is_missed for found in results.values() for finding in found))


def _files(paths: Sequence[str], errors: dict[str, str]) -> Iterator[Path]:
    for name in paths:
        path = Path(name)
        if path.is_dir():
            yield from (file for file in sorted(path.rglob("*")) if file.suffix in (".py", ".ipynb") and file.is_file()
                        and not _SKIPPED.intersection(file.relative_to(path).parts))
        elif path.is_file():
            yield path
        else:
            errors[name] = "there is no such file or folder"


def findings(path: Path) -> list[Finding]:
    """The symbols of TensorFlow that a file uses, in the order of their first use.

    Args:
      path: A Python file or a notebook.

    Raises:
      SyntaxError: If it is neither Python 3 nor Python 2.
      ValueError: If a notebook is none.
      ModuleNotFoundError: If it is Python 2, and `fissix` is not installed.
    """
    lines: dict[str, list[str]] = {}
    guarded: dict[str, bool] = {}
    found: dict[str, presence.Presence] = {}
    needs: dict[str, str] = {}
    for use, place in _uses(path):
        try:
            there = presence.look_up(use.symbol, load=True)
        except ImportError as error:  # it comes with an extra
            there = presence.Presence(use.symbol, None)
            needs[use.symbol] = str(error)
        if there.place is None or not _is_step(use.symbol):
            found[there.symbol] = there
            lines.setdefault(there.symbol, []).append(place)
            guarded[there.symbol] = guarded.get(there.symbol, True) and use.guarded
    return [Finding(symbol, list(dict.fromkeys(lines[symbol])), there.place is not None,
                    there.place or needs.get(symbol) or what_is_known(symbol), guarded[symbol])
            for symbol, there in found.items()]


def _is_step(symbol: str) -> bool:
    """Whether a path only leads to the symbols, such as `tf.python.framework`."""
    return symbol in ("tf.compat.v1", "tf.contrib", "tf.python", "tf.core", "tf.compat")


def _uses(path: Path) -> Iterator[tuple[symbols.Use, str]]:
    if path.suffix != ".ipynb":
        data = path.read_bytes()
        for use in symbols.used(_parsed(data, str(path))):
            yield use, str(use.line)
        return
    # One program of all cells: what a cell imports, the next uses.
    cells = reading.read(path)
    places: list[str] = []
    program: list[ast.stmt] = []
    for cell in cells:
        tree = _parsed(reading.python_of(cell.source).encode(), f"{path}, cell {cell.number}")
        for node in ast.walk(tree):
            if hasattr(node, "lineno"):
                node.lineno += len(places)
        places += [f"cell {cell.number}, line {line}" for line in range(1, cell.source.count("\n") + 2)]
        program += tree.body
    for use in symbols.used(ast.Module(program, [])):
        yield use, places[use.line - 1]


def _parsed(data: bytes, name: str) -> ast.Module:
    source = translating.decode(data)
    try:
        return ast.parse(source, name)
    except SyntaxError as error:
        lines = source.splitlines()
        line = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else None
        if not translating.looks_like_python_2(error, line):
            raise
        return translating.tree(source, name)


def what_is_known(symbol: str) -> str:
    """What is known of a symbol that is not there: what it is planned with, why it is left out, what to use instead."""
    parts = [missing.standing(symbol) or "not a name of TensorFlow 1, as far as is known"]
    instead = missing.nearest(symbol, INSTEAD)
    if instead is not None:
        parts.append(f"use {INSTEAD[instead]}")
    elif missing.standing(symbol) is None:
        module, _, name = symbol.rpartition(".")
        parts += [f"did you mean {suggestion}?" for suggestion in missing.suggestions(module, name)[:1]]
    return "; ".join(parts)


def _as_json(results: dict[str, list[Finding]], errors: dict[str, str]) -> dict[str, object]:
    return {
        "files": [{"path": path, "symbols": [finding._asdict() for finding in found]}
                  for path, found in results.items()],
        "errors": errors,
        "missing": sorted({finding.symbol for found in results.values() for finding in found if finding.is_missed}),
    }


def _print(results: dict[str, list[Finding]], errors: dict[str, str], only_missing: bool) -> None:
    for path, found in results.items():
        shown = [finding for finding in found if finding.is_missed or not only_missing]
        if not shown:
            continue
        print(path)
        for finding in shown:
            mark = "ok     " if finding.there else "absent " if finding.guarded else "MISSING"
            print(f"  {mark} {finding.symbol:<44} {finding.stands}  ({_places(finding.lines)})")
    for path, error in errors.items():
        print(f"{path}: {error}", file=sys.stderr)
    every = {finding.symbol: finding for found in results.values() for finding in found}
    missed = {finding.symbol for found in results.values() for finding in found if finding.is_missed}
    print(f"{len(every)} symbols of TensorFlow in {len(results)} file{'s' if len(results) != 1 else ''}: "
          f"{len(missed)} missing" + (f", {len(errors)} not read" if errors else ""))


def _places(lines: list[str]) -> str:
    shown = ", ".join(lines[:4]) + (", ..." if len(lines) > 4 else "")
    return shown if lines[0].startswith("cell") else f"line{'s' if len(lines) > 1 else ''} {shown}"
