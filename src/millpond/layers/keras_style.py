"""Layers that keep their variables as Keras's do: each layer its own, whatever variable scopes are open.

State of the process: whether new layers are of this style, which a scope or the whole program may ask for. It is read
when a layer is made, and set by no library on its own, so it has no lock.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from millpond import dtypes
from millpond.graph.argument_types import ShapeLike
from millpond.variables import initializers
from millpond.variables.variable import Variable

_is_on = False


@contextlib.contextmanager
def keras_style_scope() -> Iterator[None]:
    """Has layers and recurrent cells that are made inside keep variables of their own, as Keras's layers do.

    They take part in no variable scope: two of one name share nothing, and are called after the name scope. Their
    updates are in `layer.updates`, not in a collection.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.layers.experimental.keras_style_scope():
      ...     first, second = tf.layers.Dense(2, name="same"), tf.layers.Dense(2, name="same")
      ...     y, z = first(tf.ones([1, 3])), second(tf.ones([1, 3]))
      ...     print([layer.kernel.name for layer in (first, second)])
      ['same/kernel:0', 'same_1/kernel:0']
    """
    global _is_on
    before, _is_on = _is_on, True
    try:
        yield
    finally:
        _is_on = before


def set_keras_style() -> None:
    """Does for the rest of the program what `tf.layers.experimental.keras_style_scope` does for a block."""
    global _is_on
    _is_on = True


def is_asked_for(scope: Any, reuse: Any) -> bool:
    """Whether a layer that is made now is of this style.

    Args:
      scope, reuse: What is said of its variable scope: for a layer of this style nothing may be.

    Raises:
      ValueError: If it is, and something is.
    """
    for argument, value in (("scope", scope), ("reuse", reuse)):
        if _is_on and value is not None:
            raise ValueError(f"{argument} argument not allowed when keras style layers are enabled, but saw: "
                             f"{value!r}. Call the layer again to share its variables, and name a layer, not a "
                             "function of tf.layers.")
    return _is_on


def own_variable(name: str, shape: ShapeLike, dtype: dtypes.DType, initializer: Any, **kwargs: Any) -> Variable:
    """A variable of a layer alone.

    Args:
      name: Its name in the name scope.
      shape, dtype: Its shape and dtype.
      initializer: From a shape and a dtype to the first value, or a class of such; by default Glorot's uniform for
        floats, zeros for other numbers.
      **kwargs: See `tf.Variable`.
    """
    if initializer is None:
        initializer = initializers.GlorotUniform() if dtype.is_floating or dtype.is_complex else initializers.Zeros()
    make: Callable[..., Any] = initializer() if isinstance(initializer, type) else initializer
    return Variable(lambda: make(shape, dtype=dtype), name=name, dtype=dtype, use_resource=True, **kwargs)
