"""What packages take from `tensorflow.python.ops.array_ops` beside its public names."""

from __future__ import annotations

from typing import Any

from millpond import dtypes
from millpond.graph.argument_types import DTypeLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.shape import shape


def shape_internal(input: Any, name: str | None = None, optimize: bool = True,
                   out_type: DTypeLike = dtypes.int32) -> Tensor:
    """The shape of a tensor.

    Args:
      input: The tensor.
      name: Name of the node.
      optimize: Whether a shape that is known while building gives a constant.
      out_type: int32 or int64.
    """
    return shape(input, name, out_type, optimize)
