"""The hooks that write files: checkpoints, summaries, the speed of training."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from tensorboard.compat.proto.event_pb2 import SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary

from millpond import logs
from millpond.formats.files import PathLike, local_path
from millpond.graph import metagraph, stacks
from millpond.graph.collections import GraphKeys
from millpond.summary.file_writer import FileWriterCache
from millpond.train.hooks.basic_hooks import required_global_step
from millpond.train.hooks.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from millpond.train.hooks.step_timer import SecondOrStepTimer
from millpond.train.saving.meta_graph import write_message

# So often is the user told that the global step does not move.
_MAX_STALE_WARNINGS = 5


class CheckpointSaverListener:
    """What a program wants to do before or after each checkpoint; every method does nothing."""

    def begin(self) -> None:
        """Called once, before the graph is finalized."""

    def before_save(self, session: Any, global_step_value: int) -> None:
        """Called before a checkpoint is saved."""

    def after_save(self, session: Any, global_step_value: int) -> bool | None:
        """Called after a checkpoint was saved. A true result ends the training."""

    def end(self, session: Any, global_step_value: int) -> None:
        """Called when the session closes without an error, after the last checkpoint."""


class CheckpointSaverHook(SessionRunHook):
    """Saves a checkpoint at the beginning, every so many steps or seconds, and at the end.

    The graph is written beside them: as `graph.pbtxt`, and for TensorBoard.

    Args:
      checkpoint_dir: The folder.
      save_secs: Save every so many seconds.
      save_steps: Save every so many steps.
      saver: The `Saver`.
      checkpoint_basename: What the names of checkpoints begin with.
      scaffold: A `Scaffold` that has the saver.
      listeners: `CheckpointSaverListener`s.
      save_graph_def: Whether the graph is written too, with each checkpoint.

    Raises:
      ValueError: Unless exactly one of `save_secs` and `save_steps` is given, or if both `saver` and
        `scaffold` are.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tempfile.TemporaryDirectory() as folder:
      ...     step = tf.train.create_global_step().assign_add(1)
      ...     hook = tf.train.CheckpointSaverHook(folder, save_steps=2, saver=tf.train.Saver())
      ...     with tf.train.MonitoredSession(hooks=[hook]) as session:
      ...         for _ in range(5):
      ...             done = session.run(step)
      ...     saved = tf.train.get_checkpoint_state(folder).all_model_checkpoint_paths
      >>> [path.rpartition("-")[2] for path in saved]
      ['0', '2', '4', '5']
    """

    def __init__(
        self,
        checkpoint_dir: PathLike,
        save_secs: float | None = None,
        save_steps: int | None = None,
        saver: Any = None,
        checkpoint_basename: str = "model.ckpt",
        scaffold: Any = None,
        listeners: Sequence[CheckpointSaverListener] | None = None,
        save_graph_def: bool = True,
    ) -> None:
        logs.info("Create CheckpointSaverHook.")
        if saver is not None and scaffold is not None:
            raise ValueError("You cannot provide both saver and scaffold.")
        self._saver = saver
        self._scaffold = scaffold
        self._checkpoint_dir = local_path(checkpoint_dir)
        self._save_path = os.path.join(self._checkpoint_dir, checkpoint_basename)
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)
        self._listeners = list(listeners or [])
        self._save_graph_def = save_graph_def

    def begin(self) -> None:
        self._global_step = required_global_step(self)
        self._summary_writer = FileWriterCache.get(self._checkpoint_dir)
        for listener in self._listeners:
            listener.begin()

    def after_create_session(self, session: Any, coord: Any) -> None:
        step = int(session.run(self._global_step))
        if self._save_graph_def:
            self._write_graph()
        # The state that the training starts from.
        self._save(session, step)
        self._timer.update_last_triggered_step(step)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(self._global_step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        # What the run fetched is the step before it; the exact one costs another run.
        if not self._timer.should_trigger_for_step(int(run_values.results) + 1):
            return
        step = int(run_context.session.run(self._global_step))
        if self._timer.should_trigger_for_step(step):
            self._timer.update_last_triggered_step(step)
            if self._save(run_context.session, step):
                run_context.request_stop()

    def end(self, session: Any) -> None:
        step = int(session.run(self._global_step))
        if step != self._timer.last_triggered_step():
            self._save(session, step)
        for listener in self._listeners:
            listener.end(session, step)

    def _write_graph(self) -> None:
        graph = stacks.default_graph()
        definition = graph.as_graph_def(add_shapes=True)
        write_message(definition, os.path.join(self._checkpoint_dir, "graph.pbtxt"), as_text=True)
        self._summary_writer.add_graph(graph)
        self._summary_writer.add_meta_graph(
            metagraph.create(graph_def=definition, saver_def=self._used_saver().saver_def)
        )

    def _save(self, session: Any, step: int) -> bool:
        """Saves a checkpoint; whether a listener wants to end the training."""
        logs.info("Saving checkpoints for %d into %s.", step, self._save_path)
        for listener in self._listeners:
            listener.before_save(session, step)
        self._used_saver().save(
            session, self._save_path, global_step=step, write_meta_graph=self._save_graph_def
        )
        self._summary_writer.add_session_log(
            SessionLog(status=SessionLog.CHECKPOINT, checkpoint_path=self._save_path), step
        )
        should_stop = False
        for listener in self._listeners:
            if listener.after_save(session, step):
                logs.info(
                    "A CheckpointSaverListener requested that training be stopped. listener: %s", listener
                )
                should_stop = True
        return should_stop

    def _used_saver(self) -> Any:
        if self._saver is not None:
            return self._saver
        if self._scaffold is not None:
            return self._scaffold.saver
        savers = stacks.default_graph().get_collection(GraphKeys.SAVERS)
        if len(savers) != 1:
            found = "No items" if not savers else "More than one item"
            raise RuntimeError(
                f"{found} in collection {GraphKeys.SAVERS}. Please pass the saver, or a scaffold that has "
                "it, to CheckpointSaverHook."
            )
        self._saver = savers[0]
        return self._saver


class SummarySaverHook(SessionRunHook):
    """Writes summaries at the first run, and then every so many steps or seconds.

    Args:
      save_steps: Write every so many steps.
      save_secs: Write every so many seconds.
      output_dir: The folder of the event file.
      summary_writer: A `FileWriter`, in place of `output_dir`.
      scaffold: A `Scaffold` that has the summaries.
      summary_op: A summary, or a list of them.

    Raises:
      ValueError: Unless exactly one of `scaffold` and `summary_op`, and of `save_steps` and `save_secs`, is
        given.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tempfile.TemporaryDirectory() as folder:
      ...     step = tf.train.create_global_step().assign_add(1)
      ...     summary = tf.summary.scalar("twice", step * 2)
      ...     with tf.summary.FileWriter(folder) as writer:
      ...         hook = tf.train.SummarySaverHook(save_steps=2, summary_writer=writer, summary_op=summary)
      ...         with tf.train.MonitoredSession(hooks=[hook]) as session:
      ...             for _ in range(5):
      ...                 done = session.run(step)
      ...     (file,) = tf.gfile.ListDirectory(folder)
      ...     events = list(tf.train.summary_iterator(folder + "/" + file))
      >>> [(event.step, value.simple_value) for event in events for value in event.summary.value]
      [(1, 2.0), (3, 6.0), (5, 10.0)]
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: PathLike | None = None,
        summary_writer: Any = None,
        scaffold: Any = None,
        summary_op: Any = None,
    ) -> None:
        if (scaffold is None) == (summary_op is None):
            raise ValueError("Exactly one of scaffold or summary_op must be provided.")
        self._summary_op = summary_op
        self._scaffold = scaffold
        self._output_dir = output_dir
        self._summary_writer = summary_writer
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)

    def begin(self) -> None:
        if self._summary_writer is None and self._output_dir:
            self._summary_writer = FileWriterCache.get(self._output_dir)
        self._next_step: int | None = None
        self._global_step = required_global_step(self)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        self._is_due = self._next_step is None or self._timer.should_trigger_for_step(self._next_step)
        requests = {"global_step": self._global_step}
        summaries = self._summaries() if self._is_due else []
        if summaries:
            requests["summaries"] = summaries
        return SessionRunArgs(requests)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if self._summary_writer is None:
            return
        step = int(run_values.results["global_step"]) + 1
        if self._is_due:
            step = int(run_context.session.run(self._global_step))
            if self._next_step is None:
                self._summary_writer.add_session_log(SessionLog(status=SessionLog.START), step)
            self._timer.update_last_triggered_step(step)
            for summary in run_values.results.get("summaries", ()):
                self._summary_writer.add_summary(summary, step)
        self._next_step = step + 1

    def end(self, session: Any = None) -> None:
        if self._summary_writer is not None:
            self._summary_writer.flush()

    def _summaries(self) -> list[Any]:
        found = self._summary_op if self._summary_op is not None else self._scaffold.summary_op
        if found is None:
            return []
        return list(found) if isinstance(found, (list, tuple)) else [found]


