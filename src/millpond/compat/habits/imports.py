"""Mends modules when a program imports them: nothing is imported that the program does not ask for.

State: one finder in front of `sys.meta_path`, with the habits by module. Each thread knows which modules it is
looking for, as the finder asks the others for them.
"""

from __future__ import annotations

import functools
import importlib.machinery
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType

from millpond.compat.habits.habit import Habit

_ONLY_IF_GONE = "?"
_EVEN_IF_GONE = "*"


class Mender:
    """Finds the modules that habits mend: those that there are through the other finders, the others made empty."""

    def __init__(self, habits: Iterable[Habit]) -> None:
        self._habits: dict[str, list[Habit]] = {}
        self._made: set[str] = set()  # where there is no such module
        self._left_alone: set[str] = set()  # where there is one, such as a `Queue.py` of the program
        for habit in habits:
            for name in habit.modules:
                plain = name.rstrip(_ONLY_IF_GONE + _EVEN_IF_GONE)
                self._habits.setdefault(plain, []).append(habit)
                if name != plain:
                    self._made.add(plain)
                if name.endswith(_ONLY_IF_GONE):
                    self._left_alone.add(plain)
        self._looking = threading.local()

    def mend_what_is_there(self) -> None:
        """Mends the modules that have been imported already."""
        for name in self._habits:
            module = sys.modules.get(name)
            if module is not None and name not in self._left_alone:
                self._mend(module)

    def find_spec(self, fullname: str, path: Sequence[str] | None = None,
                  target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        """The spec of a module that is to be mended, or None, which lets Python ask the other finders."""
        looking: set[str] = self._looking.__dict__.setdefault("names", set())
        if fullname not in self._habits or fullname in looking:
            return None
        looking.add(fullname)
        try:
            spec = self._real(fullname, path, target)
        finally:
            looking.discard(fullname)
        if spec is None:
            if fullname not in self._made:
                return None
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)  # type: ignore[arg-type]
        if fullname in self._left_alone:
            return spec
        execute = getattr(spec.loader, "exec_module", None)
        if execute is not None and not isinstance(spec.loader, type):
            # The loader itself stays, with all that resources and tracebacks ask of it.
            setattr(spec.loader, "exec_module", functools.partial(self._execute, execute))  # noqa: B010
        return spec

    def _real(self, fullname: str, path: Sequence[str] | None,
              target: ModuleType | None) -> importlib.machinery.ModuleSpec | None:
        for finder in sys.meta_path:
            find_spec = getattr(finder, "find_spec", None) if finder is not self else None
            if find_spec is not None:
                spec = find_spec(fullname, path, target)
                if spec is not None:
                    return spec
        return None

    def _execute(self, execute: Callable[[ModuleType], None], module: ModuleType) -> None:
        execute(module)
        self._mend(module)

    def _mend(self, module: ModuleType) -> None:
        for habit in self._habits[module.__name__]:
            try:
                habit.mend(module)
            except NotImplementedError as error:  # a build of Python that does not let itself be mended so
                print(f"[millpond] not mended: {habit.about()} {error}", file=sys.stderr)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """Leaves it to Python to make an ordinary module of what is gone."""

    def exec_module(self, module: ModuleType) -> None:
        """Fills a module that is gone."""
        self._mend(module)
