"""Patches cut out of images, each laid out in the channels of one pixel."""

from __future__ import annotations

from collections.abc import Sequence

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import Sizes, TensorLike
from millpond.graph.opdef import define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.shapes import TensorShape


def _window(size: int, ksize: int, stride: int, rate: int, padding: str) -> tuple[int, int, int]:
    """How many patches fit along a dimension, and the padding before and after it."""
    reach = (ksize - 1) * rate + 1
    if padding == "VALID":
        return max((size - reach + stride) // stride, 0), 0, 0
    count = -(-size // stride)
    missing = max((count - 1) * stride + reach - size, 0)
    return count, missing // 2, missing - missing // 2


def _check_outer(**lists: Sequence[int]) -> None:
    for name, numbers in lists.items():
        if len(numbers) != 4 or numbers[0] != 1 or numbers[3] != 1:
            raise ValueError(f"{name} must be [1, rows, columns, 1], got {numbers}")


def _extract_image_patches_shape(images: TensorShape, *, ksizes: Sequence[int], strides: Sequence[int],
                                 rates: Sequence[int], padding: str) -> TensorShape:
    _check_outer(ksizes=ksizes, strides=strides, rates=rates)
    sizes = shape_rules.with_rank(images, 4).sizes
    assert sizes is not None
    space = [None if size is None else _window(size, ksizes[i], strides[i], rates[i], padding)[0]
             for i, size in ((1, sizes[1]), (2, sizes[2]))]
    depth = None if sizes[3] is None else sizes[3] * ksizes[1] * ksizes[2]
    return TensorShape.of((sizes[0], *space, depth))


def _extract_image_patches_kernel(xp: ArrayModule, images: Array, *, ksizes: Sequence[int], strides: Sequence[int],
                                  rates: Sequence[int], padding: str) -> Array:
    windows = [_window(images.shape[i], ksizes[i], strides[i], rates[i], padding) for i in (1, 2)]
    (rows, top, bottom), (columns, left, right) = windows
    padded = xp.pad(images, [(0, 0), (top, bottom), (left, right), (0, 0)])
    parts = []
    for i in range(ksizes[1]):
        for j in range(ksizes[2]):
            y, x = i * rates[1], j * rates[2]
            parts.append(padded[:, y:y + (rows - 1) * strides[1] + 1:strides[1],
                                x:x + (columns - 1) * strides[2] + 1:strides[2], :] if rows and columns else
                         padded[:, :rows, :columns, :])
    return xp.concatenate(parts, axis=3)


def _extract_image_patches_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    """Adds each element of a patch to the pixel that it was cut from.

    Patches of an image of pixel numbers (from 1; 0 is padding) tell where each element comes from.
    """
    images = op.inputs[0]
    attrs = {name: op.attributes[name] for name in ("ksizes", "strides", "rates", "padding")}
    shape = g.shape(images)
    batch, height, width, depth = (g.StridedSlice(shape, [i], [i + 1], [1], shrink_axis_mask=1) for i in range(4))
    pixels = g.Mul(height, width)
    numbers = g.Reshape(g.Range(1, g.AddV2(pixels, 1), 1), g.Pack([1, height, width, 1]))
    sources = g.Reshape(g.ExtractImagePatches(numbers, **attrs), [-1])
    count = g.size(sources)
    rows = g.Transpose(g.Reshape(dy, g.Pack([batch, count, depth])), [1, 0, 2])
    summed = g.UnsortedSegmentSum(rows, sources, g.AddV2(pixels, 1))
    inside = g.StridedSlice(summed, [1], [0], [1], end_mask=1)
    return g.Reshape(g.Transpose(inside, [1, 0, 2]), shape)


EXTRACT_IMAGE_PATCHES = define_op(
    "ExtractImagePatches", inputs="images: T", outputs="patches: T",
    attrs="ksizes: list(int) >= 4, strides: list(int) >= 4, rates: list(int) >= 4, "
          "T: {bfloat16, half, float, double, int8, int16, int32, int64, uint8, uint16, uint32, uint64, complex64, "
          "complex128, bool}, padding: {'SAME', 'VALID'}",
    shape=_extract_image_patches_shape, kernel=_extract_image_patches_kernel,
    gradient=_extract_image_patches_gradient)


def extract_image_patches(images: TensorLike, ksizes: Sizes | None = None, strides: Sizes | None = None,
                          rates: Sizes | None = None, padding: str | None = None, name: str | None = None,
                          sizes: Sizes | None = None) -> Tensor:
    """Cuts patches out of images and lays each in the channels of one output pixel.

    Args:
      images: `[batch, rows, columns, channels]`.
      ksizes: `[1, rows, columns, 1]` of a patch.
      strides: How far patches are apart, `[1, rows, columns, 1]`.
      rates: How far the pixels of a patch are apart, `[1, rows, columns, 1]`.
      padding: `"SAME"` or `"VALID"`.
      name: Name of the node.
      sizes: The newer name of `ksizes`.

    Returns:
      `[batch, output rows, output columns, patch rows * patch columns * channels]`.

    Raises:
      ValueError: If the first or last entry of a list is not 1.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x = tf.zeros([1, 4, 4, 3])
      ...     print(tf.extract_image_patches(x, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID").shape)
      (1, 2, 2, 12)
    """
    return EXTRACT_IMAGE_PATCHES(images, ksizes=sizes if ksizes is None else ksizes, strides=strides, rates=rates,
                                 padding=padding, name=name)
