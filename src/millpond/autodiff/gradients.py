"""Reverse mode on graphs: `tf.gradients`.

The walk goes from `ys` back to `xs`, over the operations that lie between, each once all its consumers there are
done; it stops at NOT_DIFFERENTIABLE rules before it builds anything.
"""

from __future__ import annotations

import collections
import contextlib
import functools
from collections.abc import Sequence
from typing import Any

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import gradient_rule
from millpond.graph import stacks
from millpond.graph.argument_types import TensorLike
from millpond.graph.body import BodyGraph
from millpond.graph.building import graph_of
from millpond.graph.composite import IndexedSlices, convert_to_tensor_or_indexed_slices, to_dense
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, lookup
from millpond.graph.operation import Operation
from millpond.graph.static_values import shape_behind
from millpond.graph.tensor import Tensor
from millpond.nested import as_list
from millpond.ops.array.fill import zeros, zeros_like

Cotangent = Tensor | IndexedSlices


class UnconnectedGradients:
    """What `tf.gradients` gives for an `x` that `ys` do not depend on."""

    NONE = "none"
    ZERO = "zero"


class AggregationMethod:
    """How cotangents of one tensor are summed. All methods give the same program here: XLA decides."""

    ADD_N = 0
    DEFAULT = ADD_N
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


def gradients(ys: Sequence[TensorLike] | TensorLike, xs: Sequence[TensorLike] | TensorLike,
              grad_ys: Sequence[TensorLike | None] | TensorLike | None = None, name: str = "gradients",
              colocate_gradients_with_ops: bool = False, gate_gradients: bool = False,
              aggregation_method: int | None = None, stop_gradients: Sequence[TensorLike] | TensorLike | None = None,
              unconnected_gradients: str = UnconnectedGradients.NONE) -> list[Any]:
    """Adds the derivatives of the sum of `ys` with respect to each of `xs` to the graph.

    Args:
      ys: A tensor, or a list (or other iterable) of tensors.
      xs: A tensor or variable, or a list of them.
      grad_ys: The cotangent of each of `ys`; by default ones.
      name: The name scope of the new operations.
      colocate_gradients_with_ops: Whether they stand on the device of the operation that they differentiate.
      gate_gradients: Whether all gradients of an operation are there before any is used.
      aggregation_method: A constant of `AggregationMethod`.
      stop_gradients: Tensors to take as constants.
      unconnected_gradients: `"none"` or `"zero"`: what to give for an `x` that `ys` do not depend on.

    Returns:
      For each of `xs` a tensor, an `IndexedSlices` (for look-ups), or None.

    Raises:
      LookupError: If an operation between has no gradient rule.
      ValueError: If the arguments do not fit each other.
      TypeError: If a `y` is of a dtype that has no derivatives.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.constant(3.0)
      ...     print(sess.run(tf.gradients(x * x, x)))
      [np.float32(6.0)]
    """
    if unconnected_gradients not in (UnconnectedGradients.NONE, UnconnectedGradients.ZERO):
        raise ValueError(f"Unknown value for unconnected_gradients: {unconnected_gradients!r}")
    if aggregation_method not in (None, 0, 1, 2):
        raise ValueError(f"Invalid aggregation_method: {aggregation_method}")
    y_list, x_list = as_list(ys), as_list(xs)
    stops = [] if stop_gradients is None else as_list(stop_gradients)
    cotangents = as_list(grad_ys) if grad_ys is not None else [None] * len(y_list)
    if len(cotangents) != len(y_list):
        raise ValueError(f"Passed {len(cotangents)} grad_ys for {len(y_list)} ys")
    graph = graph_of([*y_list, *x_list])
    with graph.as_default(), graph.name_scope(name or "gradients"):
        targets = [convert_to_tensor(y, name="y") for y in y_list]
        sources = [_source(x) for x in x_list]
        walk = _Walk(graph, targets, sources, [_source(s) for s in stops], colocate_gradients_with_ops,
                     gate_gradients)
        walk.start(cotangents)
        walk.go()
        found = [walk.result(x) for x in sources]
    if unconnected_gradients == UnconnectedGradients.ZERO:
        with graph.as_default():
            return [zeros_for(x) if total is None else total for x, total in zip(sources, found, strict=True)]
    return found


