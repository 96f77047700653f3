"""Public modules: their names come from the table, and an object is imported when it is first asked for.

`millpond`, `millpond.train` and other packages that have code of their own call `publish(__name__)`. A public module
without a file, such as `millpond.math`, is made when it is imported or looked up (`PublicModules`). Both are ordinary
modules: what has been looked up is an attribute like any other, and programs may set more.

State: `sys.modules` and the modules' own dictionaries. Two threads that look up a name at once find the same object:
Python imports a module once.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any, cast

from millpond.public import inner, missing
from millpond.public.table import ABOUT, HIDDEN, MODULES, SAME, Target, original

_PACKAGE = "millpond"


def public_path(module: str) -> str:
    """`millpond.train` to `tf.train`."""
    return "tf" + module.removeprefix(_PACKAGE)


def module_name(path: str) -> str:
    """`tf.train` to `millpond.train`."""
    return _PACKAGE + path.removeprefix("tf")


def names_of(path: str) -> list[str]:
    """The public names in a public module, in order, with those of the modules below it."""
    path = SAME.get(path, path)
    if path not in ABOUT or inner.is_inside(path):
        return inner.names(path)
    inside = [below.rpartition(".")[2] for below in ABOUT if below.rpartition(".")[0] == path and below not in HIDDEN]
    return sorted(name for name in {*MODULES[path], *inside} if not name.startswith("_"))


def exists(path: str) -> bool:
    """Whether there is a module with a path."""
    return original(path) in ABOUT or inner.is_inside(path)


def about(path: str) -> str:
    """The first line of the `help()` of a public module."""
    return f"`{path}`: {ABOUT.get(path, 'names that stood inside of TensorFlow 1')}."


def load(target: Target) -> Any:
    """Imports what defines an object, and gives the object."""
    module = importlib.import_module(target.module)
    return getattr(module, target.attribute) if target.attribute else module


def publish(name: str) -> None:
    """Gives a module that is being imported the public names of its path.

    Args:
      name: The module's `__name__`.

    Example:
      >>> import millpond as tf
      >>> "AdamOptimizer" in dir(tf.train), "saving" in dir(tf.train)
      (True, False)
      >>> tf.train.AdamOptimiser
      Traceback (most recent call last):
      AttributeError: module 'tf.train' has no attribute 'AdamOptimiser'. Did you mean tf.train.AdamOptimizer?
    """
    own_path = public_path(name)
    path = SAME.get(own_path, own_path)
    namespace = vars(sys.modules[name])

    def __getattr__(attribute: str) -> Any:
        target = inner.find(path, attribute)
        if target is not None:
            value = load(target)
        elif exists(f"{path}.{attribute}"):
            value = importlib.import_module(f"{name}.{attribute}")
        else:
            raise missing.error(own_path, attribute)
        return namespace.setdefault(attribute, value)  # from now on, looking it up is as fast as any attribute

    def __dir__() -> list[str]:
        return names_of(path)

    namespace.update(__getattr__=__getattr__, __dir__=__dir__, __all__=names_of(path))


class PublicModules:
    """Imports public modules that have no file, and says of those of TensorFlow that do not exist where they stand.

    Python asks it last, for modules of this package that nothing else has found.
    """

    def find_spec(self, fullname: str, path: Sequence[str] | None = None,
                  target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith(f"{_PACKAGE}."):
            return None
        wanted = public_path(fullname)
        if exists(wanted):
            return importlib.machinery.ModuleSpec(fullname, cast(Any, self), is_package=True)
        explanation = missing.explanation(wanted)
        if explanation is not None:
            raise ModuleNotFoundError(f"No module named '{fullname}': {explanation}")
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """Leaves it to Python to make an ordinary module."""

    def exec_module(self, module: ModuleType) -> None:
        wanted = public_path(module.__name__)
        if original(wanted) != wanted:  # below tf.compat.v1: the very modules of tf
            sys.modules[module.__name__] = importlib.import_module(module_name(original(wanted)))
            return
        module.__doc__ = about(wanted)
        publish(module.__name__)


def install() -> None:
    """Lets `import` find public modules that have no file; once, however often the package is reloaded."""
    if not any(isinstance(finder, PublicModules) for finder in sys.meta_path):
        sys.meta_path.append(PublicModules())
