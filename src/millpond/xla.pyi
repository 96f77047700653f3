"""`tf.xla`: XLA."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond import (
    xla_experimental as experimental,
)

__all__ = [
    "experimental",
]
