"""Reductions, running sums and positions: rows of the op table, and the edges."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import OpCase, bools, floats, integers

import millpond as tf

X = floats(2, 3, 2)
M = floats(3, 4)


def _reduction(op_type: str, function: str, expected, axis, x=X, gradient=True, note="", **more) -> OpCase:
    def build(tf, x):
        reduce = getattr(tf, function, None) or getattr(tf.math, function)
        return reduce(x, axis=axis, keepdims=more.get("keepdims", False))

    def numpy(x):
        return expected(x, axis=tuple(axis) if isinstance(axis, list) else axis,
                        keepdims=more.get("keepdims", False)).astype(x.dtype)

    return OpCase(op_type, build, [x], gradient=gradient, expected=numpy, note=note)


CASES = [
    _reduction("Sum", "reduce_sum", np.sum, None),
    _reduction("Sum", "reduce_sum", np.sum, [0, 2], note="two axes"),
    _reduction("Sum", "reduce_sum", np.sum, -1, note="kept", keepdims=True),
    _reduction("Prod", "reduce_prod", np.prod, 1),
    _reduction("Prod", "reduce_prod", np.prod, [0, 2], note="two axes"),
    _reduction("Prod", "reduce_prod", np.prod, None, note="all"),
    _reduction("Mean", "reduce_mean", np.mean, 1),
    _reduction("Mean", "reduce_mean", np.mean, None, note="all"),
    _reduction("Max", "reduce_max", np.max, 1),
    _reduction("Min", "reduce_min", np.min, [0, 1]),
    _reduction("All", "reduce_all", np.all, 1, x=bools(2, 3), gradient=False),
    _reduction("Any", "reduce_any", np.any, 0, x=bools(2, 3), gradient=False),
    _reduction("EuclideanNorm", "reduce_euclidean_norm", lambda x, axis, keepdims: np.sqrt(
        np.sum(x * x, axis=axis, keepdims=keepdims)), 1),
    OpCase("Log", lambda tf, x: tf.reduce_logsumexp(x, 1), [M], gradient=True, note="log-sum-exp",
           expected=lambda x: np.log(np.sum(np.exp(x), 1))),
    OpCase("Mean", lambda tf, x: tf.math.reduce_variance(x, 1), [M], gradient=True, note="variance",
           expected=lambda x: np.var(x, 1)),
    OpCase("Sqrt", lambda tf, x: tf.math.reduce_std(x), [M], gradient=True, note="standard deviation",
           expected=lambda x: np.std(x)),
    OpCase("NotEqual", lambda tf, x: tf.count_nonzero(x, 1), [integers(2, 4, low=-1, high=2)], note="count",
           expected=lambda x: np.count_nonzero(x, 1).astype(np.int64)),
    OpCase("ArgMax", lambda tf, x: tf.argmax(x, 1), [M], expected=lambda x: np.argmax(x, 1)),
    OpCase("ArgMin", lambda tf, x: tf.argmin(x, -1, output_type=tf.int32), [M],
           expected=lambda x: np.argmin(x, -1).astype(np.int32)),
    OpCase("Cumsum", lambda tf, x: tf.cumsum(x, 1), [M], gradient=True, expected=lambda x: np.cumsum(x, 1)),
    OpCase("Cumsum", lambda tf, x: tf.cumsum(x, 1, exclusive=True, reverse=True), [M], gradient=True,
           attrs={"exclusive": True, "reverse": True}, note="from the end, without itself"),
    OpCase("Cumprod", lambda tf, x: tf.cumprod(x, -1), [M], gradient=True, expected=lambda x: np.cumprod(x, -1)),
    OpCase("Cumprod", lambda tf, x: tf.cumprod(x, 0, exclusive=True), [M], gradient=True, note="without itself"),
    OpCase("CumulativeLogsumexp", lambda tf, x: tf.math.cumulative_logsumexp(x, 1), [M], gradient=True,
           expected=lambda x: np.log(np.cumsum(np.exp(x), 1))),
    OpCase("CumulativeLogsumexp", lambda tf, x: tf.math.cumulative_logsumexp(x, 0, reverse=True), [M],
           gradient=True, note="from the end"),
    OpCase("Bincount", lambda tf, x: tf.bincount(x), [np.array([1, 1, 3], np.int32)],
           expected=lambda x: np.array([0, 2, 0, 1], np.int32)),
    OpCase("HistogramFixedWidth", lambda tf, x: tf.histogram_fixed_width(x, [0.0, 5.0], 5),
           [np.array([-1, 0, 1.5, 2, 5, 15], np.float32)], expected=lambda x: np.array([2, 1, 1, 0, 2], np.int32)),
]


@pytest.mark.usefixtures("tier")
def test_sums_of_integers_stay_in_their_dtype() -> None:
    x = tf.placeholder(tf.int32, [2])
    total = tf.reduce_sum(x)
    assert total.dtype == tf.int32
    with tf.Session() as sess:
        value = sess.run(total, {x: [2**31 - 1, 1]})
    assert value == -(2**31)
    assert value.dtype == np.int32


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_many_small_halves_add_up(dtype: tf.DType) -> None:
    x = tf.ones([4096], dtype)
    with tf.Session() as sess:
        assert float(sess.run(tf.reduce_sum(x))) == 4096
        assert float(sess.run(tf.reduce_mean(x))) == 1


@pytest.mark.usefixtures("tier")
def test_the_mean_of_integers_is_rounded_towards_zero() -> None:
    x = tf.placeholder(tf.int32, [None])
    with tf.Session() as sess:
        assert sess.run(tf.reduce_mean(x), {x: [-3, 0]}) == -1
        assert sess.run(tf.reduce_mean(x), {x: [3, 0]}) == 1


@pytest.mark.usefixtures("tier")
def test_reductions_of_nothing_are_the_identity() -> None:
    x = tf.placeholder(tf.float32, [0, 2])
    fetches = [tf.reduce_sum(x, 0), tf.reduce_prod(x, 0), tf.reduce_max(x, 0), tf.reduce_min(x, 0)]
    with tf.Session() as sess:
        values = sess.run(fetches, {x: np.zeros((0, 2))})
    assert [value[0] for value in values] == [0, 1, -np.inf, np.inf]


@pytest.mark.usefixtures("tier")
def test_the_position_of_an_extreme_among_nothing_is_an_error() -> None:
    x = tf.placeholder(tf.float32, [2, None])
    position = tf.argmax(x, 1)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="axis 1 is empty"):
        sess.run(position, {x: np.zeros((2, 0))})


def test_all_axes_are_a_constant_where_the_rank_is_known() -> None:
    total = tf.reduce_sum(tf.placeholder(tf.float32, [2, None]))
    assert total.shape == []
    assert [op.name for op in tf.get_default_graph().get_operations()] == ["Placeholder", "Const", "Sum"]


def test_all_axes_are_a_range_where_it_is_not() -> None:
    total = tf.reduce_sum(tf.placeholder(tf.float32))
    assert total.shape == []
    assert [op.type for op in tf.get_default_graph().get_operations()] == [
        "Placeholder", "Rank", "Const", "Const", "Range", "Sum"]


def test_older_argument_names_are_understood_and_not_mixed() -> None:
    x = tf.constant([[1.0, 2.0]])
    assert tf.reduce_sum(x, reduction_indices=[1], keep_dims=True).shape == [1, 1]
    assert tf.argmax(x, dimension=1).shape == [1]
    with pytest.raises(ValueError, match="both 'axis' and 'reduction_indices'"):
        tf.reduce_sum(x, axis=0, reduction_indices=0)


def test_an_axis_out_of_range_is_refused_while_building() -> None:
    with pytest.raises(ValueError, match="Invalid reduction dimension 2"):
        tf.reduce_sum(tf.zeros([2, 3]), 2)
    with pytest.raises(ValueError, match=r"\[-2, 2\)"):
        tf.argmax(tf.zeros([2, 3]), 2)


def test_the_gradient_of_an_extreme_is_shared_by_equals() -> None:
    x = tf.constant([[1.0, 3.0, 3.0]])
    with tf.Session() as sess:
        assert sess.run(tf.gradients(tf.reduce_max(x, 1), x))[0].tolist() == [[0, 0.5, 0.5]]


def test_the_gradient_of_a_product_survives_a_zero() -> None:
    x = tf.constant([2.0, 0.0, 3.0])
    with tf.Session() as sess:
        assert sess.run(tf.gradients(tf.reduce_prod(x), x))[0].tolist() == [0, 6, 0]


def test_gradients_arrive_when_an_axis_is_fed() -> None:
    x, axis = tf.placeholder(tf.float32), tf.placeholder(tf.int32, [])
    for reduce, slope in ((tf.reduce_mean, 0.5), (tf.reduce_sum, 1.0)):
        grad = tf.gradients(reduce(x, axis), x)[0]
        with tf.Session() as sess:
            assert sess.run(grad, {x: [[1.0, 2.0]], axis: 1}).tolist() == [[slope, slope]]


def test_counting_ignores_empty_strings_and_sees_sparse_values() -> None:
    with tf.Session() as sess:
        assert sess.run(tf.count_nonzero(["a", "", "b"])) == 2
        assert sess.run(tf.count_nonzero(tf.SparseTensor([[0], [1]], [0, 5], [3]))) == 1


def test_a_histogram_puts_outsiders_into_the_outer_bins() -> None:
    values = [-1.0, 0.0, 1.5, 2.0, 5.0, 15.0]
    with tf.Session() as sess:
        assert sess.run(tf.histogram_fixed_width_bins(values, [0.0, 5.0], 5)).tolist() == [0, 0, 1, 2, 4, 4]


def test_bins_have_the_lengths_asked_for() -> None:
    with tf.Session() as sess:
        assert sess.run(tf.bincount([1, 1], minlength=4)).tolist() == [0, 2, 0, 0]
        assert sess.run(tf.bincount([1, 5], maxlength=3)).tolist() == [0, 1, 0]
        assert sess.run(tf.bincount([0, 1], weights=[0.5, 2.0])).tolist() == [0.5, 2]
        with pytest.raises(tf.errors.InvalidArgumentError, match="non-negative"):
            sess.run(tf.bincount([-1, 2]))


def test_a_confusion_matrix_checks_its_classes() -> None:
    labels = tf.placeholder(tf.int32, [None])
    matrix = tf.confusion_matrix(labels, [0, 1], num_classes=2)
    with tf.Session() as sess:
        assert sess.run(matrix, {labels: [1, 1]}).tolist() == [[0, 0], [1, 1]]
        with pytest.raises(tf.errors.InvalidArgumentError, match="out of bound"):
            sess.run(matrix, {labels: [0, 2]})
        with pytest.raises(tf.errors.InvalidArgumentError, match="negative"):
            sess.run(matrix, {labels: [0, -1]})


def test_order_is_judged_along_the_whole_tensor() -> None:
    with tf.Session() as sess:
        assert sess.run(tf.is_non_decreasing([[1, 2], [2, 3]]))
        assert not sess.run(tf.is_strictly_increasing([[1, 2], [2, 3]]))
        assert sess.run(tf.is_strictly_increasing(tf.zeros([0])))


@pytest.mark.parametrize("nbins, error, message", [
    (0, ValueError, "Requires nbins > 0"), (-1, ValueError, "Requires nbins > 0"), ([5], ValueError, "rank 0"),
    (2.5, TypeError, "int32"), ("a", TypeError, "int32")])
def test_a_number_of_bins_that_is_none_is_refused_while_building(nbins, error, message):
    with pytest.raises(error, match=message):
        tf.histogram_fixed_width([1.0, 2.0], [0.0, 5.0], nbins)


def test_a_number_of_bins_that_is_fed_is_checked_by_the_run(tier):
    nbins = tf.placeholder(tf.int32)
    histogram = tf.histogram_fixed_width([1.0, 2.0], [0.0, 5.0], nbins)
    with tf.Session() as sess:
        assert sess.run(histogram, {nbins: 5}).tolist() == [0, 1, 1, 0, 0]
        with pytest.raises(tf.errors.InvalidArgumentError, match="positive"):
            sess.run(histogram, {nbins: 0})


@pytest.mark.parametrize("reduce", [tf.reduce_sum, tf.reduce_max, tf.reduce_mean, tf.reduce_prod, tf.count_nonzero])
def test_an_axis_is_a_number_or_a_list_of_them(reduce):
    x = tf.constant([[1, 2], [3, 4]])
    for axis in ([[0], [1]], tf.placeholder(tf.int32, [None, 1]), np.zeros([0, 2], np.int32)):
        with pytest.raises(ValueError, match="at most 1"):
            reduce(x, axis)
        with pytest.raises(ValueError, match="at most 1"):
            reduce(tf.placeholder(tf.int32), axis)


def test_the_range_of_a_histogram_goes_upward(tier: str) -> None:
    span = tf.placeholder(tf.float32, [2])
    counts = tf.histogram_fixed_width([1.0, 4.0], span, nbins=2)
    with tf.Session() as sess:
        assert sess.run(counts, {span: [0.0, 5.0]}).tolist() == [1, 1]
        for wrong in ([5.0, 0.0], [2.0, 2.0]):
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"value_range\[0\] < value_range\[1\]"):
                sess.run(counts, {span: wrong})
