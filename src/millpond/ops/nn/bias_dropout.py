"""Biases, dropout, and the layers of TensorFlow's first tutorials (`xw_plus_b`, `relu_layer`)."""

from __future__ import annotations

import logging
import numbers
from typing import Any

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import ShapeTensorLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.identity import identity
from millpond.ops.dtype_sets import NUMBERS
from millpond.ops.nn.softmax import widened
from millpond.ops.random.random_ops import random_uniform
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

_DATA_FORMAT = "data_format: {'NHWC', 'NCHW'} = 'NHWC'"


def channel_axis(data_format: str, rank: int) -> int:
    """Which dimension holds the channels; with fewer than four dimensions NCHW means the second one too."""
    return rank - 1 if data_format == "NHWC" else 1


def _bias_add_shape(value: TensorShape, bias: TensorShape, *, data_format: str) -> TensorShape:
    bias = shape_rules.with_rank(bias, 1)
    value = shape_rules.with_rank_at_least(value, 2 if data_format == "NHWC" else 3)
    if value.sizes is None:
        return value
    axis = channel_axis(data_format, len(value.sizes))
    channels = shape_rules.sizes_of(TensorShape.of((value.sizes[axis],)).merge_with(bias))
    return TensorShape.of(value.sizes[:axis] + channels + value.sizes[axis + 1:])


def _bias_add_kernel(xp: ArrayModule, value: Array, bias: Array, *, data_format: str) -> Array:
    rank = value.ndim
    axis = channel_axis(data_format, rank)
    if bias.shape[0] != value.shape[axis]:
        raise ValueError(f"Must provide as many biases as the channel dimension of the input tensor: "
                         f"{bias.shape[0]} vs. {value.shape[axis]}")
    return xp.add(value, xp.reshape(bias, (-1,) + (1,) * (rank - 1 - axis)))


def _bias_add_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [dy, g.BiasAddGrad(dy, data_format=op.attributes["data_format"])]


BIAS_ADD = define_op("BiasAdd", inputs="value: T, bias: T", outputs="output: T", attrs=f"T: {NUMBERS}, {_DATA_FORMAT}",
                     shape=_bias_add_shape, kernel=_bias_add_kernel, gradient=_bias_add_gradient)


def _bias_add_grad_shape(out_backprop: TensorShape, *, data_format: str) -> TensorShape:
    sizes = out_backprop.sizes
    return TensorShape.of((None if sizes is None else sizes[channel_axis(data_format, len(sizes))],))


def _bias_add_grad_kernel(xp: ArrayModule, out_backprop: Array, *, data_format: str) -> Array:
    axis = channel_axis(data_format, out_backprop.ndim)
    wide = widened(xp, out_backprop)
    others = tuple(i for i in range(out_backprop.ndim) if i != axis)
    return xp.astype(xp.sum(wide, axis=others, dtype=wide.dtype), out_backprop.dtype)


def _bias_add_grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    """The transpose of summing: the bias is repeated in the shape of the input."""
    value = op.inputs[0]
    return g.BiasAdd(g.zeros_like(value), dy, data_format=op.attributes["data_format"])


BIAS_ADD_GRAD = define_op("BiasAddGrad", inputs="out_backprop: T", outputs="output: T",
                          attrs=f"T: {NUMBERS}, {_DATA_FORMAT}", shape=_bias_add_grad_shape,
                          kernel=_bias_add_grad_kernel, gradient=_bias_add_grad_gradient)


