"""Partial runs: a step that is fed and fetched in several calls."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf
from millpond.python.client import session


def test_each_operation_runs_once_over_all_calls(tier: str) -> None:
    calls: list[float] = []
    a, b = tf.placeholder(tf.float32, [], name="a"), tf.placeholder(tf.float32, [], name="b")
    counted = tf.py_func(lambda value: calls.append(float(value)) or value * 2, [a], tf.float32)
    first, second, third = counted + 1.0, tf.multiply(counted, b), tf.negative(counted)
    with tf.Session() as sess:
        handle = sess.partial_run_setup([first, second, third], [a, b])
        assert sess.partial_run(handle, first, {a: 3.0}) == 7.0
        assert sess.partial_run(handle, second, {b: 10.0}) == 60.0
        assert sess.partial_run(handle, third) == -6.0
    assert calls == [3.0]


def test_the_step_is_over_when_all_has_been_fetched() -> None:
    a = tf.placeholder(tf.float32, [], name="a")
    x, y = a * 2.0, a * 3.0
    with tf.Session() as sess:
        handle = sess.partial_run_setup([x, y.op], [a])
        other = sess.partial_run_setup([x], [a])
        assert handle != other
        assert sess.partial_run(handle, x, {a: 1.0}) == 2.0
        assert sess.partial_run(handle, [y.op]) == [None]
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"no partial run '{handle}'"):
            sess.partial_run(handle, x)
        assert sess.partial_run(other, {"x": x}, {a: 5.0}) == {"x": 10.0}


def test_what_was_not_named_or_comes_twice_is_refused_by_name() -> None:
    a, b = tf.placeholder(tf.float32, [], name="a"), tf.placeholder(tf.float32, [], name="b")
    x, y = tf.multiply(a, 2.0, name="x"), tf.multiply(a, 3.0, name="y")
    with tf.Session() as sess:
        handle = sess.partial_run_setup([x, y], [a])
        for fetch, feed, message in (
                (x, {b: 1.0}, "feed b:0 was not named"), (x.op, {a: 1.0}, "fetch x was not named"),
                (tf.negative(a, name="z"), {a: 1.0}, "fetch z:0 was not named")):
            with pytest.raises(tf.errors.InvalidArgumentError, match=message):
                sess.partial_run(handle, fetch, feed)
        assert sess.partial_run(handle, x, {a: 1.0}) == 2.0
        with pytest.raises(tf.errors.InvalidArgumentError, match="feed a:0 has already been fed"):
            sess.partial_run(handle, y, {a: 1.0})
        with pytest.raises(tf.errors.InvalidArgumentError, match="fetch x:0 has already been fetched"):
            sess.partial_run(handle, [x, y])
        assert sess.partial_run(handle, y) == 3.0
        with pytest.raises(tf.errors.InvalidArgumentError, match="at least one target"):
            sess.partial_run_setup([], [a])
        assert sess.partial_run(sess.partial_run_setup([x.op], [a]), x.op, {a: 1.0}) is None


def test_feeds_are_kept_as_they_were_and_results_belong_to_the_caller(tier: str) -> None:
    a = tf.placeholder(tf.float32, [3])
    x, y = a * 2.0, a * 3.0
    given = np.float32([1.0, 2.0, 3.0])
    with tf.Session() as sess:
        handle = sess.partial_run_setup([x, y], [a])
        first = sess.partial_run(handle, x, {a: given})
        given[:] = 100.0
        first[:] = 100.0
        assert sess.partial_run(handle, y).tolist() == [3.0, 6.0, 9.0]


def test_a_session_that_is_closed_goes_on_with_nothing() -> None:
    a = tf.placeholder(tf.float32, [])
    x = a * 2.0
    sess = tf.Session()
    handle = sess.partial_run_setup([x], [a])
    sess.close()
    with pytest.raises(RuntimeError, match="closed Session"):
        sess.partial_run(handle, x, {a: 1.0})
    with pytest.raises(RuntimeError, match="closed Session"):
        sess.partial_run_setup([x], [a])


def test_a_partial_run_is_fed_sparse_tensors_and_registered_types() -> None:
    class Pair:
        def __init__(self, left: object, right: object) -> None:
            self.left, self.right = left, right

    session.register_session_run_conversion_functions(
        Pair, lambda pair: ([pair.left, pair.right], lambda values: Pair(*values)),
        lambda pair, value: [(pair.left, value[0]), (pair.right, value[1])], lambda pair: [pair.left, pair.right])
    given = Pair(tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, []))
    sparse = tf.SparseTensor(tf.placeholder(tf.int64), tf.placeholder(tf.float32), tf.placeholder(tf.int64))
    wanted, total = Pair(given.left + 1.0, given.right * 2.0), tf.reduce_sum(sparse.values)
    with tf.Session() as sess:
        both = sess.run(wanted, {given: (1.0, 2.0)})
        handle = sess.partial_run_setup([wanted, total], [given, sparse])
        first = sess.partial_run(handle, wanted, {given: (3.0, 4.0)})
        second = sess.partial_run(handle, total, {sparse: ([[0]], [5.0], [1])})
        with pytest.raises(TypeError, match="fed 3 arrays"):
            sess.run(total, {sparse: ([[0]], [5.0])})
    assert (both.left, both.right, first.left, first.right, second) == (2.0, 4.0, 4.0, 8.0, 5.0)


def test_what_has_run_is_not_run_again_for_the_sake_of_order(tier: str) -> None:
    """A write of an earlier call, which a later call waits for or takes as a reference, happens once."""
    a, b = tf.placeholder(tf.float32, [], name="a"), tf.placeholder(tf.float32, [], name="b")
    v = tf.Variable(10.0)
    up = v.assign_add(a)
    with tf.control_dependencies([up]):
        later = v.read_value() * b
    after = up * 2.0
    with tf.Session() as sess:
        sess.run(v.initializer)
        handle = sess.partial_run_setup([up.op, later, after], [a, b])
        sess.partial_run(handle, up.op, {a: 5.0})
        assert sess.partial_run(handle, later, {b: 2.0}) == 30.0
        assert sess.partial_run(handle, after) == 30.0
        assert sess.run(v) == 15.0
