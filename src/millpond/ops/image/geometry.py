"""Images turned, mirrored, cut out and put into frames."""

from __future__ import annotations

from typing import Any

from millpond import dtypes
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array import join
from millpond.ops.array.pad import pad
from millpond.ops.array.shape import reshape, shape
from millpond.ops.array.slicing import slice_
from millpond.ops.array.transpose import transpose
from millpond.ops.control.cond import case, cond
from millpond.ops.image.image_rank import (
    check_not_empty,
    height_and_width,
    image_tensor,
    is_batch,
    requiring,
    set_single,
)
from millpond.ops.math import arithmetic, comparison, division, elementwise
from millpond.ops.math.cast import cast
from millpond.ops.math.sequences import reverse
from millpond.ops.random.random_ops import random_uniform
from millpond.ops.scoping import name_scope


def _mirrored(image: Tensor, axis: int) -> Tensor:
    return set_single(image, reverse(image, [axis + is_batch(image)]))


def flip_left_right(image: TensorLike) -> Tensor:
    """The mirror image, with the first column last.

    Args:
      image: An image `[height, width, channels]`, or a batch of them.

    Raises:
      ValueError: If it has neither three nor four dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.flip_left_right([[[1], [2]]])).tolist())
      [[[2], [1]]]
    """
    with name_scope(None, "flip_left_right", [image]):
        return _mirrored(image_tensor(image), 1)


def flip_up_down(image: TensorLike) -> Tensor:
    """The image upside down, with the first row last.

    Args:
      image: An image `[height, width, channels]`, or a batch of them.

    Raises:
      ValueError: If it has neither three nor four dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.flip_up_down([[[1]], [[2]]])).tolist())
      [[[2]], [[1]]]
    """
    with name_scope(None, "flip_up_down", [image]):
        return _mirrored(image_tensor(image), 0)


def _randomly_mirrored(image: TensorLike, axis: int, seed: int | None, scope_name: str) -> Tensor:
    with name_scope(None, scope_name, [image]) as scope:
        image = image_tensor(image)
        check_not_empty(image)
        if not is_batch(image):
            mirror = comparison.less(random_uniform([], 0, 1.0, seed=seed), 0.5)
            result: Tensor = cond(mirror, lambda: reverse(image, [axis]), lambda: image, name=scope)
            result.set_shape(image.shape)
            return set_single(image, result)
        count = shape(image)[0]
        drawn = reshape(random_uniform([count], 0, 1.0, seed=seed), [count, 1, 1, 1])
        flips = cast(elementwise.round(drawn), image.dtype)
        kept = arithmetic.multiply(arithmetic.subtract(cast(1, image.dtype), flips), image)
        return arithmetic.add(arithmetic.multiply(flips, reverse(image, [axis + 1])), kept)


def random_flip_left_right(image: TensorLike, seed: int | None = None) -> Tensor:
    """The image or its mirror image, each half of the time; each image of a batch on its own.

    Args:
      image: An image `[height, width, channels]`, or a batch of them.
      seed: A seed, see `tf.set_random_seed`.

    Raises:
      ValueError: If it has neither three nor four dimensions, or no elements.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.image.random_flip_left_right(tf.zeros([4, 5, 3]), seed=1).shape)
      (4, 5, 3)
    """
    return _randomly_mirrored(image, 1, seed, "random_flip_left_right")


def random_flip_up_down(image: TensorLike, seed: int | None = None) -> Tensor:
    """The image as it is or upside down, each half of the time; each image of a batch on its own.

    Args:
      image: An image `[height, width, channels]`, or a batch of them.
      seed: A seed, see `tf.set_random_seed`.

    Raises:
      ValueError: If it has neither three nor four dimensions, or no elements.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.image.random_flip_up_down(tf.zeros([4, 5, 3]), seed=1).shape)
      (4, 5, 3)
    """
    return _randomly_mirrored(image, 0, seed, "random_flip_up_down")


def _swapped(image: Tensor) -> Tensor:
    return transpose(image, [0, 2, 1, 3] if is_batch(image) else [1, 0, 2], name="transpose_image")


