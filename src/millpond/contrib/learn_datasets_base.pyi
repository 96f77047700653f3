"""`tf.contrib.learn.datasets.base`: tables, and files that are downloaded."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.examples.datasets import (
    Dataset,
    load_csv_with_header,
    load_csv_without_header,
    load_iris,
    maybe_download,
)
from millpond.examples.tutorials.mnist.input_data import (
    Datasets,
)

__all__ = [
    "Dataset",
    "Datasets",
    "load_csv_with_header",
    "load_csv_without_header",
    "load_iris",
    "maybe_download",
]
