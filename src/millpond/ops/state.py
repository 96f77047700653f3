"""Variables as nodes, and the ops that set them."""

from __future__ import annotations

from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import NUMBERS
from millpond.shapes import TensorShape


def _variable_shape(*, shape: TensorShape) -> TensorShape:
    return shape


VARIABLE = define_op("VariableV2", outputs="ref: Ref(dtype)",
                     attrs="shape: shape, dtype: type, container: string = '', shared_name: string = ''",
                     shape=_variable_shape, gradient=NOT_DIFFERENTIABLE, stateful=True, role="variable")


def _assign_shape(ref: TensorShape, value: TensorShape, *, validate_shape: bool) -> TensorShape:
    return ref.merge_with(value) if validate_shape else value


def _assign_kernel(xp, ref, value):
    return value


ASSIGN = define_op("Assign", inputs="ref: Ref(T), value: T", outputs="output_ref: Ref(T)",
                   attrs="T: type, validate_shape: bool = True, use_locking: bool = True",
                   shape=_assign_shape, kernel=_assign_kernel, gradient=NOT_DIFFERENTIABLE, writes=("ref",))


def _update_shape(ref: TensorShape, value: TensorShape) -> TensorShape:
    return ref.merge_with(value)


def _assign_add_kernel(xp, ref, value):
    return xp.add(ref, value)


def _assign_sub_kernel(xp, ref, value):
    return xp.subtract(ref, value)


_UPDATE = {"inputs": "ref: Ref(T), value: T", "outputs": "output_ref: Ref(T)",
           "attrs": f"T: {NUMBERS}, use_locking: bool = False"}

ASSIGN_ADD = define_op("AssignAdd", **_UPDATE, shape=_update_shape, kernel=_assign_add_kernel,
                       gradient=NOT_DIFFERENTIABLE, writes=("ref",), reads=("ref",))
ASSIGN_SUB = define_op("AssignSub", **_UPDATE, shape=_update_shape, kernel=_assign_sub_kernel,
                       gradient=NOT_DIFFERENTIABLE, writes=("ref",), reads=("ref",))


def _is_initialized_kernel(context, ref):
    return context.is_initialized(context.op.inputs[0])


IS_VARIABLE_INITIALIZED = define_op(
    "IsVariableInitialized", inputs="ref: Ref(dtype)", outputs="is_initialized: bool", attrs="dtype: type",
    shape=shape_rules.scalar, kernel=_is_initialized_kernel, gradient=NOT_DIFFERENTIABLE, host=True)
