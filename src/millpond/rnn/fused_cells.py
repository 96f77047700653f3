"""Recurrent cells that are one op for a time step, and networks that are one op for all of them."""

from __future__ import annotations

import abc
from typing import Any

from millpond import dtypes
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.layers.base import Layer
from millpond.layers.input_spec import InputSpec
from millpond.ops.array.fill import range_, zeros
from millpond.ops.array.gather import gather_nd
from millpond.ops.array.join import concat, stack, unstack
from millpond.ops.array.pad import tile
from millpond.ops.array.shape import expand_dims
from millpond.ops.array.shape import shape as shape_of
from millpond.ops.array.transpose import transpose
from millpond.ops.math.cast import cast
from millpond.ops.math.reduction import reduce_max
from millpond.ops.math.sequences import reverse, reverse_sequence, sequence_mask
from millpond.ops.nn.gru_block import GRU_BLOCK_CELL
from millpond.ops.nn.lstm_block import BLOCK_LSTM, LSTM_BLOCK_CELL
from millpond.rnn.cells_base import LayerRNNCell
from millpond.rnn.cells_basic import LSTMStateTuple
from millpond.rnn.dynamic_loops import dynamic_rnn
from millpond.rnn.static_loops import static_rnn
from millpond.shapes import as_shape
from millpond.variables.initializers import Constant, Zeros


class _LSTMWeights:
    """The variables of an LSTM that is one op; they are named as those of `tf.nn.rnn_cell.LSTMCell`."""

    def __init__(self, layer: Layer, input_size: int, num_units: int, use_peephole: bool) -> None:
        self.kernel = layer.add_weight("kernel", [input_size + num_units, num_units * 4])
        self.bias = layer.add_weight("bias", [num_units * 4], initializer=Zeros())
        self.diagonals: tuple[Any, ...] = ()
        if use_peephole:
            self.diagonals = tuple(layer.add_weight(name, [num_units])
                                   for name in ("w_i_diag", "w_f_diag", "w_o_diag"))

    def peepholes(self, num_units: int, dtype: DTypeLike) -> tuple[Any, ...]:
        """wci, wcf and wco, zeros where there are none."""
        return self.diagonals or (zeros([num_units], dtype),) * 3


