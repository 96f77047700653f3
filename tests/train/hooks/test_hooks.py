"""What each hook does around the runs of a monitored session."""

from __future__ import annotations

import os
import pathlib
import re
import time
from typing import Any

import numpy as np
import pytest

import millpond as tf


def counter() -> tuple[tf.Variable, tf.Variable, tf.Operation]:
    """The global step, a variable, and an operation that adds 1 to the one and 2 to the other."""
    step, v = tf.train.get_or_create_global_step(), tf.Variable(0.0, name="v")
    return step, v, tf.group(v.assign_add(2.0), step.assign_add(1))


def run(hooks: list[Any], op: Any, times: int = 100) -> int:
    """Runs an operation until a hook wants to stop; how often it ran."""
    count = 0
    with tf.train.MonitoredSession(hooks=hooks) as session:
        while count < times and not session.should_stop():
            session.run(op)
            count += 1
    return count


def events(folder: pathlib.Path) -> list[Any]:
    """All events of a folder's files, without the version."""
    tf.summary.FileWriterCache.clear()
    return [
        event
        for path in sorted(folder.glob("events*"))
        for event in tf.train.summary_iterator(str(path))
        if event.WhichOneof("what") != "file_version"
    ]


def lines(capsys: pytest.CaptureFixture[str], wanted: str) -> list[str]:
    """Logged lines that match, without level and logger."""
    found = re.findall(r"^\w+:tensorflow:(.*)$", capsys.readouterr().err, re.MULTILINE)
    return [line for line in found if re.search(wanted, line)]


@pytest.mark.parametrize(("arguments", "steps"), [({"last_step": 4}, 4), ({"num_steps": 3}, 3)])
def test_stop_at_step(arguments: dict[str, int], steps: int, tier: str) -> None:
    _, _, op = counter()
    assert run([tf.train.StopAtStepHook(**arguments)], op) == steps


def test_stop_at_step_counts_steps_and_not_runs() -> None:
    step, v, _ = counter()
    assert run([tf.train.StopAtStepHook(last_step=10)], step.assign_add(3)) == 4
    assert run([tf.train.StopAtStepHook(last_step=2)], v, times=6) == 6


def test_wrong_arguments_are_refused(tmp_path: pathlib.Path) -> None:
    for make, message in [
        (lambda: tf.train.StopAtStepHook(), "One of num_steps or last_step must be specified"),
        (lambda: tf.train.StopAtStepHook(1, 2), "Only one of num_steps or last_step"),
        (lambda: tf.train.CheckpointSaverHook(tmp_path), "Either every_secs or every_steps"),
        (
            lambda: tf.train.CheckpointSaverHook(tmp_path, 1, 1),
            "Can not provide both every_secs and every_steps",
        ),
        (
            lambda: tf.train.CheckpointSaverHook(tmp_path, 1, saver=1, scaffold=2),
            "cannot provide both saver and scaffold",
        ),
        (lambda: tf.train.LoggingTensorHook([]), "exactly one of every_n_iter and every_n_secs"),
        (lambda: tf.train.LoggingTensorHook([], 1, 1), "exactly one of every_n_iter and every_n_secs"),
        (lambda: tf.train.LoggingTensorHook([], 0), "invalid every_n_iter=0"),
        (lambda: tf.train.SummarySaverHook(1), "Exactly one of scaffold or summary_op"),
        (lambda: tf.train.StepCounterHook(1, 1), "exactly one of every_n_steps and every_n_secs"),
    ]:
        with pytest.raises(ValueError, match=message):
            make()
    with pytest.raises(NotImplementedError, match="ProfilerHook"):
        tf.train.ProfilerHook(save_steps=1)


def test_hooks_that_count_steps_want_a_global_step() -> None:
    with pytest.raises(RuntimeError, match="Global step should be created to use StopAtStepHook"):
        tf.train.MonitoredSession(hooks=[tf.train.StopAtStepHook(last_step=1)])
    assert not tf.get_default_graph().finalized


def test_logging_tells_tags_in_order_and_the_time_between(capsys: pytest.CaptureFixture[str]) -> None:
    _, v, op = counter()
    weights = tf.constant([1.5, 2.5], name="weights")
    run([tf.train.LoggingTensorHook({"loss": v, "a": weights}, every_n_iter=2)], op, times=4)
    first, second = lines(capsys, "loss")
    assert first == "a = [1.5 2.5], loss = 2.0"
    assert re.fullmatch(r"a = \[1\.5 2\.5\], loss = 6\.0 \(\d\.\d{3} sec\)", second)


