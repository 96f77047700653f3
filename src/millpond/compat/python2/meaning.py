"""What Python 2 programs find beside today's builtins, and how they divide."""

from __future__ import annotations

import builtins
import ctypes
import functools
import gc
import importlib
import sys
from typing import Any

import numpy as np

from millpond.compat.habits.habit import add
from millpond.compat.python2 import translating


def divide(a: Any, b: Any) -> Any:
    """`a / b` of Python 2: of integers it is the whole number below, of classes with `__div__` what they say.

    Example:
      >>> divide(7, 2), divide(-7, 2), divide(7.0, 2), divide(np.array([7, 8]), 2).tolist()
      (3, -4, 3.5, [3, 4])
    """
    if _is_whole(a) and _is_whole(b):
        return a // b
    for method, self, other in (("__div__", a, b), ("__rdiv__", b, a)):
        kind: Any = type(self)
        if method in _methods(kind):
            result = getattr(kind, method)(self, other)
            if result is not NotImplemented:
                return result
    return a / b


def divide_in_place(a: Any, b: Any) -> Any:
    """`a /= b` of Python 2."""
    if _is_whole(a) and _is_whole(b):
        a //= b
        return a
    kind: Any = type(a)
    for method in ("__idiv__", "__div__"):
        if method in _methods(kind):
            return getattr(kind, method)(a, b)
    a /= b
    return a


def _is_whole(value: Any) -> bool:
    if isinstance(value, (int, np.integer)):
        return True
    return isinstance(value, np.ndarray) and value.dtype.kind in "iub"


@functools.lru_cache(maxsize=1024)
def _methods(kind: Any) -> frozenset[str]:
    return frozenset(name for name in ("__div__", "__rdiv__", "__idiv__") if hasattr(kind, name))


def _cmp(a: Any, b: Any) -> int:
    return int(a > b) - int(a < b)


def _sorted(iterable: Any, cmp: Any = None, key: Any = None, reverse: bool = False) -> list[Any]:
    """With a function that compares two elements."""
    return sorted(iterable, key=_key(cmp, key), reverse=reverse)


def sort(owner: Any, *arguments: Any, **options: Any) -> Any:
    """`owner.sort(...)` of Python 2: a list takes a function that compares two elements."""
    if isinstance(owner, list):
        cmp, key, reverse = [*arguments, None, None, None][:3]
        chosen = _key(options.get("cmp", cmp), options.get("key", key))
        return owner.sort(key=chosen, reverse=options.get("reverse", bool(reverse)))
    return owner.sort(*arguments, **options)


def _key(cmp: Any, key: Any) -> Any:
    if cmp is None:
        return key
    ordered = functools.cmp_to_key(cmp)
    return ordered if key is None else lambda element: ordered(key(element))


def _round(number: Any, ndigits: int = 0) -> Any:
    """Halves go away from zero, and the result is a float."""
    if not isinstance(number, (int, float)):
        return builtins.round(number, ndigits)
    scale = 10.0 ** ndigits
    scaled = abs(number) * scale
    down = float(int(scaled)) if scaled < 2 ** 52 else scaled
    if scaled - down == 0.5 and ndigits == 0:
        return float(np.copysign(down + 1, number))
    return float(builtins.round(float(number), ndigits))


def _execfile(filename: str, globals: dict[str, Any] | None = None, locals: dict[str, Any] | None = None) -> None:
    frame = sys._getframe(1)
    exec(translating.code_of(filename), frame.f_globals if globals is None else globals, locals)


def _apply(function: Any, args: Any = (), kwargs: dict[str, Any] | None = None) -> Any:
    return function(*args, **(kwargs or {}))


# The builtins of a translated module.
BUILTINS: dict[str, Any] = {
    **vars(builtins),
    translating.DIVIDE: divide, translating.DIVIDE_IN_PLACE: divide_in_place,
    "apply": _apply, "basestring": str, "cmp": _cmp, "execfile": _execfile, "file": open, "intern": sys.intern,
    "long": int, "raw_input": input, "reduce": functools.reduce, "reload": importlib.reload, "round": _round,
    translating.SORT: sort, "sorted": _sorted, "unichr": chr, "unicode": str, "xrange": range,
}


def mend_strings() -> None:
    """`"text".decode("utf-8")`: text is text already. `sys.setdefaultencoding` does nothing."""
    # The attributes of `str` are Python's own: they are not set through its type, as those of NumPy's types can be.
    (names,) = gc.get_referents(vars(str))
    names.setdefault("decode", _decode)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(str))
    add(sys, {"setdefaultencoding": _ignore, "exc_clear": _ignore})


def _decode(self: str, encoding: str = "utf-8", errors: str = "strict") -> str:
    return self


def _ignore(*arguments: object) -> None:
    """Text is Unicode."""
