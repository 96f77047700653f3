"""MNIST as TensorFlow 1's tutorials read it: `read_data_sets(dir)` and batches from `DataSet.next_batch`.

State: like TensorFlow's, a `DataSet` shuffles with NumPy's global random state, which it seeds when a seed is
given (its own, or the default graph's). So the same seeds give the same batches as in TensorFlow.
"""

from __future__ import annotations

import os
import warnings
from collections import namedtuple
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from millpond import dtypes
from millpond.examples.tutorials.mnist import mnist_files
from millpond.examples.tutorials.mnist.mnist_files import DEFAULT_SOURCE_URL, SHIPPED_SUBSET
from millpond.formats import idx
from millpond.graph import stacks
from millpond.public.modules import publish

publish(__name__)  # names that TensorFlow had here too, and that lie elsewhere

__all__ = ["DEFAULT_SOURCE_URL", "SHIPPED_SUBSET", "DataSet", "Datasets", "dense_to_one_hot", "extract_images",
           "extract_labels", "load_mnist", "read_data_sets"]

Datasets = namedtuple("Datasets", ["train", "validation", "test"])
"""What `read_data_sets` returns: three `DataSet`s."""

_FULL_TRAINING_SIZE = 60_000
_PIXELS = 28 * 28
_CLASSES = 10


def read_data_sets(
    train_dir: str | os.PathLike[str],
    fake_data: bool = False,
    one_hot: bool = False,
    dtype: Any = dtypes.float32,
    reshape: bool = True,
    validation_size: int = 5000,
    seed: int | None = None,
    source_url: str = DEFAULT_SOURCE_URL,
) -> Datasets:
    """Reads MNIST from `train_dir`: 55,000 training, 5,000 validation and 10,000 test images.

    Files that `train_dir` lacks are taken from the cache (`~/.cache/millpond/mnist`), or downloaded and verified.
    Without a network the small subset that ships with Millpond is used instead, with a warning, and split in the same
    proportion.

    Args:
      train_dir: Folder of the four gzipped IDX files. Files that are there are read as they are, so other
        data of this format (such as Fashion-MNIST) can be put there.
      fake_data: If true nothing is read, and every batch is made of ones.
      one_hot: If true labels are float64 rows `[n, 10]`, else uint8 classes `[n]`.
      dtype: `float32` for pixels in [0, 1], `uint8` for pixels in [0, 255]; of `tf` or of NumPy.
      reshape: If true images are `[n, 784]`, else `[n, 28, 28, 1]`.
      validation_size: How many of the first training images become the validation set.
      seed: Seed of the shuffling.
      source_url: Where missing files are downloaded from.

    Returns:
      A namedtuple `(train, validation, test)` of `DataSet`s.

    Raises:
      ValueError: If `validation_size` does not lie between 0 and the number of training images.
      TypeError: If `dtype` is neither `float32` nor `uint8`.
      DataLossError: If a file is damaged, or what was downloaded is not MNIST.
      NotFoundError: If the server of `source_url` does not have a file.

    Example:
      >>> mnist = read_data_sets(SHIPPED_SUBSET, one_hot=True, validation_size=1000)  # doctest: +ELLIPSIS
      Extracting ...
      >>> images, labels = mnist.train.next_batch(100)
      >>> images.shape, labels.shape
      ((100, 784), (100, 10))
    """
    options: dict[str, Any] = {"one_hot": one_hot, "dtype": dtype, "reshape": reshape, "seed": seed}
    if fake_data:
        return Datasets(*(DataSet([], [], fake_data=True, **options) for _ in Datasets._fields))

    paths, problem = mnist_files.locate(train_dir, source_url or DEFAULT_SOURCE_URL)
    train_images, train_labels = _read_pair(paths[mnist_files.TRAIN_IMAGES], paths[mnist_files.TRAIN_LABELS])
    test_images, test_labels = _read_pair(paths[mnist_files.TEST_IMAGES], paths[mnist_files.TEST_LABELS])

    size = _FULL_TRAINING_SIZE if problem else len(train_images)
    if not 0 <= validation_size <= size:
        raise ValueError(f"validation_size must lie between 0 and {size}, got {validation_size}.")
    if problem:
        _warn_of_subset(problem, train_dir, len(train_images), len(test_images))
        validation_size = round(validation_size * len(train_images) / _FULL_TRAINING_SIZE)

    if one_hot:
        train_labels, test_labels = (dense_to_one_hot(labels, _CLASSES) for labels in (train_labels, test_labels))
    return Datasets(
        train=DataSet(train_images[validation_size:], train_labels[validation_size:], **options),
        validation=DataSet(train_images[:validation_size], train_labels[:validation_size], **options),
        test=DataSet(test_images, test_labels, **options),
    )


