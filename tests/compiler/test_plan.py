"""Prune and plan: which operations run, in which stages, and which version of a variable each sees."""

from __future__ import annotations

import numpy as np

import millpond as tf
from millpond.compiler.plan import make_plan
from millpond.compiler.prune import prune
from millpond.graph.opdef import lookup


def plan(fetches, feeds=(), targets=()):
    return make_plan(fetches, list(targets), list(feeds), lambda op: "")


def test_prune_keeps_what_is_needed_in_order() -> None:
    a = tf.placeholder(tf.float32, name="a")
    b = tf.add(a, 1.0, name="b")
    tf.multiply(a, 3.0, name="unused")
    c = tf.add(b, b, name="c")
    assert [op.name for op in prune([c], [], {a})] == ["b/y", "b", "c"]
    assert [op.name for op in prune([c], [], {b})] == ["c"]


def test_prune_follows_control_inputs_added_later() -> None:
    late = tf.constant(1.0, name="first_made")
    early = tf.constant(2.0, name="second_made")
    late.op._add_control_input(early.op)
    assert [op.name for op in prune([late], [], ())] == ["second_made", "first_made"]


def test_a_pure_graph_is_one_stage() -> None:
    x = tf.placeholder(tf.float32, [2])
    y = tf.add(tf.multiply(x, 2.0), 1.0)
    made = plan([y], [x])
    assert len(made.stages) == 1 and not made.stages[0].on_host
    assert made.stages[0].inputs == [x] and made.stages[0].outputs == [y]


def test_host_ops_cut_the_graph() -> None:
    x = tf.placeholder(tf.float32, [2])
    before = tf.add(x, 1.0)
    middle = tf.py_func(lambda v: v * 2, [before], tf.float32)
    after = tf.add(middle, 1.0)
    kinds = [stage.on_host for stage in plan([after], [x]).stages]
    assert kinds == [False, True, False]


def test_a_fed_static_operand_joins_the_signature() -> None:
    x, shape = tf.placeholder(tf.float32), tf.placeholder(tf.int32, [2])
    y = lookup("Reshape")(x, shape)
    made = plan([y], [x, shape])
    stage = made.stages[0]
    assert [stage.inputs[i] for i in stage.static_inputs] == [shape]
    with tf.Session() as sess:
        assert sess.run(y, {x: np.arange(6), shape: [2, 3]}).shape == (2, 3)
        assert sess.run(y, {x: np.arange(6), shape: [3, 2]}).shape == (3, 2)


def test_a_static_operand_from_a_variable_is_known_first(tier: str) -> None:
    x = tf.placeholder(tf.float32)
    v = tf.Variable([2, 3])
    y = lookup("Reshape")(x, v)
    computed = lookup("Reshape")(x, tf.add(v, [1, -1]))
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(y, {x: np.arange(6)}).shape == (2, 3)
        assert sess.run(computed, {x: np.arange(6)}).shape == (3, 2)
        sess.run(v.assign([3, 2]))
        assert sess.run(y, {x: np.arange(6)}).shape == (3, 2)
    assert len(plan([computed], [x]).stages) == 2


def test_readers_see_the_writes_that_are_ordered_before_them(tier: str) -> None:
    v = tf.Variable(1)
    up = v.assign_add(10)
    before = tf.multiply(v, 2)
    with tf.control_dependencies([up]):
        after = tf.multiply(v, 2)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([before, after, v.value(), v, up]) == [2, 22, 1, 11, 11]


def test_writes_have_one_order(tier: str) -> None:
    v = tf.Variable(1)
    first = v.assign_add(10)
    with tf.control_dependencies([first]):
        second = v.assign(tf.multiply(v, 3))
        with tf.control_dependencies([second]):
            third = v.assign_sub(1)
    free = v.assign_add(100)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([third, second, first]) == [32, 33, 11]
        assert sess.run(v) == 32
        sess.run([free, first])
        assert sess.run(v) == 142


def test_an_old_value_is_kept_for_a_later_stage(tier: str) -> None:
    """A host op reads what the variable was before a write of an earlier stage."""
    v = tf.Variable(1.0)
    up = v.assign_add(1.0)
    with tf.control_dependencies([up]):
        gate = tf.py_func(lambda: np.float32(0.0), [], tf.float32)
    old = tf.add(gate, tf.multiply(tf.add(v, 0.0), 1.0))
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([old, up]) == [1.0, 2.0]
        assert sess.run(v) == 2.0


def test_a_shape_worked_out_by_many_ways_plans_in_no_time() -> None:
    """60 doublings have 2**60 ways from the end to the beginning: each operation is looked at once."""
    x = tf.placeholder(tf.float32, [None])
    sizes = tf.shape(x)
    for _ in range(60):
        sizes = sizes + sizes
    y = tf.reshape(x, tf.constant([3]) + 0 * sizes)
    made = plan([y], [x])
    assert len(made.stages) == 1
    with tf.Session() as sess:
        assert sess.run(y, {x: [1, 2, 3]}).tolist() == [1, 2, 3]


def test_a_shape_at_the_end_of_a_long_chain(tier: str) -> None:
    x = tf.placeholder(tf.float32, [None])
    sizes = tf.shape(x)
    for _ in range(1500):
        sizes = sizes + 1
    y = tf.reshape(x, sizes - 1500)
    assert len(plan([y], [x]).stages) == 1
    with tf.Session() as sess:
        assert sess.run(y, {x: [1, 2, 3]}).tolist() == [1, 2, 3]
