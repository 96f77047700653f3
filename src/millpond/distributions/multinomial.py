"""The multinomial distribution of counts of classes."""

from __future__ import annotations

from millpond import dtypes
from millpond.distributions.distribution import Distribution
from millpond.distributions.parameters import as_floats, integers, logits_and_probs, parameter
from millpond.distributions.reparameterization import NOT_REPARAMETERIZED
from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like
from millpond.ops.array.gather import one_hot
from millpond.ops.array.identity import with_dependencies
from millpond.ops.array.join import concat
from millpond.ops.array.shape import expand_dims, reshape, shape
from millpond.ops.array.transpose import transpose
from millpond.ops.control.functional import map_fn
from millpond.ops.host.assertions import assert_equal
from millpond.ops.linalg.matrix_parts import matrix_set_diag
from millpond.ops.math.cast import cast
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.math.special import lgamma
from millpond.ops.nn.softmax import log_softmax
from millpond.ops.random.random_samples import multinomial
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def log_combinations(n: Tensor, counts: Tensor, name: str = "log_combinations") -> Tensor:
    """The logarithm of the number of ways to put `n` things into classes of `counts`.

    Args:
      n: The sums of the counts, of floats.
      counts: The counts, along the last dimension.
      name: Prefix of the operations.

    Raises:
      TypeError: If the dtypes differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.exp(log_combinations(tf.constant(4.0), tf.constant([2.0, 2.0])))).round(3))
      6.0
    """
    with name_scope(name, values=[n, counts]):
        return lgamma(n + 1.0) - reduce_sum(lgamma(counts + 1.0), -1)


def checked_counts(counts: Tensor, total: Tensor, validate_args: bool) -> Tensor:
    """Counts along the last dimension; with `validate_args` the run checks that they add up to a total."""
    if not validate_args:
        return counts
    counts = integers(counts, True)
    check = assert_equal(total * ones_like(counts[..., 0]), reduce_sum(counts, -1),
                         message="counts must sum to `self.total_count`")
    return with_dependencies([check], counts)


class Multinomial(Distribution):
    """The distribution of how often each of several classes is drawn.

    Args:
      total_count: The number of draws.
      logits: Unnormalized log-probabilities of the classes, along the last dimension.
      probs: Their probabilities; one of both is given.
      validate_args: Whether parameters and values are checked in the run.
      allow_nan_stats: Accepted for compatibility: all statistics are defined.
      name: Prefix of the operations.

    Raises:
      ValueError: If both `logits` and `probs` are given, or none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     counts = tf.distributions.Multinomial(total_count=4.0, probs=[0.25, 0.75])
      ...     print(sess.run(counts.mean()), sess.run(counts.prob([1.0, 3.0])).round(3))
      [1. 3.] 0.422
    """

    def __init__(self, total_count: TensorLike, logits: TensorLike | None = None, probs: TensorLike | None = None,
                 validate_args: bool = False, allow_nan_stats: bool = True, name: str = "Multinomial") -> None:
        given = dict(locals())
        with name_scope(name, values=[total_count, logits, probs]) as scope:
            self._logits, self._probs = logits_and_probs(logits, probs, True, validate_args, scope)
            self._total_count = integers(parameter(total_count, "total_count", self._probs.dtype), validate_args)
            self._mean_val = expand_dims(self._total_count, -1) * self._probs
        super().__init__(self._probs.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [self._total_count, self._logits, self._probs], scope)

    @property
    def total_count(self) -> Tensor:
        """The number of draws."""
        return self._total_count

    @property
    def logits(self) -> Tensor:
        """Unnormalized log-probabilities of the classes."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """Probabilities of the classes."""
        return self._probs

    def _batch_shape_tensor(self) -> Tensor:
        return shape(self._mean_val)[:-1]

    def _batch_shape(self) -> TensorShape:
        return self._mean_val.shape[:-1]

    def _event_shape_tensor(self) -> Tensor:
        return shape(self._mean_val)[-1:]

    def _event_shape(self) -> TensorShape:
        return self._mean_val.shape[-1:]

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        counts = cast(self.total_count, dtypes.int32)
        classes = self.event_shape_tensor()[0]
        trials = reshape(counts * ones_like(self._mean_val[..., 0], dtype=dtypes.int32), [-1])
        logits = reshape(self.logits * ones_like(self._mean_val), [-1, classes])

        def of_one(arguments: tuple[Tensor, Tensor]) -> Tensor:
            """`[n, classes]` counts of one distribution, whose number of draws is its own."""
            of_class, draws = arguments
            drawn = multinomial(expand_dims(of_class, 0), n * draws, seed=seed)
            return reduce_sum(one_hot(reshape(drawn, [n, draws]), depth=classes, dtype=self.dtype), -2)

        drawn = transpose(map_fn(of_one, (logits, trials), dtype=self.dtype), [1, 0, 2])
        return reshape(drawn, concat([[n], self.batch_shape_tensor(), self.event_shape_tensor()], 0))

    def _log_prob(self, counts: Tensor) -> Tensor:
        counts = checked_counts(as_floats(counts, self.dtype), self.total_count, self.validate_args)
        return reduce_sum(counts * log_softmax(self.logits), -1) + log_combinations(self.total_count, counts)

    def _mean(self) -> Tensor:
        return self._mean_val * 1.0

    def _variance(self) -> Tensor:
        return self._mean_val * (1.0 - self.probs)

    def _covariance(self) -> Tensor:
        shares = self.probs * ones_like(self._mean_val)
        return matrix_set_diag(-expand_dims(self._mean_val, -1) * expand_dims(shares, -2), self._variance())
