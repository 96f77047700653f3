"""IDX files, the format of the MNIST data (read only).

    +---+---+------+------+---------------------------+--------------------------------+
    | 0 | 0 | type | rank | rank sizes, 4 bytes each  | values, last dimension fastest |
    +---+---+------+------+---------------------------+--------------------------------+
    type: 0x08 uint8, 0x09 int8, 0x0b int16, 0x0c int32, 0x0d float32, 0x0e float64

Numbers are big-endian. The whole may be gzipped, and usually is.
"""

from __future__ import annotations

import math
import os
import struct
from typing import BinaryIO

import numpy as np

from millpond.formats.damage import damaged
from millpond.formats.files import PathLike, as_text, file_errors, open_input
from millpond.formats.inflate import GZIP_WINDOW, InflateReader
from millpond.formats.tensors import MAX_RANK

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP_MAGIC = b"\x1f\x8b"
_PIECE_BYTES = 1 << 20


def read_idx(source: PathLike | BinaryIO) -> np.ndarray:
    """Reads an IDX file, gzipped or not.

    Args:
        source: The file's name, or an open binary file at the beginning of the (possibly gzipped) content.

    Returns:
        A new array of the file's shape; uint8, int8, int16, int32, float32 or float64 in native byte order.

    Raises:
        NotFoundError: If there is no such file.
        DataLossError: If the file is damaged, breaks off, is too long, or is no IDX file.

    Example:
        >>> import io
        >>> read_idx(io.BytesIO(bytes([0, 0, 8, 2,  0, 0, 0, 1,  0, 0, 0, 3,  7, 8, 9])))
        array([[7, 8, 9]], dtype=uint8)
    """
    if isinstance(source, (str, bytes, os.PathLike)):
        with open_input(source) as file, file_errors(source):
            return _read(file, as_text(source))
    return _read(source, str(getattr(source, "name", "IDX data")))


def _read(file: BinaryIO, name: str) -> np.ndarray:
    start = file.tell()
    zipped = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    file.seek(start)
    stream = InflateReader(file, GZIP_WINDOW, name) if zipped else file
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _DTYPES:
        raise damaged(name, f"no IDX file; expected 0, 0, one of {list(_DTYPES)}, rank; got {magic!r}")
    rank = magic[3]
    if rank > MAX_RANK:
        raise damaged(name, f"{rank} dimensions, where an array has at most {MAX_RANK}")
    sizes = stream.read(4 * rank)
    if len(sizes) < 4 * rank:
        raise damaged(name, f"breaks off inside the {rank} sizes of the header")
    shape = struct.unpack(f">{rank}I", sizes)
    dtype = np.dtype(_DTYPES[magic[2]])
    if math.prod(size for size in shape if size) * dtype.itemsize >= 1 << 63:
        raise damaged(name, f"the shape {shape} is larger than any memory")
    values = _read_values(stream, math.prod(shape) * dtype.itemsize, f"{name}: values of shape {shape}")
    # A bytearray is writable, so single bytes need no copy.
    return np.frombuffer(values, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _read_values(stream: InflateReader | BinaryIO, expected: int, place: str) -> bytearray:
    values = bytearray()
    while len(values) < expected:
        # In pieces, so that a false size costs no more memory than the file really fills.
        piece = stream.read(min(expected - len(values), _PIECE_BYTES))
        if not piece:
            raise damaged(place, f"take {expected} bytes, but only {len(values)} are there")
        values += piece
    if stream.read(1):
        raise damaged(place, f"take {expected} bytes, but there are more")
    return values
