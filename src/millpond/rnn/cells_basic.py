"""The cells of `tf.nn.rnn_cell` that are one layer: the plain one, the GRU, and the LSTM in two forms.

The gates of the LSTMs lie in the columns of one kernel in the order i, j, f, o: input gate, new input, forget gate,
output gate. Those of the GRU are r, u: reset gate, update gate.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from millpond import dtypes
from millpond.graph.argument_types import DTypeLike
from millpond.graph.tensor import Tensor
from millpond.layers import identifiers
from millpond.layers.input_spec import InputSpec
from millpond.logs import LOGGER
from millpond.ops.array.constant import constant
from millpond.ops.array.join import concat, split
from millpond.ops.array.slicing import slice_
from millpond.ops.linalg.matrix import matmul
from millpond.ops.math.arithmetic import add, multiply
from millpond.ops.math.elementwise import sigmoid
from millpond.ops.nn.bias_dropout import bias_add
from millpond.rnn.cell_parts import BIAS, KERNEL, Peepholes, clipped, lstm_step
from millpond.rnn.cells_base import (
    LayerRNNCell,
    RNNCell,
    activation_of,
    check_dtype,
    check_inputs_and_state,
    warn_of_input_size,
)
from millpond.variables.initializers import Constant, Zeros
from millpond.variables.partitioning import fixed_size_partitioner


class _LSTMStateTuple(NamedTuple):
    c: Any
    h: Any


class LSTMStateTuple(_LSTMStateTuple):
    """The state of an LSTM: `c`, what it remembers, and `h`, its last output.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     state = tf.nn.rnn_cell.BasicLSTMCell(3).zero_state(2, tf.float32)
      >>> print(state.c.shape, state.h.shape, state.dtype)
      (2, 3) (2, 3) <dtype: 'float32'>
    """

    __slots__ = ()

    @property
    def dtype(self) -> Any:
        """The dtype of both.

        Raises:
          TypeError: If they differ.
        """
        if self.c.dtype != self.h.dtype:
            raise TypeError(f"Inconsistent internal state: {self.c.dtype.name} vs {self.h.dtype.name}")
        return self.c.dtype


class OneLayerCell(LayerRNNCell):
    """What the cells share: matrices of inputs, `num_units` outputs, an activation."""

    def __init__(self, num_units: int, activation: Any = None, reuse: bool | None = None, name: str | None = None,
                 dtype: DTypeLike | None = None, **kwargs: Any) -> None:
        input_size = kwargs.pop("input_size", None)
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        warn_of_input_size(self, input_size)
        check_dtype(self)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activation_of(activation)

    @property
    def state_size(self) -> Any:
        return self._num_units

    @property
    def output_size(self) -> Any:
        return self._num_units

    def _multiplied(self, inputs: Tensor, state: Tensor, kernel: Any, bias: Any) -> Tensor:
        """`[inputs, state] kernel + bias`."""
        return bias_add(matmul(concat([inputs, state], 1), kernel), bias)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a cell like this one, as plain values."""
        return {**super().get_config(), "num_units": self._num_units,
                "activation": identifiers.activation_name(self._activation), "reuse": self._reuse}