def transpose_image(image: TensorLike, name: str | None = None) -> Tensor:
    """The image with rows and columns swapped.

    Args:
      image: An image `[height, width, channels]`, or a batch of them.
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If it has neither three nor four dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.transpose_image([[[1], [2]]])).tolist())
      [[[1]], [[2]]]
    """
    with name_scope(name, "transpose", [image]):
        return _swapped(image_tensor(image))


def rot90(image: TensorLike, k: TensorLike = 1, name: str | None = None) -> Tensor:
    """The image turned counter-clockwise by right angles.

    Args:
      image: An image `[height, width, channels]`, or a batch of them.
      k: The number of right angles.
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If the image has neither three nor four dimensions, or `k` is no single number.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.rot90([[[1], [2]]])).tolist())
      [[[2]], [[1]]]
    """
    with name_scope(name, "rot90", [image, k]) as scope:
        image = image_tensor(image)
        k = convert_to_tensor(k, dtype=dtypes.int32, name="k")
        if not k.shape.is_compatible_with([]):
            raise ValueError(f"k must be a scalar, got the shape {k.shape}")
        k = division.floormod(k, 4)
        turns = [(comparison.equal(k, 1), lambda: _mirrored(_swapped(image), 0)),
                 (comparison.equal(k, 2), lambda: _mirrored(_mirrored(image, 0), 1)),
                 (comparison.equal(k, 3), lambda: _swapped(_mirrored(image, 0)))]
        result: Tensor = case(turns, default=lambda: image, exclusive=True, name=scope)
        return _with_space(result, image, None, None)


def _with_space(result: Tensor, image: Tensor, height: Any, width: Any) -> Tensor:
    """The result, known to have the image's other dimensions, and the rows and columns that are Python numbers."""
    others = [None] * 3 if image.shape.ndims is None else image.shape.as_list()
    space = [None if isinstance(size, Tensor) else size for size in (height, width)]
    result.set_shape([*others[:-3], *space, others[-1]])
    return result


def _cut(image: Tensor, top: Any, left: Any, height: Any, width: Any) -> Tensor:
    outer: list[int] = [0] if is_batch(image) else []
    result = slice_(image, join.stack([*outer, top, left, 0]), join.stack([*(-1 for _ in outer), height, width, -1]))
    return _with_space(result, image, height, width)


def crop_to_bounding_box(image: TensorLike, offset_height: TensorLike, offset_width: TensorLike,
                         target_height: TensorLike, target_width: TensorLike) -> Tensor:
    """A rectangle cut out of an image.

    Args:
      image: An image `[height, width, channels]`, or a batch of them.
      offset_height, offset_width: The rows above it, and the columns to the left of it.
      target_height, target_width: Its rows and columns.

    Raises:
      ValueError: If the image has neither three nor four dimensions, or does not hold the rectangle.
      tf.errors.InvalidArgumentError: When run, if it does not.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     image = tf.reshape(tf.range(6), [2, 3, 1])
      ...     print(sess.run(tf.image.crop_to_bounding_box(image, 0, 1, 2, 2))[:, :, 0])
      [[1 2]
       [4 5]]
    """
    with name_scope(None, "crop_to_bounding_box", [image]):
        image = image_tensor(image)
        check_not_empty(image)
        height, width = height_and_width(image)
        image = requiring(image, [
            (offset_width >= 0, "offset_width must be >= 0."), (offset_height >= 0, "offset_height must be >= 0."),
            (target_width > 0, "target_width must be > 0."), (target_height > 0, "target_height must be > 0."),
            (width >= target_width + offset_width, "width must be >= target + offset."),
            (height >= target_height + offset_height, "height must be >= target + offset.")])
        return _cut(image, offset_height, offset_width, target_height, target_width)


