"""Cells of `tf.contrib.rnn` with gates of their own, among them that of neural architecture search."""

from __future__ import annotations

from typing import Any

from millpond.graph.argument_types import DTypeLike
from millpond.graph.tensor import Tensor
from millpond.layers import identifiers
from millpond.layers.input_spec import InputSpec
from millpond.ops.array.join import concat, split
from millpond.ops.linalg.matrix import matmul
from millpond.ops.math.elementwise import sigmoid
from millpond.ops.math.trigonometry import tanh
from millpond.ops.nn.activation import relu
from millpond.ops.nn.bias_dropout import bias_add
from millpond.rnn.cell_parts import BIAS, KERNEL, known_size, linear
from millpond.rnn.cells_base import LayerRNNCell, RNNCell, activation_of
from millpond.rnn.cells_basic import LSTMStateTuple, OneLayerCell, two_of
from millpond.variables.initializers import Zeros
from millpond.variables.scope import get_variable, get_variable_scope, variable_scope


class OneSizeCell(RNNCell):
    """What the cells of this package share that get their variables in `call`: `num_units` for state and output."""

    def __init__(self, num_units: int, reuse: bool | None = None, name: str | None = None) -> None:
        super().__init__(_reuse=reuse, name=name)
        self._num_units = num_units

    @property
    def state_size(self) -> Any:
        return self._num_units

    @property
    def output_size(self) -> Any:
        return self._num_units


class ProjectedCell(RNNCell):
    """What the cells share whose state is a memory of `num_units` and an output, which may be projected."""

    def __init__(self, num_units: int, num_proj: int | None = None, reuse: bool | None = None,
                 name: str | None = None) -> None:
        super().__init__(_reuse=reuse, name=name)
        self._num_units = num_units
        self._num_proj = num_proj

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self.output_size)

    @property
    def output_size(self) -> Any:
        return self._num_proj or self._num_units


class NASCell(ProjectedCell):
    """The cell that a search found (B. Zoph and Q. Le, 2017, https://arxiv.org/abs/1611.01578).

    Its variables are `recurrent_kernel`, `kernel`, `bias` where there are biases, and `projection_weights`.

    Args:
      num_units: The size of c.
      num_proj: The size of the output and of m, if they are projected.
      use_biases: Whether there are biases.
      reuse: Whether the variables exist already in the scope.

    Raises:
      TypeError: As `tf.layers.Layer`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.NASCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print(output.shape, [v.name for v in cell.weights])
      (2, 3) ['nas_cell/recurrent_kernel:0', 'nas_cell/kernel:0']
    """

    def __init__(self, num_units: int, num_proj: int | None = None, use_biases: bool = False,
                 reuse: bool | None = None) -> None:
        super().__init__(num_units, num_proj, reuse)
        self._use_biases = use_biases

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, LSTMStateTuple]:
        """One step; see `RNNCell`."""
        c, m = two_of(self, state)
        width = 8 * self._num_units
        from_m = matmul(m, get_variable("recurrent_kernel", [self.output_size, width], inputs.dtype))
        from_inputs = matmul(inputs, get_variable(KERNEL, [known_size(inputs), width], inputs.dtype))
        if self._use_biases:
            from_m = bias_add(from_m, get_variable(BIAS, [width], inputs.dtype, Zeros()))
        h, x = split(from_m, 8, axis=1), split(from_inputs, 8, axis=1)
        first = [sigmoid(x[0] + h[0]), relu(x[1] + h[1]), sigmoid(x[2] + h[2]), relu(x[3] * h[3]), tanh(x[4] + h[4]),
                 sigmoid(x[5] + h[5]), tanh(x[6] + h[6]), sigmoid(x[7] + h[7])]
        second = [tanh(tanh(first[0] * first[1]) + c), tanh(first[2] + first[3]), tanh(first[4] * first[5]),
                  sigmoid(first[6] + first[7])]
        new_c = second[0] * second[1]
        new_m = tanh(new_c * tanh(second[2] + second[3]))
        if self._num_proj:
            new_m = matmul(new_m, get_variable("projection_weights", [self._num_units, self._num_proj], inputs.dtype))
        return new_m, LSTMStateTuple(new_c, new_m)


