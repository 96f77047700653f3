"""Sparse tensors as strings: three serialized `TensorProto`s, of the places, the values and the shape."""

from __future__ import annotations

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.composite import SparseTensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.io.decode_raw import parsed_tensor, serialized_tensor
from millpond.ops.sparse.places import as_sparse
from millpond.shapes import TensorShape

_INPUTS = "sparse_indices: int64, sparse_values: T, sparse_shape: int64"
_ATTRS = "T: type, out_type: {string} = string"


def _strings(indices: Array, values: Array, shape: Array, dtype: DType) -> list[bytes]:
    return [serialized_tensor(indices, dtypes.int64), serialized_tensor(values, dtype),
            serialized_tensor(shape, dtypes.int64)]


def _serialize_shape(sparse_indices: TensorShape, sparse_values: TensorShape, sparse_shape: TensorShape) -> TensorShape:
    return TensorShape([3])


def _serialize_kernel(context: HostContext, sparse_indices: Array, sparse_values: Array, sparse_shape: Array, *,
                      T: DType) -> Array:
    result = np.empty(3, object)
    result[...] = _strings(sparse_indices, sparse_values, sparse_shape, T)
    return result


SERIALIZE_SPARSE = define_op(
    "SerializeSparse", inputs=_INPUTS, outputs="serialized_sparse: out_type", attrs=_ATTRS, shape=_serialize_shape,
    kernel=_serialize_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def serialize_sparse(sp_input: SparseTensor, name: str | None = None, out_type: DTypeLike = dtypes.string) -> Tensor:
    """A sparse tensor as three strings.

    Args:
      sp_input: A sparse tensor.
      name: Name of the node.
      out_type: `tf.string`.

    Raises:
      TypeError: If `sp_input` is no sparse tensor, or another `out_type` is asked for.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     strings = tf.serialize_sparse(tf.SparseTensor([[1]], [5.0], [3]))
      ...     print(sess.run(tf.deserialize_many_sparse([strings], tf.float32)).dense_shape)
      [1 3]
    """
    sp_input = as_sparse(sp_input)
    return SERIALIZE_SPARSE(sp_input.indices, sp_input.values, sp_input.dense_shape, out_type=out_type, name=name)


def _serialize_many_shape(sparse_indices: TensorShape, sparse_values: TensorShape,
                          sparse_shape: TensorShape) -> TensorShape:
    return TensorShape([None, 3])


def _serialize_many_kernel(context: HostContext, sparse_indices: Array, sparse_values: Array, sparse_shape: Array, *,
                           T: DType) -> Array:
    if len(sparse_shape) < 2:
        raise InvalidArgumentError(None, None, "Rank of input SparseTensor should be > 1, but saw rank: "
                                   f"{len(sparse_shape)}")
    result = np.empty((int(sparse_shape[0]), 3), object)
    for row in range(len(result)):
        here = sparse_indices[:, 0] == row
        result[row, :] = _strings(sparse_indices[here, 1:], sparse_values[here], sparse_shape[1:], T)
    return result


SERIALIZE_MANY_SPARSE = define_op(
    "SerializeManySparse", inputs=_INPUTS, outputs="serialized_sparse: out_type", attrs=_ATTRS,
    shape=_serialize_many_shape, kernel=_serialize_many_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def serialize_many_sparse(sp_input: SparseTensor, name: str | None = None,
                          out_type: DTypeLike = dtypes.string) -> Tensor:
    """The rows of a sparse tensor, each as three strings.

    Args:
      sp_input: A sparse tensor of at least two dimensions.
      name: Name of the node.
      out_type: `tf.string`.

    Returns:
      Strings `[rows, 3]`.

    Raises:
      TypeError: If `sp_input` is no sparse tensor, or another `out_type` is asked for.
      tf.errors.InvalidArgumentError: When run, if it has fewer dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.serialize_many_sparse(tf.SparseTensor([[1, 0]], [5.0], [2, 3]))).shape)
      (2, 3)
    """
    sp_input = as_sparse(sp_input)
    return SERIALIZE_MANY_SPARSE(sp_input.indices, sp_input.values, sp_input.dense_shape, out_type=out_type, name=name)


def _deserialize_many_shape(serialized_sparse: TensorShape) -> tuple[TensorShape, ...]:
    shape_rules.with_rank(serialized_sparse, 2)
    return TensorShape([None, None]), shape_rules.VECTOR, shape_rules.VECTOR


def _deserialize_many_kernel(context: HostContext, serialized_sparse: Array, *, dtype: DType) -> list[Array]:
    if serialized_sparse.shape[1] != 3:
        raise InvalidArgumentError(None, None, "Serialized sparse should have 3 columns but received shape "
                                   f"{list(serialized_sparse.shape)}")
    if not len(serialized_sparse):
        raise InvalidArgumentError(None, None, "Serialized sparse should have at least one row")
    places, values = [], []
    shapes: list[np.ndarray] = []
    for number, (indices, data, shape) in enumerate(serialized_sparse):
        inner = parsed_tensor(indices, dtypes.int64)
        elements, sizes = parsed_tensor(data, dtype), parsed_tensor(shape, dtypes.int64)
        if inner.ndim != 2 or elements.ndim != 1 or sizes.shape != inner.shape[1:] or len(inner) != len(elements):
            raise InvalidArgumentError(None, None, f"Row {number} holds no sparse tensor: its parts have the shapes "
                                       f"{inner.shape}, {elements.shape} and {sizes.shape}")
        if shapes and len(sizes) != len(shapes[0]):
            raise InvalidArgumentError(None, None, f"Inconsistent rank across SparseTensors: {len(shapes[0])} and "
                                       f"{len(sizes)} of row {number}")
        places.append(np.concatenate([np.full((len(inner), 1), number, np.int64), inner], axis=1))
        values.append(elements)
        shapes.append(sizes)
    # The rows take the size of the largest.
    return [np.concatenate(places), np.concatenate(values),
            np.concatenate([np.array([len(shapes)], np.int64), np.max(shapes, axis=0).astype(np.int64)])]


DESERIALIZE_MANY_SPARSE = define_op(
    "DeserializeManySparse", inputs="serialized_sparse: string",
    outputs="sparse_indices: int64, sparse_values: dtype, sparse_shape: int64", attrs="dtype: type",
    shape=_deserialize_many_shape, kernel=_deserialize_many_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def deserialize_many_sparse(serialized_sparse: TensorLike, dtype: DTypeLike, rank: int | None = None,
                            name: str | None = None) -> SparseTensor:
    """A sparse tensor whose rows are what strings hold, as `tf.serialize_many_sparse` writes them.

    Args:
      serialized_sparse: Strings `[rows, 3]`.
      dtype: The dtype of the values.
      rank: How many dimensions the result has, where that is known.
      name: Name of the node.

    Returns:
      A sparse tensor with one dimension more than each row has; of the size of the largest of them.

    Raises:
      ValueError: If `serialized_sparse` is no matrix.
      tf.errors.InvalidArgumentError: When run, if a row holds no sparse tensor, or one of another dtype or rank.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     strings = tf.serialize_many_sparse(tf.SparseTensor([[1, 0]], [5.0], [2, 3]))
      ...     print(sess.run(tf.deserialize_many_sparse(strings, tf.float32)).indices)
      [[1 0]]
    """
    indices, values, shape = DESERIALIZE_MANY_SPARSE(serialized_sparse, dtype=dtype, name=name)
    indices.set_shape([None, rank])
    shape.set_shape([rank])
    return SparseTensor(indices, values, shape)
