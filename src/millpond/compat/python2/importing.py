"""Has the modules of a Python 2 program translated as they are imported.

State: the finder in `sys.meta_path`, with the folders of the program.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import os
import sys
from collections.abc import Sequence
from types import CodeType, ModuleType
from typing import Any, cast

from millpond.compat.python2 import meaning, translating

_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


class Python2Loader(importlib.machinery.SourceFileLoader):
    """Loads a source file of Python 2."""

    def source_to_code(self, data: Any, path: Any,  # type: ignore[override]
                       *, _optimize: int = -1) -> CodeType:
        """Code of this Python; see `translating.compiled`."""
        in_package = "." in self.name or os.path.basename(path) == "__init__.py"
        return translating.compiled(translating.decode(bytes(data)), os.fspath(path), in_package)

    def path_stats(self, path: str) -> Any:
        """No file of compiled code is read or written: it would be taken for that of a Python 3 file.

        Raises:
          OSError: Always; Python then compiles the source.
        """
        raise OSError(f"{path} is translated each time")

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module among Python 2's builtins."""
        vars(module)["__builtins__"] = builtin_names()
        super().exec_module(module)


def builtin_names() -> dict[str, Any]:
    """The builtins of a module: Python 2's, and what is in today's by now."""
    return {**vars(builtins), **{name: value for name, value in meaning.BUILTINS.items() if name not in vars(builtins)},
            **{name: meaning.BUILTINS[name] for name in ("round", "sorted")}}


class Python2Finder:
    """Finds the modules below the folders of a program; what is installed there is left to others."""

    def __init__(self) -> None:
        self.folders: list[str] = []
        self._environment = [os.path.realpath(entry) for entry in sys.path[1:] if entry]

    def find_spec(self, fullname: str, path: Sequence[str] | None = None,
                  target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or type(spec.loader) is not importlib.machinery.SourceFileLoader or spec.origin is None:
            return None
        origin = os.path.realpath(spec.origin)
        if any(part in origin for part in _INSTALLED):
            return None
        own = _innermost(origin, self.folders)
        if own is None or len(_innermost(origin, self._environment) or "") > len(own):
            return None
        spec.loader = Python2Loader(fullname, spec.origin)
        return spec


def _innermost(path: str, folders: Sequence[str]) -> str | None:
    """The longest of the folders that a file lies below."""
    return max((folder for folder in folders if path.startswith(os.path.join(folder, ""))), key=len, default=None)


def install(folder: str) -> None:
    """Has what is imported from below a folder translated.

    Args:
      folder: The folder of the program.

    Raises:
      ModuleNotFoundError: If `fissix` is not installed.
    """
    translating.load()
    meaning.mend_strings()
    finder = next((found for found in sys.meta_path if isinstance(found, Python2Finder)), None)
    if finder is None:
        finder = Python2Finder()
        sys.meta_path.insert(0, cast(Any, finder))
    finder.folders.append(os.path.realpath(folder))
