"""Complex numbers: making them and taking them apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import OpDefinition, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.scoping import name_scope


def _part(type: str, kernel: Any, gradient: Any, input: str = "input", output: str = "output") -> OpDefinition:
    return define_op(type, inputs=f"{input}: T", outputs=f"{output}: Tout",
                     attrs="T: {complex64, complex128} = complex64, Tout: {float, double} = float",
                     shape=shape_rules.same, kernel=kernel, gradient=gradient)


def _complex_of(g: GradientBuilder, real: Tensor | None, imaginary: Tensor | None) -> Tensor:
    """The complex tensor of two cotangents, either of which may be None for zero."""
    given = real if real is not None else imaginary
    assert given is not None
    tout = dtypes.complex64 if given.dtype.base_dtype.name == "float32" else dtypes.complex128
    zero = None if real is not None and imaginary is not None else g.constant(0, given)
    return g.Complex(real if real is not None else zero, imaginary if imaginary is not None else zero, Tout=tout)


def _complex_abs_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    x, y = op.inputs[0], op.outputs[0]
    return g.DivNoNan(g.Mul(_complex_of(g, dy, None), x, name="mul"), _complex_of(g, y, None), name="div_no_nan")


COMPLEX_ABS = _part("ComplexAbs", lambda xp, x: xp.abs(x), _complex_abs_gradient, "x", "y")
REAL = _part("Real", lambda xp, x: xp.real(x), lambda g, op, dy: _complex_of(g, dy, None))
IMAG = _part("Imag", lambda xp, x: xp.imag(x), lambda g, op, dy: _complex_of(g, None, dy))


def _angle_kernel(xp: ArrayModule, x: Array) -> Array:
    return xp.arctan2(xp.imag(x), xp.real(x))


def _angle_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    x = op.inputs[0]
    with g.after(dy):
        swapped = g.Complex(g.Imag(x, Tout=dy.dtype.base_dtype), g.Real(x, Tout=dy.dtype.base_dtype),
                            Tout=x.dtype.base_dtype)
        return g.Neg(g.Mul(_complex_of(g, dy, None), g.Reciprocal(swapped), name="mul"))


ANGLE = _part("Angle", _angle_kernel, _angle_gradient)
CONJ = define_op("Conj", inputs="input: T", outputs="output: T", attrs="T: {complex64, complex128} = complex64",
                 shape=shape_rules.same, kernel=lambda xp, x: xp.conj(x), gradient=lambda g, op, dy: g.Conj(dy))


def _complex_kernel(xp: ArrayModule, real: Array, imag: Array) -> Array:
    # Multiplying by 1j would turn an infinite part into NaN in the other.
    wide = np.complex64 if real.dtype == np.float32 else np.complex128
    result = np.empty(np.broadcast_shapes(real.shape, imag.shape), wide)
    result.real, result.imag = real, imag
    return result


def _complex_lower(jax: Jax, real: Array, imag: Array) -> Array:
    return jax.lax.complex(*jax.numpy.broadcast_arrays(real, imag))


def _complex_gradient(g: GradientBuilder, op: Operation, dz: Tensor) -> Cotangents:
    real, imag = op.inputs
    dtype = real.dtype.base_dtype
    return g.unbroadcast(real, imag, lambda: g.Real(dz, Tout=dtype), lambda: g.Imag(dz, Tout=dtype))


COMPLEX = define_op("Complex", inputs="real: T, imag: T", outputs="out: Tout",
                    attrs="T: {float, double} = float, Tout: {complex64, complex128} = complex64",
                    shape=shape_rules.broadcast, kernel=_complex_kernel, lower=_complex_lower,
                 gradient=_complex_gradient)


def complex(real: TensorLike, imag: TensorLike, name: str | None = None) -> Tensor:
    """Complex numbers from their real and imaginary parts.

    Args:
      real: A float32 or float64 tensor.
      imag: A tensor of the same dtype.
      name: Name of the node.

    Returns:
      complex64 for float32, complex128 for float64.

    Raises:
      TypeError: For other dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.complex([1.0], [2.0])))
      [1.+2.j]
    """
    real = convert_to_tensor(real, name="real")
    imag = convert_to_tensor(imag, name="imag")
    kinds = {real.dtype.base_dtype, imag.dtype.base_dtype}
    if kinds not in ({dtypes.float32}, {dtypes.float64}):
        raise TypeError(f"The real and imaginary parts have incorrect types: {real.dtype.base_dtype.name} and "
                        f"{imag.dtype.base_dtype.name}. Both must be float32, or both float64.")
    return COMPLEX(real, imag, Tout=dtypes.complex64 if dtypes.float32 in kinds else dtypes.complex128, name=name)


def real(input: TensorLike, name: str | None = None) -> Tensor:
    """The real parts of complex numbers; a real tensor stays as it is."""
    input = convert_to_tensor(input, name="input")
    if not input.dtype.base_dtype.is_complex:
        return input
    return REAL(input, Tout=input.dtype.real_dtype, name=name)


def imag(input: TensorLike, name: str | None = None) -> Tensor:
    """The imaginary parts of complex numbers; zeros for a real tensor."""
    input = convert_to_tensor(input, name="input")
    if not input.dtype.base_dtype.is_complex:
        return lookup("ZerosLike")(input)
    return IMAG(input, Tout=input.dtype.real_dtype, name=name)


def conj(x: TensorLike, name: str | None = None) -> Tensor:
    """The complex conjugate; a real tensor stays as it is.

    Raises:
      TypeError: If `x` holds no numbers.
    """
    x = convert_to_tensor(x, name="x")
    dtype = x.dtype.base_dtype
    if dtype.is_complex:
        return CONJ(x, name=name)
    if dtype.is_floating or dtype.is_integer:
        return x
    raise TypeError(f"Expected a tensor of numbers, got dtype {dtype.name}")


def angle(input: TensorLike, name: str | None = None) -> Tensor:
    """The angle of complex numbers, in (-pi, pi]; pi for negative and 0 for other real numbers."""
    with name_scope(name, "Angle", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        if input.dtype.base_dtype.is_complex:
            return ANGLE(input, Tout=input.dtype.real_dtype, name=scope)
        negative = lookup("Less")(input, np.zeros((), input.dtype.np_dtype))
        half_turn = lookup("Mul")(np.array(np.pi, input.dtype.np_dtype), lookup("OnesLike")(input, name="ones_like"),
                                  name="mul")
        return lookup("Select")(negative, half_turn, lookup("ZerosLike")(input, name="zeros_like"))
