"""Checksums are CRC-32C, masked as TensorFlow masks them."""

import numpy as np
import pytest

from millpond.formats.checksum import crc32c, mask, masked_crc32c, unmask


def test_it_is_the_castagnoli_polynomial():
    # The values of RFC 3720, section B.4.
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda data: memoryview(bytearray(data)),
                                  lambda data: np.frombuffer(bytearray(data), np.uint8)])  # fmt: skip
def test_every_kind_of_buffer_gives_the_same(kind):
    assert crc32c(kind(b"123456789")) == 0xE3069283
    assert crc32c(kind(b"")) == 0


def test_masking_rotates_and_adds_and_can_be_undone():
    for crc in (0, 1, 0x7FFF, 0x8000, 0xE3069283, 0xFFFFFFFF):
        assert mask(crc) == ((crc >> 15 | crc << 17) % 2**32 + 0xA282EAD8) % 2**32
        assert unmask(mask(crc)) == crc
    assert masked_crc32c(b"123456789") == mask(0xE3069283)
