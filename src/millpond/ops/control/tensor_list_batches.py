"""Lists of tensors: many elements at once, all of them or chosen by indices. `tensor_list.py` has them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.opdef import Guard, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.static_values import StaticInput, constant_value
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.control import list_layouts
from millpond.ops.control.list_elements import (
    READS,
    WRITES,
    all_elements,
    as_sizes,
    check_dtype,
    is_whole,
    merged,
    note_read,
    note_write,
    refused,
    text,
)
from millpond.ops.control.list_values import DeviceList, HostList, NeedsHost, TensorList, whole
from millpond.ops.control.tensor_list import as_long_as, zeros_of
from millpond.ops.dtype_sets import INDEX
from millpond.shapes import Sizes, TensorShape


def rest_shape(g: GradientBuilder, tensor: Tensor) -> Tensor:
    """The shape of a tensor's elements along its first dimension."""
    if tensor.shape.sizes is not None and tensor.shape[1:].is_fully_defined():
        return g.constant(np.array(tensor.shape.sizes[1:], np.int32))
    return g.StridedSlice(g.shape(tensor), [1], [0], [1], end_mask=1)


def is_differentiable(op: Operation) -> bool:
    dtype = op.attributes["element_dtype"]
    return dtype.is_floating or dtype.is_complex


# All elements in one array.


def _stack_shape(input_handle: TensorShape, element_shape: StaticInput, *, num_elements: int) -> TensorShape:
    return TensorShape.of((None if num_elements < 0 else num_elements,)).concatenate(element_shape.as_shape())


def _stacked_shape(value: TensorList, asked: Sizes | None, num_elements: int) -> tuple[int, ...]:
    """The shape of an element of a list that is to be stacked.

    Raises:
      InvalidArgumentError: If it is not known, or the list has another number of elements.
    """
    if num_elements not in (-1, value.length):
        raise refused(f"Operation expected a list with {num_elements} elements but got a list with {value.length} "
                      "elements.")
    sizes = merged(asked, value.element_shape)
    for found in dict.fromkeys(tuple(item.shape) for item in value.items.values()):
        sizes = merged(sizes, found)
    if not is_whole(sizes):
        what = ("elements of an empty list with" if value.length == 0 else
                "list which only contains uninitialized tensors and has a")
        raise refused(f"Tried to stack {what} non-fully-defined element_shape: {text(sizes)}")
    return whole(sizes)


def _stack_kernel(xp: ArrayModule, input_handle: HostList, element_shape: Array, *, element_dtype: DType,
                  num_elements: int, _read_number: int) -> Array:
    value = input_handle
    check_dtype(value, element_dtype)
    sizes = _stacked_shape(value, as_sizes(element_shape), num_elements)
    note_read(value, range(value.length), _read_number)
    if not value.length:
        return np.zeros((0, *sizes), value.element_dtype)
    return np.stack(all_elements(np, value, range(value.length), sizes))


def _stack_lower(jax: Jax, input_handle: DeviceList, element_shape: Array, *, element_dtype: DType, num_elements: int,
                 _read_number: int) -> Array:
    value = input_handle
    check_dtype(value, element_dtype)
    if not value.has_known_length:
        raise NeedsHost("stacking a list whose number of elements is computed in the same program")
    sizes = _stacked_shape(value, merged(as_sizes(element_shape), value.known_shape()), num_elements)
    note_read(value, range(value.length), _read_number)
    value = list_layouts.settled(jax, value.replaced(element_shape=sizes))
    assert value.buffer is not None
    return value.buffer if value.capacity == value.length else value.buffer[:value.length]


def _stack_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.TensorListFromTensor(dy, rest_shape(g, dy)), None]


TENSOR_LIST_STACK = define_op(
    "TensorListStack", inputs="input_handle: variant, element_shape: int32", outputs="tensor: element_dtype",
    attrs=f"element_dtype: type, num_elements: int = -1, {READS}", static_inputs=("element_shape",),
    shape=_stack_shape, kernel=_stack_kernel, lower=_stack_lower, gradient=_stack_gradient)


