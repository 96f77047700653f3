"""Metrics that are averages over all that has been seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.metrics.variables import Collections, as_float, collected, matched, metric_variable, quotient
from millpond.ops.array.fill import ones_like, zeros_like
from millpond.ops.array.squeezable import remove_squeezable_dimensions
from millpond.ops.math.arithmetic import multiply, squared_difference, subtract
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import equal, less, where
from millpond.ops.math.division import divide
from millpond.ops.math.elementwise import abs as absolute
from millpond.ops.math.elementwise import sqrt
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.nn.weights_broadcast import broadcast_weights
from millpond.ops.state.assign import assign_add
from millpond.variables.scope import variable_scope

Metric = tuple[Tensor, Tensor]


def mean(values: TensorLike, weights: TensorLike | None = None, metrics_collections: Collections = None,
         updates_collections: Collections = None, name: str | None = None) -> Metric:
    """The weighted mean of all values that have been seen.

    Args:
      values: Numbers of any shape.
      weights: A scalar, or a tensor of the rank of `values` whose sizes are 1 or the same; None for 1.
      metrics_collections: Collections that the value joins.
      updates_collections: Collections that the update joins.
      name: Name of the variable scope, in which the variables `total` and `count` lie; `mean` by default.

    Returns:
      The mean so far (0 before anything was seen), and an operation that takes in a batch and gives the mean after it.

    Raises:
      ValueError: If the weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32, [None])
      ...     value, update = tf.metrics.mean(x)
      ...     sess.run(tf.local_variables_initializer())
      ...     for batch in ([1.0, 3.0], [8.0]):
      ...         print(sess.run(update, {x: batch}))
      ...     print(sess.run(value))
      2.0
      4.0
      4.0
    """
    with variable_scope(name, "mean", (values, weights)):
        values = as_float(values)
        total = metric_variable([], dtypes.float32, name="total")
        count = metric_variable([], dtypes.float32, name="count")
        g = GradientBuilder()
        if weights is None:
            number = as_float(g.size(values))
        else:
            values, _, weights = matched(values, None, weights)
            weights = broadcast_weights(as_float(weights), values)
            values = multiply(values, weights)
            number = reduce_sum(weights)
        new_total = assign_add(total, reduce_sum(values))
        with default_graph().control_dependencies([values]):
            new_count = assign_add(count, number)
        return collected(quotient(total, count, "value"), quotient(new_total, new_count, "update_op"),
                         metrics_collections, updates_collections)


def mean_tensor(values: TensorLike, weights: TensorLike | None = None, metrics_collections: Collections = None,
                updates_collections: Collections = None, name: str | None = None) -> Metric:
    """The weighted mean of each element over all tensors that have been seen.

    Args:
      values: Numbers, of a known shape.
      weights: A scalar, or a tensor of the rank of `values` whose sizes are 1 or the same; None for 1.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope, in which the variables `total_tensor` and `count_tensor` lie.

    Returns:
      The means so far, in the shape of `values`, and an operation that takes in a tensor.

    Raises:
      ValueError: If the shape is not known, or the weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.mean_tensor([1.0, 5.0], weights=[1.0, 0.0])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      [1. 0.]
    """
    with variable_scope(name, "mean", (values, weights)):
        values = as_float(values)
        total = metric_variable(values.shape, dtypes.float32, name="total_tensor")
        count = metric_variable(values.shape, dtypes.float32, name="count_tensor")
        number = ones_like(values)
        if weights is not None:
            values, _, weights = matched(values, None, weights)
            weights = broadcast_weights(as_float(weights), values)
            values, number = multiply(values, weights), multiply(number, weights)
        new_total = assign_add(total, values)
        with default_graph().control_dependencies([values]):
            new_count = assign_add(count, number)
        return collected(quotient(total, count, "value"), quotient(new_total, new_count, "update_op"),
                         metrics_collections, updates_collections)


def accuracy(labels: TensorLike, predictions: TensorLike, weights: TensorLike | None = None,
             metrics_collections: Collections = None, updates_collections: Collections = None,
             name: str | None = None) -> Metric:
    """How often predictions equal labels.

    Args:
      labels, predictions: Tensors of one shape, but for a last dimension of size 1 that one may have more.
      weights: See `tf.metrics.mean`.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope, in which the variables `total` and `count` lie.

    Returns:
      The share so far, and an operation that takes in a batch and gives the share after it.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.accuracy([1, 2, 3, 4], [1, 2, 0, 0])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      0.5
    """
    predictions, labels, weights = matched(predictions, labels, weights)
    if labels.dtype.base_dtype is not predictions.dtype.base_dtype:
        predictions = cast(predictions, labels.dtype)
    return mean(as_float(equal(predictions, labels)), weights, metrics_collections, updates_collections,
                name or "accuracy")


def _mean_error(default_name: str, error: Callable[[Tensor, Tensor], Tensor], labels: Any, predictions: Any,
                weights: Any, metrics_collections: Collections, updates_collections: Collections,
                name: str | None) -> Metric:
    """The mean of what `error` makes of float labels and predictions."""
    predictions, labels, weights = matched(as_float(predictions), as_float(labels), weights)
    return mean(error(labels, predictions), weights, metrics_collections, updates_collections, name or default_name)


def mean_absolute_error(labels: TensorLike, predictions: TensorLike, weights: TensorLike | None = None,
                        metrics_collections: Collections = None, updates_collections: Collections = None,
                        name: str | None = None) -> Metric:
    """The mean of `abs(predictions - labels)`.

    Args:
      labels, predictions: Tensors of one shape.
      weights, metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope.

    Returns:
      The mean so far, and an operation that takes in a batch.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.mean_absolute_error([1.0, 2.0], [2.0, 5.0])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      2.0
    """
    return _mean_error("mean_absolute_error", lambda y, p: absolute(subtract(p, y)), labels, predictions, weights,
                       metrics_collections, updates_collections, name)


def mean_squared_error(labels: TensorLike, predictions: TensorLike, weights: TensorLike | None = None,
                       metrics_collections: Collections = None, updates_collections: Collections = None,
                       name: str | None = None) -> Metric:
    """The mean of `(predictions - labels) ** 2`.

    Args:
      labels, predictions: Tensors of one shape.
      weights, metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope.

    Returns:
      The mean so far, and an operation that takes in a batch.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.mean_squared_error([1.0, 2.0], [2.0, 5.0])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      5.0
    """
    return _mean_error("mean_squared_error", squared_difference, labels, predictions, weights, metrics_collections,
                       updates_collections, name)


def root_mean_squared_error(labels: TensorLike, predictions: TensorLike, weights: TensorLike | None = None,
                            metrics_collections: Collections = None, updates_collections: Collections = None,
                            name: str | None = None) -> Metric:
    """The square root of `tf.metrics.mean_squared_error`.

    Args:
      labels, predictions: Tensors of one shape.
      weights, metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope.

    Returns:
      The root of the mean so far, and an operation that takes in a batch.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.root_mean_squared_error([1.0, 1.0], [4.0, 4.0])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      3.0
    """
    value, update = mean_squared_error(labels, predictions, weights, None, None, name or "root_mean_squared_error")
    return collected(sqrt(value), sqrt(update), metrics_collections, updates_collections)


def mean_relative_error(labels: TensorLike, predictions: TensorLike, normalizer: TensorLike,
                        weights: TensorLike | None = None, metrics_collections: Collections = None,
                        updates_collections: Collections = None, name: str | None = None) -> Metric:
    """The mean of `abs(labels - predictions) / normalizer`, which counts as 0 where the normalizer is 0.

    Args:
      labels, predictions: Tensors of one shape.
      normalizer: What errors are divided by, of the same shape.
      weights, metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope.

    Returns:
      The mean so far, and an operation that takes in a batch.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.mean_relative_error([1.0, 2.0], [2.0, 4.0], [1.0, 4.0])
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      0.75
    """
    predictions, labels, weights = matched(predictions, labels, weights)
    predictions, normalizer = remove_squeezable_dimensions(predictions, convert_to_tensor(normalizer))
    predictions.shape.assert_is_compatible_with(normalizer.shape)
    errors = where(equal(normalizer, zeros_like(normalizer)), zeros_like(labels),
                   divide(absolute(subtract(labels, predictions)), normalizer))
    return mean(errors, weights, metrics_collections, updates_collections, name or "mean_relative_error")


def mean_cosine_distance(labels: TensorLike, predictions: TensorLike, dim: int, weights: TensorLike | None = None,
                         metrics_collections: Collections = None, updates_collections: Collections = None,
                         name: str | None = None) -> Metric:
    """1 less the mean of `sum(predictions * labels)` along `dim`, for vectors of length 1.

    Args:
      labels, predictions: Tensors of one shape.
      dim: The dimension of the vectors.
      weights: See `tf.metrics.mean`; of size 1 in the dimension `dim`.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope.

    Returns:
      The distance so far, and an operation that takes in a batch.

    Raises:
      ValueError: If the shapes or weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.mean_cosine_distance([[0.6, 0.8]], [[1.0, 0.0]], 1)
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update).round(4))
      0.4
    """
    predictions, labels, weights = matched(as_float(predictions), as_float(labels), weights)
    products = reduce_sum(multiply(predictions, labels), (dim,), keepdims=True)
    value, update = mean(products, weights, None, None, name or "mean_cosine_distance")
    return collected(subtract(1.0, value), subtract(1.0, update), metrics_collections, updates_collections)


def percentage_below(values: TensorLike, threshold: float, weights: TensorLike | None = None,
                     metrics_collections: Collections = None, updates_collections: Collections = None,
                     name: str | None = None) -> Metric:
    """The share of the values that are less than `threshold`.

    Args:
      values: Numbers of any shape.
      threshold: A number.
      weights, metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope.

    Returns:
      The share so far (from 0 to 1), and an operation that takes in a batch.

    Raises:
      ValueError: If the weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.percentage_below([1.0, 2.0, 3.0, 4.0], 2.0)
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      0.25
    """
    return mean(as_float(less(values, threshold)), weights, metrics_collections, updates_collections,
                name or "percentage_below_threshold")
