"""`tf.version`: which release of TensorFlow the interface is that of."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.namespaces.version import (
    GIT_VERSION,
    VERSION,
)

__all__ = [
    "GIT_VERSION",
    "VERSION",
]
