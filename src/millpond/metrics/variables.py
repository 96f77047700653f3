"""What all metrics share: their variables, weights, collections, and divisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph import stacks
from millpond.graph.argument_types import DTypeLike, ShapeLike
from millpond.graph.collections import GraphKeys
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import zeros
from millpond.ops.array.shape import expand_dims
from millpond.ops.array.squeezable import remove_squeezable_dimensions, squeeze_last
from millpond.ops.math.arithmetic import maximum
from millpond.ops.math.cast import cast
from millpond.ops.math.division import div_no_nan
from millpond.variables.creation import VariableAggregation, VariableSynchronization
from millpond.variables.variable import Variable

# Where a metric is to be collected: names of collections.
Collections = Sequence[str] | str | None


def metric_variable(shape: ShapeLike, dtype: DTypeLike, validate_shape: bool = True, name: str | None = None) -> Any:
    """A variable that starts as zeros, is not trained, and is no part of the model.

    Args:
      shape: Its shape.
      dtype: Its dtype.
      validate_shape: See `tf.Variable`.
      name: Its name in the open name scope.

    Returns:
      A variable in `GraphKeys.LOCAL_VARIABLES` and `GraphKeys.METRIC_VARIABLES`.

    Raises:
      ValueError: If the shape is not fully known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     v = metric_variable([2], tf.float32, name="seen")
      ...     print(tf.local_variables() == [v], tf.global_variables())
      True []
    """
    dtype = dtypes.as_dtype(dtype)
    return Variable(lambda: zeros(shape, dtype), trainable=False,
                    collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES], validate_shape=validate_shape,
                    synchronization=VariableSynchronization.ON_READ, aggregation=VariableAggregation.SUM, name=name)


def collected(value: Any, update: Any, metrics_collections: Collections,
              updates_collections: Collections) -> tuple[Any, Any]:
    """A metric's value and update, which join the collections that the caller names."""
    graph = stacks.default_graph()
    for names, what in ((metrics_collections, value), (updates_collections, update)):
        if names:
            graph.add_to_collections(names, what)
    return value, update


def quotient(numerator: Tensor, denominator: Tensor, name: str) -> Tensor:
    """`numerator / denominator`, 0 where the denominator is not positive."""
    return div_no_nan(numerator, maximum(denominator, GradientBuilder().constant(0, denominator, "Maximum/y")), name)


def matched(predictions: Any, labels: Any, weights: Any) -> tuple[Tensor, Any, Any]:
    """Predictions, labels and weights of one rank: without a last dimension of size 1 that one of them has too many.

    Args:
      predictions: A tensor.
      labels: One of the same shape, or None.
      weights: Weights of either rank 0, or the rank of the predictions, or one more or less; or None.

    Returns:
      The three. Weights that lack a last dimension have one of size 1.

    Raises:
      ValueError: If the shapes of labels and predictions differ.
    """
    predictions = convert_to_tensor(predictions)
    if labels is not None:
        labels, predictions = remove_squeezable_dimensions(convert_to_tensor(labels), predictions)
        predictions.shape.assert_is_compatible_with(labels.shape)
    if weights is None:
        return predictions, labels, None
    weights = convert_to_tensor(weights)
    ours, theirs = weights.shape.ndims, predictions.shape.ndims
    if ours == 0 or ours == theirs is not None:
        return predictions, labels, weights
    if ours is None or theirs is None:
        weights = _of_rank(weights, predictions)
    elif ours - theirs == 1:
        weights = squeeze_last(weights)
    elif theirs - ours == 1:
        weights = expand_dims(weights, -1)
    return predictions, labels, weights


def _of_rank(weights: Tensor, values: Tensor) -> Tensor:
    """Weights with a last dimension more or less where the run finds that their rank differs so from the values'."""
    g = GradientBuilder()
    own, wanted = g.rank(weights), g.rank(values)
    differs_by_one = g.Equal(g.Abs(g.Sub(own, wanted)), 1)
    rank = g.Select(g.LogicalAnd(differs_by_one, g.NotEqual(own, 0)), wanted, own)
    sizes = g.ConcatV2([g.Shape(weights), g.constant([1])], 0)
    return g.Reshape(weights, g.Slice(sizes, [0], g.ExpandDims(rank, 0)))


def flat(values: Tensor) -> Tensor:
    """The elements as a vector."""
    return values if values.shape.ndims == 1 else GradientBuilder().Reshape(values, [-1])


def as_float(values: Any) -> Tensor:
    return cast(values, dtypes.float32)
