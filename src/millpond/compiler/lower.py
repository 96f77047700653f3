"""The hot tier: a program for XLA, for one signature.

Requires: a program, the values of its static operands, and the shapes of what enters. Ensures: an `Executable` whose
function takes (written variables, read variables, inputs, large constants, random states) and leaves in its box
(new values of written variables, outputs and preserved versions, guard flags).

`as_function` gives the same code as a pure function, for use within another XLA program.

While tracing, a register holds a tracer, or a NumPy array where the value is known: such values are folded by the
NumPy kernels, so that `tf.shape(x)` is a constant to XLA.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from millpond.compiler import debug, failures, lower_bodies, xla
from millpond.compiler.handover import Box, boxed
from millpond.compiler.host_checks import HostCheck
from millpond.compiler.interpret import unused
from millpond.compiler.lower_bodies import CannotCompile, Ran
from millpond.compiler.lowering import Lowering
from millpond.compiler.program import BodyProgram, Instruction, Program, wrap_results
from millpond.errors import OpError
from millpond.graph.opdef import LOWERING
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.control import list_layouts, list_values
from millpond.ops.control.list_values import DeviceList
from millpond.ops.random import philox

# Larger values are not folded: XLA makes them faster than they travel.
MAX_FOLDED_ELEMENTS = 1024
# A random stream's state: two words of key, four of counter (ops/random/philox.py).
STATE_WORDS = 6
# How many elements a list has room for at first, where a loop does not tell how many iterations it has.
FIRST_ROOM = 16
NO_RANGES: Mapping[int, tuple[int, int]] = {}
# The largest tensors are remembered, for the error of exhausted memory.
MAX_REMEMBERED = 8


class Executable:
    """A compiled stage.

    Attributes:
      function: The compiled program. It gives new values of written variables, outputs, and the flags of guards.
      box: Where it leaves them, if it writes variables (`handover.py`); otherwise None, and it returns them.
      bytes: What the program keeps in memory, without its large constants, as far as the compiler tells.
      shapes: The shapes of its largest tensors.
      donated: How many of its first arguments are given to XLA.
      dynamic_inputs: Positions of the stage's inputs that are passed (static ones are part of the program).
      constants: Large constants, on the device.
      known_outputs: Position and value of outputs that were folded away.
      samples: How far each random op's stream advances.
      room: How much room lists have whose length is not known while compiling.
      has_room: Whether there are such: how long the longest became for which there was no room (or 0) is then the last
        result before the flags.
      takes_number: Whether it is told the number of the run (`watch.py`), after its large constants.
      endless: Whether a loop in it may never end: it is called so that it can be stopped.
      moves_streams: Whether the program itself tells how far they have (branches and loops draw in it): the states
        that it leaves come before that.
      host_checks: Guards to run before dispatch.
      output_positions: Where the returned outputs belong among outputs and preserved versions.
      guarded: The operations whose guard's flag the program returns, in order.
      keeps_layout: Whether the variables that are written keep their shapes and dtypes.
      selects: Whether a failed guard keeps the old values; otherwise its flag is awaited before installing.
      structures: How the outputs are put together where there are lists among them, else None.
    """

    __slots__ = ("function", "dynamic_inputs", "constants", "known_outputs", "samples", "host_checks", "guarded",
                 "output_positions", "selects", "keeps_layout", "box", "bytes", "shapes", "donated", "structures",
                 "moves_streams", "room", "has_room", "takes_number", "endless")

    def __init__(self) -> None:
        self.function: Any = None
        self.dynamic_inputs: list[int] = []
        self.constants: list[Any] = []
        self.output_positions: list[int] = []
        self.known_outputs: list[tuple[int, np.ndarray]] = []
        self.samples: list[int] = []
        self.moves_streams = False
        self.room = FIRST_ROOM
        self.has_room = False
        self.takes_number = False
        self.endless = False
        self.host_checks: list[HostCheck] = []
        self.guarded: list[Instruction] = []
        self.selects = True
        self.keeps_layout = False
        self.box: Box | None = None
        self.bytes = 0
        self.shapes: dict[Tensor, tuple[int, ...]] = {}
        self.donated = 0
        self.structures: Any = None

    def whole(self, outputs: Sequence[Any]) -> Sequence[Any]:
        """What a call gave as outputs, lists put together again."""
        return outputs if self.structures is None else xla.jax.tree.unflatten(self.structures, outputs)


class _Shaped:
    """Stands in for an operand of which a host check may see only shape and dtype."""

    __slots__ = ("shape", "dtype", "ndim", "size")

    def __init__(self, value: Any) -> None:
        self.shape, self.dtype, self.ndim, self.size = value.shape, value.dtype, value.ndim, value.size


def _stand_in(argument: Any) -> Any:
    """What a guard is shown of an operand (of each, in a list) that it does not look at: known values as they are."""
    if isinstance(argument, list):
        return [_stand_in(item) for item in argument]
    if isinstance(argument, DeviceList):
        return argument.outline()
    return argument if isinstance(argument, np.ndarray) else _Shaped(argument)


class Tracing:
    """One trace of a stage."""

    def __init__(self, program: Program, executable: Executable, registers: list[Any], states: Any,
                 lowering: Lowering, fed_inputs: set[int], outer: Tracing | None = None) -> None:
        self.program = program
        self.executable = executable
        self.registers = registers
        self.states = states
        self.lowering = lowering
        self.flags: list[Any] = []
        # The states of the streams that branches and loops have drawn from.
        self.moved: dict[Operation, Any] = {}
        # Between which numbers the values of registers are that are counters of loops.
        self.ranges: Mapping[int, tuple[int, int]] = NO_RANGES
        # The longest of the lists for which there was no room, of each loop in which there may be such.
        self.longest: list[Any] = []
        self._outer = outer
        self.is_body = outer is not None
        # The number of the run, where loops ask whether to go on.
        self.run_number: Any = None if outer is None else outer.run_number
        # Large constants, by the identity of the host's array.
        self.constants: dict[int, Any] = {} if outer is None else outer.constants
        self.room: int = executable.room if outer is None else outer.room
        self._memory: dict[Any, Any] = {} if outer is None else outer._memory
        self.fed = {program.inputs[i]: i for i in fed_inputs}
        self.producers = {register: made for made in program.instructions for register in made.results}

    def run(self) -> None:
        for instruction in self.program.instructions:
            if self._is_given(instruction):
                continue
            arguments = instruction.arguments(self.registers)
            self._guard(instruction, arguments)
            try:
                results = self._apply(instruction, arguments)
            except list_values.NeedsHost as error:
                raise CannotCompile(instruction.op, str(error)) from None
            except MemoryError as error:
                raise failures.exhausted(self.program.stage, self._shapes(), error, instruction.op) from None
            except failures.MISFITS as error:
                found = failures.located(error, instruction.op, arguments)
                if found is error:
                    raise
                raise found from None
            for register, value in zip(instruction.results, results, strict=True):
                self.registers[register] = value

    def _apply(self, instruction: Instruction, arguments: list[Any]) -> list[Any]:
        definition = instruction.op.definition
        if instruction.bodies:
            return self._apply_bodies(instruction)
        if definition.role == "unused":
            return [unused(instruction) if self._outer is None else lower_bodies.UNUSED]
        if instruction.random_index >= 0:
            self.executable.samples[instruction.random_index] = instruction.samples(arguments)
            arguments = [self.states[instruction.random_index], *arguments]
        elif definition.foldable and self._is_known(instruction, arguments) and not self._is_large(instruction):
            assert instruction.kernel is not None
            with np.errstate(all="ignore"):
                values = self._folded(instruction, arguments)
            if values is not None:
                return values
        if instruction.lower is not None:
            context = {LOWERING: self.lowering} if instruction.wants_lowering else {}
            result = instruction.lower(xla.jax, *arguments, **instruction.lower_kwargs, **context)
        else:
            assert instruction.kernel is not None
            result = instruction.kernel(xla.jnp, *arguments, **instruction.kwargs)
        return wrap_results(instruction, result, _as_traced)

    def _is_given(self, instruction: Instruction) -> bool:
        """Whether the signature names what an instruction gives."""
        results = instruction.results
        return bool(results) and all(self.registers[register] is not None for register in results)

    def _apply_bodies(self, instruction: Instruction) -> list[Any]:
        """A branch or loop: its bodies are traced into it."""
        operands = [self.registers[i] for i in instruction.operands]
        streams = {op: self.states[i] for i, op in enumerate(self.program.random_ops)
                   if any(op in body.draws for body in instruction.bodies)}
        ran = lower_bodies.lower(self, instruction, operands, streams)
        self.moved.update(ran.streams)
        if ran.ok is not None:
            self._flag(instruction, ran.ok)
        if ran.room is not None:
            self.longest.append(ran.room)
        return [*[ran.written.get(i, operands[i]) for i in instruction.written_operands], *ran.results]

    def run_body(self, instruction: Instruction, body: BodyProgram, operands: list[Any],
                 streams: dict[Operation, Any], ranges: Mapping[int, tuple[int, int]] = NO_RANGES) -> Ran:
        """Traces a body of an instruction; see `lower_bodies.Ran` for what comes back.

        Args:
          instruction: The branch or loop.
          body: Its body.
          operands: The operands of the instruction.
          streams: The states of the random streams that it draws from.
          ranges: For operands that are counters, the least and the largest value that they take.

        Raises:
          CannotCompile: If an operation in it refuses the shapes: it may never be run on them.
        """
        program = body.program
        registers = program.filled([_entering(operands[i]) for i in body.inputs], [operands[i] for i in body.variables])
        for register, value in program.constants:
            registers[register] = self.constants.get(id(value), value)
        executable = Executable()
        executable.samples = [0] * len(body.draws)
        states = [streams[op] for op in body.draws]
        tracing = Tracing(program, executable, registers, states, self.lowering, set(), self)
        tracing.ranges = {register: ranges[position] for register, position in
                          zip(program.inputs, body.inputs, strict=True) if position in ranges}
        try:
            tracing.run()
        except OpError as error:
            raise CannotCompile(instruction.op, error.message) from None
        results = [operands[place] if kind == "operand" else registers[place] for kind, place in body.results]
        written = {position: registers[register] for position, register in zip(body.variables, program.writes,
                                                                               strict=False)}
        return Ran(written, results, {**streams, **tracing.streams_after()}, tracing.all_ok(), tracing.missing_room())

    def remembered(self, what: str, instruction: Instruction, operands: list[Any], find: Callable[[], Any]) -> Any:
        """What was found of an instruction for operands of these shapes; bodies in bodies would otherwise be traced
        twice as often with each level."""
        kinds = tuple([None if value is None else (value.shape, str(value.dtype)) for value in operands])
        key = (what, instruction, kinds)
        if key not in self._memory:
            self._memory[key] = find()
        return self._memory[key]

    def missing_room(self) -> Any:
        """How long the longest list became for which there was no room, or 0; None where there is always room."""
        return functools.reduce(xla.jnp.maximum, self.longest) if self.longest else None

    def streams_after(self) -> dict[Operation, Any]:
        """The states of the program's streams when it has run."""
        return {op: self.moved[op] if op in self.moved else philox.advance(self.states[i], self.executable.samples[i],
                                                                           xla.jnp)
                for i, op in enumerate(self.program.random_ops)}

    def note_endless(self) -> None:
        """Notes that a loop in it may never end."""
        if self._outer is not None:
            self._outer.note_endless()
        self.executable.endless = True

    def all_ok(self) -> Any:
        """Whether all guards are content; None where there are none."""
        return xla.jnp.all(xla.jnp.stack(self.flags)) if self.flags else None

    def _flag(self, instruction: Instruction, ok: Any) -> None:
        self.executable.guarded.append(instruction)
        self.flags.append(ok)

    @staticmethod
    def _is_known(instruction: Instruction, arguments: list[Any]) -> bool:
        if instruction.kernel is None:
            return False
        if instruction.op.definition.reads_shape_only:
            return not any(isinstance(value, DeviceList) for value in arguments)
        return all(isinstance(value, np.ndarray) or (isinstance(value, list) and all(
            isinstance(item, np.ndarray) for item in value)) for value in arguments)

    def _folded(self, instruction: Instruction, arguments: list[Any]) -> list[Any] | None:
        """What is known beforehand; None where XLA makes it faster than it travels."""
        must = instruction.op in self.program.stage.must_fold
        assert instruction.kernel is not None
        try:
            result = instruction.kernel(np, *arguments, **instruction.kwargs)
        except MemoryError:
            if must:
                raise
            return None  # XLA need not make the whole of it
        values = wrap_results(instruction, result, np.asarray)
        return values if must or all(value.size <= MAX_FOLDED_ELEMENTS for value in values) else None

    def _is_large(self, instruction: Instruction) -> bool:
        """Whether it is plain beforehand that the result is too large to be folded: it is not even made."""
        return instruction.op not in self.program.stage.must_fold and any(
            (tensor.shape.num_elements() or 0) > MAX_FOLDED_ELEMENTS for tensor in instruction.op.outputs)

    def _shapes(self) -> dict[Tensor, tuple[int, ...]]:
        return {tensor: tuple(value.shape) for tensor, register in self.program.registers.items()
                if isinstance(tensor, Tensor) and hasattr(value := self.registers[register], "dtype")
                and not isinstance(value, DeviceList)}

    def remember_largest(self) -> None:
        """Notes the shapes of the largest tensors."""
        found = sorted(self._shapes().items(), key=lambda item: -math.prod(item[1]) * item[0].dtype.size)
        self.executable.shapes = dict(found[:MAX_REMEMBERED])

    def _guard(self, instruction: Instruction, arguments: list[Any]) -> None:
        guard = instruction.guard
        if guard is None:
            return
        index = instruction.op.definition.input_index
        looked_at = [index[name] for name in guard.values]
        if self._holds_in_range(instruction, arguments):
            return
        if self._outer is not None:  # whether it will run at all is not known yet
            self._flag(instruction, xla.jnp.all(guard.ok(xla.jnp, *arguments, **instruction.guard_kwargs)))
            return
        if all(list_values.is_known(arguments[i]) for i in looked_at):
            if all(isinstance(argument, np.ndarray) for argument in arguments):
                failures.check_guard(instruction, arguments)
            else:
                known = [a if i in looked_at else _stand_in(a) for i, a in enumerate(arguments)]
                failures.check_guard(instruction, known)
            return
        if instruction.sections is None:
            stand_ins = [None if i in looked_at else _stand_in(a) for i, a in enumerate(arguments)]
            check = HostCheck(instruction, {i: instruction.operands[i] for i in looked_at}, stand_ins)
            if check.reaches(self.registers, self.fed, self.producers):
                self.executable.host_checks.append(check)
                return
        self._flag(instruction, xla.jnp.all(guard.ok(xla.jnp, *arguments, **instruction.guard_kwargs)))


    def _holds_in_range(self, instruction: Instruction, arguments: list[Any]) -> bool:
        """Whether the guard of an index is content with all values that a counter takes."""
        guard = instruction.guard
        if guard is None or not guard.takes_interval or not self.ranges or instruction.sections is not None:
            return False
        index = instruction.op.definition.input_index
        looked_at = [index[name] for name in guard.values]
        counters = [i for i in looked_at if instruction.operands[i] in self.ranges]
        if len(counters) != 1 or not all(list_values.is_known(arguments[i]) for i in looked_at if i not in counters):
            return False
        dtype = arguments[counters[0]].dtype
        ends = [np.asarray(end, dtype) for end in self.ranges[instruction.operands[counters[0]]]]
        known = [argument if i in looked_at else _stand_in(argument) for i, argument in enumerate(arguments)]
        return all(bool(np.all(guard.ok(np, *[end if i in counters else value for i, value in enumerate(known)],
                                        **instruction.guard_kwargs))) for end in ends)


