"""Reductions by segment: rows of the op table, and ids that are wrong."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import OpCase, floats

import millpond as tf

X = floats(5, 2, low=0.5)
SORTED = np.array([0, 0, 1, 3, 3], np.int32)
UNSORTED = np.array([2, 0, -1, 2, 0], np.int32)
ALL_USED = np.array([2, 0, -1, 2, 1], np.int32)
INDICES = np.array([3, 0, 3], np.int32)
OF_INDICES = np.array([0, 0, 1], np.int32)


def _sorted(op_type: str, function: str, expected=None) -> OpCase:
    return OpCase(op_type, lambda tf, x, ids: getattr(tf, function)(x, ids), [X, SORTED], gradient=True,
                  expected=expected)


def _unsorted(op_type: str, function: str, note: str = "") -> OpCase:
    # An empty segment is the lowest or highest number there is, of which no difference can be taken.
    return OpCase(op_type, lambda tf, x, ids: getattr(tf, function)(x, ids, 3), [X, ALL_USED], gradient=True,
                  note=note, rtol=1e-4)


def _chosen(op_type: str, function: str, count: int | None = None) -> OpCase:
    return OpCase(op_type, lambda tf, x, i, s: getattr(tf, function)(x, i, s, num_segments=count),
                  [X, INDICES, OF_INDICES], gradient=True)


CASES = [
    _sorted("SegmentSum", "segment_sum", lambda x, s: np.stack([x[0] + x[1], x[2], 0 * x[0], x[3] + x[4]])),
    _sorted("SegmentMean", "segment_mean"),
    _sorted("SegmentMax", "segment_max", lambda x, s: np.stack([x[:2].max(0), x[2], 0 * x[0], x[3:].max(0)])),
    _sorted("SegmentMin", "segment_min"),
    _sorted("SegmentProd", "segment_prod", lambda x, s: np.stack([x[0] * x[1], x[2], 0 * x[0] + 1, x[3] * x[4]])),
    OpCase("UnsortedSegmentSum", lambda tf, x, ids: tf.unsorted_segment_sum(x, ids, 4), [X, UNSORTED], gradient=True,
           expected=lambda x, s: np.stack([x[1] + x[4], 0 * x[0], x[0] + x[3], 0 * x[0]])),
    _unsorted("UnsortedSegmentMax", "unsorted_segment_max"),
    _unsorted("UnsortedSegmentMin", "unsorted_segment_min"),
    _unsorted("UnsortedSegmentProd", "unsorted_segment_prod"),
    _unsorted("UnsortedSegmentSum", "unsorted_segment_mean", "mean"),
    _unsorted("UnsortedSegmentSum", "unsorted_segment_sqrt_n", "over the root of the size"),
    _chosen("SparseSegmentSum", "sparse_segment_sum"),
    _chosen("SparseSegmentMean", "sparse_segment_mean"),
    _chosen("SparseSegmentSqrtN", "sparse_segment_sqrt_n"),
    _chosen("SparseSegmentSumWithNumSegments", "sparse_segment_sum", 3),
    _chosen("SparseSegmentMeanWithNumSegments", "sparse_segment_mean", 3),
    _chosen("SparseSegmentSqrtNWithNumSegments", "sparse_segment_sqrt_n", 3),
    OpCase("SparseSegmentMeanGrad", lambda tf, x, i, s: tf.gradients(tf.sparse_segment_mean(x, i, s), x),
           [X, INDICES, OF_INDICES],
           expected=lambda x, i, s: np.array([[0.5] * 2, [0] * 2, [0] * 2, [1.5] * 2, [0] * 2], np.float32)),
    OpCase("SparseSegmentSqrtNGrad", lambda tf, x, i, s: tf.gradients(tf.sparse_segment_sqrt_n(x, i, s), x),
           [X, INDICES, OF_INDICES]),
]


def test_ids_that_are_not_sorted_are_an_error() -> None:
    with tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError, match="not increasing"):
            sess.run(tf.segment_sum([1.0, 2.0], [1, 0]))
        with pytest.raises(tf.errors.InvalidArgumentError, match=">= 0"):
            sess.run(tf.segment_sum([1.0, 2.0], [-1, 0]))


def test_shapes_that_do_not_fit_are_refused_while_building() -> None:
    with pytest.raises(ValueError, match="rank 1"):
        tf.segment_sum(tf.zeros([3]), [[0, 1, 2]])
    with pytest.raises(ValueError):
        tf.segment_sum(tf.zeros([3]), [0, 1])


@pytest.mark.usefixtures("tier")
def test_an_id_that_is_not_below_the_number_of_segments_is_an_error() -> None:
    ids = tf.placeholder(tf.int32, [2])
    total = tf.unsorted_segment_sum([1.0, 2.0], ids, 2)
    with tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError, match="id 2"):
            sess.run(total, {ids: [0, 2]})
        assert sess.run(total, {ids: [-1, 1]}).tolist() == [0, 2]


@pytest.mark.usefixtures("tier")
def test_empty_segments_are_the_extremes_of_the_dtype() -> None:
    ids = tf.placeholder(tf.int32, [1])
    with tf.Session() as sess:
        feeds = {ids: [0]}
        assert sess.run(tf.unsorted_segment_max([5], ids, 2), feeds).tolist() == [5, -(2**31)]
        assert sess.run(tf.unsorted_segment_min([5.0], ids, 2), feeds)[1] == np.finfo(np.float32).max


def test_the_gradient_of_a_product_of_a_segment_survives_a_zero() -> None:
    x = tf.constant([2.0, 0.0, 3.0])
    with tf.Session() as sess:
        assert sess.run(tf.gradients(tf.segment_prod(x, [0, 0, 0]), x))[0].tolist() == [0, 6, 0]
        assert sess.run(tf.gradients(tf.unsorted_segment_prod(x, [0, 0, 1], 2), x))[0].tolist() == [0, 2, 1]


def test_rows_that_do_not_exist_cannot_be_chosen() -> None:
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="not in"):
        sess.run(tf.sparse_segment_sum([1.0, 2.0], [2], [0]))


@pytest.mark.parametrize("data, ids", [(1.0, [0]), ([1.0], [0, 0]), ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
                                                                    [[0, 0], [1, 1], [1, 1]])])
def test_ids_that_do_not_match_the_rows_are_found_when_run(data: object, ids: object, tier: str) -> None:
    rows, where = tf.placeholder(tf.float32), tf.placeholder(tf.int32)
    with tf.Session() as sess:
        for rule in (tf.unsorted_segment_sum, tf.unsorted_segment_max, tf.unsorted_segment_prod):
            with pytest.raises(tf.errors.InvalidArgumentError, match="one row for each id"):
                sess.run(rule(rows, where, 2), {rows: data, where: ids})
