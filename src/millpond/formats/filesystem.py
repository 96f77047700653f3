"""Files and folders of this machine, and of others: what `tf.gfile` is made of.

A path with a scheme (`gs://bucket/a`, `s3://...`, `memory://...`) belongs to the file system that the package `fsspec`
has for it; any other path, and `file://...`, is of this machine. All errors are those of `tf.errors`.
"""

from __future__ import annotations

import contextlib
import glob as _glob
import importlib
import os
import posixpath
import shutil
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from millpond.errors import AlreadyExistsError, FailedPreconditionError, NotFoundError, UnimplementedError
from millpond.formats.files import SCHEME, PathLike, as_text, file_errors, make_folders

_COPY_BYTES = 1 << 20


class FileStatistics(NamedTuple):
    """What `stat` tells.

    Attributes:
      length: Size in bytes; -1 if it is not known.
      mtime_nsec: When it was last modified, in nanoseconds since 1970; 0 if it is not known.
      is_directory: Whether it is a folder.
    """

    length: int
    mtime_nsec: int
    is_directory: bool


class LocalFiles:
    """The file system of this machine."""

    def open(self, path: str, mode: str) -> Any:
        return open(path, mode)

    def exists(self, path: str) -> bool:
        return os.path.exists(path)

    def is_directory(self, path: str) -> bool:
        return os.path.isdir(path)

    def names(self, path: str) -> list[str]:
        return os.listdir(path)

    def make_directory(self, path: str) -> None:
        os.mkdir(path)

    def make_directories(self, path: str) -> None:
        make_folders(path)

    def remove(self, path: str) -> None:
        os.remove(path)

    def remove_tree(self, path: str) -> None:
        shutil.rmtree(path)

    def rename(self, old: str, new: str) -> None:
        os.replace(old, new)

    def stat(self, path: str) -> FileStatistics:
        found = os.stat(path)
        return FileStatistics(found.st_size, found.st_mtime_ns, os.path.isdir(path))

    def glob(self, pattern: str) -> list[str]:
        return _glob.glob(pattern, include_hidden=True)


class RemoteFiles:
    """A file system of fsspec; paths come and go with their scheme."""

    def __init__(self, files: Any) -> None:
        self._files = files

    def open(self, path: str, mode: str) -> Any:
        return self._files.open(path, mode)

    def exists(self, path: str) -> bool:
        return self._files.exists(path)

    def is_directory(self, path: str) -> bool:
        return self._files.isdir(path)

    def names(self, path: str) -> list[str]:
        return [entry.rstrip("/").rpartition("/")[2] for entry in self._files.ls(path, detail=False)]

    def make_directory(self, path: str) -> None:
        self._files.mkdir(path, create_parents=False)

    def make_directories(self, path: str) -> None:
        self._files.makedirs(path, exist_ok=True)

    def remove(self, path: str) -> None:
        self._files.rm_file(path)

    def remove_tree(self, path: str) -> None:
        self._files.rm(path, recursive=True)

    def rename(self, old: str, new: str) -> None:
        self._files.mv(old, new, recursive=self._files.isdir(old))

    def stat(self, path: str) -> FileStatistics:
        found = self._files.info(path)
        modified = found.get("mtime") or found.get("created") or 0
        seconds = modified.timestamp() if hasattr(modified, "timestamp") else float(modified)
        size = found.get("size")
        return FileStatistics(-1 if size is None else size, int(seconds * 1e9), found["type"] == "directory")

    def glob(self, pattern: str) -> list[str]:
        return [self._files.unstrip_protocol(path) for path in self._files.glob(pattern)]


_LOCAL = LocalFiles()


def locate(path: PathLike) -> tuple[Any, str]:
    """The file system that a path belongs to, and the path as that file system takes it.

    Raises:
      UnimplementedError: If the path is remote, and `fsspec` is not installed or does not know its scheme.
    """
    text = as_text(path)
    scheme = SCHEME.match(text)
    if scheme is None:
        return _LOCAL, text
    if scheme[1] == "file":
        return _LOCAL, text[scheme.end():]
    try:
        fsspec = importlib.import_module("fsspec")
        return RemoteFiles(fsspec.filesystem(scheme[1])), text
    except ImportError as error:
        raise UnimplementedError(None, None, f"File system scheme '{scheme[1]}' not implemented (file: '{text}'): "
                                             "remote paths need the package fsspec and its part for "
                                             f"'{scheme[1]}'. {error}") from None
    except ValueError as error:
        raise UnimplementedError(None, None, f"File system scheme '{scheme[1]}' not implemented (file: '{text}'): "
                                             f"{error}") from None


def join(path: PathLike, *paths: PathLike) -> str:
    """One path of several parts; a part that begins with `/` starts anew.

    Example:
      >>> join("gs://bucket", "a", "b")
      'gs://bucket/a/b'
    """
    return posixpath.join(*map(as_text, (path, *paths)))


def exists(path: PathLike) -> bool:
    """Whether there is a file or folder of this name."""
    files, name = locate(path)
    with file_errors(name):
        return files.exists(name)


def is_directory(path: PathLike) -> bool:
    """Whether there is a folder of this name."""
    files, name = locate(path)
    with file_errors(name):
        return files.is_directory(name)


def list_directory(path: PathLike) -> list[str]:
    """The names of what lies in a folder, sorted, without the folder's own.

    Raises:
      NotFoundError: If there is no such folder.
    """
    files, name = locate(path)
    with file_errors(name):
        if not files.is_directory(name):
            raise NotFoundError(None, None, f"Could not find directory {name}")
        return sorted(files.names(name))


