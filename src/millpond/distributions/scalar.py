"""Bases of distributions of single numbers."""

from __future__ import annotations

import functools
from typing import Any

from millpond import dtypes
from millpond.distributions.distribution import Distribution
from millpond.distributions.parameters import check_same_float_dtype, parameter
from millpond.distributions.reparameterization import FULLY_REPARAMETERIZED
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import constant
from millpond.ops.array.fill import ones
from millpond.ops.array.join import concat
from millpond.ops.array.shape import broadcast_dynamic_shape, shape
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape, broadcast_static_shape


class ScalarDistribution(Distribution):
    """A distribution of numbers, whose batch has the shape that its parameters are broadcast to."""

    # Names of the constructor's parameters that have the shape of samples.
    _names_of_parameters: tuple[str, ...] = ()

    @classmethod
    def _param_shapes(cls, sample_shape: Any) -> dict[str, Tensor]:
        return dict.fromkeys(cls._names_of_parameters, convert_to_tensor(sample_shape, dtype=dtypes.int32))

    def _batch_shape_tensor(self) -> Tensor:
        return functools.reduce(broadcast_dynamic_shape, [shape(parent) for parent in self._graph_parents])

    def _batch_shape(self) -> TensorShape:
        return functools.reduce(broadcast_static_shape, [parent.shape for parent in self._graph_parents])

    def _event_shape_tensor(self) -> Tensor:
        return constant([], dtype=dtypes.int32)

    def _event_shape(self) -> TensorShape:
        return TensorShape([])

    def _samples_shape(self, n: Tensor) -> Tensor:
        return concat([[n], self.batch_shape_tensor()], 0)

    def _ones(self) -> Tensor:
        """Ones in the shape of the batch: what does not depend on all parameters is multiplied with them."""
        return ones(self.batch_shape_tensor(), dtype=self._graph_parents[0].dtype)


class LocationScale(ScalarDistribution):
    """A distribution of `loc + scale * z`, where `z` has no parameters.

    Args:
      loc: The location.
      scale: The scale, which is positive.
      validate_args: Whether the scale is checked in the run.
      allow_nan_stats: Whether statistics that are undefined are NaN, in place of an error in the run.
      name: Prefix of the operations; by default the name of the class.

    Raises:
      TypeError: If `loc` and `scale` are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     laplace = tf.distributions.Laplace(loc=[0.0, 10.0], scale=2.0)
      ...     print(sess.run(laplace.prob([0.0, 10.0])), laplace.sample(5).shape)
      [0.25 0.25] (5, 2)
    """

    _names_of_parameters = ("loc", "scale")

    def __init__(self, loc: TensorLike, scale: TensorLike, validate_args: bool = False, allow_nan_stats: bool = True,
                 name: str | None = None) -> None:
        name = name or type(self).__name__
        given = {"loc": loc, "scale": scale, "validate_args": validate_args, "allow_nan_stats": allow_nan_stats,
                 "name": name}
        with name_scope(name, values=[loc, scale]) as scope:
            self._loc = parameter(loc, "loc")
            self._scale = parameter(scale, "scale", check="positive" if validate_args else None)
            check_same_float_dtype({"loc": self._loc, "scale": self._scale})
        super().__init__(self._scale.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                         [self._loc, self._scale], scope)

    @property
    def loc(self) -> Tensor:
        """The location."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """The scale."""
        return self._scale

    def _z(self, x: Tensor) -> Tensor:
        with name_scope("standardize", values=[x]):
            return (x - self.loc) / self.scale

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        return self._standard(self._samples_shape(n), seed) * self.scale + self.loc

    def _standard(self, sizes: Tensor, seed: int | None) -> Tensor:
        """Samples of `z`."""
        raise self._lacks("sample")

    def _mean(self) -> Tensor:
        return self.loc * self._ones()

    def _mode(self) -> Tensor:
        return self.loc * self._ones()
