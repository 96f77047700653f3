"""Initializers: functions from a shape to a variable's first value.

An initializer is called as `initializer(shape, dtype=None, partition_info=None)`; where a variable is partitioned,
`partition_info` tells the shape of the whole, so that each part is scaled as a part of it. It remembers its own
arguments: `from_config(get_config())` makes it again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.opdef import lookup
from millpond.graph.tensor import Tensor
from millpond.ops.array import fill
from millpond.ops.array.constant import constant
from millpond.ops.random import random_ops
from millpond.shapes import as_shape

# A truncated normal of standard deviation 1 has this one once the tails are cut at two standard deviations.
_TRUNCATED_STDDEV = 0.87962566103423978


class Initializer:
    """What initializers share; `_CONFIG` names the arguments that `get_config` tells."""

    _CONFIG: tuple[str, ...] = ("dtype",)
    dtype: DType

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """The first value of a variable.

        Args:
          shape: Its shape.
          dtype: Its dtype; by default the one that the initializer was given.
          partition_info: A `PartitionInfo` where the variable is a part of a larger one.
        """
        raise NotImplementedError(f"{type(self).__name__}.__call__")

    def get_config(self) -> dict[str, Any]:
        """The arguments as plain values."""
        values = {name: getattr(self, name) for name in self._CONFIG}
        return {name: value.name if isinstance(value, DType) else value for name, value in values.items()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        """The initializer with the arguments that `get_config` told."""
        return cls(**config)

    def _dtype(self, dtype: Any) -> DType:
        return self.dtype if dtype is None else dtypes.as_dtype(dtype).base_dtype


def _whole_shape(shape: Any, partition_info: Any) -> Any:
    return shape if partition_info is None else partition_info.full_shape


def _sizes(shape: Any) -> list[int]:
    """A shape as Python integers."""
    if isinstance(shape, Tensor):
        raise ValueError(f"This initializer needs a shape that is known while building, got the tensor {shape}")
    return [int(n) for n in as_shape(shape).as_list()]  # type: ignore[arg-type]


def floating(dtype: DTypeLike) -> DType:
    """The dtype, checked to be floating point."""
    found = dtypes.as_dtype(dtype).base_dtype
    if not found.is_floating:
        raise ValueError(f"Expected floating point type, got {found!r}.")
    return found


class Zeros(Initializer):
    """All zeros (empty strings, False)."""

    def __init__(self, dtype: DTypeLike = dtypes.float32) -> None:
        self.dtype = dtypes.as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        return fill.zeros(shape, self._dtype(dtype))


class Ones(Initializer):
    """All ones."""

    def __init__(self, dtype: DTypeLike = dtypes.float32) -> None:
        self.dtype = dtypes.as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        return fill.ones(shape, self._dtype(dtype))


class Constant(Initializer):
    """A number everywhere, or the given values in row-major order; the last of too few values is repeated.

    Args:
      value: A Python number, or a list or array of them.
      dtype: The dtype when none is asked for.
      verify_shape: Whether the values must have exactly the variable's shape.

    Raises:
      TypeError: If `value` is of another type, or of another shape though `verify_shape`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.constant_initializer([1, 2, 3, 4])([2, 2])))
      [[1. 2.]
       [3. 4.]]
    """

    _CONFIG = ("value", "dtype")

    def __init__(self, value: TensorLike = 0, dtype: DTypeLike = dtypes.float32, verify_shape: bool = False) -> None:
        if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
            raise TypeError(f"Invalid type for initial value={value} of type: {type(value).__name__}. Expected Python "
                            "scalar, list or tuple of values, or numpy.ndarray.")
        self.value = value
        self.dtype = dtypes.as_dtype(dtype)
        self._verify_shape = verify_shape

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None,
                 verify_shape: bool | None = None) -> Tensor:
        verify = self._verify_shape if verify_shape is None else verify_shape
        wanted = self._dtype(dtype)
        value = self.value
        if isinstance(value, np.ndarray) and value.dtype.kind in "fiub" and wanted is not dtypes.string:
            value = value.astype(wanted.np_dtype)
        return constant(value, dtype=wanted, shape=shape, verify_shape=verify)


class RandomUniform(Initializer):
    """Uniform numbers in [minval, maxval).

    Args:
      minval, maxval: The ends; `maxval` is 1 for floats, and must be given for integers.
      seed: See `tf.set_random_seed`.
      dtype: The dtype when none is asked for.

    Raises:
      TypeError: If `dtype` is no dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     w = tf.get_variable("w", [1000], initializer=tf.random_uniform_initializer(-1.0, 1.0, seed=1))
      ...     sess.run(w.initializer)
      ...     print(sess.run(tf.reduce_all(tf.abs(w) <= 1.0)))
      True
    """

    _CONFIG = ("minval", "maxval", "seed", "dtype")

    def __init__(self, minval: TensorLike = 0.0, maxval: TensorLike | None = None, seed: int | None = None,
                 dtype: DTypeLike = dtypes.float32) -> None:
        self.minval, self.maxval, self.seed = minval, maxval, seed
        self.dtype = dtypes.as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        return random_ops.random_uniform(shape, self.minval, self.maxval, self._dtype(dtype), seed=self.seed)


class RandomNormal(Initializer):
    """Normally distributed numbers.

    Args:
      mean, stddev: Mean and standard deviation.
      seed: See `tf.set_random_seed`.
      dtype: The dtype when none is asked for.

    Raises:
      ValueError: If `dtype` is no float.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     w = tf.get_variable("w", [1000], initializer=tf.random_normal_initializer(stddev=0.1, seed=1))
      ...     sess.run(w.initializer)
      ...     print(sess.run(tf.abs(tf.reduce_mean(w)) < 0.02))
      True
    """

    _CONFIG = ("mean", "stddev", "seed", "dtype")
    _draw = staticmethod(random_ops.random_normal)

    def __init__(self, mean: TensorLike = 0.0, stddev: TensorLike = 1.0, seed: int | None = None,
                 dtype: DTypeLike = dtypes.float32) -> None:
        self.mean, self.stddev, self.seed = mean, stddev, seed
        self.dtype = floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        return self._draw(shape, self.mean, self.stddev, self._dtype(dtype), seed=self.seed)


class TruncatedNormal(RandomNormal):
    """Normally distributed numbers, redrawn while they lie more than two standard deviations from the mean."""

    _draw = staticmethod(random_ops.truncated_normal)


class UniformUnitScaling(Initializer):
    """Uniform numbers that keep the variance of what is multiplied by them: in ±factor·√(3 / inputs).

    Args:
      factor: What the interval is multiplied by.
      seed: See `tf.set_random_seed`.
      dtype: The dtype when none is asked for.

    Raises:
      ValueError: If `dtype` is no float.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     w = tf.get_variable("w", [300, 10], initializer=tf.uniform_unit_scaling_initializer(seed=1))
      ...     sess.run(w.initializer)
      ...     print(sess.run(tf.reduce_max(tf.abs(w)) <= 0.1))
      True
    """

    _CONFIG = ("factor", "seed", "dtype")

    def __init__(self, factor: float = 1.0, seed: int | None = None, dtype: DTypeLike = dtypes.float32) -> None:
        self.factor, self.seed = factor, seed
        self.dtype = floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        inputs = 1.0
        for size in _sizes(_whole_shape(shape, partition_info))[:-1]:
            inputs *= float(size)
        limit = math.sqrt(3 / max(inputs, 1.0)) * self.factor
        return random_ops.random_uniform(shape, -limit, limit, self._dtype(dtype), seed=self.seed)


class VarianceScaling(Initializer):
    """Numbers whose variance is `scale / n`, for a layer of n inputs or outputs.

    Args:
      scale: A positive number.
      mode: `"fan_in"`, `"fan_out"` or `"fan_avg"`: whether n counts inputs, outputs, or is the mean of both.
      distribution: `"truncated_normal"` (also spelt `"normal"`), `"untruncated_normal"` or `"uniform"`.
      seed: See `tf.set_random_seed`.
      dtype: The dtype when none is asked for.

    Raises:
      ValueError: If an argument is none of these.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     uniform = tf.variance_scaling_initializer(2.0, distribution="uniform")
      ...     w = tf.get_variable("w", [300, 10], initializer=uniform)
      ...     sess.run(w.initializer)
      ...     print(sess.run(tf.reduce_max(tf.abs(w)) <= (3.0 * 2.0 / 300) ** 0.5))
      True
    """

    _CONFIG: tuple[str, ...] = ("scale", "mode", "distribution", "seed", "dtype")
    _MODES = ("fan_in", "fan_out", "fan_avg")
    _DISTRIBUTIONS = ("normal", "uniform", "truncated_normal", "untruncated_normal")

    def __init__(self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "truncated_normal",
                 seed: int | None = None, dtype: DTypeLike = dtypes.float32) -> None:
        if scale <= 0.0:
            raise ValueError(f"`scale` must be a positive float, got {scale}.")
        if mode not in self._MODES:
            raise ValueError(f"`mode` must be one of {self._MODES}, got {mode!r}.")
        if distribution.lower() not in self._DISTRIBUTIONS:
            raise ValueError(f"`distribution` must be one of {self._DISTRIBUTIONS}, got {distribution!r}.")
        self.scale, self.mode, self.distribution, self.seed = scale, mode, distribution, seed
        self.dtype = floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        dtype = self._dtype(dtype)
        inputs, outputs = fans(_sizes(_whole_shape(shape, partition_info)))
        count = {"fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2.0}[self.mode]
        variance = self.scale / max(1.0, count)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return random_ops.random_uniform(shape, -limit, limit, dtype, seed=self.seed)
        if self.distribution == "untruncated_normal":
            return random_ops.random_normal(shape, 0.0, math.sqrt(variance), dtype, seed=self.seed)
        return random_ops.truncated_normal(shape, 0.0, math.sqrt(variance) / _TRUNCATED_STDDEV, dtype, seed=self.seed)


def fans(sizes: Sequence[int]) -> tuple[int, int]:
    """How many inputs and outputs a weight of a shape connects; leading dimensions are a convolution's window."""
    if not sizes:
        return 1, 1
    if len(sizes) == 1:
        return sizes[0], sizes[0]
    window = math.prod(sizes[:-2])
    return sizes[-2] * window, sizes[-1] * window


