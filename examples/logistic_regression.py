"""Logistic regression on handwritten digits: one matrix, and what it has learned to look for.

The weights of each digit are a picture: red speaks for the digit, blue against it.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf
from millpond.examples.tutorials.mnist import input_data


class Result(NamedTuple):
    losses: list[float]
    accuracy: float
    weights: np.ndarray


def train(steps: int = 1000, batch_size: int = 100) -> Result:
    """Trains on the digits that ship with Millpond."""
    digits = input_data.read_data_sets(input_data.SHIPPED_SUBSET, one_hot=True, validation_size=1000)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(1)
        x = tf.placeholder(tf.float32, [None, 784], name="x")
        labels = tf.placeholder(tf.float32, [None, 10], name="labels")
        weights = tf.get_variable("weights", [784, 10], initializer=tf.zeros_initializer())
        biases = tf.get_variable("biases", [10], initializer=tf.zeros_initializer())
        logits = tf.matmul(x, weights) + biases
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits))
        hits = tf.equal(tf.argmax(logits, 1), tf.argmax(labels, 1))
        accuracy = tf.reduce_mean(tf.cast(hits, tf.float32))
        step = tf.train.GradientDescentOptimizer(0.3).minimize(loss + 1e-3 * tf.nn.l2_loss(weights))

        sess.run(tf.global_variables_initializer())
        losses = []
        for _ in range(steps):
            images, answers = digits.train.next_batch(batch_size)
            losses.append(float(sess.run([loss, step], {x: images, labels: answers})[0]))
        feeds = {x: digits.test.images, labels: digits.test.labels}
        return Result(losses, float(sess.run(accuracy, feeds)), sess.run(weights))


def draw(result: Result, path: str) -> None:
    """Draws the weights of the ten digits."""
    figure, axes = plt.subplots(2, 5, figsize=(8, 3.6))
    limit = np.abs(result.weights).max()
    for digit, axis in enumerate(axes.flat):
        axis.imshow(result.weights[:, digit].reshape(28, 28), cmap="coolwarm", vmin=-limit, vmax=limit)
        axis.set_title(str(digit), fontsize=9)
        axis.axis("off")
    figure.suptitle(f"weights of each digit; {result.accuracy:.1%} of test images right", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "logistic_regression.png")
