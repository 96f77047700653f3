"""`dynamic_decode`: how many steps are run, what it gives, and what a decoder of the user's own may do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf

RNG = np.random.default_rng(3)
BATCH, TIME, INPUTS, UNITS, VOCABULARY = 3, 5, 2, 4, 6
INPUT = RNG.normal(size=(BATCH, TIME, INPUTS)).astype(np.float32)
W = RNG.normal(size=(INPUTS + UNITS, UNITS)).astype(np.float32)
V = RNG.normal(size=(UNITS, VOCABULARY)).astype(np.float32)

seq2seq = tf.contrib.seq2seq


class Plain(tf.nn.rnn_cell.RNNCell):
    """`tanh([input, state] W)`."""

    output_size = state_size = UNITS

    def call(self, inputs: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        output = tf.tanh(tf.matmul(tf.concat([inputs, state], 1), W))
        return output, output


def unrolled(lengths: list[int], steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits [batch, steps, vocabulary] and symbols, 0 after the ends, and the states at the ends."""
    state, logits = np.zeros((BATCH, UNITS)), np.zeros((BATCH, steps, VOCABULARY))
    for t in range(steps):
        going = (t < np.asarray(lengths))[:, None]
        following = np.tanh(np.concatenate([INPUT[:, t], state], 1) @ W)
        logits[:, t] = np.where(going, following @ V, 0)
        state = np.where(going, following, state)
    return logits, logits.argmax(2) * (np.arange(steps) < np.asarray(lengths)[:, None]), state


def _layer() -> Any:
    return tf.layers.Dense(VOCABULARY, use_bias=False, kernel_initializer=tf.constant_initializer(V), name="out")


def _run(tensors: Any, feeds: Any = None) -> Any:
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(tensors, feeds)


