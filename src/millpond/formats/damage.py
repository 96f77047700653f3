"""Faults of what is read: how they are reported."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import DecodeError

from millpond.errors import DataLossError


def damaged(place: str, reason: str) -> DataLossError:
    """The error to raise for bytes that cannot be right.

    Args:
        place: The file, and what of it.
        reason: What is wrong: what was expected, what came.

    Example:
        >>> print(damaged("model.ckpt.index", "not a table"))
        model.ckpt.index: not a table.
    """
    return DataLossError(None, None, f"{place}: {reason}.")


def parse(message: Any, data: bytes, place: str) -> Any:
    """Parses a message of class `message`.

    Raises:
        DataLossError: If the data is no such message.
    """
    try:
        return message.FromString(data)
    except DecodeError as error:
        raise damaged(place, f"expected the message {message.DESCRIPTOR.name}: {error}") from None