def _entering(value: Any) -> Any:
    """A value as a program sees it that it enters: what is read of a list in another branch is not read in this one."""
    return value.afresh() if isinstance(value, DeviceList) else value


def _as_traced(value: Any) -> Any:
    return value if hasattr(value, "dtype") else np.asarray(value)


def lower(program: Program, known: Mapping[int, np.ndarray], variable_specs: list[Any], inputs: list[Any],
          donate: bool, lowering: Lowering, room: int = FIRST_ROOM) -> Executable:
    """Traces and compiles a program.

    Args:
      program: What to compile.
      known: The values of static operands, by register.
      variable_specs: (shape, dtype) of each variable, None for one that has no value yet.
      inputs: Arrays of the shapes and dtypes that the program is for.
      donate: Whether the old values of written variables are given to XLA.
      lowering: The device that the program is for.
      room: How much room lists have whose length is not known.
    """
    stage = program.stage
    executable = Executable()
    executable.room = room
    executable.takes_number = program.has_loops
    # A failed guard keeps the old values, where there are any.
    executable.selects = all(spec is not None for spec in variable_specs[:len(stage.writes)])
    executable.dynamic_inputs = [i for i in range(len(stage.inputs)) if program.inputs[i] not in known]
    executable.constants = program.large_constants
    # A variable that may change its shape has a buffer that its new value may not fit into.
    fixed = all(variable.attributes["shape"].is_fully_defined() for variable in stage.writes)
    executable.donated = len(stage.writes) if donate and executable.selects and fixed else 0
    trace = _tracer(program, executable, known, lowering, stage.fed_inputs)
    jax = xla.jax
    specs = [None if spec is None else jax.ShapeDtypeStruct(*spec) for spec in variable_specs]
    with xla.x64(), jax.default_device(lowering.device):
        specs.extend(_spec(inputs[i]) for i in executable.dynamic_inputs)
        specs.extend(_spec(value) for value in executable.constants)
        if executable.takes_number:
            specs.append(jax.ShapeDtypeStruct((), np.int32))
        if program.random_ops:
            specs.append(jax.ShapeDtypeStruct((len(program.random_ops), STATE_WORDS), np.uint32))
        written: list[Any] = []

        def run(*arguments: Any) -> Any:
            writes, outputs, moved, flags = trace(*arguments)
            written.extend((tuple(value.shape), np.dtype(value.dtype)) for value in writes)
            results = (*writes, *_laid_flat(executable, outputs), *moved, flags)
            if not writes:
                return results
            executable.box = boxed(results)
            return executable.box

        run.__name__ = f"stage_{stage.index}"
        try:
            lowered = jax.jit(run, donate_argnums=tuple(range(executable.donated))).lower(*specs)
        except OpError as error:
            error.__notes__ = []  # JAX's word on the frames that it has taken out
            raise
        text = lowered.as_text()
        if debug.enabled("hlo"):
            debug.write(f"stage {stage.index}:\n{text}")
        executable.keeps_layout = written == variable_specs[:len(stage.writes)]
        if executable.endless and executable.donated:
            executable.donated = 0  # what is stopped leaves the variables as they were
            written.clear()
            lowered = jax.jit(run).lower(*specs)
        executable.function = lowered.compile()
        # The CPU's compiler does not tell how large its code is; the program's text grows with it.
        executable.bytes = executable.function.memory_analysis().generated_code_size_in_bytes or len(text)
    return executable


