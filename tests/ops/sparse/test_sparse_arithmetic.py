"""Sums, products, maxima and reductions of sparse tensors: values are TensorFlow's, observed by running it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from op_case import OpCase, floats

import millpond as tf

PLACES = np.array([[0, 1], [1, 0], [2, 3]], np.int64)
OTHER = np.array([[0, 1], [0, 2], [1, 0]], np.int64)
BOTH = np.array([[0, 1], [0, 2], [1, 0], [2, 3]])
SHAPE = np.array([3, 4], np.int64)
V, W = np.float32([1, -2, 3]), np.float32([5, 6, 2])


def parts(sparse: Any) -> list[Any]:
    return [sparse.indices, sparse.values, sparse.dense_shape]


def sparse(values: Any, places: Any = PLACES) -> Any:
    return tf.SparseTensor(places, values, SHAPE)


def whole(values: np.ndarray) -> np.ndarray:
    result = np.zeros((3, 4), values.dtype)
    result[tuple(PLACES.T)] = values
    return result


CASES = [
    OpCase("SparseAdd", lambda tf, v, w: parts(tf.sparse_add(sparse(v), sparse(w, OTHER))), [V, W], gradient=True,
           shapes_needed=True, expected=lambda v, w: [BOTH, np.float32([6, 6, 0, 3]), SHAPE]),
    OpCase("SparseAddGrad", lambda tf, v, w: tf.gradients(
        tf.sparse_add(sparse(v), sparse(w, OTHER), threshold=1.0).values, [v, w]), [V, W],
        expected=lambda v, w: [np.float32([1, 0, 1]), np.float32([1, 1, 0])]),
    OpCase("SparseTensorDenseAdd", lambda tf, v, d: tf.sparse_add(sparse(v), d), [V, floats(3, 4)], gradient=True,
           expected=lambda v, d: whole(v) + d),
    OpCase("SparseSparseMaximum", lambda tf, v, w: parts(tf.sparse_maximum(sparse(v), sparse(w, OTHER))), [V, W],
           expected=lambda v, w: [BOTH, np.float32([5, 6, 2, 3]), SHAPE]),
    OpCase("SparseSparseMinimum", lambda tf, v, w: parts(tf.sparse_minimum(sparse(v), sparse(w, OTHER))), [V, W],
           expected=lambda v, w: [BOTH, np.float32([1, 0, -2, 0]), SHAPE]),
    *[OpCase("SparseDenseCwiseMul", lambda tf, v, d: (sparse(v) * d).values, [V, floats(*shape)], gradient=True,
             expected=lambda v, d: v * np.broadcast_to(d, (3, 4))[tuple(PLACES.T)], note=f"{shape}")
      for shape in ((3, 4), (4,), (3, 1), ())],
    OpCase("SparseDenseCwiseDiv", lambda tf, v, d: (sparse(v) / d).values, [V, floats(3, 1, low=1.0)], gradient=True,
           expected=lambda v, d: v / np.broadcast_to(d, (3, 4))[tuple(PLACES.T)]),
    *[OpCase("SparseReduceSum", lambda tf, v, a=axis, k=keep: tf.sparse_reduce_sum(sparse(v), a, k), [V], gradient=True,
             expected=lambda v, a=axis, k=keep: np.sum(whole(v), None if a is None else tuple(a), keepdims=k),
             note=f"{axis}-{keep}")
      for axis, keep in ((None, False), ([0], False), ([-1], True), ([1, 0], True), ([], False))],
    OpCase("SparseReduceSumSparse", lambda tf, v: parts(tf.sparse_reduce_sum_sparse(sparse(v), 0)), [V],
           expected=lambda v: [np.array([[0], [1], [3]]), np.float32([-2, 1, 3]), np.array([4])]),
    OpCase("SparseReduceMax", lambda tf, v: tf.sparse_reduce_max(sparse(v), 0), [V],
           expected=lambda v: np.float32([-2, 1, 0, 3])),
    OpCase("SparseReduceMax", lambda tf, v: tf.sparse_reduce_max(sparse(v)), [V], note="all",
           expected=lambda v: np.float32(3)),
    OpCase("SparseReduceMaxSparse", lambda tf, v: parts(tf.sparse_reduce_max_sparse(sparse(v))), [V],
           expected=lambda v: [np.zeros((1, 0), np.int64), np.float32([3]), np.zeros(0, np.int64)]),
    OpCase("SparseSplit", lambda tf, v: [part for half in tf.sparse_split(sp_input=sparse(v), num_split=3, axis=-1)
                                         for part in parts(half)], [V],
           expected=lambda v: [PLACES[:2], v[:2], np.array([3, 2]), np.zeros((0, 2), np.int64), v[:0],
                               np.array([3, 1]), np.array([[2, 0]]), v[2:], np.array([3, 1])]),
    OpCase("SparseSoftmax", lambda tf, v: tf.sparse_softmax(sparse(v, OTHER)).values, [np.float32([1, 2, 3])],
           gradient=True, expected=lambda v: np.float32([0.26894143, 0.7310586, 1])),
]


def run(value: Any) -> Any:
    with tf.Session() as sess:
        return sess.run(value)


@pytest.mark.parametrize(("threshold", "wanted"), [(0.0, [6, 6, 0, 3]), (0.1, [6, 6, 3]), (6.5, [6, 3])])
def test_sums_below_the_threshold_are_left_out(threshold: float, wanted: list) -> None:
    total = tf.sparse_add(sparse(V), sparse(W, OTHER), threshold)
    assert run(total).values.tolist() == wanted
    assert run(tf.sparse.add(sparse([1, -2, 3]), sparse([-1, 2, -3]), thresh=1)).values.tolist() == []


def test_what_does_not_fit_is_refused() -> None:
    a, wide = sparse(V), tf.SparseTensor([[0, 0]], [1.0], [3, 5])
    with pytest.raises(TypeError, match="tf.add"):
        tf.sparse_add([1.0], [1.0])
    with pytest.raises(ValueError, match="incompatible"):
        tf.sparse_add(a, wide)
    with pytest.raises(ValueError, match="reduction dimension 2"):
        tf.sparse_reduce_sum(a, 2)
    with pytest.raises(TypeError):
        2.0 * a
    for wrong in (lambda: tf.sparse_add(a, tf.ones([4])), lambda: tf.sparse_maximum(a, wide),
                  lambda: a * tf.ones([3]), lambda: a * tf.ones([2, 3, 4]), lambda: tf.sparse_reduce_sum_sparse(a, 2),
                  lambda: tf.sparse_softmax(tf.SparseTensor([[0]], [1.0], [3]))):
        with pytest.raises(tf.errors.InvalidArgumentError):
            run(wrong())


def test_whole_numbers_divide_to_floats() -> None:
    assert run(sparse([7, 1, -2]) / 2).values.tolist() == [3.5, 0.5, -1.0]


def test_rows_of_nothing_are_zeros_and_axes_may_be_named_twice() -> None:
    nothing = tf.SparseTensor(np.zeros((0, 2), np.int64), np.zeros(0, np.float32), [3, 4])
    assert run(tf.sparse_reduce_sum(nothing, 1)).tolist() == [0, 0, 0]
    assert run(tf.sparse_reduce_max(nothing, 1)).tolist() == [0, 0, 0]
    assert run(tf.sparse_reduce_sum(sparse(V), [0, 0])).tolist() == [-2, 1, 0, 3]
    assert run(tf.sparse_softmax(sparse([-np.inf, 1.0, 2.0], OTHER))).values.tolist() == [0, 1, 1]


def test_static_shapes_of_reductions() -> None:
    assert tf.sparse_reduce_sum(sparse(V), 0).shape == [4]
    assert tf.sparse_reduce_max(sparse(V), -1, keepdims=True).shape == [3, 1]
    assert tf.sparse_reduce_sum(sparse(V)).shape == []


def test_a_dimension_is_not_split_into_more_parts_than_it_has() -> None:
    for num_split, axis in ((5, 1), (2, 2)):
        with pytest.raises(tf.errors.InvalidArgumentError):
            run(tf.sparse_split(sp_input=sparse(V), num_split=num_split, axis=axis)[0].values)
    with pytest.raises(ValueError, match="by name"):
        tf.sparse_split(1, 2, sparse(V))
    halves = tf.sparse.split(sp_input=sparse(V), num_split=2, axis=1)
    assert [half.indices.shape.as_list() for half in halves] == [[None, 2]] * 2
