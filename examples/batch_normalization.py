"""A small residual network of `tf.layers` on handwritten digits, with and without batch normalization.

The training op waits for the updates of the moving averages, which `tf.layers.batch_normalization` puts into the
collection `UPDATE_OPS`.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf
from millpond.examples.tutorials.mnist import input_data


class Result(NamedTuple):
    losses: list[float]
    plain: list[float]
    accuracy: float


def block(x: tf.Tensor, filters: int, training: tf.Tensor | None) -> tf.Tensor:
    """Two convolutions with a way past them, to half the size; `training` is None where nothing is normalized."""
    def normalized(y: tf.Tensor) -> tf.Tensor:
        return y if training is None else tf.layers.batch_normalization(y, training=training, momentum=0.9)

    y = tf.nn.relu(normalized(tf.layers.conv2d(x, filters, 3, strides=2, padding="same")))
    y = normalized(tf.layers.conv2d(y, filters, 3, padding="same"))
    return tf.nn.relu(y + tf.layers.conv2d(x, filters, 1, strides=2, padding="same"))


def losses_of(normalizes: bool, steps: int, batch_size: int = 64) -> tuple[list[float], float]:
    """Trains, and gives the losses and the share of test images that is right."""
    digits = input_data.read_data_sets(input_data.SHIPPED_SUBSET, validation_size=1000, reshape=False, seed=5)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(22)
        images = tf.placeholder(tf.float32, [None, 28, 28, 1])
        labels, training = tf.placeholder(tf.int64, [None]), tf.placeholder_with_default(False, [])
        x = block(block(images, 8, training if normalizes else None), 16, training if normalizes else None)
        logits = tf.layers.dense(tf.layers.flatten(x), 10)
        loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            step = tf.train.MomentumOptimizer(0.02, 0.9).minimize(loss)
        right = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), labels), tf.float32))
        sess.run(tf.global_variables_initializer())
        losses = []
        for _ in range(steps):
            feeds = dict(zip([images, labels], digits.train.next_batch(batch_size)))
            losses.append(float(sess.run([loss, step], {**feeds, training: True})[0]))
        test = {images: digits.test.images, labels: digits.test.labels}
        return losses, float(sess.run(right, test))


def train(steps: int = 300) -> Result:
    """Trains both networks."""
    losses, accuracy = losses_of(True, steps)
    return Result(losses, losses_of(False, steps)[0], accuracy)


def draw(result: Result, path: str) -> None:
    """Draws both losses."""
    figure, axis = plt.subplots(figsize=(4.5, 3))
    for losses, name in ((result.losses, "normalized"), (result.plain, "plain")):
        axis.plot(np.convolve(losses, np.ones(10) / 10, "valid"), label=name)
    axis.set_yscale("log")
    axis.set_xlabel("step")
    axis.set_ylabel("loss")
    axis.set_title(f"{result.accuracy:.1%} of test images right", fontsize=10)
    axis.legend()
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "batch_normalization.png")
