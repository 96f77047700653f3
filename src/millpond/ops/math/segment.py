"""Sums and other reductions of the rows of a tensor that belong to one segment, where ids are sorted or not.

`segment_*` and `sparse_segment_*` have as many output rows as the ids say, so they run outside XLA; the unsorted
forms are told how many rows there are, and are compiled.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.dtypes import as_dtype
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import Guard, OpDefinition, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, HostContext, Jax
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import INDEX, NUMBERS, REALS
from millpond.ops.not_a_number import has_nan, highest, lowest
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

_COMBINE = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}
_IS_BEHIND = {"max": np.less, "min": np.greater}


def _start(kind: str, dtype: Any) -> np.ndarray:
    """What an unsorted segment without rows is."""
    dtype = np.dtype(dtype)
    if kind in ("sum", "prod"):
        return np.array(0 if kind == "sum" else 1, dtype)
    if dtype.kind in "iu":
        return np.array(np.iinfo(dtype).min if kind == "max" else np.iinfo(dtype).max, dtype)
    # TensorFlow takes the finite extremes of floats here.
    limits = as_dtype(dtype)
    return np.array(limits.min if kind == "max" else limits.max, dtype)


def _wide(dtype: np.dtype) -> np.dtype:
    return np.dtype(np.float32) if dtype.itemsize == 2 and dtype.kind in "fV" else dtype


def _combine_rows(kind: str, result: np.ndarray, ids: np.ndarray, rows: np.ndarray) -> None:
    """Takes rows into those of `result`, in place and in order.

    An extreme gives way to what it is not ahead of, as in TensorFlow: to every NaN, and NaN to what comes next. So it
    is that of the rows after the last NaN, and NaN if that is the last row.
    """
    if kind in _IS_BEHIND and has_nan(rows.dtype) and np.isnan(rows).any():
        for place, row in zip(ids, rows, strict=True):
            result[place] = np.where(_IS_BEHIND[kind](row, result[place]), result[place], row)
    else:
        _COMBINE[kind].at(result, ids, rows)


# Sorted ids.


def _sorted_shape(data: TensorShape, segment_ids: TensorShape) -> TensorShape:
    shape_rules.with_rank(segment_ids, 1)
    data = shape_rules.with_rank_at_least(data, 1)
    if data.sizes is None:
        return shape_rules.UNKNOWN
    TensorShape.of(data.sizes[:1]).merge_with(segment_ids)
    return TensorShape.of((None,) + data.sizes[1:])


def check_sorted(ids: np.ndarray, rows: int) -> None:
    if ids.ndim != 1 or len(ids) != rows:
        raise ValueError(f"segment_ids must be a vector of {rows} ids, one for each row, got shape {list(ids.shape)}")
    if len(ids) and (ids[0] < 0 or np.any(ids[1:] < ids[:-1])):
        raise ValueError("segment ids must be >= 0" if ids[0] < 0 else "segment ids are not increasing")


def combined(kind: str, data: np.ndarray, ids: np.ndarray, rows: int, empty: Any) -> np.ndarray:
    """The reduction of the rows of each segment, in `rows` rows; `empty` where there are none."""
    wide = _wide(data.dtype)
    combine = "sum" if kind in ("mean", "sqrtn") else kind
    start = {"max": lowest, "min": highest}[combine](wide) if combine in _IS_BEHIND else _start(combine, wide)
    result = np.full((rows,) + data.shape[1:], start, wide)
    _combine_rows(combine, result, ids, data.astype(wide))
    if kind in ("mean", "sqrtn"):
        counts = np.maximum(np.bincount(ids, minlength=rows), 1).reshape((rows,) + (1,) * (data.ndim - 1))
        divisor = (counts if kind == "mean" else np.sqrt(counts)).astype(wide)
        result = np.floor_divide(result, divisor) if wide.kind in "iu" else np.divide(result, divisor)
    if empty is not None:
        present = np.zeros(rows, bool)
        present[ids] = True
        result[~present] = empty
    return result.astype(data.dtype)


def _sorted_kernel(kind: str) -> Any:
    def kernel(context: HostContext, data: Array, segment_ids: Array) -> Array:
        check_sorted(segment_ids, len(data))
        rows = int(segment_ids[-1]) + 1 if len(segment_ids) else 0
        # Rows of ids that are left out are 1 for products and 0 otherwise.
        return combined(kind, data, segment_ids, rows, 1 if kind == "prod" else 0)

    return kernel


def _segment_sum_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.GatherV2(dy, op.inputs[1], 0), None]


def _segment_mean_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    data, ids = op.inputs
    sizes = g.SegmentSum(g.OnesLike(_first_column(g, data)), ids)
    return [g.GatherV2(g.RealDiv(dy, sizes), ids, 0), None]


def _first_column(g: GradientBuilder, data: Tensor) -> Tensor:
    """The data with one element to a row, all axes kept: what the sizes of segments are counted with."""
    shape = g.shape(data)
    ones = g.Fill(g.ExpandDims(g.Sub(g.rank(data), g.constant(np.int32(1))), 0), g.constant(np.int32(1)))
    column = g.ConcatV2([g.StridedSlice(shape, [0], [1], [1]), ones], 0)
    return g.Fill(column, g.constant(1, data))


def _segment_extreme_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    data, ids = op.inputs
    y = op.outputs[0]
    chosen = g.Equal(data, g.GatherV2(y, ids, 0))
    counts = g.SegmentSum(g.Cast(chosen, DstT=dy.dtype.base_dtype), ids)
    return [g.SelectV2(chosen, g.GatherV2(g.RealDiv(dy, counts), ids, 0), g.ZerosLike(data)), None]


def _segment_prod_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    """dy times the product of the others: by division, or where one element is 0 the product of the rest."""
    data, ids = op.inputs
    zero, one = g.constant(0, data), g.constant(1, data)
    is_zero = g.Equal(data, zero)
    zeros = g.SegmentSum(g.Cast(is_zero, DstT=dy.dtype.base_dtype), ids)
    several = g.Greater(zeros, g.constant(1, dy))
    dy = g.SelectV2(several, zero, dy)
    rest = g.SegmentProd(g.SelectV2(is_zero, one, data), ids)
    others = g.SelectV2(is_zero, g.GatherV2(rest, ids, 0),
                        g.RealDiv(g.GatherV2(op.outputs[0], ids, 0), g.SelectV2(is_zero, one, data)))
    return [g.Mul(g.GatherV2(dy, ids, 0), others), None]


def _sorted_op(type: str, kind: str, gradient: Any, dtypes: str) -> OpDefinition:
    return define_op(type, inputs="data: T, segment_ids: Tindices", outputs="output: T",
                     attrs=f"T: {dtypes}, Tindices: {INDEX}", shape=_sorted_shape, kernel=_sorted_kernel(kind),
                     gradient=gradient, host=True)


SEGMENT_SUM = _sorted_op("SegmentSum", "sum", _segment_sum_gradient, NUMBERS)
SEGMENT_MEAN = _sorted_op("SegmentMean", "mean", _segment_mean_gradient, NUMBERS)
SEGMENT_MAX = _sorted_op("SegmentMax", "max", _segment_extreme_gradient, REALS)
SEGMENT_MIN = _sorted_op("SegmentMin", "min", _segment_extreme_gradient, REALS)
SEGMENT_PROD = _sorted_op("SegmentProd", "prod", _segment_prod_gradient, NUMBERS)


def segment_sum(data: TensorLike, segment_ids: TensorLike, name: str | None = None) -> Tensor:
    """The sum of the rows of each segment.

    Args:
      data: A tensor of numbers, `[rows, ...]`.
      segment_ids: int32 or int64 `[rows]`, sorted, from 0 on; equal ids make a segment.
      name: Name of the node.

    Returns:
      A tensor `[last id + 1, ...]`; 0 for an id that does not occur.

    Raises:
      ValueError: If shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if ids are not sorted.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.segment_sum([1, 2, 3], [0, 0, 1])))
      [3 3]
    """
    return SEGMENT_SUM(data, segment_ids, name=name)


def segment_mean(data: TensorLike, segment_ids: TensorLike, name: str | None = None) -> Tensor:
    """The mean of the rows of each segment.

    Args:
      data: A tensor of numbers, `[rows, ...]`.
      segment_ids: int32 or int64 `[rows]`, sorted, from 0 on; equal ids make a segment.
      name: Name of the node.

    Raises:
      ValueError: If shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if ids are not sorted.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.segment_mean([1.0, 2.0, 3.0], [0, 0, 1])))
      [1.5 3. ]
    """
    return SEGMENT_MEAN(data, segment_ids, name=name)


def segment_max(data: TensorLike, segment_ids: TensorLike, name: str | None = None) -> Tensor:
    """The largest element of each segment, column by column.

    Args:
      data: A tensor of real numbers, `[rows, ...]`.
      segment_ids: int32 or int64 `[rows]`, sorted, from 0 on; equal ids make a segment.
      name: Name of the node.

    Raises:
      ValueError: If shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if ids are not sorted.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.segment_max([1, 2, 3], [0, 0, 1])))
      [2 3]
    """
    return SEGMENT_MAX(data, segment_ids, name=name)


def segment_min(data: TensorLike, segment_ids: TensorLike, name: str | None = None) -> Tensor:
    """The smallest element of each segment, column by column.

    Args:
      data: A tensor of real numbers, `[rows, ...]`.
      segment_ids: int32 or int64 `[rows]`, sorted, from 0 on; equal ids make a segment.
      name: Name of the node.

    Raises:
      ValueError: If shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if ids are not sorted.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.segment_min([1, 2, 3], [0, 0, 1])))
      [1 3]
    """
    return SEGMENT_MIN(data, segment_ids, name=name)


def segment_prod(data: TensorLike, segment_ids: TensorLike, name: str | None = None) -> Tensor:
    """The product of the rows of each segment, 1 for an id that does not occur.

    Args:
      data: A tensor of numbers, `[rows, ...]`.
      segment_ids: int32 or int64 `[rows]`, sorted, from 0 on; equal ids make a segment.
      name: Name of the node.

    Raises:
      ValueError: If shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if ids are not sorted.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.segment_prod([1, 2, 3], [0, 0, 1])))
      [2 3]
    """
    return SEGMENT_PROD(data, segment_ids, name=name)


# Unsorted ids.


def _unsorted_shape(data: TensorShape, segment_ids: TensorShape, num_segments: StaticInput) -> TensorShape:
    if num_segments.shape.sizes not in (None, ()):
        raise ValueError(f"num_segments must be a scalar, got shape {num_segments.shape}")
    if data.sizes is None or segment_ids.sizes is None:
        return shape_rules.UNKNOWN
    rank = len(segment_ids.sizes)
    TensorShape.of(shape_rules.sizes_of(shape_rules.with_rank_at_least(data, rank))[:rank]).merge_with(segment_ids)
    count = num_segments.value
    if count is not None and count < 0:
        raise ValueError(f"num_segments must not be negative, got {int(count)}")
    return TensorShape.of((None if count is None else int(count),) + data.sizes[rank:])


def _check_leading(data: Array, segment_ids: Array) -> None:
    if data.shape[:segment_ids.ndim] != segment_ids.shape:
        raise ValueError("data must have one row for each id: its shape must start with that of segment_ids, "
                         f"{list(segment_ids.shape)}, but is {list(data.shape)}")


def _unsorted_kernel(kind: str) -> Any:
    def kernel(xp: ArrayModule, data: Array, segment_ids: Array, num_segments: Array) -> Array:
        _check_leading(data, segment_ids)
        rows = int(num_segments)
        rest = data.shape[segment_ids.ndim:]
        flat, ids = data.reshape((segment_ids.size, *rest)), segment_ids.reshape(-1)
        kept = np.logical_and(ids >= 0, ids < rows)
        wide = _wide(data.dtype)
        result = np.full((rows,) + rest, _start(kind, data.dtype).astype(wide), wide)
        _combine_rows(kind, result, ids[kept], flat[kept].astype(wide))
        return result.astype(data.dtype)

    return kernel


def _unsorted_lower(kind: str) -> Any:
    def lower(jax: Jax, data: Array, segment_ids: Array, num_segments: Array) -> Array:
        _check_leading(data, segment_ids)
        jnp, rows = jax.numpy, int(num_segments)
        rest = data.shape[segment_ids.ndim:]
        ids = jnp.reshape(segment_ids, (-1,))
        # Negative ids are left out: as one row too many, which is dropped.
        ids = jnp.where(ids < 0, rows, ids)
        wide = _wide(np.dtype(data.dtype))
        flat = jnp.reshape(data, (segment_ids.size, *rest)).astype(wide)
        start = jnp.full((rows,) + rest, jnp.asarray(_start(kind, data.dtype)).astype(wide))
        result = _scattered(kind, start, ids, flat)
        if kind in _IS_BEHIND and has_nan(wide) and flat.size:
            # XLA's extremes are NaN where one element is.
            result = jax.lax.cond(jnp.any(jnp.isnan(result)), lambda: _after_last_nan(jnp, kind, start, ids, flat),
                                  lambda: result)
        return result.astype(data.dtype)

    return lower


def _scattered(kind: str, result: Any, ids: Any, rows: Any) -> Any:
    """`_combine_rows` in XLA, where no extreme meets NaN."""
    place = result.at[ids]
    update = {"sum": place.add, "prod": place.multiply, "max": place.max, "min": place.min}[kind]
    return update(rows, mode="drop")


def _after_last_nan(jnp: ArrayModule, kind: str, result: Any, ids: Any, rows: Any) -> Any:
    """`_combine_rows` in XLA, of extremes that meet NaN."""
    number = jnp.reshape(jnp.arange(1, rows.shape[0] + 1, dtype=np.int32), (-1,) + (1,) * (rows.ndim - 1))
    none = jnp.zeros(result.shape, dtype=np.int32)
    last_nan = _scattered("max", none, ids, jnp.where(jnp.isnan(rows), number, 0))
    last = _scattered("max", none, ids, jnp.broadcast_to(number, rows.shape))
    counts = jnp.greater(number, jnp.take(last_nan, ids, axis=0, mode="clip"))
    least = {"max": lowest, "min": highest}[kind](rows.dtype)
    after = _scattered(kind, jnp.full(result.shape, least), ids, jnp.where(counts, rows, least))
    extreme = jnp.where(last_nan > 0, after, _scattered(kind, result, ids, jnp.where(counts, rows, least)))
    return jnp.where(jnp.logical_and(last_nan > 0, last_nan == last), jnp.asarray(np.nan, result.dtype), extreme)


def _below_num_segments(xp: ArrayModule, data: Array, segment_ids: Array, num_segments: Array) -> Array:
    return np.True_ if 0 in data.shape else xp.all(xp.less(segment_ids, int(num_segments)))


def _too_large(data: Array, segment_ids: Array, num_segments: Array) -> str:
    worst = int(np.max(segment_ids))
    return f"segment_ids has the id {worst}, which is not below num_segments = {int(num_segments)}"


_IDS_GUARD = Guard(_below_num_segments, _too_large, ("segment_ids", "num_segments"), InvalidArgumentError)


def _gather_or_zero(g: GradientBuilder, values: Tensor, ids: Tensor, like: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Rows of `values` by id, 0 for negative ids; with the ids that can be gathered, and where they are real."""
    real = g.Maximum(ids, g.constant(0, ids))
    gathered = g.GatherV2(values, real, 0)
    positive = g.GreaterEqual(ids, g.constant(0, ids))
    extra = g.Fill(g.ExpandDims(g.Sub(g.rank(like), g.rank(ids)), 0), g.constant(np.int32(1)))
    positive = g.Reshape(positive, g.ConcatV2([g.shape(ids), extra], 0))
    return g.SelectV2(positive, gathered, g.ZerosLike(gathered)), real, positive


