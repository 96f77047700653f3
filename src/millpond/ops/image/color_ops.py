"""Ops on the colours of pixels; the last dimension is red, green and blue, or hue, saturation and value."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, ArrayModule
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import REAL_FLOATS
from millpond.shapes import TensorShape

_HALF_OR_FLOAT = "{half, float} = float"


def _of_three(images: TensorShape, *_: Any) -> TensorShape:
    sizes = shape_rules.with_rank_at_least(images, 1).sizes
    if sizes is not None and sizes[-1] not in (None, 3):
        raise ValueError(f"the last dimension must be 3 channels, got {sizes[-1]}")
    return images if sizes is None else TensorShape.of((*sizes[:-1], 3))


def _channels(xp: ArrayModule, images: Array) -> list[Array]:
    if len(images.shape) < 1 or images.shape[-1] != 3:
        raise ValueError(f"the last dimension must be 3 channels, got the shape {list(images.shape)}")
    return [images[..., i] for i in range(3)]


def _hue(xp: ArrayModule, red: Array, green: Array, blue: Array, top: Array, spread: Array) -> Array:
    """Where a colour lies on the circle from red over green and blue, in [0, 1)."""
    one = xp.ones((), red.dtype)
    share = xp.divide(one, xp.multiply(xp.asarray(6, red.dtype), xp.where(xp.greater(spread, 0), spread, one)))
    third = xp.asarray(1 / 3, red.dtype)
    hue = xp.where(xp.equal(red, top), xp.multiply(share, xp.subtract(green, blue)),
                   xp.where(xp.equal(green, top), xp.add(xp.multiply(share, xp.subtract(blue, red)), third),
                            xp.add(xp.multiply(share, xp.subtract(red, green)), xp.add(third, third))))
    hue = xp.where(xp.greater(spread, 0), hue, xp.zeros((), red.dtype))
    return xp.where(xp.less(hue, 0), xp.add(hue, one), hue)


def _hsv(xp: ArrayModule, images: Array) -> tuple[Array, Array, Array]:
    red, green, blue = _channels(xp, images)
    top = xp.maximum(red, xp.maximum(green, blue))
    spread = xp.subtract(top, xp.minimum(red, xp.minimum(green, blue)))
    lit = xp.greater(top, 0)
    saturation = xp.where(lit, xp.divide(spread, xp.where(lit, top, xp.ones((), top.dtype))), xp.zeros((), top.dtype))
    return _hue(xp, red, green, blue, top, spread), saturation, top


def _full_colors(xp: ArrayModule, hue: Array) -> list[Array]:
    """Red, green and blue of the pure colours of hues."""
    zero, one, two = (xp.asarray(number, hue.dtype) for number in (0, 1, 2))
    sixths = xp.multiply(hue, xp.asarray(6, hue.dtype))
    distances = [xp.abs(xp.subtract(sixths, xp.asarray(center, hue.dtype))) for center in (3, 2, 4)]
    bounded = [xp.subtract(distances[0], one), xp.subtract(two, distances[1]), xp.subtract(two, distances[2])]
    return [xp.minimum(xp.maximum(part, zero), one) for part in bounded]


def _rgb(xp: ArrayModule, hue: Array, saturation: Array, value: Array) -> Array:
    pale = xp.subtract(xp.ones((), hue.dtype), saturation)
    return xp.stack([xp.multiply(xp.add(pale, xp.multiply(saturation, color)), value)
                     for color in _full_colors(xp, hue)], axis=-1)


def _rgb_to_hsv_kernel(xp: ArrayModule, images: Array) -> Array:
    return xp.stack(_hsv(xp, images), axis=-1)


def _hsv_to_rgb_kernel(xp: ArrayModule, images: Array) -> Array:
    return _rgb(xp, *_channels(xp, images))


def _adjust_hue_kernel(xp: ArrayModule, images: Array, delta: Array) -> Array:
    """Turns the hue, and keeps the least and the largest channel of each pixel."""
    wide = xp.astype(images, np.float32)
    red, green, blue = _channels(xp, wide)
    top = xp.maximum(red, xp.maximum(green, blue))
    bottom = xp.minimum(red, xp.minimum(green, blue))
    spread = xp.subtract(top, bottom)
    hue = xp.add(_hue(xp, red, green, blue, top, spread), delta)
    hue = xp.subtract(hue, xp.floor(hue))
    turned = [xp.add(bottom, xp.multiply(spread, color)) for color in _full_colors(xp, hue)]
    return xp.astype(xp.stack(turned, axis=-1), images.dtype)


def _adjust_saturation_kernel(xp: ArrayModule, images: Array, scale: Array) -> Array:
    hue, saturation, value = _hsv(xp, xp.astype(images, np.float32))
    saturation = xp.clip(xp.multiply(saturation, scale), np.float32(0), np.float32(1))
    return xp.astype(_rgb(xp, hue, saturation, value), images.dtype)


def _contrast_shape(images: TensorShape, contrast_factor: TensorShape) -> TensorShape:
    shape_rules.with_rank(contrast_factor, 0)
    return shape_rules.with_rank_at_least(images, 3)


def _adjust_contrast_kernel(xp: ArrayModule, images: Array, contrast_factor: Array) -> Array:
    if len(images.shape) < 3:
        raise ValueError(f"images must have at least 3 dimensions, got the shape {list(images.shape)}")
    wide = xp.astype(images, np.float32)
    mean = xp.mean(wide, axis=(-3, -2), keepdims=True, dtype=np.float32) if 0 not in images.shape else np.float32(0)
    return xp.astype(xp.add(xp.multiply(xp.subtract(wide, mean), contrast_factor), mean), images.dtype)


def _adjusted_shape(images: TensorShape, amount: TensorShape) -> TensorShape:
    shape_rules.with_rank(amount, 0)
    return _of_three(shape_rules.with_rank_at_least(images, 3))


RGB_TO_HSV = define_op("RGBToHSV", inputs="images: T", outputs="output: T", attrs=f"T: {REAL_FLOATS} = float",
                       shape=_of_three, kernel=_rgb_to_hsv_kernel, gradient=NOT_DIFFERENTIABLE)
HSV_TO_RGB = define_op("HSVToRGB", inputs="images: T", outputs="output: T", attrs=f"T: {REAL_FLOATS} = float",
                       shape=_of_three, kernel=_hsv_to_rgb_kernel, gradient=NOT_DIFFERENTIABLE)
ADJUST_HUE = define_op("AdjustHue", inputs="images: T, delta: float", outputs="output: T",
                       attrs=f"T: {_HALF_OR_FLOAT}", shape=_adjusted_shape, kernel=_adjust_hue_kernel,
                       gradient=NOT_DIFFERENTIABLE)
ADJUST_SATURATION = define_op("AdjustSaturation", inputs="images: T, scale: float", outputs="output: T",
                              attrs=f"T: {_HALF_OR_FLOAT}", shape=_adjusted_shape, kernel=_adjust_saturation_kernel,
                              gradient=NOT_DIFFERENTIABLE)
ADJUST_CONTRAST = define_op("AdjustContrastv2", inputs="images: T, contrast_factor: float", outputs="output: T",
                            attrs=f"T: {_HALF_OR_FLOAT}", shape=_contrast_shape, kernel=_adjust_contrast_kernel,
                            gradient=NOT_DIFFERENTIABLE)


def rgb_to_hsv(images: TensorLike, name: str | None = None) -> Tensor:
    """Red, green and blue as hue, saturation and value, all in [0, 1].

    Args:
      images: A tensor of floats whose last dimension is red, green and blue in [0, 1].
      name: Name of the node.

    Raises:
      ValueError: If the last dimension is not 3.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.rgb_to_hsv([[0.5, 0.25, 0.25]])))
      [[0.  0.5 0.5]]
    """
    return RGB_TO_HSV(images, name=name)


def hsv_to_rgb(images: TensorLike, name: str | None = None) -> Tensor:
    """Hue, saturation and value, all in [0, 1], as red, green and blue.

    Args:
      images: A tensor of floats whose last dimension is hue, saturation and value.
      name: Name of the node.

    Raises:
      ValueError: If the last dimension is not 3.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.hsv_to_rgb([[0.0, 0.5, 0.5]])))
      [[0.5  0.25 0.25]]
    """
    return HSV_TO_RGB(images, name=name)
