"""How often a loop turns, as far as it can be told while compiling.

What decides (a counter, its limit) is cut out of the condition and the body, and run by itself on NumPy: the counters
start at known values, and neither they nor the condition depend on anything that is computed, but for its shape. Of a
condition that joins several with `and`, each part that can be followed so bounds the number of iterations.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from millpond.compiler.program import BodyProgram, Instruction, wrap_results
from millpond.ops.control.list_values import DeviceList

# So many iterations are tried; a counter that goes up by a constant to a limit is calculated.
MAX_FOLLOWED = 4096
_COMPARISONS = {"Less": np.less, "LessEqual": np.less_equal, "Greater": np.greater, "GreaterEqual": np.greater_equal}


class Trips(NamedTuple):
    """What is known of the number of iterations.

    Attributes:
      most: An upper bound, or None.
      exact: Whether that is the number itself.
    """

    most: int | None
    exact: bool


def trips(instruction: Instruction, operands: list[Any]) -> Trips:
    """The number of iterations of a loop whose known operands are NumPy arrays."""
    condition, body = instruction.bodies
    parts = _parts(condition)
    counts = [_followed(condition, body, part, operands) for part in parts]
    known = [count for count in counts if count is not None]
    return Trips(min(known, default=None), bool(known) and len(known) == len(parts))


def _producers(program: BodyProgram) -> dict[int, Instruction]:
    return {register: made for made in program.program.instructions for register in made.results}


def _parts(condition: BodyProgram) -> list[int]:
    """The registers of the conditions that all have to hold."""
    kind, register = condition.results[0]
    if kind != "register":
        return [-1]
    producers = _producers(condition)
    parts, stack = [], [register]
    while stack:
        register = stack.pop()
        made = producers.get(register)
        if made is not None and made.op.type in ("LogicalAnd", "Identity"):
            stack.extend(made.operands)
        else:
            parts.append(register)
    return parts


class _Slice(NamedTuple):
    """The instructions that a value depends on, in order.

    Attributes:
      instructions: These.
      positions: The operands of the loop whose values they look at.
      shapes: Those of which they look at the shape alone.
      source: The value.
    """

    instructions: list[Instruction]
    positions: set[int]
    shapes: set[int]
    source: tuple[str, int]


def _slice(body: BodyProgram, source: tuple[str, int]) -> _Slice | None:
    """What gives a value of a body; None where that is more than plain arithmetic."""
    kind, place = source
    if kind == "operand":
        return _Slice([], {place}, set(), source)
    program, producers = body.program, _producers(body)
    operand = dict(zip(program.inputs, body.inputs, strict=True))
    constants = {register for register, _ in program.constants}
    needed: set[int] = set()
    positions: set[int] = set()
    shapes: set[int] = set()
    stack = [place]
    while stack:
        register = stack.pop()
        if register in needed or register in constants:
            continue
        needed.add(register)
        if register in operand:
            positions.add(operand[register])
            continue
        made = producers.get(register)
        shape_only = made is not None and made.op.definition.reads_shape_only
        if made is None or made.bodies or not (shape_only or made.op.definition.foldable) or made.kernel is None:
            return None
        if shape_only and all(register in operand for register in made.operands):
            shapes.update(operand[register] for register in made.operands)
        else:
            stack.extend(made.operands)
    return _Slice([made for made in program.instructions if not needed.isdisjoint(made.results)], positions, shapes,
                  source)


def _followed(condition: BodyProgram, body: BodyProgram, part: int, operands: list[Any]) -> int | None:
    """How often a part of the condition holds in a row, if that depends on known values alone."""
    test = _slice(condition, ("register", part)) if part >= 0 else None
    if test is None:
        return None
    steps: dict[int, _Slice] = {}
    positions, shapes = list(test.positions), set(test.shapes)
    for position in positions:  # grows
        if not isinstance(operands[position], np.ndarray):
            return None
        source = body.results[position]
        if source == ("operand", position) or position in steps:
            continue
        step = _slice(body, source)
        if step is None:
            return None
        steps[position] = step
        positions.extend(step.positions)
        shapes.update(step.shapes)
    state = _shaped(body, operands, shapes - set(positions))
    if state is None:
        return None
    state |= {position: operands[position] for position in positions}
    calculated = _calculated(condition, body, test, steps, state)
    if calculated is not None:
        return calculated
    for count in range(MAX_FOLLOWED):
        if not bool(_run(condition, test, state)):
            return count
        state |= {position: _run(body, step, state) for position, step in steps.items()}
    return None


def _shaped(body: BodyProgram, operands: list[Any], positions: set[int]) -> dict[int, Any] | None:
    """For operands of which the shape alone counts, what has that shape; None where one is not known, or changes.

    A compiled loop does not change the shapes of arrays. A list stands for itself, as long as the body hands it on.
    """
    state: dict[int, Any] = {}
    for position in positions:
        operand = operands[position]
        if isinstance(operand, DeviceList):
            if not operand.has_known_length or body.results[position] != ("operand", position):
                return None
            state[position] = operand
        elif hasattr(operand, "shape"):
            state[position] = np.broadcast_to(np.zeros((), operand.dtype), operand.shape)
        else:
            return None
    return state


def _run(body: BodyProgram, piece: _Slice, state: dict[int, Any]) -> Any:
    program = body.program
    kind, place = piece.source
    if kind == "operand":
        return state[place]
    registers: list[Any] = [None] * program.size
    for register, position in zip(program.inputs, body.inputs, strict=True):
        registers[register] = state.get(position)
    for register, value in program.constants:
        registers[register] = value
    for made in piece.instructions:
        assert made.kernel is not None
        result = made.kernel(np, *made.arguments(registers), **made.kwargs)
        for register, value in zip(made.results, wrap_results(made, result, np.asarray), strict=True):
            registers[register] = value
    return registers[place]


def _calculated(condition: BodyProgram, body: BodyProgram, test: _Slice, steps: dict[int, _Slice],
                state: dict[int, Any]) -> int | None:
    """The count for the commonest loop: one integer goes up, or down, by a constant to a limit."""
    if len(steps) != 1 or not test.instructions or test.instructions[-1].op.type not in _COMPARISONS:
        return None
    (position, _), compare = next(iter(steps.items())), test.instructions[-1]
    start, stride = state[position], stride_of(body, position, state[position])
    if stride is None or stride == 0:
        return None
    counter = _register_of(condition, position)
    if compare.operands.count(counter) != 1:
        return None
    first = compare.operands[0] == counter
    limit = _slice(condition, ("register", compare.operands[1 if first else 0]))
    if limit is None or position in limit.positions:
        return None
    bound = _run(condition, limit, state)
    if bound.shape:
        return None
    up = (compare.op.type in ("Less", "LessEqual")) == first
    inclusive = compare.op.type in ("LessEqual", "GreaterEqual")
    if up != (stride > 0):
        return None
    distance = (int(bound) - int(start)) * (1 if up else -1) + inclusive
    return max(0, -(-distance // abs(stride)))


def stride_of(body: BodyProgram, position: int, start: Any) -> int | None:
    """How much each iteration adds to a loop variable that is one known integer at the start; None where it does more
    than adding a constant to it."""
    if not isinstance(start, np.ndarray) or start.shape or start.dtype.kind not in "iu":
        return None
    step = _slice(body, body.results[position])
    if step is None or len(step.instructions) != 1 or step.positions != {position}:
        return None
    if step.instructions[0].op.type not in ("AddV2", "Add", "Sub"):
        return None
    one, two = (int(_run(body, step, {position: np.asarray(value, start.dtype)})) for value in (start, start + 1))
    return one - int(start) if two - one == 1 else None


def _register_of(body: BodyProgram, position: int) -> int:
    return next((register for register, place in zip(body.program.inputs, body.inputs, strict=True)
                 if place == position), -1)
