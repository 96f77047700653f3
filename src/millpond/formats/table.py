"""Sorted tables: files of keys and values in the order of the keys (as in LevelDB).

    table:   data block | trailer | ... | metaindex block | trailer | index block | trailer | footer

    block:   entry ... entry | offsets of the restarts: uint32 each | number of restarts: uint32
    entry:   shared: varint | rest: varint | size: varint | key[shared:] (rest bytes) | value (size bytes)
             A key begins with the first `shared` bytes of the key before it; every 16 entries of a data block
             (every entry of the index), a restart has the key in full (`shared` is 0).
    trailer: type: byte (0 plain, 1 snappy) | masked CRC-32C of block and type: uint32
    index:   a key, not below the last of a data block and below the first of the next -> handle of the block
    handle:  offset: varint | size: varint (without the trailer)
    footer:  metaindex handle | index handle | zeros up to 40 bytes | magic: uint64 = db4775248b80fb57

Numbers are little-endian. The metaindex is empty. The writer does not compress.
"""

from __future__ import annotations

import bisect
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, Protocol

from millpond.errors import DataLossError, InvalidArgumentError
from millpond.formats import snappy
from millpond.formats.checksum import crc32c, mask, masked_crc32c
from millpond.formats.damage import damaged
from millpond.formats.files import file_errors, size_of
from millpond.formats.varint import read_varint, write_varint

_BLOCK_BYTES = 1 << 18  # a data block ends when it has as many
_RESTART_INTERVAL = 16
_MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")
_FOOTER_BYTES = 48
_TRAILER_BYTES = 5
_PLAIN, _SNAPPY = 0, 1
# Keys share prefixes, so a small block can spell out many long ones. With a key in full every 16 entries,
# they are together at most 16 times as long as the block; leave room for other writers.
_MAX_KEY_RATIO = 64

_UINT32 = struct.Struct("<I")


class Sink(Protocol):
    """What a table is written to."""

    def write(self, data: bytes, /) -> object:
        """Appends bytes."""


class _Handle(NamedTuple):
    offset: int
    size: int

    def encode(self) -> bytes:
        return write_varint(self.offset) + write_varint(self.size)


class _BlockBuilder:
    def __init__(self, restart_interval: int) -> None:
        self._interval = restart_interval
        self._clear()

    def _clear(self) -> None:
        self._entries = bytearray()
        self._restarts = [0]
        self._since_restart = 0
        self._last_key = b""

    def add(self, key: bytes, value: bytes) -> None:
        shared = 0
        if self._since_restart == self._interval:
            self._restarts.append(len(self._entries))
            self._since_restart = 0
        elif self._since_restart:
            shared = _shared_prefix(self._last_key, key)
        self._since_restart += 1
        self._entries += write_varint(shared) + write_varint(len(key) - shared) + write_varint(len(value))
        self._entries += key[shared:]
        self._entries += value
        self._last_key = key

    @property
    def size(self) -> int:
        return len(self._entries) + _UINT32.size * (len(self._restarts) + 1)

    @property
    def empty(self) -> bool:
        return not self._entries

    def finish(self) -> bytes:
        """The block; the builder begins a new one."""
        restarts = struct.pack(f"<{len(self._restarts) + 1}I", *self._restarts, len(self._restarts))
        block = bytes(self._entries) + restarts
        self._clear()
        return block


class TableWriter:
    """Writes a table, key by key in ascending order.

    Args:
        sink: An open file; the caller closes it after `finish`.
        block_bytes: A data block ends when it has as many.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryFile() as file:
        ...     writer = TableWriter(file)
        ...     writer.add(b"apple", b"1")
        ...     writer.add(b"apricot", b"2")
        ...     writer.finish()
        ...     file.flush()
        ...     table = TableReader(file, "example")
        ...     table.get(b"apricot"), table.get(b"cherry"), list(table.items())
        (b'2', None, [(b'apple', b'1'), (b'apricot', b'2')])
    """

    def __init__(self, sink: Sink, block_bytes: int = _BLOCK_BYTES) -> None:
        self._sink = sink
        self._block_bytes = block_bytes
        self._offset = 0
        self._data = _BlockBuilder(_RESTART_INTERVAL)
        self._index = _BlockBuilder(1)
        self._last_key: bytes | None = None
        self._unindexed: _Handle | None = None  # the last data block, whose index key depends on the next key

    def add(self, key: bytes, value: bytes) -> None:
        """Appends an entry.

        Raises:
            InvalidArgumentError: If the key does not come after the one before it.
        """
        if self._last_key is not None and key <= self._last_key:
            raise InvalidArgumentError(
                None, None, f"Keys of a table must ascend, but {key!r} comes after {self._last_key!r}."
            )
        if self._unindexed is not None:
            self._add_to_index(_separator(self._last_key or b"", key))
        self._data.add(key, value)
        self._last_key = key
        if self._data.size >= self._block_bytes:
            self._unindexed = self._write_block(self._data.finish())

    def finish(self) -> None:
        """Writes what is left: the last block, the index and the footer."""
        if not self._data.empty:
            self._unindexed = self._write_block(self._data.finish())
        metaindex = self._write_block(_BlockBuilder(_RESTART_INTERVAL).finish())
        if self._unindexed is not None:
            self._add_to_index(_successor(self._last_key or b""))
        index = self._write_block(self._index.finish())
        handles = metaindex.encode() + index.encode()
        self._sink.write(handles.ljust(_FOOTER_BYTES - len(_MAGIC), b"\0") + _MAGIC)

    def _add_to_index(self, key: bytes) -> None:
        assert self._unindexed is not None
        self._index.add(key, self._unindexed.encode())
        self._unindexed = None

    def _write_block(self, block: bytes) -> _Handle:
        handle = _Handle(self._offset, len(block))
        kind = bytes([_PLAIN])
        self._sink.write(block)
        self._sink.write(kind + _UINT32.pack(mask(crc32c(kind, crc32c(block)))))
        self._offset += len(block) + _TRAILER_BYTES
        return handle


