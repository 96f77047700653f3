"""Images resized: by TensorFlow's rules, in both tiers, with their gradients."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import OpCase, floats, session

import millpond as tf

IMAGE = floats(2, 3, 4, 2)
SLOPES = floats(2, 5, 3, 2, seed=1)


def row(*numbers):
    """An image of one row."""
    return np.float32(numbers).reshape(1, 1, -1, 1)


RAMP = row(0, 1, 2, 3)


def _grad(function, size):
    """The gradient with respect to the images, as an op of its own."""
    return lambda tf, x, dy: tf.gradients(function(tf)(x, size), x, grad_ys=dy)[0]


def _nearest(x):
    return x[:, [0, 0, 1, 1, 2]][:, :, [0, 1, 2]]


CASES = [
    OpCase("ResizeBilinear", lambda tf, x: tf.image.resize_bilinear(x, [5, 3]), [IMAGE]),
    OpCase("ResizeBilinear", lambda tf, x: tf.image.resize_bilinear(x, [1, 7], half_pixel_centers=True), [RAMP],
           expected=lambda x: row(0, 5 / 14, 13 / 14, 1.5, 29 / 14, 37 / 14, 3), note="half_pixel",
           attrs={"half_pixel_centers": True}),
    OpCase("ResizeBilinear", lambda tf, x: tf.image.resize_bilinear(x, [1, 7], align_corners=True), [RAMP],
           expected=lambda x: row(0, 0.5, 1, 1.5, 2, 2.5, 3), note="corners"),
    OpCase("ResizeBilinearGrad", _grad(lambda tf: tf.image.resize_bilinear, [5, 3]), [IMAGE, SLOPES]),
    OpCase("ResizeBicubic", lambda tf, x: tf.image.resize_bicubic(x, [5, 3]), [IMAGE]),
    OpCase("ResizeBicubicGrad", _grad(lambda tf: tf.image.resize_bicubic, [5, 3]), [IMAGE, SLOPES]),
    OpCase("ResizeNearestNeighbor", lambda tf, x: tf.image.resize_nearest_neighbor(x, [5, 3]), [IMAGE], gradient=True,
           expected=_nearest),
    OpCase("ResizeNearestNeighborGrad", _grad(lambda tf: tf.image.resize_nearest_neighbor, [5, 3]),
           [IMAGE, SLOPES], gradient=(1,)),
    OpCase("ResizeArea", lambda tf, x: tf.image.resize_area(x, [1, 2]), [floats(1, 3, 4, 2)],
           expected=lambda x: x.reshape(1, 3, 2, 2, 2).mean(axis=(1, 3)).reshape(1, 1, 2, 2)),
]

# What TensorFlow gives for the numbers 0 to 3 in a row of seven.
SEVEN = {
    "bilinear": [0, 4 / 7, 8 / 7, 12 / 7, 16 / 7, 20 / 7, 3],
    "nearest_neighbor": [0, 0, 1, 1, 2, 2, 3],
    "area": [0, 0.25, 1, 1.5, 2, 2.75, 3],
}


def run(build, *, tier=-1, feeds=None):
    with tf.Graph().as_default() as graph:
        fetched = build()
        with session(tf, graph, tier) as sess:
            return sess.run(fetched, feeds)


@pytest.mark.parametrize("method", ["bilinear", "bicubic"])
@pytest.mark.parametrize("flags", [{}, {"align_corners": True}, {"half_pixel_centers": True}])
@pytest.mark.parametrize("size", [(7, 9), (2, 2), (1, 40)])
def test_gradients_are_the_resize_read_backwards(method, flags, size) -> None:
    """A resize is linear: the product with any slopes is the same on both sides, also of the second gradient."""
    x, dy, again = floats(2, 4, 5, 3), floats(2, *size, 3, seed=1), floats(2, 4, 5, 3, seed=2)

    def build():
        images, slopes = tf.constant(x), tf.constant(dy)
        y = getattr(tf.image, f"resize_{method}")(images, size, **flags)
        dx, = tf.gradients(y, images, slopes)
        return [y, dx, getattr(tf.image, f"resize_{method}")(again, size, **flags), tf.gradients(dx, slopes, again)[0]]

    y, dx, resized, second = run(build)
    np.testing.assert_allclose(np.vdot(y, dy), np.vdot(x, dx), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(second, resized, atol=1e-5)


@pytest.mark.parametrize("method", SEVEN)
def test_a_row_is_stretched(method):
    got = run(lambda: getattr(tf.image, f"resize_{method}")(RAMP, [1, 7]))
    np.testing.assert_allclose(got[0, 0, :, 0], SEVEN[method], atol=1e-5)


def test_the_size_may_be_fed() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        size = tf.placeholder(tf.int32, [2])
        resized = tf.image.resize_images(tf.constant(RAMP), size)
        assert resized.shape.as_list() == [1, None, None, 1]
        assert sess.run(resized, {size: [2, 8]}).shape == (1, 2, 8, 1)


def test_proportions_are_kept_whether_sizes_are_known_or_not() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        image = tf.placeholder(tf.float32, [None, None, 3])
        fed = tf.image.resize_images(image, [8, 8], preserve_aspect_ratio=True)
        known = tf.image.resize_images(tf.zeros([4, 5, 3]), [8, 8], preserve_aspect_ratio=True)
        assert known.shape.as_list() == [6, 8, 3]
        assert sess.run(fed, {image: np.zeros((4, 5, 3))}).shape == (6, 8, 3)


def test_what_has_its_size_already_keeps_its_dtype() -> None:
    with tf.Graph().as_default():
        image = tf.zeros([2, 2, 3], tf.uint8)
        assert tf.image.resize_images(image, [2, 2]) is image
        assert tf.image.resize_images(image, [2, 3]).dtype is tf.float32
        assert tf.image.resize_images(image, [2, 3], tf.image.ResizeMethod.NEAREST_NEIGHBOR).dtype is tf.uint8


@pytest.mark.parametrize("tier", [-1, 1])
def test_an_infinity_stays_where_it_counts(tier) -> None:
    image = row(0, np.inf, 1, 2)
    got = run(lambda: tf.image.resize_images(image, [1, 8]), tier=tier)[0, 0, :, 0]
    assert got.tolist() == [0, np.inf, np.inf, np.inf, 1, 1.5, 2, 2]


@pytest.mark.parametrize("build, words", [
    (lambda: tf.image.resize_images(tf.zeros([4, 4]), [2, 2]), "either 3 or 4 dimensions"),
    (lambda: tf.image.resize_images(tf.zeros([4, 4, 3]), [2, 2, 2]), "2 elements"),
    (lambda: tf.image.resize_images(tf.zeros([4, 4, 3]), 2.5), "1-D int32"),
    (lambda: tf.image.resize_images(tf.zeros([4, 4, 3]), [2, 2], method=9), "Resize method is not implemented: 9"),
    (lambda: tf.image.resize_bilinear(tf.zeros([1, 4, 4, 3]), [0, 2]), "must be positive"),
    (lambda: tf.image.resize_bilinear(tf.zeros([1, 4, 4, 3]), [2, 2], align_corners=True, half_pixel_centers=True),
     "align_corners must be False"),
])
def test_wrong_arguments_fail_when_the_graph_is_built(build, words) -> None:
    with tf.Graph().as_default(), pytest.raises(ValueError, match=words):
        build()
