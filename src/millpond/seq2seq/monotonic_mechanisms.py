"""Attention mechanisms whose attention only moves forward (C. Raffel et al., 2017): see `monotonic.py`.

Scores go through a sigmoid, which makes the probabilities of stopping of them; a learned bias is added before.
"""

from __future__ import annotations

import functools
from typing import Any

from millpond import dtypes
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import zeros
from millpond.ops.array.gather import one_hot
from millpond.ops.math.arithmetic import add
from millpond.seq2seq.attention_mechanisms import (
    AdditiveScores,
    BaseAttentionMechanism,
    MultiplicativeScores,
    without_bias,
)
from millpond.seq2seq.monotonic import monotonic_probability
from millpond.variables.initializers import Constant
from millpond.variables.scope import get_variable, variable_scope


class BaseMonotonicAttentionMechanism(BaseAttentionMechanism):
    """Attention that begins at the first place of the memory."""

    _score_bias_init: float

    def initial_alignments(self, batch_size: TensorLike, dtype: DTypeLike) -> Tensor:
        """[batch, time]: 1 at the first place, 0 elsewhere."""
        return one_hot(zeros([batch_size], dtypes.int32), self._alignments_size, dtype=dtypes.as_dtype(dtype))

    def _with_bias(self, score: Tensor, dtype: DTypeLike) -> Tensor:
        return add(score, get_variable("attention_score_bias", shape=(), dtype=dtype,
                                       initializer=Constant(self._score_bias_init)))


class BahdanauMonotonicAttention(AdditiveScores, BaseMonotonicAttentionMechanism):
    """Additive attention that only moves forward: see `BahdanauAttention`, and `monotonic_attention`.

    Args:
      num_units: The depth of keys and processed queries.
      memory: [batch, time, ...], often the outputs of an encoder.
      memory_sequence_length: Integers [batch]: what of the memory lies after it becomes 0, and is not attended to.
      normalize: Whether the weights are normalized, and given a scale and a bias of their own.
      score_mask_value: The score of what lies after the end of the memory, minus infinity by default.
      sigmoid_noise: Standard deviation of noise that is added to the scores; 0 when not training.
      sigmoid_noise_seed: That of the noise.
      score_bias_init: The first value of the bias of scores; a negative one for long memories.
      mode: "recursive", "parallel" or "hard": see `monotonic_attention`.
      dtype: That of the layers of queries and memory, float32 by default.
      name: Name of the scope.

    Raises:
      ValueError: If inner dimensions of the memory are unknown; when called, if `mode` is none of these.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     attention = tf.contrib.seq2seq.BahdanauMonotonicAttention(3, tf.zeros([2, 5, 4]))
      ...     alignments, state = attention(tf.zeros([2, 3]), attention.initial_state(2, tf.float32))
      ...     print(alignments.shape)
      (2, 5)
    """

    def __init__(self, num_units: int, memory: TensorLike, memory_sequence_length: TensorLike | None = None,
                 normalize: bool = False, score_mask_value: Any = None, sigmoid_noise: float = 0.0,
                 sigmoid_noise_seed: int | None = None, score_bias_init: float = 0.0, mode: str = "parallel",
                 dtype: DTypeLike | None = None, name: str = "BahdanauMonotonicAttention") -> None:
        super().__init__(query_layer=without_bias(num_units, dtype, "query_layer"), memory=memory,
                         probability_fn=functools.partial(monotonic_probability, sigmoid_noise=sigmoid_noise, mode=mode,
                                                          seed=sigmoid_noise_seed),
                         memory_sequence_length=memory_sequence_length,
                         memory_layer=without_bias(num_units, dtype, "memory_layer"),
                         score_mask_value=score_mask_value, name=name)
        self._num_units = num_units
        self._normalize = normalize
        self._name = name
        self._score_bias_init = score_bias_init

    def __call__(self, query: Tensor, state: Any) -> tuple[Tensor, Tensor]:
        """Alignments [batch, time] for a query [batch, depth] after those before it, and the next state: the same."""
        with variable_scope(None, "bahdanau_monotonic_attention", [query]):
            score = self._with_bias(self._score(query), query.dtype)
        alignments = self._probability_fn(score, state)
        return alignments, alignments


class LuongMonotonicAttention(MultiplicativeScores, BaseMonotonicAttentionMechanism):
    """Multiplicative attention that only moves forward: see `LuongAttention`, and `monotonic_attention`.

    Args:
      num_units: The depth of the keys, which must be that of the queries.
      memory: [batch, time, ...], often the outputs of an encoder.
      memory_sequence_length: Integers [batch]: what of the memory lies after it becomes 0, and is not attended to.
      scale: Whether scores are multiplied by a variable `attention_g`.
      score_mask_value: The score of what lies after the end of the memory, minus infinity by default.
      sigmoid_noise: Standard deviation of noise that is added to the scores; 0 when not training.
      sigmoid_noise_seed: That of the noise.
      score_bias_init: The first value of the bias of scores; a negative one for long memories.
      mode: "recursive", "parallel" or "hard": see `monotonic_attention`.
      dtype: That of the memory's layer, float32 by default.
      name: Name of the scope.

    Raises:
      ValueError: If inner dimensions of the memory are unknown; when called, if the depths differ, or `mode` is none of
        these.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     attention = tf.contrib.seq2seq.LuongMonotonicAttention(3, tf.zeros([2, 5, 4]))
      ...     alignments, state = attention(tf.zeros([2, 3]), attention.initial_state(2, tf.float32))
      ...     print(alignments.shape)
      (2, 5)
    """

    def __init__(self, num_units: int, memory: TensorLike, memory_sequence_length: TensorLike | None = None,
                 scale: bool = False, score_mask_value: Any = None, sigmoid_noise: float = 0.0,
                 sigmoid_noise_seed: int | None = None, score_bias_init: float = 0.0, mode: str = "parallel",
                 dtype: DTypeLike | None = None, name: str = "LuongMonotonicAttention") -> None:
        super().__init__(query_layer=None, memory=memory,
                         probability_fn=functools.partial(monotonic_probability, sigmoid_noise=sigmoid_noise, mode=mode,
                                                          seed=sigmoid_noise_seed),
                         memory_sequence_length=memory_sequence_length,
                         memory_layer=without_bias(num_units, dtype, "memory_layer"),
                         score_mask_value=score_mask_value, name=name)
        self._num_units = num_units
        self._scale = scale
        self._score_bias_init = score_bias_init
        self._name = name

    def __call__(self, query: Tensor, state: Any) -> tuple[Tensor, Tensor]:
        """Alignments [batch, time] for a query [batch, units] after those before it, and the next state: the same."""
        with variable_scope(None, "luong_monotonic_attention", [query]):
            score = self._with_bias(self._score(query), query.dtype)
        alignments = self._probability_fn(score, state)
        return alignments, alignments
