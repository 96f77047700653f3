"""Metrics on batches of random numbers, and what they give: the same program for Millpond and for TensorFlow.

Run by a Python that has TensorFlow, it writes `recorded.json` beside it: names of variables and results, and values
before the first batch and after each of three.
"""

from __future__ import annotations

import json
import math
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np

RECORDED = pathlib.Path(__file__).with_name("recorded.json")
BATCHES = 3
THRESHOLDS = [0.1, 0.35, 0.5, 0.8]


def batch(number: int) -> dict[str, np.ndarray]:
    """What is fed for the placeholders."""
    random = np.random.RandomState(number)
    scores = random.rand(4, 6).astype(np.float32)
    return {"yes": random.rand(4, 6) > 0.5, "score": scores, "number": random.randn(4, 6).astype(np.float32),
            "label": random.randint(0, 5, (4, 6)).astype(np.int64), "guess": random.randint(0, 5, (4, 6)),
            "classes": random.randint(-1, 7, (4, 3)).astype(np.int64), "best": np.argsort(-scores, 1)[:, :3],
            "one": random.randint(0, 6, (4,)).astype(np.int64),
            "weight": random.rand(4, 6).astype(np.float32), "row": random.rand(4, 1).astype(np.float32),
            "example": random.rand(4).astype(np.float32)}


def placeholders(tf: Any) -> dict[str, Any]:
    return {name: tf.placeholder(value.dtype, [None, *value.shape[1:]], name=name) for name, value in batch(0).items()}


Case = Callable[[Any, Any], Any]
CASES: dict[str, Case] = {
    "accuracy": lambda tf, x: tf.metrics.accuracy(x.label, x.guess),
    "accuracy_weights": lambda tf, x: tf.metrics.accuracy(x.label, x.guess, x.weight, name="acc"),
    "mean": lambda tf, x: tf.metrics.mean(x.number),
    "mean_row": lambda tf, x: tf.metrics.mean(x.number, x.row),
    "mean_scalar": lambda tf, x: tf.metrics.mean(x.number, 2.0),
    "mean_negative_weights": lambda tf, x: tf.metrics.mean(x.number, -x.weight),
    "mean_tensor": lambda tf, x: tf.metrics.mean_tensor(tf.reshape(x.number, [4, 6])),
    "mean_tensor_row": lambda tf, x: tf.metrics.mean_tensor(tf.reshape(x.number, [4, 6]), tf.reshape(x.row, [4, 1])),
    "absolute": lambda tf, x: tf.metrics.mean_absolute_error(x.number, x.score),
    "absolute_integers": lambda tf, x: tf.metrics.mean_absolute_error(x.label, x.guess, x.weight),
    "squared": lambda tf, x: tf.metrics.mean_squared_error(x.number, x.score, x.weight),
    "root": lambda tf, x: tf.metrics.root_mean_squared_error(x.number, x.score, x.row),
    "relative": lambda tf, x: tf.metrics.mean_relative_error(x.number, x.score, x.number),
    "relative_zero": lambda tf, x: tf.metrics.mean_relative_error(
        x.number, x.score, x.number * tf.cast(x.yes, tf.float32)),
    "cosine": lambda tf, x: tf.metrics.mean_cosine_distance(x.number, x.score, 1),
    "cosine_row": lambda tf, x: tf.metrics.mean_cosine_distance(x.number, x.score, 1, x.row),
    "below": lambda tf, x: tf.metrics.percentage_below(x.score, 0.4, x.weight),
    "iou": lambda tf, x: tf.metrics.mean_iou(x.label, x.guess, 6),
    "iou_weights": lambda tf, x: tf.metrics.mean_iou(x.label, x.guess, 6, x.weight),
    "per_class": lambda tf, x: tf.metrics.mean_per_class_accuracy(x.label, x.guess, 6),
    "per_class_weights": lambda tf, x: tf.metrics.mean_per_class_accuracy(x.label, x.guess, 6, x.weight),
    "precision": lambda tf, x: tf.metrics.precision(x.yes, x.score > 0.5),
    "precision_weights": lambda tf, x: tf.metrics.precision(x.yes, x.score > 0.5, x.weight),
    "recall": lambda tf, x: tf.metrics.recall(x.yes, x.score > 0.5),
    "recall_row": lambda tf, x: tf.metrics.recall(x.yes, x.score > 0.5, x.row),
    "true_positives": lambda tf, x: tf.metrics.true_positives(x.yes, x.score > 0.5, x.weight),
    "true_negatives": lambda tf, x: tf.metrics.true_negatives(x.yes, x.score > 0.5, 3.0),
    "false_positives": lambda tf, x: tf.metrics.false_positives(x.yes, x.score > 0.5),
    "false_negatives": lambda tf, x: tf.metrics.false_negatives(x.yes, x.score > 0.5),
    "true_positives_at": lambda tf, x: tf.metrics.true_positives_at_thresholds(x.yes, x.score, THRESHOLDS, x.weight),
    "true_negatives_at": lambda tf, x: tf.metrics.true_negatives_at_thresholds(x.yes, x.score, THRESHOLDS),
    "false_positives_at": lambda tf, x: tf.metrics.false_positives_at_thresholds(x.yes, x.score, THRESHOLDS, x.row),
    "false_negatives_at": lambda tf, x: tf.metrics.false_negatives_at_thresholds(x.yes, x.score, THRESHOLDS),
    "precision_at": lambda tf, x: tf.metrics.precision_at_thresholds(x.yes, x.score, THRESHOLDS),
    "recall_at": lambda tf, x: tf.metrics.recall_at_thresholds(x.yes, x.score, THRESHOLDS, x.weight),
    "auc": lambda tf, x: tf.metrics.auc(x.yes, x.score, num_thresholds=20),
    "auc_weights": lambda tf, x: tf.metrics.auc(x.yes, x.score, x.weight),
    "auc_minoring": lambda tf, x: tf.metrics.auc(x.yes, x.score, x.row, 20, summation_method="minoring"),
    "auc_majoring": lambda tf, x: tf.metrics.auc(x.yes, x.score, None, 20, summation_method="majoring", curve="PR"),
    "auc_careful": lambda tf, x: tf.metrics.auc(x.yes, x.score, x.weight, 20, curve="PR",
                                                summation_method="careful_interpolation"),
    "auc_pr": lambda tf, x: tf.metrics.auc(x.yes, x.score, None, 20, curve="PR"),
    "auc_thresholds": lambda tf, x: tf.metrics.auc(x.yes, x.score, thresholds=[0.7, 0.2, 0.5]),
    "sensitivity": lambda tf, x: tf.metrics.sensitivity_at_specificity(x.yes, x.score, 0.6, num_thresholds=20),
    "specificity": lambda tf, x: tf.metrics.specificity_at_sensitivity(x.yes, x.score, 0.6, x.weight, 20),
    "precision_at_k": lambda tf, x: tf.metrics.precision_at_k(x.classes, x.score, 3),
    "precision_at_k_class": lambda tf, x: tf.metrics.precision_at_k(x.classes, x.score, 3, 2, x.example),
    "precision_at_k_one": lambda tf, x: tf.metrics.sparse_precision_at_k(x.one, x.score, 2),
    "precision_at_top_k": lambda tf, x: tf.metrics.precision_at_top_k(x.classes, x.best, class_id=4),
    "precision_at_k_sparse": lambda tf, x: tf.metrics.precision_at_k(sparse(tf), x.score, 4),
    "recall_at_k": lambda tf, x: tf.metrics.recall_at_k(x.classes, x.score, 3, weights=x.example),
    "recall_at_k_class": lambda tf, x: tf.metrics.recall_at_k(x.classes, x.score, 3, 2),
    "recall_at_k_sparse": lambda tf, x: tf.metrics.recall_at_k(sparse(tf), x.score, 4, 3),
    "recall_at_top_k": lambda tf, x: tf.metrics.recall_at_top_k(x.classes, x.best, 3),
    "average_precision": lambda tf, x: tf.metrics.average_precision_at_k(tf.abs(x.classes), x.score, 3),
    "average_precision_weights": lambda tf, x: tf.metrics.average_precision_at_k(
        tf.abs(x.classes), x.score, 3, x.example),
    "average_precision_one": lambda tf, x: tf.metrics.sparse_average_precision_at_k(x.one, x.score, 4),
    "average_precision_sparse": lambda tf, x: tf.metrics.average_precision_at_k(sparse(tf), x.score, 4),
}


