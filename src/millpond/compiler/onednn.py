"""Matrix products and convolutions by oneDNN, where XLA's own are slower: on the CPU, in float32.

It needs `pip install 'millpond[onednn]'` (Linux on x86-64) and a Millpond that was installed where there was a C++
compiler; without either, and with `MILLPOND_ONEDNN=0`, XLA computes everything. `MILLPOND_ONEDNN=always` takes oneDNN
for all that it can compute, not only where `onednn_choice.py` says that it is faster.

The handlers that XLA calls are in `native/onednn.cc`. Programs that are to leave the process never call them.

State: whether oneDNN is there, found out once (under a lock).
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import math
import os
import threading
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from millpond.compiler import debug, onednn_choice
from millpond.graph.rule_types import Jax
from millpond.logs import LOGGER

if TYPE_CHECKING:
    from millpond.compiler.lowering import Lowering

_PACKAGE, _LIBRARY = "onednn-cpu-gomp", "libdnnl.so.3"
_EXTENSION = Path(__file__).with_name("_onednn").as_posix()
# The names under which XLA knows the handlers, and theirs in the extension.
_HANDLERS = {"millpond.product": "millpond_product", "millpond.convolution": "millpond_convolution"}

_lock = threading.Lock()
_library: ctypes.CDLL | None = None
_looked = False


class Convolution(NamedTuple):
    """A convolution of an image [batch, ...spatial, inputs] and a filter [...spatial, inputs per group, outputs].

    Attributes:
      channels_first: Whether images are [batch, channels, ...spatial].
      groups: How many groups of channels there are.
      image: The shape of the input.
      filter: The shape of the filter.
      output: The shape of the output.
      strides, dilations: Of windows, and in them, along each spatial dimension.
      padding: How many elements are added before and after each spatial dimension.
    """

    channels_first: bool
    groups: int
    image: tuple[int, ...]
    filter: tuple[int, ...]
    output: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]

    def spatial(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The spatial sizes of an image."""
        return shape[2:] if self.channels_first else shape[1:-1]

    @property
    def inputs(self) -> int:
        return self.image[1 if self.channels_first else -1]

    @property
    def outputs(self) -> int:
        return self.filter[-1]


def product(jax: Jax, a: Any, b: Any, transpose_a: bool, transpose_b: bool, lowering: Lowering) -> Any:
    """The product of two matrices, or of each pair of matrices of two batches of one shape; None if XLA is to do it."""
    if a.ndim < 2 or a.shape[:-2] != b.shape[:-2] or not _is_for_us(lowering, a, b):
        return None
    rows, inner = a.shape[-2:][::-1] if transpose_a else a.shape[-2:]
    inner_b, columns = b.shape[-2:][::-1] if transpose_b else b.shape[-2:]
    count = math.prod(a.shape[:-2])
    if inner != inner_b:
        return None
    if not _all() and not onednn_choice.product(count, rows, columns, inner, transpose_a, transpose_b):
        return None
    return _call(jax, "millpond.product", (*a.shape[:-2], rows, columns), a, b,
                 [transpose_a, transpose_b, count, rows, columns, inner])


def convolution(jax: Jax, kind: int, about: Convolution, a: Any, b: Any, lowering: Lowering) -> Any:
    """One of the three products that belong to a convolution; None if XLA is to compute it.

    Args:
      jax: The module.
      kind: What is computed (`onednn_choice.TO_OUTPUT` of image and filter, `TO_INPUT` of filter and the output's
        gradient, `TO_FILTER` of image and the output's gradient).
      about: The shapes.
      a: The first array.
      b: The second array.
      lowering: What the program is for.
    """
    if not _is_for_us(lowering, a, b) or 0 in about.output:
        return None
    rank = len(about.strides)
    spatial, out = about.spatial(about.image), about.spatial(about.output)
    window = about.filter[:rank]
    if not 1 <= rank <= 3 or not _all() and not onednn_choice.convolution(
            kind, about.groups, about.image[0], about.inputs, about.outputs, window, about.strides, out):
        return None
    before, after = zip(*about.padding, strict=True)
    key = [kind, about.channels_first, about.groups, about.image[0], about.inputs, about.outputs, *spatial, *out,
           *window, *about.strides, *about.dilations, *before, *after]
    assert _library is not None
    if not _library.millpond_can_convolve(np.array(key, np.int64).ctypes.data_as(ctypes.c_void_p), len(key)):
        return None
    shape = (about.output, about.image, about.filter)[kind]
    return _call(jax, "millpond.convolution", shape, a, b, key)


def is_available() -> bool:
    """Whether oneDNN and the handlers are installed and switched on."""
    return os.environ.get("MILLPOND_ONEDNN", "") != "0" and _opened() is not None


def _all() -> bool:
    return os.environ.get("MILLPOND_ONEDNN", "") == "always"


def _is_for_us(lowering: Lowering, a: Any, b: Any) -> bool:
    return (lowering.platform == "cpu" and lowering.device is not None and lowering.sharding is None
            and a.dtype == b.dtype == np.float32 and 0 not in a.shape and 0 not in b.shape and is_available())


def _call(jax: Jax, target: str, shape: tuple[int, ...], a: Any, b: Any, key: list[int]) -> Any:
    _register(jax)
    return jax.ffi.ffi_call(target, jax.ShapeDtypeStruct(shape, np.float32))(
        jax.numpy.asarray(a), jax.numpy.asarray(b), key=np.array(key, np.int64))


_registered: list[Any] = []


def _register(jax: Jax) -> None:
    """Tells XLA of the handlers, once; it refuses them if it calls in a way that they do not know."""
    with _lock:
        if _registered:
            return
        for target, name in _HANDLERS.items():
            jax.ffi.register_ffi_target(target, jax.ffi.pycapsule(getattr(_library, name)), platform="cpu")
            _registered.append(target)


def _opened() -> ctypes.CDLL | None:
    """The extension, with oneDNN opened, or None."""
    global _library, _looked
    if _looked:
        return _library
    with _lock:
        if not _looked:
            _library = _open()
            _looked = True
    return _library


def _open() -> ctypes.CDLL | None:
    try:
        files = importlib.metadata.files(_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    path = next((str(file.locate()) for file in files if file.name == _LIBRARY), "")
    handlers = next((name for suffix in EXTENSION_SUFFIXES if os.path.exists(name := _EXTENSION + suffix)), None)
    if handlers is None:
        debug.note("stages", lambda: f"{_PACKAGE} is installed, but Millpond was installed without a C++ compiler and "
                   "cannot use it: install g++, then Millpond again")
        return None
    library = ctypes.CDLL(handlers)
    library.millpond_open.restype = ctypes.c_char_p
    problem = library.millpond_open(os.path.realpath(path).encode())
    if problem is not None:
        LOGGER.warning("oneDNN cannot be used, XLA computes instead: %s", problem.decode())
        return None
    return library
