"""Functions with a gradient of their own that use variables are told which, and give their gradients too."""

from __future__ import annotations

from typing import Any

import pytest

import millpond as tf


def scaled(x: Any) -> tuple[Any, Any]:
    """`w * x`, with gradients that are ten times too large for x, and 100 for w."""
    w = tf.get_variable("w", initializer=3.0, use_resource=True)

    def grad(dy: Any, variables: list[Any]) -> tuple[Any, list[Any]]:
        assert [variable.op.name for variable in variables] == ["w"]
        return dy * w * 10.0, [tf.reduce_sum(dy * x) * 100.0]

    return w * x, grad


@pytest.mark.parametrize("is_there", [False, True])
def test_a_variable_that_is_used_or_made_inside_gets_its_gradient(is_there: bool, tier: str) -> None:
    x = tf.constant([1.0, 2.0])
    if is_there:
        tf.get_variable("w", initializer=3.0, use_resource=True)
    with tf.variable_scope("", reuse=is_there):
        y = tf.custom_gradient(scaled)(x)
    w, = tf.trainable_variables()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(y).tolist() == [3.0, 6.0]
        dx, dw = session.run(tf.gradients(y, [x, w]))
    assert dx.tolist() == [30.0, 30.0] and dw == 300.0


def test_the_function_is_given_the_very_tensors_of_its_caller() -> None:
    x, seen = tf.constant(1.0), []
    tf.custom_gradient(lambda a: (seen.append(a) or a * 2.0, lambda dy: dy))(x)
    assert seen == [x]


def test_a_variable_given_as_an_argument_is_none_that_is_used() -> None:
    v = tf.get_variable("v", initializer=2.0, use_resource=True)
    y = tf.custom_gradient(lambda a: (a * 3.0, lambda dy: dy * 5.0))(v)
    gradient, = tf.gradients(y, v)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run([y, gradient]) == [6.0, 5.0]


def test_what_does_not_fit_is_refused_by_name() -> None:
    x = tf.constant(1.0)
    with pytest.raises(TypeError, match="uses the variables w:0: the gradient function that it returns must accept"):
        tf.custom_gradient(lambda a: (scaled(a)[0], lambda dy: dy))(x)
    with pytest.raises(TypeError, match="the variable 'r' is made inside .* use_resource=True"):
        tf.custom_gradient(lambda a: (a * tf.get_variable("r", initializer=1.0), lambda dy, variables: (dy, [])))(x)
    with tf.variable_scope("few"):
        y = tf.custom_gradient(lambda a: (a * tf.get_variable("q", initializer=1.0, use_resource=True),
                                          lambda dy, variables: (dy, [])))(x)
    with pytest.raises(ValueError, match="gave 0 gradients for 1 variables"):
        tf.gradients(y, x)
