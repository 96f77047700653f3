"""From an exception inside a kernel to an error that names the node."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.compiler.program import Instruction
from millpond.errors import InvalidArgumentError, OpError
from millpond.graph.opdef import attrs_for
from millpond.graph.operation import Operation

# What a kernel raises when it is given shapes or values that do not fit: the user's mistake, to be reported with
# the node. Anything else (a defect of ours, an interrupt) goes through as it is.
MISFITS = (ValueError, IndexError, TypeError, ZeroDivisionError, OverflowError, OpError)


def located(error: Exception, op: Operation, arguments: list[Any]) -> OpError:
    """A misfit inside the kernel of `op` as an error that names the node and what it was given."""
    if isinstance(error, OpError):
        if error.op is not None or error.node_def is not None:
            return error
        return type(error)(op.node_def, op, error.message)
    return InvalidArgumentError(
        op.node_def, op, f"{error} [{op.type} '{op.name}' was given {shapes_text(arguments) or 'nothing'}]")


def shape_text(value: Any) -> str:
    """`float32[2,3]`, for messages."""
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(shape_text, value)) + "]"
    if value is None:
        return "a variable"
    return f"{value.dtype.name}{list(value.shape)}".replace(" ", "")


def shapes_text(values: list[Any]) -> str:
    return ", ".join(map(shape_text, values))


def guard_error(instruction: Instruction, arguments: list[Any]) -> OpError:
    """The error of a guard that found something wrong in `arguments` (NumPy arrays)."""
    guard, op = instruction.guard, instruction.op
    assert guard is not None
    message = guard.message(*arguments, **attrs_for(op.definition, guard.message, op.attributes))
    return guard.error(op.node_def, op, message)  # type: ignore[return-value]


def check_guard(instruction: Instruction, arguments: list[Any]) -> None:
    """Raises the guard's error where NumPy `arguments` do not pass."""
    guard = instruction.guard
    if guard is not None and not np.all(guard.ok(np, *arguments, **instruction.guard_kwargs)):
        raise guard_error(instruction, arguments)
