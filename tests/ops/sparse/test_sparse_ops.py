"""Ops on sparse tensors, against NumPy on the dense whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from op_case import OpCase, complexes, floats

import millpond as tf

PLACES = np.array([[0, 1], [1, 0], [2, 3]], np.int64)
SHAPE = np.array([3, 4], np.int64)
VALUES = floats(3)
OTHER = np.array([[0, 2], [2, 0], [2, 1]], np.int64)

# Recorded from TensorFlow.
CROSSED = [892, 747, 4, 805, 280, 235]
KEYED = [623426596752840923, 4503398340066883968]


def dense(values: np.ndarray, places: np.ndarray = PLACES, shape: Any = (3, 4)) -> np.ndarray:
    whole = np.zeros(tuple(shape), values.dtype)
    whole[tuple(places.T)] = values
    return whole


def parts(sparse: Any) -> list[Any]:
    return [sparse.indices, sparse.values, sparse.dense_shape]


def _concatenated(v: np.ndarray, w: np.ndarray) -> list[np.ndarray]:
    """Marked by adding 10, so that zeros count as elements."""
    whole = np.concatenate([dense(v + 10), dense(w + 10, OTHER)], 1)
    places = np.argwhere(whole)
    return [places, whole[tuple(places.T)] - 10, np.array([3, 8])]


CASES = [
    OpCase("SparseReshape", lambda tf, i, v, s: parts(tf.sparse_reshape(tf.SparseTensor(i, v, s), [2, -1])),
           [PLACES, VALUES, SHAPE],
           expected=lambda i, v, s: [np.stack(np.unravel_index(np.ravel_multi_index(i.T, (3, 4)), (2, 6)), 1), v,
                                     np.array([2, 6])]),
    OpCase("SparseReorder",
           lambda tf, v: parts(tf.sparse_reorder(tf.SparseTensor([[2, 0], [0, 1], [0, 0]], v, [3, 2]))),
           [VALUES], gradient=True,
           expected=lambda v: [np.array([[0, 0], [0, 1], [2, 0]]), v[[2, 1, 0]], np.array([3, 2])]),
    OpCase("SparseFillEmptyRows",
           lambda tf, v, d: tf.sparse_fill_empty_rows(
               tf.SparseTensor([[0, 1], [2, 0], [2, 1]], v, [4, 3]), d)[0].values,
           [VALUES, np.float32(2)], gradient=True,
           expected=lambda v, d: np.array([v[0], d, v[1], v[2], d])),
    OpCase("SparseFillEmptyRowsGrad",
           lambda tf, v: tf.gradients(
               tf.sparse_fill_empty_rows(tf.SparseTensor([[1, 1]], v, [3, 3]), v[0])[0].values, v), [VALUES[:1]],
           expected=lambda v: np.array([3.0], np.float32)),
    OpCase("SparseSlice", lambda tf, v: parts(tf.sparse_slice(tf.SparseTensor(PLACES, v, SHAPE), [1, 0], [9, 4])),
           [VALUES], gradient=True,
           expected=lambda v: [np.array([[0, 0], [1, 3]]), v[1:], np.array([2, 4])]),
    OpCase("SparseSliceGrad",
           lambda tf, v: tf.gradients(tf.sparse_slice(tf.SparseTensor(PLACES, v, SHAPE), [1, 0], [1, 4]).values, v),
           [VALUES], expected=lambda v: np.array([0.0, 1.0, 0.0], np.float32)),
    OpCase("SparseConcat",
           lambda tf, v, w: parts(tf.sparse_concat(1, [tf.SparseTensor(PLACES, v, SHAPE),
                                                       tf.SparseTensor(OTHER, w, SHAPE)])),
           [VALUES, floats(3, seed=1)], gradient=True, expected=_concatenated),
    OpCase("SparseToDense", lambda tf, v, d: tf.sparse_to_dense(PLACES, [3, 4], v, d), [VALUES, np.float32(-1)],
           gradient=True, expected=lambda v, d: np.where(dense(np.ones(3)) > 0, dense(v), d)),
    OpCase("SparseToDense", lambda tf, v: tf.sparse_to_dense([3, 1], [5], v, validate_indices=False), [np.float32(2)],
           gradient=True, expected=lambda v: np.array([0, v, 0, v, 0]), note="one value for all"),
    *[OpCase("SparseTensorDenseMatMul",
             lambda tf, v, b, a=a, t=t: tf.sparse_tensor_dense_matmul(
                 tf.SparseTensor(PLACES, v, SHAPE), b, adjoint_a=a, adjoint_b=t),
             [VALUES, floats(*((3, 2) if a else (4, 2)))[::1] if not t else floats(*((2, 3) if a else (2, 4)))],
             gradient=True,
             expected=lambda v, b, a=a, t=t: (dense(v).T if a else dense(v)) @ (b.T if t else b),
             note=f"{a}-{t}") for a in (False, True) for t in (False, True)],
    OpCase("SparseTensorDenseMatMul",
           lambda tf, v, b: tf.sparse_tensor_dense_matmul(tf.SparseTensor(PLACES, v, SHAPE), b, adjoint_a=True),
           [complexes(3), complexes(3, 2, seed=1)], expected=lambda v, b: dense(v).conj().T @ b, note="complex"),
    OpCase("SparseCross",
           lambda tf, a, b: parts(tf.sparse.cross([tf.SparseTensor([[0, 0], [0, 1], [1, 0]], a, [2, 2]), b])),
           [np.array([b"a", b"b", b"c"], object), np.array([[1, 2], [3, 4]])],
           expected=lambda a, b: [
               np.array([[0, 0], [0, 1], [0, 2], [0, 3], [1, 0], [1, 1]]),
               np.array([b"a_X_1", b"a_X_2", b"b_X_1", b"b_X_2", b"c_X_3", b"c_X_4"], object), np.array([2, 4])]),
]


def test_hashed_crosses_have_the_bits_of_tensorflow() -> None:
    letters = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], ["a", "b", "c"], [2, 2])
    with tf.Session() as sess:
        crossed = sess.run(tf.sparse.cross_hashed([letters, [["x", "y"], ["z", "w"]]], 1000))
        assert crossed.values.tolist() == CROSSED
        keyed = tf.sparse.cross_hashed([tf.constant([[1, 2]], tf.int64), [["q"]], tf.constant([[-5]], tf.int64)],
                                       hash_key=7)
        assert sess.run(keyed).values.tolist() == KEYED


def test_a_row_without_values_has_no_crosses() -> None:
    letters = tf.SparseTensor([[0, 0]], ["a"], [2, 2])
    with tf.Session() as sess:
        crossed = sess.run(tf.sparse.cross([letters, [["x"], ["z"]]]))
        assert crossed.values.tolist() == [b"a_X_x"]
        assert crossed.dense_shape.tolist() == [2, 1]


@pytest.mark.parametrize(("indices", "words"), [
    ([[1, 1], [0, 1]], "out of order"), ([[0, 1], [0, 1]], "is repeated"), ([[0, 1], [3, 0]], "out of bounds")])
def test_places_in_disorder_repeated_or_out_of_range_are_refused(indices: list, words: str) -> None:
    whole = tf.sparse_tensor_to_dense(tf.SparseTensor(indices, [1.0, 2.0], [2, 2]))
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match=words):
        sess.run(whole)


def test_a_place_outside_of_the_matrix_is_refused(tier: str) -> None:
    places = tf.placeholder(tf.int64, [None, 2])
    product = tf.sparse_tensor_dense_matmul(tf.SparseTensor(places, tf.ones(1), [2, 2]), tf.ones([2, 2]))
    with tf.Session() as sess:
        assert sess.run(product, {places: [[1, 1]]}).tolist() == [[0, 0], [1, 1]]
        for wrong in ([[2, 0]], [[0, 2]], [[-1, 0]]):
            with pytest.raises(tf.errors.InvalidArgumentError, match="out of bounds"):
                sess.run(product, {places: wrong})


def test_static_shapes_are_those_of_tensorflow() -> None:
    sparse = tf.SparseTensor(PLACES, VALUES, SHAPE)
    assert tf.sparse_reshape(sparse, [2, -1]).shape == [2, 6]
    assert tf.sparse_concat(-1, [sparse, sparse]).shape == [3, 8]
    assert tf.sparse_tensor_to_dense(sparse).shape == [3, 4]
    assert tf.sparse_tensor_dense_matmul(sparse, tf.placeholder(tf.float32, [4, None])).shape.as_list() == [3, None]
    with pytest.raises(ValueError, match="12 dense values"):
        tf.sparse_reshape(sparse, [5, -1])
    with pytest.raises(ValueError, match="must be equal"):
        tf.sparse_tensor_dense_matmul(sparse, tf.ones([3, 2]))


def test_ragged_others_grow_when_asked(tier: str) -> None:
    wide = tf.SparseTensor([[0, 0]], [9.0], [1, 9])
    with tf.Session() as sess:
        value = sess.run(tf.sparse_concat(0, [tf.SparseTensor(PLACES, VALUES, SHAPE), wide], expand_nonconcat_dim=True))
        assert value.dense_shape.tolist() == [4, 9]
        with pytest.raises(tf.errors.InvalidArgumentError, match="must match but for dimension 0"):
            sess.run(tf.sparse_concat(0, [tf.SparseTensor(PLACES, VALUES, SHAPE), wide]))


def test_safe_lookup_leaves_out_what_is_invalid_and_fills_what_is_empty(tier: str) -> None:
    table = tf.constant(np.arange(12.0).reshape(6, 2), tf.float32)
    ids = tf.SparseTensor([[0, 0], [0, 1], [2, 0], [2, 1]], np.array([1, 3, -1, 2]), [4, 2])
    weights = tf.SparseTensor(ids.indices, np.array([1, 3, -1, 0.5], np.float32), [4, 2])
    lookup = tf.nn.safe_embedding_lookup_sparse
    with tf.Session() as sess:
        assert sess.run(lookup(table, ids)).tolist() == [[4, 5], [0, 0], [4, 5], [0, 0]]
        assert sess.run(lookup(table, ids, weights, default_id=5)).tolist() == [
            [5, 6], [10, 11], [4, 5], [10, 11]]
        slopes = tf.gradients(lookup(table, ids, combiner="sum"), table)[0]
        assert sess.run(tf.convert_to_tensor(slopes)).tolist() == [[0, 0], [1, 1], [1, 1], [1, 1], [0, 0], [0, 0]]


def test_ids_become_places(tier: str) -> None:
    ids = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], tf.constant([2, 3, 0], tf.int64), [2, 2])
    values = tf.SparseTensor(ids.indices, [5.0, 6.0, 7.0], [2, 2])
    with tf.Session() as sess:
        merged = sess.run(tf.sparse_merge(ids, values, 4))
        assert [part.tolist() for part in merged] == [[[0, 2], [1, 0], [1, 3]], [5, 7, 6], [2, 4]]
        several = sess.run(tf.sparse_merge([ids, ids], values, [4, 4]))
        assert [part.tolist() for part in several] == [[[0, 2, 2], [1, 0, 0], [1, 3, 3]], [5, 7, 6], [2, 4, 4]]
    with pytest.raises(ValueError, match="equal lengths"):
        tf.sparse_merge([ids], values, [4, 4])
