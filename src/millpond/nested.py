"""Structures of values: lists, tuples (named ones too) and dictionaries, in any depth."""

from __future__ import annotations

import collections
import types
from collections.abc import Callable
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


def is_nested(value: Any) -> bool:
    """Whether a value is a list, a tuple or a dictionary, and so a structure of leaves."""
    return isinstance(value, (list, tuple, dict))


def _children(structure: Any) -> list[Any]:
    """What lies in a structure, in the order of `flatten`."""
    return [structure[key] for key in sorted(structure)] if isinstance(structure, dict) else list(structure)


def _rebuilt(structure: Any, children: list[Any]) -> Any:
    """A structure of the same type with other contents, given in the order of `_children`."""
    if isinstance(structure, dict):
        by_key = dict(zip(sorted(structure), children, strict=True))
        ordered = {key: by_key[key] for key in structure}
        if isinstance(structure, collections.defaultdict):
            return type(structure)(structure.default_factory, ordered)
        return type(structure)(ordered)
    if hasattr(structure, "_fields"):
        return type(structure)(*children)
    return type(structure)(children)


def pack_sequence_as(structure: Any, flat_sequence: Any) -> Any:
    """Puts leaves into a structure: the reverse of `flatten`.

    Args:
      structure: Lists, tuples (named ones too) and dictionaries in any depth, or a leaf; what its leaves are does not
        matter.
      flat_sequence: As many values as the structure has leaves, in the order of `flatten`.

    Returns:
      A structure of the same types.

    Raises:
      TypeError: If `flat_sequence` is no list or tuple.
      ValueError: If it has another number of values than there are leaves.

    Example:
      >>> pack_sequence_as({"b": [0, (0, 0)], "a": 0}, [1, 2, 3, 4])
      {'b': [2, (3, 4)], 'a': 1}
    """
    if not isinstance(flat_sequence, (list, tuple)):
        raise TypeError(f"What is packed into a structure must be a list or a tuple, not {flat_sequence!r} of type "
                        f"{type(flat_sequence).__name__}.")
    count = len(_leaves(structure))
    if count != len(flat_sequence):
        raise ValueError(f"Could not pack sequence. Structure had {count} atoms, but flat_sequence had "
                         f"{len(flat_sequence)} items.  Structure: {structure}, flat_sequence: {flat_sequence}.")
    leaves = iter(flat_sequence)

    def packed(part: Any) -> Any:
        return _rebuilt(part, [packed(child) for child in _children(part)]) if is_nested(part) else next(leaves)

    return packed(structure)


def _leaves(structure: Any) -> list[Any]:
    return [leaf for child in _children(structure) for leaf in _leaves(child)] if is_nested(structure) else [structure]


def map_structure(function: Callable[..., Any], *structures: Any, check_types: bool = True) -> Any:
    """Calls a function with the leaves of structures, and packs the results into the first structure.

    Args:
      function: Called once for each leaf, with the leaves of all structures at that place.
      *structures: One structure or several that are alike.
      check_types: Whether lists, tuples and dictionaries must be of the same types.

    Raises:
      TypeError: If `function` cannot be called, or the types of the structures differ.
      ValueError: If there is no structure, or they are not alike.

    Example:
      >>> map_structure(lambda a, b: a + b, [1, (2,)], [10, (20,)])
      [11, (22,)]
    """
    if not callable(function):
        raise TypeError(f"func must be callable, got: {function}")
    if not structures:
        raise ValueError("Must provide at least one structure")
    for other in structures[1:]:
        assert_same_structure(structures[0], other, check_types=check_types)
    results = [function(*leaves) for leaves in zip(*(_leaves(s) for s in structures), strict=True)]
    return pack_sequence_as(structures[0], results)


def map_level(function: Callable[..., Any], *structures: Any) -> Any:
    """Calls a function with what lies directly in structures, and packs the results as the last structure is packed.

    Args:
      function: Called once for each place, with what all structures hold there.
      *structures: Lists, tuples or dictionaries of as many values.

    Raises:
      ValueError: If their lengths differ.

    Example:
      >>> map_level(lambda a: [a], (1, (2, 3)))
      ([1], [(2, 3)])
    """
    return _rebuilt(structures[-1], [function(*parts) for parts in zip(*map(_children, structures), strict=True)])


