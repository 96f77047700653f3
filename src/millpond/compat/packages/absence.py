"""Names that a kept package takes from TensorFlow and that Millpond lacks: they raise when they are used, not before.

A package imports at its top what one of its functions needs. That the others run although it is missing is worth a
stand-in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, NoReturn


class Absent(type):
    """The type of what stands for a name that is not there, and for what would be in it.

    It is a class: nothing is an instance of it, making one raises, and so does making one of a class that inherits
    from it.
    """

    _reason: str

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(cls._reason)

    def __getattr__(cls, name: str) -> Absent:
        if name.startswith("__"):
            raise AttributeError(name)
        return absent(name, cls._reason)


def absent(name: str, reason: str) -> Absent:
    """What stands for a name.

    Args:
      name: The name.
      reason: Why it is not there.
    """
    return Absent(name, (), {"_reason": reason})


def view(module: ModuleType, names: Sequence[str], used_early: Mapping[str, Sequence[str]]) -> ModuleType:
    """A module of TensorFlow as a package that imports names from it sees it: with stand-ins for those that it lacks.

    Args:
      module: The module.
      names: The names, as `from module import names` has them.
      used_early: Module: the names in it that the package looks up while it is being imported.
    """
    seen = {}
    for name in names:
        early = used_early.get(f"{module.__name__}.{name}")
        if name == "*" or (early is None and hasattr(module, name)):
            continue
        seen[name] = _lookup(module, name) if early is None else _seen(getattr(module, name), early)
    return _seen(module, (), seen) if seen else module


def _lookup(module: ModuleType, name: str) -> Any:
    try:
        return getattr(module, name)
    except AttributeError as error:
        return absent(name, str(error))


def _seen(module: ModuleType, names: Sequence[str], also: Mapping[str, Any] | None = None) -> ModuleType:
    """A module that has what another has, with stand-ins for what that lacks of some names."""
    seen = ModuleType(module.__name__, module.__doc__)
    vars(seen).update({name: _lookup(module, name) for name in names}, **(also or {}),
                      __getattr__=lambda name: getattr(module, name))
    return seen
