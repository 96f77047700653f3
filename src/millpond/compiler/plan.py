"""Plan: a pruned graph cut into stages, before any shape is known.

A **stage** is a run of operations that one device executes as one XLA program, or that the host executes in
Python. Stages run one after another; values pass between them under keys: a `Tensor`, or a `Version` of a variable.

Requires: operations in execution order. Ensures: every operation that computes something stands in exactly one
stage; what a stage needs is fed, in the store, or an output of an earlier stage; the value of every static operand
can be worked out when its stage is compiled.

Groups (`NoOp`), constants, variables and their `v/read` compute nothing: they stand in no stage, and only carry
order and values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from millpond.compiler import prune
from millpond.compiler.variable_order import VariableOrder, Version, is_transparent_read
from millpond.errors import InvalidArgumentError
from millpond.graph.opdef import sections
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor

Key = Tensor | Version
HOST = "host"
# XLA's compile time grows faster than the number of ops: 1,500 ops take 0.7 s on a CPU, 4,500 ops 5 s.
MAX_STAGE_OPS = 2000
_HOST_DTYPES = frozenset({"string", "resource", "variant"})


class Stage:
    """The unit of compilation, placement and transfer.

    Attributes:
      index: Position in the plan.
      device: Name of the device, or HOST.
      ops: Operations in execution order.
      operands: For each operation, the key of each input (None for a reference that is only written).
      inputs: Keys of values that enter from feeds and earlier stages.
      static_inputs: Positions in `inputs` whose values must be known when compiling.
      static_reads: Variables whose entry value must be known when compiling.
      must_fold: Operations that static operands are worked out from.
      fed_inputs: Positions in `inputs` whose value is at hand before dispatch, because the caller feeds it or a
        host op makes it: guards on these are checked on the host, at no cost to the device.
      outputs: Keys of tensors that later stages and fetches need.
      reads: Variables whose value at the start of the stage is used.
      writes: Variables that the stage sets, with the version it leaves behind.
      written_version: For each operation and reference that it writes, the version it makes.
      preserved: Versions, current when the stage starts or ends, that are needed later in the run.
      entry: For each variable, how many writes of the run came before the stage.
      random_ops: Operations that draw from a random stream.
      donates: Whether the old buffers of written variables may be given to XLA.
    """

    __slots__ = ("index", "device", "ops", "operands", "inputs", "static_inputs", "outputs", "reads", "writes",
                 "preserved", "entry", "random_ops", "donates", "must_fold", "fed_inputs",
                 "static_reads", "written_version")

    def __init__(self, index: int, device: str) -> None:
        self.index = index
        self.device = device
        self.ops: list[Operation] = []
        self.operands: dict[Operation, list[Key | None]] = {}
        self.inputs: list[Key] = []
        self.static_inputs: list[int] = []
        self.outputs: list[Tensor] = []
        self.reads: list[Operation] = []
        self.writes: dict[Operation, int] = {}
        self.preserved: list[Version] = []
        self.entry: dict[Operation, int] = {}
        self.random_ops: list[Operation] = []
        self.donates = False
        self.must_fold: set[Operation] = set()
        self.static_reads: set[Operation] = set()
        self.written_version: dict[tuple[Operation, Tensor], Version] = {}
        self.fed_inputs: set[int] = set()

    @property
    def on_host(self) -> bool:
        return self.device == HOST

    @property
    def variables(self) -> list[Operation]:
        """All variables the stage touches: first those it writes."""
        return [*self.writes, *(v for v in self.reads if v not in self.writes)]

    def __repr__(self) -> str:
        return (f"<stage {self.index} on {self.device}: {len(self.ops)} ops, {len(self.inputs)} in, "
                f"{len(self.outputs)} out, reads {len(self.reads)}, writes {len(self.writes)}>")


class Plan:
    """What one set of fetches, targets and feeds runs.

    Attributes:
      stages: In the order they run.
      feeds: The fed tensors.
      fetch_keys: For each fetched tensor the key of its value.
      variables_fetched: Variables whose value at the start of the run is fetched or needed without a stage.
    """

    __slots__ = ("stages", "feeds", "fetch_keys", "variables_fetched")

    def __init__(self, stages: list[Stage], feeds: tuple[Tensor, ...], fetch_keys: list[Key],
                 variables_fetched: list[Operation]) -> None:
        self.stages = stages
        self.feeds = feeds
        self.fetch_keys = fetch_keys
        self.variables_fetched = variables_fetched


def make_plan(fetches: Sequence[Tensor], targets: Sequence[Operation], feeds: Sequence[Tensor],
              place: Callable[[Operation], str]) -> Plan:
    """Plans a run.

    Args:
      fetches: Tensors whose values are wanted.
      targets: Operations to run without a value.
      feeds: Tensors whose values are given.
      place: Gives the device name of an operation that XLA runs.

    Raises:
      InvalidArgumentError: If a placeholder is needed and not fed, or a variable is both fed and written.
    """
    fed = frozenset(feeds)
    order = prune.prune(fetches, targets, fed)
    _check_feeds(order, fed)
    variables = VariableOrder(order, fed)
    _check_written_not_fed(variables, fed)
    assignment = _Assignment(order, fed, variables, place)
    stages = assignment.stages()
    fetch_keys: list[Key] = [variables.fetched(tensor) or tensor for tensor in fetches]
    _Wiring(stages, fed, variables, fetch_keys).connect()
    for position, stage in enumerate(stages):
        # Where a later stage can fail, its error must find the old values: nothing is given away.
        stage.donates = position == len(stages) - 1
    fetched = [key.variable for key in fetch_keys
               if isinstance(key, Version) and not variables.writers.get(key.variable)]
    return Plan(stages, tuple(feeds), fetch_keys, list(dict.fromkeys(fetched)))


def _check_feeds(order: list[Operation], fed: Collection[Tensor]) -> None:
    for op in order:
        if op.definition.role == "placeholder" and op.outputs[0] not in fed:
            tensor = op.outputs[0]
            shape = "" if tensor.shape.sizes is None else f" and shape {tensor.shape}"
            raise InvalidArgumentError(
                op.node_def, op,
                f"You must feed a value for placeholder tensor '{op.name}' with dtype {tensor.dtype.name}{shape}: "
                f"pass it in feed_dict, for example sess.run(..., feed_dict={{{op.name.split('/')[-1]}: value}}).")


def _check_written_not_fed(variables: VariableOrder, fed: Collection[Tensor]) -> None:
    for variable, writers in variables.writers.items():
        reference = variable.outputs[0]
        reads = [reference, *(c.outputs[0] for c in reference.consumers() if is_transparent_read(c))]
        if any(tensor in fed for tensor in reads):
            raise InvalidArgumentError(
                writers[0].node_def, writers[0],
                f"Variable '{variable.name}' is fed and written (by '{writers[0].name}') in the same run; "
                "feed it in a run of its own, or load the value with variable.load(value, session).")


def computes(op: Operation, fed: Collection[Tensor]) -> bool:
    """Whether an operation stands in a stage."""
    role = op.definition.role
    if role in ("constant", "variable", "group", "placeholder"):
        return False
    return not (role == "identity" and is_transparent_read(op) and op.inputs[0] not in fed)


def runs_on_host(op: Operation) -> bool:
    """Whether XLA cannot run the operation: host ops, and any op on strings or handles."""
    if op.definition.host:
        return True
    return any(_stays_on_host(t, bool(op.outputs)) for t in op.inputs) or any(
        t.dtype.base_dtype.name in _HOST_DTYPES for t in op.outputs)


def _stays_on_host(tensor: Tensor, has_outputs: bool) -> bool:
    name = tensor.dtype.base_dtype.name
    if name == "resource":
        return tensor.op.definition.role != "variable"
    # An op without outputs only looks at strings (the message of an assertion): a constant need not reach XLA.
    return name in _HOST_DTYPES and (has_outputs or tensor.op.definition.role != "constant")


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
        if not op.definition.foldable or runs_on_host(op):
            return None
        if op.definition.reads_shape_only:
            return []
        if any(t.dtype.is_ref_dtype for t in op.inputs):
            return None
        return [t.op for t in op.inputs if t not in self._fed]


class _Assignment:
    """Gives each operation the earliest stage it can stand in."""

    def __init__(self, order: list[Operation], fed: Collection[Tensor], variables: VariableOrder,
                 place: Callable[[Operation], str]) -> None:
        self._order = order
        self._fed = fed
        self._variables = variables
        self._place = place
        self._is_foldable = Foldable(fed)
        self._kind: dict[Operation, str] = {}
        self._level: dict[Operation, int] = {}
        # What a group, constant or read stands for: the computing operations it waits for.
        self._behind: dict[Operation, tuple[Operation, ...]] = {}

    def stages(self) -> list[Stage]:
        groups: dict[tuple[int, bool, str], list[Operation]] = {}
        for op in self._order:
            if not computes(op, self._fed):
                self._behind[op] = self._effective_predecessors(op)
                continue
            kind = HOST if runs_on_host(op) else self._place(op)
            self._kind[op] = kind
            level = self._level[op] = self._earliest_level(op, kind)
            groups.setdefault((level, kind == HOST, kind), []).append(op)
        stages: list[Stage] = []
        # At one level device stages go first: they run while the host works.
        for (_, _, kind), ops in sorted(groups.items(), key=lambda item: item[0]):
            size = len(ops) if kind == HOST else MAX_STAGE_OPS
            for start in range(0, len(ops), size):
                stage = Stage(len(stages), kind)
                stage.ops = ops[start:start + size]
                stages.append(stage)
        return stages

    def _effective_predecessors(self, op: Operation) -> tuple[Operation, ...]:
        found: dict[Operation, None] = {}
        for before in prune.predecessors(op, self._fed):
            if before in self._behind:
                found.update(dict.fromkeys(self._behind[before]))
            else:
                found[before] = None
        return tuple(found)

    def _earliest_level(self, op: Operation, kind: str) -> int:
        level = 0
        for before in self._effective_predecessors(op):
            level = max(level, self._level[before] + (self._kind[before] != kind))
        for variable in self._variables.written_by(op):
            number = self._variables.write_number[op, variable]
            if number > 1:
                before = self._variables.writers[variable][number - 2]
                level = max(level, self._level[before] + (self._kind[before] != kind))
        if kind != HOST:
            level = max(level, self._level_of_static_operands(op))
        return level

    def _level_of_static_operands(self, op: Operation) -> int:
        level = 0
        for position in static_positions(op):
            tensor = op.inputs[position]
            version = self._variables.seen(op, tensor)
            if version is not None:
                if version.number:
                    writer = self._variables.writers[version.variable][version.number - 1]
                    level = max(level, self._level[writer] + 1)
            elif not self._is_foldable(tensor):
                behind = self._behind.get(tensor.op, (tensor.op,))
                level = max([level, *(self._level[before] + 1 for before in behind)])
        return level


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


class _Wiring:
    """Connects stages: what enters, leaves, is read and written by each."""

    def __init__(self, stages: list[Stage], fed: Collection[Tensor], variables: VariableOrder,
                 fetch_keys: list[Key]) -> None:
        self._stages = stages
        self._fed = fed
        self._variables = variables
        self._fetch_keys = fetch_keys
        self._home = {op: stage for stage in stages for op in stage.ops}
        self._input_position: list[dict[Key, int]] = [{} for _ in stages]

    def connect(self) -> None:
        self._number_writes()
        for stage in self._stages:
            for op in stage.ops:
                stage.operands[op] = self._operands(stage, op)
                if op.definition.random is not None:
                    stage.random_ops.append(op)
        for key in self._fetch_keys:
            self._provide(key)
        for stage in self._stages:
            if not stage.on_host:
                self._mark_static(stage)
            stage.fed_inputs = {i for i, key in enumerate(stage.inputs)
                                if key in self._fed or (isinstance(key, Tensor) and key.op.definition.host)}

    def _number_writes(self) -> None:
        current: dict[Operation, int] = {}
        for stage in self._stages:
            stage.entry = dict(current)
            for op in stage.ops:
                for tensor, variable in self._variables.references_written_by(op):
                    number = self._variables.write_number[op, variable]
                    current[variable] = stage.writes[variable] = number
                    stage.written_version[op, tensor] = Version(variable, number)

    def _operands(self, stage: Stage, op: Operation) -> list[Key | None]:
        operands: list[Key | None] = []
        reference_positions = _reference_positions(op)
        for position, tensor in enumerate(op.inputs):
            version = self._variables.seen(op, tensor)
            if version is None:
                self._need(stage, tensor)
                operands.append(tensor)
            elif position in reference_positions and position not in op.definition.reads:
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

    def _provide(self, key: Key) -> None:
        if isinstance(key, Version):
            self._preserve(key)
        elif key not in self._fed:
            home = self._home.get(key.op)
            if home is not None and key not in home.outputs:
                home.outputs.append(key)

    def _mark_static(self, stage: Stage) -> None:
        static: set[int] = set()
        for op in stage.ops:
            for position in static_positions(op):
                key = stage.operands[op][position]
                if isinstance(key, Version) and key.number == stage.entry.get(key.variable, 0):
                    stage.static_reads.add(key.variable)
                else:
                    self._mark_chain(stage, key, static)
        stage.static_inputs = sorted(static)

    def _mark_chain(self, stage: Stage, key: Key | None, static: set[int]) -> None:
        """What a static operand is folded from: inputs whose values join the signature, and ops to fold."""
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
                stack.extend(op.inputs)


def _reference_positions(op: Operation) -> frozenset[int]:
    """Inputs that are handed a variable itself, not its value."""
    return frozenset(i for i, arg in enumerate(op.definition.inputs)
                     if arg.is_ref or (arg.dtype is not None and arg.dtype.name == "resource"))


def describe(plan: Plan) -> list[dict[str, Any]]:
    """The stages in words, for `MILLPOND_DEBUG=plan`."""
    return [{"stage": s.index, "device": s.device, "ops": [op.name for op in s.ops],
             "in": [_key_name(k) for k in s.inputs], "out": [t.name for t in s.outputs],
             "reads": [v.name for v in s.reads], "writes": [v.name for v in s.writes],
             "static": [_key_name(s.inputs[i]) for i in s.static_inputs]} for s in plan.stages]


def _key_name(key: Key) -> str:
    return key.name if isinstance(key, Tensor) else f"{key.variable.name}@{key.number}"
