"""Transposed convolutions, which take the output of a convolution back to the shape of its input, as layers."""

from __future__ import annotations

from typing import Any

from millpond.graph.argument_types import Sizes, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.layers import window_arguments
from millpond.layers.convolution import Conv
from millpond.layers.kernels import ZEROS, Function
from millpond.ops.array.join import stack
from millpond.ops.array.shape import shape as shape_of
from millpond.ops.nn import convolution_functions

_FUNCTIONS = {2: convolution_functions.conv2d_transpose, 3: convolution_functions.conv3d_transpose}


class ConvTranspose(Conv):
    """A transposed convolution in `rank` dimensions; see `Conv`, but for the dilation, of which there is none.

    Args:
      filters, kernel_size, strides, padding, data_format, activation, use_bias, kernel_initializer, bias_initializer,
        kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, trainable,
        name, **kwargs: See `Conv`.
    """

    _CONFIG = tuple(name for name in Conv._CONFIG if name != "dilation_rate")

    def __init__(self, filters: int, kernel_size: Sizes, strides: Sizes = 1, padding: str = "valid",
                 data_format: str = "channels_last", activation: Any = None, use_bias: bool = True,
                 kernel_initializer: Any = None, bias_initializer: Any = ZEROS,
                 kernel_regularizer: Function | None = None, bias_regularizer: Function | None = None,
                 activity_regularizer: Function | None = None, kernel_constraint: Function | None = None,
                 bias_constraint: Function | None = None, trainable: bool = True, name: Any = None,
                 **kwargs: Any) -> None:
        super().__init__(filters, kernel_size, strides, padding, data_format, 1, activation, use_bias,
                         kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
                         activity_regularizer, kernel_constraint, bias_constraint, trainable, name, **kwargs)

    def _add_kernels(self, channels: int) -> None:
        self._add_kernel([*self.kernel_size, self.filters, channels])

    def call(self, inputs: TensorLike) -> Any:
        """The output, whose channels are the filters."""
        inputs = convert_to_tensor(inputs)
        output_shape = stack(self._output_sizes(inputs))
        if self.rank == 2:
            output_shape[0]  # a node of TensorFlow's graph, where the seeds of operations follow from their number
        outputs = _FUNCTIONS[self.rank](inputs, self.kernel, output_shape, self.strides, padding=self.padding.upper(),
                                        data_format=self._letters)
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return self._activated(self._with_bias(outputs))

    def _output_sizes(self, inputs: Tensor) -> list[Any]:
        sizes = shape_of(inputs)
        first = 2 if self._channels_first else 1
        axes = range(first, first + self.rank)
        batch = sizes[0]
        known = inputs.shape.as_list()
        inner = [sizes[axis] if known[axis] is None or self.rank == 3 else known[axis] for axis in axes]
        spatial = [self._output_length(size, axis) for axis, size in enumerate(inner)]
        return [batch, self.filters, *spatial] if self._channels_first else [batch, *spatial, self.filters]

    def _output_length(self, size: Any, axis: int) -> Any:
        return window_arguments.deconv_output_length(size, self.kernel_size[axis], self.padding, self.strides[axis])


class Conv2DTranspose(ConvTranspose):
    """A transposed convolution of images [batch, height, width, channels].

    The variables are `kernel` [...kernel_size, filters, channels] and `bias` [filters], in the layer's scope.

    Args:
      filters: The number of output channels.
      kernel_size: The size of the window: an integer, or two.
      strides: The distance of the windows in the output, likewise.
      padding: `"valid"` or `"same"`.
      data_format: `"channels_last"` or `"channels_first"`.
      activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint: See `tf.layers.Dense`.
      trainable, name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If an argument is not of the form said. When called, if the inputs have another number of
        dimensions, or their channels are unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     layer = tf.layers.Conv2DTranspose(8, 3, strides=2, padding="same")
      ...     print(layer(tf.placeholder(tf.float32, [None, 7, 7, 5])).shape, layer.kernel.shape)
      (?, 14, 14, 8) (3, 3, 8, 5)
    """

    rank = 2


