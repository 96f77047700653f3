"""Convolutions in one, two and three dimensions, as layers that keep their kernels."""

from __future__ import annotations

from typing import Any, ClassVar

from millpond.graph.argument_types import ShapeLike, Sizes, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.layers import window_arguments
from millpond.layers.input_spec import InputSpec
from millpond.layers.kernels import ZEROS, Function, KernelLayer
from millpond.ops.array.pad import pad
from millpond.ops.array.shape import reshape
from millpond.ops.nn.bias_dropout import bias_add
from millpond.ops.nn.convolution_functions import convolution
from millpond.shapes import TensorShape, as_shape


class Conv(KernelLayer):
    """A convolution in `rank` dimensions; the classes that users know say in how many.

    Args:
      filters: The number of output channels.
      kernel_size: The size of the window: an integer, or one for each dimension.
      strides: The distance of the windows, likewise.
      padding: `"valid"` or `"same"`; in one dimension also `"causal"`, where no output depends on later inputs.
      data_format: `"channels_last"` or `"channels_first"`.
      dilation_rate: The distance of the elements of a window; above 1 only where `strides` are 1.
      activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint: See `tf.layers.Dense`.
      trainable, name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If a size is not positive, or there is not one for each dimension; if `padding` or `data_format` is
        another name. When called, if the inputs have another number of dimensions, or their channels are unknown.
    """

    rank: ClassVar[int]
    _CONFIG = ("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", *KernelLayer._CONFIG)

    def __init__(self, filters: int, kernel_size: Sizes, strides: Sizes = 1, padding: str = "valid",
                 data_format: str = "channels_last", dilation_rate: Sizes = 1, activation: Any = None,
                 use_bias: bool = True, kernel_initializer: Any = None, bias_initializer: Any = ZEROS,
                 kernel_regularizer: Function | None = None, bias_regularizer: Function | None = None,
                 activity_regularizer: Function | None = None, kernel_constraint: Function | None = None,
                 bias_constraint: Function | None = None, trainable: bool = True, name: Any = None,
                 **kwargs: Any) -> None:
        super().__init__(activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer,
                         bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, trainable, name,
                         **kwargs)
        (self.filters,) = window_arguments.positive_tuple(filters, 1, "filters")
        self.kernel_size = window_arguments.positive_tuple(kernel_size, self.rank, "kernel_size")
        self.strides = window_arguments.positive_tuple(strides, self.rank, "strides")
        self.padding = window_arguments.normalize_padding(padding, ("causal",) if self.rank == 1 else ())
        self.data_format = window_arguments.normalize_data_format(data_format)
        self.dilation_rate = window_arguments.positive_tuple(dilation_rate, self.rank, "dilation_rate")
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def _channels_first(self) -> bool:
        return self.data_format == "channels_first"

    @property
    def _letters(self) -> str:
        return window_arguments.convert_data_format(self.data_format, self.rank + 2)

    def build(self, input_shape: ShapeLike) -> None:
        """Makes kernel and bias for inputs of a shape.

        Raises:
          ValueError: If the number of channels is unknown.
        """
        channels = self._input_channels(input_shape)
        self._add_kernels(channels)
        self._add_bias(self.filters)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={1 if self._channels_first else -1: channels})
        super().build(input_shape)

    def _input_channels(self, input_shape: ShapeLike) -> int:
        channels = as_shape(input_shape).as_list()[1 if self._channels_first else -1]
        if channels is None:
            raise ValueError(f"The channel dimension of the inputs to {self.name} should be defined. Found None in the "
                             f"shape {as_shape(input_shape)} with data_format={self.data_format!r}: give the inputs a "
                             "shape with set_shape.")
        return channels

    def _add_kernels(self, channels: int) -> None:
        self._add_kernel([*self.kernel_size, channels, self.filters])

    def call(self, inputs: TensorLike) -> Any:
        """The output, whose channels are the filters."""
        inputs = convert_to_tensor(inputs)
        padded, padding = self._causally_padded(inputs)
        outputs = convolution(padded, self.kernel, padding, self.strides, self.dilation_rate,
                              name=type(self).__name__, data_format=self._letters)
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return self._activated(self._with_bias(outputs))

    def _causally_padded(self, inputs: Tensor) -> tuple[Tensor, str]:
        """Inputs, and the padding that is left for the convolution itself."""
        if self.padding != "causal":
            return inputs, self.padding.upper()
        before = (self.kernel_size[0] - 1) * self.dilation_rate[0]
        margins = [[0, 0], [0, 0], [before, 0]] if self._channels_first else [[0, 0], [before, 0], [0, 0]]
        return pad(inputs, margins), "VALID"

    def _with_bias(self, outputs: Tensor) -> Tensor:
        if self.bias is None:
            return outputs
        if self._channels_first and self.rank == 1:
            return outputs + reshape(self.bias, [1, self.filters, 1])
        return bias_add(outputs, self.bias, data_format="NCHW" if self._channels_first else "NHWC")

    def compute_output_shape(self, input_shape: ShapeLike) -> TensorShape:
        """The shape of the output for inputs of a shape; sizes may be unknown.

        Raises:
          ValueError: If there is another number of dimensions, or not room for one window.
        """
        shape = as_shape(input_shape).with_rank(self.rank + 2)
        sizes = shape.as_list()
        sizes = [sizes[0], *(sizes[2:] if self._channels_first else sizes[1:-1])]
        lengths = [self._output_length(size, axis) for axis, size in enumerate(sizes[1:])]
        spatial = [self.filters, *lengths] if self._channels_first else [*lengths, self.filters]
        return TensorShape([sizes[0], *spatial])

    def _output_length(self, size: int | None, axis: int) -> int | None:
        return window_arguments.conv_output_length(size, self.kernel_size[axis], self.padding, self.strides[axis],
                                                   self.dilation_rate[axis])


