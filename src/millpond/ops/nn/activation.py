"""Activation functions of neural networks, each with the op that computes its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import REAL_FLOATS, REALS
from millpond.ops.factories import unary
from millpond.ops.scoping import name_scope

# Constants of self-normalizing networks (G. Klambauer et al., 2017).
SELU_SCALE = 1.0507009873554804934193349852946
SELU_SCALE_ALPHA = 1.7580993408473768599402175208123


def _number(xp: ArrayModule, value: float, like: Any) -> Any:
    """A scalar of the dtype of `like`."""
    return xp.asarray(value, dtype=like.dtype)


def _gradient_op(type: str, kernel: Any, gradient: Any, second: str, dtypes: str = REAL_FLOATS, attrs: str = "") -> Any:
    """The op that takes the cotangent of an activation's output to that of its input; `second` says what else it
    is given: the activation's `features` or its `outputs`."""
    return define_op(type, inputs=f"gradients: T, {second}: T", outputs="backprops: T",
                     attrs=f"{attrs}T: {dtypes}", shape=shape_rules.merged, kernel=kernel, gradient=gradient)


def _relu_kernel(xp: ArrayModule, features: Array) -> Array:
    return xp.maximum(features, _number(xp, 0, features))


def _relu_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.ReluGrad(dy, op.outputs[0])


def _relu_grad_kernel(xp: ArrayModule, gradients: Array, features: Array) -> Array:
    return _where_active(xp, xp.greater(features, _number(xp, 0, features)), gradients)


def _where_active(xp: ArrayModule, active: Any, gradients: Any) -> Any:
    """The cotangents times 1 or 0, not a choice: one that is NaN or infinite shows where the unit is off, too.

    Through an integer, as XLA makes a choice of a product with a converted predicate (see `Cast`).
    """
    return xp.multiply(gradients, xp.asarray(xp.asarray(active, dtype=np.int8), dtype=gradients.dtype))


def _relu_grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    features = op.inputs[1]
    return [g.ReluGrad(dy, features), g.zeros_like(features)]


RELU = unary("Relu", _relu_kernel, _relu_gradient, REALS, input="features", output_name="activations")
RELU_GRAD = _gradient_op("ReluGrad", _relu_grad_kernel, _relu_grad_gradient, "features", REALS)


def relu(features: TensorLike, name: str | None = None) -> Tensor:
    """Rectified linear: `max(features, 0)`.

    Args:
      features: A tensor of a real number type.
      name: Name of the node.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.relu([-1.0, 2.0])))
      [0. 2.]
    """
    return RELU(features, name=name)


def _relu6_kernel(xp: ArrayModule, features: Array) -> Array:
    return xp.minimum(xp.maximum(features, _number(xp, 0, features)), _number(xp, 6, features))


def _relu6_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.Relu6Grad(dy, op.outputs[0])


def _relu6_grad_kernel(xp: ArrayModule, gradients: Array, features: Array) -> Array:
    inside = xp.logical_and(xp.greater(features, _number(xp, 0, features)), xp.less(features, _number(xp, 6, features)))
    return _where_active(xp, inside, gradients)


def _relu6_grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    features = op.inputs[1]
    return [g.Relu6Grad(dy, features), g.zeros_like(features)]


RELU6 = unary("Relu6", _relu6_kernel, _relu6_gradient, REALS, input="features", output_name="activations")
RELU6_GRAD = _gradient_op("Relu6Grad", _relu6_grad_kernel, _relu6_grad_gradient, "features", REALS)


def relu6(features: TensorLike, name: str | None = None) -> Tensor:
    """Rectified linear, cut off at 6: `min(max(features, 0), 6)` (A. Krizhevsky, 2010)."""
    with name_scope(name, "Relu6", [features]) as scope:
        return RELU6(convert_to_tensor(features, name="features"), name=scope)


def _leaky_relu_kernel(xp: ArrayModule, features: Array, *, alpha: float) -> Array:
    return xp.where(xp.greater(features, _number(xp, 0, features)), features,
                    xp.multiply(features, _number(xp, float(np.float32(alpha)), features)))


def _leaky_relu_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.LeakyReluGrad(dy, op.inputs[0], alpha=op.attributes["alpha"])


