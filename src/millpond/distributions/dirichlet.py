"""The Dirichlet distribution of probabilities, and that of counts drawn with them."""

from __future__ import annotations

from millpond import dtypes
from millpond.distributions.distribution import Distribution
from millpond.distributions.kullback_leibler import RegisterKL
from millpond.distributions.multinomial import checked_counts, log_combinations
from millpond.distributions.parameters import (
    as_floats,
    check_same_float_dtype,
    defined_where,
    gen_new_seed,
    integers,
    parameter,
)
from millpond.distributions.reparameterization import FULLY_REPARAMETERIZED, NOT_REPARAMETERIZED
from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like
from millpond.ops.array.gather import one_hot
from millpond.ops.array.identity import with_dependencies
from millpond.ops.array.join import concat
from millpond.ops.array.shape import expand_dims, reshape, shape
from millpond.ops.host.assertions import assert_positive
from millpond.ops.host.closeness_checks import assert_near
from millpond.ops.linalg.matrix_parts import matrix_set_diag
from millpond.ops.math.cast import cast
from millpond.ops.math.elementwise import log
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.math.special import digamma, lbeta
from millpond.ops.random.random_samples import multinomial, random_gamma
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


class _Concentrated(Distribution):
    """A distribution with a positive concentration for each class, along the last dimension."""

    _concentration: Tensor
    _total_concentration: Tensor

    @property
    def concentration(self) -> Tensor:
        """The concentration of each class."""
        return self._concentration

    @property
    def total_concentration(self) -> Tensor:
        """The sum of the concentrations."""
        return self._total_concentration

    def _set_concentration(self, concentration: TensorLike, validate_args: bool) -> None:
        self._concentration = parameter(concentration, "concentration", check="positive" if validate_args else None)
        ndims = self._concentration.shape.ndims
        if ndims == 0 or (ndims is not None and self._concentration.shape.as_list()[-1] == 1):
            raise ValueError("A concentration is needed for each of two classes or more, along the last dimension, but "
                             f"it is of shape {self._concentration.shape}.")
        self._total_concentration = reduce_sum(self._concentration, -1)

    def _batch_shape_tensor(self) -> Tensor:
        return shape(self.total_concentration)

    def _batch_shape(self) -> TensorShape:
        return self.total_concentration.shape

    def _event_shape_tensor(self) -> Tensor:
        return shape(self.concentration)[-1:]

    def _event_shape(self) -> TensorShape:
        return self.concentration.shape[-1:]

    def _shares(self) -> Tensor:
        return self.concentration / expand_dims(self.total_concentration, -1)


class Dirichlet(_Concentrated):
    """The Dirichlet distribution, of a density proportional to the product of `x**(concentration - 1)`.

    Args:
      concentration: A positive number for each class, along the last dimension.
      validate_args: Whether the concentrations, and values, are checked in the run.
      allow_nan_stats: Whether a mode that is undefined is NaN, in place of an error in the run.
      name: Prefix of the operations.

    Raises:
      ValueError: If there are fewer than two classes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     dirichlet = tf.distributions.Dirichlet([1.0, 1.0, 2.0])
      ...     print(sess.run(dirichlet.mean()), dirichlet.sample(5).shape)
      [0.25 0.25 0.5 ] (5, 3)
    """

    def __init__(self, concentration: TensorLike, validate_args: bool = False, allow_nan_stats: bool = True,
                 name: str = "Dirichlet") -> None:
        given = dict(locals())
        with name_scope(name, values=[concentration]) as scope:
            self._set_concentration(concentration, validate_args)
        super().__init__(self._concentration.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [self._concentration, self._total_concentration], scope)

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        gamma = random_gamma(shape=[n], alpha=self.concentration, dtype=self.dtype, seed=seed)
        return gamma / reduce_sum(gamma, -1, keepdims=True)

    def _log_prob(self, x: Tensor) -> Tensor:
        if self.validate_args:
            total = reduce_sum(x, -1)
            x = with_dependencies([assert_positive(x, message="samples must be positive"),
                                   assert_near(total, 1.0, message="sample last-dimension must sum to `1`")], x)
        return reduce_sum((self.concentration - 1.0) * log(x), -1) - lbeta(self.concentration)

    def _entropy(self) -> Tensor:
        classes = cast(self.event_shape_tensor()[0], self.dtype)
        return (lbeta(self.concentration) + (self.total_concentration - classes) * digamma(self.total_concentration)
                - reduce_sum((self.concentration - 1.0) * digamma(self.concentration), -1))

    def _mean(self) -> Tensor:
        return self._shares()

    def _variance(self) -> Tensor:
        mean = self._shares()
        return mean * (1.0 - mean) / (1.0 + expand_dims(self.total_concentration, -1))

    def _covariance(self) -> Tensor:
        mean = self._shares()
        scale = 1.0 + expand_dims(expand_dims(self.total_concentration, -1), -1)
        return matrix_set_diag(-expand_dims(mean, -1) * expand_dims(mean, -2) / scale, self._variance())

    def _mode(self) -> Tensor:
        classes = cast(self.event_shape_tensor()[0], self.dtype)
        mode = (self.concentration - 1.0) / (expand_dims(self.total_concentration, -1) - classes)
        return defined_where(self.concentration > 1.0, mode, self.allow_nan_stats,
                             "Mode undefined for concentrations <= 1")


