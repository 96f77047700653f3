"""Every public function and class says what it is; those of three or more parameters also what they take and raise,
and show themselves in use (`test_doctests.py` runs what they show)."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest

from millpond.public.modules import module_name
from millpond.public.table import MODULES

_MANY = 3
_SECTION = re.compile(r"^(Args|Returns|Yields|Raises|Attributes|Example|Examples):$", re.MULTILINE)

# What cannot raise: constructors that only keep what they are given.
_RAISE_NOTHING = {"IndexedSlices", "Operation", "OpError", "Tensor"}

def public_objects() -> dict[str, Any]:
    """The functions and classes of the package that public names lead to, by where they are defined."""
    found = {}
    for path, targets in MODULES.items():
        for name in targets:
            thing = getattr(importlib.import_module(module_name(path)), name)
            origin = str(thing.__module__) if inspect.isfunction(thing) or inspect.isclass(thing) else ""
            others = origin.startswith("millpond.compat.packages.")  # run over Millpond as they were published
            if origin.startswith("millpond.") and not others:
                found.setdefault(f"{thing.__module__}.{thing.__qualname__}", thing)
    return dict(sorted(found.items()))


def parameters(thing: Any) -> list[str]:
    """The names of what a caller may give; of a class to its own constructor (an inherited one is told of there)."""
    if inspect.isclass(thing) and "__init__" not in vars(thing):
        return []
    return list(inspect.signature(thing).parameters)


def sections(docstring: str) -> dict[str, str]:
    """The parts of a docstring by their titles; what stands before them has none."""
    first, *rest = _SECTION.split(docstring)
    return {"": first, **dict(zip(rest[::2], rest[1::2], strict=True))}


def described(args: str) -> set[str]:
    """The parameters that an `Args:` section tells of; an entry may name several."""
    entries: list[str] = []
    indents = {len(line) - len(line.lstrip()) for line in args.splitlines() if line.strip()}
    for line in args.splitlines():
        if line.strip() and len(line) - len(line.lstrip()) == min(indents):
            entries.append(line.strip())
        elif line.strip():
            entries[-1] += " " + line.strip()
    return {name.strip().lstrip("*") for entry in entries for name in entry.partition(":")[0].split(",")}


def lacks(thing: Any) -> Iterator[str]:
    """What is missing from the docstring of a public object."""
    own = inspect.cleandoc(thing.__doc__ or "")
    found = sections(own)
    summary = found[""].strip().partition("\n\n")[0]
    if not summary or "\n" in summary:
        yield "a summary in one line"
    given = parameters(thing)
    if len(given) < _MANY:
        return
    if missing := [parameter for parameter in given if parameter not in described(found.get("Args", ""))]:
        yield f"Args: {', '.join(missing)}"
    if not found.get("Raises", "").strip() and thing.__name__ not in _RAISE_NOTHING:
        yield "Raises"
    if ">>>" not in found.get("Example", "") + found.get("Examples", ""):
        yield "Example"


OBJECTS = public_objects()


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_docstring_is_complete(name: str) -> None:
    assert list(lacks(OBJECTS[name])) == []


@pytest.mark.parametrize("name", [name for name, thing in OBJECTS.items()
                                  if name.startswith("millpond.ops.") and inspect.isfunction(thing)])
def test_signatures_say_what_is_taken(name: str) -> None:
    found = inspect.signature(OBJECTS[name]).parameters.values()
    assert [given.name for given in found if given.annotation == "Any" and given.kind is not given.VAR_KEYWORD] == []


def test_what_is_lacking_is_told() -> None:
    def scaled(x: float, by: float, name: str | None = None) -> float:
        """`x * by`.

        Args:
          x, by: Numbers.
        """
        return x * by

    assert list(lacks(scaled)) == ["Args: name", "Raises", "Example"]
    scaled.__doc__ = None
    assert list(lacks(scaled))[0] == "a summary in one line"