def test_logging_by_name_at_the_end_and_in_other_words(capsys: pytest.CaptureFixture[str]) -> None:
    _, v, op = counter()
    run([tf.train.LoggingTensorHook(["v:0"], at_end=True)], op, times=3)
    assert lines(capsys, "v:0") == ["v:0 = 6.0"]
    run([tf.train.LoggingTensorHook(["v/read"], at_end=True)], op, times=1)
    assert lines(capsys, "v/read") == ["v/read = 2.0"]
    run(
        [tf.train.LoggingTensorHook([v], every_n_iter=1, formatter=lambda values: f"100% {values[v]:.1f}")],
        op,
        times=2,
    )
    assert lines(capsys, "100%") == ["100% 2.0", "100% 4.0"]


def test_what_is_logged_comes_in_any_iterable(capsys: pytest.CaptureFixture[str]) -> None:
    _, v, op = counter()
    run([tf.train.LoggingTensorHook({"a": "v:0"}.values(), at_end=True)], op, times=1)
    run([tf.train.LoggingTensorHook((name for name in ["v:0"]), at_end=True)], op, times=1)
    assert lines(capsys, "v:0") == ["v:0 = 2.0"] * 2


def test_only_tensors_of_the_graph_are_logged() -> None:
    with tf.Graph().as_default():
        other = tf.constant(1.0)
    for wrong in (3, None, other):
        with pytest.raises(ValueError):
            tf.train.LoggingTensorHook([wrong], at_end=True).begin()
    with pytest.raises(KeyError):
        tf.train.LoggingTensorHook(["nothing"], at_end=True).begin()


