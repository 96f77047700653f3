"""What operations with bodies have in common: how their bodies are told to the compiler, and how they are added.

The inputs of such an operation are what its bodies take as arguments: first what the operation itself gives (loop
variables), then the tensors that the bodies capture, the same for all bodies of an operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond.compiler.prune import prune
from millpond.graph import op_defs
from millpond.graph.body import BodyGraph
from millpond.graph.graph import Graph
from millpond.graph.opdef import OpDefinition, lookup
from millpond.graph.operation import Operation, create
from millpond.graph.tensor import Tensor
from millpond.shapes import TensorShape, general_shape

# Tells TensorFlow to run the bodies among the other nodes of a graph, which is quicker than calling them.
LOWERED = {"_lower_using_switch_merge": True}


class NodeBody:
    """A body of a node, as `effects.Body` describes it.

    Attributes:
      graph: Where its operations lie.
      inputs: Its arguments.
      positions: Which input of the node each of them stands for.
      outputs: What it gives.
      targets: What it runs besides what that needs.
      operations: What it runs, in execution order.
      static: What compiling it must know; an Ellipsis means: not asked yet.
    """

    __slots__ = ("graph", "inputs", "positions", "outputs", "targets", "operations", "static")

    def __init__(self, graph: BodyGraph, first: int) -> None:
        self.graph = graph
        self.inputs: Sequence[Tensor] = list(graph.arguments)
        self.positions: Sequence[int] = range(first, first + len(self.inputs))
        self.outputs: Sequence[Tensor] = list(graph.results)
        self.targets: Sequence[Operation] = list(graph.targets)
        self.static: Any = ...
        self.operations: Sequence[Operation] = prune(graph.results, graph.targets, frozenset(graph.arguments))


def body_of(graph: BodyGraph, first: int) -> NodeBody:
    """What a body takes, gives and runs; remembered until the body changes.

    Args:
      graph: The body.
      first: The position of the node's input that its first argument stands for.
    """
    state = (len(graph.mutations), len(graph.arguments), len(graph.results), len(graph.targets))
    known = graph.prepared
    if known is None or known[0] != state:
        known = graph.prepared = (state, NodeBody(graph, first))
    body: NodeBody = known[1]
    return body


def general_shapes(bodies: Sequence[BodyGraph]) -> tuple[TensorShape, ...]:
    """What the shapes that several bodies give have in common."""
    return tuple(general_shape(shapes) for shapes in zip(*[[tensor.shape for tensor in body.results]
                                                          for body in bodies], strict=True))


def share_captures(bodies: Sequence[BodyGraph], leading: int) -> list[Tensor]:
    """Gives all bodies of a node the same captures, in one order, and tells which tensors these are.

    Args:
      bodies: The bodies; each has `leading` arguments that the node gives.
      leading: How many these are.
    """
    for body in bodies:
        body.settle_reads()
    tensors = list(dict.fromkeys(tensor for body in bodies for tensor, _ in body.captures))
    for body in bodies:
        body.adopt(tensors, leading)
    return tensors


def have_state(bodies: Sequence[BodyGraph], first: int) -> bool:
    """Whether any of the bodies runs an operation that TensorFlow calls stateful: the type of the node says so."""
    return any(op_defs.is_stateful(op.definition) for body in bodies for op in body_of(body, first).operations)


def add_node(graph: Graph, name: str, definition: OpDefinition, inputs: Sequence[Tensor], attrs: dict[str, object],
             output_shapes: Sequence[TensorShape], bodies: Sequence[BodyGraph]) -> Operation:
    """Adds the operation that runs `bodies`; it waits for all that they have to wait for."""
    dtypes = [tensor.dtype.base_dtype for tensor in bodies[-1].results]
    inputs = [tensor if tensor.op.graph is graph else graph.capture(tensor) for tensor in inputs]
    with graph.control_dependencies(list(dict.fromkeys(op for body in bodies for op in body.waits_for))):
        op = create(graph, name, definition, tuple(inputs), attrs, dtypes, tuple(output_shapes))
    for body in bodies:
        body.owner = op
    return op


def add_loop_node(graph: Graph, name: str, initial: Sequence[Tensor], cond: BodyGraph, body: BodyGraph,
                  parallel_iterations: int) -> Operation:
    """Adds the operation that runs a loop.

    Args:
      graph: The graph around it.
      name: The full name of the operation.
      initial: The loop variables at the start; both bodies have an argument for each of them.
      cond: Gives one bool.
      body: Gives the loop variables of the next iteration.
      parallel_iterations: Kept for TensorFlow.
    """
    captured = share_captures([cond, body], len(initial))
    body.results.extend(body.arguments[len(initial):])
    inputs = [*initial, *captured]
    shapes = tuple(tensor.shape for tensor in body.arguments)
    attrs: dict[str, object] = {"T": [tensor.dtype.base_dtype for tensor in inputs], "cond": cond, "body": body,
                                "output_shapes": list(shapes), "parallel_iterations": parallel_iterations, **LOWERED}
    definition = lookup("While" if have_state([cond, body], 0) else "StatelessWhile")
    return add_node(graph, name, definition, inputs, attrs, shapes, [cond, body])
