"""Ops that draw from a stream of their own: uniform, integer, normal and truncated normal numbers, shuffles, crops.

The bits come from `random_distributions.py`, the seeds from `random_seed.py`.
"""

from __future__ import annotations

import math
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
from millpond.ops.dtype_sets import INDEX, REAL_FLOATS
from millpond.ops.random import philox, random_choices, random_distributions
from millpond.ops.random.random_seed import seed_attributes
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

_SEEDS = "seed: int = 0, seed2: int = 0"


def shape_from_input(shape: StaticInput, *_: Any) -> TensorShape:
    """The output has the shape that the first input holds."""
    return shape.as_shape()


def sizes(shape: Any) -> tuple[int, ...]:
    """A shape's value as Python integers.

    Raises:
      ValueError: If a size is negative.
    """
    found = tuple(int(n) for n in np.ravel(shape))
    if any(n < 0 for n in found):
        raise ValueError(f"Expected a shape without negative sizes, got {list(found)}")
    return found


def shape_tensor(shape: Any) -> Tensor:
    """The tensor `shape` of an op that fills a shape; an empty list is a shape without dimensions."""
    is_empty = isinstance(shape, (list, tuple)) and not shape
    return convert_to_tensor(shape, dtype=dtypes.int32 if is_empty else None, name="shape")


def _outputs_of_shape(shape: Array, *_: Array) -> int:
    return philox.samples_for_outputs(math.prod(sizes(shape)))


def _filling(type: str, kernel: Any, lower: Any = None) -> OpDefinition:
    """An op that fills a shape with numbers of a floating dtype."""
    return define_op(type, inputs="shape: T", outputs="output: dtype",
                     attrs=f"{_SEEDS}, dtype: {REAL_FLOATS}, T: {INDEX}", static_inputs=("shape",),
                     shape=shape_from_input, kernel=kernel, lower=lower, gradient=NOT_DIFFERENTIABLE,
                     random=_outputs_of_shape)


def _random_uniform_kernel(xp: ArrayModule, state: Array, shape: Array, *, dtype: DType) -> Array:
    return random_distributions.random_uniform(xp, state, sizes(shape), dtype.np_dtype)


RANDOM_UNIFORM = _filling("RandomUniform", _random_uniform_kernel)


def random_uniform(shape: ShapeTensorLike, minval: TensorLike = 0, maxval: TensorLike | None = None,
                   dtype: DTypeLike = dtypes.float32, seed: int | None = None, name: str | None = None) -> Tensor:
    """Numbers from the uniform distribution over [minval, maxval).

    Args:
      shape: A one-dimensional integer tensor or Python list.
      minval: Least value, a number or a tensor that broadcasts to `shape`.
      maxval: Where the interval ends; 1 if omitted. Integers need it.
      dtype: float16, bfloat16, float32, float64, int32 or int64.
      seed: See `tf.set_random_seed`.
      name: Name of the node.

    Raises:
      ValueError: If the dtype is another one, or `maxval` is missing for integers.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.random_uniform([6], 0, 10, tf.int32, seed=3)))
      [7 3 0 0 7 6]
    """
    dtype = dtypes.as_dtype(dtype)
    accepted = (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64)
    if dtype not in accepted:
        raise ValueError(f"Argument `dtype` got invalid value {dtype}. Accepted dtypes are "
                         f"{', '.join(d.name for d in accepted)}.")
    if maxval is None:
        if dtype.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {dtype}")
        maxval = 1
    with name_scope(name, "random_uniform", [shape, minval, maxval]) as scope:
        shape = shape_tensor(shape)
        # TensorFlow leaves the arithmetic out for the two plain numbers 0 and 1.
        is_unit = dtype.is_floating and _is_number(minval, 0) and _is_number(maxval, 1)
        if is_unit:
            return RANDOM_UNIFORM(shape, dtype=dtype, **seed_attributes(seed))
        low = convert_to_tensor(minval, dtype=dtype, name="min")
        high = convert_to_tensor(maxval, dtype=dtype, name="max")
        if dtype.is_integer:
            return RANDOM_UNIFORM_INT(shape, low, high, name=scope, **seed_attributes(seed))
        drawn = RANDOM_UNIFORM(shape, dtype=dtype, **seed_attributes(seed))
        width = lookup("Sub")(high, low, name="sub")
        return lookup("AddV2")(lookup("Mul")(drawn, width, name="mul"), low, name=scope)


