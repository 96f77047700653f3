"""Regular expressions on strings, in the syntax that RE2 and Python's `re` share."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from millpond.errors import InvalidArgumentError
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules


def compile_pattern(pattern: bytes) -> re.Pattern[bytes]:
    """The compiled expression.

    Raises:
      InvalidArgumentError: If it is none.
    """
    try:
        return re.compile(pattern)
    except re.error as error:
        raise InvalidArgumentError(None, None, f"Invalid pattern: {pattern!r}, error: {error}") from None


def _matches(texts: np.ndarray, pattern: bytes) -> np.ndarray:
    match = compile_pattern(pattern).fullmatch
    found = np.empty(texts.shape, dtype=np.bool_)
    for i, text in enumerate(texts.flat):
        found.flat[i] = match(text) is not None
    return found


def _regex_full_match_kernel(context: HostContext, input: Array, pattern: Array) -> Array:
    if pattern.size != 1:
        raise InvalidArgumentError(None, None, f"Pattern must be scalar, but received {list(pattern.shape)}")
    return _matches(input, pattern.reshape(())[()])


REGEX_FULL_MATCH = define_op(
    "RegexFullMatch", inputs="input: string, pattern: string", outputs="output: bool",
    shape=lambda input, pattern: input, kernel=_regex_full_match_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _static_regex_full_match_kernel(context: HostContext, input: Array, *, pattern: str) -> Array:
    return _matches(input, pattern.encode("utf-8", "surrogateescape"))


STATIC_REGEX_FULL_MATCH = define_op(
    "StaticRegexFullMatch", inputs="input: string", outputs="output: bool", attrs="pattern: string",
    shape=shape_rules.same, kernel=_static_regex_full_match_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def regex_full_match(input: Any, pattern: Any, name: str | None = None) -> Tensor:
    """Whether strings match a regular expression as a whole.

    Args:
      input: Strings of any shape.
      pattern: The expression: a string, or a tensor of no dimensions.

    Returns:
      A bool tensor of the shape of `input`.

    Raises:
      tf.errors.InvalidArgumentError: When run, if the expression is not valid.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(regex_full_match(["model.ckpt-7", "model"], r".*-[0-9]+")))
      [ True False]
    """
    if isinstance(pattern, (str, bytes)):
        return STATIC_REGEX_FULL_MATCH(input, pattern=pattern, name=name)
    return REGEX_FULL_MATCH(input, pattern, name=name)
