"""Training loops with monitored sessions: initialize, save, stop, break, resume, recover."""

from __future__ import annotations

import pathlib
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.train import resources


def build() -> tuple[tf.Variable, tf.Variable, tf.Operation]:
    """A linear model on its way to w = 3: the global step, w, and the training operation."""
    step = tf.train.get_or_create_global_step()
    w = tf.Variable(0.0, name="w")
    loss = tf.square(w - 3.0)
    tf.summary.scalar("loss", loss)
    return step, w, tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)


def expected(steps: int) -> float:
    """Where w is after so many steps."""
    return 3.0 - 3.0 * 0.8**steps


class Recorder(tf.train.SessionRunHook):
    """Writes down what it is called for."""

    def __init__(self, log: list[str], name: str = "", error: Callable[[], Exception] | None = None) -> None:
        self.log, self.name = log, name
        self.errors = [None, error] if error else []

    def begin(self) -> None:
        self.log.append(f"{self.name}begin")

    def after_create_session(self, session: Any, coord: Any) -> None:
        assert isinstance(session, tf.Session) and isinstance(coord, tf.train.Coordinator)
        self.log.append(f"{self.name}created")

    def before_run(self, run_context: Any) -> None:
        self.log.append(f"{self.name}before")

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self.log.append(f"{self.name}after")
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error()

    def end(self, session: Any) -> None:
        self.log.append(f"{self.name}end")


def test_training_is_broken_off_and_resumed(tmp_path: pathlib.Path, tier: str) -> None:
    class Killed(Exception):
        pass

    def train(last_step: int, die_at: int | None = None) -> list[float]:
        values = []
        with tf.Graph().as_default():
            _, w, train_op = build()

            def train_once(step_context: Any) -> float:
                step_context.run_with_hooks(train_op)
                return step_context.session.run(w)

            hooks = [tf.train.StopAtStepHook(last_step=last_step)]
            with tf.train.MonitoredTrainingSession(
                checkpoint_dir=str(tmp_path), hooks=hooks, save_checkpoint_steps=4, save_summaries_steps=2
            ) as session:
                while not session.should_stop():
                    values.append(session.run_step_fn(train_once))
                    if len(values) == die_at:
                        raise Killed
        return values

    with pytest.raises(Killed):
        train(10, die_at=6)
    # The last checkpoint before it was killed is that of step 4.
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / "model.ckpt-4")
    assert train(10) == pytest.approx([expected(n) for n in range(5, 11)], rel=1e-5)
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / "model.ckpt-10")
    assert train(10) == pytest.approx([expected(11)], rel=1e-5)  # a session makes one run before it knows


def test_files_of_a_training(tmp_path: pathlib.Path) -> None:
    _, _, train_op = build()
    with tf.train.MonitoredTrainingSession(
        checkpoint_dir=tmp_path,
        hooks=[tf.train.StopAtStepHook(3)],
        summary_dir=tmp_path / "logs",
        log_step_count_steps=1,
    ) as session:
        while not session.should_stop():
            session.run(train_op)
    tf.summary.FileWriterCache.clear()
    assert sorted(path.name for path in tmp_path.glob("*.index")) == [
        "model.ckpt-0.index",
        "model.ckpt-3.index",
    ]
    assert (tmp_path / "graph.pbtxt").exists()
    tags = {
        value.tag
        for path in (tmp_path / "logs").iterdir()
        for event in tf.train.summary_iterator(str(path))
        for value in event.summary.value
    }
    assert tags == {"loss", "global_step/sec"}


def test_no_files_without_a_folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, w, train_op = build()
    with tf.train.MonitoredTrainingSession() as session:
        session.run(train_op)
        assert session.run(w) == pytest.approx(expected(1))
    assert list(tmp_path.iterdir()) == []


def test_hooks_are_called_in_order() -> None:
    _, _, train_op = build()
    log: list[str] = []
    with tf.train.MonitoredSession(hooks=[Recorder(log, "A"), Recorder(log, "B")]) as session:
        session.run(train_op)
        session.run(train_op)
    once = ["Abefore", "Bbefore", "Aafter", "Bafter"]
    assert log == ["Abegin", "Bbegin", "Acreated", "Bcreated", *once, *once, "Aend", "Bend"]


