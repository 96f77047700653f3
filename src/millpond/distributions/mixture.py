"""Mixtures: one of several distributions, chosen at random."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from millpond import dtypes
from millpond.distributions.categorical import Categorical
from millpond.distributions.distribution import Distribution
from millpond.distributions.parameters import gen_new_seed
from millpond.distributions.reparameterization import NOT_REPARAMETERIZED
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like, zeros_like
from millpond.ops.array.gather import one_hot
from millpond.ops.array.join import concat, stack
from millpond.ops.array.shape import expand_dims, reshape, shape
from millpond.ops.math.comparison import equal, where
from millpond.ops.math.elementwise import log, sqrt, square
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.math.reduction_composites import reduce_logsumexp
from millpond.ops.nn.softmax import log_softmax
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


class _Mixed(Distribution):
    """What both kinds of mixtures share: sums over components, weighted by their probabilities."""

    _cat: Categorical

    def _per_component(self, statistic: Callable[[Any], Tensor]) -> Tensor:
        """A statistic of each component, along a new dimension behind the batch."""
        raise NotImplementedError

    def _over_components(self, values: Tensor, event_ndims: int) -> Tensor:
        """The mean of values that have a dimension of components in front of those of an event."""
        probs = self._cat.probs
        for _ in range(event_ndims):
            probs = expand_dims(probs, -1)
        return reduce_sum(probs * values, -1 - event_ndims)

    def _event_rank(self) -> int:
        ndims = self.event_shape.ndims
        if ndims is None:
            raise ValueError(f"The number of dimensions of an event of {self.name} must be known.")
        return ndims

    def _mean(self) -> Tensor:
        return self._over_components(self._per_component(lambda one: one.mean()), self._event_rank())

    def _variance(self) -> Tensor:
        ndims = self._event_rank()
        second = self._per_component(lambda one: one.variance() + square(one.mean()))
        return self._over_components(second, ndims) - square(self._mean())

    def _stddev(self) -> Tensor:
        return sqrt(self._variance())

    def _log_of_mixture(self, log_values: Tensor) -> Tensor:
        return reduce_logsumexp(log_values + log_softmax(self._cat.logits), -1)


class Mixture(_Mixed):
    """One of several distributions, which need not be of one class.

    Args:
      cat: A `Categorical`: the probability of each component.
      components: Distributions of one dtype and of equal shapes.
      validate_args: Whether shapes are checked in the run.
      allow_nan_stats: Accepted for compatibility.
      use_static_graph: Accepted for compatibility: samples are always drawn of each component.
      name: Prefix of the operations.

    Raises:
      TypeError: If `cat` is no `Categorical`, a component no distribution, or their dtypes differ.
      ValueError: If there are no components, or their number is not that of `cat`.

    Example:
      >>> import millpond as tf
      >>> ds = tf.contrib.distributions
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     mixture = ds.Mixture(ds.Categorical(probs=[0.25, 0.75]), [ds.Normal(0.0, 1.0), ds.Normal(4.0, 1.0)])
      ...     print(sess.run(mixture.mean()).round(3))
      3.0
    """

    def __init__(self, cat: Categorical, components: Sequence[Distribution], validate_args: bool = False,
                 allow_nan_stats: bool = True, use_static_graph: bool = False, name: str = "Mixture") -> None:
        given = dict(locals())
        if not isinstance(cat, Categorical):
            raise TypeError(f"cat must be a Categorical distribution, but saw: {cat}")
        if not components:
            raise ValueError("components must be a non-empty list or tuple")
        for component in components:
            if not isinstance(component, Distribution):
                raise TypeError(f"all entries in components must be Distribution instances but saw: {component}")
            if component.dtype is not components[0].dtype:
                raise TypeError("All components must have the same dtype, but saw dtypes: "
                                f"{[(one.name, one.dtype) for one in components]}")
        classes = cat.logits.shape.as_list()[-1] if cat.logits.shape.ndims else None
        if classes is not None and classes != len(components):
            raise ValueError(f"cat.num_classes != len(components): {classes} vs. {len(components)}")
        self._cat, self._components = cat, list(components)
        with name_scope(name, values=[cat.logits]) as scope:
            pass
        super().__init__(components[0].dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [cat.logits, *(parent for one in components for parent in one._graph_parents)], scope)

    @property
    def cat(self) -> Categorical:
        """The probability of each component."""
        return self._cat

    @property
    def components(self) -> list[Distribution]:
        """The components."""
        return self._components

    @property
    def num_components(self) -> int:
        """The number of components."""
        return len(self._components)

    def _batch_shape(self) -> TensorShape:
        return self.components[0].batch_shape.merge_with(self.cat.batch_shape)

    def _batch_shape_tensor(self) -> Tensor:
        return self.cat.batch_shape_tensor()

    def _event_shape(self) -> TensorShape:
        return self.components[0].event_shape

    def _event_shape_tensor(self) -> Tensor:
        return self.components[0].event_shape_tensor()

    def _per_component(self, statistic: Callable[[Any], Tensor]) -> Tensor:
        return stack([statistic(one) for one in self.components], axis=-1 - self._event_rank())

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        chosen = self.cat.sample(n, seed=gen_new_seed(seed, "mixture"))
        for _ in range(self._event_rank()):
            chosen = expand_dims(chosen, -1)
        drawn = self.components[0].sample(n, seed=gen_new_seed(seed, "mixture 0"))
        for i, one in enumerate(self.components[1:], 1):
            other = one.sample(n, seed=gen_new_seed(seed, f"mixture {i}"))
            is_this = equal(chosen + zeros_like(other, dtype=chosen.dtype), i)
            drawn = where(is_this, other, drawn)
        return drawn

    def _log_prob(self, x: Tensor) -> Tensor:
        return self._log_of_mixture(stack([one.log_prob(x) for one in self.components], -1))

    def _log_cdf(self, x: Tensor) -> Tensor:
        return self._log_of_mixture(stack([one.log_cdf(x) for one in self.components], -1))

    def _cdf(self, x: Tensor) -> Tensor:
        return reduce_sum(self.cat.probs * stack([one.cdf(x) for one in self.components], -1), -1)

    def entropy_lower_bound(self, name: str = "entropy_lower_bound") -> Tensor:
        """The mean of the components' entropies, which the mixture's is not below."""
        with self._name_scope(name):
            return reduce_sum(self.cat.probs * stack([one.entropy() for one in self.components], -1), -1)


class MixtureSameFamily(_Mixed):
    """A mixture of a batch of distributions: its last dimension is that of the components.

    Args:
      mixture_distribution: A `Categorical`: the probability of each component.
      components_distribution: The components.
      validate_args, allow_nan_stats: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      ValueError: If the number of components is not that of the probabilities.

    Example:
      >>> import millpond as tf
      >>> ds = tf.contrib.distributions
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     mixture = ds.MixtureSameFamily(ds.Categorical(probs=[0.25, 0.75]), ds.Normal([0.0, 4.0], 1.0))
      ...     print(sess.run(mixture.mean()).round(3))
      3.0
    """

    def __init__(self, mixture_distribution: Categorical, components_distribution: Distribution,
                 validate_args: bool = False, allow_nan_stats: bool = True, name: str = "MixtureSameFamily") -> None:
        given = dict(locals())
        if components_distribution.batch_shape.ndims == 0:
            raise ValueError("The components are the last dimension of the batch of `components_distribution`, which "
                             "has none.")
        sizes = [shape_.as_list()[-1] for shape_ in (mixture_distribution.logits.shape,
                                                     components_distribution.batch_shape) if shape_.ndims]
        if len({size for size in sizes if size is not None}) > 1:
            raise ValueError(f"`mixture_distribution components` ({sizes[0]}) does not equal "
                             f"`components_distribution.batch_shape[-1]` ({sizes[1]}).")
        self._cat, self._components_distribution = mixture_distribution, components_distribution
        with name_scope(name, values=[mixture_distribution.logits]) as scope:
            pass
        super().__init__(components_distribution.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [mixture_distribution.logits, *components_distribution._graph_parents], scope)

    @property
    def mixture_distribution(self) -> Categorical:
        """The probability of each component."""
        return self._cat

    @property
    def components_distribution(self) -> Distribution:
        """The components."""
        return self._components_distribution

    def _batch_shape(self) -> TensorShape:
        return self.components_distribution.batch_shape[:-1]

    def _batch_shape_tensor(self) -> Tensor:
        return self.components_distribution.batch_shape_tensor()[:-1]

    def _event_shape(self) -> TensorShape:
        return self.components_distribution.event_shape

    def _event_shape_tensor(self) -> Tensor:
        return self.components_distribution.event_shape_tensor()

    def _per_component(self, statistic: Callable[[Any], Tensor]) -> Tensor:
        return statistic(self.components_distribution)

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        ndims = self._event_rank()
        every = self.components_distribution.sample(n, seed=gen_new_seed(seed, "MixtureSameFamily"))
        count = shape(every)[-1 - ndims]
        chosen = self._cat.sample(concat([[n], self.batch_shape_tensor()], 0) if self._cat.batch_shape.ndims == 0
                                  else n, seed=seed)
        mask = one_hot(chosen, count, on_value=True, off_value=False, dtype=dtypes.bool)
        for _ in range(ndims):
            mask = expand_dims(mask, -1)
        drawn = reduce_sum(where(mask & ones_like(every, dtype=dtypes.bool), every, zeros_like(every)), -1 - ndims)
        return reshape(drawn, concat([[n], self.batch_shape_tensor(), self.event_shape_tensor()], 0))

    def _log_prob(self, x: Tensor) -> Tensor:
        return self._log_of_mixture(self.components_distribution.log_prob(self._for_each(x)))

    def _log_cdf(self, x: Tensor) -> Tensor:
        return log(self._cdf(x))

    def _cdf(self, x: Tensor) -> Tensor:
        return reduce_sum(self._cat.probs * self.components_distribution.cdf(self._for_each(x)), -1)

    def _for_each(self, x: Tensor) -> Tensor:
        """A value with a dimension of components."""
        return expand_dims(x, -1 - self._event_rank())