def make_directory(path: PathLike) -> None:
    """Makes a folder; as in TensorFlow, it is no error if the name is taken, or is that of the working directory, "".

    Raises:
      NotFoundError: If the folder around it does not exist.
    """
    with contextlib.suppress(AlreadyExistsError):
        _call(path or ".", lambda files, name: files.make_directory(name))


def make_directories(path: PathLike) -> None:
    """Makes a folder and those around it; it may be there already, as "" is: the folder of a file without one."""
    _call(path or ".", lambda files, name: files.make_directories(name))


def remove(path: PathLike) -> None:
    """Removes a file.

    Raises:
      NotFoundError: If there is none.
      FailedPreconditionError: If it is a folder.
    """
    files, name = locate(path)
    with file_errors(name):
        if files.is_directory(name):
            raise FailedPreconditionError(None, None, f"{name}; Is a directory")
        files.remove(name)


def remove_tree(path: PathLike) -> None:
    """Removes a folder with all that is in it (or a file).

    Raises:
      NotFoundError: If there is none.
    """
    files, name = locate(path)
    with file_errors(name):
        if not files.exists(name):
            raise NotFoundError(None, None, f"{name} not found")
        if files.is_directory(name):
            files.remove_tree(name)
        else:
            files.remove(name)


def rename(src: PathLike, dst: PathLike, overwrite: bool = False) -> None:
    """Gives a file or folder another name.

    Args:
      src: The file or folder.
      dst: Its new name.
      overwrite: Whether a file that is there is replaced.

    Raises:
      AlreadyExistsError: If the new name is taken, unless `overwrite`.
      NotFoundError: If there is no such file.
      UnimplementedError: If the names are of different file systems.

    Example:
      >>> import millpond as tf
      >>> import tempfile
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     with tf.gfile.Open(folder + "/a", "w") as file:
      ...         _ = file.write("hello")
      ...     tf.gfile.Rename(folder + "/a", folder + "/b")
      ...     print(tf.gfile.ListDirectory(folder))
      ['b']
    """
    files, source = locate(src)
    other, target = locate(dst)
    if type(files) is not type(other):
        raise UnimplementedError(None, None, f"Renaming {source} to {target} not implemented: they are of different "
                                             "file systems. Copy and remove it.")
    with file_errors(source):
        if not overwrite and other.exists(target):
            raise AlreadyExistsError(None, None, f"{target}; file already exists")
        files.rename(source, target)


def copy(src: PathLike, dst: PathLike, overwrite: bool = False) -> None:
    """Copies a file, also between file systems.

    Args:
      src: The file.
      dst: Where the copy goes.
      overwrite: Whether a file that is there is replaced.

    Raises:
      AlreadyExistsError: If the target exists, unless `overwrite`.
      NotFoundError: If there is no such file.
      FailedPreconditionError: If it is a folder.

    Example:
      >>> import millpond as tf
      >>> import tempfile
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     with tf.gfile.Open(folder + "/a", "w") as file:
      ...         _ = file.write("hello")
      ...     tf.gfile.Copy(folder + "/a", folder + "/b")
      ...     print(sorted(tf.gfile.ListDirectory(folder)))
      ['a', 'b']
    """
    files, old = locate(src)
    other, new = locate(dst)
    if files.is_directory(old):
        raise FailedPreconditionError(None, None, f"{old}; Is a directory")
    if not overwrite and other.exists(new):
        raise AlreadyExistsError(None, None, f"{new}; file already exists")
    with file_errors(old), files.open(old, "rb") as read, file_errors(new), other.open(new, "wb") as written:
        shutil.copyfileobj(read, written, _COPY_BYTES)


def stat(path: PathLike) -> FileStatistics:
    """Size, time and kind of a file or folder.

    Raises:
      NotFoundError: If there is none.
    """
    files, name = locate(path)
    with file_errors(name):
        return files.stat(name)


def glob(pattern: PathLike | Iterable[PathLike]) -> list[str]:
    """The paths that match a pattern, or one of several, sorted: `*`, `?` and `[...]`, none of which matches `/`."""
    patterns = [pattern] if isinstance(pattern, (str, bytes, os.PathLike)) else list(pattern)
    found: set[str] = set()
    for one in patterns:
        files, name = locate(one)
        with file_errors(name):
            found.update(files.glob(name))
    return sorted(found)


def walk(top: PathLike, topdown: bool = True,
         onerror: Callable[[Exception], Any] | None = None) -> Iterator[tuple[str, list[str], list[str]]]:
    """Goes through a folder and all below it.

    Args:
      top: The folder.
      topdown: Whether a folder comes before those inside it.
      onerror: Is called with the error of a folder that cannot be listed; by default such a folder is left out.

    Yields:
      The folder's path, the names of the folders in it, and those of the files, sorted.

    Raises:
      OpError: From the file system, as it lists a folder: `PermissionDeniedError` and others.

    Example:
      >>> import millpond as tf
      >>> import tempfile
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     tf.gfile.MakeDirs(folder + "/logs")
      ...     print([(folders, files) for _, folders, files in tf.gfile.Walk(folder)])
      [(['logs'], []), ([], [])]
    """
    folder = as_text(top)
    try:
        names = list_directory(folder)
    except (NotFoundError, FailedPreconditionError) as error:
        if onerror is not None:
            onerror(error)
        return
    folders: list[str] = []
    files: list[str] = []
    for name in names:
        (folders if is_directory(os.path.join(folder, name)) else files).append(name)
    here = folder, folders, files
    if topdown:
        yield here
    for name in folders:
        yield from walk(os.path.join(folder, name), topdown, onerror)
    if not topdown:
        yield here


def _call(path: PathLike, work: Callable[[Any, str], None]) -> None:
    files, name = locate(path)
    with file_errors(name):
        work(files, name)