def test_chief_only_hooks_come_first_and_user_hooks_last(tmp_path: pathlib.Path) -> None:
    build()
    log: list[str] = []
    with tf.train.MonitoredTrainingSession(
        hooks=[Recorder(log, "user ")], checkpoint_dir=tmp_path, chief_only_hooks=[Recorder(log, "chief ")]
    ) as session:
        assert (tmp_path / "model.ckpt-0.index").exists()
        assert session.graph is tf.get_default_graph()
    assert log == ["chief begin", "user begin", "chief created", "user created", "chief end", "user end"]


@pytest.mark.parametrize("error", [ValueError, lambda: tf.errors.InternalError(None, None, "broken")])
def test_a_hook_that_raises_ends_the_training_without_end(error: Callable[[], Exception]) -> None:
    _, _, train_op = build()
    log: list[str] = []
    with pytest.raises((ValueError, tf.errors.InternalError)):
        with tf.train.MonitoredSession(hooks=[Recorder(log, error=error)]) as session:
            for _ in range(5):
                session.run(train_op)
    assert log == ["begin", "created", "before", "after", "before", "after"]


@pytest.mark.parametrize("error", [StopIteration, lambda: tf.errors.OutOfRangeError(None, None, "the end")])
def test_the_end_of_the_data_ends_the_loop_cleanly(error: Callable[[], Exception]) -> None:
    _, _, train_op = build()
    log: list[str] = []
    with tf.train.MonitoredSession(hooks=[Recorder(log)]) as session:
        session.run(train_op)
        raise error()
    assert log[-1] == "end"


def test_a_lost_machine_is_answered_by_a_new_session_from_the_checkpoint(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in (tf.errors.AbortedError, tf.errors.UnavailableError):
        folder = tmp_path / kind.__name__
        with tf.Graph().as_default():
            step, w, train_op = build()
            log: list[str] = []
            hook = Recorder(log, error=lambda kind=kind: kind(None, None, "a worker went away"))
            with tf.train.MonitoredTrainingSession(
                checkpoint_dir=folder, hooks=[hook], save_checkpoint_steps=1
            ) as session:
                session.run(train_op)
                # The second run raises after step 2 was saved, and is repeated.
                session.run(train_op)
                assert session.run([step, w]) == [3, pytest.approx(expected(3))]
        assert log == [
            "begin",
            "created",
            "before",
            "after",
            "before",
            "after",
            "created",
            *["before", "after"] * 2,
            "end",
        ]
    assert "Restoring parameters from" in capsys.readouterr().err


def test_without_a_checkpoint_recovery_begins_again() -> None:
    step, _, train_op = build()
    hook = Recorder([], error=lambda: tf.errors.AbortedError(None, None, "a worker went away"))
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        session.run(train_op)
        session.run(train_op)
        assert session.run(step) == 1


def test_recovery_is_for_runs_and_not_for_the_program_around_them() -> None:
    _, _, train_op = build()
    with pytest.raises(tf.errors.AbortedError):
        with tf.train.MonitoredSession() as session:
            session.run(train_op)
            raise tf.errors.AbortedError(None, None, "mine")


def test_a_singular_session_does_not_recover() -> None:
    step, _, train_op = build()
    hook = Recorder([], error=lambda: tf.errors.AbortedError(None, None, "a worker went away"))
    with pytest.raises(tf.errors.AbortedError):
        with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
            assert isinstance(session.raw_session(), tf.Session)
            session.run(train_op)
            session.run(train_op)


def test_a_singular_session_restores_one_checkpoint(tmp_path: pathlib.Path) -> None:
    _, w, _ = build()
    saver = tf.train.Saver()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        w.load(7.0, sess)
        path = saver.save(sess, str(tmp_path / "seven"))
    with tf.train.SingularMonitoredSession(checkpoint_filename_with_path=path) as session:
        assert session.run(w) == 7.0


def test_creating_a_session_recovers_too() -> None:
    build()
    attempts: list[int] = []

    class Creator(tf.train.ChiefSessionCreator):
        def create_session(self) -> Any:
            attempts.append(1)
            if len(attempts) < 3:
                raise tf.errors.UnavailableError(None, None, "not yet")
            return super().create_session()

    with tf.train.MonitoredSession(Creator()) as session:
        assert session.run("w:0") == 0.0
    assert len(attempts) == 3


def test_the_graph_is_finalized_only_while_the_session_is_open() -> None:
    _, _, train_op = build()
    with tf.train.MonitoredSession() as session:
        session.run(train_op)
        with pytest.raises(RuntimeError, match="Graph is finalized and cannot be modified"):
            tf.constant(1.0)
    tf.constant(1.0)
    with pytest.raises(RuntimeError, match="Session is already closed"):
        session.close()
    with pytest.raises(RuntimeError, match="This MonitoredSession is closed"):
        session.run(train_op)
    assert session.should_stop() and session.graph is None


def test_no_run_after_a_stop() -> None:
    _, _, train_op = build()
    with tf.train.MonitoredSession(hooks=[tf.train.StopAtStepHook(last_step=1)]) as session:
        session.run(train_op)
        assert session.should_stop()
        with pytest.raises(RuntimeError, match="Run called even after should_stop requested"):
            session.run(train_op)


def test_hooks_see_and_add_to_a_run() -> None:
    _, w, _ = build()
    more = w + 1.0
    x = tf.placeholder(tf.float32, [])
    seen: list[Any] = []

    class Hook(tf.train.SessionRunHook):
        def before_run(self, run_context: Any) -> Any:
            seen.append((run_context.original_args, run_context.session.run(w), run_context.stop_requested))
            options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE, timeout_in_ms=20000)
            return tf.train.SessionRunArgs({"w": w, "x": x}, {x: 5.0}, options)

        def after_run(self, run_context: Any, run_values: Any) -> None:
            seen.append(
                (run_values.results, run_values.options.trace_level, run_values.options.timeout_in_ms)
            )

    metadata = tf.RunMetadata()
    with tf.train.MonitoredSession(hooks=[Hook()]) as session:
        assert session.run([more], options=tf.RunOptions(timeout_in_ms=60000), run_metadata=metadata) == [1.0]
    assert seen == [
        (tf.train.SessionRunArgs([more]), 0.0, False),
        ({"w": 0.0, "x": 5.0}, tf.RunOptions.FULL_TRACE, 60000),
    ]
    assert metadata.step_stats.dev_stats


