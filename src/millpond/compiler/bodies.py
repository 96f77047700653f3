"""Branches and loops in the cold tier: the interpreter runs the programs of their bodies.

Operands come flat, as the node takes them; results come as those of any instruction do: first the new values of the
variables that are set, then the outputs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from millpond.compiler import failures, xla
from millpond.compiler.program import BodyProgram, Instruction
from millpond.errors import InvalidArgumentError, OpError

if TYPE_CHECKING:
    from millpond.compiler.interpret import Interpreter

# What an instruction costs beside the elements that it computes.
INSTRUCTION_WORK = 2_000


class OverBudget(Exception):
    """A loop has turned so often that compiling it pays."""


def is_loop(instruction: Instruction) -> bool:
    """Whether an instruction with bodies is a loop: its first body is the condition."""
    return "body" in instruction.op.attributes


def interpret(interpreter: Interpreter, instruction: Instruction, operands: list[Any]) -> list[Any]:
    """Runs a branch or loop on NumPy values."""
    if is_loop(instruction):
        return _interpret_loop(interpreter, instruction, operands)
    chosen = instruction.bodies[branch_number(instruction, operands[0])]
    results = _run(interpreter, instruction, chosen, operands)
    return _on_host([*[operands[i] for i in instruction.written_operands], *results])


def branch_number(instruction: Instruction, choice: Any) -> int:
    """Which body a known value chooses."""
    count = len(instruction.bodies)
    if "then_branch" in instruction.op.attributes:
        return 0 if truth(instruction, choice) else 1
    number = int(choice)
    return number if 0 <= number < count else count - 1


def truth(instruction: Instruction, value: Any) -> bool:
    """A predicate's value.

    Raises:
      InvalidArgumentError: If it has dimensions.
    """
    if np.shape(value):
        op = instruction.op
        raise InvalidArgumentError(op.node_def, op, f"The predicate of '{op.name}' ({op.type}) must be a scalar, but "
                                                    f"has shape {list(np.shape(value))}")
    return bool(value)


def _interpret_loop(interpreter: Interpreter, instruction: Instruction, operands: list[Any]) -> list[Any]:
    condition, body = instruction.bodies
    iteration = 0
    try:
        while True:
            interpreter.check()
            if interpreter.work > interpreter.budget:
                raise OverBudget
            if not truth(instruction, _run(interpreter, instruction, condition, operands)[0]):
                break
            results = _run(interpreter, instruction, body, operands)
            for i, value in enumerate(results):
                if i not in instruction.written_operands and value is not None:
                    operands[i] = value
            iteration += 1
    except OpError as error:
        raise failures.with_note(error, f" [in iteration {iteration} of the loop '{instruction.op.name}', created at "
                                        f"{instruction.op.creation_site or 'an unknown line'}]") from None
    outputs = [operands[tensor.value_index] for tensor in instruction.op._outputs if not tensor.dtype.is_ref_dtype]
    return _on_host([*[operands[i] for i in instruction.written_operands], *outputs])


def _on_host(values: list[Any]) -> list[Any]:
    return [None if value is None else xla.to_host(value) for value in values]


def _run(interpreter: Interpreter, instruction: Instruction, body: BodyProgram, operands: list[Any]) -> list[Any]:
    """What a body gives; the operands that are variables it sets are replaced by their new values."""
    if body.host is not None and interpreter.around is not None:
        return body.host.run(interpreter.around, operands)
    for i in body.requires:
        if operands[i] is None:
            raise failures.uninitialized(instruction.op._inputs[i])
    program = body.program
    registers = program.filled([operands[i] for i in body.inputs], [operands[i] for i in body.variables])
    interpreter.run(program, registers)
    interpreter.work += INSTRUCTION_WORK * len(program.instructions)
    results = [operands[place] if kind == "operand" else registers[place] for kind, place in body.results]
    for position, register in zip(body.variables, program.writes, strict=False):
        operands[position] = registers[register]
    return results
