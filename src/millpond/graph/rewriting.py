"""GraphDefs made from GraphDefs: a part of one, one without what only training needs.

All functions leave the message that they are given as it is.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from typing import Any

from tensorboard.compat.proto import graph_pb2, types_pb2

from millpond.graph.graph import Graph
from millpond.shapes import TensorShape

_VARIABLE_OPS = frozenset("Assign AssignAdd AssignSub Queue ScatterAdd ScatterSub ScatterUpdate TruncatedNormal "
                          "Variable VariableV2".split())
_SAVER_OPS = frozenset({"Save", "SaveSlices", "SaveV2", "Restore", "RestoreSlice", "RestoreV2"})
# What stands for an input from outside of the part that was taken.
UNBOUND = "$unbound_inputs_"
# Ops that run on the CPU where this attribute is int32.
_INTEGERS_ON_CPU = {"Cast": "SrcT", "DynamicStitch": "T", "ParallelDynamicStitch": "T"}


def node_of_input(text: str) -> str:
    """The name of the node that an input of a node comes from.

    Example:
      >>> node_of_input("a:1"), node_of_input("^a"), node_of_input("a")
      ('a', 'a', 'a')
    """
    return text.removeprefix("^").partition(":")[0]


def extract_sub_graph(graph_def: Any, dest_nodes: Iterable[str]) -> Any:
    """The part of a graph that some of its nodes need.

    Args:
      graph_def: A `GraphDef`.
      dest_nodes: Names of nodes.

    Returns:
      A `GraphDef` with these nodes and all that they depend on, in the order of `graph_def`.

    Raises:
      TypeError: If an argument is of the wrong type.
      AssertionError: If there is no such node.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default() as graph:
      ...     a = tf.constant(1.0, name="a")
      ...     b, c = tf.sqrt(a, name="b"), tf.square(a, name="c")
      >>> [node.name for node in extract_sub_graph(graph.as_graph_def(), ["c"]).node]
      ['a', 'c']
    """
    if not isinstance(graph_def, graph_pb2.GraphDef):
        raise TypeError(f"graph_def must be a graph_pb2.GraphDef proto, but got type {type(graph_def)}.")
    if isinstance(dest_nodes, (str, bytes)):
        raise TypeError(f"dest_nodes must be an iterable of strings, but got type {type(dest_nodes)}.")
    nodes = {node.name: node for node in graph_def.node}
    waiting = list(dest_nodes)
    for name in waiting:
        if name not in nodes:
            near = difflib.get_close_matches(name, nodes, n=3)
            raise AssertionError(f"{name} is not in graph{'; nearest names: ' + ', '.join(near) if near else ''}")
    needed = set(waiting)
    while waiting:
        for source in map(node_of_input, nodes[waiting.pop()].input):
            if source not in needed:
                if source not in nodes:
                    raise AssertionError(f"{source} is not in graph, but is an input of a node that is")
                needed.add(source)
                waiting.append(source)
    return _with_nodes(graph_def, (node for node in graph_def.node if node.name in needed))


def _with_nodes(graph_def: Any, nodes: Iterable[Any]) -> Any:
    """A GraphDef with other nodes, and the library and versions of the one given."""
    result = graph_pb2.GraphDef(versions=graph_def.versions, library=graph_def.library)
    result.node.extend(nodes)
    return result


def within_scope(graph_def: Any, scope: str) -> tuple[Any, list[str]]:
    """The part of a graph in a name scope, with names as they are inside it.

    Args:
      graph_def: A `GraphDef`.
      scope: The scope.

    Returns:
      The new `GraphDef`, and the names of the inputs that come from outside: `$unbound_inputs_` and the old name.
    """
    prefix = f"{scope.rstrip('/')}/"
    unbound: dict[str, None] = {}

    def renamed(text: str) -> str:
        mark = "^" if text.startswith("^") else ""
        name = text.removeprefix("^")
        if name.startswith(prefix):
            return mark + name.removeprefix(prefix)
        unbound[f"{mark}{UNBOUND}{name}"] = None
        return f"{mark}{UNBOUND}{name}"

    result = _with_nodes(graph_def, (node for node in graph_def.node if node.name.startswith(prefix)))
    for node in result.node:
        node.name = node.name.removeprefix(prefix)
        inputs = [renamed(text) for text in node.input]
        del node.input[:]
        node.input.extend(inputs)
        if "_class" in node.attr:
            inside = f"loc:@{prefix}".encode()
            groups = [b"loc:@" + g.removeprefix(inside) for g in node.attr["_class"].list.s if g.startswith(inside)]
            del node.attr["_class"]
            if groups:
                node.attr["_class"].list.s.extend(groups)
    return result, list(unbound)


def without_savers(graph_def: Any, saver_def: Any = None) -> Any:
    """A graph without the nodes of savers that nothing else needs.

    Args:
      graph_def: A `GraphDef`.
      saver_def: The `SaverDef` of the saver to keep, or None.
    """
    kept = (saver_def.save_tensor_name, saver_def.restore_op_name) if saver_def is not None else ()
    scopes = {os.path.dirname(node.name) for node in graph_def.node if node.op in _SAVER_OPS}
    scopes -= {"", *map(os.path.dirname, kept)}
    left = {node.name: node for node in graph_def.node
            if not any(node.name.startswith(f"{scope}/") for scope in scopes)}
    nodes = {node.name: node for node in graph_def.node}
    waiting = list(left.values())
    while waiting:
        for source in map(node_of_input, waiting.pop().input):
            if source not in left:
                left[source] = nodes[source]
                waiting.append(nodes[source])
    return _with_nodes(graph_def, (node for node in graph_def.node if node.name in left))


def remove_training_nodes(input_graph: Any, protected_nodes: Iterable[str] | None = None) -> Any:
    """A graph without `Identity` and `CheckNumerics` nodes: what took their output takes their input.

    An `Identity` stays if it has control inputs or is one: it orders other nodes.

    Args:
      input_graph: A `GraphDef`.
      protected_nodes: Names of nodes that stay.

    Returns:
      The new `GraphDef`.
    """
    protected = set(protected_nodes or ())
    orders = {node_of_input(text) for node in input_graph.node for text in node.input if text.startswith("^")}
    spliced: dict[str, str] = {}
    for node in input_graph.node:
        is_free = node.op == "CheckNumerics" or (node.op == "Identity" and node.name not in orders)
        if is_free and node.name not in protected and not any(text.startswith("^") for text in node.input):
            spliced[node.name] = node.input[0].removesuffix(":0")
    result = _with_nodes(input_graph, (node for node in input_graph.node if node.name not in spliced))
    for node in result.node:
        inputs = [_spliced_input(text, spliced) for text in node.input]
        del node.input[:]
        node.input.extend(text for text in inputs if not text.startswith("^"))
        node.input.extend(dict.fromkeys(text for text in inputs if text.startswith("^")))
    return result


def _spliced_input(text: str, spliced: dict[str, str]) -> str:
    mark = "^" if text.startswith("^") else ""
    name = text.removeprefix("^").removesuffix(":0")
    while name in spliced:
        name = spliced[name]
    return f"^{node_of_input(name)}" if mark else name


def must_run_on_cpu(node: Any, pin_variables_on_cpu: bool = False) -> bool:
    """Whether TensorFlow runs a node on the CPU only: constants that are strings or 32-bit integers, and the like.

    Args:
      node: An `Operation` or `NodeDef`.
      pin_variables_on_cpu: Whether variables and what sets them count as well.
    """
    message = node if hasattr(node, "attr") else node.node_def
    if pin_variables_on_cpu and message.op in _VARIABLE_OPS:
        return True
    if message.op == "Const":
        return message.attr["dtype"].type in (types_pb2.DT_STRING, types_pb2.DT_INT32)
    attr = _INTEGERS_ON_CPU.get(message.op)
    return attr is not None and message.attr[attr].type == types_pb2.DT_INT32


def tensor_shape_from_node_def_name(graph: Graph, input_name: str) -> TensorShape:
    """The static shape of a tensor, by its name (or that of its node, for output 0)."""
    name = input_name if ":" in input_name else f"{input_name}:0"
    return graph.get_tensor_by_name(name).get_shape()
