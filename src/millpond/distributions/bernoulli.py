"""The Bernoulli distribution of 0 and 1."""

from __future__ import annotations

from millpond import dtypes
from millpond.distributions.kullback_leibler import RegisterKL
from millpond.distributions.parameters import as_floats, logits_and_probs
from millpond.distributions.reparameterization import NOT_REPARAMETERIZED
from millpond.distributions.scalar import ScalarDistribution
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like
from millpond.ops.array.identity import with_dependencies
from millpond.ops.host.assertions import assert_less_equal, assert_non_negative
from millpond.ops.math.cast import cast
from millpond.ops.math.elementwise import sigmoid
from millpond.ops.nn.activation import softplus
from millpond.ops.nn.cross_entropy import sigmoid_cross_entropy_with_logits
from millpond.ops.random.random_ops import random_uniform
from millpond.ops.scoping import name_scope


class Bernoulli(ScalarDistribution):
    """The distribution of 0 and 1.

    Args:
      logits: The log-odds of 1.
      probs: The probability of 1; one of both is given.
      dtype: The dtype of samples.
      validate_args: Whether probabilities and values are checked in the run.
      allow_nan_stats: Accepted for compatibility: all statistics are defined.
      name: Prefix of the operations.

    Raises:
      ValueError: If both `logits` and `probs` are given, or none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     coins = tf.distributions.Bernoulli(probs=[0.25, 0.5])
      ...     print(sess.run(coins.prob([1, 0])).round(2), coins.sample(3).dtype)
      [0.25 0.5 ] <dtype: 'int32'>
    """

    _names_of_parameters = ("logits",)

    def __init__(self, logits: TensorLike | None = None, probs: TensorLike | None = None,
                 dtype: DTypeLike = dtypes.int32, validate_args: bool = False, allow_nan_stats: bool = True,
                 name: str = "Bernoulli") -> None:
        given = dict(locals())
        with name_scope(name, values=[logits, probs]) as scope:
            self._logits, self._probs = logits_and_probs(logits, probs, False, validate_args, scope)
        super().__init__(dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [self._logits, self._probs], scope)

    @property
    def logits(self) -> Tensor:
        """The log-odds of 1."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probability of 1."""
        return self._probs

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        uniform = random_uniform(self._samples_shape(n), seed=seed, dtype=self.probs.dtype)
        return cast(uniform < self.probs, self.dtype)

    def _log_prob(self, event: Tensor) -> Tensor:
        if self.validate_args:
            event = with_dependencies([assert_non_negative(event),
                                       assert_less_equal(event, ones_like(event))], event)
        labels = as_floats(event, self.logits.dtype)
        return -sigmoid_cross_entropy_with_logits(labels=labels * ones_like(self.logits),
                                                  logits=self.logits * ones_like(labels))

    def _entropy(self) -> Tensor:
        return -self.logits * (sigmoid(self.logits) - 1.0) + softplus(-self.logits)

    def _mean(self) -> Tensor:
        return self.probs * 1.0

    def _variance(self) -> Tensor:
        return self.probs * (1.0 - self.probs)

    def _mode(self) -> Tensor:
        return cast(self.probs > 0.5, self.dtype)


class BernoulliWithSigmoidProbs(Bernoulli):
    """A Bernoulli distribution whose probability is the sigmoid of what is given.

    Args:
      logits: What the probability is the sigmoid of.
      dtype: The dtype of samples.
      validate_args, allow_nan_stats: As of `Bernoulli`.
      name: Prefix of the operations.

    Raises:
      TypeError: If `logits` is not of floats.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.distributions.BernoulliWithSigmoidProbs(0.0).mean()))
      0.5
    """

    def __init__(self, logits: TensorLike | None = None, dtype: DTypeLike = dtypes.int32, validate_args: bool = False,
                 allow_nan_stats: bool = True, name: str = "BernoulliWithSigmoidProbs") -> None:
        super().__init__(logits=logits, dtype=dtype, validate_args=validate_args, allow_nan_stats=allow_nan_stats,
                         name=name)
        del self._parameters["probs"]


@RegisterKL(Bernoulli, Bernoulli)
def _kl_bernoulli_bernoulli(a: Bernoulli, b: Bernoulli, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_bernoulli_bernoulli", [a.logits, b.logits]):
        of_zero = softplus(b.logits) - softplus(a.logits)
        of_one = softplus(-b.logits) - softplus(-a.logits)
        return sigmoid(a.logits) * of_one + sigmoid(-a.logits) * of_zero
