"""Adding a node by the name of its type and the messages of its attributes: `Graph.create_op`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tensorboard.compat.proto import attr_value_pb2, node_def_pb2

from millpond import dtypes
from millpond.graph import building, node_checks, node_reading, renamed
from millpond.graph.names import as_text, check_op_name
from millpond.graph.opdef import OpDefinition
from millpond.graph.operation import Operation, insert
from millpond.graph.tensor import Tensor

if TYPE_CHECKING:
    from millpond.graph.graph import Graph


def add(graph: Graph, op_type: str | bytes, inputs: Sequence[Tensor], input_types: Any, name: str | bytes | None,
        attrs: Mapping[str, Any], takes_device: bool) -> Operation:
    """Adds an operation; see `Graph.create_op`."""
    op_type = as_text(op_type)
    definition = renamed.definition_of(op_type)
    if definition is None:
        raise NotImplementedError(f"The op type '{op_type}' is not supported by this version of Millpond.")
    tensors = _checked_inputs(graph, op_type, inputs, input_types)
    full_name = as_text(name or op_type)
    full_name = full_name[:-1] if full_name[-1] == "/" else graph.unique_name(full_name)
    check_op_name(full_name)
    message = node_def_pb2.NodeDef(name=full_name, op=op_type)
    for key, value in attrs.items():
        if not isinstance(value, attr_value_pb2.AttrValue):
            raise TypeError(f"The attribute '{key}' of '{full_name}' ({op_type}) must be a tf.AttrValue, got {value!r}")
        message.attr[key].CopyFrom(value)
    _infer_dtypes(message, definition, tensors)
    node = node_reading.Node(message, (), ())
    values = node_reading.read_attributes(node, definition, {})
    node_checks.check_constant(node, definition, values)
    node_checks.check_output_count(node, definition, values)
    grouped = node_checks.grouped(node, definition, values, tensors)
    op = Operation(graph, full_name, definition, tuple(tensors), (), values)
    shapes = building.output_shapes(definition, full_name, tensors, grouped, values)
    op._outputs = tuple(Tensor(op, i, dtype, shape) for i, (dtype, shape) in
                        enumerate(zip(building.output_dtypes(definition, values), shapes, strict=True)))
    op.colocation = tuple(group.decode() for group in message.attr["_class"].list.s) if "_class" in attrs else ()
    op.gradient_type = node_reading.gradient_type_of(node)
    insert(op, takes_device)
    return op


def _checked_inputs(graph: Graph, op_type: str, inputs: Sequence[Tensor], input_types: Any) -> list[Tensor]:
    tensors = list(inputs)
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"Input #{i} of the new '{op_type}' is not a tensor: {tensor!r}")
        if tensor.graph is not graph:
            raise ValueError(f"Input #{i} of the new '{op_type}', {tensor!r}, is not an element of this graph.")
    expected = [tensor.dtype for tensor in tensors] if input_types is None else [*map(dtypes.as_dtype, input_types)]
    if len(expected) != len(tensors) or not all(
            dtype.is_compatible_with(tensor.dtype) for dtype, tensor in zip(expected, tensors, strict=True)):
        raise TypeError(f"In op '{op_type}', input types ({[tensor.dtype.name for tensor in tensors]}) are not "
                        f"compatible with expected types ({[dtype.name for dtype in expected]})")
    return tensors


def _infer_dtypes(message: Any, definition: OpDefinition, inputs: list[Tensor]) -> None:
    """Fills in the attributes that are the dtype of an input, as far as the places of the inputs are known."""
    position = 0
    for arg in definition.inputs:
        if arg.list_attr is not None:
            if arg.list_attr not in message.attr:
                return
            position += len(message.attr[arg.list_attr].list.type)
            continue
        if arg.number_attr is not None and arg.number_attr not in message.attr:
            return
        if arg.type_attr is not None and arg.type_attr not in message.attr and position < len(inputs):
            message.attr[arg.type_attr].type = inputs[position].dtype.base_dtype.as_datatype_enum
        position += 1 if arg.number_attr is None else message.attr[arg.number_attr].i
