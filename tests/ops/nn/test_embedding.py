"""Stories of embedding tables: in one part, in several, and combined by example."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

TABLE = np.arange(21, dtype=np.float32).reshape(7, 3)


def parts(strategy: str, count: int) -> list[np.ndarray]:
    """The table as `embedding_lookup` expects it in parts."""
    if strategy == "mod":
        return [TABLE[i::count] for i in range(count)]
    return np.array_split(TABLE, count)


@pytest.mark.parametrize("strategy", ["mod", "div"])
def test_a_table_in_parts_is_the_table(strategy: str) -> None:
    ids = [[6, 0, 3], [5, 5, 1]]
    with tf.Graph().as_default(), tf.Session() as sess:
        tables = [tf.constant(part) for part in parts(strategy, 3)]
        rows = tf.nn.embedding_lookup(tables, ids, partition_strategy=strategy)
        assert rows.shape.as_list() == [2, 3, 3]
        np.testing.assert_array_equal(sess.run(rows), TABLE[np.array(ids)])


def test_the_gradient_is_the_rows_that_were_looked_up() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        table = tf.constant(TABLE)
        slope = tf.gradients(tf.nn.embedding_lookup(table, [1, 1, 4]), table)[0]
        assert isinstance(slope, tf.IndexedSlices)
        dense = sess.run(tf.convert_to_tensor(slope))
    np.testing.assert_array_equal(dense[:, 0], [0, 2, 0, 0, 1, 0, 0])


def test_long_rows_are_scaled_down() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        rows = sess.run(tf.nn.embedding_lookup(TABLE, [0, 1], max_norm=2.5))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), [np.sqrt(5), 2.5], rtol=1e-6)


def test_a_number_out_of_range() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        ids = tf.placeholder(tf.int32, [None])
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[0, 7\)"):
            sess.run(tf.nn.embedding_lookup(TABLE, ids), {ids: [7]})


def test_arguments_are_checked() -> None:
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="at least one param"):
            tf.nn.embedding_lookup([], [0])
        with pytest.raises(ValueError, match="'div' and 'mod'"):
            tf.nn.embedding_lookup([tf.constant(TABLE), tf.constant(TABLE)], [0], partition_strategy="hash")
        ids = tf.SparseTensor([[0, 0]], [1], [1, 1])
        with pytest.raises(ValueError, match="combiner"):
            tf.nn.embedding_lookup_sparse(TABLE, ids, None, combiner="max")
        with pytest.raises(TypeError, match="SparseTensor"):
            tf.nn.embedding_lookup_sparse(TABLE, [0], None)


@pytest.mark.parametrize("combiner", ["sum", "mean", "sqrtn"])
@pytest.mark.parametrize("weighted", [False, True])
def test_rows_are_combined_by_example(combiner: str, weighted: bool) -> None:
    weights = np.array([0.5, 2.0, 3.0], np.float32) if weighted else np.ones(3, np.float32)
    with tf.Graph().as_default(), tf.Session() as sess:
        indices = [[0, 0], [0, 1], [1, 0]]
        ids = tf.SparseTensor(indices, [2, 5, 2], [2, 2])
        sparse_weights = tf.SparseTensor(indices, weights, [2, 2]) if weighted else None
        combined = sess.run(tf.nn.embedding_lookup_sparse(TABLE, ids, sparse_weights, combiner=combiner))
    sums = np.stack([weights[0] * TABLE[2] + weights[1] * TABLE[5], weights[2] * TABLE[2]])
    divisors = {"sum": np.ones(2), "mean": np.array([weights[0] + weights[1], weights[2]]),
                "sqrtn": np.sqrt([weights[0]**2 + weights[1]**2, weights[2]**2])}
    np.testing.assert_allclose(combined, sums / divisors[combiner][:, None], rtol=1e-5)
