"""The global step."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

import millpond as tf


def test_it_is_made_once_and_found_again() -> None:
    assert tf.train.get_global_step() is None
    with tf.name_scope("anywhere"):
        step = tf.train.get_or_create_global_step()
    assert tf.train.get_or_create_global_step() is step
    assert (step.name, step.dtype.base_dtype, step.trainable) == ("global_step:0", tf.int64, False)
    assert step in tf.global_variables() and tf.get_collection(tf.GraphKeys.GLOBAL_STEP) == [step]
    with pytest.raises(ValueError, match='"global_step" already exists'):
        tf.train.create_global_step()


def test_it_belongs_to_a_graph() -> None:
    other = tf.Graph()
    step = tf.train.create_global_step(other)
    assert step.graph is other
    assert tf.train.get_global_step() is None
    assert tf.train.get_global_step(other) is step


def test_training_counts_it() -> None:
    v = tf.Variable(1.0)
    step = tf.train.create_global_step()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(v, global_step=step)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(2):
            session.run(train)
        count = tf.train.global_step(session, step)
    assert count == 2 and type(count) is int


def test_a_variable_of_that_name_made_by_hand_is_found() -> None:
    step = tf.Variable(7, name="global_step", trainable=False)
    found = tf.train.get_global_step()
    assert found.name == "global_step:0"
    with tf.Session() as session:
        session.run(step.initializer)
        assert tf.train.global_step(session, found) == 7


def test_one_element_is_a_step_and_more_are_not() -> None:
    with tf.Session() as session:
        assert [tf.train.global_step(session, tf.constant(value)) for value in (7, [7], [[7]], 7.9)] == [7] * 4
        for value in ([1, 2], np.zeros([0], np.int64)):
            with pytest.raises(TypeError, match="A global step is one number, but this is of shape"):
                tf.train.global_step(session, tf.constant(value))


def test_a_step_of_shape_1_names_checkpoints_and_events(tmp_path: pathlib.Path) -> None:
    step = tf.Variable([5], name="my_step")
    with tf.Session() as session, tf.summary.FileWriter(str(tmp_path)) as writer:
        session.run(step.initializer)
        assert tf.train.Saver().save(session, str(tmp_path / "m"), global_step=step).endswith("m-5")
        writer.add_summary(tf.Summary(), session.run(step))
    (events,) = tmp_path.glob("events*")
    assert [event.step for event in tf.train.summary_iterator(str(events))][-1] == 5


@pytest.mark.parametrize("value, message", [(1.0, "does not have integer type"), ([1], "is not scalar")])
def test_what_cannot_count_is_refused(value: object, message: str) -> None:
    tf.Variable(value, name="global_step")
    with pytest.raises(TypeError, match=message):
        tf.train.get_global_step()
    with pytest.raises(TypeError, match="must be a Variable or Tensor"):
        tf.train.assert_global_step(3)


def test_two_in_the_collection_are_none(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("a", "b"):
        tf.add_to_collection(tf.GraphKeys.GLOBAL_STEP, tf.Variable(0, name=name))
    assert tf.train.get_global_step() is None
    assert "Multiple tensors in global_step collection." in caplog.text
