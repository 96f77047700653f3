"""The inputs of a model from features and columns, and linear models of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from millpond import dtypes
from millpond.feature_column.base import (
    CategoricalColumn,
    DenseColumn,
    FeatureTransformationCache,
    LazyBuilder,
    OldCategoricalColumn,
    OldDenseColumn,
    OldFeatureColumn,
    Spec,
    buckets_of,
)
from millpond.feature_column.dense import row_wise
from millpond.graph import stacks
from millpond.graph.collections import GraphKeys
from millpond.graph.tensor import Tensor
from millpond.ops.array.join import concat
from millpond.ops.array.shape import reshape, shape
from millpond.ops.linalg.matrix import matmul
from millpond.ops.math.add_n import add_n
from millpond.ops.nn.bias_dropout import bias_add
from millpond.ops.nn.embedding import safe_embedding_lookup_sparse
from millpond.ops.scoping import name_scope
from millpond.variables.initializers import Zeros
from millpond.variables.scope import get_variable, open_scope, variable_scope
from millpond.variables.template import make_template

Columns = Iterable[Any] | OldFeatureColumn


def normalized(feature_columns: Any) -> list[Any]:
    """Columns as a list, in the order of their names."""
    if isinstance(feature_columns, OldFeatureColumn):
        feature_columns = [feature_columns]
    if isinstance(feature_columns, Iterator):
        feature_columns = list(feature_columns)
    if isinstance(feature_columns, dict):
        raise ValueError("Expected feature_columns to be iterable, found dict.")
    columns = list(feature_columns)
    for column in columns:
        if not isinstance(column, OldFeatureColumn):
            raise ValueError(f"Items of feature_columns must be a _FeatureColumn. Given (type {type(column)}): "
                             f"{column}.")
    if not columns:
        raise ValueError("feature_columns must not be empty.")
    by_name: dict[str, Any] = {}
    for column in columns:
        if column.name in by_name:
            raise ValueError(f"Duplicate feature column name found for columns: {column} and {by_name[column.name]}. "
                             "This usually means that these columns refer to same base feature. Either one must be "
                             "discarded or a duplicated but renamed item must be inserted in features dict.")
        by_name[column.name] = column
    return sorted(columns, key=lambda column: column.name)


def check_dense(columns: Sequence[Any]) -> None:
    for column in columns:
        if not isinstance(column, (OldDenseColumn, DenseColumn)):
            raise ValueError("Items of feature_columns must be a _DenseColumn. You can wrap a categorical column with "
                             f"an embedding_column or indicator_column. Given: {column}")


def _check_static_sizes(features: Mapping[Any, Any]) -> None:
    """Tensors of one batch are of one size."""
    first: Any = None
    for key, value in features.items():
        sizes = value.shape.sizes if isinstance(value, Tensor) else None
        if not sizes or sizes[0] is None:
            continue
        if first is None:
            first = key, sizes[0]
        elif sizes[0] != first[1]:
            raise ValueError(f"Batch size (first dimension) of each feature must be same. Batch size of columns "
                             f"({first[0]}, {key}): ({first[1]}, {sizes[0]})")


def collections_of(weight_collections: Any) -> list[str]:
    found = list(weight_collections or ())
    return found + [key for key in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES) if key not in found]


def input_layer(features: Mapping[Any, Any], feature_columns: Columns, weight_collections: Sequence[str] | None = None,
                trainable: bool = True, cols_to_vars: dict[Any, Any] | None = None,
                cols_to_output_tensors: dict[Any, Any] | None = None) -> Tensor:
    """What columns make of features, side by side: the input of a network.

    Args:
      features: From keys to tensors or sparse tensors, whose first dimension is the batch.
      feature_columns: Dense columns: of numbers, buckets, indicators, embeddings.
      weight_collections: Collections that variables join, beside the global and the model's.
      trainable: Whether variables may be trained.
      cols_to_vars: A dictionary to fill: from each column to its variables.
      cols_to_output_tensors: A dictionary to fill: from each column to its part of the result.

    Returns:
      A float32 matrix `[batch, width]`; the columns stand in the order of their names.

    Raises:
      ValueError: If a column is not dense, two have one name, a feature is missing, or batches differ in size.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     price = tf.feature_column.numeric_column("price")
      ...     area = tf.feature_column.bucketized_column(tf.feature_column.numeric_column("area"), [50.0])
      ...     layer = tf.feature_column.input_layer({"price": [3.0, 4.0], "area": [20.0, 90.0]}, [price, area])
      ...     print(sess.run(layer))
      [[1. 0. 3.]
       [0. 1. 4.]]
    """
    return _input_layer(features, feature_columns, weight_collections, trainable, cols_to_vars,
                        cols_to_output_tensors=cols_to_output_tensors)


def _input_layer(features: Mapping[Any, Any], feature_columns: Any, weight_collections: Any = None,
                 trainable: bool = True, cols_to_vars: Any = None, scope: Any = None,
                 cols_to_output_tensors: Any = None, from_template: bool = False) -> Tensor:
    columns = normalized(feature_columns)
    check_dense(columns)
    _check_static_sizes(features)
    names = collections_of(weight_collections)

    def outputs() -> Tensor:
        builder = LazyBuilder(features)
        parts = []
        for column in columns:
            with variable_scope(None, default_name=column._var_scope_name) as own:
                tensor = column._get_dense_tensor(builder, weight_collections=names, trainable=trainable)
                width = column._variable_shape.num_elements()
                part = reshape(tensor, (shape(tensor)[0], width))
                parts.append(part)
                if cols_to_vars is not None:
                    cols_to_vars[column] = stacks.default_graph().get_collection(
                        GraphKeys.GLOBAL_VARIABLES, scope=f"{own.name}/")
                if cols_to_output_tensors is not None:
                    cols_to_output_tensors[column] = part
        _check_static_sizes(dict(enumerate(parts)))
        return concat(parts, 1)

    if from_template:  # a template is the scope
        return outputs()
    with variable_scope(scope, default_name="input_layer", values=tensors_of(features)):
        return outputs()


def tensors_of(features: Mapping[Any, Any]) -> list[Any]:
    return [value for value in features.values() if hasattr(value, "graph")]


class InputLayer:
    """`input_layer` as an object: each call uses the variables of the first.

    Args:
      feature_columns, weight_collections, trainable, cols_to_vars: As of `input_layer`.
      name: The name of the variable scope.
      create_scope_now: Whether the scope is opened now, or at the first call.

    Raises:
      ValueError: As `input_layer`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     layer = InputLayer([tf.feature_column.numeric_column("price")])
      ...     print(sess.run(layer({"price": [3.0]})))
      [[3.]]
    """

    def __init__(self, feature_columns: Columns, weight_collections: Sequence[str] | None = None,
                 trainable: bool = True, cols_to_vars: dict[Any, Any] | None = None,
                 name: str = "feature_column_input_layer", create_scope_now: bool = True) -> None:
        self._columns = feature_columns
        self._arguments = weight_collections, trainable, cols_to_vars
        self._template = make_template(name, _input_layer, create_scope_now_=create_scope_now)
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    @property
    def non_trainable_variables(self) -> list[Any]:
        return self._template.non_trainable_variables

    @property
    def non_trainable_weights(self) -> list[Any]:
        return self.non_trainable_variables

    @property
    def trainable_variables(self) -> list[Any]:
        return self._template.trainable_variables

    @property
    def trainable_weights(self) -> list[Any]:
        return self.trainable_variables

    @property
    def variables(self) -> list[Any]:
        return self._template.variables

    @property
    def weights(self) -> list[Any]:
        return self.variables

    def __call__(self, features: Mapping[Any, Any]) -> Tensor:
        return self._template(features, self._columns, *self._arguments, from_template=True)

    call = __call__


def weighted_sum(column: Any, found: Any, weights: Any, combiner: str, width: int) -> Tensor:
    """What a column adds to a linear model; `found` is its dense tensor, or its categories."""
    if isinstance(column, OldCategoricalColumn) and not isinstance(found, Tensor):
        ids, given = row_wise(found)
        return safe_embedding_lookup_sparse(weights, ids, given, combiner, name="weighted_sum")
    return matmul(reshape(found, (shape(found)[0], width)), weights, name="weighted_sum")


def is_categorical(column: Any) -> bool:
    return isinstance(column, (OldCategoricalColumn, CategoricalColumn))


def width_of(column: Any) -> int:
    """How many weights a column has in a linear model."""
    if is_categorical(column):
        return buckets_of(column)
    sizes = column.variable_shape if isinstance(column, DenseColumn) else column._variable_shape
    return int(sizes.num_elements() or 0)


def check_linear(columns: Sequence[Any]) -> None:
    for column in columns:
        if not isinstance(column, (OldDenseColumn, OldCategoricalColumn)):
            raise ValueError("Items of feature_columns must be either a _DenseColumn or _CategoricalColumn. Given: "
                             f"{column}")


def linear_model(features: Mapping[Any, Any], feature_columns: Columns, units: int = 1, sparse_combiner: str = "sum",
                 weight_collections: Sequence[str] | None = None, trainable: bool = True,
                 cols_to_vars: dict[Any, Any] | None = None) -> Tensor:
    """A weighted sum of all columns, with a bias.

    Args:
      features: From keys to tensors or sparse tensors, whose first dimension is the batch.
      feature_columns: Dense or categorical columns; each category has weights of its own.
      units: How many sums there are.
      sparse_combiner: How the weights of several categories of an example come together: `"sum"`, `"mean"` or
        `"sqrtn"`.
      weight_collections: Collections that variables join, beside the global and the model's.
      trainable: Whether variables may be trained.
      cols_to_vars: A dictionary to fill: from each column to its variables, and `"bias"` to that.

    Returns:
      A float32 matrix `[batch, units]`. The weights start as zeros.

    Raises:
      ValueError: If a column is neither dense nor categorical, two have one name, or a feature is missing.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     price = tf.feature_column.numeric_column("price")
      ...     prediction = tf.feature_column.linear_model({"price": [3.0, 4.0]}, [price])
      ...     print([v.name for v in tf.global_variables()])
      ['linear_model/price/weights:0', 'linear_model/bias_weights:0']
    """
    with variable_scope(None, "linear_model", values=tensors_of(features)) as scope:
        own = scope.name
    model = OldLinearModel(feature_columns, units, sparse_combiner, weight_collections, trainable, name=own)
    result = model(features)
    if cols_to_vars is not None:
        cols_to_vars.update(model.cols_to_vars())
    return result


class OldLinearModel:
    """`linear_model` as an object: each call uses the variables of the first.

    Args:
      feature_columns, units, sparse_combiner, weight_collections, trainable: As of `linear_model`.
      name: The variable scope.

    Raises:
      ValueError: As `linear_model`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     model = OldLinearModel([tf.feature_column.numeric_column("price")])
      ...     print(model({"price": [3.0]}).shape)
      (1, 1)
    """

    def __init__(self, feature_columns: Columns, units: int = 1, sparse_combiner: str = "sum",
                 weight_collections: Sequence[str] | None = None, trainable: bool = True,
                 name: str | None = None) -> None:
        self._columns = normalized(feature_columns)
        check_linear(self._columns)
        self._units, self._combiner = units, sparse_combiner
        self._collections = collections_of(weight_collections)
        self._trainable = trainable
        self._name = name or "linear_model"
        self._scope: Any = None
        self._vars: dict[Any, Any] = {}
        self.bias: Any = None

    @property
    def name(self) -> str:
        return self._name

    def cols_to_vars(self) -> dict[Any, Any]:
        """From each column to its variables, and `"bias"` to that."""
        return dict(self._vars)

    @property
    def variables(self) -> list[Any]:
        return [variable for found in self._vars.values() for variable in found]

    def __call__(self, features: Mapping[Any, Any]) -> Tensor:
        _check_static_sizes(features)
        builder = LazyBuilder(features)
        graph = stacks.default_graph()
        is_first = not self._vars
        with name_scope(None, self._name, tensors_of(features)), name_scope(self._name.split("/")[-1]), \
                open_scope(graph, self._name, reuse=None if is_first else True):
            sums = [self._sum(graph, column, builder, is_first) for column in self._columns]
            total = add_n(sums, name="weighted_sum_no_bias")
            self.bias = self._weights("bias_weights", [self._units])
            if is_first:
                self._vars["bias"] = parts_of(self.bias)
            return bias_add(total, whole(self.bias), name="weighted_sum")

    def _weights(self, name: str, sizes: list[int]) -> Any:
        return get_variable(name, sizes, dtypes.float32, Zeros(), trainable=self._trainable,
                            collections=self._collections)

    def _sum(self, graph: Any, column: Any, builder: LazyBuilder, is_first: bool) -> Tensor:
        own = column._var_scope_name
        with name_scope(own), open_scope(graph, own) as scope:
            if is_categorical(column):
                found = column._get_sparse_tensors(builder, weight_collections=self._collections,
                                                   trainable=self._trainable)
                weights = self._weights("weights", [width_of(column), self._units])
            else:
                weights = self._weights("weights", [width_of(column), self._units])
                found = column._get_dense_tensor(builder, weight_collections=self._collections,
                                                 trainable=self._trainable)
            if is_first:
                self._vars[column] = graph.get_collection(GraphKeys.GLOBAL_VARIABLES, scope=f"{scope.name}/")
            return weighted_sum(column, found, weights if is_categorical(column) else whole(weights),
                                 self._combiner, width_of(column))


def parts_of(variable: Any) -> list[Any]:
    return list(variable) if hasattr(variable, "_variable_list") else [variable]


def whole(variable: Any) -> Any:
    """A variable that may be in parts, as one tensor."""
    return variable.as_tensor() if hasattr(variable, "_variable_list") else variable


def scope_name_of(column: Any) -> str:
    """A column's name as a name of a scope."""
    return "".join(letter if letter.isalnum() or letter in "_.-/\\" else "_" for letter in column.name)


