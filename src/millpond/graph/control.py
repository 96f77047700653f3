"""The `control_dependencies` blocks of a graph: those that are open in a thread stand in its `Scopes.control`."""

from __future__ import annotations

from millpond.graph.operation import Operation
from millpond.graph.scopes import Scopes


class ControlScope:
    """One `with` block: what it adds to the control inputs, and which operations were made inside.

    A class, not a generator: programs enter it by hand, and it stays open although nobody keeps it.
    """

    __slots__ = ("added", "made_inside", "_scopes", "_lifts_others", "_outer", "_inner")

    def __init__(self, scopes: Scopes, ops: list[Operation] | None) -> None:
        self._scopes = scopes
        self._lifts_others = ops is None
        current = {op for scope in scopes.control for op in scope.added}
        self.added: list[Operation] = [op for op in dict.fromkeys(ops or ()) if op not in current]
        self.made_inside: set[Operation] = set()
        self._outer: tuple[ControlScope, ...] = ()
        self._inner: tuple[ControlScope, ...] = ()

    def __enter__(self) -> None:
        self._outer = self._scopes.control
        self._inner = self._scopes.control = () if self._lifts_others else (*self._outer, self)

    def __exit__(self, *_: object) -> None:
        is_innermost = self._scopes.control is self._inner
        self._scopes.control = self._outer
        if not is_innermost:
            raise AssertionError("Nesting violated: a control_dependencies block is left while another, opened inside "
                                 "it, is still open.")


def inputs_for(open_blocks: tuple[ControlScope, ...], op: Operation) -> tuple[Operation, ...]:
    """The control inputs that the open blocks give a new operation.

    Where one of its inputs was made inside the same block, that input already waits, and the operation need not.
    """
    producers = {tensor.op for tensor in op._inputs}
    found: dict[Operation, None] = {}
    for block in open_blocks:
        if block.made_inside.isdisjoint(producers):
            found.update((added, None) for added in block.added if added not in producers)
    return tuple(found)


def record(open_blocks: tuple[ControlScope, ...], op: Operation) -> None:
    """Remembers that an operation was made inside the open blocks."""
    for block in open_blocks:
        block.made_inside.add(op)
