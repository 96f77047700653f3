"""Sets in the last dimension of tensors: intersections, unions, differences, and how many elements there are.

A row of the last dimension is a set, whose elements may come in any order and more than once; the results hold each
once, in ascending order.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import SparseTensor, convert_to_tensor_or_sparse_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.shapes import TensorShape

_TYPES = "{int8, int16, int32, int64, uint8, uint16, string}"
_ATTRS = f"set_operation: string, validate_indices: bool = True, T: {_TYPES}"
_OUTPUTS = "result_indices: int64, result_values: T, result_shape: int64"
_OPERATIONS: dict[str, Callable[[set[Any], set[Any]], set[Any]]] = {
    "a-b": lambda a, b: a - b, "b-a": lambda a, b: b - a, "intersection": lambda a, b: a & b,
    "union": lambda a, b: a | b}

# The elements of each group, by the group's index.
Groups = Mapping[tuple[int, ...], set[Any]]


def _dense_groups(x: np.ndarray) -> tuple[Groups, tuple[int, ...]]:
    if x.ndim < 2:
        raise InvalidArgumentError(None, None, f"Sets need at least 2 dimensions, got shape {list(x.shape)}")
    return {place: set(x[place].tolist()) for place in np.ndindex(*x.shape[:-1])}, x.shape[:-1]


def _sparse_groups(indices: np.ndarray, values: np.ndarray, shape: np.ndarray,
                   validate: bool) -> tuple[Groups, tuple[int, ...]]:
    if indices.ndim != 2 or indices.shape != (values.size, shape.size):
        raise InvalidArgumentError(None, None, f"indices must be of shape [{values.size}, {shape.size}], got "
                                   f"{list(indices.shape)}")
    if validate and len(indices):
        outside = np.logical_or(indices < 0, indices >= shape).any(axis=1)
        if outside.any():
            first = int(np.argmax(outside))
            raise InvalidArgumentError(None, None, f"Index {indices[first].tolist()} is out of bounds of shape "
                                       f"{shape.tolist()}")
        order = np.lexsort(indices.T[::-1])
        if not np.array_equal(order, np.arange(len(order))):
            raise InvalidArgumentError(None, None, "The indices of a sparse tensor must be in row-major order; "
                                       "tf.sparse.reorder puts them so.")
    found: dict[tuple[int, ...], set[Any]] = collections.defaultdict(set)
    for place, value in zip(map(tuple, indices[:, :-1].tolist()), values.tolist(), strict=True):
        found[place].add(value)
    return found, tuple(shape[:-1].tolist())


def _result(first: tuple[Groups, tuple[int, ...]], second: tuple[Groups, tuple[int, ...]], operation: str,
            dtype: np.dtype) -> tuple[Array, ...]:
    (a, shape), (b, other_shape) = first, second
    if shape != other_shape:
        raise InvalidArgumentError(None, None, f"The sets must be of one shape but for the last dimension, got "
                                   f"{list(shape)} and {list(other_shape)}")
    if operation not in _OPERATIONS:
        raise InvalidArgumentError(None, None, f"set_operation is one of {sorted(_OPERATIONS)}, got {operation!r}")
    combine = _OPERATIONS[operation]
    nothing: set[Any] = set()
    indices: list[tuple[int, ...]] = []
    values: list[Any] = []
    longest = 0
    for place in sorted({*a, *b}):
        elements = sorted(combine(a.get(place, nothing), b.get(place, nothing)))
        indices += [(*place, i) for i in range(len(elements))]
        values += elements
        longest = max(longest, len(elements))
    rank = len(shape) + 1
    places = np.array(indices, np.int64).reshape(-1, rank)
    return places, np.array(values, dtype), np.array([*shape, longest], np.int64)


def _sparse_shape(rank: int | None) -> tuple[TensorShape, ...]:
    return TensorShape.of((None, rank)), shape_rules.VECTOR, TensorShape.of((rank,))


def _dense_to_dense_shape(set1: TensorShape, set2: TensorShape) -> tuple[TensorShape, ...]:
    for one in (set1, set2):
        shape_rules.with_rank_at_least(one, 2)
    if set1.sizes is None or set2.sizes is None:
        known = set1.sizes or set2.sizes
        return _sparse_shape(None if known is None else len(known))
    TensorShape.of(set1.sizes[:-1]).merge_with(TensorShape.of(set2.sizes[:-1]))
    return _sparse_shape(len(set1.sizes))


def _dense_to_dense_kernel(context: HostContext, set1: Array, set2: Array, *, set_operation: str) -> tuple[Array, ...]:
    return _result(_dense_groups(set1), _dense_groups(set2), set_operation, set1.dtype)


DENSE_TO_DENSE = define_op("DenseToDenseSetOperation", inputs="set1: T, set2: T", outputs=_OUTPUTS, attrs=_ATTRS,
                           shape=_dense_to_dense_shape, kernel=_dense_to_dense_kernel, gradient=NOT_DIFFERENTIABLE,
                           host=True)


def _dense_to_sparse_shape(set1: TensorShape, set2_indices: TensorShape, set2_values: TensorShape,
                           set2_shape: TensorShape) -> tuple[TensorShape, ...]:
    shape_rules.with_rank_at_least(set1, 2)
    if set1.sizes is not None:
        return _sparse_shape(len(set1.sizes))
    return _sparse_shape(shape_rules.sizes_of(shape_rules.with_rank(set2_indices, 2))[1])


def _dense_to_sparse_kernel(context: HostContext, set1: Array, set2_indices: Array, set2_values: Array,
                            set2_shape: Array, *, set_operation: str, validate_indices: bool) -> tuple[Array, ...]:
    second = _sparse_groups(set2_indices, set2_values, set2_shape, validate_indices)
    return _result(_dense_groups(set1), second, set_operation, set1.dtype)


DENSE_TO_SPARSE = define_op(
    "DenseToSparseSetOperation", inputs="set1: T, set2_indices: int64, set2_values: T, set2_shape: int64",
    outputs=_OUTPUTS, attrs=_ATTRS, shape=_dense_to_sparse_shape, kernel=_dense_to_sparse_kernel,
    gradient=NOT_DIFFERENTIABLE, host=True)


def _sparse_to_sparse_shape(set1_indices: TensorShape, set1_values: TensorShape, set1_shape: TensorShape,
                            set2_indices: TensorShape, set2_values: TensorShape,
                            set2_shape: TensorShape) -> tuple[TensorShape, ...]:
    merged = shape_rules.with_rank(set1_shape, 1).merge_with(shape_rules.with_rank(set2_shape, 1))
    return _sparse_shape(shape_rules.sizes_of(merged)[0])


def _sparse_to_sparse_kernel(context: HostContext, set1_indices: Array, set1_values: Array, set1_shape: Array,
                             set2_indices: Array, set2_values: Array, set2_shape: Array, *, set_operation: str,
                             validate_indices: bool) -> tuple[Array, ...]:
    first = _sparse_groups(set1_indices, set1_values, set1_shape, validate_indices)
    second = _sparse_groups(set2_indices, set2_values, set2_shape, validate_indices)
    return _result(first, second, set_operation, set1_values.dtype)


SPARSE_TO_SPARSE = define_op(
    "SparseToSparseSetOperation",
    inputs="set1_indices: int64, set1_values: T, set1_shape: int64, set2_indices: int64, set2_values: T, "
           "set2_shape: int64",
    outputs=_OUTPUTS, attrs=_ATTRS, shape=_sparse_to_sparse_shape, kernel=_sparse_to_sparse_kernel,
    gradient=NOT_DIFFERENTIABLE, host=True)


def _set_size_shape(set_indices: TensorShape, set_values: TensorShape, set_shape: StaticInput) -> TensorShape:
    shape = set_shape.as_shape()
    return shape_rules.UNKNOWN if shape.sizes is None else TensorShape.of(shape.sizes[:-1])


def _set_size_kernel(context: HostContext, set_indices: Array, set_values: Array, set_shape: Array, *,
                     validate_indices: bool) -> Array:
    groups, shape = _sparse_groups(set_indices, set_values, set_shape, validate_indices)
    sizes = np.zeros(shape, np.int32)
    for place, elements in groups.items():
        sizes[place] = len(elements)
    return sizes


SET_SIZE = define_op("SetSize", inputs="set_indices: int64, set_values: T, set_shape: int64", outputs="size: int32",
                     attrs=f"validate_indices: bool = True, T: {_TYPES}", static_inputs=("set_shape",),
                     static_rule=lambda op: (), shape=_set_size_shape, kernel=_set_size_kernel,
                     gradient=NOT_DIFFERENTIABLE, host=True)


def _combined(a: Any, b: Any, operation: str, validate_indices: bool) -> SparseTensor:
    a, b = convert_to_tensor_or_sparse_tensor(a, name="a"), convert_to_tensor_or_sparse_tensor(b, name="b")
    if a.dtype.base_dtype is not b.dtype.base_dtype:
        raise TypeError(f"Types don't match: a is of {a.dtype.name}, b of {b.dtype.name}.")
    if isinstance(a, SparseTensor) and not isinstance(b, SparseTensor):  # the op has the dense set first
        a, b, operation = b, a, {"a-b": "b-a", "b-a": "a-b"}.get(operation, operation)
    facts: dict[str, Any] = {"set_operation": operation, "validate_indices": validate_indices}
    if isinstance(a, SparseTensor):
        parts = SPARSE_TO_SPARSE(a.indices, a.values, a.dense_shape, b.indices, b.values, b.dense_shape, **facts)
    elif isinstance(b, SparseTensor):
        parts = DENSE_TO_SPARSE(a, b.indices, b.values, b.dense_shape, **facts)
    else:
        parts = DENSE_TO_DENSE(a, b, **facts)
    return SparseTensor(*parts)


def set_size(a: SparseTensor, validate_indices: bool = True) -> Tensor:
    """How many different elements each set has.

    Args:
      a: A sparse tensor; sets lie in its last dimension.
      validate_indices: Whether its indices must be in order and in range.

    Returns:
      An int32 tensor of the shape of `a` without the last dimension.

    Raises:
      TypeError: If `a` is no sparse tensor.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     a = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [7, 7, 8], [2, 2])
      ...     print(sess.run(tf.sets.set_size(a)))
      [1 1]
    """
    a = convert_to_tensor_or_sparse_tensor(a, name="a")
    if not isinstance(a, SparseTensor):
        raise TypeError(f"Expected `SparseTensor`, got {a}.")
    if a.values.dtype.base_dtype not in _SET_TYPES:
        raise TypeError(f"Invalid dtype {a.values.dtype.name}: sets are of integers or strings.")
    return SET_SIZE(a.indices, a.values, a.dense_shape, validate_indices=validate_indices)


_SET_TYPES = [dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64, dtypes.uint8, dtypes.uint16, dtypes.string]


def set_intersection(a: TensorLike | SparseTensor, b: TensorLike | SparseTensor,
                     validate_indices: bool = True) -> SparseTensor:
    """What is in both of two sets.

    Args:
      a, b: Tensors or sparse tensors, of one shape but for the last dimension, in which the sets lie.
      validate_indices: Whether indices must be in order and in range.

    Returns:
      A sparse tensor.

    Raises:
      TypeError: If the dtypes differ.
      ValueError: If the shapes do.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sets.set_intersection([[1, 2, 3]], [[3, 1, 9]])).values)
      [1 3]
    """
    return _combined(a, b, "intersection", validate_indices)


def set_difference(a: TensorLike | SparseTensor, b: TensorLike | SparseTensor,
                     aminusb: bool = True, validate_indices: bool = True) -> SparseTensor:
    """What is in one of two sets and not in the other.

    Args:
      a, b: Tensors or sparse tensors, of one shape but for the last dimension, in which the sets lie.
      aminusb: Whether it is what is in `a` and not in `b`, or the other way round.
      validate_indices: Whether indices must be in order and in range.

    Returns:
      A sparse tensor.

    Raises:
      TypeError: If the dtypes differ.
      ValueError: If the shapes do.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sets.set_difference([[1, 2, 3]], [[3, 1, 9]])).values)
      [2]
    """
    return _combined(a, b, "a-b" if aminusb else "b-a", validate_indices)


def set_union(a: TensorLike | SparseTensor, b: TensorLike | SparseTensor,
                     validate_indices: bool = True) -> SparseTensor:
    """What is in either of two sets.

    Args:
      a, b: Tensors or sparse tensors, of one shape but for the last dimension, in which the sets lie.
      validate_indices: Whether indices must be in order and in range.

    Returns:
      A sparse tensor.

    Raises:
      TypeError: If the dtypes differ.
      ValueError: If the shapes do.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sets.set_union([["b", "a"]], [["a", "c"]])).values)
      [b'a' b'b' b'c']
    """
    return _combined(a, b, "union", validate_indices)
