"""A graph as a GraphDef message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tensorboard.compat.proto import graph_pb2

from millpond.graph import attributes
from millpond.graph.function_writing import MIN_CONSUMER_OF_FUNCTIONS, LibraryWriter

if TYPE_CHECKING:
    from millpond.graph.graph import Graph


def to_graph_def(graph: Graph, from_version: int | None = None, add_shapes: bool = False) -> graph_pb2.GraphDef:
    """Writes a graph as a `GraphDef`, the bodies of its branches and loops as functions.

    Args:
      graph: The graph.
      from_version: Only operations created since the graph had this many.
      add_shapes: Whether each node gets an `_output_shapes` attribute with its static shapes.
    """
    message = graph_pb2.GraphDef(versions=graph.graph_def_versions)
    library = LibraryWriter()
    for op in graph.get_operations()[from_version or 0:]:
        node = library.node_def(op)
        if add_shapes and op._outputs:
            shapes = node.attr["_output_shapes"].list.shape
            shapes.extend([attributes.shape_proto(tensor.shape) for tensor in op._outputs])
        message.node.append(node)
    if library.functions:
        message.library.function.extend(library.functions.values())
        message.versions.min_consumer = max(message.versions.min_consumer, MIN_CONSUMER_OF_FUNCTIONS)
    return message
