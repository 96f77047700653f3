"""Sequences of a beam search, read back from its steps."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import OpCase

import millpond as tf

END = 9
STEPS = np.array([[[1, 2, 3]], [[4, 5, 6]], [[7, 8, 9]], [[1, 1, 1]]], np.int32)
PARENTS = np.array([[[0, 0, 0]], [[0, 1, 1]], [[2, 1, 2]], [[0, 0, 0]]], np.int32)


def followed(steps: np.ndarray, parents: np.ndarray, lengths: np.ndarray, end: int) -> np.ndarray:
    """Each sequence, one step back after another."""
    result = np.full_like(steps, end)
    for batch in range(steps.shape[1]):
        for beam in range(steps.shape[2]):
            place = beam
            for time in reversed(range(min(lengths[batch], len(steps)))):
                result[time, batch, beam] = steps[time, batch, place]
                place = parents[time, batch, place]
            (ends,) = np.nonzero(result[:, batch, beam] == end)
            if len(ends):
                result[ends[0]:, batch, beam] = end
    return result


def _random(time: int, batch: int, beams: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return (rng.integers(0, 12, (time, batch, beams)).astype(np.int32),
            rng.integers(0, beams, (time, batch, beams)).astype(np.int32),
            rng.integers(0, time + 3, batch).astype(np.int32))


def _case(note: str, steps: np.ndarray, parents: np.ndarray, lengths: np.ndarray) -> OpCase:
    return OpCase("GatherTree", lambda tf, s, p, n: tf.contrib.seq2seq.gather_tree(s, p, n, END),
                  [steps, parents, np.asarray(lengths, np.int32)], note=note,
                  expected=lambda s, p, n: followed(s, p, n, END))


CASES = [
    _case("shorter than the time", STEPS, PARENTS, [3]),
    _case("longer than the time", STEPS, PARENTS, [7]),
    _case("nothing", STEPS, PARENTS, [0]),
    _case("one step", STEPS[:1], PARENTS[:1], [1]),
    _case("no steps", STEPS[:0], PARENTS[:0], [2]),
    _case("no entries", STEPS[:, :0], PARENTS[:, :0], []),
    _case("a hundred steps", *_random(100, 7, 5, 0)),
    _case("many beams", *_random(13, 3, 40, 1)),
]


def test_a_sequence_ends_with_its_first_end_token(tier: str) -> None:
    with tf.Session() as sess:
        found = sess.run(tf.contrib.seq2seq.gather_tree(STEPS, PARENTS, [3], END))
        assert found[:, 0].T.tolist() == [[2, 6, 7, END], [2, 5, 8, END], [2, 6, END, END]]
        found = sess.run(tf.contrib.seq2seq.gather_tree(STEPS, PARENTS, [3], 6))
        assert found[:, 0].T.tolist() == [[2, 6, 6, 6], [2, 5, 8, 6], [2, 6, 6, 6]]


@pytest.mark.parametrize("wrong", [-1, 3, 1000])
def test_a_parent_that_is_no_beam(tier: str, wrong: int) -> None:
    """The error says which sequence came to it, and at which step it was looked for. Nobody comes to the others."""
    steps, parents = tf.placeholder(tf.int32), tf.placeholder(tf.int32)
    found = tf.contrib.seq2seq.gather_tree(steps, parents, [3], END)
    with tf.Session() as sess:
        broken = PARENTS.copy()
        broken[1, 0, 1] = wrong  # beam 1 goes through beam 1
        with pytest.raises(tf.errors.InvalidArgumentError,
                           match=rf"Saw invalid parent id {wrong} at \(batch, time, beam\) == \(0, 0, 1\)"):
            sess.run(found, {steps: STEPS, parents: broken})
        unused = PARENTS.copy()
        unused[0, 0, :] = unused[3, 0, :] = unused[1, 0, 0] = wrong
        assert sess.run(found, {steps: STEPS, parents: unused}).tolist() == \
            sess.run(found, {steps: STEPS, parents: PARENTS}).tolist()


def test_shapes_that_do_not_fit(tier: str) -> None:
    gather_tree = tf.contrib.seq2seq.gather_tree
    for arguments in ((STEPS, PARENTS[:2], [3], END), (STEPS[0], PARENTS[0], [3], END), (STEPS, PARENTS, [3, 3], END),
                      (STEPS, PARENTS, [3], [END])):
        with pytest.raises(ValueError, match="Shape|shape|Dimension"):
            gather_tree(*arguments)
    lengths = tf.placeholder(tf.int32)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="must match"):
        sess.run(gather_tree(STEPS, PARENTS, lengths, END), {lengths: [1, 2]})


def test_what_is_known_of_the_shape() -> None:
    steps, parents = tf.placeholder(tf.int32, [None, None, 4]), tf.placeholder(tf.int32, [5, None, None])
    assert tf.contrib.seq2seq.gather_tree(steps, parents, [1, 2], END).shape.as_list() == [5, 2, 4]
