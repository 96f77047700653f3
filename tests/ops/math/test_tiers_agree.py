"""Which values are the same interpreted and compiled: integers and bools exactly, floats up to rounding."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf


def _both(build, monkeypatch, **feeds):
    found = []
    for tier in ("interpreted", "compiled"):
        monkeypatch.setenv("MILLPOND_TIER", tier)
        with tf.Graph().as_default(), tf.Session() as sess:
            placeholders = {name: tf.placeholder(value.dtype, value.shape) for name, value in feeds.items()}
            fetches = build(**placeholders)
            found.append(sess.run(fetches, {placeholders[name]: value for name, value in feeds.items()}))
    return found


@pytest.mark.slow
def test_integers_and_bools_are_equal(monkeypatch):
    def build(x, y):
        return [x * y - 7, tf.floordiv(x, y), tf.floormod(x, y), tf.reduce_sum(x), tf.cumsum(y), x > y,
                tf.cast(tf.cast(x, tf.float32) * 0.5, tf.int32), tf.argmax(x), tf.bitwise.bitwise_xor(x, y)]
    x = np.random.default_rng(1).integers(-2**31, 2**31, 1000).astype(np.int32)
    one, other = _both(build, monkeypatch, x=x, y=np.where(x % 1000 == 0, 1, x % 1000).astype(np.int32))
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.slow
def test_floats_are_equal_up_to_rounding(monkeypatch):
    def build(x):
        return [x / 255.0, x / 7.0, x * 0.1 + 0.3, tf.reduce_mean(x), tf.nn.softmax(x / 100), tf.sqrt(x),
                tf.tanh(x / 99)]
    one, other = _both(build, monkeypatch, x=np.arange(256, dtype=np.float32))
    for first, second in zip(one, other, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-6, atol=1e-7)


def test_what_a_single_operation_makes_of_nan_infinity_and_overflow_is_equal(monkeypatch):
    def build(x, y):
        return [x * y, x / y, x - y, tf.exp(x), tf.log(x), tf.sqrt(x), tf.maximum(x, y), tf.square(x), tf.pow(x, y)]
    x = np.array([np.nan, np.inf, -np.inf, 0, 1e30, -1, 1000, np.inf], np.float32)
    one, other = _both(build, monkeypatch, x=x, y=x[::-1].copy())
    for first, second in zip(one, other, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-6)
