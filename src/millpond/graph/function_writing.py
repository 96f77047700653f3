"""The function library of a GraphDef: bodies of operations as `FunctionDef` messages.

    signature.input_arg, output_arg   arguments and results: names of their own, dtypes
    node_def                          what the body runs; an input is an argument's name, or "node:output_name:index"
    ret                               the results by the names of output_arg
    control_ret                       nodes that have to run, by the names of signature.control_output
    arg_attr                          by the number of an argument: `_output_shapes`, its static shape

A body that sets a variable of the kind that is a reference has an argument with `is_ref`. TensorFlow has no functions
with such arguments: it reads the file, but refuses to run the node.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tensorboard.compat.proto import function_pb2, op_def_pb2

from millpond.graph import attributes, node_reading, op_defs
from millpond.graph.opdef import sections
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor

if TYPE_CHECKING:
    from millpond.graph.body import BodyGraph

# The first version of GraphDef whose readers know functions.
MIN_CONSUMER_OF_FUNCTIONS = 12


class LibraryWriter:
    """The functions that the nodes of one GraphDef call.

    Attributes:
      functions: The messages by name; a function stands behind those that it calls.
    """

    def __init__(self) -> None:
        self.functions: dict[str, Any] = {}
        self._names: dict[BodyGraph, str] = {}

    def node_def(self, op: Operation) -> Any:
        """A node as a message; the bodies that it runs come into the library."""
        message = attributes.node_def(op)
        if op.definition.bodies is not None:
            for name, attr in op.definition.attrs.items():
                if attr.kind == "func":
                    message.attr[name].func.name = self._name_of(op.attributes[name])
                elif attr.kind == "list(func)":
                    for function, body in zip(message.attr[name].list.func, op.attributes[name], strict=True):
                        function.name = self._name_of(body)
        return message

    def _name_of(self, body: BodyGraph) -> str:
        """The name of a body in the library: its own, unless another that is not the same is called so."""
        if body not in self._names:
            message = self._function_def(body)
            count = 0
            while self.functions.setdefault(message.signature.name, message) != message:
                count += 1
                message.signature.name = f"{body.function_name}_{count}"
            self._names[body] = message.signature.name
        return self._names[body]

    def _function_def(self, body: BodyGraph) -> Any:
        operations = dict.fromkeys(sorted(body.needed_for(body.results, body.targets), key=lambda op: op.id))
        names = _Names(op.name for op in operations)
        sources = {argument: names.unique(argument.op.name) for argument in body.arguments}
        message = function_pb2.FunctionDef()
        message.signature.name = body.function_name
        message.signature.is_stateful = any(op_defs.is_stateful(op.definition) for op in operations)
        for i, argument in enumerate(body.arguments):
            message.signature.input_arg.append(_arg_def(sources[argument], argument))
            if argument.dtype.name != "resource":
                message.arg_attr[i].attr["_output_shapes"].list.shape.append(attributes.shape_proto(argument.shape))
        for op in operations:
            message.node_def.append(self._inner_node(op, sources, operations))
        for result in body.results:
            name = names.unique(sources.get(result, result.op.name))
            message.signature.output_arg.append(_arg_def(name, result))
            message.ret[name] = _source(result, sources)
        for op in body.targets:
            name = names.unique(op.name)
            message.signature.control_output.append(name)
            message.control_ret[name] = op.name
        return message

    def _inner_node(self, op: Operation, sources: dict[Tensor, str], operations: dict[Operation, None]) -> Any:
        message = self.node_def(op)
        del message.input[:]
        message.input.extend([_source(tensor, sources) for tensor in op._inputs])
        message.input.extend([f"^{control.name}" for control in op._control_inputs if control in operations])
        if op.colocation:
            inside = {other.name for other in operations}
            groups = [group for group in op.colocation if node_reading.group_member(group) in inside]
            del message.attr["_class"]
            if groups:
                message.attr["_class"].list.s.extend([group.encode() for group in groups])
        return message


class _Names:
    """The names of one function: those of its nodes, and others beside them."""

    def __init__(self, nodes: Any) -> None:
        self._in_use = set(nodes)

    def unique(self, node: str) -> str:
        """A name for an argument or result, made of that of its node."""
        base = re.sub(r"[^a-z0-9_]", "_", node.rpartition("/")[2].lower())
        if not base[0].isalpha():
            base = f"arg_{base}"
        name, count = base, 0
        while name in self._in_use:
            count += 1
            name = f"{base}_{count}"
        self._in_use.add(name)
        return name


def _arg_def(name: str, tensor: Tensor) -> Any:
    return op_def_pb2.OpDef.ArgDef(name=name, type=tensor.dtype.base_dtype.as_datatype_enum,
                                   is_ref=tensor.dtype.is_ref_dtype)


def _source(tensor: Tensor, sources: dict[Tensor, str]) -> str:
    """What an input of a function's node is called."""
    if tensor in sources:
        return sources[tensor]
    op = tensor.op
    for arg, section in zip(op.definition.outputs, sections(op.definition.outputs, op.attributes), strict=True):
        start = section.start if isinstance(section, slice) else section
        end = section.stop if isinstance(section, slice) else section + 1
        if tensor.value_index < end:
            return f"{op.name}:{arg.name}:{tensor.value_index - start}"
    raise AssertionError(f"{op.type} has no output {tensor.value_index}")
