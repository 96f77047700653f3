"""What gradient rules build with: `g.Mul(a, b)` adds a node of any op type, whichever family defines it.

So second derivatives come by themselves, and family files never import one another. Besides the op types there are
the few composites that most rules need.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from millpond.graph.opdef import OpDefinition, lookup
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.shapes import broadcast_axes


class GradientBuilder:
    """Adds the nodes of gradients to the graph that the differentiated operation belongs to.

    Attributes:
      wanted: For the operation that is differentiated, whether the cotangent of each of its inputs is of use.
    """

    def __init__(self) -> None:
        self.wanted: list[bool] = []

    def __getattr__(self, op_type: str) -> OpDefinition:
        return lookup(op_type)

    def constant(self, value: Any, dtype: Any = None, name: str = "Const") -> Tensor:
        """A constant; `dtype` is a DType or anything that has one as `dtype`."""
        dtype = getattr(dtype, "dtype", dtype)
        array = np.asarray(value) if dtype is None else np.asarray(value).astype(dtype.base_dtype.np_dtype)
        if dtype is None and array.dtype == np.int64:
            array = array.astype(np.int32)
        return lookup("Const")(value=array, dtype=_dtype_of(array, dtype), name=name)

    def shape(self, x: Tensor, name: str | None = None) -> Tensor:
        """The shape of `x`: a constant where it is known."""
        if x.shape.is_fully_defined():
            return self.constant(np.array(x.shape.as_list(), np.int32), name=name or "Shape")
        return lookup("Shape")(x, name=name)

    def size(self, x: Tensor) -> Tensor:
        if x.shape.is_fully_defined():
            return self.constant(np.array(x.shape.num_elements(), np.int32), name="Size")
        return lookup("Size")(x)

    def rank(self, x: Tensor) -> Tensor:
        if x.shape.ndims is not None:
            return self.constant(np.array(x.shape.ndims, np.int32), name="Rank")
        return lookup("Rank")(x)

    def zeros_like(self, x: Tensor) -> Tensor:
        return lookup("ZerosLike")(x)

    def conj(self, x: Tensor) -> Tensor:
        """The complex conjugate; the tensor itself where it is real."""
        return lookup("Conj")(x) if x.dtype.base_dtype.is_complex else x

    def cast(self, x: Tensor, dtype: Any) -> Tensor:
        return x if x.dtype.base_dtype is dtype.base_dtype else lookup("Cast")(x, DstT=dtype.base_dtype)

    def static(self, x: Tensor) -> np.ndarray | None:
        """The value of `x` where it is known while building."""
        return constant_value(x)

    def after(self, dy: Tensor) -> contextlib.AbstractContextManager[None]:
        """Nodes made inside wait for the cotangent: what a gradient needs beside it is not computed before."""
        return dy.op.graph.control_dependencies([dy.op])

    def unbroadcast(self, x: Tensor, y: Tensor, dx: Any, dy: Any) -> list[Tensor | None]:
        """Cotangents of broadcast inputs: sums what was repeated.

        Args:
          x, y: The inputs.
          dx, dy: Functions that build the cotangents in the shape of the output, or None.
        """
        from_x, from_y = dx and dx(), dy and dy()
        if x.shape.is_fully_defined() and x.shape.sizes == y.shape.sizes:
            return [from_x, from_y]
        shape_x, shape_y = self.shape(x), self.shape(y)
        if x.shape.is_fully_defined() and y.shape.is_fully_defined():
            axes_x, axes_y = broadcast_axes(tuple(x.shape.as_list()), tuple(y.shape.as_list()))
        else:
            axes_x, axes_y = lookup("BroadcastGradientArgs")(shape_x, shape_y)
        return [self._summed(from_x, axes_x, shape_x), self._summed(from_y, axes_y, shape_y)]

    def _summed(self, dx: Tensor | None, axes: Any, shape: Tensor) -> Tensor | None:
        if dx is None or (isinstance(axes, list) and not axes):
            return dx
        return self.Reshape(self.Sum(dx, axes, keep_dims=True), shape)


def _dtype_of(array: np.ndarray, dtype: Any) -> Any:
    return dtype.base_dtype if dtype is not None else array.dtype
