"""Monitored sessions: sessions that initialize or restore themselves, call hooks, and recover from lost machines.

A `_Lifetime` is one session with its coordinator and threads; a recovery ends it and begins another. The monitored
session holds the current one, and the hooks, which outlive it.
"""

from __future__ import annotations

import abc
import functools
import inspect
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from tensorboard.compat.proto.config_pb2 import RunMetadata, RunOptions

from millpond import logs
from millpond.errors import AbortedError, OutOfRangeError, UnavailableError
from millpond.formats.files import PathLike
from millpond.graph import stacks
from millpond.graph.collections import GraphKeys
from millpond.train.coordinator import Coordinator
from millpond.train.queue_runner import start_queue_runners
from millpond.train.saving_hooks import CheckpointSaverHook, StepCounterHook, SummarySaverHook
from millpond.train.scaffold import Scaffold
from millpond.train.session_manager import SessionManager
from millpond.train.session_run_hook import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues

# A machine of the cluster went away; a new session may find it back.
_LOST_MACHINE = (AbortedError, UnavailableError)

# What ends a training loop without being an error; subclasses are errors.
_END_OF_LOOP = (OutOfRangeError, StopIteration)

_USE_DEFAULT: Any = object()
_DEFAULT_CHECKPOINT_SECS = 600
_DEFAULT_SUMMARY_STEPS = 100


class SessionCreator(abc.ABC):
    """Makes the session of a monitored session: once, and again at each recovery."""

    @abc.abstractmethod
    def create_session(self) -> Any:
        """A session whose model is ready."""


class ChiefSessionCreator(SessionCreator):
    """Makes sessions that restore the model from the latest checkpoint, or initialize it.

    Args:
      scaffold: What to initialize with; by default a new `Scaffold`.
      master: Target of the session.
      config: `ConfigProto` of the session.
      checkpoint_dir: Folder of the checkpoints.
      checkpoint_filename_with_path: A checkpoint, in place of `checkpoint_dir`.
    """

    def __init__(self, scaffold: Scaffold | None = None, master: str = "", config: Any = None,
                 checkpoint_dir: PathLike | None = None,
                 checkpoint_filename_with_path: PathLike | None = None) -> None:
        self._scaffold = scaffold or Scaffold()
        self._master = master
        self._config = config
        self._checkpoint_dir = checkpoint_dir
        self._checkpoint = checkpoint_filename_with_path

    @functools.cached_property
    def _manager(self) -> SessionManager:
        return _manager_of(self._scaffold)

    def create_session(self) -> Any:
        self._scaffold.finalize()
        logs.info("Graph was finalized.")
        scaffold = self._scaffold
        return self._manager.prepare_session(
            self._master, saver=scaffold.saver, checkpoint_dir=self._checkpoint_dir,
            checkpoint_filename_with_path=self._checkpoint, config=self._config, init_op=scaffold.init_op,
            init_feed_dict=scaffold.init_feed_dict, init_fn=scaffold.init_fn)


class WorkerSessionCreator(SessionCreator):
    """Makes sessions that wait until the chief has initialized the model.

    Args:
      scaffold: What to initialize locally with; by default a new `Scaffold`.
      master: Target of the session.
      config: `ConfigProto` of the session.
      max_wait_secs: How long to wait at most.
    """

    def __init__(self, scaffold: Scaffold | None = None, master: str = "", config: Any = None,
                 max_wait_secs: float = 30 * 60) -> None:
        self._scaffold = scaffold or Scaffold()
        self._master = master
        self._config = config
        self._max_wait_secs = max_wait_secs

    @functools.cached_property
    def _manager(self) -> SessionManager:
        return _manager_of(self._scaffold)

    def create_session(self) -> Any:
        self._scaffold.finalize()
        logs.info("Graph was finalized.")
        return self._manager.wait_for_session(self._master, config=self._config, max_wait_secs=self._max_wait_secs)


def _manager_of(scaffold: Scaffold) -> SessionManager:
    return SessionManager(local_init_op=scaffold.local_init_op, local_init_feed_dict=scaffold.local_init_feed_dict,
                          ready_op=scaffold.ready_op, ready_for_local_init_op=scaffold.ready_for_local_init_op,
                          graph=stacks.default_graph())


