"""Learning-rate schedules against the values that TensorFlow gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond as tf

STEPS = (0, 1, 6, 7, 8, 14, 20, 21, 25, 60)
SCHEDULES = {
    "cosine_decay": (lambda t: tf.train.cosine_decay(0.1, t, 20, 0.1), [
        0.1, 0.09944598, 0.08145034, 0.07542957, 0.06890576, 0.02854967, 0.01, 0.01, 0.01, 0.01]),
    "restarts, doubling": (lambda t: tf.train.cosine_decay_restarts(0.1, t, 7, alpha=0.05), [
        0.1, 0.09529602, 0.00970397, 0.1, 0.09880908, 0.0525, 0.00619092, 0.1, 0.09529602, 0.09123913]),
    "restarts, equal": (lambda t: tf.train.cosine_decay_restarts(0.1, t, 7, t_mul=1.0, m_mul=0.5), [
        0.1, 0.09504844, 0.00495155, 0.05, 0.04752422, 0.025, 0.00123789, 0.0125, 0.00485924, 0.00015185]),
    "restarts, by half": (lambda t: tf.train.cosine_decay_restarts(0.1, t, 7, t_mul=1.5, m_mul=0.9), [
        0.1, 0.09504844, 0.00495155, 0.09, 0.08800077, 0.0225, 0.07606797, 0.07152479, 0.04352656,
        0.06435915]),
    "linear_cosine_decay": (lambda t: tf.train.linear_cosine_decay(
        0.1, t, 20, num_periods=0.7, alpha=0.1, beta=0.01), [
        0.111, 0.10473563, 0.0509476, 0.0396779, 0.02944165, 0.00103947, 0.00445491, 0.00445491, 0.00445491,
        0.00445491]),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_values_of_tensorflow(name: str, tier: str) -> None:
    make, expected = SCHEDULES[name]
    step = tf.placeholder(tf.int32, [])
    rate = make(step)
    with tf.Session() as session:
        found = [session.run(rate, {step: t}) for t in STEPS]
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=1e-7)
    assert rate.dtype == tf.float32 and rate.shape == []


def test_without_noise_the_noisy_schedule_is_the_plain_one() -> None:
    step = tf.placeholder(tf.int32, [])
    noisy = tf.train.noisy_linear_cosine_decay(0.1, step, 20, initial_variance=0.0, alpha=0.1)
    plain = tf.train.linear_cosine_decay(0.1, step, 20, alpha=0.1)
    expected = {0: 0.11010001, 1: 0.10445364, 6: 0.06361141, 19: 0.00019234, 30: 0.0001}
    with tf.Session() as session:
        for t, value in expected.items():
            np.testing.assert_allclose(session.run([noisy, plain], {step: t}), [value, value], rtol=1e-4)


@pytest.mark.parametrize("length", [41, 47, 61, 82])
def test_a_staircase_steps_at_exact_multiples(length: int, tier: str) -> None:
    # Multiplied by the reciprocal of 41, a step count of 41 would be less than one period.
    step = tf.placeholder(tf.int64, [])
    rate = tf.train.exponential_decay(1.0, step, length, 0.5, staircase=True)
    with tf.Session() as session:
        assert [session.run(rate, {step: length * k + shift}) for k in (1, 2) for shift in (-1, 0)] == [
            1.0, 0.5, 0.5, 0.25]


def test_restarts_with_a_fed_growth() -> None:
    growth, step = tf.placeholder(tf.float32, []), tf.placeholder(tf.int32, [])
    rate = tf.train.cosine_decay_restarts(0.1, step, 7, t_mul=growth)
    with tf.Session() as session:
        for value in (1.0, 2.0):
            known = tf.train.cosine_decay_restarts(0.1, step, 7, t_mul=value)
            for t in (0, 8, 25):
                np.testing.assert_allclose(*session.run([rate, known], {growth: value, step: t}), rtol=1e-6)


def test_noise_is_drawn_anew_in_each_run_and_seeded() -> None:
    tf.set_random_seed(3)
    rate = tf.train.noisy_linear_cosine_decay(0.1, tf.constant(5), 20)
    with tf.Session() as session:
        first = [session.run(rate) for _ in range(3)]
    with tf.Session() as session:
        again = [session.run(rate) for _ in range(3)]
    assert first == again and len(set(first)) == 3


def test_the_dtype_is_that_of_the_learning_rate() -> None:
    rate = tf.train.exponential_decay(tf.constant(0.1, tf.float64), tf.constant(10), 10, 0.5)
    with tf.Session() as session:
        value = session.run(rate)
    assert value.dtype == np.float64
    np.testing.assert_allclose(value, 0.05)


def test_piecewise_constant_of_an_int64_step_and_of_floats() -> None:
    step, x = tf.placeholder(tf.int64, []), tf.placeholder(tf.float32, [])
    by_step = tf.train.piecewise_constant(step, [5, 15], [0.1, 0.05, 0.01])
    by_float = tf.train.piecewise_constant(x, [0.5], [1, 2])
    with tf.Session() as session:
        found = [session.run(by_step, {step: t}) for t in (0, 5, 6, 15, 16)]
        np.testing.assert_allclose(found, [0.1, 0.1, 0.05, 0.05, 0.01])
        assert [session.run(by_float, {x: value}) for value in (0.5, 0.6)] == [1, 2]


@pytest.mark.parametrize("make, message", [
    (lambda: tf.train.piecewise_constant(tf.constant(1), [1, 2], [1.0, 2.0]),
     "1 less than the length of values"),
    (lambda: tf.train.piecewise_constant(tf.constant(1), [1.5], [1.0, 2.0]), "must have the same dtype as x"),
    (lambda: tf.train.piecewise_constant(tf.constant(1), [1], [1.0, 2]), "all with the same dtype"),
    (lambda: tf.train.piecewise_constant(None, [1], [1.0, 2.0]), "needs x"),
    (lambda: tf.train.exponential_decay(0.1, None, 10, 0.5), "global_step is required for exponential_decay"),
    (lambda: tf.train.polynomial_decay(0.1, None, 10), "global_step is required for polynomial_decay"),
    (lambda: tf.train.natural_exp_decay(0.1, None, 10, 0.5), "global_step is required for natural_exp_decay"),
])
def test_wrong_arguments(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
