"""How attention scores a query against the keys of a memory, and how the memory's end is kept out of it.

- multiplicative (M.-T. Luong et al., 2015): `score[t] = query . keys[t]`;
- additive (D. Bahdanau et al., 2014): `score[t] = v . tanh(keys[t] + query)`.
"""

from __future__ import annotations

from typing import Any

from millpond import nested
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.default import control_dependencies
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import fill
from millpond.ops.array.gather import one_hot
from millpond.ops.array.join import concat
from millpond.ops.array.shape import expand_dims, rank, reshape, shape, squeeze
from millpond.ops.host.assertions import assert_positive
from millpond.ops.linalg.matrix import matmul
from millpond.ops.math.arg_extremes import argmax
from millpond.ops.math.arithmetic import add, multiply
from millpond.ops.math.elementwise import rsqrt, square
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.math.sequences import sequence_mask
from millpond.ops.math.trigonometry import tanh
from millpond.ops.scoping import name_scope
from millpond.seq2seq.beams import size_of


def prepared_memory(memory: Any, memory_sequence_length: TensorLike | None,
                    check_inner_dims_defined: bool = True) -> Any:
    """A memory (or a structure of them) as tensors, which are 0 after the end of each entry."""
    memory = nested.map_structure(lambda m: convert_to_tensor(m, name="memory"), memory)
    if check_inner_dims_defined:
        for m in nested.flatten(memory):
            if not m.shape[2:].is_fully_defined():
                raise ValueError(f"Expected memory {m.name} to have fully defined inner dims, but saw shape: {m.shape}")
    if memory_sequence_length is None:
        return memory
    first = nested.flatten(memory)[0]
    lengths = convert_to_tensor(memory_sequence_length, name="memory_sequence_length")
    mask = sequence_mask(lengths, maxlen=size_of(first, 1), dtype=first.dtype)
    return nested.map_structure(lambda m: multiply(m, _to_rank_of(mask, m)), memory)


def _to_rank_of(mask: Tensor, m: Tensor) -> Tensor:
    if m.shape.ndims is not None:
        for axis in range(2, m.shape.ndims):
            mask = expand_dims(mask, axis)
        return mask
    ones = fill(expand_dims(rank(m) - 2, 0), 1)
    return reshape(mask, concat([shape(mask), ones], 0))


def memory_mask(memory_sequence_length: TensorLike, time: Any) -> Tensor:
    """Booleans [batch, time]: what belongs to the memory. Every entry must have something."""
    lengths = convert_to_tensor(memory_sequence_length, name="memory_sequence_length")
    check = assert_positive(lengths, message="All values in memory_sequence_length must be greater than zero.")
    with control_dependencies([check]):
        return sequence_mask(lengths, maxlen=time)


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
    """`scale * (query . keys)`: [batch, time] of a query [batch, units] and keys [batch, time, units].

    Raises:
      ValueError: If the depths are known to differ.
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
    """`v . tanh(keys + query)`: [batch, time] of a query [batch, units] and keys [batch, time, units].

    With `attention_g` and `attention_b` it is `g v / |v| . tanh(keys + query + b)` (weight normalization: T. Salimans,
    D. P. Kingma, 2016).
    """
    mixed = add(keys, expand_dims(processed_query, 1))
    if attention_g is None or attention_b is None:
        return reduce_sum(multiply(attention_v, tanh(mixed)), [2])
    direction = multiply(multiply(attention_g, attention_v), rsqrt(reduce_sum(square(attention_v))))
    return reduce_sum(multiply(direction, tanh(add(mixed, attention_b))), [2])
