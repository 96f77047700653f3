"""Reads the code cells of a notebook (nbformat 2 to 4), with IPython's commands as calls in Python.

    cell 4                          as Python
    %matplotlib inline              __notebook__.line("matplotlib", "inline")
    files = !ls {folder}            files = __notebook__.shell("ls {folder}", True)
    %%time                          (the rest of the cell, as it is)
    %%bash                          __notebook__.cell("bash", "", "...the rest of the cell...")
"""

from __future__ import annotations

import io
import json
import re
import tokenize
from pathlib import Path
from typing import Any, NamedTuple

MAGICS = "__notebook__"

# What stands around a cell that is Python all the same.
_AROUND_PYTHON = ("time", "timeit", "capture", "prun", "python", "python3", "debug")
_LINE = re.compile(r"^(?P<indent>\s*)(?:(?P<target>[A-Za-z_][\w.,\s]*?)\s*=\s*)?(?P<mark>%|!!?)(?P<rest>[^=].*)$")
_HELP = re.compile(r"^\s*(\?\??\s*[\w.]+|[\w.]+\s*\?\??)\s*$")


class Cell(NamedTuple):
    """A code cell: its number as Jupyter counts when all are run in order, and its text."""

    number: int
    source: str


def read(path: str | Path) -> list[Cell]:
    """The code cells of a notebook.

    Args:
      path: The `.ipynb` file.

    Raises:
      ValueError: If the file is no notebook.
    """
    text = Path(path).read_text(encoding="utf-8-sig")
    try:
        document = json.loads(text)
        sheets = document["worksheets"] if "worksheets" in document else [document]
        cells = [cell for sheet in sheets for cell in sheet["cells"] if cell["cell_type"] == "code"]
        sources = [_joined(cell.get("source", cell.get("input", ""))) for cell in cells]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a notebook: {error}") from None
    filled = [source for source in sources if source.strip()]
    return [Cell(number, source) for number, source in enumerate(filled, 1)]


def _joined(source: Any) -> str:
    return source if isinstance(source, str) else "".join(source)


def python_of(source: str) -> str:
    """A cell as Python, line by line as long as before.

    Args:
      source: The cell, with IPython's commands.

    Example:
      >>> print(python_of("%matplotlib inline\\nx = 1"))
      __notebook__.line('matplotlib', 'inline')
      x = 1
    """
    lines = source.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        name, _, arguments = lines[first][2:].strip().partition(" ")
        if name not in _AROUND_PYTHON:
            body = "\n".join(lines[first + 1:])
            return "\n" * first + f"{MAGICS}.cell({name!r}, {arguments.strip()!r}, {body!r})"
        lines[first] = f"{MAGICS}.line({name!r}, '')" if not arguments else "pass"
    return "\n".join(_translated(lines))


def _translated(lines: list[str]) -> list[str]:
    """The lines, with those that begin a statement and are IPython's as Python."""
    done: list[str] = []
    statement: list[str] = []  # lines of a statement that goes on
    for line in lines:
        if not statement:
            command = _command(line)
            if command is not None:
                done.append(command)
                continue
        statement.append(line)
        done.append(line)
        if not _goes_on("\n".join(statement)):
            statement = []
    return done


def _command(line: str) -> str | None:
    if _HELP.match(line):
        return "pass"
    match = _LINE.match(line)
    if match is None:
        return None
    indent, target, mark, rest = match["indent"], match["target"], match["mark"], match["rest"].strip()
    assign = f"{target.strip()} = " if target else ""
    if mark != "%":
        return f"{indent}{assign}{MAGICS}.shell({rest!r}, {bool(target) or mark == '!!'})"
    name, _, arguments = rest.lstrip("%").partition(" ")
    if name in ("time", "timeit", "prun") and not target:
        words = arguments.strip()
        while name == "timeit" and re.match(r"-[nrtcpqo]", words):  # `-n 10 -r3`
            words = re.sub(r"^-[nrp]\s*\d+\s*|^-[tcqo]\s*", "", words)
        return f"{indent}{words or 'pass'}"
    if name in ("time", "timeit"):
        return f"{indent}{assign}{arguments.strip()}"
    return f"{indent}{assign}{MAGICS}.line({name!r}, {arguments.strip()!r})"


def _goes_on(text: str) -> bool:
    """Whether a statement is not at its end: inside brackets, a string of several lines, or before a backslash."""
    if text.rstrip(" \t").endswith("\\"):
        return True
    try:
        for _ in tokenize.generate_tokens(io.StringIO(text).readline):
            pass
    except tokenize.TokenError as error:
        return "multi-line" in str(error) or "unterminated triple" in str(error) or "never closed" in str(error)
    except SyntaxError:  # IndentationError: it stands in a block that is not looked at here
        return False
    return False
