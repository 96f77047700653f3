"""`tf.logging`: what a program tells its user, through the logger that the framework itself uses.

State: how often each line of a program has called `log_every_n` or `log_first_n`, guarded by `_counts_lock`.
"""

from __future__ import annotations

import collections
import logging
import sys
import threading
from typing import Any

from millpond.logs import LOGGER

DEBUG = logging.DEBUG
INFO = logging.INFO
WARN = logging.WARNING
ERROR = logging.ERROR
FATAL = logging.CRITICAL

debug = LOGGER.debug
info = LOGGER.info
warn = LOGGER.warning
warning = LOGGER.warning
error = LOGGER.error
fatal = LOGGER.critical
log = LOGGER.log
vlog = LOGGER.log

_counts: collections.Counter[tuple[str, int]] = collections.Counter()
_counts_lock = threading.Lock()


def set_verbosity(v: int | str) -> None:
    """Sets the lowest level that is printed: `tf.logging.INFO` and so on, or its name.

    Example:
      >>> import millpond as tf
      >>> before = tf.logging.get_verbosity()
      >>> tf.logging.set_verbosity(tf.logging.ERROR)
      >>> print(tf.logging.get_verbosity())
      40
      >>> tf.logging.set_verbosity(before)
    """
    LOGGER.setLevel(v)


def get_verbosity() -> int:
    """The lowest level that is printed."""
    return LOGGER.getEffectiveLevel()


def TaskLevelStatusMessage(msg: str) -> None:
    """Logs the state of a task, as an error."""
    LOGGER.error(msg)


def flush() -> None:
    """Waits until all that was logged is written."""
    for handler in LOGGER.handlers:
        handler.flush()


def log_if(level: int, msg: str, condition: Any, *args: Any) -> None:
    """Logs `msg % args` if the condition holds.

    Args:
      level: `tf.logging.INFO`, `tf.logging.WARN`, ...
      msg: The text, with the places of `args` in the form of `%`.
      condition: Anything true or false.
      *args: What the text is filled with.

    Raises:
      TypeError: If `level` is no number.

    Example:
      >>> import millpond as tf
      >>> loss = 0.5
      >>> tf.logging.log_if(tf.logging.WARN, "the loss is %f", loss > 1.0, loss)
    """
    if condition:
        LOGGER.log(level, msg, *args)


def log_every_n(level: int, msg: str, n: int, *args: Any) -> None:
    """Logs `msg % args` at the first call of every `n` that the calling line makes.

    Args:
      level: `tf.logging.INFO`, `tf.logging.WARN`, ...
      msg: The text, with the places of `args` in the form of `%`.
      n: How many calls make a round.
      *args: What the text is filled with.

    Raises:
      TypeError: If `level` is no number.
      ZeroDivisionError: If `n` is 0.

    Example:
      >>> import millpond as tf
      >>> for step in range(100):
      ...     tf.logging.log_every_n(tf.logging.DEBUG, "step %d", 10, step)  # steps 0, 10, 20, ...
    """
    if (_calls_of(sys._getframe(1)) - 1) % n == 0:
        LOGGER.log(level, msg, *args)


def log_first_n(level: int, msg: str, n: int, *args: Any) -> None:
    """Logs `msg % args` at the first `n` calls that the calling line makes.

    Args:
      level: `tf.logging.INFO`, `tf.logging.WARN`, ...
      msg: The text, with the places of `args` in the form of `%`.
      n: How many calls are logged.
      *args: What the text is filled with.

    Raises:
      TypeError: If `level` is no number.

    Example:
      >>> import millpond as tf
      >>> for step in range(100):
      ...     tf.logging.log_first_n(tf.logging.DEBUG, "step %d", 3, step)  # steps 0, 1 and 2
    """
    if _calls_of(sys._getframe(1)) <= n:
        LOGGER.log(level, msg, *args)


def _calls_of(frame: Any) -> int:
    with _counts_lock:
        key = (frame.f_code.co_filename, frame.f_lineno)
        _counts[key] += 1
        return _counts[key]
