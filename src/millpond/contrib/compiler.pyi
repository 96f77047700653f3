"""`tf.contrib.compiler`: parts of a graph that XLA compiles."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib import (
    compiler_jit as jit,
    compiler_xla as xla,
)

__all__ = [
    "jit",
    "xla",
]
