"""Laplace, logistic, Gumbel and Cauchy distributions."""

from __future__ import annotations

import math

import numpy as np

from millpond.distributions.kullback_leibler import RegisterKL
from millpond.distributions.parameters import parameter
from millpond.distributions.scalar import LocationScale
from millpond.distributions.special import log_cdf_laplace
from millpond.dtypes import DType
from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import with_dependencies
from millpond.ops.host.assertions import Assert
from millpond.ops.math.elementwise import abs as magnitude
from millpond.ops.math.elementwise import exp, expm1, log, log1p, sigmoid, sign, square
from millpond.ops.math.special import lgamma
from millpond.ops.math.trigonometry import atan, tan
from millpond.ops.nn.activation import softplus
from millpond.ops.random.random_ops import random_uniform
from millpond.ops.scoping import name_scope


def positive_uniform(sizes: Tensor, dtype: DType, seed: int | None) -> Tensor:
    """Uniform numbers that are not 0, so that they have a logarithm."""
    np_dtype = dtype.as_numpy_dtype
    return random_uniform(sizes, minval=np.finfo(np_dtype).tiny, maxval=np.array(1, np_dtype), dtype=dtype, seed=seed)


class Laplace(LocationScale):
    """The Laplace distribution, of density `exp(-|x - loc| / scale) / (2 scale)`."""

    def _standard(self, sizes: Tensor, seed: int | None) -> Tensor:
        dtype = self.loc.dtype.as_numpy_dtype
        # Symmetric about 0, without -1.
        uniform = random_uniform(sizes, minval=np.nextafter(dtype(-1.0), dtype(0.0)), maxval=1.0, dtype=self.loc.dtype,
                                 seed=seed)
        return -sign(uniform) * log1p(-magnitude(uniform))

    def _log_prob(self, x: Tensor) -> Tensor:
        return -magnitude(self._z(x)) - (math.log(2.0) + log(self.scale))

    def _log_cdf(self, x: Tensor) -> Tensor:
        return log_cdf_laplace(self._z(x))

    def _cdf(self, x: Tensor) -> Tensor:
        z = self._z(x)
        return 0.5 - 0.5 * sign(z) * expm1(-magnitude(z))

    def _log_survival_function(self, x: Tensor) -> Tensor:
        return log_cdf_laplace(-self._z(x))

    def _entropy(self) -> Tensor:
        return math.log(2.0) + 1.0 + log(self.scale * self._ones())

    def _stddev(self) -> Tensor:
        return math.sqrt(2.0) * self.scale * self._ones()

    def _quantile(self, p: Tensor) -> Tensor:
        side = 0.5 - p
        return self.loc + self.scale * sign(side) * log1p(-2.0 * magnitude(side))


class LaplaceWithSoftplusScale(Laplace):
    """A Laplace distribution whose scale is the softplus of what is given.

    Args:
      loc: The location.
      scale: What the scale is the softplus of.
      validate_args, allow_nan_stats: As of `Laplace`.
      name: Prefix of the operations.

    Raises:
      TypeError: If `loc` and `scale` are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.distributions.LaplaceWithSoftplusScale(0.0, 0.0).scale).round(3))
      0.693
    """

    def __init__(self, loc: TensorLike, scale: TensorLike, validate_args: bool = False, allow_nan_stats: bool = True,
                 name: str = "LaplaceWithSoftplusScale") -> None:
        with name_scope(name, values=[scale]) as scope:
            positive = softplus(parameter(scale, "scale"), name="softplus_scale")
        super().__init__(loc, positive, validate_args, allow_nan_stats, scope)
        self._parameters |= {"scale": scale, "name": name}


