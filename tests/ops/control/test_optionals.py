"""Values that only one branch has, as TensorFlow writes them in graphs (`tests/graph/test_function_reading.py` too)."""

import numpy as np
import pytest

import millpond as tf
from millpond.graph.opdef import lookup

COVERS = {"OptionalFromValue", "OptionalNone", "OptionalGetValue"}
X = np.array([1.0, 2.0, 3.0], np.float32)


def value_of(optional, like):
    return lookup("OptionalGetValue")(optional, output_types=[like.dtype], output_shapes=[like.shape])[0]


def test_a_value_comes_back_out_of_an_optional(tier):
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [3])
        y = value_of(lookup("OptionalFromValue")([x]), x) * x
        np.testing.assert_array_equal(sess.run(y, {x: X}), X * X)
        np.testing.assert_array_equal(sess.run(tf.gradients(y, x)[0], {x: X}), 2.0 * X)


def test_zeros_of_an_optional_hold_zeros(tier):
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [3])
        optional = lookup("OptionalFromValue")([x])
        nothing = value_of(tf.zeros_like(optional), x)
        both = value_of(lookup("AddN")([optional, tf.zeros_like(optional)]), x)
        zeros, same = sess.run([nothing, both], {x: X})
    np.testing.assert_array_equal(zeros, np.zeros(3))
    np.testing.assert_array_equal(same, X)


@pytest.mark.parametrize("chosen", [True, False])
def test_branches_that_do_not_all_have_a_value(tier, chosen):
    with tf.Graph().as_default(), tf.Session() as sess:
        x, taken = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.bool, [])
        optional = tf.cond(taken, lambda: lookup("OptionalFromValue")([x + 1.0]), lambda: lookup("OptionalNone")())
        y = tf.cond(taken, lambda: value_of(optional, x), lambda: x)
        np.testing.assert_array_equal(sess.run(y, {x: X, taken: chosen}), X + 1.0 if chosen else X)


def test_optionals_of_several_values_are_refused():
    with tf.Graph().as_default(), pytest.raises(NotImplementedError, match="OptionalFromValue of 2 components"):
        lookup("OptionalFromValue")([1.0, 2.0])
