"""`tf.app`: the entry point of a program with flags."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond import (
    flags,
)
from millpond.namespaces.app import (
    run,
)

__all__ = [
    "flags",
    "run",
]