def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True) -> None:
    """Checks that two structures are alike: as many leaves, nested in the same way, under the same keys.

    Args:
      nest1, nest2: The structures.
      check_types: Whether lists, tuples and dictionaries must be of the same types too.

    Raises:
      TypeError: If the types differ.
      ValueError: If the nesting, the number of leaves or the keys differ.

    Example:
      >>> assert_same_structure([1, (2,)], ["a", ("b",)])
    """
    found = _difference(nest1, nest2, check_types)
    if found is not None:
        error, text = found
        raise error("The two structures don't have the same nested structure.\n\n"
                    f"First structure: {_described(nest1)}\n\nSecond structure: {_described(nest2)}\n\n"
                    f"More specifically: {text}")


def _described(value: Any) -> str:
    return f"type={type(value).__name__} str={value}"


def _difference(first: Any, second: Any, check_types: bool) -> tuple[type[Exception], str] | None:
    """The class and the text of the error for the first difference, or None."""
    if is_nested(first) != is_nested(second):
        nested, leaf = (first, second) if is_nested(first) else (second, first)
        return ValueError, f'Substructure "{_described(nested)}" is a sequence, while substructure ' \
                           f'"{_described(leaf)}" is not'
    if not is_nested(first):
        return None
    if check_types and not _same_type(first, second):
        return TypeError, "The two structures don't have the same sequence type. First structure " \
                          f"{_described(first)} has type {type(first).__name__}, while second structure " \
                          f"{_described(second)} has type {type(second).__name__}"
    if isinstance(first, dict) and isinstance(second, dict) and set(first) != set(second):
        return ValueError, "The two dictionaries don't have the same set of keys. First structure has keys " \
                           f"{list(first)}, while second structure has keys {list(second)}"
    if len(first) != len(second):
        return ValueError, "The two structures don't have the same number of elements. First structure: " \
                           f"{_described(first)}. Second structure: {_described(second)}"
    return next(filter(None, (_difference(a, b, check_types)
                              for a, b in zip(_children(first), _children(second), strict=True))), None)


def _same_type(first: Any, second: Any) -> bool:
    """Dictionaries are alike whatever class of dictionary they are, and so are named tuples with equal fields."""
    if isinstance(first, dict) and isinstance(second, dict):
        return True
    fields = getattr(first, "_fields", None)
    if fields is not None and fields == getattr(second, "_fields", None):
        return type(first).__name__ == type(second).__name__
    return type(first) is type(second)


def flatten_up_to(shallow: Any, structure: Any, check_types: bool = True) -> list[Any]:
    """What stands in a structure where a shallower one has its leaves.

    Args:
      shallow: A structure that may end higher up.
      structure: One that is alike as far as `shallow` goes.
      check_types: Whether lists, tuples and dictionaries must be of the same types.

    Raises:
      TypeError: If `structure` ends before `shallow` does, or the types differ.
      ValueError: If the lengths or the keys differ.

    Example:
      >>> flatten_up_to([0, 0], [1, [2, 3]])
      [1, [2, 3]]
    """
    if not is_nested(shallow):
        return [structure]
    if not is_nested(structure):
        raise TypeError("If shallow structure is a sequence, input must also be a sequence. Input has type: "
                        f"{type(structure).__name__}.")
    if check_types and not _same_type(shallow, structure):
        raise TypeError("The two structures don't have the same sequence type. Input structure has type "
                        f"{type(structure).__name__}, while shallow structure has type {type(shallow).__name__}.")
    if len(shallow) != len(structure):
        raise ValueError("The two structures don't have the same sequence length. Input structure has length "
                         f"{len(structure)}, while shallow structure has length {len(shallow)}.")
    if isinstance(shallow, dict) and set(shallow) != set(structure):
        raise ValueError("The two structures don't have the same keys. Input structure has keys "
                         f"{list(structure)}, while shallow structure has keys {list(shallow)}.")
    return [found for a, b in zip(_children(shallow), _children(structure), strict=True)
            for found in flatten_up_to(a, b, check_types)]


def map_structure_up_to(shallow: Any, function: Callable[..., Any], *structures: Any, check_types: bool = True) -> Any:
    """Calls a function with what structures hold where a shallower one has its leaves; packs it as that one.

    Args:
      shallow: The structure that says how deep to go, and the form of the result.
      function: Called once for each leaf of `shallow`.
      *structures: Structures that are alike as far as `shallow` goes.
      check_types: Whether lists, tuples and dictionaries must be of the same types.

    Raises:
      TypeError: If a structure ends before `shallow` does, or the types differ.
      ValueError: If there is no structure, or lengths or keys differ.

    Example:
      >>> map_structure_up_to([0, 0], lambda a: a, [1, [2, 3]])
      [1, [2, 3]]
    """
    if not structures:
        raise ValueError("Must provide at least one structure")
    rows = zip(*(flatten_up_to(shallow, structure, check_types) for structure in structures), strict=True)
    return pack_sequence_as(shallow, [function(*row) for row in rows])
