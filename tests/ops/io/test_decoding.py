"""Lines of comma-separated values, bytes as numbers, and compressed and serialized tensors: values are TensorFlow's."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import numpy as np
import pytest
from op_case import OpCase

import millpond as tf


def texts(*values: Any) -> np.ndarray:
    return np.array([*values, None], object)[:-1]


CASES = [
    OpCase("DecodeCSV", lambda tf, x: tf.decode_csv(x, [[0], [7.0], [""]]),
           [texts(b"1,2.5,x", b' 3 ,,"a,""b\n"""')],
           expected=lambda x: [np.int32([1, 3]), np.float32([2.5, 7]), texts(b"x", b'a,"b\n"')]),
    OpCase("DecodeRaw", lambda tf, x: tf.decode_raw(x, tf.int16), [np.array([[b"ab\1\0"], [b"\0\0\xff\xff"]], object)],
           expected=lambda x: np.array([[[25185, 1]], [[0, -1]]], np.int16)),
    OpCase("DecodeCompressed", lambda tf, x: tf.decode_compressed(x, "GZIP"), [texts(gzip.compress(b"hi"), b"")],
           expected=lambda x: texts(b"hi", b"")),
    OpCase("SerializeTensor", lambda tf, x: tf.stack([tf.serialize_tensor(x)]), [np.int32([[1, 2]])],
           expected=lambda x: texts(
               b"\x08\x03\x12\x08\x12\x02\x08\x01\x12\x02\x08\x02\"\x08\1\0\0\0\2\0\0\0")),
    OpCase("SerializeTensor", lambda tf, x: tf.stack([tf.serialize_tensor(x)]), [texts(b"a", b"b")], note="strings",
           expected=lambda x: texts(b"\x08\x07\x12\x04\x12\x02\x08\x02B\x01aB\x01b")),
    OpCase("ParseTensor", lambda tf, x: tf.parse_tensor(tf.serialize_tensor(x), tf.float32), [np.float32([[1], [2]])],
           expected=lambda x: x),
]


def run(tensors: Any) -> Any:
    with tf.Session() as sess:
        return sess.run(tensors)


@pytest.mark.parametrize(("line", "defaults", "options", "wanted"), [
    ("1,", [[5], ["q"]], {}, [1, b"q"]),
    ('"",""', [["d"], [4]], {}, [b"d", 4]), ('"1""",2', [[""], [6]], {}, [b'1"', 2]),
    ('a b,"2"', [[""], [6]], {}, [b"a b", 2]), ("1;2", [[5], [""]], {"field_delim": ";"}, [1, b"2"]),
    ('a"b,2', [[""], [0]], {"use_quote_delim": False}, [b'a"b', 2]),
    ("NA,2,NA", [[5], [0], ["zz"]], {"na_value": "NA"}, [5, 2, b"zz"]),
    ("1,2,3", [[5], [""]], {"select_cols": [0, 2]}, [1, b"3"]), ('1,2,"', [[1], [6]], {"select_cols": [0, 1]}, [1, 2]),
    ("1,2", [5, 6], {}, [1, 2]), ("1.5e2,-inf", [[5.0], [5.0]], {}, [150.0, -np.inf])])
def test_fields(line: str, defaults: list, options: dict, wanted: list) -> None:
    assert run(tf.decode_csv(line, defaults, **options)) == wanted


def test_columns_of_every_dtype_and_shape() -> None:
    columns = tf.decode_csv([["3000000000,1e300"], [","]],
                            [tf.constant([5], tf.int64), tf.constant([0.1], tf.float64)])
    assert [column.shape.as_list() for column in columns] == [[2, 1], [2, 1]]
    big, wide = run(columns)
    assert big.dtype == np.int64 and big.tolist() == [[3000000000], [5]]
    assert wide.dtype == np.float64 and wide.tolist() == [[1e300], [0.1]]


