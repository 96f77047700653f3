"""From an exception inside a kernel to an error that names the node."""

from __future__ import annotations

import linecache
import math
import os
import traceback
from typing import Any

import numpy as np

from millpond.compiler.program import Instruction
from millpond.compiler.stage import Stage
from millpond.errors import (
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    OpError,
    ResourceExhaustedError,
)
from millpond.graph.body import outermost_tensor
from millpond.graph.creation_site import PACKAGE_FOLDER
from millpond.graph.opdef import attrs_for
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.control.list_values import LISTS
from millpond.shapes import TensorShape

# What a kernel raises when it is given shapes or values that do not fit: the user's mistake, to be reported with
# the node. Anything else (a defect of ours, an interrupt) goes through as it is.
MISFITS = (ValueError, IndexError, TypeError, ZeroDivisionError, OverflowError, OpError)


def located(error: Exception, op: Operation, arguments: list[Any]) -> OpError:
    """A misfit inside the kernel of `op` as an error that names the node and what it was given."""
    if isinstance(error, OpError):
        if error.op is not None or error.node_def is not None:
            return error
        return type(error)(op.node_def, op, error.message)
    told = "" if _is_in_own_words(error) else _shape_rule_says(op, arguments)
    told = told or str(error).rstrip()
    return InvalidArgumentError(op.node_def, op, f"{told} [given {shapes_text(arguments) or 'nothing'}]")


def _is_in_own_words(error: Exception) -> bool:
    """Whether a kernel of ours raised the error itself, rather than NumPy or JAX beneath it."""
    frames = list(traceback.walk_tb(error.__traceback__))
    if not frames:
        return True
    frame, line = frames[-1]
    path = os.path.abspath(frame.f_code.co_filename)
    return path.startswith(PACKAGE_FOLDER) and linecache.getline(path, line).lstrip().startswith("raise ")


class _KnownInput:
    """What a shape rule may see of a static input, when the value is there."""

    def __init__(self, value: Any) -> None:
        self.shape = TensorShape(list(value.shape))
        self.value: np.ndarray | None = value if isinstance(value, np.ndarray) else None
        self.partial: list[int] | None = None
        if self.value is not None and self.value.ndim <= 1:
            self.partial = self.value.ravel().tolist()

    def as_shape(self) -> TensorShape:
        if self.partial is None:
            return TensorShape(None)
        return TensorShape([None if size < 0 else size for size in self.partial])


def _shape_rule_says(op: Operation, arguments: list[Any]) -> str:
    """What the op's own shape rule objects to, if it does: the same sentence in both tiers and while building."""
    definition = op.definition
    if definition.shape is None or len(arguments) != len(definition.inputs):
        return ""
    static = definition.static_positions
    try:
        definition.shape(*(_as_rule_sees(value, i in static) for i, value in enumerate(arguments)),
                         **attrs_for(definition, definition.shape, op.attributes))
    except ValueError as error:
        return str(error)
    except (TypeError, AttributeError, LookupError):
        return ""  # a rule that wants more than the values: the kernel's own words are told
    return ""


def _as_rule_sees(value: Any, is_static: bool) -> Any:
    if isinstance(value, (list, tuple)):
        return [_as_rule_sees(item, is_static) for item in value]
    if value is None:
        return TensorShape(None)
    if isinstance(value, LISTS):
        return TensorShape([])
    return _KnownInput(value) if is_static else TensorShape(list(value.shape))


def shape_text(value: Any) -> str:
    """`float32[2,3]`, for messages."""
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(shape_text, value)) + "]"
    if value is None:
        return "a variable"
    if isinstance(value, LISTS):
        return repr(value)
    return f"{value.dtype.name}{list(value.shape)}".replace(" ", "")


def shapes_text(values: list[Any]) -> str:
    return ", ".join(map(shape_text, values))


# How many of the largest tensors an error of exhausted memory names.
MAX_NAMED = 4


def exhausted(stage: Stage, shapes: dict[Tensor, tuple[int, ...]], error: BaseException,
              op: Operation | None = None) -> ResourceExhaustedError:
    """Memory ran out while a stage ran: names the largest of the tensors whose shapes are known."""
    known = {tensor: tuple(n or 0 for n in tensor.shape.as_list())
             for stage_op in stage.ops for tensor in stage_op.outputs
             if tensor.shape.is_fully_defined() and not tensor.dtype.is_ref_dtype}
    sizes = {tensor: (math.prod(shape) * tensor.dtype.np_dtype.itemsize, list(shape))
             for tensor, shape in {**known, **shapes}.items()}
    largest = sorted(sizes.items(), key=lambda item: -item[1][0])[:MAX_NAMED]
    names = ", ".join(f"'{tensor.name}' {tensor.dtype.name}{shape} of {_size_text(size)}"
                      for tensor, (size, shape) in largest)
    where = f"in '{op.name}' ({op.type})" if op is not None else f"in {stage!r}"
    hint = f" The largest tensors there are {names}." if names else ""
    return ResourceExhaustedError(None if op is None else op.node_def, op,
                                  f"Out of memory {where}: {_first_line(error)}{hint} Smaller batches need less.")


def device_error(stage: Stage, shapes: dict[Tensor, tuple[int, ...]], error: Exception) -> OpError:
    """What the device reported while a stage ran, as an error of ours."""
    text = str(error)
    if "RESOURCE_EXHAUSTED" in text or "ut of memory" in text:
        return exhausted(stage, shapes, error)
    return InternalError(None, None, f"The device failed while running {stage!r}: {_first_line(error)}")


def with_note(error: OpError, note: str) -> OpError:
    """The same error with a sentence more."""
    return type(error)(error.node_def, error.op, f"{error.message}{note}") if note else error


def uninitialized(variable: Tensor) -> FailedPreconditionError:
    """The error of reading a variable that has no value.

    Args:
      variable: Its reference or handle; in a body, the argument that stands for it.
    """
    op = outermost_tensor(variable).op
    return FailedPreconditionError(
        op.node_def, op,
        f"Attempting to use uninitialized value {op.name}: run its initializer first, for example "
        "sess.run(tf.global_variables_initializer()), or restore it from a checkpoint.")


def loss_note(variables: list[str]) -> str:
    """What to say of variables whose values went with a failed program."""
    names = list(dict.fromkeys(variables))
    return f" The variables {names} had been handed to the device and are lost; restore them." if names else ""


def _first_line(error: BaseException) -> str:
    text = str(error).partition("\n")[0] or type(error).__name__
    return text if text.endswith(".") else f"{text}."


def _size_text(size: float) -> str:
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"


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
