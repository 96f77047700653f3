"""What the ops on tensor lists share: shapes of elements, elements that are missing, and the checks of TensorArrays.

Writes and reads of a TensorArray are ordinary list ops whose nodes say so, in attributes that TensorFlow passes over:
`_array` of a write ("fixed" or "dynamic", by what its size is) has an element written once at most, and `_identical`
has all be of one shape; `_read_number` of a read is 0, or a number from 1 for each reading node of an array that is
cleared by reading, which refuses elements that a node of another number has read. In XLA's tier this sees indexes that
are known while tracing, and computed ones that are the same tensor; nothing is seen across the border of a loop, a
branch or a stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.errors import InvalidArgumentError
from millpond.graph.rule_types import Array, ArrayModule
from millpond.ops.control.list_values import DTYPE, LISTS, DeviceList, NeedsHost, TensorList, sizes_of, whole
from millpond.shapes import Sizes, TensorShape

# Attributes of nodes that write, and of nodes that read.
WRITES = "_array: {'', 'fixed', 'dynamic'} = '', _identical: bool = False"
READS = "_read_number: int = -1"


def refused(message: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, message)


def as_sizes(shape: np.ndarray) -> Sizes | None:
    """A shape as the ops are given it: -1 for an unknown size, a scalar -1 for an unknown rank."""
    if shape.ndim == 0:
        if int(shape) != -1:
            raise refused(f"The only valid scalar shape tensor is the fully unknown shape specified as -1, got {shape}")
        return None
    return tuple([None if size < 0 else size for size in shape.tolist()])


def text(sizes: Sizes | None) -> str:
    return "<unknown>" if sizes is None else f"[{','.join('?' if size is None else str(size) for size in sizes)}]"


def merged(one: Sizes | None, other: Sizes | None) -> Sizes | None:
    """What two places know of the shape of an element.

    Raises:
      InvalidArgumentError: If they contradict each other.
    """
    try:
        return TensorShape.of(one).merge_with(TensorShape.of(other)).sizes
    except ValueError:
        raise refused(f"Incompatible shapes during merge: {text(one)} vs. {text(other)}") from None


def is_whole(sizes: Sizes | None) -> bool:
    return sizes is not None and None not in sizes


def check_item(value: TensorList, item: Array, doing: str) -> None:
    """Refuses an element of another dtype, or of a shape that contradicts the list's.

    Raises:
      InvalidArgumentError: If it is one.
      NeedsHost: If the list has elements of another shape in one array.
    """
    dtype = np.dtype(item.dtype)
    if dtype != value.element_dtype:
        raise refused(f"Invalid data types; op elements {dtype.name} but list elements {value.element_dtype.name}")
    if isinstance(value, DeviceList) and value.buffer is not None and value.element_shape != sizes_of(item):
        raise NeedsHost("a list of elements of different shapes")
    if not TensorShape.of(value.element_shape).is_compatible_with(sizes_of(item)):
        raise refused(f"{doing}. Item element shape: {text(sizes_of(item))} list shape: "
                      f"{text(value.element_shape)}")


def check_dtype(value: TensorList, dtype: Any) -> None:
    """Refuses a list of other elements than the node reads.

    Raises:
      InvalidArgumentError: If it is one.
    """
    if value.element_dtype != dtype.np_dtype:
        raise refused(f"Invalid data types; op elements {dtype.name} but list elements {value.element_dtype.name}")


def missing_shape(value: TensorList, asked: Sizes | None) -> tuple[int, ...]:
    """The shape of an element that is missing.

    Raises:
      InvalidArgumentError: If neither the list nor the node tells it.
    """
    sizes = merged(asked, value.known_shape())
    if not is_whole(sizes):
        raise refused(f"Trying to read an uninitialized tensor but element_shape is not fully defined: {text(sizes)} "
                      "and no list element is set.")
    return whole(sizes)


def all_elements(xp: ArrayModule, value: TensorList, indexes: Sequence[int], asked: Sizes | None) -> list[Array]:
    """The elements of a list of which each is known by itself, zeros for those that are missing."""
    found: list[Array] = []
    blank: Array | None = None
    for i in indexes:
        item = value.items.get(i)
        if item is None:
            if blank is None:
                blank = _blank_element(xp, value, asked)
            item = blank
        found.append(item)
    return found


def _blank_element(xp: ArrayModule, value: TensorList, asked: Sizes | None) -> Any:
    other = next((item for item in value.items.values() if isinstance(item, LISTS)), None)
    if other is not None:
        return other.zeros(xp)
    return zeros(xp, missing_shape(value, asked), value.element_dtype)


def zeros(xp: ArrayModule, sizes: Sequence[int], dtype: np.dtype) -> Array:
    """What stands for elements that are missing: zeros, or empty strings."""
    return np.full(sizes, b"", DTYPE) if dtype == DTYPE else xp.zeros(sizes, dtype)


# TensorArrays.


def as_index(index: Any) -> Any:
    """An index as it is known while tracing: an integer, or the traced scalar."""
    return int(index) if isinstance(index, np.ndarray) else index


def _is_written(value: TensorList, index: Any) -> bool:
    """Whether an element was written, as far as that can be seen."""
    if isinstance(index, int) and index in value.items:
        sure = not value.unsure if isinstance(value, DeviceList) else value.written is None or index in value.written
        if sure:
            return True
    return isinstance(value, DeviceList) and (index if isinstance(index, int) else id(index)) in value.marks


def marked(value: DeviceList, index: Any) -> dict[Any, Any]:
    """The marks of a list to which one is added."""
    return {**value.marks, index if isinstance(index, int) else id(index): index}


def note_write(value: TensorList, indexes: Sequence[Any], shape: Sequence[int], array: str, identical: bool) -> None:
    """Refuses to write an element of a TensorArray that was written or read, or that has another shape than the others
    where these have to be `identical`; plain lists take all.

    Raises:
      InvalidArgumentError: If it was.
    """
    if not array:
        return
    for index in indexes:
        if index in value.reads:
            raise refused(f"Could not write to TensorArray index {_number(index)} because it has already been read.")
        if _is_written(value, index):
            raise refused(f"Could not write to TensorArray index {_number(index)} because it has already been written "
                          "to.")
    known = value.known_shape() if identical and indexes else None
    if is_whole(known) and known != tuple(shape):
        raise refused(f"Could not write to TensorArray index {_number(indexes[0])} because the value shape is "
                      f"{text(tuple(shape))} which is incompatible with the TensorArray's inferred element shape: "
                      f"{text(known)} (consider setting infer_shape=False).")


def note_read(value: TensorList, indexes: Sequence[Any], number: int) -> None:
    """Refuses to read an element of a TensorArray that was cleared by another reading, or that is read twice by one.

    Raises:
      InvalidArgumentError: If it was.
    """
    if number <= 0:
        return
    for place, index in enumerate(indexes):
        if not value.reads.note(index, number) or (place and index in indexes[:place]):
            raise refused(f"Could not read index {_number(index)} of a TensorArray twice because it was cleared after "
                          "a previous read (perhaps try setting clear_after_read = false?).")


def _number(index: Any) -> str:
    return str(index) if isinstance(index, int) else "that is computed"
