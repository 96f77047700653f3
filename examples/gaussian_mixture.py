"""Density estimation with `tf.distributions`: a mixture of normal distributions, fitted by its likelihood."""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

PARTS = 3


class Result(NamedTuple):
    losses: list[float]
    means: np.ndarray
    data: np.ndarray
    line: np.ndarray
    density: np.ndarray


def sample(count: int, seed: int = 0) -> np.ndarray:
    """Numbers of three normal distributions."""
    generator = np.random.default_rng(seed)
    parts = generator.choice(PARTS, p=[0.5, 0.3, 0.2], size=count)
    return (np.array([-2.0, 1.0, 3.5])[parts] + np.array([0.6, 0.4, 0.3])[parts] * generator.normal(size=count)).astype(
        np.float32)


def train(steps: int = 400) -> Result:
    """Fits weights, means and deviations."""
    data = sample(2000)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None])
        logits = tf.get_variable("logits", [PARTS], initializer=tf.zeros_initializer())
        means = tf.get_variable("means", initializer=tf.constant([-3.0, 0.0, 3.0]))
        deviations = tf.nn.softplus(tf.get_variable("deviations", [PARTS], initializer=tf.ones_initializer()))
        parts = tf.distributions.Normal(means, deviations).log_prob(x[:, None])
        log_density = tf.reduce_logsumexp(parts + tf.nn.log_softmax(logits), 1)
        loss = -tf.reduce_mean(log_density)
        step = tf.train.AdamOptimizer(0.05).minimize(loss)
        sess.run(tf.global_variables_initializer())
        losses = [float(sess.run([loss, step], {x: data})[0]) for _ in range(steps)]
        line = np.linspace(-5, 6, 300)
        return Result(losses, np.sort(sess.run(means)), data, line, sess.run(tf.exp(log_density), {x: line}))


def draw(result: Result, path: str) -> None:
    """Draws the data and the density."""
    figure, axis = plt.subplots(figsize=(4.5, 3))
    axis.hist(result.data, 60, density=True, alpha=0.4)
    axis.plot(result.line, result.density)
    axis.set_title("means " + ", ".join(f"{mean:.2f}" for mean in result.means), fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "gaussian_mixture.png")
