"""Supervisor: the older way to a session that initializes or restores itself and saves as it goes.

Unlike a `MonitoredSession` it saves and summarizes in threads of its own, by the clock, and gives the program
an ordinary session.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

from tensorboard.compat.proto.event_pb2 import SessionLog

from millpond import dtypes, logs
from millpond.formats.files import PathLike, local_path
from millpond.graph import metagraph, stacks
from millpond.graph.collections import GraphKeys
from millpond.graph.graph import Graph
from millpond.ops.array.identity import group
from millpond.summary.file_writer import FileWriter
from millpond.summary.recording import merge_all
from millpond.train.saving.meta_graph import write_message
from millpond.train.saving.saver import Saver
from millpond.train.schedules.global_step import global_step
from millpond.train.sessions.coordinator import Coordinator, LooperThread
from millpond.train.sessions.session_manager import SessionManager
from millpond.train.sessions.supervisor_threads import CheckpointThread, StepCounterThread, SummaryThread
from millpond.variables import collections as variables

_VARIABLE_TYPES = ("Variable", "VariableV2")


class Supervisor:
    """Keeps a training going: initializes or restores the model, saves it, writes summaries, ends threads.

    What is not given is taken from its collection, or made; the graph is finalized. None in place of a part
    means to do without it.

    Args:
      graph: The graph; by default the default graph.
      ready_op: A vector of strings that is empty once the model is ready.
      ready_for_local_init_op: The same, before `local_init_op`.
      is_chief: Whether this process initializes the model and writes the files.
      init_op: Initializes the model; by default all global variables.
      init_feed_dict: What to feed to it.
      local_init_op: Initializes what is not saved; by default local variables and tables.
      logdir: Folder of checkpoints and events; without it none are written.
      summary_op: By default all summaries merged; None to write them by `summary_computed`.
      saver: By default a `Saver` of all variables.
      global_step: What counts the steps, a tensor or variable of one element; by default the first of the collection
        `GLOBAL_STEP`, or else the tensor `global_step:0` if it is an integer.
      save_summaries_secs: Seconds from one summary to the next; 0 for none.
      save_model_secs: Seconds from one checkpoint to the next; 0 for none.
      recovery_wait_secs: Seconds between two looks at whether the model is ready.
      stop_grace_secs: Seconds that threads get to end.
      checkpoint_basename: What the names of checkpoints begin with.
      session_manager: Makes the session.
      summary_writer: A `FileWriter`; by default one in `logdir`.
      init_fn: Called with the session after `init_op`.
      local_init_run_options: `RunOptions` for `local_init_op`.

    Raises:
      ValueError: If this is not the chief and a variable has no device.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tempfile.TemporaryDirectory() as folder, tf.Graph().as_default():
      ...     step = tf.train.create_global_step().assign_add(1)
      ...     supervisor = tf.train.Supervisor(logdir=folder)
      ...     with supervisor.managed_session() as session:
      ...         while not supervisor.should_stop():
      ...             if session.run(step) >= 3:
      ...                 supervisor.request_stop()
      ...         print(session.run("global_step:0"))
      3
    """

    USE_DEFAULT = 0

    def __init__(
        self,
        graph: Graph | None = None,
        ready_op: Any = USE_DEFAULT,
        ready_for_local_init_op: Any = USE_DEFAULT,
        is_chief: bool = True,
        init_op: Any = USE_DEFAULT,
        init_feed_dict: dict[Any, Any] | None = None,
        local_init_op: Any = USE_DEFAULT,
        logdir: PathLike | None = None,
        summary_op: Any = USE_DEFAULT,
        saver: Any = USE_DEFAULT,
        global_step: Any = USE_DEFAULT,
        save_summaries_secs: float = 120,
        save_model_secs: float = 600,
        recovery_wait_secs: float = 30,
        stop_grace_secs: float = 120,
        checkpoint_basename: str = "model.ckpt",
        session_manager: SessionManager | None = None,
        summary_writer: Any = USE_DEFAULT,
        init_fn: Callable[[Any], Any] | None = None,
        local_init_run_options: Any = None,
    ) -> None:
        self._graph = stacks.default_graph() if graph is None else graph
        self._is_chief = is_chief
        self._coord = Coordinator()
        self._init_feed_dict = init_feed_dict
        self._init_fn = init_fn
        self._save_summaries_secs, self._save_model_secs = save_summaries_secs, save_model_secs
        self._stop_grace_secs = stop_grace_secs
        # Only the chief writes files.
        self._logdir = local_path(logdir) if logdir is not None and is_chief else None
        self._save_path = os.path.join(self._logdir, checkpoint_basename) if self._logdir else None
        with self._graph.as_default():
            # The order is that in which TensorFlow creates them.
            self._ready_op = _choose(ready_op, GraphKeys.READY_OP, variables.report_uninitialized_variables)
            self._ready_for_local_init_op = _choose(
                ready_for_local_init_op, GraphKeys.READY_FOR_LOCAL_INIT_OP
            )
            self._init_op = _choose(init_op, GraphKeys.INIT_OP, variables.global_variables_initializer)
            self._local_init_op = _choose(local_init_op, GraphKeys.LOCAL_INIT_OP, _default_local_init_op)
            self._saver = _choose(saver, GraphKeys.SAVERS, _default_saver)
            self._summary_op = _choose(summary_op, GraphKeys.SUMMARY_OP, merge_all) if is_chief else None
            self._global_step = _choose(global_step, GraphKeys.GLOBAL_STEP, self._default_global_step)
            self._session_manager = session_manager or SessionManager(
                local_init_op=self._local_init_op,
                ready_op=self._ready_op,
                ready_for_local_init_op=self._ready_for_local_init_op,
                graph=self._graph,
                recovery_wait_secs=recovery_wait_secs,
                local_init_run_options=local_init_run_options,
            )
        self._check_devices()
        self._summary_writer = self._make_writer(summary_writer)
        self._graph_is_written = False
        self._graph.finalize()

    def _default_global_step(self) -> Any:
        """The integer tensor `global_step:0`, in whatever shape; None if there is none."""
        try:
            found = self._graph.get_tensor_by_name("global_step:0")
        except KeyError:
            return None
        if found.dtype.base_dtype in (dtypes.int32, dtypes.int64):
            return found
        logs.warning("Found 'global_step' is not an int type: %s", found.dtype)
        return None

    def _check_devices(self) -> None:
        """A worker that is not the chief shares its variables, so that each must say where it is."""
        if self._is_chief:
            return
        for op in self._graph.get_operations():
            if op.type in _VARIABLE_TYPES and not op.device:
                raise ValueError(
                    f"When using replicas, all Variables must have their device set: '{op.name}' has none. "
                    "Build the model inside tf.device(tf.train.replica_device_setter(...))."
                )

    def _make_writer(self, given: Any) -> Any:
        if not _is_default(given):
            return given
        return FileWriter(self._logdir) if self._logdir else None

    # The session.

    @contextlib.contextmanager
    def managed_session(
        self,
        master: str = "",
        config: Any = None,
        start_standard_services: bool = True,
        close_summary_writer: bool = True,
    ) -> Iterator[Any]:
        """A session inside a `with` block; afterwards all threads are stopped and it is closed.

        `OutOfRangeError`, the end of the data, ends the block without an error.

        Args:
          master: Target of the session.
          config: `ConfigProto` of the session.
          start_standard_services: Whether to save checkpoints and summaries.
          close_summary_writer: Whether to close the summary writer afterwards.

        Raises:
          Exception: What the block or any thread raised.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default():
          ...     v = tf.Variable(7)
          ...     supervisor = tf.train.Supervisor()
          ...     with supervisor.managed_session() as session:
          ...         print(session.run(v), supervisor.should_stop())
          7 False
          >>> supervisor.should_stop()
          True
        """
        session = None
        try:
            session = self.prepare_or_wait_for_session(
                master, config=config, start_standard_services=start_standard_services
            )
            yield session
        except Exception as error:  # noqa: BLE001 - `stop` raises it
            self.request_stop(error)
        finally:
            try:
                self.stop(close_summary_writer=close_summary_writer)
            finally:
                # Closing gives up what still blocks in a thread.
                if session is not None:
                    session.close()

    def prepare_or_wait_for_session(
        self,
        master: str = "",
        config: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        start_standard_services: bool = True,
    ) -> Any:
        """A session with a model that is ready, restored from `logdir` if possible; starts the threads.

        Args:
          master: Target of the session.
          config: `ConfigProto` of the session.
          wait_for_checkpoint: Wait until there is a checkpoint.
          max_wait_secs: How long to wait at most.
          start_standard_services: Whether to save checkpoints and summaries.

        Raises:
          RuntimeError: If the model is not ready after its initialization.
          tf.errors.DeadlineExceededError: If this is not the chief, and the chief has not made it ready in time.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default():
          ...     v = tf.Variable(7)
          ...     supervisor = tf.train.Supervisor()
          ...     session = supervisor.prepare_or_wait_for_session()
          ...     print(session.run(v))
          ...     supervisor.stop()
          7
        """
        self._coord.clear_stop()
        if self._summary_writer is not None:
            self._summary_writer.reopen()
        if self._is_chief:
            session = self._session_manager.prepare_session(
                master,
                init_op=self._init_op,
                saver=self._saver,
                checkpoint_dir=self._logdir,
                wait_for_checkpoint=wait_for_checkpoint,
                max_wait_secs=max_wait_secs,
                config=config,
                init_feed_dict=self._init_feed_dict,
                init_fn=self._init_fn,
            )
            self._write_graph()
            if start_standard_services:
                logs.info("Starting standard services.")
                self.start_standard_services(session)
        else:
            session = self._session_manager.wait_for_session(
                master, config=config, max_wait_secs=max_wait_secs
            )
        if start_standard_services:
            logs.info("Starting queue runners.")
            self.start_queue_runners(session)
        return session

    def _write_graph(self) -> None:
        if not self._logdir:
            return
        definition = self._graph.as_graph_def(add_shapes=True)
        write_message(definition, os.path.join(self._logdir, "graph.pbtxt"), as_text=True)
        if self._summary_writer is not None and not self._graph_is_written:
            saver_def = None if self._saver is None else self._saver.saver_def
            self._summary_writer.add_graph(self._graph)
            self._summary_writer.add_meta_graph(metagraph.create(graph_def=definition, saver_def=saver_def))
            self._graph_is_written = True

    # Threads.

    def start_standard_services(self, sess: Any) -> list[LooperThread] | None:
        """Starts the threads that save checkpoints and summaries and tell the speed; None without a `logdir`.

        Raises:
          RuntimeError: If this is not the chief.
        """
        if not self._is_chief:
            raise RuntimeError(
                "Only chief supervisor can start standard services. Because only chief supervisors can "
                "write events."
            )
        if not self._logdir:
            logs.warning("Standard services need a 'logdir' passed to the SessionManager")
            return None
        threads: list[LooperThread] = []
        if self._summary_writer is not None and self._global_step is not None:
            self._summary_writer.add_session_log(SessionLog(status=SessionLog.START), self._step(sess))
        if self._save_summaries_secs and self._summary_writer is not None:
            if self._summary_op is not None:
                threads.append(SummaryThread(self, sess, self._save_summaries_secs))
            if self._global_step is not None:
                threads.append(StepCounterThread(self, sess, self._save_summaries_secs))
        if self._saver is not None and self._save_model_secs:
            threads.append(CheckpointThread(self, sess, self._save_model_secs))
        for thread in threads:
            thread.start()
        return threads

    def start_queue_runners(self, sess: Any, queue_runners: Any = None) -> list[Any]:
        """Starts the threads of queue runners; by default those of the graph's collection."""
        if queue_runners is None:
            queue_runners = self._graph.get_collection(GraphKeys.QUEUE_RUNNERS)
        return [
            thread
            for runner in queue_runners
            for thread in runner.create_threads(sess, coord=self._coord, daemon=True, start=True)
        ]

    def loop(
        self,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Any = None,
        kwargs: dict[str, Any] | None = None,
    ) -> LooperThread:
        """Starts a thread that calls a function every so many seconds until the stop; None for no pause.

        Args:
          timer_interval_secs: Seconds between two beginnings of it; None for no pause.
          target: The function.
          args, kwargs: Its arguments.

        Raises:
          ValueError: If there are arguments without a target.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default():
          ...     v = tf.Variable(7)
          ...     supervisor = tf.train.Supervisor()
          ...     thread = supervisor.loop(None, supervisor.request_stop)
          ...     supervisor.coord.join()
          ...     print(supervisor.should_stop())
          True
        """
        return LooperThread.loop(self._coord, timer_interval_secs, target, args, kwargs)

    def stop(
        self, threads: Any = None, close_summary_writer: bool = True, ignore_live_threads: bool = False
    ) -> None:
        """Stops all threads and waits for them.

        Args:
          threads: Threads to wait for, besides those started here.
          close_summary_writer: Whether to close the summary writer.
          ignore_live_threads: Only log it if some are still running after the grace period.

        Raises:
          RuntimeError: If threads are still running after the grace period.
          Exception: The first error that was reported.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default():
          ...     v = tf.Variable(7)
          ...     supervisor = tf.train.Supervisor()
          ...     supervisor.request_stop(ValueError("the data is damaged"))
          ...     supervisor.stop()
          Traceback (most recent call last):
          ValueError: the data is damaged
        """
        self._coord.request_stop()
        try:
            self._coord.join(
                threads, stop_grace_period_secs=self._stop_grace_secs, ignore_live_threads=ignore_live_threads
            )
        finally:
            # After the threads, which use it.
            if close_summary_writer and self._summary_writer is not None:
                self._summary_writer.add_session_log(SessionLog(status=SessionLog.STOP))
                self._summary_writer.close()
                self._graph_is_written = False

    def request_stop(self, ex: Any = None) -> None:
        """Asks all threads to stop; see `Coordinator.request_stop`."""
        self._coord.request_stop(ex)

    def should_stop(self) -> bool:
        """Whether a stop has been asked for."""
        return self._coord.should_stop()

    def stop_on_exception(self) -> contextlib.AbstractContextManager[None]:
        """Reports an exception of the `with` block; see `Coordinator.stop_on_exception`."""
        return self._coord.stop_on_exception()

    def wait_for_stop(self) -> None:
        """Waits until a stop has been asked for."""
        self._coord.wait_for_stop()

    def summary_computed(self, sess: Any, summary: Any, global_step: int | None = None) -> None:
        """Writes a summary.

        Args:
          sess: The session, to ask for the global step.
          summary: A `Summary` message or its bytes.
          global_step: The step, in place of the graph's.

        Raises:
          RuntimeError: If there is no summary writer.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default():
          ...     v = tf.Variable(7)
          ...     supervisor = tf.train.Supervisor()
          ...     with supervisor.managed_session() as session:
          ...         supervisor.summary_computed(session, tf.Summary())
          Traceback (most recent call last):
          RuntimeError: Writing a summary requires a summary writer. Pass a logdir to the Supervisor.
        """
        if self._summary_writer is None:
            raise RuntimeError(
                "Writing a summary requires a summary writer. Pass a logdir to the Supervisor."
            )
        if global_step is None and self._global_step is not None:
            global_step = self._step(sess)
        self._summary_writer.add_summary(summary, global_step)

    def _step(self, sess: Any) -> int:
        return global_step(sess, self._global_step)

    # What it uses.

    @property
    def is_chief(self) -> bool:
        """Whether this process initializes the model and writes the files."""
        return self._is_chief

    @property
    def session_manager(self) -> SessionManager:
        """What makes the session."""
        return self._session_manager

    @property
    def coord(self) -> Coordinator:
        """What stops the threads."""
        return self._coord

    @property
    def init_op(self) -> Any:
        """Initializes the model."""
        return self._init_op

    @property
    def init_feed_dict(self) -> Any:
        """What is fed to `init_op`."""
        return self._init_feed_dict

    @property
    def ready_op(self) -> Any:
        """Tells what is not ready."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """Tells what is not ready for `local_init_op`."""
        return self._ready_for_local_init_op

    @property
    def summary_writer(self) -> Any:
        """What writes events; None without a `logdir`."""
        return self._summary_writer

    @property
    def summary_op(self) -> Any:
        """What is written as summaries."""
        return self._summary_op

    @property
    def save_summaries_secs(self) -> float:
        """Seconds from one summary to the next."""
        return self._save_summaries_secs

    @property
    def global_step(self) -> Any:
        """The global step; None if there is none."""
        return self._global_step

    @property
    def saver(self) -> Any:
        """What saves the model."""
        return self._saver

    @property
    def save_model_secs(self) -> float:
        """Seconds from one checkpoint to the next."""
        return self._save_model_secs

    @property
    def save_path(self) -> str | None:
        """What the names of checkpoints begin with; None without a `logdir`."""
        return self._save_path

    # The names of the first releases.
    PrepareSession = prepare_or_wait_for_session
    StartQueueRunners = start_queue_runners
    StartStandardServices = start_standard_services
    Stop = stop
    RequestStop = request_stop
    Loop = loop
    ShouldStop = should_stop
    StopOnException = stop_on_exception
    WaitForStop = wait_for_stop
    SummaryComputed = summary_computed


def _is_default(given: Any) -> bool:
    # Tensors and variables compare in their own way.
    return isinstance(given, int) and given == Supervisor.USE_DEFAULT


def _choose(given: Any, key: str, make: Callable[[], Any] | None = None) -> Any:
    """A part as given, or the first of its collection, or a new one, which joins the collection."""
    if not _is_default(given):
        return given
    graph = stacks.default_graph()
    found = graph.get_collection(key)
    if found:
        return found[0]
    made = make() if make is not None else None
    if made is not None:
        graph.add_to_collection(key, made)
    return made


def _default_local_init_op() -> Any:
    return group(variables.local_variables_initializer(), variables.tables_initializer())


def _default_saver() -> Saver | None:
    return Saver() if variables.global_variables() else None
