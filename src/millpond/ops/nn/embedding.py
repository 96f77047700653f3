"""Looking rows up in tables that may be split into parts, and combining them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike, VariableLike
from millpond.graph.composite import SparseTensor
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones, range_, zeros_like
from millpond.ops.array.gather import gather
from millpond.ops.array.identity import identity
from millpond.ops.array.partitions import dynamic_partition, unique
from millpond.ops.math.clip import clip_by_norm
from millpond.ops.math.segment import segment_sum
from millpond.ops.math.sparse_segment import sparse_segment_mean, sparse_segment_sqrt_n, sparse_segment_sum
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

_COMBINERS = ("mean", "sqrtn", "sum")


def embedding_lookup(params: Sequence[VariableLike] | VariableLike, ids: TensorLike, partition_strategy: str = "mod",
                     name: str | None = None, validate_indices: bool = True, max_norm: float | None = None) -> Tensor:
    """Rows of a table by their numbers.

    Args:
      params: The table: a tensor or variable, or a list of its parts (or a partitioned variable).
      ids: int32 or int64 numbers of any shape.
      partition_strategy: How rows lie in several parts: `"mod"` (row i in part i mod the number of parts) or `"div"`
        (in order).
      name: Name of the node.
      validate_indices: Not used: indices are always checked.
      max_norm: If given, rows of a greater L2 norm are scaled down to it.

    Returns:
      A tensor of shape `ids.shape + params.shape[1:]`.

    Raises:
      ValueError: If there are no parts, or the strategy is another one.
      InvalidArgumentError: When run, if a number is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.embedding_lookup([[1.0, 2.0], [3.0, 4.0]], [1, 1])))
      [[3. 4.]
       [3. 4.]]
    """
    parts = _parts(params)
    with name_scope(name, "embedding_lookup", [*parts, ids]) as scope:
        parts = [part if hasattr(part, "graph") else convert_to_tensor(part, name="params") for part in parts]
        ids = convert_to_tensor(ids, name="ids")
        if len(parts) == 1:
            with _near(parts[0]):
                rows = _clipped(gather(parts[0], ids, name=scope), ids, max_norm)
            return identity(rows)
        return _lookup_in_parts(parts, ids, partition_strategy, max_norm, scope)


def _parts(params: Any) -> list[Any]:
    if params is None:
        raise ValueError("Need at least one param")
    if hasattr(params, "_variable_list"):  # a partitioned variable
        return list(params)
    is_parts = isinstance(params, (list, tuple)) and any(
        hasattr(part, "graph") or isinstance(part, np.ndarray) for part in params)
    if isinstance(params, (list, tuple)) and not params:
        raise ValueError("Need at least one param")
    return list(params) if is_parts else [params]


def _near(part: Any) -> Any:
    """On the device of a part of the table."""
    return default_graph().colocate_with(part.op)


def _clipped(rows: Tensor, ids: Tensor, max_norm: float | None) -> Tensor:
    if max_norm is None:
        return rows
    if ids.shape.ndims is not None and rows.shape.ndims is not None:
        axes: Any = list(range(ids.shape.ndims, rows.shape.ndims))
    else:
        g = GradientBuilder()
        axes = range_(g.rank(ids), g.rank(rows))
    return clip_by_norm(rows, max_norm, axes=axes)


def _lookup_in_parts(parts: list[Any], ids: Tensor, strategy: str, max_norm: float | None, scope: str) -> Tensor:
    g = GradientBuilder()
    count = len(parts)
    flat = g.Reshape(ids, [-1])
    positions = range_(g.size(flat))
    if strategy == "mod":
        part_of = g.FloorMod(flat, count, name="mod")
        row_of = g.FloorDiv(flat, count, name="floordiv")
    elif strategy == "div":
        part_of, row_of = _in_order(g, parts, flat)
    else:
        raise ValueError(f"Only 'div' and 'mod' are supported as `partition_strategy`. Received: {strategy}")
    part_of = g.cast(part_of, dtypes.int32)
    rows = dynamic_partition(row_of, part_of, count)
    places = dynamic_partition(positions, part_of, count)
    found = []
    for part, wanted in zip(parts, rows, strict=True):
        with _near(part):
            found.append(_clipped(gather(part, wanted), wanted, max_norm))
    together = g.ParallelDynamicStitch(places, found, name=scope)
    row_shape = TensorShape(parts[0].shape)[1:]
    for part in parts[1:]:
        row_shape = row_shape.merge_with(TensorShape(part.shape)[1:])
    inner: Any = np.array(row_shape.as_list(), np.int32) if row_shape.is_fully_defined() else \
        g.Slice(g.shape(convert_to_tensor(parts[0])), [1], [-1])
    result = g.Reshape(together, g.ConcatV2([g.shape(ids), inner], 0, name="concat"))
    result.set_shape(ids.shape.concatenate(row_shape))
    return result


def _in_order(g: GradientBuilder, parts: list[Any], flat: Tensor) -> tuple[Tensor, Tensor]:
    """The first parts hold one row more, where the parts do not divide the rows evenly."""
    known = [TensorShape(part.shape)[0].value for part in parts]
    if all(count is not None for count in known):
        total = g.constant(sum(count or 0 for count in known), flat.dtype)
    else:
        sizes = [g.cast(g.StridedSlice(g.shape(convert_to_tensor(part)), [0], [1], [1], shrink_axis_mask=1), flat.dtype)
                 for part in parts]
        total = g.AddN(sizes)
    rows, extra = g.FloorDiv(total, len(parts), name="floordiv"), g.FloorMod(total, len(parts), name="mod")
    more = g.AddV2(rows, 1, name="add")
    part_of = g.Maximum(g.FloorDiv(flat, more, name="floordiv"),
                        g.FloorDiv(g.Sub(flat, extra, name="sub"), rows, name="floordiv"))
    row_of = g.Select(g.Less(part_of, extra), g.FloorMod(flat, g.AddV2(rows, 1, name="add"), name="mod"),
                      g.FloorMod(g.Sub(flat, extra, name="sub"), rows, name="mod"))
    return part_of, row_of


def embedding_lookup_sparse(params: Sequence[VariableLike] | VariableLike, sp_ids: SparseTensor,
                            sp_weights: SparseTensor | None, partition_strategy: str = "mod", name: str | None = None,
                            combiner: str | None = None, max_norm: float | None = None) -> Tensor:
    """Looks up several rows for each example and combines them into one.

    Args:
      params: The table, see `embedding_lookup`.
      sp_ids: A sparse matrix of row numbers: the ids of example i are the values of its row i. Every row must have at
        least one (but the last ones, which are then missing from the result).
      sp_weights: Their weights, a sparse matrix of the same indices, or None for 1 each.
      partition_strategy: See `embedding_lookup`.
      name: Name of the node.
      combiner: `"mean"` (the default), `"sqrtn"` (divided by the root of the sum of squared weights) or `"sum"`.
      max_norm: See `embedding_lookup`.

    Returns:
      One row for each example.

    Raises:
      TypeError: If the ids or weights are no `SparseTensor`.
      ValueError: If the combiner is another one.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     table = tf.constant([[1.0], [2.0], [4.0]])
      ...     ids = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([0, 2, 1], tf.int64), [2, 2])
      ...     print(sess.run(tf.nn.embedding_lookup_sparse(table, ids, None, combiner="sum")))
      [[5.]
       [2.]]
    """
    combiner = combiner or "mean"
    if combiner not in _COMBINERS:
        raise ValueError(f"combiner must be one of {_COMBINERS}, got {combiner!r}")
    for what, value in (("sp_ids", sp_ids), ("sp_weights", sp_weights)):
        if value is not None and not isinstance(value, SparseTensor):
            raise TypeError(f"{what} must be a SparseTensor, got {type(value).__name__}")
    g = GradientBuilder()
    with name_scope(name, "embedding_lookup_sparse", [*_parts(params), sp_ids.values]) as scope:
        examples = sp_ids.indices[:, 0]
        numbers, which = unique(sp_ids.values)
        rows = embedding_lookup(params, numbers, partition_strategy, max_norm=max_norm)
        segments = g.cast(examples, dtypes.int32)
        if sp_weights is None:
            combined = {"sum": sparse_segment_sum, "mean": sparse_segment_mean, "sqrtn": sparse_segment_sqrt_n}
            return combined[combiner](rows, which, segments, name=scope)
        return _weighted(g, gather(rows, which, axis=0), sp_weights.values, segments, combiner, scope)


def _weighted(g: GradientBuilder, rows: Tensor, weights: Tensor, segments: Tensor, combiner: str, scope: str) -> Tensor:
    weights = g.cast(weights, rows.dtype)
    trailing = ones(g.ExpandDims(g.Sub(g.rank(rows), 1, name="sub"), 0), dtypes.int32)
    column = g.Reshape(weights, g.ConcatV2([g.shape(weights), trailing], 0, name="concat"))
    if rows.shape.ndims is not None:
        column.set_shape(weights.shape.concatenate(TensorShape([1] * (rows.shape.ndims - 1))))
    scaled = g.Mul(rows, column, name="mul")
    if combiner == "sum":
        return segment_sum(scaled, segments, name=scope)
    total = segment_sum(scaled, segments)
    if combiner == "mean":
        return g.DivNoNan(total, segment_sum(column, segments), name=scope)
    squares = segment_sum(g.Pow(column, g.constant(2, column, "Pow/y")), segments)
    return g.DivNoNan(total, g.Sqrt(squares), name=scope)


def safe_embedding_lookup_sparse(embedding_weights: Sequence[VariableLike] | VariableLike, sparse_ids: SparseTensor,
                                 sparse_weights: SparseTensor | None = None, combiner: str = "mean",
                                 default_id: int | None = None, name: str | None = None,
                                 partition_strategy: str = "div", max_norm: float | None = None) -> Tensor:
    """`embedding_lookup_sparse` that takes examples without ids, and leaves out invalid ids and weights.

    Args:
      embedding_weights: The table, see `embedding_lookup`.
      sparse_ids: A sparse tensor of row numbers; negative ones are left out.
      sparse_weights: Their weights, or None; ids whose weight is not positive are left out.
      combiner: See `embedding_lookup_sparse`.
      default_id: The row for examples without ids; zeros if omitted.
      name: Name of the scope.
      partition_strategy, max_norm: See `embedding_lookup`.

    Returns:
      A tensor of shape `sparse_ids.shape[:-1] + row shape`.

    Raises:
      ValueError: If the combiner is another one.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     ids = tf.SparseTensor([[0, 0]], tf.constant([1], tf.int64), [2, 1])
      ...     print(sess.run(tf.nn.safe_embedding_lookup_sparse([[1.0], [5.0]], ids)))
      [[5.]
       [0.]]
    """
    parts = _parts(embedding_weights)
    g = GradientBuilder()
    with name_scope(name, "embedding_lookup", [*parts, sparse_ids.values]) as scope:
        original = sparse_ids.dense_shape
        rank = original.shape[0].value or g.size(original)
        outer = g.Slice(original, [0], [rank - 1])
        matrix_shape = g.Pack([g.Prod(outer, [0]), gather(original, rank - 1)])
        indices, shape = g.SparseReshape(sparse_ids.indices, original, matrix_shape)
        values = identity(sparse_ids.values)
        weights = None if sparse_weights is None else sparse_weights.values
        is_valid = g.GreaterEqual(values, g.constant(0, values))
        if weights is not None and combiner != "sum":
            is_valid = g.LogicalAnd(is_valid, g.Greater(weights, g.constant(0, weights)))
        kept = g.Reshape(g.Where(is_valid), [-1])
        indices, values = gather(indices, kept), gather(values, kept)
        weights = None if weights is None else gather(weights, kept)
        filled = g.SparseFillEmptyRows(indices, values, shape, g.constant(default_id or 0, values))
        ids = SparseTensor(filled[0], filled[1], shape)
        if weights is not None:
            full = g.SparseFillEmptyRows(indices, weights, shape, g.constant(1, weights))
            sparse_weights = SparseTensor(full[0], full[1], shape)
        result = embedding_lookup_sparse(embedding_weights, ids, sparse_weights, partition_strategy,
                                         None if default_id is None else scope, combiner, max_norm)
        if default_id is None:
            is_empty = g.Reshape(filled[2], [-1, 1])
            wide = g.Tile(is_empty, g.Pack([1, g.StridedSlice(g.shape(result), [1], [2], [1], shrink_axis_mask=1)]))
            result = g.Select(wide, zeros_like(result), result, name=scope)
        row_shape = g.Slice(g.shape(result), [1], [-1])
        final = g.Reshape(result, g.ConcatV2([g.cast(outer, dtypes.int32), row_shape], 0))
        final.set_shape(sparse_ids.shape[:-1].concatenate(result.shape[1:]) if sparse_ids.shape.ndims is not None
                        else TensorShape(None))
        return final
