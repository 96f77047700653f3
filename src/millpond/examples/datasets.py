"""Small data sets by name, and the reading of tables, as `tf.contrib.learn.datasets` had them."""

from __future__ import annotations

import csv
import os
import urllib.request
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np

from millpond import errors
from millpond.examples.tutorials.mnist.input_data import load_mnist
from millpond.formats import gfile
from millpond.formats.files import AtomicFile

Dataset = namedtuple("Dataset", ["data", "target"])
"""A table: the features of each example, and what is to be told from them."""

_DATA = Path(__file__).parent / "data"
_TIMEOUT_SECONDS = 30


def load_iris(data_path: str | os.PathLike[str] | None = None) -> Dataset:
    """Measurements of 150 irises of three species, by E. Anderson and R. A. Fisher (1936).

    Args:
      data_path: A file of this form to read instead, see `load_csv_with_header`.

    Returns:
      Floats `[150, 4]` in cm, and the species from 0 to 2.

    Example:
      >>> iris = load_iris()
      >>> iris.data.shape, iris.data[0].tolist(), int(iris.target[0])
      ((150, 4), [5.1, 3.5, 1.4, 0.2], 0)
    """
    return load_csv_with_header(data_path or _DATA / "iris.csv", target_dtype=np.int64, features_dtype=np.float64)


def load_dataset(name: str, size: str = "small", test_with_fake_data: bool = False) -> Any:
    """A data set by its name.

    Args:
      name: "iris" or "mnist".
      size: Not used by these two.
      test_with_fake_data: Not used by these two.

    Raises:
      ValueError: If there is no data set of that name.
      NotImplementedError: For those of TensorFlow that are not there.

    Example:
      >>> load_dataset("iris").target.shape
      (150,)
    """
    if name in ("boston", "dbpedia"):
        raise NotImplementedError(f"load_dataset({name!r}) is not there; scikit-learn and OpenML have such data.")
    if name not in ("iris", "mnist"):
        raise ValueError(f"there is no data set {name!r}; there are 'iris' and 'mnist'")
    return load_iris() if name == "iris" else load_mnist()


def load_csv_with_header(filename: str | os.PathLike[str], target_dtype: Any, features_dtype: Any,
                         target_column: int = -1) -> Dataset:
    """Reads a table whose first line says how many examples and features follow.

    Args:
      filename: The file.
      target_dtype: Type of the targets.
      features_dtype: Type of the features.
      target_column: Which column holds the target.

    Raises:
      NotFoundError: If there is no such file.
      ValueError: If it has not that many rows and columns, or they hold something else.

    Example:
      >>> load_csv_with_header(_DATA / "iris.csv", np.int32, np.float32).data.dtype
      dtype('float32')
    """
    (count, features, *_), *rows = _rows(filename)
    if len(rows) != int(count):
        raise ValueError(f"{filename} says that it has {count} examples, but has {len(rows)}")
    table = _table(rows, target_dtype, features_dtype, target_column)
    if table.data.shape[1:] != (int(features),):
        raise ValueError(f"{filename} says that it has {features} features, but has {table.data.shape[1:]}")
    return table


def load_csv_without_header(filename: str | os.PathLike[str], target_dtype: Any, features_dtype: Any,
                            target_column: int = -1) -> Dataset:
    """Reads a table that has only rows.

    Args:
      filename: The file.
      target_dtype: Type of the targets.
      features_dtype: Type of the features.
      target_column: Which column holds the target.

    Raises:
      NotFoundError: If there is no such file.
      ValueError: If the table holds something else.

    Example:
      >>> import tempfile
      >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
      ...     _ = file.write("1.5,2.5,7\\n")
      ...     file.flush()
      ...     table = load_csv_without_header(file.name, np.int32, np.float32)
      >>> table.data.tolist(), table.target.tolist()
      ([[1.5, 2.5]], [7])
    """
    return _table(_rows(filename), target_dtype, features_dtype, target_column)


def _rows(filename: str | os.PathLike[str]) -> list[list[str]]:
    with gfile.GFile(os.fspath(filename)) as file:
        return [row for row in csv.reader(file.read().splitlines()) if row]


def _table(rows: list[list[str]], target_dtype: Any, features_dtype: Any, target_column: int) -> Dataset:
    targets = np.array([row.pop(target_column) for row in rows]).astype(target_dtype)
    return Dataset(data=np.array(rows).astype(features_dtype), target=targets)


def maybe_download(filename: str, work_directory: str | os.PathLike[str], source_url: str) -> str:
    """The path of a file in a folder, into which it is downloaded if it is not there.

    Args:
      filename: Its name.
      work_directory: The folder, which is made if it does not exist.
      source_url: The whole address of the file.

    Raises:
      NotFoundError: If it cannot be downloaded; it says which file to put where.

    Example:
      >>> path = maybe_download("iris.csv", _DATA, "https://example.com/iris.csv")  # it is there
      >>> Path(path).name
      'iris.csv'
    """
    path = Path(work_directory) / filename
    if path.exists():
        return str(path)
    try:
        with urllib.request.urlopen(source_url, timeout=_TIMEOUT_SECONDS) as response:
            data = response.read()
    except (OSError, ValueError) as error:
        raise errors.NotFoundError(None, None, f"could not download {source_url} ({error}). "
                                   f"Put {filename} into {str(path.parent)!r} by hand.") from None
    path.parent.mkdir(parents=True, exist_ok=True)
    with AtomicFile(path) as file:
        file.write(data)
        file.publish()
    print(f"Successfully downloaded {filename} {len(data)} bytes.")
    return str(path)
