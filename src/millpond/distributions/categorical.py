"""Distributions of one of several classes, as its number or as a vector with a single 1."""

from __future__ import annotations

from millpond import dtypes
from millpond.distributions.distribution import Distribution
from millpond.distributions.kullback_leibler import RegisterKL
from millpond.distributions.parameters import as_floats, logits_and_probs
from millpond.distributions.reparameterization import NOT_REPARAMETERIZED
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like
from millpond.ops.array.gather import one_hot
from millpond.ops.array.join import concat
from millpond.ops.array.shape import expand_dims, reshape, shape
from millpond.ops.array.transpose import transpose
from millpond.ops.linalg.matrix_parts import matrix_diag
from millpond.ops.math.arg_extremes import argmax
from millpond.ops.math.cast import cast
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.math.sequences import sequence_mask
from millpond.ops.nn.cross_entropy import (
    softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
)
from millpond.ops.nn.softmax import log_softmax
from millpond.ops.random.random_samples import multinomial
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


class _Classes(Distribution):
    """A distribution of one of several classes.

    Args:
      logits: Unnormalized log-probabilities of the classes, along the last dimension.
      probs: Their probabilities; one of both is given.
      dtype: The dtype of samples.
      validate_args: Whether probabilities are checked in the run.
      allow_nan_stats: Accepted for compatibility: all statistics are defined.
      name: Prefix of the operations; by default the name of the class.

    Raises:
      ValueError: If both `logits` and `probs` are given, or none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.distributions.Categorical(probs=[0.25, 0.75]).prob([0, 1])).round(2))
      [0.25 0.75]
    """

    def __init__(self, logits: TensorLike | None = None, probs: TensorLike | None = None,
                 dtype: DTypeLike = dtypes.int32, validate_args: bool = False, allow_nan_stats: bool = True,
                 name: str | None = None) -> None:
        name = name or type(self).__name__
        given = {"logits": logits, "probs": probs, "dtype": dtype, "validate_args": validate_args,
                 "allow_nan_stats": allow_nan_stats, "name": name}
        with name_scope(name, values=[logits, probs]) as scope:
            self._logits, self._probs = logits_and_probs(logits, probs, True, validate_args, scope)
        super().__init__(dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [self._logits, self._probs], scope)

    @property
    def logits(self) -> Tensor:
        """Unnormalized log-probabilities of the classes."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """Probabilities of the classes."""
        return self._probs

    @property
    def event_size(self) -> Tensor:
        """The number of classes."""
        return shape(self.logits)[-1]

    def _batch_shape_tensor(self) -> Tensor:
        return shape(self.logits)[:-1]

    def _batch_shape(self) -> TensorShape:
        return self.logits.shape[:-1]

    def _drawn(self, n: Tensor, seed: int | None, dtype: dtypes.DType) -> Tensor:
        """Numbers of classes, in the shape `[n] + batch_shape`."""
        flat = self.logits if self.logits.shape.ndims == 2 else reshape(self.logits, [-1, self.event_size])
        draws = multinomial(flat, n, seed=seed, output_dtype=dtype)
        return reshape(transpose(draws), concat([[n], self.batch_shape_tensor()], 0))

    def _entropy(self) -> Tensor:
        return -reduce_sum(log_softmax(self.logits) * self.probs, -1)


class Categorical(_Classes):
    """The distribution of the number of a class.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.distributions.Categorical(probs=[0.25, 0.75]).prob([0, 1])).round(2))
      [0.25 0.75]
    """

    def _event_shape_tensor(self) -> Tensor:
        return shape(self.logits)[:0]

    def _event_shape(self) -> TensorShape:
        return TensorShape([])

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        drawn = self._drawn(n, seed, dtypes.int64 if self.dtype.size > 4 else dtypes.int32)
        return cast(drawn, self.dtype)

    def _with_logits(self, k: Tensor, table: Tensor) -> tuple[Tensor, Tensor]:
        """Numbers of classes and a table with a row for each, broadcast to each other."""
        k = k if k.dtype.is_integer else cast(k, dtypes.int32)
        if k.shape.is_fully_defined() and k.shape == table.shape[:-1]:
            return k, table
        k = k * ones_like(table[..., 0], dtype=k.dtype)
        return k, table * expand_dims(ones_like(k, dtype=table.dtype), -1)

    def _log_prob(self, k: Tensor) -> Tensor:
        k, logits = self._with_logits(k, self.logits)
        return -sparse_softmax_cross_entropy_with_logits(labels=k, logits=logits)

    def _cdf(self, k: Tensor) -> Tensor:
        k, probs = self._with_logits(k, self.probs)
        before = sequence_mask(reshape(k, [-1]), self.event_size, dtype=probs.dtype)
        summed = reduce_sum(reshape(probs, [-1, self.event_size]) * before, -1)
        return reshape(summed, shape(k))

    def _mode(self) -> Tensor:
        return cast(argmax(self.logits, axis=-1), self.dtype)


class OneHotCategorical(_Classes):
    """The distribution of a vector with a 1 for a class, and 0 elsewhere.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     classes = tf.contrib.distributions.OneHotCategorical(probs=[0.25, 0.75])
      ...     print(sess.run(classes.prob([[1, 0], [0, 1]])).round(2), classes.sample(3).shape)
      [0.25 0.75] (3, 2)
    """

    def _event_shape_tensor(self) -> Tensor:
        return shape(self.logits)[-1:]

    def _event_shape(self) -> TensorShape:
        return self.logits.shape[-1:]

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        return one_hot(self._drawn(n, seed, dtypes.int64), self.event_size, dtype=self.dtype)

    def _log_prob(self, x: Tensor) -> Tensor:
        labels = as_floats(x, self.logits.dtype)
        logits = self.logits * ones_like(labels)
        return -softmax_cross_entropy_with_logits_v2(labels=labels * ones_like(logits), logits=logits)

    def _mean(self) -> Tensor:
        return self.probs * 1.0

    def _mode(self) -> Tensor:
        return one_hot(argmax(self.logits, axis=-1), self.event_size, dtype=self.dtype)

    def _variance(self) -> Tensor:
        return self.probs * (1.0 - self.probs)

    def _covariance(self) -> Tensor:
        return matrix_diag(self.probs) - expand_dims(self.probs, -1) * expand_dims(self.probs, -2)


@RegisterKL(Categorical, Categorical)
@RegisterKL(OneHotCategorical, OneHotCategorical)
def _kl_classes(a: _Classes, b: _Classes, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_categorical_categorical", [a.logits, b.logits]):
        log_a = log_softmax(a.logits)
        return reduce_sum(a.probs * (log_a - log_softmax(b.logits)), -1)
