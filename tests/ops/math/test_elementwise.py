"""Elementwise functions of one input: rows of the op table, and what users must see at the edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from op_case import OpCase, complexes, floats, integers

import millpond as tf


def _unary(op_type: str, function: str, expected, low: float = -2.0, high: float = 2.0, gradient: bool = True,
           **more) -> OpCase:
    """A row for `tf.<function>(x)`, or `tf.math.<function>(x)`, on six floats."""
    return OpCase(op_type, lambda tf, x: getattr(tf, function, None)(x) if hasattr(tf, function) else getattr(
        tf.math, function)(x), [floats(2, 3, low=low, high=high)], gradient=gradient, expected=expected, **more)


def _each(function):
    return lambda x: np.vectorize(function)(x.astype(np.float64)).astype(x.dtype)


CASES = [
    _unary("Neg", "negative", np.negative),
    _unary("Abs", "abs", np.abs),
    _unary("Sign", "sign", np.sign),
    _unary("Square", "square", np.square),
    _unary("Sqrt", "sqrt", np.sqrt, low=0.5),
    _unary("Rsqrt", "rsqrt", lambda x: 1 / np.sqrt(x), low=0.5),
    _unary("Reciprocal", "reciprocal", lambda x: 1 / x, low=0.5),
    _unary("Inv", "inv", lambda x: 1 / x, low=0.5),
    _unary("Exp", "exp", np.exp),
    _unary("Expm1", "expm1", np.expm1),
    _unary("Log", "log", np.log, low=0.5),
    _unary("Log1p", "log1p", np.log1p, low=-0.5),
    _unary("Sigmoid", "sigmoid", lambda x: 1 / (1 + np.exp(-x))),
    _unary("Floor", "floor", np.floor, gradient=False),
    _unary("Ceil", "ceil", np.ceil, gradient=False),
    _unary("Rint", "rint", np.rint, gradient=False),
    _unary("Round", "round", np.round, gradient=False),
    _unary("Sin", "sin", np.sin),
    _unary("Cos", "cos", np.cos),
    _unary("Tan", "tan", np.tan, low=-1.0, high=1.0),
    _unary("Asin", "asin", np.arcsin, low=-0.9, high=0.9),
    _unary("Acos", "acos", np.arccos, low=-0.9, high=0.9),
    _unary("Atan", "atan", np.arctan),
    _unary("Sinh", "sinh", np.sinh),
    _unary("Cosh", "cosh", np.cosh),
    _unary("Tanh", "tanh", np.tanh),
    _unary("Asinh", "asinh", np.arcsinh),
    _unary("Acosh", "acosh", np.arccosh, low=1.2, high=3.0),
    _unary("Atanh", "atanh", np.arctanh, low=-0.9, high=0.9),
    _unary("Erf", "erf", _each(math.erf)),
    _unary("Erfc", "erfc", _each(math.erfc)),
    _unary("Erfinv", "erfinv", None, low=-0.9, high=0.9),
    _unary("Ndtri", "ndtri", None, low=0.1, high=0.9),
    _unary("Lgamma", "lgamma", _each(math.lgamma), low=0.5, high=4.0),
    _unary("Digamma", "digamma", None, low=0.5, high=4.0),
    _unary("BesselI0", "bessel_i0", lambda x: np.i0(x).astype(x.dtype)),
    _unary("BesselI0e", "bessel_i0e", lambda x: (np.i0(x) * np.exp(-np.abs(x))).astype(x.dtype)),
    _unary("BesselI1", "bessel_i1", None),
    _unary("BesselI1e", "bessel_i1e", None),
    # The ops that gradients are made of have gradients themselves: second derivatives.
    OpCase("SqrtGrad", lambda tf, x: tf.gradients(tf.sqrt(x), x), [floats(4, low=0.5)], gradient=True,
           expected=lambda x: 0.5 / np.sqrt(x)),
    OpCase("RsqrtGrad", lambda tf, x: tf.gradients(tf.rsqrt(x), x), [floats(4, low=0.5)], gradient=True,
           expected=lambda x: -0.5 * x**-1.5),
    OpCase("ReciprocalGrad", lambda tf, x: tf.gradients(tf.reciprocal(x), x), [floats(4, low=0.5)], gradient=True,
           expected=lambda x: -1 / x**2),
    OpCase("InvGrad", lambda tf, x: tf.gradients(tf.inv(x), x), [floats(4, low=0.5)], gradient=True),
    OpCase("SigmoidGrad", lambda tf, x: tf.gradients(tf.sigmoid(x), x), [floats(4)], gradient=True),
    OpCase("TanhGrad", lambda tf, x: tf.gradients(tf.tanh(x), x), [floats(4)], gradient=True,
           expected=lambda x: 1 - np.tanh(x) ** 2),
    OpCase("IsNan", lambda tf, x: tf.is_nan(x), [np.array([1, np.nan, np.inf], np.float32)], expected=np.isnan),
    OpCase("IsInf", lambda tf, x: tf.is_inf(x), [np.array([1, np.nan, -np.inf], np.float32)], expected=np.isinf),
    OpCase("IsFinite", lambda tf, x: tf.is_finite(x), [np.array([1, np.nan, np.inf], np.float32)],
           expected=np.isfinite),
    OpCase("Real", lambda tf, x: tf.real(x), [complexes(3)], expected=np.real),
    OpCase("Imag", lambda tf, x: tf.imag(x), [complexes(3)], expected=np.imag),
    OpCase("Conj", lambda tf, x: tf.conj(x), [complexes(3)], expected=np.conj),
    OpCase("Angle", lambda tf, x: tf.angle(x), [complexes(3)], expected=np.angle),
    OpCase("ComplexAbs", lambda tf, x: tf.abs(x), [complexes(3)], expected=np.abs),
    OpCase("Complex", lambda tf, x, y: tf.complex(x, y), [floats(3), floats(3, seed=1)],
           expected=lambda x, y: (x + 1j * y).astype(np.complex64)),
    OpCase("Complex", lambda tf, x, y: tf.abs(tf.complex(x, y)), [floats(3), floats(3, seed=1)],
           gradient=True, expected=np.hypot, note="modulus"),
    OpCase("Invert", lambda tf, x: tf.bitwise.invert(x), [integers(4)], expected=np.invert),
    OpCase("PopulationCount", lambda tf, x: tf.bitwise.population_count(x), [np.array([0, 7, -1], np.int32)],
           expected=lambda x: np.array([0, 3, 32], np.uint8)),
]


@pytest.mark.usefixtures("tier")
def test_halves_round_to_the_even_neighbour() -> None:
    with tf.Session() as sess:
        assert sess.run(tf.round([0.5, 1.5, 2.5, -0.5, -1.5])).tolist() == [0, 2, 2, 0, -2]
        assert sess.run(tf.round([3, 4])).tolist() == [3, 4]


@pytest.mark.usefixtures("tier")
def test_sigmoid_of_half_precision_keeps_small_values() -> None:
    x = tf.constant([-12.0, 12.0], tf.float16)
    with tf.Session() as sess:
        low, high = sess.run(tf.sigmoid(x))
    assert low.dtype == np.float16
    assert low == pytest.approx(6.14e-6, rel=0.02)
    assert high == 1


def test_functions_that_keep_zero_work_on_the_values_of_sparse_tensors() -> None:
    sparse = tf.SparseTensor([[0, 1]], [-4.0], [2, 2])
    with tf.Session() as sess:
        assert sess.run(tf.abs(sparse)).values.tolist() == [4]
        assert sess.run(tf.square(sparse)).values.tolist() == [16]


def test_real_numbers_pass_through_the_functions_of_complex_ones() -> None:
    x = tf.constant([-1.0, 2.0])
    assert tf.real(x) is x
    assert tf.conj(x) is x
    with tf.Session() as sess:
        assert sess.run(tf.imag(x)).tolist() == [0, 0]
        assert sess.run(tf.angle(x)) == pytest.approx([np.pi, 0])


def test_parts_of_complex_numbers_must_be_of_one_dtype() -> None:
    with pytest.raises(TypeError, match="float32 and float64"):
        tf.complex(1.0, tf.constant(1.0, tf.float64))


def test_inverses_of_the_error_function_undo_it() -> None:
    with tf.Session() as sess:
        assert sess.run(tf.math.erfinv(tf.erf(0.3))) == pytest.approx(0.3, rel=1e-5)
        assert sess.run(tf.math.erfcinv(tf.erfc(0.3))) == pytest.approx(0.3, rel=1e-5)


def test_a_polynomial_is_evaluated_from_the_highest_power() -> None:
    with tf.Session() as sess:
        assert sess.run(tf.math.polyval([2.0, 0.0, 1.0], 3.0)) == 19
    with pytest.raises(ValueError, match="coeffs must be list"):
        tf.math.polyval((1.0,), 2.0)
