"""Layers of columns of the later interface: a state manager keeps the variables of columns, and the layer its own."""

from __future__ import annotations

import collections
from collections.abc import Mapping
from typing import Any

from millpond import dtypes
from millpond.feature_column.base import FeatureColumn, FeatureTransformationCache, StateManager
from millpond.feature_column.layers import (
    Columns,
    check_dense,
    check_linear,
    is_categorical,
    normalized,
    parts_of,
    scope_name_of,
    weighted_sum,
    whole,
    width_of,
)
from millpond.graph import stacks
from millpond.graph.tensor import Tensor
from millpond.ops.array.join import concat
from millpond.ops.array.shape import reshape, shape
from millpond.ops.math.add_n import add_n
from millpond.ops.nn.bias_dropout import bias_add
from millpond.ops.scoping import name_scope
from millpond.variables.initializers import Zeros
from millpond.variables.scope import get_variable, open_scope


class LayerState(StateManager):
    """Keeps the variables of columns for a layer of the later interface.

    Args:
      layer: The layer, whose list of variables they join.
      trainable: Whether they may be trained.
    """

    def __init__(self, layer: Any, trainable: bool) -> None:
        self._layer = layer
        self._trainable = trainable
        self._variables: dict[Any, dict[str, Any]] = collections.defaultdict(dict)
        self._resources: dict[Any, dict[str, Any]] = collections.defaultdict(dict)
        self._cols_to_vars_map = self._variables

    def create_variable(self, feature_column: Any, name: str, shape: Any, dtype: Any = None, trainable: bool = True,
                        use_resource: bool = True, initializer: Any = None) -> Any:
        """A variable of a column, in the open variable scope.

        Raises:
          ValueError: If the column has one of that name.
        """
        if name in self._variables[feature_column]:
            raise ValueError(f"Variable {name} of column {feature_column.name} already exists.")
        variable = get_variable(name, shape, dtype, initializer, trainable=self._trainable and trainable,
                                use_resource=use_resource)
        self._layer._own_variables.append(variable)
        self._variables[feature_column][name] = variable
        return variable

    def get_variable(self, feature_column: Any, name: str) -> Any:
        """The variable of that name of a column.

        Raises:
          ValueError: If there is none.
        """
        if name not in self._variables[feature_column]:
            raise ValueError(f"Variable {name} of column {feature_column.name} does not exist.")
        return self._variables[feature_column][name]

    def add_resource(self, feature_column: Any, name: str, resource: Any) -> None:
        """Keeps anything for a column."""
        self._resources[feature_column][name] = resource

    def get_resource(self, feature_column: Any, name: str) -> Any:
        """What was kept for a column.

        Raises:
          ValueError: If there is nothing of that name.
        """
        if name not in self._resources[feature_column]:
            raise ValueError(f"Resource {name} of column {feature_column.name} does not exist.")
        return self._resources[feature_column][name]


class _ColumnLayer:
    """What the layers of the later interface share: columns whose variables are made at the first call."""

    def __init__(self, feature_columns: Any, trainable: bool, name: str) -> None:
        self._feature_columns = normalized(feature_columns)
        for column in self._feature_columns:
            if not isinstance(column, FeatureColumn):
                raise ValueError(f"Items of feature_columns must be a FeatureColumn. Given: {column}")
        self.name, self.trainable = name, trainable
        self._own_variables: list[Any] = []
        self._state_manager = LayerState(self, trainable)
        self.built = False
        self.losses: list[Any] = []
        self.updates: list[Any] = []

    @property
    def variables(self) -> list[Any]:
        """The layer's variables; those that are in parts as one."""
        return list(self._own_variables)

    weights = variables

    @property
    def trainable_variables(self) -> list[Any]:
        return [part for variable in self._own_variables for part in parts_of(variable) if part.trainable]

    trainable_weights = trainable_variables

    @property
    def non_trainable_variables(self) -> list[Any]:
        return [part for variable in self._own_variables for part in parts_of(variable) if not part.trainable]

    non_trainable_weights = non_trainable_variables

    def build(self, input_shape: Any = None) -> None:
        """Makes the variables."""
        if self.built:
            return
        self.built = True
        graph = stacks.default_graph()
        with open_scope(graph, self.name):
            for column in self._feature_columns:
                with open_scope(graph, scope_name_of(column)):
                    column.create_state(self._state_manager)
                    self._build_column(column)
            self._build_rest()

    def _build_column(self, column: Any) -> None:
        """Makes what the layer keeps for a column."""

    def _build_rest(self) -> None:
        """Makes what the layer keeps for itself."""

    def call(self, features: Mapping[Any, Any]) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__}.call")

    def __call__(self, features: Mapping[Any, Any], *_: Any, **__: Any) -> Tensor:
        if not isinstance(features, Mapping):
            raise ValueError(f"We expected a dictionary here. Instead we got: {features}")
        self.build()
        return self.call(features)


