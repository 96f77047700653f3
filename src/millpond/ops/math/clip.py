"""Keeping values and gradients within bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import AxisLike, TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.constant import constant
from millpond.ops.dtype_sets import NUMBERS
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _clip_by_value_shape(t: TensorShape, clip_value_min: TensorShape, clip_value_max: TensorShape) -> TensorShape:
    return shape_rules.broadcast(shape_rules.broadcast(t, clip_value_min), clip_value_max)


def _clip_by_value_kernel(xp: ArrayModule, t: Array, clip_value_min: Array, clip_value_max: Array) -> Array:
    return xp.maximum(xp.minimum(t, clip_value_max), clip_value_min)


def _clip_by_value_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, low, high = op.inputs
    zeros = g.constant(0, dy, name="zeros_like")
    below, above = g.Less(x, low), g.Greater(x, high)
    outside = g.LogicalOr(below, above)
    y = op.outputs[0]

    def part(source: Tensor, condition: Tensor, first: Tensor, second: Tensor) -> Tensor | None:
        return g.unbroadcast(source, y, lambda: g.SelectV2(condition, first, second), None)[0]

    return [part(x, outside, zeros, dy), part(low, below, dy, zeros), part(high, above, dy, zeros)]


CLIP_BY_VALUE = define_op("ClipByValue", inputs="t: T, clip_value_min: T, clip_value_max: T", outputs="output: T",
                          attrs=f"T: {NUMBERS}", shape=_clip_by_value_shape, kernel=_clip_by_value_kernel,
                          gradient=_clip_by_value_gradient)


def clip_by_value(t: TensorLike, clip_value_min: TensorLike, clip_value_max: TensorLike,
                  name: str | None = None) -> Any:
    """`min(max(t, clip_value_min), clip_value_max)` elementwise.

    Args:
      t: A tensor of real numbers, or an `IndexedSlices`.
      clip_value_min, clip_value_max: The bounds, scalars or tensors that broadcast to the shape of `t`.
      name: Name of the nodes.

    Raises:
      ValueError: If the bounds would make the result larger than `t`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.clip_by_value([-2.0, 0.5, 3.0], -1.0, 1.0)))
      [-1.   0.5  1. ]
    """
    with name_scope(name, "clip_by_value", [t, clip_value_min, clip_value_max]) as scope:
        values = t.values if isinstance(t, IndexedSlices) else convert_to_tensor(t, name="t")
        shape = values.shape
        low = lookup("Minimum")(values, clip_value_max)
        shape.assert_is_compatible_with(low.shape)
        clipped = lookup("Maximum")(low, clip_value_min, name=scope)
        shape.assert_is_compatible_with(clipped.shape)
        return _like(t, clipped)


def _like(t: Any, values: Tensor) -> Any:
    return IndexedSlices(values, t.indices, t.dense_shape) if isinstance(t, IndexedSlices) else values


def clip_by_norm(t: TensorLike, clip_norm: TensorLike, axes: AxisLike | None = None, name: str | None = None) -> Any:
    """`t` scaled down so that its Euclidean norm is at most `clip_norm`.

    Args:
      t: A tensor of floats, or an `IndexedSlices`.
      clip_norm: The largest norm allowed, a positive scalar.
      axes: The axes along which the norm is taken; all by default.
      name: Name of the nodes.

    Returns:
      `t * clip_norm / max(norm, clip_norm)`.

    Raises:
      ValueError: If an axis is out of range, or `clip_norm` is not a scalar and makes the shape larger.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.clip_by_norm([3.0, 4.0], 1.0)))
      [0.6 0.8]
    """
    with name_scope(name, "clip_by_norm", [t, clip_norm]) as scope:
        values = t.values if isinstance(t, IndexedSlices) else convert_to_tensor(t, name="t")
        total = reduce_sum(lookup("Mul")(values, values, name="mul"), axes, keepdims=True)
        positive = lookup("Greater")(total, np.zeros((), values.dtype.np_dtype))
        # The square root has no slope at 0: it is taken of 1 there, and the result is not used.
        safe = lookup("Select")(positive, total, lookup("OnesLike")(total, name="ones_like"))
        norm = lookup("Select")(positive, lookup("Sqrt")(safe), total)
        scaled = lookup("Mul")(values, clip_norm, name="mul_1")
        values.shape.assert_is_compatible_with(scaled.shape)
        clipped = lookup("RealDiv")(scaled, lookup("Maximum")(norm, clip_norm), name="truediv")
        return _like(t, lookup("Identity")(clipped, name=scope))


def global_norm(t_list: Sequence[Any], name: str | None = None) -> Tensor:
    """The Euclidean norm of all tensors of a list together; 0 (as float32) for a list of nothing, or nothing but None.

    Args:
      t_list: Tensors, `IndexedSlices` or None (which is left out).
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If `t_list` is no list.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.global_norm([tf.constant([3.0]), None, tf.constant([[4.0]])])))
      5.0
    """
    tensors = _values(t_list)
    with name_scope(name, "global_norm", [t for t in tensors if t is not None]):
        halves = [lookup("L2Loss")(t) for t in tensors if t is not None]
        stacked = lookup("Pack")(halves, name="stack") if halves else constant([], dtypes.float32, name="stack")
        total = reduce_sum(stacked)
        two = constant(2.0, dtype=total.dtype)
        return lookup("Sqrt")(lookup("Mul")(total, two, name="mul"), name="global_norm")


def _values(t_list: Any) -> list[Tensor | None]:
    if isinstance(t_list, (str, Tensor)) or not isinstance(t_list, Sequence):
        raise TypeError(f"t_list should be a sequence of tensors, got {type(t_list).__name__}")
    return [None if t is None else t.values if isinstance(t, IndexedSlices) else convert_to_tensor(t, name=f"t_{i}")
            for i, t in enumerate(t_list)]


def clip_by_global_norm(t_list: Sequence[Any], clip_norm: TensorLike, use_norm: TensorLike | None = None,
                        name: str | None = None) -> tuple[list[Any], Tensor]:
    """Tensors scaled down together so that their global norm is at most `clip_norm`.

    Args:
      t_list: Tensors, `IndexedSlices` or None (which stays None).
      clip_norm: The largest global norm allowed, a positive scalar.
      use_norm: The global norm if it is known already.
      name: Name of the scope of the nodes.

    Returns:
      The list of clipped tensors, and the global norm before. Infinite or NaN elements make all results NaN.

    Raises:
      TypeError: If `t_list` is no list.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.clip_by_global_norm([[3.0], [4.0]], 1.0)))
      ([array([0.6], dtype=float32), array([0.8], dtype=float32)], np.float32(5.0))
    """
    values = _values(t_list)
    if use_norm is None:
        use_norm = global_norm(t_list, name)
    with name_scope(name, "clip_by_global_norm", [t for t in values if t is not None]):
        norm = convert_to_tensor(use_norm)
        inverse = 1.0 / norm
        scale = clip_norm * lookup("Minimum")(inverse, constant(1.0, dtype=norm.dtype) / clip_norm)
        # A norm that is no number must show: NaN - NaN and inf - inf are NaN.
        scale = lookup("AddV2")(scale, lookup("Sub")(norm, norm, name="sub"), name="add")
        return [_scaled(t, value, scale, i) for i, (t, value) in enumerate(zip(t_list, values, strict=True))], norm


def _scaled(t: Any, value: Tensor | None, scale: Tensor, index: int) -> Any:
    if value is None:
        return None
    product = lookup("Mul")(value, lookup("Cast")(scale, DstT=value.dtype.base_dtype)
                            if scale.dtype.base_dtype is not value.dtype.base_dtype else scale, name="mul")
    return _like(t, lookup("Identity")(product, name=f"clip_by_global_norm/_{index}"))


def clip_by_average_norm(t: TensorLike, clip_norm: TensorLike, name: str | None = None) -> Tensor:
    """`t` scaled down so that its Euclidean norm over its number of elements is at most `clip_norm`.

    Args:
      t: A tensor of floats.
      clip_norm: The largest average norm allowed, a positive scalar.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If `clip_norm` is not of the dtype of `t`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.clip_by_average_norm([3.0, 4.0], 1.0)))
      [1.2 1.6]
    """
    with name_scope(name, "clip_by_average_norm", [t, clip_norm]) as scope:
        t = convert_to_tensor(t, name="t")
        count = lookup("Cast")(lookup("Size")(t), DstT=t.dtype.base_dtype)
        inverse = lookup("Rsqrt")(reduce_sum(lookup("Mul")(t, t, name="mul")))
        one = np.ones((), t.dtype.np_dtype)
        limit = lookup("Minimum")(lookup("Mul")(inverse, count, name="mul_2"),
                                  lookup("RealDiv")(constant(one), clip_norm, name="truediv"))
        return lookup("Identity")(lookup("Mul")(lookup("Mul")(t, clip_norm, name="mul_1"), limit, name="mul_3"),
                                  name=scope)
