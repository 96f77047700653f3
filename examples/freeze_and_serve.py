"""From training to serving: train, save, freeze into one GraphDef, export a SavedModel, and ask both.

The frozen graph holds its weights as constants and needs no checkpoint; the SavedModel names its inputs and outputs.
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
    frozen: np.ndarray
    served: np.ndarray
    frozen_bytes: int


def train_and_export(folder: str, steps: int) -> list[float]:
    """Trains a network, and leaves `frozen.pb` and the SavedModel `model` in `folder`."""
    digits = input_data.read_data_sets(input_data.SHIPPED_SUBSET, validation_size=1000)
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.set_random_seed(14)
        images = tf.placeholder(tf.float32, [None, 784], name="images")
        labels = tf.placeholder(tf.int64, [None], name="labels")
        hidden = tf.nn.relu(tf.matmul(images, tf.get_variable("hidden", [784, 64])))
        logits = tf.matmul(hidden, tf.get_variable("out", [64, 10]))
        chances = tf.nn.softmax(logits, name="chances")
        loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
        step = tf.train.AdamOptimizer(3e-3).minimize(loss)
        sess.run(tf.global_variables_initializer())
        losses = []
        for _ in range(steps):
            batch, answers = digits.train.next_batch(100)
            losses.append(float(sess.run([loss, step], {images: batch, labels: answers})[0]))

        frozen = tf.graph_util.convert_variables_to_constants(sess, graph.as_graph_def(), ["chances"])
        with tf.gfile.GFile(os.path.join(folder, "frozen.pb"), "wb") as file:
            file.write(frozen.SerializeToString())
        tf.saved_model.simple_save(sess, os.path.join(folder, "model"), {"images": images}, {"chances": chances})
        return losses


def ask_frozen(path: str, images: np.ndarray) -> np.ndarray:
    """Reads a frozen graph, and gives the chances of each digit."""
    definition = tf.GraphDef()
    with tf.gfile.GFile(path, "rb") as file:
        definition.ParseFromString(file.read())
    with tf.Graph().as_default(), tf.Session() as sess:
        chances, = tf.import_graph_def(definition, return_elements=["chances:0"])
        return sess.run(chances, {"import/images:0": images})


def ask_served(folder: str, images: np.ndarray) -> np.ndarray:
    """Loads a SavedModel, and asks its signature."""
    with tf.Graph().as_default(), tf.Session() as sess:
        meta = tf.saved_model.loader.load(sess, [tf.saved_model.tag_constants.SERVING], folder)
        signature = meta.signature_def[tf.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY]
        return sess.run(signature.outputs["chances"].name, {signature.inputs["images"].name: images})


def train(steps: int = 500) -> Result:
    """Trains, exports, and asks both exports about ten test images."""
    images = input_data.read_data_sets(input_data.SHIPPED_SUBSET, validation_size=1000).test.images[:10]
    with tempfile.TemporaryDirectory() as folder:
        losses, frozen = train_and_export(folder, steps), os.path.join(folder, "frozen.pb")
        return Result(losses, images, ask_frozen(frozen, images), ask_served(os.path.join(folder, "model"), images),
                      os.path.getsize(frozen))


def draw(result: Result, path: str) -> None:
    """Draws ten images with what both exports say of them."""
    figure, axes = plt.subplots(2, 5, figsize=(7, 3.2))
    for axis, image, frozen, served in zip(axes.flat, result.images, result.frozen, result.served):
        axis.imshow(image.reshape(28, 28), cmap="gray")
        axis.set_title(f"frozen {frozen.argmax()}, served {served.argmax()}", fontsize=8)
        axis.axis("off")
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "freeze_and_serve.png")
