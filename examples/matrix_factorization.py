"""Recommendations by matrix factorization: of what few people said of few films, what they would say of the others.

Each person and each film is a row of an embedding; their product is the rating. Only rows that occur in a batch are
touched (sparse gradients, lazily).
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

PEOPLE, FILMS, TASTES = 120, 80, 3


class Result(NamedTuple):
    losses: list[float]
    error: float
    truth: np.ndarray
    known: np.ndarray
    found: np.ndarray


def ratings(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """What all would say of all films, and which of it is known."""
    generator = np.random.default_rng(seed)
    people, films = (np.sort(generator.normal(size=[n, TASTES]), 0) for n in (PEOPLE, FILMS))
    return (people @ films.T).astype(np.float32), generator.random([PEOPLE, FILMS]) < 0.2


def train(steps: int = 1500, batch_size: int = 128) -> Result:
    """Trains on a fifth of the ratings."""
    truth, known = ratings()
    pairs, generator = np.argwhere(known), np.random.default_rng(1)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(24)
        who, what = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.int32, [None])
        said = tf.placeholder(tf.float32, [None])
        near = tf.truncated_normal_initializer(stddev=0.3)
        people = tf.get_variable("people", [PEOPLE, TASTES], initializer=near)
        films = tf.get_variable("films", [FILMS, TASTES], initializer=near)
        a, b = tf.nn.embedding_lookup(people, who), tf.nn.embedding_lookup(films, what)
        loss = tf.reduce_mean(tf.square(tf.reduce_sum(a * b, 1) - said))
        penalty = 0.01 * (tf.reduce_mean(tf.square(a)) + tf.reduce_mean(tf.square(b)))
        step = tf.train.AdagradOptimizer(0.3).minimize(loss + penalty)
        sess.run(tf.global_variables_initializer())
        losses = []
        for _ in range(steps):
            batch = pairs[generator.integers(len(pairs), size=batch_size)]
            feeds = {who: batch[:, 0], what: batch[:, 1], said: truth[batch[:, 0], batch[:, 1]]}
            losses.append(float(sess.run([loss, step], feeds)[0]))
        found = sess.run(tf.matmul(people, films, transpose_b=True))
        error = float(np.abs(found - truth)[~known].mean() / np.abs(truth[~known]).mean())
        return Result(losses, error, truth, known, found)


def draw(result: Result, path: str) -> None:
    """Draws what is known, what is found, and what is true."""
    figure, axes = plt.subplots(1, 3, figsize=(7.5, 3.4))
    pictures = (np.where(result.known, result.truth, np.nan), result.found, result.truth)
    for axis, picture, title in zip(axes, pictures, ("known", "found", "true")):
        axis.imshow(picture, cmap="coolwarm", vmin=-6, vmax=6)
        axis.set_title(title, fontsize=10)
        axis.axis("off")
    figure.suptitle(f"what was not known is found up to {result.error:.0%}", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "matrix_factorization.png")
