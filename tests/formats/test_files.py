"""Files appear whole or not at all, and the system's errors are those of `tf.errors`."""

import errno
import io
import os

import pytest

from millpond import errors
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
