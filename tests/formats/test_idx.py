"""IDX files, plain and gzipped."""

import gzip
import io
import struct

import numpy as np
import pytest

from millpond.errors import DataLossError, NotFoundError
from millpond.formats.idx import read_idx

CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def encode(array):
    head = bytes([0, 0, CODES[array.dtype.name], array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("dtype", CODES)
def test_every_type_is_read_from_plain_and_gzipped_files(tmp_path, dtype, pack):
    array = np.arange(24).reshape(2, 3, 4).astype(dtype) - np.array(5, dtype)
    (tmp_path / "data.idx").write_bytes(pack(encode(array)))
    found = read_idx(tmp_path / "data.idx")
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype and found.dtype.isnative and found.flags.writeable


def test_open_files_are_read_too():
    np.testing.assert_array_equal(read_idx(io.BytesIO(encode(np.uint8([1, 2])))), [1, 2])
    assert read_idx(io.BytesIO(gzip.compress(encode(np.zeros([0, 28], np.uint8))))).shape == (0, 28)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_damage_is_refused(tmp_path, pack, refuses_damage):
    array = np.arange(40, dtype=np.uint8).reshape(5, 2, 4)
    path = tmp_path / "data.idx"
    path.write_bytes(pack(encode(array)))

    def acceptable(found):
        # Only gzip has a checksum: a plain file shows a flipped value, but never another number of them.
        return np.array_equal(found, array) or (pack is bytes and found.size == array.size)

    assert refuses_damage(path, lambda: read_idx(path), acceptable) > 0.2


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "no IDX file"),
        (b"\x89PNG\r\n", "no IDX file"),
        (bytes([0, 0, 7, 1, 0, 0, 0, 0]), "no IDX file"),
        (bytes([0, 0, 8, 65]) + bytes(4 * 65), "65 dimensions"),
        (bytes([0, 0, 8, 3, 0, 0]), "breaks off inside the 3 sizes"),
        (bytes([0, 0, 8, 4]) + b"\xff" * 16, "larger than any memory"),
        (bytes([0, 0, 14, 1]) + b"\xff" * 4 + b"few", "34359738360 bytes, but only 3 are there"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 1]) + b"12", "take 1 bytes, but there are more"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_hostile_headers_allocate_nothing(tmp_path, content, reason, pack, little_memory):
    (tmp_path / "bad.idx").write_bytes(pack(content))
    with little_memory(), pytest.raises(DataLossError, match=f"bad.idx: .*{reason}"):
        read_idx(tmp_path / "bad.idx")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NotFoundError, match="train-images"):
        read_idx(tmp_path / "train-images")
