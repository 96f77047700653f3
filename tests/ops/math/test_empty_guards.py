"""Checks of values at run time let empty results pass: nothing is divided, raised, drawn or looked up."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

DIVISIONS = [(function, dtype) for function in ("floordiv", "floormod", "mod", "truncatediv", "div", "floor_div")
             for dtype in ("int8", "int16", "int32", "int64", "uint8", "uint16")]
DIVISIONS += [("truncatemod", "int32"), ("truncatemod", "int64")]


@pytest.mark.parametrize(("function", "dtype"), DIVISIONS)
def test_an_empty_division_by_zero(function, dtype, tier):
    x, y = tf.placeholder(dtype), tf.placeholder(dtype)
    z = getattr(tf, function)(x, y)
    with tf.Session() as sess:
        for first, second, shape in (([0], [], [0]), ([0, 3], [3], [0, 3]), ([2, 1], [0], [2, 0]), ([], [0], [0])):
            value = sess.run(z, {x: np.ones(first, dtype), y: np.zeros(second, dtype)})
            assert value.shape == tuple(shape) and value.dtype == dtype
        with pytest.raises(tf.errors.InvalidArgumentError, match="division by zero"):
            sess.run(z, {x: np.ones([1], dtype), y: np.zeros([], dtype)})


def test_empty_integers_are_raised_to_a_negative_power(tier):
    x = tf.placeholder(tf.int32, [None])
    power = tf.pow(x, tf.placeholder_with_default(-1, []))
    with tf.Session() as sess:
        assert sess.run(power, {x: np.zeros([0], np.int32)}).shape == (0,)
        with pytest.raises(tf.errors.InvalidArgumentError, match="negative"):
            sess.run(power, {x: [2]})


def test_no_integers_are_drawn_from_an_empty_range(tier):
    low = tf.placeholder(tf.int32, [])
    with tf.Session() as sess:
        for draw in (lambda shape: tf.random_uniform(shape, low, 3, tf.int32),
                     lambda shape: tf.random.stateless_uniform(shape, [1, 2], low, 3, tf.int32)):
            assert sess.run(draw([0, 2]), {low: 5}).shape == (0, 2)
            with pytest.raises(tf.errors.InvalidArgumentError, match="minval < maxval"):
                sess.run(draw([1]), {low: 5})


def test_empty_rows_are_looked_up_and_added_whatever_the_index(tier):
    index = tf.placeholder(tf.int32, [None])
    fetches = [tf.gather(tf.zeros([3, 0]), index), tf.unsorted_segment_sum(tf.zeros([2, 0]), index, 3)]
    with tf.Session() as sess:
        assert [value.shape for value in sess.run(fetches, {index: [7, 1]})] == [(2, 0), (3, 0)]
        with pytest.raises(tf.errors.InvalidArgumentError, match="not in"):
            sess.run(tf.gather(tf.zeros([0, 3]), index), {index: [0]})


def test_nothing_in_a_variable_is_divided_by_zero(tier):
    v = tf.get_variable("v", initializer=tf.constant([7, 7]))
    index, divisor = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.int32, [])
    update = tf.scatter_div(v, index, divisor)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(update, {index: [], divisor: 0}).tolist() == [7, 7]
        with pytest.raises(tf.errors.InvalidArgumentError, match="division by zero"):
            sess.run(update, {index: [1], divisor: 0})