class DenseFeatures(_ColumnLayer):
    """A layer of the columns side by side: `input_layer` of the later interface.

    Args:
      feature_columns: Dense columns.
      trainable: Whether variables may be trained.
      name: The variable scope.
      **kwargs: Accepted for `tf.keras`, without effect.

    Raises:
      ValueError: If a column is not dense, two have one name, or a feature is missing.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     layer = DenseFeatures([tf.feature_column.numeric_column("price")])
      ...     print(sess.run(layer({"price": [3.0]})))
      [[3.]]
    """

    def __init__(self, feature_columns: Columns, trainable: bool = True, name: str | None = None,
                 **kwargs: Any) -> None:
        super().__init__(feature_columns, trainable, name or "dense_features")
        check_dense(self._feature_columns)

    def call(self, features: Mapping[Any, Any], cols_to_output_tensors: dict[Any, Any] | None = None) -> Tensor:
        cache = FeatureTransformationCache(features)
        parts = []
        with name_scope(self.name):
            for column in self._feature_columns:
                with name_scope(scope_name_of(column)):
                    tensor = column.get_dense_tensor(cache, self._state_manager)
                    part = reshape(tensor, (shape(tensor)[0], column.variable_shape.num_elements()))
                parts.append(part)
                if cols_to_output_tensors is not None:
                    cols_to_output_tensors[column] = part
            return concat(parts, 1)


class LinearModel(_ColumnLayer):
    """A linear model of columns: `linear_model` of the later interface.

    Args:
      feature_columns: Dense or categorical columns.
      units: How many sums there are.
      sparse_combiner: How the weights of several categories of an example come together.
      trainable: Whether variables may be trained.
      name: The variable scope.
      **kwargs: Accepted for `tf.keras`, without effect.

    Raises:
      ValueError: If two columns have one name, or a feature is missing.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     model = LinearModel([tf.feature_column.numeric_column("price")])
      ...     prediction = model({"price": [3.0]})
      ...     print([v.name for v in model.variables])
      ['linear_model/price/weights:0', 'linear_model/bias_weights:0']
    """

    def __init__(self, feature_columns: Columns, units: int = 1, sparse_combiner: str = "sum", trainable: bool = True,
                 name: str | None = None, **kwargs: Any) -> None:
        super().__init__(feature_columns, trainable, name or "linear_model")
        check_linear(self._feature_columns)
        self._units, self._sparse_combiner = units, sparse_combiner
        self._bias: Any = None

    @property
    def bias(self) -> Any:
        return self._bias

    @property
    def layer(self) -> LinearModel:
        """The layer that has the variables: itself."""
        return self

    def _build_column(self, column: Any) -> None:
        self._state_manager.create_variable(column, name="weights", dtype=dtypes.float32,
                                            shape=(width_of(column), self._units), initializer=Zeros(),
                                            trainable=self.trainable)

    def _build_rest(self) -> None:
        self._bias = get_variable("bias_weights", [self._units], dtypes.float32, Zeros(), trainable=self.trainable,
                                  use_resource=True)
        self._own_variables.append(self._bias)

    def call(self, features: Mapping[Any, Any]) -> Tensor:
        cache = FeatureTransformationCache(features)
        sums = []
        with name_scope(self.name):
            for column in self._feature_columns:
                with name_scope(scope_name_of(column)):
                    weights = self._state_manager.get_variable(column, "weights")
                    if is_categorical(column):
                        found = column.get_sparse_tensors(cache, self._state_manager)
                    else:
                        found, weights = column.get_dense_tensor(cache, self._state_manager), whole(weights)
                    sums.append(weighted_sum(column, found, weights, self._sparse_combiner, width_of(column)))
            return bias_add(add_n(sums, name="weighted_sum_no_bias"), whole(self._bias), name="weighted_sum")
