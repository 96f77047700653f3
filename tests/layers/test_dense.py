"""Fully connected layers: what they compute, what their variables are, what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 3)).astype(np.float32)
KERNEL = RNG.normal(size=(3, 2)).astype(np.float32)
BIAS = np.array([0.5, -0.5], np.float32)


def _values(sess: tf.Session) -> list[np.ndarray]:
    """The layer's variables, set to what is above."""
    for variable, value in zip(tf.trainable_variables(), (KERNEL, BIAS), strict=False):
        variable.load(value, sess)
    return [KERNEL, BIAS]


@pytest.mark.parametrize("shape", [(4, 3), (2, 2, 3), (2, 1, 2, 3)])
@pytest.mark.parametrize("known", [True, False])
def test_the_last_dimension_is_mapped(shape: tuple[int, ...], known: bool, tier: str) -> None:
    x = tf.placeholder(tf.float32, shape if known else [*[None] * (len(shape) - 1), 3])
    y = tf.layers.dense(x, 2, activation=tf.nn.relu)
    assert y.shape.as_list() == [*(shape[:-1] if known else [None] * (len(shape) - 1)), 2]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        _values(sess)
        found = sess.run(y, {x: X.reshape(shape)})
        np.testing.assert_allclose(found, np.maximum(X.reshape(shape) @ KERNEL + BIAS, 0), rtol=1e-5, atol=1e-6)
        slope = sess.run(tf.gradients(y, tf.trainable_variables()[0])[0], {x: X.reshape(shape)})
        positive = (X @ KERNEL + BIAS > 0).astype(np.float32)
        np.testing.assert_allclose(slope, X.T @ positive, rtol=1e-5, atol=1e-6)


def test_names_are_tensorflows() -> None:
    x = tf.zeros([4, 3])
    y = tf.layers.dense(x, 2, activation="tanh")
    tf.layers.dense(x, 2, use_bias=False)
    tf.layers.dense(x, 2, name="own")
    with tf.variable_scope("outer"):
        layer = tf.layers.Dense(2)
        layer(x)
    assert [v.name for v in tf.global_variables()] == [
        "dense/kernel:0", "dense/bias:0", "dense_1/kernel:0", "own/kernel:0", "own/bias:0", "outer/dense/kernel:0",
        "outer/dense/bias:0"]
    assert [y.op.name, y.op.inputs[0].op.name, y.op.inputs[0].op.inputs[0].op.name] == \
        ["dense/Tanh", "dense/BiasAdd", "dense/MatMul"]


def test_variables_are_shared_by_the_calls_of_a_layer_and_by_name() -> None:
    layer = tf.layers.Dense(2, name="shared")
    first, second = layer(tf.ones([1, 3])), layer.apply(tf.ones([5, 3]))
    third = tf.layers.dense(tf.ones([1, 3]), 2, name="shared", reuse=True)
    assert [v.name for v in tf.global_variables()] == ["shared/kernel:0", "shared/bias:0"]
    assert layer.kernel is tf.global_variables()[0] and layer.bias is tf.global_variables()[1]
    with pytest.raises(ValueError, match="shared/kernel already exists"):
        tf.layers.dense(tf.ones([1, 3]), 2, name="shared")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        one, other, named = sess.run([first, second, third])
        assert np.array_equal(np.tile(one, (5, 1)), other) and np.array_equal(one, named)


def test_first_values_losses_and_what_is_trained() -> None:
    with tf.variable_scope("s", initializer=tf.constant_initializer(3.0)):
        layer = tf.layers.Dense(2, kernel_regularizer=lambda v: 0.5 * tf.reduce_sum(v),
                                bias_initializer=tf.ones_initializer(), trainable=False,
                                activity_regularizer=lambda y: tf.reduce_sum(y))
        layer(tf.ones([2, 3]))
    assert layer.trainable_weights == [] == tf.trainable_variables() and len(layer.non_trainable_weights) == 2
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run([layer.kernel[0, 0], layer.bias[0]]) == [3.0, 1.0]
        assert sess.run(tf.losses.get_regularization_losses()) == [9.0, 20.0]


def test_the_dtype_is_that_of_the_inputs() -> None:
    assert tf.layers.dense(tf.zeros([1, 3], tf.float64), 2).dtype is tf.float64
    assert tf.layers.Dense(2, dtype=tf.float16)(tf.zeros([1, 3], tf.float16)).dtype is tf.float16
    with pytest.raises(TypeError, match="non-floating point dtype int32"):
        tf.layers.dense(tf.zeros([1, 3], tf.int32), 2)


@pytest.mark.parametrize(("shape", "words"), [
    ([None, None], "last dimension of the inputs to `Dense` should be defined"), ([3], "min_ndim=2, found ndim=1"),
    (None, "rank"),
])
def test_shapes_that_say_too_little(shape: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        tf.layers.dense(tf.placeholder(tf.float32, shape), 2)


def test_inputs_of_another_size_are_refused() -> None:
    layer = tf.layers.Dense(2)
    layer(tf.zeros([1, 3]))
    with pytest.raises(ValueError, match="axis -1 of input shape to have value 3"):
        layer(tf.zeros([1, 4]))


def test_the_shape_of_the_output() -> None:
    layer = tf.layers.Dense(5)
    assert layer.compute_output_shape([None, 7, 3]).as_list() == [None, 7, 5]
    for shape in ([3], [2, None]):
        with pytest.raises(ValueError, match="rank|innermost dimension"):
            layer.compute_output_shape(shape)


def test_the_path_that_old_programs_import() -> None:
    from millpond.python.layers import core  # noqa: PLC0415
    assert core.Dense is tf.layers.Dense and core.dense is tf.layers.dense
