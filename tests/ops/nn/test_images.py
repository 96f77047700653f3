"""Convolutions, poolings and normalization: rows of the op table, and what users see beside the values."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from op_case import OpCase, floats

import millpond as tf
from millpond.graph.opdef import lookup

IMAGE = floats(1, 4, 5, 2)
FILTER = floats(3, 2, 2, 3, seed=1)
VOLUME = floats(1, 3, 3, 4, 1)
STRIDES = [1, 2, 1, 1]


def convolution(x, w, strides=(1, 1), padding=((0, 0), (0, 0))):
    """The definition, written out."""
    x = np.pad(x.astype(np.float64), ((0, 0), *padding, (0, 0)))
    height = (x.shape[1] - w.shape[0]) // strides[0] + 1
    width = (x.shape[2] - w.shape[1]) // strides[1] + 1
    out = np.zeros((x.shape[0], height, width, w.shape[3]))
    for i, j in itertools.product(range(height), range(width)):
        window = x[:, i * strides[0]:i * strides[0] + w.shape[0], j * strides[1]:j * strides[1] + w.shape[1]]
        out[:, i, j] = np.einsum("bhwc,hwck->bk", window, w)
    return out


def depthwise(x, w):
    out = np.concatenate([convolution(x[..., c:c + 1], w[:, :, c:c + 1]) for c in range(x.shape[3])], axis=-1)
    return out


def pooled(x, reduce, size=2, stride=2):
    rows, columns = (x.shape[1] - size) // stride + 1, (x.shape[2] - size) // stride + 1
    return np.stack([np.stack([reduce(x[:, i * stride:i * stride + size, j * stride:j * stride + size], axis=(1, 2))
                               for j in range(columns)], 1) for i in range(rows)], 1)


def through_input(function):
    """The gradient with respect to the first tensor, as an op of its own."""
    return lambda tf, x, dy, *rest: tf.gradients(function(tf, x, *rest), x, grad_ys=dy)[0]


def _conv(tf, x, w):
    return tf.nn.conv2d(x, w, STRIDES, "SAME")


def _conv3d(tf, x, w):
    return tf.nn.conv3d(x, w, [1, 1, 1, 2, 1], "VALID")


def _depthwise(tf, x, w):
    return tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "VALID")


def _max(tf, x):
    return tf.nn.max_pool(x, 2, 2, "VALID")


def _max3d(tf, x):
    return tf.nn.max_pool3d(x, 2, 1, "VALID")


FILTER3D = floats(2, 2, 2, 1, 2, seed=2)
DEEP = floats(3, 2, 2, 2, seed=3)
MORPH = floats(2, 2, 2, seed=4)
WIDE = dict(rank_needed=True, rtol=1e-4, atol=1e-5)
# float32 only: its slopes are compared loosely.
CHANNELS = [floats(2, seed=7, low=0.5), floats(2, seed=8)]

CASES = [
    OpCase("Conv2D", _conv, [IMAGE, FILTER], gradient=True, attrs={"strides": STRIDES, "padding": b"SAME"},
           expected=lambda x, w: convolution(x, w, (2, 1), ((0, 1), (0, 1))), **WIDE),
    OpCase("Conv2D", lambda tf, x, w: tf.nn.conv2d(x, w, 1, "VALID", dilations=2), [floats(1, 7, 6, 2), FILTER],
           gradient=True, note="dilated", **WIDE),
    OpCase("Conv2D", lambda tf, x, w: tf.nn.conv2d(x, w, 1, [[0, 0], [2, 0], [1, 1], [0, 0]]), [IMAGE, FILTER],
           gradient=True, note="explicit-padding", expected=lambda x, w: convolution(x, w, (1, 1), ((2, 0), (1, 1))),
           **WIDE),
    OpCase("Conv2DBackpropInput", lambda tf, w, y: tf.nn.conv2d_transpose(y, w, [1, 4, 5, 2], STRIDES, "SAME"),
           [FILTER, floats(1, 2, 5, 3, seed=4)], gradient=True, **WIDE),
    OpCase("Conv2DBackpropFilter",
           lambda tf, x, y: tf.nn.conv2d_backprop_filter(x, [3, 2, 2, 3], y, STRIDES, "SAME"),
           [IMAGE, floats(1, 2, 5, 3, seed=4)], gradient=True, **WIDE),
    OpCase("Conv3D", _conv3d, [VOLUME, FILTER3D], gradient=True, **WIDE),
    OpCase("Conv3DBackpropInputV2",
           lambda tf, w, y: tf.nn.conv3d_transpose(y, w, [1, 3, 3, 4, 1], [1, 1, 1, 2, 1], "VALID"),
           [FILTER3D, floats(1, 2, 2, 2, 2, seed=5)], gradient=True, **WIDE),
    OpCase("Conv3DBackpropFilterV2",
           lambda tf, x, y: tf.nn.conv3d_backprop_filter(x, [2, 2, 2, 1, 2], y, [1, 1, 1, 2, 1], "VALID"),
           [VOLUME, floats(1, 2, 2, 2, 2, seed=5)], gradient=True, **WIDE),
    OpCase("DepthwiseConv2dNative", _depthwise, [IMAGE, DEEP], gradient=True, expected=depthwise, **WIDE),
    OpCase("DepthwiseConv2dNativeBackpropInput",
           lambda tf, w, y: tf.nn.depthwise_conv2d_backprop_input([1, 4, 5, 2], w, y, [1, 1, 1, 1], "VALID"),
           [DEEP, floats(1, 2, 4, 4, seed=6)], gradient=True, **WIDE),
    OpCase("DepthwiseConv2dNativeBackpropFilter",
           lambda tf, x, y: tf.nn.depthwise_conv2d_backprop_filter(x, [3, 2, 2, 2], y, [1, 1, 1, 1], "VALID"),
           [IMAGE, floats(1, 2, 4, 4, seed=6)], gradient=True, **WIDE),
    OpCase("Dilation2D", lambda tf, x, w: tf.nn.dilation2d(x, w, [1, 1, 1, 1], [1, 2, 1, 1], "SAME"), [IMAGE, MORPH],
           gradient=True, **WIDE),
    OpCase("MaxPool", _max, [IMAGE], gradient=True, expected=lambda x: pooled(x, np.max), **WIDE),
    OpCase("MaxPoolGrad", through_input(_max), [IMAGE, floats(1, 2, 2, 2, seed=5)], gradient=(1,), **WIDE),
    OpCase("MaxPoolGradGrad", lambda tf, x, dx: lookup("MaxPoolGradGrad")(
        x, _max(tf, x), dx, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID"),
        [IMAGE, floats(1, 4, 5, 2, seed=5)], gradient=(1,), **WIDE),
    OpCase("MaxPool3D", _max3d, [VOLUME], gradient=True, **WIDE),
    OpCase("MaxPool3DGrad", through_input(_max3d), [VOLUME, floats(1, 2, 2, 3, 1, seed=5)], gradient=(1,), **WIDE),
    OpCase("MaxPool3DGradGrad", lambda tf, x, dx: lookup("MaxPool3DGradGrad")(
        x, _max3d(tf, x), dx, ksize=[1, 2, 2, 2, 1], strides=[1, 1, 1, 1, 1], padding="VALID"),
        [VOLUME, floats(1, 3, 3, 4, 1, seed=5)], gradient=(1,), **WIDE),
    OpCase("AvgPool", lambda tf, x: tf.nn.avg_pool(x, 2, 2, "VALID"), [IMAGE], gradient=True,
           expected=lambda x: pooled(x, np.mean), **WIDE),
    OpCase("AvgPoolGrad", through_input(lambda tf, x: tf.nn.avg_pool(x, 3, 2, "SAME")),
           [IMAGE, floats(1, 2, 3, 2, seed=5)], gradient=(1,), **WIDE),
    OpCase("AvgPool3D", lambda tf, x: tf.nn.avg_pool3d(x, 2, 1, "SAME"), [VOLUME], gradient=True, **WIDE),
    OpCase("AvgPool3DGrad", through_input(lambda tf, x: tf.nn.avg_pool3d(x, 2, 1, "SAME")),
           [VOLUME, floats(1, 3, 3, 4, 1, seed=5)], gradient=(1,), **WIDE),
    OpCase("MaxPoolWithArgmax", lambda tf, x: tf.nn.max_pool_with_argmax(x, 2, 2, "SAME"), [IMAGE], gradient=True,
           **WIDE),
    OpCase("BiasAdd", lambda tf, x, b: tf.nn.bias_add(x, b), [IMAGE, floats(2, seed=9)], gradient=True,
           expected=lambda x, b: x + b),
    OpCase("BiasAdd", lambda tf, x, b: tf.nn.bias_add(x, b, data_format="NCHW"), [IMAGE, floats(4, seed=9)],
           gradient=True, expected=lambda x, b: x + b[:, None, None], note="channels-first"),
    OpCase("BiasAddGrad", lambda tf, x: lookup("BiasAddGrad")(x), [IMAGE], gradient=True,
           expected=lambda x: x.sum((0, 1, 2)), rtol=1e-4),
]
# These ops are float32 inside whatever they are given, or their second derivatives are refused: see the stories.
COVERS = {"FusedBatchNormV3", "FusedBatchNormGradV3", "LRN", "LRNGrad", "Dilation2DBackpropInput",
          "Dilation2DBackpropFilter", "MaxPoolGradWithArgmax"}


def slopes(function, x, step=1e-2):
    """Central differences of a float32 function."""
    result = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[index] += sign * step
            ends.append(function(moved))
        result[index] = (ends[0] - ends[1]) / (2 * step)
    return result


@pytest.mark.parametrize("tier", ["interpreted", "compiled"])
def test_fused_batch_norm_in_training(tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It normalizes by the moments of the batch, and hands back the unbiased variance."""
    monkeypatch.setenv("MILLPOND_TIER", tier)
    scale, offset = CHANNELS
    weights = floats(*IMAGE.shape, seed=3)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 4, 5, 2])
        y, mean, variance = tf.nn.fused_batch_norm(x, tf.constant(scale), tf.constant(offset))
        loss = tf.reduce_sum(y * weights)
        grads = tf.gradients(loss, x)[0]
        values = sess.run([y, mean, variance, grads], {x: IMAGE})
        numeric = slopes(lambda moved: float(sess.run(loss, {x: moved})), IMAGE)
    flat = IMAGE.reshape(-1, 2)
    np.testing.assert_allclose(values[1], flat.mean(0), rtol=1e-5)
    np.testing.assert_allclose(values[2], flat.var(0, ddof=1), rtol=1e-5)
    normal = (IMAGE - flat.mean(0)) / np.sqrt(flat.var(0) + 1e-3)
    np.testing.assert_allclose(values[0], normal * scale + offset, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(values[3], numeric, rtol=2e-2, atol=2e-3)


def test_fused_batch_norm_outside_training_needs_moments() -> None:
    with tf.Graph().as_default(), pytest.raises(ValueError, match="mean"):
        tf.nn.fused_batch_norm(tf.zeros([1, 2, 2, 2]), tf.ones([2]), tf.zeros([2]), is_training=False)


@pytest.mark.parametrize("tier", ["interpreted", "compiled"])
def test_local_response_normalization(tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILLPOND_TIER", tier)
    image = floats(1, 1, 2, 4)
    weights = floats(1, 1, 2, 4, seed=3)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, image.shape)
        y = tf.nn.lrn(x, depth_radius=1, bias=2.0, alpha=0.5, beta=0.75)
        loss = tf.reduce_sum(y * weights)
        value, grad = sess.run([y, tf.gradients(loss, x)[0]], {x: image})
        numeric = slopes(lambda moved: float(sess.run(loss, {x: moved})), image)
    squares = np.pad(image**2, ((0, 0), (0, 0), (0, 0), (1, 1)))
    norm = 2 + 0.5 * (squares[..., :-2] + squares[..., 1:-1] + squares[..., 2:])
    np.testing.assert_allclose(value, image / norm**0.75, rtol=1e-5)
    np.testing.assert_allclose(grad, numeric, rtol=1e-2, atol=1e-3)


def test_second_derivatives_that_are_not_there_are_named() -> None:
    with tf.Graph().as_default():
        x = tf.ones([1, 2, 2, 2])
        first = tf.gradients(tf.nn.lrn(x, name="squash"), x)[0]
        with pytest.raises(LookupError, match="No gradient defined for operation '.*squash_grad/LRNGrad'"):
            tf.gradients(first, x)


@pytest.mark.slow
@pytest.mark.parametrize("tier", ["interpreted", "compiled"])
def test_the_first_of_equal_maxima_gets_the_gradient(tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILLPOND_TIER", tier)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.zeros([1, 2, 2, 1])
        pools = [tf.nn.max_pool(x, 2, 2, "VALID"), tf.nn.max_pool_with_argmax(x, 2, 2, "VALID")[0],
                 tf.nn.dilation2d(x, tf.zeros([2, 2, 1]), [1, 2, 2, 1], [1, 1, 1, 1], "VALID")]
        for grad in sess.run([tf.gradients(pool, x)[0] for pool in pools]):
            np.testing.assert_array_equal(grad.ravel(), [1, 0, 0, 0])


def test_argmax_places_count_through_the_image() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        image = np.arange(16.0, dtype=np.float32).reshape(2, 2, 2, 2)
        maxima, places = sess.run(tf.nn.max_pool_with_argmax(image, 2, 2, "VALID"))
        _, batched = sess.run(tf.nn.max_pool_with_argmax(image, 2, 2, "VALID", include_batch_in_index=True))
    np.testing.assert_array_equal(maxima.ravel(), [6, 7, 14, 15])
    np.testing.assert_array_equal(places.ravel(), [6, 7, 6, 7])
    np.testing.assert_array_equal(batched.ravel(), [6, 7, 14, 15])


def test_channels_first_is_channels_last_transposed() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        x, w = tf.constant(IMAGE), tf.constant(FILTER)
        first = tf.transpose(x, [0, 3, 1, 2])
        last = tf.nn.max_pool(tf.nn.conv2d(x, w, 1, "SAME"), 2, 1, "SAME")
        other = tf.nn.conv2d(first, w, 1, "SAME", data_format="NCHW")
        other = tf.nn.max_pool(other, 2, 1, "SAME", data_format="NCHW")
        one, two = sess.run([last, tf.transpose(other, [0, 2, 3, 1])])
    np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_atrous_convolution_is_a_dilated_one(padding: str) -> None:
    image = floats(2, 7, 6, 2)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, None, None, 2])
        spread = tf.nn.atrous_conv2d(x, FILTER, 2, padding)
        direct = tf.nn.conv2d(x, FILTER, 1, padding, dilations=[1, 2, 2, 1])
        one, two = sess.run([spread, direct], {x: image})
    np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-5)


