"""The gradient of a loop: a loop that goes through the iterations in reverse.

What the forward loop computed and its gradient needs is kept in lists, one for each such tensor, to which every
iteration adds an element; they become loop variables of the forward loop. How long they are tells how often the loop
has turned; where nothing is kept, one more variable counts the iterations.

The backward loop carries the number of the iteration, the cotangents of the loop variables, and for each tensor that
the loop uses from outside the sum of its cotangents so far (for look-ups: lists of rows and indices).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.gradients import backpropagate, is_differentiable, reaches, zeros_for
from millpond.graph import stacks
from millpond.graph.body import BodyGraph
from millpond.graph.composite import IndexedSlices, to_dense
from millpond.graph.graph import Graph
from millpond.graph.opdef import OpDefinition, lookup
from millpond.graph.operation import Operation, create
from millpond.graph.rule_types import Cotangents
from millpond.graph.tensor import Tensor
from millpond.ops.control import gradient_body, node_bodies
from millpond.ops.control.gradient_body import GradientBody, here
from millpond.shapes import TensorShape


def gradient(g: GradientBuilder, op: Operation, *dys: Tensor | None) -> Cotangents:
    """The cotangents of the inputs of a `While`."""
    if not op.attributes["body"].back_prop:
        return [None] * len(op._inputs)
    return _Backward(op, dys, g.wanted).build()


class _Backward:
    """The building of one backward loop."""

    def __init__(self, op: Operation, dys: Sequence[Tensor | None], wanted: Sequence[bool]) -> None:
        self._op = op
        self._dys = dys
        self._graph = stacks.default_graph()
        self._forward: BodyGraph = op.attributes["body"]
        # As they are now: what is kept becomes more loop variables.
        self._arguments = list(self._forward.arguments)
        self._results = list(self._forward.results)
        self._fixed = {a for a, r in zip(self._arguments, self._results, strict=True) if a is r}
        self._carried = self._with_cotangents()
        touched = self._touched()
        self._summed = [i for i, argument in enumerate(self._arguments)
                        if argument in self._fixed and touched[i] and wanted[i] and is_differentiable(argument)]

    def _with_cotangents(self) -> list[int]:
        """The loop variables whose cotangents are carried: those that the outputs with a cotangent depend on."""
        carried = {i for i, dy in enumerate(self._dys) if dy is not None and self._arguments[i] not in self._fixed}
        self._carried = sorted(carried)
        while True:
            touched = self._touched()
            more = {i for i, argument in enumerate(self._arguments)
                    if touched[i] and argument not in self._fixed and is_differentiable(argument)} - carried
            if not more:
                return self._carried
            carried |= more
            self._carried = sorted(carried)

    def _touched(self) -> list[bool]:
        ys = [self._results[i] for i in self._carried if is_differentiable(self._results[i])]
        return reaches(ys, self._arguments) if ys else [False] * len(self._arguments)

    def build(self) -> list[Any]:
        """Adds the backward loop; gives the cotangents of the forward loop's inputs."""
        op, graph = self._op, self._graph
        passed = [dy if self._arguments[i] in self._fixed else None for i, dy in enumerate(self._dys)]
        if not self._carried:
            return passed
        body = GradientBody(graph, self._forward, op, 0, self._fixed.__contains__, repeats=True)
        cond = BodyGraph(graph, f"the condition of {body.title}", f"{body.function_name}_cond")
        with body.building():
            number = body.argument(dtypes.int32, TensorShape([]), "iteration")
            keeping = body.expose = _Keeping(op, body, number)
            dresults = [body.argument(self._results[i].dtype.base_dtype, self._arguments[i].shape, "cotangent")
                        for i in self._carried]
            wanted = [*self._carried, *self._summed]
            dxs = backpropagate([self._results[i] for i in self._carried], [self._arguments[i] for i in wanted],
                                dresults)
            results = [lookup("Sub")(number, 1)]
            for dx, dresult in zip(dxs, dresults, strict=False):
                results.append(gradient_body.zeros_like(dresult) if dx is None else _dense(dx))
        initial = [lookup("Sub")(_iterations(op, graph, keeping), 1)]
        for i in self._carried:
            dy = self._dys[i]
            initial.append(gradient_body.zeros_like(here(graph, op._outputs[i])) if dy is None else here(graph, dy))
        sums = [_sum_of(graph, body, here(graph, op._inputs[i]), dx)
                for i, dx in zip(self._summed, dxs[len(self._carried):], strict=True)]
        for one in sums:
            initial.extend(one.initial)
            results.extend(one.results)
        body.results = [body.capture(tensor) for tensor in results]
        body.put_captures_last()
        with cond.building():
            for tensor, argument in zip(initial, body.arguments, strict=False):
                cond.argument(tensor.dtype.base_dtype, argument.shape, "state")
            cond.results = [lookup("GreaterEqual")(cond.arguments[0], 0)]
        node = node_bodies.add_loop_node(graph, graph.unique_name("While"), initial, cond, body,
                                         op.attributes["parallel_iterations"])
        dxs_out: list[Any] = list(passed)
        for output, i in zip(node._outputs[1:], self._carried, strict=False):
            dxs_out[i] = output
        position = 1 + len(self._carried)
        for i, one in zip(self._summed, sums, strict=True):
            outputs = node._outputs[position:position + len(one.initial)]
            position += len(one.initial)
            total = one.total(outputs)
            dxs_out[i] = _plus(passed[i], total)
        return dxs_out


