"""`tf.contrib.compiler.jit`: scopes of what is compiled."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib.xla_compilation import (
    jit_scope as experimental_jit_scope,
)

__all__ = [
    "experimental_jit_scope",
]
