"""The positions of the largest and smallest elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, OpDefinition, define_op
from millpond.graph.rule_types import Array, ArrayModule
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.math.reduction import renamed
from millpond.ops.not_a_number import highest, lowest, without_nan
from millpond.shapes import TensorShape

_ELEMENTS = ("{float, double, int32, uint8, int16, int8, int64, bfloat16, uint16, half, uint32, uint64, bool}")


def _shape(input: TensorShape, dimension: StaticInput) -> TensorShape:
    if dimension.shape.sizes not in (None, ()):
        raise ValueError(f"The dimension must be a scalar, got shape {dimension.shape}")
    if input.sizes is None:
        return shape_rules.UNKNOWN
    rank = len(input.sizes)
    if rank <= 1:
        axis: Any = 0 if dimension.value is None else int(dimension.value)
    elif dimension.value is None:
        return TensorShape.of((None,) * (rank - 1))
    else:
        axis = int(dimension.value)
    if rank == 0 and axis in (0, -1):
        return shape_rules.SCALAR
    axis = _position(axis, rank)
    return TensorShape.of(input.sizes[:axis] + input.sizes[axis + 1:])


def _position(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise ValueError(f"Dimension {axis} must be in the range [{-rank}, {rank})")
    return axis % rank


def _kernel(function: str, last: Any) -> Any:
    def kernel(xp: ArrayModule, input: Array, dimension: Array, *, output_type: DType) -> Array:
        dtype = output_type.np_dtype
        if input.ndim == 0:
            return xp.zeros((), dtype=dtype)
        axis = _position(int(dimension), input.ndim)
        if input.shape[axis] == 0:
            raise ValueError(f"Reduction axis {int(dimension)} is empty in shape {list(input.shape)}")
        if np.dtype(input.dtype).kind == "V":
            input = xp.asarray(input, dtype=np.float32)
        input = without_nan(xp, input, last(input.dtype))
        return xp.asarray(getattr(xp, function)(input, axis=axis), dtype=dtype)

    return kernel


def _arg_extreme(type: str, function: str, last: Any) -> OpDefinition:
    return define_op(type, inputs="input: T, dimension: Tidx", outputs="output: output_type",
                     attrs=f"T: {_ELEMENTS}, Tidx: {{int16, int32, int64}} = int32, "
                           "output_type: {int16, uint16, int32, int64} = int64",
                     static_inputs=("dimension",), shape=_shape, kernel=_kernel(function, last),
                     gradient=NOT_DIFFERENTIABLE)


ARG_MAX = _arg_extreme("ArgMax", "argmax", lowest)
ARG_MIN = _arg_extreme("ArgMin", "argmin", highest)


def argmax(input: TensorLike, axis: int | Tensor | None = None, name: str | None = None,
           dimension: int | Tensor | None = None, output_type: DTypeLike = dtypes.int64) -> Tensor:
    """The position of the largest element along an axis; of equal ones the first. NaN is passed over.

    Args:
      input: A tensor of real numbers or bools.
      axis: An axis (default 0), or an integer tensor without dimensions.
      name: Name of the node.
      dimension: The older name of `axis`.
      output_type: int64 or int32.

    Returns:
      A tensor of `output_type` without that axis.

    Raises:
      ValueError: If the axis is out of range.
      tf.errors.InvalidArgumentError: At run time, if the axis is empty.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.argmax([[1, 3], [5, 4]], 1)))
      [1 0]
    """
    axis = renamed("axis", axis, "dimension", dimension)
    return ARG_MAX(input, 0 if axis is None else axis, output_type=dtypes.as_dtype(output_type), name=name)


def argmin(input: TensorLike, axis: int | Tensor | None = None, name: str | None = None,
           dimension: int | Tensor | None = None, output_type: DTypeLike = dtypes.int64) -> Tensor:
    """The position of the smallest element along an axis; of equal ones the first. NaN is passed over.

    Args:
      input: A tensor of real numbers or bools.
      axis: An axis (default 0), or an integer tensor without dimensions.
      name: Name of the node.
      dimension: The older name of `axis`.
      output_type: int64 or int32.

    Returns:
      A tensor of `output_type` without that axis.

    Raises:
      ValueError: If the axis is out of range, or given under both names.
      tf.errors.InvalidArgumentError: At run time, if the axis is empty.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.argmin([[1, 3], [5, 4]], 1)))
      [0 1]
    """
    axis = renamed("axis", axis, "dimension", dimension)
    return ARG_MIN(input, 0 if axis is None else axis, output_type=dtypes.as_dtype(output_type), name=name)


def arg_max(input: TensorLike, dimension: int | Tensor, output_type: DTypeLike = dtypes.int64,
            name: str | None = None) -> Tensor:
    """The older form of `argmax`.

    Args:
      input: A tensor of real numbers or bools.
      dimension: The axis, an integer or an integer tensor without dimensions.
      output_type: int64 or int32.
      name: Name of the node.

    Raises:
      ValueError: If the axis is out of range.
      tf.errors.InvalidArgumentError: At run time, if the axis is empty.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.arg_max([[1, 3], [5, 4]], 0)))
      [1 1]
    """
    return ARG_MAX(input, dimension, output_type=dtypes.as_dtype(output_type), name=name)


def arg_min(input: TensorLike, dimension: int | Tensor, output_type: DTypeLike = dtypes.int64,
            name: str | None = None) -> Tensor:
    """The older form of `argmin`.

    Args:
      input: A tensor of real numbers or bools.
      dimension: The axis, an integer or an integer tensor without dimensions.
      output_type: int64 or int32.
      name: Name of the node.

    Raises:
      ValueError: If the axis is out of range.
      tf.errors.InvalidArgumentError: At run time, if the axis is empty.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.arg_min([[1, 3], [5, 4]], 0)))
      [0 0]
    """
    return ARG_MIN(input, dimension, output_type=dtypes.as_dtype(output_type), name=name)
