"""Values that a session keeps between runs, by handle (`tf.get_session_handle`).

State: the values, guarded by a lock of their own, and the handles that the program has let go of.
"""

from __future__ import annotations

import collections
import itertools
import threading
from typing import Any

import numpy as np

from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.operation import Operation

# What a handle ends with: where the value lies.
_DEVICE = "/job:localhost/replica:0/task:0/device:CPU:0"
# Values whose handles are gone are freed together, as TensorFlow does: a program that passes only the string on has
# that long to use it.
_MAX_ABANDONED = 10


class KeptTensors:
    """The values that a session keeps."""

    def __init__(self) -> None:
        self._values: dict[str, np.ndarray] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        # Filled by the garbage collector, which may come while the lock is held.
        self._abandoned: collections.deque[str] = collections.deque()

    def keep(self, name: str, value: np.ndarray) -> bytes:
        """Keeps a copy of a value; the handle."""
        with self._lock:
            if len(self._abandoned) > _MAX_ABANDONED:
                while self._abandoned:
                    self._values.pop(self._abandoned.popleft(), None)
            handle = f"{name};{next(self._numbers)};{_DEVICE}"
            self._values[handle] = np.array(value)
        return handle.encode()

    def recall(self, op: Operation | None, handle: bytes | str) -> np.ndarray:
        """The value under a handle.

        Raises:
          InvalidArgumentError: If there is none.
        """
        with self._lock:
            return self._values[self._known(op, handle)]

    def delete(self, op: Operation | None, handle: bytes | str) -> None:
        """Frees the value under a handle; raises as `recall` does."""
        with self._lock:
            del self._values[self._known(op, handle)]

    def abandon(self, handle: str) -> None:
        """Notes that nobody holds a handle any more."""
        self._abandoned.append(handle)

    def clear(self) -> None:
        with self._lock:
            self._values.clear()

    def _known(self, op: Operation | None, handle: bytes | str) -> str:
        text = handle.decode() if isinstance(handle, bytes) else str(handle)
        if text not in self._values:
            raise InvalidArgumentError(None if op is None else op.node_def, op,
                                       f"The tensor with handle '{text}' is not in the session store.")
        return text


class TensorHandle:
    """What running `tf.get_session_handle` gives: a value that stays in the session.

    It can be fed in place of an array. The value is freed some time after the program has let go of this object,
    unless it took `get_raw_handle`.

    Attributes:
      handle: The string that names the value.
    """

    def __init__(self, handle: bytes, dtype: DType, kept: KeptTensors) -> None:
        self.handle = handle.decode()
        self._dtype = dtype
        self._kept = kept
        self._is_raw = False

    def __del__(self) -> None:
        if not self._is_raw:
            self._kept.abandon(self.handle)

    def eval(self) -> Any:
        """The value: an array of the caller's own, or a NumPy scalar where there are no dimensions."""
        value = self._kept.recall(None, self.handle)
        return value.copy() if value.ndim else value[()]

    to_numpy_array = eval

    def delete(self) -> None:
        """Frees the value."""
        self._kept.delete(None, self.handle)

    def get_raw_handle(self) -> str:
        """The string that names the value, which from now on stays until it is deleted."""
        self._is_raw = True
        return self.handle

    def __str__(self) -> str:
        return self.handle
