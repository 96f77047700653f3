"""Ops of earlier releases give what the ops do that came after them."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import OpCase

import millpond as tf
from millpond.ops import superseded
from millpond.ops.nn.fused_batch_norm import FUSED_BATCH_NORM
from millpond.ops.strings import string_regex

RANDOM = np.random.RandomState(0)
IMAGES = RANDOM.rand(2, 3, 3, 2).astype(np.float32)
SCALE, OFFSET, MEAN, VARIANCE = (RANDOM.rand(4, 2) + 0.5).astype(np.float32)
DY = RANDOM.rand(2, 3, 3, 2).astype(np.float32)


def normalized(x, scale, offset, mean, variance, epsilon=0.0001):
    return (x - mean) / np.sqrt(variance + epsilon) * scale + offset


def in_training(x, scale, offset):
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    return [normalized(x, scale, offset, mean, variance), mean, variance * 18 / 17]


def batch_norm(definition):
    def build(tf, x, scale, offset):
        nothing = np.zeros([0], np.float32)
        return list(definition(x, scale, offset, nothing, nothing))[:3]
    return build


def batch_norm_slope(definition):
    def build(tf, dy, x, scale, mean, variance):
        return list(definition(dy, x, scale, mean, variance, is_training=False))[:3]
    return build


def slope(dy, x, scale, mean, variance):
    deviation = np.sqrt(variance + 0.0001)
    return [dy * scale / deviation, (dy * (x - mean) / deviation).sum((0, 1, 2)), dy.sum((0, 1, 2))]


CASES = [
    OpCase("FusedBatchNorm", batch_norm(superseded.FUSED_BATCH_NORM_V1), [IMAGES, SCALE, OFFSET], rank_needed=True,
           expected=in_training, rtol=1e-4, atol=1e-5),
    OpCase("FusedBatchNorm", lambda tf, *inputs: superseded.FUSED_BATCH_NORM_V1(*inputs, is_training=False).y,
           [IMAGES, SCALE, OFFSET, MEAN, VARIANCE], expected=normalized, rank_needed=True, rtol=1e-4, note="inference"),
    OpCase("FusedBatchNormV2", batch_norm(superseded.FUSED_BATCH_NORM_V2), [IMAGES, SCALE, OFFSET], rank_needed=True,
           expected=in_training, rtol=1e-4, atol=1e-5),
    OpCase("FusedBatchNormGrad", batch_norm_slope(superseded.FUSED_BATCH_NORM_GRAD_V1),
           [DY, IMAGES, SCALE, MEAN, VARIANCE], rank_needed=True, expected=slope, rtol=1e-4, atol=1e-5),
    OpCase("FusedBatchNormGradV2", batch_norm_slope(superseded.FUSED_BATCH_NORM_GRAD_V2),
           [DY, IMAGES, SCALE, MEAN, VARIANCE], rank_needed=True, expected=slope, rtol=1e-4, atol=1e-5),
    OpCase("BatchNormWithGlobalNormalization",
           lambda tf, *inputs: superseded.BATCH_NORM_WITH_GLOBAL_NORMALIZATION(
               *inputs, variance_epsilon=0.1, scale_after_normalization=True),
           [IMAGES, MEAN, VARIANCE, OFFSET, SCALE], rank_needed=True,
           expected=lambda x, mean, variance, beta, gamma: normalized(x, gamma, beta, mean, variance, 0.1)),
    OpCase("BiasAddV1", lambda tf, x, bias: superseded.BIAS_ADD_V1(x, bias), [IMAGES, OFFSET], rank_needed=True,
           expected=lambda x, bias: x + bias),
    OpCase("StaticRegexFullMatch", lambda tf, x: string_regex.regex_full_match(x, "a.*|b"),
           [np.array([[b"ab", b"b"], [b"ba", b""]], object)],
           expected=lambda x: np.array([[True, True], [False, False]])),
    OpCase("RegexFullMatch", lambda tf, x, pattern: string_regex.regex_full_match(x, pattern),
           [np.array([b"ab", b"b"], object), np.array(b"a.*", object)],
           expected=lambda x, pattern: np.array([True, False])),
]


# A placeholder's only rule is its shape; `test_a_placeholder_always_has_a_shape` is about it.
COVERS = {"PlaceholderV2"}


def test_a_placeholder_always_has_a_shape():
    x = superseded.PLACEHOLDER_V2(dtype=tf.float32, shape=[2])
    with tf.Session() as sess:
        assert x.shape.as_list() == [2] and sess.run(x * 2.0, {x: [1.0, 2.0]}).tolist() == [2.0, 4.0]


@pytest.mark.parametrize("definition", [superseded.FUSED_BATCH_NORM_V1, superseded.FUSED_BATCH_NORM_V2])
@pytest.mark.parametrize("is_training", [False, True])
def test_slopes_of_batch_normalization_are_those_of_today(definition, is_training, tier):
    inputs = [tf.constant(value) for value in (IMAGES, SCALE, OFFSET)]
    moments = [np.zeros([0], np.float32)] * 2 if is_training else [MEAN, VARIANCE]
    slopes = [tf.gradients(op(*inputs, *moments, epsilon=0.01, is_training=is_training).y, inputs, DY)
              for op in (definition, FUSED_BATCH_NORM)]
    with tf.Session() as sess:
        for old, new in zip(*sess.run(slopes), strict=True):
            np.testing.assert_allclose(old, new, rtol=1e-5)
            assert np.abs(new).max() > 0.1
