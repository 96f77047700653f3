"""Hash buckets have the bits of TensorFlow's, for strings of all lengths; `hashes.json` was recorded from it."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest
from op_case import OpCase

import millpond as tf

# A string in hexadecimal, and its bucket by each of three hash functions.
RECORDED = json.loads(pathlib.Path(__file__).with_name("hashes.json").read_text())
STRINGS = np.array([bytes.fromhex(row[0]) for row in RECORDED] + [None], object)[:-1]
BUCKETS = 2**63 - 1
KEY = [12345, 987654321987]
NUMBERS = [[191, 100, 99, 247, 252, 22, 120, 249], [84, 24, 96, 84, 195, 82, 124, 105],
           [15, 219, 106, 105, 88, 163, 17, 93]]
ROWS = [[122, 64, 59, 169, 136, 60, 55, 83], [52, 252, 224, 38, 64, 226, 155, 60]]

CASES = [
    OpCase("StringToHashBucketFast", lambda tf, x: tf.string_to_hash_bucket_fast(x, BUCKETS), [STRINGS],
           expected=lambda x: np.array([row[1] for row in RECORDED])),
    OpCase("StringToHashBucketStrong", lambda tf, x: tf.string_to_hash_bucket_strong(x, BUCKETS, KEY), [STRINGS],
           expected=lambda x: np.array([row[2] for row in RECORDED])),
    OpCase("StringToHashBucket", lambda tf, x: tf.string_to_hash_bucket(x, BUCKETS), [STRINGS],
           expected=lambda x: np.array([row[3] for row in RECORDED])),
    OpCase("Fingerprint", lambda tf, x: tf.fingerprint(x), [np.array([b"a"], object)],
           expected=lambda x: np.array([[227, 117, 223, 182, 101, 66, 69, 179]], np.uint8)),
    OpCase("Fingerprint", lambda tf, x: tf.fingerprint(x), [np.arange(3, dtype=np.int32)], note="numbers",
           expected=lambda x: np.array(NUMBERS, np.uint8)),
    OpCase("Fingerprint", lambda tf, x: tf.fingerprint(x), [np.array([[b"a", b"b"], [b"c", b"d"]], object)],
           note="rows of strings", expected=lambda x: np.array(ROWS, np.uint8)),
    OpCase("AsString", lambda tf, x: tf.as_string(x), [np.array([1, -20])],
           expected=lambda x: np.array([b"1", b"-20"], object)),
    OpCase("AsString", lambda tf, x: tf.as_string(x), [np.array([1.5, -2e10, np.nan, np.inf])], note="floats",
           expected=lambda x: np.array([b"1.500000", b"-20000000000.000000", b"nan", b"inf"], object)),
]


@pytest.mark.parametrize(("values", "options", "wanted"), [
    ([1, -20], {"width": 5, "fill": "0"}, [b"00001", b"-0020"]),
    ([1, 2], {"width": 4, "fill": "-"}, [b"1   ", b"2   "]),
    ([1, 2], {"fill": "+"}, [b"+1", b"+2"]),
    ([1.5, -2e10], {"precision": 2, "scientific": True}, [b"1.50e+00", b"-2.00e+10"]),
    ([1.5, 1e-10, 1e20], {"shortest": True}, [b"1.5", b"1e-10", b"1e+20"]),
    ([1 + 2j], {"precision": 1}, [b"(1.0,2.0)"]),
    ([float("nan"), 1.0], {"width": 8, "fill": "0"}, [b"     nan", b"1.000000"]),
    ([True, False], {}, [b"true", b"false"]),
    (["a"], {}, [b"a"]),
])
def test_formats_are_those_of_printf(values: list, options: dict, wanted: list) -> None:
    with tf.Session() as sess:
        assert sess.run(tf.as_string(values, **options)).tolist() == wanted


@pytest.mark.parametrize(("values", "options"), [
    ([1], {"precision": 2}), ([1.0], {"fill": "x"}), ([1.0], {"fill": "00"}),
    ([1.0], {"scientific": True, "shortest": True})])
def test_formats_that_are_none_are_refused(values: list, options: dict) -> None:
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError):
        sess.run(tf.as_string(values, **options))
