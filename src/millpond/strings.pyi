"""`tf.strings`: operations on strings."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.ops.strings.as_string import (
    as_string,
)
from millpond.ops.strings.string_hashing import (
    string_to_hash_bucket as to_hash_bucket,
    string_to_hash_bucket_fast as to_hash_bucket_fast,
    string_to_hash_bucket_strong as to_hash_bucket_strong,
)
from millpond.ops.strings.string_join import (
    string_join as join,
)

__all__ = [
    "as_string",
    "join",
    "to_hash_bucket",
    "to_hash_bucket_fast",
    "to_hash_bucket_strong",
]
