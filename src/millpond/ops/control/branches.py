"""Branches: `If`, `StatelessIf` and `Case`, which run one of their bodies.

The functions that programs call are in `cond.py`.
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
from millpond.ops.control import branch_gradients
from millpond.ops.control.node_bodies import LOWERED, add_node, body_of, general_shapes, have_state, share_captures
from millpond.shapes import TensorShape


def _if_shape(cond: TensorShape, input: list[TensorShape], *, then_branch: Any,
              else_branch: Any) -> tuple[TensorShape, ...]:
    return general_shapes([then_branch, else_branch])


def _if_bodies(op: Operation) -> Sequence[Body]:
    return [body_of(op.attributes[name], 1) for name in ("then_branch", "else_branch")]


IF, STATELESS_IF = [define_op(
    name, inputs="cond: Tcond, input: Tin", outputs="output: Tout",
    attrs="Tcond: type, Tin: list(type), Tout: list(type), then_branch: func, else_branch: func, "
          "output_shapes: list(shape) = []",
    shape=_if_shape, gradient=branch_gradients.gradient, bodies=_if_bodies,
    stateful=name == "If")
    for name in ("If", "StatelessIf")]


def _case_shape(branch_index: TensorShape, input: list[TensorShape], *, branches: Any) -> tuple[TensorShape, ...]:
    return general_shapes(branches)


def _case_bodies(op: Operation) -> Sequence[Body]:
    return [body_of(branch, 1) for branch in op.attributes["branches"]]


CASE, STATELESS_CASE = [define_op(
    name, inputs="branch_index: int32, input: Tin", outputs="output: Tout",
    attrs="Tin: list(type), Tout: list(type), branches: list(func), output_shapes: list(shape) = []",
    shape=_case_shape, gradient=branch_gradients.gradient, bodies=_case_bodies,
    stateful=name == "Case")
    for name in ("Case", "StatelessCase")]


def add_branches(graph: Graph, name: str, choice: Tensor, bodies: Sequence[BodyGraph], is_case: bool) -> Operation:
    """Adds the operation that runs one of `bodies`.

    Args:
      graph: The graph around them.
      name: The full name of the operation.
      choice: A bool, or the number of the body for a `Case`.
      bodies: The bodies, whose results are alike.
      is_case: Whether there is any number of bodies, not two.
    """
    captured = share_captures(bodies, 0)
    shapes = general_shapes(bodies)
    attrs: dict[str, Any] = {"Tin": [tensor.dtype.base_dtype for tensor in captured],
                             "Tout": [tensor.dtype.base_dtype for tensor in bodies[0].results],
                             "output_shapes": list(shapes), **LOWERED}
    definitions = ((STATELESS_IF, IF), (STATELESS_CASE, CASE))[is_case]
    if is_case:
        attrs["branches"] = list(bodies)
    else:
        attrs.update(Tcond=choice.dtype, then_branch=bodies[0], else_branch=bodies[1])
    return add_node(graph, name, definitions[have_state(bodies, 1)], [choice, *captured], attrs, shapes, bodies)
