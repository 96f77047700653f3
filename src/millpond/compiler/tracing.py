"""Tracing: a program run on JAX's tracers, which makes it part of an XLA program.

While tracing, a register holds a tracer, or a NumPy array where the value is known: such values are folded by the
NumPy kernels, so that `tf.shape(x)` is a constant to XLA. The bodies of branches and loops are traced into the
program around them (`lower_bodies.py`).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from millpond.compiler import failures, lower_bodies, xla
from millpond.compiler.executable import Executable
from millpond.compiler.host_checks import HostCheck
from millpond.compiler.interpret import unused
from millpond.compiler.lower_bodies import CannotCompile, Ran
from millpond.compiler.lowering import Lowering
from millpond.compiler.program import BodyProgram, Instruction, Program, wrap_results
from millpond.errors import OpError
from millpond.graph.opdef import LOWERING
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.control import list_values
from millpond.ops.control.list_values import DeviceList
from millpond.ops.random import philox

# Larger values are not folded: XLA makes them faster than they travel.
MAX_FOLDED_ELEMENTS = 1024
NO_RANGES: Mapping[int, tuple[int, int]] = {}
# The largest tensors are remembered, for the error of exhausted memory.
MAX_REMEMBERED = 8


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
        elif instruction.lower is None and instruction.random_index < 0 and definition.static_rule is None and any(
                not isinstance(arguments[i], np.ndarray) for i in definition.static_positions):
            # The length of a list that a loop of the same program grows is not known by its shape.
            raise CannotCompile(instruction.op, "what must be known to compile it is computed in the same program")
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
        registers = program.filled([entering(operands[i]) for i in body.inputs], [operands[i] for i in body.variables])
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


def entering(value: Any) -> Any:
    """A value as a program sees it that it enters: what is read of a list in another branch is not read in this one."""
    return value.afresh() if isinstance(value, DeviceList) else value


def _as_traced(value: Any) -> Any:
    return value if hasattr(value, "dtype") else np.asarray(value)
