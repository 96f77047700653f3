"""Host functions that wait for one another, and what a session lets go of."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.python.client import session


def test_two_functions_may_wait_for_each_other() -> None:
    together = threading.Barrier(2, timeout=120)

    def meet(value: np.float32) -> np.float32:
        together.wait()
        return value

    a, b = (tf.py_func(meet, [tf.constant(number)], tf.float32) for number in (1.0, 2.0))
    with tf.Session() as sess:
        for _ in range(3):
            assert sess.run([a, b]) == [1.0, 2.0]


def test_a_function_alone_runs_on_the_callers_thread() -> None:
    names: list[str] = []
    noted = tf.py_func(lambda: names.append(threading.current_thread().name) or np.float32(1.0), [], tf.float32)
    with tf.Session() as sess:
        sess.run(noted)
        sess.run([noted, tf.square(noted)])
    assert names == [threading.current_thread().name] * 2


def test_a_function_that_fails_stops_the_one_beside_it() -> None:
    release = threading.Event()
    waits = tf.py_func(lambda: release.wait(120) and np.float32(1.0), [], tf.float32)

    def fail() -> np.float32:
        raise ValueError("cannot go on")

    fails = tf.py_func(fail, [], tf.float32)
    with tf.Session() as sess:
        try:
            with pytest.raises(tf.errors.InvalidArgumentError, match="cannot go on"):
                sess.run([waits, fails])
        finally:
            release.set()
        assert sess.run(tf.constant(1.0)) == 1.0


def test_a_fetched_variable_is_let_go_after_the_run(tier: str) -> None:
    v = tf.Variable([1.0, 2.0])
    up = v.assign_add([1.0, 1.0])

    def refuse() -> np.float32:
        raise ValueError("refused")

    fails = tf.py_func(refuse, [], tf.float32)
    with tf.Session() as sess:
        sess.run(v.initializer)
        for count in range(1, 4):
            assert sess.run([v, up.op])[0].tolist() == [1.0 + count, 2.0 + count]
            assert sess.run(v).tolist() == [1.0 + count, 2.0 + count]
            with pytest.raises(tf.errors.InvalidArgumentError, match="refused"):
                sess.run([v, fails])
            assert sess._runtime.store.held == 0 and sess._runtime.store.slot(v.op).holds == 0


def test_closing_frees_the_variables() -> None:
    v = tf.Variable(1.0)
    sess = tf.Session()
    sess.run(v.initializer)
    slot = sess._runtime.store.slot(v.op)
    assert slot.value is not None
    sess.close()
    assert slot.value is None
    sess.close()


def test_reset_closes_the_open_sessions() -> None:
    v = tf.Variable(1.0)
    one, other = tf.Session(), tf.Session()
    tf.Session.reset("")
    for sess in (one, other):
        with pytest.raises(RuntimeError, match="closed Session"):
            sess.run(v.initializer)
    with pytest.raises(NotImplementedError, match="grpc://there:1"):
        tf.Session.reset("grpc://there:1")


def test_an_interactive_session_takes_its_graph_back_when_closed() -> None:
    with tf.Graph().as_default() as own:
        pass
    before = tf.get_default_graph()
    sess = tf.InteractiveSession(graph=own)
    assert tf.get_default_graph() is own and tf.get_default_session() is sess
    sess.close()
    assert tf.get_default_graph() is before and tf.get_default_session() is None
    sess.close()
    assert tf.get_default_graph() is before


@dataclasses.dataclass(frozen=True)
class Pair:
    """A type of a program's own, which it teaches `run` to fetch and feed in its way."""

    left: Any
    right: Any


session.register_session_run_conversion_functions(
    Pair, lambda pair: ([pair.left, pair.right], lambda values: ("a pair", *values)),
    lambda pair, values: [(pair.left, values[0]), (pair.right, values[1])])


@dataclasses.dataclass
class Plain:
    left: Any
    right: Any


def test_a_dataclass_is_fetched_field_by_field() -> None:
    a, b = tf.constant(1.0), tf.constant(2.0)
    with tf.Session() as sess:
        assert sess.run(Plain(a, [b, a])) == Plain(1.0, [2.0, 1.0])
        assert sess.run(Pair(a, b)) == ("a pair", 1.0, 2.0)
        assert sess.run(a + b, {Pair(a, b): (3.0, 4.0)}) == 7.0
        with pytest.raises(ValueError, match="cannot be fed in a partial run"):
            sess.partial_run_setup([a + b], [Pair(a, b)])


def test_what_cannot_be_fed_says_why() -> None:
    a, b = tf.placeholder(tf.float32, [], name="a"), tf.placeholder(tf.float32, [], name="b")
    total = a + b
    with tf.Session() as sess:
        assert sess.run(total, {(a, b): (1.0, 2.0)}) == 3.0
        for values in ((1.0,), (1.0, 2.0, 3.0), 1.0):
            with pytest.raises(ValueError, match="need as many values"):
                sess.run(total, {(a, b): values})
        with pytest.raises(ValueError, match="fed twice"):
            sess.run(total, {a: 1.0, "a:0": 2.0, b: 1.0})
        with pytest.raises(TypeError, match="feed_list must be a list or tuple"):
            sess.make_callable(total, a)
        tf.get_default_graph().prevent_feeding(a)
        with pytest.raises(ValueError, match="may not be fed"):
            sess.run(total, {a: 1.0, b: 1.0})
