"""Branches and loops that have no form as one XLA program run from the host, around compiled bodies."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf
from millpond.compiler import debug


@pytest.fixture(autouse=True)
def _graph():
    with tf.Graph().as_default():
        yield


@pytest.fixture
def notes(monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(debug, "write", said.append)
    with debug.Debug("stages"):
        yield said


def test_a_loop_variable_that_grows(tier):
    n = tf.placeholder(tf.int32, [])
    _, grown = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, tf.concat([a, [i]], 0)), [0, tf.constant([7])],
                             shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])])
    assert grown.shape.as_list() == [None]
    with tf.Session() as sess:
        for count in (4, 0, 6):
            assert sess.run(grown, {n: count}).tolist() == [7, *range(count)]


def test_the_gradient_of_a_loop_variable_that_grows(tier):
    x = tf.placeholder(tf.float32, [2])
    _, grown = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, tf.concat([a * a, x], 0)), [0, x],
                             shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])])
    plain = x
    for _ in range(3):
        plain = tf.concat([plain * plain, x], 0)
    with tf.Session() as sess:
        feeds = {x: [0.5, -0.8]}
        ours, theirs = sess.run([tf.gradients(grown, x)[0], tf.gradients(plain, x)[0]], feeds)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
        np.testing.assert_allclose(sess.run(tf.gradients(grown, x)[0], feeds), theirs, rtol=1e-6)


def test_branches_of_different_shapes(tier):
    c = tf.placeholder(tf.bool, [])
    a, b = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [None])
    y = tf.cond(c, lambda: a * 2.0, lambda: b * 3.0)
    with tf.Session() as sess:
        for _ in range(3):
            assert sess.run(y, {c: True, a: [1, 2], b: [1]}).tolist() == [2.0, 4.0]
            assert sess.run(y, {c: False, a: [1, 2], b: [1]}).tolist() == [3.0]


def test_python_in_a_body_runs_once_in_each_iteration(tier):
    seen = []

    def note(i):
        seen.append(int(i))
        return np.int32(i * 2)

    def body(i, total):
        doubled = tf.py_func(note, [i], tf.int32)
        doubled.set_shape([])
        with tf.control_dependencies([v.assign_add(1)]):
            return i + 1, total + doubled

    v = tf.Variable(0)
    _, total = tf.while_loop(lambda i, t: i < 5, body, [0, 0])
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([total, v]) == [20, 5]
        assert seen == [0, 1, 2, 3, 4]


def test_python_that_fails_in_an_iteration_changes_nothing(tier):
    def fail(i):
        if i == 3:
            raise ValueError("no more")
        return i

    def body(i):
        with tf.control_dependencies([v.assign_add(1)]):
            i = tf.py_func(fail, [i], tf.int32)
        i.set_shape([])
        return i + 1

    v = tf.Variable(0)
    loop = tf.while_loop(lambda i: i < 9, body, [0])
    with tf.Session() as sess:
        sess.run(v.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError, match="no more.*iteration 3 of the loop"):
            sess.run([loop, v])
        assert sess.run(v) == 0


def test_strings_go_through_branches(tier):
    c = tf.placeholder(tf.bool, [])
    text = tf.cond(c, lambda: tf.string_join(["a", "b"]), lambda: tf.constant("z"))
    with tf.Session() as sess:
        assert [sess.run(text, {c: value}) for value in (True, False)] == [b"ab", b"z"]


def test_a_shape_that_a_body_takes_from_outside_is_known_when_it_is_compiled(tier, notes):
    k, x = tf.placeholder(tf.int32, []), tf.placeholder(tf.float32, [None])
    _, y = tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, tf.reshape(tf.reshape(x, [k, -1]) * 2.0, [-1])),
                         [0, x])
    with tf.Session() as sess:
        assert sess.run(y, {x: [1, 2, 3, 4], k: 2}).tolist() == [8.0, 16.0, 24.0, 32.0]
    assert not any("from the host" in note for note in notes)


def test_what_an_assertion_says_does_not_keep_a_loop_from_xla(compiled, notes):
    """Its text is a constant of the body, and looked at by the assertion alone."""
    n = tf.placeholder(tf.int32, [])

    def body(i):
        with tf.control_dependencies([tf.assert_less(i, n, message="too far"), tf.Assert(i >= 0, ["below", i])]):
            return tf.cond(i > 0, lambda: i + tf.cond(i > 1, lambda: 1, lambda: 1), lambda: tf.identity(i) + 1)

    i = tf.while_loop(lambda i: i < 5, body, [0])
    with tf.Session() as sess:
        assert sess.run(i, {n: 5}) == 5
        with pytest.raises(tf.errors.InvalidArgumentError, match="too far.*(?s:.)*iteration 3 of the loop"):
            sess.run(i, {n: 3})
    assert not any("from the host" in note for note in notes)


def test_that_a_loop_runs_from_the_host_is_said(compiled, notes):
    i = tf.while_loop(lambda i: i < 3, lambda i: tf.reshape(tf.py_func(lambda i: i + 1, [i], tf.int32), []), [0])
    with tf.Session() as sess:
        sess.run(i)
    assert any("'while/While' (While) runs from the host: 'while/PyFunc' (PyFunc) in it runs on the host" in note
               for note in notes)


def test_random_numbers_are_the_same_from_the_host(monkeypatch):
    tf.set_random_seed(7)

    def body(i, a):
        i = tf.py_func(lambda i: i, [i], tf.int32)
        i.set_shape([])
        return i + 1, a + tf.random_uniform([2])

    _, y = tf.while_loop(lambda i, a: i < 3, body, [0, tf.zeros([2])])
    drawn = []
    for forced in ("interpreted", "compiled"):
        monkeypatch.setenv("MILLPOND_TIER", forced)
        with tf.Session() as sess:
            drawn.append([sess.run(y), sess.run(y)])
    np.testing.assert_allclose(drawn[0], drawn[1], rtol=1e-6)


@pytest.mark.parametrize("taken", [True, False])
def test_branches_give_lists_beside_arrays_of_different_shapes(tier, taken):
    x, p = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.bool, [])

    def branch(rows):
        return tf.TensorArray(tf.float32, 2).unstack(x[:2]), x[:rows]

    array, part = tf.cond(p, lambda: branch(1), lambda: branch(3))
    total = array.stack() + tf.reduce_sum(part)
    with tf.Session() as sess:
        found = sess.run([total, tf.gradients(total, x)[0]], {x: [1.0, 2.0, 3.0], p: taken})
    np.testing.assert_array_equal(found[0], [2.0, 3.0] if taken else [7.0, 8.0])
    np.testing.assert_array_equal(found[1], [3.0, 1.0, 0.0] if taken else [3.0, 3.0, 2.0])
