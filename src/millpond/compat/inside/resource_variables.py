"""What packages take from `tensorflow.python.ops.resource_variable_ops` beside the class `ResourceVariable`."""

from __future__ import annotations

from typing import Any

from millpond.variables.resource_variable import ResourceVariable
from millpond.variables.variable import Variable


def is_resource_variable(var: Any) -> bool:
    """Whether a value is a variable that is a resource."""
    return isinstance(var, ResourceVariable)


def _to_proto_fn(v: Variable, export_scope: str | None = None) -> Any:
    """The message that stands for a variable in a MetaGraphDef."""
    return v.to_proto(export_scope)


def _from_proto_fn(v: Any, import_scope: str | None = None) -> Variable:
    """The variable that a message stands for."""
    return Variable.from_proto(v, import_scope)
