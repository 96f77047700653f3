"""Division: exact, rounded down, rounded towards zero, and the remainders.

The elementwise definitions come first; `divide`, `truediv`, `floordiv`, ... choose between them by dtype as
TensorFlow's functions do. Division of integers by zero is an error at run time, on every device.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import undefined_gradient
from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import Guard, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.tensor import Tensor
from millpond.ops.dtype_sets import FLOATS, NUMBERS
from millpond.ops.factories import binary
from millpond.ops.scoping import name_scope

_REMAINDERS = "{int8, int16, int32, int64, uint8, uint16, uint32, uint64, bfloat16, half, float, double}"


def _is_integer(*, T: DType) -> bool:
    return T.is_integer


def _no_zero(xp: ArrayModule, x: Array, y: Array) -> Array:
    if 0 in x.shape:
        return np.True_  # nothing is divided
    return xp.all(xp.not_equal(y, xp.zeros((), dtype=y.dtype)))


NO_ZERO_DIVISOR = Guard(_no_zero, lambda x, y: "Integer division by zero", ("y",), InvalidArgumentError,
                        when=_is_integer)


def _kind(x: Any) -> str:
    return np.dtype(x.dtype).kind


def _divisor(xp: ArrayModule, y: Array) -> Array:
    """Integers: 1 in place of 0, so that neither tier meets a division that the guard has refused."""
    return xp.where(xp.equal(y, xp.zeros((), dtype=y.dtype)), xp.ones((), dtype=y.dtype), y)


def _truncated_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    if _kind(x) not in "iu":
        return xp.trunc(xp.divide(x, y))
    y = _divisor(xp, y)
    if _kind(x) == "u":
        return xp.floor_divide(x, y)
    quotient = xp.floor_divide(x, y)
    inexact = xp.not_equal(xp.multiply(quotient, y), x)
    negative = xp.not_equal(xp.less(x, xp.zeros((), dtype=x.dtype)), xp.less(y, xp.zeros((), dtype=y.dtype)))
    correction = xp.where(xp.logical_and(inexact, negative), xp.ones((), dtype=x.dtype), xp.zeros((), dtype=x.dtype))
    return xp.add(quotient, correction)


def _real_divide_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    return _truncated_kernel(xp, x, y) if _kind(x) in "iu" else xp.divide(x, y)


def _real_divide_lower(jax: Jax, x: Array, y: Array) -> Array:
    # XLA multiplies by the reciprocal of a divisor that it knows, which may be off by a bit: 41 / 41 < 1. That is no
    # matter for arrays, but steps are counted in scalars, and rounded (learning-rate schedules).
    if np.ndim(x) == 0 and np.ndim(y) == 0 and _kind(x) not in "iu":
        y = jax.lax.optimization_barrier(jax.numpy.asarray(y))
    return _real_divide_kernel(jax.numpy, x, y)


def _divide_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    """d(x/y) = dx/y - x/y^2 dy."""
    x, y = op.inputs
    real = g.conj(y)
    return g.unbroadcast(
        x, y, lambda: g.RealDiv(dz, real),
        lambda: g.Mul(dz, g.RealDiv(g.RealDiv(g.Neg(g.conj(x)), real), real), name="mul"))


REAL_DIVIDE = binary("RealDiv", _real_divide_kernel, _divide_gradient, NUMBERS, guard=NO_ZERO_DIVISOR,
                     lower=_real_divide_lower)
# What TensorFlow's first releases called division: exact for floats, towards zero for integers.
DIVIDE = binary("Div", _real_divide_kernel, _divide_gradient, NUMBERS, guard=NO_ZERO_DIVISOR)


def _no_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    return [None, None]


TRUNCATE_DIVIDE = binary("TruncateDiv", _truncated_kernel, _no_gradient, NUMBERS, guard=NO_ZERO_DIVISOR)


def _floor_divide_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    if _kind(x) in "iu":
        return xp.floor_divide(x, _divisor(xp, y))
    return xp.floor(xp.divide(x, y))


FLOOR_DIVIDE = binary("FloorDiv", _floor_divide_kernel, _no_gradient, NUMBERS, guard=NO_ZERO_DIVISOR)


def _floor_mod_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    if _kind(x) in "iu":
        return xp.remainder(x, _divisor(xp, y))
    remainder = xp.fmod(x, y)
    zero = xp.zeros((), dtype=x.dtype)
    moved = xp.logical_and(xp.not_equal(remainder, zero),
                           xp.not_equal(xp.less(remainder, zero), xp.less(y, zero)))
    return xp.where(moved, xp.add(remainder, y), remainder)


def _floor_mod_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    """x mod y = x - y floor(x / y), and the floor counts as constant."""
    x, y = op.inputs
    return g.unbroadcast(x, y, lambda: dz, lambda: g.Mul(dz, g.Neg(g.FloorDiv(x, y)), name="mul"))


FLOOR_MOD = binary("FloorMod", _floor_mod_kernel, _floor_mod_gradient, _REMAINDERS, guard=NO_ZERO_DIVISOR)


def _truncate_mod_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    return xp.fmod(x, _divisor(xp, y) if _kind(x) in "iu" else y)


_TRUNCATED = "{int32, int64, bfloat16, half, float, double}"
TRUNCATE_MOD = binary("TruncateMod", _truncate_mod_kernel, undefined_gradient, _TRUNCATED, guard=NO_ZERO_DIVISOR)
MOD = binary("Mod", _truncate_mod_kernel, undefined_gradient, _TRUNCATED, guard=NO_ZERO_DIVISOR)


def _divide_no_nan_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    is_zero = xp.equal(y, xp.zeros((), dtype=y.dtype))
    divisor = xp.where(is_zero, xp.ones((), dtype=y.dtype), y)
    return xp.where(is_zero, xp.zeros((), dtype=x.dtype), xp.divide(x, divisor))


def _divide_no_nan_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    x, y = op.inputs
    real = g.conj(y)
    return g.unbroadcast(
        x, y, lambda: g.DivNoNan(dz, real),
        lambda: g.Mul(dz, g.DivNoNan(g.DivNoNan(g.Neg(g.conj(x)), real), real), name="mul"))


DIVIDE_NO_NAN = binary("DivNoNan", _divide_no_nan_kernel, _divide_no_nan_gradient, FLOATS)


def _xdivy_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    zero = xp.zeros((), dtype=x.dtype)
    is_zero = xp.equal(x, zero)
    return xp.where(is_zero, x, xp.divide(x, xp.where(is_zero, xp.ones((), dtype=y.dtype), y)))


def _xdivy_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    x, y = op.inputs
    with g.after(dz):
        used = g.Cast(g.NotEqual(x, g.constant(0, x)), DstT=x.dtype.base_dtype)
        inverse, slope = g.Xdivy(used, y), g.Xdivy(g.Neg(x), g.Square(y))
    return g.unbroadcast(x, y, lambda: g.Mul(inverse, dz), lambda: g.Mul(slope, dz))


XDIVY = binary("Xdivy", _xdivy_kernel, _xdivy_gradient, FLOATS)


# Small integers are exact as float32, large ones become float64.
_FLOAT_FOR = {dtypes.uint8: dtypes.float32, dtypes.int8: dtypes.float32, dtypes.uint16: dtypes.float32,
              dtypes.int16: dtypes.float32, dtypes.int32: dtypes.float64, dtypes.int64: dtypes.float64,
              dtypes.uint32: dtypes.float64, dtypes.uint64: dtypes.float64}


def _pair(x: Any, y: Any, op_name: str) -> tuple[Tensor, Tensor]:
    """Both as tensors of one dtype; that of the tensor decides for a Python value beside it."""
    hint = getattr(y, "dtype", None)
    x = convert_to_tensor(x, dtype_hint=hint.base_dtype if isinstance(hint, dtypes.DType) else None, name="x")
    y = convert_to_tensor(y, dtype_hint=x.dtype.base_dtype, name="y")
    if x.dtype.base_dtype is not y.dtype.base_dtype:
        raise TypeError(f"x and y must have the same dtype, got {x.dtype.base_dtype.name} != "
                        f"{y.dtype.base_dtype.name} in {op_name}. Use tf.cast to make them the same.")
    return x, y


def truediv(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x / y` as in Python 3: integers are cast to floats (8 and 16 bits to float32, others to float64).

    Args:
      x: A tensor of numbers.
      y: A tensor of the same dtype.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.truediv([1, 2], 4)))
      [0.25 0.5 ]
    """
    if isinstance(x, Tensor) and x.dtype not in _FLOAT_FOR:
        return REAL_DIVIDE(x, y, name=name or "truediv")
    with name_scope(name, "truediv", [x, y]) as scope:
        x, y = _pair(x, y, "truediv")
        wide = _FLOAT_FOR.get(x.dtype.base_dtype)
        if wide is not None:
            cast = lookup("Cast")
            x, y = cast(x, DstT=wide), cast(y, DstT=wide)
        return REAL_DIVIDE(x, y, name=scope)


