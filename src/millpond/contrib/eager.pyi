"""`tf.contrib.eager`: what programs ask of eager execution, which Millpond does not have."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.compat.inside.eager_context import (
    in_eager_mode,
    num_gpus,
)
from millpond.compat.modes import (
    enable_eager_execution,
    executing_eagerly,
)

__all__ = [
    "enable_eager_execution",
    "executing_eagerly",
    "in_eager_mode",
    "num_gpus",
]
