"""What programs do with tf.keras: models of layers that are trained, saved, and trained on."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

import millpond as tf

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    tf.set_random_seed(1)
    np.random.seed(1)
    with tf.Session() as session:  # of the graph that the test has for itself
        tf.keras.backend.set_session(session)
        yield


def blobs(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points around three centers, and which one each belongs to."""
    random = np.random.RandomState(seed)
    which = random.randint(0, 3, 150)
    centers = np.array([[0, 2], [2, -1], [-2, -1]])
    return centers[which] + 0.3 * random.randn(150, 2), tf.keras.utils.to_categorical(which, 3)


def classifier() -> tf.keras.Sequential:
    layers = tf.keras.layers
    model = tf.keras.Sequential([layers.Dense(16, activation="relu", input_shape=(2,)), layers.Dropout(0.1),
                                 layers.BatchNormalization(), layers.Dense(3, activation="softmax")])
    model.compile(tf.keras.optimizers.Adam(0.02), "categorical_crossentropy", metrics=["accuracy"])
    return model


def test_a_model_learns_is_saved_and_answers_the_same_when_it_is_loaded(tmp_path: pathlib.Path) -> None:
    model = classifier()
    stop = tf.keras.callbacks.EarlyStopping("val_loss", patience=20)
    best = tf.keras.callbacks.ModelCheckpoint(str(tmp_path / "best.h5"), save_best_only=True)
    history = model.fit(*blobs(), batch_size=30, epochs=12, validation_split=0.2, verbose=0, callbacks=[stop, best])
    assert history.history["loss"][-1] < 0.3 < history.history["loss"][0]
    loss, accuracy = model.evaluate(*blobs(1), verbose=0)
    assert accuracy > 0.95
    answers = model.predict(blobs(1)[0])
    model.save(str(tmp_path / "model.h5"))
    np.testing.assert_allclose(tf.keras.models.load_model(str(tmp_path / "model.h5")).predict(blobs(1)[0]), answers)
    other = classifier()
    model.save_weights(str(tmp_path / "weights.h5"))
    other.load_weights(str(tmp_path / "weights.h5"))
    np.testing.assert_allclose(other.predict(blobs(1)[0]), answers)
    assert other.evaluate(*blobs(1), verbose=0)[0] == pytest.approx(loss)
    assert (tmp_path / "best.h5").exists()


def test_a_functional_model_of_convolutions_and_recurrence_has_two_inputs() -> None:
    layers = tf.keras.layers
    image, words = tf.keras.Input((8, 8, 1)), tf.keras.Input((5,))
    seen = layers.Flatten()(layers.MaxPooling2D()(layers.Conv2D(4, 3, activation="relu")(image)))
    read = layers.LSTM(6)(layers.Embedding(10, 4)(words))
    model = tf.keras.Model([image, words], layers.Dense(1)(layers.concatenate([seen, read])))
    assert model.count_params() == (9 * 4 + 4) + 10 * 4 + 4 * 6 * (4 + 6 + 1) + (36 + 6 + 1)
    model.compile(tf.keras.optimizers.Adam(0.01), "mse")
    random = np.random.RandomState(0)
    inputs = [random.randn(32, 8, 8, 1), random.randint(0, 10, (32, 5))]
    target = inputs[0].mean((1, 2)) + inputs[1][:, :1] / 10
    losses = model.fit(inputs, target, epochs=15, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]


def test_the_backend_is_the_session_and_graph_of_the_program() -> None:
    backend = tf.keras.backend
    x = backend.placeholder((None, 2))
    y = backend.function([x], [backend.sum(backend.square(x), axis=1)])
    assert y([np.array([[1.0, 2.0], [3.0, 4.0]])])[0].tolist() == [5.0, 25.0]
    assert isinstance(backend.get_session(), tf.Session)
    assert isinstance(x, tf.Tensor) and x.graph is tf.get_default_graph()


def test_programs_import_keras_and_its_modules_by_either_name() -> None:
    done = subprocess.run([sys.executable, "-c", """
import millpond as mp
mp.compat.install()
from tensorflow.keras.layers import Dense
from tensorflow.keras.preprocessing.sequence import pad_sequences
from tensorflow.python.keras.models import Sequential
import tensorflow as tf, keras
from keras.preprocessing import sequence
print(keras.layers.Dense is Dense is tf.keras.layers.Dense, Sequential is keras.Sequential is tf.keras.Sequential)
print(sequence.pad_sequences is pad_sequences, pad_sequences([[1, 2]], 3).tolist(), keras.__version__)
"""], capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines(), done.stderr) == (["True True", "True [[0, 1, 2]] 2.2.5"], "")
