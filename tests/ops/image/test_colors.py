"""Colours and dtypes of images."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
from op_case import OpCase, floats

import millpond as tf

COLORS = floats(4, 5, 3, low=0, high=1)


def by_pixel(function):
    """Python's own conversion of each pixel."""
    return lambda x, *rest: np.float32([function(*pixel) for pixel in x.reshape(-1, 3)]).reshape(x.shape)


def _turned(r, g, b):
    h, s, v = colorsys.rgb_to_hsv(r, g, b)
    return colorsys.hsv_to_rgb((h + 0.3) % 1, s, v)


def _stronger(r, g, b):
    h, s, v = colorsys.rgb_to_hsv(r, g, b)
    return colorsys.hsv_to_rgb(h, min(s * 1.5, 1), v)


def _contrast(x):
    mean = x.mean(axis=(-3, -2), keepdims=True)
    return (x - mean) * 1.7 + mean


CASES = [
    OpCase("RGBToHSV", lambda tf, x: tf.image.rgb_to_hsv(x), [COLORS], expected=by_pixel(colorsys.rgb_to_hsv)),
    OpCase("HSVToRGB", lambda tf, x: tf.image.hsv_to_rgb(x), [COLORS], expected=by_pixel(colorsys.hsv_to_rgb)),
    OpCase("AdjustHue", lambda tf, x: tf.image.adjust_hue(x, 0.3), [COLORS], expected=by_pixel(_turned), atol=1e-5),
    OpCase("AdjustSaturation", lambda tf, x: tf.image.adjust_saturation(x, 1.5), [COLORS],
           expected=by_pixel(_stronger), atol=1e-5),
    OpCase("AdjustContrastv2", lambda tf, x: tf.image.adjust_contrast(x, 1.7), [floats(2, 4, 5, 3)],
           expected=_contrast),
]


def run(build, feeds=None):
    with tf.Graph().as_default(), tf.Session() as sess:
        return sess.run(build(), feeds)


@pytest.mark.parametrize("values, source, target, saturate, expected", [
    ([0, 0.5, 1], "float32", "uint8", False, [0, 127, 255]),
    ([-1, 2], "float32", "uint8", True, [0, 255]),
    ([0, 128, 255], "uint8", "float32", False, [0, 128 / 255, 1]),
    ([0, 255], "uint8", "uint16", False, [0, 255 * 256]),
    ([0, 65535, 300], "uint16", "uint8", False, [0, 255, 1]),
    ([0.5], "float32", "float64", False, [0.5]),
])
def test_dtypes_are_scaled(values, source, target, saturate, expected) -> None:
    got = run(lambda: tf.image.convert_image_dtype(np.array(values, source), target, saturate=saturate))
    assert got.dtype == target
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_integers_keep_their_dtype() -> None:
    x = np.uint8([[[0, 100, 250]]])
    got = run(lambda: [tf.image.adjust_brightness(x, 0.1), tf.image.adjust_gamma(x, 2.0), tf.image.rgb_to_grayscale(x)])
    assert [value.dtype for value in got] == [np.uint8] * 3
    np.testing.assert_array_equal(got[0], [[[25, 125, 255]]])
    np.testing.assert_array_equal(got[1], [[[0, 39, 245]]])


def test_standardized_images_have_mean_0_and_variance_1_each() -> None:
    images = floats(3, 4, 5, 3) * np.float32([1, 10, 0]).reshape(3, 1, 1, 1)
    got = run(lambda: tf.image.per_image_standardization(images))
    np.testing.assert_allclose(got.mean(axis=(1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(got.std(axis=(1, 2, 3)), [1, 1, 0], atol=1e-4)


@pytest.mark.parametrize("space, expected", [
    ("yiq", [0.3516, -0.15131451, -0.01119471]), ("yuv", [0.3516, 0.07302926, -0.13299611])])
def test_the_colours_of_television(space, expected) -> None:
    """The numbers are TensorFlow's; the way back gives the colours again."""
    to, back = getattr(tf.image, f"rgb_to_{space}"), getattr(tf.image, f"{space}_to_rgb")
    got, again, wide = run(lambda: [to([[0.2, 0.4, 0.5]]), back(to(COLORS)), to(tf.constant(COLORS, tf.float64))])
    np.testing.assert_allclose(got[0], expected, atol=1e-5)
    np.testing.assert_allclose(again, COLORS, atol=1e-4)
    assert wide.dtype == np.float64


def test_gray_and_colors() -> None:
    gray, again = run(lambda: [tf.image.rgb_to_grayscale(COLORS), tf.image.grayscale_to_rgb(COLORS[..., :1])])
    np.testing.assert_allclose(gray[..., 0], COLORS @ [0.2989, 0.5870, 0.1140], rtol=1e-5)
    np.testing.assert_array_equal(again, np.repeat(COLORS[..., :1], 3, axis=-1))


@pytest.mark.parametrize("build, words", [
    (lambda: tf.image.rgb_to_hsv(tf.zeros([4, 2])), "3 channels"),
    (lambda: tf.image.grayscale_to_rgb(tf.zeros([4, 4, 2])), "last dimension of size 1"),
    (lambda: tf.image.random_brightness(COLORS, -1), "max_delta must be non-negative"),
    (lambda: tf.image.random_hue(COLORS, 0.6), "max_delta must be in"),
    (lambda: tf.image.random_contrast(COLORS, 2, 1), "upper must be > lower"),
    (lambda: tf.image.random_saturation(COLORS, -1, 1), "lower must be non-negative"),
    (lambda: tf.image.adjust_gamma(COLORS, -1.0), "non-negative"),
    (lambda: tf.image.per_image_standardization(tf.zeros([4, 4])), "three-dimensional"),
])
def test_wrong_arguments_fail_when_the_graph_is_built(build, words) -> None:
    with tf.Graph().as_default(), pytest.raises(ValueError, match=words):
        build()
