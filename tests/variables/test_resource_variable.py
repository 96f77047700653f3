"""Resource variables: shapes that are refused while building, and what setting one gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond as tf


def resource(shape: Any = (2,), **others: Any) -> Any:
    return tf.Variable(tf.zeros(shape), name="v", use_resource=True, **others)


def names_of(operations: list[Any]) -> list[str]:
    return [op.name for op in operations]


# Shapes.


@pytest.mark.parametrize("method", ["assign", "assign_add", "assign_sub"])
@pytest.mark.parametrize("value", [[1.0, 2.0, 3.0], 5.0, [[1.0, 2.0]], tf.TensorShape([3]), tf.TensorShape([None, 2])])
def test_a_value_of_another_static_shape_is_refused(method: str, value: Any) -> None:
    v = resource()
    if isinstance(value, tf.TensorShape):
        value = tf.placeholder(tf.float32, value)
    with pytest.raises(ValueError, match="incompatible"):
        getattr(v, method)(value)


def test_a_value_whose_shape_is_known_only_at_run_time_is_taken(tier: str) -> None:
    v = resource()
    for shape in (None, [None], [2]):
        x = tf.placeholder(tf.float32, shape)
        with tf.Session() as sess:
            sess.run(v.initializer)
            assert sess.run(v.assign_add(x), {x: [1.0, 2.0]}).tolist() == [1.0, 2.0]


@pytest.mark.parametrize("scatter", [
    lambda v: tf.scatter_update(v, [0], [[1.0, 2.0, 3.0]]),
    lambda v: tf.scatter_update(v, [0, 1], [[1.0, 2.0]]),
    lambda v: tf.scatter_add(v, [0], [[1.0, 2.0, 3.0]]),
    lambda v: tf.scatter_max(v, [[0]], [[1.0, 2.0]]),
    lambda v: v.scatter_update(tf.IndexedSlices(tf.constant([[1.0, 2.0, 3.0]]), tf.constant([0]))),
    lambda v: tf.scatter_nd_update(v, [[0]], [[1.0, 2.0, 3.0]]),
    lambda v: v.scatter_nd_add([[0]], [[1.0, 2.0, 3.0]]),
])
def test_updates_of_a_wrong_static_shape_are_refused(scatter: Callable[[Any], Any]) -> None:
    with pytest.raises(ValueError, match="not compatible|incompatible"):
        scatter(resource([4, 2]))


def test_updates_that_fit_are_taken(tier: str) -> None:
    v = resource([3, 2])
    with tf.Session() as sess:
        for updates in ([[1.0, 2.0]], 5.0, tf.placeholder_with_default([[1.0, 2.0]], None)):
            sess.run(v.initializer)
            expected = np.zeros([3, 2], np.float32)
            expected[1] = 5.0 if updates == 5.0 else [1.0, 2.0]
            np.testing.assert_array_equal(sess.run(tf.scatter_update(v, [1], updates)), expected)


@pytest.mark.parametrize("initial_value", [[2], lambda: tf.constant([2]), np.array([2])])
@pytest.mark.parametrize("shape", [[3], [], [None, None]])
@pytest.mark.parametrize("others", [{}, {"validate_shape": False}])
def test_an_initial_value_of_another_shape_is_refused(initial_value: Any, shape: Any, others: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not compatible with the shape"):
        tf.Variable(initial_value, shape=shape, use_resource=True, **others)


def test_a_variable_that_is_a_reference_refuses_such_a_value_too() -> None:
    with pytest.raises(ValueError):
        tf.Variable([2], shape=[3], use_resource=False)


def test_the_shape_may_say_less_or_more_than_the_initial_value(tier: str) -> None:
    wide = tf.Variable([2.0], shape=[None], use_resource=True)
    assert wide.shape.as_list() == [None] and wide.value().shape.as_list() == [None]
    x = tf.placeholder(tf.float32, [None])
    named, told = tf.Variable(x, use_resource=True), tf.Variable(x, shape=[3], use_resource=True)
    assert named.shape.as_list() == [None] and told.shape.as_list() == [3]
    with tf.Session() as sess:
        sess.run([named.initializer, told.initializer], {x: [1.0, 2.0, 3.0]})
        sess.run(wide.initializer)
        assert sess.run(wide.assign([1.0, 2.0])).tolist() == [1.0, 2.0]
        assert sess.run(told).tolist() == [1.0, 2.0, 3.0]


def test_get_variable_refuses_an_initializer_that_gives_another_shape() -> None:
    with pytest.raises(ValueError, match="not compatible with the shape"):
        tf.get_variable("w", [3], initializer=lambda *_, **__: tf.zeros([2]), use_resource=True)


def test_an_imported_read_knows_the_shape() -> None:
    resource([4, 2])
    graph_def = tf.get_default_graph().as_graph_def()
    with tf.Graph().as_default():
        (read,) = tf.import_graph_def(graph_def, return_elements=["v/Read/ReadVariableOp:0"])
        assert read.shape.as_list() == [4, 2]


# Setting.


def test_waiting_for_an_update_reads_nothing(tier: str) -> None:
    v = resource()
    update = v.assign_add([1.0, 1.0])
    assert update.op.type == "AssignAddVariableOp" and update.name == update.op.name
    assert tf.group(update).control_inputs == [update.op]
    with tf.control_dependencies([update, v]):
        assert names_of(tf.no_op().control_inputs) == [update.op.name, "v"]
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run([tf.group(update), update.op])
        assert sess.run(v).tolist() == [1.0, 1.0]


def test_an_update_stands_for_the_variable_after_it(tier: str) -> None:
    v = resource()
    update = v.assign_add([1.0, 2.0])
    assert isinstance(update, tf.Variable) and update.handle is v.handle
    assert update.dtype is tf.float32 and update.shape == v.shape
    assert str(update) == "<tf.Variable 'AssignAddVariableOp' shape=(2,) dtype=float32>"
    uses = [update, update + 1.0, tf.identity(update), update.read_value(), update[1], tf.gather(update, [0])]
    with tf.Session() as sess:
        sess.run(v.initializer)
        values = [value.tolist() for value in sess.run(uses)]
        assert values == [[1.0, 2.0], [2.0, 3.0], [1.0, 2.0], [1.0, 2.0], 2.0, [1.0]]
        assert update.eval().tolist() == [2.0, 4.0]
        assert sess.run(update.assign_sub([1.0, 1.0])).tolist() != []


@pytest.mark.parametrize("build", [
    lambda v: v.assign([1.0, 2.0]), lambda v: v.assign_add([1.0, 2.0]), lambda v: v.assign_sub([1.0, 2.0]),
    lambda v: v.scatter_update(tf.IndexedSlices(np.float32([1.0]), np.int32([0]))),
    lambda v: v.scatter_nd_update([[0]], [1.0]), lambda v: v[0].assign(1.0), lambda v: v.read_value(),
    lambda v: v.value(), lambda v: v.initialized_value(), lambda v: v.is_initialized(), lambda v: v.sparse_read([0]),
])
def test_everything_is_built_in_the_graph_of_the_variable(build: Callable[[Any], Any]) -> None:
    home = tf.Graph()
    with home.as_default():
        v = resource()
    with tf.Graph().as_default() as other:
        assert build(v).graph is home
    assert other.get_operations() == []


def test_fetching_what_an_assignment_gives_runs_it(tier: str) -> None:
    v = tf.Variable([1.0, 2.0], use_resource=True)
    updates = {"assign": v.assign([5.0, 6.0]), "assign_add": v.assign_add([1.0, 1.0]),
               "assign_sub": v.assign_sub([1.0, 1.0]),
               "scatter_add": v.scatter_add(tf.IndexedSlices([3.0], [0])), "slice": v[1].assign(9.0)}
    expected = {"assign": [5.0, 6.0], "assign_add": [2.0, 3.0], "assign_sub": [0.0, 1.0], "scatter_add": [4.0, 2.0],
                "slice": [1.0, 9.0]}
    with tf.Session() as sess:
        for name, update in updates.items():
            sess.run(v.initializer)
            assert sess.run(update).tolist() == sess.run(v).tolist() == expected[name], name
            sess.run(v.initializer)
            assert sess.run({"new": update, "v": v})["new"].tolist() == expected[name], name
            sess.run(v.initializer)
            assert update.eval().tolist() == expected[name], name
