"""Variables as nodes, and the ops that set the whole of them. Ops that set some rows are in `state_scatter.py`.

A variable is a reference (`Ref(T)`): ops that set it are given the reference and hand it on. Variables that are
resources (`use_resource=True`) have ops of their own in `resource_variables.py`; the public functions here take both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from millpond.autodiff.registry import undefined_gradient
from millpond.errors import OutOfRangeError
from millpond.graph.argument_types import TensorLike, VariableLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, Guard, OpDefinition, define_op
from millpond.graph.rule_types import Array, ArrayModule, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import INDEX, NUMBERS
from millpond.shapes import TensorShape


def _variable_shape(*, shape: TensorShape) -> TensorShape:
    return shape


VARIABLE = define_op("VariableV2", outputs="ref: Ref(dtype)",
                     attrs="shape: shape, dtype: type, container: string = '', shared_name: string = ''",
                     shape=_variable_shape, gradient=NOT_DIFFERENTIABLE, stateful=True, role="variable")
# The name of the type in graphs of the first releases.
VARIABLE_V1 = define_op("Variable", outputs="ref: Ref(dtype)",
                        attrs="shape: shape, dtype: type, container: string = '', shared_name: string = ''",
                        shape=_variable_shape, gradient=NOT_DIFFERENTIABLE, stateful=True, role="variable")
TEMPORARY_VARIABLE = define_op("TemporaryVariable", outputs="ref: Ref(dtype)",
                               attrs="shape: shape, dtype: type, var_name: string = ''",
                               shape=_variable_shape, gradient=NOT_DIFFERENTIABLE, stateful=True, role="variable")


def _value_kernel(xp: ArrayModule, ref: Array) -> Array:
    return ref


DESTROY_TEMPORARY_VARIABLE = define_op(
    "DestroyTemporaryVariable", inputs="ref: Ref(T)", outputs="value: T", attrs="T: type, var_name: string",
    shape=shape_rules.same, kernel=_value_kernel, gradient=undefined_gradient, reads=("ref",), stateful=True)


def _assign_shape(ref: TensorShape, value: TensorShape, *, validate_shape: bool) -> TensorShape:
    return ref.merge_with(value) if validate_shape else value


def _assign_kernel(xp: ArrayModule, ref: Array, value: Array) -> tuple[Array, ...]:
    return value


ASSIGN = define_op("Assign", inputs="ref: Ref(T), value: T", outputs="output_ref: Ref(T)",
                   attrs="T: type, validate_shape: bool = True, use_locking: bool = True",
                   shape=_assign_shape, kernel=_assign_kernel, gradient=NOT_DIFFERENTIABLE, writes=("ref",))


def _update_shape(ref: TensorShape, value: TensorShape) -> TensorShape:
    return ref.merge_with(value)


def _check_same_shape(ref: Any, value: Any) -> None:
    if ref.shape != value.shape:
        raise ValueError(f"the variable has shape {list(ref.shape)}, and the value that updates it "
                         f"{list(value.shape)}: they must be the same")


def add_kernel(xp: ArrayModule, ref: Array, value: Array) -> Array:
    _check_same_shape(ref, value)
    return xp.add(ref, value)


def subtract_kernel(xp: ArrayModule, ref: Array, value: Array) -> Array:
    _check_same_shape(ref, value)
    return xp.subtract(ref, value)


def _define_update(type: str, kernel: Callable[..., Any]) -> OpDefinition:
    return define_op(type, inputs="ref: Ref(T), value: T", outputs="output_ref: Ref(T)",
                     attrs=f"T: {NUMBERS}, use_locking: bool = False", shape=_update_shape, kernel=kernel,
                     gradient=NOT_DIFFERENTIABLE, writes=("ref",), reads=("ref",))


ASSIGN_ADD = _define_update("AssignAdd", add_kernel)
ASSIGN_SUB = _define_update("AssignSub", subtract_kernel)


def is_resource(ref: Any) -> bool:
    """Whether a variable is a resource: then its own methods do the work.

    Raises:
      AttributeError: If `ref` is no variable at all.
    """
    dtype = getattr(ref, "dtype", None)
    if getattr(dtype, "is_ref_dtype", False):
        return False
    if not hasattr(ref, "assign"):
        kind = f"'{ref.name}' ({ref.op.type})" if isinstance(ref, Tensor) else repr(ref)
        raise AttributeError(f"Only a tf.Variable has a value that can be set: {kind} has no 'assign'. Make it a "
                             "variable, for example tf.Variable(initial_value).")
    return True


def assign(ref: VariableLike, value: TensorLike, validate_shape: bool | None = None, use_locking: bool | None = None,
           name: str | None = None) -> Tensor:
    """Sets a variable.

    Args:
      ref: The variable.
      value: The new value, of the variable's dtype and shape.
      validate_shape: Whether the shape must be the variable's; True unless given.
      use_locking: Accepted; an assignment is always whole.
      name: Name of the node.

    Returns:
      A reference to the variable: its value is the new one.

    Raises:
      ValueError: If the shape is known not to fit.
      TypeError: If the dtype is another.
      tf.errors.InvalidArgumentError: At run time, if the shape does not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable(1)
      ...     sess.run(v.initializer)
      ...     print(sess.run(tf.assign(v, 5)))
      5
    """
    if is_resource(ref):
        return ref.assign(value, name=name)
    return ASSIGN(ref, value, validate_shape=validate_shape, use_locking=use_locking, name=name)


def assign_add(ref: VariableLike, value: TensorLike, use_locking: bool | None = None,
               name: str | None = None) -> Tensor:
    """Adds `value`, of the variable's dtype and shape, to a variable; gives the variable after that.

    Args:
      ref: A variable of numbers.
      value: A tensor of its dtype and shape.
      use_locking: Accepted; an update is always whole.
      name: Name of the node; not of that of a resource variable, which is named after its type.

    Raises:
      TypeError: If `value` is of another dtype.
      ValueError: If `value` is of another shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     step = tf.Variable(0)
      ...     count = tf.assign_add(step, 1)
      ...     sess.run(step.initializer)
      ...     print(sess.run(count), sess.run(count))
      1 2
    """
    if is_resource(ref):
        return ref.assign_add(value)  # TensorFlow does not pass the name on either
    return ASSIGN_ADD(ref, value, use_locking=use_locking, name=name)


def assign_sub(ref: VariableLike, value: TensorLike, use_locking: bool | None = None,
               name: str | None = None) -> Tensor:
    """Subtracts `value`, of the variable's dtype and shape, from a variable; gives the variable after that.

    Args:
      ref: A variable of numbers.
      value: A tensor of its dtype and shape.
      use_locking: Accepted; an update is always whole.
      name: Name of the node; not of that of a resource variable, which is named after its type.

    Raises:
      TypeError: If `value` is of another dtype.
      ValueError: If `value` is of another shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     left = tf.Variable(3)
      ...     sess.run(left.initializer)
      ...     print(sess.run(tf.assign_sub(left, 1)))
      2
    """
    if is_resource(ref):
        return ref.assign_sub(value)  # TensorFlow does not pass the name on either
    return ASSIGN_SUB(ref, value, use_locking=use_locking, name=name)


def _count_kernel(xp: ArrayModule, ref: Array) -> tuple[Array, ...]:
    return xp.add(ref, xp.ones((), dtype=ref.dtype)), ref


def _count_ok(xp: ArrayModule, ref: Array, *, limit: int) -> Array:
    return ref < limit


def _count_message(ref: Array, *, limit: int) -> str:
    return f"Reached limit of {limit}"


def define_count_up_to(type: str, ref: str) -> OpDefinition:
    """Defines a counter's op on a reference or a resource."""
    return define_op(type, inputs=ref, outputs="output: T", attrs=f"limit: int, T: {INDEX}", shape=shape_rules.same,
                     kernel=_count_kernel, gradient=NOT_DIFFERENTIABLE,
                     writes=(ref.partition(":")[0],), reads=(ref.partition(":")[0],),
                     guard=Guard(_count_ok, _count_message, (ref.partition(":")[0],), OutOfRangeError))


