"""A support vector machine with a Gaussian kernel: the dual problem, solved by gradient ascent.

Two rings cannot be parted by a line. The kernel matrix is computed in the graph; the multipliers are a variable that is
clipped to what the dual problem allows after each step.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

WIDTH, PENALTY, SIDE = 0.5, 10.0, 60


class Result(NamedTuple):
    losses: list[float]
    accuracy: float
    points: np.ndarray
    labels: np.ndarray
    multipliers: np.ndarray
    plane: np.ndarray


def rings(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points [count, 2] of an inner and an outer ring, and their labels, 1 and -1."""
    generator = np.random.default_rng(seed)
    labels = np.where(np.arange(count) % 2 == 0, 1.0, -1.0).astype(np.float32)
    radius = np.where(labels > 0, 0.7, 1.7) + generator.normal(0, 0.15, count)
    angle = generator.uniform(0, 2 * np.pi, count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).astype(np.float32), labels


def kernel(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """exp(-|a - b|^2 / (2 width^2)) for each pair of rows."""
    distances = tf.reduce_sum(tf.square(a[:, None] - b[None]), 2)
    return tf.exp(-distances / (2 * WIDTH ** 2))


def train(steps: int = 400) -> Result:
    """Trains on 200 points, and classifies a plane of points."""
    points, labels = rings(200)
    with tf.Graph().as_default(), tf.Session() as sess:
        x, y = tf.constant(points), tf.constant(labels)
        multipliers = tf.get_variable("multipliers", [len(points)], initializer=tf.zeros_initializer())
        signed = multipliers * y
        dual = tf.reduce_sum(multipliers) - 0.5 * tf.reduce_sum(signed * tf.linalg.matvec(kernel(x, x), signed))
        loss = -dual
        with tf.control_dependencies([tf.train.GradientDescentOptimizer(0.02).minimize(loss)]):
            step = multipliers.assign(tf.clip_by_value(multipliers, 0.0, PENALTY))

        asked = tf.placeholder(tf.float32, [None, 2])
        decision = tf.linalg.matvec(kernel(asked, x), signed)
        sess.run(tf.global_variables_initializer())
        losses = [float(sess.run([loss, step])[0]) for _ in range(steps)]
        line = np.linspace(-2.4, 2.4, SIDE)
        plane = sess.run(decision, {asked: np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)})
        unseen, answers = rings(500, seed=1)
        accuracy = np.mean(np.sign(sess.run(decision, {asked: unseen})) == answers)
        return Result(losses, float(accuracy), points, labels, sess.run(multipliers), plane.reshape(SIDE, SIDE))


def draw(result: Result, path: str) -> None:
    """Draws the decision, with the support vectors ringed."""
    figure, axis = plt.subplots(figsize=(4.2, 4))
    limit = np.abs(result.plane).max()
    axis.imshow(result.plane, extent=(-2.4, 2.4, -2.4, 2.4), origin="lower", cmap="coolwarm", vmin=-limit, vmax=limit)
    axis.contour(result.plane, levels=[0], extent=(-2.4, 2.4, -2.4, 2.4), colors="black")
    axis.scatter(*result.points.T, c=result.labels, cmap="coolwarm", s=8, edgecolors="none")
    support = result.points[result.multipliers > 1e-3]
    axis.scatter(*support.T, s=40, facecolors="none", edgecolors="black", linewidths=0.5)
    axis.set_title(f"{result.accuracy:.1%} of unseen points right", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "support_vector_machine.png")
