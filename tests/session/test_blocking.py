"""Host functions of one run: they may wait for one another, and the first failure ends the run."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import millpond as tf


def test_a_function_alone_runs_on_the_callers_thread() -> None:
    names: list[str] = []
    noted = tf.py_func(lambda: names.append(threading.current_thread().name) or np.float32(1.0), [], tf.float32)
    with tf.Session() as sess:
        sess.run(noted)
        sess.run([noted, tf.square(noted)])
    assert names == [threading.current_thread().name] * 2


def test_python_functions_of_one_run_meet() -> None:
    """Each waits for the others: all must be under way at once, in whichever order they were made."""
    meeting = threading.Barrier(3)

    def meet(value: np.ndarray) -> np.ndarray:
        meeting.wait(60)
        return value

    x = tf.placeholder(tf.float32, [])
    all_of_them = [tf.py_func(meet, [x * float(i)], tf.float32) for i in range(3)]
    with tf.Session() as sess:
        for _ in range(3):
            assert sess.run(all_of_them, {x: 2.0}) == [0.0, 2.0, 4.0]
        assert sess.run(tf.add_n(all_of_them), {x: 2.0}) == 6.0


def test_the_first_failure_ends_the_run_while_another_function_waits() -> None:
    release = threading.Event()

    def fail() -> np.float32:
        raise ValueError("at once")

    def wait() -> np.float32:
        release.wait(60)
        return np.float32(1.0)

    v = tf.Variable(1.0)
    slow, broken = tf.py_func(wait, [], tf.float32), tf.py_func(fail, [], tf.float32)
    with tf.Session() as sess:
        sess.run(v.initializer)
        try:
            with pytest.raises(tf.errors.InvalidArgumentError, match="at once"):
                sess.run([slow, broken, v.assign_add(slow)])
        finally:
            release.set()
        assert sess.run(v) == 1.0
