"""References and handles: which variable a tensor stands for."""

from __future__ import annotations

from millpond.graph.effects import effects_of
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor


def variable_of(tensor: Tensor) -> Operation | None:
    """The variable that a reference (or resource handle) stands for; None for an ordinary tensor.

    In a body this is the argument that stands for the variable there.
    """
    while tensor.dtype.is_ref_dtype or tensor.dtype.name == "resource":
        op = tensor.op
        if op.definition.role == "variable":
            return op
        source = _source(op, tensor.value_index)
        if source is None:
            return None
        tensor = source
    return None


def _source(op: Operation, index: int) -> Tensor | None:
    """The input that an operation hands on as its output `index`."""
    if op.definition.bodies is not None:
        # What a loop or branch gives of this kind is what its bodies were given.
        body = op.definition.bodies(op)[-1]
        variable = variable_of(body.outputs[index])
        places = {tensor.op: place for tensor, place in zip(body.inputs, body.positions, strict=True)}
        return op._inputs[places[variable]] if variable in places else None
    writes = effects_of(op).writes
    place = writes[index] if writes else index
    return op._inputs[place] if place < len(op._inputs) else None
