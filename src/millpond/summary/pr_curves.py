"""Precision-recall curves, as TensorBoard's `pr_curves` plugin reads them.

The value is a float32 tensor `[6, num_thresholds]`: true positives, false positives, true negatives, false negatives,
precision, recall, at thresholds that are spread evenly over [0, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from tensorboard.compat.proto import summary_pb2
from tensorboard.plugins.pr_curve import metadata

from millpond import dtypes
from millpond.formats.tensors import to_tensor_proto
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like
from millpond.ops.array.join import stack
from millpond.ops.array.shape import reshape
from millpond.ops.math.arithmetic import maximum, multiply, subtract
from millpond.ops.math.cast import cast
from millpond.ops.math.clip import clip_by_value
from millpond.ops.math.division import divide
from millpond.ops.math.elementwise import floor
from millpond.ops.math.scan import cumsum
from millpond.ops.math.segment import unsorted_segment_sum
from millpond.ops.scoping import name_scope
from millpond.summary.recording import tensor_summary

DEFAULT_THRESHOLDS = 201
# What precision and recall are divided by where nothing is counted.
_LEAST_COUNT = 1e-7
_NODE = "pr_curves"


def pr_curve(name: str, labels: TensorLike, predictions: TensorLike, num_thresholds: int | None = None,
             weights: TensorLike | None = None, display_name: str | None = None, description: str | None = None,
             collections: Sequence[str] | None = None) -> Tensor:
    """A summary of how precision and recall of a binary classifier depend on the threshold.

    At a threshold t those are counted as positive whose prediction is at least t, rounded down to a threshold.

    Args:
      name: Name scope of the nodes; the tag is `name/pr_curves`.
      labels: Whether each example is positive: bool, of any shape.
      predictions: Numbers in [0, 1] (others are clipped), float32 of the same shape.
      num_thresholds: How many thresholds, at least 2; by default 201.
      weights: What each example counts, of a shape that can be broadcast to that of `labels`; by default 1.
      display_name: What TensorBoard writes as the title; by default `name`.
      description: A text in Markdown.
      collections: Keys of the collections that the summary joins; by default `GraphKeys.SUMMARIES`.

    Returns:
      A string tensor with a serialized `Summary`.

    Raises:
      TypeError: If `labels` are not bool.
      ValueError: If there are less than two thresholds.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     curve = tf.summary.pr_curve("curve", [True, False, True], [0.9, 0.6, 0.4], num_thresholds=3)
      ...     value = tf.Summary.FromString(sess.run(curve)).value[0]
      >>> value.tag, np.frombuffer(value.tensor.tensor_content, np.float32).reshape(6, 3)[:2].tolist()
      ('curve/pr_curves', [[2.0, 1.0, 0.0], [1.0, 1.0, 0.0]])
    """
    count = _checked_count(num_thresholds)
    with name_scope(name, values=[labels, predictions, weights]):
        predictions = convert_to_tensor(predictions, name="predictions")
        labels = convert_to_tensor(labels, name="labels")
        if labels.dtype is not dtypes.bool:
            raise TypeError(f"tf.summary.pr_curve: labels must be of dtype bool, got {labels.name} of "
                            f"{labels.dtype.name}: cast them, or compare them with 1.")
        positive = cast(labels, predictions.dtype)
        weights = 1.0 if weights is None else weights
        last = count - 1
        bucket = reshape(cast(floor(multiply(clip_by_value(predictions, 0.0, 1.0), float(last))), dtypes.int32), [-1])
        counts = []
        for counted, key in ((positive, "tp"), (subtract(ones_like(positive), positive), "fp")):
            in_bucket = unsorted_segment_sum(reshape(multiply(counted, weights), [-1]), bucket, count)
            counts.append(cumsum(in_bucket, reverse=True, name=key))
        tp, fp = counts
        # At the first threshold everything is counted as positive.
        tn, fn = subtract(fp[0], fp), subtract(tp[0], tp)
        precision = divide(tp, maximum(tp + fp, _LEAST_COUNT))
        recall = divide(tp, maximum(tp + fn, _LEAST_COUNT))
        return _summary([tp, fp, tn, fn, precision, recall], name, count, display_name, description, collections)


def pr_curve_raw_data(name: str, true_positive_counts: TensorLike, false_positive_counts: TensorLike,
                      true_negative_counts: TensorLike, false_negative_counts: TensorLike, precision: TensorLike,
                      recall: TensorLike, num_thresholds: int | None = None, display_name: str | None = None,
                      description: str | None = None, collections: Sequence[str] | None = None) -> Tensor:
    """The summary of `pr_curve` from counts that are known already: what was gathered over batches, say.

    Args:
      name: Name scope of the nodes; the tag is `name/pr_curves`.
      true_positive_counts, false_positive_counts, true_negative_counts, false_negative_counts: Counts at each
        threshold, from 0 to 1: vectors of `num_thresholds` numbers.
      precision, recall: The same of precision and recall.
      num_thresholds, display_name, description, collections: As of `pr_curve`.

    Returns:
      A string tensor with a serialized `Summary`.

    Raises:
      ValueError: If there are less than two thresholds.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     curve = tf.summary.pr_curve_raw_data("sum", [2.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.7, 1.0],
      ...                                          [1.0, 0.5], num_thresholds=2)
      ...     print(tf.Summary.FromString(sess.run(curve)).value[0].tag)
      sum/pr_curves
    """
    rows = [true_positive_counts, false_positive_counts, true_negative_counts, false_negative_counts, precision, recall]
    with name_scope(name, values=rows):
        return _summary(rows, name, _checked_count(num_thresholds), display_name, description, collections)


def pr_curve_pb(
    name: str,
    labels: TensorLike,
    predictions: TensorLike,
    num_thresholds: int | None = None,
    weights: TensorLike | None = None,
    display_name: str | None = None,
    description: str | None = None,
) -> Any:
    """The `Summary` message of `pr_curve`, of arrays, without a graph; for `FileWriter.add_summary`.

    Args:
      name: The tag is `name/pr_curves`.
      labels: Whether each example is positive: an array of bool.
      predictions: Numbers in [0, 1] (others are clipped), of the same shape.
      num_thresholds, weights, display_name, description: As of `pr_curve`.

    Raises:
      TypeError: If `labels` are not bool.
      ValueError: If there are less than two thresholds, or shapes that do not fit.

    Example:
      >>> message = pr_curve_pb("curve", [True, False, True], [0.9, 0.6, 0.4], num_thresholds=3)
      >>> message.value[0].tag
      'curve/pr_curves'
    """
    count = _checked_count(num_thresholds)
    positive = np.asarray(labels)
    if positive.dtype != bool:
        raise TypeError(f"tf.summary.pr_curve_pb: labels must be of dtype bool, got {positive.dtype}.")
    if positive.shape != np.shape(predictions):
        raise ValueError(f"tf.summary.pr_curve_pb: predictions must be of the shape of labels, {list(positive.shape)}, "
                         f"got {list(np.shape(predictions))}.")
    weights = np.broadcast_to(1.0 if weights is None else np.asarray(weights, np.float64), positive.shape)
    bucket = np.floor(np.clip(np.asarray(predictions), 0, 1) * (count - 1)).astype(np.int64)
    tp, fp = (
        np.bincount(bucket[chosen], weights=weights[chosen], minlength=count)[::-1].cumsum()[::-1]
        for chosen in (positive, ~positive)
    )
    tn, fn = fp[0] - fp, tp[0] - tp
    rows = [tp, fp, tn, fn, tp / np.maximum(tp + fp, _LEAST_COUNT), tp / np.maximum(tp + fn, _LEAST_COUNT)]
    summary = summary_pb2.Summary()
    summary.value.add(
        tag=f"{name}/{_NODE}",
        tensor=to_tensor_proto(np.array(rows, np.float32), dtypes.float32.as_datatype_enum),
        metadata=_metadata(name, count, display_name, description),
    )
    return summary


def _checked_count(num_thresholds: int | None) -> int:
    count = DEFAULT_THRESHOLDS if num_thresholds is None else num_thresholds
    if count < 2:
        raise ValueError(f"num_thresholds must be at least 2, got {count}")
    return count


def _metadata(name: str, count: int, display_name: str | None, description: str | None) -> Any:
    title = name if display_name is None else display_name
    return metadata.create_summary_metadata(title, description or "", count)


def _summary(
    rows: list[Any], name: str, count: int, display_name: str | None, description: str | None, collections: Any
) -> Tensor:
    table = stack([cast(row, dtypes.float32) for row in rows])
    return tensor_summary(_NODE, table, collections=collections,
                          summary_metadata=_metadata(name, count, display_name, description))
