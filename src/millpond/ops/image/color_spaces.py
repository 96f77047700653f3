"""Colours as television has them: brightness, and two differences of colours."""

from __future__ import annotations

from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.linalg.contraction import tensordot

# Row by row what red, green and blue (or the parts of the other space) give.
_TO_YIQ = [[0.299, 0.59590059, 0.2115], [0.587, -0.27455667, -0.52273617], [0.114, -0.32134392, 0.31119955]]
_FROM_YIQ = [[1.0, 1.0, 1.0], [0.95598634, -0.27201283, -1.10674021], [0.6208248, -0.64720424, 1.70423049]]
_TO_YUV = [[0.299, -0.14714119, 0.61497538], [0.587, -0.28886916, -0.51496512], [0.114, 0.43601035, -0.10001026]]
_FROM_YUV = [[1.0, 1.0, 1.0], [0.0, -0.394642334, 2.03206185], [1.13988303, -0.58062185, 0.0]]


def _mixed(images: TensorLike, mixture: list[list[float]]) -> Tensor:
    images = convert_to_tensor(images, name="images")
    return tensordot(images, convert_to_tensor(mixture, dtype=images.dtype.base_dtype, name="kernel"), [[-1], [0]])


def rgb_to_yiq(images: TensorLike) -> Tensor:
    """Red, green and blue as NTSC's brightness, in-phase and quadrature.

    Args:
      images: Floats whose last dimension is red, green and blue in [0, 1].

    Raises:
      ValueError: If the last dimension is not 3.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.rgb_to_yiq([[1.0, 0.0, 0.0]]))[0, 0])
      0.299
    """
    return _mixed(images, _TO_YIQ)


def yiq_to_rgb(images: TensorLike) -> Tensor:
    """NTSC's brightness, in-phase and quadrature as red, green and blue.

    Args:
      images: Floats whose last dimension is the three.

    Raises:
      ValueError: If the last dimension is not 3.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.yiq_to_rgb([[0.5, 0.0, 0.0]])))
      [[0.5 0.5 0.5]]
    """
    return _mixed(images, _FROM_YIQ)


def rgb_to_yuv(images: TensorLike) -> Tensor:
    """Red, green and blue as PAL's brightness and two differences.

    Args:
      images: Floats whose last dimension is red, green and blue in [0, 1].

    Raises:
      ValueError: If the last dimension is not 3.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.rgb_to_yuv([[1.0, 0.0, 0.0]]))[0, 0])
      0.299
    """
    return _mixed(images, _TO_YUV)


def yuv_to_rgb(images: TensorLike) -> Tensor:
    """PAL's brightness and two differences as red, green and blue.

    Args:
      images: Floats whose last dimension is the three.

    Raises:
      ValueError: If the last dimension is not 3.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.yuv_to_rgb([[0.5, 0.0, 0.0]])))
      [[0.5 0.5 0.5]]
    """
    return _mixed(images, _FROM_YUV)
