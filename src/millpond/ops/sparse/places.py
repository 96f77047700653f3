"""Places of elements in sparse tensors: their order, other shapes, parts, and rows that have none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import undefined_gradient
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import ShapeTensorLike, TensorLike
from millpond.graph.composite import SparseTensor, SparseTensorValue
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, Cotangents, Entries, HostContext, ValueOf
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def as_sparse(value: SparseTensor | SparseTensorValue, what: str = "sp_input") -> SparseTensor:
    """A sparse tensor, or the value of one.

    Raises:
      TypeError: If it is neither.
    """
    if isinstance(value, SparseTensorValue):
        return SparseTensor.from_value(value)
    if not isinstance(value, SparseTensor):
        raise TypeError(f"{what} must be a SparseTensor, got {type(value).__name__}: {value}")
    return value


def row_major(indices: np.ndarray) -> np.ndarray:
    """The order in which places stand row by row."""
    return np.lexsort(indices.T[::-1]) if indices.shape[1] else np.arange(len(indices))


def check_bounds(indices: np.ndarray, shape: np.ndarray) -> None:
    """Raises InvalidArgumentError for places outside of a shape."""
    outside = np.logical_or(indices < 0, indices >= shape).any(axis=1)
    if outside.any():
        first = int(np.argmax(outside))
        raise InvalidArgumentError(None, None, f"indices[{first}] = {indices[first].tolist()} is out of bounds: need "
                                   f"0 <= index < {np.asarray(shape).tolist()}")


def _rank_of(indices: TensorShape) -> int | None:
    return None if indices.sizes is None else shape_rules.sizes_of(shape_rules.with_rank(indices, 2))[1]


def _rows(indices: TensorShape) -> int | None:
    return shape_rules.sizes_of(shape_rules.with_rank(indices, 2))[0]


def _matrix(rows: int | None, rank: int | None) -> TensorShape:
    return TensorShape.of((rows, rank))


def _length(values: TensorShape) -> int | None:
    return shape_rules.sizes_of(shape_rules.with_rank(values, 1))[0]


def _known_rank(value: StaticInput) -> int | None:
    return _length(value.shape)


def _reshape_shape(input_indices: TensorShape, input_shape: StaticInput,
                   new_shape: StaticInput) -> tuple[TensorShape, ...]:
    count, rank = _rows(input_indices), _known_rank(new_shape)
    if input_shape.value is not None and new_shape.value is not None:
        _new_sizes(input_shape.value, new_shape.value, ValueError)
    return _matrix(count, rank), TensorShape.of((rank,))


def _new_sizes(old: np.ndarray, new: np.ndarray, error: Callable[[str], Exception]) -> np.ndarray:
    """The new shape without a -1; raises what `error` makes of a message where there is none."""
    unknown = np.flatnonzero(new == -1)
    if len(unknown) > 1 or np.any(new < -1):
        raise error(f"Of the sizes of a new shape at most one may be -1, and none less, got {new.tolist()}")
    total = int(np.prod(old, dtype=np.int64))
    sizes = new.astype(np.int64)
    others = int(np.prod(np.delete(sizes, unknown), dtype=np.int64))
    if len(unknown):
        if others <= 0 or total % others:
            raise error(f"Cannot reshape a tensor with {total} dense values to {new.tolist()}: it requires a multiple "
                        f"of {others}")
        sizes[unknown] = total // others
    elif others != total:
        raise error(f"Cannot reshape a tensor with {total} dense values, of shape {old.tolist()}, to {new.tolist()}, "
                    f"which has {others}")
    return sizes


def _reshape_kernel(context: HostContext, input_indices: Array, input_shape: Array, new_shape: Array) -> list[Array]:
    shape = _new_sizes(input_shape, new_shape, lambda message: InvalidArgumentError(None, None, message))
    if not len(input_indices):
        return [np.zeros((0, len(shape)), np.int64), shape]
    check_bounds(input_indices, input_shape)
    flat = np.ravel_multi_index(tuple(input_indices.T), tuple(input_shape.tolist()))
    return [np.stack(np.unravel_index(flat, tuple(shape.tolist())), axis=1).astype(np.int64), shape]


SPARSE_RESHAPE = define_op(
    "SparseReshape", inputs="input_indices: int64, input_shape: int64, new_shape: int64",
    outputs="output_indices: int64, output_shape: int64", static_inputs=("input_shape", "new_shape"),
    static_rule=lambda op: (), shape=_reshape_shape, kernel=_reshape_kernel, gradient=NOT_DIFFERENTIABLE, host=True,
    shape_value=lambda op, value_of: [None, _reshaped(value_of(op.inputs[1]), value_of(op.inputs[2]))])


def _reshaped(old: Entries | None, new: Entries | None) -> Entries | None:
    """The sizes of the new shape as far as they are known."""
    if new is None:
        return None
    sizes = [None if size == -1 else size for size in new]
    if sizes.count(None) == new.count(-1) == 1 and old is not None and None not in old:
        others = int(np.prod([size for size in sizes if size is not None], dtype=np.int64))
        if others:
            missing = int(np.prod(np.array(old), dtype=np.int64)) // others
            return [missing if size is None else size for size in sizes]
    return sizes


def sparse_reshape(sp_input: SparseTensor, shape: ShapeTensorLike, name: str | None = None) -> SparseTensor:
    """The same elements, row by row, in another shape.

    Args:
      sp_input: A sparse tensor.
      shape: The new shape; one size may be -1, which follows from the others.
      name: Name of the node.

    Raises:
      TypeError: If `sp_input` is no sparse tensor.
      tf.errors.InvalidArgumentError: When run, if the shapes hold different numbers of elements.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 1], [1, 0]], [5.0, 6.0], [2, 2])
      ...     print(sess.run(tf.sparse_reshape(x, [-1])).indices.tolist())
      [[1], [2]]
    """
    sp_input = as_sparse(sp_input)
    with name_scope(name, "SparseReshape", [sp_input.values]) as scope:
        new_shape = convert_to_tensor(shape, dtype=dtypes.int64)
        indices, dense_shape = SPARSE_RESHAPE(sp_input.indices, sp_input.dense_shape, new_shape, name=scope)
        return SparseTensor(indices, sp_input.values, dense_shape)


def _reorder_shape(input_indices: TensorShape, input_values: TensorShape,
                   input_shape: TensorShape) -> tuple[TensorShape, ...]:
    return shape_rules.with_rank(input_indices, 2), shape_rules.with_rank(input_values, 1)


def _reorder_kernel(context: HostContext, input_indices: Array, input_values: Array, input_shape: Array) -> list[Array]:
    order = row_major(input_indices)
    return [input_indices[order], input_values[order]]


def _moved_back(g: GradientBuilder, dy: Tensor, origin: Tensor) -> Tensor:
    """The cotangent of values of which the i-th result was number `origin[i]`."""
    return g.GatherV2(dy, g.InvertPermutation(g.Cast(origin, DstT=dtypes.int32)), 0)


def _numbers(g: GradientBuilder, values: Tensor) -> Tensor:
    return g.Range(0, g.size(values), 1)


def _reorder_gradient(g: GradientBuilder, op: Operation, _: Tensor, dy: Tensor) -> Cotangents:
    indices, values, shape = op.inputs
    return [None, _moved_back(g, dy, g.SparseReorder(indices, _numbers(g, values), shape)[1]), None]


SPARSE_REORDER = define_op(
    "SparseReorder", inputs="input_indices: int64, input_values: T, input_shape: int64",
    outputs="output_indices: int64, output_values: T", attrs="T: type", shape=_reorder_shape, kernel=_reorder_kernel,
    gradient=_reorder_gradient, host=True)


def sparse_reorder(sp_input: SparseTensor, name: str | None = None) -> SparseTensor:
    """The same sparse tensor with its elements row by row, as other operations need them.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[1, 0], [0, 1]], [6.0, 5.0], [2, 2])
      ...     print(sess.run(tf.sparse_reorder(x)).values)
      [5. 6.]
    """
    sp_input = as_sparse(sp_input)
    indices, values = SPARSE_REORDER(sp_input.indices, sp_input.values, sp_input.dense_shape, name=name)
    return SparseTensor(indices, values, sp_input.dense_shape)


def _fill_shape(indices: TensorShape, values: TensorShape, dense_shape: StaticInput,
                default_value: TensorShape) -> tuple[TensorShape, ...]:
    shape_rules.with_rank(default_value, 0)
    known = dense_shape.as_shape().sizes
    rows = known[0] if known else None
    return (_matrix(None, _rank_of(indices)), shape_rules.VECTOR, TensorShape.of((rows,)),
            shape_rules.with_rank(values, 1))


def _fill_kernel(context: HostContext, indices: Array, values: Array, dense_shape: Array,
                 default_value: Array) -> list[Array]:
    if not dense_shape.size:
        raise InvalidArgumentError(None, None, "Dense shape cannot be empty.")
    rows = int(dense_shape[0])
    rank = indices.shape[1]
    row_of = indices[:, 0]
    wrong = np.logical_or(row_of < 0, row_of >= rows)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise InvalidArgumentError(None, None, f"indices({first}, 0) is invalid: {int(row_of[first])} is not in "
                                   f"[0, {rows})")
    is_empty = np.bincount(row_of, minlength=rows)[:rows] == 0 if rows else np.zeros(0, bool)
    missing = np.flatnonzero(is_empty)
    added = np.zeros((len(missing), rank), np.int64)
    added[:, 0] = missing
    fill = np.empty(len(missing), values.dtype)
    fill[...] = default_value
    order = np.argsort(np.concatenate([row_of, missing]), kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return [np.concatenate([indices, added])[order], np.concatenate([values, fill])[order], is_empty,
            place[:len(values)]]


def _fill_gradient(g: GradientBuilder, op: Operation, _: Tensor, dy: Tensor, *others: Tensor) -> Cotangents:
    d_values, d_default = g.SparseFillEmptyRowsGrad(op.outputs[3], dy)
    return [None, d_values, None, d_default]


SPARSE_FILL_EMPTY_ROWS = define_op(
    "SparseFillEmptyRows", inputs="indices: int64, values: T, dense_shape: int64, default_value: T",
    outputs="output_indices: int64, output_values: T, empty_row_indicator: bool, reverse_index_map: int64",
    attrs="T: type", static_inputs=("dense_shape",), static_rule=lambda op: (), shape=_fill_shape, kernel=_fill_kernel,
    gradient=_fill_gradient, host=True)


def _fill_grad_shape(reverse_index_map: TensorShape, grad_values: TensorShape) -> tuple[TensorShape, ...]:
    return shape_rules.with_rank(reverse_index_map, 1), shape_rules.SCALAR


def _fill_grad_kernel(context: HostContext, reverse_index_map: Array, grad_values: Array) -> list[Array]:
    is_added = np.ones(len(grad_values), bool)
    is_added[reverse_index_map] = False
    return [grad_values[reverse_index_map], np.sum(grad_values[is_added], dtype=grad_values.dtype)]


SPARSE_FILL_EMPTY_ROWS_GRAD = define_op(
    "SparseFillEmptyRowsGrad", inputs="reverse_index_map: int64, grad_values: T",
    outputs="d_values: T, d_default_value: T", attrs="T: type", shape=_fill_grad_shape, kernel=_fill_grad_kernel,
    gradient=undefined_gradient, host=True)


def sparse_fill_empty_rows(sp_input: SparseTensor, default_value: TensorLike,
                           name: str | None = None) -> tuple[SparseTensor, Tensor]:
    """Puts an element into each row that has none, in its first place.

    Args:
      sp_input: A sparse matrix.
      default_value: The element, of the same dtype.
      name: Name of the scope.

    Returns:
      The filled sparse tensor, and for each row whether it was empty.

    Raises:
      TypeError: If `sp_input` is no sparse tensor.
      tf.errors.InvalidArgumentError: When run, if a row is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 1], [2, 0]], [5.0, 6.0], [3, 2])
      ...     filled, is_empty = sess.run(tf.sparse_fill_empty_rows(x, -1.0))
      ...     print(filled.values, is_empty)
      [ 5. -1.  6.] [False  True False]
    """
    sp_input = as_sparse(sp_input)
    with name_scope(name, "SparseFillEmptyRows", [sp_input.values]):
        default_value = convert_to_tensor(default_value, dtype=sp_input.values.dtype)
        indices, values, is_empty, _ = SPARSE_FILL_EMPTY_ROWS(
            sp_input.indices, sp_input.values, sp_input.dense_shape, default_value)
        return SparseTensor(indices, values, sp_input.dense_shape), is_empty


def _slice_shape(indices: TensorShape, values: TensorShape, shape: TensorShape, start: TensorShape,
                 size: TensorShape) -> tuple[TensorShape, ...]:
    rank = _rank_of(indices)
    return _matrix(None, rank), shape_rules.VECTOR, TensorShape.of((rank,))


def _kept(indices: np.ndarray, start: np.ndarray, size: np.ndarray) -> np.ndarray:
    return np.logical_and(indices >= start, indices < start + size).all(axis=1)


def _slice_kernel(context: HostContext, indices: Array, values: Array, shape: Array, start: Array,
                  size: Array) -> list[Array]:
    if not len(shape) == len(start) == len(size):
        raise InvalidArgumentError(None, None, f"start and size must have {len(shape)} elements as the shape has, got "
                                   f"{len(start)} and {len(size)}")
    kept = _kept(indices, start, size)
    # Where a part would reach beyond the end it stops there.
    return [indices[kept] - start, values[kept], np.maximum(np.minimum(shape - start, size), 0)]


def _slice_gradient(g: GradientBuilder, op: Operation, _: Tensor, dy: Tensor, __: Tensor) -> Cotangents:
    indices, _, _, start, _ = op.inputs
    return [None, g.SparseSliceGrad(dy, indices, start, op.outputs[0]), None, None, None]


SPARSE_SLICE = define_op(
    "SparseSlice", inputs="indices: int64, values: T, shape: int64, start: int64, size: int64",
    outputs="output_indices: int64, output_values: T, output_shape: int64", attrs="T: type", shape=_slice_shape,
    kernel=_slice_kernel, gradient=_slice_gradient, host=True)


def _slice_grad_kernel(context: HostContext, backprop_val_grad: Array, input_indices: Array, input_start: Array,
                       output_indices: Array) -> Array:
    # Both are row by row, so the part's elements come in the order in which they stand in the whole.
    places = {place: i for i, place in enumerate(map(tuple, input_indices.tolist()))}
    result = np.zeros(len(input_indices), backprop_val_grad.dtype)
    for place, grad in zip(map(tuple, (output_indices + input_start).tolist()), backprop_val_grad, strict=True):
        result[places[place]] += grad
    return result


def _slice_grad_shape(backprop_val_grad: TensorShape, input_indices: TensorShape, input_start: TensorShape,
                      output_indices: TensorShape) -> TensorShape:
    return TensorShape.of((_rows(input_indices),))


SPARSE_SLICE_GRAD = define_op(
    "SparseSliceGrad",
    inputs="backprop_val_grad: T, input_indices: int64, input_start: int64, output_indices: int64",
    outputs="val_grad: T", attrs="T: type", shape=_slice_grad_shape, kernel=_slice_grad_kernel,
    gradient=undefined_gradient, host=True)


def sparse_slice(sp_input: SparseTensor, start: TensorLike, size: TensorLike, name: str | None = None) -> SparseTensor:
    """A part of a sparse tensor.

    Args:
      sp_input: A sparse tensor.
      start: Where the part begins in each dimension.
      size: How large it is; beyond the end it is cut.
      name: Name of the node.

    Raises:
      TypeError: If `sp_input` is no sparse tensor.
      tf.errors.InvalidArgumentError: When run, if there are not as many numbers as dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 1], [1, 2]], [5.0, 6.0], [2, 3])
      ...     part = sess.run(tf.sparse_slice(x, [1, 1], [1, 9]))
      ...     print(part.indices, part.values, part.dense_shape)
      [[0 1]] [6.] [1 2]
    """
    sp_input = as_sparse(sp_input)
    with name_scope(name, "SparseSlice", [sp_input.values]) as scope:
        start, size = (convert_to_tensor(part, dtype=dtypes.int64) for part in (start, size))
        return SparseTensor(*SPARSE_SLICE(sp_input.indices, sp_input.values, sp_input.dense_shape, start, size,
                                          name=scope))


def _concat_shape(indices: Sequence[TensorShape], values: Sequence[TensorShape],
                  shapes: Sequence[TensorShape]) -> tuple[TensorShape, ...]:
    ranks = {rank for one in indices if (rank := _rank_of(one)) is not None}
    if len(ranks) > 1:
        raise ValueError(f"The sparse tensors must be of one rank, got ranks {sorted(ranks)}")
    lengths = [_length(value) if _length(value) is not None else _rows(place)
               for value, place in zip(values, indices, strict=True)]
    total = None if None in lengths else sum(length for length in lengths if length is not None)
    rank = next(iter(ranks), None)
    return _matrix(total, rank), TensorShape.of((total,)), TensorShape.of((rank,))


def _concat_kernel(context: HostContext, indices: Sequence[Array], values: Sequence[Array], shapes: Sequence[Array], *,
                   concat_dim: int) -> list[Array]:
    rank = len(shapes[0])
    if not -rank <= concat_dim < rank:
        raise InvalidArgumentError(None, None, f"Concat dimension must be in range [{-rank}, {rank}), got {concat_dim}")
    axis = concat_dim % rank
    shape = shapes[0].copy()
    moved = []
    for number, (place, other) in enumerate(zip(indices, shapes, strict=True)):
        if len(other) != rank or np.any(np.delete(other, axis) != np.delete(shape, axis)):
            raise InvalidArgumentError(None, None, f"Input shapes must match but for dimension {axis}: expected "
                                       f"{shapes[0].tolist()}, got {other.tolist()} at position {number}")
        place = place.copy()
        if number:
            place[:, axis] += shape[axis]
            shape[axis] += other[axis]
        moved.append(place)
    places, elements = np.concatenate(moved), np.concatenate(list(values))
    order = row_major(places)
    return [places[order], elements[order], shape]


def _concat_gradient(g: GradientBuilder, op: Operation, _: Tensor, dy: Tensor, __: Tensor) -> Cotangents:
    count = op.attributes["N"]
    indices, values, shapes = op.inputs[:count], op.inputs[count:2 * count], op.inputs[2 * count:]
    sizes = [g.size(one) for one in values]
    starts = [g.constant(0)]
    for size in sizes[:-1]:
        starts.append(g.AddV2(starts[-1], size))
    numbers = [g.Range(start, g.AddV2(start, size), 1) for start, size in zip(starts, sizes, strict=True)]
    origin = g.SparseConcat(list(indices), numbers, list(shapes), concat_dim=op.attributes["concat_dim"])[1]
    moved = _moved_back(g, dy, origin)
    parts = [g.Slice(moved, g.Reshape(start, [1]), g.Reshape(size, [1]))
             for start, size in zip(starts, sizes, strict=True)]
    nothing: list[Any] = [None] * count
    return [*nothing, *parts, *nothing]


SPARSE_CONCAT = define_op(
    "SparseConcat", inputs="indices: N * int64, values: N * T, shapes: N * int64",
    outputs="output_indices: int64, output_values: T, output_shape: int64",
    attrs="concat_dim: int, N: int >= 2, T: type", shape=_concat_shape, kernel=_concat_kernel,
    gradient=_concat_gradient, host=True,
    shape_value=lambda op, value_of: [None, None, _joined_sizes(op, value_of)])


def _joined_sizes(op: Operation, value_of: ValueOf) -> Entries | None:
    """The sizes of what is concatenated as far as they are known."""
    shapes = [value_of(tensor) for tensor in op.inputs[2 * op.attributes["N"]:]]
    known = [shape for shape in shapes if shape is not None]
    if len(known) < len(shapes) or not -len(known[0]) <= op.attributes["concat_dim"] < len(known[0]):
        return None
    axis = op.attributes["concat_dim"] % len(known[0])
    sizes = [next((size for size in column if size is not None), None) for column in zip(*known, strict=True)]
    along = [shape[axis] for shape in known]
    sizes[axis] = None if None in along else sum(size for size in along if size is not None)
    return sizes


def sparse_concat(axis: int | None = None, sp_inputs: Sequence[SparseTensor] | None = None, name: str | None = None,
                  expand_nonconcat_dim: bool = False, concat_dim: int | None = None,
                  expand_nonconcat_dims: bool | None = None) -> SparseTensor:
    """Sparse tensors one behind the other along a dimension.

    Args:
      axis: The dimension; may be negative.
      sp_inputs: Sparse tensors of one shape but for that dimension.
      name: Name of the node.
      expand_nonconcat_dim: Whether the other dimensions may differ; they become the largest.
      concat_dim: An old name of `axis`.
      expand_nonconcat_dims: A later name of `expand_nonconcat_dim`.

    Raises:
      TypeError: If one is no sparse tensor.
      ValueError: If there is no axis or nothing to concatenate.
      tf.errors.InvalidArgumentError: When run, if the shapes do not match.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 1]], [5.0], [1, 2])
      ...     print(sess.run(tf.sparse_concat(0, [x, x])).indices.tolist())
      [[0, 1], [1, 1]]
    """
    axis = concat_dim if axis is None else axis
    if axis is None or not sp_inputs:
        raise ValueError("sparse_concat needs an axis and sparse tensors")
    inputs = [as_sparse(one, f"sp_inputs[{i}]") for i, one in enumerate(sp_inputs)]
    if len(inputs) == 1:
        return inputs[0]
    g = GradientBuilder()
    shapes = [one.dense_shape for one in inputs]
    if expand_nonconcat_dim if expand_nonconcat_dims is None else expand_nonconcat_dims:
        largest = g.Max(g.Pack(shapes), 0)
        rank = g.size(largest)
        own = g.Equal(g.Range(0, rank, 1), g.FloorMod(g.constant(axis), rank))
        shapes = [g.Select(own, shape, largest) for shape in shapes]
    return SparseTensor(*SPARSE_CONCAT([one.indices for one in inputs], [one.values for one in inputs], shapes,
                                       concat_dim=axis, name=name))
