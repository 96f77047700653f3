"""Names of the releases before 1.0 that later ones dropped: summaries.

Their tags are free texts (with spaces, as byte strings), apart from the name of the node.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from millpond import dtypes
from millpond.graph.argument_types import TensorLike
from millpond.graph.collections import GraphKeys
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.io import summary_ops
from millpond.ops.scoping import name_scope
from millpond.summary.recording import collect, merge_all


def scalar_summary(tags: TensorLike, values: TensorLike, collections: Sequence[str] | None = None,
                   name: str | None = None) -> Tensor:
    """A summary of numbers.

    Args:
      tags: A text, or as many as there are values.
      values: Real numbers, of the same shape as `tags`.
      collections: Keys of the collections that the summary joins; by default `GraphKeys.SUMMARIES`.
      name: Name of the node.

    Raises:
      TypeError: If the values are no real numbers.
      tf.errors.InvalidArgumentError: At run time, if `tags` and `values` have different shapes.

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


def histogram_summary(tag: TensorLike, values: TensorLike, collections: Sequence[str] | None = None,
                      name: str | None = None) -> Tensor:
    """A summary of how values are distributed; see `tf.summary.histogram`, for the tag `scalar_summary`.

    Args:
      tag: A text.
      values: Real numbers of any shape.
      collections: Keys of the collections that the summary joins; by default `GraphKeys.SUMMARIES`.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If the values are no real numbers.
      tf.errors.InvalidArgumentError: At run time, if a value is NaN or infinite.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     summary = tf.Summary.FromString(sess.run(tf.histogram_summary("lengths", [1.0, 2.0, 4.0])))
      ...     print(summary.value[0].tag, summary.value[0].histo.sum)
      lengths 7.0
    """
    with name_scope(name, "HistogramSummary", [tag, values]) as scope:
        return collect(
            summary_ops.HISTOGRAM_SUMMARY(tag, values, name=scope), collections, [GraphKeys.SUMMARIES]
        )


def image_summary(tag: TensorLike, tensor: TensorLike, max_images: int = 3, collections: Sequence[str] | None = None,
                  name: str | None = None) -> Tensor:
    """A summary of pictures; see `tf.summary.image`, and `scalar_summary` for the tag.

    Args:
      tag: A text.
      tensor: [batch, height, width, channels] of uint8 or floats, with 1, 3 or 4 channels.
      max_images: How many pictures of the batch to take.
      collections: Keys of the collections that the summary joins; by default `GraphKeys.SUMMARIES`.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If the pictures are of another dtype.
      tf.errors.InvalidArgumentError: At run time, if the pictures are not of that shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     pictures = tf.image_summary("digits", tf.zeros([2, 8, 8, 1]), max_images=2)
      ...     print([value.tag for value in tf.Summary.FromString(sess.run(pictures)).value])
      ['digits/image/0', 'digits/image/1']
    """
    with name_scope(name, "ImageSummary", [tag, tensor]) as scope:
        value = summary_ops.IMAGE_SUMMARY(
            tag, tensor, max_images=max_images, bad_color=summary_ops.BAD_COLOR, name=scope
        )
        return collect(value, collections, [GraphKeys.SUMMARIES])


def audio_summary(tag: TensorLike, tensor: TensorLike, sample_rate: TensorLike, max_outputs: int = 3,
                  collections: Sequence[str] | None = None, name: str | None = None) -> Tensor:
    """A summary of sounds; see `tf.summary.audio`, and `scalar_summary` for the tag.

    Args:
      tag: A text.
      tensor: [batch, frames] or [batch, frames, channels] of float32 in [-1, 1].
      sample_rate: Frames in a second.
      max_outputs: How many sounds of the batch to take.
      collections: Keys of the collections that the summary joins; by default `GraphKeys.SUMMARIES`.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If the sounds are not float32.
      tf.errors.InvalidArgumentError: At run time, if the sounds are not of that shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     sound = tf.audio_summary("beep", tf.zeros([1, 100]), sample_rate=8000.0)
      ...     print(tf.Summary.FromString(sess.run(sound)).value[0].audio.sample_rate)
      8000.0
    """
    with name_scope(name, "AudioSummary", [tag, tensor]) as scope:
        rate = convert_to_tensor(sample_rate, dtype=dtypes.float32, name="sample_rate")
        value = summary_ops.AUDIO_SUMMARY_V2(tag, tensor, rate, max_outputs=max_outputs, name=scope)
        return collect(value, collections, [GraphKeys.SUMMARIES])


def merge_summary(inputs: Iterable[TensorLike], collections: Sequence[str] | None = None,
                  name: str | None = None) -> Tensor:
    """One summary that has the values of several; `tf.summary.merge` now.

    Args:
      inputs: Summaries, string tensors.
      collections: Keys of the collections that the summary joins; none by default.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If an input is no string.
      tf.errors.InvalidArgumentError: At run time, if two summaries have the same tag.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     both = tf.merge_summary([tf.scalar_summary("loss", 0.5), tf.scalar_summary("accuracy", 0.9)])
      ...     print([value.tag for value in tf.Summary.FromString(sess.run(both)).value])
      ['loss', 'accuracy']
    """
    with name_scope(name, "MergeSummary", inputs):
        return collect(summary_ops.MERGE_SUMMARY(list(inputs), name=name), collections, [])


def merge_all_summaries(key: str = GraphKeys.SUMMARIES) -> Tensor | None:
    """One summary of all in a collection, or None if there are none; `tf.summary.merge_all` now."""
    return merge_all(key, name="MergeSummary")
