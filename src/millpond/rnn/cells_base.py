"""What recurrent cells share: a layer from (inputs, state) to (output, new state), and states of zeros."""

from __future__ import annotations

from typing import Any

from millpond import dtypes, nested
from millpond.dtypes import DType
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.layers import identifiers
from millpond.layers.base import Layer, parts_of
from millpond.logs import LOGGER
from millpond.ops.array.constant import constant
from millpond.ops.array.fill import zeros
from millpond.ops.array.join import concat
from millpond.ops.array.shape import expand_dims
from millpond.ops.array.shape import shape as shape_of
from millpond.ops.math.trigonometry import tanh
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape, as_shape
from millpond.variables.scope import get_variable_scope, variable_scope


class RNNCell(Layer):
    """One step of a recurrent network: from inputs and a state to an output and the next state.

    A subclass says `state_size` and `output_size`, and computes in `call(inputs, state)`, where it may get its
    variables by `tf.get_variable`: they are made by the first call, and shared by the others.

    Args:
      trainable, name, dtype, **kwargs: See `tf.layers.Layer`.

    Raises:
      TypeError: As `tf.layers.Layer`.

    Example:
      >>> import millpond as tf
      >>> class Sum(tf.nn.rnn_cell.RNNCell):
      ...     state_size = output_size = 2
      ...     def call(self, inputs, state):
      ...         total = state + inputs * tf.get_variable("scale", [], initializer=tf.ones_initializer())
      ...         return total, total
      >>> with tf.Graph().as_default():
      ...     cell = Sum()
      ...     state = cell.zero_state(3, tf.float32)
      ...     for step in range(2):
      ...         output, state = cell(tf.ones([3, 2]), state)
      ...     print(output.shape, cell.weights)
      (3, 2) [<tf.Variable 'sum/scale:0' shape=() dtype=float32_ref>]
    """

    def __init__(self, trainable: bool = True, name: str | None = None, dtype: DTypeLike | None = None,
                 **kwargs: Any) -> None:
        super().__init__(trainable=trainable, name=name, dtype=dtype, **kwargs)
        # Each call opens the scope of the first one, in which the scope of the layer lies.
        self._scope_around: Any = None

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step.

        Args:
          inputs: A tensor of shape `[batch_size, input_size]`, or a structure of tensors.
          state: A structure of tensors of shape `[batch_size, size]`, as `state_size` has it.
          scope: A variable scope, or its name, for the variables; by default named after the class.

        Returns:
          The output, of shape `[batch_size, output_size]`, and the new state.

        Raises:
          ValueError: If inputs or state are not as the cell needs them.
        """
        if scope is not None:
            with variable_scope(scope, custom_getter=self._get_variable) as opened:
                return super().__call__(inputs, state, scope=opened)
        if self._scope_around is None:
            self._scope_around = variable_scope(get_variable_scope(), custom_getter=self._get_variable)
        with self._scope_around:
            return super().__call__(inputs, state)

    def _get_variable(self, getter: Any, *args: Any, **kwargs: Any) -> Any:
        """Counts the variables that the cell gets by `tf.get_variable` as its own."""
        variable = getter(*args, **kwargs)
        for part in parts_of(variable):
            self._remember(part)
        return variable

    def build(self, input_shape: Any) -> None:
        """Makes nothing: a cell may make its variables in `call`."""
        self.built = True

    @property
    def state_size(self) -> Any:
        """The size of the state: an integer, a `TensorShape`, or a structure of these."""
        raise NotImplementedError(f"{type(self).__name__}.state_size: a recurrent cell says the size of its state")

    @property
    def output_size(self) -> Any:
        """The size of the output: an integer, or a `TensorShape`."""
        raise NotImplementedError(f"{type(self).__name__}.output_size: a recurrent cell says the size of its output")

    def get_initial_state(self, inputs: TensorLike | None = None, batch_size: TensorLike | None = None,
                          dtype: DTypeLike | None = None) -> Any:
        """The state before the first step: zeros.

        Args:
          inputs: A tensor of inputs, which tells the batch size and the dtype.
          batch_size, dtype: What it does not tell.

        Raises:
          ValueError: If batch size or dtype are not known, or are others than those of `inputs`.
        """
        if inputs is not None:
            inputs = convert_to_tensor(inputs, name="inputs")
            batch_size, dtype = _of_inputs(inputs, batch_size, dtype)
        if batch_size is None or dtype is None:
            raise ValueError("batch_size and dtype cannot be None while constructing initial state: batch_size="
                             f"{batch_size}, dtype={dtype}")
        return self.zero_state(batch_size, dtype)

    def zero_state(self, batch_size: TensorLike, dtype: DTypeLike) -> Any:
        """A state of zeros.

        Args:
          batch_size: A number, or a scalar tensor.
          dtype: The dtype.

        Returns:
          A structure as `state_size`, of tensors of shape `[batch_size, size]`.
        """
        with self._zero_state_scope(batch_size):
            return zero_state_tensors(self.state_size, batch_size, dtype)

    def _zero_state_scope(self, batch_size: Any) -> Any:
        return name_scope(f"{type(self).__name__}ZeroState", values=[batch_size])


class LayerRNNCell(RNNCell):
    """A cell that makes its variables in `build`, by `add_weight`, as other layers do.

    Args:
      trainable, name, dtype, **kwargs: See `tf.layers.Layer`.

    Raises:
      TypeError: As `tf.layers.Layer`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.nn.rnn_cell.GRUCell(4)
      ...     print(isinstance(cell, tf.contrib.rnn.LayerRNNCell), cell.state_size)
      True 4
    """

    def __call__(self, inputs: Any, state: Any, scope: Any = None, *args: Any, **kwargs: Any) -> Any:
        """One step; see `RNNCell`. `args` and `kwargs` are further arguments of `call`."""
        return Layer.__call__(self, inputs, state, *args, scope=scope, **kwargs)

    def _depth(self, input_shape: Any) -> int:
        """The size of the inputs.

        Raises:
          ValueError: If it is not known.
        """
        size = as_shape(input_shape).as_list()[-1]
        if size is None:
            raise ValueError(f"Expected inputs.shape[-1] to be known, saw shape: {input_shape}, by the cell "
                             f"{self.name}: give the inputs a shape with set_shape.")
        return size


def _of_inputs(inputs: Tensor, batch_size: Any, dtype: Any) -> tuple[Any, DType]:
    """The batch size and dtype of inputs, checked against what was said of them."""
    size = inputs.shape.as_list()[0]
    if batch_size is not None:
        said = constant_value(batch_size) if isinstance(batch_size, Tensor) else batch_size
        if said != size:
            raise ValueError("batch size from input tensor is different from the input param. Input tensor batch: "
                             f"{size}, batch_size: {batch_size}")
    if dtype is not None and dtypes.as_dtype(dtype) is not inputs.dtype.base_dtype:
        raise ValueError("dtype from input tensor is different from the input param. Input tensor dtype: "
                         f"{inputs.dtype.name}, dtype: {dtypes.as_dtype(dtype).name}")
    return shape_of(inputs)[0] if size is None else size, inputs.dtype.base_dtype


def zero_state_tensors(state_size: Any, batch_size: TensorLike, dtype: DTypeLike) -> Any:
    """A state of zeros: a structure as `state_size`, of tensors of shape `[batch_size, size]`.

    Args:
      state_size: Sizes, one number or shape for each part of the state.
      batch_size: Number of examples.
      dtype: Of the tensors.

    Raises:
      ValueError: If a size is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     [part.shape.as_list() for part in zero_state_tensors((3, 5), 2, tf.float32)]
      [[2, 3], [2, 5]]
    """
    return nested.map_structure(lambda size: zeros(concatenated(batch_size, size), dtype), state_size)


def concatenated(prefix: Any, suffix: Any) -> Tensor:
    """The shape that begins with one shape and ends with another, as a tensor.

    Args:
      prefix, suffix: Numbers, shapes, or tensors that are scalars or vectors.

    Raises:
      ValueError: If a shape is not known, or a tensor is of higher rank.
    """
    found = [_as_vector(prefix, "prefix"), _as_vector(suffix, "suffix")]
    if found[0] is None or found[1] is None:
        raise ValueError(f"Provided a prefix or suffix of None: {prefix} and {suffix}")
    return concat(found, 0)


def static_shape(prefix: Any, suffix: Any) -> TensorShape:
    """As much as is known of the shape that `concatenated` gives."""
    return _known(prefix).concatenate(_known(suffix))


def _as_vector(size: Any, what: str) -> Tensor | None:
    if not isinstance(size, Tensor):
        shape = as_shape(size)
        return constant(shape.as_list(), dtypes.int32) if shape.is_fully_defined() else None
    if size.shape.ndims == 0:
        return expand_dims(size, 0)
    if size.shape.ndims != 1:
        raise ValueError(f"{what} tensor must be either a scalar or vector, but saw tensor: {size}")
    return size


def _known(size: Any) -> TensorShape:
    if not isinstance(size, Tensor):
        return as_shape(size)
    value = constant_value(size)
    if value is not None:
        return as_shape(value.tolist())
    count = size.shape.num_elements()
    return TensorShape(None) if count is None else TensorShape([None] * count)


def activation_of(activation: Any) -> Any:
    """The activation of a cell: a function, or the name of one; `tf.tanh` by default."""
    return identifiers.activation(activation) if activation else tanh


def warn_of_input_size(cell: Layer, input_size: Any) -> None:
    """Tells the user that the size of the inputs, which cells of the first releases were given, is without effect."""
    if input_size is not None:
        LOGGER.warning("%s: The input_size parameter is deprecated: the inputs tell it.", cell.name)


def check_dtype(cell: Layer) -> None:
    """Raises ValueError where a cell computes with what is no float."""
    if cell.dtype is not None:
        dtype = dtypes.as_dtype(cell.dtype)
        if not (dtype.is_floating or dtype.is_complex):
            raise ValueError(f"RNN cell only supports floating point inputs, but saw dtype: {dtype.name}, in the cell "
                             f"{cell.name}")


def check_inputs_and_state(cell: Layer, inputs: Any, state: Any) -> None:
    """Raises ValueError where inputs or states of a cell are no floats."""
    for value in nested.flatten([inputs, state]):
        dtype = dtypes.as_dtype(getattr(value, "dtype", dtypes.float32)).base_dtype
        if not (dtype.is_floating or dtype.is_complex):
            raise ValueError(f"RNN cell only supports floating point inputs, but saw dtype: {dtype.name}, of {value} "
                             f"for the cell {cell.name}")


def check_is_cell(argument: str, cell: Any) -> None:
    """Raises TypeError where something is not like a recurrent cell.

    Args:
      argument: The name of the argument, for the error.
      cell: What was given.
    """
    lacks = [f"'{name}' property is missing" for name in ("output_size", "state_size") if not hasattr(cell, name)]
    if not (hasattr(cell, "zero_state") or hasattr(cell, "get_initial_state")):
        lacks.append("either 'zero_state' or 'get_initial_state' method is required")
    if not callable(cell):
        lacks.append("is not callable")
    if isinstance(cell, type):
        lacks.append("it is a class: call it to make a cell")
    if lacks:
        raise TypeError(f"The argument {argument!r} ({cell}) is not an RNNCell: {', '.join(lacks)}.")

