"""From an exception inside a kernel to an error that names the node."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from millpond.compiler.program import Instruction
from millpond.errors import InvalidArgumentError, OpError
from millpond.graph.opdef import attrs_for
from millpond.graph.operation import Operation

# What a kernel raises when it is given shapes or values that do not fit: the user's mistake, to be reported with
# the node. Anything else (a defect of ours, an interrupt) goes through as it is.
_MISFITS = (ValueError, IndexError, TypeError, ZeroDivisionError, OverflowError)


@contextlib.contextmanager
def located(op: Operation, arguments: list[Any]) -> Iterator[None]:
    """Turns a misfit raised inside into an InvalidArgumentError that names `op` and what it was given."""
    try:
        yield
    except OpError as error:
        if error.op is None:
            raise type(error)(op.node_def, op, error.message) from error
        raise
    except _MISFITS as error:
        raise InvalidArgumentError(op.node_def, op, f"{error} [{op.type} '{op.name}' was given "
                                                    f"{shapes_text(arguments) or 'nothing'}]") from error


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
