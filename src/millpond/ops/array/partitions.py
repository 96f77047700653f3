"""Ops whose output shapes depend on values: partitions, stitches, unique elements. They run outside XLA."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import undefined_gradient
from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, Guard, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.gather import out_of_range_message
from millpond.ops.dtype_sets import INDEX
from millpond.shapes import TensorShape


def _dynamic_partition_shape(data: TensorShape, partitions: TensorShape, *,
                             num_partitions: int) -> tuple[TensorShape, ...]:
    if data.sizes is None or partitions.sizes is None:
        return (shape_rules.UNKNOWN,) * num_partitions
    rank = len(partitions.sizes)
    TensorShape.of(data.sizes[:rank]).merge_with(partitions)
    return (TensorShape.of((None, *data.sizes[rank:])),) * num_partitions


def _dynamic_partition_kernel(context: HostContext, data: Array, partitions: Array, *,
                              num_partitions: int) -> list[Array]:
    rank = partitions.ndim
    if data.shape[:rank] != partitions.shape:
        raise ValueError(f"data.shape must start with partitions.shape, got data.shape = {list(data.shape)}, "
                         f"partitions.shape = {list(partitions.shape)}")
    return [data[partitions == i] for i in range(num_partitions)]


def _partitions_ok(xp: ArrayModule, data: Array, partitions: Array, *, num_partitions: int) -> Array:
    return np.all((partitions >= 0) & (partitions < num_partitions))


def _partitions_message(data: Array, partitions: Array, *, num_partitions: int) -> str:
    return out_of_range_message("partitions", partitions, num_partitions)


def _dynamic_partition_gradient(g: GradientBuilder, op: Operation, *dys: Tensor) -> Cotangents:
    data, partitions = op.inputs
    numbers = g.Reshape(g.Range(0, g.size(partitions), 1), g.shape(partitions))
    places = g.DynamicPartition(numbers, partitions, num_partitions=op.attributes["num_partitions"])
    rows = g.DynamicStitch(list(places), list(dys))
    return [g.Reshape(rows, g.shape(data)), None]


DYNAMIC_PARTITION = define_op(
    "DynamicPartition", inputs="data: T, partitions: int32", outputs="outputs: num_partitions * T",
    attrs="num_partitions: int >= 1, T: type", shape=_dynamic_partition_shape, kernel=_dynamic_partition_kernel,
    gradient=_dynamic_partition_gradient, host=True,
    guard=Guard(_partitions_ok, _partitions_message, ("partitions",), InvalidArgumentError))


def dynamic_partition(data: TensorLike, partitions: TensorLike, num_partitions: int,
                      name: str | None = None) -> list[Tensor]:
    """Distributes the rows of `data` over `num_partitions` tensors.

    Args:
      data: A tensor.
      partitions: int32, of a shape that `data.shape` begins with: the number of the partition of each row.
      num_partitions: How many there are.
      name: Name of the node.

    Raises:
      InvalidArgumentError: When run, if a number is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.dynamic_partition([10, 20, 30], [0, 1, 0], 2)))
      [array([10, 30], dtype=int32), array([20], dtype=int32)]
    """
    return DYNAMIC_PARTITION(data, partitions, num_partitions=num_partitions, name=name)


def _stitch_shape(indices: list[Any], data: list[TensorShape]) -> TensorShape:
    rest = shape_rules.UNKNOWN
    for one, values in zip(indices, data, strict=True):
        if one.shape.sizes is not None and values.sizes is not None:
            rank = len(one.shape.sizes)
            TensorShape.of(values.sizes[:rank]).merge_with(one.shape)
            rest = rest.merge_with(TensorShape.of(values.sizes[rank:]))
    if rest.sizes is None:
        return shape_rules.UNKNOWN
    known = [one.value for one in indices]
    count = None if any(value is None for value in known) else max(
        (int(value.max()) for value in known if value.size), default=-1) + 1
    return TensorShape.of((count, *rest.sizes))


def _stitch_kernel(context: HostContext, indices: Sequence[Array], data: Sequence[Array]) -> Array:
    for i, one in enumerate(indices):
        if data[i].shape[:one.ndim] != one.shape:
            raise ValueError(f"data[{i}].shape = {list(data[i].shape)} does not start with indices[{i}].shape = "
                             f"{list(one.shape)}")
        if one.size and one.min() < 0:
            raise ValueError(f"indices[{i}] is out of range: {one.min()}")
    count = max((int(one.max()) for one in indices if one.size), default=-1) + 1
    merged = np.zeros((count, *data[0].shape[indices[0].ndim:]), data[0].dtype)
    for one, values in zip(indices, data, strict=True):
        merged[one.ravel()] = values.reshape((one.size, *merged.shape[1:]))
    return merged


def _stitch_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    count = len(op.inputs) // 2
    return [None] * count + [g.GatherV2(dy, indices, 0) for indices in op.inputs[:count]]


_STITCH: dict[str, Any] = {
    "inputs": "indices: N * int32, data: N * T", "outputs": "merged: T", "attrs": "N: int >= 1, T: type",
    "static_inputs": ("indices",), "shape": _stitch_shape, "kernel": _stitch_kernel, "gradient": _stitch_gradient,
    "host": True,
}
DYNAMIC_STITCH = define_op("DynamicStitch", **_STITCH)
PARALLEL_DYNAMIC_STITCH = define_op("ParallelDynamicStitch", **_STITCH)


def dynamic_stitch(indices: Sequence[TensorLike], data: Sequence[TensorLike], name: str | None = None) -> Tensor:
    """Interleaves tensors: `merged[indices[m][i, ...]] = data[m][i, ...]`, the last one where indices repeat.

    Args:
      indices: A list of int32 tensors: where the rows of each `data` go.
      data: A list of as many tensors of one dtype; the shape of each begins with that of its indices.
      name: Name of the node.

    Returns:
      A tensor `[largest index + 1, ...]`.

    Raises:
      TypeError: If the data have different dtypes.
      ValueError: If the lists have different lengths, or shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.dynamic_stitch([[0, 2], [1]], [[10, 30], [20]])))
      [10 20 30]
    """
    return DYNAMIC_STITCH(indices, data, name=name)


def _first_places(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unique elements in the order of their first places; the number of each element; how often each is there."""
    if x.dtype == object or x.dtype.kind == "V":
        numbers: dict[Any, int] = {}
        index = np.array([numbers.setdefault(value, len(numbers)) for value in x.tolist()], np.int64)
        values = np.array(list(numbers), dtype=x.dtype) if numbers else x[:0]
        return values, index, np.bincount(index, minlength=len(numbers)) if index.size else index
    _, first, inverse, counts = np.unique(x, return_index=True, return_inverse=True, return_counts=True,
                                          equal_nan=False)
    order = np.argsort(first)
    number = np.empty_like(order)
    number[order] = np.arange(order.size)
    return x[first[order]], number[inverse.ravel()], counts[order]


