"""The `control_dependencies` scopes of a graph."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from millpond.graph.operation import Operation


class ControlScope:
    """One `with` block: what it adds to the control inputs, and which operations were made inside."""

    __slots__ = ("added", "made_inside")

    def __init__(self, added: list[Operation]) -> None:
        self.added = added
        self.made_inside: set[Operation] = set()


class ControlScopes:
    """The blocks that are open, outermost first."""

    __slots__ = ("scopes",)

    def __init__(self) -> None:
        self.scopes: list[ControlScope] = []

    @contextlib.contextmanager
    def entered(self, ops: list[Operation] | None) -> Iterator[None]:
        outer = self.scopes
        if ops is None:
            self.scopes = []
        else:
            current = {op for scope in outer for op in scope.added}
            self.scopes = [*outer, ControlScope([op for op in dict.fromkeys(ops) if op not in current])]
        try:
            yield
        finally:
            self.scopes = outer

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
