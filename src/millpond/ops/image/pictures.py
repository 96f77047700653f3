"""Files of pictures as tensors of their pixels, and back."""

from __future__ import annotations

from typing import Any

from millpond import dtypes
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.image import picture_files
from millpond.ops.image.colors import convert_image_dtype
from millpond.ops.math.comparison import equal
from millpond.ops.scoping import name_scope
from millpond.ops.strings.string_elements import substr


def decode_jpeg(contents: TensorLike, channels: int = 0, ratio: int = 1, fancy_upscaling: bool = True,
                try_recover_truncated: bool = False, acceptable_fraction: float = 1, dct_method: str = "",
                name: str | None = None) -> Tensor:
    """The pixels `[height, width, channels]` of a JPEG file, as uint8.

    Colours are always upscaled smoothly and decoded by the exact cosine transform, whatever `fancy_upscaling` and
    `dct_method` say: they change numbers by little. A file that is cut short is refused. Files of PNG, GIF and BMP are
    read as well.

    Args:
      contents: A scalar string: the bytes of the file.
      channels: 1 for grey levels, 3 for colours, 0 for what the file has.
      ratio: How much smaller the image is to be: 1, 2, 4 or 8.
      fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method: Kept on the node.
      name: Name of the node.

    Raises:
      ValueError: If `channels` or `ratio` is none of these.
      tf.errors.InvalidArgumentError: When run, if the bytes are no picture.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     file = tf.image.encode_jpeg(tf.zeros([8, 6, 3], tf.uint8))
      ...     print(sess.run(tf.image.decode_jpeg(file, ratio=2)).shape)
      (4, 3, 3)
    """
    return picture_files.DECODE_JPEG(
        contents, channels=channels, ratio=ratio, fancy_upscaling=fancy_upscaling,
        try_recover_truncated=try_recover_truncated, acceptable_fraction=acceptable_fraction, dct_method=dct_method,
        name=name)


def decode_and_crop_jpeg(contents: TensorLike, crop_window: TensorLike, channels: int = 0, ratio: int = 1,
                         fancy_upscaling: bool = True, try_recover_truncated: bool = False,
                         acceptable_fraction: float = 1, dct_method: str = "", name: str | None = None) -> Tensor:
    """The pixels of a rectangle in a JPEG file, see `tf.image.decode_jpeg`.

    Args:
      contents: A scalar string: the bytes of the file.
      crop_window: `[y, x, height, width]`.
      channels, ratio, fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method: As for `decode_jpeg`.
      name: Name of the node.

    Raises:
      ValueError: If `channels` or `ratio` is none of these.
      tf.errors.InvalidArgumentError: When run, if the bytes are no picture, or it does not hold the rectangle.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     file = tf.image.encode_jpeg(tf.zeros([8, 6, 3], tf.uint8))
      ...     print(sess.run(tf.image.decode_and_crop_jpeg(file, [1, 2, 4, 3])).shape)
      (4, 3, 3)
    """
    return picture_files.DECODE_AND_CROP_JPEG(
        contents, crop_window, channels=channels, ratio=ratio, fancy_upscaling=fancy_upscaling,
        try_recover_truncated=try_recover_truncated, acceptable_fraction=acceptable_fraction, dct_method=dct_method,
        name=name)


def decode_png(contents: TensorLike, channels: int = 0, dtype: DTypeLike = dtypes.uint8,
               name: str | None = None) -> Tensor:
    """The pixels `[height, width, channels]` of a PNG file.

    Args:
      contents: A scalar string: the bytes of the file.
      channels: 1 for grey levels, 3 for colours, 4 for colours and opacity, 0 for what the file has.
      dtype: uint8 or uint16.
      name: Name of the node.

    Raises:
      ValueError: If `channels` is none of these.
      tf.errors.InvalidArgumentError: When run, if the bytes are no picture.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.decode_png(tf.image.encode_png(tf.constant([[[7]]], tf.uint8)))))
      [[[7]]]
    """
    return picture_files.DECODE_PNG(contents, channels=channels, dtype=dtypes.as_dtype(dtype), name=name)


def decode_bmp(contents: TensorLike, channels: int = 0, name: str | None = None) -> Tensor:
    """The pixels `[height, width, channels]` of a BMP file, as uint8.

    Args:
      contents: A scalar string: the bytes of the file.
      channels: 3 for colours, 4 for colours and opacity, 0 for what the file has.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: When run, if the bytes are no picture.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.image.decode_bmp(tf.placeholder(tf.string), channels=3).shape)
      (?, ?, 3)
    """
    return picture_files.DECODE_BMP(contents, channels=channels, name=name)


