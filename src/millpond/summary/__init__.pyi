"""`tf.summary`: what a program tells TensorBoard."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.summary.custom_scalars import (
    custom_scalar,
    custom_scalar_pb,
)
from millpond.summary.file_writer import (
    FileWriter,
    FileWriterCache,
)
from millpond.summary.pr_curves import (
    pr_curve,
    pr_curve_pb,
    pr_curve_raw_data,
)
from millpond.summary.recording import (
    audio,
    get_summary_description,
    histogram,
    image,
    merge,
    merge_all,
    scalar,
    tensor_summary,
    text,
)
from tensorboard.compat.proto.event_pb2 import (
    Event,
    SessionLog,
    TaggedRunMetadata,
)
from tensorboard.compat.proto.summary_pb2 import (
    Summary,
    SummaryDescription,
)

__all__ = [
    "Event",
    "FileWriter",
    "FileWriterCache",
    "SessionLog",
    "Summary",
    "SummaryDescription",
    "TaggedRunMetadata",
    "audio",
    "custom_scalar",
    "custom_scalar_pb",
    "get_summary_description",
    "histogram",
    "image",
    "merge",
    "merge_all",
    "pr_curve",
    "pr_curve_pb",
    "pr_curve_raw_data",
    "scalar",
    "tensor_summary",
    "text",
]
