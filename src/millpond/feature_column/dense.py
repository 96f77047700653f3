"""Categories as dense tensors: counted, or looked up in tables that are trained."""

from __future__ import annotations

import collections
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.feature_column.base import (
    DenseColumn,
    IdWeightPair,
    OldCategoricalColumn,
    OldDenseColumn,
    OldSequenceDenseColumn,
    ScopeState,
    SequenceDenseColumn,
    TensorSequenceLengthPair,
    ThroughBuilder,
    WrappingColumn,
    buckets_of,
    sparse_of,
)
from millpond.feature_column.categorical import WeightedCategoricalColumn
from millpond.feature_column.sequence_lengths import SequenceCategoricalColumn, sequence_length_from_sparse_tensor
from millpond.graph import stacks
from millpond.graph.composite import SparseTensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.gather import one_hot
from millpond.ops.array.scatter import scatter_nd
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.nn.embedding import safe_embedding_lookup_sparse
from millpond.ops.sparse.dense import sparse_tensor_to_dense
from millpond.ops.sparse.merging import sparse_merge
from millpond.ops.sparse.places import sparse_slice
from millpond.shapes import TensorShape
from millpond.train.saving.checkpoint_initializers import init_from_checkpoint
from millpond.variables.initializers import TruncatedNormal

_WEIGHTS = "embedding_weights"


def _no_sequence(column: Any, kind: str) -> None:
    if isinstance(column.categorical_column, SequenceCategoricalColumn):
        raise ValueError(f"In {kind}: {column.name}. categorical_column must not be of type SequenceCategoricalColumn. "
                         "Suggested fix A: If you wish to use input_layer, use a non-sequence "
                         "categorical_column_with_*. Suggested fix B: If you wish to create sequence input, use "
                         f"sequence_input_layer instead of input_layer. Given (type "
                         f"{type(column.categorical_column).__name__}): {column.categorical_column}")


def _sequence_of(column: Any, cache: Any, state_manager: Any) -> IdWeightPair:
    if not isinstance(column.categorical_column, SequenceCategoricalColumn):
        raise ValueError(f"In {column.name}: categorical_column must be of type SequenceCategoricalColumn to use "
                         "sequence_input_layer. Suggested fix: Use one of sequence_categorical_column_with_*. Given "
                         f"(type {type(column.categorical_column).__name__}): {column.categorical_column}")
    return column.categorical_column.get_sequence_sparse_tensors(cache, state_manager)


_INDICATOR = collections.namedtuple("_INDICATOR", "categorical_column")


class IndicatorColumn(_INDICATOR, WrappingColumn, DenseColumn, SequenceDenseColumn):
    """Counts of categories; see `tf.feature_column.indicator_column`."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_indicator"

    @property
    def variable_shape(self) -> TensorShape:
        return TensorShape([1, buckets_of(self.categorical_column)])

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Tensor:
        return self._counted(sparse_of(self.categorical_column, transformation_cache, state_manager))

    def _counted(self, found: IdWeightPair) -> Tensor:
        depth = buckets_of(self.categorical_column)
        if found.weight_tensor is not None:
            merged = sparse_merge(found.id_tensor, found.weight_tensor, depth)
            # Categories that are none are left out.
            rank = merged.indices.shape.as_list()[1]
            assert rank is not None
            merged = sparse_slice(merged, np.zeros(rank, np.int64), merged.dense_shape)
            return scatter_nd(merged.indices, merged.values, merged.dense_shape)
        ids = sparse_tensor_to_dense(found.id_tensor, default_value=-1)
        return reduce_sum(one_hot(ids, depth, 1.0, 0.0), [-2])

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Tensor:
        _no_sequence(self, "indicator_column")
        return transformation_cache.get(self, state_manager)

    def get_sequence_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> TensorSequenceLengthPair:
        found = _sequence_of(self, transformation_cache, state_manager)
        dense = transformation_cache.get(self, state_manager)
        return TensorSequenceLengthPair(dense, sequence_length_from_sparse_tensor(found.id_tensor))


def indicator_column(categorical_column: Any) -> IndicatorColumn:
    """How often each category occurs in an example, or the sum of its weights.

    Example:
      >>> import millpond as tf
      >>> fc = tf.feature_column
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     floor = fc.indicator_column(fc.categorical_column_with_identity("floor", 3))
      ...     print(sess.run(fc.input_layer({"floor": [[2, 2], [0, 1]]}, [floor])))
      [[0. 0. 2.]
       [1. 1. 0.]]
    """
    return IndicatorColumn(categorical_column)


class _Embedding(WrappingColumn, DenseColumn, SequenceDenseColumn):
    """What embeddings share: a table `[categories, dimension]`, rows of which are combined."""

    __slots__ = ()
    dimension: int
    combiner: str
    initializer: Any
    ckpt_to_load_from: Any
    tensor_name_in_ckpt: Any
    max_norm: Any
    trainable: bool

    @property
    def variable_shape(self) -> TensorShape:
        return TensorShape([self.dimension])

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        return transformation_cache.get(self.categorical_column, state_manager)

    def create_state(self, state_manager: Any) -> None:
        table = state_manager.create_variable(
            self, name=_WEIGHTS, shape=(buckets_of(self.categorical_column), self.dimension), dtype=dtypes.float32,
            trainable=self.trainable, use_resource=True, initializer=self.initializer)
        if self.ckpt_to_load_from is not None:
            init_from_checkpoint(self.ckpt_to_load_from, {self.tensor_name_in_ckpt: table})

    def _looked_up(self, found: IdWeightPair, state_manager: Any) -> Tensor:
        table = state_manager.get_variable(self, _WEIGHTS)
        return safe_embedding_lookup_sparse(table, found.id_tensor, found.weight_tensor, self.combiner,
                                            name=f"{self.name}_weights", max_norm=self.max_norm)

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Tensor:
        _no_sequence(self, "embedding_column")
        return self._looked_up(sparse_of(self.categorical_column, transformation_cache, state_manager), state_manager)

    def get_sequence_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> TensorSequenceLengthPair:
        found = _sequence_of(self, transformation_cache, state_manager)
        dense = self._looked_up(found, state_manager)
        return TensorSequenceLengthPair(dense, sequence_length_from_sparse_tensor(found.id_tensor))


_EMBEDDING = collections.namedtuple(
    "_EMBEDDING", "categorical_column dimension combiner initializer ckpt_to_load_from tensor_name_in_ckpt max_norm "
                  "trainable")


class EmbeddingColumn(_EMBEDDING, _Embedding):
    """Categories looked up in a table; see `tf.feature_column.embedding_column`."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_embedding"


