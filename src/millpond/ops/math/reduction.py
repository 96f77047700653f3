"""Reductions: sums, products, extremes, means and logic along axes. What is built from them is in
`reduction_composites.py`, the positions of extremes in `arg_extremes.py`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import AxisLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, OpDefinition, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.constant import from_array
from millpond.ops.dtype_sets import INDEX, NUMBERS, REALS
from millpond.ops.not_a_number import highest, lowest
from millpond.shapes import TensorShape


def reduction_shape(input: TensorShape, reduction_indices: StaticInput, *, keep_dims: bool) -> TensorShape:
    reduction_indices.shape.with_rank_at_most(1)
    if input.sizes is None:
        return shape_rules.UNKNOWN
    rank = len(input.sizes)
    axes = reduction_indices.value
    if axes is None:
        return TensorShape.of((None,) * rank) if keep_dims else shape_rules.UNKNOWN
    reduced = set(_axes(axes, rank))
    if keep_dims:
        return TensorShape.of(tuple([1 if i in reduced else n for i, n in enumerate(input.sizes)]))
    return TensorShape.of(tuple([n for i, n in enumerate(input.sizes) if i not in reduced]))


def _axes(indices: np.ndarray, rank: int) -> tuple[int, ...]:
    """The axes as distinct positions.

    Raises:
      ValueError: If one is out of range.
    """
    axes = []
    for axis in np.ravel(indices).tolist():
        if not -rank <= axis < rank:
            raise ValueError(f"Invalid reduction dimension {axis} for input with {rank} dimensions; it must be in "
                             f"[{-rank}, {rank})")
        axes.append(axis % rank)
    return tuple(dict.fromkeys(axes))


def reduced_axes(indices: np.ndarray, rank: int) -> tuple[int, ...]:
    """The axes of a reduction that is run.

    Raises:
      ValueError: If one is out of range or stands twice.
    """
    axes = _axes(indices, rank)
    if len(axes) < np.size(indices):
        raise ValueError(f"Invalid reduction arguments: the axes {np.ravel(indices).tolist()} name a dimension twice")
    return axes


def _accumulator(x: Any) -> np.dtype:
    """The dtype to add up in: half and bfloat16 lose too much."""
    dtype = np.dtype(x.dtype)
    return np.dtype(np.float32) if dtype.itemsize == 2 and dtype.kind in "fV" else dtype


def _sum_kernel(xp: ArrayModule, input: Array, reduction_indices: Array, *, keep_dims: bool) -> Array:
    axes = reduced_axes(reduction_indices, input.ndim)
    return xp.asarray(xp.sum(input, axis=axes, keepdims=keep_dims, dtype=_accumulator(input)), dtype=input.dtype)


def _prod_kernel(xp: ArrayModule, input: Array, reduction_indices: Array, *, keep_dims: bool) -> Array:
    axes = reduced_axes(reduction_indices, input.ndim)
    return xp.asarray(xp.prod(input, axis=axes, keepdims=keep_dims, dtype=_accumulator(input)), dtype=input.dtype)


def _mean_kernel(xp: ArrayModule, input: Array, reduction_indices: Array, *, keep_dims: bool) -> Array:
    axes = reduced_axes(reduction_indices, input.ndim)
    dtype = _accumulator(input)
    if dtype.kind in "iu":
        dtype = np.dtype(np.uint64 if dtype.kind == "u" else np.int64)
    total = xp.sum(input, axis=axes, keepdims=keep_dims, dtype=dtype)
    count = math.prod(input.shape[axis] for axis in axes)
    if dtype.kind not in "iu":
        return xp.asarray(xp.divide(total, xp.asarray(count, dtype=dtype)), dtype=input.dtype)
    # Integers are divided towards zero.
    count = xp.asarray(max(count, 1), dtype=dtype)
    size = xp.floor_divide(xp.abs(total), count)
    return xp.asarray(xp.multiply(xp.sign(total), size), dtype=input.dtype)


def _max_kernel(xp: ArrayModule, input: Array, reduction_indices: Array, *, keep_dims: bool) -> Array:
    axes = reduced_axes(reduction_indices, input.ndim)
    if 0 in input.shape:
        return xp.max(input, axis=axes, keepdims=keep_dims, initial=lowest(input.dtype))
    return xp.max(input, axis=axes, keepdims=keep_dims)


def _min_kernel(xp: ArrayModule, input: Array, reduction_indices: Array, *, keep_dims: bool) -> Array:
    axes = reduced_axes(reduction_indices, input.ndim)
    if 0 in input.shape:
        return xp.min(input, axis=axes, keepdims=keep_dims, initial=highest(input.dtype))
    return xp.min(input, axis=axes, keepdims=keep_dims)


def _all_kernel(xp: ArrayModule, input: Array, reduction_indices: Array, *, keep_dims: bool) -> Array:
    return xp.all(input, axis=reduced_axes(reduction_indices, input.ndim), keepdims=keep_dims)


def _any_kernel(xp: ArrayModule, input: Array, reduction_indices: Array, *, keep_dims: bool) -> Array:
    return xp.any(input, axis=reduced_axes(reduction_indices, input.ndim), keepdims=keep_dims)


def _euclidean_norm_kernel(xp: ArrayModule, input: Array, reduction_indices: Array, *, keep_dims: bool) -> Array:
    axes = reduced_axes(reduction_indices, input.ndim)
    dtype = np.dtype(np.float64) if np.dtype(input.dtype).kind in "iu" else _accumulator(input)
    wide = xp.asarray(input, dtype=dtype)
    squares = xp.multiply(wide, xp.conj(wide)) if dtype.kind == "c" else xp.multiply(wide, wide)
    return xp.asarray(xp.sqrt(xp.sum(squares, axis=axes, keepdims=keep_dims, dtype=dtype)), dtype=input.dtype)


# Gradients. `_kept_shape` is the shape of the output with reduced axes of size 1, so that it broadcasts.


def _static_axes(g: GradientBuilder, op: Operation) -> tuple[int, ...] | None:
    """The reduced axes where they and the rank are known while building."""
    x, indices = op.inputs
    axes, rank = g.static(indices), x.shape.ndims
    return None if axes is None or rank is None else _axes(axes, rank)


def _kept_shape(g: GradientBuilder, op: Operation) -> Any:
    x, indices = op.inputs
    axes = _static_axes(g, op)
    if axes is not None:
        sizes = [1 if i in axes else n for i, n in enumerate(shape_rules.sizes_of(x.shape))]
        if None not in sizes:
            return np.array(sizes, np.int32)
    return g.Shape(getattr(g, op.type)(x, indices, keep_dims=True))


def _kept(g: GradientBuilder, op: Operation, value: Tensor, shape: Any) -> Tensor:
    return value if op.attributes["keep_dims"] else g.Reshape(value, shape)


def _spread(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    """The cotangent of the output, repeated along the reduced axes."""
    x = op.inputs[0]
    dy = g.Reshape(dy, _kept_shape(g, op))
    axes = _static_axes(g, op)
    if axes is None:
        return g.BroadcastTo(dy, g.shape(x))
    if len(axes) == len(shape_rules.sizes_of(x.shape)):
        return g.Tile(dy, g.constant(np.array(x.shape.sizes, np.int32)) if x.shape.is_fully_defined() else g.shape(x))
    repeats = [n if i in axes else 1 for i, n in enumerate(shape_rules.sizes_of(x.shape))]
    if None in repeats:
        return g.BroadcastTo(dy, g.shape(x))
    return g.Tile(dy, np.array(repeats, np.int32))


def _sum_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [_spread(g, op, dy), None]


def _mean_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, y = op.inputs[0], op.outputs[0]
    spread = _spread(g, op, dy)
    axes = _static_axes(g, op)
    sizes = None if axes is None else [shape_rules.sizes_of(x.shape)[axis] for axis in axes]
    if sizes is not None and None not in sizes:
        return [g.RealDiv(spread, g.constant(math.prod(sizes), dy), name="truediv"), None]
    count = g.FloorDiv(g.size(x), g.Maximum(g.size(y), g.constant(np.int32(1), name="Maximum/y")), name="floordiv")
    return [g.RealDiv(spread, g.Cast(count, DstT=dy.dtype.base_dtype), name="truediv"), None]


def _extreme_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    """The cotangent goes to where the extreme is; if it is in several places, in equal parts."""
    x, indices = op.inputs
    shape = _kept_shape(g, op)
    y, dy = _kept(g, op, op.outputs[0], shape), _kept(g, op, dy, shape)
    found = g.Cast(g.Equal(y, x), DstT=dy.dtype.base_dtype)
    count = g.Sum(found, indices, keep_dims=True)
    return [g.Mul(g.RealDiv(found, count, name="truediv"), dy, name="mul"), None]


def _prod_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    """Each element's slope is the product of all others, found without dividing (elements may be 0)."""
    x, indices = op.inputs
    axes = g.static(indices)
    everything = op.outputs[0].shape.ndims == 0 or (
        axes is not None and x.shape.ndims is not None and len(_axes(axes, x.shape.ndims)) == x.shape.ndims)
    if everything:
        flat = g.Reshape(x, g.constant(np.array([-1], np.int32)))
        others = g.Reshape(_product_of_others(g, flat, [0]), g.shape(x))
    elif axes is not None:
        others = _product_of_others(g, x, np.ravel(axes).tolist())
    elif indices.shape.ndims == 0:
        others = _product_of_others(g, x, [indices])
    else:
        raise NotImplementedError(f"The gradient of '{op.name}' (Prod) needs axes that are known while the graph is "
                                  "built, a single axis, or all axes")
    return [g.Mul(_kept(g, op, dy, _kept_shape(g, op)), g.conj(others), name="mul"), None]


