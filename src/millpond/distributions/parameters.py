"""Parameters of distributions: converted, checked, in both of the forms that they come in."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import fill
from millpond.ops.array.identity import identity, with_dependencies
from millpond.ops.array.shape import shape
from millpond.ops.host.assertions import (
    Assert,
    assert_equal,
    assert_less_equal,
    assert_non_negative,
    assert_positive,
)
from millpond.ops.host.closeness_checks import assert_near
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import where
from millpond.ops.math.elementwise import floor, log, log1p, sigmoid
from millpond.ops.math.reduction import reduce_all, reduce_sum
from millpond.ops.nn.softmax import softmax
from millpond.ops.scoping import name_scope


def gen_new_seed(seed: int | None, salt: str) -> int | None:
    """Another seed for the second operation that draws with a seed.

    Args:
      seed: The seed, or None.
      salt: What tells the second operation from others.

    Example:
      >>> gen_new_seed(7, "beta") == gen_new_seed(7, "beta") != gen_new_seed(7, "student_t"), gen_new_seed(None, "a")
      (True, None)
    """
    if seed is None:
        return None
    return int(hashlib.md5(f"{seed}{salt}".encode()).hexdigest()[:8], 16) & 0x7FFFFFFF


def float_tensor(value: TensorLike, name: str, dtype: Any = None) -> Tensor:
    """A tensor of floats: what has a dtype keeps it, and Python's integers become float32.

    Args:
      value: What is converted.
      name: Name of the node.
      dtype: The dtype, if it is known.

    Raises:
      TypeError: If it cannot be of that dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(float_tensor(1, "scale").dtype, float_tensor(np.ones(2), "scale").dtype)
      <dtype: 'float32'> <dtype: 'float64'>
    """
    is_integer = dtype is None and not isinstance(value, Tensor) and not hasattr(value, "dtype") \
        and _holds_integers(value)
    return convert_to_tensor(value, name=name, dtype=dtypes.float32 if is_integer else dtype)


def _holds_integers(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_holds_integers, value))
    return isinstance(value, int)


def parameter(value: TensorLike, name: str, dtype: Any = None, check: str | None = None) -> Tensor:
    """A parameter as a tensor of floats.

    Args:
      value: The parameter.
      name: Name of the node.
      dtype: Its dtype; by default float32 for Python numbers.
      check: None, or `positive` or `non_negative`: what is asserted in the run.

    Raises:
      TypeError: If it cannot be of that dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(parameter(1, "scale").dtype)
      <dtype: 'float32'>
    """
    tensor = float_tensor(value, f"{name}/input", dtype)
    if check is None:
        return identity(tensor, name=name)
    checked = assert_positive(tensor) if check == "positive" else assert_non_negative(tensor)
    with default_graph().control_dependencies([checked]):
        return identity(tensor, name=name)


def check_same_float_dtype(tensors: dict[str, Tensor]) -> None:
    """Raises TypeError unless parameters are of one float dtype, naming them."""
    found = {name: tensor.dtype.base_dtype.name for name, tensor in tensors.items()}
    if len(set(found.values())) > 1 or not all(tensor.dtype.is_floating for tensor in tensors.values()):
        raise TypeError(f"Parameters must be of one float dtype, but they are {found}.")


def logits_and_probs(logits: TensorLike | None, probs: TensorLike | None, multidimensional: bool, validate_args: bool,
                     name: str, dtype: Any = None) -> tuple[Tensor, Tensor]:
    """Both forms of probabilities, of which one is given.

    Args:
      logits: Log-odds; with several classes, unnormalized log-probabilities along the last dimension.
      probs: Probabilities.
      multidimensional: Whether there are several classes.
      validate_args: Whether probabilities are checked in the run.
      name: Prefix of the operations.
      dtype: Dtype of both; by default float32 for Python numbers.

    Raises:
      ValueError: If both are given, or none.
      TypeError: If what is given is not of floats.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(logits_and_probs(None, 0.5, False, False, "coin")))
      (np.float32(0.0), np.float32(0.5))
    """
    if (probs is None) == (logits is None):
        raise ValueError("Must pass probs or logits, but not both.")
    with name_scope(name, values=[logits, probs]):
        kind = "logits" if probs is None else "probs"
        tensor = float_tensor(logits if probs is None else probs, kind, dtype)
        if not tensor.dtype.is_floating:
            raise TypeError(f"{kind} must have floating type, but they are {tensor.dtype.name}.")
        if multidimensional and tensor.shape.ndims == 0:
            raise ValueError(f"{kind} of several classes must have a dimension for them.")
        if probs is None:
            return tensor, (softmax(tensor, name="probs") if multidimensional else sigmoid(tensor, name="probs"))
        with name_scope("validate_probs"):
            if validate_args:
                checks = [assert_non_negative(tensor)]
                if multidimensional:
                    checks.append(assert_near(reduce_sum(tensor, -1), 1.0, message="probs does not sum to 1."))
                else:
                    checks.append(assert_less_equal(tensor, 1.0, message="probs has components greater than 1."))
                tensor = with_dependencies(checks, tensor)
        with name_scope("logits"):
            return (log(tensor) if multidimensional else log(tensor) - log1p(-tensor)), tensor


def defined_where(defined: Tensor, value: Tensor, allow_nan_stats: bool, message: str) -> Tensor:
    """A statistic that exists only where a condition on the parameters holds.

    Args:
      defined: The condition, in the shape of `value`.
      value: The statistic.
      allow_nan_stats: Whether it is NaN elsewhere, in place of an error in the run.
      message: What the error says.

    Raises:
      tf.errors.InvalidArgumentError: In the run, where it is undefined and may not be NaN.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(defined_where(tf.constant([True, False]), tf.constant([1.0, 2.0]), True, "undefined")))
      [ 1. nan]
    """
    if allow_nan_stats:
        nan = fill(shape(value), np.array(np.nan, value.dtype.as_numpy_dtype), name="nan")
        return where(defined, value, nan)
    return with_dependencies([Assert(reduce_all(defined), [message])], value)


def integers(value: Tensor, validate: bool, positive: bool = False) -> Tensor:
    """Counts: with `validate` the run checks that they are whole and not below 0 (or positive)."""
    if not validate:
        return value
    checks = [assert_positive(value) if positive else assert_non_negative(value)]
    if not value.dtype.is_integer:
        checks.append(assert_equal(value, floor(value), message="Elements must be whole numbers."))
    return with_dependencies(checks, value)


def as_floats(value: Tensor, dtype: Any) -> Tensor:
    """A value of events in the dtype of the parameters."""
    return value if value.dtype.base_dtype is dtype else cast(value, dtype)
