"""`tf.contrib.framework.nest`: what `tf.nest` has, and the names that only this module had."""

from __future__ import annotations

from typing import Any

from millpond.nested import flatten as flatten_leaves
from millpond.nested import flatten_up_to, is_nested, pack_sequence_as
from millpond.public.modules import publish

publish(__name__)


def flatten_dict_items(dictionary: dict[Any, Any]) -> dict[Any, Any]:
    """A flat dict from one whose keys are structures, and whose values are alike.

    Args:
      dictionary: Keys may be structures; the value of each is as many leaves.

    Raises:
      TypeError: If it is no dict.
      ValueError: If a key and its value have different numbers of leaves, or a key comes twice.

    Example:
      >>> import millpond as tf
      >>> tf.contrib.framework.nest.flatten_dict_items({(4, 5): ("a", "b"), 6: "c"})
      {4: 'a', 5: 'b', 6: 'c'}
    """
    if not isinstance(dictionary, dict):
        raise TypeError(f"flatten_dict_items takes a dict, not {dictionary!r} of type {type(dictionary).__name__}.")
    flat: dict[Any, Any] = {}
    for key, value in dictionary.items():
        keys = flatten_leaves(key)
        values = flatten_leaves(value) if is_nested(key) else [value]
        if len(keys) != len(values):
            raise ValueError(f"Could not flatten dictionary. Key had {len(keys)} elements, but value had "
                             f"{len(values)} elements. Key: {key}, value: {value}.")
        for one_key, one in zip(keys, values, strict=True):
            if one_key in flat:
                raise ValueError(f"Could not flatten dictionary: key {one_key} is not unique.")
            flat[one_key] = one
    return flat


def assert_shallow_structure(shallow_tree: Any, input_tree: Any, check_types: bool = True) -> None:
    """Checks that a structure is like another as far as that one, which may be shallower, goes.

    Args:
      shallow_tree: The structure that may end higher up.
      input_tree: The structure that is checked.
      check_types: Whether lists, tuples and dictionaries must be of the same types.

    Raises:
      TypeError: If `input_tree` ends before, or the types differ.
      ValueError: If the lengths or the keys differ.

    Example:
      >>> import millpond as tf
      >>> tf.contrib.framework.nest.assert_shallow_structure([0, [0]], [[1, 2], [3]])
    """
    flatten_up_to(shallow_tree, input_tree, check_types)


def yield_flattened_paths(nest: Any) -> Any:
    """The path of each leaf of a structure, as a tuple of keys and indices, in the order of `flatten`.

    Example:
      >>> import millpond as tf
      >>> list(tf.contrib.framework.nest.yield_flattened_paths({"b": [1, 2], "a": 0}))
      [('a',), ('b', 0), ('b', 1)]
    """
    for path, _ in _with_paths(nest, ()):
        yield path


def flatten_with_tuple_paths(structure: Any) -> list[tuple[tuple[Any, ...], Any]]:
    """Pairs of path and leaf of a structure, in the order of `flatten`; see `yield_flattened_paths`."""
    return list(_with_paths(structure, ()))


def flatten_with_joined_string_paths(structure: Any, separator: str = "/") -> list[tuple[str, Any]]:
    """Pairs of path, as text, and leaf of a structure, in the order of `flatten`.

    Args:
      structure: The structure.
      separator: What stands between the parts of a path.

    Example:
      >>> import millpond as tf
      >>> tf.contrib.framework.nest.flatten_with_joined_string_paths({"b": [1, 2], "a": 0})
      [('a', 0), ('b/0', 1), ('b/1', 2)]
    """
    return [(separator.join(map(str, path)), leaf) for path, leaf in _with_paths(structure, ())]


def map_structure_with_paths(func: Any, *structure: Any, **kwargs: Any) -> Any:
    """Calls a function with the path of each leaf, as text, and the leaves there; packs the results.

    Args:
      func: Called as `func(path, *leaves, **kwargs)`.
      *structure: Structures that are alike.
      **kwargs: Passed on.

    Raises:
      ValueError: If there is no structure, or they are not alike.

    Example:
      >>> import millpond as tf
      >>> tf.contrib.framework.nest.map_structure_with_paths(lambda path, x: path, {"b": [1, 2]})
      {'b': ['b/0', 'b/1']}
    """
    if not structure:
        raise ValueError("Must provide at least one structure")
    for other in structure[1:]:
        flatten_up_to(structure[0], other)
    paths = [path for path, _ in flatten_with_joined_string_paths(structure[0])]
    leaves = zip(*map(flatten_leaves, structure), strict=True)
    return pack_sequence_as(structure[0], [func(path, *row, **kwargs)
                                           for path, row in zip(paths, leaves, strict=True)])


def _with_paths(structure: Any, path: tuple[Any, ...]) -> Any:
    if not is_nested(structure):
        yield path, structure
        return
    if isinstance(structure, dict):
        parts: Any = ((key, structure[key]) for key in sorted(structure))
    else:
        parts = zip(getattr(structure, "_fields", range(len(structure))), structure, strict=True)
    for key, part in parts:
        yield from _with_paths(part, (*path, key))