def _tracer(program: Program, executable: Executable, known: Mapping[int, np.ndarray], lowering: Lowering,
            fed_inputs: set[int]) -> Callable[..., Any]:
    """The program as a function of (variables, dynamic inputs, large constants, random states) for JAX to trace.

    It gives a tuple of new values of written variables, one of outputs, one of what `Executable` says of
    `moves_streams` and `has_room`, and the flags of guards (or None).
    """
    large = program.large_constants

    def trace(*arguments: Any) -> Any:
        registers: list[Any] = [None] * program.size
        passed = [*program.entries, *(program.inputs[i] for i in executable.dynamic_inputs)]
        for register, value in zip(passed, arguments, strict=False):
            registers[register] = _entering(value)
        behind = len(passed) + len(large)
        constants = {id(value): given for value, given in
                     zip(large, arguments[len(passed):behind], strict=True)}
        for register, value in program.constants:
            registers[register] = constants.get(id(value), value)
        for register, value in known.items():
            registers[register] = value
        states = arguments[-1] if program.random_ops else None
        executable.samples = [0] * len(program.random_ops)
        executable.guarded, executable.host_checks = [], []
        tracing = Tracing(program, executable, registers, states, lowering, fed_inputs)
        tracing.constants = constants
        if executable.takes_number:
            tracing.run_number = arguments[behind]
        tracing.run()
        tracing.remember_largest()
        return _results(tracing, arguments)

    return trace