@pytest.mark.parametrize(("line", "defaults", "options", "words"), [
    ("1,2", [[0], [0], [0]], {}, "Expect 3 fields but have 2 in record 0"),
    ("1,2,3,4", [[0], [0], [0]], {}, "Expect 3 fields but have 4"), ("", [["d"]], {}, "have 0"),
    ("1,a", [[0], [0]], {}, "Field 1 in record 0 is not a valid int32: a"), ("1.0", [[0]], {}, "not a valid int32"),
    ("3000000000", [[0]], {}, "not a valid int32"), (",2", [np.zeros(0, np.int32), [0]], {}, "Field 0 is required"),
    ('a"b,2', [[""], [0]], {}, "Unquoted fields"), ('"a"b,2', [[""], [0]], {}, "escaped by another quote"),
    ('"ab,2', [[""], [0]], {}, "has to end with quote"), ("1,2\r\n", [[5], [""]], {}, "CRLFs"),
    ("1;2", [[5], [""]], {"field_delim": ";;"}, "one character"),
    ("1,2,3", [[5], [5]], {"select_cols": [0, 5]}, "Expect 2 fields but have 1"),
    ('1,2,"', [[1], [6], [""]], {}, "end with")])
def test_lines_that_do_not_fit_are_refused(line: str, defaults: list, options: dict, words: str) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        run(tf.decode_csv([line], defaults, **options))


def test_wrong_columns_are_refused_while_building() -> None:
    with pytest.raises(ValueError, match="do not match"):
        tf.decode_csv(["1,2,3"], [[5]], select_cols=[0, 2])
    with pytest.raises(ValueError, match="strictly increasing"):
        tf.decode_csv(["1,2,3"], [[5], [5]], select_cols=[2, 0])
    with pytest.raises(ValueError, match="at most one"):
        tf.decode_csv(["1"], [[5, 6]])
    with pytest.raises(TypeError):
        tf.decode_csv(["1"], [[True]])


@pytest.mark.parametrize(("data", "dtype", "options", "wanted"), [
    (["ab"], tf.int16, {"little_endian": False}, [[24930]]), ("\1\0", tf.bool, {}, [True, False]),
    ([""], tf.int32, {}, [[]]),
    ("ab", tf.half, {}, [816.5]), ("abcdefgh", tf.complex64, {}, [np.complex64(1.6777999e22 + 4.371022e24j)])])
def test_bytes_as_numbers(data: Any, dtype: Any, options: dict, wanted: list) -> None:
    assert run(tf.decode_raw(data, dtype, **options)).tolist() == wanted


def test_the_last_dimension_of_numbers_is_known_when_run() -> None:
    assert tf.decode_raw(tf.placeholder(tf.string, [2]), tf.uint8).shape.as_list() == [2, None]
    assert run(tf.decode_raw(tf.zeros([0], tf.string), tf.int32)).shape == (0, 0)
    with pytest.raises(TypeError):
        tf.decode_raw("ab", tf.string)
    for data, dtype in ((["ab", "c"], tf.uint8), (["abc"], tf.int16)):
        with pytest.raises(tf.errors.InvalidArgumentError):
            run(tf.decode_raw(data, dtype))


def test_a_part_of_what_was_compressed_gives_a_part() -> None:
    data = zlib.compress(b"hello")
    assert run(tf.decode_compressed([data[:-5], data + b"zz"], "ZLIB")).tolist() == [b"hello", b"hello"]
    with pytest.raises(tf.errors.DataLossError):
        run(tf.decode_compressed(["hi"], "ZLIB"))
    with pytest.raises(tf.errors.InvalidArgumentError):
        run(tf.decode_compressed(["hi"], "XX"))


def test_a_tensor_of_another_dtype_or_none_is_not_parsed() -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match="Type mismatch"):
        run(tf.parse_tensor(tf.serialize_tensor([1, 2]), tf.float32))
    with pytest.raises(tf.errors.InvalidArgumentError):
        run(tf.parse_tensor("zz", tf.float32))
