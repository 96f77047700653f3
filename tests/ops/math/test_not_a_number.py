"""What chooses among elements passes over NaN, what reduces them shows it, and what is hidden keeps its gradient of 0.

The values are those of TensorFlow on a CPU.
"""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

NAN, INF = np.nan, np.inf
FLOATS = ["float16", "bfloat16", "float32", "float64"]


def _run(fetches, x, data):
    with tf.Session() as sess:
        return sess.run(fetches, {x: np.array(data).astype(x.dtype.np_dtype)})


@pytest.mark.parametrize("dtype", FLOATS)
def test_arg_extremes_pass_over_nan(dtype, tier):
    x = tf.placeholder(dtype, [None, 4])
    largest, smallest = _run([tf.argmax(x, 1), tf.argmin(x, 1)], x, [
        [NAN, 1, NAN, 3], [2, NAN, 5, 1], [NAN] * 4, [-INF, -INF, NAN, -INF], [INF, INF, NAN, 1]])
    assert largest.tolist() == [3, 2, 0, 0, 0]
    assert smallest.tolist() == [1, 3, 0, 0, 3]


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_extreme_of_nan_is_nan_and_so_is_its_gradient(dtype, tier):
    x = tf.placeholder(dtype, [2, 3])
    fetches = []
    for reduction in (tf.reduce_max, tf.reduce_min):
        extreme = reduction(x, 1)
        fetches += [extreme, tf.gradients(extreme, x)[0]]
    largest, of_largest, smallest, of_smallest = _run(fetches, x, [[1, NAN, 2], [4, 4, 3]])
    np.testing.assert_array_equal(largest.astype(np.float32), [NAN, 4])
    np.testing.assert_array_equal(smallest.astype(np.float32), [NAN, 3])
    np.testing.assert_array_equal(of_largest.astype(np.float32), [[NAN] * 3, [0.5, 0.5, 0]])
    np.testing.assert_array_equal(of_smallest.astype(np.float32), [[NAN] * 3, [0, 0, 1]])


@pytest.mark.parametrize("dtype", FLOATS)
def test_nan_comes_last_among_the_largest(dtype, tier):
    x = tf.placeholder(dtype, [5])
    values, places = _run(tf.nn.top_k(x, 5), x, [NAN, 1, -7, 3, NAN])
    np.testing.assert_array_equal(values.astype(np.float32), [3, 1, -7, NAN, NAN])
    assert places.tolist() == [3, 1, 2, 0, 4]
    (best,), (place,) = _run(tf.nn.top_k(x, 1), x, [NAN, 1, NAN, 3, 2])
    assert (best, place) == (3, 3)


def test_zeros_of_both_signs_are_equal_when_sorted(tier):
    x = tf.placeholder(tf.float32, [4])
    places, descending = _run([tf.argsort(x), tf.nn.top_k(x, 4).indices], x, [0.0, -0.0, 0.0, -0.0])
    assert places.tolist() == descending.tolist() == [0, 1, 2, 3]


def test_sorted_numbers_stand_before_nan(tier):
    x = tf.placeholder(tf.float32, [4])
    ascending, descending, places = _run(
        [tf.sort(x), tf.sort(x, direction="DESCENDING"), tf.argsort(x)], x, [NAN, 3, 1, 2])
    np.testing.assert_array_equal(ascending, [1, 2, 3, NAN])
    np.testing.assert_array_equal(descending, [3, 2, 1, NAN])
    assert places.tolist() == [2, 3, 1, 0]


