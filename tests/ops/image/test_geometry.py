"""Images turned, mirrored, cut and framed."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import floats

import millpond as tf

ONE, MANY = floats(4, 5, 3), floats(2, 4, 5, 3)


def run(fetched, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetched, feeds)


@pytest.fixture(autouse=True)
def _graph():
    with tf.Graph().as_default():
        yield


@pytest.mark.parametrize("images", [ONE, MANY], ids=["one", "batch"])
@pytest.mark.parametrize("known", [True, False])
def test_turns_are_those_of_numpy(images, known) -> None:
    x = tf.placeholder(tf.float32, images.shape if known else [None] * images.ndim)
    axes = (images.ndim - 3, images.ndim - 2)
    turned = {k: tf.image.rot90(x, k) for k in range(-1, 5)}
    got = run([turned, tf.image.flip_left_right(x), tf.image.flip_up_down(x), tf.image.transpose_image(x)], {x: images})
    for k, value in got[0].items():
        np.testing.assert_array_equal(value, np.rot90(images, k, axes))
    np.testing.assert_array_equal(got[1], np.flip(images, axes[1]))
    np.testing.assert_array_equal(got[2], np.flip(images, axes[0]))
    np.testing.assert_array_equal(got[3], np.swapaxes(images, *axes))


def test_the_number_of_turns_may_be_fed() -> None:
    k = tf.placeholder(tf.int32, [])
    np.testing.assert_array_equal(run(tf.image.rot90(ONE, k), {k: 3}), np.rot90(ONE, 3))


@pytest.mark.parametrize("images", [ONE, MANY], ids=["one", "batch"])
@pytest.mark.parametrize("known", [True, False])
def test_cuts_and_frames(images, known) -> None:
    x = tf.placeholder(tf.float32, images.shape if known else [None] * images.ndim)
    cropped, padded = tf.image.crop_to_bounding_box(x, 1, 2, 3, 2), tf.image.pad_to_bounding_box(x, 1, 2, 7, 9)
    both, middle = tf.image.resize_image_with_crop_or_pad(x, 2, 8), tf.image.central_crop(x, 0.5)
    assert both.shape.as_list()[-3:-1] == [2, 8]
    got = run([cropped, padded, both, middle], {x: images})
    outer = [(0, 0)] * (images.ndim - 3)
    np.testing.assert_array_equal(got[0], images[..., 1:4, 2:4, :])
    np.testing.assert_array_equal(got[1], np.pad(images, [*outer, (1, 2), (2, 2), (0, 0)]))
    np.testing.assert_array_equal(got[2], np.pad(images[..., 1:3, :, :], [*outer, (0, 0), (1, 2), (0, 0)]))
    np.testing.assert_array_equal(got[3], images[..., 1:3, 1:4, :])


def test_each_image_of_a_batch_is_mirrored_on_its_own() -> None:
    images = np.tile(np.float32([[[[0], [1]]]]), (64, 1, 1, 1))
    got = run(tf.image.random_flip_left_right(images, seed=3))[:, 0, 0, 0]
    assert 10 < got.sum() < 54


def test_unknown_shapes_are_one_image() -> None:
    x = tf.placeholder(tf.float32)
    for flipped in (tf.image.flip_left_right(x), tf.image.random_flip_up_down(x), tf.image.central_crop(x, 0.5)):
        assert flipped.shape.as_list() == [None, None, None]


@pytest.mark.parametrize("build, words", [
    (lambda x: tf.image.crop_to_bounding_box(x, 3, 3, 4, 4), "width must be >= target"),
    (lambda x: tf.image.crop_to_bounding_box(x, -1, 0, 1, 1), "offset_height must be >= 0"),
    (lambda x: tf.image.pad_to_bounding_box(x, 0, 0, 3, 9), "height must be <= target"),
    (lambda x: tf.image.resize_image_with_crop_or_pad(x, 0, 9), "target_height must be > 0"),
    (lambda x: tf.image.central_crop(x, 0.0), "central_fraction must be within"),
    (lambda x: tf.image.flip_up_down(x[0]), "must have either 3 or 4 dimensions"),
    (lambda x: tf.image.rot90(x, [1, 2]), "k must be a scalar"),
    (lambda x: tf.image.random_flip_up_down(x[:0]), "must be > 0"),
])
def test_wrong_arguments_fail_when_the_graph_is_built(build, words) -> None:
    with pytest.raises(ValueError, match=words):
        build(tf.constant(ONE))


def test_what_only_a_run_can_tell_fails_there() -> None:
    x = tf.placeholder(tf.float32, [None, None, 3])
    with pytest.raises(tf.errors.InvalidArgumentError, match="width must be >= target"):
        run(tf.image.crop_to_bounding_box(x, 3, 3, 4, 4), {x: ONE})
    with pytest.raises(tf.errors.InvalidArgumentError, match="height must be <= target"):
        run(tf.image.pad_to_bounding_box(x, 0, 0, 3, 9), {x: ONE})
