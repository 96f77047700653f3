"""`tf.parse_example`: serialized `Example` messages as a dictionary of tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import SparseTensor
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import from_array
from millpond.ops.io.example_features import FixedLenFeature, FixedLenSequenceFeature, SparseFeature, VarLenFeature
from millpond.ops.io.parsing import PARSE_EXAMPLE_V2
from millpond.ops.scoping import name_scope
from millpond.ops.sparse.merging import sparse_merge
from millpond.shapes import TensorShape, as_shape

_TYPES = (dtypes.float32, dtypes.int64, dtypes.string)


def _dtype(feature: Any, key: str) -> DType:
    if not feature.dtype:
        raise ValueError(f"Missing type for feature {key}.")
    dtype = dtypes.as_dtype(feature.dtype)
    if dtype not in _TYPES:
        raise TypeError(f"Feature {key}: the dtype must be float32, int64 or string, got {dtype.name}")
    return dtype


def _default(feature: Any, dtype: DType, shape: TensorShape, key: str) -> Tensor:
    """The default value; a tensor without elements where the feature must be there."""
    if isinstance(feature, FixedLenSequenceFeature):
        value = ("" if dtype is dtypes.string else 0) if feature.default_value is None else feature.default_value
        return convert_to_tensor(value, dtype=dtype, name=f"key_{key}")
    if feature.default_value is None:
        return from_array(np.empty([0], dtype.np_dtype), "Const")
    whole = tuple(int(size or 0) for size in shape.as_list())
    if isinstance(feature.default_value, Tensor):
        return feature.default_value
    array = np.asarray(feature.default_value, dtype=object if dtype is dtypes.string else dtype.np_dtype)
    array = array.reshape(whole) if array.ndim else np.broadcast_to(array, whole)
    return convert_to_tensor(array.tolist(), dtype=dtype, name=f"key_{key}")


class _Wanted:
    """What is to be read, sorted by kind."""

    def __init__(self, features: Mapping[str, Any]) -> None:
        self.sparse: dict[str, DType] = {}
        self.dense: dict[str, Any] = {}
        self.merged: dict[str, SparseFeature] = {}
        for key in sorted(features):
            self._add(key, features[key])

    def _add(self, key: str, feature: Any) -> None:
        if isinstance(feature, VarLenFeature):
            self._add_sparse(key, _dtype(feature, key))
        elif isinstance(feature, SparseFeature):
            for index in [feature.index_key] if isinstance(feature.index_key, str) else feature.index_key:
                self._add_sparse(index, dtypes.int64)
            self._add_sparse(feature.value_key, _dtype(feature, key))
            self.merged[key] = feature
        elif isinstance(feature, (FixedLenFeature, FixedLenSequenceFeature)):
            if feature.shape is None:
                raise ValueError(f"Missing shape for feature {key}.")
            if isinstance(feature, FixedLenSequenceFeature) and not feature.allow_missing:
                raise ValueError("Unsupported: FixedLenSequenceFeature requires allow_missing to be True.")
            if not isinstance(feature, FixedLenSequenceFeature) and not as_shape(feature.shape).is_fully_defined():
                raise ValueError(f"All dimensions of shape for feature {key} need to be known but received "
                                 f"{feature.shape}.")
            self.dense[key] = feature
        else:
            raise ValueError(f"Invalid feature {key}:{feature}.")

    def _add_sparse(self, key: str, dtype: DType) -> None:
        if self.sparse.setdefault(key, dtype) is not dtype:
            raise ValueError(f"Conflicting type {dtype.name} vs {self.sparse[key].name} for feature {key}.")


def _parse(serialized: Tensor, features: Any, names: Any) -> dict[str, Any]:
    if not features:
        raise ValueError("Missing: features was None or empty: name the features that are to be read.")
    wanted = _Wanted(features)
    types = {key: _dtype(feature, key) for key, feature in wanted.dense.items()}
    shapes = {key: as_shape(feature.shape) for key, feature in wanted.dense.items()}
    full = {key: TensorShape([None]).concatenate(shape)
            if isinstance(wanted.dense[key], FixedLenSequenceFeature) else shape for key, shape in shapes.items()}
    sparse_keys = sorted(wanted.sparse)
    defaults = [_default(wanted.dense[key], types[key], shapes[key], key) for key in wanted.dense]

    def strings(keys: Any, name: str) -> Tensor:
        array = np.empty(len(keys), object)
        array[...] = [key.encode() if isinstance(key, str) else key for key in keys]
        return from_array(array, name)

    names = strings([], "names") if names is None else convert_to_tensor(names, dtype=dtypes.string, name="names")
    found = PARSE_EXAMPLE_V2(
        serialized, names, strings(sparse_keys, "sparse_keys"), strings(list(wanted.dense), "dense_keys"),
        strings([], "ragged_keys"), defaults, num_sparse=len(sparse_keys),
        sparse_types=[wanted.sparse[key] for key in sparse_keys], Tdense=list(types.values()), ragged_value_types=[],
        ragged_split_types=[], dense_shapes=list(full.values()))
    result: dict[str, Any] = {key: SparseTensor(*parts) for key, *parts in
                              zip(sparse_keys, found[0], found[1], found[2], strict=True)}
    result.update(zip(wanted.dense, found[3], strict=True))
    merged = {key: sparse_merge(
        result[feature.index_key] if isinstance(feature.index_key, str) else [result[one] for one in feature.index_key],
        result[feature.value_key], feature.size, already_sorted=feature.already_sorted)
        for key, feature in wanted.merged.items()}
    result.update(merged)
    return {key: result[key] for key in features}


def parse_example(serialized: TensorLike, features: Mapping[str, Any], name: str | None = None,
                  example_names: TensorLike | None = None) -> dict[str, Any]:
    """Reads serialized `Example` messages.

    Args:
      serialized: A vector of strings, a message each.
      features: From keys to `FixedLenFeature` (dense tensors), `VarLenFeature` and `SparseFeature` (sparse tensors)
        or `FixedLenSequenceFeature` (dense tensors, padded).
      name: Name of the scope.
      example_names: Names of the messages, for errors.

    Returns:
      From keys to tensors, whose first dimension is the batch.

    Raises:
      ValueError: If no features are named, or one is described wrongly.
      tf.errors.InvalidArgumentError: When run, if a string is no message, or has other values than are asked for.

    Example:
      >>> import millpond as tf
      >>> feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[3, 4]))
      >>> message = tf.train.Example(features=tf.train.Features(feature={"a": feature}))
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     found = tf.parse_example([message.SerializeToString()], {"a": tf.FixedLenFeature([2], tf.int64)})
      ...     print(sess.run(found["a"]))
      [[3 4]]
    """
    with name_scope(name, "ParseExample", [serialized]):
        return _parse(convert_to_tensor(serialized, dtype=dtypes.string, name="serialized"), features, example_names)


def parse_single_example(serialized: TensorLike, features: Mapping[str, Any], name: str | None = None,
                         example_names: TensorLike | None = None) -> dict[str, Any]:
    """Reads one serialized `Example` message.

    Args:
      serialized: A string without dimensions.
      features: As of `tf.parse_example`.
      name: Name of the scope.
      example_names: The name of the message, for errors.

    Returns:
      From keys to tensors.

    Raises:
      ValueError: If no features are named, one is described wrongly, or `serialized` has dimensions.
      tf.errors.InvalidArgumentError: When run, if the string is no message, or has other values than are asked for.

    Example:
      >>> import millpond as tf
      >>> feature = tf.train.Feature(float_list=tf.train.FloatList(value=[0.5]))
      >>> message = tf.train.Example(features=tf.train.Features(feature={"a": feature}))
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     found = tf.parse_single_example(message.SerializeToString(), {"a": tf.FixedLenFeature([], tf.float32)})
      ...     print(sess.run(found["a"]))
      0.5
    """
    with name_scope(name, "ParseSingleExample", [serialized]):
        text = convert_to_tensor(serialized, dtype=dtypes.string, name="serialized")
        if text.shape.ndims not in (None, 0):
            raise ValueError(f"Input serialized must be a scalar, got shape {text.shape}")
        with name_scope(None, "ParseExample"):
            return _parse(text, features, example_names)
