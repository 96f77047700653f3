"""Pickles that Python 2 wrote, and pickles in files that were opened as text."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any


def mend_pickle(module: ModuleType) -> None:
    """`pickle.load(open(path, "rb"))` of Python 2's strings and arrays; `pickle.load(open(path))`."""
    if not hasattr(module.load, "__wrapped__"):
        module.load = _loading(module.load)  # type: ignore[attr-defined]
        module.loads = _loading_data(module.loads)  # type: ignore[attr-defined]
        module.dump = _dumping(module.dump)  # type: ignore[attr-defined]


def _loading(load: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(load)
    def loaded(file: Any, **options: Any) -> Any:
        source = _bytes_of(file)
        seekable = getattr(source, "seekable", None)
        start = source.tell() if seekable is not None and seekable() else None
        try:
            return load(source, **options)
        except UnicodeDecodeError:
            if start is None or "encoding" in options:
                raise
        source.seek(start)
        return load(source, **{**options, "encoding": "latin1"})

    return loaded


def _loading_data(loads: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(loads)
    def loaded(data: Any, /, **options: Any) -> Any:
        try:
            return loads(data, **options)
        except UnicodeDecodeError:
            if "encoding" in options:
                raise
        return loads(data, **{**options, "encoding": "latin1"})

    return loaded


def _dumping(dump: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(dump)
    def dumped(obj: Any, file: Any, *arguments: Any, **options: Any) -> None:
        dump(obj, _bytes_of(file), *arguments, **options)

    return dumped


def _bytes_of(file: Any) -> Any:
    """The bytes below a file that was opened as text."""
    return getattr(file, "buffer", file) if hasattr(file, "encoding") else file
