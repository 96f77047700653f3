"""A program loops over time in the graph: the loop gives what the unrolled network gives, whatever is known of the
shapes, and its gradients are those of the unrolled one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import reference_cells as reference

import millpond as tf

TIME, BATCH, INPUTS = 5, 3, 2
X = np.random.RandomState(1).uniform(-1, 1, (BATCH, TIME, INPUTS)).astype(np.float32)
LENGTHS = np.array([2, 4, 0], np.int32)


def two_layers() -> Any:
    return tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.BasicLSTMCell(4), tf.nn.rnn_cell.GRUCell(3)])


def unrolled(cell: Any, x: Any, **arguments: Any) -> tuple[Any, Any]:
    """What `static_rnn` gives with the variables of a loop, `[batch, time, ...]`."""
    with tf.variable_scope("rnn", reuse=True) as scope:
        outputs, state = tf.nn.static_rnn(cell, tf.unstack(x, TIME, axis=1), scope=scope, dtype=tf.float32, **arguments)
    return tf.stack(outputs, 1), state


def agree(found: Any, wanted: Any, rtol: float = 1e-5) -> None:
    one, other = _leaves(found), _leaves(wanted)
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-6)


def _leaves(value: Any) -> list[Any]:
    return [leaf for part in value for leaf in _leaves(part)] if isinstance(value, (list, tuple)) else [value]


@pytest.mark.parametrize("shape", [[BATCH, TIME, INPUTS], [None, TIME, INPUTS], [BATCH, None, INPUTS],
                                   [None, None, INPUTS]], ids=str)
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "lengths"])
def test_a_loop_gives_what_the_unrolled_network_gives(shape: Any, lengths: Any, tier: Any) -> None:
    x, cell = tf.placeholder(tf.float32, shape), two_layers()
    outputs, state = tf.nn.dynamic_rnn(cell, x, sequence_length=lengths, dtype=tf.float32)
    assert outputs.shape.as_list() == [*shape[:2], 3]
    assert state[0].c.shape.as_list() in ([shape[0], 4], [BATCH, 4]) and type(state[0]) is tf.nn.rnn_cell.LSTMStateTuple
    wanted = unrolled(cell, x, sequence_length=lengths)
    with tf.Session() as sess:
        reference.fill(sess)
        agree(*sess.run([[outputs, state], wanted], {x: X}))


def test_variables_are_made_once_and_outside_of_the_loop() -> None:
    x = tf.placeholder(tf.float32, [None, TIME, INPUTS])
    tf.nn.dynamic_rnn(two_layers(), x, dtype=tf.float32)
    with tf.variable_scope("model"):
        tf.nn.dynamic_rnn(tf.nn.rnn_cell.BasicRNNCell(3), x, dtype=tf.float32, scope="decoder")
    cell = "rnn/multi_rnn_cell/cell_"
    assert [v.name for v in tf.global_variables()] == [
        f"{cell}0/basic_lstm_cell/kernel:0", f"{cell}0/basic_lstm_cell/bias:0", f"{cell}1/gru_cell/gates/kernel:0",
        f"{cell}1/gru_cell/gates/bias:0", f"{cell}1/gru_cell/candidate/kernel:0",
        f"{cell}1/gru_cell/candidate/bias:0", "model/decoder/basic_rnn_cell/kernel:0",
        "model/decoder/basic_rnn_cell/bias:0"]
    assert all(v.graph is tf.get_default_graph() for v in tf.global_variables())


def test_the_lengths_can_be_found_and_fed_in_the_graph() -> None:
    x = tf.placeholder(tf.float32, [None, TIME, INPUTS])
    outputs, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.BasicRNNCell(3), x, sequence_length=[5, 5, 5], dtype=tf.float32)
    lengths = tf.get_default_graph().get_tensor_by_name("rnn/sequence_length:0")
    with tf.Session() as sess:
        reference.fill(sess)
        found = sess.run(outputs, {x: X, lengths: LENGTHS})
    assert not found[0, 2:].any() and found[1, :4].all() and not found[2].any()


def test_a_loop_ends_with_the_longest_sequence(tier: Any) -> None:
    """Inputs beyond it are not read: whatever stands there, the values and their gradients are not touched."""
    x = tf.placeholder(tf.float32, [None, TIME, INPUTS])
    outputs, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), x, sequence_length=[2, 3, 1], dtype=tf.float32)
    poisoned = X.copy()
    poisoned[:, 3:] = np.nan
    grads = tf.gradients([outputs, state], tf.trainable_variables())
    with tf.Session() as sess:
        reference.fill(sess)
        agree(sess.run([outputs, state, grads], {x: poisoned}), sess.run([outputs, state, grads], {x: X}))
        assert not sess.run(outputs, {x: poisoned})[:, 3:].any()


def test_sequences_of_no_steps_give_zeros_and_the_first_state(tier: Any) -> None:
    x, lengths = tf.placeholder(tf.float32, [None, None, INPUTS]), tf.placeholder(tf.int64, [None])
    first = tf.ones([tf.shape(x)[0], 3])
    outputs, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), x, sequence_length=lengths, initial_state=first)
    with tf.Session() as sess:
        reference.fill(sess)
        found, last = sess.run([outputs, state], {x: X, lengths: [0, 0, 0]})
        assert found.shape == (BATCH, TIME, 3) and not found.any() and (last == 1).all()


@pytest.mark.parametrize("lengths", [None, LENGTHS * 0], ids=["whole", "lengths"])
def test_there_may_be_no_time_step_or_no_sequence(lengths: Any, tier: Any) -> None:
    x, first = tf.placeholder(tf.float32, [None, None, INPUTS]), tf.placeholder(tf.float32, [None, 3])
    count = tf.placeholder_with_default(np.zeros(BATCH, np.int32) if lengths is None else lengths, [None])
    outputs, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), x, initial_state=first,
                                       sequence_length=None if lengths is None else count)
    grads = tf.gradients([outputs, state], [x, first])
    with tf.Session() as sess:
        reference.fill(sess)
        found, last, slopes = sess.run([outputs, state, grads], {x: X[:, :0], first: np.ones((BATCH, 3))})
        assert found.shape == (BATCH, 0, 3) and (last == 1).all()
        assert slopes[0].shape == (BATCH, 0, INPUTS) and (slopes[1] == 1).all()
        found, last, slopes = sess.run([outputs, state, grads], {x: X[:0], first: np.ones((0, 3)), count: []})
        assert found.shape == (0, TIME, 3) and last.shape == (0, 3) and slopes[0].shape == (0, TIME, INPUTS)


def test_time_may_come_first(tier: Any) -> None:
    x = tf.placeholder(tf.float32, [None, None, INPUTS])
    cell = tf.nn.rnn_cell.GRUCell(3)
    outputs, state = tf.nn.dynamic_rnn(cell, x, sequence_length=LENGTHS, dtype=tf.float32, time_major=True)
    wanted = unrolled(cell, tf.transpose(x, [1, 0, 2]), sequence_length=LENGTHS)
    with tf.Session() as sess:
        reference.fill(sess)
        (found, last), (right, right_last) = sess.run([[outputs, state], wanted], {x: X.swapaxes(0, 1)})
    agree([found.swapaxes(0, 1), last], [right, right_last])


def test_inputs_states_and_outputs_may_be_structures(tier: Any) -> None:
    class Sums(tf.nn.rnn_cell.RNNCell):
        """Sums of its two inputs so far; the second is a matrix for each sequence."""

        state_size = {"count": tf.TensorShape([]), "sums": (2, tf.TensorShape([3, 1]))}
        output_size = (tf.TensorShape([3, 1]), 2)

        def call(self, inputs: Any, state: Any) -> Any:
            vector, matrix = inputs["v"] + state["sums"][0], inputs["m"] + state["sums"][1]
            return (matrix, vector), {"count": state["count"] + 1, "sums": (vector, matrix)}

    inputs = {"v": tf.placeholder(tf.float32, [None, None, 2]), "m": tf.placeholder(tf.float32, [None, None, 3, 1])}
    outputs, state = tf.nn.dynamic_rnn(Sums(), inputs, sequence_length=LENGTHS, dtype=tf.float32)
    assert [o.shape.as_list() for o in outputs] == [[None, None, 3, 1], [None, None, 2]]
    matrix = np.arange(BATCH * TIME * 3, dtype=np.float32).reshape(BATCH, TIME, 3, 1)
    with tf.Session() as sess:
        (matrices, vectors), last = sess.run([outputs, state], {inputs["v"]: X, inputs["m"]: matrix})
    lives = np.arange(TIME) < LENGTHS[:, None]
    np.testing.assert_allclose(vectors, np.cumsum(X, 1) * lives[:, :, None], rtol=1e-5)
    np.testing.assert_allclose(matrices, np.cumsum(matrix, 1) * lives[:, :, None, None])
    assert last["count"].tolist() == LENGTHS.tolist()
    np.testing.assert_allclose(last["sums"][1], (matrix * lives[:, :, None, None]).sum(1))


def test_the_dtype_is_that_of_the_state_unless_given(tier: Any) -> None:
    x = tf.constant(X.astype(np.float64))
    cell = tf.nn.rnn_cell.BasicLSTMCell(3)
    outputs, state = tf.nn.dynamic_rnn(cell, x, initial_state=cell.zero_state(BATCH, tf.float64))
    assert outputs.dtype is tf.float64 and state.c.dtype is tf.float64
    with tf.Session() as sess:
        reference.fill(sess)
        assert sess.run(outputs).dtype == np.float64


def test_a_state_of_several_dtypes_needs_one_for_the_outputs(tier: Any) -> None:
    class Counting(tf.nn.rnn_cell.RNNCell):
        state_size = (1, 2)
        output_size = 2

        def call(self, inputs: Any, state: Any) -> Any:
            count, total = state
            return tf.cast(total, tf.float64), (count + 1, total + inputs)

    first = (tf.zeros([BATCH, 1], tf.int32), tf.zeros([BATCH, 2]))
    with pytest.raises(ValueError, match="different inferred_dtypes"):
        tf.nn.dynamic_rnn(Counting(), tf.constant(X), initial_state=first)
    outputs, (count, _) = tf.nn.dynamic_rnn(Counting(), tf.constant(X), initial_state=first, dtype=tf.float64,
                                            sequence_length=LENGTHS)
    with tf.Session() as sess:
        found, steps = sess.run([outputs, count])
    assert outputs.dtype is tf.float64 and found.shape == (BATCH, TIME, 2)
    assert steps.dtype == np.int32 and steps[:, 0].tolist() == LENGTHS.tolist()


def test_a_cell_with_dropout_draws_anew_in_each_step(tier: Any) -> None:
    tf.set_random_seed(3)
    cell = tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.BasicRNNCell(50, activation=lambda x: x * 0.0 + 1.0),
                                         output_keep_prob=0.5, seed=5)
    outputs, _ = tf.nn.dynamic_rnn(cell, tf.constant(X), dtype=tf.float32)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first, second = sess.run(outputs), sess.run(outputs)
    assert set(np.unique(first)) == {0.0, 2.0}
    assert len({step.tobytes() for step in [*first.swapaxes(0, 1), *second.swapaxes(0, 1)]}) == 2 * TIME


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "lengths"])
@pytest.mark.parametrize("time_major", [False, True])
def test_two_directions(lengths: Any, time_major: bool, tier: Any) -> None:
    x = tf.placeholder(tf.float32, [None, None, INPUTS])
    cells = [tf.nn.rnn_cell.GRUCell(3), tf.nn.rnn_cell.GRUCell(4)]
    outputs, states = tf.nn.bidirectional_dynamic_rnn(
        *cells, tf.transpose(x, [1, 0, 2]) if time_major else x, sequence_length=lengths, dtype=tf.float32,
        time_major=time_major)
    assert [v.name for v in tf.global_variables()][::4] == ["bidirectional_rnn/fw/gru_cell/gates/kernel:0",
                                                            "bidirectional_rnn/bw/gru_cell/gates/kernel:0"]
    with tf.variable_scope("bidirectional_rnn", reuse=True) as scope:
        wanted, *wanted_states = tf.nn.static_bidirectional_rnn(
            *cells, tf.unstack(x, TIME, 1), sequence_length=lengths, dtype=tf.float32, scope=scope)
    joined = tf.concat(outputs, 2)
    with tf.Session() as sess:
        reference.fill(sess)
        agree(*sess.run([[tf.transpose(joined, [1, 0, 2]) if time_major else joined, *states],
                         [tf.stack(wanted, 1), *wanted_states]], {x: X}))


@pytest.mark.slow
def test_stacks_of_two_directions(tier: Any) -> None:
    x = tf.placeholder(tf.float32, [None, None, INPUTS])
    fw, bw = ([tf.nn.rnn_cell.GRUCell(3) for _ in range(2)] for _ in range(2))
    outputs, *states = tf.contrib.rnn.stack_bidirectional_dynamic_rnn(fw, bw, x, sequence_length=LENGTHS,
                                                                      dtype=tf.float32)
    names = [v.name for v in tf.global_variables()]
    assert names[0] == "stack_bidirectional_rnn/cell_0/bidirectional_rnn/fw/gru_cell/gates/kernel:0"
    assert names[12] == "stack_bidirectional_rnn/cell_1/bidirectional_rnn/bw/gru_cell/gates/kernel:0"
    assert outputs.shape.as_list()[1:] == [None, 6]
    with tf.Session() as sess:
        values = reference.fill(sess)
        found = sess.run([outputs, states], {x: X})
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, TIME, INPUTS])
        fw, bw = ([tf.nn.rnn_cell.GRUCell(3) for _ in range(2)] for _ in range(2))
        outputs, *states = tf.contrib.rnn.stack_bidirectional_rnn(fw, bw, tf.unstack(x, axis=1),
                                                                  sequence_length=LENGTHS, dtype=tf.float32)
        assert tf.global_variables()[12].name == "stack_bidirectional_rnn/cell_1/bw/gru_cell/gates/kernel:0"
        for variable, value in zip(tf.global_variables(), values, strict=True):
            variable.load(value, sess)
        agree(found, sess.run([tf.stack(outputs, 1), states], {x: X}))


def test_lists_of_cells_that_do_not_fit_are_refused() -> None:
    x, cells = tf.zeros([2, 3, 4]), [tf.nn.rnn_cell.GRUCell(3)]
    run = tf.contrib.rnn.stack_bidirectional_dynamic_rnn
    with pytest.raises(ValueError, match="at least one fw cell"):
        run([], cells, x)
    with pytest.raises(ValueError, match="cells_bw must be a list"):
        run(cells, cells[0], x)
    with pytest.raises(ValueError, match="must have the same depth"):
        run(cells * 2, cells, x)
    with pytest.raises(ValueError, match="initial_states_bw must be a list of state tensors"):
        run(cells, cells, x, initial_states_bw=[tf.zeros([2, 3])] * 2)


def test_what_does_not_fit_is_refused_while_building() -> None:
    x, cell = tf.placeholder(tf.float32, [None, TIME, INPUTS]), tf.nn.rnn_cell.GRUCell(3)
    with pytest.raises(TypeError, match="The argument 'cell' .* is not an RNNCell"):
        tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell, x, dtype=tf.float32)
    with pytest.raises(TypeError, match="The argument 'cell_bw'"):
        tf.nn.bidirectional_dynamic_rnn(cell, None, x, dtype=tf.float32)
    with pytest.raises(ValueError, match="If there is no initial_state, you must give a dtype"):
        tf.nn.dynamic_rnn(cell, x)
    with pytest.raises(ValueError, match="sequence_length must be a vector of length batch_size"):
        tf.nn.dynamic_rnn(cell, x, sequence_length=3, dtype=tf.float32)
    with pytest.raises(ValueError, match=r"Input size \(depth of inputs\) must be accessible via shape inference"):
        tf.nn.dynamic_rnn(cell, tf.placeholder(tf.float32, [None, None, None]), dtype=tf.float32)
    with pytest.raises(ValueError, match="Time steps is not the same"):
        tf.nn.dynamic_rnn(cell, (x, tf.zeros([BATCH, TIME + 1, 1])), dtype=tf.float32)
    with pytest.raises(ValueError, match="Batch_size is not the same"):
        tf.nn.dynamic_rnn(cell, (tf.zeros([2, TIME, 1]), tf.zeros([3, TIME, 1])), dtype=tf.float32)
    with pytest.raises(ValueError, match="State has tensors of different inferred_dtypes"):
        tf.nn.dynamic_rnn(tf.nn.rnn_cell.BasicLSTMCell(3), x,
                          initial_state=tf.nn.rnn_cell.LSTMStateTuple(tf.zeros([2, 3]), tf.zeros([2, 3], tf.float64)))
    with pytest.raises(ValueError, match="rank"):
        tf.nn.dynamic_rnn(cell, tf.zeros([2, 3]), dtype=tf.float32)


def test_a_state_that_does_not_fit_is_refused() -> None:
    x = tf.placeholder(tf.float32, [2, TIME, INPUTS])
    with pytest.raises((TypeError, ValueError), match="structure"):
        tf.nn.dynamic_rnn(tf.nn.rnn_cell.BasicLSTMCell(3), x, initial_state=(tf.zeros([2, 3]), tf.zeros([2, 3])))
    with pytest.raises(ValueError):
        tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), x, initial_state=tf.zeros([2, 4]))


def test_a_number_of_lengths_that_is_not_the_batch_size_is_refused_when_run(tier: Any) -> None:
    x = tf.placeholder(tf.float32, [None, TIME, INPUTS])
    lengths = tf.placeholder(tf.int32, [None])
    outputs, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), x, sequence_length=lengths, dtype=tf.float32)
    with tf.Session() as sess:
        reference.fill(sess)
        with pytest.raises(tf.errors.InvalidArgumentError, match=(
                r"Expected shape for Tensor rnn/sequence_length:0 is.* \[3\].* but saw shape: .*\[2\]")):
            sess.run(outputs, {x: X, lengths: [1, 2]})


@pytest.mark.slow
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["whole", "lengths"])
def test_gradients_are_those_of_the_unrolled_network(lengths: Any, tier: Any) -> None:
    x, cell = tf.placeholder(tf.float32, [None, None, INPUTS]), two_layers()
    first = tuple(tf.nn.rnn_cell.LSTMStateTuple(tf.fill([BATCH, 4], 0.3), tf.fill([BATCH, 4], 0.1)) if i == 0
                  else tf.fill([BATCH, 3], -0.2) for i in range(2))
    weights = tf.constant(np.random.RandomState(9).uniform(-1, 1, (BATCH, TIME, 3)).astype(np.float32))
    outputs, state = tf.nn.dynamic_rnn(cell, x, sequence_length=lengths, initial_state=first)
    with tf.variable_scope("rnn", reuse=True) as scope:
        steps, last = tf.nn.static_rnn(cell, tf.unstack(x, TIME, 1), initial_state=first, sequence_length=lengths,
                                       scope=scope)
    by = [x, first[0].c, first[1], *tf.trainable_variables()]
    grads, wanted = (tf.gradients([ys * weights, end[0].c, end[1]], by)
                     for ys, end in ((outputs, state), (tf.stack(steps, 1), last)))
    with tf.Session() as sess:
        reference.fill(sess)
        agree(*sess.run([grads, wanted], {x: X}), rtol=1e-4)


def test_gradients_are_slopes() -> None:
    x = tf.placeholder(tf.float64, [None, None, INPUTS])
    outputs, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(2), x, sequence_length=[1, 3], dtype=tf.float64)
    loss = tf.reduce_sum(tf.square(outputs)) + tf.reduce_sum(state)
    (grad,) = tf.gradients(loss, x)
    point = np.random.RandomState(2).uniform(-1, 1, (2, 3, INPUTS))
    with tf.Session() as sess:
        reference.fill(sess)
        found = sess.run(grad, {x: point})
        for place in np.ndindex(point.shape):
            step = np.zeros_like(point)
            step[place] = 1e-5
            slope = (sess.run(loss, {x: point + step}) - sess.run(loss, {x: point - step})) / 2e-5
            np.testing.assert_allclose(found[place], slope, rtol=1e-5, atol=1e-8)


@pytest.mark.slow
def test_second_derivatives_go_through_the_loop(tier: Any) -> None:
    x, cell = tf.placeholder(tf.float32, [BATCH, TIME, INPUTS]), tf.nn.rnn_cell.BasicRNNCell(3)
    outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    wanted, _ = unrolled(cell, x)
    seconds = []
    for ys in (outputs, wanted):
        (slope,) = tf.gradients(ys, x)
        seconds.append(tf.gradients(tf.square(slope), [x, *tf.trainable_variables()]))
    with tf.Session() as sess:
        reference.fill(sess)
        agree(*sess.run(seconds, {x: X}), rtol=1e-4)


@pytest.mark.slow
def test_a_network_learns_which_number_came_first(tier: Any) -> None:
    """Nothing but the first input decides: the gradient has to come through all steps."""
    tf.set_random_seed(1)
    x, y = tf.placeholder(tf.float32, [None, None, 1]), tf.placeholder(tf.float32, [None])
    lengths = tf.placeholder(tf.int32, [None])
    _, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(8), x, sequence_length=lengths, dtype=tf.float32)
    guess = tf.reduce_sum(state.h, 1)
    loss = tf.reduce_mean(tf.square(guess - y))
    train = tf.train.AdamOptimizer(0.03).minimize(loss)
    random = np.random.RandomState(0)
    values = random.uniform(-1, 1, (40, 8, 1))
    feed = {x: values, y: np.sign(values[:, 0, 0]), lengths: random.randint(1, 9, 40)}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        before = sess.run(loss, feed)
        for _ in range(60):
            sess.run(train, feed)
        assert sess.run(loss, feed) < before / 4