def decode_gif(contents: TensorLike, name: str | None = None) -> Tensor:
    """All images of a GIF file: `[frames, height, width, 3]`, as uint8.

    Args:
      contents: A scalar string: the bytes of the file.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: When run, if the bytes are no picture.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.image.decode_gif(tf.placeholder(tf.string)).shape)
      (?, ?, ?, 3)
    """
    return picture_files.DECODE_GIF(contents, name=name)


def decode_image(contents: TensorLike, channels: int | None = None, dtype: DTypeLike = dtypes.uint8,
                 name: str | None = None, expand_animations: bool = True) -> Tensor:
    """The pixels of a file of JPEG, PNG, GIF or BMP.

    Args:
      contents: A scalar string: the bytes of the file.
      channels: How many channels there shall be; None or 0 for what the file has.
      dtype: The dtype, into which the image is scaled as by `tf.image.convert_image_dtype`.
      name: Name of the scope of the nodes.
      expand_animations: Whether a GIF file gives all its images, in four dimensions; otherwise, only the first.

    Raises:
      ValueError: If `channels` is not 0, 1, 3 or 4.
      tf.errors.InvalidArgumentError: When run, if the bytes are no picture.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     file = tf.image.encode_png(tf.zeros([8, 6, 1], tf.uint8))
      ...     print(sess.run(tf.image.decode_image(file, channels=3)).shape)
      (8, 6, 3)
    """
    with name_scope(name, "decode_image"):
        image = picture_files.DECODE_IMAGE(contents, channels=channels or 0, expand_animations=expand_animations)
        wanted = dtypes.as_dtype(dtype)
        return image if wanted is dtypes.uint8 else convert_image_dtype(image, wanted)


def encode_jpeg(image: TensorLike, format: str = "", quality: int = 95, progressive: bool = False,
                optimize_size: bool = False, chroma_downsampling: bool = True, density_unit: str = "in",
                x_density: int = 300, y_density: int = 300, xmp_metadata: str = "", name: str | None = None) -> Any:
    """An image as a JPEG file.

    Args:
      image: Pixels `[height, width, channels]` of uint8, with one or three channels.
      format: `"grayscale"`, `"rgb"`, or empty for what the channels say.
      quality: From 0 to 100.
      progressive: Whether the file shows coarse images first.
      optimize_size: Whether time is spent on a smaller file.
      chroma_downsampling: Whether colours are stored at half the resolution.
      density_unit, x_density, y_density: The resolution that the file tells: pixels per `"in"` or `"cm"`.
      xmp_metadata: A text in XMP's form that the file holds.
      name: Name of the node.

    Returns:
      A scalar string.

    Raises:
      tf.errors.InvalidArgumentError: When run, if the channels or the quality do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.encode_jpeg(tf.zeros([8, 6, 3], tf.uint8)))[:3])
      b'\\xff\\xd8\\xff'
    """
    return picture_files.ENCODE_JPEG(
        image, format=format, quality=quality, progressive=progressive, optimize_size=optimize_size,
        chroma_downsampling=chroma_downsampling, density_unit=density_unit, x_density=x_density, y_density=y_density,
        xmp_metadata=xmp_metadata, name=name)


def encode_png(image: TensorLike, compression: int = -1, name: str | None = None) -> Tensor:
    """An image as a PNG file.

    Args:
      image: Pixels `[height, width, channels]` of uint8 or uint16, with one to four channels.
      compression: How hard to compress, 0 to 9; -1 for the default.
      name: Name of the node.

    Returns:
      A scalar string.

    Raises:
      tf.errors.InvalidArgumentError: When run, if the channels do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.encode_png(tf.zeros([8, 6, 3], tf.uint8)))[1:4])
      b'PNG'
    """
    if hasattr(image, "dtype"):  # only numbers of Python take the op's default dtype
        image = convert_to_tensor(image, name="image")
    return picture_files.ENCODE_PNG(image, compression=compression, name=name)


def extract_jpeg_shape(contents: TensorLike, output_type: DTypeLike = dtypes.int32, name: str | None = None) -> Tensor:
    """`[height, width, channels]` of a JPEG file, without reading its pixels.

    Args:
      contents: A scalar string: the bytes of the file.
      output_type: int32 or int64.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: When run, if the bytes are no picture.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.extract_jpeg_shape(tf.image.encode_jpeg(tf.zeros([8, 6, 3], tf.uint8)))))
      [8 6 3]
    """
    return picture_files.EXTRACT_JPEG_SHAPE(contents, output_type=dtypes.as_dtype(output_type), name=name)


def is_jpeg(contents: TensorLike, name: str | None = None) -> Tensor:
    """Whether bytes start as a JPEG file does.

    Args:
      contents: A string, or several.
      name: Name of the scope of the nodes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.is_jpeg(b"BM...")))
      False
    """
    with name_scope(name, "is_jpeg"):
        return equal(substr(contents, 0, 3), b"\xff\xd8\xff", name=name)
