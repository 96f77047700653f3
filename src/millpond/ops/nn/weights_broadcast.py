"""Weights of losses and metrics: they have the rank of the values, and size 1 or the same size in each dimension."""

from __future__ import annotations

from typing import Any

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like
from millpond.ops.array.identity import no_op
from millpond.ops.host.assertions import Assert
from millpond.ops.scoping import name_scope

_MISFIT = "weights can not be broadcast to values."


def assert_broadcastable(weights: Any, values: Any) -> Operation:
    """An operation that fails when `weights` do not broadcast to `values` by the rules above.

    Args:
      weights: A scalar, or a tensor of the rank of `values`.
      values: A tensor.

    Raises:
      ValueError: If it is known already that they do not.
    """
    g = GradientBuilder()
    with name_scope(None, "assert_broadcastable", [weights, values]) as scope:
        weights = convert_to_tensor(weights, name="weights")
        weights_shape, weights_rank = g.shape(weights, name="weights/shape"), _rank(g, weights, "weights/rank")
        values = convert_to_tensor(values, name="values")
        values_shape, values_rank = g.shape(values, name="values/shape"), _rank(g, values, "values/rank")
        ours, theirs = weights.shape.sizes, values.shape.sizes
        if ours == ():
            return no_op("static_scalar_check_success")
        if ours is not None and theirs is not None:
            if len(ours) != len(theirs):
                raise ValueError(f"{_MISFIT} values.rank={len(theirs)}. weights.rank={len(ours)}. "
                                 f"values.shape={values.shape}. weights.shape={weights.shape}.")
            for own, other in zip(ours, theirs, strict=True):
                if own not in (None, 1) and other is not None and own != other:
                    raise ValueError(f"{_MISFIT} Mismatch in dim: {own} against {other}. values.shape={values.shape}. "
                                     f"weights.shape={weights.shape}.")
            if None not in ours and None not in theirs:
                return no_op("static_dims_check_success")
        fits = _fits(g, weights_shape, weights_rank, values_shape, values_rank)
        return Assert(fits, [_MISFIT, "weights.shape=", weights_shape, "values.shape=", values_shape],
                      name=f"{scope}AssertGuard")


def _rank(g: GradientBuilder, x: Tensor, name: str) -> Tensor:
    return g.constant(x.shape.ndims, name=name) if x.shape.ndims is not None else g.Rank(x, name=name)


def _fits(g: GradientBuilder, weights_shape: Tensor, weights_rank: Tensor, values_shape: Tensor,
          values_rank: Tensor) -> Tensor:
    """A scalar, or as many sizes of which each is 1 or the same. (Compared in the length of the weights' shape, so that
    different ranks are no error here.)"""
    is_scalar = g.Equal(0, weights_rank, name="is_scalar")
    is_same_rank = g.Equal(values_rank, weights_rank, name="is_same_rank")
    padding = g.Mul(weights_shape, 0)
    aligned = g.Slice(g.ConcatV2([values_shape, padding], 0), [0], g.Shape(weights_shape))
    valid = g.LogicalOr(g.Equal(weights_shape, 1), g.Equal(weights_shape, aligned))
    return g.LogicalOr(is_scalar, g.LogicalAnd(is_same_rank, g.All(valid, [0])), name="is_valid_shape")


def broadcast_weights(weights: Any, values: Any) -> Tensor:
    """`weights` in the shape of `values`.

    Raises:
      ValueError: If they do not broadcast by the rules above.
    """
    g = GradientBuilder()
    with name_scope(None, "broadcast_weights", [weights, values]) as scope:
        values = convert_to_tensor(values, name="values")
        weights = convert_to_tensor(weights, dtype=values.dtype.base_dtype, name="weights")
        if weights.shape.is_fully_defined() and weights.shape.sizes == values.shape.sizes:
            return weights
        with values.graph.control_dependencies([assert_broadcastable(weights, values)]):
            return g.Mul(weights, ones_like(values), name=scope)
