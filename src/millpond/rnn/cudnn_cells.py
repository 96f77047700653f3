"""Cells that compute what the layers of `tf.contrib.cudnn_rnn` do, step by step and from the same checkpoints."""

from __future__ import annotations

from typing import Any

from millpond.graph.tensor import Tensor
from millpond.ops.array.join import split
from millpond.ops.linalg.matrix import matmul
from millpond.ops.math.elementwise import sigmoid
from millpond.ops.nn.bias_dropout import bias_add
from millpond.rnn.cells_basic import GRUCell
from millpond.rnn.fused_cells import LSTMBlockCell
from millpond.variables.initializers import Constant, Zeros


class CudnnCompatibleLSTMCell(LSTMBlockCell):
    """The LSTM of `tf.contrib.cudnn_rnn.CudnnLSTM`, one time step at a time: without forget bias and peepholes.

    Args:
      num_units: The size of output, c and h.
      reuse: Whether the variables exist already in the scope.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.nn.rnn_cell.MultiRNNCell([tf.contrib.cudnn_rnn.CudnnCompatibleLSTMCell(3)])
      ...     outputs, _ = tf.nn.dynamic_rnn(cell, tf.zeros([2, 5, 4]), dtype=tf.float32)
      ...     print(tf.global_variables()[0].name)
      rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell/kernel:0
    """

    def __init__(self, num_units: int, reuse: bool | None = None) -> None:
        super().__init__(num_units, forget_bias=0.0, cell_clip=None, use_peephole=False, reuse=reuse,
                         name="cudnn_compatible_lstm_cell")


class CudnnCompatibleGRUCell(GRUCell):
    """The gated recurrent unit of `tf.contrib.cudnn_rnn.CudnnGRU`, one time step at a time.

    With `r, u = sigmoid([inputs, state] W + b)` and `c = tanh(inputs V + d + r * (state R + e))`, output and new state
    are `u * state + (1 - u) * c`: unlike in `tf.nn.rnn_cell.GRUCell`, the state is multiplied before it is reset.

    Args:
      num_units: The size of output and state.
      reuse: Whether the variables exist already in the scope.
      kernel_initializer: The initializer of the kernels.

    Raises:
      ValueError: When it is called, if the size of the inputs is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print([v.name.split("/", 1)[1] for v in cell.weights if "kernel" in v.name])
      ['gates/kernel:0', 'candidate/input_projection/kernel:0', 'candidate/hidden_projection/kernel:0']
    """

    def __init__(self, num_units: int, reuse: bool | None = None, kernel_initializer: Any = None) -> None:
        super().__init__(num_units, activation=None, reuse=reuse, kernel_initializer=kernel_initializer)

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        depth, units = self._depth(input_shape), self._num_units
        given = self._bias_initializer
        zeros = Zeros() if given is None else given
        kernel = self._kernel_initializer
        self._gate_kernel = self.add_weight("gates/kernel", [depth + units, 2 * units], initializer=kernel)
        self._gate_bias = self.add_weight("gates/bias", [2 * units],
                                          initializer=Constant(1.0) if given is None else given)
        self._input_kernel = self.add_weight("candidate/input_projection/kernel", [depth, units], initializer=kernel)
        self._hidden_kernel = self.add_weight("candidate/hidden_projection/kernel", [units, units], initializer=kernel)
        self._input_bias = self.add_weight("candidate/input_projection/bias", [units], initializer=zeros)
        self._hidden_bias = self.add_weight("candidate/hidden_projection/bias", [units], initializer=zeros)
        self.built = True

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One step; see `RNNCell`."""
        gates = sigmoid(self._multiplied(inputs, state, self._gate_kernel, self._gate_bias))
        r, u = split(gates, 2, axis=1)
        candidate = self._activation(bias_add(matmul(inputs, self._input_kernel), self._input_bias)
                                     + r * bias_add(matmul(state, self._hidden_kernel), self._hidden_bias))
        new_state = (1 - u) * candidate + u * state
        return new_state, new_state
