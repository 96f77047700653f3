"""Reading what a seed's program wrote for TensorBoard."""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import pytest

from millpond.formats import events


@pytest.fixture
def read_events() -> Callable[[pathlib.Path], list]:
    """All events in the files of a folder."""

    def read(folder: pathlib.Path) -> list:
        return [event for path in sorted(folder.glob("events.*")) for event in events.read_events(str(path))]

    return read
