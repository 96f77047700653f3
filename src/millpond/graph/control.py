"""The `control_dependencies` scopes of a graph."""

from __future__ import annotations

from millpond.graph.operation import Operation


class ControlScope:
    """One `with` block: what it adds to the control inputs, and which operations were made inside.

    A class, not a generator: programs enter it by hand, and it stays open although nobody keeps it.
    """

    __slots__ = ("added", "made_inside", "_scopes", "_lifts_others", "_outer")

    def __init__(self, scopes: ControlScopes, ops: list[Operation] | None) -> None:
        self._scopes = scopes
        self._lifts_others = ops is None
        current = {op for scope in scopes.scopes for op in scope.added}
        self.added: list[Operation] = [op for op in dict.fromkeys(ops or ()) if op not in current]
        self.made_inside: set[Operation] = set()
        self._outer: list[ControlScope] = []

    def __enter__(self) -> None:
        self._outer = self._scopes.scopes
        self._scopes.scopes = [] if self._lifts_others else [*self._outer, self]

    def __exit__(self, *_: object) -> None:
        self._scopes.scopes = self._outer


class ControlScopes:
    """The blocks that are open, outermost first."""

    __slots__ = ("scopes",)

    def __init__(self) -> None:
        self.scopes: list[ControlScope] = []

    def entered(self, ops: list[Operation] | None) -> ControlScope:
        """A block that adds `ops`, or lifts all blocks around it."""
        return ControlScope(self, ops)

    def inputs_for(self, op: Operation) -> tuple[Operation, ...]:
        """The control inputs of a new operation. Where one of its inputs was made inside the same block, that
        input already waits, and the operation need not."""
        producers = {tensor.op for tensor in op.inputs}
        found: dict[Operation, None] = {}
        for scope in self.scopes:
            if scope.made_inside.isdisjoint(producers):
                found.update((added, None) for added in scope.added if added not in producers)
        return tuple(found)

    def record(self, op: Operation) -> None:
        for scope in self.scopes:
            scope.made_inside.add(op)