def bias_add(value: TensorLike, bias: TensorLike, data_format: str | None = None, name: str | None = None) -> Tensor:
    """Adds `bias[c]` to channel c of `value`.

    Args:
      value: A tensor of at least two dimensions, the channels in the last one (or the second, see `data_format`).
      bias: One number for each channel, of the same dtype.
      data_format: `"NHWC"` (or anything that ends in C; the default) or `"NCHW"` (or anything that starts with NC).
      name: Name of the node.

    Raises:
      ValueError: If the data format is unknown, or there are not as many biases as channels.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.bias_add([[1.0, 2.0]], [10.0, 20.0])))
      [[11. 22.]]
    """
    if data_format is not None:
        if data_format.startswith("NC"):
            data_format = "NCHW"
        elif data_format.startswith("N") and data_format.endswith("C"):
            data_format = "NHWC"
        else:
            raise ValueError(f"`data_format` must be of the form `N...C` or `NC...`, got {data_format!r}")
    with name_scope(name, "BiasAdd", [value, bias]) as scope:
        value = convert_to_tensor(value, name="input")
        bias = convert_to_tensor(bias, dtype=value.dtype, name="bias")
        return BIAS_ADD(value, bias, data_format=data_format, name=scope)


def bias_add_v1(value: TensorLike, bias: TensorLike, name: str | None = None) -> Tensor:
    """`tf.nn.bias_add` for channels in the last dimension, by its old name.

    Args:
      value: A tensor of at least two dimensions.
      bias: One number for each channel, of the same dtype.
      name: Name of the node.

    Raises:
      ValueError: If there are not as many biases as channels.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.bias_add_v1([[1.0, 2.0]], [10.0, 20.0])))
      [[11. 22.]]
    """
    return bias_add(value, bias, name=name)


def xw_plus_b(x: TensorLike, weights: TensorLike, biases: TensorLike, name: str | None = None) -> Tensor:
    """`matmul(x, weights) + biases`.

    Args:
      x: [batch, inputs].
      weights: [inputs, outputs].
      biases: [outputs].
      name: Name of the node.

    Raises:
      TypeError: If the dtypes differ.
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.xw_plus_b([[1.0, 2.0]], [[3.0], [4.0]], [1.0])))
      [[12.]]
    """
    with name_scope(name, "xw_plus_b", [x, weights, biases]) as scope:
        return bias_add(_product(x, weights), convert_to_tensor(biases, name="biases"), name=scope)


def relu_layer(x: TensorLike, weights: TensorLike, biases: TensorLike, name: str | None = None) -> Tensor:
    """`relu(matmul(x, weights) + biases)`.

    Args:
      x: [batch, inputs].
      weights: [inputs, outputs].
      biases: [outputs].
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If the dtypes differ.
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.relu_layer([[1.0, 2.0]], [[3.0, -3.0], [4.0, -4.0]], [1.0, 1.0])))
      [[12.  0.]]
    """
    with name_scope(name, "relu_layer", [x, weights, biases]) as scope:
        product = bias_add(_product(x, weights), convert_to_tensor(biases, name="biases"))
        return GradientBuilder().Relu(product, name=scope)


def _product(x: Any, weights: Any) -> Tensor:
    return GradientBuilder().MatMul(convert_to_tensor(x, name="x"), convert_to_tensor(weights, name="weights"))


def dropout(x: TensorLike, keep_prob: TensorLike | None = None, noise_shape: ShapeTensorLike | None = None,
            seed: int | None = None, name: str | None = None, rate: TensorLike | None = None) -> Tensor:
    """Sets elements to zero at random, and scales the others so that the expected sum stays (N. Srivastava, 2014).

    Args:
      x: A tensor of floats.
      keep_prob: The probability that an element is kept, a number or a scalar tensor.
      noise_shape: The shape of the random choices, which broadcasts to that of `x`: where it has size 1, all
        elements of a dimension are kept or dropped together. The shape of `x` if omitted.
      seed: See `tf.set_random_seed`.
      name: Name of the scope.
      rate: The probability that an element is dropped, in place of `keep_prob`.

    Returns:
      A tensor of the shape and dtype of `x`; `x` itself if nothing is to be dropped.

    Raises:
      ValueError: If the probability is no number in [0, 1), or `x` is no tensor of floats.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.dropout(tf.ones([6]), keep_prob=0.5, seed=1)))
      [0. 2. 0. 0. 2. 0.]
    """
    if keep_prob is not None and rate is not None:
        raise ValueError("Only one of `keep_prob` and `rate` can be given: rate = 1 - keep_prob.")
    if keep_prob is None and rate is None:
        raise ValueError("You must provide a rate to dropout.")
    if rate is None:
        if isinstance(keep_prob, numbers.Real) and not 0 < float(keep_prob) <= 1:
            raise ValueError(f"`keep_prob` must be a scalar tensor or a float in the range (0, 1], got {keep_prob}")
        rate = _rate_of(keep_prob)
    with name_scope(name, "dropout", [x]):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.base_dtype.is_floating:
            raise ValueError(f"`x.dtype` must be a floating point tensor as `x` will be scaled. "
                             f"Received: {x.dtype.name}. Use tf.cast(x, tf.float32) before.")
        return _dropped(x, rate, noise_shape, seed)


