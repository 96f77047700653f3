"""Comparing gradients with differences: `tf.test.compute_gradient`.

The Jacobian of y by x is a matrix with a row for each number of x and a column for each number of y; a complex number
counts as two, its real and its imaginary part. By the gradients it is made column by column, feeding `grad_ys` with a
single one; by differences row by row,

    (y(x + delta e_i) - y(x - delta e_i)) / (2 delta)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.gradients import gradients
from millpond.graph import stacks
from millpond.graph.composite import IndexedSlices, IndexedSlicesValue
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import placeholder

_DTYPES = {dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64, dtypes.complex64, dtypes.complex128}
Jacobians = tuple[np.ndarray, np.ndarray]


def compute_gradient(x: Any, x_shape: Any, y: Any, y_shape: Any, x_init_value: Any = None, delta: float = 1e-3,
                     init_targets: Any = None, extra_feed_dict: dict[Any, Any] | None = None) -> Any:
    """The Jacobian of `y` by `x`, by the gradients and by differences, in the default session.

    Args:
      x: A tensor of floating or complex numbers, or a list of them.
      x_shape: Its shape, or a list of one for each.
      y: A tensor.
      y_shape: Its shape.
      x_init_value: Where to differentiate; by default at random numbers in [0, 1).
      delta: Step of the differences.
      init_targets: Operations to run first.
      extra_feed_dict: What else to feed.

    Returns:
      `(theoretical, numerical)`, arrays `[size of x, size of y]`; for a list of tensors, a list of such pairs.

    Raises:
      ValueError: If there is no default session, y does not depend on x, or the gradient is of another shape than x
        (where y is empty, it must be zero too).
      TypeError: If x or y is of another dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session():
      ...     x = tf.constant([1.0, 3.0])
      ...     theory, numbers = tf.test.compute_gradient(x, [2], x * x, [2], x_init_value=np.array([1.0, 3.0]))
      >>> theory.tolist(), np.abs(theory - numbers).max() < 1e-2
      ([[2.0, 0.0], [0.0, 6.0]], np.True_)
    """
    y = convert_to_tensor(y)
    session = stacks.session_for(y.graph, None, "compute a gradient")
    for target in init_targets or ():
        session.run(target)
    if not isinstance(x, (list, tuple)):
        return _check(session, x, x_shape, y, y_shape, x_init_value, delta, extra_feed_dict or {})
    starts = x_init_value if x_init_value is not None else [None] * len(x)
    for what, given in (("x_shape", x_shape), ("x_init_value", starts)):
        if len(given) != len(x):
            raise ValueError(f"x is a list of {len(x)} tensors, but {what} has {len(given)} items.")
    return [_check(session, one, shape, y, y_shape, start, delta, extra_feed_dict or {})
            for one, shape, start in zip(x, x_shape, starts, strict=True)]


def compute_gradient_error(x: Any, x_shape: Any, y: Any, y_shape: Any, x_init_value: Any = None, delta: float = 1e-3,
                           init_targets: Any = None, extra_feed_dict: dict[Any, Any] | None = None) -> float:
    """The largest difference between the two Jacobians of `compute_gradient`; NaN if there is one in either.

    Args:
      x, x_shape, y, y_shape, x_init_value, delta, init_targets, extra_feed_dict: As in `compute_gradient`.

    Raises:
      ValueError, TypeError: As in `compute_gradient`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session():
      ...     x = tf.constant([1.0, 3.0])
      ...     tf.test.compute_gradient_error(x, [2], 2.0 * x, [2]) < 1e-2
      True
    """
    pairs = compute_gradient(x, x_shape, y, y_shape, x_init_value, delta, init_targets, extra_feed_dict)
    differences = [np.abs(theory - numbers).ravel()
                   for theory, numbers in ([pairs] if isinstance(pairs, tuple) else pairs)]
    # NumPy's maximum does not pass over NaN, as Python's may.
    return float(np.max(np.concatenate([np.zeros(1), *differences])))


def _check(session: Any, x: Any, x_shape: Sequence[int], y: Tensor, y_shape: Sequence[int], start: Any, delta: float,
           feeds: dict[Any, Any]) -> Jacobians:
    x_dtype = dtypes.as_dtype(x.dtype).base_dtype
    for what, dtype in (("x", x_dtype), ("y", y.dtype)):
        if dtype not in _DTYPES:
            raise TypeError(f"Only floating and complex numbers have gradients, but {what} is of dtype {dtype.name}.")
    x_shape, y_shape = tuple(x_shape), tuple(y_shape)
    at = _start(start, x_shape, x_dtype)
    with y.graph.as_default():
        one = placeholder(y.dtype, y_shape, name="grad_y")
        (gradient,) = gradients(y, x, grad_ys=one)
    if gradient is None:
        raise ValueError(f"tf.gradients gives None: {y.name} does not depend on {x.name}.")
    return (_by_gradients(session, gradient, one, y_shape, {**feeds, x: at}, at),
            _by_differences(session, x, at, y, y_shape, delta, feeds))


def _start(start: Any, shape: tuple[int, ...], dtype: dtypes.DType) -> np.ndarray:
    if start is None:
        values = np.random.random_sample(shape)
        return np.asarray(values + 1j * np.random.random_sample(shape) if dtype.is_complex else values,
                          dtype.as_numpy_dtype)
    array = np.array(start, dtype.as_numpy_dtype)
    if array.shape != shape:
        raise ValueError(f"x_init_value is of shape {list(array.shape)}, but x_shape is {list(shape)}.")
    return array


def _numbers(array: np.ndarray) -> np.ndarray:
    """The real numbers of an array, one after another; a view where the array allows it."""
    flat = array.reshape(-1)
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def _by_gradients(session: Any, gradient: Any, one: Tensor, y_shape: tuple[int, ...], feeds: dict[Any, Any],
                  at: np.ndarray) -> np.ndarray:
    cotangent = np.zeros(y_shape, one.dtype.as_numpy_dtype)
    jacobian = np.zeros((_numbers(at).size, _numbers(cotangent).size), _numbers(at).dtype)

    def run() -> np.ndarray:
        value = _dense(session.run(gradient, {**feeds, one: cotangent}), gradient, at)
        if value.shape != at.shape:
            kind = "Gradient" if cotangent.size else "Empty gradient"
            raise ValueError(f"{kind} has wrong shape: expected {at.shape}, got {value.shape}")
        return value

    for column in range(jacobian.shape[1]):
        _numbers(cotangent)[column] = 1
        jacobian[:, column] = _numbers(run())
        _numbers(cotangent)[column] = 0
    if not cotangent.size and run().any():
        raise ValueError("Empty tensor with nonzero gradients")
    return jacobian


def _dense(value: Any, gradient: Any, at: np.ndarray) -> np.ndarray:
    if not isinstance(gradient, IndexedSlices):
        return np.asarray(value)
    assert isinstance(value, IndexedSlicesValue)
    dense = np.zeros_like(at)
    np.add.at(dense, value.indices, value.values)
    return dense


def _by_differences(session: Any, x: Any, at: np.ndarray, y: Tensor, y_shape: tuple[int, ...], delta: float,
                    feeds: dict[Any, Any]) -> np.ndarray:
    columns = _numbers(np.zeros(y_shape, y.dtype.as_numpy_dtype)).size
    jacobian = np.zeros((_numbers(at).size, columns), _numbers(at).dtype)
    for row in range(jacobian.shape[0]):
        ends = []
        for step in (delta, -delta):
            moved = at.copy()
            _numbers(moved)[row] += step
            ends.append(_numbers(np.asarray(session.run(y, {**feeds, x: moved}))))
        jacobian[row] = (ends[0] - ends[1]) / (2 * delta)
    return jacobian
