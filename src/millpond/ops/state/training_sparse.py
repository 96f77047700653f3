"""The ops that apply a gradient to some rows of a variable and its slots: `SparseApplyAdagrad` and its kin.

The rows are taken out, go through the same rule as a dense update (`training_rules.py`), and are put back;
the other rows are not touched. No row may be named twice in one update: optimizers add such rows up before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from millpond.errors import InvalidArgumentError
from millpond.graph.opdef import Guard
from millpond.graph.rule_types import ArrayModule, Jax
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import FLOATS, INDEX, REAL_FLOATS
from millpond.ops.state import training_rules
from millpond.ops.state.training import (
    GRADIENTS,
    NESTEROV,
    SCALED_LINEAR,
    UPDATE_SLOTS,
    TrainingOp,
    define_forms,
    given_flags,
)
from millpond.shapes import TensorShape


def _sparse_apply_shape(count: int, names: list[str]) -> Callable[..., TensorShape]:
    def rule(*inputs: TensorShape) -> TensorShape:
        shape = shape_rules.merged(*inputs[:count])
        shape_rules.with_rank_at_least(shape, 1)
        given = dict(zip(names, inputs[count:], strict=True))
        indices = shape_rules.with_rank(given["indices"], 1)
        for name, value in given.items():
            if name in GRADIENTS:
                _check_rows(shape, value, indices)
            elif name != "indices":
                shape_rules.with_rank(value, 0)
        return shape

    return rule


def _check_rows(variable: TensorShape, grad: TensorShape, indices: TensorShape) -> None:
    if grad.sizes is None:
        return
    count = indices.sizes[0] if indices.sizes else None
    if count is not None and grad.sizes and grad.sizes[0] not in (None, count):
        raise ValueError(f"The gradient must have one row for each of the {count} indices, but it has "
                         f"{grad.sizes[0]}")
    if variable.sizes is not None:
        TensorShape.of((count, *variable.sizes[1:])).merge_with(grad)


def _sparse_guard(at: int) -> Guard:
    """No index (they are input number `at`) out of range, and none twice."""

    def ok(xp: ArrayModule, *inputs: Any) -> Any:
        ordered = xp.sort(inputs[at])
        rows = inputs[0].shape[0]
        return xp.all((ordered >= 0) & (ordered < rows)) & xp.all(ordered[1:] != ordered[:-1])

    def message(*inputs: Any) -> str:
        indices, rows = inputs[at], inputs[0].shape[0]
        for offset, index in enumerate(indices):
            if not 0 <= index < rows:
                return f"Index {index} at offset {offset} in indices is out of range [0, {rows})"
        values, counts = np.unique(indices, return_counts=True)
        return (f"Index {values[counts > 1][0]} is named {counts.max()} times in indices; add the rows of "
                "equal indices up first (tf.unique, tf.unsorted_segment_sum)")

    return Guard(ok, message, ("indices",), InvalidArgumentError)


def _row_kernels(rule: Callable[..., Any], count: int, at: int,
                 gradient: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The NumPy and the XLA form of a rule that is applied to rows."""

    def new_rows(xp: ArrayModule, inputs: tuple[Any, ...], *flags: bool | None) -> list[Any]:
        expected = (*inputs[at].shape, *inputs[0].shape[1:])
        if inputs[gradient].shape != expected:
            raise ValueError("the gradient must have a row of the variable for each index, that is the shape "
                             f"{list(expected)}, but it has {list(inputs[gradient].shape)}")
        rows = [xp.take(value, inputs[at], axis=0, mode="clip") for value in inputs[:count]]
        others = (value for i, value in enumerate(inputs[count:], count) if i != at)
        result = rule(xp, *rows, *others, **given_flags(*flags))
        return list(result) if count > 1 else [result]

    def kernel(xp: ArrayModule, *inputs: Any, use_nesterov: bool | None = None, update_slots: bool | None = None,
               multiply_linear_by_lr: bool | None = None) -> list[Any]:
        rows = new_rows(xp, inputs, use_nesterov, update_slots, multiply_linear_by_lr)
        updated = [xp.array(old) for old in inputs[:count]]
        for value, new in zip(updated, rows, strict=True):
            value[inputs[at]] = new
        return updated

    def lower(jax: Jax, *inputs: Any, use_nesterov: bool | None = None, update_slots: bool | None = None,
              multiply_linear_by_lr: bool | None = None) -> list[Any]:
        rows = new_rows(jax.numpy, inputs, use_nesterov, update_slots, multiply_linear_by_lr)
        # The guard sees to it that the indices are in range and differ.
        return [jax.numpy.asarray(old).at[inputs[at]].set(new, mode="drop", unique_indices=True)
                for old, new in zip(inputs[:count], rows, strict=True)]

    return kernel, lower


