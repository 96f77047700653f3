"""Separable convolutions, which treat each channel apart and then mix the channels, as layers."""

from __future__ import annotations

from typing import Any

from millpond.graph.argument_types import Sizes, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.layers import window_arguments
from millpond.layers.convolution import Conv
from millpond.layers.kernels import ZEROS, Function
from millpond.ops.array.shape import expand_dims, squeeze
from millpond.ops.nn.bias_dropout import bias_add
from millpond.ops.nn.depthwise import separable_conv2d as separable


class SeparableConv(Conv):
    """A separable convolution in `rank` dimensions.

    Args:
      filters, kernel_size, strides, padding, data_format, dilation_rate: See `Conv`.
      depth_multiplier: How many channels are made of each input channel, before all are mixed.
      depthwise_initializer, pointwise_initializer, depthwise_regularizer, pointwise_regularizer,
        depthwise_constraint, pointwise_constraint: As the kernel's in `Conv`, for each of the two kernels.
      activation, use_bias, bias_initializer, bias_regularizer, activity_regularizer, bias_constraint, trainable, name,
        **kwargs: See `Conv`.
    """

    _CONFIG = (*(name for name in Conv._CONFIG if not name.startswith("kernel_") or name == "kernel_size"),
               "depth_multiplier", "depthwise_initializer", "pointwise_initializer", "depthwise_regularizer",
               "pointwise_regularizer", "depthwise_constraint", "pointwise_constraint")

    def __init__(self, filters: int, kernel_size: Sizes, strides: Sizes = 1, padding: str = "valid",
                 data_format: str = "channels_last", dilation_rate: Sizes = 1, depth_multiplier: int = 1,
                 activation: Any = None, use_bias: bool = True, depthwise_initializer: Any = None,
                 pointwise_initializer: Any = None, bias_initializer: Any = ZEROS,
                 depthwise_regularizer: Function | None = None, pointwise_regularizer: Function | None = None,
                 bias_regularizer: Function | None = None, activity_regularizer: Function | None = None,
                 depthwise_constraint: Function | None = None, pointwise_constraint: Function | None = None,
                 bias_constraint: Function | None = None, trainable: bool = True, name: Any = None,
                 **kwargs: Any) -> None:
        super().__init__(filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
                         bias_initializer=bias_initializer, bias_regularizer=bias_regularizer,
                         activity_regularizer=activity_regularizer, bias_constraint=bias_constraint,
                         trainable=trainable, name=name, **kwargs)
        (self.depth_multiplier,) = window_arguments.positive_tuple(depth_multiplier, 1, "depth_multiplier")
        self.depthwise_initializer = depthwise_initializer
        self.pointwise_initializer = pointwise_initializer
        self.depthwise_regularizer = depthwise_regularizer
        self.pointwise_regularizer = pointwise_regularizer
        self.depthwise_constraint = depthwise_constraint
        self.pointwise_constraint = pointwise_constraint
        self.depthwise_kernel: Any = None
        self.pointwise_kernel: Any = None

    def _add_kernels(self, channels: int) -> None:
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel", [*self.kernel_size, channels, self.depth_multiplier],
            initializer=self.depthwise_initializer, regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint, trainable=True)
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel", [*(1,) * self.rank, channels * self.depth_multiplier, self.filters],
            initializer=self.pointwise_initializer, regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint, trainable=True)

    def call(self, inputs: TensorLike) -> Any:
        """The output, whose channels are the filters."""
        inputs = convert_to_tensor(inputs)
        padded, padding = self._causally_padded(inputs)
        outputs = self._of_images(padded, padding) if self.rank == 2 else self._of_sequences(padded, padding)
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return self._activated(outputs)

    def _of_images(self, inputs: Tensor, padding: str) -> Tensor:
        strides = [1, 1, *self.strides] if self._channels_first else [1, *self.strides, 1]
        return self._with_bias(separable(
            inputs, self.depthwise_kernel, self.pointwise_kernel, strides, padding, rate=self.dilation_rate,
            data_format=self._letters))

    def _of_sequences(self, inputs: Tensor, padding: str) -> Tensor:
        """As images of height 1; the op wants equal strides, and a stride along a height of 1 changes nothing."""
        height, letters = (2, "NCHW") if self._channels_first else (1, "NHWC")
        strides = self.strides * 2
        outputs = separable(
            expand_dims(inputs, height), expand_dims(self.depthwise_kernel, 0), expand_dims(self.pointwise_kernel, 0),
            [1, 1, *strides] if self._channels_first else [1, *strides, 1], padding, rate=[1, *self.dilation_rate],
            data_format=letters)
        if self.bias is not None:
            outputs = bias_add(outputs, self.bias, data_format=letters)
        return squeeze(outputs, [height])


