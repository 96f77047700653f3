"""`tf.custom_gradient`: a function with a gradient of its own."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable
from typing import Any

from millpond.autodiff.registry import RegisterGradient
from millpond.graph import building
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import lookup
from millpond.graph.tensor import Tensor

_numbers = itertools.count()


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: `f(*xs)` returns `(ys, grad)`, where `grad(*dys)` gives the cotangents of `xs`.

    Raises:
      NotImplementedError: If `grad` asks for `variables`, the cotangents of variables used inside `f`.

    Example:
      >>> import millpond as tf
      >>> @tf.custom_gradient
      ... def clipped_log1pexp(x):
      ...     e = tf.exp(x)
      ...     return tf.log(1.0 + e), lambda dy: dy * (1.0 - 1.0 / (1.0 + e))
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.constant(100.0)
      ...     print(sess.run(tf.gradients(clipped_log1pexp(x), x)))
      [np.float32(1.0)]
    """

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        graph = building.graph_of(args)
        with graph.as_default():
            xs = [lookup("Identity")(convert_to_tensor(x)) for x in args]
            result, grad = f(*xs, **kwargs)
            if "variables" in inspect.signature(grad).parameters:
                raise NotImplementedError("tf.custom_gradient with a grad function that takes `variables`")
            ys = list(result) if isinstance(result, (list, tuple)) else [result]
            ys = [convert_to_tensor(y) for y in ys]
            outputs = with_gradient(graph, ys, xs, grad)
        return outputs[0] if not isinstance(result, (list, tuple)) else type(result)(outputs)

    return decorated


def with_gradient(graph: Any, ys: list[Tensor], xs: list[Tensor], grad: Callable[..., Any]) -> list[Tensor]:
    """Hands `ys` on through a node whose gradient goes straight to `xs`."""
    name = f"CustomGradient-{next(_numbers)}"

    @RegisterGradient(name)
    def _gradient(op: Any, *dys: Any) -> list[Any]:
        dxs = grad(*dys[:len(ys)])
        dxs = list(dxs) if isinstance(dxs, (list, tuple)) else [dxs]
        if len(dxs) != len(xs):
            raise ValueError(f"custom gradient function gave {len(dxs)} gradients for {len(xs)} arguments")
        return [None] * len(ys) + dxs

    with graph.gradient_override_map({"IdentityN": name}):
        outputs = lookup("IdentityN")([*ys, *xs])
    return outputs[:len(ys)]


def grad_pass_through(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f` with the gradient of the identity: cotangents go through as if `f` were not there.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.constant(1.4)
      ...     y = tf.grad_pass_through(tf.round)(x)
      ...     print(sess.run([y, tf.gradients(y, x)[0]]))
      [np.float32(1.0), np.float32(1.0)]
    """

    @custom_gradient
    def passed(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs), lambda *dys: dys[0] if len(dys) == 1 else dys

    return passed
