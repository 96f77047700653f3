"""Poolings in one, two and three dimensions, as layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from millpond.graph.argument_types import ShapeLike, Sizes, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.layers import window_arguments
from millpond.layers.base import Layer
from millpond.layers.input_spec import InputSpec
from millpond.ops.array.shape import expand_dims, squeeze
from millpond.ops.array.transpose import transpose
from millpond.ops.nn import pooling_functions
from millpond.shapes import TensorShape, as_shape

# A pooling of sequences is one of images of width 1.
_FUNCTIONS: dict[tuple[str, int], Callable[..., Tensor]] = {
    ("max", 1): pooling_functions.max_pool, ("average", 1): pooling_functions.avg_pool,
    ("max", 2): pooling_functions.max_pool, ("average", 2): pooling_functions.avg_pool,
    ("max", 3): pooling_functions.max_pool3d, ("average", 3): pooling_functions.avg_pool3d,
}


class Pooling(Layer):
    """A pooling in `rank` dimensions; the classes that users know say in how many, and what is taken of a window.

    Args:
      pool_size: The size of the window: an integer, or one for each dimension.
      strides: The distance of the windows, likewise; None for the size of the window.
      padding: `"valid"` or `"same"`.
      data_format: `"channels_last"` or `"channels_first"`.
      name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If a size is not positive, or there is not one for each dimension; if `padding` or `data_format` is
        another name. When called, if the inputs have another number of dimensions.
    """

    rank: ClassVar[int]
    _kind: ClassVar[str]
    _CONFIG = ("pool_size", "strides", "padding", "data_format")

    def __init__(self, pool_size: Sizes, strides: Sizes | None, padding: str = "valid",
                 data_format: str = "channels_last", name: Any = None, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        strides = pool_size if strides is None else strides
        self.pool_size = window_arguments.positive_tuple(pool_size, self.rank, "pool_size")
        self.strides = window_arguments.positive_tuple(strides, self.rank, "strides")
        self.padding = window_arguments.normalize_padding(padding)
        self.data_format = window_arguments.normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: TensorLike) -> Tensor:
        """What is taken of each window."""
        inputs = convert_to_tensor(inputs)
        channels_first = self.data_format == "channels_first"
        if self.rank == 1:
            width = 3 if channels_first else 2
            return squeeze(self._pooled(expand_dims(inputs, width), self.data_format, (1,)), [width])
        if self.rank == 3 and channels_first:  # TensorFlow's graph has these transpositions on every device
            pooled = self._pooled(transpose(inputs, [0, 2, 3, 4, 1]), "channels_last")
            return transpose(pooled, [0, 4, 1, 2, 3])
        return self._pooled(inputs, self.data_format)

    def _pooled(self, inputs: Tensor, data_format: str, more: tuple[int, ...] = ()) -> Tensor:
        letters = window_arguments.convert_data_format(data_format, len(inputs.shape))
        return _FUNCTIONS[self._kind, self.rank](
            inputs, self.pool_size + more, self.strides + more, padding=self.padding.upper(), data_format=letters)

    def compute_output_shape(self, input_shape: ShapeLike) -> TensorShape:
        """The shape of the output for inputs of a shape; sizes may be unknown.

        Raises:
          ValueError: If there is another number of dimensions, or not room for one window.
        """
        sizes = as_shape(input_shape).with_rank(self.rank + 2).as_list()
        first = 2 if self.data_format == "channels_first" else 1
        for axis, (window, stride) in enumerate(zip(self.pool_size, self.strides, strict=True), first):
            sizes[axis] = window_arguments.conv_output_length(sizes[axis], window, self.padding, stride)
        return TensorShape(sizes)


class MaxPooling1D(Pooling):
    """The greatest element of each window of [batch, width, channels].

    Args:
      pool_size: The size of the window: an integer, or a list of one.
      strides: The distance of the windows, likewise; None for the size of the window.
      padding: `"valid"` or `"same"`.
      data_format: `"channels_last"` or `"channels_first"`.
      name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If an argument is not of the form said. When called, if the inputs have another number of dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     layer = tf.layers.MaxPooling1D(pool_size=2, strides=2)
      ...     print(layer(tf.zeros([3, 8, 5])).shape)
      (3, 4, 5)
    """

    rank = 1
    _kind = "max"


class MaxPooling2D(Pooling):
    """The greatest element of each window of [batch, height, width, channels].

    Args:
      pool_size: The size of the window: an integer, or two.
      strides: The distance of the windows, likewise; None for the size of the window.
      padding: `"valid"` or `"same"`.
      data_format: `"channels_last"` or `"channels_first"`.
      name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If an argument is not of the form said. When called, if the inputs have another number of dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     layer = tf.layers.MaxPooling2D(pool_size=2, strides=2)
      ...     print(layer(tf.zeros([3, 8, 8, 5])).shape)
      (3, 4, 4, 5)
    """

    rank = 2
    _kind = "max"


class MaxPooling3D(Pooling):
    """The greatest element of each window of [batch, depth, height, width, channels].

    Args:
      pool_size: The size of the window: an integer, or three.
      strides: The distance of the windows, likewise; None for the size of the window.
      padding: `"valid"` or `"same"`.
      data_format: `"channels_last"` or `"channels_first"`.
      name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If an argument is not of the form said. When called, if the inputs have another number of dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     layer = tf.layers.MaxPooling3D(pool_size=2, strides=2)
      ...     print(layer(tf.zeros([3, 8, 8, 8, 5])).shape)
      (3, 4, 4, 4, 5)
    """

    rank = 3
    _kind = "max"


class AveragePooling1D(Pooling):
    """The mean of each window of [batch, width, channels].

    Args:
      pool_size: The size of the window: an integer, or a list of one.
      strides: The distance of the windows, likewise; None for the size of the window.
      padding: `"valid"` or `"same"`; what lies beyond the inputs is not counted.
      data_format: `"channels_last"` or `"channels_first"`.
      name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If an argument is not of the form said. When called, if the inputs have another number of dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     layer = tf.layers.AveragePooling1D(pool_size=2, strides=2)
      ...     print(layer(tf.zeros([3, 8, 5])).shape)
      (3, 4, 5)
    """

    rank = 1
    _kind = "average"


class AveragePooling2D(Pooling):
    """The mean of each window of [batch, height, width, channels].

    Args:
      pool_size: The size of the window: an integer, or two.
      strides: The distance of the windows, likewise; None for the size of the window.
      padding: `"valid"` or `"same"`; what lies beyond the inputs is not counted.
      data_format: `"channels_last"` or `"channels_first"`.
      name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If an argument is not of the form said. When called, if the inputs have another number of dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     layer = tf.layers.AveragePooling2D(pool_size=2, strides=2)
      ...     print(layer(tf.zeros([3, 8, 8, 5])).shape)
      (3, 4, 4, 5)
    """

    rank = 2
    _kind = "average"


class AveragePooling3D(Pooling):
    """The mean of each window of [batch, depth, height, width, channels].

    Args:
      pool_size: The size of the window: an integer, or three.
      strides: The distance of the windows, likewise; None for the size of the window.
      padding: `"valid"` or `"same"`; what lies beyond the inputs is not counted.
      data_format: `"channels_last"` or `"channels_first"`.
      name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: If an argument is not of the form said. When called, if the inputs have another number of dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     layer = tf.layers.AveragePooling3D(pool_size=2, strides=2)
      ...     print(layer(tf.zeros([3, 8, 8, 8, 5])).shape)
      (3, 4, 4, 4, 5)
    """

    rank = 3
    _kind = "average"


def max_pooling1d(inputs: TensorLike, pool_size: Sizes, strides: Sizes, padding: str = "valid",
                  data_format: str = "channels_last", name: str | None = None) -> Tensor:
    """The greatest element of each window: see `tf.layers.MaxPooling1D`.

    Args:
      inputs: [batch, width, channels] (or as `data_format` says).
      pool_size, strides, padding, data_format: See `tf.layers.MaxPooling1D`.
      name: Name of the scope.

    Raises:
      ValueError: If an argument is not of the form that the class says, or the inputs have other dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     y = tf.layers.max_pooling1d(tf.reshape([1.0, 3.0, 5.0, 7.0], [1, 4, 1]), 2, 2)
      ...     print(sess.run(tf.reshape(y, [-1])))
      [3. 7.]
    """
    return MaxPooling1D(pool_size, strides, padding, data_format, name)(inputs)


def max_pooling2d(inputs: TensorLike, pool_size: Sizes, strides: Sizes, padding: str = "valid",
                  data_format: str = "channels_last", name: str | None = None) -> Tensor:
    """The greatest element of each window: see `tf.layers.MaxPooling2D`.

    Args:
      inputs: [batch, height, width, channels] (or as `data_format` says).
      pool_size, strides, padding, data_format: See `tf.layers.MaxPooling2D`.
      name: Name of the scope.

    Raises:
      ValueError: If an argument is not of the form that the class says, or the inputs have other dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     y = tf.layers.max_pooling2d(tf.reshape(tf.range(16.0), [1, 4, 4, 1]), 2, 2)
      ...     print(sess.run(tf.reshape(y, [-1])))
      [ 5.  7. 13. 15.]
    """
    return MaxPooling2D(pool_size, strides, padding, data_format, name)(inputs)


def max_pooling3d(inputs: TensorLike, pool_size: Sizes, strides: Sizes, padding: str = "valid",
                  data_format: str = "channels_last", name: str | None = None) -> Tensor:
    """The greatest element of each window: see `tf.layers.MaxPooling3D`.

    Args:
      inputs: [batch, depth, height, width, channels] (or as `data_format` says).
      pool_size, strides, padding, data_format: See `tf.layers.MaxPooling3D`.
      name: Name of the scope.

    Raises:
      ValueError: If an argument is not of the form that the class says, or the inputs have other dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     y = tf.layers.max_pooling3d(tf.reshape(tf.range(8.0), [1, 2, 2, 2, 1]), 2, 2)
      ...     print(sess.run(tf.reshape(y, [-1])))
      [7.]
    """
    return MaxPooling3D(pool_size, strides, padding, data_format, name)(inputs)


def average_pooling1d(inputs: TensorLike, pool_size: Sizes, strides: Sizes, padding: str = "valid",
                      data_format: str = "channels_last", name: str | None = None) -> Tensor:
    """The mean of each window: see `tf.layers.AveragePooling1D`.

    Args:
      inputs: [batch, width, channels] (or as `data_format` says).
      pool_size, strides, padding, data_format: See `tf.layers.AveragePooling1D`.
      name: Name of the scope.

    Raises:
      ValueError: If an argument is not of the form that the class says, or the inputs have other dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     y = tf.layers.average_pooling1d(tf.reshape([1.0, 3.0, 5.0, 7.0], [1, 4, 1]), 2, 2)
      ...     print(sess.run(tf.reshape(y, [-1])))
      [2. 6.]
    """
    return AveragePooling1D(pool_size, strides, padding, data_format, name)(inputs)


def average_pooling2d(inputs: TensorLike, pool_size: Sizes, strides: Sizes, padding: str = "valid",
                      data_format: str = "channels_last", name: str | None = None) -> Tensor:
    """The mean of each window: see `tf.layers.AveragePooling2D`.

    Args:
      inputs: [batch, height, width, channels] (or as `data_format` says).
      pool_size, strides, padding, data_format: See `tf.layers.AveragePooling2D`.
      name: Name of the scope.

    Raises:
      ValueError: If an argument is not of the form that the class says, or the inputs have other dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     y = tf.layers.average_pooling2d(tf.reshape(tf.range(16.0), [1, 4, 4, 1]), 2, 2)
      ...     print(sess.run(tf.reshape(y, [-1])))
      [ 2.5  4.5 10.5 12.5]
    """
    return AveragePooling2D(pool_size, strides, padding, data_format, name)(inputs)


def average_pooling3d(inputs: TensorLike, pool_size: Sizes, strides: Sizes, padding: str = "valid",
                      data_format: str = "channels_last", name: str | None = None) -> Tensor:
    """The mean of each window: see `tf.layers.AveragePooling3D`.

    Args:
      inputs: [batch, depth, height, width, channels] (or as `data_format` says).
      pool_size, strides, padding, data_format: See `tf.layers.AveragePooling3D`.
      name: Name of the scope.

    Raises:
      ValueError: If an argument is not of the form that the class says, or the inputs have other dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     y = tf.layers.average_pooling3d(tf.reshape(tf.range(8.0), [1, 2, 2, 2, 1]), 2, 2)
      ...     print(sess.run(tf.reshape(y, [-1])))
      [3.5]
    """
    return AveragePooling3D(pool_size, strides, padding, data_format, name)(inputs)
