"""Unique names and name scopes of a graph.

The rules are TensorFlow's: names are unique without regard to case, a second use of `a` becomes `a_1`, a scope
name is made unique like an op name, and a name that ends in a slash is taken as it is (re-entry).
"""

from __future__ import annotations

import re

_OP_NAME = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$")
_SCOPE_NAME = re.compile(r"[A-Za-z0-9_.\\/>-]*$")


def check_op_name(name: str) -> None:
    """Raises ValueError unless `name` may stand for a node in a GraphDef."""
    if not _OP_NAME.match(name):
        raise ValueError(
            f"'{name}' is not a valid node name: it must start with a letter, a digit or '.', and go on with "
            "letters, digits, '_', '.', '\\', '/', '>' and '-' only."
        )


class Names:
    """Gives out the names of one graph; `scope` is the current name scope without its trailing slash."""

    __slots__ = ("scope", "_in_use")

    def __init__(self) -> None:
        self.scope = ""
        self._in_use: dict[str, int] = {}

    def unique(self, name: str, mark_as_used: bool = True) -> str:
        """`name` inside the current scope, with `_1`, `_2`, ... appended where it is taken."""
        if self.scope:
            name = f"{self.scope}/{name}"
        key = name.lower()
        in_use = self._in_use
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
        self._in_use[key] = self._in_use.get(key, 0) + 1

    def resolve_scope(self, name: str | None) -> str:
        """The scope, without trailing slash, that entering `name` leads to."""
        if not name:
            return ""
        if self.scope:
            if not _SCOPE_NAME.match(name):
                raise ValueError(f"'{name}' is not a valid scope name")
        elif not _OP_NAME.match(name):
            raise ValueError(f"'{name}' is not a valid scope name: a top-level scope starts with a letter or digit")
        if name[-1] == "/":
            return name[:-1]
        return self.unique(name)
