"""Opening and atomically replacing files, with the operating system's errors raised as `tf.errors`."""

from __future__ import annotations

import errno
import glob
import os
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import BinaryIO

from millpond.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    OpError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnimplementedError,
    UnknownError,
)

if sys.platform != "win32":
    import fcntl

PathLike = str | bytes | os.PathLike[str] | os.PathLike[bytes]

# What a path of another file system begins with.
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")

_CLASS_OF_ERRNO: dict[int, type[OpError]] = {
    errno.ENOENT: NotFoundError,
    errno.EEXIST: AlreadyExistsError,
    errno.EACCES: PermissionDeniedError,
    errno.EPERM: PermissionDeniedError,
    errno.EROFS: PermissionDeniedError,
    errno.EISDIR: FailedPreconditionError,
    errno.ENOTDIR: FailedPreconditionError,
    errno.ENOTEMPTY: FailedPreconditionError,
    errno.EINVAL: InvalidArgumentError,
    errno.ENAMETOOLONG: InvalidArgumentError,
    errno.ENOSPC: ResourceExhaustedError,
    errno.EDQUOT: ResourceExhaustedError,
    errno.EMFILE: ResourceExhaustedError,
}

# What file systems of other packages raise has no number.
_ERRNO_OF_ERROR: dict[type[OSError], int] = {
    FileNotFoundError: errno.ENOENT,
    FileExistsError: errno.EEXIST,
    PermissionError: errno.EACCES,
    IsADirectoryError: errno.EISDIR,
    NotADirectoryError: errno.ENOTDIR,
}

# A file object's own buffer; what is larger is written straight from the caller's memory.
_BUFFER_BYTES = 1 << 18
_PUSH_BYTES = 1 << 23


def as_text(path: PathLike) -> str:
    """A path as `str`.

    Raises:
        TypeError: If it is no path.
    """
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(f"Expected a path (str, bytes or os.PathLike), got {type(path).__name__}: {path!r}")
    return os.fsdecode(path)


def local_path(path: PathLike) -> str:
    """A path of this machine as `str`, of what may also be a `file://` URL.

    Raises:
        TypeError: If it is no path.
        UnimplementedError: If it is of another file system, which only `tf.gfile` can use.

    Example:
        >>> local_path(b"a/b"), local_path("file:///a/b")
        ('a/b', '/a/b')
    """
    text = as_text(path)
    scheme = SCHEME.match(text)
    if scheme is None:
        return text
    if scheme[1] == "file":
        return text[scheme.end() :]
    raise UnimplementedError(
        None,
        None,
        f"File system scheme '{scheme[1]}' not implemented (file: '{text}'): checkpoints, graphs, events and records "
        "are read from and written to this machine only. Copy the files with tf.gfile.Copy.",
    )


def make_folders(path: PathLike) -> None:
    """Makes a folder and those around it, as far as they are not there.

    Raises:
        FailedPreconditionError: If one of them is a file (and the other classes of `tf.errors` accordingly).
    """
    folder = local_path(path)
    try:
        with file_errors(folder):
            os.makedirs(folder, exist_ok=True)
    except (AlreadyExistsError, FailedPreconditionError):
        raise FailedPreconditionError(None, None, f"{folder} is not a directory, or lies below a file") from None


def can_be_folder(path: PathLike) -> bool:
    """Whether there is a folder of this name, or could be: whether no part of the path is a file."""
    name = local_path(path)
    while name and not os.path.lexists(name):
        name = os.path.dirname(name)
    return not name or os.path.isdir(name)


@contextmanager
def file_errors(path: PathLike) -> Iterator[None]:
    """Turns an `OSError` of the block into the `tf.errors` class of the same meaning, naming `path`."""
    try:
        yield
    except OSError as error:
        number = error.errno or _ERRNO_OF_ERROR.get(type(error), 0)
        reason = error.strerror or (os.strerror(number) if number else str(error))
        raise _CLASS_OF_ERRNO.get(number, UnknownError)(None, None, f"{as_text(path)}; {reason}") from None


def open_input(path: PathLike) -> BinaryIO:
    """Opens a file for reading.

    Raises:
        NotFoundError: If there is no such file (and the other classes of `tf.errors` accordingly).
    """
    name = local_path(path)
    with file_errors(name):
        return open(name, "rb")


def size_of(file: BinaryIO) -> int:
    """Number of bytes in an open regular file."""
    return os.fstat(file.fileno()).st_size


def temporary_suffix() -> str:
    """What is appended to the name of a file until it is complete."""
    return f".tempstate{secrets.randbits(64)}"


