"""Imports a package that was written for TensorFlow with our modules under the name `tensorflow`.

A kept package `tf_slim` becomes `millpond.compat.packages.tf_slim`, read from where pip installed it. Each of its
modules runs with built-in names of its own, whose `__import__` gives

- for `tensorflow...`: the modules of `compat/alias/tree.py`;
- for the kept packages (`tf_slim.layers`, in the package itself or in another): the modules here;
- for what has lost names that the package uses (`collections.Mapping`): the module with these names;
- everything else as ever.

`sys.modules["tensorflow"]` and `sys.modules["tf_slim"]` are neither read nor set. Where the alias is installed
(`compat.install()`), `expose()` lets the program's own `import tf_slim` find the modules that stand here.

State: `sys.modules`, `sys.meta_path` and the caches below, which only grow; Python's import locks guard them.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import importlib.machinery
import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, ModuleType
from typing import Any, cast

from millpond.compat.alias import tree
from millpond.compat.packages import absence
from millpond.compat.packages.kept import KEPT, Kept

PREFIX = "millpond.compat.packages."


def _importing(package: str) -> Callable[..., Any]:
    """The `__import__` of the modules of a package."""
    kept = KEPT[package]

    def import_for_kept(name: str, globals: Mapping[str, Any] | None = None, locals: Mapping[str, Any] | None = None,
                        fromlist: Sequence[str] | None = (), level: int = 0) -> Any:
        if level == 0:
            top = name.partition(".")[0]
            if top == "tensorflow":
                found = tree.module(name)  # so that a module which does not exist fails here
                return absence.view(found, fromlist, kept.used_early) if fromlist else tree.module(top)
            if top in KEPT:
                found = builtins.__import__(PREFIX + name, globals, locals, fromlist, 0)
                return found if fromlist else sys.modules[PREFIX + top]
            if name in kept.added:
                return _completed(package, name)
        return builtins.__import__(name, globals, locals, fromlist, level)

    return import_for_kept


@functools.cache
def _completed(package: str, name: str) -> ModuleType:
    """A module as a package knew it: with the names that it has lost since."""
    module = importlib.import_module(name)
    completed = ModuleType(name, module.__doc__)
    vars(completed).update(vars(module), **KEPT[package].added[name])
    return completed


@functools.cache
def _builtins(package: str) -> dict[str, Any]:
    return {**vars(builtins), "__import__": _importing(package)}


class KeptLoader(importlib.machinery.SourceFileLoader):
    """Runs a module of a kept package over our modules."""

    def exec_module(self, module: ModuleType) -> None:
        package = module.__name__.removeprefix(PREFIX).partition(".")[0]
        vars(module)["__builtins__"] = _builtins(package)
        super().exec_module(module)

    def get_code(self, fullname: str) -> CodeType | None:
        """The compiled module: from Python's cache, unless its source is to be mended."""
        original = fullname.removeprefix(PREFIX)
        mendings = KEPT[original.partition(".")[0]].rewritten.get(original)
        if mendings is None:
            return super().get_code(fullname)
        source = cast(str, self.get_source(fullname))
        for old, new in mendings:
            if old not in source:
                raise ImportError(f"{original} has no text {old!r} to mend: is {self.path} of the release that "
                                  "millpond/compat/packages/kept.py names?", name=original, path=self.path)
            source = source.replace(old, new)
        return self.source_to_code(source, self.path)


class KeptPackages:
    """Finds the modules of kept packages below `millpond.compat.packages`."""

    def find_spec(self, fullname: str, path: Sequence[str] | None = None,
                  target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        original = fullname.removeprefix(PREFIX)
        package = original.partition(".")[0]
        if original == fullname or package not in KEPT:
            return None
        if original == package:
            path = None
            check_release(package)
        found = importlib.machinery.PathFinder.find_spec(original, path)
        if found is None or found.origin is None:
            return None
        return importlib.util.spec_from_file_location(
            fullname, found.origin, loader=KeptLoader(fullname, found.origin),
            submodule_search_locations=found.submodule_search_locations)


class ExposedPackages:
    """Gives a program that imports a kept package by its own name the modules that run over Millpond."""

    def find_spec(self, fullname: str, path: Sequence[str] | None = None,
                  target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in KEPT:
            return None
        found = importlib.util.find_spec(PREFIX + fullname)
        if found is None:
            return None
        spec = importlib.machinery.ModuleSpec(fullname, cast(Any, self), origin=found.origin)
        spec.submodule_search_locations = found.submodule_search_locations
        spec.has_location = True
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """Leaves it to Python to make a module, which the one that is meant then replaces."""

    def exec_module(self, module: ModuleType) -> None:
        sys.modules[module.__name__] = importlib.import_module(PREFIX + module.__name__)


def check_release(package: str) -> None:
    """Refuses a kept package that is not installed, or is another release than the one that runs over Millpond.

    Raises:
      ModuleNotFoundError: If there is none, or a newer one under the same name.
    """
    kept: Kept = KEPT[package]
    try:
        found = importlib.metadata.version(kept.distribution)
    except importlib.metadata.PackageNotFoundError:
        raise ModuleNotFoundError(
            f"{kept.serves} is served by the package {kept.distribution} {kept.release}, which is not installed: "
            f"pip install '{kept.install}'", name=package) from None
    if not f"{found}.".startswith(f"{kept.release}."):
        raise ModuleNotFoundError(
            f"{kept.serves} is served by the package {kept.distribution} {kept.release}, and {found} is installed: "
            f"pip install '{kept.install}', in an environment of its own if another program needs {found}",
            name=package)


def install() -> None:
    """Lets `import` find kept packages below `millpond.compat.packages`; once, however often this is reloaded."""
    if not any(isinstance(finder, KeptPackages) for finder in sys.meta_path):
        # Before Python's own, which would find the modules below a kept package and run them as they are.
        sys.meta_path.insert(0, KeptPackages())


def expose() -> None:
    """Lets `import tf_slim` in a program find what runs over Millpond. The alias calls it when it is installed."""
    if not any(isinstance(finder, ExposedPackages) for finder in sys.meta_path):
        sys.meta_path.insert(0, ExposedPackages())
