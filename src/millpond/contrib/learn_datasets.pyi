"""`tf.contrib.learn.datasets`: small data sets by name."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib import (
    learn_datasets_base as base,
    learn_datasets_mnist as mnist,
)
from millpond.examples.datasets import (
    load_dataset,
    load_iris,
)

__all__ = [
    "base",
    "load_dataset",
    "load_iris",
    "mnist",
]