def div(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x / y` as in Python 2: integers are rounded down, floats divided exactly.

    Args:
      x: A tensor of numbers.
      y: A tensor of the same dtype.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.
      tf.errors.InvalidArgumentError: At run time, if integers are divided by zero.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.div([-3, 3], 2)))
      [-2  1]
    """
    with name_scope(name, "div", [x, y]) as scope:
        x, y = _pair(x, y, "div")
        exact = x.dtype.base_dtype.is_floating or x.dtype.base_dtype.is_complex
        return (REAL_DIVIDE if exact else FLOOR_DIVIDE)(x, y, name=scope)


def divide(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x / y` as in Python 3, elementwise with broadcasting; the same as `truediv`.

    Args:
      x: A tensor of numbers; integers become floats as in `truediv`.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.divide([1, 2], 4)))
      [0.25 0.5 ]
    """
    return truediv(x, y, name)


def realdiv(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x / y` of real numbers, elementwise with broadcasting.

    Args:
      x: A tensor of numbers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.realdiv([1.0, 2.0], 4.0)))
      [0.25 0.5 ]
    """
    return REAL_DIVIDE(x, y, name=name)


def floordiv(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x / y` rounded towards minus infinity.

    Args:
      x: A tensor of real numbers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.
      tf.errors.InvalidArgumentError: At run time, if integers are divided by zero.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.floordiv([-3, 3], 2)))
      [-2  1]
    """
    return FLOOR_DIVIDE(x, y, name=name or "floordiv")


def floor_div(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x / y` rounded towards minus infinity.

    Args:
      x: A tensor of real numbers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.
      tf.errors.InvalidArgumentError: At run time, if integers are divided by zero.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.floor_div([-3.0, 3.0], 2.0)))
      [-2.  1.]
    """
    return FLOOR_DIVIDE(x, y, name=name)


def truncatediv(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x / y` of integers rounded towards zero, as in C.

    Args:
      x: A tensor of real numbers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.
      tf.errors.InvalidArgumentError: At run time, if integers are divided by zero.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.truncatediv([-3, 3], 2)))
      [-1  1]
    """
    return TRUNCATE_DIVIDE(x, y, name=name)


