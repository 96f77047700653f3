"""Ops that resize images in rows and columns, and their gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, OpDefinition, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.image import sampling
from millpond.shapes import TensorShape

_IMAGES = "{int8, uint8, int16, uint16, int32, int64, half, float, double, bfloat16}"
_GRADIENT_FLOATS = "{float, half, double, bfloat16}"
_CORNERS = "align_corners: bool = False, half_pixel_centers: bool = False"

Method = Callable[[int, int, bool, bool], sampling.Taps]


def _check_centers(align_corners: bool, half_pixel_centers: bool) -> None:
    if align_corners and half_pixel_centers:
        raise ValueError("If half_pixel_centers is True, align_corners must be False.")


def _sized(images: TensorShape, size: StaticInput) -> TensorShape:
    batch, _, _, channels = shape_rules.sizes_of(shape_rules.with_rank(images, 4))
    known = size.as_shape().sizes
    if known is not None and len(known) != 2:
        raise ValueError(f"size must be [height, width], got {len(known)} numbers")
    height, width = known or (None, None)
    return TensorShape.of((batch, height, width, channels))


def _resize_shape(images: TensorShape, size: StaticInput, *, align_corners: bool,
                  half_pixel_centers: bool) -> TensorShape:
    _check_centers(align_corners, half_pixel_centers)
    result = _sized(images, size)
    _check_sizes(shape_rules.sizes_of(result)[1:3], "the size of the output")
    return result


def _check_sizes(sizes: Any, what: str) -> None:
    if any(size is not None and size <= 0 for size in sizes):
        raise ValueError(f"{what} must be positive, got {list(sizes)}")


def _resampled(xp: ArrayModule, images: Array, rows: sampling.Taps, columns: sampling.Taps) -> Array:
    return sampling.resample(xp, sampling.resample(xp, images, 1, rows), 2, columns)


def _kernel(method: Method, in_float: bool) -> Callable[..., Array]:
    def kernel(xp: ArrayModule, images: Array, size: Array, *, align_corners: bool, half_pixel_centers: bool) -> Array:
        _check_sizes(images.shape[1:3], "the size of the images")
        height, width = (int(number) for number in size)
        _check_sizes((height, width), "the size of the output")
        taps = [method(images.shape[axis], wanted, align_corners, half_pixel_centers)
                for axis, wanted in ((1, height), (2, width))]
        return _resampled(xp, xp.astype(images, xp.float32) if in_float else images, *taps)

    return kernel


def _gradient_kernel(method: Method) -> Callable[..., Array]:
    """The gradient with respect to the images, whose rows and columns are those of the second input."""

    def kernel(xp: ArrayModule, grads: Array, original_image: Array, *, align_corners: bool,
               half_pixel_centers: bool) -> Array:
        return _spread(xp, method, grads, original_image.shape[1:3], original_image.dtype, align_corners,
                       half_pixel_centers)

    return kernel


def _spread(xp: ArrayModule, method: Method, grads: Array, sizes: Any, dtype: Any, align_corners: bool,
            half_pixel_centers: bool) -> Array:
    taps = [sampling.reversed_taps(method(int(size), grads.shape[axis], align_corners, half_pixel_centers), int(size))
            for axis, size in zip((1, 2), sizes, strict=True)]
    return xp.astype(_resampled(xp, grads, *taps), dtype)


def _like_original(grads: TensorShape, original_image: TensorShape) -> TensorShape:
    shape_rules.with_rank(grads, 4)
    return shape_rules.with_rank(original_image, 4)


def _corners(op: Operation) -> dict[str, Any]:
    return {name: op.attributes[name] for name in ("align_corners", "half_pixel_centers")}


def _space(g: GradientBuilder, images: Tensor) -> Tensor:
    """The numbers of rows and columns of images."""
    return g.StridedSlice(g.shape(images), [1], [3], [1])


def _with_gradient(type: str, method: Method) -> tuple[OpDefinition, OpDefinition]:
    """A resize whose result is float32, and its gradient op, which takes the images for their shape."""
    def gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
        return [getattr(g, f"{type}Grad")(dy, op.inputs[0], **_corners(op)), None]

    def gradient_of_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
        return [getattr(g, type)(dy, _space(g, op.inputs[0]), **_corners(op)), None]

    resize = define_op(type, inputs="images: T, size: int32", outputs="resized_images: float",
                       attrs=f"T: {_IMAGES}, {_CORNERS}", static_inputs=("size",), shape=_resize_shape,
                       kernel=_kernel(method, in_float=True), gradient=gradient)
    back = define_op(f"{type}Grad", inputs="grads: float, original_image: T", outputs="output: T",
                     attrs=f"T: {_GRADIENT_FLOATS}, {_CORNERS}", shape=_like_original,
                     kernel=_gradient_kernel(method), gradient=gradient_of_gradient)
    return resize, back


RESIZE_BILINEAR, RESIZE_BILINEAR_GRAD = _with_gradient("ResizeBilinear", sampling.bilinear)
RESIZE_BICUBIC, RESIZE_BICUBIC_GRAD = _with_gradient("ResizeBicubic", sampling.bicubic)


def _nearest_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.ResizeNearestNeighborGrad(dy, _space(g, op.inputs[0]), **_corners(op)), None]


def _nearest_grad_shape(grads: TensorShape, size: StaticInput) -> TensorShape:
    return _sized(grads, size)


def _nearest_grad_kernel(xp: ArrayModule, grads: Array, size: Array, *, align_corners: bool,
                         half_pixel_centers: bool) -> Array:
    return _spread(xp, sampling.nearest, grads, size, grads.dtype, align_corners, half_pixel_centers)


def _nearest_grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.ResizeNearestNeighbor(dy, _space(g, op.inputs[0]), **_corners(op)), None]


RESIZE_NEAREST_NEIGHBOR = define_op(
    "ResizeNearestNeighbor", inputs="images: T, size: int32", outputs="resized_images: T",
    attrs=f"T: {_IMAGES}, {_CORNERS}", static_inputs=("size",), shape=_resize_shape,
    kernel=_kernel(sampling.nearest, in_float=False), gradient=_nearest_gradient)

RESIZE_NEAREST_NEIGHBOR_GRAD = define_op(
    "ResizeNearestNeighborGrad", inputs="grads: T, size: int32", outputs="output: T",
    attrs=f"T: {{uint8, int8, int32, half, float, double, bfloat16}}, {_CORNERS}", static_inputs=("size",),
    shape=_nearest_grad_shape, kernel=_nearest_grad_kernel, gradient=_nearest_grad_gradient)


def _area_shape(images: TensorShape, size: StaticInput, *, align_corners: bool) -> TensorShape:
    return _resize_shape(images, size, align_corners=align_corners, half_pixel_centers=False)


def _area_kernel(xp: ArrayModule, images: Array, size: Array, *, align_corners: bool) -> Array:
    def method(size: int, wanted: int, corners: bool, _: bool) -> sampling.Taps:
        return sampling.area(size, wanted, corners)

    return _kernel(method, in_float=True)(xp, images, size, align_corners=align_corners, half_pixel_centers=False)


RESIZE_AREA = define_op(
    "ResizeArea", inputs="images: T, size: int32", outputs="resized_images: float",
    attrs=f"T: {_IMAGES}, align_corners: bool = False", static_inputs=("size",), shape=_area_shape,
    kernel=_area_kernel, gradient=NOT_DIFFERENTIABLE)


def resize_bilinear(images: TensorLike, size: TensorLike, align_corners: bool = False, name: str | None = None,
                    half_pixel_centers: bool = False) -> Tensor:
    """Resizes images, each pixel mixed from the two nearest rows and columns.

    Args:
      images: Images `[batch, height, width, channels]` of a real dtype.
      size: The new `[height, width]`.
      align_corners: Whether the centers of the corner pixels stay corners.
      name: Name of the node.
      half_pixel_centers: Whether positions are those of the pixels' centers.

    Raises:
      ValueError: If the shapes do not fit, a size is not positive, or both flags are set.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.resize_bilinear([[[[0.0], [4.0]]]], [1, 4]))[0, 0, :, 0])
      [0. 2. 4. 4.]
    """
    return RESIZE_BILINEAR(images, size, align_corners=align_corners, half_pixel_centers=half_pixel_centers, name=name)


def resize_nearest_neighbor(images: TensorLike, size: TensorLike, align_corners: bool = False, name: str | None = None,
                            half_pixel_centers: bool = False) -> Tensor:
    """Resizes images, each pixel a copy of one.

    Args:
      images: Images `[batch, height, width, channels]` of a real dtype, which the result has too.
      size: The new `[height, width]`.
      align_corners: Whether the centers of the corner pixels stay corners.
      name: Name of the node.
      half_pixel_centers: Whether positions are those of the pixels' centers.

    Raises:
      ValueError: If the shapes do not fit, a size is not positive, or both flags are set.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.resize_nearest_neighbor([[[[1], [4]]]], [1, 4]))[0, 0, :, 0])
      [1 1 4 4]
    """
    return RESIZE_NEAREST_NEIGHBOR(images, size, align_corners=align_corners, half_pixel_centers=half_pixel_centers,
                                   name=name)


def resize_bicubic(images: TensorLike, size: TensorLike, align_corners: bool = False, name: str | None = None,
                   half_pixel_centers: bool = False) -> Tensor:
    """Resizes images, each pixel on a cubic curve through four rows and columns.

    Args:
      images: Images `[batch, height, width, channels]` of a real dtype.
      size: The new `[height, width]`.
      align_corners: Whether the centers of the corner pixels stay corners.
      name: Name of the node.
      half_pixel_centers: Whether positions are those of the pixels' centers.

    Raises:
      ValueError: If the shapes do not fit, a size is not positive, or both flags are set.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.resize_bicubic([[[[0.0], [4.0]]]], [1, 4]))[0, 0, :, 0])
      [0.   2.   4.   4.375]
    """
    return RESIZE_BICUBIC(images, size, align_corners=align_corners, half_pixel_centers=half_pixel_centers, name=name)


def resize_area(images: TensorLike, size: TensorLike, align_corners: bool = False, name: str | None = None) -> Tensor:
    """Resizes images, each pixel the mean of what it covers.

    Args:
      images: Images `[batch, height, width, channels]` of a real dtype.
      size: The new `[height, width]`.
      align_corners: Whether the centers of the corner pixels stay corners.
      name: Name of the node.

    Raises:
      ValueError: If the shapes do not fit, or a size is not positive.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.image.resize_area([[[[0.0], [4.0], [6.0], [8.0]]]], [1, 2]))[0, 0, :, 0])
      [2. 7.]
    """
    return RESIZE_AREA(images, size, align_corners=align_corners, name=name)
