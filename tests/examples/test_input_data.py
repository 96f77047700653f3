"""Reading MNIST as TensorFlow 1's tutorials do: the three sets, their batches, and what happens offline."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.server
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from millpond import dtypes, errors
from millpond.examples.tutorials.mnist import input_data, mnist_files
from millpond.formats import idx

FIRST_TRAIN_LABELS = [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
FIRST_TEST_LABELS = [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def write_idx(path: Path, array: np.ndarray) -> None:
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(gzip.compress(header + array.tobytes(), 1))


def write_repeated_subset(directory: Path) -> Path:
    """Files of MNIST's size, made of the subset that ships."""
    for name, times in zip(mnist_files.CONTENTS, (6, 6, 5, 5), strict=True):
        array = idx.read_idx(input_data.SHIPPED_SUBSET / name)
        write_idx(directory / name, np.concatenate([array] * times))
    return directory


@pytest.fixture(scope="module")
def mnist_directory(mnist_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MNIST, or files of its size."""
    if mnist_folder == input_data.SHIPPED_SUBSET:
        return write_repeated_subset(tmp_path_factory.mktemp("mnist"))
    return mnist_folder


@pytest.fixture
def small_directory(tmp_path: Path) -> Path:
    """Ten training images and four test images; every pixel of an image is its number, its label too."""
    for part, count in (("train", 10), ("t10k", 4)):
        numbers = np.arange(count, dtype=np.uint8)
        images = np.broadcast_to(numbers[:, None, None], (count, 28, 28))
        write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", images)
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", numbers)
    return tmp_path


@contextlib.contextmanager
def serving(files: dict[str, bytes]) -> Iterator[str]:
    """The address of a loopback server that has these files."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = files.get(self.path.lstrip("/"))
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What this computer has downloaded before is nothing to these tests."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "millpond" / "mnist"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def unreachable_url() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/mnist/"


# Reading


@pytest.mark.slow
def test_full_mnist_is_split_as_in_the_tutorials(mnist_directory: Path) -> None:
    mnist = input_data.read_data_sets(str(mnist_directory), one_hot=True)

    assert mnist._fields == ("train", "validation", "test")
    assert [data.num_examples for data in mnist] == [55000, 5000, 10000]
    assert mnist.train.images.shape == (55000, 784)
    assert mnist.train.images.dtype == np.float32
    assert mnist.train.labels.shape == (55000, 10)
    assert mnist.train.labels.dtype == np.float64
    # The validation set is the beginning of the training files.
    assert mnist.validation.labels[:10].argmax(axis=1).tolist() == FIRST_TRAIN_LABELS
    assert mnist.test.labels[:10].argmax(axis=1).tolist() == FIRST_TEST_LABELS
    assert (mnist.test.labels.sum(axis=1) == 1).all()


@pytest.mark.slow
def test_pixels_are_scaled_to_one_by_the_float32_nearest_to_one_255th(mnist_directory: Path) -> None:
    raw = input_data.read_data_sets(mnist_directory, dtype=dtypes.uint8, reshape=False).test
    scaled = input_data.read_data_sets(mnist_directory).test

    assert raw.images.shape == (10000, 28, 28, 1)
    assert raw.images.dtype == np.uint8
    assert raw.images.max() == 255
    assert raw.labels.dtype == np.uint8
    expected = raw.images.reshape(10000, 784).astype(np.float32) * np.float32(1 / 255)
    np.testing.assert_array_equal(scaled.images, expected)
    assert scaled.images.max() == 1.0


@pytest.mark.parametrize("dtype", [np.uint8, "uint8", dtypes.uint8, np.dtype(np.uint8)])
def test_the_dtype_may_be_ours_or_numpys(small_directory: Path, dtype: object) -> None:
    mnist = input_data.read_data_sets(small_directory, dtype=dtype, validation_size=3)
    assert mnist.train.images[:, 0].tolist() == [3, 4, 5, 6, 7, 8, 9]
    assert mnist.train.images.dtype == np.uint8


def test_another_dtype_is_refused_by_name(small_directory: Path) -> None:
    with pytest.raises(TypeError, match="must be uint8 or float32, got float64"):
        input_data.read_data_sets(small_directory, dtype=np.float64, validation_size=0)


@pytest.mark.parametrize("size", [-1, 11])
def test_a_validation_size_outside_the_training_set_is_refused(small_directory: Path, size: int) -> None:
    with pytest.raises(ValueError, match=f"between 0 and 10, got {size}"):
        input_data.read_data_sets(small_directory, validation_size=size)


def test_a_damaged_file_is_named(small_directory: Path) -> None:
    broken = small_directory / "t10k-labels-idx1-ubyte.gz"
    broken.write_bytes(broken.read_bytes()[:-10])
    with pytest.raises(errors.DataLossError, match="t10k-labels-idx1-ubyte.gz"):
        input_data.read_data_sets(small_directory, validation_size=0)


def test_labels_that_are_images_are_refused(small_directory: Path) -> None:
    images = (small_directory / "t10k-images-idx3-ubyte.gz").read_bytes()
    (small_directory / "t10k-labels-idx1-ubyte.gz").write_bytes(images)
    with pytest.raises(ValueError, match=r"t10k-labels-idx1-ubyte.gz holds uint8 of shape \(4, 28, 28\)"):
        input_data.read_data_sets(small_directory, validation_size=0)


def test_fewer_labels_than_images_are_refused() -> None:
    with pytest.raises(ValueError, match="3 images .* do not match 2 labels"):
        input_data.DataSet(np.zeros([3, 28, 28, 1], np.uint8), np.zeros([2], np.uint8))


def test_images_with_colours_are_not_reshaped() -> None:
    images, labels = np.zeros([2, 4, 4, 3], np.uint8), np.zeros([2], np.uint8)
    with pytest.raises(ValueError, match=r"\[n, rows, columns, 1\], got \[2, 4, 4, 3\]"):
        input_data.DataSet(images, labels)
    assert input_data.DataSet(images, labels, reshape=False).images.shape == (2, 4, 4, 3)


def test_fake_data_is_made_of_ones(tmp_path: Path) -> None:
    mnist = input_data.read_data_sets(tmp_path / "nowhere", fake_data=True, one_hot=True)
    images, labels = mnist.train.next_batch(2, fake_data=True)
    assert mnist.train.num_examples == 10000
    assert images == [[1] * 784] * 2
    assert labels == [[1, 0, 0, 0, 0, 0, 0, 0, 0, 0]] * 2
    assert not (tmp_path / "nowhere").exists()


def test_the_module_is_found_without_loading_jax() -> None:
    program = (
        "import sys\n"
        "from millpond.examples.tutorials.mnist import input_data\n"
        "input_data.read_data_sets(input_data.SHIPPED_SUBSET)\n"
        "sys.exit('jax' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)


# Batches


def numbered(count: int, seed: int | None = None) -> input_data.DataSet:
    """Examples whose single pixel and label are their number."""
    numbers = np.arange(count, dtype=np.uint8)
    return input_data.DataSet(numbers.reshape(count, 1, 1, 1), numbers, dtype=np.uint8, seed=seed)


def labels_of(data: input_data.DataSet, batch_size: int, shuffle: bool = True) -> list[int]:
    images, labels = data.next_batch(batch_size, shuffle=shuffle)
    assert images[:, 0].tolist() == labels.tolist()
    return labels.tolist()


def test_unshuffled_batches_carry_the_rest_into_the_next_epoch() -> None:
    data = numbered(5)
    assert labels_of(data, 2, shuffle=False) == [0, 1]
    assert labels_of(data, 2, shuffle=False) == [2, 3]
    assert data.epochs_completed == 0
    assert labels_of(data, 2, shuffle=False) == [4, 0]
    assert data.epochs_completed == 1
    assert labels_of(data, 4, shuffle=False) == [1, 2, 3, 4]
    # An epoch counts as completed only when the next batch begins another.
    assert data.epochs_completed == 1
    assert labels_of(data, 1, shuffle=False) == [0]
    assert data.epochs_completed == 2


def test_shuffled_batches_follow_numpys_permutations_epoch_after_epoch() -> None:
    # TensorFlow's rule, written out: the rows are permuted before the first batch, and permuted again, from
    # the order they are in, whenever an epoch ends.
    data = numbered(10, seed=7)
    taken = [labels_of(data, 4) for _ in range(5)]
    images_now = data.images[:, 0].tolist()

    random = np.random.RandomState(7)
    rows = np.arange(10)

    def permute() -> np.ndarray:
        order = np.arange(10)
        random.shuffle(order)
        return rows[order]

    first = rows = permute()
    second = rows = permute()
    assert taken[:2] == [first[:4].tolist(), first[4:8].tolist()]
    assert taken[2] == first[8:].tolist() + second[:2].tolist()
    assert taken[3:] == [second[2:6].tolist(), second[6:].tolist()]
    assert images_now == second.tolist()
    assert data.epochs_completed == 1


def test_looking_at_the_images_does_not_change_what_comes_next() -> None:
    undisturbed = numbered(10, seed=3)
    expected = [labels_of(undisturbed, 4) for _ in range(6)]
    watched = numbered(10, seed=3)
    seen = []
    for _ in range(6):
        seen.append(labels_of(watched, 4))
        assert sorted(watched.labels.tolist()) == list(range(10))
    assert seen == expected


def test_shuffling_can_begin_after_unshuffled_epochs() -> None:
    data = numbered(4, seed=1)
    assert labels_of(data, 4, shuffle=False) == [0, 1, 2, 3]
    assert sorted(labels_of(data, 4)) == [0, 1, 2, 3]
    assert data.epochs_completed == 1


def test_a_batch_larger_than_the_data_goes_through_several_epochs() -> None:
    data = numbered(3)
    assert labels_of(data, 8, shuffle=False) == [0, 1, 2, 0, 1, 2, 0, 1]
    assert data.epochs_completed == 2


def test_an_epoch_gives_every_example_once() -> None:
    data = numbered(200)
    assert sorted(labels_of(data, 150) + labels_of(data, 50)) == list(range(200))


def test_without_a_seed_the_users_own_numpy_seed_decides() -> None:
    np.random.seed(11)
    first = labels_of(numbered(20), 20)
    np.random.seed(11)
    assert labels_of(numbered(20), 20) == first


def test_batches_of_nothing_and_of_less_are_refused(small_directory: Path) -> None:
    mnist = input_data.read_data_sets(small_directory, validation_size=0)
    with pytest.raises(ValueError, match="was validation_size 0"):
        mnist.validation.next_batch(1)
    with pytest.raises(ValueError, match="batch of -1 from 10 examples"):
        mnist.train.next_batch(-1)


# Files that are missing


def test_without_a_network_the_subset_is_used_and_said_so(
    tmp_path: Path, unreachable_url: str, recwarn: pytest.WarningsRecorder
) -> None:
    train_dir = tmp_path / "data"
    mnist = input_data.read_data_sets(str(train_dir), one_hot=True, source_url=unreachable_url)

    message = str(recwarn.pop(UserWarning).message)
    assert "THIS IS NOT THE WHOLE OF MNIST" in message
    assert unreachable_url + "train-images-idx3-ubyte.gz" in message
    assert "10,000 training and 2,000 test images" in message
    assert str(train_dir) in message
    # 5,000 of 60,000, in proportion.
    assert [data.num_examples for data in mnist] == [9167, 833, 2000]
    assert mnist.validation.labels[:10].argmax(axis=1).tolist() == FIRST_TRAIN_LABELS
    assert not train_dir.exists()


@pytest.mark.slow
def test_the_warning_reaches_the_terminal_and_names_the_users_line(
    tmp_path: Path, unreachable_url: str
) -> None:
    program = tmp_path / "train.py"
    program.write_text(
        "from millpond.examples.tutorials.mnist import input_data\n"
        f"input_data.read_data_sets('MNIST_data', source_url={unreachable_url!r})\n"
    )
    done = subprocess.run([sys.executable, program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "train.py:2: UserWarning:" in done.stderr
    assert "THIS IS NOT THE WHOLE OF MNIST" in done.stderr


def test_what_is_there_is_not_downloaded(small_directory: Path, unreachable_url: str) -> None:
    mnist = input_data.read_data_sets(small_directory, validation_size=4, source_url=unreachable_url)
    assert [data.num_examples for data in mnist] == [6, 4, 4]


@pytest.mark.parametrize("spelling", ["{}", "{}.gz", "{}.dotted"])
def test_files_may_be_compressed_or_not(
    spelling: str, small_directory: Path, tmp_path: Path, unreachable_url: str
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    for path in small_directory.glob("*.gz"):
        plain = path.name.removesuffix(".gz")
        if spelling == "{}.gz":
            (mine / path.name).write_bytes(path.read_bytes())
        else:
            name = plain.replace("-idx", ".idx") if "dotted" in spelling else plain
            (mine / name).write_bytes(gzip.decompress(path.read_bytes()))
    assert input_data.read_data_sets(mine, validation_size=0, source_url=unreachable_url).train.num_examples == 10


def test_an_address_that_is_gone_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fetch(url: str, limit: int) -> bytes:
        asked.append(url)
        raise OSError("no network")

    monkeypatch.setattr(mnist_files, "_fetch", fetch)
    with pytest.warns(UserWarning, match="NOT THE WHOLE"):
        input_data.read_data_sets(tmp_path, source_url="http://yann.lecun.com/exdb/mnist/")
    assert asked == [f"{mnist_files.DEFAULT_SOURCE_URL}train-images-idx3-ubyte.gz"]


def test_a_cache_that_cannot_be_written_to_stops_nothing(
    small_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served = {name: (small_directory / name).read_bytes() for name in mnist_files.CONTENTS}
    monkeypatch.setattr(mnist_files, "_verify", lambda name, data, url: None)
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with serving(served) as url:
        assert input_data.read_data_sets(tmp_path / "new", validation_size=0, source_url=url).test.num_examples == 4
    assert "is not kept for other programs" in capsys.readouterr().out


def test_missing_files_are_downloaded_once(
    small_directory: Path, tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    served = {name: (small_directory / name).read_bytes() for name in mnist_files.CONTENTS}
    plain = {name: gzip.decompress(data) for name, data in served.items()}
    contents = {
        name: mnist_files.Contents(len(data), hashlib.sha256(data).hexdigest())
        for name, data in plain.items()
    }
    monkeypatch.setattr(mnist_files, "CONTENTS", contents)
    train_dir = tmp_path / "new" / "folder"

    with serving(served) as url:
        mnist = input_data.read_data_sets(train_dir, validation_size=4, source_url=url)
    assert [data.num_examples for data in mnist] == [6, 4, 4]
    assert "Successfully downloaded train-images-idx3-ubyte.gz" in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in train_dir.iterdir()} == served

    # The server is gone by now. Another program, which looks elsewhere, has the files from the cache.
    input_data.read_data_sets(train_dir, validation_size=4, source_url=url)
    assert "Successfully downloaded" not in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in own_cache.iterdir()} == served
    other = tmp_path / "other"
    assert input_data.read_data_sets(other, validation_size=4, source_url=url).test.num_examples == 4
    assert f"Extracting {own_cache / 'train-images-idx3-ubyte.gz'}" in capsys.readouterr().out
    assert not other.exists()


@pytest.mark.slow
def test_our_record_of_mnist_agrees_with_the_files(mnist_folder: Path, mnist_directory: Path) -> None:
    for name, contents in mnist_files.CONTENTS.items():
        data = gzip.decompress((mnist_directory / name).read_bytes())
        assert len(data) == contents.size
        assert (hashlib.sha256(data).hexdigest() == contents.sha256) == (mnist_directory == mnist_folder)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<html>Please log in to this network</html>", "incorrect header"),
        (gzip.compress(b"not MNIST at all"), "it holds 16 bytes"),
        (gzip.compress(bytes(47_040_016), 1), "with sha256"),
        (gzip.compress(bytes(60_000_000), 1), "it holds more"),
        (gzip.compress(bytes(47_040_016), 1)[:-2000], "breaks off"),
        (b"", "it holds 0 bytes"),
    ],
    ids=["login page", "other content", "right size", "too large", "cut short", "empty"],
)
def test_a_wrong_download_is_an_error_and_leaves_nothing(tmp_path: Path, body: bytes, found: str) -> None:
    with serving({"train-images-idx3-ubyte.gz": body}) as url:
        with pytest.raises(errors.DataLossError) as caught:
            input_data.read_data_sets(tmp_path / "data", source_url=url)
    assert f"{url}/train-images-idx3-ubyte.gz is not MNIST's" in caught.value.message
    assert found in caught.value.message
    assert "Nothing was saved" in caught.value.message
    assert not (tmp_path / "data").exists()


def test_a_server_without_the_file_is_an_error(tmp_path: Path) -> None:
    with serving({}) as url:
        with pytest.raises(errors.NotFoundError, match=r"train-images-idx3-ubyte.gz answered 404"):
            input_data.read_data_sets(tmp_path, source_url=url)
    assert list(tmp_path.iterdir()) == []
