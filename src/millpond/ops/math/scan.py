"""Running sums and products along an axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import OpDefinition, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops.dtype_sets import INDEX, NUMBERS, REAL_FLOATS
from millpond.ops.shape_rules import axis_in_range, with_rank_at_least
from millpond.shapes import TensorShape


def _shape(x: TensorShape, axis: StaticInput) -> TensorShape:
    x = with_rank_at_least(x, 1)
    position = axis.scalar
    if x.sizes is not None and position is not None:
        axis_in_range(position, len(x.sizes))
    return x


def _turned(xp: ArrayModule, x: Array, axis: int, reverse: bool) -> Array:
    return xp.flip(x, axis=axis) if reverse else x


def _shifted(xp: ArrayModule, x: Array, axis: int, first: float) -> Array:
    """All but the last element, after `first`."""
    head = xp.full(x.shape[:axis] + (1,) + x.shape[axis + 1:], first, dtype=x.dtype)
    kept = x[(slice(None),) * axis + (slice(0, -1),)]
    return xp.concatenate([head, kept], axis=axis)


def _scan(xp: ArrayModule, x: Array, axis: Array, exclusive: bool, reverse: bool,
          function: Callable[[Array, int], Array], first: float) -> Array:
    axis = axis_in_range(int(axis), x.ndim)
    if 0 in x.shape:
        return x
    x = _turned(xp, x, axis, reverse)
    if exclusive:
        x = _shifted(xp, x, axis, first)
    return _turned(xp, function(x, axis), axis, reverse)


def _wide(x: Any) -> np.dtype:
    dtype = np.dtype(x.dtype)
    return np.dtype(np.float32) if dtype.itemsize == 2 and dtype.kind in "fV" else dtype


def _cumsum_kernel(xp: ArrayModule, x: Array, axis: Array, *, exclusive: bool, reverse: bool) -> Array:
    return _scan(xp, x, axis, exclusive, reverse, lambda x, axis: xp.asarray(
        xp.cumsum(x, axis=axis, dtype=_wide(x)), dtype=x.dtype), 0)


def _cumsum_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    axis = op.inputs[1]
    return [g.Cumsum(dy, axis, exclusive=op.attributes["exclusive"], reverse=not op.attributes["reverse"]), None]


def _cumprod_kernel(xp: ArrayModule, x: Array, axis: Array, *, exclusive: bool, reverse: bool) -> Array:
    return _scan(xp, x, axis, exclusive, reverse, lambda x, axis: xp.asarray(
        xp.cumprod(x, axis=axis, dtype=_wide(x)), dtype=x.dtype), 1)


def _cumprod_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    """As in TensorFlow the products are divided by the element, and where that is 0 the gradient is 0."""
    x, axis = op.inputs
    exclusive, reverse = op.attributes["exclusive"], op.attributes["reverse"]
    products = g.Cumprod(x, axis, exclusive=exclusive, reverse=reverse)
    totals = g.Cumsum(g.Mul(products, dy, name="mul"), axis, exclusive=exclusive, reverse=not reverse)
    return [g.DivNoNan(totals, x, name="div_no_nan"), None]


def _cumulative_logsumexp_kernel(xp: ArrayModule, x: Array, axis: Array, *, exclusive: bool, reverse: bool) -> Array:
    def run(x: Array, axis: int) -> Array:
        return np.logaddexp.accumulate(np.asarray(x, _wide(x)), axis=axis).astype(x.dtype)

    return _scan(np, x, axis, exclusive, reverse, run, -np.inf)


def _cumulative_logsumexp_lower(jax: Jax, x: Array, axis: Array, *, exclusive: bool, reverse: bool) -> Array:
    def run(x: Array, axis: int) -> Array:
        wide = x.astype(_wide(x))
        return jax.lax.cumlogsumexp(wide, axis=axis).astype(x.dtype)

    return _scan(jax.numpy, x, axis, exclusive, reverse, run, -np.inf)


def _cumulative_logsumexp_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    """sum_j dy_j exp(x_i - y_j): the positive and the negative part each as a running log-sum-exp."""
    x, axis = op.inputs
    y = op.outputs[0]
    exclusive, reverse = op.attributes["exclusive"], op.attributes["reverse"]
    zero = g.constant(0, dy)
    lowest = g.constant(-np.inf, dy)

    def part(weights: Tensor) -> Tensor:
        logs = g.SelectV2(g.Greater(weights, zero), g.Log(weights), lowest)
        running = g.CumulativeLogsumexp(g.Sub(logs, y), axis, exclusive=exclusive, reverse=not reverse)
        return g.Exp(g.AddV2(running, x))

    return [g.Sub(part(dy), part(g.Neg(dy))), None]


def _running(type: str, kernel: Any, gradient: Any, dtypes: str, lower: Any = None) -> OpDefinition:
    return define_op(type, inputs="x: T, axis: Tidx", outputs="out: T",
                     attrs=f"exclusive: bool = False, reverse: bool = False, T: {dtypes}, Tidx: {INDEX} = int32",
                     static_inputs=("axis",), shape=_shape, kernel=kernel, lower=lower, gradient=gradient)


CUMSUM = _running("Cumsum", _cumsum_kernel, _cumsum_gradient, NUMBERS)
CUMPROD = _running("Cumprod", _cumprod_kernel, _cumprod_gradient, NUMBERS)
CUMULATIVE_LOGSUMEXP = _running("CumulativeLogsumexp", _cumulative_logsumexp_kernel, _cumulative_logsumexp_gradient,
                                REAL_FLOATS, _cumulative_logsumexp_lower)


def cumsum(x: TensorLike, axis: int | Tensor = 0, exclusive: bool = False, reverse: bool = False,
           name: str | None = None) -> Tensor:
    """Running sums along an axis.

    Args:
      x: A tensor of numbers.
      axis: The axis; negative ones count from the end.
      exclusive: Whether an element is left out of its own sum, so that the first is 0.
      reverse: Whether to run from the end.
      name: Name of the node.

    Returns:
      A tensor of the shape and dtype of `x`.

    Raises:
      ValueError: If the axis is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.cumsum([1, 2, 3])))
      [1 3 6]
    """
    return CUMSUM(x, axis, exclusive=exclusive, reverse=reverse, name=name)


def cumprod(x: TensorLike, axis: int | Tensor = 0, exclusive: bool = False, reverse: bool = False,
            name: str | None = None) -> Tensor:
    """Running products along an axis.

    Args:
      x: A tensor of numbers.
      axis: The axis; negative ones count from the end.
      exclusive: Whether an element is left out of its own product, so that the first is 1.
      reverse: Whether to run from the end.
      name: Name of the node.

    Raises:
      ValueError: If the axis is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.cumprod([1, 2, 3])))
      [1 2 6]
    """
    return CUMPROD(x, axis, exclusive=exclusive, reverse=reverse, name=name)


def cumulative_logsumexp(x: TensorLike, axis: int | Tensor = 0, exclusive: bool = False, reverse: bool = False,
                         name: str | None = None) -> Tensor:
    """Running `log(sum(exp(x)))` along an axis, computed without overflow.

    Args:
      x: A tensor of floats.
      axis: The axis; negative ones count from the end.
      exclusive: Whether an element is left out of its own sum, so that the first is -inf.
      reverse: Whether to run from the end.
      name: Name of the node.

    Raises:
      ValueError: If the axis is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.math.cumulative_logsumexp([1000.0, 1000.0])).round(4))
      [1000.     1000.6932]
    """
    return CUMULATIVE_LOGSUMEXP(x, axis, exclusive=exclusive, reverse=reverse, name=name)
