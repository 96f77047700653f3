"""Sparse tensors of ids as places: ids and their values become one sparse tensor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.composite import SparseTensor
from millpond.ops.math.cast import cast
from millpond.ops.scoping import name_scope
from millpond.ops.sparse.places import as_sparse, sparse_reorder


def sparse_merge(sp_ids: SparseTensor | Sequence[SparseTensor], sp_values: SparseTensor,
                 vocab_size: int | Sequence[int], name: str | None = None,
                 already_sorted: bool = False) -> SparseTensor:
    """A sparse tensor in which the ids of an example are the places of its values.

    Args:
      sp_ids: The ids, a sparse tensor; or several, whose ids together are the places.
      sp_values: The values, a sparse tensor with the same places.
      vocab_size: How many ids there are; one number for each of several.
      name: Name of the scope.
      already_sorted: Whether the ids of each example are in ascending order.

    Returns:
      A sparse tensor of the shape of the ids but for the last dimension, which is of the size of the vocabulary.

    Raises:
      TypeError: If the values are no sparse tensor.
      ValueError: If there are not as many sizes as sparse tensors of ids.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     places = [[0, 0], [1, 0], [1, 1]]
      ...     ids = tf.SparseTensor(places, tf.constant([2, 3, 0], tf.int64), [2, 2])
      ...     values = tf.SparseTensor(places, [5.0, 6.0, 7.0], [2, 2])
      ...     print(sess.run(tf.sparse_tensor_to_dense(tf.sparse_merge(ids, values, 4))))
      [[0. 0. 5. 0.]
       [7. 0. 0. 6.]]
    """
    several = [sp_ids] if isinstance(sp_ids, SparseTensor) else list(sp_ids)
    sizes = [vocab_size] if isinstance(vocab_size, int | np.integer) else list(vocab_size)
    if len(several) != len(sizes):
        raise ValueError(f"sp_ids and vocab_size have to have equal lengths, got {len(several)} and {len(sizes)}")
    sp_values = as_sparse(sp_values, "sp_values")
    g = GradientBuilder()
    with name_scope(name, "SparseMerge", [sp_values.values]):
        ids = [as_sparse(one, "sp_ids") for one in several]
        first = ids[0]
        rank = first.indices.shape.as_list()[1] if first.indices.shape.ndims == 2 else None
        before = g.StridedSlice(first.indices, [0, 0], [0, -1], [1, 1], begin_mask=3, end_mask=1)
        columns = [g.ExpandDims(cast(one.values, dtypes.int64), 1) for one in ids]
        indices = g.ConcatV2([before, *columns], 1)
        if rank is not None:
            indices.set_shape([None, rank - 1 + len(ids)])
        shape = g.ConcatV2([g.StridedSlice(first.dense_shape, [0], [-1], [1], begin_mask=1),
                            g.constant(sizes, dtypes.int64)], 0)
        merged = SparseTensor(indices, sp_values.values, shape)
        return merged if already_sorted else sparse_reorder(merged)
