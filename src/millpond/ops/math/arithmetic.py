"""Elementwise arithmetic of two inputs: sums, products, powers, extremes. Division is in `division.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, Guard, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import FLOATS, NUMBERS, REAL_FLOATS, REALS
from millpond.ops.factories import binary
from millpond.shapes import TensorShape, broadcast_axes


def _broadcast_gradient_args_shape(s0: Any, s1: Any) -> tuple[TensorShape, TensorShape]:
    return shape_rules.VECTOR, shape_rules.VECTOR


def _broadcast_gradient_args_kernel(xp: ArrayModule, s0: Array, s1: Array, *, T: DType) -> tuple[Array, ...]:
    first, second = broadcast_axes(tuple(s0.tolist()), tuple(s1.tolist()))
    return np.array(first, T.np_dtype), np.array(second, T.np_dtype)


BROADCAST_GRADIENT_ARGS = define_op(
    "BroadcastGradientArgs", inputs="s0: T, s1: T", outputs="r0: T, r1: T", attrs="T: {int32, int64} = int32",
    static_inputs=("s0", "s1"), shape=_broadcast_gradient_args_shape, kernel=_broadcast_gradient_args_kernel,
    gradient=NOT_DIFFERENTIABLE)


def _add_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    return xp.add(x, y)


def _add_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    x, y = op.inputs
    return g.unbroadcast(x, y, lambda: dz, lambda: dz)


ADD = binary("AddV2", _add_kernel, _add_gradient, NUMBERS)
# The type that TensorFlow 1.15 writes; graphs that are read may have it.
ADD_V1 = binary("Add", _add_kernel, _add_gradient, NUMBERS)


def add(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x + y` elementwise, with broadcasting; strings are joined.

    Args:
      x: A tensor of numbers or strings.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.add([1, 2], 3)))
      [4 5]
    """
    if _is_string(x) or _is_string(y):
        return lookup("StringJoin")([x, y], name=name or "Add")
    return ADD(x, y, name=name or "Add")


def _is_string(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    return isinstance(value, (str, bytes)) or (isinstance(dtype, DType) and dtype.base_dtype.name == "string")


def _subtract_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    return xp.subtract(x, y)


def _subtract_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    x, y = op.inputs
    return g.unbroadcast(x, y, lambda: dz, lambda: g.Neg(dz))


SUBTRACT = binary("Sub", _subtract_kernel, _subtract_gradient, NUMBERS)


def subtract(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x - y` elementwise, with broadcasting.

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
      ...     print(sess.run(tf.subtract([5, 7], 3)))
      [2 4]
    """
    return SUBTRACT(x, y, name=name)


def _multiply_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    return xp.multiply(x, y)


def _multiply_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    x, y = op.inputs
    if x.dtype.base_dtype.name in ("float32", "int32") and x.shape.is_fully_defined() \
            and x.shape.sizes == y.shape.sizes == dz.shape.sizes:
        # The same products; this is the order that TensorFlow writes into the graph here.
        return [g.Mul(dz, y), g.Mul(dz, x)]
    return g.unbroadcast(x, y, lambda: g.Mul(dz, g.conj(y)), lambda: g.Mul(g.conj(x), dz))


MULTIPLY = binary("Mul", _multiply_kernel, _multiply_gradient, NUMBERS)


def multiply(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x * y` elementwise, with broadcasting.

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
      ...     print(sess.run(tf.multiply([1, 2], [[3], [4]])))
      [[3 6]
       [4 8]]
    """
    return MULTIPLY(x, y, name=name)


def scalar_mul(scalar: TensorLike, x: TensorLike, name: str | None = None) -> Any:
    """`scalar * x`, where `scalar` has no dimensions; `x` may be an `IndexedSlices`.

    Args:
      scalar: A number, or a tensor without dimensions; it takes the dtype of `x`.
      x: A tensor of numbers, or an `IndexedSlices` (of which the values are multiplied).
      name: Name of the node.

    Raises:
      ValueError: If `scalar` is not a scalar.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.scalar_mul(2.0, [1.0, 3.0])))
      [2. 6.]
    """
    values = x.values if isinstance(x, IndexedSlices) else convert_to_tensor(x)
    scalar = convert_to_tensor(scalar, dtype=values.dtype.base_dtype, name="scalar")
    if scalar.shape.ndims not in (None, 0):
        raise ValueError(f"Only scalar multiply works, got shape {scalar.shape}")
    product = MULTIPLY(scalar, values, name=name)
    return IndexedSlices(product, x.indices, x.dense_shape) if isinstance(x, IndexedSlices) else product


def _multiply_no_nan_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    zero = xp.zeros((), dtype=y.dtype)
    return xp.where(xp.equal(y, zero), zero, xp.multiply(x, y))


def _multiply_no_nan_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    x, y = op.inputs
    return g.unbroadcast(x, y, lambda: g.MulNoNan(dz, y), lambda: g.MulNoNan(x, dz))


MULTIPLY_NO_NAN = binary("MulNoNan", _multiply_no_nan_kernel, _multiply_no_nan_gradient, FLOATS)


def multiply_no_nan(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x * y`, and 0 where `y` is 0 whatever `x` is (also for NaN and infinity).

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
      ...     print(sess.run(tf.math.multiply_no_nan([1.0, float("nan")], [2.0, 0.0])))
      [2. 0.]
    """
    return MULTIPLY_NO_NAN(x, y, name=name or "multiply_no_nan")


