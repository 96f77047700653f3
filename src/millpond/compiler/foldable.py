"""Static operands: which inputs a compilation must know the values of, and which values it can know."""

from __future__ import annotations

from collections.abc import Collection

from millpond.graph.effects import Body, effects_of
from millpond.graph.opdef import sections
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor


class Foldable:
    """Whether a compiler can know a value: it comes from constants, feeds and shapes through pure ops only.

    Answers are kept by operation: the ways through sums of sums are many, the operations few.
    """

    def __init__(self, fed: Collection[Tensor]) -> None:
        self._fed = fed
        self._known: dict[Operation, bool] = {}

    def __call__(self, tensor: Tensor) -> bool:
        if tensor in self._fed:
            return True
        known = self._known
        stack = [tensor.op]
        while stack:
            op = stack[-1]
            if op not in known:
                needed = self._needs(op)
                unknown = [] if needed is None else [before for before in needed if before not in known]
                if unknown:
                    stack.extend(unknown)
                    continue
                known[op] = needed is not None and all(known[before] for before in needed)
            stack.pop()
        return known[tensor.op]

    def _needs(self, op: Operation) -> list[Operation] | None:
        """The operations that have to be foldable for `op` to be so; None where that cannot help."""
        if op.definition.role == "constant":
            return []
        if op.definition.reads_shape_only and not effects_of(op).host:
            return []
        if not op.definition.foldable or effects_of(op).host:
            return None
        if any(t.dtype.is_ref_dtype for t in op._inputs):
            return None
        return [t.op for t in op._inputs if t not in self._fed]


def static_positions(op: Operation) -> list[int]:
    """Positions of an operation's inputs whose values its compilation needs."""
    definition = op.definition
    if definition.bodies is not None:
        return static_arguments(op) or []
    static = definition.static_positions
    if static and definition.static_rule is not None:
        static = frozenset(definition.input_index[name] for name in definition.static_rule(op))
    if not static:
        return []
    found: list[int] = []
    for index, section in enumerate(sections(definition.inputs, op.attributes)):
        if index in static:
            found.extend(range(section.start, section.stop) if isinstance(section, slice) else (section,))
    return found


def static_arguments(op: Operation) -> list[int] | None:
    """Positions of the inputs of a branch or loop whose values its bodies must know when they are compiled; None where
    they would have to know what is computed in them, or what changes from one iteration to the next."""
    assert op.definition.bodies is not None
    found: set[int] = set()
    for body in op.definition.bodies(op):
        arguments = _static_inputs(body)
        if arguments is None:
            return None
        place = dict(zip(body.inputs, body.positions, strict=True))
        found.update(place[argument] for argument in arguments)
    return sorted(found) if all(_is_fixed(op, position) for position in found) else None


def _is_fixed(op: Operation, position: int) -> bool:
    """Whether an input means the same in all iterations; branches have but one."""
    loop = op.attributes.get("body")
    return loop is None or loop.results[position] is loop.arguments[position]


def _static_inputs(body: Body) -> set[Tensor] | None:
    """The arguments of a body whose values its compilation needs; None where it needs more than these."""
    if body.static is ...:
        body.static = _find_static_inputs(body)
    return body.static


def _find_static_inputs(body: Body) -> set[Tensor] | None:
    fed = frozenset(body.inputs)
    is_foldable = Foldable(fed)
    found: set[Tensor] = set()
    for op in body.operations:
        if op.definition.bodies is not None and static_arguments(op) is None:
            return None
        for position in static_positions(op):
            if not is_foldable(op._inputs[position]):
                return None
            found.update(_behind(op._inputs[position], fed))
    return found


def _behind(tensor: Tensor, fed: Collection[Tensor]) -> set[Tensor]:
    """The fed tensors that a foldable value is folded from."""
    found, seen, stack = set(), set(), [tensor]
    while stack:
        tensor = stack.pop()
        if tensor in seen:
            continue
        seen.add(tensor)
        if tensor in fed:
            found.add(tensor)
        elif not tensor.op.definition.reads_shape_only:
            stack.extend(tensor.op._inputs)
    return found