class StepCounterHook(SessionRunHook):
    """Tells how many steps a second the training makes: in the log, and as the summary `global_step/sec`.

    Args:
      every_n_steps: Every so many steps.
      every_n_secs: Every so many seconds; `every_n_steps` is None then.
      output_dir: The folder of the event file.
      summary_writer: A `FileWriter`, in place of `output_dir`; with neither, there is only the log.

    Raises:
      ValueError: Unless exactly one of `every_n_steps` and `every_n_secs` is given.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tempfile.TemporaryDirectory() as folder:
      ...     step = tf.train.create_global_step().assign_add(1)
      ...     with tf.summary.FileWriter(folder) as writer:
      ...         hook = tf.train.StepCounterHook(every_n_steps=2, summary_writer=writer)
      ...         with tf.train.MonitoredSession(hooks=[hook]) as session:
      ...             for _ in range(5):
      ...                 done = session.run(step)
      ...     (file,) = tf.gfile.ListDirectory(folder)
      ...     events = list(tf.train.summary_iterator(folder + "/" + file))
      >>> [(event.step, value.tag) for event in events for value in event.summary.value]
      [(3, 'global_step/sec'), (5, 'global_step/sec')]
    """

    def __init__(
        self,
        every_n_steps: int | None = 100,
        every_n_secs: float | None = None,
        output_dir: PathLike | None = None,
        summary_writer: Any = None,
    ) -> None:
        if (every_n_steps is None) == (every_n_secs is None):
            raise ValueError("exactly one of every_n_steps and every_n_secs should be provided.")
        self._timer = SecondOrStepTimer(every_steps=every_n_steps, every_secs=every_n_secs)
        self._output_dir = output_dir
        self._summary_writer = summary_writer
        self._step_before: int | None = None
        self._stale_warnings = 0

    def begin(self) -> None:
        if self._summary_writer is None and self._output_dir:
            self._summary_writer = FileWriterCache.get(self._output_dir)
        self._global_step = required_global_step(self)
        self._summary_tag = f"{self._global_step.op.name}/sec"

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(self._global_step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        step_before = int(run_values.results)
        if self._timer.should_trigger_for_step(step_before + 1):
            step = int(run_context.session.run(self._global_step))
            if self._timer.should_trigger_for_step(step):
                seconds, steps = self._timer.update_last_triggered_step(step)
                if seconds and steps:
                    self._log_and_record(steps, seconds, step)
        if step_before == self._step_before:
            self._warn(step_before)
        self._step_before = step_before

    def _log_and_record(self, elapsed_steps: int, elapsed_time: float, global_step: int) -> None:
        """What is told of each interval; hooks that inherit from this one tell something else."""
        speed = elapsed_steps / elapsed_time
        if self._summary_writer is not None:
            value = Summary.Value(tag=self._summary_tag, simple_value=speed)
            self._summary_writer.add_summary(Summary(value=[value]), global_step)
        logs.info("%s: %g", self._summary_tag, speed)

    def _warn(self, step: int) -> None:
        if self._stale_warnings < _MAX_STALE_WARNINGS:
            self._stale_warnings += 1
            logs.warning(
                "It seems that global step (tf.train.get_global_step) has not been increased. Current value "
                "(could be stable): %s vs previous value: %s. You could increase the global step by passing "
                "tf.train.get_global_step() to Optimizer.apply_gradients or Optimizer.minimize.",
                step,
                step,
            )
