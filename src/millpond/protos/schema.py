"""Message classes from readable tables.

    build("example", messages={
        "BytesList": {"value": "repeated bytes = 1"},
        "Feature": {"bytes_list": "kind: BytesList = 1", "float_list": "kind: FloatList = 2"},
        "Features": {"feature": "map Feature = 1"},
    })

A field reads `[oneof:] [repeated | map] type = number`. A type is a scalar (`int64`), a message or an enum of
this package (`TensorSliceProto.Extent`), or one of tensorboard's by its full name (`tensorboard.VersionDef`).
Maps have string keys. A message `Outer.Inner` is nested in `Outer`, which the table must list before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "millpond"
_FIELD = re.compile(r"(?:(?P<oneof>\w+): )?(?:(?P<label>repeated|map) )?(?P<type>[\w.]+) = (?P<number>\d+)")
_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    name: _Field.Type.Value(f"TYPE_{name.upper()}")
    for name in ("bool", "bytes", "double", "fixed32", "float", "int32", "int64", "string")
}


def build(
    name: str,
    messages: Mapping[str, Mapping[str, str]],
    enums: Mapping[str, Sequence[str]] | None = None,
    uses: Sequence[Any] = (),
) -> dict[str, Any]:
    """Registers a file of messages in the default descriptor pool and makes their classes.

    Args:
        name: Name of the file, without folder and suffix; unique in this package.
        messages: Fields of every message, as the module's docstring shows.
        enums: Value names of every enum, numbered from zero; an enum is nested in a message of `messages`.
        uses: Generated modules (`*_pb2`), or a class of each other built file, that the fields refer to.

    Returns:
        The class of every message that is not nested, by name.

    Raises:
        ValueError: If a field cannot be read.
    """
    enums = enums or {}
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{_PACKAGE}/{name}.proto",
        package=_PACKAGE,
        syntax="proto3",
        dependency=[getattr(used.DESCRIPTOR, "file", used.DESCRIPTOR).name for used in uses],
    )
    declared: dict[str, Any] = {}
    for full_name, fields in messages.items():
        outer, _, own = full_name.rpartition(".")
        message = declared[outer].nested_type.add(name=own) if outer else file.message_type.add(name=own)
        declared[full_name] = message
        for field_name, text in fields.items():
            _add_field(message, full_name, field_name, text, enums)
    for full_name, values in enums.items():
        outer, _, own = full_name.rpartition(".")
        enum = declared[outer].enum_type.add(name=own)
        for number, value in enumerate(values):
            enum.value.add(name=value, number=number)
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    built = pool.FindFileByName(file.name).message_types_by_name
    return {own: message_factory.GetMessageClass(descriptor) for own, descriptor in built.items()}


def _add_field(
    message: Any, full_name: str, name: str, text: str, enums: Mapping[str, Sequence[str]]
) -> None:
    match = _FIELD.fullmatch(text)
    if match is None:
        raise ValueError(
            f"Field {full_name}.{name}: expected '[oneof:] [repeated|map] type = number', got {text!r}."
        )
    field = message.field.add(name=name, number=int(match["number"]), label=_Field.LABEL_OPTIONAL)
    if match["label"]:
        field.label = _Field.LABEL_REPEATED
    if match["oneof"]:
        names = [oneof.name for oneof in message.oneof_decl]
        if match["oneof"] not in names:
            message.oneof_decl.add(name=match["oneof"])
            names.append(match["oneof"])
        field.oneof_index = names.index(match["oneof"])
    if match["label"] == "map":
        # A map is a repeated nested message `NameEntry` with the fields key and value.
        own = "".join(part.capitalize() for part in name.split("_")) + "Entry"
        entry = message.nested_type.add(name=own)
        entry.options.map_entry = True
        _add_field(entry, own, "key", "string = 1", enums)
        _add_field(entry, own, "value", f"{match['type']} = 2", enums)
        field.type, field.type_name = _Field.TYPE_MESSAGE, f".{_PACKAGE}.{full_name}.{own}"
    else:
        _set_type(field, match["type"], enums)


def _set_type(field: Any, type_name: str, enums: Mapping[str, Sequence[str]]) -> None:
    if type_name in _SCALARS:
        field.type = _SCALARS[type_name]
        return
    foreign = type_name.startswith("tensorboard.")
    field.type_name = f".{type_name}" if foreign else f".{_PACKAGE}.{type_name}"
    is_enum = _is_foreign_enum(type_name) if foreign else type_name in enums
    field.type = _Field.TYPE_ENUM if is_enum else _Field.TYPE_MESSAGE


def _is_foreign_enum(full_name: str) -> bool:
    try:
        descriptor_pool.Default().FindEnumTypeByName(full_name)
    except KeyError:
        return False
    return True