def _unique_shape(x: TensorShape) -> tuple[TensorShape, ...]:
    vector = shape_rules.with_rank(x, 1)
    return shape_rules.VECTOR, vector if x.sizes is not None else x


def _unique_kernel(context: HostContext, x: Array, *, out_idx: DType) -> tuple[Array, ...]:
    if x.ndim != 1:
        raise ValueError(f"unique expects a 1D vector, got shape {list(x.shape)}")
    values, index, _ = _first_places(x)
    return values, index.astype(out_idx.np_dtype)


UNIQUE = define_op("Unique", inputs="x: T", outputs="y: T, idx: out_idx", attrs=f"T: type, out_idx: {INDEX} = int32",
                   shape=_unique_shape, kernel=_unique_kernel, gradient=undefined_gradient, host=True)


def unique(x: TensorLike, out_idx: DTypeLike = dtypes.int32, name: str | None = None) -> Any:
    """The different elements of a vector, in the order in which they first come.

    Args:
      x: A vector.
      out_idx: int32 or int64, for `idx`.
      name: Name of the node.

    Returns:
      A named tuple: `y`, the elements, and `idx`, for each element of `x` its place in `y`.

    Raises:
      ValueError: If `x` is no vector.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     y, idx = sess.run(tf.unique([7, 3, 7]))
      ...     print(y, idx)
      [7 3] [0 1 0]
    """
    return UNIQUE(x, out_idx=dtypes.as_dtype(out_idx), name=name)


def _unique_with_counts_shape(x: TensorShape) -> tuple[TensorShape, ...]:
    return *_unique_shape(x), shape_rules.VECTOR


def _unique_with_counts_kernel(context: HostContext, x: Array, *, out_idx: DType) -> tuple[Array, ...]:
    if x.ndim != 1:
        raise ValueError(f"unique expects a 1D vector, got shape {list(x.shape)}")
    values, index, counts = _first_places(x)
    return values, index.astype(out_idx.np_dtype), counts.astype(out_idx.np_dtype)


UNIQUE_WITH_COUNTS = define_op(
    "UniqueWithCounts", inputs="x: T", outputs="y: T, idx: out_idx, count: out_idx",
    attrs=f"T: type, out_idx: {INDEX} = int32", shape=_unique_with_counts_shape, kernel=_unique_with_counts_kernel,
    gradient=undefined_gradient, host=True)


def unique_with_counts(x: TensorLike, out_idx: DTypeLike = dtypes.int32, name: str | None = None) -> Any:
    """`tf.unique`, and `count`: how often each element is there.

    Args:
      x: A vector.
      out_idx: int32 or int64, for `idx` and `count`.
      name: Name of the node.

    Returns:
      A named tuple of `y`, `idx` and `count`.

    Raises:
      ValueError: If `x` is no vector.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.unique_with_counts([7, 3, 7]).count))
      [2 1]
    """
    return UNIQUE_WITH_COUNTS(x, out_idx=dtypes.as_dtype(out_idx), name=name)


