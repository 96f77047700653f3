"""Loops: `While` and `StatelessWhile`, which run a body as long as a condition holds.

All inputs are loop variables. Those that bodies capture are handed on by the body as they are.
The functions that programs call are in `while_loop.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond.graph.body import BodyGraph
from millpond.graph.effects import Body
from millpond.graph.graph import Graph
from millpond.graph.opdef import define_op
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.control import loop_gradients
from millpond.ops.control.node_bodies import add_loop_node, body_of
from millpond.shapes import TensorShape


def _while_shape(input: list[TensorShape], *, body: Any) -> tuple[TensorShape, ...]:
    return tuple(tensor.shape for tensor in body.arguments)


def _while_bodies(op: Operation) -> Sequence[Body]:
    return [body_of(op.attributes[name], 0) for name in ("cond", "body")]


WHILE, STATELESS_WHILE = [define_op(
    name, inputs="input: T", outputs="output: T",
    attrs="T: list(type), cond: func, body: func, output_shapes: list(shape) = [], parallel_iterations: int = 10",
    shape=_while_shape, gradient=loop_gradients.gradient, bodies=_while_bodies,
    stateful=name == "While")
    for name in ("While", "StatelessWhile")]


def add_loop(graph: Graph, name: str, initial: Sequence[Tensor], cond: BodyGraph, body: BodyGraph,
             parallel_iterations: int) -> Operation:
    """Adds a loop; see `node_bodies.add_loop_node`."""
    return add_loop_node(graph, name, initial, cond, body, parallel_iterations)
