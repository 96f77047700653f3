"""Checks of values at run time: `Assert`, the `assert_*` functions, and those of NaN and infinity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, Guard, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.identity import no_op
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _assert_shape(condition: TensorShape, data: Sequence[TensorShape]) -> tuple[TensorShape, ...]:
    return ()


def _assert_kernel(xp: ArrayModule, condition: Array, data: Sequence[Array]) -> list[Array]:
    return []


def _assert_ok(xp: ArrayModule, condition: Array, data: Sequence[Array]) -> Array:
    return xp.all(condition)


def _assert_message(condition: Array, data: Sequence[Array], *, summarize: int) -> str:
    shown = " ".join(f"[{summary(value, summarize)}]" for value in data if isinstance(value, np.ndarray))
    return f"assertion failed: {shown}"


ASSERT = define_op("Assert", inputs="condition: bool, data: T", attrs="T: list(type) >= 1, summarize: int = 3",
                   shape=_assert_shape, kernel=_assert_kernel, gradient=NOT_DIFFERENTIABLE, stateful=True,
                   guard=Guard(_assert_ok, _assert_message, ("condition",), InvalidArgumentError))


def summary(value: np.ndarray, count: int | None) -> str:
    """The first `count` elements of an array, as TensorFlow prints them (all for -1)."""
    items = value.ravel().tolist()
    limit = len(items) if count is None or count < 0 else count
    shown = " ".join(item.decode("utf-8", "replace") if isinstance(item, bytes) else _number(item, value.dtype)
                     for item in items[:limit])
    return shown + ("..." if len(items) > limit else "")


def _number(item: Any, dtype: np.dtype) -> str:
    if isinstance(item, bool):
        return "1" if item else "0"
    return f"{item:g}" if isinstance(item, float) else str(item)


def Assert(condition: TensorLike, data: Sequence[TensorLike] | TensorLike, summarize: int | None = None,
           name: str | None = None) -> Operation:
    """An operation that fails unless `condition` is true.

    Put what must come after it under `tf.control_dependencies([assert_op])`.

    Args:
      condition: A boolean tensor; all of its elements must be true.
      data: Tensors to show when it fails.
      summarize: How many elements of each to show (3 by default).
      name: Name of the scope of the nodes.

    Raises:
      tf.errors.InvalidArgumentError: While building, if the condition is known to be false.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32)
      ...     with tf.control_dependencies([tf.Assert(x > 0.0, [x])]):
      ...         y = tf.identity(x)
      ...     try:
      ...         sess.run(y, {x: -1.0})
      ...     except tf.errors.InvalidArgumentError as error:
      ...         print(error.message)
      assertion failed: [-1]
    """
    with name_scope(name, "Assert", [condition, data]):
        values = list(data) if isinstance(data, (list, tuple)) else [data]
        return ASSERT(condition, [convert_to_tensor(value) for value in values],
                      summarize=3 if summarize is None else summarize, name="Assert")


def _check(kind: str, holds: str, x: Any, y: Any, data: Any, summarize: int | None, message: str | None,
           name: str | None) -> Operation:
    """Asserts `x kind y` elementwise; a constant that breaks it raises while building."""
    with name_scope(name, f"assert_{holds}", [x, y]):
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=None if isinstance(y, Tensor) else x.dtype.base_dtype)
        condition = lookup(kind)(x, y)
        static = constant_value(condition)
        if static is not None:
            if not np.all(static):
                raise InvalidArgumentError(None, None, f"{message or ''} Condition x {_SYMBOLS[kind]} y did not hold: "
                                           f"x = {constant_value(x)}, y = {constant_value(y)}".strip())
            return no_op("static_checks_determined_all_ok")
        if data is None:
            data = [message or "", f"Condition x {_SYMBOLS[kind]} y did not hold element-wise:", f"x ({x.name}) = ",
                    x, f"y ({y.name}) = ", y]
        everywhere = lookup("All")(condition, np.arange(condition.shape.ndims or 0, dtype=np.int32)) \
            if condition.shape.ndims is not None else condition
        return Assert(everywhere, data, summarize=summarize, name="assert")


_SYMBOLS = {"Equal": "==", "NotEqual": "!=", "Less": "<", "LessEqual": "<=", "Greater": ">", "GreaterEqual": ">="}


def assert_equal(x: TensorLike, y: TensorLike, data: TensorLike | None = None, summarize: int | None = None,
                 message: str | None = None, name: str | None = None) -> Operation:
    """Asserts `x == y` for all elements.

    Args:
      x: A tensor of numbers.
      y: A tensor of the same dtype, or what makes one.
      data: Tensors and strings to show when it fails; by default the operands.
      summarize: How many elements of each to show (3 by default, all for -1).
      message: Words to put before the error.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: While building, if constants break it; otherwise at run time.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32, [2])
      ...     with tf.control_dependencies([tf.assert_equal(tf.reduce_sum(x), 1.0)]):
      ...         y = tf.identity(x)
      ...     print(sess.run(y, {x: [0.25, 0.75]}))
      [0.25 0.75]
    """
    return _check("Equal", "equal", x, y, data, summarize, message, name)


def assert_none_equal(x: TensorLike, y: TensorLike, data: TensorLike | None = None, summarize: int | None = None,
                      message: str | None = None, name: str | None = None) -> Operation:
    """Asserts `x != y` for all elements.

    Args:
      x: A tensor of numbers.
      y: A tensor of the same dtype, or what makes one.
      data: Tensors and strings to show when it fails; by default the operands.
      summarize: How many elements of each to show (3 by default, all for -1).
      message: Words to put before the error.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: While building, if constants break it; otherwise at run time.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32)
      ...     with tf.control_dependencies([tf.assert_none_equal(x, 0.0)]):
      ...         y = 1.0 / x
      ...     print(sess.run(y, {x: 4.0}))
      0.25
    """
    return _check("NotEqual", "none_equal", x, y, data, summarize, message, name)


def assert_less(x: TensorLike, y: TensorLike, data: TensorLike | None = None, summarize: int | None = None,
                message: str | None = None, name: str | None = None) -> Operation:
    """Asserts `x < y` for all elements.

    Args:
      x: A tensor of numbers.
      y: A tensor of the same dtype, or what makes one.
      data: Tensors and strings to show when it fails; by default the operands.
      summarize: How many elements of each to show (3 by default, all for -1).
      message: Words to put before the error.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: While building, if constants break it; otherwise at run time.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32)
      ...     with tf.control_dependencies([tf.assert_less(x, 1.0)]):
      ...         y = 1.0 / (1.0 - x)
      ...     print(sess.run(y, {x: 0.5}))
      2.0
    """
    return _check("Less", "less", x, y, data, summarize, message, name)


def assert_less_equal(x: TensorLike, y: TensorLike, data: TensorLike | None = None, summarize: int | None = None,
                      message: str | None = None, name: str | None = None) -> Operation:
    """Asserts `x <= y` for all elements.

    Args:
      x: A tensor of numbers.
      y: A tensor of the same dtype, or what makes one.
      data: Tensors and strings to show when it fails; by default the operands.
      summarize: How many elements of each to show (3 by default, all for -1).
      message: Words to put before the error.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: While building, if constants break it; otherwise at run time.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.int32, [None])
      ...     with tf.control_dependencies([tf.assert_less_equal(x, 9)]):
      ...         y = tf.one_hot(x, 10)
      ...     print(sess.run(tf.argmax(y, 1), {x: [4, 9]}))
      [4 9]
    """
    return _check("LessEqual", "less_equal", x, y, data, summarize, message, name)


def assert_greater(x: TensorLike, y: TensorLike, data: TensorLike | None = None, summarize: int | None = None,
                   message: str | None = None, name: str | None = None) -> Operation:
    """Asserts `x > y` for all elements.

    Args:
      x: A tensor of numbers.
      y: A tensor of the same dtype, or what makes one.
      data: Tensors and strings to show when it fails; by default the operands.
      summarize: How many elements of each to show (3 by default, all for -1).
      message: Words to put before the error.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: While building, if constants break it; otherwise at run time.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32)
      ...     with tf.control_dependencies([tf.assert_greater(x, 0.0)]):
      ...         y = tf.log(x)
      ...     print(sess.run(y, {x: 1.0}))
      0.0
    """
    return _check("Greater", "greater", x, y, data, summarize, message, name)


def assert_greater_equal(x: TensorLike, y: TensorLike, data: TensorLike | None = None, summarize: int | None = None,
                         message: str | None = None, name: str | None = None) -> Operation:
    """Asserts `x >= y` for all elements.

    Args:
      x: A tensor of numbers.
      y: A tensor of the same dtype, or what makes one.
      data: Tensors and strings to show when it fails; by default the operands.
      summarize: How many elements of each to show (3 by default, all for -1).
      message: Words to put before the error.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: While building, if constants break it; otherwise at run time.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32)
      ...     with tf.control_dependencies([tf.assert_greater_equal(x, 0.0)]):
      ...         y = tf.sqrt(x)
      ...     print(sess.run(y, {x: 4.0}))
      2.0
    """
    return _check("GreaterEqual", "greater_equal", x, y, data, summarize, message, name)


def assert_positive(x: TensorLike, data: TensorLike | None = None, summarize: int | None = None,
                    message: str | None = None, name: str | None = None) -> Operation:
    """Asserts `x > 0` for all elements.

    Args:
      x: A tensor of numbers.
      data: Tensors and strings to show when it fails; by default the operands.
      summarize: How many elements of each to show (3 by default, all for -1).
      message: Words to put before the error.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: While building, if constants break it; otherwise at run time.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32)
      ...     with tf.control_dependencies([tf.assert_positive(x)]):
      ...         y = tf.log(x)
      ...     print(sess.run(y, {x: 1.0}))
      0.0
    """
    return _check("Greater", "positive", x, 0, data, summarize, message, name)


def assert_negative(x: TensorLike, data: TensorLike | None = None, summarize: int | None = None,
                    message: str | None = None, name: str | None = None) -> Operation:
    """Asserts `x < 0` for all elements.

    Args:
      x: A tensor of numbers.
      data: Tensors and strings to show when it fails; by default the operands.
      summarize: How many elements of each to show (3 by default, all for -1).
      message: Words to put before the error.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: While building, if constants break it; otherwise at run time.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32)
      ...     with tf.control_dependencies([tf.assert_negative(x)]):
      ...         y = -x
      ...     print(sess.run(y, {x: -2.0}))
      2.0
    """
    return _check("Less", "negative", x, 0, data, summarize, message, name)


def assert_non_negative(x: TensorLike, data: TensorLike | None = None, summarize: int | None = None,
                        message: str | None = None, name: str | None = None) -> Operation:
    """Asserts `x >= 0` for all elements.

    Args:
      x: A tensor of numbers.
      data: Tensors and strings to show when it fails; by default the operands.
      summarize: How many elements of each to show (3 by default, all for -1).
      message: Words to put before the error.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: While building, if constants break it; otherwise at run time.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32)
      ...     with tf.control_dependencies([tf.assert_non_negative(x)]):
      ...         y = tf.sqrt(x)
      ...     print(sess.run(y, {x: 4.0}))
      2.0
    """
    return _check("GreaterEqual", "non_negative", x, 0, data, summarize, message, name)


def assert_non_positive(x: TensorLike, data: TensorLike | None = None, summarize: int | None = None,
                        message: str | None = None, name: str | None = None) -> Operation:
    """Asserts `x <= 0` for all elements.

    Args:
      x: A tensor of numbers.
      data: Tensors and strings to show when it fails; by default the operands.
      summarize: How many elements of each to show (3 by default, all for -1).
      message: Words to put before the error.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: While building, if constants break it; otherwise at run time.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32)
      ...     with tf.control_dependencies([tf.assert_non_positive(x)]):
      ...         y = tf.sqrt(-x)
      ...     print(sess.run(y, {x: -4.0}))
      2.0
    """
    return _check("LessEqual", "non_positive", x, 0, data, summarize, message, name)


def _rank_check(x: Any, rank: Any, good: Any, words: str, message: str | None, name: str | None) -> Operation:
    with name_scope(name, "assert_rank", [x]):
        x = convert_to_tensor(x, name="x")
        wanted = constant_value(convert_to_tensor(rank))
        if wanted is None:
            raise NotImplementedError("tf.assert_rank with a rank that is not a constant")
        if x.shape.ndims is not None:
            if not good(x.shape.ndims, int(wanted)):
                raise ValueError(f"{message or ''} Tensor {x.name} must have rank {words} {int(wanted)}. Received rank "
                                 f"{x.shape.ndims}, shape {x.shape}".strip())
            return no_op("static_checks_determined_all_ok")
        kind = "Equal" if words == "" else "GreaterEqual"
        condition = lookup(kind)(lookup("Rank")(x), int(wanted))
        return Assert(condition, [f"{message or ''} Tensor {x.name} must have rank {words} {int(wanted)}".strip()])


def assert_rank(x: TensorLike, rank: TensorLike, data: TensorLike | None = None, summarize: int | None = None,
                message: str | None = None, name: str | None = None) -> Operation:
    """Asserts that `x` has `rank` dimensions.

    Args:
      x: A tensor.
      rank: The number of dimensions, a constant.
      data: Accepted for compatibility: the error shows the tensor.
      summarize: Accepted for compatibility.
      message: Words to put before the error.
      name: Name of the node.

    Raises:
      ValueError: While building, if the rank of `x` is known to be another.
      tf.errors.InvalidArgumentError: At run time otherwise.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     check = tf.assert_rank(tf.zeros([2, 3]), 2)
      >>> check.type
      'NoOp'
    """
    return _rank_check(x, rank, lambda have, want: have == want, "", message, name)


def assert_rank_at_least(x: TensorLike, rank: TensorLike, data: TensorLike | None = None, summarize: int | None = None,
                         message: str | None = None, name: str | None = None) -> Operation:
    """Asserts that `x` has at least `rank` dimensions.

    Args:
      x: A tensor.
      rank: The number of dimensions, a constant.
      data: Accepted for compatibility: the error shows the tensor.
      summarize: Accepted for compatibility.
      message: Words to put before the error.
      name: Name of the node.

    Raises:
      ValueError: While building, if the rank of `x` is known to be another.
      tf.errors.InvalidArgumentError: At run time otherwise.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     check = tf.assert_rank_at_least(tf.zeros([2, 3]), 1)
      >>> check.type
      'NoOp'
    """
    return _rank_check(x, rank, lambda have, want: have >= want, "at least", message, name)


def assert_type(tensor: TensorLike, tf_type: DTypeLike, message: str | None = None,
                name: str | None = None) -> Operation:
    """Asserts the dtype of a tensor, while building.

    Args:
      tensor: A tensor.
      tf_type: The dtype that it must have.
      message: Words to put before the error.
      name: Name of the node.

    Raises:
      TypeError: If it is another.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     check = tf.assert_type(tf.zeros([2]), tf.float32)
      >>> check.type
      'NoOp'
    """
    tensor = convert_to_tensor(tensor)
    if tensor.dtype.base_dtype != tf_type:
        raise TypeError(f"{message or ''} {tensor.name} must be of type {tf_type!r}, got {tensor.dtype!r}".strip())
    return no_op(name or "statically_determined_correct_type")


def _check_numerics_kernel(xp: ArrayModule, tensor: Array) -> Array:
    return tensor


def _check_numerics_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.CheckNumerics(dy, message="Not a number (NaN) or infinity (Inf) values detected in gradient. "
                           + op.attributes["message"])


def _check_numerics_ok(xp: ArrayModule, tensor: Array) -> Array:
    return xp.all(xp.isfinite(tensor))


def _check_numerics_message(tensor: Array, *, message: str) -> str:
    found = [word for word, there in (("Inf", np.isinf(tensor).any()), ("NaN", np.isnan(tensor).any())) if there]
    return f"{message} : Tensor had {' and '.join(found)} values"


CHECK_NUMERICS = define_op("CheckNumerics", inputs="tensor: T", outputs="output: T",
                           attrs="T: {half, bfloat16, float, double}, message: string", shape=shape_rules.same,
                           kernel=_check_numerics_kernel, gradient=_check_numerics_gradient, stateful=True,
                           guard=Guard(_check_numerics_ok, _check_numerics_message, ("tensor",), InvalidArgumentError))


def check_numerics(tensor: TensorLike, message: str, name: str | None = None) -> Tensor:
    """`tensor` itself; fails when it holds NaN or infinity.

    Args:
      tensor: A tensor of floats.
      message: What the error begins with.
      name: Name of the node.

    Raises:
      TypeError: If the tensor holds no floats.
      tf.errors.InvalidArgumentError: At run time, if it holds NaN or infinity.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.check_numerics([1.0, 2.0], "the loss")))
      [1. 2.]
    """
    return CHECK_NUMERICS(tensor, message=message, name=name)


def verify_tensor_all_finite(t: TensorLike, msg: str, name: str | None = None) -> Tensor:
    """`t` itself, after a check that it holds neither NaN nor infinity.

    Args:
      t: A tensor of floats.
      msg: What the error begins with.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If the tensor holds no floats.
      tf.errors.InvalidArgumentError: At run time, if it holds NaN or infinity.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.verify_tensor_all_finite([1.0, 2.0], "the loss")))
      [1. 2.]
    """
    with name_scope(name, "VerifyFinite", [t]) as scope:
        t = convert_to_tensor(t, name="t")
        checked = check_numerics(t, msg)
        with t.graph.control_dependencies([checked]):
            return lookup("Identity")(t, name=scope)