def _sparse_apply(type: str, refs: str, rest: str, rule: Callable[..., Any], attrs: str = "",
                  dtypes: str = FLOATS) -> TrainingOp:
    """Defines the form for rows of the rule `rule`, which sets the variables `refs`."""
    count, names = len(refs.split()), rest.split()
    at = count + names.index("indices")
    kernel, lower = _row_kernels(rule, count, at, count + names.index("grad"))
    return define_forms(type, refs, rest, f"T: {dtypes}, Tindices: {INDEX}, use_locking: bool = False{attrs}",
                        _sparse_apply_shape(count, names), kernel=kernel, lower=lower,
                        guard=_sparse_guard(at))


SPARSE_APPLY_MOMENTUM = _sparse_apply("SparseApplyMomentum", "var accum", "lr grad indices momentum",
                                      training_rules.momentum, NESTEROV)
SPARSE_APPLY_ADAGRAD = _sparse_apply("SparseApplyAdagrad", "var accum", "lr grad indices",
                                     training_rules.adagrad, UPDATE_SLOTS)
SPARSE_APPLY_ADAGRAD_V2 = _sparse_apply("SparseApplyAdagradV2", "var accum", "lr epsilon grad indices",
                                        training_rules.adagrad_v2, UPDATE_SLOTS)
SPARSE_APPLY_ADAGRAD_DA = _sparse_apply("SparseApplyAdagradDA",
                                        "var gradient_accumulator gradient_squared_accumulator",
                                        "grad indices lr l1 l2 global_step", training_rules.adagrad_da,
                                        dtypes=REAL_FLOATS)
SPARSE_APPLY_ADADELTA = _sparse_apply("SparseApplyAdadelta", "var accum accum_update",
                                      "lr rho epsilon grad indices", training_rules.adadelta)
SPARSE_APPLY_RMS_PROP = _sparse_apply("SparseApplyRMSProp", "var ms mom",
                                      "lr rho momentum epsilon grad indices", training_rules.rms_prop)
SPARSE_APPLY_CENTERED_RMS_PROP = _sparse_apply("SparseApplyCenteredRMSProp", "var mg ms mom",
                                               "lr rho momentum epsilon grad indices",
                                               training_rules.centered_rms_prop)
SPARSE_APPLY_FTRL = _sparse_apply("SparseApplyFtrl", "var accum linear", "grad indices lr l1 l2 lr_power",
                                  training_rules.ftrl, SCALED_LINEAR, REAL_FLOATS)
SPARSE_APPLY_FTRL_V2 = _sparse_apply("SparseApplyFtrlV2", "var accum linear",
                                     "grad indices lr l1 l2 l2_shrinkage lr_power", training_rules.ftrl_v2,
                                     SCALED_LINEAR, REAL_FLOATS)
SPARSE_APPLY_PROXIMAL_GRADIENT_DESCENT = _sparse_apply("SparseApplyProximalGradientDescent", "var",
                                                       "alpha l1 l2 grad indices",
                                                       training_rules.proximal_gradient_descent,
                                                       dtypes=REAL_FLOATS)
SPARSE_APPLY_PROXIMAL_ADAGRAD = _sparse_apply("SparseApplyProximalAdagrad", "var accum",
                                              "lr l1 l2 grad indices",
                                              training_rules.proximal_adagrad, dtypes=REAL_FLOATS)
