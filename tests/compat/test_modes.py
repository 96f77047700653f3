"""What programs of the last TensorFlow 1 releases ask of modes, and the logger by its old name."""

from __future__ import annotations

import logging

import pytest

import millpond as tf


def test_there_are_graphs_and_nothing_else():
    tf.disable_v2_behavior()
    tf.disable_eager_execution()
    assert tf.executing_eagerly() is False and tf.executing_eagerly_outside_functions() is False
    for function in (tf.enable_eager_execution, tf.enable_v2_behavior):
        with pytest.raises(NotImplementedError, match=function.__name__):
            function()


def test_the_logger_has_its_old_name_and_sets_what_is_said():
    logger, before = tf.get_logger(), tf.logging.get_verbosity()
    assert logger.name == "tensorflow" and logger is tf.get_logger()
    try:
        logger.setLevel("ERROR")
        assert tf.logging.get_verbosity() == logging.ERROR
        handler = logging.Handler()
        logger.addHandler(handler)
        assert handler in logging.getLogger("millpond").handlers
        logger.removeHandler(handler)
        assert handler not in logging.getLogger("millpond").handlers
    finally:
        logger.setLevel(before)


def test_scopes_of_initialization_lift_what_is_made_in_them() -> None:
    with tf.Graph().as_default() as graph, tf.name_scope("model"):
        outside = tf.no_op(name="outside")
        with tf.control_dependencies([outside]), tf.init_scope():
            lifted = tf.constant(1.0, name="lifted")
        made: list[tf.Tensor] = []

        def branch() -> tf.Tensor:
            with tf.init_scope():
                made.append(tf.constant(2.0, name="of_branch"))
            return made[-1] + 1.0

        chosen = tf.cond(tf.placeholder_with_default(True, []), branch, lambda: tf.constant(0.0))
        assert (lifted.name, lifted.op.control_inputs) == ("model/lifted:0", [])
        assert made[0].graph is graph and made[0].name.endswith("of_branch:0")
        with tf.Session() as sess:
            assert sess.run([chosen, made[0]]) == [3.0, 2.0]


def test_scopes_with_their_values_first() -> None:
    with tf.Graph().as_default() as graph:
        value = tf.constant(1.0)
        with tf.op_scope([value], "given", "default") as scope:
            assert scope == "given/"
        with tf.Graph().as_default(), tf.op_scope([value], None, "default") as scope:
            assert scope == "default/" and tf.get_default_graph() is graph
        with pytest.raises(ValueError, match="At least one of name"), tf.op_scope([value], None):
            pass


def test_dates_of_servers() -> None:
    assert tf.compat.forward_compatible(2019, 10, 13) and not tf.compat.forward_compatible(2019, 10, 14)
    with tf.compat.forward_compatibility_horizon(2030, 1, 1):
        assert tf.compat.forward_compatible(2029, 12, 31) and not tf.compat.forward_compatible(2030, 1, 1)
    assert not tf.compat.forward_compatible(2029, 12, 31)


@pytest.mark.parametrize("name", ["v2_tensorshape", "tensor_equality", "eager_execution", "v2_behavior"])
def test_behaviour_of_later_releases_is_refused(name: str) -> None:
    getattr(tf, f"disable_{name}")()
    with pytest.raises(NotImplementedError, match=f"tf.enable_{name}"):
        getattr(tf, f"enable_{name}")()
