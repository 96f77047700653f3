"""How TensorBoard's page of custom scalars is laid out: which series share a chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from tensorboard.compat.proto import summary_pb2
from tensorboard.plugins.custom_scalar import metadata
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout

from millpond import dtypes
from millpond.formats.tensors import to_tensor_proto
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import constant
from millpond.summary.recording import tensor_summary


def custom_scalar(scalars_layout: Layout, collections: Sequence[str] | None = None) -> Tensor:
    """A summary with a layout of TensorBoard's custom scalars.

    Args:
      scalars_layout: A `Layout` message of `tensorboard.plugins.custom_scalar.layout_pb2`.
      collections: Keys of the collections that the summary joins; by default `GraphKeys.SUMMARIES`.

    Returns:
      A string tensor with a serialized `Summary`. One per run is enough.

    Raises:
      TypeError: If the layout is something else.

    Example:
      >>> import millpond as tf
      >>> from tensorboard.plugins.custom_scalar import layout_pb2
      >>> losses = layout_pb2.Chart(title="losses", multiline=layout_pb2.MultilineChartContent(tag=["loss.*"]))
      >>> layout = layout_pb2.Layout(category=[layout_pb2.Category(title="training", chart=[losses])])
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(tf.Summary.FromString(sess.run(tf.summary.custom_scalar(layout))).value[0].tag)
      custom_scalars__config__
    """
    return tensor_summary(metadata.CONFIG_SUMMARY_TAG, constant(_serialized(scalars_layout)), collections=collections,
                          summary_metadata=metadata.create_summary_metadata())


def custom_scalar_pb(scalars_layout: Layout) -> Any:
    """The `Summary` message of `custom_scalar`, without a graph; for `FileWriter.add_summary`."""
    summary = summary_pb2.Summary()
    summary.value.add(
        tag=metadata.CONFIG_SUMMARY_TAG,
        tensor=to_tensor_proto(np.array(_serialized(scalars_layout), object), dtypes.string.as_datatype_enum),
        metadata=metadata.create_summary_metadata(),
    )
    return summary


def _serialized(layout: Any) -> bytes:
    if not isinstance(layout, Layout):
        raise TypeError("The layout must be a tensorboard.plugins.custom_scalar.layout_pb2.Layout, got "
                        f"{type(layout).__name__}.")
    return layout.SerializeToString()
