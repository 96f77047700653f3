"""Attention mechanisms: how well a query fits each place of a memory, as a probability.

`monotonic_mechanisms.py` has those whose attention only moves forward.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from millpond import dtypes, nested
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.tensor import Tensor
from millpond.layers.base import Layer
from millpond.layers.fully_connected import Dense
from millpond.ops.nn.softmax import softmax
from millpond.ops.scoping import name_scope
from millpond.rnn.cells_base import zero_state_tensors
from millpond.seq2seq.attention_scores import bahdanau_score, length_mask, luong_score, masked_score, prepared_memory
from millpond.seq2seq.beams import size_of
from millpond.variables.initializers import Constant, Ones, Zeros
from millpond.variables.scope import get_variable, variable_scope

# From scores [batch, time] to what is attended to.
ProbabilityFunction = Callable[[Tensor], Tensor]
# From keys and values to those that are used in their place.
KeyValueFunction = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


class AttentionMechanism:
    """What `AttentionWrapper` takes to attend to a memory.

    It is called with a query [batch, depth] and the `state` of the step before, and gives alignments [batch, time] and
    its next state.
    """

    @property
    def alignments_size(self) -> Any:
        """The time of the memory: an int, or a scalar tensor."""
        raise NotImplementedError

    @property
    def state_size(self) -> Any:
        """The sizes of its state, without the batch."""
        raise NotImplementedError


def _checked_layer(what: str, layer: Any) -> Any:
    if layer is not None and not isinstance(layer, Layer):
        raise TypeError(f"{what} is not a Layer: {type(layer).__name__}")
    return layer


class BaseAttentionMechanism(AttentionMechanism):
    """A memory with its keys, which layers make of it, and a function from scores to probabilities.

    Args:
      query_layer: A `tf.layers.Layer` that queries go through, or None.
      memory: [batch, time, ...], often the outputs of an encoder.
      probability_fn: `f(score, state)` gives alignments [batch, time].
      memory_sequence_length: Integers [batch]: what of the memory lies after it becomes 0, and is not attended to.
      memory_layer: A `tf.layers.Layer` that makes keys of the memory; its dtype is that of the mechanism.
      check_inner_dims_defined: Whether all dimensions of the memory but batch and time must be known.
      score_mask_value: The score of what lies after the end of the memory, minus infinity by default.
      custom_key_value_fn: `f(keys, values)` gives those that are used in their place.
      name: Name of the scope.

    Raises:
      TypeError: If a layer is no `Layer`, or `probability_fn` is no function.
      ValueError: If inner dimensions of the memory are unknown.

    Example:
      >>> import millpond as tf
      >>> from millpond.seq2seq.attention_mechanisms import BaseAttentionMechanism
      >>> with tf.Graph().as_default():
      ...     mechanism = BaseAttentionMechanism(None, tf.zeros([2, 5, 3]), lambda score, _: tf.nn.softmax(score))
      >>> mechanism.keys.shape.as_list(), mechanism.alignments_size
      ([2, 5, 3], 5)
    """

    def __init__(self, query_layer: Any, memory: TensorLike, probability_fn: Callable[[Tensor, Any], Tensor],
                 memory_sequence_length: TensorLike | None = None, memory_layer: Any = None,
                 check_inner_dims_defined: bool = True, score_mask_value: Any = None,
                 custom_key_value_fn: KeyValueFunction | None = None, name: str | None = None) -> None:
        self._query_layer = _checked_layer("query_layer", query_layer)
        self._memory_layer = _checked_layer("memory_layer", memory_layer)
        if not callable(probability_fn):
            raise TypeError(f"probability_fn must be callable, saw type: {type(probability_fn).__name__}")
        self.dtype = None if memory_layer is None else memory_layer.dtype
        with name_scope(name, "BaseAttentionMechanismInit", nested.flatten(memory)):
            self._values = prepared_memory(memory, memory_sequence_length,
                                           check_inner_dims_defined=check_inner_dims_defined)
            self._keys = self._values if self._memory_layer is None else self._memory_layer(self._values)
            if custom_key_value_fn is not None:
                self._keys, self._values = custom_key_value_fn(self._keys, self._values)
            self._batch_size = size_of(self._keys, 0)
            self._alignments_size = size_of(self._keys, 1)
            # Made once, so that a loop over steps need not make it in each.
            mask = None
            if memory_sequence_length is not None:
                mask = length_mask(memory_sequence_length, self._alignments_size)

        def probabilities(score: Tensor, state: Any) -> Tensor:
            return probability_fn(masked_score(score, memory_mask=mask, score_mask_value=score_mask_value), state)

        self._probability_fn = probabilities

    @property
    def memory_layer(self) -> Any:
        """The layer that makes keys of the memory, or None."""
        return self._memory_layer

    @property
    def query_layer(self) -> Any:
        """The layer that queries go through, or None."""
        return self._query_layer

    @property
    def values(self) -> Any:
        """[batch, time, ...]: the memory, 0 after its end."""
        return self._values

    @property
    def keys(self) -> Any:
        """[batch, time, units]: what queries are compared with."""
        return self._keys

    @property
    def batch_size(self) -> Any:
        """The size of the batch: an int, or a scalar tensor."""
        return self._batch_size

    @property
    def alignments_size(self) -> Any:
        """The time of the memory: an int, or a scalar tensor."""
        return self._alignments_size

    @property
    def state_size(self) -> Any:
        """The state is the alignments of the step before."""
        return self._alignments_size

    def initial_alignments(self, batch_size: TensorLike, dtype: DTypeLike) -> Tensor:
        """[batch, time]: the alignments before the first step, all 0."""
        return zero_state_tensors(self._alignments_size, batch_size, dtype)

    def initial_state(self, batch_size: TensorLike, dtype: DTypeLike) -> Any:
        """The state before the first step: the initial alignments."""
        return self.initial_alignments(batch_size, dtype)

    def _processed(self, query: Tensor) -> Tensor:
        return query if self._query_layer is None else self._query_layer(query)


class MultiplicativeScores(BaseAttentionMechanism):
    """Scores of Luong's kind. The variables are made in the scope that is open when it is called."""

    _scale: bool

    def _score(self, query: Tensor) -> Tensor:
        scale = None
        if self._scale:
            scale = get_variable("attention_g", dtype=query.dtype, initializer=Ones(), shape=())
        return luong_score(query, self._keys, scale)


