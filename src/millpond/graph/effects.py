"""What a node does besides giving values: the one place that compiler passes ask.

The effects of an ordinary operation follow from its type (`OpDefinition`) and from the dtypes that pass through it.
Those of an operation with bodies (a branch, a loop) are those of the operations in its bodies, told in terms of the
operation's own inputs, so that a pass treats an `If` that assigns a variable as it treats the `Assign`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from millpond.graph.opdef import OpDefinition
    from millpond.graph.operation import Operation
    from millpond.graph.tensor import Tensor

# Values of these dtypes lie in Python objects, which XLA knows nothing of.
HOST_DTYPES = frozenset({"string", "resource"})


class Effects(NamedTuple):
    """The effects of one node.

    Attributes:
      reads: Positions of the reference inputs whose current value the node is given.
      writes: Positions of the reference inputs whose variables it sets, in the order of the new values it gives.
      draws: Whether it draws from random streams.
      guarded: Whether a check of values may refuse to run it.
      host: Whether it runs as Python outside XLA.
      blocks: Whether it may wait for something that only others can do (a queue, a user's Python function).
    """

    reads: tuple[int, ...] = ()
    writes: tuple[int, ...] = ()
    draws: bool = False
    guarded: bool = False
    host: bool = False
    blocks: bool = False


class Body(Protocol):
    """A subgraph that a node runs: what an entry of `OpDefinition.bodies(op)` looks like.

    Attributes:
      inputs: The body's own tensors that stand for the node's inputs.
      positions: Which input of the node each of `inputs` stands for.
      outputs: What the body gives.
      targets: What it runs besides what that needs.
      operations: What the body runs, in execution order.
      static: What compiling it must know (`compiler/foldable.py`); an Ellipsis means: not asked yet.
    """

    inputs: Sequence[Tensor]
    positions: Sequence[int]
    outputs: Sequence[Tensor]
    targets: Sequence[Operation]
    operations: Sequence[Operation]
    static: Any


def effects_of(op: Operation) -> Effects:
    """The effects of a node."""
    definition = op.definition
    if definition.bodies is not None:
        return _union(definition, op)
    plain, on_host = definition.effects
    return on_host if plain is not on_host and _handles_host_values(op) else plain


def drawing_ops(op: Operation) -> Iterator[Operation]:
    """The operations that draw when `op` runs: itself, or those in its bodies. Each has a stream of its own."""
    if op.definition.random is not None:
        yield op
    if op.definition.bodies is not None:
        for body in op.definition.bodies(op):
            for inner in body.operations:
                yield from drawing_ops(inner)


def by_type(definition: OpDefinition) -> tuple[Effects, Effects]:
    """The effects that a type has, where its values may go through XLA and where they may not."""
    own = Effects(definition.reads, definition.writes, definition.random is not None, definition.guard is not None,
                  definition.host, definition.blocks)
    return own, own if definition.host else own._replace(host=True)


def _union(definition: OpDefinition, op: Operation) -> Effects:
    """The effects of an operation with bodies; written variables come in the order of the operation's inputs."""
    found = definition.effects[0]
    reads, writes = set(found.reads), set(found.writes)
    assert definition.bodies is not None
    for body in definition.bodies(op):
        position = dict(zip(body.inputs, body.positions, strict=True))
        for inner in body.operations:
            if _only_holds_a_value(inner, body):
                continue
            inside = effects_of(inner)
            reads.update(position[inner._inputs[i]] for i in inside.reads if inner._inputs[i] in position)
            writes.update(position[inner._inputs[i]] for i in inside.writes if inner._inputs[i] in position)
            found = Effects((), (), found.draws or inside.draws, found.guarded or inside.guarded,
                            found.host or inside.host, found.blocks or inside.blocks)
    # A branch that is not taken, or a loop that does not turn, leaves a variable as it was: it has to be read.
    return found._replace(reads=tuple(sorted(reads | writes)), writes=tuple(sorted(writes)),
                          host=found.host or _hands_on_strings(op))


def _hands_on_strings(op: Operation) -> bool:
    """Whether strings, or tensors of lists, go through an operation with bodies: constants that assertions inside look
    at do not."""
    return any(_stays_on_host(tensor, has_outputs=False) for tensor in op._inputs) or any(
        (tensor.dtype.base_dtype.name == "string" or _holds_lists(tensor)) and tensor._consumers
        for tensor in op._outputs)


def _only_holds_a_value(op: Operation, body: Body) -> bool:
    """Whether an operation of a body is a constant that stays in it: what matters is who takes it."""
    return op.definition.role == "constant" and op._outputs[0] not in body.outputs


def _handles_host_values(op: Operation) -> bool:
    has_outputs = bool(op._outputs)
    return any(_stays_on_host(tensor, has_outputs) for tensor in op._inputs) or any(
        tensor.dtype.base_dtype.name in HOST_DTYPES or _holds_lists(tensor) for tensor in op._outputs)


def _holds_lists(tensor: Tensor) -> bool:
    """Whether the elements of a tensor are lists of tensors: one list alone is a scalar, which XLA may have."""
    return tensor.dtype.base_dtype.name == "variant" and bool(tensor._shape.ndims)


def _stays_on_host(tensor: Tensor, has_outputs: bool) -> bool:
    name = tensor.dtype.base_dtype.name
    if name == "resource":
        return tensor.op.definition.role != "variable"
    # An op without outputs only looks at strings (the message of an assertion): a constant need not reach XLA.
    return _holds_lists(tensor) or (
        name in HOST_DTYPES and (has_outputs or tensor.op.definition.role != "constant"))
