"""Runs a program as Python itself would, with Millpond as its TensorFlow.

The program is `__main__`: its file, arguments, folder, exit status and tracebacks are what `python program.py` gives.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, MappingProxyType, ModuleType, TracebackType
from typing import Any, NamedTuple

from millpond.compat.alias import installing
from millpond.compat.python2 import translating

_ARCHIVE = b"PK\x03\x04"  # what zip files begin with


class Program(NamedTuple):
    """A program to run.

    Attributes:
      code: What is executed.
      argv: Its command line; the first word is what it is called.
      file: Where it lies.
      folder: What stands first on its `sys.path`.
      spec: How it was found, where it is a module.
      names: What it finds in its namespace besides what Python puts there.
    """

    code: CodeType
    argv: list[str]
    file: str
    folder: str
    spec: importlib.machinery.ModuleSpec | None = None
    names: Mapping[str, Any] = MappingProxyType({})


def compiled(path: str) -> CodeType:
    """The code of a Python file, as `python path` compiles it."""
    return importlib.machinery.SourceFileLoader("__main__", path).source_to_code(_bytes(path), path)


def script(path: str, arguments: Sequence[str], read: Callable[[str], CodeType] = compiled) -> Program:
    """A program in a file, or in a folder or archive that has a `__main__.py`.

    Args:
      path: The file or folder.
      arguments: The words after it.
      read: Gives the code of a file, whose path is absolute.

    Raises:
      FileNotFoundError: If it does not exist.
      SyntaxError: If it is not Python.
    """
    file = os.path.abspath(path)
    if os.path.isfile(path) and not _bytes(path).startswith(_ARCHIVE):
        return Program(read(file), [path, *arguments], file, os.path.dirname(os.path.realpath(path)))
    if not os.path.exists(path):
        raise FileNotFoundError(f"can't open file '{file}': No such file or directory")
    spec = importlib.machinery.PathFinder.find_spec("__main__", [path])
    if spec is None:
        raise FileNotFoundError(f"can't find '__main__' module in '{file}'")
    return Program(_code_of(spec), [path, *arguments], spec.origin or file, path, spec)


def module(name: str, arguments: Sequence[str]) -> Program:
    """A program that is a module, or a package that has a `__main__`, as `python -m name` finds it.

    The packages that it lies in are imported, as they are by `python -m`.

    Args:
      name: Full name of the module.
      arguments: The words after it.

    Raises:
      ImportError: If there is no such module, or it is a package that cannot be executed.
      SyntaxError: If it is not Python.
    """
    installing.install()
    _stand_first(os.getcwd())
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        package, name = name, f"{name}.__main__"
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise ImportError(f"No module named {name}; '{package}' is a package and cannot be directly executed")
    if spec is None:
        raise ImportError(f"No module named {name}")
    file = spec.origin or name
    return Program(_code_of(spec), [file, *arguments], file, os.getcwd(), spec)


def _code_of(spec: importlib.machinery.ModuleSpec) -> CodeType:
    code = getattr(spec.loader, "get_code", lambda name: None)(spec.name)
    if code is None:
        raise ImportError(f"No code object available for {spec.name}")
    return code


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _stand_first(folder: str) -> None:
    """Puts a folder where Python put that of its own program; not, where it is told not to (`python -P`)."""
    if not sys.flags.safe_path:
        sys.path[0] = folder


def run(program: Program) -> None:
    """Runs a program in the place of the one that is running: it is `__main__` from now on.

    What it raises is shown as Python shows it, without the frames that lead to the program, and goes on to the caller.
    """
    installing.install()
    installing.serve_children()
    main = ModuleType("__main__")
    namespace = vars(main)
    namespace.update(__file__=program.file, __builtins__=builtins, __cached__=None, __spec__=program.spec)
    if program.spec is None:
        namespace["__loader__"] = importlib.machinery.SourceFileLoader("__main__", program.file)
    else:
        namespace.update(__loader__=program.spec.loader, __package__=program.spec.parent)
    namespace.update(program.names)
    sys.modules["__main__"] = main
    sys.argv[:] = program.argv
    _stand_first(program.folder)
    try:
        exec(program.code, namespace)
    except SystemExit:
        raise
    except BaseException as error:
        show(error, error.__traceback__ and error.__traceback__.tb_next)  # without this frame
        raise


def show(error: BaseException, trace: TracebackType | None) -> None:
    """Shows an error that has ended a program as Python does, or as the program has asked for.

    Args:
      error: What was raised.
      trace: Its frames that are the program's.
    """
    if isinstance(error, SyntaxError):
        translating.suggest(error)
    sys.excepthook(type(error), error.with_traceback(trace), trace)
    sys.excepthook = _shown_already


def _shown_already(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Says nothing: the error that ends the process has been shown."""