class AdditiveScores(BaseAttentionMechanism):
    """Scores of Bahdanau's kind. The variables are made in the scope that is open when it is called."""

    _num_units: int
    _normalize: bool

    def _score(self, query: Tensor) -> Tensor:
        dtype = query.dtype
        processed = self._processed(query)
        v = get_variable("attention_v", [self._num_units], dtype=dtype)
        if not self._normalize:
            return bahdanau_score(processed, self._keys, v)
        g = get_variable("attention_g", dtype=dtype, initializer=Constant(math.sqrt(1.0 / self._num_units)), shape=())
        b = get_variable("attention_b", [self._num_units], dtype=dtype, initializer=Zeros())
        return bahdanau_score(processed, self._keys, v, g, b)


def _without_state(probability_fn: ProbabilityFunction | None) -> Callable[[Tensor, Any], Tensor]:
    if probability_fn is not None and not callable(probability_fn):
        raise TypeError(f"probability_fn must be callable, saw type: {type(probability_fn).__name__}")
    chosen = softmax if probability_fn is None else probability_fn
    return lambda score, _: chosen(score)


def without_bias(units: int, dtype: DTypeLike | None, name: str) -> Dense:
    return Dense(units, use_bias=False, dtype=dtypes.float32 if dtype is None else dtype, name=name)


