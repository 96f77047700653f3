"""Structures of values: lists, tuples and dictionaries, in any depth."""

from __future__ import annotations

import collections
import types
from typing import Any

_mapping: dict[Any, Any] = {}
# What Python iterates over, beside lists, tuples and dictionaries.
_ITERABLES = frozenset({
    set, frozenset, collections.deque, types.GeneratorType, map, filter, zip, reversed,
    *map(type, (_mapping.keys(), _mapping.values(), iter(_mapping), iter(_mapping.values()), iter([]), iter(()),
                reversed([]), collections.OrderedDict().keys(), collections.OrderedDict().values())),
})


def as_list(value: Any) -> list[Any]:
    """A list of what is in a list, a tuple, a set, a view of a dictionary, or an iterator; of one value, otherwise.

    Example:
      >>> as_list({"a": 1, "b": 2}.values()), as_list(x for x in "ab"), as_list("ab")
      ([1, 2], ['a', 'b'], ['ab'])
    """
    return list(value) if isinstance(value, (list, tuple)) or type(value) in _ITERABLES else [value]


def is_iterable(value: Any) -> bool:
    """Whether a value is a set, a view of a dictionary, or an iterator, which stand for a list of what they give."""
    return type(value) in _ITERABLES


def listed(value: Any) -> Any:
    """A set, a view of a dictionary, or an iterator as a list; anything else as it is."""
    return list(value) if type(value) in _ITERABLES else value


def flatten(structure: Any) -> list[Any]:
    """The leaves of a structure, in order; of a dictionary in the order of its sorted keys.

    A set, a view of a dictionary, or an iterator counts as the list of what it gives.

    Args:
      structure: Lists, tuples (named ones too) and dictionaries of leaves; or a single leaf.

    Example:
      >>> flatten({"b": [1, (2, 3)], "a": 0})
      [0, 1, 2, 3]
    """
    if isinstance(structure, (list, tuple)) or type(structure) in _ITERABLES:
        return [leaf for item in structure for leaf in flatten(item)]
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in flatten(structure[key])]
    return [structure]
