"""Sparse tensors with dense ones: made dense, and multiplied with matrices."""

from __future__ import annotations

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import ShapeTensorLike, TensorLike
from millpond.graph.composite import SparseTensor
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import Guard, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, HostContext, Jax
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.fill import zeros
from millpond.ops.dtype_sets import INDEX
from millpond.ops.scoping import name_scope
from millpond.ops.sparse.places import as_sparse, check_bounds, row_major
from millpond.shapes import TensorShape


def _to_dense_shape(sparse_indices: TensorShape, output_shape: StaticInput, sparse_values: TensorShape,
                    default_value: TensorShape) -> TensorShape:
    shape_rules.with_rank(default_value, 0)
    return output_shape.as_shape()


def _to_dense_kernel(context: HostContext, sparse_indices: Array, output_shape: Array, sparse_values: Array,
                     default_value: Array, *, validate_indices: bool) -> Array:
    indices = sparse_indices.reshape(-1, 1) if sparse_indices.ndim < 2 else sparse_indices
    if indices.ndim != 2 or indices.shape[1] != output_shape.size:
        raise InvalidArgumentError(None, None, f"sparse_indices must be of shape [n, {output_shape.size}] for an "
                                   f"output of {output_shape.size} dimensions, got {list(sparse_indices.shape)}")
    if sparse_values.ndim > 1 or (sparse_values.ndim == 1 and len(sparse_values) != len(indices)):
        raise InvalidArgumentError(None, None, f"sparse_values has incorrect shape {list(sparse_values.shape)}, should "
                                   f"be [] or [{len(indices)}]")
    check_bounds(indices, output_shape)
    if validate_indices and len(indices) > 1:
        order = row_major(indices)
        if not np.array_equal(order, np.arange(len(order))):
            first = int(np.argmax(order != np.arange(len(order))))
            raise InvalidArgumentError(None, None, f"indices[{first}] = {indices[first].tolist()} is out of order. "
                                       "Many sparse ops require sorted indices. Use `tf.sparse.reorder` to create a "
                                       "correctly ordered copy.")
        repeated = (indices[1:] == indices[:-1]).all(axis=1)
        if repeated.any():
            first = int(np.argmax(repeated)) + 1
            raise InvalidArgumentError(None, None, f"indices[{first}] = {indices[first].tolist()} is repeated")
    result = np.empty(tuple(output_shape.tolist()), sparse_values.dtype)
    result[...] = default_value
    result[tuple(indices.T)] = sparse_values
    return result


def _to_dense_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    indices, shape, values, _ = op.inputs
    if indices.shape.ndims in (None, 0, 1):
        indices = g.Reshape(indices, g.Pack([g.constant(-1), g.size(shape)]))
    at_places = g.GatherNd(dy, indices)
    rest = g.Sub(g.Sum(dy, g.Range(0, g.rank(dy), 1)), g.Sum(at_places, [0]))
    return [None, None, at_places if values.shape.ndims == 1 else g.Sum(at_places, [0]), rest]


SPARSE_TO_DENSE = define_op(
    "SparseToDense", inputs="sparse_indices: Tindices, output_shape: Tindices, sparse_values: T, default_value: T",
    outputs="dense: T", attrs=f"validate_indices: bool = True, T: type, Tindices: {INDEX}",
    static_inputs=("output_shape",), static_rule=lambda op: (), shape=_to_dense_shape, kernel=_to_dense_kernel,
    gradient=_to_dense_gradient, host=True)


