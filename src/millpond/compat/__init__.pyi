"""`tf.compat`: names for programs that know several releases."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.compat import (
    v1,
)

__all__ = [
    "v1",
]
