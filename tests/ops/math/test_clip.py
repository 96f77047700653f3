"""Clipping values and gradients, as training programs use it."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf


@pytest.mark.usefixtures("tier")
def test_values_are_kept_within_bounds_and_stop_their_gradient_outside() -> None:
    x = tf.placeholder(tf.float32, [None])
    y = tf.clip_by_value(x, -1.0, 1.0)
    with tf.Session() as sess:
        value, grad = sess.run([y, tf.gradients(y, x)[0]], {x: [-2, 0.5, 3]})
    assert value.tolist() == [-1, 0.5, 1]
    assert grad.tolist() == [0, 1, 0]


def test_bounds_that_would_enlarge_the_result_are_refused() -> None:
    with pytest.raises(ValueError):
        tf.clip_by_value(tf.zeros([3]), tf.zeros([2, 3]), 1.0)


def test_a_long_vector_is_shortened_and_a_short_one_left_alone() -> None:
    x = tf.placeholder(tf.float32, [2])
    y = tf.clip_by_norm(x, 1.0)
    with tf.Session() as sess:
        assert sess.run(y, {x: [3, 4]}) == pytest.approx([0.6, 0.8])
        assert sess.run(y, {x: [0.3, 0.4]}) == pytest.approx([0.3, 0.4])


def test_the_gradient_of_clipping_a_zero_vector_is_finite() -> None:
    x = tf.zeros([2])
    with tf.Session() as sess:
        assert np.all(np.isfinite(sess.run(tf.gradients(tf.clip_by_norm(x, 1.0), x)[0])))


def test_gradients_are_clipped_together() -> None:
    a, b = tf.constant([3.0]), tf.constant([[4.0]])
    clipped, norm = tf.clip_by_global_norm([a, None, b], 2.5)
    assert clipped[1] is None
    with tf.Session() as sess:
        assert sess.run(norm) == 5
        assert sess.run([clipped[0], clipped[2]]) == [pytest.approx(1.5), pytest.approx(2.0)]


def test_sparse_gradients_stay_sparse() -> None:
    slices = tf.IndexedSlices(tf.constant([[3.0, 4.0]]), tf.constant([7]))
    (clipped,), _ = tf.clip_by_global_norm([slices], 1.0)
    assert isinstance(clipped, tf.IndexedSlices)
    with tf.Session() as sess:
        assert sess.run(clipped.values)[0] == pytest.approx([0.6, 0.8])
        assert sess.run(clipped.indices).tolist() == [7]


@pytest.mark.usefixtures("tier")
def test_a_gradient_that_is_no_number_is_not_hidden() -> None:
    x = tf.placeholder(tf.float32, [1])
    (clipped, other), _ = tf.clip_by_global_norm([x, tf.ones([1])], 1.0)
    with tf.Session() as sess:
        assert np.isnan(sess.run(other, {x: [np.inf]}))[0]
        assert np.isnan(sess.run(clipped, {x: [np.nan]}))[0]


def test_a_known_norm_is_used() -> None:
    (clipped,), norm = tf.clip_by_global_norm([tf.constant([1.0])], 1.0, use_norm=tf.constant(4.0))
    with tf.Session() as sess:
        assert sess.run([clipped, norm]) == [pytest.approx(0.25), 4]


def test_a_tensor_is_no_list_of_gradients() -> None:
    with pytest.raises(TypeError, match="sequence"):
        tf.global_norm(tf.constant([1.0]))


def test_the_average_norm_counts_elements() -> None:
    with tf.Session() as sess:
        assert sess.run(tf.clip_by_average_norm([3.0, 4.0], 0.5)) == pytest.approx([0.6, 0.8])
