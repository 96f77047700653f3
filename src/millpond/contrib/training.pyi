"""`tf.contrib.training`: what is around the training of a model."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib.hparams import (
    HParams,
    parse_values,
)

__all__ = [
    "HParams",
    "parse_values",
]