class Conv1D(Conv):
    """A convolution of [batch, width, channels]: of sequences, for example.

    The variables are `kernel` [kernel_size, channels, filters] and `bias` [filters], in the layer's scope.

    Args:
      filters: The number of output channels.
      kernel_size: The size of the window.
      strides: The distance of the windows.
      padding: `"valid"` or `"same"`; or `"causal"`, where no output depends on later inputs.
      data_format: `"channels_last"` or `"channels_first"`.
      dilation_rate: The distance of the elements of a window; above 1 only where `strides` are 1.
      activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint: See `tf.layers.Dense`.
      trainable, name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If an argument is not of the form said. When called, if the inputs have another number of
        dimensions, or their channels are unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     layer = tf.layers.Conv1D(4, 3, strides=2, padding="same")
      ...     print(layer(tf.zeros([2, 9, 5])).shape, layer.kernel.shape)
      (2, 5, 4) (3, 5, 4)
    """

    rank = 1


class Conv2D(Conv):
    """A convolution of images [batch, height, width, channels].

    The variables are `kernel` [...kernel_size, channels, filters] and `bias` [filters], in the layer's scope.

    Args:
      filters: The number of output channels.
      kernel_size: The size of the window: an integer, or two.
      strides: The distance of the windows, likewise.
      padding: `"valid"` or `"same"`.
      data_format: `"channels_last"` or `"channels_first"`.
      dilation_rate: The distance of the elements of a window; above 1 only where `strides` are 1.
      activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint: See `tf.layers.Dense`.
      trainable, name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If an argument is not of the form said. When called, if the inputs have another number of
        dimensions, or their channels are unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     layer = tf.layers.Conv2D(32, [5, 5], padding="same", activation=tf.nn.relu)
      ...     print(layer(tf.placeholder(tf.float32, [None, 28, 28, 1])))
      Tensor("conv2d/Relu:0", shape=(?, 28, 28, 32), dtype=float32)
    """

    rank = 2


class Conv3D(Conv):
    """A convolution of volumes [batch, depth, height, width, channels].

    The variables are `kernel` [...kernel_size, channels, filters] and `bias` [filters], in the layer's scope.

    Args:
      filters: The number of output channels.
      kernel_size: The size of the window: an integer, or three.
      strides: The distance of the windows, likewise.
      padding: `"valid"` or `"same"`.
      data_format: `"channels_last"` or `"channels_first"`.
      dilation_rate: The distance of the elements of a window; above 1 only where `strides` are 1.
      activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint: See `tf.layers.Dense`.
      trainable, name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If an argument is not of the form said. When called, if the inputs have another number of
        dimensions, or their channels are unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.layers.Conv3D(4, 3)(tf.zeros([2, 8, 8, 8, 1])).shape)
      (2, 6, 6, 6, 4)
    """

    rank = 3


