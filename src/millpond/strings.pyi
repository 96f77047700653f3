"""`tf.strings`: operations on strings."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.ops.strings.string_join import (
    string_join as join,
)

__all__ = [
    "join",
]