class LSTMBlockCell(LayerRNNCell):
    """An LSTM whose time step is one op (W. Zaremba et al., 2014, https://arxiv.org/abs/1409.2329).

    Its variables are those of `tf.nn.rnn_cell.LSTMCell`, so that checkpoints fit both; `ops/nn/lstm_block.py` has the
    formula.

    Args:
      num_units: The size of output, c and h.
      forget_bias: What is added to the forget gate.
      cell_clip: A bound for the absolute value of c; none by default.
      use_peephole: Whether the gates see c.
      dtype: The dtype of the variables; by default that of the first input.
      reuse: Whether the variables exist already in the scope.
      name: Name of the cell, and of its variable scope.

    Raises:
      ValueError: When it is called, if the size of the inputs is not known, or the state is not two tensors.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.LSTMBlockCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print(output.shape, [v.name for v in cell.weights])
      (2, 3) ['lstm_cell/kernel:0', 'lstm_cell/bias:0']
    """

    def __init__(self, num_units: int, forget_bias: float = 1.0, cell_clip: float | None = None,
                 use_peephole: bool = False, dtype: DTypeLike | None = None, reuse: bool | None = None,
                 name: str = "lstm_cell") -> None:
        super().__init__(_reuse=reuse, dtype=dtype, name=name)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._cell_clip = -1.0 if cell_clip is None else cell_clip
        self._use_peephole = use_peephole
        self.input_spec = InputSpec(ndim=2)

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        return self._num_units

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        self._weights = _LSTMWeights(self, self._depth(input_shape), self._num_units, self._use_peephole)
        self.built = True

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One step; see `RNNCell`."""
        if len(state) != 2:
            raise ValueError(f"Expecting state to be a tuple with length 2, by the cell {self.name}, not {state}")
        cs, h = state
        peepholes = self._weights.peepholes(self._num_units, inputs.dtype)
        made = LSTM_BLOCK_CELL(inputs, cs, h, self._weights.kernel, *peepholes, self._weights.bias,
                               forget_bias=self._forget_bias, cell_clip=self._cell_clip,
                               use_peephole=self._use_peephole)
        return made.h, LSTMStateTuple(made.cs, made.h)


class GRUBlockCell(LayerRNNCell):
    """A gated recurrent unit whose time step is one op (K. Cho et al., 2014, https://arxiv.org/abs/1406.1078).

    Its variables are `w_ru`, `b_ru`, which starts as ones, `w_c` and `b_c`; `ops/nn/gru_block.py` has the formula.
    Those of `GRUBlockCellV2` are named as those of `tf.nn.rnn_cell.GRUCell`.

    Args:
      num_units: The size of output and state.
      cell_size: The old name of `num_units`.
      reuse: Whether the variables exist already in the scope.
      name: Name of the cell, and of its variable scope.
      dtype: The dtype of the variables; by default that of the first input.

    Raises:
      ValueError: If not exactly one of `num_units` and `cell_size` is given; when it is called, if the size of the
        inputs is not known or that of the state is another.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.GRUBlockCellV2(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print(output.shape, [v.name for v in cell.weights[:2]])
      (2, 3) ['gru_cell/gates/kernel:0', 'gru_cell/gates/bias:0']
    """

    _variable_names = ("w_ru", "b_ru", "w_c", "b_c")

    def __init__(self, num_units: int | None = None, cell_size: int | None = None, reuse: bool | None = None,
                 name: str = "gru_cell", dtype: DTypeLike | None = None) -> None:
        super().__init__(_reuse=reuse, dtype=dtype, name=name)
        if (cell_size is None) == (num_units is None):
            raise ValueError("Exactly one of num_units or cell_size must be provided.")
        self._cell_size: Any = cell_size if num_units is None else num_units
        self.input_spec = InputSpec(ndim=2)

    @property
    def state_size(self) -> int:
        return int(self._cell_size)

    @property
    def output_size(self) -> int:
        return int(self._cell_size)

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        rows, size = self._depth(input_shape) + self.state_size, self.state_size
        gate_kernel, gate_bias, kernel, bias = self._variable_names
        self._gate_kernel = self.add_weight(gate_kernel, [rows, 2 * size])
        self._gate_bias = self.add_weight(gate_bias, [2 * size], initializer=Constant(1.0))
        self._candidate_kernel = self.add_weight(kernel, [rows, size])
        self._candidate_bias = self.add_weight(bias, [size], initializer=Zeros())
        self.built = True

    def call(self, inputs: Tensor, h_prev: TensorLike) -> tuple[Tensor, Tensor]:
        """One step; see `RNNCell`."""
        state: Tensor = convert_to_tensor(h_prev)
        size = state.shape.with_rank(2).as_list()[1]
        if size != self._cell_size:
            raise ValueError(f"Shape of h_prev[1] incorrect: cell_size {self._cell_size} vs {size}, by the cell "
                             f"{self.name}")
        new_h = GRU_BLOCK_CELL(inputs, state, self._gate_kernel, self._candidate_kernel, self._gate_bias,
                               self._candidate_bias).h
        return new_h, new_h


class GRUBlockCellV2(GRUBlockCell):
    __doc__ = GRUBlockCell.__doc__

    _variable_names = ("gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")


class LSTMBlockWrapper(Layer, abc.ABC):
    """What LSTMs share that run over all time steps at once: states, lengths and lists.

    A subclass says `num_units`, and runs in `_call_cell`.
    """

    @property
    @abc.abstractmethod
    def num_units(self) -> int:
        """The size of output and state."""

    @abc.abstractmethod
    def _call_cell(self, inputs: Tensor, initial_cell_state: Any, initial_output: Any, dtype: DTypeLike,
                   sequence_length: Tensor | None) -> tuple[Tensor, Tensor]:
        """The cell states and the outputs of all steps, both `[time, batch_size, num_units]`.

        Args:
          inputs: `[time, batch_size, input_size]`.
          initial_cell_state, initial_output: `[batch_size, num_units]`.
          dtype: Of the states and the outputs.
          sequence_length: An integer vector `[batch_size]`, or None.
        """

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Runs over all time steps; see `call`."""
        if not isinstance(inputs, list):
            return super().__call__(inputs, *args, **kwargs)
        outputs, state = super().__call__(stack(inputs), *args, **kwargs)
        return unstack(outputs), state

    def call(self, inputs: Tensor, initial_state: Any = None, dtype: DTypeLike | None = None,
             sequence_length: TensorLike | None = None) -> tuple[Tensor, Any]:
        """Runs over all time steps.

        Args:
          inputs: A tensor `[time, batch_size, input_size]`; when called, a list of tensors `[batch_size, input_size]`
            too.
          initial_state: Cell state and output before the first step; zeros if omitted.
          dtype: The dtype of those; needed where they are omitted.
          sequence_length: An integer vector `[batch_size]`. A sequence that has ended gives zeros, and keeps its state.

        Returns:
          The outputs, `[time, batch_size, num_units]` or a list as the inputs, and the last state, an `LSTMStateTuple`.

        Raises:
          ValueError: If the size of the inputs is not known, the state is not two tensors, or there is neither state
            nor dtype.
        """
        sizes = inputs.shape.with_rank(3).as_list()
        if sizes[2] is None:
            raise ValueError(f"Expecting inputs_shape[2] to be set: {inputs.shape}, by {self.name}")
        batch_size: Any = shape_of(inputs)[1] if sizes[1] is None else sizes[1]
        if initial_state is None:
            if dtype is None:
                raise ValueError("Either initial_state or dtype needs to be specified")
            initial_state = (zeros(stack([batch_size, self.num_units]), dtype),) * 2
        elif len(initial_state) != 2:
            raise ValueError("Expecting initial_state to be a tuple with length 2 or None")
        first_cell_state, first_output = (convert_to_tensor(part) for part in initial_state)
        dtype = first_cell_state.dtype if dtype is None else dtypes.as_dtype(dtype)
        if sequence_length is None:
            cell_states, outputs = self._call_cell(inputs, first_cell_state, first_output, dtype, None)
            return outputs, LSTMStateTuple(cell_states[-1], outputs[-1])
        lengths: Tensor = convert_to_tensor(sequence_length)
        cell_states, outputs = self._call_cell(inputs, first_cell_state, first_output, dtype, lengths)
        time: Any = shape_of(inputs)[0] if sizes[0] is None else sizes[0]
        mask = transpose(sequence_mask(lengths, time, dtype=dtype), [1, 0])
        outputs = outputs * tile(expand_dims(mask, -1), [1, 1, self.num_units])
        # The state after a sequence's last step; before it has any, the initial one.
        places = stack([lengths, cast(range_(batch_size), lengths.dtype)], axis=1)
        last = [gather_nd(concat([expand_dims(first, 0), of_steps], 0), places)
                for first, of_steps in ((first_cell_state, cell_states), (first_output, outputs))]
        return outputs, LSTMStateTuple(*last)


class LSTMBlockFusedCell(LSTMBlockWrapper):
    """An LSTM that runs over all time steps as one op (W. Zaremba et al., 2014, https://arxiv.org/abs/1409.2329).

    Its variables are named as those of `tf.nn.rnn_cell.LSTMCell`; `ops/nn/lstm_block.py` has the formula.

    Args:
      num_units: The size of output, c and h.
      forget_bias: What is added to the forget gate.
      cell_clip: A bound for the absolute value of c; none by default.
      use_peephole: Whether the gates see c.
      reuse: Whether the variables exist already in the scope.
      dtype: The dtype of the variables; by default that of the first input.
      name: Name of the layer, and of its variable scope.

    Raises:
      ValueError: When it is called, if the size of the inputs is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x = tf.placeholder(tf.float32, [20, None, 4])
      ...     outputs, state = tf.contrib.rnn.LSTMBlockFusedCell(3)(x, dtype=tf.float32)
      ...     print(outputs.shape, state.h.shape)
      (20, ?, 3) (?, 3)
    """

    def __init__(self, num_units: int, forget_bias: float = 1.0, cell_clip: float | None = None,
                 use_peephole: bool = False, reuse: bool | None = None, dtype: DTypeLike | None = None,
                 name: str = "lstm_fused_cell") -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._cell_clip = -1.0 if cell_clip is None else cell_clip
        self._use_peephole = use_peephole
        self.input_spec = InputSpec(ndim=3)

    @property
    def num_units(self) -> int:
        return self._num_units

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        size = as_shape(input_shape).as_list()[2]
        if size is None:
            raise ValueError(f"Expecting inputs_shape[2] to be set: {input_shape}, by {self.name}")
        self._weights = _LSTMWeights(self, size, self._num_units, self._use_peephole)
        self.built = True

    def _call_cell(self, inputs: Tensor, initial_cell_state: Any, initial_output: Any, dtype: DTypeLike,
                   sequence_length: Tensor | None) -> tuple[Tensor, Tensor]:
        time = inputs.shape.as_list()[0]
        if sequence_length is not None:
            count = cast(reduce_max(sequence_length), dtypes.int64)
        else:
            count = cast(shape_of(inputs)[0] if time is None else time, dtypes.int64)
        made = BLOCK_LSTM(
            count, inputs, initial_cell_state, initial_output, self._weights.kernel,
            *self._weights.peepholes(self._num_units, dtype), self._weights.bias, forget_bias=self._forget_bias,
            cell_clip=self._cell_clip, use_peephole=self._use_peephole)
        return made.cs, made.h


class FusedRNNCell(abc.ABC):
    """A recurrent network that is called on all time steps at once."""

    @abc.abstractmethod
    def __call__(self, inputs: Any, initial_state: Any = None, dtype: DTypeLike | None = None,
                 sequence_length: TensorLike | None = None, scope: Any = None) -> tuple[Any, Any]:
        """Runs over all time steps.

        Args:
          inputs: A tensor `[time, batch_size, input_size]`, or a list of tensors `[batch_size, input_size]`.
          initial_state: The state before the first step; zeros if omitted.
          dtype: The dtype of that state and of the outputs; needed where it is omitted.
          sequence_length: An integer vector `[batch_size]`.
          scope: A variable scope, or its name.

        Returns:
          The outputs, a tensor or a list as the inputs are, and the last state.
        """


class FusedRNNCellAdaptor(FusedRNNCell):
    """A recurrent cell as what is called on all time steps at once.

    Args:
      cell: The recurrent cell.
      use_dynamic_rnn: Whether it loops in the graph; otherwise it is unrolled.
    """

    def __init__(self, cell: Any, use_dynamic_rnn: bool = False) -> None:
        self._cell = cell
        self._use_dynamic_rnn = use_dynamic_rnn

    def __call__(self, inputs: Any, initial_state: Any = None, dtype: DTypeLike | None = None,
                 sequence_length: TensorLike | None = None, scope: Any = None) -> tuple[Any, Any]:
        """Runs over all time steps; see `FusedRNNCell`."""
        is_list = isinstance(inputs, list)
        if self._use_dynamic_rnn:
            outputs, state = dynamic_rnn(
                self._cell, stack(inputs) if is_list else inputs, sequence_length=sequence_length,
                initial_state=initial_state, dtype=dtype, time_major=True, scope=scope)
            return unstack(outputs) if is_list else outputs, state
        steps, state = static_rnn(self._cell, inputs if is_list else unstack(inputs), initial_state=initial_state,
                                  dtype=dtype, sequence_length=sequence_length, scope=scope)
        return steps if is_list else stack(steps), state


class TimeReversedFusedRNN(FusedRNNCell):
    """Runs over time from the end.

    Args:
      cell: What is called on all time steps at once.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.FusedRNNCellAdaptor(tf.nn.rnn_cell.BasicRNNCell(3))
      ...     outputs, _ = tf.contrib.rnn.TimeReversedFusedRNN(cell)(tf.zeros([5, 2, 4]), dtype=tf.float32)
      ...     print(outputs.shape)
      (5, 2, 3)
    """

    def __init__(self, cell: Any) -> None:
        self._cell = cell

    def __call__(self, inputs: Any, initial_state: Any = None, dtype: DTypeLike | None = None,
                 sequence_length: TensorLike | None = None, scope: Any = None) -> tuple[Any, Any]:
        """Runs over all time steps; see `FusedRNNCell`."""
        outputs, state = self._cell(self._reversed(inputs, sequence_length), initial_state=initial_state, dtype=dtype,
                                    sequence_length=sequence_length, scope=scope)
        return self._reversed(outputs, sequence_length), state

    def _reversed(self, values: Any, lengths: TensorLike | None) -> Any:
        if isinstance(values, list):
            return list(reversed(values))
        return reverse(values, [0]) if lengths is None else reverse_sequence(values, lengths, 0, 1)
