"""A program puts cells on and around one another: stacks, dropout, residual connections, devices."""

from __future__ import annotations

import copy
import logging
from typing import Any

import numpy as np
import pytest
import reference_cells as reference

import millpond as tf

cells = tf.nn.rnn_cell
X = reference.inputs()


def _run(cell: Any, steps: int = 2) -> tuple[list[np.ndarray], Any]:
    """The outputs and the last state of a few steps on X, with the variables filled."""
    state = cell.zero_state(2, tf.float32)
    outputs = []
    for _ in range(steps):
        output, state = cell(tf.constant(X), state)
        outputs.append(output)
    with tf.Session() as sess:
        reference.fill(sess)
        return sess.run([outputs, state])


# Stacks.


@pytest.mark.parametrize("is_tuple", [True, False])
def test_a_stack(tier: str, is_tuple: bool) -> None:
    stack = cells.MultiRNNCell([cells.GRUCell(3), cells.GRUCell(2)], state_is_tuple=is_tuple)
    (output, _), state = _run(stack)
    with tf.Session() as sess:
        values = reference.fill(sess)
    low, high, outputs = np.zeros([2, 3]), np.zeros([2, 2]), []
    for _ in range(2):
        low = reference.gru(X, low, *values[:4])
        high = reference.gru(low, high, *values[4:])
        outputs.append(high)
    np.testing.assert_allclose(output, outputs[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.concatenate(state, 1) if is_tuple else state, np.concatenate([low, high], 1),
                               rtol=1e-5, atol=1e-6)
    assert stack.state_size == ((3, 2) if is_tuple else 5) and stack.output_size == 2
    assert [v.op.name for v in stack.weights] == [
        f"multi_rnn_cell/cell_{cell}/gru_cell/{part}/{name}"
        for cell in (0, 1) for part in ("gates", "candidate") for name in ("kernel", "bias")]
    stack.trainable = False
    assert stack.trainable_weights == [] and len(stack.non_trainable_weights) == 8


def test_a_cell_twice_in_a_stack_shares_its_variables(caplog: Any) -> None:
    logger = logging.getLogger("millpond")
    logger.addHandler(caplog.handler)
    try:
        stack = cells.MultiRNNCell([cells.GRUCell(5)] * 2)
    finally:
        logger.removeHandler(caplog.handler)
    assert "At least two cells provided to MultiRNNCell are the same object" in caplog.text
    _run(stack)
    assert [v.op.name for v in stack.weights][:1] == ["multi_rnn_cell/cell_0/gru_cell/gates/kernel"]
    assert len(stack.weights) == len(tf.global_variables()) == 4


def test_two_stacks_in_one_scope() -> None:
    """What opens the scope that is open does not count as opening it, so that both want the same names."""
    for name, words in ((None, None), ("other", None), (None, "multi_rnn_cell/cell_0/gru_cell/gates/kernel already")):
        stack = cells.MultiRNNCell([cells.GRUCell(3)])
        state = stack.zero_state(2, tf.float32)
        if words is None:
            stack(tf.constant(X), state, scope=name)
        else:
            with pytest.raises(ValueError, match=words):
                stack(tf.constant(X), state)


def test_stacks_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="Must specify at least one cell for MultiRNNCell"):
        cells.MultiRNNCell([])
    with pytest.raises(TypeError, match="cells must be a list or tuple, but saw"):
        cells.MultiRNNCell(cells.GRUCell(3))
    with pytest.raises(ValueError, match="Some cells return tuples of states, but the flag state_is_tuple is not set"):
        cells.MultiRNNCell([cells.LSTMCell(3), cells.GRUCell(3)], state_is_tuple=False)
    with pytest.raises(TypeError, match=r"The argument 'cells' .* is not an RNNCell: it is a class: call it"):
        cells.MultiRNNCell([cells.GRUCell])
    stack = cells.MultiRNNCell([cells.GRUCell(3), cells.GRUCell(2)], state_is_tuple=True)
    for state in (tf.zeros([2, 5]), (tf.zeros([2, 3]),)):
        with pytest.raises(ValueError, match="Expected state to be a tuple of length 2, but received: .*multi_rnn_"):
            stack(tf.constant(X), state)
    stack(tf.constant(X), (tf.zeros([2, 3]), tf.zeros([2, 2]), tf.zeros([2, 9])))  # what is too much is not looked at


def test_a_stack_in_a_checkpoint_of_objects(tmp_path: Any) -> None:
    stack = cells.MultiRNNCell([cells.DropoutWrapper(cells.GRUCell(3)), cells.GRUCell(2)])
    _run(stack)
    with tf.Session() as sess:
        reference.fill(sess)
        path = tf.train.Checkpoint(net=stack).save(str(tmp_path / "c"), sess)
    names = [name for name, _ in tf.train.list_variables(path) if name.startswith("net")]
    assert names[0] == "net/cell-0/cell/candidate.Sbias/.ATTRIBUTES/VARIABLE_VALUE" and len(names) == 8


