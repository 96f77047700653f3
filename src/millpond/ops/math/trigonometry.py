"""Trigonometric and hyperbolic functions, and their inverses, elementwise."""

from __future__ import annotations

from typing import Any

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import FLOATS
from millpond.ops.factories import unary
from millpond.ops.math.elementwise import of_values


def _times(slope: Any) -> Any:
    """The gradient rule `dy * slope(g, x)`, where the slope waits for the cotangent."""

    def gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
        with g.after(dy):
            return g.Mul(dy, slope(g, g.conj(op.inputs[0])), name="mul")

    return gradient


def _over(root: Any) -> Any:
    """The gradient rule `dy / sqrt(root(g, x, x squared))`."""

    def gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
        x = g.conj(op.inputs[0])
        with g.after(dy):
            return g.Mul(dy, g.Reciprocal(g.Sqrt(root(g, g.Square(x), g.constant(1, x)))), name="mul")

    return gradient


SIN = unary("Sin", lambda xp, x: xp.sin(x), _times(lambda g, x: g.Cos(x)), FLOATS)
COS = unary("Cos", lambda xp, x: xp.cos(x), _times(lambda g, x: g.Neg(g.Sin(x))), FLOATS)
TAN = unary("Tan", lambda xp, x: xp.tan(x), _times(lambda g, x: g.Square(g.Reciprocal(g.Cos(x)))), FLOATS)
ASIN = unary("Asin", lambda xp, x: xp.arcsin(x), _over(lambda g, x2, one: g.Sub(one, x2)), FLOATS)


def _acos_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    x = g.conj(op.inputs[0])
    with g.after(dy):
        slope = g.Reciprocal(g.Sqrt(g.Sub(g.constant(1, x), g.Square(x))))
        return g.Neg(g.Mul(dy, slope, name="mul"))


ACOS = unary("Acos", lambda xp, x: xp.arccos(x), _acos_gradient, FLOATS)
ATAN = unary("Atan", lambda xp, x: xp.arctan(x),
             _times(lambda g, x: g.Reciprocal(g.AddV2(g.constant(1, x), g.Square(x), name="Add"))), FLOATS)
SINH = unary("Sinh", lambda xp, x: xp.sinh(x), _times(lambda g, x: g.Cosh(x)), FLOATS)
COSH = unary("Cosh", lambda xp, x: xp.cosh(x), _times(lambda g, x: g.Sinh(x)), FLOATS)
ASINH = unary("Asinh", lambda xp, x: xp.arcsinh(x), _over(lambda g, x2, one: g.AddV2(x2, one)), FLOATS)


def _acosh_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    with g.after(dy):
        return g.RealDiv(dy, g.Sinh(g.conj(op.outputs[0])), name="truediv")


ACOSH = unary("Acosh", lambda xp, x: xp.arccosh(x), _acosh_gradient, FLOATS)
ATANH = unary("Atanh", lambda xp, x: xp.arctanh(x),
              _times(lambda g, x: g.Reciprocal(g.Sub(g.constant(1, x), g.Square(x)))), FLOATS)


def _tanh_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    with g.after(dy):
        return g.TanhGrad(g.conj(op.outputs[0]), dy)


TANH = unary("Tanh", lambda xp, x: xp.tanh(x), _tanh_gradient, FLOATS)


def _tanh_grad_kernel(xp: ArrayModule, y: Array, dy: Array) -> Array:
    return xp.multiply(dy, xp.subtract(xp.ones((), dtype=y.dtype), xp.multiply(y, y)))


def _tanh_grad_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    y, dy = op.inputs
    with g.after(dz):
        y, dy = g.conj(y), g.conj(dy)
        twice = g.Mul(dz, g.constant(-2, y, name="mul/y"), name="mul")
        return [g.Mul(g.Mul(twice, dy, name="mul_1"), y, name="mul_2"), g.TanhGrad(y, dz)]


TANH_GRAD = define_op("TanhGrad", inputs="y: T, dy: T", outputs="z: T", attrs=f"T: {FLOATS}",
                      shape=shape_rules.merged, kernel=_tanh_grad_kernel, gradient=_tanh_grad_gradient)


def sin(x: TensorLike, name: str | None = None) -> Tensor:
    """The sine of an angle in radians."""
    return SIN(x, name=name)


def cos(x: TensorLike, name: str | None = None) -> Tensor:
    """The cosine of an angle in radians."""
    return COS(x, name=name)


def tan(x: TensorLike, name: str | None = None) -> Tensor:
    """The tangent of an angle in radians."""
    return TAN(x, name=name)


def asin(x: TensorLike, name: str | None = None) -> Tensor:
    """The angle in [-pi/2, pi/2] whose sine is `x`; NaN outside [-1, 1]."""
    return ASIN(x, name=name)


def acos(x: TensorLike, name: str | None = None) -> Tensor:
    """The angle in [0, pi] whose cosine is `x`; NaN outside [-1, 1]."""
    return ACOS(x, name=name)


def atan(x: TensorLike, name: str | None = None) -> Tensor:
    """The angle in (-pi/2, pi/2) whose tangent is `x`."""
    return ATAN(x, name=name)


def sinh(x: TensorLike, name: str | None = None) -> Tensor:
    """The hyperbolic sine."""
    return SINH(x, name=name)


def cosh(x: TensorLike, name: str | None = None) -> Tensor:
    """The hyperbolic cosine."""
    return COSH(x, name=name)


def tanh(x: TensorLike, name: str | None = None) -> Any:
    """The hyperbolic tangent; `x` may be a `SparseTensor`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.tanh([0.0, 100.0])))
      [0. 1.]
    """
    return of_values(TANH, x, name)


def asinh(x: TensorLike, name: str | None = None) -> Tensor:
    """The inverse of the hyperbolic sine."""
    return ASINH(x, name=name)


def acosh(x: TensorLike, name: str | None = None) -> Tensor:
    """The inverse of the hyperbolic cosine; NaN below 1."""
    return ACOSH(x, name=name)


def atanh(x: TensorLike, name: str | None = None) -> Tensor:
    """The inverse of the hyperbolic tangent; NaN outside [-1, 1]."""
    return ATANH(x, name=name)
