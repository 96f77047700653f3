"""The functions that TensorFlow generates, one for each op type: `gen_nn_ops.relu_grad` for `ReluGrad`.

They add the node of that type and nothing else. Inputs come first, then the attributes that do not follow from them,
those without a default before the others; all may be given by position.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from millpond.graph import opdef
from millpond.graph.opdef import Attr, OpDefinition
from millpond.ops import families


def __getattr__(name: str) -> Callable[..., Any]:
    definition = None if name.startswith("__") else _by_name().get(_plain(name))
    if definition is None:
        raise AttributeError(f"Millpond has no op type whose function {name!r} would be", name=name, obj=object())
    return _function(name.strip("_"), definition)


def _plain(name: str) -> str:
    """A name without what tells `MatMul` from `mat_mul`."""
    return name.replace("_", "").lower()


@functools.cache
def _by_name() -> dict[str, OpDefinition]:
    families.load()
    return {_plain(name): definition for name, definition in opdef.DEFINITIONS.items()}


@functools.cache
def _function(name: str, definition: OpDefinition) -> Callable[..., Any]:
    inputs = [arg.name for arg in definition.inputs]
    inferred = {attr for arg in definition.inputs for attr in (arg.type_attr, arg.number_attr, arg.list_attr)}
    attrs = [attr for attr in definition.attrs.values() if attr.name not in inferred and not attr.name.startswith("_")]
    attrs.sort(key=lambda attr: attr.default is not Attr.REQUIRED)
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signature = inspect.Signature([
        *(inspect.Parameter(argument, positional) for argument in inputs),
        *(inspect.Parameter(attr.name, positional,
                            default=inspect.Parameter.empty if attr.default is Attr.REQUIRED else attr.default)
          for attr in attrs),
        inspect.Parameter("name", positional, default=None)])

    def generated(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        node_name = given.pop("name", None)
        tensors = [given.pop(argument) for argument in inputs]
        return definition(*tensors, name=node_name, **given)

    generated.__name__ = generated.__qualname__ = name
    generated.__doc__ = f"Adds a node of the type `{definition.type}`."
    generated.__signature__ = signature  # type: ignore[attr-defined]
    return generated
