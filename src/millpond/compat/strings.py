"""`tf.compat`: text, bytes and numbers for programs that run under Python 2 and 3."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

# For `isinstance`.
bytes_or_text_types = (bytes, str)
integral_types = (numbers.Integral, np.integer)
real_types = (numbers.Real, np.integer, np.floating)
complex_types = (numbers.Complex, np.number)


def as_bytes(bytes_or_text: bytes | bytearray | str, encoding: str = "utf-8") -> bytes:
    """Text as bytes; bytes stay as they are.

    Raises:
      TypeError: If it is neither.

    Example:
      >>> as_bytes("h\u00e9")
      b'h\\xc3\\xa9'
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, (bytes, bytearray)):
        return bytes(bytes_or_text)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


def as_text(bytes_or_text: bytes | bytearray | str, encoding: str = "utf-8") -> str:
    """Bytes as text; text stays as it is.

    Raises:
      TypeError: If it is neither.

    Example:
      >>> as_text(b"a")
      'a'
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, (bytes, bytearray)):
        return bytes(bytes_or_text).decode(encoding)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


# What Python 3 calls `str` is text.
as_str = as_text


def as_str_any(value: Any) -> str:
    """Any value as `str`: bytes are decoded, anything else is printed.

    Example:
      >>> as_str_any(3), as_str_any(b"a")
      ('3', 'a')
    """
    return as_str(value) if isinstance(value, bytes) else str(value)


def path_to_str(path: Any) -> Any:
    """A `pathlib.Path` (or other object that names a file) as `str`; anything else as it is.

    Example:
      >>> import pathlib
      >>> path_to_str(pathlib.Path("a")), path_to_str("b")
      ('a', 'b')
    """
    return as_str_any(path.__fspath__()) if hasattr(path, "__fspath__") else path