def _checked_embedding(dimension: int, initializer: Any, ckpt_to_load_from: Any, tensor_name_in_ckpt: Any,
                       what: str) -> Any:
    """The initializer, by default normal numbers that make vectors of about length 1."""
    if dimension is None or dimension < 1:
        raise ValueError(f"Invalid dimension {dimension}.")
    if (ckpt_to_load_from is None) != (tensor_name_in_ckpt is None):
        raise ValueError("Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them.")
    if initializer is not None and not callable(initializer):
        raise ValueError(f"initializer must be callable if specified. {what}")
    return initializer or TruncatedNormal(0.0, 1 / math.sqrt(dimension))


def embedding_column(categorical_column: Any, dimension: int, combiner: str = "mean",
                     initializer: Callable[..., Any] | None = None, ckpt_to_load_from: str | None = None,
                     tensor_name_in_ckpt: str | None = None, max_norm: float | None = None,
                     trainable: bool = True) -> EmbeddingColumn:
    """Categories as vectors of a table that is trained.

    Args:
      categorical_column: The categories.
      dimension: How long a vector is.
      combiner: How the vectors of several categories of an example become one: `"mean"`, `"sqrtn"` or `"sum"`.
      initializer: Of the table; truncated normal numbers of standard deviation `1 / sqrt(dimension)` by default.
      ckpt_to_load_from, tensor_name_in_ckpt: A checkpoint and a tensor in it with which the table starts.
      max_norm: If given, vectors of a greater length are scaled down to it.
      trainable: Whether the table is trained.

    Raises:
      ValueError: If the dimension is not positive, only one of checkpoint and tensor is given, or the initializer
        cannot be called.

    Example:
      >>> import millpond as tf
      >>> fc = tf.feature_column
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     floor = fc.embedding_column(fc.categorical_column_with_identity("floor", 3), 2,
      ...                                 initializer=tf.ones_initializer())
      ...     layer = fc.input_layer({"floor": [[2], [0]]}, [floor])
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(layer), tf.global_variables()[0].name)
      [[1. 1.]
       [1. 1.]] input_layer/floor_embedding/embedding_weights:0
    """
    initializer = _checked_embedding(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt,
                                     f"Embedding of column_name: {categorical_column.name}")
    return EmbeddingColumn(categorical_column, dimension, combiner, initializer, ckpt_to_load_from,
                           tensor_name_in_ckpt, max_norm, trainable)


_SHARED = collections.namedtuple(
    "_SHARED", "categorical_column dimension combiner initializer ckpt_to_load_from tensor_name_in_ckpt max_norm "
               "trainable shared_embedding_collection_name")


