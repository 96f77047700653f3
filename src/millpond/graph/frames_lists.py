"""Nodes on tensor arrays and stacks as nodes on tensor lists.

    TensorArrayV3   -> TensorListReserve          StackV2     -> EmptyTensorList
    TensorArrayWriteV3 -> TensorListSetItem       StackPushV2 -> TensorListPushBack
    TensorArrayReadV3  -> TensorListGetItem       StackPopV2  -> TensorListPopBack

and so on; V1 and V2 of each alike. The node keeps its name. A `TensorArrayGradV3` gives its flow only: the list of the
gradients is made where it is first used, as long as the array is then. What is written to it is added to what is
there, and what has not been written is zeros of the shape that the array's own element has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from tensorboard.compat.proto import attr_value_pb2, tensor_shape_pb2, types_pb2

from millpond.graph.frames_arrays import CLOSING, GRADIENT, Array, Handled, family
from millpond.graph.frames_graph import Tensor, Vertex, attr_of, attr_or, type_attr

# Output arguments of the ops written here.
OUTPUTS = {
    "AddN": ("sum",),
    "AddV2": ("z",),
    "ConcatV2": ("output",),
    "Cast": ("y",),
    "Const": ("output",),
    "EmptyTensorList": ("handle",),
    "Identity": ("output",),
    "Pack": ("output",),
    "Shape": ("output",),
    "StridedSlice": ("output",),
    "TensorListConcatV2": ("tensor", "lengths"),
    "TensorListFromTensor": ("output_handle",),
    "TensorListGather": ("values",),
    "TensorListGetItem": ("item",),
    "TensorListLength": ("length",),
    "TensorListPopBack": ("output_handle", "tensor"),
    "TensorListPushBack": ("output_handle",),
    "TensorListReserve": ("handle",),
    "TensorListScatterIntoExistingList": ("output_handle",),
    "TensorListSetItem": ("output_handle",),
    "TensorListSplit": ("output_handle",),
    "TensorListStack": ("tensor",),
    "Tile": ("output",),
}
_INT32, _INT64, _VARIANT = types_pb2.DT_INT32, types_pb2.DT_INT64, types_pb2.DT_VARIANT


class Scope(Protocol):
    """What is being written: a function, or the graph. Tensors are told by the text that a node's `input` has."""

    def text(self, tensor: Tensor) -> str:
        """A tensor."""

    def gives(self, tensor: Tensor, text: str) -> None:
        """Tells what a tensor has become."""

    def add(self, op: str, inputs: list[str], attr: Mapping[str, Any], at: Vertex, own: bool = False,
            keeps: Sequence[str | int] | None = None) -> list[str]:
        """Adds a node near a vertex, or (`own`) the one that takes its place, and gives its outputs.

        Where the outputs of the vertex are not those of the new node, `keeps` tells them: a tensor, or the number of an
        output.
        """

    def numbers(self, values: int | list[int] | float, type: int) -> str:
        """A constant."""

    def list_of(self, array: Array, user: Vertex) -> str:
        """The list that a vertex finds an array to be."""

    def changes(self, array: Array, user: Vertex, text: str) -> None:
        """Tells the list that an array is behind a vertex."""

    def is_new(self, array: Array) -> bool:
        """Whether nothing has been written to an array yet, for certain."""


def write_list_node(scope: Scope, vertex: Vertex, handled: Handled | None) -> None:
    """Writes what takes the place of a node that makes or uses an array."""
    base = family(vertex.op)
    if base in CLOSING:
        scope.add("NoOp", [], {}, vertex, own=True)
    elif base == "TensorArray":
        _make_array(scope, vertex)
    elif base == "Stack":
        size = scope.text(vertex.inputs[0]) if vertex.inputs else scope.numbers(-1, _INT32)
        attr = attr_of(type_element_dtype=_kept_type(vertex), type_shape_type=_INT32)
        made = scope.add("EmptyTensorList", [scope.numbers(-1, _INT32), size], attr, vertex, own=True)
        scope.gives((vertex, 0), made[0])
    else:
        assert handled is not None
        _NODES[base](scope, vertex, handled)


