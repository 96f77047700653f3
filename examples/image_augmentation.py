"""What `tf.image` makes of a picture: flips, turns, crops, colours, sizes; and which changes leave it recognizable.

A network learns to tell a picture and its mirror image apart, from examples that are changed at random each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

SIDE = 24
CHANGES: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "as it is": lambda image: image,
    "flip_left_right": tf.image.flip_left_right,
    "rot90": tf.image.rot90,
    "central_crop": lambda image: tf.image.central_crop(image, 0.6),
    "adjust_brightness": lambda image: tf.image.adjust_brightness(image, 0.3),
    "adjust_contrast": lambda image: tf.image.adjust_contrast(image, 0.4),
    "adjust_hue": lambda image: tf.image.adjust_hue(image, 0.3),
    "adjust_saturation": lambda image: tf.image.adjust_saturation(image, 0.2),
    "rgb_to_grayscale": lambda image: tf.image.grayscale_to_rgb(tf.image.rgb_to_grayscale(image)),
    "resize_images": lambda image: tf.image.resize_images(image, [6, 6]),
}


class Result(NamedTuple):
    losses: list[float]
    accuracy: float
    pictures: dict[str, np.ndarray]


def scene() -> np.ndarray:
    """A house on a meadow, left of a tree [SIDE, SIDE, 3]."""
    rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE
    picture = np.where((rows > 0.65)[..., None], [0.2, 0.6, 0.2], [0.5, 0.7, 1.0])
    picture[(rows > 0.45) & (rows < 0.8) & (columns > 0.1) & (columns < 0.5)] = [0.7, 0.2, 0.1]
    picture[(rows > 0.25) & (rows <= 0.45) & (np.abs(columns - 0.3) < rows - 0.2)] = [0.3, 0.1, 0.1]
    picture[(rows - 0.4) ** 2 + (columns - 0.75) ** 2 < 0.02] = [0.1, 0.4, 0.1]
    picture[(rows > 0.5) & (rows < 0.8) & (np.abs(columns - 0.75) < 0.03)] = [0.4, 0.3, 0.1]
    return picture.astype(np.float32)


def changed(image: tf.Tensor) -> tf.Tensor:
    """An image with random colours, seen through a random window."""
    image = tf.image.random_hue(tf.image.random_saturation(image, 0.3, 1.5), 0.2)
    image = tf.image.random_contrast(tf.image.random_brightness(image, 0.3), 0.5, 1.5)
    return tf.random_crop(tf.image.resize_image_with_crop_or_pad(image, SIDE + 6, SIDE + 6), [SIDE, SIDE, 3])


def train(steps: int = 150, batch_size: int = 16) -> Result:
    """Trains, and makes the pictures."""
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(28)
        image = tf.constant(scene())
        mirrored = tf.placeholder(tf.bool, [None])
        seen = tf.map_fn(lambda turn: changed(tf.cond(turn, lambda: tf.image.flip_left_right(image), lambda: image)),
                         mirrored, dtype=tf.float32)
        logits = tf.layers.dense(tf.layers.flatten(tf.layers.conv2d(seen, 6, 5, 3, activation=tf.nn.relu)), 1)[:, 0]
        labels = tf.cast(mirrored, tf.float32)
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))
        right = tf.reduce_mean(tf.cast(tf.equal(logits > 0, mirrored), tf.float32))
        step = tf.train.AdamOptimizer(3e-3).minimize(loss)
        pictures = {name: change(image) for name, change in CHANGES.items()}
        sess.run(tf.global_variables_initializer())
        turns = np.arange(batch_size) % 2 == 0
        losses = [float(sess.run([loss, step], {mirrored: turns})[0]) for _ in range(steps)]
        accuracy = float(sess.run(right, {mirrored: np.arange(64) % 2 == 0}))
        return Result(losses, accuracy, sess.run(pictures))


def draw(result: Result, path: str) -> None:
    """Draws the changes."""
    figure, axes = plt.subplots(2, 5, figsize=(8, 3.6))
    for axis, (name, picture) in zip(axes.flat, result.pictures.items()):
        axis.imshow(np.clip(picture, 0, 1))
        axis.set_title(name, fontsize=8)
        axis.axis("off")
    figure.suptitle(f"{result.accuracy:.1%} of changed pictures told from their mirror images", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "image_augmentation.png")
