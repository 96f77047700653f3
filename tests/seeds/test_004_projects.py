"""Seed 004: "AIDL: Projects", the gentle introduction to TensorFlow."""

from __future__ import annotations

import random

import pytest

import millpond as tf


def test_the_micro_example() -> None:
    graph = tf.Graph()
    with graph.as_default():
        x = tf.placeholder(tf.float32, shape=[], name="x")
        A = tf.get_variable("A", shape=[], dtype=tf.float32, initializer=tf.initializers.random_normal())
        b = tf.random_normal(shape=[], dtype=tf.float32, name="b")
        y = A * x
        z = y + b
    with tf.Session(graph=graph) as sess:
        sess.run(tf.global_variables_initializer())
        given = random.random()
        result, slope, noise = sess.run([z, A, b], feed_dict={x: given})
        assert result == pytest.approx(slope * given + noise, rel=1e-5)
        assert sess.run(A) == slope


def test_a_python_name_is_no_variable() -> None:
    """Sanity check: the name is bound to the sum, 5; the graph's variable stays 1."""
    v = variable = tf.get_variable("v", shape=[], initializer=tf.constant_initializer(1), dtype=tf.int32)
    c = tf.constant(4)
    v = tf.add(v, c)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(v) == 5
        assert sess.run(variable) == 1


def test_a_value_as_initializer() -> None:
    """The slide passes the number itself, with the shape left to it."""
    v = tf.get_variable("v", initializer=1)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(tf.add(v, tf.constant(4))) == 5


def test_an_update_is_an_operation() -> None:
    v = tf.get_variable("v", initializer=1)
    v_update = v.assign_add(tf.constant(4))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(v_update) == 5
        assert sess.run(v) == 5


def test_python_operators_are_overridden() -> None:
    a, b = tf.constant(6.0), tf.constant(3.0)
    with tf.Session() as sess:
        assert sess.run([a + b, a * b, a - b, a / b]) == sess.run(
            [tf.add(a, b), tf.multiply(a, b), tf.subtract(a, b), tf.divide(a, b)]) == [9.0, 18.0, 3.0, 2.0]
