"""`tf.layers.experimental`: layers that keep variables as Keras's do."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.layers.keras_style import (
    keras_style_scope,
    set_keras_style,
)

__all__ = [
    "keras_style_scope",
    "set_keras_style",
]