IDS = [0, 0, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5]
ROWS = [NAN, 1, 1, NAN, NAN, NAN, 3, NAN, 2, NAN, -INF, INF, NAN, -INF]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("width", [None, 3])
@pytest.mark.parametrize("kind", ["segment", "unsorted_segment"])
def test_the_extreme_of_a_segment_is_that_after_the_last_nan(kind, width, dtype, tier):
    x = tf.placeholder(dtype, [14] if width is None else [14, width])
    if kind == "segment":
        fetches = [tf.segment_max(x, IDS), tf.segment_min(x, IDS)]
    else:
        fetches = [tf.unsorted_segment_max(x, IDS, 6), tf.unsorted_segment_min(x, IDS, 6)]
    data = np.array(ROWS) if width is None else np.repeat(np.array(ROWS)[:, None], width, 1)
    largest, smallest = (value.astype(np.float32).reshape(6, -1) for value in _run(fetches, x, data))
    np.testing.assert_array_equal(largest.T, [[1, NAN, NAN, 2, INF, -INF]] * (width or 1))
    np.testing.assert_array_equal(smallest.T, [[1, NAN, NAN, 2, -INF, -INF]] * (width or 1))


def test_segments_without_nan_keep_what_is_infinite(tier):
    x = tf.placeholder(tf.float32, [3])
    fetches = [tf.segment_max(x, [0, 0, 2]), tf.segment_min(-x, [0, 0, 2]), tf.unsorted_segment_max(x, [0, 0, 2], 4)]
    largest, smallest, unsorted = _run(fetches, x, [-INF, -INF, 1])
    assert largest.tolist() == [-INF, 0, 1] and smallest.tolist() == [INF, 0, -1]
    lowest = np.finfo(np.float32).min
    assert unsorted.tolist() == [lowest, lowest, 1, lowest]


def test_empty_bfloat16_segments_are_the_finite_extremes(tier):
    x = tf.placeholder(tf.bfloat16, [1])
    low, high = _run([tf.unsorted_segment_max(x, [1], 2), tf.unsorted_segment_min(x, [1], 2)], x, [1])
    assert low[0] == tf.bfloat16.min and high[0] == tf.bfloat16.max


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_variable_takes_no_nan_as_its_extreme(dtype, tier):
    v = tf.get_variable("v", initializer=tf.constant([2.0, 2.0, NAN], dtype))
    x = tf.placeholder(dtype, [4])
    with tf.Session() as sess:
        for update, expected in ((tf.scatter_max, [3, 2, NAN]), (tf.scatter_min, [1, 2, NAN])):
            sess.run(v.initializer)
            got = sess.run(update(v, [0, 0, 1, 2], x), {x: [3.0 if update is tf.scatter_max else 1.0, NAN, NAN, 1.0]})
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("function", ["sqrt", "rsqrt", "reciprocal"])
def test_a_hidden_pole_has_no_gradient(function, dtype, tier):
    x = tf.placeholder(dtype, [4])
    y = tf.where(x > 0, getattr(tf, function)(x), tf.zeros_like(x))
    slope = _run(tf.gradients(y, x)[0], x, [0, 4, -1, NAN])
    expected = {"sqrt": 0.25, "rsqrt": -1 / 16, "reciprocal": -1 / 16}[function]
    np.testing.assert_allclose(slope, [0, expected, 0, 0], rtol=1e-3)


def test_a_hidden_pole_of_complex_numbers_has_no_gradient(tier):
    x = tf.placeholder(tf.complex64, [2])
    y = tf.gradients(tf.sqrt(x), x, grad_ys=tf.constant([0, 1], tf.complex64))[0]
    np.testing.assert_allclose(_run(y, x, [0, 4]), [0, 0.25])


def test_acosh_has_no_gradient_where_it_has_no_value(tier):
    x = tf.placeholder(tf.float32, [3])
    np.testing.assert_allclose(_run(tf.gradients(tf.acosh(x), x)[0], x, [-2, 0.5, 2]), [NAN, NAN, 1 / np.sqrt(3)],
                               rtol=1e-6)


def test_the_sign_of_a_zero_is_zero(tier):
    for dtype in FLOATS:
        x = tf.placeholder(dtype, [2])
        assert not np.signbit(_run(tf.sign(x), x, [-0.0, 0.0]).astype(np.float32)).any()
