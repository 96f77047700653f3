"""Objects that belong to a session and that operations on the host share by name: lookup tables.

State: the objects, guarded by a lock of their own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class HostResources:
    """The objects of a session, by name."""

    def __init__(self) -> None:
        self._objects: dict[str, Any] = {}
        self._lock = threading.Lock()

    def get(self, name: str, make: Callable[[], Any]) -> Any:
        """The object of a name, which is made when it is first asked for."""
        with self._lock:
            if name not in self._objects:
                self._objects[name] = make()
            return self._objects[name]

    def clear(self) -> None:
        with self._lock:
            self._objects.clear()
