"""The one door to JAX: imported when something is first compiled, never by `import millpond`.

`xla.jax` and `xla.jnp` are the modules; everything that compiles runs inside `x64()`, so that 64-bit dtypes are
real and the user's own JAX settings stay as they are.

State: what first made JAX start its backends, in words; after that the number of devices is fixed.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import sys
import threading
from typing import Any

import numpy as np

from millpond.compiler import heap
from millpond.ops.control import list_values

_loading = threading.RLock()
_MODULES = {"jax": "jax", "jnp": "jax.numpy", "lax": "jax.lax"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    with _loading:  # threads that compile first at the same time load and register once
        return globals()[name] if name in globals() else _load(name)


def _load(name: str) -> Any:
    # JAX draws from NumPy's global generator while it is imported; a program's numbers do not depend on that.
    state = np.random.get_state()
    if "jax" not in sys.modules:
        _quieten()
    try:
        module = importlib.import_module(_MODULES[name])
    finally:
        np.random.set_state(state)
    if name == "jax":
        list_values.register(module)
        heap.keep()
    globals()[name] = module  # later accesses are plain attribute look-ups
    return module


def _quieten() -> None:
    """Keeps what JAX tells its developers out of a program that logs, as those of `tf.app.run` do.

    It looks for a TPU, and says that there is none. A level that the program has set for JAX stays.
    """
    logger = logging.getLogger("jax")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)


def is_loaded() -> bool:
    """Whether something was compiled (or placed on a device) already."""
    return "jax" in globals()


def x64() -> contextlib.AbstractContextManager[None]:
    """A context in which 64-bit types are kept; entering costs about a microsecond."""
    return __getattr__("jax").enable_x64(True) if "jax" not in globals() else globals()["jax"].enable_x64(True)


def to_host(value: Any) -> Any:
    """A value as a NumPy array (a list as a list of them); of an array in the memory of the host a view, not a copy.

    It is waited for first: asking an array whose program failed for its memory would end the process.
    """
    if type(value) is np.ndarray:
        return value
    if isinstance(value, list_values.HostList):
        return value
    if isinstance(value, list_values.DeviceList):
        globals()["jax"].block_until_ready(value)
        return value.on_host()
    wait = getattr(value, "block_until_ready", None)
    if wait is not None:
        wait()
    return np.asarray(value)


_first_use: list[str] = []


def failures() -> tuple[type[Exception], ...]:
    """The exceptions that a device reports; none while nothing was compiled."""
    return (globals()["jax"].errors.JaxRuntimeError,) if "jax" in globals() else ()


def note_use(what: str) -> None:
    """Remembers what started the backends, if nothing has yet."""
    if not _first_use:
        _first_use.append(what)


def first_use() -> str:
    """What started the backends, for messages; an empty string while nothing has."""
    return _first_use[0] if _first_use else ""
