"""Initializers: values, configurations, arguments that are refused. Exact random values are golden cases."""

from __future__ import annotations

import math

import numpy as np
import pytest

import millpond as tf


def value(tensor):
    with tf.Session() as sess:
        return sess.run(tensor)


def test_constants(tier):
    assert value(tf.zeros_initializer()([2])).tolist() == [0.0, 0.0]
    assert value(tf.ones_initializer()([2], tf.int32)).tolist() == [1, 1]
    assert value(tf.zeros_initializer()([1], tf.string)).tolist() == [b""]
    assert value(tf.constant_initializer(3)([2], dtype=tf.int64)).tolist() == [3, 3]
    assert value(tf.constant_initializer(np.arange(6))([2, 3])).tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert value(tf.constant_initializer([1, 2])([4])).tolist() == [1.0, 2.0, 2.0, 2.0]
    assert value(tf.initializers.identity(gain=2.0)([3, 2])).tolist() == [[2.0, 0.0], [0.0, 2.0], [0.0, 0.0]]


def test_constants_that_do_not_fit():
    with pytest.raises(ValueError, match="Too many elements"):
        tf.constant_initializer([1, 2, 3])([2])
    with pytest.raises(TypeError, match="shape"):
        tf.constant_initializer([1, 2, 3], verify_shape=True)([5])
    with pytest.raises(TypeError, match="type: dict"):
        tf.constant_initializer({})
    with pytest.raises(ValueError, match="two-dimensional"):
        tf.initializers.identity()([2])


@pytest.mark.parametrize("name, low, high", [("he_uniform", -math.sqrt(0.06), math.sqrt(0.06)),
                                             ("lecun_uniform", -math.sqrt(0.03), math.sqrt(0.03)),
                                             ("glorot_uniform", -math.sqrt(0.04), math.sqrt(0.04))])
def test_uniform_numbers_fill_their_interval(name, low, high):
    numbers = value(getattr(tf.initializers, name)(seed=1)([100, 50]))
    assert low <= numbers.min() < 0.98 * low
    assert 0.98 * high < numbers.max() <= high


@pytest.mark.parametrize("name, stddev", [("he_normal", math.sqrt(0.02)), ("lecun_normal", math.sqrt(0.01)),
                                          ("glorot_normal", math.sqrt(2 / 150))])
def test_normal_numbers_have_their_deviation(name, stddev):
    numbers = value(getattr(tf.initializers, name)(seed=1)([100, 50]))
    assert abs(numbers.std() - stddev) < 0.03 * stddev


def test_orthogonal_matrices(tier):
    tall = value(tf.orthogonal_initializer(gain=2.0, seed=3)([3, 2]))
    # Recorded from TensorFlow.
    np.testing.assert_allclose(tall, [[1.5142157, -0.17315699], [0.1595598, 1.992028], [1.2968004, -0.04291372]],
                               rtol=1e-5)
    wide = value(tf.orthogonal_initializer(seed=3)([2, 3]))
    np.testing.assert_allclose(wide @ wide.T, np.eye(2), atol=1e-5)
    deep = value(tf.orthogonal_initializer(seed=3)([2, 2, 3])).reshape(4, 3)
    np.testing.assert_allclose(deep.T @ deep, np.eye(3), atol=1e-5)


def test_a_convolution_counts_its_window():
    numbers = value(tf.variance_scaling_initializer(distribution="untruncated_normal", seed=2)([5, 5, 4, 64]))
    assert abs(numbers.std() - 0.1) < 0.003


@pytest.mark.parametrize("initializer", [
    tf.zeros_initializer(tf.int32), tf.ones_initializer(), tf.constant_initializer([1, 2]),
    tf.random_uniform_initializer(-1, 1, seed=3), tf.random_normal_initializer(1.0, 2.0, 3, tf.float64),
    tf.truncated_normal_initializer(stddev=0.1), tf.uniform_unit_scaling_initializer(1.5, seed=4),
    tf.variance_scaling_initializer(2.0, "fan_avg", "uniform", 5), tf.glorot_uniform_initializer(6),
    tf.glorot_normal_initializer(7), tf.orthogonal_initializer(2.0), tf.initializers.identity(3.0),
    tf.initializers.he_normal(8),
], ids=lambda initializer: type(initializer).__name__)
def test_a_configuration_makes_the_initializer_again(initializer):
    config = initializer.get_config()
    assert type(initializer).from_config(config).get_config() == config


def test_configurations_are_plain():
    assert tf.random_normal_initializer(seed=3).get_config() == {
        "mean": 0.0, "stddev": 1.0, "seed": 3, "dtype": "float32"}
    assert tf.initializers.he_uniform().get_config() == {
        "scale": 2.0, "mode": "fan_in", "distribution": "uniform", "seed": None, "dtype": "float32"}
    assert tf.glorot_uniform_initializer().get_config() == {"seed": None, "dtype": "float32"}


