"""Variables that are resources: a handle, and ops that read or set what stands behind it.

`tf.Variable(use_resource=True)` builds on these. A read is a node of its own (`ReadVariableOp`) and sees the value at
its own place in the order of the run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.composite import IndexedSlices
from millpond.graph.opdef import NOT_DIFFERENTIABLE, Guard, OpDefinition, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, HostContext
from millpond.graph.static_values import shape_behind
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import INDEX, NUMBERS
from millpond.ops.state.assign import add_kernel, define_count_up_to, subtract_kernel
from millpond.shapes import TensorShape

VAR_HANDLE = define_op(
    "VarHandleOp", outputs="resource: resource",
    attrs="container: string = '', shared_name: string = '', dtype: type, shape: shape", shape=shape_rules.scalar,
    gradient=NOT_DIFFERENTIABLE, stateful=True, role="variable")


def _read_kernel(xp: ArrayModule, resource: Array) -> Array:
    return resource


def _read_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [dy]


READ_VARIABLE = define_op(
    "ReadVariableOp", inputs="resource: resource", outputs="value: dtype", attrs="dtype: type",
    shape=shape_rules.same, kernel=_read_kernel, gradient=_read_gradient, reads=("resource",), stateful=True)


def read_variable(handle: Tensor, dtype: Any, shape: TensorShape, name: str | None = None) -> Tensor:
    """A new read of what stands behind a handle, with the static shape that the variable says, which may have been told
    more than its node."""
    value = READ_VARIABLE(handle, dtype=dtype, name=name)
    value._shape = shape  # nothing has looked at the new node yet, so no cache needs to know
    return value


def _set_shape(resource: TensorShape, value: TensorShape) -> tuple[TensorShape, ...]:
    resource.assert_is_compatible_with(value)
    return ()


def _assign_kernel(xp: ArrayModule, resource: Array, value: Array) -> Array:
    return value


ASSIGN_VARIABLE = define_op(
    "AssignVariableOp", inputs="resource: resource, value: dtype", attrs="dtype: type, validate_shape: bool = False",
    shape=_set_shape, kernel=_assign_kernel, gradient=NOT_DIFFERENTIABLE, writes=("resource",))


def _nothing_shape(resource: TensorShape) -> tuple[TensorShape, ...]:
    return ()


def _nothing_kernel(xp: ArrayModule, resource: Array) -> tuple[Array, ...]:
    return ()


# Tells TensorFlow not to copy a variable while it is saved; nothing here does.
DISABLE_COPY_ON_READ = define_op(
    "DisableCopyOnRead", inputs="resource: resource", shape=_nothing_shape, kernel=_nothing_kernel,
    gradient=NOT_DIFFERENTIABLE, stateful=True)


def _define_update(type: str, kernel: Callable[..., Any]) -> OpDefinition:
    return define_op(type, inputs="resource: resource, value: dtype", attrs=f"dtype: {NUMBERS}",
                     shape=_set_shape, kernel=kernel, gradient=NOT_DIFFERENTIABLE, writes=("resource",),
                     reads=("resource",))


ASSIGN_ADD_VARIABLE = _define_update("AssignAddVariableOp", add_kernel)
ASSIGN_SUB_VARIABLE = _define_update("AssignSubVariableOp", subtract_kernel)


def _is_initialized_kernel(context: HostContext, resource: Array) -> Array:
    return np.array(context.is_initialized(context.op.inputs[0]))


VAR_IS_INITIALIZED = define_op(
    "VarIsInitializedOp", inputs="resource: resource", outputs="is_initialized: bool", shape=shape_rules.scalar,
    kernel=_is_initialized_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _initialized_value_kernel(context: HostContext, resource: Array, initial_value: Array) -> Array:
    value = context.value_of(context.op.inputs[0])
    return initial_value if value is None else value


INITIALIZED_RESOURCE_VALUE = define_op(
    "InitializedResourceValue", inputs="resource: resource, initial_value: T", outputs="value: T", attrs="T: type",
    shape=lambda resource, initial_value: initial_value, kernel=_initialized_value_kernel,
    gradient=NOT_DIFFERENTIABLE, host=True)


def _shape_kernel(xp: ArrayModule, input: Array, *, out_type: DType) -> Array:
    return np.array(input.shape, dtype=out_type.np_dtype)


def _shape_shape(input: TensorShape) -> TensorShape:
    return TensorShape([input.ndims])


def _known_sizes(op: Operation, value_of: Callable[[Tensor], Any]) -> list[int | None] | None:
    sizes = shape_behind(op.inputs[0]).sizes
    return None if sizes is None else list(sizes)


VARIABLE_SHAPE = define_op(
    "VariableShape", inputs="input: resource", outputs="output: out_type", attrs=f"out_type: {INDEX} = int32",
    shape=_shape_shape, kernel=_shape_kernel, gradient=NOT_DIFFERENTIABLE, reads=("input",), stateful=True,
    shape_value=_known_sizes)


def _gather_ok(xp: ArrayModule, resource: Array, indices: Array) -> Array:
    return xp.all(xp.logical_and(xp.greater_equal(indices, 0), xp.less(indices, resource.shape[0])))


def _gather_message(resource: Array, indices: Array) -> str:
    place = np.argwhere(np.logical_or(indices < 0, indices >= resource.shape[0]))[0]
    return f"indices{[int(i) for i in place]} = {indices[tuple(place)]} is not in [0, {resource.shape[0]})"


def _gather_kernel(xp: ArrayModule, resource: Array, indices: Array) -> Array:
    # Clipping keeps XLA off what the guard has refused.
    return xp.take(resource, xp.clip(indices, 0, max(resource.shape[0] - 1, 0)), axis=0)


def _gather_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    handle, indices = op.inputs
    dense_shape = g.VariableShape(handle)
    values_shape = g.ConcatV2([[-1], g.Slice(dense_shape, [1], [-1])], 0)
    return [IndexedSlices(g.Reshape(dy, values_shape), g.Reshape(indices, [-1]), dense_shape), None]


def _gather_shape(resource: TensorShape, indices: TensorShape, *, batch_dims: int) -> TensorShape:
    if batch_dims or not resource.sizes or indices.sizes is None:
        return shape_rules.UNKNOWN
    return TensorShape.of((*indices.sizes, *resource.sizes[1:]))


RESOURCE_GATHER = define_op(
    "ResourceGather", inputs="resource: resource, indices: Tindices", outputs="output: dtype",
    attrs=f"batch_dims: int = 0, validate_indices: bool = True, dtype: type, Tindices: {INDEX}",
    shape=_gather_shape, kernel=_gather_kernel, gradient=_gather_gradient, reads=("resource",), stateful=True,
    guard=Guard(_gather_ok, _gather_message, ("indices",), InvalidArgumentError))

RESOURCE_COUNT_UP_TO = define_count_up_to("ResourceCountUpTo", "resource: resource")


def gather_rows(handle: Tensor, indices: Any, dtype: Any, shape: TensorShape, name: str | None = None) -> Tensor:
    """Rows of what stands behind a handle, without reading all of it; its gradient is an `IndexedSlices`."""
    rows = RESOURCE_GATHER(handle, indices, dtype=dtype, name=name)
    rows._shape = _gather_shape(shape, rows.op.inputs[1].shape, batch_dims=0)
    return rows
