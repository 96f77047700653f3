"""Gradients that users register: `RegisterGradient`, `NoGradient`, and the names of `gradient_override_map`.

State: the registered functions by name; it only grows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.opdef import NOT_DIFFERENTIABLE
from millpond.graph.operation import Operation

_registered: dict[str, Any] = {}


class RegisterGradient:
    """Decorator that registers `f(op, *grads)` as the gradient of an op type, or under any name.

    Example:
      >>> import millpond as tf
      >>> @tf.RegisterGradient("DoubledIdentity")
      ... def _doubled(op, grad):
      ...     return 2.0 * grad
      >>> graph = tf.Graph()
      >>> with graph.as_default(), tf.Session() as sess:
      ...     x = tf.constant(1.0)
      ...     with graph.gradient_override_map({"Identity": "DoubledIdentity"}):
      ...         y = tf.identity(x)
      ...     print(sess.run(tf.gradients(y, x)))
      [np.float32(2.0)]
    """

    def __init__(self, op_type: str) -> None:
        if not isinstance(op_type, str):
            raise TypeError("op_type must be a string")
        self._op_type = op_type

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if self._op_type in _registered:
            raise KeyError(f"Registering two gradients with name '{self._op_type}'")
        _registered[self._op_type] = function
        return function


def no_gradient(op_type: str) -> None:
    """Says that an op type has no gradient."""
    if not isinstance(op_type, str):
        raise TypeError("op_type must be a string")
    _registered[op_type] = NOT_DIFFERENTIABLE


def undefined_gradient(_: GradientBuilder, op: Operation, *__: Any) -> NoReturn:
    """The gradient rule of an op for which none is defined: differentiating it is an error, and no silent None.

    Raises:
      LookupError: Always.
    """
    raise LookupError(f"No gradient defined for operation '{op.name}' (op type: {op.type}). Use tf.stop_gradient to "
                      "take what it gives as a constant.")


def gradient_rule(op: Operation) -> tuple[Any, bool]:
    """The rule for an operation, and whether it is a user's (`f(op, *dys)`) or our own (`f(g, op, *dys)`).

    Raises:
      LookupError: If a name in `gradient_override_map` was never registered.
    """
    if op.gradient_type is not None:
        try:
            return _registered[op.gradient_type], True
        except KeyError:
            raise LookupError(f"No gradient defined for operation '{op.name}': gradient_override_map names "
                              f"'{op.gradient_type}', which is not registered with tf.RegisterGradient.") from None
    if op.type in _registered:
        return _registered[op.type], True
    return op.definition.gradient, False
