"""Poisson, binomial, geometric and negative binomial distributions."""

from __future__ import annotations

from typing import Any

from millpond import dtypes
from millpond.distributions.kullback_leibler import RegisterKL
from millpond.distributions.location_scale import positive_uniform
from millpond.distributions.parameters import as_floats, gen_new_seed, integers, logits_and_probs, parameter
from millpond.distributions.reparameterization import NOT_REPARAMETERIZED
from millpond.distributions.scalar import ScalarDistribution
from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like, range_, zeros_like
from millpond.ops.array.join import concat
from millpond.ops.array.shape import expand_dims
from millpond.ops.math.arithmetic import maximum, minimum
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import where
from millpond.ops.math.elementwise import exp, floor, log, log1p, log_sigmoid, sigmoid
from millpond.ops.math.reduction import reduce_max, reduce_sum
from millpond.ops.math.special import betainc, igammac, lgamma
from millpond.ops.nn.cross_entropy import sigmoid_cross_entropy_with_logits
from millpond.ops.random.random_ops import random_uniform
from millpond.ops.random.random_samples import random_gamma, random_poisson
from millpond.ops.scoping import name_scope


class _OfChance(ScalarDistribution):
    """A distribution of how often something happens, by its probability in a trial."""

    _logits: Tensor
    _probs: Tensor

    @property
    def logits(self) -> Tensor:
        """The log-odds of success in a trial."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probability of success in a trial."""
        return self._probs

    def _counts(self, x: Tensor) -> Tensor:
        return integers(as_floats(x, self.dtype), self.validate_args)


class Poisson(ScalarDistribution):
    """The Poisson distribution, of mass `rate**x exp(-rate) / x!`.

    Args:
      rate: The mean, positive.
      log_rate: Its logarithm; one of both is given.
      interpolate_nondiscrete: Whether what is between whole numbers has a probability by the same formula, and not 0.
      validate_args: Whether the rate, and values, are checked in the run.
      allow_nan_stats: Accepted for compatibility: all statistics are defined.
      name: Prefix of the operations.

    Raises:
      ValueError: If both `rate` and `log_rate` are given, or none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.distributions.Poisson(2.0).prob([0.0, 2.0])).round(3))
      [0.135 0.271]
    """

    _names_of_parameters = ("rate",)

    def __init__(self, rate: TensorLike | None = None, log_rate: TensorLike | None = None,
                 interpolate_nondiscrete: bool = True, validate_args: bool = False, allow_nan_stats: bool = True,
                 name: str = "Poisson") -> None:
        given = dict(locals())
        if (rate is None) == (log_rate is None):
            raise ValueError("Must specify exactly one of `rate` and `log_rate`.")
        with name_scope(name, values=[rate, log_rate]) as scope:
            if log_rate is None:
                self._rate = parameter(rate, "rate", check="positive" if validate_args else None)
                self._log_rate = log(self._rate, name="log_rate")
            else:
                self._log_rate = parameter(log_rate, "log_rate")
                self._rate = exp(self._log_rate, name="rate")
        self._interpolate_nondiscrete = interpolate_nondiscrete
        super().__init__(self._rate.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, given, [self._rate],
                         scope)

    @property
    def rate(self) -> Tensor:
        """The mean."""
        return self._rate

    @property
    def log_rate(self) -> Tensor:
        """The logarithm of the mean."""
        return self._log_rate

    @property
    def interpolate_nondiscrete(self) -> bool:
        """Whether what is between whole numbers has a probability."""
        return self._interpolate_nondiscrete

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        return random_poisson(self.rate, [n], dtype=self.dtype, seed=seed)

    def _log_prob(self, x: Tensor) -> Tensor:
        x = as_floats(x, self.dtype)
        if self.validate_args:
            x = integers(x, not self.interpolate_nondiscrete)
        at_least_zero = maximum(x, 0.0)
        value = at_least_zero * self.log_rate - lgamma(1.0 + at_least_zero) - self.rate
        if self.interpolate_nondiscrete:
            return value
        impossible = (x < 0.0) | (floor(x) < x)
        impossible = impossible & (value == value)  # in the shape of the batch
        return where(impossible, zeros_like(value) - float("inf"), value)

    def _cdf(self, x: Tensor) -> Tensor:
        x = as_floats(x, self.dtype) * self._ones()
        whole = maximum(x if self.interpolate_nondiscrete else floor(x), 0.0)
        return where(x < 0.0, zeros_like(x), igammac(1.0 + whole, self.rate * ones_like(whole)))

    def _mean(self) -> Tensor:
        return self.rate * 1.0

    def _variance(self) -> Tensor:
        return self.rate * 1.0

    def _mode(self) -> Tensor:
        return floor(self.rate)


