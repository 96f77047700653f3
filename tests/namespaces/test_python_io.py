"""`tf.python_io` and the messages that records usually hold."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

import millpond as tf

FILES = pathlib.Path(__file__).parents[1] / "data" / "tensorflow"
RECORDS = [b"first", b"", b"\x00\xff" * 50, b"last"]
Kinds = tf.python_io.TFRecordCompressionType


@pytest.mark.parametrize(
    "options",
    [None, "", "GZIP", Kinds.ZLIB, tf.python_io.TFRecordOptions(Kinds.GZIP),
     tf.python_io.TFRecordOptions("ZLIB", compression_level=9, window_bits=12, mem_level=4)],
    ids=["none", "empty", "name", "number", "options", "level"],
)
def test_records_come_back(tmp_path: pathlib.Path, options: Any) -> None:
    path = tmp_path / "data"
    with tf.python_io.TFRecordWriter(path, options) as writer:
        for record in RECORDS:
            writer.write(record)
        writer.write("a string")
    compression = options if not isinstance(options, tf.python_io.TFRecordOptions) else \
        tf.python_io.TFRecordOptions(options.compression_type)
    assert list(tf.python_io.tf_record_iterator(str(path), compression)) == [*RECORDS, b"a string"]


@pytest.mark.parametrize("compression", ["", "ZLIB", "GZIP"])
def test_files_of_tensorflow_are_read(compression: str) -> None:
    path = FILES / f"records{compression.lower()}.tfrecord"
    assert list(tf.io.tf_record_iterator(path, compression)) == RECORDS


def test_what_was_flushed_can_be_read_before_the_end(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "data"
    writer = tf.io.TFRecordWriter(str(path))
    writer.write(b"one")
    writer.flush()
    assert list(tf.python_io.tf_record_iterator(path)) == [b"one"]
    writer.close()
    writer.close()
    with pytest.raises(tf.errors.FailedPreconditionError, match="Writer is closed: .*data"):
        writer.write(b"two")


def test_errors_name_the_file(tmp_path: pathlib.Path) -> None:
    with pytest.raises(tf.errors.NotFoundError, match="nowhere"):
        tf.python_io.tf_record_iterator(tmp_path / "nowhere")
    with pytest.raises(tf.errors.NotFoundError, match="no/folder"):
        tf.python_io.TFRecordWriter(str(tmp_path / "no" / "folder"))
    with pytest.raises(tf.errors.DataLossError, match="recordsgzip.tfrecord: corrupted record at 0"):
        list(tf.python_io.tf_record_iterator(FILES / "recordsgzip.tfrecord"))
    for wrong in ("FOO", 7):
        with pytest.raises(ValueError, match="Not a valid compression_type"):
            tf.python_io.TFRecordOptions(wrong)


def test_compression_types_have_names() -> None:
    name = tf.python_io.TFRecordOptions.get_compression_type_string
    assert [name(kind) for kind in (None, "", Kinds.NONE, Kinds.ZLIB, "GZIP", tf.python_io.TFRecordOptions(2))] == \
        ["", "", "", "ZLIB", "GZIP", "GZIP"]


def test_examples_are_written_and_read(tmp_path: pathlib.Path) -> None:
    example = tf.train.Example(features=tf.train.Features(feature={
        "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[7])),
        "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"\x00\x01"])),
        "weight": tf.train.Feature(float_list=tf.train.FloatList(value=[0.5])),
    }))
    with tf.python_io.TFRecordWriter(str(tmp_path / "data")) as writer:
        writer.write(example.SerializeToString())
    (record,) = tf.python_io.tf_record_iterator(str(tmp_path / "data"))
    feature = tf.train.Example.FromString(record).features.feature
    assert feature["label"].int64_list.value[:] == [7] and feature["image"].bytes_list.value[:] == [b"\x00\x01"]
    assert feature["weight"].WhichOneof("kind") == "float_list"


def test_sequence_examples_of_tensorflow_are_read() -> None:
    sequence = tf.train.SequenceExample.FromString((FILES / "sequence_example.pb").read_bytes())
    steps = sequence.feature_lists.feature_list["steps"].feature
    assert [list(step.int64_list.value) for step in steps] == [[], [1], [2, 2]]
    assert isinstance(sequence.feature_lists, tf.train.FeatureLists)
    assert isinstance(sequence.feature_lists.feature_list["steps"], tf.train.FeatureList)
