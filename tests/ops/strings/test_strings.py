"""Strings joined, split, cut, rewritten and read as numbers: values are TensorFlow's, observed by running it."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from op_case import OpCase

import millpond as tf


def texts(*values: Any) -> np.ndarray:
    return np.array([*values, None], object)[:-1]


def _parts(sparse: Any) -> list[Any]:
    return [sparse.indices, sparse.values, sparse.dense_shape]


LINES = texts(b"", b"a b  c", b" a ")
GRID = np.array([[b"a", b"b"], [b"c", b"d"]], object)
SPLIT = [np.array([[1, 0], [1, 1], [1, 2], [2, 0]]), texts(b"a", b"b", b"c", b"a"), np.array([3, 3])]

CASES = [
    OpCase("StringLength", lambda tf, x: tf.strings.length(x), [texts(b"abc", b"", b"\xc3\xa9\0")],
           expected=lambda x: np.array([3, 0, 3], np.int32)),
    OpCase("StringLower", lambda tf, x: tf.strings.lower(x), [texts(b"aBC", "É".encode())],
           expected=lambda x: texts(b"abc", "É".encode())),
    OpCase("StringUpper", lambda tf, x: tf.strings.upper(x), [texts(b"aBC\0", b"")],
           expected=lambda x: texts(b"ABC\0", b"")),
    OpCase("StringStrip", lambda tf, x: tf.strings.strip(x), [texts(b" \t\r\n\v\fa\v\0 ", b"\xc2\xa0a")],
           expected=lambda x: texts(b"a\v\0", b"\xc2\xa0a")),
    OpCase("Substr", lambda tf, x, p, n: tf.substr(x, p, n), [texts(b"hello", b"world"), np.int32([1, -3]),
                                                              np.int32([2, -1])], rank_needed=True,
           expected=lambda *_: texts(b"el", b"rld")),
    OpCase("StringSplit", lambda tf, x: _parts(tf.string_split(x)), [LINES], expected=lambda x: SPLIT),
    OpCase("StringSplitV2", lambda tf, x: _parts(tf.strings.split(x)), [LINES], rank_needed=True,
           expected=lambda x: SPLIT),
    OpCase("StringToNumber", lambda tf, x: tf.string_to_number(x),
           [texts(b"1", b" -2.5e1\n", b"0x1.8p3", b"iNf", b"1e400")],
           expected=lambda x: np.array([1, -25, 12, np.inf, np.inf])),
    OpCase("ReduceJoin", lambda tf, x: tf.reduce_join(x, [0, 1], True, "-"), [GRID],
           expected=lambda x: np.array([[b"a-c-b-d"]], object)),
    OpCase("StaticRegexReplace", lambda tf, x: tf.regex_replace(x, "[0-9]+", r"<\0>"), [texts(b"a1b22", b"")],
           expected=lambda x: texts(b"a<1>b<22>", b"")),
    OpCase("RegexReplace", lambda tf, x: tf.regex_replace(x, tf.constant("(b)"), tf.constant(r"\1\1"), False),
           [texts(b"abb", b"")], expected=lambda x: texts(b"abbb", b"")),
    OpCase("EncodeBase64", lambda tf, x: tf.encode_base64(x), [texts(b"\xff\xfe", b"hello", b"")],
           expected=lambda x: texts(b"__4", b"aGVsbG8", b"")),
    OpCase("DecodeBase64", lambda tf, x: tf.decode_base64(x), [texts(b"aGVsbG8", b"aGVsbG8=", b"_-8", b"YR", b"YQ==")],
           expected=lambda x: texts(b"hello", b"hello", b"\xff\xef", b"a", b"a")),
    OpCase("StringFormat", lambda tf, x: tf.stack([tf.strings.format("a {} b {}", (x, 1.5))]), [np.arange(10)],
           expected=lambda x: texts(b"a [0 1 2 ... 7 8 9] b 1.5")),
]
COVERS = {"Timestamp"}


def run(tensor: Any) -> Any:
    with tf.Session() as sess:
        value = sess.run(tensor)
    return value.tolist() if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize(("delimiter", "skips", "wanted"), [
    (" ", True, [b"a", b"b", b"c", b",a,,b,"]), (" ", False, [b"a", b"b", b"", b"c", b",a,,b,"]),
    (",", True, [b"a b  c", b"a", b"b"]), (",", False, [b"a b  c", b"", b"a", b"", b"b", b""]),
    ("ab", False, [b"", b" ", b"  c", b",", b",,", b","]), ("", False, [bytes([c]) for c in b"a b  c,a,,b,"]),
    ("]^", True, [b"a b  c", b",a,,b,"])])
def test_a_delimiter_is_a_set_of_characters(delimiter: str, skips: bool, wanted: list) -> None:
    split = tf.string_split(["", "a b  c", ",a,,b,"], delimiter, skip_empty=skips)
    assert split.indices.shape.as_list() == [None, 2] and split.dense_shape.shape == [2]
    assert run(split.values) == wanted


SOURCE = ["", "a b  c", " a ", "a<>b<><>c", "\ta\n b ", ",,x"]


@pytest.mark.parametrize(("separator", "most", "wanted"), [
    (None, -1, ["a", "b", "c", "a", "a<>b<><>c", "a", "b", ",,x"]), (None, 0, SOURCE),
    (None, 1, ["a", "b  c", "a", "", "a<>b<><>c", "", "a", "b ", ",,x", ""]),
    ("", 2, ["a", "b", "c", "a", "a<>b<><>c", "a", "b", "", ",,x"]),
    (" ", 2, ["", "a", "b", " c", "", "a", "", "a<>b<><>c", "\ta\n", "b", "", ",,x"]),
    ("<>", -1, ["", "a b  c", " a ", "a", "b", "", "c", "\ta\n b ", ",,x"]),
    (",", 1, ["", "a b  c", " a ", "a<>b<><>c", "\ta\n b ", "", ",x"])])
def test_split_as_python_does_it_and_as_often_as_is_allowed(separator: str | None, most: int, wanted: list) -> None:
    assert run(tf.strings.split(SOURCE, separator, most).values) == [text.encode() for text in wanted]


def test_split_of_nothing_of_one_and_of_what_is_no_vector() -> None:
    nothing = tf.string_split(tf.constant([], tf.string, [0]))
    with tf.Session() as sess:
        assert sess.run(nothing).indices.shape == (0, 2) and sess.run(nothing).dense_shape.tolist() == [0, 0]
        assert sess.run(tf.strings.split("a b")).dense_shape.tolist() == [1, 2]
    with pytest.raises(ValueError, match="rank 1"):
        tf.string_split([["a"]])
    with pytest.raises(NotImplementedError, match="RaggedTensor"):
        tf.strings.split(["a"], result_type="RaggedTensor")
    with pytest.raises(ValueError, match="Exactly one"):
        tf.string_split()


@pytest.mark.parametrize(("start", "size", "wanted"), [
    (-3, 2, b"ll"), (5, 2, b""), (-5, 2, b"he"), (1, -1, b"ello"), (1, 100, b"ello"), (1, 0, b"")])
def test_parts_count_from_both_ends(start: int, size: int, wanted: bytes) -> None:
    assert run(tf.substr("hello", start, size)) == wanted


def test_characters_of_utf_8_are_counted_when_asked() -> None:
    text = ["h\u00e9llo"]
    assert run(tf.strings.substr(text, -4, 2, unit="UTF8_CHAR")) == ["\u00e9l".encode()]
    assert run(tf.strings.substr(text, 5, 2, unit="UTF8_CHAR")) == [b""]
    assert run(tf.strings.length(text, unit="UTF8_CHAR")) == [5]
    assert run(tf.strings.upper(["h\u00df"], encoding="utf-8")) == [b"HSS"]
    assert run(tf.strings.lower(["H\u00c9"], encoding="utf-8")) == ["h\u00e9".encode()]
    assert run(tf.regex_replace(text, "h.l", "x")) == [b"xlo"]


def test_parts_of_shapes_that_broadcast() -> None:
    assert run(tf.substr(["hello", "world"], [[1], [2]], [[1], [2]])) == [[b"e", b"o"], [b"ll", b"rl"]]
    assert run(tf.substr("hello", [1, 2], [1, 3])) == [b"e", b"llo"]
    with pytest.raises(ValueError, match="must be equal"):
        tf.substr(["hello"] * 3, [1, 2], [1, 3])


@pytest.mark.parametrize(("text", "pattern", "rewrite", "all", "first"), [
    ("abc", "(b)", r"[\1\0]", "a[bb]c", "a[bb]c"), ("abc", "b", r"\2", "abc", "abc"),
    ("aaa", "", "-", "-a-a-a-", "-aaa"),
    ("aXb", "(?i)x", r"\\", "a\\b", "a\\b"), ("ab", ".*", "x", "x", "x"), ("x.y", r"\.", r"\n", "xy", "x.y"),
    ("baac", "a*", "-", "-b-c-", "-baac"), ("a1 b", "[[:alpha:]]", "_", "_1 _", "_1 b"),
    ("a\n", "a$", "b", "a\n", "a\n")])
def test_regular_expressions_are_those_of_re2(text: str, pattern: str, rewrite: str, all: str, first: str) -> None:
    assert run(tf.regex_replace(text, pattern, rewrite)).decode() == all
    assert run(tf.strings.regex_replace(text, pattern, rewrite, replace_global=False)).decode() == first


@pytest.mark.parametrize(("options", "wanted"), [
    ({}, b"abcd"), ({"axis": 0}, [b"ac", b"bd"]), ({"axis": [0, 1]}, b"acbd"), ({"axis": [1, 0]}, b"abcd"),
    ({"axis": []}, [[b"a", b"b"], [b"c", b"d"]]), ({"reduction_indices": -1}, [b"ab", b"cd"]),
    ({"axis": 1, "keepdims": True, "separator": "-"}, [[b"a-b"], [b"c-d"]])])
def test_the_axis_that_is_named_first_is_joined_first(options: dict, wanted: Any) -> None:
    assert run(tf.reduce_join(GRID, **options)) == wanted
    assert run(tf.reduce_join(tf.placeholder_with_default(tf.constant(GRID), None), **options)) == wanted


def test_joining_nothing_gives_empty_strings() -> None:
    assert run(tf.reduce_join(tf.zeros([0, 2], tf.string), 0)) == [b"", b""]
    assert run(tf.reduce_join("a")) == b"a"
    with pytest.raises(ValueError, match="Invalid reduction dimension 2"):
        tf.reduce_join(GRID, 2)
    with pytest.raises(tf.errors.InvalidArgumentError):
        run(tf.reduce_join(GRID, [0, -2]))


@pytest.mark.parametrize(("text", "dtype"), [
    ("", tf.float32), ("abc", tf.float32), ("1_0", tf.float64), ("1 2", tf.float32), ("1.5", tf.int32),
    ("0x10", tf.int64),
    ("- 1", tf.int32), ("99999999999", tf.int32), ("9" * 20, tf.int64)])
def test_what_spells_no_number_is_refused(text: str, dtype: Any) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match="convert string"):
        run(tf.string_to_number([text], dtype))


@pytest.mark.parametrize("wrong", [
    lambda: tf.substr("hello", 6, 2), lambda: tf.substr("hello", -6, 2),
    lambda: tf.strings.substr("h\u00e9llo", 6, 2, unit="UTF8_CHAR"), lambda: tf.strings.upper("a", encoding="x"),
    lambda: tf.regex_replace("a", "(", "x"), lambda: tf.decode_base64("a"), lambda: tf.decode_base64("a+b/"),
    lambda: tf.decode_base64("YQ=")])
def test_wrong_strings_are_refused_when_run(wrong: Any) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError):
        run(wrong())


def test_a_template_has_a_place_for_each_tensor() -> None:
    assert run(tf.strings.format("{}", tf.constant([["a", "b"]]))) == b'[["a" "b"]]'
    assert run(tf.strings.format("x%s", [tf.constant(True)], placeholder="%s")) == b"x1"
    with pytest.raises(ValueError, match="expects 2 tensors"):
        tf.strings.format("{} {}", tf.constant(1))


def test_time_goes_on_from_run_to_run(tier: str) -> None:
    now = tf.timestamp()
    with tf.Session() as sess:
        first, after = sess.run(now), sess.run(now)
    assert time.time() - 60 < first < after <= time.time()
