"""A batch of independent distributions as one distribution."""

from __future__ import annotations

from typing import Any

from millpond.distributions.distribution import Distribution
from millpond.distributions.kullback_leibler import RegisterKL, kl_divergence
from millpond.graph.tensor import Tensor
from millpond.ops.array.join import concat
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


class Independent(Distribution):
    """A distribution whose event has the last dimensions of the batch of another.

    Args:
      distribution: The other distribution.
      reinterpreted_batch_ndims: How many dimensions of the batch; by default all but the first.
      validate_args: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      ValueError: If there are fewer dimensions, or the batch has an unknown number of them.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     normals = tf.distributions.Normal([[0.0, 1.0, 2.0]] * 2, 1.0)
      ...     independent = tf.contrib.distributions.Independent(normals, 1)
      ...     print(independent.batch_shape, independent.event_shape)
      (2,) (3,)
    """

    def __init__(self, distribution: Distribution, reinterpreted_batch_ndims: int | None = None,
                 validate_args: bool = False, name: str | None = None) -> None:
        given = dict(locals())
        ndims = distribution.batch_shape.ndims
        if ndims is None:
            raise ValueError(f"The number of dimensions of the batch of {distribution.name} must be known.")
        self._count = max(0, ndims - 1) if reinterpreted_batch_ndims is None else int(reinterpreted_batch_ndims)
        if self._count > ndims:
            raise ValueError(f"reinterpreted_batch_ndims({self._count}) cannot exceed the number of dimensions of the "
                             f"batch, which is {ndims}.")
        self._kept = ndims - self._count
        self._distribution = distribution
        super().__init__(distribution.dtype, distribution.reparameterization_type, validate_args,
                         distribution.allow_nan_stats, given, distribution._graph_parents,
                         name or f"Independent{distribution.name.rstrip('/').rpartition('/')[2]}")

    @property
    def distribution(self) -> Distribution:
        """The distribution of which this is made."""
        return self._distribution

    @property
    def reinterpreted_batch_ndims(self) -> int:
        """How many dimensions of its batch are those of events."""
        return self._count

    def _batch_shape(self) -> TensorShape:
        return self.distribution.batch_shape[:self._kept]

    def _batch_shape_tensor(self) -> Tensor:
        return self.distribution.batch_shape_tensor()[:self._kept]

    def _event_shape(self) -> TensorShape:
        return self.distribution.batch_shape[self._kept:].concatenate(self.distribution.event_shape)

    def _event_shape_tensor(self) -> Tensor:
        return concat([self.distribution.batch_shape_tensor()[self._kept:], self.distribution.event_shape_tensor()], 0)

    def _summed(self, x: Tensor) -> Tensor:
        return reduce_sum(x, axis=list(range(-self._count, 0))) if self._count else x

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        return self.distribution.sample(n, seed=seed)

    def _log_prob(self, x: Tensor) -> Tensor:
        return self._summed(self.distribution.log_prob(x))

    def _entropy(self) -> Tensor:
        return self._summed(self.distribution.entropy())

    def _mean(self) -> Tensor:
        return self.distribution.mean()

    def _mode(self) -> Tensor:
        return self.distribution.mode()

    def _variance(self) -> Tensor:
        return self.distribution.variance()

    def _stddev(self) -> Tensor:
        return self.distribution.stddev()


@RegisterKL(Independent, Independent)
def _kl_independent(a: Any, b: Any, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_independent"):
        if a.event_shape.as_list() != b.event_shape.as_list() or a._count != b._count:
            raise ValueError(f"Event shapes do not match: {a.event_shape} and {b.event_shape}.")
        return a._summed(kl_divergence(a.distribution, b.distribution))
