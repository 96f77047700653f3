"""Flatten: all dimensions but the first made one."""

from __future__ import annotations

import math
from typing import Any

from millpond.graph.argument_types import ShapeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.layers import window_arguments
from millpond.layers.base import Layer
from millpond.layers.input_spec import InputSpec
from millpond.ops.array.constant import constant
from millpond.ops.array.shape import expand_dims, reshape
from millpond.ops.array.shape import shape as shape_of
from millpond.ops.array.transpose import transpose
from millpond.shapes import TensorShape, as_shape


class Flatten(Layer):
    """Makes all dimensions but the first one.

    Args:
      data_format: `"channels_last"`; or `"channels_first"`, where the channels of [batch, channels, ...] become the
        last dimension first, so that both formats give the same order.
      **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If `data_format` is another name. When called, if the inputs have no dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.layers.Flatten()(tf.placeholder(tf.float32, [None, 7, 7, 64])).shape)
      (?, 3136)
    """

    _CONFIG = ("data_format",)

    def __init__(self, data_format: str = "channels_last", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = window_arguments.normalize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: TensorLike) -> Tensor:
        """The inputs in two dimensions."""
        inputs = convert_to_tensor(inputs)
        rank = len(inputs.shape)
        if self.data_format == "channels_first" and rank > 1:
            inputs = transpose(inputs, [0, *range(2, rank), 1])
        sizes = inputs.shape.as_list()
        if rank == 1:
            return expand_dims(inputs, 1)
        elements = None if None in sizes[1:] else math.prod(sizes[1:])
        rest = -1 if elements is None else elements
        if elements:
            outputs = reshape(inputs, constant([-1, elements]))
        elif sizes[0] is not None:
            outputs = reshape(inputs, constant([sizes[0], rest]))
        else:
            outputs = reshape(inputs, [shape_of(inputs)[0], rest])
        outputs.set_shape(self.compute_output_shape(sizes))
        return outputs

    def compute_output_shape(self, input_shape: ShapeLike) -> TensorShape:
        """Two dimensions for inputs of a shape; a size that depends on an unknown one is unknown.

        Raises:
          ValueError: If there are no dimensions.
        """
        sizes = as_shape(input_shape).with_rank_at_least(1).as_list()
        return TensorShape([sizes[0], None if None in sizes[1:] else math.prod(sizes[1:])])


def flatten(inputs: TensorLike, name: str | None = None, data_format: str = "channels_last") -> Tensor:
    """Makes all dimensions but the first one: see `tf.layers.Flatten`.

    Args:
      inputs: A tensor of at least one dimension.
      name: Name of the scope.
      data_format: See `tf.layers.Flatten`.

    Raises:
      ValueError: If `data_format` is another name, or the inputs have no dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.layers.flatten(tf.zeros([2, 3, 4])))
      Tensor("flatten/Reshape:0", shape=(2, 12), dtype=float32)
    """
    return Flatten(name=name, data_format=data_format)(inputs)
