"""Grey-scale dilation and erosion of images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import undefined_gradient
from millpond.graph.argument_types import Sizes, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import REALS
from millpond.ops.nn.window_geometry import Axis, Layout
from millpond.ops.not_a_number import lowest, lowest_finite, without_nan
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

_ATTRS = f"T: {REALS}, strides: list(int), rates: list(int), padding: {{'SAME', 'VALID'}}"
_LAYOUT = Layout("NHWC")


def _axes(strides: Any, rates: Any, padding: str) -> list[Axis]:
    return _LAYOUT.axes("Dilation2D", strides, padding, rates)


def _dilation2d_shape(input: TensorShape, filter: TensorShape, *, strides: Sequence[int], rates: Sequence[int],
                      padding: str) -> TensorShape:
    input, filter = shape_rules.with_rank(input, 4), shape_rules.with_rank(filter, 3)
    batch, height, width, channels = shape_rules.sizes_of(input)
    windows = shape_rules.sizes_of(filter)
    (channels,) = shape_rules.sizes_of(TensorShape.of((channels,)).merge_with(TensorShape.of(windows[2:])))
    sizes = [axis.count(size, window)
             for axis, size, window in zip(_axes(strides, rates, padding), (height, width), windows, strict=False)]
    return TensorShape.of((batch, *sizes, channels))


def _places(input: Any, filter: Any, axes: list[Axis]) -> Iterator[tuple[int, int, tuple[slice, ...]]]:
    """For each element of a window: its row and column, and the part of the padded input that it meets."""
    counts = [axis.count(input.shape[i + 1], filter.shape[i]) or 0 for i, axis in enumerate(axes)]
    for row in range(filter.shape[0]):
        for column in range(filter.shape[1]):
            part = tuple(slice(start * axis.rate, start * axis.rate + (count - 1) * axis.stride + 1, axis.stride)
                         for start, axis, count in zip((row, column), axes, counts, strict=True))
            yield row, column, (slice(None), *part)


def _pads(input: Any, filter: Any, axes: list[Axis]) -> list[tuple[int, int]]:
    return [(0, 0), *(axis.padded(input.shape[i + 1], filter.shape[i]) for i, axis in enumerate(axes)), (0, 0)]


def _padded(xp: ArrayModule, input: Any, filter: Any, axes: list[Axis]) -> Any:
    return xp.pad(input, _pads(input, filter, axes), constant_values=lowest(input.dtype)[()])


def _candidates(xp: ArrayModule, input: Any, filter: Any, axes: list[Axis]) -> list[Any]:
    padded = _padded(xp, input, filter, axes)
    return [without_nan(xp, xp.add(padded[part], filter[row, column]), lowest(input.dtype))
            for row, column, part in _places(input, filter, axes)]


def _dilation2d_kernel(xp: ArrayModule, input: Array, filter: Array, *, strides: Sequence[int], rates: Sequence[int],
                       padding: str) -> Array:
    greatest = None
    for candidate in _candidates(xp, input, filter, _axes(strides, rates, padding)):
        greatest = candidate if greatest is None else xp.maximum(greatest, candidate)
    return xp.maximum(greatest, lowest_finite(input.dtype))


def _dilation2d_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, w = op.inputs
    attrs = {name: op.attributes[name] for name in ("strides", "rates", "padding")}
    return [g.Dilation2DBackpropInput(x, w, dy, **attrs), g.Dilation2DBackpropFilter(x, w, dy, **attrs)]


DILATION2D = define_op("Dilation2D", inputs="input: T, filter: T", outputs="output: T", attrs=_ATTRS,
                       shape=_dilation2d_shape, kernel=_dilation2d_kernel, gradient=_dilation2d_gradient)


def _shares(xp: ArrayModule, input: Any, filter: Any, dy: Any, axes: list[Axis]) -> list[Any]:
    """The cotangents as each element of the windows gets them: all of one that is the (first) greatest."""
    winner = xp.argmax(xp.stack(_candidates(xp, input, filter, axes)), axis=0)
    return [xp.where(xp.equal(winner, i), dy, xp.zeros((), dtype=dy.dtype))
            for i in range(filter.shape[0] * filter.shape[1])]


def _dilation2d_backprop_input_lower(jax: Jax, input: Array, filter: Array, out_backprop: Array, *,
                                     strides: Sequence[int], rates: Sequence[int], padding: str) -> Array:
    xp, axes = jax.numpy, _axes(strides, rates, padding)
    pads = _pads(input, filter, axes)
    result = xp.zeros([size + sum(pair) for size, pair in zip(input.shape, pads, strict=True)], input.dtype)
    shares = _shares(xp, input, filter, out_backprop, axes)
    for share, (_, _, part) in zip(shares, _places(input, filter, axes), strict=True):
        result = result.at[part].add(share)
    return result[tuple(slice(before, before + size) for size, (before, _) in zip(input.shape, pads, strict=True))]


DILATION2D_BACKPROP_INPUT = define_op(
    "Dilation2DBackpropInput", inputs="input: T, filter: T, out_backprop: T", outputs="in_backprop: T", attrs=_ATTRS,
    shape=shape_rules.same, lower=_dilation2d_backprop_input_lower, gradient=undefined_gradient)


def _dilation2d_backprop_filter_kernel(xp: ArrayModule, input: Array, filter: Array, out_backprop: Array, *,
                                       strides: Sequence[int], rates: Sequence[int], padding: str) -> Array:
    shares = _shares(xp, input, filter, out_backprop, _axes(strides, rates, padding))
    sums = [xp.sum(share, axis=(0, 1, 2), dtype=filter.dtype) for share in shares]
    return xp.reshape(xp.stack(sums), filter.shape)


DILATION2D_BACKPROP_FILTER = define_op(
    "Dilation2DBackpropFilter", inputs="input: T, filter: T, out_backprop: T", outputs="filter_backprop: T",
    attrs=_ATTRS, shape=lambda input, filter, out_backprop: filter, kernel=_dilation2d_backprop_filter_kernel,
    gradient=undefined_gradient)


def dilation2d(input: TensorLike, filter: TensorLike | None = None, strides: Sizes | None = None,
               rates: Sizes | None = None, padding: str | None = None, name: str | None = None,
               filters: TensorLike | None = None, dilations: Sizes | None = None) -> Tensor:
    """Grey-scale dilation: output[b, y, x, c] = max over i, j of input[b, s * y + r * i, ..., c] + filter[i, j, c].

    Args:
      input: [batch, height, width, channels] of real numbers.
      filter, filters: [filter height, filter width, channels].
      strides: Four numbers, the distances of the windows.
      rates, dilations: Four numbers, the distances of the elements of a window.
      padding: `"SAME"` or `"VALID"`.
      name: Name of the node.

    Raises:
      ValueError: If the arguments do not fit each other or the shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x, w = tf.reshape(tf.range(4.0), [1, 2, 2, 1]), tf.zeros([2, 2, 1])
      ...     print(sess.run(tf.nn.dilation2d(x, w, [1, 1, 1, 1], [1, 1, 1, 1], "SAME")[0, :, :, 0]))
      [[3. 3.]
       [3. 3.]]
    """
    return DILATION2D(input, filters if filter is None else filter, strides=strides,
                      rates=dilations if rates is None else rates, padding=padding, name=name)


def erosion2d(value: TensorLike, kernel: TensorLike, strides: Sizes, rates: Sizes, padding: str,
              name: str | None = None) -> Tensor:
    """Grey-scale erosion: minima of the input less the kernel, i.e. the dilation of the negative, negated.

    Args:
      value: [batch, height, width, channels] of real numbers.
      kernel: [kernel height, kernel width, channels].
      strides, rates, padding: See `dilation2d`.
      name: Name of the node.

    Raises:
      ValueError: If the arguments do not fit each other or the shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x, w = tf.reshape(tf.range(1.0, 5.0), [1, 2, 2, 1]), tf.zeros([2, 2, 1])
      ...     print(sess.run(tf.nn.erosion2d(x, w, [1, 1, 1, 1], [1, 1, 1, 1], "VALID")[0, :, :, 0]))
      [[1.]]
    """
    g = GradientBuilder()
    with name_scope(name, "erosion2d", [value, kernel]) as scope:
        negative = g.Neg(convert_to_tensor(value, name="value"))
        turned = g.ReverseV2(convert_to_tensor(kernel, name="kernel"), [0, 1])
        return g.Neg(DILATION2D(negative, turned, strides=strides, rates=rates, padding=padding, name=scope))
