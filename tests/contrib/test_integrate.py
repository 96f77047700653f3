"""Ordinary differential equations against what is known of their solutions."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

odeint = tf.contrib.integrate.odeint
TIMES = np.array([0.0, 0.1, 0.5, 2.0, 2.5])


@pytest.mark.slow
def test_an_oscillator_turns(tier: str) -> None:
    matrix = np.array([[0.0, 1.0], [-4.0, 0.0]])
    solution, info = odeint(lambda y, t: tf.matmul(matrix, y), np.array([[1.0], [0.0]]), TIMES, rtol=1e-8,
                            full_output=True)
    with tf.Session() as sess:
        found, count = sess.run([solution, info["num_func_evals"]])
    expected = np.stack([np.cos(2 * TIMES), -2 * np.sin(2 * TIMES)], 1)[..., None]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert 100 < count < 3000


@pytest.mark.slow
def test_the_time_and_parameters_may_take_part() -> None:
    rate = tf.Variable(np.float64(0.5))
    solution = odeint(lambda y, t: -rate * y + t, np.array([2.0, -1.0]), TIMES)
    gradient, = tf.gradients(solution[-1, 0], rate)
    fixed = {method: tf.contrib.integrate.odeint_fixed(lambda y, t: -rate * y + t, np.array([2.0, -1.0]),
                                                       np.linspace(0.0, 2.5, 101), method=method)
             for method in ("rk4", "midpoint")}

    def exact(y0: np.ndarray, t: np.ndarray, a: float) -> np.ndarray:
        return (y0 + 1 / a**2) * np.exp(-a * t[:, None]) + t[:, None] / a - 1 / a**2

    with tf.Session() as sess:
        sess.run(rate.initializer)
        found, slope, by_fixed = sess.run([solution, gradient, fixed])
    y0 = np.array([2.0, -1.0])
    np.testing.assert_allclose(found, exact(y0, TIMES, 0.5), rtol=1e-5)
    by_difference = (exact(y0, TIMES, 0.5 + 1e-5) - exact(y0, TIMES, 0.5 - 1e-5))[-1, 0] / 2e-5
    np.testing.assert_allclose(slope, by_difference, rtol=1e-3)
    np.testing.assert_allclose(by_fixed["rk4"][-1], exact(y0, TIMES, 0.5)[-1], rtol=1e-8)
    np.testing.assert_allclose(by_fixed["midpoint"][-1], exact(y0, TIMES, 0.5)[-1], rtol=1e-3)


def test_what_cannot_be_done_is_said() -> None:
    for call, message in [(lambda: odeint(lambda y, t: y, 1.0, [0.0, 1.0], method="euler"), "invalid method"),
                          (lambda: odeint(lambda y, t: y, 1.0, [0.0, 1.0], options={"step": 1}), "Unknown options"),
                          (lambda: tf.contrib.integrate.odeint_fixed(lambda y, t: y, 1.0, [0.0, 1.0], method="euler"),
                           "method not supported")]:
        with pytest.raises(ValueError, match=message):
            call()
    slow = odeint(lambda y, t: -y, 1.0, [0.0, 100.0], options={"max_num_steps": 3})
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="max_num_steps"):
        sess.run(slow)
