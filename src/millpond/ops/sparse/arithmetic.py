"""Sums, products, maxima and minima of sparse tensors, with each other and with dense ones."""

from __future__ import annotations

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import SparseTensor, SparseTensorValue
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, Cotangents, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import INDEX, NUMBERS, REALS
from millpond.ops.math.reduction import renamed
from millpond.ops.sparse.places import as_sparse, check_bounds
from millpond.shapes import TensorShape

_PAIR = "a_indices: int64, a_values: T, a_shape: int64, b_indices: int64, b_values: T, b_shape: int64"


def _union(a_indices: Array, a_shape: Array, b_indices: Array, b_shape: Array) -> tuple[Array, Array, Array]:
    """All places of two sparse tensors row by row, and which of them those of each are."""
    if not np.array_equal(a_shape, b_shape):
        raise InvalidArgumentError(None, None, f"Operands' shapes do not match: got {a_shape.tolist()} and "
                                   f"{b_shape.tolist()}")
    places, found = np.unique(np.concatenate([a_indices, b_indices]), axis=0, return_inverse=True)
    found = found.reshape(-1)
    return places, found[:len(a_indices)], found[len(a_indices):]


def _spread(values: Array, found: Array, count: int) -> Array:
    """The values in their places, zeros elsewhere."""
    result = np.zeros(count, values.dtype)
    result[found] = values
    return result


# --- SparseAdd

def _sparse_add_shape(a_indices: TensorShape, a_values: TensorShape, a_shape: TensorShape, b_indices: TensorShape,
                      b_values: TensorShape, b_shape: TensorShape, thresh: TensorShape) -> tuple[TensorShape, ...]:
    (rank,) = shape_rules.sizes_of(shape_rules.with_rank(a_shape, 1).merge_with(b_shape))
    shape_rules.with_rank(thresh, 0)
    return TensorShape.of((None, rank)), shape_rules.VECTOR, TensorShape.of((rank,))


def _sparse_add_kernel(context: HostContext, a_indices: Array, a_values: Array, a_shape: Array, b_indices: Array,
                       b_values: Array, b_shape: Array, thresh: Array) -> list[Array]:
    places, ours, theirs = _union(a_indices, a_shape, b_indices, b_shape)
    total = np.add(_spread(a_values, ours, len(places)), _spread(b_values, theirs, len(places)))
    # Elements that only one of both has stay, however small.
    in_both = np.bincount(np.concatenate([ours, theirs]), minlength=len(places)) > 1
    kept = np.logical_not(np.logical_and(in_both, np.less(np.abs(total), thresh)))
    return [places[kept], total[kept], a_shape]


def _sparse_add_gradient(g: GradientBuilder, op: Operation, d_indices: Tensor, d_values: Tensor,
                         d_shape: Tensor) -> Cotangents:
    a_indices, b_indices = op.inputs[0], op.inputs[3]
    ours, theirs = g.SparseAddGrad(d_values, a_indices, b_indices, op.outputs[0])
    return [None, ours, None, None, theirs, None, None]


SPARSE_ADD = define_op(
    "SparseAdd", inputs=f"{_PAIR}, thresh: Treal", outputs="sum_indices: int64, sum_values: T, sum_shape: int64",
    attrs=f"T: {NUMBERS}, Treal: {REALS}", shape=_sparse_add_shape, kernel=_sparse_add_kernel,
    gradient=_sparse_add_gradient, host=True)


def _sparse_add_grad_shape(backprop_val_grad: TensorShape, a_indices: TensorShape, b_indices: TensorShape,
                           sum_indices: TensorShape) -> tuple[TensorShape, ...]:
    return tuple(TensorShape.of((shape_rules.sizes_of(shape_rules.with_rank(indices, 2))[0],))
                 for indices in (a_indices, b_indices))


