"""How attention scores a query against the keys of a memory, and how the memory's end is kept out of it.

- multiplicative (M.-T. Luong et al., 2015): `score[t] = query . keys[t]`;
- additive (D. Bahdanau et al., 2014): `score[t] = v . tanh(keys[t] + query)`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import nested
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.default import control_dependencies
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import fill, ones_like
from millpond.ops.array.gather import one_hot
from millpond.ops.array.join import concat
from millpond.ops.array.shape import expand_dims, rank, reshape, shape, squeeze
from millpond.ops.host.assertions import assert_positive
from millpond.ops.linalg.matrix import matmul
from millpond.ops.math.arg_extremes import argmax
from millpond.ops.math.arithmetic import add, multiply
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import where
from millpond.ops.math.elementwise import rsqrt, square
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.math.sequences import sequence_mask
from millpond.ops.math.trigonometry import tanh
from millpond.ops.scoping import name_scope
from millpond.seq2seq.beams import size_of


def prepared_memory(memory: Any, memory_sequence_length: TensorLike | None = None,
                    memory_mask: TensorLike | None = None, check_inner_dims_defined: bool = True) -> Any:
    """A memory as tensors, which are 0 after the end of each entry.

    Args:
      memory: [batch, time, ...], or a structure of such.
      memory_sequence_length: Integers [batch], where each entry ends; None if all of it counts.
      memory_mask: Booleans [batch, time] in its place: what counts.
      check_inner_dims_defined: Whether all dimensions of the memory but batch and time must be known.

    Raises:
      ValueError: If they are not, or both a length and a mask are given.

    Example:
      >>> import millpond as tf
      >>> from millpond.seq2seq.attention_scores import prepared_memory
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(prepared_memory(tf.ones([1, 3, 1]), [2]))[0, :, 0])
      [1. 1. 0.]
    """
    memory = nested.map_structure(lambda m: convert_to_tensor(m, name="memory"), memory)
    if check_inner_dims_defined:
        for m in nested.flatten(memory):
            if not m.shape[2:].is_fully_defined():
                raise ValueError(f"Expected memory {m.name} to have fully defined inner dims, but saw shape: {m.shape}")
    _check_one(memory_sequence_length, memory_mask)
    first = nested.flatten(memory)[0]
    if memory_sequence_length is not None:
        lengths = convert_to_tensor(memory_sequence_length, name="memory_sequence_length")
        mask = sequence_mask(lengths, maxlen=size_of(first, 1), dtype=first.dtype)
    elif memory_mask is not None:
        mask = cast(memory_mask, first.dtype)
    else:
        return memory
    return nested.map_structure(lambda m: multiply(m, _to_rank_of(mask, m)), memory)


def _check_one(memory_sequence_length: Any, memory_mask: Any) -> None:
    if memory_sequence_length is not None and memory_mask is not None:
        raise ValueError("memory_sequence_length and memory_mask can't be provided at same time.")


def _to_rank_of(mask: Tensor, m: Tensor) -> Tensor:
    if m.shape.ndims is not None:
        for axis in range(2, m.shape.ndims):
            mask = expand_dims(mask, axis)
        return mask
    ones = fill(expand_dims(rank(m) - 2, 0), 1)
    return reshape(mask, concat([shape(mask), ones], 0))


def length_mask(memory_sequence_length: TensorLike, time: Any) -> Tensor:
    """Booleans [batch, time]: what belongs to the memory. Every entry must have something."""
    lengths = convert_to_tensor(memory_sequence_length, name="memory_sequence_length")
    check = assert_positive(lengths, message="All values in memory_sequence_length must be greater than zero.")
    with control_dependencies([check]):
        return sequence_mask(lengths, maxlen=time)


def masked_score(score: Tensor, memory_sequence_length: TensorLike | None = None,
                 memory_mask: TensorLike | None = None, score_mask_value: Any = None) -> Tensor:
    """Scores in which what does not count has another value.

    Args:
      score: Floats [batch, time].
      memory_sequence_length: Integers [batch], where each entry of the memory ends; None if all of it counts.
      memory_mask: Booleans [batch, time] in its place: what counts.
      score_mask_value: The value, minus infinity by default.

    Raises:
      ValueError: If both a length and a mask are given.
      tf.errors.InvalidArgumentError: When run, if a length is not positive.

    Example:
      >>> import millpond as tf
      >>> from millpond.seq2seq.attention_scores import masked_score
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(masked_score(tf.ones([1, 3]), [2])))
      [[  1.   1. -inf]]
    """
    _check_one(memory_sequence_length, memory_mask)
    if memory_sequence_length is not None:
        memory_mask = length_mask(memory_sequence_length, size_of(score, 1))
    if memory_mask is None:
        return score
    hidden = -np.inf if score_mask_value is None else score_mask_value
    return where(memory_mask, score, multiply(ones_like(score), hidden))


def hardmax(logits: TensorLike, name: str | None = None) -> Tensor:
    """1 at the largest element of each row (the last dimension), and 0 elsewhere.

    Args:
      logits: A tensor of numbers with at least one dimension.
      name: Name of the scope.

    Returns:
      A tensor of the shape and dtype of `logits`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.seq2seq.hardmax([[1.0, 3.0, 2.0]])))
      [[0. 1. 0.]]
    """
    with name_scope(name, "Hardmax", [logits]):
        logits = convert_to_tensor(logits, name="logits")
        return one_hot(argmax(logits, -1), size_of(logits, -1), dtype=logits.dtype)


def luong_score(query: Tensor, keys: Tensor, scale: Any) -> Tensor:
    """`scale * (query . keys)`.

    Args:
      query: Floats [batch, units].
      keys: Floats [batch, time, units].
      scale: A scalar factor, or None.

    Returns:
      Floats [batch, time].

    Raises:
      ValueError: If the depths are known to differ.

    Example:
      >>> import millpond as tf
      >>> from millpond.seq2seq.attention_scores import luong_score
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     keys = tf.constant([[[1.0, 0.0], [1.0, 1.0]]])
      ...     print(sess.run(luong_score(tf.constant([[2.0, 3.0]]), keys, None)))
      [[2. 5.]]
    """
    depth, units = query.shape[-1], keys.shape[-1]
    if not depth.is_compatible_with(units):
        raise ValueError(f"Incompatible inner dimensions between query and keys.  Query ({query}) has "
                         f"units: {depth}.  Keys ({keys}) have units: {units}.  Perhaps you need to set num_units to "
                         f"the keys' dimension ({units})?")
    score = squeeze(matmul(expand_dims(query, 1), keys, transpose_b=True), [1])
    return score if scale is None else multiply(scale, score)


def bahdanau_score(processed_query: Tensor, keys: Tensor, attention_v: Any, attention_g: Any = None,
                   attention_b: Any = None) -> Tensor:
    """`v . tanh(keys + query)`.

    With `attention_g` and `attention_b` it is `g v / |v| . tanh(keys + query + b)` (weight normalization: T. Salimans,
    D. P. Kingma, 2016).

    Args:
      processed_query: Floats [batch, units].
      keys: Floats [batch, time, units].
      attention_v: Floats [units].
      attention_g: A scalar, or None.
      attention_b: Floats [units], or None.

    Returns:
      Floats [batch, time].

    Raises:
      ValueError: If the shapes are known not to fit.

    Example:
      >>> import millpond as tf
      >>> from millpond.seq2seq.attention_scores import bahdanau_score
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     keys = tf.constant([[[0.0], [1.0]]])
      ...     print(sess.run(bahdanau_score(tf.constant([[0.0]]), keys, tf.constant([2.0]))).round(3))
      [[0.    1.523]]
    """
    mixed = add(keys, expand_dims(processed_query, 1))
    if attention_g is None or attention_b is None:
        return reduce_sum(multiply(attention_v, tanh(mixed)), [2])
    direction = multiply(multiply(attention_g, attention_v), rsqrt(reduce_sum(square(attention_v))))
    return reduce_sum(multiply(direction, tanh(add(mixed, attention_b))), [2])
