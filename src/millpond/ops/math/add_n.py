"""Sums of any number of tensors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from millpond.autodiff.builder import GradientBuilder
from millpond.dtypes import as_dtype
from millpond.graph.argument_types import DTypeLike, ShapeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.tensor import Tensor
from millpond.nested import as_list
from millpond.ops import shape_rules
from millpond.ops.control import list_layouts
from millpond.ops.control.list_values import DeviceList, HostList
from millpond.ops.dtype_sets import NUMBERS
from millpond.shapes import TensorShape, as_shape

# Lists are added element by element.
_SUMMABLE = NUMBERS[:-1] + ", variant}"


def _add_n_shape(inputs: Sequence[TensorShape]) -> TensorShape:
    return shape_rules.merged(*inputs)


def _add_n_kernel(xp: ArrayModule, inputs: Sequence[Array]) -> Array:
    if isinstance(inputs[0], HostList):
        return list_layouts.total(inputs)
    total = inputs[0]
    for value in inputs[1:]:
        total = xp.add(total, value)
    return total


def _add_n_lower(jax: Jax, inputs: Sequence[Array]) -> Array:
    if isinstance(inputs[0], DeviceList):
        return list_layouts.total(inputs, jax)
    return _add_n_kernel(jax.numpy, inputs)


def _add_n_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [dy] * len(op.inputs)


ADD_N = define_op("AddN", inputs="inputs: N * T", outputs="sum: T", attrs=f"N: int >= 1, T: {_SUMMABLE}",
                  shape=_add_n_shape, kernel=_add_n_kernel, lower=_add_n_lower, gradient=_add_n_gradient)


def _accumulate_n_shape(inputs: Sequence[TensorShape], *, shape: TensorShape) -> TensorShape:
    return shape_rules.merged(*inputs, shape)


ACCUMULATE_N = define_op("AccumulateNV2", inputs="inputs: N * T", outputs="sum: T",
                         attrs=f"N: int >= 1, T: {NUMBERS}, shape: shape", shape=_accumulate_n_shape,
                         kernel=_add_n_kernel, gradient=_add_n_gradient)


def add_n(inputs: Iterable[TensorLike], name: str | None = None) -> Tensor:
    """The elementwise sum of a list of tensors of one shape and dtype.

    Args:
      inputs: Tensors; an `IndexedSlices` among them is made dense first.
      name: Name of the node.

    Raises:
      ValueError: If the list is empty or the shapes differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.add_n([tf.constant([1, 2]), tf.constant([3, 4])])))
      [4 6]
    """
    tensors = _tensor_list(inputs, "tf.add_n")
    if len(tensors) == 1:
        return lookup("Identity")(tensors[0], name=name) if name else tensors[0]
    return ADD_N(tensors, name=name)


def accumulate_n(inputs: Sequence[TensorLike], shape: ShapeLike | None = None, tensor_dtype: DTypeLike | None = None,
                 name: str | None = None) -> Tensor:
    """The same as `add_n`, with the shape and dtype checked against `shape` and `tensor_dtype`.

    Args:
      inputs: A list of tensors of one shape and dtype.
      shape: The shape that they must have; by default that of the first.
      tensor_dtype: The dtype that they must have.
      name: Name of the node.

    Raises:
      ValueError: If the list is empty or shapes differ.
      TypeError: If a tensor has not `tensor_dtype`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.accumulate_n([[1, 2], [3, 4], [5, 6]])))
      [ 9 12]
    """
    tensors = _tensor_list(inputs, "tf.accumulate_n")
    expected = shape_rules.merged(as_shape(shape), *(tensor.shape for tensor in tensors))
    if tensor_dtype is not None and tensors[0].dtype.base_dtype is not as_dtype(tensor_dtype).base_dtype:
        raise TypeError(f"tensor_dtype is {as_dtype(tensor_dtype).name}, but input is of type "
                        f"{tensors[0].dtype.base_dtype.name}")
    if len(tensors) == 1:
        return lookup("Identity")(tensors[0], name=name) if name else tensors[0]
    total = ADD_N(tensors, name=name)
    total.set_shape(expected)
    return total


def _tensor_list(inputs: Any, function: str) -> list[Tensor]:
    values = as_list(inputs)
    if not values:
        raise ValueError(f"{function} needs a list of at least one tensor, got none")
    tensors = [convert_to_tensor(value) for value in values]
    if len({tensor.dtype.base_dtype for tensor in tensors}) > 1:
        raise TypeError(f"{function} needs tensors of one dtype, got "
                        f"{[tensor.dtype.base_dtype.name for tensor in tensors]}")
    return tensors
