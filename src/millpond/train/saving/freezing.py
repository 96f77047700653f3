"""Freezing: a graph whose variables have become constants, and need no checkpoint any more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from tensorboard.compat.proto import graph_pb2

from millpond import logs
from millpond.formats import tensors
from millpond.graph.graph import Graph
from millpond.graph.rewriting import extract_sub_graph, node_of_input
from millpond.graph.tensor import Tensor
from millpond.ops.state.resource_variables import READ_VARIABLE
from millpond.train.saving.frozen_nodes import FunctionFreezer

_REFERENCES = ("Variable", "VariableV2")
_RESOURCE = "VarHandleOp"


def convert_variables_to_constants(sess: Any, input_graph_def: Any, output_node_names: Iterable[str],
                                   variable_names_whitelist: Iterable[str] | None = None,
                                   variable_names_blacklist: Iterable[str] | None = None) -> Any:
    """The part of a graph that some nodes need, with the values that its variables have in a session as constants.

    Args:
      sess: A session of the graph, in which the variables have values.
      input_graph_def: The graph as a `GraphDef`.
      output_node_names: Names of the nodes that are needed.
      variable_names_whitelist: Names of the variables to convert; by default all.
      variable_names_blacklist: Names of variables to leave as they are.

    Returns:
      The new `GraphDef`.

    Raises:
      AssertionError: If a node is not in the graph.
      ValueError: If a node that is needed sets a variable that is converted.
      tf.errors.FailedPreconditionError: If a variable has no value.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default() as graph, tf.Session() as sess:
      ...     v = tf.Variable([1.0, 2.0], name="v")
      ...     y = tf.reduce_sum(v, name="y")
      ...     sess.run(v.initializer)
      ...     frozen = tf.graph_util.convert_variables_to_constants(sess, graph.as_graph_def(), ["y"])
      >>> print([node.op for node in frozen.node])
      ['Const', 'Identity', 'Const', 'Sum']
    """
    part = extract_sub_graph(input_graph_def, output_node_names)
    wanted = None if variable_names_whitelist is None else set(variable_names_whitelist)
    unwanted = set(variable_names_blacklist or ())
    variables = {node.name: node for node in part.node
                 if node.op in (*_REFERENCES, _RESOURCE) and (wanted is None or node.name in wanted)
                 and node.name not in unwanted}
    values = _values(sess, variables)
    functions = FunctionFreezer(part.library)
    nodes = []
    for node in part.node:
        converted = [source for source in map(node_of_input, node.input) if source in values]
        if converted and (_sets_variable(node, converted) or functions.takes_references(node, converted)):
            raise ValueError(f"Node '{node.name}' ({node.op}) sets the variable '{converted[0]}', which is to be "
                             "frozen: name outputs that do not need it, or put the variable in "
                             "variable_names_blacklist.")
        nodes.append(_constant(node, values[node.name]) if node.name in values else node)
    resources = {f"{name}:0": node.attr["dtype"].type for name, node in variables.items() if node.op == _RESOURCE}
    nodes = functions.nodes(nodes, resources)
    result = graph_pb2.GraphDef(versions=part.versions)
    result.node.extend(nodes)
    if part.HasField("library"):
        result.library.CopyFrom(functions.library)
    logs.info("Froze %d variables.", len(values))
    return result


def _values(sess: Any, variables: dict[str, Any]) -> dict[str, np.ndarray]:
    fetches = {name: f"{name}:0" if node.op in _REFERENCES else _reading(sess.graph, name)
               for name, node in variables.items()}
    return {name: np.asarray(value) for name, value in sess.run(fetches).items()} if fetches else {}


def _reading(graph: Graph, name: str) -> Tensor:
    """A tensor with the value of a resource: one that the graph has, if nothing else must run before it."""
    handle = graph.get_tensor_by_name(f"{name}:0")
    for consumer in handle.consumers():
        if consumer.type == READ_VARIABLE.type and not consumer.control_inputs:
            return consumer.outputs[0]
    with graph.as_default(), graph.control_dependencies(None):
        return READ_VARIABLE(handle, dtype=handle.op.attributes["dtype"], name=f"{name}/Read/ReadVariableOp/")


def _constant(node: Any, value: np.ndarray) -> Any:
    dtype = node.attr["dtype"].type
    constant = type(node)(name=node.name, op="Const", device=node.device)
    constant.attr["dtype"].type = dtype
    constant.attr["value"].tensor.CopyFrom(tensors.to_tensor_proto(value, dtype))
    return constant


def _sets_variable(node: Any, converted: list[str]) -> bool:
    """Whether a node is given a reference, which no constant is."""
    return node.op.startswith(("Assign", "Scatter", "Apply", "SparseApply", "CountUpTo")) and \
        node_of_input(node.input[0]) in converted
