"""A classifier of `tf.keras`: a functional model with two branches, callbacks, and weights kept in a file."""

from __future__ import annotations

import os
import tempfile
from typing import NamedTuple

import matplotlib.pyplot as plt

import millpond as tf
from millpond.examples.tutorials.mnist import input_data

keras = tf.keras


class Result(NamedTuple):
    losses: list[float]
    accuracy: float
    restored: float


def network() -> keras.Model:
    """Sees an image [28, 28, 1] through a convolution, and as a whole."""
    image = keras.layers.Input([28, 28, 1])
    near = keras.layers.Conv2D(8, 5, strides=2, activation="relu")(image)
    far = keras.layers.Dense(16, activation="relu")(keras.layers.Flatten()(image))
    both = keras.layers.concatenate([keras.layers.Flatten()(near), far])
    model = keras.models.Model(image, keras.layers.Dense(10, activation="softmax")(keras.layers.Dropout(0.3)(both)))
    model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(steps: int = 8) -> Result:
    """Trains for `steps` epochs, saves the weights, and loads them into a new model."""
    digits = input_data.read_data_sets(input_data.SHIPPED_SUBSET, validation_size=1000, reshape=False)
    test = digits.test.images, digits.test.labels
    with tempfile.TemporaryDirectory() as folder, tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(29)
        keras.backend.set_session(session)
        path = os.path.join(folder, "weights.h5")
        model = network()
        losses = [float(model.evaluate(*test, verbose=0)[0])]
        found = model.fit(digits.train.images, digits.train.labels, batch_size=100, epochs=steps, verbose=0,
                          validation_data=test, callbacks=[keras.callbacks.ReduceLROnPlateau(patience=2)])
        model.save_weights(path)
        accuracy = float(model.evaluate(*test, verbose=0)[1])
        again = network()
        again.load_weights(path)
        return Result(losses + list(map(float, found.history["val_loss"])), accuracy,
                      float(again.evaluate(*test, verbose=0)[1]))


def draw(result: Result, path: str) -> None:
    """Draws the loss on the test images, epoch by epoch."""
    figure, axis = plt.subplots(figsize=(4.5, 3))
    axis.plot(result.losses, marker="o")
    axis.set_xlabel("epoch")
    axis.set_ylabel("loss on test images")
    axis.set_title(f"{result.accuracy:.1%} right; {result.restored:.1%} from the file", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "keras_classifier.png")
