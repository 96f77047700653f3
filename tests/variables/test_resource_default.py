"""A program may make all its variables resources, or none, and single ones otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import millpond as tf


@pytest.fixture
def resources() -> Iterator[None]:
    tf.enable_resource_variables()
    yield
    tf.disable_resource_variables()


def test_the_default_holds_where_nothing_else_is_said(resources: None) -> None:
    assert tf.resource_variables_enabled()
    assert tf.get_variable("a", initializer=1.0).op.type == "VarHandleOp"
    assert tf.Variable(1.0).op.type == "VarHandleOp"
    assert tf.Variable(1.0, use_resource=False).op.type == "VariableV2"
    with tf.variable_scope("references", use_resource=False):
        assert tf.get_variable("b", initializer=1.0).op.type == "VariableV2"
    with tf.variable_scope("silent"):
        assert tf.get_variable("c", initializer=1.0).op.type == "VarHandleOp"
    tf.disable_resource_variables()
    assert tf.get_variable("d", initializer=1.0).op.type == "VariableV2"
    with tf.variable_scope("resources", use_resource=True):
        assert tf.get_variable("e", initializer=1.0).op.type == "VarHandleOp"
