"""The cold tier: a program run operation by operation with the NumPy kernels. Host stages run here always.

A value is let go after its last use, not at the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.compiler import bodies, failures, lowering, xla
from millpond.compiler.host_bodies import Surroundings
from millpond.compiler.program import Instruction, Program, wrap_results
from millpond.graph.opdef import LOWERING
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.control.list_values import HostList, as_host_value

# draw(op, samples) gives the state of an op's random stream and moves the stream on.
Draw = Callable[[Operation, int], np.ndarray]
# host_context(op) gives what a host kernel may use of the session.
HostContext = Callable[[Operation], Any]


class Outcome:
    """What a stage gave: its outputs, the values it leaves in variables, and the versions kept for later."""

    __slots__ = ("outputs", "writes", "preserved", "elements")

    def __init__(self, outputs: list[Any], writes: list[Any], preserved: list[Any], elements: int = 0) -> None:
        self.outputs = outputs
        self.writes = writes
        self.preserved = preserved
        self.elements = elements


class Interpreter:
    """Runs programs, and those of the bodies in them.

    Attributes:
      draw: Gives the state of an op's random stream, and moves the stream on.
      host_context: Gives what a host kernel may use of the session.
      check: Raises if the run is to stop; asked in each iteration of a loop.
      work: What has been done, in elements computed.
      budget: How much may be done before it is better to compile; asked in each iteration of a loop.
      around: In a host stage, what bodies run in.
    """

    def __init__(self, draw: Draw, host_context: HostContext, check: Callable[[], None] = lambda: None,
                 budget: float = math.inf, around: Surroundings | None = None) -> None:
        self.draw = draw
        self.host_context = host_context
        self.check = check
        self.work = 0
        self.budget = budget
        self.around = around

    def run(self, program: Program, registers: list[Any]) -> None:
        """Runs the instructions of a program on its registers."""
        instruction: Instruction | None = None
        arguments: list[Any] = []
        try:
            for instruction in program.instructions:
                if instruction.is_plain:  # most are: half the time, without what the others need
                    arguments = [registers[i] for i in instruction.operands]
                    assert instruction.kernel is not None
                    value = instruction.kernel(np, *arguments, **instruction.kwargs)
                    if type(value) is not np.ndarray or value.dtype != instruction.result_dtypes[0]:
                        value, = wrap_results(instruction, value, as_host_value)
                    registers[instruction.results[0]] = value
                    self.work += value.size
                    for register in instruction.last_uses:
                        registers[register] = None
                    continue
                arguments = instruction.arguments(registers)
                if instruction.guard is not None:
                    failures.check_guard(instruction, arguments)
                if instruction.bodies:
                    values = bodies.interpret(self, instruction, [registers[i] for i in instruction.operands])
                else:
                    values = wrap_results(instruction, _apply(instruction, arguments, self.draw, self.host_context),
                                          as_host_value)
                for register, value in zip(instruction.results, values, strict=True):
                    registers[register] = value
                    if value is not None:  # a variable without a value, which no body that ran has looked at
                        self.work += value.size
                for register in instruction.last_uses:
                    registers[register] = None
        except MemoryError as error:
            assert instruction is not None
            shapes = {tensor: registers[register].shape for key, register in program.registers.items()
                      if isinstance(tensor := key, Tensor) and registers[register] is not None}
            raise failures.exhausted(program.stage, shapes, error, instruction.op) from None
        except failures.MISFITS as error:
            assert instruction is not None
            raise failures.located(error, instruction.op, arguments) from None


def interpret(program: Program, inputs: list[np.ndarray], entries: list[np.ndarray | None],
              interpreter: Interpreter) -> Outcome:
    """Runs a program on NumPy arrays.

    Args:
      program: What to run.
      inputs: Values of the program's inputs. The list is emptied, so that values can be let go.
      entries: Values of its variables, None where the value does not matter.
      interpreter: What runs it.

    Raises:
      OpError: If a kernel or guard refuses its inputs, or memory runs out; nothing has changed then.
      OverBudget: If a loop in it had better be compiled; nothing has changed then but random streams.
    """
    registers = program.filled(inputs, entries)
    inputs.clear()
    given = {id(registers[i]) for i in program.sources} if program.writes else set()
    with np.errstate(all="ignore"):
        interpreter.run(program, registers)
    return Outcome([registers[i] for i in program.outputs],
                   [_owned(registers[i], given) for i in program.writes],
                   [registers[i] for i in program.preserved], interpreter.work)


def _apply(instruction: Instruction, arguments: list[Any], draw: Draw, host_context: HostContext) -> Any:
    op = instruction.op
    if op.definition.role == "unused":
        return unused(instruction)
    if instruction.kernel is None:
        return _run_lowered(instruction, arguments, draw)
    if instruction.on_host:
        if instruction.random_index >= 0:
            arguments = [draw(op, instruction.samples(arguments)), *arguments]
        return instruction.kernel(host_context(op), *arguments, **instruction.kwargs)
    if instruction.random_index >= 0:
        state = draw(op, instruction.samples(arguments))
        return instruction.kernel(np, state, *arguments, **instruction.kwargs)
    return instruction.kernel(np, *arguments, **instruction.kwargs)


def unused(instruction: Instruction) -> np.ndarray | HostList:
    """A value that nobody looks at."""
    if instruction.op._outputs[0].dtype is dtypes.variant:
        return HostList({}, 0, np.dtype(np.float32))
    sizes = instruction.op._outputs[0].shape.sizes or ()
    return np.zeros([size or 0 for size in sizes], instruction.result_dtypes[0])


def _run_lowered(instruction: Instruction, arguments: list[Any], draw: Draw) -> Any:
    """An op that only XLA can run, by itself (only where compiling whole stages is switched off)."""
    assert instruction.lower is not None
    if instruction.random_index >= 0:
        arguments = [draw(instruction.op, instruction.samples(arguments)), *arguments]
    context = {LOWERING: lowering.default()} if instruction.wants_lowering else {}
    with xla.x64():
        return instruction.lower(xla.jax, *arguments, **instruction.lower_kwargs, **context)


def _owned(value: np.ndarray | None, given: set[int]) -> np.ndarray | None:
    """A value that nobody else can change: views and arrays that came from outside are copied."""
    return value if value is None or value.flags.owndata and id(value) not in given else np.array(value)
