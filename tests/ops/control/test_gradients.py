"""Gradients through branches and loops, to second order, against differences and against the same thing written out."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf


@pytest.fixture(autouse=True)
def _graph():
    with tf.Graph().as_default():
        yield


def _orders(y, x):
    """`y`, its derivative, and its second derivative by `x`."""
    first = tf.gradients(y, x)[0]
    return [y, first, tf.gradients(first, x)[0]]


def _check(looped, written_out, feeds, rtol=2e-5):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for ours, theirs in zip(sess.run(looped, feeds), sess.run(written_out, feeds), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-6)


@pytest.mark.parametrize("taken", [True, False])
def test_a_branch(tier, taken):
    c, x, z = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [2])
    y = tf.cond(c, lambda: tf.sin(x * 2.0) * x, lambda: z * z * 5.0)
    plain = tf.sin(x * 2.0) * x if taken else z * z * 5.0
    source = x if taken else z
    _check(_orders(y, source), _orders(plain, source), {c: taken, x: [1.0, 2.0], z: [3.0, 4.0]})


def test_what_a_branch_does_not_use_has_gradient_zero(tier):
    c, x, z = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    found = tf.gradients(tf.cond(c, lambda: x * 2.0, lambda: z * 5.0), [x, z])
    with tf.Session() as sess:
        assert sess.run(found, {c: True, x: 1.0, z: 1.0}) == [2.0, 0.0]
        assert sess.run(found, {c: False, x: 1.0, z: 1.0}) == [0.0, 5.0]


@pytest.mark.parametrize("value", [20.0, 1.0, -1.0])
def test_branches_in_branches(tier, value):
    x = tf.placeholder(tf.float32, [])
    y = tf.cond(x > 0.0, lambda: tf.cond(x > 10.0, lambda: 2.0 * x * x, lambda: tf.exp(x)), lambda: x * x * x)
    plain = 2.0 * x * x if value > 10 else tf.exp(x) if value > 0 else x * x * x
    _check(_orders(y, x), _orders(plain, x), {x: value})


@pytest.mark.parametrize("choice", [0, 1, 5])
def test_a_case(tier, choice):
    k, x = tf.placeholder(tf.int32, []), tf.placeholder(tf.float32, [])
    y = tf.switch_case(k, [lambda: x * x, lambda: tf.sin(x)], default=lambda: x * x * x)
    _check(_orders(y, x), _orders([x * x, tf.sin(x), x * x * x][min(choice, 2)], x), {k: choice, x: 0.7})


def _unrolled(step, start, count):
    for _ in range(count):
        start = step(start)
    return start


@pytest.mark.parametrize("count", [0, 1, 5, 40])
def test_a_loop_whose_iterations_are_counted_at_run_time(tier, count):
    n, x = tf.placeholder(tf.int32, []), tf.placeholder(tf.float32, [2])

    def step(a):
        return tf.sin(a) * x + 0.5

    _, y = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, step(a)), [0, x * 0.1])
    _check(_orders(y, x)[:2], _orders(_unrolled(step, x * 0.1, count), x)[:2], {n: count, x: [0.9, -0.7]}, 1e-4)


def test_the_second_derivative_of_a_loop(tier):
    n, x = tf.placeholder(tf.int32, []), tf.placeholder(tf.float32, [])
    _, y = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * x), [0, 1.0])
    with tf.Session() as sess:
        found = sess.run(_orders(y, x), {n: 5, x: 1.5})
    np.testing.assert_allclose(found, [1.5**5, 5 * 1.5**4, 20 * 1.5**3], rtol=1e-5)


def test_a_branch_in_a_loop(tier):
    x = tf.placeholder(tf.float32, [])

    def step(i, a):
        return i + 1, tf.cond(tf.equal(i % 2, 0), lambda: tf.sin(a) * x, lambda: a * a)

    _, y = tf.while_loop(lambda i, a: i < 4, step, [0, 0.7])
    a = tf.constant(0.7)
    for i in range(4):
        a = a * a if i % 2 else tf.sin(a) * x
    _check(_orders(y, x), _orders(a, x), {x: 1.1})


def test_a_loop_in_a_branch(tier):
    c, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [])

    def powers():
        return tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [0, 1.0])[1]

    y = tf.cond(c, powers, lambda: x)
    _check(_orders(y, x), _orders(x * x * x, x), {c: True, x: 1.3})


def test_weights_that_all_iterations_use(tier):
    w, x = tf.Variable([[0.5, 0.1], [-0.2, 0.9]]), tf.constant([[1.0, 2.0]])
    _, y = tf.while_loop(lambda i, h: i < 3, lambda i, h: (i + 1, tf.tanh(tf.matmul(h, w))), [0, x])
    plain = _unrolled(lambda h: tf.tanh(tf.matmul(h, w)), x, 3)
    _check(tf.gradients(y, [x, w]), tf.gradients(plain, [x, w]), {})


def test_look_ups_in_a_loop_give_slices(tier):
    table = tf.Variable(tf.random_uniform([4, 2], seed=1))

    def step(i, a):
        return i + 1, a * tf.nn.embedding_lookup(table, [i, 1])

    _, y = tf.while_loop(lambda i, a: i < 3, step, [0, tf.ones([2, 2])])
    a = tf.ones([2, 2])
    for i in range(3):
        a = a * tf.nn.embedding_lookup(table, [i, 1])
    found = tf.gradients(y, table)[0]
    assert isinstance(found, tf.IndexedSlices)
    _check([tf.convert_to_tensor(found)], [tf.convert_to_tensor(tf.gradients(a, table)[0])], {})


def test_a_loop_without_gradients_gives_none():
    x = tf.constant(1.5)
    _, y = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [0, 1.0], back_prop=False)
    assert tf.gradients(y, x) == [None]


def test_loop_variables_that_change_places(tier):
    x = tf.placeholder(tf.float32, [])
    _, a, b = tf.while_loop(lambda i, a, b: i < 3, lambda i, a, b: (i + 1, b, a * b), [0, x, x * 2.0])
    p, q = x, x * 2.0
    for _ in range(3):
        p, q = q, p * q
    _check(_orders(a + b, x), _orders(p + q, x), {x: 1.2})


def test_gradients_inside_of_a_body(tier):
    """Newton's method asks for a derivative in each iteration."""
    def step(i, x):
        y = x * x * x - 8.0
        return i + 1, x - y / tf.gradients(y, x)[0]

    _, root = tf.while_loop(lambda i, x: i < 20, step, [0, 5.0])
    with tf.Session() as sess:
        np.testing.assert_allclose(sess.run(root), 2.0, rtol=1e-6)


def test_gradients_inside_of_a_body_by_what_is_outside(tier):
    c, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [])
    h = x * x
    y = tf.cond(c, lambda: tf.gradients(h * 3.0, x)[0], lambda: 0.0)
    with tf.Session() as sess:
        assert sess.run(y, {c: True, x: 2.0}) == 12.0


def test_training_by_a_loop_takes_steps_only_when_it_is_taken(tier):
    c = tf.placeholder(tf.bool, [])
    v = tf.Variable(1.0)
    step = tf.cond(c, lambda: tf.group(tf.train.GradientDescentOptimizer(0.1).minimize(v * v)), tf.no_op)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(step, {c: False})
        assert sess.run(v) == 1.0
        sess.run(step, {c: True})
        np.testing.assert_allclose(sess.run(v), 0.8, rtol=1e-6)
