"""Branches and loops in the hot tier: an `If` or `Case` becomes XLA's conditional, a `While` XLA's loop.

What a body does besides giving values goes in and out of it as part of its state: the variables that it sets, its
random streams, and whether a guard has refused. A loop ends at the first iteration in which one does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from millpond import dtypes
from millpond.compiler import watch, xla
from millpond.compiler.bodies import INSTRUCTION_WORK, branch_number, is_loop
from millpond.compiler.program import BodyProgram, Instruction
from millpond.compiler.trip_count import stride_of, trips
from millpond.graph.operation import Operation
from millpond.ops.control import list_layouts
from millpond.ops.control.gradient_body import GradientBody
from millpond.ops.control.list_values import DeviceList

if TYPE_CHECKING:
    from millpond.compiler.tracing import Tracing


# So often a loop is looked at for the layouts of the lists that it carries.
MAX_LAYOUTS = 5


class CannotCompile(Exception):
    """A branch or loop has no form as one XLA program for these shapes; it runs from the host.

    Attributes:
      op: The branch or loop.
      reason: Why.
    """

    def __init__(self, op: Operation, reason: str) -> None:
        super().__init__(f"'{op.name}' ({op.type}) cannot be compiled as a whole: {reason}")
        self.op = op
        self.reason = reason


class _Unused:
    """A result that nobody looks at, and whose shape is that of another branch's."""

    dtype = np.dtype(object)
    shape = ()
    size = 0


UNUSED = _Unused()


class Ran(NamedTuple):
    """What running a body, a branch or a loop gave.

    Attributes:
      written: The new value of each operand that is set, by position.
      results: What it gives; None for a reference.
      streams: The states of random streams after it.
      ok: A traced bool, false where a guard refused; None where there is no guard.
      room: How long a list became for which there was no room, or 0; None where no list can become too long.
    """

    written: dict[int, Any]
    results: list[Any]
    streams: dict[Operation, Any]
    ok: Any
    room: Any = None


def lower(tracing: Tracing, instruction: Instruction, operands: list[Any], streams: dict[Operation, Any]) -> Ran:
    """Traces a branch or loop.

    Args:
      tracing: The trace that the instruction stands in.
      instruction: A branch or loop.
      operands: Its operands, flat: traced arrays, or NumPy arrays where the value is known.
      streams: The states of the random streams that it draws from.

    Raises:
      CannotCompile: If there is no XLA program for it.
    """
    if is_loop(instruction):
        return _Loop(tracing, instruction, operands, streams).lower()
    choice = operands[0]
    if isinstance(choice, np.ndarray):
        ran = tracing.run_body(instruction, instruction.bodies[branch_number(instruction, choice)], operands, streams)
        return ran._replace(results=_filled(tracing, instruction, operands, streams, ran.results))
    return _lower_branch(tracing, instruction, operands, streams)


