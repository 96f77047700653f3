"""Plan: a pruned graph cut into stages, before any shape is known.

A plan is a graph of **stages**: each knows which others it waits for. Groups (`NoOp`), constants, variables and their
`v/read` compute nothing: they stand in no stage, and only carry order and values.

Requires: fetches, targets and feeds of one graph. Ensures (`verify` checks it): every operation that computes stands
in exactly one stage; what a stage needs is fed, in the store, or an output of a stage that it waits for; writes of one
variable happen in the order of their versions; the value of every static operand can be worked out when its stage is
compiled; nothing is given away that a later stage's failure would have to put back; what blocks stands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from millpond.compiler import prune
from millpond.compiler.foldable import static_positions
from millpond.compiler.host_side import runs_on_host
from millpond.compiler.references import is_transparent_read, references_written
from millpond.compiler.schedule import schedule
from millpond.compiler.stage import Key, Stage, computes
from millpond.compiler.staging import Staging
from millpond.compiler.variable_order import VariableOrder, Version
from millpond.compiler.wiring import Wiring
from millpond.errors import InvalidArgumentError
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor


class Plan:
    """What one set of fetches, targets and feeds runs.

    Attributes:
      stages: In an order in which they can run.
      fed: The fed tensors.
      keys: The key of each fetched tensor's value.
      variables_needed: Variables that must have a value when the run starts, although no stage reads them: the run
        fetches them when it ends, or runs their `v/read` for the sake of order.
      blocks: Whether a stage may wait for something outside.
      uses: The operations whose change makes the plan invalid.
    """

    __slots__ = ("stages", "fed", "keys", "variables_needed", "blocks", "uses")

    def __init__(self, stages: list[Stage], fed: frozenset[Tensor], keys: dict[Tensor, Key],
                 variables_needed: list[Operation], uses: set[Operation]) -> None:
        self.stages = stages
        self.fed = fed
        self.keys = keys
        self.variables_needed = variables_needed
        self.blocks = any(stage.blocks for stage in stages)
        self.uses = uses


def make_plan(fetches: Collection[Tensor], targets: Collection[Operation], feeds: Collection[Tensor],
              place: Callable[[Operation], str], done: Collection[Operation] = ()) -> Plan:
    """Plans a run.

    Args:
      fetches: Tensors whose values are wanted.
      targets: Operations to run without a value.
      feeds: Tensors whose values are given.
      place: Gives the device name of an operation that XLA runs.
      done: Operations that an earlier part of a partial run has run.

    Raises:
      InvalidArgumentError: If a placeholder is needed and not fed, or a variable is both fed and written.
    """
    fed = frozenset(feeds)
    order = schedule(prune.prune(fetches, targets, fed, done), fed, done)
    _check_feeds(order, fed)
    variables = VariableOrder(order, fed)
    _check_written_not_fed(variables, fed)
    staging = Staging(order, fed, variables, place, done)
    stages = staging.stages()
    keys: dict[Tensor, Key] = {tensor: variables.fetched(tensor) or tensor for tensor in sorted(fetches, key=_creation)}
    Wiring(stages, fed, variables, staging.predecessors, keys.values()).connect()
    if stages:
        # Where a later stage can fail, its error must find the old values: nothing is given away.
        stages[-1].donates = True
    needed = [key.variable for key in keys.values()
              if isinstance(key, Version) and not variables.writers.get(key.variable)]
    needed.extend(_read_for_order_alone(order, variables))
    uses = {*order, *(tensor.op for tensor in fed), *(tensor.op for tensor in fetches)}
    return Plan(stages, fed, keys, list(dict.fromkeys(needed)), uses)


def _read_for_order_alone(order: list[Operation], variables: VariableOrder) -> list[Operation]:
    """Variables whose `v/read` is run although nothing takes its value, before any write of theirs."""
    present = set(order)
    found = []
    for op in order:
        if is_transparent_read(op) and not any(consumer in present for consumer in op._outputs[0].consumers()):
            version = variables.fetched(op._outputs[0])
            if version is not None and not version.number:
                found.append(version.variable)
    return found


def _creation(tensor: Tensor) -> tuple[int, int]:
    return tensor.op.id, tensor.value_index


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


def verify(plan: Plan) -> None:
    """Checks what the module ensures; the tests run it on every plan that they make.

    Raises:
      AssertionError: If the plan breaks a promise.
    """
    home = {op: stage for stage in plan.stages for op in stage.ops}
    assert len(home) == sum(len(stage.ops) for stage in plan.stages), "an operation stands in two stages"
    behind = _waits_of(plan)
    written: dict[Operation, int] = {}
    available: dict[Key, int] = {}
    for stage in plan.stages:
        before = behind[stage.index]
        assert before <= set(range(stage.index)), f"{stage!r} waits for itself or a later stage"
        for op in stage.ops:
            assert computes(op, plan.fed), f"'{op.name}' computes nothing and stands in {stage!r}"
            assert runs_on_host(op) == stage.on_host, f"'{op.name}' stands on the wrong side in {stage!r}"
            for earlier in (*(t.op for t in op.inputs if t not in plan.fed), *op.control_inputs):
                if earlier in home:
                    assert home[earlier] is stage or home[earlier].index in before, (
                        f"'{op.name}' in {stage!r} does not wait for '{earlier.name}'")
        for key in stage.inputs:
            assert key in plan.fed or available.get(key, -1) in before, f"{_key_name(key)} is not there for {stage!r}"
        assert stage.entry == written, f"{stage!r} expects {stage.entry} writes, and comes after {written}"
        for variable, number in stage.writes.items():
            own = [op for op in stage.ops if any(v is variable for _, v in references_written(op))]
            assert number == written.get(variable, 0) + len(own), f"writes of '{variable.name}' are out of order"
            written[variable] = number
        made: list[Key] = [*stage.outputs, *stage.preserved]
        available.update(dict.fromkeys(made, stage.index))
        assert not stage.donates or stage is plan.stages[-1], f"{stage!r} gives away what may have to be put back"
        assert not stage.blocks or len(stage.ops) == 1, f"{stage!r} blocks, and holds several operations"
        if not stage.on_host:
            for op in stage.ops:
                _verify_static_operands(stage, op)
    gone = [key for stage in plan.stages for key in stage.last_uses]
    assert len(gone) == len(set(gone)) and not set(gone) & set(plan.keys.values()), "a value is let go twice, or early"
    for key in plan.keys.values():
        assert (key in plan.fed or key in available or isinstance(key, Version)
                or key.op.definition.role == "constant"), f"{_key_name(key)} is fetched, and nothing gives it"


def _waits_of(plan: Plan) -> list[set[int]]:
    """For each stage all that have run when it does."""
    behind: list[set[int]] = []
    for stage in plan.stages:
        behind.append(stage.waits_for.union(*(behind[i] for i in stage.waits_for if i < stage.index)))
    return behind


def _verify_static_operands(stage: Stage, op: Operation) -> None:
    for position in static_positions(op):
        key = stage.operands[op][position]
        if isinstance(key, Version):
            known = key.variable in stage.static_reads or (
                key in stage.inputs and stage.inputs.index(key) in stage.static_inputs)
        else:
            assert key is not None
            known = (key.op in stage.must_fold or key.op.definition.role == "constant"
                     or (key in stage.inputs and stage.inputs.index(key) in stage.static_inputs))
        assert known, f"'{op.name}' has a static operand {position} that {stage!r} does not know"


def describe(plan: Plan) -> list[dict[str, Any]]:
    """The stages in words, for `MILLPOND_DEBUG=plan`."""
    return [{"stage": s.index, "device": s.device, "ops": [op.name for op in s.ops],
             "in": [_key_name(k) for k in s.inputs], "out": [t.name for t in s.outputs],
             "reads": [v.name for v in s.reads], "writes": [v.name for v in s.writes],
             "waits": sorted(s.waits_for), "static": [_key_name(s.inputs[i]) for i in s.static_inputs]}
            for s in plan.stages]


def _key_name(key: Key) -> str:
    return key.name if isinstance(key, Tensor) else f"{key.variable.name}@{key.number}"
