"""Regular expressions on strings, in the syntax of RE2, which is read into that of Python's `re`."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

import numpy as np

from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.strings.string_elements import each
from millpond.shapes import TensorShape

# The parts of an expression that RE2 and Python write differently, and escapes, which hide them.
_DIFFERENT = re.compile(r"\\.|\[:\^?\w+:\]|\[\^?\]?|\]|\$", re.DOTALL)
_NAMED = {"alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7f", "blank": r"\t ", "cntrl": r"\x00-\x1f\x7f",
          "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~",
          "space": r"\t\n\v\f\r ", "upper": "A-Z", "word": r"0-9A-Za-z_", "xdigit": "0-9A-Fa-f"}


def _in_python(pattern: str) -> str:
    """The expression with the names of classes spelt out, and `$` at the very end only, as RE2 has it."""
    inside = False

    def replaced(match: re.Match[str]) -> str:
        nonlocal inside
        part = match.group()
        if part.startswith("[:") and inside and part.strip("[:]") in _NAMED:
            return _NAMED[part.strip("[:]")]
        if part == r"\z" and not inside:
            return r"\Z"
        if part[0] == "[":
            escaped = part if not inside else part.replace("[", r"\[")
            inside = True
            return escaped
        if part == "]":
            inside = False
        return r"\Z" if part == "$" and not inside else part

    has_lines = re.match(r"\(\?[a-zA-Z]*m", pattern) is not None
    return pattern if has_lines else _DIFFERENT.sub(replaced, pattern)


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


@functools.lru_cache(maxsize=256)
def compile_pattern(pattern: bytes) -> re.Pattern[str]:
    """The compiled expression; it is for text of UTF-8, of which `.` matches a whole character.

    Raises:
      InvalidArgumentError: If it is none.
    """
    try:
        return re.compile(_in_python(_decoded(pattern)), re.ASCII)
    except re.error as error:
        raise InvalidArgumentError(None, None, f"Invalid pattern: {pattern!r}, error: {error}") from None


def _one(value: Array, what: str) -> bytes:
    if value.size != 1:
        raise InvalidArgumentError(None, None, f"{what} must be scalar, but received {list(value.shape)}")
    text: bytes = value.reshape(())[()]
    return text


# --- RegexFullMatch

def _matches(texts: np.ndarray, pattern: bytes) -> np.ndarray:
    match = compile_pattern(pattern).fullmatch
    found = np.empty(texts.shape, dtype=np.bool_)
    for i, text in enumerate(texts.flat):
        found.flat[i] = match(_decoded(text)) is not None
    return found


def _regex_full_match_kernel(context: HostContext, input: Array, pattern: Array) -> Array:
    return _matches(input, _one(pattern, "Pattern"))


REGEX_FULL_MATCH = define_op(
    "RegexFullMatch", inputs="input: string, pattern: string", outputs="output: bool",
    shape=lambda input, pattern: input, kernel=_regex_full_match_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _static_regex_full_match_kernel(context: HostContext, input: Array, *, pattern: str) -> Array:
    return _matches(input, pattern.encode("utf-8", "surrogateescape"))


STATIC_REGEX_FULL_MATCH = define_op(
    "StaticRegexFullMatch", inputs="input: string", outputs="output: bool", attrs="pattern: string",
    shape=shape_rules.same, kernel=_static_regex_full_match_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def regex_full_match(input: TensorLike, pattern: TensorLike, name: str | None = None) -> Tensor:
    """Whether strings match a regular expression as a whole.

    Args:
      input: Strings of any shape.
      pattern: The expression: a string, or a tensor of no dimensions.
      name: Name of the node.

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


# --- RegexReplace

_REFERENCE = re.compile(r"\\(.?)", re.DOTALL)


