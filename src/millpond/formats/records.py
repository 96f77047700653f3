"""TFRecord files: a sequence of byte strings.

    +----------------+------------------------+---------------+----------------------+
    | length: uint64 | checksum of the length | length bytes  | checksum of the data |   ... and so on
    |    8 bytes     |        4 bytes         |               |       4 bytes        |
    +----------------+------------------------+---------------+----------------------+

Numbers are little-endian, checksums masked CRC-32C (`checksum.py`). The whole may be a zlib or gzip stream.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import Any, BinaryIO

from millpond.errors import DataLossError, InvalidArgumentError
from millpond.formats.checksum import masked_crc32c
from millpond.formats.damage import damaged
from millpond.formats.files import PathLike, file_errors, local_path, open_input, size_of
from millpond.formats.inflate import GZIP_WINDOW, MAX_RATIO, ZLIB_WINDOW, InflateReader

WINDOWS = {"": None, "ZLIB": ZLIB_WINDOW, "GZIP": GZIP_WINDOW}
# Names of compressions by TensorFlow's numbers for them (`tf.python_io.TFRecordCompressionType`).
COMPRESSION_NAMES: dict[Any, str] = {0: "", 1: "ZLIB", 2: "GZIP"}

_HEADER = struct.Struct("<QI")
_LENGTH = struct.Struct("<Q")
_CHECKSUM = struct.Struct("<I")

# A few kilobytes of zlib can claim gigabytes; no protocol buffer is longer than this.
_MAX_COMPRESSED_RECORD = 1 << 31
# Records up to here are read without asking the file system whether the file is long enough.
_SMALL = 1 << 16


def framed(record: bytes) -> tuple[bytes, bytes, bytes]:
    """A record as a file has it: what stands before it, the record, and what stands after it."""
    length = _LENGTH.pack(len(record))
    return length + _CHECKSUM.pack(masked_crc32c(length)), record, _CHECKSUM.pack(masked_crc32c(record))


class RecordWriter:
    """Writes a TFRecord file, replacing what has the name. A context manager.

    Args:
        path: The file.
        compression: `""`, `"ZLIB"` or `"GZIP"`.
        level: Of compression, 0 to 9, or -1 for zlib's default.
        window_bits: Base-two logarithm of the history, 9 to 15; None for 15.
        memory_level: 1 to 9, zlib's `memLevel`.
        strategy: zlib's strategy.

    Example:
        >>> import os, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "data.tfrecord")
        ...     with RecordWriter(path, "GZIP") as writer:
        ...         writer.write(b"one")
        ...         writer.write(b"two")
        ...     list(RecordReader(path, "GZIP"))
        [b'one', b'two']
    """

    def __init__(
        self,
        path: PathLike,
        compression: str | None = "",
        *,
        level: int = -1,
        window_bits: int | None = None,
        memory_level: int = zlib.DEF_MEM_LEVEL,
        strategy: int = zlib.Z_DEFAULT_STRATEGY,
    ) -> None:
        self.path = local_path(path)
        window = _window_of(compression)
        self._deflate = None
        if window is not None:
            if window_bits is not None:
                window += window_bits - zlib.MAX_WBITS
            self._deflate = zlib.compressobj(level, zlib.DEFLATED, window, memory_level, strategy)
        with file_errors(self.path):
            self._file = open(self.path, "wb")

    def write(self, record: bytes) -> None:
        """Appends one record.

        Raises:
            TypeError: If `record` is not `bytes`.
        """
        if not isinstance(record, bytes):
            raise TypeError(f"Expected a record of bytes, got {type(record).__name__}: {record!r:.60}.")
        with file_errors(self.path):
            for part in framed(record):
                self._file.write(part if self._deflate is None else self._deflate.compress(part))

    def flush(self) -> None:
        """Hands everything to the operating system, so that others can read it."""
        with file_errors(self.path):
            if self._deflate is not None:
                self._file.write(self._deflate.flush(zlib.Z_SYNC_FLUSH))
            self._file.flush()

    def close(self) -> None:
        """Completes the file. Further calls do nothing."""
        if self._file.closed:
            return
        with file_errors(self.path):
            if self._deflate is not None:
                self._file.write(self._deflate.flush())
            self._file.close()

    def __enter__(self) -> RecordWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class RecordReader:
    """Iterates over the records of a TFRecord file, holding one at a time. A context manager.

    The file is closed at its end, by `close`, or at the end of a `with` block.

    Args:
        path: The file.
        compression: `""`, `"ZLIB"` or `"GZIP"`.
        offset: Where to begin, in bytes of the uncompressed content; a value of `offset` read earlier.

    Attributes:
        offset: Where the next record begins, in bytes of the uncompressed content.

    Raises:
        NotFoundError: If there is no such file.
        InvalidArgumentError: If the compression is not one of the three.
        DataLossError: While iterating, if the file is damaged or breaks off inside a record.
    """

    def __init__(self, path: PathLike, compression: str | None = "", offset: int = 0) -> None:
        self.path = local_path(path)
        window = _window_of(compression)
        self._file: BinaryIO = open_input(self.path)
        self._inflate = None if window is None else InflateReader(self._file, window, self.path)
        self.offset = 0
        if offset:
            self._skip_to(offset)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        header = self._read(_HEADER.size)
        if not header:
            self.close()
            raise StopIteration
        if len(header) < _HEADER.size:
            raise self._damaged(f"breaks off {len(header)} bytes into a record's header of {_HEADER.size}")
        length, checksum = _HEADER.unpack(header)
        if masked_crc32c(header[: _LENGTH.size]) != checksum:
            raise self._damaged("the checksum of the record's length is wrong")
        self._check_length(length)
        body = self._read(length + _CHECKSUM.size)
        if len(body) < length + _CHECKSUM.size:
            raise self._damaged(f"breaks off {len(body)} bytes into a record of {length}")
        record = body[:length]
        if masked_crc32c(record) != _CHECKSUM.unpack_from(body, length)[0]:
            raise self._damaged(f"the checksum of the record of {length} bytes is wrong")
        self.offset += _HEADER.size + len(body)
        return record

    def close(self) -> None:
        """Closes the file; iteration ends."""
        self._file.close()

    def __enter__(self) -> RecordReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, size: int) -> bytes:
        if self._file.closed:
            return b""
        try:
            with file_errors(self.path):
                return (self._inflate or self._file).read(size)
        except BaseException:
            self.close()
            raise

    def _check_length(self, length: int) -> None:
        if self._inflate is None:
            if length > _SMALL:
                left = size_of(self._file) - self.offset - _HEADER.size - _CHECKSUM.size
                if length > left:
                    raise self._damaged(f"a record of {length} bytes, where only {max(left, 0)} are left")
        elif length > min(_MAX_COMPRESSED_RECORD, MAX_RATIO * size_of(self._file)):
            raise self._damaged(f"a record of {length} bytes, more than the file can hold")

    def _skip_to(self, offset: int) -> None:
        if self._inflate is None:
            with file_errors(self.path):
                self._file.seek(offset)
        else:
            left = offset
            while left:
                skipped = len(self._read(min(left, _SMALL)))
                if not skipped:
                    break
                left -= skipped
        self.offset = offset

    def _damaged(self, reason: str) -> DataLossError:
        self.close()
        return damaged(f"{self.path}: corrupted record at {self.offset}", reason)


def _window_of(compression: str | None) -> int | None:
    name = compression or ""
    if name not in WINDOWS:
        raise InvalidArgumentError(
            None, None, f"Unsupported compression_type: {name!r}; expected '', 'ZLIB' or 'GZIP'."
        )
    return WINDOWS[name]