class State(NamedTuple):
    """What a program reads and leaves behind: the values of its variables, and a row for each random stream."""

    variables: list[Any]
    streams: Any = None


def as_function(program: Program, lowering: Lowering) -> Callable[[State, list[Any]], tuple[State, list[Any], Any]]:
    """A program as a pure function `(state, inputs) -> (state, outputs, ok)` on traced or concrete arrays.

    It can be traced into a larger XLA program: the body of a loop, a branch. Where a guard refuses, `ok` is false and
    the variables keep their values. Static operands must be foldable within the program.
    """
    executable = Executable()
    executable.dynamic_inputs = list(range(len(program.inputs)))
    large = program.large_constants
    trace = _tracer(program, executable, {}, lowering, set())

    def function(state: State, inputs: list[Any]) -> tuple[State, list[Any], Any]:
        jnp = xla.jnp
        streams = [state.streams] if program.random_ops else []
        writes, outputs, moved, flags = trace(*state.variables, *inputs, *large, *streams)
        found: list[Any] = [None] * len(program.outputs)
        for position, value in zip(executable.output_positions, outputs, strict=True):
            found[position] = value
        for position, value in executable.known_outputs:
            found[position] = jnp.asarray(value)
        advanced = None
        if streams:
            advanced = moved[0] if moved else jnp.stack([
                philox.advance(row, samples, jnp) for row, samples in
                zip(state.streams, executable.samples, strict=True)])
        variables = [*writes, *state.variables[len(writes):]]
        return State(variables, advanced), found, jnp.bool_(True) if flags is None else jnp.all(flags)

    return function


