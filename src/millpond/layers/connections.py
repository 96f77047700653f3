"""What a layer was called with, and what it gave: its places in the network."""

from __future__ import annotations

from typing import Any, NamedTuple

from millpond import nested


class Call(NamedTuple):
    """What a layer was called with, and what it gave."""

    inputs: Any
    outputs: Any


class Connections:
    """The calls of a layer.

    Args:
      name: The layer's name, for errors.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.calls: list[Call] = []

    def copy(self) -> Connections:
        """Those of a copy of the layer."""
        result = Connections(self._name)
        result.calls = list(self.calls)
        return result

    def the_only(self, what: str) -> Any:
        """The inputs (`what` is "input") or outputs ("output") of the layer.

        Raises:
          AttributeError: If it was not called, or there are several.
        """
        if not self.calls:
            raise AttributeError(f"Layer {self._name} is not connected, no {what} to return: it was not called yet.")
        found = [getattr(call, f"{what}s") for call in self.calls]
        if any(_leaves(other) != _leaves(found[0]) for other in found[1:]):
            raise AttributeError(f"The layer {self._name} has multiple inbound nodes: the notion of \"layer {what}\" "
                                 f"is ill-defined. Use `get_{what}_at(node_index)` instead.")
        return found[0]

    def at(self, index: int) -> Call:
        """The call of an index.

        Raises:
          ValueError: If there were not as many.
        """
        if not 0 <= index < len(self.calls):
            raise ValueError(f"Asked for call {index} of the layer {self._name}, but it has been called "
                             f"{len(self.calls)} times.")
        return self.calls[index]


def _leaves(structure: Any) -> list[int]:
    return list(map(id, nested.flatten(structure)))


def static_shapes(structure: Any) -> Any:
    """The shapes of tensors as tuples, in their structure."""
    found = [None if leaf.shape.sizes is None else tuple(leaf.shape.as_list()) for leaf in nested.flatten(structure)]
    return nested.pack_sequence_as(structure, found) if nested.is_nested(structure) else found[0]
