"""Between two stages a run looks whether it is still wanted."""

from __future__ import annotations

from typing import Any

import pytest

import millpond as tf
from millpond.compiler import staging
from millpond.compiler.services import Cancellation, RunState
from millpond.session import execution


class Recorded:
    """Runs a stage, after something else has happened."""

    def __init__(self, before: Any) -> None:
        self.ran: list[int] = []
        self._before = before

    def __call__(self, runner: Any, state: RunState) -> None:
        self._before(len(self.ran))
        self.ran.append(runner.stage.index)
        runner.run(state)


def on_two_devices(monkeypatch: pytest.MonkeyPatch, sess: tf.Session, fetch: tf.Tensor) -> Any:
    """The call of a fetch whose plan has a stage for each operation."""
    monkeypatch.setattr(staging, "MAX_STAGE_OPS", 1)
    return sess._calls.find(fetch, ())


def chain(through_python: bool) -> tuple[tf.Variable, tf.Tensor]:
    v = tf.Variable(1.0)
    y = tf.square(tf.square(v.value()))
    if through_python:
        y = tf.py_func(lambda value: value, [y], tf.float32)
        y.set_shape([])
    return v, v.assign(tf.negative(y))


@pytest.mark.parametrize("through_python", [False, True])
def test_a_cancelled_run_starts_no_further_stage(through_python: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    v, step = chain(through_python)
    with tf.Session() as sess:
        sess.run(v.initializer)
        call = on_two_devices(monkeypatch, sess, step)
        count = len(call.planned.plan.stages)
        assert count >= 4 and call.planned.plan.blocks == through_python
        for stop_at in range(1, count):
            cancellation = Cancellation()

            def stop(done: int, at: int = stop_at, which: Cancellation = cancellation) -> None:
                if done == at - 1:
                    which.cancel(tf.errors.DeadlineExceededError(None, None, "out of time"))

            run_stage = Recorded(stop)
            with pytest.raises(tf.errors.DeadlineExceededError, match="out of time"):
                execution.execute(sess._runtime, call, [], cancellation, run_stage)
            assert len(run_stage.ran) <= stop_at
            assert sess.run(v) == 1.0
        run_stage = Recorded(lambda done: None)
        assert execution.execute(sess._runtime, call, [], Cancellation(), run_stage) == -1.0
        assert sorted(run_stage.ran) == run_stage.ran and sess.run(v) == -1.0


@pytest.mark.parametrize("through_python", [False, True])
def test_a_run_that_is_cancelled_before_it_starts_does_nothing(
        through_python: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    v, step = chain(through_python)
    with tf.Session() as sess:
        sess.run(v.initializer)
        call = on_two_devices(monkeypatch, sess, step)
        cancellation = Cancellation()
        cancellation.cancel(tf.errors.CancelledError(None, None, "closed"))
        run_stage = Recorded(lambda done: None)
        with pytest.raises(tf.errors.CancelledError, match="closed"):
            execution.execute(sess._runtime, call, [], cancellation, run_stage)
        assert run_stage.ran == [] and sess.run(v) == 1.0