class GlorotUniform(VarianceScaling):
    """Uniform in ±√(6 / (inputs + outputs)): Glorot and Bengio, 2010. The default of `tf.get_variable`."""

    _CONFIG = ("seed", "dtype")

    def __init__(self, seed: int | None = None, dtype: DTypeLike = dtypes.float32) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, dtype)


class GlorotNormal(VarianceScaling):
    """Truncated normal of standard deviation √(2 / (inputs + outputs)): Glorot and Bengio, 2010."""

    _CONFIG = ("seed", "dtype")

    def __init__(self, seed: int | None = None, dtype: DTypeLike = dtypes.float32) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, dtype)


def he_normal(seed: int | None = None) -> VarianceScaling:
    """Truncated normal of standard deviation √(2 / inputs): He et al., 2015."""
    return VarianceScaling(2.0, "fan_in", "truncated_normal", seed)


def he_uniform(seed: int | None = None) -> VarianceScaling:
    """Uniform in ±√(6 / inputs): He et al., 2015."""
    return VarianceScaling(2.0, "fan_in", "uniform", seed)


def lecun_normal(seed: int | None = None) -> VarianceScaling:
    """Truncated normal of standard deviation √(1 / inputs): LeCun et al., 1998."""
    return VarianceScaling(1.0, "fan_in", "truncated_normal", seed)


