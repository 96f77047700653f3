"""LSTM and GRU as single ops: values by the formulas, and the gradients of the same sums unrolled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from op_case import OpCase, floats

import millpond as tf
from millpond.graph.opdef import lookup

COVERS = {"LSTMBlockCellGrad", "BlockLSTMGrad", "BlockLSTMGradV2", "GRUBlockCellGrad"}
TIME, BATCH, INPUTS, CELL = 4, 3, 2, 3
X, CS, H = floats(TIME, BATCH, INPUTS), floats(BATCH, CELL, seed=1), floats(BATCH, CELL, seed=2)
W, B = floats(INPUTS + CELL, 4 * CELL, seed=3), floats(4 * CELL, seed=4)
PEEPHOLES = [floats(CELL, seed=5 + k) for k in range(3)]
GRU = [X[0], H, floats(INPUTS + CELL, 2 * CELL, seed=8), floats(INPUTS + CELL, CELL, seed=9),
       floats(2 * CELL, seed=10), floats(CELL, seed=11)]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def lstm(x: np.ndarray, cs: np.ndarray, h: np.ndarray, w: np.ndarray, wci: Any, wcf: Any, wco: Any, b: np.ndarray,
         forget_bias: float = 1.0, clip: float = 3.0, order: str = "icfo") -> list[np.ndarray]:
    gates = dict(zip(order, np.split(np.concatenate([x, h], 1) @ w + b, 4, 1), strict=True))
    i, f = sigmoid(gates["i"] + cs * wci), sigmoid(gates["f"] + cs * wcf + forget_bias)
    ci = np.tanh(gates["c"])
    cs = ci * i + cs * f
    cs = np.clip(cs, -clip, clip) if clip > 0 else cs
    o, co = sigmoid(gates["o"] + cs * wco), np.tanh(cs)
    return [i, cs, f, o, ci, co, co * o]


def lstm_over_time(x: np.ndarray, cs: np.ndarray, h: np.ndarray, *weights: Any, count: int = TIME,
                   **facts: Any) -> list[np.ndarray]:
    steps = []
    for t in range(count):
        steps.append(lstm(x[t], cs, h, *weights, **facts))
        cs, h = steps[-1][1], steps[-1][6]
    nothing = [np.zeros_like(cs)] * 7
    return [np.stack(part) for part in zip(*steps, *[nothing] * (len(x) - count), strict=True)]


def gru(x: np.ndarray, h: np.ndarray, w_ru: np.ndarray, w_c: np.ndarray, b_ru: np.ndarray,
        b_c: np.ndarray) -> list[np.ndarray]:
    r, u = np.split(sigmoid(np.concatenate([x, h], 1) @ w_ru + b_ru), 2, 1)
    c = np.tanh(np.concatenate([x, h * r], 1) @ w_c + b_c)
    return [r, u, c, (1 - u) * c + u * h]


def over_time(type: str, count: Any = TIME, **attrs: Any) -> Any:
    def build(tf: Any, *inputs: Any) -> Any:
        return list(lookup(type)(np.int64(count), *inputs, **attrs))

    return build


CELL_INPUTS = [X[0], CS, H, W, *PEEPHOLES, B]
SEQUENCE = [X, CS, H, W, *PEEPHOLES, B]
WITHOUT = (0.0, 0.0, 0.0)
CASES = [
    OpCase("LSTMBlockCell", lambda tf, *inputs: list(lookup("LSTMBlockCell")(*inputs)), CELL_INPUTS,
           expected=lambda x, cs, h, w, wci, wcf, wco, b: lstm(x, cs, h, w, *WITHOUT, b)),
    OpCase("LSTMBlockCell", lambda tf, *inputs: list(lookup("LSTMBlockCell")(
        *inputs, use_peephole=True, forget_bias=0.5, cell_clip=0.3)), CELL_INPUTS, note="peepholes",
           expected=lambda *inputs: lstm(*inputs, forget_bias=0.5, clip=0.3)),
    OpCase("BlockLSTM", over_time("BlockLSTM", cell_clip=-1.0), SEQUENCE,
           expected=lambda x, cs, h, w, wci, wcf, wco, b: lstm_over_time(x, cs, h, w, *WITHOUT, b, clip=-1)),
    OpCase("BlockLSTM", over_time("BlockLSTM", 2, use_peephole=True, cell_clip=0.4), SEQUENCE, note="shorter",
           expected=lambda *inputs: lstm_over_time(*inputs, count=2, clip=0.4)),
    OpCase("BlockLSTM", over_time("BlockLSTM", 0), SEQUENCE, note="no_step",
           expected=lambda *inputs: [np.zeros((TIME, BATCH, CELL))] * 7),
    OpCase("BlockLSTM", over_time("BlockLSTM", 0), [X[:0], *SEQUENCE[1:]], note="no_time",
           expected=lambda *inputs: [np.zeros((0, BATCH, CELL))] * 7),
    OpCase("BlockLSTM", over_time("BlockLSTM"), [a.astype(np.float16) for a in SEQUENCE], note="half", rtol=1e-2,
           atol=1e-2, expected=lambda x, cs, h, w, wci, wcf, wco, b: lstm_over_time(x, cs, h, w, *WITHOUT, b)),
    OpCase("BlockLSTMV2", over_time("BlockLSTMV2", 3, use_peephole=True, cell_clip=0.4), SEQUENCE,
           expected=lambda *inputs: lstm_over_time(*inputs, count=3, clip=0.4, forget_bias=0, order="ifco")),
    OpCase("GRUBlockCell", lambda tf, *inputs: list(lookup("GRUBlockCell")(*inputs)), GRU, expected=gru),
]


def unrolled_lstm(x: Any, cs: Any, h: Any, w: Any, peepholes: list[Any], b: Any, forget_bias: float, order: str,
                  count: int) -> tuple[Any, Any]:
    """The states and outputs of an LSTM without clipping, out of small operations."""
    states, outputs = [], []
    for t in range(TIME):
        if t < count:
            gates = dict(zip(order, tf.split(tf.matmul(tf.concat([x[t], h], 1), w) + b, 4, axis=1), strict=True))
            wci, wcf, wco = peepholes
            i, f = tf.sigmoid(gates["i"] + cs * wci), tf.sigmoid(gates["f"] + cs * wcf + forget_bias)
            cs = tf.tanh(gates["c"]) * i + cs * f
            h = tf.sigmoid(gates["o"] + cs * wco) * tf.tanh(cs)
        states.append(cs if t < count else tf.zeros_like(cs))
        outputs.append(h if t < count else tf.zeros_like(h))
    return tf.stack(states), tf.stack(outputs)


@pytest.mark.parametrize("type, order, forget_bias", [("BlockLSTM", "icfo", 1.0), ("BlockLSTMV2", "ifco", 0.0)])
@pytest.mark.parametrize("count", [TIME, 2, 0])
@pytest.mark.parametrize("peephole", [True, False])
def test_the_gradient_over_a_sequence_is_that_of_the_unrolled_steps(type: str, order: str, forget_bias: float,
                                                                   count: int, peephole: bool, tier: Any) -> None:
    inputs = [tf.constant(value) for value in SEQUENCE]
    x, cs, h, w, *peepholes, b = inputs
    weights = tf.constant(floats(2, TIME, BATCH, CELL, seed=20))
    block = lookup(type)(tf.constant(count, tf.int64), *inputs, use_peephole=peephole, cell_clip=0.0)
    states, outputs = unrolled_lstm(x, cs, h, w, peepholes if peephole else [0.0] * 3, b, forget_bias, order, count)
    wanted_of = inputs if peephole else [x, cs, h, w, b]
    grads, wanted = (
        tf.gradients(tf.reduce_sum(weights[0] * a) + tf.reduce_sum(weights[1] * b), wanted_of)
        for a, b in ((block.cs, block.h), (states, outputs)))
    with tf.Session() as sess:
        for grad, right in zip(*sess.run((grads, [0.0 * x if y is None else y for x, y in
                                                  zip(wanted_of, wanted, strict=True)])), strict=True):
            np.testing.assert_allclose(grad, right, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("peephole", [True, False])
def test_the_gradient_of_one_step_is_that_of_small_operations(peephole: bool, tier: Any) -> None:
    inputs = [tf.constant(value) for value in CELL_INPUTS]
    x, cs, h, w, *peepholes, b = inputs
    block = lookup("LSTMBlockCell")(*inputs, use_peephole=peephole, cell_clip=0.0)
    states, outputs = unrolled_lstm(x[tf.newaxis], cs, h, w, peepholes if peephole else [0.0] * 3, b, 1.0, "icfo", 1)
    wanted_of = inputs if peephole else [x, cs, h, w, b]
    got = tf.gradients([block.cs, block.h], wanted_of)
    wanted = tf.gradients([states[0], outputs[0]], wanted_of)
    with tf.Session() as sess:
        for grad, right in zip(*sess.run((got, wanted)), strict=True):
            np.testing.assert_allclose(grad, right, rtol=1e-4, atol=1e-5)


def test_the_gradient_of_a_gru_step_is_that_of_small_operations(tier: Any) -> None:
    inputs = [tf.constant(value) for value in GRU]
    x, h, w_ru, w_c, b_ru, b_c = inputs
    r, u = tf.split(tf.sigmoid(tf.matmul(tf.concat([x, h], 1), w_ru) + b_ru), 2, axis=1)
    c = tf.tanh(tf.matmul(tf.concat([x, h * r], 1), w_c) + b_c)
    weights = tf.constant(floats(BATCH, CELL, seed=30))
    got = tf.gradients(lookup("GRUBlockCell")(*inputs).h * weights, inputs)
    wanted = tf.gradients(((1 - u) * c + u * h) * weights, inputs)
    with tf.Session() as sess:
        for grad, right in zip(*sess.run((got, wanted)), strict=True):
            np.testing.assert_allclose(grad, right, rtol=1e-4, atol=1e-5)


def test_a_number_of_steps_out_of_range_is_refused(tier: Any) -> None:
    count = tf.placeholder(tf.int64, [])
    h = lookup("BlockLSTM")(count, *SEQUENCE).h
    with tf.Session() as sess:
        assert sess.run(h, {count: 2}).shape == (TIME, BATCH, CELL)
        for wrong in (TIME + 1, -1):
            with pytest.raises(tf.errors.InvalidArgumentError, match=rf"must be in \[0, 4\].* but is {wrong}"):
                sess.run(h, {count: wrong})


@pytest.mark.parametrize("change, text", [
    ({1: CS[:1]}, r"are not compatible"),
    ({1: CS[:1], 2: H[:1]}, r"cs_prev.dims\(0\) != batch_size: 1 vs. 3"),
    ({3: W[1:]}, r"w.dim_size\(0\) != input_size \+ cell_size: 4 vs. 5"),
    ({3: W[:, 1:]}, r"w.dim_size\(1\) != cell_size \* 4: 11 vs. 12"),
    ({7: B[1:]}, r"b.dim_size\(0\) != cell_size \* 4: 11 vs. 12"),
])
def test_weights_and_states_that_do_not_fit_are_refused(change: dict[int, Any], text: str) -> None:
    inputs = [change.get(k, value) for k, value in enumerate(SEQUENCE)]
    with pytest.raises(ValueError, match=text):
        lookup("BlockLSTM")(np.int64(2), *inputs)
    with pytest.raises(ValueError, match=text):
        lookup("LSTMBlockCell")(inputs[0][0], *inputs[1:])


def test_second_derivatives_of_the_fused_ops_are_refused_by_name() -> None:
    x = tf.constant(X)
    (grad,) = tf.gradients(lookup("BlockLSTM")(np.int64(TIME), x, *SEQUENCE[1:]).h, x)
    with pytest.raises(LookupError, match="No gradient defined.*a fused LSTM has no second derivative"):
        tf.gradients(grad, x)
    inputs = [tf.constant(value) for value in GRU]
    (grad,) = tf.gradients(lookup("GRUBlockCell")(*inputs).h, inputs[0])
    with pytest.raises(LookupError, match="No gradient defined.*a fused GRU has no second derivative"):
        tf.gradients(grad, inputs[0])
