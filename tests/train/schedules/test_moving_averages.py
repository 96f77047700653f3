"""Moving averages."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf
from millpond.train.schedules.moving_averages import assign_moving_average


def test_averages_are_those_of_tensorflow(tier: str) -> None:
    w = tf.Variable([1.0, 2.0], name="w")
    updates = tf.Variable(0, trainable=False)
    x = tf.placeholder(tf.float32, [])
    loss = x * 2
    plain = tf.train.ExponentialMovingAverage(0.9)
    debiased = tf.train.ExponentialMovingAverage(0.9, zero_debias=True, name="debiased")
    counted = tf.train.ExponentialMovingAverage(0.9, num_updates=updates, name="counted")
    apply = [plain.apply([w, loss]), debiased.apply([w, loss]), counted.apply([w])]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for i in range(3):
            session.run([w.assign_add([1.0, 1.0]), updates.assign_add(1)])
            session.run(apply, {x: i + 1.0})
        found = session.run([plain.average(w), plain.average(loss), debiased.average(w),
                             debiased.average(loss),
                             counted.average(w)])
    expected = [[1.561, 2.561], 1.1220002, [1.561, 2.561], 4.1402206, [3.6013987, 4.6013985]]
    for value, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-5)


def test_names_collections_and_what_to_restore() -> None:
    w = tf.Variable([1.0], name="w")
    count = tf.Variable(0, name="count", trainable=False)
    ema = tf.train.ExponentialMovingAverage(0.9)
    assert ema.average(w) is None
    assert ema.average_name(w) == "w/ExponentialMovingAverage"
    op = ema.apply([w])
    average = ema.average(w)
    assert (op.name, op.type) == ("ExponentialMovingAverage", "NoOp")
    assert average.op.name == "w/ExponentialMovingAverage"
    assert tf.moving_average_variables() == [w]
    assert not average.trainable and average in tf.global_variables()
    assert ema.variables_to_restore() == {"w/ExponentialMovingAverage": w, "count": count}
    assert tf.get_default_graph().get_operation_by_name("ExponentialMovingAverage/AssignMovingAvg")


def test_all_trainable_variables_by_default_and_averages_are_made_once() -> None:
    v, w = tf.Variable(1.0, name="v"), tf.Variable(2.0, name="w")
    ema = tf.train.ExponentialMovingAverage(0.5)
    ema.apply()
    made = len(tf.global_variables())
    assert ema.apply().name == "ExponentialMovingAverage_1"
    assert len(tf.global_variables()) == made == 4
    assert ema.average(v).op.name == "v/ExponentialMovingAverage"
    assert ema.average(w).op.name == "w/ExponentialMovingAverage"


def test_averaging_after_each_training_step() -> None:
    v = tf.Variable(4.0)
    train = tf.train.GradientDescentOptimizer(1.0).minimize(v)
    ema = tf.train.ExponentialMovingAverage(0.5)
    with tf.control_dependencies([train]):
        both = ema.apply([v])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(both)
        assert session.run([v, ema.average(v)]) == [3.0, 3.5]


def test_an_average_starts_from_the_initial_value_in_the_same_run() -> None:
    v = tf.Variable(tf.random_uniform([3]))
    ema = tf.train.ExponentialMovingAverage(0.9)
    ema.apply([v])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        value, average = session.run([v, ema.average(v)])
    np.testing.assert_array_equal(value, average)


def test_a_running_mean_by_hand_with_and_without_bias(tier: str) -> None:
    biased = tf.Variable([0.0], trainable=False, name="biased_mean")
    mean = tf.Variable([0.0], trainable=False, name="mean")
    updates = [assign_moving_average(biased, tf.constant([4.0]), 0.75, zero_debias=False),
               assign_moving_average(mean, tf.constant([4.0]), 0.75)]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first = session.run(updates)
        second = session.run(updates)
    np.testing.assert_allclose(first, [[1.0], [4.0]], rtol=1e-6)
    np.testing.assert_allclose(second, [[1.75], [4.0]], rtol=1e-6)
    assert [var.op.name for var in tf.global_variables()] == [
        "biased_mean", "mean", "mean/biased", "mean/local_step"]


def test_only_floats_have_averages() -> None:
    ema = tf.train.ExponentialMovingAverage(0.9)
    with pytest.raises(TypeError, match="must be half, float, or double: count:0 is int32"):
        ema.apply([tf.Variable(1, name="count")])
    with pytest.raises(TypeError, match="Averages are kept of variables and tensors, but got float"):
        ema.apply([1.0])


def test_the_name_is_the_one_that_apply_would_give_in_this_scope() -> None:
    with tf.variable_scope("model"):
        v = tf.Variable(10.0, name="v")
    with tf.variable_scope("averages"):
        ema = tf.train.ExponentialMovingAverage(0.25)
        before = [ema.average_name(v), ema.average_name(v)]
        ema.apply([v])
    assert before == ["averages/model/v/ExponentialMovingAverage"] * 2
    assert ema.average(v).op.name == ema.average_name(v) == before[0]
    another = tf.train.ExponentialMovingAverage(0.25)
    assert another.average_name(v) == "model/v/ExponentialMovingAverage"