def _lower_branch(tracing: Tracing, instruction: Instruction, operands: list[Any],
                  streams: dict[Operation, Any]) -> Ran:
    jnp, lax = xla.jnp, xla.lax
    choice = operands[0]
    if choice.shape:
        raise CannotCompile(instruction.op, "its predicate has dimensions")
    drawing = list(streams)
    guarded, bounded = [], []
    kinds: list[Any] = []
    shapes = tracing.remembered("unused", instruction, operands, lambda: _shapes_of_unused(
        tracing, instruction, operands, streams))

    # What all branches hand on as it is need not go through XLA's conditional.
    handed_on = [source[0][1] if source[0][0] == "operand" and len(set(source)) == 1 else None
                 for source in zip(*[body.results for body in instruction.bodies], strict=True)]

    def of(body: BodyProgram) -> Callable[[], Any]:
        def branch() -> Any:
            ran = tracing.run_body(instruction, body, operands, streams)
            ran = ran._replace(results=[value if place is None else None
                                        for value, place in zip(ran.results, handed_on, strict=True)])
            guarded.append(ran.ok is not None)
            bounded.append(ran.room is not None)
            outcome = ([_array(ran.written[i] if i in ran.written else operands[i])
                        for i in instruction.written_operands],
                       [_zeros(shapes[i]) if value is UNUSED else _array(value) for i, value in enumerate(ran.results)],
                       [ran.streams[op] for op in drawing], jnp.bool_(True) if ran.ok is None else ran.ok,
                       jnp.int32(0) if ran.room is None else ran.room)
            outcome = _fitted(outcome)
            _check_alike(instruction, kinds, outcome)
            return outcome
        return branch

    def _fitted(outcome: Any) -> Any:
        written, results, *rest = outcome
        return written, [value if layout is None else list_layouts.fitted(xla.jax, value, layout)
                         for value, layout in zip(results, layouts, strict=True)], *rest

    layouts: list[Any] = [None] * len(instruction.bodies[0].results)
    branches = [of(body) for body in instruction.bodies]
    if any(tensor.dtype is dtypes.variant for tensor in instruction.op._outputs):
        layouts = tracing.remembered("layouts", instruction, operands, lambda: _layouts(
            [xla.jax.eval_shape(branch) for branch in branches]))
    if "then_branch" in instruction.op.attributes:
        written, results, rows, ok, room = lax.cond(choice != 0 if choice.dtype != np.bool_ else choice, *branches)
    else:
        count = len(branches)
        number = jnp.where((choice < 0) | (choice >= count), count - 1, choice)
        written, results, rows, ok, room = lax.switch(number, branches)
    results = [value if place is None else operands[place] for value, place in zip(results, handed_on, strict=True)]
    return Ran(dict(zip(instruction.written_operands, written, strict=True)), results,
               dict(zip(drawing, rows, strict=True)), ok if any(guarded) else None, room if any(bounded) else None)


def _shapes_of_unused(tracing: Tracing, instruction: Instruction, operands: list[Any],
                      streams: dict[Operation, Any]) -> dict[int, Any]:
    """The shapes of results that some branch leaves out, as another gives them."""
    outputs = [body.program.unused_results(body.results) for body in instruction.bodies]
    wanted = set().union(*outputs)
    shapes: dict[int, Any] = {}
    for body, unused in zip(instruction.bodies, outputs, strict=True):
        given = sorted(wanted - unused - set(shapes))
        if given:
            def of(body: BodyProgram = body, given: list[int] = given) -> list[Any]:
                results = tracing.run_body(instruction, body, operands, streams).results
                return [_array(results[i]) for i in given]
            shapes.update(zip(given, xla.jax.eval_shape(of), strict=True))
    return shapes


def _filled(tracing: Tracing, instruction: Instruction, operands: list[Any], streams: dict[Operation, Any],
            results: list[Any]) -> list[Any]:
    """What a branch that is known to be taken gives, with zeros for what it leaves out: something that is run in any
    case may be handed them, such as a list that keeps a value of each iteration."""
    if not any(value is UNUSED for value in results):
        return results
    try:
        shapes = tracing.remembered("unused", instruction, operands, lambda: _shapes_of_unused(
            tracing, instruction, operands, streams))
    except CannotCompile:  # the other branches would not run on these shapes
        shapes = {}
    outputs = instruction.op._outputs
    declared = [xla.jax.ShapeDtypeStruct([size or 0 for size in tensor.shape.sizes or ()], tensor.dtype.np_dtype)
                for tensor in outputs]
    return [_zeros(shapes.get(i, declared[i])) if value is UNUSED else value for i, value in enumerate(results)]


def _zeros(shape: Any) -> Any:
    return xla.jax.tree_util.tree_map(lambda leaf: xla.jnp.zeros(leaf.shape, leaf.dtype), shape)


def _layouts(kinds: list[Any]) -> list[Any]:
    """Of each result that is a list, the layout that serves all branches."""
    layouts: list[Any] = []
    for values in zip(*[results for _, results, *_ in kinds], strict=True):
        is_list = isinstance(values[0], DeviceList)
        layouts.append(xla.jax.eval_shape(lambda *given: list_layouts.alike(xla.jax, given)[0], *values)
                       if is_list else None)
    return layouts


