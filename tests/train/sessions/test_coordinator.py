"""Threads that stop together, and threads that keep a queue filled."""

from __future__ import annotations

import queue as python_queue
import sys
import threading

import numpy as np
import pytest

import millpond as tf


def test_all_threads_stop_when_one_asks() -> None:
    coord = tf.train.Coordinator()
    counts = [0, 0, 0]

    def work(index: int) -> None:
        while not coord.should_stop():
            counts[index] += 1
            if index == 0 and counts[0] >= 5:
                coord.request_stop()

    threads = [threading.Thread(target=work, args=(index,)) for index in range(3)]
    for thread in threads:
        thread.start()
    coord.join(threads)
    assert counts[0] == 5 and not any(thread.is_alive() for thread in threads)
    assert coord.should_stop() and coord.joined
    coord.clear_stop()
    assert not coord.should_stop() and not coord.joined


def test_join_raises_the_first_error_that_a_thread_reported(capsys: pytest.CaptureFixture[str]) -> None:
    coord = tf.train.Coordinator()

    def fail() -> None:
        with coord.stop_on_exception():
            raise KeyError("the first")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    coord.request_stop(ValueError("too late"))
    with pytest.raises(KeyError, match="the first"):
        coord.raise_requested_exception()
    with pytest.raises(KeyError, match="the first"):
        coord.join([thread])
    assert (
        "INFO:tensorflow:Error reported to Coordinator: <class 'KeyError'>, 'the first'"
        in capsys.readouterr().err
    )
    # Nobody joins any more, so that the next one goes to who reports it.
    with pytest.raises(TypeError, match="after the join"):
        coord.request_stop(TypeError("after the join"))


def test_exc_info_is_an_error_too_and_anything_else_is_refused() -> None:
    coord = tf.train.Coordinator()
    with pytest.raises(TypeError, match="takes an exception .* got 'no error'"):
        coord.request_stop("no error")
    assert not coord.should_stop()
    try:
        raise ValueError("as in Python 2")
    except ValueError:
        coord.request_stop(sys.exc_info())
    with pytest.raises(ValueError, match="as in Python 2"):
        coord.join()


def test_the_end_of_the_data_is_no_error() -> None:
    coord = tf.train.Coordinator()
    with coord.stop_on_exception():
        raise tf.errors.OutOfRangeError(None, None, "the end")
    assert coord.should_stop()
    coord.join()
    strict = tf.train.Coordinator(clean_stop_exception_types=(KeyError,))
    strict.request_stop(tf.errors.OutOfRangeError(None, None, "the end"))
    with pytest.raises(tf.errors.OutOfRangeError):
        strict.join()


def test_a_thread_that_does_not_stop_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="stuck", daemon=True)
    thread.start()
    coord = tf.train.Coordinator()
    coord.register_thread(thread)
    coord.request_stop()
    with pytest.raises(RuntimeError, match="Coordinator stopped with threads still running: stuck"):
        coord.join(stop_grace_period_secs=0.05)
    coord.join([thread], stop_grace_period_secs=0.05, ignore_live_threads=True)
    assert "still running: stuck" in capsys.readouterr().err
    release.set()
    thread.join()


def test_a_looper_calls_a_function_until_the_stop() -> None:
    coord = tf.train.Coordinator()
    calls: list[str] = []
    enough = threading.Event()

    def work(name: str) -> None:
        calls.append(name)
        if len(calls) == 3:
            enough.set()

    looper = tf.train.LooperThread.loop(coord, 0.01, target=work, args=("tick",))
    assert looper.daemon and enough.wait(120)
    coord.request_stop()
    coord.join([looper])
    assert set(calls) == {"tick"}


def test_a_looper_class_starts_loops_and_stops() -> None:
    calls: list[str] = []

    class Looper(tf.train.LooperThread):
        def start_loop(self) -> None:
            calls.append("start")

        def run_loop(self) -> None:
            calls.append("loop")
            self._coord.request_stop()

        def stop_loop(self) -> None:
            calls.append("stop")

    coord = tf.train.Coordinator()
    Looper(coord, None).start()
    coord.join()
    assert calls == ["start", "loop", "stop"]
    with pytest.raises(ValueError, match="must be a Coordinator: nobody"):
        tf.train.LooperThread("nobody", 1)


def test_an_error_in_a_loop_reaches_join() -> None:
    def fail() -> None:
        raise ValueError("in the loop")

    coord = tf.train.Coordinator()
    tf.train.LooperThread.loop(coord, None, fail)
    with pytest.raises(ValueError, match="in the loop"):
        coord.join()