def _make_array(scope: Scope, vertex: Vertex) -> None:
    shape = scope.numbers(*_shape_numbers(attr_or(vertex, "element_shape", _UNKNOWN).shape))
    attr = attr_of(type_element_dtype=type_attr(vertex, "dtype"), type_shape_type=_INT32)
    flow = scope.numbers(0.0, types_pb2.DT_FLOAT)
    made = scope.add("TensorListReserve", [shape, scope.text(vertex.inputs[0])], attr, vertex, True, [0, flow])
    scope.gives((vertex, 0), made[0])
    scope.gives((vertex, 1), flow)


_UNKNOWN = attr_value_pb2.AttrValue(shape=tensor_shape_pb2.TensorShapeProto(unknown_rank=True))


def _shape_numbers(shape: Any, *first: int) -> tuple[int | list[int], int]:
    return (-1 if shape.unknown_rank else [*first, *(dim.size for dim in shape.dim)]), _INT32


def _kept_type(vertex: Vertex) -> int:
    type = type_attr(vertex, "elem_type")
    return _VARIANT if type == types_pb2.DT_RESOURCE else type


def _push(scope: Scope, vertex: Vertex, handled: Handled) -> None:
    item = scope.text(vertex.inputs[0]) if handled.value is None else scope.list_of(handled.value, vertex)
    type = type_attr(vertex, "T") if handled.value is None else _VARIANT
    inputs = [scope.list_of(handled.array, vertex), item]
    made = scope.add("TensorListPushBack", inputs, attr_of(type_element_dtype=type), vertex, True, [item])
    scope.gives((vertex, 0), item)
    scope.changes(handled.array, vertex, made[0])


def _pop(scope: Scope, vertex: Vertex, handled: Handled) -> None:
    inputs = [scope.list_of(handled.array, vertex), scope.numbers(-1, _INT32)]
    made = scope.add("TensorListPopBack", inputs, attr_of(type_element_dtype=_kept_type(vertex)), vertex, True, [1])
    scope.gives((vertex, 0), made[1])
    scope.changes(handled.array, vertex, made[0])


def _gradient(scope: Scope, vertex: Vertex, handled: Handled) -> None:
    """Only the flow is left, and the order that it gives."""
    scope.list_of(handled.array, vertex)
    flow = scope.add("Identity", [scope.text(vertex.inputs[0])], attr_of(type_T=types_pb2.DT_FLOAT), vertex, own=True)
    scope.gives((vertex, 1), flow[0])


def _write(scope: Scope, vertex: Vertex, handled: Handled) -> None:
    index, item, flow = (scope.text(tensor) for tensor in vertex.inputs)
    type, array = type_attr(vertex, "T"), handled.array
    before = scope.list_of(array, vertex)
    if array.forward is not None:
        shape = scope.add("Shape", [item], attr_of(type_T=type, type_out_type=_INT32), vertex)[0]
        old = scope.add("TensorListGetItem", [before, index, shape], attr_of(type_element_dtype=type), vertex)[0]
        item = scope.add("AddV2", [old, item], attr_of(type_T=type), vertex)[0]
    attr = attr_of(type_element_dtype=type)
    if array.is_dynamic:
        attr |= attr_of(b_resize_if_index_out_of_bounds=True)
    made = scope.add("TensorListSetItem", [before, index, item], attr, vertex, True, [flow])
    _changed(scope, vertex, array, made[0], flow)


def _changed(scope: Scope, vertex: Vertex, array: Array, text: str, flow: str) -> None:
    scope.changes(array, vertex, text)
    scope.gives((vertex, 0), flow)


