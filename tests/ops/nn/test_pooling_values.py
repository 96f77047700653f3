"""Pooling meets NaN and infinity: the greatest number of each window, in both tiers."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

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
