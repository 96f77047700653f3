"""Questions about pairs of values, logic on their answers, and choosing by them."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import NUMBERS, REALS
from millpond.ops.factories import comparison
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _equality_shape(x: TensorShape, y: TensorShape, *, incompatible_shape_error: bool) -> TensorShape:
    try:
        return shape_rules.broadcast(x, y)
    except ValueError:
        if incompatible_shape_error:
            raise
        return shape_rules.UNKNOWN


def _equal_kernel(xp: ArrayModule, x: Array, y: Array, *, incompatible_shape_error: bool) -> Array:
    if not incompatible_shape_error and not _fit(x.shape, y.shape):
        return np.array(False)
    return _to_bool(xp, xp.equal(x, y))


def _not_equal_kernel(xp: ArrayModule, x: Array, y: Array, *, incompatible_shape_error: bool) -> Array:
    if not incompatible_shape_error and not _fit(x.shape, y.shape):
        return np.array(True)
    return _to_bool(xp, xp.not_equal(x, y))


def _to_bool(xp: ArrayModule, z: Array) -> Array:
    """NumPy gives Python objects when it compares strings."""
    return np.asarray(z, dtype=np.bool_) if xp is np else z


def _fit(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        return False
    return True


_ERROR_ATTR = ", incompatible_shape_error: bool = True"
EQUAL = define_op("Equal", inputs="x: T, y: T", outputs="z: bool", attrs="T: type" + _ERROR_ATTR,
                  shape=_equality_shape, kernel=_equal_kernel, gradient=NOT_DIFFERENTIABLE)
NOT_EQUAL = define_op("NotEqual", inputs="x: T, y: T", outputs="z: bool", attrs="T: type" + _ERROR_ATTR,
                      shape=_equality_shape, kernel=_not_equal_kernel, gradient=NOT_DIFFERENTIABLE)


def equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Whether `x` equals `y`, elementwise with broadcasting; NaN equals nothing.

    Args:
      x: A tensor of any dtype.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.equal([1, 2], 2)))
      [False  True]
    """
    return EQUAL(x, y, name=name)


def not_equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Whether `x` differs from `y`, elementwise with broadcasting.

    Args:
      x: A tensor of any dtype.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.not_equal([1, 2], 2)))
      [ True False]
    """
    return NOT_EQUAL(x, y, name=name)


LESS = comparison("Less", lambda xp, x, y: xp.less(x, y), REALS)
LESS_EQUAL = comparison("LessEqual", lambda xp, x, y: xp.less_equal(x, y), REALS)
GREATER = comparison("Greater", lambda xp, x, y: xp.greater(x, y), REALS)
GREATER_EQUAL = comparison("GreaterEqual", lambda xp, x, y: xp.greater_equal(x, y), REALS)


def less(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x < y`, elementwise with broadcasting.

    Args:
      x: A tensor of real numbers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.less([1, 2, 3], 2)))
      [ True False False]
    """
    return LESS(x, y, name=name)


def less_equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x <= y`, elementwise with broadcasting.

    Args:
      x: A tensor of real numbers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.less_equal([1, 2, 3], 2)))
      [ True  True False]
    """
    return LESS_EQUAL(x, y, name=name)


def greater(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x > y`, elementwise with broadcasting.

    Args:
      x: A tensor of real numbers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.greater([1, 2, 3], 2)))
      [False False  True]
    """
    return GREATER(x, y, name=name)


def greater_equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """`x >= y`, elementwise with broadcasting.

    Args:
      x: A tensor of real numbers.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.greater_equal([1, 2, 3], 2)))
      [False  True  True]
    """
    return GREATER_EQUAL(x, y, name=name)


def _approximate_equal_kernel(xp: ArrayModule, x: Array, y: Array, *, tolerance: float) -> Array:
    difference = xp.abs(xp.subtract(x, y))
    return xp.less(difference, xp.asarray(tolerance, dtype=difference.dtype))


APPROXIMATE_EQUAL = comparison("ApproximateEqual", _approximate_equal_kernel, NUMBERS,
                               attrs=", tolerance: float = 0.00001", shape=shape_rules.merged)


def approximate_equal(x: TensorLike, y: TensorLike, tolerance: float = 1e-5, name: str | None = None) -> Tensor:
    """Whether `|x - y| < tolerance`, elementwise; both have one shape.

    Args:
      x: A tensor of numbers.
      y: A tensor of the same shape and dtype.
      tolerance: The distance from which on two numbers differ.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes.
      ValueError: If they have different shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.math.approximate_equal([1.0, 2.0], [1.0, 2.1], tolerance=0.01)))
      [ True False]
    """
    return APPROXIMATE_EQUAL(x, y, tolerance=tolerance, name=name)


def _logical(type: str, kernel: Any) -> Any:
    return define_op(type, inputs="x: bool, y: bool", outputs="z: bool", shape=shape_rules.broadcast, kernel=kernel,
                     gradient=NOT_DIFFERENTIABLE)


LOGICAL_AND = _logical("LogicalAnd", lambda xp, x, y: xp.logical_and(x, y))
LOGICAL_OR = _logical("LogicalOr", lambda xp, x, y: xp.logical_or(x, y))
LOGICAL_NOT = define_op("LogicalNot", inputs="x: bool", outputs="y: bool", shape=shape_rules.same,
                        kernel=lambda xp, x: xp.logical_not(x), gradient=NOT_DIFFERENTIABLE)


def logical_and(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Whether `x` and `y` are both true, elementwise with broadcasting.

    Args:
      x: A tensor of bools.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.logical_and([True, False], True)))
      [ True False]
    """
    return LOGICAL_AND(x, y, name=name)


