"""Models of `tf.contrib.legacy_seq2seq`: an encoder whose last state a decoder begins with, both unrolled.

Where `feed_previous` is a tensor, both decoders are built, with the same variables, and a run chooses between them.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from millpond import dtypes, nested
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.join import concat
from millpond.ops.array.shape import reshape
from millpond.ops.control.cond import cond
from millpond.ops.nn.embedding import embedding_lookup
from millpond.rnn.cells_base import RNNCell
from millpond.rnn.cells_projections import EmbeddingWrapper, OutputProjectionWrapper
from millpond.rnn.static_loops import static_rnn
from millpond.seq2seq.legacy_decoders import (
    LoopFunction,
    Projection,
    check_projection,
    embedding_attention_decoder,
    embedding_rnn_decoder,
    likeliest_symbol,
    rnn_decoder,
)
from millpond.variables.scope import get_variable, get_variable_scope, variable_scope

# The outputs of all steps, and the last state.
Decoded = tuple[list[Any], Any]


def _decoded(feed_previous: bool | Tensor, decoder: Callable[[bool, bool], Decoded]) -> Decoded:
    """What a decoder gives, as `feed_previous` says while building, or when run.

    Args:
      feed_previous: Whether it is fed with its own outputs.
      decoder: `decoder(feed_previous, update_embedding)`; in a run that chooses, an embedding learns by the symbols
        that are given alone.
    """
    if isinstance(feed_previous, bool):
        return decoder(feed_previous, True)
    structure: list[Any] = []

    def built(feed: bool) -> list[Any]:
        with variable_scope(get_variable_scope(), reuse=None if feed else True):
            decoded = decoder(feed, False)
        structure[:] = decoded
        return nested.flatten(decoded)

    chosen = cond(feed_previous, lambda: built(True), lambda: built(False), strict=True)
    outputs, state = nested.pack_sequence_as(structure, chosen)
    return outputs, state


def basic_rnn_seq2seq(encoder_inputs: Sequence[TensorLike], decoder_inputs: Sequence[TensorLike], cell: Any,
                      dtype: DTypeLike = dtypes.float32, scope: Any = None) -> Decoded:
    """An encoder and a decoder of the same kind of cell, with variables of their own.

    Args:
      encoder_inputs, decoder_inputs: Tensors [batch, size], one for each step.
      cell: A recurrent cell; the encoder has a copy of it.
      dtype: The dtype of the initial state.
      scope: The variable scope, or its name; "basic_rnn_seq2seq" by default.

    Returns:
      `(outputs, state)`: the outputs of the decoder's steps, and its last state.

    Raises:
      ValueError: If there are no inputs of the encoder.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     outputs, state = tf.contrib.legacy_seq2seq.basic_rnn_seq2seq(
      ...         [tf.zeros([2, 3])] * 4, [tf.zeros([2, 3])] * 5, tf.nn.rnn_cell.GRUCell(6))
      ...     print(len(outputs), state.shape)
      5 (2, 6)
    """
    with variable_scope(scope or "basic_rnn_seq2seq"):
        _, encoded = static_rnn(copy.deepcopy(cell), encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, encoded, cell)


def tied_rnn_seq2seq(encoder_inputs: Sequence[TensorLike], decoder_inputs: Sequence[TensorLike], cell: Any,
                     loop_function: LoopFunction | None = None, dtype: DTypeLike = dtypes.float32,
                     scope: Any = None) -> Decoded:
    """An encoder and a decoder that are one cell, with the same variables.

    Args:
      encoder_inputs, decoder_inputs: Tensors [batch, size], one for each step.
      cell: A recurrent cell.
      loop_function: See `rnn_decoder`.
      dtype: The dtype of the initial state.
      scope: The variable scope, or its name; "tied_rnn_seq2seq" by default.

    Returns:
      `(outputs, state)`: the outputs of the decoder's steps, and its last state.

    Raises:
      ValueError: If there are no inputs of the encoder.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     outputs, state = tf.contrib.legacy_seq2seq.tied_rnn_seq2seq(
      ...         [tf.zeros([2, 3])] * 4, [tf.zeros([2, 3])] * 5, tf.nn.rnn_cell.GRUCell(6))
      ...     print(len(outputs), len(tf.trainable_variables()))
      5 4
    """
    with variable_scope("combined_tied_rnn_seq2seq"):
        chosen = scope or "tied_rnn_seq2seq"
        _, encoded = static_rnn(cell, encoder_inputs, dtype=dtype, scope=chosen)
        get_variable_scope().reuse_variables()
        return rnn_decoder(decoder_inputs, encoded, cell, loop_function=loop_function, scope=chosen)


def embedding_rnn_seq2seq(encoder_inputs: Sequence[TensorLike], decoder_inputs: Sequence[TensorLike], cell: Any,
                          num_encoder_symbols: int, num_decoder_symbols: int, embedding_size: int,
                          output_projection: Projection | None = None, feed_previous: bool | Tensor = False,
                          dtype: DTypeLike | None = None, scope: Any = None) -> Decoded:
    """`basic_rnn_seq2seq` on the embeddings of symbols.

    Args:
      encoder_inputs, decoder_inputs: Integers [batch], one for each step: symbols.
      cell: A recurrent cell; the encoder has a copy of it.
      num_encoder_symbols, num_decoder_symbols: How many symbols there are on each side.
      embedding_size: The size of the embedding of one.
      output_projection: `(weights, biases)` that make logits of the decoder's outputs; without it, the outputs are
        logits.
      feed_previous: Whether only the decoder's first symbols are those that are given, and each other the likeliest by
        the output before it; a bool, or a scalar bool tensor.
      dtype: The dtype of the initial state and of the variables, by default that of the scope.
      scope: The variable scope, or its name; "embedding_rnn_seq2seq" by default.

    Returns:
      `(outputs, state)`: for each step of the decoder [batch, num_decoder_symbols], or the cell's output with an output
      projection; and its last state.

    Raises:
      ValueError: If the output projection has another shape than [size, num_decoder_symbols] and [num_decoder_symbols].

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     symbols = [tf.zeros([2], tf.int32)] * 4
      ...     outputs, state = tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(
      ...         symbols, symbols, tf.nn.rnn_cell.GRUCell(6), num_encoder_symbols=5, num_decoder_symbols=7,
      ...         embedding_size=3, feed_previous=True)
      ...     print(outputs[0].shape, state.shape)
      (2, 7) (2, 6)
    """
    with variable_scope(scope or "embedding_rnn_seq2seq", dtype=dtype) as opened:
        encoder = EmbeddingWrapper(copy.deepcopy(cell), num_encoder_symbols, embedding_size)
        _, encoded = static_rnn(encoder, encoder_inputs, dtype=opened.dtype)
        decoder = cell if output_projection is not None else OutputProjectionWrapper(cell, num_decoder_symbols)
        return _decoded(feed_previous, lambda feed, update: embedding_rnn_decoder(
            decoder_inputs, encoded, decoder, num_decoder_symbols, embedding_size, output_projection=output_projection,
            feed_previous=feed, update_embedding_for_previous=update))


def embedding_tied_rnn_seq2seq(encoder_inputs: Sequence[TensorLike], decoder_inputs: Sequence[TensorLike], cell: Any,
                               num_symbols: int, embedding_size: int, num_decoder_symbols: int | None = None,
                               output_projection: Projection | None = None, feed_previous: bool | Tensor = False,
                               dtype: DTypeLike | None = None, scope: Any = None) -> Decoded:
    """`tied_rnn_seq2seq` on the embeddings of symbols, which are the same on both sides.

    Args:
      encoder_inputs, decoder_inputs: Integers [batch], one for each step: symbols.
      cell: A recurrent cell.
      num_symbols: How many symbols there are.
      embedding_size: The size of the embedding of one.
      num_decoder_symbols: How many of them, the first, the decoder gives; all by default.
      output_projection, feed_previous, dtype: See `embedding_rnn_seq2seq`.
      scope: The variable scope, or its name; "embedding_tied_rnn_seq2seq" by default.

    Returns:
      `(outputs, state)`: see `embedding_rnn_seq2seq`.

    Raises:
      ValueError: If the output projection has another shape than [size, num_symbols] and [num_symbols].

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     symbols = [tf.zeros([2], tf.int32)] * 4
      ...     outputs, state = tf.contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq(
      ...         symbols, symbols, tf.nn.rnn_cell.GRUCell(6), num_symbols=5, embedding_size=3)
      ...     print(outputs[0].shape, state.shape)
      (2, 5) (2, 6)
    """
    with variable_scope(scope or "embedding_tied_rnn_seq2seq", dtype=dtype) as opened:
        check_projection(output_projection, num_symbols, opened.dtype)
        embedding = get_variable("embedding", [num_symbols, embedding_size], dtype=opened.dtype)
        inputs = [embedding_lookup(embedding, symbols) for symbols in encoder_inputs]
        outputs = [embedding_lookup(embedding, symbols) for symbols in decoder_inputs]
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_symbols if num_decoder_symbols is None else num_decoder_symbols)

        def decoder(feed: bool, update: bool) -> Decoded:
            loop_function = likeliest_symbol(embedding, output_projection, update) if feed else None
            return tied_rnn_seq2seq(inputs, outputs, cell, loop_function=loop_function, dtype=opened.dtype)

        return _decoded(feed_previous, decoder)


def embedding_attention_seq2seq(encoder_inputs: Sequence[TensorLike], decoder_inputs: Sequence[TensorLike], cell: Any,
                                num_encoder_symbols: int, num_decoder_symbols: int, embedding_size: int,
                                num_heads: int = 1, output_projection: Projection | None = None,
                                feed_previous: bool | Tensor = False, dtype: DTypeLike | None = None, scope: Any = None,
                                initial_state_attention: bool = False) -> Decoded:
    """`embedding_rnn_seq2seq` with a decoder that attends to the outputs of the encoder (O. Vinyals et al., 2014).

    Args:
      encoder_inputs, decoder_inputs, cell, num_encoder_symbols, num_decoder_symbols, embedding_size, output_projection,
        feed_previous, dtype: See `embedding_rnn_seq2seq`.
      num_heads, initial_state_attention: See `attention_decoder`.
      scope: The variable scope, or its name; "embedding_attention_seq2seq" by default.

    Returns:
      `(outputs, state)`: see `embedding_rnn_seq2seq`.

    Raises:
      ValueError: If the biases of the output projection have another shape than [num_decoder_symbols].

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     symbols = [tf.zeros([2], tf.int32)] * 4
      ...     outputs, state = tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(
      ...         symbols, symbols, tf.nn.rnn_cell.GRUCell(6), num_encoder_symbols=5, num_decoder_symbols=7,
      ...         embedding_size=3)
      ...     print(outputs[0].shape, state.shape)
      (2, 7) (2, 6)
    """
    with variable_scope(scope or "embedding_attention_seq2seq", dtype=dtype) as opened:
        encoder = EmbeddingWrapper(copy.deepcopy(cell), num_encoder_symbols, embedding_size)
        encoder_outputs, encoded = static_rnn(encoder, encoder_inputs, dtype=opened.dtype)
        memory = concat([reshape(output, [-1, 1, cell.output_size]) for output in encoder_outputs], 1)
        decoder, output_size = cell, None
        if output_projection is None:
            decoder, output_size = OutputProjectionWrapper(cell, num_decoder_symbols), num_decoder_symbols
        return _decoded(feed_previous, lambda feed, update: embedding_attention_decoder(
            decoder_inputs, encoded, memory, decoder, num_decoder_symbols, embedding_size, num_heads=num_heads,
            output_size=output_size, output_projection=output_projection, feed_previous=feed,
            update_embedding_for_previous=update, initial_state_attention=initial_state_attention))


def one2many_rnn_seq2seq(encoder_inputs: Sequence[TensorLike], decoder_inputs_dict: Mapping[str, Sequence[TensorLike]],
                         enc_cell: Any, dec_cells_dict: Mapping[str, Any], num_encoder_symbols: int,
                         num_decoder_symbols_dict: Mapping[str, int], embedding_size: int,
                         feed_previous: bool | Tensor = False, dtype: DTypeLike | None = None,
                         scope: Any = None) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """One encoder and several decoders, for several tasks (M.-T. Luong et al., 2015).

    Args:
      encoder_inputs: Integers [batch], one for each step: symbols.
      decoder_inputs_dict: The same for each decoder, by its name.
      enc_cell: The cell of the encoder.
      dec_cells_dict: The cell of each decoder, by its name.
      num_encoder_symbols: How many symbols the encoder has.
      num_decoder_symbols_dict: How many each decoder has, by its name.
      embedding_size: The size of the embedding of one.
      feed_previous, dtype: See `embedding_rnn_seq2seq`.
      scope: The variable scope, or its name; "one2many_rnn_seq2seq" by default.

    Returns:
      `(outputs, states)`: what `embedding_rnn_seq2seq` gives, by the decoders' names.

    Raises:
      TypeError: If a cell is no `RNNCell`.
      ValueError: If the names of the cells are not those of the inputs.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     symbols, gru = [tf.zeros([2], tf.int32)] * 4, tf.nn.rnn_cell.GRUCell
      ...     outputs, states = tf.contrib.legacy_seq2seq.one2many_rnn_seq2seq(
      ...         symbols, {"a": symbols, "b": symbols}, gru(6), {"a": gru(6), "b": gru(6)}, num_encoder_symbols=5,
      ...         num_decoder_symbols_dict={"a": 7, "b": 8}, embedding_size=3)
      ...     print(outputs["a"][0].shape, outputs["b"][0].shape)
      (2, 7) (2, 8)
    """
    if not isinstance(enc_cell, RNNCell):
        raise TypeError(f"enc_cell is not an RNNCell: {type(enc_cell)}")
    if set(dec_cells_dict) != set(decoder_inputs_dict):
        raise ValueError(f"keys of dec_cells_dict {sorted(dec_cells_dict)} != keys of decoder_inputs_dict "
                         f"{sorted(decoder_inputs_dict)}")
    for cell in dec_cells_dict.values():
        if not isinstance(cell, RNNCell):
            raise TypeError(f"dec_cell is not an RNNCell: {type(cell)}")
    outputs: dict[str, list[Any]] = {}
    states: dict[str, Any] = {}
    with variable_scope(scope or "one2many_rnn_seq2seq", dtype=dtype) as opened:
        encoder = EmbeddingWrapper(enc_cell, num_encoder_symbols, embedding_size)
        _, encoded = static_rnn(encoder, encoder_inputs, dtype=opened.dtype)
        for name, inputs in decoder_inputs_dict.items():
            with variable_scope(f"one2many_decoder_{name}"):
                symbols = num_decoder_symbols_dict[name]
                decoder = functools.partial(
                    embedding_rnn_decoder, inputs, encoded, OutputProjectionWrapper(dec_cells_dict[name], symbols),
                    symbols, embedding_size)
                outputs[name], states[name] = _decoded(feed_previous, _always_learning(decoder))
    return outputs, states


def _always_learning(decoder: Callable[..., Decoded]) -> Callable[[bool, bool], Decoded]:
    """A decoder whose embedding learns by all symbols, whether they are given or not."""
    return lambda feed, _: decoder(feed_previous=feed)
