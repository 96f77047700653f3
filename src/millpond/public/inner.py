"""The modules inside of TensorFlow 1 (`tf.python.*`, `tf.core.*`, what lies below the packages of `tf.contrib`).

Programs import from them, though they were nobody's interface. Here they are what the table says of them: other names
for public objects.
"""

from __future__ import annotations

import functools
import importlib
import re
from types import ModuleType
from typing import NamedTuple

from millpond.public.table import ABOUT, MODULES, PATHS, SAME, Target, original
from millpond.public.table.inner import BLOCKS, layout

# What lies below these was nobody's interface. What lies below a package of `tf.contrib` is explained with that.
INSIDE = ("tf.compiler", "tf.core", "tf.python", "tf.tools")

# Packages of `tf.python` whose modules the others imported.
_IMPORTED = ("framework", "ops", "eager", "platform", "util", "training")


class Block(NamedTuple):
    """What the table says of a module: public paths by name, and the modules all of whose names it has too."""

    names: dict[str, str]
    stars: tuple[str, ...]


@functools.cache
def block(path: str) -> Block:
    """What the table says of the module with a path; nothing, where it has no words for it."""
    names, stars, module = {}, [], "tf"
    for word in BLOCKS.get(path, "").split():
        if word.startswith("*"):
            stars.append(word[1:])
        elif word.endswith(":"):
            module = word[:-1]
        else:
            name, _, other = word.partition("=")
            names[name] = f"{module}.{other or name}"
    return Block(names, tuple(stars))


@functools.cache
def below() -> dict[str, tuple[str, ...]]:
    """The modules that TensorFlow 1.15 had inside of each of its modules, and those of the table."""
    found: dict[str, dict[str, None]] = {}
    for root, text in layout.MODULES.items():
        found.setdefault("tf", {})[root.removeprefix("tf.")] = None
        open_modules = [root]
        last = root
        for word in re.findall(r"[^\s()]+|[()]", text):
            if word == "(":
                open_modules.append(last)
            elif word == ")":
                open_modules.pop()
            else:
                found.setdefault(open_modules[-1], {})[word] = None
                last = f"{open_modules[-1]}.{word}"
    for path in (*BLOCKS, *ABOUT, *MODULES):
        while "." in path:
            path, _, name = path.rpartition(".")
            found.setdefault(path, {})[name] = None
    return {path: tuple(names) for path, names in found.items()}


def is_module(path: str) -> bool:
    """Whether a path is that of a module, of Millpond's or inside of TensorFlow 1.15.

    Example:
      >>> is_module("tf.python.framework.ops"), is_module("tf.nn"), is_module("tf.nn.relu")
      (True, True, False)
    """
    path = original(path)
    parent, _, name = path.rpartition(".")
    return path in ABOUT or name in below().get(parent, ())


def is_inside(path: str) -> bool:
    """Whether a path is that of a module inside of TensorFlow."""
    return any(path == root or path.startswith(f"{root}.") for root in INSIDE) and is_module(path)


def former(path: str, name: str) -> str | None:
    """The public path of what had a name in a module inside of TensorFlow, whether it is there or not.

    Example:
      >>> former("tf.python.ops.math_ops", "sqrt"), former("tf.python.ops.math_ops", "sqroot")
      ('tf.sqrt', None)
    """
    path = SAME.get(path, path)
    found = block(path)
    if name in found.names:
        return found.names[name]
    for star in found.stars:
        if star.startswith("tf."):
            if name in MODULES.get(star, ()):
                return f"{star}.{name}"
            of_star = former(star, name)
            if of_star is not None:
                return of_star
    return _of_package(path, name)


def neighbour(path: str, name: str) -> str | None:
    """The path of what else a module had under a name: a module that it imported; else None.

    Args:
      path: Path of the module that is asked.
      name: The attribute.

    Example:
      >>> neighbour("tf.python.ops.rnn", "rnn_cell_impl"), neighbour("tf.python.ops.rnn", "dynamic_rn")
      ('tf.python.ops.rnn_cell_impl', None)
    """
    public = former(path, name)
    if public is not None or not path.startswith("tf.python."):
        return public
    packages = (path.rpartition(".")[0], *(f"tf.python.{package}" for package in _IMPORTED))
    return next((f"{package}.{name}" for package in packages if name in below().get(package, ())), None)


def _of_package(path: str, name: str) -> str | None:
    """Modules inside of a package of `tf.contrib` have what the package has."""
    steps = path.split(".")
    if steps[:2] != ["tf", "contrib"] or len(steps) < 4 or path in MODULES:
        return None
    package = ".".join(steps[:3])
    own = f"{package}.{name}"
    if own in PATHS:
        return own
    return next((public for public in PATHS if public.startswith(f"{package}.") and public.endswith(f".{name}")
                 and ".python." not in public), None)


def find(path: str, name: str) -> Target | None:
    """Where the object is defined that has a name in a module, or None.

    Args:
      path: Path of the module, such as `tf.nn` or `tf.python.ops.nn_ops`.
      name: The name in it.
    """
    path = SAME.get(path, path)
    target = MODULES.get(path, {}).get(name)
    if target is not None:
        return target
    public = former(path, name)
    if public is not None:
        target = PATHS.get(original(public))
        if target is not None:
            return target
    for star in block(path).stars:
        if star.startswith("tf."):
            target = find(star, name)
            if target is not None:
                return target
        elif not name.startswith("__") and _has(importlib.import_module(star), name):
            return Target(star, name)
    return None


def _has(module: ModuleType, name: str) -> bool:
    """Whether a module has a name, and means to: where it lists its names, and finds none on demand, it is listed."""
    listed = None if "__getattr__" in vars(module) else vars(module).get("__all__")
    return hasattr(module, name) if listed is None else name in listed


def names(path: str) -> list[str]:
    """The names that a module inside of TensorFlow has here, with those of the modules below it."""
    return sorted(name for name in {*_objects(path), *below().get(path, ())} if not name.startswith("_"))


def _objects(path: str) -> set[str]:
    path = SAME.get(path, path)
    own = block(path)
    found = {name for name, public in own.names.items() if original(public) in PATHS}
    found.update(MODULES.get(path, ()))
    for star in own.stars:
        if star.startswith("tf."):
            found.update(_objects(star))
        else:
            module = importlib.import_module(star)
            found.update(name for name in {*vars(module)} if _has(module, name))
    return found
