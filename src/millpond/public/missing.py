"""What an error says of a public name that is not there.

A name that TensorFlow 1 has is told from one that is misspelt: the first is explained from the table, for the second
the nearest names are suggested.
"""

from __future__ import annotations

import difflib

from millpond.public import inner
from millpond.public.table import ABOUT, MODULES, PATHS, SAME, original
from millpond.public.table.planned import INSTEAD, LEFT_OUT, PLANNED

_COMES_WITH = {path: area for area, block in PLANNED.items() for path in block.split()}


def error(module: str, name: str, shown: str | None = None) -> AttributeError:
    """The error for a name that a public module does not have.

    Args:
      module: Path of the module, such as `tf.nn`.
      name: What was looked up in it.
      shown: What the caller calls the module, where it is not its path.
    """
    message = f"module '{module if shown is None else shown}' has no attribute '{name}'{advice(module, name)}"
    # Python adds a guess of its own to what it prints, unless it is told of no object.
    return AttributeError(message, name=name, obj=object())


def advice(module: str, name: str) -> str:
    """The end of a message that a module does not have a name: where that stands, or what it may mean; else empty."""
    if name.startswith("__"):  # tools ask modules for many such names, and ask often
        return ""
    explained = explanation(f"{module}.{name}")
    if explained is not None:
        return f": {explained}"
    found = suggestions(module, name)
    return f". Did you mean {' or '.join(found)}?" if found else ""


def explanation(path: str) -> str | None:
    """Where a name of TensorFlow 1 stands that is not there, or None for what is no name of TensorFlow 1."""
    path = original(path)
    module, _, name = path.rpartition(".")
    public = inner.former(module, name)
    if public is not None:
        stands_for = explanation(public)
        return None if stands_for is None else f"it stands for {public}. {stands_for}"
    listed = nearest(path, LEFT_OUT)
    if listed is not None:
        return f"{path} is part of TensorFlow 1 and left out of Millpond: {LEFT_OUT[listed]}."
    listed = nearest(path, _COMES_WITH)
    if listed is not None:
        text = (f"{path} is part of TensorFlow 1 and not in Millpond yet; it is planned with {_COMES_WITH[listed]} "
                "(see docs/compatibility.md).")
        instead = nearest(path, INSTEAD)
        return text if instead is None else f"{text} Until then, use {INSTEAD[instead]}."
    if path.startswith("tf.contrib."):
        return f"{path} is no part of Millpond; docs/compatibility.md lists what of tf.contrib is planned."
    if inner.is_inside(module):
        return f"{path} was inside of TensorFlow, in one release or another, and is not in Millpond{_elsewhere(name)}."
    return None


def _elsewhere(name: str) -> str:
    found = [path for path in PATHS if path.endswith(f".{name.strip('_')}")][:2]
    return f"; the nearest is {' or '.join(found)}" if found else ""


def standing(path: str) -> str | None:
    """Where a name stands that is not there, in a few words: what it is planned with, or why it is left out."""
    listed = nearest(path, LEFT_OUT)
    if listed is not None:
        return f"left out: {LEFT_OUT[listed]}"
    listed = nearest(path, _COMES_WITH)
    return None if listed is None else _COMES_WITH[listed]


def suggestions(module: str, name: str) -> list[str]:
    """Public names that one which does not exist may mean: the same in other modules, else the nearest of this one."""
    elsewhere = [path for path in PATHS if path.endswith(f".{name}")]
    if elsewhere:
        return [path for path in elsewhere if not path.startswith("tf.contrib.")][:2] or elsewhere[:2]
    here = {path.rpartition(".")[2] for path in (*PATHS, *ABOUT) if path.rpartition(".")[0] == SAME.get(module, module)}
    by_lower_case = {candidate.lower(): candidate for candidate in sorted(here)}
    wanted = name.lower()
    alike = (difflib.get_close_matches(wanted, by_lower_case, n=1, cutoff=0.9)
             or difflib.get_close_matches(wanted, by_lower_case, n=2, cutoff=0.8)
             or [candidate for candidate in by_lower_case if len(wanted) > 3 and candidate.startswith(wanted)][:2])
    return [f"{module}.{by_lower_case[candidate]}" for candidate in alike]


def nearest(path: str, table: dict[str, str]) -> str | None:
    """The entry of a table that covers a path: its own, or that of what it lies in."""
    while path and path not in MODULES:
        if path in table:
            return path
        path = path.rpartition(".")[0]
    return None

