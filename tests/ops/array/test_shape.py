"""The shape of a tensor: asking for it and changing it."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import OpCase, complexes, floats, integers

import millpond as tf

CASES = [
    OpCase("Shape", lambda tf, x: tf.shape(x, optimize=False), [floats(2, 3)],
           expected=lambda x: np.array([2, 3], np.int32)),
    OpCase("Shape", lambda tf, x: tf.shape(x, out_type=tf.int64, optimize=False), [floats(2, 3, 0)], note="int64",
           expected=lambda x: np.array([2, 3, 0]), attrs={"out_type": tf.int64}),
    OpCase("ShapeN", lambda tf, x, y: tf.shape_n([x, y]), [floats(2, 3), floats(4)],
           expected=lambda x, y: [np.array([2, 3], np.int32), np.array([4], np.int32)]),
    OpCase("Size", lambda tf, x: tf.size(tf.placeholder_with_default(x, None)), [floats(2, 3)],
           expected=lambda x: np.int32(6)),
    OpCase("Rank", lambda tf, x: tf.rank(tf.placeholder_with_default(x, None)), [floats(2, 3)],
           expected=lambda x: np.int32(2)),
    OpCase("Reshape", lambda tf, x: tf.reshape(x, [-1, 2]), [floats(2, 3)], gradient=True,
           expected=lambda x: x.reshape(3, 2)),
    OpCase("Reshape", lambda tf, x: tf.reshape(x, [tf.shape(x)[1], -1]), [floats(2, 3)], gradient=True, note="dynamic",
           rank_needed=True, expected=lambda x: x.reshape(3, 2)),
    OpCase("Reshape", lambda tf, x, s: tf.reshape(x, s), [floats(4), integers(2, low=2, high=3)], gradient=(0,),
           note="fed", expected=lambda x, s: x.reshape(2, 2)),
    OpCase("ExpandDims", lambda tf, x: tf.expand_dims(x, -2), [floats(2, 3)], gradient=True,
           expected=lambda x: x[:, None, :]),
    OpCase("Squeeze", lambda tf, x: tf.squeeze(x), [floats(1, 3, 1)], gradient=True, expected=lambda x: x[0, :, 0]),
    OpCase("Squeeze", lambda tf, x: tf.squeeze(x, [-1]), [floats(1, 3, 1)], gradient=True, note="axis",
           expected=lambda x: x[..., 0], attrs={"squeeze_dims": [-1]}),
    OpCase("Transpose", lambda tf, x: tf.transpose(x, [2, 0, 1]), [floats(2, 3, 4)], gradient=True,
           expected=lambda x: x.transpose(2, 0, 1)),
    OpCase("Transpose", lambda tf, x: tf.transpose(x), [floats(2, 3, 4)], gradient=True, note="default",
           expected=lambda x: x.T),
    OpCase("ConjugateTranspose", lambda tf, x: tf.transpose(x, conjugate=True), [complexes(2, 3)],
           expected=lambda x: x.conj().T),
    OpCase("InvertPermutation", lambda tf, x: tf.invert_permutation(x), [np.array([2, 0, 3, 1], np.int32)],
           expected=lambda x: np.array([1, 3, 0, 2], np.int32)),
    OpCase("BroadcastTo", lambda tf, x: tf.broadcast_to(x, [4, 2, 3]), [floats(2, 1)], gradient=True,
           expected=lambda x: np.broadcast_to(x, (4, 2, 3))),
    OpCase("BroadcastArgs", lambda tf, x, y: tf.broadcast_dynamic_shape(x, y),
           [np.array([2, 1], np.int32), np.array([5, 1, 3], np.int32)],
           expected=lambda x, y: np.array([5, 2, 3], np.int32)),
    OpCase("GuaranteeConst", lambda tf, x: tf.guarantee_const(x), [floats(2)], expected=lambda x: x),
    OpCase("EnsureShape", lambda tf, x: tf.ensure_shape(x, [None, 3]), [floats(2, 3)], gradient=True,
           expected=lambda x: x),
]


def test_a_known_shape_is_a_constant_and_an_unknown_one_a_node() -> None:
    with tf.Graph().as_default():
        known = tf.placeholder(tf.float32, [2, 3])
        partial = tf.placeholder(tf.float32, [None, 3])
        assert [tf.shape(known).op.type, tf.size(known).op.type, tf.rank(partial).op.type] == ["Const"] * 3
        assert [tf.shape(partial).op.type, tf.size(partial).op.type] == ["Shape", "Size"]


def test_shapes_worked_out_of_partly_known_shapes() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 3, 4])
        batch, rows, columns = tf.unstack(tf.shape(x))
        assert tf.reshape(x, [batch, 12]).shape.as_list() == [None, 12]
        assert tf.reshape(x, [-1, rows * columns]).shape.as_list() == [None, 12]
        assert tf.zeros(tf.shape(x)[1:]).shape.as_list() == [3, 4]
        assert tf.zeros(tf.concat([tf.shape(x)[:1], [7]], 0)).shape.as_list() == [None, 7]
        assert tf.zeros(tf.cast(tf.shape(x, out_type=tf.int64), tf.int32)).shape.as_list() == [None, 3, 4]
        assert tf.range(rows).shape.as_list() == [3]


def test_one_size_of_zero_tells_that_there_are_no_elements() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 3, 0])
        assert [tf.reshape(x, shape).shape.as_list() for shape in ([-1], [-1, 2], [0, -1], [-1, 0])] == [
            [0], [0, 2], [0, None], [None, 0]]
        with pytest.raises(ValueError, match="Cannot reshape a tensor with 0 elements"):
            tf.reshape(x, [5])


def test_reshape_refuses_another_number_of_elements() -> None:
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="Cannot reshape a tensor with 6 elements to shape"):
            tf.reshape(tf.zeros([2, 3]), [4])
        with pytest.raises(ValueError, match="evenly divisible by 4"):
            tf.reshape(tf.zeros([2, 3]), [-1, 4])
        x = tf.placeholder(tf.float32, None)
        with tf.Session() as sess, pytest.raises(
                tf.errors.InvalidArgumentError,
                match="Input to reshape is a tensor with 3 values, but the requested shape has 4"):
            sess.run(tf.reshape(x, [2, 2]), {x: [1.0, 2.0, 3.0]})


def test_one_session_reshapes_to_whatever_is_fed() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        x, shape = tf.placeholder(tf.float32, [6]), tf.placeholder(tf.int32, [2])
        y = tf.reshape(x, shape)
        for wanted in ([2, 3], [3, -1], [6, 1]):
            value = sess.run(y, {x: np.arange(6.0), shape: wanted})
            np.testing.assert_array_equal(value, np.arange(6, dtype=np.float32).reshape(wanted))


def test_strings_go_through() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.string, [None])
        y = tf.transpose(tf.reshape(x, [2, 2]))
        assert sess.run(y, {x: ["a", "b", "c", "d"]}).tolist() == [[b"a", b"c"], [b"b", b"d"]]


def test_a_permutation_with_a_number_twice_is_refused_in_both_tiers() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.int32, [None])
        y = tf.invert_permutation(x)
        for tier in (-1, 1):
            config = tf.ConfigProto()
            config.graph_options.optimizer_options.global_jit_level = tier
            with tf.Session(config=config) as sess, pytest.raises(tf.errors.InvalidArgumentError,
                                                                  match="1 is duplicated in the input"):
                sess.run(y, {x: [0, 1, 1]})