def make_parse_example_spec(feature_columns: Columns) -> Spec:
    """How all features of columns are read from examples: what `tf.parse_example` takes.

    Args:
      feature_columns: The columns.

    Raises:
      ValueError: If one is no column, or two read one feature in different ways.

    Example:
      >>> import millpond as tf
      >>> spec = tf.feature_column.make_parse_example_spec([tf.feature_column.numeric_column("price")])
      >>> spec["price"].shape
      (1,)
    """
    result: Spec = {}
    for column in [feature_columns] if isinstance(feature_columns, OldFeatureColumn) else feature_columns:
        if not isinstance(column, OldFeatureColumn):
            raise ValueError(f"All feature_columns must be _FeatureColumn instances. Given: {column}")
        for key, value in column._parse_example_spec.items():  # type: ignore[attr-defined]
            if key in result and value != result[key]:
                raise ValueError(f"feature_columns contain different parse_spec for key {key}. Given {value} and "
                                 f"{result[key]}")
            result[key] = value
    return result


def is_feature_column_v2(feature_columns: Iterable[Any]) -> bool:
    """Whether all columns have the later interface."""
    return all(isinstance(column, OldFeatureColumn) and column._is_v2_column for column in feature_columns)


def transform_features(features: Mapping[Any, Any], feature_columns: Iterable[Any],
                       state_manager: Any = None) -> dict[Any, Any]:
    """From columns to what they make of features, before it becomes dense.

    Args:
      features: From keys to tensors.
      feature_columns: The columns.
      state_manager: What keeps their variables, for columns of the later interface.

    Raises:
      ValueError: If a feature is missing.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     column = tf.feature_column.numeric_column("price")
      ...     print(transform_features({"price": [3.0]}, [column])[column].shape)
      (1, 1)
    """
    columns = normalized(feature_columns)
    found = {}
    with name_scope(None, "transform_features", tensors_of(features)):
        builder, cache = LazyBuilder(features), FeatureTransformationCache(features)
        for column in columns:
            with name_scope(None, scope_name_of(column)):
                found[column] = builder.get(column) if state_manager is None else cache.get(column, state_manager)
    return found