class SharedEmbeddingColumn(_SHARED, _Embedding, OldDenseColumn, OldSequenceDenseColumn):
    """Categories looked up in a table that columns share; see `tf.feature_column.shared_embedding_columns`."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_shared_embedding"

    @property
    def _is_v2_column(self) -> bool:
        return False

    @property
    def _var_scope_name(self) -> str:
        return self.shared_embedding_collection_name

    def _state(self, weight_collections: Any, trainable: Any) -> _SharedState:
        return _SharedState(self.shared_embedding_collection_name, weight_collections, trainable)

    def _get_dense_tensor(self, inputs: Any, weight_collections: Any = None, trainable: Any = None) -> Tensor:
        return self.get_dense_tensor(ThroughBuilder(inputs), self._state(weight_collections, trainable))

    def _get_sequence_dense_tensor(self, inputs: Any, weight_collections: Any = None,
                                   trainable: Any = None) -> TensorSequenceLengthPair:
        return self.get_sequence_dense_tensor(ThroughBuilder(inputs), self._state(weight_collections, trainable))


class _SharedState(ScopeState):
    """Takes the table from the graph's collection of its name, where another column has made it."""

    def __init__(self, name: str, collections: Any, trainable: Any) -> None:
        super().__init__(collections, trainable)
        self._name = name

    def get_variable(self, feature_column: Any, name: str) -> Any:
        graph = stacks.default_graph()
        made = graph.get_collection(self._name)
        if len(made) > 1:
            raise ValueError(f"Collection {made} can only contain one variable. Suggested fix A: Choose a unique name "
                             "for this collection. Suggested fix B: Do not add any variables to this collection.")
        shape = [buckets_of(feature_column.categorical_column), feature_column.dimension]
        if made:
            if made[0].shape.as_list() != shape:
                raise ValueError(f"Shared embedding collection {self._name} contains variable {made[0].name} of "
                                 f"unexpected shape {made[0].shape}. Expected shape is {shape}. Suggested fix A: "
                                 "Choose a unique name for this collection. Suggested fix B: Do not add any variables "
                                 "to this collection.")
            return made[0]
        table = super().get_variable(feature_column, name)
        graph.add_to_collection(self._name, table)
        return table


def shared_embedding_columns(categorical_columns: Sequence[Any], dimension: int, combiner: str = "mean",
                             initializer: Callable[..., Any] | None = None,
                             shared_embedding_collection_name: str | None = None,
                             ckpt_to_load_from: str | None = None, tensor_name_in_ckpt: str | None = None,
                             max_norm: float | None = None, trainable: bool = True) -> list[SharedEmbeddingColumn]:
    """Several features of the same categories as vectors of one table.

    Args:
      categorical_columns: Columns of the same kind and number of categories.
      dimension, combiner, initializer, ckpt_to_load_from, tensor_name_in_ckpt, max_norm, trainable: As of
        `embedding_column`.
      shared_embedding_collection_name: The name of the graph's collection that keeps the table; by default made of the
        names of the columns.

    Returns:
      A column for each.

    Raises:
      ValueError: If the columns differ in kind or number of categories; or as `embedding_column`.

    Example:
      >>> import millpond as tf
      >>> fc = tf.feature_column
      >>> ids = [fc.categorical_column_with_identity(key, 3) for key in ("bought", "seen")]
      >>> [column.name for column in fc.shared_embedding_columns(ids, 2)]
      ['bought_shared_embedding', 'seen_shared_embedding']
    """
    initializer = _checked_embedding(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt, "")
    ordered = sorted(categorical_columns, key=lambda column: column.name)
    _check_alike(ordered)
    name = shared_embedding_collection_name
    if not name:
        name = "_".join(column.name for column in ordered) + "_shared_embedding"
    return [SharedEmbeddingColumn(column, dimension, combiner, initializer, ckpt_to_load_from, tensor_name_in_ckpt,
                                  max_norm, trainable, name) for column in categorical_columns]


def _check_alike(columns: list[Any]) -> None:
    def inner(column: Any) -> Any:
        while isinstance(column, (WeightedCategoricalColumn, SequenceCategoricalColumn)):
            column = column.categorical_column
        return column

    first = columns[0]
    for column in columns:
        if not isinstance(column, OldCategoricalColumn):
            raise ValueError(f"shared_embedding_columns takes categorical columns. Given: {column}")
        if buckets_of(first) != buckets_of(column):
            raise ValueError("To use shared_embedding_column, all categorical_columns must have the same number of "
                             f"buckets. Given column: {first} with buckets: {buckets_of(first)} does not match "
                             f"column: {column} with buckets: {buckets_of(column)}")
        if type(inner(first)) is not type(inner(column)):
            raise ValueError("To use shared_embedding_column, all categorical_columns must have the same type, or be "
                             "weighted_categorical_column or sequence column of the same type. Given column: "
                             f"{first} of type: {type(first)} does not match given column: {column} of type: "
                             f"{type(column)}")


def row_wise(found: IdWeightPair) -> tuple[SparseTensor, SparseTensor | None]:
    """Categories and weights as sparse matrices, a row for each example."""
    g = GradientBuilder()

    def matrix(sparse: SparseTensor | None) -> SparseTensor | None:
        if sparse is None:
            return None
        shape = g.Pack([g.StridedSlice(sparse.dense_shape, [0], [1], [1], shrink_axis_mask=1), np.int64(-1)])
        indices, dense_shape = g.SparseReshape(sparse.indices, sparse.dense_shape, shape)
        return SparseTensor(indices, sparse.values, dense_shape)

    ids = matrix(found.id_tensor)
    assert ids is not None
    return ids, matrix(found.weight_tensor)
