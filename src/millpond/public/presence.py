"""Whether a public symbol is there, and what stands for it."""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from millpond.public import inner, modules
from millpond.public.table import ABOUT, original


class Presence(NamedTuple):
    """What is there of a symbol.

    Attributes:
      symbol: The symbol, without the attributes of an object whose attributes only a run knows: `tf.flags.FLAGS` for
        `tf.flags.FLAGS.batch_size`.
      place: Where it is defined, or None where it is not there.
    """

    symbol: str
    place: str | None


def look_up(path: str, load: bool = False) -> Presence:
    """Finds a symbol: a public name, or an attribute of the object that it stands for.

    Args:
      path: Such as `tf.train.AdamOptimizer.minimize`.
      load: Whether to import what defines it in any case, not only to see an attribute.

    Raises:
      ImportError: If what defines it is a package that is not installed.

    Example:
      >>> look_up("tf.nn.relu").place, look_up("tf.flags.FLAGS.batch_size").symbol
      ('millpond.ops.nn.activation.relu', 'tf.flags.FLAGS')
    """
    known = original(path)
    attributes: list[str] = []
    while (target := inner.find(*known.rpartition(".")[::2])) is None:
        if known in ABOUT or inner.is_inside(known):
            return Presence(path, None if attributes else modules.module_name(known))
        known, _, attribute = known.rpartition(".")
        attributes.insert(0, attribute)
        if not known:
            return Presence(path, None)
    symbol = path.removesuffix("".join(f".{attribute}" for attribute in attributes))
    value: Any = modules.load(target) if attributes or load else None
    for attribute in attributes:
        if not isinstance(value, (type, ModuleType, EnumTypeWrapper)):
            break
        symbol = f"{symbol}.{attribute}"
        if not hasattr(value, attribute):
            return Presence(symbol, None)
        value = getattr(value, attribute)
    return Presence(symbol, f"{target.module}.{target.attribute}".rstrip("."))