def test_nothing_is_fed_twice() -> None:
    x = tf.placeholder(tf.float32, [], name="x")
    feed = tf.train.FeedFnHook(lambda: {x: 1.0})
    with tf.train.MonitoredSession(hooks=[feed]) as session:
        assert session.run(x) == 1.0
        with pytest.raises(RuntimeError, match="Same tensor is fed by a SessionRunHook and user.*x:0"):
            session.run(x, {x: 2.0})
    with tf.train.MonitoredSession(hooks=[feed, tf.train.FeedFnHook(lambda: {x: 1.0})]) as session:
        with pytest.raises(RuntimeError, match="Same tensor is fed by two hooks.*x:0"):
            session.run(x)


def test_a_hook_that_returns_something_else_is_named() -> None:
    class Careless(tf.train.SessionRunHook):
        def before_run(self, run_context: Any) -> Any:
            return ["w:0"]

    build()
    with tf.train.MonitoredSession(hooks=[Careless()]) as session:
        with pytest.raises(
            TypeError, match="Careless.before_run must return a tf.train.SessionRunArgs or None"
        ):
            session.run("w:0")


def test_a_step_function_runs_with_and_without_hooks() -> None:
    _, w, train_op = build()
    log: list[str] = []

    class Program:
        def step(self, step_context: Any) -> Any:
            step_context.session.run(train_op)
            return step_context.run_with_hooks(w)

    with tf.train.MonitoredSession(hooks=[Recorder(log)]) as session:
        assert session.run_step_fn(Program().step) == pytest.approx(expected(1))
        assert log.count("before") == 1
        for bad in (lambda: 1, lambda other: 1, lambda step_context, more: 1):
            with pytest.raises(ValueError, match="`step_fn` may either have one `step_context` argument"):
                session.run_step_fn(bad)
        session.run_step_fn(lambda step_context: step_context.request_stop())
        pytest.fail("request_stop leaves the with block")
    assert log[-1] == "end"


