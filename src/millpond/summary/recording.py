"""Functions that add summary ops to a graph: `tf.summary.scalar` and its kin.

A summary's tag is the name of its node: made unique and prefixed by the scopes around it, so that TensorBoard
groups summaries as it groups the graph. `family` is put in front of all that once more.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from google.protobuf import json_format
from tensorboard.compat.proto import summary_pb2

from millpond import dtypes, logs
from millpond.graph import stacks
from millpond.graph.argument_types import TensorLike
from millpond.graph.collections import GraphKeys
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.io import summary_ops
from millpond.ops.scoping import name_scope

_NOT_IN_TAGS = re.compile(r"[^-/\w.]")


def clean_tag(name: str | None) -> str | None:
    """A name as a tag: every character but letters, digits, `-`, `_`, `.` and `/` becomes `_`.

    Example:
      >>> clean_tag("/my-loss")
      'my-loss'
    """
    if name is None:
        return None
    cleaned = _NOT_IN_TAGS.sub("_", name).lstrip("/")
    if cleaned != name:
        logs.info("Summary name %s is illegal; using %s instead.", name, cleaned)
    return cleaned


@contextlib.contextmanager
def summary_scope(
    name: str, family: str | None = None, default_name: str | None = None, values: Any = None
) -> Iterator[tuple[str, str]]:
    """Enters the name scope of a summary; gives its tag and the scope."""
    name, family = clean_tag(name), clean_tag(family)  # type: ignore[assignment]
    base = name if family is None else f"{family}/{name}"
    with name_scope(base, default_name, values) as scope:
        node = scope.rstrip("/")
        yield (node if family is None else f"{family}/{node}"), scope


def collect(value: Tensor, collections: Any, default: list[str]) -> Tensor:
    """Adds a summary to its collections, and returns it."""
    for key in default if collections is None else collections:
        value.graph.add_to_collection(key, value)
    return value


def scalar(name: str, tensor: TensorLike, collections: Sequence[str] | None = None,
           family: str | None = None) -> Tensor:
    """A summary of one number.

    Args:
      name: Name of the node, and (with the scopes around it) tag of the series in TensorBoard.
      tensor: A real number, a tensor of no dimensions.
      collections: Keys of the collections that the summary joins; by default `GraphKeys.SUMMARIES`.
      family: Prefix of the tag, for grouping in TensorBoard.

    Returns:
      A string tensor with a serialized `Summary`.

    Raises:
      TypeError: If `tensor` is of no real dtype.
      tf.errors.InvalidArgumentError: When run, if it is more than one number.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(tf.Summary.FromString(sess.run(tf.summary.scalar("loss", 0.5))))
      value {
        tag: "loss"
        simple_value: 0.5
      }
      <BLANKLINE>
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        return collect(
            summary_ops.SCALAR_SUMMARY(tag, tensor, name=scope), collections, [GraphKeys.SUMMARIES]
        )


def histogram(name: str, values: TensorLike, collections: Sequence[str] | None = None,
              family: str | None = None) -> Tensor:
    """A summary of how values are distributed.

    Args:
      name: Name of the node, and (with the scopes around it) tag in TensorBoard.
      values: Real numbers, a tensor of any shape.
      collections: Keys of the collections that the summary joins; by default `GraphKeys.SUMMARIES`.
      family: Prefix of the tag, for grouping in TensorBoard.

    Returns:
      A string tensor with a serialized `Summary`.

    Raises:
      TypeError: If `values` are of no real dtype.
      tf.errors.InvalidArgumentError: When run, if one of them is not finite.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     summary = tf.Summary.FromString(sess.run(tf.summary.histogram("weights", [1.0, 2.0, 4.0])))
      ...     print(summary.value[0].tag, summary.value[0].histo.num, summary.value[0].histo.max)
      weights 3.0 4.0
    """
    with summary_scope(name, family, default_name="HistogramSummary", values=[values]) as (tag, scope):
        return collect(
            summary_ops.HISTOGRAM_SUMMARY(tag, values, name=scope), collections, [GraphKeys.SUMMARIES]
        )


