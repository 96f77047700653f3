"""Seed 000: "Getting through Deep Learning - TensorFlow intro (part 2)": sessions, and what a run computes again."""

from __future__ import annotations

import numpy as np

import millpond as tf


def test_a_basic_graph_session() -> None:
    a, b = tf.constant(3), tf.constant(4)
    total = a + b
    with tf.Session() as sess:
        assert sess.run(total) == 7


def test_values_are_dropped_between_runs_and_shared_within_one() -> None:
    """`f` depends on `op1` and `op2`: three evals compute them again, one run of all three does not."""
    calls = []

    def counted(value: np.ndarray) -> np.ndarray:
        calls.append(float(value))
        return value

    x, y = tf.Variable(3.0, name="x"), tf.Variable(4.0, name="y")
    op1 = tf.py_func(counted, [x * y], tf.float32)
    op2 = tf.py_func(counted, [x + y], tf.float32)
    f = op1 * op2
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert (op1.eval(), op2.eval(), f.eval()) == (12.0, 7.0, 84.0)
        assert len(calls) == 4
        calls.clear()
        assert sess.run([op1, op2, f]) == [12.0, 7.0, 84.0]
        assert len(calls) == 2


def test_a_nodes_dtype_decides_its_precision() -> None:
    half, double = tf.constant(1 / 3, tf.float16), tf.constant(1 / 3, tf.float64)
    with tf.Session() as sess:
        low, high = sess.run([half, double])
    assert low.nbytes == 2 and high.nbytes == 8
    assert abs(float(low) - 1 / 3) > abs(float(high) - 1 / 3)