def test_a_step_function_is_called_again_after_a_recovery() -> None:
    _, w, train_op = build()
    sessions: list[Any] = []

    def step(step_context: Any) -> Any:
        sessions.append(step_context.session)
        if len(sessions) == 1:
            raise tf.errors.AbortedError(None, None, "a worker went away")
        return step_context.run_with_hooks(w)

    with tf.train.MonitoredSession() as session:
        assert session.run_step_fn(step) == 0.0
    assert len(sessions) == 2 and sessions[0] is not sessions[1]


def test_a_thread_that_fails_stops_the_loop_and_tells_why() -> None:
    _, _, train_op = build()
    failed = threading.Event()

    class Prefetch(tf.train.SessionRunHook):
        def after_create_session(self, session: Any, coord: Any) -> None:
            def work() -> None:
                with coord.stop_on_exception():
                    failed.set()
                    raise ValueError("the disk is gone")

            thread = threading.Thread(target=work)
            coord.register_thread(thread)
            thread.start()

    with pytest.raises(ValueError, match="the disk is gone"):
        with tf.train.MonitoredSession(hooks=[Prefetch()]) as session:
            assert failed.wait(120)
            while not session.should_stop():
                session.run(train_op)


def test_a_thread_that_lost_its_machine_is_recovered_from() -> None:
    _, _, train_op = build()
    coordinators: list[Any] = []

    class Watch(tf.train.SessionRunHook):
        def after_create_session(self, session: Any, coord: Any) -> None:
            coordinators.append(coord)

    with tf.train.MonitoredSession(hooks=[Watch()]) as session:
        coordinators[0].request_stop(tf.errors.UnavailableError(None, None, "gone"))
        assert not session.should_stop()
        session.run(train_op)
        assert len(coordinators) == 2


def test_a_scaffold_initializes_as_it_is_told() -> None:
    _, w, _ = build()
    start = tf.placeholder(tf.float32, [])
    table = tf.Variable(1, collections=[tf.GraphKeys.LOCAL_VARIABLES], name="table")
    called: list[Any] = []

    def init_fn(scaffold: Any, session: Any) -> None:
        called.append((scaffold, session.run(w)))

    scaffold = tf.train.Scaffold(
        init_op=tf.group(w.assign(start), tf.train.get_global_step().initializer),
        init_feed_dict={start: 5.0},
        init_fn=init_fn,
    )
    with tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold)) as session:
        assert session.run([w, table]) == [5.0, 1]
    assert called == [(scaffold, 5.0)]
    copy = tf.train.Scaffold(copy_from_scaffold=scaffold)
    assert copy.init_op is scaffold.init_op and copy.saver is scaffold.saver
    with pytest.raises(TypeError, match="not a Scaffold instance"):
        tf.train.Scaffold(copy_from_scaffold="scaffold")


def test_a_scaffold_takes_and_leaves_its_parts_in_collections() -> None:
    build()
    mine = tf.no_op(name="mine")
    tf.add_to_collection(tf.GraphKeys.LOCAL_INIT_OP, mine)
    scaffold = tf.train.Scaffold().finalize()
    assert scaffold.local_init_op is mine and tf.get_default_graph().finalized
    for key, part in [
        ("init_op", scaffold.init_op),
        ("ready_op", scaffold.ready_op),
        ("savers", scaffold.saver),
        ("ready_for_local_init_op", scaffold.ready_for_local_init_op),
        ("summary_op", scaffold.summary_op),
    ]:
        assert tf.get_collection(key) == [part]
    assert scaffold.summary_op.op.name == "Merge/MergeSummary"


def test_two_of_a_kind_in_a_collection_are_one_too_many() -> None:
    tf.add_to_collection(tf.GraphKeys.INIT_OP, tf.no_op())
    tf.add_to_collection(tf.GraphKeys.INIT_OP, tf.no_op())
    with pytest.raises(
        RuntimeError, match=r'More than one item in the collection "init_op".*tf.train.Scaffold\(init_op='
    ):
        tf.train.Scaffold().finalize()


