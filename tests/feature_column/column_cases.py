"""Layers of feature columns on a small batch, and what they give: the same program for Millpond and for TensorFlow.

Run by a Python that has TensorFlow, it writes `recorded.json` beside it: values with fixed weights, and the names,
shapes and trainability of variables.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np

RECORDED = pathlib.Path(__file__).with_name("recorded.json")


class Columns:
    """The features of a batch, and columns of them."""

    def __init__(self, tf: Any) -> None:
        self.fc = fc = tf.feature_column
        places = [[0, 0], [0, 1], [2, 0]]
        self.features = {
            "price": tf.constant([[1.0], [5.0], [12.0]]), "pair": tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
            "flat": tf.constant([1.0, 2.0, 3.0]), "word": tf.constant([["x"], ["q"], ["z"]]),
            "id": tf.constant([[0], [2], [1]]), "ids": tf.constant([[0, 1], [2, -1], [1, 1]]),
            "multi": tf.SparseTensor(places, ["x", "y", "z"], [3, 2]),
            "weight": tf.SparseTensor(places, [2.0, 0.5, 3.0], [3, 2])}
        self.price = fc.numeric_column("price")
        self.pair = fc.numeric_column("pair", shape=2)
        self.bucket = fc.bucketized_column(self.price, [0.0, 5.0, 10.0])
        self.word = fc.categorical_column_with_vocabulary_list("word", ["x", "y", "z"])
        self.multi = fc.categorical_column_with_vocabulary_list("multi", ["x", "y", "z"])
        self.weighted = fc.weighted_categorical_column(self.multi, "weight")
        self.id = fc.categorical_column_with_identity("id", 3)

    def layer(self, *columns: Any, **arguments: Any) -> Any:
        return self.fc.input_layer(self.features, list(columns), **arguments)

    def counted(self, column: Any) -> Any:
        return self.layer(self.fc.indicator_column(column))

    def embedded(self, column: Any, **arguments: Any) -> Any:
        return self.layer(self.fc.embedding_column(column, 2, **arguments))

    def linear(self, *columns: Any, **arguments: Any) -> Any:
        return self.fc.linear_model(self.features, list(columns), **arguments)


def _twice(tf: Any, c: Columns, reuse: bool) -> list[Any]:
    def network() -> Any:
        if not reuse:
            return c.embedded(c.word)
        with tf.variable_scope("net", reuse=tf.AUTO_REUSE):
            return c.embedded(c.word)

    return [network(), network()]


Case = Callable[[Any, Columns], Any]
CASES: dict[str, Case] = {
    "numeric": lambda tf, c: c.layer(c.price), "vector": lambda tf, c: c.layer(c.pair, c.price),
    "flat": lambda tf, c: c.layer(c.fc.numeric_column("flat")),
    "normalized": lambda tf, c: c.layer(c.fc.numeric_column("price", normalizer_fn=lambda x: x - 1.0)),
    "integers": lambda tf, c: c.layer(c.fc.numeric_column("id", dtype=tf.int32)),
    "buckets": lambda tf, c: c.layer(c.bucket),
    "buckets of a vector": lambda tf, c: c.layer(c.fc.bucketized_column(c.pair, [2.0, 4.0])),
    "words": lambda tf, c: c.counted(c.word), "several words": lambda tf, c: c.counted(c.multi),
    "weights": lambda tf, c: c.counted(c.weighted),
    "other words": lambda tf, c: c.counted(
        c.fc.categorical_column_with_vocabulary_list("word", ["x", "y", "z"], num_oov_buckets=2)),
    "a default word": lambda tf, c: c.counted(
        c.fc.categorical_column_with_vocabulary_list("word", ["x", "y", "z"], default_value=1)),
    "numbers as words": lambda tf, c: c.counted(c.fc.categorical_column_with_vocabulary_list("id", [7, 2, 0])),
    "hash": lambda tf, c: c.counted(c.fc.categorical_column_with_hash_bucket("word", 5)),
    "hash of numbers": lambda tf, c: c.counted(c.fc.categorical_column_with_hash_bucket("id", 5, dtype=tf.int32)),
    "identity": lambda tf, c: c.counted(c.id), "ids out of range": lambda tf, c: c.counted(
        c.fc.categorical_column_with_identity("id", 2)),
    "ids with a default": lambda tf, c: c.counted(c.fc.categorical_column_with_identity("id", 2, default_value=0)),
    "several ids": lambda tf, c: c.counted(c.fc.categorical_column_with_identity("ids", 4)),
    **{f"embedding {combiner}": lambda tf, c, combiner=combiner: c.embedded(c.multi, combiner=combiner)
       for combiner in ("mean", "sum", "sqrtn")},
    **{f"weighted embedding {combiner}": lambda tf, c, combiner=combiner: c.embedded(c.weighted, combiner=combiner)
       for combiner in ("mean", "sum", "sqrtn")},
    "short vectors": lambda tf, c: c.embedded(c.multi, max_norm=1.0),
    "a fixed table": lambda tf, c: c.embedded(c.multi, trainable=False),
    "a fixed layer": lambda tf, c: c.layer(c.fc.embedding_column(c.multi, 2), c.price, trainable=False),
    "cross": lambda tf, c: c.counted(c.fc.crossed_column([c.bucket, "word"], 7)),
    "cross of three": lambda tf, c: c.counted(c.fc.crossed_column(["word", "id", c.multi], 11, hash_key=5)),
    "cross of crosses": lambda tf, c: c.counted(
        c.fc.crossed_column([c.fc.crossed_column(["word", c.id], 4), c.bucket], 9)),
    "embedding of a cross": lambda tf, c: c.embedded(c.fc.crossed_column([c.id, c.word], 6)),
    "shared": lambda tf, c: c.layer(*c.fc.shared_embedding_columns([c.word, c.multi], 2)),
    "shared under a name": lambda tf, c: c.layer(
        *c.fc.shared_embedding_columns([c.word, c.multi], 2, shared_embedding_collection_name="both")),
    "many": lambda tf, c: c.layer(c.price, c.fc.embedding_column(c.word, 2), c.bucket, c.fc.indicator_column(c.word)),
    "two layers": lambda tf, c: _twice(tf, c, False), "one layer twice": lambda tf, c: _twice(tf, c, True),
    "linear": lambda tf, c: c.linear(c.price),
    "linear of many": lambda tf, c: c.linear(c.price, c.pair, c.word, c.bucket, units=2),
    "linear mean": lambda tf, c: c.linear(c.multi, sparse_combiner="mean"),
    "linear with weights": lambda tf, c: c.linear(c.weighted, c.fc.crossed_column([c.bucket, "word"], 7), c.id),
    "linear sqrtn": lambda tf, c: c.linear(c.weighted, sparse_combiner="sqrtn"),
    "linear fixed": lambda tf, c: c.linear(c.price, c.word, trainable=False),
    "linear of an embedding": lambda tf, c: c.linear(c.fc.embedding_column(c.word, 2)),
    "linear of an indicator": lambda tf, c: c.linear(c.fc.indicator_column(c.word)),
}


def described(tf: Any, case: Case) -> dict[str, Any]:
    """Values with weights 0, 1/2, 1, ... (and more for each further variable), and the variables."""
    with tf.Graph().as_default(), tf.Session() as sess:
        results = case(tf, Columns(tf))
        results = results if isinstance(results, list) else [results]
        sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
        for i, variable in enumerate(tf.global_variables()):
            sizes = variable.shape.as_list()
            steps = np.arange(np.prod(sizes)).reshape(sizes) * 0.5 + i + 1
            sess.run(tf.assign(variable, steps.astype(np.float32)))
        trained = tf.trainable_variables()
        return {"values": [[[float(f"{x:.6g}") for x in row] for row in value] for value in sess.run(results)],
                "variables": [[v.name, v.shape.as_list(), any(v is t for t in trained)]
                              for v in tf.global_variables()],
                "nodes": [tensor.name for tensor in results],
                "width": [tensor.shape.as_list()[1] for tensor in results]}


if __name__ == "__main__":
    import tensorflow.compat.v1 as tensorflow

    tensorflow.disable_v2_behavior()
    lines = [f"{json.dumps(name)}: {json.dumps(described(tensorflow, case))}" for name, case in CASES.items()]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