class _Lifetime:
    """One session, its coordinator with the threads of queue runners, and the hooks called around its runs."""

    def __init__(self, creator: SessionCreator, hooks: Sequence[SessionRunHook], grace_secs: float) -> None:
        self.session = creator.create_session()
        self._hooks = hooks
        self._grace_secs = grace_secs
        self._stop_requested = False
        # The end of the data in a thread that fills a queue is for the loop to see, through the queue.
        self._coordinator = Coordinator(clean_stop_exception_types=())
        try:
            if stacks.default_graph().get_collection(GraphKeys.QUEUE_RUNNERS):
                start_queue_runners(sess=self.session, coord=self._coordinator)
            for hook in hooks:
                hook.after_create_session(self.session, self._coordinator)
        except BaseException:
            self.close()
            raise

    def run(self, fetches: Any, feed_dict: dict[Any, Any] | None = None, options: Any = None,
            run_metadata: Any = None) -> Any:
        """A run with the hooks around it."""
        if self._stop_requested or self._coordinator.should_stop():
            self._coordinator.raise_requested_exception()
            raise RuntimeError("Run called even after should_stop requested.")
        try:
            return self._run_with_hooks(fetches, feed_dict, options, run_metadata)
        except _LOST_MACHINE:
            raise
        except Exception:
            # If a thread failed before, this run failed because of it: that is the error to tell.
            self._coordinator.raise_requested_exception()
            raise

    def _run_with_hooks(self, fetches: Any, feed_dict: dict[Any, Any] | None, options: Any, run_metadata: Any) -> Any:
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), self.session)
        asked = [(hook, args) for hook in self._hooks if (args := hook.before_run(context)) is not None]
        feeds = _merged_feeds(feed_dict, [args.feed_dict for _, args in asked])
        hook_options = [args.options for _, args in asked if args.options is not None]
        if hook_options:
            options = _merged_options(options, hook_options)
        fetching = [(hook, args.fetches) for hook, args in asked if args.fetches is not None]
        metadata = RunMetadata() if run_metadata is None else run_metadata
        is_observed = options is not None or run_metadata is not None
        observed = {"options": options, "run_metadata": metadata} if is_observed else {}
        if fetching:
            value, results = self.session.run((fetches, [wanted for _, wanted in fetching]), feeds, **observed)
        else:
            value, results = self.session.run(fetches, feeds, **observed), []
        by_hook = {id(hook): result for (hook, _), result in zip(fetching, results, strict=True)}
        for hook in self._hooks:
            hook.after_run(context, SessionRunValues(by_hook.get(id(hook)), options, metadata))
        self._stop_requested = self._stop_requested or context.stop_requested
        return value

    def should_stop(self) -> bool:
        """Whether a hook or a thread asked for the end.

        Raises:
          BaseException: What a thread reported.
        """
        self._coordinator.raise_requested_exception()
        return self._stop_requested or self._coordinator.should_stop()

    def close(self) -> None:
        """Stops the threads and closes the session; raises what a thread reported."""
        self._coordinator.request_stop()
        try:
            self._coordinator.join(stop_grace_period_secs=self._grace_secs, ignore_live_threads=True)
        finally:
            self.session.close()


def _merged_feeds(feed_dict: dict[Any, Any] | None, of_hooks: Sequence[dict[Any, Any] | None]) -> dict[Any, Any] | None:
    """All feeds together.

    Raises:
      RuntimeError: If something is fed twice.
    """
    merged: dict[Any, Any] = {}
    for feeds in of_hooks:
        if feeds:
            _check_no_conflict(merged, feeds, "two hooks")
            merged.update(feeds)
    if not merged:
        return feed_dict
    if feed_dict:
        _check_no_conflict(merged, feed_dict, "a SessionRunHook and user")
        merged.update(feed_dict)
    return merged


def _check_no_conflict(one: dict[Any, Any], other: dict[Any, Any], who: str) -> None:
    conflicts = [key for key in other if key in one]
    if conflicts:
        raise RuntimeError(f"Same tensor is fed by {who}. Conflict(s): {conflicts}")


