"""The normal distribution, and half of it."""

from __future__ import annotations

import math

from millpond.distributions.kullback_leibler import RegisterKL
from millpond.distributions.parameters import parameter
from millpond.distributions.reparameterization import FULLY_REPARAMETERIZED
from millpond.distributions.scalar import LocationScale, ScalarDistribution
from millpond.distributions.special import log_ndtr, ndtr
from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import zeros_like
from millpond.ops.math.comparison import where
from millpond.ops.math.elementwise import abs as magnitude
from millpond.ops.math.elementwise import log, square
from millpond.ops.math.special import erf, erfinv, ndtri
from millpond.ops.nn.activation import softplus
from millpond.ops.random.random_ops import random_normal
from millpond.ops.scoping import name_scope


class Normal(LocationScale):
    """The normal distribution, of density `exp(-0.5 ((x - loc) / scale)**2) / (scale sqrt(2 pi))`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     normal = tf.distributions.Normal(loc=[0.0, 10.0], scale=2.0)
      ...     print(sess.run(normal.prob([0.0, 10.0])).round(3), normal.sample(5).shape)
      [0.199 0.199] (5, 2)
    """

    def _standard(self, sizes: Tensor, seed: int | None) -> Tensor:
        return random_normal(sizes, mean=0.0, stddev=1.0, dtype=self.loc.dtype, seed=seed)

    def _log_prob(self, x: Tensor) -> Tensor:
        return -0.5 * square(self._z(x)) - (0.5 * math.log(2.0 * math.pi) + log(self.scale))

    def _log_cdf(self, x: Tensor) -> Tensor:
        return log_ndtr(self._z(x))

    def _cdf(self, x: Tensor) -> Tensor:
        return ndtr(self._z(x))

    def _log_survival_function(self, x: Tensor) -> Tensor:
        return log_ndtr(-self._z(x))

    def _survival_function(self, x: Tensor) -> Tensor:
        return ndtr(-self._z(x))

    def _entropy(self) -> Tensor:
        return 0.5 * math.log(2.0 * math.pi) + 0.5 + log(self.scale * self._ones())

    def _stddev(self) -> Tensor:
        return self.scale * self._ones()

    def _quantile(self, p: Tensor) -> Tensor:
        return ndtri(p) * self.scale + self.loc


class NormalWithSoftplusScale(Normal):
    """A normal distribution whose scale is the softplus of what is given.

    Args:
      loc: The mean.
      scale: What the standard deviation is the softplus of.
      validate_args, allow_nan_stats: As of `Normal`.
      name: Prefix of the operations.

    Raises:
      TypeError: If `loc` and `scale` are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     normal = tf.contrib.distributions.NormalWithSoftplusScale(0.0, 0.0)
      ...     print(sess.run(normal.stddev()).round(3))
      0.693
    """

    def __init__(self, loc: TensorLike, scale: TensorLike, validate_args: bool = False, allow_nan_stats: bool = True,
                 name: str = "NormalWithSoftplusScale") -> None:
        with name_scope(name, values=[scale]) as scope:
            positive = softplus(parameter(scale, "scale"), name="softplus_scale")
        super().__init__(loc, positive, validate_args, allow_nan_stats, scope)
        self._parameters |= {"scale": scale, "name": name}


class HalfNormal(ScalarDistribution):
    """The absolute value of a normal variable of mean 0.

    Args:
      scale: The scale, which is positive.
      validate_args: Whether the scale is checked in the run.
      allow_nan_stats: Accepted for compatibility: all statistics are defined.
      name: Prefix of the operations.

    Raises:
      TypeError: If `scale` is not of floats.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.distributions.HalfNormal(1.0).mean()).round(3))
      0.798
    """

    _names_of_parameters = ("scale",)

    def __init__(self, scale: TensorLike, validate_args: bool = False, allow_nan_stats: bool = True,
                 name: str = "HalfNormal") -> None:
        given = dict(locals())
        with name_scope(name, values=[scale]) as scope:
            self._scale = parameter(scale, "scale", check="positive" if validate_args else None)
        super().__init__(self._scale.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [self._scale], scope)

    @property
    def scale(self) -> Tensor:
        """The scale."""
        return self._scale

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        return magnitude(random_normal(self._samples_shape(n), dtype=self.dtype, seed=seed)) * self.scale

    def _log_prob(self, x: Tensor) -> Tensor:
        z = x / self.scale
        inside = 0.5 * math.log(2.0 / math.pi) - log(self.scale) - 0.5 * square(z)
        return where(z < 0.0, zeros_like(z) - math.inf, inside)

    def _cdf(self, x: Tensor) -> Tensor:
        z = x / self.scale
        return where(z < 0.0, zeros_like(z), erf(z / math.sqrt(2.0)))

    def _entropy(self) -> Tensor:
        return 0.5 * log(math.pi * square(self.scale) / 2.0) + 0.5

    def _mean(self) -> Tensor:
        return self.scale * math.sqrt(2.0 / math.pi)

    def _mode(self) -> Tensor:
        return zeros_like(self.scale)

    def _variance(self) -> Tensor:
        return square(self.scale) * (1.0 - 2.0 / math.pi)

    def _quantile(self, p: Tensor) -> Tensor:
        return math.sqrt(2.0) * self.scale * erfinv(p)


@RegisterKL(Normal, Normal)
def _kl_normal_normal(a: Normal, b: Normal, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_normal_normal", [a.loc, b.loc]):
        ratio = square(a.scale / b.scale)
        return square(a.loc - b.loc) / (2.0 * square(b.scale)) + 0.5 * (ratio - 1.0 - log(ratio))


@RegisterKL(HalfNormal, HalfNormal)
def _kl_half_normal_half_normal(a: HalfNormal, b: HalfNormal, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_half_normal_half_normal", [a.scale, b.scale]):
        ratio = square(a.scale / b.scale)
        return 0.5 * (ratio - 1.0 - log(ratio))
