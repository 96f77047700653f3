"""Names that NumPy has dropped, and functions that no longer take what they took."""

from __future__ import annotations

import builtins
import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from millpond.compat.habits.habit import add, answer_when_asked


def mend_types(module: ModuleType) -> None:
    """`np.float`, `np.int`, `np.float_`, `np.typeDict`, ..."""
    add(module, {
        "float": builtins.float, "int": builtins.int, "object": builtins.object, "str": builtins.str,
        "complex": builtins.complex, "unicode": builtins.str, "bool": np.bool_, "long": builtins.int,
        "float_": np.float64, "complex_": np.complex128, "unicode_": np.str_, "string_": np.bytes_,
        "cfloat": np.complex128, "singlecomplex": np.complex64, "longfloat": np.longdouble,
        "longcomplex": np.clongdouble, "clongfloat": np.clongdouble, "bool8": np.bool_, "int0": np.intp,
        "uint0": np.uintp, "object0": np.object_, "str0": np.str_, "bytes0": np.bytes_,
        "typeDict": np.sctypeDict, "sctypes": _kinds_of_types(), "cast": _Casts(), "typeNA": {},
    })


def _kinds_of_types() -> dict[builtins.str, list[type]]:
    return {
        "int": [np.int8, np.int16, np.int32, np.int64], "uint": [np.uint8, np.uint16, np.uint32, np.uint64],
        "float": [np.float16, np.float32, np.float64, np.longdouble],
        "complex": [np.complex64, np.complex128, np.clongdouble],
        "others": [np.bool_, np.object_, np.bytes_, np.str_, np.void],
    }


class _Casts(dict[Any, Callable[[Any], np.ndarray]]):
    """`np.cast[np.float32](values)`."""

    def __missing__(self, dtype: Any) -> Callable[[Any], np.ndarray]:
        return functools.partial(np.asarray, dtype=np.dtype(dtype))


def mend_constants(module: ModuleType) -> None:
    """`np.Inf`, `np.NaN`, ..."""
    add(module, {"Inf": np.inf, "Infinity": np.inf, "infty": np.inf, "PINF": np.inf, "NINF": -np.inf, "NaN": np.nan,
                 "NAN": np.nan, "PZERO": 0.0, "NZERO": -0.0})


def mend_functions(module: ModuleType) -> None:
    """`np.product`, `np.asscalar`, `np.in1d`, `np.trapz`, ..."""
    add(module, {
        "product": np.prod, "cumproduct": np.cumprod, "sometrue": np.any, "alltrue": np.all, "in1d": np.isin,
        "row_stack": np.vstack, "trapz": np.trapezoid, "round_": np.round, "asscalar": _asscalar, "alen": _alen,
        "msort": _msort, "asfarray": _asfarray, "rank": np.ndim, "mat": np.asmatrix, "issubclass_": _is_subclass,
        "find_common_type": _find_common_type, "fastCopyAndTranspose": _transposed_copy, "disp": _display,
        "issctype": _is_scalar_type, "obj2sctype": _scalar_type, "sctype2char": _type_code,
        "maximum_sctype": _widest_type,
    })


def _asscalar(a: Any) -> Any:
    return np.asarray(a).item()


def _alen(a: Any) -> int:
    return len(np.array(a, ndmin=1))


def _msort(a: Any) -> np.ndarray:
    return np.sort(a, axis=0)


def _asfarray(a: Any, dtype: Any = np.float64) -> np.ndarray:
    kind = np.dtype(dtype)
    return np.asarray(a, dtype=kind if np.issubdtype(kind, np.inexact) else np.float64)


def _is_subclass(arg1: Any, arg2: Any) -> bool:
    return isinstance(arg1, type) and issubclass(arg1, arg2)


def _find_common_type(array_types: list[Any], scalar_types: list[Any]) -> np.dtype | None:
    arrays = np.result_type(*array_types) if array_types else None
    scalars = np.result_type(*scalar_types) if scalar_types else None
    if arrays is None or scalars is None:
        return scalars if arrays is None else arrays
    order = "biufcmMSUVO"
    return scalars if order.index(scalars.kind) > order.index(arrays.kind) else arrays


def _transposed_copy(a: Any) -> np.ndarray:
    return np.asarray(a).T.copy()


def _display(mesg: Any, device: Any = None, linefeed: bool = True) -> None:
    (device or sys.stdout).write(f"{mesg}\n" if linefeed else f"{mesg}")


def _is_scalar_type(rep: Any) -> bool:
    return _scalar_type(rep) is not None and rep is not None


def _scalar_type(rep: Any, default: Any = None) -> Any:
    try:
        return np.dtype(rep).type
    except TypeError:
        return default


def _type_code(sctype: Any) -> str:
    return np.dtype(sctype).char


def _widest_type(t: Any) -> Any:
    kind = np.dtype(t)
    for names, widest in (("f", np.longdouble), ("c", np.clongdouble), ("i", np.int64), ("u", np.uint64)):
        if kind.kind in names:
            return widest
    return kind.type


def mend_errors(module: ModuleType) -> None:
    """`np.AxisError`, `np.VisibleDeprecationWarning`, ..."""
    names = ("AxisError", "ComplexWarning", "RankWarning", "TooHardError", "VisibleDeprecationWarning",
             "ModuleDeprecationWarning")
    add(module, {name: getattr(np.exceptions, name) for name in names if hasattr(np.exceptions, name)})


def mend_submodules(module: ModuleType) -> None:
    """`np.lib.pad`, `np.linalg.linalg`, `np.testing.rand`: functions of `np` that lay in modules below it too."""
    if module.__name__ == "numpy.linalg":
        add(module, {"linalg": module})
        return

    def find(name: str) -> Any:
        for owner in (np, np.random):
            if hasattr(owner, name):
                return getattr(owner, name)
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

    answer_when_asked(module, find)


def mend_printing(module: ModuleType) -> None:
    """Lists of NumPy's numbers print as `[0.5, 1.0]`, not as `[np.float64(0.5), np.float64(1.0)]`."""
    np.set_printoptions(legacy="1.25")
