"""InputSpec: what a layer says of the inputs that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from millpond import dtypes, nested
from millpond.graph.argument_types import DTypeLike, ShapeLike
from millpond.shapes import TensorShape, as_shape


class InputSpec:
    """What one input of a layer must be; what is None may be anything.

    Args:
      dtype: Its dtype.
      shape: Its shape, in which None is any size. It says the number of dimensions too.
      ndim: The number of its dimensions.
      max_ndim, min_ndim: Bounds for that number.
      axes: A dictionary from axes (negative ones count from the end) to their sizes.

    Raises:
      ValueError: If `axes` names an axis that an input of `ndim` or `max_ndim` dimensions does not have.

    Example:
      >>> import millpond as tf
      >>> tf.layers.InputSpec(ndim=2, axes={-1: 10})
      InputSpec(ndim=2, axes={-1: 10})
    """

    def __init__(self, dtype: DTypeLike | None = None, shape: ShapeLike | None = None, ndim: int | None = None,
                 max_ndim: int | None = None, min_ndim: int | None = None,
                 axes: Mapping[int, int | None] | None = None) -> None:
        self.dtype = None if dtype is None else dtypes.as_dtype(dtype).name
        self.shape = None if shape is None else as_shape(shape)
        self.ndim = ndim if self.shape is None else self.shape.ndims
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.axes = {int(axis): None if size is None else int(size) for axis, size in (axes or {}).items()}
        most = self.ndim if self.ndim is not None else max_ndim
        if self.axes and most is not None and max(self.axes) >= most:
            raise ValueError(f"Axis {max(self.axes)} is greater than the maximum allowed value: {most - 1}, because an "
                             f"input has at most {most} dimensions")

    def __repr__(self) -> str:
        told = {"dtype": self.dtype, "shape": self.shape and tuple(self.shape.as_list()), "ndim": self.ndim,
                "max_ndim": self.max_ndim, "min_ndim": self.min_ndim, "axes": self.axes or None}
        return f"InputSpec({', '.join(f'{key}={value}' for key, value in told.items() if value is not None)})"

    def difference(self, dtype: str, shape: TensorShape) -> str | None:
        """What an input of a dtype and a shape has other than it should, or None."""
        if self.dtype is not None and dtype != self.dtype:
            return f"expected dtype={self.dtype}, found dtype={dtype}"
        rank = shape.ndims
        if rank is None:
            if self.ndim is self.max_ndim is self.min_ndim is None and not self.axes:
                return None
            return "its rank is undefined, but the layer requires a defined rank: give the input a shape with " \
                   "set_shape"
        if self.ndim is not None and rank != self.ndim:
            return f"expected ndim={self.ndim}, found ndim={rank}. Full shape received: {shape}"
        if self.max_ndim is not None and rank > self.max_ndim:
            return f"expected max_ndim={self.max_ndim}, found ndim={rank}. Full shape received: {shape}"
        if self.min_ndim is not None and rank < self.min_ndim:
            return f"expected min_ndim={self.min_ndim}, found ndim={rank}. Full shape received: {shape}"
        sizes = shape.as_list()
        for axis, size in self.axes.items():
            if size is not None and sizes[axis] not in (None, size):
                return f"expected axis {axis} of input shape to have value {size}, but received input with shape " \
                       f"{shape}"
        if self.shape is not None and not self.shape.is_compatible_with(shape):
            return f"expected shape={self.shape}, found shape={shape}"
        return None


def check_inputs(input_spec: Any, inputs: Any, layer_name: str) -> None:
    """Compares inputs with what a layer says of them.

    Args:
      input_spec: An `InputSpec`, a list of them, one for each input, or None.
      inputs: A structure of tensors.
      layer_name: The name of the layer, for the error.

    Raises:
      ValueError: If there are more or fewer inputs, or one has another dtype, rank or size.
      TypeError: If something that the layer looks at is no tensor.
    """
    if not input_spec:
        return
    specs, found = nested.flatten(input_spec), nested.flatten(inputs)
    if len(specs) != len(found):
        raise ValueError(f"Layer {layer_name} expects {len(specs)} inputs, but it received {len(found)} input tensors. "
                         f"Inputs received: {inputs}")
    for index, (value, spec) in enumerate(zip(found, specs, strict=True)):
        if spec is None:
            continue
        if not hasattr(value, "get_shape"):
            raise TypeError(f"Input {index} of layer {layer_name} must be a tensor, got {value!r} of type "
                            f"{type(value).__name__}")
        difference = spec.difference(value.dtype.base_dtype.name, value.get_shape())
        if difference is not None:
            raise ValueError(f"Input {index} of layer {layer_name} is incompatible with the layer: {difference}")
