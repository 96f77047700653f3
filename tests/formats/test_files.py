"""Files appear whole or not at all, and the system's errors are those of `tf.errors`."""

import errno
import io
import os
import pathlib
import threading

import numpy as np
import pytest

from millpond import errors
from millpond.formats.bundle import BundleWriter
from millpond.formats.bundle_index import write_index
from millpond.formats.files import AtomicFile, file_errors, open_input


def test_a_file_appears_when_it_is_published(tmp_path):
    path = tmp_path / "index"
    path.write_bytes(b"old")
    with AtomicFile(path) as file:
        file.write(b"ne")
        file.write(memoryview(b"w"))
        file.sync()
        assert path.read_bytes() == b"old"
        file.publish()
    assert path.read_bytes() == b"new" and os.listdir(tmp_path) == ["index"]


def test_what_is_not_published_is_removed(tmp_path):
    with AtomicFile(tmp_path / "index") as file:
        file.write(bytes(20 << 20))  # enough to start writing before the end
        assert len(os.listdir(tmp_path)) == 1
    assert os.listdir(tmp_path) == []


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    path = tmp_path / "index"
    path.write_bytes(b"old")
    file = AtomicFile(path)
    file._file.close()

    class FullDisk(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(file, "_file", io.BufferedWriter(FullDisk()))
    file.write(b"a little, which waits in the buffer")
    with pytest.raises(errors.ResourceExhaustedError, match="index; No space left"), file:
        file.publish()
    assert os.listdir(tmp_path) == ["index"] and path.read_bytes() == b"old"


def test_files_have_the_permissions_of_the_user(tmp_path):
    with AtomicFile(tmp_path / "ours") as file:
        file.publish()
    (tmp_path / "plain").touch()
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize(
    "number, error",
    [
        (errno.ENOENT, errors.NotFoundError),
        (errno.EACCES, errors.PermissionDeniedError),
        (errno.EISDIR, errors.FailedPreconditionError),
        (errno.ENOSPC, errors.ResourceExhaustedError),
        (errno.EEXIST, errors.AlreadyExistsError),
        (errno.ENAMETOOLONG, errors.InvalidArgumentError),
        (errno.EIO, errors.UnknownError),
    ],
)
def test_errors_of_the_system_have_their_class(number, error):
    with pytest.raises(error, match=f"model/w; {os.strerror(number)}"), file_errors("model/w"):
        raise OSError(number, os.strerror(number))


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(errors.FailedPreconditionError, match="Is a directory"):
        open_input(tmp_path)


# What killed processes leave.


def die(writer: AtomicFile | BundleWriter) -> None:
    """Lets go of what is being written, as the system does for a process that was killed."""
    (writer._data if isinstance(writer, BundleWriter) else writer)._file.close()


def test_temporary_files_of_killed_processes_are_removed_by_the_next_one(tmp_path: pathlib.Path) -> None:
    def begin() -> AtomicFile:
        file = AtomicFile(tmp_path / "a[1]")
        file.write(b"x")
        file.sync()
        return file

    for _ in range(3):
        die(begin())
        assert len(os.listdir(tmp_path)) == 1, "the one before is gone"
    with AtomicFile(tmp_path / "a[1]") as file:
        file.publish()
    assert os.listdir(tmp_path) == ["a[1]"]


def test_temporary_files_that_are_worked_on_stay(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a"
    first = AtomicFile(path)
    first.write(b"first")
    die(AtomicFile(path))
    with AtomicFile(path) as second:
        second.write(b"second")
        assert len(os.listdir(tmp_path)) == 2
        first.sync()
        with AtomicFile(path) as third:
            third.publish()
        second.publish()
    first.publish()
    assert (os.listdir(tmp_path), path.read_bytes()) == (["a"], b"first")


def test_many_writers_of_one_file_do_not_take_each_other_for_dead(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a"
    failures = []

    def write(number: int) -> None:
        try:
            for _ in range(30):
                with AtomicFile(path) as file:
                    file.write(bytes([number]) * 1000)
                    file.publish()
        except Exception as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert os.listdir(tmp_path) == ["a"] and len(set(path.read_bytes())) == 1


def test_a_checkpoint_that_is_written_again_removes_what_was_left(tmp_path: pathlib.Path) -> None:
    def begin(name: str) -> BundleWriter:
        writer = BundleWriter(tmp_path / name)
        writer.add("a", np.ones(1000))
        return writer

    with begin("model"):
        pass
    for _ in range(3):
        die(begin("model"))
    die(write_index(tmp_path / "model", 2, {}))
    die(AtomicFile(tmp_path / "model.data-00001-of-00002"))
    die(begin("model-2"))
    assert len(os.listdir(tmp_path)) > 4
    with begin("model") as alive:
        assert not [name for name in os.listdir(tmp_path) if name.startswith("model.index.")]
        die(begin("model"))
        alive.add("b", np.zeros(3))
    with begin("model"):
        pass
    names = sorted(os.listdir(tmp_path))
    assert names[1:] == ["model.data-00000-of-00001", "model.index"]
    assert names[0].startswith("model-2.data-00000-of-00001.tempstate"), "of another checkpoint"
