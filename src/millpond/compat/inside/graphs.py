"""What packages take from `tensorflow.python.framework.ops` beside its public names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from millpond.graph import proto_functions, stacks
from millpond.graph.composite import IndexedSlices, SparseTensor
from millpond.graph.graph import Graph
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.variables.variable import Variable

_TensorLike = (Tensor, SparseTensor, IndexedSlices, Variable)


def get_to_proto_function(collection_name: str) -> Any:
    """What turns an item of a collection into a message, or None."""
    functions = proto_functions.functions_of(collection_name)
    return None if functions is None else functions.to_proto


def get_from_proto_function(collection_name: str) -> Any:
    """What turns a message into an item of a collection, or None."""
    functions = proto_functions.functions_of(collection_name)
    return None if functions is None else functions.from_proto


def get_collection_proto_type(collection_name: str) -> Any:
    """The type of the messages of a collection, or None."""
    functions = proto_functions.functions_of(collection_name)
    return None if functions is None else functions.proto_type


register_proto_function = proto_functions.register_proto_function


def is_dense_tensor_like(value: Any) -> bool:
    """Whether a value is a tensor, or a variable, which stands for one."""
    return isinstance(value, (Tensor, Variable))


def _as_graph_element(value: Any) -> Any:
    """The tensor or operation that a value stands for in a graph, or None."""
    convert = getattr(value, "_as_graph_element", None)
    return None if convert is None else convert()


def _get_graph_from_inputs(op_input_list: Iterable[Any], graph: Graph | None = None) -> Graph:
    """The graph of some inputs of an operation; where none of them has one, the default graph.

    Args:
      op_input_list: Tensors, operations, and other values.
      graph: The graph that they should be of.

    Raises:
      TypeError: If `graph` is no graph.
      ValueError: If they are of several graphs, or of another than `graph`.
    """
    if graph is not None and not isinstance(graph, Graph):
        raise TypeError(f"graph needs to be a Graph, not {graph!r}")
    first: Any = None
    for given in op_input_list:
        element = given if isinstance(given, (Operation, *_TensorLike)) else _as_graph_element(given)
        if element is None:
            continue
        if graph is None:
            graph, first = element.graph, element
        elif element.graph is not graph:
            raise ValueError(f"{element} is not from the passed-in graph" if first is None else
                             f"{element} must be from the same graph as {first}")
    return stacks.default_graph() if graph is None else graph
