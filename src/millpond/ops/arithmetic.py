"""Elementwise arithmetic of two inputs."""

from __future__ import annotations

from typing import Any

from millpond.graph.tensor import Tensor
from millpond.ops.dtype_sets import NUMBERS
from millpond.ops.factories import binary


def _add_kernel(xp, x, y):
    return xp.add(x, y)


def _add_gradient(g, op, dz):
    x, y = op.inputs
    return g.unbroadcast(x, y, lambda: dz, lambda: dz)


ADD = binary("AddV2", _add_kernel, _add_gradient, NUMBERS)


def add(x: Any, y: Any, name: str | None = None) -> Tensor:
    """`x + y` elementwise, with broadcasting.

    Args:
      x: A tensor of numbers or strings.
      y: A tensor of the same dtype.
      name: Name of the node.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.add([1, 2], 3)))
      [4 5]
    """
    return ADD(x, y, name=name or "Add")


def _multiply_kernel(xp, x, y):
    return xp.multiply(x, y)


def _multiply_gradient(g, op, dz):
    x, y = op.inputs
    return g.unbroadcast(x, y, lambda: g.Mul(dz, g.conj(y)), lambda: g.Mul(g.conj(x), dz))


MULTIPLY = binary("Mul", _multiply_kernel, _multiply_gradient, NUMBERS)


def multiply(x: Any, y: Any, name: str | None = None) -> Tensor:
    """`x * y` elementwise, with broadcasting."""
    return MULTIPLY(x, y, name=name)
