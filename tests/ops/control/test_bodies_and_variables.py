"""What bodies do with variables: reading them where they have a value, optimizers inside, derivatives by them."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

COVERS: list[str] = []


@pytest.fixture(autouse=True)
def _graph():
    with tf.Graph().as_default():
        yield


@pytest.fixture(params=[False, True], ids=["reference", "resource"])
def use_resource(request):
    return request.param


def _initialized():
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return sess


def test_a_branch_may_give_what_a_variable_holds(tier, use_resource):
    c = tf.placeholder(tf.bool, [])
    v = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=use_resource)
    w = tf.get_variable("w", initializer=[5.0, 6.0], use_resource=not use_resource)
    y = tf.cond(c, v.read_value, lambda: w)
    dy = tf.gradients(y, [v, w])
    with _initialized() as sess:
        assert [sess.run(y, {c: taken}).tolist() for taken in (True, False)] == [[1.0, 2.0], [5.0, 6.0]]
        assert [d.tolist() for d in sess.run(dy, {c: True})] == [[1.0, 1.0], [0.0, 0.0]]
        assert [d.tolist() for d in sess.run(dy, {c: False})] == [[0.0, 0.0], [1.0, 1.0]]


def test_a_loop_may_give_what_a_variable_holds(tier, use_resource):
    v = tf.get_variable("v", initializer=3.0, use_resource=use_resource)
    n = tf.placeholder(tf.int32, [])
    y = tf.while_loop(lambda i, x: i < n, lambda i, x: (i + 1, v.read_value()), [0, 0.0])[1]
    with _initialized() as sess:
        assert [sess.run(y, {n: count}) for count in (0, 2)] == [0.0, 3.0]


@pytest.mark.parametrize("on_host", [False, True])
def test_a_variable_without_a_value_is_missed_only_where_it_is_read(tier, use_resource, on_host):
    v = tf.get_variable("v", initializer=3.0, use_resource=use_resource)
    n = tf.placeholder(tf.int32, [])

    def read():
        return tf.py_func(lambda x: x, [v.read_value()], tf.float32) if on_host else v.read_value() * 1.0

    y = tf.cond(tf.is_variable_initialized(v), read, lambda: tf.constant(-1.0))
    loop = tf.while_loop(lambda i, x: i < n, lambda i, x: (i + 1, v.read_value()), [0, 0.0])[1]
    nested = tf.cond(n > 0, lambda: tf.cond(n > 1, v.read_value, lambda: 7.0), lambda: 8.0)
    start = tf.cond(tf.is_variable_initialized(v), tf.no_op, lambda: tf.group(tf.assign(v, 9.0)))
    count = tf.cond(tf.is_variable_initialized(v), lambda: tf.group(v.assign_add(1.0)), tf.no_op)
    with tf.Session() as sess:
        for _ in range(2):
            sess.run(count)
            assert sess.run([y] + ([loop] if use_resource else []), {n: 0})[0] == -1.0
            assert [sess.run(nested, {n: k}) for k in (0, 1)] == [8.0, 7.0]
            for fetch in (loop, nested):
                with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v:"):
                    sess.run(fetch, {n: 2})
        sess.run(start)
        sess.run(start)
        assert sess.run([y, loop, nested], {n: 2}) == [9.0, 9.0, 9.0]
        sess.run(count)
        assert sess.run(v) == 10.0


@pytest.mark.parametrize("make", [
    lambda: tf.train.AdamOptimizer(0.1), lambda: tf.train.ProximalAdagradOptimizer(0.1),
    lambda: tf.train.FtrlOptimizer(0.1), lambda: tf.train.RMSPropOptimizer(0.1, centered=True)])
def test_an_optimizer_in_a_branch_does_what_it_does_outside(tier, use_resource, make):
    c = tf.placeholder(tf.bool, [])
    pair = [tf.get_variable(name, initializer=[1.0, -2.0], use_resource=use_resource) for name in "ab"]
    inside, outside = make(), make()

    def train():
        return tf.group(inside.minimize(tf.reduce_sum(pair[0] * pair[0]), var_list=pair[:1]))

    step = tf.cond(c, train, tf.no_op)
    plain = outside.minimize(tf.reduce_sum(pair[1] * pair[1]), var_list=pair[1:])
    assert len(inside.variables()) == len(outside.variables())
    with _initialized() as sess:
        for taken in (True, False, True):
            sess.run(step, {c: taken})
            if taken:
                sess.run(plain)
        one, other = sess.run(pair)
        np.testing.assert_allclose(one, other, rtol=1e-6)
        assert one[0] != 1.0


def test_derivatives_by_variables_that_a_loop_and_a_branch_use(tier, use_resource):
    w = tf.get_variable("w", initializer=np.full([2, 2], 0.5, np.float32), use_resource=use_resource)
    table = tf.get_variable("table", initializer=np.ones([4, 2], np.float32), use_resource=use_resource)

    def body(i, x):
        return i + 1, tf.cond(tf.equal(i, 1), lambda: tf.matmul(x, w),
                              lambda: x + tf.nn.embedding_lookup(table, [0, 3]))

    y = tf.while_loop(lambda i, x: i < 3, body, [0, tf.ones([2, 2])])[1]
    by_w, by_table = [tf.convert_to_tensor(d) for d in tf.gradients(y, [w, table])]
    second = tf.gradients(tf.reduce_sum(by_w * by_w), [w, table])
    with _initialized() as sess:
        assert sess.run(by_w).tolist() == [[4.0, 4.0], [4.0, 4.0]]
        assert sess.run(by_table).tolist() == [[2.0, 2.0], [0.0, 0.0], [0.0, 0.0], [2.0, 2.0]]
        assert sess.run(tf.convert_to_tensor(second[1])).tolist() == [[16.0] * 2, [0.0] * 2, [0.0] * 2, [16.0] * 2]


@pytest.mark.parametrize("count", [2, None])
def test_second_derivatives_of_branches_of_which_one_looks_rows_up(tier, use_resource, count):
    c = tf.placeholder(tf.bool, [])
    ids = tf.placeholder_with_default([0, 0], [count])
    w = tf.get_variable("w", initializer=np.full([2, 2], 0.5, np.float32), use_resource=use_resource)
    table = tf.get_variable("table", initializer=np.ones([4, 2], np.float32), use_resource=use_resource)
    y = tf.cond(c, lambda: tf.reduce_sum(tf.matmul(w, w)),
                lambda: tf.reduce_sum(tf.nn.embedding_lookup(table, ids)))
    by_w, by_table = [tf.convert_to_tensor(d) for d in tf.gradients(y, [w, table])]
    second = tf.gradients(tf.reduce_sum(by_w * by_w) + tf.reduce_sum(by_table), w)[0]
    with _initialized() as sess:
        assert [sess.run(by_table, {c: taken}).tolist()[0] for taken in (True, False)] == [[0.0, 0.0], [2.0, 2.0]]
        assert [sess.run(second, {c: taken}).tolist() for taken in (True, False)] == [[[16.0] * 2] * 2, [[0.0] * 2] * 2]


def test_strings_go_through_loops_and_branches_as_they_are(tier):
    c = tf.placeholder(tf.bool, [])
    words = tf.placeholder(tf.string, [None])
    loop = tf.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, s), [0, words])[1]
    branch = tf.cond(c, lambda: (words, 1.0), lambda: (words[::-1], 2.0))
    with tf.Session() as sess:
        assert sess.run(loop, {words: ["a", "b"]}).tolist() == [b"a", b"b"]
        assert [sess.run(branch, {c: taken, words: ["a", "b"]})[0].tolist() for taken in (True, False)] == [
            [b"a", b"b"], [b"b", b"a"]]


def test_rows_that_a_loop_looks_up_in_one_branch_alone(tier):
    """How many there are differs from iteration to iteration."""
    table = tf.get_variable("table", initializer=np.ones([4, 2], np.float32))
    ids = tf.placeholder(tf.int32, [None])

    def body(i, x):
        return i + 1, tf.cond(tf.equal(i, 1), lambda: x * 2.0, lambda: x + tf.reduce_sum(
            tf.nn.embedding_lookup(table, ids[i:]), 0))

    y = tf.while_loop(lambda i, x: i < 3, body, [0, tf.ones([2])])[1]
    dy = tf.convert_to_tensor(tf.gradients(y, table)[0])
    with _initialized() as sess:
        assert sess.run(dy, {ids: [0, 1, 3]}).tolist() == [[2.0, 2.0], [2.0, 2.0], [0.0, 0.0], [3.0, 3.0]]


def test_what_lies_inside_and_outside_of_a_body_is_waited_for_together(tier):
    x = tf.placeholder(tf.float32, [])
    outside = x * 2.0

    def body(i, total):
        both = [tf.group(outside.op, total.op), tf.group(total, outside)]
        with tf.control_dependencies(both):
            return i + 1, sum(tf.tuple([total, outside, x], control_inputs=both))

    y = tf.while_loop(lambda i, _: i < 2, body, [0, 0.0])[1]
    with tf.Session() as sess:
        assert sess.run(y, {x: 1.0}) == 6.0


USES = {
    "labels": lambda x, y: tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=y, logits=x[None])),
    "weights": lambda x, y: tf.losses.absolute_difference(x, x * 0.0, weights=x),
    "confusion": lambda x, y: tf.cast(tf.confusion_matrix(y[0], y[0])[0, 0], tf.float32),
    "crop": lambda x, y: tf.reduce_sum(tf.random_crop(x, [2, 2])),
    "finite": lambda x, y: tf.reduce_sum(tf.verify_tensor_all_finite(x, "x")),
}


@pytest.mark.parametrize("is_nested", [False, True], ids=["in a loop", "in a loop in a loop"])
@pytest.mark.parametrize("name", USES)
def test_what_checks_its_inputs_takes_them_from_outside_of_a_body(tier, name, is_nested):
    x = tf.placeholder(tf.float32, None, name="x")
    labels = tf.placeholder(tf.int32, None, name="labels")
    outside = USES[name](x, labels)
    shapes = [tf.TensorShape([]), tf.TensorShape(None)]

    def between():
        near, by = tf.identity(x), tf.identity(labels)
        return tf.while_loop(lambda i, _: i < 2, lambda i, _: (i + 1, USES[name](near, by)), [0, 0.0], shapes)[1]

    if is_nested:
        inside = tf.while_loop(lambda i, _: i < 2, lambda i, _: (i + 1, between()), [0, 0.0], shapes)[1]
    else:
        inside = between()
    feeds = {x: [[1.0, 2.0], [3.0, 4.0]], labels: [[0, 1]]}
    with tf.Session() as sess:
        found, wanted = sess.run([inside, outside], feeds)
        np.testing.assert_allclose(found, wanted, rtol=1e-6)
        if name == "finite":
            with pytest.raises(tf.errors.InvalidArgumentError, match="x : Tensor had NaN"):
                sess.run(inside, {**feeds, x: [[np.nan]]})


def test_a_tuple_in_a_body_holds_what_lies_outside(tier):
    x = tf.placeholder(tf.float32, [])

    def between(start):
        near = tf.identity(x)
        return tf.while_loop(lambda i, _: i < 3, lambda i, total: (i + 1, sum(tf.tuple([near, total]))), [0, start])[1]

    y = between(0.0)
    z = tf.while_loop(lambda i, _: i < 2, lambda i, total: (i + 1, between(total)), [0, 0.0])[1]
    with tf.Session() as sess:
        assert sess.run([y, z], {x: 2.0}) == [6.0, 12.0]
