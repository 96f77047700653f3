"""Values as text: `StringFormat` and `PrintV2`, of which `tf.print` is made."""

from __future__ import annotations

import logging
import pprint
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import SparseTensor
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.logs import LOGGER
from millpond.ops import shape_rules
from millpond.shapes import TensorShape

_STREAMS = {"stdout": "stdout", "stderr": "stderr"}
_LEVELS = {"log(info)": logging.INFO, "log(warning)": logging.WARNING, "log(error)": logging.ERROR}
_LEVEL_NAMES = {"info": "log(info)", "warn": "log(warning)", "warning": "log(warning)", "error": "log(error)",
                logging.INFO: "log(info)", logging.WARNING: "log(warning)", logging.ERROR: "log(error)"}
_FILE = "file://"


# --- an array as text

def array_text(value: np.ndarray, summarize: int) -> str:
    """An array in brackets, a line to each row, with `summarize` elements from both ends of each dimension (all: -1).

    Example:
      >>> print(array_text(np.arange(18).reshape(2, 9), 2))
      [[0 1 ... 7 8]
       [9 10 ... 16 17]]
    """
    return _text(value, summarize, 0)


def _text(value: np.ndarray, summarize: int, depth: int) -> str:
    if value.ndim == 0:
        return _element(value[()])
    count = len(value)
    places: list[int | None] = list(range(count))
    if 0 <= summarize and 2 * summarize < count:
        places = [*range(summarize), None, *range(count - summarize, count)]
    parts = ["..." if place is None else _text(value[place, ...], summarize, depth + 1) for place in places]
    return "[" + (" " if value.ndim == 1 else "\n" * (value.ndim - 1) + " " * (depth + 1)).join(parts) + "]"


def _element(item: Any) -> str:
    if isinstance(item, bytes):
        return f'"{item.decode("utf-8", "replace")}"'
    kind = np.dtype(item.dtype).kind if hasattr(item, "dtype") else None
    if kind == "b":
        return "1" if item else "0"
    if kind in ("f", "V"):
        return _float(item)
    return "?" if kind == "c" else str(item)


def _float(item: Any) -> str:
    """As few digits as tell the number, in one of two lengths."""
    double = np.dtype(item.dtype).itemsize == 8
    few, many = (15, 17) if double else (6, 9)
    number = float(item)
    short = f"{number:.{few}g}"
    kept = float(short) == number if double else np.float32(short) == np.float32(number)
    return short if kept or number != number else f"{number:.{many}g}"


# --- StringFormat

def _string_format_shape(inputs: Sequence[TensorShape]) -> TensorShape:
    return shape_rules.SCALAR


def _string_format_kernel(context: HostContext, inputs: Sequence[Array], *, template: str, placeholder: str,
                          summarize: int) -> Array:
    pieces = template.split(placeholder)
    if len(pieces) != len(inputs) + 1:
        raise ValueError(f"num placeholders in template and num inputs must match: {len(pieces) - 1} vs. {len(inputs)}")
    words = [piece + array_text(value, summarize) for piece, value in zip(pieces, inputs, strict=False)]
    return np.array("".join([*words, pieces[-1]]).encode(), object)


