"""Files of text that programs open as bytes, as Python 2 had it, for modules that want text."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from types import ModuleType
from typing import Any


def text_of(file: Any) -> Any:
    """A file of bytes as one of text, which writes through; any other as it is."""
    if isinstance(file, (io.BufferedIOBase, io.RawIOBase)):
        return io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    return file


def mend_csv(module: ModuleType) -> None:
    """`csv.reader(open(path, "rb"))`, `csv.writer(open(path, "wb"))`."""
    for name in ("reader", "writer"):
        setattr(module, name, _on_text(getattr(module, name)))


def _on_text(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def opened(file: Any, *arguments: Any, **options: Any) -> Any:
        return function(text_of(file), *arguments, **options)

    return opened


def mend_json(module: ModuleType) -> None:
    """`json.loads(text, encoding="utf-8")`, `json.dump(data, open(path, "wb"))`."""
    for name in ("load", "loads", "dump", "dumps"):
        setattr(module, name, _without(getattr(module, name), "encoding"))
    dump = module.dump

    @functools.wraps(dump)
    def dumped(obj: Any, fp: Any, *arguments: Any, **options: Any) -> None:
        text = text_of(fp)
        dump(obj, text, *arguments, **options)
        if text is not fp:
            text.detach()  # it would close the program's file

    module.dump = dumped  # type: ignore[attr-defined]


def _without(function: Callable[..., Any], argument: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def called(*arguments: Any, **options: Any) -> Any:
        options.pop(argument, None)
        return function(*arguments, **options)

    return called