def sparse_to_dense(sparse_indices: TensorLike, output_shape: ShapeTensorLike, sparse_values: TensorLike,
                    default_value: TensorLike = 0, validate_indices: bool = True, name: str | None = None) -> Tensor:
    """A dense tensor with some values in their places, and a default elsewhere.

    Args:
      sparse_indices: Places `[n, dimensions]`; `[n]` for a vector, a number for a single place of one.
      output_shape: The shape.
      sparse_values: One value for each place, or one for all.
      default_value: What stands elsewhere.
      validate_indices: Whether the places must be in order, and each named once.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: When run, if places are out of range, in disorder or repeated.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sparse_to_dense([[0, 1], [1, 0]], [2, 2], [5, 6])))
      [[0 5]
       [6 0]]
    """
    values = convert_to_tensor(sparse_values, name="sparse_values")
    default = convert_to_tensor(default_value, name="default_value", dtype=values.dtype.base_dtype)
    return SPARSE_TO_DENSE(sparse_indices, output_shape, values, default, validate_indices=validate_indices, name=name)


def sparse_tensor_to_dense(sp_input: SparseTensor, default_value: TensorLike | None = None,
                           validate_indices: bool = True, name: str | None = None) -> Tensor:
    """A sparse tensor as a dense one.

    Args:
      sp_input: A sparse tensor.
      default_value: What stands where it has no element; zero, or the empty string, by default.
      validate_indices: Whether its places must be in order, and each named once.
      name: Name of the node.

    Raises:
      TypeError: If `sp_input` is no sparse tensor.
      tf.errors.InvalidArgumentError: When run, if places are out of range, in disorder or repeated.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 1], [1, 0]], ["a", "b"], [2, 2])
      ...     print(sess.run(tf.sparse_tensor_to_dense(x, default_value="-")))
      [[b'-' b'a']
       [b'b' b'-']]
    """
    sp_input = as_sparse(sp_input)
    if default_value is None:
        default_value = zeros([], sp_input.dtype.base_dtype)
    return sparse_to_dense(sp_input.indices, sp_input.dense_shape, sp_input.values, default_value, validate_indices,
                           name)


def _matmul_shape(a_indices: TensorShape, a_values: TensorShape, a_shape: StaticInput, b: TensorShape, *,
                  adjoint_a: bool, adjoint_b: bool) -> TensorShape:
    known = a_shape.as_shape().sizes
    if known is not None and len(known) != 2:
        raise ValueError(f"a must be a matrix, got {len(known)} dimensions")
    rows, inner = known or (None, None)
    ours, columns = shape_rules.sizes_of(shape_rules.with_rank(b, 2))
    if adjoint_a:
        rows, inner = inner, rows
    if adjoint_b:
        ours, columns = columns, ours
    if None not in (inner, ours) and inner != ours:
        raise ValueError(f"Dimensions must be equal, but are {inner} and {ours}: a has {inner} columns, b {ours} rows")
    return TensorShape.of((rows, columns))


def _matmul_ok(xp: ArrayModule, a_indices: Array, a_values: Array, a_shape: Array, b: Array) -> Array:
    limits = np.asarray(a_shape)
    return xp.logical_and(xp.all(xp.greater_equal(a_indices, 0)),
                          xp.all(xp.less(a_indices, limits.astype(a_indices.dtype))))


def _matmul_message(a_indices: Array, a_values: Array, a_shape: Array, b: Array) -> str:
    return f"A place of the sparse matrix is out of bounds of its shape {np.asarray(a_shape).tolist()}"


def _operands(xp: ArrayModule, a_indices: Array, a_values: Array, a_shape: Array, b: Array, adjoint_a: bool,
              adjoint_b: bool) -> tuple[Array, Array, int]:
    """For each element the row of the product that it adds to, and what it adds."""
    sizes = np.asarray(a_shape)
    row, column, rows = a_indices[:, 0], a_indices[:, 1], int(sizes[0])
    inner = int(sizes[1])
    if adjoint_a:
        row, column, rows, inner = column, row, inner, rows
        a_values = xp.conj(a_values)
    if adjoint_b:
        b = xp.conj(xp.swapaxes(b, 0, 1))
    if b.shape[0] != inner:
        raise ValueError(f"Cannot multiply A and B because inner dimension does not match: {inner} vs. {b.shape[0]}")
    terms = xp.multiply(xp.take(b, column, axis=0), xp.expand_dims(a_values, 1))
    return row, terms, rows