class HostQueue:
    """A queue made of `py_func` operations, with the methods that a QueueRunner uses."""

    name = "numbers"

    def __init__(self, capacity: int = 2) -> None:
        self.items: python_queue.Queue[int] = python_queue.Queue(capacity)
        self.is_closed = threading.Event()

    def enqueue(self, value: tf.Tensor) -> tf.Operation:
        def put(number: np.int64) -> np.int64:
            while not self.is_closed.is_set():
                try:
                    self.items.put(int(number), timeout=0.02)
                    return number
                except python_queue.Full:
                    continue
            raise tf.errors.CancelledError(None, None, "the queue is closed")

        return tf.py_func(put, [value], tf.int64, name="enqueue").op

    def close(self, cancel_pending_enqueues: bool = False) -> tf.Operation:
        def close() -> np.int64:
            if cancel_pending_enqueues:
                self.is_closed.set()
            self.items.put_nowait(-1)
            return np.int64(0)

        return tf.py_func(close, [], tf.int64, name="close").op


def counting(limit: int) -> tf.Tensor:
    """0, 1, 2, ... and OutOfRangeError at the limit."""
    numbers = iter(range(limit))

    def following() -> np.int64:
        for number in numbers:
            return np.int64(number)
        raise StopIteration("all counted")

    return tf.py_func(following, [], tf.int64)


def test_a_queue_runner_fills_the_queue_and_closes_it_after_the_data() -> None:
    queue = HostQueue(capacity=10)
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(counting(3))]))
    with tf.Session() as sess:
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(sess, coord)
        assert [thread.name for thread in threads] == [
            "QueueRunnerThread-numbers-enqueue",
            "QueueRunnerThread-numbers-close_on_stop",
        ]
        assert all(thread.daemon for thread in threads)
        assert [queue.items.get(timeout=120) for _ in range(4)] == [0, 1, 2, -1]
        coord.request_stop()
        coord.join(threads)


def test_a_stop_gives_up_an_enqueue_that_waits() -> None:
    queue = HostQueue(capacity=2)
    runner = tf.train.QueueRunner(queue, [queue.enqueue(counting(1000))])
    with tf.Session() as sess:
        coord = tf.train.Coordinator()
        threads = runner.create_threads(sess, coord, start=True)
        assert runner.create_threads(sess, coord) == []  # they run already
        assert queue.items.get(timeout=120) == 0
        coord.request_stop()
        coord.join(threads, stop_grace_period_secs=120)
    assert queue.is_closed.is_set()


def test_an_error_while_enqueuing_reaches_the_coordinator_or_is_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    queue = HostQueue()
    bad = tf.check_numerics(tf.constant(float("nan")), "bad input")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(tf.cast(bad, tf.int64))])
    with tf.Session() as sess:
        coord = tf.train.Coordinator()
        threads = runner.create_threads(sess, coord, start=True)
        with pytest.raises(tf.errors.InvalidArgumentError, match="bad input"):
            coord.join(threads)
        assert runner.exceptions_raised == []
    with tf.Session() as sess:
        for thread in runner.create_threads(sess, start=True):
            thread.join()
        assert [type(error) for error in runner.exceptions_raised] == [tf.errors.InvalidArgumentError]
    assert "ERROR:tensorflow:Exception in QueueRunner" in capsys.readouterr().err


def test_queue_runners_travel_as_messages(default_graph: tf.Graph) -> None:
    queue = HostQueue()
    tf.no_op(name="numbers")
    enqueue = queue.enqueue(counting(1))
    runner = tf.train.QueueRunner(
        queue,
        [enqueue, enqueue],
        queue_closed_exception_types=(tf.errors.OutOfRangeError, tf.errors.CancelledError),
    )
    tf.train.add_queue_runner(runner)
    message = runner.to_proto()
    assert list(message.enqueue_op_name) == ["enqueue", "enqueue"]
    assert (message.queue_name, message.close_op_name, message.cancel_op_name) == (
        "numbers",
        "close",
        "close_1",
    )
    assert list(message.queue_closed_exception_types) == [11, 1]
    again = tf.train.QueueRunner.from_proto(message)
    assert again.enqueue_ops == [enqueue, enqueue] and again.cancel_op is runner.cancel_op
    assert again.queue_closed_exception_types == runner.queue_closed_exception_types
    exported = tf.train.export_meta_graph().collection_def["queue_runners"].bytes_list.value
    assert list(exported) == [message.SerializeToString()]
    assert runner.to_proto(export_scope="elsewhere") is None


def test_what_a_queue_runner_cannot_use_is_refused() -> None:
    queue = HostQueue()
    enqueue = queue.enqueue(counting(1))
    with pytest.raises(ValueError, match="Must provide queue and enqueue_ops"):
        tf.train.QueueRunner(queue, [])
    with pytest.raises(TypeError, match="must be a tuple of tf.errors types"):
        tf.train.QueueRunner(queue, [enqueue], queue_closed_exception_types=(ValueError,))
    message = tf.train.QueueRunner(queue, [enqueue]).to_proto()
    with pytest.raises(ValueError, match="mutually exclusive"):
        tf.train.QueueRunner(queue, queue_runner_def=message)
    with pytest.raises(ValueError, match="No default session is registered"):
        tf.train.start_queue_runners()
    with pytest.raises(TypeError, match="sess must be a `tf.Session` object"):
        tf.train.start_queue_runners("session")


def test_starting_no_queue_runners_is_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    with tf.Session():
        assert tf.train.start_queue_runners() == []
    assert "no queue runners were defined" in capsys.readouterr().err
