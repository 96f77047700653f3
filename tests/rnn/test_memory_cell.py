"""A neural Turing machine reads and writes its memory as its paper says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import reference_cells as reference

import millpond as tf

X = reference.inputs(2, 4)
sigmoid = reference.sigmoid


def softmax(x: Any) -> Any:
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


def softplus(x: Any) -> Any:
    return np.log1p(np.exp(x))


def _cell(**arguments: Any) -> Any:
    return tf.contrib.rnn.NTMCell(tf.nn.rnn_cell.BasicRNNCell(3), 6, 2, **{
        "read_head_num": 2, "write_head_num": 1, "shift_range": 2, **arguments})


def test_a_few_steps(tier: str) -> None:
    cell = _cell()
    state = cell.zero_state(2, tf.float32)
    outputs = []
    for _ in range(3):
        output, state = cell(tf.constant(X), state)
        outputs.append(output)
    with tf.Session() as sess:
        values = reference.fill(sess)
        found, last = sess.run([outputs, state])
    v = {variable.op.name.removeprefix("ntm_cell/"): value
         for variable, value in zip(tf.global_variables(), values, strict=True)}
    assert {name: value.shape for name, value in v.items()} == {
        "parameters_kernel": (3, 34), "parameters_bias": (34,), "output_kernel": (7, 4), "output_bias": (4,),
        "init_r_0": (1, 2), "init_r_1": (1, 2), "init_w_0": (1, 6), "init_w_1": (1, 6), "init_w_2": (1, 6),
        "init_M": (6, 2), "basic_rnn_cell/kernel": (11, 3), "basic_rnn_cell/bias": (3,)}
    assert {id(w) for w in cell.trainable_weights} == {id(w) for w in tf.global_variables()}
    h, memory = np.zeros([2, 3]), np.tile(v["init_M"], [2, 1, 1])
    read = [np.tile(np.tanh(v[f"init_r_{i}"]), [2, 1]) for i in range(2)]
    looks = [np.tile(softmax(v[f"init_w_{i}"]), [2, 1]) for i in range(3)]
    for output in found:
        h = reference.basic_rnn(np.concatenate([X, *read], 1), h, v["basic_rnn_cell/kernel"], v["basic_rnn_cell/bias"])
        asked = np.clip(h @ v["parameters_kernel"] + v["parameters_bias"], -20, 20)
        new_looks = []
        for head in range(3):
            part = asked[:, 10 * head:10 * head + 10]
            key, strength, gate = np.tanh(part[:, :2]), softplus(part[:, 2:3]), sigmoid(part[:, 3:4])
            shifts, sharpness = softmax(part[:, 4:9]), softplus(part[:, 9:]) + 1
            likeness = np.einsum("bmd,bd->bm", memory, key) / (
                np.linalg.norm(memory, axis=2) * np.linalg.norm(key, axis=1, keepdims=True) + 1e-8)
            look = gate * softmax(strength * likeness) + (1 - gate) * looks[head]
            # Shift k of the list 0, 1, 2, -2, -1 moves a weight by as many rows.
            look = sum(shifts[:, k:k + 1] * np.roll(look, by, 1) for k, by in enumerate((0, 1, 2, -2, -1)))
            look = look ** sharpness
            new_looks.append(look / look.sum(1, keepdims=True))
        looks = new_looks
        read = [(look[:, :, None] * memory).sum(1) for look in looks[:2]]
        erase, add = sigmoid(asked[:, 30:32]), np.tanh(asked[:, 32:])
        memory = memory * (1 - looks[2][:, :, None] * erase[:, None]) + looks[2][:, :, None] * add[:, None]
        np.testing.assert_allclose(output, np.concatenate([h, *read], 1) @ v["output_kernel"] + v["output_bias"],
                                   rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(last.M, memory, rtol=1e-4, atol=1e-5)
    for one, wanted in zip(last.w_list, looks, strict=True):
        np.testing.assert_allclose(one, wanted, rtol=1e-4, atol=1e-5)
    assert last.time.tolist() == [3, 3]


def test_in_a_loop() -> None:
    cell = _cell(output_dim=5)
    x = tf.placeholder(tf.float32, [None, 3, 4])
    outputs, state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    gradients = tf.gradients(tf.reduce_sum(outputs ** 2), cell.trainable_weights)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found, time, slopes = sess.run([outputs, state.time, gradients], {x: np.ones([2, 3, 4])})
    assert found.shape == (2, 3, 5) and time.tolist() == [3, 3]
    assert all(np.all(np.isfinite(slope)) for slope in slopes) and sum(np.any(slope != 0) for slope in slopes) > 8


def test_a_memory_that_is_only_read() -> None:
    cell = _cell(read_head_num=1, write_head_num=0)
    state = cell.zero_state(2, tf.float32)
    for _ in range(2):
        _, state = cell(tf.constant(X), state)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        memory = sess.run(state.M)
    np.testing.assert_allclose(memory, np.full([2, 6, 2], 1e-6), rtol=1e-5)


def test_a_controller_that_is_no_cell() -> None:
    with pytest.raises(TypeError, match="The argument 'controller' .* is not an RNNCell"):
        tf.contrib.rnn.NTMCell(3, 6, 2, 1, 1)
