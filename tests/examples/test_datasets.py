"""`tf.contrib.learn.datasets`: data sets by name, tables, files that are downloaded, MNIST by its old paths."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import millpond as tf
from millpond import errors
from millpond.examples import datasets
from millpond.examples.tutorials.mnist import input_data


def test_iris() -> None:
    iris = tf.contrib.learn.datasets.load_dataset("iris")
    assert iris.data.shape == (150, 4) and iris.data.dtype == np.float64
    assert np.bincount(iris.target).tolist() == [50, 50, 50]
    # The means of the species as Fisher printed them.
    np.testing.assert_allclose([iris.data[iris.target == species].mean(axis=0) for species in range(3)],
                               [[5.006, 3.428, 1.462, 0.246], [5.936, 2.77, 4.26, 1.326], [6.588, 2.974, 5.552, 2.026]])


def test_tables(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("2,3,no,yes\n1.5,2,3,0\n4,5,6,1\n")
    table = datasets.load_csv_with_header(path, np.int32, np.float32)
    assert table.data.tolist() == [[1.5, 2, 3], [4, 5, 6]] and table.target.tolist() == [0, 1]
    assert table.data.dtype == np.float32 and table.target.dtype == np.int32
    path.write_text("7,1,2\n8,3,4\n")
    table = datasets.load_csv_without_header(path, np.int32, np.float64, target_column=0)
    assert table.data.tolist() == [[1, 2], [3, 4]] and table.target.tolist() == [7, 8]
    path.write_text("3,1,no,yes\n1,0\n")
    with pytest.raises(ValueError, match="says that it has 3 examples, but has 1"):
        datasets.load_csv_with_header(path, np.int32, np.float32)


def test_a_file_is_downloaded_once(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"content")
    folder = tmp_path / "data" / "inner"
    path = datasets.maybe_download("copy", folder, source.as_uri())
    assert path == str(folder / "copy") and Path(path).read_bytes() == b"content"
    source.unlink()
    assert datasets.maybe_download("copy", folder, source.as_uri()) == path
    with pytest.raises(errors.NotFoundError, match=f"Put other into '{folder}' by hand"):
        datasets.maybe_download("other", folder, source.as_uri())


def test_what_is_not_there_says_so() -> None:
    with pytest.raises(NotImplementedError, match="boston"):
        datasets.load_dataset("boston")
    with pytest.raises(ValueError, match="there is no data set 'mars'"):
        datasets.load_dataset("mars")


def test_the_parts_of_the_reader(tmp_path: Path) -> None:
    with open(input_data.SHIPPED_SUBSET / "t10k-images-idx3-ubyte.gz", "rb") as file:
        images = input_data.extract_images(file)
    with open(input_data.SHIPPED_SUBSET / "t10k-labels-idx1-ubyte.gz", "rb") as file:
        labels = input_data.extract_labels(file, one_hot=True)
    assert images.shape == (2000, 28, 28, 1) and images.dtype == np.uint8
    assert labels.shape == (2000, 10) and labels[0].argmax() == 7
    with open(input_data.SHIPPED_SUBSET / "t10k-labels-idx1-ubyte.gz", "rb") as file:
        with pytest.raises(ValueError, match="expected uint8 of 3 dimension"):
            input_data.extract_images(file)


@pytest.mark.slow
def test_old_paths_of_the_reader(tmp_path: Path) -> None:
    """Each is what programs of some release wrote; the data lies where they look."""
    program = tmp_path / "program.py"
    program.write_text("""
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data, mnist
from tensorflow.contrib.learn.python.learn.datasets.mnist import DataSet, read_data_sets, dense_to_one_hot
from tensorflow.contrib.learn.python.learn.datasets import base, mnist as inner
import tensorflow.examples.tutorials.mnist.input_data as again

assert again.read_data_sets is read_data_sets is inner.read_data_sets is tf.contrib.learn.datasets.mnist.read_data_sets
assert base.Datasets is input_data.Datasets and input_data.maybe_download is base.maybe_download
data = input_data.read_data_sets("MNIST_data/", one_hot=True, validation_size=1000)
images, labels = data.train.next_batch(3)
print(images.shape, labels.shape, data.train.num_examples, isinstance(data.train, DataSet), mnist.IMAGE_PIXELS)
print(tf.contrib.learn.datasets.load_dataset("iris").data.shape)
""")
    (tmp_path / "MNIST_data").symlink_to(input_data.SHIPPED_SUBSET)
    done = subprocess.run([sys.executable, "-m", "millpond", "run", "program.py"], capture_output=True, text=True,
                          cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == ["(3, 784) (3, 10) 9000 True 784", "(150, 4)"]
