"""Strings as the numbers that they spell."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules

_INTEGER = re.compile(rb"[+-]?[0-9]+")
_FLOAT = re.compile(rb"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf(?:inity)?|nan)", re.IGNORECASE)
_HEXADECIMAL = re.compile(rb"[+-]?0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?[0-9]+)?", re.IGNORECASE)


def parsed_number(text: bytes, dtype: np.dtype) -> Any | None:
    """The number that a text spells, white space around it aside; None if it is none, or no integer of that size.

    Example:
      >>> parsed_number(b" 1e3 ", np.dtype(np.float32)), parsed_number(b"1e3", np.dtype(np.int32))
      (1000.0, None)
    """
    bare = text.strip()
    if dtype.kind == "i":
        number = int(bare) if _INTEGER.fullmatch(bare) and len(bare) < 1000 else None
        limits = np.iinfo(dtype)
        return number if number is not None and limits.min <= number <= limits.max else None
    if _FLOAT.fullmatch(bare):
        return float(bare)
    return _hexadecimal(bare) if _HEXADECIMAL.fullmatch(bare) else None


def _hexadecimal(text: bytes) -> float:
    try:
        return float.fromhex(text.decode())
    except OverflowError:
        return float("-inf" if text.startswith(b"-") else "inf")


def numbers_of(values: list[Any], dtype: np.dtype) -> np.ndarray:
    """Parsed numbers as an array; those that are too large for a float are infinite."""
    with np.errstate(over="ignore"):
        return np.array(values, np.float64 if dtype.kind == "f" else dtype).astype(dtype)


def _string_to_number_kernel(context: HostContext, string_tensor: Array, *, out_type: dtypes.DType) -> Array:
    dtype = out_type.np_dtype
    found = []
    for text in string_tensor.ravel():
        number = parsed_number(text, dtype)
        if number is None:
            raise InvalidArgumentError(None, None, f"StringToNumber could not correctly convert string: {text!r} is no "
                                       f"{out_type.name}")
        found.append(number)
    return numbers_of(found, dtype).reshape(string_tensor.shape)


STRING_TO_NUMBER = define_op(
    "StringToNumber", inputs="string_tensor: string", outputs="output: out_type",
    attrs="out_type: {float, double, int32, int64} = float", shape=shape_rules.same, kernel=_string_to_number_kernel,
    gradient=NOT_DIFFERENTIABLE, host=True)


def string_to_number(string_tensor: TensorLike | None = None, out_type: DTypeLike = dtypes.float32,
                     name: str | None = None, input: TensorLike | None = None) -> Tensor:
    """The numbers that strings spell, white space around them aside.

    Args:
      string_tensor: Strings of any shape.
      out_type: float32, float64, int32 or int64.
      name: Name of the node.
      input: Another name of `string_tensor`.

    Returns:
      Numbers of the shape of the strings. Floats that are too large are infinite.

    Raises:
      TypeError: For another dtype.
      tf.errors.InvalidArgumentError: When run, if a string spells no number of the dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.string_to_number(["1.5", " -2e3 "])))
      [ 1.5e+00 -2.0e+03]
    """
    return STRING_TO_NUMBER(input if string_tensor is None else string_tensor, out_type=out_type, name=name)
