"""A program takes steps of recurrent networks: the cells compute what their papers say, and keep variables under the
names and in the layout that checkpoints of TensorFlow have.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest
import reference_cells as reference

import millpond as tf
from millpond.testing.gradient_check import compute_gradient_error

cells = tf.nn.rnn_cell
X = reference.inputs()


def _steps(cell: Any, steps: int = 3) -> tuple[list[np.ndarray], Any, list[np.ndarray]]:
    """The outputs and the last state of a few steps on X, and the values of the variables."""
    x = tf.placeholder(tf.float32, [None, 5])
    state = cell.zero_state(tf.shape(x)[0], tf.float32)
    outputs = []
    for _ in range(steps):
        output, state = cell(x, state)
        outputs.append(output)
    with tf.Session() as sess:
        values = reference.fill(sess)
        outputs, state = sess.run([outputs, state], {x: X})
    return outputs, state, values


def _variables(cell: Any) -> list[tuple[str, list[int]]]:
    assert cell.weights == cell.trainable_weights == tf.global_variables()
    return [(v.op.name, v.shape.as_list()) for v in cell.weights]


@pytest.mark.parametrize("activation, function", [
    (None, np.tanh), ("relu", lambda x: np.maximum(x, 0)), (tf.sigmoid, reference.sigmoid)])
def test_basic_rnn(tier: str, activation: Any, function: Any) -> None:
    cell = cells.BasicRNNCell(3, activation=activation)
    outputs, state, values = _steps(cell)
    h = np.zeros([2, 3])
    for output in outputs:
        h = reference.basic_rnn(X, h, *values, function)
        np.testing.assert_allclose(output, h, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(state, outputs[-1])
    assert _variables(cell) == [("basic_rnn_cell/kernel", [8, 3]), ("basic_rnn_cell/bias", [3])]


def test_gru(tier: str) -> None:
    cell = cells.GRUCell(3)
    outputs, state, values = _steps(cell)
    h = np.zeros([2, 3])
    for output in outputs:
        h = reference.gru(X, h, *values)
        np.testing.assert_allclose(output, h, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(state, outputs[-1])
    assert _variables(cell) == [("gru_cell/gates/kernel", [8, 6]), ("gru_cell/gates/bias", [6]),
                                ("gru_cell/candidate/kernel", [8, 3]), ("gru_cell/candidate/bias", [3])]


@pytest.mark.parametrize("is_tuple", [True, False])
def test_basic_lstm(tier: str, is_tuple: bool) -> None:
    cell = cells.BasicLSTMCell(3, forget_bias=0.3, state_is_tuple=is_tuple)
    outputs, state, values = _steps(cell)
    c, h = np.zeros([2, 3]), np.zeros([2, 3])
    for output in outputs:
        c, h = reference.lstm(X, c, h, *values, forget_bias=0.3)
        np.testing.assert_allclose(output, h, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.concatenate(state, 1) if is_tuple else state, np.concatenate([c, h], 1), rtol=1e-5,
                               atol=1e-6)
    assert cell.state_size == ((3, 3) if is_tuple else 6) and cell.output_size == 3
    assert isinstance(state, cells.LSTMStateTuple) == is_tuple
    assert _variables(cell) == [("basic_lstm_cell/kernel", [8, 12]), ("basic_lstm_cell/bias", [12])]


@pytest.mark.parametrize("is_tuple", [True, False])
@pytest.mark.parametrize("peepholes, projection, cell_clip, proj_clip", [
    (False, None, None, None), (True, None, None, None), (False, 2, None, None), (True, 2, 0.2, 0.05)])
def test_lstm(tier: str, is_tuple: bool, peepholes: bool, projection: int | None, cell_clip: float | None,
              proj_clip: float | None) -> None:
    cell = cells.LSTMCell(3, use_peepholes=peepholes, num_proj=projection, cell_clip=cell_clip, proj_clip=proj_clip,
                          state_is_tuple=is_tuple)
    outputs, state, values = _steps(cell)
    rest = list(values[2:])
    arguments = {"peepholes": [rest.pop(0) for _ in range(3)] if peepholes else (0.0, 0.0, 0.0),
                 "projection": rest.pop(0) if projection else None, "cell_clip": cell_clip or np.inf,
                 "proj_clip": proj_clip or np.inf}
    c, m = np.zeros([2, 3]), np.zeros([2, projection or 3])
    for output in outputs:
        c, m = reference.lstm(X, c, m, *values[:2], **arguments)
        np.testing.assert_allclose(output, m, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.concatenate(state, 1) if is_tuple else state, np.concatenate([c, m], 1), rtol=1e-5,
                               atol=1e-6)
    out = projection or 3
    wanted = [("kernel", [5 + out, 12]), ("bias", [12])]
    wanted += [(f"w_{gate}_diag", [3]) for gate in "fio"] if peepholes else []
    wanted += [("projection/kernel", [3, 2])] if projection else []
    assert _variables(cell) == [(f"lstm_cell/{name}", shape) for name, shape in wanted]


def test_first_values() -> None:
    with tf.variable_scope("s", initializer=tf.constant_initializer(0.25)):
        made = [cells.BasicRNNCell(2), cells.GRUCell(2), cells.BasicLSTMCell(2), cells.LSTMCell(2, num_proj=3),
                cells.GRUCell(2, kernel_initializer="ones", bias_initializer=tf.constant_initializer(7.0)),
                cells.LSTMCell(2, use_peepholes=True, initializer=tf.constant_initializer(0.5))]
        for cell in made:
            cell(tf.zeros([1, 1]), cell.zero_state(1, tf.float32))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found = [[np.unique(value).tolist() for value in sess.run(cell.weights)] for cell in made]
    assert found == [[[0.25], [0.0]], [[0.25], [1.0], [0.25], [0.0]], [[0.25], [0.0]], [[0.25], [0.0], [0.25]],
                     [[1.0], [7.0], [1.0], [7.0]], [[0.5], [0.0], [0.5], [0.5], [0.5]]]


def test_shards_are_parts_of_variables() -> None:
    cell = cells.LSTMCell(4, num_proj=3, num_unit_shards=3, num_proj_shards=2)
    outputs, _, values = _steps(cell, 1)
    assert [(v.op.name.removeprefix("lstm_cell/"), v.shape.as_list()) for v in cell.weights] == [
        ("kernel/part_0", [3, 16]), ("kernel/part_1", [3, 16]), ("kernel/part_2", [2, 16]), ("bias", [16]),
        ("projection/kernel/part_0", [2, 3]), ("projection/kernel/part_1", [2, 3])]
    _, m = reference.lstm(X, np.zeros([2, 4]), np.zeros([2, 3]), np.concatenate(values[:3]), values[3],
                          projection=np.concatenate(values[4:]))
    np.testing.assert_allclose(outputs[0], m, rtol=1e-5, atol=1e-6)


def test_half_and_double_precision(tier: str) -> None:
    for dtype, tolerance in ((tf.float64, 1e-12), (tf.float16, 1e-2), (tf.bfloat16, 1e-1)):
        with tf.Graph().as_default(), tf.Session() as sess:
            cell = cells.LSTMCell(3, use_peepholes=True)
            output, state = cell(tf.cast(X, dtype), cell.zero_state(2, dtype))
            values = reference.fill(sess)
            _, m = reference.lstm(X, np.zeros([2, 3]), np.zeros([2, 3]), values[0], values[1], values[2:])
            found = sess.run(output)
        assert found.dtype == dtype.as_numpy_dtype and all(v.dtype.base_dtype is dtype for v in cell.weights)
        np.testing.assert_allclose(found.astype(np.float64), m, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("make", [
    lambda: cells.BasicRNNCell(3), lambda: cells.GRUCell(3), lambda: cells.BasicLSTMCell(3),
    lambda: cells.LSTMCell(3, use_peepholes=True, num_proj=2)])
def test_gradients(tier: str, make: Any) -> None:
    cell = make()
    x = tf.constant(reference.inputs().astype(np.float64))
    state = cell.zero_state(2, tf.float64)
    for _ in range(2):
        output, state = cell(x, state)
    with tf.Session() as sess:
        values = reference.fill(sess)
        for variable, value in zip(cell.weights, values, strict=True):
            assert compute_gradient_error(variable, value.shape, output, [2, cell.output_size],
                                          x_init_value=value) < 1e-6


def test_one_cell_shares_its_variables_between_steps() -> None:
    cell = cells.GRUCell(3)
    with tf.variable_scope("rnn"):
        _, state = cell(tf.zeros([2, 5]), tf.zeros([2, 3]))
    with tf.variable_scope("elsewhere"):
        cell(tf.zeros([2, 5]), state)
    assert len(tf.global_variables()) == 4 and cell.scope_name == "rnn/gru_cell"
    cell(tf.zeros([2, 5]), state, scope="third")
    assert len(tf.global_variables()) == 4


def test_two_cells_in_one_scope() -> None:
    first, second, named = cells.GRUCell(3), cells.GRUCell(3), cells.GRUCell(3, name="gru_cell")
    for cell in (first, second, named):
        cell(tf.zeros([2, 5]), tf.zeros([2, 3]))
    assert [cell.weights[0].op.name for cell in (first, second, named)] == [
        "gru_cell/gates/kernel", "gru_cell_1/gates/kernel", "gru_cell_2/gates/kernel"]


def test_reuse() -> None:
    first, second = cells.GRUCell(3), cells.GRUCell(3, reuse=True)
    for cell in (first, second):
        cell(tf.zeros([2, 5]), tf.zeros([2, 3]))
    assert first.weights == second.weights
    with tf.variable_scope("again"):
        cells.GRUCell(3)(tf.zeros([2, 5]), tf.zeros([2, 3]))
    with tf.variable_scope("again", reuse=True):
        third = cells.GRUCell(3)
        third(tf.zeros([2, 5]), tf.zeros([2, 3]))
    assert third.weights[0].op.name == "again/gru_cell/gates/kernel"
    with pytest.raises(ValueError, match="Variable missing/gru_cell/gates/kernel does not exist"), \
            tf.variable_scope("missing"):
        cells.GRUCell(3, reuse=True)(tf.zeros([2, 5]), tf.zeros([2, 3]))


def test_a_cell_made_without_reuse_in_a_scope_that_has_its_variables() -> None:
    with tf.variable_scope("rnn"):
        cells.BasicLSTMCell(3, name="cell")(tf.zeros([2, 5]), cells.BasicLSTMCell(3).zero_state(2, tf.float32))
    with tf.variable_scope("rnn"), pytest.raises(ValueError, match="Variable rnn/cell/kernel already exists"):
        cells.BasicLSTMCell(3, name="cell")(tf.zeros([2, 5]), cells.BasicLSTMCell(3).zero_state(2, tf.float32))


def test_a_checkpoint_restores_by_name(tmp_path: Any) -> None:
    x = tf.constant(X)
    with tf.variable_scope("rnn"):
        cell = cells.MultiRNNCell([cells.BasicLSTMCell(3), cells.GRUCell(2)])
        output, _ = cell(x, cell.zero_state(2, tf.float32))
    with tf.Session() as sess:
        reference.fill(sess)
        path = tf.train.Saver().save(sess, str(tmp_path / "model"))
        before = sess.run(output)
    assert [name for name, _ in tf.train.list_variables(path)] == [
        f"rnn/multi_rnn_cell/cell_{cell}" for cell in (
            "0/basic_lstm_cell/bias", "0/basic_lstm_cell/kernel", "1/gru_cell/candidate/bias",
            "1/gru_cell/candidate/kernel", "1/gru_cell/gates/bias", "1/gru_cell/gates/kernel")]
    with tf.Graph().as_default(), tf.Session() as sess:
        with tf.variable_scope("rnn"):
            cell = cells.MultiRNNCell([cells.BasicLSTMCell(3), cells.GRUCell(2)])
            output, _ = cell(tf.constant(X), cell.zero_state(2, tf.float32))
        tf.train.Saver().restore(sess, path)
        np.testing.assert_array_equal(sess.run(output), before)


# States.


def test_zero_state_takes_the_batch_size_as_number_or_tensor() -> None:
    cell = cells.BasicLSTMCell(3)
    size = tf.placeholder(tf.int32, [])
    with tf.Session() as sess:
        for batch, known in ((4, 4), (np.int64(4), 4), (tf.Dimension(4), 4), (tf.constant(4), 4), (size, None)):
            state = cell.zero_state(batch, tf.float64)
            assert state.c.shape.as_list() == [known, 3] and state.dtype is tf.float64
            np.testing.assert_array_equal(sess.run(state.h, {size: 4}), np.zeros([4, 3]))
    assert cell.zero_state(2, tf.float32).c.op.name.startswith("BasicLSTMCellZeroState")


def test_zero_state_of_an_unknown_batch() -> None:
    with pytest.raises(ValueError, match="Provided a prefix or suffix of None: None and 3"):
        cells.GRUCell(3).zero_state(None, tf.float32)
    with pytest.raises(ValueError, match="must be either a scalar or vector"):
        cells.GRUCell(3).zero_state(tf.zeros([2, 2], tf.int32), tf.float32)


def test_states_of_nested_and_shaped_sizes() -> None:
    class Shaped(cells.RNNCell):
        state_size = (tf.TensorShape([2, 3]), {"a": 4, "b": [tf.TensorShape([]), 1]})
        output_size = 1

    state = Shaped().zero_state(tf.placeholder(tf.int32, []), tf.float32)
    assert [s.shape.as_list() for s in (state[0], state[1]["a"], *state[1]["b"])] == [
        [None, 2, 3], [None, 4], [None], [None, 1]]
    assert isinstance(state[1], dict)


def test_the_initial_state_follows_the_inputs() -> None:
    cell = cells.GRUCell(3)
    known = cell.get_initial_state(inputs=tf.zeros([4, 5], tf.float64))
    assert known.shape.as_list() == [4, 3] and known.dtype is tf.float64
    x = tf.placeholder(tf.float32, [None, 5])
    with tf.Session() as sess:
        assert sess.run(cell.get_initial_state(x), {x: np.zeros([6, 5])}).shape == (6, 3)
    assert cell.get_initial_state(batch_size=2, dtype=tf.float16).dtype is tf.float16
    with pytest.raises(ValueError, match="Input tensor batch: 4, batch_size: 5"):
        cell.get_initial_state(tf.zeros([4, 5]), batch_size=5)
    with pytest.raises(ValueError, match="Input tensor dtype: float32, dtype: float64"):
        cell.get_initial_state(tf.zeros([4, 5]), dtype=tf.float64)
    for arguments in ({}, {"batch_size": 2}, {"dtype": tf.float32}):
        with pytest.raises(ValueError, match="batch_size and dtype cannot be None while constructing initial state"):
            cell.get_initial_state(**arguments)


def test_a_state_tuple_of_two_dtypes() -> None:
    state = cells.LSTMStateTuple(tf.zeros([1]), tf.zeros([1], tf.float64))
    with pytest.raises(TypeError, match="Inconsistent internal state: float32 vs float64"):
        _ = state.dtype


# What is refused.


def test_inputs_of_another_rank() -> None:
    cell = cells.BasicLSTMCell(3, name="cell")
    with pytest.raises(ValueError, match="Input 0 of layer cell is incompatible with the layer: expected ndim=2, found "
                                         r"ndim=3. Full shape received: \(2, 4, 5\)"):
        cell(tf.zeros([2, 4, 5]), cell.zero_state(2, tf.float32))


@pytest.mark.parametrize("make", [cells.BasicRNNCell, cells.GRUCell, cells.BasicLSTMCell, cells.LSTMCell])
def test_inputs_of_an_unknown_size(make: Any) -> None:
    cell = make(3)
    with pytest.raises(ValueError, match=r"Expected inputs.shape\[-1\] to be known, saw shape: \(2, \?\)"):
        cell(tf.placeholder(tf.float32, [2, None]), cell.zero_state(2, tf.float32))


@pytest.mark.parametrize("make", [cells.BasicLSTMCell, cells.LSTMCell])
def test_states_that_are_no_pair(make: Any) -> None:
    cell = make(3)
    for state in (tf.zeros([2, 3]), (tf.zeros([2, 3]),) * 3):
        with pytest.raises(ValueError, match="is an LSTMStateTuple of c and h, of sizes .* but received: .*zero_state"):
            cell(tf.zeros([2, 5]), state)


def test_states_of_another_size() -> None:
    cell = cells.GRUCell(3)
    with pytest.raises(ValueError, match="gru_cell"):
        cell(tf.zeros([2, 5]), tf.zeros([2, 4]))


@pytest.mark.parametrize("make", [cells.BasicRNNCell, cells.GRUCell, cells.BasicLSTMCell, cells.LSTMCell])
def test_what_is_no_float(make: Any) -> None:
    with pytest.raises(ValueError, match="RNN cell only supports floating point inputs, but saw dtype: int32"):
        make(3, dtype=tf.int32)
    cell = make(3)
    with pytest.raises(ValueError, match="RNN cell only supports floating point inputs, but saw dtype: int32"):
        cell(tf.zeros([2, 5], tf.int32), cell.zero_state(2, tf.float32))


def test_another_input_size_the_second_time() -> None:
    cell = cells.GRUCell(3)
    cell(tf.zeros([2, 5]), tf.zeros([2, 3]))
    with pytest.raises(ValueError, match="MatMul"):
        cell(tf.zeros([2, 6]), tf.zeros([2, 3]))


def test_what_is_warned_of(caplog: Any) -> None:
    logger = logging.getLogger("millpond")
    logger.addHandler(caplog.handler)
    try:
        cells.BasicLSTMCell(3, state_is_tuple=False, name="slow")
        cells.LSTMCell(3, num_unit_shards=2, name="cut")
        cells.GRUCell(3, input_size=5, name="old")  # as in the first releases
    finally:
        logger.removeHandler(caplog.handler)
    assert "slow: Using a concatenated state is slower" in caplog.text
    assert "old: The input_size parameter is deprecated" in caplog.text
    assert "cut: num_unit_shards and num_proj_shards are deprecated" in caplog.text


def test_an_unknown_activation() -> None:
    with pytest.raises(ValueError, match="Unknown activation function: 'tahn'. The names are .*tanh"):
        cells.GRUCell(3, activation="tahn")
    with pytest.raises(TypeError, match="Could not interpret activation identifier: 3"):
        cells.GRUCell(3, activation=3)


@pytest.mark.parametrize("cell", [
    cells.BasicRNNCell, cells.GRUCell, cells.BasicLSTMCell, cells.LSTMCell])
def test_a_cell_is_made_again_from_its_config(cell: Any) -> None:
    first = cell(3, activation="relu", name="first", dtype=tf.float64)
    again = cell.from_config(first.get_config())
    assert again.get_config() == first.get_config() and first.get_config()["activation"] == "relu"
    assert again.state_size == first.state_size and again.name == "first"


def test_states_and_inputs_may_be_arrays(tier: str) -> None:
    cell = cells.BasicLSTMCell(3)
    c, h = reference.inputs(2, 3, seed=1), reference.inputs(2, 3, seed=2)
    outputs = [cell(X, state)[0] for state in ((c, h), [tf.constant(c), h], np.stack([c, h]))]
    with tf.Session() as sess:
        values = reference.fill(sess)
        _, wanted = reference.lstm(X, c, h, *values)
        for output in sess.run(outputs):
            np.testing.assert_allclose(output, wanted, rtol=1e-5, atol=1e-6)


def test_a_getter_that_gives_tensors() -> None:
    """Averages of weights, or frozen ones, stand in for the variables."""
    def frozen(getter: Any, *args: Any, **kwargs: Any) -> Any:
        return tf.stop_gradient(getter(*args, **kwargs))

    with tf.variable_scope("s", custom_getter=frozen):
        cell = cells.GRUCell(3)
        output, _ = cell(tf.constant(X), tf.zeros([2, 3]))
    assert tf.gradients(output, tf.trainable_variables()) == [None] * 4 and len(tf.trainable_variables()) == 4
    assert cell.trainable_weights == [] and [w.op.type for w in cell.weights] == ["StopGradient"] * 4


def test_resource_variables(tier: str) -> None:
    with tf.variable_scope("s", use_resource=True):
        cell = cells.LSTMCell(3, use_peepholes=True)
        output, _ = cell(tf.constant(X), cell.zero_state(2, tf.float32))
    train = tf.train.GradientDescentOptimizer(0.5).minimize(tf.reduce_sum(tf.square(output - 0.2)))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(200):
            sess.run(train)
        np.testing.assert_allclose(sess.run(output), np.full([2, 3], 0.2), atol=0.01)


# Cells of a program's own.


def test_a_cell_that_gets_its_variables_in_call() -> None:
    class Own(cells.RNNCell):
        state_size = output_size = 3

        def call(self, inputs: Any, state: Any) -> Any:
            still = tf.get_variable("still", [3], trainable=False)
            with tf.variable_scope("deep"):
                state = tf.matmul(inputs, tf.get_variable("w", [5, 3])) + state * still
            return state, state

    cell = Own()
    state = cell.zero_state(2, tf.float32)
    for _ in range(2):
        output, state = cell(tf.constant(X), state)
    assert [v.op.name for v in cell.trainable_weights] == ["own/deep/w"]
    assert [v.op.name for v in cell.non_trainable_weights] == ["own/still"]
    with tf.Session() as sess:
        still, w = reference.fill(sess)
        np.testing.assert_allclose(sess.run(output), (X @ w) * still + X @ w, rtol=1e-5, atol=1e-6)
    given = Own()
    given(tf.constant(X), state, scope="given")
    given(tf.constant(X), state, scope="given")
    assert [v.op.name for v in given.weights] == ["given/deep/w", "given/still"]
    with tf.variable_scope("parts", partitioner=tf.fixed_size_partitioner(2)):
        cut = Own()
        cut(tf.constant(X), state)
    assert [v.op.name for v in cut.trainable_weights] == ["parts/own/deep/w/part_0", "parts/own/deep/w/part_1"]


def test_a_cell_that_says_nothing_of_its_sizes() -> None:
    with pytest.raises(NotImplementedError, match="RNNCell.state_size"):
        _ = cells.RNNCell().state_size
    with pytest.raises(NotImplementedError, match="RNNCell.output_size"):
        _ = cells.RNNCell().output_size
