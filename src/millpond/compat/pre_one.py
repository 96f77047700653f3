"""Names of the releases before 1.0 that later ones dropped: summaries.

Their tags are free texts (with spaces, as byte strings), apart from the name of the node.
"""

from __future__ import annotations

from typing import Any

from millpond import dtypes
from millpond.graph.collections import GraphKeys
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.io import summary_ops
from millpond.ops.scoping import name_scope
from millpond.summary.recording import collect, merge_all


def scalar_summary(tags: Any, values: Any, collections: Any = None, name: str | None = None) -> Tensor:
    """A summary of numbers.

    Args:
      tags: A text, or as many as there are values.
      values: Real numbers, of the same shape as `tags`.
      collections: Keys of the collections that the summary joins; by default `GraphKeys.SUMMARIES`.
      name: Name of the node.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     average = tf.scalar_summary(b"Average over time", 2.5, name="average_summary")
      ...     print(average.name, tf.Summary.FromString(sess.run(average)).value[0].tag)
      average_summary:0 Average over time
    """
    with name_scope(name, "ScalarSummary", [tags, values]) as scope:
        return collect(
            summary_ops.SCALAR_SUMMARY(tags, values, name=scope), collections, [GraphKeys.SUMMARIES]
        )


def histogram_summary(tag: Any, values: Any, collections: Any = None, name: str | None = None) -> Tensor:
    """A summary of how values are distributed; see `tf.summary.histogram`, for the tag `scalar_summary`."""
    with name_scope(name, "HistogramSummary", [tag, values]) as scope:
        return collect(
            summary_ops.HISTOGRAM_SUMMARY(tag, values, name=scope), collections, [GraphKeys.SUMMARIES]
        )


def image_summary(
    tag: Any, tensor: Any, max_images: int = 3, collections: Any = None, name: str | None = None
) -> Tensor:
    """A summary of pictures; see `tf.summary.image`, and `scalar_summary` for the tag."""
    with name_scope(name, "ImageSummary", [tag, tensor]) as scope:
        value = summary_ops.IMAGE_SUMMARY(
            tag, tensor, max_images=max_images, bad_color=summary_ops.BAD_COLOR, name=scope
        )
        return collect(value, collections, [GraphKeys.SUMMARIES])


def audio_summary(
    tag: Any,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Any = None,
    name: str | None = None,
) -> Tensor:
    """A summary of sounds; see `tf.summary.audio`, and `scalar_summary` for the tag."""
    with name_scope(name, "AudioSummary", [tag, tensor]) as scope:
        rate = convert_to_tensor(sample_rate, dtype=dtypes.float32, name="sample_rate")
        value = summary_ops.AUDIO_SUMMARY_V2(tag, tensor, rate, max_outputs=max_outputs, name=scope)
        return collect(value, collections, [GraphKeys.SUMMARIES])


def merge_summary(inputs: Any, collections: Any = None, name: str | None = None) -> Tensor:
    """One summary that has the values of several; `tf.summary.merge` now."""
    with name_scope(name, "MergeSummary", inputs):
        return collect(summary_ops.MERGE_SUMMARY(list(inputs), name=name), collections, [])


def merge_all_summaries(key: str = GraphKeys.SUMMARIES) -> Tensor | None:
    """One summary of all in a collection, or None if there are none; `tf.summary.merge_all` now."""
    return merge_all(key, name="MergeSummary")