def _leaky_relu_grad_kernel(xp: ArrayModule, gradients: Array, features: Array, *, alpha: float) -> Array:
    return xp.where(xp.greater(features, _number(xp, 0, features)), gradients,
                    xp.multiply(gradients, _number(xp, float(np.float32(alpha)), gradients)))


def _leaky_relu_grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    features = op.inputs[1]
    return [g.LeakyReluGrad(dy, features, alpha=op.attributes["alpha"]), g.zeros_like(features)]


LEAKY_RELU = define_op("LeakyRelu", inputs="features: T", outputs="activations: T",
                       attrs=f"alpha: float = 0.2, T: {REAL_FLOATS} = float", shape=shape_rules.same,
                       kernel=_leaky_relu_kernel, gradient=_leaky_relu_gradient)
LEAKY_RELU_GRAD = _gradient_op("LeakyReluGrad", _leaky_relu_grad_kernel, _leaky_relu_grad_gradient, "features",
                               f"{REAL_FLOATS} = float", attrs="alpha: float = 0.2, ")


def leaky_relu(features: TensorLike, alpha: float = 0.2, name: str | None = None) -> Tensor:
    """`features` where they are positive, `alpha * features` elsewhere (A. L. Maas et al., 2013).

    Args:
      features: A tensor of floats; integers are cast to float32.
      alpha: The slope below zero.
      name: Name of the node.

    Raises:
      TypeError: If `features` holds no real numbers.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.leaky_relu([1.0, -2.0], alpha=0.5)))
      [ 1. -1.]
    """
    with name_scope(name, "LeakyRelu", [features, alpha]) as scope:
        features = convert_to_tensor(features, name="features")
        if features.dtype.is_integer:
            features = GradientBuilder().Cast(features, DstT="float32")
        if isinstance(alpha, np.ndarray):
            alpha = alpha.item()
        return LEAKY_RELU(features, alpha=alpha, name=scope)


def _elu_kernel(xp: ArrayModule, features: Array) -> Array:
    zero = _number(xp, 0, features)
    return xp.where(xp.less(features, zero), xp.expm1(xp.minimum(features, zero)), features)


def _elu_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.EluGrad(dy, op.outputs[0])


def _elu_grad_kernel(xp: ArrayModule, gradients: Array, outputs: Array) -> Array:
    slope = xp.add(outputs, _number(xp, 1, outputs))
    return xp.where(xp.less(outputs, _number(xp, 0, outputs)), xp.multiply(slope, gradients), gradients)


def _elu_grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    gradients, outputs = op.inputs
    below = g.Less(outputs, g.constant(0, outputs))
    return [g.EluGrad(dy, outputs), g.Select(below, g.Mul(dy, gradients), g.zeros_like(outputs))]


ELU = unary("Elu", _elu_kernel, _elu_gradient, REAL_FLOATS, input="features", output_name="activations")
ELU_GRAD = _gradient_op("EluGrad", _elu_grad_kernel, _elu_grad_gradient, "outputs")


def elu(features: TensorLike, name: str | None = None) -> Tensor:
    """Exponential linear: `exp(features) - 1` below zero, `features` above (D.-A. Clevert et al., 2015)."""
    return ELU(features, name=name)


def _selu_kernel(xp: ArrayModule, features: Array) -> Array:
    zero = _number(xp, 0, features)
    below = xp.multiply(_number(xp, SELU_SCALE_ALPHA, features), xp.expm1(xp.minimum(features, zero)))
    return xp.where(xp.less(features, zero), below, xp.multiply(_number(xp, SELU_SCALE, features), features))


def _selu_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.SeluGrad(dy, op.outputs[0])


def _selu_grad_kernel(xp: ArrayModule, gradients: Array, outputs: Array) -> Array:
    below = xp.multiply(gradients, xp.add(outputs, _number(xp, SELU_SCALE_ALPHA, outputs)))
    return xp.where(xp.less(outputs, _number(xp, 0, outputs)), below,
                    xp.multiply(_number(xp, SELU_SCALE, gradients), gradients))


def _selu_grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    gradients, outputs = op.inputs
    below = g.Less(outputs, g.constant(0, outputs))
    return [g.SeluGrad(dy, outputs), g.Select(below, g.Mul(dy, gradients), g.zeros_like(outputs))]


