"""Fractional pooling: windows whose lengths differ by one, drawn in each run; TensorFlow's for the same seeds."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import OpCase, floats

import millpond as tf

RATIOS = [1.0, 1.4, 1.5, 1.0]
IMAGES = floats(2, 10, 12, 3, low=0.0)


def _pooled(function, **options):
    def build(tf, x):
        return getattr(tf.nn, function)(x, RATIOS, deterministic=True, seed=3, seed2=5, **options)
    return build


def _gradient(function):
    def build(tf, x):
        return tf.gradients(_pooled(function)(tf, x)[0], x)
    return build


CASES = [
    OpCase("FractionalMaxPool", _pooled("fractional_max_pool"), [IMAGES], gradient=True),
    OpCase("FractionalMaxPool", _pooled("fractional_max_pool", overlapping=True), [IMAGES], gradient=True,
           note="overlapping"),
    OpCase("FractionalAvgPool", _pooled("fractional_avg_pool"), [IMAGES], gradient=True),
    OpCase("FractionalAvgPool", _pooled("fractional_avg_pool", overlapping=True, pseudo_random=True), [IMAGES],
           gradient=True, note="overlapping, evenly"),
    OpCase("FractionalMaxPoolGrad", _gradient("fractional_max_pool"), [IMAGES]),
    OpCase("FractionalAvgPoolGrad", _gradient("fractional_avg_pool"), [IMAGES]),
]


@pytest.mark.parametrize(("pseudo_random", "rows", "columns"), [
    (False, [0, 1, 2, 3, 4, 6, 8, 10], [0, 2, 4, 5, 6, 7, 9, 11, 12]),
    (True, [0, 1, 3, 4, 5, 7, 8, 10], [0, 2, 3, 5, 6, 8, 9, 11, 12])])
@pytest.mark.parametrize("overlapping", [False, True])
def test_borders_and_values(overlapping, pseudo_random, rows, columns):
    options = {"pseudo_random": pseudo_random, "overlapping": overlapping, "deterministic": True, "seed": 3, "seed2": 5}
    fetches = [tf.nn.fractional_max_pool(IMAGES, RATIOS, **options),
               tf.nn.fractional_avg_pool(IMAGES, RATIOS, **options)]
    with tf.Session() as sess:
        first, second = sess.run(fetches), sess.run(fetches)
    more = 1 if overlapping else 0
    for (values, *borders), (again, *_), reduce in zip(first, second, (np.max, np.mean), strict=True):
        assert [border.tolist() for border in borders] == [rows, columns]
        assert all(border.dtype == np.int64 for border in borders)
        expected = [[reduce(IMAGES[:, rows[i]:rows[i + 1] + more, columns[j]:columns[j + 1] + more], axis=(1, 2))
                     for j in range(8)] for i in range(7)]
        np.testing.assert_allclose(values, np.array(expected).transpose(2, 0, 1, 3), rtol=1e-6)
        np.testing.assert_array_equal(values, again)


def test_each_run_draws_its_own_windows_unless_told_otherwise():
    rows = tf.nn.fractional_max_pool(np.zeros([1, 50, 4, 1], np.float32), [1, 1.6, 2, 1]).row_pooling_sequence
    with tf.Session() as sess:
        seen = [tuple(sess.run(rows)) for _ in range(5)]
    assert len(set(seen)) > 1
    for borders in seen:
        assert borders[0] == 0 and borders[-1] == 50 and set(np.diff(borders)) == {1, 2}


def test_the_first_greatest_has_the_gradient_and_nan_is_passed_over():
    x = tf.constant([3, 3, 1, 3, 3, 2, np.nan, 1, 9], tf.float32)
    image = tf.reshape(x, [1, 3, 3, 1])
    y, rows, columns = tf.nn.fractional_max_pool(image, [1, 1.5, 1.5, 1], deterministic=True, seed=1)
    with tf.Session() as sess:
        values, slope, where = sess.run([y, tf.gradients(y, image)[0], [rows, columns]])
    assert [border.tolist() for border in where] == [[0, 2, 3], [0, 1, 3]]
    assert values.ravel().tolist() == [3, 3, np.finfo(np.float32).min, 9]
    assert slope.ravel().tolist() == [1, 1, 0, 0, 0, 0, 1, 0, 1]


@pytest.mark.parametrize("dtype", ["int32", "int64", "float64"])
def test_dtypes(dtype):
    image = np.arange(-8, 8).reshape(1, 4, 4, 1).astype(dtype)
    with tf.Session() as sess:
        greatest, mean = sess.run([tf.nn.fractional_max_pool(image, [1, 2, 2, 1])[0],
                                   tf.nn.fractional_avg_pool(image, [1, 2, 2, 1])[0]])
    assert greatest.dtype == mean.dtype == dtype
    assert greatest.ravel().tolist() == [-3, -1, 5, 7]
    assert mean.ravel().tolist() == ([-5.5, -3.5, 2.5, 4.5] if dtype == "float64" else [-5, -3, 2, 4])


def test_what_is_refused():
    x = tf.zeros([1, 4, 4, 1])
    for ratios, said in (([1, 1.4, 1.5], "four"), ([1, 0.5, 1.5, 1], "smaller than 1"), ([1.2, 1.4, 1.5, 1], "batch")):
        with pytest.raises(ValueError, match=said):
            tf.nn.fractional_max_pool(x, ratios)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="seed2 should be 0"):
        sess.run(tf.nn.fractional_max_pool(x, RATIOS, seed=3))


def test_shapes_are_known_while_building():
    y, rows, columns = tf.nn.fractional_max_pool(tf.placeholder(tf.float32, [None, 10, None, 3]), RATIOS)
    assert y.shape.as_list() == [None, 7, None, 3]
    assert rows.shape.as_list() == [8] and columns.shape.as_list() == [None]
