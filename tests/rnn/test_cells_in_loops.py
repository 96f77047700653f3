"""Cells are called in the bodies of loops and branches: their variables belong to the graph around, and a loop computes
and learns what the unrolled steps do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import reference_cells as reference

import millpond as tf
from millpond import nested

cells, rnn = tf.nn.rnn_cell, tf.contrib.rnn
X = np.random.RandomState(0).uniform(-1, 1, [4, 2, 5]).astype(np.float32)
CELLS = {
    "lstm": lambda: cells.LSTMCell(4, use_peepholes=True, num_proj=2, cell_clip=0.5),
    "shards": lambda: cells.LSTMCell(4, num_unit_shards=3),
    "stack": lambda: cells.MultiRNNCell([cells.GRUCell(3), cells.ResidualWrapper(cells.BasicRNNCell(3))]),
    "device": lambda: cells.DeviceWrapper(cells.BasicLSTMCell(3), "/cpu:0"),
    "variational": lambda: cells.DropoutWrapper(cells.GRUCell(6), 0.5, 0.5, 0.5, variational_recurrent=True,
    input_size=5,
                                                dtype=tf.float32, seed=1),
    "norm": lambda: rnn.LayerNormBasicLSTMCell(3),
    "weight_norm": lambda: rnn.WeightNormLSTMCell(3),
    "coupled": lambda: rnn.CoupledInputForgetGateLSTMCell(3, num_unit_shards=2),
    "attention": lambda: rnn.AttentionCellWrapper(cells.GRUCell(3), 3),
    "highway": lambda: rnn.HighwayWrapper(cells.GRUCell(5)),
    "projections": lambda: rnn.OutputProjectionWrapper(rnn.InputProjectionWrapper(cells.GRUCell(3), 4), 2),
    "nas": lambda: rnn.NASCell(3),
    "grid": lambda: rnn.GridLSTMCell(3, feature_size=2, frequency_skip=1, num_frequency_blocks=[4]),
}


def _loop(cell: Any, x: Any, state: Any, steps: int) -> tuple[Any, Any]:
    """The last output and state of a loop over a cell."""
    def body(step: Any, output: Any, *flat: Any) -> list[Any]:
        output, new_state = cell(x[step], nested.pack_sequence_as(state, list(flat)))
        return [step + 1, output, *nested.flatten(new_state)]

    _, output, *flat = tf.while_loop(lambda step, *_: step < steps, body, [
        tf.constant(0), tf.zeros([2, cell.output_size]), *nested.flatten(state)])
    return output, nested.pack_sequence_as(state, flat)


@pytest.mark.parametrize("name, tier", [
    *[(name, "interpreted") for name in CELLS], *[(name, "compiled") for name in ("lstm", "stack", "variational")],
], indirect=["tier"])
def test_a_loop_is_its_steps(tier: str, default_graph: tf.Graph, name: str) -> None:
    x = tf.constant(X)
    with tf.variable_scope("rnn"):
        cell = CELLS[name]()
        state = cell.zero_state(2, tf.float32)
        output, last = _loop(cell, x, state, 4)
        steps = state
        for step in range(4):
            wanted, steps = cell(x[step], steps)
    variables = tf.trainable_variables()
    assert {id(v) for v in variables} == {id(v) for v in cell.trainable_weights}
    assert cell.graph is default_graph and all(v.graph is default_graph for v in variables)
    assert all(v.op.name.startswith("rnn/") for v in variables)
    gradients = [tf.gradients(y, variables) for y in (output, wanted)]
    with tf.Session() as sess:
        reference.fill(sess)
        pairs = sess.run([[output, wanted], *zip(nested.flatten(last), nested.flatten(steps), strict=True),
                          *zip(*gradients, strict=True)])
    for found, right in pairs:
        np.testing.assert_allclose(found, right, rtol=1e-4, atol=1e-6)


def test_dropout_is_drawn_anew_in_each_step(tier: str) -> None:
    cell = cells.DropoutWrapper(cells.BasicRNNCell(40), output_keep_prob=0.5, seed=1)
    state = cell.zero_state(2, tf.float32)

    def body(step: Any, hidden: Any, kept: Any) -> tuple[Any, Any, Any]:
        output, hidden = cell(tf.ones([2, 5]), hidden)
        return step + 1, hidden, kept + tf.cast(tf.not_equal(output, 0.0), tf.int32)

    _, _, kept = tf.while_loop(lambda step, *_: step < 20, body, [0, state, tf.zeros([2, 40], tf.int32)])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        counts = sess.run(kept)
    assert counts.min() > 0 and counts.max() < 20 and 9 < counts.mean() < 11


def test_a_phased_cell_in_a_loop(tier: str) -> None:
    """What its phases start as depends on what its periods start as."""
    cell = rnn.PhasedLSTMCell(3, ratio_on=1.0)
    times = tf.constant(np.arange(8.0).reshape([4, 2, 1]))
    x, state = tf.constant(X), cell.zero_state(2, tf.float32)

    def body(step: Any, c: Any, h: Any) -> tuple[Any, Any, Any]:
        _, new_state = cell((times[step], x[step]), cells.LSTMStateTuple(c, h))
        return step + 1, *new_state

    _, c, h = tf.while_loop(lambda step, *_: step < 4, body, [0, *state])
    for step in range(4):
        _, state = cell((times[step], x[step]), state)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found, wanted = sess.run([[c, h], list(state)])
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


def test_embeddings_in_a_loop(tier: str) -> None:
    cell = rnn.EmbeddingWrapper(cells.GRUCell(3), 10, 5)
    words, state = tf.constant([[1, 2], [3, 4], [9, 9], [0, 1]]), cell.zero_state(2, tf.float32)
    output, _ = _loop(cell, words, state, 4)
    for step in range(4):
        wanted, state = cell(words[step], state)
    gradients = [tf.convert_to_tensor(tf.gradients(y, cell.weights[0])[0]) for y in (output, wanted)]
    with tf.Session() as sess:
        reference.fill(sess)
        for found, right in sess.run([[output, wanted], gradients]):
            np.testing.assert_allclose(found, right, rtol=1e-4, atol=1e-6)


def test_a_layer_that_a_branch_makes(tier: str, default_graph: tf.Graph) -> None:
    made = []

    class Scale(tf.layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.factor = self.add_weight("factor", [], initializer=tf.constant_initializer(3.0),
                                          regularizer=lambda w: 2.0 * w)
            super().build(input_shape)

        def call(self, inputs: Any) -> Any:
            return inputs * self.factor

    def scaled(x: Any) -> Any:
        made.append(Scale())
        return made[-1](x)

    x, flag = tf.constant([1.0, 2.0]), tf.placeholder(tf.bool, [])
    y = tf.cond(flag, lambda: scaled(x), lambda: -x)
    layer, = made
    assert layer.graph is default_graph and layer.name == "scale_1"
    assert tf.trainable_variables() == [layer.factor] and layer.factor.graph is default_graph
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert [sess.run(y, {flag: value}).tolist() for value in (True, False)] == [[3.0, 6.0], [-1.0, -2.0]]
        assert sess.run(layer(x)).tolist() == [3.0, 6.0]  # and outside
        assert sess.run(tf.losses.get_regularization_loss()) == 6.0
