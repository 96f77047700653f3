"""The unrolled models of `tf.contrib.legacy_seq2seq`: values, names of variables, decoding with their own outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf

RNG = np.random.default_rng(8)
BATCH, UNITS, IN_SYMBOLS, OUT_SYMBOLS, EMBEDDED = 3, 4, 6, 5, 2
SOURCE = [RNG.integers(0, IN_SYMBOLS, BATCH) for _ in range(4)]
TARGET = [RNG.integers(0, OUT_SYMBOLS, BATCH) for _ in range(3)]

legacy = tf.contrib.legacy_seq2seq


class Plain(tf.nn.rnn_cell.RNNCell):
    """`tanh([input, state] W)`, with a variable `w`."""

    output_size = state_size = UNITS

    def call(self, inputs: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        w = tf.get_variable("w", [inputs.shape[1].value + UNITS, UNITS])
        output = tf.tanh(tf.matmul(tf.concat([inputs, state], 1), w))
        return output, output


def plain(w: np.ndarray, inputs: np.ndarray, state: np.ndarray) -> np.ndarray:
    return np.tanh(np.concatenate([inputs, state], 1) @ w)


def _symbols(steps: list[np.ndarray]) -> list[tf.Tensor]:
    return [tf.constant(step) for step in steps]


def _run(tensors: Any, feeds: Any = None) -> tuple[Any, dict[str, np.ndarray]]:
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(tensors, feeds), {v.op.name: sess.run(v) for v in tf.global_variables()}


def _encoded(w: np.ndarray, embedding: np.ndarray) -> list[np.ndarray]:
    states = [np.zeros((BATCH, UNITS))]
    for step in SOURCE:
        states.append(plain(w, embedding[step], states[-1]))
    return states[1:]


def _names() -> list[str]:
    return sorted(v.op.name for v in tf.trainable_variables())


def test_a_decoder_is_a_cell_run_step_by_step(tier: str) -> None:
    inputs = [RNG.normal(size=(BATCH, EMBEDDED)).astype(np.float32) for _ in range(3)]
    state = RNG.normal(size=(BATCH, UNITS)).astype(np.float32)
    outputs, last = legacy.rnn_decoder(_symbols(inputs), tf.constant(state), Plain())
    own, _ = legacy.rnn_decoder(_symbols(inputs), tf.constant(state), Plain(), lambda previous, i: previous[:, :2] * i,
                                scope="own")
    (found, final, fed), weights = _run((outputs, last, own))
    for i, step in enumerate(inputs):
        state = plain(weights["rnn_decoder/plain/w"], step, state)
        np.testing.assert_allclose(found[i], state, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(final, found[-1])
    for i in (1, 2):
        wanted = plain(weights["own/plain/w"], fed[i - 1][:, :2] * i, fed[i - 1])
        np.testing.assert_allclose(fed[i], wanted, rtol=1e-4, atol=1e-6)


def test_an_encoder_and_a_decoder_of_their_own() -> None:
    cell = Plain()
    legacy.basic_rnn_seq2seq([tf.zeros([BATCH, 2])] * 2, [tf.zeros([BATCH, 3])] * 2, cell)
    assert _names() == ["basic_rnn_seq2seq/rnn/plain/w", "basic_rnn_seq2seq/rnn_decoder/plain/w"]


def test_an_encoder_and_a_decoder_that_are_one() -> None:
    cell = tf.nn.rnn_cell.GRUCell(UNITS)
    outputs, _ = legacy.tied_rnn_seq2seq([tf.zeros([BATCH, 2])] * 2, [tf.zeros([BATCH, 2])] * 3, cell)
    assert len(outputs) == 3
    assert _names() == [f"combined_tied_rnn_seq2seq/tied_rnn_seq2seq/gru_cell/{name}" for name in
                        ("candidate/bias", "candidate/kernel", "gates/bias", "gates/kernel")]


@pytest.mark.parametrize("feed_previous", [False, True])
def test_symbols_to_symbols(feed_previous: bool, tier: str) -> None:
    outputs, state = legacy.embedding_rnn_seq2seq(
        _symbols(SOURCE), _symbols(TARGET), Plain(), IN_SYMBOLS, OUT_SYMBOLS, EMBEDDED, feed_previous=feed_previous)
    assert [output.shape.as_list() for output in outputs] == [[BATCH, OUT_SYMBOLS]] * 3
    (found, last), w = _run((outputs, state))
    prefix = "embedding_rnn_seq2seq/"
    assert sorted(w) == [prefix + name for name in (
        "embedding_rnn_decoder/embedding", "embedding_rnn_decoder/rnn_decoder/output_projection_wrapper/bias",
        "embedding_rnn_decoder/rnn_decoder/output_projection_wrapper/kernel",
        "embedding_rnn_decoder/rnn_decoder/output_projection_wrapper/plain/w", "rnn/embedding_wrapper/embedding",
        "rnn/embedding_wrapper/plain/w")]
    state = _encoded(w[prefix + "rnn/embedding_wrapper/plain/w"], w[prefix + "rnn/embedding_wrapper/embedding"])[-1]
    decoder = prefix + "embedding_rnn_decoder/"
    symbols = TARGET[0]
    for i in range(3):
        embedded = w[decoder + "embedding"][symbols]
        state = plain(w[decoder + "rnn_decoder/output_projection_wrapper/plain/w"], embedded, state)
        logits = state @ w[decoder + "rnn_decoder/output_projection_wrapper/kernel"]
        np.testing.assert_allclose(found[i], logits, rtol=1e-4, atol=1e-5)
        symbols = found[i].argmax(1) if feed_previous else TARGET[min(i + 1, 2)]
    np.testing.assert_allclose(last, state, rtol=1e-4, atol=1e-5)


MODELS = {
    "embedding_rnn_seq2seq": lambda cell, **how: legacy.embedding_rnn_seq2seq(
        _symbols(SOURCE), _symbols(TARGET), cell, IN_SYMBOLS, OUT_SYMBOLS, EMBEDDED, **how),
    "embedding_tied_rnn_seq2seq": lambda cell, **how: legacy.embedding_tied_rnn_seq2seq(
        _symbols(SOURCE), _symbols(TARGET), cell, IN_SYMBOLS, EMBEDDED, **how),
    "embedding_attention_seq2seq": lambda cell, **how: legacy.embedding_attention_seq2seq(
        _symbols(SOURCE), _symbols(TARGET), cell, IN_SYMBOLS, OUT_SYMBOLS, EMBEDDED, **how),
    "one2many_rnn_seq2seq": lambda cell, **how: [
        part["task"] for part in legacy.one2many_rnn_seq2seq(
            _symbols(SOURCE), {"task": _symbols(TARGET)}, tf.nn.rnn_cell.GRUCell(UNITS), {"task": cell}, IN_SYMBOLS,
            {"task": OUT_SYMBOLS}, EMBEDDED, **how)],
}


@pytest.mark.parametrize("name", MODELS)
def test_a_run_may_choose_whose_outputs_are_fed(name: str, tier: str) -> None:
    """A tensor decides; the variables are the same either way, and are those of a model built for one way."""
    feed = tf.placeholder(tf.bool, [])
    tf.set_random_seed(1)
    with tf.variable_scope("both"):
        outputs, state = MODELS[name](tf.nn.rnn_cell.GRUCell(UNITS), feed_previous=feed)
    count = len(tf.global_variables())
    fixed = []
    for value in (False, True):
        with tf.variable_scope("both", reuse=True):
            fixed.append(MODELS[name](tf.nn.rnn_cell.GRUCell(UNITS), feed_previous=value))
    assert len(tf.global_variables()) == count
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for value in (False, True):
            found, wanted = sess.run([(outputs, state), fixed[value]], {feed: value})
            for one, other in zip([*found[0], found[1]], [*wanted[0], wanted[1]], strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("start", [False, True])
@pytest.mark.parametrize("heads", [1, 2])
def test_attention_against_numpy(heads: int, start: bool, tier: str) -> None:
    inputs = [RNG.normal(size=(BATCH, EMBEDDED)).astype(np.float32) for _ in range(3)]
    memory = RNG.normal(size=(BATCH, 5, 3)).astype(np.float32)
    state = RNG.normal(size=(BATCH, UNITS)).astype(np.float32)
    outputs, last = legacy.attention_decoder(_symbols(inputs), tf.constant(state), tf.constant(memory), Plain(),
                                             output_size=7, num_heads=heads, initial_state_attention=start)
    (found, final), w = _run((outputs, last))
    w = {name.removeprefix("attention_decoder/"): value for name, value in w.items()}
    assert sorted(w) == sorted([
        "kernel", "bias", "plain/w", "AttnOutputProjection/kernel", "AttnOutputProjection/bias",
        *(name.format(head) for head in range(heads)
          for name in ("AttnW_{}", "AttnV_{}", "Attention_{}/kernel", "Attention_{}/bias"))])

    def attend(query: np.ndarray) -> np.ndarray:
        read = []
        for head in range(heads):
            features = memory @ w[f"AttnW_{head}"][0, 0] + (query @ w[f"Attention_{head}/kernel"])[:, None]
            scores = np.exp(np.tanh(features) @ w[f"AttnV_{head}"])
            read.append(np.einsum("bt,bts->bs", scores / scores.sum(1, keepdims=True), memory))
        return np.concatenate(read, 1)

    attended = attend(state) if start else np.zeros((BATCH, 3 * heads))
    for i, step in enumerate(inputs):
        state = plain(w["plain/w"], np.concatenate([step, attended], 1) @ w["kernel"], state)
        attended = attend(state)
        wanted = np.concatenate([state, attended], 1) @ w["AttnOutputProjection/kernel"]
        np.testing.assert_allclose(found[i], wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(final, state, rtol=1e-4, atol=1e-5)


def test_names_of_a_model_with_attention() -> None:
    cell = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.BasicLSTMCell(UNITS)] * 1)
    outputs, state = legacy.embedding_attention_seq2seq(
        _symbols(SOURCE), _symbols(TARGET), cell, IN_SYMBOLS, OUT_SYMBOLS, EMBEDDED, feed_previous=True)
    assert type(state[0]).__name__ == "LSTMStateTuple" and outputs[0].shape.as_list() == [BATCH, OUT_SYMBOLS]
    decoder = "embedding_attention_decoder/"
    wrapper = "attention_decoder/output_projection_wrapper/"
    assert [name.removeprefix("embedding_attention_seq2seq/") for name in _names()] == sorted([
        "rnn/embedding_wrapper/embedding", "rnn/embedding_wrapper/multi_rnn_cell/cell_0/basic_lstm_cell/bias",
        "rnn/embedding_wrapper/multi_rnn_cell/cell_0/basic_lstm_cell/kernel", decoder + "embedding",
        *(decoder + "attention_decoder/" + name for name in (
            "AttnW_0", "AttnV_0", "kernel", "bias", "Attention_0/kernel", "Attention_0/bias",
            "AttnOutputProjection/kernel", "AttnOutputProjection/bias")),
        *(decoder + wrapper + name for name in (
            "kernel", "bias", "multi_rnn_cell/cell_0/basic_lstm_cell/kernel",
            "multi_rnn_cell/cell_0/basic_lstm_cell/bias"))])


def test_a_projection_of_the_users_own_makes_the_logits_that_are_fed(tier: str) -> None:
    weights = tf.constant(RNG.normal(size=(UNITS, OUT_SYMBOLS)), tf.float32)
    biases = tf.constant(RNG.normal(size=OUT_SYMBOLS), tf.float32)
    outputs, _ = legacy.embedding_rnn_seq2seq(
        _symbols(SOURCE), _symbols(TARGET), Plain(), IN_SYMBOLS, OUT_SYMBOLS, EMBEDDED, (weights, biases),
        feed_previous=True)
    assert outputs[0].shape.as_list() == [BATCH, UNITS]
    (found, matrix, vector), w = _run((outputs, weights, biases))
    decoder = "embedding_rnn_seq2seq/embedding_rnn_decoder/"
    for i in (1, 2):
        symbols = (found[i - 1] @ matrix + vector).argmax(1)
        wanted = plain(w[decoder + "rnn_decoder/plain/w"], w[decoder + "embedding"][symbols], found[i - 1])
        np.testing.assert_allclose(found[i], wanted, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="incompatible"):
        legacy.embedding_rnn_seq2seq(_symbols(SOURCE), _symbols(TARGET), Plain(), IN_SYMBOLS, OUT_SYMBOLS, EMBEDDED,
                                     (weights, tf.zeros([OUT_SYMBOLS + 1])), scope="other")


@pytest.mark.parametrize("update", [True, False])
def test_whether_embeddings_learn_by_symbols_that_were_fed_back(update: bool) -> None:
    """Without updates, only the first symbols move the embedding."""
    cell = Plain()
    outputs, _ = legacy.embedding_rnn_decoder(_symbols(TARGET), cell.zero_state(BATCH, tf.float32), cell, UNITS,
                                              EMBEDDED, feed_previous=True, update_embedding_for_previous=update)
    embedding = tf.trainable_variables()[0]
    slope = tf.convert_to_tensor(tf.gradients(tf.add_n([tf.reduce_sum(o) for o in outputs]), embedding)[0])
    tf.set_random_seed(2)
    (moved, fed), _ = _run([slope, [tf.argmax(o, 1) for o in outputs]])
    rows = set(np.nonzero(np.abs(moved).sum(1))[0].tolist())
    assert rows == set(TARGET[0].tolist()) | (set(np.concatenate(fed[:2]).tolist()) if update else set())


def test_several_decoders() -> None:
    outputs, states = legacy.one2many_rnn_seq2seq(
        _symbols(SOURCE), {"a": _symbols(TARGET), "b": _symbols(TARGET[:1])}, tf.nn.rnn_cell.GRUCell(UNITS),
        {"a": tf.nn.rnn_cell.GRUCell(UNITS), "b": tf.nn.rnn_cell.GRUCell(UNITS)}, IN_SYMBOLS,
        {"a": OUT_SYMBOLS, "b": OUT_SYMBOLS + 1}, EMBEDDED)
    assert [len(outputs["a"]), len(outputs["b"])] == [3, 1] and states["b"].shape.as_list() == [BATCH, UNITS]
    assert outputs["b"][0].shape.as_list() == [BATCH, OUT_SYMBOLS + 1]
    assert {name.split("/")[1] for name in _names()} == {"rnn", "one2many_decoder_a", "one2many_decoder_b"}


def test_models_with_buckets_of_the_first_releases(tier: str) -> None:
    """`tf.nn.seq2seq`: a loss of the user's takes the logits first."""
    old = tf.nn.seq2seq
    assert old.embedding_attention_seq2seq is legacy.embedding_attention_seq2seq
    seen: list[tuple[int | None, int | None]] = []

    def loss(inputs: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        seen.append((inputs.shape.ndims, labels.shape.ndims))
        return tf.nn.sparse_softmax_cross_entropy_with_logits(logits=inputs, labels=labels)

    def model(inputs: list[tf.Tensor], outputs: list[tf.Tensor]) -> Any:
        return old.embedding_attention_seq2seq(inputs, outputs, tf.nn.rnn_cell.GRUCell(UNITS), IN_SYMBOLS, OUT_SYMBOLS,
                                               EMBEDDED)

    weights = [tf.ones([BATCH])] * 3
    arguments = (_symbols(SOURCE), _symbols(TARGET), _symbols(TARGET), weights, [(2, 2), (4, 3)], model)
    outputs, losses = old.model_with_buckets(*arguments, softmax_loss_function=loss)
    assert seen == [(2, 1)] * 5 and len(losses) == 2
    same = old.sequence_loss(outputs[1], _symbols(TARGET), weights)
    each = old.sequence_loss_by_example(outputs[1], _symbols(TARGET), weights, softmax_loss_function=loss)
    (found, wanted, rows), _ = _run([losses, same, each])
    np.testing.assert_allclose(found[1], wanted, rtol=1e-5)
    np.testing.assert_allclose(rows.mean(), wanted, rtol=1e-5)


def test_what_does_not_fit() -> None:
    cell, state = Plain(), tf.zeros([BATCH, UNITS])
    memory = tf.zeros([BATCH, 5, 3])
    steps = [tf.zeros([BATCH, 2])]
    for arguments, words in ((([], state, memory, cell), "at least 1 input"),
                             ((steps, state, tf.placeholder(tf.float32, [BATCH, 5, None]), cell), "must be known"),
                             (([tf.placeholder(tf.float32, [BATCH, None])], state, memory, cell), "infer input size")):
        with pytest.raises(ValueError, match=words):
            legacy.attention_decoder(*arguments, scope=f"s{len(words)}")
    with pytest.raises(ValueError, match="less than 1 heads"):
        legacy.attention_decoder(steps, state, memory, cell, num_heads=0)
    gru = tf.nn.rnn_cell.GRUCell(UNITS)
    for cells, other, error, words in ((3, {"a": gru}, TypeError, "enc_cell is not an RNNCell"),
                                       (gru, {"b": gru}, ValueError, "keys of dec_cells_dict"),
                                       (gru, {"a": 3}, TypeError, "dec_cell is not an RNNCell")):
        with pytest.raises(error, match=words):
            legacy.one2many_rnn_seq2seq(_symbols(SOURCE), {"a": _symbols(TARGET)}, cells, other, IN_SYMBOLS,
                                        {"a": OUT_SYMBOLS}, EMBEDDED)
