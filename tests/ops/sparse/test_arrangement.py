"""Sparse tensors made, cut and turned: NumPy on the dense whole, and what TensorFlow was observed to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf

PLACES = [[0, 1], [1, 0], [2, 3]]
WHOLE = np.array([[0, 1, 0, 0], [2, 0, 0, 0], [0, 0, 0, 3]], np.float32)


def sparse() -> Any:
    return tf.SparseTensor(PLACES, [1.0, 2.0, 3.0], [3, 4])


def dense(value: Any) -> np.ndarray:
    with tf.Session() as sess:
        return sess.run(tf.sparse_tensor_to_dense(value))


def test_dimensions_come_and_change_places(tier: str) -> None:
    for axis in (0, 1, 2, -1, -3):
        np.testing.assert_array_equal(dense(tf.sparse.expand_dims(sparse(), axis)), np.expand_dims(WHOLE, axis))
    np.testing.assert_array_equal(dense(tf.sparse_transpose(sparse())), WHOLE.T)
    turned = tf.sparse_transpose(tf.sparse.expand_dims(sparse(), 0), [2, 0, 1])
    assert turned.shape == [4, 1, 3]
    np.testing.assert_array_equal(dense(turned), WHOLE[None].transpose(2, 0, 1))
    with pytest.raises(ValueError, match="axis 3 is not in"):
        tf.sparse.expand_dims(sparse(), 3)


def test_there_and_back_again(tier: str) -> None:
    np.testing.assert_array_equal(dense(tf.sparse.from_dense(WHOLE)), WHOLE)
    texts = tf.sparse.from_dense([["", "a"], ["b", ""]])
    assert dense(texts).tolist() == [[b"", b"a"], [b"b", b""]]
    for rows, columns in ((3, None), (2, 4), (4, 2)):
        np.testing.assert_array_equal(dense(tf.sparse.eye(rows, columns, tf.int32)), np.eye(rows, columns))


def test_some_elements_stay() -> None:
    kept = tf.sparse_retain(sparse(), WHOLE[WHOLE > 0] > 1)
    np.testing.assert_array_equal(dense(kept), np.where(WHOLE > 1, WHOLE, 0))
    with pytest.raises(ValueError, match="incompatible"):
        tf.sparse_retain(sparse(), [True, False])


def test_shapes_grow_and_shrink() -> None:
    nothing = tf.SparseTensor(np.zeros((0, 2), np.int64), np.zeros(0, np.float32), [3, 4])
    small = tf.SparseTensor([[0, 1]], [1.0], [9, 9])
    with tf.Session() as sess:
        shapes = [tf.sparse_reset_shape(small), tf.sparse_reset_shape(sparse(), [9, 8]), tf.sparse_reset_shape(nothing)]
        assert [value.dense_shape.tolist() for value in sess.run(shapes)] == [[1, 2], [9, 8], [0, 0]]
    for wrong in ([2, 9], [9, 9, 9]):
        with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
            tf.sparse_reset_shape(sparse(), wrong)


def test_which_ids_an_example_has() -> None:
    ids = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], tf.constant([3, 2, 2], tf.int64), [2, 2])
    with tf.Session() as sess:
        assert sess.run(tf.sparse_to_indicator(ids, 4)).tolist() == [[0, 0, 0, 1], [0, 0, 1, 0]]


def test_slices_without_some_indices() -> None:
    slices = tf.IndexedSlices(tf.constant([[1.0], [2.0], [3.0]]), tf.constant([4, 1, 5]))
    with tf.Session() as sess:
        kept = sess.run(tf.sparse_mask(slices, [1]))
        assert kept.values.tolist() == [[1], [3]] and kept.indices.tolist() == [4, 5]


@pytest.mark.parametrize("shape", [None, [1, 2], [None, 2]])
def test_a_sparse_tensor_is_fed(shape: Any, tier: str) -> None:
    x = tf.sparse_placeholder(tf.float32, shape, name="p")
    assert [x.indices.name, x.values.name, x.dense_shape.name] == ["p/indices:0", "p/values:0", "p/shape:0"]
    whole = tf.sparse_tensor_to_dense(x) + 1.0
    with tf.Session() as sess:
        for value in (tf.SparseTensorValue([[0, 1]], [5.0], [1, 2]), ([[0, 1]], [5.0], [1, 2])):
            assert sess.run(whole, {x: value}).tolist() == [[1, 6]]