def _is_number(value: Any, number: int) -> bool:
    return isinstance(value, (int, float)) and value == number


def _random_uniform_int_shape(shape: StaticInput, minval: TensorShape, maxval: TensorShape) -> TensorShape:
    shape_rules.with_rank(minval, 0)
    shape_rules.with_rank(maxval, 0)
    return shape.as_shape()


def _random_uniform_int_kernel(xp: ArrayModule, state: Array, shape: Array, minval: Array, maxval: Array) -> Array:
    return random_distributions.random_uniform_int(xp, state, sizes(shape), minval, maxval)


RANDOM_UNIFORM_INT = define_op(
    "RandomUniformInt", inputs="shape: T, minval: Tout, maxval: Tout", outputs="output: Tout",
    attrs=f"{_SEEDS}, Tout: {INDEX}, T: {INDEX}", static_inputs=("shape",), shape=_random_uniform_int_shape,
    kernel=_random_uniform_int_kernel, gradient=NOT_DIFFERENTIABLE, random=_outputs_of_shape,
    guard=Guard(ok=lambda xp, shape, minval, maxval: np.True_ if 0 in shape else xp.less(minval, maxval),
                message=lambda shape, minval, maxval: f"Need minval < maxval, got {minval} >= {maxval}",
                values=("minval", "maxval"), error=InvalidArgumentError))


def _random_normal_kernel(xp: ArrayModule, state: Array, shape: Array, *, dtype: DType) -> Array:
    return random_distributions.random_normal(xp, state, sizes(shape), dtype.np_dtype)


def _random_normal_lower(jax: Jax, state: Array, shape: Array, *, dtype: DType) -> Array:
    return random_distributions.random_normal_lower(jax, state, sizes(shape), dtype.np_dtype)


RANDOM_STANDARD_NORMAL = _filling("RandomStandardNormal", _random_normal_kernel, _random_normal_lower)


def random_normal(shape: ShapeTensorLike, mean: TensorLike = 0.0, stddev: TensorLike = 1.0,
                  dtype: DTypeLike = dtypes.float32, seed: int | None = None, name: str | None = None) -> Tensor:
    """Numbers from a normal distribution.

    Args:
      shape: A one-dimensional integer tensor or Python list.
      mean, stddev: Of the distribution: numbers or tensors that broadcast to `shape`.
      dtype: float16, bfloat16, float32 or float64.
      seed: See `tf.set_random_seed`.
      name: Name of the node.

    Raises:
      TypeError: If `dtype` is another.
      ValueError: If `mean` or `stddev` are of another dtype, or do not broadcast to the shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.random_normal([2], dtype=tf.float64, seed=11)).round(6))
      [0.191705 0.79389 ]
    """
    with name_scope(name, "random_normal", [shape, mean, stddev]) as scope:
        return _scaled(RANDOM_STANDARD_NORMAL, scope, shape, mean, stddev, dtype, seed)


def _scaled(definition: OpDefinition, scope: str, shape: Any, mean: Any, stddev: Any, dtype: Any,
            seed: int | None) -> Tensor:
    dtype = dtypes.as_dtype(dtype)
    shape = shape_tensor(shape)
    mean = convert_to_tensor(mean, dtype=dtype, name="mean")
    stddev = convert_to_tensor(stddev, dtype=dtype, name="stddev")
    drawn = definition(shape, dtype=dtype, **seed_attributes(seed))
    return lookup("AddV2")(lookup("Mul")(drawn, stddev, name="mul"), mean, name=scope)


def _truncated_normal_kernel(xp: ArrayModule, state: Array, shape: Array, *, dtype: DType) -> Array:
    return random_distributions.truncated_normal(xp, state, sizes(shape), dtype.np_dtype)


def _truncated_normal_lower(jax: Jax, state: Array, shape: Array, *, dtype: DType) -> Array:
    return random_distributions.truncated_normal_lower(jax, state, sizes(shape), dtype.np_dtype)


TRUNCATED_NORMAL = _filling("TruncatedNormal", _truncated_normal_kernel, _truncated_normal_lower)


