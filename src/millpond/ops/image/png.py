"""PNG files written, and those of 16 bits read, which Pillow would cut to 8 where they have colours."""

from __future__ import annotations

import struct
import zlib

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Channels: the colour type of the file.
_COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
_CHANNELS = {kind: channels for channels, kind in _COLOR_TYPES.items()}


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def encode(pixels: np.ndarray, compression: int) -> bytes:
    """Pixels `[height, width, channels]` of uint8 or uint16 as a file.

    Args:
      compression: How hard zlib tries, 0 to 9, or -1 for its default.
    """
    height, width, channels = pixels.shape
    rows = np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder(">"))).view(np.uint8).reshape(height, -1)
    lines = np.pad(rows, ((0, 0), (1, 0)))  # each row starts with the number of its filter: none
    header = struct.pack(">IIBBBBB", width, height, pixels.dtype.itemsize * 8, _COLOR_TYPES[channels], 0, 0, 0)
    return (_SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines.tobytes(), compression))
            + _chunk(b"IEND", b""))


def is_deep(contents: bytes) -> bool:
    """Whether a file has 16 bits a channel, and rows that follow each other."""
    return contents.startswith(_SIGNATURE) and len(contents) > 28 and contents[24] == 16 and contents[28] == 0


def decode_deep(contents: bytes) -> np.ndarray:
    """The pixels `[height, width, channels]` of a file of 16 bits.

    Raises:
      ValueError: If the file is damaged.
    """
    width, height, _, color_type = struct.unpack(">IIBB", contents[16:26])
    data, at = [], len(_SIGNATURE)
    while at + 8 <= len(contents):
        size, kind = struct.unpack(">I4s", contents[at:at + 8])
        if kind == b"IDAT":
            data.append(contents[at + 8:at + 8 + size])
        at += 12 + size
    if color_type not in _CHANNELS:
        raise ValueError(f"no PNG file has 16 bits and the colour type {color_type}")
    channels = _CHANNELS[color_type]
    try:
        lines = np.frombuffer(zlib.decompress(b"".join(data)), np.uint8)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if lines.size != height * (1 + width * channels * 2):
        raise ValueError(f"the data are of {lines.size} bytes, not of {height} rows")
    rows = _unfiltered(lines.reshape(height, -1), channels * 2)
    return rows.view(">u2").astype(np.uint16).reshape(height, width, channels)


def _unfiltered(lines: np.ndarray, step: int) -> np.ndarray:
    """Rows of bytes, of which each was stored as the difference from its neighbours: one `step` before, and above."""
    height, width = lines.shape[0], lines.shape[1] - 1
    rows, above = np.empty((height, width), np.uint8), np.zeros(width, np.uint8)
    for row, line in zip(rows, lines, strict=True):
        kind, row[:] = line[0], line[1:]
        if kind == 1:
            pixels = row.reshape(-1, step)
            pixels[:] = np.cumsum(pixels, axis=0, dtype=np.uint8)
        elif kind == 2:
            row += above
        elif kind in (3, 4):
            for i in range(0, width, step):
                left = row[i - step:i].astype(int) if i else np.zeros(step, int)
                up = above[i:i + step].astype(int)
                corner = above[i - step:i].astype(int) if i else np.zeros(step, int)
                guess = (left + up) // 2 if kind == 3 else _nearest_to_sum(left, up, corner)
                row[i:i + step] += guess.astype(np.uint8)
        above = row
    return rows


def _nearest_to_sum(left: np.ndarray, up: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """Paeth's predictor: the neighbour nearest to left + up - corner."""
    distances = np.abs(np.stack([up - corner, left - corner, left + up - 2 * corner]))
    return np.where((distances[0] <= distances[1]) & (distances[0] <= distances[2]), left,
                    np.where(distances[1] <= distances[2], up, corner))
