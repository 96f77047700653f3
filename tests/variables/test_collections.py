"""The variables of a graph, and what initializes them or reports on them."""

from __future__ import annotations

import pytest

import millpond as tf


def names(variables):
    return [variable.name for variable in variables]


def test_variables_by_collection():
    a = tf.Variable(1.0, name="a")
    tf.Variable(2.0, name="b", trainable=False)
    tf.Variable(3.0, name="c", collections=[tf.GraphKeys.LOCAL_VARIABLES], trainable=False)
    tf.Variable(4.0, name="d", collections=[tf.GraphKeys.MODEL_VARIABLES, tf.GraphKeys.GLOBAL_VARIABLES])
    assert names(tf.global_variables()) == ["a:0", "b:0", "d:0"] == names(tf.all_variables())
    assert names(tf.trainable_variables()) == ["a:0", "d:0"]
    assert names(tf.local_variables()) == ["c:0"]
    assert names(tf.model_variables()) == ["d:0"]
    assert names(tf.global_variables("[ab]")) == ["a:0", "b:0"]
    tf.add_to_collection(tf.GraphKeys.MOVING_AVERAGE_VARIABLES, a)
    assert tf.moving_average_variables() == [a]


def test_some_are_initialized_and_the_others_are_reported(tier):
    a, b = tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b")
    c = tf.Variable(3.0, name="c", collections=[tf.GraphKeys.LOCAL_VARIABLES])
    missing = tf.report_uninitialized_variables()
    every_one = tf.assert_variables_initialized()
    with tf.Session() as sess:
        assert sess.run(missing).tolist() == [b"a", b"b", b"c"]
        sess.run(tf.variables_initializer([a]))
        assert sess.run(missing).tolist() == [b"b", b"c"]
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value b"):
            sess.run(every_one)
        sess.run(tf.global_variables_initializer())
        sess.run(tf.local_variables_initializer())
        assert sess.run(missing).tolist() == []
        sess.run(every_one)
        assert sess.run([a, b, c]) == [1.0, 2.0, 3.0]
        assert sess.run(tf.report_uninitialized_variables([b])).tolist() == []


def test_without_variables_there_is_nothing_to_do(tier):
    assert tf.assert_variables_initialized() is None
    with tf.Session() as sess:
        assert sess.run(tf.report_uninitialized_variables()).tolist() == []
        for op in (tf.global_variables_initializer(), tf.local_variables_initializer(), tf.tables_initializer()):
            assert sess.run(op) is None


def test_the_old_names_are_the_same(tier):
    v = tf.Variable(1.0)
    w = tf.Variable(2.0, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    with tf.Session() as sess:
        sess.run([tf.initialize_all_variables(), tf.initialize_local_variables(), tf.initialize_all_tables()])
        assert sess.run([v, w]) == [1.0, 2.0]
        sess.run(tf.initialize_variables([v]))


def test_the_initializer_is_one_group(default_graph):
    tf.Variable(1.0, name="v")
    init = tf.global_variables_initializer()
    assert (init.name, init.type, [op.name for op in init.control_inputs]) == ("init", "NoOp", ["v/Assign"])


def test_what_is_no_variable_is_named():
    with pytest.raises(TypeError, match="got 3 in it"):
        tf.variables_initializer([tf.Variable(1.0), 3])


def test_what_reports_and_initializes_has_its_names_and_its_device(default_graph):
    empty = tf.report_uninitialized_variables()
    assert (empty.name, empty.device) == ("report_uninitialized_variables/Const:0", "/device:CPU:0")
    filled = tf.get_variable("table", [2]).initializer
    tf.add_to_collection(tf.GraphKeys.TABLE_INITIALIZERS, filled)
    for make, name in ((tf.tables_initializer, "init_all_tables"), (tf.initialize_all_tables, "init_all_tables_1")):
        op = make()
        assert (op.name, op.control_inputs) == (name, [filled])
    assert tf.global_variables_initializer().name == "init"
    assert tf.variables_initializer([]).name == "init_1"
    assert tf.initialize_variables([]).name == "init_2"
    assert tf.assert_variables_initialized().name == "initialized"
    with tf.device("/gpu:0"):
        missing = tf.report_uninitialized_variables(name="report")
    assert missing.name == "report/boolean_mask/GatherV2:0"
    assert default_graph.get_operation_by_name("report/stack").device == "/device:CPU:0"
    assert default_graph.get_operation_by_name("report/IsVariableInitialized").device == ""


def test_only_the_variables_that_are_named_are_asked_for(tier):
    a, b = tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b")
    for given in ([b], iter([b])):
        check = tf.assert_variables_initialized(given)
        with tf.Session() as sess:
            sess.run(b.initializer)
            sess.run(check)
            assert sess.run(tf.report_uninitialized_variables([a])).tolist() == [b"a"]
    assert tf.assert_variables_initialized([]) is None


def test_an_imported_graph_without_collections_is_asked_for_its_nodes(tier):
    with tf.Graph().as_default() as old:
        tf.Variable(1.0, name="a")
        tf.Variable([2.0, 3.0], name="b")
    tf.import_graph_def(old.as_graph_def(), name="")
    assert tf.global_variables() == []
    with tf.Session() as sess:
        sess.run("a/Assign")
        missing = tf.report_uninitialized_variables()
        assert sess.run(missing).tolist() == [b"b"]
        sess.run("b/Assign")
        assert sess.run(missing).tolist() == []
