"""Colours and brightness of images, changed by a given or a random amount, and images in other dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond import dtypes
from millpond.graph import static_values
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.default import control_dependencies
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like
from millpond.ops.array.identity import identity
from millpond.ops.array.join import concat
from millpond.ops.array.pad import tile
from millpond.ops.array.shape import expand_dims, shape
from millpond.ops.host.assertions import Assert
from millpond.ops.image import color_ops
from millpond.ops.linalg.contraction import tensordot
from millpond.ops.math import arithmetic, division, elementwise, reduction
from millpond.ops.math.cast import cast, saturate_cast
from millpond.ops.nn.activation import relu
from millpond.ops.random.random_ops import random_uniform
from millpond.ops.scoping import name_scope


def convert_image_dtype(image: TensorLike, dtype: DTypeLike, saturate: bool = False, name: str | None = None) -> Tensor:
    """An image in another dtype, scaled: floats are in [0, 1], integers from 0 to their largest number.

    Args:
      image: An image.
      dtype: A dtype of floats or integers.
      saturate: Whether numbers out of the range become the nearest in it.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If `dtype` is no dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.convert_image_dtype([0.0, 0.5, 1.0], tf.uint8)))
      [  0 127 255]
    """
    image = convert_to_tensor(image, name="image")
    target, source = dtypes.as_dtype(dtype), image.dtype.base_dtype
    if target == source:
        return identity(image, name=name)
    with name_scope(name, "convert_image", [image]) as scope:
        changed = saturate_cast if saturate else cast
        if source.is_integer and target.is_integer:
            if source.max > target.max:
                smaller = division.floordiv(image, (source.max + 1) // (target.max + 1))
                return changed(smaller, target, name=scope)
            return arithmetic.multiply(changed(image, target), (target.max + 1) // (source.max + 1), name=scope)
        if source.is_integer:
            return arithmetic.multiply(cast(image, target), 1.0 / source.max, name=scope)
        if not target.is_integer:
            return cast(image, target, name=scope)
        # The largest integer is reached only by what is 1: each integer stands for an equal part.
        return changed(arithmetic.multiply(image, target.max + 0.5), target, name=scope)


def _as_floats(image: Tensor) -> Tensor:
    if image.dtype.base_dtype in (dtypes.float16, dtypes.float32):
        return image
    return convert_image_dtype(image, dtypes.float32)


def rgb_to_grayscale(images: TensorLike, name: str | None = None) -> Tensor:
    """How bright the colours are to the eye, in one channel.

    Args:
      images: Images whose last dimension is red, green and blue.
      name: Name of the node.

    Raises:
      ValueError: If the last dimension is not 3.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.rgb_to_grayscale([[[1.0, 0.0, 0.0]]])))
      [[[0.2989]]]
    """
    with name_scope(name, "rgb_to_grayscale", [images]) as scope:
        images = convert_to_tensor(images, name="images")
        gray = tensordot(convert_image_dtype(images, dtypes.float32), [0.2989, 0.5870, 0.1140], [-1, -1])
        return convert_image_dtype(expand_dims(gray, -1), images.dtype.base_dtype, name=scope)


def grayscale_to_rgb(images: TensorLike, name: str | None = None) -> Tensor:
    """One channel repeated as red, green and blue.

    Args:
      images: Images whose last dimension is 1.
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If the last dimension is not 1.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.grayscale_to_rgb([[[7]]])))
      [[[7 7 7]]]
    """
    with name_scope(name, "grayscale_to_rgb", [images]) as scope:
        images = convert_to_tensor(images, name="images")
        sizes = None if images.shape.ndims is None else images.shape.as_list()
        if sizes is not None and (not sizes or sizes[-1] not in (None, 1)):
            raise ValueError(f"images must have a last dimension of size 1, got the shape {images.shape}")
        others = [1] * (len(sizes) - 1) if sizes else ones_like(shape(images)[:-1])
        rgb = tile(images, concat([others, [3]], 0), name=scope)
        if sizes:
            rgb.set_shape([*sizes[:-1], 3])
        return rgb


def _adjusted(image: TensorLike, scope_name: str, adjust: Callable[[Tensor], Tensor], saturate: bool = True) -> Tensor:
    """An image changed as floats, in the dtype that it had."""
    with name_scope(None, scope_name, [image]) as scope:
        image = identity(convert_to_tensor(image, name="image"), name="Identity")
        return convert_image_dtype(adjust(_as_floats(image)), image.dtype.base_dtype, saturate=saturate, name=scope)


def adjust_brightness(image: TensorLike, delta: TensorLike) -> Tensor:
    """An image that is lighter or darker by a number.

    Args:
      image: An image; integers are taken as parts of their largest number.
      delta: What is added, in parts of 1.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.adjust_brightness([[[0.25]]], 0.5)))
      [[[0.75]]]
    """
    return _adjusted(image, "adjust_brightness", lambda floats: arithmetic.add(floats, cast(delta, floats.dtype)))


def adjust_contrast(images: TensorLike, contrast_factor: TensorLike) -> Tensor:
    """Images of more or less contrast: each channel's distance from its mean is multiplied.

    Args:
      images: Images `[..., height, width, channels]`.
      contrast_factor: The factor.

    Raises:
      ValueError: If the images have fewer than three dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.adjust_contrast([[[1.0], [3.0]]], 2.0)).tolist())
      [[[0.0], [4.0]]]
    """
    return _adjusted(images, "adjust_contrast",
                     lambda floats: color_ops.ADJUST_CONTRAST(floats, contrast_factor))


def adjust_gamma(image: TensorLike, gamma: TensorLike = 1, gain: TensorLike = 1) -> Tensor:
    """An image raised to a power: `gain * image ** gamma`.

    Args:
      image: An image; integers are taken as parts of their largest number.
      gamma: The power, not negative.
      gain: The factor.

    Raises:
      ValueError: If `gamma` is negative.
      tf.errors.InvalidArgumentError: When run, if it is.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.adjust_gamma([[[0.5]]], 2.0)))
      [[[0.25]]]
    """
    def adjust(floats: Tensor) -> Tensor:
        power = convert_to_tensor(gamma, dtype=floats.dtype, name="gamma")
        known, message = static_values.constant_value(power), "Gamma should be a non-negative real number."
        if known is None:
            with control_dependencies([Assert(power >= 0, [message])]):
                power = identity(power)
        elif known < 0:
            raise ValueError(message)
        return arithmetic.multiply(arithmetic.pow(floats, power), gain)

    return _adjusted(image, "adjust_gamma", adjust)


def adjust_hue(image: TensorLike, delta: TensorLike, name: str | None = None) -> Tensor:
    """An image whose colours are turned on the circle of hues.

    Args:
      image: An image whose last dimension is red, green and blue.
      delta: The part of the circle, in [-1, 1].
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If the last dimension is not 3.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.adjust_hue([[[1.0, 0.0, 0.0]]], 0.5)))
      [[[0. 1. 1.]]]
    """
    with name_scope(name, "adjust_hue", [image]) as scope:
        return _adjusted(image, scope, lambda floats: color_ops.ADJUST_HUE(floats, delta), saturate=False)


def adjust_saturation(image: TensorLike, saturation_factor: TensorLike, name: str | None = None) -> Tensor:
    """An image whose colours are stronger or paler.

    Args:
      image: An image whose last dimension is red, green and blue.
      saturation_factor: What the saturation is multiplied with; it stays within [0, 1].
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If the last dimension is not 3.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.adjust_saturation([[[0.5, 0.25, 0.25]]], 2.0)))
      [[[0.5 0.  0. ]]]
    """
    with name_scope(name, "adjust_saturation", [image]) as scope:
        return _adjusted(image, scope, lambda floats: color_ops.ADJUST_SATURATION(floats, saturation_factor),
                         saturate=False)


def random_brightness(image: TensorLike, max_delta: float, seed: int | None = None) -> Tensor:
    """An image that is lighter or darker by a random number, see `tf.image.adjust_brightness`.

    Args:
      image: An image.
      max_delta: The number lies in `[-max_delta, max_delta)`.
      seed: A seed, see `tf.set_random_seed`.

    Raises:
      ValueError: If `max_delta` is negative.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.image.random_brightness(tf.zeros([4, 5, 3]), 0.2, seed=1).shape)
      (4, 5, 3)
    """
    if max_delta < 0:
        raise ValueError(f"max_delta must be non-negative, got {max_delta}.")
    return adjust_brightness(image, random_uniform([], -max_delta, max_delta, seed=seed))


def _random_factor(lower: float, upper: float, seed: int | None) -> Any:
    if upper <= lower:
        raise ValueError(f"upper must be > lower, got upper = {upper} and lower = {lower}.")
    if lower < 0:
        raise ValueError(f"lower must be non-negative, got {lower}.")
    return random_uniform([], lower, upper, seed=seed)


def random_contrast(image: TensorLike, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """An image of random contrast, see `tf.image.adjust_contrast`.

    Args:
      image: Images `[..., height, width, channels]`.
      lower, upper: The factor lies in `[lower, upper)`.
      seed: A seed, see `tf.set_random_seed`.

    Raises:
      ValueError: If `lower` is negative, or not below `upper`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.image.random_contrast(tf.zeros([4, 5, 3]), 0.2, 1.8, seed=1).shape)
      (4, 5, 3)
    """
    return adjust_contrast(image, _random_factor(lower, upper, seed))


def random_hue(image: TensorLike, max_delta: float, seed: int | None = None) -> Tensor:
    """An image with its hues turned at random, see `tf.image.adjust_hue`.

    Args:
      image: An image whose last dimension is red, green and blue.
      max_delta: The part of the circle lies in `[-max_delta, max_delta)`; at most 0.5.
      seed: A seed, see `tf.set_random_seed`.

    Raises:
      ValueError: If `max_delta` is not in [0, 0.5].

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.image.random_hue(tf.zeros([4, 5, 3]), 0.2, seed=1).shape)
      (4, 5, 3)
    """
    if not 0 <= max_delta <= 0.5:
        raise ValueError(f"max_delta must be in [0, 0.5], got {max_delta}.")
    return adjust_hue(image, random_uniform([], -max_delta, max_delta, seed=seed))


def random_saturation(image: TensorLike, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """An image with its colours stronger or paler at random, see `tf.image.adjust_saturation`.

    Args:
      image: An image whose last dimension is red, green and blue.
      lower, upper: The factor lies in `[lower, upper)`.
      seed: A seed, see `tf.set_random_seed`.

    Raises:
      ValueError: If `lower` is negative, or not below `upper`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.image.random_saturation(tf.zeros([4, 5, 3]), 0.5, 1.5, seed=1).shape)
      (4, 5, 3)
    """
    return adjust_saturation(image, _random_factor(lower, upper, seed))


def per_image_standardization(image: TensorLike) -> Tensor:
    """Images of mean 0 and variance 1, each on its own.

    An image of few elements or of one colour is not divided by less than `1 / sqrt(elements)`.

    Args:
      image: Images `[..., height, width, channels]` of a real dtype; the result is float32.

    Raises:
      ValueError: If there are fewer than three dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.per_image_standardization([[[1.0], [3.0]]])).tolist())
      [[[-1.0], [1.0]]]
    """
    with name_scope(None, "per_image_standardization", [image]) as scope:
        image = convert_to_tensor(image, name="image")
        if image.shape.ndims is not None and image.shape.ndims < 3:
            raise ValueError(f"'image.shape' must be at least three-dimensional, got the shape {image.shape}.")
        count = reduction.reduce_prod(shape(image)[-3:])
        floats = cast(image, dtypes.float32)
        mean = reduction.reduce_mean(floats, axis=[-1, -2, -3], keepdims=True)
        squares = reduction.reduce_mean(elementwise.square(floats), axis=[-1, -2, -3], keepdims=True)
        deviation = elementwise.sqrt(relu(arithmetic.subtract(squares, elementwise.square(mean))))
        scale = arithmetic.maximum(deviation, elementwise.rsqrt(cast(count, dtypes.float32)))
        return division.divide(arithmetic.subtract(floats, mean), scale, name=scope)
