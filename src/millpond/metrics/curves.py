"""What is read off the curves that thresholds draw: the area below them, and points on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from millpond import dtypes, logs
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.metrics.averages import Metric
from millpond.metrics.thresholds import EPSILON, Counts, counts_at_thresholds
from millpond.metrics.variables import Collections, collected, quotient
from millpond.ops.array.fill import ones_like
from millpond.ops.math.arithmetic import maximum, minimum
from millpond.ops.math.comparison import greater, logical_and, where
from millpond.ops.math.elementwise import log
from millpond.ops.math.reduction import reduce_sum
from millpond.variables.scope import variable_scope

# Keeps the rates of a curve finite.
_RATE_EPSILON = 1e-6


def _spread(count: int) -> list[float]:
    """Thresholds from 0 to 1: the first below all predictions, the last above all."""
    return [-EPSILON, *[(i + 1) / (count - 1) for i in range(count - 2)], 1.0 + EPSILON]


def auc(labels: TensorLike, predictions: TensorLike, weights: TensorLike | None = None, num_thresholds: int = 200,
        metrics_collections: Collections = None, updates_collections: Collections = None, curve: str = "ROC",
        name: str | None = None, summation_method: str = "trapezoidal",
        thresholds: Sequence[float] | None = None) -> Metric:
    """The area under a curve that thresholds draw, approximated at some of them.

    Args:
      labels: A tensor that is cast to bool.
      predictions: Numbers from 0 to 1, of the same shape.
      weights: See `tf.metrics.mean`.
      num_thresholds: At how many thresholds, spread evenly.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      curve: `"ROC"` (recall over the rate of false positives) or `"PR"` (precision over recall).
      name: Name of the variable scope, in which the counts `true_positives`, ... at each threshold lie.
      summation_method: How the area between two thresholds is taken: `"trapezoidal"`; `"careful_interpolation"`, for
        PR curves (J. Davis and M. Goadrich, The relationship between precision-recall and ROC curves, ICML 2006);
        `"minoring"` or `"majoring"`, the smaller or greater of both heights.
      thresholds: Thresholds in place of those spread evenly; 0 and 1 are added.

    Returns:
      The area so far, and an operation that takes in a batch and gives the area after it.

    Raises:
      ValueError: If the curve or method is another one, or the shapes or weights do not fit.
      tf.errors.InvalidArgumentError: If a prediction is not from 0 to 1.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update).round(2))
      0.75
    """
    with variable_scope(name, "auc", (labels, predictions, weights)):
        if curve not in ("ROC", "PR"):
            raise ValueError(f"curve must be either ROC or PR, {curve!r} unknown")
        if summation_method not in ("trapezoidal", "careful_interpolation", "minoring", "majoring"):
            raise ValueError(f"Invalid summation_method: {summation_method!r}. It is one of trapezoidal, "
                             "careful_interpolation, minoring, majoring.")
        if curve == "PR" and summation_method == "trapezoidal":
            logs.warning("Trapezoids overestimate the area under a precision-recall curve: use "
                                "summation_method='careful_interpolation'.")
        limits = _spread(num_thresholds) if thresholds is None else [-EPSILON, *sorted(thresholds), 1.0 + EPSILON]
        values, updates = counts_at_thresholds(labels, predictions, limits, weights)

        def area(counts: Counts, name: str) -> Tensor:
            if curve == "PR" and summation_method == "careful_interpolation":
                return _interpolated_area(counts)
            return _area(counts, curve, summation_method, name)

        return collected(area(values, "value"), area(updates, "update_op"), metrics_collections, updates_collections)


def _area(counts: Counts, curve: str, method: str, name: str) -> Tensor:
    tp, fn, tn, fp = (convert_to_tensor(count) for count in counts)
    recall = (tp + _RATE_EPSILON) / (tp + fn + _RATE_EPSILON)
    if curve == "ROC":
        x, y = fp / (fp + tn + _RATE_EPSILON), recall
    else:
        x, y = recall, (tp + _RATE_EPSILON) / (tp + fp + _RATE_EPSILON)
    widths, left, right = x[:-1] - x[1:], y[:-1], y[1:]
    if method == "minoring":
        heights = minimum(left, right)
    elif method == "majoring":
        heights = maximum(left, right)
    else:
        heights = (left + right) / 2.0
    return reduce_sum(widths * heights, name=name)


def _interpolated_area(counts: Counts) -> Tensor:
    """Between two thresholds, true positives grow linearly with predicted ones, and precision follows from that."""
    tp, fn, _, fp = (convert_to_tensor(count) for count in counts)
    gained = tp[:-1] - tp[1:]
    predicted = tp + fp
    slope = quotient(gained, predicted[:-1] - predicted[1:], "prec_slope")
    intercept = tp[1:] - slope * predicted[1:]
    is_positive = logical_and(greater(predicted[:-1], 0.0), greater(predicted[1:], 0.0))
    ratio = where(is_positive, quotient(predicted[:-1], predicted[1:], "recall_relative_ratio"),
                  ones_like(predicted[1:]))
    increments = quotient(slope * (gained + intercept * log(ratio)), tp[1:] + fn[1:], "pr_auc_increment")
    return reduce_sum(increments, name="interpolate_pr_auc")


def _point(default_name: str, point: Callable[[Counts, str], Tensor], labels: Any, predictions: Any, weights: Any,
           num_thresholds: int, metrics_collections: Collections, updates_collections: Collections,
           name: str | None) -> Metric:
    with variable_scope(name, default_name, (predictions, labels, weights)):
        values, updates = counts_at_thresholds(labels, predictions, _spread(num_thresholds), weights)
        return collected(point(values, "value"), point(updates, "update_op"), metrics_collections, updates_collections)


def sensitivity_at_specificity(labels: TensorLike, predictions: TensorLike, specificity: float,
                               weights: TensorLike | None = None, num_thresholds: int = 200,
                               metrics_collections: Collections = None, updates_collections: Collections = None,
                               name: str | None = None) -> Metric:
    """The sensitivity `tp / (tp + fn)` where the specificity `tn / (tn + fp)` is closest to a given one.

    Args:
      labels: A tensor that is cast to bool.
      predictions: Numbers from 0 to 1, of the same shape.
      specificity: From 0 to 1.
      weights: See `tf.metrics.mean`.
      num_thresholds: At how many thresholds to look, spread evenly.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope.

    Returns:
      The sensitivity so far, and an operation that takes in a batch.

    Raises:
      ValueError: If the specificity is out of range, or the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.sensitivity_at_specificity([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], 0.4)
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update).round(4))
      1.0
    """
    if not 0 <= specificity <= 1:
        raise ValueError(f"`specificity` must be in the range [0, 1]. Currently, `specificity` got {specificity}.")

    def point(counts: Counts, name: str) -> Tensor:
        tp, fn, tn, fp = (convert_to_tensor(count) for count in counts)
        g = GradientBuilder()
        distance = g.Abs(tn / (tn + fp + EPSILON) - specificity)
        first = g.ArgMin(distance, 0, output_type=dtypes.int32)
        return g.RealDiv(tp[first], tp[first] + fn[first] + EPSILON, name=name)

    return _point("sensitivity_at_specificity", point, labels, predictions, weights, num_thresholds,
                  metrics_collections, updates_collections, name)


def specificity_at_sensitivity(labels: TensorLike, predictions: TensorLike, sensitivity: float,
                               weights: TensorLike | None = None, num_thresholds: int = 200,
                               metrics_collections: Collections = None, updates_collections: Collections = None,
                               name: str | None = None) -> Metric:
    """The specificity `tn / (tn + fp)` where the sensitivity `tp / (tp + fn)` is closest to a given one.

    Args:
      labels: A tensor that is cast to bool.
      predictions: Numbers from 0 to 1, of the same shape.
      sensitivity: From 0 to 1.
      weights: See `tf.metrics.mean`.
      num_thresholds: At how many thresholds to look, spread evenly; of those that are equally close the highest
        is taken.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope.

    Returns:
      The specificity so far, and an operation that takes in a batch.

    Raises:
      ValueError: If the sensitivity is out of range, or the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.specificity_at_sensitivity([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], 0.8)
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update).round(4))
      0.5
    """
    if not 0 <= sensitivity <= 1:
        raise ValueError(f"`sensitivity` must be in the range [0, 1]. Currently, `sensitivity` is {sensitivity}.")

    def point(counts: Counts, name: str) -> Tensor:
        tp, fn, tn, fp = (convert_to_tensor(count) for count in counts)
        g = GradientBuilder()
        distance = g.Abs(tp / (tp + fn + EPSILON) - sensitivity)
        backwards = g.ArgMin(g.ReverseV2(distance, [0]), 0, output_type=dtypes.int32)
        last = g.Sub(g.constant(distance.shape.as_list()[0] - 1), backwards)
        return g.RealDiv(tn[last], tn[last] + fp[last] + EPSILON, name=name)

    return _point("specificity_at_sensitivity", point, labels, predictions, weights, num_thresholds,
                  metrics_collections, updates_collections, name)
