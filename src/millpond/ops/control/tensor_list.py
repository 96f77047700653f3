"""Lists of tensors, of dtype `variant`: making one, and its elements one by one.

They are the values behind `tf.TensorArray`, and what loops keep for their gradients. Every op gives a new list and
leaves the one that it was given as it is; XLA updates in place where nobody looks at the old one again.
`tensor_list_batches.py` has the ops on many elements at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.opdef import NOT_DIFFERENTIABLE, Guard, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.control import list_layouts
from millpond.ops.control.list_elements import (
    READS,
    WRITES,
    all_elements,
    as_index,
    as_sizes,
    check_dtype,
    check_item,
    marked,
    merged,
    note_read,
    note_write,
    refused,
)
from millpond.ops.control.list_values import (
    DeviceList,
    HostList,
    NeedsHost,
    Spot,
    TensorList,
    mapped,
    row,
    rows,
    sizes_of,
)
from millpond.ops.dtype_sets import INDEX
from millpond.shapes import Sizes, TensorShape


def zeros_of(g: GradientBuilder, item: Tensor) -> Tensor:
    """Zeros of an element's shape, which do not need the element where the shape is known while building."""
    if item.shape.is_fully_defined():
        return g.Fill(g.shape(item), g.constant(0, item))
    return g.zeros_like(item)


def as_long_as(handle: Tensor) -> Tensor:
    """The earliest of the lists that a list was made of by writing elements: it has as many of them.

    Gradients need no more of a list than that, and a loop need not keep a list for each iteration.
    """
    while handle.op.type in ("Identity", "TensorListSetItem", "TensorListScatterIntoExistingList"):
        attributes = handle.op.attributes
        if attributes.get("resize_if_index_out_of_bounds") or attributes.get("_array", "fixed") == "dynamic" or (
                handle.op.type == "TensorListScatterIntoExistingList" and not attributes["_array"]):
            break
        handle = handle.op._inputs[0]
    return handle


def _size_of(number: Array) -> int:
    """A number of elements that must be known while tracing.

    Raises:
      NeedsHost: If it is computed.
    """
    if not isinstance(number, np.ndarray):
        raise NeedsHost("a list of a size that is computed in the same program")
    return int(number)


# Making one.


def _empty_kernel(xp: ArrayModule, element_shape: Array, max_num_elements: Array, *, element_dtype: DType) -> HostList:
    return HostList({}, 0, element_dtype.np_dtype, as_sizes(element_shape), most=_limit(max_num_elements))


def _limit(number: Array) -> int | None:
    """How long a list may become. Compiled code looks at a number that is known: others would be compiled anew for."""
    return None if not isinstance(number, np.ndarray) or int(number) < 0 else int(number)


def _empty_lower(jax: Jax, element_shape: Array, max_num_elements: Array, *, element_dtype: DType) -> DeviceList:
    return DeviceList(element_dtype.np_dtype, 0, as_sizes(element_shape), most=_limit(max_num_elements))


EMPTY_TENSOR_LIST = define_op(
    "EmptyTensorList", inputs="element_shape: shape_type, max_num_elements: int32", outputs="handle: variant",
    attrs=f"element_dtype: type, shape_type: {INDEX}", static_inputs=("element_shape",),
    shape=shape_rules.scalar, kernel=_empty_kernel, lower=_empty_lower, gradient=NOT_DIFFERENTIABLE)


def _reserve_kernel(xp: ArrayModule, element_shape: Array, num_elements: Array, *, element_dtype: DType) -> HostList:
    return HostList({}, _checked_size(num_elements), element_dtype.np_dtype, as_sizes(element_shape))


def _reserve_lower(jax: Jax, element_shape: Array, num_elements: Array, *, element_dtype: DType) -> DeviceList:
    return DeviceList(element_dtype.np_dtype, _checked_size(num_elements), as_sizes(element_shape))


def _checked_size(number: Array) -> int:
    size = _size_of(number)
    if size < 0:
        raise refused(f"The num_elements to reserve must be a non negative number, but got {size}")
    return size


