"""`tf.image.resize_images`: an image or a batch of them in another size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.graph import static_values
from millpond.graph.argument_types import ShapeTensorLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array import join
from millpond.ops.array.shape import expand_dims, shape, squeeze
from millpond.ops.image import resize_ops
from millpond.ops.math import arithmetic, division, elementwise
from millpond.ops.math.cast import cast
from millpond.ops.scoping import name_scope


class ResizeMethod:
    """How `tf.image.resize_images` finds the pixels: `BILINEAR`, `NEAREST_NEIGHBOR`, `BICUBIC` or `AREA`."""

    BILINEAR = 0
    NEAREST_NEIGHBOR = 1
    BICUBIC = 2
    AREA = 3


_METHODS: dict[Any, Callable[..., Tensor]] = {
    ResizeMethod.BILINEAR: resize_ops.resize_bilinear,
    ResizeMethod.NEAREST_NEIGHBOR: resize_ops.resize_nearest_neighbor,
    ResizeMethod.BICUBIC: resize_ops.resize_bicubic,
    ResizeMethod.AREA: resize_ops.resize_area,
}


def resize_images(images: TensorLike, size: ShapeTensorLike, method: int = ResizeMethod.BILINEAR,
                  align_corners: bool = False, preserve_aspect_ratio: bool = False,
                  name: str | None = None) -> Tensor:
    """Resizes an image, or a batch of them.

    The result is float32, but keeps the dtype with the nearest neighbor, and where the size is known to be what it is
    already.

    Args:
      images: An image `[height, width, channels]`, or images `[batch, height, width, channels]`.
      size: The new `[height, width]`.
      method: A `tf.image.ResizeMethod`.
      align_corners: Whether the centers of the corner pixels stay corners.
      preserve_aspect_ratio: Whether the image keeps its proportions, and becomes as large as fits into `size`.
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If the images have neither three nor four dimensions, or the size or the method is none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     image = tf.reshape(tf.range(4.0), [2, 2, 1])
      ...     print(sess.run(tf.image.resize_images(image, [2, 4]))[:, :, 0])
      [[0.  0.5 1.  1. ]
       [2.  2.5 3.  3. ]]
    """
    with name_scope(name, "resize", [images, size]):
        images = convert_to_tensor(images, name="images")
        if images.shape.ndims not in (3, 4):
            raise ValueError("'images' must have either 3 or 4 dimensions, and they must be known; "
                             f"got the shape {images.shape}.")
        single = images.shape.ndims == 3
        batch = expand_dims(images, 0) if single else images
        wanted = _size_tensor(size)
        if preserve_aspect_ratio:
            wanted = _fitting(batch, wanted)
        known = static_values.constant_value(wanted)
        if known is not None and known.tolist() == batch.shape.as_list()[1:3]:
            return images
        if method not in _METHODS:
            raise ValueError(f"Resize method is not implemented: {method!r}; it must be one of tf.image.ResizeMethod.")
        resized = _METHODS[method](batch, wanted, align_corners=align_corners)
        return squeeze(resized, axis=[0]) if single else resized


def _size_tensor(size: Any) -> Tensor:
    try:
        tensor = convert_to_tensor(size, dtype=dtypes.int32, name="size")
    except (TypeError, ValueError) as error:
        raise ValueError(f"'size' must be a 1-D int32 Tensor, got {size!r}") from error
    if not tensor.shape.is_compatible_with([2]):
        raise ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width; "
                         f"got the shape {tensor.shape}")
    return tensor


def _fitting(images: Tensor, size: Tensor) -> Tensor:
    """The largest size within `size` of the proportions of the images."""
    known, current = static_values.constant_value(size), images.shape.as_list()[1:3]
    if known is not None and None not in current:
        now = np.asarray(current, np.float32)
        fitting = np.rint(np.min(known.astype(np.float32) / now) * now).astype(np.int32)
        return convert_to_tensor(fitting, name="size")
    space = cast(shape(images)[1:3], dtypes.float32)
    ratios = division.divide(cast(size, dtypes.float32), space)
    smaller = arithmetic.minimum(ratios[0], ratios[1])
    fitting = cast(elementwise.round(arithmetic.multiply(smaller, space)), dtypes.int32)
    return join.stack([fitting[0], fitting[1]])