def backpropagate(ys: Sequence[Tensor], xs: Sequence[Tensor], dys: Sequence[Cotangent]) -> list[Cotangent | None]:
    """The cotangents of `xs` for those of `ys`, for gradient rules of operations with bodies.

    Args:
      ys: Tensors of a body, which need not be the default graph: the nodes are added to that.
      xs: Tensors of the same body; the walk does not go beyond it.
      dys: The cotangents of `ys`.
    """
    walk = _Walk(stacks.default_graph(), list(ys), list(xs), [], colocate=False, gate=False)
    walk.seed(dys)
    walk.go()
    return [walk.result(x) for x in xs]


def reaches(ys: Sequence[Tensor], xs: Sequence[Tensor]) -> list[bool]:
    """For each of `xs` whether derivatives of `ys` may depend on it, looking at the graph alone."""
    walk = _Walk(stacks.default_graph(), list(ys), list(xs), [], colocate=False, gate=False)
    return [walk.touches(x) for x in xs]


def zeros_for(x: Tensor) -> Tensor:
    """Zeros of the shape of a tensor; for a handle, of the shape of the variable behind it."""
    if x.dtype.base_dtype is not dtypes.resource:
        return zeros_like(x)
    shape = shape_behind(x)
    sizes = shape if shape.is_fully_defined() else lookup("VariableShape")(x)
    return zeros(sizes, x.op.attributes["dtype"])


def _source(x: Any) -> Tensor:
    """The tensor to differentiate by: for a variable, its reference or handle."""
    handle = getattr(x, "handle", None)
    if handle is not None and not isinstance(x, Tensor):
        return handle
    if isinstance(x, IndexedSlices):
        return x.values
    return convert_to_tensor(x, name="x", as_ref=True)


def _creation(op: Operation) -> tuple[int, int]:
    """A key that puts operations after what they depend on: those of a body after those around it."""
    depth, graph = 0, op.graph
    while isinstance(graph, BodyGraph):
        depth, graph = depth + 1, graph.outer
    return depth, op.id


def is_differentiable(tensor: Tensor) -> bool:
    """Whether the dtype has derivatives."""
    dtype = tensor.dtype.base_dtype
    return dtype.is_floating or dtype.is_complex or dtype.name in ("resource", "variant")


def _initial(i: int, y: Tensor, dy: Any) -> Cotangent:
    """The cotangent of the i-th of `ys`: what the caller gives, or ones."""
    if dy is None:
        if y.dtype.base_dtype.is_complex:
            raise TypeError(f"Gradients of complex tensors ({y}) must set grad_ys (y.dtype = {y.dtype.name})")
        g = GradientBuilder()
        shape = g.shape(y)
        one = g.constant(1, y, name=f"grad_ys_{i}/Const")
        return g.Fill(shape, one, name=f"grad_ys_{i}")
    dy = convert_to_tensor_or_indexed_slices(dy, name=f"grad_y_{i}")
    if dy.dtype.base_dtype is not y.dtype.base_dtype and (
            y.dtype.base_dtype.is_floating or y.dtype.base_dtype.is_complex):
        raise ValueError(f"Gradient type {dy.dtype.name} generated for {y.dtype.name} tensor {y}: grad_ys must "
                         "have the dtype of ys")
    # Its shape may be one that broadcasts: what comes out at the end of the walk must fit.
    if isinstance(dy, Tensor):
        return lookup("Identity")(dy, name=f"grad_ys_{i}")
    indices = lookup("Identity")(dy.indices, name=f"grad_ys_{i}_indices")
    values = lookup("Identity")(dy.values, name=f"grad_ys_{i}_values")
    shape = dy.dense_shape
    return IndexedSlices(values, indices, None if shape is None else lookup("Identity")(
        shape, name=f"grad_ys_{i}_shape"))


