"""Columns of numbers, and numbers sorted into buckets."""

from __future__ import annotations

import collections
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.dtypes import DType
from millpond.feature_column.base import CategoricalColumn, DenseColumn, IdWeightPair, KeyedColumn, Spec
from millpond.graph.argument_types import DTypeLike, ShapeLike
from millpond.graph.composite import SparseTensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.gather import one_hot
from millpond.ops.io.example_features import FixedLenFeature
from millpond.ops.math.cast import cast
from millpond.shapes import TensorShape

_NUMERIC = collections.namedtuple("_NUMERIC", "key shape default_value dtype normalizer_fn")


class NumericColumn(_NUMERIC, KeyedColumn, DenseColumn):
    """A column of numbers; see `tf.feature_column.numeric_column`."""

    __slots__ = ()

    @property
    def parse_example_spec(self) -> Spec:
        return {self.key: FixedLenFeature(self.shape, self.dtype, self.default_value)}

    @property
    def variable_shape(self) -> TensorShape:
        return TensorShape(self.shape)

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Tensor:
        values = transformation_cache.get(self.key, state_manager)
        if isinstance(values, SparseTensor):
            raise ValueError(f"The corresponding Tensor of numerical column must be a Tensor. SparseTensor is not "
                             f"supported. key: {self.key}")
        if self.normalizer_fn is not None:
            values = self.normalizer_fn(values)
        return cast(values, dtypes.float32)

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Tensor:
        return transformation_cache.get(self, state_manager)


def checked_key(key: Any) -> str:
    """The key of a feature.

    Raises:
      ValueError: If it is no string.
    """
    if not isinstance(key, str):
        raise ValueError(f"key must be a string. Got: type {type(key)}. Given column: {key}.")
    return key


def checked_shape(shape: Any, key: str) -> tuple[int, ...]:
    """The shape of an example's values.

    Raises:
      TypeError: If a size is no whole number.
      ValueError: If it is not positive.
    """
    sizes = tuple(shape) if isinstance(shape, (list, tuple)) else tuple(np.atleast_1d(np.array(shape)).tolist()) \
        if isinstance(shape, (int, np.integer, np.ndarray)) else tuple(TensorShape(shape).as_list())
    for size in sizes:
        if not isinstance(size, (int, np.integer)) or isinstance(size, bool):
            raise TypeError(f"shape dimensions must be integer. shape: {shape}, key: {key}")
        if size < 1:
            raise ValueError(f"shape dimensions must be greater than 0. shape: {sizes}, key: {key}")
    return tuple(int(size or 0) for size in sizes)


def checked_numbers(key: str, shape: Any, dtype: Any, normalizer_fn: Any) -> tuple[tuple[int, ...], DType]:
    """The shape and dtype of a column of numbers.

    Raises:
      TypeError: If a size is no whole number, or the function cannot be called.
      ValueError: If the key is no string, a size is not positive, or the dtype is no number.
    """
    sizes = checked_shape(shape, checked_key(key))
    dtype = dtypes.as_dtype(dtype)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {dtype}, key: {key}")
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")
    return sizes, dtype


def _default(value: Any, shape: tuple[int, ...], dtype: DType, key: str) -> Any:
    """A default value as nested tuples of the shape."""
    if value is None:
        return None
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" or (dtype.is_integer and array.dtype.kind == "f"):
        raise TypeError(f"default_value must be compatible with dtype. default_value: {value}, dtype: {dtype}, "
                        f"key: {key}")
    if array.ndim and array.shape != shape:
        raise ValueError(f"The shape of default_value must be equal to given shape. default_value: {value}, shape: "
                         f"{shape}, key: {key}")
    return _nested(np.broadcast_to(array, shape).astype(dtype.as_numpy_dtype).tolist())


def _nested(value: Any) -> Any:
    return tuple(_nested(item) for item in value) if isinstance(value, list) else value