def pure_function(program: Program, variables: list[np.ndarray], lowering: Lowering) -> Callable[..., list[Any]]:
    """A program that writes nothing and draws nothing, as a function of its inputs alone: variables become constants.

    Raises:
      NotImplementedError: If the program sets variables or draws random numbers.
    """
    if program.writes or program.random_ops:
        raise NotImplementedError("a computation that sets variables or draws random numbers as a pure function")
    function = as_function(program, lowering)
    return lambda *inputs: function(State(list(variables)), list(inputs))[1]


def _spec(value: Any) -> Any:
    if isinstance(value, DeviceList):
        return xla.jax.tree.map(_spec, value)
    return xla.jax.ShapeDtypeStruct(value.shape, value.dtype)


def _laid_flat(executable: Executable, outputs: Sequence[Any]) -> Sequence[Any]:
    """Outputs with the arrays of lists in the place of the lists. They are put together again by `whole`, after a call:
    nothing in Python may come between a program that was given buffers and what it gives."""
    executable.structures = None
    if not any(isinstance(value, DeviceList) for value in outputs):
        return outputs
    jax = xla.jax
    leaves, executable.structures = jax.tree.flatten(
        [list_layouts.settled(jax, value) if isinstance(value, DeviceList) and value.spot is not None else value
         for value in outputs])
    return leaves


