"""Reductions of chosen rows of a tensor by segment, as embedding lookups of sparse ids need them."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import undefined_gradient
from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import OpDefinition, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, Cotangents, HostContext
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import INDEX, REAL_FLOATS, REALS
from millpond.ops.math.segment import check_sorted, combined
from millpond.shapes import TensorShape


def _shape(data: TensorShape, indices: TensorShape, segment_ids: TensorShape) -> TensorShape:
    shape_rules.with_rank(indices, 1).merge_with(shape_rules.with_rank(segment_ids, 1))
    data = shape_rules.with_rank_at_least(data, 1)
    return shape_rules.UNKNOWN if data.sizes is None else TensorShape.of((None,) + data.sizes[1:])


def _rows(data: np.ndarray, indices: np.ndarray) -> np.ndarray:
    wrong = np.logical_or(indices < 0, indices >= len(data))
    if np.any(wrong):
        raise ValueError(f"indices[{int(np.argmax(wrong))}] = {int(indices[np.argmax(wrong)])} is not in "
                         f"[0, {len(data)})")
    return data[indices]


def _kernel(kind: str) -> Any:
    def kernel(context: HostContext, data: Array, indices: Array, segment_ids: Array) -> Array:
        check_sorted(segment_ids, len(indices))
        count = int(segment_ids[-1]) + 1 if len(segment_ids) else 0
        return combined(kind, _rows(data, indices), segment_ids, count, None)

    return kernel


def _counted_shape(data: TensorShape, indices: TensorShape, segment_ids: TensorShape,
                   num_segments: StaticInput) -> TensorShape:
    shape = _shape(data, indices, segment_ids)
    if shape.sizes is None or num_segments.value is None:
        return shape
    return TensorShape.of((int(num_segments.value),) + shape.sizes[1:])


def _counted_kernel(kind: str) -> Any:
    def kernel(context: HostContext, data: Array, indices: Array, segment_ids: Array, num_segments: Array) -> Array:
        check_sorted(segment_ids, len(indices))
        count = int(num_segments)
        if len(segment_ids) and segment_ids[-1] >= count:
            raise ValueError(f"segment id {int(segment_ids[-1])} is not below num_segments = {count}")
        return combined(kind, _rows(data, indices), segment_ids, count, None)

    return kernel


def _gradient(grad_type: str) -> Any:
    """The cotangents of the segments, sent back to the rows that were chosen."""

    def gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
        data, indices, segment_ids = op.inputs[:3]
        rows = g.StridedSlice(g.shape(data), [0], [1], [1], shrink_axis_mask=1)
        if grad_type == "SparseSegmentSumGrad":
            dx = g.UnsortedSegmentSum(g.GatherV2(dy, segment_ids, 0), indices, rows)
        else:
            dx = getattr(g, grad_type)(dy, indices, segment_ids, rows)
        return [dx] + [None] * (len(op.inputs) - 1)

    return gradient


def _grad_shape(grad: TensorShape, indices: TensorShape, segment_ids: TensorShape,
                output_dim0: TensorShape) -> TensorShape:
    grad = shape_rules.with_rank_at_least(grad, 1)
    return shape_rules.UNKNOWN if grad.sizes is None else TensorShape.of((None,) + grad.sizes[1:])


def _grad_kernel(kind: str) -> Any:
    def kernel(context: HostContext, grad: Array, indices: Array, segment_ids: Array, output_dim0: Array) -> Array:
        sizes = np.maximum(np.bincount(segment_ids, minlength=len(grad)), 1)
        divisor = sizes if kind == "mean" else np.sqrt(sizes)
        scaled = grad.astype(np.float64) / divisor.reshape((-1,) + (1,) * (grad.ndim - 1))
        result = np.zeros((int(output_dim0),) + grad.shape[1:])
        np.add.at(result, indices, scaled[segment_ids])
        return result.astype(grad.dtype)

    return kernel


_TYPES = f"Tidx: {INDEX} = int32, Tsegmentids: {INDEX} = int32"


def _grad_op(type: str, kind: str) -> OpDefinition:
    return define_op(type, inputs="grad: T, indices: Tidx, segment_ids: Tsegmentids, output_dim0: int32",
                     outputs="output: T", attrs=f"T: {REAL_FLOATS}, {_TYPES}", shape=_grad_shape,
                     kernel=_grad_kernel(kind), gradient=undefined_gradient, host=True)


SPARSE_SEGMENT_MEAN_GRAD = _grad_op("SparseSegmentMeanGrad", "mean")
SPARSE_SEGMENT_SQRT_N_GRAD = _grad_op("SparseSegmentSqrtNGrad", "sqrtn")


def _op(type: str, kind: str, dtypes: str) -> tuple[OpDefinition, OpDefinition]:
    """The op, and the one that is told the number of segments."""
    sparse = ", sparse_gradient: bool = False"
    plain = define_op(type, inputs="data: T, indices: Tidx, segment_ids: Tsegmentids", outputs="output: T",
                      attrs=f"T: {dtypes}, {_TYPES}{sparse}", shape=_shape, kernel=_kernel(kind),
                      gradient=_gradient(f"{type}Grad"), host=True)
    counted = define_op(f"{type}WithNumSegments",
                        inputs="data: T, indices: Tidx, segment_ids: Tsegmentids, num_segments: Tnumsegments",
                        outputs="output: T",
                        attrs=f"T: {dtypes}, {_TYPES}, Tnumsegments: {INDEX} = int32{sparse}",
                        static_inputs=("num_segments",), shape=_counted_shape,
                        kernel=_counted_kernel(kind), gradient=_gradient(f"{type}Grad"),
                        host=True)
    return plain, counted


SPARSE_SEGMENT_SUM, SPARSE_SEGMENT_SUM_COUNTED = _op("SparseSegmentSum", "sum", REALS)
SPARSE_SEGMENT_MEAN, SPARSE_SEGMENT_MEAN_COUNTED = _op("SparseSegmentMean", "mean", REAL_FLOATS)
SPARSE_SEGMENT_SQRT_N, SPARSE_SEGMENT_SQRT_N_COUNTED = _op("SparseSegmentSqrtN", "sqrtn", REAL_FLOATS)


def sparse_segment_sum(data: TensorLike, indices: TensorLike, segment_ids: TensorLike, name: str | None = None,
                       num_segments: TensorLike | None = None) -> Tensor:
    """The sum of the rows `data[indices]` of each segment.

    Args:
      data: A tensor of real numbers, `[rows, ...]`.
      indices: Which rows to take, int32 or int64 `[count]`.
      segment_ids: The segment of each row taken, `[count]`, sorted.
      name: Name of the node.
      num_segments: How many rows the result has; by default the last id + 1.

    Returns:
      A tensor `[segments, ...]`; 0 for an id that does not occur.

    Raises:
      tf.errors.InvalidArgumentError: At run time, if ids are not sorted or indices are out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sparse_segment_sum([1, 2, 3], [0, 2, 1], [0, 0, 1])))
      [4 2]
    """
    if num_segments is None:
        return SPARSE_SEGMENT_SUM(data, indices, segment_ids, name=name)
    return SPARSE_SEGMENT_SUM_COUNTED(data, indices, segment_ids, num_segments, name=name)


def sparse_segment_mean(data: TensorLike, indices: TensorLike, segment_ids: TensorLike, name: str | None = None,
                        num_segments: TensorLike | None = None) -> Tensor:
    """The mean of the rows `data[indices]` of each segment.

    Args:
      data: A tensor of floats, `[rows, ...]`.
      indices: Which rows to take, int32 or int64 `[count]`.
      segment_ids: The segment of each row taken, `[count]`, sorted.
      name: Name of the node.
      num_segments: How many rows the result has; by default the last id + 1.

    Raises:
      tf.errors.InvalidArgumentError: At run time, if ids are not sorted or indices are out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sparse_segment_mean([1.0, 2.0, 3.0], [0, 2, 1], [0, 0, 1])))
      [2. 2.]
    """
    if num_segments is None:
        return SPARSE_SEGMENT_MEAN(data, indices, segment_ids, name=name)
    return SPARSE_SEGMENT_MEAN_COUNTED(data, indices, segment_ids, num_segments, name=name)


def sparse_segment_sqrt_n(data: TensorLike, indices: TensorLike, segment_ids: TensorLike, name: str | None = None,
                          num_segments: TensorLike | None = None) -> Tensor:
    """The sum of the rows `data[indices]` of each segment, divided by the square root of their number.

    Args:
      data: A tensor of floats, `[rows, ...]`.
      indices: Which rows to take, int32 or int64 `[count]`.
      segment_ids: The segment of each row taken, `[count]`, sorted.
      name: Name of the node.
      num_segments: How many rows the result has; by default the last id + 1.

    Raises:
      tf.errors.InvalidArgumentError: At run time, if ids are not sorted or indices are out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sparse_segment_sqrt_n([1.0, 2.0, 3.0], [0, 2, 1], [0, 0, 1])).round(4))
      [2.8284 2.    ]
    """
    if num_segments is None:
        return SPARSE_SEGMENT_SQRT_N(data, indices, segment_ids, name=name)
    return SPARSE_SEGMENT_SQRT_N_COUNTED(data, indices, segment_ids, num_segments, name=name)
