"""The ops that apply a gradient to a variable and its slots, in place: `ApplyAdam` and its kin.

Names and signatures are TensorFlow's. What each computes stands in `training_rules.py`; the forms for single rows in
`training_sparse.py`. They have no public function of their own: optimizers (`train/optimizers/`) call them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond.graph.opdef import NOT_DIFFERENTIABLE, OpDefinition, define_op
from millpond.ops import shape_rules, training_rules
from millpond.ops.dtype_sets import FLOATS, REAL_FLOATS
from millpond.shapes import TensorShape

# Inputs in the shape of the variable; all others are hyper-parameters without dimensions.
GRADIENTS = ("grad", "delta")
# Inputs whose dtype is not the variable's.
INPUT_TYPES = {"indices": "Tindices", "global_step": "int64"}


def input_signature(refs: str, rest: str) -> str:
    """The signature of an op that sets `refs` and is given `rest`, both names apart by spaces."""
    return ", ".join([f"{name}: Ref(T)" for name in refs.split()]
                     + [f"{name}: {INPUT_TYPES.get(name, 'T')}" for name in rest.split()])


def _apply_shape(refs: str, rest: str) -> Callable[..., TensorShape]:
    count, names = len(refs.split()), rest.split()

    def rule(*inputs: TensorShape) -> TensorShape:
        shape = shape_rules.merged(*inputs[:count])
        for name, given in zip(names, inputs[count:], strict=True):
            if name in GRADIENTS:
                shape = shape.merge_with(given)
            else:
                shape_rules.with_rank(given, 0)
        return shape

    return rule


def _apply(type: str, refs: str, rest: str, kernel: Callable[..., Any], attrs: str = "",
           dtypes: str = FLOATS) -> OpDefinition:
    """Defines an op that sets the variables `refs`, given their values and the inputs `rest`."""
    names = refs.split()
    return define_op(type, inputs=input_signature(refs, rest), outputs="out: Ref(T)",
                     attrs=f"T: {dtypes}, use_locking: bool = False{attrs}", shape=_apply_shape(refs, rest),
                     kernel=kernel, gradient=NOT_DIFFERENTIABLE, writes=names, reads=names)


NESTEROV = ", use_nesterov: bool = False"
UPDATE_SLOTS = ", update_slots: bool = True"
SCALED_LINEAR = ", multiply_linear_by_lr: bool = False"

APPLY_GRADIENT_DESCENT = _apply("ApplyGradientDescent", "var", "alpha delta", training_rules.gradient_descent)
APPLY_MOMENTUM = _apply("ApplyMomentum", "var accum", "lr grad momentum", training_rules.momentum, NESTEROV)
APPLY_ADAM = _apply("ApplyAdam", "var m v", "beta1_power beta2_power lr beta1 beta2 epsilon grad", training_rules.adam,
                    NESTEROV)
APPLY_ADA_MAX = _apply("ApplyAdaMax", "var m v", "beta1_power lr beta1 beta2 epsilon grad", training_rules.adamax,
                       dtypes=REAL_FLOATS)
APPLY_ADAGRAD = _apply("ApplyAdagrad", "var accum", "lr grad", training_rules.adagrad, UPDATE_SLOTS)
APPLY_ADAGRAD_V2 = _apply("ApplyAdagradV2", "var accum", "lr epsilon grad", training_rules.adagrad_v2, UPDATE_SLOTS)
APPLY_ADAGRAD_DA = _apply("ApplyAdagradDA", "var gradient_accumulator gradient_squared_accumulator",
                          "grad lr l1 l2 global_step", training_rules.adagrad_da, dtypes=REAL_FLOATS)
APPLY_ADADELTA = _apply("ApplyAdadelta", "var accum accum_update", "lr rho epsilon grad", training_rules.adadelta)
APPLY_RMS_PROP = _apply("ApplyRMSProp", "var ms mom", "lr rho momentum epsilon grad", training_rules.rms_prop)
APPLY_CENTERED_RMS_PROP = _apply("ApplyCenteredRMSProp", "var mg ms mom", "lr rho momentum epsilon grad",
                                 training_rules.centered_rms_prop)
APPLY_FTRL = _apply("ApplyFtrl", "var accum linear", "grad lr l1 l2 lr_power", training_rules.ftrl, SCALED_LINEAR,
                    REAL_FLOATS)
APPLY_FTRL_V2 = _apply("ApplyFtrlV2", "var accum linear", "grad lr l1 l2 l2_shrinkage lr_power",
                       training_rules.ftrl_v2, SCALED_LINEAR, REAL_FLOATS)
APPLY_PROXIMAL_GRADIENT_DESCENT = _apply("ApplyProximalGradientDescent", "var", "alpha l1 l2 delta",
                                         training_rules.proximal_gradient_descent, dtypes=REAL_FLOATS)
APPLY_PROXIMAL_ADAGRAD = _apply("ApplyProximalAdagrad", "var accum", "lr l1 l2 grad",
                                training_rules.proximal_adagrad, dtypes=REAL_FLOATS)
APPLY_ADD_SIGN = _apply("ApplyAddSign", "var m", "lr alpha sign_decay beta grad", training_rules.add_sign,
                        dtypes=REAL_FLOATS)
APPLY_POWER_SIGN = _apply("ApplyPowerSign", "var m", "lr logbase sign_decay beta grad", training_rules.power_sign,
                          dtypes=REAL_FLOATS)
