"""Sorting and the largest elements: `TopKV2`, `InTopKV2`, and what is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import undefined_gradient
from millpond.dtypes import DType
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.static_values import StaticInput, constant_value
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.constant import constant
from millpond.ops.array.indexing import getitem
from millpond.ops.array.shape import rank as rank_of
from millpond.ops.array.shape import shape as shape_of
from millpond.ops.dtype_sets import INDEX, REALS
from millpond.ops.not_a_number import has_nan, lowest, without_nan
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _top_k_sizes(input: TensorShape, k: int | None) -> tuple[TensorShape, TensorShape]:
    shape_rules.with_rank_at_least(input, 1)
    if k is not None and k < 0:
        raise ValueError(f"Need k >= 0, got {k}")
    if input.sizes is None:
        return shape_rules.UNKNOWN, shape_rules.UNKNOWN
    last = input.sizes[-1]
    if k is not None and last is not None and last < k:
        raise ValueError(f"input must have last dimension >= k = {k} but is {last}")
    shape = TensorShape.of((*input.sizes[:-1], k))
    return shape, shape


def _top_k_kernel(xp: ArrayModule, input: Array, k: Array, *, index_type: DType) -> tuple[Array, ...]:
    if not input.shape or input.shape[-1] < int(k):
        raise ValueError(f"input must have at least k columns. Had {list(input.shape)[-1:]}, needed {int(k)}")
    size = input.shape[-1]
    # Stable from the back: of equal elements the first comes first. NaN is taken last.
    ranked = without_nan(xp, input, lowest(input.dtype))
    backwards = xp.argsort(xp.flip(ranked, -1), axis=-1, kind="stable")
    order = xp.flip(xp.subtract(np.asarray(size - 1, backwards.dtype), backwards), -1)[..., :int(k)]
    return xp.take_along_axis(input, order, axis=-1), xp.asarray(order, dtype=index_type.np_dtype)


def _top_k_lower(jax: Jax, input: Array, k: Array, *, index_type: DType) -> tuple[Array, ...]:
    _top_k_sizes(TensorShape.of(tuple(input.shape)), int(k))
    if not has_nan(input.dtype):
        values, order = jax.lax.top_k(input, int(k))
        return values, jax.numpy.asarray(order, dtype=index_type.np_dtype)
    # XLA puts NaN first, and -0.0 behind 0.0; here NaN is taken last, and zeros are equal.
    jnp = jax.numpy
    ranked = jnp.where(jnp.equal(input, 0), jnp.zeros((), input.dtype), without_nan(jnp, input, lowest(input.dtype)))
    _, order = jax.lax.top_k(ranked, int(k))
    return jnp.take_along_axis(input, order, axis=-1), jnp.asarray(order, dtype=index_type.np_dtype)


def _top_k_gradient(g: GradientBuilder, op: Operation, dy: Tensor, _: Tensor) -> Cotangents:
    """`dy` back in its places: rows laid one under the other, and positions in all of them."""
    x, order = op.inputs[0], op.outputs[1]
    shape = g.shape(x)
    last = g.StridedSlice(shape, [-1], [0], [1], shrink_axis_mask=1)
    k = g.StridedSlice(g.shape(order), [-1], [0], [1], shrink_axis_mask=1)
    count = g.size(x)
    rows = g.FloorDiv(count, g.Maximum(last, 1))
    places = g.Reshape(g.cast(order, dtypes.int32), g.Pack([rows, k]))
    offsets = g.ExpandDims(g.Mul(g.Range(0, rows, 1), last), 1)
    flat = g.Reshape(g.AddV2(places, offsets), g.Pack([g.Mul(rows, k), 1]))
    dx = g.ScatterNd(flat, g.Reshape(dy, g.Pack([g.Mul(rows, k)])), g.Reshape(count, [1]))
    return [g.Reshape(dx, shape)] + [None] * (len(op.inputs) - 1)


def _top_k_shape(input: TensorShape, k: StaticInput) -> tuple[TensorShape, TensorShape]:
    return _top_k_sizes(input, k.scalar)


TOP_K_V2 = define_op("TopKV2", inputs="input: T, k: Tk", outputs="values: T, indices: index_type",
                     attrs=f"sorted: bool = True, T: {REALS}, Tk: {{int16, int32, int64}} = int32, "
                           f"index_type: {{int16, int32, int64}} = int32",
                     static_inputs=("k",), shape=_top_k_shape, kernel=_top_k_kernel, lower=_top_k_lower,
                     gradient=_top_k_gradient)


def _top_k_old_kernel(xp: ArrayModule, input: Array, *, k: int) -> tuple[Array, ...]:
    return _top_k_kernel(xp, input, k, index_type=dtypes.int32)


def _top_k_old_lower(jax: Jax, input: Array, *, k: int) -> tuple[Array, ...]:
    return _top_k_lower(jax, input, k, index_type=dtypes.int32)


# The form of the first releases, for their graphs.
TOP_K = define_op("TopK", inputs="input: T", outputs="values: T, indices: int32",
                  attrs=f"k: int >= 0, sorted: bool = True, T: {REALS}",
                  shape=lambda input, *, k: _top_k_sizes(input, k), kernel=_top_k_old_kernel,
                  lower=_top_k_old_lower, gradient=_top_k_gradient)


def top_k(input: TensorLike, k: TensorLike = 1, sorted: bool = True, name: str | None = None) -> Any:
    """The `k` largest elements of each row (the last dimension), largest first.

    Args:
      input: A tensor of real numbers. NaN counts as the smallest.
      k: How many; an int or a scalar tensor.
      sorted: Accepted for compatibility; the result is always sorted.
      name: Name of the node.

    Returns:
      A named tuple: `values`, and `indices`, their places in the row (int32). Of equal elements the first comes
      first.

    Raises:
      ValueError: If a row has fewer than `k` elements.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     values, indices = sess.run(tf.nn.top_k([1.0, 3.0, 2.0], 2))
      ...     print(values, indices)
      [3. 2.] [1 2]
    """
    return TOP_K_V2(input, k, sorted=sorted, name=name)


def _in_top_k_shape(predictions: TensorShape, targets: TensorShape) -> TensorShape:
    predictions = shape_rules.with_rank(predictions, 2)
    targets = shape_rules.with_rank(targets, 1)
    assert predictions.sizes is not None
    return TensorShape.of((predictions.sizes[0],)).merge_with(targets)


def _in_top_k_kernel(xp: ArrayModule, predictions: Array, targets: Array, k: Array) -> Array:
    rows, classes = predictions.shape
    if rows != targets.shape[0]:
        raise ValueError(f"First dimension of predictions {rows} must match length of targets {targets.shape[0]}")
    if classes == 0:
        return xp.zeros((rows,), dtype=np.bool_)
    inside = xp.logical_and(xp.greater_equal(targets, 0), xp.less(targets, classes))
    place = xp.expand_dims(xp.clip(targets, 0, classes - 1), 1)
    theirs = xp.take_along_axis(predictions, place, axis=1)
    # A tie at the edge is in; a row whose target or rivals are not finite is out.
    ahead = xp.sum(xp.greater(predictions, theirs), axis=1, dtype=np.int64)
    rivals = xp.logical_or(xp.isfinite(predictions), xp.less(ahead[:, None], 0))
    finite = xp.logical_and(xp.isfinite(theirs[:, 0]), xp.all(rivals, axis=1))
    return xp.logical_and(xp.logical_and(inside, finite), xp.less(ahead, xp.asarray(k, dtype=np.int64)))


IN_TOP_K_V2 = define_op("InTopKV2", inputs="predictions: float, targets: T, k: T", outputs="precision: bool",
                        attrs=f"T: {INDEX} = int32",
                        shape=lambda predictions, targets, k: _in_top_k_shape(predictions, targets),
                        kernel=_in_top_k_kernel, gradient=undefined_gradient)


def _in_top_k_old_kernel(xp: ArrayModule, predictions: Array, targets: Array, *, k: int) -> Array:
    return _in_top_k_kernel(xp, predictions, targets, k)


# The form of the first releases, for their graphs.
IN_TOP_K = define_op("InTopK", inputs="predictions: float, targets: T", outputs="precision: bool",
                     attrs=f"k: int, T: {INDEX} = int32", shape=_in_top_k_shape, kernel=_in_top_k_old_kernel,
                     gradient=undefined_gradient)


def in_top_k(predictions: TensorLike, targets: TensorLike, k: TensorLike, name: str | None = None) -> Tensor:
    """Whether the prediction for the target class is among the `k` largest of its row; ties are in.

    Args:
      predictions: float32 `[batch, classes]`.
      targets: int32 or int64 `[batch]`, the class of each row.
      k: How many of the largest count.
      name: Name scope.

    Returns:
      A bool for each row; False where the prediction is not finite or the target no class.

    Raises:
      TypeError: If `predictions` is not float32, or `targets` no integers.
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.in_top_k([[0.1, 0.9]], [1], 1)))
      [ True]
    """
    with name_scope(name, "in_top_k"):
        return IN_TOP_K_V2(predictions, targets, k)


def _nth_element_shape(input: TensorShape, n: StaticInput) -> TensorShape:
    shape_rules.with_rank_at_least(input, 1)
    return TensorShape.of(None if input.sizes is None else input.sizes[:-1])


def _nth_element_kernel(xp: ArrayModule, input: Array, n: Array, *, reverse: bool) -> Array:
    size = input.shape[-1]
    if not 0 <= int(n) < size:
        raise ValueError(f"Input must have last dimension > n = {int(n)}, got {size}")
    return xp.sort(input, axis=-1)[..., size - 1 - int(n) if reverse else int(n)]


def _nth_element_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x = op.inputs[0]
    chosen = g.cast(g.Equal(x, g.ExpandDims(op.outputs[0], -1)), dy.dtype)
    count = g.ExpandDims(g.Sum(chosen, -1), -1)
    return [g.Mul(g.RealDiv(chosen, count), g.ExpandDims(dy, -1)), None]


NTH_ELEMENT = define_op("NthElement", inputs="input: T, n: int32", outputs="values: T",
                        attrs=f"reverse: bool = False, T: {REALS}", static_inputs=("n",), shape=_nth_element_shape,
                        kernel=_nth_element_kernel, gradient=_nth_element_gradient)


def sort(values: TensorLike, axis: int = -1, direction: str = "ASCENDING", name: str | None = None) -> Tensor:
    """A tensor sorted along one dimension.

    Args:
      values: A tensor of real numbers.
      axis: The dimension.
      direction: `"ASCENDING"` or `"DESCENDING"`.
      name: Name scope.

    Raises:
      ValueError: If the direction is neither, or the axis not known while building.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sort([3.0, 1.0, 2.0])))
      [1. 2. 3.]
    """
    with name_scope(name, "sort"):
        return _sorted(values, axis, direction, with_places=False)


def argsort(values: TensorLike, axis: int = -1, direction: str = "ASCENDING", stable: bool = False,
            name: str | None = None) -> Tensor:
    """The places (int32) that elements come from when a tensor is sorted along one dimension; see `tf.sort`.

    Equal elements keep their order, whether `stable` is asked for or not.

    Args:
      values: A tensor of real numbers.
      axis: The dimension.
      direction: `"ASCENDING"` or `"DESCENDING"`.
      stable: Accepted for compatibility: the order of equal elements is always kept.
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If the direction is neither, or the axis not known while building.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.argsort([3.0, 1.0, 2.0])))
      [1 2 0]
    """
    with name_scope(name, "argsort"):
        return _sorted(values, axis, direction, with_places=True)


def _sorted(values: Any, axis: Any, direction: str, with_places: bool) -> Tensor:
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"direction should be one of ASCENDING, DESCENDING; got {direction!r}")
    known = constant_value(convert_to_tensor(axis, name="axis"))
    if known is None or known.ndim:
        raise ValueError("axis must be a constant scalar")
    values = convert_to_tensor(values, name="values")
    ascending = direction == "ASCENDING"
    turned = _opposite(values) if ascending else values
    size = getitem(shape_of(turned), int(known))
    rank = turned.shape.ndims
    rank_of(turned)
    position = int(known)
    if position == -1 or (rank is not None and position == rank - 1):
        found = TOP_K_V2(turned, size)
        result = found.indices if with_places else found.values
    else:
        # TopKV2 sorts the last dimension: the axis changes places with it.
        if rank is None:
            raise ValueError("sorting along a dimension that is not the last needs the rank of the tensor")
        position = shape_rules.axis_in_range(position, rank)
        order = np.arange(rank, dtype=np.int64)
        order[[position, rank - 1]] = order[[rank - 1, position]]
        swap = constant(order, name="transposition")
        found = TOP_K_V2(lookup("Transpose")(turned, swap, name="transpose"), size)
        result = lookup("Transpose")(found.indices if with_places else found.values, swap, name="transpose")
    return _opposite(result) if ascending and not with_places else result


def _opposite(values: Tensor) -> Tensor:
    """Numbers in the opposite order: `-x` for floats, the complement for integers (whose lowest has no negative)."""
    dtype = values.dtype.base_dtype
    if dtype.is_floating:
        return lookup("Neg")(values)
    if dtype.is_unsigned:
        return lookup("Sub")(constant(dtype.max, dtype), values, name="sub")
    return lookup("Sub")(lookup("Neg")(values), 1, name="sub")


def _bound_shape(sorted_inputs: TensorShape, values: TensorShape) -> TensorShape:
    shape_rules.with_rank(sorted_inputs, 2)
    return shape_rules.with_rank(values, 2)


def _bound_kernel(xp: ArrayModule, sorted_inputs: Array, values: Array, out_type: Array, side: Array) -> Array:
    rows, width = sorted_inputs.shape
    if rows != values.shape[0]:
        raise ValueError(f"Leading dims of the sequence and of the values must be equal: {rows} and {values.shape[0]}")
    row, value = xp.expand_dims(sorted_inputs, 1), xp.expand_dims(values, 2)
    before = xp.less(row, value) if side == "left" else xp.less_equal(row, value)
    return xp.sum(before, axis=2, dtype=out_type.np_dtype)


def _lower_bound_kernel(xp: ArrayModule, sorted_inputs: Array, values: Array, *, out_type: DType) -> Array:
    return _bound_kernel(xp, sorted_inputs, values, out_type, "left")


def _upper_bound_kernel(xp: ArrayModule, sorted_inputs: Array, values: Array, *, out_type: DType) -> Array:
    return _bound_kernel(xp, sorted_inputs, values, out_type, "right")


_BOUND: dict[str, Any] = {
    "inputs": "sorted_inputs: T, values: T", "outputs": "output: out_type",
    "attrs": f"T: type, out_type: {INDEX} = int32", "shape": _bound_shape, "gradient": NOT_DIFFERENTIABLE,
}
LOWER_BOUND = define_op("LowerBound", kernel=_lower_bound_kernel, **_BOUND)
UPPER_BOUND = define_op("UpperBound", kernel=_upper_bound_kernel, **_BOUND)


def searchsorted(sorted_sequence: TensorLike, values: TensorLike, side: str = "left",
                 out_type: DTypeLike = dtypes.int32, name: str | None = None) -> Tensor:
    """Where values would go in sorted rows so that these stay sorted.

    Args:
      sorted_sequence: A tensor whose last dimension is sorted.
      values: A tensor with the same leading dimensions.
      side: `"left"` puts a value before equal elements, `"right"` after them.
      out_type: int32 or int64.
      name: Name of the node.

    Raises:
      ValueError: If `side` is neither.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.searchsorted([1, 3, 5], [3, 4])))
      [1 2]
    """
    if side not in ("left", "right"):
        raise ValueError(f"side must be either 'right' or 'left'. Saw: {side!r}")
    reshape = lookup("Reshape")
    sequence = convert_to_tensor(sorted_sequence, name="sorted_sequence")
    values = convert_to_tensor(values, name="values")
    rows = reshape(sequence, [-1, getitem(shape_of(sequence), -1)])
    sought = reshape(values, [-1, getitem(shape_of(values), -1)])
    definition = LOWER_BOUND if side == "left" else UPPER_BOUND
    return reshape(definition(rows, sought, out_type=dtypes.as_dtype(out_type), name=name), shape_of(values))