class Conv3DTranspose(ConvTranspose):
    """A transposed convolution of volumes [batch, depth, height, width, channels].

    The variables are `kernel` [...kernel_size, filters, channels] and `bias` [filters], in the layer's scope.

    Args:
      filters: The number of output channels.
      kernel_size: The size of the window: an integer, or three.
      strides: The distance of the windows in the output, likewise.
      padding: `"valid"` or `"same"`.
      data_format: `"channels_last"` or `"channels_first"`.
      activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint: See `tf.layers.Dense`.
      trainable, name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If an argument is not of the form said. When called, if the inputs have another number of
        dimensions, or their channels are unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     layer = tf.layers.Conv3DTranspose(2, 2, strides=2)
      ...     print(layer(tf.zeros([1, 4, 4, 4, 5])).shape, layer.kernel.shape)
      (1, 8, 8, 8, 2) (2, 2, 2, 2, 5)
    """

    rank = 3


def conv2d_transpose(inputs: TensorLike, filters: int, kernel_size: Sizes, strides: Sizes = (1, 1),
                     padding: str = "valid", data_format: str = "channels_last", activation: Any = None,
                     use_bias: bool = True, kernel_initializer: Any = None, bias_initializer: Any = ZEROS,
                     kernel_regularizer: Function | None = None, bias_regularizer: Function | None = None,
                     activity_regularizer: Function | None = None, kernel_constraint: Function | None = None,
                     bias_constraint: Function | None = None, trainable: bool = True, name: str | None = None,
                     reuse: bool | None = None) -> Tensor:
    """A transposed convolution of images: see `tf.layers.Conv2DTranspose`.

    Args:
      inputs: [batch, height, width, channels] (or as `data_format` says).
      filters, kernel_size, strides, padding, data_format, activation, use_bias, kernel_initializer, bias_initializer,
        kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, trainable: See
        `tf.layers.Conv2DTranspose`.
      name: Name of the variable scope.
      reuse: Whether the variables exist already.

    Raises:
      ValueError: If an argument is not of the form that the class says, or the channels are unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     y = tf.layers.conv2d_transpose(tf.ones([1, 1, 2, 1]), 1, 2, kernel_initializer=tf.ones_initializer())
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(y)[0, :, :, 0])
      [[1. 2. 1.]
       [1. 2. 1.]]
    """
    layer = Conv2DTranspose(filters, kernel_size, strides, padding, data_format, activation, use_bias,
                            kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
                            activity_regularizer, kernel_constraint, bias_constraint, trainable, name, _scope=name,
                            _reuse=reuse)
    return layer(inputs)


def conv3d_transpose(inputs: TensorLike, filters: int, kernel_size: Sizes, strides: Sizes = (1, 1, 1),
                     padding: str = "valid", data_format: str = "channels_last", activation: Any = None,
                     use_bias: bool = True, kernel_initializer: Any = None, bias_initializer: Any = ZEROS,
                     kernel_regularizer: Function | None = None, bias_regularizer: Function | None = None,
                     activity_regularizer: Function | None = None, kernel_constraint: Function | None = None,
                     bias_constraint: Function | None = None, trainable: bool = True, name: str | None = None,
                     reuse: bool | None = None) -> Tensor:
    """A transposed convolution of volumes: see `tf.layers.Conv3DTranspose`.

    Args:
      inputs: [batch, depth, height, width, channels] (or as `data_format` says).
      filters, kernel_size, strides, padding, data_format, activation, use_bias, kernel_initializer, bias_initializer,
        kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, trainable: See
        `tf.layers.Conv3DTranspose`.
      name: Name of the variable scope.
      reuse: Whether the variables exist already.

    Raises:
      ValueError: If an argument is not of the form that the class says, or the channels are unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.layers.conv3d_transpose(tf.zeros([1, 2, 2, 2, 4]), 1, 3, strides=(1, 2, 2)).shape)
      (1, 4, 5, 5, 1)
    """
    layer = Conv3DTranspose(filters, kernel_size, strides, padding, data_format, activation, use_bias,
                            kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
                            activity_regularizer, kernel_constraint, bias_constraint, trainable, name, _scope=name,
                            _reuse=reuse)
    return layer(inputs)