class Binomial(_OfChance):
    """The binomial distribution of the number of successes in `total_count` trials.

    Args:
      total_count: The number of trials.
      logits: The log-odds of success.
      probs: The probability of success; one of both is given.
      validate_args: Whether parameters, and values, are checked in the run.
      allow_nan_stats: Accepted for compatibility: all statistics are defined.
      name: Prefix of the operations.

    Raises:
      ValueError: If both `logits` and `probs` are given, or none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.distributions.Binomial(2.0, probs=0.5).prob([0.0, 1.0, 2.0])).round(3))
      [0.25 0.5  0.25]
    """

    def __init__(self, total_count: TensorLike, logits: TensorLike | None = None, probs: TensorLike | None = None,
                 validate_args: bool = False, allow_nan_stats: bool = True, name: str = "Binomial") -> None:
        given = dict(locals())
        with name_scope(name, values=[total_count, logits, probs]) as scope:
            self._logits, self._probs = logits_and_probs(logits, probs, False, validate_args, scope)
            self._total_count = integers(parameter(total_count, "total_count", self._probs.dtype), validate_args)
        super().__init__(self._probs.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [self._total_count, self._probs], scope)

    @property
    def total_count(self) -> Tensor:
        """The number of trials."""
        return self._total_count

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        trials = cast(reduce_max(self.total_count), dtypes.int32)
        uniform = random_uniform(concat([self._samples_shape(n), [trials]], 0), dtype=self.dtype, seed=seed)
        counted = expand_dims(self.total_count, -1) > cast(range_(trials), self.dtype)
        return reduce_sum(cast((uniform < expand_dims(self.probs, -1)) & counted, self.dtype), -1)

    def _log_prob(self, x: Tensor) -> Tensor:
        x = self._counts(x)
        n = self.total_count
        combinations = lgamma(1.0 + n) - lgamma(1.0 + x) - lgamma(1.0 + n - x)
        return combinations + x * log(self.probs) + (n - x) * log1p(-self.probs)

    def _cdf(self, x: Tensor) -> Tensor:
        x = self._counts(x) * self._ones()
        n, below = self.total_count * self._ones(), minimum(x, self.total_count - 1.0)
        inside = betainc(n - below, below + 1.0, 1.0 - self.probs * ones_like(below))
        return where(x >= n, ones_like(x), inside)

    def _mean(self) -> Tensor:
        return self.total_count * self.probs

    def _variance(self) -> Tensor:
        return self._mean() * (1.0 - self.probs)

    def _mode(self) -> Tensor:
        return floor((1.0 + self.total_count) * self.probs)