class SeparableConv1D(SeparableConv):
    """A separable convolution of [batch, width, channels].

    The variables are `depthwise_kernel` [kernel_size, channels, depth_multiplier], `pointwise_kernel`
    [1, channels * depth_multiplier, filters] and `bias` [filters], in the layer's scope.

    Args:
      filters, kernel_size, strides, padding, data_format, dilation_rate: See `tf.layers.Conv1D`.
      depth_multiplier: How many channels are made of each input channel, before all are mixed.
      activation, use_bias, bias_initializer, bias_regularizer, activity_regularizer, bias_constraint: See
        `tf.layers.Dense`.
      depthwise_initializer, pointwise_initializer, depthwise_regularizer, pointwise_regularizer,
        depthwise_constraint, pointwise_constraint: As the kernel's of `tf.layers.Dense`, for each of the two kernels.
      trainable, name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If an argument is not of the form said. When called, if the inputs have another number of
        dimensions, or their channels are unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     layer = tf.layers.SeparableConv1D(8, 3, depth_multiplier=2)
      ...     print(layer(tf.zeros([1, 9, 5])).shape, layer.depthwise_kernel.shape, layer.pointwise_kernel.shape)
      (1, 7, 8) (3, 5, 2) (1, 10, 8)
    """

    rank = 1


class SeparableConv2D(SeparableConv):
    """A separable convolution of images [batch, height, width, channels].

    The variables are `depthwise_kernel` [...kernel_size, channels, depth_multiplier], `pointwise_kernel`
    [1, 1, channels * depth_multiplier, filters] and `bias` [filters], in the layer's scope.

    Args:
      filters, kernel_size, strides, padding, data_format, dilation_rate: See `tf.layers.Conv2D`.
      depth_multiplier: How many channels are made of each input channel, before all are mixed.
      activation, use_bias, bias_initializer, bias_regularizer, activity_regularizer, bias_constraint: See
        `tf.layers.Dense`.
      depthwise_initializer, pointwise_initializer, depthwise_regularizer, pointwise_regularizer,
        depthwise_constraint, pointwise_constraint: As the kernel's of `tf.layers.Dense`, for each of the two kernels.
      trainable, name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If an argument is not of the form said. When called, if the inputs have another number of
        dimensions, or their channels are unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     layer = tf.layers.SeparableConv2D(8, 3, padding="same")
      ...     print(layer(tf.zeros([1, 9, 9, 5])).shape, layer.depthwise_kernel.shape, layer.pointwise_kernel.shape)
      (1, 9, 9, 8) (3, 3, 5, 1) (1, 1, 5, 8)
    """

    rank = 2


