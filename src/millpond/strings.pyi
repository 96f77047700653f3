"""`tf.strings`: operations on strings."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.ops.host.formatting import (
    string_format as format,
)
from millpond.ops.strings.as_string import (
    as_string,
)
from millpond.ops.strings.string_elements import (
    string_length as length,
    string_lower as lower,
    string_strip as strip,
    string_upper as upper,
    substr,
)
from millpond.ops.strings.string_hashing import (
    string_to_hash_bucket as to_hash_bucket,
    string_to_hash_bucket_fast as to_hash_bucket_fast,
    string_to_hash_bucket_strong as to_hash_bucket_strong,
)
from millpond.ops.strings.string_join import (
    reduce_join,
    string_join as join,
)
from millpond.ops.strings.string_regex import (
    regex_full_match,
    regex_replace,
)
from millpond.ops.strings.string_split import (
    strings_split as split,
)
from millpond.ops.strings.string_to_number import (
    string_to_number as to_number,
)

__all__ = [
    "as_string",
    "format",
    "join",
    "length",
    "lower",
    "reduce_join",
    "regex_full_match",
    "regex_replace",
    "split",
    "strip",
    "substr",
    "to_hash_bucket",
    "to_hash_bucket_fast",
    "to_hash_bucket_strong",
    "to_number",
    "upper",
]
