"""The index of a V2 checkpoint, and the merging of several checkpoints, which changes nothing but indices.

    <prefix>.index                a table (`table.py`):
        ""                        BundleHeaderProto: number of shards, byte order, version
        name of a tensor          BundleEntryProto: dtype, shape, shard, offset, size, checksum;
                                  of a partitioned tensor: dtype, shape, slices
        key of a part             BundleEntryProto of the part (`slices.py` has the keys' layout)
    <prefix>.data-00000-of-00002  shard 0 (`bundle.py`)
    <prefix>.data-00001-of-00002  shard 1

Replacing a checkpoint by one of the same prefix takes several renamings, and a process may be killed between two of
them. So all files of the new one share a temporary suffix,

    <prefix>.data-00000-of-00001.tempstate123
    <prefix>.index.tempstate123

and the index is written last, when the data is on the disk. As soon as this index is complete, the new checkpoint is
the one that counts: readers that find it take each data file under whichever of its two names it has, and the next
save finishes the renaming. Writers of one prefix take turns at that: the last one wins. One limit stays: other
programs, TensorFlow among them, do not know of this, and find checksums that do not match (never wrong values) after
such a kill.
"""

from __future__ import annotations

import contextlib
import glob
import os
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from millpond.errors import DataLossError, InvalidArgumentError, NotFoundError
from millpond.formats.damage import damaged, parse
from millpond.formats.files import (
    AtomicFile,
    PathLike,
    file_errors,
    folder_lock,
    local_path,
    move,
    open_input,
    remove_abandoned,
    temporary_suffix,
)
from millpond.formats.table import TableReader, TableWriter
from millpond.protos.tensor_bundle import BundleEntryProto, BundleHeaderProto

_VERSION = 1
_HEADER_KEY = b""


def index_path(prefix: PathLike) -> str:
    """Name of the index of a bundle."""
    return f"{local_path(prefix)}.index"


def shard_path(prefix: PathLike, shard: int, shards: int) -> str:
    """Name of a data file of a bundle.

    Example:
        >>> shard_path("model.ckpt-7", 0, 1)
        'model.ckpt-7.data-00000-of-00001'
    """
    return f"{local_path(prefix)}.data-{shard:05d}-of-{shards:05d}"


def write_index(
    prefix: PathLike, shards: int, entries: Mapping[bytes, Any], suffix: str | None = None
) -> AtomicFile:
    """Writes an index and waits until it is on the disk; the caller publishes it, or gives its name and releases it.

    Args:
        prefix: Of the bundle.
        shards: Number of data files.
        entries: BundleEntryProto of every key.
        suffix: What its temporary name ends in, and those of the data files.
    """
    header = BundleHeaderProto(num_shards=shards)
    header.version.producer = _VERSION
    file = AtomicFile(index_path(prefix), suffix)
    try:
        table = TableWriter(file)
        table.add(_HEADER_KEY, header.SerializeToString())
        for key in sorted(entries):
            table.add(key, entries[key].SerializeToString())
        table.finish()
        file.sync()
    except BaseException:
        file.discard()
        raise
    return file


def read_index(prefix: PathLike, suffix: str = "") -> tuple[int, dict[bytes, Any]]:
    """Reads an index, or with a suffix one that has its temporary name.

    Returns:
        The number of data files, and the BundleEntryProto of every key, sorted. Keys that do not begin with a
        zero byte are names in UTF-8; nothing else of the entries is checked.

    Raises:
        NotFoundError: If there is no index.
        DataLossError: If it is damaged or breaks off.
        NotImplementedError: If it is of a big-endian machine or a later version of the format.
    """
    path = index_path(prefix) + suffix
    entries: dict[bytes, Any] = {}
    with open_input(path) as file:
        table = TableReader(file, path)
        items = table.items()
        header = _read_header(next(items, None), path)
        for key, value in items:
            if not key.startswith(b"\0"):
                _check_name(key, path)
            entries[key] = parse(BundleEntryProto, value, f"{path}: entry {key!r:.200}")
    return header.num_shards, entries


def read_current_index(prefix: PathLike) -> tuple[int, dict[bytes, Any], str]:
    """`read_index` of the bundle that counts: one whose files were not all given their names, if there is one.

    Returns:
        The number of data files, the entries, and the suffix of the temporary names, which is empty for a bundle whose
        files have their names.
    """
    return _read_unnamed(prefix) or (*read_index(prefix), "")


def _read_unnamed(prefix: PathLike) -> tuple[int, dict[bytes, Any], str] | None:
    """The index of a complete bundle that has its temporary name, if it is the last that was written."""
    path = index_path(prefix)
    for temporary in sorted(glob.glob(f"{glob.escape(path)}.tempstate*"), key=_modified, reverse=True):
        # What breaks off, because its writer was killed or is not done, is the index of nothing yet.
        with contextlib.suppress(DataLossError, NotFoundError):
            if _modified(temporary) >= _modified(path):
                suffix = temporary.removeprefix(path)
                return *read_index(prefix, suffix), suffix
    return None


def _modified(path: str) -> int:
    """When a file was last modified; 0 if it does not exist."""
    try:
        return os.stat(path).st_mtime_ns
    except FileNotFoundError:
        return 0


def open_shard(prefix: PathLike, shard: int, shards: int, suffix: str = "") -> BinaryIO:
    """Opens a data file of a bundle, under its temporary name if it (still) has that."""
    path = shard_path(prefix, shard, shards)
    if suffix:
        with contextlib.suppress(NotFoundError):
            return open_input(path + suffix)
    return open_input(path)