class UGRNNCell(OneSizeCell):
    """The cell with an update gate alone (J. Collins et al., 2017, https://arxiv.org/abs/1611.09913).

    With `g, c = [inputs, state] W + b`, output and new state are `u * state + (1 - u) * activation(c)`, for
    `u = sigmoid(g + forget_bias)`. Its variables are `kernel` and `bias`.

    Args:
      num_units: The size of output and state.
      initializer: The initializer of the kernel.
      forget_bias: What is added to the gate, so that it stands open in the beginning.
      activation: A function.
      reuse: Whether the variables exist already in the scope.

    Raises:
      TypeError: As `tf.layers.Layer`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.UGRNNCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print(output is state, [v.shape.as_list() for v in cell.weights])
      True [[7, 6], [6]]
    """

    def __init__(self, num_units: int, initializer: Any = None, forget_bias: float = 1.0, activation: Any = tanh,
                 reuse: bool | None = None) -> None:
        super().__init__(num_units, reuse)
        self._initializer = initializer
        self._forget_bias = forget_bias
        self._activation = activation_of(activation)

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One step; see `RNNCell`."""
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            g, c = split(linear([inputs, state], 2 * self._num_units, True), 2, axis=1)
            gate = sigmoid(g + self._forget_bias)
            new_state = gate * state + (1.0 - gate) * self._activation(c)
        return new_state, new_state


class IntersectionRNNCell(OneSizeCell):
    """The cell with a gate in time and one in depth (J. Collins et al., 2017, https://arxiv.org/abs/1611.09913).

    Its variables are `kernel` and `bias`, and those of `in_projection` where the inputs are projected.

    Args:
      num_units: The size of output and state, and of the inputs where they are not projected.
      num_in_proj: Where it is given, inputs of another size are projected to `num_units`: for the first layer.
      initializer: The initializer of the kernels.
      forget_bias: What is added to both gates, so that they stand open in the beginning.
      y_activation: The activation in depth.
      reuse: Whether the variables exist already in the scope.

    Raises:
      ValueError: When called with inputs of another size, if they are not projected.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.IntersectionRNNCell(3, num_in_proj=3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print(output.shape, cell.weights[0].name)
      (2, 3) intersection_rnn_cell/in_projection/kernel:0
    """

    def __init__(self, num_units: int, num_in_proj: int | None = None, initializer: Any = None,
                 forget_bias: float = 1.0, y_activation: Any = relu, reuse: bool | None = None) -> None:
        super().__init__(num_units, reuse)
        self._num_input_proj = num_in_proj
        self._initializer = initializer
        self._forget_bias = forget_bias
        self._y_activation = identifiers.activation(y_activation)

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One step; see `RNNCell`."""
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            if known_size(inputs) != self._num_units:
                if not self._num_input_proj:
                    raise ValueError(f"Must have input size == output size for Intersection RNN, but the cell "
                                     f"{self.name} of {self._num_units} units received {inputs}. To fix, num_in_proj "
                                     "should be set to num_units at cell init.")
                with variable_scope("in_projection"):
                    inputs = linear(inputs, self._num_units, True)
            gate_h, h, gate_y, y = split(linear([inputs, state], 4 * self._num_units, True), 4, axis=1)
            gate_h, gate_y = sigmoid(gate_h + self._forget_bias), sigmoid(gate_y + self._forget_bias)
            new_state = gate_h * state + (1.0 - gate_h) * tanh(h)
            return gate_y * inputs + (1.0 - gate_y) * self._y_activation(y), new_state


class SRUCell(OneLayerCell):
    """The simple recurrent unit, which multiplies no state by a matrix (T. Lei et al., 2017, arXiv:1709.02755).

    With `x, f, r, t = inputs W`, and `f, r = sigmoid([f, r] + b)`, the new state is `c = f * state + (1 - f) * x`, and
    the output `r * activation(c) + (1 - r) * t`. Its variables are `kernel` and `bias`.

    Args:
      num_units: The size of output and state.
      activation: A function, or the name of one; `tf.tanh` by default.
      reuse: Whether the variables exist already in the scope.
      name: Name of the cell, and of its variable scope.
      **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If the dtype is no float.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.SRUCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print([v.shape.as_list() for v in cell.weights])
      [[4, 12], [6]]
    """

    def __init__(self, num_units: int, activation: Any = None, reuse: bool | None = None, name: str | None = None,
                 **kwargs: Any) -> None:
        super().__init__(num_units, activation, reuse, name, **kwargs)

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        self._kernel = self.add_weight(KERNEL, [self._depth(input_shape), 4 * self._num_units])
        self._bias = self.add_weight(BIAS, [2 * self._num_units], initializer=Zeros())
        self.built = True

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One step; see `RNNCell`."""
        x, f, r, through = split(matmul(inputs, self._kernel), 4, axis=1)
        f, r = split(sigmoid(bias_add(concat([f, r], 1), self._bias)), 2, axis=1)
        c = f * state + (1.0 - f) * x
        return r * self._activation(c) + (1.0 - r) * through, c


class UnitsCell(LayerRNNCell):
    """What the cells share that name their size `units`, as Keras does."""

    def __init__(self, units: int, activation: Any = "tanh", kernel_initializer: Any = "glorot_uniform",
                 bias_initializer: Any = "ones", name: str | None = None, dtype: DTypeLike | None = None,
                 **kwargs: Any) -> None:
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.input_spec = InputSpec(ndim=2)
        self.units = units
        self.activation = identifiers.activation(activation)
        self.kernel_initializer = identifiers.initializer(kernel_initializer)
        self.bias_initializer = identifiers.initializer(bias_initializer)

    @property
    def state_size(self) -> Any:
        return self.units

    @property
    def output_size(self) -> Any:
        return self.units

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a cell like this one; initializers as they are."""
        return {**super().get_config(), "units": self.units, "activation": identifiers.activation_name(self.activation),
                "kernel_initializer": self.kernel_initializer, "bias_initializer": self.bias_initializer}


class MinimalRNNCell(UnitsCell):
    """The minimal cell (M. Chen, 2017, https://arxiv.org/abs/1711.06788).

    With `z = activation(inputs W)` and `u = sigmoid([z, state] V + b)`, output and new state are
    `u * state + (1 - u) * z`. Its variables are `kernel`, W above V, and `bias`.

    Args:
      units: The size of output and state.
      activation: A function, or the name of one.
      kernel_initializer, bias_initializer: Initializers, or names of them.
      name: Name of the cell, and of its variable scope.
      dtype: The dtype of the variables; by default that of the first input.
      **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If a name is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.MinimalRNNCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print([v.shape.as_list() for v in cell.weights])
      [[10, 3], [3]]
    """

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        self._input_size = self._depth(input_shape)
        self.kernel = self.add_weight(KERNEL, [self._input_size + 2 * self.units, self.units],
                                      initializer=self.kernel_initializer)
        self.bias = self.add_weight(BIAS, [self.units], initializer=self.bias_initializer)
        self.built = True

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One step; see `RNNCell`."""
        w, v = split(self.kernel, [self._input_size, 2 * self.units], axis=0)
        z = self.activation(matmul(inputs, w))
        u = sigmoid(bias_add(matmul(concat([z, state], 1), v), self.bias))
        new_state = u * state + (1 - u) * z
        return new_state, new_state


class CFNCell(UnitsCell):
    """The chaos free network (T. Laurent and J. von Brecht, 2017, https://arxiv.org/abs/1612.06212).

    With `f, e = sigmoid(state U + inputs V + b)`, output and new state are
    `f * activation(state) + (1 - e) * activation(inputs W)`. Its variables are `kernel`, V beside W, `recurrent_kernel`
    and `bias`.

    Args:
      units: The size of output and state.
      activation: A function, or the name of one.
      kernel_initializer, bias_initializer: Initializers, or names of them.
      name: Name of the cell, and of its variable scope.
      dtype: The dtype of the variables; by default that of the first input.
      **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If a name is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.CFNCell(3)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print([v.shape.as_list() for v in cell.weights])
      [[4, 9], [3, 6], [6]]
    """

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        self.kernel = self.add_weight(KERNEL, [self._depth(input_shape), 3 * self.units],
                                      initializer=self.kernel_initializer)
        self.recurrent_kernel = self.add_weight(f"recurrent_{KERNEL}", [self.units, 2 * self.units],
                                                initializer=self.kernel_initializer)
        self.bias = self.add_weight(BIAS, [2 * self.units], initializer=self.bias_initializer)
        self.built = True

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One step; see `RNNCell`."""
        v, w = split(self.kernel, [2 * self.units, self.units], axis=1)
        gates = sigmoid(bias_add(matmul(state, self.recurrent_kernel) + matmul(inputs, v), self.bias))
        forget, keep_out = split(gates, 2, axis=1)
        new_state = forget * self.activation(state) + (1 - keep_out) * self.activation(matmul(inputs, w))
        return new_state, new_state