def _product_of_others(g: GradientBuilder, x: Tensor, axes: list[Any]) -> Tensor:
    """The product over `axes` of all elements but the one in question.

    Along the first axis: what lies before times what lies after, each multiplied over the other axes; in its own
    line, the others along the other axes.
    """
    if not axes:
        return g.OnesLike(x)
    axis, rest = axes[0], axes[1:]
    lines = g.Prod(x, np.array(rest, np.int32), keep_dims=True) if rest else x
    others = g.Mul(g.Cumprod(lines, axis, exclusive=True), g.Cumprod(lines, axis, exclusive=True, reverse=True))
    return g.Mul(others, _product_of_others(g, x, rest)) if rest else others


def _euclidean_norm_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x = op.inputs[0]
    shape = _kept_shape(g, op)
    y, dy = _kept(g, op, op.outputs[0], shape), _kept(g, op, dy, shape)
    return [g.Mul(x, g.DivNoNan(dy, y)), None]


def _reduction(type: str, kernel: Any, gradient: Any, dtypes: str | None) -> OpDefinition:
    element = "T" if dtypes else "bool"
    own = f", T: {dtypes}" if dtypes else ""
    return define_op(type, inputs=f"input: {element}, reduction_indices: Tidx", outputs=f"output: {element}",
                     attrs=f"keep_dims: bool = False{own}, Tidx: {INDEX} = int32",
                     static_inputs=("reduction_indices",), shape=reduction_shape, kernel=kernel, gradient=gradient)


