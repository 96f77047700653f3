"""References: which variable a tensor stands for, and which variables an operation sets."""

from __future__ import annotations

from millpond.graph.effects import effects_of
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor


def variable_of(tensor: Tensor) -> Operation | None:
    """The variable that a reference (or resource handle) stands for; None for an ordinary tensor."""
    while tensor.dtype.is_ref_dtype or tensor.dtype.name == "resource":
        op = tensor.op
        if op.definition.role == "variable":
            return op
        if not op._inputs:
            return None
        # Writers and RefIdentity hand on the reference they were given.
        writes = effects_of(op).writes
        tensor = op._inputs[writes[tensor.value_index] if writes else 0]
    return None


def is_transparent_read(op: Operation) -> bool:
    """Whether an operation is the `v/read` of a variable: what consumes it reads the variable at its own place.

    An Identity of anything else, such as the result of an assignment, is a reader of its own.
    """
    return op.definition.role == "identity" and op._inputs[0].op.definition.role == "variable"


def references_written(op: Operation) -> list[tuple[Tensor, Operation]]:
    """The references that an operation writes through, each with its variable."""
    found = []
    for position in effects_of(op).writes:
        variable = variable_of(op._inputs[position])
        if variable is not None:
            found.append((op._inputs[position], variable))
    return found


def variables_written(op: Operation) -> list[Operation]:
    """The variables that an operation sets."""
    return [variable for _, variable in references_written(op)]