def test_variables_without_a_value_are_named() -> None:
    step, w, _ = build()
    scaffold = tf.train.Scaffold(init_op=step.initializer)
    with pytest.raises(
        RuntimeError, match="Init op: global_step/Assign, .*error: Variables not initialized: w"
    ):
        tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold))
    manager = tf.train.SessionManager(ready_op=tf.report_uninitialized_variables())
    with pytest.raises(RuntimeError, match="Model is not initialized and no init_op"):
        manager.prepare_session("")
    with pytest.raises(
        RuntimeError, match="did not make model ready.*Variables not initialized: global_step, w"
    ):
        manager.prepare_session("", init_op=tf.no_op())
    reading = tf.train.SessionManager(ready_op=w + 1.0)
    with pytest.raises(RuntimeError, match="Attempting to use uninitialized value w"):
        reading.prepare_session("", init_op=tf.no_op())
    with pytest.raises(ValueError, match="must also pass a local_init_op"):
        tf.train.SessionManager(ready_for_local_init_op=tf.report_uninitialized_variables())


def test_a_session_manager_restores_waits_and_gives_up(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, w, train_op = build()
    saver = tf.train.Saver()
    manager = tf.train.SessionManager(ready_op=tf.report_uninitialized_variables(), recovery_wait_secs=0.02)
    arguments = {"saver": saver, "checkpoint_dir": str(tmp_path)}
    session, is_ready = manager.recover_session("", **arguments, wait_for_checkpoint=True, max_wait_secs=0.5)
    assert not is_ready and "Waiting for checkpoint to be available" in capsys.readouterr().err
    session = manager.prepare_session("", init_op=tf.global_variables_initializer(), **arguments)
    session.run(train_op)
    path = saver.save(session, str(tmp_path / "m"))
    restored, is_ready = manager.recover_session("", **arguments)
    assert is_ready and restored.run(w) == pytest.approx(expected(1))
    with pytest.raises(ValueError, match="Can not provide both"):
        manager.recover_session("", **arguments, checkpoint_filename_with_path=path)
    with pytest.raises(
        tf.errors.DeadlineExceededError, match="not ready after waiting 0.05 secs.*global_step, w"
    ):
        manager.wait_for_session("", max_wait_secs=0.05)
    tf.Variable(1.0, name="new")
    manager = tf.train.SessionManager(ready_op=tf.report_uninitialized_variables())
    assert manager.recover_session("", **arguments)[1] is False
    assert "did not make model ready: Variables not initialized: new" in capsys.readouterr().err


def test_a_worker_waits_for_the_chief() -> None:
    build()
    with pytest.raises(tf.errors.DeadlineExceededError, match="Variables not initialized"):
        tf.train.MonitoredTrainingSession(is_chief=False, max_wait_secs=0)
    with tf.Graph().as_default():
        two = tf.constant(2)
        with tf.train.MonitoredTrainingSession(is_chief=False) as session:  # nothing to wait for
            assert session.run(two) == 2


def test_resources_are_created_with_the_variables() -> None:
    made: list[str] = []

    def create(name: str) -> tf.Operation:
        return tf.py_func(lambda: made.append(name) or np.True_, [], tf.bool).op

    for name in ("trees", "scratch"):
        is_made = tf.py_func(lambda name=name: np.bool_(name in made), [], tf.bool)
        is_made.set_shape([])
        resources.register_resource(tf.no_op(name=name), create(name), is_made, is_shared=name == "trees")
    missing = resources.report_uninitialized_resources()
    with tf.Session() as sess:
        assert sess.run(missing).tolist() == [b"trees", b"scratch"]
    with tf.train.MonitoredSession() as session:
        assert made == ["trees", "scratch"] and session.run(missing).size == 0


def test_queue_runners_of_the_graph_run_with_the_session() -> None:
    filled: list[float] = []
    started = threading.Event()
    v = tf.Variable(np.float32(4.0))

    class Runner:
        """A queue runner as far as a session knows one."""

        def create_threads(self, sess: Any, coord: Any, daemon: bool, start: bool) -> list[Any]:
            def work() -> None:
                filled.append(sess.run(v))
                started.set()
                coord.wait_for_stop()

            thread = threading.Thread(target=work, daemon=daemon)
            coord.register_thread(thread)
            thread.start()
            return [thread]

    tf.add_to_collection(tf.GraphKeys.QUEUE_RUNNERS, Runner())
    with tf.train.MonitoredSession() as session:
        assert started.wait(120) and filled == [4.0]
        assert tf.train.start_queue_runners(session) == []
