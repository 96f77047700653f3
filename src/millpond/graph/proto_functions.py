"""How items of collections become messages and the other way round, by collection.

State: the registry. What a collection holds (variables, queue runners, ...) stands above this layer and registers
itself when it is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class ProtoFunctions(NamedTuple):
    """How one collection's items are written and read.

    Attributes:
      proto_type: The class of their messages.
      to_proto: `to_proto(item, export_scope=None)` gives the message, or None outside of the scope.
      from_proto: `from_proto(message, import_scope=None)` gives the item.
    """

    proto_type: Any
    to_proto: Callable[..., Any] | None
    from_proto: Callable[..., Any] | None


_registry: dict[str, ProtoFunctions] = {}


def register_proto_function(collection_name: str, proto_type: Any = None, to_proto: Callable[..., Any] | None = None,
                            from_proto: Callable[..., Any] | None = None) -> None:
    """Tells how the items of a collection are written into a MetaGraphDef and read from it.

    Args:
      collection_name: Key of the collection.
      proto_type: The class of the messages.
      to_proto: From an item (and `export_scope=`) to a message.
      from_proto: From a message (and `import_scope=`) to an item.

    Raises:
      TypeError: If a function is given that cannot be called.
    """
    for function in (to_proto, from_proto):
        if function is not None and not callable(function):
            raise TypeError(f"to_proto and from_proto must be callable, got {function!r} for '{collection_name}'")
    _registry[collection_name] = ProtoFunctions(proto_type, to_proto, from_proto)


def functions_of(collection_name: Any) -> ProtoFunctions | None:
    """What is registered for a collection, or None."""
    return _registry.get(collection_name)
