"""Convolutional LSTMs: states are images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond.graph.tensor import Tensor
from millpond.ops.array.join import concat, split
from millpond.ops.math.elementwise import sigmoid
from millpond.ops.math.trigonometry import tanh
from millpond.ops.nn.convolution_functions import conv1d, conv2d, conv3d
from millpond.rnn.cell_parts import KERNEL
from millpond.rnn.cells_base import RNNCell
from millpond.rnn.cells_basic import LSTMStateTuple, two_of
from millpond.shapes import TensorShape
from millpond.variables.initializers import Constant
from millpond.variables.scope import get_variable, get_variable_scope, variable_scope


class ConvLSTMCell(RNNCell):
    """An LSTM whose matrices are convolutions (X. Shi et al., 2015, https://arxiv.org/abs/1506.04214).

    Its variables are `kernel`, of shape `kernel_shape + [channels of inputs and h, 4 * output_channels]`, and `biases`.

    Args:
      conv_ndims: The number of dimensions of an image: 1, 2 or 3.
      input_shape: The shape of one input: its sizes and its channels.
      output_channels: The number of channels of c and h.
      kernel_shape: The sizes of the window.
      use_bias: Whether there are biases.
      skip_connection: Whether the output is h beside the input.
      forget_bias: What is added to the forget gate, so that it stands open in the beginning.
      initializers: The initializer of the kernel.
      name: Name of the cell, and of its variable scope.

    Raises:
      ValueError: If `input_shape` does not have `conv_ndims` sizes and the channels.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.ConvLSTMCell(2, [6, 5, 3], 4, [3, 3])
      ...     output, state = cell(tf.ones([2, 6, 5, 3]), cell.zero_state(2, tf.float32))
      ...     print(output.shape, cell.weights[0].shape)
      (2, 6, 5, 4) (3, 3, 7, 16)
    """

    def __init__(self, conv_ndims: int, input_shape: Sequence[int], output_channels: int, kernel_shape: Sequence[int],
                 use_bias: bool = True, skip_connection: bool = False, forget_bias: float = 1.0,
                 initializers: Any = None, name: str = "conv_lstm_cell") -> None:
        super().__init__(name=name)
        if conv_ndims != len(input_shape) - 1 or conv_ndims not in _CONVOLUTIONS:
            raise ValueError(f"Invalid input_shape {input_shape} for conv_ndims={conv_ndims}: it is {conv_ndims} sizes "
                             "and the number of channels, and conv_ndims is 1, 2 or 3.")
        self._conv_ndims, self._input_shape = conv_ndims, list(input_shape)
        self._output_channels, self._kernel_shape = output_channels, list(kernel_shape)
        self._use_bias, self._skip_connection = use_bias, skip_connection
        self._forget_bias, self._initializer = forget_bias, initializers

    @property
    def output_size(self) -> Any:
        channels = self._output_channels + (self._input_shape[-1] if self._skip_connection else 0)
        return TensorShape([*self._input_shape[:-1], channels])

    @property
    def state_size(self) -> Any:
        size = TensorShape([*self._input_shape[:-1], self._output_channels])
        return LSTMStateTuple(size, size)

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, LSTMStateTuple]:
        """One step; see `RNNCell`."""
        c, h = two_of(self, state)
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            i, j, f, o = split(self._convolved(inputs, h), 4, axis=self._conv_ndims + 1)
        new_c = sigmoid(f + self._forget_bias) * c + sigmoid(i) * tanh(j)
        new_h = tanh(new_c) * sigmoid(o)
        output = concat([new_h, inputs], -1) if self._skip_connection else new_h
        return output, LSTMStateTuple(new_c, new_h)

    def _convolved(self, inputs: Tensor, h: Tensor) -> Tensor:
        if inputs.shape.ndims != self._conv_ndims + 2:
            raise ValueError(f"The cell {self.name} expects inputs of {self._conv_ndims + 2} dimensions, a batch of "
                             f"shape {self._input_shape}, but received {inputs}")
        args = concat([inputs, h], -1)
        width = 4 * self._output_channels
        kernel = get_variable(KERNEL, [*self._kernel_shape, args.shape.as_list()[-1], width], args.dtype)
        strides = 1 if self._conv_ndims == 1 else [1] * (self._conv_ndims + 2)
        result = _CONVOLUTIONS[self._conv_ndims](args, kernel, strides, "SAME")
        return result + get_variable("biases", [width], args.dtype, Constant(0.0)) if self._use_bias else result


_CONVOLUTIONS: dict[int, Any] = {1: conv1d, 2: conv2d, 3: conv3d}


class Conv1DLSTMCell(ConvLSTMCell):
    """`tf.contrib.rnn.ConvLSTMCell` of lines; `kwargs` are its other arguments."""

    def __init__(self, name: str = "conv_1d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=1, name=name, **kwargs)


class Conv2DLSTMCell(ConvLSTMCell):
    """`tf.contrib.rnn.ConvLSTMCell` of images; `kwargs` are its other arguments."""

    def __init__(self, name: str = "conv_2d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=2, name=name, **kwargs)


class Conv3DLSTMCell(ConvLSTMCell):
    """`tf.contrib.rnn.ConvLSTMCell` of volumes; `kwargs` are its other arguments."""

    def __init__(self, name: str = "conv_3d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=3, name=name, **kwargs)
