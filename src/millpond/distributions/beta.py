"""The beta distribution of probabilities."""

from __future__ import annotations

from millpond.distributions.kullback_leibler import RegisterKL
from millpond.distributions.parameters import check_same_float_dtype, defined_where, gen_new_seed, parameter
from millpond.distributions.reparameterization import FULLY_REPARAMETERIZED
from millpond.distributions.scalar import ScalarDistribution
from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like
from millpond.ops.array.identity import with_dependencies
from millpond.ops.host.assertions import assert_less, assert_positive
from millpond.ops.math.elementwise import log, log1p
from millpond.ops.math.special import betainc, digamma, lgamma
from millpond.ops.nn.activation import softplus
from millpond.ops.random.random_samples import random_gamma
from millpond.ops.scoping import name_scope


class Beta(ScalarDistribution):
    """The beta distribution, of a density proportional to `x**(concentration1 - 1) (1 - x)**(concentration0 - 1)`.

    Args:
      concentration1, concentration0: Positive numbers.
      validate_args: Whether they, and values, are checked in the run.
      allow_nan_stats: Whether a mode that is undefined is NaN, in place of an error in the run.
      name: Prefix of the operations.

    Raises:
      TypeError: If both are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.distributions.Beta(1.0, [1.0, 3.0]).mean()))
      [0.5  0.25]
    """

    _names_of_parameters = ("concentration1", "concentration0")

    def __init__(self, concentration1: TensorLike | None = None, concentration0: TensorLike | None = None,
                 validate_args: bool = False, allow_nan_stats: bool = True, name: str = "Beta") -> None:
        given = dict(locals())
        check = "positive" if validate_args else None
        with name_scope(name, values=[concentration1, concentration0]) as scope:
            self._concentration1 = parameter(concentration1, "concentration1", check=check)
            self._concentration0 = parameter(concentration0, "concentration0", check=check)
            check_same_float_dtype({"concentration1": self._concentration1, "concentration0": self._concentration0})
            self._total_concentration = self._concentration1 + self._concentration0
        super().__init__(self._total_concentration.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [self._concentration1, self._concentration0], scope)

    @property
    def concentration1(self) -> Tensor:
        """What draws samples towards 1."""
        return self._concentration1

    @property
    def concentration0(self) -> Tensor:
        """What draws samples towards 0."""
        return self._concentration0

    @property
    def total_concentration(self) -> Tensor:
        """The sum of both."""
        return self._total_concentration

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        one = ones_like(self.total_concentration)
        first = random_gamma(shape=[n], alpha=one * self.concentration1, dtype=self.dtype, seed=seed)
        second = random_gamma(shape=[n], alpha=one * self.concentration0, dtype=self.dtype,
                              seed=gen_new_seed(seed, "beta"))
        return first / (first + second)

    def _probability(self, x: Tensor) -> Tensor:
        if not self.validate_args:
            return x
        return with_dependencies([assert_positive(x, message="sample must be positive"),
                                  assert_less(x, ones_like(x), message="sample must be less than `1`.")], x)

    def _log_normalization(self) -> Tensor:
        return lgamma(self.concentration1) + lgamma(self.concentration0) - lgamma(self.total_concentration)

    def _log_prob(self, x: Tensor) -> Tensor:
        x = self._probability(x)
        return ((self.concentration1 - 1.0) * log(x) + (self.concentration0 - 1.0) * log1p(-x)
                - self._log_normalization())

    def _cdf(self, x: Tensor) -> Tensor:
        x = self._probability(x) * self._ones()
        one = ones_like(x)
        return betainc(self.concentration1 * one, self.concentration0 * one, x)

    def _entropy(self) -> Tensor:
        return (self._log_normalization() - (self.concentration1 - 1.0) * digamma(self.concentration1)
                - (self.concentration0 - 1.0) * digamma(self.concentration0)
                + (self.total_concentration - 2.0) * digamma(self.total_concentration))

    def _mean(self) -> Tensor:
        return self.concentration1 / self.total_concentration

    def _variance(self) -> Tensor:
        mean = self._mean()
        return mean * (1.0 - mean) / (1.0 + self.total_concentration)

    def _mode(self) -> Tensor:
        one = self._ones()
        defined = (self.concentration1 * one > 1.0) & (self.concentration0 * one > 1.0)
        return defined_where(defined, (self.concentration1 - 1.0) / (self.total_concentration - 2.0),
                             self.allow_nan_stats, "Mode undefined for concentrations <= 1.")


class BetaWithSoftplusConcentration(Beta):
    """A beta distribution whose parameters are the softplus of what is given.

    Args:
      concentration1, concentration0: What the parameters are the softplus of.
      validate_args, allow_nan_stats: As of `Beta`.
      name: Prefix of the operations.

    Raises:
      TypeError: If both are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.distributions.BetaWithSoftplusConcentration(0.0, 0.0).mean()))
      0.5
    """

    def __init__(self, concentration1: TensorLike, concentration0: TensorLike, validate_args: bool = False,
                 allow_nan_stats: bool = True, name: str = "BetaWithSoftplusConcentration") -> None:
        with name_scope(name, values=[concentration1, concentration0]) as scope:
            positive = [softplus(parameter(value, key), name=f"softplus_{key}") for key, value in
                        (("concentration1", concentration1), ("concentration0", concentration0))]
        super().__init__(positive[0], positive[1], validate_args, allow_nan_stats, scope)
        self._parameters |= {"concentration1": concentration1, "concentration0": concentration0, "name": name}


@RegisterKL(Beta, Beta)
def _kl_beta_beta(a: Beta, b: Beta, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_beta_beta", [a.concentration1, b.concentration1]):
        divergence = b._log_normalization() - a._log_normalization()
        for key, sign in (("concentration1", -1.0), ("concentration0", -1.0), ("total_concentration", 1.0)):
            mine = getattr(a, key)
            divergence = divergence + sign * digamma(mine) * (getattr(b, key) - mine)
        return divergence
