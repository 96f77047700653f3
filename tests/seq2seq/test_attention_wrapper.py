"""A cell that attends: its steps against NumPy, its state, its variables, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf

RNG = np.random.default_rng(1)
BATCH, TIME, DEPTH, UNITS, INPUTS = 3, 5, 4, 6, 2
MEMORY = RNG.normal(size=(BATCH, TIME, DEPTH)).astype(np.float32)
OTHER = RNG.normal(size=(BATCH, TIME + 2, DEPTH + 1)).astype(np.float32)
STEPS = RNG.normal(size=(3, BATCH, INPUTS)).astype(np.float32)

seq2seq = tf.contrib.seq2seq


class Mixing(tf.nn.rnn_cell.RNNCell):
    """Adds up its state and what comes in, each input number in turn: a cell that NumPy can follow."""

    output_size = state_size = UNITS

    def call(self, inputs: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        folded = tf.reduce_sum(inputs, 1, keepdims=True) * tf.range(1.0, UNITS + 1)
        return tf.tanh(state + folded), 0.5 * state + folded


def mixing(inputs: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    folded = inputs.sum(1, keepdims=True) * np.arange(1, UNITS + 1)
    return np.tanh(state + folded), 0.5 * state + folded


def attend(query: np.ndarray, memory: np.ndarray, kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What Luong's attention gives: the context, and the alignments."""
    score = np.einsum("bu,btu->bt", query, memory @ kernel)
    score = np.exp(score - score.max(1, keepdims=True))
    alignments = score / score.sum(1, keepdims=True)
    return np.einsum("bt,btd->bd", alignments, memory), alignments


def _luong(memory: np.ndarray = MEMORY, **how: Any) -> Any:
    return seq2seq.LuongAttention(UNITS, tf.constant(memory), **how)


def _unrolled(cell: Any, state: Any, count: int = 3) -> tuple[list[tf.Tensor], list[Any]]:
    outputs, states = [], [state]
    for step in range(count):
        output, state = cell(tf.constant(STEPS[step]), state)
        outputs.append(output)
        states.append(state)
    return outputs, states


def _run(tensors: Any) -> tuple[Any, dict[str, np.ndarray]]:
    """What tensors give, and the variables by name."""
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(tensors), {v.op.name: sess.run(v) for v in tf.global_variables()}