class DirichletMultinomial(_Concentrated):
    """Counts of classes in draws whose probabilities are themselves drawn from a Dirichlet distribution.

    Args:
      total_count: The number of draws; samples need one number for the whole batch.
      concentration: A positive number for each class, along the last dimension.
      validate_args: Whether the parameters, and values, are checked in the run.
      allow_nan_stats: Accepted for compatibility: all statistics are defined.
      name: Prefix of the operations.

    Raises:
      ValueError: If there are fewer than two classes.
      TypeError: If the parameters are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     counts = tf.distributions.DirichletMultinomial(4.0, [1.0, 3.0])
      ...     print(sess.run(counts.mean()), sess.run(tf.reduce_sum(counts.sample(3), -1)))
      [1. 3.] [4. 4. 4.]
    """

    def __init__(self, total_count: TensorLike, concentration: TensorLike, validate_args: bool = False,
                 allow_nan_stats: bool = True, name: str = "DirichletMultinomial") -> None:
        given = dict(locals())
        with name_scope(name, values=[total_count, concentration]) as scope:
            self._set_concentration(concentration, validate_args)
            self._total_count = integers(parameter(total_count, "total_count", self._concentration.dtype),
                                         validate_args)
            check_same_float_dtype({"total_count": self._total_count, "concentration": self._concentration})
        super().__init__(self._concentration.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [self._total_count, self._concentration], scope)

    @property
    def total_count(self) -> Tensor:
        """The number of draws."""
        return self._total_count

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        classes = self.event_shape_tensor()[0]
        gamma = random_gamma(shape=[n], alpha=self.concentration, dtype=self.dtype, seed=seed)
        draws = multinomial(logits=reshape(log(gamma), [-1, classes]), num_samples=cast(self.total_count, dtypes.int32),
                            seed=gen_new_seed(seed, "dirichlet_multinomial"))
        counts = reduce_sum(one_hot(draws, depth=classes), -2)
        sizes = concat([[n], self.batch_shape_tensor(), self.event_shape_tensor()], 0)
        return cast(reshape(counts, sizes), self.dtype)

    def _log_prob(self, counts: Tensor) -> Tensor:
        counts = checked_counts(as_floats(counts, self.dtype), self.total_count, self.validate_args)
        return (lbeta(self.concentration + counts) - lbeta(self.concentration)
                + log_combinations(self.total_count, counts))

    def _mean(self) -> Tensor:
        return expand_dims(self.total_count * ones_like(self.total_concentration), -1) * self._shares()

    def _scale(self) -> Tensor:
        """What the covariance of a multinomial distribution is multiplied by."""
        total = self.total_concentration
        return (total + self.total_count) / (total + 1.0)

    def _variance(self) -> Tensor:
        mean = self._mean()
        return expand_dims(self._scale(), -1) * mean * (1.0 - self._shares())

    def _covariance(self) -> Tensor:
        scale = expand_dims(expand_dims(self._scale(), -1), -1)
        outer = expand_dims(self._mean(), -1) * expand_dims(self._shares(), -2)
        return matrix_set_diag(-scale * outer, self._variance())


@RegisterKL(Dirichlet, Dirichlet)
def _kl_dirichlet_dirichlet(a: Dirichlet, b: Dirichlet, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_dirichlet_dirichlet", [a.concentration, b.concentration]):
        centered = digamma(a.concentration) - expand_dims(digamma(a.total_concentration), -1)
        difference = a.concentration - b.concentration
        return reduce_sum(difference * centered, -1) - lbeta(a.concentration) + lbeta(b.concentration)
