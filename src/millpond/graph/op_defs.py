"""Op definitions as `OpDef` messages: what a MetaGraphDef says of the op types that its graph uses."""

from __future__ import annotations

from typing import Any

from tensorboard.compat.proto import attr_value_pb2, op_def_pb2

from millpond.dtypes import DType
from millpond.graph import attributes, node_reading
from millpond.graph.opdef import Arg, Attr, OpDefinition, find

# Where what TensorFlow says does not follow from what is known of the op here.
_STATEFUL = frozenset("CheckNumerics CudnnRNNBackprop CudnnRNNBackpropV2 CudnnRNNBackpropV3 GetSessionHandle "
                      "GetSessionTensor GuaranteeConst Print PyFunc RestoreV2".split())
_STATELESS = frozenset({"FractionalAvgPool", "FractionalMaxPool"})


def op_def_of(definition: OpDefinition) -> Any:
    """An op definition as TensorFlow writes it, without documentation.

    Example:
      >>> import millpond as tf
      >>> message = op_def_of(find("MatMul"))
      >>> [arg.name for arg in message.input_arg], message.attr[0].default_value.b
      (['a', 'b'], False)
    """
    message = op_def_pb2.OpDef(name=definition.type, is_stateful=is_stateful(definition))
    message.input_arg.extend(_arg_def(arg) for arg in definition.inputs)
    message.output_arg.extend(_arg_def(arg) for arg in definition.outputs)
    # What begins with an underscore is a node's own, and no part of its type.
    message.attr.extend(_attr_def(attr) for attr in definition.attrs.values() if not attr.name.startswith("_"))
    return message


def is_stateful(definition: OpDefinition) -> bool:
    """Whether TensorFlow calls the op stateful, which says less than ours does: references are no state to it."""
    if definition.type in _STATEFUL or definition.type in _STATELESS:
        return definition.type in _STATEFUL
    if definition.bodies is not None:
        return definition.stateful
    has_handle = any(arg.dtype is not None and arg.dtype.name == "resource" for arg in definition.inputs)
    has_no_use = not definition.outputs and definition.role != "group"
    return has_handle or definition.random is not None or definition.role == "variable" or has_no_use


def _arg_def(arg: Arg) -> Any:
    message = op_def_pb2.OpDef.ArgDef(name=arg.name, is_ref=arg.is_ref, type_attr=arg.type_attr or "",
                                      number_attr=arg.number_attr or "", type_list_attr=arg.list_attr or "")
    if arg.dtype is not None:
        message.type = arg.dtype.as_datatype_enum
    return message


def _attr_def(attr: Attr) -> Any:
    message = op_def_pb2.OpDef.AttrDef(name=attr.name, type=attr.kind)
    if attr.default is not Attr.REQUIRED and attr.default is not None:
        message.default_value.CopyFrom(attributes.attr_value(attr.default, attr.kind))
    if attr.minimum is not None:
        message.has_minimum, message.minimum = True, attr.minimum
    if attr.allowed is not None:
        message.allowed_values.CopyFrom(_allowed_values(attr.allowed))
    return message


def _allowed_values(allowed: frozenset[Any]) -> Any:
    message = attr_value_pb2.AttrValue()
    message.list.SetInParent()
    for value in allowed:
        if isinstance(value, DType):
            message.list.type.append(value.as_datatype_enum)
        else:
            message.list.s.append(value.encode())
    for items in (message.list.type, message.list.s):
        items.sort()
    return message


def ops_used_by_graph_def(graph_def: Any) -> list[str]:
    """The op types that a GraphDef uses, also in its functions, sorted.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default() as graph:
      ...     x = tf.square(tf.constant(1.0))
      >>> ops_used_by_graph_def(graph.as_graph_def())
      ['Const', 'Square']
    """
    return sorted({node.op for node in node_reading.all_nodes(graph_def)})


def stripped_op_list(graph_def: Any) -> Any:
    """The definitions of the op types that a GraphDef uses, also in its functions, as an `OpList` sorted by name.

    Types that are not defined here are left out.
    """
    used = ops_used_by_graph_def(graph_def)
    return op_def_pb2.OpList(op=[op_def_of(found) for name in used if (found := find(name)) is not None])