class _Walk:
    """One reverse pass. `cotangents[tensor]` collects what consumers gave for it."""

    def __init__(self, graph: Any, ys: list[Tensor], xs: list[Tensor], stops: list[Tensor], colocate: bool,
                 gate: bool) -> None:
        self._graph = graph
        self._ys = ys
        self._x_set = set(xs)
        self._stopped = {tensor.op for tensor in stops}
        self._colocate = colocate
        self._gate = gate
        self._g = GradientBuilder()
        self._cotangents: dict[Tensor, list[Cotangent]] = {}
        self._summed: dict[Tensor, Cotangent] = {}
        # In a body, what it captures leads on to the graphs around it.
        self._crosses = isinstance(graph, BodyGraph) and all(y.op.graph is graph for y in ys)
        self._between = self._operations_between(ys, xs)

    def start(self, given: list[Any]) -> None:
        """Takes the cotangents of `ys`, None where they are ones."""
        for i, (y, dy) in enumerate(zip(self._ys, given, strict=True)):
            with self._near(y.op):
                self._cotangents.setdefault(y, []).append(_initial(i, y, dy))

    def seed(self, dys: Sequence[Cotangent]) -> None:
        """Takes the cotangents of `ys` as they are."""
        for y, dy in zip(self._ys, dys, strict=True):
            self._cotangents.setdefault(y, []).append(dy)

    # Which operations take part.

    def _inputs_of(self, op: Operation) -> tuple[Tensor, ...]:
        """What an operation depends on: its inputs; for what a body captures, the tensor outside."""
        if self._crosses and not op._inputs and isinstance(op.graph, BodyGraph):
            captured = op.graph.captured_by(op._outputs[0]) if op._outputs else None
            return () if captured is None else (captured,)
        return op._inputs

    def touches(self, x: Tensor) -> bool:
        """Whether an operation that takes part uses `x`, or gives it as one of `ys`."""
        return x in self._ys or any(x in op._inputs for op in self._between if not self._stops_at(op))

    def _operations_between(self, ys: list[Tensor], xs: list[Tensor]) -> set[Operation]:
        """Ancestors of `ys` that depend on an `x`, both along ways that carry derivatives: the walk waits for each."""
        ancestors: set[Operation] = set()
        stack = [y.op for y in ys]
        while stack:
            op = stack.pop()
            if op not in ancestors:
                ancestors.add(op)
                if op not in self._stopped and not self._stops_at(op):
                    stack.extend(t.op for t in self._inputs_of(op) if t.op not in ancestors and is_differentiable(t))
        sources = {x.op for x in xs}
        reached: set[Operation] = set()
        in_order, count = sorted(ancestors, key=_creation), -1
        while count < len(reached):
            count = len(reached)
            for op in in_order:
                if op in sources or (op not in self._stopped and not self._stops_at(op) and any(
                        t.op in reached and is_differentiable(t) for t in self._inputs_of(op))):
                    reached.add(op)
            if self._graph.is_in_order:
                break
        return reached

    def _stops_at(self, op: Operation) -> bool:
        if self._crosses and op._inputs != self._inputs_of(op):
            return False  # the way out of a body
        rule, _ = gradient_rule(op)
        return rule is NOT_DIFFERENTIABLE

    # The walk itself.

    def go(self) -> None:
        waiting: dict[Operation, int] = collections.Counter(
            t.op for op in self._between for t in self._inputs_of(op) if t.op in self._between)
        queue = collections.deque(dict.fromkeys(y.op for y in self._ys if waiting[y.op] == 0
                                                and y.op in self._between))
        done: set[Operation] = set()
        while queue:
            op = queue.popleft()
            if op in done:
                continue
            done.add(op)
            self._differentiate(op)
            for tensor in self._inputs_of(op):
                if tensor.op in self._between:
                    waiting[tensor.op] -= 1
                    if waiting[tensor.op] == 0:
                        queue.append(tensor.op)

    def _differentiate(self, op: Operation) -> None:
        if op in self._stopped:
            return
        inputs = self._inputs_of(op)
        if inputs != op._inputs:
            dy = self._sum(op._outputs[0])
            if dy is not None:
                self._cotangents.setdefault(inputs[0], []).append(dy)
            return
        wanted = [t.op in self._between and is_differentiable(t) for t in inputs]
        dys = [self._sum(output) for output in op._outputs]
        if not any(wanted) or all(dy is None for dy in dys):
            return
        rule, by_user = gradient_rule(op)
        if rule is None:
            raise LookupError(f"No gradient defined for operation '{op.name}' (op type: {op.type})")
        if rule is NOT_DIFFERENTIABLE:
            return
        self._g.wanted = wanted
        passes_slices = op.definition.role == "identity" or by_user
        has_bodies = op.definition.bodies is not None
        with self._graph.name_scope(f"{op.name}_grad"), self._near(op):
            arguments = [self._filled(op, i, dy, passes_slices, not has_bodies) for i, dy in enumerate(dys)]
            dxs = rule(op, *arguments) if by_user else rule(self._g, op, *arguments)
            dxs = list(dxs) if isinstance(dxs, (list, tuple)) else [dxs]
            if len(dxs) != len(inputs):  # a loop may have got more of them meanwhile
                raise ValueError(f"Num gradients {len(dxs)} generated for op {op.node_def} do not match num inputs "
                                 f"{len(inputs)}")
            if self._gate and sum(dx is not None for dx in dxs) > 1:
                dxs = self._gated(dxs)
        for tensor, dx, use in zip(inputs, dxs, wanted, strict=True):
            if dx is not None and use:
                self._cotangents.setdefault(tensor, []).append(self._checked(op, tensor, dx))

    def _gated(self, dxs: list[Any]) -> list[Any]:
        graph, identity = self._graph, functools.partial(lookup("Identity"), name="control_dependency")
        with graph.name_scope("tuple"):
            with graph.control_dependencies([dx.op for dx in dxs if dx is not None]):
                all_there = lookup("NoOp")(name="group_deps")
            with graph.control_dependencies([all_there]):
                return [dx.map_tensors(identity) if isinstance(dx, IndexedSlices) else
                        None if dx is None else identity(dx) for dx in dxs]

    def _near(self, op: Operation) -> contextlib.AbstractContextManager[Any]:
        if not self._colocate or op.graph is not self._graph:
            return contextlib.nullcontext()
        return self._graph.colocate_with(op, ignore_existing=True)

    def _filled(self, op: Operation, index: int, dy: Cotangent | None, passes_slices: bool, fills: bool) -> Any:
        """The cotangent of an output as the rule takes it: zeros where there is none, dense where it must be."""
        output = op._outputs[index]
        if dy is None:
            if not fills or not is_differentiable(output) or output.dtype.base_dtype.name in ("resource", "variant"):
                return None
            return self._g.ZerosLike(output, name="zeros_like")
        if isinstance(dy, IndexedSlices) and not passes_slices:
            return to_dense(dy)
        return dy

    @staticmethod
    def _checked(op: Operation, tensor: Tensor, dx: Any) -> Cotangent:
        if isinstance(dx, IndexedSlices):
            return dx
        dx = convert_to_tensor(dx)
        if tensor.dtype.base_dtype.name != "resource":
            try:
                dx._shape = dx._shape.merge_with(tensor._shape)
            except ValueError:
                raise ValueError(f"Incompatible shapes between op input and calculated input gradient. Forward "
                                 f"operation: {op.name} ({op.type}). Input {tensor.name} has shape {tensor.shape}, "
                                 f"its gradient {dx.shape}.") from None
        return dx

    # Sums.

    def _sum(self, tensor: Tensor) -> Cotangent | None:
        """All that consumers gave for a tensor, added up once."""
        if tensor in self._summed:
            return self._summed[tensor]
        parts = self._cotangents.get(tensor)
        if not parts:
            return None
        with self._near(tensor.op):
            total = parts[0] if len(parts) == 1 else _add_up(self._graph, parts)
        self._summed[tensor] = total
        return total

    def result(self, x: Tensor) -> Cotangent | None:
        return self._sum(x)


