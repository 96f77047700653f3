"""The order of writes that nothing orders: assignments first, then what reads and modifies, then as created."""

from __future__ import annotations

import itertools

import pytest

import millpond as tf
from millpond.compiler.prune import prune
from millpond.compiler.schedule import schedule


def scheduled(*targets: tf.Tensor) -> list[str]:
    """The names of the operations that write, in their order."""
    order = prune([], [target.op for target in targets], frozenset())
    made = schedule(order, frozenset())
    assert sorted(op.id for op in made) == sorted(op.id for op in order)
    place = {op: i for i, op in enumerate(made)}
    for op in made:
        assert all(place[tensor.op] < place[op] for tensor in op.inputs)
        assert all(place[before] < place[op] for before in op.control_inputs)
    return [op.name for op in made if op.type.startswith(("Assign", "Scatter", "ApplyGradientDescent"))]


def test_without_a_conflict_the_order_of_creation_stays() -> None:
    v, w = tf.Variable(1.0), tf.Variable(1.0)
    a = tf.assign(v, 2.0, name="a")
    b = tf.assign_add(v, 2.0, name="b")
    c = tf.assign_add(w, 2.0, name="c")
    d = tf.assign_sub(v, 1.0, name="d")
    assert scheduled(d, c, b, a) == ["a", "b", "c", "d"]


def test_an_assignment_comes_before_the_updates_that_were_made_first() -> None:
    v = tf.Variable(1.0)
    tf.assign_add(v, 2.0, name="up")
    step = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(v), name="step")
    clip = tf.assign(v, tf.clip_by_value(v, -1.0, 1.0), name="clip")
    up = v.graph.get_operation_by_name("up").outputs[0]
    order = prune([], [up.op, step, clip.op], frozenset())
    names = [op.name for op in schedule(order, frozenset()) if op.name in ("up", "clip")]
    assert names == ["clip", "up"]
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run([up, clip])
        assert sess.run(v) == 3.0


@pytest.mark.parametrize("asked", [*itertools.permutations(range(3))])
def test_the_order_does_not_depend_on_what_is_asked_for_first(asked: tuple[int, ...]) -> None:
    v = tf.Variable(1.0)
    writes = [tf.assign_add(v, 2.0, name="up"), tf.assign(v, 5.0, name="set"), tf.assign_sub(v, 1.0, name="down")]
    assert scheduled(*[writes[i] for i in asked]) == ["set", "up", "down"]


def test_dependencies_count_more() -> None:
    v = tf.Variable(1.0)
    up = tf.assign_add(v, 2.0, name="up")
    with tf.control_dependencies([up]):
        last = tf.assign(v, 5.0, name="set")
    down = tf.assign_sub(v, 1.0, name="down")
    assert scheduled(down, last, up) == ["up", "set", "down"]
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run([down, last, up])
        assert sess.run(v) == 4.0


def test_other_variables_keep_their_order() -> None:
    v, w = tf.Variable(1.0), tf.Variable(1.0)
    first = tf.assign_add(w, 1.0, name="w_up")
    up = tf.assign_add(v, 2.0, name="up")
    then = tf.assign(v, 5.0, name="set")
    assert scheduled(first, up, then) in (["w_up", "set", "up"], ["set", "w_up", "up"])


def test_updates_that_wait_for_each_others_assignments_still_run(tier: str) -> None:
    """Each variable's update comes before the other's assignment: no order serves both, and the run goes on."""
    v, w = tf.Variable(1.0), tf.Variable(1.0)
    v_up, w_up = tf.assign_add(v, 1.0, name="v_up"), tf.assign_add(w, 1.0, name="w_up")
    with tf.control_dependencies([v_up]):
        w_set = tf.assign(w, 5.0, name="w_set")
    with tf.control_dependencies([w_up]):
        v_set = tf.assign(v, 5.0, name="v_set")
    assert scheduled(v_set, w_set) == ["v_up", "w_set", "w_up", "v_set"]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run([v_set.op, w_set.op])
        assert sess.run([v, w]) == [5.0, 6.0]


def test_an_update_whose_assignment_is_still_to_come_lets_another_go_first() -> None:
    v, w = tf.Variable(1.0), tf.Variable(1.0)
    v_up = tf.assign_add(v, 1.0, name="v_up")
    w_up = tf.assign_add(w, 1.0, name="w_up")
    with tf.control_dependencies([w_up]):
        v_set = tf.assign(v, 5.0, name="v_set")
    assert scheduled(v_up, v_set) == ["w_up", "v_set", "v_up"]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run([v_up, v_set])
        assert sess.run([v, w]) == [6.0, 2.0]


def test_an_update_goes_on_once_its_variables_have_been_assigned() -> None:
    v, w = tf.Variable(1.0), tf.Variable(1.0)
    v_up = tf.assign_add(v, 1.0, name="v_up")
    w_up = tf.assign_add(w, 1.0, name="w_up")
    w_set = tf.assign(w, 5.0, name="w_set")
    with tf.control_dependencies([w_up]):
        v_set = tf.assign(v, 5.0, name="v_set")
    assert scheduled(v_up, w_set, v_set) == ["w_set", "w_up", "v_set", "v_up"]