def _from_tensor_shape(tensor: TensorShape, element_shape: StaticInput) -> TensorShape:
    shape_rules.with_rank_at_least(tensor, 1)[1:].merge_with(element_shape.as_shape())
    return shape_rules.SCALAR


def _check_rows(tensor: Array, declared: Sizes | None) -> None:
    if not len(tensor.shape):
        raise refused("Tensor must be at least a vector, but saw shape: []")
    if not TensorShape.of(declared).is_compatible_with(tuple(tensor.shape[1:])):
        raise refused(f"Specified a list with shape {text(declared)} from a tensor with shape "
                      f"{text(tuple(tensor.shape[1:]))}")


def _from_tensor_kernel(xp: ArrayModule, tensor: Array, element_shape: Array) -> HostList:
    declared = as_sizes(element_shape)
    _check_rows(tensor, declared)
    return HostList(dict(enumerate(_rows(tensor))), len(tensor), tensor.dtype, declared)


def _rows(tensor: np.ndarray) -> list[np.ndarray]:
    """The elements along the first dimension, as arrays where they have no dimensions too."""
    return [tensor[i, ...] for i in range(len(tensor))]


def _from_tensor_lower(jax: Jax, tensor: Array, element_shape: Array) -> DeviceList:
    _check_rows(tensor, as_sizes(element_shape))
    count = tensor.shape[0]
    return DeviceList(np.dtype(tensor.dtype), count, buffer=tensor, marks={i: i for i in range(count)})


def _from_tensor_gradient(g: GradientBuilder, op: Operation, dlist: Tensor) -> Cotangents:
    if not is_differentiable(op):
        return [None, None]
    tensor = op.inputs[0]
    count = tensor.shape.sizes[0] if tensor.shape.sizes else None
    return [g.TensorListStack(dlist, rest_shape(g, tensor), element_dtype=op.attributes["element_dtype"],
                              num_elements=-1 if count is None else count), None]


TENSOR_LIST_FROM_TENSOR = define_op(
    "TensorListFromTensor", inputs="tensor: element_dtype, element_shape: shape_type", outputs="output_handle: variant",
    attrs=f"element_dtype: type, shape_type: {INDEX}", static_inputs=("element_shape",), shape=_from_tensor_shape,
    kernel=_from_tensor_kernel, lower=_from_tensor_lower, gradient=_from_tensor_gradient)


# Elements by indices.


def _indices_in_range(xp: ArrayModule, indices: Array, length: Any) -> Array:
    if 0 in indices.shape:
        return np.True_
    return xp.logical_and(xp.greater_equal(xp.min(indices), 0), xp.less(xp.max(indices), length))


def _first_outside(indices: np.ndarray, length: int) -> Any:
    return indices[(indices < 0) | (indices >= length)].flat[0]


def _gather_shape(input_handle: TensorShape, indices: TensorShape, element_shape: StaticInput) -> TensorShape:
    return shape_rules.with_rank(indices, 1).concatenate(element_shape.as_shape())


def _gathered_shape(value: TensorList, asked: Sizes | None) -> tuple[int, ...]:
    sizes = merged(asked, value.known_shape())
    if not is_whole(sizes):
        raise refused(f"Tried to gather 0-elements from a list with non-fully-defined shape: {text(sizes)}")
    return whole(sizes)


def _gather_kernel(xp: ArrayModule, input_handle: HostList, indices: Array, element_shape: Array, *,
                   element_dtype: DType, _read_number: int) -> Array:
    value, asked = input_handle, as_sizes(element_shape)
    check_dtype(value, element_dtype)
    chosen = indices.tolist()
    note_read(value, chosen, _read_number)
    if not chosen:
        sizes = _gathered_shape(value, asked)
        return np.zeros((0, *sizes), value.element_dtype)
    elements = all_elements(np, value, chosen, asked)
    for element in elements:
        asked = merged(asked, element.shape)
    return np.stack(elements)


