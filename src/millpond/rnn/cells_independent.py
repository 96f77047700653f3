"""Cells whose units see their own state only: the recurrent kernel is a row (S. Li et al., 2018, arXiv:1803.04831)."""

from __future__ import annotations

from typing import Any

from millpond import dtypes
from millpond.graph.argument_types import DTypeLike
from millpond.graph.tensor import Tensor
from millpond.layers import identifiers
from millpond.ops.array.constant import constant
from millpond.ops.array.join import split
from millpond.ops.array.pad import tile
from millpond.ops.linalg.matrix import matmul
from millpond.ops.math.arithmetic import add, multiply
from millpond.ops.math.elementwise import sigmoid
from millpond.ops.nn.bias_dropout import bias_add
from millpond.rnn.cell_parts import BIAS, KERNEL
from millpond.rnn.cells_basic import LSTMStateTuple, OneLayerCell, two_of
from millpond.variables.initializers import Constant, RandomUniform, Zeros


class IndependentCell(OneLayerCell):
    """What the three cells share: kernels of inputs and rows of states."""

    def __init__(self, num_units: int, activation: Any = None, reuse: bool | None = None,
                 kernel_initializer: Any = None, bias_initializer: Any = None, name: str | None = None,
                 dtype: DTypeLike | None = None) -> None:
        super().__init__(num_units, activation, reuse, name, dtype)
        self._kernel_initializer = identifiers.initializer(kernel_initializer)
        self._bias_initializer = identifiers.initializer(bias_initializer)

    def _weights(self, input_shape: Any, width: int, first_bias: Any, scope: str = "",
                 input_kernel: str = f"{KERNEL}_w") -> tuple[Any, Any, Any]:
        """The kernel of the inputs, the row of the states, and the bias."""
        bias = first_bias if self._bias_initializer is None else self._bias_initializer
        return (self.add_weight(f"{scope}{input_kernel}", [self._depth(input_shape), width],
                                initializer=self._kernel_initializer),
                self.add_weight(f"{scope}{KERNEL}_u", [1, width], initializer=RandomUniform(-1, 1)),
                self.add_weight(f"{scope}{BIAS}", [width], initializer=bias))


def _gates(inputs: Tensor, state: Tensor, weights: tuple[Any, Any, Any]) -> Tensor:
    kernel, row, bias = weights
    return bias_add(matmul(inputs, kernel) + state * row, bias)


class IndRNNCell(IndependentCell):
    """The plain cell: output and new state are `activation(inputs W + u * state + b)`.

    Its variables are `kernel_w`, `kernel_u`, which starts as uniform numbers in [-1, 1), and `bias`.

    Args:
      num_units: The size of output and state.
      activation: A function, or the name of one; `tf.tanh` by default.
      reuse: Whether the variables exist already in the scope.
      name: Name of the cell, and of its variable scope.
      dtype: The dtype of the variables; by default that of the first input.

    Raises:
      ValueError: If the dtype is no float.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.IndRNNCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print([v.shape.as_list() for v in cell.weights])
      [[4, 3], [1, 3], [3]]
    """

    def __init__(self, num_units: int, activation: Any = None, reuse: bool | None = None, name: str | None = None,
                 dtype: DTypeLike | None = None) -> None:
        super().__init__(num_units, activation, reuse, name=name, dtype=dtype)

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        self._variables = self._weights(input_shape, self._num_units, Zeros())
        self.built = True

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One step; see `RNNCell`."""
        output = self._activation(_gates(inputs, state, self._variables))
        return output, output


class IndyGRUCell(IndependentCell):
    """`tf.nn.rnn_cell.GRUCell`, whose units see their own state only.

    Its variables are `gates/kernel_w`, `gates/kernel_u`, `gates/bias`, `candidate/kernel`, `candidate/kernel_u` and
    `candidate/bias`.

    Args:
      num_units: The size of output and state.
      activation: A function, or the name of one; `tf.tanh` by default.
      reuse: Whether the variables exist already in the scope.
      kernel_initializer, bias_initializer: Initializers of the kernels of inputs, and of both biases.
      name: Name of the cell, and of its variable scope.
      dtype: The dtype of the variables; by default that of the first input.

    Raises:
      ValueError: If the dtype is no float.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.IndyGRUCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print([v.shape.as_list() for v in cell.weights])
      [[4, 6], [1, 6], [6], [4, 3], [1, 3], [3]]
    """

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        self._gate_variables = self._weights(input_shape, 2 * self._num_units, Constant(1.0), "gates/")
        self._candidate_variables = self._weights(input_shape, self._num_units, Zeros(), "candidate/", KERNEL)
        self.built = True

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One step; see `RNNCell`."""
        r, u = split(sigmoid(_gates(inputs, tile(state, [1, 2]), self._gate_variables)), 2, axis=1)
        c = self._activation(_gates(inputs, r * state, self._candidate_variables))
        new_state = u * state + (1 - u) * c
        return new_state, new_state


class IndyLSTMCell(IndependentCell):
    """`tf.nn.rnn_cell.BasicLSTMCell`, whose units see their own state only.

    Its variables are `kernel_w`, `kernel_u` and `bias`.

    Args:
      num_units: The size of output, c and h.
      forget_bias: What is added to the forget gate, so that it stands open in the beginning.
      activation: A function, or the name of one; `tf.tanh` by default.
      reuse: Whether the variables exist already in the scope.
      kernel_initializer, bias_initializer: Initializers of the kernel of inputs, and of the bias.
      name: Name of the cell, and of its variable scope.
      dtype: The dtype of the variables; by default that of the first input.

    Raises:
      ValueError: If the dtype is no float.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.IndyLSTMCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print([v.shape.as_list() for v in cell.weights])
      [[4, 12], [1, 12], [12]]
    """

    def __init__(self, num_units: int, forget_bias: float = 1.0, activation: Any = None, reuse: bool | None = None,
                 kernel_initializer: Any = None, bias_initializer: Any = None, name: str | None = None,
                 dtype: DTypeLike | None = None) -> None:
        super().__init__(num_units, activation, reuse, kernel_initializer, bias_initializer, name, dtype)
        self._forget_bias = forget_bias

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self._num_units)

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        self._variables = self._weights(input_shape, 4 * self._num_units, Zeros())
        self.built = True

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, LSTMStateTuple]:
        """One step; see `RNNCell`."""
        c, h = two_of(self, state)
        i, j, f, o = split(_gates(inputs, tile(h, [1, 4]), self._variables), 4, axis=constant(1, dtypes.int32))
        forget = sigmoid(add(f, constant(self._forget_bias, f.dtype)))
        new_c = add(multiply(c, forget), multiply(sigmoid(i), self._activation(j)))
        new_h = multiply(self._activation(new_c), sigmoid(o))
        return new_h, LSTMStateTuple(new_c, new_h)