SUM = _reduction("Sum", _sum_kernel, _sum_gradient, NUMBERS)
PROD = _reduction("Prod", _prod_kernel, _prod_gradient, NUMBERS)
MEAN = _reduction("Mean", _mean_kernel, _mean_gradient, NUMBERS)
MAX = _reduction("Max", _max_kernel, _extreme_gradient, REALS)
MIN = _reduction("Min", _min_kernel, _extreme_gradient, REALS)
EUCLIDEAN_NORM = _reduction("EuclideanNorm", _euclidean_norm_kernel, _euclidean_norm_gradient, NUMBERS)
ALL = _reduction("All", _all_kernel, NOT_DIFFERENTIABLE, None)
ANY = _reduction("Any", _any_kernel, NOT_DIFFERENTIABLE, None)


# Public functions.


def renamed(name: str, value: Any, old_name: str, old: Any) -> Any:
    """The value of an argument that has an older name too.

    Raises:
      ValueError: If both are given.
    """
    if old is None:
        return value
    if value is not None:
        raise ValueError(f"Cannot specify both '{name}' and '{old_name}'; '{old_name}' is the older name")
    return old


def _reduce(definition: OpDefinition, x: Any, axis: Any, keepdims: Any, name: str | None, reduction_indices: Any,
            keep_dims: Any) -> Tensor:
    axis = renamed("axis", axis, "reduction_indices", reduction_indices)
    keepdims = bool(renamed("keepdims", keepdims, "keep_dims", keep_dims))
    if axis is not None:
        return definition(x, axis, keep_dims=keepdims, name=name)
    x = convert_to_tensor(x, name="input")
    result = definition(x, all_axes(x), keep_dims=keepdims, name=name)
    if not keepdims:
        result.set_shape(())
    return result


