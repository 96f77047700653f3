"""The cells of tf.contrib.rnn compute what their papers say, with the variables that checkpoints of TensorFlow have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import reference_cells as reference
from reference_cells import Stepped

import millpond as tf
from millpond.testing.gradient_check import compute_gradient_error

rnn = tf.contrib.rnn
X = reference.inputs()
sigmoid = reference.sigmoid


def relu(x: Any) -> Any:
    return np.maximum(x, 0)


def norm(x: Any, gamma: Any, beta: Any) -> Any:
    return (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-12) * gamma + beta


@pytest.mark.parametrize("projection, biases", [(None, False), (2, True)])
def test_nas(tier: str, projection: int | None, biases: bool) -> None:
    s = Stepped(rnn.NASCell(3, num_proj=projection, use_biases=biases))
    out = projection or 3
    wanted = {"recurrent_kernel": [out, 24], "kernel": [5, 24]}
    wanted |= ({"bias": [24]} if biases else {}) | ({"projection_weights": [3, 2]} if projection else {})
    assert s.scope == "nas_cell" and dict(zip(s.names, s.shapes, strict=True)) == wanted
    c, m, outputs = np.zeros([2, 3]), np.zeros([2, out]), []
    for _ in range(2):
        h, x = np.split(m @ s.v["recurrent_kernel"] + s.v.get("bias", 0), 8, 1), np.split(X @ s.v["kernel"], 8, 1)
        a = sigmoid(x[0] + h[0]) * relu(x[1] + h[1])
        b = sigmoid(x[2] + h[2]) + relu(x[3] * h[3])
        d = np.tanh(x[4] + h[4]) * sigmoid(x[5] + h[5])
        e = np.tanh(x[6] + h[6]) + sigmoid(x[7] + h[7])
        c = np.tanh(np.tanh(a) + c) * np.tanh(b)
        m = np.tanh(c * np.tanh(np.tanh(d) + sigmoid(e)))
        m = m @ s.v["projection_weights"] if projection else m
        outputs.append(m)
    s.close_to(outputs, np.concatenate([c, m], 1))


def test_ugrnn(tier: str) -> None:
    s = Stepped(rnn.UGRNNCell(3))
    assert s.scope == "ugrnn_cell" and s.names == ["kernel", "bias"] and s.shapes == [[8, 6], [6]]
    h, outputs = np.zeros([2, 3]), []
    for _ in range(2):
        g, c = np.split(np.concatenate([X, h], 1) @ s.v["kernel"] + s.v["bias"], 2, 1)
        g = sigmoid(g + 1)
        h = g * h + (1 - g) * np.tanh(c)
        outputs.append(h)
    s.close_to(outputs, h)


def test_intersection(tier: str) -> None:
    s = Stepped(rnn.IntersectionRNNCell(3, num_in_proj=3))
    assert s.scope == "intersection_rnn_cell" and dict(zip(s.names, s.shapes, strict=True)) == {
        "in_projection/kernel": [5, 3], "in_projection/bias": [3], "kernel": [6, 12], "bias": [12]}
    x, h, outputs = X @ s.v["in_projection/kernel"] + s.v["in_projection/bias"], np.zeros([2, 3]), []
    for _ in range(2):
        gh, new_h, gy, y = np.split(np.concatenate([x, h], 1) @ s.v["kernel"] + s.v["bias"], 4, 1)
        gh, gy = sigmoid(gh + 1), sigmoid(gy + 1)
        h = gh * h + (1 - gh) * np.tanh(new_h)
        outputs.append(gy * x + (1 - gy) * relu(y))
    s.close_to(outputs, h)


def test_intersection_of_other_sizes() -> None:
    with pytest.raises(ValueError, match="Must have input size == output size for Intersection RNN.* num_in_proj"):
        rnn.IntersectionRNNCell(3)(tf.constant(X), tf.zeros([2, 3]))


def test_sru(tier: str) -> None:
    s = Stepped(rnn.SRUCell(3))
    assert s.scope == "sru_cell" and s.names == ["kernel", "bias"] and s.shapes == [[5, 12], [6]]
    c, outputs = np.zeros([2, 3]), []
    for _ in range(2):
        x, f, r, through = np.split(X @ s.v["kernel"], 4, 1)
        f, r = np.split(sigmoid(np.concatenate([f, r], 1) + s.v["bias"]), 2, 1)
        c = f * c + (1 - f) * x
        outputs.append(r * np.tanh(c) + (1 - r) * through)
    s.close_to(outputs, c)


def test_minimal(tier: str) -> None:
    s = Stepped(rnn.MinimalRNNCell(3))
    assert s.scope == "minimal_rnn_cell" and s.names == ["kernel", "bias"] and s.shapes == [[11, 3], [3]]
    h, outputs = np.zeros([2, 3]), []
    for _ in range(2):
        z = np.tanh(X @ s.v["kernel"][:5])
        u = sigmoid(np.concatenate([z, h], 1) @ s.v["kernel"][5:] + s.v["bias"])
        h = u * h + (1 - u) * z
        outputs.append(h)
    s.close_to(outputs, h)


def test_chaos_free(tier: str) -> None:
    s = Stepped(rnn.CFNCell(3))
    assert s.scope == "cfn_cell" and dict(zip(s.names, s.shapes, strict=True)) == {
        "kernel": [5, 9], "recurrent_kernel": [3, 6], "bias": [6]}
    h, outputs = np.zeros([2, 3]), []
    for _ in range(2):
        theta, eta = np.split(sigmoid(h @ s.v["recurrent_kernel"] + X @ s.v["kernel"][:, :6] + s.v["bias"]), 2, 1)
        h = theta * np.tanh(h) + (1 - eta) * np.tanh(X @ s.v["kernel"][:, 6:])
        outputs.append(h)
    s.close_to(outputs, h)


def test_biases_that_start_as_ones() -> None:
    made = [rnn.MinimalRNNCell(3), rnn.CFNCell(3)]
    for cell in made:
        cell(tf.constant(X), tf.zeros([2, 3]))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert all(np.all(sess.run(cell.bias) == 1) for cell in made)
    again = rnn.CFNCell.from_config(made[1].get_config())
    assert again.get_config() == made[1].get_config() and again.units == 3


# Units that see their own state only.


def test_independent(tier: str) -> None:
    s = Stepped(rnn.IndRNNCell(3))
    assert s.scope == "ind_rnn_cell" and dict(zip(s.names, s.shapes, strict=True)) == {
        "kernel_w": [5, 3], "kernel_u": [1, 3], "bias": [3]}
    h, outputs = np.zeros([2, 3]), []
    for _ in range(2):
        h = np.tanh(X @ s.v["kernel_w"] + h * s.v["kernel_u"] + s.v["bias"])
        outputs.append(h)
    s.close_to(outputs, h)


def test_independent_gru(tier: str) -> None:
    s = Stepped(rnn.IndyGRUCell(3))
    assert s.scope == "indy_gru_cell" and dict(zip(s.names, s.shapes, strict=True)) == {
        "gates/kernel_w": [5, 6], "gates/kernel_u": [1, 6], "gates/bias": [6], "candidate/kernel": [5, 3],
        "candidate/kernel_u": [1, 3], "candidate/bias": [3]}
    h, outputs = np.zeros([2, 3]), []
    for _ in range(2):
        r, u = np.split(sigmoid(X @ s.v["gates/kernel_w"] + np.tile(h, [1, 2]) * s.v["gates/kernel_u"]
                                + s.v["gates/bias"]), 2, 1)
        c = np.tanh(X @ s.v["candidate/kernel"] + r * h * s.v["candidate/kernel_u"] + s.v["candidate/bias"])
        h = u * h + (1 - u) * c
        outputs.append(h)
    s.close_to(outputs, h)


def test_independent_lstm(tier: str) -> None:
    s = Stepped(rnn.IndyLSTMCell(3))
    assert s.scope == "indy_lstm_cell" and dict(zip(s.names, s.shapes, strict=True)) == {
        "kernel_w": [5, 12], "kernel_u": [1, 12], "bias": [12]}
    c, h, outputs = np.zeros([2, 3]), np.zeros([2, 3]), []
    for _ in range(2):
        i, j, f, o = np.split(X @ s.v["kernel_w"] + np.tile(h, [1, 4]) * s.v["kernel_u"] + s.v["bias"], 4, 1)
        c = sigmoid(f + 1) * c + sigmoid(i) * np.tanh(j)
        h = np.tanh(c) * sigmoid(o)
        outputs.append(h)
    s.close_to(outputs, np.concatenate([c, h], 1))


def test_first_values_of_independent_cells() -> None:
    cell = rnn.IndyGRUCell(300)
    cell(tf.constant(X), tf.zeros([2, 300]))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        gates, row, bias = sess.run(cell.weights[:3])
    assert np.all(bias == 1) and row.min() < -0.9 and row.max() > 0.9 and np.abs(gates).max() < 0.2


# Norms, coupled gates.


@pytest.mark.parametrize("is_normed", [True, False])
def test_layer_norm_basic_lstm(tier: str, is_normed: bool) -> None:
    s = Stepped(rnn.LayerNormBasicLSTMCell(3, layer_norm=is_normed))
    scopes = ["input", "transform", "forget", "output", "state"]
    assert s.scope == "layer_norm_basic_lstm_cell"
    assert s.names == (["kernel", *[f"{k}/{v}" for k in scopes for v in ("gamma", "beta")]] if is_normed
                       else ["kernel", "bias"])

    def normed(x: Any, scope: str) -> Any:
        return norm(x, s.v[f"{scope}/gamma"], s.v[f"{scope}/beta"]) if is_normed else x

    c, h, outputs = np.zeros([2, 3]), np.zeros([2, 3]), []
    for _ in range(2):
        gates = np.split(np.concatenate([X, h], 1) @ s.v["kernel"] + s.v.get("bias", 0), 4, 1)
        i, j, f, o = [normed(gate, scope) for gate, scope in zip(gates, scopes, strict=False)]
        c = normed(sigmoid(f + 1) * c + sigmoid(i) * np.tanh(j), "state")
        h = np.tanh(c) * sigmoid(o)
        outputs.append(h)
    s.close_to(outputs, np.concatenate([c, h], 1))


def test_dropout_of_what_is_remembered() -> None:
    cell = rnn.LayerNormBasicLSTMCell(50, layer_norm=False, dropout_keep_prob=0.5, dropout_prob_seed=1)
    _, state = cell(tf.constant(X), cell.zero_state(2, tf.float32))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        c = sess.run(state.c)
    assert 20 < np.sum(c == 0) < 80


def test_norms_start_as_they_are_told() -> None:
    cell = rnn.LayerNormLSTMCell(3, layer_norm=True, norm_gain=0.5, norm_shift=0.25)
    cell(tf.constant(X), cell.zero_state(2, tf.float32))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        gamma, beta = sess.run([v for v in cell.weights if v.op.name.startswith("layer_norm_lstm_cell/state")])
    assert gamma.tolist() == [0.5] * 3 and beta.tolist() == [0.25] * 3


@pytest.mark.parametrize("is_normed", [True, False])
def test_layer_norm_lstm(tier: str, is_normed: bool) -> None:
    s = Stepped(rnn.LayerNormLSTMCell(3, use_peepholes=True, cell_clip=0.4, num_proj=2, proj_clip=0.1,
                                      layer_norm=is_normed))
    scopes = ["input", "transform", "forget", "output"]
    assert s.scope == "layer_norm_lstm_cell"
    norms = [f"{k}/{v}" for k in scopes for v in ("gamma", "beta")] if is_normed else []
    assert sorted(s.names) == sorted(["kernel", "bias", *norms, "w_f_diag", "w_i_diag", "w_o_diag", "projection/kernel",
                                      *(["state/gamma", "state/beta"] if is_normed else [])])

    def normed(x: Any, scope: str) -> Any:
        return norm(x, s.v[f"{scope}/gamma"], s.v[f"{scope}/beta"]) if is_normed else x

    c, m, outputs = np.zeros([2, 3]), np.zeros([2, 2]), []
    for _ in range(2):
        gates = np.split(np.concatenate([X, m], 1) @ s.v["kernel"] + (0 if is_normed else s.v["bias"]), 4, 1)
        i, j, f, o = [normed(gate, scope) for gate, scope in zip(gates, scopes, strict=True)]
        c = sigmoid(f + 1 + s.v["w_f_diag"] * c) * c + sigmoid(i + s.v["w_i_diag"] * c) * np.tanh(j)
        c = np.clip(normed(c, "state"), -0.4, 0.4)
        m = np.clip((sigmoid(o + s.v["w_o_diag"] * c) * np.tanh(c)) @ s.v["projection/kernel"], -0.1, 0.1)
        outputs.append(m)
    s.close_to(outputs, np.concatenate([c, m], 1))


@pytest.mark.parametrize("is_normed", [True, False])
def test_weight_norm_lstm(tier: str, is_normed: bool) -> None:
    s = Stepped(rnn.WeightNormLSTMCell(3, norm=is_normed, use_peepholes=True, num_proj=2))
    assert s.scope == "wn_lstm_cell"
    v = {name.removeprefix("wn_lstm_cell/"): value for name, value in s.v.items()}
    norms = ["norm_0", "norm_1", "projection/norm_0"] if is_normed else []
    assert sorted(v) == sorted(["kernel", *norms, "bias", "w_f_diag", "w_i_diag", "w_o_diag", "projection/kernel"])

    def columns(part: Any, name: str) -> Any:
        return part / np.sqrt((part ** 2).sum(0)) * v[name] if is_normed else part

    kernel = np.concatenate([columns(v["kernel"][:5], "norm_0"), columns(v["kernel"][5:], "norm_1")])
    c, m, outputs = np.zeros([2, 3]), np.zeros([2, 2]), []
    for _ in range(2):
        c, m = reference.lstm(X, c, m, kernel, v["bias"], [v[f"w_{gate}_diag"] for gate in "fio"],
                              columns(v["projection/kernel"], "projection/norm_0"))
        outputs.append(m)
    s.close_to(outputs, np.concatenate([c, m], 1))


@pytest.mark.parametrize("is_normed, is_tuple", [(False, True), (True, True), (False, False)])
def test_coupled_gates(tier: str, is_normed: bool, is_tuple: bool) -> None:
    s = Stepped(rnn.CoupledInputForgetGateLSTMCell(
        3, use_peepholes=True, num_proj=2, proj_clip=0.1, num_unit_shards=2, layer_norm=is_normed,
        state_is_tuple=is_tuple))
    assert s.scope == "coupled_input_forget_gate_lstm_cell"
    found = {name: shape for name, shape in zip(s.names, s.shapes, strict=True) if "/" not in name}
    assert found == {"W_0": [4, 9], "W_1": [3, 9], "B": [9], "W_F_diag": [3], "W_O_diag": [3], "W_P_0": [3, 2]}

    def normed(x: Any, scope: str) -> Any:
        return norm(x, s.v[f"{scope}/gamma"], s.v[f"{scope}/beta"]) if is_normed else x

    kernel = np.concatenate([s.v["W_0"], s.v["W_1"]])
    c, m, outputs = np.zeros([2, 3]), np.zeros([2, 2]), []
    for _ in range(2):
        gates = np.split(np.concatenate([X, m], 1) @ kernel + (0 if is_normed else s.v["B"]), 3, 1)
        j, f, o = [normed(gate, scope) for gate, scope in zip(gates, ("transform", "forget", "output"), strict=True)]
        f = sigmoid(f + 1 + s.v["W_F_diag"] * c)
        c = normed(f * c + (1 - f) * np.tanh(j), "state")
        m = np.clip((sigmoid(o + s.v["W_O_diag"] * c) * np.tanh(c)) @ s.v["W_P_0"], -0.1, 0.1)
        outputs.append(m)
    s.close_to(outputs, np.concatenate([c, m], 1))


def test_too_many_shards() -> None:
    cell = rnn.CoupledInputForgetGateLSTMCell(3, num_unit_shards=9)
    with pytest.raises(ValueError, match=r"Too many shards: shape=\[8, 9\], num_shards=9, of the variable W"):
        cell(tf.constant(X), cell.zero_state(2, tf.float32))


# What holds for all of them.

CELLS = [
    lambda: rnn.NASCell(3, 2), lambda: rnn.UGRNNCell(3), lambda: rnn.IntersectionRNNCell(3, 3), lambda: rnn.SRUCell(3),
    lambda: rnn.MinimalRNNCell(3), lambda: rnn.CFNCell(3), lambda: rnn.IndRNNCell(3), lambda: rnn.IndyGRUCell(3),
    lambda: rnn.IndyLSTMCell(3), lambda: rnn.LayerNormBasicLSTMCell(3),
    lambda: rnn.LayerNormLSTMCell(3, layer_norm=True),
    lambda: rnn.WeightNormLSTMCell(3), lambda: rnn.CoupledInputForgetGateLSTMCell(3, use_peepholes=True),
    lambda: rnn.GLSTMCell(3), lambda: rnn.GridLSTMCell(3, feature_size=2, frequency_skip=1, num_frequency_blocks=[4]),
]
NAMES = ["nas", "ugrnn", "intersection", "sru", "minimal", "cfn", "ind", "indy_gru", "indy_lstm", "basic_norm", "norm",
         "weight_norm", "coupled", "groups", "grid"]


@pytest.mark.parametrize("make", CELLS, ids=NAMES)
def test_gradients(make: Any) -> None:
    cell = make()
    x = tf.constant(X.astype(np.float64))
    with tf.variable_scope("s", dtype=tf.float64):
        state = cell.zero_state(2, tf.float64)
        for _ in range(2):
            output, state = cell(x, state)
    assert all(v.dtype.base_dtype is tf.float64 for v in cell.weights)
    with tf.Session() as sess:
        values = reference.fill(sess)
        for variable, value in zip(tf.global_variables(), values, strict=True):
            if isinstance(cell, rnn.LayerNormLSTMCell) and variable.op.name.endswith("/bias"):
                continue  # is there, but not added
            error = compute_gradient_error(variable, value.shape, output, output.shape.as_list(), value, delta=1e-5)
            assert error < 1e-6, variable


@pytest.mark.parametrize("make", CELLS, ids=NAMES)
def test_inputs_of_an_unknown_size(make: Any) -> None:
    cell = make()
    with pytest.raises(ValueError, match="Could not infer input size|Expected inputs.shape"):
        cell(tf.placeholder(tf.float32, [2, None]), cell.zero_state(2, tf.float32))


@pytest.mark.parametrize("make", CELLS, ids=NAMES)
def test_reuse(make: Any) -> None:
    with tf.variable_scope("s"):
        cell = make()
        cell(tf.constant(X), cell.zero_state(2, tf.float32))
        count = len(tf.global_variables())
        cell(tf.constant(X), cell.zero_state(2, tf.float32))
    assert len(tf.global_variables()) == count == len(cell.weights)
    with tf.variable_scope("s", reuse=True):
        again = make()
        again(tf.constant(X), again.zero_state(2, tf.float32))
    assert again.weights == cell.weights
