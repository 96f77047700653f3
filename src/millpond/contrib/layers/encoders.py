"""Texts as vectors: each word by its row in a table that is learned."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.collections import GraphKeys
from millpond.graph.composite import SparseTensor
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.gather import gather, gather_nd
from millpond.ops.array.partitions import unique
from millpond.ops.array.shape import reshape
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import not_equal, where
from millpond.ops.math.reduction import reduce_mean
from millpond.ops.nn.embedding import embedding_lookup, embedding_lookup_sparse
from millpond.ops.scoping import name_scope
from millpond.variables.scope import get_variable, variable_scope

_COLLECTIONS = [GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES]


def embed_sequence(ids: TensorLike, vocab_size: int | None = None, embed_dim: int | None = None, unique: bool = False,
                   initializer: Any = None, regularizer: Any = None, trainable: bool = True, scope: Any = None,
                   reuse: bool | None = None) -> Tensor:
    """Sequences of word numbers as sequences of vectors.

    Args:
      ids: Whole numbers below `vocab_size`, `[batch, length]`.
      vocab_size: How many words there are.
      embed_dim: The size of a vector.
      unique: Whether each word is looked up once only.
      initializer, regularizer: Of the table, the variable `embeddings`.
      trainable: Whether the table is trained.
      scope: The variable scope; `EmbedSequence` by default.
      reuse: Whether the table is there already; then the sizes may be left out.

    Returns:
      `[batch, length, embed_dim]`.

    Raises:
      ValueError: If the sizes are left out of a table that is new.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     words = tf.placeholder(tf.int32, [None, 7])
      ...     print(tf.contrib.layers.embed_sequence(words, 100, 5).shape, tf.trainable_variables())
      (?, 7, 5) [<tf.Variable 'EmbedSequence/embeddings:0' shape=(100, 5) dtype=float32_ref>]
    """
    if not (reuse or (vocab_size and embed_dim)):
        raise ValueError("Must specify vocab size and embedding dimension when not reusing. Got "
                         f"vocab_size={vocab_size} and embed_dim={embed_dim}")
    with variable_scope(scope, "EmbedSequence", [ids], reuse=reuse):
        shape = None if vocab_size is None or embed_dim is None else [vocab_size, embed_dim]
        table = get_variable("embeddings", shape, initializer=initializer, regularizer=regularizer,
                             trainable=trainable, collections=_COLLECTIONS)
        return (embedding_lookup_unique if unique else embedding_lookup)(table, ids)


def bow_encoder(ids: Any, vocab_size: int, embed_dim: int, sparse_lookup: bool = True, initializer: Any = None,
                regularizer: Any = None, trainable: bool = True, scope: Any = None,
                reuse: bool | None = None) -> Tensor:
    """Texts as the means of their words' vectors.

    Args:
      ids: Whole numbers below `vocab_size`, `[batch, length]`, dense or sparse.
      vocab_size: How many words there are.
      embed_dim: The size of a vector.
      sparse_lookup: Whether 0 in dense `ids` is no word.
      initializer, regularizer: Of the table, the variable `embeddings`.
      trainable: Whether the table is trained.
      scope: The variable scope; `bow_encoder` by default.
      reuse: Whether the table is there already.

    Returns:
      `[batch, embed_dim]`.

    Raises:
      TypeError: If `ids` are sparse and `sparse_lookup` is False.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(bow_encoder(tf.constant([[1, 2, 0]]), vocab_size=5, embed_dim=3).shape)
      (?, 3)
    """
    if not sparse_lookup and isinstance(ids, SparseTensor):
        raise TypeError(f"ids are expected to be dense Tensor, got: {ids}")
    with variable_scope(scope, "bow_encoder", [ids], reuse=reuse):
        table = get_variable("embeddings", [vocab_size, embed_dim], initializer=initializer, regularizer=regularizer,
                             trainable=trainable, collections=_COLLECTIONS)
        if not sparse_lookup:
            return reduce_mean(embedding_lookup(table, ids), axis=1)
        words = ids if isinstance(ids, SparseTensor) else _without_zeros(convert_to_tensor(ids))
        return embedding_lookup_sparse([table], words, None, combiner="mean", name="word_embeddings")


def _without_zeros(ids: Tensor) -> SparseTensor:
    indices = where(not_equal(ids, GradientBuilder().constant(0, ids)))
    return SparseTensor(indices, gather_nd(ids, indices), cast(GradientBuilder().Shape(ids), np.int64))


def embedding_lookup_unique(params: Any, ids: TensorLike, partition_strategy: str = "mod",
                            name: str | None = None) -> Tensor:
    """Rows of a table by their numbers, each of which is looked up once, however often it occurs.

    Args:
      params: The table: a tensor or variable, or a list of its parts.
      ids: Numbers of rows, in any shape.
      partition_strategy: How the table is cut into parts; see `tf.nn.embedding_lookup`.
      name: Name of the scope.

    Returns:
      The rows, of the shape of `ids` and that of a row.

    Raises:
      ValueError: If there is no part.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.layers.embedding_lookup_unique(tf.constant([1.5, 2.5]), [[1, 0], [1, 1]])))
      [[2.5 1.5]
       [2.5 2.5]]
    """
    with name_scope(name, "EmbeddingLookupUnique", [params, ids]):
        ids = convert_to_tensor(ids)
        g = GradientBuilder()
        few, places = unique(reshape(ids, [-1]))
        rows = embedding_lookup(params, few, partition_strategy)
        found = reshape(gather(rows, places), g.ConcatV2([g.Shape(ids), g.Shape(rows)[1:]], 0))
        found.set_shape(ids.shape.concatenate(rows.shape[1:]))
        return found
