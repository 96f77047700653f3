"""What feature columns are, what they are given, and where their variables lie.

There are two generations of the interface, and every column here has both: in the older, whose methods begin with an
underscore, a column makes its variables where it is used, in the open variable scope; in the later, a state manager
keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.composite import SparseTensor, SparseTensorValue, convert_to_tensor_or_sparse_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.gather import gather_nd
from millpond.ops.array.shape import expand_dims, shape
from millpond.ops.math.comparison import not_equal, where
from millpond.ops.sparse.places import sparse_reshape
from millpond.shapes import TensorShape
from millpond.variables.scope import get_variable

Spec = dict[str, Any]


class IdWeightPair(NamedTuple):
    """What a categorical column gives.

    Attributes:
      id_tensor: A sparse matrix of numbers of categories.
      weight_tensor: Their weights, a sparse matrix of the same places; None for 1 each.
    """

    id_tensor: SparseTensor
    weight_tensor: SparseTensor | None


class TensorSequenceLengthPair(NamedTuple):
    """What a column of sequences gives.

    Attributes:
      dense_tensor: `[batch, time, ...]`.
      sequence_length: How long each sequence is.
    """

    dense_tensor: Tensor
    sequence_length: Tensor


class OldFeatureColumn:
    """A column of the older interface: `name`, `_transform_feature`, `_parse_example_spec`."""

    name: Any

    @property
    def _is_v2_column(self) -> bool:
        return False

    @property
    def _var_scope_name(self) -> str:
        """The variable scope in which the column's variables lie."""
        return str(self.name)

    def _reset_config(self) -> None:
        """Forgets what is kept between graphs: nothing."""


class OldDenseColumn(OldFeatureColumn):
    """A column that gives a dense tensor: `_variable_shape`, `_get_dense_tensor`."""


class OldCategoricalColumn(OldFeatureColumn):
    """A column that gives numbers of categories: `_num_buckets`, `_get_sparse_tensors`."""


class OldSequenceDenseColumn(OldFeatureColumn):
    """A column that gives a dense tensor of sequences: `_get_sequence_dense_tensor`."""


class RawFeatures:
    """The features that a program gives, as tensors, and what columns have made of them.

    Args:
      features: From keys to tensors, sparse tensors or arrays. Vectors become columns `[batch, 1]`.
    """

    def __init__(self, features: Mapping[Any, Any]) -> None:
        self._features = dict(features)
        self._made: dict[Any, Any] = {}

    def _of(self, key: Any, make: Any) -> Any:
        if key not in self._made:
            self._made[key] = self._raw(key) if key in self._features else make()
        return self._made[key]

    def _raw(self, key: Any) -> Any:
        feature = convert_to_tensor_or_sparse_tensor(self._features[key])
        rank = feature.shape.ndims
        if rank == 0:
            raise ValueError(f"Feature (key: {key}) cannot have rank 0. Given: {feature}")
        if rank is not None and rank > 1:
            return feature
        if isinstance(feature, SparseTensor):
            g = GradientBuilder()
            count = g.Slice(feature.dense_shape, [0], [1])
            if rank is None:
                # Of a vector [n] the sizes are n and 1; others stay as they are.
                is_vector = g.Equal(g.Size(feature.dense_shape), 1)
                own = g.constant(np.zeros(1), dtypes.int64)
                ones = g.Slice(g.AddV2(own, g.constant(1, own)), [0], g.ExpandDims(g.Cast(is_vector, DstT="int32"), 0))
                return sparse_reshape(feature, g.ConcatV2([feature.dense_shape, ones], 0))
            return sparse_reshape(feature, g.ConcatV2([count, g.constant([1], dtypes.int64)], 0))
        if rank == 1:
            return expand_dims(feature, -1)
        g = GradientBuilder()
        ones = g.Slice(g.constant([1]), [0], g.ExpandDims(g.Cast(g.Equal(g.Rank(feature), 1), DstT="int32"), 0))
        return g.Reshape(feature, g.ConcatV2([g.Shape(feature), ones], 0))


class LazyBuilder(RawFeatures):
    """Features for columns of the older interface: each is transformed once."""

    def get(self, key: Any) -> Any:
        """A feature by its key, or what a column makes of features.

        Raises:
          ValueError: If there is no such feature.
          TypeError: If the key is neither a string nor a column.
        """
        return self._of(key, lambda: self._transformed(key))

    def _transformed(self, key: Any) -> Any:
        if isinstance(key, str):
            raise ValueError(f"Feature {key} is not in features dictionary.")
        if not isinstance(key, OldFeatureColumn):
            raise TypeError(f'"key" must be either a "str" or "_FeatureColumn". Provided: {key}')
        found = key._transform_feature(self)  # type: ignore[attr-defined]
        if found is None:
            raise ValueError(f"Column {key.name} is not supported.")
        return found


