"""Bijectors that are made of others: the inverse of one, and several one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond.distributions.bijectors.bijector import Bijector
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import zeros
from millpond.shapes import TensorShape


class Invert(Bijector):
    """The inverse of a bijector.

    Args:
      bijector: The bijector.
      validate_args: Accepted for compatibility.
      name: Prefix of the operations; by default made of the bijector's.

    Raises:
      AttributeError: If it is no bijector.

    Example:
      >>> import millpond as tf
      >>> bijectors = tf.contrib.distributions.bijectors
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(bijectors.Invert(bijectors.Exp()).forward(1.0)))
      0.0
    """

    def __init__(self, bijector: Bijector, validate_args: bool = False, name: str | None = None) -> None:
        self._bijector = bijector
        super().__init__(graph_parents=bijector.graph_parents, is_constant_jacobian=bijector.is_constant_jacobian,
                         validate_args=validate_args, dtype=bijector.dtype,
                         forward_min_event_ndims=bijector.inverse_min_event_ndims,
                         inverse_min_event_ndims=bijector.forward_min_event_ndims,
                         name=name or f"invert_{bijector.name}")

    @property
    def bijector(self) -> Bijector:
        """What this is the inverse of."""
        return self._bijector

    def _forward(self, x: Tensor, **kwargs: Any) -> Tensor:
        return self.bijector.inverse(x, **kwargs)

    def _inverse(self, y: Tensor, **kwargs: Any) -> Tensor:
        return self.bijector.forward(y, **kwargs)

    def _forward_log_det_jacobian(self, x: Tensor, **kwargs: Any) -> Tensor:
        return self.bijector.inverse_log_det_jacobian(x, **kwargs)

    def _inverse_log_det_jacobian(self, y: Tensor, **kwargs: Any) -> Tensor:
        return self.bijector.forward_log_det_jacobian(y, **kwargs)

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        return self.bijector.inverse_event_shape(input_shape)

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        return self.bijector.forward_event_shape(output_shape)

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Tensor:
        return self.bijector.inverse_event_shape_tensor(input_shape)

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Tensor:
        return self.bijector.forward_event_shape_tensor(output_shape)


class Chain(Bijector):
    """Bijectors one after the other; the last of the list comes first, as in `f(g(x))`.

    Args:
      bijectors: The bijectors; none of them change the number of dimensions that belong together.
      validate_args: Accepted for compatibility.
      name: Prefix of the operations; by default made of the bijectors'.

    Raises:
      NotImplementedError: If one changes the number of dimensions of events.

    Example:
      >>> import millpond as tf
      >>> bijectors = tf.contrib.distributions.bijectors
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     chain = bijectors.Chain([bijectors.Exp(), bijectors.AffineScalar(scale=2.0)])
      ...     print(sess.run(chain.inverse(tf.exp(3.0))))
      1.5
    """

    def __init__(self, bijectors: Sequence[Bijector] | None = None, validate_args: bool = False,
                 name: str | None = None) -> None:
        self._bijectors = tuple(bijectors or ())
        for bijector in self._bijectors:
            if bijector.forward_min_event_ndims != bijector.inverse_min_event_ndims:
                raise NotImplementedError(f"Chain of {bijector.name}, which changes the number of dimensions of "
                                          "events.")
        least = max([bijector.forward_min_event_ndims for bijector in self._bijectors], default=0)
        super().__init__(graph_parents=[parent for bijector in self._bijectors for parent in bijector.graph_parents],
                         is_constant_jacobian=all(bijector.is_constant_jacobian for bijector in self._bijectors),
                         validate_args=validate_args, forward_min_event_ndims=least,
                         name=name or ("_of_".join(["chain", *(bijector.name for bijector in self._bijectors)])
                                       if self._bijectors else "identity"))

    @property
    def bijectors(self) -> tuple[Bijector, ...]:
        """The bijectors, the last of which comes first."""
        return self._bijectors

    def _forward(self, x: Tensor) -> Tensor:
        for bijector in reversed(self._bijectors):
            x = bijector.forward(x)
        return x

    def _inverse(self, y: Tensor) -> Tensor:
        for bijector in self._bijectors:
            y = bijector.inverse(y)
        return y

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        change = zeros([], x.dtype)
        for bijector in reversed(self._bijectors):
            change = change + bijector.forward_log_det_jacobian(x, self.forward_min_event_ndims)
            x = bijector.forward(x)
        return change

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        change = zeros([], y.dtype)
        for bijector in self._bijectors:
            change = change + bijector.inverse_log_det_jacobian(y, self.inverse_min_event_ndims)
            y = bijector.inverse(y)
        return change

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        for bijector in reversed(self._bijectors):
            input_shape = bijector.forward_event_shape(input_shape)
        return input_shape

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        for bijector in self._bijectors:
            output_shape = bijector.inverse_event_shape(output_shape)
        return output_shape

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Tensor:
        for bijector in reversed(self._bijectors):
            input_shape = bijector.forward_event_shape_tensor(input_shape)
        return input_shape

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Tensor:
        for bijector in self._bijectors:
            output_shape = bijector.inverse_event_shape_tensor(output_shape)
        return output_shape
