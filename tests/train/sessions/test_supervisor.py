"""Training with a Supervisor, which saves and summarizes in threads."""

from __future__ import annotations

import os
import pathlib
import threading
import time
from typing import Any

import pytest

import millpond as tf


def build() -> tuple[tf.Variable, tf.Operation]:
    step, v = tf.train.get_or_create_global_step(), tf.Variable(0.0, name="v")
    tf.summary.scalar("v_now", v)
    return v, tf.group(v.assign_add(2.0), step.assign_add(1))


def events(folder: pathlib.Path) -> list[Any]:
    return [
        event for path in sorted(folder.glob("events*")) for event in tf.train.summary_iterator(str(path))
    ]


def wait_until(what: Any) -> None:
    deadline = time.monotonic() + 120
    while not what():
        assert time.monotonic() < deadline, "nothing happened for two minutes"
        time.sleep(0.01)


def test_checkpoints_and_summaries_appear_by_themselves_and_the_training_resumes(
    tmp_path: pathlib.Path,
) -> None:
    by_themselves = {"v_now", "global_step/sec"}

    def written_tags() -> set[str]:
        return {value.tag for event in events(tmp_path) for value in event.summary.value}

    def train(seconds: float, stop_after: int) -> Any:
        with tf.Graph().as_default() as graph:
            v, train_op = build()
            supervisor = tf.train.Supervisor(
                logdir=str(tmp_path), save_summaries_secs=seconds, save_model_secs=seconds
            )
            with supervisor.managed_session() as sess:
                assert sess.graph is graph and graph.finalized
                start = sess.run(v)
                for _ in range(stop_after):
                    assert not supervisor.should_stop()
                    sess.run(train_op)
                if seconds:
                    wait_until(lambda: (tmp_path / "model.ckpt-3.index").exists())
                    wait_until(lambda: (tf.train.latest_checkpoint(str(tmp_path)) or "").endswith("-3"))
                    wait_until(lambda: supervisor.summary_writer.flush() or written_tags() == by_themselves)
        assert supervisor.should_stop() and supervisor.save_path == os.path.join(str(tmp_path), "model.ckpt")
        return start

    assert train(0.05, 3) == 0.0
    assert train(0, 1) == 6.0
    found = events(tmp_path)
    statuses = {event.session_log.status for event in found if event.HasField("session_log")}
    assert statuses == {tf.SessionLog.START, tf.SessionLog.CHECKPOINT, tf.SessionLog.STOP}
    assert written_tags() == by_themselves
    assert sum(event.HasField("graph_def") for event in found) == 2
    assert (tmp_path / "graph.pbtxt").exists()


def test_summaries_that_the_program_computes(tmp_path: pathlib.Path) -> None:
    v, train_op = build()
    supervisor = tf.train.Supervisor(
        logdir=str(tmp_path), summary_op=None, save_model_secs=0, save_summaries_secs=0
    )
    loss = tf.Summary(value=[tf.Summary.Value(tag="loss", simple_value=0.5)])
    with supervisor.managed_session() as sess:
        sess.run(train_op)
        supervisor.summary_computed(sess, loss)
        supervisor.summary_computed(sess, loss.SerializeToString(), global_step=77)
    written = [
        (event.step, event.summary.value[0].tag) for event in events(tmp_path) if event.HasField("summary")
    ]
    assert written == [(1, "loss"), (77, "loss")]


@pytest.mark.parametrize("error", [ValueError("broken"), tf.errors.AbortedError(None, None, "broken")])
def test_an_error_ends_the_session_and_goes_on(error: Exception) -> None:
    _, train_op = build()
    supervisor = tf.train.Supervisor()
    with pytest.raises(type(error), match="broken"):
        with supervisor.managed_session() as sess:
            sess.run(train_op)
            raise error
    assert supervisor.should_stop()
    with pytest.raises(RuntimeError, match="closed Session"):
        sess.run(train_op)


def test_the_end_of_the_data_is_no_error() -> None:
    build()
    supervisor = tf.train.Supervisor()
    with supervisor.managed_session():
        raise tf.errors.OutOfRangeError(None, None, "the end")
    assert supervisor.should_stop()


def test_a_loop_runs_beside_the_training_and_its_error_arrives() -> None:
    v, train_op = build()
    supervisor = tf.train.Supervisor()
    seen: list[float] = []
    enough = threading.Event()

    def look(sess: Any) -> None:
        seen.append(float(sess.run(v)))
        if len(seen) == 3:
            enough.set()
            raise ValueError("seen enough")

    with pytest.raises(ValueError, match="seen enough"):
        with supervisor.managed_session() as sess:
            sess.run(train_op)
            supervisor.loop(0.01, look, args=(sess,))
            assert enough.wait(120)
            supervisor.wait_for_stop()
    assert seen == [2.0, 2.0, 2.0]


