"""Static operands: which inputs a compilation must know the values of, and which values it can know."""

from __future__ import annotations

from collections.abc import Collection

from millpond.graph.effects import effects_of
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
