"""The ops that apply a gradient to a variable and its slots, in place: `ApplyAdam` and its kin.

Names and signatures are TensorFlow's. What each computes stands in `training_rules.py`; the forms for single
rows in `training_sparse.py`. They have no public function of their own: optimizers (`train/optimizers/`) call
them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond.autodiff.registry import undefined_gradient
from millpond.graph.opdef import OpDefinition, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import ArrayModule
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import FLOATS, REAL_FLOATS
from millpond.ops.state import training_rules
from millpond.ops.state.assign import is_resource
from millpond.shapes import TensorShape

# Inputs in the shape of the variable; all others are hyper-parameters without dimensions.
GRADIENTS = ("grad", "delta")
# Inputs whose dtype is not the variable's.
INPUT_TYPES = {"indices": "Tindices", "global_step": "int64"}
# The attributes that some rules take.
FLAGS = ("use_nesterov", "update_slots", "multiply_linear_by_lr")


class TrainingOp:
    """An op type in its two forms: for variables that are references, and for those that are resources."""

    def __init__(self, reference: OpDefinition, resource: OpDefinition, variables: int) -> None:
        self.reference = reference
        self.resource = resource
        self._variables = variables

    def __call__(self, *inputs: Any, **attrs: Any) -> Operation:
        """Adds the node that updates the variables, which come first among `inputs`."""
        if not is_resource(inputs[0]):
            return self.reference(*inputs, **attrs).op
        handles = (variable.handle for variable in inputs[:self._variables])
        return self.resource(*handles, *inputs[self._variables:], **attrs)


def define_forms(type: str, refs: str, rest: str, attrs: str, shape: Callable[..., TensorShape],
                 **facts: Any) -> TrainingOp:
    """Defines both forms of an op that sets `refs` and is given `rest`, both names apart by spaces."""
    names = refs.split()
    others = ", ".join(f"{name}: {INPUT_TYPES.get(name, 'T')}" for name in rest.split())
    facts.update(attrs=attrs, gradient=undefined_gradient, writes=names, reads=names)

    def inputs(kind: str) -> str:
        return ", ".join([f"{name}: {kind}" for name in names] + [others])

    def no_output(*shapes: TensorShape) -> tuple[TensorShape, ...]:
        # A handle does not tell the shape of the variable.
        shape(*[shape_rules.UNKNOWN] * len(names), *shapes[len(names):])
        return ()

    reference = define_op(type, inputs=inputs("Ref(T)"), outputs="out: Ref(T)", shape=shape, **facts)
    resource = define_op(f"Resource{type}", inputs=inputs("resource"), shape=no_output, **facts)
    return TrainingOp(reference, resource, len(names))


def _apply_shape(count: int, names: list[str]) -> Callable[..., TensorShape]:
    def rule(*inputs: TensorShape) -> TensorShape:
        shape = shape_rules.merged(*inputs[:count])
        for name, given in zip(names, inputs[count:], strict=True):
            if name in GRADIENTS:
                shape = shape.merge_with(given)
            else:
                shape_rules.with_rank(given, 0)
        return shape

    return rule


def _apply_kernel(rule: Callable[..., Any], gradient: int) -> Callable[..., Any]:
    def kernel(xp: ArrayModule, *inputs: Any, use_nesterov: bool | None = None, update_slots: bool | None = None,
               multiply_linear_by_lr: bool | None = None) -> Any:
        # Broadcasting would hide a gradient that is not the variable's.
        if inputs[0].shape != inputs[gradient].shape:
            raise ValueError(f"the gradient must have the shape of the variable, {list(inputs[0].shape)}, "
                             f"but it has {list(inputs[gradient].shape)}")
        return rule(xp, *inputs, **given_flags(use_nesterov, update_slots, multiply_linear_by_lr))

    return kernel


def given_flags(*flags: bool | None) -> dict[str, bool]:
    return {name: flag for name, flag in zip(FLAGS, flags, strict=True) if flag is not None}


def _apply(type: str, refs: str, rest: str, rule: Callable[..., Any], attrs: str = "",
           dtypes: str = FLOATS) -> TrainingOp:
    """Defines an op that sets the variables `refs` by a rule, given their values and the inputs `rest`."""
    count, names = len(refs.split()), rest.split()
    gradient = count + next(i for i, name in enumerate(names) if name in GRADIENTS)
    return define_forms(type, refs, rest, f"T: {dtypes}, use_locking: bool = False{attrs}",
                        _apply_shape(count, names), kernel=_apply_kernel(rule, gradient))


NESTEROV = ", use_nesterov: bool = False"
UPDATE_SLOTS = ", update_slots: bool = True"
SCALED_LINEAR = ", multiply_linear_by_lr: bool = False"

APPLY_GRADIENT_DESCENT = _apply("ApplyGradientDescent", "var", "alpha delta", training_rules.gradient_descent)
APPLY_MOMENTUM = _apply("ApplyMomentum", "var accum", "lr grad momentum", training_rules.momentum, NESTEROV)
APPLY_ADAM = _apply("ApplyAdam", "var m v", "beta1_power beta2_power lr beta1 beta2 epsilon grad",
                    training_rules.adam, NESTEROV)
APPLY_ADA_MAX = _apply("ApplyAdaMax", "var m v", "beta1_power lr beta1 beta2 epsilon grad",
                       training_rules.adamax, dtypes=REAL_FLOATS)
APPLY_ADAGRAD = _apply("ApplyAdagrad", "var accum", "lr grad", training_rules.adagrad, UPDATE_SLOTS)
APPLY_ADAGRAD_V2 = _apply("ApplyAdagradV2", "var accum", "lr epsilon grad", training_rules.adagrad_v2,
                          UPDATE_SLOTS)
APPLY_ADAGRAD_DA = _apply("ApplyAdagradDA", "var gradient_accumulator gradient_squared_accumulator",
                          "grad lr l1 l2 global_step", training_rules.adagrad_da, dtypes=REAL_FLOATS)
APPLY_ADADELTA = _apply("ApplyAdadelta", "var accum accum_update", "lr rho epsilon grad",
                        training_rules.adadelta)
APPLY_RMS_PROP = _apply("ApplyRMSProp", "var ms mom", "lr rho momentum epsilon grad", training_rules.rms_prop)
APPLY_CENTERED_RMS_PROP = _apply("ApplyCenteredRMSProp", "var mg ms mom", "lr rho momentum epsilon grad",
                                 training_rules.centered_rms_prop)
APPLY_FTRL = _apply("ApplyFtrl", "var accum linear", "grad lr l1 l2 lr_power", training_rules.ftrl,
                    SCALED_LINEAR, REAL_FLOATS)
APPLY_FTRL_V2 = _apply("ApplyFtrlV2", "var accum linear", "grad lr l1 l2 l2_shrinkage lr_power",
                       training_rules.ftrl_v2, SCALED_LINEAR, REAL_FLOATS)
APPLY_PROXIMAL_GRADIENT_DESCENT = _apply("ApplyProximalGradientDescent", "var", "alpha l1 l2 delta",
                                         training_rules.proximal_gradient_descent, dtypes=REAL_FLOATS)
APPLY_PROXIMAL_ADAGRAD = _apply("ApplyProximalAdagrad", "var accum", "lr l1 l2 grad",
                                training_rules.proximal_adagrad, dtypes=REAL_FLOATS)
APPLY_ADD_SIGN = _apply("ApplyAddSign", "var m", "lr alpha sign_decay beta grad", training_rules.add_sign,
                        dtypes=REAL_FLOATS)
APPLY_POWER_SIGN = _apply("ApplyPowerSign", "var m", "lr logbase sign_decay beta grad",
                          training_rules.power_sign, dtypes=REAL_FLOATS)
