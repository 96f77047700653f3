"""Joining strings: those of several tensors, and those of one along its axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import range_
from millpond.ops.array.shape import rank
from millpond.ops.math.reduction import reduced_axes, reduction_shape, renamed
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _string_join_shape(inputs: list[TensorShape]) -> TensorShape:
    result = TensorShape([])
    for shape in inputs:
        if shape.sizes != ():
            result = shape if result.sizes == () else result.merge_with(shape)
    return result


def _string_join_kernel(context: HostContext, inputs: Sequence[Array], *, separator: str) -> Array:
    shapes = {part.shape for part in inputs if part.ndim}
    if len(shapes) > 1:
        raise InvalidArgumentError(
            None,
            None,
            "Input shapes do not match: strings are joined one by one, got "
            f"{[list(part.shape) for part in inputs]}",
        )
    glue = separator.encode("utf-8", "surrogateescape")
    parts: Sequence[Array] = np.broadcast_arrays(*inputs)
    joined = np.empty(parts[0].shape, dtype=object)
    for place in np.ndindex(joined.shape):
        joined[place] = glue.join(part[place] for part in parts)
    return joined


STRING_JOIN = define_op(
    "StringJoin",
    inputs="inputs: N * string",
    outputs="output: string",
    attrs="N: int >= 1, separator: string = ''",
    shape=_string_join_shape,
    kernel=_string_join_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


def string_join(inputs: Sequence[TensorLike], separator: str = "", name: str | None = None) -> Tensor:
    """Strings, each put together from one of every input.

    Args:
      inputs: String tensors of one shape; those of no dimensions join every string.
      separator: Stands between two parts.
      name: Name of the node.

    Raises:
      ValueError: If the shapes differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.string_join(["a", "b"], separator="/")))
      b'a/b'
    """
    return STRING_JOIN(inputs, separator=separator, name=name)


def _reduce_join_kernel(context: HostContext, inputs: Array, reduction_indices: Array, *, keep_dims: bool,
                        separator: str) -> Array:
    axes = reduced_axes(reduction_indices, inputs.ndim)
    kept = [axis for axis in np.arange(inputs.ndim).tolist() if axis not in axes]
    # The axis that is named first is joined first, so it runs fastest.
    ordered = inputs.transpose(*kept, *reversed(axes)).reshape(*[inputs.shape[axis] for axis in kept],
                                                               math.prod(inputs.shape[axis] for axis in axes))
    glue = separator.encode("utf-8", "surrogateescape")
    joined = np.empty(ordered.shape[:-1], object)
    for place in np.ndindex(joined.shape):
        joined[place] = glue.join(ordered[place])
    sizes = [1 if axis in axes else size for axis, size in enumerate(inputs.shape)]
    return joined.reshape(sizes) if keep_dims else joined


REDUCE_JOIN = define_op(
    "ReduceJoin", inputs="inputs: string, reduction_indices: int32", outputs="output: string",
    attrs="keep_dims: bool = False, separator: string = ''", static_inputs=("reduction_indices",),
    static_rule=lambda op: (), shape=reduction_shape, kernel=_reduce_join_kernel, gradient=NOT_DIFFERENTIABLE,
    host=True)


def reduce_join(inputs: TensorLike, axis: TensorLike | None = None, keep_dims: bool | None = None, separator: str = "",
                name: str | None = None, reduction_indices: TensorLike | None = None,
                keepdims: bool | None = None) -> Tensor:
    """Strings joined along axes.

    Args:
      inputs: Strings of any shape.
      axis: An axis or a list of axes; of several, the first is joined first. None for all, the last one first.
      keep_dims: Older name of `keepdims`.
      separator: Stands between two strings.
      name: Name of the node.
      reduction_indices: Older name of `axis`.
      keepdims: Whether the axes stay, with size 1.

    Returns:
      Strings, without the axes.

    Raises:
      ValueError: If an axis is out of range, or given under both names.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.reduce_join([["a", "b"], ["c", "d"]], axis=1, separator="-")))
      [b'a-b' b'c-d']
    """
    axis = renamed("axis", axis, "reduction_indices", reduction_indices)
    keeps = bool(renamed("keepdims", keepdims, "keep_dims", keep_dims))
    with name_scope(name, "ReduceJoin", [inputs]):
        inputs = convert_to_tensor(inputs, name="inputs")
        if axis is None:
            ndims = inputs.shape.ndims
            axis = range_(rank(inputs) - 1, -1, -1) if ndims is None else np.arange(ndims, dtype=np.int32)[::-1]
        return REDUCE_JOIN(inputs, axis, keep_dims=keeps, separator=separator)