def _sparse_add_grad_kernel(context: HostContext, backprop_val_grad: Array, a_indices: Array, b_indices: Array,
                            sum_indices: Array) -> list[Array]:
    slopes = {tuple(place): slope for place, slope in zip(sum_indices.tolist(), backprop_val_grad, strict=True)}
    # What the threshold left out has no slope.
    return [np.array([slopes.get(tuple(place), 0) for place in indices.tolist()], backprop_val_grad.dtype)
            for indices in (a_indices, b_indices)]


SPARSE_ADD_GRAD = define_op(
    "SparseAddGrad", inputs="backprop_val_grad: T, a_indices: int64, b_indices: int64, sum_indices: int64",
    outputs="a_val_grad: T, b_val_grad: T", attrs=f"T: {NUMBERS}", shape=_sparse_add_grad_shape,
    kernel=_sparse_add_grad_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


# --- SparseTensorDenseAdd

def _dense_add_shape(a_indices: TensorShape, a_values: TensorShape, a_shape: TensorShape,
                     b: TensorShape) -> TensorShape:
    return b


def _dense_add_kernel(context: HostContext, a_indices: Array, a_values: Array, a_shape: Array, b: Array) -> Array:
    if tuple(a_shape.tolist()) != b.shape:
        raise InvalidArgumentError(None, None, "Dimensions of a sparse and a dense tensor must be the same to add "
                                   f"them, got {a_shape.tolist()} and {list(b.shape)}")
    check_bounds(a_indices, a_shape)
    total = b.copy()
    np.add.at(total, tuple(a_indices.T), a_values)
    return total


def _dense_add_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [None, g.GatherNd(dy, op.inputs[0]), None, dy]


SPARSE_TENSOR_DENSE_ADD = define_op(
    "SparseTensorDenseAdd", inputs="a_indices: Tindices, a_values: T, a_shape: Tindices, b: T", outputs="output: T",
    attrs=f"T: {NUMBERS}, Tindices: {INDEX}", shape=_dense_add_shape, kernel=_dense_add_kernel,
    gradient=_dense_add_gradient, host=True)


def sparse_add(a: SparseTensor | TensorLike, b: SparseTensor | TensorLike, threshold: TensorLike | None = None,
               thresh: TensorLike | None = None) -> SparseTensor | Tensor:
    """The sum of two sparse tensors, or of a sparse and a dense one.

    Args:
      a, b: Two tensors of one shape and dtype, at least one of them sparse.
      threshold: Where both are sparse and have an element, a sum whose size is less is left out; 0 by default, which
        leaves zeros in.
      thresh: Older name of `threshold`.

    Returns:
      A sparse tensor if both are sparse, else a dense one.

    Raises:
      TypeError: If both are dense, or the dtypes differ.
      ValueError: If the shapes differ.
      tf.errors.InvalidArgumentError: When run, if the shapes differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     a = tf.SparseTensor([[0, 1]], [5.0], [1, 2])
      ...     print(sess.run(tf.sparse_add(a, [[1.0, 1.0]])))
      [[1. 6.]]
    """
    are_sparse = [isinstance(one, SparseTensor | SparseTensorValue) for one in (a, b)]
    if not any(are_sparse):
        raise TypeError("At least one input should be SparseTensor; tf.add adds dense tensors")
    if not all(are_sparse):
        sparse, dense = (as_sparse(a), b) if are_sparse[0] else (as_sparse(b), a)
        total: Tensor = SPARSE_TENSOR_DENSE_ADD(sparse.indices, sparse.values, sparse.dense_shape, dense)
        return total
    a, b = as_sparse(a, "a"), as_sparse(b, "b")
    limit = renamed("threshold", threshold, "thresh", thresh)
    limit = convert_to_tensor(0 if limit is None else limit, dtype=a.values.dtype.real_dtype.base_dtype, name="thresh")
    a.shape.assert_is_compatible_with(b.shape)
    return SparseTensor(*SPARSE_ADD(a.indices, a.values, a.dense_shape, b.indices, b.values, b.dense_shape, limit))


# --- SparseSparseMaximum, SparseSparseMinimum

def _extreme_shape(a_indices: TensorShape, a_values: TensorShape, a_shape: TensorShape, b_indices: TensorShape,
                   b_values: TensorShape, b_shape: TensorShape) -> tuple[TensorShape, ...]:
    shape_rules.with_rank(a_shape, 1).merge_with(b_shape)
    return TensorShape([None, None]), shape_rules.VECTOR


def _extreme(function: np.ufunc, a_indices: Array, a_values: Array, a_shape: Array, b_indices: Array, b_values: Array,
             b_shape: Array) -> list[Array]:
    places, ours, theirs = _union(a_indices, a_shape, b_indices, b_shape)
    return [places, function(_spread(a_values, ours, len(places)), _spread(b_values, theirs, len(places)))]


def _maximum_kernel(context: HostContext, a_indices: Array, a_values: Array, a_shape: Array, b_indices: Array,
                    b_values: Array, b_shape: Array) -> list[Array]:
    return _extreme(np.maximum, a_indices, a_values, a_shape, b_indices, b_values, b_shape)


def _minimum_kernel(context: HostContext, a_indices: Array, a_values: Array, a_shape: Array, b_indices: Array,
                    b_values: Array, b_shape: Array) -> list[Array]:
    return _extreme(np.minimum, a_indices, a_values, a_shape, b_indices, b_values, b_shape)


SPARSE_SPARSE_MAXIMUM = define_op(
    "SparseSparseMaximum", inputs=_PAIR, outputs="output_indices: int64, output_values: T", attrs=f"T: {REALS}",
    shape=_extreme_shape, kernel=_maximum_kernel, gradient=NOT_DIFFERENTIABLE, host=True)
SPARSE_SPARSE_MINIMUM = define_op(
    "SparseSparseMinimum", inputs=_PAIR, outputs="output_indices: int64, output_values: T", attrs=f"T: {NUMBERS}",
    shape=_extreme_shape, kernel=_minimum_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def sparse_maximum(sp_a: SparseTensor, sp_b: SparseTensor, name: str | None = None) -> SparseTensor:
    """The larger of the elements of two sparse tensors; what one of them lacks is zero in it.

    Args:
      sp_a, sp_b: Sparse tensors of one shape and dtype.
      name: Name of the node.

    Returns:
      A sparse tensor with the places of both.

    Raises:
      TypeError: If one is no sparse tensor.
      tf.errors.InvalidArgumentError: When run, if the shapes differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     a, b = tf.SparseTensor([[0]], [-5.0], [3]), tf.SparseTensor([[1]], [7.0], [3])
      ...     print(sess.run(tf.sparse_maximum(a, b)).values)
      [0. 7.]
    """
    a, b = as_sparse(sp_a, "sp_a"), as_sparse(sp_b, "sp_b")
    indices, values = SPARSE_SPARSE_MAXIMUM(a.indices, a.values, a.dense_shape, b.indices, b.values, b.dense_shape,
                                            name=name or "SparseSparseMaximum")
    return SparseTensor(indices, values, a.dense_shape)


def sparse_minimum(sp_a: SparseTensor, sp_b: SparseTensor, name: str | None = None) -> SparseTensor:
    """The smaller of the elements of two sparse tensors; what one of them lacks is zero in it.

    Args:
      sp_a, sp_b: Sparse tensors of one shape and dtype.
      name: Name of the node.

    Returns:
      A sparse tensor with the places of both.

    Raises:
      TypeError: If one is no sparse tensor.
      tf.errors.InvalidArgumentError: When run, if the shapes differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     a, b = tf.SparseTensor([[0]], [-5.0], [3]), tf.SparseTensor([[1]], [7.0], [3])
      ...     print(sess.run(tf.sparse_minimum(a, b)).values)
      [-5.  0.]
    """
    a, b = as_sparse(sp_a, "sp_a"), as_sparse(sp_b, "sp_b")
    indices, values = SPARSE_SPARSE_MINIMUM(a.indices, a.values, a.dense_shape, b.indices, b.values, b.dense_shape,
                                            name=name or "SparseSparseMinimum")
    return SparseTensor(indices, values, a.dense_shape)


# --- SparseDenseCwiseMul, SparseDenseCwiseDiv: what `*` and `/` of a sparse tensor make

def _cwise_shape(sp_indices: TensorShape, sp_values: TensorShape, sp_shape: TensorShape,
                 dense: TensorShape) -> TensorShape:
    return TensorShape.of((shape_rules.sizes_of(shape_rules.with_rank(sp_indices, 2))[0],))


def _facing(sp_indices: Array, sp_shape: Array, dense: Array) -> Array:
    """The elements of a dense tensor, which broadcasts, in the places of a sparse one."""
    shape = tuple(sp_shape.tolist())
    if dense.ndim > len(shape) or any(size not in (1, ours) for size, ours in zip(
            dense.shape, shape[len(shape) - dense.ndim:], strict=True)):
        raise InvalidArgumentError(None, None, "A dense tensor broadcasts to a sparse one, not the other way around: "
                                   f"got dense {list(dense.shape)}, sparse {list(shape)}")
    check_bounds(sp_indices, sp_shape)
    return np.broadcast_to(dense, shape)[tuple(sp_indices.T)]


def _cwise_mul_kernel(context: HostContext, sp_indices: Array, sp_values: Array, sp_shape: Array,
                      dense: Array) -> Array:
    return np.multiply(sp_values, _facing(sp_indices, sp_shape, dense))


def _cwise_div_kernel(context: HostContext, sp_indices: Array, sp_values: Array, sp_shape: Array,
                      dense: Array) -> Array:
    divisors = _facing(sp_indices, sp_shape, dense)
    if divisors.dtype.kind not in "iu":
        with np.errstate(all="ignore"):
            return np.divide(sp_values, divisors).astype(sp_values.dtype)
    if not np.all(divisors):
        raise InvalidArgumentError(None, None, "Integer division by zero")
    # Towards zero, as C divides.
    quotients = np.floor_divide(np.abs(sp_values), np.abs(divisors))
    return (np.sign(sp_values) * np.sign(divisors) * quotients).astype(sp_values.dtype)


def _cwise_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    indices, values, shape, dense = op.inputs
    sizes = g.Cast(g.Shape(dense), DstT=dtypes.int64)
    before = g.Sub(g.size(shape), g.size(sizes))
    padded = g.ConcatV2([g.Fill(g.Reshape(before, [1]), g.constant(1, dtypes.int64)), sizes], 0)
    # A dimension of one element has it in place 0.
    places = g.FloorDiv(indices, g.FloorDiv(shape, padded))
    begin = g.Pack([g.constant(0), before])
    places = g.Slice(places, begin, g.constant([-1, -1]))
    facing = g.GatherNd(dense, places)
    if op.type == "SparseDenseCwiseMul":
        ours, theirs = g.Mul(dz, g.conj(facing)), g.Mul(dz, g.conj(values))
    else:
        ours = g.RealDiv(dz, g.conj(facing))
        theirs = g.Neg(g.RealDiv(g.Mul(dz, g.conj(values)), g.conj(g.Mul(facing, facing))))
    return [None, ours, None, g.ScatterNd(places, theirs, sizes)]


SPARSE_DENSE_CWISE_MUL = define_op(
    "SparseDenseCwiseMul", inputs="sp_indices: int64, sp_values: T, sp_shape: int64, dense: T", outputs="output: T",
    attrs=f"T: {NUMBERS}", shape=_cwise_shape, kernel=_cwise_mul_kernel, gradient=_cwise_gradient, host=True)
SPARSE_DENSE_CWISE_DIV = define_op(
    "SparseDenseCwiseDiv", inputs="sp_indices: int64, sp_values: T, sp_shape: int64, dense: T", outputs="output: T",
    attrs=f"T: {NUMBERS}", shape=_cwise_shape, kernel=_cwise_div_kernel, gradient=_cwise_gradient, host=True)
