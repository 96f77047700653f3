"""`tf.layers`: parts of networks that keep their variables."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.layers.base import (
    Layer,
)
from millpond.layers.fully_connected import (
    Dense,
    dense,
)
from millpond.layers.input_spec import (
    InputSpec,
)

__all__ = [
    "Dense",
    "InputSpec",
    "Layer",
    "dense",
]