class Geometric(_OfChance):
    """The geometric distribution of the number of failures before the first success.

    Args:
      logits: The log-odds of success.
      probs: The probability of success; one of both is given.
      validate_args: Whether probabilities, and values, are checked in the run.
      allow_nan_stats: Accepted for compatibility: all statistics are defined.
      name: Prefix of the operations.

    Raises:
      ValueError: If both `logits` and `probs` are given, or none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.distributions.Geometric(probs=0.5).prob([0.0, 1.0])).round(3))
      [0.5  0.25]
    """

    def __init__(self, logits: TensorLike | None = None, probs: TensorLike | None = None, validate_args: bool = False,
                 allow_nan_stats: bool = True, name: str = "Geometric") -> None:
        given = dict(locals())
        with name_scope(name, values=[logits, probs]) as scope:
            self._logits, self._probs = logits_and_probs(logits, probs, False, validate_args, scope)
        super().__init__(self._probs.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, given, [self._probs],
                         scope)

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        return floor(log(positive_uniform(self._samples_shape(n), self.dtype, seed)) / log1p(-self.probs))

    def _log_prob(self, x: Tensor) -> Tensor:
        x = self._counts(x)
        chance = self.probs * ones_like(x)
        x = x * self._ones()
        never = where(x > 0.0, chance, zeros_like(chance))  # so that 0 log(0) is 0
        return x * log1p(-never) + log(chance)

    def _cdf(self, x: Tensor) -> Tensor:
        x = self._counts(x) * self._ones()
        return where(x < 0.0, zeros_like(x), 1.0 - (1.0 - self.probs * ones_like(x)) ** (1.0 + floor(x)))

    def _entropy(self) -> Tensor:
        return sigmoid_cross_entropy_with_logits(labels=self.probs, logits=self.logits) / self.probs

    def _mean(self) -> Tensor:
        return exp(-self.logits)

    def _variance(self) -> Tensor:
        return self._mean() / self.probs

    def _mode(self) -> Tensor:
        return zeros_like(self.probs)


class NegativeBinomial(_OfChance):
    """The distribution of the number of successes before `total_count` failures.

    Args:
      total_count: The number of failures, positive; it need not be whole.
      logits: The log-odds of success.
      probs: The probability of success; one of both is given.
      validate_args: Whether probabilities, and values, are checked in the run.
      allow_nan_stats: Accepted for compatibility: all statistics are defined.
      name: Prefix of the operations.

    Raises:
      ValueError: If both `logits` and `probs` are given, or none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.distributions.NegativeBinomial(1.0, probs=0.5).prob([0.0, 1.0])).round(3))
      [0.5  0.25]
    """

    def __init__(self, total_count: TensorLike, logits: TensorLike | None = None, probs: TensorLike | None = None,
                 validate_args: bool = False, allow_nan_stats: bool = True, name: str = "NegativeBinomial") -> None:
        given = dict(locals())
        with name_scope(name, values=[total_count, logits, probs]) as scope:
            self._logits, self._probs = logits_and_probs(logits, probs, False, validate_args, scope)
            self._total_count = parameter(total_count, "total_count", self._probs.dtype,
                                          check="positive" if validate_args else None)
        super().__init__(self._probs.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [self._total_count, self._probs], scope)

    @property
    def total_count(self) -> Tensor:
        """The number of failures."""
        return self._total_count

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        # A Poisson variable whose rate is a gamma variable.
        one = self._ones()
        rate = random_gamma(shape=[n], alpha=self.total_count * one, beta=exp(-self.logits) * one, dtype=self.dtype,
                            seed=seed)
        return random_poisson(rate, [], dtype=self.dtype, seed=gen_new_seed(seed, "NegativeBinom"))

    def _log_prob(self, x: Tensor) -> Tensor:
        x = self._counts(x)
        n = self.total_count
        return (n * log_sigmoid(-self.logits) + x * log_sigmoid(self.logits)
                + lgamma(n + x) - lgamma(1.0 + x) - lgamma(n))

    def _cdf(self, x: Tensor) -> Tensor:
        x = self._counts(x) * self._ones()
        one = ones_like(x)
        return betainc(self.total_count * one, 1.0 + x, sigmoid(-self.logits) * one)

    def _mean(self) -> Tensor:
        return self.total_count * exp(self.logits)

    def _variance(self) -> Tensor:
        return self._mean() / sigmoid(-self.logits)

    def _mode(self) -> Tensor:
        most = floor((self.total_count - 1.0) * exp(self.logits))
        return where(self.total_count * self._ones() > 1.0, most, zeros_like(most))


@RegisterKL(Poisson, Poisson)
def _kl_poisson_poisson(a: Any, b: Any, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_poisson_poisson", [a.rate, b.rate]):
        return a.rate * (a.log_rate - b.log_rate) - a.rate + b.rate
