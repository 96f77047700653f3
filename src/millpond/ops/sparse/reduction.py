"""Sums and maxima of sparse tensors along axes, and the softmax of their rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import AxisLike
from millpond.graph.composite import SparseTensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, OpDefinition, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, Cotangents, HostContext
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import NUMBERS, REALS
from millpond.ops.math.reduction import reduction_shape, renamed
from millpond.ops.scoping import name_scope
from millpond.ops.sparse.places import as_sparse
from millpond.shapes import TensorShape

_INPUTS = "input_indices: int64, input_values: T, input_shape: int64, reduction_axes: int32"


def _groups(indices: Array, shape: Array, axes: Array, keep_dims: bool) -> tuple[Array, Array, Array]:
    """The places that a reduction has, which of them each element belongs to, and the shape."""
    rank = len(shape)
    if any(not -rank <= axis < rank for axis in axes.ravel().tolist()):
        raise InvalidArgumentError(None, None, f"Invalid reduction dimension in {axes.ravel().tolist()}, for input "
                                   f"with {rank} dimensions")
    reduced = {int(axis) % rank for axis in axes.ravel()}
    if keep_dims:
        mask = np.array([axis not in reduced for axis in range(rank)], np.int64)
        kept, sizes = indices * mask, np.where(mask, shape, 1)
    else:
        left = [axis for axis in range(rank) if axis not in reduced]
        kept, sizes = indices[:, left], shape[left]
    if not kept.shape[1]:
        return np.zeros((min(len(kept), 1), 0), np.int64), np.zeros(len(kept), np.int64), sizes
    places, found = np.unique(kept, axis=0, return_inverse=True)
    return places, found.reshape(-1), sizes


def _combined(function: np.ufunc, values: Array, found: Array, count: int) -> Array:
    # The first element of each group, and then what the others do to it.
    first = np.full(count, len(values))
    np.minimum.at(first, found, np.arange(len(values)))
    result = values[first]
    rest = np.ones(len(values), bool)
    rest[first] = False
    function.at(result, found[rest], values[rest])
    return result


def _reduced(function: np.ufunc, indices: Array, values: Array, shape: Array, axes: Array,
             keep_dims: bool) -> list[Array]:
    places, found, sizes = _groups(indices, shape, axes, keep_dims)
    return [places, _combined(function, values, found, len(places)), sizes.astype(np.int64)]


def _whole(parts: list[Array]) -> Array:
    places, values, shape = parts
    result = np.zeros(tuple(shape.tolist()), values.dtype)
    if len(values):
        result[tuple(places.T)] = values if result.ndim else values[0]
    return result


def _dense_shape(input_indices: TensorShape, input_values: TensorShape, input_shape: StaticInput,
                 reduction_axes: StaticInput, *, keep_dims: bool) -> TensorShape:
    return reduction_shape(input_shape.as_shape(), reduction_axes, keep_dims=keep_dims)


def _sparse_shape(*_: Any) -> tuple[TensorShape, ...]:
    return TensorShape([None, None]), shape_rules.VECTOR, shape_rules.VECTOR


# --- SparseReduceSum

def _sum_kernel(context: HostContext, input_indices: Array, input_values: Array, input_shape: Array,
                reduction_axes: Array, *, keep_dims: bool) -> Array:
    return _whole(_reduced(np.add, input_indices, input_values, input_shape, reduction_axes, keep_dims))


def _sum_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    indices, _, shape, axes = op.inputs
    rank = g.size(shape)
    axes = g.FloorMod(g.Add(g.Reshape(axes, [-1]), rank), rank)
    every = g.Range(0, rank, 1)
    # Of the axes that are summed, one element is left, in place 0.
    ones, zeros = (g.Fill(g.Shape(axes), g.constant(n, dtypes.int64)) for n in (1, 0))
    kept = g.DynamicStitch([every, axes], [shape, ones])
    mask = g.DynamicStitch([every, axes], [g.OnesLike(shape), zeros])
    return [None, g.GatherNd(g.Reshape(dy, kept), g.Mul(indices, mask)), None, None]


SPARSE_REDUCE_SUM = define_op(
    "SparseReduceSum", inputs=_INPUTS, outputs="output: T", attrs=f"keep_dims: bool = False, T: {NUMBERS}",
    static_inputs=("input_shape", "reduction_axes"), static_rule=lambda op: (), shape=_dense_shape, kernel=_sum_kernel,
    gradient=_sum_gradient, host=True)


def _sum_sparse_kernel(context: HostContext, input_indices: Array, input_values: Array, input_shape: Array,
                       reduction_axes: Array, *, keep_dims: bool) -> list[Array]:
    return _reduced(np.add, input_indices, input_values, input_shape, reduction_axes, keep_dims)


SPARSE_REDUCE_SUM_SPARSE = define_op(
    "SparseReduceSumSparse", inputs=_INPUTS, outputs="output_indices: int64, output_values: T, output_shape: int64",
    attrs=f"keep_dims: bool = False, T: {NUMBERS}", shape=_sparse_shape, kernel=_sum_sparse_kernel,
    gradient=NOT_DIFFERENTIABLE, host=True)


# --- SparseReduceMax

def _max_kernel(context: HostContext, input_indices: Array, input_values: Array, input_shape: Array,
                reduction_axes: Array, *, keep_dims: bool) -> Array:
    return _whole(_reduced(np.maximum, input_indices, input_values, input_shape, reduction_axes, keep_dims))


SPARSE_REDUCE_MAX = define_op(
    "SparseReduceMax", inputs=_INPUTS, outputs="output: T", attrs=f"keep_dims: bool = False, T: {REALS}",
    static_inputs=("input_shape", "reduction_axes"), static_rule=lambda op: (), shape=_dense_shape, kernel=_max_kernel,
    gradient=NOT_DIFFERENTIABLE, host=True)


def _max_sparse_kernel(context: HostContext, input_indices: Array, input_values: Array, input_shape: Array,
                       reduction_axes: Array, *, keep_dims: bool) -> list[Array]:
    return _reduced(np.maximum, input_indices, input_values, input_shape, reduction_axes, keep_dims)


SPARSE_REDUCE_MAX_SPARSE = define_op(
    "SparseReduceMaxSparse", inputs=_INPUTS, outputs="output_indices: int64, output_values: T, output_shape: int64",
    attrs=f"keep_dims: bool = False, T: {REALS}", shape=_sparse_shape, kernel=_max_sparse_kernel,
    gradient=NOT_DIFFERENTIABLE, host=True)


def _reduce(definition: OpDefinition, sp_input: SparseTensor, axis: Any, keepdims: bool | None,
            reduction_axes: Any, keep_dims: bool | None) -> Any:
    sp_input = as_sparse(sp_input)
    axis = renamed("axis", axis, "reduction_axes", reduction_axes)
    if axis is None:
        (rank,) = sp_input.dense_shape.shape.as_list()
        g = GradientBuilder()
        axis = g.Range(0, g.size(sp_input.dense_shape), 1) if rank is None else np.arange(rank, dtype=np.int32)
    return definition(sp_input.indices, sp_input.values, sp_input.dense_shape, axis,
                      keep_dims=bool(renamed("keepdims", keepdims, "keep_dims", keep_dims)))


def sparse_reduce_sum(sp_input: SparseTensor, axis: AxisLike | None = None, keepdims: bool | None = None,
                      reduction_axes: AxisLike | None = None, keep_dims: bool | None = None) -> Tensor:
    """The sum of a sparse tensor's elements along axes, as a dense tensor.

    Args:
      sp_input: A sparse tensor.
      axis: An axis or a list of axes; None for all.
      keepdims: Whether the axes stay, with size 1.
      reduction_axes, keep_dims: Older names of `axis` and `keepdims`.

    Raises:
      TypeError: If `sp_input` is no sparse tensor.
      ValueError: If an axis is out of range, or given under both names.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 0], [0, 2], [1, 1]], [1.0, 2.0, 3.0], [2, 3])
      ...     print(sess.run(tf.sparse_reduce_sum(x, 1)))
      [3. 3.]
    """
    result: Tensor = _reduce(SPARSE_REDUCE_SUM, sp_input, axis, keepdims, reduction_axes, keep_dims)
    return result


def sparse_reduce_sum_sparse(sp_input: SparseTensor, axis: AxisLike | None = None, keepdims: bool | None = None,
                             reduction_axes: AxisLike | None = None, keep_dims: bool | None = None) -> SparseTensor:
    """The sum of a sparse tensor's elements along axes, as a sparse tensor; it has no gradient.

    Args:
      sp_input: A sparse tensor.
      axis: An axis or a list of axes; None for all.
      keepdims: Whether the axes stay, with size 1.
      reduction_axes, keep_dims: Older names of `axis` and `keepdims`.

    Raises:
      TypeError: If `sp_input` is no sparse tensor.
      tf.errors.InvalidArgumentError: When run, if an axis is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 0], [0, 2]], [1.0, 2.0], [2, 3])
      ...     print(sess.run(tf.sparse_reduce_sum_sparse(x, 1)).values)
      [3.]
    """
    return SparseTensor(*_reduce(SPARSE_REDUCE_SUM_SPARSE, sp_input, axis, keepdims, reduction_axes, keep_dims))


def sparse_reduce_max(sp_input: SparseTensor, axis: AxisLike | None = None, keepdims: bool | None = None,
                      reduction_axes: AxisLike | None = None, keep_dims: bool | None = None) -> Tensor:
    """The largest of a sparse tensor's elements along axes, as a dense tensor: of those that it has, zero for none.

    Args:
      sp_input: A sparse tensor.
      axis: An axis or a list of axes; None for all.
      keepdims: Whether the axes stay, with size 1.
      reduction_axes, keep_dims: Older names of `axis` and `keepdims`.

    Raises:
      TypeError: If `sp_input` is no sparse tensor.
      ValueError: If an axis is out of range, or given under both names.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 0], [0, 2]], [-1.0, -2.0], [2, 3])
      ...     print(sess.run(tf.sparse_reduce_max(x, 1)))
      [-1.  0.]
    """
    result: Tensor = _reduce(SPARSE_REDUCE_MAX, sp_input, axis, keepdims, reduction_axes, keep_dims)
    return result


def sparse_reduce_max_sparse(sp_input: SparseTensor, axis: AxisLike | None = None, keepdims: bool | None = None,
                             reduction_axes: AxisLike | None = None, keep_dims: bool | None = None) -> SparseTensor:
    """The largest of a sparse tensor's elements along axes, as a sparse tensor.

    Args:
      sp_input: A sparse tensor.
      axis: An axis or a list of axes; None for all.
      keepdims: Whether the axes stay, with size 1.
      reduction_axes, keep_dims: Older names of `axis` and `keepdims`.

    Raises:
      TypeError: If `sp_input` is no sparse tensor.
      tf.errors.InvalidArgumentError: When run, if an axis is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 0], [0, 2]], [-1.0, -2.0], [2, 3])
      ...     print(sess.run(tf.sparse_reduce_max_sparse(x, 1)).values)
      [-1.]
    """
    return SparseTensor(*_reduce(SPARSE_REDUCE_MAX_SPARSE, sp_input, axis, keepdims, reduction_axes, keep_dims))


# --- SparseSoftmax

def _softmax_shape(sp_indices: TensorShape, sp_values: TensorShape, sp_shape: TensorShape) -> TensorShape:
    return sp_values


def _softmax_kernel(context: HostContext, sp_indices: Array, sp_values: Array, sp_shape: Array) -> Array:
    if len(sp_shape) < 2:
        raise InvalidArgumentError(None, None, "Input should have rank >= 2, but received shape "
                                   f"{sp_shape.tolist()}")
    places, found, _ = _groups(sp_indices, sp_shape, np.array([-1]), False)
    largest = _combined(np.maximum, sp_values, found, len(places))
    powers = np.exp(sp_values - largest[found])
    return powers / _combined(np.add, powers, found, len(places))[found]


def _softmax_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    indices, _, shape = op.inputs
    y = op.outputs[0]
    rows = g.Slice(indices, [0, 0], g.Pack([g.constant(-1), g.Sub(g.size(shape), 1)]))
    sums = g.SparseReduceSum(indices, g.Mul(y, dy), shape, [-1])
    return [None, g.Mul(y, g.Sub(dy, g.GatherNd(sums, rows))), None]


SPARSE_SOFTMAX = define_op(
    "SparseSoftmax", inputs="sp_indices: int64, sp_values: T, sp_shape: int64", outputs="output: T",
    attrs="T: {float, double}", shape=_softmax_shape, kernel=_softmax_kernel, gradient=_softmax_gradient, host=True)


def sparse_softmax(sp_input: SparseTensor, name: str | None = None) -> SparseTensor:
    """The softmax of each row, along the last dimension, of the elements that it has.

    Args:
      sp_input: A sparse tensor of floats, of at least two dimensions.
      name: Name of the node.

    Returns:
      A sparse tensor with the same places.

    Raises:
      TypeError: If `sp_input` is no sparse tensor.
      tf.errors.InvalidArgumentError: When run, if it has fewer dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 0], [0, 2], [1, 1]], [1.0, 1.0, 3.0], [2, 3])
      ...     print(sess.run(tf.sparse_softmax(x)).values)
      [0.5 0.5 1. ]
    """
    sp_input = as_sparse(sp_input)
    with name_scope(name, "SparseSoftmax", [sp_input.indices, sp_input.values]):
        return sp_input.with_values(SPARSE_SOFTMAX(sp_input.indices, sp_input.values, sp_input.dense_shape))
