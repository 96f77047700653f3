"""Training where inputs are now and then what the network gave: draws are TensorFlow's, the rest is as given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf

RNG = np.random.default_rng(3)
BATCH, TIME, INPUTS, VOCABULARY = 4, 6, 3, 5
INPUT = RNG.normal(size=(BATCH, TIME, INPUTS)).astype(np.float32)
EMBEDDING = RNG.normal(size=(VOCABULARY, INPUTS)).astype(np.float32)
LOGITS = RNG.normal(size=(BATCH, VOCABULARY)).astype(np.float32)

seq2seq = tf.contrib.seq2seq


class Copying(tf.nn.rnn_cell.RNNCell):
    """Gives its inputs: what is decoded shows what was fed."""

    output_size = state_size = INPUTS

    def call(self, inputs: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return inputs, state


def _decoded(helper: Any, layer: Any = None) -> Any:
    cell = Copying()
    decoder = seq2seq.BasicDecoder(cell, helper, cell.zero_state(BATCH, tf.float32), layer)
    outputs, _, lengths = seq2seq.dynamic_decode(decoder)
    return outputs, lengths


def _run(tensors: Any, feeds: Any = None) -> Any:
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(tensors, feeds)


def test_never_sampling_is_plain_training(tier: str) -> None:
    lengths = [6, 2, 1, 4]
    embedding = seq2seq.ScheduledEmbeddingTrainingHelper(INPUT, lengths, EMBEDDING, 0.0)
    output = seq2seq.ScheduledOutputTrainingHelper(INPUT, lengths, 0.0)
    for helper, nothing in ((embedding, -1), (output, 0)):
        outputs, taken = _decoded(helper)
        found, steps = _run([outputs, taken])
        np.testing.assert_array_equal(found.rnn_output, INPUT)
        assert np.all(found.sample_id == nothing) and steps.tolist() == lengths


def test_symbols_that_were_drawn_are_embedded(tier: str) -> None:
    layer = tf.layers.Dense(VOCABULARY, name="logits")
    helper = seq2seq.ScheduledEmbeddingTrainingHelper(
        tf.constant(INPUT.transpose(1, 0, 2)), [TIME] * BATCH, lambda ids: tf.gather(EMBEDDING, ids), 0.5,
        time_major=True, seed=1, scheduling_seed=2)
    seen: list[tf.Tensor] = []
    cell = Copying()

    class Watched(seq2seq.BasicDecoder):
        output_size = seq2seq.BasicDecoderOutput((tf.TensorShape([VOCABULARY]), tf.TensorShape([INPUTS])),
                                                 tf.TensorShape([]))
        output_dtype = seq2seq.BasicDecoderOutput((tf.float32, tf.float32), tf.int32)

        def step(self, time: tf.Tensor, inputs: tf.Tensor, state: Any, name: str | None = None) -> Any:
            outputs, state, following, finished = super().step(time, inputs, state)
            seen.append(inputs)
            return outputs._replace(rnn_output=(outputs.rnn_output, inputs)), state, following, finished

    decoder = Watched(cell, helper, cell.zero_state(BATCH, tf.float32), layer)
    outputs, _, _ = seq2seq.dynamic_decode(decoder, maximum_iterations=TIME)
    found = _run(outputs)
    ids, inputs = found.sample_id, found.rnn_output[1]
    assert 0 < (ids >= 0).mean() < 1 and ids.max() < VOCABULARY
    for t in range(TIME - 1):
        drawn = (ids[:, t] >= 0)[:, None]
        np.testing.assert_array_equal(inputs[:, t + 1], np.where(drawn, EMBEDDING[ids[:, t]], INPUT[:, t + 1]))


def test_draws_are_tensorflows(tier: str) -> None:
    tf.set_random_seed(9)
    helper = seq2seq.ScheduledEmbeddingTrainingHelper(INPUT, [TIME] * BATCH, EMBEDDING, 0.6, seed=1, scheduling_seed=2)
    sampled = helper.sample(0, tf.constant(LOGITS), None)
    whether, which = tf.random_uniform([BATCH], seed=2) < 0.6, tf.multinomial(LOGITS, 1, seed=1)[:, 0]
    output = seq2seq.ScheduledOutputTrainingHelper(INPUT, [TIME] * BATCH, 0.6, seed=3)
    chosen, same = output.sample(0, tf.constant(LOGITS), None), tf.random_uniform([BATCH], seed=3) < 0.6
    with tf.Session() as sess:
        for _ in range(4):
            ids, drawn, symbols, ones, trues = sess.run([sampled, whether, which, chosen, same])
            assert ids.tolist() == np.where(drawn, symbols, -1).tolist()
            assert ones.dtype == np.int32 and ones.tolist() == trues.astype(int).tolist()


def test_a_probability_for_each_entry() -> None:
    helper = seq2seq.ScheduledOutputTrainingHelper(INPUT, [TIME] * BATCH, [0.0, 1.0, 0.0, 1.0])
    assert _run(helper.sample(0, tf.constant(LOGITS), None)).tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("with_auxiliary", [False, True])
@pytest.mark.parametrize("with_function", [False, True])
def test_outputs_become_inputs(with_auxiliary: bool, with_function: bool, tier: str) -> None:
    auxiliary = np.arange(BATCH * TIME, dtype=np.float32).reshape(BATCH, TIME, 1) if with_auxiliary else None
    helper = seq2seq.ScheduledOutputTrainingHelper(
        INPUT, [TIME] * BATCH, [1.0, 0.0, 1.0, 0.0], auxiliary_inputs=auxiliary,
        next_inputs_fn=(lambda outputs: 2.0 * outputs) if with_function else None)
    outputs = tf.constant(RNG.normal(size=(BATCH, INPUTS)), tf.float32)
    given, (finished, following, _) = outputs, helper.next_inputs(2, outputs, (), tf.constant([1, 0, 1, 0]))
    value, inputs, ended = _run([given, following, finished])
    wanted = np.where([[True], [False]] * 2, (2 if with_function else 1) * value, INPUT[:, 3])
    if auxiliary is not None:
        wanted = np.concatenate([wanted, auxiliary[:, 3]], 1)
    np.testing.assert_allclose(inputs, wanted, rtol=1e-6)
    assert not ended.any()


def test_after_the_last_step_there_are_no_inputs(tier: str) -> None:
    """Nothing is read beyond the end, where all have finished."""
    auxiliary = np.ones((BATCH, TIME, 1), np.float32)
    helper = seq2seq.ScheduledOutputTrainingHelper(INPUT, [TIME] * BATCH, 1.0, auxiliary_inputs=auxiliary)
    finished, following, _ = helper.next_inputs(TIME - 1, tf.ones([BATCH, INPUTS]), (), tf.zeros([BATCH], tf.int32))
    ended, inputs = _run([finished, following])
    assert ended.all() and np.all(inputs == 0)


def test_what_does_not_fit() -> None:
    for kind, more in ((seq2seq.ScheduledEmbeddingTrainingHelper, {"embedding": EMBEDDING}),
                       (seq2seq.ScheduledOutputTrainingHelper, {})):
        with pytest.raises(ValueError, match="sampling_probability must be either a scalar or a vector"):
            kind(INPUT, [TIME] * BATCH, sampling_probability=[[0.5]], **more)
