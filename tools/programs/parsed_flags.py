"""A plugin of pytest: tests find their flags parsed, as they do when they are programs of their own."""

from __future__ import annotations

from absl import flags


def pytest_sessionstart() -> None:
    """Parses the flags; those that are defined later have their defaults."""
    flags.FLAGS(["test"], known_only=True)
