"""`tf.resource_loader`: files that lie beside the module that asks for them."""

from __future__ import annotations

import os
import sys

from millpond.errors import NotFoundError


def _folder_of_caller(depth: int) -> str:
    return os.path.dirname(os.path.abspath(sys._getframe(depth + 1).f_code.co_filename))


def get_data_files_path() -> str:
    """The folder of the module that asks."""
    return _folder_of_caller(1)


def get_root_dir_with_all_resources() -> str:
    """The folder of the module that asks: files are not gathered anywhere else."""
    return _folder_of_caller(1)


def get_path_to_datafile(path: str) -> str:
    """The path of a file that lies beside the module that asks.

    Args:
      path: Relative to the module's folder.
    """
    return os.path.join(_folder_of_caller(1), path)


def load_resource(path: str) -> bytes:
    """The bytes of a file that lies beside the module that asks.

    Args:
      path: Relative to the module's folder.

    Raises:
      tf.errors.NotFoundError: If it cannot be read.
    """
    full = os.path.join(_folder_of_caller(1), path)
    try:
        with open(full, "rb") as file:
            return file.read()
    except OSError as error:
        raise NotFoundError(None, None, f"load_resource: {full} cannot be read: {error.strerror}") from error


def readahead_file_path(path: str, readahead: str = "128M") -> str:
    """The path as it is; elsewhere, a hint to read the file ahead of time would be added.

    Args:
      path: The file.
      readahead: How much would be read.
    """
    return path