def all_axes(x: Tensor) -> Tensor:
    """All axes of `x`, as a constant where its rank is known."""
    rank = x.shape.ndims
    if rank:
        return from_array(np.arange(rank, dtype=np.int32), "Const")
    # TensorFlow makes these nodes for scalars too.
    count = lookup("Rank")(x) if rank is None else from_array(np.array(0, np.int32), "Rank")
    return lookup("Range")(0, count, 1, name="range")


def reduce_sum(input_tensor: TensorLike, axis: AxisLike | None = None, keepdims: bool | None = None,
               name: str | None = None, reduction_indices: AxisLike | None = None,
               keep_dims: bool | None = None) -> Tensor:
    """The sum of elements along axes.

    Args:
      input_tensor: A tensor of numbers. Half and bfloat16 are added up in float32; integers keep their dtype.
      axis: An axis, a list of axes or an integer tensor; None for all. Negative ones count from the end.
      keepdims: Whether reduced axes stay, with size 1.
      name: Name of the node.
      reduction_indices, keep_dims: Older names of `axis` and `keepdims`.

    Returns:
      A tensor of the same dtype.

    Raises:
      ValueError: If an axis is out of range, or given under both names.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.reduce_sum([[1, 2], [3, 4]], axis=1)))
      [3 7]
    """
    return _reduce(SUM, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_prod(input_tensor: TensorLike, axis: AxisLike | None = None, keepdims: bool | None = None,
                name: str | None = None, reduction_indices: AxisLike | None = None,
                keep_dims: bool | None = None) -> Tensor:
    """The product of elements along axes.

    Args:
      input_tensor: A tensor of numbers.
      axis: An axis, a list of axes or an integer tensor; None for all. Negative ones count from the end.
      keepdims: Whether reduced axes stay, with size 1.
      name: Name of the node.
      reduction_indices, keep_dims: Older names of `axis` and `keepdims`.

    Raises:
      ValueError: If an axis is out of range, or given under both names.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.reduce_prod([[1, 2], [3, 4]], axis=0)))
      [3 8]
    """
    return _reduce(PROD, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_mean(input_tensor: TensorLike, axis: AxisLike | None = None, keepdims: bool | None = None,
                name: str | None = None, reduction_indices: AxisLike | None = None,
                keep_dims: bool | None = None) -> Tensor:
    """The mean of elements along axes. The mean of integers is rounded towards 0.

    Args:
      input_tensor: A tensor of numbers. Half and bfloat16 are added up in float32.
      axis: An axis, a list of axes or an integer tensor; None for all. Negative ones count from the end.
      keepdims: Whether reduced axes stay, with size 1.
      name: Name of the node.
      reduction_indices, keep_dims: Older names of `axis` and `keepdims`.

    Raises:
      ValueError: If an axis is out of range, or given under both names.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.reduce_mean([[1.0, 2.0], [3.0, 4.0]])))
      2.5
    """
    return _reduce(MEAN, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_max(input_tensor: TensorLike, axis: AxisLike | None = None, keepdims: bool | None = None,
               name: str | None = None, reduction_indices: AxisLike | None = None,
               keep_dims: bool | None = None) -> Tensor:
    """The largest element along axes, -inf where there is none, NaN where one is.

    Args:
      input_tensor: A tensor of real numbers.
      axis: An axis, a list of axes or an integer tensor; None for all. Negative ones count from the end.
      keepdims: Whether reduced axes stay, with size 1.
      name: Name of the node.
      reduction_indices, keep_dims: Older names of `axis` and `keepdims`.

    Raises:
      ValueError: If an axis is out of range, or given under both names.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.reduce_max([[1, 5], [3, 4]], axis=0)))
      [3 5]
    """
    return _reduce(MAX, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_min(input_tensor: TensorLike, axis: AxisLike | None = None, keepdims: bool | None = None,
               name: str | None = None, reduction_indices: AxisLike | None = None,
               keep_dims: bool | None = None) -> Tensor:
    """The smallest element along axes, inf where there is none, NaN where one is.

    Args:
      input_tensor: A tensor of real numbers.
      axis: An axis, a list of axes or an integer tensor; None for all. Negative ones count from the end.
      keepdims: Whether reduced axes stay, with size 1.
      name: Name of the node.
      reduction_indices, keep_dims: Older names of `axis` and `keepdims`.

    Raises:
      ValueError: If an axis is out of range, or given under both names.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.reduce_min([[1, 5], [3, 4]], axis=0)))
      [1 4]
    """
    return _reduce(MIN, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_all(input_tensor: TensorLike, axis: AxisLike | None = None, keepdims: bool | None = None,
               name: str | None = None, reduction_indices: AxisLike | None = None,
               keep_dims: bool | None = None) -> Tensor:
    """Whether all elements along axes are true.

    Args:
      input_tensor: A tensor of bools.
      axis: An axis, a list of axes or an integer tensor; None for all. Negative ones count from the end.
      keepdims: Whether reduced axes stay, with size 1.
      name: Name of the node.
      reduction_indices, keep_dims: Older names of `axis` and `keepdims`.

    Raises:
      ValueError: If an axis is out of range, or given under both names.
      TypeError: If the tensor holds no bools.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.reduce_all([[True, True], [True, False]], axis=1)))
      [ True False]
    """
    return _reduce(ALL, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_any(input_tensor: TensorLike, axis: AxisLike | None = None, keepdims: bool | None = None,
               name: str | None = None, reduction_indices: AxisLike | None = None,
               keep_dims: bool | None = None) -> Tensor:
    """Whether any element along axes is true.

    Args:
      input_tensor: A tensor of bools.
      axis: An axis, a list of axes or an integer tensor; None for all. Negative ones count from the end.
      keepdims: Whether reduced axes stay, with size 1.
      name: Name of the node.
      reduction_indices, keep_dims: Older names of `axis` and `keepdims`.

    Raises:
      ValueError: If an axis is out of range, or given under both names.
      TypeError: If the tensor holds no bools.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.reduce_any([[False, False], [True, False]], axis=1)))
      [False  True]
    """
    return _reduce(ANY, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_euclidean_norm(input_tensor: TensorLike, axis: AxisLike | None = None, keepdims: bool = False,
                          name: str | None = None) -> Tensor:
    """The square root of the sum of squares along axes.

    Args:
      input_tensor: A tensor of numbers.
      axis: An axis, a list of axes or an integer tensor; None for all. Negative ones count from the end.
      keepdims: Whether reduced axes stay, with size 1.
      name: Name of the node.

    Raises:
      ValueError: If an axis is out of range, or given under both names.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.math.reduce_euclidean_norm([3.0, 4.0])))
      5.0
    """
    return _reduce(EUCLIDEAN_NORM, input_tensor, axis, keepdims, name, None, None)
