"""Batch normalization as one op, for images.

In training it computes the moments of the batch itself and gives them as further outputs, to be averaged over time.
Of TensorFlow's three versions of the op, which differ by what they reserve for the gradient, this is the third.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.constant import constant
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

_ATTRS = ("T: {half, bfloat16, float}, U: {bfloat16, float}, epsilon: float = 0.0001, "
          "data_format: {'NHWC', 'NCHW', 'NDHWC', 'NCDHW'} = 'NHWC', is_training: bool = True")
_FORWARD_ATTRS = ("T: {half, bfloat16, float}, U: {bfloat16, float}, epsilon: float = 0.0001, "
                  "exponential_avg_factor: float = 1.0, data_format: {'NHWC', 'NCHW', 'NDHWC', 'NCDHW'} = 'NHWC', "
                  "is_training: bool = True")
# cuDNN's least epsilon, which TensorFlow 1 takes everywhere.
_LEAST_EPSILON = 1.001e-5


def _channel(data_format: str) -> int:
    return data_format.index("C")


def _broadcast(xp: ArrayModule, values: Any, rank: int, channel: int) -> Any:
    """One value for each channel, in a shape that broadcasts with the images."""
    return xp.reshape(values, (1,) * channel + (-1,) + (1,) * (rank - 1 - channel))


def _others(rank: int, channel: int) -> tuple[int, ...]:
    return tuple(i for i in range(rank) if i != channel)


def _fused_batch_norm_shape(x: TensorShape, scale: TensorShape, offset: TensorShape, mean: TensorShape,
                            variance: TensorShape, *, data_format: str, is_training: bool) -> tuple[TensorShape, ...]:
    sizes = shape_rules.sizes_of(shape_rules.with_rank(x, len(data_format)))
    channel = _channel(data_format)
    values = TensorShape.of((sizes[channel],)).merge_with(scale).merge_with(offset)
    if not is_training:
        values = values.merge_with(mean).merge_with(variance)
    y = TensorShape.of(sizes[:channel] + shape_rules.sizes_of(values) + sizes[channel + 1:])
    return y, values, values, values, values, TensorShape(None)


def _fused_batch_norm_kernel(xp: ArrayModule, x: Array, scale: Array, offset: Array, mean: Array, variance: Array, *,
                             epsilon: float, exponential_avg_factor: float, data_format: str,
                             is_training: bool) -> tuple[Array, ...]:
    rank, channel = x.ndim, _channel(data_format)
    wide = xp.astype(x, np.float32)
    scale, offset = xp.astype(scale, np.float32), xp.astype(offset, np.float32)
    out = scale.dtype
    if is_training:
        others = _others(rank, channel)
        count = max(x.size // max(x.shape[channel], 1), 1)
        batch_mean = _mean(xp, wide, others, channel)
        centred = xp.subtract(wide, _broadcast(xp, batch_mean, rank, channel))
        batch_variance = _mean(xp, xp.square(centred), others, channel)
        used_mean, used_variance = batch_mean, batch_variance
        # What is averaged over time is the unbiased estimate.
        running = batch_variance * np.float32(count / max(count - 1, 1))
        batch_mean = _averaged(xp, mean, batch_mean, exponential_avg_factor)
        running = _averaged(xp, variance, running, exponential_avg_factor)
    else:
        used_mean, used_variance = xp.astype(mean, np.float32), xp.astype(variance, np.float32)
        batch_mean, running = used_mean, used_variance
    factor = xp.multiply(scale, xp.divide(np.float32(1), xp.sqrt(xp.add(used_variance, np.float32(epsilon)))))
    shifted = xp.subtract(wide, _broadcast(xp, used_mean, rank, channel))
    y = xp.add(xp.multiply(shifted, _broadcast(xp, factor, rank, channel)), _broadcast(xp, offset, rank, channel))
    reserve = xp.zeros((0,), dtype=np.float32)
    return xp.astype(y, x.dtype), batch_mean, running, used_mean, used_variance, xp.astype(reserve, out)


def _mean(xp: ArrayModule, x: Any, others: tuple[int, ...], channel: int) -> Any:
    """The mean of each channel; of an empty batch NaN, of which NumPy would warn."""
    return xp.mean(x, axis=others, dtype=np.float32) if x.size else xp.full((x.shape[channel],), np.nan, np.float32)


def _averaged(xp: ArrayModule, old: Any, new: Any, factor: float) -> Any:
    if factor == 1.0 or old.shape[0] == 0:
        return new
    return xp.add(xp.astype(old, np.float32) * np.float32(1 - factor), new * np.float32(factor))


def _fused_batch_norm_gradient(g: GradientBuilder, op: Operation, dy: Tensor, *_: Tensor) -> Cotangents:
    x, scale, _offset, mean, variance = op.inputs
    is_training = op.attributes["is_training"]
    used = (op.outputs[3], op.outputs[4]) if is_training else (mean, variance)
    cotangents = g.FusedBatchNormGradV3(
        dy, x, scale, *used, op.outputs[5], epsilon=op.attributes["epsilon"],
        data_format=op.attributes["data_format"], is_training=is_training)
    return [*cotangents[:3], None, None]


FUSED_BATCH_NORM = define_op(
    "FusedBatchNormV3", inputs="x: T, scale: U, offset: U, mean: U, variance: U",
    outputs="y: T, batch_mean: U, batch_variance: U, reserve_space_1: U, reserve_space_2: U, reserve_space_3: U",
    attrs=_FORWARD_ATTRS, shape=_fused_batch_norm_shape, kernel=_fused_batch_norm_kernel,
    gradient=_fused_batch_norm_gradient)


def _fused_batch_norm_grad_shape(y_backprop: TensorShape, x: TensorShape, scale: TensorShape, *_: Any,
                                 data_format: str) -> tuple[TensorShape, ...]:
    x = shape_rules.with_rank(x, len(data_format))
    values = TensorShape.of((shape_rules.sizes_of(x)[_channel(data_format)],)).merge_with(scale)
    nothing = TensorShape([0])
    return x.merge_with(y_backprop), values, values, nothing, nothing


def _fused_batch_norm_grad_kernel(xp: ArrayModule, y_backprop: Array, x: Array, scale: Array, mean: Array,
                                  variance: Array, reserve: Array, *, epsilon: float, data_format: str,
                                  is_training: bool) -> tuple[Array, ...]:
    """The reserved values are the mean and variance that were used."""
    rank, channel = x.ndim, _channel(data_format)
    others = _others(rank, channel)
    dy, wide = xp.astype(y_backprop, np.float32), xp.astype(x, np.float32)
    scale = xp.astype(scale, np.float32)
    nothing = xp.zeros((0,), dtype=np.float32)
    if not x.size:  # the moments of an empty batch are NaN, but it moves nothing
        zeros = xp.zeros_like(scale)
        return xp.zeros_like(x), zeros, zeros, nothing, nothing
    inverse = xp.divide(np.float32(1), xp.sqrt(xp.add(xp.astype(variance, np.float32), np.float32(epsilon))))
    centred = xp.subtract(wide, _broadcast(xp, xp.astype(mean, np.float32), rank, channel))
    d_offset = xp.sum(dy, axis=others, dtype=np.float32)
    d_factor = xp.sum(xp.multiply(dy, centred), axis=others, dtype=np.float32)
    d_scale = xp.multiply(d_factor, inverse)
    factor = _broadcast(xp, xp.multiply(scale, inverse), rank, channel)
    if is_training:
        count = np.float32(max(x.size // max(x.shape[channel], 1), 1))
        along = _broadcast(xp, xp.multiply(d_factor, xp.square(inverse)) / count, rank, channel)
        dy = xp.subtract(xp.subtract(dy, _broadcast(xp, d_offset / count, rank, channel)), xp.multiply(centred, along))
    return xp.astype(xp.multiply(dy, factor), x.dtype), d_scale, d_offset, nothing, nothing


def _fused_batch_norm_grad_gradient(g: GradientBuilder, op: Operation, *dys: Tensor) -> NoReturn:
    raise NotImplementedError(f"The second derivative of fused_batch_norm ('{op.name}') is not supported; that of "
                              "tf.nn.batch_normalization is.")


FUSED_BATCH_NORM_GRAD = define_op(
    "FusedBatchNormGradV3",
    inputs="y_backprop: T, x: T, scale: float, reserve_space_1: U, reserve_space_2: U, reserve_space_3: U",
    outputs="x_backprop: T, scale_backprop: U, offset_backprop: U, reserve_space_4: U, reserve_space_5: U",
    attrs=_ATTRS, shape=_fused_batch_norm_grad_shape, kernel=_fused_batch_norm_grad_kernel,
    gradient=_fused_batch_norm_grad_gradient)


def fused_batch_norm(x: TensorLike, scale: TensorLike, offset: TensorLike, mean: TensorLike | None = None,
                     variance: TensorLike | None = None, epsilon: float = 0.001, data_format: str = "NHWC",
                     is_training: bool = True, name: str | None = None,
                     exponential_avg_factor: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    """Batch normalization of images, with the moments of the batch (in training) or with given ones.

    Args:
      x: [batch, height, width, channels] (or as `data_format` says) of float16, bfloat16 or float32.
      scale, offset: One float32 for each channel.
      mean, variance: One float32 for each channel: what is used outside training, and needed there.
      epsilon: Added to the variance; at least 1.001e-5.
      data_format: `"NHWC"` or `"NCHW"`, or `"NDHWC"`, `"NCDHW"`.
      is_training: Whether the moments of the batch are computed and used.
      name: Name of the node.
      exponential_avg_factor: In training, the weight of the batch in the moments that are given back.

    Returns:
      The normalized `x`, the mean, and the (unbiased) variance.

    Raises:
      ValueError: If mean or variance is missing outside training.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.reshape([1.0, 3.0], [1, 1, 2, 1])
      ...     y, mean, variance = tf.nn.fused_batch_norm(x, [1.0], [0.0])
      ...     print(sess.run((mean, variance)))
      (array([2.], dtype=float32), array([2.], dtype=float32))
    """
    if not is_training and (mean is None or variance is None):
        raise ValueError("Both `mean` and `variance` must be a 1D tensor when `is_training` is False. "
                         f"Received: `mean` {mean!r} and `variance` {variance!r}")
    x = convert_to_tensor(x, name="input")
    scale, offset = convert_to_tensor(scale, name="scale"), convert_to_tensor(offset, name="offset")
    mean = constant(np.zeros(0, np.float32)) if mean is None else mean
    variance = constant(np.zeros(0, np.float32)) if variance is None else variance
    with name_scope(name, "FusedBatchNormV3", [x]) as scope:
        made = FUSED_BATCH_NORM(x, scale, offset, mean, variance, epsilon=max(epsilon, _LEAST_EPSILON),
                                data_format=data_format, is_training=is_training,
                                exponential_avg_factor=exponential_avg_factor, name=scope)
    return made[0], made[1], made[2]