def _add_up(graph: Any, parts: list[Cotangent]) -> Cotangent:
    if all(isinstance(part, IndexedSlices) for part in parts):
        return _concatenated([part for part in parts if isinstance(part, IndexedSlices)])
    return _added(graph, [to_dense(part) if isinstance(part, IndexedSlices) else part for part in parts])


def _added(graph: Any, parts: list[Tensor]) -> Tensor:
    """The sum: first of the parts that lie on one device, beside them, then of what the devices have."""
    by_device: dict[str, list[Tensor]] = {}
    for part in parts:
        by_device.setdefault(part.device, []).append(part)
    sums = []
    for _, group in sorted(by_device.items()):
        with graph.colocate_with(group[0].op, ignore_existing=True):
            sums.append(group[0] if len(group) == 1 else lookup("AddN")(group))
    return sums[0] if len(sums) == 1 else lookup("AddN")(sums)


def _concatenated(slices: list[IndexedSlices]) -> IndexedSlices:
    """Slices of one tensor side by side: rows that come twice add up where they are used."""
    values = lookup("ConcatV2")([one.values for one in slices], 0)
    indices = [one.indices for one in slices]
    if len({index.dtype for index in indices}) > 1:
        indices = [index if index.dtype.name == "int64" else lookup("Cast")(index, DstT="int64") for index in indices]
    return IndexedSlices(values, lookup("ConcatV2")(indices, 0), slices[0].dense_shape)


