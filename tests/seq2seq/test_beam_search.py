"""Beam search: a step against NumPy, whole searches against all sequences there are, and the states of cells."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.seq2seq.beam_search_step import beam_search_step

RNG = np.random.default_rng(5)
seq2seq = tf.contrib.seq2seq


def log_softmax(x: np.ndarray) -> np.ndarray:
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


# One step.

BATCH, BEAMS, VOCABULARY, END = 2, 3, 5, 4
LOGITS = RNG.normal(size=(BATCH, BEAMS, VOCABULARY)).astype(np.float32)
LOG_PROBS = np.sort(RNG.uniform(-3, 0, (BATCH, BEAMS)).astype(np.float32))[:, ::-1].copy()
FINISHED = np.array([[False, True, False], [True, False, False]])
LENGTHS = np.array([[3, 2, 3], [1, 3, 3]])
CELL = RNG.normal(size=(BATCH, BEAMS, 2)).astype(np.float32)


def stepped(length_weight: float) -> list[dict[str, np.ndarray]]:
    """For each entry the best continuations, best first."""
    result = []
    for b in range(BATCH):
        found = []
        for beam, symbol in itertools.product(range(BEAMS), range(VOCABULARY)):
            if FINISHED[b, beam]:
                step = 0.0 if symbol == END else float(np.finfo(np.float32).min)
            else:
                step = log_softmax(LOGITS[b, beam])[symbol]
            # For the score, the end token is not counted; for the length that is kept, it is.
            scored = LENGTHS[b, beam] + (not FINISHED[b, beam] and symbol != END)
            total = LOG_PROBS[b, beam] + step
            score = total / ((5 + scored) ** length_weight / 6 ** length_weight)
            found.append((score, -(beam * VOCABULARY + symbol), beam, symbol, total))
        best = sorted(found, reverse=True)[:BEAMS]
        result.append({
            "scores": np.array([x[0] for x in best]), "parents": np.array([x[2] for x in best]),
            "symbols": np.array([x[3] for x in best]), "totals": np.array([x[4] for x in best]),
            "lengths": np.array([LENGTHS[b, x[2]] + (not FINISHED[b, x[2]]) for x in best]),
            "finished": np.array([FINISHED[b, x[2]] or x[3] == END for x in best])})
    return result


@pytest.mark.parametrize("length_weight", [0.0, 0.6, 2.0])
@pytest.mark.parametrize("known", [True, False])
def test_a_step_keeps_the_best_continuations(length_weight: float, known: bool, tier: str) -> None:
    shape = [BATCH, BEAMS, VOCABULARY] if known else [None, BEAMS, None]
    logits = tf.placeholder(tf.float32, shape)
    state = seq2seq.BeamSearchDecoderState(tf.constant(CELL), tf.constant(LOG_PROBS), tf.constant(FINISHED),
                                           tf.constant(LENGTHS), ())
    output, following = beam_search_step(logits, {"c": tf.constant(CELL), "time": tf.constant(1)}, state,
                                         tf.constant(BATCH), BEAMS, tf.constant(END), length_weight, 0.0, None)
    assert output.predicted_ids.dtype is tf.int32 and following.lengths.dtype is tf.int64
    with tf.Session() as sess:
        out, new = sess.run([output, following._replace(accumulated_attention_probs=tf.no_op())], {logits: LOGITS})
    for b, wanted in enumerate(stepped(length_weight)):
        np.testing.assert_allclose(out.scores[b], wanted["scores"], rtol=1e-4, atol=1e-5)
        assert out.parent_ids[b].tolist() == wanted["parents"].tolist()
        assert out.predicted_ids[b].tolist() == wanted["symbols"].tolist()
        np.testing.assert_allclose(new.log_probs[b], wanted["totals"], rtol=1e-4, atol=1e-5)
        assert new.lengths[b].tolist() == wanted["lengths"].tolist()
        assert new.finished[b].tolist() == wanted["finished"].tolist()
        np.testing.assert_array_equal(new.cell_state["c"][b], CELL[b][wanted["parents"]])
    assert new.cell_state["time"] == 1


def test_what_has_ended_does_not_go_on(tier: str) -> None:
    """However improbable the rest: an ended beam takes the end token alone."""
    logits = tf.constant([[[0.0, -50.0, -60.0], [0.0, 0.0, 0.0], [0.0, -1.0, -2.0]]])
    state = seq2seq.BeamSearchDecoderState((), tf.constant([[-1.0, -2.0, -100.0]]), tf.constant([[False, True, False]]),
                                           tf.constant([[2, 1, 2]], tf.int64), ())
    output, following = beam_search_step(logits, (), state, tf.constant(1), 3, tf.constant(2), 0.0, 0.0, None)
    with tf.Session() as sess:
        ids, parents, totals, lengths = sess.run([output.predicted_ids, output.parent_ids, following.log_probs,
                                                  following.lengths])
    assert ids.tolist() == [[0, 2, 1]] and parents.tolist() == [[0, 1, 0]] and lengths.tolist() == [[3, 1, 3]]
    np.testing.assert_allclose(totals, [[-1, -2, -51]], rtol=1e-4)


def test_what_is_not_covered_costs(tier: str) -> None:
    attention = RNG.uniform(0.1, 0.9, (BATCH, BEAMS, 4)).astype(np.float32)
    before = RNG.uniform(0, 0.5, (BATCH, BEAMS, 4)).astype(np.float32)
    before[:, :, 3] = attention[:, :, 3] = 0  # after the end of the input
    state = seq2seq.BeamSearchDecoderState(tf.constant(CELL), tf.constant(LOG_PROBS), tf.constant(FINISHED),
                                           tf.constant(LENGTHS), tf.constant(before))
    output, following = beam_search_step(tf.constant(LOGITS), tf.constant(CELL), state, tf.constant(BATCH), BEAMS,
                                         tf.constant(END), 0.0, 0.3, tf.constant(attention))
    with tf.Session() as sess:
        out, new = sess.run([output, following])
    attended = before + attention * ~FINISHED[..., None]
    covered = np.where(attended == 0, 1, np.minimum(attended, 1))
    penalty = 0.3 * np.log(covered).sum(-1) * FINISHED
    for b in range(BATCH):
        steps = log_softmax(LOGITS[b])
        steps[FINISHED[b]] = np.where(np.arange(VOCABULARY) == END, 0, np.finfo(np.float32).min)
        scores = (LOG_PROBS[b][:, None] + steps + penalty[b][:, None]).ravel()
        best = np.argsort(-scores, kind="stable")[:BEAMS]
        np.testing.assert_allclose(out.scores[b], scores[best], rtol=1e-4)
        np.testing.assert_allclose(new.accumulated_attention_probs[b], attended[b][best // VOCABULARY], rtol=1e-5)


# Whole searches. The next symbol depends on the last alone: the cell gives the embedding of its input.

CHAIN = RNG.normal(size=(3, 4, 4)).astype(np.float32) * 2  # for each entry logits by the last symbol
STEPS, CHAIN_END, CHAIN_START = 4, 0, 1


class Chain(tf.nn.rnn_cell.RNNCell):
    """Logits of the next symbol; its state counts, and holds the last two inputs."""

    output_size = 4
    state_size = (tf.TensorShape([]), 4)

    def __init__(self, beams: int, table: np.ndarray) -> None:
        super().__init__()
        self._beams, self._table = beams, table

    def call(self, inputs: tf.Tensor, state: Any) -> Any:
        table = seq2seq.tile_batch(tf.constant(self._table), self._beams)
        logits = tf.reduce_sum(table * inputs[:, :, None], 1)
        return logits, (state[0] + 1, logits)


def all_sequences(entry: int, weight: float) -> list[tuple[float, list[int]]]:
    """Scores and symbols of all sequences that end within the steps, or are as long, best first."""
    found: dict[tuple[int, ...], float] = {}
    for symbols in itertools.product(range(4), repeat=STEPS):
        total, last, kept = 0.0, CHAIN_START, []
        for symbol in symbols:
            total += log_softmax(CHAIN[entry, last])[symbol]
            kept.append(symbol)
            last = symbol
            if symbol == CHAIN_END:
                break
        scored = len(kept) - (kept[-1] == CHAIN_END)
        # A sequence that ended keeps its length with the end token counted, from the step after it on.
        if kept[-1] == CHAIN_END and len(kept) < STEPS:
            scored += 1
        found[tuple(kept)] = total / ((5 + scored) / 6) ** weight
    return sorted(((score, list(kept)) for kept, score in found.items()), reverse=True)


def _search(beams: int, steps: int = STEPS, known: bool = True, table: np.ndarray = CHAIN, **how: Any) -> Any:
    tokens = tf.fill([3], CHAIN_START) if known else tf.placeholder_with_default(np.full(3, CHAIN_START), [None])
    cell = Chain(beams, table)
    state = (tf.constant(0.0), tf.zeros([3 * beams, 4]))
    decoder = seq2seq.BeamSearchDecoder(cell, lambda ids: tf.one_hot(ids, 4), tf.cast(tokens, tf.int32), CHAIN_END,
                                        state, beams, **how)
    return seq2seq.dynamic_decode(decoder, maximum_iterations=steps)


@pytest.mark.parametrize("weight", [0.0, 0.7])
@pytest.mark.parametrize("known", [True, False])
def test_a_wide_search_finds_the_best_of_all_sequences(weight: float, known: bool, tier: str) -> None:
    """With as many beams as there are prefixes nothing is lost on the way."""
    beams = 60
    outputs, state, _ = _search(beams, known=known, length_penalty_weight=weight)
    with tf.Session() as sess:
        ids, steps, lengths = sess.run([outputs.predicted_ids, outputs.beam_search_decoder_output, state.lengths])
    assert ids.shape == (3, STEPS, beams)
    for entry in range(3):
        wanted = all_sequences(entry, weight)
        for beam in range(10):
            np.testing.assert_allclose(steps.scores[entry, -1, beam], wanted[beam][0], rtol=1e-4)
            symbols = wanted[beam][1]
            assert ids[entry, :, beam].tolist() == symbols + [CHAIN_END] * (STEPS - len(symbols))
            assert lengths[entry, beam] == len(symbols)


def test_one_beam_is_greedy(tier: str) -> None:
    outputs, _, lengths = _search(1)
    with tf.Session() as sess:
        ids, taken = sess.run([outputs.predicted_ids[:, :, 0], lengths])
    for entry in range(3):
        last, symbols = CHAIN_START, []
        while len(symbols) < STEPS and (not symbols or last != CHAIN_END):
            last = int(CHAIN[entry, last].argmax())
            symbols.append(last)
        assert ids[entry].tolist()[:len(symbols)] == symbols and taken[entry, 0] == len(symbols)


def test_a_search_ends_by_itself(tier: str) -> None:
    """When all beams have ended, and not before."""
    ending = CHAIN.copy()
    ending[:, :, CHAIN_END] += 4
    outputs, state, lengths = _search(3, steps=50, table=ending)
    with tf.Session() as sess:
        ids, taken, kept, finished = sess.run([outputs.predicted_ids, lengths, state.lengths, state.finished])
    assert 1 < ids.shape[1] == taken.max() < 50 and finished.all()
    assert np.all(kept <= taken.max()) and np.all(ids[:, -1] == CHAIN_END)
    assert np.any(ids[:, -2] != CHAIN_END) or ids.shape[1] == kept.max()


def test_states_follow_their_beams(tier: str) -> None:
    """What a beam's state holds belongs to the sequence of the beam: here the logits by its symbol before the last."""
    outputs, state, _ = _search(3)
    with tf.Session() as sess:
        ids, (count, logits), finished = sess.run([outputs.predicted_ids, state.cell_state, state.finished])
    assert count == STEPS
    for entry, beam in itertools.product(range(3), range(3)):
        if ids[entry, -1, beam] != CHAIN_END:
            np.testing.assert_allclose(logits[entry, beam], CHAIN[entry, ids[entry, -2, beam]], rtol=1e-5)


