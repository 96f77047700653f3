"""A network learns to say what it hears, and is decoded greedily and by a beam search; gradients through decoders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf

seq2seq = tf.contrib.seq2seq
SYMBOLS, END, START, UNITS, BATCH, LONGEST = 8, 0, 1, 32, 32, 5


def _batch(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Symbols [batch, time], the end after each sequence and to the end of time, and lengths with the end."""
    lengths = rng.integers(2, LONGEST, BATCH)
    symbols = rng.integers(2, SYMBOLS, (BATCH, LONGEST))
    symbols[np.arange(LONGEST) >= lengths[:, None]] = END
    return symbols.astype(np.int32), (lengths + 1).astype(np.int32)


class Copying:
    """An encoder, an attentive decoder, and three ways to run it with the same variables."""

    def __init__(self) -> None:
        self.symbols = tf.placeholder(tf.int32, [None, None])
        self.lengths = tf.placeholder(tf.int32, [None])
        self.embedding = tf.get_variable("embedding", [SYMBOLS, UNITS])
        self.heard, self.state = tf.nn.dynamic_rnn(
            tf.nn.rnn_cell.GRUCell(UNITS), tf.nn.embedding_lookup(self.embedding, self.symbols), self.lengths,
            dtype=tf.float32)
        self.batch = tf.shape(self.symbols)[0]
        starts = tf.fill([self.batch, 1], START)
        inputs = tf.nn.embedding_lookup(self.embedding, tf.concat([starts, self.symbols[:, :-1]], 1))
        outputs, _, _ = self._decoded(1, False, lambda cell, state, layer: seq2seq.BasicDecoder(
            cell, seq2seq.TrainingHelper(inputs, self.lengths), state, layer))
        logits = outputs.rnn_output
        mask = tf.sequence_mask(self.lengths, tf.shape(logits)[1], dtype=tf.float32)
        self.loss = seq2seq.sequence_loss(logits, self.symbols[:, :tf.shape(logits)[1]], mask)
        self.train = tf.train.AdamOptimizer(0.01).minimize(self.loss)
        starts = tf.fill([self.batch], START)
        self.greedy, _, _ = self._decoded(1, True, lambda cell, state, layer: seq2seq.BasicDecoder(
            cell, seq2seq.GreedyEmbeddingHelper(self.embedding, starts, END), state, layer))
        self.beams, _, _ = self._decoded(3, True, lambda cell, state, layer: seq2seq.BeamSearchDecoder(
            cell, self.embedding, starts, END, state, 3, layer, length_penalty_weight=0.5))

    def _decoded(self, beams: int, reuse: bool, make: Any) -> Any:
        with tf.variable_scope("speaker", reuse=reuse):
            heard, state, lengths = (seq2seq.tile_batch(t, beams) for t in (self.heard, self.state, self.lengths))
            attention = seq2seq.BahdanauAttention(UNITS, heard, lengths)
            cell = seq2seq.AttentionWrapper(tf.nn.rnn_cell.GRUCell(UNITS), attention, attention_layer_size=UNITS)
            start = cell.zero_state(self.batch * beams, tf.float32).clone(cell_state=state)
            decoder = make(cell, start, tf.layers.Dense(SYMBOLS, name="words"))
            return seq2seq.dynamic_decode(decoder, maximum_iterations=2 * LONGEST if reuse else None)


@pytest.mark.slow
def test_what_was_learned_is_decoded(compiled: None) -> None:
    tf.set_random_seed(1)
    model = Copying()
    assert len({v.op.name for v in tf.trainable_variables()}) == len(tf.trainable_variables()) == 15
    rng = np.random.default_rng(0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        losses = []
        for _ in range(400):
            symbols, lengths = _batch(rng)
            losses.append(sess.run([model.loss, model.train], {model.symbols: symbols, model.lengths: lengths})[0])
        assert losses[0] > 1.5 and np.mean(losses[-20:]) < 0.05
        symbols, lengths = _batch(rng)
        feeds = {model.symbols: symbols, model.lengths: lengths}
        greedy, beams = sess.run([model.greedy.sample_id, model.beams.predicted_ids[:, :, 0]], feeds)
    for found in (greedy, beams):
        right = [np.array_equal(row[:n], wanted[:n]) for row, wanted, n in zip(found, symbols, lengths, strict=True)]
        assert np.mean(right) > 0.9


# Gradients.

RNG = np.random.default_rng(3)
INPUT = RNG.normal(size=(3, 5, 2)).astype(np.float32)
MEMORY = RNG.normal(size=(3, 4, 6)).astype(np.float32)
WEIGHTS = RNG.normal(size=(3, 5, 6)).astype(np.float32)


@pytest.mark.parametrize("impute", [True, False])
def test_gradients_are_those_of_the_unrolled_network(impute: bool, tier: str) -> None:
    """By the inputs, the memory, the first state and all variables."""
    inputs, memory, first = tf.constant(INPUT), tf.constant(MEMORY), tf.constant(RNG.normal(size=(3, 4)), tf.float32)
    lengths = [5, 2, 3]
    tf.set_random_seed(2)
    with tf.variable_scope("net", initializer=tf.random_normal_initializer(seed=1)):
        attention = seq2seq.LuongAttention(4, memory, [4, 1, 3], scale=True)
        cell = seq2seq.AttentionWrapper(tf.nn.rnn_cell.GRUCell(4), attention)
        start = cell.zero_state(3, tf.float32).clone(cell_state=first)
        with tf.variable_scope("decoder") as scope:
            pass
        outputs, _, _ = seq2seq.dynamic_decode(
            seq2seq.BasicDecoder(cell, seq2seq.TrainingHelper(inputs, lengths), start), impute_finished=impute,
            scope=scope)
        mask = tf.sequence_mask(lengths, 5, dtype=tf.float32)[:, :, None]
        loop = tf.reduce_sum(outputs.rnn_output * WEIGHTS * mask)
        state, steps = start, []
        with tf.variable_scope(scope, reuse=True):
            for t in range(5):
                output, state = cell(inputs[:, t], state)
                steps.append(output)
        unrolled = tf.reduce_sum(tf.stack(steps, 1) * WEIGHTS * mask)
    sources = [inputs, memory, first, *tf.trainable_variables()]
    slopes = [[tf.convert_to_tensor(slope) for slope in tf.gradients(y, sources)] for y in (loop, unrolled)]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        values, (found, wanted) = sess.run([[loop, unrolled], slopes])
    np.testing.assert_allclose(values[0], values[1], rtol=1e-4)
    assert len(found) == 9
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_gradients_through_scheduled_sampling(tier: str) -> None:
    """Where outputs become inputs, the gradient goes through them; else it ends at the given inputs."""
    class Doubling(tf.nn.rnn_cell.RNNCell):
        output_size = state_size = 2

        def call(self, inputs: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return 2.0 * inputs, state

    inputs = tf.constant(INPUT)
    cell = Doubling()
    helper = seq2seq.ScheduledOutputTrainingHelper(inputs, [5, 3, 1], [1.0, 0.0, 1.0])
    outputs, _, _ = seq2seq.dynamic_decode(seq2seq.BasicDecoder(cell, helper, cell.zero_state(3, tf.float32)),
                                           impute_finished=True)
    with tf.Session() as sess:
        found = sess.run(tf.gradients(tf.reduce_sum(outputs.rnn_output), inputs)[0])
    assert found[:, :, 0].tolist() == [[62, 0, 0, 0, 0], [2, 2, 2, 0, 0], [2, 0, 0, 0, 0]]
