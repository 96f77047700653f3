"""k-means inside the graph: a `while_loop` that ends when no point changes its cluster.

Distances, the nearest centre of each point, and the mean of each cluster are one iteration of the loop, so the whole
clustering is a single `run`.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf


class Result(NamedTuple):
    losses: list[float]
    points: np.ndarray
    clusters: np.ndarray
    centres: np.ndarray
    iterations: int


def blobs(count: int, seed: int = 0) -> np.ndarray:
    """Points [count, 2] around four places."""
    generator = np.random.default_rng(seed)
    places = np.float32([[-2, -2], [2, -1], [0, 2.5], [3, 3]])
    return places[generator.integers(4, size=count)] + generator.normal(0, 0.55, [count, 2]).astype(np.float32)


def nearest(points: tf.Tensor, centres: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The centre that is nearest to each point, and the mean of the squared distances."""
    distances = tf.reduce_sum(tf.square(points[:, None] - centres[None]), 2)
    return tf.argmin(distances, 1, output_type=tf.int32), tf.reduce_mean(tf.reduce_min(distances, 1))


def train(steps: int = 100, clusters: int = 4) -> Result:
    """Clusters 600 points, in at most `steps` iterations."""
    data = blobs(600)
    with tf.Graph().as_default(), tf.Session() as sess:
        points = tf.placeholder(tf.float32, [None, 2])

        def moved(old: tf.Tensor, new: tf.Tensor, *_: object) -> tf.Tensor:
            return tf.reduce_any(tf.not_equal(old, new))

        def iterate(old: tf.Tensor, new: tf.Tensor, centres: tf.Tensor, losses: tf.TensorArray, i: tf.Tensor) -> tuple:
            centres = tf.unsorted_segment_mean(points, new, clusters)
            found, loss = nearest(points, centres)
            return new, found, centres, losses.write(i, loss), i + 1

        start = points[:clusters]
        found, loss = nearest(points, start)
        losses = tf.TensorArray(tf.float32, size=1, dynamic_size=True).write(0, loss)
        _, found, centres, losses, iterations = tf.while_loop(
            moved, iterate, [tf.zeros_like(found) - 1, found, start, losses, 1], maximum_iterations=steps)
        history, *rest = sess.run([losses.stack(), found, centres, iterations], {points: data})
        return Result(history.tolist(), data, *rest)


def draw(result: Result, path: str) -> None:
    """Draws the points in the colours of their clusters."""
    figure, axis = plt.subplots(figsize=(4.5, 3.6))
    axis.scatter(*result.points.T, c=result.clusters, s=8, cmap="tab10", alpha=0.6)
    axis.scatter(*result.centres.T, c="black", marker="x", s=80)
    axis.set_title(f"{result.iterations} iterations, one run", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "kmeans.png")
