"""From the losses of examples to one number: weights and reductions."""

from __future__ import annotations

from typing import Any

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.collections import GraphKeys
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.losses.collection import add_loss
from millpond.ops.array.fill import ones_like, range_, zeros_like
from millpond.ops.math.cast import cast
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.nn.weights_broadcast import assert_broadcastable, broadcast_weights
from millpond.ops.scoping import name_scope


class Reduction:
    """How the weighted losses of examples become the loss.

    Attributes:
      NONE: They stay as they are.
      SUM: Their sum.
      MEAN: Their sum, divided by the sum of the weights.
      SUM_OVER_BATCH_SIZE: Their sum, divided by their number.
      SUM_BY_NONZERO_WEIGHTS, SUM_OVER_NONZERO_WEIGHTS: Their sum, divided by the number of weights that are not zero.
    """

    NONE = "none"
    SUM = "weighted_sum"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    MEAN = "weighted_mean"
    SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def all(cls) -> tuple[str, ...]:
        return cls.NONE, cls.SUM, cls.MEAN, cls.SUM_OVER_BATCH_SIZE, cls.SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def validate(cls, key: str) -> None:
        """Raises ValueError unless `key` is one of the reductions."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key: {key!r}. Expected keys are {cls.all()}.")


def compute_weighted_loss(losses: Any, weights: TensorLike = 1.0, scope: str | None = None,
                          loss_collection: str | None = GraphKeys.LOSSES,
                          reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS) -> Tensor:
    """Weights and reduces losses, and adds the result to the losses of the graph.

    Args:
      losses: A tensor of numbers.
      weights: A scalar, or a tensor of the rank of `losses` whose sizes are 1 or the same.
      scope: Name of the scope.
      loss_collection: Where to add the result, or None.
      reduction: See `tf.losses.Reduction`.

    Raises:
      ValueError: If the weights do not fit the losses, or the reduction is unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.losses.compute_weighted_loss([1.0, 2.0, 6.0], [1.0, 1.0, 0.0])))
      1.5
    """
    Reduction.validate(reduction)
    g = GradientBuilder()
    with name_scope(scope, "weighted_loss", [losses, weights]):
        with default_graph().control_dependencies([assert_broadcastable(weights, losses)]):
            losses = convert_to_tensor(losses)
            dtype = losses.dtype.base_dtype
            losses, weights = cast(losses, dtypes.float32), cast(weights, dtypes.float32)
            weighted = g.Mul(losses, weights)
            if reduction == Reduction.NONE:
                loss = weighted
            else:
                loss = reduce_sum(weighted)
                if reduction == Reduction.MEAN:
                    loss = safe_mean(loss, reduce_sum(g.Mul(ones_like(weighted), weights, name="mul")))
                elif reduction == Reduction.SUM_OVER_BATCH_SIZE:
                    loss = safe_mean(loss, _number_of(weighted))
                elif reduction == Reduction.SUM_BY_NONZERO_WEIGHTS:
                    loss = safe_mean(loss, number_present(weighted, weights))
            loss = cast(loss, dtype)
            add_loss(loss, loss_collection)
            return loss


def safe_mean(losses: Tensor, count: Tensor) -> Tensor:
    """The sum of the losses divided by `count`, or 0 where that is 0."""
    return GradientBuilder().DivNoNan(reduce_sum(losses), count, name="value")


def _number_of(losses: Tensor) -> Tensor:
    g = GradientBuilder()
    with name_scope(None, "num_elements", [losses]) as scope:
        known = losses.shape.num_elements()
        size = g.Size(losses, name=scope) if known is None else g.constant(known, dtypes.int32, scope)
        return cast(size, losses.dtype)


def number_present(losses: Tensor, weights: Tensor, per_batch: bool = False) -> Tensor:
    """How many elements of the losses have a weight that is not zero: in all, or of each example.

    Args:
      losses: The losses, `[batch, ...]`.
      weights: Their weights, which broadcast to them.
      per_batch: Count for each example.

    Returns:
      Floats: without dimensions, or `[batch, 1, ...]`.

    Raises:
      ValueError: If the weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(number_present(tf.zeros([2, 3]), tf.constant([[1.0], [0.0]]))))
      3.0
    """
    g = GradientBuilder()
    with name_scope(None, "num_present", [losses, weights]) as scope:
        weights = cast(weights, dtypes.float32)
        present = g.Select(g.Equal(weights, 0.0), zeros_like(weights), ones_like(weights))
        present = broadcast_weights(present, losses)
        if per_batch:
            return reduce_sum(present, range_(1, g.rank(present)), keepdims=True, name=scope)
        return reduce_sum(present, name=scope)
