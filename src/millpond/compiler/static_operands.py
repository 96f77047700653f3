"""The static operands of a stage at run time: what a compilation must know the value of, worked out from what enters.

A signature names these values, not what they are made of: a program that pads to the longest of the sequences that are
fed is compiled once for each longest length, whatever the other lengths are.

Requires: a program. Ensures: `fold` gives a value for each register that a signature has to name.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.compiler import failures
from millpond.compiler.program import Instruction, Program, wrap_results


class StaticOperands:
    """How the static operands of a program are worked out.

    Attributes:
      raw: The registers of what they are worked out from: static inputs, then static variables.
      registers: The registers of what a signature names.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        stage = program.stage
        raw = [program.inputs[i] for i in stage.static_inputs]
        raw += [program.entries[program.variables.index(variable)] for variable in stage.static_reads]
        self.raw = raw
        wanted = list(dict.fromkeys(program.registers[key] for key in stage.static_operands))
        found = self._instructions(wanted)
        # Where a shape that only tracing tells takes part, the signature names what the operands are made of.
        self._folds: list[Instruction] = found or []
        self.registers = raw if found is None else wanted

    def _instructions(self, wanted: list[int]) -> list[Instruction] | None:
        """What gives the wanted registers, in order; None where not all of it can be run beforehand."""
        program = self._program
        producers = {register: made for made in program.instructions for register in made.results}
        given = {*self.raw, *(register for register, _ in program.constants)}
        shaped = {*given, *program.inputs, *program.entries}
        needed: set[int] = set()
        stack = [register for register in wanted if register not in given]
        while stack:
            register = stack.pop()
            made = producers.get(register)
            if made is None or made.kernel is None:
                return None
            if register in needed:
                continue
            needed.add(register)
            have = shaped if made.op.definition.reads_shape_only else given
            stack.extend(operand for operand in made.operands if operand not in have)
        return [made for made in program.instructions if not needed.isdisjoint(made.results)]

    def fold(self, inputs: list[Any], entries: list[Any]) -> list[np.ndarray] | None:
        """The value of each of `registers`; None where an operation refuses what it is given.

        Args:
          inputs: The program's inputs; those that are static as NumPy arrays.
          entries: Its variables, those that are static as NumPy arrays; the others may be None.
        """
        registers = self._program.filled(inputs, entries)
        try:
            with np.errstate(all="ignore"):
                for made in self._folds:
                    arguments = made.arguments(registers)
                    failures.check_guard(made, arguments)
                    assert made.kernel is not None
                    result = made.kernel(np, *arguments, **made.kwargs)
                    for register, value in zip(made.results, wrap_results(made, result, np.asarray), strict=True):
                        registers[register] = value
        except failures.MISFITS:
            return None  # told with the node by whoever runs the stage
        return [registers[register] for register in self.registers]
