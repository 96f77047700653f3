"""LSTMs with structure: phases in time, groups of units."""

from __future__ import annotations

from typing import Any

from millpond import dtypes
from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import stop_gradient
from millpond.ops.array.join import concat, split
from millpond.ops.array.slicing import slice_
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import where
from millpond.ops.math.division import floormod
from millpond.ops.math.elementwise import exp, log, sigmoid
from millpond.ops.math.trigonometry import tanh
from millpond.ops.nn.bias_dropout import bias_add
from millpond.ops.random.random_ops import random_uniform
from millpond.rnn.cell_parts import known_size, linear
from millpond.rnn.cells_base import activation_of
from millpond.rnn.cells_basic import LSTMStateTuple, two_of
from millpond.rnn.cells_gated import OneSizeCell, ProjectedCell
from millpond.variables.initializers import Constant, RandomUniform
from millpond.variables.scope import get_variable, get_variable_scope, variable_scope


class PhasedLSTMCell(OneSizeCell):
    """An LSTM whose units are open for a part of their period only (D. Neil et al., 2016, arXiv:1610.09513).

    Its inputs are pairs: the times, of shape `[batch, 1]` and dtype float32 or float64, and the features, a matrix. Its
    variables are `kernel` and `bias` in `mask_gates`, `new_input` and `output_gate`, and `period`, `phase` and
    `ratio_on`.

    Args:
      num_units: The size of output, c and h.
      use_peepholes: Whether the gates see c.
      leak: How much of the state passes while a unit is closed.
      ratio_on: The part of the period in which a unit is open, in the beginning.
      trainable_ratio_on: Whether that part is trained.
      period_init_min, period_init_max: The ends of the first periods, whose logarithms are uniform.
      reuse: Whether the variables exist already in the scope.

    Raises:
      ValueError: When called, if the size of the features is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.PhasedLSTMCell(3)
      ...     output, state = cell((tf.ones([2, 1]), tf.ones([2, 4])), cell.zero_state(2, tf.float32))
      ...     print(output.shape, [v.op.name for v in cell.weights[-3:]])
      (2, 3) ['phased_lstm_cell/period', 'phased_lstm_cell/phase', 'phased_lstm_cell/ratio_on']
    """

    def __init__(self, num_units: int, use_peepholes: bool = False, leak: TensorLike = 0.001,
                 ratio_on: TensorLike = 0.1, trainable_ratio_on: bool = True, period_init_min: TensorLike = 1.0,
                 period_init_max: TensorLike = 1000.0, reuse: bool | None = None) -> None:
        super().__init__(num_units, reuse)
        self._use_peepholes, self._leak = use_peepholes, leak
        self._ratio_on, self._trainable_ratio_on = ratio_on, trainable_ratio_on
        self._period_init_min, self._period_init_max = period_init_min, period_init_max

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self._num_units)

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, LSTMStateTuple]:
        """One step; see `RNNCell`."""
        c, h = two_of(self, state)
        if not isinstance(inputs, (list, tuple)) or len(inputs) != 2:
            raise ValueError(f"The inputs of the cell {self.name} are a pair, times and features, but received: "
                             f"{inputs}")
        time, x = inputs
        with variable_scope("mask_gates"):
            seen = [x, h, c] if self._use_peepholes else [x, h]
            input_gate, forget_gate = split(sigmoid(linear(seen, 2 * self._num_units, True)), 2, axis=1)
        with variable_scope("new_input"):
            new_input = tanh(linear([x, h], self._num_units, True))
        new_c = c * forget_gate + input_gate * new_input
        with variable_scope("output_gate"):
            seen = [x, h, new_c] if self._use_peepholes else [x, h]
            new_h = tanh(new_c) * sigmoid(linear(seen, self._num_units, True))
        openness = self._openness(time)
        new_c = openness * new_c + (1 - openness) * c
        new_h = openness * new_h + (1 - openness) * h
        return new_h, LSTMStateTuple(new_c, new_h)

    def _openness(self, time: Tensor) -> Tensor:
        """How far each unit is open."""
        period = get_variable("period", [self._num_units], initializer=self._first_periods)
        phase = get_variable("phase", [self._num_units], initializer=RandomUniform(0.0, period.initial_value))
        ratio_on = get_variable("ratio_on", [self._num_units], initializer=Constant(self._ratio_on),
                                trainable=self._trainable_ratio_on)
        # The remainder is computed in the dtype of the times, which may be large.
        length = cast(period, time.dtype)
        shifted = time - cast(phase, time.dtype)
        remainder = stop_gradient(floormod(shifted, length) - shifted) + shifted
        position = cast(remainder / length, dtypes.float32)
        rising = 2 * position / ratio_on
        closed_or_falling = where(position < ratio_on, 2 - rising, self._leak * position)
        return where(position < 0.5 * ratio_on, rising, closed_or_falling)

    def _first_periods(self, shape: Any, dtype: Any = dtypes.float32, partition_info: Any = None) -> Tensor:
        return exp(random_uniform(shape, log(self._period_init_min), log(self._period_init_max), dtype))


