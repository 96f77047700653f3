"""Look-ups and scatters by index, one-hot vectors, and ops whose shapes depend on values."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import COMPILED, INTERPRETED, OpCase, floats, integers, session

import millpond as tf
from millpond.graph.opdef import lookup

PLACES = np.array([2, 0, 2], np.int32)
GRID = np.array([[0, 1], [2, 0]], np.int32)


def _scattered(how):
    def build(tf, x, y):
        return getattr(tf, f"tensor_scatter_{how}")(x, [[2], [0]], y)
    return build


def _expected_scatter(combine):
    def expected(x, y):
        result = x.copy()
        result[2], result[0] = combine(x[2], y[0]), combine(x[0], y[1])
        return result
    return expected


_TWO = [floats(3, 2), floats(2, 2, seed=1)]
CASES = [
    OpCase("GatherV2", lambda tf, x, i: tf.gather(x, i), [floats(3, 2), PLACES], gradient=True,
           expected=lambda x, i: x[i]),
    OpCase("GatherV2", lambda tf, x, i: tf.gather(x, i, axis=1), [floats(2, 3, 2), GRID], gradient=True, note="axis",
           expected=lambda x, i: x[:, i]),
    OpCase("GatherV2", lambda tf, x, i: tf.gather(x, i, axis=2, batch_dims=1), [floats(2, 2, 3), GRID],
           gradient=True, note="batch", expected=lambda x, i: np.stack([x[0][:, i[0]], x[1][:, i[1]]]),
           rank_needed=True),
    OpCase("GatherV2", lambda tf, x, i: tf.batch_gather(x, i), [floats(2, 3), GRID], gradient=True,
           note="batch_gather", expected=lambda x, i: np.take_along_axis(x, i, 1), rank_needed=True),
    OpCase("Gather", lambda tf, x, i: lookup("Gather")(x, i), [floats(3, 2), PLACES], gradient=True,
           expected=lambda x, i: x[i]),
    OpCase("GatherNd", lambda tf, x, i: tf.gather_nd(x, i), [floats(3, 4), GRID], gradient=True,
           expected=lambda x, i: x[i[:, 0], i[:, 1]]),
    OpCase("GatherNd", lambda tf, x, i: tf.gather_nd(x, i, batch_dims=1), [floats(2, 3), GRID[:, :1, None]],
           gradient=True, note="batch", expected=lambda x, i: np.stack([x[0][i[0]], x[1][i[1]]])[:, :, 0],
           rank_needed=True),
    OpCase("OneHot", lambda tf, i: tf.one_hot(i, 3), [np.array([1, -1, 5], np.int32)],
           expected=lambda i: np.array([[0, 1, 0], [0, 0, 0], [0, 0, 0]], np.float32)),
    OpCase("OneHot", lambda tf, i: tf.one_hot(i, 300, 5, 2, axis=0), [np.array([[1, 255]], np.uint8)], note="uint8",
           expected=lambda i: np.where(np.arange(300)[:, None, None] == i, 5, 2).astype(np.int32)),
    OpCase("ScatterNd", lambda tf, i, x: tf.scatter_nd(i, x, [4, 2]), [PLACES[:, None], floats(3, 2)],
           gradient=(1,), expected=lambda i, x: np.stack([x[1], 0 * x[0], x[0] + x[2], 0 * x[0]])),
    OpCase("TensorScatterUpdate", _scattered("update"), _TWO, gradient=True,
           expected=_expected_scatter(lambda x, y: y)),
    OpCase("TensorScatterAdd", _scattered("add"), _TWO, gradient=True, expected=_expected_scatter(np.add)),
    OpCase("TensorScatterSub", _scattered("sub"), _TWO, gradient=True, expected=_expected_scatter(np.subtract)),
    OpCase("TensorScatterMax", _scattered("max"), _TWO, gradient=True, expected=_expected_scatter(np.maximum)),
    OpCase("TensorScatterMin", _scattered("min"), _TWO, gradient=True, expected=_expected_scatter(np.minimum)),
    OpCase("DynamicPartition", lambda tf, x, p: tf.dynamic_partition(x, p, 3), [floats(3, 2), PLACES], gradient=True,
           expected=lambda x, p: [x[1:2], x[:0], x[[0, 2]]]),
    OpCase("DynamicStitch", lambda tf, x, y: tf.dynamic_stitch([[0, 3], [[1], [2]]], [x, y]),
           [floats(2, 2), floats(2, 1, 2, seed=1)], gradient=True,
           expected=lambda x, y: np.stack([x[0], y[0, 0], y[1, 0], x[1]])),
    OpCase("ParallelDynamicStitch", lambda tf, x, y: lookup("ParallelDynamicStitch")([[0], [1]], [x, y]),
           [floats(1, 2), floats(1, 2, seed=1)], gradient=True, expected=lambda x, y: np.concatenate([x, y])),
    OpCase("Unique", lambda tf, x: tf.unique(x), [np.array([7, 3, 7, 5], np.int32)],
           expected=lambda x: [np.array([7, 3, 5], np.int32), np.array([0, 1, 0, 2], np.int32)]),
    OpCase("UniqueWithCounts", lambda tf, x: tf.unique_with_counts(x, tf.int64), [np.array([7, 3, 7], np.int32)],
           expected=lambda x: [np.array([7, 3], np.int32), np.array([0, 1, 0]), np.array([2, 1])]),
    OpCase("ListDiff", lambda tf, x, y: tf.setdiff1d(x, y),
           [np.array([1, 2, 1, 3], np.int32), np.array([2, 4], np.int32)],
           expected=lambda x, y: [np.array([1, 1, 3], np.int32), np.array([0, 2, 3], np.int32)]),
    OpCase("UnravelIndex", lambda tf, i: tf.unravel_index(i, [3, 4]), [np.array([0, 7, 11], np.int32)],
           expected=lambda i: np.stack(np.unravel_index(i, (3, 4))).astype(np.int32)),
]

GUARDED = {
    "gather": (lambda x, i: tf.gather(x, i), [0, 1, 2, 7], r"indices\[3\] = 7 is not in \[0, 5\)"),
    "gather_grid": (lambda x, i: tf.gather(x, i), [[0, -1]], r"indices\[0,1\] = -1 is not in \[0, 5\)"),
    "gather_scalar": (lambda x, i: tf.gather(x, i), 5, r"indices = 5 is not in \[0, 5\)"),
    "gather_nd": (lambda x, i: tf.gather_nd(x, i), [[0], [5]],
                  r"indices\[1\] = \[5\] does not index into param shape \[5\]"),
    "scatter_nd": (lambda x, i: tf.scatter_nd(i, x[:1], [3]), [[3]],
                   r"indices\[0\] = \[3\] does not index into shape \[3\]"),
    "tensor_scatter": (lambda x, i: tf.tensor_scatter_update(x, i, x[:1]), [[-1]],
                       r"indices\[0\] = \[-1\] does not index into shape \[5\]"),
    "dynamic_partition": (lambda x, i: tf.dynamic_partition(x, i, 2), [0, 1, 0, 2, 0],
                          r"partitions\[3\] = 2 is not in \[0, 2\)"),
    "unravel_index": (lambda x, i: tf.unravel_index(i, [2, 2]), [4], "index is out of bound"),
}


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize("tier", [INTERPRETED, COMPILED])
def test_indices_out_of_range_are_refused_whether_fed_or_computed(name: str, tier: int) -> None:
    build, indices, message = GUARDED[name]
    with tf.Graph().as_default() as graph:
        x, i = tf.placeholder(tf.float32, None), tf.placeholder(tf.int32, None)
        fed, computed = build(x, i), build(x, i * 1)
        with session(tf, graph, tier) as sess:
            for y in (fed, computed):
                with pytest.raises(tf.errors.InvalidArgumentError, match=message):
                    sess.run(y, {x: np.zeros(5), i: indices})


def test_the_gradient_of_a_look_up_is_only_its_rows() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        table = tf.placeholder(tf.float32, [4, 2])
        (slices,) = tf.gradients(tf.gather(table, [3, 1, 3]) * 2.0, table)
        assert isinstance(slices, tf.IndexedSlices)
        value = sess.run(slices, {table: floats(4, 2)})
        assert value.indices.tolist() == [3, 1, 3]
        np.testing.assert_array_equal(value.values, np.full((3, 2), 2.0))
        dense = sess.run(tf.convert_to_tensor(slices), {table: floats(4, 2)})
        np.testing.assert_array_equal(dense[:, 0], [0, 2, 0, 4])


def test_one_hot_asks_for_one_dtype() -> None:
    with tf.Graph().as_default():
        assert tf.one_hot([0], 2, True, False).dtype is tf.bool
        assert tf.one_hot([0], 2, 1.0).dtype is tf.float32
        with pytest.raises(TypeError, match="on_value does not match dtype"):
            tf.one_hot([0], 2, on_value=1.0, off_value=False)
        with pytest.raises(TypeError, match="does not match dtype parameter int32"):
            tf.one_hot([0], 2, on_value=tf.constant(1.0), dtype=tf.int32)


def test_strings_are_looked_up_and_made_unique() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        words = tf.constant(["b", "a", "b"])
        assert sess.run(tf.gather(words, [1, 0])).tolist() == [b"a", b"b"]
        y, places = sess.run(tf.unique(words))
        assert (y.tolist(), places.tolist()) == ([b"b", b"a"], [0, 1, 0])


def test_a_look_up_of_nothing_in_nothing() -> None:
    with tf.Graph().as_default() as graph:
        x, i = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.int32, [None])
        y = tf.gather(x, i)
        for tier in (INTERPRETED, COMPILED):
            with session(tf, graph, tier) as sess:
                assert sess.run(y, {x: np.zeros((0, 2)), i: []}).shape == (0, 2)


def test_integers_keep_their_width() -> None:
    values = integers(4, dtype=np.int8)
    with tf.Graph().as_default(), tf.Session() as sess:
        assert sess.run(tf.gather(tf.constant(values), [0, 3])).dtype == np.int8
