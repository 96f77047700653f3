"""A graph convolutional network (Kipf and Welling, 2017): of 150 people who know each other, six say where they belong.

The neighbourhood is a sparse matrix; two layers mix what neighbours know, and the rest is found out.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

PEOPLE, GROUPS = 150, 3


class Result(NamedTuple):
    losses: list[float]
    accuracy: float
    edges: np.ndarray
    found: np.ndarray
    hidden: np.ndarray
    told: np.ndarray


def society(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Who knows whom [n, 2], and the group of each."""
    generator = np.random.default_rng(seed)
    groups = np.arange(PEOPLE) % GROUPS
    likely = np.where(groups[:, None] == groups, 0.14, 0.008)
    known = np.triu(generator.random([PEOPLE, PEOPLE]) < likely, 1)
    return np.argwhere(known), groups


def neighbourhood(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indices and values of D^-1/2 (A + I) D^-1/2, sorted."""
    both = np.concatenate([edges, edges[:, ::-1], np.stack([np.arange(PEOPLE)] * 2, 1)])
    both = both[np.lexsort(both.T[::-1])]
    degree = np.bincount(both[:, 0], minlength=PEOPLE)
    return both, (1 / np.sqrt(degree[both[:, 0]] * degree[both[:, 1]])).astype(np.float32)


def train(steps: int = 200, size: int = 16) -> Result:
    """Trains on the six that tell their group."""
    edges, groups = society()
    told = np.arange(2 * GROUPS)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(10)
        around = tf.SparseTensor(*neighbourhood(edges), [PEOPLE, PEOPLE])

        def layer(x: tf.Tensor, outputs: int, name: str) -> tf.Tensor:
            weights = tf.get_variable(name, [x.shape[1].value, outputs])
            return tf.sparse_tensor_dense_matmul(around, tf.matmul(x, weights))

        hidden = tf.nn.relu(layer(tf.eye(PEOPLE), size, "first"))
        logits = layer(hidden, GROUPS, "second")
        labels = tf.constant(groups[told])
        loss = tf.losses.sparse_softmax_cross_entropy(labels, tf.gather(logits, told))
        penalty = 5e-4 * tf.add_n([tf.nn.l2_loss(v) for v in tf.trainable_variables()])
        step = tf.train.AdamOptimizer(0.05).minimize(loss + penalty)
        sess.run(tf.global_variables_initializer())
        losses = [float(sess.run([loss, step])[0]) for _ in range(steps)]
        found, inner = sess.run([tf.argmax(logits, 1), hidden])
        others = np.arange(PEOPLE) >= len(told)
        return Result(losses, float(np.mean(found[others] == groups[others])), edges, found, inner, told)


def draw(result: Result, path: str) -> None:
    """Draws the people where two components of what the network knows of them put them."""
    figure, axis = plt.subplots(figsize=(4.5, 4))
    centred = result.hidden - result.hidden.mean(0)
    places = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    for one, other in result.edges:
        axis.plot(*places[[one, other]].T, color="grey", linewidth=0.15, zorder=0)
    axis.scatter(*places.T, c=result.found, cmap="tab10", s=15, vmax=9)
    axis.scatter(*places[result.told].T, facecolors="none", edgecolors="black", s=60)
    axis.set_title(f"{result.accuracy:.0%} right of those who did not tell", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "graph_convolution.png")
