"""Reading zlib and gzip streams without trusting them.

Python's own `gzip` allocates what it is asked for and raises five kinds of error; this reader takes what it
decompresses in bounded pieces, and every fault is a `DataLossError` that names the file.
"""

from __future__ import annotations

import zlib
from typing import BinaryIO

from millpond.errors import DataLossError
from millpond.formats.damage import damaged

GZIP_WINDOW = 16 + zlib.MAX_WBITS
ZLIB_WINDOW = zlib.MAX_WBITS

# No deflate stream expands further: 258 bytes need two bits.
MAX_RATIO = 1032

_PIECE_BYTES = 1 << 18


class InflateReader:
    """The decompressed bytes of a file, in order.

    Args:
        file: Compressed bytes, from their beginning. Several gzip members may follow each other.
        window: `GZIP_WINDOW` or `ZLIB_WINDOW`.
        name: What errors call the file.
    """

    def __init__(self, file: BinaryIO, window: int, name: str) -> None:
        self._file = file
        self._window = window
        self._name = name
        self._stream = zlib.decompressobj(window)
        self._pending = b""
        self._in_member = False
        self._produced = 0

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer only at the end of the stream. Memory grows with what is there.

        Raises:
            DataLossError: If the stream is damaged or breaks off.
        """
        pieces: list[bytes] = []
        while size > 0:
            piece = self._next_piece(min(size, _PIECE_BYTES))
            if not piece:
                break
            pieces.append(piece)
            size -= len(piece)
            self._produced += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _next_piece(self, limit: int) -> bytes:
        while True:
            if not self._pending:
                self._pending = self._file.read(_PIECE_BYTES)
            if self._stream.eof or not self._in_member:
                # Between members. Archives are sometimes padded with zeros.
                self._pending = self._pending.lstrip(b"\0") if self._stream.eof else self._pending
                if not self._pending:
                    if self._file_has_ended():
                        return b""
                    continue
                self._stream = zlib.decompressobj(self._window)
                self._in_member = True
            ended = not self._pending
            try:
                piece = self._stream.decompress(self._pending, limit)
            except zlib.error as error:
                raise self._damaged(str(error)) from None
            self._pending = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            if piece:
                return piece
            if ended and not self._stream.eof:
                raise self._damaged("the stream breaks off")

    def _file_has_ended(self) -> bool:
        self._pending = self._file.read(_PIECE_BYTES)
        return not self._pending

    def _damaged(self, reason: str) -> DataLossError:
        return damaged(self._name, f"cannot decompress after byte {self._produced}: {reason}")
