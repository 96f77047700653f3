"""Ops that set some rows (`scatter_*`) or elements (`scatter_nd_*`) of a variable, on references and on resources.

NumPy and XLA have different fast forms for this, so each op has a `kernel` for NumPy and a `lower` for XLA; both come
out of one row of `_COMBINATIONS`. Where an index is given twice, additions and products add up, and the last
assignment stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from millpond.autodiff.registry import undefined_gradient
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike, VariableLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, Guard, OpDefinition, define_op, lookup
from millpond.graph.rule_types import Array, ArrayModule, Jax
from millpond.graph.tensor import Tensor
from millpond.ops.dtype_sets import INDEX, NUMBERS, REALS
from millpond.ops.not_a_number import highest, lowest, without_nan
from millpond.ops.scoping import name_scope
from millpond.ops.state.assign import is_resource
from millpond.shapes import TensorShape


class _Combination(NamedTuple):
    """How what stands in the variable and what is given become one."""

    in_place: Callable[..., None]  # on NumPy: (array, index, updates)
    on_device: Callable[..., Any]  # on XLA: (jnp, array, index, updates)
    dtypes: str


def _assign_in_place(array: np.ndarray, index: Any, updates: np.ndarray) -> None:
    array[index] = updates


def _divide_in_place(array: np.ndarray, index: Any, updates: np.ndarray) -> None:
    if array.dtype.kind not in "iu":
        np.divide.at(array, index, updates)
        return
    divisors = np.ones_like(array)
    np.multiply.at(divisors, index, updates)
    array[...] = _truncated_division(np, array, divisors)


def _divide_on_device(jnp: ArrayModule, array: Array, index: Array, updates: Array) -> Array:
    divisors = jnp.ones_like(array).at[index].multiply(updates)
    if array.dtype.kind in "iu":
        return _truncated_division(jnp, array, divisors)
    return jnp.divide(array, divisors)


def _truncated_division(xp: ArrayModule, x: Array, y: Array) -> Array:
    """Integer division that rounds towards zero."""
    quotient = xp.floor_divide(x, y)
    is_inexact = xp.not_equal(xp.multiply(quotient, y), x)
    is_negative = xp.not_equal(xp.less(x, 0), xp.less(y, 0))
    return xp.where(xp.logical_and(is_inexact, is_negative), xp.add(quotient, xp.ones((), dtype=x.dtype)), quotient)


_COMBINATIONS = {
    "Update": _Combination(_assign_in_place, lambda jnp, a, i, u: a.at[i].set(u), "type"),
    "Add": _Combination(np.add.at, lambda jnp, a, i, u: a.at[i].add(u), NUMBERS),
    "Sub": _Combination(np.subtract.at, lambda jnp, a, i, u: a.at[i].subtract(u), NUMBERS),
    "Mul": _Combination(np.multiply.at, lambda jnp, a, i, u: a.at[i].multiply(u), NUMBERS),
    "Div": _Combination(_divide_in_place, _divide_on_device, NUMBERS),
    "Min": _Combination(lambda a, i, u: np.minimum.at(a, i, without_nan(np, u, highest(u.dtype))),
                        lambda jnp, a, i, u: a.at[i].min(without_nan(jnp, u, highest(u.dtype))), REALS),
    "Max": _Combination(lambda a, i, u: np.maximum.at(a, i, without_nan(np, u, lowest(u.dtype))),
                        lambda jnp, a, i, u: a.at[i].max(without_nan(jnp, u, lowest(u.dtype))), REALS),
}


# Rows: the index is the first dimension.

def _rows_shape(ref: TensorShape, indices: TensorShape, updates: TensorShape) -> TensorShape:
    if updates.sizes not in (None, ()) and indices.sizes is not None and ref.sizes is not None:
        TensorShape.of((*indices.sizes, *ref.sizes[1:])).merge_with(updates)
    return ref


def _check_rows(ref: Any, indices: Any, updates: Any) -> None:
    expected = (*indices.shape, *ref.shape[1:])
    if updates.shape not in ((), expected):
        raise ValueError(f"updates must have shape {list(expected)} (that of the indices, then of a row) or be a "
                         f"scalar, got {list(updates.shape)}")


def _rows_ok(xp: ArrayModule, ref: Array, indices: Array, updates: Array) -> Array:
    in_range = xp.logical_and(xp.greater_equal(indices, 0), xp.less(indices, ref.shape[0] if ref.ndim else 0))
    return xp.all(in_range)


def _rows_message(ref: Array, indices: Array, updates: Array) -> str:
    rows = ref.shape[0] if ref.ndim else 0
    place = np.argwhere(np.logical_or(indices < 0, indices >= rows))[0]
    return (f"indices{[int(i) for i in place]} = {indices[tuple(place)]} is not in [0, {rows}): the variable has "
            f"{rows} rows")


def _division_ok(xp: ArrayModule, ref: Array, indices: Array, updates: Array) -> Array:
    in_range = _rows_ok(xp, ref, indices, updates)
    if 0 in indices.shape:
        return in_range  # nothing is divided
    return xp.logical_and(in_range, xp.all(xp.not_equal(updates, 0))) if updates.dtype.kind in "iu" else in_range


def _division_message(ref: Array, indices: Array, updates: Array) -> str:
    if not _rows_ok(np, ref, indices, updates):
        return _rows_message(ref, indices, updates)
    return "Integer division by zero: the updates hold a 0"


def _rows_kernel(combination: _Combination) -> Callable[..., Any]:
    def kernel(xp: ArrayModule, ref: Array, indices: Array, updates: Array) -> Array:
        _check_rows(ref, indices, updates)
        result = np.array(ref)
        combination.in_place(result, indices, updates)
        return result
    return kernel


def _rows_lower(combination: _Combination) -> Callable[..., Any]:
    def lower(jax: Jax, ref: Array, indices: Array, updates: Array) -> Array:
        _check_rows(ref, indices, updates)
        return combination.on_device(jax.numpy, jax.numpy.asarray(ref), indices, updates)
    return lower


# Elements: the last dimension of the indices is a place in the variable.

def _elements_shape(ref: TensorShape, indices: TensorShape, updates: TensorShape) -> TensorShape:
    if ref.sizes is None or not indices.sizes or indices.sizes[-1] is None:
        return ref
    depth = indices.sizes[-1]
    if depth > len(ref.sizes):
        raise ValueError(f"an index of {depth} numbers is too long for a variable of shape {ref}")
    TensorShape.of((*indices.sizes[:-1], *ref.sizes[depth:])).merge_with(updates)
    return ref


def _check_elements(ref: Any, indices: Any, updates: Any) -> None:
    if indices.ndim == 0 or indices.shape[-1] > ref.ndim:
        raise ValueError(f"the last dimension of indices, {list(indices.shape)}, must be a place in a variable of "
                         f"shape {list(ref.shape)}")
    expected = (*indices.shape[:-1], *ref.shape[indices.shape[-1]:])
    if updates.shape != expected:
        raise ValueError(f"updates must have shape {list(expected)}, got {list(updates.shape)}")


def _limits(ref: Any, indices: Any) -> np.ndarray:
    return np.array(ref.shape[:indices.shape[-1]] if indices.ndim else (), dtype=indices.dtype)


def _elements_ok(xp: ArrayModule, ref: Array, indices: Array, updates: Array) -> Array:
    if not indices.ndim or indices.shape[-1] > ref.ndim:
        return np.array(True)  # a misfit of shapes, which the kernel reports
    return xp.all(xp.logical_and(xp.greater_equal(indices, 0), xp.less(indices, _limits(ref, indices))))


def _elements_message(ref: Array, indices: Array, updates: Array) -> str:
    place = np.argwhere(np.any(np.logical_or(indices < 0, indices >= _limits(ref, indices)), axis=-1))[0]
    return (f"indices{[int(i) for i in place]} = {indices[tuple(place)].tolist()} does not index into a variable of "
            f"shape {list(ref.shape)}")


def _places(xp: ArrayModule, indices: Any) -> tuple[Any, ...]:
    return tuple([indices[..., i] for i in range(indices.shape[-1])])


def _elements_kernel(combination: _Combination) -> Callable[..., Any]:
    def kernel(xp: ArrayModule, ref: Array, indices: Array, updates: Array) -> Array:
        _check_elements(ref, indices, updates)
        result = np.array(ref)
        combination.in_place(result, _places(np, indices), updates)
        return result
    return kernel


def _elements_lower(combination: _Combination) -> Callable[..., Any]:
    def lower(jax: Jax, ref: Array, indices: Array, updates: Array) -> Array:
        _check_elements(ref, indices, updates)
        return combination.on_device(jax.numpy, jax.numpy.asarray(ref), _places(jax.numpy, indices), updates)
    return lower


def _without_output(rule: Callable[..., TensorShape]) -> Callable[..., tuple[TensorShape, ...]]:
    """The rule of an op that sets a resource: the same checks, and no output."""
    def check(resource: TensorShape, indices: TensorShape, updates: TensorShape) -> tuple[TensorShape, ...]:
        rule(resource, indices, updates)
        return ()

    return check


def _define(type: str, way: str, elements: bool, resource: bool) -> OpDefinition:
    combination = _COMBINATIONS[way]
    # Ops on the rows of a resource call its input `resource` and its dtype `dtype`.
    ref, value = ("resource", "dtype") if resource and not elements else ("ref", "T")
    locking = "" if resource and not elements else f", use_locking: bool = {resource or way == 'Update'}"
    # TensorFlow says of these that they have no gradient, and nothing of the others.
    stops = ("Update", "Add", "Sub") if elements else ("Add", "Sub", "Mul", "Div")
    gradient = NOT_DIFFERENTIABLE if way in stops and not (elements and resource) else undefined_gradient
    shape: Callable[..., Any] = _elements_shape if elements else _rows_shape
    if resource:
        shape = _without_output(shape)
    if elements:
        kernel, lower = _elements_kernel(combination), _elements_lower(combination)
        guard = Guard(_elements_ok, _elements_message, ("indices",), InvalidArgumentError)
    else:
        kernel, lower = _rows_kernel(combination), _rows_lower(combination)
        guard = Guard(_rows_ok, _rows_message, ("indices",), InvalidArgumentError)
        if way == "Div":
            guard = Guard(_division_ok, _division_message, ("indices", "updates"), InvalidArgumentError)
    return define_op(type, inputs=f"{ref}: {'resource' if resource else 'Ref(T)'}, indices: Tindices, updates: {value}",
                     outputs="" if resource else "output_ref: Ref(T)",
                     attrs=f"{value}: {combination.dtypes}, Tindices: {INDEX}{locking}", shape=shape, kernel=kernel,
                     lower=lower, gradient=gradient, writes=(ref,), reads=(ref,), guard=guard)


ROWS = {way: _define(f"Scatter{way}", way, elements=False, resource=False) for way in _COMBINATIONS}
ELEMENTS = {way: _define(f"ScatterNd{way}", way, elements=True, resource=False)
            for way in ("Update", "Add", "Sub", "Min", "Max")}
RESOURCE_ROWS = {way: _define(f"ResourceScatter{way}", way, elements=False, resource=True) for way in _COMBINATIONS}
RESOURCE_ELEMENTS = {way: _define(f"ResourceScatterNd{way}", way, elements=True, resource=True)
                     for way in ("Update", "Add", "Sub", "Min", "Max")}


def _scatter(way: str, ref: Any, indices: Any, updates: Any, use_locking: bool, name: str | None) -> Tensor:
    if is_resource(ref):
        return ref.scatter_rows(way, indices, updates, name)
    return ROWS[way](ref, indices, updates, use_locking=use_locking, name=name)


def _scatter_nd(way: str, ref: Any, indices: Any, updates: Any, use_locking: bool, name: str | None) -> Tensor:
    if is_resource(ref):
        return ref.scatter_elements(way, indices, updates, name)
    return ELEMENTS[way](ref, indices, updates, use_locking=use_locking, name=name)


def scatter_update(ref: VariableLike, indices: TensorLike, updates: TensorLike, use_locking: bool = True,
                   name: str | None = None) -> Tensor:
    """Sets rows of a variable: `ref[indices[i]] = updates[i]`; of rows named twice the last one stays.

    Args:
      ref: A variable of shape `[n, d1, ...]`.
      indices: int32 or int64 tensor of any shape, with values in [0, n).
      updates: Tensor of the shape of `indices` followed by `[d1, ...]`, or a scalar.
      use_locking: Accepted; an update is always whole.
      name: Name of the node.

    Returns:
      A reference to the variable: its value is the one after the update.

    Raises:
      tf.errors.InvalidArgumentError: At run time, if an index is out of range; the variable has not changed then.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable([1, 2, 3])
      ...     sess.run(v.initializer)
      ...     print(sess.run(tf.scatter_update(v, [0, 2], [7, 9])))
      [7 2 9]
    """
    return _scatter("Update", ref, indices, updates, use_locking, name)


def scatter_add(ref: VariableLike, indices: TensorLike, updates: TensorLike, use_locking: bool = False,
                name: str | None = None) -> Tensor:
    """Adds to rows of a variable, all of those that are named twice.

    Args:
      ref: A variable.
      indices: int32 or int64 tensor: the rows, by their numbers.
      updates: Tensor of shape `indices.shape + ref.shape[1:]`, or a scalar for all.
      use_locking: Accepted; an update is always whole.
      name: Name of the node.

    Raises:
      TypeError: If `updates` is not of the dtype of the variable.
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if an index is out of range; the variable has not changed then.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable([1, 2, 3])
      ...     sess.run(v.initializer)
      ...     print(sess.run(tf.scatter_add(v, [0, 0], [10, 20])))
      [31  2  3]
    """
    return _scatter("Add", ref, indices, updates, use_locking, name)


def scatter_sub(ref: VariableLike, indices: TensorLike, updates: TensorLike, use_locking: bool = False,
                name: str | None = None) -> Tensor:
    """Subtracts from rows of a variable.

    Args:
      ref: A variable.
      indices: int32 or int64 tensor: the rows, by their numbers.
      updates: Tensor of shape `indices.shape + ref.shape[1:]`, or a scalar for all.
      use_locking: Accepted; an update is always whole.
      name: Name of the node.

    Raises:
      TypeError: If `updates` is not of the dtype of the variable.
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if an index is out of range; the variable has not changed then.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable([1, 2, 3])
      ...     sess.run(v.initializer)
      ...     print(sess.run(tf.scatter_sub(v, [1], [10])))
      [ 1 -8  3]
    """
    return _scatter("Sub", ref, indices, updates, use_locking, name)


def scatter_mul(ref: VariableLike, indices: TensorLike, updates: TensorLike, use_locking: bool = False,
                name: str | None = None) -> Tensor:
    """Multiplies rows of a variable.

    Args:
      ref: A variable.
      indices: int32 or int64 tensor: the rows, by their numbers.
      updates: Tensor of shape `indices.shape + ref.shape[1:]`, or a scalar for all.
      use_locking: Accepted; an update is always whole.
      name: Name of the node.

    Raises:
      TypeError: If `updates` is not of the dtype of the variable.
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if an index is out of range; the variable has not changed then.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable([1, 2, 3])
      ...     sess.run(v.initializer)
      ...     print(sess.run(tf.scatter_mul(v, [1], [10])))
      [ 1 20  3]
    """
    return _scatter("Mul", ref, indices, updates, use_locking, name)


def scatter_div(ref: VariableLike, indices: TensorLike, updates: TensorLike, use_locking: bool = False,
                name: str | None = None) -> Tensor:
    """Divides rows of a variable, integers towards zero.

    Args:
      ref: A variable.
      indices: int32 or int64 tensor: the rows, by their numbers.
      updates: Tensor of shape `indices.shape + ref.shape[1:]`, or a scalar for all.
      use_locking: Accepted; an update is always whole.
      name: Name of the node.

    Raises:
      TypeError: If `updates` is not of the dtype of the variable.
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if an index is out of range; the variable has not changed then.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable([10, 20, 30])
      ...     sess.run(v.initializer)
      ...     print(sess.run(tf.scatter_div(v, [0, 2], [5, 10])))
      [ 2 20  3]
    """
    return _scatter("Div", ref, indices, updates, use_locking, name)


def scatter_min(ref: VariableLike, indices: TensorLike, updates: TensorLike, use_locking: bool = False,
                name: str | None = None) -> Tensor:
    """Takes the smaller of a variable's rows and `updates`.

    Args:
      ref: A variable.
      indices: int32 or int64 tensor: the rows, by their numbers.
      updates: Tensor of shape `indices.shape + ref.shape[1:]`, or a scalar for all.
      use_locking: Accepted; an update is always whole.
      name: Name of the node.

    Raises:
      TypeError: If `updates` is not of the dtype of the variable.
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if an index is out of range; the variable has not changed then.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable([1, 2, 3])
      ...     sess.run(v.initializer)
      ...     print(sess.run(tf.scatter_min(v, [0, 2], [9, 0])))
      [1 2 0]
    """
    return _scatter("Min", ref, indices, updates, use_locking, name)


def scatter_max(ref: VariableLike, indices: TensorLike, updates: TensorLike, use_locking: bool = False,
                name: str | None = None) -> Tensor:
    """Takes the larger of a variable's rows and `updates`.

    Args:
      ref: A variable.
      indices: int32 or int64 tensor: the rows, by their numbers.
      updates: Tensor of shape `indices.shape + ref.shape[1:]`, or a scalar for all.
      use_locking: Accepted; an update is always whole.
      name: Name of the node.

    Raises:
      TypeError: If `updates` is not of the dtype of the variable.
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if an index is out of range; the variable has not changed then.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable([1, 2, 3])
      ...     sess.run(v.initializer)
      ...     print(sess.run(tf.scatter_max(v, [0, 2], [9, 0])))
      [9 2 3]
    """
    return _scatter("Max", ref, indices, updates, use_locking, name)


def scatter_nd_update(ref: VariableLike, indices: TensorLike, updates: TensorLike, use_locking: bool = True,
                      name: str | None = None) -> Tensor:
    """Sets elements or slices of a variable: `ref[indices[i, ..., :]] = updates[i, ...]`.

    Args:
      ref: A variable.
      indices: int32 or int64 tensor `[d1, ..., k]`; each `[k]` is a place in the first k dimensions of `ref`.
      updates: Tensor of shape `[d1, ...]` followed by the last dimensions of `ref`, from k on.
      use_locking: Accepted; an update is always whole.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: At run time, if an index is out of range; the variable has not changed then.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable([[1, 2], [3, 4]])
      ...     sess.run(v.initializer)
      ...     print(sess.run(tf.scatter_nd_update(v, [[0, 1], [1, 0]], [9, 8])))
      [[1 9]
       [8 4]]
    """
    return _scatter_nd("Update", ref, indices, updates, use_locking, name)


def scatter_nd_add(ref: VariableLike, indices: TensorLike, updates: TensorLike, use_locking: bool = False,
                   name: str | None = None) -> Tensor:
    """Adds to elements or slices of a variable.

    Args:
      ref: A variable.
      indices: int32 or int64 tensor `[..., depth]`, each row the coordinates of one update.
      updates: Tensor of shape `indices.shape[:-1] + ref.shape[depth:]`.
      use_locking: Accepted; an update is always whole.
      name: Name of the node.

    Raises:
      TypeError: If `updates` is not of the dtype of the variable.
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if an index is out of range; the variable has not changed then.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable([[1, 2], [3, 4]])
      ...     sess.run(v.initializer)
      ...     print(sess.run(tf.scatter_nd_add(v, [[1, 0]], [10])))
      [[ 1  2]
       [13  4]]
    """
    return _scatter_nd("Add", ref, indices, updates, use_locking, name)


def scatter_nd_sub(ref: VariableLike, indices: TensorLike, updates: TensorLike, use_locking: bool = False,
                   name: str | None = None) -> Tensor:
    """Subtracts from elements or slices of a variable.

    Args:
      ref: A variable.
      indices: int32 or int64 tensor `[..., depth]`, each row the coordinates of one update.
      updates: Tensor of shape `indices.shape[:-1] + ref.shape[depth:]`.
      use_locking: Accepted; an update is always whole.
      name: Name of the node.

    Raises:
      TypeError: If `updates` is not of the dtype of the variable.
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if an index is out of range; the variable has not changed then.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable([[1, 2], [3, 4]])
      ...     sess.run(v.initializer)
      ...     print(sess.run(tf.scatter_nd_sub(v, [[1, 0]], [10])))
      [[ 1  2]
       [-7  4]]
    """
    return _scatter_nd("Sub", ref, indices, updates, use_locking, name)


def batch_scatter_update(ref: VariableLike, indices: TensorLike, updates: TensorLike, use_locking: bool = True,
                         name: str | None = None) -> Tensor:
    """Sets rows of a variable in each batch: `ref[b, indices[b, i]] = updates[b, i]`.

    Args:
      ref: A variable of shape `[b1, ..., n, ...]`.
      indices: int32 or int64 tensor `[b1, ..., k]` of known shape, with values in [0, n).
      updates: Tensor of shape `[b1, ..., k, ...]`.
      use_locking: Accepted; an update is always whole.
      name: Name of the scope.

    Raises:
      ValueError: If the shape of `indices` is not known while building.
      tf.errors.InvalidArgumentError: At run time, if an index is out of range; the variable has not changed then.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable([[1, 2], [3, 4]])
      ...     sess.run(v.initializer)
      ...     print(sess.run(tf.batch_scatter_update(v, [[0], [1]], [[10], [40]])))
      [[10  2]
       [ 3 40]]
    """
    with name_scope(name, "BatchScatterUpdate", [ref, indices, updates]):
        indices = convert_to_tensor(indices, name="indices")
        if not indices.shape.is_fully_defined():
            raise ValueError(f"batch_scatter_update needs indices of known shape, got {indices}")
        batches = np.indices(indices.shape.as_list(), dtype=indices.dtype.np_dtype)[:-1]
        places = lookup("Pack")([*batches, indices], axis=-1)
        return scatter_nd_update(ref, places, updates, use_locking)


def slices_of(sparse_delta: Any) -> IndexedSlices:
    """The argument of a variable's `scatter_*` method, checked.

    Raises:
      TypeError: If it is no `tf.IndexedSlices`.
    """
    if not isinstance(sparse_delta, IndexedSlices):
        raise TypeError(f"sparse_delta is not a tf.IndexedSlices: {sparse_delta!r}. Give tf.IndexedSlices(values, "
                        "indices), or use the function of that name: tf.scatter_add(ref, indices, updates).")
    return sparse_delta