def _unsorted_sum_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [_gather_or_zero(g, dy, op.inputs[1], op.inputs[0])[0], None, None]


def _unsorted_extreme_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    data, ids, count = op.inputs
    extreme, real, positive = _gather_or_zero(g, op.outputs[0], ids, data)
    chosen = g.LogicalAnd(g.Equal(data, extreme), positive)
    sharers = g.UnsortedSegmentSum(g.Cast(chosen, DstT=dy.dtype.base_dtype), ids, count)
    share = g.GatherV2(g.RealDiv(dy, sharers), real, 0)
    return [g.SelectV2(chosen, share, g.ZerosLike(share)), None, None]


def _unsorted_prod_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    data, ids, count = op.inputs
    zero, one = g.constant(0, data), g.constant(1, data)
    is_zero = g.Equal(data, zero)
    zeros = g.UnsortedSegmentSum(g.Cast(is_zero, DstT=dy.dtype.base_dtype), ids, count)
    dy = g.SelectV2(g.Greater(zeros, g.constant(1, dy)), zero, dy)
    rest = g.UnsortedSegmentProd(g.SelectV2(is_zero, one, data), ids, count)
    real = g.Maximum(ids, g.constant(0, ids))
    others = g.SelectV2(is_zero, g.GatherV2(rest, real, 0),
                        g.RealDiv(g.GatherV2(op.outputs[0], real, 0), g.SelectV2(is_zero, one, data)))
    return [g.Mul(_gather_or_zero(g, dy, ids, data)[0], others), None, None]