class FeatureTransformationCache(RawFeatures):
    """Features for columns of the later interface: each is transformed once."""

    def get(self, key: Any, state_manager: Any, training: Any = None) -> Any:
        """A feature by its key, or what a column makes of features.

        Args:
          key: A string or a column.
          state_manager: What keeps the columns' variables.
          training: Accepted for compatibility.

        Raises:
          ValueError: If there is no such feature.
          TypeError: If the key is neither a string nor a column.
        """
        return self._of(key, lambda: self._transformed(key, state_manager))

    def _transformed(self, key: Any, state_manager: Any) -> Any:
        if isinstance(key, str):
            raise ValueError(f"Feature {key} is not in features dictionary.")
        if not isinstance(key, FeatureColumn):
            raise TypeError(f'"key" must be either a "str" or "FeatureColumn". Provided: {key}')
        found = key.transform_feature(self, state_manager)
        if found is None:
            raise ValueError(f"Column {key.name} is not supported.")
        return found


class ThroughBuilder:
    """A `LazyBuilder` as columns of the later interface ask for features."""

    def __init__(self, builder: Any) -> None:
        self._builder = builder

    def get(self, key: Any, state_manager: Any, training: Any = None) -> Any:
        return self._builder.get(key)


class StateManager:
    """Keeps the variables of columns: `create_variable` and `get_variable`."""

    def create_variable(self, feature_column: Any, name: str, shape: Any, dtype: Any = None, trainable: bool = True,
                        use_resource: bool = True, initializer: Any = None) -> Any:
        raise NotImplementedError(f"{type(self).__name__}.create_variable")

    def get_variable(self, feature_column: Any, name: str) -> Any:
        raise NotImplementedError(f"{type(self).__name__}.get_variable")

    def add_resource(self, feature_column: Any, name: str, resource: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__}.add_resource")

    def get_resource(self, feature_column: Any, name: str) -> Any:
        raise NotImplementedError(f"{type(self).__name__}.get_resource")


class ScopeState(StateManager):
    """Makes a column's variables in the open variable scope when they are first used.

    Args:
      collections: Collections that the variables join.
      trainable: Whether they may be trained.
    """

    def __init__(self, collections: Any, trainable: Any) -> None:
        self._collections = collections
        self._trainable = trainable is None or bool(trainable)
        self._variables: dict[str, Any] = {}

    def create_variable(self, feature_column: Any, name: str, shape: Any, dtype: Any = None, trainable: bool = True,
                        use_resource: bool = True, initializer: Any = None) -> Any:
        self._variables[name] = get_variable(
            name, shape, dtype, initializer, trainable=bool(trainable) and self._trainable,
            collections=self._collections)
        return self._variables[name]

    def get_variable(self, feature_column: Any, name: str) -> Any:
        if name not in self._variables:
            feature_column.create_state(self)
        return self._variables[name]


class FeatureColumn(OldFeatureColumn):
    """A column of a table.

    A class of one's own has `name`, `parse_example_spec`, `transform_feature(cache, state_manager)`, and what
    `DenseColumn` or `CategoricalColumn` asks for.
    """

    @property
    def parse_example_spec(self) -> Spec:
        """How the column's features are read from examples, for `tf.parse_example`."""
        raise NotImplementedError(f"{type(self).__name__} has no `parse_example_spec`")

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """What the column makes of the features, in a form that other columns use too."""
        raise NotImplementedError(f"{type(self).__name__} has no `transform_feature`")

    def create_state(self, state_manager: Any) -> None:
        """Makes the column's variables."""

    @property
    def parents(self) -> list[Any]:
        """The columns and keys that it depends on."""
        return []

    @property
    def _is_v2_column(self) -> bool:
        return True

    @property
    def _parse_example_spec(self) -> Spec:
        return self.parse_example_spec

    def _transform_feature(self, inputs: Any) -> Any:
        return self.transform_feature(ThroughBuilder(inputs), None)


class KeyedColumn(FeatureColumn):
    """A column that reads one feature, whose key is its name."""

    __slots__ = ()
    key: str

    @property
    def name(self) -> str:
        return self.key

    @property
    def parents(self) -> list[Any]:
        return [self.key]


