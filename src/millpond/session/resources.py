"""What a session keeps under names besides variables: queues, readers, tables.

State: the objects, by container and name; guarded by a lock of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from millpond.errors import InvalidArgumentError
from millpond.graph.operation import Operation


class Resources:
    """The resources of a session; each is made when an operation first asks for it."""

    def __init__(self) -> None:
        self._objects: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def handle(self, op: Operation, kind: type, make: Callable[[], Any]) -> np.ndarray:
        """The handle that an operation gives: an array of no dimensions that holds the resource.

        Args:
          op: The operation. The resource is kept under its `shared_name`, or under its own name, in its `container`.
          kind: What the resource has to be.
          make: Makes it.

        Raises:
          InvalidArgumentError: If something of another kind has that name.
        """
        key = op.attributes.get("container") or "", op.attributes.get("shared_name") or op.name
        with self._lock:
            found = self._objects.get(key)
            if found is None:
                found = self._objects[key] = make()
        if not isinstance(found, kind):
            raise InvalidArgumentError(op.node_def, op, f"'{op.name}' ({op.type}) shares the name '{key[1]}' with a "
                                                        f"{type(found).__name__}, which is no {kind.__name__}.")
        handle = np.empty([], object)
        handle[()] = found
        return handle

    def clear(self) -> None:
        with self._lock:
            self._objects.clear()