SELU = unary("Selu", _selu_kernel, _selu_gradient, REAL_FLOATS, input="features", output_name="activations")
SELU_GRAD = _gradient_op("SeluGrad", _selu_grad_kernel, _selu_grad_gradient, "outputs")


def selu(features: TensorLike, name: str | None = None) -> Tensor:
    """Scaled exponential linear: 1.0507 times `elu` with 1.6733 as its limit below (G. Klambauer et al., 2017)."""
    return SELU(features, name=name)


def _softplus_kernel(xp: ArrayModule, features: Array) -> Array:
    tail = xp.log1p(xp.exp(xp.negative(xp.abs(features))))
    return xp.add(xp.maximum(features, _number(xp, 0, features)), tail)


def _softplus_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.Mul(dy, g.Sigmoid(op.inputs[0]), name="mul")


def _softplus_grad_kernel(xp: ArrayModule, gradients: Array, features: Array) -> Array:
    one = _number(xp, 1, features)
    return xp.divide(gradients, xp.add(xp.exp(xp.negative(features)), one))


def _softplus_grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    """The derivative of the sigmoid, s (1 - s), written without its overflow: 1 / (e^-x + 2 + e^x)."""
    gradients, features = op.inputs
    both = g.AddV2(g.Exp(g.Neg(features)), g.AddV2(g.Exp(features), g.constant(2, features)))
    return [g.SoftplusGrad(dy, features), g.Mul(dy, g.RealDiv(gradients, both))]


SOFTPLUS = unary("Softplus", _softplus_kernel, _softplus_gradient, REAL_FLOATS, input="features",
                 output_name="activations")
SOFTPLUS_GRAD = _gradient_op("SoftplusGrad", _softplus_grad_kernel, _softplus_grad_gradient, "features")


def softplus(features: TensorLike, name: str | None = None) -> Tensor:
    """`log(exp(features) + 1)`."""
    return SOFTPLUS(features, name=name)


def _softsign_kernel(xp: ArrayModule, features: Array) -> Array:
    return xp.divide(features, xp.add(_number(xp, 1, features), xp.abs(features)))


def _softsign_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.SoftsignGrad(dy, op.inputs[0])


def _softsign_grad_kernel(xp: ArrayModule, gradients: Array, features: Array) -> Array:
    return xp.divide(gradients, xp.square(xp.add(_number(xp, 1, features), xp.abs(features))))


def _softsign_grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    """The second derivative is -2 sign(x) / (1 + |x|)^3."""
    gradients, features = op.inputs
    curvature = g.RealDiv(g.Sign(features), g.AddV2(g.Abs(features), g.constant(1, features)))
    return [g.SoftsignGrad(dy, features),
            g.Mul(g.Mul(g.SoftsignGrad(dy, features), gradients), g.Mul(curvature, g.constant(-2, features)))]


SOFTSIGN = unary("Softsign", _softsign_kernel, _softsign_gradient, REAL_FLOATS, input="features",
                 output_name="activations")
SOFTSIGN_GRAD = _gradient_op("SoftsignGrad", _softsign_grad_kernel, _softsign_grad_gradient, "features")


def softsign(features: TensorLike, name: str | None = None) -> Tensor:
    """`features / (abs(features) + 1)`."""
    return SOFTSIGN(features, name=name)


def crelu(features: TensorLike, name: str | None = None, axis: int = -1) -> Tensor:
    """The positive parts of `features` and of `-features`, side by side (W. Shang et al., 2016).

    Args:
      features: A tensor of a real number type.
      name: Name of the scope.
      axis: The dimension that is doubled.

    Raises:
      TypeError: If `features` holds no real numbers.
      ValueError: If there is no such dimension.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.crelu([1.0, -2.0])))
      [1. 0. 0. 2.]
    """
    g = GradientBuilder()
    with name_scope(name, "CRelu", [features]) as scope:
        features = convert_to_tensor(features, name="features")
        return RELU(g.ConcatV2([features, g.Neg(features)], axis, name=scope))


def swish(features: TensorLike) -> Tensor:
    """`features * sigmoid(features)` (P. Ramachandran et al., 2017), also called SiLU."""
    g = GradientBuilder()
    with name_scope(None, "swish", [features]):
        features = convert_to_tensor(features, name="features")
        return g.Mul(features, g.Sigmoid(features), name="mul")
