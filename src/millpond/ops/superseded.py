"""Ops of earlier releases, which no function of today makes, but which the graphs of their time hold."""

from __future__ import annotations

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.opdef import NOT_DIFFERENTIABLE, OpDefinition, Rule, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import NUMBERS
from millpond.ops.nn import bias_dropout, fused_batch_norm
from millpond.shapes import TensorShape


def _rules(definition: OpDefinition) -> tuple[Rule, Rule]:
    """The shape rule and the kernel of today's form."""
    assert definition.shape is not None and definition.kernel is not None
    return definition.shape, definition.kernel


# Batch normalization: the first two forms of FusedBatchNormV3, which reserve one value less for the gradient.

_FORWARD, _BACKWARD = fused_batch_norm.FUSED_BATCH_NORM, fused_batch_norm.FUSED_BATCH_NORM_GRAD
_FORWARD_SHAPE, _FORWARD_KERNEL = _rules(_FORWARD)
_BACKWARD_SHAPE, _BACKWARD_KERNEL = _rules(_BACKWARD)
_LAYOUTS = "data_format: {'NHWC', 'NCHW', 'NDHWC', 'NCDHW'} = 'NHWC', is_training: bool = True"


def _batch_norm_shape(x: TensorShape, scale: TensorShape, offset: TensorShape, mean: TensorShape, variance: TensorShape,
                      *, data_format: str, is_training: bool) -> tuple[TensorShape, ...]:
    return _FORWARD_SHAPE(x, scale, offset, mean, variance, data_format=data_format, is_training=is_training)[:5]


def _batch_norm_kernel(xp: ArrayModule, x: Array, scale: Array, offset: Array, mean: Array, variance: Array, *,
                       epsilon: float, exponential_avg_factor: float, data_format: str,
                       is_training: bool) -> tuple[Array, ...]:
    return _FORWARD_KERNEL(xp, x, scale, offset, mean, variance, epsilon=epsilon, data_format=data_format,
                           exponential_avg_factor=exponential_avg_factor, is_training=is_training)[:5]


def _batch_norm_gradient(g: GradientBuilder, op: Operation, dy: Tensor, *_: Tensor) -> Cotangents:
    x, scale, _offset, mean, variance = op.inputs
    is_training = op.attributes["is_training"]
    used = (op.outputs[3], op.outputs[4]) if is_training else (mean, variance)
    cotangents = _BACKWARD(dy, x, scale, *used, np.zeros([0], np.float32), epsilon=op.attributes["epsilon"],
                           data_format=op.attributes["data_format"], is_training=is_training)
    return [*cotangents[:3], None, None]


def _batch_norm_grad_shape(y_backprop: TensorShape, x: TensorShape, scale: TensorShape, reserve_space_1: TensorShape,
                           reserve_space_2: TensorShape, *, data_format: str) -> tuple[TensorShape, ...]:
    return _BACKWARD_SHAPE(y_backprop, x, scale, data_format=data_format)


def _batch_norm_grad_kernel(xp: ArrayModule, y_backprop: Array, x: Array, scale: Array, reserve_space_1: Array,
                            reserve_space_2: Array, *, epsilon: float, data_format: str,
                            is_training: bool) -> tuple[Array, ...]:
    return _BACKWARD_KERNEL(xp, y_backprop, x, scale, reserve_space_1, reserve_space_2, None, epsilon=epsilon,
                            data_format=data_format, is_training=is_training)


FUSED_BATCH_NORM_V1 = define_op(
    "FusedBatchNorm", inputs="x: T, scale: T, offset: T, mean: T, variance: T",
    outputs="y: T, batch_mean: T, batch_variance: T, reserve_space_1: T, reserve_space_2: T",
    attrs=f"T: {{float}}, epsilon: float = 0.0001, exponential_avg_factor: float = 1.0, {_LAYOUTS}",
    shape=_batch_norm_shape, kernel=_batch_norm_kernel, gradient=_batch_norm_gradient)

FUSED_BATCH_NORM_V2 = define_op(
    "FusedBatchNormV2", inputs="x: T, scale: U, offset: U, mean: U, variance: U",
    outputs="y: T, batch_mean: U, batch_variance: U, reserve_space_1: U, reserve_space_2: U",
    attrs=f"T: {{half, bfloat16, float}}, U: {{float}}, epsilon: float = 0.0001, exponential_avg_factor: float = 1.0, "
          f"{_LAYOUTS}",
    shape=_batch_norm_shape, kernel=_batch_norm_kernel, gradient=_batch_norm_gradient)