def lecun_uniform(seed: int | None = None) -> VarianceScaling:
    """Uniform in ±√(3 / inputs): LeCun et al., 1998."""
    return VarianceScaling(1.0, "fan_in", "uniform", seed)


class Orthogonal(Initializer):
    """A matrix with orthogonal columns (or rows, where there are fewer of them): Saxe et al., 2014.

    More dimensions than two are a matrix whose last dimension is the number of columns.

    Args:
      gain: What the matrix is multiplied by.
      seed: See `tf.set_random_seed`.
      dtype: The dtype when none is asked for.

    Raises:
      ValueError: When called with a shape of fewer than two dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     w = tf.get_variable("w", [2, 2], initializer=tf.orthogonal_initializer(seed=1))
      ...     sess.run(w.initializer)
      ...     print(sess.run(tf.abs(tf.matmul(w, w, transpose_a=True) - tf.eye(2)) < 1e-5))
      [[ True  True]
       [ True  True]]
    """

    _CONFIG = ("gain", "seed", "dtype")

    def __init__(self, gain: float = 1.0, seed: int | None = None, dtype: DTypeLike = dtypes.float32) -> None:
        self.gain, self.seed = gain, seed
        self.dtype = floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        sizes = _sizes(shape)
        if len(sizes) < 2:
            raise ValueError(f"The tensor to initialize must be at least two-dimensional, got shape {sizes}")
        rows, columns = math.prod(sizes[:-1]), sizes[-1]
        dtype = self._dtype(dtype)
        noise = random_ops.random_normal([max(rows, columns), min(rows, columns)], dtype=dtype, seed=self.seed)
        q, r = lookup("Qr")(noise, full_matrices=False)
        # Of the many decompositions, the one in which the diagonal of R is positive: then Q is uniform.
        q = q * lookup("Sign")(lookup("DiagPart")(r))
        if rows < columns:
            q = lookup("Transpose")(q, [1, 0])
        return self.gain * lookup("Reshape")(q, sizes)


class Identity(Initializer):
    """The identity matrix, times `gain`; for matrices only."""

    _CONFIG = ("gain", "dtype")

    def __init__(self, gain: float = 1.0, dtype: DTypeLike = dtypes.float32) -> None:
        self.gain = gain
        self.dtype = floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        whole = _sizes(_whole_shape(shape, partition_info))
        if len(whole) != 2:
            raise ValueError(f"The identity initializer is for two-dimensional matrices, got shape {whole}")
        dtype = self._dtype(dtype)
        matrix = fill.eye(whole[0], whole[1], dtype=dtype)
        if partition_info is not None:
            matrix = lookup("Slice")(matrix, partition_info.var_offset, shape)
        return self.gain * matrix


def default_initializer(dtype: DType) -> Initializer:
    """What `tf.get_variable` takes where nothing is said: Glorot's uniform numbers for floats, zeros for the rest.

    Raises:
      ValueError: If there is nothing of a kind for the dtype.
    """
    if dtype.is_floating:
        return GlorotUniform()
    if dtype.is_integer or dtype.is_bool or dtype.is_complex or dtype is dtypes.string:
        return Zeros()
    raise ValueError(f"A variable of dtype {dtype.name} needs an initializer.")
