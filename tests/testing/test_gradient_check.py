"""`tf.test.compute_gradient` compares gradients with differences."""

from typing import Any

import numpy as np
import pytest

import millpond as tf


def test_a_matrix_product(tier: str) -> None:
    x = tf.constant([[1.0, 2.0]])
    y = tf.matmul(x, [[3.0, 5.0], [4.0, 6.0]])
    with tf.Session():
        theory, numbers = tf.test.compute_gradient(x, [1, 2], y, [1, 2])
        error = tf.test.compute_gradient_error(x, [1, 2], y, [1, 2])
    np.testing.assert_allclose(theory, [[3, 5], [4, 6]])
    np.testing.assert_allclose(numbers, theory, atol=5e-3)
    assert theory.dtype == np.float32 and error < 5e-3


def test_complex_numbers_count_as_two() -> None:
    z = tf.placeholder(tf.complex128, [2])
    start = np.array([1 + 2j, 3 - 1j])
    with tf.Session():
        theory, numbers = tf.test.compute_gradient(z, [2], z * z, [2], start)
        real, _ = tf.test.compute_gradient(z, [2], tf.real(z * z), [2], start)
    expected = [[2, 4, 0, 0], [-4, 2, 0, 0], [0, 0, 6, -2], [0, 0, 2, 6]]
    np.testing.assert_allclose(theory, expected)
    np.testing.assert_allclose(numbers, expected, atol=1e-9)
    np.testing.assert_allclose(real, np.array(expected)[:, ::2])


def test_sparse_gradients() -> None:
    table = tf.constant(np.arange(6, dtype=np.float32).reshape(3, 2))
    with tf.Session():
        theory, numbers = tf.test.compute_gradient(table, [3, 2], tf.gather(table, [1, 1]), [2, 2], np.ones((3, 2)))
    expected = np.zeros((6, 4))
    expected[[2, 2, 3, 3], [0, 2, 1, 3]] = 1
    np.testing.assert_array_equal(theory, expected)
    np.testing.assert_allclose(numbers, expected, atol=1e-3)


def test_lists_feeds_and_initializers() -> None:
    a, b, factor = tf.constant([1.0]), tf.constant([2.0, 3.0]), tf.placeholder(tf.float32, [])
    v = tf.Variable(10.0)
    y = factor * v * a * b
    with tf.Session():
        pairs = tf.test.compute_gradient(
            [a, b], [[1], [2]], y, [2], [np.array([1.0]), np.array([2.0, 3.0])], init_targets=[v.initializer],
            extra_feed_dict={factor: 2.0},
        )
    np.testing.assert_allclose(pairs[0][0], [[40, 60]])
    np.testing.assert_allclose(pairs[1][0], [[20, 0], [0, 20]])


def test_a_wrong_gradient_is_found() -> None:
    @tf.custom_gradient
    def square(x: Any) -> Any:
        return x * x, lambda dy: dy * x

    x = tf.constant([3.0])
    with tf.Session():
        error = tf.test.compute_gradient_error(x, [1], square(x), [1], np.array([3.0]))
    assert error == pytest.approx(3.0, abs=0.01)


def test_nothing_to_check() -> None:
    empty = tf.zeros([0, 2])
    with tf.Session():
        assert tf.test.compute_gradient_error(empty, [0, 2], empty * 2.0, [0, 2]) == 0.0


def test_refusals() -> None:
    x = tf.constant([1.0])
    with pytest.raises(ValueError, match="no default session"):
        tf.test.compute_gradient(x, [1], x * x, [1])
    with tf.Session():
        with pytest.raises(ValueError, match="does not depend on"):
            tf.test.compute_gradient(x, [1], tf.constant([2.0]), [1])
        with pytest.raises(ValueError, match=r"x_init_value is of shape \[2\], but x_shape is \[1\]"):
            tf.test.compute_gradient(x, [1], x * x, [1], np.ones(2))
        with pytest.raises(TypeError, match="x is of dtype int32"):
            tf.test.compute_gradient(tf.constant([1]), [1], x, [1])
