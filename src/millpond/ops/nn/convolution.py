"""Convolution ops in two and three dimensions, with their gradients. Only XLA runs them.

How they are computed is in `correlation.py`. The op types and attributes of gradients are TensorFlow's, so that second
derivatives are convolutions again.
The functions that users call are in `convolution_functions.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.compiler.lowering import Lowering
from millpond.graph.opdef import OpDefinition, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, Cotangents, Jax
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import REAL_FLOATS
from millpond.ops.nn import correlation
from millpond.ops.nn.correlation_forms import Correlation
from millpond.ops.nn.window_geometry import Axis, Layout
from millpond.shapes import TensorShape

_FORMATS = {2: "data_format: {'NHWC', 'NCHW'} = 'NHWC', dilations: list(int) = [1, 1, 1, 1]",
            3: "data_format: {'NDHWC', 'NCDHW'} = 'NDHWC', dilations: list(int) = [1, 1, 1, 1, 1]"}
_ATTRS_2D = ("T: {half, bfloat16, float, double, int32}, strides: list(int), use_cudnn_on_gpu: bool = True, "
             "padding: {'SAME', 'VALID', 'EXPLICIT'}, explicit_paddings: list(int) = [], " + _FORMATS[2])
_ATTRS_3D = f"T: {REAL_FLOATS}, strides: list(int), padding: {{'SAME', 'VALID'}}, {_FORMATS[3]}"


def output_shape(op: str, x: TensorShape, w: TensorShape, layout: Layout, axes: list[Axis],
                 depthwise: bool = False) -> TensorShape:
    """The shape of a convolution's output.

    Raises:
      ValueError: If the shapes do not fit.
    """
    x, w = shape_rules.with_rank(x, layout.rank), shape_rules.with_rank(w, layout.rank)
    batch, spatial, channels = layout.split(x)
    assert w.sizes is not None
    inputs, outputs = w.sizes[-2:]
    if depthwise:
        if channels is not None and inputs is not None and channels != inputs:
            raise ValueError(f"Dimensions must be equal, but are {channels} and {inputs}")
        both = channels if inputs is None else inputs
        outputs = None if outputs is None or both is None else outputs * both
    elif channels is not None and inputs is not None and (inputs == 0 or channels % inputs):
        raise ValueError(f"Depth of input ({channels}) is not a multiple of input depth of filter ({inputs})")
    elif channels and inputs and outputs is not None and outputs % (groups := channels // inputs):
        raise ValueError(f"Depth of output ({outputs}) is not a multiple of the number of groups ({groups})")
    sizes = [axis.count(size, window) for axis, size, window in zip(axes, spatial, w.sizes, strict=False)]
    return layout.shape(batch, sizes, outputs)


def _checked(jax: Jax, op: str, x: Any, w: Any, layout: Layout, axes: list[Axis], lowering: Lowering) -> Any:
    output_shape(op, TensorShape(list(x.shape)), TensorShape(list(w.shape)), layout, axes)
    groups = x.shape[layout.channel] // w.shape[-2]
    return correlation.to_output(jax, x, w, Correlation(layout, axes, groups, lowering))


def _conv2d_shape(input: TensorShape, filter: TensorShape, *, strides: Sequence[int], padding: str,
                  explicit_paddings: Sequence[int], data_format: str, dilations: Sequence[int]) -> TensorShape:
    layout = Layout(data_format)
    return output_shape("Conv2D", input, filter, layout,
                        layout.axes("Conv2D", strides, padding, dilations, explicit_paddings))


def _conv2d_lower(jax: Jax, input: Array, filter: Array, *, strides: Sequence[int], padding: str,
                  explicit_paddings: Sequence[int], data_format: str, dilations: Sequence[int],
                  lowering: Lowering) -> Array:
    layout = Layout(data_format)
    axes = layout.axes("Conv2D", strides, padding, dilations, explicit_paddings)
    return _checked(jax, "Conv2D", input, filter, layout, axes, lowering)


def geometry(op: Any) -> dict[str, Any]:
    """The attributes that a convolution shares with its gradients."""
    names = ("strides", "padding", "explicit_paddings", "data_format", "dilations", "use_cudnn_on_gpu")
    return {name: op.attributes[name] for name in names if name in op.attributes}


def _conv2d_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, w = op.inputs
    shape_x, shape_w = g.ShapeN([x, w])
    return [g.Conv2DBackpropInput(shape_x, w, dy, **geometry(op)),
            g.Conv2DBackpropFilter(x, shape_w, dy, **geometry(op))]


CONV2D = define_op("Conv2D", inputs="input: T, filter: T", outputs="output: T", attrs=_ATTRS_2D,
                   shape=_conv2d_shape, lower=_conv2d_lower, gradient=_conv2d_gradient)


def _conv2d_backprop_input_shape(input_sizes: StaticInput, filter: TensorShape, out_backprop: TensorShape, *,
                                 data_format: str) -> TensorShape:
    return _input_shape(Layout(data_format), input_sizes.as_shape(), out_backprop, filter)


def _input_shape(layout: Layout, sizes: TensorShape, out_backprop: TensorShape, filter: TensorShape) -> TensorShape:
    """The shape that the input has; `input_sizes` may hold the spatial sizes only."""
    if sizes.sizes is None:
        return TensorShape([None] * layout.rank)
    if filter.sizes is not None and out_backprop.sizes is not None and len(out_backprop.sizes) == layout.rank:
        # The last of the filter's channels are those of the convolution's output.
        theirs, ours = out_backprop.sizes[layout.channel], filter.sizes[-1]
        if theirs is not None and ours is not None and theirs != ours:
            raise ValueError(f"input channels does not match filter's input channels: the input has {theirs} channels, "
                             f"the filter of shape {filter} takes {ours}")
    if len(sizes.sizes) == len(layout.spatial):
        batch = None if out_backprop.sizes is None else out_backprop.sizes[0]
        return layout.shape(batch, sizes.sizes, None if filter.sizes is None else filter.sizes[-2])
    if len(sizes.sizes) != layout.rank:
        raise ValueError(f"input_sizes must contain {layout.rank} or {len(layout.spatial)} values, got "
                         f"{len(sizes.sizes)}")
    return sizes


def _backprop_input(jax: Jax, op: str, input_sizes: Any, filter: Any, out_backprop: Any, layout: Layout,
                    axes: list[Axis], lowering: Lowering) -> Any:
    sizes = _input_shape(layout, TensorShape(list(input_sizes)), TensorShape(list(out_backprop.shape)),
                         TensorShape(list(filter.shape)))
    expected = output_shape(op, sizes, TensorShape(list(filter.shape)), layout, axes)
    if tuple(out_backprop.shape) != expected.sizes:
        raise ValueError(f"{op}: input_sizes {list(input_sizes)} and filter {list(filter.shape)} give an output of "
                         f"shape {list(expected.sizes or ())}, but out_backprop has shape {list(out_backprop.shape)}")
    image = tuple(size or 0 for size in sizes.as_list())
    groups = image[layout.channel] // filter.shape[-2]
    return correlation.to_input(jax, image, filter, out_backprop, Correlation(layout, axes, groups, lowering))


def _conv2d_backprop_input_lower(jax: Jax, input_sizes: Array, filter: Array, out_backprop: Array, *,
                                 strides: Sequence[int], padding: str, explicit_paddings: Sequence[int],
                                 data_format: str, dilations: Sequence[int], lowering: Lowering) -> Array:
    layout = Layout(data_format)
    axes = layout.axes("Conv2DBackpropInput", strides, padding, dilations, explicit_paddings)
    return _backprop_input(jax, "Conv2DBackpropInput", input_sizes, filter, out_backprop, layout, axes, lowering)


def _conv2d_backprop_input_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    _, w, out_backprop = op.inputs
    return [None, g.Conv2DBackpropFilter(dy, g.shape(w), out_backprop, **geometry(op)),
            g.Conv2D(dy, w, **geometry(op))]


CONV2D_BACKPROP_INPUT = define_op(
    "Conv2DBackpropInput", inputs="input_sizes: int32, filter: T, out_backprop: T", outputs="output: T",
    attrs=_ATTRS_2D, static_inputs=("input_sizes",), shape=_conv2d_backprop_input_shape,
    lower=_conv2d_backprop_input_lower, gradient=_conv2d_backprop_input_gradient)


def filter_shape(input: TensorShape, filter_sizes: StaticInput, out_backprop: TensorShape) -> TensorShape:
    sizes = filter_sizes.as_shape()
    rank = len(input.sizes) if input.sizes is not None else None
    return sizes if rank is None else shape_rules.with_rank(sizes, rank)


def _backprop_filter(jax: Jax, input: Any, filter_sizes: Any, out_backprop: Any, layout: Layout,
                     axes: list[Axis], lowering: Lowering) -> Any:
    sizes = tuple(int(size) for size in np.ravel(filter_sizes))
    groups = input.shape[layout.channel] // max(sizes[-2], 1)
    return correlation.to_filter(jax, input, sizes, out_backprop, Correlation(layout, axes, groups, lowering))


def _conv2d_backprop_filter_lower(jax: Jax, input: Array, filter_sizes: Array, out_backprop: Array, *,
                                  strides: Sequence[int], padding: str, explicit_paddings: Sequence[int],
                                  data_format: str, dilations: Sequence[int], lowering: Lowering) -> Array:
    layout = Layout(data_format)
    axes = layout.axes("Conv2DBackpropFilter", strides, padding, dilations, explicit_paddings)
    return _backprop_filter(jax, input, filter_sizes, out_backprop, layout, axes, lowering)


def _conv2d_backprop_filter_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, _, out_backprop = op.inputs
    return [g.Conv2DBackpropInput(g.shape(x), dy, out_backprop, **geometry(op)), None,
            g.Conv2D(x, dy, **geometry(op))]


CONV2D_BACKPROP_FILTER = define_op(
    "Conv2DBackpropFilter", inputs="input: T, filter_sizes: int32, out_backprop: T", outputs="output: T",
    attrs=_ATTRS_2D, static_inputs=("filter_sizes",), shape=filter_shape, lower=_conv2d_backprop_filter_lower,
    gradient=_conv2d_backprop_filter_gradient)


def _conv3d_shape(input: TensorShape, filter: TensorShape, *, strides: Sequence[int], padding: str, data_format: str,
                  dilations: Sequence[int]) -> TensorShape:
    layout = Layout(data_format)
    return output_shape("Conv3D", input, filter, layout, layout.axes("Conv3D", strides, padding, dilations))


def _conv3d_lower(jax: Jax, input: Array, filter: Array, *, strides: Sequence[int], padding: str, data_format: str,
                  dilations: Sequence[int], lowering: Lowering) -> Array:
    layout = Layout(data_format)
    axes = layout.axes("Conv3D", strides, padding, dilations)
    return _checked(jax, "Conv3D", input, filter, layout, axes, lowering)


def _conv3d_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, w = op.inputs
    shape_x, shape_w = g.ShapeN([x, w])
    return [g.Conv3DBackpropInputV2(shape_x, w, dy, **geometry(op)),
            g.Conv3DBackpropFilterV2(x, shape_w, dy, **geometry(op))]


CONV3D = define_op("Conv3D", inputs="input: T, filter: T", outputs="output: T", attrs=_ATTRS_3D,
                   shape=_conv3d_shape, lower=_conv3d_lower, gradient=_conv3d_gradient)


def _conv3d_backprop_input_lower(jax: Jax, input_sizes: Array, filter: Array, out_backprop: Array, *,
                                 strides: Sequence[int], padding: str, data_format: str,
                                 dilations: Sequence[int], lowering: Lowering) -> Array:
    layout = Layout(data_format)
    axes = layout.axes("Conv3DBackpropInputV2", strides, padding, dilations)
    return _backprop_input(jax, "Conv3DBackpropInputV2", input_sizes, filter, out_backprop, layout, axes, lowering)


def _conv3d_backprop_input_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    _, w, out_backprop = op.inputs
    return [None, g.Conv3DBackpropFilterV2(dy, g.shape(w), out_backprop, **geometry(op)),
            g.Conv3D(dy, w, **geometry(op))]


CONV3D_BACKPROP_INPUT: OpDefinition = define_op(
    "Conv3DBackpropInputV2", inputs="input_sizes: Tshape, filter: T, out_backprop: T", outputs="output: T",
    attrs=_ATTRS_3D + ", Tshape: {int32, int64} = int32", static_inputs=("input_sizes",),
    shape=_conv2d_backprop_input_shape, lower=_conv3d_backprop_input_lower, gradient=_conv3d_backprop_input_gradient)


def _conv3d_backprop_filter_lower(jax: Jax, input: Array, filter_sizes: Array, out_backprop: Array, *,
                                  strides: Sequence[int], padding: str, data_format: str,
                                  dilations: Sequence[int], lowering: Lowering) -> Array:
    layout = Layout(data_format)
    axes = layout.axes("Conv3DBackpropFilterV2", strides, padding, dilations)
    return _backprop_filter(jax, input, filter_sizes, out_backprop, layout, axes, lowering)


def _conv3d_backprop_filter_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, _, out_backprop = op.inputs
    return [g.Conv3DBackpropInputV2(g.shape(x), dy, out_backprop, **geometry(op)), None,
            g.Conv3D(x, dy, **geometry(op))]


CONV3D_BACKPROP_FILTER = define_op(
    "Conv3DBackpropFilterV2", inputs="input: T, filter_sizes: int32, out_backprop: T", outputs="output: T",
    attrs=_ATTRS_3D, static_inputs=("filter_sizes",), shape=filter_shape, lower=_conv3d_backprop_filter_lower,
    gradient=_conv3d_backprop_filter_gradient)
