"""A convolutional network on handwritten digits, as the tutorials of 2016 built it: two convolutions, pooling, dropout.

What the filters of the first layer see of a digit is the picture.
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
    image: np.ndarray
    seen: np.ndarray


def convolution(x: tf.Tensor, filters: int, name: str) -> tf.Tensor:
    """A convolution of 5 by 5, relu, and pooling to half the size."""
    with tf.variable_scope(name):
        weights = tf.get_variable("weights", [5, 5, x.shape[3].value, filters],
                                  initializer=tf.truncated_normal_initializer(stddev=0.1))
        biases = tf.get_variable("biases", [filters], initializer=tf.constant_initializer(0.1))
        answers = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, weights, [1, 1, 1, 1], "SAME"), biases), name="answers")
        return tf.nn.max_pool(answers, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")


def train(steps: int = 500, batch_size: int = 50) -> Result:
    """Trains on the digits that ship with Millpond."""
    digits = input_data.read_data_sets(input_data.SHIPPED_SUBSET, one_hot=True, validation_size=1000, reshape=False)
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.set_random_seed(15)
        x, labels = tf.placeholder(tf.float32, [None, 28, 28, 1]), tf.placeholder(tf.float32, [None, 10])
        keep = tf.placeholder_with_default(1.0, [])
        hidden = convolution(convolution(x, 16, "first"), 32, "second")
        flat = tf.reshape(hidden, [-1, 7 * 7 * 32])
        dense = tf.nn.relu(tf.matmul(flat, tf.get_variable("dense", [7 * 7 * 32, 128])))
        logits = tf.matmul(tf.nn.dropout(dense, keep), tf.get_variable("out", [128, 10]))
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits))
        hits = tf.equal(tf.argmax(logits, 1), tf.argmax(labels, 1))
        accuracy = tf.reduce_mean(tf.cast(hits, tf.float32))
        step = tf.train.AdamOptimizer(1e-3).minimize(loss)
        sess.run(tf.global_variables_initializer())
        losses = []
        for _ in range(steps):
            images, answers = digits.train.next_batch(batch_size)
            losses.append(float(sess.run([loss, step], {x: images, labels: answers, keep: 0.5})[0]))
        reached = sess.run(accuracy, {x: digits.test.images, labels: digits.test.labels})
        shown = digits.test.images[:1]
        seen = sess.run(graph.get_tensor_by_name("first/answers:0"), {x: shown})[0]
        return Result(losses, float(reached), shown[0, :, :, 0], seen)


def draw(result: Result, path: str) -> None:
    """Draws a digit, and the answers of the first filters to it."""
    figure, axes = plt.subplots(2, 5, figsize=(7, 3.1))
    for axis, picture in zip(axes.flat, [result.image, *np.moveaxis(result.seen, 2, 0)]):
        axis.imshow(picture, cmap="gray" if picture is result.image else "viridis")
        axis.axis("off")
    figure.suptitle(f"{result.accuracy:.1%} of test images right", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "convolutional_network.png")