def separable_conv1d(inputs: TensorLike, filters: int, kernel_size: Sizes, strides: Sizes = 1, padding: str = "valid",
                     data_format: str = "channels_last", dilation_rate: Sizes = 1, depth_multiplier: int = 1,
                     activation: Any = None, use_bias: bool = True, depthwise_initializer: Any = None,
                     pointwise_initializer: Any = None, bias_initializer: Any = ZEROS,
                     depthwise_regularizer: Function | None = None, pointwise_regularizer: Function | None = None,
                     bias_regularizer: Function | None = None, activity_regularizer: Function | None = None,
                     depthwise_constraint: Function | None = None, pointwise_constraint: Function | None = None,
                     bias_constraint: Function | None = None, trainable: bool = True, name: str | None = None,
                     reuse: bool | None = None) -> Tensor:
    """A separable convolution of sequences: see `tf.layers.SeparableConv1D`.

    Args:
      inputs: [batch, width, channels] (or as `data_format` says).
      filters, kernel_size, strides, padding, data_format, dilation_rate, depth_multiplier, activation, use_bias,
        depthwise_initializer, pointwise_initializer, bias_initializer, depthwise_regularizer, pointwise_regularizer,
        bias_regularizer, activity_regularizer, depthwise_constraint, pointwise_constraint, bias_constraint,
        trainable: See `tf.layers.SeparableConv1D`.
      name: Name of the variable scope.
      reuse: Whether the variables exist already.

    Raises:
      ValueError: If an argument is not of the form that the class says, or the channels are unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.layers.separable_conv1d(tf.zeros([1, 9, 5]), 8, 3, strides=2).shape)
      (1, 4, 8)
    """
    layer = SeparableConv1D(
        filters, kernel_size, strides, padding, data_format, dilation_rate, depth_multiplier, activation, use_bias,
        depthwise_initializer, pointwise_initializer, bias_initializer, depthwise_regularizer, pointwise_regularizer,
        bias_regularizer, activity_regularizer, depthwise_constraint, pointwise_constraint, bias_constraint, trainable,
        name, _scope=name, _reuse=reuse)
    return layer(inputs)


def separable_conv2d(inputs: TensorLike, filters: int, kernel_size: Sizes, strides: Sizes = (1, 1),
                     padding: str = "valid", data_format: str = "channels_last", dilation_rate: Sizes = (1, 1),
                     depth_multiplier: int = 1, activation: Any = None, use_bias: bool = True,
                     depthwise_initializer: Any = None, pointwise_initializer: Any = None,
                     bias_initializer: Any = ZEROS,
                     depthwise_regularizer: Function | None = None, pointwise_regularizer: Function | None = None,
                     bias_regularizer: Function | None = None, activity_regularizer: Function | None = None,
                     depthwise_constraint: Function | None = None, pointwise_constraint: Function | None = None,
                     bias_constraint: Function | None = None, trainable: bool = True, name: str | None = None,
                     reuse: bool | None = None) -> Tensor:
    """A separable convolution of images: see `tf.layers.SeparableConv2D`.

    Args:
      inputs: [batch, height, width, channels] (or as `data_format` says).
      filters, kernel_size, strides, padding, data_format, dilation_rate, depth_multiplier, activation, use_bias,
        depthwise_initializer, pointwise_initializer, bias_initializer, depthwise_regularizer, pointwise_regularizer,
        bias_regularizer, activity_regularizer, depthwise_constraint, pointwise_constraint, bias_constraint,
        trainable: See `tf.layers.SeparableConv2D`.
      name: Name of the variable scope.
      reuse: Whether the variables exist already.

    Raises:
      ValueError: If an argument is not of the form that the class says, or the channels are unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.layers.separable_conv2d(tf.zeros([1, 9, 9, 5]), 8, 3, depth_multiplier=2))
      Tensor("separable_conv2d/BiasAdd:0", shape=(1, 7, 7, 8), dtype=float32)
    """
    layer = SeparableConv2D(
        filters, kernel_size, strides, padding, data_format, dilation_rate, depth_multiplier, activation, use_bias,
        depthwise_initializer, pointwise_initializer, bias_initializer, depthwise_regularizer, pointwise_regularizer,
        bias_regularizer, activity_regularizer, depthwise_constraint, pointwise_constraint, bias_constraint, trainable,
        name, _scope=name, _reuse=reuse)
    return layer(inputs)