def _read_pair(images_path: Path, labels_path: Path) -> tuple[np.ndarray, np.ndarray]:
    arrays = []
    for path, rank in ((images_path, 3), (labels_path, 1)):
        print("Extracting", path)
        arrays.append(_checked(idx.read_idx(path), rank, str(path)))
    images, labels = arrays
    return images[..., np.newaxis], labels


def load_mnist(train_dir: str | os.PathLike[str] = "MNIST-data") -> Datasets:
    """`read_data_sets` of a folder, as `tf.contrib.learn` calls it."""
    return read_data_sets(train_dir)


def extract_images(f: BinaryIO) -> np.ndarray:
    """The images of an open file of them.

    Args:
      f: A binary file in IDX format, gzipped or not.

    Returns:
      uint8 `[n, rows, columns, 1]`.

    Raises:
      DataLossError: If the file is damaged.
      ValueError: If it holds something else.
    """
    print("Extracting", getattr(f, "name", f))
    return _checked(idx.read_idx(f), 3, str(getattr(f, "name", f)))[..., np.newaxis]


def extract_labels(f: BinaryIO, one_hot: bool = False, num_classes: int = _CLASSES) -> np.ndarray:
    """The labels of an open file of them.

    Args:
      f: A binary file in IDX format, gzipped or not.
      one_hot: Whether to return rows of `dense_to_one_hot`.
      num_classes: How many classes such a row has.

    Returns:
      uint8 `[n]`, or float64 `[n, num_classes]`.

    Raises:
      DataLossError: If the file is damaged.
      ValueError: If it holds something else.

    Example:
      >>> with open(SHIPPED_SUBSET / "t10k-labels-idx1-ubyte.gz", "rb") as f:  # doctest: +ELLIPSIS
      ...     extract_labels(f)[:3].tolist()
      Extracting ...
      [7, 2, 1]
    """
    print("Extracting", getattr(f, "name", f))
    labels = _checked(idx.read_idx(f), 1, str(getattr(f, "name", f)))
    return dense_to_one_hot(labels, num_classes) if one_hot else labels


def dense_to_one_hot(labels_dense: Any, num_classes: int) -> np.ndarray:
    """A row for each label, with a one in the place of its class.

    Args:
      labels_dense: Integers `[n]`, from 0 to `num_classes - 1`.
      num_classes: How many classes there are.

    Returns:
      float64 `[n, num_classes]`.

    Example:
      >>> dense_to_one_hot(np.array([1, 0]), 3)
      array([[0., 1., 0.],
             [1., 0., 0.]])
    """
    return np.eye(num_classes)[np.asarray(labels_dense).ravel()]


def _checked(array: np.ndarray, rank: int, name: str) -> np.ndarray:
    if array.dtype != np.uint8 or array.ndim != rank:
        raise ValueError(f"{name} holds {array.dtype} of shape {array.shape}; expected uint8 of {rank} dimension(s).")
    return array


def _warn_of_subset(problem: str, train_dir: str | os.PathLike[str], train_size: int, test_size: int) -> None:
    names = ", ".join(mnist_files.CONTENTS)
    warnings.warn(
        f"\n*** THIS IS NOT THE WHOLE OF MNIST: {problem}. ***\n"
        f"Using the small subset that ships with Millpond instead: {train_size:,} training and {test_size:,} "
        "test images, not 60,000 and 10,000; expect a lower accuracy.\n"
        f"For all of MNIST put these files into {os.fspath(train_dir)!r} or {str(mnist_files.cache())!r}: {names}.",
        stacklevel=3,
    )


