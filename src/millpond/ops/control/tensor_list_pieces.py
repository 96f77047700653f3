"""Lists of tensors: elements side by side along their first dimension, and lists behind each other."""

from __future__ import annotations

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.dtypes import DType
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.control import list_layouts
from millpond.ops.control.list_elements import (
    READS,
    as_sizes,
    check_dtype,
    check_item,
    is_whole,
    merged,
    note_read,
    refused,
    text,
    zeros,
)
from millpond.ops.control.list_values import DeviceList, HostList, NeedsHost, TensorList, rows, whole
from millpond.ops.control.tensor_list_batches import is_differentiable, rest_shape
from millpond.ops.dtype_sets import INDEX
from millpond.shapes import Sizes, TensorShape


def _concat_shape(input_handle: TensorShape, element_shape: StaticInput, leading_dims: StaticInput
                  ) -> tuple[TensorShape, TensorShape]:
    sizes = element_shape.as_shape().sizes
    whole = shape_rules.UNKNOWN if not sizes else TensorShape.of((None, *sizes[1:]))
    return whole, shape_rules.VECTOR


def _pieces(xp: ArrayModule, value: TensorList, asked: Sizes | None, leading: list[int]) -> list[Array]:
    """The elements to be put side by side; one that is missing is as long as `leading` or `asked` say."""
    rest = _rest(value, asked)
    pieces = []
    for i in range(value.length):
        item = value.items.get(i)
        if item is not None and not len(item.shape):
            raise refused(f"Concat saw a scalar shape at index {i} but requires at least vectors.")
        if item is None:
            pieces.append(zeros(xp, (_missing_rows(value, asked, leading, i), *rest), value.element_dtype))
            continue
        if asked and asked[0] is not None and item.shape[0] != asked[0]:
            raise refused("First entry of element_shape input does not match the first dim of list element at index: "
                          f"{i} Expected: {asked[0]} Actual: {item.shape[0]}")
        pieces.append(item)
    return pieces


def _rest(value: TensorList, asked: Sizes | None) -> tuple[int, ...]:
    """The sizes of all dimensions of an element but the first."""
    declared = value.element_shape
    rest = None if asked is None else asked[1:]
    rest = merged(rest, None if declared is None else declared[1:])
    for item in value.items.values():
        rest = merged(rest, tuple(item.shape)[1:])
    if not is_whole(rest):
        raise refused("All except the first dimension must be fully defined when concating an empty tensor list. "
                      f"element_shape: {text(asked)}")
    return whole(rest)


def _missing_rows(value: TensorList, asked: Sizes | None, leading: list[int], index: int) -> int:
    if index < len(leading):
        return leading[index]
    for sizes in (asked, value.known_shape()):
        if sizes and sizes[0] is not None:
            return sizes[0]
    raise refused(f"Concating a list of which the element at index {index} is uninitialized, and its first dimension "
                  "is told neither by element_shape nor by leading_dims.")


def _concat(xp: ArrayModule, value: TensorList, element_shape: np.ndarray, leading_dims: np.ndarray
            ) -> tuple[Array, ...]:
    asked = as_sizes(element_shape)
    pieces = _pieces(xp, value, asked, leading_dims.tolist())
    if not pieces:
        return xp.zeros((0, *_rest(value, asked)), value.element_dtype), np.zeros(0, np.int64)
    return xp.concatenate(pieces), np.array([piece.shape[0] for piece in pieces], np.int64)


def _concat_kernel(xp: ArrayModule, input_handle: HostList, element_shape: Array, leading_dims: Array, *,
                   element_dtype: DType, _read_number: int) -> tuple[Array, ...]:
    check_dtype(input_handle, element_dtype)
    note_read(input_handle, range(input_handle.length), _read_number)
    return _concat(np, input_handle, element_shape, leading_dims)


def _concat_lower(jax: Jax, input_handle: DeviceList, element_shape: Array, leading_dims: Array, *,
                  element_dtype: DType, _read_number: int) -> tuple[Array, ...]:
    value, jnp = input_handle, jax.numpy
    check_dtype(value, element_dtype)
    if not value.has_known_length:
        raise NeedsHost("joining a list whose number of elements is computed in the same program")
    note_read(value, range(value.length), _read_number)
    if value.spot is not None:
        value = list_layouts.settled(jax, value)
    if value.buffer is None:
        return _concat(jnp, value, element_shape, leading_dims)
    sizes = tuple(value.buffer.shape[1:])
    if not sizes:
        raise refused("Concat saw a scalar shape at index 0 but requires at least vectors.")
    merged(as_sizes(element_shape), sizes)
    whole = jnp.reshape(value.buffer[:value.length], (value.length * sizes[0], *sizes[1:]))
    return whole, np.full(value.length, sizes[0], np.int64)


