"""Changing dtypes: `Cast` with TensorFlow's rules for floats that no integer can hold, and `Bitcast`."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import undefined_gradient
from millpond.dtypes import DType
from millpond.errors import UnimplementedError
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Jax
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.constant import from_array
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

_NOT_NUMBERS = frozenset({"string", "resource", "variant"})


def _cast_kernel(xp: ArrayModule, x: Array, *, SrcT: DType, DstT: DType) -> Array:
    if SrcT is DstT:
        return x
    if SrcT.name in _NOT_NUMBERS or DstT.name in _NOT_NUMBERS or SrcT.is_quantized or DstT.is_quantized:
        raise UnimplementedError(None, None, f"Cast {SrcT.name} to {DstT.name} is not supported")
    if DstT.is_bool:
        return xp.not_equal(x, np.zeros((), SrcT.np_dtype))
    if SrcT.is_complex and not DstT.is_complex:
        x = xp.real(x)
    if DstT.is_integer and (SrcT.is_floating or SrcT.is_complex):
        return _float_to_integer(xp, x, DstT)
    if DstT is dtypes.bfloat16 and SrcT.name in ("float64", "complex128", "int32", "int64", "uint32", "uint64"):
        x = xp.asarray(x, dtype=np.float32)  # TensorFlow rounds twice here
    return xp.asarray(x, dtype=DstT.np_dtype)


def _float_to_integer(xp: ArrayModule, x: Array, target: DType) -> Array:
    """Truncates. What the integer cannot hold becomes what an x86 CPU gives, on every device: the lowest int32 or
    int64, of which smaller dtypes keep the low bits. (XLA by itself saturates, and gives 0 for NaN.)"""
    if x.dtype not in (np.float32, np.float64):
        x = xp.asarray(x, dtype=np.float32)
    if target.name == "uint64":
        return _float_to_uint64(xp, x)
    wide = np.int64 if target.name in ("int64", "uint32") else np.int32
    whole = _truncated(xp, x, wide)
    return whole if target.np_dtype == wide else xp.asarray(whole, dtype=target.np_dtype)


def _truncated(xp: ArrayModule, x: Array, integer: Any) -> Array:
    limit = np.asarray(-float(np.iinfo(integer).min), x.dtype)
    fits = xp.logical_and(xp.greater_equal(x, -limit), xp.less(x, limit))
    safe = xp.where(fits, x, np.zeros((), x.dtype))
    return xp.where(fits, xp.asarray(safe, dtype=integer), np.asarray(np.iinfo(integer).min, integer))


def _float_to_uint64(xp: ArrayModule, x: Array) -> Array:
    half = np.asarray(2.0**63, x.dtype)
    upper = xp.greater_equal(x, half)
    shifted = xp.where(upper, xp.subtract(x, half), x)
    low = xp.asarray(_truncated(xp, shifted, np.int64), dtype=np.uint64)
    flipped = xp.bitwise_xor(low, np.asarray(2**63, np.uint64))
    return xp.where(xp.logical_and(upper, xp.less(shifted, half)), flipped, low)


def _cast_lower(jax: Jax, x: Array, *, SrcT: DType, DstT: DType) -> Array:
    # XLA takes a converted predicate times x for "x or 0", which hides NaN, infinity and the sign of zero under a mask.
    # It does not look through an integer between the two, which costs nothing: all of it is fused.
    if SrcT.is_bool and (DstT.is_floating or DstT.is_complex):
        return jax.numpy.asarray(jax.numpy.asarray(x, dtype=np.int32), dtype=DstT.np_dtype)
    return _cast_kernel(jax.numpy, x, SrcT=SrcT, DstT=DstT)


def _cast_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor | None:
    source, target = op.attributes["SrcT"], op.attributes["DstT"]
    if not all(dtype.is_floating or dtype.is_complex for dtype in (source, target)):
        return None
    return g.Cast(dy, DstT=source)


CAST = define_op("Cast", inputs="x: SrcT", outputs="y: DstT", attrs="SrcT: type, DstT: type, Truncate: bool = False",
                 shape=shape_rules.same, kernel=_cast_kernel, lower=_cast_lower, gradient=_cast_gradient,
                 shape_value=lambda op, value_of: value_of(op.inputs[0]) if op.inputs[0].dtype.is_integer else None)


def cast(x: TensorLike, dtype: DTypeLike, name: str | None = None) -> Tensor:
    """`x` with its elements in another dtype.

    Floats become integers by truncation; a number becomes True unless it is zero. `x` itself is returned if it
    has the dtype already. An `IndexedSlices` or `SparseTensor` keeps its indices.

    Args:
      x: A tensor of numbers or bools.
      dtype: The new dtype.
      name: Name of the node.

    Raises:
      TypeError: If `dtype` is no dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.cast([1.8, -2.2], tf.int32)))
      [ 1 -2]
    """
    base = dtypes.as_dtype(dtype).base_dtype
    # A resource variable is read by what uses it; the dtype of other variables is that of a reference.
    if (isinstance(x, Tensor) or hasattr(x, "_as_graph_element")) and x.dtype is base:
        return x
    with name_scope(name, "Cast", [x]) as scope:
        if hasattr(x, "with_values"):  # SparseTensor
            return x.with_values(cast(x.values, base, name=scope))
        if hasattr(x, "map_tensors") and hasattr(x, "values"):  # IndexedSlices
            return type(x)(cast(x.values, base, name=scope), x.indices, x.dense_shape)
        x = convert_to_tensor(x, name="x")
        return x if x.dtype.base_dtype is base else CAST(x, DstT=base, name=scope)


def saturate_cast(value: TensorLike, dtype: DTypeLike, name: str | None = None) -> Tensor:
    """`tf.cast`, with values that `dtype` cannot hold clipped to its range first.

    Args:
      value: A tensor of real numbers.
      dtype: The new dtype.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If `dtype` is no dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.saturate_cast([-3.0, 300.0], tf.uint8)))
      [  0 255]
    """
    target = dtypes.as_dtype(dtype).base_dtype
    with name_scope(name, "saturate_cast", [value]) as scope:
        value = convert_to_tensor(value, name="value")
        source = value.dtype.base_dtype
        low, high = _range_within(source, target)
        if low is not None or high is not None:
            ends = [from_array(np.asarray(end, source.np_dtype), "Const")
                    for end in (source.min if low is None else low, source.max if high is None else high)]
            value = lookup("ClipByValue")(value, *ends, name="clamp")
        return cast(value, target, name=scope)


def _range_within(source: DType, target: DType) -> tuple[Any, Any]:
    """The ends of the target's range that the source can pass, as values of the source that the target can hold."""
    if source.is_complex or target.is_complex or source.is_bool or target.is_bool:
        return None, None
    low = target.min if source.min < target.min else None
    high = target.max if source.max > target.max else None
    if high is not None and source.is_floating and target.is_integer:
        rounded = np.asarray(high, source.np_dtype)
        if int(rounded) > high:
            high = np.nextafter(rounded.astype(np.float64), 0).astype(source.np_dtype) \
                if source is dtypes.float64 else np.nextafter(rounded, np.asarray(0, source.np_dtype))
    return low, high


