"""Wiring: what enters and leaves each stage, which variables it reads and writes, and what it waits for.

Requires: stages in an order in which they can run. Ensures: what a stage needs is fed, in the store, or an output of a
stage that it waits for; the value of every static operand can be worked out when its stage is compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from millpond.compiler.foldable import static_positions
from millpond.compiler.host_side import runs_on_host
from millpond.compiler.references import references_written
from millpond.compiler.stage import Key, Stage
from millpond.compiler.variable_order import VariableOrder, Version
from millpond.graph.effects import drawing_ops, effects_of
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor


class Wiring:
    """Connects stages: what enters, leaves, is read and written by each."""

    def __init__(self, stages: list[Stage], fed: Collection[Tensor], variables: VariableOrder,
                 predecessors: Callable[[Operation], Iterable[Operation]], fetch_keys: Collection[Key]) -> None:
        self._stages = stages
        self._fed = fed
        self._variables = variables
        self._predecessors = predecessors
        self._fetch_keys = fetch_keys
        self._home = {op: stage for stage in stages for op in stage.ops}
        self._input_position: list[dict[Key, int]] = [{} for _ in stages]

    def connect(self) -> None:
        self._number_writes()
        for stage in self._stages:
            for op in stage.ops:
                stage.operands[op] = self._operands(stage, op)
                stage.random_ops.extend(drawing_ops(op))
        for key in self._fetch_keys:
            self._provide(key)
        for stage in self._stages:
            if not stage.on_host:
                self._mark_static(stage)
            stage.fed_inputs = {i for i, key in enumerate(stage.inputs)
                                if key in self._fed or (isinstance(key, Tensor) and runs_on_host(key.op))}
            stage.borrowed = {i for i in stage.fed_inputs if (key := stage.inputs[i]) in self._fed
                              or (isinstance(key, Tensor) and effects_of(key.op).blocks)}
        self._order_stages()
        self._note_last_uses()

    def _number_writes(self) -> None:
        current: dict[Operation, int] = {}
        for stage in self._stages:
            stage.entry = dict(current)
            for op in stage.ops:
                for tensor, variable in references_written(op):
                    number = self._variables.write_number[op, variable]
                    current[variable] = stage.writes[variable] = number
                    stage.written_version[op, tensor] = Version(variable, number)

    def _operands(self, stage: Stage, op: Operation) -> list[Key | None]:
        operands: list[Key | None] = []
        references, reads = reference_positions(op), effects_of(op).reads
        for position, tensor in enumerate(op._inputs):
            version = self._variables.seen(op, tensor)
            if version is None:
                self._need(stage, tensor)
                operands.append(tensor)
            elif position in references and position not in reads:
                operands.append(None)
            else:
                self._need_version(stage, version)
                operands.append(version)
        return operands

    def _need(self, stage: Stage, tensor: Tensor) -> None:
        if tensor in self._fed:
            self._enter(stage, tensor)
            return
        op = tensor.op
        home = self._home.get(op)
        if home is None or home is stage:
            return  # a constant, or made in this stage
        if tensor not in home.outputs:
            home.outputs.append(tensor)
        self._enter(stage, tensor)

    def _enter(self, stage: Stage, key: Key) -> int:
        positions = self._input_position[stage.index]
        if key not in positions:
            positions[key] = len(stage.inputs)
            stage.inputs.append(key)
        return positions[key]

    def _need_version(self, stage: Stage, version: Version) -> None:
        entry = stage.entry.get(version.variable, 0)
        if version.number == entry:
            if version.variable not in stage.reads:
                stage.reads.append(version.variable)
        elif version.number < entry:
            self._enter(stage, version)
            self._preserve(version)

    def _preserve(self, version: Version) -> None:
        """Has the stage that moves on from a version (or makes it last) keep it for later."""
        variable, number = version
        for stage in self._stages:
            if variable in stage.writes and stage.entry.get(variable, 0) <= number <= stage.writes[variable]:
                if version not in stage.preserved:
                    stage.preserved.append(version)
                    if number == stage.entry.get(variable, 0) and variable not in stage.reads:
                        stage.reads.append(variable)
                return

    def _order_stages(self) -> None:
        """Says which stages each waits for: for values, for control, and for the variables they share."""
        writer: dict[Operation, int] = {}
        for stage in self._stages:
            waits = stage.waits_for
            waits.update(self._home[before].index for op in stage.ops for before in self._predecessors(op))
            for variable in stage.reads:
                waits.update([writer[variable]] if variable in writer else [])
            if stage.writes:
                # What has been written before another stage fails would have to be put back: writing comes last.
                waits.update(range(stage.index))
            for variable in stage.writes:
                writer[variable] = stage.index
            waits.discard(stage.index)

        devices = {stage.device for stage in self._stages if not stage.on_host}
        for stage in self._stages:
            stage.overlaps = len(devices) > 1 and not stage.on_host

    def _note_last_uses(self) -> None:
        """Says after which stage each value can be let go."""
        kept = set(self._fetch_keys)
        last: dict[Key, Stage] = {}
        for stage in self._stages:
            for key in (*stage.inputs, *stage.outputs, *stage.preserved):
                if key not in kept:
                    last[key] = stage
        for key, stage in last.items():
            stage.last_uses.append(key)

    def _provide(self, key: Key) -> None:
        if isinstance(key, Version):
            self._preserve(key)
        elif key not in self._fed:
            home = self._home.get(key.op)
            if home is not None and key not in home.outputs:
                home.outputs.append(key)

    def _mark_static(self, stage: Stage) -> None:
        static: set[int] = set()
        operands: dict[Key | None, None] = {}
        for op in stage.ops:
            for position in static_positions(op):
                key = stage.operands[op][position]
                if isinstance(key, Version) and key.number == stage.entry.get(key.variable, 0):
                    stage.static_reads.add(key.variable)
                else:
                    self._mark_chain(stage, key, static)
                operands[key] = None
        stage.static_inputs = sorted(static)
        stage.static_operands = [key for key in operands if key is not None and self._depends_on_values(stage, key)]

    def _depends_on_values(self, stage: Stage, key: Key | None) -> bool:
        """Whether a static operand is worked out from values that enter the stage, not from shapes and constants."""
        stack, seen = [key], set()
        while stack:
            key = stack.pop()
            if isinstance(key, Version) or key in self._input_position[stage.index]:
                return True
            if key is None or key in seen:
                continue
            seen.add(key)
            if key.op.definition.role != "constant" and not key.op.definition.reads_shape_only:
                stack.extend(key.op._inputs)
        return False

    def _mark_chain(self, stage: Stage, key: Key | None, static: set[int]) -> None:
        """What a static operand is folded from: inputs whose values the signature depends on, and ops to fold."""
        stack = [key]
        while stack:
            key = stack.pop()
            position = self._input_position[stage.index].get(key)  # type: ignore[arg-type]
            if position is not None:
                static.add(position)
                continue
            assert isinstance(key, Tensor)
            op = key.op
            if op.definition.role == "constant" or op in stage.must_fold:
                continue
            stage.must_fold.add(op)
            if not op.definition.reads_shape_only:
                stack.extend(op._inputs)


def reference_positions(op: Operation) -> frozenset[int]:
    """Inputs that are handed a variable itself, not its value."""
    return frozenset(i for i, arg in enumerate(op.definition.inputs)
                     if arg.is_ref or (arg.dtype is not None and arg.dtype.name == "resource"))
