"""A program trains layers of cuDNN on any device, and its checkpoints and those of ordinary cells fit one another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import reference_cells as reference

import millpond as tf

TIME, BATCH, INPUTS, UNITS = 4, 3, 2, 5
X = np.random.RandomState(1).uniform(-1, 1, (TIME, BATCH, INPUTS)).astype(np.float32)
LENGTHS = np.array([2, 4, 1], np.int32)


def basic(activation: Any) -> Any:
    return lambda units: tf.nn.rnn_cell.BasicRNNCell(units, activation=activation)


SCOPES = {"CudnnLSTM": "cudnn_lstm", "CudnnGRU": "cudnn_gru", "CudnnRNNTanh": "cudnn_rnn_tanh",
          "CudnnRNNRelu": "cudnn_rnn_relu"}
# For each layer, a cell that computes the same.
KINDS = {"CudnnLSTM": lambda units: tf.contrib.cudnn_rnn.CudnnCompatibleLSTMCell(units),
         "CudnnGRU": lambda units: tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell(units),
         "CudnnRNNTanh": basic(tf.tanh), "CudnnRNNRelu": basic(tf.nn.relu)}


def layer(kind: str, layers: int = 2, direction: str = "unidirectional", **options: Any) -> Any:
    return getattr(tf.contrib.cudnn_rnn, kind)(layers, UNITS, direction=direction, **options)


def cells(kind: str, direction: str, x: Any, lengths: Any = None) -> tuple[Any, list[Any]]:
    """The outputs and last states of the network of cells, states as `[stacks, batch, units]`, h first."""
    make = KINDS[kind]
    if direction == "unidirectional":
        cell = tf.nn.rnn_cell.MultiRNNCell([make(UNITS) for _ in range(2)])
        outputs, state = tf.nn.dynamic_rnn(cell, x, lengths, dtype=tf.float32, time_major=True)
        states = list(state)
    else:
        fw, bw = ([make(UNITS) for _ in range(2)] for _ in range(2))
        outputs, *both = tf.contrib.rnn.stack_bidirectional_dynamic_rnn(fw, bw, x, sequence_length=lengths,
                                                                        dtype=tf.float32, time_major=True)
        states = [state for pair in zip(*both, strict=True) for state in pair]
    if kind == "CudnnLSTM":
        return outputs, [tf.stack([s.h for s in states]), tf.stack([s.c for s in states])]
    return outputs, [tf.stack(states)]


def close(found: Any, wanted: Any) -> None:
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["unidirectional", "bidirectional"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_checkpoint_of_a_layer_fits_cells_that_compute_the_same(kind: str, direction: str, tmp_path: Any,
                                                                  tier: Any) -> None:
    own = layer(kind, direction=direction)
    found = [own(tf.constant(X), sequence_lengths=lengths) for lengths in (None, LENGTHS)]
    assert [v.name for v in tf.trainable_variables()] == [f"{SCOPES[kind]}/opaque_kernel:0"]
    with tf.Session() as sess:
        reference.fill(sess)
        wanted = sess.run(found)
        path = tf.train.Saver().save(sess, str(tmp_path / "model"))
    with tf.Graph().as_default(), tf.Session() as sess:
        others = []
        for lengths in (None, LENGTHS):
            with tf.variable_scope(SCOPES[kind], reuse=lengths is not None):
                others.append(cells(kind, direction, tf.constant(X), lengths))
        tf.train.Saver().restore(sess, path)
        for (outputs, states), (right, right_states) in zip(sess.run(others), wanted, strict=True):
            close([outputs, *states], [right, *right_states])


@pytest.mark.parametrize("direction", ["unidirectional", "bidirectional"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_checkpoint_of_cells_fits_the_layer_that_computes_the_same(kind: str, direction: str, tmp_path: Any) -> None:
    with tf.variable_scope(SCOPES[kind]):
        outputs, states = cells(kind, direction, tf.constant(X))
    with tf.Session() as sess:
        reference.fill(sess)
        wanted = sess.run([outputs, *states])
        path = tf.train.Saver().save(sess, str(tmp_path / "model"))
    with tf.Graph().as_default(), tf.Session() as sess:
        own = layer(kind, direction=direction)
        outputs, states = own(tf.constant(X))
        tf.train.Saver([own.saveable]).restore(sess, path)
        close(sess.run([outputs, *states]), wanted)
        again = tf.train.Saver().save(sess, str(tmp_path / "again"))
        sess.run(tf.global_variables_initializer())
        tf.train.Saver().restore(sess, again)
        close(sess.run([outputs, *states]), wanted)


@pytest.mark.parametrize("built_by_hand", [False, True])
def test_names_in_a_checkpoint_are_those_of_the_cells_in_the_layers_scope(built_by_hand: bool, tmp_path: Any) -> None:
    with tf.variable_scope("model"):
        gru = layer("CudnnGRU", 1, "bidirectional")
        if built_by_hand:
            gru.build([None, None, INPUTS])
        gru(tf.constant(X))
    assert len(tf.get_collection(tf.GraphKeys.SAVEABLE_OBJECTS)) == 1
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(sess, str(tmp_path / "model"))
    prefix = "model/" if built_by_hand else "model/cudnn_gru/"
    prefix += "stack_bidirectional_rnn/cell_0/bidirectional_rnn/fw/cudnn_compatible_gru_cell"
    names = {name: shape for name, shape in tf.train.list_variables(path) if "/fw/" in name}
    assert names == {
        f"{prefix}/gates/kernel": [INPUTS + UNITS, 2 * UNITS], f"{prefix}/gates/bias": [2 * UNITS],
        f"{prefix}/candidate/input_projection/kernel": [INPUTS, UNITS],
        f"{prefix}/candidate/input_projection/bias": [UNITS],
        f"{prefix}/candidate/hidden_projection/kernel": [UNITS, UNITS],
        f"{prefix}/candidate/hidden_projection/bias": [UNITS]}


def test_batches_may_come_first(tier: Any) -> None:
    lstm = layer("CudnnLSTM")
    x = tf.placeholder(tf.float32, [None, None, INPUTS])
    first = tuple(tf.fill([2, BATCH, UNITS], value) for value in (0.3, -0.2))
    outputs, states = lstm(x, initial_state=first)
    turned, turned_states = lstm(tf.transpose(x, [1, 0, 2]), time_major=False,
                                 initial_state=tuple(tf.transpose(s, [1, 0, 2]) for s in first))
    zero, _ = lstm(tf.transpose(x, [1, 0, 2]), time_major=False)
    assert outputs.shape.as_list() == turned.shape.as_list() == [None, None, UNITS]
    with tf.Session() as sess:
        reference.fill(sess)
        one, other, states, turned_states, started = sess.run([outputs, turned, states, turned_states, zero], {x: X})
    close([one, *states], [other.swapaxes(0, 1), *(s.swapaxes(0, 1) for s in turned_states)])
    assert started.shape == (BATCH, TIME, UNITS) and not np.allclose(started, other)


@pytest.mark.slow
def test_a_layer_learns_with_dropout_between_its_layers(tier: Any) -> None:
    tf.set_random_seed(1)
    gru = layer("CudnnGRU", 2, dropout=0.2)
    outputs, _ = gru(tf.constant(X))
    loss = tf.reduce_mean(tf.square(outputs - tf.constant(0.5)))
    train = tf.train.AdamOptimizer(0.05).minimize(loss)
    still, _ = gru(tf.constant(X), training=False)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first = sess.run(loss)
        for _ in range(25):
            sess.run(train)
        assert sess.run(loss) < first / 2
        one, other = sess.run(still), sess.run(still)
        np.testing.assert_array_equal(one, other)
        assert not np.array_equal(sess.run(outputs), sess.run(outputs))


def test_what_stands_beyond_the_end_of_a_sequence_is_not_looked_at(tier: Any) -> None:
    x = tf.placeholder(tf.float32, [TIME, BATCH, INPUTS])
    gru = layer("CudnnGRU", direction="bidirectional")
    outputs, states = gru(x, sequence_lengths=LENGTHS)
    grads = tf.gradients([outputs, *states], [x, gru.kernel])
    poisoned = X.copy()
    poisoned[np.arange(TIME)[:, None] >= LENGTHS] = np.nan
    with tf.Session() as sess:
        reference.fill(sess)
        found, wanted = (sess.run([outputs, *states, *grads], {x: value}) for value in (poisoned, X))
    close(found, wanted)


def test_a_seed_decides_what_is_dropped() -> None:
    outputs, _ = layer("CudnnRNNTanh", 2, dropout=0.5, seed=7)(tf.constant(X))
    runs = []
    for _ in range(2):
        with tf.Session() as sess:
            reference.fill(sess)
            runs.append(sess.run(outputs))
            assert not np.array_equal(runs[-1], sess.run(outputs))
    np.testing.assert_array_equal(*runs)


def test_initial_weights_are_those_of_the_initializers() -> None:
    lstm = layer("CudnnLSTM", 1, kernel_initializer=tf.constant_initializer(0.5),
                 bias_initializer=tf.constant_initializer(-1.0))
    lstm.build([None, None, INPUTS])
    assert lstm.built and lstm.input_size == INPUTS and lstm.num_dirs == 1 and lstm.rnn_mode == "lstm"
    assert lstm.canonical_weight_shapes == [(UNITS, INPUTS)] * 4 + [(UNITS, UNITS)] * 4
    assert lstm.canonical_bias_shapes == [[UNITS]] * 8
    assert tf.get_collection(tf.GraphKeys.SAVEABLE_OBJECTS) == [lstm.saveable]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        values = sess.run(lstm.kernel)
    assert values.tolist() == [0.5] * (4 * UNITS * (INPUTS + UNITS)) + [-1.0] * (8 * UNITS)
    gru = layer("CudnnGRU", 1, seed=3)
    gru(tf.constant(X))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        values = sess.run(gru.kernel)
    bound = np.sqrt(6 / (INPUTS + UNITS))
    assert np.abs(values[:3 * UNITS * INPUTS]).max() <= bound and not values[-6 * UNITS:].any()


@pytest.mark.parametrize("name, count", [("LSTM", 1), ("GRU", 3), ("Tanh", 1), ("Relu", 1)])
def test_parameters_are_converted_by_hand_too(name: str, count: int) -> None:
    """Of two layers in both directions: a kernel or three for each of the four, then as many biases."""
    converter = getattr(tf.contrib.cudnn_rnn, f"CudnnParamsFormatConverter{name}")(
        2, UNITS, INPUTS, direction="bidirectional")
    params = np.random.RandomState(3).uniform(-1, 1, converter.kind.size()).astype(np.float32)
    weights, biases = converter.opaque_to_tf_canonical(params)
    assert len(weights) == len(biases) == 4 * count
    once = converter.tf_canonical_to_opaque(weights + biases)
    again = converter.tf_canonical_to_opaque(sum(converter.opaque_to_tf_canonical(once), []))
    with tf.Session() as sess:
        kernel, one, other = sess.run([weights[0], once, again])
    gates = {"LSTM": 4, "GRU": 2}.get(name, 1)
    assert kernel.shape == (INPUTS + UNITS, gates * UNITS)
    np.testing.assert_array_equal(kernel[:INPUTS, :UNITS], params[:UNITS * INPUTS].reshape(UNITS, INPUTS).T)
    # Biases of inputs and states come back as two halves of their sum, which is what counts.
    matrices = slice(-converter.kind.bias_count() * UNITS)
    np.testing.assert_array_equal(one[matrices], params[matrices])
    np.testing.assert_allclose(one, other, rtol=1e-6)


def test_two_calls_share_the_parameters() -> None:
    tanh = layer("CudnnRNNTanh")
    tanh(tf.constant(X))
    tanh(tf.constant(X))
    assert len(tf.global_variables()) == len(tanh.trainable_variables) == 1
    assert tanh.trainable_variables == [tanh.kernel]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid direction: sideways"):
        layer("CudnnGRU", direction="sideways")
    with pytest.raises(ValueError, match="Invalid input_mode: none"):
        layer("CudnnGRU", input_mode="none")
    with pytest.raises(ValueError, match="Only support float16, float32, float64, provided int32"):
        layer("CudnnGRU", dtype=tf.int32)
    gru = layer("CudnnGRU")
    with pytest.raises(ValueError, match="'input_size' is unknown"):
        _ = gru.input_size
    with pytest.raises(RuntimeError, match="not known before"):
        _ = gru.canonical_weight_shapes
    with pytest.raises(ValueError, match="with 3 dims, got 2"):
        gru.build([2, 3])
    with pytest.raises(ValueError, match="last dimension of the inputs"):
        gru.build([2, 3, None])
    with pytest.raises(TypeError, match="Invalid initial_state type"):
        gru(tf.constant(X), initial_state=tf.zeros([2, BATCH, UNITS]))
    with pytest.raises(ValueError, match="a tuple of 1 tensors, not of 2"):
        gru(tf.constant(X), initial_state=(tf.zeros([2, BATCH, UNITS]),) * 2)
