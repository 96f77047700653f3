"""Layers with windows: channels first and last, causal padding, names of subclasses, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond as tf

# By the number of spatial dimensions: layers, and what makes them.
LAYERS: dict[str, tuple[int, Callable[..., Any]]] = {
    "conv1d": (1, lambda **format: tf.layers.Conv1D(4, 2, strides=2, **format)),
    "conv1d dilated": (1, lambda **format: tf.layers.Conv1D(4, 2, dilation_rate=2, padding="same", **format)),
    "conv1d causal": (1, lambda **format: tf.layers.Conv1D(4, 2, dilation_rate=2, padding="causal", **format)),
    "conv2d": (2, lambda **format: tf.layers.Conv2D(4, (2, 3), padding="same", activation=tf.nn.relu, **format)),
    "conv2d dilated": (2, lambda **format: tf.layers.Conv2D(4, 2, dilation_rate=2, **format)),
    "conv3d": (3, lambda **format: tf.layers.Conv3D(2, 2, strides=(1, 2, 1), **format)),
    "separable_conv1d": (1, lambda **format: tf.layers.SeparableConv1D(4, 2, depth_multiplier=2, **format)),
    "separable_conv1d causal": (1, lambda **format: tf.layers.SeparableConv1D(4, 2, padding="causal", **format)),
    "separable_conv2d": (2, lambda **format: tf.layers.SeparableConv2D(4, 2, strides=2, padding="same", **format)),
    "conv2d_transpose": (2, lambda **format: tf.layers.Conv2DTranspose(4, 3, strides=2, padding="same", **format)),
    "conv3d_transpose": (3, lambda **format: tf.layers.Conv3DTranspose(2, 2, strides=(1, 2, 1), **format)),
    "max_pooling1d": (1, lambda **format: tf.layers.MaxPooling1D(2, 2, **format)),
    "max_pooling2d": (2, lambda **format: tf.layers.MaxPooling2D(3, 2, padding="same", **format)),
    "max_pooling3d": (3, lambda **format: tf.layers.MaxPooling3D(2, None, **format)),
    "average_pooling1d": (1, lambda **format: tf.layers.AveragePooling1D(3, 1, padding="same", **format)),
    "average_pooling2d": (2, lambda **format: tf.layers.AveragePooling2D((2, 3), 2, **format)),
    "average_pooling3d": (3, lambda **format: tf.layers.AveragePooling3D(2, 1, padding="same", **format)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_channels_first_computes_what_channels_last_computes(name: str) -> None:
    """On a CPU too, where TensorFlow has no such kernels; sizes that are unknown while building are the run's."""
    rank, make = LAYERS[name]
    sizes = [5, 6, 7][:rank]
    last, first = make(), make(data_format="channels_first")
    known = tf.placeholder(tf.float32, [None, *sizes, 3])
    unknown = tf.placeholder(tf.float32, [None, 3, *[None] * rank])
    y = tf.transpose(last(known), [0, rank + 1, *range(1, rank + 1)])
    z = first(unknown)
    assert z.shape.as_list()[:2] == [None, y.shape.as_list()[1]]
    slopes = [tf.gradients(tf.square(y), [known, *last.trainable_weights]),
              tf.gradients(tf.square(z), [unknown, *first.trainable_weights])]
    x = np.random.RandomState(0).normal(size=(2, *sizes, 3)).astype(np.float32)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first.set_weights([np.float32(w + 0.1) for w in last.get_weights()])
        last.set_weights(first.get_weights())
        feeds = {known: x, unknown: np.moveaxis(x, -1, 1)}
        found, wanted, (wanted_slopes, slopes_found) = sess.run([z, y, slopes], feeds)
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
        assert tuple(last.compute_output_shape(x.shape).as_list()) == tuple(np.moveaxis(wanted, 1, -1).shape)
        assert tuple(first.compute_output_shape((2, 3, *sizes)).as_list()) == wanted.shape
        np.testing.assert_allclose(np.moveaxis(slopes_found[0], 1, -1), wanted_slopes[0], rtol=1e-4, atol=1e-4)
        for one, other in zip(slopes_found[1:], wanted_slopes[1:], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("layer", [tf.layers.Conv1D, tf.layers.SeparableConv1D])
def test_no_output_of_a_causal_convolution_depends_on_what_comes_later(layer: Any, tier: str) -> None:
    x = tf.placeholder(tf.float32, [1, 6, 2])
    y = layer(3, 3, padding="causal", dilation_rate=2)(x)
    assert y.shape.as_list() == [1, 6, 3]
    slopes = tf.stack([tf.gradients(y[0, step], x)[0][0] for step in range(6)])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        reached = np.any(sess.run(slopes, {x: np.ones([1, 6, 2])}) != 0, axis=2)
    wanted = [[later in (step, step - 2, step - 4) for later in range(6)] for step in range(6)]
    np.testing.assert_array_equal(reached, wanted)


def test_the_node_is_called_after_the_class() -> None:
    class Blur(tf.layers.Conv2D):
        pass

    y = Blur(1, 2)(tf.zeros([1, 4, 4, 1]))
    assert [y.op.name, y.op.inputs[0].op.name, y.op.inputs[0].op.type] == ["blur/BiasAdd", "blur/Blur", "Conv2D"]


def test_an_activation_may_be_named() -> None:
    y = tf.layers.conv2d(tf.zeros([1, 4, 4, 1]), 1, 2, activation="relu")
    assert y.op.type == "Relu"


def test_windows_lie_side_by_side_where_no_strides_are_given() -> None:
    layer = tf.layers.MaxPooling2D((2, 3), None)
    assert layer.strides == (2, 3) and layer(tf.zeros([1, 6, 6, 1])).shape.as_list() == [1, 3, 2, 1]


def test_no_data_format_is_channels_last() -> None:
    assert tf.layers.Conv1D(2, 2, data_format=None).data_format == "channels_last"
    assert tf.layers.Flatten(None).data_format == "channels_last"


def _call_with_other_channels() -> None:
    layer = tf.layers.Conv2D(1, 2)
    layer(tf.zeros([1, 4, 4, 1]))
    layer(tf.zeros([1, 4, 4, 2]))


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "rank": (lambda: tf.layers.conv2d(tf.zeros([2, 3, 4]), 1, 2), "expected ndim=4, found ndim=3"),
    "unknown rank": (lambda: tf.layers.conv2d(tf.placeholder(tf.float32), 1, 2), "rank is undefined"),
    "unknown channels": (lambda: tf.layers.conv2d(tf.placeholder(tf.float32, [1, 4, 4, None]), 1, 2),
                         "channel dimension of the inputs to conv2d.* should be defined.*set_shape"),
    "unknown channels first": (lambda: tf.layers.conv2d_transpose(
        tf.placeholder(tf.float32, [1, None, 4, 4]), 1, 2, data_format="channels_first"), "channel dimension"),
    "unknown channels, separable": (lambda: tf.layers.separable_conv1d(
        tf.placeholder(tf.float32, [1, 4, None]), 1, 2), "channel dimension"),
    "data format": (lambda: tf.layers.conv2d(tf.zeros([1, 4, 4, 1]), 1, 2, data_format="NHWC"),
                    "`data_format` argument must be one of 'channels_last', 'channels_first'. Received: 'NHWC'"),
    "padding": (lambda: tf.layers.max_pooling2d(tf.zeros([1, 4, 4, 1]), 2, 2, padding="full"),
                "`padding` argument must be one of 'valid', 'same'. Received: 'full'"),
    "causal images": (lambda: tf.layers.Conv2D(1, 2, padding="causal"), "must be one of 'valid', 'same'"),
    "kernel size": (lambda: tf.layers.Conv2D(1, (1, 2, 3)), "`kernel_size` argument must be an integer or a sequence"),
    "kernel of words": (lambda: tf.layers.Conv2D(1, "33"), "`kernel_size` argument"),
    "no kernel": (lambda: tf.layers.Conv1D(1, 0), "`kernel_size` argument must be positive"),
    "no stride": (lambda: tf.layers.MaxPooling1D(2, 0), "`strides` argument must be positive"),
    "no filters": (lambda: tf.layers.Conv3D(0, 1), "`filters` argument must be positive"),
    "pool size": (lambda: tf.layers.AveragePooling3D(None, 1), "`pool_size` argument must be an integer"),
    "strides and dilation": (lambda: tf.layers.conv2d(tf.zeros([1, 9, 9, 1]), 1, 3, strides=2, dilation_rate=2),
                             "strides > 1. not supported in conjunction with .dilations > 1"),
    "too small": (lambda: tf.layers.conv2d(tf.zeros([1, 2, 2, 1]), 1, 3), "Negative dimension size"),
    "other channels": (_call_with_other_channels, "expected axis -1 of input shape to have value 1"),
    "flat scalar": (lambda: tf.layers.flatten(1.0), "expected min_ndim=1"),
    "flat format": (lambda: tf.layers.Flatten(data_format="first"), "`data_format` argument"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    call, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        call()


def test_flatten_keeps_a_batch_that_is_empty(tier: str) -> None:
    x = tf.placeholder(tf.float32, [None, 3, 4])
    y = tf.layers.flatten(x)
    none = tf.layers.flatten(tf.placeholder_with_default(np.zeros([2, 0, 3], np.float32), [None, 0, 3]))
    with tf.Session() as sess:
        assert sess.run(y, {x: np.zeros([0, 3, 4])}).shape == (0, 12)
        assert sess.run(none).shape == (2, 0)


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float64])
def test_variables_have_the_dtype_of_the_inputs(dtype: tf.DType) -> None:
    x = tf.ones([1, 4, 4, 2], dtype)
    y = tf.layers.conv2d(x, 2, 2, kernel_initializer=tf.ones_initializer())
    z = tf.layers.conv2d_transpose(tf.layers.average_pooling2d(y, 2, 1), 1, 2, kernel_initializer="ones")
    assert {v.dtype.base_dtype for v in tf.global_variables()} == {dtype} and z.dtype is dtype
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(sess.run(z)[0, :, :, 0].astype(np.float64),
                                      [[16, 32, 16], [32, 64, 32], [16, 32, 16]])


