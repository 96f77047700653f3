"""Edit distances, and sparse tensors as strings: values are TensorFlow's, observed by running it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from op_case import OpCase

import millpond as tf

PLACES = np.array([[0, 1], [1, 0], [2, 3]], np.int64)
V = np.float32([1, -2, 3])
FIRST_ROW = [b'\x08\t\x12\x08\x12\x02\x08\x01\x12\x02\x08\x01"\x08\x01\x00\x00\x00\x00\x00\x00\x00',
             b'\x08\x01\x12\x04\x12\x02\x08\x01"\x04\x00\x00\x80?',
             b'\x08\t\x12\x04\x12\x02\x08\x01"\x08\x04\x00\x00\x00\x00\x00\x00\x00']
WORDS = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1]])
TRUTH = np.array([[0, 0, 0], [0, 0, 1], [1, 0, 0]])


def letters(*values: Any) -> np.ndarray:
    return np.array([*values, None], object)[:-1]


def sparse(values: Any = V) -> Any:
    return tf.SparseTensor(PLACES, values, [3, 4])


def _first_row(tf: Any, v: Any) -> Any:
    return tf.serialize_many_sparse(sparse(v))[0]


CASES = [
    OpCase("SerializeManySparse", _first_row, [V], expected=lambda v: letters(*FIRST_ROW)),
    OpCase("SerializeSparse", lambda tf, v: tf.serialize_sparse(tf.SparseTensor([[1]], v, [4])), [V[:1]],
           expected=lambda v: letters(*FIRST_ROW)),
    OpCase("DeserializeManySparse", lambda tf, v: list(tf.deserialize_many_sparse(
        tf.serialize_many_sparse(sparse(v)), tf.float32).__dict__.values()), [V],
        expected=lambda v: [PLACES, v, np.array([3, 4])]),
    OpCase("EditDistance", lambda tf, a, b: tf.edit_distance(
        tf.SparseTensor(WORDS, a, [2, 1, 2]), tf.SparseTensor(TRUTH, b, [2, 1, 2])),
        [letters(b"a", b"b", b"c"), letters(b"b", b"a", b"x")], expected=lambda *_: np.float32([[0.5], [2]])),
]


def run(value: Any) -> Any:
    with tf.Session() as sess:
        return sess.run(value)


def test_distances_that_are_not_divided_and_those_to_nothing() -> None:
    ours = tf.SparseTensor(WORDS, list("abc"), [2, 1, 2])
    truth = tf.SparseTensor(TRUTH, list("bax"), [2, 1, 2])
    assert run(tf.edit_distance(ours, truth, normalize=False)).tolist() == [[1], [2]]
    short = tf.edit_distance(ours, tf.SparseTensor([[0, 0, 0]], ["b"], [3, 1, 2]))
    assert short.shape == [3, 1]
    assert run(short).tolist() == [[1], [np.inf], [0]]
    missing = tf.edit_distance(tf.SparseTensor([[0, 0]], [1], [3, 2]),
                               tf.SparseTensor([[0, 0], [1, 1]], [2, 3], [3, 2]))
    assert run(missing).tolist() == [1, 1, 0]


def test_sequences_that_cannot_be_compared_are_refused() -> None:
    ours = tf.SparseTensor(WORDS, list("abc"), [2, 1, 2])
    with pytest.raises(ValueError, match="same rank"):
        tf.edit_distance(ours, tf.SparseTensor([[0, 0]], ["b"], [3, 2]))
    with pytest.raises(ValueError, match="at least 2"):
        tf.edit_distance(tf.SparseTensor([[0]], [1], [2]), tf.SparseTensor([[0]], [2], [1]))
    with pytest.raises(TypeError):
        tf.edit_distance(ours, tf.SparseTensor([[0, 0, 0]], [1], [2, 1, 2]))


def test_rows_without_elements_and_of_several_sizes_come_back() -> None:
    rows = tf.SparseTensor([[2, 1]], ["a"], [4, 2])
    back = run(tf.deserialize_many_sparse(tf.serialize_many_sparse(rows), tf.string))
    assert (back.indices.tolist(), back.values.tolist(), back.dense_shape.tolist()) == ([[2, 1]], [b"a"], [4, 2])
    both = [tf.serialize_sparse(tf.SparseTensor([[1]], [5.0], [3])),
            tf.serialize_sparse(tf.SparseTensor([[6]], [7.0], [9]))]
    joined = tf.deserialize_many_sparse(both, tf.float32, rank=2)
    assert joined.indices.shape.as_list() == [None, 2]
    assert run(joined).dense_shape.tolist() == [2, 9] and run(joined).indices.tolist() == [[0, 1], [1, 6]]


def test_strings_that_hold_no_such_tensor_are_refused() -> None:
    for wrong in (lambda: tf.deserialize_many_sparse([["a", "b", "c"]], tf.float32),
                  lambda: tf.deserialize_many_sparse(tf.serialize_many_sparse(sparse()), tf.int32),
                  lambda: tf.deserialize_many_sparse([["a", "b"]], tf.float32),
                  lambda: tf.serialize_many_sparse(tf.SparseTensor([[1]], [1.0], [4]))):
        with pytest.raises(tf.errors.InvalidArgumentError):
            run(wrong().values if isinstance(wrong(), tf.SparseTensor) else wrong())
