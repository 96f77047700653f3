"""Random ops without a stream: the same seed gives the same numbers, each time they run."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import DTypeLike, ShapeTensorLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, Guard, OpDefinition, define_op, lookup
from millpond.graph.rule_types import Array, ArrayModule, Jax
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import INDEX, REAL_FLOATS, REALS
from millpond.ops.random import philox, random_choices, random_distributions
from millpond.ops.random.random_ops import shape_tensor, sizes
from millpond.ops.random.random_samples import multinomial_shape, sample_count
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _filled_shape(shape: StaticInput, seed: TensorShape, *_: Any) -> TensorShape:
    _check_seed(seed)
    return shape.as_shape()


def _check_seed(seed: Any) -> None:
    shape_rules.with_rank(seed, 1)
    if seed.sizes is not None and seed.sizes[0] not in (None, 2):
        raise ValueError(f"seed must have shape [2], not {list(seed.sizes)}")


def _filling(type: str, kernel: Any, lower: Any = None) -> OpDefinition:
    return define_op(type, inputs="shape: T, seed: Tseed", outputs="output: dtype",
                     attrs=f"dtype: {REAL_FLOATS} = float, T: {INDEX} = int32, Tseed: {INDEX} = int64",
                     static_inputs=("shape",), shape=_filled_shape, kernel=kernel, lower=lower,
                     gradient=NOT_DIFFERENTIABLE)


def _stateless_random_uniform_kernel(xp: ArrayModule, shape: Array, seed: Array, *, dtype: DType) -> Array:
    return random_distributions.random_uniform(xp, philox.stateless_state(xp, seed), sizes(shape), dtype.np_dtype)


STATELESS_RANDOM_UNIFORM = _filling("StatelessRandomUniform", _stateless_random_uniform_kernel)


def stateless_random_uniform(shape: ShapeTensorLike, seed: TensorLike, minval: TensorLike = 0,
                             maxval: TensorLike | None = None, dtype: DTypeLike = dtypes.float32,
                             name: str | None = None) -> Tensor:
    """Numbers from the uniform distribution over [minval, maxval), which depend on nothing but `seed` and the shape.

    Args:
      shape: A one-dimensional integer tensor or Python list.
      seed: Two integers, int32[2] or int64[2].
      minval, maxval: Bounds of the interval, 0 and 1 if omitted. Integers need `maxval`; both None stand for the
        whole range of the integer dtype.
      dtype: A floating dtype, int32 or int64 (or uint32, uint64 for the whole range).
      name: Name of the node.

    Raises:
      ValueError: If a bound is missing, or the dtype is another one.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.random.stateless_uniform([3], seed=[1, 2])
      ...     print((sess.run(x) == sess.run(x)).all())
      True
    """
    dtype = dtypes.as_dtype(dtype)
    if dtype.is_integer and (minval is None) != (maxval is None):
        raise ValueError(f"For integer dtype {dtype.name}, minval and maxval must be both None or both non-None; got "
                         f"minval={minval}, maxval={maxval}")
    with name_scope(name, "stateless_random_uniform", [shape, seed, minval, maxval]) as scope:
        shape = shape_tensor(shape)
        if dtype.is_integer and minval is None:
            return STATELESS_RANDOM_UNIFORM_FULL_INT(shape, seed, dtype=dtype, name=scope)
        low = convert_to_tensor(minval, dtype=dtype, name="min")
        high = convert_to_tensor(1 if maxval is None else maxval, dtype=dtype, name="max")
        if dtype.is_integer:
            return STATELESS_RANDOM_UNIFORM_INT(shape, seed, low, high, name=scope)
        drawn = STATELESS_RANDOM_UNIFORM(shape, seed, dtype=dtype)
        return lookup("AddV2")(lookup("Mul")(drawn, lookup("Sub")(high, low, name="sub"), name="mul"), low, name=scope)


def _stateless_random_uniform_int_kernel(xp: ArrayModule, shape: Array, seed: Array, minval: Array,
                                         maxval: Array) -> Array:
    state = philox.stateless_state(xp, seed)
    return random_distributions.random_uniform_int(xp, state, sizes(shape), minval, maxval)


STATELESS_RANDOM_UNIFORM_INT = define_op(
    "StatelessRandomUniformInt", inputs="shape: T, seed: Tseed, minval: dtype, maxval: dtype", outputs="output: dtype",
    attrs=f"dtype: {INDEX}, T: {INDEX}, Tseed: {INDEX} = int64", static_inputs=("shape",), shape=_filled_shape,
    kernel=_stateless_random_uniform_int_kernel, gradient=NOT_DIFFERENTIABLE,
    guard=Guard(ok=lambda xp, shape, seed, minval, maxval: np.True_ if 0 in shape else xp.less(minval, maxval),
                message=lambda shape, seed, minval, maxval: f"Need minval < maxval, got {minval} >= {maxval}",
                values=("minval", "maxval"), error=InvalidArgumentError))


def _stateless_random_uniform_full_int_kernel(xp: ArrayModule, shape: Array, seed: Array, *, dtype: DType) -> Array:
    bits = random_distributions.random_bits(xp, philox.stateless_state(xp, seed), sizes(shape), dtype.np_dtype)
    return xp.astype(bits, dtype.np_dtype)


STATELESS_RANDOM_UNIFORM_FULL_INT = define_op(
    "StatelessRandomUniformFullInt", inputs="shape: T, seed: Tseed", outputs="output: dtype",
    attrs=f"dtype: {{int32, int64, uint32, uint64}} = uint64, T: {INDEX} = int32, "
          "Tseed: {int32, int64, uint32, uint64} = int64",
    static_inputs=("shape",), shape=_filled_shape, kernel=_stateless_random_uniform_full_int_kernel,
    gradient=NOT_DIFFERENTIABLE)


def _stateless_random_normal_kernel(xp: ArrayModule, shape: Array, seed: Array, *, dtype: DType) -> Array:
    return random_distributions.random_normal(xp, philox.stateless_state(xp, seed), sizes(shape), dtype.np_dtype)


def _stateless_random_normal_lower(jax: Jax, shape: Array, seed: Array, *, dtype: DType) -> Array:
    state = philox.stateless_state(jax.numpy, seed)
    return random_distributions.random_normal_lower(jax, state, sizes(shape), dtype.np_dtype)


STATELESS_RANDOM_NORMAL = _filling("StatelessRandomNormal", _stateless_random_normal_kernel,
                                   _stateless_random_normal_lower)


def stateless_random_normal(shape: ShapeTensorLike, seed: TensorLike, mean: TensorLike = 0.0, stddev: TensorLike = 1.0,
                            dtype: DTypeLike = dtypes.float32, name: str | None = None) -> Tensor:
    """Numbers from a normal distribution, which depend on nothing but `seed` and the shape.

    Args:
      shape: A one-dimensional integer tensor or Python list.
      seed: Two integers, int32[2] or int64[2].
      mean, stddev: Of the distribution.
      dtype: float16, bfloat16, float32 or float64.
      name: Name of the node.

    Raises:
      ValueError: If `seed` is not two numbers.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     first, second = (tf.random.stateless_normal([2], seed=[1, 2]) for _ in range(2))
      ...     print(sess.run(tf.reduce_all(tf.equal(first, second))))
      True
    """
    return _scaled(STATELESS_RANDOM_NORMAL, "stateless_random_normal", shape, seed, mean, stddev, dtype, name)


def _scaled(definition: OpDefinition, default_name: str, shape: Any, seed: Any, mean: Any, stddev: Any, dtype: Any,
            name: str | None) -> Tensor:
    dtype = dtypes.as_dtype(dtype)
    with name_scope(name, default_name, [shape, seed, mean, stddev]) as scope:
        shape = shape_tensor(shape)
        mean = convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype=dtype, name="stddev")
        drawn = definition(shape, seed, dtype=dtype)
        return lookup("AddV2")(lookup("Mul")(drawn, stddev, name="mul"), mean, name=scope)


def _stateless_truncated_normal_kernel(xp: ArrayModule, shape: Array, seed: Array, *, dtype: DType) -> Array:
    return random_distributions.truncated_normal(xp, philox.stateless_state(xp, seed), sizes(shape), dtype.np_dtype)


def _stateless_truncated_normal_lower(jax: Jax, shape: Array, seed: Array, *, dtype: DType) -> Array:
    state = philox.stateless_state(jax.numpy, seed)
    return random_distributions.truncated_normal_lower(jax, state, sizes(shape), dtype.np_dtype)


STATELESS_TRUNCATED_NORMAL = _filling("StatelessTruncatedNormal", _stateless_truncated_normal_kernel,
                                      _stateless_truncated_normal_lower)


def stateless_truncated_normal(shape: ShapeTensorLike, seed: TensorLike, mean: TensorLike = 0.0,
                               stddev: TensorLike = 1.0, dtype: DTypeLike = dtypes.float32,
                               name: str | None = None) -> Tensor:
    """Numbers from a truncated normal distribution, which depend on nothing but `seed` and the shape.

    Args:
      shape: A one-dimensional integer tensor or Python list.
      seed: Two integers, int32[2] or int64[2].
      mean, stddev: Of the distribution before it is truncated at two standard deviations.
      dtype: float16, bfloat16, float32 or float64.
      name: Name of the node.

    Raises:
      ValueError: If `seed` is not two numbers.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     first, second = (tf.random.stateless_truncated_normal([2], seed=[1, 2]) for _ in range(2))
      ...     print(sess.run(tf.reduce_all(tf.equal(first, second))))
      True
    """
    return _scaled(STATELESS_TRUNCATED_NORMAL, "stateless_truncated_normal", shape, seed, mean, stddev, dtype, name)


def _stateless_multinomial_shape(logits: TensorShape, num_samples: StaticInput, seed: TensorShape) -> TensorShape:
    _check_seed(seed)
    return multinomial_shape(logits, num_samples)


def _stateless_multinomial_kernel(xp: ArrayModule, logits: Array, num_samples: Array, seed: Array, *,
                                  output_dtype: DType) -> Array:
    state = philox.stateless_state(xp, seed)
    return random_choices.multinomial(xp, state, logits, sample_count(logits, num_samples), output_dtype.np_dtype)


def _stateless_multinomial_lower(jax: Jax, logits: Array, num_samples: Array, seed: Array, *,
                                 output_dtype: DType) -> Array:
    state = philox.stateless_state(jax.numpy, seed)
    count = sample_count(logits, num_samples)
    return random_choices.multinomial_lower(jax, state, logits, count, output_dtype.np_dtype)


STATELESS_MULTINOMIAL = define_op(
    "StatelessMultinomial", inputs="logits: T, num_samples: int32, seed: Tseed", outputs="output: output_dtype",
    attrs=f"T: {REALS}, Tseed: {INDEX} = int64, output_dtype: {INDEX} = int64", static_inputs=("num_samples",),
    shape=_stateless_multinomial_shape, kernel=_stateless_multinomial_kernel, lower=_stateless_multinomial_lower,
    gradient=NOT_DIFFERENTIABLE)


def stateless_multinomial(logits: TensorLike, num_samples: TensorLike, seed: TensorLike,
                          output_dtype: DTypeLike = dtypes.int64, name: str | None = None) -> Tensor:
    """Draws class numbers from categorical distributions, which depend on nothing but the arguments.

    Args:
      logits: [rows, classes]: each row holds the logarithms of the odds of its classes.
      num_samples: How many to draw for each row.
      seed: Two integers, int32[2] or int64[2].
      output_dtype: int64 or int32.
      name: Name of the node.

    Returns:
      [rows, num_samples].

    Raises:
      ValueError: If `logits` has not two dimensions, or `seed` is not two numbers.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.random.stateless_multinomial([[0.0, 0.0, 2.0]], 8, seed=[1, 2])))
      [[2 2 1 2 2 2 2 2]]
    """
    with name_scope(name, "stateless_multinomial", [logits, seed]):
        return STATELESS_MULTINOMIAL(convert_to_tensor(logits, name="logits"), num_samples, seed,
                                     output_dtype=output_dtype)


def stateless_categorical(logits: TensorLike, num_samples: TensorLike, seed: TensorLike,
                          dtype: DTypeLike = dtypes.int64, name: str | None = None) -> Tensor:
    """Class numbers that depend on nothing but the arguments: `tf.random.stateless_multinomial`, by its later name.

    Args:
      logits: [rows, classes]: each row holds the logarithms of the odds of its classes.
      num_samples: How many to draw for each row.
      seed: Two integers, int32[2] or int64[2].
      dtype: int64 or int32.
      name: Name of the scope of the nodes.

    Returns:
      [rows, num_samples].

    Raises:
      ValueError: If `logits` has not two dimensions, or `seed` is not two numbers.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.random.stateless_categorical([[0.0, 0.0, 2.0]], 8, seed=[1, 2])))
      [[2 2 1 2 2 2 2 2]]
    """
    with name_scope(name, "stateless_categorical", [logits, seed]):
        return STATELESS_MULTINOMIAL(convert_to_tensor(logits, name="logits"), num_samples, seed, output_dtype=dtype)
