"""A graph with what belongs to it (collections, saver, ...) as a MetaGraphDef message.

Of a collection whose key has proto functions (variables, queue runners, savers, ...) the items are written as the bytes
of their messages; of others, tensors, operations and variables by name, and strings, integers and floats as they are. A
collection that holds anything else, or a mixture, is left out with a warning, as TensorFlow does.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import any_pb2
from tensorboard.compat.proto import meta_graph_pb2

from millpond import logs
from millpond.graph import attributes, node_reading, proto_functions, rewriting
from millpond.graph.graph import Graph
from millpond.graph.op_defs import stripped_op_list
from millpond.graph.opdef import Attr, find
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor

# What is written for readers that ask which TensorFlow made the file.
TENSORFLOW_VERSION = "1.15.0"
# The collection with the names of the inputs from outside of the scope that was exported.
UNBOUND_INPUTS = "unbound_inputs"


def create(graph: Graph | None = None, graph_def: Any = None, meta_info_def: Any = None, saver_def: Any = None,
           collections: list[Any] | None = None, clear_devices: bool = False, strip_default_attrs: bool = False,
           export_scope: str | None = None) -> Any:
    """Makes a `MetaGraphDef`.

    Args:
      graph: The graph whose collections (and nodes, unless `graph_def` is given) are written; None for none.
      graph_def: Its nodes.
      meta_info_def: Tags and the like; a copy is completed.
      saver_def: A `SaverDef`.
      collections: Keys of the collections to write; by default all.
      clear_devices: Leave out the devices of nodes.
      strip_default_attrs: Leave out attributes that have their default value.
      export_scope: Write only what is in this name scope, with names as they are inside it. The collection
        `unbound_inputs` then names the inputs from outside, which importing must map.
    """
    message = meta_graph_pb2.MetaGraphDef()
    if meta_info_def is not None:
        message.meta_info_def.CopyFrom(meta_info_def)
    message.meta_info_def.tensorflow_version = TENSORFLOW_VERSION
    message.meta_info_def.tensorflow_git_version = "unknown"
    if graph_def is None and graph is not None:
        graph_def = graph.as_graph_def(add_shapes=True)
    if graph_def is not None:
        if export_scope:
            graph_def, unbound = rewriting.within_scope(graph_def, export_scope)
            if unbound:
                message.collection_def[UNBOUND_INPUTS].bytes_list.value.extend(name.encode() for name in unbound)
        message.graph_def.CopyFrom(graph_def)
    if clear_devices:
        for node in node_reading.all_nodes(message.graph_def):
            node.device = ""
    if strip_default_attrs:
        message.meta_info_def.stripped_default_attrs = True
        for node in node_reading.all_nodes(message.graph_def):
            _strip_default_attrs(node)
    if not message.meta_info_def.stripped_op_list.op:
        message.meta_info_def.stripped_op_list.CopyFrom(stripped_op_list(message.graph_def))
    if saver_def is not None:
        message.saver_def.CopyFrom(saver_def)
    if graph is not None:
        for key in graph.get_all_collection_keys() if collections is None else collections:
            add_collection(message, key, graph.get_collection(key), export_scope)
    return message


def _strip_default_attrs(node: Any) -> None:
    definition = find(node.op)
    for name, attr in definition.attrs.items() if definition else ():
        has_default = attr.default is not Attr.REQUIRED and attr.default is not None
        if has_default and name in node.attr and node.attr[name] == attributes.attr_value(attr.default, attr.kind):
            del node.attr[name]


def add_collection(message: Any, key: Any, items: list[Any], export_scope: str | None = None) -> None:
    """Adds the items of a collection to a `MetaGraphDef`, or leaves them out with a warning."""
    if not isinstance(key, (str, bytes)):
        logs.warning("Only collections with string type keys will be serialized. This key has %s", type(key))
        return
    if not items or (isinstance(key, str) and key.startswith("__")):
        return
    collection = meta_graph_pb2.CollectionDef()
    try:
        _fill(collection, key, items, export_scope)
    except (TypeError, ValueError, AttributeError) as error:
        logs.warning("Issue encountered when serializing %s. Type is unsupported, or the types of the items don't "
                     "match field type in CollectionDef. Note this is a warning and probably safe to ignore.\n%s",
                     key, error)
        return
    if collection.WhichOneof("kind"):
        message.collection_def[key].CopyFrom(collection)


def _fill(collection: Any, key: Any, items: list[Any], export_scope: str | None) -> None:
    functions = proto_functions.functions_of(key)
    first = items[0]
    if functions is not None and functions.to_proto is not None:
        protos = [functions.to_proto(item, export_scope=export_scope) for item in items]
        collection.bytes_list.value.extend(proto.SerializeToString() for proto in protos if proto is not None)
    elif _is_element(first):
        names = [_node_name(item, export_scope) for item in items]
        collection.node_list.value.extend(name for name in names if name is not None)
    elif isinstance(first, (str, bytes)):
        collection.bytes_list.value.extend(item.encode() if isinstance(item, str) else item for item in items)
    elif isinstance(first, int) and not isinstance(first, bool):
        collection.int64_list.value.extend(items)
    elif isinstance(first, float):
        collection.float_list.value.extend(items)
    elif isinstance(first, any_pb2.Any):
        collection.any_list.value.extend(items)
    else:
        raise TypeError(f"{type(first).__name__} has no form in CollectionDef")


def _is_element(item: Any) -> bool:
    return isinstance(item, (Tensor, Operation)) or hasattr(item, "_as_graph_element")


def _node_name(item: Any, export_scope: str | None) -> str | None:
    """The name of a graph element; None where it is not in the scope."""
    if not _is_element(item):
        raise TypeError(f"expected a tensor or operation, got {type(item).__name__}")
    if not export_scope:
        return item.name
    prefix = f"{export_scope.rstrip('/')}/"
    return item.name.removeprefix(prefix) if item.name.startswith(prefix) else None
