"""The op types that there are, as TensorFlow's `op_def_registry` tells of them."""

from __future__ import annotations

import functools
from typing import Any

from millpond.graph import op_defs, opdef
from millpond.ops import families


def get(name: str) -> Any:
    """The `OpDef` of an op type, or None.

    Example:
      >>> [arg.name for arg in get("MatMul").input_arg], get("NoSuchOp")
      (['a', 'b'], None)
    """
    definition = opdef.find(name)
    return None if definition is None else _message(definition)


def get_registered_ops() -> dict[str, Any]:
    """The `OpDef` of each op type that Millpond has."""
    families.load()
    return {name: _message(definition) for name, definition in opdef.DEFINITIONS.items()}


def sync() -> None:
    """Does nothing: what there is, is known."""


@functools.cache
def _message(definition: opdef.OpDefinition) -> Any:
    return op_defs.op_def_of(definition)