def _rate_of(keep_prob: Any) -> Any:
    if isinstance(keep_prob, numbers.Real):
        return 1.0 - keep_prob
    return 1 - convert_to_tensor(keep_prob)


def _dropped(x: Tensor, rate: Any, noise_shape: Any, seed: int | None) -> Tensor:
    g = GradientBuilder()
    is_number = isinstance(rate, numbers.Real)
    if is_number:
        if not 0 <= rate < 1:
            raise ValueError(f"`rate` must be a scalar tensor or a float in the range [0, 1). Received: rate={rate}")
        if rate > 0.5:
            logging.getLogger("millpond").warning(
                "Large dropout rate: %g (>0.5). Please ensure that this is intended: rate = 1 - keep_prob.", rate)
        if rate == 0:
            return x
        scaled = g.Mul(x, g.constant(1 / (1 - rate), x))
    else:
        rate = convert_to_tensor(rate, dtype=None, name="rate")
        if rate.dtype.base_dtype is not x.dtype.base_dtype:
            raise ValueError(f"`rate` has dtype {rate.dtype.name}, `x` has dtype {x.dtype.name}; cast one of them.")
        rate.shape.assert_has_rank(0)
        scaled = g.RealDiv(x, g.Sub(g.constant(1, x), rate))
    drawn = random_uniform(_noise_shape(x, noise_shape), seed=seed, dtype=x.dtype)
    kept = g.GreaterEqual(drawn, rate)
    result = g.SelectV2(kept, scaled, g.constant(0, x))
    result.set_shape(x.shape)
    return result


def _noise_shape(x: Tensor, noise_shape: Any) -> Any:
    """The noise's shape; unknown sizes in it are those of `x`."""
    if noise_shape is None:
        return GradientBuilder().shape(x)
    if isinstance(noise_shape, Tensor):
        return noise_shape
    try:
        shape = TensorShape(noise_shape)
    except (TypeError, ValueError):  # a list that holds tensors
        return noise_shape
    wanted, own = shape.sizes, x.shape.sizes
    if wanted is None or own is None or len(wanted) != len(own):
        return shape
    return TensorShape([known if size is None else size for size, known in zip(wanted, own, strict=True)])


def zero_fraction(value: TensorLike, name: str | None = None) -> Tensor:
    """The share of the elements of `value` that are zero, as float32; of an empty tensor NaN.

    Args:
      value: A tensor of numbers.
      name: Name of the scope.
    """
    g = GradientBuilder()
    with name_scope(name, "zero_fraction", [value]):
        value = convert_to_tensor(value, name="value")
        known = value.shape.num_elements()
        size = g.Size(value, out_type=dtypes.int64) if known is None else g.constant(known, dtypes.int64, "Size")
        is_zero = g.Cast(g.Equal(value, g.constant(0, value)), DstT=dtypes.int64)
        zeros = g.Sum(is_zero, g.Range(0, g.rank(value), 1))
        with name_scope("counts_to_fraction"):
            fraction = g.RealDiv(g.Cast(zeros, DstT=dtypes.float32), g.Cast(size, DstT=dtypes.float32), name="truediv")
        return identity(fraction, name="fraction")