@pytest.mark.parametrize("output_attention", [True, False])
@pytest.mark.parametrize("layer_size", [None, 7])
def test_steps_are_those_that_numpy_takes(output_attention: bool, layer_size: int | None, tier: str) -> None:
    cell = seq2seq.AttentionWrapper(Mixing(), _luong(), attention_layer_size=layer_size,
                                    output_attention=output_attention)
    outputs, states = _unrolled(cell, cell.zero_state(BATCH, tf.float32))
    assert cell.output_size == (layer_size or DEPTH if output_attention else UNITS)
    tensors = (outputs, [s.attention for s in states], [s.alignments for s in states], [s.cell_state for s in states],
               [s.time for s in states])
    (found, attentions, alignments, cell_states, times), weights = _run(tensors)
    kernel, state = weights["memory_layer/kernel"], np.zeros((BATCH, UNITS))
    attention, alignment = np.zeros((BATCH, layer_size or DEPTH)), np.zeros((BATCH, TIME))
    for step in range(3):
        np.testing.assert_allclose(attentions[step], attention, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(alignments[step], alignment, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(cell_states[step], state, rtol=1e-4, atol=1e-4)
        output, state = mixing(np.concatenate([STEPS[step], attention], 1), state)
        attention, alignment = attend(output, MEMORY, kernel)
        if layer_size:
            attention = np.concatenate([output, attention], 1) @ weights["attention_wrapper/attention_layer/kernel"]
        np.testing.assert_allclose(found[step], attention if output_attention else output, rtol=1e-4, atol=1e-5)
    assert times == [0, 1, 2, 3]


def test_several_mechanisms(tier: str) -> None:
    mechanisms = [_luong(), _luong(OTHER)]
    cell = seq2seq.AttentionWrapper(Mixing(), mechanisms, attention_layer_size=[3, 4], alignment_history=True)
    assert cell.output_size == 7 and cell.state_size.alignments == (TIME, TIME + 2)
    (output,), (start, state) = _unrolled(cell, cell.zero_state(BATCH, tf.float32), 1)
    assert output.shape.as_list() == [BATCH, 7]
    assert [len(x) for x in (start.alignments, start.attention_state, start.alignment_history)] == [2, 2, 2]
    histories = [history.stack() for history in state.alignment_history]
    (found, alignments, stacked), weights = _run((output, state.alignments, histories))
    query, _ = mixing(np.concatenate([STEPS[0], np.zeros((BATCH, 7))], 1), np.zeros((BATCH, UNITS)))
    wanted = []
    for i, (memory, number) in enumerate(((MEMORY, ""), (OTHER, "_1"))):
        context, alignment = attend(query, memory, weights[f"memory_layer{number}/kernel"])
        np.testing.assert_allclose(alignments[i], alignment, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(stacked[i], alignment[None], rtol=1e-4, atol=1e-6)
        layer = weights[f"attention_wrapper/attention_layer{number}/kernel"]
        wanted.append(np.concatenate([query, context], 1) @ layer)
    np.testing.assert_allclose(found, np.concatenate(wanted, 1), rtol=1e-4, atol=1e-5)


def test_the_history_holds_the_alignments_of_all_steps(tier: str) -> None:
    cell = seq2seq.AttentionWrapper(Mixing(), _luong(), alignment_history=True)
    _, states = _unrolled(cell, cell.zero_state(BATCH, tf.float32))
    (stacked, each), _ = _run((states[-1].alignment_history.stack(), [s.alignments for s in states[1:]]))
    np.testing.assert_array_equal(stacked, each)
    assert states[0].alignment_history.size().shape.as_list() == []


def test_inputs_attention_and_layers_of_the_users_own() -> None:
    def attention_fn(mechanism: Any, output: tf.Tensor, state: Any, layer: Any) -> Any:
        alignments, state = mechanism(output, state=state)
        return layer(output), alignments, state

    cell = seq2seq.AttentionWrapper(Mixing(), _luong(), cell_input_fn=lambda inputs, attention: 2.0 * inputs,
                                    attention_layer=tf.layers.Dense(3, name="own"), attention_fn=attention_fn)
    (output,), _ = _unrolled(cell, cell.zero_state(BATCH, tf.float32), 1)
    found, weights = _run(output)
    query, _ = mixing(2 * STEPS[0], np.zeros((BATCH, UNITS)))
    np.testing.assert_allclose(found, query @ weights["attention_wrapper/own/kernel"], rtol=1e-4, atol=1e-6)


def test_a_state_to_begin_with() -> None:
    first = RNG.normal(size=(BATCH, UNITS)).astype(np.float32)
    cell = seq2seq.AttentionWrapper(Mixing(), _luong(), initial_cell_state=tf.constant(first))
    state = cell.zero_state(BATCH, tf.float32)
    cloned = seq2seq.AttentionWrapper(Mixing(), _luong()).zero_state(BATCH, tf.float32).clone(
        cell_state=tf.constant(first))
    assert isinstance(cloned, seq2seq.AttentionWrapperState)
    (one, other), _ = _run((state.cell_state, cloned.cell_state))
    np.testing.assert_array_equal(one, first)
    np.testing.assert_array_equal(other, first)


def test_a_clone_keeps_its_shapes(tier: str) -> None:
    batch = tf.placeholder(tf.int32, [])
    memory = tf.placeholder(tf.float32, [None, TIME, DEPTH])
    cell = seq2seq.AttentionWrapper(Mixing(), seq2seq.LuongAttention(UNITS, memory))
    state = cell.zero_state(batch, tf.float32)
    given = tf.placeholder(tf.float32)
    cloned = state.clone(cell_state=given)
    assert cloned.cell_state.shape.as_list() == [None, UNITS]
    with pytest.raises(ValueError, match=r"shape \(\?, 6\), but shape \(3, 7\) was given.*tile_batch"):
        state.clone(cell_state=tf.zeros([3, 7]))
    with pytest.raises((TypeError, ValueError), match="structure"):
        state.clone(cell_state=(given, given))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        feeds = {batch: BATCH, memory: MEMORY, given: np.ones((BATCH, UNITS))}
        assert sess.run(cloned.cell_state, feeds).sum() == BATCH * UNITS
        with pytest.raises(tf.errors.InvalidArgumentError, match="Wrong shape"):
            sess.run(cloned.cell_state, {**feeds, given: np.ones((BATCH + 1, UNITS))})


# What is said of batches that differ. It stands here, as an error shows the line of the program that it is about.
TO_ZERO_STATE = "When calling zero_state of AttentionWrapper.*tiled to beam_width"
TO_A_STEP = "When applying AttentionWrapper.*You may need to tile your memory input"
TO_A_STATE = "When constructing AttentionWrapper.*initial_cell_state.*You may need to tile your initial state"


@pytest.mark.parametrize("known", [True, False])
def test_batches_that_differ(known: bool, tier: str) -> None:
    """As where a beam search was not given a tiled memory: the error says what to tile."""
    memory = tf.constant(MEMORY) if known else tf.placeholder(tf.float32, [None, TIME, DEPTH])
    feeds = {} if known else {memory: MEMORY}
    cell = seq2seq.AttentionWrapper(Mixing(), seq2seq.LuongAttention(UNITS, memory))

    def check(build: Any, words: str) -> None:
        with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match=words), tf.Session() as sess:
            tensor = build()
            sess.run(tf.global_variables_initializer())
            sess.run(tensor, feeds)

    check(lambda: cell.zero_state(2 * BATCH, tf.float32).cell_state, TO_ZERO_STATE)
    state = cell.zero_state(BATCH, tf.float32)
    wrong = state._replace(cell_state=tf.zeros([6, UNITS]), attention=tf.zeros([6, DEPTH]))
    check(lambda: cell(tf.zeros([6, INPUTS]), wrong)[0], TO_A_STEP)
    check(lambda: seq2seq.AttentionWrapper(
        Mixing(), seq2seq.LuongAttention(UNITS, memory),
        initial_cell_state=tf.zeros([6, UNITS])).zero_state(BATCH, tf.float32).cell_state, TO_A_STATE)


def test_names_of_variables() -> None:
    with tf.variable_scope("decoder"):
        cell = seq2seq.AttentionWrapper(tf.nn.rnn_cell.BasicLSTMCell(UNITS),
                                        seq2seq.BahdanauAttention(UNITS, tf.constant(MEMORY)), attention_layer_size=5)
        _unrolled(cell, cell.zero_state(BATCH, tf.float32), 2)
    assert [v.op.name.removeprefix("decoder/") for v in tf.trainable_variables()] == [
        "memory_layer/kernel", "attention_wrapper/basic_lstm_cell/kernel", "attention_wrapper/basic_lstm_cell/bias",
        "attention_wrapper/bahdanau_attention/query_layer/kernel", "attention_wrapper/bahdanau_attention/attention_v",
        "attention_wrapper/attention_layer/kernel"]


def test_a_deep_cell_and_its_state() -> None:
    """The state has the structure of the sizes, as loops and beam searches need it."""
    cells = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.BasicLSTMCell(UNITS), tf.nn.rnn_cell.GRUCell(UNITS)])
    cell = seq2seq.AttentionWrapper(cells, _luong())
    state = cell.zero_state(BATCH, tf.float32)
    _, after = cell(tf.constant(STEPS[0]), state)
    sizes = cell.state_size
    assert type(sizes.cell_state[0]).__name__ == type(after.cell_state[0]).__name__ == "LSTMStateTuple"
    assert sizes.time.as_list() == [] and sizes.attention == DEPTH and sizes.alignment_history == ()
    assert [t.shape.as_list() for t in after.cell_state[0]] == [[BATCH, UNITS]] * 2


def test_what_does_not_fit() -> None:
    wrapper, cell = seq2seq.AttentionWrapper, Mixing()
    for arguments, error, words in (
            (dict(cell=3), TypeError, "'cell'.*is not an RNNCell"),
            (dict(attention_mechanism=tf.tanh), TypeError, "must be an AttentionMechanism.*saw type: function"),
            (dict(attention_mechanism=[_luong(), 3]), TypeError, "saw type: int"),
            (dict(cell_input_fn=3), TypeError, "cell_input_fn must be callable, saw type: int"),
            (dict(attention_layer_size=3, attention_layer=tf.layers.Dense(3)), ValueError, "Only one of"),
            (dict(attention_layer_size=[3, 4]), ValueError, "attention_layer_size must contain exactly one.*2 vs 1"),
            (dict(attention_layer=[]), ValueError, "attention_layer must contain exactly one layer.*0 vs 1")):
        with pytest.raises(error, match=words):
            wrapper(**{"cell": cell, "attention_mechanism": _luong(), **arguments})
    with pytest.raises(TypeError, match="Expected state to be instance of AttentionWrapperState"):
        wrapper(cell, _luong())(tf.zeros([BATCH, INPUTS]), tf.zeros([BATCH, UNITS]))
