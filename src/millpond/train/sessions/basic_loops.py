"""basic_train_loop: a step function, run under a supervisor until it says stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond import logs
from millpond.errors import AbortedError
from millpond.train.sessions.supervisor import Supervisor


def basic_train_loop(supervisor: Supervisor, train_step_fn: Callable[..., Any], args: Any = None, kwargs: Any = None,
                     master: str = "") -> None:
    """Calls `train_step_fn(session, *args, **kwargs)` until the supervisor is asked to stop.

    A step that raises `AbortedError` (a task of the cluster was restarted) makes a new session and goes on from its
    last checkpoint.

    Args:
      supervisor: Makes the sessions, and tells when to stop (`supervisor.request_stop()`).
      train_step_fn: Runs a step.
      args: More positional arguments of it.
      kwargs: Keyword arguments of it.
      master: The target of the sessions.

    Raises:
      BaseException: What a step or a thread raises, except `AbortedError`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     count = tf.train.create_global_step().assign_add(1)
      ...     supervisor = tf.train.Supervisor()
      ...     def step(session, last):
      ...         if session.run(count) == last:
      ...             supervisor.request_stop()
      ...             print("done")
      ...     tf.train.basic_train_loop(supervisor, step, args=(3,))
      done
    """
    while True:
        try:
            with supervisor.managed_session(master) as session:
                while not supervisor.should_stop():
                    train_step_fn(session, *(args or ()), **(kwargs or {}))
            return
        except AbortedError as error:
            logs.info("The session was aborted, and is made anew: %s", error)