def image(name: str, tensor: TensorLike, max_outputs: int = 3, collections: Sequence[str] | None = None,
          family: str | None = None) -> Tensor:
    """A summary of pictures, as PNG files.

    Args:
      name: Name of the node, and (with the scopes around it) tag in TensorBoard.
      tensor: `[batch, height, width, channels]` of uint8 or floats, with 1 (grey), 3 (RGB) or 4 (RGBA)
        channels. Float images are scaled one by one: positive ones so that the largest value becomes 255,
        others so that 0 becomes 128; values that are not finite are drawn in red.
      max_outputs: How many of the batch to keep, the first ones; the tags end in `/image/0`, `/image/1`, ...
        (in `/image` if this is 1).
      collections: Keys of the collections that the summary joins; by default `GraphKeys.SUMMARIES`.
      family: Prefix of the tag, for grouping in TensorBoard.

    Returns:
      A string tensor with a serialized `Summary`.

    Raises:
      TypeError: If `tensor` is neither of uint8 nor of floats.
      tf.errors.InvalidArgumentError: When run, if it has not four dimensions, or another number of channels.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     pictures = tf.summary.image("digits", tf.zeros([5, 28, 28, 1]), max_outputs=2)
      ...     print([value.tag for value in tf.Summary.FromString(sess.run(pictures)).value])
      ['digits/image/0', 'digits/image/1']
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        value = summary_ops.IMAGE_SUMMARY(
            tag, tensor, max_images=max_outputs, bad_color=summary_ops.BAD_COLOR, name=scope
        )
        return collect(value, collections, [GraphKeys.SUMMARIES])


def audio(name: str, tensor: TensorLike, sample_rate: TensorLike, max_outputs: int = 3,
          collections: Sequence[str] | None = None, family: str | None = None) -> Tensor:
    """A summary of sounds, as 16-bit WAV files.

    Args:
      name: Name of the node, and (with the scopes around it) tag in TensorBoard.
      tensor: `[batch, frames]` or `[batch, frames, channels]` of float32 in [-1, 1].
      sample_rate: Frames a second, in hertz.
      max_outputs: How many of the batch to keep; the tags end in `/audio/0`, ... (in `/audio` if this is 1).
      collections: Keys of the collections that the summary joins; by default `GraphKeys.SUMMARIES`.
      family: Prefix of the tag, for grouping in TensorBoard.

    Returns:
      A string tensor with a serialized `Summary`.

    Raises:
      TypeError: If `tensor` is not of float32.
      tf.errors.InvalidArgumentError: When run, if it has neither two nor three dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     sound = tf.summary.audio("voice", tf.zeros([1, 800]), sample_rate=8000, max_outputs=1)
      ...     value = tf.Summary.FromString(sess.run(sound)).value[0]
      ...     print(value.tag, value.audio.length_frames, value.audio.sample_rate)
      voice/audio 800 8000.0
    """
    with summary_scope(name, family=family, values=[tensor]) as (tag, scope):
        rate = convert_to_tensor(sample_rate, dtype=dtypes.float32, name="sample_rate")
        value = summary_ops.AUDIO_SUMMARY_V2(tag, tensor, rate, max_outputs=max_outputs, name=scope)
        return collect(value, collections, [GraphKeys.SUMMARIES])


def tensor_summary(name: str, tensor: TensorLike, summary_description: str | None = None,
                   collections: Sequence[str] | None = None, summary_metadata: Any = None, family: str | None = None,
                   display_name: str | None = None) -> Tensor:
    """A summary that holds a tensor itself; a plugin of TensorBoard knows what to do with it.

    Args:
      name: Name of the node, and (with the scopes around it) tag in TensorBoard.
      tensor: Of any dtype and shape.
      summary_description: A text in Markdown.
      collections: Keys of the collections that the summary joins; by default `GraphKeys.SUMMARIES`.
      summary_metadata: `SummaryMetadata` that names the plugin.
      family: Prefix of the tag, for grouping in TensorBoard.
      display_name: What TensorBoard writes in place of the tag.

    Returns:
      A string tensor with a serialized `Summary`.

    Raises:
      TypeError: If `tensor` cannot become a tensor.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value = tf.Summary.FromString(sess.run(tf.summary.tensor_summary("sizes", [1, 2]))).value[0]
      ...     print(value.tag, tf.make_ndarray(value.tensor))
      sizes [1 2]
    """
    metadata = summary_pb2.SummaryMetadata()
    if summary_metadata is not None:
        metadata.CopyFrom(summary_metadata)
    if summary_description is not None:
        metadata.summary_description = summary_description
    if display_name is not None:
        metadata.display_name = display_name
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        value = summary_ops.TENSOR_SUMMARY_V2(tag, tensor, metadata.SerializeToString(), name=scope)
        return collect(value, collections, [GraphKeys.SUMMARIES])


def text(name: str, tensor: TensorLike, collections: Sequence[str] | None = None) -> Tensor:
    """A summary of texts in Markdown: a string, or a table of strings (of up to two dimensions).

    Args:
      name: Name of the node, and (with the scopes around it) tag in TensorBoard.
      tensor: Strings.
      collections: Keys of the collections that the summary joins; by default `GraphKeys.SUMMARIES`.

    Returns:
      A string tensor with a serialized `Summary`.

    Raises:
      ValueError: If the tensor is not of strings.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value = tf.Summary.FromString(sess.run(tf.summary.text("note", tf.constant("**hot**")))).value[0]
      ...     print(value.tag, value.metadata.plugin_data.plugin_name, tf.make_ndarray(value.tensor))
      note text b'**hot**'
    """
    if isinstance(tensor, Tensor) and tensor.dtype is not dtypes.string:
        raise ValueError(f"Expected tensor {tensor.name} to have dtype string, got {tensor.dtype!r}")
    plugin = summary_pb2.SummaryMetadata.PluginData(plugin_name="text")
    return tensor_summary(
        name,
        tensor,
        summary_metadata=summary_pb2.SummaryMetadata(plugin_data=plugin),
        collections=collections,
    )


def merge(inputs: Iterable[TensorLike], collections: Sequence[str] | None = None, name: str | None = None) -> Tensor:
    """One summary that has the values of several; no tag may occur twice.

    Args:
      inputs: Summaries.
      collections: Keys of the collections that the result joins; by default none.
      name: Name of the node.

    Returns:
      A string tensor with a serialized `Summary`.

    Raises:
      TypeError: If `inputs` is one tensor.
      tf.errors.InvalidArgumentError: When run, if two of the values have the same tag.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     both = tf.summary.merge([tf.summary.scalar("a", 1.0), tf.summary.scalar("b", 2.0)])
      ...     print([value.tag for value in tf.Summary.FromString(sess.run(both)).value])
      ['a', 'b']
    """
    if isinstance(inputs, Tensor):
        raise TypeError(f"tf.summary.merge takes a list of summaries, got the tensor {inputs}.")
    name, inputs = clean_tag(name), list(inputs)
    with name_scope(name, "Merge", inputs):
        return collect(summary_ops.MERGE_SUMMARY(inputs, name=name), collections, [])


def merge_all(
    key: str = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None
) -> Tensor | None:
    """One summary of all that stand in a collection of the default graph; None if there are none.

    Args:
      key: The collection.
      scope: Only summaries whose names match this regular expression.
      name: Name of the node.

    Raises:
      TypeError: If the collection holds something other than summaries.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     a, b = tf.summary.scalar("a", 1.0), tf.summary.scalar("b", 2.0)
      ...     print([value.tag for value in tf.Summary.FromString(sess.run(tf.summary.merge_all())).value])
      ['a', 'b']
    """
    summaries = stacks.default_graph().get_collection(key, scope=scope)
    return merge(summaries, name=name) if summaries else None


def get_summary_description(node_def: Any) -> Any:
    """The `SummaryDescription` message that a `TensorSummary` node keeps as JSON in its attribute.

    Raises:
      ValueError: If the node is of another type.
    """
    if node_def.op != "TensorSummary":
        raise ValueError(
            f"Can't get_summary_description on {node_def.op}: only TensorSummary nodes have one."
        )
    description = summary_pb2.SummaryDescription()
    json_format.Parse(node_def.attr["description"].s.decode("utf-8"), description)
    return description
