"""A Wasserstein GAN (Arjovsky et al., 2017) that learns to draw points in the form of two moons.

The critic is trained five times for each step of the generator, and its weights are clipped after each; how far it can
tell real from drawn points apart is a distance between the two, which falls as the drawings get better.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

NOISE, CLIP, CRITIC_STEPS = 4, 0.1, 5


class Result(NamedTuple):
    losses: list[float]
    real: np.ndarray
    drawn: np.ndarray


def moons(count: int, generator: np.random.Generator) -> np.ndarray:
    """Points [count, 2] of two half circles that reach into each other."""
    angle, upper = generator.uniform(0, np.pi, count), generator.random(count) < 0.5
    points = np.stack([np.where(upper, np.cos(angle), 1 - np.cos(angle)),
                       np.where(upper, np.sin(angle), 0.5 - np.sin(angle))], 1)
    return (points - [0.5, 0.25] + generator.normal(0, 0.05, [count, 2])).astype(np.float32)


def network(x: tf.Tensor, outputs: int, scope: str) -> tf.Tensor:
    """Two hidden layers of 64; a second call in the same scope shares the variables."""
    with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
        x = tf.layers.dense(x, 64, tf.nn.relu, name="first")
        return tf.layers.dense(tf.layers.dense(x, 64, tf.nn.relu, name="second"), outputs, name="out")


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """The energy distance of two samples: 0 where they are of one distribution."""
    def apart(x: np.ndarray, y: np.ndarray) -> float:
        return float(np.linalg.norm(x[:, None] - y[None], axis=2).mean())

    return 2 * apart(a, b) - apart(a, a) - apart(b, b)


def train(steps: int = 2500, batch_size: int = 128) -> Result:
    """Trains; `losses` are the energy distances between drawn and real points."""
    generator = np.random.default_rng(2)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(17)
        real = tf.placeholder(tf.float32, [None, 2])
        fake = network(tf.random_normal([batch_size, NOISE]), 2, "generator")
        difference = tf.reduce_mean(network(fake, 1, "critic")) - tf.reduce_mean(network(real, 1, "critic"))
        critic, painter = tf.trainable_variables("critic"), tf.trainable_variables("generator")
        with tf.control_dependencies([tf.train.RMSPropOptimizer(1e-3).minimize(difference, var_list=critic)]):
            judge = tf.group(*[v.assign(tf.clip_by_value(v, -CLIP, CLIP)) for v in critic])
        deceive = tf.train.RMSPropOptimizer(3e-4).minimize(-tf.reduce_mean(network(fake, 1, "critic")),
                                                           var_list=painter)
        sess.run(tf.global_variables_initializer())
        losses = []
        for i in range(steps):
            for _ in range(CRITIC_STEPS):
                sess.run(judge, {real: moons(batch_size, generator)})
            sess.run(deceive)
            if i % 10 == 0:
                losses.append(distance(sess.run(fake), moons(batch_size, generator)))
        return Result(losses, moons(600, generator), np.concatenate([sess.run(fake) for _ in range(5)]))


def draw(result: Result, path: str) -> None:
    """Draws real and drawn points, and how their distance fell."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3))
    left.scatter(*result.real.T, s=3, alpha=0.4, label="real")
    left.scatter(*result.drawn.T, s=3, alpha=0.6, label="drawn")
    left.legend(fontsize=8)
    right.plot(10 * np.arange(len(result.losses)), result.losses, linewidth=0.8)
    right.set_yscale("symlog", linthresh=1e-2)
    right.set_xlabel("step")
    right.set_ylabel("energy distance")
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "wasserstein_gan.png")
