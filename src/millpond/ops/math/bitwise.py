"""Operations on the bits of integers."""

from __future__ import annotations

import numpy as np

from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE
from millpond.graph.rule_types import Array, ArrayModule
from millpond.graph.tensor import Tensor
from millpond.ops.dtype_sets import INTEGERS
from millpond.ops.factories import binary, unary

BITWISE_AND = binary("BitwiseAnd", lambda xp, x, y: xp.bitwise_and(x, y), NOT_DIFFERENTIABLE, INTEGERS)
BITWISE_OR = binary("BitwiseOr", lambda xp, x, y: xp.bitwise_or(x, y), NOT_DIFFERENTIABLE, INTEGERS)
BITWISE_XOR = binary("BitwiseXor", lambda xp, x, y: xp.bitwise_xor(x, y), NOT_DIFFERENTIABLE, INTEGERS)
INVERT = unary("Invert", lambda xp, x: xp.invert(x), NOT_DIFFERENTIABLE, INTEGERS)


def _distance(xp: ArrayModule, y: Array) -> Array:
    """A shift by less than nothing is none, one past the last bit is one by all bits but one: defined everywhere."""
    last = np.dtype(y.dtype).itemsize * 8 - 1
    return xp.clip(y, xp.zeros((), dtype=y.dtype), xp.asarray(last, dtype=y.dtype))


LEFT_SHIFT = binary("LeftShift", lambda xp, x, y: xp.left_shift(x, _distance(xp, y)), NOT_DIFFERENTIABLE, INTEGERS)
RIGHT_SHIFT = binary("RightShift", lambda xp, x, y: xp.right_shift(x, _distance(xp, y)), NOT_DIFFERENTIABLE, INTEGERS)


def _population_count_kernel(xp: ArrayModule, x: Array) -> Array:
    return xp.asarray(xp.bitwise_count(_unsigned(xp, x)), dtype=np.uint8)


def _unsigned(xp: ArrayModule, x: Array) -> Array:
    dtype = np.dtype(x.dtype)
    return x if dtype.kind == "u" else xp.asarray(x).view(np.dtype(f"u{dtype.itemsize}"))


POPULATION_COUNT = unary("PopulationCount", _population_count_kernel, NOT_DIFFERENTIABLE, INTEGERS, output="uint8")


def bitwise_and(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The bits that are set in both integers, elementwise with broadcasting.

    Args:
      x: A tensor of integers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.bitwise.bitwise_and([6, 5], 3)))
      [2 1]
    """
    return BITWISE_AND(x, y, name=name)


def bitwise_or(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The bits that are set in either integer, elementwise with broadcasting.

    Args:
      x: A tensor of integers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.bitwise.bitwise_or([6, 5], 3)))
      [7 7]
    """
    return BITWISE_OR(x, y, name=name)


def bitwise_xor(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The bits in which two integers differ, elementwise with broadcasting.

    Args:
      x: A tensor of integers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.bitwise.bitwise_xor([6, 5], 3)))
      [5 6]
    """
    return BITWISE_XOR(x, y, name=name)


def invert(x: TensorLike, name: str | None = None) -> Tensor:
    """All bits of integers the other way round."""
    return INVERT(x, name=name)


def left_shift(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x` shifted to the left by `y` bits; `y` is taken as a number from 0 to the last bit.

    Args:
      x: A tensor of integers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.bitwise.left_shift([1, 3], 2)))
      [ 4 12]
    """
    return LEFT_SHIFT(x, y, name=name)


def right_shift(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x` shifted to the right by `y` bits, with the sign kept for signed integers.

    Args:
      x: A tensor of integers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.bitwise.right_shift([8, -8], 2)))
      [ 2 -2]
    """
    return RIGHT_SHIFT(x, y, name=name)


def population_count(x: TensorLike, name: str | None = None) -> Tensor:
    """How many bits are set, uint8."""
    return POPULATION_COUNT(x, name=name)
