"""`tf.compat.forward_compatible`: whether a program may use what servers of an earlier release do not know."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator

# When TensorFlow 1.15, whose interface this is, was released.
_RELEASE = datetime.date(2019, 10, 14)
_horizon = _RELEASE


def forward_compatible(year: int, month: int, day: int) -> bool:
    """Whether servers that are older than a date need not be thought of: true for dates before the release.

    Args:
      year, month, day: The date.

    Raises:
      ValueError: If there is no such date.

    Example:
      >>> forward_compatible(2018, 1, 1), forward_compatible(2050, 1, 1)
      (True, False)
    """
    return _horizon > datetime.date(year, month, day)


@contextlib.contextmanager
def forward_compatibility_horizon(year: int, month: int, day: int) -> Iterator[None]:
    """A context in which the release is said to be of another date; for tests of what `forward_compatible` decides.

    Args:
      year, month, day: The date.

    Raises:
      ValueError: If there is no such date.

    Example:
      >>> with forward_compatibility_horizon(2060, 1, 1):
      ...     forward_compatible(2050, 1, 1)
      True
    """
    global _horizon
    outer, _horizon = _horizon, datetime.date(year, month, day)
    try:
        yield
    finally:
        _horizon = outer
