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
from millpond.ops.image.pictures import (
    decode_and_crop_jpeg,
    decode_bmp,
    decode_gif,
    decode_image,
    decode_jpeg,
    decode_png,
    encode_jpeg,
    extract_jpeg_shape,
    is_jpeg,
)
from millpond.ops.io.decode_csv import (
    decode_csv,
)
from millpond.ops.io.decode_raw import (
    decode_compressed,
    decode_raw,
    parse_tensor,
    serialize_tensor,
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
from millpond.ops.sparse.serialization import (
    deserialize_many_sparse,
    serialize_many_sparse,
    serialize_sparse,
)
from millpond.ops.strings.string_elements import (
    decode_base64,
    encode_base64,
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
    "decode_and_crop_jpeg",
    "decode_base64",
    "decode_bmp",
    "decode_compressed",
    "decode_csv",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_png",
    "decode_raw",
    "deserialize_many_sparse",
    "encode_base64",
    "encode_jpeg",
    "extract_jpeg_shape",
    "gfile",
    "is_jpeg",
    "match_filenames_once",
    "matching_files",
    "parse_example",
    "parse_single_example",
    "parse_tensor",
    "read_file",
    "serialize_many_sparse",
    "serialize_sparse",
    "serialize_tensor",
    "tf_record_iterator",
    "write_file",
    "write_graph",
]
