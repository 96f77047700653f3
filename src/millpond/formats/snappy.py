"""Decompression of snappy blocks, which V1 checkpoints may contain.

    length of the result: varint, then elements:
    tag & 3 == 0   literal: tag >> 2 is its length - 1; 60 to 63: the length - 1 follows in 1 to 4 bytes
    tag & 3 == 1   copy of 4 + (tag >> 2 & 7) bytes from (tag >> 5) * 256 + next byte back
    tag & 3 == 2   copy of 1 + (tag >> 2) bytes from as far back as the next 2 bytes say
    tag & 3 == 3   copy of 1 + (tag >> 2) bytes from as far back as the next 4 bytes say

A copy may reach into what it produces itself, and then repeats.
"""

from __future__ import annotations

from millpond.formats.damage import damaged
from millpond.formats.varint import read_varint

# The best an element can do is a copy of 64 bytes in 3.
MAX_RATIO = 22


def decompress(data: bytes, place: str) -> bytes:
    """Decompresses one block.

    Args:
        data: The whole block.
        place: What errors call it.

    Raises:
        DataLossError: If it is no snappy block.

    Example:
        >>> decompress(bytes([9, 2 << 2]) + b"abc" + bytes([(2 << 2) | 1, 3]), "example")
        b'abcabcabc'
    """
    length, position = read_varint(data, 0, place)
    if length > MAX_RATIO * len(data):
        raise damaged(place, f"{len(data)} bytes of snappy cannot become {length}")
    result = bytearray()
    while position < len(data):
        tag = data[position]
        position += 1
        kind = tag & 3
        if kind == 0:
            size = (tag >> 2) + 1
            if size > 60:
                extra = size - 60
                size = int.from_bytes(data[position : position + extra], "little") + 1
                position += extra
            if position + size > len(data):
                raise damaged(place, f"a snappy literal of {size} bytes breaks off")
            result += data[position : position + size]
            position += size
        else:
            extra = (0, 1, 2, 4)[kind]
            distance = int.from_bytes(data[position : position + extra], "little")
            size = (tag >> 2) + 1
            if kind == 1:
                size = 4 + (tag >> 2 & 7)
                distance += tag >> 5 << 8
            position += extra
            if not 0 < distance <= len(result) or position > len(data):
                raise damaged(place, f"a snappy copy from {distance} bytes back of {len(result)}")
            start = len(result) - distance
            pattern = result[start : start + size]
            result += (pattern * (size // len(pattern) + 1))[:size]
        if len(result) > length:
            break
    if len(result) != length:
        raise damaged(place, f"snappy made {len(result)} bytes of {length}")
    return bytes(result)
