"""Constants: the `Const` op, and the conversion of Python and NumPy values to it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from tensorboard.compat.proto import tensor_pb2

from millpond import dtypes
from millpond.dimensions import Dimension
from millpond.dtypes import DType
from millpond.formats import tensors
from millpond.graph import attributes
from millpond.graph.argument_types import DTypeLike, ShapeLike, TensorLike
from millpond.graph.conversion import register_tensor_conversion_function
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.tensor import Tensor
from millpond.shapes import TensorShape


def _const_shape(*, value: np.ndarray) -> TensorShape:
    return TensorShape.of(value.shape)


CONST = define_op("Const", outputs="output: dtype", attrs="value: tensor, dtype: type", shape=_const_shape,
                  gradient=NOT_DIFFERENTIABLE, role="constant")


def constant(value: TensorLike, dtype: DTypeLike | None = None, shape: ShapeLike | None = None, name: str = "Const",
             verify_shape: bool = False) -> Tensor:
    """A tensor that has the same value in every run.

    Args:
      value: A number, string, (nested) list or NumPy array.
      dtype: The dtype; by default it follows from the value (Python floats are float32, ints int32).
      shape: The shape; where `value` has fewer elements its last one is repeated.
      name: Name of the node.
      verify_shape: Whether `value` must have exactly `shape`.

    Raises:
      TypeError: If the value cannot be the dtype.
      ValueError: If the value has more elements than the shape, or is ragged.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.constant(7, shape=[2, 2])))
      [[7 7]
       [7 7]]
    """
    return from_array(_array(value, dtype, shape, verify_shape), name)


def make_tensor_proto(values: TensorLike, dtype: DTypeLike | None = None, shape: ShapeLike | None = None,
                      verify_shape: bool = False, allow_broadcast: bool = False) -> Any:
    """Values as a `TensorProto` message.

    Args:
      values: A number, string, list or NumPy array.
      dtype: The dtype; by default it follows from the values.
      shape: The shape; where there are fewer values the last one is repeated.
      verify_shape: Whether the values must have exactly `shape`.
      allow_broadcast: Accepted for compatibility.

    Raises:
      TypeError: If values do not fit `dtype`.
      ValueError: If they do not fit `shape`.

    Example:
      >>> import millpond as tf
      >>> tf.make_ndarray(tf.make_tensor_proto([[1, 2]])).tolist()
      [[1, 2]]
    """
    return attributes.tensor_proto(_array(values, dtype, shape, verify_shape))


def make_ndarray(tensor: tensor_pb2.TensorProto) -> np.ndarray:
    """The values of a `TensorProto` message as a NumPy array."""
    return tensors.from_tensor_proto(tensor)


def from_array(array: np.ndarray, name: str) -> Tensor:
    """A `Const` of an array, which must not be changed any more."""
    return CONST(value=array, dtype=dtypes.from_numpy(array.dtype), name=name)


def _array(value: Any, dtype: Any, shape: Any, verify_shape: bool) -> np.ndarray:
    """The value as an array of the dtype and the shape, where they are given."""
    wanted = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
    if shape is None:
        return to_array(value, wanted)
    shape = TensorShape(shape)
    if shape.num_elements() == 0 and value is not None and not isinstance(value, (np.ndarray, np.generic)):
        return np.empty(shape.as_list(), (wanted or dtypes.float32).np_dtype)  # whatever the value is
    return _with_shape(to_array(value, wanted), shape, verify_shape)


def _with_shape(array: np.ndarray, shape: TensorShape, verify_shape: bool) -> np.ndarray:
    sizes: tuple[Any, ...] = tuple(shape.as_list())
    if array.shape == sizes:
        return array
    if verify_shape:
        raise TypeError(f"Expected Tensor's shape: {sizes}, got {array.shape}.")
    count = math.prod(sizes)
    if array.size > count:
        raise ValueError(f"Too many elements provided. Needed at most {count}, but received {array.size}")
    if array.size == count:
        return array.reshape(sizes)
    return tensors.fill_up(array if array.size else _zero(array.dtype), sizes)


def _zero(dtype: np.dtype) -> np.ndarray:
    """What stands where a constant was given no value."""
    return np.full(1, b"", object) if dtype.kind == "O" else np.zeros(1, dtype)


def to_array(value: Any, dtype: DType | None) -> np.ndarray:
    """A Python or NumPy value as an array of a dtype that tensors have; always a copy.

    Raises:
      TypeError: If the value does not fit the dtype.
      ValueError: If it is ragged or None.
    """
    if value is None:
        raise ValueError("None values not supported.")
    if hasattr(value, "__array__"):  # NumPy's own, and what turns itself into it
        return _from_numpy(value, dtype)
    if dtype is not None and dtype.name == "string":
        return _strings(value)
    try:
        natural = np.array(value)
    except ValueError as error:
        raise ValueError(f"Can't convert non-rectangular Python sequence to Tensor: {value!r} ({error})") from None
    except OverflowError as error:
        raise TypeError(f"Cannot convert {value!r} to a tensor: {error}") from None
    if natural.dtype == object:
        natural = _from_objects(value, dtype)
    if natural.dtype.kind in "US":
        if dtype is not None:
            raise TypeError(f"Expected {dtype.name}, got {_brief(value)} of type 'str' instead.")
        return _strings(value)
    return _from_python(value, natural, dtype)


def _from_numpy(value: Any, dtype: DType | None) -> np.ndarray:
    array = np.array(value)
    if array.dtype.kind in "USO":
        if dtype is not None and dtype.name != "string":
            if array.dtype.kind == "O":
                return to_array(array.tolist(), dtype)
            raise TypeError(f"Expected {dtype.name}, got an array of strings.")
        return _strings(array)
    if dtype is None:
        dtypes.from_numpy(array.dtype)  # raises TypeError for what tensors cannot hold
        return array
    if dtype.name == "string":
        raise TypeError(f"Expected string, got an array of {array.dtype}.")
    return array.astype(dtype.np_dtype)


def _from_objects(value: Any, dtype: DType | None) -> np.ndarray:
    """Lists that hold Dimensions, big integers or shapes."""
    if isinstance(value, (list, tuple)) and all(isinstance(item, Dimension) for item in value):
        return np.array([item.value for item in value])
    try:
        return np.array(value, dtype=np.uint64 if dtype is None else dtype.np_dtype)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"Cannot convert {_brief(value)} to a tensor: its elements are of "
                        f"{sorted({type(v).__name__ for v in np.ravel(np.array(value, dtype=object))})}.") from None


# Python values may become a dtype of the same kind or a wider one, as in TensorFlow: True may be an integer, 1 a float,
# but 1.5 no integer and 1 no bool.
_KIND_ORDER = {"b": 0, "i": 1, "u": 1, "f": 2, "V": 2, "c": 3}


def _from_python(value: Any, natural: np.ndarray, dtype: DType | None) -> np.ndarray:
    kind = natural.dtype.kind
    if dtype is None:
        if kind == "f":
            return natural.astype(np.float32)
        if kind in "iu":
            if natural.size == 0 or (natural.min() >= -2**31 and natural.max() < 2**31):
                return natural.astype(np.int32)
            return natural
        return natural
    if natural.size == 0:
        return natural.astype(dtype.np_dtype)
    # Lists of NumPy's bools count for nothing else, as in TensorFlow, other than Python's and than arrays.
    if dtype.is_bool != (kind == "b") and (dtype.is_bool or not isinstance(_first_leaf(value), bool)):
        raise TypeError(f"Expected {dtype.name}, got {_brief(value)} of type '{_type_name(value)}' instead.")
    target = "f" if dtype.is_floating else "c" if dtype.is_complex else "b" if dtype.is_bool else "i"
    if _KIND_ORDER[kind] > _KIND_ORDER[target]:
        raise TypeError(f"Expected {dtype.name}, got {_brief(value)} of type '{_type_name(value)}' instead.")
    if dtype.is_integer and not dtype.is_quantized:
        low, high = dtype.min, dtype.max
        if natural.min() < low or natural.max() > high:
            raise ValueError(f"{_brief(value)} is out of range for {dtype.name}, which holds {low} to {high}.")
    if dtype.is_quantized:
        return natural.astype(dtype.np_dtype[0]).view(dtype.np_dtype)
    return natural.astype(dtype.np_dtype)


def _strings(value: Any) -> np.ndarray:
    """Strings as an object array of bytes."""
    array = np.array(value, dtype=object)
    result = np.empty(array.size, dtype=object)
    for i, item in enumerate(array.ravel()):
        if isinstance(item, str):
            item = item.encode("utf-8")
        if not isinstance(item, (bytes, bytearray)):
            raise TypeError(f"Expected string, got {_brief(item)} of type '{type(item).__name__}' instead.")
        result[i] = bytes(item)
    return result.reshape(array.shape)


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 80 else text[:80] + "..."


def _first_leaf(value: Any) -> Any:
    while isinstance(value, (list, tuple)) and value:
        value = value[0]
    return value


def _type_name(value: Any) -> str:
    return type(_first_leaf(value)).__name__


def _convert_value(value: Any, dtype: DType | None = None, name: str | None = None, as_ref: bool = False) -> Any:
    return constant(value, dtype, name=name or "Const")


def _convert_shape(value: TensorShape, dtype: DType | None = None, name: str | None = None,
                   as_ref: bool = False) -> Any:
    if not value.is_fully_defined():
        raise ValueError(f"Cannot convert a partially known TensorShape to a Tensor: {value}. Use tf.shape(x).")
    sizes: list[Any] = value.as_list()
    if dtype is None:
        dtype = dtypes.int64 if any(n > 2**31 - 1 for n in sizes) else dtypes.int32
    if dtype not in (dtypes.int32, dtypes.int64):
        raise TypeError(f"Cannot convert a TensorShape to dtype {dtype.name}")
    return from_array(np.array(sizes, dtype.np_dtype), name or "shape_as_tensor")


def _convert_dimension(value: Dimension, dtype: DType | None = None, name: str | None = None,
                       as_ref: bool = False) -> Any:
    if value.value is None:
        raise ValueError(f"Cannot convert an unknown Dimension to a Tensor: {value}. Use tf.shape(x)[i].")
    return constant(value.value, dtype or dtypes.int32, name=name or "shape_as_tensor")


register_tensor_conversion_function((int, float, bool, str, bytes, complex, list, tuple, np.ndarray, np.generic),
                                    _convert_value, 100)
register_tensor_conversion_function(object, _convert_value, 200)
register_tensor_conversion_function(TensorShape, _convert_shape, 100)
register_tensor_conversion_function(Dimension, _convert_dimension, 100)
