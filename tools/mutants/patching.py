"""Putting a mutant's code into a process: into functions that exist, or into a module when it is imported."""

from __future__ import annotations

import ast
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import pathlib
import sys
import types
from collections.abc import Iterator, Sequence
from typing import Any

from mutants import mutations


class LoadedFunctions:
    """The functions of some files that exist now, by name and line, so that their code can be replaced.

    Whoever holds such a function, under whatever name, then runs the other code.
    """

    def __init__(self, files: Sequence[str]) -> None:
        self._found: dict[tuple[str, str, int], list[types.FunctionType]] = {}
        wanted = set(files)
        for value in gc.get_objects():
            if isinstance(value, types.FunctionType) and value.__code__.co_filename in wanted:
                code = value.__code__
                self._found.setdefault((code.co_filename, code.co_qualname, code.co_firstlineno), []).append(value)

    def put(self, tree: ast.Module, file: str) -> None:
        """Gives the functions of a file the code of a changed syntax tree, and the defaults that are literals.

        Raises:
          ValueError: If a function's closure does not fit, or nothing is different: then the module has to be imported
            anew.
        """
        changed = False
        for code in _codes(compile(tree, file, "exec", dont_inherit=True)):
            for function in self._found.get((file, code.co_qualname, code.co_firstlineno), ()):
                if function.__code__ != code:
                    function.__code__ = code
                    changed = True
        for name, node in _definitions(tree, ""):
            line = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            for function in self._found.get((file, name, line), ()):
                changed |= _put_defaults(function, node.args)
        if not changed:
            raise ValueError(f"No function of {file} is different.")


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _definitions(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The functions of a module and of its classes, by their qualified names; not those inside of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield prefix + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield from _definitions(child, f"{prefix}{child.name}.")
        elif isinstance(child, (ast.If, ast.Try, ast.With)):
            yield from _definitions(child, prefix)


def _put_defaults(function: types.FunctionType, arguments: ast.arguments) -> bool:
    """Gives a function the defaults that are literals; whether one is different."""
    before = function.__defaults__, dict(function.__kwdefaults__ or {})
    if function.__defaults__ is not None:
        function.__defaults__ = tuple(map(_literal_or, arguments.defaults, function.__defaults__))
    for argument, node in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if node is not None and function.__kwdefaults__ is not None:
            function.__kwdefaults__[argument.arg] = _literal_or(node, function.__kwdefaults__[argument.arg])
    return before != (function.__defaults__, function.__kwdefaults__ or {})


def _literal_or(node: ast.expr, value: Any) -> Any:
    return node.value if isinstance(node, ast.Constant) else value


def module_name(path: str) -> str:
    """The name of the module in a file of `src/`."""
    return ".".join(pathlib.PurePath(path).with_suffix("").parts[1:]).removesuffix(".__init__")


class ImportedMutant(importlib.abc.MetaPathFinder):
    """Imports a module with a mutant's code."""

    def __init__(self, tree: pathlib.Path, mutant: mutations.Mutant) -> None:
        self._path = str(tree / mutant.path)
        self._tree = mutations.mutated(tree, mutant)
        self._name = module_name(mutant.path)

    def find_spec(self, fullname: str, path: Sequence[str] | None,
                  target: types.ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        loader = _Loader(fullname, self._path, self._tree)
        return importlib.util.spec_from_file_location(fullname, self._path, loader=loader)


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, tree: ast.Module) -> None:
        super().__init__(name, path)
        self._tree = tree

    def get_code(self, fullname: str) -> types.CodeType:
        return compile(self._tree, self.path, "exec", dont_inherit=True)


def import_mutant(tree: pathlib.Path, mutant: mutations.Mutant) -> None:
    """From now on, importing the mutant's module gives the mutant."""
    sys.meta_path.insert(0, ImportedMutant(tree, mutant))
