"""A variational autoencoder of handwritten digits (Kingma and Welling, 2014), with two latent numbers.

The encoder gives a mean and a variance, a draw from them is decoded, and the loss is the reconstruction error plus the
Kullback-Leibler divergence from a standard normal distribution. Walking over the latent plane draws digits.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf
from millpond.examples.tutorials.mnist import input_data


class Result(NamedTuple):
    losses: list[float]
    plane: np.ndarray


def dense(x: tf.Tensor, size: int, scope: str, activation=None) -> tf.Tensor:
    """A fully connected layer, whose variables are shared by all that name the same scope."""
    with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
        weights = tf.get_variable("weights", [x.shape[1].value, size])
        result = tf.matmul(x, weights) + tf.get_variable("biases", [size], initializer=tf.zeros_initializer())
        return result if activation is None else activation(result)


def decode(z: tf.Tensor) -> tf.Tensor:
    """The logits [batch, 784] of the pixels of latent points [batch, 2]."""
    return dense(dense(z, 256, "decoder/hidden", tf.nn.tanh), 784, "decoder/pixels")


def train(steps: int = 2000, batch_size: int = 100, side: int = 12) -> Result:
    """Trains, and decodes a grid of `side` times `side` latent points."""
    digits = input_data.read_data_sets(input_data.SHIPPED_SUBSET, one_hot=True, validation_size=1000)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(2)
        x = tf.placeholder(tf.float32, [None, 784])
        hidden = dense(x, 256, "encoder/hidden", tf.nn.tanh)
        mean, log_variance = dense(hidden, 2, "encoder/mean"), dense(hidden, 2, "encoder/log_variance")
        z = mean + tf.exp(log_variance / 2) * tf.random_normal(tf.shape(mean))
        reconstruction = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=decode(z)), 1)
        divergence = -0.5 * tf.reduce_sum(1 + log_variance - tf.square(mean) - tf.exp(log_variance), 1)
        loss = tf.reduce_mean(reconstruction + divergence)
        step = tf.train.AdamOptimizer(2e-3).minimize(loss)

        latent = tf.placeholder(tf.float32, [None, 2])
        drawn = tf.nn.sigmoid(decode(latent))
        sess.run(tf.global_variables_initializer())
        losses = []
        for _ in range(steps):
            losses.append(float(sess.run([loss, step], {x: digits.train.next_batch(batch_size)[0]})[0]))
        line = np.linspace(-2, 2, side)
        plane = np.stack(np.meshgrid(line, -line), -1).reshape(-1, 2)
        return Result(losses, sess.run(drawn, {latent: plane}).reshape(side, side, 28, 28))


def draw(result: Result, path: str) -> None:
    """Draws the latent plane."""
    figure, axis = plt.subplots(figsize=(4.5, 4.5))
    side = len(result.plane)
    axis.imshow(result.plane.transpose(0, 2, 1, 3).reshape(side * 28, side * 28), cmap="gray")
    axis.axis("off")
    axis.set_title("what the decoder draws for latent points from -2 to 2", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "variational_autoencoder.png")
