"""A multilayer perceptron on two spirals, with a rate that decays and an exponential average of its weights."""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

SIDE, REACH = 80, 1.2


class Result(NamedTuple):
    losses: list[float]
    accuracy: float
    points: np.ndarray
    labels: np.ndarray
    plane: np.ndarray


def spirals(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points [count, 2] of two spirals that are wound into each other, and which of them each belongs to."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    turned = np.sqrt(generator.random(count)) * 3 * np.pi
    angle = turned + np.pi * labels
    points = turned[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1) / (3 * np.pi)
    return (points + generator.normal(0, 0.015, points.shape)).astype(np.float32), labels.astype(np.float32)


def network(x: tf.Tensor) -> tf.Tensor:
    """The logit of the second spiral for points [batch, 2]."""
    for number, size in enumerate([32, 32]):
        with tf.variable_scope(f"hidden_{number}"):
            weights = tf.get_variable("weights", [x.shape[1].value, size],
                                      initializer=tf.variance_scaling_initializer(2.0))
            biases = tf.get_variable("biases", [size], initializer=tf.zeros_initializer())
            x = tf.nn.relu(tf.matmul(x, weights) + biases)
    with tf.variable_scope("out"):
        return tf.matmul(x, tf.get_variable("weights", [32, 1]))[:, 0]


def train(steps: int = 3000, batch_size: int = 128) -> Result:
    """Trains on 800 points; the averages of the weights are what is tested."""
    points, labels = spirals(800)
    generator = np.random.default_rng(1)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(7)
        x, y = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32, [None])
        logits = network(x)
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))
        counted = tf.train.get_or_create_global_step()
        rate = tf.train.exponential_decay(0.01, counted, 1000, 0.5)
        average = tf.train.ExponentialMovingAverage(0.99, counted)
        with tf.control_dependencies([tf.train.AdamOptimizer(rate).minimize(loss, counted)]):
            step = average.apply(tf.trainable_variables())
        use_averages = tf.group(*[v.assign(average.average(v)) for v in tf.trainable_variables()])
        right = tf.reduce_mean(tf.cast(tf.equal(logits > 0, y > 0.5), tf.float32))

        sess.run(tf.global_variables_initializer())
        losses = []
        for _ in range(steps):
            chosen = generator.integers(len(points), size=batch_size)
            losses.append(float(sess.run([loss, step], {x: points[chosen], y: labels[chosen]})[0]))
        sess.run(use_averages)
        line = np.linspace(-REACH, REACH, SIDE)
        plane = sess.run(tf.sigmoid(logits), {x: np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)})
        unseen, answers = spirals(500, seed=2)
        accuracy = sess.run(right, {x: unseen, y: answers})
        return Result(losses, float(accuracy), points, labels, plane.reshape(SIDE, SIDE))


def draw(result: Result, path: str) -> None:
    """Draws what the network says of the plane, and the points."""
    figure, axis = plt.subplots(figsize=(4.2, 4))
    axis.imshow(result.plane, extent=(-REACH, REACH, -REACH, REACH), origin="lower", cmap="coolwarm")
    axis.scatter(*result.points.T, c=result.labels, cmap="coolwarm", s=4, edgecolors="black", linewidths=0.2)
    axis.set_title(f"{result.accuracy:.1%} of unseen points right", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "multilayer_perceptron.png")
