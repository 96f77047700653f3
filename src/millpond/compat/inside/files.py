"""What `tensorflow.python.lib.io.file_io` has beside the functions of `tf.gfile`: whole files at once."""

from __future__ import annotations

import itertools
from typing import cast

from millpond.errors import AlreadyExistsError
from millpond.formats import filesystem
from millpond.formats.checksum import crc32c
from millpond.formats.files import PathLike, as_text
from millpond.formats.gfile import GFile

_unique = itertools.count()


def read_file_to_string(filename: PathLike, binary_mode: bool = False) -> str | bytes:
    """The contents of a file, as text or as bytes.

    Args:
      filename: The file.
      binary_mode: Whether they are bytes.

    Raises:
      tf.errors.NotFoundError: If there is no such file.
    """
    with GFile(filename, "rb" if binary_mode else "r") as file:
        return file.read()


def write_string_to_file(filename: PathLike, file_content: str | bytes) -> None:
    """Makes a file of a text, in place of one of the same name.

    Example:
      >>> import tempfile
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     write_string_to_file(folder + "/note", "text")
      ...     read_file_to_string(folder + "/note", binary_mode=True)
      b'text'
    """
    with GFile(filename, "wb" if isinstance(file_content, bytes) else "w") as file:
        file.write(file_content)


def atomic_write_string_to_file(filename: PathLike, contents: str | bytes, overwrite: bool = True) -> None:
    """Makes a file of a text that nobody sees half written.

    Args:
      filename: The file.
      contents: The text.
      overwrite: Whether it takes the place of one of the same name.

    Raises:
      tf.errors.AlreadyExistsError: If the name is taken, unless `overwrite`.
    """
    if not overwrite and filesystem.exists(filename):
        raise AlreadyExistsError(None, None, f"{as_text(filename)} exists already, and overwrite is False")
    unfinished = f"{as_text(filename)}.unfinished{next(_unique)}"
    write_string_to_file(unfinished, contents)
    filesystem.rename(unfinished, filename, overwrite)


def filecmp(filename_a: PathLike, filename_b: PathLike) -> bool:
    """Whether two files have the same contents."""
    return _bytes(filename_a) == _bytes(filename_b)


def file_crc32(filename: PathLike) -> str:
    """The checksum (CRC-32C) of a file, as `0x` and eight digits."""
    return f"0x{crc32c(_bytes(filename)):08x}"


def _bytes(filename: PathLike) -> bytes:
    with GFile(filename, "rb") as file:
        return cast(bytes, file.read())