class DataSet:
    """Images and their labels, handed out in shuffled batches, epoch after epoch.

    Args:
      images: uint8 pixels `[n, rows, columns, 1]`.
      labels: `[n]` classes or `[n, 10]` one-hot rows; given out as they are.
      fake_data: If true `images` and `labels` are ignored, and every batch is made of ones.
      one_hot: Form of the labels of fake batches.
      dtype: `float32` rescales the pixels to [0, 1]; `uint8` leaves them in [0, 255].
      reshape: If true images become `[n, rows * columns]`.
      seed: Seed of the shuffling. Without one, the default graph's seed counts.

    Raises:
      TypeError: If `dtype` is neither `float32` nor `uint8`.
      ValueError: If there are not as many labels as images, or `reshape` meets more than one channel.

    Example:
      >>> digits = DataSet(np.zeros([3, 28, 28, 1], np.uint8), np.array([7, 8, 9]))
      >>> images, labels = digits.next_batch(2, shuffle=False)
      >>> images.shape, labels
      ((2, 784), array([7, 8]))
      >>> digits.next_batch(2, shuffle=False)[1], digits.epochs_completed
      (array([9, 7]), 1)
    """

    def __init__(
        self,
        images: Any,
        labels: Any,
        fake_data: bool = False,
        one_hot: bool = False,
        dtype: Any = dtypes.float32,
        reshape: bool = True,
        seed: int | None = None,
    ) -> None:
        image_dtype = dtypes.as_dtype(dtype).base_dtype
        if image_dtype not in (dtypes.uint8, dtypes.float32):
            raise TypeError(f"dtype of the images must be uint8 or float32, got {image_dtype.name}.")
        _seed_numpy(seed)
        self._fake = fake_data
        self._one_hot = one_hot
        if fake_data:
            self._num_examples = 10_000
        else:
            images, labels = np.asarray(images), np.asarray(labels)
            _check_examples(images, labels, reshape)
            self._num_examples = len(images)
            if reshape:
                images = images.reshape(len(images), images.shape[1] * images.shape[2])
            if image_dtype == dtypes.float32:
                images = np.multiply(images, np.float32(1 / 255), dtype=np.float32)
        self._images = images
        self._labels = labels
        # A shuffled epoch is an order in which rows are picked. Moving the rows themselves, 170 MB, waits
        # until somebody asks for them all.
        self._order: np.ndarray | None = None
        self._index_in_epoch = 0
        self._epochs_completed = 0

    @property
    def images(self) -> np.ndarray:
        """All images, in the order of the current epoch."""
        self._apply_order()
        return self._images

    @property
    def labels(self) -> np.ndarray:
        """All labels, in the order of the current epoch."""
        self._apply_order()
        return self._labels

    @property
    def num_examples(self) -> int:
        """How many examples an epoch has."""
        return self._num_examples

    @property
    def epochs_completed(self) -> int:
        """How often a batch has begun a new epoch."""
        return self._epochs_completed

    def next_batch(self, batch_size: int, fake_data: bool = False, shuffle: bool = True) -> tuple[Any, Any]:
        """The next `batch_size` examples.

        An epoch gives every example once, in a new order if `shuffle` is true. A batch that reaches past the
        end of an epoch is filled up from the next one, so that every batch has the full size.

        Args:
          batch_size: How many examples.
          fake_data: If true the batch is made of ones.
          shuffle: Whether epochs that begin with this batch are shuffled.

        Returns:
          `(images, labels)`, both with `batch_size` rows.

        Raises:
          ValueError: If `batch_size` is negative, or there are no examples at all.
        """
        if self._fake or fake_data:
            label: Any = [1] + [0] * (_CLASSES - 1) if self._one_hot else 0
            return [[1] * _PIXELS for _ in range(batch_size)], [label for _ in range(batch_size)]
        if batch_size < 0 or self._num_examples == 0:
            raise ValueError(
                f"Cannot take a batch of {batch_size} from {self._num_examples} examples"
                + (" (was validation_size 0?)." if self._num_examples == 0 else ".")
            )
        if shuffle and self._epochs_completed == 0 and self._index_in_epoch == 0:
            self._shuffle()
        parts = []
        missing = batch_size
        while missing > (rest := self._num_examples - self._index_in_epoch):
            parts.append(self._rows(self._index_in_epoch, self._num_examples))
            missing -= rest
            self._epochs_completed += 1
            self._index_in_epoch = 0
            if shuffle:
                self._shuffle()
        parts.append(self._rows(self._index_in_epoch, self._index_in_epoch + missing))
        self._index_in_epoch += missing
        if len(parts) == 1:
            return parts[0]
        images, labels = zip(*parts, strict=True)
        return np.concatenate(images), np.concatenate(labels)

    def _rows(self, start: int, end: int) -> tuple[np.ndarray, np.ndarray]:
        picked = slice(start, end) if self._order is None else self._order[start:end]
        return self._images[picked], self._labels[picked]

    def _shuffle(self) -> None:
        permutation = np.arange(self._num_examples)
        np.random.shuffle(permutation)
        self._order = permutation if self._order is None else self._order[permutation]

    def _apply_order(self) -> None:
        if self._order is not None:
            self._images = self._images[self._order]
            self._labels = self._labels[self._order]
            self._order = None


def _seed_numpy(seed: int | None) -> None:
    # Without any seed TensorFlow reseeds NumPy at random; leaving it alone keeps the user's np.random.seed.
    if seed is None:
        seed = stacks.default_graph().seed
    if seed is not None:
        np.random.seed(seed)


def _check_examples(images: np.ndarray, labels: np.ndarray, reshape: bool) -> None:
    if len(images) != len(labels):
        raise ValueError(
            f"{len(images)} images {images.shape} do not match {len(labels)} labels {labels.shape}."
        )
    if reshape and (images.ndim != 4 or images.shape[3] != 1):
        raise ValueError(
            f"reshape=True needs images of shape [n, rows, columns, 1], got {list(images.shape)}; "
            "pass reshape=False to keep them as they are."
        )
