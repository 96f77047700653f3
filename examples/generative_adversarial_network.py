"""A generative adversarial network (Goodfellow et al., 2014) that learns to draw points on a ring of eight heaps.

Generator and discriminator are trained in turn, each on its own variables (`var_list`).
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

NOISE, HEAPS = 8, 8


class Result(NamedTuple):
    losses: list[float]
    drawn: np.ndarray
    real: np.ndarray
    heaps_found: int


def heaps(count: int, generator: np.random.Generator) -> np.ndarray:
    """Points [count, 2] of eight heaps on a ring of radius 2."""
    angle = generator.integers(HEAPS, size=count) * 2 * np.pi / HEAPS
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], 1)
    return (centres + generator.normal(0, 0.12, [count, 2])).astype(np.float32)


def network(x: tf.Tensor, outputs: int, scope: str) -> tf.Tensor:
    """Two hidden layers of 64; a second call in the same scope shares the variables."""
    with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
        for number, size in enumerate([64, 64, outputs]):
            weights = tf.get_variable(f"weights_{number}", [x.shape[1].value, size])
            x = tf.matmul(x, weights) + tf.get_variable(f"biases_{number}", [size], initializer=tf.zeros_initializer())
            x = tf.nn.leaky_relu(x) if number < 2 else x
        return x


def cross_entropy(logits: tf.Tensor, label: float) -> tf.Tensor:
    labels = tf.fill(tf.shape(logits), label)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))


def distance(drawn: np.ndarray) -> float:
    """How far the drawn points are from the heap that is nearest to each, on the average."""
    angle = np.arange(HEAPS) * 2 * np.pi / HEAPS
    centres = 2 * np.stack([np.cos(angle), np.sin(angle)], 1)
    return float(np.linalg.norm(drawn[:, None] - centres, axis=2).min(1).mean())


def train(steps: int = 4000, batch_size: int = 256) -> Result:
    """Trains; `losses` are the distances of drawn points from the heaps."""
    generator = np.random.default_rng(0)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(8)
        real = tf.placeholder(tf.float32, [None, 2])
        noise = tf.random_normal([batch_size, NOISE])
        fake = network(noise, 2, "generator")
        on_real, on_fake = network(real, 1, "discriminator"), network(fake, 1, "discriminator")
        discriminator_loss = cross_entropy(on_real, 0.9) + cross_entropy(on_fake, 0.0)
        generator_loss = cross_entropy(on_fake, 1.0)
        optimizer = tf.train.AdamOptimizer(1e-3, beta1=0.5)
        judge = optimizer.minimize(discriminator_loss, var_list=tf.trainable_variables("discriminator"))
        deceive = optimizer.minimize(generator_loss, var_list=tf.trainable_variables("generator"))

        sess.run(tf.global_variables_initializer())
        losses = [distance(sess.run(fake))]
        for i in range(1, steps + 1):
            sess.run(judge, {real: heaps(batch_size, generator)})
            sess.run(deceive)
            if i % 50 == 0:
                losses.append(distance(sess.run(fake)))
        drawn = np.concatenate([sess.run(fake) for _ in range(4)])
        turn = np.round(np.arctan2(drawn[:, 1], drawn[:, 0]) * HEAPS / (2 * np.pi)).astype(int) % HEAPS
        return Result(losses, drawn, heaps(1000, generator), int(np.sum(np.bincount(turn, minlength=HEAPS) > 20)))


def draw(result: Result, path: str) -> None:
    """Draws real and made points."""
    figure, axis = plt.subplots(figsize=(4, 4))
    axis.scatter(*result.real.T, s=3, alpha=0.3, label="real")
    axis.scatter(*result.drawn.T, s=3, alpha=0.5, label="generated")
    axis.legend(loc="center", fontsize=8)
    axis.set_title(f"{result.heaps_found} of {HEAPS} heaps are drawn", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "generative_adversarial_network.png")