def _results(tracing: Tracing, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """New values of written variables, outputs, and flags. Each has a buffer of its own when the program has been
    compiled ahead of time, also where it is an argument, or the same value twice."""
    jnp, program, registers = xla.jnp, tracing.program, tracing.registers
    executable = tracing.executable
    executable.output_positions, executable.known_outputs = [], []
    ok = jnp.stack(tracing.flags) if tracing.flags else None
    room = tracing.missing_room()
    conditions = [*([] if ok is None else [jnp.all(ok)]), *([] if room is None else [room == 0])]
    writes = []
    for i, register in enumerate(program.writes):
        new = registers[register]
        if conditions and executable.selects:
            new = jnp.where(functools.reduce(jnp.logical_and, conditions), new, arguments[i])
        writes.append(jnp.asarray(new))
    outputs = []
    for i, register in enumerate([*program.outputs, *program.preserved]):
        value = registers[register]
        if isinstance(value, np.ndarray):
            executable.known_outputs.append((i, value))
        else:
            executable.output_positions.append(i)
            outputs.append(value)
    executable.has_room = room is not None
    executable.moves_streams = bool(program.random_ops) and (bool(tracing.moved) or executable.has_room)
    moved = [jnp.stack(list(tracing.streams_after().values()))] if executable.moves_streams else []
    return tuple(writes), tuple(outputs), (*moved, *([] if room is None else [room])), ok
