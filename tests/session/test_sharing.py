"""What runs share: the variables, which compiled steps give to XLA and other threads write meanwhile."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import millpond as tf
from millpond.compiler.dispatch import StageRunner


def test_what_a_fetch_looks_at_is_not_given_away(compiled: None) -> None:
    v = tf.Variable(tf.zeros([1000]))
    step = v.assign_add(tf.ones([1000])).op
    with tf.Session() as sess:
        sess.run(v.initializer)
        for _ in range(3):
            sess.run(step)
        looked_at = sess._runtime.take(v.op)
        for _ in range(3):
            sess.run(step)
        assert np.asarray(looked_at).tolist() == [3.0] * 1000
        sess._runtime.release(v.op)
        assert sess.run(v)[0] == 6.0


def test_nothing_is_held_once_a_run_is_over(tier: str) -> None:
    v, w = tf.Variable([1.0, 2.0]), tf.Variable(1.0)
    up = v.assign_add([1.0, 1.0])
    guarded = tf.gather([1.0], tf.cast(v, tf.int32) + 5)

    def refuse() -> np.float32:
        raise ValueError("refused")

    on_host = tf.py_func(refuse, [], tf.float32)
    with tf.Session() as sess:
        sess.run(v.initializer)
        for count in range(1, 4):
            assert sess.run([v, up.op])[0].tolist() == [1.0 + count, 2.0 + count]
            assert sess.run(v).tolist() == [1.0 + count, 2.0 + count]
            for failing, kind in ((guarded, tf.errors.InvalidArgumentError), (on_host, tf.errors.InvalidArgumentError),
                                  (w, tf.errors.FailedPreconditionError)):
                with pytest.raises(kind):
                    sess.run([v, failing])
            assert sess._runtime.store.held == 0 and sess._runtime.store.slot(v.op).holds == 0


def test_a_variable_whose_shape_changes_between_look_and_call(compiled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread assigns a longer value after the program was chosen, and before it is called."""
    v = tf.Variable([1.0, 2.0], validate_shape=False)
    other = tf.assign(v, [1.0, 2.0, 3.0], validate_shape=False).op
    total = tf.reduce_sum(v * 2.0)
    plain = StageRunner._passed
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(total) == 6.0
        meddling = [True]

        def meddle(self, executable, inputs):
            if meddling:
                meddling.clear()
                thread = threading.Thread(target=lambda: sess.run(other))
                thread.start()
                thread.join(60)
            return plain(self, executable, inputs)

        monkeypatch.setattr(StageRunner, "_passed", meddle)
        assert sess.run(total) == 12.0


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
def test_a_step_that_changes_a_shape_is_seen_by_other_programs(compiled: None) -> None:
    v = tf.Variable([1.0], validate_shape=False)
    longer = tf.assign(v, tf.concat([v, [1.0]], 0), validate_shape=False).op
    total, doubled = tf.reduce_sum(v), tf.assign(v, v * 2.0, validate_shape=False)
    with tf.Session() as sess:
        sess.run(v.initializer)
        for length in range(2, 6):
            sess.run(longer)
            assert sess.run(total) == length
            assert sess.run(doubled).shape == (length,)
            sess.run(tf.assign(v, tf.ones([length]), validate_shape=False))


def test_a_failed_run_does_not_take_back_what_another_thread_has_written(tier: str) -> None:
    v = tf.Variable(1.0)
    first, other = v.assign_add(1.0), v.assign(100.0).op
    entered, leave = threading.Event(), threading.Event()

    def fail() -> np.float32:
        entered.set()
        leave.wait(60)
        raise ValueError("later")

    with tf.control_dependencies([first]):
        late = tf.py_func(fail, [], tf.float32)
    with tf.Session() as sess:
        sess.run(v.initializer)
        wrong: list[BaseException] = []

        def work() -> None:
            try:
                sess.run(late)
            except tf.errors.InvalidArgumentError as error:
                wrong.append(error)

        worker = threading.Thread(target=work)
        worker.start()
        assert entered.wait(60)
        sess.run(other)
        leave.set()
        worker.join(60)
        assert wrong and sess.run(v) == 100.0
        leave.set()
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(late)
        assert sess.run(v) == 100.0


def test_variables_that_were_set_to_one_value_do_not_share_memory(compiled: None) -> None:
    x = tf.placeholder(tf.float32, [500])
    v, w = tf.Variable(tf.zeros([500])), tf.Variable(tf.zeros([500]))
    doubled = x * 2.0
    both, copied, step = [v.assign(doubled), w.assign(doubled)], w.assign(v.value()), v.assign_add(tf.ones([500]))
    with tf.Session() as sess:
        sess.run([v.initializer, w.initializer])
        for number in range(3):
            found = sess.run([*both, doubled], {x: np.full(500, number)})
            sess.run([step.op])
            sess.run([step.op])
            assert [value[0] for value in sess.run([v, w])] == [2 * number + 2, 2 * number]
            assert [value[0] for value in found] == [2 * number] * 3
            sess.run(copied.op)
            sess.run(step.op)
            assert [value[0] for value in sess.run([v, w])] == [2 * number + 3, 2 * number + 2]
