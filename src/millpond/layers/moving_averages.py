"""The updates of a layer's moving averages."""

from __future__ import annotations

from typing import Any

from millpond.graph import stacks
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.ops.math.cast import cast
from millpond.ops.state.assign import assign, assign_sub


def assign_moving_average(variable: Any, value: TensorLike, momentum: TensorLike) -> Any:
    """`variable = variable * momentum + value * (1 - momentum)`, as one subtraction from the variable.

    Args:
      variable: The average so far.
      value: What is new.
      momentum: The weight of what was: a number or a scalar tensor.

    Returns:
      The variable after the update.
    """
    graph, dtype = stacks.default_graph(), variable.dtype.base_dtype
    with graph.name_scope("AssignMovingAvg") as scope, graph.colocate_with(variable.op):
        decay = cast(convert_to_tensor(1.0 - momentum, name="decay"), dtype)
        return assign_sub(variable, (variable - cast(value, dtype)) * decay, name=scope)


def assign_new_value(variable: Any, value: TensorLike) -> Any:
    """Sets a variable, in a scope of its own, and gives its new value."""
    graph = stacks.default_graph()
    with graph.name_scope("AssignNewValue") as scope, graph.colocate_with(variable.op):
        return assign(variable, value, name=scope)