def test_copies_of_a_cell_are_cells_of_their_own() -> None:
    cell = cells.DropoutWrapper(cells.BasicLSTMCell(5), output_keep_prob=tf.placeholder_with_default(1.0, []))
    stack = cells.MultiRNNCell([copy.deepcopy(cell) for _ in range(2)])
    _run(stack)
    assert [v.op.name for v in stack.weights] == [
        f"multi_rnn_cell/cell_{k}/basic_lstm_cell/{name}" for k in (0, 1) for name in ("kernel", "bias")]


# Dropout. The numbers with seeds are those that TensorFlow draws.


def test_dropout_draws_the_numbers_of_tensorflow(tier: str) -> None:
    tf.set_random_seed(3)
    outputs, state = _run(cells.DropoutWrapper(cells.LSTMCell(5), 0.7, 0.6, 0.5, seed=4))
    np.testing.assert_allclose(outputs[0], [[0.0, -0.14707, -0.08382, 0.0, -0.01936],
                                            [0.0, -0.22366, -0.13734, -0.02903, 0.0]], atol=2e-5)
    np.testing.assert_allclose(outputs[1], [[0.0, -0.20011, -0.13904, 0.0, -0.05327],
                                            [0.0, -0.33845, -0.26205, -0.05705, 0.0]], atol=2e-5)
    np.testing.assert_allclose(state.h[0], [-0.26654, -0.24013, -0.16685, -0.03073, 0.0], atol=2e-5)
    assert np.all(state.c != 0)


def test_variational_dropout_draws_the_numbers_of_tensorflow(tier: str) -> None:
    tf.set_random_seed(3)
    outputs, state = _run(cells.DropoutWrapper(
        cells.MultiRNNCell([cells.LSTMCell(5), cells.GRUCell(4)]), 0.7, 0.6, 0.5, seed=4, variational_recurrent=True,
        input_size=tf.TensorShape([5]), dtype=tf.float32))
    np.testing.assert_allclose(outputs[0], [[0.0, 0.24549, -0.34723, 0.0], [0.0, 0.2523, -0.31989, 0.0]], atol=2e-5)
    np.testing.assert_allclose(outputs[1], [[0.0, 0.16593, -0.45548, 0.0], [0.0, 0.18941, -0.41507, 0.0]], atol=2e-5)
    np.testing.assert_allclose(state[0].h[0], [-0.26654, -0.24013, -0.16685, -0.03073, 0.0], atol=2e-5)


def test_dropout_without_seed_follows_that_of_the_graph(tier: str) -> None:
    tf.set_random_seed(3)
    outputs, _ = _run(cells.DropoutWrapper(cells.LSTMCell(5), 0.5, 0.5, 0.5))
    np.testing.assert_allclose(outputs[0], [[0.0, -0.34490, 0.00136, -0.04400, -0.04612],
                                            [0.0, 0.0, -0.09965, 0.0, 0.02167]], atol=2e-5)


@pytest.mark.parametrize("visitor, c_dropped, h_dropped", [
    (None, False, True), (lambda s: True, True, True), (lambda s: False, False, False),
    (lambda s: cells.LSTMStateTuple(True, False) if isinstance(s, tuple) else True, True, False),
    (lambda s: cells.LSTMStateTuple(True, True) if isinstance(s, tuple) else False, False, False)])
def test_a_visitor_chooses_which_states_are_dropped(visitor: Any, c_dropped: bool, h_dropped: bool) -> None:
    for inner in (cells.LSTMCell(50), cells.MultiRNNCell([cells.LSTMCell(50)])):
        wrapper = cells.DropoutWrapper(inner, state_keep_prob=0.5, seed=1, dropout_state_filter_visitor=visitor)
        if inner.state_size != (50, 50) and visitor is not None and visitor((0, 0)) is not True:
            continue  # these know an LSTM's state only
        (output,), state = _run(wrapper, 1)
        state = state if isinstance(state, cells.LSTMStateTuple) else state[0]
        assert [np.any(state.c == 0), np.any(state.h == 0)] == [c_dropped, h_dropped]
        assert np.all(output != 0)


def test_a_visitor_that_says_something_else() -> None:
    inner = cells.MultiRNNCell([cells.GRUCell(3)])
    for answer, words in ((3, "must give a bool, or a structure of bools"), ((1,), "must choose by bools")):
        cell = cells.DropoutWrapper(inner, state_keep_prob=0.5,
                                    dropout_state_filter_visitor=lambda s, answer=answer: answer)
        with pytest.raises(TypeError, match=f"dropout_state_filter_visitor {words}"):
            cell(tf.zeros([1, 3]), cell.zero_state(1, tf.float32))
    with pytest.raises(TypeError, match="dropout_state_filter_visitor must be callable, got 3"):
        cells.DropoutWrapper(cells.GRUCell(3), dropout_state_filter_visitor=3)


