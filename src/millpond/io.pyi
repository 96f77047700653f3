"""`tf.io`: files, records, and strings that hold data."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond import (
    io_gfile as gfile,
)
from millpond.namespaces.python_io import (
    TFRecordCompressionType,
    TFRecordOptions,
    TFRecordWriter,
    tf_record_iterator,
)
from millpond.ops.io.example_features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    SparseFeature,
    VarLenFeature,
)
from millpond.ops.io.io_ops import (
    matching_files,
    read_file,
    write_file,
)
from millpond.ops.io.parse_examples import (
    parse_example,
    parse_single_example,
)
from millpond.ops.queues.queues import (
    PaddingFIFOQueue,
    PriorityQueue,
    QueueBase,
    RandomShuffleQueue,
)
from millpond.train.input.producers import (
    match_filenames_once,
)
from millpond.train.saving.meta_graph import (
    write_graph,
)

__all__ = [
    "FixedLenFeature",
    "FixedLenSequenceFeature",
    "PaddingFIFOQueue",
    "PriorityQueue",
    "QueueBase",
    "RandomShuffleQueue",
    "SparseFeature",
    "TFRecordCompressionType",
    "TFRecordOptions",
    "TFRecordWriter",
    "VarLenFeature",
    "gfile",
    "match_filenames_once",
    "matching_files",
    "parse_example",
    "parse_single_example",
    "read_file",
    "tf_record_iterator",
    "write_file",
    "write_graph",
]
