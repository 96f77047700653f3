"""Parts of partitioned tensors: how checkpoints name them, and how a whole is put together.

A part has for every dimension a start and a length; the length -1 means the whole dimension. Four forms of
the part `[0:2, :]` of the tensor `p`, of shape [5, 2]:

    here         ((0, 2), (0, -1))
    text         "0,2:-"; after the sizes of the whole in a `shape_and_slice` of the save ops: "5 2 0,2:-"
    TensorSliceProto   extent { length: 2 } extent { }
    key          00 | 70 00 01 | 01 02 | 80 82 | 80 7f   of the table of a checkpoint:

    key:         0 | name | rank | start | length | start | length ...
      name       its bytes, with 00 written 00 ff, closed by 00 01
      0, rank    number of bytes, followed by the number, high byte first, without leading zeros
      start, length   signed, in the form below

Keys sort as (name, rank, start, length, ...) do. For that, a signed number of n bytes is its two's complement
in 8n bits, high byte first, with the top n bits flipped: to ones for a positive number, to zeros for a
negative one. It takes as few bytes as leave one of the bits below to show the sign.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from millpond.errors import DataLossError, InvalidArgumentError, OpError
from millpond.formats.damage import damaged
from millpond.formats.tensors import numpy_dtype
from millpond.protos.tensor_bundle import TensorSliceProto

Part = tuple[tuple[int, int], ...]
Region = tuple[slice, ...]

_SHAPE_AND_SLICE = re.compile(r"((?:\d+ )*)((?:-|\d+,\d+)(?::(?:-|\d+,\d+))*)?")


def parse_shape_and_slice(text: str) -> tuple[tuple[int, ...], Part]:
    """Reads a `shape_and_slice` of the save and restore ops.

    Returns:
        The shape of the whole, and the part.

    Raises:
        InvalidArgumentError: If the text is malformed, or the part is not inside the shape.

    Example:
        >>> parse_shape_and_slice("5 2 0,2:-")
        ((5, 2), ((0, 2), (0, -1)))
    """
    match = _SHAPE_AND_SLICE.fullmatch(text)
    if match is None:
        raise InvalidArgumentError(
            None, None, f"Expected 'size size ... start,length:start,length...' (or - for all), got {text!r}."
        )
    shape = tuple(int(size) for size in match[1].split())
    extents = match[2].split(":") if match[2] else []
    part = tuple((0, -1) if extent == "-" else _pair(extent) for extent in extents)
    region_of(part, shape, f"shape_and_slice {text!r}", InvalidArgumentError)
    return shape, part


def _pair(text: str) -> tuple[int, int]:
    start, length = text.split(",")
    return int(start), int(length)


def region_of(part: Part, shape: Sequence[int], place: str, error: type[OpError] = DataLossError) -> Region:
    """The part as slices with start and stop, checked against the shape of the whole.

    Raises:
        OpError: Of class `error`, if the part is not inside the shape.

    Example:
        >>> region_of(((0, 2), (0, -1)), (5, 2), "example")
        (slice(0, 2, None), slice(0, 2, None))
    """
    if len(part) != len(shape):
        raise error(None, None, f"{place}: a part of {len(part)} dimensions of the shape {list(shape)}.")
    region = tuple(
        slice(0, size) if length == -1 else slice(start, start + length)
        for (start, length), size in zip(part, shape, strict=True)
    )
    if not all(0 <= side.start <= side.stop <= size for side, size in zip(region, shape, strict=True)):
        raise error(None, None, f"{place}: the part {list(part)} is not inside the shape {list(shape)}.")
    return region


def shape_of(region: Region) -> tuple[int, ...]:
    """Sizes of a region."""
    return tuple(side.stop - side.start for side in region)


def part_to_proto(part: Part) -> Any:
    """Encodes a part as a `TensorSliceProto`."""
    proto = TensorSliceProto()
    for start, length in part:
        extent = proto.extent.add()
        if length != -1:
            extent.start, extent.length = start, length
    return proto


def part_from_proto(proto: Any) -> Part:
    """Decodes a `TensorSliceProto`; `region_of` checks what comes out."""
    return tuple(
        (extent.start, extent.length) if extent.HasField("length") else (0, -1) for extent in proto.extent
    )


def part_key(name: str, part: Part) -> bytes:
    """The key under which a checkpoint's table has a part of a tensor.

    Example:
        >>> part_key("p", ((0, 2), (0, -1))).hex(" ")
        '00 70 00 01 01 02 80 82 80 7f'
    """
    escaped = name.encode().replace(b"\x00", b"\x00\xff")  # UTF-8 has no ff
    numbers = b"".join(_ordered(number) for extent in part for number in extent)
    return b"\x00" + escaped + b"\x00\x01" + _counted(len(part)) + numbers


def _counted(number: int) -> bytes:
    digits = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes([len(digits)]) + digits


def _ordered(number: int) -> bytes:
    bits = (~number if number < 0 else number).bit_length()
    count = bits // 7 + 1
    flip = (1 << count) - 1 << 7 * count
    return ((number ^ flip) & (1 << 8 * count) - 1).to_bytes(count, "big")


def assemble(
    dtype_enum: int,
    wanted: Region,
    stored: Sequence[Region],
    load: Callable[[int], np.ndarray],
    place: str,
) -> np.ndarray:
    """Puts a region of a tensor together from its stored parts, holding one of them at a time.

    The caller has made sure that what is stored is as large as it claims; here nothing is loaded or allocated
    before the parts are known to add up.

    Args:
        dtype_enum: DataType number.
        wanted: The region to make.
        stored: The regions that are there.
        load: Gives the values of the part of a number, in its region's shape.
        place: What errors call the tensor.

    Returns:
        A new array of the region's shape.

    Raises:
        DataLossError: If the parts leave some of the region out, or overlap.
    """
    if wanted in stored:
        return load(stored.index(wanted))
    shape = shape_of(wanted)
    shared = [intersection(wanted, region) for region in stored]
    sizes = [math.prod(shape_of(region)) for region in shared]
    if sum(sizes) != math.prod(shape):
        raise damaged(place, f"the stored parts cover {sum(sizes)} of the {math.prod(shape)} values wanted")
    whole = np.empty(shape, numpy_dtype(dtype_enum))
    filled = np.zeros(shape, np.bool_)
    for number, region in enumerate(shared):
        if sizes[number]:
            target = _relative(region, wanted)
            # The sizes add up, so an overlap here is a gap somewhere else.
            if filled[target].any():
                raise damaged(place, "the stored parts overlap and leave values out")
            filled[target] = True
            whole[target] = load(number)[_relative(region, stored[number])]
    return whole


def intersection(first: Region, second: Region) -> Region:
    """What two regions of one tensor share; it has a size of zero if that is nothing."""
    sides = []
    for a, b in zip(first, second, strict=True):
        start = max(a.start, b.start)
        sides.append(slice(start, max(start, min(a.stop, b.stop))))
    return tuple(sides)


def _relative(region: Region, origin: Region) -> Region:
    pairs = zip(region, origin, strict=True)
    return tuple(slice(side.start - base.start, side.stop - base.start) for side, base in pairs)