def _unsorted_op(type: str, kind: str, gradient: Any, dtypes: str) -> OpDefinition:
    return define_op(type, inputs="data: T, segment_ids: Tindices, num_segments: Tnumsegments", outputs="output: T",
                     attrs=f"T: {dtypes}, Tindices: {INDEX}, Tnumsegments: {INDEX} = int32",
                     static_inputs=("num_segments",), shape=_unsorted_shape, kernel=_unsorted_kernel(kind),
                     lower=_unsorted_lower(kind), gradient=gradient, guard=_IDS_GUARD)


UNSORTED_SEGMENT_SUM = _unsorted_op("UnsortedSegmentSum", "sum", _unsorted_sum_gradient, NUMBERS)
UNSORTED_SEGMENT_MAX = _unsorted_op("UnsortedSegmentMax", "max", _unsorted_extreme_gradient, REALS)
UNSORTED_SEGMENT_MIN = _unsorted_op("UnsortedSegmentMin", "min", _unsorted_extreme_gradient, REALS)
UNSORTED_SEGMENT_PROD = _unsorted_op("UnsortedSegmentProd", "prod", _unsorted_prod_gradient, NUMBERS)


def unsorted_segment_sum(data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike,
                         name: str | None = None) -> Tensor:
    """The sum of the elements of each segment, whose ids may come in any order.

    Args:
      data: A tensor of numbers, whose shape begins with that of `segment_ids`.
      segment_ids: int32 or int64 tensor; elements with a negative id are left out.
      num_segments: How many segments there are, a scalar.
      name: Name of the node.

    Returns:
      A tensor `[num_segments, ...]`; 0 for an id that does not occur.

    Raises:
      ValueError: If shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if an id is not below `num_segments`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.unsorted_segment_sum([1, 2, 3], [1, 0, 1], 3)))
      [2 4 0]
    """
    return UNSORTED_SEGMENT_SUM(data, segment_ids, num_segments, name=name)


