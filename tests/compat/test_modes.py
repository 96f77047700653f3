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
