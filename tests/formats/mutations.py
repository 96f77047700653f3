"""Random changes to files and messages, for tests that read what is damaged."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

_BYTES = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)
_INTEGERS = (0, 1, -1, 2, 7, 127, 128, 255, 65536, 2**31 - 1, -(2**31), 2**40, 2**62, 2**63 - 1, -(2**63))
_FLOATS = (0.0, -1.0, 1e300, float("inf"), float("nan"))
_TEXTS = ("", "a", "/", "^", ":", "a:0", "a:99999999999999999999", "^a", "loc:@a", "\0", "ü", "..", "x" * 200)
_INTEGER_TYPES = {FieldDescriptor.CPPTYPE_INT32: 32, FieldDescriptor.CPPTYPE_INT64: 64,
                  FieldDescriptor.CPPTYPE_UINT32: -32, FieldDescriptor.CPPTYPE_UINT64: -64}


def changed_bytes(data: bytes, choose: random.Random) -> bytes:
    """A copy with one to three changes: bits, bytes, parts left out, put in twice, or moved, an end cut off."""
    changed = bytearray(data)
    for _ in range(choose.choice((1, 1, 2, 3))):
        place = choose.randrange(len(changed) + 1)
        size = min(choose.choice((1, 1, 2, 4, 8, 40)), len(changed) - place)
        part = bytes(changed[place:place + size])
        kind = choose.randrange(7)
        if kind == 0 and place < len(changed):
            changed[place] ^= 1 << choose.randrange(8)
        elif kind == 1 and place < len(changed):
            changed[place] = choose.choice(_BYTES)
        elif kind == 2:
            del changed[place:place + size]
        elif kind == 3:
            changed[place:place] = part
        elif kind == 4:
            changed[place:place] = choose.randbytes(choose.randrange(9))
        elif kind == 5:
            del changed[place:]
        else:
            other = choose.randrange(len(changed) + 1)
            changed[other:other + size] = part
    return bytes(changed)


def changed_message(message: Any, choose: random.Random) -> Any:
    """A copy of a message with one or two changes to fields anywhere in it, of the right types."""
    copy = type(message)()
    copy.CopyFrom(message)
    for _ in range(choose.choice((1, 1, 2))):
        places = list(_places(copy))
        if places:
            _change(*choose.choice(places), choose)
    return copy


def _places(message: Any) -> Iterator[tuple[Any, Any]]:
    """All fields that are set, as pairs of the message that has one and its descriptor."""
    for field, value in message.ListFields():
        yield message, field
        if field.cpp_type != FieldDescriptor.CPPTYPE_MESSAGE:
            continue
        if _is_map(field):
            if field.message_type.fields_by_name["value"].cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
                for key in value:
                    yield from _places(value[key])
        else:
            for item in value if field.is_repeated else [value]:
                yield from _places(item)


def _is_map(field: Any) -> bool:
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def _change(message: Any, field: Any, choose: random.Random) -> None:
    value = getattr(message, field.name)
    if choose.random() < 0.15:
        message.ClearField(field.name)
    elif _is_map(field):
        key = choose.choice(sorted(value))
        if choose.random() < 0.5:
            del value[key]
        elif field.message_type.fields_by_name["value"].cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            value[choose.choice([*sorted(value), *_TEXTS])].CopyFrom(value[key])
    elif field.is_repeated:
        place = choose.randrange(len(value))
        kind = choose.randrange(3)
        if kind == 0:
            del value[place]
        elif kind == 1:
            value.append(value[place]) if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE else \
                value.extend([value[place]] * choose.choice((1, 3, 70)))
        elif field.cpp_type != FieldDescriptor.CPPTYPE_MESSAGE:
            value[place] = _another(field, value[place], choose)
        else:
            value[place].CopyFrom(value[choose.randrange(len(value))])
    elif field.cpp_type != FieldDescriptor.CPPTYPE_MESSAGE:
        setattr(message, field.name, _another(field, value, choose))


def _another(field: Any, value: Any, choose: random.Random) -> Any:
    kind = field.cpp_type
    if kind in _INTEGER_TYPES:
        bits = _INTEGER_TYPES[kind]
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if bits > 0 else (0, 2**-bits - 1)
        return min(max(choose.choice((*_INTEGERS, value + 1, value - 1)), low), high)
    if kind == FieldDescriptor.CPPTYPE_ENUM:
        return choose.randrange(130)
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return not value
    if kind in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return choose.choice(_FLOATS)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return changed_bytes(value, choose)
    return choose.choice((*_TEXTS, value + "a", value[1:], value[:-1]))
