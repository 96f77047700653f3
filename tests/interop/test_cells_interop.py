"""Recurrent cells and the real TensorFlow's: checkpoints go both ways, by name, and the same numbers come out."""

import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import millpond as mp

os.environ["TF_USE_LEGACY_KERAS"] = "1"  # the cells are in the package tf_keras

tf.disable_v2_behavior()

X = np.random.RandomState(0).uniform(-1, 1, (2, 5)).astype(np.float32)
NAMES = ["BasicRNNCell", "GRUCell", "BasicLSTMCell", "LSTMCell", "MultiRNNCell", "DropoutWrapper", "ResidualWrapper",
         "DeviceWrapper"]
THEIRS, OURS = [{name: getattr(framework.nn.rnn_cell, name) for name in NAMES} for framework in (tf, mp)]
CELLS = {
    "rnn": lambda c: c["BasicRNNCell"](3),
    "gru": lambda c: c["GRUCell"](3),
    "basic_lstm": lambda c: c["BasicLSTMCell"](3, forget_bias=0.3),
    "concatenated": lambda c: c["BasicLSTMCell"](3, state_is_tuple=False),
    "lstm": lambda c: c["LSTMCell"](4, use_peepholes=True, num_proj=3, cell_clip=0.4, proj_clip=0.1),
    "shards": lambda c: c["LSTMCell"](4, num_proj=3, num_unit_shards=3, num_proj_shards=2),
    "stack": lambda c: c["MultiRNNCell"]([c["GRUCell"](5), c["ResidualWrapper"](c["BasicLSTMCell"](5))]),
    "device": lambda c: c["DeviceWrapper"](c["GRUCell"](3), "/cpu:0"),
    "dropout": lambda c: c["DropoutWrapper"](c["LSTMCell"](5), 0.7, 0.6, 0.5, seed=4),
    "variational": lambda c: c["DropoutWrapper"](
        c["MultiRNNCell"]([c["LSTMCell"](5), c["GRUCell"](4)]), 0.7, 0.6, 0.5, seed=4, variational_recurrent=True,
        input_size=5, dtype="float32"),
    "unseeded_dropout": lambda c: c["DropoutWrapper"](c["GRUCell"](5), 0.5, 0.5, 0.5),
}


def steps(framework, cells, make, use):
    """The outputs of a few steps, after `use(session, saver)`; and the variables."""
    with framework.Graph().as_default(), framework.Session() as session:
        framework.set_random_seed(3)
        x = framework.constant(X)
        with framework.variable_scope("rnn"):
            cell = make(cells)
            state = cell.zero_state(2, framework.float32)
            outputs = []
            for _ in range(3):
                output, state = cell(x, state)
                outputs.append(output)
        variables = framework.global_variables()
        session.run(framework.global_variables_initializer())
        use(session, framework.train.Saver())
        return session.run(outputs), [(v.name, v.shape.as_list()) for v in variables]


@pytest.mark.parametrize("name", CELLS)
def test_checkpoints_go_both_ways(tmp_path, name):
    path = str(tmp_path / "model")
    for first, second in (((mp, OURS), (tf, THEIRS)), ((tf, THEIRS), (mp, OURS))):
        before, variables = steps(*first, CELLS[name], lambda session, saver: saver.save(session, path))
        after, others = steps(*second, CELLS[name], lambda session, saver: saver.restore(session, path))
        assert others == variables
        np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-6)