TENSOR_LIST_RESERVE = define_op(
    "TensorListReserve", inputs="element_shape: shape_type, num_elements: int32", outputs="handle: variant",
    attrs=f"element_dtype: type, shape_type: {INDEX}", static_inputs=("element_shape", "num_elements"),
    shape=shape_rules.scalar, kernel=_reserve_kernel, lower=_reserve_lower, gradient=NOT_DIFFERENTIABLE)


# Elements by index.


def _set_item_kernel(xp: ArrayModule, input_handle: HostList, index: Array, item: Array, *, _array: str,
                     _identical: bool) -> HostList:
    i = int(index)
    note_write(input_handle, [i], sizes_of(item), _array, _identical)
    check_item(input_handle, item, "Tried to set a tensor with incompatible shape at a list index")
    return input_handle.with_item(i, item)


def _set_item_lower(jax: Jax, input_handle: DeviceList, index: Array, item: Array, *, _array: str, _identical: bool,
                    resize_if_index_out_of_bounds: bool) -> DeviceList:
    value, i, jnp = input_handle, as_index(index), jax.numpy
    note_write(value, [i], sizes_of(item), _array, _identical)
    check_item(value, item, "Tried to set a tensor with incompatible shape at a list index")
    if isinstance(i, int) and value.buffer is None and value.spot is None and value.has_known_length:
        return value.replaced(items={**value.items, i: item}, length=max(value.length, i + 1), marks=marked(value, i))
    if value.is_blank and value.has_known_length and not resize_if_index_out_of_bounds:
        return value.replaced(spot=Spot(index, item), marks=marked(value, i))
    value, item = list_layouts.settled_for(jax, value, item)
    if not resize_if_index_out_of_bounds:
        return _with_element(jax, value, index, item, i)
    if value.has_known_length and isinstance(i, int):
        value = list_layouts.with_capacity(jax, value, i + 1)
        return _with_element(jax, value, index, item, i).replaced(length=max(value.length, i + 1))
    if not value.grows:
        raise NeedsHost("a list whose size depends on an index that is computed in the same program")
    # What there is no room for is counted, and the loop begins anew with more.
    grown = jnp.maximum(jnp.asarray(value.length, np.int32), jnp.asarray(index, np.int32) + 1)
    return _with_element(jax, value, index, item, i).replaced(length=grown)


def _with_element(jax: Jax, value: DeviceList, index: Array, item: Array, key: Any) -> DeviceList:
    """A list of the form "buffer" with one element set. Where there is no room for it, the last one is set: a loop in
    which that happens counts for nothing, and begins anew with more room."""
    assert value.buffer is not None
    if value.capacity == 0:
        return value.replaced(marks=marked(value, key))
    return value.replaced(buffer=list_layouts.with_row(jax, value.buffer, index, item), marks=marked(value, key))


def _set_item_ok(xp: ArrayModule, input_handle: TensorList, index: Array, item: Array, *,
                 resize_if_index_out_of_bounds: bool) -> Array:
    if resize_if_index_out_of_bounds:
        return xp.greater_equal(index, 0)
    return _in_range(xp, input_handle, index)


def _in_range(xp: ArrayModule, value: TensorList, index: Array) -> Array:
    return xp.logical_and(xp.greater_equal(index, 0), xp.less(index, value.length))


def _set_item_message(input_handle: TensorList, index: Array, item: Array, *, _array: str) -> str:
    if _array == "fixed":
        return f"Tried to write to index {index} but array is not resizeable and size is: {input_handle.length}"
    return f"Trying to modify element {index} in a list with {input_handle.length} elements."


def _set_item_gradient(g: GradientBuilder, op: Operation, dlist: Tensor) -> Cotangents:
    _, index, item = op.inputs
    dtype = op.attributes["element_dtype"]
    ditem = None
    if dtype.is_floating or dtype.is_complex:
        ditem = g.TensorListGetItem(dlist, index, g.shape(item), element_dtype=dtype)
    # An element of a TensorArray had no value before.
    before = dlist if op.attributes["_array"] else g.TensorListSetItem(dlist, index, zeros_of(g, item))
    return [before, None, ditem]


