"""Wrappers that put something before or after a cell: attention, embeddings, projections, highways."""

from __future__ import annotations

import math
from typing import Any

from millpond import nested
from millpond.graph import stacks
from millpond.graph.tensor import Tensor
from millpond.layers import identifiers
from millpond.layers.base import Layer, parts_of
from millpond.ops.array.join import concat
from millpond.ops.array.shape import expand_dims, reshape
from millpond.ops.array.slicing import slice_
from millpond.ops.math.elementwise import sigmoid
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.math.trigonometry import tanh
from millpond.ops.nn.bias_dropout import xw_plus_b
from millpond.ops.nn.convolution_functions import conv2d
from millpond.ops.nn.embedding import embedding_lookup
from millpond.ops.nn.softmax import softmax
from millpond.rnn.cell_parts import known_size, linear
from millpond.rnn.cells_base import RNNCell, check_is_cell, warn_of_input_size
from millpond.rnn.cells_basic import warn_of_concatenated_state
from millpond.rnn.cells_wrappers import CellWrapper
from millpond.variables.initializers import Constant, RandomUniform
from millpond.variables.scope import get_variable, get_variable_scope, variable_scope


class _OuterCell(RNNCell):
    """A cell with variables of its own around another cell, whose variables lie in its scope."""

    def __init__(self, cell: Any, reuse: bool | None) -> None:
        super().__init__(_reuse=reuse)
        check_is_cell("cell", cell)
        self._cell = cell
        if isinstance(cell, Layer):
            self._track(cell, "cell")

    @property
    def state_size(self) -> Any:
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """A state of zeros; see `RNNCell`."""
        with self._zero_state_scope(batch_size):
            return self._cell.zero_state(batch_size, dtype)


