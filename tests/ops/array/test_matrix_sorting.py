"""Diagonals and bands of matrices; sorting and the largest elements."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import COMPILED, INTERPRETED, OpCase, floats, integers, session

import millpond as tf
from millpond.graph.opdef import lookup


def _top(x, k):
    order = np.argsort(-x, axis=-1, kind="stable")[..., :k]
    return [np.take_along_axis(x, order, -1), order.astype(np.int32)]


_BAND = [floats(2, 3, 4), np.array([-1, 1], np.int32)]
_ROWS = np.array([[1, 3, 3, 5], [0, 2, 4, 6]], np.float32)
_SOUGHT = np.array([[3, 0, 9], [4, 4, 1]], np.float32)
CASES = [
    OpCase("Diag", lambda tf, x: tf.diag(x), [floats(3)], gradient=True, expected=np.diag),
    OpCase("DiagPart", lambda tf, x: tf.diag_part(x), [floats(2, 3, 2, 3)], gradient=True,
           expected=lambda x: x.reshape(6, 6).diagonal().reshape(2, 3)),
    OpCase("MatrixDiagV3", lambda tf, x: tf.matrix_diag(x), [floats(2, 3)], gradient=True,
           expected=lambda x: np.stack([np.diag(row) for row in x])),
    OpCase("MatrixDiagV3", lambda tf, x: tf.matrix_diag(x, k=(-1, 1)), [floats(3, 3)], gradient=True, note="band",
           expected=lambda x: np.diag(x[0, 1:], 1) + np.diag(x[1]) + np.diag(x[2, :2], -1)),
    OpCase("MatrixDiagV2", lambda tf, x: lookup("MatrixDiagV2")(x, 1, -1, -1, np.float64(0) if x.dtype == tf.float64
                                                               else np.float32(0)), [floats(2)], gradient=True,
           expected=lambda x: np.diag(x, 1)),
    OpCase("MatrixDiag", lambda tf, x: lookup("MatrixDiag")(x), [floats(2, 3)], gradient=True,
           expected=lambda x: np.stack([np.diag(row) for row in x])),
    OpCase("MatrixDiagPartV3", lambda tf, x: tf.matrix_diag_part(x, k=1), [floats(2, 3, 4)], gradient=True,
           expected=lambda x: np.diagonal(x, 1, 1, 2)),
    OpCase("MatrixDiagPartV3", lambda tf, x, k: tf.matrix_diag_part(x, k=k, align="LEFT_RIGHT"), _BAND,
           gradient=(0,), note="band",
           expected=lambda x, k: np.stack([[np.diagonal(m, 1), np.diagonal(m), [0, *np.diagonal(m, -1)]] for m in x])),
    OpCase("MatrixDiagPartV2", lambda tf, x, k: lookup("MatrixDiagPartV2")(x, k, tf.zeros([], x.dtype)), _BAND,
           gradient=(0,),
           expected=lambda x, k: np.stack([[np.diagonal(m, 1), np.diagonal(m), [*np.diagonal(m, -1), 0]] for m in x])),
    OpCase("MatrixDiagPart", lambda tf, x: lookup("MatrixDiagPart")(x), [floats(2, 3, 4)], gradient=True,
           expected=lambda x: np.diagonal(x, 0, 1, 2)),
    OpCase("MatrixSetDiagV3", lambda tf, x, d: tf.matrix_set_diag(x, d), [floats(2, 3, 2), floats(2, 2, seed=1)],
           gradient=True, expected=lambda x, d: np.where(np.eye(3, 2, dtype=bool), d[:, None, :], x)),
    OpCase("MatrixSetDiagV2", lambda tf, x, d: lookup("MatrixSetDiagV2")(x, d, 0),
           [floats(3, 2), floats(2, seed=1)], gradient=True,
           expected=lambda x, d: np.where(np.eye(3, 2, dtype=bool), d, x)),
    OpCase("MatrixSetDiag", lambda tf, x, d: lookup("MatrixSetDiag")(x, d), [floats(3, 2), floats(2, seed=1)],
           gradient=True, expected=lambda x, d: np.where(np.eye(3, 2, dtype=bool), d, x)),
    OpCase("MatrixBandPart", lambda tf, x: tf.matrix_band_part(x, 1, 0), [floats(2, 3, 4)], gradient=True,
           expected=lambda x: np.tril(x) - np.tril(x, -2)),
    OpCase("TopKV2", lambda tf, x: tf.nn.top_k(x, 2), [floats(2, 4)], gradient=True, expected=lambda x: _top(x, 2)),
    OpCase("TopKV2", lambda tf, x: tf.nn.top_k(x, 3), [np.array([3, 7, 7, -128, 7], np.int8)], note="ties",
           expected=lambda x: [np.array([7, 7, 7], np.int8), np.array([1, 2, 4], np.int32)]),
    OpCase("TopK", lambda tf, x: lookup("TopK")(x, k=2), [floats(2, 4)], gradient=True,
           expected=lambda x: _top(x, 2)),
    OpCase("InTopKV2", lambda tf, x, t: tf.nn.in_top_k(tf.cast(x, tf.float32), t, 2),
           [np.array([[1, 2, 3], [2, 2, 2], [1, np.inf, 0], [3, 1, 2]], np.float32), np.array([0, 2, 0, 5], np.int32)],
           expected=lambda x, t: np.array([False, True, False, False])),
    OpCase("InTopK", lambda tf, x, t: lookup("InTopK")(tf.cast(x, tf.float32), t, k=1),
           [_ROWS, np.array([3, 0], np.int32)], expected=lambda x, t: np.array([True, False])),
    OpCase("NthElement", lambda tf, x: lookup("NthElement")(x, 1), [floats(2, 4)], gradient=True,
           expected=lambda x: np.sort(x)[:, 1]),
    OpCase("LowerBound", lambda tf, x, v: tf.searchsorted(x, v), [_ROWS, _SOUGHT],
           expected=lambda x, v: np.stack([np.searchsorted(a, b) for a, b in zip(x, v, strict=True)]).astype(np.int32)),
    OpCase("UpperBound", lambda tf, x, v: tf.searchsorted(x, v, side="right"), [_ROWS, _SOUGHT],
           expected=lambda x, v: np.stack([np.searchsorted(a, b, "right")
                                           for a, b in zip(x, v, strict=True)]).astype(np.int32)),
]


@pytest.mark.slow
def test_sorting_along_any_dimension() -> None:
    values = {tf.float32: floats(3, 4), tf.int8: np.array([[-128, 127, 0, 5]] * 3, np.int8),
              tf.uint8: np.array([[0, 255, 7, 7]] * 3, np.uint8)}
    for dtype, value in values.items():
        with tf.Graph().as_default() as graph:
            x = tf.placeholder(dtype, [None, None])
            ys = [tf.sort(x, axis, direction) for axis in (-1, 0) for direction in ("ASCENDING", "DESCENDING")]
            wanted = [np.sort(value, axis) if up else np.flip(np.sort(value, axis), axis)
                      for axis in (-1, 0) for up in (True, False)]
            for tier in (INTERPRETED, COMPILED):
                with session(tf, graph, tier) as sess:
                    for y, right in zip(sess.run(ys, {x: value}), wanted, strict=True):
                        np.testing.assert_array_equal(y, right)


def test_the_gradient_of_a_sort_goes_back_to_where_elements_came_from() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [3])
        (slope,) = tf.gradients(tf.sort(x), x, grad_ys=[tf.constant([1.0, 2.0, 3.0])])
        assert sess.run(slope, {x: [5.0, -1.0, 2.0]}).tolist() == [3.0, 1.0, 2.0]


def test_argsort_keeps_equal_elements_in_order() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        assert sess.run(tf.argsort([2.0, 1.0, 2.0, 1.0])).tolist() == [1, 3, 0, 2]
        assert sess.run(tf.argsort([2.0, 1.0, 2.0], direction="DESCENDING")).tolist() == [0, 2, 1]


def test_too_many_of_the_largest_are_refused() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        with pytest.raises(ValueError, match="input must have last dimension >= k = 5 but is 3"):
            tf.nn.top_k(tf.zeros([2, 3]), 5)
        k = tf.placeholder(tf.int32, [])
        with pytest.raises(tf.errors.InvalidArgumentError, match="input must have at least k columns"):
            sess.run(tf.nn.top_k(tf.placeholder_with_default(tf.zeros([2, 3]), None), k), {k: 5})


def test_diagonals_of_integers_are_exact() -> None:
    value = integers(3, 3)
    with tf.Graph().as_default(), tf.Session() as sess:
        band = sess.run(tf.matrix_diag(tf.matrix_diag_part(tf.constant(value), k=(-2, 2)), k=(-2, 2)))
        np.testing.assert_array_equal(band, value)
        with pytest.raises(ValueError, match="out of bounds"):
            tf.matrix_diag_part(tf.zeros([2, 2]), k=5)
