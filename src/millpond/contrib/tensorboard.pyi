"""`tf.contrib.tensorboard`: what a program tells plugins of TensorBoard."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib import (
    tensorboard_plugins as plugins,
)

__all__ = [
    "plugins",
]