def numeric_column(key: str, shape: ShapeLike = (1,), default_value: Any = None, dtype: DTypeLike = dtypes.float32,
                   normalizer_fn: Callable[[Tensor], Tensor] | None = None) -> NumericColumn:
    """A column of numbers.

    Args:
      key: The feature's key.
      shape: The shape of an example's values.
      default_value: What stands for examples that lack them when they are parsed: a number, or numbers of the shape.
      dtype: The dtype in examples; in the model it is float32.
      normalizer_fn: What is made of the values, `(x - 3.0) / 4.2` for example.

    Raises:
      TypeError: If a size is no integer, the default does not fit the dtype, or the function cannot be called.
      ValueError: If a size is not positive, the default has another shape, or the dtype is no number.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     price = tf.feature_column.numeric_column("price", normalizer_fn=lambda x: x / 10.0)
      ...     print(sess.run(tf.feature_column.input_layer({"price": [10.0, 25.0]}, [price])))
      [[1. ]
       [2.5]]
    """
    sizes, dtype = checked_numbers(key, shape, dtype, normalizer_fn)
    return NumericColumn(key, sizes, _default(default_value, sizes, dtype, key), dtype, normalizer_fn)


_BUCKETIZED = collections.namedtuple("_BUCKETIZED", "source_column boundaries")


class BucketizedColumn(_BUCKETIZED, DenseColumn, CategoricalColumn):
    """Numbers sorted into buckets; see `tf.feature_column.bucketized_column`."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return f"{self.source_column.name}_bucketized"

    @property
    def parse_example_spec(self) -> Spec:
        return self.source_column.parse_example_spec

    @property
    def parents(self) -> list[Any]:
        return [self.source_column]

    @property
    def variable_shape(self) -> TensorShape:
        return TensorShape([*self.source_column.shape, len(self.boundaries) + 1])

    @property
    def num_buckets(self) -> int:
        return (len(self.boundaries) + 1) * self.source_column.shape[0]

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Tensor:
        source = transformation_cache.get(self.source_column, state_manager)
        return GradientBuilder().Bucketize(source, boundaries=[float(one) for one in self.boundaries])

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Tensor:
        buckets = transformation_cache.get(self, state_manager)
        return one_hot(cast(buckets, dtypes.int64), len(self.boundaries) + 1, 1.0, 0.0)

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any) -> IdWeightPair:
        """The buckets as categories: those of the second number of a vector come after those of the first."""
        buckets = transformation_cache.get(self, state_manager)
        g = GradientBuilder()
        width = self.source_column.shape[0]
        batch = g.StridedSlice(g.shape(buckets), [0], [1], [1], shrink_axis_mask=1)
        rows = g.Reshape(g.Tile(g.ExpandDims(g.Range(0, batch, 1), 1), [1, width]), [-1])
        places = g.Tile(g.Range(0, width, 1), g.Pack([batch]))
        numbers = g.AddV2(g.Reshape(buckets, [-1]), g.Mul(places, len(self.boundaries) + 1))
        indices = cast(g.Transpose(g.Pack([rows, places]), [1, 0]), dtypes.int64)
        return IdWeightPair(SparseTensor(indices, numbers, cast(g.Pack([batch, width]), dtypes.int64)), None)


def bucketized_column(source_column: NumericColumn, boundaries: Sequence[float]) -> BucketizedColumn:
    """Numbers sorted into buckets: below the first boundary, from it to below the second, and so on.

    Args:
      source_column: A `numeric_column` of one number, or of a vector of them.
      boundaries: Numbers in ascending order.

    Raises:
      ValueError: If the source is another column or of more dimensions, or the boundaries are not in order.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     age = tf.feature_column.bucketized_column(tf.feature_column.numeric_column("age"), [18, 65])
      ...     print(sess.run(tf.feature_column.input_layer({"age": [18.0, 3.0]}, [age])))
      [[0. 1. 0.]
       [1. 0. 0.]]
    """
    if not isinstance(source_column, NumericColumn):
        raise ValueError(f"source_column must be a column generated with numeric_column(). Given: {source_column}")
    if len(source_column.shape) > 1:
        raise ValueError(f"source_column must be one-dimensional column. Given: {source_column}")
    if not boundaries or not isinstance(boundaries, (list, tuple)):
        raise ValueError("boundaries must not be empty, and a list or tuple.")
    if any(a >= b for a, b in zip(boundaries, boundaries[1:], strict=False)):
        raise ValueError("boundaries must be a sorted list.")
    return BucketizedColumn(source_column, tuple(boundaries))
