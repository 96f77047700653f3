"""One replica a device: the batch is split over two devices, and the gradients of both are averaged.

The variables are shared (`reuse_variables`) and lie on the first device. Here the devices are two virtual CPUs; on a
machine with GPUs the same program says `/gpu:0` and `/gpu:1`. The losses are those of one device with the whole batch.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf
from millpond.examples.tutorials.mnist import input_data


class Result(NamedTuple):
    losses: list[float]
    alone: list[float]
    devices: list[str]


def tower(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """The loss of a network on its share of the batch."""
    hidden = tf.nn.relu(tf.matmul(images, tf.get_variable("hidden", [784, 64])))
    logits = tf.matmul(hidden, tf.get_variable("out", [64, 10]))
    return tf.losses.sparse_softmax_cross_entropy(labels, logits)


def averaged(towers: list[list[tuple]]) -> list[tuple]:
    """For each variable the mean of the gradients that the towers give."""
    return [(tf.reduce_mean(tf.stack([gradient for gradient, _ in pairs]), 0), pairs[0][1]) for pairs in zip(*towers)]


def losses_on(devices: list[str], steps: int, batch_size: int = 100) -> list[float]:
    """Trains with a tower on each device."""
    digits = input_data.read_data_sets(input_data.SHIPPED_SUBSET, validation_size=1000, seed=4)
    config = tf.ConfigProto(device_count={"CPU": 2})
    with tf.Graph().as_default(), tf.Session(config=config) as sess:
        tf.set_random_seed(20)
        x, y = tf.placeholder(tf.float32, [batch_size, 784]), tf.placeholder(tf.int64, [batch_size])
        optimizer = tf.train.MomentumOptimizer(0.05, 0.9)
        gradients, losses = [], []
        shares = zip(devices, tf.split(x, len(devices)), tf.split(y, len(devices)))
        for i, (device, images, labels) in enumerate(shares):
            with tf.device(device), tf.name_scope(f"tower_{i}"), tf.variable_scope("network", reuse=i > 0):
                losses.append(tower(images, labels))
                gradients.append(optimizer.compute_gradients(losses[-1]))
        loss = tf.reduce_mean(tf.stack(losses))
        step = optimizer.apply_gradients(averaged(gradients))
        sess.run(tf.global_variables_initializer())
        return [float(sess.run([loss, step], dict(zip([x, y], digits.train.next_batch(batch_size))))[0])
                for _ in range(steps)]


def train(steps: int = 200) -> Result:
    """Trains on two devices, and again on one."""
    devices = ["/cpu:0", "/cpu:1"]
    return Result(losses_on(devices, steps), losses_on(devices[:1], steps), devices)


def draw(result: Result, path: str) -> None:
    """Draws both losses, which are the same."""
    figure, axis = plt.subplots(figsize=(4.5, 3))
    axis.plot(result.losses, linewidth=3, alpha=0.4, label=" and ".join(result.devices))
    axis.plot(result.alone, linewidth=0.8, color="black", label=result.devices[0])
    axis.set_title(f"they differ by {np.abs(np.subtract(result.losses, result.alone)).max():.0e} at most", fontsize=10)
    axis.set_xlabel("step")
    axis.set_ylabel("loss")
    axis.legend()
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "device_towers.png")