def logical_or(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Whether `x` or `y` is true, elementwise with broadcasting.

    Args:
      x: A tensor of bools.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.logical_or([True, False], False)))
      [ True False]
    """
    return LOGICAL_OR(x, y, name=name)


def logical_not(x: TensorLike, name: str | None = None) -> Tensor:
    """Whether `x` is false, elementwise."""
    return LOGICAL_NOT(x, name=name)


def logical_xor(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Whether exactly one of `x` and `y` is true, elementwise with broadcasting.

    Args:
      x: A tensor of bools.
      y: A tensor of the same dtype.
      name: Name of the node.

    Raises:
      TypeError: If `x` and `y` have different dtypes, or one that is not taken.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.logical_xor([True, False], True)))
      [False  True]
    """
    either = LOGICAL_OR(x, y)
    return LOGICAL_AND(either, LOGICAL_NOT(LOGICAL_AND(x, y)), name=name or "LogicalXor")


def _select_shape(condition: TensorShape, t: TensorShape, e: TensorShape) -> TensorShape:
    result = t.merge_with(e)
    if condition.sizes is None or result.sizes is None or condition.sizes == ():
        return result
    if len(condition.sizes) == 1 and len(result.sizes) != 1:
        if not result.sizes:
            raise ValueError("The condition is a vector, but what it chooses from is a scalar")
        rows = shape_rules.sizes_of(condition.merge_with(TensorShape.of(result.sizes[:1])))
        return TensorShape.of(rows + result.sizes[1:])
    return result.merge_with(condition)


def _select_kernel(xp: ArrayModule, condition: Array, t: Array, e: Array) -> Array:
    if condition.ndim == 1 and t.ndim > 1:
        condition = xp.reshape(condition, condition.shape + (1,) * (t.ndim - 1))
    return xp.where(condition, t, e)


def _select_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    condition, t, _ = op.inputs
    zeros = g.ZerosLike(t, name="zeros_like")
    return [None, g.Select(condition, dy, zeros), g.Select(condition, zeros, dy)]


SELECT = define_op("Select", inputs="condition: bool, t: T, e: T", outputs="output: T", attrs="T: type",
                   shape=_select_shape, kernel=_select_kernel, gradient=_select_gradient)


def _select_v2_shape(condition: TensorShape, t: TensorShape, e: TensorShape) -> TensorShape:
    return shape_rules.broadcast(condition, shape_rules.broadcast(t, e))


def _select_v2_kernel(xp: ArrayModule, condition: Array, t: Array, e: Array) -> Array:
    return xp.where(condition, t, e)


def _select_v2_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    condition, t, e = op.inputs
    zeros = g.constant(0, dy, name="zeros_like")
    output = op.outputs[0]

    def back(x: Tensor, dx: Tensor) -> Tensor | None:
        return g.unbroadcast(x, output, lambda: dx, None)[0]

    return [None, back(t, g.SelectV2(condition, dy, zeros)), back(e, g.SelectV2(condition, zeros, dy))]


SELECT_V2 = define_op("SelectV2", inputs="condition: bool, t: T, e: T", outputs="output: T", attrs="T: type",
                      shape=_select_v2_shape, kernel=_select_v2_kernel, gradient=_select_v2_gradient)


def _where_shape(input: TensorShape) -> TensorShape:
    return TensorShape.of((None, None if input.sizes is None else len(input.sizes)))


def _where_kernel(context: HostContext, input: Array) -> Array:
    nonzero = np.not_equal(input, np.zeros((), input.dtype))
    return np.stack(np.nonzero(nonzero), axis=1).astype(np.int64) if input.ndim else np.zeros(
        (int(nonzero), 0), np.int64)


# How many rows there are depends on the values: this runs outside XLA.
WHERE = define_op("Where", inputs="input: T", outputs="index: int64",
                  attrs="T: {float, double, int32, uint8, int16, int8, complex64, int64, bfloat16, uint16, complex128, "
                        "half, uint32, uint64, bool} = bool",
                  shape=_where_shape, kernel=_where_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def where(condition: TensorLike, x: TensorLike | None = None, y: TensorLike | None = None,
          name: str | None = None) -> Tensor:
    """Chooses from `x` where `condition` is true and from `y` elsewhere; without them, tells where it is true.

    Args:
      condition: A bool tensor: of the shape of `x`, a vector that chooses whole rows, or a scalar.
      x, y: Tensors of one shape and dtype, or both None.
      name: Name of the node.

    Returns:
      A tensor like `x`; without `x` and `y` the coordinates of the true elements, int64 of shape
      `[count, rank]`, in row-major order.

    Raises:
      ValueError: If only one of `x` and `y` is given, or shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.where([True, False], [1, 2], [3, 4])))
      [1 4]
    """
    if x is None and y is None:
        with name_scope(name, "Where", [condition]) as scope:
            condition = convert_to_tensor(condition, dtype_hint="bool", name="condition")
            return WHERE(condition, name=scope)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return SELECT(condition, x, y, name=name)


def where_v2(condition: TensorLike, x: TensorLike | None = None, y: TensorLike | None = None,
             name: str | None = None) -> Tensor:
    """Like `where`, with `condition`, `x` and `y` broadcast together as in NumPy.

    Args:
      condition: A bool tensor.
      x, y: Tensors of one dtype, or both None: then the coordinates of the true elements are given, as by `where`.
      name: Name of the node.

    Raises:
      ValueError: If only one of `x` and `y` is given, or shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.where_v2([True, False], [1, 2], -1)))
      [ 1 -1]
    """
    if x is None and y is None:
        return where(condition, name=name)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return SELECT_V2(condition, x, y, name=name or "SelectV2")