def sparse(tf: Any) -> Any:
    """Labels of four examples, one of them twice, one of them no class."""
    indices = [[0, 0], [0, 1], [1, 0], [2, 0], [2, 1], [2, 2], [3, 0]]
    return tf.SparseTensor(indices, np.array([1, 3, 3, 5, 5, 0, 9], np.int64), [4, 3])


class Fields:
    def __init__(self, fields: dict[str, Any]) -> None:
        self.__dict__.update(fields)


def described(tf: Any, case: Case) -> dict[str, Any]:
    """Names, dtypes, and values over the batches, of a metric in a new graph."""
    with tf.Graph().as_default(), tf.Session() as sess:
        holders = placeholders(tf)
        value, update = case(tf, Fields(holders))
        variables = tf.get_collection(tf.GraphKeys.METRIC_VARIABLES)
        sess.run(tf.local_variables_initializer())
        values = [sess.run(value)]
        for number in range(BATCHES):
            feeds = {holders[name]: array for name, array in batch(number).items()}
            values += [sess.run(update, feeds), sess.run(value)]
        return {"names": [value.name, update.name], "dtypes": [value.dtype.name, update.dtype.name],
                "variables": [[v.name, v.dtype.name, v.shape.as_list()] for v in variables],
                "collections": [tf.local_variables() == variables, tf.global_variables(), tf.trainable_variables()],
                "values": [_plain(array) for array in values]}


def _plain(array: Any) -> Any:
    """Nested lists of numbers rounded to seven digits."""
    if np.ndim(array):
        return [_plain(item) for item in array]
    return float(f"{float(array):.7g}") if math.isfinite(array) else repr(float(array))


if __name__ == "__main__":
    import tensorflow.compat.v1 as tensorflow

    tensorflow.disable_v2_behavior()
    lines = [f"{json.dumps(name)}: {json.dumps(described(tensorflow, case))}" for name, case in CASES.items()]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
