"""Counts, precision and recall of predictions from 0 to 1 that are yes above a threshold, at several thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from millpond import dtypes
from millpond.graph.argument_types import TensorLike
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.metrics.averages import Metric
from millpond.metrics.variables import Collections, as_float, collected, flat, matched, metric_variable
from millpond.ops.array.constant import constant
from millpond.ops.array.identity import identity
from millpond.ops.array.shape import expand_dims
from millpond.ops.host.assertions import assert_greater_equal, assert_less_equal
from millpond.ops.math.arithmetic import add, multiply
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import greater, logical_and, logical_not
from millpond.ops.math.division import divide
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.nn.weights_broadcast import broadcast_weights
from millpond.ops.state.assign import assign_add
from millpond.variables.scope import variable_scope

# Keeps quotients of counts finite.
EPSILON = 1e-7
_RANGE = "predictions must be in [0, 1]"


class Counts(NamedTuple):
    """The four counts at each threshold; None for those that were not asked for."""

    true_positives: Any = None
    false_negatives: Any = None
    true_negatives: Any = None
    false_positives: Any = None


# Each count: whether it is of true labels, whether it is of predictions above the threshold.
_KINDS = {"true_positives": (True, True), "false_negatives": (True, False), "true_negatives": (False, False),
          "false_positives": (False, True)}


def counts_at_thresholds(labels: Any, predictions: Any, thresholds: Sequence[float], weights: Any,
                         wanted: Sequence[str] = tuple(_KINDS)) -> tuple[Counts, Counts]:
    """Counts at each threshold so far, and after taking in a batch.

    Args:
      labels: A tensor that is cast to bool.
      predictions: Numbers from 0 to 1, of the same shape.
      thresholds: Numbers; a prediction above one is a yes.
      weights: See `tf.metrics.mean`.
      wanted: Which counts to keep.

    Raises:
      ValueError: If the shapes or weights do not fit.
    """
    low, high = (0, 1) if isinstance(predictions, Tensor) and predictions.dtype.is_integer else (0.0, 1.0)
    checks = [assert_greater_equal(predictions, low, message=_RANGE),
              assert_less_equal(predictions, high, message=_RANGE)]
    with default_graph().control_dependencies(checks):
        predictions, labels, weights = matched(as_float(predictions), cast(labels, dtypes.bool), weights)
    if weights is not None:
        weights = expand_dims(flat(broadcast_weights(as_float(weights), predictions)), 0)
    limits = expand_dims(constant(list(thresholds), dtypes.float32), 1)
    says_yes = greater(expand_dims(flat(predictions), 0), limits)  # [thresholds, predictions]
    is_true = expand_dims(flat(labels), 0)
    values, updates = {}, {}
    for kind in wanted:
        label, prediction = _KINDS[kind]
        count = metric_variable([len(thresholds)], dtypes.float32, name=kind)
        hits = as_float(logical_and(is_true if label else logical_not(is_true),
                                    says_yes if prediction else logical_not(says_yes)))
        hits = hits if weights is None else multiply(hits, weights)
        values[kind], updates[kind] = count, assign_add(count, reduce_sum(hits, 1))
    return Counts(**values), Counts(**updates)


def _count_at_thresholds(kind: str, labels: Any, predictions: Any, thresholds: Any, weights: Any,
                         metrics_collections: Collections, updates_collections: Collections,
                         name: str | None) -> Metric:
    with variable_scope(name, kind, (predictions, labels, weights)):
        values, updates = counts_at_thresholds(labels, predictions, thresholds, weights, (kind,))
        update = getattr(updates, kind)
        return collected(identity(getattr(values, kind)), update, metrics_collections, updates_collections)


def true_positives_at_thresholds(labels: TensorLike, predictions: TensorLike, thresholds: Sequence[float],
                                 weights: TensorLike | None = None, metrics_collections: Collections = None,
                                 updates_collections: Collections = None, name: str | None = None) -> Metric:
    """How often the label is true and the prediction above a threshold.

    Args:
      labels: A tensor that is cast to bool.
      predictions: Numbers from 0 to 1, of the same shape.
      thresholds: Numbers.
      weights, metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope.

    Returns:
      The counts so far, one for each threshold, and an operation that takes in a batch and gives them after it.

    Raises:
      ValueError: If the shapes or weights do not fit.
      tf.errors.InvalidArgumentError: If a prediction is not from 0 to 1.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.true_positives_at_thresholds([1, 1, 0], [0.3, 0.8, 0.9], [0.2, 0.5])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      [2. 1.]
    """
    return _count_at_thresholds("true_positives", labels, predictions, thresholds, weights, metrics_collections,
                                updates_collections, name)


def true_negatives_at_thresholds(labels: TensorLike, predictions: TensorLike, thresholds: Sequence[float],
                                 weights: TensorLike | None = None, metrics_collections: Collections = None,
                                 updates_collections: Collections = None, name: str | None = None) -> Metric:
    """How often the label is false and the prediction not above a threshold.

    Args:
      labels, predictions, thresholds, weights: As of `tf.metrics.true_positives_at_thresholds`.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.true_negatives_at_thresholds([1, 0, 0], [0.3, 0.4, 0.1], [0.2, 0.5])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      [1. 2.]
    """
    return _count_at_thresholds("true_negatives", labels, predictions, thresholds, weights, metrics_collections,
                                updates_collections, name)


def false_positives_at_thresholds(labels: TensorLike, predictions: TensorLike, thresholds: Sequence[float],
                                  weights: TensorLike | None = None, metrics_collections: Collections = None,
                                  updates_collections: Collections = None, name: str | None = None) -> Metric:
    """How often the label is false and the prediction above a threshold.

    Args:
      labels, predictions, thresholds, weights: As of `tf.metrics.true_positives_at_thresholds`.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.false_positives_at_thresholds([1, 0, 0], [0.3, 0.4, 0.1], [0.2, 0.5])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      [1. 0.]
    """
    return _count_at_thresholds("false_positives", labels, predictions, thresholds, weights, metrics_collections,
                                updates_collections, name)


def false_negatives_at_thresholds(labels: TensorLike, predictions: TensorLike, thresholds: Sequence[float],
                                  weights: TensorLike | None = None, metrics_collections: Collections = None,
                                  updates_collections: Collections = None, name: str | None = None) -> Metric:
    """How often the label is true and the prediction not above a threshold.

    Args:
      labels, predictions, thresholds, weights: As of `tf.metrics.true_positives_at_thresholds`.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.false_negatives_at_thresholds([1, 0, 1], [0.3, 0.4, 0.1], [0.2, 0.5])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      [1. 2.]
    """
    return _count_at_thresholds("false_negatives", labels, predictions, thresholds, weights, metrics_collections,
                                updates_collections, name)


def _shares(kind: str, other: str, labels: Any, predictions: Any, thresholds: Any, weights: Any,
            metrics_collections: Collections, updates_collections: Collections, name: str | None) -> Metric:
    """True positives as a part of themselves and of another count, at each threshold."""
    with variable_scope(name, f"{kind}_at_thresholds", (predictions, labels, weights)):
        pair = counts_at_thresholds(labels, predictions, thresholds, weights, ("true_positives", other))

        def share(counts: Counts, suffix: str) -> Tensor:
            hits = counts.true_positives
            return divide(hits, add(add(EPSILON, hits), getattr(counts, other)), name=f"{kind}_{suffix}")

        return collected(share(pair[0], "value"), share(pair[1], "update_op"), metrics_collections,
                         updates_collections)


def precision_at_thresholds(labels: TensorLike, predictions: TensorLike, thresholds: Sequence[float],
                            weights: TensorLike | None = None, metrics_collections: Collections = None,
                            updates_collections: Collections = None, name: str | None = None) -> Metric:
    """How many of the predictions above a threshold are right: `tp / (tp + fp)`.

    Args:
      labels, predictions, thresholds, weights: As of `tf.metrics.true_positives_at_thresholds`.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope, in which `true_positives` and `false_positives` lie.

    Returns:
      The precision so far at each threshold, and an operation that takes in a batch.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.precision_at_thresholds([1, 1, 0], [0.3, 0.8, 0.4], [0.2, 0.5])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update).round(4))
      [0.6667 1.    ]
    """
    return _shares("precision", "false_positives", labels, predictions, thresholds, weights, metrics_collections,
                   updates_collections, name)


def recall_at_thresholds(labels: TensorLike, predictions: TensorLike, thresholds: Sequence[float],
                         weights: TensorLike | None = None, metrics_collections: Collections = None,
                         updates_collections: Collections = None, name: str | None = None) -> Metric:
    """How many of the labels that are true have a prediction above a threshold: `tp / (tp + fn)`.

    Args:
      labels, predictions, thresholds, weights: As of `tf.metrics.true_positives_at_thresholds`.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope, in which `true_positives` and `false_negatives` lie.

    Returns:
      The recall so far at each threshold, and an operation that takes in a batch.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.recall_at_thresholds([1, 1, 0], [0.3, 0.8, 0.4], [0.2, 0.5])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update).round(4))
      [1.  0.5]
    """
    return _shares("recall", "false_negatives", labels, predictions, thresholds, weights, metrics_collections,
                   updates_collections, name)
