"""What public functions take, in the words of their signatures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from millpond.dimensions import Dimension
from millpond.dtypes import DType
from millpond.graph.devices import DeviceSpec
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.shapes import TensorShape

# What `tf.convert_to_tensor` takes: tensors, variables, NumPy arrays, numbers, strings, lists of these, and values of
# the classes that programs register. The set is open, so it is no more than a name.
TensorLike: TypeAlias = Any
# A variable, or the reference to one: classes of variables are defined further up, and by programs.
VariableLike: TypeAlias = Any

# `tf.float32`, "float32", 1 (its number in files), `np.float32`, `np.dtype("float32")`, `float`.
DTypeLike: TypeAlias = DType | str | int | type[Any] | np.dtype[Any]

Size: TypeAlias = int | np.integer[Any] | Dimension | None
# A shape that is known while building; None is a size that is not.
ShapeLike: TypeAlias = TensorShape | Sequence[Size] | int | Dimension | np.ndarray
# A shape that may be computed: also a vector tensor, or a list in which sizes are tensors.
ShapeTensorLike: TypeAlias = TensorShape | Sequence[Size | Tensor] | int | Dimension | np.ndarray | Tensor

# One axis or several.
AxisLike: TypeAlias = int | Sequence[int] | np.integer[Any] | np.ndarray | Tensor
# One number for all dimensions, or one for each.
Sizes: TypeAlias = int | Sequence[int] | np.ndarray

# The name of a device, a function from an operation to one, or None for no wish.
DeviceLike: TypeAlias = str | DeviceSpec | Callable[[Operation], Any] | None
