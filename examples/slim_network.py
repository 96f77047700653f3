"""A network written with `tf.contrib.slim`: `arg_scope` says once what all its layers have in common.

`slim.learning.create_train_op` minds the regularization losses and the updates of batch normalization.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf
from millpond.examples.tutorials.mnist import input_data

slim = tf.contrib.slim


class Result(NamedTuple):
    losses: list[float]
    accuracy: float
    sizes: dict[str, int]


def network(images: tf.Tensor, is_training: tf.Tensor) -> tf.Tensor:
    """The logits [batch, 10] of images [batch, 28, 28, 1]."""
    with slim.arg_scope([slim.conv2d, slim.fully_connected], weights_regularizer=slim.l2_regularizer(1e-4),
                        normalizer_fn=slim.batch_norm, normalizer_params={"is_training": is_training, "decay": 0.9}):
        net = slim.repeat(images, 2, slim.conv2d, 12, [3, 3], stride=2, scope="conv")
        net = slim.fully_connected(slim.flatten(net), 48, scope="hidden")
        return slim.fully_connected(net, 10, activation_fn=None, normalizer_fn=None, scope="logits")


def train(steps: int = 300, batch_size: int = 64) -> Result:
    """Trains on the digits that ship with Millpond."""
    digits = input_data.read_data_sets(input_data.SHIPPED_SUBSET, validation_size=1000, reshape=False)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(23)
        images, labels = tf.placeholder(tf.float32, [None, 28, 28, 1]), tf.placeholder(tf.int64, [None])
        is_training = tf.placeholder_with_default(False, [])
        logits = network(images, is_training)
        tf.losses.sparse_softmax_cross_entropy(labels, logits)
        step = slim.learning.create_train_op(tf.losses.get_total_loss(), tf.train.AdamOptimizer(3e-3))
        right = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), labels), tf.float32))
        sess.run(tf.global_variables_initializer())
        losses = []
        for _ in range(steps):
            feeds = dict(zip([images, labels], digits.train.next_batch(batch_size)))
            losses.append(float(sess.run(step, {**feeds, is_training: True})))
        reached = float(sess.run(right, {images: digits.test.images, labels: digits.test.labels}))
        sizes = {v.op.name: int(np.prod(v.shape.as_list())) for v in slim.get_model_variables()}
        return Result(losses, reached, sizes)


def draw(result: Result, path: str) -> None:
    """Draws the loss, and how large the variables are."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
    left.plot(result.losses)
    left.set_xlabel("step")
    left.set_title(f"{result.accuracy:.1%} of test images right", fontsize=10)
    right.barh(list(result.sizes), list(result.sizes.values()), log=True)
    right.tick_params(axis="y", labelsize=6)
    right.set_title("numbers in each variable", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "slim_network.png")
