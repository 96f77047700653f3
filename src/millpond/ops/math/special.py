"""Special functions that NumPy lacks: error functions, gamma and beta functions, Bessel functions.

They exist as XLA programs only; their derivatives follow from the formulas of the NIST Digital Library of
Mathematical Functions (https://dlmf.nist.gov), chapters 5, 7, 8 and 10.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import undefined_gradient
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import OpDefinition, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, Cotangents, Jax
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import REAL_FLOATS
from millpond.ops.math.elementwise import of_values
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

_WIDE_FLOATS = "{float, double}"


def _unary(type: str, lower: Any, gradient: Any) -> OpDefinition:
    return define_op(type, inputs="x: T", outputs="y: T", attrs=f"T: {REAL_FLOATS}", shape=shape_rules.same,
                     lower=lower, gradient=gradient)


def _binary(type: str, inputs: tuple[str, str], lower: Any, gradient: Any, dtypes: str = REAL_FLOATS) -> OpDefinition:
    return define_op(type, inputs=f"{inputs[0]}: T, {inputs[1]}: T", outputs="z: T", attrs=f"T: {dtypes}",
                     shape=shape_rules.broadcast, lower=lower, gradient=gradient)


def _bell(g: GradientBuilder, op: Operation, dy: Tensor, scale: float) -> Tensor:
    """`dy * scale * exp(-x^2)`."""
    x = op.inputs[0]
    factor = g.constant(scale, x)
    with g.after(dy):
        return g.Mul(g.Mul(factor, dy, name="mul"), g.Exp(g.Neg(g.Square(x))), name="mul_1")


ERF = _unary("Erf", lambda jax, x: jax.lax.erf(x), lambda g, op, dy: _bell(g, op, dy, 2 / math.sqrt(math.pi)))
ERFC = _unary("Erfc", lambda jax, x: jax.lax.erfc(x), lambda g, op, dy: _bell(g, op, dy, -2 / math.sqrt(math.pi)))


def erf(x: TensorLike, name: str | None = None) -> Any:
    """The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to `x`; `x` may be a `SparseTensor`."""
    return of_values(ERF, x, name)


def erfc(x: TensorLike, name: str | None = None) -> Tensor:
    """`1 - erf(x)`, exact also for large `x`."""
    return ERFC(x, name=name)


def _erfinv_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    y = op.outputs[0]
    with g.after(dy):
        return g.Mul(g.Mul(g.constant(math.sqrt(math.pi) / 2, y), dy), g.Exp(g.Square(y)))


ERFINV = _unary("Erfinv", lambda jax, x: jax.lax.erf_inv(x), _erfinv_gradient)


def erfinv(x: TensorLike, name: str | None = None) -> Tensor:
    """The inverse of `erf`; NaN outside [-1, 1]."""
    with name_scope(name, "erfinv", [x]):
        return ERFINV(x)


def erfcinv(x: TensorLike, name: str | None = None) -> Tensor:
    """The inverse of `erfc`, for `x` in (0, 2)."""
    with name_scope(name, "erfcinv", [x]):
        x = convert_to_tensor(x, name="start")
        dtype = x.dtype.np_dtype
        return lookup("Mul")(lookup("Neg")(ndtri(lookup("Mul")(np.array(0.5, dtype), x, name="mul"))),
                             np.array(math.sqrt(0.5), dtype), name="mul_1")


def _ndtri_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    y = op.outputs[0]
    with g.after(dy):
        slope = g.Exp(g.RealDiv(g.Square(y), g.constant(2, y)))
        return g.Mul(g.Mul(g.constant(math.sqrt(2 * math.pi), y), slope), dy)


NDTRI = _unary("Ndtri", lambda jax, x: jax.scipy.special.ndtri(x), _ndtri_gradient)


def ndtri(x: TensorLike, name: str | None = None) -> Tensor:
    """The quantile of the standard normal distribution at the probability `x`."""
    with name_scope(name, "ndtri", [x]):
        return NDTRI(x)


def _lgamma_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    with g.after(dy):
        return g.Mul(dy, g.Digamma(op.inputs[0]), name="mul")


def _digamma_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    x = op.inputs[0]
    with g.after(dy):
        return g.Mul(dy, g.Polygamma(g.constant(1, x), x), name="mul")


LGAMMA = _unary("Lgamma", lambda jax, x: jax.lax.lgamma(x), _lgamma_gradient)
DIGAMMA = _unary("Digamma", lambda jax, x: jax.lax.digamma(x), _digamma_gradient)


def lgamma(x: TensorLike, name: str | None = None) -> Tensor:
    """The logarithm of the absolute value of the gamma function.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(f"{sess.run(tf.lgamma(10.0)):.3f}")
      12.802
    """
    return LGAMMA(x, name=name)


def digamma(x: TensorLike, name: str | None = None) -> Tensor:
    """The derivative of `lgamma`."""
    return DIGAMMA(x, name=name)


def _zeta_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    x, q = op.inputs
    with g.after(dz):
        slope = g.Neg(g.Mul(x, g.Zeta(g.AddV2(x, g.constant(1, x)), q)))
    return [None, g.unbroadcast(x, q, None, lambda: g.Mul(slope, dz))[1]]


def _polygamma_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    n, x = op.inputs
    with g.after(dz):
        slope = g.Polygamma(g.AddV2(n, g.constant(1, n)), x)
    return [None, g.unbroadcast(n, x, None, lambda: g.Mul(slope, dz))[1]]


ZETA = _binary("Zeta", ("x", "q"), lambda jax, x, q: jax.lax.zeta(*jax.numpy.broadcast_arrays(x, q)), _zeta_gradient,
               _WIDE_FLOATS)


def _polygamma_lower(jax: Jax, a: Array, x: Array) -> Array:
    # JAX gives NaN where the derivatives have died out.
    died_out = jax.numpy.logical_and(jax.numpy.isposinf(x), jax.numpy.greater_equal(a, 1))
    value = jax.lax.polygamma(*jax.numpy.broadcast_arrays(a, x))
    return jax.numpy.where(died_out, jax.numpy.zeros((), value.dtype), value)


POLYGAMMA = _binary("Polygamma", ("a", "x"), _polygamma_lower, _polygamma_gradient, _WIDE_FLOATS)


def zeta(x: TensorLike, q: TensorLike, name: str | None = None) -> Tensor:
    """The Hurwitz zeta function, the sum of `(q + n)^-x` over n from 0; differentiable in `q`.

    Args:
      x: The exponents above 1, a tensor of float32 or float64.
      q: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If the dtypes differ, or are not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.zeta(2.0, 1.0)).round(4))
      1.6449
    """
    return ZETA(x, q, name=name)


def polygamma(a: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """The derivative of `digamma` of order `a`, which holds whole numbers; differentiable in `x`.

    Args:
      a: The order, a tensor of float32 or float64.
      x: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If the dtypes differ, or are not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.polygamma(1.0, 1.0)).round(4))
      1.6449
    """
    return POLYGAMMA(a, x, name=name)


def _gamma_density(g: GradientBuilder, a: Tensor, x: Tensor) -> Tensor:
    """`x^(a-1) exp(-x) / gamma(a)`, the derivative of `igamma` by `x`."""
    one = g.constant(1, a)
    return g.Exp(g.Sub(g.Sub(g.Mul(g.Sub(a, one), g.Log(x)), x), g.Lgamma(a)))


def _igamma_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    a, x = op.inputs
    with g.after(dz):
        by_a, by_x = g.IgammaGradA(a, x), _gamma_density(g, a, x)
    return g.unbroadcast(a, x, lambda: g.Mul(by_a, dz), lambda: g.Mul(by_x, dz))


def _igammac_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    return [g.Neg(dx) for dx in _igamma_gradient(g, op, dz)]


def _pairwise(function: str) -> Any:
    def lower(jax: Jax, a: Array, x: Array) -> Array:
        wide = np.float32 if np.dtype(a.dtype).itemsize == 2 else np.dtype(a.dtype)
        first, second = jax.numpy.broadcast_arrays(a.astype(wide), x.astype(wide))
        return getattr(jax.lax, function)(first, second).astype(a.dtype)

    return lower


IGAMMA = _binary("Igamma", ("a", "x"), _pairwise("igamma"), _igamma_gradient)
IGAMMAC = _binary("Igammac", ("a", "x"), _pairwise("igammac"), _igammac_gradient)
IGAMMA_GRAD_A = _binary("IgammaGradA", ("a", "x"), _pairwise("igamma_grad_a"), undefined_gradient, _WIDE_FLOATS)


def igamma(a: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """The lower regularized incomplete gamma function P(a, x), for `a` and `x` above 0.

    Args:
      a: A tensor of float32 or float64.
      x: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If the dtypes differ, or are not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.igamma(1.0, [0.0, 1.0])).round(4))
      [0.     0.6321]
    """
    return IGAMMA(a, x, name=name)


def igammac(a: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """The upper regularized incomplete gamma function, `1 - igamma(a, x)`.

    Args:
      a: A tensor of float32 or float64.
      x: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If the dtypes differ, or are not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.igammac(1.0, [0.0, 1.0])).round(4))
      [1.     0.3679]
    """
    return IGAMMAC(a, x, name=name)


def _betainc_shape(a: TensorShape, b: TensorShape, x: TensorShape) -> TensorShape:
    known = [shape for shape in (a, b, x) if shape.sizes != ()]
    return shape_rules.merged(*known) if known else shape_rules.SCALAR


def _betainc_lower(jax: Jax, a: Array, b: Array, x: Array) -> Array:
    return jax.scipy.special.betainc(*jax.numpy.broadcast_arrays(a, b, x))


def _betainc_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    """By `x` only, as in TensorFlow: x^(a-1) (1-x)^(b-1) / B(a, b)."""
    a, b, x = op.inputs
    one = g.constant(1, x)
    log_beta = g.Sub(g.AddV2(g.Lgamma(a), g.Lgamma(b)), g.Lgamma(g.AddV2(a, b)))
    density = g.Exp(g.Sub(g.AddV2(g.Xlog1py(g.Sub(b, one), g.Neg(x)), g.Xlogy(g.Sub(a, one), x)), log_beta))
    return [None, None, g.unbroadcast(x, op.outputs[0], lambda: g.Mul(density, dy), None)[0]]


BETAINC = define_op("Betainc", inputs="a: T, b: T, x: T", outputs="z: T", attrs=f"T: {_WIDE_FLOATS}",
                    shape=_betainc_shape, lower=_betainc_lower, gradient=_betainc_gradient)


def betainc(a: TensorLike, b: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """The regularized incomplete beta function; differentiable in `x`.

    Args:
      a, b: Parameters above 0, scalars or of the shape of `x`.
      x: Numbers in [0, 1].
      name: Name of the node.

    Raises:
      TypeError: If the dtypes differ, or are not float32 or float64.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.betainc(1.0, 2.0, 0.5)).round(4))
      0.75
    """
    return BETAINC(a, b, x, name=name)


def lbeta(x: TensorLike, name: str | None = None) -> Tensor:
    """The logarithm of the absolute value of the multivariate beta function, along the last axis.

    `sum(lgamma(x)) - lgamma(sum(x))`; an empty axis gives -inf.
    """
    with name_scope(name, "lbeta", [x]):
        x = convert_to_tensor(x, name="x")
        return lookup("Sub")(reduce_sum(LGAMMA(x), [-1]), LGAMMA(reduce_sum(x, [-1])), name="sub")


def _bessel(type: str, function: str, gradient: Any) -> OpDefinition:
    def lower(jax: Jax, x: Array) -> Array:
        return getattr(jax.scipy.special, function)(x)

    return _unary(type, lower, gradient)


def _i0_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    with g.after(dy):
        return g.Mul(dy, g.BesselI1(op.inputs[0]))


def _i0e_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    x, y = op.inputs[0], op.outputs[0]
    with g.after(dy):
        return g.Mul(dy, g.Sub(g.BesselI1e(x), g.Mul(g.Sign(x), y)))


def _half_at_zero(g: GradientBuilder, x: Tensor, quotient: Tensor) -> Tensor:
    """`I1(x) / x`, which is 1/2 at 0."""
    is_zero = g.Equal(x, g.constant(0, x))
    safe = g.SelectV2(is_zero, g.constant(1, x), x)
    return g.SelectV2(is_zero, g.constant(0.5, x), g.RealDiv(quotient, safe))


def _i1_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    x, y = op.inputs[0], op.outputs[0]
    with g.after(dy):
        return g.Mul(dy, g.Sub(g.BesselI0(x), _half_at_zero(g, x, y)))


def _i1e_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    x, y = op.inputs[0], op.outputs[0]
    with g.after(dy):
        return g.Mul(dy, g.Sub(g.Sub(g.BesselI0e(x), g.Mul(g.Sign(x), y)), _half_at_zero(g, x, y)))


BESSEL_I0 = _bessel("BesselI0", "i0", _i0_gradient)
BESSEL_I0E = _bessel("BesselI0e", "i0e", _i0e_gradient)
BESSEL_I1 = _bessel("BesselI1", "i1", _i1_gradient)
BESSEL_I1E = _bessel("BesselI1e", "i1e", _i1e_gradient)


def bessel_i0(x: TensorLike, name: str | None = None) -> Tensor:
    """The modified Bessel function of the first kind, of order 0."""
    return BESSEL_I0(x, name=name)


def bessel_i0e(x: TensorLike, name: str | None = None) -> Tensor:
    """`exp(-|x|) * bessel_i0(x)`."""
    return BESSEL_I0E(x, name=name)


def bessel_i1(x: TensorLike, name: str | None = None) -> Tensor:
    """The modified Bessel function of the first kind, of order 1."""
    return BESSEL_I1(x, name=name)


def bessel_i1e(x: TensorLike, name: str | None = None) -> Tensor:
    """`exp(-|x|) * bessel_i1(x)`."""
    return BESSEL_I1E(x, name=name)


def polyval(coeffs: list[Any], x: TensorLike, name: str | None = None) -> Tensor:
    """The polynomial with coefficients from the highest power down, by Horner's rule.

    Args:
      coeffs: A list of tensors, the coefficient of the highest power first.
      x: Where the polynomial is evaluated, a tensor.
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If `coeffs` is no list.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.math.polyval([1.0, 0.0, 2.0], 3.0)))
      11.0
    """
    if not isinstance(coeffs, list):
        raise ValueError(f"Argument coeffs must be list type, got {type(coeffs).__name__}")
    with name_scope(name, "polyval", [x]):
        x = convert_to_tensor(x, name="x")
        if not coeffs:
            return lookup("ZerosLike")(x)
        tensors = [convert_to_tensor(c, dtype=x.dtype.base_dtype, name=f"coeff_{i}") for i, c in enumerate(coeffs)]
        value = tensors[0]
        for coefficient in tensors[1:]:
            value = lookup("AddV2")(coefficient, lookup("Mul")(value, x, name="mul"), name="add")
        return value
