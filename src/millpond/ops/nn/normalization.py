"""Moments, batch normalization, L2 normalization, and local response normalization."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import undefined_gradient
from millpond.graph.argument_types import AxisLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.fill import zeros_like
from millpond.ops.array.identity import stop_gradient
from millpond.ops.math.reduction import reduce_mean, reduce_prod, reduce_sum, renamed
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def moments(x: TensorLike, axes: AxisLike, shift: TensorLike | None = None, name: str | None = None,
            keep_dims: bool | None = None, keepdims: bool | None = None) -> tuple[Tensor, Tensor]:
    """The mean and the variance over `axes`.

    Args:
      x: A tensor of floats; float16 is computed in float32.
      axes: The dimensions that are summed over.
      shift: Not used; the computation needs no shift.
      name: Name of the scope.
      keep_dims, keepdims: Whether the result keeps those dimensions with size 1.

    Returns:
      (mean, variance), of the dtype of `x`.

    Raises:
      ValueError: If an axis is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     mean, variance = sess.run(tf.nn.moments(tf.constant([1.0, 3.0]), [0]))
      ...     print(mean, variance)
      2.0 1.0
    """
    keep = bool(renamed("keepdims", keepdims, "keep_dims", keep_dims))
    g = GradientBuilder()
    with name_scope(name, "moments", [x, axes]):
        x = convert_to_tensor(x)
        dtype = x.dtype.base_dtype
        wide = g.cast(x, dtypes.float32) if dtype is dtypes.float16 else x
        mean = reduce_mean(wide, axes, keepdims=True, name="mean")
        # The mean is a constant to the variance: its derivative there is zero anyway.
        variance = reduce_mean(g.SquaredDifference(wide, stop_gradient(mean)), axes, keepdims=True, name="variance")
        if not keep:
            mean, variance = _without(mean, axes), _without(variance, axes)
        return g.cast(mean, dtype), g.cast(variance, dtype)


def _without(x: Tensor, axes: Any) -> Tensor:
    known = GradientBuilder().static(convert_to_tensor(axes)) if isinstance(axes, Tensor) else np.asarray(axes)
    if known is None:
        raise NotImplementedError("tf.nn.moments needs axes that are known while building the graph, unless "
                                  "keep_dims=True.")
    return GradientBuilder().Squeeze(x, squeeze_dims=[int(axis) for axis in np.ravel(known)])


def weighted_moments(x: TensorLike, axes: AxisLike, frequency_weights: TensorLike, name: str | None = None,
                     keep_dims: bool | None = None, keepdims: bool | None = None) -> tuple[Tensor, Tensor]:
    """The mean and the variance over `axes`, each element counted as often as its weight says.

    Args:
      x: A tensor of floats.
      axes: The dimensions that are summed over.
      frequency_weights: Weights, which broadcast with `x`.
      name: Name of the scope.
      keep_dims, keepdims: Whether the result keeps those dimensions with size 1.

    Returns:
      (mean, variance).

    Raises:
      ValueError: If the shapes cannot be broadcast, or an axis is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     mean, variance = tf.nn.weighted_moments([1.0, 5.0], [0], [3.0, 1.0])
      ...     print(sess.run((mean, variance)))
      (np.float32(2.0), np.float32(3.0))
    """
    keep = bool(renamed("keepdims", keepdims, "keep_dims", keep_dims))
    g = GradientBuilder()
    with name_scope(name, "weighted_moments", [x, frequency_weights, axes]):
        x, weights = convert_to_tensor(x, name="x"), convert_to_tensor(frequency_weights, name="frequency_weights")
        dtype = x.dtype.base_dtype
        if dtype is dtypes.float16:
            x = g.cast(x, dtypes.float32)
        weights = g.cast(weights, x.dtype)
        total = reduce_sum(g.Mul(weights, x, name="mul"), axes, name="weighted_input_sum", keepdims=True)
        # Broadcast by an addition, so that weights that are repeated are counted as often.
        spread = g.AddV2(weights, zeros_like(x), name="add")
        weight = reduce_sum(spread, axes, name="sum_of_weights", keepdims=True)
        mean = g.DivNoNan(total, weight, name="div_no_nan")
        squares = g.Mul(weights, g.SquaredDifference(x, mean), name="mul")
        distance = reduce_sum(squares, axes, name="weighted_distsq", keepdims=True)
        variance = g.DivNoNan(distance, weight, name="div_no_nan")
        if not keep:
            mean, variance = _without(mean, axes), _without(variance, axes)
        return g.cast(mean, dtype), g.cast(variance, dtype)


def sufficient_statistics(x: TensorLike, axes: AxisLike, shift: TensorLike | None = None, keep_dims: bool | None = None,
                          name: str | None = None, keepdims: bool | None = None) -> tuple[Tensor, Tensor, Tensor, Any]:
    """What the mean and variance over `axes` can be computed from, once the parts of a sum are together.

    Args:
      x: A tensor of floats.
      axes: The dimensions that are summed over.
      shift: A value near the mean that is subtracted first, or None.
      keep_dims, keepdims: Whether the result keeps those dimensions with size 1.
      name: Name of the scope.

    Returns:
      The number of elements, their sum, the sum of their squares (both of the shifted values), and the shift.

    Raises:
      IndexError: If an axis is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     count, total, squares, _ = tf.nn.sufficient_statistics([1.0, 3.0], [0])
      ...     print(sess.run((count, total, squares)))
      (np.float32(2.0), np.float32(4.0), np.float32(10.0))
    """
    keep = bool(renamed("keepdims", keepdims, "keep_dims", keep_dims))
    g = GradientBuilder()
    with name_scope(name, "sufficient_statistics", [x, shift]):
        x = convert_to_tensor(x, name="x")
        sizes = x.shape.sizes
        places = [int(axis) for axis in np.ravel(axes)]
        if sizes is not None and all(sizes[axis] is not None for axis in places):
            number = int(np.prod([sizes[axis] for axis in places], dtype=np.int64))
            count = g.constant(number, x)
        else:
            if sizes is not None:
                places = [axis % len(sizes) for axis in places]
            chosen = g.GatherV2(g.cast(g.shape(x), x.dtype), np.array(places, np.int32), 0)
            count = reduce_prod(chosen, name="count")
        if shift is not None:
            shift = convert_to_tensor(shift, name="shift")
            values, squares = g.Sub(x, shift), g.SquaredDifference(x, shift)
        else:
            values, squares = x, g.Square(x)
        return (count, reduce_sum(values, axes, keepdims=keep, name="mean_ss"),
                reduce_sum(squares, axes, keepdims=keep, name="var_ss"), shift)


def normalize_moments(counts: TensorLike, mean_ss: TensorLike, variance_ss: TensorLike, shift: TensorLike,
                      name: str | None = None) -> tuple[Tensor, Tensor]:
    """Mean and variance from the results of `sufficient_statistics`.

    Args:
      counts: The number of elements.
      mean_ss: The sum of the (shifted) elements.
      variance_ss: The sum of their squares.
      shift: What was subtracted from each element first, or None.
      name: Name of the scope of the nodes.

    Returns:
      (mean, variance).

    Raises:
      TypeError: If the dtypes differ.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     mean, variance = tf.nn.normalize_moments(2.0, 4.0, 10.0, None)
      ...     print(sess.run((mean, variance)))
      (np.float32(2.0), np.float32(1.0))
    """
    g = GradientBuilder()
    with name_scope(name, "normalize", [counts, mean_ss, variance_ss, shift]):
        divisor = g.Reciprocal(counts, name="divisor")
        if shift is None:
            mean = shifted = g.Mul(mean_ss, divisor, name="mean")
        else:
            shifted = g.Mul(mean_ss, divisor, name="shifted_mean")
            mean = g.AddV2(shifted, shift, name="mean")
        return mean, g.Sub(g.Mul(variance_ss, divisor), g.Square(shifted), name="variance")


def l2_normalize(x: TensorLike, axis: AxisLike | None = None, epsilon: float = 1e-12, name: str | None = None,
                 dim: AxisLike | None = None) -> Tensor:
    """`x / sqrt(max(sum(x ** 2), epsilon))` along `axis`.

    Args:
      x: A tensor of floats.
      axis: A dimension, or several.
      epsilon: A lower bound of the sum.
      name: Name of the node.
      dim: An old name of `axis`.

    Raises:
      TypeError: If `x` holds no floats or complex numbers.
      ValueError: If an axis is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.l2_normalize([3.0, 4.0], 0)))
      [0.6 0.8]
    """
    axis = renamed("axis", axis, "dim", dim)
    g = GradientBuilder()
    with name_scope(name, "l2_normalize", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        if x.dtype.is_complex:
            square = g.Real(g.Mul(x, g.Conj(x)))
            inverse = g.Rsqrt(g.Maximum(reduce_sum(square, axis, keepdims=True), epsilon))
            return g.Complex(g.Mul(g.Real(x), inverse), g.Mul(g.Imag(x), inverse), Tout=x.dtype, name=scope)
        inverse = g.Rsqrt(g.Maximum(reduce_sum(g.Square(x), axis, keepdims=True), epsilon))
        return g.Mul(x, inverse, name=scope)


def batch_normalization(x: TensorLike, mean: TensorLike, variance: TensorLike, offset: TensorLike, scale: TensorLike,
                        variance_epsilon: float, name: str | None = None) -> Tensor:
    """`(x - mean) / sqrt(variance + variance_epsilon) * scale + offset` (S. Ioffe, C. Szegedy, 2015).

    Args:
      x: A tensor of floats.
      mean, variance: Of the batch, or of all of training; they broadcast with `x`.
      offset, scale: What is learnt, or None.
      variance_epsilon: Keeps the divisor from zero.
      name: Name of the scope.

    Raises:
      TypeError: If the dtypes differ.
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.constant([1.0, 3.0])
      ...     y = tf.nn.batch_normalization(x, 2.0, 1.0, offset=0.5, scale=2.0, variance_epsilon=0.0)
      ...     print(sess.run(y).round(4))
      [-1.5  2.5]
    """
    g = GradientBuilder()
    with name_scope(name, "batchnorm", [x, mean, variance, scale, offset]):
        x = convert_to_tensor(x)
        factor = g.Rsqrt(g.AddV2(variance, variance_epsilon, name="add"))
        if scale is not None:
            factor = g.Mul(factor, scale, name="mul")
        scaled = g.Mul(x, g.cast(factor, x.dtype), name="mul")
        rest = g.Mul(g.Neg(mean), factor, name="mul") if offset is None else \
            g.Sub(offset, g.Mul(mean, factor, name="mul"), name="sub")
        return g.AddV2(scaled, g.cast(rest, x.dtype), name="add_1")


def batch_norm_with_global_normalization(t: TensorLike | None = None, m: TensorLike | None = None,
                                         v: TensorLike | None = None, beta: TensorLike | None = None,
                                         gamma: TensorLike | None = None, variance_epsilon: float = 0.001,
                                         scale_after_normalization: bool = False, name: str | None = None,
                                         input: TensorLike | None = None, mean: TensorLike | None = None,
                                         variance: TensorLike | None = None) -> Tensor:
    """`batch_normalization` by the arguments of TensorFlow's first release.

    Args:
      t, input: A tensor of floats, under its old or its new name.
      m, mean: The means, likewise; they broadcast with `t`.
      v, variance: The variances, likewise.
      beta: The offset that is learnt.
      gamma: The scale that is learnt, used with `scale_after_normalization`.
      variance_epsilon: Keeps the divisor from zero.
      scale_after_normalization: Whether the result is multiplied by `gamma`.
      name: Name of the node.

    Raises:
      ValueError: If the shapes cannot be broadcast.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x, mean, variance, beta = [[1.0, 4.0]], [0.0, 2.0], [1.0, 4.0], [0.5, 0.5]
      ...     y = tf.nn.batch_norm_with_global_normalization(x, mean, variance, beta, variance_epsilon=0.0)
      ...     print(sess.run(y).round(4))
      [[1.5 1.5]]
    """
    return batch_normalization(t if input is None else input, m if mean is None else mean,
                               v if variance is None else variance, beta,
                               gamma if scale_after_normalization else None, variance_epsilon, name)


# --- local response normalization

_LRN_ATTRS = ("depth_radius: int = 5, bias: float = 1.0, alpha: float = 1.0, beta: float = 0.5, "
              "T: {half, bfloat16, float} = float")


def _neighbours(xp: ArrayModule, x: Any, depth_radius: int) -> Any:
    """Of each element, the sum over the channels that are at most `depth_radius` away."""
    channels = x.shape[-1]
    distance = np.abs(np.arange(channels)[:, None] - np.arange(channels))
    return xp.matmul(x, xp.asarray((distance <= depth_radius).astype(np.dtype(x.dtype))))


def _wide(xp: ArrayModule, x: Any) -> Any:
    return xp.astype(x, np.float32)


def _lrn_shape(input: TensorShape) -> TensorShape:
    return shape_rules.with_rank(input, 4)


def _lrn_kernel(xp: ArrayModule, input: Array, *, depth_radius: int, bias: float, alpha: float, beta: float) -> Array:
    x = _wide(xp, input)
    norm = xp.add(_neighbours(xp, xp.square(x), depth_radius) * np.float32(alpha), np.float32(bias))
    return xp.astype(xp.multiply(x, xp.power(norm, np.float32(-beta))), input.dtype)


def _lrn_attrs(op: Any) -> dict[str, Any]:
    return {name: op.attributes[name] for name in ("depth_radius", "bias", "alpha", "beta")}


def _lrn_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.LRNGrad(dy, op.inputs[0], op.outputs[0], **_lrn_attrs(op))


LRN = define_op("LRN", inputs="input: T", outputs="output: T", attrs=_LRN_ATTRS, shape=_lrn_shape, kernel=_lrn_kernel,
                gradient=_lrn_gradient)


def _lrn_grad_kernel(xp: ArrayModule, input_grads: Array, input_image: Array, output_image: Array, *, depth_radius: int,
                     bias: float, alpha: float, beta: float) -> Array:
    """dx = dy * n^-beta - 2 alpha beta x * sum over neighbours of (dy * y / n), n the norm."""
    dy, x, y = _wide(xp, input_grads), _wide(xp, input_image), _wide(xp, output_image)
    norm = xp.add(_neighbours(xp, xp.square(x), depth_radius) * np.float32(alpha), np.float32(bias))
    shared = _neighbours(xp, xp.divide(xp.multiply(dy, y), norm), depth_radius)
    direct = xp.multiply(dy, xp.power(norm, np.float32(-beta)))
    return xp.astype(xp.subtract(direct, xp.multiply(x, shared) * np.float32(2 * alpha * beta)), input_grads.dtype)


LRN_GRAD = define_op("LRNGrad", inputs="input_grads: T, input_image: T, output_image: T", outputs="output: T",
                     attrs=_LRN_ATTRS, shape=shape_rules.same, kernel=_lrn_grad_kernel, gradient=undefined_gradient)


def local_response_normalization(input: TensorLike, depth_radius: int = 5, bias: float = 1.0, alpha: float = 1.0,
                                 beta: float = 0.5, name: str | None = None) -> Tensor:
    """`input / (bias + alpha * sum(input ** 2)) ** beta`, the sum over channels near each (A. Krizhevsky et al., 2012).

    Args:
      input: [batch, height, width, channels] of float16, bfloat16 or float32.
      depth_radius: How far channels reach.
      bias, alpha, beta: Constants of the formula.
      name: Name of the node.

    Raises:
      TypeError: If `input` is of another dtype.
      ValueError: If it has not four dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.local_response_normalization([[[[3.0, 4.0]]]], bias=0.0)).round(4))
      [[[[0.6 0.8]]]]
    """
    return LRN(input, depth_radius=depth_radius, bias=bias, alpha=alpha, beta=beta, name=name)