# With attention.

def _attentive(known: bool, beams: int, history: bool, **how: Any) -> tuple[Any, Any, dict[tf.Tensor, Any]]:
    rng = np.random.default_rng(6)
    tf.set_random_seed(1)
    memory = rng.normal(size=(2, 5, 3)).astype(np.float32)
    given = tf.placeholder(tf.float32, [2 if known else None, 5 if known else None, 3])
    tiled = seq2seq.tile_batch(given, beams)
    mechanism = seq2seq.LuongAttention(4, tiled, seq2seq.tile_batch(tf.constant([5, 3]), beams))
    cell = seq2seq.AttentionWrapper(tf.nn.rnn_cell.GRUCell(4), mechanism, alignment_history=history)
    batch = tf.shape(given)[0]
    decoder = seq2seq.BeamSearchDecoder(
        cell, tf.constant(rng.normal(size=(6, 3)), tf.float32), tf.fill([2 if known else batch], 1), 0,
        cell.zero_state(2 * beams if known else batch * beams, tf.float32), beams, tf.layers.Dense(6), **how)
    outputs, state, _ = seq2seq.dynamic_decode(decoder, maximum_iterations=6)
    return outputs, state, {given: memory}


def test_alignments_of_a_search_follow_its_sequences(tier: str) -> None:
    """The history comes stacked, in the order that TensorFlow gives it: step for step the beam that a sequence was."""
    outputs, state, feeds = _attentive(False, 3, history=True)
    history = state.cell_state.alignment_history
    assert isinstance(history, tf.Tensor)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found, steps, lengths = sess.run([history, outputs.beam_search_decoder_output, state.lengths], feeds)
    with tf.Graph().as_default(), tf.Session() as sess:
        _, state, feeds = _attentive(False, 3, history=True, reorder_tensor_arrays=False)
        sess.run(tf.global_variables_initializer())
        raw = sess.run(state.cell_state.alignment_history.stack(), feeds)
    parents = steps.parent_ids.transpose(1, 0, 2)
    assert found.shape == raw.shape == (len(parents), 6, 5)
    found, raw = found.reshape(-1, 2, 3, 5), raw.reshape(-1, 2, 3, 5)
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-5)
    assert np.all(found[:, 1, :, 3:] == 0)  # nothing of the second entry is attended to after its end
    for entry, beam in itertools.product(range(2), range(3)):
        place = beam
        for time in reversed(range(lengths[entry].max())):
            if time < lengths[entry, beam]:
                np.testing.assert_allclose(found[time, entry, beam], raw[time, entry, place], rtol=1e-4)
            place = parents[time, entry, place]


