"""Variable-length integers: seven bits a byte, lowest first, the high bit set on all but the last.

    300 = 0b10_0101100  ->  1_0101100  0_0000010  =  ac 02
"""

from __future__ import annotations

from millpond.formats.damage import damaged

_MAX_BYTES = 10  # of a 64-bit number


def write_varint(value: int) -> bytes:
    """Encodes a number of zero or more.

    Example:
        >>> write_varint(300).hex()
        'ac02'
    """
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def read_varint(data: bytes | memoryview, position: int, place: str) -> tuple[int, int]:
    """Decodes the number at `position`.

    Returns:
        The number, below 2**64, and the position after it.

    Raises:
        DataLossError: If the data breaks off or the number is longer than 64 bits; `place` says where.

    Example:
        >>> read_varint(bytes.fromhex("00ac02"), 1, "example")
        (300, 3)
    """
    value = 0
    end = min(len(data), position + _MAX_BYTES)
    for index in range(position, end):
        byte = data[index]
        value |= (byte & 0x7F) << 7 * (index - position)
        if byte < 0x80:
            if value >> 64:
                break
            return value, index + 1
    raise damaged(place, f"no whole number at byte {position} of {len(data)}")


def read_varints(data: bytes | memoryview, position: int, count: int, place: str) -> tuple[list[int], int]:
    """Decodes `count` numbers that follow each other, as `read_varint` does one."""
    values = []
    for _ in range(count):
        value, position = read_varint(data, position, place)
        values.append(value)
    return values, position
