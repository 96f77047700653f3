"""V2 checkpoints ("tensor bundles").

    <prefix>.index                the tensors' places, `bundle_index.py`
    <prefix>.data-00000-of-00002  shard 0: the tensors' bytes, one after another
    <prefix>.data-00001-of-00002  shard 1

The bytes of a tensor are its values, little-endian, last dimension fastest; its checksum is their masked
CRC-32C. Those of a string tensor are

    length: varint, of each string | masked CRC-32C of the lengths: uint32 | bytes of each string

where the checksum of the lengths takes each as a uint32 (or uint64, if it does not fit), and that of the
tensor is over the same lengths, the four bytes of the lengths' checksum, and the strings.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np

from millpond.errors import InvalidArgumentError, NotFoundError
from millpond.formats.bundle_index import (
    clean_up,
    finish_replacement,
    give_names,
    index_path,
    merge_entry,
    open_shard,
    read_current_index,
    shard_path,
    write_index,
)
from millpond.formats.checksum import crc32c, mask
from millpond.formats.damage import damaged
from millpond.formats.files import AtomicFile, PathLike, file_errors, folder_lock, local_path, size_of, temporary_suffix
from millpond.formats.slices import (
    Part,
    Region,
    assemble,
    intersection,
    part_from_proto,
    part_key,
    part_to_proto,
    region_of,
    shape_of,
)
from millpond.formats.tensors import (
    DT_STRING,
    as_storage,
    encode_string,
    enum_of_dtype,
    from_storage,
    shape_from_proto,
    shape_to_proto,
    split_strings,
    stored_dtype,
)
from millpond.formats.varint import read_varints, write_varint
from millpond.protos.tensor_bundle import BundleEntryProto

_CHECKSUM = struct.Struct("<I")
# Checksummed and moved at a time: fits a processor's cache.
_CHUNK_BYTES = 1 << 20


class BundleWriter:
    """Writes a bundle of one shard. A context manager, which finishes it unless there was an exception.

    The files get their names when all of their bytes are on the disk; until then a bundle of the same prefix
    stays as it was, also if the process is killed (`bundle_index.py`). Tensors go to the disk as they are added.

    Args:
        prefix: What the names of the files begin with. The folder must exist.

    Example:
        >>> import os, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     prefix = os.path.join(folder, "model.ckpt")
        ...     with BundleWriter(prefix) as writer:
        ...         writer.add("step", np.int64(7))
        ...     with BundleReader(prefix) as reader:
        ...         reader.keys(), reader.read("step")
        (['step'], array(7))
    """

    def __init__(self, prefix: PathLike) -> None:
        self.prefix = local_path(prefix)
        self._entries: dict[bytes, Any] = {}
        self._offset = 0
        self._is_complete = False
        self._suffix = temporary_suffix()
        clean_up(self.prefix)
        self._data = AtomicFile(shard_path(self.prefix, 0, 1), self._suffix)

    def add(self, name: str, array: np.ndarray, dtype: int | None = None) -> None:
        """Writes a tensor.

        Args:
            name: Its name.
            array: Its values; strings as an array of `bytes` (or `str`) objects.
            dtype: DataType number; None for that of the array.

        Raises:
            InvalidArgumentError: If the name is empty or was written before.
            TypeError: If the array is not of the dtype.
        """
        self._write(self._new_key(name, None), np.asarray(array), dtype)

    def add_slice(
        self,
        full_name: str,
        full_shape: Sequence[int],
        slice_spec: Part,
        array: np.ndarray,
        dtype: int | None = None,
    ) -> None:
        """Writes a part of a tensor.

        Args:
            full_name: Name of the whole tensor.
            full_shape: Its sizes.
            slice_spec: (start, length) of the part in every dimension; (0, -1) is all of one.
            array: Values of the part.
            dtype: DataType number; None for that of the array.

        Raises:
            InvalidArgumentError: If the part is not inside the whole, the array not of its shape, the part
                written before, or the tensor of another shape or dtype in another part.
            TypeError: If the array is not of the dtype.
        """
        array = np.asarray(array)
        region = region_of(slice_spec, full_shape, f"tensor {full_name!r}", InvalidArgumentError)
        if array.shape != shape_of(region):
            raise InvalidArgumentError(
                None,
                None,
                f"Part {list(slice_spec)} of tensor {full_name!r}: expected an array of shape "
                f"{list(shape_of(region))}, got {list(array.shape)}.",
            )
        part = tuple((int(start), int(length)) for start, length in slice_spec)
        whole = BundleEntryProto(
            dtype=enum_of_dtype(array.dtype) if dtype is None else dtype,
            shape=shape_to_proto(full_shape),
            slices=[part_to_proto(part)],
        )
        key = self._new_key(full_name, part)
        merge_entry(self._entries, full_name.encode(), whole, self.prefix)
        self._write(key, array, whole.dtype)

    def finish(self) -> None:
        """Completes the bundle and gives its files their names.

        Raises:
            ResourceExhaustedError: If the disk is full (and the other classes of `tf.errors` accordingly).
        """
        try:
            self._data.sync()
            with folder_lock(index_path(self.prefix)):
                finish_replacement(self.prefix)
                index = write_index(self.prefix, 1, self._entries, self._suffix)
                self._is_complete = True
                give_names(self.prefix, self._suffix, 1)
        finally:
            self.discard()
        for file in (self._data, index):
            file.release()

    def discard(self) -> None:
        """Removes what was written, unless it was finished."""
        if not self._is_complete:
            self._data.discard()

    def __enter__(self) -> BundleWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self.discard()

    def _new_key(self, name: str, part: Part | None) -> bytes:
        if not name or name.startswith("\0"):
            raise InvalidArgumentError(None, None, f"{self.prefix}: {name!r} is no name for a tensor.")
        key = name.encode() if part is None else part_key(name, part)
        if key in self._entries:
            raise InvalidArgumentError(
                None, None, f"{self.prefix}: the tensor {name!r} {list(part or ())} was added before."
            )
        return key

    def _write(self, key: bytes, array: np.ndarray, dtype: int | None) -> None:
        dtype = enum_of_dtype(array.dtype) if dtype is None else dtype
        stored = as_storage(array, dtype)
        entry = BundleEntryProto(dtype=dtype, shape=shape_to_proto(array.shape), offset=self._offset)
        if dtype == DT_STRING:
            crc = self._write_strings([encode_string(value) for value in stored.reshape(-1).tolist()])
        else:
            crc = self._write_bytes(stored.reshape(-1).view(np.uint8), 0)
        entry.size = self._offset - entry.offset
        entry.crc32c = mask(crc)
        self._entries[key] = entry

    def _write_bytes(self, data: np.ndarray, crc: int) -> int:
        view = data.data
        for start in range(0, len(view), _CHUNK_BYTES):
            chunk = view[start : start + _CHUNK_BYTES]
            crc = crc32c(chunk, crc)
            self._data.write(chunk)
        self._offset += len(view)
        return crc

    def _write_strings(self, strings: list[bytes]) -> int:
        lengths = [len(string) for string in strings]
        crc = crc32c(_checksummed_lengths(lengths))
        checksum = _CHECKSUM.pack(mask(crc))
        head = b"".join(map(write_varint, lengths)) + checksum
        self._data.write(head)
        self._offset += len(head)
        crc = crc32c(checksum, crc)
        for string in strings:
            crc = crc32c(string, crc)
            self._data.write(string)
        self._offset += sum(lengths)
        return crc


class BundleReader:
    """Reads a bundle. A context manager; not for several threads at once.

    The index is read when the object is made, tensors when they are asked for.

    Args:
        prefix: What the names of the files begin with.

    Raises:
        NotFoundError: If there is no index.
        DataLossError: Here and in all methods, if a file is damaged or breaks off.
        NotImplementedError: If the bundle was written on a big-endian machine.
    """

    def __init__(self, prefix: PathLike) -> None:
        self.prefix = local_path(prefix)
        self._shards: dict[int, BinaryIO] = {}
        self._shard_count, self._entries, self._suffix = read_current_index(self.prefix)

    def keys(self) -> list[str]:
        """Names of the tensors, sorted."""
        return [key.decode() for key in self._entries if not key.startswith(b"\0")]

    def __contains__(self, name: str) -> bool:
        return bool(name) and name.encode() in self._entries

    def shape(self, name: str) -> tuple[int, ...]:
        """Sizes of a tensor."""
        return shape_from_proto(self._entry(name).shape, self._place(name))

    def dtype(self, name: str) -> int:
        """DataType number of a tensor."""
        return self._entry(name).dtype

    def read(self, name: str) -> np.ndarray:
        """The values of a tensor, partitioned or not; strings as an array of `bytes` objects.

        Raises:
            NotFoundError: If there is no such tensor.
        """
        whole = tuple((0, size) for size in self.shape(name))
        return self.read_slice(name, whole)

    def read_slice(self, name: str, slice_spec: Part) -> np.ndarray:
        """The values of a part of a tensor, however it is stored.

        Args:
            name: Name of the whole tensor.
            slice_spec: (start, length) in every dimension; (0, -1) is all of one.

        Raises:
            NotFoundError: If there is no such tensor.
            InvalidArgumentError: If the part is not inside the tensor.
        """
        entry, place = self._entry(name), self._place(name)
        shape = shape_from_proto(entry.shape, place)
        wanted = region_of(slice_spec, shape, place, InvalidArgumentError)
        if entry.slices:
            return self._read_parts(name, entry, shape, wanted)
        values = self._read_entry(entry, place)
        return values if shape_of(wanted) == shape else values[wanted].copy()

    def close(self) -> None:
        """Closes the data files."""
        for file in self._shards.values():
            file.close()
        self._shards.clear()

    def __enter__(self) -> BundleReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _place(self, name: str) -> str:
        return f"{self.prefix}: tensor {name!r}"

    def _entry(self, name: str) -> Any:
        entry = self._entries.get(name.encode()) if name else None
        if entry is None:
            raise NotFoundError(None, None, f"Key {name} not found in checkpoint {self.prefix}.")
        return entry

    def _shard(self, number: int, place: str) -> BinaryIO:
        if not 0 <= number < self._shard_count:
            raise damaged(place, f"shard {number} of {self._shard_count}")
        file = self._shards.get(number)
        if file is None:
            file = self._shards[number] = open_shard(self.prefix, number, self._shard_count, self._suffix)
        return file

    def _check(self, entry: Any, place: str) -> tuple[int, ...]:
        """Checks that an entry's bytes can be there and are as many as its shape needs; returns the shape."""
        shape = shape_from_proto(entry.shape, place)
        dtype = stored_dtype(entry.dtype, place)
        count = math.prod(shape)
        available = size_of(self._shard(entry.shard_id, place))
        if entry.offset < 0 or entry.size < 0 or entry.offset + entry.size > available:
            raise damaged(place, f"{entry.size} bytes at {entry.offset} of a data file of {available} bytes")
        # A string takes at least the byte of its length.
        fits = count <= entry.size if entry.dtype == DT_STRING else count * dtype.itemsize == entry.size
        if not fits:
            raise damaged(place, f"{entry.size} bytes for the shape {list(shape)} of DataType {entry.dtype}")
        return shape

    def _read_entry(self, entry: Any, place: str) -> np.ndarray:
        shape = self._check(entry, place)
        data = np.empty(entry.size, np.uint8)
        crc = self._read_bytes(data.data, entry, place)
        strings = None
        if entry.dtype == DT_STRING:
            strings, crc = _decode_strings(data.tobytes(), math.prod(shape), place)
        if mask(crc) != entry.crc32c:
            raise damaged(place, f"the data's checksum is {mask(crc):#x}, not {entry.crc32c:#x}")
        values = from_storage(data, entry.dtype, place) if strings is None else strings
        return values.reshape(shape)

    def _read_bytes(self, target: memoryview, entry: Any, place: str) -> int:
        file, crc, done = self._shard(entry.shard_id, place), 0, 0
        with file_errors(place):
            file.seek(entry.offset)
            while done < len(target):
                chunk = target[done : done + _CHUNK_BYTES]
                count = file.readinto(chunk)  # type: ignore[attr-defined]
                if not count:
                    raise damaged(place, "the data file breaks off")
                crc = crc32c(chunk[:count], crc)
                done += count
        return crc

    def _read_parts(self, name: str, whole: Any, shape: tuple[int, ...], wanted: Region) -> np.ndarray:
        place = self._place(name)
        regions, entries = [], []
        for proto in whole.slices:
            part = part_from_proto(proto)
            region = region_of(part, shape, place)
            if region != wanted and 0 in shape_of(intersection(region, wanted)):
                continue
            entry = self._entries.get(part_key(name, part))
            if entry is None or entry.dtype != whole.dtype or entry.slices:
                raise damaged(place, f"no data of the part {list(part)}")
            if self._check(entry, place) != shape_of(region):
                raise damaged(place, f"the data of the part {list(part)} has another shape")
            regions.append(region)
            entries.append(entry)
        # Entries that share their bytes could make a small file fill the memory.
        shards = {entry.shard_id for entry in entries}
        if sum(entry.size for entry in entries) > sum(size_of(self._shard(shard, place)) for shard in shards):
            raise damaged(place, "the parts are larger than the data files")
        return assemble(
            whole.dtype, wanted, regions, lambda number: self._read_entry(entries[number], place), place
        )


def _checksummed_lengths(lengths: Sequence[int]) -> bytes:
    return b"".join(length.to_bytes(4 if length < 1 << 32 else 8, "little") for length in lengths)


def _decode_strings(data: bytes, count: int, place: str) -> tuple[np.ndarray, int]:
    """The strings of a tensor's bytes, and the checksum (unmasked) of the tensor."""
    lengths, position = read_varints(data, 0, count, place)
    start = position + _CHECKSUM.size
    if sum(lengths) != len(data) - start:
        raise damaged(place, f"strings of {sum(lengths)} bytes where {max(len(data) - start, 0)} are left")
    crc = crc32c(_checksummed_lengths(lengths))
    checksum = data[position:start]
    if _CHECKSUM.pack(mask(crc)) != checksum:
        raise damaged(place, "the checksum of the strings' lengths is wrong")
    return split_strings(data, start, lengths), crc32c(memoryview(data)[position:], crc)