def _is_integer(*, T: DType) -> bool:
    return T.is_integer


def _power_guard(xp: ArrayModule, x: Array, y: Array) -> Array:
    if 0 in x.shape:
        return np.True_  # nothing is raised
    return xp.all(xp.greater_equal(y, xp.zeros((), dtype=y.dtype)))


def _power_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    if np.dtype(x.dtype).kind in "iu":
        # What a negative exponent gives is never seen: the guard has refused it.
        y = xp.maximum(y, xp.zeros((), dtype=y.dtype))
    return xp.power(x, y)


def _power_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    """d(x^y) = y x^(y-1) dx + log(x) x^y dy; where x is not above 0 the logarithm counts as 0."""
    x, y = op.inputs
    z = op.outputs[0]

    def dx() -> Tensor:
        exponent = g.conj(y)
        return g.Mul(g.Mul(dz, exponent, name="mul"),
                     g.Pow(g.conj(x), g.Sub(exponent, g.constant(1, y, name="sub/y"), name="sub")), name="mul_1")

    def dy() -> Tensor:
        base = g.conj(x)
        zero = g.constant(0, x, name="Greater/y")
        positive = g.NotEqual(base, zero) if x.dtype.base_dtype.is_complex else g.Greater(base, zero)
        log = g.Log(g.SelectV2(positive, base, g.constant(1, x, name="ones_like")))
        safe_log = g.SelectV2(positive, log, g.constant(0, x, name="zeros_like"))
        return g.Mul(g.Mul(dz, g.conj(z), name="mul_2"), safe_log, name="mul_3")

    return g.unbroadcast(x, y, dx, dy)


POWER = binary("Pow", _power_kernel, _power_gradient,
               "{bfloat16, float, half, double, int8, int16, int32, int64, complex64, complex128}",
               guard=Guard(_power_guard, lambda x, y: "Integers to negative integer powers are not allowed",
                           ("y",), InvalidArgumentError, when=_is_integer))