def _dense(dx: Any) -> Tensor:
    return to_dense(dx) if isinstance(dx, IndexedSlices) else dx


def _plus(one: Tensor | None, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    return lookup("AddN")([one, _dense(other)])


def _iterations(op: Operation, graph: Graph, keeping: _Keeping) -> Tensor:
    """How often a loop has turned: the length of a list that its gradient looks at, or else an output of the node,
    which counts from now on if it did not.

    In a loop within a loop a length is known while compiling where it is the same in all iterations of the outer one;
    a count would be kept like any other number.
    """
    if keeping.positions:
        return lookup("TensorListLength")(here(graph, op._outputs[keeping.positions[0]]))
    body: BodyGraph = op.attributes["body"]
    if body.counter is None:
        zero = _beside(op, "Const", (), {"value": np.zeros((), np.int32), "dtype": dtypes.int32}, dtypes.int32, [])
        body.counter = add_variable(op, zero, "AddV2", "count", lambda count: (count, _one_in(body)))
    return here(graph, op._outputs[body.counter])


def _one_in(body: BodyGraph) -> Tensor:
    attrs = {"value": np.ones((), np.int32), "dtype": dtypes.int32}
    with body.control_dependencies(None):
        return create(body, body.names.unique(f"{body.function_name}/one"), lookup("Const"), (), attrs, [dtypes.int32],
                      (TensorShape([]),))._outputs[0]


def _beside(op: Operation, type: str, inputs: tuple[Tensor, ...], attrs: dict[str, Any], dtype: dtypes.DType,
            shape: Any) -> Tensor:
    """A new node in the graph that an operation lies in, whatever is being built now."""
    graph = op.graph
    with graph.control_dependencies(None):
        return create(graph, graph.names.unique(f"{op.name}/{type}"), lookup(type), inputs, attrs, [dtype],
                      (TensorShape(shape),))._outputs[0]


def add_variable(op: Operation, initial: Tensor, step: str, name: str, inputs_of: Any) -> int:
    """Adds a loop variable to a loop that exists; gives its position.

    Args:
      op: The loop.
      initial: Its value at the start, in the graph of the loop.
      step: The op type that makes the next value.
      name: What its arguments are called.
      inputs_of: Gives the inputs of that operation, for the argument in the body.
    """
    cond, body = op.attributes["cond"], op.attributes["body"]
    dtype, shape = initial.dtype.base_dtype, initial.shape
    with body.control_dependencies(None):
        cond.argument(dtype, shape, name)
        inputs = inputs_of(body.argument(dtype, shape, name))
        definition = lookup(step)
        after = create(body, body.names.unique(f"{body.function_name}/{name}"), definition, tuple(inputs),
                       _attributes(definition, inputs), [dtype], (shape,))._outputs[0]
    body.results.append(after)
    op._inputs = (*op._inputs, initial)
    initial._consumers = [*(initial._consumers or ()), op]
    gradient_body.add_output(op, "T", initial)
    return len(op._outputs) - 1


def _attributes(definition: OpDefinition, inputs: Sequence[Tensor]) -> dict[str, Any]:
    if "element_dtype" in definition.attrs:
        return {"element_dtype": inputs[1].dtype.base_dtype, "_bounded": False}
    return {"T": inputs[0].dtype.base_dtype}


class _Keeping:
    """Has the forward loop keep a tensor of each iteration, and finds it again in the backward one.

    Attributes:
      positions: The outputs of the forward loop that the backward one looks at.
    """

    def __init__(self, op: Operation, body: GradientBody, number: Tensor) -> None:
        self._op = op
        self._body = body
        self._number = number
        self.positions: list[int] = []

    def __call__(self, tensor: Tensor) -> Tensor:
        forward: BodyGraph = self._op.attributes["body"]
        position = forward.kept.get(tensor)
        if position is None:
            position = forward.kept[tensor] = add_variable(
                self._op, self._empty_list(tensor), "TensorListPushBack", "kept", lambda kept: (kept, tensor))
        self.positions.append(position)
        body = self._body
        with stacks.graphs.pushed(body), body.control_dependencies(None):
            values = body.capture(self._op._outputs[position])
            item = lookup("TensorListGetItem")(values, self._number, _as_value(tensor.shape),
                                               element_dtype=tensor.dtype.base_dtype, name="kept")
        item.set_shape(tensor.shape)
        return item

    def _empty_list(self, tensor: Tensor) -> Tensor:
        shape = _as_value(tensor.shape)
        sizes = _beside(self._op, "Const", (), {"value": shape, "dtype": dtypes.int32}, dtypes.int32, shape.shape)
        most = np.full((), -1, np.int32)
        limit = _beside(self._op, "Const", (), {"value": most, "dtype": dtypes.int32}, dtypes.int32, [])
        return _beside(self._op, "EmptyTensorList", (sizes, limit),
                       {"element_dtype": tensor.dtype.base_dtype, "shape_type": dtypes.int32}, dtypes.variant, [])


def _as_value(shape: TensorShape) -> np.ndarray:
    """A shape as list ops take it: -1 for what is not known."""
    if shape.sizes is None:
        return np.full((), -1, np.int32)
    return np.array([-1 if size is None else size for size in shape.sizes], np.int32)


class _Dense:
    """The sum of the cotangents of one tensor from outside the loop."""

    def __init__(self, body: GradientBody, tensor: Tensor, dx: Tensor | None) -> None:
        self.initial: list[Tensor] = []
        self.results: list[Tensor] = []
        self._is_there = dx is not None
        if dx is None:
            return
        zeros = zeros_for(tensor)
        self.initial = [zeros]
        with body.building():
            so_far = body.argument(zeros.dtype, zeros.shape, "sum")
            self.results = [lookup("AddN")([so_far, dx])]

    def total(self, outputs: Sequence[Tensor]) -> Any:
        return outputs[0] if self._is_there else None


class _Slices:
    """The rows that look-ups in all iterations give for one tensor, and their indices."""

    def __init__(self, graph: Any, body: GradientBody, tensor: Tensor, dx: IndexedSlices) -> None:
        self._tensor = tensor
        self._parts = (dx.values, dx.indices)
        self.initial = []
        self.results = []
        for part in self._parts:
            shape = _as_value(part.shape)
            self.initial.append(lookup("EmptyTensorList")(shape, -1, element_dtype=part.dtype.base_dtype))
            with body.building():
                so_far = body.argument(dtypes.variant, TensorShape([]), "rows")
                self.results.append(lookup("TensorListPushBack")(so_far, part, _bounded=False))

    def total(self, outputs: Sequence[Tensor]) -> Any:
        joined = []
        for part, output in zip(self._parts, outputs, strict=True):
            rest = _as_value(TensorShape(None) if part.shape.ndims is None else TensorShape(part.shape.sizes))
            none = np.zeros([0], np.int64)
            joined.append(lookup("TensorListConcatV2")(output, rest, none, element_dtype=part.dtype.base_dtype)[0])
        return IndexedSlices(joined[0], joined[1], gradient_body.shape_of(self._tensor))


def _sum_of(graph: Any, body: GradientBody, tensor: Tensor, dx: Any) -> Any:
    if isinstance(dx, IndexedSlices):
        return _Slices(graph, body, tensor, dx)
    return _Dense(body, tensor, dx)
