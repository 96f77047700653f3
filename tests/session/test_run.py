"""What a user does with `Session.run`, and what they see."""

from __future__ import annotations

import collections
import dataclasses
import threading
import time
from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.python.client import session


def test_fetches_keep_their_structure() -> None:
    a, b = tf.constant(1.0, name="a"), tf.constant([2, 3], name="b")
    done = tf.no_op(name="done")
    Pair = collections.namedtuple("Pair", ["left", "right"])
    with tf.Session() as sess:
        assert sess.run(a) == np.float32(1.0)
        assert isinstance(sess.run(a), np.float32)
        assert sess.run(done) is None
        assert sess.run("b:0").tolist() == [2, 3]
        nested = sess.run({"x": [a, (b, done)], "y": Pair(a, "b:0")})
    assert nested["x"][0] == 1.0
    assert nested["x"][1][0].tolist() == [2, 3] and nested["x"][1][1] is None
    assert isinstance(nested["y"], Pair) and nested["y"].right.tolist() == [2, 3]


def test_sparse_values_and_slices_are_fetched_and_fed() -> None:
    sparse = tf.SparseTensor([[0, 1]], [5.0], [2, 2])
    slices = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([3]), tf.constant([8, 1]))
    with tf.Session() as sess:
        got = sess.run(sparse)
        assert isinstance(got, tf.SparseTensorValue)
        assert got.indices.tolist() == [[0, 1]] and got.values.tolist() == [5.0] and got.dense_shape.tolist() == [2, 2]
        rows = sess.run(slices)
        assert rows.indices.tolist() == [3] and rows.dense_shape.tolist() == [8, 1]
        fed = sess.run(sparse, {sparse: tf.SparseTensorValue([[1, 1]], [7.0], [2, 2])})
        assert fed.values.tolist() == [7.0]


def test_any_tensor_can_be_fed() -> None:
    c = tf.constant(3.0, name="c")
    doubled = tf.multiply(c, 2.0, name="doubled")
    more = tf.add(doubled, 1.0)
    with tf.Session() as sess:
        assert sess.run(more) == 7.0
        assert sess.run(more, {c: 10.0}) == 21.0
        assert sess.run(more, {"doubled:0": 1.5}) == 2.5
        assert sess.run(doubled, {doubled: -1.0}) == -1.0


def test_fetching_a_fed_tensor_never_runs_its_op() -> None:
    calls = []
    y = tf.py_func(lambda: calls.append(1) or np.float32(1.0), [], tf.float32)
    with tf.Session() as sess:
        assert sess.run(y, {y: 5.0}) == 5.0
    assert calls == []


def test_every_op_runs_once_in_a_run() -> None:
    calls = []
    y = tf.py_func(lambda: calls.append(1) or np.float32(len(calls)), [], tf.float32)
    total = tf.add(tf.multiply(y, 10.0), y)
    with tf.Session() as sess:
        assert sess.run([total, y]) == [11.0, 1.0]
        assert sess.run([total, y]) == [22.0, 2.0]


def test_results_belong_to_the_caller() -> None:
    c = tf.constant([1.0, 2.0])
    x = tf.placeholder(tf.float32, [2])
    with tf.Session() as sess:
        first = sess.run(c)
        first[:] = 0
        assert sess.run(c).tolist() == [1.0, 2.0]
        given = np.array([5.0, 6.0], np.float32)
        back = sess.run(x, {x: given})
        back[:] = 0
        assert given.tolist() == [5.0, 6.0]


def test_sessions_have_values_of_their_own(tier: str) -> None:
    a = tf.Variable(10)
    up, down = a.assign_add(10), a.assign_sub(2)
    one, two = tf.Session(), tf.Session()
    for sess in (one, two):
        sess.run(a.initializer)
    assert one.run(up) == 20
    assert two.run(down) == 8
    assert one.run(a) == 20


def test_default_session_serves_eval_and_run() -> None:
    v = tf.Variable(1.0)
    with pytest.raises(ValueError, match="no default session"):
        v.eval()
    with tf.Session() as sess:
        assert tf.get_default_session() is sess
        v.initializer.run()
        assert tf.add(v, 1.0).eval() == 2.0
    assert tf.get_default_session() is None


def test_interactive_session_is_the_default_until_closed() -> None:
    sess = tf.InteractiveSession()
    assert tf.constant(4).eval() == 4
    sess.close()
    assert tf.get_default_session() is None


def test_make_callable_takes_values_in_order() -> None:
    a, b = tf.placeholder(tf.int32, []), tf.placeholder(tf.int32, [])
    with tf.Session() as sess:
        subtract = sess.make_callable(tf.add(a, tf.multiply(b, -1)), [a, b])
        assert subtract(7, 3) == 4
        with pytest.raises(ValueError, match="takes 2 values, got 1"):
            subtract(7)


def test_threads_lose_no_update(tier: str) -> None:
    v = tf.Variable(0)
    up = v.assign_add(1)
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run(up)
        threads = [threading.Thread(target=lambda: [sess.run(up) for _ in range(50)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sess.run(v) == 201


def test_reading_while_others_train(tier: str) -> None:
    """A fetched variable keeps its buffer although another thread's step gives it to XLA."""
    v = tf.Variable(tf.zeros([50_000]))
    up = v.assign_add(tf.ones([50_000]))
    with tf.Session() as sess:
        sess.run(v.initializer)
        stop = threading.Event()

        def train() -> None:
            while not stop.is_set():
                sess.run(up.op)

        trainer = threading.Thread(target=train)
        trainer.start()
        try:
            for _ in range(100):
                value = sess.run(v)
                assert value.min() == value.max()
        finally:
            stop.set()
            trainer.join()


def test_growing_the_graph_between_runs() -> None:
    v = tf.Variable(1.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        plans = []
        for i in range(3):
            assert sess.run(v) == 1.0
            plans.append(sess._calls.calls()[0])
            tf.constant(float(i))
        assert plans[0] is plans[1] is plans[2]


def test_a_signature_seen_rarely_is_interpreted_and_said_so() -> None:
    x = tf.placeholder(tf.float32, [None])
    y = tf.add(x, 1.0)
    with tf.Session() as sess, pytest.warns(UserWarning, match="more than 16 combinations of shapes"):
        for size in range(1, 20):
            assert sess.run(y, {x: np.zeros(size)}).tolist() == [1.0] * size


def test_a_config_limits_the_time_of_every_run() -> None:
    slow = tf.py_func(lambda x: (time.sleep(0.5), x)[1], [tf.placeholder_with_default(1.0, [])], tf.float32)
    with tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=50)) as sess:
        with pytest.raises(tf.errors.DeadlineExceededError, match="within 50 ms"):
            sess.run(slow)
        assert sess.run(slow, options=tf.RunOptions(timeout_in_ms=120_000)) == 1.0


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