def unsorted_segment_max(data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike,
                         name: str | None = None) -> Tensor:
    """The largest element of each segment, the lowest number for an empty one.

    Args:
      data: A tensor of real numbers, whose shape begins with that of `segment_ids`.
      segment_ids: int32 or int64 tensor; elements with a negative id are left out.
      num_segments: How many segments there are, a scalar.
      name: Name of the node.

    Raises:
      ValueError: If shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if an id is not below `num_segments`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.unsorted_segment_max([1, 2, 3], [1, 0, 1], 2)))
      [2 3]
    """
    return UNSORTED_SEGMENT_MAX(data, segment_ids, num_segments, name=name)


def unsorted_segment_min(data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike,
                         name: str | None = None) -> Tensor:
    """The smallest element of each segment, the highest number for an empty one.

    Args:
      data: A tensor of real numbers, whose shape begins with that of `segment_ids`.
      segment_ids: int32 or int64 tensor; elements with a negative id are left out.
      num_segments: How many segments there are, a scalar.
      name: Name of the node.

    Raises:
      ValueError: If shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if an id is not below `num_segments`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.unsorted_segment_min([1, 2, 3], [1, 0, 1], 2)))
      [2 1]
    """
    return UNSORTED_SEGMENT_MIN(data, segment_ids, num_segments, name=name)


