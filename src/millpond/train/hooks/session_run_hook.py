"""Hooks: code that a monitored session calls around each of its runs.

The order of calls: `begin` while the graph can still be changed; `after_create_session` for each session
  (again after
a recovery); `before_run` and `after_run` around each run, in the order of the list of hooks; `end` when the
session is closed without an error.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class SessionRunArgs(NamedTuple):
    """What a hook adds to a run, or what the caller asked for.

    Attributes:
      fetches: What to fetch, as in `Session.run`; None for nothing.
      feed_dict: What to feed; None for nothing.
      options: `RunOptions` to merge with those of the run; None for none.
    """

    fetches: Any
    feed_dict: dict[Any, Any] | None = None
    options: Any = None


class SessionRunValues(NamedTuple):
    """What a run gave a hook.

    Attributes:
      results: Values of the hook's fetches, in their structure; None if it had none.
      options: The `RunOptions` of the run, those of all hooks merged.
      run_metadata: The `RunMetadata` of the run.
    """

    results: Any
    options: Any
    run_metadata: Any


class SessionRunContext:
    """One run, as hooks see it.

    Attributes:
      original_args: A `SessionRunArgs` with what the caller asked for.
      session: The session; running it does not call hooks.
      stop_requested: Whether a hook asked that this be the last run.
    """

    def __init__(self, original_args: SessionRunArgs, session: Any) -> None:
        self._original_args = original_args
        self._session = session
        self._stop_requested = False

    @property
    def original_args(self) -> SessionRunArgs:
        return self._original_args

    @property
    def session(self) -> Any:
        return self._session

    @property
    def stop_requested(self) -> bool:
        return self._stop_requested

    def request_stop(self) -> None:
        """Asks that this run be the last: `should_stop` of the monitored session is true from now on."""
        self._stop_requested = True


class SessionRunHook:
    """Base class of hooks; every method does nothing.

    Example:
      >>> import millpond as tf
      >>> class Show(tf.train.SessionRunHook):
      ...     def before_run(self, run_context):
      ...         return tf.train.SessionRunArgs(tf.train.get_global_step())
      ...     def after_run(self, run_context, run_values):
      ...         print("step", run_values.results)
      >>> with tf.Graph().as_default():
      ...     step = tf.train.create_global_step().assign_add(1)
      ...     with tf.train.MonitoredSession(hooks=[Show()]) as session:
      ...         for _ in range(2):
      ...             done = session.run(step.op)
      step 1
      step 2
    """

    def begin(self) -> None:
        """Called once, before the graph is finalized: the last chance to add operations."""

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Called when a session is there and initialized: the first, and each that replaces one.

        Args:
          session: The session.
          coord: The `Coordinator` of its threads.
        """

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Called before each run.

        Returns:
          What to add to the run, or None.
        """
        return None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Called after each run that did not raise."""

    def end(self, session: Any) -> None:
        """Called when the monitored session closes without an error. The session can still be used."""
