"""Learning rates that change with the step: each function gives a tensor for an optimizer's `learning_rate`.

Below, t is the global step, as a number of the learning rate's dtype.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from millpond import dtypes
from millpond.dtypes import DType
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import identity
from millpond.ops.math.arithmetic import add, minimum, multiply, pow
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import equal, less_equal, where_v2
from millpond.ops.math.division import divide
from millpond.ops.math.elementwise import ceil, exp, floor, log, negative, sqrt
from millpond.ops.math.trigonometry import cos
from millpond.ops.random.random_ops import random_normal
from millpond.ops.scoping import name_scope


def _required(global_step: Any, function: str) -> Any:
    if global_step is None:
        raise ValueError(f"global_step is required for {function}: give tf.train.get_or_create_global_step() "
                         "here, and the same variable to minimize(loss, global_step=...)")
    return global_step


def _rate(learning_rate: Any) -> tuple[Tensor, DType]:
    rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
    return rate, rate.dtype.base_dtype


def exponential_decay(learning_rate: TensorLike, global_step: TensorLike, decay_steps: TensorLike,
                      decay_rate: TensorLike, staircase: bool = False, name: str | None = None) -> Tensor:
    """`learning_rate * decay_rate ** (t / decay_steps)`.

    Args:
      learning_rate: The rate at the start: a number, or a tensor without dimensions.
      global_step: An integer tensor or variable that counts the steps.
      decay_steps: After how many steps the rate has been multiplied by `decay_rate`.
      decay_rate: See there.
      staircase: Whether `t / decay_steps` is rounded down: then the rate changes every `decay_steps` steps.
      name: Name of the node; by default `ExponentialDecay`.

    Returns:
      A tensor without dimensions, of the dtype of `learning_rate`.

    Raises:
      ValueError: If `global_step` is None.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.train.exponential_decay(8.0, 30, 10, 0.5)))
      1.0
    """
    _required(global_step, "exponential_decay")
    with name_scope(name, "ExponentialDecay", [learning_rate, global_step, decay_steps, decay_rate]) as scope:
        rate, dtype = _rate(learning_rate)
        steps, factor = cast(decay_steps, dtype), cast(decay_rate, dtype)
        exponent = cast(global_step, dtype) / steps
        if staircase:
            exponent = floor(exponent)
        return multiply(rate, pow(factor, exponent), name=scope)


def natural_exp_decay(learning_rate: TensorLike, global_step: TensorLike, decay_steps: TensorLike,
                      decay_rate: TensorLike, staircase: bool = False, name: str | None = None) -> Tensor:
    """`learning_rate * exp(-decay_rate * t / decay_steps)`.

    Args:
      learning_rate: The rate at the start: a number, or a tensor without dimensions.
      global_step: An integer tensor or variable that counts the steps.
      decay_steps: After how many steps t / decay_steps has grown by one.
      decay_rate: See there.
      staircase: Whether `t / decay_steps` is rounded down: then the rate changes every `decay_steps` steps.
      name: Name of the node; by default `ExponentialDecay`.

    Returns:
      A tensor without dimensions, of the dtype of `learning_rate`.

    Raises:
      ValueError: If `global_step` is None.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.train.natural_exp_decay(1.0, 20, 10, 0.5)).round(4))
      0.3679
    """
    return exponential_decay(learning_rate, _required(global_step, "natural_exp_decay"), decay_steps,
                             exp(negative(decay_rate)), staircase=staircase, name=name)


def inverse_time_decay(learning_rate: TensorLike, global_step: TensorLike, decay_steps: TensorLike,
                       decay_rate: TensorLike, staircase: bool = False, name: str | None = None) -> Tensor:
    """`learning_rate / (1 + decay_rate * t / decay_steps)`.

    Args:
      learning_rate: The rate at the start: a number, or a tensor without dimensions.
      global_step: An integer tensor or variable that counts the steps.
      decay_steps: After how many steps t / decay_steps has grown by one.
      decay_rate: See there.
      staircase: Whether `t / decay_steps` is rounded down: then the rate changes every `decay_steps` steps.
      name: Name of the node; by default `InverseTimeDecay`.

    Returns:
      A tensor without dimensions, of the dtype of `learning_rate`.

    Raises:
      ValueError: If `global_step` is None.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.train.inverse_time_decay(1.0, 20, 10, 0.5)).round(4))
      0.5
    """
    _required(global_step, "inverse_time_decay")
    with name_scope(name, "InverseTimeDecay", [learning_rate, global_step, decay_rate]) as scope:
        rate, dtype = _rate(learning_rate)
        steps, slope = cast(decay_steps, dtype), cast(decay_rate, dtype)
        periods = cast(global_step, dtype) / steps
        if staircase:
            periods = floor(periods)
        return divide(rate, 1 + slope * periods, name=scope)


def polynomial_decay(learning_rate: TensorLike, global_step: TensorLike, decay_steps: TensorLike,
                     end_learning_rate: TensorLike = 0.0001, power: TensorLike = 1.0, cycle: bool = False,
                     name: str | None = None) -> Tensor:
    """A power of what is left: `(learning_rate - end) * (1 - min(t, n) / n) ** power + end`, n steps long.

    Args:
      learning_rate: The rate at the start.
      global_step: An integer tensor or variable that counts the steps.
      decay_steps: n, when the end is reached.
      end_learning_rate: The rate at the end.
      power: The power of the polynomial; 1.0 is a straight line.
      cycle: Whether to begin anew past the end, with n the next multiple of `decay_steps`.
      name: Name of the node; by default `PolynomialDecay`.

    Raises:
      ValueError: If `global_step` is None.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.train.polynomial_decay(1.0, 5, 10, end_learning_rate=0.0)).round(4))
      0.5
    """
    _required(global_step, "polynomial_decay")
    values = [learning_rate, global_step, decay_steps, end_learning_rate, power]
    with name_scope(name, "PolynomialDecay", values) as scope:
        rate, dtype = _rate(learning_rate)
        end, exponent = cast(end_learning_rate, dtype), cast(power, dtype)
        step, steps = cast(global_step, dtype), cast(decay_steps, dtype)
        if cycle:
            # The first cycle begins with step 0.
            steps = multiply(steps, where_v2(equal(step, 0), cast(1, dtype), ceil(step / steps)))
        else:
            step = minimum(step, steps)
        return add(multiply(rate - end, pow(1 - step / steps, exponent)), end, name=scope)


def piecewise_constant(x: TensorLike, boundaries: Sequence[Any], values: Sequence[Any],
                       name: str | None = None) -> Tensor:
    """The value whose interval `x` falls into: `values[i]` for `boundaries[i - 1] < x <= boundaries[i]`.

    Args:
      x: A tensor or variable without dimensions, such as the global step.
      boundaries: n increasing numbers of the dtype of `x` (int32 where `x` is int64 will do).
      values: n + 1 values of one dtype.
      name: Name scope; by default `PiecewiseConstant`.

    Returns:
      A tensor of the dtype of `values`.

    Raises:
      ValueError: If the lengths or the dtypes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     step = tf.placeholder(tf.int32, [])
      ...     rate = tf.train.piecewise_constant(step, [10, 20], [1.0, 0.5, 0.1])
      ...     print([float(sess.run(rate, {step: i})) for i in (10, 11, 20)])
      [1.0, 0.5, 0.5]
    """
    if x is None:
        raise ValueError("piecewise_constant needs x, such as the global step, but got None")
    if len(boundaries) != len(values) - 1:
        raise ValueError(f"The length of boundaries should be 1 less than the length of values, but they are "
                         f"{len(boundaries)} and {len(values)}")
    x = convert_to_tensor(x)
    dtype = x.dtype.base_dtype
    limits = [_limit(boundary, dtype) for boundary in boundaries]
    choices = [convert_to_tensor(value) for value in values]
    for choice in choices:
        if choice.dtype.base_dtype is not choices[0].dtype.base_dtype:
            raise ValueError("Values must have elements all with the same dtype "
                             f"({choices[0].dtype.base_dtype!r} vs {choice.dtype.base_dtype!r}).")
    with name_scope(name, "PiecewiseConstant", [x, *limits, *choices]):
        chosen = choices[-1]
        for limit, choice in zip(reversed(limits), reversed(choices[:-1]), strict=True):
            chosen = where_v2(less_equal(x, limit), choice, chosen)
        # The name that TensorFlow's chain of conditions ends in.
        return identity(chosen, name="case/cond/Merge")


piecewise_constant_decay = piecewise_constant


def _limit(boundary: Any, dtype: DType) -> Tensor:
    limit = convert_to_tensor(boundary)
    found = limit.dtype.base_dtype
    if found is dtype:
        return limit
    if found is dtypes.int32 and dtype is dtypes.int64:
        return cast(limit, dtype)
    raise ValueError(f"Boundaries ({found!r}) must have the same dtype as x ({dtype!r}).")


def _half_cosine(fraction: Tensor) -> Tensor:
    """Falls from 1 to 0 while `fraction` goes from 0 to 1."""
    return 0.5 * (1.0 + cos(math.pi * fraction))


def cosine_decay(learning_rate: TensorLike, global_step: TensorLike, decay_steps: TensorLike, alpha: TensorLike = 0.0,
                 name: str | None = None) -> Tensor:
    """Half a cosine wave: `learning_rate * ((1 - alpha) * (1 + cos(pi * min(t, n) / n)) / 2 + alpha)`.

    Args:
      learning_rate: The rate at the start.
      global_step: An integer tensor or variable that counts the steps.
      decay_steps: n.
      alpha: The share of the rate that is left at the end.
      name: Name scope; by default `CosineDecay`.

    Raises:
      ValueError: If `global_step` is None.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.train.cosine_decay(1.0, 5, 10)).round(4))
      0.5

    Source: I. Loshchilov and F. Hutter, arXiv:1608.03983.
    """
    _required(global_step, "cosine_decay")
    with name_scope(name, "CosineDecay", [learning_rate, global_step]):
        rate, dtype = _rate(learning_rate)
        steps = cast(decay_steps, dtype)
        fraction = minimum(cast(global_step, dtype), steps) / steps
        return multiply(rate, (1 - alpha) * _half_cosine(fraction) + alpha)


def cosine_decay_restarts(learning_rate: TensorLike, global_step: TensorLike, first_decay_steps: Any, t_mul: Any = 2.0,
                          m_mul: Any = 1.0, alpha: TensorLike = 0.0, name: str | None = None) -> Tensor:
    """Half cosine waves: each `t_mul` times as long and `m_mul` times as high as the one before.

    Args:
      learning_rate: The rate at the start.
      global_step: An integer tensor or variable that counts the steps.
      first_decay_steps: The length of the first wave.
      t_mul, m_mul: See there.
      alpha: The share of the rate that is left at the end of a wave.
      name: Name of the node; by default `SGDRDecay`.

    Raises:
      ValueError: If `global_step` is None.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.train.cosine_decay_restarts(1.0, 10, 10)).round(4))
      1.0

    Source: I. Loshchilov and F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts",
    arXiv:1608.03983.
    """
    _required(global_step, "cosine_decay_restarts")
    with name_scope(name, "SGDRDecay", [learning_rate, global_step]) as scope:
        rate, dtype = _rate(learning_rate)
        steps, rest = cast(first_decay_steps, dtype), cast(alpha, dtype)
        growth, shrinkage = cast(t_mul, dtype), cast(m_mul, dtype)
        wave, fraction = _wave(cast(global_step, dtype) / steps, growth)
        height = pow(shrinkage, wave)
        return multiply(rate, (1 - rest) * (height * _half_cosine(fraction)) + rest, name=scope)


def _wave(done: Tensor, growth: Tensor) -> tuple[Tensor, Tensor]:
    """Which wave `done` (in lengths of the first) falls into, and how much of that has passed."""
    equal_index = floor(done)
    equal_lengths = equal_index, done - equal_index
    known = constant_value(growth)
    if known is not None and known == 1:
        return equal_lengths
    # The first i waves are (1 - growth**i) / (1 - growth) long.
    index = floor(log(1 - done * (1 - growth)) / log(growth))
    length = pow(growth, index)
    growing = index, (done - (1 - length) / (1 - growth)) / length
    if known is not None:
        return growing
    same = equal(growth, 1)
    return where_v2(same, equal_lengths[0], growing[0]), where_v2(same, equal_lengths[1], growing[1])


def linear_cosine_decay(learning_rate: TensorLike, global_step: TensorLike, decay_steps: TensorLike,
                        num_periods: Any = 0.5, alpha: TensorLike = 0.0, beta: Any = 0.001,
                        name: str | None = None) -> Tensor:
    """A straight line times a cosine wave, n steps long.

    With `s = min(t, n)` it is
    `learning_rate * ((alpha + (n - s) / n) * (1 + cos(2 * pi * num_periods * s / n)) / 2 + beta)`.

    Args:
      learning_rate: The rate at the start.
      global_step: An integer tensor or variable that counts the steps.
      decay_steps: n.
      num_periods: The number of waves.
      alpha, beta: See there.
      name: Name of the node; by default `LinearCosineDecay`.

    Raises:
      ValueError: If `global_step` is None.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.train.linear_cosine_decay(1.0, 5, 10)).round(4))
      0.251

    Source: I. Bello et al., "Neural Optimizer Search with Reinforcement Learning", arXiv:1709.07417.
    """
    _required(global_step, "linear_cosine_decay")
    with name_scope(name, "LinearCosineDecay", [learning_rate, global_step]) as scope:
        rate, dtype = _rate(learning_rate)
        steps = cast(decay_steps, dtype)
        step = minimum(cast(global_step, dtype), steps)
        line = cast(alpha, dtype) + (steps - step) / steps
        wave = _half_cosine(2.0 * cast(num_periods, dtype) * (step / steps))
        return multiply(rate, line * wave + cast(beta, dtype), name=scope)


def noisy_linear_cosine_decay(learning_rate: TensorLike, global_step: TensorLike, decay_steps: TensorLike,
                              initial_variance: Any = 1.0,
                              variance_decay: Any = 0.55, num_periods: Any = 0.5, alpha: TensorLike = 0.0,
                              beta: Any = 0.001, name: str | None = None) -> Tensor:
    """`linear_cosine_decay` with normal noise added to the straight line, anew in each run.

    The variance of the noise is `initial_variance / (1 + s) ** variance_decay`.

    Args:
      learning_rate, global_step, decay_steps, num_periods, alpha, beta: See `linear_cosine_decay`.
      initial_variance: The variance of the noise at the first step.
      variance_decay: How fast it falls.
      name: Name of the node; by default `NoisyLinearCosineDecay`.

    Raises:
      ValueError: If `global_step` is None.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.train.noisy_linear_cosine_decay(1.0, 5, 10, initial_variance=0.0)).round(4))
      0.251
    """
    _required(global_step, "noisy_linear_cosine_decay")
    with name_scope(name, "NoisyLinearCosineDecay", [learning_rate, global_step]) as scope:
        rate, dtype = _rate(learning_rate)
        steps = cast(decay_steps, dtype)
        step = minimum(cast(global_step, dtype), steps)
        deviation = sqrt(cast(initial_variance, dtype) / pow(1.0 + step, cast(variance_decay, dtype)))
        line = (steps - step) / steps
        line = line + random_normal(line.shape, stddev=deviation, dtype=dtype)
        wave = _half_cosine(2.0 * cast(num_periods, dtype) * (step / steps))
        return multiply(rate, (cast(alpha, dtype) + line) * wave + cast(beta, dtype), name=scope)
