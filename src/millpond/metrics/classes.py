"""Metrics of each class: by a matrix that counts how often each was taken for each other, or by counts."""

from __future__ import annotations

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.metrics.averages import Metric
from millpond.metrics.variables import Collections, as_float, collected, flat, metric_variable
from millpond.ops.array.fill import ones, ones_like
from millpond.ops.linalg.matrix_parts import diag_part
from millpond.ops.math.arithmetic import add, multiply, subtract
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import equal, greater, not_equal, where
from millpond.ops.math.counting import confusion_matrix
from millpond.ops.math.division import div_no_nan, divide
from millpond.ops.math.reduction import reduce_mean, reduce_sum
from millpond.ops.state.assign import assign_add
from millpond.ops.state.state_scatter import scatter_add
from millpond.variables.scope import variable_scope


def mean_iou(labels: TensorLike, predictions: TensorLike, num_classes: int, weights: TensorLike | None = None,
             metrics_collections: Collections = None, updates_collections: Collections = None,
             name: str | None = None) -> Metric:
    """The mean over classes of intersection over union: `tp / (tp + fp + fn)`.

    Classes that neither occur nor were predicted do not count.

    Args:
      labels: Classes from 0 on, of any shape.
      predictions: Classes, of the same shape.
      num_classes: How many classes there are.
      weights: What each counts for, of the same shape; None for 1.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope, in which the variable `total_confusion_matrix` lies.

    Returns:
      The mean so far, and an operation that takes in a batch and gives the confusion matrix after it.

    Raises:
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: When run, if a label or prediction is no class.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.mean_iou([0, 0, 1, 1], [0, 1, 1, 1], num_classes=2)
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      ...     print(sess.run(value).round(4))
      [[1. 1.]
       [0. 2.]]
      0.5833
    """
    with variable_scope(name, "mean_iou", (predictions, labels, weights)):
        labels, predictions = convert_to_tensor(labels), convert_to_tensor(predictions)
        predictions.shape.assert_is_compatible_with(labels.shape)
        total = metric_variable([num_classes, num_classes], dtypes.float64, name="total_confusion_matrix")
        predictions, labels = flat(cast(predictions, dtypes.int64)), flat(cast(labels, dtypes.int64))
        if weights is not None:
            weights = flat(convert_to_tensor(weights))
        counts = confusion_matrix(labels, predictions, num_classes, dtypes.float64, weights=weights)
        update = assign_add(total, counts)
        return collected(_mean_iou(total), update, metrics_collections, updates_collections)


def _mean_iou(matrix: Tensor) -> Tensor:
    in_rows, in_columns = as_float(reduce_sum(matrix, 0)), as_float(reduce_sum(matrix, 1))
    intersection = as_float(diag_part(convert_to_tensor(matrix)))
    union = subtract(add(in_rows, in_columns), intersection)
    count = reduce_sum(as_float(not_equal(union, 0.0)))
    union = where(greater(union, 0.0), union, ones_like(union))
    total = reduce_sum(divide(intersection, union), name="mean_iou")
    return where(greater(count, 0.0), divide(total, count), GradientBuilder().constant(0, total))


def mean_per_class_accuracy(labels: TensorLike, predictions: TensorLike, num_classes: int,
                            weights: TensorLike | None = None, metrics_collections: Collections = None,
                            updates_collections: Collections = None, name: str | None = None) -> Metric:
    """The mean over classes of how often the predictions of examples of a class are right.

    Args:
      labels: Classes from 0 on, of any shape.
      predictions: Classes, of the same shape.
      num_classes: How many classes there are; those that did not occur count as 0.
      weights: What each counts for, of the same shape; None for 1.
      metrics_collections, updates_collections: See `tf.metrics.mean`.
      name: Name of the variable scope, in which the variables `total` and `count` lie.

    Returns:
      The mean so far, and an operation that takes in a batch and gives the accuracy of each class after it.

    Raises:
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: When run, if a label is no class.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value, update = tf.metrics.mean_per_class_accuracy([0, 0, 1], [0, 1, 1], num_classes=2)
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(update))
      ...     print(sess.run(value))
      [0.5 1. ]
      0.75
    """
    with variable_scope(name, "mean_accuracy", (predictions, labels, weights)):
        labels = cast(labels, dtypes.int64)
        predictions = convert_to_tensor(predictions)
        predictions.shape.assert_is_compatible_with(labels.shape)
        labels, predictions = flat(labels), flat(predictions)
        total = metric_variable([num_classes], dtypes.float32, name="total")
        count = metric_variable([num_classes], dtypes.float32, name="count")
        number = ones(GradientBuilder().ExpandDims(GradientBuilder().size(labels), 0), dtypes.float32)
        if predictions.dtype.base_dtype is not labels.dtype:
            predictions = cast(predictions, labels.dtype)
        is_right = as_float(equal(predictions, labels))
        if weights is not None:
            weights = flat(as_float(weights))
            number, is_right = multiply(number, weights), multiply(is_right, weights)
        new_total, new_count = scatter_add(total, labels, number), scatter_add(count, labels, is_right)
        value = reduce_mean(div_no_nan(count, total), name="mean_accuracy")
        return collected(value, div_no_nan(new_count, new_total, name="update_op"), metrics_collections,
                         updates_collections)
