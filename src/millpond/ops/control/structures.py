"""What branches and loops take and give: structures whose leaves are tensors, or objects made of tensors.

A leaf that is made of tensors (`IndexedSlices`, `SparseTensor`, a `TensorArray`, which is its flow) goes through a
branch or loop as these tensors, and is built again on the other side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from millpond import nested
from millpond.graph import creation_site
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import lookup
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor


def tensors_of(leaf: Any) -> list[Tensor]:
    """The tensors that a leaf is made of, or becomes.

    Raises:
      ValueError: If it is None.
    """
    if leaf is None:
        raise ValueError("None values not supported.")
    if hasattr(leaf, "with_flow"):
        return [leaf.flow]
    if hasattr(type(leaf), "map_tensors"):
        found: list[Tensor] = []

        def note(part: Tensor) -> Tensor:
            found.append(part)
            return part

        leaf.map_tensors(note)
        return found
    return [as_value(convert_to_tensor(leaf))]


def as_value(tensor: Tensor) -> Tensor:
    """A reference as the value that it has here; anything else as it is."""
    return lookup("Identity")(tensor) if tensor.dtype.is_ref_dtype else tensor


def rebuilt(leaf: Any, tensors: Iterator[Tensor]) -> Any:
    """A leaf like the given one, made of other tensors: as many as `tensors_of` gives are taken."""
    if hasattr(leaf, "with_flow"):
        return leaf.with_flow(next(tensors))
    if hasattr(type(leaf), "map_tensors"):
        return leaf.map_tensors(lambda _: next(tensors))
    return next(tensors)


def pack(structure: Any, tensors: Sequence[Tensor]) -> Any:
    """`structure` with its leaves made of `tensors`."""
    source = iter(tensors)
    return nested.pack_sequence_as(structure, [rebuilt(leaf, source) for leaf in nested.flatten(structure)])


def compare(one: Any, other: Any, what: str) -> None:
    """Checks that two structures are nested alike.

    Args:
      one, other: The structures.
      what: What they are, for the error.

    Raises:
      ValueError, TypeError: If they differ.
    """
    try:
        nested.assert_same_structure(one, other)
    except (ValueError, TypeError) as error:
        raise type(error)(f"{what}: {error}") from None


class Naming:
    """A block in which errors are told which branch or loop is being built, and on which line, unless they name a node.

    Args:
      kind: What it is, such as `"loop"`.
      scope: Its scope, with a slash at the end.
    """

    def __init__(self, kind: str, scope: str) -> None:
        self._what = f"{kind} '{scope[:-1]}'"

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, (TypeError, ValueError)) and not hasattr(error, "__notes__"):
            place = creation_site.describe(creation_site.capture())
            error.add_note(f"  at {self._what}" + (f", being created at {place}" if place else ""))


def run(function: Callable[[], Any], waits: Callable[[Operation], Tensor]) -> tuple[Any, list[Tensor]]:
    """Calls a function of the user's, and tells the structure that it returned and the tensors in it.

    Args:
      function: It makes the nodes of a body, which is the default graph.
      waits: Makes a value of an operation that was returned.
    """
    structure = function()
    leaves = [waits(leaf) if isinstance(leaf, Operation) else leaf for leaf in nested.flatten(structure)]
    structure = nested.pack_sequence_as(structure, leaves)
    return structure, [tensor for leaf in leaves for tensor in tensors_of(leaf)]
