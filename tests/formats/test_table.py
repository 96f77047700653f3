"""Sorted tables: TensorFlow's are read, what is written has its bytes, damage is refused."""

import struct

import pytest

from millpond.errors import DataLossError, InvalidArgumentError
from millpond.formats.checksum import masked_crc32c
from millpond.formats.table import TableReader, TableWriter
from millpond.formats.varint import write_varint

MAGIC = bytes.fromhex("57fb808b247547db")


def write(path, items, **options):
    with open(path, "wb") as file:
        writer = TableWriter(file, **options)
        for key, value in items:
            writer.add(key, value)
        writer.finish()
    return path


def read(path):
    with open(path, "rb") as file:
        return list(TableReader(file, str(path)).items())


def with_trailer(block, kind=0):
    content = block + bytes([kind])
    return content + struct.pack("<I", masked_crc32c(content))


def table_of_block(block, kind=0):
    """A table of one block, whose keys are all below ff."""
    data = with_trailer(block, kind)
    handle = write_varint(0) + write_varint(len(block))
    index = b"\x00\x01" + bytes([len(handle)]) + b"\xff" + handle + struct.pack("<II", 0, 1)
    footer = b"\x00\x00" + write_varint(len(data)) + write_varint(len(index))
    return data + with_trailer(index) + footer.ljust(40, b"\0") + MAGIC


@pytest.mark.parametrize("name", ["v2.index", "many.index", "far.index", "v1"])
def test_tables_of_tensorflow_are_read_and_written_alike(tensorflow_files, tmp_path, name):
    items = read(tensorflow_files / name)
    assert items[0][0] == b""
    assert write(tmp_path / "ours", items).read_bytes() == (tensorflow_files / name).read_bytes()


@pytest.mark.parametrize("block_bytes", [1, 100, 1 << 18])
@pytest.mark.parametrize("count", [0, 1, 16, 17, 500])
def test_tables_round_trip_whatever_their_blocks(tmp_path, count, block_bytes):
    items = [(b"key/%05d/%s" % (n, b"\xff" * (n % 3)), b"value" * (n % 7)) for n in range(count)]
    path = write(tmp_path / "table", items, block_bytes=block_bytes)
    assert read(path) == items
    with open(path, "rb") as file:
        table = TableReader(file, "table")
        for key, value in items:
            assert table.get(key) == value
        for missing in (b"", b"key", b"key/00003/x", b"\xff\xff"):
            assert table.get(missing) is None


def test_keys_of_all_bytes_are_found(tmp_path):
    items = sorted(
        (bytes([first, second]), bytes([second])) for first in (0, 1, 254, 255) for second in range(256)
    )
    path = write(tmp_path / "table", items, block_bytes=64)
    with open(path, "rb") as file:
        table = TableReader(file, "table")
        assert all(table.get(key) == value for key, value in items)


def test_keys_must_ascend(tmp_path):
    with pytest.raises(InvalidArgumentError, match="must ascend, but b'a' comes after b'b'"):
        write(tmp_path / "table", [(b"b", b""), (b"a", b"")])
    with pytest.raises(InvalidArgumentError, match="b'a' comes after b'a'"):
        write(tmp_path / "table", [(b"a", b""), (b"a", b"")])


@pytest.mark.slow
def test_damage_is_refused(tmp_path, refuses_damage):
    items = [(b"name/%02d" % n, bytes([n]) * n) for n in range(30)]
    path = write(tmp_path / "table.x", items, block_bytes=120)
    # What means nothing: the handle of the metaindex and the zeros of the footer.
    refused = refuses_damage(path, lambda: read(path), lambda found: found == items, flips=1000)
    assert refused > 0.95


def test_snappy_blocks_are_read(tmp_path):
    block = b"\x00\x01\x08k" + b"abcabcab" + struct.pack("<II", 0, 1)
    snappy = (
        bytes([len(block)])
        + bytes([6 << 2])
        + block[:7]
        + bytes([1 << 2 | 1, 3])
        + bytes([7 << 2])
        + block[12:]
    )
    (tmp_path / "table").write_bytes(table_of_block(snappy, kind=1))
    assert read(tmp_path / "table") == [(b"k", b"abcabcab")]


RESTART = struct.pack("<II", 0, 1)


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "too short for a table"),
        (bytes(100), "bad magic number"),
        (bytes(40) + MAGIC, "reaches beyond the file"),
        (b"\xff" * 40 + MAGIC, "no whole number"),
        (table_of_block(RESTART, kind=2), "of the unknown type 2"),
        (table_of_block(RESTART, kind=1), "snappy"),
        (table_of_block(b""), "0 restarts in a block of 0 bytes"),
        (table_of_block(struct.pack("<I", 2**32 - 1)), "4294967295 restarts"),
        (table_of_block(b"\x01\x00\x00" + RESTART), "reaches beyond it"),
        (table_of_block(b"\x00\x01" + b"\xff" * 9 + b"\x01" + RESTART), "reaches beyond it"),
        (table_of_block(b"\x00\x01\x00b" + b"\x00\x01\x00a" + RESTART), "b'a' comes after b'b'"),
        (table_of_block(b"\x00\x01\x00b\xff" + RESTART), "reaches beyond it"),
        (table_of_block(b"\xff" * 12 + RESTART), "no whole number"),
    ],
)
def test_hostile_tables_are_refused(tmp_path, content, reason, little_memory):
    (tmp_path / "table").write_bytes(content)
    with little_memory(), pytest.raises(DataLossError, match=f"table.*{reason}"):
        read(tmp_path / "table")


def test_keys_cannot_grow_without_limit(tmp_path, little_memory):
    # Each key has all of the one before it and a byte more: 20,000 of them would spell out 200 MB.
    entries, length = bytearray(), 0
    for _ in range(20_000):
        entries += write_varint(length) + b"\x01\x00a"
        length += 1
    (tmp_path / "table").write_bytes(table_of_block(bytes(entries) + RESTART))
    with little_memory(), pytest.raises(DataLossError, match="spells out too many keys"):
        read(tmp_path / "table")
