"""`tf.train.CheckpointManager`: keeps the latest checkpoints of a `tf.train.Checkpoint` in a folder.

State: the checkpoints that may be removed, with the times at which they were made, and when the last one was made that
is kept for good. The state file of the folder has the same, so that a new process goes on with it.
"""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from millpond.formats.files import PathLike, local_path
from millpond.graph import stacks
from millpond.train.saving import checkpoint_state
from millpond.train.saving.checkpoint import Checkpoint


class CheckpointManager:
    """Keeps the latest checkpoints of some objects in a folder, and removes older ones.

    Args:
      checkpoint: The objects.
      directory: The folder, which has the checkpoints of this manager only.
      max_to_keep: How many of the latest checkpoints to keep; None for all.
      keep_checkpoint_every_n_hours: Keep one checkpoint of every so many hours for good; None for none.
      checkpoint_name: What the names of the files begin with.

    Raises:
      ValueError: If `max_to_keep` is below 1.

    Example:
      >>> import os, tempfile
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess, tempfile.TemporaryDirectory() as folder:
      ...     w = tf.Variable(1.0)
      ...     sess.run(w.initializer)
      ...     manager = tf.train.CheckpointManager(tf.train.Checkpoint(w=w), folder, max_to_keep=2)
      ...     paths = [manager.save() for _ in range(3)]
      ...     [os.path.basename(path) for path in manager.checkpoints]
      ['ckpt-2', 'ckpt-3']
    """

    def __init__(self, checkpoint: Checkpoint, directory: PathLike, max_to_keep: int | None,
                 keep_checkpoint_every_n_hours: float | None = None, checkpoint_name: str = "ckpt") -> None:
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(f"Expected a positive integer or `None` for `max_to_keep`, got {max_to_keep}.")
        self._checkpoint = checkpoint
        self._directory = local_path(directory)
        self._max_to_keep = max_to_keep
        self._keep_hours = keep_checkpoint_every_n_hours
        self._prefix = os.path.join(self._directory, checkpoint_name)
        self._removable: dict[str, float] = {}
        self._latest: str | None = None
        self._last_preserved = time.time()
        state = checkpoint_state.get_checkpoint_state(self._directory)
        if state is not None:
            self._take_over(state)

    def _take_over(self, state: Any) -> None:
        now = time.time()
        times = list(state.all_model_checkpoint_timestamps)
        if len(times) != len(state.all_model_checkpoint_paths):
            times = [now] * len(state.all_model_checkpoint_paths)
        # Where the clock was set back meanwhile, nothing is younger than now.
        self._removable = {path: min(moment, now)
                           for path, moment in zip(state.all_model_checkpoint_paths, times, strict=True)}
        if state.last_preserved_timestamp:
            self._last_preserved = min(state.last_preserved_timestamp, now)
        self._latest = state.model_checkpoint_path

    @property
    def directory(self) -> str:
        """The folder."""
        return self._directory

    @property
    def checkpoint(self) -> Checkpoint:
        """The objects that are saved."""
        return self._checkpoint

    @property
    def latest_checkpoint(self) -> str | None:
        """The path of the latest checkpoint, also one of an earlier process; None if there is none."""
        return self._latest

    @property
    def checkpoints(self) -> list[str]:
        """The paths of the checkpoints that may be removed in time, oldest first."""
        return list(self._removable)

    def save(self, checkpoint_number: Any = None) -> str:
        """Saves the objects in the default session.

        Args:
          checkpoint_number: Number (or a variable or tensor with it) at the end of the names; by default one that
            counts the saves of the checkpoint.

        Returns:
          The path for `Checkpoint.restore`.

        Raises:
          ValueError: If there is no default session.
          tf.errors.FailedPreconditionError: If a variable has no value.
        """
        session = stacks.required_session(None, "save a checkpoint", otherwise="")
        count = self._checkpoint._count(session)
        if checkpoint_number is None:
            checkpoint_number = count
        is_number = isinstance(checkpoint_number, (int, np.integer))
        number = int(checkpoint_number if is_number else session.run(checkpoint_number))
        path = self._checkpoint.write(f"{self._prefix}-{number}", session)
        # One that is written again becomes the youngest.
        self._removable.pop(path, None)
        self._removable[path] = time.time()
        self._latest = path
        # First the new one is named, then what the file does not name any more is removed: killed in between, the
        # program finds a state that is right.
        dropped = self._drop()
        self._record()
        for old in dropped:
            checkpoint_state.remove_checkpoint(old)
        return path

    def _drop(self) -> list[str]:
        """Takes the oldest checkpoints off the list; gives those whose files are to go."""
        dropped: list[str] = []
        while self._max_to_keep is not None and len(self._removable) > self._max_to_keep:
            path, moment = next(iter(self._removable.items()))
            del self._removable[path]
            if self._keep_hours and moment - self._keep_hours * 3600 >= self._last_preserved:
                self._last_preserved = moment
            else:
                dropped.append(path)
        return dropped

    def _record(self) -> None:
        assert self._latest is not None
        checkpoint_state.write_state(self._directory, self._latest, self.checkpoints, None, relative=True,
                                     timestamps=list(self._removable.values()), last_preserved=self._last_preserved)