TENSOR_LIST_SET_ITEM = define_op(
    "TensorListSetItem", inputs="input_handle: variant, index: int32, item: element_dtype",
    outputs="output_handle: variant",
    attrs=f"element_dtype: type, resize_if_index_out_of_bounds: bool = False, {WRITES}", shape=shape_rules.scalar,
    kernel=_set_item_kernel, lower=_set_item_lower, gradient=_set_item_gradient,
    guard=Guard(_set_item_ok, _set_item_message, ("input_handle", "index"), InvalidArgumentError,
                takes_interval=True))


def _get_item_shape(input_handle: TensorShape, index: TensorShape, element_shape: StaticInput) -> TensorShape:
    shape_rules.with_rank(index, 0)
    return element_shape.as_shape()


def _get_item_kernel(xp: ArrayModule, input_handle: HostList, index: Array, element_shape: Array, *,
                     element_dtype: DType, _read_number: int) -> Array:
    check_dtype(input_handle, element_dtype)
    i = int(index)
    note_read(input_handle, [i], _read_number)
    asked = as_sizes(element_shape)
    return host_element_at(input_handle, i, asked)


def host_element_at(value: HostList, index: int, asked: Sizes | None) -> Any:
    """One element, by an index that is in range."""
    item = value.items.get(index)
    if item is None:
        return all_elements(np, value, [index], asked)[0]
    merged(asked, sizes_of(item))
    return item


def _get_item_lower(jax: Jax, input_handle: DeviceList, index: Array, element_shape: Array, *, element_dtype: DType,
                    _read_number: int) -> Array:
    check_dtype(input_handle, element_dtype)
    asked, i = as_sizes(element_shape), as_index(index)
    note_read(input_handle, [i], _read_number)
    return element_at(jax, input_handle, i, asked)


def element_at(jax: Jax, value: DeviceList, index: Any, asked: Sizes | None) -> Array:
    """One element, by an index that is in range."""
    if isinstance(index, int) and index in value.items:
        merged(asked, sizes_of(value.items[index]))
        return value.items[index]
    if value.is_blank or (isinstance(index, int) and value.buffer is None and value.spot is None):
        return all_elements(jax.numpy, value, [-1], asked)[0]
    sizes = merged(asked, value.known_shape())
    value = list_layouts.settled(jax, value.replaced(element_shape=sizes))
    assert value.buffer is not None
    if value.capacity == 0:  # the guard refuses
        value = list_layouts.with_capacity(jax, value, 1)
    if isinstance(index, int):
        return row(value.buffer, min(index, value.capacity - 1))
    return list_layouts.row_at(jax, value.buffer, index)


def _get_item_ok(xp: ArrayModule, input_handle: TensorList, index: Array, element_shape: Array) -> Array:
    return _in_range(xp, input_handle, index)


def _get_item_message(input_handle: TensorList, index: Array, element_shape: Array, *, _read_number: int) -> str:
    if _read_number >= 0:
        return f"Tried to read from index {index} but array size is: {input_handle.length}"
    return f"Trying to access element {index} in a list with {input_handle.length} elements."


def _get_item_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    handle, index, _ = op.inputs
    return [g.TensorListSetItem(g.zeros_like(as_long_as(handle)), index, dy), None, None]


TENSOR_LIST_GET_ITEM = define_op(
    "TensorListGetItem", inputs="input_handle: variant, index: int32, element_shape: Tshape",
    outputs="item: element_dtype", attrs=f"element_dtype: type, Tshape: {INDEX} = int32, {READS}",
    static_inputs=("element_shape",), shape=_get_item_shape, kernel=_get_item_kernel, lower=_get_item_lower,
    gradient=_get_item_gradient,
    guard=Guard(_get_item_ok, _get_item_message, ("input_handle", "index"), InvalidArgumentError,
                takes_interval=True))


