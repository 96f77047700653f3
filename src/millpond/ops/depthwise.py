"""Depthwise convolution: each channel has filters of its own."""

from __future__ import annotations

from typing import Any

from millpond.graph.opdef import define_op
from millpond.ops.convolution import filter_shape, convolve, geometry, output_shape, transposed
from millpond.ops.dtype_sets import REAL_FLOATS
from millpond.ops.window_geometry import Axis, Layout
from millpond.shapes import TensorShape

_ATTRS = (f"T: {REAL_FLOATS}, strides: list(int), padding: {{'SAME', 'VALID', 'EXPLICIT'}}, "
          "explicit_paddings: list(int) = [], data_format: {'NHWC', 'NCHW'} = 'NHWC', "
          "dilations: list(int) = [1, 1, 1, 1]")
_OP = "DepthwiseConv2dNative"


def _depthwise(jax: Any, x: Any, w: Any, layout: Layout, axes: list[Axis]) -> Any:
    height, width, channels, multiplier = w.shape
    grouped = jax.numpy.reshape(w, (height, width, 1, channels * multiplier))
    return convolve(jax, x, grouped, layout, axes, groups=channels)


def _depthwise_conv2d_native_shape(input, filter, *, strides, padding, explicit_paddings, data_format, dilations):
    layout = Layout(data_format)
    return output_shape(_OP, input, filter, layout, layout.axes(_OP, strides, padding, dilations, explicit_paddings),
                        depthwise=True)


def _depthwise_conv2d_native_lower(jax, input, filter, *, strides, padding, explicit_paddings, data_format, dilations):
    layout = Layout(data_format)
    axes = layout.axes(_OP, strides, padding, dilations, explicit_paddings)
    output_shape(_OP, TensorShape(list(input.shape)), TensorShape(list(filter.shape)), layout, axes, depthwise=True)
    return _depthwise(jax, input, filter, layout, axes)


def _depthwise_conv2d_native_gradient(g, op, dy):
    x, w = op.inputs
    return [g.DepthwiseConv2dNativeBackpropInput(g.shape(x), w, dy, **geometry(op)),
            g.DepthwiseConv2dNativeBackpropFilter(x, g.shape(w), dy, **geometry(op))]


DEPTHWISE_CONV2D_NATIVE = define_op(
    _OP, inputs="input: T, filter: T", outputs="output: T", attrs=_ATTRS, shape=_depthwise_conv2d_native_shape,
    lower=_depthwise_conv2d_native_lower, gradient=_depthwise_conv2d_native_gradient)


def _depthwise_backprop_input_lower(jax, input_sizes, filter, out_backprop, *, strides, padding, explicit_paddings,
                                    data_format, dilations):
    layout = Layout(data_format)
    axes = layout.axes(_OP, strides, padding, dilations, explicit_paddings)
    return transposed(jax, lambda x: _depthwise(jax, x, filter, layout, axes), input_sizes, out_backprop)


def _depthwise_backprop_input_gradient(g, op, dy):
    _, w, out_backprop = op.inputs
    return [None, g.DepthwiseConv2dNativeBackpropFilter(dy, g.shape(w), out_backprop, **geometry(op)),
            g.DepthwiseConv2dNative(dy, w, **geometry(op))]


DEPTHWISE_BACKPROP_INPUT = define_op(
    "DepthwiseConv2dNativeBackpropInput", inputs="input_sizes: int32, filter: T, out_backprop: T", outputs="output: T",
    attrs=_ATTRS, static_inputs=("input_sizes",), shape=lambda input_sizes, filter, out_backprop: input_sizes.as_shape(),
    lower=_depthwise_backprop_input_lower, gradient=_depthwise_backprop_input_gradient)


def _depthwise_backprop_filter_lower(jax, input, filter_sizes, out_backprop, *, strides, padding, explicit_paddings,
                                     data_format, dilations):
    layout = Layout(data_format)
    axes = layout.axes(_OP, strides, padding, dilations, explicit_paddings)
    return transposed(jax, lambda w: _depthwise(jax, input, w, layout, axes), filter_sizes, out_backprop)


def _depthwise_backprop_filter_gradient(g, op, dy):
    x, _, out_backprop = op.inputs
    return [g.DepthwiseConv2dNativeBackpropInput(g.shape(x), dy, out_backprop, **geometry(op)), None,
            g.DepthwiseConv2dNative(x, dy, **geometry(op))]


DEPTHWISE_BACKPROP_FILTER = define_op(
    "DepthwiseConv2dNativeBackpropFilter", inputs="input: T, filter_sizes: int32, out_backprop: T",
    outputs="output: T", attrs=_ATTRS, static_inputs=("filter_sizes",), shape=filter_shape,
    lower=_depthwise_backprop_filter_lower, gradient=_depthwise_backprop_filter_gradient)
