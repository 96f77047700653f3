"""A program unrolls recurrent networks: values, lengths, scopes, saved states, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import reference_cells as reference

import millpond as tf

TIME, BATCH, INPUTS = 4, 3, 2
X = np.random.RandomState(1).uniform(-1, 1, (TIME, BATCH, INPUTS)).astype(np.float32)
LENGTHS = np.array([2, 4, 0], np.int32)


def steps(batch: int | None = None) -> tuple[Any, list[Any]]:
    x = tf.placeholder(tf.float32, [TIME, batch, INPUTS])
    return x, tf.unstack(x)


def gru_by_hand(x: np.ndarray, weights: list[np.ndarray], lengths: Any = None) -> tuple[np.ndarray, np.ndarray]:
    """The outputs and the last state of a GRU over time; a sequence that has ended gives zeros and keeps its state."""
    h = np.zeros((x.shape[1], len(weights[3])), np.float32)
    outputs = []
    for t in range(len(x)):
        new = reference.gru(x[t], h, *weights)
        lives = np.ones(x.shape[1], bool) if lengths is None else t < np.asarray(lengths)
        outputs.append(np.where(lives[:, None], new, 0))
        h = np.where(lives[:, None], new, h)
    return np.stack(outputs), h


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "lengths"])
def test_a_cell_is_called_on_each_step_with_the_same_variables(lengths: Any, tier: Any) -> None:
    x, inputs = steps()
    outputs, state = tf.nn.static_rnn(tf.nn.rnn_cell.GRUCell(5), inputs, dtype=tf.float32, sequence_length=lengths)
    assert [v.name for v in tf.global_variables()] == [
        f"rnn/gru_cell/{part}/{kind}:0" for part in ("gates", "candidate") for kind in ("kernel", "bias")]
    assert len(outputs) == TIME and outputs[0].shape.as_list() == ([None, 5] if lengths is None else [3, 5])
    with tf.Session() as sess:
        weights = reference.fill(sess)
        found, last = sess.run([tf.stack(outputs), state], {x: X})
    wanted, wanted_last = gru_by_hand(X, weights, lengths)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(last, wanted_last, rtol=1e-5, atol=1e-6)


def test_lengths_and_an_unknown_batch_size_go_together(tier: Any) -> None:
    x, inputs = steps()
    lengths = tf.placeholder(tf.int64, [None])
    outputs, (state,) = tf.nn.static_rnn(tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.BasicLSTMCell(4)]), inputs,
                                         dtype=tf.float32, sequence_length=lengths)
    assert outputs[0].shape.as_list() == [None, 4]
    with tf.Session() as sess:
        reference.fill(sess)
        whole, last = sess.run([tf.stack(outputs), state], {x: X, lengths: [TIME] * BATCH})
        short, early = sess.run([tf.stack(outputs), state], {x: X, lengths: LENGTHS})
        assert sess.run(outputs[3], {x: X[:, :1], lengths: [3]}).tolist() == [[0.0] * 4]
    np.testing.assert_array_equal(short[:2, 0], whole[:2, 0])
    np.testing.assert_array_equal(short[2:, 0], 0)
    np.testing.assert_array_equal(short[:, 2], 0)
    np.testing.assert_array_equal(early.h[:2], [whole[1, 0], last.h[1]])
    np.testing.assert_array_equal(early.c[2], 0)


def test_a_sequence_that_has_ended_has_no_gradient(tier: Any) -> None:
    x, inputs = steps()
    outputs, state = tf.nn.static_rnn(tf.nn.rnn_cell.GRUCell(5), inputs, dtype=tf.float32, sequence_length=LENGTHS)
    (grad,) = tf.gradients(tf.add_n(outputs), x)
    with tf.Session() as sess:
        reference.fill(sess)
        found = sess.run(grad, {x: X})
    for row, length in enumerate(LENGTHS):
        assert np.abs(found[:length, row]).min(initial=1) > 0 and not found[length:, row].any()


def test_states_begin_where_the_caller_says(tier: Any) -> None:
    x, inputs = steps()
    cell = tf.nn.rnn_cell.BasicLSTMCell(3)
    first = tf.nn.rnn_cell.LSTMStateTuple(tf.ones([BATCH, 3]), tf.zeros([BATCH, 3]))
    with tf.variable_scope("model"):
        outputs, state = tf.nn.static_rnn(cell, inputs[:1], initial_state=first, scope="encoder")
    assert tf.global_variables()[0].name == "model/encoder/basic_lstm_cell/kernel:0"
    assert type(state) is tf.nn.rnn_cell.LSTMStateTuple
    with tf.Session() as sess:
        kernel, bias = reference.fill(sess)
        c, _ = reference.lstm(X[0], np.ones([BATCH, 3]), np.zeros([BATCH, 3]), kernel, bias)
        np.testing.assert_allclose(sess.run(state.c, {x: X}), c, rtol=1e-5, atol=1e-6)


def test_inputs_and_outputs_may_be_structures(tier: Any) -> None:
    class Both(tf.nn.rnn_cell.RNNCell):
        state_size = 2
        output_size = (2, 3)

        def call(self, inputs: Any, state: Any) -> Any:
            a, b = inputs
            return (a + state, b), state + a

    inputs = [(tf.fill([2, 2], float(t)), tf.fill([2, 3], 10.0 + t)) for t in range(3)]
    outputs, state = tf.nn.static_rnn(Both(), inputs, dtype=tf.float32, sequence_length=[1, 3])
    with tf.Session() as sess:
        found, last = sess.run([outputs, state])
    assert found[2][0].tolist() == [[0, 0], [3, 3]] and found[1][1].tolist() == [[0] * 3, [11] * 3]
    assert last.tolist() == [[0, 0], [3, 3]]


class Scaled:
    """What is called like a cell, and gets its variable as a function of any layer would."""

    state_size = output_size = INPUTS

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        return tf.zeros([batch_size, INPUTS], dtype)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        total = state + inputs * tf.get_variable("scale", [], initializer=tf.constant_initializer(2.0))
        return total, total


@pytest.mark.parametrize("dynamic", [False, True])
def test_anything_that_is_like_a_cell_will_do(dynamic: bool, tier: Any) -> None:
    x, inputs = steps(BATCH)
    if dynamic:
        _, state = tf.nn.dynamic_rnn(Scaled(), x, dtype=tf.float32, time_major=True)
    else:
        _, state = tf.nn.static_rnn(Scaled(), inputs, dtype=tf.float32)
    assert [v.name for v in tf.global_variables()] == ["rnn/scale:0"]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_allclose(sess.run(state, {x: X}), 2 * X.sum(0), rtol=1e-5)


class Saver:
    """Keeps states in variables, as a queue of sequences would."""

    def __init__(self, **sizes: int) -> None:
        self.variables = {name: tf.Variable(tf.zeros([BATCH, size]), name=name) for name, size in sizes.items()}

    def state(self, name: str) -> Any:
        return self.variables[name].read_value()

    def save_state(self, name: str, value: Any) -> Any:
        return self.variables[name].assign(value)


def test_a_long_sequence_goes_in_pieces_with_a_saved_state(tier: Any) -> None:
    x, inputs = steps(BATCH)
    saver = Saver(c=4, h=4)
    cell = tf.nn.rnn_cell.BasicLSTMCell(4)
    outputs, state = tf.nn.static_state_saving_rnn(cell, inputs, saver, ("c", "h"))
    assert [o.op.type for o in outputs[-1:]] == ["Identity"]
    with tf.variable_scope("rnn", reuse=True) as scope:
        both, _ = tf.nn.static_rnn(cell, inputs + inputs, dtype=tf.float32, scope=scope)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        reference.fill(sess, cell.weights)
        wanted = sess.run(both, {x: X})
        first = sess.run(outputs, {x: X})
        second = sess.run(outputs, {x: X})
        saved = sess.run(saver.variables["h"])
    np.testing.assert_allclose(first + second, wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(saved, wanted[-1], rtol=1e-5, atol=1e-6)


def test_names_of_saved_states_are_as_the_state() -> None:
    _, inputs = steps(BATCH)
    saver = Saver(c=4, h=4)
    with pytest.raises(ValueError, match="state_name should be the same type as cell.state_size"):
        tf.nn.static_state_saving_rnn(tf.nn.rnn_cell.BasicLSTMCell(4), inputs, saver, "c")
    with pytest.raises(ValueError, match=r"#elems\(state_name\) != #elems\(state_size\): 3 vs. 2"):
        tf.nn.static_state_saving_rnn(tf.nn.rnn_cell.BasicLSTMCell(4), inputs, saver, ("c", "h", "h"))
    outputs, _ = tf.nn.state_saving_rnn(tf.nn.rnn_cell.GRUCell(4), inputs, saver, "h")
    assert len(outputs) == TIME


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "lengths"])
def test_two_directions_meet_in_each_step(lengths: Any, tier: Any) -> None:
    x, inputs = steps(BATCH)
    cells = [tf.nn.rnn_cell.GRUCell(3), tf.nn.rnn_cell.GRUCell(5)]
    outputs, fw, bw = tf.nn.static_bidirectional_rnn(*cells, inputs, dtype=tf.float32, sequence_length=lengths)
    assert [v.name for v in tf.global_variables()][::4] == ["bidirectional_rnn/fw/gru_cell/gates/kernel:0",
                                                            "bidirectional_rnn/bw/gru_cell/gates/kernel:0"]
    with tf.Session() as sess:
        weights = reference.fill(sess)
        found, last_fw, last_bw = sess.run([tf.stack(outputs), fw, bw], {x: X})
    ends = [TIME] * BATCH if lengths is None else lengths
    forward, wanted_fw = gru_by_hand(X, weights[:4], lengths)
    turned = X.copy()
    for row, end in enumerate(ends):
        turned[:end, row] = X[:end, row][::-1]
    backward, wanted_bw = gru_by_hand(turned, weights[4:], lengths)
    for row, end in enumerate(ends):
        backward[:end, row] = backward[:end, row][::-1].copy()
    np.testing.assert_allclose(found, np.concatenate([forward, backward], 2), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(last_fw, wanted_fw, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(last_bw, wanted_bw, rtol=1e-5, atol=1e-6)


def test_what_is_no_cell_or_no_sequence_is_refused() -> None:
    _, inputs = steps()
    cell = tf.nn.rnn_cell.GRUCell(5)
    with pytest.raises(TypeError, match="The argument 'cell' .* is not an RNNCell"):
        tf.nn.static_rnn(3, inputs, dtype=tf.float32)
    with pytest.raises(TypeError, match="'cell_bw'"):
        tf.nn.static_bidirectional_rnn(cell, 3, inputs, dtype=tf.float32)
    with pytest.raises(TypeError, match="inputs must be a sequence"):
        tf.nn.static_rnn(cell, inputs[0], dtype=tf.float32)
    with pytest.raises(ValueError, match="inputs must not be empty"):
        tf.nn.static_rnn(cell, [], dtype=tf.float32)
    with pytest.raises(ValueError, match="If there is no initial_state, you must give a dtype"):
        tf.nn.static_rnn(cell, inputs)
    with pytest.raises(ValueError, match=r"Input size \(dimension 0 of inputs\) must be accessible"):
        tf.nn.static_rnn(cell, [tf.placeholder(tf.float32, [None, None])], dtype=tf.float32)
    with pytest.raises(ValueError, match="sequence_length must be a vector"):
        tf.nn.static_rnn(cell, inputs, dtype=tf.float32, sequence_length=3)
    with pytest.raises(ValueError):
        tf.nn.static_rnn(cell, [tf.zeros([2, 3]), tf.zeros([3, 3])], dtype=tf.float32)


def test_the_names_before_1_0_are_there() -> None:
    assert tf.nn.rnn is tf.nn.static_rnn is tf.contrib.rnn.static_rnn
    assert tf.nn.bidirectional_rnn is tf.nn.static_bidirectional_rnn is tf.contrib.rnn.static_bidirectional_rnn
    assert tf.nn.state_saving_rnn is tf.contrib.rnn.static_state_saving_rnn