def _list_diff_shape(x: TensorShape, y: TensorShape) -> tuple[TensorShape, ...]:
    shape_rules.with_rank(x, 1)
    shape_rules.with_rank(y, 1)
    return shape_rules.VECTOR, shape_rules.VECTOR


def _list_diff_kernel(context: HostContext, x: Array, y: Array, *, out_idx: DType) -> tuple[Array, ...]:
    if x.ndim != 1 or y.ndim != 1:
        raise ValueError(f"x and y should be 1D vectors, got shapes {list(x.shape)} and {list(y.shape)}")
    gone = set(y.tolist())
    places = [i for i, value in enumerate(x.tolist()) if value not in gone]
    return x[places] if places else x[:0], np.array(places, out_idx.np_dtype)


LIST_DIFF = define_op("ListDiff", inputs="x: T, y: T", outputs="out: T, idx: out_idx",
                      attrs=f"T: type, out_idx: {INDEX} = int32", shape=_list_diff_shape, kernel=_list_diff_kernel,
                      gradient=undefined_gradient, host=True)


def setdiff1d(x: TensorLike, y: TensorLike, index_dtype: DTypeLike = dtypes.int32, name: str | None = None) -> Any:
    """The elements of `x` that are not in `y`, in order, and their places: a named tuple of `out` and `idx`.

    Args:
      x: A vector.
      y: A vector of the same dtype.
      index_dtype: int32 or int64, for `idx`.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes.
      ValueError: If they are no vectors.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.setdiff1d([1, 2, 3], [2])).out)
      [1 3]
    """
    return LIST_DIFF(x, y, out_idx=dtypes.as_dtype(index_dtype), name=name)


def _unravel_index_shape(indices: TensorShape, dims: Any) -> TensorShape:
    shape_rules.with_rank(dims.shape, 1)
    depth = (dims.shape.sizes or (None,))[0]
    if indices.ndims == 0:
        return TensorShape.of((depth,))
    count = indices.num_elements() if indices.ndims != 1 else (indices.sizes or (None,))[0]
    return shape_rules.UNKNOWN if indices.sizes is None else TensorShape.of((depth, count))


def _unravel_index_kernel(xp: ArrayModule, indices: Array, dims: Array) -> Array:
    sizes = [int(n) for n in dims]
    flat = indices if len(indices.shape) == 0 else xp.reshape(indices, (-1,))
    parts = []
    for i, size in enumerate(sizes):
        below = int(np.prod(sizes[i + 1:], dtype=np.int64))
        part = xp.floor_divide(flat, np.asarray(below, indices.dtype))
        parts.append(xp.remainder(part, np.asarray(size, indices.dtype)) if i else part)
    return xp.stack(parts)


def _unravel_index_ok(xp: ArrayModule, indices: Array, dims: Array) -> Array:
    count = int(np.prod(dims, dtype=np.int64))
    return xp.all(xp.logical_and(xp.greater_equal(indices, 0), xp.less(indices, count)))


def _unravel_index_message(indices: Array, dims: Array) -> str:
    return f"index is out of bound as with dims: {out_of_range_message('indices', indices, int(np.prod(dims)))}"


UNRAVEL_INDEX = define_op(
    "UnravelIndex", inputs="indices: Tidx, dims: Tidx", outputs="output: Tidx", attrs=f"Tidx: {INDEX} = int32",
    static_inputs=("dims",), shape=_unravel_index_shape, kernel=_unravel_index_kernel, gradient=NOT_DIFFERENTIABLE,
    guard=Guard(_unravel_index_ok, _unravel_index_message, ("indices",), InvalidArgumentError))


def unravel_index(indices: TensorLike, dims: TensorLike, name: str | None = None) -> Tensor:
    """Coordinates of row-major positions in a tensor of shape `dims`: shape `[len(dims), ...]`.

    Args:
      indices: An integer tensor without dimensions, or a vector.
      dims: An integer vector of the same dtype: the shape.
      name: Name of the node.

    Raises:
      TypeError: If the dtypes differ.
      tf.errors.InvalidArgumentError: At run time, if an index is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.unravel_index([5], [3, 4])))
      [[1]
       [1]]
    """
    return UNRAVEL_INDEX(indices, dims, name=name)


def is_numeric_tensor(tensor: TensorLike) -> bool:
    """Whether `tensor` is a tensor of integers or floats (also complex, quantized and bfloat16 ones)."""
    if not isinstance(tensor, Tensor):
        return False
    dtype = tensor.dtype.base_dtype
    return dtype.is_integer or dtype.is_floating or dtype.is_complex or dtype.is_quantized
