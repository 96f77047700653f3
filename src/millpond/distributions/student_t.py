"""Student's t distribution."""

from __future__ import annotations

import math

from millpond.distributions.parameters import check_same_float_dtype, defined_where, gen_new_seed, parameter
from millpond.distributions.reparameterization import FULLY_REPARAMETERIZED
from millpond.distributions.scalar import ScalarDistribution
from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like, zeros_like
from millpond.ops.math.comparison import where
from millpond.ops.math.elementwise import abs as magnitude
from millpond.ops.math.elementwise import floor, log, log1p, rsqrt, square
from millpond.ops.math.special import betainc, digamma, lgamma
from millpond.ops.nn.activation import softplus
from millpond.ops.random.random_ops import random_normal
from millpond.ops.random.random_samples import random_gamma
from millpond.ops.scoping import name_scope


class StudentT(ScalarDistribution):
    """Student's t distribution, scaled and shifted.

    Args:
      df: The degrees of freedom, positive.
      loc: The location, which is the mean where there is one.
      scale: The scale; its sign does not matter.
      validate_args: Whether `df` is checked in the run.
      allow_nan_stats: Whether statistics that are undefined are NaN, in place of an error in the run.
      name: Prefix of the operations.

    Raises:
      TypeError: If the parameters are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.distributions.StudentT(df=[0.5, 2.0, 4.0], loc=1.0, scale=1.0).variance()))
      [nan inf  2.]
    """

    _names_of_parameters = ("df", "loc", "scale")

    def __init__(self, df: TensorLike, loc: TensorLike, scale: TensorLike, validate_args: bool = False,
                 allow_nan_stats: bool = True, name: str = "StudentT") -> None:
        given = dict(locals())
        with name_scope(name, values=[df, loc, scale]) as scope:
            self._df = parameter(df, "df", check="positive" if validate_args else None)
            self._loc, self._scale = parameter(loc, "loc"), parameter(scale, "scale")
            check_same_float_dtype({"df": self._df, "loc": self._loc, "scale": self._scale})
        super().__init__(self._scale.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [self._df, self._loc, self._scale], scope)

    @property
    def df(self) -> Tensor:
        """The degrees of freedom."""
        return self._df

    @property
    def loc(self) -> Tensor:
        """The location."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """The scale."""
        return self._scale

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        normal = random_normal(self._samples_shape(n), dtype=self.dtype, seed=seed)
        df = self.df * self._ones()
        gamma = random_gamma(shape=[n], alpha=0.5 * df, beta=0.5, dtype=self.dtype,
                             seed=gen_new_seed(seed, "student_t"))
        return normal * rsqrt(gamma / df) * self.scale + self.loc

    def _log_prob(self, x: Tensor) -> Tensor:
        z = (x - self.loc) / self.scale
        normalization = (log(magnitude(self.scale)) + 0.5 * log(self.df) + 0.5 * math.log(math.pi)
                         + lgamma(0.5 * self.df) - lgamma(0.5 * (self.df + 1.0)))
        return -0.5 * (self.df + 1.0) * log1p(square(z) / self.df) - normalization

    def _cdf(self, x: Tensor) -> Tensor:
        z = (x - self.loc) / magnitude(self.scale) * self._ones()
        df = self.df * ones_like(z)
        half = 0.5 * betainc(0.5 * df, 0.5 * ones_like(z), df / (square(z) + df))
        return where(z < 0.0, half, 1.0 - half)

    def _entropy(self) -> Tensor:
        df = self.df * self._ones()
        log_beta = lgamma(0.5 * df) + lgamma(0.5 * self._ones()) - lgamma(0.5 * (df + 1.0))
        return (log(magnitude(self.scale)) + 0.5 * log(df) + log_beta
                + 0.5 * (df + 1.0) * (digamma(0.5 * (df + 1.0)) - digamma(0.5 * df)))

    def _mean(self) -> Tensor:
        df = self.df * self._ones()
        return defined_where(df > 1.0, self.loc * self._ones(), self.allow_nan_stats,
                             "mean not defined for components of df <= 1")

    def _variance(self) -> Tensor:
        df = self.df * self._ones()
        scaled = square(self.scale) * self._ones()
        finite = scaled * df / where(df > 2.0, df - 2.0, ones_like(df))
        value = where(df > 2.0, finite, zeros_like(df) + math.inf)
        return defined_where(df > 1.0, value, self.allow_nan_stats,
                             "variance not defined for components of df <= 1")

    def _mode(self) -> Tensor:
        return self.loc * self._ones()


class StudentTWithAbsDfSoftplusScale(StudentT):
    """Student's t distribution with `floor(abs(df))` degrees of freedom, whose scale is a softplus.

    Args:
      df: What the degrees of freedom are made of.
      loc: The location.
      scale: What the scale is the softplus of.
      validate_args, allow_nan_stats: As of `StudentT`.
      name: Prefix of the operations.

    Raises:
      TypeError: If the parameters are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.distributions.StudentTWithAbsDfSoftplusScale(-3.5, 0.0, 0.0).df))
      3.0
    """

    def __init__(self, df: TensorLike, loc: TensorLike, scale: TensorLike, validate_args: bool = False,
                 allow_nan_stats: bool = True, name: str = "StudentTWithAbsDfSoftplusScale") -> None:
        with name_scope(name, values=[df, scale]) as scope:
            degrees = floor(magnitude(parameter(df, "df")))
            positive = softplus(parameter(scale, "scale"), name="softplus_scale")
        super().__init__(degrees, loc, positive, validate_args, allow_nan_stats, scope)
        self._parameters |= {"df": df, "scale": scale, "name": name}
