"""NumPy arrays and `TensorProto`, in TensorFlow's encoding.

    TensorProto
      dtype           a DataType number
      tensor_shape    the sizes
      tensor_content  all values, little-endian, last dimension fastest;     or else
      *_val           a list of values, of which the last repeats until the shape is full; all zero if empty

`_ENCODINGS` says which list a dtype uses, and whether `to_tensor_proto` prefers `tensor_content` for two or
more values. Half and bfloat16 values are their 16 bits in an int, complex ones two floats, strings bytes. In
`tensor_content`, strings are their lengths as varints, followed by their bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
from tensorboard.compat.proto import tensor_pb2, tensor_shape_pb2, types_pb2

from millpond.formats.damage import damaged
from millpond.formats.varint import read_varints

# What NumPy can hold (TensorFlow's limit is 254).
MAX_RANK = 64
# A serialized message is no longer than this, so neither is a tensor that is written out in one.
MAX_PROTO_BYTES = (1 << 31) - 1

# What values that are not all listed may grow to, where an array must be made of them.
MAX_FILLED_BYTES = 1 << 26

DT_STRING = 7


class _Encoding(NamedTuple):
    dtype: np.dtype  # of the array
    field: str  # of TensorProto
    in_field: type  # what a value is in that field
    content: bool  # several values go into tensor_content


def _quantized(name: str, storage: type) -> np.dtype:
    return np.dtype([(name, storage)])


_ENCODINGS = {
    1: _Encoding(np.dtype(np.float32), "float_val", np.float32, True),
    2: _Encoding(np.dtype(np.float64), "double_val", np.float64, True),
    3: _Encoding(np.dtype(np.int32), "int_val", np.int32, True),
    4: _Encoding(np.dtype(np.uint8), "int_val", np.int32, True),
    5: _Encoding(np.dtype(np.int16), "int_val", np.int32, True),
    6: _Encoding(np.dtype(np.int8), "int_val", np.int32, True),
    DT_STRING: _Encoding(np.dtype(object), "string_val", bytes, False),
    8: _Encoding(np.dtype(np.complex64), "scomplex_val", np.float32, False),
    9: _Encoding(np.dtype(np.int64), "int64_val", np.int64, True),
    10: _Encoding(np.dtype(np.bool_), "bool_val", np.bool_, False),
    11: _Encoding(_quantized("qint8", np.int8), "int_val", np.int32, True),
    12: _Encoding(_quantized("quint8", np.uint8), "int_val", np.int32, True),
    13: _Encoding(_quantized("qint32", np.int32), "int_val", np.int32, True),
    14: _Encoding(np.dtype(ml_dtypes.bfloat16), "half_val", np.int32, False),
    15: _Encoding(_quantized("qint16", np.int16), "int_val", np.int32, True),
    16: _Encoding(_quantized("quint16", np.uint16), "int_val", np.int32, True),
    17: _Encoding(np.dtype(np.uint16), "int_val", np.int32, False),
    18: _Encoding(np.dtype(np.complex128), "dcomplex_val", np.float64, False),
    19: _Encoding(np.dtype(np.float16), "half_val", np.int32, False),
    22: _Encoding(np.dtype(np.uint32), "uint32_val", np.uint32, True),
    23: _Encoding(np.dtype(np.uint64), "uint64_val", np.uint64, True),
}
_ENUMS = {encoding.dtype: enum for enum, encoding in _ENCODINGS.items()}


def numpy_dtype(dtype_enum: int) -> np.dtype:
    """The NumPy dtype of a DataType number: `object` for strings, structured for quantized types.

    Raises:
        NotImplementedError: If values of the type cannot be arrays (resources, variants) or are unknown.

    Example:
        >>> numpy_dtype(1), numpy_dtype(14), numpy_dtype(11)
        (dtype('float32'), dtype(bfloat16), dtype([('qint8', 'i1')]))
    """
    return _encoding(dtype_enum).dtype


def stored_dtype(dtype_enum: int, place: str) -> np.dtype:
    """As `numpy_dtype`, for a number that was read at `place`.

    Raises:
        DataLossError: If there is no such DataType at all.
        NotImplementedError: If values of the type cannot be arrays.
    """
    if dtype_enum not in types_pb2.DataType.values() or dtype_enum == types_pb2.DT_INVALID:
        raise damaged(place, f"there is no DataType {dtype_enum}")
    if dtype_enum not in _ENCODINGS:
        raise NotImplementedError(
            f"{place}: values of {types_pb2.DataType.Name(dtype_enum)} cannot be stored as an array."
        )
    return _ENCODINGS[dtype_enum].dtype


def enum_of_dtype(dtype: np.dtype) -> int:
    """The DataType number of a NumPy dtype; NumPy's own string types count as strings.

    Raises:
        NotImplementedError: If no tensor has such values.

    Example:
        >>> enum_of_dtype(np.dtype(">i4")), enum_of_dtype(np.dtype("S5"))
        (3, 7)
    """
    enum = DT_STRING if dtype.kind in "OSU" else _ENUMS.get(dtype.newbyteorder("="))
    if enum is None:
        raise NotImplementedError(f"Tensors of NumPy's {dtype} have no encoding in TensorFlow's formats.")
    return enum


def to_tensor_proto(array: np.ndarray, dtype_enum: int, shape: Sequence[int] | None = None) -> Any:
    """Encodes an array as TensorFlow's `make_tensor_proto` does.

    Args:
        array: Values of the NumPy dtype that `numpy_dtype(dtype_enum)` names (or the integers of a quantized
            type); for strings, `bytes` or `str` objects (`str` is encoded as UTF-8).
        dtype_enum: DataType number.
        shape: Sizes; None for the array's own. It may have more elements than the array, whose last value
            then stands for all that are missing.

    Raises:
        ValueError: If the array has more elements than the shape, or the message would pass 2 GiB.
        TypeError: If the array's dtype is another one.
        NotImplementedError: If arrays cannot hold values of the type.

    Example:
        >>> to_tensor_proto(np.float32([1, 2]), 1).tensor_content
        b'\\x00\\x00\\x80?\\x00\\x00\\x00@'
        >>> to_tensor_proto(np.float32(5), 1, [2, 3]).float_val
        [5.0]
    """
    encoding = _encoding(dtype_enum)
    array = np.asarray(array)
    sizes = array.shape if shape is None else tuple(int(size) for size in shape)
    count = math.prod(sizes)
    proto = tensor_pb2.TensorProto(dtype=dtype_enum, tensor_shape=shape_to_proto(sizes))
    if count == 0:
        return proto
    array = listed(array)
    if array.size > count:
        raise ValueError(f"Too many elements provided. Takes at most {count}, but got {array.size}.")
    if array.nbytes > MAX_PROTO_BYTES:
        raise ValueError(
            "Cannot create a tensor proto whose content is larger than 2GB; "
            f"got {array.nbytes} bytes of shape {list(array.shape)}. Feed the value instead."
        )
    stored = as_storage(array, dtype_enum)
    if encoding.content and stored.size == count > 1:
        proto.tensor_content = stored.tobytes()
    else:
        getattr(proto, encoding.field).extend(_field_values(stored.reshape(-1), encoding))
    return proto


class _Filled(np.ndarray):
    """The memory of an array whose first `listed` values were given; the last of them stands in the rest."""

    listed: int


def fill_up(values: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """An array of `shape` that begins with the given values and goes on with the last of them.

    It cannot be written to, and remembers what was given: `to_tensor_proto` writes no more than that. One value takes
    the memory of one value.

    Example:
        >>> fill_up(np.int32([1, 2]), [2, 2])
        array([[1, 2],
               [2, 2]], dtype=int32)
        >>> to_tensor_proto(fill_up(np.int32([7]), [1000, 1000]), 3).int_val
        [7]
    """
    values = values.reshape(-1)
    if values.size == 1:
        return np.broadcast_to(values.reshape(()), tuple(shape))
    memory = _Filled(tuple(shape), values.dtype)
    flat = np.asarray(memory).reshape(-1)
    flat[: values.size] = values
    flat[values.size :] = values[-1]
    memory.listed = values.size
    memory.flags.writeable = False
    return memory.view(np.ndarray)


def listed(array: np.ndarray) -> np.ndarray:
    """The values that `fill_up` was given for an array, as a vector; any other array as it is."""
    if array.size > 1 and not any(array.strides):
        return array[(slice(1),) * array.ndim].reshape(1)
    memory = array.base
    if isinstance(memory, _Filled) and array.shape == memory.shape and array.strides == memory.strides:
        return np.asarray(memory).reshape(-1)[: memory.listed]
    return array


def from_tensor_proto(proto: Any, place: str = "TensorProto", max_bytes: int = MAX_PROTO_BYTES,
                      keeps_filling: bool = False) -> np.ndarray:
    """Decodes a `TensorProto`.

    Args:
        proto: The message; any message class with its fields will do.
        place: What errors call it, such as a file and a node name.
        max_bytes: Limit for what a repeated value may grow to.
        keeps_filling: Whether values that are not all listed become an array of `fill_up`, which takes no more memory
            than the message where it lists one value.

    Returns:
        An array of the message's shape and of the dtype of `numpy_dtype`, new and writable unless `keeps_filling`;
        strings are `bytes` objects in an object array.

    Raises:
        DataLossError: If the shape and the values do not fit together.
        NotImplementedError: If arrays cannot hold values of the type.

    Example:
        >>> from_tensor_proto(to_tensor_proto(np.int32([[1, 2], [3, 4]]), 3))
        array([[1, 2],
               [3, 4]], dtype=int32)
    """
    shape = shape_from_proto(proto.tensor_shape, place)
    dtype = stored_dtype(proto.dtype, place)
    count = math.prod(shape)
    content = proto.tensor_content
    if content:
        return _from_content(content, proto.dtype, count, place).reshape(shape)
    values = field_values(proto, proto.dtype, place)
    if values.size >= count:
        # TensorFlow ignores what is too much.
        return values[:count].reshape(shape)
    if count * dtype.itemsize > max_bytes:
        raise damaged(
            place,
            f"{values.size} values for the shape {list(shape)} of {dtype}, which takes "
            f"{count * dtype.itemsize} bytes, more than the {max_bytes} that may be filled",
        )
    if not values.size:
        values = np.full(1, b"", object) if proto.dtype == DT_STRING else np.zeros(1, dtype)
    if keeps_filling:
        if values.size > 1 and count * dtype.itemsize > MAX_FILLED_BYTES:
            raise damaged(place, f"{values.size} values for the shape {list(shape)} of {dtype}; more than "
                                 f"{MAX_FILLED_BYTES} bytes are not made of a few values")
        return fill_up(values, shape)
    array = np.empty(count, dtype)
    array[: values.size] = values
    array[values.size :] = values[-1]
    return array.reshape(shape)


def field_values(proto: Any, dtype_enum: int, place: str) -> np.ndarray:
    """The values that a `TensorProto` lists, as a new vector, whatever its own dtype and shape say.

    Raises:
        DataLossError: If a complex number lacks its imaginary part.
    """
    encoding = _encoding(dtype_enum)
    field = getattr(proto, encoding.field)
    if dtype_enum == DT_STRING:
        strings = np.empty(len(field), object)
        strings[:] = list(field)
        return strings
    values: np.ndarray = np.fromiter(field, encoding.in_field, len(field))
    dtype = encoding.dtype
    if dtype.kind == "c":
        if values.size % 2:
            raise damaged(place, f"{values.size} floats are no whole number of complex values")
        return values.view(dtype)
    if encoding.field in ("int_val", "half_val"):
        # The field is wider than the values, which are its low bits.
        return values.astype(f"u{dtype.itemsize}").view(dtype)
    return values


def as_storage(array: np.ndarray, dtype_enum: int) -> np.ndarray:
    """The array as the formats store it: contiguous, of the exact dtype; copied only if it must be.

    Raises:
        TypeError: If the array's dtype is another one.
    """
    array = np.asarray(array)
    dtype = numpy_dtype(dtype_enum)
    if dtype_enum == DT_STRING:
        if array.dtype.kind not in "OSU":
            raise TypeError(f"Expected an array of bytes (DataType {dtype_enum}), got one of {array.dtype}.")
        return array
    given = array.dtype
    if given.newbyteorder("=") not in (dtype, dtype[0] if dtype.fields else dtype):
        raise TypeError(f"Expected an array of {dtype} (DataType {dtype_enum}), got one of {given}.")
    native = np.ascontiguousarray(array.astype(given.newbyteorder("="), copy=False))
    return native.view(dtype).reshape(array.shape)


def from_storage(stored: np.ndarray, dtype_enum: int, place: str) -> np.ndarray:
    """The vector of values whose bytes a vector of uint8 holds, as a view of it.

    Raises:
        DataLossError: If a bool is neither 0 nor 1.
    """
    dtype = numpy_dtype(dtype_enum)
    if dtype == np.bool_ and stored.size and stored.max() > 1:
        raise damaged(place, f"a bool of value {stored.max()}")
    return stored.view(dtype)


def encode_string(value: Any) -> bytes:
    """A string tensor's element as bytes; `str` becomes UTF-8.

    Raises:
        TypeError: If it is neither `bytes` nor `str`.
    """
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    raise TypeError(f"Expected bytes or str in a string tensor, got {type(value).__name__}: {value!r:.60}.")


def shape_to_proto(shape: Sequence[int]) -> Any:
    """Encodes sizes as a `TensorShapeProto`."""
    return tensor_shape_pb2.TensorShapeProto(
        dim=[tensor_shape_pb2.TensorShapeProto.Dim(size=size) for size in shape]
    )


def shape_from_proto(proto: Any, place: str) -> tuple[int, ...]:
    """Decodes a fully known `TensorShapeProto`.

    Raises:
        DataLossError: If a size is unknown or negative, or the shape is beyond what an array can have.
    """
    shape = tuple(dim.size for dim in proto.dim)
    if proto.unknown_rank or any(size < 0 for size in shape):
        raise damaged(place, f"expected sizes of zero or more, got the shape {list(shape)}")
    if len(shape) > MAX_RANK:
        raise damaged(place, f"{len(shape)} dimensions, where an array has at most {MAX_RANK}")
    # Beside a zero NumPy multiplies the other sizes with that of an element, at most 16.
    largest = math.prod(size for size in shape if size) * (16 if 0 in shape else 1)
    if largest >= 1 << 63:
        raise damaged(place, f"the shape {list(shape)} is larger than any memory")
    return shape


def _encoding(dtype_enum: int) -> _Encoding:
    encoding = _ENCODINGS.get(dtype_enum)
    if encoding is None:
        raise NotImplementedError(f"Values of DataType {dtype_enum} cannot be stored as an array.")
    return encoding


def _field_values(values: np.ndarray, encoding: _Encoding) -> list[Any]:
    dtype = encoding.dtype
    if dtype.kind == "O":
        return [encode_string(value) for value in values.tolist()]
    if dtype.kind == "c":
        return values.view(encoding.in_field).tolist()
    if encoding.field == "half_val":
        return values.view(np.uint16).tolist()
    return (values.view(dtype[0]) if dtype.fields else values).tolist()


def _from_content(content: bytes, dtype_enum: int, count: int, place: str) -> np.ndarray:
    dtype = numpy_dtype(dtype_enum)
    if dtype_enum == DT_STRING:
        return _strings_from_content(content, count, place)
    if len(content) != count * dtype.itemsize:
        expected = count * dtype.itemsize
        raise damaged(place, f"{count} values of {dtype} take {expected} bytes, got {len(content)}")
    return from_storage(np.frombuffer(bytearray(content), np.uint8), dtype_enum, place)


def _strings_from_content(content: bytes, count: int, place: str) -> np.ndarray:
    if count > len(content):
        raise damaged(place, f"{count} strings cannot be in {len(content)} bytes")
    lengths, position = read_varints(content, 0, count, place)
    if sum(lengths) != len(content) - position:
        raise damaged(place, f"strings of {sum(lengths)} bytes, but {len(content) - position} are there")
    return split_strings(content, position, lengths)


def split_strings(data: bytes | memoryview, position: int, lengths: Sequence[int]) -> np.ndarray:
    """Cuts `data` from `position` on into an object array of `bytes`; the lengths have been checked."""
    strings = np.empty(len(lengths), object)
    for index, length in enumerate(lengths):
        strings[index] = bytes(data[position : position + length])
        position += length
    return strings