class WrappingColumn(FeatureColumn):
    """A column that makes something else of a categorical column."""

    __slots__ = ()
    categorical_column: Any

    @property
    def parse_example_spec(self) -> Spec:
        return specs_of(self.categorical_column)

    @property
    def parents(self) -> list[Any]:
        return [self.categorical_column]


class DenseColumn(FeatureColumn, OldDenseColumn):
    """A column that gives a dense tensor: `variable_shape` and `get_dense_tensor(cache, state_manager)`."""

    @property
    def variable_shape(self) -> TensorShape:
        """The shape of an example's values."""
        raise NotImplementedError(f"{type(self).__name__} has no `variable_shape`")

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Tensor:
        """A tensor `[batch, *variable_shape]`."""
        raise NotImplementedError(f"{type(self).__name__} has no `get_dense_tensor`")

    @property
    def _variable_shape(self) -> TensorShape:
        return self.variable_shape

    def _get_dense_tensor(self, inputs: Any, weight_collections: Any = None, trainable: Any = None) -> Tensor:
        return self.get_dense_tensor(ThroughBuilder(inputs), ScopeState(weight_collections, trainable))


class CategoricalColumn(FeatureColumn, OldCategoricalColumn):
    """A column that gives numbers of categories: `num_buckets` and `get_sparse_tensors(cache, state_manager)`."""

    @property
    def num_buckets(self) -> int:
        """How many categories there are."""
        raise NotImplementedError(f"{type(self).__name__} has no `num_buckets`")

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any) -> IdWeightPair:
        """The categories of each example."""
        return IdWeightPair(transformation_cache.get(self, state_manager), None)

    @property
    def _num_buckets(self) -> int:
        return self.num_buckets

    def _get_sparse_tensors(self, inputs: Any, weight_collections: Any = None, trainable: Any = None) -> IdWeightPair:
        return self.get_sparse_tensors(ThroughBuilder(inputs), ScopeState(weight_collections, trainable))


class SequenceDenseColumn(FeatureColumn, OldSequenceDenseColumn):
    """A column that gives a dense tensor of sequences: `get_sequence_dense_tensor(cache, state_manager)`."""

    @property
    def variable_shape(self) -> TensorShape:
        raise NotImplementedError(f"{type(self).__name__} has no `variable_shape`")

    def get_sequence_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> TensorSequenceLengthPair:
        raise NotImplementedError(f"{type(self).__name__} has no `get_sequence_dense_tensor`")

    def _get_sequence_dense_tensor(self, inputs: Any, weight_collections: Any = None,
                                   trainable: Any = None) -> TensorSequenceLengthPair:
        return self.get_sequence_dense_tensor(ThroughBuilder(inputs), ScopeState(weight_collections, trainable))


def as_sparse_input(value: Any, ignored: Any = None) -> SparseTensor:
    """A feature as a sparse tensor: of a dense one, all that is not `ignored`.

    Args:
      value: A tensor or a sparse tensor.
      ignored: What counts as missing; by default the empty string, or -1.
    """
    if isinstance(value, SparseTensorValue):
        return SparseTensor.from_value(value)
    if isinstance(value, SparseTensor):
        return value
    if ignored is None:
        ignored = "" if value.dtype.base_dtype is dtypes.string else -1
    g = GradientBuilder()
    missing = g.constant(ignored, value.dtype) if not isinstance(ignored, str) else ignored
    places = where(not_equal(value, missing))
    return SparseTensor(places, gather_nd(value, places), shape(value, out_type=dtypes.int64))


def name_of(column: Any) -> str:
    """The name of a column, or a key."""
    return column if isinstance(column, str) else column.name


def specs_of(*columns: Any) -> Spec:
    """What columns read from examples, all together."""
    found: Spec = {}
    for column in columns:
        found.update(column.parse_example_spec if isinstance(column, FeatureColumn) else column._parse_example_spec)
    return found


def sparse_of(column: Any, cache: Any, state_manager: Any) -> IdWeightPair:
    """What a categorical column of either generation gives."""
    if isinstance(column, CategoricalColumn):
        return column.get_sparse_tensors(cache, state_manager)
    if isinstance(cache, ThroughBuilder):
        return column._get_sparse_tensors(cache._builder)
    raise TypeError(f"{column} is a column of the older interface, which works with tf.feature_column.input_layer and "
                    "linear_model only")


def buckets_of(column: Any) -> int:
    """How many categories a column of either generation has."""
    return column.num_buckets if isinstance(column, CategoricalColumn) else column._num_buckets
