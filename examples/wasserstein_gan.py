"""A Wasserstein GAN (Arjovsky et al., 2017) that learns to draw handwritten zeros and ones.

The critic is trained five times for each step of the generator, and its weights are clipped after each.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf
from millpond.examples.tutorials.mnist import input_data

NOISE, CLIP, CRITIC_STEPS = 16, 0.03, 5


class Result(NamedTuple):
    losses: list[float]
    drawn: np.ndarray


def network(x: tf.Tensor, outputs: int, scope: str) -> tf.Tensor:
    """A hidden layer of 128; a second call in the same scope shares the variables."""
    with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
        for number, size in enumerate([128, outputs]):
            weights = tf.get_variable(f"weights_{number}", [x.shape[1].value, size])
            biases = tf.get_variable(f"biases_{number}", [size], initializer=tf.zeros_initializer())
            x = tf.matmul(x, weights) + biases
            x = tf.nn.relu(x) if number == 0 else x
        return x


def train(steps: int = 1500, batch_size: int = 64) -> Result:
    """Trains; `losses` tell how far apart the mean images of drawn and real digits are."""
    digits = input_data.read_data_sets(input_data.SHIPPED_SUBSET, validation_size=1000).train
    images = digits.images[digits.labels < 2]
    generator = np.random.default_rng(2)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(17)
        real = tf.placeholder(tf.float32, [None, 784])
        fake = tf.nn.sigmoid(network(tf.random_normal([batch_size, NOISE]), 784, "generator"))
        difference = tf.reduce_mean(network(fake, 1, "critic")) - tf.reduce_mean(network(real, 1, "critic"))
        critic, painter = tf.trainable_variables("critic"), tf.trainable_variables("generator")
        with tf.control_dependencies([tf.train.RMSPropOptimizer(5e-4).minimize(difference, var_list=critic)]):
            judge = tf.group(*[v.assign(tf.clip_by_value(v, -CLIP, CLIP)) for v in critic])
        deceive = tf.train.RMSPropOptimizer(5e-4).minimize(-tf.reduce_mean(network(fake, 1, "critic")),
                                                           var_list=painter)
        sess.run(tf.global_variables_initializer())
        losses = []
        for i in range(steps):
            for _ in range(CRITIC_STEPS):
                sess.run(judge, {real: images[generator.integers(len(images), size=batch_size)]})
            sess.run(deceive)
            if i % 10 == 0:
                losses.append(float(np.abs(sess.run(fake).mean(0) - images.mean(0)).mean()))
        return Result(losses, sess.run(fake)[:24])


def draw(result: Result, path: str) -> None:
    """Draws digits that nobody wrote."""
    figure, axes = plt.subplots(3, 8, figsize=(7, 2.8))
    for axis, picture in zip(axes.flat, result.drawn):
        axis.imshow(picture.reshape(28, 28), cmap="gray")
        axis.axis("off")
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "wasserstein_gan.png")
