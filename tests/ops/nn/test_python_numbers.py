"""Python numbers beside tensors of half, bfloat16 and double: functions keep the tensor's dtype, and its precision."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

DTYPES = ["float16", "bfloat16", "float32", "float64"]
TOLERANCE = {"float16": 4e-3, "bfloat16": 3e-2, "float32": 1e-5, "float64": 1e-12}


def _run(tensors, dtype):
    with tf.Session() as sess:
        values = sess.run(tensors)
    for value in values:
        assert value.dtype == tf.as_dtype(dtype).np_dtype
    return [value.astype(np.float64) for value in values]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("limit", [6.5, np.float64(6.5), np.float32(6.5)])
def test_clip_by_global_norm(limit, dtype, tier):
    gradients = [tf.constant([3.0, 4.0], dtype), tf.constant([12.0], dtype), None]
    (first, second, nothing), norm = tf.clip_by_global_norm(gradients, limit)
    assert nothing is None
    one, other, length = _run([first, second, norm], dtype)
    for got, expected in ((one, [1.5, 2]), (other, [6]), (length, 13)):
        np.testing.assert_allclose(got, expected, rtol=TOLERANCE[dtype])


def test_clip_by_an_integer_or_a_tensor_or_a_known_norm(tier):
    x = tf.constant([3.0, 4.0], tf.float64)
    for limit, norm in ((1, None), (tf.constant(1.0, tf.float64), None), (2, tf.constant(10.0, tf.float64))):
        (clipped,), _ = tf.clip_by_global_norm([x], limit, use_norm=norm)
        np.testing.assert_allclose(_run([clipped], "float64")[0], [0.6, 0.8], rtol=1e-12)


@pytest.mark.parametrize("nothing", [[], (), [None], [None, None]])
def test_the_global_norm_of_nothing_is_zero(nothing, tier):
    clipped, norm = tf.clip_by_global_norm(nothing, 1.0)
    assert clipped == list(nothing)
    assert _run([norm, tf.global_norm(nothing)], "float32") == [0, 0]


def test_a_norm_that_is_no_number_shows_in_all_that_is_clipped(tier):
    for poison in (np.nan, np.inf):
        clipped, _ = tf.clip_by_global_norm([tf.constant([1.0, 2.0]), tf.constant([poison])], 1.0)
        assert all(np.isnan(value).all() for value in _run(clipped, "float32"))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weight", [3, 3.0, np.float64(3), np.array([3.0, 3.0]), "tensor"])
def test_weighted_cross_entropy(weight, dtype, tier):
    labels, logits = tf.constant([0.0, 1.0], dtype), tf.constant([1.0, 2.0], dtype)
    pos_weight = tf.constant(3.0, dtype) if isinstance(weight, str) else weight
    loss = tf.nn.weighted_cross_entropy_with_logits(labels, logits, pos_weight)
    value, slope = _run([loss, tf.gradients(loss, logits)[0]], dtype)
    np.testing.assert_allclose(value, [np.log1p(np.e), 3 * np.log1p(np.exp(-2))], rtol=TOLERANCE[dtype])
    np.testing.assert_allclose(slope, [1 / (1 + np.exp(-1)), -3 / (1 + np.exp(2))], rtol=2 * TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_smoothed_labels(dtype, tier):
    labels, logits = tf.constant([[0.0, 1.0]], dtype), tf.constant([[1.0, 2.0]], dtype)
    for function in (tf.losses.softmax_cross_entropy, tf.losses.sigmoid_cross_entropy):
        smooth = function(labels, logits, label_smoothing=0.1)
        plain = function(labels * 0.9 + 0.05, logits)
        one, other = _run([smooth, plain], "float32" if smooth.dtype == tf.float32 else dtype)
        np.testing.assert_allclose(one, other, rtol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
def test_dropout_keeps_by_a_tensor(dtype, tier):
    x = tf.ones([100], dtype)
    kept, other = _run([tf.nn.dropout(x, keep_prob=tf.constant(0.5, dtype), seed=1),
                        tf.nn.dropout(x, rate=tf.constant(0.5, dtype), seed=1)], dtype)
    assert set(kept) == set(other) == {0.0, 2.0}


def test_leaky_relu_of_doubles_has_the_slope_that_its_attribute_holds(tier):
    # The attribute is a float32 in files and messages: the slope is the same before and after them.
    slope, = _run([tf.nn.leaky_relu(tf.constant([-1.0], tf.float64), 0.2)], "float64")
    assert slope[0] == -float(np.float32(0.2))