# The end of a list.


def _push_kernel(xp: ArrayModule, input_handle: HostList, tensor: Array) -> HostList:
    check_item(input_handle, tensor, "Tried to append a tensor with incompatible shape to a list")
    return input_handle.with_item(input_handle.length, tensor)


def _push_lower(jax: Jax, input_handle: DeviceList, tensor: Array) -> DeviceList:
    value = input_handle
    check_item(value, tensor, "Tried to append a tensor with incompatible shape to a list")
    length = value.length
    if value.has_known_length and value.buffer is None and value.spot is None:
        return value.replaced(items={**value.items, length: tensor}, length=length + 1)
    value, tensor = list_layouts.settled_for(jax, value, tensor)
    if not value.grows or value.has_known_length:
        value = list_layouts.with_capacity(jax, value, length + 1 if value.has_known_length else value.capacity + 1)
    pushed = _with_element(jax, value, length, tensor, as_index(length))
    return pushed.replaced(length=length + 1)


def _push_ok(xp: ArrayModule, input_handle: TensorList, tensor: Array) -> Array:
    return np.True_ if input_handle.most is None else xp.less(input_handle.length, input_handle.most)


def _push_message(input_handle: TensorList, tensor: Array) -> str:
    return (f"Tried to push item into a full list: list size: {input_handle.length} max_num_elements: "
            f"{input_handle.most}")


def _may_be_full(*, _bounded: bool) -> bool:
    return _bounded


def _push_gradient(g: GradientBuilder, op: Operation, dlist: Tensor) -> Cotangents:
    item = op.inputs[1]
    return list(g.TensorListPopBack(dlist, g.shape(item), element_dtype=op.attributes["element_dtype"]))


TENSOR_LIST_PUSH_BACK = define_op(
    "TensorListPushBack", inputs="input_handle: variant, tensor: element_dtype", outputs="output_handle: variant",
    attrs="element_dtype: type, _bounded: bool = True", shape=shape_rules.scalar, kernel=_push_kernel,
    lower=_push_lower, gradient=_push_gradient,
    guard=Guard(_push_ok, _push_message, ("input_handle",), InvalidArgumentError, _may_be_full))


def _pop_shape(input_handle: TensorShape, element_shape: StaticInput) -> tuple[TensorShape, TensorShape]:
    return shape_rules.SCALAR, element_shape.as_shape()


def _pop_kernel(xp: ArrayModule, input_handle: HostList, element_shape: Array, *, element_dtype: DType
                ) -> tuple[HostList, Array]:
    check_dtype(input_handle, element_dtype)
    asked, last = as_sizes(element_shape), input_handle.length - 1
    item = host_element_at(input_handle, last, asked)
    return input_handle.without_last(), item


def _pop_lower(jax: Jax, input_handle: DeviceList, element_shape: Array, *, element_dtype: DType
               ) -> tuple[DeviceList, Array]:
    check_dtype(input_handle, element_dtype)
    value, asked = input_handle, as_sizes(element_shape)
    last = value.length - 1
    item = element_at(jax, value, as_index(last), asked)
    if value.spot is not None:
        value = list_layouts.settled(jax, value)
    rest = {i: kept for i, kept in value.items.items() if i != last}
    return value.replaced(items=rest, length=last, element_shape=value.element_shape), item


def _pop_ok(xp: ArrayModule, input_handle: TensorList, element_shape: Array) -> Array:
    return xp.greater(input_handle.length, 0)


def _pop_message(input_handle: TensorList, element_shape: Array) -> str:
    return "Trying to pop from an empty list."


def _pop_gradient(g: GradientBuilder, op: Operation, dlist: Tensor | None, ditem: Tensor) -> Cotangents:
    rest = dlist if dlist is not None else g.zeros_like(op.outputs[0])
    return [g.TensorListPushBack(rest, ditem), None]


