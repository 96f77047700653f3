"""Session creators: how a monitored session comes to its session, at the beginning and at each recovery."""

from __future__ import annotations

import abc
import functools
from typing import Any

from millpond import logs
from millpond.formats.files import PathLike
from millpond.graph import stacks
from millpond.train.sessions.scaffold import Scaffold
from millpond.train.sessions.session_manager import SessionManager


class SessionCreator(abc.ABC):
    """Makes the session of a monitored session: once, and again at each recovery."""

    @abc.abstractmethod
    def create_session(self) -> Any:
        """A session whose model is ready."""


class _ScaffoldSessionCreator(SessionCreator):
    """What the chief and the workers share: a scaffold, and the manager of the sessions that it describes."""

    def __init__(self, scaffold: Scaffold | None, master: str, config: Any) -> None:
        self._scaffold = scaffold or Scaffold()
        self._master = master
        self._config = config

    @functools.cached_property
    def _manager(self) -> SessionManager:
        scaffold = self._scaffold
        return SessionManager(
            local_init_op=scaffold.local_init_op,
            local_init_feed_dict=scaffold.local_init_feed_dict,
            ready_op=scaffold.ready_op,
            ready_for_local_init_op=scaffold.ready_for_local_init_op,
            graph=stacks.default_graph(),
        )

    def _finalized_scaffold(self) -> Scaffold:
        self._scaffold.finalize()
        logs.info("Graph was finalized.")
        return self._scaffold


class ChiefSessionCreator(_ScaffoldSessionCreator):
    """Makes sessions that restore the model from the latest checkpoint, or initialize it.

    Args:
      scaffold: What to initialize with; by default a new `Scaffold`.
      master: Target of the session.
      config: `ConfigProto` of the session.
      checkpoint_dir: Folder of the checkpoints.
      checkpoint_filename_with_path: A checkpoint, in place of `checkpoint_dir`.

    Raises:
      RuntimeError: By `create_session`, if the model is not ready after all.
      ValueError: By `create_session`, if both a folder and a checkpoint are given.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     v = tf.Variable(7)
      ...     with tf.train.ChiefSessionCreator(config=tf.ConfigProto()).create_session() as session:
      ...         print(session.run(v))
      7
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: PathLike | None = None,
        checkpoint_filename_with_path: PathLike | None = None,
    ) -> None:
        super().__init__(scaffold, master, config)
        self._checkpoint_dir = checkpoint_dir
        self._checkpoint = checkpoint_filename_with_path

    def create_session(self) -> Any:
        scaffold = self._finalized_scaffold()
        return self._manager.prepare_session(
            self._master,
            saver=scaffold.saver,
            checkpoint_dir=self._checkpoint_dir,
            checkpoint_filename_with_path=self._checkpoint,
            config=self._config,
            init_op=scaffold.init_op,
            init_feed_dict=scaffold.init_feed_dict,
            init_fn=scaffold.init_fn,
        )


class WorkerSessionCreator(_ScaffoldSessionCreator):
    """Makes sessions that wait until the chief has initialized the model.

    Args:
      scaffold: What to initialize locally with; by default a new `Scaffold`.
      master: Target of the session.
      config: `ConfigProto` of the session.
      max_wait_secs: How long to wait at most.

    Raises:
      tf.errors.DeadlineExceededError: By `create_session`, if the model is not ready in time.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     v = tf.Variable(7)
      ...     tf.train.WorkerSessionCreator(max_wait_secs=0).create_session()
      Traceback (most recent call last):
      millpond.errors.DeadlineExceededError: Session was not ready after waiting 0 secs. ...
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        max_wait_secs: float = 30 * 60,
    ) -> None:
        super().__init__(scaffold, master, config)
        self._max_wait_secs = max_wait_secs

    def create_session(self) -> Any:
        self._finalized_scaffold()
        return self._manager.wait_for_session(
            self._master, config=self._config, max_wait_secs=self._max_wait_secs
        )
