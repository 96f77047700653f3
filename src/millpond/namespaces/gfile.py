"""`tf.gfile`: files and folders, local or remote.

The functions of `formats/filesystem.py` under TensorFlow 1's names, which differ in their arguments' names only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from millpond.formats import filesystem
from millpond.formats.files import PathLike
from millpond.formats.filesystem import FileStatistics


def Copy(oldpath: PathLike, newpath: PathLike, overwrite: bool = False) -> None:
    """Copies a file.

    Args:
      oldpath: The file.
      newpath: The name of the copy.
      overwrite: Whether a file of that name is replaced.

    Raises:
      tf.errors.NotFoundError: If there is no such file.
      tf.errors.AlreadyExistsError: If the new name is taken, unless `overwrite`.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     with tf.gfile.GFile(folder + "/a", "w") as file:
      ...         file.write("text")
      ...     tf.gfile.Copy(folder + "/a", folder + "/b")
      ...     print(sorted(tf.gfile.ListDirectory(folder)))
      ['a', 'b']
    """
    filesystem.copy(oldpath, newpath, overwrite)


def DeleteRecursively(dirname: PathLike) -> None:
    """Removes a folder with all that is in it."""
    filesystem.remove_tree(dirname)


def Exists(filename: PathLike) -> bool:
    """Whether there is a file or folder of this name."""
    return filesystem.exists(filename)


def Glob(filename: PathLike | Iterable[PathLike]) -> list[str]:
    """The paths that match a pattern, or one of several, sorted."""
    return filesystem.glob(filename)


def IsDirectory(dirname: PathLike) -> bool:
    """Whether there is a folder of this name."""
    return filesystem.is_directory(dirname)


def ListDirectory(dirname: PathLike) -> list[str]:
    """The names of what lies in a folder, sorted."""
    return filesystem.list_directory(dirname)


def MakeDirs(dirname: PathLike) -> None:
    """Makes a folder and those around it; it may be there already."""
    filesystem.make_directories(dirname)


def MkDir(dirname: PathLike) -> None:
    """Makes a folder; it may be there already. Raises `NotFoundError` if the folder around it does not exist."""
    filesystem.make_directory(dirname)


def Remove(filename: PathLike) -> None:
    """Removes a file."""
    filesystem.remove(filename)


def Rename(oldname: PathLike, newname: PathLike, overwrite: bool = False) -> None:
    """Renames a file or folder.

    Args:
      oldname: What it is called.
      newname: What it is to be called.
      overwrite: Whether a file of that name is replaced.

    Raises:
      tf.errors.NotFoundError: If there is no such file.
      tf.errors.AlreadyExistsError: If the new name is taken, unless `overwrite`.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     with tf.gfile.GFile(folder + "/a", "w") as file:
      ...         file.write("text")
      ...     tf.gfile.Rename(folder + "/a", folder + "/b")
      ...     print(tf.gfile.ListDirectory(folder))
      ['b']
    """
    filesystem.rename(oldname, newname, overwrite)


def Stat(filename: PathLike) -> FileStatistics:
    """Size, time and kind of a file or folder."""
    return filesystem.stat(filename)


def Walk(top: PathLike, in_order: bool = True) -> Iterator[tuple[str, list[str], list[str]]]:
    """Goes through a folder and all below it, a folder before those inside it if `in_order`, else after them."""
    return filesystem.walk(top, in_order)
