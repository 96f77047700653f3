"""Functions of NumPy that no longer take what they took: each is tried as it is, and mended where it refuses."""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np


def _wrap(module: ModuleType, name: str, wrapper: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Puts a wrapper around a function of a module."""
    function = getattr(module, name)
    setattr(module, name, functools.update_wrapper(wrapper(function), function))


def mend_reshape(module: ModuleType) -> None:
    """`np.reshape(a, newshape=...)`."""

    def wrapper(reshape: Callable[..., Any]) -> Callable[..., Any]:
        def reshaped(*arguments: Any, **options: Any) -> Any:
            if "a" in options:
                arguments = (options.pop("a"), *arguments)
            if "newshape" in options:
                arguments = (*arguments, options.pop("newshape"))
            return reshape(*arguments, **options)

        return reshaped

    _wrap(module, "reshape", wrapper)


def mend_fromstring(module: ModuleType) -> None:
    """`np.fromstring(data, np.uint8)` of bytes."""

    def wrapper(fromstring: Callable[..., Any]) -> Callable[..., Any]:
        def from_string(string: Any, dtype: Any = float, count: int = -1, *, sep: str = "", **options: Any) -> Any:
            if sep:
                return fromstring(string, dtype, count, sep=sep, **options)
            data = string.encode("latin-1") if isinstance(string, str) else string
            return np.frombuffer(data, dtype, count, **options).copy()

        return from_string

    _wrap(module, "fromstring", wrapper)


def mend_ragged(module: ModuleType) -> None:
    """`np.array([[1], [1, 2]])` is an array of lists."""

    def wrapper(make: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any, **options: Any) -> Any:
            try:
                return make(*arguments, **options)
            except ValueError as error:
                if "inhomogeneous shape" not in str(error) or len(arguments) > 1 or options.get("dtype") is not None:
                    raise
                # Millpond itself goes on refusing ragged feeds and constants, as TensorFlow does.
                if sys._getframe(1).f_globals.get("__name__", "").startswith("millpond."):
                    raise
            return make(*arguments, **{**options, "dtype": object})

        return made

    for name in ("array", "asarray", "asanyarray"):
        _wrap(module, name, wrapper)


def mend_sizes(module: ModuleType) -> None:
    """`np.zeros(10.0)`, `np.linspace(0, 1, 50.0)`: whole floats as sizes."""

    def wrapper(place: int, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def around(make: Callable[..., Any]) -> Callable[..., Any]:
            def made(*arguments: Any, **options: Any) -> Any:
                try:
                    return make(*arguments, **options)
                except TypeError:
                    given = arguments[place] if len(arguments) > place else options.get(name)
                    size = _whole(given)
                    if size is None:
                        raise
                if len(arguments) > place:
                    return make(*arguments[:place], size, *arguments[place + 1:], **options)
                return make(*arguments, **{**options, name: size})

            return made

        return around

    for function in ("zeros", "ones", "empty", "full"):
        _wrap(module, function, wrapper(0, "shape"))
    for function in ("linspace", "logspace", "geomspace"):
        _wrap(module, function, wrapper(2, "num"))
    _wrap(module, "reshape", wrapper(1, "shape"))


def _whole(size: Any) -> Any:
    """A size whose floats are whole numbers, with integers in their place; None where there are no such floats."""
    if isinstance(size, (tuple, list)):
        parts = [part if _is_index(part) else _whole(part) for part in size]
        return None if None in parts or all(_is_index(part) for part in size) else tuple(parts)
    if isinstance(size, (float, np.floating)) and float(size).is_integer():
        return int(size)
    return None


def _is_index(value: Any) -> bool:
    try:
        operator.index(value)
    except TypeError:
        return False
    return True


def mend_histogram(module: ModuleType) -> None:
    """`np.histogram(x, normed=True)`."""

    def wrapper(histogram: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            normed = options.pop("normed", None)
            if normed:
                options.setdefault("density", True)
            return histogram(*arguments, **options)

        return counted

    for name in ("histogram", "histogram2d", "histogramdd"):
        _wrap(module, name, wrapper)


def mend_random(module: ModuleType) -> None:
    """`np.random.seed(1.0)`, `np.random.randn(3.0, 2)`, `np.random.normal(size=10.0)`: whole floats as sizes."""

    def wrapper(draw: Callable[..., Any]) -> Callable[..., Any]:
        def drawn(*arguments: Any, **options: Any) -> Any:
            try:
                return draw(*arguments, **options)
            except TypeError:
                mended = tuple(_or_same(argument) for argument in arguments)
                sizes = {name: _or_same(value) if name in ("size", "seed", "a") else value
                         for name, value in options.items()}
                if all(new is old for new, old in zip(mended, arguments, strict=True)) and sizes == options:
                    raise
            return draw(*mended, **sizes)

        return drawn

    for name in ("seed", "rand", "randn", "permutation", "random", "random_sample", "choice", "normal", "uniform"):
        _wrap(module, name, wrapper)


def _or_same(value: Any) -> Any:
    whole = _whole(value)
    return value if whole is None else whole
