"""Bijectors that change each number by itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from millpond.distributions.bijectors.bijector import Bijector
from millpond.distributions.parameters import float_tensor
from millpond.distributions.special import ndtr, softplus_inverse
from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import zeros
from millpond.ops.array.identity import with_dependencies
from millpond.ops.host.assertions import assert_non_negative, assert_positive
from millpond.ops.math.elementwise import abs as magnitude
from millpond.ops.math.elementwise import exp, expm1, log, log1p, sigmoid, square
from millpond.ops.math.special import ndtri
from millpond.ops.math.trigonometry import atanh, tanh
from millpond.ops.nn.activation import softplus, softsign


class Identity(Bijector):
    """The function that changes nothing.

    Args:
      validate_args: Accepted for compatibility.
      name: Prefix of the operations.
    """

    def __init__(self, validate_args: bool = False, name: str = "identity") -> None:
        super().__init__(is_constant_jacobian=True, validate_args=validate_args, forward_min_event_ndims=0, name=name)

    def _forward(self, x: Tensor) -> Tensor:
        return x

    def _inverse(self, y: Tensor) -> Tensor:
        return y

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return zeros([], x.dtype)


class Exp(Bijector):
    """The exponential function.

    Args:
      validate_args: Whether values of the inverse are checked in the run.
      name: Prefix of the operations.
    """

    def __init__(self, validate_args: bool = False, name: str = "exp") -> None:
        super().__init__(validate_args=validate_args, forward_min_event_ndims=0, name=name)

    def _forward(self, x: Tensor) -> Tensor:
        return exp(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return log(with_dependencies([assert_positive(y)], y) if self.validate_args else y)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return x

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return -log(y)


class Expm1(Bijector):
    """`exp(x) - 1`.

    Args:
      validate_args: Accepted for compatibility.
      name: Prefix of the operations.
    """

    def __init__(self, validate_args: bool = False, name: str = "expm1") -> None:
        super().__init__(validate_args=validate_args, forward_min_event_ndims=0, name=name)

    def _forward(self, x: Tensor) -> Tensor:
        return expm1(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return log1p(y)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return x

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return -log1p(y)


class Log1p(Bijector):
    """`log(1 + x)`.

    Args:
      validate_args: Accepted for compatibility.
      name: Prefix of the operations.
    """

    def __init__(self, validate_args: bool = False, name: str = "log1p") -> None:
        super().__init__(validate_args=validate_args, forward_min_event_ndims=0, name=name)

    def _forward(self, x: Tensor) -> Tensor:
        return log1p(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return expm1(y)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return -log1p(x)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return y


class Softplus(Bijector):
    """`hinge_softness log(1 + exp(x / hinge_softness))`.

    Args:
      hinge_softness: How smooth the bend is, by default 1; not 0.
      validate_args: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      TypeError: If `hinge_softness` is not of floats.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     softplus = tf.contrib.distributions.bijectors.Softplus()
      ...     print(sess.run([softplus.forward(0.0), softplus.inverse(softplus.forward(3.0))]))
      [np.float32(0.6931472), np.float32(3.0)]
    """

    def __init__(self, hinge_softness: TensorLike | None = None, validate_args: bool = False,
                 name: str = "softplus") -> None:
        self._hinge_softness = None if hinge_softness is None else float_tensor(hinge_softness, "hinge_softness")
        super().__init__(graph_parents=None if self._hinge_softness is None else [self._hinge_softness],
                         validate_args=validate_args, forward_min_event_ndims=0, name=name)

    @property
    def hinge_softness(self) -> Tensor | None:
        """How smooth the bend is."""
        return self._hinge_softness

    def _scaled(self, x: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
        if self._hinge_softness is None:
            return function(x)
        return self._hinge_softness * function(x / self._hinge_softness)

    def _forward(self, x: Tensor) -> Tensor:
        return self._scaled(x, softplus)

    def _inverse(self, y: Tensor) -> Tensor:
        return self._scaled(y, softplus_inverse)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return -softplus(-x if self._hinge_softness is None else -x / self._hinge_softness)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return -log(-expm1(-y if self._hinge_softness is None else -y / self._hinge_softness))


class Sigmoid(Bijector):
    """`1 / (1 + exp(-x))`.

    Args:
      validate_args: Accepted for compatibility.
      name: Prefix of the operations.
    """

    def __init__(self, validate_args: bool = False, name: str = "sigmoid") -> None:
        super().__init__(validate_args=validate_args, forward_min_event_ndims=0, name=name)

    def _forward(self, x: Tensor) -> Tensor:
        return sigmoid(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return log(y) - log1p(-y)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return -softplus(-x) - softplus(x)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return -log(y) - log1p(-y)


class Tanh(Bijector):
    """The hyperbolic tangent.

    Args:
      validate_args: Accepted for compatibility.
      name: Prefix of the operations.
    """

    def __init__(self, validate_args: bool = False, name: str = "tanh") -> None:
        super().__init__(validate_args=validate_args, forward_min_event_ndims=0, name=name)

    def _forward(self, x: Tensor) -> Tensor:
        return tanh(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return atanh(y)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return 2.0 * (math.log(2.0) - x - softplus(-2.0 * x))  # 1 - tanh(x)**2, without cancellation


class Softsign(Bijector):
    """`x / (1 + |x|)`.

    Args:
      validate_args: Accepted for compatibility.
      name: Prefix of the operations.
    """

    def __init__(self, validate_args: bool = False, name: str = "softsign") -> None:
        super().__init__(validate_args=validate_args, forward_min_event_ndims=0, name=name)

    def _forward(self, x: Tensor) -> Tensor:
        return softsign(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return y / (1.0 - magnitude(y))

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return -2.0 * log1p(magnitude(x))

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return -2.0 * log1p(-magnitude(y))


class NormalCDF(Bijector):
    """The distribution function of the standard normal distribution.

    Args:
      validate_args: Accepted for compatibility.
      name: Prefix of the operations.
    """

    def __init__(self, validate_args: bool = False, name: str = "normal") -> None:
        super().__init__(validate_args=validate_args, forward_min_event_ndims=0, name=name)

    def _forward(self, x: Tensor) -> Tensor:
        return ndtr(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return ndtri(y)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return -0.5 * math.log(2.0 * math.pi) - 0.5 * square(x)


class PowerTransform(Bijector):
    """`(1 + x power)**(1 / power)`; the exponential function where the power is 0.

    Args:
      power: A Python number, at least 0.
      validate_args: Whether what is given is checked in the run.
      name: Prefix of the operations.

    Raises:
      ValueError: If the power is negative or no number.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.distributions.bijectors.PowerTransform(0.5).forward(2.0)))
      4.0
    """

    def __init__(self, power: float = 0.0, validate_args: bool = False, name: str = "power_transform") -> None:
        if not isinstance(power, (int, float)) or power < 0:
            raise ValueError(f"`power` must be a non-negative number, not {power!r}.")
        self._power = power
        super().__init__(validate_args=validate_args, forward_min_event_ndims=0, name=name)

    @property
    def power(self) -> float:
        """The power."""
        return self._power

    def _forward(self, x: Tensor) -> Tensor:
        if self.power == 0.0:
            return exp(x)
        if self.validate_args:
            x = with_dependencies([assert_non_negative(1.0 + x * self.power)], x)
        return exp(log1p(x * self.power) / self.power)

    def _inverse(self, y: Tensor) -> Tensor:
        if self.validate_args:
            y = with_dependencies([assert_positive(y)], y)
        return log(y) if self.power == 0.0 else expm1(log(y) * self.power) / self.power

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return x if self.power == 0.0 else (1.0 / self.power - 1.0) * log1p(x * self.power)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return (self.power - 1.0) * log(y)


class AffineScalar(Bijector):
    """`x scale + shift`, of numbers.

    Args:
      shift: What is added, by default nothing.
      scale: What is multiplied with, by default 1; not 0.
      validate_args: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      TypeError: If both are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     affine = tf.contrib.distributions.bijectors.AffineScalar(shift=1.0, scale=[2.0, 4.0])
      ...     print(sess.run(affine.forward(3.0)), sess.run(affine.inverse(3.0)))
      [ 7. 13.] [1.  0.5]
    """

    def __init__(self, shift: TensorLike | None = None, scale: TensorLike | None = None, validate_args: bool = False,
                 name: str = "affine_scalar") -> None:
        self._shift, self._scale = (
            None if value is None else float_tensor(value, key)
            for key, value in (("shift", shift), ("scale", scale)))
        parents = [one for one in (self._shift, self._scale) if one is not None]
        if len({one.dtype.base_dtype for one in parents}) > 1:
            raise TypeError("shift and scale must be of one dtype, but they are "
                            f"{[one.dtype.name for one in parents]}.")
        super().__init__(graph_parents=parents, is_constant_jacobian=True, validate_args=validate_args,
                         forward_min_event_ndims=0, name=name)

    @property
    def shift(self) -> Tensor | None:
        """What is added."""
        return self._shift

    @property
    def scale(self) -> Tensor | None:
        """What is multiplied with."""
        return self._scale

    def _forward(self, x: Tensor) -> Tensor:
        y = x if self._scale is None else x * self._scale
        return y if self._shift is None else y + self._shift

    def _inverse(self, y: Tensor) -> Tensor:
        x = y if self._shift is None else y - self._shift
        return x if self._scale is None else x / self._scale

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return zeros([], x.dtype) if self._scale is None else log(magnitude(self._scale))


class Inline(Bijector):
    """A bijector made of functions.

    Args:
      forward_fn, inverse_fn: The function and its inverse.
      inverse_log_det_jacobian_fn, forward_log_det_jacobian_fn: How they change volumes; one of both is enough.
      forward_event_shape_fn, forward_event_shape_tensor_fn, inverse_event_shape_fn, inverse_event_shape_tensor_fn: How
        they change shapes; by default not at all.
      is_constant_jacobian, validate_args, forward_min_event_ndims, inverse_min_event_ndims: As of `Bijector`.
      name: Prefix of the operations.

    Raises:
      ValueError: If the numbers of dimensions are not known.
      NotImplementedError: When a function is used that was not given.

    Example:
      >>> import millpond as tf
      >>> bijector = tf.contrib.distributions.bijectors.Inline(
      ...     forward_fn=tf.exp, inverse_fn=tf.log, forward_log_det_jacobian_fn=lambda x: x, forward_min_event_ndims=0)
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(bijector.inverse_log_det_jacobian(1.0)))
      -0.0
    """

    def __init__(self, forward_fn: Any = None, inverse_fn: Any = None, inverse_log_det_jacobian_fn: Any = None,
                 forward_log_det_jacobian_fn: Any = None, forward_event_shape_fn: Any = None,
                 forward_event_shape_tensor_fn: Any = None, inverse_event_shape_fn: Any = None,
                 inverse_event_shape_tensor_fn: Any = None, is_constant_jacobian: bool = False,
                 validate_args: bool = False, forward_min_event_ndims: int | None = None,
                 inverse_min_event_ndims: int | None = None, name: str = "inline") -> None:
        super().__init__(is_constant_jacobian=is_constant_jacobian, validate_args=validate_args,
                         forward_min_event_ndims=forward_min_event_ndims,
                         inverse_min_event_ndims=inverse_min_event_ndims, name=name)
        self._functions = {"forward_fn": forward_fn, "inverse_fn": inverse_fn,
                           "inverse_log_det_jacobian_fn": inverse_log_det_jacobian_fn,
                           "forward_log_det_jacobian_fn": forward_log_det_jacobian_fn,
                           "forward_event_shape_fn": forward_event_shape_fn,
                           "forward_event_shape_tensor_fn": forward_event_shape_tensor_fn,
                           "inverse_event_shape_fn": inverse_event_shape_fn,
                           "inverse_event_shape_tensor_fn": inverse_event_shape_tensor_fn}

    def _call(self, key: str, *args: Any, **kwargs: Any) -> Any:
        function = self._functions[key]
        if function is None:
            raise NotImplementedError(f"`{key}` was not given to Inline: {self.name}")
        return function(*args, **kwargs)

    def _shape(self, key: str, value: Any) -> Any:
        return value if self._functions[key] is None else self._call(key, value)

    def _forward(self, x: Tensor, **kwargs: Any) -> Tensor:
        return self._call("forward_fn", x, **kwargs)

    def _inverse(self, y: Tensor, **kwargs: Any) -> Tensor:
        return self._call("inverse_fn", y, **kwargs)

    def _forward_log_det_jacobian(self, x: Tensor, **kwargs: Any) -> Tensor:
        if self._functions["forward_log_det_jacobian_fn"] is None:
            return -self._call("inverse_log_det_jacobian_fn", self._forward(x, **kwargs), **kwargs)
        return self._call("forward_log_det_jacobian_fn", x, **kwargs)

    def _inverse_log_det_jacobian(self, y: Tensor, **kwargs: Any) -> Tensor:
        if self._functions["inverse_log_det_jacobian_fn"] is None:
            return -self._call("forward_log_det_jacobian_fn", self._inverse(y, **kwargs), **kwargs)
        return self._call("inverse_log_det_jacobian_fn", y, **kwargs)

    def _forward_event_shape(self, input_shape: Any) -> Any:
        return self._shape("forward_event_shape_fn", input_shape)

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        return self._shape("inverse_event_shape_fn", output_shape)

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Tensor:
        return self._shape("forward_event_shape_tensor_fn", input_shape)

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Tensor:
        return self._shape("inverse_event_shape_tensor_fn", output_shape)