def test_arguments_that_are_refused():
    with pytest.raises(ValueError, match="positive"):
        tf.variance_scaling_initializer(scale=-1.0)
    with pytest.raises(ValueError, match="mode.*'x'"):
        tf.variance_scaling_initializer(mode="x")
    with pytest.raises(ValueError, match="distribution.*'x'"):
        tf.variance_scaling_initializer(distribution="x")
    with pytest.raises(ValueError, match="floating point"):
        tf.random_normal_initializer(dtype=tf.int32)
    with pytest.raises(ValueError, match="at least two-dimensional"):
        tf.orthogonal_initializer()([3])
    with pytest.raises(ValueError, match="maxval"):
        tf.random_uniform_initializer()([2], tf.int32)


@pytest.mark.parametrize("make", [
    tf.zeros_initializer, tf.ones_initializer, tf.constant_initializer, tf.random_uniform_initializer,
    tf.random_normal_initializer, tf.truncated_normal_initializer, tf.uniform_unit_scaling_initializer,
    tf.variance_scaling_initializer, tf.orthogonal_initializer, tf.initializers.identity, tf.glorot_uniform_initializer,
    tf.glorot_normal_initializer])
def test_without_arguments_an_initializer_has_tensorflows_defaults(make):
    defaults = {"value": 0, "minval": 0.0, "maxval": None, "mean": 0.0, "stddev": 1.0, "factor": 1.0, "scale": 1.0,
                "mode": "fan_in", "distribution": "truncated_normal", "gain": 1.0, "seed": None, "dtype": "float32"}
    config = make().get_config()
    assert config == {name: defaults[name] for name in config} and "dtype" in config
    assert make()([3, 3]).dtype == tf.float32


def test_the_arguments_that_a_configuration_tells():
    told = {"zeros": ["dtype"], "constant": ["value", "dtype"], "random_uniform": ["minval", "maxval", "seed", "dtype"],
            "random_normal": ["mean", "stddev", "seed", "dtype"],
            "truncated_normal": ["mean", "stddev", "seed", "dtype"],
            "uniform_unit_scaling": ["factor", "seed", "dtype"], "orthogonal": ["gain", "seed", "dtype"],
            "variance_scaling": ["scale", "mode", "distribution", "seed", "dtype"], "identity": ["gain", "dtype"],
            "glorot_uniform": ["seed", "dtype"], "glorot_normal": ["seed", "dtype"]}
    for name, arguments in told.items():
        assert list(getattr(tf.initializers, name)().get_config()) == arguments, name


def test_an_array_of_numbers_becomes_the_wanted_type_and_keeps_to_it():
    assert value(tf.constant_initializer(np.array([1.75, 2.0]))([2], tf.int32)).tolist() == [1, 2]
    assert value(tf.constant_initializer(np.array([True, False]))([2])).tolist() == [1.0, 0.0]
    assert value(tf.constant_initializer(np.array([3], np.uint8), tf.int64)([2])).tolist() == [3, 3]
    assert value(tf.constant_initializer(np.array(["a", "b"], object), tf.string)([2])).tolist() == [b"a", b"b"]


def test_a_scale_must_be_positive_however_small():
    for scale in (0.0, -1.0):
        with pytest.raises(ValueError, match="positive"):
            tf.variance_scaling_initializer(scale)
    assert tf.variance_scaling_initializer(1e-30).scale == 1e-30


def test_a_layer_without_inputs_counts_as_one_with_one():
    """The variance is never larger than the scale."""
    numbers = value(tf.variance_scaling_initializer(3.0, mode="fan_in", distribution="uniform", seed=1)([1, 5000]))
    assert 2.9 < numbers.max() <= 3.0 and -3.0 <= numbers.min() < -2.9
    half = value(tf.variance_scaling_initializer(3.0, mode="fan_avg", distribution="uniform", seed=1)([2, 0, 0]))
    assert half.shape == (2, 0, 0)
    none = value(tf.uniform_unit_scaling_initializer(2.0, seed=1)([0, 4]))
    assert none.shape == (0, 4)
    few = value(tf.uniform_unit_scaling_initializer(1.0, seed=1)([5000]))
    assert math.sqrt(3) * 0.98 < few.max() <= math.sqrt(3)
    scalar = value(tf.variance_scaling_initializer(3.0, distribution="uniform", seed=1)([]))
    assert -3.0 <= scalar <= 3.0


def test_square_and_single_column_matrices_are_orthogonal_too():
    for shape in ([3, 3], [3, 1], [1, 3]):
        matrix = value(tf.orthogonal_initializer(seed=1)(shape))
        product = matrix.T @ matrix if shape[0] >= shape[1] else matrix @ matrix.T
        np.testing.assert_allclose(product, np.eye(min(shape)), atol=1e-5)


def test_what_no_default_is_made_for():
    assert tf.get_variable("text", [2], tf.string).initial_value.op.type == "Const"
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run("text:0").tolist() == [b"", b""]
    with pytest.raises(ValueError, match="dtype qint8 needs an initializer"):
        tf.get_variable("quantized", [2], tf.qint8)
    with pytest.raises(NotImplementedError, match="Initializer.__call__"):
        type(tf.zeros_initializer()).__mro__[1]()([2])
    with pytest.raises(ValueError, match="needs a shape that is known while building"):
        tf.orthogonal_initializer()(tf.placeholder(tf.int32, [2]))
