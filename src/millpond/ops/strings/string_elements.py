"""One string from each string: parts, case, length, white space, and base64."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

import numpy as np

from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import INDEX
from millpond.shapes import TensorShape

_UNIT = "unit: {'BYTE', 'UTF8_CHAR'} = 'BYTE'"
# The first byte of each character of UTF-8.
_CHARACTER = re.compile(rb"[^\x80-\xbf]")


def each(strings: Array, function: Callable[[bytes], bytes]) -> Array:
    """`function` of every string, in an array of the same shape."""
    result = np.empty(strings.shape, object)
    result.ravel()[...] = [function(text) for text in strings.ravel()]
    return result


# --- Substr

def _substr_shape(input: TensorShape, pos: TensorShape, len: TensorShape) -> TensorShape:
    merged = pos.merge_with(len)
    if input.sizes is not None and merged.sizes is not None and merged.ndims and merged.ndims < (input.ndims or 0):
        raise ValueError(f"Shape must be rank 0 but is rank {merged.ndims}: pos and len are numbers, or have as many "
                         f"dimensions as the strings, {input.ndims}")
    return shape_rules.broadcast(input, merged)


def _substr_kernel(context: HostContext, input: Array, pos: Array, len: Array, *, unit: str) -> Array:
    if pos.shape != len.shape:
        raise InvalidArgumentError(None, None, f"pos and len should have the same shape, got: {list(pos.shape)} vs. "
                                   f"{list(len.shape)}")
    strings, starts, sizes = np.broadcast_arrays(input, pos, len)
    result = np.empty(strings.shape, object)
    for i, (text, start, size) in enumerate(zip(strings.flat, starts.flat, sizes.flat, strict=True)):
        result.flat[i] = _part(text, int(start), int(size), unit == "BYTE")
    return result


def _part(text: bytes, start: int, size: int, is_bytes: bool) -> bytes:
    places = range(len(text)) if is_bytes else [match.start() for match in _CHARACTER.finditer(text)]
    count = len(places)
    if not -count <= start <= count:
        raise InvalidArgumentError(None, None, f"pos {start} out of range for string {text!r} of {count} "
                                   f"{'bytes' if is_bytes else 'characters'}")
    first = start if start >= 0 else start + count
    # A negative length takes all that is left.
    last = count if size < 0 else min(first + size, count)
    ends = [*places, len(text)]
    return text[ends[first]:ends[last]]


SUBSTR = define_op(
    "Substr", inputs="input: string, pos: T, len: T", outputs="output: string", attrs=f"T: {INDEX}, {_UNIT}",
    shape=_substr_shape, kernel=_substr_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def substr(input: TensorLike, pos: TensorLike, len: TensorLike, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """Parts of strings.

    Args:
      input: Strings of any shape.
      pos: Where each part begins; negative numbers count from the end. Numbers of a shape that broadcasts with that of
        `input`.
      len: How long it is at most; all that is left if negative. Of the shape of `pos`.
      name: Name of the node.
      unit: What is counted, `"BYTE"` or `"UTF8_CHAR"`.

    Returns:
      Strings of the broadcast shape.

    Raises:
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: When run, if a position lies outside of its string.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.substr(["hello", "world"], 1, 2)))
      [b'el' b'or']
    """
    return SUBSTR(input, pos, len, unit=unit, name=name)


# --- StringLength

def _length_kernel(context: HostContext, input: Array, *, unit: str) -> Array:
    count = len if unit == "BYTE" else lambda text: len(_CHARACTER.findall(text))
    return np.array([count(text) for text in input.ravel()], np.int32).reshape(input.shape)


STRING_LENGTH = define_op("StringLength", inputs="input: string", outputs="output: int32", attrs=_UNIT,
                          shape=shape_rules.same, kernel=_length_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def string_length(input: TensorLike, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """How long strings are.

    Args:
      input: Strings of any shape.
      name: Name of the node.
      unit: What is counted, `"BYTE"` or `"UTF8_CHAR"`.

    Returns:
      An int32 tensor of the shape of `input`.

    Raises:
      ValueError: If the unit is none of the two.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.strings.length(["abc", "", "\u00e9"])))
      [3 0 2]
    """
    return STRING_LENGTH(input, unit=unit, name=name)


# --- StringLower, StringUpper, StringStrip

def _changed(strings: Array, encoding: str, of_bytes: Callable[[bytes], bytes], of_text: Callable[[str], str]) -> Array:
    if encoding not in ("", "utf-8"):
        raise InvalidArgumentError(None, None, f"only utf-8 or '' (no encoding) is supported, received {encoding!r}")
    if not encoding:
        return each(strings, of_bytes)
    return each(strings, lambda text: of_text(text.decode("utf-8", "replace")).encode())


def _lower_kernel(context: HostContext, input: Array, *, encoding: str) -> Array:
    return _changed(input, encoding, bytes.lower, str.lower)


STRING_LOWER = define_op("StringLower", inputs="input: string", outputs="output: string", attrs="encoding: string = ''",
                         shape=shape_rules.same, kernel=_lower_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def string_lower(input: TensorLike, encoding: str = "", name: str | None = None) -> Tensor:
    """Strings in lower case.

    Args:
      input: Strings of any shape.
      encoding: `"utf-8"` for the letters of all scripts; by default only those of ASCII change.
      name: Name of the node.

    Returns:
      Strings of the shape of `input`.

    Raises:
      tf.errors.InvalidArgumentError: When run, for another encoding.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.strings.lower(["Hello", "A b"])))
      [b'hello' b'a b']
    """
    return STRING_LOWER(input, encoding=encoding, name=name)


def _upper_kernel(context: HostContext, input: Array, *, encoding: str) -> Array:
    return _changed(input, encoding, bytes.upper, str.upper)


STRING_UPPER = define_op("StringUpper", inputs="input: string", outputs="output: string", attrs="encoding: string = ''",
                         shape=shape_rules.same, kernel=_upper_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def string_upper(input: TensorLike, encoding: str = "", name: str | None = None) -> Tensor:
    """Strings in upper case.

    Args:
      input: Strings of any shape.
      encoding: `"utf-8"` for the letters of all scripts; by default only those of ASCII change.
      name: Name of the node.

    Returns:
      Strings of the shape of `input`.

    Raises:
      tf.errors.InvalidArgumentError: When run, for another encoding.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.strings.upper(["Hello", "A b"])))
      [b'HELLO' b'A B']
    """
    return STRING_UPPER(input, encoding=encoding, name=name)


def _strip_kernel(context: HostContext, input: Array) -> Array:
    return each(input, bytes.strip)


STRING_STRIP = define_op("StringStrip", inputs="input: string", outputs="output: string", shape=shape_rules.same,
                         kernel=_strip_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def string_strip(input: TensorLike, name: str | None = None) -> Tensor:
    """Strings without the white space at their ends.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.string_strip(["  a ", "b c\\n"])))
      [b'a' b'b c']
    """
    return STRING_STRIP(input, name=name)


# --- EncodeBase64, DecodeBase64

def _encode_base64_kernel(context: HostContext, input: Array, *, pad: bool) -> Array:
    return each(input, lambda data: base64.urlsafe_b64encode(data) if pad else
                base64.urlsafe_b64encode(data).rstrip(b"="))


ENCODE_BASE64 = define_op("EncodeBase64", inputs="input: string", outputs="output: string", attrs="pad: bool = False",
                          shape=shape_rules.same, kernel=_encode_base64_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def encode_base64(input: TensorLike, pad: bool = False, name: str | None = None) -> Tensor:
    """Strings in the base64 of URLs, in which `-` and `_` stand for `+` and `/` (RFC 4648, section 5).

    Args:
      input: Strings of any shape.
      pad: Whether `=` fills the last four characters.
      name: Name of the node.

    Returns:
      Strings of the shape of `input`.

    Raises:
      TypeError: If `input` holds no strings.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.encode_base64(["hello", ""])))
      [b'aGVsbG8' b'']
    """
    return ENCODE_BASE64(input, pad=pad, name=name)


def _decoded(text: bytes) -> bytes:
    bare = text.rstrip(b"=") if len(text) % 4 == 0 and not text.endswith(b"===") else text
    if re.fullmatch(rb"[A-Za-z0-9_-]*", bare) and len(bare) % 4 != 1:
        try:
            return base64.urlsafe_b64decode(bare + b"=" * (-len(bare) % 4))
        except binascii.Error as error:
            raise InvalidArgumentError(None, None, f"Invalid base64: {text!r}: {error}") from None
    raise InvalidArgumentError(None, None, f"Invalid character or length found in base64: {text!r}; it is the base64 "
                               "of URLs, with - and _")


def _decode_base64_kernel(context: HostContext, input: Array) -> Array:
    return each(input, _decoded)


DECODE_BASE64 = define_op("DecodeBase64", inputs="input: string", outputs="output: string", shape=shape_rules.same,
                          kernel=_decode_base64_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def decode_base64(input: TensorLike, name: str | None = None) -> Tensor:
    """What strings in the base64 of URLs stand for; with or without `=` at their ends.

    Args:
      input: Strings of any shape.
      name: Name of the node.

    Returns:
      Strings of the shape of `input`.

    Raises:
      tf.errors.InvalidArgumentError: When run, if one is no base64.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.decode_base64(["aGVsbG8", "aGVsbG8="])))
      [b'hello' b'hello']
    """
    return DECODE_BASE64(input, name=name)
