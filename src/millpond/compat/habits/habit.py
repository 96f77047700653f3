"""What a habit is, and the few ways in which a module is mended."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

_PACKAGE = __name__.rpartition(".")[0]


class Habit(NamedTuple):
    """One habit: what makes it work, and where.

    Attributes:
      place: `"file:function"` in this package. The function is given each of the modules; it adds what is missing and
        leaves what is there. The first line of its docstring says what programs write.
      modules: The modules that are mended, each when it is imported first. `name?` is one that is gone: an empty
        module of that name is made and mended, unless Python finds one. `name*` is mended whether it is gone or not.
    """

    place: str
    modules: tuple[str, ...]

    def mend(self, module: ModuleType) -> None:
        """Mends a module."""
        self._function()(module)

    def about(self) -> str:
        """What programs write, in a line."""
        return (self._function().__doc__ or "").partition("\n")[0]

    def _function(self) -> Callable[[ModuleType], None]:
        file, _, function = self.place.partition(":")
        return getattr(importlib.import_module(f"{_PACKAGE}.{file}"), function)


def add(module: Any, names: Mapping[str, Any]) -> None:
    """Sets those of the names that a module or class lacks."""
    present = vars(module)
    for name, value in names.items():
        if name not in present:
            setattr(module, name, value)


def add_when_used(module: ModuleType, places: Mapping[str, str]) -> None:
    """Gives a module names that are imported when they are first asked for.

    Args:
      module: The module.
      places: Each name with the place of its object: `"scipy.special:comb"`, or `"scipy.misc"` for a module.

    Example:
      >>> import types
      >>> gone = types.ModuleType("gone")
      >>> add_when_used(gone, {"quote": "urllib.parse:quote"})
      >>> gone.quote("a b")
      'a%20b'
    """

    def find(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        source, _, attribute = places[name].partition(":")
        found = importlib.import_module(source)
        return getattr(found, attribute) if attribute else found

    answer_when_asked(module, find)


def answer_when_asked(module: ModuleType, find: Callable[[str], Any]) -> None:
    """Lets a module ask `find` for each attribute that it has not, after its own `__getattr__`.

    Args:
      module: The module.
      find: Gives an attribute by its name, or raises `AttributeError`.
    """
    before = vars(module).get("__getattr__")

    def __getattr__(name: str) -> Any:
        if name.startswith("__"):  # `__path__`, `__all__`: Python's own questions
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        if before is not None:
            try:
                return before(name)
            except AttributeError:
                value = find(name)
        else:
            value = find(name)
        return vars(module).setdefault(name, value)

    vars(module)["__getattr__"] = __getattr__
