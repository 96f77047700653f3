"""Draws from distributions that their inputs describe: classes by their odds, Poisson and gamma numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import undefined_gradient
from millpond.dtypes import DType
from millpond.graph.argument_types import DTypeLike, ShapeTensorLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import INDEX, REALS
from millpond.ops.random import philox, random_choices, random_rejection
from millpond.ops.random.random_ops import shape_of, shape_tensor, sizes
from millpond.ops.random.random_seed import seed_attributes
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

_SEEDS = "seed: int = 0, seed2: int = 0"


def multinomial_shape(logits: TensorShape, num_samples: StaticInput, *_: Any) -> TensorShape:
    """[rows, samples] of logits [rows, classes]."""
    rows = shape_rules.sizes_of(shape_rules.with_rank(logits, 2))[0]
    count = num_samples.value
    if count is not None and count < 0:
        raise ValueError(f"num_samples must not be negative, got {int(count)}")
    return TensorShape.of((rows, None if count is None else int(count)))


def sample_count(logits: Any, num_samples: Any) -> int:
    """The number of samples, once the inputs have been checked.

    Raises:
      ValueError: If there are no classes to draw from, or the number is negative.
    """
    count = int(num_samples)
    if count < 0:
        raise ValueError(f"num_samples should be nonnegative, got {count}")
    if len(logits.shape) != 2 or not logits.shape[1]:
        raise ValueError(f"logits must be a matrix with at least one class, got shape {list(logits.shape)}")
    return count


def _multinomial_kernel(xp: ArrayModule, state: Array, logits: Array, num_samples: Array, *,
                        output_dtype: DType) -> Array:
    count = sample_count(logits, num_samples)
    return random_choices.multinomial(xp, state, logits, count, output_dtype.np_dtype)


def _multinomial_lower(jax: Jax, state: Array, logits: Array, num_samples: Array, *, output_dtype: DType) -> Array:
    count = sample_count(logits, num_samples)
    return random_choices.multinomial_lower(jax, state, logits, count, output_dtype.np_dtype)


MULTINOMIAL = define_op(
    "Multinomial", inputs="logits: T, num_samples: int32", outputs="output: output_dtype",
    attrs=f"{_SEEDS}, T: {REALS}, output_dtype: {INDEX} = int64", static_inputs=("num_samples",),
    shape=multinomial_shape, kernel=_multinomial_kernel, lower=_multinomial_lower, gradient=NOT_DIFFERENTIABLE,
    random=lambda logits, num_samples: random_choices.multinomial_samples_used(logits.shape[0], int(num_samples)))


def multinomial(logits: TensorLike, num_samples: TensorLike, seed: int | None = None, name: str | None = None,
                output_dtype: DTypeLike | None = None) -> Tensor:
    """Draws class numbers from categorical distributions.

    Args:
      logits: [rows, classes]: each row holds the logarithms of the odds of its classes.
      num_samples: How many to draw for each row.
      seed: See `tf.set_random_seed`.
      name: Name of the node.
      output_dtype: int64 (the default) or int32.

    Returns:
      [rows, num_samples].

    Raises:
      TypeError: If `logits` holds no real numbers.
      ValueError: If `logits` has not two dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.multinomial([[0.0, 0.0, 2.0]], 8, seed=3)))
      [[0 2 0 2 2 2 0 2]]
    """
    with name_scope(name, "multinomial", [logits]):
        return _categorical(logits, num_samples, output_dtype, seed)


def categorical(logits: TensorLike, num_samples: TensorLike, dtype: DTypeLike | None = None, seed: int | None = None,
                name: str | None = None) -> Tensor:
    """Draws class numbers from categorical distributions: `tf.multinomial`, by its later name.

    Args:
      logits: [rows, classes]: each row holds the logarithms of the odds of its classes.
      num_samples: How many to draw for each row.
      dtype: int64 (the default) or int32.
      seed: See `tf.set_random_seed`.
      name: Name of the scope of the nodes.

    Returns:
      [rows, num_samples].

    Raises:
      TypeError: If `logits` holds no real numbers.
      ValueError: If `logits` has not two dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.random.categorical([[0.0, 0.0, 2.0]], 8, seed=3)))
      [[0 2 0 2 2 2 0 2]]
    """
    with name_scope(name, "categorical", [logits]):
        return _categorical(logits, num_samples, dtype, seed)


def _categorical(logits: Any, num_samples: Any, dtype: Any, seed: int | None) -> Tensor:
    return MULTINOMIAL(convert_to_tensor(logits, name="logits"), num_samples, output_dtype=dtype,
                       **seed_attributes(seed))


def _random_poisson_shape(shape: StaticInput, rate: TensorShape) -> TensorShape:
    return shape.as_shape().concatenate(rate)


def _random_poisson_kernel(xp: ArrayModule, state: Array, shape: Array, rate: Array, *, dtype: DType) -> Array:
    return random_rejection.random_poisson(xp, state, sizes(shape), rate, dtype.np_dtype)


def _random_poisson_lower(jax: Jax, state: Array, shape: Array, rate: Array, *, dtype: DType) -> Array:
    return random_rejection.random_poisson_lower(jax, state, sizes(shape), rate, dtype.np_dtype)


def _samples_of_each(shape: Array, parameter: Array) -> int:
    return philox.samples_for_outputs(math.prod(sizes(shape)) * math.prod(parameter.shape))


RANDOM_POISSON = define_op(
    "RandomPoissonV2", inputs="shape: S, rate: R", outputs="output: dtype",
    attrs=f"{_SEEDS}, S: {INDEX}, R: {{half, float, double, int32, int64}} = double, "
          "dtype: {half, float, double, int32, int64} = int64",
    static_inputs=("shape",), shape=_random_poisson_shape, kernel=_random_poisson_kernel, lower=_random_poisson_lower,
    gradient=undefined_gradient, random=_samples_of_each)


def random_poisson(lam: TensorLike, shape: ShapeTensorLike, dtype: DTypeLike = dtypes.float32, seed: int | None = None,
                   name: str | None = None) -> Tensor:
    """Draws from Poisson distributions.

    Args:
      lam: The rates, a floating tensor.
      shape: How many to draw for each rate: a one-dimensional integer tensor or list.
      dtype: float16, float32, float64, int32 or int64.
      seed: See `tf.set_random_seed`.
      name: Name of the node.

    Returns:
      A tensor of shape `shape + lam.shape`.

    Raises:
      TypeError: If `dtype` is another, or `lam` holds no floats.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.random_poisson([0.5, 3.0], [10]).shape)
      (10, 2)
    """
    with name_scope(name, "random_poisson", [lam, shape]):
        return RANDOM_POISSON(shape_tensor(shape), lam, dtype=dtypes.as_dtype(dtype), **seed_attributes(seed))


def _random_gamma_kernel(xp: ArrayModule, state: Array, shape: Array, alpha: Array) -> Array:
    return random_rejection.random_gamma(xp, state, sizes(shape), alpha)


def _random_gamma_lower(jax: Jax, state: Array, shape: Array, alpha: Array) -> Array:
    return random_rejection.random_gamma_lower(jax, state, sizes(shape), alpha)


def _random_gamma_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    """A sample moves with its alpha by the derivative of the inverse distribution function (implicit
    reparameterization; M. Figurnov, S. Mohamed, A. Mnih, 2018), summed over the samples of the alpha."""
    shape, alpha = op.inputs
    count = g.Size(shape)
    inner = g.Reshape(alpha, g.ConcatV2([g.Fill(g.ExpandDims(count, 0), 1), g.shape(alpha)], 0))
    each = g.Mul(dy, g.RandomGammaGrad(inner, op.outputs[0]))
    return [None, g.Sum(each, g.Range(0, count, 1))]


RANDOM_GAMMA = define_op(
    "RandomGamma", inputs="shape: S, alpha: T", outputs="output: T",
    attrs=f"{_SEEDS}, S: {INDEX}, T: {{half, float, double}}", static_inputs=("shape",), shape=_random_poisson_shape,
    kernel=_random_gamma_kernel, lower=_random_gamma_lower, gradient=_random_gamma_gradient, random=_samples_of_each)


def _random_gamma_grad_lower(jax: Jax, alpha: Array, sample: Array) -> Array:
    alpha, sample = jax.numpy.broadcast_arrays(alpha, sample)
    return jax.lax.random_gamma_grad(alpha, sample)


RANDOM_GAMMA_GRAD = define_op("RandomGammaGrad", inputs="alpha: T, sample: T", outputs="output: T",
                              attrs="T: {float, double}", shape=shape_rules.broadcast,
                              lower=_random_gamma_grad_lower, gradient=undefined_gradient)


def random_gamma(shape: ShapeTensorLike, alpha: TensorLike, beta: TensorLike | None = None,
                 dtype: DTypeLike = dtypes.float32, seed: int | None = None, name: str | None = None) -> Tensor:
    """Draws from gamma distributions.

    Args:
      shape: How many to draw for each pair of parameters: a one-dimensional integer tensor or list.
      alpha: Shape parameters.
      beta: Inverse scale parameters, 1 if omitted; `alpha` and `beta` broadcast.
      dtype: float16, float32 or float64.
      seed: See `tf.set_random_seed`.
      name: Name of the node.

    Returns:
      A tensor of shape `shape` and that of the broadcast parameters.

    Raises:
      TypeError: If `dtype` is another.
      ValueError: If the parameters are of another dtype, or cannot be broadcast.
      tf.errors.InvalidArgumentError: At run time, if that they cannot be broadcast shows only then.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.random_gamma([10], [0.5, 3.0], beta=2.0).shape)
      (10, 2)
    """
    dtype = dtypes.as_dtype(dtype)
    with name_scope(name, "random_gamma", [shape, alpha, beta]):
        shape = convert_to_tensor(shape, name="shape", dtype=dtypes.int32)
        alpha = convert_to_tensor(alpha, dtype=dtype, name="alpha")
        beta = convert_to_tensor(1 if beta is None else beta, dtype=dtype, name="beta")
        shape_rules.broadcast(alpha.shape, beta.shape)
        together = lookup("BroadcastArgs")(shape_of(alpha), shape_of(beta))
        drawn = RANDOM_GAMMA(shape, lookup("BroadcastTo")(alpha, together), **seed_attributes(seed))
        least = np.finfo(dtype.np_dtype).tiny
        return lookup("Maximum")(least, lookup("RealDiv")(drawn, beta, name="truediv"))
