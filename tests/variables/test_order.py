"""What a run sees of a variable: the order of the consumer, and the values of one session."""

from __future__ import annotations

import pytest

import millpond as tf


@pytest.fixture(params=[False, True], ids=["reference", "resource"])
def kind_of_variable(request):
    return request.param


@pytest.fixture
def v(kind_of_variable):
    return tf.Variable(1.0, name="v", use_resource=kind_of_variable)


@pytest.fixture
def sess(tier, v):
    with tf.Session() as session:
        session.run(v.initializer)
        yield session


def test_an_op_sees_the_writes_that_are_ordered_before_it(sess, v):
    with tf.control_dependencies([v.assign_add(10.0)]):
        y = v * 2.0
    assert sess.run(y) == 22.0
    assert sess.run(y) == 42.0


def test_a_variable_fetched_beside_its_assignment_gives_the_value_at_the_end(sess, v):
    assert sess.run([v, v.assign_add(1.0)]) == [2.0, 2.0]
    assert sess.run([v.assign_add(1.0), v]) == [3.0, 3.0]
    assert sess.run({"nested": (v, [v + 0.0])}) == {"nested": (3.0, [3.0])}


def test_what_reads_a_variable_beside_its_assignment_sees_the_value_before(sess, v):
    assert sess.run([v + 0.0, v.value(), v.assign_add(1.0)]) == [1.0, 1.0, 2.0]


def test_plain_assignments_come_before_updates(sess, v):
    """The idiom of clipped weights: the step works on what the assignment has left, whichever was made first."""
    step = v.assign_add(10.0)
    clip = v.assign(tf.minimum(v, 0.5))
    sess.run([step, clip])
    assert sess.run(v) == 10.5
    sess.run(tf.group(clip, step))
    assert sess.run(v) == 10.5


def test_plain_assignments_come_before_updates_of_rows(tier, kind_of_variable):
    v = tf.get_variable("rows", initializer=[1.0, 2.0], use_resource=kind_of_variable)
    rows = tf.scatter_add(v, [0], [10.0])
    clip = tf.assign(v, tf.minimum(v, 1.0))
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run([rows, clip])
        assert sess.run(v).tolist() == [11.0, 1.0]
        assert sess.run([v, tf.group(rows, clip)])[0].tolist() == [11.0, 1.0]


def test_dependencies_go_before_the_order_of_assignments(sess, v):
    with tf.control_dependencies([v.assign_add(10.0)]):
        clip = v.assign(tf.minimum(v, 5.0))
    sess.run(clip)
    assert sess.run(v) == 5.0


def test_the_old_value_stays_readable_after_the_write(sess, v):
    old = tf.identity(v)
    with tf.control_dependencies([old]):
        write = v.assign(100.0)
    with tf.control_dependencies([write]):
        both = old + v
    assert sess.run(both) == 101.0


def test_writes_without_an_order_happen_in_the_order_they_were_made(sess, v):
    first, second = v.assign(5.0), v.assign_add(2.0)
    sess.run([second.op, first.op])
    assert sess.run(v) == 7.0


def test_writes_follow_control_dependencies(sess, v):
    double = v.assign(v * 2.0)
    with tf.control_dependencies([double]):
        add = v.assign_add(3.0)
        with tf.control_dependencies([add]):
            again = v.assign(v * 2.0)
    assert sess.run(again) == 10.0


def test_read_value_is_a_read_at_its_place(sess, v):
    with tf.control_dependencies([v.assign(5.0)]):
        after = v.read_value()
    assert sess.run([after, v]) == [5.0, 5.0]


def test_a_chain_of_assignments_is_ordered_by_its_references(tier):
    v = tf.Variable(1.0)
    chained = tf.assign_add(tf.assign(v, 10.0), 1.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(chained) == 11.0


def test_swapping_two_variables_in_one_run(tier):
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    old_a, old_b = tf.identity(a), tf.identity(b)
    with tf.control_dependencies([old_a, old_b]):
        swap = tf.group(a.assign(old_b), b.assign(old_a))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(swap)
        assert sess.run([a, b]) == [2.0, 1.0]
        sess.run(swap)
        assert sess.run([a, b]) == [1.0, 2.0]


def test_a_run_that_fails_changes_no_variable(sess, v):
    i = tf.placeholder(tf.int32, [])
    rows = tf.Variable([1.0, 2.0], name="rows")
    sess.run(rows.initializer)
    both = tf.group(v.assign_add(1.0), tf.scatter_add(rows, [i], [1.0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="not in"):
        sess.run(both, {i: 9})
    assert sess.run(v) == 1.0
    assert sess.run(rows).tolist() == [1.0, 2.0]
    sess.run(both, {i: 1})
    assert sess.run(v) == 2.0
    assert sess.run(rows).tolist() == [1.0, 3.0]


def test_initializing_again_starts_over(sess, v):
    sess.run(v.assign(9.0))
    sess.run(tf.global_variables_initializer())
    assert sess.run(v) == 1.0
