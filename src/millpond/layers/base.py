"""Layer: a part of a network that is called on tensors, and keeps its variables between the calls.

State of a graph, in `graph.extensions`: how many layers of each class it has named.
"""

from __future__ import annotations

import copy
import functools
import inspect
import itertools
import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from millpond import dtypes, nested
from millpond.graph import stacks
from millpond.graph.argument_types import DTypeLike, ShapeLike, TensorLike
from millpond.graph.collections import GraphKeys
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.layers import identifiers, keras_style
from millpond.layers.connections import Call, Connections, static_shapes
from millpond.layers.dependencies import Added, depending, depends_on
from millpond.layers.input_spec import check_inputs
from millpond.ops.array.shape import shape as shape_of
from millpond.ops.math.cast import cast
from millpond.shapes import as_shape
from millpond.variables.creation import VariableAggregation, VariableSynchronization
from millpond.variables.partitioning import PartitionedVariable
from millpond.variables.scope import VariableScope, get_variable, variable_scope
from millpond.variables.variable import Variable

_NAMES = "layers: names by class"
# What an argument of Keras says of inputs, which a layer of this kind learns from the inputs themselves.
_KERAS_ARGUMENTS = {"input_shape", "batch_input_shape", "batch_size", "autocast", "experimental_autocast", "dynamic"}
_ELEMENTS = (Tensor, Operation, Variable, PartitionedVariable)


