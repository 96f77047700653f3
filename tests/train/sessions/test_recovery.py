"""What a thread reports to the coordinator, and what becomes of the runs around it."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import millpond as tf


class Creator(tf.train.ChiefSessionCreator):
    """Counts the sessions that it makes."""

    made = 0

    def create_session(self) -> Any:
        self.made += 1
        return super().create_session()


class Reporter(tf.train.SessionRunHook):
    """At the second run, reports an error to the coordinator as a thread would, and then raises another one."""

    def __init__(self, reported: Exception | None, raised: Exception | None, after: bool) -> None:
        self._reported, self._raised, self._after, self._runs = reported, raised, after, 0

    def after_create_session(self, session: Any, coord: Any) -> None:
        self._coord = coord

    def _report(self) -> None:
        self._runs += 1
        if self._runs == 2:
            self._coord.request_stop(self._reported)
            if self._raised is not None:
                raise self._raised

    def before_run(self, run_context: Any) -> None:
        if not self._after:
            self._report()

    def after_run(self, run_context: Any, run_values: Any) -> None:
        if self._after:
            self._report()


LOST = [tf.errors.AbortedError(None, None, "lost"), tf.errors.UnavailableError(None, None, "lost")]
after_or_before = pytest.mark.parametrize("after", [True, False], ids=["after", "before"])


@after_or_before
@pytest.mark.parametrize("reported", LOST, ids=["aborted", "unavailable"])
@pytest.mark.parametrize("raised", [tf.errors.CancelledError(None, None, "closed"), KeyError("k"), RuntimeError("r")])
def test_a_run_that_fails_because_a_thread_lost_its_machine_is_repeated(
    reported: Exception, raised: Exception, after: bool
) -> None:
    x = tf.placeholder(tf.int32, [])
    creator = Creator()
    with tf.train.MonitoredSession(creator, hooks=[Reporter(reported, raised, after)]) as session:
        assert session.run(x, {x: 51}) == 51
        assert creator.made == 1
        # The same call gives its result in a second session.
        assert session.run(x, {x: 42}) == 42
        assert creator.made == 2 and not session.should_stop()


@after_or_before
@pytest.mark.parametrize("reported", LOST, ids=["aborted", "unavailable"])
def test_asking_whether_to_stop_makes_the_new_session(reported: Exception, after: bool) -> None:
    x = tf.placeholder(tf.int32, [])
    creator = Creator()
    with tf.train.MonitoredSession(creator, hooks=[Reporter(reported, None, after)]) as session:
        assert [session.run(x, {x: value}) for value in (51, 42)] == [51, 42]
        assert creator.made == 1
        assert not session.should_stop()
        assert creator.made == 2
        assert session.run(x, {x: 43}) == 43 and creator.made == 2


def test_a_machine_that_is_lost_at_the_end_is_not_missed() -> None:
    x = tf.constant(1)
    with tf.train.MonitoredSession(hooks=[Reporter(LOST[0], None, after=True)]) as session:
        assert [session.run(x), session.run(x)] == [1, 1]


def test_a_thread_that_loses_its_machine_while_the_main_one_waits() -> None:
    waiting, reported = threading.Event(), threading.Event()

    def take() -> Any:
        if not reported.is_set():
            waiting.set()
            assert reported.wait(60)
            raise RuntimeError("nobody fills the queue")
        return np.float32(7.0)

    class Fill(tf.train.SessionRunHook):
        def after_create_session(self, session: Any, coord: Any) -> None:
            if reported.is_set():
                return

            def work() -> None:
                with coord.stop_on_exception():
                    assert waiting.wait(60)
                    raise tf.errors.AbortedError(None, None, "the reader went away")

            def work_and_tell() -> None:
                work()
                reported.set()

            thread = threading.Thread(target=work_and_tell)
            coord.register_thread(thread)
            thread.start()

    y = tf.py_func(take, [], tf.float32)
    creator = Creator()
    with tf.train.MonitoredSession(creator, hooks=[Fill()]) as session:
        assert session.run(y) == 7.0
    assert creator.made == 2


@after_or_before
@pytest.mark.parametrize("raised", [tf.errors.CancelledError(None, None, "closed"), KeyError("k")])
def test_another_error_of_a_thread_ends_the_loop_and_is_raised_at_the_end(raised: Exception, after: bool) -> None:
    x = tf.placeholder(tf.int32, [])
    told: list[type] = []
    with pytest.raises(ValueError, match="the disk is gone"):
        with tf.train.MonitoredSession(hooks=[Reporter(ValueError("the disk is gone"), raised, after)]) as session:
            session.run(x, {x: 51})
            try:
                session.run(x, {x: 42})
            except (tf.errors.OpError, LookupError, ValueError) as error:
                told.append(type(error))
            assert session.should_stop()
    # The run itself told its own error.
    assert told == [type(raised)]


def test_a_stop_by_a_thread_is_for_the_loop_to_see() -> None:
    x = tf.constant(1)
    with tf.train.MonitoredSession(hooks=[Reporter(None, None, after=True)]) as session:
        session.run(x)
        session.run(x)
        assert session.should_stop()
        # The step under way may need further runs.
        assert session.run(x) == 1


@pytest.mark.parametrize("reported", [LOST[0], ValueError("the disk is gone")])
def test_a_singular_session_raises_what_a_thread_reported(reported: Exception) -> None:
    x = tf.constant(1)
    with pytest.raises(type(reported)):
        with tf.train.SingularMonitoredSession(hooks=[Reporter(reported, None, after=True)]) as session:
            assert not session.should_stop()
            session.run(x)
            session.run(x)
            with pytest.raises(type(reported)):
                session.should_stop()


def test_a_singular_session_has_no_session_once_it_is_closed() -> None:
    x = tf.constant(1)
    with tf.train.SingularMonitoredSession() as session:
        assert session.raw_session().run(x) == 1
    assert session.raw_session() is None and session.should_stop()


OPTIONS = tf.RunOptions


@pytest.mark.parametrize(
    ("mine", "of_hooks", "merged"),
    [
        (None, [], OPTIONS()),
        (OPTIONS(report_tensor_allocations_upon_oom=True), [], OPTIONS(report_tensor_allocations_upon_oom=True)),
        (
            None,
            [OPTIONS(), OPTIONS(report_tensor_allocations_upon_oom=True), OPTIONS()],
            OPTIONS(report_tensor_allocations_upon_oom=True),
        ),
        (
            OPTIONS(report_tensor_allocations_upon_oom=True, trace_level=OPTIONS.NO_TRACE, timeout_in_ms=50000),
            [OPTIONS(trace_level=OPTIONS.SOFTWARE_TRACE), OPTIONS(timeout_in_ms=60000)],
            OPTIONS(
                report_tensor_allocations_upon_oom=True, trace_level=OPTIONS.SOFTWARE_TRACE, timeout_in_ms=60000
            ),
        ),
        (
            OPTIONS(output_partition_graphs=True, timeout_in_ms=60000),
            [OPTIONS(timeout_in_ms=50000)],
            OPTIONS(output_partition_graphs=True, timeout_in_ms=60000),
        ),
        (None, [OPTIONS(output_partition_graphs=True), OPTIONS()], OPTIONS(output_partition_graphs=True)),
    ],
)
def test_options_of_a_run_are_those_that_anyone_asked_for(mine: Any, of_hooks: list[Any], merged: Any) -> None:
    seen: list[Any] = []

    class Ask(tf.train.SessionRunHook):
        def __init__(self, options: Any) -> None:
            self._options = options

        def before_run(self, run_context: Any) -> Any:
            return tf.train.SessionRunArgs(None, options=self._options)

        def after_run(self, run_context: Any, run_values: Any) -> None:
            seen.append(run_values.options)

    x = tf.constant(1)
    before = None if mine is None else mine.SerializeToString()
    with tf.train.MonitoredSession(hooks=[Ask(options) for options in [*of_hooks, None]]) as session:
        session.run(x, options=mine)
    assert mine is None or mine.SerializeToString() == before
    for options in seen:
        options.ClearField("debug_options")
        assert options == merged
    assert len(seen) == len(of_hooks) + 1
