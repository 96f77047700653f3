"""Distances and smoothness of images; the best of boxes."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import floats

import millpond as tf

COVERS = {"NonMaxSuppressionV3"}
IMAGES = floats(2, 4, 5, 3)


def run(build):
    with tf.Graph().as_default(), tf.Session() as sess:
        return sess.run(build())


def test_total_variation() -> None:
    steps = [np.abs(np.diff(IMAGES, axis=axis)).sum(axis=(1, 2, 3)) for axis in (1, 2)]
    many, one = run(lambda: [tf.image.total_variation(IMAGES), tf.image.total_variation(IMAGES[0])])
    np.testing.assert_allclose(many, steps[0] + steps[1], rtol=1e-5)
    np.testing.assert_allclose(one, many[0], rtol=1e-5)


def test_image_gradients() -> None:
    down, right = run(lambda: tf.image.image_gradients(IMAGES))
    np.testing.assert_array_equal(down[:, :-1], np.diff(IMAGES, axis=1))
    np.testing.assert_array_equal(right[:, :, :-1], np.diff(IMAGES, axis=2))
    assert not down[:, -1].any() and not right[:, :, -1].any()


def test_psnr() -> None:
    a, b = floats(2, 4, 5, 3, low=0, high=1), floats(2, 4, 5, 3, low=0, high=1, seed=1)
    near, same, integers = run(lambda: [tf.image.psnr(a, b, 1.0), tf.image.psnr(a, a, 1.0),
                                        tf.image.psnr(np.uint8([[[0]]]), np.uint8([[[255]]]), 255)])
    np.testing.assert_allclose(near, -10 * np.log10(((a - b) ** 2).mean(axis=(1, 2, 3))), rtol=1e-5)
    assert np.isposinf(same).all()
    np.testing.assert_allclose(integers, 0, atol=1e-5)


BOXES = np.float32([[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [1, 11.1, 0, 10.1],
                    [0, 9, 1, 9]])
SCORES = np.float32([0.9, 0.75, 0.6, 0.95, 0.5, 0.3])


@pytest.mark.parametrize("options, expected", [
    ({}, [3, 0, 5]), ({"iou_threshold": 1.0}, [3, 0, 1, 2, 4, 5]), ({"score_threshold": 0.4}, [3, 0]),
])
def test_the_best_boxes_are_taken(options, expected) -> None:
    """The numbers are TensorFlow's."""
    assert run(lambda: tf.image.non_max_suppression(BOXES, SCORES, 10, **options)).tolist() == expected
    assert run(lambda: tf.image.non_max_suppression(BOXES, SCORES, 1, **options)).tolist() == expected[:1]


def test_wrong_arguments_are_refused() -> None:
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="4 columns"):
            tf.image.non_max_suppression(BOXES[:, :3], SCORES, 3)
        with pytest.raises(ValueError, match="6 boxes and 5 scores"):
            tf.image.non_max_suppression(BOXES, SCORES[:5], 3)
        with pytest.raises(ValueError, match="expects a 4D tensor"):
            tf.image.image_gradients(IMAGES[0])
        with pytest.raises(ValueError, match="either 3 or 4"):
            tf.image.total_variation(IMAGES[0, 0])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"iou_threshold must be in \[0, 1\]"):
        run(lambda: tf.image.non_max_suppression(BOXES, SCORES, 3, iou_threshold=1.5))
