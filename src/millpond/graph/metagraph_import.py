"""A MetaGraphDef back into a graph: its nodes, and its collections.

    kind of collection     items
    node_list              tensors and operations, by name
    bytes_list             what `from_proto` of the collection's proto functions makes, else the bytes
    int64_list, float_list, any_list   as they are
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import DecodeError
from tensorboard.compat.proto import graph_pb2, meta_graph_pb2

from millpond import logs
from millpond.errors import DataLossError
from millpond.graph import node_reading, proto_functions, stacks
from millpond.graph.collections import GraphKeys
from millpond.graph.graph import Graph
from millpond.graph.importing import import_graph_def
from millpond.graph.metagraph import UNBOUND_INPUTS

# What TensorFlow 1 knows of the loops and branches of a graph, in terms of nodes that become functions when imported.
_CONTEXTS = frozenset({GraphKeys.COND_CONTEXT, GraphKeys.WHILE_CONTEXT})


def import_scoped(meta_graph: Any, clear_devices: bool = False, graph: Graph | None = None,
                  import_scope: str | None = None, input_map: Mapping[str, Any] | None = None,
                  return_elements: Any = None,
                  unbound_inputs_col_name: str = UNBOUND_INPUTS,
                  restore_collections_predicate: Callable[[str], bool] = lambda key: True,
                  ) -> tuple[str, list[Any] | None]:
    """Adds the nodes and collections of a `MetaGraphDef` to a graph.

    Args:
      meta_graph: The message.
      clear_devices: Forget the devices of the nodes.
      graph: The graph; by default the default graph.
      import_scope: Name scope for the nodes, inside the one that is open and made unique there; by default the one
        that is open. Names and strings in collections get it, too.
      input_map: As for `tf.import_graph_def`.
      return_elements: As for `tf.import_graph_def`.
      unbound_inputs_col_name: Key of the collection that names the inputs from outside.
      restore_collections_predicate: Tells by their key which collections to add.

    Returns:
      The name scope that was used, without its slash, and the elements.

    Raises:
      ValueError: If the graph has inputs from outside that `input_map` does not give, or is not valid.
      KeyError: If a collection names a node that is not in the graph.
      DataLossError: If an item of a collection is damaged.
    """
    if not isinstance(meta_graph, meta_graph_pb2.MetaGraphDef):
        raise TypeError(f"Expected a MetaGraphDef, got {type(meta_graph).__name__}.")
    graph = graph or stacks.default_graph()
    graph_def = meta_graph.graph_def
    if clear_devices:
        graph_def = graph_pb2.GraphDef()
        graph_def.CopyFrom(meta_graph.graph_def)
        for node in node_reading.all_nodes(graph_def):
            node.device = ""
    _check_unbound(meta_graph, unbound_inputs_col_name, input_map or {})
    with graph.as_default():
        scope = graph.get_name_scope()
        if import_scope:
            with graph.name_scope(import_scope) as opened:
                scope = opened.rstrip("/")
        elements = import_graph_def(graph_def, input_map, return_elements, name=f"{scope}/" if scope else "",
                                    producer_op_list=meta_graph.meta_info_def.stripped_op_list)
        nodes = {node.name for node in graph_def.node}
        items = {key: _items(graph, key, collection, scope, nodes)
                 for key, collection in sorted(meta_graph.collection_def.items())
                 if key != unbound_inputs_col_name and key not in _CONTEXTS and restore_collections_predicate(key)}
        for key, found in items.items():
            graph.get_collection_ref(key).extend(found)
    return scope, elements


def _check_unbound(meta_graph: Any, key: str, input_map: Mapping[str, Any]) -> None:
    if key not in meta_graph.collection_def:
        return
    given = {name.removesuffix(":0") for name in input_map}
    names = [data.decode(errors="replace") for data in meta_graph.collection_def[key].bytes_list.value]
    missing = [name for name in names if name.removesuffix(":0") not in given]
    if missing:
        raise ValueError(f"Graph contains unbound inputs: {', '.join(missing)}. Must provide these inputs through "
                         "input_map.")


def _items(graph: Graph, key: str, collection: Any, scope: str, nodes: set[str]) -> list[Any]:
    kind = collection.WhichOneof("kind")
    if kind is None:
        return []
    values = list(getattr(collection, kind).value)
    if kind == "node_list":
        return _elements(graph, key, values, scope, nodes)
    functions = proto_functions.functions_of(key)
    if kind == "bytes_list" and functions is not None and functions.from_proto is not None:
        return [_read_item(key, functions, data, scope) for data in values]
    return [_in_scope(item, scope) for item in values] if kind == "bytes_list" and scope else values


def _elements(graph: Graph, key: str, names: list[str], scope: str, nodes: set[str]) -> list[Any]:
    """The elements of the names in a collection, but for those in loops and branches of TensorFlow 1.

    Raises:
      KeyError: If there is no such element.
    """
    prefix = f"{scope}/" if scope else ""
    left_out = [name for name in names if _lies_inside(graph, name.partition(":")[0], prefix, nodes)]
    found = [graph.as_graph_element(prefix + name) for name in names if name not in left_out]
    if left_out:
        logs.warning("The collection '%s' loses what lies inside of loops and branches: %s", key, ", ".join(left_out))
    return found


def _lies_inside(graph: Graph, name: str, prefix: str, nodes: set[str]) -> bool:
    """Whether a node of a GraphDef has become a part of a function."""
    try:
        graph.get_operation_by_name(prefix + name)
    except KeyError:
        return name in nodes
    return False


def _in_scope(item: bytes, scope: str) -> str | bytes:
    """A string of a collection, which may well be the name of a node; what is no text stays as it is."""
    try:
        text = item.decode()
    except UnicodeDecodeError:
        return item
    mark = next((mark for mark in ("^", "loc:@") if text.startswith(mark)), "")
    return f"{mark}{scope}/{text.removeprefix(mark)}"


def _read_item(key: str, functions: proto_functions.ProtoFunctions, data: bytes, scope: str) -> Any:
    try:
        message = functions.proto_type.FromString(data)
    except DecodeError as error:
        raise DataLossError(None, None, f"An item of the collection '{key}' is no {functions.proto_type.__name__}: "
                                        f"{error}.") from None
    assert functions.from_proto is not None
    return functions.from_proto(message, import_scope=scope or None)
