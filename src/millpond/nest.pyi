"""`tf.nest`: lists, tuples and dictionaries of values, in any depth."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.nested import (
    assert_same_structure,
    flatten,
    is_nested,
    map_structure,
    pack_sequence_as,
)

__all__ = [
    "assert_same_structure",
    "flatten",
    "is_nested",
    "map_structure",
    "pack_sequence_as",
]