def _gather_lower(jax: Jax, input_handle: DeviceList, indices: Array, element_shape: Array, *, element_dtype: DType,
                  _read_number: int) -> Array:
    value, asked, jnp = input_handle, as_sizes(element_shape), jax.numpy
    check_dtype(value, element_dtype)
    known = isinstance(indices, np.ndarray)
    if known:
        note_read(value, indices.tolist(), _read_number)
    if known and indices.size and value.buffer is None and value.spot is None:
        return jnp.stack(all_elements(jnp, value, indices.tolist(), asked))
    sizes = _gathered_shape(value, asked)
    value = list_layouts.settled(jax, value.replaced(element_shape=sizes))
    if not value.capacity:
        return jnp.zeros((indices.shape[0], *sizes), value.element_dtype)
    return jnp.take(value.buffer, indices, axis=0, mode="clip")


def _gather_ok(xp: ArrayModule, input_handle: TensorList, indices: Array, element_shape: Array) -> Array:
    return _indices_in_range(xp, indices, input_handle.length)


def _gather_message(input_handle: TensorList, indices: Array, element_shape: Array, *, _read_number: int) -> str:
    outside, size = _first_outside(indices, input_handle.length), input_handle.length
    if _read_number >= 0:
        return f"Tried to read from index {outside} but array size is: {size}"
    return f"Trying to gather element {outside} in a list with {size} elements."


def _gather_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    handle, indices, _ = op.inputs
    handle = as_long_as(handle)
    # An element that was gathered twice has two cotangents.
    rows = g.UnsortedSegmentSum(dy, indices, g.TensorListLength(handle))
    return [g.TensorListFromTensor(rows, rest_shape(g, dy)), None, None]


TENSOR_LIST_GATHER = define_op(
    "TensorListGather", inputs="input_handle: variant, indices: int32, element_shape: int32",
    outputs="values: element_dtype", attrs=f"element_dtype: type, {READS}", static_inputs=("element_shape",),
    shape=_gather_shape, kernel=_gather_kernel, lower=_gather_lower, gradient=_gather_gradient,
    guard=Guard(_gather_ok, _gather_message, ("input_handle", "indices"), InvalidArgumentError))


def _check_scattered(tensor: Array, indices: Array, declared: Sizes | None) -> None:
    _check_rows(tensor, declared)
    if tensor.shape[0] != indices.shape[0]:
        raise refused(f"Invalid number of rows in input tensor. Expected: {indices.shape[0]} Actual: {tensor.shape[0]}")


def _with_rows(value: HostList, tensor: Array, indices: Array) -> HostList:
    items = dict(value.items)
    items.update(zip(indices.tolist(), _rows(tensor), strict=True))
    return value.replaced(items, max([value.length, *(i + 1 for i in indices.tolist())]))


def _with_rows_on_device(jax: Jax, value: DeviceList, tensor: Array, indices: Array) -> DeviceList:
    jnp, known = jax.numpy, isinstance(indices, np.ndarray)
    chosen = indices.tolist() if known else []
    if known and value.has_known_length:
        length = max([value.length, *(i + 1 for i in chosen)])
        value = value.replaced(length=length)
        if value.is_blank and chosen == list(range(length)) and chosen:
            return value.replaced(buffer=tensor, items={}, spot=None, element_shape=None, marks={i: i for i in chosen})
    value = list_layouts.settled(jax, value.replaced(element_shape=tuple(tensor.shape[1:])))
    if value.has_known_length:
        value = list_layouts.with_capacity(jax, value, value.length)
    assert value.buffer is not None
    marks = {**value.marks, **{i: i for i in chosen}}
    if known:
        # Of equal indices the last counts, in whatever order XLA writes.
        last = {i: row for row, i in enumerate(chosen)}
        rows = np.array(list(last.values()), np.int32)
        tensor, indices = jnp.take(tensor, rows, axis=0), np.array(list(last), np.int32)
        if not last:
            return value
    return value.replaced(buffer=jnp.asarray(value.buffer).at[indices].set(tensor, mode="drop"), marks=marks)


def _scatter_kernel(xp: ArrayModule, tensor: Array, indices: Array, element_shape: Array, num_elements: Array, *,
                    element_dtype: DType) -> HostList:
    declared = as_sizes(element_shape)
    _check_scattered(tensor, indices, declared)
    return _with_rows(HostList({}, max(int(num_elements), 0), element_dtype.np_dtype, declared), tensor, indices)


