"""Interrupts, failures and cancellation in the middle of a run: no variable is lost, and the session goes on."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

import numpy as np
import pytest

import millpond as tf


def network() -> tuple[tf.Tensor, tf.Operation, tf.Tensor]:
    x = tf.placeholder(tf.float32, [None, 32])
    hidden = x
    for i in range(3):
        hidden = tf.nn.relu(tf.matmul(hidden, tf.get_variable(f"w{i}", [32, 32])))
    loss = tf.reduce_mean(tf.square(hidden - 1.0))
    return x, tf.train.AdamOptimizer().minimize(loss), loss


@pytest.mark.slow
def test_exceptions_raised_in_a_training_thread_lose_no_variable(
        tier: str, interrupt_often: Callable[[Callable[[], object], int], None]) -> None:
    x, train, loss = network()
    data = np.ones([8, 32], np.float32)
    fetches = itertools.cycle([train, [train, loss]])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(train, {x: data})
        interrupt_often(lambda: sess.run(next(fetches), {x: data}), 150)
        assert all(np.isfinite(value).all() for value in sess.run(tf.global_variables()))
        sess.run(train, {x: data})


@pytest.mark.slow
def test_ctrl_c_leaves_variables_of_one_step_or_the_next(run_program: Callable[..., str]) -> None:
    """Two counters that one step moves together never differ, however often the loop is interrupted."""
    program = """
        import signal, sys
        import numpy as np
        import millpond as tf

        config = tf.ConfigProto()
        config.graph_options.optimizer_options.global_jit_level = int(sys.argv[1])
        a, b = tf.Variable(tf.zeros([500])), tf.Variable(tf.zeros([500]))
        step = tf.group(a.assign_add(tf.ones([500])), b.assign_add(tf.ones([500])))
        def interrupt(*_):
            raise KeyboardInterrupt
        signal.signal(signal.SIGALRM, interrupt)
        with tf.Session(config=config) as sess:
            sess.run(tf.global_variables_initializer())
            sess.run(step)
            count = 0
            while count < 200:
                try:
                    signal.setitimer(signal.ITIMER_REAL, 0.0005 + count * 1e-5)
                    while True:
                        sess.run(step)
                except KeyboardInterrupt:
                    count += 1
                left, right = sess.run([a, b])
                assert left[0] == right[0] and left.min() == left.max(), (left[0], right[0])
        print("whole")
    """
    for level in ("1", "-1"):
        assert run_program(program, level).strip() == "whole"


def test_an_interrupt_between_two_stages_puts_back_what_the_first_has_written(tier: str) -> None:
    v = tf.Variable(1.0)
    up = v.assign_add(1.0)

    def body() -> np.float32:
        raise KeyboardInterrupt

    with tf.control_dependencies([up]):
        late = tf.py_func(body, [], tf.float32)
    drawn = tf.random_uniform([2], seed=7)
    with tf.Session() as sess:
        sess.run(v.initializer)
        first = sess.run(drawn)
        with pytest.raises(KeyboardInterrupt):
            sess.run([late, drawn])
        assert sess.run(v) == 1.0
        second = sess.run(drawn)
    with tf.Session() as sess:
        assert sess.run(drawn).tolist() == first.tolist()
        assert sess.run(drawn).tolist() == second.tolist()


@pytest.mark.slow
def test_a_run_that_is_out_of_time_writes_nothing_afterwards() -> None:
    """The step waits in a Python function when its time is over; when that returns, the step does not go on."""
    v = tf.Variable(1.0)
    leave = threading.Event()

    def body() -> np.float32:
        leave.wait(60)
        return np.float32(5.0)

    step = v.assign_add(tf.py_func(body, [], tf.float32))
    others = set(threading.enumerate())
    with tf.Session() as sess:
        sess.run(v.initializer)
        with pytest.raises(tf.errors.DeadlineExceededError, match="did not finish within 1000 ms"):
            sess.run(step, options=tf.RunOptions(timeout_in_ms=1000))
        leave.set()
        for thread in set(threading.enumerate()) - others:
            thread.join(60)
        assert sess.run(v) == 1.0


def test_closing_a_session_ends_the_runs_of_other_threads(tier: str) -> None:
    entered, leave = threading.Event(), threading.Event()

    def body() -> np.float32:
        entered.set()
        leave.wait(60)
        return np.float32(5.0)

    v = tf.Variable(1.0)
    step = v.assign_add(tf.py_func(body, [], tf.float32))
    outcome: list[object] = []
    sess = tf.Session()
    sess.run(v.initializer)

    def work() -> None:
        try:
            outcome.append(sess.run(step))
        except tf.errors.CancelledError as error:
            outcome.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    assert entered.wait(60)
    sess.close()
    leave.set()
    worker.join(60)
    assert isinstance(outcome[0], tf.errors.CancelledError) and "session has been closed" in str(outcome[0])


def test_closing_while_many_threads_train(tier: str) -> None:
    v = tf.Variable(tf.zeros([1000]))
    step = v.assign_add(tf.ones([1000]))
    sess = tf.Session()
    sess.run(v.initializer)
    sess.run(step)
    wrong: list[BaseException] = []
    started = threading.Barrier(5)

    def work() -> None:
        started.wait(60)
        try:
            while True:
                sess.run(step)
        except tf.errors.CancelledError:
            pass
        except (tf.errors.OpError, RuntimeError) as error:
            if "closed Session" not in str(error):
                wrong.append(error)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    started.wait(60)
    sess.close()
    for worker in workers:
        worker.join(60)
    assert not wrong, wrong
