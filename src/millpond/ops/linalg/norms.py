"""Norms of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.graph.argument_types import AxisLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import lookup
from millpond.graph.tensor import Tensor
from millpond.ops.linalg.decompositions import svd
from millpond.ops.math.complex_numbers import conj
from millpond.ops.math.elementwise import abs as absolute
from millpond.ops.math.reduction import reduce_max, reduce_sum, renamed
from millpond.ops.scoping import name_scope
from millpond.ops.shape_rules import axis_in_range

_MATRIX_NORMS = ("euclidean", "fro", 1, 2, np.inf)


def norm(tensor: TensorLike, ord: str | float = "euclidean", axis: AxisLike | None = None, keepdims: bool | None = None,
         name: str | None = None, keep_dims: bool | None = None) -> Tensor:
    """The norm of vectors, matrices or of a whole tensor.

    Args:
      tensor: A tensor of floats.
      ord: "euclidean" (or "fro" for matrices), 1, 2, np.inf, or for vectors any positive number. Of matrices, 1 and
        np.inf are the largest sum of a column and of a row, 2 the largest singular value.
      axis: None for the whole tensor as one vector; an axis for vectors; a pair of axes for matrices.
      keepdims: Whether the axes stay, with size 1.
      name: Name of the nodes.
      keep_dims: The older name of `keepdims`.

    Raises:
      ValueError: If `ord` or `axis` is not supported.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.norm([3.0, 4.0])))
      5.0
    """
    keepdims = bool(renamed("keepdims", keepdims, "keep_dims", keep_dims))
    of_matrices = isinstance(axis, (list, tuple)) and len(axis) == 2
    _check(ord, axis, of_matrices)
    with name_scope(name, "norm", [tensor]):
        tensor = convert_to_tensor(tensor)
        if ord in ("fro", "euclidean") or (ord == 2 and not of_matrices):
            squares = lookup("Mul")(tensor, conj(tensor), name="mul")
            result = lookup("Sqrt")(reduce_sum(squares, _axes(axis), keepdims=True))
        elif of_matrices and ord == 2:
            result = _largest_singular_value(tensor, axis)
        else:
            result = _by_magnitudes(absolute(tensor), ord, axis, of_matrices)
        if keepdims:
            return result
        if axis is None:
            squeezed = lookup("Squeeze")(result)
            squeezed.set_shape(())
            return squeezed
        return lookup("Squeeze")(result, squeeze_dims=_axes(axis))


def _axes(axis: Any) -> list[int] | None:
    return None if axis is None else list(axis) if isinstance(axis, (list, tuple)) else [axis]


def _check(ord: Any, axis: Any, of_matrices: bool) -> None:
    if of_matrices:
        if axis[0] == axis[1] or not all(isinstance(a, (int, np.integer)) for a in axis):
            raise ValueError("'axis' must be None, an integer, or a tuple of 2 unique integers")
        if ord not in _MATRIX_NORMS:
            raise ValueError(f"'ord' must be a supported matrix norm in {list(_MATRIX_NORMS)}, got {ord}")
        return
    if axis is not None and not isinstance(axis, (int, np.integer)) and not (
            isinstance(axis, (list, tuple)) and len(axis) == 1):
        raise ValueError("'axis' must be None, an integer, or a tuple of 2 unique integers")
    if ord != "euclidean" and (isinstance(ord, str) or not ord > 0):
        raise ValueError(f"'ord' must be a supported vector norm, got {ord}")


def _by_magnitudes(magnitudes: Tensor, ord: Any, axis: Any, of_matrices: bool) -> Tensor:
    axes = _axes(axis)
    if of_matrices:
        assert axes is not None
        summed, compared = (axes[0], axes[1]) if ord == 1 else (axes[1], axes[0])
        return reduce_max(reduce_sum(magnitudes, summed, keepdims=True), compared, keepdims=True)
    if ord == 1:
        return reduce_sum(magnitudes, axes, keepdims=True)
    if ord == np.inf:
        return reduce_max(magnitudes, axes, keepdims=True)
    dtype = magnitudes.dtype.np_dtype
    total = reduce_sum(lookup("Pow")(magnitudes, np.array(ord, dtype)), axes, keepdims=True)
    return lookup("Pow")(total, np.array(1.0 / ord, dtype))


def _largest_singular_value(tensor: Tensor, axis: Any) -> Tensor:
    rank = tensor.shape.ndims
    if rank is None:
        raise ValueError(f"The spectral norm needs a tensor of known rank, got {tensor}. Use set_shape.")
    pair = [axis_in_range(int(a), rank) for a in axis]
    order = [a for a in range(rank) if a not in pair] + pair
    s = absolute(svd(lookup("Transpose")(tensor, np.array(order, np.int32)), compute_uv=False))
    largest = lookup("ExpandDims")(reduce_max(s, -1, keepdims=True), -1)
    return lookup("Transpose")(largest, np.argsort(order).astype(np.int32))