def _rewriter(pattern: re.Pattern[str], rewrite: str) -> Callable[[re.Match[str]], str | None] | None:
    """What comes in the place of a match, None if the rewriting is written wrongly; None where it names a group that
    the expression does not have."""
    escapes = _REFERENCE.findall(rewrite)
    if any(escape.isdigit() and int(escape) > pattern.groups for escape in escapes):
        return None
    good = all(escape == "\\" or (escape.isascii() and escape.isdigit()) for escape in escapes)

    def replacement(match: re.Match[str]) -> str | None:
        if not good:
            return None
        return _REFERENCE.sub(lambda part: "\\" if part[1] == "\\" else match.group(int(part[1])) or "", rewrite)

    return replacement


def _replaced(text: str, pattern: re.Pattern[str], rewrite: Callable[[re.Match[str]], str | None],
              everywhere: bool) -> str:
    """As RE2 does it: no empty match right behind another match, which Python's `sub` has."""
    parts, place, last = [], 0, -1
    while place <= len(text) and (match := pattern.search(text, place)):
        parts.append(text[place:match.start()])
        if match.end() == match.start() == last:
            parts.append(text[last:last + 1])
            place, last = last + 1, -1
            continue
        new = rewrite(match)
        if not everywhere:
            return text if new is None else "".join([*parts, new, text[match.end():]])
        parts.append(new or "")
        place = last = match.end()
    return "".join([*parts, text[place:]])


def _rewritten(texts: Array, pattern: bytes, rewrite: bytes, everywhere: bool) -> Array:
    compiled = compile_pattern(pattern)
    rewriter = _rewriter(compiled, _decoded(rewrite))
    if rewriter is None:
        return texts
    return each(texts, lambda text: _replaced(_decoded(text), compiled, rewriter, everywhere).encode(
        "utf-8", "surrogateescape"))


def _regex_replace_shape(input: TensorShape, pattern: TensorShape, rewrite: TensorShape) -> TensorShape:
    shape_rules.with_rank(pattern, 0)
    shape_rules.with_rank(rewrite, 0)
    return input


def _regex_replace_kernel(context: HostContext, input: Array, pattern: Array, rewrite: Array, *,
                          replace_global: bool) -> Array:
    return _rewritten(input, _one(pattern, "Pattern"), _one(rewrite, "Rewrite"), replace_global)


REGEX_REPLACE = define_op(
    "RegexReplace", inputs="input: string, pattern: string, rewrite: string", outputs="output: string",
    attrs="replace_global: bool = True", shape=_regex_replace_shape, kernel=_regex_replace_kernel,
    gradient=NOT_DIFFERENTIABLE, host=True)


def _static_regex_replace_kernel(context: HostContext, input: Array, *, pattern: str, rewrite: str,
                                 replace_global: bool) -> Array:
    return _rewritten(input, pattern.encode("utf-8", "surrogateescape"), rewrite.encode("utf-8", "surrogateescape"),
                      replace_global)


STATIC_REGEX_REPLACE = define_op(
    "StaticRegexReplace", inputs="input: string", outputs="output: string",
    attrs="pattern: string, rewrite: string, replace_global: bool = True", shape=shape_rules.same,
    kernel=_static_regex_replace_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def regex_replace(input: TensorLike, pattern: TensorLike, rewrite: TensorLike, replace_global: bool = True,
                  name: str | None = None) -> Tensor:
    r"""Strings in which what matches a regular expression is replaced.

    Args:
      input: Strings of any shape.
      pattern: The expression: a string, or a tensor of no dimensions.
      rewrite: What comes in the place of a match: `\0` is all of it, `\1` to `\9` its groups, and two backslashes one.
      replace_global: Whether every match is replaced, not the first alone.
      name: Name of the node.

    Returns:
      Strings of the shape of `input`.

    Raises:
      tf.errors.InvalidArgumentError: When run, if the expression is not valid.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.regex_replace(["a1b22"], "[0-9]+", r"<\0>")))
      [b'a<1>b<22>']
    """
    if isinstance(pattern, (str, bytes)) and isinstance(rewrite, (str, bytes)):
        return STATIC_REGEX_REPLACE(input, pattern=pattern, rewrite=rewrite, replace_global=replace_global, name=name)
    return REGEX_REPLACE(input, pattern, rewrite, replace_global=replace_global, name=name)