class BasicRNNCell(OneLayerCell):
    """The plain recurrent cell: output and new state are `activation(inputs W + state U + b)` (J. Elman, 1990).

    Its variables are `kernel`, W above U, and `bias`, which starts as zeros.

    Args:
      num_units: The size of output and state.
      activation: A function, or the name of one; `tf.tanh` by default.
      reuse: Whether the variables exist already in the scope.
      name: Name of the cell, and of its variable scope.
      dtype: The dtype of the variables; by default that of the first input.
      **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If the dtype is no float.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.nn.rnn_cell.BasicRNNCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print(output is state, [v.name for v in cell.weights])
      True ['basic_rnn_cell/kernel:0', 'basic_rnn_cell/bias:0']
    """

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        depth = self._depth(input_shape)
        check_dtype(self)
        self._kernel = self.add_weight(KERNEL, [depth + self._num_units, self._num_units])
        self._bias = self.add_weight(BIAS, [self._num_units], initializer=Zeros())
        self.built = True

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One step; see `RNNCell`."""
        check_inputs_and_state(self, inputs, state)
        output = self._activation(self._multiplied(inputs, state, self._kernel, self._bias))
        return output, output


class GRUCell(OneLayerCell):
    """The gated recurrent unit (K. Cho et al., 2014, https://arxiv.org/abs/1406.1078).

    With `r, u = sigmoid([inputs, state] W + b)` and `c = activation([inputs, r * state] V + d)`, output and new state
    are `u * state + (1 - u) * c`. Its variables are `gates/kernel`, `gates/bias`, which starts as ones,
    `candidate/kernel` and `candidate/bias`, which starts as zeros.

    Args:
      num_units: The size of output and state.
      activation: A function, or the name of one; `tf.tanh` by default.
      reuse: Whether the variables exist already in the scope.
      kernel_initializer, bias_initializer: Initializers of the kernels and of both biases.
      name: Name of the cell, and of its variable scope.
      dtype: The dtype of the variables; by default that of the first input.
      **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If the dtype is no float.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.nn.rnn_cell.GRUCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print(output.shape, [v.name for v in cell.weights[:2]])
      (2, 3) ['gru_cell/gates/kernel:0', 'gru_cell/gates/bias:0']
    """

    def __init__(self, num_units: int, activation: Any = None, reuse: bool | None = None,
                 kernel_initializer: Any = None, bias_initializer: Any = None, name: str | None = None,
                 dtype: DTypeLike | None = None, **kwargs: Any) -> None:
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)
        self._kernel_initializer = identifiers.initializer(kernel_initializer)
        self._bias_initializer = identifiers.initializer(bias_initializer)

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        rows = self._depth(input_shape) + self._num_units
        check_dtype(self)
        given = self._bias_initializer
        self._gate_kernel = self.add_weight(f"gates/{KERNEL}", [rows, 2 * self._num_units],
                                            initializer=self._kernel_initializer)
        self._gate_bias = self.add_weight(f"gates/{BIAS}", [2 * self._num_units],
                                          initializer=Constant(1.0) if given is None else given)
        self._candidate_kernel = self.add_weight(f"candidate/{KERNEL}", [rows, self._num_units],
                                                 initializer=self._kernel_initializer)
        self._candidate_bias = self.add_weight(f"candidate/{BIAS}", [self._num_units],
                                               initializer=Zeros() if given is None else given)
        self.built = True

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One step; see `RNNCell`."""
        check_inputs_and_state(self, inputs, state)
        gates = sigmoid(self._multiplied(inputs, state, self._gate_kernel, self._gate_bias))
        r, u = split(gates, 2, axis=1)
        c = self._activation(self._multiplied(inputs, r * state, self._candidate_kernel, self._candidate_bias))
        new_state = u * state + (1 - u) * c
        return new_state, new_state

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a cell like this one; initializers as they are."""
        return {**super().get_config(), "kernel_initializer": self._kernel_initializer,
                "bias_initializer": self._bias_initializer}


class BasicLSTMCell(OneLayerCell):
    """The LSTM without peepholes, clipping and projection (W. Zaremba et al., 2014, https://arxiv.org/abs/1409.2329).

    With `i, j, f, o = [inputs, h] W + b`, the new c is `c * sigmoid(f + forget_bias) + sigmoid(i) * activation(j)`, and
    the output and new h `activation(c) * sigmoid(o)`. Its variables are `kernel` and `bias`, which starts as zeros.

    Args:
      num_units: The size of output, c and h.
      forget_bias: What is added to the forget gate, so that it stands open in the beginning. 0 for checkpoints of
        cuDNN.
      state_is_tuple: Whether the state is an `LSTMStateTuple`; otherwise c and h are one tensor, side by side.
      activation: A function, or the name of one; `tf.tanh` by default.
      reuse: Whether the variables exist already in the scope.
      name: Name of the cell, and of its variable scope.
      dtype: The dtype of the variables; by default that of the first input.
      **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If the dtype is no float.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.nn.rnn_cell.BasicLSTMCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print(output is state.h, [v.shape.as_list() for v in cell.weights])
      True [[7, 12], [12]]
    """

    def __init__(self, num_units: int, forget_bias: float = 1.0, state_is_tuple: bool = True, activation: Any = None,
                 reuse: bool | None = None, name: str | None = None, dtype: DTypeLike | None = None,
                 **kwargs: Any) -> None:
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)
        warn_of_concatenated_state(self, state_is_tuple)
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self._num_units) if self._state_is_tuple else 2 * self._num_units

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        depth = self._depth(input_shape)
        check_dtype(self)
        self._kernel = self.add_weight(KERNEL, [depth + self._num_units, 4 * self._num_units])
        self._bias = self.add_weight(BIAS, [4 * self._num_units], initializer=Zeros())
        self.built = True

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One step; see `RNNCell`."""
        check_inputs_and_state(self, inputs, state)
        one = constant(1, dtypes.int32)
        c, h = two_of(self, state) if self._state_is_tuple else split(state, 2, axis=one)
        i, j, f, o = split(self._multiplied(inputs, h, self._kernel, self._bias), 4, axis=one)
        forget_bias = constant(self._forget_bias, f.dtype)
        new_c = add(multiply(c, sigmoid(add(f, forget_bias))), multiply(sigmoid(i), self._activation(j)))
        new_h = multiply(self._activation(new_c), sigmoid(o))
        return new_h, LSTMStateTuple(new_c, new_h) if self._state_is_tuple else concat([new_c, new_h], 1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a cell like this one, as plain values."""
        return {**super().get_config(), "forget_bias": self._forget_bias, "state_is_tuple": self._state_is_tuple}


class LSTMCell(OneLayerCell):
    """The LSTM (S. Hochreiter and J. Schmidhuber, 1997; H. Sak et al., 2014), with all that may be added to it.

    With `i, j, f, o = [inputs, m] W + b`, peepholes, a clipped memory and a projection P:

        c = c * sigmoid(f + forget_bias + w_f * c) + sigmoid(i + w_i * c) * activation(j),  clipped
        m = (sigmoid(o + w_o * c) * activation(c)) P,  clipped

    Its variables are `kernel` (W), `bias`, which starts as zeros, `w_f_diag`, `w_i_diag`, `w_o_diag` where there are
    peepholes, and `projection/kernel` (P) where there is a projection.

    Args:
      num_units: The size of c.
      use_peepholes: Whether the gates see c.
      cell_clip: A bound for the absolute value of c.
      initializer: The initializer of kernels and peepholes.
      num_proj: The size of the output and of m, if they are projected.
      proj_clip: A bound for the absolute value of the projected output.
      num_unit_shards, num_proj_shards: Into how many parts the kernel and the projection are cut.
      forget_bias: What is added to the forget gate, so that it stands open in the beginning. 0 for checkpoints of
        cuDNN.
      state_is_tuple: Whether the state is an `LSTMStateTuple` of c and m; otherwise they are one tensor, side by side.
      activation: A function, or the name of one; `tf.tanh` by default.
      reuse: Whether the variables exist already in the scope.
      name: Name of the cell, and of its variable scope.
      dtype: The dtype of the variables; by default that of the first input.
      **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If the dtype is no float.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.nn.rnn_cell.LSTMCell(3, num_proj=2)
      ...     output, state = cell(tf.ones([5, 4]), cell.zero_state(5, tf.float32))
      ...     print(output.shape, state.c.shape, [v.name for v in cell.weights[2:]])
      (5, 2) (5, 3) ['lstm_cell/projection/kernel:0']
    """

    def __init__(self, num_units: int, use_peepholes: bool = False, cell_clip: float | None = None,
                 initializer: Any = None, num_proj: int | None = None, proj_clip: float | None = None,
                 num_unit_shards: int | None = None, num_proj_shards: int | None = None, forget_bias: float = 1.0,
                 state_is_tuple: bool = True, activation: Any = None, reuse: bool | None = None,
                 name: str | None = None, dtype: DTypeLike | None = None, **kwargs: Any) -> None:
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)
        warn_of_concatenated_state(self, state_is_tuple)
        if num_unit_shards is not None or num_proj_shards is not None:
            LOGGER.warning("%s: num_unit_shards and num_proj_shards are deprecated: use a variable scope with a "
                           "partitioner instead.", self.name)
        self._use_peepholes, self._cell_clip = use_peepholes, cell_clip
        self._initializer = identifiers.initializer(initializer)
        self._num_proj, self._proj_clip = num_proj, proj_clip
        self._num_unit_shards, self._num_proj_shards = num_unit_shards, num_proj_shards
        self._forget_bias, self._state_is_tuple = forget_bias, state_is_tuple
        self._peepholes: Peepholes | None = None

    @property
    def state_size(self) -> Any:
        sizes = LSTMStateTuple(self._num_units, self.output_size)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        return self._num_proj or self._num_units

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        rows = self._depth(input_shape) + self.output_size
        check_dtype(self)
        self._kernel = self.add_weight(KERNEL, [rows, 4 * self._num_units], initializer=self._initializer,
                                       partitioner=_shards(self._num_unit_shards))
        self._bias = self.add_weight(BIAS, [4 * self._num_units], initializer=Zeros())
        if self._use_peepholes:
            self._peepholes = Peepholes(*[
                self.add_weight(name, [self._num_units], initializer=self._initializer)
                for name in ("w_f_diag", "w_i_diag", "w_o_diag")])
        if self._num_proj:
            self._proj_kernel = self.add_weight(
                f"projection/{KERNEL}", [self._num_units, self._num_proj], initializer=self._initializer,
                partitioner=_shards(self._num_proj_shards))
        self.built = True

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One step; see `RNNCell`."""
        check_inputs_and_state(self, inputs, state)
        if self._state_is_tuple:
            c, m = two_of(self, state)
        else:
            c = slice_(state, [0, 0], [-1, self._num_units])
            m = slice_(state, [0, self._num_units], [-1, self.output_size])
        i, j, f, o = split(self._multiplied(inputs, m, self._kernel, self._bias), 4, axis=1)
        new_c, new_m = lstm_step((i, j, f, o), c, self._forget_bias, self._activation, self._peepholes, self._cell_clip)
        if self._num_proj:
            new_m = clipped(matmul(new_m, self._proj_kernel), self._proj_clip)
        return new_m, LSTMStateTuple(new_c, new_m) if self._state_is_tuple else concat([new_c, new_m], 1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a cell like this one; the initializer as it is."""
        own = ("use_peepholes", "cell_clip", "initializer", "num_proj", "proj_clip", "num_unit_shards",
               "num_proj_shards", "forget_bias", "state_is_tuple")
        return {**super().get_config(), **{name: getattr(self, f"_{name}") for name in own}}


def _shards(count: int | None) -> Any:
    return None if count is None else fixed_size_partitioner(count)


def warn_of_concatenated_state(cell: RNNCell, state_is_tuple: bool) -> None:
    """Tells the user that a state in one tensor costs time."""
    if not state_is_tuple:
        LOGGER.warning("%s: Using a concatenated state is slower and will soon be deprecated. Use state_is_tuple=True.",
                       cell.name)


def two_of(cell: RNNCell, state: Any) -> tuple[Any, Any]:
    """The two parts of the state of an LSTM.

    Raises:
      ValueError: If the state is no pair.
    """
    if not isinstance(state, (list, tuple, np.ndarray)) or len(state) != 2:
        raise ValueError(f"The state of the cell {cell.name} is an LSTMStateTuple of c and h, of sizes "
                         f"{cell.state_size}, but received: {state}. Start from cell.zero_state(batch_size, dtype).")
    return state[0], state[1]
