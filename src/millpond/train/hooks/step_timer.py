"""SecondOrStepTimer: when something that is done every N steps or seconds is due."""

from __future__ import annotations

import time


class SecondOrStepTimer:
    """Tells when something is due that is done every so many steps, or every so many seconds.

    Args:
      every_secs: Seconds from one time to the next.
      every_steps: Steps from one time to the next.

    Raises:
      ValueError: Unless exactly one of the two is given.

    Example:
      >>> import millpond as tf
      >>> timer = tf.train.SecondOrStepTimer(every_steps=3)
      >>> due = []
      >>> for step in range(8):
      ...     if timer.should_trigger_for_step(step):
      ...         timer.update_last_triggered_step(step)[1]
      ...         due.append(step)
      3
      3
      >>> due
      [0, 3, 6]
    """

    def __init__(self, every_secs: float | None = None, every_steps: int | None = None) -> None:
        if every_secs is None and every_steps is None:
            raise ValueError("Either every_secs or every_steps should be provided.")
        if every_secs is not None and every_steps is not None:
            raise ValueError("Can not provide both every_secs and every_steps.")
        self._every_secs = every_secs
        self._every_steps = every_steps
        self.reset()

    def reset(self) -> None:
        """Forgets the last time, so that it is due at once."""
        self._last_step: int | None = None
        self._last_time = 0.0

    def should_trigger_for_step(self, step: int) -> bool:
        """Whether it is due at this step. It never is twice at one step."""
        if self._last_step is None:
            return True
        if step == self._last_step:
            return False
        if self._every_secs is not None:
            return time.time() >= self._last_time + self._every_secs
        assert self._every_steps is not None
        return step >= self._last_step + self._every_steps

    def update_last_triggered_step(self, step: int) -> tuple[float, int] | tuple[None, None]:
        """Notes that it was done at this step.

        Returns:
          Seconds and steps since the time before; None and None if this is the first.
        """
        now = time.time()
        since = (None, None) if self._last_step is None else (now - self._last_time, step - self._last_step)
        self._last_step, self._last_time = step, now
        return since

    def last_triggered_step(self) -> int | None:
        """The step at which it was done last; None if it never was."""
        return self._last_step
