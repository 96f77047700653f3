"""The modules of TensorFlow 1 under their own names: `tensorflow`, `tensorflow.train`, `tensorflow.python.ops.nn`.

They are ordinary modules whose names come from the table of public names and are looked up when they are first used.
`module` gives one without touching `sys.modules`, so that a package written for TensorFlow can be given these modules
while the real TensorFlow is in the same process; `installing.py` lets `import` find them.

State: the modules made so far. Two threads that ask for one at once get the same.
"""

from __future__ import annotations

import importlib.machinery
from pathlib import Path
from types import ModuleType
from typing import Any

from millpond.public import inner, missing, modules
from millpond.public.table import ABOUT, Target, original

ROOT = "tensorflow"

# On `sys.path`, it lets a process that knows nothing of Millpond import `tensorflow` and find it installed.
FOLDER = Path(__file__).parent / "path"

_made: dict[str, ModuleType] = {}


def module(name: str) -> ModuleType:
    """The module that stands for one of TensorFlow, made when it is first asked for.

    Args:
      name: Its full name.

    Raises:
      ModuleNotFoundError: If TensorFlow 1 has no such module; with what may be meant.

    Example:
      >>> module("tensorflow.python.framework.ops").Graph is module("tensorflow").Graph
      True
      >>> module("tensorflow.train").__name__
      'tensorflow.train'
      >>> module("tensorflow.nn.relu")
      Traceback (most recent call last):
      ModuleNotFoundError: No module named 'tensorflow.nn.relu': it is a name in tensorflow.nn
    """
    found = _made.get(name)
    if found is None:
        path = path_of(name)
        if not is_module(name):
            raise not_found(name)
        same = name_of(original(path))
        found = _made.setdefault(name, module(same) if same != name else _make(name, path))
    return found


def is_module(name: str) -> bool:
    """Whether TensorFlow 1 has a module of a name."""
    return (name == ROOT or name.startswith(f"{ROOT}.")) and inner.is_module(path_of(name))


def path_of(name: str) -> str:
    """`tensorflow.train` to `tf.train`."""
    return "tf" + name.removeprefix(ROOT)


def name_of(path: str) -> str:
    """`tf.train` to `tensorflow.train`."""
    return ROOT + path.removeprefix("tf")


def not_found(name: str) -> ModuleNotFoundError:
    """The error for a module that TensorFlow 1 does not have, or for a name that is asked of one as if it were one."""
    return ModuleNotFoundError(f"No module named '{name}'{advice(name)}")


def advice(name: str) -> str:
    """What to use in place of a module, or of a name in a module, that is not there; empty where nothing is known."""
    parent, _, last = name.rpartition(".")
    if not is_module(parent):
        return ""
    if inner.find(path_of(parent), last) is not None:
        return f": it is a name in {parent}"
    return missing.advice(path_of(parent), last)


def _make(name: str, path: str) -> ModuleType:
    made = ModuleType(name, modules.about(path))

    def __getattr__(attribute: str) -> Any:
        target = inner.find(path, attribute)
        if target is not None:
            value = _load(target)
        elif is_module(f"{name}.{attribute}"):
            value = module(f"{name}.{attribute}")
        elif (other := inner.neighbour(path, attribute)) is not None and is_module(name_of(other)):
            value = module(name_of(other))
        elif attribute == "__all__":
            return __dir__()
        else:
            raise missing.error(path, attribute, shown=name)
        return namespace.setdefault(attribute, value)

    def __dir__() -> list[str]:
        return modules.names_of(path)

    namespace = vars(made)
    namespace.update(__getattr__=__getattr__, __dir__=__dir__, __package__=name, __path__=[])
    if name == ROOT:
        namespace.update(__file__=str(FOLDER / ROOT / "__init__.py"), __path__=[str(FOLDER / ROOT)])
    made.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    return made


def _load(target: Target) -> Any:
    """The object; where it is a public module of Millpond, the module here that has the same names."""
    value = modules.load(target)
    if isinstance(value, ModuleType) and value.__name__.startswith("millpond."):
        path = modules.public_path(value.__name__)
        return module(name_of(path)) if path in ABOUT else value
    return value