COUNT_UP_TO = define_count_up_to("CountUpTo", "ref: Ref(T)")


def count_up_to(ref: VariableLike, limit: int, name: str | None = None) -> Tensor:
    """Gives a counter's value and adds one to it, as long as it is below `limit`.

    Args:
      ref: A scalar variable of int32 or int64.
      limit: Where counting ends.
      name: Name of the node.

    Raises:
      tf.errors.OutOfRangeError: At run time, once the counter has reached `limit`; it stays there.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     counter = tf.Variable(0)
      ...     following = tf.count_up_to(counter, 3)
      ...     sess.run(counter.initializer)
      ...     print([sess.run(following) for _ in range(3)])
      [np.int32(0), np.int32(1), np.int32(2)]
    """
    if is_resource(ref):
        return ref.count_up_to(limit)
    return COUNT_UP_TO(ref, limit=limit, name=name)


def _is_initialized_kernel(context: HostContext, ref: Array) -> Array:
    return np.array(context.is_initialized(context.op.inputs[0]))


IS_VARIABLE_INITIALIZED = define_op(
    "IsVariableInitialized", inputs="ref: Ref(dtype)", outputs="is_initialized: bool", attrs="dtype: type",
    shape=shape_rules.scalar, kernel=_is_initialized_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def is_variable_initialized(variable: VariableLike, name: str | None = None) -> Tensor:
    """Whether a variable has a value in the session: a scalar bool."""
    if is_resource(variable):
        return variable.is_initialized(name)
    return IS_VARIABLE_INITIALIZED(variable, name=name)


def _initialized_value_kernel(context: HostContext, ref: Array, initial_value: Array) -> Array:
    value = context.value_of(context.op.inputs[0])
    return initial_value if value is None else value


# One node in place of TensorFlow's conditional: a read that takes the initial value where there is none yet.
INITIALIZED_VALUE = define_op(
    "InitializedValue", inputs="ref: Ref(T), initial_value: T", outputs="value: T", attrs="T: type",
    shape=lambda ref, initial_value: initial_value, kernel=_initialized_value_kernel, gradient=NOT_DIFFERENTIABLE,
    host=True)
