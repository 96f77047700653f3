"""The gradient of a branch: the same choice between the gradients of the branches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.gradients import backpropagate, is_differentiable, zeros_for
from millpond.graph import stacks
from millpond.graph.body import BodyGraph
from millpond.graph.composite import IndexedSlices, to_dense
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op, lookup
from millpond.graph.operation import Operation, create
from millpond.graph.rule_types import Cotangents
from millpond.graph.static_values import shape_behind
from millpond.graph.tensor import Tensor
from millpond.ops.control import gradient_body, node_bodies
from millpond.ops.control.gradient_body import GradientBody

# Stands where another branch gives a value that only its own gradient looks at.
FAKE = define_op("FakeParam", outputs="output: dtype", attrs="dtype: type, shape: shape",
                 shape=lambda *, shape: shape, gradient=NOT_DIFFERENTIABLE, stateful=True, role="unused")


def bodies_of(node: Operation) -> list[BodyGraph]:
    """The branches of a node."""
    if "branches" in node.attributes:
        return list(node.attributes["branches"])
    return [node.attributes["then_branch"], node.attributes["else_branch"]]


def gradient(g: GradientBuilder, op: Operation, *dys: Tensor | None) -> Cotangents:
    """The cotangents of the inputs of an `If` or `Case`."""
    graph = stacks.default_graph()
    branches = bodies_of(op)
    given = [(i, dy) for i, dy in enumerate(dys) if dy is not None]
    bodies: list[GradientBody] = []
    found: list[list[Any]] = []
    for number, forward in enumerate(branches):
        body = GradientBody(graph, forward, op, 1, lambda argument: True, repeats=False)
        body.expose = _Exposing(op, branches, number)
        with body.building():
            wanted = [i for i, argument in enumerate(forward.arguments) if is_differentiable(argument)]
            dxs = backpropagate([forward.results[i] for i, _ in given], [forward.arguments[i] for i in wanted],
                                [body.capture(dy) for _, dy in given])
            by_position: list[Any] = [None] * len(forward.arguments)
            for i, dx in zip(wanted, dxs, strict=True):
                by_position[i] = dx
            found.append(by_position)
        bodies.append(body)
    return [None, *_joined(op, graph, bodies, found)]


class _Exposing:
    """Makes a tensor of one branch an output of the node."""

    def __init__(self, node: Operation, branches: Sequence[BodyGraph], number: int) -> None:
        self._node = node
        self._branches = branches
        self._number = number

    def __call__(self, tensor: Tensor) -> Tensor:
        results = self._branches[self._number].results
        if tensor in results:
            return self._node._outputs[results.index(tensor)]
        for number, branch in enumerate(self._branches):
            branch.results.append(tensor if number == self._number else _fake(branch, tensor))
        return gradient_body.add_output(self._node, "Tout", tensor)


def _fake(branch: BodyGraph, tensor: Tensor) -> Tensor:
    dtype = tensor.dtype.base_dtype
    name = branch.names.unique(f"{branch.function_name}/FakeParam")
    with branch.control_dependencies(None):
        return create(branch, name, FAKE, (), {"dtype": dtype, "shape": tensor.shape}, [dtype],
                      (tensor.shape,))._outputs[0]


def _joined(op: Operation, graph: Any, bodies: Sequence[GradientBody], found: Sequence[list[Any]]) -> list[Any]:
    """Adds the branch of gradients; gives the cotangent of each input behind the choice."""
    kinds: list[str | None] = []
    for i in range(len(found[0])):
        parts = [by_position[i] for by_position in found if by_position[i] is not None]
        kinds.append(None if not parts else "slices" if all(isinstance(p, IndexedSlices) for p in parts) else "dense")
    for body, forward, by_position in zip(bodies, bodies_of(op), found, strict=True):
        with body.building():
            for i, kind in enumerate(kinds):
                if kind == "dense":
                    body.results.append(body.capture(_dense(by_position[i], forward.arguments[i])))
                elif kind == "slices":
                    slices = by_position[i] or _no_slices(forward.arguments[i], [f[i] for f in found])
                    body.results.extend(body.capture(part) for part in (slices.values, slices.indices))
    if all(kind is None for kind in kinds):
        return [None] * len(kinds)
    node = _add(op, graph, bodies)
    outputs = iter(node._outputs)
    dxs: list[Any] = []
    for kind, tensor in zip(kinds, op._inputs[1:], strict=True):
        if kind == "slices":
            values, indices = next(outputs), next(outputs)
            dxs.append(IndexedSlices(values, indices, gradient_body.shape_of(tensor)))
        else:
            dxs.append(None if kind is None else next(outputs))
    return dxs


def _add(op: Operation, graph: Any, bodies: Sequence[GradientBody]) -> Operation:
    captured = node_bodies.share_captures(bodies, 0)
    shapes = node_bodies.general_shapes(bodies)
    choice = op._inputs[0]
    attrs = {**op.attributes, "Tin": [tensor.dtype.base_dtype for tensor in captured],
             "Tout": [tensor.dtype.base_dtype for tensor in bodies[0].results], "output_shapes": list(shapes)}
    if "branches" in attrs:
        attrs["branches"] = list(bodies)
    else:
        attrs.update(then_branch=bodies[0], else_branch=bodies[1])
    return node_bodies.add_node(graph, graph.unique_name(op.type), op.definition, [choice, *captured], attrs, shapes,
                                bodies)


def _dense(dx: Any, argument: Tensor) -> Tensor:
    if dx is None:
        return zeros_for(argument)
    return to_dense(dx) if isinstance(dx, IndexedSlices) else dx


def _no_slices(argument: Tensor, others: Sequence[Any]) -> IndexedSlices:
    """Slices that add nothing. They are as many as another branch gives, where that is known: XLA wants all branches to
    give the same shapes. Otherwise there are none."""
    like = next(other for other in others if other is not None)
    variable = shape_behind(argument) if argument.dtype.base_dtype.name == "resource" else argument.shape
    if like.values.shape.is_fully_defined() and variable.num_elements():
        values = lookup("Fill")(like.values.shape.as_list(), lookup("Cast")(0.0, DstT=like.values.dtype))
        indices = lookup("Fill")([like.values.shape.sizes[0]], lookup("Cast")(0, DstT=like.indices.dtype))
        return IndexedSlices(values, indices, gradient_body.shape_of(argument))
    whole = gradient_body.shape_of(argument)
    shape = lookup("ConcatV2")([[0], lookup("Slice")(whole, [1], [-1])], 0)
    values = lookup("Fill")(shape, lookup("Cast")(0.0, DstT=like.values.dtype))
    indices = lookup("Fill")([0], lookup("Cast")(0, DstT=like.indices.dtype))
    return IndexedSlices(values, indices, whole)

