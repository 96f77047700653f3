"""Slot variables: what an optimizer or a moving average keeps beside a variable, its primary.

A slot is named after its primary (`v/Momentum`, a second one `v/Momentum_1`), lies on its device, and, where
the primary is a part of a partitioned variable, is saved as a part of the whole slot.
"""

from __future__ import annotations

from typing import Any

from millpond.dtypes import DType, as_dtype
from millpond.ops.array.fill import fill
from millpond.ops.array.shape import shape
from millpond.ops.math.cast import cast
from millpond.ops.state.assign import is_resource
from millpond.shapes import TensorShape
from millpond.variables.initializers import Constant, Zeros
from millpond.variables.save_slices import SaveSliceInfo
from millpond.variables.scope import get_variable, get_variable_scope, variable_scope
from millpond.variables.variable import Variable


def create_slot(primary: Any, val: Any, name: str, colocate_with_primary: bool = True) -> Variable:
    """A slot of `primary` (a variable or tensor) with the initial value `val` (a tensor or function).

    Args:
      primary: A variable or tensor.
      val: Its initial value: a tensor, or a function that gives one.
      name: The slot's name below that of its primary.
      colocate_with_primary: Whether it lies on the primary's device.

    Raises:
      ValueError: If the initial value is none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     v = tf.Variable([1.0, 2.0], name="v")
      ...     print(create_slot(v, tf.constant([0.0, 1.0]), "Slot").name)
      v/Slot:0
    """
    known = getattr(val, "shape", None)
    return _create(primary, name, colocate_with_primary, initializer=val,
                   validate_shape=known is None or known.is_fully_defined())


def create_slot_with_initializer(primary: Any, initializer: Any, shape: TensorShape, dtype: DType, name: str,
                                 colocate_with_primary: bool = True) -> Variable:
    """A slot of `primary` of the given shape and dtype, filled by `initializer`.

    Args:
      primary: A variable or tensor.
      initializer: What fills it.
      shape, dtype: Its shape and dtype.
      name: The slot's name below that of its primary.
      colocate_with_primary: Whether it lies on the primary's device.

    Raises:
      ValueError: If the initializer cannot make such values.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     v = tf.Variable([1.0, 2.0], name="v")
      ...     print(create_slot_with_initializer(v, Zeros(), v.shape, v.dtype.base_dtype, "Slot").name)
      v/Slot:0
    """
    return _create(primary, name, colocate_with_primary, initializer=initializer, shape=shape, dtype=dtype,
                   validate_shape=shape.is_fully_defined())


def create_zeros_slot(primary: Any, name: str, dtype: DType | None = None,
                      colocate_with_primary: bool = True) -> Variable:
    """A slot of `primary`, in its shape, full of zeros.

    Args:
      primary: A variable or tensor.
      dtype: Its dtype; by default the primary's.
      name: The slot's name below that of its primary.
      colocate_with_primary: Whether it lies on the primary's device.

    Raises:
      TypeError: If there is no such dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     v = tf.Variable([1.0, 2.0], name="v")
      ...     print(create_zeros_slot(v, "Slot").name)
      v/Slot:0
    """
    return create_filled_slot(primary, 0.0, name, dtype, colocate_with_primary, Zeros())


def create_filled_slot(primary: Any, value: float, name: str, dtype: DType | None = None,
                       colocate_with_primary: bool = True, initializer: Any = None) -> Variable:
    """A slot of `primary`, in its shape, full of `value`.

    Args:
      primary: A variable or tensor.
      value: The number.
      dtype: Its dtype; by default the primary's.
      name: The slot's name below that of its primary.
      colocate_with_primary: Whether it lies on the primary's device.
      initializer: The initializer that gives `value`, where it is not `Constant(value)`: nodes are named after it.

    Raises:
      TypeError: If there is no such dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     v = tf.Variable([1.0, 2.0], name="v")
      ...     print(create_filled_slot(v, 0.5, "Slot").name)
      v/Slot:0
    """
    dtype = primary.dtype.base_dtype if dtype is None else as_dtype(dtype)
    if primary.shape.is_fully_defined():
        return create_slot_with_initializer(primary, initializer or Constant(value), primary.shape, dtype,
                                            name,
                                            colocate_with_primary)
    # The shape is known only once the primary has a value.
    start = primary.initialized_value() if isinstance(primary, Variable) else primary
    return create_slot(primary, fill(shape(start), cast(value, dtype)), name, colocate_with_primary)


def _create(primary: Any, name: str, colocate: bool, **arguments: Any) -> Variable:
    graph = primary.graph
    with variable_scope(None, f"{primary.op.name}/{name}"):
        if not colocate:
            return _create_variable(primary, **arguments)
        with graph.colocate_with(primary.op):
            return _create_variable(primary, **arguments)


def _create_variable(primary: Any, **arguments: Any) -> Variable:
    use_resource = isinstance(primary, Variable) and is_resource(primary)
    scope = get_variable_scope()
    # A slot is whole even inside a scope that partitions.
    partitioner = scope.partitioner
    scope.set_partitioner(None)
    try:
        # An empty name: the variable has the name of the scope itself.
        slot = get_variable("", trainable=False, use_resource=use_resource, **arguments)
    finally:
        scope.set_partitioner(partitioner)
    _save_with_whole(primary, slot)
    return slot


def _save_with_whole(primary: Any, slot: Variable) -> None:
    part = primary._get_save_slice_info() if isinstance(primary, Variable) else None
    if part is None:
        return
    # `whole/part_0/Momentum` is saved as a slice of `whole/Momentum`. TensorFlow cuts the name by length,
    # also where the slot's scope put something before it; keys of checkpoints depend on that.
    suffix = slot.op.name[len(primary.op.name) + 1:]
    slot._set_save_slice_info(SaveSliceInfo(f"{part.full_name}/{suffix}", part.full_shape, part.var_offset,
                                            part.var_shape))
