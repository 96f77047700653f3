"""Sparse tensors made, cut and turned: by other sparse ops and ops on their parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.composite import IndexedSlices, SparseTensor
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones, range_
from millpond.ops.array.gather import gather, gather_nd
from millpond.ops.array.identity import identity, placeholder
from millpond.ops.array.partitions import setdiff1d
from millpond.ops.array.shape import shape as shape_of
from millpond.ops.host.assertions import assert_greater_equal
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import not_equal, where
from millpond.ops.scoping import name_scope
from millpond.ops.sparse.dense import sparse_tensor_to_dense
from millpond.ops.sparse.merging import sparse_merge
from millpond.ops.sparse.places import as_sparse, sparse_reorder, sparse_reshape
from millpond.shapes import as_shape


def _rank(sparse: SparseTensor, what: str) -> int:
    rank = sparse.dense_shape.shape.num_elements()
    if rank is None:
        raise ValueError(f"{what} needs a sparse tensor of a known number of dimensions, got {sparse}")
    return rank


def sparse_placeholder(dtype: DTypeLike, shape: TensorLike | None = None, name: str | None = None) -> SparseTensor:
    """A sparse tensor that is fed: with a `SparseTensorValue`, or a tuple of indices, values and shape.

    Args:
      dtype: The dtype of its values.
      shape: Its shape, a list or a tensor; None where that, or a size of it, is known when it is fed.
      name: What the names of its parts begin with.

    Raises:
      TypeError: If the dtype is none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.sparse_placeholder(tf.float32)
      ...     dense = tf.sparse_tensor_to_dense(x)
      ...     print(sess.run(dense, {x: tf.SparseTensorValue([[0, 1]], [5.0], [1, 2])}))
      [[0. 5.]]
    """
    def part(suffix: str) -> str | None:
        return None if name is None else f"{name}/{suffix}"

    known = None if shape is None or isinstance(shape, Tensor) else as_shape(shape)
    if shape is None or (known is not None and not known.is_fully_defined()):
        rank = None if known is None else known.ndims
        dense_shape = placeholder(dtypes.int64, [rank], name=part("shape"))
    else:
        sizes = shape if known is None else known.as_list()
        dense_shape = convert_to_tensor(sizes, dtype=dtypes.int64, name=part("shape") or "Const")
        rank = dense_shape.shape.num_elements()
    values = placeholder(dtype, [None], name=part("values"))
    return SparseTensor(placeholder(dtypes.int64, [None, rank], name=part("indices")), values, dense_shape)


def sparse_retain(sp_input: SparseTensor, to_retain: TensorLike) -> SparseTensor:
    """Some elements of a sparse tensor.

    Args:
      sp_input: A sparse tensor.
      to_retain: For each element, whether it stays.

    Raises:
      TypeError: If `sp_input` is no sparse tensor.
      ValueError: If there are not as many bools as elements.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0], [2]], [5.0, 6.0], [3])
      ...     print(sess.run(tf.sparse_retain(x, [False, True])).values)
      [6.]
    """
    sp_input = as_sparse(sp_input)
    kept = convert_to_tensor(to_retain)
    kept.shape.assert_is_compatible_with(sp_input.values.shape)
    places = GradientBuilder().Reshape(where(kept), [-1])
    return SparseTensor(gather(sp_input.indices, places), gather(sp_input.values, places),
                        identity(sp_input.dense_shape))


def sparse_transpose(sp_input: SparseTensor, perm: TensorLike | None = None, name: str | None = None) -> SparseTensor:
    """A sparse tensor with its dimensions in another order.

    Args:
      sp_input: A sparse tensor.
      perm: The order; the reverse by default.
      name: Name of the scope.

    Raises:
      TypeError: If `sp_input` is no sparse tensor.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 1], [1, 0]], [5.0, 6.0], [2, 3])
      ...     print(sess.run(tf.sparse_transpose(x)).indices.tolist())
      [[0, 1], [1, 0]]
    """
    with name_scope(name, "SparseTranspose"):
        sp_input = as_sparse(sp_input)
        if perm is None:
            perm = np.arange(_rank(sp_input, "sparse_transpose"), dtype=np.int32)[::-1].copy()
        indices = gather(sp_input.indices, perm, axis=1)
        return sparse_reorder(SparseTensor(indices, sp_input.values, gather(sp_input.dense_shape, perm)))


def sparse_expand_dims(sp_input: SparseTensor, axis: int | None = None, name: str | None = None) -> SparseTensor:
    """A sparse tensor with a further dimension of size 1.

    Args:
      sp_input: A sparse tensor of a known number of dimensions.
      axis: Before which dimension; behind the last by default.
      name: Name of the scope.

    Raises:
      ValueError: If the axis is out of range, or the number of dimensions unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sparse.expand_dims(tf.SparseTensor([[1]], [5.0], [2]), 0)).indices)
      [[0 1]]
    """
    sp_input = as_sparse(sp_input)
    rank = _rank(sp_input, "sparse.expand_dims")
    axis = -1 if axis is None else axis
    if not -rank - 1 <= axis <= rank:
        raise ValueError(f"axis {axis} is not in [{-rank - 1}, {rank}]")
    place = axis % (rank + 1)
    with name_scope(name, "expand_dims"):
        g = GradientBuilder()
        before, after = g.Slice(sp_input.dense_shape, [0], [place]), g.Slice(sp_input.dense_shape, [place], [-1])
        return sparse_reshape(sp_input, g.ConcatV2([before, g.constant([1], dtypes.int64), after], 0))


def from_dense(tensor: TensorLike, name: str | None = None) -> SparseTensor:
    """The elements of a tensor that are not zero, or the empty string.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sparse.from_dense([0.0, 5.0])).indices)
      [[1]]
    """
    with name_scope(name, "dense_to_sparse"):
        x = convert_to_tensor(tensor)
        nothing: Any = "" if x.dtype.base_dtype is dtypes.string else np.zeros((), x.dtype.as_numpy_dtype)
        places = where(not_equal(x, nothing))
        return SparseTensor(places, gather_nd(x, places), shape_of(x, out_type=dtypes.int64))


def sparse_eye(num_rows: TensorLike, num_columns: TensorLike | None = None, dtype: DTypeLike = dtypes.float32,
               name: str | None = None) -> SparseTensor:
    """A sparse matrix with ones on its diagonal.

    Args:
      num_rows: How many rows it has.
      num_columns: How many columns; as many as rows by default.
      dtype: Its dtype.
      name: Name of the scope.

    Raises:
      TypeError: If the dtype is none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sparse.eye(2, 3)).indices.tolist())
      [[0, 0], [1, 1]]
    """
    g = GradientBuilder()
    with name_scope(name, "eye", [num_rows, num_columns]):
        rows = cast(convert_to_tensor(num_rows), dtypes.int64)
        columns = rows if num_columns is None else cast(convert_to_tensor(num_columns), dtypes.int64)
        length = g.Minimum(rows, columns)
        diagonal = range_(length, dtype=dtypes.int64)
        return SparseTensor(g.Pack([diagonal, diagonal], axis=1), ones(g.ExpandDims(length, 0), dtype),
                            g.Pack([rows, columns]))


def sparse_to_indicator(sp_input: SparseTensor, vocab_size: int, name: str | None = None) -> Tensor:
    """Which ids an example has, as bools.

    Args:
      sp_input: A sparse tensor of ids.
      vocab_size: How many ids there are.
      name: Name of the scope.

    Raises:
      TypeError: If `sp_input` is no sparse tensor.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.SparseTensor([[0, 0], [0, 1]], tf.constant([2, 0], tf.int64), [1, 2])
      ...     print(sess.run(tf.sparse_to_indicator(x, 3)))
      [[ True False  True]]
    """
    sp_input = as_sparse(sp_input)
    with name_scope(name, "SparseToIndicator", [sp_input.values]) as scope:
        marks = sp_input.with_values(GradientBuilder().Fill(shape_of(sp_input.values), True))
        return sparse_tensor_to_dense(sparse_merge(sp_input, marks, vocab_size), False, validate_indices=False,
                                      name=scope)


def sparse_reset_shape(sp_input: SparseTensor, new_shape: TensorLike | None = None) -> SparseTensor:
    """The same elements in a larger shape, or in the smallest that has room for them.

    Args:
      sp_input: A sparse tensor.
      new_shape: The shape; by default as small as may be.

    Raises:
      TypeError: If `sp_input` is no sparse tensor.
      ValueError: If the new shape is of other dimensions.
      tf.errors.InvalidArgumentError: If a size is less than before.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sparse_reset_shape(tf.SparseTensor([[0, 1]], [5.0], [9, 9]))).dense_shape)
      [1 2]
    """
    sp_input = as_sparse(sp_input)
    g = GradientBuilder()
    indices, values, old = identity(sp_input.indices), identity(sp_input.values), identity(sp_input.dense_shape)
    if new_shape is None:
        none = g.Fill(shape_of(old, out_type=dtypes.int64), np.int64(-1))
        highest = g.Maximum(g.Max(indices, 0), none)
        return SparseTensor(indices, values, g.AddV2(highest, g.constant(1, highest)))
    wanted = convert_to_tensor(new_shape, dtype=dtypes.int64)
    wanted.shape.assert_is_compatible_with(old.shape)
    with default_graph().control_dependencies([assert_greater_equal(wanted, old)]):
        return SparseTensor(indices, values, identity(wanted))


def sparse_mask(a: IndexedSlices, mask_indices: TensorLike, name: str | None = None) -> IndexedSlices:
    """Slices without those of some indices.

    Args:
      a: The slices.
      mask_indices: The indices that are left out.
      name: Name of the scope.

    Raises:
      TypeError: If the indices are no integers.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     a = tf.IndexedSlices(tf.constant([5.0, 6.0]), tf.constant([1, 4]))
      ...     print(sess.run(tf.sparse_mask(a, [4]).values))
      [5.]
    """
    with name_scope(name, "sparse_mask", [a.values, mask_indices]) as scope:
        left, places = setdiff1d(a.indices, mask_indices)
        return IndexedSlices(gather(a.values, places, name=scope), left, a.dense_shape)
