"""Sequences of categories, and how long sequences are."""

from __future__ import annotations

import collections
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.feature_column.base import CategoricalColumn, IdWeightPair, WrappingColumn, buckets_of, sparse_of
from millpond.graph.composite import SparseTensor
from millpond.graph.tensor import Tensor
from millpond.ops.math.cast import cast
from millpond.ops.math.segment import segment_max
from millpond.ops.scoping import name_scope
from millpond.ops.sparse.places import sparse_reshape

_SEQUENCE = collections.namedtuple("_SEQUENCE", "categorical_column")


class SequenceCategoricalColumn(_SEQUENCE, WrappingColumn, CategoricalColumn):
    """Sequences of categories; see `tf.feature_column.sequence_categorical_column_with_identity` and others."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return self.categorical_column.name

    @property
    def num_buckets(self) -> int:
        return buckets_of(self.categorical_column)

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        return transformation_cache.get(self.categorical_column, state_manager)

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any) -> IdWeightPair:
        return self.get_sequence_sparse_tensors(transformation_cache, state_manager)

    def get_sequence_sparse_tensors(self, transformation_cache: Any, state_manager: Any) -> IdWeightPair:
        """The categories as sparse tensors `[batch, time, categories of a step]`."""
        found = sparse_of(self.categorical_column, transformation_cache, state_manager)
        g = GradientBuilder()

        def stepwise(sparse: SparseTensor | None) -> SparseTensor | None:
            if sparse is None:
                return None
            shape = sparse.dense_shape
            rest = g.Prod(g.StridedSlice(shape, [2], [0], [1], end_mask=1), [0], keep_dims=True)
            outer = g.StridedSlice(shape, [0], [2], [1], begin_mask=1)
            result = sparse_reshape(sparse, g.ConcatV2([outer, rest], 0))
            result.indices.set_shape([None, 3])
            return result

        ids = stepwise(found.id_tensor)
        assert ids is not None
        return IdWeightPair(ids, stepwise(found.weight_tensor))


def sequence_length_from_sparse_tensor(sp_tensor: SparseTensor, num_elements: int = 1) -> Tensor:
    """How many steps each row of a sparse tensor `[batch, time, ...]` has.

    Args:
      sp_tensor: The sparse tensor.
      num_elements: How many elements of the second dimension make a step.

    Returns:
      An int64 vector `[batch]`.

    Raises:
      ValueError: If it is no sparse tensor of at least two dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], [1.0, 2.0, 3.0], [4, 2])
      ...     print(sess.run(sequence_length_from_sparse_tensor(x)))
      [2 0 1 0]
    """
    g = GradientBuilder()
    with name_scope(None, "sequence_length"):
        rows, columns = (g.StridedSlice(sp_tensor.indices, [0, place], [0, place + 1], [1, 1], begin_mask=1,
                                        end_mask=1, shrink_axis_mask=2) for place in (0, 1))
        last = segment_max(g.AddV2(columns, g.constant(1, columns)), rows)
        steps = cast(g.Ceil(g.RealDiv(cast(last, dtypes.float64), np.float64(num_elements))), dtypes.int64)
        batch = g.StridedSlice(sp_tensor.dense_shape, [0], [1], [1], shrink_axis_mask=1)
        missing = g.Sub(batch, cast(g.StridedSlice(g.Shape(steps), [0], [1], [1], shrink_axis_mask=1), dtypes.int64))
        return g.ConcatV2([steps, g.Fill(g.ExpandDims(missing, 0), np.int64(0))], 0, name="sequence_length")
