"""Checks of what is known while the graph is built: ranks, dtypes, and kinds of Python values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from millpond import dtypes
from millpond.dtypes import DType
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import lookup
from millpond.graph.operation import Operation
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import no_op
from millpond.ops.host.assertions import Assert
from millpond.ops.scoping import name_scope


def assert_rank_in(x: TensorLike, ranks: Sequence[TensorLike], data: TensorLike | None = None,
                   summarize: int | None = None, message: str | None = None, name: str | None = None) -> Operation:
    """Asserts that the number of dimensions of `x` is one of `ranks`.

    Args:
      x: A tensor.
      ranks: Whole numbers, or integer tensors without dimensions.
      data: Tensors to show in the error; by default the shape.
      summarize: How many elements of each to show.
      message: Words to put before the error.
      name: Name of the scope.

    Raises:
      ValueError: While building, if the rank is known to be another.
      TypeError: If a rank is no whole number.
      tf.errors.InvalidArgumentError: At run time otherwise.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     check = tf.debugging.assert_rank_in(tf.zeros([2, 3]), (1, 2))
      >>> check.type
      'NoOp'
    """
    with name_scope(name, "assert_rank_in", [x, *ranks]):
        x = convert_to_tensor(x, name="x")
        wanted = [convert_to_tensor(rank, dtype=None if isinstance(rank, Tensor) else dtypes.int32, name="rank")
                  for rank in ranks]
        for rank in wanted:
            if not rank.dtype.base_dtype.is_integer:
                raise TypeError(f"{message or ''} ranks must be integers, got {rank.dtype.name}".strip())
        known = [constant_value(rank) for rank in wanted]
        words = f"{message or ''} Tensor {x.name} must have a rank in"
        if x.shape.ndims is not None and all(value is not None for value in known):
            if x.shape.ndims not in [int(value) for value in known if value is not None]:
                raise ValueError(f"{words} {[int(v) for v in known if v is not None]}. Received rank {x.shape.ndims}, "
                                 f"shape {x.shape}".strip())
            return no_op("static_checks_determined_all_ok")
        found = lookup("Rank")(x)
        fits = [lookup("Equal")(found, lookup("Cast")(rank, DstT=dtypes.int32)) for rank in wanted]
        shown = data if data is not None else [f"{words} ".strip(), *wanted, "Received shape: ", lookup("Shape")(x)]
        return Assert(lookup("Any")(lookup("Pack")(fits), [0]), shown, summarize=summarize)


def assert_scalar(tensor: TensorLike, name: str | None = None, message: str | None = None) -> Tensor:
    """The tensor itself, which is known to have no dimensions.

    Args:
      tensor: A tensor, or what becomes one.
      name: Name of the scope.
      message: Words to put before the error.

    Raises:
      ValueError: If it has dimensions, or is not known to have none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.debugging.assert_scalar(1.0).shape)
      ()
    """
    with name_scope(name, "assert_scalar", [tensor]):
        tensor = convert_to_tensor(tensor)
        if tensor.shape.ndims != 0:
            raise ValueError(f"{message or ''} Expected scalar shape for {tensor.name}, saw shape: "
                             f"{tensor.shape}.".strip())
        return tensor


def assert_integer(x: TensorLike, message: str | None = None, name: str | None = None) -> Operation:
    """Asserts that a tensor has an integer dtype, while building.

    Args:
      x: A tensor.
      message: Words to put before the error.
      name: Name of the node.

    Raises:
      TypeError: If it has another.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     tf.debugging.assert_integer(tf.constant([1])).type
      'NoOp'
    """
    with name_scope(name, "assert_integer", [x]):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.base_dtype.is_integer:
            raise TypeError(f'{message or ""} Expected "x" to be integer type. Found: {x.dtype!r} of {x.name}'.strip())
        return no_op("statically_determined_was_integer")


def assert_proper_iterable(values: object) -> None:
    """Raises TypeError if `values` is no iterable, or one that is mistaken for a list: a tensor, an array, a string."""
    kind = type(values).__name__
    if hasattr(values, "dtype") or isinstance(values, (str, bytes)):
        raise TypeError(f"Expected argument 'values' to be a 'proper' iterable. Found: {kind}")
    if not isinstance(values, Iterable):
        raise TypeError(f"Expected argument 'values' to be iterable. Found: {kind}")


def assert_same_float_dtype(tensors: Sequence[Any] | None = None, dtype: DTypeLike | None = None) -> DType:
    """The one dtype of floats that tensors have.

    Args:
      tensors: Tensors, or None (which is left out).
      dtype: The dtype that they must have; by default that of the first, float32 where there is none.

    Raises:
      ValueError: If they differ, or the dtype is not of floats.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     tf.debugging.assert_same_float_dtype([tf.constant(1.0), None]).name
      'float32'
    """
    found = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
    for tensor in tensors or []:
        if tensor is None:
            continue
        own = tensor.dtype.base_dtype
        if found is not None and own is not found:
            raise ValueError(f"Tensor {tensor.name} must be of dtype {found.name}, got {own.name}")
        found = own
    found = dtypes.float32 if found is None else found
    if not found.is_floating:
        raise ValueError(f"Expected floating point type, got {found.name}.")
    return found
