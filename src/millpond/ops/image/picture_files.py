"""Ops that read and write files of pictures: JPEG, PNG, GIF and BMP."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.ops import shape_rules
from millpond.ops.image import png
from millpond.ops.io import pillow
from millpond.shapes import TensorShape

# Channels wanted: Pillow's mode.
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_JPEG = ("channels: int = 0, ratio: int = 1, fancy_upscaling: bool = True, try_recover_truncated: bool = False, "
         "acceptable_fraction: float = 1.0, dct_method: string = ''")


_COMPRESSED = ("JPEG", "PNG", "GIF")  # what one op reads of these, the others read too


def _open(contents: Array, *formats: str) -> Any:
    data = np.asarray(contents, object).item()
    try:
        picture = pillow.Image.open(io.BytesIO(data), formats=formats)
    except OSError as error:  # Pillow knows none of its formats in the bytes
        raise InvalidArgumentError(None, None, f"Expected a file of {', '.join(formats)}, got {len(data)} bytes "
                                   f"that start with {data[:8]!r}: unknown image file format, or "
                                   "the data are damaged") from error
    return picture


def _own_mode(picture: Any) -> str:
    """The mode of all that is in the file: palettes become colours, and transparent ones alpha."""
    if picture.mode in _MODES.values():
        return "RGBA" if "transparency" in picture.info and picture.mode == "RGB" else str(picture.mode)
    if picture.mode == "P":
        return "RGBA" if "transparency" in picture.info else "RGB"
    return "L" if picture.mode in ("1", "I", "I;16", "F") else "RGB"


def _pixels(picture: Any, channels: int) -> np.ndarray:
    """The pixels `[height, width, channels]`; with 0 channels, those of the file."""
    possible = {"JPEG": (0, 1, 3), "GIF": (0, 3), "BMP": (0, 3, 4)}.get(picture.format, (0, 1, 3, 4))
    if channels not in possible:
        raise InvalidArgumentError(None, None, f"channels must be one of {list(possible)} for a {picture.format} file, "
                                   f"got {channels}")
    if picture.format == "GIF":
        channels = 3
    try:
        picture.load()
        own = _own_mode(picture)
        if channels == 1 and own in ("RGB", "RGBA") and picture.format == "PNG":
            return _gray(np.asarray(picture.convert("RGB")))
        pixels = np.asarray(picture.convert(_MODES[channels] if channels else own))
    except OSError as error:
        raise InvalidArgumentError(None, None, f"Invalid {picture.format} data: {error}") from error
    return pixels.reshape(*pixels.shape[:2], -1)


def _gray(rgb: np.ndarray) -> np.ndarray:
    """Grey levels as libpng takes them from colours."""
    weights = np.array([9798, 19235, 3735], np.int64)  # 0.299, 0.587 and 0.114, in parts of 32768
    return ((rgb.astype(np.int64) @ weights) >> 15).astype(rgb.dtype)[..., None]


def _with_channels(pixels: np.ndarray, channels: int) -> np.ndarray:
    """Pixels of 16 bits with as many channels as are wanted."""
    own = pixels.shape[2]
    colors = pixels[..., :own - 1] if own in (2, 4) else pixels
    if channels in (0, own):
        return pixels
    if channels == 1:
        return colors if own <= 2 else _gray(colors)
    colors = np.repeat(colors, 3, axis=2) if own <= 2 else colors
    if channels == 3:
        return colors
    alpha = pixels[..., -1:] if own in (2, 4) else np.full_like(pixels[..., :1], 65535)
    return np.concatenate([colors, alpha], axis=2)


def _picture_shape(contents: TensorShape, *, channels: int) -> TensorShape:
    shape_rules.with_rank(contents, 0)
    if channels not in (0, 1, 3, 4):
        raise ValueError(f"channels must be 0, 1, 3, or 4, got {channels}")
    return TensorShape.of((None, None, channels or None))


def _jpeg_shape(contents: TensorShape, *, channels: int, ratio: int) -> TensorShape:
    if ratio not in (1, 2, 4, 8):
        raise ValueError(f"ratio must be 1, 2, 4 or 8, got {ratio}")
    return _picture_shape(contents, channels=channels)


def _still(contents: Array, channels: int, ratio: int = 1) -> Array:
    """A picture of a compressed format, in 8 bits; of a film, its first."""
    data = np.asarray(contents, object).item()
    if png.is_deep(data):
        return (_deep(data, channels) >> 8).astype(np.uint8)
    picture = _open(contents, *_COMPRESSED)
    if picture.format == "JPEG":
        width, height = picture.size
        # The file holds brightness apart from colours, and smaller sizes in its coefficients.
        wanted = (max(width // ratio, 1), max(height // ratio, 1)) if ratio > 1 else None
        picture.draft("L" if channels == 1 else picture.mode, wanted)
        size = (-(-width // ratio), -(-height // ratio))
        if picture.size != size:
            picture.load()
            smaller = picture.resize(size, pillow.Image.Resampling.BOX)
            smaller.format = picture.format
            picture = smaller
    return _pixels(picture, channels)


def _deep(data: bytes, channels: int) -> np.ndarray:
    try:
        return _with_channels(png.decode_deep(data), channels)
    except ValueError as error:
        raise InvalidArgumentError(None, None, f"Invalid PNG data: {error}") from error


def _jpeg_kernel(context: HostContext, contents: Array, *, channels: int, ratio: int) -> Array:
    return _still(contents, channels, ratio)


DECODE_JPEG = define_op("DecodeJpeg", inputs="contents: string", outputs="image: uint8", attrs=_JPEG,
                        shape=_jpeg_shape, kernel=_jpeg_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _cropped_shape(contents: TensorShape, crop_window: TensorShape, *, channels: int, ratio: int) -> TensorShape:
    shape_rules.with_rank(crop_window, 1)
    return _jpeg_shape(contents, channels=channels, ratio=ratio)


def _cropped_kernel(context: HostContext, contents: Array, crop_window: Array, *, channels: int, ratio: int) -> Array:
    pixels = _jpeg_kernel(context, contents, channels=channels, ratio=ratio)
    if crop_window.shape != (4,):
        raise InvalidArgumentError(None, None, "crop_window must be [y, x, height, width], got "
                                   f"{crop_window.tolist()}")
    top, left, height, width = crop_window.tolist()
    if min(top, left) < 0 or min(height, width) <= 0 or top + height > pixels.shape[0] or (
            left + width > pixels.shape[1]):
        raise InvalidArgumentError(None, None, f"Invalid JPEG data or crop window: {crop_window.tolist()} (y, x, "
                                   f"height, width) in an image of {pixels.shape[0]} x {pixels.shape[1]}")
    return pixels[top:top + height, left:left + width]


DECODE_AND_CROP_JPEG = define_op(
    "DecodeAndCropJpeg", inputs="contents: string, crop_window: int32", outputs="image: uint8", attrs=_JPEG,
    shape=_cropped_shape, kernel=_cropped_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _png_kernel(context: HostContext, contents: Array, *, channels: int, dtype: DType) -> Array:
    if dtype is not dtypes.uint16:
        return _still(contents, channels)
    data = np.asarray(contents, object).item()
    return _deep(data, channels) if png.is_deep(data) else _still(contents, channels).astype(np.uint16) * np.uint16(257)


DECODE_PNG = define_op("DecodePng", inputs="contents: string", outputs="image: dtype",
                       attrs="channels: int = 0, dtype: {uint8, uint16} = uint8", shape=_picture_shape,
                       kernel=_png_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _bmp_kernel(context: HostContext, contents: Array, *, channels: int) -> Array:
    return _pixels(_open(contents, "BMP"), channels)


DECODE_BMP = define_op("DecodeBmp", inputs="contents: string", outputs="image: uint8", attrs="channels: int = 0",
                       shape=_picture_shape, kernel=_bmp_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _gif_shape(contents: TensorShape) -> TensorShape:
    shape_rules.with_rank(contents, 0)
    return TensorShape.of((None, None, None, 3))


def _gif_kernel(context: HostContext, contents: Array) -> Array:
    picture = _open(contents, *_COMPRESSED)
    if picture.format != "GIF":
        return _still(contents, 3)[None]
    frames = []
    for number in range(getattr(picture, "n_frames", 1)):
        picture.seek(number)
        frames.append(_pixels(picture, 3))
    return np.stack(frames)


DECODE_GIF = define_op("DecodeGif", inputs="contents: string", outputs="image: uint8", shape=_gif_shape,
                       kernel=_gif_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _any_shape(contents: TensorShape, *, channels: int, expand_animations: bool) -> TensorShape:
    shape = _picture_shape(contents, channels=channels)
    return shape_rules.UNKNOWN if expand_animations else shape


def _any_kernel(context: HostContext, contents: Array, *, channels: int, expand_animations: bool) -> Array:
    picture = _open(contents, *_COMPRESSED, "BMP")
    if picture.format == "BMP":
        return _pixels(picture, channels)
    if picture.format != "GIF" or not expand_animations:
        return _still(contents, channels)
    _pixels(picture, channels)
    return _gif_kernel(context, contents)


# One op in later releases; TensorFlow 1 asks for the format by branches.
DECODE_IMAGE = define_op(
    "DecodeImage", inputs="contents: string", outputs="image: dtype",
    attrs="channels: int = 0, dtype: {uint8} = uint8, expand_animations: bool = True",
    shape=_any_shape, kernel=_any_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _encoded_shape(image: TensorShape) -> TensorShape:
    shape_rules.with_rank(image, 3)
    return shape_rules.SCALAR


def _check_channels(image: Array, channels: tuple[int, ...]) -> None:
    if image.ndim != 3 or image.shape[2] not in channels or 0 in image.shape:
        raise InvalidArgumentError(None, None, f"image must be [height, width, channels] with channels in "
                                   f"{list(channels)}, got the shape {list(image.shape)}")


def _encode_png_kernel(context: HostContext, image: Array, *, compression: int) -> Array:
    _check_channels(image, (1, 2, 3, 4))
    return np.array(png.encode(image, compression), object)


ENCODE_PNG = define_op("EncodePng", inputs="image: T", outputs="contents: string",
                       attrs="compression: int = -1, T: {uint8, uint16} = uint8", shape=_encoded_shape,
                       kernel=_encode_png_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _encode_jpeg_kernel(context: HostContext, image: Array, *, format: str, quality: int, progressive: bool,
                        optimize_size: bool, chroma_downsampling: bool, density_unit: str, x_density: int,
                        y_density: int, xmp_metadata: str) -> Array:
    _check_channels(image, {"": (1, 3), "grayscale": (1,), "rgb": (3,)}[_text(format)])
    if not 0 <= quality <= 100:
        raise InvalidArgumentError(None, None, f"quality must be in [0,100], got {quality}")
    per_inch = 2.54 if _text(density_unit) == "cm" else 1.0
    file, metadata = io.BytesIO(), _text(xmp_metadata)
    pillow.Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image).save(
        file, "JPEG", quality=quality, progressive=progressive, optimize=optimize_size,
        subsampling=2 if chroma_downsampling else 0, dpi=(x_density * per_inch, y_density * per_inch),
        **({"xmp": metadata.encode()} if metadata else {}))
    return np.array(file.getvalue(), object)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


ENCODE_JPEG = define_op(
    "EncodeJpeg", inputs="image: uint8", outputs="contents: string",
    attrs="format: {'', 'grayscale', 'rgb'} = '', quality: int = 95, progressive: bool = False, "
          "optimize_size: bool = False, chroma_downsampling: bool = True, density_unit: {'in', 'cm'} = 'in', "
          "x_density: int = 300, y_density: int = 300, xmp_metadata: string = ''",
    shape=_encoded_shape, kernel=_encode_jpeg_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _jpeg_size_shape(contents: TensorShape) -> TensorShape:
    shape_rules.with_rank(contents, 0)
    return TensorShape.of((3,))


def _jpeg_size_kernel(context: HostContext, contents: Array, *, output_type: DType) -> Array:
    picture = _open(contents, "JPEG")
    return np.array([picture.height, picture.width, len(picture.getbands())], output_type.np_dtype)


EXTRACT_JPEG_SHAPE = define_op(
    "ExtractJpegShape", inputs="contents: string", outputs="image_shape: output_type",
    attrs="output_type: {int32, int64} = int32", shape=_jpeg_size_shape, kernel=_jpeg_size_kernel,
    gradient=NOT_DIFFERENTIABLE, host=True)