def truncated_normal(shape: ShapeTensorLike, mean: TensorLike = 0.0, stddev: TensorLike = 1.0,
                     dtype: DTypeLike = dtypes.float32, seed: int | None = None, name: str | None = None) -> Tensor:
    """Numbers from a normal distribution, redrawn while they lie more than two standard deviations from the mean.

    Args:
      shape: A one-dimensional integer tensor or Python list.
      mean, stddev: Of the distribution before it is truncated: numbers or tensors that broadcast to `shape`.
      dtype: float16, bfloat16, float32 or float64.
      seed: See `tf.set_random_seed`.
      name: Name of the node.

    Raises:
      TypeError: If `dtype` is another.
      ValueError: If `mean` or `stddev` are of another dtype, or do not broadcast to the shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(abs(sess.run(tf.truncated_normal([1000], seed=1))).max() < 2)
      True
    """
    with name_scope(name, "truncated_normal", [shape, mean, stddev]) as scope:
        return _scaled(TRUNCATED_NORMAL, scope, shape, mean, stddev, dtype, seed)


def _random_shuffle_kernel(xp: ArrayModule, state: Array, value: Array) -> Array:
    if xp.ndim(value) == 0:
        return value
    return xp.take(value, random_choices.shuffle_permutation(xp, state, value.shape[0]), axis=0)


def _random_shuffle_lower(jax: Jax, state: Array, value: Array) -> Array:
    if value.ndim == 0:
        return value
    return jax.numpy.take(value, random_choices.shuffle_permutation_lower(jax, state, value.shape[0]), axis=0)


def _random_shuffle_samples(value: Array) -> int:
    return random_choices.shuffle_samples_used(value.shape[0]) if value.ndim else 0


RANDOM_SHUFFLE = define_op("RandomShuffle", inputs="value: T", outputs="output: T", attrs=f"{_SEEDS}, T: type",
                           shape=shape_rules.same, kernel=_random_shuffle_kernel, lower=_random_shuffle_lower,
                           gradient=NOT_DIFFERENTIABLE, random=_random_shuffle_samples)


def random_shuffle(value: TensorLike, seed: int | None = None, name: str | None = None) -> Tensor:
    """The rows of `value` (its parts along the first dimension) in a random order.

    Args:
      value: A tensor of any dtype and shape.
      seed: See `tf.set_random_seed`.
      name: Name of the node.

    Raises:
      TypeError: If `value` cannot be made a tensor.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.random_shuffle([0, 1, 2, 3, 4, 5, 6, 7], seed=1)))
      [7 4 5 2 3 0 6 1]
    """
    return RANDOM_SHUFFLE(value, name=name, **seed_attributes(seed))


def random_crop(value: TensorLike, size: TensorLike, seed: int | None = None, name: str | None = None) -> Tensor:
    """A part of `value` of a given size, from a random place.

    Args:
      value: A tensor.
      size: The size of the part in each dimension, a list or integer tensor.
      seed: See `tf.set_random_seed`.
      name: Name of the node.

    Raises:
      InvalidArgumentError: When run, if `value` is smaller than `size`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.random_crop(tf.zeros([32, 32, 3]), [24, 24, 3]).shape)
      (24, 24, 3)
    """
    with name_scope(name, "random_crop", [value, size]) as scope:
        value = convert_to_tensor(value, name="value")
        size = convert_to_tensor(size, dtype=dtypes.int32, name="size")
        shape = shape_of(value)
        fits = lookup("All")(lookup("GreaterEqual")(shape, size), convert_to_tensor([0], name="Const"), name="All")
        with value.graph.name_scope("Assert"):
            text = convert_to_tensor("Need value.shape >= size, got ", name="Const")
            gate = lookup("Assert")(fits, [text, shape, size], summarize=1000)
        with value.graph.control_dependencies([gate]):
            with value.graph.colocate_with(shape):
                shape = lookup("Identity")(shape, name="control_dependency")
        limit = lookup("AddV2")(lookup("Sub")(shape, size, name="sub"), 1, name="add")
        offset = random_uniform(shape_of(shape), dtype=size.dtype, maxval=size.dtype.max, seed=seed)
        return lookup("Slice")(value, lookup("FloorMod")(offset, limit, name="mod"), size, name=scope)


def shape_of(value: Tensor) -> Tensor:
    """The shape: a constant where it is known, as in `tf.shape`."""
    if value.shape.is_fully_defined():
        return convert_to_tensor(value.shape, dtype=dtypes.int32, name="Shape")
    return lookup("Shape")(value)
