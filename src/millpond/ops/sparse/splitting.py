"""A sparse tensor split into several along a dimension."""

from __future__ import annotations

import numpy as np

from millpond import dtypes
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import SparseTensor
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.ops import shape_rules
from millpond.ops.math.reduction import renamed
from millpond.ops.sparse.places import as_sparse
from millpond.shapes import TensorShape


def _split_shape(split_dim: TensorShape, indices: TensorShape, values: TensorShape, shape: TensorShape, *,
                 num_split: int) -> tuple[TensorShape, ...]:
    (rank,) = shape_rules.sizes_of(shape_rules.with_rank(shape, 1))
    return tuple([TensorShape.of((None, rank))] * num_split + [shape_rules.VECTOR] * num_split
                 + [TensorShape.of((rank,))] * num_split)


def _split_kernel(context: HostContext, split_dim: Array, indices: Array, values: Array, shape: Array, *,
                  num_split: int) -> list[Array]:
    axis, rank = int(split_dim.ravel()[0]), len(shape)
    if not -rank <= axis < rank:
        raise InvalidArgumentError(None, None, f"Input split_dim should be in [{-rank}, {rank}), got {axis}")
    axis %= rank
    size = int(shape[axis])
    if num_split > size:
        raise InvalidArgumentError(None, None, f"Input num_split should be between 1 and the splitting dimension size "
                                   f"({size}), got {num_split}")
    # What is left over goes to the first parts, one element to each.
    ends = np.cumsum([size // num_split + (part < size % num_split) for part in range(num_split)])
    part_of = np.searchsorted(ends, indices[:, axis], side="right")
    found: list[list[Array]] = [[], [], []]
    for part, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        here = part_of == part
        places, sizes = indices[here], shape.copy()
        places[:, axis] -= start
        sizes[axis] = end - start
        for list_, value in zip(found, (places, values[here], sizes), strict=True):
            list_.append(value)
    return [value for values_of in found for value in values_of]


SPARSE_SPLIT = define_op(
    "SparseSplit", inputs="split_dim: int64, indices: int64, values: T, shape: int64",
    outputs="output_indices: num_split * int64, output_values: num_split * T, output_shape: num_split * int64",
    attrs="num_split: int >= 1, T: type", shape=_split_shape, kernel=_split_kernel, gradient=NOT_DIFFERENTIABLE,
    host=True)


def sparse_split(keyword_required: None = None, sp_input: SparseTensor | None = None, num_split: int | None = None,
                 axis: TensorLike | None = None, name: str | None = None,
                 split_dim: TensorLike | None = None) -> list[SparseTensor]:
    """A sparse tensor split into parts along a dimension; the first are larger where it cannot be divided.

    Args:
      keyword_required: Nothing: the arguments are given by name, for their order has changed.
      sp_input: A sparse tensor.
      num_split: How many parts.
      axis: The dimension.
      name: Name of the node.
      split_dim: Older name of `axis`.

    Returns:
      A list of sparse tensors.

    Raises:
      ValueError: If an argument is not given, or not by name.
      TypeError: If `sp_input` is no sparse tensor.
      tf.errors.InvalidArgumentError: When run, if there is no such dimension, or it is smaller than `num_split`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 1], [0, 2]], [5.0, 6.0], [1, 3])
      ...     parts = tf.sparse_split(sp_input=x, num_split=2, axis=1)
      ...     print(sess.run([part.dense_shape for part in parts]))
      [array([1, 2]), array([1, 1])]
    """
    axis = renamed("axis", axis, "split_dim", split_dim)
    if keyword_required is not None:
        raise ValueError("sparse_split takes its arguments by name: sp_input=..., num_split=..., axis=...")
    if sp_input is None or num_split is None or axis is None:
        raise ValueError("sparse_split needs sp_input, num_split and axis")
    sp_input = as_sparse(sp_input)
    axis = convert_to_tensor(axis, dtype=dtypes.int64, name="split_dim")
    found = SPARSE_SPLIT(axis, sp_input.indices, sp_input.values, sp_input.dense_shape, num_split=num_split, name=name)
    return [SparseTensor(*parts) for parts in zip(*found, strict=True)]
