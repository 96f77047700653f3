"""Waiting for checkpoints that another process writes: an evaluation beside a training."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from millpond import logs
from millpond.formats.files import PathLike
from millpond.train.saving.checkpoint_state import latest_checkpoint


def wait_for_new_checkpoint(checkpoint_dir: PathLike, last_checkpoint: str | None = None,
                            seconds_to_sleep: float = 1, timeout: float | None = None) -> str | None:
    """Waits until a folder has a checkpoint that is not the last one seen.

    Args:
      checkpoint_dir: The folder.
      last_checkpoint: The checkpoint that is known already.
      seconds_to_sleep: How long to wait between looks.
      timeout: After how many seconds to give up; None for never.

    Returns:
      Its path, or None after `timeout`.
    """
    logs.info("Waiting for new checkpoint at %s", checkpoint_dir)
    give_up = None if timeout is None else time.monotonic() + timeout
    while True:
        found = latest_checkpoint(checkpoint_dir)
        if found is not None and found != last_checkpoint:
            logs.info("Found new checkpoint at %s", found)
            return found
        if give_up is not None and time.monotonic() + seconds_to_sleep > give_up:
            return None
        time.sleep(seconds_to_sleep)


def checkpoints_iterator(checkpoint_dir: PathLike, min_interval_secs: float = 0, timeout: float | None = None,
                         timeout_fn: Callable[[], bool] | None = None) -> Iterator[str]:
    """The checkpoints of a folder, each as it comes; those that come while one is looked at are passed over.

    Args:
      checkpoint_dir: The folder.
      min_interval_secs: The least time between two.
      timeout: After how many seconds without a new one to ask `timeout_fn`; None for never.
      timeout_fn: Says whether to end; by default that is the end.

    Yields:
      Paths of checkpoints.

    Raises:
      tf.errors.OpError: If the folder cannot be read.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> tf.logging.set_verbosity(tf.logging.ERROR)
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     list(tf.train.checkpoints_iterator(folder, timeout=0))
      []
    """
    last: str | None = None
    while True:
        found = wait_for_new_checkpoint(checkpoint_dir, last, timeout=timeout)
        if found is None:
            if timeout_fn is None:
                logs.info("Timed-out waiting for a checkpoint.")
                return
            if timeout_fn():
                return
            continue
        last = found
        started = time.monotonic()
        yield found
        left = started + min_interval_secs - time.monotonic()
        if left > 0:
            time.sleep(left)
