"""Which operations run on the host: those that are Python, and those that have no form as, or in, one XLA program
(loops whose variables change their shapes, the stacking of a list whose length is computed).

Of such a branch or loop, what its bodies compute still runs on devices (`host_bodies.py`).
"""

from __future__ import annotations

from millpond.compiler.foldable import static_arguments
from millpond.graph.effects import effects_of
from millpond.graph.operation import Operation

# An attribute of an operation that XLA has refused once; plans see the change of the operation.
FROM_HOST = "_runs_from_host"


def runs_on_host(op: Operation) -> bool:
    """Whether an operation runs as Python outside XLA."""
    if effects_of(op).host or FROM_HOST in op.attributes:
        return True
    return op.definition.bodies is not None and static_arguments(op) is None


def reason(op: Operation) -> str:
    """Why a branch or loop runs from the host."""
    if FROM_HOST in op.attributes:
        return "XLA has no program for the shapes that it was run on"
    assert op.definition.bodies is not None
    for body in op.definition.bodies(op):
        for inner in body.operations:
            if effects_of(inner).host:
                return f"'{inner.name}' ({inner.type}) in it runs on the host"
    return "a shape in it depends on what is computed in it"


def contains(op: Operation, inner: Operation) -> bool:
    """Whether `inner` is `op`, or an operation of a body in it."""
    return op is inner or (op.definition.bodies is not None and any(
        contains(one, inner) for body in op.definition.bodies(op) for one in body.operations))


def move_to_host(op: Operation) -> None:
    """Has an operation run from the host from the next plan on."""
    if FROM_HOST not in op.attributes:
        op._set_attr(FROM_HOST, True)