def _read(scope: Scope, vertex: Vertex, handled: Handled) -> None:
    attr = attr_of(type_element_dtype=type_attr(vertex, "dtype"))
    index = scope.text(vertex.inputs[0])
    shape = scope.numbers(-1, _INT32)
    if handled.array.forward is not None:
        own = scope.add("TensorListGetItem", [scope.list_of(handled.array.forward, vertex), index, shape], attr, vertex)
        shape = _prepended(scope, vertex, handled, scope.add("Shape", own, _shape_attr(vertex), vertex)[0])
    made = scope.add("TensorListGetItem", [scope.list_of(handled.array, vertex), index, shape], attr, vertex, own=True)
    scope.gives((vertex, 0), made[0])


def _prepended(scope: Scope, vertex: Vertex, handled: Handled, shape: str) -> str:
    """The shape of an element of a gradient, given that of the array's own."""
    if handled.array.prepended is None:
        return shape
    sizes = [scope.text(vertex.inputs[-1]), shape, scope.numbers(0, _INT32)]
    return scope.add("ConcatV2", sizes, attr_of(type_T=_INT32, type_Tidx=_INT32, i_N=2), vertex)[0]


def _shape_attr(vertex: Vertex, name: str = "dtype") -> dict[str, Any]:
    return attr_of(type_T=type_attr(vertex, name), type_out_type=_INT32)


def _without_first(scope: Scope, shape: str, vertex: Vertex) -> str:
    """The sizes of a shape but for the first."""
    one, zero = scope.numbers([1], _INT32), scope.numbers([0], _INT32)
    attr = attr_of(type_T=_INT32, type_Index=_INT32, i_end_mask=1)
    return scope.add("StridedSlice", [shape, one, zero, one], attr, vertex)[0]


def _gather(scope: Scope, vertex: Vertex, handled: Handled) -> None:
    attr = attr_of(type_element_dtype=type_attr(vertex, "dtype"))
    indices = scope.text(vertex.inputs[0])
    known = attr_or(vertex, "element_shape", _UNKNOWN).shape
    shape = scope.numbers(*_shape_numbers(known))
    if handled.array.forward is not None and (known.unknown_rank or any(dim.size < 0 for dim in known.dim)):
        forward = scope.list_of(handled.array.forward, vertex)
        own = scope.add("TensorListGather", [forward, indices, scope.numbers(-1, _INT32)], attr, vertex)
        shape = _without_first(scope, scope.add("Shape", own, _shape_attr(vertex), vertex)[0], vertex)
        shape = _prepended(scope, vertex, handled, shape)
    made = scope.add("TensorListGather", [scope.list_of(handled.array, vertex), indices, shape], attr, vertex, own=True)
    scope.gives((vertex, 0), made[0])


def _scatter(scope: Scope, vertex: Vertex, handled: Handled) -> None:
    indices, value, flow = (scope.text(tensor) for tensor in vertex.inputs)
    type, array = type_attr(vertex, "T"), handled.array
    before = scope.list_of(array, vertex)
    if array.forward is not None and not scope.is_new(array):
        shape = _without_first(scope, scope.add("Shape", [value], _shape_attr(vertex, "T"), vertex)[0], vertex)
        old = scope.add("TensorListGather", [before, indices, shape], attr_of(type_element_dtype=type), vertex)[0]
        value = scope.add("AddV2", [old, value], attr_of(type_T=type), vertex)[0]
    made = scope.add("TensorListScatterIntoExistingList", [before, value, indices], attr_of(type_element_dtype=type),
                     vertex, True, [flow])
    _changed(scope, vertex, array, made[0], flow)


def _concat(scope: Scope, vertex: Vertex, handled: Handled) -> None:
    shape = scope.numbers(*_shape_numbers(attr_or(vertex, "element_shape_except0", _UNKNOWN).shape, -1))
    attr = attr_of(type_element_dtype=type_attr(vertex, "dtype"), type_shape_type=_INT32)
    sizes = scope.numbers([], _INT64)
    if handled.array.prepended is not None:
        sizes = _first_sizes(scope, vertex, scope.list_of(handled.array, vertex))
    elif handled.array.forward is not None:
        forward = scope.list_of(handled.array.forward, vertex)
        sizes = scope.add("TensorListConcatV2", [forward, shape, sizes], attr, vertex)[1]
    made = scope.add("TensorListConcatV2", [scope.list_of(handled.array, vertex), shape, sizes], attr, vertex, own=True)
    scope.gives((vertex, 0), made[0])
    scope.gives((vertex, 1), made[1])


