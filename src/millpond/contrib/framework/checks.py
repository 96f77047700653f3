"""Tensors that must have a shape, and the sum of several."""

from __future__ import annotations

from collections.abc import Sequence

from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.stacks import default_graph
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import identity
from millpond.ops.array.shape import shape
from millpond.ops.host.assertions import assert_equal
from millpond.ops.math.add_n import add_n
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape, as_shape


def with_shape(expected_shape: TensorLike | TensorShape, tensor: TensorLike) -> Tensor:
    """A tensor that is known to be of a shape: checked while building where that is known, else in the run.

    Args:
      expected_shape: A shape, a list of sizes, or an int32 or int64 tensor that holds them.
      tensor: The tensor.

    Returns:
      The tensor, with the shape as its static shape as far as that is known.

    Raises:
      ValueError: If the shapes are known to differ.
      tf.errors.InvalidArgumentError: In the run, if they differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x = tf.placeholder(tf.float32)
      ...     print(tf.contrib.framework.with_shape([2, 3], x).shape)
      (2, 3)
    """
    with name_scope(None, "with_shape", [tensor]):
        tensor = convert_to_tensor(tensor)
        known = expected_shape if isinstance(expected_shape, (TensorShape, list, tuple)) else None
        if known is None:
            expected_shape = convert_to_tensor(expected_shape, name="expected_shape")
            value = constant_value(expected_shape)
            known = None if value is None else [int(size) for size in value]
        if known is None:
            return _checked_in_the_run(expected_shape, tensor)
        expected = as_shape(known)
        if not expected.is_compatible_with(tensor.shape):
            raise ValueError(f"The shape of {tensor.name} should be {expected}, but it is {tensor.shape}.")
        if not expected.is_fully_defined() or tensor.shape.is_fully_defined():
            return tensor
        checked = _checked_in_the_run(expected.as_list(), tensor)
        checked.set_shape(expected)
        return checked


def _checked_in_the_run(expected: TensorLike, tensor: Tensor) -> Tensor:
    wanted = convert_to_tensor(expected, preferred_dtype="int32")
    found = shape(tensor, out_type=wanted.dtype)
    check = assert_equal(wanted, found, data=[f"Wrong shape of {tensor.name}: expected and found", wanted, found])
    with default_graph().control_dependencies([check]):
        return identity(tensor)


def with_same_shape(expected_tensor: TensorLike, tensor: TensorLike) -> Tensor:
    """A tensor that is known to be of the shape of another; see `with_shape`.

    Args:
      expected_tensor: The tensor whose shape is wanted.
      tensor: The tensor that must have it.

    Raises:
      ValueError: If the shapes are known to differ.
    """
    with name_scope(None, "with_same_shape", [expected_tensor, tensor]):
        expected = convert_to_tensor(expected_tensor)
        return with_shape(expected.shape if expected.shape.is_fully_defined() else shape(expected), tensor)


def reduce_sum_n(tensors: Sequence[TensorLike], name: str | None = None) -> Tensor:
    """The sum of all elements of all tensors, as a tensor without dimensions.

    Args:
      tensors: Tensors of one dtype.
      name: Name of the operations.

    Raises:
      ValueError: If there are none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.framework.reduce_sum_n([[1.0, 2.0], 3.0])))
      6.0
    """
    if not tensors:
        raise ValueError("reduce_sum_n takes a list of tensors, and there are none in it.")
    with name_scope(name, "reduce_sum_n", list(tensors)):
        sums = [reduce_sum(tensor) for tensor in tensors]
        return sums[0] if len(sums) == 1 else add_n(sums)
