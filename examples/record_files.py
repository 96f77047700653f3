"""Examples in files of their own: written as `tf.train.Example`s, read by threads, parsed in the graph.

Each record holds a digit as a PNG and its label. A reader takes records from a queue of file names, the image is
decoded and changed a little at random, and batches are shuffled.
"""

from __future__ import annotations

import os
import tempfile
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf
from millpond.examples.tutorials.mnist import input_data


class Result(NamedTuple):
    losses: list[float]
    images: np.ndarray
    labels: np.ndarray


def write(folder: str, count: int, files: int = 2) -> list[str]:
    """Writes `count` digits into record files, and gives their names."""
    digits = input_data.read_data_sets(input_data.SHIPPED_SUBSET, validation_size=1000, dtype=tf.uint8, reshape=False)
    names = [os.path.join(folder, f"digits_{i}.tfrecord") for i in range(files)]
    with tf.Graph().as_default(), tf.Session() as sess:
        image = tf.placeholder(tf.uint8, [28, 28, 1])
        png = tf.image.encode_png(image)
        for i, name in enumerate(names):
            with tf.python_io.TFRecordWriter(name) as writer:
                for j in range(i, count, files):
                    encoded = sess.run(png, {image: digits.train.images[j]})
                    features = tf.train.Features(feature={
                        "png": tf.train.Feature(bytes_list=tf.train.BytesList(value=[encoded])),
                        "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[int(digits.train.labels[j])]))})
                    writer.write(tf.train.Example(features=features).SerializeToString())
    return names


def examples(names: list[str]) -> tuple[tf.Tensor, tf.Tensor]:
    """An image [28, 28, 1] and its label: one example for each run."""
    _, record = tf.TFRecordReader().read(tf.train.string_input_producer(names))
    parsed = tf.parse_single_example(record, {"png": tf.FixedLenFeature([], tf.string),
                                              "label": tf.FixedLenFeature([], tf.int64)})
    image = tf.image.convert_image_dtype(tf.image.decode_png(parsed["png"], channels=1), tf.float32)
    image = tf.image.resize_image_with_crop_or_pad(image, 32, 32)
    image = tf.random_crop(image, [28, 28, 1])
    return tf.image.random_brightness(image, 0.2), parsed["label"]


def train(steps: int = 400, batch_size: int = 50) -> Result:
    """Writes a thousand digits, and trains on them."""
    with tempfile.TemporaryDirectory() as folder:
        names = write(folder, 1000)
        with tf.Graph().as_default(), tf.Session() as sess:
            tf.set_random_seed(27)
            images, labels = tf.train.shuffle_batch(list(examples(names)), batch_size, capacity=500,
                                                    min_after_dequeue=200, num_threads=2)
            hidden = tf.layers.max_pooling2d(tf.layers.conv2d(images, 12, 5, activation=tf.nn.relu), 2, 2)
            logits = tf.layers.dense(tf.layers.flatten(hidden), 10)
            loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
            step = tf.train.AdamOptimizer(2e-3).minimize(loss)
            sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
            coordinator = tf.train.Coordinator()
            threads = tf.train.start_queue_runners(sess, coordinator)
            try:
                losses = [float(sess.run([loss, step])[0]) for _ in range(steps)]
                shown = sess.run([images, labels])
            finally:
                coordinator.request_stop()
                coordinator.join(threads)
    return Result(losses, *shown)


def draw(result: Result, path: str) -> None:
    """Draws what came out of the pipeline."""
    figure, axes = plt.subplots(2, 6, figsize=(7, 2.8))
    for axis, image, label in zip(axes.flat, result.images, result.labels):
        axis.imshow(image[..., 0], cmap="gray", vmin=-0.2, vmax=1.2)
        axis.set_title(str(label), fontsize=8)
        axis.axis("off")
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "record_files.png")
