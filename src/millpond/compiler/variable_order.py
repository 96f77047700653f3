"""Which value of a variable each operation of a run sees.

A run sees a variable as a row of versions: version 0 is the value when the run starts, and each write of the run
makes the next one, in the order of the schedule. An operation that reads the variable sees the
newest version whose write is ordered before the operation, by data or control dependencies. A read-modify-write
op sees the version just before its own. Fetching the variable itself gives the last version.

Requires: operations in execution order. Ensures: `seen(op, tensor)` for every input that stands for a variable.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from millpond.compiler.references import is_transparent_read, variables_written
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.graph.variable_references import variable_of


class Version(NamedTuple):
    """The value of a variable after `number` writes of the run."""

    variable: Operation
    number: int


class VariableOrder:
    """The versions of all variables in one run."""

    def __init__(self, order: Sequence[Operation], feeds: Collection[Tensor]) -> None:
        self._feeds = feeds
        self.write_number: dict[tuple[Operation, Operation], int] = {}
        self.writers: dict[Operation, list[Operation]] = {}
        self._before: dict[Operation, int] = {}
        self._bit: dict[tuple[Operation, Operation], int] = {}
        self._follow(order)

    def _follow(self, order: Sequence[Operation]) -> None:
        """Gives each write its number and each operation the set of writes before it, as bits of an integer."""
        bits = 0
        before = self._before
        for op in order:
            mask = 0
            for tensor in op._inputs:
                if tensor not in self._feeds:
                    mask |= before.get(tensor.op, 0)  # none where it was done in an earlier part of the run
            for control in op._control_inputs:
                mask |= before.get(control, 0)
            for variable in variables_written(op):
                writers = self.writers.setdefault(variable, [])
                writers.append(op)
                self.write_number[op, variable] = len(writers)
                self._bit[op, variable] = 1 << bits
                mask |= 1 << bits
                bits += 1
            before[op] = mask

    def seen(self, op: Operation, tensor: Tensor) -> Version | None:
        """The version that `op` sees through its input `tensor`; None where that is no variable, or fed."""
        variable = self.variable_behind(tensor)
        if variable is None:
            return None
        own = self.write_number.get((op, variable))
        if own is not None:
            return Version(variable, own - 1)
        return self._newest(variable, self._before[op])

    def fetched(self, tensor: Tensor) -> Version | None:
        """The version that fetching `tensor` gives."""
        variable = self.variable_behind(tensor)
        if variable is None:
            return None
        if tensor.op is variable:
            return Version(variable, len(self.writers.get(variable, ())))
        own = self.write_number.get((tensor.op, variable))
        if own is not None:
            return Version(variable, own)
        return self._newest(variable, self._before.get(tensor.op, 0))

    def writes_before(self, op: Operation) -> int:
        """The writes that are ordered before an operation, its own included, as bits of an integer."""
        return self._before[op]

    def variable_behind(self, tensor: Tensor) -> Operation | None:
        """The variable that a reference, or a transparent read of one, stands for."""
        if tensor in self._feeds:
            return None
        if is_transparent_read(tensor.op):
            tensor = tensor.op._inputs[0]
            if tensor in self._feeds:
                return None
        return variable_of(tensor)

    def _newest(self, variable: Operation, mask: int) -> Version:
        writers = self.writers.get(variable, ())
        for number in range(len(writers), 0, -1):
            if mask & self._bit[writers[number - 1], variable]:
                return Version(variable, number)
        return Version(variable, 0)
