"""Names that SciPy has dropped or moved."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from millpond.compat.habits.habit import add, add_when_used, answer_when_asked


def mend_numpy_in_scipy(module: ModuleType) -> None:
    """`scipy.interp`, `scipy.zeros`, `scipy.array`: NumPy's functions under SciPy's name; `scipy.misc` unasked."""

    def find(name: str) -> Any:
        if not hasattr(np, name):
            raise AttributeError(f"module 'scipy' has no attribute {name!r}")
        return getattr(np, name)

    add_when_used(module, {"misc": "scipy.misc", "randn": "numpy.random:randn", "rand": "numpy.random:rand"})
    answer_when_asked(module, find)


def mend_eigen(module: ModuleType) -> None:
    """`scipy.sparse.linalg.eigen.arpack`: the eigenvalues of sparse matrices."""
    add(module, {"__path__": []})
    names = ("eigs", "eigsh", "lobpcg", "svds", "ArpackError", "ArpackNoConvergence")
    add_when_used(module, {**{name: f"scipy.sparse.linalg:{name}" for name in names},
                           **({"arpack": f"{module.__name__}.arpack"} if module.__name__.endswith("eigen") else {})})


def mend_moved(module: ModuleType) -> None:
    """`scipy.signal.gaussian`, `scipy.integrate.simps`, `scipy.linalg.pinv2`, ..."""
    add_when_used(module, MOVED[module.__name__])


_WINDOWS = ("barthann bartlett blackman blackmanharris bohman boxcar chebwin cosine exponential flattop gaussian "
            "general_gaussian hamming hann kaiser nuttall parzen triang tukey")
MOVED = {
    "scipy.signal": {"hanning": "scipy.signal.windows:hann",
                     **{name: f"scipy.signal.windows:{name}" for name in _WINDOWS.split()}},
    "scipy.integrate": {"simps": "scipy.integrate:simpson", "trapz": "scipy.integrate:trapezoid",
                        "cumtrapz": "scipy.integrate:cumulative_trapezoid"},
    "scipy.linalg": {"pinv2": "scipy.linalg:pinv"},
}