def unsorted_segment_prod(data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike,
                          name: str | None = None) -> Tensor:
    """The product of the elements of each segment, 1 for an empty one.

    Args:
      data: A tensor of numbers, whose shape begins with that of `segment_ids`.
      segment_ids: int32 or int64 tensor; elements with a negative id are left out.
      num_segments: How many segments there are, a scalar.
      name: Name of the node.

    Raises:
      ValueError: If shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if an id is not below `num_segments`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.unsorted_segment_prod([1, 2, 3], [1, 0, 1], 3)))
      [2 3 1]
    """
    return UNSORTED_SEGMENT_PROD(data, segment_ids, num_segments, name=name)


def _counts(data: Tensor, segment_ids: Tensor, num_segments: Tensor) -> Tensor:
    """How many elements each segment has, at least 1, shaped to divide the sums."""
    ones = lookup("Fill")(lookup("Shape")(segment_ids), np.ones((), data.dtype.np_dtype), name="ones")
    counts = UNSORTED_SEGMENT_SUM(ones, segment_ids, num_segments)
    rank = lookup("Sub")(lookup("Rank")(data), lookup("Rank")(segment_ids), name="sub")
    extra = lookup("Fill")(lookup("ExpandDims")(rank, 0), np.int32(1), name="ones_1")
    rows = lookup("Cast")(lookup("ExpandDims")(num_segments, 0), DstT="int32")
    counts = lookup("Reshape")(counts, lookup("ConcatV2")([rows, extra], 0, name="concat"))
    return lookup("Maximum")(counts, np.ones((), data.dtype.np_dtype))