def _merged_options(options: Any, of_hooks: Sequence[Any]) -> Any:
    """`RunOptions` that trace as much and wait as long as the one that wants most."""
    merged = RunOptions()
    if options is not None:
        merged.CopyFrom(options)
    for other in of_hooks:
        merged.trace_level = max(merged.trace_level, other.trace_level)
        merged.timeout_in_ms = max(merged.timeout_in_ms, other.timeout_in_ms)
        merged.inter_op_thread_pool = max(merged.inter_op_thread_pool, other.inter_op_thread_pool)
        merged.output_partition_graphs = merged.output_partition_graphs or other.output_partition_graphs
        merged.debug_options.debug_tensor_watch_opts.extend(other.debug_options.debug_tensor_watch_opts)
    return merged


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

    def __init__(self, creator: SessionCreator, hooks: Sequence[SessionRunHook] | None, should_recover: bool,
                 grace_secs: float) -> None:
        self._graph = stacks.default_graph()
        self._was_finalized = self._graph.finalized
        self._creator = creator
        self._hooks = list(hooks or [])
        self._should_recover = should_recover
        self._grace_secs = grace_secs
        self._lifetime: _Lifetime | None = None
        self._is_closed = False
        for hook in self._hooks:
            hook.begin()
        self._lifetime = self._recovering(self._begin_lifetime)

    def _begin_lifetime(self) -> _Lifetime:
        with self._graph.as_default():
            return _Lifetime(self._creator, self._hooks, self._grace_secs)

    def _recovering(self, action: Callable[[], Any]) -> Any:
        """The result of an action, which is tried again in a new session whenever a machine gets lost."""
        while True:
            try:
                return action()
            except _LOST_MACHINE as error:
                if not self._should_recover:
                    raise
                self._lose_session(error)

    def _lose_session(self, error: Exception) -> None:
        logs.info("An error was raised. This may be due to a preemption in a connected worker or parameter server. The "
                  "current session will be closed and a new session will be created, from the latest checkpoint if there "
                  "is one. Error: %s", error)
        lost, self._lifetime = self._lifetime, None
        if lost is not None:
            try:
                lost.close()
            except _LOST_MACHINE as other:
                # Its threads lost the same machine.
                logs.info("While the lost session was closed: %s", other)

    def _current(self) -> _Lifetime:
        if self._is_closed:
            raise RuntimeError(f"This {type(self).__name__} is closed: its `with` block is left, or `close` was called.")
        if self._lifetime is None:
            self._lifetime = self._begin_lifetime()
        return self._lifetime

    @property
    def graph(self) -> Any:
        """The graph of the session; None once it is closed."""
        return None if self._is_closed else self._graph

    def run(self, fetches: Any, feed_dict: dict[Any, Any] | None = None, options: Any = None,
            run_metadata: Any = None) -> Any:
        """Runs as `Session.run` does, with the hooks around it.

        Raises:
          RuntimeError: If a stop was asked for, or the session is closed.
        """
        return self._recovering(lambda: self._current().run(fetches, feed_dict, options, run_metadata))

    def run_step_fn(self, step_fn: Callable[..., Any]) -> Any:
        """Calls a function that makes several runs, some of them without hooks, as one step.

        After a recovery the function is called again from its beginning.

        Args:
          step_fn: Takes one argument of the name `step_context` (besides `self`): a `StepContext` with `session`,
            `run_with_hooks` and `request_stop`.

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
            raise ValueError("`step_fn` may either have one `step_context` argument, or `self` and `step_context` arguments "
                             f"if it's an instance method. Got {names} instead.")

        def step() -> Any:
            lifetime = self._current()
            return step_fn(StepContext(lifetime.session, lifetime.run))

        return self._recovering(step)

    def should_stop(self) -> bool:
        """Whether the loop should end: a hook or a thread asked for it, or the session is closed."""
        if self._is_closed:
            return True
        if self._lifetime is None:
            return False
        try:
            return self._lifetime.should_stop()
        except _LOST_MACHINE as error:
            if not self._should_recover:
                return True
            self._lose_session(error)
            return False
        except Exception as error:
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
            lifetime, self._lifetime, self._is_closed = self._lifetime, None, True
            try:
                if lifetime is not None:
                    lifetime.close()
            finally:
                if not self._was_finalized:
                    self._graph._unsafe_unfinalize()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> bool:
        is_clean = kind is None or kind in _END_OF_LOOP
        self._close(is_clean)
        return is_clean


class MonitoredSession(_MonitoredSession):
    """A session that initializes or restores itself, calls hooks around each run, and recovers from lost machines.

    The graph is finalized while it is open. `AbortedError` and `UnavailableError` are answered with a new session
    from the latest checkpoint, in which the run is repeated; any other error closes the session and goes on.
    `OutOfRangeError` and `StopIteration`, the end of the data, end a `with` block without an error.

    Args:
      session_creator: A `SessionCreator`; by default a `ChiefSessionCreator`.
      hooks: `SessionRunHook`s, called in this order.
      stop_grace_period_secs: Seconds that threads get to end when the session closes.

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

    def __init__(self, session_creator: SessionCreator | None = None, hooks: Sequence[SessionRunHook] | None = None,
                 stop_grace_period_secs: float = 120) -> None:
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
    """

    def __init__(self, hooks: Sequence[SessionRunHook] | None = None, scaffold: Scaffold | None = None,
                 master: str = "", config: Any = None, checkpoint_dir: PathLike | None = None,
                 stop_grace_period_secs: float = 120,
                 checkpoint_filename_with_path: PathLike | None = None) -> None:
        creator = ChiefSessionCreator(scaffold=scaffold, master=master, config=config, checkpoint_dir=checkpoint_dir,
                                      checkpoint_filename_with_path=checkpoint_filename_with_path)
        super().__init__(creator, hooks, False, stop_grace_period_secs)

    def raw_session(self) -> Any:
        """The session without hooks, for example for a `Saver`."""
        return self._current().session


def MonitoredTrainingSession(  # noqa: N802 - the public name
        master: str = "", is_chief: bool = True, checkpoint_dir: PathLike | None = None,
        scaffold: Scaffold | None = None, hooks: Sequence[SessionRunHook] | None = None,
        chief_only_hooks: Sequence[SessionRunHook] | None = None, save_checkpoint_secs: float | None = _USE_DEFAULT,
        save_summaries_steps: int | None = _USE_DEFAULT, save_summaries_secs: float | None = _USE_DEFAULT,
        config: Any = None, stop_grace_period_secs: float = 120, log_step_count_steps: int | None = 100,
        max_wait_secs: float = 7200, save_checkpoint_steps: int | None = _USE_DEFAULT,
        summary_dir: PathLike | None = None, save_graph_def: bool = True) -> MonitoredSession:
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
      save_summaries_steps: Write summaries every so many steps; by default every 100, unless `save_summaries_secs` is
        given.
      save_summaries_secs: Write summaries every so many seconds.
      config: `ConfigProto` of the session.
      stop_grace_period_secs: Seconds that threads get to end when the session closes.
      log_step_count_steps: Tell the steps a second every so many steps; None for never.
      max_wait_secs: How long others wait for the chief.
      save_checkpoint_steps: Save a checkpoint every so many steps.
      summary_dir: Folder of the summaries; by default that of the checkpoints.
      save_graph_def: Whether the graph is written with the checkpoints.

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
    summary_steps, summary_secs = _steps_or_secs(save_summaries_steps, save_summaries_secs,
                                                 default=(_DEFAULT_SUMMARY_STEPS, None))
    checkpoint_steps, checkpoint_secs = _steps_or_secs(save_checkpoint_steps, save_checkpoint_secs,
                                                       default=(None, _DEFAULT_CHECKPOINT_SECS))
    summary_dir = summary_dir or checkpoint_dir
    own_hooks: list[SessionRunHook] = []
    if summary_dir:
        if log_step_count_steps and log_step_count_steps > 0:
            own_hooks.append(StepCounterHook(log_step_count_steps, output_dir=summary_dir))
        if _is_wanted(summary_steps) or _is_wanted(summary_secs):
            own_hooks.append(SummarySaverHook(summary_steps, summary_secs, summary_dir, scaffold=scaffold))
    if checkpoint_dir and (_is_wanted(checkpoint_steps) or _is_wanted(checkpoint_secs)):
        own_hooks.append(CheckpointSaverHook(checkpoint_dir, checkpoint_secs, checkpoint_steps, scaffold=scaffold,
                                             save_graph_def=save_graph_def))
    creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir)
    return MonitoredSession(creator, [*(chief_only_hooks or []), *own_hooks, *(hooks or [])], stop_grace_period_secs)


def _steps_or_secs(steps: Any, secs: Any, default: tuple[Any, Any]) -> tuple[Any, Any]:
    """The two intervals: the default if neither was given, and None for the one that was not."""
    if steps is _USE_DEFAULT and secs is _USE_DEFAULT:
        return default
    return (None if steps is _USE_DEFAULT else steps), (None if secs is _USE_DEFAULT else secs)


def _is_wanted(interval: float | None) -> bool:
    return interval is not None and interval > 0