def pow(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x` to the power `y` elementwise, with broadcasting.

    Args:
      x: A tensor of numbers.
      y: The exponents, a tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes.
      ValueError: If the shapes cannot be broadcast.
      tf.errors.InvalidArgumentError: At run time, if integers are raised to a negative power.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.pow([2, 3], 3)))
      [ 8 27]
    """
    return POWER(x, y, name=name)


def _maximum_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    return xp.maximum(x, y)


def _minimum_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    return xp.minimum(x, y)


def _choice_gradient(comparison: str) -> Any:
    """The cotangent goes to the input that was chosen; to the first where both are equal."""

    def gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
        x, y = op.inputs
        zeros = g.constant(0, dz, name="zeros_like")
        chosen = getattr(g, comparison)(x, y)
        return g.unbroadcast(x, y, lambda: g.SelectV2(chosen, dz, zeros),
                             lambda: g.SelectV2(chosen, zeros, dz))

    return gradient


MAXIMUM = binary("Maximum", _maximum_kernel, _choice_gradient("GreaterEqual"), REALS)
MINIMUM = binary("Minimum", _minimum_kernel, _choice_gradient("LessEqual"), REALS)


def maximum(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The larger of `x` and `y` elementwise, with broadcasting; NaN where either is.

    Args:
      x: A tensor of real numbers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.maximum([1, 5], 3)))
      [3 5]
    """
    return MAXIMUM(x, y, name=name)


def minimum(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The smaller of `x` and `y` elementwise, with broadcasting; NaN where either is.

    Args:
      x: A tensor of real numbers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.minimum([1, 5], 3)))
      [1 3]
    """
    return MINIMUM(x, y, name=name)


def _squared_difference_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    difference = xp.subtract(x, y)
    return xp.multiply(xp.conj(difference), difference) if np.dtype(x.dtype).kind == "c" else xp.multiply(
        difference, difference)


def _squared_difference_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    x, y = op.inputs
    with g.after(dz):
        two = g.constant(2, dz, name="scalar")
        product = g.Mul(g.Mul(two, dz), g.Sub(x, y, name="sub"), name="mul_1")
    return g.unbroadcast(x, y, lambda: product, lambda: g.Neg(product))


SQUARED_DIFFERENCE = binary("SquaredDifference", _squared_difference_kernel, _squared_difference_gradient,
                            "{bfloat16, half, float, double, int32, int64, complex64, complex128}")


def squared_difference(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`(x - y)^2` elementwise, with broadcasting; for complex numbers `conj(x - y) (x - y)`.

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
      ...     print(sess.run(tf.squared_difference([1, 2], 5)))
      [16  9]
    """
    return SQUARED_DIFFERENCE(x, y, name=name)


def _atan2_kernel(xp: ArrayModule, y: Array, x: Array) -> Array:
    return xp.arctan2(y, x)


def _atan2_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    y, x = op.inputs
    with g.after(dz):
        share = g.RealDiv(dz, g.AddV2(g.Square(y), g.Square(x), name="add"), name="truediv")
    return g.unbroadcast(y, x, lambda: g.Mul(x, share, name="mul"),
                         lambda: g.Mul(g.Neg(y), share, name="mul_1"))


ATAN2 = define_op("Atan2", inputs="y: T, x: T", outputs="z: T", attrs=f"T: {REAL_FLOATS}",
                  shape=shape_rules.broadcast, kernel=_atan2_kernel, gradient=_atan2_gradient)


def atan2(y: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """The angle of the point (x, y), in (-pi, pi], elementwise with broadcasting.

    Args:
      y: The second coordinates, a tensor of real floats.
      x: The first coordinates, a tensor of the same dtype.
      name: Name of the node.

    Returns:
      The angles in radians.

    Raises:
      TypeError: If the dtypes differ, or are not floats.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.atan2([0.0, 1.0], [-1.0, 0.0])).round(4))
      [3.1416 1.5708]
    """
    return ATAN2(y, x, name=name)


def _xlogy_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    zero = xp.zeros((), dtype=x.dtype)
    is_zero = xp.equal(x, zero)
    return xp.where(is_zero, x, xp.multiply(x, xp.log(xp.where(is_zero, xp.ones((), dtype=y.dtype), y))))


def _xlogy_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    x, y = op.inputs
    with g.after(dz):
        used = g.Cast(g.NotEqual(x, g.constant(0, x)), DstT=x.dtype.base_dtype)
        log, quotient = g.Xlogy(used, y), g.Xdivy(x, y)
    return g.unbroadcast(x, y, lambda: g.Mul(log, dz), lambda: g.Mul(quotient, dz))


XLOGY = binary("Xlogy", _xlogy_kernel, _xlogy_gradient, FLOATS)


def xlogy(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x log(y)`, and 0 where `x` is 0.

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
      ...     print(sess.run(tf.math.xlogy([0.0, 2.0], [0.0, 0.5])).round(4))
      [ 0.     -1.3863]
    """
    return XLOGY(x, y, name=name)


def _xlog1py_kernel(xp: ArrayModule, x: Array, y: Array) -> Array:
    zero = xp.zeros((), dtype=x.dtype)
    is_zero = xp.equal(x, zero)
    return xp.where(is_zero, x, xp.multiply(x, xp.log1p(xp.where(is_zero, zero, y))))


def _xlog1py_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    x, y = op.inputs
    with g.after(dz):
        used = g.Cast(g.NotEqual(x, g.constant(0, x)), DstT=x.dtype.base_dtype)
        log, quotient = g.Xlog1py(used, y), g.Xdivy(x, g.AddV2(y, g.constant(1, y)))
    return g.unbroadcast(x, y, lambda: g.Mul(log, dz), lambda: g.Mul(quotient, dz))


XLOG1PY = binary("Xlog1py", _xlog1py_kernel, _xlog1py_gradient, FLOATS)


def xlog1py(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x log(1 + y)`, and 0 where `x` is 0.

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
      ...     print(sess.run(tf.math.xlog1py([0.0, 2.0], [-1.0, 0.5])).round(4))
      [0.     0.8109]
    """
    return XLOG1PY(x, y, name=name)


def _nextafter_kernel(xp: ArrayModule, x1: Array, x2: Array) -> Array:
    return xp.nextafter(x1, x2)


def _nextafter_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    """The step is as good as none: 1 for x1, 0 for x2."""
    x1, x2 = op.inputs
    return g.unbroadcast(x1, x2, lambda: dz, lambda: g.ZerosLike(dz))


NEXTAFTER = define_op("NextAfter", inputs="x1: T, x2: T", outputs="output: T", attrs="T: {double, float} = float",
                      shape=shape_rules.broadcast, kernel=_nextafter_kernel, gradient=_nextafter_gradient)


def nextafter(x1: TensorLike, x2: TensorLike, name: str | None = None) -> Tensor:
    """The next number after `x1` in the direction of `x2` that the dtype can hold.

    Args:
      x1: A tensor of float32 or float64.
      x2: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If the dtypes differ, or are not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.math.nextafter(tf.constant(1.0, tf.float64), 2.0)))
      1.0000000000000002
    """
    return NEXTAFTER(x1, x2, name=name)