class Logistic(LocationScale):
    """The logistic distribution, whose distribution function is the sigmoid."""

    def _standard(self, sizes: Tensor, seed: int | None) -> Tensor:
        uniform = positive_uniform(sizes, self.loc.dtype, seed)
        return log(uniform) - log1p(-uniform)

    def _log_prob(self, x: Tensor) -> Tensor:
        z = self._z(x)
        return -z - 2.0 * softplus(-z) - log(self.scale)

    def _log_cdf(self, x: Tensor) -> Tensor:
        return -softplus(-self._z(x))

    def _cdf(self, x: Tensor) -> Tensor:
        return sigmoid(self._z(x))

    def _log_survival_function(self, x: Tensor) -> Tensor:
        return -softplus(self._z(x))

    def _survival_function(self, x: Tensor) -> Tensor:
        return sigmoid(-self._z(x))

    def _entropy(self) -> Tensor:
        return 2.0 + log(self.scale * self._ones())

    def _stddev(self) -> Tensor:
        return self.scale * self._ones() * math.pi / math.sqrt(3.0)

    def _quantile(self, p: Tensor) -> Tensor:
        return self.loc + self.scale * (log(p) - log1p(-p))


class Gumbel(LocationScale):
    """The Gumbel distribution, whose distribution function is `exp(-exp(-(x - loc) / scale))`."""

    def _standard(self, sizes: Tensor, seed: int | None) -> Tensor:
        return -log(-log(positive_uniform(sizes, self.loc.dtype, seed)))

    def _log_prob(self, x: Tensor) -> Tensor:
        z = self._z(x)
        return -(z + exp(-z)) - log(self.scale)

    def _log_cdf(self, x: Tensor) -> Tensor:
        return -exp(-self._z(x))

    def _cdf(self, x: Tensor) -> Tensor:
        return exp(-exp(-self._z(x)))

    def _entropy(self) -> Tensor:
        return 1.0 + log(self.scale * self._ones()) + np.euler_gamma

    def _mean(self) -> Tensor:
        return self.loc + self.scale * self._ones() * np.euler_gamma

    def _stddev(self) -> Tensor:
        return self.scale * self._ones() * math.pi / math.sqrt(6.0)

    def _quantile(self, p: Tensor) -> Tensor:
        return self.loc - self.scale * log(-log(p))


class Cauchy(LocationScale):
    """The Cauchy distribution, which has neither a mean nor a variance."""

    def _standard(self, sizes: Tensor, seed: int | None) -> Tensor:
        return tan(math.pi * (random_uniform(sizes, maxval=1.0, dtype=self.loc.dtype, seed=seed) - 0.5))

    def _log_prob(self, x: Tensor) -> Tensor:
        return -math.log(math.pi) - log(self.scale) - log1p(square(self._z(x)))

    def _cdf(self, x: Tensor) -> Tensor:
        return atan(self._z(x)) / math.pi + 0.5

    def _entropy(self) -> Tensor:
        return math.log(4.0 * math.pi) + log(self.scale * self._ones())

    def _quantile(self, p: Tensor) -> Tensor:
        return self.loc + self.scale * tan(math.pi * (p - 0.5))

    def _mean(self) -> Tensor:
        return self._undefined("mean")

    def _stddev(self) -> Tensor:
        return self._undefined("standard deviation")

    def _undefined(self, what: str) -> Tensor:
        nan = self._ones() * math.nan
        if self.allow_nan_stats:
            return nan
        return with_dependencies([Assert(False, [f"The {what} of a Cauchy distribution is undefined"])], nan)


@RegisterKL(Laplace, Laplace)
def _kl_laplace_laplace(a: Laplace, b: Laplace, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_laplace_laplace", [a.loc, b.loc]):
        distance = magnitude(a.loc - b.loc)
        ratio = a.scale / b.scale
        return -log(ratio) - 1.0 + distance / b.scale + ratio * exp(-distance / a.scale)


@RegisterKL(Gumbel, Gumbel)
def _kl_gumbel_gumbel(a: Gumbel, b: Gumbel, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_gumbel_gumbel", [a.loc, b.loc]):
        return (log(b.scale) - log(a.scale) + np.euler_gamma * (a.scale / b.scale - 1.0)
                + expm1((b.loc - a.loc) / b.scale + lgamma(a.scale / b.scale + 1.0)) + (a.loc - b.loc) / b.scale)
