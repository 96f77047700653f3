"""Images by Pillow, as `scipy.misc` read, wrote and resized them.

State: none. The functions are those of `scipy.misc` before its release 1.2, which removed them.
"""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

from millpond.compat.habits.habit import add, add_when_used

_FILTERS = {"nearest": Image.Resampling.NEAREST, "lanczos": Image.Resampling.LANCZOS,
            "bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC,
            "cubic": Image.Resampling.BICUBIC}


def bytescale(data: Any, cmin: Any = None, cmax: Any = None, high: int = 255, low: int = 0) -> np.ndarray:
    """Stretches values to bytes: the smallest becomes `low`, the greatest `high`.

    Args:
      data: An array of any shape; bytes come back as they are.
      cmin: The value that becomes `low`; the smallest by default.
      cmax: The value that becomes `high`; the greatest by default.
      high: At most 255.
      low: At least 0.

    Raises:
      ValueError: If `0 <= low <= high <= 255` or `cmin <= cmax` does not hold.

    Example:
      >>> bytescale(np.array([0.0, 1.0, 2.0]))
      array([  0, 128, 255], dtype=uint8)
    """
    values = np.asarray(data)
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.bool_:
        values = values.astype(np.uint8)
    if not 0 <= low <= high <= 255:
        raise ValueError(f"expected 0 <= low <= high <= 255, got low {low} and high {high}")
    smallest = values.min() if cmin is None else cmin
    span = (values.max() if cmax is None else cmax) - smallest
    if span < 0:
        raise ValueError(f"cmax is smaller than cmin by {-span}")
    scaled = (values - smallest) * (float(high - low) / float(span or 1)) + low
    return np.asarray(scaled.clip(low, high) + 0.5).astype(np.uint8)


def toimage(arr: Any, high: int = 255, low: int = 0, cmin: Any = None, cmax: Any = None, pal: Any = None,
            mode: str | None = None, channel_axis: int | None = None) -> Image.Image:
    """An image of Pillow from an array.

    Args:
      arr: `[rows, columns]`, or three dimensions one of which has 3 or 4 channels.
      high: As in `bytescale`.
      low: As in `bytescale`.
      cmin: As in `bytescale`.
      cmax: As in `bytescale`.
      pal: `[n, 3]` colours of an image of bytes.
      mode: Pillow's mode: "L", "P", "1", "F", "I", "RGB", "RGBA", "YCbCr", "CMYK"; chosen by the shape by default.
      channel_axis: Which dimension holds the channels; by default the first that has 3 or 4.

    Raises:
      ValueError: If the array has no such shape.
    """
    data = np.asarray(arr)
    if np.iscomplexobj(data):
        raise ValueError("an image cannot be made of complex numbers")
    if data.ndim == 2:
        return _grey(data, high, low, cmin, cmax, pal, mode)
    if data.ndim != 3:
        raise ValueError(f"an image has 2 or 3 dimensions, got an array of shape {data.shape}")
    if channel_axis is None:
        channel_axis = next((axis for axis in (2, 0, 1) if data.shape[axis] in (3, 4)), None)
    if channel_axis is None:
        raise ValueError(f"no dimension of {data.shape} has 3 or 4 channels")
    pixels = np.ascontiguousarray(np.moveaxis(bytescale(data, cmin, cmax, high, low), channel_axis, 2))
    if mode is None:
        mode = "RGB" if pixels.shape[2] == 3 else "RGBA"
    return Image.frombytes(mode, (pixels.shape[1], pixels.shape[0]), pixels.tobytes())


def _grey(data: np.ndarray, high: int, low: int, cmin: Any, cmax: Any, pal: Any, mode: str | None) -> Image.Image:
    if mode == "F":
        return Image.fromarray(data.astype(np.float32))
    if mode == "I":
        return Image.fromarray(data.astype(np.int32))
    if mode == "1":
        return Image.fromarray(bytescale(data, cmin, cmax, high, low) > 127)
    image = Image.fromarray(np.ascontiguousarray(bytescale(data, cmin, cmax, high, low)))
    if pal is not None:
        image.putpalette(np.asarray(pal, np.uint8).tobytes())
    elif mode == "P":
        image.putpalette(np.repeat(np.arange(256, dtype=np.uint8), 3).tobytes())
    return image


def fromimage(im: Image.Image, flatten: bool = False, mode: str | None = None) -> np.ndarray:
    """The pixels of an image: bytes `[rows, columns]` or `[rows, columns, channels]`, floats if `flatten`."""
    if mode is not None:
        im = im.convert(mode)
    elif im.mode == "P":
        im = im.convert("RGBA" if "transparency" in im.info else "RGB")
    elif im.mode == "1":
        im = im.convert("L")
    return np.array(im.convert("F") if flatten else im)


def imread(name: Any, flatten: bool = False, mode: str | None = None) -> np.ndarray:
    """Reads an image file; see `fromimage`."""
    with Image.open(name) as image:
        return fromimage(image, flatten, mode)


def imsave(name: Any, arr: Any, format: str | None = None) -> None:
    """Writes an array as an image file, its values stretched to 0 to 255 unless they are bytes."""
    image = toimage(arr, channel_axis=2) if np.ndim(arr) == 3 else toimage(arr)
    if format is None and isinstance(name, (str, os.PathLike)):
        image.save(name)
    else:
        image.save(name, format or "PNG")


def imresize(arr: Any, size: Any, interp: str = "bilinear", mode: str | None = None) -> np.ndarray:
    """Resizes an image: bytes, its values stretched to 0 to 255 unless they are bytes.

    Args:
      arr: `[rows, columns]` or `[rows, columns, channels]`.
      size: `(rows, columns)`; an int is a percentage, a float a fraction.
      interp: "nearest", "lanczos", "bilinear", "bicubic" or "cubic".
      mode: Pillow's mode for the resizing.
    """
    image = toimage(arr, mode=mode)
    if np.ndim(size) == 0:
        factor = size / 100 if np.issubdtype(np.asarray(size).dtype, np.integer) else size
        columns, rows = (int(side * factor) for side in image.size)
    else:
        rows, columns = (int(side) for side in size[:2])
    return fromimage(image.resize((columns, rows), _FILTERS[interp]))


def imrotate(arr: Any, angle: float, interp: str = "bilinear") -> np.ndarray:
    """Turns an image by an angle in degrees, against the clock; its size stays."""
    return fromimage(toimage(arr).rotate(angle, resample=_FILTERS[interp]))


def imshow(arr: Any) -> None:
    """Shows an image in the system's viewer."""
    toimage(arr).show()


def mend_scipy_misc(module: ModuleType) -> None:
    """`scipy.misc.imread`, `imsave`, `imresize`, `imrotate`, `toimage`, `bytescale`, `logsumexp`, `comb`, ..."""
    add(module, {"bytescale": bytescale, "toimage": toimage, "fromimage": fromimage, "imread": imread,
                 "imsave": imsave, "imresize": imresize, "imrotate": imrotate, "imshow": imshow})
    special = ("logsumexp", "comb", "factorial", "factorial2", "factorialk", "softmax")
    add_when_used(module, {**{name: f"scipy.special:{name}" for name in special},
                           **{name: f"scipy.datasets:{name}" for name in ("face", "ascent", "electrocardiogram")}})


def mend_ndimage(module: ModuleType) -> None:
    """`scipy.ndimage.imread`."""
    add(module, {"imread": imread})