def test_the_supervisor_prepares_a_session_for_programs_that_stop_it_themselves() -> None:
    v, train_op = build()
    start = tf.placeholder(tf.float32, [])
    called: list[Any] = []
    supervisor = tf.train.Supervisor(
        init_op=tf.group(v.assign(start), tf.train.get_global_step().initializer),
        init_feed_dict={start: 5.0},
        init_fn=lambda sess: called.append(sess.run(v)),
    )
    sess = supervisor.prepare_or_wait_for_session(start_standard_services=False)
    assert sess.run(v) == 5.0 and called == [5.0]
    supervisor.request_stop()
    supervisor.stop()
    # The session is the program's.
    assert supervisor.should_stop() and sess.run(v) == 5.0
    assert supervisor.PrepareSession and supervisor.ShouldStop()


def test_parts_are_found_in_the_graph() -> None:
    build()
    mine = tf.no_op(name="mine")
    tf.add_to_collection(tf.GraphKeys.LOCAL_INIT_OP, mine)
    supervisor = tf.train.Supervisor()
    assert supervisor.global_step is tf.train.get_global_step()
    assert supervisor.init_op.name == "init" and supervisor.ready_for_local_init_op is None
    assert tf.get_collection(tf.GraphKeys.SAVERS) == [supervisor.saver]
    assert supervisor.summary_op.op.name == "Merge/MergeSummary"
    assert supervisor.save_path is None and supervisor.summary_writer is None
    empty = tf.train.Supervisor(graph=tf.Graph())
    assert (empty.global_step, empty.saver, empty.summary_op) == (None, None, None)


@pytest.mark.parametrize("start", [[123], [[123]], 123], ids=["[1]", "[1,1]", "[]"])
@pytest.mark.parametrize("found", ["by name", "in the collection", "as given"])
def test_the_step_may_have_any_shape_of_one_element(start: Any, found: str, tmp_path: pathlib.Path) -> None:
    v = tf.Variable(0.0, name="v")
    tf.summary.scalar("v_now", v)
    step = tf.Variable(start, name="global_step" if found == "by name" else "my_step")
    if found == "in the collection":
        tf.add_to_collection(tf.GraphKeys.GLOBAL_STEP, step)
    given = {"global_step": step} if found == "as given" else {}
    supervisor = tf.train.Supervisor(
        logdir=str(tmp_path), save_summaries_secs=0.05, save_model_secs=0.05, **given
    )
    with supervisor.managed_session() as sess:
        wait_until(lambda: (tmp_path / "model.ckpt-123.index").exists())
        wait_until(lambda: supervisor.summary_writer.flush() or sum(
            event.HasField("summary") for event in events(tmp_path)) >= 2)
        supervisor.summary_computed(sess, tf.Summary(value=[tf.Summary.Value(tag="mine", simple_value=1.0)]))
        assert tf.train.global_step(sess, supervisor.global_step) == 123
    steps = {event.step for event in events(tmp_path) if event.HasField("summary")}
    assert steps == {123} and "mine" in {v.tag for e in events(tmp_path) for v in e.summary.value}


def test_what_is_no_step_is_not_taken_for_one(capsys: pytest.CaptureFixture[str]) -> None:
    tf.Variable(1.0, name="global_step")
    assert tf.train.Supervisor().global_step is None
    assert "Found 'global_step' is not an int type" in capsys.readouterr().err


def test_what_cannot_be_done_is_told() -> None:
    v, _ = build()
    with pytest.raises(ValueError, match="all Variables must have their device set: 'global_step'"):
        tf.train.Supervisor(is_chief=False)
    supervisor = tf.train.Supervisor(init_op=v.initializer)
    with pytest.raises(RuntimeError, match="Variables not initialized: global_step"):
        with supervisor.managed_session():
            pytest.fail("the model is not ready")
    with pytest.raises(RuntimeError, match="Writing a summary requires a summary writer"):
        supervisor.summary_computed(None, b"")
    with tf.Graph().as_default():
        with pytest.raises(RuntimeError, match="Only chief supervisor can start standard services"):
            tf.train.Supervisor(is_chief=False).start_standard_services(None)


def test_services_need_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    build()
    with tf.train.Supervisor().managed_session():
        assert "WARNING:tensorflow:Standard services need a 'logdir'" in capsys.readouterr().err


def test_a_basic_loop_runs_a_step_until_it_asks_to_stop_and_survives_an_aborted_session() -> None:
    step = tf.train.get_or_create_global_step()
    count = tf.assign_add(step, 1)
    supervisor = tf.train.Supervisor(summary_op=None)
    seen: list[tuple[int, str]] = []

    def train(sess: tf.Session, until: int, word: str) -> None:
        seen.append((int(sess.run(count)), word))
        if len(seen) == 1:
            raise tf.errors.AbortedError(None, None, "the task was restarted")
        if seen[-1][0] == until:
            supervisor.request_stop()

    tf.train.basic_train_loop(supervisor, train, args=(3,), kwargs={"word": "on"})
    assert seen == [(1, "on"), (1, "on"), (2, "on"), (3, "on")]
