"""The uniform distribution over an interval."""

from __future__ import annotations

import math

from millpond.distributions.kullback_leibler import RegisterKL
from millpond.distributions.parameters import check_same_float_dtype, parameter
from millpond.distributions.reparameterization import FULLY_REPARAMETERIZED
from millpond.distributions.scalar import ScalarDistribution
from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like, zeros_like
from millpond.ops.array.identity import with_dependencies
from millpond.ops.host.assertions import assert_less
from millpond.ops.math.comparison import where
from millpond.ops.math.elementwise import is_nan, log
from millpond.ops.random.random_ops import random_uniform
from millpond.ops.scoping import name_scope


class Uniform(ScalarDistribution):
    """The uniform distribution over `low <= x < high`.

    Args:
      low, high: The ends of the interval.
      validate_args: Whether `low < high` is checked in the run.
      allow_nan_stats: Accepted for compatibility: all statistics but the mode are defined.
      name: Prefix of the operations.

    Raises:
      TypeError: If the ends are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     uniform = tf.distributions.Uniform(low=1.0, high=[3.0, 5.0])
      ...     print(sess.run(uniform.prob([2.0, 6.0])), sess.run(uniform.mean()))
      [0.5 0. ] [2. 3.]
    """

    _names_of_parameters = ("low", "high")

    def __init__(self, low: TensorLike = 0.0, high: TensorLike = 1.0, validate_args: bool = False,
                 allow_nan_stats: bool = True, name: str = "Uniform") -> None:
        given = dict(locals())
        with name_scope(name, values=[low, high]) as scope:
            self._low, self._high = parameter(low, "low"), parameter(high, "high")
            check_same_float_dtype({"low": self._low, "high": self._high})
            if validate_args:
                check = assert_less(self._low, self._high, message="uniform not defined when low >= high.")
                self._low, self._high = (with_dependencies([check], end) for end in (self._low, self._high))
        super().__init__(self._low.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [self._low, self._high], scope)

    @property
    def low(self) -> Tensor:
        """The lower end."""
        return self._low

    @property
    def high(self) -> Tensor:
        """The upper end, which is not reached."""
        return self._high

    def range(self, name: str = "range") -> Tensor:
        """The length of the interval."""
        with self._name_scope(name):
            return self.high - self.low

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        return self.low + self.range() * random_uniform(self._samples_shape(n), dtype=self.dtype, seed=seed)

    def _prob(self, x: Tensor) -> Tensor:
        x = x * self._ones()
        inside = ones_like(x) / self.range()
        return where(is_nan(x), x, where((x < self.low) | (x >= self.high), zeros_like(x), inside))

    def _cdf(self, x: Tensor) -> Tensor:
        x = x * self._ones()
        inside = where(x >= self.high, ones_like(x), (x - self.low) / self.range())
        return where(x < self.low, zeros_like(x), inside)

    def _quantile(self, p: Tensor) -> Tensor:
        return p * self.range() + self.low

    def _entropy(self) -> Tensor:
        return log(self.range())

    def _mean(self) -> Tensor:
        return (self.low + self.high) / 2.0

    def _stddev(self) -> Tensor:
        return self.range() / math.sqrt(12.0)


@RegisterKL(Uniform, Uniform)
def _kl_uniform_uniform(a: Uniform, b: Uniform, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_uniform_uniform", [a.low, b.low]):
        within = (b.low <= a.low) & (a.high <= b.high)
        divergence = log(b.high - b.low) - log(a.high - a.low)
        return where(within, divergence, zeros_like(divergence) + math.inf)
