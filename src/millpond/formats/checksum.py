"""The checksum of TensorFlow's files: CRC-32C (Castagnoli), rotated and offset ("masked").

    masked = rotate_right(crc32c, 15) + 0xa282ead8   (modulo 2**32), stored as 4 bytes, little-endian

The mask is there because a CRC of bytes that contain their own CRC is a constant.
"""

from __future__ import annotations

import google_crc32c
import numpy as np

_MASK_DELTA = 0xA282EAD8
_LOW_32 = 0xFFFFFFFF

Buffer = bytes | bytearray | memoryview | np.ndarray


def crc32c(data: Buffer, crc: int = 0) -> int:
    """CRC-32C of `data`, continued from the CRC of what came before.

    Args:
        data: Contiguous bytes; they are not copied.
        crc: The unmasked CRC of the preceding bytes.

    Example:
        >>> hex(crc32c(b"123456789"))
        '0xe3069283'
        >>> crc32c(b"6789", crc32c(b"12345")) == crc32c(b"123456789")
        True
    """
    if not isinstance(data, bytes):
        # The extension takes memory that may change only when it comes as an array.
        data = np.frombuffer(data, np.uint8)
    return google_crc32c.extend(crc, data)


def mask(crc: int) -> int:
    """The form in which a CRC is stored.

    Example:
        >>> unmask(mask(0xE3069283)) == 0xE3069283
        True
    """
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & _LOW_32


def unmask(masked: int) -> int:
    """The CRC of its stored form."""
    rotated = (masked - _MASK_DELTA) & _LOW_32
    return (rotated >> 17 | rotated << 15) & _LOW_32


def masked_crc32c(data: Buffer) -> int:
    """The stored checksum of `data`.

    Example:
        >>> hex(masked_crc32c(b"123456789"))
        '0xc78ab0e5'
    """
    return mask(crc32c(data))
