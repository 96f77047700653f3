"""Sets in the last dimension: Python's own sets are the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from op_case import OpCase, integers

import millpond as tf

A, B = integers(2, 3, 4, low=0, high=5), integers(2, 3, 5, low=0, high=5, seed=1)
INDICES = np.array([[0, 0], [0, 2], [2, 0], [2, 1]], np.int64)
VALUES, SHAPE = np.array([3, 1, 4, 4], np.int32), np.array([3, 3], np.int64)
DENSE = integers(3, 4, low=0, high=5)


def rows(sets: dict[tuple[int, ...], set[Any]], shape: tuple[int, ...]) -> list[np.ndarray]:
    """The sparse tensor of sets."""
    pairs = [((*place, i), item) for place in sorted(sets) for i, item in enumerate(sorted(sets[place]))]
    longest = max((len(one) for one in sets.values()), default=0)
    return [np.array([place for place, _ in pairs], np.int64).reshape(-1, len(shape) + 1),
            np.array([item for _, item in pairs]), np.array([*shape, longest])]


def dense_sets(x: np.ndarray) -> dict[tuple[int, ...], set[Any]]:
    return {place: set(x[place].tolist()) for place in np.ndindex(*x.shape[:-1])}


SPARSE_SETS = {(0,): {1, 3}, (1,): set(), (2,): {4}}


def _parts(sparse: Any) -> list[Any]:
    return [sparse.indices, sparse.values, sparse.dense_shape]


CASES = [
    OpCase("DenseToDenseSetOperation", lambda tf, a, b: _parts(tf.sets.intersection(a, b)), [A, B],
           expected=lambda a, b: rows({p: s & dense_sets(b)[p] for p, s in dense_sets(a).items()}, (2, 3))),
    OpCase("DenseToDenseSetOperation", lambda tf, a, b: _parts(tf.sets.difference(a, b, aminusb=False)), [A, B],
           expected=lambda a, b: rows({p: dense_sets(b)[p] - s for p, s in dense_sets(a).items()}, (2, 3)),
           note="difference"),
    OpCase("DenseToSparseSetOperation",
           lambda tf, a, i, v, s: _parts(tf.sets.union(a, tf.SparseTensor(i, v, s))), [DENSE, INDICES, VALUES, SHAPE],
           expected=lambda a, *_: rows({p: s | SPARSE_SETS[p] for p, s in dense_sets(a).items()}, (3,))),
    OpCase("DenseToSparseSetOperation",
           lambda tf, a, i, v, s: _parts(tf.sets.difference(tf.SparseTensor(i, v, s), a)),
           [DENSE, INDICES, VALUES, SHAPE], note="the sparse set first",
           expected=lambda a, *_: rows({p: SPARSE_SETS[p] - s for p, s in dense_sets(a).items()}, (3,))),
    OpCase("SparseToSparseSetOperation",
           lambda tf, i, v, s: _parts(tf.sets.union(tf.SparseTensor(i, v, s), tf.SparseTensor(i, v + 1, s))),
           [INDICES, VALUES, SHAPE],
           expected=lambda *_: rows({(0,): {1, 2, 3, 4}, (2,): {4, 5}}, (3,))),
    OpCase("SetSize", lambda tf, i, v, s: tf.sets.size(tf.SparseTensor(i, v, s)), [INDICES, VALUES, SHAPE],
           expected=lambda *_: np.array([2, 0, 1], np.int32)),
]


def test_sets_of_strings() -> None:
    with tf.Session() as sess:
        union = tf.sets.set_union([["b", "a"], ["x", "x"]], [["a", "c"], ["x", "x"]])
        value = sess.run(union)
        assert value.values.tolist() == [b"a", b"b", b"c", b"x"]
        assert value.dense_shape.tolist() == [2, 3]
        assert sess.run(tf.sets.set_size(union)).tolist() == [3, 1]


@pytest.mark.parametrize(("indices", "words"), [
    ([[1, 0], [0, 0]], "row-major order"), ([[0, 0], [3, 0]], "out of bounds")])
def test_indices_in_disorder_or_out_of_range_are_refused(indices: list, words: str) -> None:
    size = tf.sets.set_size(tf.SparseTensor(indices, [1, 2], [2, 2]))
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match=words):
        sess.run(size)


def test_groups_that_do_not_match_are_refused_in_the_build_and_in_the_run() -> None:
    with pytest.raises(ValueError, match="not compatible"):
        tf.sets.set_union([[1, 2]], [[1], [2]])
    a = tf.placeholder(tf.int32, [None, 2])
    union = tf.sets.set_union(a, [[1], [2]])
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="but for the last dimension"):
        sess.run(union, {a: [[1, 2]]})
