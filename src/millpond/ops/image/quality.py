"""How smooth images are, how far they are from each other, and how they change from pixel to pixel."""

from __future__ import annotations

import math

from millpond import dtypes
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.pad import pad
from millpond.ops.image.colors import convert_image_dtype
from millpond.ops.image.image_rank import image_tensor
from millpond.ops.math import arithmetic, elementwise, reduction
from millpond.ops.math.cast import cast
from millpond.ops.scoping import name_scope


def _steps(images: Tensor) -> tuple[Tensor, Tensor]:
    """From each pixel of images `[batch, height, width, channels]` to the one below, and to the one to the right."""
    return (arithmetic.subtract(images[:, 1:], images[:, :-1]),
            arithmetic.subtract(images[:, :, 1:], images[:, :, :-1]))


def total_variation(images: TensorLike, name: str | None = None) -> Tensor:
    """The sum of the sizes of all steps between neighbours: small for what is smooth.

    Args:
      images: An image `[height, width, channels]`, or a batch of them.
      name: Name of the scope of the nodes.

    Returns:
      A number, or one for each image.

    Raises:
      ValueError: If there are neither three nor four dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.total_variation([[[1.0], [3.0], [2.0]]])))
      3.0
    """
    with name_scope(name, "total_variation", [images]) as scope:
        images = image_tensor(images, "images")
        if images.shape.ndims is None:
            raise ValueError("'images' must have either 3 or 4 dimensions, and they must be known.")
        axis = None if images.shape.ndims == 3 else [1, 2, 3]
        below, right = _steps(images if images.shape.ndims == 4 else images[None])
        return arithmetic.add(reduction.reduce_sum(elementwise.abs(below), axis=axis),
                              reduction.reduce_sum(elementwise.abs(right), axis=axis), name=scope)


def image_gradients(image: TensorLike) -> tuple[Tensor, Tensor]:
    """The steps from each pixel to the one below, and to the one to the right; zero in the last row and column.

    Args:
      image: Images `[batch, height, width, channels]`.

    Raises:
      ValueError: If there are not four dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     _, right = sess.run(tf.image.image_gradients([[[[1.0], [3.0], [2.0]]]]))
      ...     print(right.ravel())
      [ 2. -1.  0.]
    """
    image = convert_to_tensor(image, name="image")
    if image.shape.ndims != 4:
        raise ValueError(f"image_gradients expects a 4D tensor [batch_size, h, w, d], not {image.shape}.")
    below, right = _steps(image)
    down, across = pad(below, [[0, 0], [0, 1], [0, 0], [0, 0]]), pad(right, [[0, 0], [0, 0], [0, 1], [0, 0]])
    for steps in (down, across):
        steps.set_shape(image.shape)
    return down, across


def psnr(a: TensorLike, b: TensorLike, max_val: TensorLike, name: str | None = None) -> Tensor:
    """How near images are to each other, in decibels: the peak over the noise.

    Args:
      a, b: Images `[..., height, width, channels]` of one dtype.
      max_val: The distance between the least and the largest value that pixels may have.
      name: Name of the scope of the nodes.

    Returns:
      float32, one number for each image.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.psnr([[[0.0]]], [[[0.1]]], max_val=1.0)))
      20.0
    """
    with name_scope(name, "PSNR", [a, b]):
        a, b = convert_to_tensor(a, name="a"), convert_to_tensor(b, name="b")
        peak = convert_image_dtype(cast(max_val, a.dtype), dtypes.float32)
        a, b = convert_image_dtype(a, dtypes.float32), convert_image_dtype(b, dtypes.float32)
        a.shape.assert_is_compatible_with(b.shape)
        noise = reduction.reduce_mean(arithmetic.squared_difference(a, b), [-3, -2, -1])
        decibels = 10 / math.log(10)
        return arithmetic.subtract(2 * decibels * elementwise.log(peak), decibels * elementwise.log(noise), name="psnr")
