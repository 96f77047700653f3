"""SessionManager: makes a session whose variables have values: restored, initialized, or set by others."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from millpond import logs
from millpond.errors import DeadlineExceededError, FailedPreconditionError
from millpond.formats.files import PathLike
from millpond.graph import stacks
from millpond.graph.graph import Graph
from millpond.session.session import Session
from millpond.train.saving.checkpoint_state import get_checkpoint_state

# None where a model is ready; otherwise what is missing, to read.
_NotReady = str | None


class SessionManager:
    """Makes sessions, and initializes the model or restores it from a checkpoint.

    Args:
      local_init_op: Initializes what is not saved, in every new session.
      ready_op: A vector of strings that is empty once the model is ready: the names of what is not.
      ready_for_local_init_op: The same, before `local_init_op` may run.
      graph: The graph; by default the default graph.
      recovery_wait_secs: Seconds between two looks for a checkpoint, or at a model that others initialize.
      local_init_run_options: `RunOptions` for `local_init_op`.
      local_init_feed_dict: What to feed to it.

    Raises:
      ValueError: If there is a `ready_for_local_init_op` without a `local_init_op`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     v = tf.Variable(7)
      ...     manager = tf.train.SessionManager(ready_op=tf.report_uninitialized_variables())
      ...     session = manager.prepare_session("", init_op=tf.global_variables_initializer())
      ...     print(session.run(v))
      7
    """

    def __init__(
        self,
        local_init_op: Any = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        graph: Graph | None = None,
        recovery_wait_secs: float = 30,
        local_init_run_options: Any = None,
        local_init_feed_dict: dict[Any, Any] | None = None,
    ) -> None:
        if ready_for_local_init_op is not None and local_init_op is None:
            raise ValueError(
                "If you pass a ready_for_local_init_op you must also pass a local_init_op , "
                f"ready_for_local_init_op [{ready_for_local_init_op}]"
            )
        self._local_init_op = local_init_op
        self._ready_op = ready_op
        self._ready_for_local_init_op = ready_for_local_init_op
        self._graph = stacks.default_graph() if graph is None else graph
        self._recovery_wait_secs = recovery_wait_secs
        self._local_init_run_options = local_init_run_options
        self._local_init_feed_dict = local_init_feed_dict

    def prepare_session(
        self,
        master: str,
        init_op: Any = None,
        saver: Any = None,
        checkpoint_dir: PathLike | None = None,
        checkpoint_filename_with_path: PathLike | None = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
        init_feed_dict: dict[Any, Any] | None = None,
        init_fn: Callable[[Any], Any] | None = None,
    ) -> Session:
        """A session with a model that is ready: restored if there is a checkpoint, otherwise initialized.

        Args:
          master: Target of the session.
          init_op: Initializes the model.
          saver: Restores it.
          checkpoint_dir: Folder whose latest checkpoint is restored.
          checkpoint_filename_with_path: A checkpoint, in place of `checkpoint_dir`.
          wait_for_checkpoint: Wait until there is a checkpoint.
          max_wait_secs: How long at most.
          config: `ConfigProto` of the session.
          init_feed_dict: What to feed to `init_op`.
          init_fn: Called with the session after `init_op`.

        Raises:
          RuntimeError: If the model is not ready after all that; the message names the variables without a
            value.
          ValueError: If both a folder and a checkpoint are given.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default():
          ...     v = tf.Variable(7)
          ...     manager = tf.train.SessionManager(ready_op=tf.report_uninitialized_variables())
          ...     manager.prepare_session("", init_op=tf.no_op())
          Traceback (most recent call last):
          RuntimeError: Init operations did not make model ready.  Init op: NoOp, ... not initialized: Variable
        """
        session, is_restored = self._restore(
            master,
            saver,
            checkpoint_dir,
            checkpoint_filename_with_path,
            wait_for_checkpoint,
            max_wait_secs,
            config,
        )
        try:
            if not is_restored:
                if init_op is None and init_fn is None and self._local_init_op is None:
                    raise RuntimeError(
                        "Model is not initialized and no init_op or init_fn or local_init_op was given"
                    )
                if init_op is not None:
                    session.run(init_op, feed_dict=init_feed_dict)
                if init_fn is not None:
                    init_fn(session)
            missing = self._initialize_locally(session)
            if missing:
                raise RuntimeError(
                    "Init operations did not make model ready for local_init.  Init op: "
                    f"{_name(init_op)}, init fn: {init_fn}, error: {missing}"
                )
            missing = self._not_ready(session)
            if missing:
                raise RuntimeError(
                    f"Init operations did not make model ready.  Init op: {_name(init_op)}, init fn: "
                    f"{init_fn}, local_init_op: {_name(self._local_init_op)}, error: {missing}"
                )
        except BaseException:
            session.close()
            raise
        return session

    def recover_session(
        self,
        master: str,
        saver: Any = None,
        checkpoint_dir: PathLike | None = None,
        checkpoint_filename_with_path: PathLike | None = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
    ) -> tuple[Session, bool]:
        """A session with a model that is restored from a checkpoint, if there is one.

        Args:
          master, saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint, max_wait_secs, config: As
            in `prepare_session`.

        Returns:
          The session, and whether the model in it is ready.

        Raises:
          ValueError: If both a folder and a checkpoint are given.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default():
          ...     v = tf.Variable(7)
          ...     manager = tf.train.SessionManager(ready_op=tf.report_uninitialized_variables())
          ...     session, is_ready = manager.recover_session("", tf.train.Saver(), checkpoint_dir="/no/folder")
          >>> is_ready
          False
        """
        session, is_restored = self._restore(
            master,
            saver,
            checkpoint_dir,
            checkpoint_filename_with_path,
            wait_for_checkpoint,
            max_wait_secs,
            config,
        )
        if not is_restored:
            # Its local part may be all that is needed.
            self._initialize_locally(session)
            return session, False
        source = checkpoint_dir or checkpoint_filename_with_path
        missing = self._initialize_locally(session)
        if missing:
            logs.info("Restoring model from %s did not make model ready for local init: %s", source, missing)
            return session, False
        missing = self._not_ready(session)
        if missing:
            logs.info("Restoring model from %s did not make model ready: %s", source, missing)
            return session, False
        logs.info("Restored model from %s", source)
        return session, True

    def wait_for_session(
        self, master: str, config: Any = None, max_wait_secs: float = float("inf")
    ) -> Session:
        """A session with a model that someone else, the chief, initializes.

        Args:
          master: Target of the session.
          config: `ConfigProto` of the session.
          max_wait_secs: How long to wait at most.

        Raises:
          DeadlineExceededError: If the model is not ready in time.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default():
          ...     v = tf.Variable(7)
          ...     manager = tf.train.SessionManager(ready_op=tf.report_uninitialized_variables())
          ...     manager.wait_for_session("", max_wait_secs=0)
          Traceback (most recent call last):
          millpond.errors.DeadlineExceededError: Session was not ready after waiting 0 secs. ...
        """
        deadline = time.monotonic() + (float("inf") if max_wait_secs is None else max_wait_secs)
        while True:
            session = Session(master, graph=self._graph, config=config)
            try:
                missing = self._initialize_locally(session) or self._not_ready(session)
            except BaseException:
                session.close()
                raise
            if not missing:
                return session
            session.close()
            if time.monotonic() + self._recovery_wait_secs > deadline:
                raise DeadlineExceededError(
                    None, None, f"Session was not ready after waiting {max_wait_secs} secs. {missing}"
                )
            logs.info("Waiting for model to be ready.  %s", missing)
            time.sleep(self._recovery_wait_secs)

    def _restore(
        self,
        master: str,
        saver: Any,
        folder: PathLike | None,
        checkpoint: PathLike | None,
        wait_for_checkpoint: bool,
        max_wait_secs: float,
        config: Any,
    ) -> tuple[Session, bool]:
        """A new session, and whether the model in it was restored."""
        if folder and checkpoint:
            raise ValueError("Can not provide both checkpoint_dir and checkpoint_filename_with_path.")
        session = Session(master, graph=self._graph, config=config)
        try:
            if saver is None or not (folder or checkpoint):
                return session, False
            if checkpoint:
                saver.restore(session, checkpoint)
                return session, True
            assert folder is not None
            state = self._checkpoint_state(folder, max_wait_secs if wait_for_checkpoint else 0)
            if state is None:
                return session, False
            saver.restore(session, state.model_checkpoint_path)
            saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
            return session, True
        except BaseException:
            session.close()
            raise

    def _checkpoint_state(self, folder: PathLike, max_wait_secs: float) -> Any:
        """The state of a folder, or None if there is no checkpoint in time."""
        deadline = time.monotonic() + max_wait_secs
        while True:
            state = get_checkpoint_state(folder)
            if state is not None and state.model_checkpoint_path:
                return state
            if time.monotonic() >= deadline:
                return None
            logs.info("Waiting for checkpoint to be available.")
            time.sleep(min(self._recovery_wait_secs, max(0.0, deadline - time.monotonic())))

    def _initialize_locally(self, session: Session) -> _NotReady:
        """Runs `local_init_op` if the model is ready for it."""
        if self._local_init_op is None:
            return None
        missing = _missing(session, self._ready_for_local_init_op)
        if missing is None:
            logs.info("Running local_init_op.")
            session.run(
                self._local_init_op,
                feed_dict=self._local_init_feed_dict,
                options=self._local_init_run_options,
            )
            logs.info("Done running local_init_op.")
        return missing

    def _not_ready(self, session: Session) -> _NotReady:
        return _missing(session, self._ready_op)


def _missing(session: Session, ready_op: Any) -> _NotReady:
    """What an operation says is not initialized yet."""
    if ready_op is None:
        return None
    try:
        names = session.run(ready_op)
    except FailedPreconditionError as error:
        # It read a variable itself.
        return str(error)
    if names is None or np.asarray(names).dtype != object or not np.size(names):
        return None
    return f"Variables not initialized: {', '.join(name.decode() for name in np.ravel(names))}"


def _name(op: Any) -> str | None:
    return getattr(op, "name", None)
