"""Putting values at coordinates: `ScatterNd` makes a tensor of zeros and updates, `TensorScatter*` change a tensor.

NumPy and XLA have different fast forms, so each op has a `kernel` for NumPy and a `lower` for XLA, out of one row of
`_COMBINATIONS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import ShapeTensorLike, TensorLike
from millpond.graph.opdef import Guard, OpDefinition, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops.array.gather import leading_sizes, linear_index, nd_in_range, nd_message
from millpond.shapes import TensorShape

_INDEX = "{int16, int32, int64}"


def _set(array: np.ndarray, places: Any, updates: np.ndarray) -> None:
    array[places] = updates


# How an update meets what is there: in place on a NumPy array of rows, and the method of a JAX array's `.at`.
_COMBINATIONS: dict[str, tuple[Callable[..., None], str]] = {
    "update": (_set, "set"), "add": (np.add.at, "add"), "sub": (np.subtract.at, "subtract"),
    "max": (np.maximum.at, "max"), "min": (np.minimum.at, "min"),
}


def _check_shapes(target: tuple[Any, ...], indices: tuple[Any, ...], updates: tuple[Any, ...]) -> int:
    """The depth of the coordinates; the sizes may be None where they are not known."""
    depth = indices[-1]
    if depth is None:
        return -1
    if depth > len(target):
        raise ValueError(f"The inner {depth} dimensions of the coordinates must be at most the rank of the output, "
                         f"{len(target)}")
    wanted = TensorShape.of((*indices[:-1], *target[depth:]))
    if not wanted.is_compatible_with(TensorShape.of(updates)):
        raise ValueError(f"Dimensions [0,{len(indices) - 1}) of indices {list(indices)} must match those of updates "
                         f"{list(updates)}, and the rest those of the output {list(target)}: updates must have shape "
                         f"{wanted}")
    return depth


def _rows(target: tuple[int, ...], depth: int) -> tuple[int, ...]:
    return int(np.prod(target[:depth], dtype=np.int64)), *target[depth:]


def _scatter_numpy(how: str, base: np.ndarray, indices: np.ndarray, updates: np.ndarray) -> np.ndarray:
    depth = _check_shapes(base.shape, indices.shape, updates.shape)
    rows = base.reshape(_rows(base.shape, depth))
    if updates.size:
        _COMBINATIONS[how][0](rows, linear_index(np, indices, base.shape[:depth]), updates)
    return rows.reshape(base.shape)


def _scatter_xla(jax: Jax, how: str, base: Any, indices: Any, updates: Any) -> Any:
    jnp = jax.numpy
    depth = _check_shapes(tuple(base.shape), tuple(indices.shape), tuple(updates.shape))
    if 0 in updates.shape or 0 in base.shape:
        return base
    rows = jnp.reshape(base, _rows(base.shape, depth))
    if how == "sub":
        how, updates = "add", jnp.negative(updates)
    place = rows.at[linear_index(jnp, indices, tuple(base.shape[:depth]))]
    return jnp.reshape(getattr(place, _COMBINATIONS[how][1])(updates), base.shape)


def _coordinates_ok(xp: ArrayModule, indices: Any, shape: tuple[int, ...]) -> Any:
    return nd_in_range(xp, indices, leading_sizes(shape, indices))


def _coordinates_message(indices: np.ndarray, shape: tuple[int, ...]) -> str:
    return nd_message(indices, leading_sizes(shape, indices), shape, "").replace("into  shape", "into shape")


# --- ScatterNd


def _scatter_nd_shape(indices: TensorShape, updates: TensorShape, shape: StaticInput) -> TensorShape:
    target = shape.as_shape()
    if target.sizes is not None and indices.sizes and updates.sizes is not None:
        _check_shapes(target.sizes, indices.sizes, updates.sizes)
    return target


def _scatter_nd_kernel(xp: ArrayModule, indices: Array, updates: Array, shape: Array) -> Array:
    zero: Any = b"" if updates.dtype == object else 0
    return _scatter_numpy("add", np.full(tuple(int(n) for n in shape), zero, updates.dtype), indices, updates)


def _scatter_nd_lower(jax: Jax, indices: Array, updates: Array, shape: Array) -> Array:
    base = jax.numpy.zeros(tuple(int(n) for n in shape), updates.dtype)
    return _scatter_xla(jax, "add", base, indices, updates)


def _scatter_nd_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [None, g.GatherNd(dy, op.inputs[0]), None]


SCATTER_ND = define_op(
    "ScatterNd", inputs="indices: Tindices, updates: T, shape: Tindices", outputs="output: T",
    attrs=f"T: type, Tindices: {_INDEX}", static_inputs=("shape",), shape=_scatter_nd_shape,
    kernel=_scatter_nd_kernel, lower=_scatter_nd_lower, gradient=_scatter_nd_gradient,
    guard=Guard(lambda xp, indices, updates, shape: _coordinates_ok(xp, indices, tuple(shape)),
                lambda indices, updates, shape: _coordinates_message(indices, tuple(shape)),
                ("indices",), InvalidArgumentError))


def scatter_nd(indices: TensorLike, updates: TensorLike, shape: ShapeTensorLike, name: str | None = None) -> Tensor:
    """A tensor of zeros with `updates` at coordinates `indices`; those that meet add up.

    Args:
      indices: Integers of shape `[..., depth]`, each row the coordinates of one update.
      updates: Values of shape `indices.shape[:-1] + shape[depth:]`.
      shape: The shape of the result, of the dtype of `indices`.
      name: Name of the node.

    Raises:
      ValueError: If the shapes do not fit.
      InvalidArgumentError: When run, if coordinates are out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.scatter_nd([[1], [3]], [5, 6], [4])))
      [0 5 0 6]
    """
    return SCATTER_ND(indices, updates, shape, name=name)


# --- TensorScatter*


def _tensor_scatter_shape(tensor: TensorShape, indices: TensorShape, updates: TensorShape) -> TensorShape:
    if indices.ndims == 0:
        raise ValueError("Shape must be at least rank 1 but is rank 0: indices must be at least a vector")
    if tensor.sizes is not None and indices.sizes is not None and updates.sizes is not None:
        _check_shapes(tensor.sizes, indices.sizes, updates.sizes)
    return tensor


def _tensor_scatter(type: str, how: str, gradient: Callable[..., Any]) -> OpDefinition:
    def kernel(xp: ArrayModule, tensor: Array, indices: Array, updates: Array) -> Array:
        return _scatter_numpy(how, np.array(tensor), indices, updates)

    def lower(jax: Jax, tensor: Array, indices: Array, updates: Array) -> Array:
        return _scatter_xla(jax, how, jax.numpy.asarray(tensor), indices, updates)

    return define_op(
        type, inputs="tensor: T, indices: Tindices, updates: T", outputs="output: T",
        attrs=f"T: type, Tindices: {_INDEX}", shape=_tensor_scatter_shape, kernel=kernel, lower=lower,
        gradient=gradient,
        guard=Guard(lambda xp, tensor, indices, updates: _coordinates_ok(xp, indices, tensor.shape),
                    lambda tensor, indices, updates: _coordinates_message(indices, tensor.shape),
                    ("indices",), InvalidArgumentError))


def _update_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    _, indices, updates = op.inputs
    return [g.TensorScatterUpdate(dy, indices, g.ZerosLike(updates)), None, g.GatherNd(dy, indices)]


def _add_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [dy, None, g.GatherNd(dy, op.inputs[1])]


def _sub_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [dy, None, g.Neg(g.GatherNd(dy, op.inputs[1]))]


def _extreme_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    """Shared equally among all that reached the extreme."""
    tensor, indices, updates = op.inputs
    output = op.outputs[0]
    stayed = g.cast(g.Equal(tensor, output), dy.dtype)
    won = g.cast(g.Equal(updates, g.GatherNd(output, indices)), dy.dtype)
    count = g.TensorScatterAdd(stayed, indices, won)
    share = g.RealDiv(dy, g.Maximum(count, g.constant(1, dy)))
    return [g.Mul(stayed, share), None, g.Mul(won, g.GatherNd(share, indices))]


TENSOR_SCATTER_UPDATE = _tensor_scatter("TensorScatterUpdate", "update", _update_gradient)
TENSOR_SCATTER_ADD = _tensor_scatter("TensorScatterAdd", "add", _add_gradient)
TENSOR_SCATTER_SUB = _tensor_scatter("TensorScatterSub", "sub", _sub_gradient)
TENSOR_SCATTER_MAX = _tensor_scatter("TensorScatterMax", "max", _extreme_gradient)
TENSOR_SCATTER_MIN = _tensor_scatter("TensorScatterMin", "min", _extreme_gradient)


def tensor_scatter_update(tensor: TensorLike, indices: TensorLike, updates: TensorLike,
                          name: str | None = None) -> Tensor:
    """`tensor` with `updates` in the place of what is at coordinates `indices` (see `tf.scatter_nd`).

    Args:
      tensor: A tensor.
      indices: Integers of shape `[..., depth]`, each row the coordinates of one update.
      updates: Values of shape `indices.shape[:-1] + tensor.shape[depth:]`.
      name: Name of the node.

    Raises:
      TypeError: If `updates` is not of the dtype of `tensor`.
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if coordinates are out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.tensor_scatter_update([1, 2, 3], [[1]], [9])))
      [1 9 3]
    """
    return TENSOR_SCATTER_UPDATE(tensor, indices, updates, name=name)


def tensor_scatter_add(tensor: TensorLike, indices: TensorLike, updates: TensorLike, name: str | None = None) -> Tensor:
    """`tensor` with `updates` added at coordinates `indices`; those that meet add up.

    Args:
      tensor: A tensor.
      indices: Integers of shape `[..., depth]`, each row the coordinates of one update.
      updates: Values of shape `indices.shape[:-1] + tensor.shape[depth:]`.
      name: Name of the node.

    Raises:
      TypeError: If `updates` is not of the dtype of `tensor`.
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if coordinates are out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.tensor_scatter_add([1, 2, 3], [[1], [1]], [10, 20])))
      [ 1 32  3]
    """
    return TENSOR_SCATTER_ADD(tensor, indices, updates, name=name)


def tensor_scatter_sub(tensor: TensorLike, indices: TensorLike, updates: TensorLike, name: str | None = None) -> Tensor:
    """`tensor` with `updates` subtracted at coordinates `indices`.

    Args:
      tensor: A tensor.
      indices: Integers of shape `[..., depth]`, each row the coordinates of one update.
      updates: Values of shape `indices.shape[:-1] + tensor.shape[depth:]`.
      name: Name of the node.

    Raises:
      TypeError: If `updates` is not of the dtype of `tensor`.
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if coordinates are out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.tensor_scatter_sub([1, 2, 3], [[1]], [10])))
      [ 1 -8  3]
    """
    return TENSOR_SCATTER_SUB(tensor, indices, updates, name=name)


def tensor_scatter_max(tensor: TensorLike, indices: TensorLike, updates: TensorLike, name: str | None = None) -> Tensor:
    """`tensor` with the larger of itself and `updates` at coordinates `indices`.

    Args:
      tensor: A tensor.
      indices: Integers of shape `[..., depth]`, each row the coordinates of one update.
      updates: Values of shape `indices.shape[:-1] + tensor.shape[depth:]`.
      name: Name of the node.

    Raises:
      TypeError: If `updates` is not of the dtype of `tensor`.
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if coordinates are out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.tensor_scatter_max([1, 2, 3], [[0], [2]], [9, 0])))
      [9 2 3]
    """
    return TENSOR_SCATTER_MAX(tensor, indices, updates, name=name)


def tensor_scatter_min(tensor: TensorLike, indices: TensorLike, updates: TensorLike, name: str | None = None) -> Tensor:
    """`tensor` with the smaller of itself and `updates` at coordinates `indices`.

    Args:
      tensor: A tensor.
      indices: Integers of shape `[..., depth]`, each row the coordinates of one update.
      updates: Values of shape `indices.shape[:-1] + tensor.shape[depth:]`.
      name: Name of the node.

    Raises:
      TypeError: If `updates` is not of the dtype of `tensor`.
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if coordinates are out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.tensor_scatter_min([1, 2, 3], [[0], [2]], [9, 0])))
      [1 2 0]
    """
    return TENSOR_SCATTER_MIN(tensor, indices, updates, name=name)
