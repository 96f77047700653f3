"""Initial values that depend on other variables, made safe to run when those have no value yet.

`b = tf.Variable(a * 2.0)` is built on a read of `a`, but one run of `global_variables_initializer` sets both. So what
lies between is copied, with `a.initialized_value()` in place of the read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond.graph.operation import Operation, create
from millpond.graph.tensor import Tensor

# What asks whether there is a value is safe already.
_SAFE = frozenset({"InitializedValue", "InitializedResourceValue", "IsVariableInitialized", "VarIsInitializedOp"})

# From the node of a variable to the tensor that stands for its value, or None where none is known.
Substitute = Callable[[Operation], Tensor | None]


def guarded(initial_value: Tensor, substitute: Substitute, suffix: str) -> Tensor:
    """The initial value without any read of a variable that may have no value yet.

    Args:
      initial_value: A tensor.
      substitute: Gives the initialized value of a variable.
      suffix: What the names of copied operations end in.

    Returns:
      `initial_value` itself where it reads no variable.
    """
    order = _operations_behind(initial_value.op)
    readers = {op for op in order if any(_is_variable(t.op) for t in op._inputs)}
    if not readers:
        return initial_value
    replaced: dict[Tensor, Tensor] = {}
    for op in order:
        if op.definition.role == "variable":
            value = substitute(op)
            if value is not None:
                replaced[op._outputs[0]] = value
        elif op.type not in _SAFE and any(tensor in replaced for tensor in op._inputs) and not _takes_reference(op):
            _replace(op, replaced, suffix)
    return replaced.get(initial_value, initial_value)


def _is_variable(op: Operation) -> bool:
    return op.definition.role == "variable"


def _takes_reference(op: Operation) -> bool:
    """Whether an operation must be given the variable itself: then it writes, and stays as it is."""
    return any(arg.is_ref for arg in op.definition.inputs)


def _operations_behind(last: Operation) -> list[Operation]:
    """All operations whose results an operation uses, each after its inputs."""
    seen, order, stack = set(), [], [(last, False)]
    while stack:
        op, is_done = stack.pop()
        if is_done:
            order.append(op)
        elif op not in seen:
            seen.add(op)
            stack.append((op, True))
            stack.extend((tensor.op, False) for tensor in op._inputs if tensor.op not in seen)
    return order


def _replace(op: Operation, replaced: dict[Tensor, Tensor], suffix: str) -> None:
    """Copies an operation onto its replaced inputs; a read of a resource is replaced by the value itself."""
    if op.type == "ReadVariableOp":
        replaced[op._outputs[0]] = replaced[op._inputs[0]]
        return
    inputs = tuple([replaced.get(tensor, tensor) for tensor in op._inputs])
    if any(tensor.dtype.name == "resource" for tensor in op._inputs):
        return
    graph: Any = op.graph
    with graph.name_scope(None):
        name = graph.unique_name(f"{op.name}_{suffix}")
    copy = create(graph, name, op.definition, inputs, op.attributes,
                  [tensor.dtype for tensor in op._outputs], tuple([tensor.shape for tensor in op._outputs]))
    replaced.update(zip(op._outputs, copy.outputs, strict=True))