def test_a_partitioned_kernel_is_put_together() -> None:
    with tf.variable_scope("net", partitioner=tf.fixed_size_partitioner(2, axis=3)):
        layer = tf.layers.Conv2D(4, 2, use_bias=False)
        y = layer(tf.ones([1, 2, 2, 3]))
    assert [v.op.name for v in tf.global_variables()] == ["net/conv2d/kernel/part_0", "net/conv2d/kernel/part_1"]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found, parts = sess.run([y, tf.global_variables()])
    np.testing.assert_allclose(found[0, 0, 0], np.concatenate(parts, 3).sum(axis=(0, 1, 2)), rtol=1e-5, atol=1e-6)


def test_an_empty_batch_goes_through_every_layer(tier: str, recwarn: pytest.WarningsRecorder) -> None:
    """Its outputs are empty, and it moves no weight; the moments of nothing are NaN, as in TensorFlow."""
    x, volumes = tf.placeholder(tf.float32, [0, 4, 4, 2]), tf.placeholder(tf.float32, [0, 4, 4, 4, 2])
    outputs = [tf.layers.conv2d(x, 3, 2), tf.layers.conv2d_transpose(x, 3, 2), tf.layers.separable_conv2d(x, 3, 2),
               tf.layers.max_pooling2d(x, 2, 2), tf.layers.average_pooling2d(x, 2, 2), tf.layers.conv3d(volumes, 2, 2),
               tf.layers.max_pooling3d(volumes, 2, 2), tf.layers.average_pooling3d(volumes, 2, 2),
               tf.layers.conv3d_transpose(volumes, 2, 2), tf.layers.batch_normalization(x, training=True)]
    slopes = tf.gradients([tf.reduce_sum(y) for y in outputs], [x, volumes, *tf.trainable_variables()])
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found, moved, *_ = sess.run([outputs, slopes, *updates],
                                    {x: np.zeros([0, 4, 4, 2]), volumes: np.zeros([0, 4, 4, 4, 2])})
        assert [y.shape for y in found] == [tuple(y.shape.as_list()) for y in outputs]
        assert all(not np.any(slope) for slope in moved)
        assert np.all(np.isnan(sess.run(tf.global_variables("batch_normalization/moving_mean")[0])))
    assert not [warning for warning in recwarn if "empty" in str(warning.message)]
