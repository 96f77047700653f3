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


@tf.custom_gradient
def _transposing(x: Any) -> Any:
    """An operation whose gradient has the wrong shape."""
    return tf.identity(x), tf.transpose


def test_a_gradient_of_another_shape_is_found_even_if_nothing_is_in_it(tier: str) -> None:
    x = tf.placeholder(tf.float32)
    right, wrong = tf.identity(x), _transposing(x)
    with tf.Session():
        for check in (tf.test.compute_gradient, tf.test.compute_gradient_error):
            check(x, [0, 3], right, [0, 3])
            with pytest.raises(ValueError, match=r"Empty gradient has wrong shape: expected \(0, 3\), got \(3, 0\)"):
                check(x, [0, 3], wrong, [0, 3])
            with pytest.raises(ValueError, match=r"^Gradient has wrong shape: expected \(1, 2\), got \(2, 1\)"):
                check(x, [1, 2], wrong, [1, 2])


def test_what_is_empty_has_no_effect() -> None:
    @tf.custom_gradient
    def first_rows(x: Any) -> Any:
        return x[:0], lambda dy: tf.ones_like(x)

    x = tf.constant([1.0, 2.0])
    with tf.Session():
        with pytest.raises(ValueError, match="Empty tensor with nonzero gradients"):
            tf.test.compute_gradient(x, [2], first_rows(x), [0])
        theory, _ = tf.test.compute_gradient(x, [2], x[:0], [0])
        # The feed is checked although there is nothing to differentiate.
        with pytest.raises(ValueError, match=r"Cannot feed value of shape \(0,\)"):
            tf.test.compute_gradient(x, [0], x[:0], [0])
    assert theory.shape == (2, 0)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_nan_in_one_of_several_gradients_is_the_error(order: tuple[int, int]) -> None:
    @tf.custom_gradient
    def poisoned(x: Any) -> Any:
        return tf.identity(x), lambda dy: dy * np.float32("nan")

    xs = [tf.constant([1.0]), tf.constant([2.0])]
    y = xs[0] + poisoned(xs[1])
    with tf.Session():
        error = tf.test.compute_gradient_error([xs[i] for i in order], [[1], [1]], y, [1])
    assert np.isnan(error)


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
        with pytest.raises(ValueError, match="x is a list of 2 tensors, but x_shape has 1 items"):
            tf.test.compute_gradient([x, x], [[1]], x, [1])
        with pytest.raises(ValueError, match="x is a list of 1 tensors, but x_init_value has 2 items"):
            tf.test.compute_gradient((x,), [[1]], x, [1], [np.ones(1), np.ones(1)])
