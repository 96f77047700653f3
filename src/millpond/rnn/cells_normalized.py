"""LSTMs with layer or weight normalization, and the one whose gates are coupled."""

from __future__ import annotations

import functools
from typing import Any

from millpond.graph import stacks
from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.layers import identifiers
from millpond.ops.array.join import concat, split
from millpond.ops.array.slicing import slice_
from millpond.ops.linalg.matrix import matmul
from millpond.ops.math.elementwise import sigmoid
from millpond.ops.math.trigonometry import tanh
from millpond.ops.nn.bias_dropout import bias_add, dropout
from millpond.ops.nn.normalization import l2_normalize
from millpond.rnn.cell_parts import (
    BIAS,
    KERNEL,
    bias_for,
    clipped,
    kernel_for,
    known_size,
    layer_norm,
    linear,
    lstm_step,
    peepholes,
    sharded,
)
from millpond.rnn.cells_base import RNNCell, activation_of, warn_of_input_size
from millpond.rnn.cells_basic import LSTMStateTuple, two_of, warn_of_concatenated_state
from millpond.rnn.cells_gated import ProjectedCell
from millpond.variables.initializers import Zeros
from millpond.variables.scope import get_variable, get_variable_scope, variable_scope


class CoupledInputForgetGateLSTMCell(ProjectedCell):
    """An LSTM that lets in as much as it forgets (K. Greff et al., 2015, https://arxiv.org/abs/1503.04069).

    With `j, f, o = [inputs, m] W + b`, the new c is `g * c + (1 - g) * activation(j)`, for `g = sigmoid(f +
    forget_bias)`; peepholes, projection and layer normalization may be added as to `tf.contrib.rnn.LayerNormLSTMCell`.
    Its variables are `W_0`, `W_1` and so on, the parts of W, `B`, `W_F_diag` and `W_O_diag` where there are peepholes,
    `W_P_0` and so on where there is a projection, and `gamma` and `beta` in `transform`, `forget`, `output` and `state`
    where there are norms.

    Args:
      num_units: The size of c.
      use_peepholes: Whether the gates see c.
      initializer: The initializer of the matrices.
      num_proj: The size of the output and of m, if they are projected.
      proj_clip: A bound for the absolute value of the projected output.
      num_unit_shards, num_proj_shards: Into how many parts the matrices are cut.
      forget_bias: What is added to the forget gate, so that it stands open in the beginning.
      state_is_tuple: Whether the state is an `LSTMStateTuple` of c and m; otherwise they are one tensor, side by side.
      activation: A function.
      reuse: Whether the variables exist already in the scope.
      layer_norm: Whether the gates and c are normalized; then nothing is added to the gates.
      norm_gain, norm_shift: What gamma and beta of the norms start as.

    Raises:
      ValueError: When called, if the size of the inputs is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.CoupledInputForgetGateLSTMCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print([(v.op.name.split("/")[1], v.shape.as_list()) for v in cell.weights])
      [('W_0', [7, 9]), ('B', [9])]
    """

    def __init__(self, num_units: int, use_peepholes: bool = False, initializer: Any = None,
                 num_proj: int | None = None, proj_clip: float | None = None, num_unit_shards: int = 1,
                 num_proj_shards: int = 1, forget_bias: float = 1.0, state_is_tuple: bool = True,
                 activation: Any = tanh, reuse: bool | None = None, layer_norm: bool = False, norm_gain: float = 1.0,
                 norm_shift: float = 0.0) -> None:
        super().__init__(num_units, num_proj, reuse)
        warn_of_concatenated_state(self, state_is_tuple)
        self._use_peepholes, self._initializer, self._proj_clip = use_peepholes, initializer, proj_clip
        self._num_unit_shards, self._num_proj_shards = num_unit_shards, num_proj_shards
        self._forget_bias, self._state_is_tuple = forget_bias, state_is_tuple
        self._activation = activation_of(activation)
        self._layer_norm, self._norm_gain, self._norm_shift = layer_norm, norm_gain, norm_shift

    @property
    def state_size(self) -> Any:
        return super().state_size if self._state_is_tuple else sum(super().state_size)

    def _norm(self, x: Tensor, scope: str) -> Tensor:
        return layer_norm(x, scope, self._norm_gain, self._norm_shift) if self._layer_norm else x

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One step; see `RNNCell`."""
        if self._state_is_tuple:
            c, m = two_of(self, state)
        else:
            c = slice_(state, [0, 0], [-1, self._num_units])
            m = slice_(state, [0, self._num_units], [-1, self.output_size])
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            new_c, new_m = self._step(inputs, c, m)
        return new_m, LSTMStateTuple(new_c, new_m) if self._state_is_tuple else concat([new_c, new_m], 1)

    def _step(self, inputs: Tensor, c: Tensor, m: Tensor) -> tuple[Tensor, Tensor]:
        dtype, units = inputs.dtype, self._num_units
        kernel = sharded("W", [known_size(inputs) + self.output_size, 3 * units], dtype, self._num_unit_shards)
        bias = get_variable("B", [3 * units], dtype, Zeros())
        gates = matmul(concat([inputs, m], 1), kernel)
        if not self._layer_norm:
            gates = bias_add(gates, bias)
        j, f, o = [self._norm(gate, scope) for gate, scope in zip(split(gates, 3, axis=1),
                                                                  ("transform", "forget", "output"), strict=True)]
        if self._use_peepholes:
            w_f, w_o = [get_variable(name, [units], dtype) for name in ("W_F_diag", "W_O_diag")]
            forget = sigmoid(f + self._forget_bias + w_f * c)
        else:
            forget = sigmoid(f + self._forget_bias)
        new_c = self._norm(forget * c + (1 - forget) * self._activation(j), "state")
        new_m = sigmoid(o + w_o * new_c if self._use_peepholes else o) * self._activation(new_c)
        if self._num_proj:
            projection = sharded("W_P", [units, self._num_proj], dtype, self._num_proj_shards)
            new_m = clipped(matmul(new_m, projection), self._proj_clip)
        return new_c, new_m


class LayerNormBasicLSTMCell(RNNCell):
    """`tf.nn.rnn_cell.BasicLSTMCell` with layer normalization, and dropout of what is remembered newly.

    The norms are those of J. Ba et al., 2016 (https://arxiv.org/abs/1607.06450), the dropout that of S. Semeniuta et
    al., 2016 (https://arxiv.org/abs/1603.05118). Its variables are `kernel`, and `gamma` and `beta` in `input`,
    `transform`, `forget`, `output` and `state`; without norms `kernel` and `bias`.

    Args:
      num_units: The size of output, c and h.
      forget_bias: What is added to the forget gate, so that it stands open in the beginning.
      input_size: Accepted for compatibility, without effect.
      activation: A function.
      layer_norm: Whether gates and c are normalized.
      norm_gain, norm_shift: What gamma and beta of the norms start as.
      dropout_keep_prob: The probability that an element of the new input is kept: a number, or a scalar tensor.
      dropout_prob_seed: See `tf.set_random_seed`.
      reuse: Whether the variables exist already in the scope.

    Raises:
      ValueError: When called, if the size of the inputs is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.LayerNormBasicLSTMCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print([v.op.name for v in cell.weights[:2]])
      ['layer_norm_basic_lstm_cell/kernel', 'layer_norm_basic_lstm_cell/input/gamma']
    """

    def __init__(self, num_units: int, forget_bias: float = 1.0, input_size: int | None = None, activation: Any = tanh,
                 layer_norm: bool = True, norm_gain: float = 1.0, norm_shift: float = 0.0,
                 dropout_keep_prob: TensorLike = 1.0, dropout_prob_seed: int | None = None,
                 reuse: bool | None = None) -> None:
        super().__init__(_reuse=reuse)
        warn_of_input_size(self, input_size)
        self._num_units, self._forget_bias = num_units, forget_bias
        self._activation = activation_of(activation)
        self._layer_norm, self._norm_gain, self._norm_shift = layer_norm, norm_gain, norm_shift
        self._keep_prob, self._seed = dropout_keep_prob, dropout_prob_seed

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> Any:
        return self._num_units

    def _norm(self, x: Tensor, scope: str) -> Tensor:
        return layer_norm(x, scope, self._norm_gain, self._norm_shift) if self._layer_norm else x

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, LSTMStateTuple]:
        """One step; see `RNNCell`."""
        c, h = two_of(self, state)
        args = concat([inputs, h], 1)
        gates = matmul(args, get_variable(KERNEL, [known_size(args), 4 * self._num_units], args.dtype))
        if not self._layer_norm:
            gates = bias_add(gates, get_variable(BIAS, [4 * self._num_units], args.dtype))
        i, j, f, o = [self._norm(gate, scope) for gate, scope in zip(
            split(gates, 4, axis=1), ("input", "transform", "forget", "output"), strict=True)]
        new = self._activation(j)
        if not isinstance(self._keep_prob, float) or self._keep_prob < 1:
            new = dropout(new, self._keep_prob, seed=self._seed)
        new_c = self._norm(c * sigmoid(f + self._forget_bias) + sigmoid(i) * new, "state")
        new_h = self._activation(new_c) * sigmoid(o)
        return new_h, LSTMStateTuple(new_c, new_h)


class LayerNormLSTMCell(ProjectedCell):
    """`tf.nn.rnn_cell.LSTMCell` with layer normalization (J. Ba et al., 2016, https://arxiv.org/abs/1607.06450).

    Its variables are `kernel`, `bias` (which is not added where gates are normalized), `gamma` and `beta` in `input`,
    `transform`, `forget`, `output` and `state`, `w_f_diag`, `w_i_diag`, `w_o_diag`, and `projection/kernel`.

    Args:
      num_units: The size of c.
      use_peepholes: Whether the gates see c.
      cell_clip: A bound for the absolute value of c.
      initializer: The initializer of kernels and peepholes.
      num_proj: The size of the output and of m, if they are projected.
      proj_clip: A bound for the absolute value of the projected output.
      forget_bias: What is added to the forget gate, so that it stands open in the beginning.
      activation: A function; `tf.tanh` by default.
      layer_norm: Whether gates and c are normalized.
      norm_gain, norm_shift: What gamma and beta of the norms start as.
      reuse: Whether the variables exist already in the scope.

    Raises:
      ValueError: When called, if the size of the inputs is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.LayerNormLSTMCell(3, layer_norm=True)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print([v.op.name for v in cell.weights[1:3]])
      ['layer_norm_lstm_cell/bias', 'layer_norm_lstm_cell/input/gamma']
    """

    def __init__(self, num_units: int, use_peepholes: bool = False, cell_clip: float | None = None,
                 initializer: Any = None, num_proj: int | None = None, proj_clip: float | None = None,
                 forget_bias: float = 1.0, activation: Any = None, layer_norm: bool = False, norm_gain: float = 1.0,
                 norm_shift: float = 0.0, reuse: bool | None = None) -> None:
        super().__init__(num_units, num_proj, reuse)
        self._use_peepholes, self._cell_clip, self._proj_clip = use_peepholes, cell_clip, proj_clip
        self._initializer = identifiers.initializer(initializer)
        self._forget_bias = forget_bias
        self._activation = activation_of(activation)
        self._layer_norm, self._norm_gain, self._norm_shift = layer_norm, norm_gain, norm_shift

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, LSTMStateTuple]:
        """One step; see `RNNCell`."""
        c, m = two_of(self, state)
        known_size(inputs)
        norm = functools.partial(layer_norm, gain=self._norm_gain, shift=self._norm_shift)
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            gates = matmul(concat([inputs, m], 1), kernel_for([inputs, m], 4 * self._num_units))
            bias = bias_for(4 * self._num_units, gates.dtype)
            if self._layer_norm:
                parts = [norm(gate, scope) for gate, scope in zip(
                    split(gates, 4, axis=1), ("input", "transform", "forget", "output"), strict=True)]
            else:
                parts = split(bias_add(gates, bias), 4, axis=1)
            new_c, new_m = lstm_step(
                parts, c, self._forget_bias, self._activation,
                peepholes(self._num_units, inputs.dtype) if self._use_peepholes else None, self._cell_clip,
                functools.partial(norm, scope="state") if self._layer_norm else None)
            if self._num_proj:
                with variable_scope("projection"):
                    new_m = clipped(linear(new_m, self._num_proj, False), self._proj_clip)
        return new_m, LSTMStateTuple(new_c, new_m)


class WeightNormLSTMCell(ProjectedCell):
    """`tf.nn.rnn_cell.LSTMCell` with weight normalization (T. Salimans and D. Kingma, 2016, arXiv:1602.07868).

    Its scope is `wn_lstm_cell`, and its variables lie in `wn_lstm_cell` in that: `kernel`, `norm_0` and `norm_1` (the
    lengths of the columns of its upper part, which multiplies inputs, and its lower part), `bias`, `w_f_diag`,
    `w_i_diag`, `w_o_diag`, `projection/kernel` and `projection/norm_0`.

    Args:
      num_units: The size of c.
      norm: Whether the kernels are normalized.
      use_peepholes: Whether the gates see c.
      cell_clip: A bound for the absolute value of c.
      initializer: The initializer of kernels, lengths and peepholes.
      num_proj: The size of the output and of h, if they are projected.
      proj_clip: A bound for the absolute value of the projected output.
      forget_bias: What is added to the forget gate, so that it stands open in the beginning.
      activation: A function; `tf.tanh` by default.
      reuse: Whether the variables exist already in the scope.

    Raises:
      ValueError: When called, if the size of the inputs is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.WeightNormLSTMCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print([v.op.name.split("/")[-1] for v in cell.weights])
      ['kernel', 'norm_0', 'norm_1', 'bias']
    """

    def __init__(self, num_units: int, norm: bool = True, use_peepholes: bool = False, cell_clip: float | None = None,
                 initializer: Any = None, num_proj: int | None = None, proj_clip: float | None = None,
                 forget_bias: float = 1, activation: Any = None, reuse: bool | None = None) -> None:
        super().__init__(num_units, num_proj, reuse)
        self._base_name = "wn_lstm_cell"
        self._norm, self._use_peepholes = norm, use_peepholes
        self._cell_clip, self._proj_clip = cell_clip, proj_clip
        self._initializer = identifiers.initializer(initializer)
        self._forget_bias = forget_bias
        self._activation = activation_of(activation)

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, LSTMStateTuple]:
        """One step; see `RNNCell`."""
        c, h = two_of(self, state)
        with variable_scope("wn_lstm_cell", initializer=self._initializer):
            gates = self._multiplied([inputs, h], 4 * self._num_units)
            gates = bias_add(gates, bias_for(4 * self._num_units, gates.dtype))
            new_c, new_h = lstm_step(
                split(gates, 4, axis=1), c, self._forget_bias, self._activation,
                peepholes(self._num_units, inputs.dtype) if self._use_peepholes else None, self._cell_clip)
            if self._num_proj:
                with variable_scope("projection"):
                    new_h = clipped(self._multiplied([new_h], self._num_proj), self._proj_clip)
        return new_h, LSTMStateTuple(new_c, new_h)

    def _multiplied(self, args: list[Tensor], output_size: int) -> Tensor:
        """`[args] W`, where the columns of each part of W have lengths of their own."""
        kernel = kernel_for(args, output_size)
        if self._norm:
            with stacks.default_graph().control_dependencies(None):
                parts = split(kernel, [known_size(arg) for arg in args], axis=0)
                kernel = concat([l2_normalize(part, 0) * get_variable(f"norm_{i}", [output_size], part.dtype)
                                 for i, part in enumerate(parts)], 0)
        return matmul(args[0] if len(args) == 1 else concat(args, 1), kernel)