def test_logging_by_time(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, op = counter()
    run([tf.train.LoggingTensorHook(["v:0"], every_n_secs=1000)], op, times=3)
    assert lines(capsys, "v:0") == ["v:0 = 2.0"]


def test_a_loss_that_is_nan_fails_or_stops(capsys: pytest.CaptureFixture[str]) -> None:
    losses = iter([1.0, float("nan"), 2.0])
    loss = tf.py_func(lambda: np.float32(next(losses)), [], tf.float32)
    with pytest.raises(tf.train.NanLossDuringTrainingError, match="^NaN loss during training.$"):
        run([tf.train.NanTensorHook(loss)], loss)
    losses = iter([1.0, float("nan"), 2.0])
    assert run([tf.train.NanTensorHook(loss, fail_on_nan_loss=False)], loss) == 2
    assert lines(capsys, "diverged") == ["Model diverged with loss = NaN."] * 2


def test_feeding_from_a_function_and_fetching_at_the_end() -> None:
    x = tf.placeholder(tf.float32, [])
    total = tf.Variable(0.0)
    values = iter([1.0, 2.0, 3.0])
    final = tf.train.FinalOpsHook([total, x], final_ops_feed_dict={x: -1.0})
    assert final.final_ops_values is None
    run([tf.train.FeedFnHook(lambda: {x: next(values)}), final], total.assign_add(x), times=3)
    assert final.final_ops_values == [6.0, -1.0]


def test_waiting_for_other_workers_to_begin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    step = tf.train.create_global_step()
    others = step.assign_add(600)
    waited: list[float] = []

    class Chief(tf.train.SessionRunHook):
        def after_create_session(self, session: Any, coord: Any) -> None:
            monkeypatch.setattr(time, "sleep", lambda secs: (waited.append(secs), session.run(others)))

    run([Chief(), tf.train.GlobalStepWaiterHook(1000)], step, times=2)
    assert waited == [0.5, 0.5]
    assert lines(capsys, "Waiting for global step") == [
        "Waiting for global step 1000 before starting training."
    ]


def test_the_timer_is_due_by_steps_and_by_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    timer = tf.train.SecondOrStepTimer(every_steps=3)
    assert timer.last_triggered_step() is None and timer.should_trigger_for_step(0)
    assert timer.update_last_triggered_step(0) == (None, None)
    assert [timer.should_trigger_for_step(step) for step in (0, 1, 2, 3, 7)] == [
        False,
        False,
        False,
        True,
        True,
    ]
    assert timer.update_last_triggered_step(7)[1] == 7 and timer.last_triggered_step() == 7
    timer.reset()
    assert timer.should_trigger_for_step(7)

    now = [100.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    timer = tf.train.SecondOrStepTimer(every_secs=5)
    timer.update_last_triggered_step(1)
    now[0] = 104.0
    assert not timer.should_trigger_for_step(2)
    now[0] = 105.5
    assert not timer.should_trigger_for_step(1) and timer.should_trigger_for_step(2)
    assert timer.update_last_triggered_step(2) == (5.5, 1)


def test_checkpoints_at_the_beginning_at_intervals_and_at_the_end(tmp_path: pathlib.Path) -> None:
    _, _, op = counter()
    seen: list[tuple[Any, ...]] = []

    class Listener(tf.train.CheckpointSaverListener):
        def begin(self) -> None:
            seen.append(("begin",))

        def before_save(self, session: Any, global_step_value: int) -> None:
            seen.append(("before", global_step_value, session.run("v:0")))

        def after_save(self, session: Any, global_step_value: int) -> None:
            seen.append(("after", global_step_value))

        def end(self, session: Any, global_step_value: int) -> None:
            seen.append(("end", global_step_value))

    hook = tf.train.CheckpointSaverHook(
        tmp_path, save_steps=2, checkpoint_basename="m", saver=tf.train.Saver(), listeners=[Listener()]
    )
    run([hook], op, times=5)
    assert seen == [
        ("begin",),
        ("before", 0, 0.0),
        ("after", 0),
        ("before", 2, 4.0),
        ("after", 2),
        ("before", 4, 8.0),
        ("after", 4),
        ("before", 5, 10.0),
        ("after", 5),
        ("end", 5),
    ]
    state = tf.train.get_checkpoint_state(tmp_path)
    assert [os.path.basename(path) for path in state.all_model_checkpoint_paths] == [
        "m-0",
        "m-2",
        "m-4",
        "m-5",
    ]
    assert tf.train.load_variable(state.model_checkpoint_path, "v") == 10.0
    assert "VariableV2" in (tmp_path / "graph.pbtxt").read_text()
    logged = [
        (event.step, event.session_log.status) for event in events(tmp_path) if event.HasField("session_log")
    ]
    assert logged == [(step, tf.SessionLog.CHECKPOINT) for step in (0, 2, 4, 5)]


def test_a_listener_can_end_the_training(tmp_path: pathlib.Path) -> None:
    _, _, op = counter()

    class Enough(tf.train.CheckpointSaverListener):
        def after_save(self, session: Any, global_step_value: int) -> bool:
            return global_step_value >= 4

    hook = tf.train.CheckpointSaverHook(
        tmp_path,
        save_steps=2,
        scaffold=tf.train.Scaffold(saver=tf.train.Saver()),
        listeners=[Enough()],
        save_graph_def=False,
    )
    assert run([hook], op) == 4
    assert not list(tmp_path.glob("*.meta")) and not (tmp_path / "graph.pbtxt").exists()


def test_the_saver_of_the_graph_must_be_the_only_one(tmp_path: pathlib.Path) -> None:
    _, _, op = counter()
    for _ in range(2):
        tf.add_to_collection(tf.GraphKeys.SAVERS, tf.train.Saver())
    creator = tf.train.ChiefSessionCreator(tf.train.Scaffold(saver=tf.train.Saver()))
    with pytest.raises(RuntimeError, match="More than one item in collection savers"):
        tf.train.MonitoredSession(creator, hooks=[tf.train.CheckpointSaverHook(tmp_path, save_steps=1)])


def test_summaries_at_the_first_run_and_at_intervals(tmp_path: pathlib.Path) -> None:
    _, v, op = counter()
    summaries = [tf.summary.scalar("a", v), tf.summary.scalar("b", v)]
    run([tf.train.SummarySaverHook(save_steps=2, output_dir=tmp_path, summary_op=summaries)], op, times=5)
    found = events(tmp_path)
    written = [
        (event.step, event.summary.value[0].tag, event.summary.value[0].simple_value)
        for event in found
        if event.HasField("summary")
    ]
    assert written == [
        (1, "a", 0.0),
        (1, "b", 0.0),
        (3, "a", 4.0),
        (3, "b", 4.0),
        (5, "a", 8.0),
        (5, "b", 8.0),
    ]
    assert [event.step for event in found if event.session_log.status == tf.SessionLog.START] == [1]
    assert found[0].HasField("graph_def")


def test_without_summaries_there_is_nothing_to_write(tmp_path: pathlib.Path) -> None:
    _, _, op = counter()
    run(
        [tf.train.SummarySaverHook(save_steps=1, output_dir=tmp_path, scaffold=tf.train.Scaffold())],
        op,
        times=2,
    )
    assert not any(event.HasField("summary") for event in events(tmp_path))


def test_the_speed_of_training_is_logged_and_recorded(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, op = counter()
    run([tf.train.StepCounterHook(every_n_steps=2, output_dir=tmp_path)], op, times=6)
    speeds = [float(line.split(": ")[1]) for line in lines(capsys, "global_step/sec")]
    written = [
        (event.step, event.summary.value[0].tag, event.summary.value[0].simple_value)
        for event in events(tmp_path)
        if event.HasField("summary")
    ]
    assert [(step, tag) for step, tag, _ in written] == [(3, "global_step/sec"), (5, "global_step/sec")]
    assert [speed for _, _, speed in written] == pytest.approx(speeds, rel=1e-4) and min(speeds) > 0


def test_a_global_step_that_stands_still_is_told_five_times(capsys: pytest.CaptureFixture[str]) -> None:
    _, v, _ = counter()
    run([tf.train.StepCounterHook(every_n_steps=1)], v, times=10)
    assert len(lines(capsys, "It seems that global step .* has not been increased")) == 5
