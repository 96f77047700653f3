"""Serialized examples as tensors: values and shapes are TensorFlow's, observed by running it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from op_case import OpCase

import millpond as tf
from millpond.graph.opdef import lookup

COVERS = {"ParseExampleV2"}


def example(**features: Any) -> bytes:
    """A message with lists of ints, floats or bytes."""
    message = tf.train.Example()
    for key, values in features.items():
        kind = {int: "int64_list", float: "float_list", bytes: "bytes_list"}[type(values[0])]
        getattr(message.features.feature[key], kind).value.extend(values)
    return message.SerializeToString()


BATCH = [example(a=[1, 2], b=[0.5], c=[b"x", b"y"]), example(a=[3, 4]), example(a=[5, 6], b=[2.0], d=[1.0, 2.0, 3.0])]
TEXTS = np.array([*BATCH, None], object)[:-1]


def _parsed_by_the_old_op(tf: Any, texts: Any) -> list[Any]:
    """As TensorFlow 1 wrote it, keys being lists of scalars."""
    found = lookup("ParseExample")(
        texts, np.array([], object), ["c"], ["a", "b"], [np.zeros(0, np.int64), np.float32(9)],
        sparse_types=[tf.string], dense_shapes=[tf.TensorShape([2]), tf.TensorShape([])])
    return [*found[0], *found[1], *found[2], *found[3]]


CASES = [OpCase("ParseExample", _parsed_by_the_old_op, [TEXTS], rank_needed=True, expected=lambda _: [
    np.array([[0, 0], [0, 1]]), np.array([b"x", b"y"], object), np.array([3, 2]), np.array([[1, 2], [3, 4], [5, 6]]),
    np.array([0.5, 9, 2], np.float32)])]


def run(found: dict[str, Any]) -> dict[str, Any]:
    with tf.Session() as sess:
        return {key: [part.tolist() for part in value] if isinstance(value, tuple) else np.asarray(value).tolist()
                for key, value in sess.run(found).items()}


def test_a_batch() -> None:
    found = tf.parse_example(BATCH, {
        "a": tf.FixedLenFeature([1, 2], tf.int64), "b": tf.FixedLenFeature([], tf.float32, 9.0),
        "c": tf.VarLenFeature(tf.string), "d": tf.FixedLenSequenceFeature([], tf.float32, allow_missing=True),
        "z": tf.FixedLenFeature([2], tf.string, ["p", "q"])})
    assert {key: value.shape.as_list() for key, value in found.items()} == {
        "a": [3, 1, 2], "b": [3], "c": [None, None], "d": [3, None], "z": [3, 2]}
    assert run(found) == {
        "a": [[[1, 2]], [[3, 4]], [[5, 6]]], "b": [0.5, 9, 2], "c": [[[0, 0], [0, 1]], [b"x", b"y"], [3, 2]],
        "d": [[0, 0, 0], [0, 0, 0], [1, 2, 3]], "z": [[b"p", b"q"]] * 3}


def test_one_message() -> None:
    found = tf.parse_single_example(BATCH[0], {
        "a": tf.FixedLenFeature([2], tf.int64), "c": tf.VarLenFeature(tf.string),
        "d": tf.FixedLenSequenceFeature([], tf.float32, allow_missing=True, default_value=-1.0)})
    assert [found[key].shape.as_list() for key in "ac"] == [[2], [None]]
    assert run(found) == {"a": [1, 2], "c": [[[0], [1]], [b"x", b"y"], [2]], "d": []}


def test_places_and_values_in_two_features() -> None:
    found = tf.parse_example([example(i=[3, 0], v=[1.0, 2.0]), example(q=[1])],
                             {"s": tf.SparseFeature("i", "v", tf.float32, 5)})
    assert run(found) == {"s": [[[0, 0], [0, 3]], [2, 1], [2, 5]]}


def test_steps_of_several_values_and_no_message_at_all() -> None:
    texts = tf.placeholder(tf.string, [None])
    found = tf.parse_example(texts, {
        "a": tf.FixedLenSequenceFeature([2], tf.int64, True, -1), "c": tf.VarLenFeature(tf.string)})
    with tf.Session() as sess:
        assert sess.run(found["a"], {texts: BATCH}).tolist() == [[[1, 2]], [[3, 4]], [[5, 6]]]
        assert sess.run(found["a"], {texts: [example(a=[1, 2, 3, 4]), example(q=[1])]}).tolist() == [
            [[1, 2], [3, 4]], [[-1, -1], [-1, -1]]]
        empty = sess.run(found, {texts: np.array([], object)})
        assert empty["a"].shape == (0, 0, 2) and empty["c"].dense_shape.tolist() == [0, 0]


@pytest.mark.parametrize(("words", "features"), [
    ("b .* is required", {"b": tf.FixedLenFeature([], tf.float32)}),
    ("Key: a, Index: 0.*Number of int64 values", {"a": tf.FixedLenFeature([3], tf.int64)}),
    ("Data types don't match", {"a": tf.FixedLenFeature([2], tf.float32)}),
    ("Data types don't match", {"c": tf.VarLenFeature(tf.int64)}),
    ("not a multiple", {"a": tf.FixedLenSequenceFeature([3], tf.int64, allow_missing=True)}),
])
def test_messages_that_are_not_as_asked_are_refused(words: str, features: dict) -> None:
    found = tf.parse_example(BATCH, features)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match=words):
        sess.run(found)


def test_what_is_no_message_is_refused_with_its_name() -> None:
    found = tf.parse_example([b"\x01junk"], {"a": tf.FixedLenFeature([1], tf.int64)}, example_names=["first"])
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="Could not parse.*name: first"):
        sess.run(found)


@pytest.mark.parametrize(("error", "words", "features"), [
    (ValueError, "Missing: features", {}), (ValueError, "Missing shape", {"a": tf.FixedLenFeature(None, tf.int64)}),
    (ValueError, "need to be known", {"a": tf.FixedLenFeature([None], tf.int64)}),
    (ValueError, "allow_missing", {"a": tf.FixedLenSequenceFeature([], tf.int64)}),
    (ValueError, "Invalid feature", {"a": 3}), (TypeError, "must be float32", {"a": tf.VarLenFeature(tf.int32)}),
    (ValueError, "Conflicting type", {"i": tf.VarLenFeature(tf.string),
                                      "s": tf.SparseFeature("i", "v", tf.float32, 5)}),
])
def test_features_that_are_described_wrongly_are_refused(error: type, words: str, features: dict) -> None:
    with pytest.raises(error, match=words):
        tf.parse_example(BATCH, features)


def test_columns_say_how_their_examples_are_read() -> None:
    fc = tf.feature_column
    columns = [fc.numeric_column("b", default_value=7.0),
               fc.indicator_column(fc.categorical_column_with_identity("a", 7))]
    layer = fc.input_layer(tf.parse_example(BATCH, fc.make_parse_example_spec(columns)), columns)
    with tf.Session() as sess:
        assert sess.run(layer).tolist() == [
            [0, 1, 1, 0, 0, 0, 0, 0.5], [0, 0, 0, 1, 1, 0, 0, 7], [0, 0, 0, 0, 0, 1, 1, 2]]
