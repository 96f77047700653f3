"""Branches: `tf.cond`, `tf.case`, `tf.switch_case` run one function, with all that it does."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

COVERS = ["FakeParam", "If", "StatelessIf", "Case", "StatelessCase", "_Arg", "_RefArg", "_HandleArg"]


@pytest.fixture(autouse=True)
def _graph():
    with tf.Graph().as_default():
        yield


def test_the_taken_branch_alone_runs(tier):
    x = tf.placeholder(tf.int32, [])
    y = tf.cond(tf.equal(x, 0), lambda: 0, lambda: 10 // x)
    with tf.Session() as sess:
        assert [sess.run(y, {x: value}) for value in (0, 5, 3)] == [0, 2, 3]


@pytest.mark.parametrize("use_resource", [False, True])
def test_what_a_branch_does_is_done_when_it_is_taken(tier, use_resource):
    c = tf.placeholder(tf.bool, [])
    v = tf.get_variable("v", initializer=1.0, use_resource=use_resource)
    op = tf.cond(c, lambda: tf.group(v.assign_add(5.0)), tf.no_op)
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run(op, {c: False})
        assert sess.run(v) == 1.0
        sess.run(op, {c: True})
        assert sess.run(v) == 6.0


def test_a_branch_sees_what_it_has_set(tier):
    c = tf.placeholder(tf.bool, [])
    v = tf.Variable(1.0)

    def update():
        with tf.control_dependencies([v.assign_add(10.0)]):
            return v * 2.0

    y = tf.cond(c, update, lambda: v * 3.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([y, v], {c: True}) == [22.0, 11.0]
        assert sess.run([y, v], {c: False}) == [33.0, 11.0]


@pytest.mark.parametrize("use_resource", [False, True])
def test_an_update_made_in_a_branch_can_be_waited_for_outside(tier, use_resource):
    """Batch normalization in a branch puts its updates into a collection, and the training op waits for them."""
    training = tf.placeholder(tf.bool, [])
    mean = tf.get_variable("mean", initializer=1.0, use_resource=use_resource)
    seen = tf.get_variable("seen", initializer=0.0, use_resource=use_resource)

    def normalized():
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, mean.assign_add(10.0))
        return tf.constant(2.0)

    y = tf.cond(training, normalized, lambda: mean * 3.0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run([y, mean], {training: True}) == [2.0, 1.0]  # nothing has asked for the update
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            step = seen.assign(mean)
        sess.run(step, {training: True})
        assert sess.run([mean, seen]) == [11.0, 11.0]
        sess.run(step, {training: False})
        assert sess.run([mean, seen]) == [11.0, 11.0]


def test_what_lies_in_branches_of_branches_can_be_waited_for(tier):
    one, two = tf.placeholder(tf.bool, []), tf.placeholder(tf.bool, [])
    v, updates = tf.Variable(0.0), []

    def inner():
        updates.append(v.assign_add(1.0))
        return tf.constant(1.0)

    def outer():
        result = tf.cond(two, inner, lambda: 2.0)
        with tf.control_dependencies(updates):  # waits inside the outer branch
            return result + v

    y = tf.cond(one, outer, lambda: 3.0)
    with tf.control_dependencies(updates):
        after = tf.identity(v)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([y, after], {one: True, two: True}) == [2.0, 1.0]
        assert sess.run([y, after], {one: True, two: False}) == [3.0, 1.0]
        assert sess.run([y, after], {one: False, two: True}) == [3.0, 1.0]


def test_a_branch_waited_for_later_is_written_and_read_again(tier):
    taken, rows = tf.placeholder(tf.bool, [], name="taken"), []
    tf.cond(taken, lambda: rows.append(tf.Assert(False, ["stop"])) or 1.0, lambda: 2.0)
    with tf.control_dependencies(rows):
        tf.constant(5.0, name="after")
    with tf.Graph().as_default():
        tf.import_graph_def(rows[0].graph.as_graph_def(), name="")
        with tf.Session() as sess:
            assert sess.run("after:0", {"taken:0": False}) == 5.0
            with pytest.raises(tf.errors.InvalidArgumentError, match="stop"):
                sess.run("after:0", {"taken:0": True})


def test_an_operation_of_a_loop_cannot_be_waited_for_outside():
    inside = []
    tf.while_loop(lambda i: i < 3, lambda i: [inside.append(i + 1) or i + 1], [0], name="turning")
    with pytest.raises(ValueError, match=r"Nothing outside of the body of the loop 'turning', created at .* can wait "
                                         r"for 'turning/add' \(AddV2\).* return it"):
        tf.control_dependencies(inside)


def test_results_keep_their_structure_and_what_is_known_of_shapes(tier):
    c = tf.placeholder(tf.bool, [])
    a, b = tf.placeholder(tf.float32, [2, 3]), tf.placeholder(tf.float32, [2, 4])
    result = tf.cond(c, lambda: {"one": (a, [1])}, lambda: {"one": (b, [2])})
    assert result["one"][0].shape.as_list() == [2, None]
    with tf.Session() as sess:
        feeds = {a: np.ones([2, 3]), b: np.zeros([2, 4])}
        assert sess.run(result, {c: True, **feeds})["one"][0].shape == (2, 3)
        assert sess.run(result, {c: False, **feeds})["one"][0].shape == (2, 4)


def test_a_captured_tensor_can_be_fed(tier):
    c = tf.placeholder(tf.bool, [])
    outer = tf.constant(3.0) * 2.0
    y = tf.cond(c, lambda: outer + 1.0, lambda: outer - 1.0)
    with tf.Session() as sess:
        assert sess.run(y, {c: True}) == 7.0
        assert sess.run(y, {c: False, outer: 100.0}) == 99.0


def test_variables_made_in_a_branch_belong_to_the_whole_graph(tier):
    c = tf.placeholder(tf.bool, [])

    def branch():
        with tf.variable_scope("net"):
            return tf.get_variable("w", [2], initializer=tf.ones_initializer()) * 2.0

    y = tf.cond(c, branch, lambda: tf.zeros([2]))
    assert [v.name for v in tf.global_variables()] == ["net/w:0"]
    with tf.variable_scope("net", reuse=True):
        again = tf.get_variable("w", [2])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(again.assign([5.0, 6.0]))
        assert sess.run(y, {c: True}).tolist() == [10.0, 12.0]


@pytest.mark.parametrize("pairs, error, words", [
    (lambda c: tf.cond(True, lambda: 1, lambda: 2), TypeError, "must not be a Python bool"),
    (lambda c: tf.cond(tf.constant([True, False]), lambda: 1, lambda: 2), ValueError, "must be a scalar"),
    (lambda c: tf.cond(tf.constant(1), lambda: 1, lambda: 2), TypeError, "scalar of type bool"),
    (lambda c: tf.cond(c, 1, 2), TypeError, "must be callable"),
    (lambda c: tf.cond(c, lambda: 1), TypeError, "'false_fn' argument required"),
    (lambda c: tf.cond(c, lambda: 1, lambda: 2, fn1=lambda: 3), TypeError, "may not be set simultaneously"),
    (lambda c: tf.cond(c, lambda: None, lambda: 1), ValueError, "must have a return value"),
    (lambda c: tf.cond(c, lambda: [1, 2], lambda: [1]), ValueError, "same nested structure"),
    (lambda c: tf.cond(c, lambda: [1, 2], lambda: (1, 2)), TypeError, "cond"),
    (lambda c: tf.cond(c, lambda: 1, lambda: 2.0), ValueError, "int32 from 'true_fn'.*float32 from 'false_fn'"),
    (lambda c: tf.case([]), ValueError, "at least one pair"),
    (lambda c: tf.case(3), TypeError, "must be a list, tuple, or dict"),
    (lambda c: tf.case([(c, 1)]), TypeError, "must be callable"),
    (lambda c: tf.switch_case(tf.constant(1), {0: lambda: 1, 2: lambda: 2}), ValueError, "contiguous range"),
    (lambda c: tf.switch_case(tf.constant(1.0), [lambda: 1]), TypeError, "must be an integer Tensor"),
])
def test_bad_arguments_are_refused_while_building(pairs, error, words):
    with pytest.raises(error, match=words):
        pairs(tf.placeholder(tf.bool, []))


def test_a_case_without_a_true_condition_says_which_there_were(tier):
    k = tf.placeholder(tf.int32, [])
    y = tf.case([(k < 0, lambda: 1), (k > 5, lambda: k * 10)], exclusive=True)
    with tf.Session() as sess:
        assert [sess.run(y, {k: value}) for value in (-1, 9)] == [1, 90]
        with pytest.raises(tf.errors.InvalidArgumentError, match="None of conditions evaluated as True"):
            sess.run(y, {k: 3})


def test_a_number_that_is_none_of_the_branches_takes_the_default(tier):
    k = tf.placeholder(tf.int32, [])
    y = tf.switch_case(k, [lambda: 1, lambda: k * 10], default=lambda: -1)
    with tf.Session() as sess:
        assert [sess.run(y, {k: value}) for value in (0, 1, 2, -5)] == [1, 10, -1, -1]


def test_a_tensor_of_a_branch_is_no_tensor_of_the_graph():
    inner = []
    c = tf.placeholder(tf.bool, [])

    def branch():
        inner.append(tf.constant(1.0) + 1.0)
        return inner[0]

    tf.cond(c, branch, lambda: 0.0)
    with pytest.raises(ValueError, match="the branch true_fn of 'cond'.*return it"):
        inner[0] + 1.0
    with tf.Session() as sess:
        for fetch in (inner[0], inner[0].op, inner[0].name, inner[0].op.name):
            with pytest.raises(ValueError, match="the branch true_fn of 'cond'.*[Rr]eturn it"):
                sess.run(fetch)


def test_a_case_in_a_branch_chooses_by_what_is_outside(tier):
    x = tf.placeholder(tf.int32, [])
    low, high, odd = x < 0, x > 5, tf.equal(x % 2, 1)
    y = tf.case([(low, lambda: tf.constant(-1)), (high, lambda: tf.constant(5)), (odd, lambda: x * 10)],
                default=lambda: tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a + 1), [0, x])[1])
    with tf.Session() as sess:
        assert [sess.run(y, {x: value}) for value in (-3, 9, 3, 2)] == [-1, 5, 30, 5]


@pytest.mark.parametrize("use_resource", [False, True])
def test_a_branch_that_is_not_taken_needs_no_values(tier, use_resource):
    c = tf.placeholder(tf.bool, [])
    v = tf.get_variable("v", initializer=3.0, use_resource=use_resource)
    start = tf.cond(c, lambda: tf.group(v.assign(3.0)), tf.no_op)
    read = tf.cond(c, lambda: v.read_value() + 1.0, lambda: -1.0)
    with tf.Session() as sess:
        for _ in range(2):
            assert sess.run(read, {c: False}) == -1.0
            sess.run(start, {c: False})
            with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v:"):
                sess.run(read, {c: True})
        sess.run(start, {c: True})
        assert sess.run([read, v], {c: True}) == [4.0, 3.0]


def test_what_is_made_outside_runs_whatever_is_taken(tier):
    """The branch waits for it: TensorFlow's programs make an operation inside of the function to have it run there."""
    c = tf.placeholder(tf.bool, [])
    v = tf.Variable(1.0)
    outside = v.assign_add(1.0)
    op = tf.cond(c, lambda: tf.group(outside), tf.no_op)
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run(op, {c: False})
        assert sess.run(v) == 2.0


def test_a_variable_is_initialized_where_it_has_no_value(tier):
    v = tf.Variable(2.0)
    ready = tf.cond(tf.is_variable_initialized(v), tf.no_op, lambda: tf.group(v.assign(2.0)))
    with tf.Session() as sess:
        sess.run(ready)
        assert sess.run(v) == 2.0
        sess.run(v.assign(7.0))
        sess.run(ready)
        assert sess.run(v) == 7.0


def test_each_function_of_a_switch_is_called_once():
    called = []

    def function():
        called.append(1)
        return tf.get_variable("w", initializer=1.0) + 0.0

    tf.switch_case(tf.placeholder(tf.int32, []), [lambda: 0.0, function])
    assert called == [1]


def test_branches_of_a_switch_that_differ_are_refused_by_type():
    with pytest.raises(TypeError, match="int32 from 'branch 0'.*float32 from 'branch 1'"):
        tf.switch_case(tf.constant(0), [lambda: 1, lambda: 2.0])
    with pytest.raises(TypeError, match="must have the same structure"):
        tf.switch_case(tf.constant(0), [lambda: 1, lambda: (2, 3)])
