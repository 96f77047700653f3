"""`tf.test.StubOutForTesting`: puts other objects in the place of attributes, and puts those back."""

from __future__ import annotations

import inspect
from types import TracebackType
from typing import Any


class StubOutForTesting:
    """Remembers what stood where others were put in place for a test; a context manager that puts it back.

    Example:
      >>> import os
      >>> with StubOutForTesting() as stubs:
      ...     stubs.Set(os, "sep", ":")
      ...     print(os.sep)
      :
      >>> os.sep
      '/'
    """

    def __init__(self) -> None:
        self._kept: list[tuple[Any, str, Any]] = []
        self._kept_smart: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> StubOutForTesting:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.CleanUp()

    def CleanUp(self) -> None:
        """Puts everything back."""
        self.SmartUnsetAll()
        self.UnsetAll()

    def Set(self, parent: Any, child_name: str, new_child: Any) -> None:
        """Puts an object in the place of an attribute.

        Args:
          parent: A module, a class, or another object.
          child_name: Name of the attribute.
          new_child: What takes its place.

        Raises:
          AttributeError: If there is no such attribute.
        """
        self._kept.append((parent, child_name, _as_kept(parent, child_name)))
        setattr(parent, child_name, new_child)

    def UnsetAll(self) -> None:
        """Puts back what `Set` has replaced."""
        _put_back(self._kept)

    def SmartSet(self, obj: Any, attr_name: str, new_attr: Any) -> None:
        """Puts an object in the place of an attribute, where that is defined: in a class above, it may be.

        Args:
          obj: A module, a class, or an instance.
          attr_name: Name of the attribute.
          new_attr: What takes its place.

        Raises:
          AttributeError: If there is no such attribute.
        """
        owners: list[Any] = [obj]
        if not inspect.ismodule(obj):
            owners += (obj if inspect.isclass(obj) else type(obj)).__mro__
        owner = next((one for one in owners if attr_name in vars(one)), None)
        if owner is None:
            raise AttributeError(f"{obj!r} has no attribute '{attr_name}'")
        self._kept_smart.append((owner, attr_name, _as_kept(owner, attr_name)))
        setattr(owner, attr_name, new_attr)

    def SmartUnsetAll(self) -> None:
        """Puts back what `SmartSet` has replaced."""
        _put_back(self._kept_smart)


def _as_kept(parent: Any, name: str) -> Any:
    """An attribute as it must be set again: static and class methods as such."""
    value = getattr(parent, name)
    own = vars(parent).get(name) if inspect.isclass(parent) else None
    return own if isinstance(own, (staticmethod, classmethod)) else value


def _put_back(kept: list[tuple[Any, str, Any]]) -> None:
    while kept:
        parent, name, value = kept.pop()
        setattr(parent, name, value)
