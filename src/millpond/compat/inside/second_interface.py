"""Functions that take their arguments in another order in TensorFlow's second interface, or by other names.

Each is the function of `tf`, whose arguments are explained there; what the first interface takes besides is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond import dtypes
from millpond.graph.argument_types import AxisLike, DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor as _convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array import fill as _fill
from millpond.ops.array import gather as _gather
from millpond.ops.array import indexing as _indexing
from millpond.ops.array import pad as _pad
from millpond.ops.array import shape as _shape
from millpond.ops.array import transpose as _transpose
from millpond.ops.control import while_loop as _while_loop
from millpond.ops.math import reduction as _reduction
from millpond.ops.math import reduction_composites as _reduction_composites

__all__ = ["boolean_mask", "convert_to_tensor", "gather", "gather_nd", "ones_like", "pad", "reduce_all", "reduce_any",
           "reduce_logsumexp", "reduce_max", "reduce_mean", "reduce_min", "reduce_prod", "reduce_sum", "shape", "size",
           "transpose", "while_loop", "zeros_like"]


def boolean_mask(tensor: TensorLike, mask: TensorLike, axis: int | None = None, name: str = "boolean_mask") -> Tensor:
    """`tf.boolean_mask`."""
    return _indexing.boolean_mask(tensor, mask, name=name, axis=axis)


def convert_to_tensor(value: TensorLike, dtype: DTypeLike | None = None, dtype_hint: DTypeLike | None = None,
                      name: str | None = None) -> Tensor:
    """`tf.convert_to_tensor`."""
    return _convert_to_tensor(value, dtype=dtype, name=name, dtype_hint=dtype_hint)


def gather(params: TensorLike, indices: TensorLike, validate_indices: bool | None = None, axis: Any = None,
           batch_dims: int = 0, name: str | None = None) -> Tensor:
    """`tf.gather`."""
    return _gather.gather(params, indices, validate_indices=validate_indices, name=name, axis=axis,
                          batch_dims=batch_dims)


def gather_nd(params: TensorLike, indices: TensorLike, batch_dims: int = 0, name: str | None = None) -> Tensor:
    """`tf.gather_nd`."""
    return _gather.gather_nd(params, indices, name=name, batch_dims=batch_dims)


def ones_like(input: TensorLike, dtype: DTypeLike | None = None, name: str | None = None) -> Tensor:
    """`tf.ones_like`."""
    return _fill.ones_like(input, dtype=dtype, name=name)


def pad(tensor: TensorLike, paddings: TensorLike, mode: str = "CONSTANT", constant_values: TensorLike = 0,
        name: str | None = None) -> Tensor:
    """`tf.pad`."""
    return _pad.pad(tensor, paddings, mode=mode, name=name, constant_values=constant_values)


def _reducing(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def reduce(input_tensor: TensorLike, axis: AxisLike | None = None, keepdims: bool = False,
               name: str | None = None) -> Tensor:
        return function(input_tensor, axis, keepdims, name)

    reduce.__name__ = reduce.__qualname__ = function.__name__
    reduce.__doc__ = f"`tf.{function.__name__}`."
    return reduce


reduce_all = _reducing(_reduction.reduce_all)
reduce_any = _reducing(_reduction.reduce_any)
reduce_logsumexp = _reducing(_reduction_composites.reduce_logsumexp)
reduce_max = _reducing(_reduction.reduce_max)
reduce_mean = _reducing(_reduction.reduce_mean)
reduce_min = _reducing(_reduction.reduce_min)
reduce_prod = _reducing(_reduction.reduce_prod)
reduce_sum = _reducing(_reduction.reduce_sum)


def shape(input: TensorLike, out_type: DTypeLike = dtypes.int32, name: str | None = None) -> Tensor:
    """`tf.shape`."""
    return _shape.shape(input, name=name, out_type=out_type)


def size(input: TensorLike, out_type: DTypeLike = dtypes.int32, name: str | None = None) -> Tensor:
    """`tf.size`."""
    return _shape.size(input, name=name, out_type=out_type)


def transpose(a: TensorLike, perm: TensorLike | None = None, conjugate: bool = False,
              name: str = "transpose") -> Tensor:
    """`tf.transpose`."""
    return _transpose.transpose(a, perm=perm, name=name, conjugate=conjugate)


def while_loop(cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, shape_invariants: Any = None,
               parallel_iterations: int = 10, back_prop: bool = True, swap_memory: bool = False,
               maximum_iterations: Any = None, name: str | None = None) -> Any:
    """`tf.while_loop`, whose result always has the structure of `loop_vars`."""
    return _while_loop.while_loop(
        cond, body, loop_vars, shape_invariants=shape_invariants, parallel_iterations=parallel_iterations,
        back_prop=back_prop, swap_memory=swap_memory, name=name, maximum_iterations=maximum_iterations,
        return_same_structure=True)


def zeros_like(input: TensorLike, dtype: DTypeLike | None = None, name: str | None = None) -> Tensor:
    """`tf.zeros_like`."""
    return _fill.zeros_like(input, dtype=dtype, name=name)
