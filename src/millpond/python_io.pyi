"""`tf.python_io`: TFRecord files."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.namespaces.python_io import (
    TFRecordCompressionType,
    TFRecordOptions,
    TFRecordWriter,
    tf_record_iterator,
)

__all__ = [
    "TFRecordCompressionType",
    "TFRecordOptions",
    "TFRecordWriter",
    "tf_record_iterator",
]
