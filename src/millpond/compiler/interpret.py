"""The cold tier: a program run operation by operation with the NumPy kernels. Host stages run here always.

A value is let go after its last use, not at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from millpond.compiler import failures, xla
from millpond.compiler.program import Instruction, Program, wrap_results
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.control.list_values import as_host_value

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


def interpret(program: Program, inputs: list[np.ndarray], entries: list[np.ndarray | None], draw: Draw,
              host_context: HostContext) -> Outcome:
    """Runs a program on NumPy arrays.

    Args:
      program: What to run.
      inputs: Values of the program's inputs. The list is emptied, so that values can be let go.
      entries: Values of its variables, None where the value does not matter.
      draw: Gives the state of an op's random stream, and moves the stream on.
      host_context: Gives what a host kernel may use of the session.

    Raises:
      OpError: If a kernel or guard refuses its inputs, or memory runs out; nothing has changed then.
    """
    registers: list[Any] = [None] * program.size
    for register, value in zip(program.inputs, inputs, strict=True):
        registers[register] = value
    for register, entry in zip(program.entries, entries, strict=True):
        registers[register] = entry
    for register, value in program.constants:
        registers[register] = value
    inputs.clear()
    given = {id(registers[i]) for i in program.sources} if program.writes else set()
    elements = 0
    instruction: Instruction | None = None
    arguments: list[Any] = []
    try:
        with np.errstate(all="ignore"):
            for instruction in program.instructions:
                arguments = instruction.arguments(registers)
                if instruction.guard is not None:
                    failures.check_guard(instruction, arguments)
                result = _apply(instruction, arguments, draw, host_context)
                for register, value in zip(instruction.results, wrap_results(instruction, result, as_host_value),
                                           strict=True):
                    registers[register] = value
                    elements += value.size
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
    return Outcome([registers[i] for i in program.outputs],
                   [_owned(registers[i], given) for i in program.writes],
                   [registers[i] for i in program.preserved], elements)


def _apply(instruction: Instruction, arguments: list[Any], draw: Draw, host_context: HostContext) -> Any:
    op = instruction.op
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


def _run_lowered(instruction: Instruction, arguments: list[Any], draw: Draw) -> Any:
    """An op that only XLA can run, by itself (only where compiling whole stages is switched off)."""
    assert instruction.lower is not None
    if instruction.random_index >= 0:
        arguments = [draw(instruction.op, instruction.samples(arguments)), *arguments]
    with xla.x64():
        return instruction.lower(xla.jax, *arguments, **instruction.lower_kwargs)


def _owned(value: np.ndarray, given: set[int]) -> np.ndarray:
    """A value that nobody else can change: views and arrays that came from outside are copied."""
    return value if value.flags.owndata and id(value) not in given else np.array(value)
