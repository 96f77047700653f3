"""Strings split into parts, as sparse tensors with a row for each string."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import SparseTensor
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.ops import shape_rules
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _split_shape(input: TensorShape, separator: TensorShape) -> tuple[TensorShape, ...]:
    shape_rules.with_rank(input, 1)
    shape_rules.with_rank(separator, 0)
    return TensorShape([None, 2]), shape_rules.VECTOR, TensorShape([2])


def _rows(rows: Sequence[Sequence[bytes]]) -> list[Array]:
    """The parts of a sparse tensor that has these rows."""
    longest = max((len(row) for row in rows), default=0)
    places = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    values = np.empty(len(places), object)
    values[...] = [part for row in rows for part in row]
    return [np.array(places, np.int64).reshape(-1, 2), values, np.array([len(rows), longest], np.int64)]


# --- StringSplit

def _string_split_kernel(context: HostContext, input: Array, delimiter: Array, *, skip_empty: bool) -> list[Array]:
    separators: bytes = delimiter[()]
    ends = re.compile(b"[" + re.escape(separators) + b"]") if separators else None

    def parts(text: bytes) -> list[bytes]:
        if not text:
            return []
        found = ends.split(text) if ends else [text[i:i + 1] for i in range(len(text))]
        return [part for part in found if part] if skip_empty else found

    return _rows([parts(text) for text in input])


STRING_SPLIT = define_op(
    "StringSplit", inputs="input: string, delimiter: string",
    outputs="indices: int64, values: string, shape: int64", attrs="skip_empty: bool = True",
    shape=_split_shape, kernel=_string_split_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _check_result_type(result_type: str) -> None:
    if result_type == "RaggedTensor":
        raise NotImplementedError("result_type='RaggedTensor': Millpond has no ragged tensors; use 'SparseTensor'")
    if result_type != "SparseTensor":
        raise ValueError(f"result_type must be 'SparseTensor' or 'RaggedTensor', got {result_type!r}")


def _given(first: TensorLike | None, second: TensorLike | None, names: str) -> TensorLike:
    if (first is None) == (second is None):
        raise ValueError(f"Exactly one of the arguments {names} must be given; they are two names of one")
    chosen = second if first is None else first
    assert chosen is not None
    return chosen


def string_split(source: TensorLike | None = None, sep: TensorLike | None = None, skip_empty: bool = True,
                 delimiter: TensorLike = " ", result_type: str = "SparseTensor", input: TensorLike | None = None,
                 name: str | None = None) -> SparseTensor:
    """Strings split at single characters.

    Args:
      source: A vector of strings.
      sep: The characters at each of which is split; if empty, into bytes. A space by default.
      skip_empty: Whether empty parts are left out.
      delimiter: Another name of `sep`.
      result_type: `"SparseTensor"`.
      input: Another name of `source`.
      name: Name of the scope.

    Returns:
      A sparse tensor `[strings, most parts]`.

    Raises:
      ValueError: If `source` is no vector.
      NotImplementedError: If ragged tensors are asked for.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.string_split(["a b", "", "c"])).values)
      [b'a' b'b' b'c']
    """
    _check_result_type(result_type)
    strings = _given(source, input, "source and input")
    with name_scope(name, "StringSplit", [strings]):
        strings = convert_to_tensor(strings, name="source")
        indices, values, shape = STRING_SPLIT(strings, delimiter if sep is None else sep, skip_empty=skip_empty)
        return SparseTensor(indices, values, shape)


# --- StringSplitV2

def _words(text: bytes, most: int) -> list[bytes]:
    """The words of a text; after as many splits as are allowed comes what is left, be it nothing."""
    text, found = text.lstrip(), []
    while text:
        word = text.split(None, 1)[0]
        text = text[len(word):].lstrip()
        found.append(word)
        if len(found) == most:
            return [*found, text]
    return found


def _string_split_v2_kernel(context: HostContext, input: Array, sep: Array, *, maxsplit: int) -> list[Array]:
    separator: bytes = sep[()]

    def parts(text: bytes) -> list[bytes]:
        if maxsplit == 0:
            return [text]
        return text.split(separator, maxsplit) if separator else _words(text, maxsplit)

    if sep.ndim:
        raise InvalidArgumentError(None, None, f"sep must be a scalar, got shape: {list(sep.shape)}")
    return _rows([parts(text) for text in input])


STRING_SPLIT_V2 = define_op(
    "StringSplitV2", inputs="input: string, sep: string", outputs="indices: int64, values: string, shape: int64",
    attrs="maxsplit: int = -1", shape=_split_shape, kernel=_string_split_v2_kernel, gradient=NOT_DIFFERENTIABLE,
    host=True)


def strings_split(input: TensorLike | None = None, sep: TensorLike | None = None, maxsplit: int = -1,
                  result_type: str = "SparseTensor", source: TensorLike | None = None,
                  name: str | None = None) -> SparseTensor:
    """Strings split at a string, as Python's `str.split` does it.

    Args:
      input: A vector of strings, or one string.
      sep: The string at which is split; white space of any length by default, or if it is empty.
      maxsplit: How often is split at most; -1: without limit.
      result_type: `"SparseTensor"`.
      source: Another name of `input`.
      name: Name of the scope.

    Returns:
      A sparse tensor `[strings, most parts]`.

    Raises:
      ValueError: If `input` has more than one dimension.
      NotImplementedError: If ragged tensors are asked for.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.strings.split(["a  b", "c"])).values)
      [b'a' b'b' b'c']
    """
    _check_result_type(result_type)
    strings = _given(input, source, "input and source")
    with name_scope(name, "StringSplit", [strings]):
        strings = convert_to_tensor(strings, name="input")
        if strings.shape.ndims == 0:
            strings = convert_to_tensor([strings])
        indices, values, shape = STRING_SPLIT_V2(strings, "" if sep is None else sep, maxsplit=maxsplit)
        return SparseTensor(indices, values, shape)
