"""Functions of probability: of the normal and the Laplace distribution, of vectors and triangles, percentiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.distributions.parameters import float_tensor
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like
from millpond.ops.array.gather import gather
from millpond.ops.array.join import concat
from millpond.ops.array.shape import reshape, shape
from millpond.ops.array.transpose import transpose
from millpond.ops.linalg.matrix_parts import matrix_band_part
from millpond.ops.math.arithmetic import maximum, minimum
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import where
from millpond.ops.math.elementwise import abs as magnitude
from millpond.ops.math.elementwise import ceil, exp, expm1, floor, log, log1p, rint, square
from millpond.ops.math.sequences import reverse
from millpond.ops.math.sorting import sort
from millpond.ops.math.special import erf, erfc
from millpond.ops.scoping import name_scope

# Below the first bound the series of the tail serves, above the second log(1 - e) = -e.
_LOG_NDTR_BOUNDS = {dtypes.float64: (-20.0, 8.0), dtypes.float32: (-10.0, 5.0)}


def ndtr(x: TensorLike, name: str = "ndtr") -> Tensor:
    """The probability that a standard normal variable is at most `x`, also far in the tails.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(ndtr([0.0, -1.0])).round(3))
      [0.5   0.159]
    """
    with name_scope(name, values=[x]):
        x = float_tensor(x, "x")
        half = x * math.sqrt(0.5)
        size = magnitude(half)
        return 0.5 * where(size < math.sqrt(0.5), 1.0 + erf(half), where(half > 0.0, 2.0 - erfc(size), erfc(size)))


def log_ndtr(x: TensorLike, series_order: int = 3, name: str = "log_ndtr") -> Tensor:
    """The logarithm of `ndtr`, without underflow.

    Args:
      x: A tensor of float32 or float64.
      series_order: How many terms of the asymptotic series serve in the lower tail.
      name: Prefix of the operations.

    Raises:
      TypeError: If the dtype is another.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(log_ndtr([0.0, -20.0])).round(3))
      [  -0.693 -203.917]
    """
    with name_scope(name, values=[x]):
        x = float_tensor(x, "x")
        if x.dtype.base_dtype not in _LOG_NDTR_BOUNDS:
            raise TypeError(f"log_ndtr takes float32 or float64, not {x.dtype.name}.")
        lower, upper = _LOG_NDTR_BOUNDS[x.dtype.base_dtype]
        # Each branch is given what it is good for, so that its gradient is no NaN elsewhere.
        tail = minimum(x, lower)
        series, term, sign = ones_like(tail), ones_like(tail), 1.0
        for n in range(1, series_order + 1):
            term = term * (2.0 * n - 1.0) / square(tail)
            sign = -sign
            series = series + sign * term
        in_tail = -0.5 * square(tail) - log(-tail) - 0.5 * math.log(2.0 * math.pi) + log(series)
        return where(x > upper, -ndtr(-x), where(x > lower, log(ndtr(maximum(x, lower))), in_tail))


def log_cdf_laplace(x: TensorLike, name: str = "log_cdf_laplace") -> Tensor:
    """The logarithm of the probability that a standard Laplace variable is at most `x`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(log_cdf_laplace([0.0, -50.0])).round(3))
      [ -0.693 -50.693]
    """
    with name_scope(name, values=[x]):
        x = float_tensor(x, "x")
        below = x - math.log(2.0)
        above = log1p(-0.5 * exp(-magnitude(x)))
        return where(x < 0.0, below, above)


def softplus_inverse(x: TensorLike, name: str | None = None) -> Tensor:
    """The inverse of softplus: `log(exp(x) - 1)`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(softplus_inverse(tf.nn.softplus([-20.0, 0.5, 90.0]))).round(3))
      [-20.    0.5  90. ]
    """
    with name_scope(name, "softplus_inverse", [x]):
        x = float_tensor(x, "x")
        threshold = math.log(np.finfo(x.dtype.as_numpy_dtype).eps) + 2.0
        small, large = x < math.exp(threshold), x > -threshold
        usual = where(small | large, ones_like(x), x)
        return where(small, log(where(small, x, ones_like(x))), where(large, x, usual + log(-expm1(-usual))))


def fill_triangular(x: TensorLike, upper: bool = False, name: str | None = None) -> Tensor:
    """Triangular matrices of the elements of vectors.

    Args:
      x: A tensor of shape `[..., n (n + 1) / 2]`.
      upper: Whether the matrices are upper triangular.
      name: Prefix of the operations.

    Returns:
      A tensor of shape `[..., n, n]`, filled clockwise in a spiral.

    Raises:
      ValueError: If the last dimension is unknown, or no matrix has so many elements.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(fill_triangular([1, 2, 3, 4, 5, 6])))
      [[4 0 0]
       [6 5 0]
       [3 2 1]]
    """
    with name_scope(name, "fill_triangular", [x]):
        x = convert_to_tensor(x, name="x")
        count = None if x.shape.ndims is None else x.shape.as_list()[-1]
        if count is None:
            raise ValueError(f"The last dimension of {x.name} must be known to fill triangular matrices.")
        n = int(math.sqrt(0.25 + 2 * count) - 0.5 + 1e-6)
        if n * (n + 1) // 2 != count:
            raise ValueError(f"Input right-most shape ({count}) does not correspond to a triangular matrix.")
        rest, whole = x[..., n:], reverse(x, axis=[-1])
        parts = [x, reverse(rest, axis=[-1])] if upper else [rest, whole]
        square_shape = concat([shape(x)[:-1], [n, n]], 0)
        filled = matrix_band_part(reshape(concat(parts, -1), square_shape), 0 if upper else -1, -1 if upper else 0)
        filled.set_shape(x.shape[:-1].concatenate([n, n]))
        return filled


def percentile(x: TensorLike, q: TensorLike, axis: Any = None, interpolation: str | None = None,
               keep_dims: bool = False, validate_args: bool = False, name: str | None = None) -> Tensor:
    """The value below which `q` percent of the elements are.

    Args:
      x: A tensor of known rank.
      q: A number between 0 and 100.
      axis: Dimensions, known while building; by default all.
      interpolation: `nearest` (the default), `lower` or `higher`: which element stands for one between two.
      keep_dims: Whether the dimensions stay, with size 1.
      validate_args: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      ValueError: If `interpolation` is something else, or the rank is unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(percentile([1.0, 2.0, 3.0, 4.0], 30.0)))
      2.0
    """
    choices: dict[str, Any] = {"nearest": rint, "lower": floor, "higher": ceil}
    chosen = "nearest" if interpolation is None else interpolation
    if chosen not in choices:
        raise ValueError(f"interpolation must be one of {', '.join(choices)}, not {interpolation!r}.")
    with name_scope(name, "percentile", [x, q]):
        x = convert_to_tensor(x, name="x")
        if x.shape.ndims is None:
            raise ValueError(f"The rank of {x.name} must be known to take a percentile.")
        ndims = x.shape.ndims
        axes = list(range(ndims)) if axis is None else sorted(
            one % ndims for one in (axis if isinstance(axis, Sequence) else [int(axis)]))
        kept = [i for i in range(ndims) if i not in axes]
        sizes = shape(x)
        kept_sizes = gather(sizes, convert_to_tensor(kept, dtype=dtypes.int32))
        rows = sort(reshape(transpose(x, [*kept, *axes]), concat([kept_sizes, [-1]], 0)), axis=-1)
        last = cast(shape(rows)[-1] - 1, dtypes.float64)
        index = choices[chosen](last * cast(convert_to_tensor(q, name="q"), dtypes.float64) / 100.0)
        found = gather(rows, cast(index, dtypes.int32), axis=-1)
        if not keep_dims:
            return found
        return reshape(found, where(_is_one_of(ndims, axes), ones_like(sizes), sizes))


def _is_one_of(ndims: int, axes: Sequence[int]) -> Tensor:
    return convert_to_tensor([i in axes for i in range(ndims)], dtype=dtypes.bool)