def to_float(x: TensorLike, name: str = "ToFloat") -> Tensor:
    """`x` as float32."""
    return cast(x, dtypes.float32, name=name)


def to_double(x: TensorLike, name: str = "ToDouble") -> Tensor:
    """`x` as float64."""
    return cast(x, dtypes.float64, name=name)


def to_int32(x: TensorLike, name: str = "ToInt32") -> Tensor:
    """`x` as int32."""
    return cast(x, dtypes.int32, name=name)


def to_int64(x: TensorLike, name: str = "ToInt64") -> Tensor:
    """`x` as int64."""
    return cast(x, dtypes.int64, name=name)


def to_bfloat16(x: TensorLike, name: str = "ToBFloat16") -> Tensor:
    """`x` as bfloat16."""
    return cast(x, dtypes.bfloat16, name=name)


def to_complex64(x: TensorLike, name: str = "ToComplex64") -> Tensor:
    """`x` as complex64."""
    return cast(x, dtypes.complex64, name=name)


def to_complex128(x: TensorLike, name: str = "ToComplex128") -> Tensor:
    """`x` as complex128."""
    return cast(x, dtypes.complex128, name=name)


_BITS = "{bfloat16, half, float, double, int64, int32, uint8, uint16, uint32, uint64, int8, int16, complex64, " \
        "complex128}"


def _bitcast_shape(input: TensorShape, *, T: DType, type: DType) -> TensorShape:
    if T.size == type.size or input.sizes is None:
        return input
    if T.size > type.size:
        return TensorShape.of((*input.sizes, T.size // type.size))
    if not input.sizes or input.sizes[-1] not in (None, type.size // T.size):
        raise ValueError(f"Cannot bitcast from {T.name} to {type.name}: the last dimension must be "
                         f"{type.size // T.size}, the shape is {input}")
    return TensorShape.of(input.sizes[:-1])


def _bitcast_kernel(xp: ArrayModule, input: Array, *, T: DType, type: DType) -> Array:
    if T.size == type.size:
        return xp.asarray(input).view(type.np_dtype)
    if T.size > type.size:
        parts = xp.reshape(input, (*input.shape, 1))
        return xp.asarray(parts).view(type.np_dtype)
    if not input.shape or input.shape[-1] != type.size // T.size:
        raise ValueError(f"Cannot bitcast from {T.name} to {type.name}: shape {list(input.shape)}")
    return xp.reshape(xp.ascontiguousarray(input).view(type.np_dtype) if xp is np else input.view(type.np_dtype),
                      input.shape[:-1])


BITCAST = define_op("Bitcast", inputs="input: T", outputs="output: type", attrs=f"T: {_BITS}, type: {_BITS}",
                    shape=_bitcast_shape, kernel=_bitcast_kernel, gradient=undefined_gradient)


def bitcast(input: TensorLike, type: DTypeLike, name: str | None = None) -> Tensor:
    """The same bits read as another dtype; a last dimension appears or goes where the sizes differ.

    Args:
      input: A tensor of numbers.
      type: The dtype to read the bits as.
      name: Name of the node.

    Raises:
      TypeError: If `type` is no dtype.
      ValueError: If the last dimension does not have as many elements as make one of a larger dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.bitcast([1.0], tf.int32)))
      [1065353216]
    """
    return BITCAST(input, type=dtypes.as_dtype(type), name=name)
