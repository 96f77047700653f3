"""How ops that choose among elements treat NaN: as TensorFlow's do on a CPU, they pass over it."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.graph.rule_types import ArrayModule


def has_nan(dtype: Any) -> bool:
    """Whether a dtype has NaN (bfloat16 is of NumPy's kind "V")."""
    return np.dtype(dtype).kind in "fV"


def lowest(dtype: Any) -> np.ndarray:
    """What no element is below: -inf, or the least integer."""
    dtype = np.dtype(dtype)
    return np.array(-np.inf if has_nan(dtype) else np.iinfo(dtype).min if dtype.kind in "iu" else False, dtype)


def highest(dtype: Any) -> np.ndarray:
    """What no element is above: inf, or the greatest integer."""
    dtype = np.dtype(dtype)
    return np.array(np.inf if has_nan(dtype) else np.iinfo(dtype).max if dtype.kind in "iu" else True, dtype)


def lowest_finite(dtype: Any) -> np.ndarray:
    """What TensorFlow begins a search for the greatest of a window with: `lowest`, but for most floats finite."""
    dtype = np.dtype(dtype)
    return np.array(np.finfo(dtype).min, dtype) if dtype.kind == "f" else lowest(dtype)


def without_nan(xp: ArrayModule, x: Any, substitute: Any) -> Any:
    """`x` with `substitute`, which a choice takes last, in place of NaN."""
    if not has_nan(x.dtype):
        return x
    return xp.where(xp.isnan(x), np.asarray(substitute, x.dtype), x)
