"""The neural Turing machine: a cell that reads and writes a memory (A. Graves et al., 2014,
https://arxiv.org/abs/1410.5401).

Equations are numbered as in the paper.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from millpond import dtypes
from millpond.graph.argument_types import DTypeLike
from millpond.graph.tensor import Tensor
from millpond.layers.base import Layer
from millpond.ops.array.fill import ones_like, zeros
from millpond.ops.array.join import concat, split, stack
from millpond.ops.array.pad import tile
from millpond.ops.array.shape import expand_dims, squeeze
from millpond.ops.array.shape import shape as shape_of
from millpond.ops.linalg.matrix import matmul
from millpond.ops.math.arithmetic import pow
from millpond.ops.math.clip import clip_by_value
from millpond.ops.math.comparison import where
from millpond.ops.math.elementwise import exp, sigmoid, sqrt, square
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.math.sequences import reverse
from millpond.ops.math.trigonometry import tanh
from millpond.ops.nn.activation import softplus
from millpond.ops.nn.bias_dropout import bias_add
from millpond.ops.nn.softmax import softmax
from millpond.rnn.cells_base import LayerRNNCell, check_is_cell
from millpond.shapes import TensorShape
from millpond.variables.initializers import Constant, GlorotUniform, TruncatedNormal, Zeros


class NTMControllerState(NamedTuple):
    """The state of an `NTMCell`.

    Attributes:
      controller_state: The state of the controller.
      read_vector_list: What each head has read.
      w_list: Where each head has looked, a weight for each row of the memory: first those that read.
      M: The memory.
      time: How many steps have been taken.
    """

    controller_state: Any
    read_vector_list: Any
    w_list: Any
    M: Any
    time: Any


class _Head(NamedTuple):
    """What the controller asks of a head: key, key strength, gate, shifts, and sharpness."""

    key: Tensor
    strength: Tensor
    gate: Tensor
    shifts: Tensor
    sharpness: Tensor


class NTMCell(LayerRNNCell):
    """A cell that reads and writes a memory, as its controller asks of its heads.

    Its variables are `parameters_kernel` and `parameters_bias`, which make of the controller's output what is asked of
    the heads, `output_kernel` and `output_bias`, `init_r_0` and so on, `init_w_0` and so on, and `init_M`: what is
    read, where heads look, and the memory before the first step.

    Args:
      controller: The cell that controls the heads.
      memory_size: The number of rows of the memory.
      memory_vector_dim: Their size.
      read_head_num, write_head_num: The number of heads that read and that write.
      shift_range: How far a head moves in one step, at most.
      output_dim: The size of the output; by default that of the inputs.
      clip_value: A bound for the absolute value of outputs, and of what is asked of the heads.
      dtype: The dtype of the variables.
      name: Name of the cell, and of its variable scope.

    Raises:
      TypeError: If `controller` is no cell.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.contrib.rnn.NTMCell(tf.nn.rnn_cell.LSTMCell(3), 5, 2, read_head_num=1, write_head_num=1)
      ...     output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
      ...     print(output.shape, state.M.shape)
      (2, 4) (2, 5, 2)
    """

    def __init__(self, controller: Any, memory_size: int, memory_vector_dim: int, read_head_num: int,
                 write_head_num: int, shift_range: int = 1, output_dim: int | None = None, clip_value: float = 20,
                 dtype: DTypeLike = dtypes.float32, name: str | None = None) -> None:
        super().__init__(dtype=dtype, name=name)
        check_is_cell("controller", controller)
        self.controller = controller
        if isinstance(controller, Layer):
            self._track(controller, "controller")
        self.memory_size, self.memory_vector_dim = memory_size, memory_vector_dim
        self.read_head_num, self.write_head_num = read_head_num, write_head_num
        self.num_heads = read_head_num + write_head_num
        self.shift_range, self.output_dim, self.clip_value = shift_range, output_dim, clip_value
        self.num_parameters_per_head = memory_vector_dim + 2 * shift_range + 4
        of_heads = self.num_parameters_per_head * self.num_heads
        self.total_parameter_num = of_heads + 2 * memory_vector_dim * write_head_num

    @property
    def state_size(self) -> Any:
        return NTMControllerState(
            self.controller.state_size, [self.memory_vector_dim] * self.read_head_num,
            [self.memory_size] * self.num_heads, TensorShape([self.memory_size, self.memory_vector_dim]),
            TensorShape([]))

    @property
    def output_size(self) -> Any:
        return self.output_dim

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables of this cell and of the controller that are trained: none, where it is not `trainable`."""
        if not self.trainable:
            return []
        return [*super().trainable_weights, *getattr(self.controller, "trainable_weights", ())]

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables of this cell and of the controller that are not trained."""
        rest = [] if self.trainable else getattr(self.controller, "trainable_weights", ())
        return [*super().non_trainable_weights, *rest, *getattr(self.controller, "non_trainable_weights", ())]

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        if self.output_dim is None:
            self.output_dim = self._depth(input_shape)
        controlled = self.controller.output_size
        seen = controlled + self.memory_vector_dim * self.read_head_num
        self._params_kernel = self.add_weight("parameters_kernel", [controlled, self.total_parameter_num],
                                              initializer=TruncatedNormal(stddev=1.0 / math.sqrt(controlled)))
        self._params_bias = self.add_weight("parameters_bias", [self.total_parameter_num], initializer=Zeros())
        self._output_kernel = self.add_weight("output_kernel", [seen, self.output_dim],
                                              initializer=TruncatedNormal(stddev=1.0 / math.sqrt(seen)))
        self._output_bias = self.add_weight("output_bias", [self.output_dim], initializer=Zeros())
        self._init_r = [self.add_weight(f"init_r_{i}", [1, self.memory_vector_dim], initializer=GlorotUniform())
                        for i in range(self.read_head_num)]
        self._init_w = [self.add_weight(f"init_w_{i}", [1, self.memory_size], initializer=GlorotUniform())
                        for i in range(self.num_heads)]
        self._init_memory = self.add_weight("init_M", [self.memory_size, self.memory_vector_dim],
                                            initializer=Constant(1e-6))
        self.built = True

    def call(self, inputs: Tensor, state: NTMControllerState) -> tuple[Tensor, NTMControllerState]:
        """One step; see `RNNCell`."""
        rows = inputs.shape.as_list()[0]
        batch = shape_of(inputs)[0] if rows is None else rows
        is_first = state.time < ones_like(state.time)
        read = [where(is_first, tile(tanh(first), [batch, 1]), last)
                for first, last in zip(self._init_r, state.read_vector_list, strict=True)]
        looked = [where(is_first, tile(softmax(first), [batch, 1]), last)
                  for first, last in zip(self._init_w, state.w_list, strict=True)]
        memory = where(is_first, tile(expand_dims(self._init_memory, 0), [batch, 1, 1]), state.M)
        controlled, controller_state = self.controller(concat([inputs, *read], 1), state.controller_state)
        asked = bias_add(matmul(controlled, self._params_kernel), self._params_bias)
        asked = clip_by_value(asked, -self.clip_value, self.clip_value)
        of_heads, written = split(
            asked, [self.num_parameters_per_head * self.num_heads, 2 * self.memory_vector_dim * self.write_head_num], 1)
        heads = [self._head(part) for part in split(of_heads, self.num_heads, 1)]
        looks = [self._address(head, memory, last) for head, last in zip(heads, looked, strict=True)]
        # (2)
        read = [reduce_sum(expand_dims(look, 2) * memory, 1) for look in looks[:self.read_head_num]]
        memory = self._write(memory, looks[self.read_head_num:], written)
        output = bias_add(matmul(concat([controlled, *read], 1), self._output_kernel), self._output_bias)
        output = clip_by_value(output, -self.clip_value, self.clip_value)
        return output, NTMControllerState(controller_state, read, looks, memory, state.time + 1)

    def _head(self, asked: Tensor) -> _Head:
        """What is asked of a head, in the ranges that it may have."""
        key, strength, gate, shifts, sharpness = split(
            asked, [self.memory_vector_dim, 1, 1, 2 * self.shift_range + 1, 1], 1)
        return _Head(tanh(key), softplus(strength), sigmoid(gate), softmax(shifts), softplus(sharpness) + 1)

    def _address(self, head: _Head, memory: Tensor, last: Tensor) -> Tensor:
        """Where a head looks: a weight for each row of the memory."""
        key = expand_dims(head.key, 2)
        lengths = sqrt(reduce_sum(square(memory), 2, keepdims=True)) * sqrt(reduce_sum(square(key), 1, keepdims=True))
        likeness = exp(head.strength * squeeze(matmul(memory, key) / (lengths + 1e-8), [2]))  # (6)
        by_content = likeness / reduce_sum(likeness, 1, keepdims=True)  # (5)
        gated = head.gate * by_content + (1 - head.gate) * last  # (7)
        shifted = self._shifted(gated, head.shifts)  # (8)
        sharp = pow(shifted, head.sharpness)
        return sharp / reduce_sum(sharp, 1, keepdims=True)  # (9)

    def _shifted(self, weights: Tensor, shifts: Tensor) -> Tensor:
        """Weights moved along the memory, around its ends, as far as each shift says."""
        size, reach = self.memory_size, self.shift_range
        rest = zeros([shape_of(shifts)[0], size - (2 * reach + 1)], shifts.dtype)
        by_distance = concat([shifts[:, :reach + 1], rest, shifts[:, -reach:]], 1)
        twice = concat([reverse(by_distance, [1])] * 2, 1)
        circulant = stack([twice[:, size - row - 1:2 * size - row - 1] for row in range(size)], 1)
        return reduce_sum(expand_dims(weights, 1) * circulant, 2)

    def _write(self, memory: Tensor, looks: list[Tensor], written: Tensor) -> Tensor:
        """The memory after each writing head has erased and added."""
        if not looks:
            return memory
        parts = split(written, 2 * self.write_head_num, 1)
        for look, erase, add in zip(looks, parts[::2], parts[1::2], strict=True):
            where_to = expand_dims(look, 2)
            kept = ones_like(memory) - matmul(where_to, expand_dims(sigmoid(erase), 1))  # (3)
            memory = memory * kept + matmul(where_to, expand_dims(tanh(add), 1))  # (4)
        return memory
