"""TFRecord files: what TensorFlow wrote is read, what is written has its bytes, damage is refused."""

import gzip
import struct
import zlib

import pytest

from millpond.errors import DataLossError, InvalidArgumentError, NotFoundError
from millpond.formats.checksum import masked_crc32c
from millpond.formats.records import RecordReader, RecordWriter

COMPRESSIONS = ["", "ZLIB", "GZIP"]
RECORDS = [b"first", b"", b"\x00\xff" * 50, b"last"]


def write(path, records, compression="", **options):
    with RecordWriter(path, compression, **options) as writer:
        for record in records:
            writer.write(record)
    return path


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_files_of_tensorflow_are_read(tensorflow_files, compression):
    path = tensorflow_files / f"records{compression.lower()}.tfrecord"
    assert list(RecordReader(path, compression)) == RECORDS


def test_the_bytes_are_those_of_tensorflow(tensorflow_files, tmp_path):
    ours = write(tmp_path / "ours", RECORDS).read_bytes()
    assert ours == (tensorflow_files / "records.tfrecord").read_bytes()
    assert zlib.decompress(write(tmp_path / "ours", RECORDS, "ZLIB").read_bytes()) == ours
    assert gzip.decompress(write(tmp_path / "ours", RECORDS, "GZIP").read_bytes()) == ours


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_large_records_round_trip(tmp_path, compression):
    records = [bytes(range(256)) * 5000, b"x", bytes(3_000_000)]
    path = write(tmp_path / "large", records, compression)
    assert list(RecordReader(path, compression)) == records


def test_a_reader_can_begin_where_another_one_was(tmp_path):
    for compression in COMPRESSIONS:
        path = write(tmp_path / "data", RECORDS, compression)
        with RecordReader(path, compression) as reader:
            next(reader), next(reader)
            offset = reader.offset
        assert offset == 5 + 16 + 16
        assert list(RecordReader(path, compression, offset=offset)) == RECORDS[2:]


def test_what_is_flushed_can_be_read_while_the_writer_is_open(tmp_path):
    with RecordWriter(tmp_path / "data") as writer:
        writer.write(b"early")
        writer.flush()
        assert list(RecordReader(tmp_path / "data")) == [b"early"]
    writer.close()  # a second time, which does nothing


def test_compression_options_reach_zlib(tmp_path):
    records = [b"abcdefgh" * 1000]
    stored = write(tmp_path / "stored", records, "ZLIB", level=0)
    small = write(tmp_path / "small", records, "ZLIB", level=9, window_bits=9, memory_level=1)
    assert stored.stat().st_size > 8000 > 300 > small.stat().st_size
    assert small.read_bytes()[0] >> 4 == 1  # a window of 2**(8 + 1) bytes
    assert list(RecordReader(small, "ZLIB")) == list(RecordReader(stored, "ZLIB")) == records


def test_gzip_members_may_follow_each_other_with_padding(tmp_path):
    first, second = (write(tmp_path / "part", [part], "GZIP").read_bytes() for part in (b"one", b"two"))
    (tmp_path / "whole").write_bytes(first + second + bytes(100))
    assert list(RecordReader(tmp_path / "whole", "GZIP")) == [b"one", b"two"]
    (tmp_path / "whole").write_bytes(first + b"garbage")
    with pytest.raises(DataLossError, match="cannot decompress"):
        list(RecordReader(tmp_path / "whole", "GZIP"))


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_damage_is_refused(tmp_path, compression, refuses_damage):
    path = write(tmp_path / "records.x", RECORDS, compression)

    def read():
        return list(RecordReader(path, compression))

    # A file may end after any whole record, and gzip does not protect its header's time and system.
    refused = refuses_damage(path, read, lambda records: records == RECORDS[: len(records)])
    assert refused > 0.8


def test_the_records_before_the_damage_are_read_and_the_place_is_named(tmp_path):
    path = write(tmp_path / "data", RECORDS)
    content = bytearray(path.read_bytes())
    content[5 + 16 + 16 + 12] ^= 1
    path.write_bytes(content)
    reader = RecordReader(path)
    assert [next(reader), next(reader)] == RECORDS[:2]
    with pytest.raises(
        DataLossError, match="data: corrupted record at 37: the checksum of the record of 100 bytes"
    ):
        next(reader)
    assert list(reader) == []


@pytest.mark.parametrize("length", [2**64 - 1, 2**63, 2**40, 2**31 + 1, 2**27])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_absurd_lengths_allocate_nothing(tmp_path, compression, length, little_memory):
    header = struct.pack("<Q", length)
    content = header + struct.pack("<I", masked_crc32c(header)) + b"short"
    pack = {"": bytes, "ZLIB": zlib.compress, "GZIP": gzip.compress}[compression]
    (tmp_path / "absurd").write_bytes(pack(content))
    with little_memory(), pytest.raises(DataLossError, match=f"absurd: corrupted record at 0: .* {length}"):
        list(RecordReader(tmp_path / "absurd", compression))


def test_mistakes_of_the_caller_are_explained(tmp_path):
    with pytest.raises(NotFoundError, match="missing; No such file or directory"):
        RecordReader(tmp_path / "missing")
    with pytest.raises(NotFoundError, match="nowhere"):
        RecordWriter(tmp_path / "nowhere" / "data")
    with pytest.raises(InvalidArgumentError, match="'SNAPPY'; expected '', 'ZLIB' or 'GZIP'"):
        RecordReader(tmp_path / "missing", "SNAPPY")
    with (
        RecordWriter(tmp_path / "data") as writer,
        pytest.raises(TypeError, match="record of bytes, got str: 'text'"),
    ):
        writer.write("text")
