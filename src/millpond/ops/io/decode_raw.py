"""Bytes as numbers, as what was compressed, and as whole tensors."""

from __future__ import annotations

import zlib

import numpy as np
from google.protobuf.message import DecodeError
from tensorboard.compat.proto import tensor_pb2

from millpond import dtypes
from millpond.dtypes import DType
from millpond.errors import DataLossError, InvalidArgumentError
from millpond.formats.tensors import as_storage, from_tensor_proto, shape_to_proto, to_tensor_proto
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.strings.string_elements import each
from millpond.shapes import TensorShape

# --- DecodeRaw

def _decode_raw_shape(bytes: TensorShape) -> TensorShape:
    return shape_rules.UNKNOWN if bytes.sizes is None else TensorShape.of((*bytes.sizes, None))


def _decode_raw_kernel(context: HostContext, bytes: Array, *, out_type: DType, little_endian: bool) -> Array:
    dtype = out_type.np_dtype
    sizes = {len(data) for data in bytes.flat}
    if len(sizes) > 1:
        raise InvalidArgumentError(None, None, f"DecodeRaw requires input strings to all be the same size, got sizes "
                                   f"{sorted(sizes)[:5]}")
    size = sizes.pop() if sizes else 0
    if size % dtype.itemsize:
        raise InvalidArgumentError(None, None, f"Input to DecodeRaw has length {size} that is not a multiple of "
                                   f"{dtype.itemsize}, the size of {out_type.name}")
    data = np.frombuffer(b"".join(bytes.ravel()), np.uint8)
    if not little_endian:
        # A complex number is two numbers, each of which is turned.
        part = dtype.itemsize // 2 if dtype.kind == "c" else dtype.itemsize
        data = data.reshape(-1, part)[:, ::-1].ravel()
    if dtype.kind == "b":
        data = (data != 0).view(np.uint8)
    return data.copy().view(dtype).reshape(*bytes.shape, size // dtype.itemsize)


DECODE_RAW = define_op(
    "DecodeRaw", inputs="bytes: string", outputs="output: out_type",
    attrs="out_type: {half, float, double, int32, uint16, uint8, int16, int8, int64, complex64, complex128, bool, "
          "bfloat16}, little_endian: bool = True",
    shape=_decode_raw_shape, kernel=_decode_raw_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def decode_raw(input_bytes: TensorLike | None = None, out_type: DTypeLike | None = None, little_endian: bool = True,
               name: str | None = None, bytes: TensorLike | None = None) -> Tensor:
    """Strings of bytes as the numbers whose memory they are.

    Args:
      input_bytes: Strings of any shape, all of one length.
      out_type: The dtype of the numbers.
      little_endian: Whether a number's low bytes come first.
      name: Name of the node.
      bytes: Another name of `input_bytes`.

    Returns:
      Numbers of the shape of the strings, and a last dimension for those within a string.

    Raises:
      TypeError: If no dtype, or none of fixed size, is given.
      tf.errors.InvalidArgumentError: When run, if the lengths differ or are no multiples of a number's.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.decode_raw(["abc", "def"], tf.uint8)))
      [[ 97  98  99]
       [100 101 102]]
    """
    if out_type is None:
        raise TypeError("decode_raw needs out_type, the dtype of the numbers, such as tf.uint8")
    return DECODE_RAW(bytes if input_bytes is None else input_bytes, out_type=out_type, little_endian=little_endian,
                      name=name)


# --- DecodeCompressed

_WINDOWS = {"ZLIB": zlib.MAX_WBITS, "GZIP": zlib.MAX_WBITS + 16}


def _decompressed(data: bytes, window: int) -> bytes:
    try:
        return zlib.decompressobj(window).decompress(data)
    except zlib.error as error:
        raise DataLossError(None, None, f"The bytes are not what the compression gives: {error}") from None


def _decode_compressed_kernel(context: HostContext, bytes: Array, *, compression_type: str) -> Array:
    if not compression_type:
        return bytes
    if compression_type not in _WINDOWS:
        raise InvalidArgumentError(None, None, "Only ZLIB, GZIP or '' (none) are supported compressions, got "
                                   f"{compression_type!r}")
    return each(bytes, lambda data: _decompressed(data, _WINDOWS[compression_type]))


DECODE_COMPRESSED = define_op(
    "DecodeCompressed", inputs="bytes: string", outputs="output: string", attrs="compression_type: string = ''",
    shape=shape_rules.same, kernel=_decode_compressed_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def decode_compressed(bytes: TensorLike, compression_type: str = "", name: str | None = None) -> Tensor:
    """Strings as they were before they were compressed, each by itself.

    Args:
      bytes: Strings of any shape.
      compression_type: `"ZLIB"`, `"GZIP"` or `""`, which leaves them as they are.
      name: Name of the node.

    Returns:
      Strings of the shape of `bytes`.

    Raises:
      tf.errors.InvalidArgumentError: When run, for another compression.
      tf.errors.DataLossError: When run, if the bytes are damaged.

    Example:
      >>> import millpond as tf, zlib
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.decode_compressed(zlib.compress(b"hello"), "ZLIB")))
      b'hello'
    """
    return DECODE_COMPRESSED(bytes, compression_type=compression_type, name=name)


# --- SerializeTensor, ParseTensor

def serialized_tensor(tensor: np.ndarray, dtype: DType) -> bytes:
    """An array as a serialized `TensorProto`, numbers always as their memory."""
    number = dtype.as_datatype_enum
    if dtype is dtypes.string:
        message = to_tensor_proto(tensor, number)
    else:
        message = tensor_pb2.TensorProto(dtype=number, tensor_shape=shape_to_proto(tensor.shape),
                                         tensor_content=as_storage(tensor, number).tobytes())
    data: bytes = message.SerializeToString()
    return data


def _serialize_tensor_kernel(context: HostContext, tensor: Array, *, T: DType) -> Array:
    return np.array(serialized_tensor(tensor, T), object)


SERIALIZE_TENSOR = define_op("SerializeTensor", inputs="tensor: T", outputs="serialized: string", attrs="T: type",
                             shape=shape_rules.scalar, kernel=_serialize_tensor_kernel, gradient=NOT_DIFFERENTIABLE,
                             host=True)


def serialize_tensor(tensor: TensorLike, name: str | None = None) -> Tensor:
    """A tensor as one string, a `TensorProto`, which `tf.parse_tensor` reads.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.parse_tensor(tf.serialize_tensor([1.0, 2.0]), tf.float32)))
      [1. 2.]
    """
    return SERIALIZE_TENSOR(tensor, name=name)


def _parse_tensor_shape(serialized: TensorShape) -> TensorShape:
    shape_rules.with_rank(serialized, 0)
    return shape_rules.UNKNOWN


def parsed_tensor(data: bytes, dtype: DType) -> np.ndarray:
    """The tensor of a serialized `TensorProto`.

    Raises:
      InvalidArgumentError: If there is none, or one of another dtype.
    """
    try:
        message = tensor_pb2.TensorProto.FromString(data)
    except DecodeError as error:
        raise InvalidArgumentError(None, None, f"Could not parse the string as a TensorProto: {error}") from None
    if message.dtype != dtype.as_datatype_enum:
        raise InvalidArgumentError(None, None, f"Type mismatch between parsed tensor (DataType {message.dtype}) and "
                                   f"dtype ({dtype.name})")
    try:
        return from_tensor_proto(message)
    except DataLossError as error:
        raise InvalidArgumentError(None, None, f"The TensorProto holds no tensor: {error}") from None


def _parse_tensor_kernel(context: HostContext, serialized: Array, *, out_type: DType) -> Array:
    return parsed_tensor(serialized[()], out_type)


PARSE_TENSOR = define_op("ParseTensor", inputs="serialized: string", outputs="output: out_type", attrs="out_type: type",
                         shape=_parse_tensor_shape, kernel=_parse_tensor_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def parse_tensor(serialized: TensorLike, out_type: DTypeLike, name: str | None = None) -> Tensor:
    """The tensor that a string holds, as `tf.serialize_tensor` writes it.

    Args:
      serialized: A string.
      out_type: The dtype of the tensor.
      name: Name of the node.

    Returns:
      A tensor of any shape.

    Raises:
      ValueError: If `serialized` has dimensions.
      tf.errors.InvalidArgumentError: When run, if it holds no tensor, or one of another dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.parse_tensor(tf.serialize_tensor(["a"]), tf.string)))
      [b'a']
    """
    return PARSE_TENSOR(serialized, out_type=out_type, name=name)
