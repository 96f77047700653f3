"""Methods of `numpy.ndarray` that are gone, and arrays of one element where a number is wanted.

`ndarray` is a type of C that refuses new methods; the refusal is one bit of its flags, which is cleared while the
methods are set. What is set then goes through Python's own way of setting methods of types, so `float(array)`, `"%d" %
array`, `math.sqrt(array)` and subclasses all see it.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

_IMMUTABLE = 1 << 8
_FLAGS_AT = 21 * ctypes.sizeof(ctypes.c_void_p)  # `tp_flags` in the layout of a type, Python 3.8 and later
_SEQUENCE = "setting an array element with a sequence"


@contextlib.contextmanager
def mutable(kind: type) -> Iterator[None]:
    """Lets methods be set on a type of C.

    Raises:
      NotImplementedError: If types lie in memory otherwise than in the releases of CPython that are known.
    """
    flags = ctypes.c_ulong.from_address(id(kind) + _FLAGS_AT)
    if sys.implementation.name != "cpython" or flags.value != kind.__flags__:
        raise NotImplementedError(f"{kind.__name__} cannot be given methods in this build of Python ({sys.version}).")
    refused = flags.value & _IMMUTABLE
    flags.value &= ~_IMMUTABLE
    try:
        yield
    finally:
        flags.value |= refused


def mend_methods(module: ModuleType) -> None:
    """`array.tostring()`, `.itemset`, `.newbyteorder`, `.ptp`."""
    methods = {"tostring": _tostring, "itemset": _itemset, "newbyteorder": _newbyteorder, "ptp": np.ptp}
    with mutable(np.ndarray):
        for name, method in methods.items():
            # What says that it has been removed is an attribute too (NumPy 2.0).
            if not callable(vars(np.ndarray).get(name)):
                setattr(np.ndarray, name, method)


def _tostring(self: np.ndarray, order: str = "C") -> bytes:
    return self.tobytes(order)  # type: ignore[arg-type]


def _itemset(self: np.ndarray, *arguments: Any) -> None:
    *place, value = arguments
    if not place:
        self[(0,) * self.ndim] = value
    elif len(place) == 1 and not isinstance(place[0], tuple):
        self.flat[place[0]] = value
    else:
        self[place[0] if len(place) == 1 else tuple(place)] = value


def _newbyteorder(self: np.ndarray, new_order: str = "S") -> np.ndarray:
    return self.view(self.dtype.newbyteorder(new_order))  # type: ignore[arg-type]


def mend_one_element(module: ModuleType) -> None:
    """`int(a)`, `float(a)`, `"%d" % a`, `b[i] = a` where `a` has one element but is no scalar."""
    if np.ndarray.__float__ in _MENDED:
        return
    with mutable(np.ndarray):
        for name in ("__int__", "__float__", "__complex__"):
            _MENDED.append(_as_scalar(getattr(np.ndarray, name)))
            setattr(np.ndarray, name, _MENDED[-1])
        setattr(np.ndarray, "__setitem__", _assigning(np.ndarray.__setitem__))  # noqa: B010


_MENDED: list[Any] = []


def mend_emptiness(module: ModuleType) -> None:
    """`if array:` where the array is empty: false."""
    if np.ndarray.__bool__ not in _MENDED:
        _MENDED.append(_false_if_empty(np.ndarray.__bool__))
        with mutable(np.ndarray):
            setattr(np.ndarray, "__bool__", _MENDED[-1])  # noqa: B010


def _false_if_empty(truth: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def __bool__(self: np.ndarray) -> bool:
        return self.size > 0 and truth(self)

    return __bool__


def _as_scalar(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def converted(self: np.ndarray) -> Any:
        return convert(np.asarray(self).reshape(()) if self.ndim and self.size == 1 else self)

    return converted


def _assigning(assign: Callable[[Any, Any, Any], None]) -> Callable[[Any, Any, Any], None]:
    def __setitem__(self: np.ndarray, key: Any, value: Any) -> None:
        try:
            assign(self, key, value)
        except (ValueError, TypeError) as error:
            if not str(error).startswith((_SEQUENCE, "only 0-dimensional arrays")):
                raise
            alone = np.asarray(value)  # `[array([1.0])]` too
            if alone.size != 1 or alone.ndim == 0:
                raise
            assign(self, key, alone.reshape(()))

    return __setitem__
