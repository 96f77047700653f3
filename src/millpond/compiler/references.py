"""References: which variables an operation sets, and through which of its inputs."""

from __future__ import annotations

from millpond.graph.effects import effects_of
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.graph.variable_references import variable_of


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
