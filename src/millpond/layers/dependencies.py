"""What a layer adds to the graph beside its outputs, losses and updates, and on which inputs they depend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from millpond import nested
from millpond.graph.operation import Operation


class Added(NamedTuple):
    """A loss or an update of a layer, and whether it depends on what the layer was called with."""

    value: Any
    is_conditional: bool


def depending(added: Sequence[Added], inputs: Any) -> list[Any]:
    """Those of losses or updates that depend on some inputs; for None, those that depend on none."""
    if inputs is None:
        return [one.value for one in added if not one.is_conditional]
    return [one.value for one in added if one.is_conditional and depends_on(one.value, inputs)]


def depends_on(value: Any, inputs: Any) -> bool:
    """Whether tensors or operations are computed from some of the inputs."""
    sources = {id(leaf) for leaf in nested.flatten(inputs)}
    if id(value) in sources:
        return True
    waiting = [value if isinstance(value, Operation) else value.op]
    seen = set(waiting)
    while waiting:
        for tensor in waiting.pop().inputs:
            if id(tensor) in sources:
                return True
            if tensor.op not in seen:
                seen.add(tensor.op)
                waiting.append(tensor.op)
    return False
