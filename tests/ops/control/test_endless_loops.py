"""A loop that never ends can be stopped, and leaves the session usable."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator

import pytest

import millpond as tf


@pytest.fixture(autouse=True)
def _graph():
    with tf.Graph().as_default():
        yield


@pytest.fixture
def endless():
    """A variable that is counted up once a loop has ended, which never does; the loop's step is fed."""
    v, step = tf.Variable(1.0), tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.while_loop(lambda x: x >= 0.0, lambda x: x + step, [0.0])]):
        update = v.assign_add(1.0)
    return v, step, update


@contextlib.contextmanager
def _interrupted() -> Iterator[None]:
    """Has Ctrl-C pressed while the block runs, which must end by it; again after a while, for Python loses an interrupt
    that comes while it collects garbage."""
    main, ended = threading.main_thread().ident, threading.Event()
    assert main is not None

    def interrupt(*_: object) -> None:
        if not ended.is_set():
            raise KeyboardInterrupt

    def press() -> None:
        waiting = 0.5
        while not ended.wait(waiting):
            signal.pthread_kill(main, signal.SIGINT)
            waiting = 5.0

    before = signal.signal(signal.SIGINT, interrupt)
    presser = threading.Thread(target=press)
    presser.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            yield
    finally:
        ended.set()
        presser.join()
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_stops_it_and_changes_nothing(tier, endless):
    v, step, update = endless
    with tf.Session() as sess:
        sess.run(v.initializer)
        with _interrupted():
            sess.run(update, {step: 1.0})
        assert sess.run(v) == 1.0
        sess.run(update, {step: -1.0})
        assert sess.run(v) == 2.0


def test_a_body_that_takes_long_is_stopped_too(tier):
    m = tf.while_loop(lambda m: tf.reduce_sum(m) < 1e30, lambda m: tf.matmul(m, m) * 0.001 + 1e-4,
                      [tf.ones([300, 300]) * 0.001])
    with tf.Session() as sess:
        with _interrupted():
            sess.run(m)


def test_a_run_out_of_time_ends(tier, endless):
    v, step, update = endless
    with tf.Session() as sess:
        sess.run(v.initializer)
        with pytest.raises(tf.errors.DeadlineExceededError):
            sess.run(update, {step: 1.0}, options=tf.RunOptions(timeout_in_ms=300))
        assert sess.run(v) == 1.0


def test_closing_the_session_ends_it(tier, endless):
    v, step, update = endless
    sess = tf.Session()
    sess.run(v.initializer)
    failure = []

    def work():
        try:
            sess.run(update, {step: 1.0})
        except tf.errors.OpError as error:
            failure.append(type(error))

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.3)
    sess.close()
    thread.join(30.0)
    assert not thread.is_alive() and failure == [tf.errors.CancelledError]


def test_random_numbers_of_a_stopped_loop_are_drawn_again(tier):
    tf.set_random_seed(5)
    limit = tf.placeholder(tf.float32, [])
    loop = tf.while_loop(lambda x: x < limit, lambda x: x + tf.random_uniform([]) * 0.0 + 1.0, [0.0])
    one = tf.random_uniform([])
    with tf.Session() as sess, tf.Session() as other:
        with _interrupted():
            sess.run([loop, one], {limit: 1e30})
        assert sess.run([loop, one], {limit: 3.0}) == other.run([loop, one], {limit: 3.0})