def _first_sizes(scope: Scope, vertex: Vertex, elements: str) -> str:
    """The first size of each element of a gradient whose elements have more dimensions: one number for all."""
    zero, one = scope.numbers([0], _INT32), scope.numbers([1], _INT32)
    slicing = attr_of(type_T=_INT32, type_Index=_INT32)
    first = scope.add("StridedSlice", [scope.text(vertex.inputs[-1]), zero, one, one], slicing, vertex)
    wide = scope.add("Cast", first, attr_of(type_SrcT=_INT32, type_DstT=_INT64), vertex)
    count = scope.add("TensorListLength", [elements], {}, vertex)
    counts = scope.add("Pack", count, attr_of(type_T=_INT32, i_N=1), vertex)
    return scope.add("Tile", [*wide, *counts], attr_of(type_T=_INT64, type_Tmultiples=_INT32), vertex)[0]


def _split(scope: Scope, vertex: Vertex, handled: Handled) -> None:
    value, lengths, flow = (scope.text(tensor) for tensor in vertex.inputs)
    attr = attr_of(type_element_dtype=type_attr(vertex, "T"), type_shape_type=_INT32)
    _replace(scope, vertex, handled.array, "TensorListSplit", [value, scope.numbers(-1, _INT32), lengths], attr, flow)


def _unpack(scope: Scope, vertex: Vertex, handled: Handled) -> None:
    value, flow = (scope.text(tensor) for tensor in vertex.inputs)
    attr = attr_of(type_element_dtype=type_attr(vertex, "T"), type_shape_type=_INT32)
    _replace(scope, vertex, handled.array, "TensorListFromTensor", [value, scope.numbers(-1, _INT32)], attr, flow)


def _replace(scope: Scope, vertex: Vertex, array: Array, op: str, inputs: list[str], attr: dict[str, Any], flow: str
             ) -> None:
    """Writes what sets all elements of an array at once."""
    before = scope.list_of(array, vertex)
    if array.forward is None or scope.is_new(array):
        made = scope.add(op, inputs, attr, vertex, True, [flow])
    else:
        added = scope.add(op, inputs, attr, vertex)
        made = scope.add("AddN", [before, *added], attr_of(type_T=_VARIANT, i_N=2), vertex, True, [flow])
    _changed(scope, vertex, array, made[0], flow)


def _size(scope: Scope, vertex: Vertex, handled: Handled) -> None:
    made = scope.add("TensorListLength", [scope.list_of(handled.array, vertex)], {}, vertex, own=True)
    scope.gives((vertex, 0), made[0])


def _pack(scope: Scope, vertex: Vertex, handled: Handled) -> None:
    shape = scope.numbers(*_shape_numbers(attr_or(vertex, "element_shape", _UNKNOWN).shape))
    attr = attr_of(type_element_dtype=type_attr(vertex, "dtype"), i_num_elements=-1)
    made = scope.add("TensorListStack", [scope.list_of(handled.array, vertex), shape], attr, vertex, own=True)
    scope.gives((vertex, 0), made[0])


_NODES: dict[str, Callable[[Scope, Vertex, Handled], None]] = {
    "StackPush": _push,
    "StackPop": _pop,
    GRADIENT: _gradient,
    "TensorArrayWrite": _write,
    "TensorArrayRead": _read,
    "TensorArrayGather": _gather,
    "TensorArrayScatter": _scatter,
    "TensorArrayConcat": _concat,
    "TensorArraySplit": _split,
    "TensorArrayUnpack": _unpack,
    "TensorArraySize": _size,
    "TensorArrayPack": _pack,
}
