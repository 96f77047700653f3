"""Templates: functions that make their variables at the first call and share them ever after."""

from __future__ import annotations

import pytest

import millpond as tf


def test_a_template_makes_its_variables_once(tier):
    def scaled(x, by):
        return x * tf.get_variable("w", initializer=2.0) * by

    template = tf.make_template("scaled", scaled, by=10.0)
    with tf.variable_scope("net"):
        a, b = template(1.0), template(5.0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run([a, b]) == [20.0, 100.0]
    assert [v.name for v in template.variables] == ["net/scaled/w:0"]
    assert template.variable_scope_name == "net/scaled/"
    assert template.trainable_variables == template.global_variables
    assert template.local_variables == [] == template.non_trainable_variables


def test_a_template_may_take_its_name_when_it_is_made():
    early = tf.make_template("t", lambda: tf.get_variable("v", [1]), create_scope_now_=True)
    unique = tf.make_template("t", lambda: tf.get_variable("v", [1]), unique_name_="own")
    late = tf.make_template("t", lambda: tf.get_variable("v", [1]))
    assert [late().name, early().name, unique().name] == ["t_1/v:0", "t/v:0", "own/v:0"]


def test_a_template_that_cannot_share_says_so():
    template = tf.make_template("t", lambda: tf.Variable(1.0))
    template()
    with pytest.raises(ValueError, match="'t' made a trainable variable.*tf.get_variable, not tf.Variable"):
        template()
    with pytest.raises(ValueError, match="must be a function"):
        tf.make_template("t", 3)


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
