"""Cells with something before or after them: attention, embeddings, projections, highways."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import reference_cells as reference

import millpond as tf

rnn = tf.contrib.rnn
X = reference.inputs()


def _run(cell: Any, steps: int = 2, x: Any = X) -> tuple[list[np.ndarray], Any, dict[str, np.ndarray]]:
    """The outputs and the last state of a few steps, and the variables by name."""
    state = cell.zero_state(2, tf.float32)
    outputs = []
    with tf.variable_scope("s", reuse=tf.AUTO_REUSE):
        for _ in range(steps):
            output, state = cell(tf.constant(x), state)
            outputs.append(output)
    assert {id(v) for v in cell.weights} == {id(v) for v in tf.global_variables()}
    with tf.Session() as sess:
        values = reference.fill(sess)
        found, state = sess.run([outputs, state])
    return found, state, {v.op.name.removeprefix("s/"): value
                          for v, value in zip(tf.global_variables(), values, strict=True)}


@pytest.mark.parametrize("is_tuple", [True, False])
def test_attention(tier: str, is_tuple: bool) -> None:
    cell = rnn.AttentionCellWrapper(rnn.GRUCell(3), attn_length=4, attn_size=2, attn_vec_size=6, input_size=7,
                                    state_is_tuple=is_tuple)
    outputs, state, v = _run(cell, 3)
    v = {name.removeprefix("attention_cell_wrapper/"): value for name, value in v.items()}
    assert {name: value.shape for name, value in v.items()} == {
        "kernel": (7, 7), "bias": (7,), "gru_cell/gates/kernel": (10, 6), "gru_cell/gates/bias": (6,),
        "gru_cell/candidate/kernel": (10, 3), "gru_cell/candidate/bias": (3,), "attention/attn_w": (1, 1, 2, 6),
        "attention/attn_v": (6,), "attention/kernel": (3, 6), "attention/bias": (6,),
        "attn_output_projection/kernel": (5, 2), "attn_output_projection/bias": (2,)}
    h, seen, last = np.zeros([2, 3]), np.zeros([2, 2]), np.zeros([2, 4, 2])
    for output in outputs:
        x = np.concatenate([X, seen], 1) @ v["kernel"] + v["bias"]
        h = reference.gru(x, h, *[v[f"gru_cell/{name}"] for name in (
            "gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")])
        asked = h @ v["attention/kernel"] + v["attention/bias"]
        scores = (v["attention/attn_v"] * np.tanh(last @ v["attention/attn_w"][0, 0] + asked[:, None])).sum(-1)
        weights = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        seen = (weights[:, :, None] * last).sum(1)
        wanted = np.concatenate([h, seen], 1) @ v["attn_output_projection/kernel"] + v["attn_output_projection/bias"]
        last = np.concatenate([last[:, 1:], wanted[:, None]], 1)
        np.testing.assert_allclose(output, wanted, rtol=1e-4, atol=1e-5)
    found = np.concatenate(state, 1) if is_tuple else state
    np.testing.assert_allclose(found, np.concatenate([h, seen, last.reshape([2, 8])], 1), rtol=1e-4, atol=1e-5)
    assert cell.state_size == ((3, 2, 8) if is_tuple else 13) and cell.output_size == 2


def test_attention_over_an_lstm() -> None:
    outputs, state, _ = _run(rnn.AttentionCellWrapper(rnn.BasicLSTMCell(3), attn_length=2))
    assert outputs[1].shape == (2, 3) and isinstance(state[0], rnn.LSTMStateTuple) and state[2].shape == (2, 6)


def test_attention_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="attn_length should be greater than zero, got 0"):
        rnn.AttentionCellWrapper(rnn.GRUCell(3), 0)
    with pytest.raises(ValueError, match="Cell returns tuple of states, but the flag state_is_tuple is not set"):
        rnn.AttentionCellWrapper(rnn.LSTMCell(3), 2, state_is_tuple=False)
    cell = rnn.AttentionCellWrapper(rnn.GRUCell(3), 2)
    with pytest.raises(ValueError, match=r"is a tuple of sizes \(3, 3, 6\), but received"):
        cell(tf.constant(X), tf.zeros([2, 12]))


def test_embedding(tier: str) -> None:
    cell = rnn.EmbeddingWrapper(rnn.GRUCell(3), 10, 5)
    outputs, _, v = _run(cell, 1, np.array([[7], [2]]))
    names = ["embedding", *[f"gru_cell/{name}" for name in ("gates/kernel", "gates/bias", "candidate/kernel",
                                                           "candidate/bias")]]
    table, *rest = [v[f"embedding_wrapper/{name}"] for name in names]
    np.testing.assert_allclose(outputs[0], reference.gru(table[[7, 2]], np.zeros([2, 3]), *rest), rtol=1e-4, atol=1e-5)


def test_first_embeddings() -> None:
    made = {}
    for name, scope, given in (("default", None, None), ("of_scope", 2.0, None), ("given", 2.0, 3.0)):
        initializer = None if scope is None else tf.constant_initializer(scope)
        with tf.variable_scope(name, initializer=initializer):
            cell = rnn.EmbeddingWrapper(rnn.GRUCell(3), 100, 50,
                                        None if given is None else tf.constant_initializer(given))
            cell(tf.constant([1]), cell.zero_state(1, tf.float32))
            made[name] = cell.weights[0]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        values = sess.run(made)
    assert 0.95 < values["default"].var() < 1.05
    assert np.unique(values["of_scope"]) == [2.0] and np.unique(values["given"]) == [3.0]
    with pytest.raises(ValueError, match="Both embedding_classes and embedding_size must be > 0: 0, 5."):
        rnn.EmbeddingWrapper(rnn.GRUCell(3), 0, 5)


def test_input_projection(tier: str) -> None:
    outputs, _, v = _run(rnn.InputProjectionWrapper(rnn.BasicRNNCell(3), 4, activation=tf.nn.relu))
    assert list(v) == [f"input_projection_wrapper/{name}" for name in (
        "kernel", "bias", "basic_rnn_cell/kernel", "basic_rnn_cell/bias")]
    kernel, bias, *rest = v.values()
    h = np.zeros([2, 3])
    for output in outputs:
        h = reference.basic_rnn(np.maximum(X @ kernel + bias, 0), h, *rest)
        np.testing.assert_allclose(output, h, rtol=1e-4, atol=1e-5)


def test_output_projection(tier: str) -> None:
    outputs, state, v = _run(rnn.OutputProjectionWrapper(rnn.BasicRNNCell(3), 4))
    assert list(v) == [f"output_projection_wrapper/{name}" for name in (
        "basic_rnn_cell/kernel", "basic_rnn_cell/bias", "kernel", "bias")]
    *cell, kernel, bias = v.values()
    h = np.zeros([2, 3])
    for output in outputs:
        h = reference.basic_rnn(X, h, *cell)
        np.testing.assert_allclose(output, h @ kernel + bias, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(state, h, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="Parameter output_size must be > 0: 0."):
        rnn.OutputProjectionWrapper(rnn.GRUCell(3), 0)


@pytest.mark.parametrize("is_coupled", [True, False])
def test_highway(tier: str, is_coupled: bool) -> None:
    (output,), state, v = _run(rnn.HighwayWrapper(rnn.GRUCell(5), couple_carry_transform_gates=is_coupled), 1)
    assert [name for name in v if "/" not in name] == ["carry_w", "carry_b",
                                                      *([] if is_coupled else ["transform_w", "transform_b"])]
    carry = reference.sigmoid(X @ v["carry_w"] + v["carry_b"])
    transform = 1 - carry if is_coupled else reference.sigmoid(X @ v["transform_w"] + v["transform_b"])
    np.testing.assert_allclose(output, X * carry + state * transform, rtol=1e-4, atol=1e-5)


def test_first_biases_of_highways() -> None:
    cell = rnn.HighwayWrapper(rnn.GRUCell(5), False, 2.0)
    cell(tf.constant(X), cell.zero_state(2, tf.float32))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        biases = sess.run([v for v in tf.global_variables() if v.op.name in ("carry_b", "transform_b")])
    assert [np.unique(bias).tolist() for bias in biases] == [[2.0], [-2.0]]
    with pytest.raises(ValueError, match="are incompatible"):
        narrow = rnn.HighwayWrapper(rnn.GRUCell(3, name="narrow"))
        narrow(tf.constant(X), narrow.zero_state(2, tf.float32))


def test_compiled() -> None:
    inner = rnn.GRUCell(3)
    outputs, _, v = _run(rnn.CompiledWrapper(inner, compile_stateful=True), 1)
    np.testing.assert_allclose(outputs[0], reference.gru(X, np.zeros([2, 3]), *v.values()), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("wrap", [
    lambda cell: rnn.AttentionCellWrapper(cell, 2), lambda cell: rnn.EmbeddingWrapper(cell, 2, 2),
    lambda cell: rnn.InputProjectionWrapper(cell, 2), lambda cell: rnn.OutputProjectionWrapper(cell, 2),
    rnn.HighwayWrapper, rnn.CompiledWrapper])
def test_what_is_no_cell(wrap: Any) -> None:
    with pytest.raises(TypeError, match="The argument 'cell' .* is not an RNNCell"):
        wrap(3)