def test_atrous_transpose_undoes_the_shape() -> None:
    """Its gradient is the atrous convolution itself."""
    w, y = floats(3, 3, 3, 2, seed=1), floats(1, 6, 6, 3, seed=2)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.constant(floats(1, 6, 6, 2))
        wide = tf.nn.atrous_conv2d_transpose(x, w, [1, 6, 6, 3], 2, "SAME")
        assert wide.shape.as_list() == [1, 6, 6, 3]
        slope = tf.gradients(wide, x, grad_ys=tf.constant(y))[0]
        one, two = sess.run([slope, tf.nn.atrous_conv2d(y, w, 2, "SAME")])
    np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-5)


def test_one_dimensional_convolution_and_its_transpose() -> None:
    x, w = floats(2, 7, 3), floats(3, 3, 4, seed=1)
    with tf.Graph().as_default(), tf.Session() as sess:
        y = tf.nn.conv1d(tf.constant(x), tf.constant(w), 2, "SAME")
        back = tf.nn.conv1d_transpose(y, tf.constant(w), [2, 7, 3], 2)
        channels_first = tf.nn.conv1d(tf.constant(x.transpose(0, 2, 1)), tf.constant(w), 2, "SAME", data_format="NCW")
        values = sess.run([y, back, channels_first])
    assert values[1].shape == (2, 7, 3)
    padded = np.pad(x, ((0, 0), (1, 1), (0, 0)))
    wanted = np.stack([np.einsum("bwc,wck->bk", padded[:, i:i + 3], w) for i in (0, 2, 4, 6)], 1)
    np.testing.assert_allclose(values[0], wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(values[2].transpose(0, 2, 1), wanted, rtol=1e-4, atol=1e-5)


def test_grouped_convolution() -> None:
    """A filter of half the channels makes two groups."""
    x, w = floats(1, 3, 3, 4), floats(2, 2, 2, 6, seed=1)
    with tf.Graph().as_default(), tf.Session() as sess:
        y = sess.run(tf.nn.conv2d(tf.constant(x), tf.constant(w), 1, "VALID"))
    halves = [convolution(x[..., :2], w[..., :3]), convolution(x[..., 2:], w[..., 3:])]
    np.testing.assert_allclose(y, np.concatenate(halves, -1), rtol=1e-4, atol=1e-5)


def test_what_does_not_fit_is_said_while_building() -> None:
    with tf.Graph().as_default():
        x = tf.zeros([1, 4, 4, 3])
        with pytest.raises(ValueError, match=r"Depth of input \(3\) is not a multiple"):
            tf.nn.conv2d(x, tf.zeros([2, 2, 2, 5]), 1, "SAME")
        with pytest.raises(ValueError, match=r"Depth of output \(5\) is not a multiple of the number of groups \(3\)"):
            tf.nn.conv2d(x, tf.zeros([2, 2, 1, 5]), 1, "SAME")
        for windows in (lambda padding: tf.nn.conv2d(x, tf.zeros([2, 2, 3, 5]), 1, padding),
                        lambda padding: tf.nn.max_pool(x, 2, 2, padding),
                        lambda padding: tf.nn.pool(x, [2, 2], "AVG", padding),
                        lambda padding: tf.nn.atrous_conv2d(x, tf.zeros([2, 2, 3, 5]), 2, padding)):
            windows("SAME")
            with pytest.raises(ValueError, match="'same'"):
                windows("same")
        with pytest.raises(ValueError, match="Negative dimension size caused by subtracting 5 from 4"):
            tf.nn.conv2d(x, tf.zeros([5, 5, 3, 1]), 1, "VALID")
        with pytest.raises(ValueError, match="length 1, 2 or 4 but was 3"):
            tf.nn.conv2d(x, tf.zeros([2, 2, 3, 1]), [1, 1, 1], "SAME")
        with pytest.raises(ValueError, match="batch dimension"):
            tf.nn.max_pool(x, [2, 1, 1, 1], [1, 1, 1, 1], "SAME")
        with pytest.raises(ValueError, match="strides > 1"):
            tf.nn.convolution(x, tf.zeros([2, 2, 3, 1]), "SAME", strides=[2, 2], dilation_rate=[2, 2])
        with pytest.raises(ValueError, match="'value' and 'input'"):
            tf.nn.max_pool(x, 2, 2, "SAME", input=x)


def test_moments_and_batch_normalization() -> None:
    x = floats(6, 3)
    with tf.Graph().as_default(), tf.Session() as sess:
        mean, variance = tf.nn.moments(tf.constant(x), [0])
        normal = tf.nn.batch_normalization(tf.constant(x), mean, variance, [1.0, 2.0, 3.0], None, 1e-3)
        parts = tf.nn.sufficient_statistics(tf.constant(x), [0], shift=tf.constant([1.0, 1.0, 1.0]))
        again = tf.nn.normalize_moments(*parts)
        weighted = tf.nn.weighted_moments(tf.constant(x), [0], np.array([[1], [1], [1], [0], [0], [0]], np.float32))
        values = sess.run([mean, variance, normal, *again, *weighted])
    np.testing.assert_allclose(values[0], x.mean(0), rtol=1e-5)
    np.testing.assert_allclose(values[1], x.var(0), rtol=1e-5)
    np.testing.assert_allclose(values[2], (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3) + [1, 2, 3], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(values[3], x.mean(0), rtol=1e-4)
    np.testing.assert_allclose(values[4], x.var(0), rtol=1e-4)
    np.testing.assert_allclose(values[5], x[:3].mean(0), rtol=1e-5)
    np.testing.assert_allclose(values[6], x[:3].var(0), rtol=1e-5)


def test_moments_of_half_precision_are_computed_in_single() -> None:
    x = np.full(4096, 8.0, np.float16)
    with tf.Graph().as_default(), tf.Session() as sess:
        mean, variance = sess.run(tf.nn.moments(tf.constant(x), [0]))
    assert mean.dtype == np.float16
    assert (mean, variance) == (8.0, 0.0)


def test_dropout_keeps_the_expected_sum() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        rate = tf.placeholder(tf.float32, [])
        x = tf.ones([100, 100])
        kept = tf.nn.dropout(x, keep_prob=0.25, seed=1)
        fed = tf.nn.dropout(x, rate=rate, seed=1)
        slope = tf.gradients(kept, x)[0]
        values, grads = sess.run([kept, slope])
        assert set(np.unique(values)) == {0.0, 4.0}
        assert abs(values.mean() - 1) < 0.1
        np.testing.assert_array_equal(grads, values)
        np.testing.assert_array_equal(sess.run(fed, {rate: 0.0}), np.ones((100, 100)))
        assert tf.nn.dropout(x, 1.0) is x


def test_dropout_refuses_what_is_no_probability() -> None:
    with tf.Graph().as_default():
        x = tf.ones([2])
        with pytest.raises(ValueError, match="range"):
            tf.nn.dropout(x, keep_prob=0.0)
        with pytest.raises(ValueError, match="range"):
            tf.nn.dropout(x, rate=1.0)
        with pytest.raises(ValueError, match="Only one of"):
            tf.nn.dropout(x, 0.5, rate=0.5)
        with pytest.raises(ValueError, match="floating point"):
            tf.nn.dropout(tf.constant([1, 2]), 0.5)


def test_zero_fraction_and_layers_of_the_first_tutorials() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        x, w = tf.constant([[1.0, -1.0]]), tf.constant([[1.0], [3.0]])
        values = sess.run([tf.nn.zero_fraction([0.0, 1.0, 0.0, 2.0]), tf.nn.xw_plus_b(x, w, [0.5]),
                           tf.nn.relu_layer(x, w, [0.5])])
    np.testing.assert_array_equal(values[0], 0.5)
    np.testing.assert_array_equal(values[1], [[-1.5]])
    np.testing.assert_array_equal(values[2], [[0.0]])