def _scatter_lower(jax: Jax, tensor: Array, indices: Array, element_shape: Array, num_elements: Array, *,
                   element_dtype: DType) -> DeviceList:
    declared = as_sizes(element_shape)
    _check_scattered(tensor, indices, declared)
    if num_elements < 0 and not isinstance(indices, np.ndarray):
        raise NeedsHost("a list whose size depends on indices that are computed in the same program")
    value = DeviceList(element_dtype.np_dtype, max(int(num_elements), 0), declared)
    return _with_rows_on_device(jax, value, tensor, indices)


def _scatter_ok(xp: ArrayModule, tensor: Array, indices: Array, element_shape: Array, num_elements: Array) -> Array:
    return _indices_in_range(xp, indices, num_elements if num_elements >= 0 else np.iinfo(np.int32).max)


def _scatter_message(tensor: Array, indices: Array, element_shape: Array, num_elements: Array) -> str:
    if np.min(indices) < 0:
        return "Indices in TensorListScatter must all be non-negative."
    return (f"TensorListScatter: Trying to scatter at index {_first_outside(indices, int(num_elements))} in list with "
            f"size {num_elements}")


def _scatter_gradient(g: GradientBuilder, op: Operation, dlist: Tensor) -> Cotangents:
    if not is_differentiable(op):
        return [None] * len(op.inputs)
    tensor, indices = op.inputs[:2]
    rows = g.TensorListGather(dlist, indices, rest_shape(g, tensor), element_dtype=op.attributes["element_dtype"])
    return [rows, *[None] * (len(op.inputs) - 1)]


def _scatter_shape(tensor: TensorShape, indices: StaticInput, element_shape: StaticInput, *_: StaticInput
                   ) -> TensorShape:
    shape_rules.with_rank(indices.shape, 1)
    return _from_tensor_shape(tensor, element_shape)


def _scatter_static(op: Operation) -> tuple[str, ...]:
    """The indices have to be known where they decide how long the list becomes."""
    number = constant_value(op.inputs[3])
    needed = ("element_shape", "num_elements")
    return needed if number is not None and number >= 0 else (*needed, "indices")


TENSOR_LIST_SCATTER_V2 = define_op(
    "TensorListScatterV2",
    inputs="tensor: element_dtype, indices: int32, element_shape: shape_type, num_elements: int32",
    outputs="output_handle: variant", attrs=f"element_dtype: type, shape_type: {INDEX}",
    static_inputs=("indices", "element_shape", "num_elements"), static_rule=_scatter_static, shape=_scatter_shape,
    kernel=_scatter_kernel, lower=_scatter_lower, gradient=_scatter_gradient,
    guard=Guard(_scatter_ok, _scatter_message, ("indices", "num_elements"), InvalidArgumentError))


_ANY_NUMBER = np.array(-1, np.int32)


def _old_scatter_kernel(xp: ArrayModule, tensor: Array, indices: Array, element_shape: Array, *, element_dtype: DType
                        ) -> HostList:
    return _scatter_kernel(xp, tensor, indices, element_shape, _ANY_NUMBER, element_dtype=element_dtype)


def _old_scatter_lower(jax: Jax, tensor: Array, indices: Array, element_shape: Array, *, element_dtype: DType
                       ) -> DeviceList:
    return _scatter_lower(jax, tensor, indices, element_shape, _ANY_NUMBER, element_dtype=element_dtype)


def _old_scatter_ok(xp: ArrayModule, tensor: Array, indices: Array, element_shape: Array) -> Array:
    return _scatter_ok(xp, tensor, indices, element_shape, _ANY_NUMBER)


def _old_scatter_message(tensor: Array, indices: Array, element_shape: Array) -> str:
    return _scatter_message(tensor, indices, element_shape, _ANY_NUMBER)


