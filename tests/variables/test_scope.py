"""`tf.get_variable` and variable scopes: names, sharing, defaults, getters, regularizers, and their errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf


def value_of(*variables):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(list(variables))


def test_a_function_called_twice_shares_its_weights():
    def layer(x):
        with tf.variable_scope("layer", reuse=tf.AUTO_REUSE):
            return x * tf.get_variable("w", initializer=2.0)

    a, b = layer(1.0), layer(3.0)
    assert [v.name for v in tf.global_variables()] == ["layer/w:0"]
    assert value_of(a, b) == [2.0, 6.0]
    assert (a.name, b.name) == ("layer/mul:0", "layer_1/mul:0")


def test_names_follow_variable_scopes_and_not_name_scopes():
    with tf.name_scope("n"), tf.variable_scope("s"):
        v, u = tf.get_variable("v", [1]), tf.Variable(1.0, name="u")
        assert tf.no_op().name == "n/s/NoOp"
    assert (v.name, u.name) == ("s/v:0", "n/s/u:0")


def test_entering_a_scope_again_finds_its_variables_wherever_one_is():
    with tf.variable_scope("outer") as outer:
        v = tf.get_variable("v", [1])
    with tf.variable_scope("other"), tf.variable_scope(outer, reuse=True) as again:
        assert tf.get_variable("v") is v
        assert tf.no_op().name == "other/outer/NoOp"
        assert again.original_name_scope == "outer/"
    with tf.variable_scope(outer, auxiliary_name_scope=False):
        assert tf.no_op().name == "NoOp"


def test_default_names_are_made_unique_and_counted_anew_in_each_scope():
    names = []
    for _ in range(2):
        with tf.variable_scope(None, "block") as scope:
            names.append(scope.name)
    with tf.variable_scope("c"):
        with tf.variable_scope(None, "block") as scope:
            names.append(scope.name)
    with tf.variable_scope("given", "block") as scope:
        names.append(scope.name)
    assert names == ["block", "block_1", "c/block", "given"]


def test_reuse_is_inherited_and_cannot_be_taken_back():
    with tf.variable_scope("a", reuse=True):
        with tf.variable_scope("b", reuse=False) as b:
            assert b.reuse is True
    with tf.variable_scope("c", reuse=tf.AUTO_REUSE):
        with tf.variable_scope("d") as d:
            assert d.reuse is tf.AUTO_REUSE
    assert tf.get_variable_scope().reuse is False
    with tf.variable_scope("e") as e:
        e.reuse_variables()
        with pytest.raises(ValueError, match="e/v does not exist"):
            tf.get_variable("v", [1])


def test_a_scope_gives_its_defaults_to_what_is_inside(tier):
    with tf.variable_scope("s", initializer=tf.constant_initializer(0.5), dtype=tf.float64):
        a = tf.get_variable("a", [2])
        with tf.variable_scope("t", dtype=tf.float32):
            b = tf.get_variable("b", [1])
        c = tf.get_variable("c", [1], tf.float32, initializer=tf.ones_initializer)
        n = tf.get_variable("n", initializer=3)
    assert [v.dtype.base_dtype for v in (a, b, c, n)] == [tf.float64, tf.float32, tf.float32, tf.int32]
    assert [np.ravel(x).tolist() for x in value_of(a, b, c, n)] == [[0.5, 0.5], [0.5], [1.0], [3]]


def test_initializers_of_every_form(tier):
    forms = {
        "none": tf.get_variable("none", [2], tf.int32),
        "class": tf.get_variable("class", [2], initializer=tf.ones_initializer),
        "object": tf.get_variable("object", [2], initializer=tf.constant_initializer(3)),
        "function": tf.get_variable("function", [2], initializer=lambda shape, dtype: tf.fill(shape, 4.0)),
        "numpy": tf.get_variable("numpy", [2], initializer=lambda shape, dtype=None: np.full(shape, 5, np.float32)),
        "no_arguments": tf.get_variable("no_arguments", initializer=lambda: tf.constant([6.0, 6.0])),
        "value": tf.get_variable("value", initializer=[7.0, 7.0]),
        "tensor": tf.get_variable("tensor", initializer=tf.constant([8.0, 8.0])),
    }
    values = value_of(*forms.values())
    assert [x.tolist() for x in values] == [[0, 0], [1, 1], [3, 3], [4, 4], [5, 5], [6, 6], [7, 7], [8, 8]]


def test_regularization_losses_are_collected_once_for_each_variable(tier):
    with tf.variable_scope("s", regularizer=lambda w: tf.reduce_sum(w)) as scope:
        tf.get_variable("v", initializer=[1.0, 2.0])
        tf.get_variable("free", initializer=[5.0], regularizer=tf.no_regularizer)
    with tf.variable_scope(scope, reuse=True):
        tf.get_variable("v")
    losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    assert [loss.name for loss in losses] == ["s/v/Regularizer/Sum:0"]
    assert value_of(*losses) == [3.0]


def test_custom_getters_nest_from_the_inside_out(tier):
    calls = []

    def outer(getter, name, *args, **kwargs):
        calls.append(("outer", name))
        return getter(name, *args, **kwargs)

    def inner(getter, name, *args, **kwargs):
        calls.append(("inner", name, kwargs["shape"], kwargs["dtype"]))
        return getter(name + "_raw", *args, **kwargs) * 2.0

    with tf.variable_scope("s", custom_getter=outer, initializer=tf.ones_initializer()):
        with tf.variable_scope("t", custom_getter=inner):
            v = tf.get_variable("v", [1])
    assert calls == [("inner", "s/t/v", [1], tf.float32), ("outer", "s/t/v_raw")]
    assert [w.name for w in tf.global_variables()] == ["s/t/v_raw:0"]
    assert value_of(v)[0].tolist() == [2.0]


def test_collections_constraints_and_resources():
    def positive(x):
        return x

    with tf.variable_scope("s", use_resource=True, constraint=positive):
        v = tf.get_variable("v", [1], collections=["mine"])
    local = tf.get_local_variable("l", [1])
    assert (v.op.type, v.constraint) == ("VarHandleOp", positive)
    assert tf.get_collection("mine") == [v] == tf.trainable_variables()
    assert tf.local_variables() == [local]
    assert tf.global_variables() == []
    frozen = tf.get_variable("f", [1], synchronization=tf.VariableSynchronization.ON_READ)
    assert frozen.trainable is False


def test_an_existing_variable_names_the_line_that_made_it():
    tf.get_variable("v", [1])  # the line
    with pytest.raises(ValueError, match=r"v already exists(.|\n)*AUTO_REUSE(.|\n)*# the line"):
        tf.get_variable("v", [1])


def test_a_missing_variable_names_its_neighbours():
    with tf.variable_scope("encoder"):
        tf.get_variable("weights", [1])
    with tf.variable_scope("encoder", reuse=True):
        with pytest.raises(ValueError, match="encoder/weigths does not exist.*nearest.*encoder/weights"):
            tf.get_variable("weigths", [1])


def test_sharing_with_another_shape_or_dtype_is_refused():
    tf.get_variable("v", [1])
    tf.get_variable("n", initializer=5)
    with tf.variable_scope("", reuse=True):
        with pytest.raises(ValueError, match=r"share variable v, but specified shape \(2,\) and found shape \(1,\)"):
            tf.get_variable("v", [2])
        with pytest.raises(ValueError, match="specified dtype int32 and found dtype float32_ref"):
            tf.get_variable("v", [1], tf.int32)
        with pytest.raises(ValueError, match="pass dtype=tf.int32"):
            tf.get_variable("n")


@pytest.mark.parametrize("arguments, message", [
    ({}, "`shape` argument must be specified"),
    ({"shape": [None, 2]}, "must be fully defined"),
    ({"shape": [2], "initializer": 3.0}, "do not specify shape"),
    ({"dtype": tf.float32, "initializer": 3}, "don't match"),
    ({"shape": [3], "initializer": lambda shape, dtype: tf.ones([2])}, "not compatible"),
])
def test_what_a_variable_cannot_be_made_of(arguments, message):
    with pytest.raises(ValueError, match=message):
        tf.get_variable("v", **arguments)


def test_what_is_no_scope():
    with pytest.raises(TypeError, match="name_or_scope is required"):
        tf.variable_scope(None)
    with pytest.raises(TypeError, match="must be a string or a VariableScope, got 3"):
        tf.variable_scope(3)
    with pytest.raises(ValueError, match="reuse parameter must be"):
        tf.variable_scope("a", reuse=3)
    with pytest.raises(ValueError, match="reuse=True cannot be used"):
        tf.variable_scope(None, "d", reuse=True)


def test_the_old_form_with_values_in_front():
    with tf.variable_op_scope([tf.constant(1.0)], None, "old") as scope:
        assert scope.name == "old"


def test_a_local_variable_takes_all_its_arguments_by_position(tier):
    v = tf.get_local_variable("x", [2], tf.float64, tf.ones_initializer(), None, False, ["kept"], None, None, True,
                              True, None, None, tf.VariableSynchronization.AUTO, tf.VariableAggregation.SUM)
    assert v in tf.local_variables() and v in tf.get_collection("kept") and v not in tf.trainable_variables()
    assert v.dtype.base_dtype is tf.float64 and v.handle is not None
    assert v.aggregation is tf.VariableAggregation.SUM
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        assert sess.run(v).tolist() == [1.0, 1.0]


def test_a_custom_getter_that_cannot_be_called_is_refused():
    with pytest.raises(ValueError, match="custom_getter which is not callable: 5"):
        tf.get_variable("v", [1], custom_getter=5)
    with pytest.raises(ValueError, match="custom_getter which is not callable"):
        with tf.variable_scope("s", custom_getter=5):
            tf.get_variable("v", [1])
    with pytest.raises(ValueError, match="custom_getter which is not callable"):
        with tf.variable_scope("s", custom_getter=lambda getter, *args, **kwargs: getter(*args, **kwargs)):
            with tf.variable_scope("t", custom_getter="name"):
                tf.get_variable("v", [1])
    with pytest.raises(ValueError, match="custom_getter which is not callable"):
        tf.make_template("t", lambda: tf.get_variable("v", [1]), custom_getter_=5)()


def test_a_scope_hands_on_all_that_it_was_given(tier: str) -> None:
    halves = tf.fixed_size_partitioner(2)
    with tf.variable_scope("outer", partitioner=halves, dtype=tf.float64, caching_device="/cpu:0", use_resource=False,
                           initializer=tf.ones_initializer(), regularizer=tf.nn.l2_loss, constraint=tf.nn.relu):
        with tf.variable_scope("inner") as inner:
            assert inner.partitioner is halves and inner.dtype == tf.float64 and inner.caching_device == "/cpu:0"
            assert inner.constraint is tf.nn.relu and inner.regularizer is tf.nn.l2_loss and inner.use_resource is False
            whole = tf.get_variable("v", [4])
    assert [part.name for part in whole] == ["outer/inner/v/part_0:0", "outer/inner/v/part_1:0"]
    assert len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == 2  # one for each part
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(tf.convert_to_tensor(whole)).tolist() == [1.0] * 4
        assert sess.run(tf.losses.get_regularization_loss()) == 2.0


def test_what_opens_no_scope() -> None:
    with pytest.raises(TypeError, match="If default_name is None"):
        tf.variable_scope(None)
    with pytest.raises(TypeError, match="must be a string or a VariableScope, got 3"):
        tf.variable_scope(3, "default")
    with pytest.raises(TypeError, match="auxiliary_name_scope must be True or False"):
        tf.variable_scope("s", auxiliary_name_scope=1)
    with pytest.raises(ValueError, match="cannot be used without a name_or_scope"):
        tf.variable_scope(None, "default", reuse=True)
    with pytest.raises(ValueError, match="True, False, None or tf.AUTO_REUSE, got 'yes'"):
        tf.variable_scope("s", reuse="yes")
    with pytest.raises(ValueError, match="initializer"):
        tf.get_variable("v", [1], initializer="ones")


def test_a_scope_without_a_name_scope_of_its_own() -> None:
    with tf.name_scope("around"), tf.variable_scope("s", auxiliary_name_scope=False):
        assert tf.no_op().name == "around/NoOp"
        assert tf.get_variable("v", [1]).name == "s/v:0"
    with tf.variable_scope("s"):
        assert tf.no_op().name == "s/NoOp"


def test_default_names_are_counted_anew_each_time_that_a_scope_is_entered() -> None:
    with tf.variable_scope("a") as a:
        with tf.variable_scope(None, "layer"):
            assert tf.get_variable_scope().name == "a/layer"
        with tf.variable_scope(None, "layer"):
            assert tf.get_variable_scope().name == "a/layer_1"
    for _ in range(2):
        with tf.variable_scope(a), tf.variable_scope(None, "layer"):
            assert tf.get_variable_scope().name == "a/layer"
    with tf.variable_scope("a"), tf.variable_scope(None, "layer"):
        assert tf.get_variable_scope().name == "a/layer"
    with tf.variable_scope("b"), tf.variable_scope(None, "layer", [tf.constant(1.0)]):
        assert tf.get_variable_scope().name == "b/layer"


def test_the_scope_that_is_there_without_any(default_graph: tf.Graph) -> None:
    scope = tf.get_variable_scope()
    assert scope is tf.get_variable_scope() and scope.name == "" and not scope.reuse
    scope.reuse_variables()
    with pytest.raises(ValueError, match="Variable v does not exist"):
        tf.get_variable("v", [1])


def test_a_new_variable_needs_a_whole_shape() -> None:
    with pytest.raises(ValueError, match=r"\(v\) must be fully defined"):
        tf.get_variable("v", [None, 2])
    with pytest.raises(ValueError, match="Variable v did not get an initializer"):
        tf.get_variable("v")
    assert tf.get_variable("v", initializer=lambda: tf.ones([2])).shape.as_list() == [2]


def test_a_function_may_take_a_shape_or_not(tier: str) -> None:
    seen: list[Any] = []

    def with_default(shape: Any = (3,), dtype: Any = tf.float32, partition_info: Any = None) -> tf.Tensor:
        seen.append(list(shape))
        return tf.ones(shape, dtype)

    v = tf.get_variable("with_default", [2], initializer=with_default)
    w = tf.get_variable("no_arguments", initializer=lambda: tf.fill([2], 7.0))
    with tf.Session() as sess:
        sess.run([v.initializer, w.initializer])
        assert [value.tolist() for value in sess.run([v, w])] == [[1.0, 1.0], [7.0, 7.0]]
    assert seen == [[2]]
