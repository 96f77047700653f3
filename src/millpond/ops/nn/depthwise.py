"""Depthwise convolution: each channel has filters of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.compiler.lowering import Lowering
from millpond.graph.argument_types import Sizes, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, Cotangents, Jax
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import REAL_FLOATS
from millpond.ops.nn import correlation
from millpond.ops.nn.convolution import CONV2D, filter_shape, geometry, output_shape
from millpond.ops.nn.correlation_forms import Correlation
from millpond.ops.nn.dilated_windows import with_space_to_batch
from millpond.ops.nn.window_geometry import Layout
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

_ATTRS = (f"T: {REAL_FLOATS}, strides: list(int), padding: {{'SAME', 'VALID', 'EXPLICIT'}}, "
          "explicit_paddings: list(int) = [], data_format: {'NHWC', 'NCHW'} = 'NHWC', "
          "dilations: list(int) = [1, 1, 1, 1]")
_OP = "DepthwiseConv2dNative"


def _grouped(filter: Sequence[int]) -> tuple[int, ...]:
    """The shape of a filter as one of as many groups as there are channels."""
    height, width, channels, multiplier = (int(size) for size in filter)
    return height, width, 1, channels * multiplier


def _depthwise_conv2d_native_shape(input: TensorShape, filter: TensorShape, *, strides: Sequence[int], padding: str,
                                   explicit_paddings: Sequence[int], data_format: str,
                                   dilations: Sequence[int]) -> TensorShape:
    layout = Layout(data_format)
    return output_shape(_OP, input, filter, layout, layout.axes(_OP, strides, padding, dilations, explicit_paddings),
                        depthwise=True)


def _depthwise_conv2d_native_lower(jax: Jax, input: Array, filter: Array, *, strides: Sequence[int], padding: str,
                                   explicit_paddings: Sequence[int], data_format: str,
                                   dilations: Sequence[int], lowering: Lowering) -> Array:
    layout = Layout(data_format)
    axes = layout.axes(_OP, strides, padding, dilations, explicit_paddings)
    output_shape(_OP, TensorShape(list(input.shape)), TensorShape(list(filter.shape)), layout, axes, depthwise=True)
    grouped = jax.numpy.reshape(filter, _grouped(filter.shape))
    return correlation.to_output(jax, input, grouped, Correlation(layout, axes, filter.shape[2], lowering))


def _depthwise_conv2d_native_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, w = op.inputs
    return [g.DepthwiseConv2dNativeBackpropInput(g.shape(x), w, dy, **geometry(op)),
            g.DepthwiseConv2dNativeBackpropFilter(x, g.shape(w), dy, **geometry(op))]


DEPTHWISE_CONV2D_NATIVE = define_op(
    _OP, inputs="input: T, filter: T", outputs="output: T", attrs=_ATTRS, shape=_depthwise_conv2d_native_shape,
    lower=_depthwise_conv2d_native_lower, gradient=_depthwise_conv2d_native_gradient)


def _depthwise_backprop_input_lower(jax: Jax, input_sizes: Array, filter: Array, out_backprop: Array, *,
                                    strides: Sequence[int], padding: str, explicit_paddings: Sequence[int],
                                    data_format: str, dilations: Sequence[int], lowering: Lowering) -> Array:
    layout = Layout(data_format)
    axes = layout.axes(_OP, strides, padding, dilations, explicit_paddings)
    grouped = jax.numpy.reshape(filter, _grouped(filter.shape))
    sizes = tuple(int(size) for size in np.ravel(input_sizes))
    about = Correlation(layout, axes, filter.shape[2], lowering)
    return correlation.to_input(jax, sizes, grouped, out_backprop, about)


def _depthwise_backprop_input_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    _, w, out_backprop = op.inputs
    return [None, g.DepthwiseConv2dNativeBackpropFilter(dy, g.shape(w), out_backprop, **geometry(op)),
            g.DepthwiseConv2dNative(dy, w, **geometry(op))]


def _depthwise_backprop_input_shape(input_sizes: StaticInput, filter: TensorShape,
                                    out_backprop: TensorShape) -> TensorShape:
    for shape in (filter, out_backprop):
        shape_rules.with_rank(shape, 4)
    return shape_rules.with_rank(input_sizes.as_shape(), 4)


DEPTHWISE_BACKPROP_INPUT = define_op(
    "DepthwiseConv2dNativeBackpropInput", inputs="input_sizes: int32, filter: T, out_backprop: T", outputs="output: T",
    attrs=_ATTRS, static_inputs=("input_sizes",),
    shape=_depthwise_backprop_input_shape, lower=_depthwise_backprop_input_lower,
    gradient=_depthwise_backprop_input_gradient)


def _depthwise_backprop_filter_lower(jax: Jax, input: Array, filter_sizes: Array, out_backprop: Array, *,
                                     strides: Sequence[int], padding: str, explicit_paddings: Sequence[int],
                                     data_format: str, dilations: Sequence[int], lowering: Lowering) -> Array:
    layout = Layout(data_format)
    axes = layout.axes(_OP, strides, padding, dilations, explicit_paddings)
    sizes = tuple(int(size) for size in np.ravel(filter_sizes))
    about = Correlation(layout, axes, sizes[2], lowering)
    return jax.numpy.reshape(correlation.to_filter(jax, input, _grouped(sizes), out_backprop, about), sizes)


def _depthwise_backprop_filter_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, _, out_backprop = op.inputs
    return [g.DepthwiseConv2dNativeBackpropInput(g.shape(x), dy, out_backprop, **geometry(op)), None,
            g.DepthwiseConv2dNative(x, dy, **geometry(op))]


DEPTHWISE_BACKPROP_FILTER = define_op(
    "DepthwiseConv2dNativeBackpropFilter", inputs="input: T, filter_sizes: int32, out_backprop: T",
    outputs="output: T", attrs=_ATTRS, static_inputs=("filter_sizes",), shape=filter_shape,
    lower=_depthwise_backprop_filter_lower, gradient=_depthwise_backprop_filter_gradient)


def depthwise_conv2d_native(input: TensorLike, filter: TensorLike, strides: Sizes, padding: str,
                            data_format: str = "NHWC", dilations: Sequence[int] = (1, 1, 1, 1),
                            name: str | None = None) -> Tensor:
    """Convolves each channel with its own filters; see `depthwise_conv2d`.

    Args:
      input: [batch, height, width, channels] (or as `data_format` says).
      filter: [filter height, filter width, channels, filters of each channel].
      strides: Four numbers, as in `conv2d`.
      padding: `"SAME"` or `"VALID"`.
      data_format: `"NHWC"` or `"NCHW"`.
      dilations: Distances of the elements of a window, four numbers.
      name: Name of the node.

    Raises:
      ValueError: If the arguments do not fit each other or the shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x, w = tf.ones([1, 2, 2, 2]), tf.reshape([1.0, 10.0], [1, 1, 2, 1])
      ...     print(sess.run(tf.nn.depthwise_conv2d_native(x, w, [1, 1, 1, 1], "VALID")[0, 0]))
      [[ 1. 10.]
       [ 1. 10.]]
    """
    return DEPTHWISE_CONV2D_NATIVE(input, filter, strides=strides, padding=padding, data_format=data_format,
                                   dilations=list(dilations), name=name)


def depthwise_conv2d(input: TensorLike, filter: TensorLike, strides: Sizes, padding: str,
                     rate: Sequence[int] | None = None, name: str | None = None, data_format: str | None = None,
                     dilations: Sequence[int] | None = None) -> Tensor:
    """Convolves each channel with its own filters.

    output[b, y, x, c * q + m] = sum over i, j of input[b, s * y + i, s * x + j, c] * filter[i, j, c, m] for q filters
    of each channel.

    Args:
      input: [batch, height, width, channels] (or as `data_format` says).
      filter: [filter height, filter width, channels, filters of each channel].
      strides: Four numbers, as in `conv2d`.
      padding: `"SAME"` or `"VALID"`.
      rate, dilations: Distances of the elements of a window, two numbers.
      name: Name of the node.
      data_format: `"NHWC"` or `"NCHW"`.

    Raises:
      ValueError: If the arguments do not fit each other or the shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.nn.depthwise_conv2d(tf.zeros([1, 5, 5, 3]), tf.zeros([3, 3, 3, 2]), [1, 1, 1, 1], "SAME").shape)
      (1, 5, 5, 6)
    """
    rate = dilations if rate is None else rate
    with name_scope(name, "depthwise", [input, filter]) as scope:
        x, w = convert_to_tensor(input, name="tensor_in"), convert_to_tensor(filter, name="filter_in")
        return _dilated_depthwise(x, w, strides, padding, rate, data_format, scope)


def _dilated_depthwise(x: Tensor, w: Tensor, strides: Any, padding: str, rate: Any, data_format: str | None,
                       scope: str) -> Tensor:
    layout = Layout(data_format or "NHWC")
    rates = np.array([1, 1] if rate is None else rate)
    shape = GradientBuilder().shape(w)

    def plain(x: Tensor, padding: str) -> Tensor:
        return DEPTHWISE_CONV2D_NATIVE(x, w, strides=strides, padding=padding, data_format=layout.data_format,
                                       name=scope)

    return with_space_to_batch(x, rates, padding, plain, layout, lambda: shape)


def depthwise_conv2d_backprop_input(input_sizes: TensorLike, filter: TensorLike, out_backprop: TensorLike,
                                    strides: Sizes, padding: str, data_format: str = "NHWC",
                                    dilations: Sequence[int] = (1, 1, 1, 1), name: str | None = None) -> Tensor:
    """The gradient of `depthwise_conv2d_native` with respect to its input.

    Args:
      input_sizes: The shape of the input, an integer vector of four.
      filter: [filter height, filter width, channels, filters of each channel].
      out_backprop: The gradient of the output.
      strides: Four numbers, as in `conv2d`.
      padding: `"SAME"` or `"VALID"`.
      data_format: `"NHWC"` or `"NCHW"`.
      dilations: Distances of the elements of a window, four numbers.
      name: Name of the node.

    Raises:
      ValueError: If the arguments do not fit each other.
      tf.errors.InvalidArgumentError: At run time, if the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     w, dy = tf.zeros([3, 3, 3, 2]), tf.zeros([1, 3, 3, 6])
      ...     print(tf.nn.depthwise_conv2d_backprop_input([1, 5, 5, 3], w, dy, [1, 1, 1, 1], "VALID").shape)
      (1, 5, 5, 3)
    """
    return DEPTHWISE_BACKPROP_INPUT(input_sizes, filter, out_backprop, strides=strides, padding=padding,
                                    data_format=data_format, dilations=list(dilations), name=name)


def depthwise_conv2d_backprop_filter(input: TensorLike, filter_sizes: TensorLike, out_backprop: TensorLike,
                                     strides: Sizes, padding: str, data_format: str = "NHWC",
                                     dilations: Sequence[int] = (1, 1, 1, 1), name: str | None = None) -> Tensor:
    """The gradient of `depthwise_conv2d_native` with respect to its filter.

    Args:
      input: [batch, height, width, channels] (or as `data_format` says).
      filter_sizes: The shape of the filter, an integer vector of four.
      out_backprop: The gradient of the output.
      strides: Four numbers, as in `conv2d`.
      padding: `"SAME"` or `"VALID"`.
      data_format: `"NHWC"` or `"NCHW"`.
      dilations: Distances of the elements of a window, four numbers.
      name: Name of the node.

    Raises:
      ValueError: If the arguments do not fit each other or the shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x, dy = tf.zeros([1, 5, 5, 3]), tf.zeros([1, 3, 3, 6])
      ...     print(tf.nn.depthwise_conv2d_backprop_filter(x, [3, 3, 3, 2], dy, [1, 1, 1, 1], "VALID").shape)
      (3, 3, 3, 2)
    """
    return DEPTHWISE_BACKPROP_FILTER(input, filter_sizes, out_backprop, strides=strides, padding=padding,
                                     data_format=data_format, dilations=list(dilations), name=name)


def separable_conv2d(input: TensorLike, depthwise_filter: TensorLike, pointwise_filter: TensorLike, strides: Sizes,
                     padding: str, rate: Sequence[int] | None = None, name: str | None = None,
                     data_format: str | None = None, dilations: Sequence[int] | None = None) -> Tensor:
    """A depthwise convolution, then one of single points that mixes the channels.

    Args:
      input: [batch, height, width, channels] (or as `data_format` says).
      depthwise_filter: [filter height, filter width, channels, filters of each channel].
      pointwise_filter: [1, 1, channels * filters of each channel, output channels].
      strides: Four numbers, as in `conv2d`.
      padding: `"SAME"` or `"VALID"`.
      rate, dilations: Distances of the elements of a window, two numbers.
      name: Name of the node.
      data_format: `"NHWC"` or `"NCHW"`.

    Raises:
      ValueError: If the pointwise filter has a window, or does not fit the number of channels.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x, deep, point = tf.zeros([1, 5, 5, 3]), tf.zeros([3, 3, 3, 2]), tf.zeros([1, 1, 6, 8])
      ...     print(tf.nn.separable_conv2d(x, deep, point, [1, 1, 1, 1], "SAME").shape)
      (1, 5, 5, 8)
    """
    rate = dilations if rate is None else rate
    with name_scope(name, "separable_conv2d", [input, depthwise_filter, pointwise_filter]) as scope:
        x = convert_to_tensor(input, name="tensor_in")
        deep = convert_to_tensor(depthwise_filter, name="depthwise_filter")
        point = convert_to_tensor(pointwise_filter, name="pointwise_filter")
        sizes = shape_rules.with_rank(point.shape, 4).sizes
        assert sizes is not None
        if any(size not in (None, 1) for size in sizes[:2]):
            raise ValueError(f"The pointwise filter must have a window of size 1, got shape {point.shape}")
        inner = _dilated_depthwise(x, deep, strides, padding, rate, data_format, "depthwise")
        return CONV2D(inner, point, strides=[1, 1, 1, 1], padding="VALID", data_format=data_format or "NHWC",
                      name=scope)
