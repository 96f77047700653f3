"""Wherever a list of tensors is taken, a set, a view of a dictionary or an iterator may stand."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Any

import pytest

import millpond as tf
from millpond import nested

KINDS: dict[str, Callable[[list[Any]], Iterable[Any]]] = {
    "list": list, "tuple": tuple, "generator": lambda values: (value for value in values), "iterator": iter,
    "values": lambda values: dict(enumerate(values)).values(), "keys": lambda values: dict.fromkeys(values).keys(),
    "ordered values": lambda values: OrderedDict(enumerate(values)).values(), "deque": deque,
    "map": lambda values: map(lambda value: value, values), "reversed": lambda values: reversed(values[::-1]),
}

TAKERS: dict[str, Callable[[Any], Any]] = {
    "add_n": tf.add_n,
    "accumulate_n": tf.accumulate_n,
    "stack": lambda values: tf.reduce_sum(tf.stack(values)),
    "stack along 1": lambda values: tf.reduce_sum(tf.stack(values, axis=1)),
    "concat": lambda values: tf.reduce_sum(tf.concat(values, 0)),
    "concat, the old way": lambda values: tf.reduce_sum(tf.concat(0, values)),
    "parallel_stack": lambda values: tf.reduce_sum(tf.parallel_stack(values)),
    "identity_n": lambda values: tf.add_n(tf.identity_n(values)),
    "tuple": lambda values: tf.add_n(tf.tuple(values)),
    "dynamic_stitch": lambda values: tf.reduce_sum(tf.dynamic_stitch([[0, 1], [2, 3]], values)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("taker", TAKERS)
def test_any_iterable_of_tensors_is_taken(taker: str, kind: str) -> None:
    values = [tf.constant([1.0, 2.0]), tf.constant([4.0, 8.0])]
    given = KINDS[kind](values)
    with tf.Session() as sess:
        expected, found = sess.run([TAKERS[taker](values), TAKERS[taker](given)])
    assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_any_iterable_of_variables_is_taken(kind: str) -> None:
    weights = [tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b")]
    make = KINDS[kind]
    start = tf.variables_initializer(make(weights))
    missing = tf.report_uninitialized_variables(make(weights))
    train = tf.train.GradientDescentOptimizer(0.5).minimize(tf.add_n(make(weights)), var_list=make(weights))
    average = tf.train.ExponentialMovingAverage(0.5)
    follow = average.apply(make(weights))
    done = tf.group(make(weights), train, make([start]))
    assert [op.name for op in done.control_inputs] == ["a", "b", train.name, start.name]
    with tf.Session() as sess:
        assert sess.run(missing).tolist() == [b"a", b"b"]
        sess.run(start)
        sess.run(train)
        assert sess.run(weights) == [0.5, 1.5]
        sess.run([average.average(v).initializer for v in weights])
        sess.run(follow)


def test_sets_are_taken_in_some_order() -> None:
    a, b = tf.constant(1.0), tf.constant(2.0)
    with tf.Session() as sess:
        assert sess.run(tf.add_n({a, b})) == 3.0
        assert sorted(sess.run(tf.stack({a, b})).tolist()) == [1.0, 2.0]
    assert set(tf.group({a, b}).control_inputs) == {a.op, b.op}


def test_summaries_are_merged_from_any_iterable() -> None:
    scalars = {name: tf.summary.scalar(name, 1.0) for name in ("a", "b")}
    with tf.Session() as sess:
        for given in (scalars.values(), (s for s in scalars.values()), list(scalars.values())):
            message = tf.Summary.FromString(sess.run(tf.summary.merge(given)))
            assert [value.tag for value in message.value] == ["a", "b"]


@pytest.mark.parametrize("value", [{1.0, 2.0}, {"a": 1.0}.values(), iter([1.0])])
def test_an_iterable_is_no_tensor_itself(value: Any) -> None:
    with pytest.raises(TypeError):
        tf.convert_to_tensor(value)
    with pytest.raises(TypeError):
        tf.reduce_sum(value)


def test_flattening_goes_into_them() -> None:
    assert nested.flatten([{"b": 1, "a": 2}.values(), (x for x in (3, [4]))]) == [1, 2, 3, 4]
    assert nested.listed("ab") == "ab" and nested.as_list(None) == [None]


@pytest.mark.parametrize("make", [tf.zeros, tf.ones])
def test_a_shape_may_be_any_iterable_of_sizes(make: Any) -> None:
    sizes = {"rows": 2, "columns": 3}
    with tf.Graph().as_default():
        for shape in (sizes.values(), (n for n in (2, 3)), range(2, 4), map(int, "23"), iter([2, 3])):
            assert make(shape).shape.as_list() == [2, 3]
