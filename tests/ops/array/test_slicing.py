"""Parts of tensors: every form of `tensor[...]`, slices, masks."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from op_case import COMPILED, INTERPRETED, OpCase, floats, session

import millpond as tf
from millpond.graph.opdef import lookup

INDEX = np.int32(1)

CASES = [
    OpCase("Slice", lambda tf, x: tf.slice(x, [1, 0], [-1, 2]), [floats(3, 4)], gradient=True,
           expected=lambda x: x[1:, :2]),
    OpCase("Slice", lambda tf, x, i: tf.slice(x, [i * 1, 0], [2, 4]), [floats(3, 4), INDEX], gradient=(0,),
           note="computed begin", expected=lambda x, i: x[1:3]),
    OpCase("StridedSlice", lambda tf, x: x[1:, ::2], [floats(3, 4)], gradient=True, expected=lambda x: x[1:, ::2]),
    OpCase("StridedSlice", lambda tf, x: x[::-1, -2], [floats(3, 4)], gradient=True, note="negative",
           expected=lambda x: x[::-1, -2]),
    OpCase("StridedSlice", lambda tf, x: x[:, tf.newaxis, ..., 1], [floats(3, 2, 4)], gradient=True,
           note="new axis and ellipsis", expected=lambda x: x[:, None, ..., 1]),
    OpCase("StridedSlice", lambda tf, x, i: x[..., i * 1], [floats(3, 4), INDEX], gradient=(0,),
           note="computed index", expected=lambda x, i: x[:, 1]),
    OpCase("StridedSlice", lambda tf, x, i: x[i:i + 2, 1], [floats(4, 2), INDEX], gradient=(0,),
           note="computed range", expected=lambda x, i: x[1:3, 1]),
    OpCase("StridedSliceGrad",
           lambda tf, y: lookup("StridedSliceGrad")([4, 3], [0, 1], [4, 2], [2, 1], y, shrink_axis_mask=2),
           [floats(2)], gradient=True,
           expected=lambda y: np.array([[0, y[0], 0], [0, 0, 0], [0, y[1], 0], [0, 0, 0]], np.float32)),
]

ENTRIES = [0, -1, slice(None), slice(1, None), slice(None, None, -1), slice(-2, None), slice(3, 0, -2),
           slice(0, 100, 2), slice(2, 1), None, Ellipsis]


@pytest.mark.slow
def test_all_pairs_of_indices_agree_with_numpy_in_values_shapes_and_gradients() -> None:
    value = floats(3, 4, 2)
    keys = [key for key in itertools.product(ENTRIES, repeat=2) if key.count(Ellipsis) < 2]
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [3, 4, 2])
        parts = [x[key] for key in keys]
        grads = [tf.gradients(part, x)[0] for part in parts]
        for tier in (INTERPRETED, COMPILED):
            with session(tf, graph, tier) as sess:
                results, slopes = sess.run([parts, grads], {x: value})
            for key, part, result, slope in zip(keys, parts, results, slopes, strict=True):
                np.testing.assert_array_equal(result, value[key], err_msg=str(key))
                assert part.shape.as_list() == list(value[key].shape), key
                wanted = np.zeros_like(value)
                wanted[key] = 1
                np.testing.assert_array_equal(slope, wanted, err_msg=str(key))


def test_node_names_are_tensorflows() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2, 3], name="x")
        n = tf.placeholder(tf.int32, [], name="n")
        x[n]
        names = [(op.name, op.type) for op in graph.get_operations()][2:]
        assert names == [("add/y", "Const"), ("add", "AddV2"), ("strided_slice/stack", "Pack"),
                         ("strided_slice/stack_1", "Pack"), ("strided_slice/stack_2", "Const"),
                         ("strided_slice", "StridedSlice")]


def test_an_index_out_of_range_is_found_while_building_or_when_run() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2, 3])
        i = tf.placeholder(tf.int32, [])
        with pytest.raises(ValueError, match="slice index 5 of dimension 1 out of bounds"):
            x[0, 5]
        with pytest.raises(ValueError, match="input has only 2 dims"):
            x[0, 0, 0]
        fed, computed = x[i], x[i * 1]
        for tier, y in itertools.product((INTERPRETED, COMPILED), (fed, computed)):
            with session(tf, graph, tier) as sess:
                with pytest.raises(tf.errors.InvalidArgumentError, match="slice index 2 of dimension 0 out of bounds"):
                    sess.run(y, {x: floats(2, 3), i: 2})
                assert sess.run(y, {x: [[1, 2, 3], [4, 5, 6]], i: -1}).tolist() == [4, 5, 6]


def test_what_cannot_be_an_index_is_refused() -> None:
    with tf.Graph().as_default():
        x = tf.zeros([2, 3])
        for key in ("a", 1.5, [[0, 1]], tf.constant([0, 1])):
            with pytest.raises(TypeError, match="valid indices"):
                x[key]
        with pytest.raises(ValueError, match="Multiple ellipses"):
            x[..., ...]
        with pytest.raises(ValueError, match="non-zero"):
            x[::0]


def test_a_slice_that_sticks_out_is_refused_in_both_tiers() -> None:
    with tf.Graph().as_default() as graph:
        x, i = tf.placeholder(tf.float32, None), tf.placeholder(tf.int32, [1])
        y = tf.slice(x, i * 1, [2])
        for tier in (INTERPRETED, COMPILED):
            with session(tf, graph, tier) as sess, pytest.raises(
                    tf.errors.InvalidArgumentError, match=r"Expected size\[0\] in \[0, 1\], but got 2"):
                sess.run(y, {x: [1.0, 2.0, 3.0], i: [2]})


def test_a_slice_that_is_known_to_stick_out_fails_when_it_runs() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2, 3])
        y = tf.slice(x, [1, 0], [2, 3])
        assert y.shape.as_list() == [2, 3]
        crop = tf.random_crop(x, [3, 3])
        for tier in (INTERPRETED, COMPILED):
            with session(tf, graph, tier) as sess:
                for fetch, message in ((y, r"Expected size\[0\] in \[0, 1\]"), (crop, "Need value.shape >=")):
                    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
                        sess.run(fetch, {x: np.zeros((2, 3))})


def test_the_rest_after_the_end_is_refused_when_it_is_built() -> None:
    with tf.Graph().as_default():
        for x in (tf.constant([5, 6]), tf.placeholder(tf.int32, [2])):
            with pytest.raises(ValueError, match=r"Expected begin\[0\] in \[0, 2\], but got 3"):
                tf.slice(x, [3], [-1])
            assert tf.slice(x, [2], [-1]).shape == [0]
        assert tf.slice(tf.placeholder(tf.int32, [None]), [3], [-1]).shape.as_list() == [None]


@pytest.mark.parametrize("begin, end, strides", [
    ([0], [2, 1], [1]), ([0, 0], [1], [1, 1]), ([0, 0], [1, 1], [1]), (0, 1, None), ([[0]], [[1]], None)])
def test_begin_end_and_strides_are_vectors_of_one_length(begin: Any, end: Any, strides: Any) -> None:
    with tf.Graph().as_default():
        for x in (tf.zeros([2, 3]), tf.placeholder(tf.float32)):
            with pytest.raises(ValueError, match="vectors of one length|must be rank 1"):
                tf.strided_slice(x, begin, end, strides)


def test_begin_and_end_of_different_lengths_fail_when_only_the_run_knows_them() -> None:
    with tf.Graph().as_default() as graph:
        begin, end = tf.placeholder(tf.int32), tf.placeholder(tf.int32)
        y = tf.strided_slice(tf.zeros([2, 3]), begin, end)
        for tier in (INTERPRETED, COMPILED):
            with session(tf, graph, tier) as sess:
                assert sess.run(y, {begin: [0, 1], end: [1, 3]}).shape == (1, 2)
                with pytest.raises(tf.errors.InvalidArgumentError, match="one length"):
                    sess.run(y, {begin: [0], end: [1, 2]})


def test_boolean_mask_keeps_what_is_true() -> None:
    value, mask = floats(3, 2), np.array([True, False, True])
    with tf.Graph().as_default() as graph:
        x, m = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.bool, [None])
        y = tf.boolean_mask(x, m)
        columns = tf.boolean_mask(x, [True, False], axis=1)
        assert y.shape.as_list() == [None, 2]
        with pytest.raises(ValueError, match="mask cannot be scalar"):
            tf.boolean_mask(x, True)
        for tier in (INTERPRETED, COMPILED):
            with session(tf, graph, tier) as sess:
                found = sess.run([y, x[m], columns], {x: value, m: mask})
            np.testing.assert_array_equal(found[0], value[mask])
            np.testing.assert_array_equal(found[1], value[mask])
            np.testing.assert_array_equal(found[2], value[:, :1])
