"""Look-ups by index: `GatherV2`, `GatherNd`, `OneHot`, and the functions made of them.

Indices out of range raise `InvalidArgumentError` on every device, as TensorFlow does on a CPU.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, Guard, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.static_values import StaticInput, constant_value
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.constant import constant
from millpond.ops.dtype_sets import INDEX
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

_GATHER_INDEX = "{int16, int32, int64}"


def in_range(xp: ArrayModule, indices: Any, size: int) -> Any:
    """Whether all indices lie in `[0, size)`."""
    if 0 in indices.shape:
        return np.asarray(True)
    size = min(size, np.iinfo(indices.dtype).max)
    return xp.logical_and(xp.greater_equal(xp.min(indices), np.asarray(0, indices.dtype)),
                          xp.less(xp.max(indices), np.asarray(size, indices.dtype)))


def out_of_range_message(name: str, indices: np.ndarray, size: int) -> str:
    """`indices[3] = 7 is not in [0, 5)`: the first index that is out of range."""
    place = tuple(np.argwhere((indices < 0) | (indices >= size))[0].tolist())
    where = f"[{','.join(map(str, place))}]" if place else ""
    return f"{name}{where} = {indices[place]} is not in [0, {size})"


def _gather_axis(axis: Any, batch_dims: int, rank: int, index_rank: int) -> tuple[int, int]:
    batch = batch_dims + index_rank if batch_dims < 0 else batch_dims
    position = shape_rules.axis_in_range(int(axis), rank)
    if not 0 <= batch <= min(index_rank, rank):
        raise ValueError(f"batch_dims ({batch_dims}) must be in [0, {min(index_rank, rank)}]")
    if batch > position:
        raise ValueError(f"batch_dims ({batch}) must be less than or equal to axis ({position})")
    return position, batch


def _gather_sizes(params: TensorShape, indices: TensorShape, axis: Any, batch_dims: int) -> TensorShape:
    if params.ndims == 0:
        raise ValueError("Shape must be at least rank 1 but is rank 0: params of a gather must have a dimension")
    if params.sizes is None or indices.sizes is None:
        return shape_rules.UNKNOWN
    rank, index_rank = len(params.sizes), len(indices.sizes)
    if axis is None:
        return TensorShape.of((None,) * (rank + index_rank - 1 - (batch_dims % (index_rank or 1))))
    position, batch = _gather_axis(axis, batch_dims, rank, index_rank)
    lead = TensorShape.of(params.sizes[:batch]).merge_with(TensorShape.of(indices.sizes[:batch])).sizes
    return TensorShape.of((*lead, *params.sizes[batch:position], *indices.sizes[batch:],  # type: ignore[misc]
                           *params.sizes[position + 1:]))


def _gather_shape(params: TensorShape, indices: TensorShape, axis: StaticInput, *, batch_dims: int) -> TensorShape:
    return _gather_sizes(params, indices, axis.scalar, batch_dims)


def _gather_kernel(xp: ArrayModule, params: Array, indices: Array, axis: Array, *, batch_dims: int) -> Array:
    position, batch = _gather_axis(axis, batch_dims, len(params.shape), len(indices.shape))
    if tuple(params.shape[:batch]) != tuple(indices.shape[:batch]):
        raise ValueError(f"params.shape[:{batch}] {list(params.shape[:batch])} must equal indices.shape[:{batch}] "
                         f"{list(indices.shape[:batch])}")
    size = params.shape[position]
    if size == 0 or 0 in indices.shape:
        sizes = _gather_sizes(TensorShape.of(tuple(params.shape)), TensorShape.of(tuple(indices.shape)), axis,
                              batch_dims).sizes
        return xp.full(sizes, np.zeros((), params.dtype)[()] if params.dtype != object else b"", dtype=params.dtype)
    if not batch:
        return xp.take(params, indices, axis=position, mode="clip")
    # Batches laid out in a row, with indices into the whole row.
    lead, between = params.shape[:batch], position - batch
    count = int(np.prod(lead, dtype=np.int64))
    params = xp.moveaxis(params, position, batch)
    rows = xp.reshape(params, (count * size, *params.shape[batch + 1:]))
    offsets = np.arange(count, dtype=np.int64).reshape((*lead, *(1,) * (len(indices.shape) - batch))) * size
    flat = xp.add(xp.clip(xp.asarray(indices, dtype=np.int64), 0, size - 1), offsets)
    found = xp.take(rows, flat, axis=0, mode="clip")
    kept = len(indices.shape)
    order = [*range(batch), *range(kept, kept + between), *range(batch, kept),
             *range(kept + between, len(found.shape))]
    return xp.transpose(found, order)


def _gather_ok(xp: ArrayModule, params: Array, indices: Array, axis: Array, *, batch_dims: int) -> Array:
    if not -len(params.shape) <= axis < len(params.shape):
        return np.asarray(True)  # the kernel says what is wrong with the axis
    return _rows_in_range(xp, params, indices, int(axis))


def _rows_in_range(xp: ArrayModule, params: Array, indices: Array, axis: int) -> Array:
    """Whether the indices point to rows; nothing is looked up where rows are empty."""
    if 0 in (*params.shape[:axis % len(params.shape)], *params.shape[axis % len(params.shape) + 1:]):
        return np.True_
    return in_range(xp, indices, params.shape[axis])


def _gather_message(params: Array, indices: Array, axis: Array) -> str:
    return out_of_range_message("indices", indices, params.shape[int(axis)])


def _gather_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    params, indices, axis = op.inputs
    batch_dims = op.attributes["batch_dims"]
    position = g.static(axis)
    if position is not None and position == 0 and batch_dims == 0:
        return [rows_gradient(g, params, indices, dy), None, None]
    if position is None or params.shape.ndims is None or indices.shape.ndims is None:
        return [_dynamic_axis_gradient(g, params, indices, axis, dy), None, None]
    place, batch = _gather_axis(position, batch_dims, params.shape.ndims, indices.shape.ndims)
    return [_gather_dense_gradient(g, params, indices, place, batch, dy), None, None]


def rows_gradient(g: GradientBuilder, params: Tensor, indices: Tensor, dy: Tensor) -> IndexedSlices:
    """The cotangent of a table of which rows were looked up: just those rows."""
    shape = g.shape(params)
    if params.shape.ndims is not None and indices.shape.is_fully_defined() and params.shape[1:].is_fully_defined():
        count = indices.shape.num_elements()
        values_shape = g.constant(np.array([count, *params.shape.as_list()[1:]], np.int32))
    else:
        count = g.ExpandDims(g.size(indices), 0)
        values_shape = g.ConcatV2([count, g.StridedSlice(shape, [1], [0], [1], end_mask=1)], 0)
    flat = g.Reshape(indices, [-1] if not indices.shape.is_fully_defined() else [indices.shape.num_elements()])
    return IndexedSlices(g.Reshape(dy, values_shape), flat, shape)


def _gather_dense_gradient(g: GradientBuilder, params: Tensor, indices: Tensor, place: int, batch: int,
                           dy: Tensor) -> Tensor:
    """Sums `dy` into zeros: the gathered dimension of every batch, one after the other, is a row of segments."""
    rank, inner = len(shape_rules.sizes_of(params.shape)), len(shape_rules.sizes_of(indices.shape)) - batch
    shape = g.shape(params)

    def sizes(start: int, stop: int) -> Tensor:
        return g.StridedSlice(shape, [start], [stop], [1])

    # dy is [batch..., between..., indices..., rest...]: its indices go before `between`.
    order = [*range(batch), *range(place, place + inner), *range(batch, place), *range(place + inner, rank + inner - 1)]
    rest = g.ConcatV2([sizes(batch, place), sizes(place + 1, rank)], 0)
    count = g.ExpandDims(g.size(indices), 0)
    rows = g.Reshape(g.Transpose(dy, np.array(order, np.int32)), g.ConcatV2([count, rest], 0))
    lead, size = sizes(0, batch), g.StridedSlice(shape, [place], [place + 1], [1], shrink_axis_mask=1)
    ids, segments = g.cast(indices, dtypes.int32), size
    if batch:
        batches = g.Prod(lead, [0])
        segments = g.Mul(batches, size)
        offsets = g.Mul(g.Range(0, batches, 1), size)
        ids = g.AddV2(ids, g.Reshape(offsets, g.ConcatV2([lead, np.ones(inner, np.int32)], 0)))
    summed = g.UnsortedSegmentSum(rows, g.Reshape(ids, count), segments)
    # [batch..., gathered, between..., rest...] back to the order of params.
    back = [*range(batch), *range(batch + 1, place + 1), batch, *range(place + 1, rank)]
    whole = g.Reshape(summed, g.ConcatV2([lead, g.ExpandDims(size, 0), rest], 0))
    return g.Transpose(whole, np.array(back, np.int32))


def _dynamic_axis_gradient(g: GradientBuilder, params: Tensor, indices: Tensor, axis: Tensor, dy: Tensor) -> Tensor:
    """The same where ranks or the axis are not known while building, without batches."""
    shape = g.shape(params)
    axis = g.FloorMod(g.cast(axis, dtypes.int32), g.rank(params))
    index_rank = g.rank(indices)
    rank = g.rank(dy)
    front = g.Range(axis, g.AddV2(axis, index_rank), 1)
    to_front = g.ConcatV2([front, g.Range(0, axis, 1), g.Range(g.AddV2(axis, index_rank), rank, 1)], 0)
    moved = g.Transpose(dy, to_front)
    one = g.AddV2(axis, 1)
    before = g.Slice(shape, [0], g.ExpandDims(axis, 0))
    after = g.Slice(shape, g.ExpandDims(one, 0), [-1])
    size = g.Slice(shape, g.ExpandDims(axis, 0), [1])
    count = g.ExpandDims(g.size(indices), 0)
    rows = g.Reshape(moved, g.ConcatV2([count, before, after], 0))
    summed = g.UnsortedSegmentSum(rows, g.Reshape(indices, count), g.Squeeze(size, squeeze_dims=[0]))
    dims = g.rank(params)
    back = g.ConcatV2([g.Range(1, one, 1), [0], g.Range(one, dims, 1)], 0)
    return g.Transpose(summed, back)


GATHER_V2 = define_op(
    "GatherV2", inputs="params: Tparams, indices: Tindices, axis: Taxis", outputs="output: Tparams",
    attrs=f"batch_dims: int = 0, Tparams: type, Tindices: {_GATHER_INDEX}, Taxis: {INDEX}", static_inputs=("axis",),
    shape=_gather_shape, kernel=_gather_kernel, gradient=_gather_gradient,
    guard=Guard(_gather_ok, _gather_message, ("indices",), InvalidArgumentError))


def _gather_old_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    params, indices = op.inputs
    return [rows_gradient(g, params, indices, dy), None]


# The form of the first releases, for their graphs.
GATHER = define_op(
    "Gather", inputs="params: Tparams, indices: Tindices", outputs="output: Tparams",
    attrs=f"validate_indices: bool = True, Tparams: type, Tindices: {INDEX}",
    shape=lambda params, indices: _gather_sizes(params, indices, 0, 0),
    kernel=lambda xp, params, indices: _gather_kernel(xp, params, indices, np.int32(0), batch_dims=0),
    gradient=_gather_old_gradient,
    guard=Guard(lambda xp, params, indices: _rows_in_range(xp, params, indices, 0),
                lambda params, indices: out_of_range_message("indices", indices, params.shape[0]),
                ("indices",), InvalidArgumentError))


def gather(params: TensorLike, indices: TensorLike, validate_indices: bool | None = None, name: str | None = None,
           axis: int | Tensor | None = None, batch_dims: int = 0) -> Tensor:
    """Slices of `params` by index along one dimension.

    Args:
      params: A tensor.
      indices: An integer tensor of any shape.
      validate_indices: Not used: indices are always checked.
      name: Name of the node.
      axis: The dimension; `batch_dims` by default.
      batch_dims: How many leading dimensions `params` and `indices` share.

    Returns:
      A tensor of shape `params.shape[:axis] + indices.shape[batch_dims:] + params.shape[axis + 1:]`.

    Raises:
      InvalidArgumentError: When run, if an index is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.gather([10, 11, 12], [2, 0])))
      [12 10]
    """
    if axis is None:
        axis = batch_dims
    if hasattr(params, "sparse_read") and not isinstance(params, Tensor) and constant_value(axis) == 0 \
            and batch_dims == 0:
        return params.sparse_read(indices, name=name)
    return GATHER_V2(params, indices, axis, batch_dims=batch_dims, name=name or "GatherV2")


def batch_gather(params: TensorLike, indices: TensorLike, name: str | None = None) -> Tensor:
    """Gathers from the last dimension of `indices`, batch by batch: `tf.gather` with all others as batches.

    Args:
      params: A tensor `[batch..., size, ...]`.
      indices: An integer tensor `[batch..., count]`, each a position in the dimension after the batches.
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If the rank of `indices` is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.batch_gather([[1, 2], [3, 4]], [[1], [0]])))
      [[2]
       [3]]
    """
    with name_scope(name, "BatchGather", [params, indices]):
        indices = convert_to_tensor(indices, name="indices")
        params = convert_to_tensor(params, name="params")
        if indices.shape.ndims is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        batch = indices.shape.ndims - 1
        return GATHER_V2(params, indices, batch, batch_dims=batch)


def _nd_parts(params: tuple[Any, ...], indices: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...], int]:
    if not indices:
        raise ValueError("indices must be at least a vector")
    depth = indices[-1]
    if depth > len(params):
        raise ValueError(f"index innermost dimension length must be <= params rank; saw: {depth} vs. {len(params)}")
    return indices[:-1], params[depth:], depth


def _gather_nd_shape(params: TensorShape, indices: TensorShape) -> TensorShape:
    if indices.ndims == 0:
        raise ValueError("Shape must be at least rank 1 but is rank 0: indices must be at least a vector")
    if params.sizes is None or indices.sizes is None or indices.sizes[-1] is None:
        return shape_rules.UNKNOWN
    outer, inner, _ = _nd_parts(params.sizes, indices.sizes)
    return TensorShape.of((*outer, *inner))


def linear_index(xp: ArrayModule, indices: Any, sizes: tuple[int, ...]) -> Any:
    """Row-major positions of coordinates (the last dimension of `indices`) in a tensor that begins with `sizes`."""
    strides = np.array([int(np.prod(sizes[i + 1:], dtype=np.int64)) for i in range(len(sizes))], np.int64)
    limits = np.maximum(np.array(sizes, np.int64) - 1, 0)
    places = xp.clip(xp.asarray(indices, dtype=np.int64), 0, limits)
    return xp.sum(xp.multiply(places, strides), axis=-1, dtype=np.int64)


def _gather_nd_kernel(xp: ArrayModule, params: Array, indices: Array) -> Array:
    outer, inner, depth = _nd_parts(tuple(params.shape), tuple(indices.shape))
    sizes = tuple(params.shape[:depth])
    if 0 in sizes or 0 in outer:
        return xp.full((*outer, *inner), np.zeros((), params.dtype)[()], dtype=params.dtype)
    rows = xp.reshape(params, (int(np.prod(sizes, dtype=np.int64)), *inner))
    return xp.take(rows, linear_index(xp, indices, sizes), axis=0, mode="clip")


def nd_in_range(xp: ArrayModule, indices: Any, sizes: tuple[int, ...]) -> Any:
    """Whether coordinates lie inside a tensor that begins with `sizes`. (Wrong shapes are the kernel's to refuse.)"""
    if not indices.shape or indices.shape[-1] != len(sizes):
        return np.asarray(True)
    limits = np.minimum(np.array(sizes, np.int64), np.iinfo(indices.dtype).max).astype(indices.dtype)
    return xp.all(xp.logical_and(xp.greater_equal(indices, np.zeros((), indices.dtype)), xp.less(indices, limits)))


def leading_sizes(shape: Any, indices: Any) -> tuple[int, ...]:
    """The sizes of the dimensions that coordinates speak of."""
    return tuple(int(n) for n in shape[:indices.shape[-1]]) if indices.shape else ()


def nd_message(indices: np.ndarray, sizes: tuple[int, ...], shape: tuple[int, ...], what: str = "param") -> str:
    bad = np.any((indices < 0) | (indices >= np.array(sizes, np.int64)), axis=-1)
    place = tuple(np.argwhere(bad)[0].tolist())
    where = f"[{','.join(map(str, place))}]" if place else ""
    return (f"indices{where} = [{', '.join(str(n) for n in indices[place])}] does not index into {what} shape "
            f"[{','.join(map(str, shape))}]")


def _gather_nd_ok(xp: ArrayModule, params: Array, indices: Array) -> Array:
    return nd_in_range(xp, indices, leading_sizes(params.shape, indices))


def _gather_nd_message(params: Array, indices: Array) -> str:
    return nd_message(indices, leading_sizes(params.shape, indices), params.shape)


def _gather_nd_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    params, indices = op.inputs
    if indices.shape.ndims == 2 and shape_rules.sizes_of(indices.shape)[-1] == 1:
        return [IndexedSlices(dy, g.Squeeze(indices, squeeze_dims=[-1]), g.shape(params)), None]
    shape = g.shape(params)
    if indices.dtype is not shape.dtype:
        shape = g.Cast(shape, DstT=indices.dtype)
    return [g.ScatterNd(indices, dy, shape), None]


GATHER_ND = define_op("GatherNd", inputs="params: Tparams, indices: Tindices", outputs="output: Tparams",
                      attrs=f"Tparams: type, Tindices: {_GATHER_INDEX}", shape=_gather_nd_shape,
                      kernel=_gather_nd_kernel, gradient=_gather_nd_gradient,
                      guard=Guard(_gather_nd_ok, _gather_nd_message, ("indices",), InvalidArgumentError))


def gather_nd(params: TensorLike, indices: TensorLike, name: str | None = None, batch_dims: int = 0) -> Tensor:
    """Elements or slices of `params` by coordinates, which lie in the last dimension of `indices`.

    Args:
      params: A tensor.
      indices: Integers of shape `[..., depth]`; each row names `params[row[0], ..., row[depth - 1]]`.
      name: Name of the node.
      batch_dims: How many leading dimensions `params` and `indices` share.

    Returns:
      A tensor of shape `indices.shape[:-1] + params.shape[depth:]`.

    Raises:
      InvalidArgumentError: When run, if coordinates are out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.gather_nd([[1, 2], [3, 4]], [[0, 1], [1, 0]])))
      [2 3]
    """
    batch = int(np.asarray(constant_value(batch_dims)))
    if batch == 0:
        return GATHER_ND(params, indices, name=name)
    with name_scope(name, "BatchGatherND", [params, indices]):
        indices = convert_to_tensor(indices, name="indices")
        params = convert_to_tensor(params, name="params")
        return GATHER_ND(params, _with_batch_coordinates(params, indices, batch))


def _with_batch_coordinates(params: Tensor, indices: Tensor, batch: int) -> Tensor:
    """Indices that name their own batch first."""
    if indices.shape.ndims is None:
        raise ValueError("batch_dims of gather_nd needs indices of known rank")
    if indices.shape.ndims <= batch:
        raise ValueError(f"batch_dims = {batch} must be less than the rank of indices, {indices.shape.ndims}")
    shape = lookup("Shape")(indices, out_type=dtypes.int32)
    grown = [lookup("StridedSlice")(shape, [0], [-1], [1], begin_mask=1), [1]]
    whole = lookup("ConcatV2")(grown, 0)
    parts = []
    for axis in range(batch):
        size = lookup("StridedSlice")(shape, [axis], [axis + 1], [1], shrink_axis_mask=1)
        numbers = lookup("Range")(0, size, 1)
        sizes = [1] * (indices.shape.ndims)
        sizes[axis] = -1
        numbers = lookup("Reshape")(numbers, sizes)
        part = lookup("BroadcastTo")(numbers, whole)
        parts.append(part if indices.dtype is dtypes.int32 else lookup("Cast")(part, DstT=indices.dtype))
    return lookup("ConcatV2")([*parts, indices], -1)


def _one_hot_shape(indices: TensorShape, depth: StaticInput, on_value: TensorShape, off_value: TensorShape, *,
                   axis: int) -> TensorShape:
    for one in (depth.shape, on_value, off_value):
        shape_rules.with_rank(one, 0)
    count = depth.value
    if count is not None and count < 0:
        raise ValueError(f"depth must be non-negative, got: {count}")
    if indices.sizes is None:
        return shape_rules.UNKNOWN
    place = _one_hot_axis(axis, len(indices.sizes))
    return TensorShape.of((*indices.sizes[:place], None if count is None else int(count), *indices.sizes[place:]))


def _one_hot_axis(axis: int, rank: int) -> int:
    if not -1 <= axis <= rank:
        raise ValueError(f"Expected axis to be -1 or between [0, {rank}]. But received: {axis}")
    return rank if axis == -1 else axis


def _one_hot_kernel(xp: ArrayModule, indices: Array, depth: Array, on_value: Array, off_value: Array, *,
                    axis: int) -> Array:
    count = int(depth)
    if count < 0:
        raise ValueError(f"depth must be non-negative, got: {count}")
    place = _one_hot_axis(axis, len(indices.shape))
    numbers = np.arange(count).reshape((count,) + (1,) * (len(indices.shape) - place))
    # As int64, so that no number is cut to the width of small indices.
    hot = xp.equal(xp.expand_dims(xp.asarray(indices, dtype=np.int64), place), numbers)
    return xp.where(hot, on_value, off_value)


ONE_HOT = define_op("OneHot", inputs="indices: TI, depth: int32, on_value: T, off_value: T", outputs="output: T",
                    attrs="axis: int = -1, T: type, TI: {uint8, int8, int32, int64} = int64", static_inputs=("depth",),
                    shape=_one_hot_shape, kernel=_one_hot_kernel, gradient=NOT_DIFFERENTIABLE)


def one_hot(indices: TensorLike, depth: TensorLike, on_value: TensorLike | None = None,
            off_value: TensorLike | None = None, axis: int | None = None, dtype: DTypeLike | None = None,
            name: str | None = None) -> Tensor:
    """For each index a vector with `on_value` at its place, `off_value` elsewhere (everywhere if it is out of range).

    Args:
      indices: An integer tensor.
      depth: The length of the vectors.
      on_value, off_value: Scalars, 1 and 0 by default.
      axis: Where the new dimension goes; the last by default.
      dtype: The dtype; by default that of the values, else float32.
      name: Name of the node.

    Raises:
      TypeError: If the dtypes of the values and `dtype` differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.one_hot([0, 2], 3)))
      [[1. 0. 0.]
       [0. 0. 1.]]
    """
    with name_scope(name, "one_hot", [indices, depth, on_value, off_value]) as scope:
        wanted = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
        given = {label: convert_to_tensor(value, dtype_hint=wanted, name="Const")
                 for label, value in (("on_value", on_value), ("off_value", off_value)) if value is not None}
        for label, value in given.items():
            if wanted is not None and value.dtype.base_dtype is not wanted:
                raise TypeError(f"dtype {value.dtype.base_dtype.name} of {label} does not match dtype parameter "
                                f"{wanted.name}")
        found = {value.dtype.base_dtype for value in given.values()}
        if len(found) > 1:
            raise TypeError(f"dtype {given['on_value'].dtype.base_dtype.name} of on_value does not match dtype "
                            f"{given['off_value'].dtype.base_dtype.name} of off_value")
        chosen = wanted or (found.pop() if found else dtypes.float32)
        for label, number in (("on_value", 1), ("off_value", 0)):
            if label not in given:
                number = bool(number) if chosen.is_bool else number
                given[label] = constant(number, chosen, name=label)
        return ONE_HOT(indices, depth, given["on_value"], given["off_value"], axis=-1 if axis is None else axis,
                       name=scope)
