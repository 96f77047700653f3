"""The names of a graph: which are in use, and what a name or a name scope becomes.

The rules are TensorFlow's: names are unique without regard to case, a second use of `a` becomes `a_1`, a scope
name is made unique like an op name, and a name that ends in a slash is taken as it is (re-entry).
"""

from __future__ import annotations

import re
import threading
from typing import Any

_OP_NAME = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$")
_SCOPE_NAME = re.compile(r"[A-Za-z0-9_.\\/>-]*$")


def check_op_name(name: str) -> None:
    """Raises ValueError unless `name` may stand for a node in a GraphDef."""
    if not _OP_NAME.match(name):
        raise ValueError(
            f"'{name}' is not a valid node name: it must start with a letter, a digit or '.', and go on with "
            "letters, digits, '_', '.', '\\', '/', '>' and '-' only."
        )


def as_text(name: Any) -> str:
    """A name as text: programs of Python 2 give bytes.

    Raises:
      TypeError: If it is neither text nor bytes.
    """
    if isinstance(name, bytes):
        return name.decode()
    if not isinstance(name, str):
        raise TypeError(f"Expected a name as str or bytes, got {name!r} of type {type(name).__name__}.")
    return name


class Names:
    """Gives out the full names of one graph, each once, whatever threads ask for them."""

    __slots__ = ("_in_use", "_lock")

    def __init__(self) -> None:
        self._in_use: dict[str, int] = {}
        self._lock = threading.Lock()

    def unique(self, name: str, mark_as_used: bool = True) -> str:
        """A full name, with `_1`, `_2`, ... appended where it is taken."""
        key = name.lower()
        in_use = self._in_use
        with self._lock:
            count = in_use.get(key, 0)
            if mark_as_used:
                in_use[key] = count + 1
            if count:
                base = key
                while key in in_use:
                    key = f"{base}_{count}"
                    count += 1
                if mark_as_used:
                    in_use[key] = 1
                name = f"{name}_{count - 1}"
        return name

    def reserve(self, name: str) -> None:
        """Marks a full name as taken (names that come from a GraphDef)."""
        key = name.lower()
        with self._lock:
            self._in_use[key] = self._in_use.get(key, 0) + 1

    def resolve_scope(self, outer: str, name: str | bytes | None) -> str:
        """The scope, without trailing slash, that entering `name` inside the scope `outer` leads to."""
        if not name:
            return ""
        name = as_text(name)
        if outer:
            if not _SCOPE_NAME.match(name):
                raise ValueError(f"'{name}' is not a valid scope name")
        elif not _OP_NAME.match(name):
            raise ValueError(f"'{name}' is not a valid scope name: a top-level scope starts with a letter or digit")
        if name[-1] == "/":
            return name[:-1]
        return self.unique(f"{outer}/{name}" if outer else name)
