"""`tf.contrib.learn.datasets.mnist`: the digits of MNIST."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.examples.tutorials.mnist.input_data import (
    DEFAULT_SOURCE_URL,
    DEFAULT_SOURCE_URL as SOURCE_URL,
    DataSet,
    dense_to_one_hot,
    extract_images,
    extract_labels,
    load_mnist,
    read_data_sets,
)

__all__ = [
    "DEFAULT_SOURCE_URL",
    "DataSet",
    "SOURCE_URL",
    "dense_to_one_hot",
    "extract_images",
    "extract_labels",
    "load_mnist",
    "read_data_sets",
]