def test_variational_dropout_keeps_its_choice_for_a_run() -> None:
    cell = cells.DropoutWrapper(cells.BasicRNNCell(40), 1.0, 0.5, variational_recurrent=True, dtype=tf.float32)
    state = cell.zero_state(3, tf.float32)
    outputs = []
    for _ in range(4):
        output, state = cell(tf.ones([3, 2]), state)
        outputs.append(output)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        dropped = np.stack(sess.run(outputs)) == 0
        assert 0 < dropped.sum() < dropped.size and np.all(dropped == dropped[:1, :1])
        assert np.any(dropped != (np.stack(sess.run(outputs)) == 0))


def test_nothing_is_dropped_where_the_probability_is_fed_as_one() -> None:
    keep = tf.placeholder_with_default(0.5, [])
    inner = cells.GRUCell(30)
    cell = cells.DropoutWrapper(inner, keep, keep, keep)
    state = cell.zero_state(2, tf.float32)
    output, plain = cell(tf.constant(X), state)[0], inner(tf.constant(X), state)[0]
    with tf.Session() as sess:
        reference.fill(sess)
        np.testing.assert_allclose(*sess.run([output, plain], {keep: 1.0}), rtol=1e-6)
        assert np.any(sess.run(output) == 0)


def test_nothing_is_added_where_nothing_is_dropped() -> None:
    inner = cells.GRUCell(3)
    cell = cells.DropoutWrapper(inner)
    output, _ = cell(tf.constant(X), inner.zero_state(2, tf.float32))
    assert output.op.type == "AddV2" or output.op.type == "Add"
    assert not [op for op in tf.get_default_graph().get_operations() if "dropout" in op.name]


@pytest.mark.parametrize("name", ["input_keep_prob", "output_keep_prob", "state_keep_prob"])
def test_probabilities(name: str) -> None:
    for bad in (-0.1, 1.5):
        with pytest.raises(ValueError, match=f"Parameter {name} must be between 0 and 1: {bad}"):
            cells.DropoutWrapper(cells.GRUCell(3), **{name: bad})


def test_what_variational_dropout_needs() -> None:
    with pytest.raises(ValueError, match="When variational_recurrent=True, dtype must be provided"):
        cells.DropoutWrapper(cells.GRUCell(3), 0.5, variational_recurrent=True)
    with pytest.raises(ValueError, match="input_size must be provided"):
        cells.DropoutWrapper(cells.GRUCell(3), 0.5, variational_recurrent=True, dtype=tf.float32)


# The others.


def test_residual(tier: str) -> None:
    inner = cells.GRUCell(5)
    (output,), state = _run(cells.ResidualWrapper(inner), 1)
    np.testing.assert_allclose(output, state + X, rtol=1e-6)
    (output,), _ = _run(cells.ResidualWrapper(inner, lambda i, o: i * o), 1)
    np.testing.assert_allclose(output, state * X, rtol=1e-6)


def test_residual_connections_of_other_shapes() -> None:
    cell = cells.ResidualWrapper(cells.GRUCell(3))
    with pytest.raises(ValueError, match=r"Shapes \(2, 5\) and \(2, 3\) are incompatible"):
        cell(tf.constant(X), cell.zero_state(2, tf.float32))


def test_device() -> None:
    cell = cells.DeviceWrapper(cells.BasicRNNCell(3), "/cpu:0")
    state = cell.zero_state(2, tf.float32)
    output, _ = cell(tf.constant(X), state)
    assert [state.device, output.device, cell.weights[0].device] == ["/device:CPU:0"] * 3


@pytest.mark.parametrize("wrap", [cells.DropoutWrapper, cells.ResidualWrapper,
                                  lambda cell: cells.DeviceWrapper(cell, "/cpu:0")])
def test_wrappers_are_the_cell_inside(wrap: Any) -> None:
    inner = cells.LSTMCell(5)
    cell = wrap(inner)
    assert cell.wrapped_cell is inner and [cell.state_size, cell.output_size] == [inner.state_size, inner.output_size]
    assert cell.zero_state(2, tf.float32).c.op.name.startswith(f"{type(cell).__name__}ZeroState/LSTMCellZeroState/")
    with tf.variable_scope("rnn"):
        cell(tf.constant(X), cell.zero_state(2, tf.float32))
    assert [v.op.name for v in cell.weights] == ["rnn/lstm_cell/kernel", "rnn/lstm_cell/bias"]
    cell.trainable = False
    assert cell.trainable_weights == [] and cell.non_trainable_weights == inner.weights
    with pytest.raises(TypeError, match="The argument 'cell' .* is not an RNNCell: 'output_size' property is missing"):
        wrap(3)


def test_the_scope_of_a_wrapper_is_that_of_the_cell() -> None:
    cell = cells.DropoutWrapper(cells.GRUCell(3))
    cell(tf.constant(X), cell.zero_state(2, tf.float32), scope="given")
    assert cell.weights[0].op.name == "given/gates/kernel"
