"""Repeating, padding, reversing, and blocks of space."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import OpCase, floats, integers

import millpond as tf
from millpond.graph.opdef import lookup

LENGTHS = np.array([2, 0, 3], np.int32)


def _reversed(x, lengths):
    result = x.copy()
    for row, n in enumerate(lengths):
        result[row, :n] = x[row, :n][::-1]
    return result


def _patches(x, size):
    rows, columns = x.shape[1] - size + 1, x.shape[2] - size + 1
    return np.concatenate([x[:, i:i + rows, j:j + columns] for i in range(size) for j in range(size)], axis=3)


CASES = [
    OpCase("Tile", lambda tf, x: tf.tile(x, [2, 1, 3]), [floats(2, 3, 1)], gradient=True,
           expected=lambda x: np.tile(x, (2, 1, 3))),
    OpCase("Tile", lambda tf, x, n: tf.tile(x, [n, 2]), [floats(2, 3), np.int32(2)], gradient=(0,), note="computed",
           expected=lambda x, n: np.tile(x, (2, 2))),
    OpCase("Pad", lambda tf, x: tf.pad(x, [[1, 0], [0, 2]]), [floats(2, 3)], gradient=True,
           expected=lambda x: np.pad(x, [(1, 0), (0, 2)])),
    OpCase("PadV2", lambda tf, x, v: tf.pad(x, [[1, 0], [0, 2]], constant_values=v), [floats(2, 3), floats(seed=1)],
           gradient=True, expected=lambda x, v: np.pad(x, [(1, 0), (0, 2)], constant_values=v)),
    OpCase("MirrorPad", lambda tf, x: tf.pad(x, [[1, 0], [2, 1]], "REFLECT"), [floats(2, 3)], gradient=True,
           expected=lambda x: np.pad(x, [(1, 0), (2, 1)], "reflect")),
    OpCase("MirrorPad", lambda tf, x: tf.pad(x, [[2, 1], [3, 0]], "SYMMETRIC"), [floats(2, 3)], gradient=True,
           note="symmetric", expected=lambda x: np.pad(x, [(2, 1), (3, 0)], "symmetric")),
    OpCase("MirrorPadGrad", lambda tf, x: lookup("MirrorPadGrad")(x, [[1, 2]], mode="REFLECT"), [floats(6)],
           gradient=True, expected=lambda x: np.array([x[1] + x[5], x[0] + x[2] + x[4], x[3]])),
    OpCase("ReverseV2", lambda tf, x: tf.reverse(x, [-1, 0]), [floats(2, 3)], gradient=True,
           expected=lambda x: x[::-1, ::-1]),
    OpCase("Reverse", lambda tf, x: lookup("Reverse")(x, [False, True]), [floats(2, 3)], gradient=True,
           expected=lambda x: x[:, ::-1]),
    OpCase("ReverseSequence", lambda tf, x, n: tf.reverse_sequence(x, n, seq_axis=1), [floats(3, 4, 2), LENGTHS],
           gradient=(0,), expected=_reversed),
    OpCase("ReverseSequence", lambda tf, x, n: tf.reverse_sequence(x, n, seq_dim=0, batch_dim=1),
           [floats(4, 3), LENGTHS], gradient=(0,), note="time first", expected=lambda x, n: _reversed(x.T, n).T),
    OpCase("Roll", lambda tf, x, n: tf.roll(x, [n, -1], [0, 1]), [floats(3, 4), np.int32(5)], gradient=(0,),
           expected=lambda x, n: np.roll(x, (5, -1), (0, 1))),
    OpCase("SpaceToBatchND", lambda tf, x: tf.space_to_batch_nd(x, [2, 3], [[0, 0], [1, 1]]), [floats(1, 4, 4, 2)],
           gradient=True),
    OpCase("BatchToSpaceND", lambda tf, x: tf.batch_to_space_nd(x, [2, 3], [[0, 0], [1, 1]]), [floats(6, 2, 2, 2)],
           gradient=True),
    OpCase("SpaceToBatch", lambda tf, x: lookup("SpaceToBatch")(x, [[0, 0], [0, 0]], block_size=2),
           [floats(1, 2, 4, 1)], gradient=True,
           expected=lambda x: np.stack([x[0, i::2, j::2] for i in range(2) for j in range(2)])),
    OpCase("BatchToSpace", lambda tf, x: lookup("BatchToSpace")(x, [[0, 0], [0, 0]], block_size=2),
           [floats(4, 1, 2, 1)], gradient=True,
           expected=lambda x: x.reshape(2, 2, 1, 2).transpose(2, 0, 3, 1).reshape(1, 2, 4, 1)),
    OpCase("SpaceToDepth", lambda tf, x: tf.space_to_depth(x, 2), [floats(1, 4, 2, 3)], gradient=True,
           expected=lambda x: np.concatenate([x[:, i::2, j::2] for i in range(2) for j in range(2)], 3)),
    OpCase("SpaceToDepth", lambda tf, x: tf.space_to_depth(x, 2, data_format="NCHW"), [floats(1, 3, 4, 2)],
           gradient=True, note="NCHW",
           expected=lambda x: np.concatenate([x[:, :, i::2, j::2] for i in range(2) for j in range(2)], 1)),
    OpCase("DepthToSpace", lambda tf, x: tf.depth_to_space(x, 2), [floats(1, 2, 1, 8)], gradient=True,
           expected=lambda x: x.reshape(1, 2, 1, 2, 2, 2).transpose(0, 1, 3, 2, 4, 5).reshape(1, 4, 2, 2)),
    OpCase("DepthToSpace", lambda tf, x: tf.depth_to_space(x, 2, data_format="NCHW"), [floats(1, 8, 2, 1)],
           gradient=True, note="NCHW",
           expected=lambda x: x.reshape(1, 2, 2, 2, 2, 1).transpose(0, 3, 4, 1, 5, 2).reshape(1, 2, 4, 2)),
    OpCase("ExtractImagePatches",
           lambda tf, x: tf.extract_image_patches(x, [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID"),
           [floats(2, 3, 4, 2)], gradient=True, expected=lambda x: _patches(x, 2)),
    OpCase("ExtractImagePatches",
           lambda tf, x: tf.extract_image_patches(x, [1, 2, 3, 1], [1, 2, 1, 1], [1, 2, 1, 1], "SAME"),
           [floats(1, 4, 3, 1)], gradient=True, note="same"),
]


def test_space_and_batch_undo_each_other() -> None:
    value = floats(2, 5, 7, 3)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 5, 7, 3])
        paddings, crops = tf.required_space_to_batch_paddings([5, 7], [2, 3])
        blocks = tf.space_to_batch_nd(x, [2, 3], paddings)
        back = tf.batch_to_space_nd(blocks, [2, 3], crops)
        assert blocks.shape.as_list() == [None, 3, 3, 3]
        np.testing.assert_array_equal(sess.run(back, {x: value}), value)


def test_paddings_that_do_not_fit_are_refused() -> None:
    with tf.Graph().as_default():
        x = tf.zeros([2, 3])
        with pytest.raises(ValueError, match="must be rank 1 but is rank 2"):
            tf.pad(x, [[1, 1]])
        with pytest.raises(ValueError, match="no greater than the dimension size"):
            tf.pad(x, [[0, 0], [3, 0]], "REFLECT")
        with pytest.raises(ValueError, match="Unknown padding mode: WRAP"):
            tf.pad(x, [[0, 0], [1, 1]], "WRAP")
        with pytest.raises(ValueError, match="evenly divisible by 3"):
            tf.space_to_depth(tf.zeros([1, 4, 4, 1]), 3)


def test_strings_are_padded_with_empty_ones() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        assert sess.run(tf.pad(["a"], [[1, 0]])).tolist() == [b"", b"a"]
        assert sess.run(tf.tile(["a"], [2])).tolist() == [b"a", b"a"]


def test_a_length_beyond_the_sequence_is_refused() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        n = tf.placeholder(tf.int32, [1])
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"seq_lens\(0\) > input.dims\(1\)"):
            sess.run(tf.reverse_sequence([[1, 2]], n, seq_axis=1), {n: [3]})


def test_the_bools_of_the_first_releases_reverse_too() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        assert sess.run(tf.reverse([[1, 2], [3, 4]], [False, True])).tolist() == [[2, 1], [4, 3]]


def test_sequence_mask() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        n = tf.placeholder(tf.int32, [None])
        mask = tf.sequence_mask(n)
        assert sess.run(mask, {n: [1, 3, 0]}).tolist() == [[True, False, False], [True] * 3, [False] * 3]
        assert tf.sequence_mask(n, 4, tf.float32).shape.as_list() == [None, 4]


def test_repeat_is_numpys() -> None:
    value = integers(2, 3)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.int32, [None, 3])
        assert tf.repeat(x, 2, axis=1).shape.as_list() == [None, 6]
        for repeats, axis in ((2, 0), (3, -1), ([1, 0, 2], 1), (2, None)):
            np.testing.assert_array_equal(sess.run(tf.repeat(x, repeats, axis), {x: value}),
                                          np.repeat(value, repeats, axis))