def _concat_gradient(g: GradientBuilder, op: Operation, dy: Tensor, _: Tensor | None) -> Cotangents:
    lengths = op.outputs[1]
    return [g.TensorListSplit(dy, op.inputs[1], lengths), None, None]


TENSOR_LIST_CONCAT_V2 = define_op(
    "TensorListConcatV2", inputs="input_handle: variant, element_shape: shape_type, leading_dims: int64",
    outputs="tensor: element_dtype, lengths: int64", attrs=f"element_dtype: type, shape_type: {INDEX}, {READS}",
    static_inputs=("element_shape", "leading_dims"), shape=_concat_shape, kernel=_concat_kernel, lower=_concat_lower,
    gradient=_concat_gradient)


_NO_LENGTHS = np.zeros(0, np.int64)


def _old_concat_shape(input_handle: TensorShape, *, element_shape: TensorShape) -> tuple[TensorShape, TensorShape]:
    whole = TensorShape.of((None, *element_shape.sizes[1:])) if element_shape.sizes else shape_rules.UNKNOWN
    return whole, shape_rules.VECTOR


def _as_input(shape: TensorShape) -> np.ndarray:
    """A shape as ops are given it at run time."""
    known = -1 if shape.sizes is None else [-1 if size is None else size for size in shape.sizes]
    return np.asarray(known, np.int32)


def _old_concat_kernel(xp: ArrayModule, input_handle: HostList, *, element_dtype: DType, element_shape: TensorShape
                       ) -> tuple[Array, ...]:
    return _concat_kernel(xp, input_handle, _as_input(element_shape), _NO_LENGTHS, element_dtype=element_dtype,
                          _read_number=-1)


def _old_concat_lower(jax: Jax, input_handle: DeviceList, *, element_dtype: DType, element_shape: TensorShape
                      ) -> tuple[Array, ...]:
    return _concat_lower(jax, input_handle, _as_input(element_shape), _NO_LENGTHS, element_dtype=element_dtype,
                         _read_number=-1)


def _old_concat_gradient(g: GradientBuilder, op: Operation, dy: Tensor, _: Tensor | None) -> Cotangents:
    return [g.TensorListSplit(dy, g.constant(_as_input(op.attributes["element_shape"])), op.outputs[1])]


TENSOR_LIST_CONCAT = define_op(
    "TensorListConcat", inputs="input_handle: variant", outputs="tensor: element_dtype, lengths: int64",
    attrs="element_dtype: type, element_shape: shape = None", shape=_old_concat_shape, kernel=_old_concat_kernel,
    lower=_old_concat_lower, gradient=_old_concat_gradient)


def _split_shape(tensor: TensorShape, element_shape: StaticInput, lengths: StaticInput) -> TensorShape:
    shape_rules.with_rank(lengths.shape, 1)
    rest = shape_rules.with_rank_at_least(tensor, 1)[1:]
    sizes = element_shape.as_shape().sizes
    if sizes is not None:
        rest.merge_with(TensorShape.of(sizes[1:]))
    return shape_rules.SCALAR


def _check_lengths(tensor: Array, lengths: np.ndarray, identical: bool) -> None:
    if not len(tensor.shape):
        raise refused("Tensor must be at least a vector, but saw shape: []")
    end = 0
    for length in lengths.tolist():
        if length < 0:
            raise refused(f"Invalid value in lengths: {length}")
        if end + length > tensor.shape[0]:
            raise refused(f"Attempting to slice [{end}, {end + length}] from tensor with length {tensor.shape[0]}")
        end += length
    if end < tensor.shape[0]:
        raise refused(f"Unused values in tensor. Length of tensor: {tensor.shape[0]} Values used: {end}")
    for i, length in enumerate(lengths.tolist() if identical else []):
        if length != lengths[0]:
            raise refused(f"Could not write to TensorArray index {i} because the value shape is "
                          f"{text((length, *tensor.shape[1:]))} which is incompatible with the TensorArray's inferred "
                          f"element shape: {text((int(lengths[0]), *tensor.shape[1:]))} (consider setting "
                          "infer_shape=False).")


def _split_pieces(tensor: Array, lengths: np.ndarray) -> dict[int, Array]:
    ends = np.cumsum(lengths).tolist()
    return {i: tensor[end - length:end] for i, (length, end) in enumerate(zip(lengths.tolist(), ends, strict=True))}


def _split_kernel(xp: ArrayModule, tensor: Array, element_shape: Array, lengths: Array, *, _identical: bool
                  ) -> HostList:
    _check_lengths(tensor, lengths, _identical)
    return HostList(_split_pieces(tensor, lengths), len(lengths), tensor.dtype, as_sizes(element_shape))


