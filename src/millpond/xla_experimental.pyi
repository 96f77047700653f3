"""`tf.xla.experimental`: parts of a graph that XLA compiles."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib.xla_compilation import (
    compile,
    jit_scope,
)

__all__ = [
    "compile",
    "jit_scope",
]
