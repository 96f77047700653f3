"""A distribution of a function of a random variable."""

from __future__ import annotations

from millpond import dtypes
from millpond.distributions.bijectors.bijector import Bijector
from millpond.distributions.distribution import Distribution
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.ops.array.join import concat
from millpond.ops.math.elementwise import exp
from millpond.ops.math.reduction import reduce_sum
from millpond.shapes import TensorShape, as_shape


class TransformedDistribution(Distribution):
    """The distribution of `bijector(x)`, where `x` has a distribution.

    Args:
      distribution: The distribution of `x`.
      bijector: The function; by default one that changes nothing.
      batch_shape, event_shape: The shapes of batch and event, where `distribution` is a single number that is to be
        repeated.
      validate_args: Whether what is given is checked in the run.
      name: Prefix of the operations; by default made of both names.

    Raises:
      ValueError: If a shape is given and the distribution is not of a single number.

    Example:
      >>> import millpond as tf
      >>> ds = tf.contrib.distributions
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     log_normal = ds.TransformedDistribution(ds.Normal(0.0, 1.0), ds.bijectors.Exp())
      ...     print(sess.run(log_normal.prob(1.0)).round(3))
      0.399
    """

    def __init__(self, distribution: Distribution, bijector: Bijector | None = None,
                 batch_shape: TensorLike | None = None, event_shape: TensorLike | None = None,
                 validate_args: bool = False, name: str | None = None) -> None:
        given = dict(locals())
        self._distribution = distribution
        self._bijector = bijector
        self._override_batch_shape = None if batch_shape is None else convert_to_tensor(
            batch_shape, dtype=dtypes.int32, name="batch_shape")
        self._override_event_shape = None if event_shape is None else convert_to_tensor(
            event_shape, dtype=dtypes.int32, name="event_shape")
        for what, override in (("batch_shape", batch_shape), ("event_shape", event_shape)):
            if override is not None and (distribution.batch_shape.ndims != 0 or distribution.event_shape.ndims != 0):
                raise ValueError(f"{what} can be given only where the distribution is a single number, but "
                                 f"{distribution} is not.")
        inner = distribution.name.rstrip("/").rpartition("/")[2]
        super().__init__(distribution.dtype, distribution.reparameterization_type, validate_args,
                         distribution.allow_nan_stats, given,
                         [*distribution._graph_parents, *([] if bijector is None else bijector.graph_parents)],
                         name or ("identity" if bijector is None else bijector.name) + inner)

    @property
    def distribution(self) -> Distribution:
        """The distribution of what the function is given."""
        return self._distribution

    @property
    def bijector(self) -> Bijector | None:
        """The function."""
        return self._bijector

    # Shapes before and after the function.

    def _event_before(self) -> TensorShape:
        if self._override_event_shape is None:
            return self.distribution.event_shape
        value = constant_value(self._override_event_shape)
        return TensorShape(None) if value is None else as_shape(value)

    def _event_before_tensor(self) -> Tensor:
        return self.distribution.event_shape_tensor() if self._override_event_shape is None \
            else self._override_event_shape

    def _event_shape(self) -> TensorShape:
        before = self._event_before()
        return before if self._bijector is None else self._bijector.forward_event_shape(before)

    def _event_shape_tensor(self) -> Tensor:
        before = self._event_before_tensor()
        return before if self._bijector is None else self._bijector.forward_event_shape_tensor(before)

    def _batch_shape(self) -> TensorShape:
        if self._override_batch_shape is None:
            return self.distribution.batch_shape
        value = constant_value(self._override_batch_shape)
        return TensorShape(None) if value is None else as_shape(value)

    def _batch_shape_tensor(self) -> Tensor:
        return self.distribution.batch_shape_tensor() if self._override_batch_shape is None \
            else self._override_batch_shape

    def _event_ndims(self) -> int:
        ndims = self._event_before().ndims
        if ndims is None:
            raise ValueError(f"The number of dimensions of an event of {self.name} must be known.")
        return max(ndims, 0 if self._bijector is None else self._bijector.forward_min_event_ndims)

    def _repeated(self) -> int:
        """How many dimensions of an event repeat the single number."""
        return 0 if self._override_event_shape is None else self._event_before().ndims or 0

    # The hooks.

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        sizes = [convert_to_tensor([n]), *(one for one in (self._override_batch_shape, self._override_event_shape)
                                           if one is not None)]
        x = self.distribution.sample(concat(sizes, 0), seed=seed)
        return x if self._bijector is None else self._bijector.forward(x)

    def _log_prob(self, y: Tensor) -> Tensor:
        if self._bijector is None:
            return self._log_prob_of(y)
        x = self._bijector.inverse(y)
        ndims = self._event_ndims()
        after = ndims - self._bijector.forward_min_event_ndims + self._bijector.inverse_min_event_ndims
        return self._log_prob_of(x) + self._bijector.inverse_log_det_jacobian(y, event_ndims=after)

    def _log_prob_of(self, x: Tensor) -> Tensor:
        value = self.distribution.log_prob(x)
        return reduce_sum(value, list(range(-self._repeated(), 0))) if self._repeated() else value

    def _prob(self, y: Tensor) -> Tensor:
        return exp(self._log_prob(y))

    def _cdf(self, y: Tensor) -> Tensor:
        self._check_scalar("cdf")
        return self.distribution.cdf(y if self._bijector is None else self._bijector.inverse(y))

    def _log_cdf(self, y: Tensor) -> Tensor:
        self._check_scalar("log_cdf")
        return self.distribution.log_cdf(y if self._bijector is None else self._bijector.inverse(y))

    def _survival_function(self, y: Tensor) -> Tensor:
        self._check_scalar("survival_function")
        return self.distribution.survival_function(y if self._bijector is None else self._bijector.inverse(y))

    def _quantile(self, value: Tensor) -> Tensor:
        self._check_scalar("quantile")
        x = self.distribution.quantile(value)
        return x if self._bijector is None else self._bijector.forward(x)

    def _check_scalar(self, what: str) -> None:
        if self._repeated() or self._event_before().ndims:
            raise NotImplementedError(f"{what} is not implemented when overriding event_shape, or of vectors: "
                                      f"{self.name}")

    def _mean(self) -> Tensor:
        self._check_constant("mean")
        x = self.distribution.mean()
        if self._override_batch_shape is not None or self._override_event_shape is not None:
            raise NotImplementedError(f"mean is not implemented when overriding shapes: {self.name}")
        return x if self._bijector is None else self._bijector.forward(x)

    def _entropy(self) -> Tensor:
        self._check_constant("entropy")
        entropy = self.distribution.entropy()
        if self._override_batch_shape is not None or self._override_event_shape is not None:
            raise NotImplementedError(f"entropy is not implemented when overriding shapes: {self.name}")
        if self._bijector is None:
            return entropy
        anywhere = self.distribution.mean()
        return entropy + self._bijector.forward_log_det_jacobian(anywhere, event_ndims=self._event_ndims())

    def _check_constant(self, what: str) -> None:
        if self._bijector is not None and not self._bijector.is_constant_jacobian:
            raise NotImplementedError(f"{what} is not implemented for a function that is not affine: {self.name}")
