"""What programs do with tf.contrib.slim and tf.contrib.layers."""

from __future__ import annotations

import logging
import pathlib
from typing import Any

import numpy as np
import pytest

import millpond as tf

slim = tf.contrib.slim


def test_layers_share_arguments_by_scope_and_name_their_variables_as_tensorflow_does() -> None:
    x = tf.placeholder(tf.float32, [None, 3])
    with slim.arg_scope([slim.fully_connected], activation_fn=None, weights_regularizer=slim.l2_regularizer(0.5),
                        weights_initializer=tf.constant_initializer(2.0)):
        hidden = slim.stack(x, slim.fully_connected, [4, 2], scope="fc")
        out = slim.fully_connected(hidden, 1, scope="out", activation_fn=tf.nn.relu)
    assert [variable.op.name for variable in slim.get_model_variables()] == [
        "fc/fc_1/weights", "fc/fc_1/biases", "fc/fc_2/weights", "fc/fc_2/biases", "out/weights", "out/biases"]
    assert out.op.name == "out/Relu"
    assert [loss.op.name for loss in tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)] == [
        f"{layer}/kernel/Regularizer/l2_regularizer" for layer in ("fc/fc_1", "fc/fc_2", "out")]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(out, {x: [[1.0, 2.0, 3.0]]}).tolist() == [[12.0 * 4 * 2 * 2 * 2]]
        assert session.run(tf.losses.get_regularization_loss()) == (12 + 8 + 2) * 4 * 0.5 * 0.5


def test_xavier_initializer_stays_within_its_bounds() -> None:
    initial = tf.contrib.layers.xavier_initializer(seed=1)([30, 20])
    with tf.Session() as session:
        value = session.run(initial)
    assert np.abs(value).max() <= np.sqrt(6 / 50)
    assert np.abs(value).max() > 0.9 * np.sqrt(6 / 50)
    assert value.std() == pytest.approx(np.sqrt(2 / 50), rel=0.1)


@pytest.fixture
def quiet() -> Any:
    logging.getLogger("millpond").setLevel("ERROR")
    yield
    logging.getLogger("millpond").setLevel("INFO")


def line(seed: int) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.RandomState(seed).randn(64, 4).astype(np.float32)
    return x, x @ np.array([[1.0], [2.0], [-1.0], [0.5]], np.float32)


def test_a_model_is_trained_saved_and_evaluated(tmp_path: pathlib.Path, quiet: None) -> None:
    x, y = line(0)
    predictions = slim.fully_connected(tf.constant(x), 1, activation_fn=None, scope="fit")
    tf.losses.mean_squared_error(y, predictions)
    train = slim.learning.create_train_op(tf.losses.get_total_loss(), tf.train.GradientDescentOptimizer(0.2),
                                          summarize_gradients=True)
    loss = slim.learning.train(train, str(tmp_path), number_of_steps=60, log_every_n_steps=60, save_summaries_secs=0)
    assert loss < 1e-4
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / "model.ckpt-60")

    with tf.Graph().as_default():
        predictions = slim.fully_connected(tf.constant(line(1)[0]), 1, activation_fn=None, scope="fit")
        total = tf.get_local_variable("error", initializer=0.0)
        add = total.assign_add(tf.reduce_mean(tf.abs(predictions - line(1)[1])))
        value = slim.evaluation.evaluate_once("", tf.train.latest_checkpoint(str(tmp_path)), str(tmp_path / "eval"),
                                              num_evals=3, eval_op=add, final_op=total.value())
    assert value < 3e-2


def test_optimize_loss_clips_and_decays() -> None:
    v = tf.get_variable("v", initializer=10.0)
    step = tf.train.get_or_create_global_step()
    train = tf.contrib.layers.optimize_loss(
        v * v, step, learning_rate=1.0, optimizer="SGD", clip_gradients=2.0,
        learning_rate_decay_fn=lambda rate, count: tf.train.exponential_decay(rate, count, 1, 0.5))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert [session.run([train, v])[1] for _ in range(3)] == [8.0, 7.0, 6.5]
        assert session.run(step) == 3
