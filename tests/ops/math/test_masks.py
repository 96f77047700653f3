"""A mask that is multiplied with values keeps NaN, infinity and the sign of zero, interpreted and compiled.

XLA takes `convert(predicate) * x` for "x or 0", which is another function where x is not finite.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf

VALUES = [np.nan, np.inf, -np.inf, -2.0, -0.0, 3.0]
FLOATS = ["float16", "bfloat16", "float32", "float64"]

MASKS: dict[str, Any] = {
    "cast of a comparison": lambda x: tf.cast(x > 1, x.dtype),
    "to_float": lambda x: tf.cast(tf.to_float(x > 1), x.dtype),
    "cast of its negation": lambda x: tf.cast(tf.logical_not(x > 1), x.dtype),
    "cast of an equality": lambda x: tf.cast(tf.equal(x, 3.0), x.dtype),
    "cast twice": lambda x: tf.cast(tf.cast(x > 1, tf.int32), x.dtype),
    "a choice of numbers": lambda x: tf.where(x > 1, tf.ones_like(x), tf.zeros_like(x)),
    "one_hot": lambda x: tf.reduce_max(tf.one_hot([1, 5], 6, dtype=x.dtype), 0),
    "one_hot with its own values": lambda x: tf.one_hot(5, 6, on_value=tf.ones([], x.dtype),
                                                        off_value=tf.zeros([], x.dtype)),
    "sequence_mask": lambda x: tf.sequence_mask(3, 6, dtype=x.dtype),
    "one less a mask": lambda x: 1 - tf.cast(x > 1, x.dtype),
    "is_nan": lambda x: tf.cast(tf.is_nan(x), x.dtype),
    "reshaped": lambda x: tf.reshape(tf.cast(tf.reshape(x, [2, 3]) > 1, x.dtype), [6]),
    "concatenated": lambda x: tf.concat([tf.cast(x[:3] > 1, x.dtype), tf.cast(x[3:] > 1, x.dtype)], 0),
    "sign of a rectified value": lambda x: tf.sign(tf.nn.relu(x)),
}


def _same(got: np.ndarray, expected: np.ndarray) -> None:
    got, expected = np.asarray(got, np.complex128), np.asarray(expected, np.complex128)
    for part in ("real", "imag"):
        one, other = getattr(got, part), getattr(expected, part)
        np.testing.assert_array_equal(one, other)
        numbers = ~np.isnan(other)
        np.testing.assert_array_equal(np.signbit(one[numbers]), np.signbit(other[numbers]))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("mask", MASKS)
def test_a_mask_hides_nothing(mask, dtype, tier):
    x = tf.placeholder(dtype, [6])
    factor = MASKS[mask](x)
    feed = {x: np.array(VALUES).astype(tf.as_dtype(dtype).np_dtype)}
    with tf.Session() as sess:
        # The mask alone is no product, so nothing is hidden in it.
        alone = sess.run(factor, feed)
        left, right = sess.run([factor * x, x * factor], feed)
    with np.errstate(all="ignore"):
        expected = alone * feed[x]
    _same(left, expected)
    _same(right, expected)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_a_mask_of_complex_numbers_hides_nothing(dtype, tier):
    x = tf.placeholder(dtype, [6])
    product = tf.cast(tf.real(x) > 1, dtype) * x
    with tf.Session() as sess:
        got = sess.run(product, {x: np.array(VALUES, dtype)})
    np.testing.assert_array_equal(got[:3].real, [np.nan, np.inf, np.nan])
    assert np.isnan(got[:3].imag).all()
    assert np.signbit(got[3].real) and np.signbit(got[4].real)
    np.testing.assert_array_equal(got[3:], [0, 0, 3])


def test_a_masked_logarithm_is_nan_at_zero_and_so_is_its_gradient(tier):
    x = tf.placeholder(tf.float32, [None])
    loss = tf.reduce_sum(tf.cast(x > 0, tf.float32) * tf.log(x))
    with tf.Session() as sess:
        value, slope = sess.run([loss, tf.gradients(loss, x)[0]], {x: [0.0, 2.0]})
    assert np.isnan(value) and np.isnan(slope[0]) and slope[1] == 0.5


def test_a_mask_that_selects_nothing_has_no_mean(tier):
    x = tf.placeholder(tf.float32, [2, 3])
    mask = tf.cast(x > 5, tf.float32)
    with tf.Session() as sess:
        shares, means = sess.run([mask / tf.reduce_sum(mask), tf.reduce_sum(mask * x, 1) / tf.reduce_sum(mask, 1)],
                                 {x: np.ones([2, 3])})
    assert np.isnan(shares).all() and np.isnan(means).all()


@pytest.mark.parametrize("axis", [0, 1])
def test_a_masked_sum_shows_nan_in_its_own_line_only(axis, tier):
    x = tf.placeholder(tf.float32, [3, 2])
    mask = tf.sequence_mask([1, 0, 2], 2, dtype=tf.float32)
    data = np.array([[1, np.nan], [2, 3], [4, 5]], np.float32)
    with tf.Session() as sess:
        total = sess.run(tf.reduce_sum(mask * x, axis), {x: data})
    np.testing.assert_array_equal(total, [5, np.nan] if axis == 0 else [np.nan, 0, 9])


def test_a_loss_shows_nan_under_a_zero_weight(tier):
    x = tf.placeholder(tf.float32, [None])
    loss = tf.losses.mean_squared_error(tf.zeros([3]), x, weights=tf.cast(x > 0, tf.float32))
    with tf.Session() as sess:
        value, slope = sess.run([loss, tf.gradients(loss, x)[0]], {x: [-1.0, 2.0, np.nan]})
    assert np.isnan(value) and np.isnan(slope[2])


@pytest.mark.parametrize("function", ["relu", "relu6", "crelu"])
def test_a_cotangent_of_nan_passes_a_unit_that_is_off(function, tier):
    x = tf.placeholder(tf.float32, [3])
    slope = tf.gradients(getattr(tf.nn, function)(x), x, grad_ys=tf.fill([6 if function == "crelu" else 3], np.nan))[0]
    with tf.Session() as sess:
        assert np.isnan(sess.run(slope, {x: [-1.0, 0.0, 2.0]})).all()