def conv1d(inputs: TensorLike, filters: int, kernel_size: Sizes, strides: Sizes = 1, padding: str = "valid",
           data_format: str = "channels_last", dilation_rate: Sizes = 1, activation: Any = None,
           use_bias: bool = True, kernel_initializer: Any = None, bias_initializer: Any = ZEROS,
           kernel_regularizer: Function | None = None, bias_regularizer: Function | None = None,
           activity_regularizer: Function | None = None, kernel_constraint: Function | None = None,
           bias_constraint: Function | None = None, trainable: bool = True, name: str | None = None,
           reuse: bool | None = None) -> Tensor:
    """A convolution of sequences: see `tf.layers.Conv1D`.

    Args:
      inputs: [batch, width, channels] (or as `data_format` says).
      filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, kernel_initializer,
        bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint,
        bias_constraint, trainable: See `tf.layers.Conv1D`.
      name: Name of the variable scope.
      reuse: Whether the variables exist already.

    Raises:
      ValueError: If an argument is not of the form that the class says, or the channels are unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.reshape(tf.range(4.0), [1, 4, 1])
      ...     y = tf.layers.conv1d(x, 1, 2, padding="causal", kernel_initializer=tf.ones_initializer())
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(y)[0, :, 0])
      [0. 1. 3. 5.]
    """
    layer = Conv1D(filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
                   kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
                   kernel_constraint, bias_constraint, trainable, name, _scope=name, _reuse=reuse)
    return layer(inputs)


def conv2d(inputs: TensorLike, filters: int, kernel_size: Sizes, strides: Sizes = (1, 1), padding: str = "valid",
           data_format: str = "channels_last", dilation_rate: Sizes = (1, 1), activation: Any = None,
           use_bias: bool = True, kernel_initializer: Any = None, bias_initializer: Any = ZEROS,
           kernel_regularizer: Function | None = None, bias_regularizer: Function | None = None,
           activity_regularizer: Function | None = None, kernel_constraint: Function | None = None,
           bias_constraint: Function | None = None, trainable: bool = True, name: str | None = None,
           reuse: bool | None = None) -> Tensor:
    """A convolution of images: see `tf.layers.Conv2D`.

    Args:
      inputs: [batch, height, width, channels] (or as `data_format` says).
      filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, kernel_initializer,
        bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint,
        bias_constraint, trainable: See `tf.layers.Conv2D`.
      name: Name of the variable scope.
      reuse: Whether the variables exist already.

    Raises:
      ValueError: If an argument is not of the form that the class says, or the channels are unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     images = tf.placeholder(tf.float32, [None, 28, 28, 1])
      ...     print(tf.layers.conv2d(images, filters=32, kernel_size=[5, 5], strides=2, name="first").shape)
      ...     print([v.name for v in tf.trainable_variables()])
      (?, 12, 12, 32)
      ['first/kernel:0', 'first/bias:0']
    """
    layer = Conv2D(filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
                   kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
                   kernel_constraint, bias_constraint, trainable, name, _scope=name, _reuse=reuse)
    return layer(inputs)


def conv3d(inputs: TensorLike, filters: int, kernel_size: Sizes, strides: Sizes = (1, 1, 1), padding: str = "valid",
           data_format: str = "channels_last", dilation_rate: Sizes = (1, 1, 1), activation: Any = None,
           use_bias: bool = True, kernel_initializer: Any = None, bias_initializer: Any = ZEROS,
           kernel_regularizer: Function | None = None, bias_regularizer: Function | None = None,
           activity_regularizer: Function | None = None, kernel_constraint: Function | None = None,
           bias_constraint: Function | None = None, trainable: bool = True, name: str | None = None,
           reuse: bool | None = None) -> Tensor:
    """A convolution of volumes: see `tf.layers.Conv3D`.

    Args:
      inputs: [batch, depth, height, width, channels] (or as `data_format` says).
      filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, kernel_initializer,
        bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint,
        bias_constraint, trainable: See `tf.layers.Conv3D`.
      name: Name of the variable scope.
      reuse: Whether the variables exist already.

    Raises:
      ValueError: If an argument is not of the form that the class says, or the channels are unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.layers.conv3d(tf.zeros([1, 1, 8, 8, 8]), 4, 3, data_format="channels_first").shape)
      (1, 4, 6, 6, 6)
    """
    layer = Conv3D(filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
                   kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
                   kernel_constraint, bias_constraint, trainable, name, _scope=name, _reuse=reuse)
    return layer(inputs)
