"""A denoising autoencoder (Vincent et al., 2008): it is given digits of which 40 % are noise, and gives digits.

The decoder's weights are the encoder's, transposed.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf
from millpond.examples.tutorials.mnist import input_data


class Result(NamedTuple):
    losses: list[float]
    noisy: np.ndarray
    cleaned: np.ndarray


def train(steps: int = 1500, batch_size: int = 100, hidden: int = 200) -> Result:
    """Trains on the digits that ship with Millpond."""
    digits = input_data.read_data_sets(input_data.SHIPPED_SUBSET, validation_size=1000)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(16)
        images = tf.placeholder(tf.float32, [None, 784])
        is_noise = tf.random_uniform(tf.shape(images)) < 0.4
        noisy = tf.where(is_noise, tf.random_uniform(tf.shape(images)), images)
        weights = tf.get_variable("weights", [784, hidden])
        encoder_biases = tf.get_variable("encoder_biases", [hidden], initializer=tf.zeros_initializer())
        decoder_biases = tf.get_variable("decoder_biases", [784], initializer=tf.zeros_initializer())
        code = tf.nn.sigmoid(tf.matmul(noisy, weights) + encoder_biases)
        logits = tf.matmul(code, weights, transpose_b=True) + decoder_biases
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=images, logits=logits))
        step = tf.train.AdamOptimizer(3e-3).minimize(loss)
        sess.run(tf.global_variables_initializer())
        losses = [float(sess.run([loss, step], {images: digits.train.next_batch(batch_size)[0]})[0])
                  for _ in range(steps)]
        return Result(losses, *sess.run([noisy, tf.nn.sigmoid(logits)], {images: digits.test.images[:10]}))


def draw(result: Result, path: str) -> None:
    """Draws what the network is given, and what it gives."""
    figure, axes = plt.subplots(2, 10, figsize=(8, 1.9))
    for row, pictures in zip(axes, [result.noisy, result.cleaned]):
        for axis, picture in zip(row, pictures):
            axis.imshow(picture.reshape(28, 28), cmap="gray")
            axis.axis("off")
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "denoising_autoencoder.png")