FUSED_BATCH_NORM_GRAD_V1 = define_op(
    "FusedBatchNormGrad", inputs="y_backprop: T, x: T, scale: T, reserve_space_1: T, reserve_space_2: T",
    outputs="x_backprop: T, scale_backprop: T, offset_backprop: T, reserve_space_3: T, reserve_space_4: T",
    attrs=f"T: {{float}}, epsilon: float = 0.0001, {_LAYOUTS}",
    shape=_batch_norm_grad_shape, kernel=_batch_norm_grad_kernel, gradient=_BACKWARD.gradient)

FUSED_BATCH_NORM_GRAD_V2 = define_op(
    "FusedBatchNormGradV2", inputs="y_backprop: T, x: T, scale: float, reserve_space_1: U, reserve_space_2: U",
    outputs="x_backprop: T, scale_backprop: U, offset_backprop: U, reserve_space_3: U, reserve_space_4: U",
    attrs=f"T: {{half, bfloat16, float}}, U: {{float}}, epsilon: float = 0.0001, {_LAYOUTS}",
    shape=_batch_norm_grad_shape, kernel=_batch_norm_grad_kernel, gradient=_BACKWARD.gradient)


# Batch normalization with given moments, before it was fused.

def _global_normalization_shape(t: TensorShape, m: TensorShape, v: TensorShape, beta: TensorShape,
                                gamma: TensorShape) -> TensorShape:
    sizes = shape_rules.sizes_of(shape_rules.with_rank(t, 4))
    channels = TensorShape.of(sizes[3:]).merge_with(m).merge_with(v).merge_with(beta).merge_with(gamma)
    return TensorShape.of(sizes[:3] + shape_rules.sizes_of(channels))


def _global_normalization_kernel(xp: ArrayModule, t: Array, m: Array, v: Array, beta: Array, gamma: Array, *,
                                 variance_epsilon: float, scale_after_normalization: bool) -> Array:
    epsilon = np.asarray(variance_epsilon, v.dtype)
    factor = xp.divide(np.ones((), v.dtype), xp.sqrt(xp.add(v, epsilon)))
    if scale_after_normalization:
        factor = xp.multiply(factor, gamma)
    return xp.add(xp.multiply(xp.subtract(t, m), factor), beta)


BATCH_NORM_WITH_GLOBAL_NORMALIZATION = define_op(
    "BatchNormWithGlobalNormalization", inputs="t: T, m: T, v: T, beta: T, gamma: T", outputs="result: T",
    attrs=f"T: {NUMBERS}, variance_epsilon: float, scale_after_normalization: bool",
    shape=_global_normalization_shape, kernel=_global_normalization_kernel, gradient=NOT_DIFFERENTIABLE)


# Adding biases: BiasAdd without a layout.

_BIAS_ADD_SHAPE, _BIAS_ADD_KERNEL = _rules(bias_dropout.BIAS_ADD)


def _bias_add_v1_shape(value: TensorShape, bias: TensorShape) -> TensorShape:
    return _BIAS_ADD_SHAPE(value, bias, data_format="NHWC")


def _bias_add_v1_kernel(xp: ArrayModule, value: Array, bias: Array) -> Array:
    return _BIAS_ADD_KERNEL(xp, value, bias, data_format="NHWC")


def _bias_add_v1_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [dy, g.BiasAddGrad(dy)]


BIAS_ADD_V1 = define_op("BiasAddV1", inputs="value: T, bias: T", outputs="output: T", attrs=f"T: {NUMBERS}",
                        shape=_bias_add_v1_shape, kernel=_bias_add_v1_kernel, gradient=_bias_add_v1_gradient)


# A placeholder that always has a shape.

def _placeholder_v2_shape(*, shape: TensorShape) -> TensorShape:
    return shape


PLACEHOLDER_V2 = define_op("PlaceholderV2", outputs="output: dtype", attrs="dtype: type, shape: shape",
                           shape=_placeholder_v2_shape, gradient=NOT_DIFFERENTIABLE, role="placeholder")
