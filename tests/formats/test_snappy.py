"""Decompression of snappy blocks."""

import random

import pytest

from millpond.errors import DataLossError
from millpond.formats.snappy import decompress


def test_every_kind_of_element_is_understood():
    def literal(data):
        return bytes([len(data) - 1 << 2]) + data

    copy_1 = bytes([2 << 2 | 1, 4])  # 6 bytes from 4 back: the last two repeat the first two
    copy_2 = bytes([2 << 2 | 2, 10, 0])  # 3 bytes from 10 back
    copy_4 = bytes([0 << 2 | 3, 1, 0, 0, 0])  # 1 byte from 1 back
    data = bytes([14]) + literal(b"abcd") + copy_1 + copy_2 + copy_4
    assert decompress(data, "here") == b"abcd" + b"abcdab" + b"abc" + b"c"
    assert decompress(b"\x00", "here") == b""


@pytest.mark.parametrize(
    "size, head", [(60, "ec"), (61, "f03c"), (256, "f0ff"), (257, "f40001"), (65537, "f8000001")]
)
def test_literals_of_all_lengths(size, head):
    data = random.Random(size).randbytes(size)
    length = bytearray()
    left = size
    while left >= 128:
        length.append(left % 128 + 128)
        left //= 128
    assert decompress(bytes(length) + bytes([left]) + bytes.fromhex(head) + data, "here") == data


def test_far_copies_use_the_high_bits_of_the_tag():
    data = bytes(range(256)) * 2
    block = bytes([0x84, 0x04]) + bytes([0xF4, 0xFF, 0x01]) + data + bytes([1 << 5 | 0 << 2 | 1, 0x80])
    assert decompress(block, "here") == data + data[128:132]


@pytest.mark.parametrize(
    "block, reason",
    [
        ("", "no whole number"),
        ("05", "snappy made 0 bytes of 5"),
        ("0508616263", "snappy made 3 bytes of 5"),
        ("0208616263", "snappy made 3 bytes of 2"),
        ("05106162", "literal of 5 bytes breaks off"),
        ("05f4", "breaks off"),
        ("ffffffff0f0061", "7 bytes of snappy cannot become 4294967295"),
        ("0400610901", "snappy made 7 bytes of 4"),
        ("0700610900", "copy from 0 bytes back"),
        ("0700610902", "copy from 2 bytes back of 1"),
        ("07006109", "copy from 0 bytes back"),
        ("0700610a01", "copy from 1 bytes back of 1"),
    ],
)
def test_hostile_blocks_are_refused(block, reason):
    with pytest.raises(DataLossError, match=f"table: .*{reason}"):
        decompress(bytes.fromhex(block), "table")


def test_random_bytes_never_do_harm(little_memory):
    source = random.Random(3)
    with little_memory():
        for _ in range(3000):
            data = source.randbytes(source.randrange(1, 40))
            try:
                assert len(decompress(data, "here")) <= 22 * len(data)
            except DataLossError:
                continue