class Layer:
    """A part of a network that is called on tensors, and keeps its variables between the calls.

    A subclass makes its variables in `build(input_shape)`, by `add_weight`, and computes in `call(inputs, ...)`. The
    first call opens the layer's variable scope, under the one that is open then: the layer's `name`, used as it is if
    it is given again (a second layer of the same name gets `name_1`), or the class's name in snake case. Later calls
    share the variables, wherever they are.

    Args:
      trainable: Whether its variables are trained.
      name: Its name, or a `VariableScope` to name it after; by default the class's name in snake case, numbered.
      dtype: The dtype of its variables; by default that of the first input.
      activity_regularizer: A function of an output; what it gives for each output, divided by the batch size, is a loss
        of the layer.
      **kwargs: `_scope`, a variable scope or its name, and `_reuse`, whether the variables exist already: what
        functions that make layers pass. What Keras says of inputs is accepted.

    Raises:
      TypeError: If there is another argument.

    Example:
      >>> import millpond as tf
      >>> class Scale(tf.layers.Layer):
      ...     def build(self, input_shape):
      ...         self.factor = self.add_weight("factor", [input_shape[-1]], initializer=tf.ones_initializer())
      ...         super().build(input_shape)
      ...     def call(self, inputs):
      ...         return inputs * self.factor
      >>> with tf.Graph().as_default():
      ...     scale = Scale()
      ...     y, z = scale(tf.zeros([2, 3])), scale(tf.ones([5, 3]))
      ...     print(scale.weights, z.shape)
      [<tf.Variable 'scale/factor:0' shape=(3,) dtype=float32_ref>] (5, 3)
    """

    # The arguments that a class has besides, each an attribute: what `get_config` tells.
    _CONFIG: ClassVar[tuple[str, ...]] = ()

    def __init__(self, trainable: bool = True, name: Any = None, dtype: DTypeLike | None = None,
                 activity_regularizer: Any = None, **kwargs: Any) -> None:
        scope = kwargs.pop("_scope", None)
        self._reuse = kwargs.pop("_reuse", None)
        self._has_own_variables = keras_style.is_asked_for(scope, self._reuse)
        for argument in kwargs:
            if argument not in _KERAS_ARGUMENTS:
                raise TypeError(f"Keyword argument not understood: {argument!r}, of the layer {type(self).__name__}")
        self.built = False
        self.trainable = trainable
        self.input_spec: Any = None
        self._dtype = None if dtype is None else dtypes.as_dtype(dtype).name
        self._activity_regularizer = activity_regularizer
        self._trainable_weights: list[Any] = []
        self._non_trainable_weights: list[Any] = []
        self._losses: list[Added] = []
        self._updates: list[Added] = []
        self._inputs_of_call: Any = None
        self._is_first_call = False
        self._tracked_children: dict[str, Any] = {}
        self._graph = stacks.default_graph().root
        self._name, self._base_name = self._names(name)
        self._connections = Connections(self._name)
        self._scope: VariableScope | None = None
        self._current_scope: VariableScope | None = None
        if scope:
            with variable_scope(scope) as opened:
                self._scope = opened

    def _names(self, name: Any) -> tuple[str, str]:
        """The layer's name, and what its variable scope is called after."""
        if name and not isinstance(name, VariableScope):
            return name, name
        base = snake_case(type(self).__name__)
        numbers = self._graph.extensions.setdefault(_NAMES, {}).setdefault(base, itertools.count(1))
        return f"{base}_{next(numbers)}", name.name if name else base

    # What it is.

    @property
    def name(self) -> str:
        return self._name

    @property
    def dtype(self) -> str | None:
        """The name of the dtype; None where the first input is still to say it."""
        return self._dtype

    @property
    def graph(self) -> Any:
        """The graph that the layer belongs to; of a layer that is used in a loop or a branch, the one around."""
        return self._graph

    @property
    def scope_name(self) -> str:
        """The name of the variable scope.

        Raises:
          ValueError: Before the first call, which decides it.
        """
        if self._scope is None:
            raise ValueError(f"No name available for layer scope because the layer \"{self._name}\" has not been used "
                             "yet. The scope name is determined the first time the layer instance is called. You must "
                             "therefore call the layer before querying `scope_name`.")
        return self._scope.name

    @property
    def activity_regularizer(self) -> Any:
        return self._activity_regularizer

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one: plain values, but for functions that have no name."""
        own = {name: identifiers.plain(name, getattr(self, name)) for name in self._CONFIG}
        return {"name": self._name, "trainable": self.trainable, "dtype": self._dtype, **own}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Layer:
        """A layer made from what `get_config` gave."""
        return cls(**config)

    # What a subclass says.

    def build(self, input_shape: Any) -> None:
        """Makes the variables, for inputs of a shape; a subclass ends with `super().build(input_shape)`."""
        self.built = True

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """What the layer computes of its inputs; a subclass replaces it."""
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for an input of a shape, where a subclass says it.

        Raises:
          NotImplementedError: If it does not.
        """
        raise NotImplementedError(f"{type(self).__name__}.compute_output_shape: the layer {self._name} does not say "
                                  "which shape its output has")

    # Calling it.

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Builds the layer if it is new, and gives what `call` makes of the inputs.

        Args:
          inputs: A tensor, or a structure of tensors.
          *args: Further arguments of `call`.
          **kwargs: Further arguments of `call`. `scope` is a variable scope, or its name, for a layer that has none
            yet; a `call` that has such an argument is given the layer's scope.

        Raises:
          ValueError: If the inputs are not as `input_spec` says, or `call` gives None.
        """
        around = kwargs.pop("scope", None)
        if self._has_own_variables:
            keras_style.is_asked_for(around, None)
            with stacks.default_graph().name_scope(self._name):
                return self._outputs(inputs, args, kwargs)
        self._set_scope(around)
        reuse = True if self.built else self._reuse
        with variable_scope(self._scope, reuse=reuse, auxiliary_name_scope=False) as scope:
            self._current_scope = scope
            if _takes_scope(getattr(self.call, "__func__", self.call)):
                kwargs["scope"] = scope
            with stacks.default_graph().name_scope(scope.original_name_scope):
                outputs = self._outputs(inputs, args, kwargs)
        _collect(GraphKeys.UPDATE_OPS, self.updates)
        return outputs

    def apply(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """The old name of calling the layer."""
        return self(inputs, *args, **kwargs)

    def _set_scope(self, scope: Any) -> None:
        if self._scope is not None:
            return
        if self._reuse:
            opening = variable_scope(self._base_name if scope is None else scope)
        else:
            opening = variable_scope(scope, default_name=self._base_name)
        with opening as opened:
            self._scope = opened

    def _outputs(self, inputs: Any, args: Any, kwargs: Any) -> Any:
        inputs = nested.map_structure(_as_tensor, inputs)
        check_inputs(self.input_spec, inputs, self._name)
        outer, self._inputs_of_call = self._inputs_of_call, inputs
        was_built, dtype, outputs = self.built, self._dtype, None
        self._is_first_call = not was_built
        try:
            self._build_for(inputs)
            outputs = self.call(inputs, *args, **kwargs)
            if outputs is None:
                raise ValueError("A layer's `call` method should return a Tensor or a list of Tensors, not None "
                                 f"(layer: {self._name}).")
            if self._activity_regularizer is not None:
                self._regularize_activity(inputs, outputs)
        finally:
            self._inputs_of_call, self._is_first_call = outer, False
            if outputs is None and not was_built and not self.weights:
                # The first call failed before there were variables: the next one is the first.
                self.built, self._dtype = False, dtype
        self._connections.calls.append(Call(inputs, outputs))
        return outputs

    def _build_for(self, inputs: Any) -> None:
        if self.built:
            return
        leaves = nested.flatten(inputs)
        if self._dtype is None and leaves and hasattr(leaves[0], "dtype"):
            self._dtype = dtypes.as_dtype(leaves[0].dtype).base_dtype.name
        has_shapes = all(hasattr(leaf, "shape") for leaf in leaves)
        self.build(nested.map_structure(lambda leaf: leaf.shape, inputs) if has_shapes else None)
        self.built = True
        check_inputs(self.input_spec, inputs, self._name)

    def _regularize_activity(self, inputs: Any, outputs: Any) -> None:
        with stacks.default_graph().name_scope("ActivityRegularizer"):
            for output in nested.flatten(outputs):
                loss = self._activity_regularizer(output)
                self.add_loss(loss / cast(shape_of(output)[0], loss.dtype), inputs=inputs)

    # Variables.

    def add_weight(self, name: str, shape: ShapeLike | None = None, dtype: DTypeLike | None = None,
                   initializer: Any = None, regularizer: Any = None, trainable: bool | None = None,
                   constraint: Any = None, use_resource: bool | None = None,
                   synchronization: VariableSynchronization = VariableSynchronization.AUTO,
                   aggregation: VariableAggregation = VariableAggregation.NONE, partitioner: Any = None,
                   **kwargs: Any) -> Any:
        """A variable of the layer's scope: made, or, where the scope reuses variables, the one that exists.

        Args:
          name: Its name in the scope of the layer.
          shape: Its shape; a scalar by default.
          dtype: Its dtype; by default the layer's, else float32.
          initializer: See `tf.get_variable`; or the name of one, such as `"zeros"`.
          regularizer: A function of the variable that gives a loss, which becomes one of the layer.
          trainable: Whether it is trained: by default yes, but for a variable that is synchronized when it is read. A
            layer that is not trainable makes none that is.
          constraint, use_resource, synchronization, aggregation, partitioner: See `tf.get_variable`.
          **kwargs: `experimental_autocast` is accepted.

        Returns:
          A `Variable`, or a `PartitionedVariable` where there is a partitioner.

        Raises:
          TypeError: If there is another argument.
          ValueError: If `trainable` and `synchronization` do not go together, or as `tf.get_variable`.
        """
        for argument in kwargs:
            if argument not in _KERAS_ARGUMENTS:
                raise TypeError(f"Unknown keyword argument: {argument!r}, of add_weight of the layer {self._name}")
        if synchronization is VariableSynchronization.ON_READ and trainable:
            raise ValueError("Synchronization value can be set to VariableSynchronization.ON_READ only for "
                             f"non-trainable variables. You have specified trainable=True for {name!r} of the layer "
                             f"{self._name}.")
        if trainable is None:
            trainable = synchronization is not VariableSynchronization.ON_READ
        wanted = dtypes.as_dtype(dtype if dtype is not None else self._dtype or dtypes.float32)
        options = {"trainable": trainable and self.trainable, "constraint": constraint,
                   "synchronization": synchronization, "aggregation": aggregation}
        shape, initializer = () if shape is None else shape, identifiers.initializer(initializer)
        if self._has_own_variables:
            variable: Any = keras_style.own_variable(name, shape, wanted, initializer, **options)
            self._keep(name, variable, regularizer)
        else:
            variable = self._shared_variable(name, shape, wanted, initializer, regularizer, partitioner=partitioner,
                                             use_resource=use_resource, **options)
        if isinstance(variable, Variable):
            self._tracked_children.setdefault(name, variable)
        return variable

    def _shared_variable(self, name: str, shape: ShapeLike, dtype: dtypes.DType, initializer: Any, regularizer: Any,
                         **options: Any) -> Any:
        """A variable that the variable scope makes, or has already."""
        self._set_scope(None)
        reuse = self.built and not self._is_first_call or self._reuse  # `call` may make variables, too
        with variable_scope(self._scope, reuse=reuse, auxiliary_name_scope=False) as scope:
            self._current_scope = scope
            existing = set(map(id, stacks.default_graph().get_collection_ref(GraphKeys.GLOBAL_VARIABLES)))
            variable = get_variable(name, shape, dtype, initializer, **options)
            with stacks.default_graph().name_scope(scope.original_name_scope):
                for part in parts_of(variable):
                    self._keep(name, part, None if id(part) in existing else regularizer)
        return variable

    def _keep(self, name: str, variable: Any, regularizer: Any) -> None:
        self._remember(variable)
        if regularizer is not None:
            self._regularize(name, variable, regularizer)

    def add_variable(self, *args: Any, **kwargs: Any) -> Any:
        """The old name of `add_weight`."""
        return self.add_weight(*args, **kwargs)

    def _remember(self, variable: Any) -> None:
        """Counts a variable as one of the layer; the collection tells whether it is trained, as getters may decide."""
        trained = stacks.default_graph().get_collection_ref(GraphKeys.TRAINABLE_VARIABLES)
        is_trained = any(variable is other for other in trained)
        weights = self._trainable_weights if is_trained else self._non_trainable_weights
        if not any(variable is other for other in weights):
            weights.append(variable)

    def _regularize(self, name: str, variable: Any, regularizer: Callable[[Any], Any]) -> None:
        with stacks.default_graph().outside() as graph, graph.colocate_with(variable.op), \
                graph.name_scope(f"{name}/Regularizer"):
            loss = regularizer(variable)
        if loss is not None:
            self.add_loss(loss)

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables that are trained: none, where the layer is not `trainable`."""
        return list(self._trainable_weights) if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables that are not trained."""
        rest = [] if self.trainable else self._trainable_weights
        return [*rest, *self._non_trainable_weights]

    @property
    def weights(self) -> list[Any]:
        """All variables, those that are trained first."""
        return self.trainable_weights + self.non_trainable_weights

    @property
    def variables(self) -> list[Any]:
        """All variables, those that are trained first."""
        return self.weights

    @property
    def trainable_variables(self) -> list[Any]:
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Any]:
        return self.non_trainable_weights

    def get_weights(self) -> list[np.ndarray]:
        """The values of the variables in the default session, in the order of `weights`.

        Raises:
          ValueError: If there is no default session.
        """
        return stacks.required_session(None, f"read the weights of the layer {self._name}", "").run(self.weights)

    def set_weights(self, weights: Sequence[TensorLike]) -> None:
        """Sets the variables in the default session.

        Args:
          weights: A value for each variable, in the order of `weights`.

        Raises:
          ValueError: If there is no default session, or there are more or fewer values, or of another shape.
        """
        variables = self.weights
        if len(weights) != len(variables):
            raise ValueError(f"You called `set_weights(weights)` on layer \"{self._name}\" with a weight list of "
                             f"length {len(weights)}, but the layer was expecting {len(variables)} weights.")
        session = stacks.required_session(None, f"set the weights of the layer {self._name}", "")
        for variable, value in zip(variables, weights, strict=True):
            if not as_shape(np.shape(value)).is_compatible_with(variable.shape):
                raise ValueError(f"Layer weight shape {variable.shape} not compatible with provided weight shape "
                                 f"{np.shape(value)}, for {variable.name}")
            variable.load(value, session)

    def count_params(self) -> int:
        """How many numbers the variables hold.

        Raises:
          ValueError: If the layer has no variables yet.
        """
        if not self.built:
            raise ValueError(f"You tried to call `count_params` on {self._name}, but the layer isn't built. You can "
                             f"build it manually via: `{self._name}.build(batch_input_shape)`.")
        return sum(as_shape(variable.shape).num_elements() or 0 for variable in self.weights)

    # Losses and updates.

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Adds losses, which also join `GraphKeys.REGULARIZATION_LOSSES`.

        Args:
          losses: A tensor, a function without arguments that gives one, or a list of these.
          inputs: The inputs of the layer that they depend on; None if they depend on none.
        """
        added = []
        for loss in nested.as_list(losses):
            value = loss() if callable(loss) else loss
            if value is not None:
                added.append(convert_to_tensor(value))
        self._losses += [Added(loss, inputs is not None) for loss in added]
        _collect(GraphKeys.REGULARIZATION_LOSSES, added)

    @property
    def losses(self) -> list[Any]:
        """The losses of all calls, and of the variables' regularizers."""
        return [added.value for added in self._losses]

    def get_losses_for(self, inputs: Any) -> list[Any]:
        """The losses that depend on some inputs; for None, those that depend on none."""
        return depending(self._losses, inputs)

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Adds operations that a training step runs, which join `GraphKeys.UPDATE_OPS` when the call ends.

        Args:
          updates: An operation, a tensor, a function without arguments that gives one, or a list of these.
          inputs: The inputs that they depend on, where this is not called by `call`: there, they are those of the
            call, as far as the graph shows that the updates depend on them.
        """
        relevant = inputs if self._inputs_of_call is None else self._inputs_of_call
        for update in nested.as_list(updates):
            value = update() if callable(update) else update
            op = value if isinstance(value, Operation) else getattr(value, "op", None) or convert_to_tensor(value).op
            self._updates.append(Added(op, relevant is not None and depends_on(op, relevant)))

    @property
    def updates(self) -> list[Any]:
        """The updates of all calls; none, where the layer is not `trainable`."""
        return [added.value for added in self._updates] if self.trainable else []

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """The updates that depend on some inputs; for None, those that depend on none."""
        return depending(self._updates, inputs) if self.trainable else []

    # What it was called with.

    @property
    def input(self) -> Any:
        """What the layer was called with.

        Raises:
          AttributeError: If it was not, or with different inputs.
        """
        return self._connections.the_only("input")

    @property
    def output(self) -> Any:
        """What the layer gave.

        Raises:
          AttributeError: If it was not called, or several times.
        """
        return self._connections.the_only("output")

    @property
    def input_shape(self) -> Any:
        """The shape of `input`, as a tuple."""
        return static_shapes(self.input)

    @property
    def output_shape(self) -> Any:
        """The shape of `output`, as a tuple."""
        return static_shapes(self.output)

    def get_input_at(self, node_index: int) -> Any:
        """What the layer was called with the time of an index."""
        return self._connections.at(node_index).inputs

    def get_output_at(self, node_index: int) -> Any:
        """What the layer gave the time of an index."""
        return self._connections.at(node_index).outputs

    def get_input_shape_at(self, node_index: int) -> Any:
        """The shape of `get_input_at`, as a tuple."""
        return static_shapes(self.get_input_at(node_index))

    def get_output_shape_at(self, node_index: int) -> Any:
        """The shape of `get_output_at`, as a tuple."""
        return static_shapes(self.get_output_at(node_index))

    # Copies, and checkpoints of objects.

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """A layer of its own; what has been built already is shared with this one."""
        result = type(self).__new__(type(self))
        memo[id(self)] = result
        for key, value in vars(self).items():
            vars(result)[key] = _copied(value, memo)
        return result

    def _track(self, child: Any, name: str) -> None:
        """Names a layer inside of this one, or another object with variables, for checkpoints of objects."""
        self._tracked_children[name] = child

    def _trackable_children(self) -> list[tuple[str, Any]]:
        return list(vars(self).get("_tracked_children", {}).items())  # an old cell may not have called our constructor


def snake_case(name: str) -> str:
    """The name of a layer for that of its class: `BasicLSTMCell` to `basic_lstm_cell`."""
    split = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    result = re.sub(r"([a-z])([A-Z])", r"\1_\2", split).lower()
    return f"private{result}" if result.startswith("_") else result  # a scope's name begins with a letter


@functools.cache
def _takes_scope(function: Callable[..., Any]) -> bool:
    return "scope" in inspect.signature(function).parameters


def _as_tensor(value: TensorLike) -> Any:
    return convert_to_tensor(value) if isinstance(value, (np.ndarray, float, int)) else value


def parts_of(variable: Any) -> list[Any]:
    """The parts of a partitioned variable; of another variable, the variable itself."""
    return list(variable) if isinstance(variable, PartitionedVariable) else [variable]


def _collect(key: str, values: list[Any]) -> None:
    """Adds to a collection what is not in it."""
    if not values:
        return
    collection = stacks.default_graph().get_collection_ref(key)
    present = set(map(id, collection))
    collection += [value for value in values if id(value) not in present]


def _copied(value: Any, memo: dict[int, Any]) -> Any:
    if hasattr(value, "as_graph_def"):  # a graph
        return value
    if isinstance(value, (VariableScope, variable_scope)):
        return copy.copy(value)
    if isinstance(value, Connections):
        return value.copy()
    leaves = nested.flatten(value)
    if any(isinstance(leaf, _ELEMENTS) for leaf in leaves):
        return nested.map_structure(lambda leaf: leaf, value)
    return copy.deepcopy(value, memo)
