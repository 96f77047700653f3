"""What else a variable, a scope, a template and a partition promise: names, places, collections, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf


@pytest.fixture(params=[False, True], ids=["reference", "resource"])
def use_resource(request: pytest.FixtureRequest) -> bool:
    return request.param


# Variables.

def test_names_that_nobody_gave(use_resource: bool) -> None:
    v, w = (tf.Variable(1.0, use_resource=use_resource) for _ in range(2))
    assert (v.name, w.name) == ("Variable:0", "Variable_1:0") and v._shared_name == "Variable"
    assert v.initialized_value().name == "initialized_value:0"
    rows = tf.Variable([[1.0], [2.0]], name="rows", use_resource=use_resource)
    assert rows.sparse_read([1]).op.name.startswith("Gather")
    assert rows.gather_nd([[1]]).op.name == "GatherNd"
    assert rows.gather_nd([[1]], name="own").op.name == "own"


def test_rows_elements_and_batches_are_read_and_set(use_resource: bool) -> None:
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]], use_resource=use_resource)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([v.sparse_read([1]), v.gather_nd([[0, 1]])])[0].tolist() == [[3.0, 4.0]]
        assert sess.run(v.gather_nd([[0, 1], [1, 0]])).tolist() == [2.0, 3.0]
    if not use_resource:
        with tf.Session() as sess:
            sess.run(v.initializer)
            delta = tf.IndexedSlices(tf.constant([[9.0], [8.0]]), tf.constant([[1], [0]]))
            assert sess.run(v.batch_scatter_update(delta)).tolist() == [[1.0, 9.0], [8.0, 4.0]]


def test_an_initial_value_is_made_beside_the_variable(use_resource: bool) -> None:
    with tf.device("/cpu:0"):
        v = tf.Variable(lambda: tf.ones([2]), name="v", use_resource=use_resource)
    assert v.initial_value.op.name.startswith("v/Initializer/")
    # An initial value that is there already leaves the variable where the caller says.
    value = tf.constant([1.0], name="value")
    w = tf.Variable(value, name="w", use_resource=use_resource)
    assert w.initial_value is value or w.initial_value.op.name == "value"


def test_the_copy_beside_a_caching_device(use_resource: bool) -> None:
    v = tf.Variable([1.0], name="v", caching_device="/cpu:0", use_resource=use_resource)
    assert v.value() is v.value() and v.value().device == "/device:CPU:0"
    plain = tf.Variable([1.0], name="plain", use_resource=use_resource)
    if use_resource:
        assert plain.value() is not plain.value()
    else:
        assert plain.value() is plain.value() and plain.value().op.colocation_groups() == [b"loc:@plain"]


def test_a_message_and_an_initial_value_exclude_each_other(use_resource: bool) -> None:
    v = tf.Variable([1.0, 2.0], name="v", use_resource=use_resource)
    message = v.to_proto()
    with pytest.raises(ValueError, match="mutually exclusive"):
        tf.Variable([1.0], variable_def=message)
    again = tf.Variable.from_proto(message)
    assert (again.name, again.shape, again.dtype) == (v.name, v.shape, v.dtype)
    with tf.Session() as sess:
        sess.run(again.initializer)
        assert sess.run(again).tolist() == [1.0, 2.0]
        assert sess.run(again.is_initialized() if use_resource else tf.is_variable_initialized(again))


def test_a_shape_that_is_told_later(use_resource: bool) -> None:
    shape = None if use_resource else tf.TensorShape(None)
    v = tf.Variable(tf.placeholder_with_default([1.0, 2.0], [None]), validate_shape=False, use_resource=use_resource)
    assert not v.shape.is_fully_defined() and shape is None or v.shape.ndims is None
    if use_resource:
        v.set_shape([2])
        assert v.shape.as_list() == [2] and v.value().shape.as_list() == [2]
        with pytest.raises(ValueError, match="not compatible"):
            v.set_shape([3])


def test_a_synchronized_variable_is_trained_unless_it_is_only_read() -> None:
    assert tf.Variable(1.0).trainable
    read_only = tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ)
    assert not read_only.trainable and read_only not in tf.trainable_variables()
    assert tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ, trainable=True).trainable


# Scopes.

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


# Sharing by name.

def test_a_part_is_not_the_whole_and_the_whole_is_no_part() -> None:
    halves = tf.fixed_size_partitioner(2)
    cut = tf.get_variable("cut", [4], partitioner=halves)
    whole = tf.get_variable("whole", [4])
    with tf.variable_scope(tf.get_variable_scope(), reuse=True):
        assert tf.get_variable("cut", [4], partitioner=halves) is cut
        assert tf.get_variable("cut", [4]) is cut  # found by its name
        with pytest.raises(ValueError):
            tf.get_variable("whole", [4], partitioner=halves)
        with pytest.raises(ValueError, match="missing"):
            tf.get_variable("missing", [4], partitioner=halves)
        assert tf.get_variable("whole", [4]) is whole
    with pytest.raises(ValueError, match="cut"):
        tf.get_variable("cut", [4], partitioner=halves)


def test_a_scalar_is_not_cut_and_values_are_cut_with_the_variable(tier: str) -> None:
    halves = tf.fixed_size_partitioner(2)
    assert tf.get_variable("scalar", [], partitioner=halves).shape.as_list() == []
    values = np.arange(6, dtype=np.float32).reshape(3, 2)
    cut = tf.get_variable("array", initializer=tf.constant(values), partitioner=halves)
    assert [part.shape.as_list() for part in cut] == [[2, 2], [1, 2]]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        with tf.variable_scope(tf.get_variable_scope(), reuse=True):
            array = tf.get_variable("array", partitioner=halves)
        np.testing.assert_array_equal(sess.run(tf.convert_to_tensor(array)), values)


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


# Partitions.

@pytest.mark.parametrize("partitioner, shape, expected", [
    (tf.variable_axis_size_partitioner(1024), [256, 2], [2, 1]),
    (tf.variable_axis_size_partitioner(1024, axis=1), [2, 256], [1, 2]),
    (tf.variable_axis_size_partitioner(1024, max_shards=3), [4096, 2], [3, 1]),
    (tf.min_max_variable_partitioner(), [1], [1]),
    (tf.min_max_variable_partitioner(max_partitions=4, min_slice_size=1024), [1024, 1], [4, 1]),
    (tf.min_max_variable_partitioner(max_partitions=4, min_slice_size=2048), [1024, 1], [2, 1]),
    (tf.min_max_variable_partitioner(max_partitions=2, axis=1, min_slice_size=1024), [2, 1024], [1, 2]),
])
def test_partitioners_count_bytes(partitioner: Any, shape: list[int], expected: list[int]) -> None:
    assert list(partitioner(shape=tf.TensorShape(shape), dtype=tf.float32)) == expected


# Templates.

def test_what_a_template_tells_of_itself() -> None:
    def layer() -> tf.Variable:
        tf.get_variable("fixed", [1], trainable=False)
        tf.get_variable("local", [1], collections=[tf.GraphKeys.LOCAL_VARIABLES], trainable=False)
        return tf.get_variable("weight", [1])

    template = tf.make_template("t", layer)
    assert template.variable_scope is None and template.variable_scope_name is None and template.variables == []
    weight = template()
    assert template.name == "t" and template.func is layer
    assert template.variable_scope.name == "t" and template.variable_scope_name == "t/"
    assert template.trainable_variables == [weight]
    assert [v.name for v in template.variables] == ["t/fixed:0", "t/weight:0", "t/local:0"]
    assert [v.name for v in template.non_trainable_variables] == ["t/fixed:0", "t/local:0"]
    assert [v.name for v in template.global_variables] == ["t/fixed:0", "t/weight:0"]
    assert [v.name for v in template.local_variables] == ["t/local:0"]
    assert template() is weight
    tf.get_variable("outside", [1])
    assert len(template.variables) == 3
    now = tf.make_template("now", layer, create_scope_now_=True)
    assert now.variable_scope_name == "now/" and now.variables == []