class TableReader:
    """Looks up and iterates over the entries of a table, holding its index and one block at a time.

    Args:
        file: An open file; the caller closes it.
        name: What errors call it.

    Raises:
        DataLossError: Here and in all methods, if the file is damaged, breaks off, or is no table.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        with file_errors(name):
            self._blocks_end = size_of(file) - _FOOTER_BYTES
            if self._blocks_end < 0:
                raise self._damaged(f"{size_of(file)} bytes are too short for a table")
            file.seek(self._blocks_end)
            footer = file.read(_FOOTER_BYTES)
        if not footer.endswith(_MAGIC):
            raise self._damaged("not a table (bad magic number)")
        _, position = self._read_handle(footer, 0, "footer")
        index, _ = self._read_handle(footer, position, "footer")
        entries = list(self._entries(index))
        self._keys = [key for key, _ in entries]
        self._handles = [self._read_handle(value, 0, "index")[0] for _, value in entries]

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, or None."""
        block = bisect.bisect_left(self._keys, key)
        if block < len(self._handles):
            for found, value in self._entries(self._handles[block]):
                if found >= key:
                    return value if found == key else None
        return None

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All keys and values, in the order of the keys."""
        last = None
        for handle in self._handles:
            for key, value in self._entries(handle):
                if last is not None and key <= last:
                    raise self._damaged(f"the key {key!r:.60} comes after {last!r:.60}")
                last = key
                yield key, value

    def _entries(self, handle: _Handle) -> Iterator[tuple[bytes, bytes]]:
        block = self._read_block(handle)
        place = f"{self._name}: block at {handle.offset}"
        restarts = int.from_bytes(block[-_UINT32.size :], "little")
        end = len(block) - _UINT32.size * (restarts + 1)
        if end < 0:
            raise self._damaged(f"{restarts} restarts in a block of {len(block)} bytes")
        position, key, key_bytes = 0, b"", 0
        while position < end:
            shared, position = read_varint(block, position, place)
            rest, position = read_varint(block, position, place)
            size, position = read_varint(block, position, place)
            if shared > len(key) or rest + size > end - position:
                raise self._damaged(f"an entry of the block at {handle.offset} reaches beyond it")
            key_bytes += shared + rest
            if key_bytes > _MAX_KEY_RATIO * len(block):
                raise self._damaged(f"the block at {handle.offset} spells out too many keys for its size")
            key = key[:shared] + block[position : position + rest]
            position += rest
            yield key, block[position : position + size]
            position += size

    def _read_block(self, handle: _Handle) -> bytes:
        if handle.offset + handle.size + _TRAILER_BYTES > self._blocks_end:
            raise self._damaged(f"a block of {handle.size} bytes at {handle.offset} reaches beyond the file")
        with file_errors(self._name):
            self._file.seek(handle.offset)
            data = self._file.read(handle.size + _TRAILER_BYTES)
        if len(data) < handle.size + _TRAILER_BYTES:
            raise self._damaged(f"the block at {handle.offset} breaks off")
        kind, checksum = data[handle.size], _UINT32.unpack_from(data, handle.size + 1)[0]
        if masked_crc32c(memoryview(data)[: handle.size + 1]) != checksum:
            raise self._damaged(f"the checksum of the block at {handle.offset} is wrong")
        block = data[: handle.size]
        if kind == _SNAPPY:
            return snappy.decompress(block, f"{self._name}: block at {handle.offset}")
        if kind != _PLAIN:
            raise self._damaged(f"the block at {handle.offset} is of the unknown type {kind}")
        return block

    def _read_handle(self, data: bytes, position: int, part: str) -> tuple[_Handle, int]:
        place = f"{self._name}: {part}"
        offset, position = read_varint(data, position, place)
        size, position = read_varint(data, position, place)
        return _Handle(offset, size), position

    def _damaged(self, reason: str) -> DataLossError:
        return damaged(self._name, reason)


def _shared_prefix(first: bytes, second: bytes) -> int:
    count = 0
    for a, b in zip(first, second, strict=False):
        if a != b:
            break
        count += 1
    return count


def _separator(last: bytes, following: bytes) -> bytes:
    """A short key that is not below `last` and is below `following`."""
    shared = _shared_prefix(last, following)
    both_go_on = shared < min(len(last), len(following))
    if both_go_on and last[shared] < 0xFF and last[shared] + 1 < following[shared]:
        return last[:shared] + bytes([last[shared] + 1])
    return last


def _successor(last: bytes) -> bytes:
    """A short key that is not below `last`."""
    for index, byte in enumerate(last):
        if byte != 0xFF:
            return last[:index] + bytes([byte + 1])
    return last
