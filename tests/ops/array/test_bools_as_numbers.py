"""Where a number is wanted, True counts as 1 and False as 0; where a bool is wanted, no number is taken."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

NUMBERS = ["float16", "bfloat16", "float32", "float64", "int8", "uint8", "int32", "int64", "complex64"]


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("value", [True, np.True_, np.array(True), [True, False], (False, True), [[True], [False]],
                                   np.array([True, False]), [True, 2]])
def test_bools_become_numbers_of_any_dtype(value, dtype):
    expected = np.array(value).astype(tf.as_dtype(dtype).np_dtype)
    variable = tf.Variable(value, dtype=dtype)
    made = [tf.constant(value, dtype), tf.convert_to_tensor(value, dtype), variable.initial_value]
    with tf.Session() as sess:
        for tensor in made:
            assert tensor.dtype.base_dtype == dtype
            np.testing.assert_array_equal(sess.run(tensor), expected)


@pytest.mark.parametrize("dtype", NUMBERS)
def test_lists_of_numpy_bools_are_no_numbers(dtype):
    with pytest.raises(TypeError, match=f"Expected {dtype}"):
        tf.constant([np.True_, np.False_], dtype)


@pytest.mark.parametrize("value", [1, 0.0, [1, 0], [True, 1], 1j])
def test_numbers_are_no_bools(value):
    with pytest.raises(TypeError, match="Expected bool"):
        tf.constant(value, tf.bool)
    with pytest.raises(TypeError):
        tf.logical_and(tf.constant(True), value)


@pytest.mark.parametrize("true", [True, np.bool_(True)])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32"])
def test_bools_beside_a_tensor_take_its_dtype(true, dtype, tier):
    x = tf.placeholder(dtype, [2])
    fetches = {"mul": x * true, "rmul": true * x, "sub": x - true, "rsub": true - x, "div": tf.floordiv(x, true),
               "pow": x ** true, "greater": x > true, "equal": tf.equal(x, true), "maximum": tf.maximum(x, true),
               "fill": tf.pad(x, [[1, 0]], constant_values=true)}
    with tf.Session() as sess:
        got = sess.run(fetches, {x: [1, 2]})
    expected = {"mul": [1, 2], "rmul": [1, 2], "sub": [0, 1], "rsub": [0, -1], "div": [1, 2], "pow": [1, 2],
                "greater": [False, True], "equal": [True, False], "maximum": [1, 2], "fill": [1, 1, 2]}
    for name, value in got.items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)
        assert value.dtype == ("bool" if name in ("greater", "equal") else dtype), name


def test_bools_count_as_axes_and_sizes():
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    fetches = [tf.reduce_sum(x, True), tf.concat([x, x], True), tf.stack([x[0], x[1]], axis=True),
               tf.squeeze(x[:, :1], True), tf.zeros([True, 2])]
    with tf.Session() as sess:
        total, joined, stacked, squeezed, zeros = sess.run(fetches)
    assert total.tolist() == [3, 7] and joined.shape == (2, 4) and stacked.tolist() == [[1, 3], [2, 4]]
    assert squeezed.tolist() == [1, 3] and zeros.shape == (1, 2)


@pytest.mark.parametrize("dtype", ["float32", "int32", "float64"])
def test_bools_are_fed_as_numbers(dtype, tier):
    x = tf.placeholder(dtype)
    with tf.Session() as sess:
        for value in (True, np.True_, [True, False], np.array([False, True])):
            got = sess.run(x + 1, {x: value})
            assert got.dtype == dtype
            np.testing.assert_array_equal(got, np.array(value).astype(dtype) + 1)
