"""Structures of values: lists, tuples and dictionaries, in any depth."""

from __future__ import annotations

from typing import Any


def flatten(structure: Any) -> list[Any]:
    """The leaves of a structure, in order; of a dictionary in the order of its sorted keys.

    Args:
      structure: Lists, tuples (named ones too) and dictionaries of leaves; or a single leaf.

    Example:
      >>> flatten({"b": [1, (2, 3)], "a": 0})
      [0, 1, 2, 3]
    """
    if isinstance(structure, (list, tuple)):
        return [leaf for item in structure for leaf in flatten(item)]
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in flatten(structure[key])]
    return [structure]
