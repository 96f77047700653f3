"""Decoders of `tf.contrib.legacy_seq2seq`: unrolled, a list of inputs to a list of outputs.

In place of the inputs that it is given, a decoder may be fed with what it gave at the step before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from millpond import dtypes, nested
from millpond.dtypes import DType
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import zeros
from millpond.ops.array.identity import stop_gradient
from millpond.ops.array.indexing import getitem
from millpond.ops.array.join import concat
from millpond.ops.array.shape import reshape, shape
from millpond.ops.math.arg_extremes import argmax
from millpond.ops.math.arithmetic import add, multiply
from millpond.ops.math.cast import cast
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.math.trigonometry import tanh
from millpond.ops.nn.bias_dropout import xw_plus_b
from millpond.ops.nn.convolution_functions import conv2d
from millpond.ops.nn.embedding import embedding_lookup
from millpond.ops.nn.softmax import softmax
from millpond.rnn.cell_parts import linear
from millpond.seq2seq.beams import size_of
from millpond.variables.scope import get_variable, get_variable_scope, variable_scope

# `f(previous_output, step)` gives the input of a step.
LoopFunction = Callable[[Tensor, int], Tensor]
# Weights [size, symbols] and biases [symbols] that make logits of outputs.
Projection = tuple[TensorLike, TensorLike]


def rnn_decoder(decoder_inputs: Iterable[TensorLike], initial_state: Any, cell: Any,
                loop_function: LoopFunction | None = None, scope: Any = None) -> tuple[list[Any], Any]:
    """Runs a cell on a list of inputs.

    Args:
      decoder_inputs: Tensors [batch, size], one for each step.
      initial_state: The state of the cell before the first step.
      cell: A recurrent cell.
      loop_function: `f(previous_output, step)` gives the inputs after the first, in place of those that are given.
      scope: The variable scope, or its name; "rnn_decoder" by default.

    Returns:
      `(outputs, state)`: the outputs of all steps, and the last state.

    Raises:
      ValueError: If inputs or state are not what the cell takes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.nn.rnn_cell.GRUCell(4)
      ...     outputs, state = tf.contrib.legacy_seq2seq.rnn_decoder(
      ...         [tf.zeros([2, 3])] * 5, cell.zero_state(2, tf.float32), cell)
      ...     print(len(outputs), state.shape, tf.trainable_variables()[0].name)
      5 (2, 4) rnn_decoder/gru_cell/gates/kernel:0
    """
    with variable_scope(scope or "rnn_decoder"):
        state = initial_state
        outputs: list[Any] = []
        for step, given in enumerate(decoder_inputs):
            if step > 0:
                given = _fed_back(given, outputs[-1], step, loop_function)
                get_variable_scope().reuse_variables()
            output, state = cell(given, state)
            outputs.append(output)
    return outputs, state


def _fed_back(given: Any, previous: Tensor, step: int, loop_function: LoopFunction | None) -> Any:
    """The input of a step: as given, or made of the output before."""
    if loop_function is None:
        return given
    with variable_scope("loop_function", reuse=True):
        return loop_function(previous, step)


def likeliest_symbol(embedding: Any, output_projection: Projection | None = None,
                     update_embedding: bool = True) -> LoopFunction:
    """A loop function that gives the embedding of the symbol whose logit is largest.

    Args:
      embedding: [symbols, size].
      output_projection: What makes logits of the outputs, where they are none.
      update_embedding: Whether the embedding has gradients by this use.

    Raises:
      ValueError: If the projection does not fit, when the function is called.

    Example:
      >>> import millpond as tf
      >>> from millpond.seq2seq.legacy_decoders import likeliest_symbol
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     embedding = tf.constant([[1.0], [2.0], [3.0]])
      ...     print(sess.run(likeliest_symbol(embedding)(tf.constant([[0.1, 0.9, 0.2]]), 0)))
      [[2.]]
    """
    def loop_function(previous: Tensor, step: int) -> Tensor:
        if output_projection is not None:
            previous = xw_plus_b(previous, output_projection[0], output_projection[1])
        found = embedding_lookup(embedding, argmax(previous, 1))
        return found if update_embedding else stop_gradient(found)

    return loop_function


def check_projection(projection: Projection | None, num_symbols: int, dtype: DTypeLike | None) -> None:
    """Raises a `ValueError` for weights or biases of other shapes than [size, symbols] and [symbols]."""
    if projection is not None:
        convert_to_tensor(projection[0], dtype).shape.assert_is_compatible_with([None, num_symbols])
        convert_to_tensor(projection[1], dtype).shape.assert_is_compatible_with([num_symbols])


def embedding_rnn_decoder(decoder_inputs: Sequence[TensorLike], initial_state: Any, cell: Any, num_symbols: int,
                          embedding_size: int, output_projection: Projection | None = None,
                          feed_previous: bool = False, update_embedding_for_previous: bool = True,
                          scope: Any = None) -> tuple[list[Any], Any]:
    """Runs a cell on the embeddings of symbols, which are a variable `embedding`.

    Args:
      decoder_inputs: Integers [batch], one for each step: symbols.
      initial_state: The state of the cell before the first step.
      cell: A recurrent cell.
      num_symbols: How many symbols there are.
      embedding_size: The size of the embedding of one.
      output_projection: `(weights, biases)` that make logits of the outputs, where they are none.
      feed_previous: Whether only the first symbols are those that are given, and each other the likeliest by the output
        before it.
      update_embedding_for_previous: Whether the embeddings of these have gradients.
      scope: The variable scope, or its name; "embedding_rnn_decoder" by default.

    Returns:
      `(outputs, state)`: the outputs of all steps, and the last state.

    Raises:
      ValueError: If the output projection has another shape than [size, num_symbols] and [num_symbols].

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.nn.rnn_cell.GRUCell(4)
      ...     outputs, state = tf.contrib.legacy_seq2seq.embedding_rnn_decoder(
      ...         [tf.zeros([2], tf.int32)] * 5, cell.zero_state(2, tf.float32), cell, num_symbols=4, embedding_size=3)
      ...     print(len(outputs), tf.trainable_variables()[0].name)
      5 embedding_rnn_decoder/embedding:0
    """
    with variable_scope(scope or "embedding_rnn_decoder") as opened:
        check_projection(output_projection, num_symbols, opened.dtype)
        embedding = get_variable("embedding", [num_symbols, embedding_size])
        loop_function = likeliest_symbol(embedding, output_projection, update_embedding_for_previous) \
            if feed_previous else None
        inputs = (embedding_lookup(embedding, symbols) for symbols in decoder_inputs)
        return rnn_decoder(inputs, initial_state, cell, loop_function=loop_function)


class _Attention:
    """Attention as of O. Vinyals et al., 2014: for each head `softmax(v . tanh(W memory + U query))`."""

    def __init__(self, attention_states: Tensor, num_heads: int, dtype: DType) -> None:
        self._size = int(attention_states.shape[2])
        self._length = size_of(attention_states, 1)
        self._dtype = dtype
        self._memory = reshape(attention_states, [-1, self._length, 1, self._size])
        self._features: list[Tensor] = []
        self._directions: list[Any] = []
        for head in range(num_heads):
            weights = get_variable(f"AttnW_{head}", [1, 1, self._size, self._size], dtype=dtype)
            self._features.append(conv2d(self._memory, weights, [1, 1, 1, 1], "SAME"))
            self._directions.append(get_variable(f"AttnV_{head}", [self._size], dtype=dtype))

    def nothing(self, batch_size: Any) -> list[Tensor]:
        """[batch, size] for each head, before anything is attended to."""
        return [zeros([batch_size, self._size], self._dtype) for _ in self._features]

    def __call__(self, query: Any) -> list[Tensor]:
        """[batch, size] for each head: what a state of the cell attends to."""
        if nested.is_nested(query):
            parts = nested.flatten(query)
            for part in parts:
                if part.shape.ndims not in (None, 2):
                    raise ValueError(f"The parts of a state that attends must be matrices, but {part.name} has shape "
                                     f"{part.shape}")
            query = concat(parts, 1)
        found = []
        for head, (features, direction) in enumerate(zip(self._features, self._directions, strict=True)):
            with variable_scope(f"Attention_{head}"):
                projected = cast(linear(query, self._size, True), self._dtype)
                mixed = tanh(add(features, reshape(projected, [-1, 1, 1, self._size])))
                scores = reduce_sum(multiply(direction, mixed), [2, 3])
                weights = cast(softmax(cast(scores, dtypes.float32)), self._dtype)
                attended = reduce_sum(multiply(reshape(weights, [-1, self._length, 1, 1]), self._memory), [1, 2])
                found.append(reshape(attended, [-1, self._size]))
        return found


def attention_decoder(decoder_inputs: Sequence[TensorLike], initial_state: Any, attention_states: Tensor, cell: Any,
                      output_size: int | None = None, num_heads: int = 1, loop_function: LoopFunction | None = None,
                      dtype: DTypeLike | None = None, scope: Any = None,
                      initial_state_attention: bool = False) -> tuple[list[Tensor], Any]:
    """Runs a cell on a list of inputs, and attends to a memory at each step (O. Vinyals et al., 2014).

    A step mixes its input with what was attended to before; runs the cell; attends with the new state, by
    `softmax(v . tanh(W memory + U state))` for each head; and makes the output of the cell's and what it attends to.

    Args:
      decoder_inputs: Tensors [batch, size], one for each step.
      initial_state: The state of the cell before the first step.
      attention_states: [batch, length, size], the memory.
      cell: A recurrent cell.
      output_size: The size of the outputs, by default that of the cell's.
      num_heads: How many times it attends.
      loop_function: `f(previous_output, step)` gives the inputs after the first, in place of those that are given.
      dtype: The dtype of the variables, by default that of the scope.
      scope: The variable scope, or its name; "attention_decoder" by default.
      initial_state_attention: Whether it attends with the initial state before the first step.

    Returns:
      `(outputs, state)`: [batch, output_size] for each step, and the last state.

    Raises:
      ValueError: If there are no inputs or heads, or the last dimension of the memory or of an input is unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.nn.rnn_cell.GRUCell(4)
      ...     outputs, state = tf.contrib.legacy_seq2seq.attention_decoder(
      ...         [tf.zeros([2, 3])] * 5, cell.zero_state(2, tf.float32), tf.zeros([2, 7, 6]), cell, output_size=8)
      ...     print(len(outputs), outputs[0].shape)
      5 (2, 8)
    """
    if not decoder_inputs:
        raise ValueError("Must provide at least 1 input to attention decoder.")
    if num_heads < 1:
        raise ValueError("With less than 1 heads, use a non-attention decoder.")
    if attention_states.shape.with_rank(3)[2].value is None:
        raise ValueError(f"Shape[2] of attention_states must be known: {attention_states.shape}")
    size = cell.output_size if output_size is None else output_size
    with variable_scope(scope or "attention_decoder", dtype=dtype) as opened:
        wanted = opened.dtype
        batch_size = getitem(shape(convert_to_tensor(decoder_inputs[0])), 0)
        attention = _Attention(attention_states, num_heads, wanted)
        state = initial_state
        attended = attention(initial_state) if initial_state_attention else attention.nothing(batch_size)
        outputs: list[Tensor] = []
        for step, given in enumerate(decoder_inputs):
            if step > 0:
                get_variable_scope().reuse_variables()
                given = _fed_back(given, outputs[-1], step, loop_function)
            given = convert_to_tensor(given)
            input_size = given.shape.with_rank(2)[1].value
            if input_size is None:
                raise ValueError(f"Could not infer input size from input: {given.name}")
            mixed = linear([cast(part, wanted) for part in (given, *attended)], input_size, True)
            cell_output, state = cell(mixed, state)
            # The variables of the attention exist already where it has attended with the initial state.
            with variable_scope(get_variable_scope(), reuse=initial_state_attention or None):
                attended = attention(state)
            with variable_scope("AttnOutputProjection"):
                outputs.append(linear([cast(cell_output, wanted), *attended], size, True))
    return outputs, state


def embedding_attention_decoder(decoder_inputs: Sequence[TensorLike], initial_state: Any, attention_states: Tensor,
                                cell: Any, num_symbols: int, embedding_size: int, num_heads: int = 1,
                                output_size: int | None = None, output_projection: Projection | None = None,
                                feed_previous: bool = False, update_embedding_for_previous: bool = True,
                                dtype: DTypeLike | None = None, scope: Any = None,
                                initial_state_attention: bool = False) -> tuple[list[Tensor], Any]:
    """`attention_decoder` on the embeddings of symbols, which are a variable `embedding`.

    Args:
      decoder_inputs: Integers [batch], one for each step: symbols.
      initial_state, attention_states, cell, num_heads, output_size, initial_state_attention: See `attention_decoder`.
      num_symbols, embedding_size, output_projection, feed_previous, update_embedding_for_previous: See
        `embedding_rnn_decoder`.
      dtype: The dtype of the variables, by default that of the scope.
      scope: The variable scope, or its name; "embedding_attention_decoder" by default.

    Returns:
      `(outputs, state)`: [batch, output_size] for each step, and the last state.

    Raises:
      ValueError: If the biases of the output projection have another shape than [num_symbols].

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.nn.rnn_cell.GRUCell(4)
      ...     outputs, state = tf.contrib.legacy_seq2seq.embedding_attention_decoder(
      ...         [tf.zeros([2], tf.int32)] * 5, cell.zero_state(2, tf.float32), tf.zeros([2, 7, 6]), cell,
      ...         num_symbols=4, embedding_size=3, output_size=4)
      ...     print(len(outputs), outputs[0].shape)
      5 (2, 4)
    """
    size = cell.output_size if output_size is None else output_size
    if output_projection is not None:
        convert_to_tensor(output_projection[1], dtype).shape.assert_is_compatible_with([num_symbols])
    with variable_scope(scope or "embedding_attention_decoder", dtype=dtype):
        embedding = get_variable("embedding", [num_symbols, embedding_size])
        loop_function = likeliest_symbol(embedding, output_projection, update_embedding_for_previous) \
            if feed_previous else None
        inputs = [embedding_lookup(embedding, symbols) for symbols in decoder_inputs]
        return attention_decoder(inputs, initial_state, attention_states, cell, output_size=size, num_heads=num_heads,
                                 loop_function=loop_function, initial_state_attention=initial_state_attention)
