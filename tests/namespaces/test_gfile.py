"""`tf.gfile` and `tf.io.gfile`: files and folders of this machine, and of other file systems through fsspec."""

from __future__ import annotations

import json
import pathlib
import pickle
import sys
from typing import Any

import fsspec
import numpy as np
import pytest

import millpond as tf

GFile = tf.gfile.GFile


@pytest.fixture(params=["local", "file", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Any:
    """A new folder: of this machine, the same as a URL, or of a remote file system."""
    if request.param == "local":
        return str(tmp_path)
    if request.param == "file":
        return f"file://{tmp_path}"
    files = fsspec.filesystem("memory")
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    files.mkdir("/root")
    request.addfinalizer(files.store.clear)
    return "memory://root"


# Files.


def test_text_and_bytes(root: str) -> None:
    path = f"{root}/a"
    with GFile(path, "w") as file:
        file.write("héllo\n")
        file.write(b"b\n")
        file.write("c")
        assert file.tell() == 10
    with GFile(path) as file:
        assert (file.read(3), file.tell(), file.readline(), file.readlines(), file.read()) == \
            ("hé", 3, "llo\n", ["b\n", "c"], "")
        assert file.size() == 10
    with GFile(path, "rb") as file:
        assert (file.read(3), list(file)) == (b"h\xc3\xa9", [b"llo\n", b"b\n", b"c"])
        file.seek(-1, 2)
        assert file.read() == b"c"
        file.seek(position=7)
        assert file.next() == b"b\n"
    assert tf.gfile.Open(path).read() == tf.gfile.FastGFile(path, "r").read() == "héllo\nb\nc"


def test_appending_and_updating(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a"
    GFile(path, "w").close()
    assert not tf.gfile.Exists(path), "nothing was written, so nothing was opened"
    for text in ("one", "two"):
        with GFile(path, "a") as file:
            file.write(text)
    assert path.read_text() == "onetwo"
    with GFile(path, "a") as file:
        assert file.tell() == 6
    with GFile(path, "w+") as file:
        file.write("new")
        file.flush()
        assert path.read_text() == "new" and file.size() == 3
        assert file.read() == "new"
    assert file.closed and (file.name, file.mode) == (path, "w+")


@pytest.mark.parametrize("mode", ["w+", "r+", "a+", "wb+", "r+b", "ab+"])
def test_reading_and_writing_have_places_of_their_own(root: str, mode: str) -> None:
    def text(value: str) -> Any:
        return value.encode() if "b" in mode else value

    path = f"{root}/a"
    with GFile(path, "w") as file:
        file.write("old\n")
    with GFile(path, mode) as file:
        # Nothing is emptied before something is written.
        assert (file.readline(), file.tell(), file.read()) == (text("old\n"), 4, text(""))
        file.seek(0)
        file.write("one\n")
        file.write(b"two\n")
        assert file.tell() == 0, "writing does not move the place of reading"
        file.flush()
        kept = [text("old\n")] if "a" in mode else []
        assert file.read(1) == ([*kept, text("one\n")])[0][:1]
        file.seek(0)
        assert list(file) == [*kept, text("one\n"), text("two\n")]
        file.write("three")
        file.flush()
        assert (file.readline(), file.readline()) == (text("three"), text(""))
        file.seek(-3, 2)
        assert (file.read(2), file.tell()) == (text("re"), file.size() - 1)
    assert GFile(path).read() == ("old\n" if "a" in mode else "") + "one\ntwo\nthree"


def test_a_file_that_does_not_exist_is_made_by_the_first_write(tmp_path: pathlib.Path) -> None:
    for mode in ("w+", "r+", "a+"):
        path = tmp_path / mode
        with GFile(path, mode) as file:
            with pytest.raises(tf.errors.NotFoundError, match="No such file"):
                file.read()
            assert not path.exists()
            file.write("x")
            file.flush()
            assert file.read() == "x"


def test_lines_end_without_carriage_returns(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a").write_bytes(b"a\r\nb\rc\n\r\nd")
    assert GFile(tmp_path / "a").readlines() == ["a\n", "bc\n", "\n", "d"]
    assert list(GFile(tmp_path / "a", "rb")) == [b"a\n", b"bc\n", b"\n", b"d"]
    assert GFile(tmp_path / "a").read() == "a\r\nb\rc\n\r\nd"


def test_places_that_a_file_does_not_have(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    with GFile(tmp_path / "a") as file:
        file.seek(3)
        for offset, whence in ((-1, 0), (-4, 1), (-11, 2)):
            with pytest.raises(tf.errors.InvalidArgumentError, match="negative position: -1"):
                file.seek(offset, whence)
        with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid whence argument: 5"):
            file.seek(0, 5)
        assert file.read(2) == "34"
        with pytest.raises(tf.errors.OutOfRangeError, match="reached end of file: seeking to 100 of 10"):
            file.seek(100)
        assert (file.tell(), file.read()) == (10, "")
        with pytest.raises(TypeError, match="integer"):
            file.seek(1.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Expected binary or unicode string, got 5"):
        GFile(tmp_path / "b", "w").write(5)  # type: ignore[arg-type]
    assert not (tmp_path / "b").exists()


def test_libraries_take_it_for_a_file(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "a")
    with GFile(path, "wb") as file:
        np.save(file, np.arange(3))
    with GFile(path, "rb") as file:
        assert np.load(file).tolist() == [0, 1, 2]
    with GFile(path, "wb") as file:
        pickle.dump({"a": 1}, file)
    with GFile(path, "rb") as file:
        assert pickle.load(file) == {"a": 1}
    with GFile(path, "w") as file:
        json.dump([1, "ä"], file)
    with GFile(path) as file:
        assert json.load(file) == [1, "ä"]


def test_what_a_mode_does_not_allow(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "a")
    with pytest.raises(tf.errors.PermissionDeniedError, match="isn't open for reading: .*a has the mode 'w'"):
        GFile(path, "w").read()
    with pytest.raises(tf.errors.PermissionDeniedError, match="isn't open for reading"):
        GFile(path, "a").seek(0)
    with pytest.raises(tf.errors.PermissionDeniedError, match="isn't open for writing"):
        GFile(path, "r").write("x")
    with pytest.raises(tf.errors.InvalidArgumentError, match="mode is not 'r' or .*'q'"):
        GFile(path, "q")
    with pytest.raises(tf.errors.NotFoundError, match="a; No such file"):
        GFile(path).read()
    with pytest.raises(TypeError, match="offset argument required"):
        GFile(path, "w").seek()


# Folders.


def test_folders(root: str) -> None:
    tf.gfile.MakeDirs(f"{root}/d/e/f")
    tf.gfile.MakeDirs(f"{root}/d/e/f")
    tf.gfile.MkDir(f"{root}/d/g")
    for name in ("a", "d/b", "d/e/c"):
        with GFile(f"{root}/{name}", "w") as file:
            file.write(name)
    assert tf.gfile.ListDirectory(root) == ["a", "d"]
    assert tf.gfile.ListDirectory(f"{root}/d") == ["b", "e", "g"]
    assert [tf.gfile.IsDirectory(f"{root}/{name}") for name in ("a", "d", "nothing")] == [False, True, False]
    assert [tf.gfile.Exists(f"{root}/{name}") for name in ("a", "d", "nothing")] == [True, True, False]
    local = root.removeprefix("file://")
    found = [path.removeprefix(local).removeprefix("memory:///root") for path in tf.gfile.Glob(f"{root}/d/*")]
    assert [path for path in found if path != "/d/e/"] == ["/d/b", "/d/e", "/d/g"]
    walked = [(top[len(root):], folders, files) for top, folders, files in tf.gfile.Walk(root)]
    assert walked == [("", ["d"], ["a"]), ("/d", ["e", "g"], ["b"]), ("/d/e", ["f"], ["c"]), ("/d/e/f", [], []),
                      ("/d/g", [], [])]
    assert [top[len(root):] for top, _, _ in tf.gfile.Walk(root, in_order=False)] == \
        ["/d/e/f", "/d/e", "/d/g", "/d", ""]
    tf.gfile.DeleteRecursively(f"{root}/d")
    assert tf.gfile.ListDirectory(root) == ["a"]


def test_copying_and_renaming(root: str) -> None:
    with GFile(f"{root}/a", "w") as file:
        file.write("A")
    tf.gfile.Copy(f"{root}/a", f"{root}/b")
    with pytest.raises(tf.errors.AlreadyExistsError, match="b; file already exists"):
        tf.gfile.Copy(f"{root}/a", f"{root}/b")
    tf.gfile.Copy(f"{root}/a", f"{root}/b", overwrite=True)
    with pytest.raises(tf.errors.AlreadyExistsError, match="b; file already exists"):
        tf.gfile.Rename(f"{root}/a", f"{root}/b")
    tf.gfile.Rename(oldname=f"{root}/a", newname=f"{root}/c")
    tf.gfile.Rename(f"{root}/c", f"{root}/b", overwrite=True)
    assert tf.gfile.ListDirectory(root) == ["b"]
    status = tf.gfile.Stat(f"{root}/b")
    assert (status.length, status.is_directory) == (1, False) and status.mtime_nsec > 0
    assert tf.gfile.Stat(root).is_directory
    tf.gfile.Remove(f"{root}/b")
    assert tf.gfile.ListDirectory(root) == []


def test_what_is_missing_is_named(root: str) -> None:
    missing = f"{root}/nothing"
    for call in (tf.gfile.Remove, tf.gfile.DeleteRecursively, tf.gfile.Stat, tf.gfile.ListDirectory,
                 lambda path: GFile(path).read(), lambda path: tf.gfile.Copy(path, root + "/x"),
                 lambda path: tf.gfile.Rename(path, root + "/x")):
        with pytest.raises(tf.errors.NotFoundError, match="nothing"):
            call(missing)
    assert list(tf.gfile.Walk(missing)) == [] and tf.gfile.Glob(f"{missing}*") == []


def test_errors_of_folders(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    for call, error in ((lambda: tf.gfile.MkDir(tmp_path / "a" / "b"), tf.errors.NotFoundError),
                        (lambda: tf.gfile.MakeDirs(tmp_path / "file" / "b"), tf.errors.FailedPreconditionError),
                        (lambda: tf.gfile.Remove(tmp_path), tf.errors.FailedPreconditionError),
                        (lambda: tf.gfile.Copy(tmp_path, tmp_path / "c"), tf.errors.FailedPreconditionError),
                        (lambda: tf.gfile.ListDirectory(tmp_path / "file"), tf.errors.NotFoundError)):
        with pytest.raises(error, match=str(tmp_path)):
            call()
    with pytest.raises(TypeError, match="Expected a path"):
        tf.gfile.Exists(3)


def test_a_folder_that_is_there_is_no_error(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for make in (tf.gfile.MkDir, tf.gfile.MakeDirs):
        make(tmp_path)
        make("")  # os.path.dirname("model")
        make("a")
        make("a")
    assert tf.gfile.ListDirectory(tmp_path) == ["a"]


def test_patterns(tmp_path: pathlib.Path) -> None:
    for name in ("a1", "a2", "b", ".hidden"):
        (tmp_path / name).write_text("")
    def names(pattern: Any) -> list[str]:
        return [pathlib.Path(path).name for path in tf.gfile.Glob(pattern)]

    assert names(str(tmp_path / "*")) == [".hidden", "a1", "a2", "b"]
    assert names(tmp_path / "a?") == ["a1", "a2"]
    assert names([str(tmp_path / "[b-z]"), str(tmp_path / "a2"), str(tmp_path / "a*")]) == ["a1", "a2", "b"]


def test_files_move_between_machines(root: str, tmp_path: pathlib.Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"\x00" * 3_000_000)
    tf.gfile.Copy(source, f"{root}/target")
    assert tf.gfile.Stat(f"{root}/target").length == 3_000_000
    if root.startswith("memory"):
        with pytest.raises(tf.errors.UnimplementedError, match="different file systems"):
            tf.gfile.Rename(source, f"{root}/renamed")


def test_remote_paths_need_fsspec(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(tf.errors.UnimplementedError, match="scheme 'nosuch' not implemented .*nosuch://a/b"):
        tf.gfile.Exists("nosuch://a/b")
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(tf.errors.UnimplementedError, match="scheme 'gs' not implemented .*need the package fsspec"):
        GFile("gs://bucket/a").read()


def test_later_names(tmp_path: pathlib.Path) -> None:
    files = tf.io.gfile
    path = files.join(str(tmp_path), "a", "b")
    assert path == f"{tmp_path}/a/b" and files.join("a", "/b") == "/b"
    files.makedirs(path)
    with files.GFile(path + "/c", "w") as file:
        file.write("x")
    files.copy(src=path + "/c", dst=path + "/d")
    files.rename(path + "/d", path + "/e")
    assert files.listdir(path) == ["c", "e"] and files.glob(path + "/e") == [path + "/e"]
    assert list(files.walk(path, topdown=True, onerror=None)) == [(path, [], ["c", "e"])]
    assert files.exists(path) and files.isdir(path) and files.stat(path + "/e").length == 1
    files.remove(path + "/e")
    files.mkdir(path + "/f")
    files.rmtree(str(tmp_path / "a"))
    errors: list[Exception] = []
    assert list(files.walk(path, onerror=errors.append)) == [] and len(errors) == 1