def floormod(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The remainder of `floordiv`, which has the sign of `y`: `x = y * floordiv(x, y) + floormod(x, y)`.

    Args:
      x: A tensor of real numbers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.
      tf.errors.InvalidArgumentError: At run time, if integers are divided by zero.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.floormod([-3, 3], 2)))
      [1 1]
    """
    return FLOOR_MOD(x, y, name=name)


mod = floormod


def truncatemod(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The remainder of `truncatediv`, which has the sign of `x`.

    Args:
      x: A tensor of real numbers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.
      tf.errors.InvalidArgumentError: At run time, if integers are divided by zero.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.truncatemod([-3, 3], 2)))
      [-1  1]
    """
    return TRUNCATE_MOD(x, y, name=name)


def div_no_nan(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x / y`, and 0 where `y` is 0.

    Args:
      x: A tensor of floats.
      y: A tensor of the same dtype.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.div_no_nan([1.0, 2.0], [0.0, 4.0])))
      [0.  0.5]
    """
    with name_scope(name, "div_no_nan", [x, y]) as scope:
        x, y = _pair(x, y, "div_no_nan")
        return DIVIDE_NO_NAN(x, y, name=scope)


def xdivy(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x / y`, and 0 where `x` is 0.

    Args:
      x: A tensor of floats.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.math.xdivy([0.0, 2.0], [0.0, 4.0])))
      [0.  0.5]
    """
    return XDIVY(x, y, name=name)
