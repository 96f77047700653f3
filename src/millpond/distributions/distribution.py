"""`Distribution`: what all probability distributions share.

Public methods open a name scope and call a hook of the same name with an underscore, which subclasses define:
`_sample_n`, `_log_prob` or `_prob`, `_log_cdf` or `_cdf`, `_entropy`, `_mean`, `_quantile`, `_variance` or `_stddev`,
`_covariance`, `_mode`, `_batch_shape`, `_batch_shape_tensor`, `_event_shape`, `_event_shape_tensor`. The hooks are part
of the interface: programs write distributions of their own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from millpond import dtypes
from millpond.distributions import kullback_leibler
from millpond.distributions.reparameterization import ReparameterizationType
from millpond.dtypes import DType
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import constant
from millpond.ops.array.join import concat
from millpond.ops.array.shape import reshape, shape
from millpond.ops.math.comparison import equal
from millpond.ops.math.elementwise import exp, log, log1p, sqrt, square
from millpond.ops.math.reduction import reduce_prod
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape, as_shape


class Distribution:
    """Base class of distributions: a batch of independent variables, each of which has the same event shape.

    A tensor of samples has the shape `sample_shape + batch_shape + event_shape`.

    Args:
      dtype: The dtype of samples.
      reparameterization_type: `FULLY_REPARAMETERIZED` or `NOT_REPARAMETERIZED`.
      validate_args: Whether parameters and values are checked in the run.
      allow_nan_stats: Whether statistics that are undefined are NaN, in place of an error in the run.
      parameters: The arguments of the constructor, for `copy`.
      graph_parents: Tensors that the distribution depends on.
      name: Prefix of the operations.

    Raises:
      ValueError: If there is a parent that is no tensor.

    Example:
      >>> import millpond as tf
      >>> class Fair(tf.distributions.Distribution):
      ...     def __init__(self, name="Fair"):
      ...         super().__init__(tf.float32, tf.distributions.NOT_REPARAMETERIZED, False, True, name=name)
      ...     def _batch_shape(self):
      ...         return tf.TensorShape([])
      ...     def _event_shape(self):
      ...         return tf.TensorShape([])
      ...     def _prob(self, value):
      ...         return tf.ones_like(value) / 2
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.exp(Fair().log_prob([0.0, 1.0]))))
      [0.5 0.5]
    """

    def __init__(self, dtype: Any, reparameterization_type: ReparameterizationType, validate_args: bool,
                 allow_nan_stats: bool, parameters: dict[str, Any] | None = None,
                 graph_parents: Sequence[Any] | None = None, name: str | None = None) -> None:
        parents = list(graph_parents or [])
        for i, parent in enumerate(parents):
            if not isinstance(parent, Tensor):
                raise ValueError(f"Graph parent item {i} is not a Tensor; {parent!r}.")
        if not name or not name.endswith("/"):
            with name_scope(name or type(self).__name__) as scope:
                name = scope
        self._dtype = dtypes.as_dtype(dtype) if dtype is not None else None
        self._reparameterization_type = reparameterization_type
        self._allow_nan_stats = allow_nan_stats
        self._validate_args = validate_args
        self._parameters = dict(parameters or {})
        self._graph_parents = parents
        self._name = name

    @classmethod
    def param_shapes(cls, sample_shape: TensorLike, name: str = "DistributionParamShapes") -> dict[str, Tensor]:
        """The shapes of the parameters that give samples of a shape.

        Args:
          sample_shape: A tensor or list of sizes.
          name: Prefix of the operations.

        Raises:
          NotImplementedError: If the distribution cannot tell.
        """
        with name_scope(name, values=[sample_shape]):
            return cls._param_shapes(sample_shape)

    @classmethod
    def param_static_shapes(cls, sample_shape: Any) -> dict[str, TensorShape]:
        """`param_shapes`, known while building.

        Raises:
          ValueError: If `sample_shape` is not known while building.
          NotImplementedError: If the distribution cannot tell.
        """
        if isinstance(sample_shape, Tensor):
            value = constant_value(sample_shape)
            if value is None:
                raise ValueError("sample_shape must be known while building.")
            sample_shape = value
        found = cls._param_shapes([int(size) for size in as_shape(sample_shape).as_list()])  # type: ignore[arg-type]
        return {key: as_shape(constant_value(convert_to_tensor(value))) for key, value in found.items()}

    @classmethod
    def _param_shapes(cls, sample_shape: Any) -> dict[str, Tensor]:
        raise NotImplementedError(f"{cls.__name__}._param_shapes is not implemented")

    # What it is.

    @property
    def name(self) -> str:
        """The name scope of its operations."""
        return self._name

    @property
    def dtype(self) -> Any:
        """The dtype of samples."""
        return self._dtype

    @property
    def parameters(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {key: value for key, value in self._parameters.items() if key != "self" and not key.startswith("__")}

    @property
    def reparameterization_type(self) -> ReparameterizationType:
        """Whether gradients flow from samples to parameters."""
        return self._reparameterization_type

    @property
    def allow_nan_stats(self) -> bool:
        """Whether statistics that are undefined are NaN."""
        return self._allow_nan_stats

    @property
    def validate_args(self) -> bool:
        """Whether parameters and values are checked."""
        return self._validate_args

    def copy(self, **override_parameters_kwargs: Any) -> Distribution:
        """The same distribution with other arguments for the constructor."""
        return type(self)(**{**self.parameters, **override_parameters_kwargs})

    # Shapes.

    @property
    def batch_shape(self) -> TensorShape:
        """How many independent distributions this is, as far as that is known while building."""
        return as_shape(self._batch_shape())

    @property
    def event_shape(self) -> TensorShape:
        """The shape of one sample of one of them, as far as that is known while building."""
        return as_shape(self._event_shape())

    def _batch_shape(self) -> TensorShape:
        return TensorShape(None)

    def _event_shape(self) -> TensorShape:
        return TensorShape(None)

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        """`batch_shape` as an int32 vector."""
        with self._name_scope(name):
            return _vector(self.batch_shape, self._batch_shape_tensor, "batch_shape")

    def event_shape_tensor(self, name: str = "event_shape_tensor") -> Tensor:
        """`event_shape` as an int32 vector."""
        with self._name_scope(name):
            return _vector(self.event_shape, self._event_shape_tensor, "event_shape")

    def _batch_shape_tensor(self) -> Any:
        raise self._lacks("batch_shape_tensor")

    def _event_shape_tensor(self) -> Any:
        raise self._lacks("event_shape_tensor")

    def is_scalar_event(self, name: str = "is_scalar_event") -> Tensor:
        """Whether an event has no dimensions."""
        with self._name_scope(name):
            return _is_scalar(self.event_shape, self.event_shape_tensor)

    def is_scalar_batch(self, name: str = "is_scalar_batch") -> Tensor:
        """Whether this is one distribution."""
        with self._name_scope(name):
            return _is_scalar(self.batch_shape, self.batch_shape_tensor)

    # Samples.

    def sample(self, sample_shape: TensorLike = (), seed: int | None = None, name: str = "sample") -> Tensor:
        """Draws samples.

        Args:
          sample_shape: How many samples of each distribution: a shape, which may be a tensor.
          seed: Seed of the operation.
          name: Name of the operations.

        Returns:
          A tensor of shape `sample_shape + batch_shape + event_shape`.
        """
        return self._call_sample_n(sample_shape, seed, name)

    def _call_sample_n(self, sample_shape: TensorLike, seed: int | None, name: str, **kwargs: Any) -> Tensor:
        with self._name_scope(name, [sample_shape]):
            sizes = convert_to_tensor(sample_shape, dtype=dtypes.int32, name="sample_shape")
            sizes, count = self._expand_sample_shape_to_vector(sizes, "sample_shape")
            samples = self._sample_n(count, seed, **kwargs)
            drawn = reshape(samples, concat([sizes, shape(samples)[1:]], 0))
            return self._set_sample_static_shape(drawn, sizes)

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        """`n` samples of each distribution, along a new first dimension."""
        raise self._lacks("sample")

    def _expand_sample_shape_to_vector(self, x: Tensor, name: str) -> tuple[Tensor, Tensor]:
        """A number or a vector of sizes as a vector, and the product."""
        value = constant_value(x)
        count = reduce_prod(x) if value is None else constant(int(value.prod()), dtype=x.dtype, name="prod")
        if x.shape.ndims == 0:
            x = reshape(x, [1], name=name)
        elif x.shape.ndims is None:
            x = reshape(x, [-1], name=name)
        elif x.shape.ndims != 1:
            raise ValueError(f"The sample shape of {self.name} is a number or a list of sizes, not of shape {x.shape}.")
        return x, count

    def _set_sample_static_shape(self, x: Tensor, sample_shape: Tensor) -> Tensor:
        sizes = constant_value(sample_shape)
        known = TensorShape(None) if sizes is None else as_shape(sizes)
        x.set_shape(known.concatenate(self.batch_shape).concatenate(self.event_shape))
        return x

    # Probabilities of values.

    def log_prob(self, value: TensorLike, name: str = "log_prob") -> Tensor:
        """The logarithm of the density or mass at a value, of shape `sample_shape + batch_shape`."""
        return self._of_value(name, value, "_log_prob", "_prob", log)

    def prob(self, value: TensorLike, name: str = "prob") -> Tensor:
        """The density or mass at a value, of shape `sample_shape + batch_shape`."""
        return self._of_value(name, value, "_prob", "_log_prob", exp)

    def log_cdf(self, value: TensorLike, name: str = "log_cdf") -> Tensor:
        """The logarithm of the probability of at most a value."""
        return self._of_value(name, value, "_log_cdf", "_cdf", log)

    def cdf(self, value: TensorLike, name: str = "cdf") -> Tensor:
        """The probability of at most a value."""
        return self._of_value(name, value, "_cdf", "_log_cdf", exp)

    def log_survival_function(self, value: TensorLike, name: str = "log_survival_function") -> Tensor:
        """The logarithm of the probability of more than a value."""
        with self._name_scope(name, [value]):
            value = self._as_value(value)
            if self._has("_log_survival_function"):
                return self._log_survival_function(value)
            if self._has("_survival_function"):
                return log(self._survival_function(value))
            return log1p(-self.cdf(value))

    def survival_function(self, value: TensorLike, name: str = "survival_function") -> Tensor:
        """The probability of more than a value."""
        with self._name_scope(name, [value]):
            value = self._as_value(value)
            if self._has("_survival_function"):
                return self._survival_function(value)
            if self._has("_log_survival_function"):
                return exp(self._log_survival_function(value))
            return 1.0 - self.cdf(value)

    def quantile(self, value: TensorLike, name: str = "quantile") -> Tensor:
        """The value that a sample exceeds with probability `1 - value`."""
        return self._of_value(name, value, "_quantile")

    def _of_value(self, name: str, value: TensorLike, hook: str, other: str | None = None,
                  convert: Any = None) -> Tensor:
        """What a hook gives for a value, or what another one, converted, does."""
        with self._name_scope(name, [value]):
            tensor = self._as_value(value)
            if self._has(hook) or other is None or not self._has(other):
                return getattr(self, hook)(tensor)
            return convert(getattr(self, other)(tensor))

    def _as_value(self, value: TensorLike) -> Tensor:
        return convert_to_tensor(value, name="value", preferred_dtype=self.dtype)

    def _has(self, hook: str) -> bool:
        return getattr(type(self), hook) is not getattr(Distribution, hook)

    def _log_prob(self, value: Tensor) -> Tensor:
        raise self._lacks("log_prob")

    def _prob(self, value: Tensor) -> Tensor:
        raise self._lacks("prob")

    def _log_cdf(self, value: Tensor) -> Tensor:
        raise self._lacks("log_cdf")

    def _cdf(self, value: Tensor) -> Tensor:
        raise self._lacks("cdf")

    def _log_survival_function(self, value: Tensor) -> Tensor:
        raise self._lacks("log_survival_function")

    def _survival_function(self, value: Tensor) -> Tensor:
        raise self._lacks("survival_function")

    def _quantile(self, value: Tensor) -> Tensor:
        raise self._lacks("quantile")

    # Statistics.

    def entropy(self, name: str = "entropy") -> Tensor:
        """Shannon's entropy in nats."""
        with self._name_scope(name):
            return self._entropy()

    def mean(self, name: str = "mean") -> Tensor:
        """The mean."""
        with self._name_scope(name):
            return self._mean()

    def mode(self, name: str = "mode") -> Tensor:
        """The value of the greatest probability."""
        with self._name_scope(name):
            return self._mode()

    def variance(self, name: str = "variance") -> Tensor:
        """The variance of each element of an event."""
        with self._name_scope(name):
            return square(self._stddev()) if self._has("_stddev") and not self._has("_variance") else self._variance()

    def stddev(self, name: str = "stddev") -> Tensor:
        """The standard deviation of each element of an event."""
        with self._name_scope(name):
            return sqrt(self._variance()) if self._has("_variance") and not self._has("_stddev") else self._stddev()

    def covariance(self, name: str = "covariance") -> Tensor:
        """The covariance of the elements of an event, which is a vector."""
        with self._name_scope(name):
            return self._covariance()

    def _entropy(self) -> Tensor:
        raise self._lacks("entropy")

    def _mean(self) -> Tensor:
        raise self._lacks("mean")

    def _mode(self) -> Tensor:
        raise self._lacks("mode")

    def _variance(self) -> Tensor:
        raise self._lacks("variance")

    def _stddev(self) -> Tensor:
        raise self._lacks("stddev")

    def _covariance(self) -> Tensor:
        raise self._lacks("covariance")

    # Two distributions.

    def kl_divergence(self, other: Distribution, name: str = "kl_divergence") -> Tensor:
        """The Kullback-Leibler divergence from this distribution to another."""
        with self._name_scope(name):
            return self._kl_divergence(other)

    def cross_entropy(self, other: Distribution, name: str = "cross_entropy") -> Tensor:
        """The cross entropy of another distribution under this one."""
        with self._name_scope(name):
            return self._cross_entropy(other)

    def _kl_divergence(self, other: Distribution) -> Tensor:
        return kullback_leibler.kl_divergence(self, other, allow_nan_stats=self.allow_nan_stats)

    def _cross_entropy(self, other: Distribution) -> Tensor:
        return kullback_leibler.cross_entropy(self, other, allow_nan_stats=self.allow_nan_stats)

    # The rest.

    @contextlib.contextmanager
    def _name_scope(self, name: str | None = None, values: Iterable[Any] | None = None) -> Iterator[str]:
        """The scope `name` inside of the distribution's own."""
        with name_scope(self.name, values=[*(values or []), *self._graph_parents]), name_scope(name) as scope:
            yield scope

    def _lacks(self, what: str) -> NotImplementedError:
        return NotImplementedError(f"{what} is not implemented: {type(self).__name__}")

    def __str__(self) -> str:
        parts = [f'"{self.name}"']
        if self.batch_shape.ndims is not None:
            parts.append(f"batch_shape={self.batch_shape}")
        if self.event_shape.ndims is not None:
            parts.append(f"event_shape={self.event_shape}")
        parts.append(f"dtype={None if self.dtype is None else _dtype_name(self.dtype)}")
        return f"tfp.distributions.{type(self).__name__}({', '.join(parts)})"

    def __repr__(self) -> str:
        dtype = None if self.dtype is None else _dtype_name(self.dtype)
        return (f"<tfp.distributions.{type(self).__name__} '{self.name}' batch_shape={self.batch_shape} "
                f"event_shape={self.event_shape} dtype={dtype}>")


def _dtype_name(dtype: DType) -> str:
    return dtype.name


def _vector(known: TensorShape, computed: Any, name: str) -> Tensor:
    if known.is_fully_defined():
        return constant(known.as_list(), dtype=dtypes.int32, name=name)
    return computed()


def _is_scalar(known: TensorShape, computed: Any) -> Tensor:
    if known.ndims is not None:
        return constant(known.ndims == 0, name="is_scalar")
    return equal(shape(computed())[0], 0, name="is_scalar")
