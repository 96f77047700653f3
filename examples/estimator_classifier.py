"""An `Estimator` with a model function of its own: training, evaluation and prediction from checkpoints.

The flowers are Fisher's (1936). The network's inputs are feature columns, one of them cut into buckets.
"""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf
import millpond.examples

FILE = Path(millpond.examples.__file__).parent / "data" / "iris.csv"


class Result(NamedTuple):
    losses: list[float]
    accuracy: float
    flowers: np.ndarray
    kinds: np.ndarray
    found: np.ndarray


def flowers() -> tuple[np.ndarray, np.ndarray]:
    """Lengths and widths [150, 4] in centimetres, and the kind of each flower."""
    with FILE.open() as file:
        rows = np.array(list(csv.reader(file))[1:], np.float32)
    return rows[:, :4], rows[:, 4].astype(np.int64)


def model(features: dict[str, tf.Tensor], labels: tf.Tensor, mode: str, params: dict[str, Any]) -> Any:
    """What training, evaluation and prediction compute."""
    hidden = tf.layers.dense(tf.feature_column.input_layer(features, params["columns"]), 16, tf.nn.relu)
    logits = tf.layers.dense(hidden, 3)
    found = tf.argmax(logits, 1)
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, predictions={"kind": found})
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    if mode == tf.estimator.ModeKeys.EVAL:
        right = {"right": tf.metrics.accuracy(labels, found)}
        return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops=right)
    step = tf.train.AdamOptimizer(0.02).minimize(loss, tf.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=step)


class Losses(tf.train.SessionRunHook):
    """Remembers the loss of each step."""

    def __init__(self) -> None:
        self.found: list[float] = []

    def before_run(self, run_context: Any) -> Any:
        return tf.train.SessionRunArgs(tf.losses.get_losses()[0])

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self.found.append(float(run_values.results))


def train(steps: int = 300) -> Result:
    """Trains on two flowers of three, and tests on the third."""
    sizes, kinds = flowers()
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    is_test = np.arange(len(kinds)) % 3 == 0

    def inputs(chosen: np.ndarray, epochs: int | None) -> Any:
        return tf.estimator.inputs.numpy_input_fn(dict(zip(names, sizes[chosen].T)), kinds[chosen], batch_size=25,
                                                  num_epochs=epochs, shuffle=epochs is None)

    columns = [tf.feature_column.numeric_column(name) for name in names]
    columns.append(tf.feature_column.bucketized_column(columns[2], [2.5, 4.75]))
    with tempfile.TemporaryDirectory() as folder:
        config = tf.estimator.RunConfig(model_dir=folder, tf_random_seed=26)
        estimator = tf.estimator.Estimator(model, config=config, params={"columns": columns})
        losses = Losses()
        estimator.train(inputs(~is_test, None), hooks=[losses], steps=steps)
        accuracy = float(estimator.evaluate(inputs(is_test, 1))["right"])
        found = np.array([one["kind"] for one in estimator.predict(inputs(np.full(len(kinds), True), 1))])
    return Result(losses.found, accuracy, sizes, kinds, found)


def draw(result: Result, path: str) -> None:
    """Draws the flowers, with those ringed that are taken for another kind."""
    figure, axis = plt.subplots(figsize=(4.5, 3.4))
    axis.scatter(result.flowers[:, 2], result.flowers[:, 3], c=result.kinds, s=14, cmap="tab10", vmax=9)
    wrong = result.flowers[result.found != result.kinds]
    axis.scatter(wrong[:, 2], wrong[:, 3], s=70, facecolors="none", edgecolors="black")
    axis.set_xlabel("length of the petals, cm")
    axis.set_ylabel("width, cm")
    axis.set_title(f"{result.accuracy:.1%} of the test flowers right", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "estimator_classifier.png")