@pytest.mark.parametrize("lengths", [[2, 4, 0], [5, 1, 5], [1, 1, 1]])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("time_major", [True, False])
def test_a_decoder_that_is_given_its_inputs(lengths: list[int], known: bool, time_major: bool, tier: str) -> None:
    given = INPUT.transpose(1, 0, 2) if time_major else INPUT
    inputs = tf.placeholder(tf.float32, given.shape if known else [None, None, INPUTS])
    lens = tf.placeholder(tf.int64, [None])
    helper = seq2seq.TrainingHelper(inputs, lens, time_major=time_major)
    cell = Plain()
    decoder = seq2seq.BasicDecoder(cell, helper, cell.zero_state(helper.batch_size, tf.float32), _layer())
    outputs, state, taken = seq2seq.dynamic_decode(decoder, impute_finished=True, output_time_major=time_major)
    assert outputs.rnn_output.shape.as_list()[-1] == VOCABULARY and outputs.rnn_output.dtype is tf.float32
    assert outputs.sample_id.dtype is tf.int32 and taken.dtype is tf.int32
    found, last, steps = _run([outputs, state, taken], {inputs: given, lens: lengths})
    logits, symbols, wanted = unrolled(lengths, max(lengths))
    if time_major:
        found = seq2seq.BasicDecoderOutput(found.rnn_output.transpose(1, 0, 2), found.sample_id.T)
    assert found.rnn_output.shape == (BATCH, max(lengths), VOCABULARY)
    np.testing.assert_allclose(found.rnn_output, logits, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(found.sample_id, symbols)
    np.testing.assert_allclose(last, wanted, rtol=1e-4, atol=1e-5)
    assert steps.tolist() == lengths


def test_what_has_finished_goes_on_where_nobody_asks_otherwise(tier: str) -> None:
    cell = Plain()
    decoder = seq2seq.BasicDecoder(cell, seq2seq.TrainingHelper(INPUT, [1, 3, 2]), cell.zero_state(BATCH, tf.float32))
    outputs, state, taken = seq2seq.dynamic_decode(decoder)
    found, last, steps = _run([outputs.rnn_output, state, taken])
    state = np.zeros((BATCH, UNITS))
    for t in range(3):
        state = np.tanh(np.concatenate([INPUT[:, t], state], 1) @ W)
        np.testing.assert_allclose(found[:, t], state, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(last, state, rtol=1e-4, atol=1e-5)
    assert steps.tolist() == [1, 3, 2]


@pytest.mark.parametrize(("most", "wanted"), [(-1, 0), (0, 0), (1, 1), (3, 3), (4, 4), (9, 4)])
@pytest.mark.parametrize("fed", [True, False])
def test_a_bound_for_the_steps(most: int, wanted: int, fed: bool, tier: str) -> None:
    limit = tf.placeholder(tf.int32, []) if fed else most
    cell = Plain()
    decoder = seq2seq.BasicDecoder(cell, seq2seq.TrainingHelper(INPUT, [2, 4, 1]), cell.zero_state(BATCH, tf.float32))
    outputs, _, taken = seq2seq.dynamic_decode(decoder, maximum_iterations=limit)
    found, steps = _run([outputs.rnn_output, taken], {limit: most} if fed else None)
    assert found.shape == (BATCH, wanted, UNITS)
    assert steps.tolist() == [min(2, wanted), min(4, wanted), min(1, wanted)]


def test_a_bound_of_a_decoder_that_feeds_itself(tier: str) -> None:
    """Nothing is run for a bound of 0 or less; outputs of a known shape are empty then."""
    limit = tf.placeholder(tf.int32, [])
    outputs, _, taken = seq2seq.dynamic_decode(Countdown(), maximum_iterations=limit)
    with tf.Session() as sess:
        for most, wanted in ((-3, 0), (0, 0), (2, 2), (9, 4)):
            found, steps = sess.run([outputs["a"] if wanted else outputs["b"][0], taken], {limit: most})
            assert found.shape[1] == wanted and steps.max() == wanted


def test_lengths_below_0_are_seen_after_the_first_step(tier: str) -> None:
    cell = Plain()
    decoder = seq2seq.BasicDecoder(cell, seq2seq.TrainingHelper(INPUT, [-1, 0, -2]), cell.zero_state(BATCH, tf.float32))
    outputs, _, taken = seq2seq.dynamic_decode(decoder)
    found, steps = _run([outputs.rnn_output, taken])
    assert found.shape == (BATCH, 1, UNITS) and steps.tolist() == [1, 0, 1]


def test_a_decoder_whose_steps_are_the_users_own_may_go_on_beyond_the_lengths(tier: str) -> None:
    class Longer(seq2seq.BasicDecoder):
        def step(self, time: tf.Tensor, inputs: Any, state: Any, name: str | None = None) -> Any:
            outputs, state, _, _ = super().step(tf.minimum(time, 1), inputs, state)
            return outputs, state, inputs, tf.fill([BATCH], time >= 3)

    cell = Plain()
    decoder = Longer(cell, seq2seq.TrainingHelper(INPUT, [2, 2, 2]), cell.zero_state(BATCH, tf.float32))
    outputs, _, taken = seq2seq.dynamic_decode(decoder, maximum_iterations=9)
    found, steps = _run([outputs.rnn_output, taken])
    assert found.shape[1] == 4 and steps.tolist() == [4, 4, 4]


def test_lengths_beyond_the_inputs(tier: str) -> None:
    lengths = tf.placeholder(tf.int32, [None])
    cell = Plain()
    decoder = seq2seq.BasicDecoder(cell, seq2seq.TrainingHelper(INPUT, lengths), cell.zero_state(BATCH, tf.float32))
    outputs, _, _ = seq2seq.dynamic_decode(decoder)
    with pytest.raises(tf.errors.InvalidArgumentError):
        _run(outputs.rnn_output, {lengths: [2, TIME + 1, 1]})


EMBEDDING = RNG.normal(size=(VOCABULARY, INPUTS)).astype(np.float32)
START, END = 1, 3


def greedy(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Symbols of each step until all have ended or time is up, and the number of steps of each."""
    state, symbols, taken = np.zeros((BATCH, UNITS)), [np.full(BATCH, START)], np.zeros(BATCH, int)
    state[:] = np.arange(BATCH)[:, None] - 1
    finished = np.zeros(BATCH, bool)
    while not finished.all() and len(symbols) <= steps:
        taken[~finished] = len(symbols)
        state = np.tanh(np.concatenate([EMBEDDING[symbols[-1]], state], 1) @ W)
        symbols.append((state @ V).argmax(1))
        finished |= symbols[-1] == END
    return np.array(symbols[1:]).T, taken


@pytest.mark.parametrize("most", [7, None])
@pytest.mark.parametrize("callable_embedding", [True, False])
def test_a_decoder_that_is_fed_with_what_it_gave(most: int | None, callable_embedding: bool, tier: str) -> None:
    embedding = (lambda ids: tf.gather(EMBEDDING, ids)) if callable_embedding else tf.constant(EMBEDDING)
    wanted, taken = greedy(7)
    if most is None:  # until all have ended: this batch does not, so that another end is chosen which all come to
        taken = None
    end = END if most else int(np.bincount(wanted.ravel(), minlength=VOCABULARY).argmax())
    helper = seq2seq.GreedyEmbeddingHelper(embedding, tf.fill([BATCH], START), end)
    cell = Plain()
    start = tf.constant(np.tile(np.arange(BATCH)[:, None] - 1.0, (1, UNITS)), tf.float32)
    decoder = seq2seq.BasicDecoder(cell, helper, start, _layer())
    outputs, _, steps = seq2seq.dynamic_decode(decoder, maximum_iterations=most or 40)
    found, lengths = _run([outputs.sample_id, steps])
    if most:
        np.testing.assert_array_equal(found, wanted)
        assert lengths.tolist() == taken.tolist()
    else:
        assert found.shape[1] == lengths.max() and all(found[i, n - 1] == end for i, n in enumerate(lengths) if n < 40)


def test_a_decoder_without_a_bound(tier: str) -> None:
    """Each entry counts down by itself, the loop ends when the last has come to 0."""
    first = tf.placeholder(tf.float32, [None])
    helper = seq2seq.InferenceHelper(
        sample_fn=lambda outputs: outputs, sample_shape=[1], sample_dtype=tf.float32,
        start_inputs=tf.expand_dims(first, 1), end_fn=lambda sample: sample[:, 0] <= 0)

    class Down(tf.nn.rnn_cell.RNNCell):
        output_size, state_size = 1, 1

        def call(self, inputs: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return inputs - 1.0, state

    decoder = seq2seq.BasicDecoder(Down(), helper, tf.zeros([tf.shape(first)[0], 1]))
    outputs, _, lengths = seq2seq.dynamic_decode(decoder, impute_finished=True)
    with tf.Session() as sess:
        for values in ([1, 4, 2], [3, 1], [25]):
            found, steps = sess.run([outputs.sample_id, lengths], {first: values})
            assert steps.tolist() == values
            wanted = [[max(value - 1 - t, 0) for t in range(max(values))] for value in values]
            assert found[..., 0].tolist() == wanted


def test_symbols_are_drawn_as_tensorflow_draws_them(tier: str) -> None:
    """Draws of a step are those of the operation when it is run again and again."""
    tf.set_random_seed(7)
    logits = tf.constant(RNG.normal(size=(BATCH, VOCABULARY)), tf.float32)
    helper = seq2seq.SampleEmbeddingHelper(EMBEDDING, tf.fill([BATCH], START), END, softmax_temperature=2.0, seed=4)
    with tf.Session() as sess:
        drawn = helper.sample(0, logits, None)
        same = tf.multinomial(logits / 2.0, 1, seed=4)
        for _ in range(3):
            first, second = sess.run([drawn, same])
            assert first.tolist() == second[:, 0].tolist() and first.dtype == np.int32


class Countdown(seq2seq.Decoder):
    """Outputs in a structure, a state with a scalar and a tensor array, and inputs that are no tensors."""

    batch_size = 2
    output_size = {"a": tf.TensorShape([]), "b": (tf.TensorShape([3]), 2)}
    output_dtype = {"a": tf.int32, "b": (tf.float32, tf.bool)}

    def initialize(self, name: str | None = None) -> Any:
        seen = tf.TensorArray(tf.int32, size=9, element_shape=[2])
        return tf.constant([False, False]), (), (tf.constant([2, 4]), tf.constant(0), seen)

    def step(self, time: tf.Tensor, inputs: Any, state: Any, name: str | None = None) -> Any:
        left, count, seen = state
        output = {"a": left, "b": (tf.ones([2, 3]) * tf.to_float(time), tf.fill([2, 2], True))}
        return output, (left - 1, count + 1, seen.write(time, left)), (), left <= 1


@pytest.mark.parametrize("impute", [True, False])
def test_outputs_and_states_in_structures(impute: bool, tier: str) -> None:
    outputs, (left, count, seen), lengths = seq2seq.dynamic_decode(Countdown(), impute_finished=impute,
                                                                   maximum_iterations=8)
    found, last, steps, written, taken = _run([outputs, left, count, seen.stack(), lengths])
    assert found["a"].tolist() == [[2, 1, 0, 0] if impute else [2, 1, 0, -1], [4, 3, 2, 1]]
    assert found["b"][0][:, :, 0].tolist() == [[0, 1, 0, 0] if impute else [0, 1, 2, 3], [0, 1, 2, 3]]
    assert found["b"][1].shape == (2, 4, 2) and found["b"][1][1].all() and found["b"][1][0, 3].all() == (not impute)
    assert last.tolist() == ([0, 0] if impute else [-2, 0]) and steps == 4 and taken.tolist() == [2, 4]
    assert written[:4, 1].tolist() == [4, 3, 2, 1]


def test_a_decoder_that_says_itself_what_has_finished(tier: str) -> None:
    """Its entries change places at each step, so that what had finished may not have finished by now."""

    class Turning(seq2seq.Decoder):
        batch_size, output_size, output_dtype, tracks_own_finished = 2, tf.TensorShape([]), tf.int32, True

        def initialize(self, name: str | None = None) -> Any:
            return tf.constant([False, False]), (), tf.constant([1, 4])

        def step(self, time: tf.Tensor, inputs: Any, state: Any, name: str | None = None) -> Any:
            turned = tf.reverse(tf.maximum(state - 1, 0), [0])
            return state, turned, (), turned <= 0

        def finalize(self, outputs: Any, final_state: Any, sequence_lengths: tf.Tensor) -> Any:
            return outputs * 10, final_state + 7

    outputs, state, _ = seq2seq.dynamic_decode(Turning(), maximum_iterations=9)
    found, last = _run([outputs, state])
    assert found.tolist() == [[10, 30, 0, 10], [40, 0, 20, 0]] and last.tolist() == [7, 7]


def test_inputs_and_samples_by_functions_of_the_users_own(tier: str) -> None:
    table = tf.constant(INPUT.transpose(1, 0, 2))

    def next_inputs(time: tf.Tensor, outputs: Any, state: Any, sample_ids: tf.Tensor) -> Any:
        return time >= tf.constant([1, 2, 0]), tf.gather(table, tf.minimum(time + 1, TIME - 1)), state

    helper = seq2seq.CustomHelper(lambda: (tf.fill([BATCH], False), table[0]),
                                  lambda time, outputs, state: outputs[:, :2] > 0, next_inputs, sample_ids_shape=[2],
                                  sample_ids_dtype=tf.bool)
    with pytest.raises(ValueError, match="batch_size accessed before initialize"):
        helper.batch_size  # noqa: B018
    cell = Plain()
    decoder = seq2seq.BasicDecoder(cell, helper, cell.zero_state(BATCH, tf.float32))
    outputs, _, lengths = seq2seq.dynamic_decode(decoder, impute_finished=True, maximum_iterations=10)
    found, steps = _run([outputs, lengths])
    assert steps.tolist() == [2, 3, 1] and found.sample_id.shape == (BATCH, 3, 2)
    state = np.zeros((BATCH, UNITS))
    for t in range(3):
        state = np.tanh(np.concatenate([INPUT[:, t], state], 1) @ W)
        going = (t < steps)[:, None]
        np.testing.assert_allclose(found.rnn_output[:, t], np.where(going, state, 0), rtol=1e-4, atol=1e-5)
        np.testing.assert_array_equal(found.sample_id[:, t], (state[:, :2] > 0) & going)


def test_a_helper_of_the_users_own_may_go_on_beyond_the_lengths(tier: str) -> None:
    """It is not taken for one that ends with its longest sequence."""

    class Again(seq2seq.TrainingHelper):
        def next_inputs(self, time: tf.Tensor, outputs: Any, state: Any, name: str | None = None, **_: Any) -> Any:
            return tf.fill([BATCH], time >= 6), self.inputs[:, 0], state

    cell = Plain()
    decoder = seq2seq.BasicDecoder(cell, Again(INPUT, [1, 2, 1]), cell.zero_state(BATCH, tf.float32))
    outputs, _, lengths = seq2seq.dynamic_decode(decoder, maximum_iterations=20)
    found, steps = _run([outputs.rnn_output, lengths])
    assert found.shape[1] == 7 and steps.tolist() == [7, 7, 7]


def test_scopes_and_names() -> None:
    cell = tf.nn.rnn_cell.GRUCell(UNITS)

    def decode(scope: Any) -> None:
        decoder = seq2seq.BasicDecoder(cell, seq2seq.TrainingHelper(INPUT, [1, 2, 3]),
                                       cell.zero_state(BATCH, tf.float32), _layer())
        seq2seq.dynamic_decode(decoder, scope=scope)

    decode(None)
    assert [v.op.name for v in tf.trainable_variables()] == [
        "decoder/gru_cell/gates/kernel", "decoder/gru_cell/gates/bias", "decoder/gru_cell/candidate/kernel",
        "decoder/gru_cell/candidate/bias", "decoder/out/kernel"]
    cell = tf.nn.rnn_cell.GRUCell(UNITS)
    with tf.variable_scope("own", reuse=tf.AUTO_REUSE) as scope:
        pass
    decode(scope)
    cell = tf.nn.rnn_cell.GRUCell(UNITS)
    decode(scope)
    assert [v.op.name for v in tf.trainable_variables()][5:] == [
        "own/gru_cell/gates/kernel", "own/gru_cell/gates/bias", "own/gru_cell/candidate/kernel",
        "own/gru_cell/candidate/bias", "own/out/kernel"]


def test_what_does_not_fit() -> None:
    cell = Plain()
    helper, state = seq2seq.TrainingHelper(INPUT, [1, 2, 3]), cell.zero_state(BATCH, tf.float32)
    with pytest.raises(TypeError, match="Expected decoder to be type Decoder"):
        seq2seq.dynamic_decode(cell)
    with pytest.raises(ValueError, match="maximum_iterations must be a scalar"):
        seq2seq.dynamic_decode(seq2seq.BasicDecoder(cell, helper, state), maximum_iterations=[3])
    for arguments, words in (((3, helper, state), "'cell'.*is not an RNNCell"), ((cell, 3, state), "must be a Helper"),
                             ((cell, helper, state, tf.tanh), "output_layer must be a Layer")):
        with pytest.raises(TypeError, match=words):
            seq2seq.BasicDecoder(*arguments)
    with pytest.raises(ValueError, match="Expected sequence_length to be a vector"):
        seq2seq.TrainingHelper(INPUT, 3)
    for tokens, end, words in ((START, END, "start_tokens must be a vec"), ([START], [END], "end_token must be a sca")):
        with pytest.raises(ValueError, match=words):
            seq2seq.GreedyEmbeddingHelper(EMBEDDING, tokens, end)
    with pytest.raises(TypeError, match="single Tensor"):
        seq2seq.GreedyEmbeddingHelper(EMBEDDING, [START], END).sample(0, (1, 2), None)
    with pytest.raises(TypeError, match="abstract"):
        seq2seq.Decoder()

    class Wrong(Countdown):
        def step(self, time: tf.Tensor, inputs: Any, state: Any, name: str | None = None) -> Any:
            output, state, inputs, finished = super().step(time, inputs, state)
            return output["a"], state, inputs, finished

    with pytest.raises((TypeError, ValueError), match="structure"):
        seq2seq.dynamic_decode(Wrong())
