"""Softmax and its logarithm, over any dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import OpDefinition, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import REAL_FLOATS
from millpond.shapes import TensorShape


def widened(xp: ArrayModule, x: Any) -> Any:
    """Half and bfloat16 as float32, in which they are summed."""
    return xp.astype(x, np.float32) if np.dtype(x.dtype).itemsize == 2 else x


def shifted(xp: ArrayModule, logits: Any) -> Any:
    """`logits` less the greatest of each row, which keeps the exponentials finite."""
    wide = widened(xp, logits)
    return xp.subtract(wide, xp.max(wide, axis=-1, keepdims=True, initial=np.finfo(np.dtype(wide.dtype)).min))


def _softmax_kernel(xp: ArrayModule, logits: Array) -> Array:
    powers = xp.exp(shifted(xp, logits))
    total = xp.sum(powers, axis=-1, keepdims=True, dtype=powers.dtype)
    return xp.astype(xp.divide(powers, total), logits.dtype)


def _softmax_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    """dx = (dy - sum(dy * s)) * s."""
    softmax = op.outputs[0]
    total = g.Sum(g.Mul(dy, softmax, name="mul"), -1, keep_dims=True)
    return g.Mul(g.Sub(dy, total, name="sub"), softmax, name="mul")


def _softmax_shape(logits: TensorShape) -> TensorShape:
    return shape_rules.with_rank_at_least(logits, 1)


SOFTMAX = define_op("Softmax", inputs="logits: T", outputs="softmax: T", attrs=f"T: {REAL_FLOATS}",
                    shape=_softmax_shape, kernel=_softmax_kernel, gradient=_softmax_gradient)


def softmax(logits: TensorLike, axis: int | None = None, name: str | None = None, dim: int | None = None) -> Tensor:
    """`exp(logits) / sum(exp(logits))` along a dimension.

    Args:
      logits: A tensor of floats with at least one dimension.
      axis: The dimension, the last one if omitted.
      name: Name of the node.
      dim: An old name of `axis`.

    Raises:
      InvalidArgumentError: If there is no such dimension.
      ValueError: If `logits` has no dimension.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.softmax([0.0, 0.0])))
      [0.5 0.5]
    """
    return _over_dimension(SOFTMAX, logits, axis, dim, name)


def _log_softmax_kernel(xp: ArrayModule, logits: Array) -> Array:
    less = shifted(xp, logits)
    total = xp.sum(xp.exp(less), axis=-1, keepdims=True, dtype=less.dtype)
    return xp.astype(xp.subtract(less, xp.log(total)), logits.dtype)


def _log_softmax_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    """dx = dy - sum(dy) * s."""
    softmax = g.Exp(op.outputs[0])
    total = g.Sum(dy, -1, keep_dims=True)
    return g.Sub(dy, g.Mul(total, softmax, name="mul"), name="sub")


LOG_SOFTMAX = define_op("LogSoftmax", inputs="logits: T", outputs="logsoftmax: T", attrs=f"T: {REAL_FLOATS}",
                        shape=_softmax_shape, kernel=_log_softmax_kernel, gradient=_log_softmax_gradient)


def log_softmax(logits: TensorLike, axis: int | None = None, name: str | None = None, dim: int | None = None) -> Tensor:
    """`logits - log(sum(exp(logits)))` along a dimension.

    Args:
      logits: A tensor of floats with at least one dimension.
      axis: The dimension, the last one if omitted.
      name: Name of the node.
      dim: An old name of `axis`.

    Raises:
      tf.errors.InvalidArgumentError: If there is no such dimension.
      ValueError: If `logits` has no dimension.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.log_softmax([0.0, 0.0])).round(4))
      [-0.6931 -0.6931]
    """
    return _over_dimension(LOG_SOFTMAX, logits, axis, dim, name)


def _over_dimension(definition: OpDefinition, logits: Any, axis: int | None, dim: int | None,
                    name: str | None) -> Tensor:
    """The op works on the last dimension: another one is swapped with it, before and after."""
    if axis is not None and dim is not None:
        raise ValueError("Cannot specify both 'axis' and 'dim': 'dim' is the old name of 'axis'.")
    if axis is None:
        axis = -1 if dim is None else dim
    logits = convert_to_tensor(logits)
    rank = logits.shape.ndims
    if rank is not None and axis != -1 and not -rank <= axis < rank:
        raise InvalidArgumentError(None, None, f"Dimension ({axis}) must be in the range [{-rank}, {rank}) where "
                                               f"{rank} is the number of dimensions in the input.")
    if axis == -1 or (rank is not None and axis == rank - 1):
        return definition(logits, name=name)
    g = GradientBuilder()
    # Which position a negative axis has follows from the rank, at run time if need be.
    rank_tensor = g.rank(logits)
    place: Any = axis if axis >= 0 else g.FloorMod(axis, rank_tensor, name="mod") if rank is None else axis + rank
    rank_tensor = g.rank(logits)
    swapped = _swap_with_last(g, logits, place, rank_tensor)
    return _swap_with_last(g, definition(swapped), place, rank_tensor, name=name)


def _swap_with_last(g: GradientBuilder, x: Tensor, place: Any, rank: Tensor, name: str | None = None) -> Tensor:
    last = g.Sub(rank, 1)
    after = place + 1 if isinstance(place, int) else g.AddV2(place, 1, name="add")
    before_range, after_range = g.Range(0, place, 1, name="range"), g.Range(after, last, 1, name="range")
    swapped = g.ConcatV2([before_range, [last], after_range, [place]], 0, name="concat")
    return g.Transpose(x, swapped, name=name or "transpose")
