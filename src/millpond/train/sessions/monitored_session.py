"""Monitored sessions: they initialize or restore themselves, call hooks, and recover from lost machines.

A `SessionLifetime` is one session with its coordinator and threads; a recovery ends it and begins another.
The monitored session holds the current one, and the hooks, which outlive it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from millpond import logs
from millpond.errors import OutOfRangeError
from millpond.formats.files import PathLike
from millpond.graph import stacks
from millpond.train.hooks.saving_hooks import CheckpointSaverHook, StepCounterHook, SummarySaverHook
from millpond.train.hooks.session_run_hook import SessionRunHook
from millpond.train.sessions.scaffold import Scaffold
from millpond.train.sessions.session_creator import ChiefSessionCreator, SessionCreator, WorkerSessionCreator
from millpond.train.sessions.session_lifetime import LOST_MACHINE, SessionLifetime

# What ends a training loop without being an error; subclasses are errors.
_END_OF_LOOP = (OutOfRangeError, StopIteration)

_USE_DEFAULT: Any = object()
_DEFAULT_CHECKPOINT_SECS = 600
_DEFAULT_SUMMARY_STEPS = 100


class StepContext:
    """What `run_step_fn` hands to a step function.

    Attributes:
      session: The session without hooks.
    """

    def __init__(self, session: Any, run_with_hooks_fn: Callable[..., Any]) -> None:
        self._session = session
        self._run_with_hooks_fn = run_with_hooks_fn

    @property
    def session(self) -> Any:
        return self._session

    def run_with_hooks(self, *args: Any, **kwargs: Any) -> Any:
        """A run with hooks, as of the monitored session."""
        return self._run_with_hooks_fn(*args, **kwargs)

    def request_stop(self) -> None:
        """Ends the `with` block of the monitored session at once.

        Raises:
          StopIteration: Always.
        """
        raise StopIteration("step_fn has requested the iterations to stop.")


class _MonitoredSession:
    """What `MonitoredSession` and `SingularMonitoredSession` share.

    Args:
      creator: Makes the session.
      hooks: `SessionRunHook`s, called in this order.
      should_recover: Whether a lost machine is answered with a new session.
      grace_secs: Seconds that threads get to end.
    """

    StepContext = StepContext

    # The threads of queue runners run from the beginning: `start_queue_runners` has nothing left to do.
    starts_queue_runners = True

    def __init__(
        self,
        creator: SessionCreator,
        hooks: Sequence[SessionRunHook] | None,
        should_recover: bool,
        grace_secs: float,
    ) -> None:
        self._graph = stacks.default_graph()
        self._was_finalized = self._graph.finalized
        self._creator = creator
        self._hooks = list(hooks or [])
        self._should_recover = should_recover
        self._grace_secs = grace_secs
        self._lifetime: SessionLifetime | None = None
        self._is_closed = False
        try:
            for hook in self._hooks:
                hook.begin()
            self._lifetime = self._recovering(self._begin_lifetime)
        except BaseException:
            self._release_graph()
            raise

    def _begin_lifetime(self) -> SessionLifetime:
        with self._graph.as_default():
            return SessionLifetime(self._creator, self._hooks, self._grace_secs)

    def _recovering(self, action: Callable[[], Any]) -> Any:
        """The result of an action, which is tried again in a new session whenever a machine gets lost."""
        while True:
            try:
                return action()
            except LOST_MACHINE as error:
                if not self._should_recover:
                    raise
                self._lose_session(error)

    def _lose_session(self, error: Exception) -> None:
        logs.info(
            "An error was raised. This may be due to a preemption in a connected worker or parameter server. "
            "The current session will be closed and a new session will be created, from the last checkpoint "
            "if there is one. Error: %s",
            error,
        )
        self._end_lifetime()

    def _end_lifetime(self) -> None:
        ended, self._lifetime = self._lifetime, None
        if ended is None:
            return
        try:
            ended.close()
        except LOST_MACHINE as error:
            if not self._should_recover:
                raise
            # Its threads lost a machine: there is nothing left to save.
            logs.info("While the session was closed: %s", error)

    def _current(self) -> SessionLifetime:
        if self._is_closed:
            raise RuntimeError(
                f"This {type(self).__name__} is closed: its `with` block is left, or `close` was called."
            )
        if self._lifetime is None:
            self._lifetime = self._begin_lifetime()
        return self._lifetime

    @property
    def graph(self) -> Any:
        """The graph of the session; None once it is closed."""
        return None if self._is_closed else self._graph

    def run(
        self,
        fetches: Any,
        feed_dict: dict[Any, Any] | None = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """Runs as `Session.run` does, with the hooks around it.

        Raises:
          RuntimeError: If a hook asked for the end, or the session is closed.
        """
        return self._recovering(lambda: self._current().run(fetches, feed_dict, options, run_metadata))

    def run_step_fn(self, step_fn: Callable[..., Any]) -> Any:
        """Calls a function that makes several runs, some of them without hooks, as one step.

        After a recovery the function is called again from its beginning.

        Args:
          step_fn: Takes one argument of the name `step_context` (besides `self`): a `StepContext` with
            `session`, `run_with_hooks` and `request_stop`.

        Returns:
          What the function returns.

        Raises:
          ValueError: If it takes other arguments.
          StopIteration: If it calls `request_stop`.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default():
          ...     v = tf.Variable(1)
          ...     with tf.train.MonitoredSession() as session:
          ...         def step(step_context):
          ...             return step_context.session.run(v) + step_context.run_with_hooks(v)
          ...         print(session.run_step_fn(step))
          2
        """
        names = tuple(inspect.signature(step_fn).parameters)
        if names not in (("step_context",), ("self", "step_context")):
            raise ValueError(
                "`step_fn` may either have one `step_context` argument, or `self` and `step_context` "
                f"arguments if it's an instance method. Got {names} instead."
            )

        def step() -> Any:
            lifetime = self._current()
            return step_fn(StepContext(lifetime.session, lifetime.run))

        return self._recovering(step)

    def should_stop(self) -> bool:
        """Whether the loop should end: a hook or a thread asked for it, or the session is closed.

        A thread that reported the loss of a machine is no reason to end: a new session takes the place of this one.
        """
        if self._is_closed or self._lifetime is None:
            return True
        if not self._should_recover:
            return self._lifetime.should_stop()
        try:
            return self._lifetime.should_stop()
        except LOST_MACHINE as error:
            self._lose_session(error)
            self._lifetime = self._recovering(self._begin_lifetime)
            return False
        except Exception as error:  # noqa: BLE001 - what a thread reported may be anything
            # A thread failed: `close` raises that.
            logs.debug("The training stops for an error in a thread: %s", error)
            return True

    def close(self) -> None:
        """Calls `end` of the hooks, stops the threads and closes the session.

        Raises:
          RuntimeError: If it is closed.
        """
        self._close(is_clean=True)

    def _close(self, is_clean: bool) -> None:
        if self._is_closed:
            raise RuntimeError("Session is already closed.")
        try:
            if is_clean and self._lifetime is not None:
                for hook in self._hooks:
                    hook.end(self._lifetime.session)
        finally:
            self._is_closed = True
            try:
                self._end_lifetime()
            finally:
                self._release_graph()

    def _release_graph(self) -> None:
        if not self._was_finalized:
            self._graph._unsafe_unfinalize()

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        is_clean = kind is None or kind in _END_OF_LOOP
        self._close(is_clean)
        return is_clean


class MonitoredSession(_MonitoredSession):
    """A session that initializes or restores itself, calls hooks, and recovers from lost machines.

    The graph is finalized while it is open. `AbortedError` and `UnavailableError` are answered with a new
    session from the latest checkpoint, in which the run is repeated; any other error closes the session and
    goes on. `OutOfRangeError` and `StopIteration`, the end of the data, end a `with` block without an error.

    Args:
      session_creator: A `SessionCreator`; by default a `ChiefSessionCreator`.
      hooks: `SessionRunHook`s, called in this order.
      stop_grace_period_secs: Seconds that threads get to end when the session closes.

    Raises:
      RuntimeError: If the model is not ready after its initialization; the message names the variables.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     step = tf.train.create_global_step().assign_add(1)
      ...     with tf.train.MonitoredSession(hooks=[tf.train.StopAtStepHook(num_steps=2)]) as session:
      ...         while not session.should_stop():
      ...             print(session.run(step))
      1
      2
    """

    def __init__(
        self,
        session_creator: SessionCreator | None = None,
        hooks: Sequence[SessionRunHook] | None = None,
        stop_grace_period_secs: float = 120,
    ) -> None:
        super().__init__(session_creator or ChiefSessionCreator(), hooks, True, stop_grace_period_secs)


class SingularMonitoredSession(_MonitoredSession):
    """A `MonitoredSession` that does not recover: every error closes it.

    Args:
      hooks: `SessionRunHook`s, called in this order.
      scaffold: What to initialize with.
      master: Target of the session.
      config: `ConfigProto` of the session.
      checkpoint_dir: Folder of the checkpoints.
      stop_grace_period_secs: Seconds that threads get to end when the session closes.
      checkpoint_filename_with_path: A checkpoint, in place of `checkpoint_dir`.

    Raises:
      RuntimeError: If the model is not ready after its initialization; the message names the variables.
      ValueError: If both a folder and a checkpoint are given.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     v = tf.Variable(1.0)
      ...     with tf.train.SingularMonitoredSession() as session:
      ...         print(session.run(v), type(session.raw_session()).__name__)
      1.0 Session
    """

    def __init__(
        self,
        hooks: Sequence[SessionRunHook] | None = None,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: PathLike | None = None,
        stop_grace_period_secs: float = 120,
        checkpoint_filename_with_path: PathLike | None = None,
    ) -> None:
        creator = ChiefSessionCreator(
            scaffold=scaffold,
            master=master,
            config=config,
            checkpoint_dir=checkpoint_dir,
            checkpoint_filename_with_path=checkpoint_filename_with_path,
        )
        super().__init__(creator, hooks, False, stop_grace_period_secs)

    def raw_session(self) -> Any:
        """The session without hooks, for example for a `Saver`; None once it is closed."""
        return None if self._is_closed else self._current().session

    def should_stop(self) -> bool:
        """Whether the loop should end: a hook or a thread asked for it, or the session is closed.

        Raises:
          BaseException: What a thread reported.
        """
        return super().should_stop()


def MonitoredTrainingSession(
    master: str = "",
    is_chief: bool = True,
    checkpoint_dir: PathLike | None = None,
    scaffold: Scaffold | None = None,
    hooks: Sequence[SessionRunHook] | None = None,
    chief_only_hooks: Sequence[SessionRunHook] | None = None,
    save_checkpoint_secs: float | None = _USE_DEFAULT,
    save_summaries_steps: int | None = _USE_DEFAULT,
    save_summaries_secs: float | None = _USE_DEFAULT,
    config: Any = None,
    stop_grace_period_secs: float = 120,
    log_step_count_steps: int | None = 100,
    max_wait_secs: float = 7200,
    save_checkpoint_steps: int | None = _USE_DEFAULT,
    summary_dir: PathLike | None = None,
    save_graph_def: bool = True,
) -> MonitoredSession:
    """A `MonitoredSession` for training, which saves checkpoints and summaries and counts steps a second.

    Args:
      master: Target of the session.
      is_chief: Whether this process initializes the model and writes the files; the others wait for it.
      checkpoint_dir: Folder of the checkpoints: the training goes on from the latest one.
      scaffold: What to initialize, summarize and save with.
      hooks: `SessionRunHook`s; they are called after those that are made here.
      chief_only_hooks: `SessionRunHook`s of the chief, which are called first.
      save_checkpoint_secs: Save a checkpoint every so many seconds; by default every 600, unless
        `save_checkpoint_steps` is given. None or 0 for none.
      save_summaries_steps: Write summaries every so many steps; by default every 100, unless
        `save_summaries_secs` is given.
      save_summaries_secs: Write summaries every so many seconds.
      config: `ConfigProto` of the session.
      stop_grace_period_secs: Seconds that threads get to end when the session closes.
      log_step_count_steps: Tell the steps a second every so many steps; None for never.
      max_wait_secs: How long others wait for the chief.
      save_checkpoint_steps: Save a checkpoint every so many steps.
      summary_dir: Folder of the summaries; by default that of the checkpoints.
      save_graph_def: Whether the graph is written with the checkpoints.

    Raises:
      RuntimeError: If a folder is given and the graph has no global step, or the model is not ready after its
        initialization.
      ValueError: If intervals are given in steps and in seconds.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> def train(folder, last_step):
      ...     with tf.Graph().as_default():
      ...         step = tf.train.create_global_step().assign_add(1)
      ...         stop = tf.train.StopAtStepHook(last_step=last_step)
      ...         with tf.train.MonitoredTrainingSession(checkpoint_dir=folder, hooks=[stop]) as session:
      ...             while not session.should_stop():
      ...                 print(session.run(step))
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     train(folder, 2)
      ...     train(folder, 3)
      1
      2
      3
    """
    if not is_chief:
        creator: SessionCreator = WorkerSessionCreator(scaffold, master, config, max_wait_secs)
        return MonitoredSession(creator, hooks, stop_grace_period_secs)
    scaffold = scaffold or Scaffold()
    summary_steps, summary_secs = _steps_or_secs(
        save_summaries_steps, save_summaries_secs, default=(_DEFAULT_SUMMARY_STEPS, None)
    )
    checkpoint_steps, checkpoint_secs = _steps_or_secs(
        save_checkpoint_steps, save_checkpoint_secs, default=(None, _DEFAULT_CHECKPOINT_SECS)
    )
    summary_dir = summary_dir or checkpoint_dir
    own_hooks: list[SessionRunHook] = []
    if summary_dir:
        if log_step_count_steps and log_step_count_steps > 0:
            own_hooks.append(StepCounterHook(log_step_count_steps, output_dir=summary_dir))
        if _is_wanted(summary_steps) or _is_wanted(summary_secs):
            own_hooks.append(SummarySaverHook(summary_steps, summary_secs, summary_dir, scaffold=scaffold))
    if checkpoint_dir and (_is_wanted(checkpoint_steps) or _is_wanted(checkpoint_secs)):
        own_hooks.append(
            CheckpointSaverHook(
                checkpoint_dir,
                checkpoint_secs,
                checkpoint_steps,
                scaffold=scaffold,
                save_graph_def=save_graph_def,
            )
        )
    creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir)
    return MonitoredSession(
        creator, [*(chief_only_hooks or []), *own_hooks, *(hooks or [])], stop_grace_period_secs
    )


def _steps_or_secs(steps: Any, secs: Any, default: tuple[Any, Any]) -> tuple[Any, Any]:
    """The two intervals: the default if neither was given, and None for the one that was not."""
    if steps is _USE_DEFAULT and secs is _USE_DEFAULT:
        return default
    return (None if steps is _USE_DEFAULT else steps), (None if secs is _USE_DEFAULT else secs)


def _is_wanted(interval: float | None) -> bool:
    return interval is not None and interval > 0
