"""Maxima and means over windows, in two and three dimensions, with their gradients. Only XLA runs them.

A mean is taken over those elements of a window that lie inside the input. Where several elements of a window are the
greatest, the gradient goes to the first of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import undefined_gradient
from millpond.compiler.lowering import Lowering
from millpond.dtypes import DType
from millpond.graph.opdef import OpDefinition, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import REAL_FLOATS, REALS
from millpond.ops.nn.correlation import transposed
from millpond.ops.nn.softmax import widened
from millpond.ops.nn.window_geometry import Axis
from millpond.ops.nn.window_maxima import Windows, at_greatest, to_greatest
from millpond.ops.not_a_number import lowest, lowest_finite
from millpond.shapes import TensorShape

_FORMATS = {2: "data_format: {'NHWC', 'NCHW'} = 'NHWC'", 3: "data_format: {'NDHWC', 'NCDHW'} = 'NDHWC'"}
_WINDOWS = "ksize: list(int), strides: list(int), padding: {'SAME', 'VALID'}, "
_EXPLICIT_WINDOWS = ("ksize: list(int), strides: list(int), padding: {'SAME', 'VALID', 'EXPLICIT'}, "
                     "explicit_paddings: list(int) = [], ")


def window_axes(strides: Any, padding: str, explicit: Any = ()) -> list[Axis]:
    """The windows along every dimension, batch and channels included."""
    pairs = [tuple(explicit[2 * i:2 * i + 2]) if padding == "EXPLICIT" else (0, 0) for i in range(len(strides))]
    return [Axis(stride, 1, padding, *pair) for stride, pair in zip(strides, pairs, strict=True)]


def _pooled_shape(x: TensorShape, ksize: Any, strides: Any, padding: str, explicit: Any = ()) -> TensorShape:
    rank = len(ksize)
    if len(strides) != rank:
        raise ValueError(f"Pooling needs as many strides as window sizes, got {len(strides)} and {rank}")
    x = shape_rules.with_rank(x, rank)
    if ksize[0] != 1 or strides[0] != 1:
        raise ValueError(f"Pooling is not yet supported on the batch dimension, got window {list(ksize)} and strides "
                         f"{list(strides)}")
    if min(*ksize, *strides) <= 0:
        raise ValueError(f"Sizes and strides of windows must be above 0, got window {list(ksize)} and strides "
                         f"{list(strides)}")
    assert x.sizes is not None
    return TensorShape.of(tuple(axis.count(size, window) for axis, size, window
                                in zip(window_axes(strides, padding, explicit), x.sizes, ksize, strict=True)))


def _padding(x: Any, ksize: Any, strides: Any, padding: str, explicit: Any = ()) -> list[tuple[int, int]]:
    _pooled_shape(TensorShape(list(x.shape)), ksize, strides, padding, explicit)
    return [axis.padded(size, window) for axis, size, window
            in zip(window_axes(strides, padding, explicit), x.shape, ksize, strict=True)]


def _pooled(jax: Jax, x: Any, ksize: Any, strides: Any, padding: str, explicit: Any = ()) -> Any:
    """The maxima; of a window of nothing but NaN and -inf the lowest finite number.

    An element is taken if it is greater than what was there, which passes over NaN in one reading of the input. (JAX
    has no derivatives of this form: gradients are in `window_maxima.py`.)
    """
    def greater(there: Any, x: Any) -> Any:
        return jax.lax.select(jax.lax.gt(x, there), x, there)

    pairs = _padding(x, ksize, strides, padding, explicit)
    return jax.lax.reduce_window(x, lowest_finite(x.dtype)[()], greater, ksize, strides, pairs)


def _means(jax: Jax, x: Any, ksize: Any, strides: Any, padding: str) -> Any:
    pairs = _padding(x, ksize, strides, padding)
    wide = widened(jax.numpy, x)
    sums = jax.lax.reduce_window(wide, np.zeros((), wide.dtype)[()], jax.lax.add, ksize, strides, pairs)
    counts = np.ones((), wide.dtype)
    for axis, (size, window, stride, pair) in enumerate(zip(x.shape, ksize, strides, pairs, strict=True)):
        starts = np.arange(sums.shape[axis]) * stride - pair[0]
        inside = np.minimum(starts + window, size) - np.maximum(starts, 0)
        counts = counts[..., None] * inside.astype(wide.dtype)
    return jax.numpy.astype(sums / counts, x.dtype)


def _windows(op: Any) -> dict[str, Any]:
    names = ("ksize", "strides", "padding", "explicit_paddings", "data_format")
    return {name: op.attributes[name] for name in names if name in op.attributes}


# --- maxima in two dimensions

def _max_pool_shape(input: TensorShape, *, ksize: Sequence[int], strides: Sequence[int], padding: str,
                    explicit_paddings: Sequence[int]) -> TensorShape:
    return _pooled_shape(input, ksize, strides, padding, explicit_paddings)


def _max_pool_lower(jax: Jax, input: Array, *, ksize: Sequence[int], strides: Sequence[int], padding: str,
                    explicit_paddings: Sequence[int]) -> Array:
    return _pooled(jax, input, ksize, strides, padding, explicit_paddings)


def _max_pool_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.MaxPoolGrad(op.inputs[0], op.outputs[0], dy, **_windows(op))


MAX_POOL = define_op("MaxPool", inputs="input: T", outputs="output: T",
                     attrs=f"T: {REALS} = float, {_EXPLICIT_WINDOWS}{_FORMATS[2]}", shape=_max_pool_shape,
                     lower=_max_pool_lower, gradient=_max_pool_gradient)


def _max_pool_grad_lower(jax: Jax, orig_input: Array, orig_output: Array, grad: Array, *, ksize: Sequence[int],
                         strides: Sequence[int], padding: str, explicit_paddings: Sequence[int],
                         lowering: Lowering) -> Array:
    windows = Windows(ksize, strides, _padding(orig_input, ksize, strides, padding, explicit_paddings))
    return to_greatest(jax, orig_input, grad, windows, lowering.platform)


def _max_pool_grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, y = op.inputs[:2]
    windows = _windows(op)
    if windows.pop("explicit_paddings"):
        raise NotImplementedError(f"The second derivative of a max_pool with explicit padding ('{op.name}') is not "
                                  "supported; pad with tf.pad and use padding='VALID'.")
    return [g.zeros_like(x), g.zeros_like(y), g.MaxPoolGradGrad(x, y, dy, **windows)]


MAX_POOL_GRAD = define_op("MaxPoolGrad", inputs="orig_input: T, orig_output: T, grad: T", outputs="output: T",
                          attrs=f"{_EXPLICIT_WINDOWS}{_FORMATS[2]}, T: {REALS} = float", shape=shape_rules.same,
                          lower=_max_pool_grad_lower, gradient=_max_pool_grad_gradient)


def _max_pool_grad_grad_lower(jax: Jax, orig_input: Array, orig_output: Array, grad: Array, *, ksize: Sequence[int],
                              strides: Sequence[int], padding: str) -> Array:
    windows = Windows(ksize, strides, _padding(orig_input, ksize, strides, padding))
    return at_greatest(jax, orig_input, grad, orig_output.shape, windows)


def _max_pool_grad_grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, y = op.inputs[:2]
    return [g.zeros_like(x), g.zeros_like(y), g.MaxPoolGrad(x, y, dy, **_windows(op))]


def _second_input_shape(orig_input: TensorShape, orig_output: TensorShape, grad: TensorShape) -> TensorShape:
    return orig_output


MAX_POOL_GRAD_GRAD = define_op("MaxPoolGradGrad", inputs="orig_input: T, orig_output: T, grad: T", outputs="output: T",
                               attrs=f"{_WINDOWS}{_FORMATS[2]}, T: {REALS}", shape=_second_input_shape,
                               lower=_max_pool_grad_grad_lower, gradient=_max_pool_grad_grad_gradient)


# --- maxima in three dimensions

def _plain_shape(input: TensorShape, *, ksize: Sequence[int], strides: Sequence[int], padding: str) -> TensorShape:
    return _pooled_shape(input, ksize, strides, padding)


def _max_pool3d_lower(jax: Jax, input: Array, *, ksize: Sequence[int], strides: Sequence[int], padding: str) -> Array:
    return _pooled(jax, input, ksize, strides, padding)


def _max_pool3d_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.MaxPool3DGrad(op.inputs[0], op.outputs[0], dy, **_windows(op))


MAX_POOL3D = define_op("MaxPool3D", inputs="input: T", outputs="output: T",
                       attrs=f"{_WINDOWS}{_FORMATS[3]}, T: {REAL_FLOATS}", shape=_plain_shape,
                       lower=_max_pool3d_lower, gradient=_max_pool3d_gradient)


def _max_pool3d_grad_lower(jax: Jax, orig_input: Array, orig_output: Array, grad: Array, *, ksize: Sequence[int],
                           strides: Sequence[int], padding: str, lowering: Lowering) -> Array:
    windows = Windows(ksize, strides, _padding(orig_input, ksize, strides, padding))
    return to_greatest(jax, orig_input, grad, windows, lowering.platform)


def _max_pool3d_grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, y = op.inputs[:2]
    return [g.zeros_like(x), g.zeros_like(y), g.MaxPool3DGradGrad(x, y, dy, **_windows(op))]


MAX_POOL3D_GRAD = define_op("MaxPool3DGrad", inputs="orig_input: TInput, orig_output: TInput, grad: T",
                            outputs="output: T", shape=shape_rules.same, lower=_max_pool3d_grad_lower,
                            attrs=f"{_WINDOWS}{_FORMATS[3]}, T: {REAL_FLOATS} = float, TInput: {REAL_FLOATS} = float",
                            gradient=_max_pool3d_grad_gradient)


def _max_pool3d_grad_grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, y = op.inputs[:2]
    return [g.zeros_like(x), g.zeros_like(y), g.MaxPool3DGrad(x, y, dy, **_windows(op))]


MAX_POOL3D_GRAD_GRAD = define_op("MaxPool3DGradGrad", inputs="orig_input: T, orig_output: T, grad: T",
                                 outputs="output: T", attrs=f"{_WINDOWS}{_FORMATS[3]}, T: {REALS}",
                                 shape=_second_input_shape, lower=_max_pool_grad_grad_lower,
                                 gradient=_max_pool3d_grad_grad_gradient)


# --- means

def _mean_pool(rank: int, type: str) -> tuple[OpDefinition, OpDefinition]:
    """The op and its gradient, which differ between two and three dimensions by their names only."""
    name = "value" if rank == 2 else "input"

    def lower(jax: Jax, value: Array, *, ksize: Sequence[int], strides: Sequence[int], padding: str) -> Array:
        return _means(jax, value, ksize, strides, padding)

    def gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
        return getattr(g, f"{type}Grad")(g.shape(op.inputs[0]), dy, **_windows(op))

    def grad_lower(jax: Jax, orig_input_shape: Array, grad: Array, *, ksize: Sequence[int], strides: Sequence[int],
                   padding: str) -> Array:
        sizes = tuple(int(size) for size in np.ravel(orig_input_shape))
        return transposed(jax, lambda x: _means(jax, x, ksize, strides, padding), sizes, grad)

    def grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
        return [None, getattr(g, type)(dy, **_windows(op))]

    forward = define_op(type, inputs=f"{name}: T", outputs="output: T",
                        attrs=f"{_WINDOWS}{_FORMATS[rank]}, T: {REAL_FLOATS}", shape=_plain_shape, lower=lower,
                        gradient=gradient)
    backward = define_op(f"{type}Grad", inputs="orig_input_shape: int32, grad: T", outputs="output: T",
                         attrs=f"{_WINDOWS}{_FORMATS[rank]}, T: {REAL_FLOATS}", static_inputs=("orig_input_shape",),
                         shape=lambda orig_input_shape, grad: orig_input_shape.as_shape(), lower=grad_lower,
                         gradient=grad_gradient)
    return forward, backward


AVG_POOL, AVG_POOL_GRAD = _mean_pool(2, "AvgPool")
AVG_POOL3D, AVG_POOL3D_GRAD = _mean_pool(3, "AvgPool3D")


# --- maxima with their places

def _max_pool_with_argmax_shape(input: TensorShape, *, ksize: Sequence[int], strides: Sequence[int],
                                padding: str) -> tuple[TensorShape, ...]:
    pooled = _pooled_shape(input, ksize, strides, padding)
    return pooled, pooled


def _max_pool_with_argmax_kernel(xp: ArrayModule, input: Array, *, ksize: Sequence[int], strides: Sequence[int],
                                 padding: str, Targmax: DType, include_batch_in_index: bool) -> tuple[Array, ...]:
    batch, height, width, channels = input.shape
    numbers = xp.reshape(xp.arange(height * width * channels, dtype=Targmax.np_dtype), (1, height, width, channels))
    if include_batch_in_index:
        first = xp.arange(batch, dtype=Targmax.np_dtype) * np.asarray(height * width * channels, Targmax.np_dtype)
        numbers = xp.add(numbers, xp.reshape(first, (batch, 1, 1, 1)))
    numbers = xp.broadcast_to(numbers, (numbers.shape[0], height, width, channels))
    pairs = _padding(input, ksize, strides, padding)
    padded = xp.pad(input, pairs, constant_values=lowest(input.dtype)[()])
    padded_numbers = xp.pad(numbers, [(0, 0), *pairs[1:]], constant_values=-1)
    greatest = place = None
    for row in range(ksize[1]):
        for column in range(ksize[2]):
            along = zip((row, column), (height, width), pairs[1:3], ksize[1:3], strides[1:3], strict=True)
            part = (slice(None), *(slice(start, start + (size + sum(pair) - window) // stride * stride + 1, stride)
                                   for start, size, pair, window, stride in along))
            value, number = padded[part], xp.broadcast_to(padded_numbers[part], padded[part].shape)
            if greatest is None:
                greatest, place = value, number
                continue
            is_new = xp.logical_or(xp.greater(value, greatest), xp.less(place, 0))
            greatest, place = xp.where(is_new, value, greatest), xp.where(is_new, number, place)
    return greatest, place


def _max_pool_with_argmax_gradient(g: GradientBuilder, op: Operation, dy: Tensor, _: Tensor) -> Tensor:
    return g.MaxPoolGradWithArgmax(op.inputs[0], dy, op.outputs[1], ksize=op.attributes["ksize"],
                                   strides=op.attributes["strides"], padding=op.attributes["padding"],
                                   include_batch_in_index=op.attributes["include_batch_in_index"])


MAX_POOL_WITH_ARGMAX = define_op(
    "MaxPoolWithArgmax", inputs="input: T", outputs="output: T, argmax: Targmax",
    attrs=f"ksize: list(int), strides: list(int), Targmax: {{int32, int64}} = int64, padding: {{'SAME', 'VALID'}}, "
          f"include_batch_in_index: bool = False, T: {REALS}",
    shape=_max_pool_with_argmax_shape, kernel=_max_pool_with_argmax_kernel, gradient=_max_pool_with_argmax_gradient)


def _max_pool_grad_with_argmax_lower(jax: Jax, input: Array, grad: Array, argmax: Array, *,
                                     include_batch_in_index: bool) -> Array:
    xp = jax.numpy
    rows = xp.reshape(xp.zeros_like(input), (1 if include_batch_in_index else input.shape[0], -1))
    places = xp.reshape(argmax, (rows.shape[0], -1))
    values = xp.reshape(grad, (rows.shape[0], -1))
    return xp.reshape(jax.vmap(lambda row, place, value: row.at[place].add(value))(rows, places, values), input.shape)


MAX_POOL_GRAD_WITH_ARGMAX = define_op(
    "MaxPoolGradWithArgmax", inputs="input: T, grad: T, argmax: Targmax", outputs="output: T",
    attrs=f"ksize: list(int), strides: list(int), padding: {{'SAME', 'VALID'}}, "
          f"include_batch_in_index: bool = False, Targmax: {{int32, int64}}, T: {REALS}",
    shape=shape_rules.same, lower=_max_pool_grad_with_argmax_lower, gradient=undefined_gradient)
