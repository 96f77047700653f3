"""Structures of values are taken apart in one order everywhere."""

import collections

import millpond as tf
from millpond.nested import flatten


def test_dictionaries_are_read_by_sorted_keys_and_strings_are_leaves() -> None:
    Point = collections.namedtuple("Point", "x y")
    assert flatten({"b": [Point(1, 2), ()], "a": "text", "c": None}) == ["text", 1, 2, None]


def test_a_group_and_an_optimizer_take_nested_structures() -> None:
    w, b = tf.Variable(1.0, name="w"), tf.Variable(2.0, name="b")
    both = tf.group({"w": w.assign_add(1.0), "b": [b.assign_add(1.0)]})
    step = tf.train.GradientDescentOptimizer(0.5).minimize(w + b, var_list={"w": w})
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(both)
        sess.run(step)
        assert sess.run([w, b]) == [1.5, 3.0]
