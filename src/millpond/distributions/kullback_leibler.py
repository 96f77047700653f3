"""Divergences between distributions, registered by pairs of classes.

State: `_divergences`, which `RegisterKL` fills while modules are imported.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import identity
from millpond.ops.host.assertions import Assert
from millpond.ops.math.comparison import logical_not
from millpond.ops.math.elementwise import is_nan
from millpond.ops.math.reduction import reduce_any
from millpond.ops.scoping import name_scope

_Function = TypeVar("_Function", bound=Callable[..., Any])

_divergences: dict[tuple[type, type], Callable[..., Tensor]] = {}


def kl_divergence(distribution_a: Any, distribution_b: Any, allow_nan_stats: bool = True,
                  name: str | None = None) -> Tensor:
    """The Kullback-Leibler divergence `E_a[log(a(X) / b(X))]`.

    Args:
      distribution_a, distribution_b: Distributions.
      allow_nan_stats: Whether the result may be NaN, in place of an error in the run.
      name: Prefix of the operations.

    Returns:
      A tensor of the shape of the batch.

    Raises:
      NotImplementedError: If no divergence is registered for the two classes.
      tf.errors.InvalidArgumentError: In the run, if the result is NaN and may not be.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     a, b = tf.distributions.Normal(0.0, 1.0), tf.distributions.Normal(1.0, 1.0)
      ...     print(sess.run(tf.distributions.kl_divergence(a, b)))
      0.5
    """
    rule = _registered(type(distribution_a), type(distribution_b))
    if rule is None:
        raise NotImplementedError(
            "No KL(distribution_a || distribution_b) registered for distribution_a type "
            f"{type(distribution_a).__name__} and distribution_b type {type(distribution_b).__name__}: register one "
            "with @tf.distributions.RegisterKL.")
    with name_scope("KullbackLeibler"):
        divergence = rule(distribution_a, distribution_b, name=name)
        if allow_nan_stats:
            return divergence
        check = Assert(logical_not(reduce_any(is_nan(divergence))), [
            f"KL calculation between {distribution_a.name} and {distribution_b.name} returned NaN values (and was "
            "called with allow_nan_stats=False). Values:", divergence])
        with default_graph().control_dependencies([check]):
            return identity(divergence, name="checked_kl")


def cross_entropy(ref: Any, other: Any, allow_nan_stats: bool = True, name: str | None = None) -> Tensor:
    """The cross entropy `-E_ref[log other(X)]`: the entropy of `ref`, and its divergence to `other`.

    Args:
      ref, other: Distributions.
      allow_nan_stats: Whether the result may be NaN, in place of an error in the run.
      name: Prefix of the operations.

    Raises:
      NotImplementedError: If no divergence is registered for the two classes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     fair = tf.distributions.Bernoulli(probs=0.5)
      ...     print(sess.run(tf.contrib.distributions.cross_entropy(fair, fair) / tf.log(2.0)))
      1.0
    """
    with name_scope(name, "cross_entropy"):
        return ref.entropy() + kl_divergence(ref, other, allow_nan_stats=allow_nan_stats)


class RegisterKL:
    """Registers a function as the divergence between two classes of distributions, and their subclasses.

    Args:
      dist_cls_a, dist_cls_b: The classes. The function is called as `function(a, b, name=None)`.

    Example:
      >>> import millpond as tf
      >>> class A(tf.distributions.Normal): pass
      >>> @tf.distributions.RegisterKL(A, A)
      ... def a_to_a(a, b, name=None):
      ...     return tf.zeros([])
      >>> with tf.Graph().as_default():
      ...     print(tf.distributions.kl_divergence(A(0.0, 1.0), A(1.0, 1.0)).op.type)
      Const
    """

    def __init__(self, dist_cls_a: type, dist_cls_b: type) -> None:
        self._key = (dist_cls_a, dist_cls_b)

    def __call__(self, kl_fn: _Function) -> _Function:
        """Registers a function.

        Raises:
          TypeError: If it cannot be called.
          ValueError: If there is one for the two classes.
        """
        if not callable(kl_fn):
            raise TypeError(f"kl_fn must be callable, received: {kl_fn}")
        if self._key in _divergences:
            raise ValueError(f"KL({self._key[0].__name__} || {self._key[1].__name__}) has already been registered to: "
                             f"{_divergences[self._key]}")
        _divergences[self._key] = kl_fn
        return kl_fn


def _registered(class_a: type, class_b: type) -> Callable[..., Tensor] | None:
    """The rule for the nearest base classes of both."""
    bases_a, bases_b = inspect.getmro(class_a), inspect.getmro(class_b)
    found = [(i + j, i, rule) for i, base_a in enumerate(bases_a) for j, base_b in enumerate(bases_b)
             if (rule := _divergences.get((base_a, base_b))) is not None]
    return min(found, key=lambda item: item[:2])[2] if found else None
