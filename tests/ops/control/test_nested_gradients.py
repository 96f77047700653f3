"""Gradients through loops in loops, in which what an iteration keeps of the inner loop is a list: to second order,
against differences and against the same thing written out."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf
from millpond.compiler import debug, watch


@pytest.fixture(autouse=True)
def _graph():
    with tf.Graph().as_default():
        yield


@pytest.fixture(autouse=True)
def _whole(monkeypatch):
    """Has a test fail whose loops have no XLA program, and would be interpreted."""
    note = debug.note

    def checked(topic, text):
        assert "is interpreted" not in text(), text()
        note(topic, text)

    monkeypatch.setattr(debug, "note", checked)


def _derivatives(y, x):
    """`y`, its derivative, and its second derivative by `x`."""
    first = tf.gradients(y, x)[0]
    second = tf.gradients(first, x)[0]
    return [y, first, tf.zeros_like(x) if second is None else second]  # None: it is written out, and linear


def _check(y, plain, x, value, feeds=None, rtol=1e-4):
    """That a result has the derivatives that the same thing has written out, and that differences show."""
    feeds = feeds or {}
    looped, written_out = _derivatives(y, x), _derivatives(plain, x)
    with tf.Session() as sess:
        found, above, below = (sess.run(looped, {x: at, **feeds}) for at in (value, value + 1e-3, value - 1e-3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MILLPOND_TIER", "interpreted")
        with tf.Session() as sess:
            np.testing.assert_allclose(found, sess.run(written_out, {x: value, **feeds}), rtol=rtol, atol=1e-6)
    np.testing.assert_allclose(found[1:], np.subtract(above[:2], below[:2]) / 2e-3, rtol=3e-2, atol=3e-3)


def _loop(count, step, start):
    """`start` after `count` steps, as a loop; a step is given the number of the iteration."""
    return tf.while_loop(lambda i, a: i < count, lambda i, a: (i + 1, step(i, a)), [0, start])[1]


def _unrolled(count, step, start):
    for i in range(count):
        start = step(i, start)
    return start


def _both(count, fed, step, start):
    """The loop, with a count that is a number or fed, and the same written out."""
    return _loop(fed, step, start), _unrolled(count, step, start)


@pytest.mark.parametrize("is_fed", [False, True])
@pytest.mark.parametrize(("outer", "inner"), [(3, 2), (0, 2), (2, 0), (2, 20)])
def test_a_loop_in_a_loop(tier, outer, inner, is_fed):
    x = tf.placeholder(tf.float32, [])
    m, n = tf.placeholder(tf.int32, []), tf.placeholder(tf.int32, [])

    def build(loop_inner, loop_outer):
        return loop_outer(lambda i, a: loop_inner(lambda j, b: tf.sin(b) * x + 0.1, a) * x, x * 0.5)

    y = build(lambda step, a: _loop(n if is_fed else inner, step, a),
              lambda step, a: _loop(m if is_fed else outer, step, a))
    plain = build(lambda step, a: _unrolled(inner, step, a), lambda step, a: _unrolled(outer, step, a))
    _check(y, plain, x, 1.1, {m: outer, n: inner})


@pytest.mark.parametrize("outer", [1, 18])
def test_an_inner_loop_that_turns_as_often_as_the_outer_one_has(tier, outer):
    """The lists that are kept then differ in length, and the last ones outgrow the room that lists have at first."""
    x = tf.placeholder(tf.float32, [])

    def step(i, b):
        return tf.cos(b) * x

    y = _loop(outer, lambda i, a: _loop(i, step, a) + 0.1 * x, x)
    plain = _unrolled(outer, lambda i, a: _unrolled(i, step, a) + 0.1 * x, x)
    _check(y, plain, x, 0.9)


def test_runs_whose_inner_loops_turn_more_and_more_often(tier):
    n, x = tf.placeholder(tf.int32, [3]), tf.placeholder(tf.float32, [])
    y = _loop(3, lambda i, a: _loop(n[i], lambda j, b: b * x, a), tf.constant(1.0))
    found = _derivatives(y, x)
    with tf.Session() as sess:
        for counts in ([1, 2, 0], [0, 0, 0], [3, 30, 1], [40, 0, 2]):
            k = sum(counts)
            expected = [1.01**k, k * 1.01**(k - 1), k * (k - 1) * 1.01**(k - 2)]
            np.testing.assert_allclose(sess.run(found, {n: counts, x: 1.01}), expected, rtol=1e-4)


def test_loops_in_loops_in_loops(tier):
    x = tf.placeholder(tf.float32, [])

    def build(loop):
        return loop(2, lambda i, a: loop(3, lambda j, b: loop(2, lambda k, c: tf.sin(c) * x, b) + x, a) * 0.7, x)

    _check(build(_loop), build(_unrolled), x, 0.8)


def test_loops_in_loops_in_loops_whose_counts_are_computed(tier):
    n, x = tf.placeholder(tf.int32, []), tf.placeholder(tf.float32, [])

    def build(loop, outer):
        return loop(outer, lambda i, a: loop(i + 1, lambda j, b: loop(i + j, lambda k, c: tf.sin(c) * x, b) + x, a), x)

    _check(build(_loop, n), build(_unrolled, 3), x, 0.8, {n: 3})


def test_a_branch_in_a_loop_in_a_loop(tier):
    x = tf.placeholder(tf.float32, [])

    def step(i, j, b):
        if isinstance(i, int):
            return tf.sin(b) * x if (i + j) % 2 else b * b * x
        return tf.cond(tf.equal((i + j) % 2, 1), lambda: tf.sin(b) * x, lambda: b * b * x)

    def build(loop):
        return loop(2, lambda i, a: loop(3, lambda j, b: step(i, j, b), a) + x, x)

    _check(build(_loop), build(_unrolled), x, 0.8)


@pytest.mark.parametrize("odd", [0, 1])
def test_a_loop_in_a_branch_in_a_loop(tier, odd):
    n, x = tf.placeholder(tf.int32, []), tf.placeholder(tf.float32, [])

    def step(i, a):
        return tf.cond(tf.equal(i % 2, n), lambda: _loop(3, lambda j, b: tf.sin(b) * x, a), lambda: a * x)

    def plain(i, a):
        return _unrolled(3, lambda j, b: tf.sin(b) * x, a) if i % 2 == odd else a * x

    _check(_loop(3, step, x), _unrolled(3, plain, x), x, 1.2, {n: odd})


def test_a_loop_in_each_branch_in_a_loop(tier):
    """The lists that the branches leave to their gradient differ in length."""
    x = tf.placeholder(tf.float32, [])

    def step(i, a):
        return tf.cond(i > 0, lambda: _loop(i + 1, lambda j, b: tf.sin(b) * x, a),
                       lambda: _loop(4, lambda j, b: b * b * x, a))

    def plain(i, a):
        return _unrolled(i + 1, lambda j, b: tf.sin(b) * x, a) if i else _unrolled(4, lambda j, b: b * b * x, a)

    _check(_loop(3, step, x), _unrolled(3, plain, x), x, 0.9)


def _map(function, xs):
    """What a function makes of each element, by TensorArrays in a loop."""
    count = xs.shape.as_list()[0]
    given = tf.TensorArray(tf.float32, count).unstack(xs)
    made = tf.TensorArray(tf.float32, count)
    _, made = tf.while_loop(lambda i, made: i < count,
                            lambda i, made: (i + 1, made.write(i, function(given.read(i)))), [0, made])
    return made.stack()


def test_arrays_in_a_loop_in_a_loop(tier):
    x = tf.placeholder(tf.float32, [])
    rows = tf.constant([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]) * x
    y = tf.reduce_sum(_map(lambda row: _map(lambda e: tf.sin(e) * x * e, row), rows) * rows)
    _check(y, tf.reduce_sum(tf.sin(rows) * x * rows * rows), x, 1.3)


def test_map_fn_in_map_fn(tier):
    x = tf.placeholder(tf.float32, [])
    rows = tf.constant([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]) * x
    y = tf.reduce_sum(tf.map_fn(lambda row: tf.map_fn(lambda e: tf.sin(e) * x * e, row), rows) * rows)
    _check(y, tf.reduce_sum(tf.sin(rows) * x * rows * rows), x, 1.3)


def test_an_array_that_is_written_and_read_in_a_loop(tier):
    """Each element is made of the two before it."""
    x = tf.placeholder(tf.float32, [])
    start = tf.TensorArray(tf.float32, 6, clear_after_read=False).write(0, x).write(1, tf.sin(x))
    _, array = tf.while_loop(
        lambda i, array: i < 6,
        lambda i, array: (i + 1, array.write(i, array.read(i - 1) * array.read(i - 2) + x)), [2, start])
    plain = [x, tf.sin(x)]
    for _ in range(4):
        plain.append(plain[-1] * plain[-2] + x)
    _check(tf.reduce_sum(array.stack()), tf.add_n(plain), x, 0.7)


def test_an_array_that_is_written_and_read_in_a_loop_in_a_loop(tier):
    x = tf.placeholder(tf.float32, [])

    def outer(i, a):
        start = tf.TensorArray(tf.float32, 4, clear_after_read=False).write(0, a)
        _, array = tf.while_loop(lambda j, array: j < 4,
                                 lambda j, array: (j + 1, array.write(j, tf.sin(array.read(j - 1)) * x)), [1, start])
        return tf.reduce_sum(array.stack())

    def plain(i, a):
        rows = [a]
        for _ in range(3):
            rows.append(tf.sin(rows[-1]) * x)
        return tf.add_n(rows)

    _check(_loop(3, outer, x), _unrolled(3, plain, x), x, 0.6)


def test_matrices_that_loops_in_loops_use(tier):
    w = tf.get_variable("w", initializer=np.array([[0.5, 0.1], [-0.2, 0.9]], np.float32))
    x = tf.placeholder(tf.float32, [None, 2])

    def build(loop):
        return loop(2, lambda i, h: loop(3, lambda j, k: tf.tanh(tf.matmul(k, w)), h) + x, x)

    looped, plain = (tf.gradients(tf.reduce_sum(build(loop)), [x, w]) for loop in (_loop, _unrolled))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for rows in (1, 3):
            feeds = {x: np.ones([rows, 2], np.float32) * 0.3}
            for ours, theirs in zip(sess.run(looped, feeds), sess.run(plain, feeds), strict=True):
                np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_look_ups_in_a_loop_in_a_loop(tier):
    table = tf.get_variable("table", initializer=np.arange(8, dtype=np.float32).reshape(4, 2) / 8)

    def build(loop):
        return loop(2, lambda i, a: loop(2, lambda j, b: b * tf.nn.embedding_lookup(table, [i + j, 1]), a),
                    tf.ones([2, 2]))

    looped, plain = (tf.convert_to_tensor(tf.gradients(build(loop), table)[0]) for loop in (_loop, _unrolled))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_allclose(*sess.run([looped, plain]), rtol=1e-6)


def test_loops_of_known_counts_never_ask_whether_to_go_on(compiled, monkeypatch):
    """The backward loop in the backward loop turns as often as the lists are long that it is given."""
    monkeypatch.setattr(watch, "call", None)
    x = tf.placeholder(tf.float32, [])
    y = _loop(3, lambda i, a: _loop(4, lambda j, b: tf.sin(b) * x, a), x)
    with tf.Session() as sess:
        assert np.isfinite(sess.run(_derivatives(y, x), {x: 1.0})).all()


def test_room_in_lists_is_no_work(compiled, monkeypatch):
    """How seldom a loop asks whether to go on is decided by what an iteration does: less than its lists hold."""
    asked, ask = [], watch.more_iterations
    monkeypatch.setattr(watch, "more_iterations", lambda number, turned: asked.append(turned) or ask(number, turned))
    m, n, x = tf.placeholder(tf.int32, []), tf.placeholder(tf.int32, []), tf.placeholder(tf.float32, [100])
    y = _loop(m, lambda i, a: _loop(n, lambda j, b: tf.sin(b) * x, a), x)
    graded = tf.gradients(y, x)[0]
    with tf.Session() as sess:
        sess.run(graded, {m: 20, n: 20, x: np.ones(100)})
        asked.clear()
        sess.run(graded, {m: 20, n: 20, x: np.ones(100)})
    assert not asked
