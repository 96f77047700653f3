"""Distributions that always give the same value."""

from __future__ import annotations

from millpond.distributions.distribution import Distribution
from millpond.distributions.parameters import float_tensor
from millpond.distributions.reparameterization import FULLY_REPARAMETERIZED
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones, zeros_like
from millpond.ops.array.join import concat
from millpond.ops.array.shape import expand_dims, shape
from millpond.ops.math.cast import cast
from millpond.ops.math.elementwise import abs as magnitude
from millpond.ops.math.reduction import reduce_all
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


class _AtOnePoint(Distribution):
    """A distribution that always gives `loc`.

    Args:
      loc: The value.
      atol, rtol: How far, absolutely and relatively to `loc`, a value may be off to count as `loc`; by default 0.
      validate_args, allow_nan_stats: Accepted for compatibility.
      name: Prefix of the operations; by default the name of the class.

    Raises:
      TypeError: If `atol` or `rtol` is not of the dtype of `loc`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.distributions.Deterministic(1.0).prob([0.0, 1.0])))
      [0. 1.]
    """

    _event_ndims = 0

    def __init__(self, loc: TensorLike, atol: TensorLike | None = None, rtol: TensorLike | None = None,
                 validate_args: bool = False, allow_nan_stats: bool = True, name: str | None = None) -> None:
        name = name or type(self).__name__
        given = {"loc": loc, "atol": atol, "rtol": rtol, "validate_args": validate_args,
                 "allow_nan_stats": allow_nan_stats, "name": name}
        with name_scope(name, values=[loc, atol, rtol]) as scope:
            self._loc = float_tensor(loc, "loc")
            self._atol, self._rtol = (
                convert_to_tensor(0 if value is None else value, dtype=self._loc.dtype, name=key)
                for key, value in (("atol", atol), ("rtol", rtol)))
            self._slack = self._atol + self._rtol * magnitude(self._loc)
        super().__init__(self._loc.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [self._loc, self._atol, self._rtol], scope)

    @property
    def loc(self) -> Tensor:
        """The value."""
        return self._loc

    @property
    def atol(self) -> Tensor:
        """How far a value may be off to count as `loc`."""
        return self._atol

    @property
    def rtol(self) -> Tensor:
        """How far, relatively, a value may be off to count as `loc`."""
        return self._rtol

    def _batch_shape_tensor(self) -> Tensor:
        return shape(self.loc)[:-1] if self._event_ndims else shape(self.loc)

    def _batch_shape(self) -> TensorShape:
        return self.loc.shape[:-1] if self._event_ndims else self.loc.shape

    def _event_shape_tensor(self) -> Tensor:
        return shape(self.loc)[-1:] if self._event_ndims else shape(self.loc)[:0]

    def _event_shape(self) -> TensorShape:
        return self.loc.shape[-1:] if self._event_ndims else TensorShape([])

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        copies = ones(concat([[n], _ones_for(shape(self.loc))], 0), dtype=self.dtype)
        return copies * expand_dims(self.loc, 0)

    def _near(self, x: Tensor) -> Tensor:
        return magnitude(x - self.loc) <= self._slack

    def _prob(self, x: Tensor) -> Tensor:
        near = self._near(x)
        return cast(reduce_all(near, -1) if self._event_ndims else near, self.dtype)

    def _entropy(self) -> Tensor:
        return zeros_like(self.loc[..., 0] if self._event_ndims else self.loc)

    def _mean(self) -> Tensor:
        return self.loc + 0

    def _variance(self) -> Tensor:
        return zeros_like(self.loc)

    def _mode(self) -> Tensor:
        return self.loc + 0


def _ones_for(sizes: Tensor) -> Tensor:
    """As many ones as there are sizes."""
    return sizes * 0 + 1


class Deterministic(_AtOnePoint):
    """The distribution of a number that is always `loc`."""

    def _cdf(self, x: Tensor) -> Tensor:
        return cast(x >= self.loc - self._slack, self.dtype)


class VectorDeterministic(_AtOnePoint):
    """The distribution of a vector that is always `loc`."""

    _event_ndims = 1