def test_an_array_whose_beams_cannot_be_told_stays_one() -> None:
    """As in TensorFlow 1.15: [6, 5] is taken for [batch, beams] that do not fit; the user is told."""
    _, state, _ = _attentive(True, 3, history=True)
    assert isinstance(state.cell_state.alignment_history, tf.TensorArray)
    _, state, _ = _attentive(False, 3, history=True, reorder_tensor_arrays=False)
    assert isinstance(state.cell_state.alignment_history, tf.TensorArray)


def test_a_coverage_penalty_needs_attention() -> None:
    outputs, state, feeds = _attentive(True, 3, history=False, coverage_penalty_weight=0.2)
    assert state.accumulated_attention_probs.shape.as_list() == [2, 3, 5]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        attended, steps = sess.run([state.accumulated_attention_probs, tf.shape(outputs.predicted_ids)[1]], feeds)
        assert np.all(attended.sum(-1) <= steps + 1e-4)
    with pytest.raises(ValueError, match="coverage_penalty_weight must be 0.0 if no cell is attentional"):
        _search(2, coverage_penalty_weight=0.5)


def test_what_does_not_fit() -> None:
    cell = tf.nn.rnn_cell.GRUCell(4)

    def build(**other: Any) -> Any:
        arguments = {"cell": cell, "embedding": tf.zeros([6, 3]), "start_tokens": [1, 1], "end_token": 0,
                     "initial_state": tf.zeros([6, 4]), "beam_width": 3, **other}
        return seq2seq.BeamSearchDecoder(**arguments)

    build()
    for other, error, words in (({"cell": 3}, TypeError, "is not an RNNCell"),
                                ({"output_layer": tf.tanh}, TypeError, "output_layer must be a Layer"),
                                ({"start_tokens": 1}, ValueError, "start_tokens must be a vector"),
                                ({"end_token": [0]}, ValueError, "end_token must be a scalar"),
                                ({"initial_state": tf.placeholder(tf.float32)}, ValueError, "known rank"),
                                ({"initial_state": tf.zeros([6, 5])}, ValueError, "Unexpected behavior when resh")):
        with pytest.raises(error, match=words):
            build(**other)
