"""A program decides step by step what a recurrent network reads, emits, and when it ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import reference_cells as reference

import millpond as tf

TIME, BATCH, INPUTS = 4, 3, 2
X = np.random.RandomState(1).uniform(-1, 1, (TIME, BATCH, INPUTS)).astype(np.float32)
LENGTHS = np.array([2, 4, 1], np.int32)


def reader(cell: Any, x: Any, lengths: Any, emit: Any = None) -> Any:
    """A function that reads inputs until all sequences have ended, as `dynamic_rnn` does."""
    array = tf.TensorArray(tf.float32, TIME).unstack(x)

    def loop_fn(time: Any, output: Any, state: Any, loop_state: Any) -> Any:
        done = time >= lengths
        value = tf.cond(tf.reduce_all(done), lambda: tf.zeros([BATCH, INPUTS]), lambda: array.read(time))
        value.set_shape([BATCH, INPUTS])
        if output is None:
            return done, value, cell.zero_state(BATCH, tf.float32), None if emit is None else emit(None), None
        return done, value, state, output if emit is None else emit(output), None

    return loop_fn


def test_reading_until_the_end_is_what_dynamic_rnn_does(tier: Any) -> None:
    x, cell = tf.placeholder(tf.float32, [TIME, BATCH, INPUTS]), tf.nn.rnn_cell.BasicLSTMCell(3)
    emitted, state, loop_state = tf.nn.raw_rnn(cell, reader(cell, x, tf.constant(LENGTHS)))
    assert loop_state is None and type(state) is tf.nn.rnn_cell.LSTMStateTuple
    assert [v.name for v in tf.global_variables()] == ["rnn/basic_lstm_cell/kernel:0", "rnn/basic_lstm_cell/bias:0"]
    with tf.variable_scope("rnn", reuse=True) as scope:
        outputs, wanted = tf.nn.dynamic_rnn(cell, x, LENGTHS, dtype=tf.float32, time_major=True, scope=scope)
    stacked = emitted.stack()
    grads, wanted_grads = (tf.gradients([tf.square(ys), end.c], [x, *tf.trainable_variables()])
                           for ys, end in ((stacked, state), (outputs, wanted)))
    with tf.Session() as sess:
        reference.fill(sess)
        one, c, h, other, right = sess.run([stacked, state.c, state.h, outputs, wanted], {x: X})
        slopes, right_slopes = sess.run([grads, wanted_grads], {x: X})
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose([c, h], right, rtol=1e-5, atol=1e-6)
    for slope, right_slope in zip(slopes, right_slopes, strict=True):
        np.testing.assert_allclose(slope, right_slope, rtol=1e-4, atol=1e-5)


def test_what_is_emitted_may_have_another_structure_and_other_types(tier: Any) -> None:
    x, cell = tf.placeholder(tf.float32, [TIME, BATCH, INPUTS]), tf.nn.rnn_cell.GRUCell(3)

    def emit(output: Any) -> Any:
        if output is None:
            return {"best": tf.zeros([], tf.int64), "pair": (tf.zeros([3]), tf.zeros([3]))}
        return {"best": tf.argmax(output, 1) + 1, "pair": (output, output * 2.0)}

    emitted, _, _ = tf.nn.raw_rnn(cell, reader(cell, x, tf.constant(LENGTHS), emit))
    with tf.Session() as sess:
        reference.fill(sess)
        best, one, two = sess.run([emitted["best"].stack(), emitted["pair"][0].stack(), emitted["pair"][1].stack()],
                                  {x: X})
    assert best.dtype == np.int64 and best.shape == (TIME, BATCH)
    lives = np.arange(TIME)[:, None] < LENGTHS
    assert (best[lives] >= 1).all() and not best[~lives].any()
    np.testing.assert_array_equal(two, one * 2)


def test_a_function_may_feed_outputs_back_and_keep_a_state_of_its_own(tier: Any) -> None:
    cell = tf.nn.rnn_cell.BasicRNNCell(2, activation=lambda x: x + 1.0)

    def loop_fn(time: Any, output: Any, state: Any, loop_state: Any) -> Any:
        if output is None:
            return tf.zeros([2], tf.bool), tf.zeros([2, 2]), cell.zero_state(2, tf.float32), None, (
                tf.constant(0), tf.TensorArray(tf.int32, 0, dynamic_size=True))
        count, seen = loop_state
        return [time >= 3, time >= 5], output, state, output, (count + time, seen.write(time - 1, time * 10))

    with tf.variable_scope("rnn", initializer=tf.ones_initializer()):
        emitted, state, (count, seen) = tf.nn.raw_rnn(cell, loop_fn)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        outputs, last, total, notes = sess.run([emitted.stack(), state, count, seen.stack()])
    # An output is 1 + twice the output before it + twice the state.
    assert outputs[:, :, 0].tolist() == [[1, 1], [5, 5], [21, 21], [0, 85], [0, 341]]
    assert last[:, 0].tolist() == [21, 341] and total == 15 and notes.tolist() == [10, 20, 30, 40, 50]


def test_sequences_that_have_ended_before_the_first_step(tier: Any) -> None:
    cell = tf.nn.rnn_cell.BasicRNNCell(2)

    def loop_fn(time: Any, output: Any, state: Any, loop_state: Any) -> Any:
        return tf.ones([3], tf.bool), tf.zeros([3, 2]), cell.zero_state(3, tf.float32) + 7.0, output, None

    emitted, state, _ = tf.nn.raw_rnn(cell, loop_fn)
    with tf.Session() as sess:
        reference.fill(sess)
        assert sess.run(emitted.size()) == 0 and (sess.run(state) == 7).all()


def test_an_unknown_batch_size(tier: Any) -> None:
    x = tf.placeholder(tf.float32, [None, INPUTS])
    cell = tf.nn.rnn_cell.GRUCell(3)

    def loop_fn(time: Any, output: Any, state: Any, loop_state: Any) -> Any:
        state = cell.zero_state(tf.shape(x)[0], tf.float32) if output is None else state
        return tf.fill([tf.shape(x)[0]], time >= 3), x, state, output, None

    emitted, state, _ = tf.nn.raw_rnn(cell, loop_fn)
    with tf.Session() as sess:
        weights = reference.fill(sess)
        for batch in (2, 3):
            outputs, last = sess.run([emitted.stack(), state], {x: X[0, :batch]})
            h = np.zeros((batch, 3))
            for t in range(3):
                h = reference.gru(X[0, :batch], h, *weights)
                np.testing.assert_allclose(outputs[t], h, rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(last, h, rtol=1e-5, atol=1e-6)


def test_what_does_not_fit_is_refused() -> None:
    cell = tf.nn.rnn_cell.GRUCell(3)
    with pytest.raises(TypeError, match="The argument 'cell' .* is not an RNNCell"):
        tf.nn.raw_rnn(3, lambda *_: None)
    with pytest.raises(TypeError, match="loop_fn must be a callable"):
        tf.nn.raw_rnn(cell, 3)
    with pytest.raises(ValueError):
        tf.nn.raw_rnn(cell, lambda *_: (tf.zeros([2], tf.bool), (tf.zeros([2, 1]), tf.zeros([3, 1])),
                                        tf.zeros([2, 3]), None, None))
    with pytest.raises((TypeError, ValueError), match="structure"):
        tf.nn.raw_rnn(cell, lambda *_: (tf.zeros([2], tf.bool), tf.zeros([2, 1]), (tf.zeros([2, 3]),), None, None))