def give_names(prefix: PathLike, suffix: str, shards: int) -> None:
    """Gives the files of a bundle whose index is complete their names, the index last."""
    for path in [*(shard_path(prefix, shard, shards) for shard in range(shards)), index_path(prefix)]:
        if os.path.exists(path + suffix):
            move(path + suffix, path)


def finish_replacement(prefix: PathLike) -> None:
    """Gives the files of a bundle their names if the process that wrote them was killed before it could.

    To be called before a new bundle is completed, whose data would else come to stand beside the older index, with the
    lock of the folder.
    """
    unnamed = _read_unnamed(prefix)
    if unnamed is not None:
        shards, _, suffix = unnamed
        give_names(prefix, suffix, shards)


def clean_up(prefix: PathLike) -> None:
    """Makes way for a new bundle: ends what killed processes have left, by giving names or by removing it."""
    with folder_lock(index_path(prefix)):
        finish_replacement(prefix)
    remove_abandoned(prefix, ".index")
    remove_abandoned(prefix, ".data-?????-of-?????")


def merge_entry(entries: dict[bytes, Any], key: bytes, entry: Any, place: str) -> None:
    """Adds an entry to those of a bundle; the slices of one tensor come together.

    Raises:
        InvalidArgumentError: If the tensor is there already, or its other slices do not fit these.
    """
    found = entries.setdefault(key, entry)
    if found is entry:
        return
    if not (found.slices and entry.slices):
        raise InvalidArgumentError(None, None, f"{place}: the tensor {key!r} was added before.")
    if found.dtype != entry.dtype or found.shape != entry.shape:
        raise InvalidArgumentError(
            None,
            None,
            f"{place}: parts of the tensor {key!r} disagree on its dtype or shape: "
            f"{found.dtype} {_sizes(found)}, {entry.dtype} {_sizes(entry)}.",
        )
    found.slices.extend(entry.slices)


def merge_bundles(prefixes: Sequence[PathLike], prefix: PathLike, delete_old_folders: bool = True) -> None:
    """Makes one bundle of several, moving their data files; the parts of one tensor come together.

    Args:
        prefixes: Of the bundles, which are gone afterwards.
        prefix: Of the new bundle.
        delete_old_folders: Remove the folders of the old bundles as far as they are empty then.

    Raises:
        NotFoundError: If one of the bundles is not there.
        DataLossError: If one of the indices is damaged.
        InvalidArgumentError: If two have the same tensor, or parts of one tensor do not fit each other.
    """
    if not prefixes:
        raise InvalidArgumentError(None, None, f"{local_path(prefix)}: no bundles to merge.")
    entries: dict[bytes, Any] = {}
    data_files: list[str] = []
    for old in prefixes:
        count, old_entries = read_index(old)
        for key, entry in old_entries.items():
            if not entry.slices:
                if not 0 <= entry.shard_id < count:
                    raise damaged(index_path(old), f"{key!r} in shard {entry.shard_id} of {count}")
                entry.shard_id += len(data_files)
            merge_entry(entries, key, entry, local_path(prefix))
        for shard in range(count):
            path = shard_path(old, shard, count)
            if not os.path.exists(path):
                raise NotFoundError(None, None, f"{path}; No such file or directory")
            data_files.append(path)
    _replace(prefix, data_files, entries)
    for old in prefixes:
        with file_errors(old):
            os.remove(index_path(old))
            folder = os.path.dirname(local_path(old))
            if delete_old_folders and folder and not os.listdir(folder):
                os.rmdir(folder)


def _replace(prefix: PathLike, data_files: Sequence[str], entries: Mapping[bytes, Any]) -> None:
    """Makes a bundle of data files that are on the disk already; if that fails, they are where they were."""
    clean_up(prefix)
    with folder_lock(index_path(prefix)):
        _replace_locked(prefix, data_files, entries)


def _replace_locked(prefix: PathLike, data_files: Sequence[str], entries: Mapping[bytes, Any]) -> None:
    finish_replacement(prefix)
    suffix, count = temporary_suffix(), len(data_files)
    moves = [(path, shard_path(prefix, shard, count) + suffix) for shard, path in enumerate(data_files)]
    done = []
    try:
        for source, target in moves:
            move(source, target)
            done.append((target, source))
        index = write_index(prefix, count, entries, suffix)
    except BaseException:
        for target, source in done:
            move(target, source)
        raise
    give_names(prefix, suffix, count)
    index.release()


def _read_header(item: tuple[bytes, bytes] | None, path: str) -> Any:
    if item is None or item[0] != _HEADER_KEY:
        raise damaged(path, "the first entry is no header of a checkpoint")
    header = parse(BundleHeaderProto, item[1], f"{path}: header")
    if header.endianness != BundleHeaderProto.LITTLE:
        raise NotImplementedError(f"{path}: checkpoints of big-endian machines cannot be read.")
    if header.version.min_consumer > _VERSION:
        raise NotImplementedError(
            f"{path}: for readers of version {header.version.min_consumer} and later; this one is {_VERSION}."
        )
    if header.num_shards < 1:
        raise damaged(path, f"{header.num_shards} data files")
    return header


def _sizes(entry: Any) -> list[int]:
    return [dim.size for dim in entry.shape.dim]


def _check_name(key: bytes, path: str) -> None:
    try:
        key.decode()
    except UnicodeDecodeError:
        raise damaged(path, f"the name {key!r:.200} is not UTF-8") from None