def _check_alike(instruction: Instruction, kinds: list[Any], outcome: Any) -> None:
    """XLA's branches give the same shapes, where TensorFlow's may differ; lists are brought into one layout."""
    kind = [value.shape for value in (*outcome[0], *outcome[1])
            if value is not None and not isinstance(value, DeviceList)]
    if kinds and kinds[0] != kind:
        raise CannotCompile(instruction.op, "its branches give different shapes")
    kinds.append(kind)


def _array(value: Any) -> Any:
    """A value that can leave a body: known ones become part of the program."""
    return xla.jnp.asarray(value) if isinstance(value, np.ndarray) else value


def _touched(value: Any) -> int:
    """How many elements of a value an iteration may look at: of a list it reads or writes one."""
    return value.size // max(1, value.capacity) if isinstance(value, DeviceList) else value.size


def _wrapped(number: int, dtype: np.dtype) -> int:
    """A number as it is in an integer dtype, which goes round at its ends."""
    limits = np.iinfo(dtype)
    return (number - int(limits.min)) % (int(limits.max) - int(limits.min) + 1) + int(limits.min)


class _Loop:
    """One trace of a loop."""

    def __init__(self, tracing: Tracing, instruction: Instruction, operands: list[Any],
                 streams: dict[Operation, Any]) -> None:
        self._tracing = tracing
        self._instruction = instruction
        self._operands = operands
        self._streams = streams
        self._condition, self._body = instruction.bodies
        written = set(instruction.written_operands)
        # What each iteration hands on as it is need not be carried.
        self._carried = [i for i, source in enumerate(self._body.results)
                         if source != ("operand", i) and i not in written and operands[i] is not None]
        self._is_pure = not self._condition.program.writes and not self._condition.draws
        self._guarded = False
        self._bounded = False
        # How many elements each iteration appends to a list, where that is the same in all.
        self._growth: dict[int, int] = {}
        self._trips = trips(instruction, operands)
        # What is added to loop variables in each iteration, where that is a known integer.
        self._strides = {i: stride for i in self._carried
                         if (stride := stride_of(self._body, i, operands[i])) is not None}

    def lower(self) -> Ran:
        jnp, lax = xla.jnp, xla.lax
        state = ([_array(self._operands[i]) for i in self._instruction.written_operands],
                 [_array(self._operands[i]) for i in self._carried],
                 list(self._streams.values()), jnp.bool_(True), jnp.int32(0))
        entered = list(state[1])
        if any(isinstance(value, DeviceList) for value in state[1]):
            state = self._with_settled_lists(state)
        if self._is_pure and self._trips.exact:
            state = lax.fori_loop(0, self._trips.most, lambda _, state: self._turn(state), state)
        elif self._is_pure:
            state = self._while(self._goes_on, self._turn, state)
        else:
            state, _ = self._while(lambda pair: pair[1] & pair[0][3], lambda pair: self._tested(self._turn(pair[0])),
                                   self._tested(state))
        written, carried, rows, ok, room = state
        results = list(self._operands)
        for i, before, value in zip(self._carried, entered, carried, strict=True):
            if isinstance(value, DeviceList) and not value.has_known_length:
                value, needed = self._measured(i, before, value)
                room = jnp.maximum(room, needed)
            results[i] = value.replaced(grows=before.grows) if isinstance(value, DeviceList) else value
        results = self._with_known_ends(results)
        outputs = [results[tensor.value_index] for tensor in self._instruction.op._outputs
                   if not tensor.dtype.is_ref_dtype]
        return Ran(dict(zip(self._instruction.written_operands, written, strict=True)), outputs,
                   dict(zip(self._streams, rows, strict=True)), ok if self._guarded else None,
                   room if self._bounded else None)

    def _while(self, goes_on: Callable[[Any], Any], turn: Callable[[Any], Any], state: Any) -> Any:
        """XLA's loop; one that may never end asks from time to time whether to go on."""
        jnp, lax, number = xla.jnp, xla.lax, self._tracing.run_number
        if self._trips.most is not None or number is None or self._ends():
            return lax.while_loop(goes_on, turn, state)
        self._tracing.note_endless()
        self._guarded = True
        free = np.int32(self._free_iterations(state))

        def some(carry: Any) -> Any:
            state, turned, limit, ok = carry
            limit = lax.cond(limit < 0, lambda: free, lambda: xla.jax.pure_callback(
                watch.more_iterations, xla.jax.ShapeDtypeStruct((), np.int32), number, turned))
            state, turned = lax.while_loop(lambda pair: (pair[1] < limit) & goes_on(pair[0]),
                                           lambda pair: (turn(pair[0]), pair[1] + 1), (state, jnp.int32(0)))
            return state, turned, limit, limit > 0

        state, _, _, going = lax.while_loop(lambda carry: (carry[1] == carry[2]) & carry[3], some,
                                            (state, jnp.int32(-1), jnp.int32(-1), jnp.bool_(True)))
        return self._stopped(state, going)

    def _ends(self) -> bool:
        """Whether it turns as often as another loop has, within what can be stopped."""
        return self._tracing.is_body and isinstance(self._instruction.op.attributes["body"], GradientBody)

    def _stopped(self, state: Any, going: Any) -> Any:
        """The state, not well where the loop was stopped."""
        if self._is_pure:
            written, carried, rows, ok, room = state
            return written, carried, rows, ok & going, room
        (written, carried, rows, ok, room), last = state
        return (written, carried, rows, ok & going, room), last

    def _free_iterations(self, state: Any) -> int:
        """How many iterations are too little work to ask."""
        values = xla.jax.tree_util.tree_leaves(state, is_leaf=lambda value: isinstance(value, DeviceList))
        size = sum(_touched(value) for value in (*values, *self._operands) if value is not None)
        work = INSTRUCTION_WORK * len(self._body.program.instructions) + 10 * size
        return max(1, watch.FREE_WORK // work)

    def _with_known_ends(self, results: list[Any]) -> list[Any]:
        """The loop variables at the end, those that are counters as known values."""
        if not self._trips.exact:
            return results
        assert self._trips.most is not None
        for i, stride in self._strides.items():
            start = self._operands[i]
            results[i] = np.asarray(_wrapped(int(start) + stride * self._trips.most, start.dtype), start.dtype)
        return results

    def _ranges(self, body: BodyProgram) -> dict[int, tuple[int, int]]:
        """Between which numbers counters are in a body."""
        if self._trips.most is None:
            return {}
        turns = max(0, self._trips.most - (1 if body is self._body else 0))
        ends = {i: (int(self._operands[i]), int(self._operands[i]) + stride * turns)
                for i, stride in self._strides.items()}
        return {i: (min(pair), max(pair)) for i, pair in ends.items()
                if all(_wrapped(end, self._operands[i].dtype) == end for end in pair)}

    def _measured(self, i: int, before: DeviceList, after: DeviceList) -> tuple[DeviceList, Any]:
        """A list that has grown, and how long it is where it has outgrown its room."""
        jnp = xla.jnp
        growth = self._growth.get(i)
        if growth is not None and self._trips.exact and before.has_known_length:
            assert self._trips.most is not None
            return after.replaced(length=before.length + growth * self._trips.most), 0
        if growth is not None and self._trips.most is not None and before.has_known_length:
            return after, 0  # there is room for all iterations that there may be
        self._bounded = True
        longest = after.length + self._passing_growth(i)
        return after, jnp.where(longest > after.capacity, longest, 0)

    def _run(self, body: BodyProgram, state: Any) -> tuple[Ran, Any]:
        """Runs a body on the state, and gives what it gave, and the state with what it set."""
        written, carried, rows, ok, room = state
        operands = list(self._operands)
        for positions, values in ((self._instruction.written_operands, written), (self._carried, carried)):
            for i, value in zip(positions, values, strict=True):
                operands[i] = value
        ran = self._tracing.run_body(self._instruction, body, operands, dict(zip(self._streams, rows, strict=True)),
                                     self._ranges(body))
        if ran.ok is not None:
            self._guarded = True
            ok = ok & ran.ok
        if ran.room is not None:
            self._bounded = True
            room = xla.jnp.maximum(room, ran.room)
        written = [_array(ran.written.get(i, operands[i])) for i in self._instruction.written_operands]
        return ran, (written, carried, list(ran.streams.values()), ok, room)

    def _goes_on(self, state: Any) -> Any:
        ran, (_, _, _, ok, _) = self._run(self._condition, state)
        return self._truth(ran.results[0]) & ok

    def _tested(self, state: Any) -> tuple[Any, Any]:
        ran, state = self._run(self._condition, state)
        return state, self._truth(ran.results[0])

    def _truth(self, value: Any) -> Any:
        if value.shape:
            raise CannotCompile(self._instruction.op, "its condition has dimensions")
        return xla.jnp.asarray(value) != 0 if value.dtype != np.bool_ else xla.jnp.asarray(value)

    def _with_settled_lists(self, state: Any) -> Any:
        """The state at the start with its lists in the layout that they keep: an iteration tells the shape of elements
        that none was written of yet."""
        written, carried, *rest = state
        carried = [value.replaced(grows=True) if isinstance(value, DeviceList) else value for value in carried]
        for _ in range(MAX_LAYOUTS):
            layouts = xla.jax.eval_shape(self._list_layouts, (written, carried, *rest))
            before = [value.shape for value in carried]
            carried = [value if layout is None else
                       self._with_room(i, value, list_layouts.fitted(xla.jax, value, layout))
                       for i, value, layout in zip(self._carried, carried, layouts, strict=True)]
            if before == [value.shape for value in carried]:
                return written, carried, *rest
        raise CannotCompile(self._instruction.op, "a list of tensors among its variables does not keep its layout")

    def _with_room(self, i: int, before: DeviceList, value: DeviceList) -> DeviceList:
        """A list that grows with as much room as the iterations need; where their number is not known, as much as
        earlier runs needed."""
        if value.has_known_length or value.buffer is None:
            return value
        start = before.length if before.has_known_length else 0
        room = self._tracing.room
        if self._trips.most is not None and i in self._growth:
            room = start + self._growth[i] * self._trips.most + self._passing_growth(i)
        return list_layouts.with_capacity(xla.jax, value, max(1, room))

    def _passing_growth(self, i: int) -> int:
        """By how much a list may be longer within an iteration than at its end: what is appended may be taken off."""
        kind, register = self._body.results[i]
        if kind == "operand":
            return 0
        return max(0, self._body.program.list_operations(register) - max(1, self._growth.get(i, 1)))

    def _list_layouts(self, state: Any) -> list[Any]:
        """For each list that is carried one in a layout that serves before and after an iteration."""
        results = self._run(self._body, state)[0].results
        for i, value in zip(self._carried, state[1], strict=True):
            if isinstance(value, DeviceList) and value.has_known_length and results[i].has_known_length:
                self._growth.setdefault(i, results[i].length - value.length)
        return [list_layouts.alike(xla.jax, [value, results[i]])[0] if isinstance(value, DeviceList) else None
                for i, value in zip(self._carried, state[1], strict=True)]

    def _turn(self, state: Any) -> Any:
        before = state
        ran, (written, _, rows, ok, room) = self._run(self._body, state)
        carried = [list_layouts.fitted(xla.jax, ran.results[i], value) if isinstance(value, DeviceList)
                   else _array(ran.results[i]) for i, value in zip(self._carried, before[1], strict=True)]
        state = (written, carried, rows, ok, room)
        self._check_shapes(before, state)
        return state

    def _check_shapes(self, before: Any, after: Any) -> None:
        places = [*self._instruction.written_operands, *self._carried]
        for i, old, new in zip(places, [*before[0], *before[1]], [*after[0], *after[1]], strict=True):
            if old.shape != new.shape:
                name = self._instruction.op._inputs[i].name
                raise CannotCompile(self._instruction.op, f"the loop variable {name} changes its shape from "
                                                          f"{list(old.shape)} to {list(new.shape)}")
