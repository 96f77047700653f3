"""A graph with what belongs to it (collections, saver, ...) as a MetaGraphDef message.

Of a collection, items that have a `to_proto` method (variables, queue runners, savers, ...) are written as
the bytes of their messages; tensors and operations by name; strings, integers and floats as they are. A
collection that holds anything else, or a mixture, is left out with a warning, as TensorFlow does.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import any_pb2
from tensorboard.compat.proto import meta_graph_pb2

from millpond import logs
from millpond.graph import attributes
from millpond.graph.graph import Graph
from millpond.graph.opdef import DEFINITIONS, Attr
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor

# What is written for readers that ask which TensorFlow made the file.
TENSORFLOW_VERSION = "1.15.0"


def create(
    graph: Graph | None = None,
    graph_def: Any = None,
    meta_info_def: Any = None,
    saver_def: Any = None,
    collections: list[Any] | None = None,
    clear_devices: bool = False,
    strip_default_attrs: bool = False,
) -> Any:
    """Makes a `MetaGraphDef`.

    Args:
      graph: The graph whose collections (and nodes, unless `graph_def` is given) are written; None for none.
      graph_def: Its nodes.
      meta_info_def: Tags and the like; a copy is completed.
      saver_def: A `SaverDef`.
      collections: Keys of the collections to write; by default all.
      clear_devices: Leave out the devices of nodes.
      strip_default_attrs: Leave out attributes that have their default value.
    """
    message = meta_graph_pb2.MetaGraphDef()
    if meta_info_def is not None:
        message.meta_info_def.CopyFrom(meta_info_def)
    message.meta_info_def.tensorflow_version = TENSORFLOW_VERSION
    message.meta_info_def.tensorflow_git_version = "unknown"
    if graph_def is None and graph is not None:
        graph_def = graph.as_graph_def(add_shapes=True)
    if graph_def is not None:
        message.graph_def.CopyFrom(graph_def)
    if clear_devices:
        for node in message.graph_def.node:
            node.device = ""
    if strip_default_attrs:
        message.meta_info_def.stripped_default_attrs = True
        for node in message.graph_def.node:
            _strip_default_attrs(node)
    if saver_def is not None:
        message.saver_def.CopyFrom(saver_def)
    if graph is not None:
        for key in graph.get_all_collection_keys() if collections is None else collections:
            add_collection(message, key, graph.get_collection(key))
    return message


def _strip_default_attrs(node: Any) -> None:
    definition: Any = DEFINITIONS.get(node.op)
    for name, attr in definition.attrs.items() if definition else ():
        has_default = attr.default is not Attr.REQUIRED and attr.default is not None
        if (
            has_default
            and name in node.attr
            and node.attr[name] == attributes.attr_value(attr.default, attr.kind)
        ):
            del node.attr[name]


def add_collection(message: Any, key: Any, items: list[Any]) -> None:
    """Adds the items of a collection to a `MetaGraphDef`, or leaves them out with a warning."""
    if not isinstance(key, (str, bytes)):
        logs.warning("Only collections with string type keys will be serialized. This key has %s", type(key))
        return
    if not items or (isinstance(key, str) and key.startswith("__")):
        return
    collection = meta_graph_pb2.CollectionDef()
    try:
        _fill(collection, items)
    except (TypeError, ValueError, AttributeError) as error:
        logs.warning(
            "Issue encountered when serializing %s. Type is unsupported, or the types of the items don't "
            "match field type in CollectionDef. Note this is a warning and probably safe to ignore.\n%s",
            key,
            error,
        )
        return
    message.collection_def[key].CopyFrom(collection)


def _fill(collection: Any, items: list[Any]) -> None:
    first = items[0]
    if isinstance(first, (Tensor, Operation)):
        collection.node_list.value.extend(_node_name(item) for item in items)
    elif hasattr(first, "to_proto"):
        protos = (item.to_proto() for item in items)
        collection.bytes_list.value.extend(proto.SerializeToString() for proto in protos if proto is not None)
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


def _node_name(item: Any) -> str:
    if not isinstance(item, (Tensor, Operation)):
        raise TypeError(f"expected a tensor or operation, got {type(item).__name__}")
    return item.name