class LuongAttention(MultiplicativeScores):
    """Multiplicative attention (M.-T. Luong et al., 2015): the score is the product of query and key.

    Args:
      num_units: The depth of the keys, which must be that of the queries.
      memory: [batch, time, ...], often the outputs of an encoder.
      memory_sequence_length: Integers [batch]: what of the memory lies after it becomes 0, and is not attended to.
      scale: Whether scores are multiplied by a variable `attention_g`.
      probability_fn: From scores to probabilities, softmax by default.
      score_mask_value: The score of what lies after the end of the memory, minus infinity by default.
      dtype: That of the memory's layer, float32 by default.
      custom_key_value_fn: `f(keys, values)` gives those that are used in their place.
      name: Name of the scope.

    Raises:
      ValueError: If inner dimensions of the memory are unknown; when called, if the depths differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     attention = tf.contrib.seq2seq.LuongAttention(2, tf.ones([1, 4, 3]), memory_sequence_length=[2])
      ...     alignments, _ = attention(tf.ones([1, 2]), state=None)
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(alignments))
      [[0.5 0.5 0.  0. ]]
    """

    def __init__(self, num_units: int, memory: TensorLike, memory_sequence_length: TensorLike | None = None,
                 scale: bool = False, probability_fn: ProbabilityFunction | None = None, score_mask_value: Any = None,
                 dtype: DTypeLike | None = None, custom_key_value_fn: KeyValueFunction | None = None,
                 name: str = "LuongAttention") -> None:
        super().__init__(query_layer=None, memory=memory, probability_fn=_without_state(probability_fn),
                         memory_sequence_length=memory_sequence_length,
                         memory_layer=without_bias(num_units, dtype, "memory_layer"), score_mask_value=score_mask_value,
                         custom_key_value_fn=custom_key_value_fn, name=name)
        self._num_units = num_units
        self._scale = scale
        self._name = name

    def __call__(self, query: Tensor, state: Any) -> tuple[Tensor, Tensor]:
        """Alignments [batch, time] for a query [batch, units], and the next state, which is the alignments too."""
        with variable_scope(None, "luong_attention", [query]):
            score = self._score(query)
        alignments = self._probability_fn(score, state)
        return alignments, alignments


class BahdanauAttention(AdditiveScores):
    """Additive attention (D. Bahdanau et al., 2014): the score is that of a layer over query and key.

    Args:
      num_units: The depth of keys and processed queries.
      memory: [batch, time, ...], often the outputs of an encoder.
      memory_sequence_length: Integers [batch]: what of the memory lies after it becomes 0, and is not attended to.
      normalize: Whether the weights are normalized, and given a scale and a bias of their own.
      probability_fn: From scores to probabilities, softmax by default.
      score_mask_value: The score of what lies after the end of the memory, minus infinity by default.
      dtype: That of the layers of queries and memory, float32 by default.
      custom_key_value_fn: `f(keys, values)` gives those that are used in their place.
      name: Name of the scope.

    Raises:
      ValueError: If inner dimensions of the memory are unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     attention = tf.contrib.seq2seq.BahdanauAttention(5, tf.ones([1, 4, 3]), memory_sequence_length=[2])
      ...     alignments, _ = attention(tf.ones([1, 2]), state=None)
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(alignments))
      [[0.5 0.5 0.  0. ]]
    """

    def __init__(self, num_units: int, memory: TensorLike, memory_sequence_length: TensorLike | None = None,
                 normalize: bool = False, probability_fn: ProbabilityFunction | None = None,
                 score_mask_value: Any = None, dtype: DTypeLike | None = None,
                 custom_key_value_fn: KeyValueFunction | None = None, name: str = "BahdanauAttention") -> None:
        super().__init__(query_layer=without_bias(num_units, dtype, "query_layer"), memory=memory,
                         probability_fn=_without_state(probability_fn), memory_sequence_length=memory_sequence_length,
                         memory_layer=without_bias(num_units, dtype, "memory_layer"), score_mask_value=score_mask_value,
                         custom_key_value_fn=custom_key_value_fn, name=name)
        self._num_units = num_units
        self._normalize = normalize
        self._name = name

    def __call__(self, query: Tensor, state: Any) -> tuple[Tensor, Tensor]:
        """Alignments [batch, time] for a query [batch, depth], and the next state, which is the alignments too."""
        with variable_scope(None, "bahdanau_attention", [query]):
            score = self._score(query)
        alignments = self._probability_fn(score, state)
        return alignments, alignments
