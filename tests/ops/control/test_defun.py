"""`Defun`: what programs of TensorFlow 1 did with it."""

import numpy as np
import pytest

import millpond as tf
from millpond.python.framework import function

X = np.array([1.0, 2.0], np.float32)


def test_a_function_of_several_results(tier):
    @function.Defun(tf.float32, tf.float32, noinline=True)
    def both(a, b):
        """Sum and product."""
        return a + b, a * b

    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [2])
        total, product = both(x, 3.0, name="here")
        np.testing.assert_array_equal(sess.run([total, product], {x: X}), [X + 3.0, X * 3.0])
        np.testing.assert_array_equal(sess.run(tf.gradients(product, x)[0], {x: X}), [3.0, 3.0])
        assert product.name.startswith("here/")
    assert both.name == "both" and both.__doc__ == "Sum and product."


def test_a_gradient_in_python(tier):
    def gradient(op, dy):
        assert op.type == "rounded"
        return dy * op.inputs[0] * op.outputs[0]

    @function.Defun(python_grad_func=gradient, shape_func=lambda op: [op.inputs[0].shape])
    def rounded(x):
        return tf.round(x * 1.4)

    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [2])
        y = rounded(x)
        assert y.shape == [2]
        np.testing.assert_allclose(sess.run(tf.gradients(y * 5.0, x)[0], {x: X}), 5.0 * X * np.round(X * 1.4))


def test_a_gradient_that_is_a_function(tier):
    @function.Defun(tf.float32, tf.float32, tf.float32, tf.float32)
    def gradient(a, b, dsum, dproduct):
        return dsum * 10.0, dproduct * 100.0

    @function.Defun(tf.float32, tf.float32, grad_func=gradient)
    def both(a, b):
        return a + b, a * b

    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [2])
        total, product = both(x, x * 1.0)
        assert sess.run(tf.reduce_sum(tf.gradients([total, product], x)[0]), {x: X}) == 220.0


def test_functions_in_each_other_and_in_loops(tier):
    @function.Defun(tf.float32, python_grad_func=lambda op, dy: dy * 3.0)
    def inner(x):
        return x * 2.0

    @function.Defun(tf.float32)
    def outer(x):
        return inner(x) + 1.0

    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [2])
        y = tf.while_loop(lambda i, a: i < 2, lambda i, a: (i + 1, outer(a)), [0, x])[1]
        np.testing.assert_array_equal(sess.run(y, {x: X}), X * 4.0 + 3.0)
        np.testing.assert_array_equal(sess.run(tf.gradients(y, x)[0], {x: X}), [9.0, 9.0])


def test_a_function_without_results(tier):
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.get_variable("v", [], use_resource=True, initializer=tf.zeros_initializer())

        @function.Defun(tf.float32)
        def add(x):
            return v.assign_add(x, read_value=False)

        step = add(2.0)
        sess.run(v.initializer)
        sess.run(step)
        assert sess.run(v) == 2.0


def test_what_cannot_be_a_function():
    with pytest.raises(ValueError, match="Gradient defined twice"):
        function.Defun(tf.float32, grad_func=lambda x, dy: dy, python_grad_func=lambda op, dy: dy)
    with pytest.raises(TypeError, match="must be callable"):
        function.Defun(tf.float32)(3)
    with pytest.raises(ValueError, match="fewer input types than arguments"):
        function.Defun(tf.float32)(lambda a, b: a)
    with pytest.raises(ValueError, match="fewer arguments than the number of specified input types"):
        function.Defun(tf.float32, tf.float32)(lambda a: a)
    one = function.Defun(tf.float32)(lambda a: a)
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="Expected number of arguments: 1, received: 2"):
            one(1.0, 2.0)
        with pytest.raises((TypeError, ValueError), match="int32"):
            one(tf.constant(1))
