"""Variable-length integers."""

import pytest

from millpond.errors import DataLossError
from millpond.formats.varint import read_varint, read_varints, write_varint


@pytest.mark.parametrize(
    "value, encoded",
    [
        (0, "00"),
        (127, "7f"),
        (128, "8001"),
        (300, "ac02"),
        (2**32, "8080808010"),
        (2**64 - 1, "ff" * 9 + "01"),
    ],
)
def test_numbers_round_trip(value, encoded):
    assert write_varint(value).hex() == encoded
    assert read_varint(b"x" + write_varint(value) + b"y", 1, "here") == (value, 1 + len(encoded) // 2)


@pytest.mark.parametrize("encoded", ["", "80", "ff" * 9, "ff" * 9 + "02", "80" * 10 + "01", "ff" * 100])
def test_numbers_that_break_off_or_exceed_64_bits_are_refused(encoded):
    with pytest.raises(DataLossError, match="a file: no whole number at byte 0"):
        read_varint(bytes.fromhex(encoded), 0, "a file")


def test_several_numbers_follow_each_other():
    assert read_varints(bytes.fromhex("05ac0207"), 0, 3, "here") == ([5, 300, 7], 4)
    with pytest.raises(DataLossError):
        read_varints(bytes.fromhex("05ac0207"), 0, 4, "here")
