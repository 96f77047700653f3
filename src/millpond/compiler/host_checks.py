"""Guards that depend only on what is fed: run on the host before dispatch, at no cost to the device.

A guard may look at a feed itself, or at what a few pure operations make of small feeds (labels from one-hot rows, a
reshaped vector of indices): those operations are run beforehand with their NumPy kernels too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.compiler import failures, xla
from millpond.compiler.program import Instruction, wrap_results
from millpond.ops.control.list_values import DeviceList

# More elements than these, in any value on the way from the feeds, are left to the device.
MAX_ELEMENTS = 16_384
MAX_INSTRUCTIONS = 8


class HostCheck:
    """One guard, and the way from the feeds to what it looks at.

    Attributes:
      instruction: The guarded operation.
      steps: Operations to run first, in order.
      feeds: Position among the stage's inputs of each register that is fed.
      known: Values of registers that are part of the program.
      looked_at: The register of each argument whose value the guard looks at.
      arguments: The guard's arguments, with stand-ins where it may see only shape and dtype.
    """

    __slots__ = ("instruction", "steps", "feeds", "known", "looked_at", "arguments")

    def __init__(self, instruction: Instruction, looked_at: dict[int, int], arguments: list[Any]) -> None:
        self.instruction = instruction
        self.looked_at = looked_at
        self.arguments = arguments
        self.steps: list[Instruction] = []
        self.feeds: dict[int, int] = {}
        self.known: dict[int, np.ndarray | DeviceList] = {}

    def reaches(self, registers: list[Any], fed: dict[int, int], producers: dict[int, Instruction]) -> bool:
        """Finds the way from the feeds, given what is known while tracing; False where it leads elsewhere or is
        not worth walking."""
        return all(self._visit(register, registers, fed, producers) for register in self.looked_at.values())

    def _visit(self, register: int, registers: list[Any], fed: dict[int, int],
               producers: dict[int, Instruction]) -> bool:
        value = registers[register]
        if register in fed:
            self.feeds[register] = fed[register]
            return True
        if isinstance(value, DeviceList) and value.has_known_length:
            self.known[register] = value.outline()
            return True
        if isinstance(value, np.ndarray):
            self.known[register] = value
            return True
        producer = producers.get(register)
        if producer is None or not producer.op.definition.foldable or producer.kernel is None or producer.guard:
            return False
        if producer in self.steps:
            return True
        if len(self.steps) >= MAX_INSTRUCTIONS or any(_is_large(registers[i]) for i in producer.operands):
            return False
        if not all(self._visit(i, registers, fed, producers) for i in producer.operands):
            return False
        self.steps.append(producer)
        return True

    def check(self, inputs: list[Any]) -> None:
        """Raises the guard's error where the stage's inputs do not pass."""
        values: dict[int, Any] = dict(self.known)
        for register, position in self.feeds.items():
            values[register] = xla.to_host(inputs[position])
        if self.steps:
            with np.errstate(all="ignore"):
                self._walk(values)
        arguments = list(self.arguments)
        for argument, register in self.looked_at.items():
            arguments[argument] = values[register]
        failures.check_guard(self.instruction, arguments)

    def _walk(self, values: dict[int, Any]) -> None:
        for step in self.steps:
            operands = step.arguments(values)  # type: ignore[arg-type]  # registers by number, as a list has them
            results = wrap_results(step, step.kernel(np, *operands, **step.kwargs), np.asarray)  # type: ignore[misc]
            values.update(zip(step.results, results, strict=True))


def _is_large(value: Any) -> bool:
    return value is not None and value.size > MAX_ELEMENTS
