"""Values that a session keeps between runs, by handle (`tf.get_session_handle`).

State: the values, guarded by a lock of their own.
"""

from __future__ import annotations

import itertools
import threading
from typing import Any

import numpy as np

from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.operation import Operation

# What a handle ends with: where the value lies.
_DEVICE = "/job:localhost/replica:0/task:0/device:CPU:0"


class KeptTensors:
    """The values that a session keeps."""

    def __init__(self) -> None:
        self._values: dict[str, np.ndarray] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def keep(self, name: str, value: np.ndarray) -> bytes:
        """Keeps a copy of a value; the handle."""
        with self._lock:
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

    It can be fed in place of an array.

    Attributes:
      handle: The string that names the value.
    """

    def __init__(self, handle: bytes, dtype: DType, kept: KeptTensors) -> None:
        self.handle = handle.decode()
        self._dtype = dtype
        self._kept = kept

    def eval(self) -> Any:
        """The value: an array of the caller's own, or a NumPy scalar where there are no dimensions."""
        value = self._kept.recall(None, self.handle)
        return value.copy() if value.ndim else value[()]

    to_numpy_array = eval

    def delete(self) -> None:
        """Frees the value."""
        self._kept.delete(None, self.handle)

    def get_raw_handle(self) -> str:
        return self.handle

    def __str__(self) -> str:
        return self.handle