TENSOR_LIST_POP_BACK = define_op(
    "TensorListPopBack", inputs="input_handle: variant, element_shape: int32",
    outputs="output_handle: variant, tensor: element_dtype", attrs="element_dtype: type",
    static_inputs=("element_shape",), shape=_pop_shape, kernel=_pop_kernel, lower=_pop_lower, gradient=_pop_gradient,
    guard=Guard(_pop_ok, _pop_message, ("input_handle",), InvalidArgumentError))


# What is known of a list.


def _length_kernel(xp: ArrayModule, input_handle: HostList) -> Array:
    return np.asarray(input_handle.length, np.int32)


def _length_lower(jax: Jax, input_handle: DeviceList) -> Array:
    length = input_handle.length
    return np.asarray(length, np.int32) if input_handle.has_known_length else length


TENSOR_LIST_LENGTH = define_op(
    "TensorListLength", inputs="input_handle: variant", outputs="length: int32", shape=shape_rules.scalar,
    kernel=_length_kernel, lower=_length_lower, gradient=NOT_DIFFERENTIABLE, reads_shape_only=True)


def _element_shape_shape(input_handle: TensorShape) -> TensorShape:
    return shape_rules.UNKNOWN


def _element_shape_kernel(xp: ArrayModule, input_handle: TensorList, *, shape_type: DType) -> Array:
    sizes = input_handle.known_shape()
    known = -1 if sizes is None else [-1 if size is None else size for size in sizes]
    return np.asarray(known, shape_type.np_dtype)


def _element_shape_lower(jax: Jax, input_handle: DeviceList, *, shape_type: DType) -> Array:
    return _element_shape_kernel(np, input_handle, shape_type=shape_type)


TENSOR_LIST_ELEMENT_SHAPE = define_op(
    "TensorListElementShape", inputs="input_handle: variant", outputs="element_shape: shape_type",
    attrs=f"shape_type: {INDEX}", shape=_element_shape_shape, kernel=_element_shape_kernel,
    lower=_element_shape_lower, gradient=NOT_DIFFERENTIABLE, reads_shape_only=True)


def _resize_kernel(xp: ArrayModule, input_handle: HostList, size: Array) -> HostList:
    length = int(size)
    return input_handle.replaced({i: item for i, item in input_handle.items.items() if i < length}, length)


def _resize_lower(jax: Jax, input_handle: DeviceList, size: Array) -> DeviceList:
    value, length = input_handle, _size_of(size)
    if value.buffer is None and value.spot is None and value.has_known_length:
        return value.replaced(items={i: item for i, item in value.items.items() if i < length}, length=length)
    value = list_layouts.settled(jax, value)
    if value.buffer is None:
        return value.replaced(length=length)

    def inside(leaf: Array) -> Array:
        """What stands behind the end counts as missing once the list is longer."""
        places = np.arange(leaf.shape[0]).reshape(-1, *(1,) * (len(leaf.shape) - 1))
        return jax.numpy.where(places < value.length, leaf, np.zeros((), leaf.dtype))

    kept = list_layouts.with_capacity(jax, value.replaced(buffer=mapped(value.buffer, inside)), length)
    return kept.replaced(buffer=rows(kept.buffer, length), length=length)


def _resize_ok(xp: ArrayModule, input_handle: TensorList, size: Array) -> Array:
    return xp.greater_equal(size, 0)


def _resize_message(input_handle: TensorList, size: Array) -> str:
    return f"TensorListSlice expects size to be non-negative. Got: {size}"


def _resize_gradient(g: GradientBuilder, op: Operation, dlist: Tensor) -> Cotangents:
    return [g.TensorListResize(dlist, g.TensorListLength(op.inputs[0])), None]


TENSOR_LIST_RESIZE = define_op(
    "TensorListResize", inputs="input_handle: variant, size: int32", outputs="output_handle: variant",
    static_inputs=("size",), shape=shape_rules.scalar, kernel=_resize_kernel, lower=_resize_lower,
    gradient=_resize_gradient, guard=Guard(_resize_ok, _resize_message, ("size",), InvalidArgumentError))