def hessians(ys: Sequence[TensorLike] | TensorLike, xs: Sequence[TensorLike] | TensorLike, name: str = "hessians",
             colocate_gradients_with_ops: bool = False, gate_gradients: bool = False,
             aggregation_method: int | None = None) -> list[Tensor]:
    """The matrices of second derivatives of the sum of `ys` with respect to each of `xs`.

    Args:
      ys: A tensor or list of tensors.
      xs: A tensor or list of tensors, whose number of elements is known while building.
      name: Name of the scope of the nodes.
      colocate_gradients_with_ops, gate_gradients, aggregation_method: See `tf.gradients`.

    Returns:
      For each `x` a tensor of shape `x.shape + x.shape`.

    Raises:
      ValueError: If the shape of an `x` is not known, or `ys` have no second derivatives by an `x` at all.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.constant([1.0, 2.0])
      ...     print(sess.run(tf.hessians(x[0] * x[0] * x[1], x)[0]))
      [[4. 2.]
       [2. 0.]]
    """
    results = []
    ys, xs = as_list(ys), as_list(xs)
    g = GradientBuilder()
    graph = graph_of(ys)
    with graph.as_default(), graph.name_scope(name):
        firsts = gradients(ys, xs, colocate_gradients_with_ops=colocate_gradients_with_ops,
                           gate_gradients=gate_gradients, aggregation_method=aggregation_method)
        for x, first in zip(xs, firsts, strict=True):
            if not x.shape.is_fully_defined():
                raise ValueError(f"tf.hessians needs the shape of {x} to be known while building")
            sizes = x.shape.as_list()
            if first is None:
                raise ValueError(f"None values not supported: {ys} have no derivative by {x}")
            flat = g.Reshape(convert_to_tensor(first), [-1])
            rows = [gradients(flat[i], x)[0] for i in range(x.shape.num_elements())]
            if None in rows:
                raise ValueError(f"None values not supported: the derivative of {ys} by {x} does not depend on it")
            results.append(g.Reshape(g.Pack([convert_to_tensor(row) for row in rows]), sizes + sizes))
    return results


