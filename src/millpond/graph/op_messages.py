"""What is known of an op type as an `OpDef` message: what `Operation.op_def` and the op list of a file show.

State: the messages that have been asked for, by definition.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from tensorboard.compat.proto import op_def_pb2

from millpond.dtypes import DType
from millpond.graph import attributes
from millpond.graph.opdef import Arg, Attr, OpDefinition


@functools.cache
def _message(definition: OpDefinition) -> Any:
    message = op_def_pb2.OpDef(name=definition.type, is_stateful=definition.stateful)
    message.input_arg.extend([_argument(arg) for arg in definition.inputs])
    message.output_arg.extend([_argument(arg) for arg in definition.outputs])
    message.attr.extend([_attribute(attr) for attr in definition.attrs.values()])
    return message


def op_def(definition: OpDefinition) -> Any:
    """The signature of an op type as an `OpDef`: a message of the caller's own.

    Example:
      >>> from millpond.graph.opdef import DEFINITIONS
      >>> [arg.name for arg in op_def(DEFINITIONS["MatMul"]).input_arg]
      ['a', 'b']
    """
    message = op_def_pb2.OpDef()
    message.CopyFrom(_message(definition))
    return message


def op_list(definitions: Iterable[OpDefinition]) -> Any:
    """The signatures of op types as an `OpList`, by name."""
    return op_def_pb2.OpList(op=[_message(definition) for definition in
                                 sorted(set(definitions), key=lambda definition: definition.type)])


def _argument(arg: Arg) -> Any:
    message = op_def_pb2.OpDef.ArgDef(name=arg.name, is_ref=arg.is_ref)
    if arg.dtype is not None:
        message.type = arg.dtype.as_datatype_enum
    for field, value in (("type_attr", arg.type_attr), ("number_attr", arg.number_attr),
                         ("type_list_attr", arg.list_attr)):
        if value is not None:
            setattr(message, field, value)
    return message


def _attribute(attr: Attr) -> Any:
    message = op_def_pb2.OpDef.AttrDef(name=attr.name, type=attr.kind)
    if attr.default is not Attr.REQUIRED and attr.default is not None:
        message.default_value.CopyFrom(attributes.attr_value(attr.default, attr.kind))
    if attr.minimum is not None:
        message.has_minimum, message.minimum = True, attr.minimum
    if attr.allowed is not None:
        item = attr.kind.removeprefix("list(").removesuffix(")")
        message.allowed_values.CopyFrom(attributes.attr_value(sorted(attr.allowed, key=_order), f"list({item})"))
    return message


def _order(value: Any) -> Any:
    return value.as_datatype_enum if isinstance(value, DType) else value
