"""Numbers as strings, in the formats of C's `printf`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules

_TYPES = ("{float, double, int32, uint8, int16, int8, int64, bfloat16, uint16, half, uint32, uint64, complex64, "
          "complex128, bool, variant, string}")


def _format(dtype: np.dtype, precision: int, scientific: bool, shortest: bool, width: int, fill: str) -> str:
    """The `%` format of one number."""
    if len(fill) > 1:
        raise ValueError(f"Fill argument must be a single character or empty: {fill!r}")
    if fill and fill not in " +-0#":
        raise ValueError(f"Fill argument must be one of ' ', '+', '-', '0', '#', got {fill!r}")
    if scientific and shortest:
        raise ValueError("Cannot select both scientific and shortest notation")
    is_whole = dtype.kind in "iub"
    if is_whole and (scientific or shortest or precision >= 0):
        raise ValueError(f"precision, scientific and shortest are not for {dtype.name}")
    size = f"%{fill}{width if width >= 0 else ''}{f'.{precision}' if precision >= 0 else ''}"
    if dtype.kind in "iu":
        return f"{size}d"
    return size + ("e" if scientific else "g" if shortest else "f")


def _as_string_kernel(context: HostContext, input: Array, *, precision: int, scientific: bool, shortest: bool,
                      width: int, fill: str) -> Array:
    if input.dtype == object:
        return input
    result = np.empty(input.shape, object)
    if input.dtype == bool:
        result.ravel()[...] = [b"true" if value else b"false" for value in input.ravel()]
        return result
    style = _format(input.dtype, precision, scientific, shortest, width, fill)

    def text(value: Any) -> str:
        if isinstance(value, complex):
            return f"({text(value.real)},{text(value.imag)})"
        # C fills what is no number with spaces.
        return (style if math.isfinite(value) else style.replace("%0", "%")) % value

    result.ravel()[...] = [text(value).encode() for value in input.ravel().tolist()]
    return result


AS_STRING = define_op(
    "AsString", inputs="input: T", outputs="output: string",
    attrs=f"T: {_TYPES}, precision: int = -1, scientific: bool = False, shortest: bool = False, width: int = -1, "
          "fill: string = ''",
    shape=shape_rules.same, kernel=_as_string_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def as_string(input: TensorLike, precision: int = -1, scientific: bool = False, shortest: bool = False,
              width: int = -1, fill: str = "", name: str | None = None) -> Tensor:
    """Numbers in decimal notation.

    Args:
      input: Numbers or bools of any shape.
      precision: How many digits come after the point; 6 by default. Only for floats.
      scientific: Whether floats are written with an exponent.
      shortest: Whether floats are written in the shorter of both notations.
      width: How many characters a number takes at least.
      fill: What fills it: `" "`, `"0"`, `"-"` (to the right), `"+"` (a sign always) or `"#"`.
      name: Name of the node.

    Returns:
      A string tensor of the shape of `input`.

    Raises:
      tf.errors.InvalidArgumentError: When run, if the format is none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.as_string([3.14159, -2.0], precision=2)))
      [b'3.14' b'-2.00']
    """
    return AS_STRING(input, precision=precision, scientific=scientific, shortest=shortest, width=width, fill=fill,
                     name=name)
