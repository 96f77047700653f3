"""`tf.contrib.tensorboard.plugins`: plugins of TensorBoard."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib import (
    tensorboard_plugins_projector as projector,
)

__all__ = [
    "projector",
]
