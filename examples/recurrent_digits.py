"""Digits read line by line: an LSTM sees one row of pixels after the other, and says what it takes them for."""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf
from millpond.examples.tutorials.mnist import input_data


class Result(NamedTuple):
    losses: list[float]
    accuracy: float
    image: np.ndarray
    beliefs: np.ndarray


def train(steps: int = 600, batch_size: int = 100, units: int = 64) -> Result:
    """Trains on the digits that ship with Millpond."""
    digits = input_data.read_data_sets(input_data.SHIPPED_SUBSET, validation_size=1000)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(11)
        images, labels = tf.placeholder(tf.float32, [None, 784]), tf.placeholder(tf.int64, [None])
        rows = tf.reshape(images, [-1, 28, 28])
        outputs, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(units), rows, dtype=tf.float32)
        weights = tf.get_variable("weights", [units, 10])
        logits = tf.tensordot(outputs, weights, 1)
        last = logits[:, -1]
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=last))
        accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(last, 1), labels), tf.float32))
        optimizer = tf.train.AdamOptimizer(5e-3)
        gradients, variables = zip(*optimizer.compute_gradients(loss))
        step = optimizer.apply_gradients(zip(tf.clip_by_global_norm(gradients, 1.0)[0], variables))

        sess.run(tf.global_variables_initializer())
        losses = []
        for _ in range(steps):
            batch, answers = digits.train.next_batch(batch_size)
            losses.append(float(sess.run([loss, step], {images: batch, labels: answers})[0]))
        reached = sess.run(accuracy, {images: digits.test.images, labels: digits.test.labels})
        shown = digits.test.images[:1]
        beliefs = sess.run(tf.nn.softmax(logits), {images: shown})[0]
        return Result(losses, float(reached), shown.reshape(28, 28), beliefs)


def draw(result: Result, path: str) -> None:
    """Draws a digit, and what the network takes it for after each of its rows."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(6, 3.2), sharey=True)
    left.imshow(result.image, cmap="gray", aspect="auto")
    left.set_ylabel("row")
    right.imshow(result.beliefs, cmap="Blues", aspect="auto")
    right.set_xticks(range(10))
    right.set_xlabel("taken for")
    figure.suptitle(f"{result.accuracy:.1%} of test images right", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "recurrent_digits.png")
