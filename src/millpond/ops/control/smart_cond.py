"""`smart_cond`: a choice that is made while the graph is built where its predicate is known then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from millpond.graph import static_values
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.default import is_tensor
from millpond.ops.control.cond import cond


def constant_value(pred: TensorLike) -> bool | None:
    """What a predicate is, as far as it is known while the graph is built.

    Args:
      pred: A Python or NumPy bool, 0 or 1, or a scalar tensor or variable.

    Returns:
      True or False; None for a tensor whose value only a run gives.

    Raises:
      TypeError: If it is something else.

    Example:
      >>> import millpond as tf
      >>> from millpond.python.layers import utils
      >>> with tf.Graph().as_default():
      ...     print(utils.constant_value(1), utils.constant_value(tf.placeholder(tf.bool)))
      True None
    """
    if isinstance(pred, (bool, np.bool_, int, np.integer)) and pred in (0, 1):
        return bool(pred)
    if not is_tensor(pred):
        raise TypeError("`pred` must be a tensor, a variable, a Python bool, 0 or 1, to choose by it. Found instead: "
                        f"{pred!r}")
    value = static_values.constant_value(convert_to_tensor(pred))
    return None if value is None else bool(value)


def smart_cond(pred: TensorLike, true_fn: Callable[[], Any], false_fn: Callable[[], Any],
               name: str | None = None) -> Any:
    """`tf.cond`, of which only one function is called where the predicate is known while the graph is built.

    Args:
      pred: A Python bool, 0 or 1, or a scalar bool tensor or variable.
      true_fn, false_fn: Functions without arguments, see `tf.cond`.
      name: Name of the scope of a `tf.cond`.

    Raises:
      TypeError: If the predicate is something else, or a function cannot be called.

    Example:
      >>> import millpond as tf
      >>> from millpond.python.layers import utils
      >>> with tf.Graph().as_default():
      ...     print(utils.smart_cond(False, lambda: tf.constant(1), lambda: "no node is made"))
      no node is made
    """
    for argument, function in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(function):
            raise TypeError(f"`{argument}` must be callable, got {function!r}")
    known = constant_value(pred)
    if known is None:
        return cond(pred, true_fn, false_fn, name=name)
    return true_fn() if known else false_fn()