TENSOR_LIST_SCATTER = define_op(
    "TensorListScatter", inputs="tensor: element_dtype, indices: int32, element_shape: shape_type",
    outputs="output_handle: variant", attrs=f"element_dtype: type, shape_type: {INDEX}",
    static_inputs=("indices", "element_shape"), shape=_scatter_shape, kernel=_old_scatter_kernel,
    lower=_old_scatter_lower, gradient=_scatter_gradient,
    guard=Guard(_old_scatter_ok, _old_scatter_message, ("indices",), InvalidArgumentError))


def _scatter_into_kernel(xp: ArrayModule, input_handle: HostList, tensor: Array, indices: Array, *, _array: str,
                         _identical: bool) -> HostList:
    _check_into(input_handle, tensor, indices)
    _note_rows(input_handle, indices.tolist(), tensor.shape[1:], _array, _identical)
    return _with_rows(input_handle, tensor, indices)


def _check_into(value: TensorList, tensor: Array, indices: Array) -> None:
    _check_scattered(tensor, indices, value.element_shape)
    if np.dtype(tensor.dtype) != value.element_dtype:
        raise refused(f"Invalid data types; op elements {np.dtype(tensor.dtype).name} but list elements "
                      f"{value.element_dtype.name}")


def _note_rows(value: TensorList, indexes: Sequence[int], shape: Sequence[int], array: str, identical: bool) -> None:
    note_write(value, indexes, shape, array, identical)
    if array and len(set(indexes)) < len(indexes):
        twice = next(i for place, i in enumerate(indexes) if i in indexes[:place])
        raise refused(f"Could not write to TensorArray index {twice} because it has already been written to.")


def _scatter_into_lower(jax: Jax, input_handle: DeviceList, tensor: Array, indices: Array, *, _array: str,
                        _identical: bool) -> DeviceList:
    _check_into(input_handle, tensor, indices)
    if isinstance(indices, np.ndarray):
        _note_rows(input_handle, indices.tolist(), tensor.shape[1:], _array, _identical)
    elif _array != "fixed":
        raise NeedsHost("a list whose size depends on indices that are computed in the same program")
    return _with_rows_on_device(jax, input_handle, tensor, indices)


def _scatter_into_ok(xp: ArrayModule, input_handle: TensorList, tensor: Array, indices: Array, *, _array: str) -> Array:
    return _indices_in_range(xp, indices, input_handle.length if _array == "fixed" else np.iinfo(np.int32).max)


def _scatter_into_message(input_handle: TensorList, tensor: Array, indices: Array) -> str:
    if np.min(indices) < 0:
        return "Indices in TensorListScatter must all be non-negative."
    return (f"Tried to write to index {_first_outside(indices, input_handle.length)} but array is not resizeable and "
            f"size is: {input_handle.length}")


def _scatter_into_shape(input_handle: TensorShape, tensor: TensorShape, indices: StaticInput
                        ) -> TensorShape:
    shape_rules.with_rank(indices.shape, 1)
    shape_rules.with_rank_at_least(tensor, 1)
    return shape_rules.SCALAR


def _scatter_into_gradient(g: GradientBuilder, op: Operation, dlist: Tensor) -> Cotangents:
    _, tensor, indices = op.inputs
    rows = None
    if is_differentiable(op):
        rows = g.TensorListGather(dlist, indices, rest_shape(g, tensor), element_dtype=op.attributes["element_dtype"])
    if op.attributes["_array"]:  # elements of a TensorArray had no value before
        return [dlist, rows, None]
    return [g.TensorListScatterIntoExistingList(dlist, zeros_of(g, tensor), indices), rows, None]


def _scatter_into_static(op: Operation) -> tuple[str, ...]:
    return () if op.attributes["_array"] == "fixed" else ("indices",)


TENSOR_LIST_SCATTER_INTO = define_op(
    "TensorListScatterIntoExistingList", inputs="input_handle: variant, tensor: element_dtype, indices: int32",
    outputs="output_handle: variant", attrs=f"element_dtype: type, {WRITES}", static_inputs=("indices",),
    static_rule=_scatter_into_static, shape=_scatter_into_shape, kernel=_scatter_into_kernel,
    lower=_scatter_into_lower, gradient=_scatter_into_gradient,
    guard=Guard(_scatter_into_ok, _scatter_into_message, ("input_handle", "indices"), InvalidArgumentError))
