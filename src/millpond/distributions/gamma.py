"""The gamma distribution and those that are made of it."""

from __future__ import annotations

from typing import Any

from millpond.distributions.kullback_leibler import RegisterKL
from millpond.distributions.location_scale import positive_uniform
from millpond.distributions.parameters import check_same_float_dtype, defined_where, parameter
from millpond.distributions.reparameterization import FULLY_REPARAMETERIZED
from millpond.distributions.scalar import ScalarDistribution
from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like
from millpond.ops.array.identity import with_dependencies
from millpond.ops.host.assertions import assert_positive
from millpond.ops.math.elementwise import exp, log, log1p, sqrt, square
from millpond.ops.math.special import digamma, igamma, igammac, lgamma
from millpond.ops.nn.activation import softplus
from millpond.ops.random.random_samples import random_gamma
from millpond.ops.scoping import name_scope


class _ConcentrationAndRate(ScalarDistribution):
    """A distribution of positive numbers with a concentration and a rate.

    Args:
      concentration: The shape of the distribution, positive.
      rate: The inverse of the scale of a gamma variable, positive.
      validate_args: Whether both are checked, and values too, in the run.
      allow_nan_stats: Whether statistics that are undefined are NaN, in place of an error in the run.
      name: Prefix of the operations; by default the name of the class.

    Raises:
      TypeError: If both are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.distributions.Gamma(3.0, [1.0, 2.0]).mean()))
      [3.  1.5]
    """

    _names_of_parameters: tuple[str, ...] = ("concentration", "rate")

    def __init__(self, concentration: TensorLike, rate: TensorLike, validate_args: bool = False,
                 allow_nan_stats: bool = True, name: str | None = None) -> None:
        name = name or type(self).__name__
        given = {"concentration": concentration, "rate": rate, "validate_args": validate_args,
                 "allow_nan_stats": allow_nan_stats, "name": name}
        check = "positive" if validate_args else None
        with name_scope(name, values=[concentration, rate]) as scope:
            self._concentration = parameter(concentration, "concentration", check=check)
            self._rate = parameter(rate, "rate", check=check)
            check_same_float_dtype({"concentration": self._concentration, "rate": self._rate})
        super().__init__(self._concentration.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [self._concentration, self._rate], scope)

    @property
    def concentration(self) -> Tensor:
        """The concentration."""
        return self._concentration

    @property
    def rate(self) -> Tensor:
        """The rate."""
        return self._rate

    def _positive(self, x: Tensor) -> Tensor:
        return with_dependencies([assert_positive(x)], x) if self.validate_args else x

    def _log_normalization(self) -> Tensor:
        return lgamma(self.concentration) - self.concentration * log(self.rate)


class Gamma(_ConcentrationAndRate):
    """The gamma distribution, of density `x**(c - 1) exp(-rate x) rate**c / Gamma(c)` with the concentration `c`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.distributions.Gamma(3.0, [1.0, 2.0]).mean()))
      [3.  1.5]
    """

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        return random_gamma(shape=[n], alpha=self.concentration, beta=self.rate, dtype=self.dtype, seed=seed)

    def _log_prob(self, x: Tensor) -> Tensor:
        x = self._positive(x)
        return (self.concentration - 1.0) * log(x) - self.rate * x - self._log_normalization()

    def _cdf(self, x: Tensor) -> Tensor:
        scaled = self.rate * self._positive(x)
        return igamma(self.concentration * ones_like(scaled), scaled * ones_like(self.concentration))

    def _entropy(self) -> Tensor:
        c = self.concentration
        return c - log(self.rate) + lgamma(c) + (1.0 - c) * digamma(c)

    def _mean(self) -> Tensor:
        return self.concentration / self.rate

    def _variance(self) -> Tensor:
        return self.concentration / square(self.rate)

    def _stddev(self) -> Tensor:
        return sqrt(self.concentration) / self.rate

    def _mode(self) -> Tensor:
        return defined_where(self.concentration * self._ones() > 1.0, (self.concentration - 1.0) / self.rate,
                             self.allow_nan_stats, "mode not defined when any concentration <= 1")


class GammaWithSoftplusConcentrationRate(Gamma):
    """A gamma distribution whose parameters are the softplus of what is given.

    Args:
      concentration, rate: What the parameters are the softplus of.
      validate_args, allow_nan_stats: As of `Gamma`.
      name: Prefix of the operations.

    Raises:
      TypeError: If both are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.distributions.GammaWithSoftplusConcentrationRate(0.0, 0.0).rate).round(3))
      0.693
    """

    def __init__(self, concentration: TensorLike, rate: TensorLike, validate_args: bool = False,
                 allow_nan_stats: bool = True, name: str = "GammaWithSoftplusConcentrationRate") -> None:
        with name_scope(name, values=[concentration, rate]) as scope:
            positive = [softplus(parameter(value, key), name=f"softplus_{key}")
                        for key, value in (("concentration", concentration), ("rate", rate))]
        super().__init__(positive[0], positive[1], validate_args, allow_nan_stats, scope)
        self._parameters |= {"concentration": concentration, "rate": rate, "name": name}


