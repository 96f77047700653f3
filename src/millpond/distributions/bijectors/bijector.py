"""`Bijector`: a differentiable function with an inverse, and the logarithms of how it changes volumes.

Subclasses define `_forward`, `_inverse`, and one of `_forward_log_det_jacobian(x)` and `_inverse_log_det_jacobian(y)`,
which say how volumes of events of `_min_event_ndims` dimensions change; sums over further dimensions are made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond import dtypes
from millpond.distributions.parameters import float_tensor
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import range_
from millpond.ops.array.shape import rank
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape, as_shape


class Bijector:
    """Base class of bijectors.

    Args:
      graph_parents: Tensors that the bijector depends on.
      is_constant_jacobian: Whether the change of volumes does not depend on where it is taken.
      validate_args: Whether what is given is checked in the run.
      dtype: The dtype of what is given; by default any.
      forward_min_event_ndims: How many dimensions of what is given belong together.
      inverse_min_event_ndims: How many dimensions of the result belong together; by default as many.
      name: Prefix of the operations; by default made of the name of the class.

    Raises:
      ValueError: If the numbers of dimensions are not both known.

    Example:
      >>> import millpond as tf
      >>> bijectors = tf.contrib.distributions.bijectors
      >>> class Double(bijectors.Bijector):
      ...     def __init__(self):
      ...         super().__init__(forward_min_event_ndims=0, is_constant_jacobian=True)
      ...     def _forward(self, x):
      ...         return 2.0 * x
      ...     def _inverse(self, y):
      ...         return y / 2.0
      ...     def _forward_log_det_jacobian(self, x):
      ...         return tf.log(2.0)
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run([Double().forward(3.0), Double().inverse(3.0)]))
      [np.float32(6.0), np.float32(1.5)]
    """

    def __init__(self, graph_parents: Sequence[Any] | None = None, is_constant_jacobian: bool = False,
                 validate_args: bool = False, dtype: Any = None, forward_min_event_ndims: int | None = None,
                 inverse_min_event_ndims: int | None = None, name: str | None = None) -> None:
        if forward_min_event_ndims is None and inverse_min_event_ndims is None:
            raise ValueError("Must specify at least one of `forward_min_event_ndims` and `inverse_min_event_ndims`.")
        self._graph_parents = list(graph_parents or [])
        self._is_constant_jacobian = is_constant_jacobian
        self._validate_args = validate_args
        self._dtype = None if dtype is None else dtypes.as_dtype(dtype)
        first = inverse_min_event_ndims if forward_min_event_ndims is None else forward_min_event_ndims
        self._forward_min_event_ndims = int(first)  # type: ignore[arg-type]
        self._inverse_min_event_ndims = int(first if inverse_min_event_ndims is None  # type: ignore[arg-type]
                                            else inverse_min_event_ndims)
        self._name = name or _snake_case(type(self).__name__)

    @property
    def name(self) -> str:
        """The name scope of its operations."""
        return self._name

    @property
    def graph_parents(self) -> list[Any]:
        """Tensors that it depends on."""
        return self._graph_parents

    @property
    def dtype(self) -> Any:
        """The dtype of what is given, or None for any."""
        return self._dtype

    @property
    def is_constant_jacobian(self) -> bool:
        """Whether the change of volumes is the same everywhere."""
        return self._is_constant_jacobian

    @property
    def validate_args(self) -> bool:
        """Whether what is given is checked."""
        return self._validate_args

    @property
    def forward_min_event_ndims(self) -> int:
        """How many dimensions of what is given belong together."""
        return self._forward_min_event_ndims

    @property
    def inverse_min_event_ndims(self) -> int:
        """How many dimensions of the result belong together."""
        return self._inverse_min_event_ndims

    # Shapes.

    def forward_event_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the result for events of a shape."""
        return self._forward_event_shape(as_shape(input_shape))

    def inverse_event_shape(self, output_shape: Any) -> TensorShape:
        """The shape of events for results of a shape."""
        return self._inverse_event_shape(as_shape(output_shape))

    def forward_event_shape_tensor(self, input_shape: TensorLike, name: str = "forward_event_shape_tensor") -> Tensor:
        """`forward_event_shape` of an int32 vector."""
        with self._name_scope(name, [input_shape]):
            return self._forward_event_shape_tensor(convert_to_tensor(input_shape, dtype=dtypes.int32))

    def inverse_event_shape_tensor(self, output_shape: TensorLike, name: str = "inverse_event_shape_tensor") -> Tensor:
        """`inverse_event_shape` of an int32 vector."""
        with self._name_scope(name, [output_shape]):
            return self._inverse_event_shape_tensor(convert_to_tensor(output_shape, dtype=dtypes.int32))

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        return input_shape

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        return output_shape

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Tensor:
        return input_shape

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Tensor:
        return output_shape

    # The function, its inverse, and the change of volumes.

    def forward(self, x: TensorLike, name: str = "forward", **kwargs: Any) -> Tensor:
        """The function of `x`."""
        with self._name_scope(name, [x]):
            return self._forward(self._converted(x, "x"), **kwargs)

    def inverse(self, y: TensorLike, name: str = "inverse", **kwargs: Any) -> Tensor:
        """What the function makes `y` of."""
        with self._name_scope(name, [y]):
            return self._inverse(self._converted(y, "y"), **kwargs)

    def forward_log_det_jacobian(self, x: TensorLike, event_ndims: int | None = None,
                                 name: str = "forward_log_det_jacobian", **kwargs: Any) -> Tensor:
        """The logarithm of how the function changes volumes at `x`.

        Args:
          x: Where.
          event_ndims: How many dimensions belong to an event; by default `forward_min_event_ndims`.
          name: Prefix of the operations.
          **kwargs: Passed on to the bijector.

        Raises:
          ValueError: If an event has fewer dimensions than belong together.
        """
        with self._name_scope(name, [x]):
            x = self._converted(x, "x")
            if _defines(self, "_forward_log_det_jacobian"):
                change, sign = self._forward_log_det_jacobian(x, **kwargs), 1
            else:
                change, sign = self._inverse_log_det_jacobian(self._forward(x, **kwargs), **kwargs), -1
            summed = self._summed(change, x, event_ndims, self.forward_min_event_ndims)
            return summed if sign > 0 else -summed

    def inverse_log_det_jacobian(self, y: TensorLike, event_ndims: int | None = None,
                                 name: str = "inverse_log_det_jacobian", **kwargs: Any) -> Tensor:
        """The logarithm of how the inverse changes volumes at `y`.

        Args:
          y: Where.
          event_ndims: How many dimensions belong to an event; by default `inverse_min_event_ndims`.
          name: Prefix of the operations.
          **kwargs: Passed on to the bijector.

        Raises:
          ValueError: If an event has fewer dimensions than belong together.
        """
        with self._name_scope(name, [y]):
            y = self._converted(y, "y")
            if _defines(self, "_inverse_log_det_jacobian"):
                change, sign = self._inverse_log_det_jacobian(y, **kwargs), 1
            else:
                change, sign = self._forward_log_det_jacobian(self._inverse(y, **kwargs), **kwargs), -1
            summed = self._summed(change, y, event_ndims, self.inverse_min_event_ndims)
            return summed if sign > 0 else -summed

    def _forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError(f"forward not implemented: {type(self).__name__}")

    def _inverse(self, y: Tensor) -> Tensor:
        raise NotImplementedError(f"inverse not implemented: {type(self).__name__}")

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        raise NotImplementedError(f"forward_log_det_jacobian not implemented: {type(self).__name__}")

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        raise NotImplementedError(f"inverse_log_det_jacobian not implemented: {type(self).__name__}")

    def _converted(self, value: TensorLike, name: str) -> Tensor:
        tensor = float_tensor(value, name, None if isinstance(value, Tensor) else self.dtype)
        if self.dtype is not None and tensor.dtype.base_dtype is not self.dtype:
            raise TypeError(f"{self.name} takes {self.dtype.name}, not {tensor.dtype.name}.")
        return tensor

    def _summed(self, change: Any, value: Tensor, event_ndims: Any, least: int) -> Tensor:
        """A change of the least events summed over those of more dimensions.

        A constant change need not have the shape of the value; it then counts once for each least event.
        """
        wanted = least if event_ndims is None else event_ndims
        if isinstance(wanted, Tensor):
            found = constant_value(wanted)
            if found is None:
                raise ValueError(f"The event_ndims given to {self.name} must be known while building.")
            wanted = int(found)
        more = int(wanted) - least
        if more < 0:
            raise ValueError(f"event_ndims ({wanted}) must be at least {least} for {self.name}.")
        if more == 0:
            return change
        over = [-1 - i for i in range(least)]
        per_event = reduce_sum(value * 0.0, axis=over) if over else value * 0.0
        whole = per_event + change
        last = rank(whole)
        return reduce_sum(whole, axis=range_(last - more, last))

    def _name_scope(self, name: str, values: Sequence[Any]) -> Any:
        return _Scopes(self.name, name, [*values, *self._graph_parents])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} bijector '{self.name}'>"


class _Scopes:
    """The scope of a bijector, and in it that of a method."""

    def __init__(self, outer: str, inner: str, values: list[Any]) -> None:
        self._outer = name_scope(outer, values=values)
        self._inner = name_scope(inner)

    def __enter__(self) -> None:
        self._outer.__enter__()
        self._inner.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._inner.__exit__(*error)
        self._outer.__exit__(*error)


def _defines(bijector: Bijector, hook: str) -> bool:
    return getattr(type(bijector), hook) is not getattr(Bijector, hook)


def _snake_case(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))
