"""Images as arguments: one `[height, width, channels]`, or a batch `[batch, height, width, channels]`."""

from __future__ import annotations

from typing import Any

from millpond.graph.conversion import convert_to_tensor
from millpond.graph.default import control_dependencies
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import identity
from millpond.ops.array.shape import shape
from millpond.ops.host.assertions import Assert


def image_tensor(image: Any, name: str = "image") -> Tensor:
    """An image or a batch of images as a tensor; where nothing is known of its shape, it is one image.

    Raises:
      ValueError: If it has neither three nor four dimensions, or a dimension without elements.
    """
    tensor = convert_to_tensor(image, name=name)
    if tensor.shape.ndims not in (None, 3, 4):
        raise ValueError(f"'{name}' (shape {tensor.shape}) must have either 3 or 4 dimensions.")
    return tensor


def is_batch(image: Tensor) -> bool:
    """Whether a tensor of `image_tensor` holds several images."""
    return image.shape.ndims == 4


def height_and_width(image: Tensor) -> tuple[Any, Any]:
    """Rows and columns: Python numbers where they are known, scalar tensors where they are not."""
    first = 1 if is_batch(image) else 0
    sizes = [None] * 2 if image.shape.ndims is None else image.shape.as_list()[first:first + 2]
    if None not in sizes:
        return sizes[0], sizes[1]
    found = shape(image)
    height, width = (found[first + i] if size is None else size for i, size in enumerate(sizes))
    return height, width


def check_not_empty(image: Tensor, name: str = "image") -> None:
    """Sees that an image is known to have elements in every dimension, as far as they are known.

    Raises:
      ValueError: If a dimension is 0.
    """
    if image.shape.ndims is not None and 0 in image.shape.as_list()[-3:]:
        raise ValueError(f"all dims of '{name}.shape' must be > 0: {image.shape}")


def requiring(image: Tensor, conditions: list[tuple[Any, str]]) -> Tensor:
    """The image, once all conditions hold: those that are Python bools now, the tensors among them in each run.

    Raises:
      ValueError: If one is false.
    """
    checks = []
    for condition, message in conditions:
        if isinstance(condition, Tensor):
            checks.append(Assert(condition, [message]))
        elif not condition:
            raise ValueError(message)
    if not checks:
        return image
    with control_dependencies(checks):
        return identity(image)


def set_single(image: Tensor, result: Tensor) -> Tensor:
    """The result, known to have three dimensions where nothing is known of the image's."""
    if image.shape.ndims is None:
        result.set_shape([None, None, None])
    return result