class AtomicFile:
    """A file that appears under its name when it is complete, or not at all.

    Bytes go to a temporary name in the same folder. `sync` puts them on the disk, `publish` gives them their
    name; `discard` (also at the end of a `with` block that did not publish) removes them. A set of files is
    replaced by syncing all of them before the first is published.

    The temporary file is locked for as long as its process works on it, which tells it from one whose process was
    killed: such files are removed by who next writes a file of the same name.

    Args:
        path: Name of the finished file. A file that has it is replaced.
        suffix: What the temporary name ends in; by default a new `temporary_suffix`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with AtomicFile(os.path.join(folder, "index")) as file:
        ...         file.write(b"whole")
        ...         file.publish()
        ...     os.listdir(folder)
        ['index']
    """

    def __init__(self, path: PathLike, suffix: str | None = None) -> None:
        self.path = local_path(path)
        self._temporary = self.path + (suffix or temporary_suffix())
        self._published = False
        self._written = self._pushed = 0
        remove_abandoned(self.path)
        with file_errors(self.path):
            self._file = self._open()

    def _open(self) -> BinaryIO:
        while True:
            file = open(self._temporary, "xb", buffering=_BUFFER_BYTES)
            _lock(file.fileno(), wait=True)
            if os.fstat(file.fileno()).st_nlink:
                return file
            file.close()  # somebody took it for abandoned before it was locked

    def write(self, data: bytes | memoryview) -> None:
        """Appends bytes."""
        with file_errors(self.path):
            self._file.write(data)
        self._written += len(data)
        if self._written - self._pushed >= _PUSH_BYTES:
            self._push()

    def sync(self) -> None:
        """Waits until the bytes are on the disk."""
        if not self._file.closed:
            with file_errors(self.path):
                self._file.flush()
                os.fsync(self._file.fileno())
        if os.name != "posix":
            self.release()  # what is open cannot be renamed there

    def release(self) -> None:
        """Closes the file, for the caller who gives it its name himself; nothing holds it from then on."""
        self._file.close()

    def publish(self) -> None:
        """Gives the file its name."""
        self.sync()
        move(self._temporary, self.path)
        self._published = True
        self.release()

    def _push(self) -> None:
        """Starts what was written on its way to the disk, so that `sync` has little to wait for."""
        if hasattr(os, "posix_fadvise"):
            length = self._written - self._pushed
            os.posix_fadvise(self._file.fileno(), self._pushed, length, os.POSIX_FADV_DONTNEED)
        self._pushed = self._written

    def discard(self) -> None:
        """Removes what was written, unless it was published."""
        if not self._published and os.path.exists(self._temporary):
            # What a full disk could not take is tried again by `close`, and is not wanted any more.
            with suppress(OSError):
                self._file.close()
            os.remove(self._temporary)

    def __enter__(self) -> AtomicFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


def remove_abandoned(path: PathLike, pattern: str = "") -> None:
    """Removes the temporary files of a file that processes left which were killed while they wrote them.

    Args:
        path: Name of the file (or its beginning).
        pattern: What may follow the name, as `glob` spells it.
    """
    for temporary in glob.glob(f"{glob.escape(local_path(path))}{pattern}.tempstate*"):
        # Who cannot open or remove it has no business with it.
        with suppress(OSError):
            number = os.open(temporary, os.O_RDONLY)
            try:
                if _lock(number):
                    os.remove(temporary)
            finally:
                os.close(number)


def _lock(number: int, wait: bool = False) -> bool:
    """Locks an open file until it is closed, also by the end of its process; tells whether nobody else had it."""
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(number, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False  # somebody has it, or the file system has no locks: then nothing tells what is abandoned
    return True


@contextmanager
def folder_lock(path: PathLike) -> Iterator[None]:
    """Lets one process and thread at a time replace several files of a folder; the others wait.

    Args:
        path: A file in the folder, which exists.
    """
    if sys.platform == "win32":
        yield
        return
    with file_errors(path):
        number = os.open(os.path.dirname(local_path(path)) or os.curdir, os.O_RDONLY)
    try:
        _lock(number, wait=True)
        yield
    finally:
        os.close(number)


def move(source: PathLike, destination: PathLike) -> None:
    """Renames a file, replacing what has the name, and puts the renaming on the disk."""
    with file_errors(destination):
        os.replace(source, destination)
        _sync_folder(os.path.dirname(as_text(destination)) or os.curdir)


def _sync_folder(path: str) -> None:
    # Windows cannot open folders, and needs no such step.
    if os.name == "posix":
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
