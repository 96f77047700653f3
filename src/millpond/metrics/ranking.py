"""Metrics of the k best predictions: how many of them are among the labels, and how many labels among them."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import SparseTensor, convert_to_tensor_or_sparse_tensor
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.metrics.averages import Metric
from millpond.metrics.variables import Collections, collected, metric_variable, quotient
from millpond.ops.array.fill import ones_like, zeros_like
from millpond.ops.array.shape import expand_dims
from millpond.ops.math.arithmetic import add, minimum, multiply
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import equal, greater_equal, where
from millpond.ops.math.division import divide
from millpond.ops.math.reduction import reduce_any, reduce_max, reduce_sum
from millpond.ops.math.scan import cumsum
from millpond.ops.math.sorting import top_k
from millpond.ops.nn.weights_broadcast import assert_broadcastable, broadcast_weights
from millpond.ops.scoping import name_scope
from millpond.ops.sparse.sets import set_difference, set_intersection, set_size
from millpond.ops.state.assign import assign_add

# What stands in place of a class that does not count: one of two numbers, as programs may ask for either as a class.
_NO_CLASS, _NO_CLASS_EITHER = -1, -2


def _name(name: str, k: int | None, class_id: int | None = None) -> str:
    base = f"{name}_at_{'k' if k is None else k}"
    return base if class_id is None else f"{base}_class{class_id}"


def _with_last(labels: Any, predictions: Tensor) -> Any:
    """Labels of the rank of the predictions: one label for each example becomes a list of one."""
    ours, theirs = labels.shape.ndims, predictions.shape.ndims
    if ours is None or theirs is None or ours == theirs:
        return labels
    if theirs != ours + 1:
        raise ValueError(f"Unexpected labels shape {labels.shape} for predictions shape {predictions.shape}: labels "
                         "must have as many dimensions as predictions, or one less.")
    if isinstance(labels, SparseTensor):
        g = GradientBuilder()
        column = g.constant(np.zeros(1), dtypes.int64)
        indices = g.Pad(labels.indices, [[0, 0], [0, 1]])
        return SparseTensor(indices, labels.values, g.ConcatV2([labels.dense_shape, add(column, np.int64(1))], 0))
    return expand_dims(labels, -1)


def _only(ids: Any, class_id: int | None) -> Any:
    """Ids of which all but one class become none; where `class_id` is None, all stay."""
    if class_id is None:
        return ids
    values = ids.values if isinstance(ids, SparseTensor) else ids
    none = _filled(values, _NO_CLASS_EITHER if class_id == _NO_CLASS else _NO_CLASS)
    chosen = where(equal(values, GradientBuilder().constant(class_id, values)), values, none)
    return ids.with_values(chosen) if isinstance(ids, SparseTensor) else chosen


def _filled(values: Tensor, number: int) -> Tensor:
    g = GradientBuilder()
    return add(zeros_like(values), g.constant(number, values))


def _sizes(found: SparseTensor, class_id: int | None) -> Tensor:
    """How many there are in each set, without those that are no class where one was chosen."""
    if class_id is not None:
        g = GradientBuilder()
        kept = g.Reshape(g.Where(equal(found.values, g.constant(class_id, found.values))), [-1])
        found = SparseTensor(g.GatherV2(found.indices, kept, 0), g.GatherV2(found.values, kept, 0), found.dense_shape)
    return cast(set_size(found), dtypes.float64)


def _count(kind: str, found: SparseTensor, k: int | None, class_id: int | None, weights: Any) -> Metric:
    """A running count of the elements of sets."""
    with name_scope(None, _name(kind, k, class_id), [found.values]) as scope:
        numbers = _sizes(found, class_id)
        if weights is not None:
            with default_graph().control_dependencies([assert_broadcastable(weights, numbers)]):
                numbers = multiply(numbers, cast(weights, dtypes.float64))
        count = metric_variable([], dtypes.float64, name=scope)
        return count, assign_add(count, reduce_sum(numbers), name="update")


def _share_at_top_k(kind: str, labels: Any, predictions_idx: Any, k: int | None, class_id: int | None, weights: Any,
                    metrics_collections: Collections, updates_collections: Collections, name: str | None) -> Metric:
    """True positives as a part of all predictions (precision) or of all labels (recall)."""
    with name_scope(name, _name(kind, k, class_id), [predictions_idx, labels, weights]) as scope:
        predictions_idx = cast(predictions_idx, dtypes.int64)
        labels = _with_last(convert_to_tensor_or_sparse_tensor(labels), predictions_idx)
        ids, wanted = _only(predictions_idx, class_id), _only(labels, class_id)
        hits, new_hits = _count("true_positive", set_intersection(ids, wanted), k, class_id, weights)
        is_precision = kind == "precision"
        misses, new_misses = _count("false_positive" if is_precision else "false_negative",
                                    set_difference(ids, wanted, aminusb=is_precision), k, class_id, weights)
        value = divide(hits, add(hits, misses), name=scope)
        update = divide(new_hits, add(new_hits, new_misses), name="update")
        return collected(value, update, metrics_collections, updates_collections)


def _share_at_k(kind: str, labels: Any, predictions: Any, k: int, class_id: int | None, weights: Any,
                metrics_collections: Collections, updates_collections: Collections, name: str | None) -> Metric:
    with name_scope(name, _name(kind, k, class_id), [predictions, labels, weights]) as scope:
        best = top_k(predictions, k).indices
        return _share_at_top_k(kind, labels, best, k, class_id, weights, metrics_collections, updates_collections,
                               scope)


def precision_at_top_k(labels: Any, predictions_idx: TensorLike, k: int | None = None, class_id: int | None = None,
                       weights: TensorLike | None = None, metrics_collections: Collections = None,
                       updates_collections: Collections = None, name: str | None = None) -> Metric:
    """How many of the predicted classes are among the labels.

    Args:
      labels: int64 classes, `[..., number of labels]` dense or sparse, or `[...]` for one label each.
      predictions_idx: The classes that were predicted, `[..., k]`.
      k: Only for the names of the variables.
      class_id: The one class to count; None for all.
      weights: A scalar, or one for each example, or of size 1; None for 1.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the scope.

    Returns:
      The precision so far, in float64 (NaN before anything was counted), and an operation that takes in a batch.

    Raises:
      ValueError: If the shapes or weights do not fit.
      TypeError: If the labels are not int64.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     labels = tf.constant([[1], [2]], tf.int64)
      ...     value, update = tf.metrics.precision_at_top_k(labels, [[1, 0], [0, 1]])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      0.25
    """
    return _share_at_top_k("precision", labels, predictions_idx, k, class_id, weights, metrics_collections,
                           updates_collections, name)


def precision_at_k(labels: Any, predictions: TensorLike, k: int, class_id: int | None = None,
                   weights: TensorLike | None = None, metrics_collections: Collections = None,
                   updates_collections: Collections = None, name: str | None = None) -> Metric:
    """How many of the k best predictions are among the labels.

    Args:
      labels: int64 classes, `[..., number of labels]` dense or sparse, or `[...]` for one label each.
      predictions: Scores of each class, `[..., classes]`.
      k: How many predictions count.
      class_id: The one class to count; None for all.
      weights: A scalar, or one for each example, or of size 1; None for 1.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the scope; `precision_at_3` by default.

    Returns:
      The precision so far, in float64 (NaN before anything was counted), and an operation that takes in a batch.

    Raises:
      ValueError: If the shapes or weights do not fit.
      TypeError: If the labels are not int64.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     labels = tf.constant([1, 2], tf.int64)
      ...     value, update = tf.metrics.precision_at_k(labels, [[0.1, 0.7, 0.2], [0.5, 0.4, 0.1]], 1)
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      0.5
    """
    return _share_at_k("precision", labels, predictions, k, class_id, weights, metrics_collections,
                       updates_collections, name)


def sparse_precision_at_k(labels: Any, predictions: TensorLike, k: int, class_id: int | None = None,
                          weights: TensorLike | None = None, metrics_collections: Collections = None,
                          updates_collections: Collections = None, name: str | None = None) -> Metric:
    """The old name of `precision_at_k`.

    Args:
      labels, predictions, k, class_id, weights: As of `tf.metrics.precision_at_k`.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the scope.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.sparse_precision_at_k(tf.constant([1], tf.int64), [[0.1, 0.7, 0.2]], 1)
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      1.0
    """
    return precision_at_k(labels, predictions, k, class_id, weights, metrics_collections, updates_collections, name)


def recall_at_top_k(labels: Any, predictions_idx: TensorLike, k: int | None = None, class_id: int | None = None,
                    weights: TensorLike | None = None, metrics_collections: Collections = None,
                    updates_collections: Collections = None, name: str | None = None) -> Metric:
    """How many of the labels are among the predicted classes.

    Args:
      labels: int64 classes, `[..., number of labels]` dense or sparse, or `[...]` for one label each.
      predictions_idx: The classes that were predicted, `[..., k]`.
      k: Only for the names of the variables.
      class_id: The one class to count; None for all.
      weights: A scalar, or one for each example, or of size 1; None for 1.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the scope.

    Returns:
      The recall so far, in float64 (NaN before anything was counted), and an operation that takes in a batch.

    Raises:
      ValueError: If the shapes or weights do not fit.
      TypeError: If the labels are not int64.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     labels = tf.constant([[1], [2]], tf.int64)
      ...     value, update = tf.metrics.recall_at_top_k(labels, [[1, 0], [0, 1]])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      0.5
    """
    return _share_at_top_k("recall", labels, predictions_idx, k, class_id, weights, metrics_collections,
                           updates_collections, name)


def recall_at_k(labels: Any, predictions: TensorLike, k: int, class_id: int | None = None,
                weights: TensorLike | None = None, metrics_collections: Collections = None,
                updates_collections: Collections = None, name: str | None = None) -> Metric:
    """How many of the labels are among the k best predictions.

    Args:
      labels: int64 classes, `[..., number of labels]` dense or sparse, or `[...]` for one label each.
      predictions: Scores of each class, `[..., classes]`.
      k: How many predictions count.
      class_id: The one class to count; None for all.
      weights: A scalar, or one for each example, or of size 1; None for 1.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the scope; `recall_at_3` by default.

    Returns:
      The recall so far, in float64 (NaN before anything was counted), and an operation that takes in a batch.

    Raises:
      ValueError: If the shapes or weights do not fit.
      TypeError: If the labels are not int64.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     labels = tf.constant([1, 2], tf.int64)
      ...     value, update = tf.metrics.recall_at_k(labels, [[0.1, 0.7, 0.2], [0.5, 0.4, 0.1]], 2)
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      0.5
    """
    return _share_at_k("recall", labels, predictions, k, class_id, weights, metrics_collections, updates_collections,
                       name)


def average_precision_at_k(labels: Any, predictions: TensorLike, k: int, weights: TensorLike | None = None,
                           metrics_collections: Collections = None, updates_collections: Collections = None,
                           name: str | None = None) -> Metric:
    """The mean over examples of the average precision of the k best predictions.

    The average precision of an example is the sum of the precisions at those of its predictions, best first, that
    are labels, divided by how many labels it has, but at most k.

    Args:
      labels: int64 classes, `[..., number of labels]` dense or sparse, or `[...]` for one label each; others than
        `0 <= class < classes` count for nothing.
      predictions: Scores of each class, `[..., classes]`.
      k: How many predictions count.
      weights: A scalar, or one for each example, or of size 1; None for 1.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the scope; `average_precision_at_3` by default.

    Returns:
      The mean so far, in float64 (0 before there were examples), and an operation that takes in a batch. An example
      without labels makes it NaN.

    Raises:
      ValueError: If the shapes or weights do not fit.
      TypeError: If the labels are not int64.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     labels = tf.constant([[0, 2]], tf.int64)
      ...     value, update = tf.metrics.average_precision_at_k(labels, [[0.1, 0.7, 0.2]], 3)
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update).round(4))
      0.5833
    """
    with name_scope(name, _name("average_precision", k), [predictions, labels, weights]) as scope:
        predictions = convert_to_tensor(predictions)
        best = top_k(predictions, k).indices
        labels = _known(convert_to_tensor_or_sparse_tensor(labels), predictions)
        return average_precision_of(best, labels, weights, metrics_collections, updates_collections, scope)


def average_precision_of(best: Tensor, labels: Any, weights: Any, metrics_collections: Collections,
                         updates_collections: Collections, scope: str) -> Metric:
    """The mean of the average precision of predictions that have been chosen.

    Args:
      best: int64 classes, `[..., k]`, best first.
      labels: int64 classes, dense or sparse.
      weights: See `average_precision_at_k`.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      scope: The open name scope.

    Raises:
      ValueError: If the shapes or weights do not fit.
    """
    average = _average_precision(best, labels)
    if weights is not None:
        weights = broadcast_weights(cast(weights, dtypes.float64), average)
        average = multiply(average, weights)
    g = GradientBuilder()
    with name_scope(None, "max", [average]) as max_scope:
        largest = metric_variable([], dtypes.float64, name=max_scope)
        number = cast(g.Size(average, name="batch_max"), dtypes.float64) if weights is None else \
            reduce_sum(weights, name="batch_max")
        new_largest = assign_add(largest, number, name="update")
    with name_scope(None, "total", [average]) as total_scope:
        total = metric_variable([], dtypes.float64, name=total_scope)
        new_total = assign_add(total, reduce_sum(average, name="batch_total"), name="update")
    return collected(quotient(total, largest, "mean"), quotient(new_total, new_largest, scope),
                     metrics_collections, updates_collections)


def sparse_average_precision_at_k(labels: Any, predictions: TensorLike, k: int, weights: TensorLike | None = None,
                                  metrics_collections: Collections = None, updates_collections: Collections = None,
                                  name: str | None = None) -> Metric:
    """The old name of `average_precision_at_k`.

    Args:
      labels, predictions, k, weights: As of `tf.metrics.average_precision_at_k`.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the scope.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.sparse_average_precision_at_k(
      ...         tf.constant([[0, 2]], tf.int64), [[0.1, 0.7, 0.2]], 3)
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update).round(4))
      0.5833
    """
    return average_precision_at_k(labels, predictions, k, weights, metrics_collections, updates_collections, name)


def _known(labels: Any, predictions: Tensor) -> Any:
    """Labels in which those that no prediction can be are none."""
    g = GradientBuilder()
    values = labels.values if isinstance(labels, SparseTensor) else labels
    if values.dtype.base_dtype is not dtypes.int64:
        raise TypeError(f"labels must be int64, got {values.dtype.name}")
    classes = cast(g.shape(predictions)[-1], dtypes.int64)
    # A node of the name `Max` stands here in TensorFlow too: after it the variable is `max_1`.
    reduce_max(values)
    known = where(greater_equal(values, classes), _filled(values, _NO_CLASS), values)
    return labels.with_values(known) if isinstance(labels, SparseTensor) else known


def _average_precision(best: Tensor, labels: Any) -> Tensor:
    """The average precision of each example."""
    best = cast(best, dtypes.int64)
    labels = _with_last(labels, best)
    g = GradientBuilder()
    with name_scope(None, "average_precision", [best]):
        if isinstance(labels, SparseTensor):
            number = set_size(labels)
            # Where there is no label, the class is none.
            one = g.constant(1, labels.values)
            labels = g.Sub(g.ScatterNd(labels.indices, g.AddV2(labels.values, one), labels.dense_shape), one)
        else:
            number = reduce_sum(cast(greater_equal(labels, np.int64(0)), dtypes.int32), [-1])
        is_label = reduce_any(equal(expand_dims(best, -1), expand_dims(labels, -2)), [-1])
        relevant = cast(is_label, dtypes.float64)
        precision = divide(cumsum(relevant, axis=-1), cumsum(ones_like(relevant), axis=-1))
        total = reduce_sum(multiply(relevant, precision), [-1])
        return divide(total, cast(minimum(number, g.shape(best)[-1]), dtypes.float64))
