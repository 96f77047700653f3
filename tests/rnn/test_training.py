"""A language model with dropout learns as in TensorFlow: the losses of its steps are those that TensorFlow gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf

cells = tf.nn.rnn_cell
DATA = np.random.RandomState(0).randint(0, 20, (8, 11))
dropout = cells.DropoutWrapper
MODELS: dict[str, tuple[Any, list[float]]] = {
    "lstms": (lambda: cells.MultiRNNCell([
        dropout(cells.BasicLSTMCell(7, forget_bias=0.0), output_keep_prob=0.8) for _ in range(2)]), [
        3.0025, 2.9826, 2.9584, 2.9254, 2.8891, 2.8884, 2.8809, 2.8473, 2.8427, 2.8419, 2.8398, 2.8244]),
    "grus": (lambda: cells.MultiRNNCell([dropout(cells.GRUCell(7), 0.9, 0.8, 0.7, seed=i) for i in range(2)]), [
        3.0115, 2.9901, 2.9635, 2.9329, 2.899, 2.8712, 2.8666, 2.8663, 2.8581, 2.8756, 2.7871, 2.8103]),
    "variational": (lambda: dropout(
        cells.LSTMCell(7, use_peepholes=True, num_proj=5, initializer=tf.random_normal_initializer(stddev=0.3, seed=1)),
        0.9, 0.8, 0.7, variational_recurrent=True, input_size=6, dtype=tf.float32, seed=3), [
        2.9929, 2.9734, 2.9435, 2.9112, 2.8806, 2.8663, 2.8399, 2.8184, 2.8505, 2.8176, 2.7773, 2.714]),
    "residual": (lambda: cells.ResidualWrapper(dropout(cells.GRUCell(6), 0.9)), [
        2.993, 2.9595, 2.9153, 2.8573, 2.7953, 2.7117, 2.6363, 2.5399, 2.4529, 2.3581, 2.2745, 2.2271]),
}


def _losses(make: Any, count: int) -> list[float]:
    tf.set_random_seed(7)
    ids = tf.placeholder(tf.int32, [8, 11])
    x, y = ids[:, :-1], ids[:, 1:]
    with tf.variable_scope("model", initializer=tf.random_uniform_initializer(-0.1, 0.1)):
        embedding = tf.get_variable("embedding", [20, 6])
        inputs = tf.nn.dropout(tf.nn.embedding_lookup(embedding, x), keep_prob=0.9)
        cell = make()
        outputs, _ = tf.nn.static_rnn(cell, tf.unstack(inputs, axis=1), initial_state=cell.zero_state(8, tf.float32))
        flat = tf.reshape(tf.stack(outputs, 1), [-1, cell.output_size])
        w, b = tf.get_variable("w", [cell.output_size, 20]), tf.get_variable("b", [20])
        logits = tf.reshape(tf.matmul(flat, w) + b, [8, 10, 20])
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    variables = tf.trainable_variables()
    gradients, _ = tf.clip_by_global_norm(tf.gradients(loss, variables), 5)
    train = tf.train.AdamOptimizer(0.05).apply_gradients(zip(gradients, variables, strict=True))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return [float(sess.run([loss, train], {ids: DATA})[0]) for _ in range(count)]


@pytest.mark.parametrize("name, tier", [*[(name, "interpreted") for name in MODELS], ("residual", "compiled")],
                         indirect=["tier"])
def test_losses_of_a_language_model(tier: str, name: str) -> None:
    make, wanted = MODELS[name]
    np.testing.assert_allclose(_losses(make, len(wanted)), wanted, atol=2e-4)