class GLSTMCell(ProjectedCell):
    """An LSTM in groups that do not see one another (O. Kuchaiev and B. Ginsburg, 2017, arXiv:1703.10722).

    Its variables are `group0/kernel`, `group1/kernel` and so on, `bias_i`, `bias_j`, `bias_f`, `bias_o`, and
    `projection/kernel`.

    Args:
      num_units: The size of c.
      initializer: The initializer of the kernels.
      num_proj: The size of the output and of m, if they are projected.
      number_of_groups: The number of groups.
      forget_bias: What is added to the forget gate, so that it stands open in the beginning.
      activation: A function.
      reuse: Whether the variables exist already in the scope.

    Raises:
      ValueError: If a size cannot be divided by the number of groups; when called, that of the inputs.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.GLSTMCell(4, number_of_groups=2)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print([(v.op.name.split("/", 1)[1], v.shape.as_list()) for v in cell.weights[:2]])
      [('group0/kernel', [4, 8]), ('group1/kernel', [4, 8])]
    """

    def __init__(self, num_units: int, initializer: Any = None, num_proj: int | None = None, number_of_groups: int = 1,
                 forget_bias: float = 1.0, activation: Any = tanh, reuse: bool | None = None) -> None:
        super().__init__(num_units, num_proj, reuse)
        for name, size in (("num_units", num_units), ("num_proj", num_proj or 0)):
            if size % number_of_groups != 0:
                raise ValueError(f"{name} must be divisible by number_of_groups: {size}, {number_of_groups}")
        self._initializer = initializer
        self._groups = number_of_groups
        self._forget_bias = forget_bias
        self._activation = activation_of(activation)

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, LSTMStateTuple]:
        """One step; see `RNNCell`."""
        c, m = two_of(self, state)
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            groups = []
            for group in range(self._groups):
                with variable_scope(f"group{group}"):
                    seen = concat([self._part(inputs, group), self._part(m, group)], 1)
                    groups.append(split(linear(seen, 4 * self._num_units // self._groups, False), 4, axis=1))
            biases = [get_variable(f"bias_{gate}", [self._num_units], inputs.dtype, Constant(0.0)) for gate in "ijfo"]
            i, j, f, o = [bias_add(concat(parts, 1), bias)
                          for parts, bias in zip(zip(*groups, strict=True), biases, strict=True)]
        new_c = sigmoid(f + self._forget_bias) * c + sigmoid(i) * tanh(j)
        new_m = sigmoid(o) * self._activation(new_c)
        if self._num_proj:
            with variable_scope("projection"):
                new_m = linear(new_m, self._num_proj, False)
        return new_m, LSTMStateTuple(new_c, new_m)

    def _part(self, x: Tensor, group: int) -> Tensor:
        size = known_size(x)
        if size % self._groups != 0:
            raise ValueError(f"The size of {x} must be divisible by number_of_groups, {self._groups}, in the cell "
                             f"{self.name}")
        return slice_(x, [0, group * size // self._groups], [-1, size // self._groups])
