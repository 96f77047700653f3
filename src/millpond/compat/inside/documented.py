"""`tensorflow.python.util.all_util`, `module_wrapper`: which names of a module are public."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

_REFERENCE = re.compile(r"@@(\w+)")


def _documented(modules: Iterable[ModuleType]) -> set[str]:
    """The names that docstrings of modules mark by `@@`."""
    return {name for module in modules for name in _REFERENCE.findall(module.__doc__ or "")}


def make_all(module_name: str, doc_string_modules: Sequence[ModuleType] | None = None) -> list[str]:
    """`__all__` of a module: what it has of the names that docstrings mark by `@@`.

    Args:
      module_name: The module's `__name__`.
      doc_string_modules: Whose docstrings count; by default the module's own.
    """
    module = sys.modules[module_name]
    return sorted(_documented(doc_string_modules or [module]) & set(dir(module)))


def reveal_undocumented(symbol_name: str, target_module: ModuleType | None = None) -> None:
    """Does nothing for a name that is still there, which it always is: see `remove_undocumented`."""


def remove_undocumented(module_name: str, allowed_exception_list: Sequence[str] | None = None,
                        doc_string_modules: Sequence[ModuleType] | None = None) -> None:
    """Takes from a module what is not public: its docstring does not mark it, and it is not on the list.

    Args:
      module_name: The module's `__name__`.
      allowed_exception_list: Names that stay.
      doc_string_modules: Whose docstrings count; by default the module's own.
    """
    module = sys.modules[module_name]
    stay = _documented(doc_string_modules or [module]) | set(allowed_exception_list or ())
    for name in [name for name in vars(module) if not name.startswith("_") and name not in stay]:
        delattr(module, name)


class TFModuleWrapper:
    """Gives back the module that it is to wrap: no name of ours warns of being used."""

    def __new__(cls, wrapped: ModuleType, *arguments: Any, **options: Any) -> ModuleType:  # type: ignore[misc]
        return wrapped
