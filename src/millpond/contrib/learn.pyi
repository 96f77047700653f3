"""`tf.contrib.learn`: data sets."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib import (
    learn_datasets as datasets,
    learn_preprocessing as preprocessing,
)
from millpond.contrib.mode_keys import (
    ModeKeys,
)

__all__ = [
    "ModeKeys",
    "datasets",
    "preprocessing",
]
