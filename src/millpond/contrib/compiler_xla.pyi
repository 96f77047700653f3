"""`tf.contrib.compiler.xla`: functions that are compiled."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib.xla_compilation import (
    compile,
)

__all__ = [
    "compile",
]
