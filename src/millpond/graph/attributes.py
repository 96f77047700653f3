"""Attribute values: normalising what builders pass, writing them as protobuf messages and reading them.

Inside the framework an attribute is a plain value (DType, int, float, bool, str, TensorShape, NumPy array, or a
list of one of these); GraphDef and `Operation.get_attr` speak TensorFlow's types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard.compat.proto import attr_value_pb2, node_def_pb2, tensor_pb2, tensor_shape_pb2

from millpond import dtypes
from millpond.dtypes import DType
from millpond.formats import tensors
from millpond.graph.opdef import Attr
from millpond.shapes import TensorShape, as_shape

if TYPE_CHECKING:
    from millpond.graph.operation import Operation


def normalise(op_type: str, attr: Attr, value: Any) -> Any:
    """Turns what a caller gave for an attribute into the plain value that rules see.

    Raises:
      TypeError: If the value is of the wrong kind, or a dtype that the op does not allow.
      ValueError: If it is below the attribute's lower bound.
    """
    kind = attr.kind
    try:
        if kind.startswith("list("):
            one = _CONVERTERS[kind[5:-1]]
            if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
                raise TypeError("not a list")
            value = [one(item) for item in value]
        else:
            value = _CONVERTERS[kind](value)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Expected {kind} for argument '{attr.name}' of {op_type}, not {value!r} ({error})."
        ) from None
    if attr.allowed is not None:
        for item in value if isinstance(value, list) else [value]:
            _check_allowed(op_type, attr, item)
    if attr.minimum is not None:
        size = len(value) if isinstance(value, list) else value
        if size < attr.minimum:
            raise ValueError(f"Argument '{attr.name}' of {op_type} must be at least {attr.minimum}, got {size}.")
    return value


def _check_allowed(op_type: str, attr: Attr, value: Any) -> None:
    assert attr.allowed is not None
    if isinstance(value, DType):
        check_dtype(op_type, attr, value, attr.name)
    elif value not in attr.allowed:
        allowed = ", ".join(sorted(map(repr, attr.allowed)))
        raise ValueError(f"Value for attr '{attr.name}' of {op_type} is {value!r}, not one of: {allowed}.")


def check_dtype(op_type: str, attr: Attr, dtype: DType, parameter: str) -> None:
    """Raises TypeError unless the op allows this dtype."""
    if attr.allowed is not None and dtype not in attr.allowed:
        allowed = ", ".join(sorted(d.name for d in attr.allowed))
        raise TypeError(
            f"Value passed to parameter '{parameter}' of {op_type} has DataType {dtype.name}, "
            f"not in list of allowed values: {allowed}."
        )


def _to_int(value: Any) -> int:
    if isinstance(value, np.bool_):
        return int(value)  # as Python's bools are: they count as 0 and 1
    if not hasattr(value, "__index__"):
        if hasattr(value, "value") and hasattr(value.value, "__index__"):  # Dimension
            return int(value.value)
        raise TypeError("not an integer")
    return int(value)


def _to_float(value: Any) -> float:
    if isinstance(value, (str, bytes)):
        raise TypeError("not a number")
    return float(value)


def _to_bool(value: Any) -> bool:
    if not isinstance(value, (bool, np.bool_, int, np.integer)):
        raise TypeError("not a bool")
    return bool(value)


def _to_str(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value


def _to_func(value: Any) -> Any:
    if not hasattr(value, "name"):
        raise TypeError("not a function of the graph's library")
    return value


_CONVERTERS: dict[str, Any] = {
    "type": lambda value: dtypes.as_dtype(value).base_dtype, "int": _to_int, "float": _to_float, "bool": _to_bool,
    "string": _to_str, "shape": as_shape, "tensor": np.asarray, "func": _to_func,
}


def to_public(value: Any, attr: Attr | None) -> Any:
    """An attribute as `get_attr` gives it: bytes for strings, messages for shapes and tensors."""
    if isinstance(value, list):
        return [to_public(item, attr) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, TensorShape):
        return shape_proto(value)
    if isinstance(value, np.ndarray):
        return tensor_proto(value)
    return value


def shape_proto(shape: TensorShape) -> tensor_shape_pb2.TensorShapeProto:
    """A shape as a message; -1 stands for an unknown size."""
    if shape.sizes is None:
        return tensor_shape_pb2.TensorShapeProto(unknown_rank=True)
    dim = tensor_shape_pb2.TensorShapeProto.Dim
    return tensor_shape_pb2.TensorShapeProto(dim=[dim(size=-1 if n is None else n) for n in shape.sizes])


def tensor_proto(array: np.ndarray) -> tensor_pb2.TensorProto:
    return tensors.to_tensor_proto(array, dtypes.from_numpy(array.dtype).as_datatype_enum)


def attr_value(value: Any, kind: str | None = None) -> attr_value_pb2.AttrValue:
    """An attribute as an `AttrValue` message."""
    message = attr_value_pb2.AttrValue()
    if isinstance(value, list):
        message.list.SetInParent()
        for item in value:
            _set_in(message.list, item, kind[5:-1] if kind else None, append=True)
    else:
        _set_in(message, value, kind, append=False)
    return message


def _set_in(message: Any, value: Any, kind: str | None, append: bool) -> None:
    if isinstance(value, DType):
        field, value = "type", value.as_datatype_enum
    elif isinstance(value, TensorShape):
        field, value = "shape", shape_proto(value)
    elif isinstance(value, np.ndarray):
        field, value = "tensor", tensor_proto(value)
    elif isinstance(value, (str, bytes)):
        field, value = "s", value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    elif isinstance(value, (bool, np.bool_)) and kind in (None, "bool"):
        field = "b"
    elif kind == "float" or isinstance(value, float):
        field = "f"
    elif isinstance(value, int):
        field = "i"
    elif isinstance(value, attr_value_pb2.AttrValue):
        message.CopyFrom(value)
        return
    elif hasattr(value, "name"):
        field, value = "func", attr_value_pb2.NameAttrList(name=value.name)
    else:
        raise TypeError(f"an attribute of type {type(value).__name__} has no form in GraphDef")
    if append:
        getattr(message, field).append(value)
    elif field in ("shape", "tensor", "func"):
        getattr(message, field).CopyFrom(value)
    else:
        setattr(message, field, value)


_FIELDS = {"type": "type", "int": "i", "float": "f", "bool": "b", "string": "s", "shape": "shape",
           "tensor": "tensor", "func": "func"}
_KINDS = {field: kind for kind, field in _FIELDS.items()}


def from_attr_value(message: attr_value_pb2.AttrValue, kind: str | None = None, place: str = "attribute") -> Any:
    """The plain value of an `AttrValue` message: the reverse of `attr_value`.

    Args:
      message: The message.
      kind: The kind that the op's signature says; None takes the message as what it is (attributes of no signature).
      place: What errors call it.

    Returns:
      What rules see; a function (kind `func`) as its `NameAttrList` message.

    Raises:
      ValueError: If the message holds another kind, or nothing.
      DataLossError: If a tensor or shape in it is damaged.
    """
    found = message.WhichOneof("value")
    if found is None or found == "placeholder":
        raise ValueError(f"{place} has no value; expected {kind or 'one'}")
    is_list = found == "list" if kind is None else kind.startswith("list(")
    if is_list != (found == "list"):
        raise ValueError(f"{place} is {_found_kind(found, message)}; expected {kind}")
    if not is_list:
        if kind is not None and found != _FIELDS[kind]:
            raise ValueError(f"{place} is {_found_kind(found, message)}; expected {kind}")
        return _from_field(getattr(message, found), found, place)
    fields = [descriptor.name for descriptor, _ in message.list.ListFields()]
    wanted = _FIELDS[kind[5:-1]] if kind is not None else next(iter(fields), "i")
    if fields not in ([], [wanted]):
        raise ValueError(f"{place} is {_found_kind(found, message)}; expected {kind or 'items of one kind'}")
    return [_from_field(item, wanted, place) for item in getattr(message.list, wanted)]


def _found_kind(found: str, message: attr_value_pb2.AttrValue) -> str:
    if found != "list":
        return _KINDS[found]
    return " and ".join(f"list({_KINDS[field.name]})" for field, _ in message.list.ListFields()) or "an empty list"


def _from_field(value: Any, field: str, place: str) -> Any:
    if field == "type":
        try:
            return dtypes.as_dtype(value)
        except TypeError:
            raise ValueError(f"{place}: there is no DataType {value}") from None
    if field == "s":
        return value.decode("utf-8", "surrogateescape")
    if field == "shape":
        return shape_from_proto(value, place)
    if field == "tensor":
        return tensors.from_tensor_proto(value, place, keeps_filling=True)
    return value


def shape_from_proto(message: tensor_shape_pb2.TensorShapeProto, place: str = "shape") -> TensorShape:
    """The reverse of `shape_proto`.

    Raises:
      ValueError: If a size is below -1.
    """
    if message.unknown_rank:
        return TensorShape(None)
    sizes = [dim.size for dim in message.dim]
    if any(size < -1 for size in sizes):
        raise ValueError(f"{place}: the shape {sizes} has sizes below -1, which stands for unknown")
    return TensorShape([None if size == -1 else size for size in sizes])


def node_def(op: Operation) -> node_def_pb2.NodeDef:
    """A node as a message, its attributes sorted by name as TensorFlow writes them."""
    node = node_def_pb2.NodeDef(name=op.name, op=op.type, device=op.device)
    node.input.extend([tensor._as_node_def_input() for tensor in op._inputs])
    node.input.extend([f"^{control.name}" for control in op._control_inputs])
    kinds = op.definition.attrs
    for name, value in sorted(op.attributes.items()):
        if value is None:
            continue
        attr = kinds.get(name)
        if name[0] == "_" and attr is not None and value == attr.default:
            continue  # ours alone; TensorFlow passes over attributes of such names
        node.attr[name].CopyFrom(attr_value(value, attr.kind if attr else None))
    if op.colocation:
        node.attr["_class"].list.s.extend([group.encode() for group in op.colocation])
    if op.gradient_type:
        node.attr["_gradient_op_type"].s = op.gradient_type.encode()
    return node
