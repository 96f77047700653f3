"""`conv2d` and its kin, as users call them; the ops are in `convolution.py` and `depthwise.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import ShapeTensorLike, Sizes, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.nn.convolution import (
    CONV2D,
    CONV2D_BACKPROP_FILTER,
    CONV2D_BACKPROP_INPUT,
    CONV3D,
    CONV3D_BACKPROP_FILTER,
    CONV3D_BACKPROP_INPUT,
)
from millpond.ops.nn.dilated_windows import with_space_to_batch
from millpond.ops.nn.pooling_functions import explicit_padding
from millpond.ops.nn.window_geometry import Layout, per_dimension
from millpond.ops.scoping import name_scope

_FORMATS = {1: "NWC", 2: "NHWC", 3: "NDHWC"}


def _one_of(first: Any, second: Any, first_name: str, second_name: str) -> Any:
    """The value of an argument that has two names."""
    if first is not None and second is not None:
        raise ValueError(f"Cannot specify both '{first_name}' and '{second_name}': they are two names of one argument.")
    return second if first is None else first


def _settings(strides: Any, padding: Any, data_format: str | None, dilations: Any, rank: int = 2) -> dict[str, Any]:
    layout = Layout(data_format or _FORMATS[rank])
    padding, explicit = explicit_padding(padding, layout)
    settings = {"strides": per_dimension(1 if strides is None else strides, layout, "strides"), "padding": padding,
                "dilations": per_dimension(1 if dilations is None else dilations, layout, "dilations"),
                "data_format": layout.data_format}
    return {**settings, "explicit_paddings": explicit} if rank == 2 else settings


def conv2d(input: TensorLike, filter: TensorLike | None = None, strides: Sizes | None = None,
           padding: str | Sequence[Sequence[int]] | None = None, use_cudnn_on_gpu: bool = True,
           data_format: str = "NHWC", dilations: Sizes = (1, 1, 1, 1), name: str | None = None,
           filters: TensorLike | None = None) -> Tensor:
    """Two-dimensional convolution (in truth correlation).

    output[b, y, x, k] = sum over i, j, c of input[b, s * y + i, s * x + j, c] * filter[i, j, c, k].

    Args:
      input: [batch, height, width, channels] (or as `data_format` says).
      filter: [filter height, filter width, input channels, output channels].
      strides: Distances of the windows: a number, one for each spatial dimension, or one for each dimension.
      padding: `"SAME"`, `"VALID"`, or a pair of numbers for each dimension.
      use_cudnn_on_gpu: Kept in the graph; XLA decides.
      data_format: `"NHWC"` or `"NCHW"`.
      dilations: Distances of the elements of a window, given like `strides`.
      name: Name of the node.
      filters: Another name of `filter`.

    Raises:
      ValueError: If the arguments do not fit each other or the shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     image = tf.placeholder(tf.float32, [None, 28, 28, 1])
      ...     print(tf.nn.conv2d(image, tf.zeros([5, 5, 1, 32]), [1, 2, 2, 1], "SAME").shape)
      (?, 14, 14, 32)
    """
    return CONV2D(input, _one_of(filter, filters, "filter", "filters"), use_cudnn_on_gpu=use_cudnn_on_gpu, name=name,
                  **_settings(strides, padding, data_format, dilations))


def conv2d_backprop_input(input_sizes: TensorLike, filter: TensorLike | None = None,
                          out_backprop: TensorLike | None = None, strides: Sizes | None = None,
                          padding: str | Sequence[Sequence[int]] | None = None, use_cudnn_on_gpu: bool = True,
                          data_format: str = "NHWC", dilations: Sizes = (1, 1, 1, 1), name: str | None = None,
                          filters: TensorLike | None = None) -> Tensor:
    """The gradient of `conv2d` with respect to its input, which has the shape `input_sizes`.

    Args:
      input_sizes: The shape of the input, an integer vector of four.
      filter: [filter height, filter width, input channels, output channels].
      out_backprop: The gradient of the output of `conv2d`.
      strides, padding, use_cudnn_on_gpu, data_format, dilations: See `conv2d`.
      name: Name of the node.
      filters: Another name of `filter`.

    Raises:
      ValueError: If the arguments do not fit each other or the shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     w, dy = tf.zeros([3, 3, 1, 2]), tf.zeros([1, 3, 3, 2])
      ...     print(tf.nn.conv2d_backprop_input([1, 5, 5, 1], w, dy, [1, 1, 1, 1], "VALID").shape)
      (1, 5, 5, 1)
    """
    return CONV2D_BACKPROP_INPUT(input_sizes, _one_of(filter, filters, "filter", "filters"), out_backprop, name=name,
                                 use_cudnn_on_gpu=use_cudnn_on_gpu,
                                 **_settings(strides, padding, data_format, dilations))


def conv2d_backprop_filter(input: TensorLike, filter_sizes: TensorLike, out_backprop: TensorLike,
                           strides: Sizes | None = None, padding: str | Sequence[Sequence[int]] | None = None,
                           use_cudnn_on_gpu: bool = True, data_format: str = "NHWC", dilations: Sizes = (1, 1, 1, 1),
                           name: str | None = None) -> Tensor:
    """The gradient of `conv2d` with respect to its filter, which has the shape `filter_sizes`.

    Args:
      input: [batch, height, width, input channels] (or as `data_format` says).
      filter_sizes: The shape of the filter, an integer vector of four.
      out_backprop: The gradient of the output of `conv2d`.
      strides, padding, use_cudnn_on_gpu, data_format, dilations: See `conv2d`.
      name: Name of the node.

    Raises:
      ValueError: If the arguments do not fit each other or the shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x, dy = tf.zeros([1, 5, 5, 1]), tf.zeros([1, 3, 3, 2])
      ...     print(tf.nn.conv2d_backprop_filter(x, [3, 3, 1, 2], dy, [1, 1, 1, 1], "VALID").shape)
      (3, 3, 1, 2)
    """
    return CONV2D_BACKPROP_FILTER(input, filter_sizes, out_backprop, use_cudnn_on_gpu=use_cudnn_on_gpu, name=name,
                                  **_settings(strides, padding, data_format, dilations))


def conv2d_transpose(value: TensorLike | None = None, filter: TensorLike | None = None,
                     output_shape: ShapeTensorLike | None = None, strides: Sizes | None = None,
                     padding: str | Sequence[Sequence[int]] = "SAME", data_format: str = "NHWC",
                     name: str | None = None, input: TensorLike | None = None, filters: TensorLike | None = None,
                     dilations: Sizes | None = None) -> Tensor:
    """The transpose of `conv2d`, also called deconvolution: it takes its output back to the shape of its input.

    Args:
      value: [batch, height, width, input channels] (or as `data_format` says).
      filter: [filter height, filter width, output channels, input channels].
      output_shape: The shape of the result, a list or tensor of four.
      strides: Distances of the windows in the result.
      padding: `"SAME"`, `"VALID"`, or a pair of numbers for each dimension.
      data_format: `"NHWC"` or `"NCHW"`.
      name: Name of the node.
      input, filters: Other names of `value` and `filter`.
      dilations: Distances of the elements of a window.

    Raises:
      ValueError: If the arguments do not fit each other or the shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x, w = tf.ones([1, 1, 1, 1]), tf.reshape([1.0, 2.0, 3.0, 4.0], [2, 2, 1, 1])
      ...     print(sess.run(tf.nn.conv2d_transpose(x, w, [1, 2, 2, 1], [1, 2, 2, 1])[0, :, :, 0]))
      [[1. 2.]
       [3. 4.]]
    """
    value, filter = _one_of(value, input, "value", "input"), _one_of(filter, filters, "filter", "filters")
    with name_scope(name, "conv2d_transpose", [value, filter, output_shape]) as scope:
        return CONV2D_BACKPROP_INPUT(output_shape, filter, value, name=scope,
                                     **_settings(strides, padding, data_format, dilations))


def conv3d(input: TensorLike, filter: TensorLike | None = None, strides: Sizes | None = None,
           padding: str | None = None, data_format: str = "NDHWC", dilations: Sizes = (1, 1, 1, 1, 1),
           name: str | None = None, filters: TensorLike | None = None) -> Tensor:
    """Three-dimensional convolution of [batch, depth, height, width, channels]; see `conv2d`.

    Args:
      input: [batch, depth, height, width, channels] (or as `data_format` says).
      filter: [filter depth, filter height, filter width, input channels, output channels].
      strides: Distances of the windows: a number, one for each spatial dimension, or one for each dimension.
      padding: `"SAME"` or `"VALID"`.
      data_format: `"NDHWC"` or `"NCDHW"`.
      dilations: Distances of the elements of a window, given like `strides`.
      name: Name of the node.
      filters: Another name of `filter`.

    Raises:
      ValueError: If the arguments do not fit each other or the shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x, w = tf.zeros([1, 4, 8, 8, 1]), tf.zeros([3, 3, 3, 1, 2])
      ...     print(tf.nn.conv3d(x, w, [1, 1, 2, 2, 1], "SAME").shape)
      (1, 4, 4, 4, 2)
    """
    return CONV3D(input, _one_of(filter, filters, "filter", "filters"), name=name,
                  **_settings(strides, padding, data_format, dilations, 3))


def conv3d_transpose(value: TensorLike | None = None, filter: TensorLike | None = None,
                     output_shape: ShapeTensorLike | None = None, strides: Sizes | None = None, padding: str = "SAME",
                     data_format: str = "NDHWC", name: str | None = None, input: TensorLike | None = None,
                     filters: TensorLike | None = None, dilations: Sizes | None = None) -> Tensor:
    """The transpose of `conv3d`, also called deconvolution: it takes its output back to the shape of its input.

    Args:
      value: [batch, depth, height, width, input channels] (or as `data_format` says).
      filter: [filter depth, filter height, filter width, output channels, input channels].
      output_shape: The shape of the result, a list or tensor of five.
      strides: Distances of the windows in the result.
      padding: `"SAME"` or `"VALID"`.
      data_format: `"NDHWC"` or `"NCDHW"`.
      name: Name of the scope of the nodes.
      input, filters: Other names of `value` and `filter`.
      dilations: Distances of the elements of a window.

    Raises:
      ValueError: If the arguments do not fit each other or the shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x, w = tf.zeros([1, 2, 2, 2, 4]), tf.zeros([2, 2, 2, 1, 4])
      ...     print(tf.nn.conv3d_transpose(x, w, [1, 4, 4, 4, 1], [1, 2, 2, 2, 1]).shape)
      (1, 4, 4, 4, 1)
    """
    value, filter = _one_of(value, input, "value", "input"), _one_of(filter, filters, "filter", "filters")
    with name_scope(name, "conv3d_transpose", [value, filter, output_shape]) as scope:
        return CONV3D_BACKPROP_INPUT(output_shape, filter, value, name=scope,
                                     **_settings(strides, padding, data_format, dilations, 3))


def conv3d_backprop_filter(input: TensorLike, filter_sizes: TensorLike, out_backprop: TensorLike, strides: Sizes,
                           padding: str, data_format: str = "NDHWC", dilations: Sizes = (1, 1, 1, 1, 1),
                           name: str | None = None) -> Tensor:
    """The gradient of `conv3d` with respect to its filter, which has the shape `filter_sizes`.

    Args:
      input: [batch, depth, height, width, input channels] (or as `data_format` says).
      filter_sizes: The shape of the filter, an integer vector of five.
      out_backprop: The gradient of the output of `conv3d`.
      strides, padding, data_format, dilations: See `conv3d`.
      name: Name of the node.

    Raises:
      ValueError: If the arguments do not fit each other or the shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x, dy = tf.zeros([1, 3, 3, 3, 1]), tf.zeros([1, 2, 2, 2, 4])
      ...     print(tf.nn.conv3d_backprop_filter(x, [2, 2, 2, 1, 4], dy, [1, 1, 1, 1, 1], "VALID").shape)
      (2, 2, 2, 1, 4)
    """
    return CONV3D_BACKPROP_FILTER(input, filter_sizes, out_backprop, name=name,
                                  **_settings(strides, padding, data_format, dilations, 3))


def conv1d(value: TensorLike | None = None, filters: TensorLike | None = None, stride: Sizes | None = None,
           padding: str | None = None, use_cudnn_on_gpu: bool = True, data_format: str | None = None,
           name: str | None = None, input: TensorLike | None = None, dilations: Sizes | None = None) -> Tensor:
    """One-dimensional convolution of [batch, width, channels], as a two-dimensional one of height 1.

    Args:
      value: The input, [batch, width, channels] (or [batch, channels, width], see `data_format`).
      filters: [filter width, input channels, output channels].
      stride: The distance of the windows.
      padding: `"SAME"` or `"VALID"`.
      use_cudnn_on_gpu: Kept in the graph; XLA decides.
      data_format: `"NWC"` or `"NCW"`.
      name: Name of the scope.
      input: Another name of `value`.
      dilations: The distance of the elements of a window.

    Raises:
      ValueError: If the arguments do not fit each other, or both of `value` and `input` are given.
      tf.errors.InvalidArgumentError: At run time, if the filters do not fit the channels.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x, w = tf.reshape(tf.range(4.0), [1, 4, 1]), tf.reshape([1.0, 1.0], [2, 1, 1])
      ...     print(sess.run(tf.nn.conv1d(x, w, stride=1, padding="VALID")[0, :, 0]))
      [1. 3. 5.]
    """
    value = _one_of(value, input, "value", "input")
    with name_scope(name, "conv1d", [value, filters]) as scope:
        x, w = convert_to_tensor(value, name="input"), convert_to_tensor(filters, name="filter")
        return _conv1d(x, w, stride, padding, data_format, dilations, scope)


def _conv1d(x: Tensor, w: Tensor, stride: Any, padding: Any, data_format: str | None, dilations: Any,
            scope: str) -> Tensor:
    g = GradientBuilder()
    channels_last = (data_format or "NWC") in ("NWC", "NHWC")
    layout = Layout("NWC" if channels_last else "NCW")
    height = -3 if channels_last else -2

    def with_height(values: Any, name: str) -> list[int]:
        numbers = per_dimension(1 if values is None else values, layout, name)
        return [numbers[0], 1, *numbers[1:]] if channels_last else [*numbers[:2], 1, numbers[2]]

    result = CONV2D(g.ExpandDims(x, height), g.ExpandDims(w, 0), padding=padding, name=scope,
                    strides=with_height(stride, "stride"), dilations=with_height(dilations, "dilations"),
                    data_format="NHWC" if channels_last else "NCHW")
    return g.Squeeze(result, squeeze_dims=[height])


def conv1d_transpose(input: TensorLike, filters: TensorLike, output_shape: ShapeTensorLike, strides: Sizes,
                     padding: str = "SAME", data_format: str = "NWC", dilations: Sizes | None = None,
                     name: str | None = None) -> Tensor:
    """The transpose of `conv1d`; see `conv2d_transpose`.

    Args:
      input: [batch, width, input channels] (or [batch, input channels, width], see `data_format`).
      filters: [filter width, output channels, input channels].
      output_shape: The shape of the result, a list or tensor of three.
      strides: The distance of the windows in the result.
      padding: `"SAME"` or `"VALID"`.
      data_format: `"NWC"` or `"NCW"`.
      dilations: The distance of the elements of a window.
      name: Name of the scope.

    Raises:
      ValueError: If the arguments do not fit each other.
      tf.errors.InvalidArgumentError: At run time, if the filters do not fit the channels.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.nn.conv1d_transpose(tf.zeros([1, 4, 2]), tf.zeros([3, 1, 2]), [1, 8, 1], strides=2).shape)
      (1, 8, 1)
    """
    g = GradientBuilder()
    layout = Layout(data_format or "NWC")
    height = 1 if layout.data_format == "NWC" else 2

    def with_height(values: Any, name: str) -> list[int]:
        numbers = per_dimension(1 if values is None else values, layout, name)
        return [*numbers[:height], 1, *numbers[height:]]

    with name_scope(name, "conv1d_transpose", [input, filters, output_shape]) as scope:
        shape = convert_to_tensor(output_shape, name="output_shape")
        shape = g.ConcatV2([g.Slice(shape, [0], [height]), [1], g.Slice(shape, [height], [-1])], 0)
        result = CONV2D_BACKPROP_INPUT(
            shape, g.ExpandDims(filters, 0), g.ExpandDims(input, height), padding=padding, name=scope,
            strides=with_height(strides, "strides"), dilations=with_height(dilations, "dilations"),
            data_format="NHWC" if layout.data_format == "NWC" else "NCHW")
        return g.Squeeze(result, squeeze_dims=[height])


def convolution(input: TensorLike, filter: TensorLike | None = None, padding: str | None = None,
                strides: Sizes | None = None, dilation_rate: Sizes | None = None, name: str | None = None,
                data_format: str | None = None, filters: TensorLike | None = None,
                dilations: Sizes | None = None) -> Tensor:
    """Convolution in one, two or three dimensions, which may be dilated.

    Args:
      input: [batch, ...spatial, channels] (or as `data_format` says).
      filter: [...window, input channels, output channels].
      padding: `"SAME"` or `"VALID"`.
      strides: The distance of the windows in each spatial dimension, 1 by default.
      dilation_rate, dilations: The distance of the elements of a window in each spatial dimension, 1 by default.
      name: Name of the node.
      data_format: None or e.g. `"NWC"`; or `"NCW"`, `"NCHW"`, `"NCDHW"`.
      filters: Another name of `filter`.

    Raises:
      ValueError: If the number of dimensions is another one, or both strides and dilations are above 1.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x, w = tf.reshape(tf.range(5.0), [1, 5, 1]), tf.reshape([1.0, 1.0], [2, 1, 1])
      ...     print(sess.run(tf.nn.convolution(x, w, "VALID", dilation_rate=[2])[0, :, 0]))
      [2. 4. 6.]
    """
    filter = _one_of(filter, filters, "filter", "filters")
    rate = _one_of(dilation_rate, dilations, "dilation_rate", "dilations")
    with name_scope(name, "convolution", [input, filter]) as scope:
        x, w = convert_to_tensor(input, name="input"), convert_to_tensor(filter, name="filter")
        return _convolution(x, w, padding, strides, rate, data_format, scope)


def _convolution(x: Tensor, w: Tensor, padding: Any, strides: Any, rate: Any, data_format: str | None,
                 scope: str) -> Tensor:
    rank = (w.shape.ndims or x.shape.ndims or 0) - 2
    if rank not in (1, 2, 3):
        raise ValueError(f"tf.nn.convolution takes inputs of 3, 4 or 5 dimensions with a filter of as many, got input "
                         f"{x.shape} and filter {w.shape}")
    layout = Layout(data_format or _FORMATS[rank])
    steps = [1] * rank if strides is None else list(strides)
    rates = [1] * rank if rate is None else list(rate)
    if any(step > 1 for step in steps) and any(distance > 1 for distance in rates):
        raise ValueError("`strides > 1` not supported in conjunction with `dilations > 1`. "
                         f"Received: strides={steps} and dilations={rates}")

    def plain(x: Tensor, padding: str) -> Tensor:
        if rank == 1:
            return _conv1d(x, w, steps, padding, layout.data_format, None, scope)
        function = CONV2D if rank == 2 else CONV3D
        return function(x, w, name=scope, **_settings(steps, padding, layout.data_format, None, rank))

    if all(distance == 1 for distance in rates):
        return plain(x, padding)
    return with_space_to_batch(x, np.asarray(rates), padding, plain, layout,
                               lambda: GradientBuilder().shape(w, name="filter_shape"))


def atrous_conv2d(value: TensorLike, filters: TensorLike, rate: int, padding: str, name: str | None = None) -> Tensor:
    """`conv2d` with windows whose elements are `rate` apart (the algorithme à trous).

    Args:
      value: [batch, height, width, channels].
      filters: [filter height, filter width, input channels, output channels].
      rate: The distance of the elements of a window, at least 1.
      padding: `"SAME"` or `"VALID"`.
      name: Name of the node.

    Raises:
      ValueError: If `rate` is below 1, or the arguments do not fit each other or the shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.nn.atrous_conv2d(tf.zeros([1, 9, 9, 1]), tf.zeros([3, 3, 1, 2]), rate=2, padding="VALID").shape)
      (1, 5, 5, 2)
    """
    return convolution(value, filters, padding, dilation_rate=[rate, rate], name=name)


def atrous_conv2d_transpose(value: TensorLike, filters: TensorLike, output_shape: ShapeTensorLike, rate: int,
                            padding: str, name: str | None = None) -> Tensor:
    """The transpose of `atrous_conv2d`.

    Args:
      value: [batch, height, width, input channels].
      filters: [filter height, filter width, output channels, input channels].
      output_shape: The shape of the result, four numbers.
      rate: The distance of the elements of a window, at least 1.
      padding: `"SAME"` or `"VALID"`.
      name: Name of the scope.

    Raises:
      ValueError: If `rate` is not positive, or `padding` is another name.
      NotImplementedError: If a size that it needs is not known while building.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x, w = tf.zeros([1, 5, 5, 2]), tf.zeros([3, 3, 1, 2])
      ...     print(tf.nn.atrous_conv2d_transpose(x, w, [1, 9, 9, 1], rate=2, padding="VALID").shape)
      (1, 9, 9, 1)
    """
    if rate < 1:
        raise ValueError(f"rate {rate} cannot be less than one")
    if padding not in ("SAME", "VALID"):
        raise ValueError(f"`padding` must be either 'VALID' or 'SAME'. Received: padding={padding}")
    with name_scope(name, "atrous_conv2d_transpose", [value, filters, output_shape]) as scope:
        value = convert_to_tensor(value, name="value")
        filters = convert_to_tensor(filters, name="filters")
        if rate == 1:
            return conv2d_transpose(value, filters, output_shape, [1, 1, 1, 1], padding, name=scope)
        g = GradientBuilder()
        shape = convert_to_tensor(output_shape, name="output_shape")
        known_shape, window, inner = g.static(shape), filters.shape.sizes, value.shape.sizes
        if known_shape is None or window is None or None in window[:2] or inner is None or None in inner[1:3]:
            raise NotImplementedError("tf.nn.atrous_conv2d_transpose needs an output_shape, a filter size and a height "
                                      "and width of `value` that are known while building the graph.")
        return _atrous_transpose(g, value, filters, known_shape, rate, padding)


def _atrous_transpose(g: GradientBuilder, value: Tensor, filters: Tensor, shape: np.ndarray, rate: int,
                      padding: str) -> Tensor:
    assert filters.shape.sizes is not None and value.shape.sizes is not None
    block = np.array([rate, rate])
    total = (np.array(filters.shape.sizes[:2]) - 1) * rate if padding == "SAME" else np.zeros(2, np.int64)
    before = total // 2
    size = shape[1:3].astype(np.int64) + total
    extra = -size % rate
    inner = np.array(value.shape.sizes[1:3])
    fill = -inner % rate
    paddings = np.stack([np.zeros(2, np.int32), fill], axis=1).astype(np.int32)
    spread = g.SpaceToBatchND(value, block, paddings)
    # The batch of `value` may be unknown; that of the result is a multiple of it.
    inner_shape = [int(shape[0]) * rate * rate, *((size + extra) // rate).tolist(), int(shape[3])]
    result = CONV2D_BACKPROP_INPUT(np.array(inner_shape, np.int32), filters, spread, strides=[1, 1, 1, 1],
                                   padding="VALID")
    crops = np.stack([before, total - before + extra], axis=1).astype(np.int32)
    return g.BatchToSpaceND(result, block, crops)
