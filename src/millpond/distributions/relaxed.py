"""Continuous relaxations of discrete distributions: the concrete, or Gumbel-softmax, distribution.

Sources: C. J. Maddison, A. Mnih and Y. W. Teh, arXiv:1611.00712; E. Jang, S. Gu and B. Poole, arXiv:1611.01144.
"""

from __future__ import annotations

from typing import Any

from millpond import dtypes
from millpond.distributions.bijectors.elementwise import Exp, Sigmoid
from millpond.distributions.distribution import Distribution
from millpond.distributions.location_scale import Logistic, positive_uniform
from millpond.distributions.parameters import logits_and_probs, parameter
from millpond.distributions.reparameterization import FULLY_REPARAMETERIZED
from millpond.distributions.transformed import TransformedDistribution
from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like
from millpond.ops.array.join import concat
from millpond.ops.array.shape import expand_dims, shape
from millpond.ops.math.cast import cast
from millpond.ops.math.elementwise import log
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.math.special import lgamma
from millpond.ops.nn.softmax import log_softmax
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


class ExpRelaxedOneHotCategorical(Distribution):
    """The logarithm of a relaxed one-hot vector, whose elements lie between 0 and 1 and add up to 1.

    Args:
      temperature: How relaxed: near 0, samples are almost one-hot.
      logits: Unnormalized log-probabilities of the classes, along the last dimension.
      probs: Their probabilities; one of both is given.
      dtype: The dtype of samples, by default that of the parameters.
      validate_args: Whether parameters are checked in the run.
      allow_nan_stats: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      ValueError: If both `logits` and `probs` are given, or none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     relaxed = tf.contrib.distributions.ExpRelaxedOneHotCategorical(0.5, probs=[0.25, 0.75])
      ...     print(sess.run(tf.reduce_sum(tf.exp(relaxed.sample(2)), -1)).round(3))
      [1. 1.]
    """

    def __init__(self, temperature: TensorLike, logits: TensorLike | None = None, probs: TensorLike | None = None,
                 dtype: Any = None, validate_args: bool = False, allow_nan_stats: bool = True,
                 name: str = "ExpRelaxedOneHotCategorical") -> None:
        given = dict(locals())
        wanted = None if dtype is None else dtypes.as_dtype(dtype)
        with name_scope(name, values=[temperature, logits, probs]) as scope:
            self._logits, self._probs = logits_and_probs(logits, probs, True, validate_args, scope, wanted)
            self._temperature = parameter(temperature, "temperature", self._logits.dtype,
                                          check="positive" if validate_args else None)
        super().__init__(self._logits.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [self._logits, self._probs, self._temperature], scope)

    @property
    def event_size(self) -> Tensor:
        """The number of classes."""
        return shape(self.logits)[-1]

    @property
    def temperature(self) -> Tensor:
        """How relaxed it is."""
        return self._temperature

    @property
    def logits(self) -> Tensor:
        """Unnormalized log-probabilities of the classes."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """Probabilities of the classes."""
        return self._probs

    def _batch_shape(self) -> TensorShape:
        return self.logits.shape[:-1]

    def _batch_shape_tensor(self) -> Tensor:
        return shape(self.logits)[:-1]

    def _event_shape(self) -> TensorShape:
        return self.logits.shape[-1:]

    def _event_shape_tensor(self) -> Tensor:
        return shape(self.logits)[-1:]

    def _warmth(self) -> Tensor:
        return expand_dims(self.temperature, -1) if self.temperature.shape.ndims else self.temperature

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        gumbel = -log(-log(positive_uniform(concat([[n], shape(self.logits)], 0), self.dtype, seed)))
        return log_softmax((gumbel + self.logits) / self._warmth())

    def _log_prob(self, x: Tensor) -> Tensor:
        classes = cast(self.event_size, self.dtype)
        log_unnormalized = reduce_sum(log_softmax(self.logits - x * self._warmth()), -1)
        warmth = (classes - 1.0) * log(self.temperature) * ones_like(log_unnormalized)
        return lgamma(classes) + warmth + log_unnormalized


class RelaxedOneHotCategorical(TransformedDistribution):
    """A relaxed one-hot vector, whose elements lie between 0 and 1 and add up to 1.

    Args:
      temperature: How relaxed: near 0, samples are almost one-hot.
      logits: Unnormalized log-probabilities of the classes, along the last dimension.
      probs: Their probabilities; one of both is given.
      dtype: The dtype of samples, by default that of the parameters.
      validate_args: Whether parameters are checked in the run.
      allow_nan_stats: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      ValueError: If both `logits` and `probs` are given, or none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     relaxed = tf.contrib.distributions.RelaxedOneHotCategorical(0.5, probs=[0.25, 0.75])
      ...     print(sess.run(tf.reduce_sum(relaxed.sample(2), -1)).round(3))
      [1. 1.]
    """

    def __init__(self, temperature: TensorLike, logits: TensorLike | None = None, probs: TensorLike | None = None,
                 dtype: Any = None, validate_args: bool = False, allow_nan_stats: bool = True,
                 name: str = "RelaxedOneHotCategorical") -> None:
        given = dict(locals())
        inner = ExpRelaxedOneHotCategorical(temperature, logits=logits, probs=probs, dtype=dtype,
                                            validate_args=validate_args, allow_nan_stats=allow_nan_stats)
        super().__init__(inner, Exp(validate_args=validate_args), validate_args=validate_args, name=name)
        self._parameters = given

    @property
    def temperature(self) -> Tensor:
        """How relaxed it is."""
        return self.distribution.temperature  # type: ignore[attr-defined]

    @property
    def logits(self) -> Tensor:
        """Unnormalized log-probabilities of the classes."""
        return self.distribution.logits  # type: ignore[attr-defined]

    @property
    def probs(self) -> Tensor:
        """Probabilities of the classes."""
        return self.distribution.probs  # type: ignore[attr-defined]


class RelaxedBernoulli(TransformedDistribution):
    """A number between 0 and 1 that is mostly near one of both.

    Args:
      temperature: How relaxed: near 0, samples are almost 0 or 1.
      logits: The log-odds of 1.
      probs: The probability of 1; one of both is given.
      validate_args: Whether parameters are checked in the run.
      allow_nan_stats: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      ValueError: If both `logits` and `probs` are given, or none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     relaxed = tf.contrib.distributions.RelaxedBernoulli(0.5, probs=[0.5])
      ...     print(sess.run(relaxed.prob([0.5])))
      [0.5]
    """

    def __init__(self, temperature: TensorLike, logits: TensorLike | None = None, probs: TensorLike | None = None,
                 validate_args: bool = False, allow_nan_stats: bool = True, name: str = "RelaxedBernoulli") -> None:
        given = dict(locals())
        with name_scope(name, values=[temperature, logits, probs]) as scope:
            self._logits, self._probs = logits_and_probs(logits, probs, False, validate_args, scope)
            self._temperature = parameter(temperature, "temperature", self._logits.dtype,
                                          check="positive" if validate_args else None)
        inner = Logistic(self._logits / self._temperature, 1.0 / self._temperature, validate_args=validate_args,
                         allow_nan_stats=allow_nan_stats, name=f"{name}/Logistic")
        super().__init__(inner, Sigmoid(validate_args=validate_args), validate_args=validate_args, name=scope)
        self._parameters = given

    @property
    def temperature(self) -> Tensor:
        """How relaxed it is."""
        return self._temperature

    @property
    def logits(self) -> Tensor:
        """The log-odds of 1."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probability of 1."""
        return self._probs