STRING_FORMAT = define_op(
    "StringFormat", inputs="inputs: T", outputs="output: string",
    attrs="T: list(type) >= 0, template: string = '%s', placeholder: string = '%s', summarize: int = 3",
    shape=_string_format_shape, kernel=_string_format_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def string_format(template: str, inputs: TensorLike | Sequence[TensorLike], placeholder: str = "{}",
                  summarize: int = 3, name: str | None = None) -> Tensor:
    """A text with values of tensors in it.

    Args:
      template: The text, with a placeholder for each tensor.
      inputs: A tensor, or a list or tuple of tensors.
      placeholder: What the text has in the place of a tensor.
      summarize: How many elements to show from both ends of each dimension; all for -1.
      name: Name of the node.

    Returns:
      A string.

    Raises:
      ValueError: If there are more or fewer placeholders than tensors.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.strings.format("{} of {}", (tf.range(9), 1.5))).decode())
      [0 1 2 ... 6 7 8] of 1.5
    """
    tensors = [convert_to_tensor(one) for one in (inputs if isinstance(inputs, (list, tuple)) else [inputs])]
    count = template.count(placeholder)
    if count != len(tensors):
        raise ValueError(f"The template expects {count} tensors, but the inputs have {len(tensors)}: each placeholder "
                         f"{placeholder!r} stands for one")
    return STRING_FORMAT(tensors, template=template, placeholder=placeholder, summarize=summarize, name=name)


# --- PrintV2

def _print_v2_kernel(context: HostContext, input: Array, *, output_stream: str, end: str) -> list[Array]:
    printed: Any = input[()]
    text = printed.decode("utf-8", "replace") + end
    if output_stream in _STREAMS:
        print(text, end="", file=getattr(sys, output_stream), flush=True)
    elif output_stream in _LEVELS:
        LOGGER.log(_LEVELS[output_stream], "%s", text.removesuffix("\n"))
    else:
        with open(output_stream.removeprefix(_FILE), "a", encoding="utf-8") as file:
            file.write(text)
    return []


PRINT_V2 = define_op("PrintV2", inputs="input: string", outputs="",
                     attrs="output_stream: string = 'stderr', end: string = '\n'",
                     shape=shape_rules.nothing, kernel=_print_v2_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def print_v2(*inputs: object, **options: Any) -> Operation:
    """Prints values whenever the operation that it returns runs.

    Args:
      *inputs: Tensors, Python values, and structures of both. Text is printed as it is.
      **options: `output_stream`: `sys.stderr` (the default), `sys.stdout`, a level of `tf.logging` or its function
        (`tf.logging.info`), or a name such as `"file:///tmp/printed"`, to which is appended. `summarize`: how many
        elements to show from both ends of each dimension (3 by default, all for -1). `sep` and `end`, as of Python's
        `print`. `name`: name of the node.

    Returns:
      The operation; let others depend on it, or fetch it.

    Raises:
      ValueError: If there is no such stream or option.

    Example:
      >>> import sys
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.constant([1.0, 2.5])
      ...     with tf.control_dependencies([tf.print("x:", x, output_stream=sys.stdout)]):
      ...         y = x * 2.0
      ...     print(sess.run(y))
      x: [1 2.5]
      [2. 5.]
    """
    output_stream = _stream(options.pop("output_stream", sys.stderr))
    summarize, sep, end = options.pop("summarize", 3), options.pop("sep", " "), options.pop("end", "\n")
    name = options.pop("name", None)
    if options:
        raise ValueError(f"Unrecognized keyword arguments for print: {options}")
    if len(inputs) == 1 and _is_text(inputs[0]):
        return PRINT_V2(inputs[0], output_stream=output_stream, end=end, name=name)
    tensors: list[Tensor] = []
    placeholder = "{}"
    while placeholder in pprint.pformat(inputs) or any(placeholder in text for text in inputs if isinstance(text, str)):
        placeholder = f"{{{len(placeholder)}{placeholder}}}"
    words = [one if isinstance(one, str) else pprint.pformat(_shown(one, tensors, _Bare(placeholder)))
             for one in inputs]
    text = STRING_FORMAT(tensors, template=sep.join(words), placeholder=placeholder,
                         summarize=3 if summarize is None else summarize, name=f"{name}_format" if name else None)
    return PRINT_V2(text, output_stream=output_stream, end=end, name=name)


class _Bare:
    """Words that stand without quotes where a structure is printed."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __repr__(self) -> str:
        return self._words


def _is_text(value: Any) -> bool:
    return isinstance(value, Tensor) and value.dtype.base_dtype.name == "string" and value.shape.ndims == 0


def _shown(value: Any, tensors: list[Tensor], mark: _Bare) -> Any:
    """The structure with a mark in place of each tensor, which is added to the list."""
    if isinstance(value, SparseTensor):
        tensors.extend([value.indices, value.values, value.dense_shape])
        return f"SparseTensor(indices={mark!r}, values={mark!r}, shape={mark!r})"
    if isinstance(value, dict):
        return {key: _shown(item, tensors, mark) for key, item in sorted(value.items())}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_shown(item, tensors, mark) for item in value))
    if isinstance(value, (list, tuple)):
        return type(value)(_shown(item, tensors, mark) for item in value)
    if isinstance(value, Tensor) or hasattr(value, "value_index") or hasattr(value, "initializer"):
        tensors.append(convert_to_tensor(value))
        return mark
    return value


def _stream(output_stream: Any) -> str:
    if output_stream is sys.stdout or output_stream is sys.stderr:
        return "stdout" if output_stream is sys.stdout else "stderr"
    if isinstance(output_stream, str) and output_stream.startswith(_FILE):
        return output_stream
    key = getattr(output_stream, "__name__", None) if callable(output_stream) else output_stream
    if not isinstance(key, (str, int)) or (isinstance(key, str) and not callable(output_stream)) \
            or key not in _LEVEL_NAMES:
        raise ValueError(f"Unsupported output stream, logging level, or file: {output_stream!r}. Supported streams are "
                         "sys.stdout, sys.stderr, tf.logging.info, tf.logging.warning, tf.logging.error, and names "
                         "that begin with 'file://'.")
    return _LEVEL_NAMES[key]
