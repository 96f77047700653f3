"""An input pipeline of queues and threads, as programs had it before tf.data: files are read, examples shuffled.

Threads fill a queue with file names, read lines, and put examples into a second queue, from which batches come; a
coordinator stops them. The model fits sales to what was spent on advertising.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf
import millpond.examples

FILE = Path(millpond.examples.__file__).parent / "data" / "Advertising.csv"


class Result(NamedTuple):
    losses: list[float]
    weights: np.ndarray
    fill: list[float]


def numbers(line: bytes) -> np.ndarray:
    """The numbers of a line: television, radio, newspaper, and sales."""
    return np.array([float(field.strip(b'"')) for field in line.split(b",")[-4:]], np.float32)


def examples(epochs: int | None) -> tuple[tf.Tensor, tf.Tensor]:
    """What was spent [3], and what was sold: one example for each run."""
    files = tf.train.string_input_producer([str(FILE)], num_epochs=epochs)
    _, line = tf.TextLineReader(skip_header_lines=1).read(files)
    fields = tf.py_func(numbers, [line], tf.float32)
    fields.set_shape([4])
    return fields[:3] / 100.0, fields[3]


def train(steps: int = 600, batch_size: int = 20) -> Result:
    """Trains on the two hundred markets of the file, again and again."""
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(21)
        spent, sold = examples(epochs=None)
        spent, sold = tf.train.shuffle_batch([spent, sold], batch_size, capacity=200, min_after_dequeue=100, seed=1)
        queue_size = sess.graph.get_tensor_by_name("shuffle_batch/random_shuffle_queue_Size:0")
        weights = tf.get_variable("weights", [3], initializer=tf.zeros_initializer())
        bias = tf.get_variable("bias", [], initializer=tf.zeros_initializer())
        loss = tf.reduce_mean(tf.square(tf.linalg.matvec(spent, weights) + bias - sold))
        step = tf.train.AdamOptimizer(0.1).minimize(loss)
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(sess, coordinator)
        losses, fill = [], []
        try:
            for _ in range(steps):
                losses.append(float(sess.run([loss, step])[0]))
                fill.append(float(sess.run(queue_size)))
        finally:
            coordinator.request_stop()
            coordinator.join(threads)
        return Result(losses, sess.run(weights), fill)


def draw(result: Result, path: str) -> None:
    """Draws the loss, and how full the queue of examples was."""
    figure, (above, below) = plt.subplots(2, 1, figsize=(4.5, 4), sharex=True)
    above.plot(result.losses, linewidth=0.8)
    above.set_yscale("log")
    above.set_ylabel("loss")
    below.plot(result.fill, linewidth=0.8)
    below.set_ylabel("examples that wait")
    below.set_xlabel("step")
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "input_queues.png")
