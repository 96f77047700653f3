"""Counts of true and false positives and negatives, and precision and recall, of predictions that are yes or no."""

from __future__ import annotations

from typing import Any

from millpond import dtypes
from millpond.graph.argument_types import TensorLike
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.metrics.averages import Metric
from millpond.metrics.variables import Collections, as_float, collected, matched, metric_variable
from millpond.ops.array.identity import identity
from millpond.ops.array.shape import rank
from millpond.ops.host.static_checks import assert_rank_in
from millpond.ops.math.arithmetic import add, multiply
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import equal, greater, logical_and, where
from millpond.ops.math.division import divide
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.state.assign import assign_add
from millpond.variables.scope import variable_scope


def _count(default_name: str, label: bool, prediction: bool, labels: Any, predictions: Any, weights: Any,
           metrics_collections: Collections, updates_collections: Collections, name: str | None) -> Metric:
    """How often labels are `label` where predictions are `prediction`."""
    with variable_scope(name, default_name, (predictions, labels, weights)):
        predictions, labels, weights = matched(cast(predictions, dtypes.bool), cast(labels, dtypes.bool), weights)
        hits = logical_and(equal(labels, label), equal(predictions, prediction))
        count = metric_variable([], dtypes.float32, name="count")
        values = as_float(hits)
        if weights is not None:
            weights = as_float(weights)
            with default_graph().control_dependencies([assert_rank_in(weights, (0, rank(values)))]):
                values = multiply(values, weights)
        return collected(identity(count), assign_add(count, reduce_sum(values)), metrics_collections,
                         updates_collections)


def true_positives(labels: TensorLike, predictions: TensorLike, weights: TensorLike | None = None,
                   metrics_collections: Collections = None, updates_collections: Collections = None,
                   name: str | None = None) -> Metric:
    """How often both the label and the prediction are true.

    Args:
      labels, predictions: Tensors of one shape, which are cast to bool.
      weights: What each counts for: a scalar, or of the rank of `labels`; None for 1.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope, in which the variable `count` lies.

    Returns:
      The count so far, and an operation that takes in a batch and gives the count after it.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.true_positives([1, 1, 0, 0], [1, 0, 1, 0])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update), sess.run(update))
      1.0 2.0
    """
    return _count("true_positives", True, True, labels, predictions, weights, metrics_collections, updates_collections,
                  name)


def true_negatives(labels: TensorLike, predictions: TensorLike, weights: TensorLike | None = None,
                   metrics_collections: Collections = None, updates_collections: Collections = None,
                   name: str | None = None) -> Metric:
    """How often both the label and the prediction are false; see `tf.metrics.true_positives`.

    Args:
      labels, predictions, weights: As of `tf.metrics.true_positives`.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.true_negatives([1, 1, 0, 0], [1, 0, 0, 0])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      2.0
    """
    return _count("true_negatives", False, False, labels, predictions, weights, metrics_collections,
                  updates_collections, name)


def false_positives(labels: TensorLike, predictions: TensorLike, weights: TensorLike | None = None,
                    metrics_collections: Collections = None, updates_collections: Collections = None,
                    name: str | None = None) -> Metric:
    """How often the prediction is true and the label false; see `tf.metrics.true_positives`.

    Args:
      labels, predictions, weights: As of `tf.metrics.true_positives`.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.false_positives([1, 0, 0, 0], [1, 1, 1, 0])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      2.0
    """
    return _count("false_positives", False, True, labels, predictions, weights, metrics_collections,
                  updates_collections, name)


def false_negatives(labels: TensorLike, predictions: TensorLike, weights: TensorLike | None = None,
                    metrics_collections: Collections = None, updates_collections: Collections = None,
                    name: str | None = None) -> Metric:
    """How often the prediction is false and the label true; see `tf.metrics.true_positives`.

    Args:
      labels, predictions, weights: As of `tf.metrics.true_positives`.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.false_negatives([1, 1, 1, 0], [1, 0, 0, 0])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      2.0
    """
    return _count("false_negatives", True, False, labels, predictions, weights, metrics_collections,
                  updates_collections, name)


def _share(part: Tensor, rest: Tensor, name: str) -> Tensor:
    """`part / (part + rest)`, and 0 where nothing was counted."""
    whole = add(part, rest)
    return where(greater(whole, 0.0), divide(part, whole), 0.0, name)


def precision(labels: TensorLike, predictions: TensorLike, weights: TensorLike | None = None,
              metrics_collections: Collections = None, updates_collections: Collections = None,
              name: str | None = None) -> Metric:
    """How many of the predictions that are true are right: `tp / (tp + fp)`.

    Args:
      labels, predictions: Tensors of one shape, which are cast to bool.
      weights: What each counts for: a scalar, or of the rank of `labels`; None for 1.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope, in which `true_positives/count` and `false_positives/count` lie.

    Returns:
      The precision so far (0 before anything was predicted), and an operation that takes in a batch.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.precision([1, 0, 1, 1], [1, 1, 0, 0])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      0.5
    """
    with variable_scope(name, "precision", (predictions, labels, weights)):
        predictions, labels, weights = matched(cast(predictions, dtypes.bool), cast(labels, dtypes.bool), weights)
        hits, new_hits = true_positives(labels, predictions, weights)
        misses, new_misses = false_positives(labels, predictions, weights)
        return collected(_share(hits, misses, "value"), _share(new_hits, new_misses, "update_op"),
                         metrics_collections, updates_collections)


def recall(labels: TensorLike, predictions: TensorLike, weights: TensorLike | None = None,
           metrics_collections: Collections = None, updates_collections: Collections = None,
           name: str | None = None) -> Metric:
    """How many of the labels that are true were predicted: `tp / (tp + fn)`.

    Args:
      labels, predictions: Tensors of one shape, which are cast to bool.
      weights: What each counts for: a scalar, or of the rank of `labels`; None for 1.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope, in which `true_positives/count` and `false_negatives/count` lie.

    Returns:
      The recall so far (0 before there was a true label), and an operation that takes in a batch.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.recall([1, 0, 1, 1], [1, 1, 0, 1])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update).round(4))
      0.6667
    """
    with variable_scope(name, "recall", (predictions, labels, weights)):
        predictions, labels, weights = matched(cast(predictions, dtypes.bool), cast(labels, dtypes.bool), weights)
        hits, new_hits = true_positives(labels, predictions, weights)
        misses, new_misses = false_negatives(labels, predictions, weights)
        return collected(_share(hits, misses, "value"), _share(new_hits, new_misses, "update_op"),
                         metrics_collections, updates_collections)
