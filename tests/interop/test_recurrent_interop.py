"""Recurrent networks in graphs: the real TensorFlow runs what is written here, and the other way round."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import millpond as mp

tf.disable_v2_behavior()

X = np.random.RandomState(0).uniform(-1, 1, (2, 5, 3)).astype(np.float32)
LENGTHS = np.array([3, 5], np.int32)


class Cell:
    """An LSTM that any of the two libraries loops over."""

    state_size = (4, 4)
    output_size = 4

    def __init__(self, lib):
        self.lib = lib

    def zero_state(self, batch_size, dtype):
        return tuple(self.lib.zeros([batch_size, 4], dtype) for _ in range(2))

    def __call__(self, inputs, state, scope=None):
        lib, (c, h) = self.lib, state
        kernel = lib.get_variable("kernel", initializer=np.linspace(-1, 1, 7 * 16).reshape(7, 16).astype(np.float32))
        i, j, f, o = lib.split(lib.matmul(lib.concat([inputs, h], 1), kernel), 4, 1)
        c = c * lib.sigmoid(f + 1.0) + lib.sigmoid(i) * lib.tanh(j)
        h = lib.tanh(c) * lib.sigmoid(o)
        return h, (c, h)


def looped(lib):
    """Outputs of a loop over time with lengths, in both directions, and their gradient."""
    x, lengths = lib.placeholder(lib.float32, [None, None, 3], "x"), lib.placeholder(lib.int32, [None], "lengths")
    outputs, _ = lib.nn.bidirectional_dynamic_rnn(Cell(lib), Cell(lib), x, sequence_length=lengths, dtype=lib.float32)
    both = lib.concat(outputs, 2, name="outputs")
    lib.identity(lib.gradients(lib.square(both), x)[0], name="gradient")


def fused(lib):
    """An LSTM as one op, and its gradient."""
    x, lengths = lib.placeholder(lib.float32, [None, None, 3], "x"), lib.placeholder(lib.int32, [None], "lengths")
    cell = lib.contrib.rnn.LSTMBlockFusedCell(4, use_peephole=True, cell_clip=0.4)
    outputs, _ = cell(lib.transpose(x, [1, 0, 2]), dtype=lib.float32, sequence_length=lengths)
    both = lib.identity(outputs, name="outputs")
    lib.identity(lib.gradients(lib.square(both), x)[0], name="gradient")


def written(lib, build):
    """The graph as bytes, with constants for variables, and what it gives."""
    with lib.Graph().as_default() as graph:
        build(lib)
        with lib.Session() as sess:
            sess.run(lib.global_variables_initializer())
            frozen = lib.graph_util.convert_variables_to_constants(sess, graph.as_graph_def(), ["outputs", "gradient"])
            return frozen.SerializeToString(), results(sess)


def results(sess):
    return sess.run(["outputs:0", "gradient:0"], {"x:0": X, "lengths:0": LENGTHS})


def read(lib, data):
    with lib.Graph().as_default(), lib.Session() as sess:
        lib.import_graph_def(lib.GraphDef.FromString(data), name="")
        return results(sess)


@pytest.mark.parametrize("build", [looped, fused])
def test_tensorflow_runs_our_recurrent_networks(build):
    data, expected = written(mp, build)
    for one, other in zip(read(tf, data), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("functional", [True, False], ids=["while", "frames"])
def test_we_run_tensorflows_recurrent_networks(functional):
    (tf.enable_control_flow_v2 if functional else tf.disable_control_flow_v2)()
    try:
        data, expected = written(tf, looped)
    finally:
        tf.disable_control_flow_v2()
    for one, other in zip(read(mp, data), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_both_loop_over_time_alike():
    (_, ours), (_, theirs) = written(mp, looped), written(tf, looped)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
