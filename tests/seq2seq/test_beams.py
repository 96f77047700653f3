"""Entries repeated for the beams of a search, and beams put in the order of its sequences."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

PARENTS = np.array([[[0, 0, 0]], [[0, 1, 1]], [[2, 1, 2]], [[0, 0, 0]]], np.int32)
VALUES = np.arange(4 * 1 * 3 * 2, dtype=np.float32).reshape(4, 1, 3, 2)


def test_each_entry_is_repeated(tier: str) -> None:
    x = np.arange(12).reshape(2, 3, 2)
    fed = tf.placeholder(tf.int64, [None, 3, None])
    tiled = tf.contrib.seq2seq.tile_batch({"a": tf.constant(x), "b": (fed, tf.constant([True, False]))}, 3)
    assert tiled["a"].shape.as_list() == [6, 3, 2]
    assert tiled["b"][0].shape.as_list() == [None, 3, None]
    with tf.Session() as sess:
        found = sess.run(tiled, {fed: x})
    assert found["a"].tolist() == found["b"][0].tolist() == np.repeat(x, 3, axis=0).tolist()
    assert found["b"][1].tolist() == [True, True, True, False, False, False]


def test_what_cannot_be_tiled() -> None:
    for value in (tf.placeholder(tf.float32), tf.constant(1.0)):
        with pytest.raises(ValueError, match="statically known rank"):
            tf.contrib.seq2seq.tile_batch(value, 2)


@pytest.mark.parametrize("merged", [False, True], ids=["[batch, beams, ...]", "[batch * beams, ...]"])
def test_what_steps_gave_follows_the_sequences(merged: bool, tier: str) -> None:
    values = VALUES.reshape(4, 3, 2) if merged else VALUES
    found = tf.contrib.seq2seq.gather_tree_from_array(values, PARENTS, [[3, 2, 3]])
    with tf.Session() as sess:
        rows = sess.run(found).reshape(4, 3, 2)[:, :, 0] / 2  # 3 * time + beam
    assert rows[:, 0].tolist() == [1, 5, 6, 9]
    assert rows[:, 1].tolist() == [1, 4, 7, 10]  # after its end it is left as it was
    assert rows[:, 2].tolist() == [1, 5, 8, 11]


def test_shapes_that_are_known_when_it_runs(tier: str) -> None:
    values, parents = tf.placeholder(tf.float32), tf.placeholder(tf.int32, [None] * 3)
    lengths = tf.placeholder(tf.int64, [None, None])
    found = tf.contrib.seq2seq.gather_tree_from_array(values, parents, lengths)
    with tf.Session() as sess:
        rows = sess.run(found, {values: VALUES, parents: PARENTS, lengths: [[4, 4, 4]]})
    assert (rows[..., 0] / 2).astype(int)[:, 0].tolist() == [[1, 1, 1], [5, 5, 5], [6, 6, 6], [9, 10, 11]]
