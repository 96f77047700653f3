"""Elementwise functions of one input: signs, powers, exponentials, logarithms, rounding, questions.

Trigonometric and hyperbolic functions are in `trigonometry.py`, those of complex numbers in `complex_numbers.py`,
and the ones that NumPy lacks in `special.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import undefined_gradient
from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import SparseTensor
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import OpDefinition, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import FLOATS, REAL_FLOATS
from millpond.ops.factories import unary
from millpond.ops.scoping import name_scope

_SIGNED = "{bfloat16, half, float, double, int8, int16, int32, int64}"
_SIGNED_COMPLEX = "{bfloat16, half, float, double, int8, int16, int32, int64, complex64, complex128}"


def of_values(definition: OpDefinition, x: Any, name: str | None) -> Any:
    """Applies an op to a tensor, or to the values of a `SparseTensor` (for functions that keep zeros)."""
    if isinstance(x, SparseTensor):
        return x.with_values(definition(x.values, name=name))
    return definition(x, name=name)


def _negative_kernel(xp: ArrayModule, x: Array) -> Array:
    return xp.negative(x)


def _negative_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.Neg(dy)


NEGATIVE = unary("Neg", _negative_kernel, _negative_gradient, _SIGNED_COMPLEX)


def negative(x: TensorLike, name: str | None = None) -> Any:
    """`-x` elementwise; `x` may be a `SparseTensor`."""
    return of_values(NEGATIVE, x, name)


def _abs_kernel(xp: ArrayModule, x: Array) -> Array:
    return xp.abs(x)


def _abs_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.Mul(dy, g.Sign(op.inputs[0]), name="mul")


ABS = unary("Abs", _abs_kernel, _abs_gradient, _SIGNED)


def abs(x: TensorLike, name: str | None = None) -> Any:
    """The absolute value elementwise; of complex numbers the modulus, a real tensor.

    Args:
      x: A tensor of numbers, or a `SparseTensor`.
      name: Name of the node.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.abs([-1.5, 2.0])))
      [1.5 2. ]
    """
    if not isinstance(x, SparseTensor):
        x = convert_to_tensor(x, name="x")
        if x.dtype.base_dtype.is_complex:
            return lookup("ComplexAbs")(x, Tout=x.dtype.real_dtype, name=name or "Abs")
    return of_values(ABS, x, name)


def _sign_kernel(xp: ArrayModule, x: Array) -> Array:
    # XLA keeps the sign of a zero, TensorFlow does not.
    zero = xp.zeros((), dtype=x.dtype)
    return xp.where(xp.equal(x, zero), zero, xp.sign(x))


def _sign_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.ZerosLike(op.inputs[0], name="zeros_like")


SIGN = unary("Sign", _sign_kernel, _sign_gradient, _SIGNED_COMPLEX)


def sign(x: TensorLike, name: str | None = None) -> Any:
    """-1, 0 or 1 elementwise; `x / |x|` for complex numbers."""
    return of_values(SIGN, x, name)


def _square_kernel(xp: ArrayModule, x: Array) -> Array:
    return xp.multiply(x, x)


def _square_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    x = op.inputs[0]
    with g.after(dy):
        return g.Mul(dy, g.Mul(g.conj(x), g.constant(2, x)))


SQUARE = unary("Square", _square_kernel, _square_gradient,
               "{bfloat16, half, float, double, int8, int16, int32, int64, uint8, uint16, uint32, uint64, complex64, "
               "complex128}")


def square(x: TensorLike, name: str | None = None) -> Any:
    """`x * x` elementwise; `x` may be a `SparseTensor`."""
    return of_values(SQUARE, x, name)


def _sqrt_kernel(xp: ArrayModule, x: Array) -> Array:
    return xp.sqrt(x)


def _sqrt_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.SqrtGrad(op.outputs[0], dy)


SQRT = unary("Sqrt", _sqrt_kernel, _sqrt_gradient, FLOATS)


def sqrt(x: TensorLike, name: str | None = None) -> Any:
    """The square root elementwise; NaN for negative numbers."""
    return of_values(SQRT, x, name)


def _gradient_op(type: str, kernel: Any, gradient: Any) -> OpDefinition:
    """An op that gives a cotangent from an output and its cotangent, as TensorFlow has them for common functions."""
    return define_op(type, inputs="y: T, dy: T", outputs="z: T", attrs=f"T: {FLOATS}", shape=shape_rules.merged,
                     kernel=kernel, gradient=gradient)


def _constant(xp: ArrayModule, value: float, like: Array) -> Array:
    return xp.asarray(value, dtype=like.dtype)


def _unless_zero(xp: ArrayModule, dy: Array, slope: Array) -> Array:
    """A cotangent of 0 stays 0 whatever the slope is, so that what `tf.where` has hidden stays hidden."""
    zero = xp.zeros((), dtype=dy.dtype)
    return xp.where(xp.equal(dy, zero), zero, slope)


def _sqrt_grad_kernel(xp: ArrayModule, y: Array, dy: Array) -> Array:
    return _unless_zero(xp, dy, xp.divide(xp.multiply(dy, _constant(xp, 0.5, y)), xp.conj(y)))


def _sqrt_grad_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    y, _ = op.inputs
    with g.after(dz):
        quotient = g.RealDiv(dz, y)
        return [g.Neg(g.Mul(g.conj(quotient), op.outputs[0])), g.Mul(quotient, g.constant(0.5, y))]


SQRT_GRAD = _gradient_op("SqrtGrad", _sqrt_grad_kernel, _sqrt_grad_gradient)


def _rsqrt_kernel(xp: ArrayModule, x: Array) -> Array:
    return xp.divide(xp.ones((), dtype=x.dtype), xp.sqrt(x))


def _rsqrt_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.RsqrtGrad(op.outputs[0], dy)


RSQRT = unary("Rsqrt", _rsqrt_kernel, _rsqrt_gradient, FLOATS)


def rsqrt(x: TensorLike, name: str | None = None) -> Tensor:
    """`1 / sqrt(x)` elementwise."""
    return RSQRT(x, name=name)


def _rsqrt_grad_kernel(xp: ArrayModule, y: Array, dy: Array) -> Array:
    y = xp.conj(y)
    cube = xp.multiply(y, xp.multiply(y, y))
    return _unless_zero(xp, dy, xp.multiply(xp.multiply(dy, _constant(xp, -0.5, y)), cube))


def _rsqrt_grad_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    y, dy = op.inputs
    with g.after(dz):
        conjugate = g.conj(y)
        return [g.Mul(g.Mul(g.constant(-1.5, y), g.conj(dz)), g.Mul(dy, g.Square(conjugate))),
                g.RsqrtGrad(conjugate, dz)]


RSQRT_GRAD = _gradient_op("RsqrtGrad", _rsqrt_grad_kernel, _rsqrt_grad_gradient)


def _reciprocal_kernel(xp: ArrayModule, x: Array) -> Array:
    return xp.divide(xp.ones((), dtype=x.dtype), x)


def _reciprocal_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.ReciprocalGrad(op.outputs[0], dy)


RECIPROCAL = unary("Reciprocal", _reciprocal_kernel, _reciprocal_gradient, FLOATS)
# The name before TensorFlow 1.0.
INV = unary("Inv", _reciprocal_kernel, lambda g, op, dy: g.InvGrad(op.outputs[0], dy), FLOATS)


def reciprocal(x: TensorLike, name: str | None = None) -> Tensor:
    """`1 / x` elementwise."""
    return RECIPROCAL(x, name=name)


def inv(x: TensorLike, name: str | None = None) -> Tensor:
    """`1 / x` elementwise, the name of `reciprocal` before TensorFlow 1.0."""
    return INV(x, name=name)


def _reciprocal_grad_kernel(xp: ArrayModule, y: Array, dy: Array) -> Array:
    y = xp.conj(y)
    return _unless_zero(xp, dy, xp.negative(xp.multiply(dy, xp.multiply(y, y))))


def _reciprocal_grad_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    y, dy = op.inputs
    with g.after(dz):
        conjugate = g.conj(y)
        return [g.Mul(g.Mul(g.constant(-2, y), g.conj(dz)), g.Mul(dy, conjugate)), g.ReciprocalGrad(conjugate, dz)]


RECIPROCAL_GRAD = _gradient_op("ReciprocalGrad", _reciprocal_grad_kernel, _reciprocal_grad_gradient)
INV_GRAD = _gradient_op("InvGrad", _reciprocal_grad_kernel, _reciprocal_grad_gradient)


def _exp_kernel(xp: ArrayModule, x: Array) -> Array:
    return xp.exp(x)


def _exp_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    with g.after(dy):
        return g.Mul(dy, g.conj(op.outputs[0]), name="mul")


EXP = unary("Exp", _exp_kernel, _exp_gradient, FLOATS)


def exp(x: TensorLike, name: str | None = None) -> Tensor:
    """e to the power `x`, elementwise."""
    return EXP(x, name=name)


def _expm1_kernel(xp: ArrayModule, x: Array) -> Array:
    return xp.expm1(x)


def _expm1_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    with g.after(dy):
        return g.Mul(dy, g.Exp(g.conj(op.inputs[0])), name="mul")


EXPM1 = unary("Expm1", _expm1_kernel, _expm1_gradient, FLOATS)


def expm1(x: TensorLike, name: str | None = None) -> Tensor:
    """`exp(x) - 1` elementwise, exact also near 0."""
    return EXPM1(x, name=name)


def _log_kernel(xp: ArrayModule, x: Array) -> Array:
    return xp.log(x)


def _log_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    with g.after(dy):
        return g.Mul(dy, g.Reciprocal(g.conj(op.inputs[0])), name="mul")


LOG = unary("Log", _log_kernel, _log_gradient, FLOATS)


def log(x: TensorLike, name: str | None = None) -> Tensor:
    """The natural logarithm elementwise: -inf at 0, NaN for negative numbers.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.log([1.0, 0.0])))
      [  0. -inf]
    """
    return LOG(x, name=name)


def _log1p_kernel(xp: ArrayModule, x: Array) -> Array:
    return xp.log1p(x)


def _log1p_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    x = op.inputs[0]
    with g.after(dy):
        return g.Mul(dy, g.Reciprocal(g.AddV2(g.constant(1, x, name="add/x"), g.conj(x), name="add")), name="mul")


LOG1P = unary("Log1p", _log1p_kernel, _log1p_gradient, FLOATS)


def log1p(x: TensorLike, name: str | None = None) -> Tensor:
    """`log(1 + x)` elementwise, exact also near 0."""
    return LOG1P(x, name=name)


def _sigmoid_kernel(xp: ArrayModule, x: Array) -> Array:
    narrow = np.dtype(x.dtype).itemsize == 2
    wide = xp.asarray(x, dtype=np.float32) if narrow else x
    one = xp.ones((), dtype=wide.dtype)
    result = xp.divide(one, xp.add(one, xp.exp(xp.negative(wide))))
    return xp.asarray(result, dtype=x.dtype)


def _sigmoid_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    with g.after(dy):
        return g.SigmoidGrad(g.conj(op.outputs[0]), dy)


SIGMOID = unary("Sigmoid", _sigmoid_kernel, _sigmoid_gradient, FLOATS)


def sigmoid(x: TensorLike, name: str | None = None) -> Tensor:
    """`1 / (1 + exp(-x))` elementwise.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sigmoid(0.0)))
      0.5
    """
    return SIGMOID(x, name=name)


def log_sigmoid(x: TensorLike, name: str | None = None) -> Tensor:
    """`log(sigmoid(x))` elementwise, computed as `-softplus(-x)` so that it stays exact."""
    with name_scope(name, "LogSigmoid", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return NEGATIVE(lookup("Softplus")(NEGATIVE(x)), name=scope)


def _sigmoid_grad_kernel(xp: ArrayModule, y: Array, dy: Array) -> Array:
    return xp.multiply(xp.multiply(dy, y), xp.subtract(xp.ones((), dtype=y.dtype), y))


def _sigmoid_grad_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    y, dy = op.inputs
    with g.after(dz):
        y, dy = g.conj(y), g.conj(dy)
        product = g.Mul(dz, dy, name="mul")
        twice = g.Mul(g.constant(2, y, name="mul_1/x"), product, name="mul_1")
        return [g.Sub(product, g.Mul(twice, y, name="mul_2"), name="sub"), g.SigmoidGrad(y, dz)]


SIGMOID_GRAD = _gradient_op("SigmoidGrad", _sigmoid_grad_kernel, _sigmoid_grad_gradient)


def _floor_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> None:
    return None


FLOOR = unary("Floor", lambda xp, x: xp.floor(x), _floor_gradient, REAL_FLOATS)
CEIL = unary("Ceil", lambda xp, x: xp.ceil(x), _floor_gradient, REAL_FLOATS)
RINT = unary("Rint", lambda xp, x: xp.rint(x), _floor_gradient, REAL_FLOATS)


def _round_kernel(xp: ArrayModule, x: Array) -> Array:
    return x if np.dtype(x.dtype).kind == "i" else xp.rint(x)


ROUND = unary("Round", _round_kernel, _floor_gradient, _SIGNED)


def floor(x: TensorLike, name: str | None = None) -> Tensor:
    """The largest integer not above `x`, elementwise."""
    return FLOOR(x, name=name)


def ceil(x: TensorLike, name: str | None = None) -> Tensor:
    """The smallest integer not below `x`, elementwise."""
    return CEIL(x, name=name)


def rint(x: TensorLike, name: str | None = None) -> Tensor:
    """The nearest integer elementwise; halves go to the even one."""
    return RINT(x, name=name)


def round(x: TensorLike, name: str | None = None) -> Tensor:
    """The nearest integer elementwise; halves go to the even one. Integers stay as they are.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.round([0.5, 1.5, 2.4])))
      [0. 2. 2.]
    """
    x = convert_to_tensor(x, name="x")
    return x if x.dtype.base_dtype.is_integer else ROUND(x, name=name)


def _question(type: str, kernel: Any) -> OpDefinition:
    return unary(type, kernel, undefined_gradient, REAL_FLOATS, output="bool")


IS_NAN = _question("IsNan", lambda xp, x: xp.isnan(x))
IS_INF = _question("IsInf", lambda xp, x: xp.isinf(x))
IS_FINITE = _question("IsFinite", lambda xp, x: xp.isfinite(x))


def is_nan(x: TensorLike, name: str | None = None) -> Tensor:
    """Whether elements are NaN."""
    return IS_NAN(x, name=name)


def is_inf(x: TensorLike, name: str | None = None) -> Tensor:
    """Whether elements are infinite."""
    return IS_INF(x, name=name)


def is_finite(x: TensorLike, name: str | None = None) -> Tensor:
    """Whether elements are neither infinite nor NaN."""
    return IS_FINITE(x, name=name)