def pad_to_bounding_box(image: TensorLike, offset_height: TensorLike, offset_width: TensorLike,
                        target_height: TensorLike, target_width: TensorLike) -> Tensor:
    """An image in a frame of zeros.

    Args:
      image: An image `[height, width, channels]`, or a batch of them.
      offset_height, offset_width: The rows of zeros above it, and the columns to the left of it.
      target_height, target_width: The rows and columns of the result.

    Raises:
      ValueError: If the image has neither three nor four dimensions, or does not fit.
      tf.errors.InvalidArgumentError: When run, if it does not.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.pad_to_bounding_box([[[7]]], 0, 1, 2, 3))[:, :, 0])
      [[0 7 0]
       [0 0 0]]
    """
    with name_scope(None, "pad_to_bounding_box", [image]):
        image = image_tensor(image)
        check_not_empty(image)
        height, width = height_and_width(image)
        below, right = target_height - offset_height - height, target_width - offset_width - width
        image = requiring(image, [
            (offset_height >= 0, "offset_height must be >= 0"), (offset_width >= 0, "offset_width must be >= 0"),
            (right >= 0, "width must be <= target - offset"), (below >= 0, "height must be <= target - offset")])
        frame = [offset_height, below, offset_width, right, 0, 0]
        paddings = reshape(join.stack([0, 0, *frame] if is_batch(image) else frame), [-1, 2])
        return _with_space(pad(image, paddings), image, target_height, target_width)


def resize_image_with_crop_or_pad(image: TensorLike, target_height: TensorLike, target_width: TensorLike) -> Tensor:
    """An image of another size without scaling: cut around its middle, or put in the middle of zeros.

    Args:
      image: An image `[height, width, channels]`, or a batch of them.
      target_height, target_width: The rows and columns of the result.

    Raises:
      ValueError: If the image has neither three nor four dimensions, or a size is not positive.
      tf.errors.InvalidArgumentError: When run, if a size is not positive.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     image = tf.reshape(tf.range(1, 4), [1, 3, 1])
      ...     print(sess.run(tf.image.resize_image_with_crop_or_pad(image, 3, 1))[:, :, 0].tolist())
      [[0], [2], [0]]
    """
    with name_scope(None, "resize_image_with_crop_or_pad", [image]):
        image = image_tensor(image)
        check_not_empty(image)
        image = requiring(image, [(target_width > 0, "target_width must be > 0."),
                                  (target_height > 0, "target_height must be > 0.")])
        height, width = height_and_width(image)
        before_height, after_height = _halves(target_height - height)
        before_width, after_width = _halves(target_width - width)
        cropped = crop_to_bounding_box(image, before_height, before_width, _smaller(target_height, height),
                                       _smaller(target_width, width))
        return pad_to_bounding_box(cropped, after_height, after_width, target_height, target_width)


def _halves(missing: Any) -> tuple[Any, Any]:
    """How many rows to cut away at the start, and how many to add there, where `missing` are to come."""
    return _larger(-missing // 2, 0), _larger(missing // 2, 0)


def _larger(a: Any, b: Any) -> Any:
    return arithmetic.maximum(a, b) if isinstance(a, Tensor) or isinstance(b, Tensor) else max(a, b)


def _smaller(a: Any, b: Any) -> Any:
    return arithmetic.minimum(a, b) if isinstance(a, Tensor) or isinstance(b, Tensor) else min(a, b)


def central_crop(image: TensorLike, central_fraction: float) -> Tensor:
    """The middle of an image.

    Args:
      image: An image `[height, width, channels]`, or a batch of them.
      central_fraction: How much of the height and of the width is kept, more than 0, at most 1.

    Raises:
      ValueError: If the image has neither three nor four dimensions, or the fraction is out of its range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     image = tf.reshape(tf.range(16), [4, 4, 1])
      ...     print(sess.run(tf.image.central_crop(image, 0.5))[:, :, 0])
      [[ 5  6]
       [ 9 10]]
    """
    with name_scope(None, "central_crop", [image]):
        image = image_tensor(image)
        if not 0.0 < central_fraction <= 1.0:
            raise ValueError(f"central_fraction must be within (0, 1], got {central_fraction}")
        if central_fraction == 1.0:
            return image
        height, width = height_and_width(image)
        top, left = (_margin(size, central_fraction) for size in (height, width))
        return _cut(image, top, left, height - top * 2, width - left * 2)


def _margin(size: Any, fraction: float) -> Any:
    if not isinstance(size, Tensor):
        return int((size - size * fraction) / 2)
    wide = cast(size, dtypes.float64)
    return cast((wide - wide * fraction) / 2, dtypes.int32)