class AttentionCellWrapper(_OuterCell):
    """A cell that attends to its last outputs (D. Bahdanau et al., 2015, https://arxiv.org/abs/1409.0473).

    The state is that of the cell, what was attended to last, and the last outputs. Its variables are `kernel` and
    `bias`, `attention/attn_w`, `attention/attn_v`, `attention/kernel`, `attention/bias`,
    `attn_output_projection/kernel` and `attn_output_projection/bias`.

    Args:
      cell: The cell.
      attn_length: How many outputs are attended to.
      attn_size: The size of the output; by default that of the cell.
      attn_vec_size: The size of the layer in which attention is computed; by default `attn_size`.
      input_size: The size of what the cell is given; by default that of the inputs.
      state_is_tuple: Whether the state is a tuple; otherwise it is one tensor.
      reuse: Whether the variables exist already in the scope.

    Raises:
      TypeError: If `cell` is no cell.
      ValueError: If `attn_length` is not positive, or the cell has a state in parts though `state_is_tuple` is False.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.AttentionCellWrapper(tf.nn.rnn_cell.GRUCell(3), attn_length=5)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print(output.shape, cell.state_size)
      (2, 3) (3, 3, 15)
    """

    def __init__(self, cell: Any, attn_length: int, attn_size: int | None = None, attn_vec_size: int | None = None,
                 input_size: int | None = None, state_is_tuple: bool = True, reuse: bool | None = None) -> None:
        super().__init__(cell, reuse)
        if nested.is_nested(cell.state_size) and not state_is_tuple:
            raise ValueError("Cell returns tuple of states, but the flag state_is_tuple is not set. State size is: "
                             f"{cell.state_size}")
        if attn_length <= 0:
            raise ValueError(f"attn_length should be greater than zero, got {attn_length}")
        warn_of_concatenated_state(self, state_is_tuple)
        self._length = attn_length
        self._size = cell.output_size if attn_size is None else attn_size
        self._vector_size = self._size if attn_vec_size is None else attn_vec_size
        self._input_size = input_size
        self._state_is_tuple = state_is_tuple

    @property
    def state_size(self) -> Any:
        sizes = (self._cell.state_size, self._size, self._size * self._length)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        return self._size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """A state of zeros; see `RNNCell`."""
        return RNNCell.zero_state(self, batch_size, dtype)

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One step; see `RNNCell`."""
        inner, attended, last = self._parts(state)
        last = reshape(last, [-1, self._length, self._size])
        inputs = linear([inputs, attended], self._input_size or known_size(inputs), True)
        cell_output, inner = self._cell(inputs, inner)
        attended = self._attend(concat(nested.flatten(inner), 1), last)
        with variable_scope("attn_output_projection"):
            output = linear([cell_output, attended], self._size, True)
        last = concat([slice_(last, [0, 1, 0], [-1, -1, -1]), expand_dims(output, 1)], 1)
        new_state = inner, attended, reshape(last, [-1, self._length * self._size])
        return output, new_state if self._state_is_tuple else concat(list(new_state), 1)

    def _parts(self, state: Any) -> Any:
        if not self._state_is_tuple:
            size = self._cell.state_size
            return [slice_(state, [0, begin], [-1, length]) for begin, length in (
                (0, size), (size, self._size), (size + self._size, self._size * self._length))]
        if not isinstance(state, (list, tuple)) or len(state) != 3:
            raise ValueError(f"The state of the cell {self.name} is a tuple of sizes {self.state_size}, but received: "
                             f"{state}. Start from cell.zero_state(batch_size, dtype).")
        return state

    def _attend(self, query: Tensor, last: Tensor) -> Tensor:
        """The mean of the last outputs, weighted by how well they go with the query."""
        with variable_scope("attention"):
            dtype = last.dtype
            kernel = get_variable("attn_w", [1, 1, self._size, self._vector_size], dtype)
            weights = get_variable("attn_v", [self._vector_size], dtype)
            hidden = reshape(last, [-1, self._length, 1, self._size])
            features = conv2d(hidden, kernel, [1, 1, 1, 1], "SAME")
            asked = reshape(linear(query, self._vector_size, True), [-1, 1, 1, self._vector_size])
            attention = softmax(reduce_sum(weights * tanh(features + asked), [2, 3]))
            found = reduce_sum(reshape(attention, [-1, self._length, 1, 1]) * hidden, [1, 2])
            return reshape(found, [-1, self._size])


class EmbeddingWrapper(_OuterCell):
    """A cell whose inputs are numbers of rows of a matrix, `embedding`.

    Args:
      cell: The cell.
      embedding_classes: The number of rows.
      embedding_size: Their size, which is that of the cell's inputs.
      initializer: The initializer of the matrix; by default that of the scope, else uniform numbers of variance 1.
      reuse: Whether the variables exist already in the scope.

    Raises:
      TypeError: If `cell` is no cell.
      ValueError: If a size is not positive.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.EmbeddingWrapper(tf.nn.rnn_cell.GRUCell(3), 10, 4)
      ...     output, state = cell(tf.constant([[1], [7]]), cell.zero_state(2, tf.float32))
      ...     print(output.shape, cell.weights[0])
      (2, 3) <tf.Variable 'embedding_wrapper/embedding:0' shape=(10, 4) dtype=float32_ref>
    """

    def __init__(self, cell: Any, embedding_classes: int, embedding_size: int, initializer: Any = None,
                 reuse: bool | None = None) -> None:
        super().__init__(cell, reuse)
        if embedding_classes <= 0 or embedding_size <= 0:
            raise ValueError("Both embedding_classes and embedding_size must be > 0: "
                             f"{embedding_classes}, {embedding_size}.")
        self._shape = [embedding_classes, embedding_size]
        self._initializer = initializer

    def call(self, inputs: Tensor, state: Any) -> Any:
        """One step; see `RNNCell`."""
        with stacks.default_graph().device("/cpu:0"):
            initializer = self._initializer or get_variable_scope().initializer \
                or RandomUniform(-math.sqrt(3), math.sqrt(3))
            embedding = get_variable("embedding", self._shape, nested.flatten(state)[0].dtype, initializer)
            embedded = embedding_lookup(embedding, reshape(inputs, [-1]))
            return self._cell(embedded, state)


class InputProjectionWrapper(_OuterCell):
    """A cell whose inputs are projected by `kernel` and `bias`.

    Args:
      cell: The cell.
      num_proj: The size of what the cell is given.
      activation: What is applied to that.
      input_size: Accepted for compatibility, without effect.
      reuse: Whether the variables exist already in the scope.

    Raises:
      TypeError: If `cell` is no cell.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.InputProjectionWrapper(tf.nn.rnn_cell.GRUCell(3), 5)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print(output.shape, cell.weights[0])
      (2, 3) <tf.Variable 'input_projection_wrapper/kernel:0' shape=(4, 5) dtype=float32_ref>
    """

    def __init__(self, cell: Any, num_proj: int, activation: Any = None, input_size: int | None = None,
                 reuse: bool | None = None) -> None:
        super().__init__(cell, reuse)
        warn_of_input_size(self, input_size)
        self._num_proj = num_proj
        self._activation = identifiers.activation(activation) if activation else None

    def call(self, inputs: Tensor, state: Any) -> Any:
        """One step; see `RNNCell`."""
        projected = linear(inputs, self._num_proj, True)
        return self._cell(projected if self._activation is None else self._activation(projected), state)


class OutputProjectionWrapper(_OuterCell):
    """A cell whose outputs are projected by `kernel` and `bias`.

    Args:
      cell: The cell.
      output_size: The size of the projected output.
      activation: What is applied to it.
      reuse: Whether the variables exist already in the scope.

    Raises:
      TypeError: If `cell` is no cell.
      ValueError: If `output_size` is not positive.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.OutputProjectionWrapper(tf.nn.rnn_cell.GRUCell(3), 5)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print(output.shape, state.shape)
      (2, 5) (2, 3)
    """

    def __init__(self, cell: Any, output_size: int, activation: Any = None, reuse: bool | None = None) -> None:
        super().__init__(cell, reuse)
        if output_size < 1:
            raise ValueError(f"Parameter output_size must be > 0: {output_size}.")
        self._output_size = output_size
        self._activation = identifiers.activation(activation) if activation else None

    @property
    def output_size(self) -> Any:
        return self._output_size

    def call(self, inputs: Tensor, state: Any) -> Any:
        """One step; see `RNNCell`."""
        output, new_state = self._cell(inputs, state)
        projected = linear(output, self._output_size, True)
        return projected if self._activation is None else self._activation(projected), new_state


class HighwayWrapper(CellWrapper):
    """A cell whose outputs are mixed with its inputs (R. Srivastava et al., 2015, https://arxiv.org/abs/1505.00387).

    With `carry = sigmoid(inputs W + b)`, the output is `inputs * carry + output * (1 - carry)`. Its variables are
    `carry_w` and `carry_b`, and `transform_w` and `transform_b` where the gates are not coupled, in the scope that is
    open.

    Args:
      cell: The cell.
      couple_carry_transform_gates: Whether as much of the output is taken as the inputs leave; otherwise that gate has
        variables of its own.
      carry_bias_init: What the bias starts as; that of the other gate starts as its negative.

    Raises:
      TypeError: If `cell` is no cell.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.HighwayWrapper(tf.nn.rnn_cell.GRUCell(4))
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print(output.shape, [v.op.name for v in tf.global_variables()[-2:]])
      (2, 4) ['carry_w', 'carry_b']
    """

    def __init__(self, cell: Any, couple_carry_transform_gates: bool = True, carry_bias_init: float = 1.0) -> None:
        super().__init__(cell)
        self._is_coupled = couple_carry_transform_gates
        self._first_bias = carry_bias_init
        self._gates: dict[str, list[Any]] = {}

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step; see `RNNCell`.

        Raises:
          TypeError: If inputs and outputs are structures of different types.
          ValueError: If they are of different shapes.
        """
        outputs, new_state = self._cell(inputs, state, scope=scope)
        return nested.map_structure(self._mixed, inputs, outputs), new_state

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables of the gates and of the cell that are trained: none, where this one is not `trainable`."""
        return [*self._trainable_weights, *super().trainable_weights] if self.trainable else []

    def _mixed(self, inputs: Tensor, output: Tensor) -> Tensor:
        inputs.shape.assert_is_compatible_with(output.shape)
        carry = self._gate("carry", inputs, self._first_bias)
        transform = 1 - carry if self._is_coupled else self._gate("transform", inputs, -self._first_bias)
        return inputs * carry + output * transform

    def _gate(self, name: str, inputs: Tensor, first_bias: float) -> Tensor:
        if name not in self._gates:
            size = known_size(inputs)
            self._gates[name] = [get_variable(f"{name}_w", [size, size], inputs.dtype),
                                 get_variable(f"{name}_b", [size], inputs.dtype, Constant(first_bias))]
            for variable in self._gates[name]:
                for part in parts_of(variable):
                    self._remember(part)
        return sigmoid(xw_plus_b(inputs, *self._gates[name]))


class CompiledWrapper(CellWrapper):
    """A cell whose steps are compiled by XLA, which all steps are here: it is the cell inside.

    Args:
      cell: The cell.
      compile_stateful: Accepted for compatibility: random numbers are compiled too.

    Raises:
      TypeError: If `cell` is no cell.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.CompiledWrapper(tf.nn.rnn_cell.GRUCell(3))
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print(output.shape)
      (2, 3)
    """

    def __init__(self, cell: Any, compile_stateful: bool = False) -> None:
        super().__init__(cell)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step; see `RNNCell`."""
        return self._cell(inputs, state, scope=scope)
