"""Cells and networks that are one op compute what the cells of small operations compute, from the same variables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import reference_cells as reference

import millpond as tf

TIME, BATCH, INPUTS, UNITS = 4, 3, 2, 5
X = np.random.RandomState(1).uniform(-1, 1, (TIME, BATCH, INPUTS)).astype(np.float32)
LENGTHS = np.array([2, 4, 0], np.int32)


def close(found: Any, wanted: Any) -> None:
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("options", [{}, {"use_peephole": True, "cell_clip": 0.2, "forget_bias": 0.5}], ids=str)
def test_a_step_of_an_lstm_that_is_one_op(options: Any, tier: Any) -> None:
    cell = tf.contrib.rnn.LSTMBlockCell(UNITS, **options)
    state = tf.nn.rnn_cell.LSTMStateTuple(tf.fill([BATCH, UNITS], 0.3), tf.fill([BATCH, UNITS], -0.1))
    output, new = cell(tf.constant(X[0]), state)
    peepholes = ["w_i_diag:0", "w_f_diag:0", "w_o_diag:0"] if options else []
    assert [v.name for v in tf.global_variables()] == [f"lstm_cell/{n}" for n in ["kernel:0", "bias:0", *peepholes]]
    assert cell.state_size == (UNITS, UNITS) and cell.output_size == UNITS and output is new.h
    assert [op.type for op in tf.get_default_graph().get_operations()].count("LSTMBlockCell") == 1
    with tf.Session() as sess:
        kernel, bias, *diagonals = reference.fill(sess)
        found = sess.run(new)
    i, f, o = diagonals or (0.0, 0.0, 0.0)
    before = np.full([BATCH, UNITS], 0.3), np.full([BATCH, UNITS], -0.1)
    close(found, reference.lstm(X[0], *before, kernel, bias, (f, i, o), forget_bias=options.get("forget_bias", 1.0),
                                cell_clip=options.get("cell_clip", np.inf)))


def test_a_checkpoint_of_an_lstm_fits_the_one_that_is_one_op(tmp_path: Any) -> None:
    x = tf.unstack(tf.constant(X))
    outputs, _ = tf.nn.static_rnn(tf.nn.rnn_cell.LSTMCell(UNITS, use_peepholes=True), x, dtype=tf.float32)
    with tf.Session() as sess:
        reference.fill(sess)
        wanted = sess.run(outputs)
        path = tf.train.Saver().save(sess, str(tmp_path / "model"))
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.unstack(tf.constant(X))
        outputs, _ = tf.nn.static_rnn(tf.contrib.rnn.LSTMBlockCell(UNITS, use_peephole=True), x, dtype=tf.float32)
        tf.train.Saver().restore(sess, path)
        close(sess.run(outputs), wanted)


@pytest.mark.parametrize("name, names", [
    ("GRUBlockCell", ["gru_cell/w_ru:0", "gru_cell/b_ru:0", "gru_cell/w_c:0", "gru_cell/b_c:0"]),
    ("GRUBlockCellV2", ["gru_cell/gates/kernel:0", "gru_cell/gates/bias:0", "gru_cell/candidate/kernel:0",
                        "gru_cell/candidate/bias:0"])])
def test_a_step_of_a_gru_that_is_one_op(name: str, names: list[str], tier: Any) -> None:
    cell = getattr(tf.contrib.rnn, name)(UNITS)
    output, new = cell(tf.constant(X[0]), tf.fill([BATCH, UNITS], 0.3))
    assert [v.name for v in tf.global_variables()] == names and output is new
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert (sess.run(names[1]) == 1).all() and not sess.run(names[3]).any()
        weights = reference.fill(sess)
        close(sess.run([new]), [reference.gru(X[0], np.full([BATCH, UNITS], 0.3), *weights)])


def test_cells_refuse_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="Exactly one of num_units or cell_size"):
        tf.contrib.rnn.GRUBlockCell()
    with pytest.raises(ValueError, match="Exactly one of num_units or cell_size"):
        tf.contrib.rnn.GRUBlockCell(num_units=3, cell_size=3)
    assert tf.contrib.rnn.GRUBlockCell(cell_size=3).state_size == 3
    with pytest.raises(ValueError, match="cell_size 3 vs 4"):
        tf.contrib.rnn.GRUBlockCell(3)(tf.zeros([2, 2]), tf.zeros([2, 4]))
    with pytest.raises(ValueError, match="tuple with length 2"):
        tf.contrib.rnn.LSTMBlockCell(3)(tf.zeros([2, 2]), (tf.zeros([2, 3]),))
    with pytest.raises(ValueError, match="to be known"):
        tf.contrib.rnn.LSTMBlockCell(3)(tf.placeholder(tf.float32, [2, None]), (tf.zeros([2, 3]),) * 2)


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "lengths"])
@pytest.mark.parametrize("as_list", [False, True], ids=["tensor", "list"])
def test_a_whole_network_that_is_one_op(lengths: Any, as_list: bool, tier: Any) -> None:
    x = tf.placeholder(tf.float32, [TIME, None, INPUTS])
    cell = tf.contrib.rnn.LSTMBlockFusedCell(UNITS, forget_bias=0.5, use_peephole=True)
    outputs, state = cell(tf.unstack(x) if as_list else x, dtype=tf.float32, sequence_length=lengths)
    assert isinstance(outputs, list) == as_list and type(state) is tf.nn.rnn_cell.LSTMStateTuple
    assert [v.name for v in tf.global_variables()][:2] == ["lstm_fused_cell/kernel:0", "lstm_fused_cell/bias:0"]
    outputs = tf.stack(outputs) if as_list else outputs
    wanted, right = tf.nn.static_rnn(
        tf.nn.rnn_cell.LSTMCell(UNITS, use_peepholes=True, forget_bias=0.5), tf.unstack(x), dtype=tf.float32,
        sequence_length=lengths)
    grads, wanted_grads = tf.gradients(outputs, x), tf.gradients(tf.stack(wanted), x)
    with tf.Session() as sess:
        kernel, bias, i, f, o = reference.fill(sess, cell.weights)
        for variable, value in zip(tf.global_variables()[5:], (kernel, bias, f, i, o), strict=True):
            variable.load(value.astype(np.float32), sess)
        found, last, slopes = sess.run([outputs, state, grads], {x: X})
        close(found, sess.run(tf.stack(wanted), {x: X}))
        close(last, sess.run(right, {x: X}))
        close(slopes, sess.run(wanted_grads, {x: X}))


def test_a_network_that_is_one_op_begins_where_the_caller_says(tier: Any) -> None:
    x = tf.placeholder(tf.float32, [None, None, INPUTS])
    cell = tf.contrib.rnn.LSTMBlockFusedCell(UNITS)
    first = (tf.fill([BATCH, UNITS], 0.3), tf.fill([BATCH, UNITS], -0.1))
    outputs, state = cell(x, initial_state=first, sequence_length=LENGTHS)
    assert outputs.shape.as_list() in ([None, None, UNITS], [None, BATCH, UNITS])
    with tf.Session() as sess:
        reference.fill(sess)
        c, h = sess.run(state, {x: X})
        np.testing.assert_allclose([c[2], h[2]], [[0.3] * UNITS, [-0.1] * UNITS], rtol=1e-6)
        assert sess.run(outputs, {x: X})[2:, 0].any() == 0
    with pytest.raises(ValueError, match="Either initial_state or dtype"):
        cell(x)
    with pytest.raises(ValueError, match="tuple with length 2 or None"):
        cell(x, initial_state=(first[0],))
    with pytest.raises(ValueError, match="to be set"):
        tf.contrib.rnn.LSTMBlockFusedCell(UNITS)(tf.placeholder(tf.float32, [None, None, None]), dtype=tf.float32)


def test_a_network_that_is_one_op_ends_with_the_longest_sequence(tier: Any) -> None:
    """What stands beyond is not looked at."""
    x = tf.placeholder(tf.float32, [TIME, BATCH, INPUTS])
    cell = tf.contrib.rnn.LSTMBlockFusedCell(UNITS)
    outputs, state = cell(x, dtype=tf.float32, sequence_length=[2, 1, 0])
    poisoned = X.copy()
    poisoned[2:] = np.nan
    grads = tf.gradients([outputs, state.h], cell.trainable_weights)
    with tf.Session() as sess:
        reference.fill(sess)
        for found in sess.run([outputs, *state, *grads], {x: poisoned}):
            assert np.isfinite(found).all()


@pytest.mark.parametrize("use_dynamic_rnn", [False, True])
@pytest.mark.parametrize("as_list", [False, True], ids=["tensor", "list"])
def test_a_cell_as_a_whole_network_and_in_reverse(use_dynamic_rnn: bool, as_list: bool, tier: Any) -> None:
    x = tf.constant(X)
    given = tf.unstack(x) if as_list else x
    cell = tf.nn.rnn_cell.GRUCell(UNITS)
    fused = tf.contrib.rnn.FusedRNNCellAdaptor(cell, use_dynamic_rnn)
    assert isinstance(fused, tf.contrib.rnn.FusedRNNCell)
    forward, _ = fused(given, dtype=tf.float32)
    with tf.variable_scope("rnn", reuse=True) as scope:
        lengths = None if as_list else LENGTHS
        backward, state = tf.contrib.rnn.TimeReversedFusedRNN(fused)(given, dtype=tf.float32, sequence_length=lengths,
                                                                     scope=scope)
        wanted, right = tf.nn.static_rnn(
            cell, tf.unstack(x[::-1] if as_list else tf.reverse_sequence(x, LENGTHS, 0, 1)), dtype=tf.float32,
            sequence_length=lengths, scope=scope)
    assert isinstance(forward, list) == isinstance(backward, list) == as_list
    with tf.Session() as sess:
        reference.fill(sess)
        found, last, other, other_last = sess.run([backward, state, wanted, right])
    found, other = np.stack(found), np.stack(other)
    ends = [TIME] * BATCH if as_list else LENGTHS
    for row, end in enumerate(ends):
        close([found[:end, row]], [other[:end, row][::-1]])
        assert not found[end:, row].any()
    close([last], [other_last])
