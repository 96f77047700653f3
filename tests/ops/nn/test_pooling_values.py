"""Pooling meets NaN and infinity: the greatest number of each window, in both tiers."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf
from millpond.graph.opdef import lookup

NAN, INF = np.nan, np.inf
WINDOWS = [[NAN, 1, 2, 3], [3, 2, NAN, 1], [NAN] * 4, [-INF] * 4, [-INF, NAN, -INF, NAN], [NAN, INF, 1, NAN]]


def _lowest(dtype):
    return -INF if dtype == "bfloat16" else float(np.finfo(dtype).min)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_max_pool_passes_over_nan(dtype, tier):
    x = tf.placeholder(dtype, [6, 2, 2, 1])
    pooled = tf.nn.max_pool(x, 2, 2, "VALID")
    data = np.reshape(WINDOWS, [6, 2, 2, 1]).astype(x.dtype.np_dtype)
    with tf.Session() as sess:
        values, slopes = sess.run([pooled, tf.gradients(pooled, x)[0]], {x: data})
    least = _lowest(dtype)
    np.testing.assert_array_equal(values.ravel().astype(np.float64), [3, 3, least, least, least, INF])
    # The greatest has all of the gradient, the first element where there is no number.
    assert np.argmax(slopes.reshape(6, 4).astype(np.float32), 1).tolist() == [3, 0, 0, 0, 0, 1]
    assert slopes.astype(np.float32).sum() == 6


@pytest.mark.slow
def test_max_pool3d_passes_over_nan(tier):
    x = tf.placeholder(tf.float32, [6, 1, 2, 2, 1])
    pooled = tf.nn.max_pool3d(x, [1, 1, 2, 2, 1], [1, 1, 2, 2, 1], "VALID")
    with tf.Session() as sess:
        values, slopes = sess.run([pooled, tf.gradients(pooled, x)[0]], {x: np.reshape(WINDOWS, [6, 1, 2, 2, 1])})
    least = _lowest("float32")
    np.testing.assert_array_equal(values.ravel(), np.array([3, 3, least, least, least, INF], np.float32))
    assert np.argmax(slopes.reshape(6, 4), 1).tolist() == [3, 0, 0, 0, 0, 1]


def test_padding_is_no_number_either(tier):
    x = tf.placeholder(tf.float32, [1, 1, 3, 1])
    with tf.Session() as sess:
        pooled = tf.nn.max_pool(x, [1, 1, 2, 1], [1, 1, 2, 1], "SAME")
        values = sess.run(pooled, {x: np.reshape([NAN, -5, -7], [1, 1, 3, 1])})
    assert values.ravel().tolist() == [-5, -7]


@pytest.mark.slow
def test_dilation_passes_over_nan(tier):
    x = tf.placeholder(tf.float32, [6, 2, 2, 1])
    dilated = tf.nn.dilation2d(x, np.zeros([2, 2, 1], np.float32), [1, 1, 1, 1], [1, 1, 1, 1], "VALID")
    with tf.Session() as sess:
        values, slopes = sess.run([dilated, tf.gradients(dilated, x)[0]], {x: np.reshape(WINDOWS, [6, 2, 2, 1])})
    least = _lowest("float32")
    np.testing.assert_array_equal(values.ravel(), np.array([3, 3, least, least, least, INF], np.float32))
    assert np.argmax(slopes.reshape(6, 4), 1).tolist() == [3, 0, 0, 0, 0, 1]


def _given_to_greatest(x, dy, sizes, strides, before):
    """The gradient of max pooling, window by window."""
    dx = np.zeros(x.shape, np.float64)
    for window in np.ndindex(*dy.shape):
        best = first = None
        for offset in np.ndindex(*sizes):
            place = tuple(w * s - b + o for w, s, b, o in zip(window, strides, before, offset, strict=True))
            if not all(0 <= i < n for i, n in zip(place, x.shape, strict=True)):
                continue
            first = place if first is None else first
            if not np.isnan(x[place]) and x[place] > (-INF if best is None else x[best]):
                best = place
        dx[first if best is None else best] += dy[window]
    return dx


# Windows that stand side by side (small ones, large ones, with padding, along channels), that overlap (by few elements
# and by many), that leave gaps, and that are single points.
POOLINGS = [((2, 6, 4, 3), (1, 2, 2, 1), (1, 2, 2, 1), "VALID"), ((2, 5, 7, 3), (1, 2, 2, 1), (1, 2, 2, 1), "SAME"),
            ((2, 7, 7, 2), (1, 2, 2, 1), (1, 2, 2, 1), "VALID"), ((2, 5, 5, 2), (1, 5, 5, 1), (1, 5, 5, 1), "VALID"),
            ((1, 7, 9, 2), (1, 5, 4, 1), (1, 5, 4, 1), "SAME"), ((2, 3, 3, 6), (1, 1, 1, 3), (1, 1, 1, 3), "VALID"),
            ((2, 7, 8, 3), (1, 3, 3, 1), (1, 2, 2, 1), "SAME"), ((2, 6, 6, 3), (1, 3, 3, 1), (1, 1, 1, 1), "SAME"),
            ((1, 12, 11, 1), (1, 8, 8, 1), (1, 2, 1, 1), "SAME"), ((1, 9, 9, 2), (1, 2, 2, 1), (1, 3, 3, 1), "VALID"),
            ((1, 4, 5, 2), (1, 1, 1, 1), (1, 2, 2, 1), "VALID"), ((0, 4, 4, 2), (1, 2, 2, 1), (1, 2, 2, 1), "SAME")]


@pytest.mark.slow
@pytest.mark.parametrize("sizes, window, strides, padding", POOLINGS)
def test_the_gradient_goes_to_the_first_of_the_greatest(sizes, window, strides, padding, tier):
    generator = np.random.default_rng(3)
    # Many are equal, as after a relu; some are no numbers.
    x = np.maximum(generator.integers(-4, 3, sizes), 0).astype(np.float32)
    x[generator.random(sizes) < 0.05] = NAN
    x[generator.random(sizes) < 0.05] = -INF
    fed = tf.placeholder(tf.float32, sizes)
    pooled = tf.nn.max_pool(fed, window, strides, padding)
    dy = generator.integers(-9, 9, pooled.shape.as_list()).astype(np.float32)
    tangents = generator.integers(-9, 9, sizes).astype(np.float32)
    dx = tf.gradients(pooled, fed, dy)[0]
    second = lookup("MaxPoolGradGrad")(fed, pooled, tangents, ksize=window, strides=strides, padding=padding)
    with tf.Session() as sess:
        given, chosen = sess.run([dx, second], {fed: x})
    missing = [max((n - 1) * s + k - size, 0) if padding == "SAME" else 0
               for n, s, k, size in zip(dy.shape, strides, window, sizes, strict=True)]
    before = [n // 2 for n in missing]
    np.testing.assert_array_equal(given, _given_to_greatest(x, dy, window, strides, before))
    # The second derivative is the transpose of the first: <dx(dy), t> = <dy, dxdx(t)>.
    assert np.vdot(given, tangents) == np.vdot(dy, chosen)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "int32", "uint8"])
def test_the_gradient_of_maxima_in_other_dtypes(dtype, tier):
    generator = np.random.default_rng(4)
    x, dy = generator.integers(0, 4, (1, 7, 7, 2)), generator.integers(0, 5, (1, 4, 4, 2))
    op = lookup("MaxPoolGrad")(tf.cast(x, dtype), tf.zeros([1, 4, 4, 2], dtype), tf.cast(dy, dtype),
                               ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="SAME")
    with tf.Session() as sess:
        given = sess.run(op)
    np.testing.assert_array_equal(given.astype(np.float64),
                                  _given_to_greatest(x, dy, (1, 3, 3, 1), (1, 2, 2, 1), (0, 1, 1, 0)))
