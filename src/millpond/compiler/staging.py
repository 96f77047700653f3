"""Staging: which stage each operation stands in.

Every operation gets a **level**, the earliest that its predecessors allow; operations of one level and one kind (a
device, the host) make a stage. Writes are then moved as late as their dependents allow, behind all that does not
depend on any write: a stage that can still fail after a write keeps it from giving its old value's buffer away.

Requires: operations in the order of the schedule. Ensures: every operation that computes stands in exactly one stage,
behind what it depends on; an operation that may block stands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from millpond.compiler import prune
from millpond.compiler.foldable import Foldable, static_positions
from millpond.compiler.host_side import runs_on_host
from millpond.compiler.references import variables_written
from millpond.compiler.stage import HOST, Stage, computes
from millpond.compiler.variable_order import VariableOrder
from millpond.graph.effects import effects_of
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor

# XLA's compile time grows faster than the number of ops: 1,500 ops take 0.7 s on a CPU, 4,500 ops 5 s.
MAX_STAGE_OPS = 2000

# Kinds of stages on the host, beside one for each operation that blocks. What writes runs under the store's lock,
# where nothing slow should stand with it.
_HOST_WRITES = f"{HOST} writes"


class Staging:
    """Gives each operation the stage it stands in."""

    def __init__(self, order: list[Operation], fed: Collection[Tensor], variables: VariableOrder,
                 place: Callable[[Operation], str], done: Collection[Operation] = ()) -> None:
        self._order = order
        self._done = done
        self._fed = fed
        self._variables = variables
        self._place = place
        self._is_foldable = Foldable(fed)
        self._kind: dict[Operation, str] = {}
        self._level: dict[Operation, int] = {}
        # What a group, constant or read stands for: the computing operations it waits for.
        self._behind: dict[Operation, tuple[Operation, ...]] = {}

    def stages(self) -> list[Stage]:
        """The stages, in an order in which they can run."""
        for op in self._order:
            if computes(op, self._fed):
                self._kind[op] = self._kind_of(op)
            else:
                self._behind[op] = self.predecessors(op)
                if op.device:
                    self._place(op)  # refuses a device that is not there, though nothing will run on it
        self._set_levels({})
        late = self._late_writes()
        if late:
            self._set_levels(late)
        return self._cut()

    def predecessors(self, op: Operation) -> tuple[Operation, ...]:
        """The computing operations that must have run before an operation may."""
        found: dict[Operation, None] = {}
        for before in prune.predecessors(op, self._fed, self._done):
            if before in self._behind:
                found.update(dict.fromkeys(self._behind[before]))
            else:
                found[before] = None
        return tuple(found)

    def _kind_of(self, op: Operation) -> str:
        effects = effects_of(op)
        if not runs_on_host(op):
            return self._place(op)
        if op.device:
            self._place(op)
        if effects.blocks:
            return f"{HOST} {op.id}"
        return _HOST_WRITES if effects.writes else HOST

    def _set_levels(self, floor: dict[Operation, int]) -> None:
        for op, kind in self._kind.items():
            self._level[op] = max(self._earliest_level(op, kind), floor.get(op, 0))

    def _earliest_level(self, op: Operation, kind: str) -> int:
        level = 0
        for before in self.predecessors(op):
            level = max(level, self._level[before] + (self._kind[before] != kind))
        for variable in variables_written(op):
            number = self._variables.write_number[op, variable]
            if number > 1:
                before = self._variables.writers[variable][number - 2]
                level = max(level, self._level[before] + (self._kind[before] != kind))
        if not runs_on_host(op):
            level = max(level, self._level_of_static_operands(op))
        return level

    def _level_of_static_operands(self, op: Operation) -> int:
        level = 0
        for position in static_positions(op):
            tensor = op._inputs[position]
            version = self._variables.seen(op, tensor)
            if version is not None:
                if version.number:
                    writer = self._variables.writers[version.variable][version.number - 1]
                    level = max(level, self._level[writer] + 1)
            elif not self._is_foldable(tensor):
                behind = self._behind.get(tensor.op, (tensor.op,))
                level = max([level, *(self._level[before] + 1 for before in behind)])
        return level

    def _late_writes(self) -> dict[Operation, int]:
        """The level up to which each write can be put off: that of the last operation which waits for no write."""
        last: dict[str, int] = {}
        writers = []
        for op, kind in self._kind.items():
            if effects_of(op).writes:
                writers.append(op)
            elif not self._variables.writes_before(op):
                last[kind] = max(last.get(kind, 0), self._level[op])
        late = {}
        for op in writers:
            level = max([level + (kind != self._kind[op]) for kind, level in last.items()], default=0)
            if level > self._level[op]:
                late[op] = level
        return late

    def _cut(self) -> list[Stage]:
        groups: dict[tuple[int, int, str], list[Operation]] = {}
        for op, kind in self._kind.items():
            groups.setdefault((self._level[op], self._rank(op, kind), kind), []).append(op)
        stages: list[Stage] = []
        for (_, _, kind), ops in sorted(groups.items(), key=lambda item: (*item[0][:2], item[1][0].id)):
            on_host = runs_on_host(ops[0])
            # Where a group is cut, what waits for no write goes first.
            size = len(ops) if on_host else MAX_STAGE_OPS
            if len(ops) > size:
                ops.sort(key=lambda op: self._variables.writes_before(op) != 0)
            for start in range(0, len(ops), size):
                stage = Stage(len(stages), HOST if on_host else kind)
                stage.ops = ops[start:start + size]
                stage.blocks = effects_of(ops[0]).blocks
                stages.append(stage)
        return stages

    @staticmethod
    def _rank(op: Operation, kind: str) -> int:
        """At one level device stages go first: they run while the host works, or waits."""
        effects = effects_of(op)
        return 0 if not runs_on_host(op) else 1 if effects.blocks else 3 if kind == _HOST_WRITES else 2
