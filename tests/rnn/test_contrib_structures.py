"""Cells of tf.contrib.rnn with structure in time, in groups, in space, in frequency compute what their papers say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import reference_cells as reference
from reference_cells import Stepped

import millpond as tf

rnn = tf.contrib.rnn
X = reference.inputs()
sigmoid = reference.sigmoid


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_phased_lstm(tier: str, dtype: Any) -> None:
    time = np.array([[3.3], [1200.2]], dtype)
    s = Stepped(rnn.PhasedLSTMCell(3, use_peepholes=True, leak=0.1, ratio_on=0.3), (time, X))
    assert s.scope == "phased_lstm_cell" and dict(zip(s.names, s.shapes, strict=True)) == {
        "mask_gates/kernel": [11, 6], "mask_gates/bias": [6], "new_input/kernel": [8, 3], "new_input/bias": [3],
        "output_gate/kernel": [11, 3], "output_gate/bias": [3], "period": [3], "phase": [3], "ratio_on": [3]}
    period, phase, ratio = s.v["period"], s.v["phase"], s.v["ratio_on"]
    position = np.mod(time.astype(dtype) - phase.astype(np.float32), period.astype(np.float32)) / period
    k = np.where(position < ratio, 2 - 2 * position / ratio, 0.1 * position)
    k = np.where(position < 0.5 * ratio, 2 * position / ratio, k)
    c, h, outputs = np.zeros([2, 3]), np.zeros([2, 3]), []
    for _ in range(2):
        i, f = np.split(sigmoid(np.concatenate([X, h, c], 1) @ s.v["mask_gates/kernel"] + s.v["mask_gates/bias"]), 2, 1)
        new = np.tanh(np.concatenate([X, h], 1) @ s.v["new_input/kernel"] + s.v["new_input/bias"])
        new_c = c * f + i * new
        o = sigmoid(np.concatenate([X, h, new_c], 1) @ s.v["output_gate/kernel"] + s.v["output_gate/bias"])
        c, h = k * new_c + (1 - k) * c, k * np.tanh(new_c) * o + (1 - k) * h
        outputs.append(h)
    if dtype is np.float64:  # in float32 the time of a row is not known well enough to say its phase
        s.close_to(outputs, np.concatenate([c, h], 1))
    else:
        np.testing.assert_allclose(s.outputs[1][0], outputs[1][0], rtol=1e-3, atol=1e-3)


def test_first_phases_lie_within_the_first_periods() -> None:
    cell = rnn.PhasedLSTMCell(100, ratio_on=0.2, trainable_ratio_on=False, period_init_min=2.0, period_init_max=50.0)
    cell((tf.ones([2, 1]), tf.constant(X)), cell.zero_state(2, tf.float32))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        period, phase = sess.run(cell.trainable_weights[-2:])
        ratio, = sess.run(cell.non_trainable_weights)
    assert 2 <= period.min() < 4 and 25 < period.max() <= 50 and np.all((phase >= 0) & (phase <= period))
    np.testing.assert_allclose(ratio, [0.2] * 100)


def test_a_period_is_trained_by_the_position_in_it(tier: str) -> None:
    """How many periods have passed is no matter for the gradient, which would grow with the time."""
    cell = rnn.PhasedLSTMCell(2, ratio_on=1.0)
    output, _ = cell((tf.constant([[2.3]]), tf.constant(X[:1])), cell.zero_state(1, tf.float32))
    variables = {v.op.name.split("/")[1]: v for v in cell.weights}
    slope, = tf.gradients(output, variables["period"])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        variables["period"].load([1.0, 2.0], sess)
        variables["phase"].load([0.0, 0.0], sess)
        found, slopes = sess.run([output[0], slope])
    remainder, period = np.array([0.3, 0.3]), np.array([1.0, 2.0])
    openness = 2 * remainder / period
    np.testing.assert_allclose(slopes, found / openness * -2 * remainder / period ** 2, rtol=1e-4)


def test_phased_lstm_without_times() -> None:
    cell = rnn.PhasedLSTMCell(3)
    with pytest.raises(ValueError, match="are a pair, times and features, but received"):
        cell(tf.constant(X), cell.zero_state(2, tf.float32))


@pytest.mark.parametrize("projection", [None, 2])
def test_groups(tier: str, projection: int | None) -> None:
    x = reference.inputs(2, 6)
    s = Stepped(rnn.GLSTMCell(4, number_of_groups=2, num_proj=projection), x)
    out = projection or 4
    assert s.scope == "glstm_cell" and s.names == [
        "group0/kernel", "group1/kernel", "bias_i", "bias_j", "bias_f", "bias_o",
        *(["projection/kernel"] if projection else [])]
    assert s.shapes[:2] == [[3 + out // 2, 8]] * 2
    c, m, outputs = np.zeros([2, 4]), np.zeros([2, out]), []
    for _ in range(2):
        groups = [np.split(np.concatenate([np.split(x, 2, 1)[g], np.split(m, 2, 1)[g]], 1) @ s.v[f"group{g}/kernel"],
                           4, 1) for g in (0, 1)]
        i, j, f, o = [np.concatenate(parts, 1) + s.v[f"bias_{gate}"]
                      for parts, gate in zip(zip(*groups, strict=True), "ijfo", strict=True)]
        c = sigmoid(f + 1) * c + sigmoid(i) * np.tanh(j)
        m = sigmoid(o) * np.tanh(c)
        m = m @ s.v["projection/kernel"] if projection else m
        outputs.append(m)
    s.close_to(outputs, np.concatenate([c, m], 1))


def test_groups_that_do_not_divide() -> None:
    with pytest.raises(ValueError, match="num_units must be divisible by number_of_groups: 5, 2"):
        rnn.GLSTMCell(5, number_of_groups=2)
    with pytest.raises(ValueError, match="num_proj must be divisible by number_of_groups: 3, 2"):
        rnn.GLSTMCell(4, num_proj=3, number_of_groups=2)
    cell = rnn.GLSTMCell(4, number_of_groups=2)
    with pytest.raises(ValueError, match="must be divisible by number_of_groups, 2, in the cell glstm_cell_"):
        cell(tf.constant(X), cell.zero_state(2, tf.float32))


@pytest.mark.parametrize("make, name", [
    (rnn.Conv1DLSTMCell, "conv_1d_lstm_cell"), (rnn.Conv2DLSTMCell, "conv_2d_lstm_cell"),
    (rnn.Conv3DLSTMCell, "conv_3d_lstm_cell")])
def test_convolutions(tier: str, make: Any, name: str) -> None:
    """With windows of one pixel, each pixel is an LSTM."""
    rank = int(name[5])
    sizes = [4, 3, 2][:rank]
    x = np.random.RandomState(0).uniform(-1, 1, [2, *sizes, 3]).astype(np.float32)
    s = Stepped(make(input_shape=[*sizes, 3], output_channels=2, kernel_shape=[1] * rank), x)
    assert s.scope == name and s.names == ["kernel", "biases"] and s.shapes == [[1] * rank + [5, 8], [8]]
    pixels = x.reshape([-1, 3])
    c, h = np.zeros([len(pixels), 2]), np.zeros([len(pixels), 2])
    for output in s.outputs:
        c, h = reference.lstm(pixels, c, h, s.v["kernel"].reshape([5, 8]), s.v["biases"])
        np.testing.assert_allclose(output.reshape([-1, 2]), h, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(s.state.c.reshape([-1, 2]), c, rtol=1e-4, atol=1e-5)


def test_windows_of_convolutions() -> None:
    cell = rnn.ConvLSTMCell(2, (6, 5, 3), 4, (3, 3), use_bias=False, skip_connection=True)
    x = tf.random_uniform([2, 6, 5, 3])
    state = cell.zero_state(2, tf.float32)
    for _ in range(2):
        output, state = cell(x, state)
    assert output.shape.as_list() == [2, 6, 5, 7] == [2, *cell.output_size.as_list()]
    assert [v.shape.as_list() for v in cell.weights] == [[3, 3, 7, 16]]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found, given, h = sess.run([output, x, state.h])
    np.testing.assert_array_equal(found, np.concatenate([h, given], -1))


def test_convolutions_of_other_shapes() -> None:
    with pytest.raises(ValueError, match=r"Invalid input_shape \[6, 5, 3\] for conv_ndims=1"):
        rnn.ConvLSTMCell(1, [6, 5, 3], 4, [3])
    cell = rnn.ConvLSTMCell(2, [6, 5, 3], 4, [3, 3])
    with pytest.raises(ValueError, match="expects inputs of 4 dimensions, a batch of shape .*but received"):
        cell(tf.constant(X), cell.zero_state(2, tf.float32))


def test_time_and_frequency(tier: str) -> None:
    cell = rnn.TimeFreqLSTMCell(3, use_peepholes=True, cell_clip=0.3, feature_size=2, frequency_skip=1,
                                num_unit_shards=2)
    s = Stepped(cell, state=tf.zeros([2, 24]))
    assert s.scope == "time_freq_lstm_cell" and dict(zip(s.names, s.shapes, strict=True)) == {
        "W_0": [4, 12], "W_1": [4, 12], "B": [12], "W_F_diag": [3], "W_I_diag": [3], "W_O_diag": [3]}
    kernel, states, outputs = np.concatenate([s.v["W_0"], s.v["W_1"]]), [np.zeros([2, 3])] * 8, []
    for _ in range(2):
        below, ms = np.zeros([2, 3]), []
        for w in range(4):
            seen = np.concatenate([X[:, w:w + 2], states[2 * w + 1]], 1)
            c, below = reference.lstm(seen, states[2 * w], below, kernel, s.v["B"],
                                      [s.v[f"W_{gate}_diag"] for gate in "FIO"], cell_clip=0.3)
            states[2 * w:2 * w + 2] = c, below
            ms.append(below)
        outputs.append(np.concatenate(ms, 1))
    s.close_to(outputs, np.concatenate(states, 1))


def _grid(s: Stepped, scope: str, block: int, windows: list[Any], states: list[Any], peep: bool, shared: bool,
          coupled: bool, clip: float) -> tuple[list[Any], list[Any]]:
    """One step of a grid over a block: outputs, and the new c and m of each window."""
    v = {name.removeprefix(scope): value for name, value in s.v.items() if name.startswith(scope)}

    def seeing(gate: Any, name: str, kind: str, below: Any, before: Any) -> Any:
        if not peep:
            return gate
        return gate + v[f"W_{name}_diag_{kind}f_{block}"] * below + v[f"W_{name}_diag_{kind}t_{block}"] * before

    outputs, new_states = [], []
    c_below = m_below = np.zeros_like(states[0])
    for index, window in enumerate(windows):
        c_before, m_before = states[2 * index:2 * index + 2]
        memories, gates = [], []
        for kind, old in (("freq", c_below), ("freq" if shared else "time", c_before)):
            short = kind[0]
            kernel = np.concatenate([v[n] for n in sorted(v) if n.startswith(f"W_{short}_{block}_")])
            parts = np.split(np.concatenate([window, m_before, m_below], 1) @ kernel + v[f"B_{short}_{block}"],
                             3 if coupled else 4, 1)
            i = sigmoid(seeing(parts[0], "I", kind, c_below, c_before))
            f = 1 - i if coupled else sigmoid(seeing(parts[2] + 1, "F", kind, c_below, c_before))
            memories.append(np.clip(f * old + i * np.tanh(parts[1]), -clip, clip))
            gates.append((parts[-1], kind))
        m_f, m_t = [sigmoid(seeing(o, "O", kind, *memories)) * np.tanh(memory)
                    for (o, kind), memory in zip(gates, memories, strict=True)]
        c_below, m_below = memories[0], m_f
        outputs += [m_t, m_f]
        new_states += [memories[1], m_t]
    return outputs, new_states


@pytest.mark.parametrize("peep, shared, coupled, is_tuple", [
    (False, False, False, True), (True, False, False, True), (True, True, False, False), (True, True, True, True),
    (False, False, True, False)])
def test_grid(tier: str, peep: bool, shared: bool, coupled: bool, is_tuple: bool) -> None:
    x = reference.inputs(2, 6)
    cell = rnn.GridLSTMCell(
        3, use_peepholes=peep, share_time_frequency_weights=shared, cell_clip=0.3, feature_size=2, frequency_skip=1,
        num_frequency_blocks=[2, 3], start_freqindex_list=[0, 2], end_freqindex_list=[3, 6], num_unit_shards=2,
        couple_input_forget_gates=coupled, state_is_tuple=is_tuple)
    s = Stepped(cell, x)
    assert s.scope == "grid_lstm_cell" and s.v["W_f_0_0"].shape == (4, 9 if coupled else 12)
    assert ("W_t_0_0" in s.v) == (not shared) and ("W_F_diag_freqt_1" in s.v) == (peep and not coupled)
    states, outputs = [np.zeros([2, 3])] * 10, []
    for _ in range(2):
        first = _grid(s, "", 0, [x[:, w:w + 2] for w in (0, 1)], states[:4], peep, shared, coupled, 0.3)
        second = _grid(s, "", 1, [x[:, w:w + 2] for w in (2, 3, 4)], states[4:], peep, shared, coupled, 0.3)
        outputs.append(np.concatenate(first[0] + second[0], 1))
        states = first[1] + second[1]
    s.close_to(outputs, np.concatenate(states, 1))
    if is_tuple:
        assert s.state._fields[:3] == ("state_f00_b00_c", "state_f00_b00_m", "state_f01_b00_c")


@pytest.mark.parametrize("offset", [0, 1, -1])
def test_grid_in_both_directions(tier: str, offset: int) -> None:
    cell = rnn.BidirectionalGridLSTMCell(3, use_peepholes=True, feature_size=2, frequency_skip=1,
                                         num_frequency_blocks=[4], backward_slice_offset=offset)
    s = Stepped(cell)
    assert s.scope == "bidirectional_grid_lstm_cell" and {name[:4] for name in s.names} == {"fwd/", "bwd/"}
    padded = np.pad(X, [[0, 0], [max(-offset, 0), max(offset, 0)]])
    forward = [X[:, w:w + 2] for w in range(4)]
    backward = [padded[:, w + max(offset, 0):w + max(offset, 0) + 2] for w in range(4)][::-1]
    states, outputs = [np.zeros([2, 3])] * 16, []
    for _ in range(2):
        first = _grid(s, "fwd/", 0, forward, states[:8], True, False, False, np.inf)
        second = _grid(s, "bwd/", 0, backward, states[8:], True, False, False, np.inf)
        outputs.append(np.concatenate(first[0] + second[0], 1))
        states = first[1] + second[1]
    s.close_to(outputs, np.concatenate(states, 1))


def test_grids_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="Must specify num_frequency_blocks"):
        rnn.GridLSTMCell(3)
    for arguments, words in (
            ({"num_frequency_blocks": [3]}, "Invalid num_frequency_blocks, requires 3 but gets 4 in the cell grid"),
            ({"num_frequency_blocks": [2, 2]}, "There are 2 blocks in num_frequency_blocks .* but 1 in start_freq"),
            ({"num_frequency_blocks": [4], "start_freqindex_list": [0], "end_freqindex_list": [1, 2]}, "and 2 in end")):
        cell = rnn.GridLSTMCell(3, feature_size=2, frequency_skip=1, **arguments)
        with pytest.raises(ValueError, match=words):
            cell(tf.constant(X), cell.zero_state(2, tf.float32))