def _matmul_kernel(xp: ArrayModule, a_indices: Array, a_values: Array, a_shape: Array, b: Array, *,
                   adjoint_a: bool, adjoint_b: bool) -> Array:
    row, terms, rows = _operands(np, a_indices, a_values, a_shape, b, adjoint_a, adjoint_b)
    product = np.zeros((rows, terms.shape[1]), b.dtype)
    np.add.at(product, row, terms)
    return product


def _matmul_lower(jax: Jax, a_indices: Array, a_values: Array, a_shape: Array, b: Array, *, adjoint_a: bool,
                  adjoint_b: bool) -> Array:
    row, terms, rows = _operands(jax.numpy, a_indices, a_values, a_shape, b, adjoint_a, adjoint_b)
    return jax.ops.segment_sum(terms, row, num_segments=rows)


def _matmul_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    indices, values, shape, b = op.inputs
    adjoint_a, adjoint_b = op.attributes["adjoint_a"], op.attributes["adjoint_b"]
    db = g.SparseTensorDenseMatMul(indices, values, shape, dy, adjoint_a=not adjoint_a)
    if adjoint_b:
        db = g.conj(g.Transpose(db, [1, 0]))
    rows, columns = (g.StridedSlice(indices, [0, place], [0, place + 1], [1, 1], begin_mask=1, end_mask=1,
                                    shrink_axis_mask=2) for place in ((1, 0) if adjoint_a else (0, 1)))
    # The slope of element (i, j) is the product of row i of dy with row j of b.
    by_rows = g.Transpose(b, [1, 0]) if adjoint_b else g.conj(b)
    terms = g.Mul(g.GatherV2(dy, rows, 0), g.GatherV2(by_rows, columns, 0))
    slopes = g.Sum(terms, [1])
    return [None, g.conj(slopes) if adjoint_a else slopes, None, db]


SPARSE_TENSOR_DENSE_MATMUL = define_op(
    "SparseTensorDenseMatMul", inputs="a_indices: Tindices, a_values: T, a_shape: int64, b: T", outputs="product: T",
    attrs=f"T: type, Tindices: {INDEX} = int64, adjoint_a: bool = False, adjoint_b: bool = False",
    static_inputs=("a_shape",), shape=_matmul_shape, kernel=_matmul_kernel, lower=_matmul_lower,
    gradient=_matmul_gradient,
    guard=Guard(_matmul_ok, _matmul_message, ("a_indices",), InvalidArgumentError))


def sparse_tensor_dense_matmul(sp_a: SparseTensor, b: TensorLike, adjoint_a: bool = False, adjoint_b: bool = False,
                               name: str | None = None) -> Tensor:
    """The product of a sparse and a dense matrix.

    Args:
      sp_a: A sparse matrix.
      b: A dense matrix of the same dtype.
      adjoint_a, adjoint_b: Whether the matrix is conjugated and transposed first.
      name: Name of the node.

    Raises:
      TypeError: If `sp_a` is no sparse tensor.
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: When run, if a place is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     a = tf.SparseTensor([[0, 1]], [2.0], [2, 2])
      ...     print(sess.run(tf.sparse_tensor_dense_matmul(a, [[1.0], [3.0]])))
      [[6.]
       [0.]]
    """
    sp_a = as_sparse(sp_a, "sp_a")
    with name_scope(name, "SparseTensorDenseMatMul", [sp_a.indices, sp_a.values, b]) as scope:
        b = convert_to_tensor(b, name="b")
        return SPARSE_TENSOR_DENSE_MATMUL(sp_a.indices, sp_a.values, sp_a.dense_shape, b, adjoint_a=adjoint_a,
                                          adjoint_b=adjoint_b, name=scope)