def _split_lower(jax: Jax, tensor: Array, element_shape: Array, lengths: Array, *, _identical: bool) -> DeviceList:
    _check_lengths(tensor, lengths, _identical)
    dtype, count = np.dtype(tensor.dtype), len(lengths)
    if count and len(set(lengths.tolist())) == 1:
        pieces = jax.numpy.reshape(tensor, (count, int(lengths[0]), *tensor.shape[1:]))
        return DeviceList(dtype, count, buffer=pieces)
    return DeviceList(dtype, count, as_sizes(element_shape), items=_split_pieces(tensor, lengths))


def _split_gradient(g: GradientBuilder, op: Operation, dlist: Tensor) -> Cotangents:
    if not is_differentiable(op):
        return [None] * 3
    tensor, _, lengths = op.inputs
    rest = g.ConcatV2([[-1], rest_shape(g, tensor)], 0)
    return [g.TensorListConcatV2(dlist, rest, lengths, element_dtype=op.attributes["element_dtype"])[0], None, None]


TENSOR_LIST_SPLIT = define_op(
    "TensorListSplit", inputs="tensor: element_dtype, element_shape: shape_type, lengths: int64",
    outputs="output_handle: variant", attrs=f"element_dtype: type, shape_type: {INDEX}, _identical: bool = False",
    static_inputs=("element_shape", "lengths"), shape=_split_shape, kernel=_split_kernel, lower=_split_lower,
    gradient=_split_gradient)


# Lists behind each other, and lists of lists.


def _concat_lists_kernel(xp: ArrayModule, input_a: HostList, input_b: HostList, *, element_dtype: DType) -> HostList:
    _check_pair(input_a, input_b, element_dtype)
    moved = {i + input_a.length: item for i, item in input_b.items.items()}
    return input_a.replaced({**input_a.items, **moved}, input_a.length + input_b.length)


def _check_pair(a: TensorList, b: TensorList, dtype: DType) -> None:
    check_dtype(a, dtype)
    check_dtype(b, dtype)
    merged(a.element_shape, b.element_shape)


def _concat_lists_lower(jax: Jax, input_a: DeviceList, input_b: DeviceList, *, element_dtype: DType) -> DeviceList:
    a, b = input_a, input_b
    _check_pair(a, b, element_dtype)
    if not (a.has_known_length and b.has_known_length):
        raise NeedsHost("joining lists whose number of elements is computed in the same program")
    length = a.length + b.length
    if all(value.buffer is None and value.spot is None for value in (a, b)):
        return a.replaced(items={**a.items, **{i + a.length: item for i, item in b.items.items()}}, length=length)
    sizes = merged(a.known_shape(), b.known_shape())
    parts = list_layouts.alike(jax, [value.replaced(element_shape=sizes) if value.buffer is None else value
                                     for value in (a, b)])
    return DeviceList(a.element_dtype, length, buffer=list_layouts.joined(
        jax, [rows(part.buffer, value.length) for part, value in zip(parts, (a, b), strict=True)]))


TENSOR_LIST_CONCAT_LISTS = define_op(
    "TensorListConcatLists", inputs="input_a: variant, input_b: variant", outputs="output: variant",
    attrs="element_dtype: type", shape=shape_rules.merged, kernel=_concat_lists_kernel, lower=_concat_lists_lower,
    gradient=NOT_DIFFERENTIABLE)


def _push_batch_shape(input_handles: TensorShape, tensor: TensorShape) -> TensorShape:
    handles, rows = shape_rules.with_rank(input_handles, 1), shape_rules.with_rank_at_least(tensor, 1)
    return handles.merge_with(rows[:1])


def _push_batch_kernel(xp: ArrayModule, input_handles: Array, tensor: Array) -> Array:
    if len(input_handles) != len(tensor):
        raise refused(f"The tensor to append must have a row for each of the {len(input_handles)} lists, but it has "
                      f"{len(tensor)}.")
    after = np.empty(len(input_handles), object)
    for i, value in enumerate(input_handles):
        item = tensor[i, ...]
        check_item(value, item, "Tried to append a tensor with incompatible shape to a list")
        after[i] = value.with_item(value.length, item)
    return after


# A row for each of many lists, which lie in a vector: that is for the host alone.
TENSOR_LIST_PUSH_BACK_BATCH = define_op(
    "TensorListPushBackBatch", inputs="input_handles: variant, tensor: element_dtype",
    outputs="output_handles: variant", attrs="element_dtype: type", shape=_push_batch_shape, kernel=_push_batch_kernel,
    gradient=NOT_DIFFERENTIABLE)