def unsorted_segment_mean(data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike,
                          name: str | None = None) -> Tensor:
    """The mean of the elements of each segment, 0 for an empty one.

    Args:
      data: A tensor of numbers, whose shape begins with that of `segment_ids`.
      segment_ids: int32 or int64 tensor; elements with a negative id are left out.
      num_segments: How many segments there are, a scalar.
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if an id is not below `num_segments`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.unsorted_segment_mean([1.0, 2.0, 3.0], [1, 0, 1], 3)))
      [2. 2. 0.]
    """
    with name_scope(name, "UnsortedSegmentMean", [data, segment_ids]):
        data, ids, count = (convert_to_tensor(value) for value in (data, segment_ids, num_segments))
        divisor = _counts(data, ids, count)
        return lookup("RealDiv")(UNSORTED_SEGMENT_SUM(data, ids, count), divisor, name="truediv")


def unsorted_segment_sqrt_n(data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike,
                            name: str | None = None) -> Tensor:
    """The sum of each segment divided by the square root of its size, 0 for an empty one.

    Args:
      data: A tensor of floats, whose shape begins with that of `segment_ids`.
      segment_ids: int32 or int64 tensor; elements with a negative id are left out.
      num_segments: How many segments there are, a scalar.
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if an id is not below `num_segments`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.unsorted_segment_sqrt_n([1.0, 2.0, 3.0], [1, 0, 1], 3)).round(4))
      [2.     2.8284 0.    ]
    """
    with name_scope(name, "UnsortedSegmentSqrtN", [data, segment_ids]):
        data, ids, count = (convert_to_tensor(value) for value in (data, segment_ids, num_segments))
        divisor = lookup("Sqrt")(_counts(data, ids, count))
        return lookup("RealDiv")(UNSORTED_SEGMENT_SUM(data, ids, count), divisor, name="truediv")