class Chi2(Gamma):
    """The chi-squared distribution: the sum of `df` squared normal variables.

    Args:
      df: The degrees of freedom, positive.
      validate_args, allow_nan_stats: As of `Gamma`.
      name: Prefix of the operations.

    Raises:
      TypeError: If `df` is not of floats.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     chi2 = tf.contrib.distributions.Chi2(3.0)
      ...     print(sess.run([chi2.mean(), chi2.variance()]))
      [np.float32(3.0), np.float32(6.0)]
    """

    _names_of_parameters = ("df",)

    def __init__(self, df: TensorLike, validate_args: bool = False, allow_nan_stats: bool = True,
                 name: str = "Chi2") -> None:
        given = dict(locals())
        with name_scope(name, values=[df]) as scope:
            self._df = parameter(df, "df", check="positive" if validate_args else None)
            half = 0.5 * ones_like(self._df)
        super().__init__(half * self._df, half, validate_args, allow_nan_stats, scope)
        self._parameters = given

    @property
    def df(self) -> Tensor:
        """The degrees of freedom."""
        return self._df


class Exponential(Gamma):
    """The exponential distribution, of density `rate exp(-rate x)`.

    Args:
      rate: The inverse of the mean, positive.
      validate_args: Whether the rate is checked in the run.
      allow_nan_stats: Accepted for compatibility: all statistics are defined.
      name: Prefix of the operations.

    Raises:
      TypeError: If `rate` is not of floats.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.distributions.Exponential([1.0, 2.0]).mean()))
      [1.  0.5]
    """

    _names_of_parameters = ("rate",)

    def __init__(self, rate: TensorLike, validate_args: bool = False, allow_nan_stats: bool = True,
                 name: str = "Exponential") -> None:
        given = dict(locals())
        with name_scope(name, values=[rate]) as scope:
            inverse_mean = parameter(rate, "rate")
            one = ones_like(inverse_mean)
        super().__init__(one, inverse_mean, validate_args, allow_nan_stats, scope)
        self._parameters = given

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        return -log(positive_uniform(self._samples_shape(n), self.dtype, seed)) / self.rate

    def _cdf(self, x: Tensor) -> Tensor:
        return 1.0 - exp(-self.rate * self._positive(x))

    def _quantile(self, p: Tensor) -> Tensor:
        return -log1p(-p) / self.rate


class InverseGamma(_ConcentrationAndRate):
    """The distribution of the inverse of a gamma variable.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.distributions.InverseGamma(3.0, [1.0, 2.0]).mean()))
      [0.5 1. ]
    """

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        return 1.0 / random_gamma(shape=[n], alpha=self.concentration, beta=self.rate, dtype=self.dtype, seed=seed)

    def _log_prob(self, x: Tensor) -> Tensor:
        x = self._positive(x)
        return -(1.0 + self.concentration) * log(x) - self.rate / x - self._log_normalization()

    def _cdf(self, x: Tensor) -> Tensor:
        scaled = self.rate / self._positive(x)
        return igammac(self.concentration * ones_like(scaled), scaled * ones_like(self.concentration))

    def _entropy(self) -> Tensor:
        c = self.concentration
        return c + log(self.rate) + lgamma(c) - (1.0 + c) * digamma(c)

    def _mean(self) -> Tensor:
        return self._above(1.0, self.rate / (self.concentration - 1.0), "mean")

    def _variance(self) -> Tensor:
        c = self.concentration
        return self._above(2.0, square(self.rate) / (square(c - 1.0) * (c - 2.0)), "variance")

    def _above(self, bound: float, value: Tensor, what: str) -> Tensor:
        return defined_where(self.concentration * self._ones() > bound, value, self.allow_nan_stats,
                             f"{what} undefined when any concentration <= {bound:g}")

    def _mode(self) -> Tensor:
        return self.rate / (1.0 + self.concentration)


@RegisterKL(Gamma, Gamma)
def _kl_gamma_gamma(a: Any, b: Any, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_gamma_gamma", [a.concentration, b.concentration]):
        return ((a.concentration - b.concentration) * digamma(a.concentration)
                + lgamma(b.concentration) - lgamma(a.concentration)
                + b.concentration * (log(a.rate) - log(b.rate)) + a.concentration * (b.rate / a.rate - 1.0))


@RegisterKL(InverseGamma, InverseGamma)
def _kl_inverse_gamma_inverse_gamma(a: Any, b: Any, name: str | None = None) -> Tensor:
    # The logarithm of the inverse has the same divergence: both are the same function of gamma variables.
    return _kl_gamma_gamma(a, b, name or "kl_inverse_gamma_inverse_gamma")
