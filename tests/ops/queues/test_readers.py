"""Readers: the records of files, whose names come from a queue."""

from __future__ import annotations

from pathlib import Path

import pytest

import millpond as tf

COVERS = ["TextLineReaderV2", "WholeFileReaderV2", "FixedLengthRecordReaderV2", "TFRecordReaderV2", "IdentityReaderV2",
          "ReaderReadV2", "ReaderReadUpToV2", "ReaderNumRecordsProducedV2", "ReaderNumWorkUnitsCompletedV2",
          "ReaderResetV2"]


def files(sess: tf.Session, *paths: object) -> tf.FIFOQueue:
    """A closed queue of file names."""
    queue = tf.FIFOQueue(10, tf.string, shapes=[[]])
    sess.run(queue.enqueue_many([[str(path) for path in paths]]))
    sess.run(queue.close())
    return queue


def all_of(sess: tf.Session, record: object) -> list[tuple[bytes, bytes]]:
    found = []
    try:
        while True:
            found.append(tuple(sess.run(record)))
    except tf.errors.OutOfRangeError:
        return found


def test_lines_with_their_places(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"head\na\r\n\nb")
    two.write_bytes(b"head\nc\n")
    with tf.Session() as sess:
        reader = tf.TextLineReader(skip_header_lines=1)
        found = all_of(sess, reader.read(files(sess, one, two)))
        assert found == [(f"{one}:2".encode(), b"a"), (f"{one}:3".encode(), b""), (f"{one}:4".encode(), b"b"),
                         (f"{two}:2".encode(), b"c")]
        assert sess.run([reader.num_records_produced(), reader.num_work_units_completed()]) == [4, 2]
        sess.run(reader.reset())
        assert sess.run(reader.num_records_produced()) == 0


def test_whole_files_and_identities(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\0whole\n")
    with tf.Session() as sess:
        assert all_of(sess, tf.WholeFileReader().read(files(sess, path))) == [(str(path).encode(), b"\0whole\n")]
        assert all_of(sess, tf.IdentityReader().read(files(sess, "a", "b"))) == [(b"a", b"a"), (b"b", b"b")]


def test_records_of_fixed_length(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"HHaabbccdF")
    with tf.Session() as sess:
        reader = tf.FixedLengthRecordReader(record_bytes=2, header_bytes=2, footer_bytes=1)
        found = all_of(sess, reader.read(files(sess, path)))
        assert found == [(f"{path}:{i}".encode(), value) for i, value in enumerate([b"aa", b"bb", b"cc"])]
        overlapping = tf.FixedLengthRecordReader(record_bytes=3, header_bytes=2, hop_bytes=2)
        assert [value for _, value in all_of(sess, overlapping.read(files(sess, path)))] == [b"aab", b"bbc", b"ccd"]
        with pytest.raises(tf.errors.InvalidArgumentError, match="record_bytes must be > 0"):
            sess.run(tf.FixedLengthRecordReader(record_bytes=0).read(files(sess, path)))


@pytest.mark.parametrize("compression", ["", "GZIP", "ZLIB"])
def test_records_of_record_files(tmp_path: Path, compression: str) -> None:
    path = str(tmp_path / "records")
    options = tf.python_io.TFRecordOptions(compression)
    with tf.python_io.TFRecordWriter(path, options) as writer:
        for record in (b"one", b"", b"three"):
            writer.write(record)
    with tf.Session() as sess:
        found = all_of(sess, tf.TFRecordReader(options=options).read(files(sess, path)))
        assert found == [(f"{path}:{place}".encode(), value)
                         for place, value in ((0, b"one"), (19, b""), (35, b"three"))]


def test_several_records_of_one_file_at_once(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a\nb\nc\n")
    two.write_text("d\n")
    with tf.Session() as sess:
        _, lines = tf.TextLineReader().read_up_to(files(sess, one, two), 2)
        assert [sess.run(lines).tolist() for _ in range(3)] == [[b"a", b"b"], [b"c"], [b"d"]]
        with pytest.raises(tf.errors.OutOfRangeError):
            sess.run(lines)


def test_a_file_that_is_not_there_or_damaged_is_named_and_passed_over(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    with tf.python_io.TFRecordWriter(str(good)) as writer:
        writer.write(b"record")
    bad.write_bytes(good.read_bytes()[:-3])
    with tf.Session() as sess:
        record = tf.TFRecordReader().read(files(sess, tmp_path / "none", bad, good))
        with pytest.raises(tf.errors.NotFoundError, match="none"):
            sess.run(record)
        with pytest.raises(tf.errors.DataLossError, match="bad"):
            sess.run(record)
        assert sess.run(record).value == b"record"


def test_a_record_is_given_back_where_the_run_fails(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("a\nb\n")
    with tf.Session() as sess:
        line = tf.TextLineReader().read(files(sess, path)).value
        empty = files(sess, path).dequeue_many(5)
        with pytest.raises(tf.errors.OutOfRangeError):
            sess.run([line, empty])
        assert [sess.run(line), sess.run(line)] == [b"a", b"b"]
