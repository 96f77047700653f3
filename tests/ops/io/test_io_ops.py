"""Ops on files and checkpoints."""

import os
import pathlib

import numpy as np
import pytest

import millpond as tf
from millpond.formats.bundle import BundleReader
from millpond.ops.io import io_ops

COVERS = {"ReadFile", "WriteFile", "MatchingFiles", "ShardedFilename", "ShardedFilespec", "StringJoin", "SaveV2",
          "RestoreV2", "MergeV2Checkpoints"}


def test_whole_files(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "deep" / "note")
    with tf.Session() as session:
        session.run(tf.write_file(path, b"\x00 hello"))
        assert session.run(tf.read_file(path)) == b"\x00 hello"
        with pytest.raises(tf.errors.NotFoundError, match="nothing; No such file") as raised:
            session.run(tf.read_file(str(tmp_path / "nothing"), name="reader"))
        assert "at node 'reader' (ReadFile)" in str(raised.value)
        with pytest.raises(tf.errors.InvalidArgumentError, match="filename must be a single string"):
            session.run(tf.read_file([path, path]))


def test_matching_files_are_sorted(tmp_path: pathlib.Path) -> None:
    for name in ("b.txt", "a.txt", "c.png"):
        (tmp_path / name).write_text("")
    with tf.Session() as session:
        found = session.run(tf.matching_files([f"{tmp_path}/*.txt", f"{tmp_path}/a.*"]))
        assert [os.path.basename(name) for name in found] == [b"a.txt", b"b.txt"]
        assert session.run(tf.matching_files(f"{tmp_path}/*.jpg")).shape == (0,)


def test_names_of_shards() -> None:
    with tf.Session() as session:
        assert session.run(io_ops.SHARDED_FILENAME("a/m", 3, 12)) == b"a/m-00003-of-00012"
        assert session.run(io_ops.SHARDED_FILESPEC("a/m", 12)) == b"a/m-?????-of-00012"


def test_string_join() -> None:
    with tf.Session() as session:
        joined = tf.string_join(["a", ["x", "y"], "c"], separator="-")
        assert joined.shape.as_list() == [2]
        assert list(session.run(joined)) == [b"a-x-c", b"a-y-c"]
    with pytest.raises(ValueError, match="[Ii]ncompatible|compatible"):
        tf.string_join([["x", "y"], ["a", "b", "c"]])


def test_slices_are_written_and_read(tmp_path: pathlib.Path) -> None:
    prefix = str(tmp_path / "m")
    with tf.Session() as session:
        session.run(
            io_ops.SAVE_V2(
                prefix, ["p", "p"], ["4 2 0,3:0,2", "4 2 3,1:0,2"], [tf.ones([3, 2]), tf.zeros([1, 2])]
            )
        )
        rows = io_ops.RESTORE_V2(prefix, ["p"], ["4 2 2,2:0,2"], dtypes=[tf.float32])[0]
        assert rows.shape.as_list() == [2, 2]
        assert session.run(rows).tolist() == [[1, 1], [0, 0]]
        wrong = io_ops.RESTORE_V2(prefix, ["p"], ["5 2 2,2:0,2"], dtypes=[tf.float32])[0]
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"p; expected shape \[5, 2\]"):
            session.run(wrong)


def test_merging(tmp_path: pathlib.Path) -> None:
    with tf.Session() as session:
        parts = [str(tmp_path / "temp" / name) for name in ("a", "b")]
        session.run(
            [io_ops.SAVE_V2(part, [os.path.basename(part)], [""], [tf.constant(1.0)]) for part in parts]
        )
        session.run(io_ops.MERGE_V2_CHECKPOINTS(parts, str(tmp_path / "m")))
    assert sorted(os.listdir(tmp_path)) == ["m.data-00000-of-00002", "m.data-00001-of-00002", "m.index"]
    with BundleReader(tmp_path / "m") as reader:
        assert reader.keys() == ["a", "b"]
        np.testing.assert_array_equal(reader.read("b"), np.float32(1))
