"""Columns of sequences, and the input of a recurrent network from them."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.feature_column.base import (
    KeyedColumn,
    LazyBuilder,
    OldSequenceDenseColumn,
    SequenceDenseColumn,
    Spec,
    TensorSequenceLengthPair,
)
from millpond.feature_column.categorical import (
    categorical_column_with_hash_bucket,
    categorical_column_with_identity,
    categorical_column_with_vocabulary_file,
    categorical_column_with_vocabulary_list,
)
from millpond.feature_column.layers import collections_of, normalized, tensors_of
from millpond.feature_column.numeric import checked_numbers
from millpond.feature_column.sequence_lengths import SequenceCategoricalColumn, sequence_length_from_sparse_tensor
from millpond.graph import stacks
from millpond.graph.argument_types import DTypeLike, ShapeLike
from millpond.graph.composite import SparseTensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import identity
from millpond.ops.array.join import concat
from millpond.ops.array.shape import reshape, shape
from millpond.ops.host.assertions import assert_equal
from millpond.ops.io.example_features import VarLenFeature
from millpond.ops.math.cast import cast
from millpond.ops.sparse.dense import sparse_tensor_to_dense
from millpond.shapes import TensorShape
from millpond.variables.scope import variable_scope

_NUMERIC = collections.namedtuple("_NUMERIC", "key shape default_value dtype normalizer_fn")


class SequenceNumericColumn(_NUMERIC, KeyedColumn, SequenceDenseColumn):
    """Sequences of numbers; see `tf.feature_column.sequence_numeric_column`."""

    __slots__ = ()

    @property
    def parse_example_spec(self) -> Spec:
        return {self.key: VarLenFeature(self.dtype)}

    @property
    def variable_shape(self) -> TensorShape:
        return TensorShape(self.shape)

    @property
    def _variable_shape(self) -> TensorShape:
        return self.variable_shape

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> SparseTensor:
        values = transformation_cache.get(self.key, state_manager)
        return values if self.normalizer_fn is None else self.normalizer_fn(values)

    def get_sequence_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> TensorSequenceLengthPair:
        sparse = transformation_cache.get(self, state_manager)
        dense = sparse_tensor_to_dense(sparse, default_value=np.array(self.default_value, self.dtype.as_numpy_dtype))
        g = GradientBuilder()
        batch = g.StridedSlice(g.shape(dense), [0], [1], [1], begin_mask=1)
        dense = reshape(dense, g.ConcatV2([batch, g.constant([-1, *self.shape])], 0))
        of_a_step = self.variable_shape.num_elements() if sparse.shape.ndims == 2 else 1
        lengths = sequence_length_from_sparse_tensor(sparse, of_a_step or 1)
        return TensorSequenceLengthPair(cast(dense, dtypes.float32), lengths)


def sequence_numeric_column(key: str, shape: ShapeLike = (1,), default_value: float = 0.0,
                            dtype: DTypeLike = dtypes.float32,
                            normalizer_fn: Callable[[Any], Any] | None = None) -> SequenceNumericColumn:
    """Sequences of numbers.

    Args:
      key: The feature's key; the feature is a sparse tensor.
      shape: The shape of a step's values.
      default_value: What stands behind the end of shorter sequences.
      dtype: The dtype in examples.
      normalizer_fn: What is made of the sparse tensor.

    Raises:
      TypeError: If a size is no integer, or the function cannot be called.
      ValueError: If a size is not positive, or the dtype is no number.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [1.0, 2.0, 3.0], [2, 2])
      ...     column = tf.feature_column.sequence_numeric_column("x")
      ...     layer, lengths = tf.contrib.feature_column.sequence_input_layer({"x": x}, [column])
      ...     print(sess.run(layer).tolist(), sess.run(lengths))
      [[[1.0], [2.0]], [[3.0], [0.0]]] [2 1]
    """
    sizes, dtype = checked_numbers(key, shape, dtype, normalizer_fn)
    return SequenceNumericColumn(key, sizes, default_value, dtype, normalizer_fn)


def sequence_categorical_column_with_identity(key: str, num_buckets: int,
                                              default_value: int | None = None) -> SequenceCategoricalColumn:
    """Sequences of numbers of categories.

    Args:
      key, num_buckets, default_value: As of `categorical_column_with_identity`.

    Raises:
      ValueError: As `categorical_column_with_identity`.

    Example:
      >>> import millpond as tf
      >>> tf.feature_column.sequence_categorical_column_with_identity("steps", 3).num_buckets
      3
    """
    return SequenceCategoricalColumn(categorical_column_with_identity(key, num_buckets, default_value))


def sequence_categorical_column_with_hash_bucket(key: str, hash_bucket_size: int,
                                                 dtype: DTypeLike = dtypes.string) -> SequenceCategoricalColumn:
    """Sequences of categories by hash.

    Args:
      key, hash_bucket_size, dtype: As of `categorical_column_with_hash_bucket`.

    Raises:
      ValueError: As `categorical_column_with_hash_bucket`.

    Example:
      >>> import millpond as tf
      >>> tf.feature_column.sequence_categorical_column_with_hash_bucket("words", 100).num_buckets
      100
    """
    return SequenceCategoricalColumn(categorical_column_with_hash_bucket(key, hash_bucket_size, dtype))


def sequence_categorical_column_with_vocabulary_file(
    key: str, vocabulary_file: str, vocabulary_size: int | None = None, num_oov_buckets: int = 0,
    default_value: int | None = None, dtype: DTypeLike = dtypes.string,
) -> SequenceCategoricalColumn:
    """Sequences of categories that are the lines of a file.

    Args:
      key, vocabulary_file, vocabulary_size, num_oov_buckets, default_value, dtype: As of
        `categorical_column_with_vocabulary_file`.

    Raises:
      ValueError: As `categorical_column_with_vocabulary_file`.

    Example:
      >>> import millpond as tf
      >>> tf.feature_column.sequence_categorical_column_with_vocabulary_file("words", "words.txt", 7).num_buckets
      7
    """
    return SequenceCategoricalColumn(categorical_column_with_vocabulary_file(
        key, vocabulary_file, vocabulary_size, num_oov_buckets, default_value, dtype))


def sequence_categorical_column_with_vocabulary_list(key: str, vocabulary_list: Sequence[Any],
                                                     dtype: DTypeLike | None = None, default_value: int = -1,
                                                     num_oov_buckets: int = 0) -> SequenceCategoricalColumn:
    """Sequences of categories that are the words of a list.

    Args:
      key, vocabulary_list, dtype, default_value, num_oov_buckets: As of `categorical_column_with_vocabulary_list`.

    Raises:
      ValueError: As `categorical_column_with_vocabulary_list`.

    Example:
      >>> import millpond as tf
      >>> tf.feature_column.sequence_categorical_column_with_vocabulary_list("words", ["a", "b"]).num_buckets
      2
    """
    return SequenceCategoricalColumn(categorical_column_with_vocabulary_list(
        key, vocabulary_list, dtype, default_value, num_oov_buckets))


def sequence_input_layer(features: Mapping[Any, Any], feature_columns: Iterable[Any],
                         weight_collections: Sequence[str] | None = None,
                         trainable: bool = True) -> tuple[Tensor, Tensor]:
    """What columns make of sequences, side by side: the input of a recurrent network.

    Args:
      features: From keys to sparse tensors.
      feature_columns: Columns of sequences: of numbers, or indicators and embeddings of sequences of categories.
      weight_collections: Collections that variables join.
      trainable: Whether variables may be trained.

    Returns:
      A float32 tensor `[batch, time, width]`, and how long each sequence is.

    Raises:
      ValueError: If a column is none of sequences, or a feature is missing.
      tf.errors.InvalidArgumentError: When run, if features have sequences of different lengths.

    Example:
      >>> import millpond as tf
      >>> fc = tf.feature_column
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [2, 0, 1], [2, 2])
      ...     steps = fc.indicator_column(fc.sequence_categorical_column_with_identity("x", 3))
      ...     layer, lengths = tf.contrib.feature_column.sequence_input_layer({"x": x}, [steps])
      ...     print(sess.run(layer).tolist(), sess.run(lengths))
      [[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]] [2 1]
    """
    columns = normalized(feature_columns)
    for column in columns:
        if not isinstance(column, OldSequenceDenseColumn):
            raise ValueError("All feature_columns must be of type _SequenceDenseColumn. You can wrap a "
                             "sequence_categorical_column with an embedding_column or indicator_column. Given (type "
                             f"{type(column)}): {column}")
    names = collections_of(weight_collections)
    with variable_scope(None, default_name="sequence_input_layer", values=tensors_of(features)):
        builder = LazyBuilder(features)
        parts, lengths = [], []
        for column in columns:
            with variable_scope(None, default_name=column._var_scope_name):
                tensor, length = column._get_sequence_dense_tensor(
                    builder, weight_collections=names, trainable=trainable)
                sizes = shape(tensor)
                parts.append(reshape(tensor, (sizes[0], sizes[1], column._variable_shape.num_elements())))
                lengths.append(length)
        checks = [assert_equal(lengths[0], other) for other in lengths[1:]]
        with stacks.default_graph().control_dependencies(checks):
            length = identity(lengths[0]) if checks else lengths[0]
        return concat(parts, -1), length


def concatenate_context_input(context_input: Tensor, sequence_input: Tensor) -> Tensor:
    """The same further inputs at each step of sequences.

    Args:
      context_input: `[batch, width]`.
      sequence_input: `[batch, time, width]`.

    Returns:
      A tensor `[batch, time, both widths]`.

    Raises:
      ValueError: If one has another number of dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     both = concatenate_context_input(tf.constant([[7.0]]), tf.constant([[[1.0], [2.0]]]))
      ...     print(sess.run(both).tolist())
      [[[1.0, 7.0], [2.0, 7.0]]]
    """
    for tensor, rank, what in ((context_input, 2, "context_input"), (sequence_input, 3, "sequence_input")):
        if tensor.shape.ndims not in (None, rank):
            raise ValueError(f"{what} must have rank {rank}, got shape {tensor.shape}")
    g = GradientBuilder()
    steps = shape(sequence_input)[1]
    repeated = g.Tile(g.ExpandDims(context_input, 1), g.Pack([g.constant(1), steps, g.constant(1)]))
    return concat([sequence_input, repeated], 2)
