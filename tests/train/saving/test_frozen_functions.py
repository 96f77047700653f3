"""Freezing graphs whose branches, loops and calls read variables."""

import numpy as np
import pytest

import millpond as tf

X = np.array([0.5, -2.0, 3.0], np.float32)
ROWS = np.arange(6, dtype=np.float32).reshape(2, 3)


def freeze(sess, outputs, **options):
    return tf.graph_util.convert_variables_to_constants(
        sess, sess.graph.as_graph_def(), [output.op.name for output in outputs], **options)


def program(use_resource):
    """Variables that are read in every place, and by every kind of reading."""
    x = tf.placeholder(tf.float32, [3], name="x")
    with tf.variable_scope("", use_resource=use_resource):
        v = tf.get_variable("v", initializer=[1.0, 2.0, 3.0])
        table = tf.get_variable("table", initializer=ROWS)

    def inner(a):
        return tf.cond(a[0] > 100.0, lambda: a * 0.5, lambda: a + v)

    loop = tf.while_loop(lambda i, a: (i < 3) & (tf.reduce_sum(v) > 1.0), lambda i, a: (i + 1, inner(a) * v), [0, x])
    rows = tf.cond(x[0] > 0.0, lambda: tf.gather(table, [1]), lambda: tf.gather(table, [0]))
    shape = tf.switch_case(tf.constant(1), [lambda: tf.shape(v), lambda: tf.shape(table)[:1]])
    return [*loop, rows, shape, tf.identity(v * 2.0)]


@pytest.mark.parametrize("use_resource", [False, True], ids=["reference", "resource"])
def test_the_frozen_graph_gives_the_same_and_has_no_variables(tier, use_resource):
    with tf.Graph().as_default(), tf.Session() as sess:
        outputs = program(use_resource)
        sess.run(tf.global_variables_initializer())
        expected = sess.run(outputs, {"x:0": X})
        frozen = freeze(sess, outputs)
    assert not {node.op for node in frozen.node} & {"VariableV2", "VarHandleOp", "ReadVariableOp"}
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.import_graph_def(frozen, name="")
        for value, wanted in zip(sess.run([output.name for output in outputs], {"x:0": X}), expected, strict=True):
            np.testing.assert_allclose(value, wanted)
        used = {node.op for function in graph.as_graph_def().library.function for node in function.node_def}
        assert not used & {"ReadVariableOp", "ResourceGather"}


def test_a_variable_that_is_left_out_stays_one(tier):
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [3], name="x")
        v, w = (tf.get_variable(name, initializer=[1.0, 2.0, 3.0], use_resource=True) for name in "vw")
        y = tf.cond(x[0] > 0.0, lambda: v * x, lambda: w + x)
        sess.run(tf.global_variables_initializer())
        frozen = freeze(sess, [y], variable_names_blacklist=["w"])
    assert [node.name for node in frozen.node if node.op == "VarHandleOp"] == ["w"]
    with tf.Graph().as_default(), tf.Session() as sess:
        (y,) = tf.import_graph_def(frozen, return_elements=[y.name], name="")
        sess.run(tf.get_default_graph().create_op(
            "AssignVariableOp", [sess.graph.get_tensor_by_name("w:0"), tf.constant([5.0, 5.0, 5.0])]))
        np.testing.assert_array_equal(sess.run(y, {"x:0": -X}), 5.0 - X)
        np.testing.assert_array_equal(sess.run(y, {"x:0": X}), X * [1.0, 2.0, 3.0])


@pytest.mark.parametrize("use_resource", [False, True], ids=["reference", "resource"])
def test_a_branch_that_sets_a_variable_cannot_be_frozen(use_resource):
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.get_variable("v", initializer=1.0, use_resource=use_resource)
        y = tf.cond(tf.constant(True), lambda: tf.assign_add(v, 1.0) + 0.0, lambda: v + 0.0)
        sess.run(v.initializer)
        with pytest.raises(ValueError, match="variable_names_blacklist"):
            freeze(sess, [y])
