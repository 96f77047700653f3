"""Cells in NumPy, as their papers have them, and the values that the tests put into variables."""

from __future__ import annotations

from typing import Any

import numpy as np

import millpond as tf


def sigmoid(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def fill(sess: Any, variables: Any = None) -> list[np.ndarray]:
    """Puts numbers that do not repeat into variables, and gives them."""
    values = []
    for k, variable in enumerate(tf.global_variables() if variables is None else variables):
        value = np.random.RandomState(k).uniform(-0.5, 0.5, variable.shape.as_list())
        variable.load(value.astype(variable.dtype.base_dtype.as_numpy_dtype), sess)
        values.append(value)
    return values


def inputs(rows: int = 2, columns: int = 5, seed: int = 0) -> np.ndarray:
    return np.random.RandomState(seed).uniform(-1, 1, (rows, columns)).astype(np.float32)


def basic_rnn(x: Any, h: Any, kernel: Any, bias: Any, activation: Any = np.tanh) -> Any:
    return activation(np.concatenate([x, h], 1) @ kernel + bias)


def gru(x: Any, h: Any, gates: Any, gates_bias: Any, candidate: Any, candidate_bias: Any) -> Any:
    r, u = np.split(sigmoid(np.concatenate([x, h], 1) @ gates + gates_bias), 2, 1)
    c = np.tanh(np.concatenate([x, r * h], 1) @ candidate + candidate_bias)
    return u * h + (1 - u) * c


def lstm(x: Any, c: Any, m: Any, kernel: Any, bias: Any, peepholes: Any = (0.0, 0.0, 0.0), projection: Any = None,
         forget_bias: float = 1.0, cell_clip: float = np.inf, proj_clip: float = np.inf,
         activation: Any = np.tanh) -> Any:
    """The new c and m; `peepholes` are those of f, i and o."""
    i, j, f, o = np.split(np.concatenate([x, m], 1) @ kernel + bias, 4, 1)
    w_f, w_i, w_o = peepholes
    c = np.clip(sigmoid(f + forget_bias + w_f * c) * c + sigmoid(i + w_i * c) * activation(j), -cell_clip, cell_clip)
    m = sigmoid(o + w_o * c) * activation(c)
    return c, m if projection is None else np.clip(m @ projection, -proj_clip, proj_clip)


class Stepped:
    """A few steps of a cell on one input: the outputs, the last state, and the variables by their last names."""

    def __init__(self, cell: Any, x: Any = None, steps: int = 2, state: Any = None, scale: float = 1.0) -> None:
        x = inputs() if x is None else x
        given = tuple(map(tf.constant, x)) if isinstance(x, tuple) else tf.constant(x)
        state = cell.zero_state(2, tf.float32) if state is None else state
        outputs = []
        for _ in range(steps):
            output, state = cell(given, state)
            outputs.append(output)
        variables = tf.global_variables()
        assert {id(v) for v in cell.weights} == {id(v) for v in variables}
        with tf.Session() as sess:
            values = fill(sess)
            self.outputs, self.state = sess.run([outputs, state])
        self.scope = variables[0].op.name.split("/")[0]
        self.names = [v.op.name.removeprefix(f"{self.scope}/") for v in variables]
        self.shapes = [v.shape.as_list() for v in variables]
        self.v = dict(zip(self.names, values, strict=True))

    def close_to(self, outputs: Any, state: Any) -> None:
        for found, wanted in zip(self.outputs, outputs, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
        flat = np.concatenate([np.reshape(s, [2, -1]) for s in self.state], 1) if isinstance(self.state, tuple) \
            else self.state
        np.testing.assert_allclose(flat, state, rtol=1e-4, atol=1e-5)
