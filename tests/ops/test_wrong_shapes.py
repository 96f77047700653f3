"""Shapes and axes that cannot fit are refused while the graph is built, at the line that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond as tf


def _zeros(*sizes: int) -> tf.Tensor:
    return tf.zeros(sizes or (2, 3))


REDUCTIONS = ["reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_prod", "reduce_all", "reduce_any"]

WRONG: dict[str, Callable[[], Any]] = {
    "argmax: axis out of range": lambda: tf.argmax(_zeros(), 2),
    "argmax: axis is a vector": lambda: tf.argmax(_zeros(), [0]),
    "concat: sizes differ": lambda: tf.concat([_zeros(), _zeros(2, 4)], 0),
    "concat: ranks differ": lambda: tf.concat([_zeros(), _zeros(2)], 0),
    "concat: axis out of range": lambda: tf.concat([_zeros(), _zeros()], 2),
    "stack: sizes differ": lambda: tf.stack([_zeros(), _zeros(2, 4)]),
    "stack: axis out of range": lambda: tf.stack([_zeros(), _zeros()], 3),
    "matmul: inner dimensions differ": lambda: tf.matmul(_zeros(), _zeros()),
    "matmul: transposed inner dimensions differ": lambda: tf.matmul(_zeros(), _zeros(3, 2), transpose_a=True),
    "matmul: a vector": lambda: tf.matmul(_zeros(), _zeros(3)),
    "add: shapes do not broadcast": lambda: _zeros() + _zeros(2),
    "where: condition of another size": lambda: tf.where([True, False, True], _zeros(), _zeros()),
    "reshape: other number of elements": lambda: tf.reshape(_zeros(), [4]),
    "transpose: too few axes": lambda: tf.transpose(_zeros(), [0]),
    "squeeze: size is not 1": lambda: tf.squeeze(_zeros(), [0]),
    "expand_dims: axis out of range": lambda: tf.expand_dims(_zeros(), 4),
    "split: does not divide": lambda: tf.split(_zeros(), 2, 1),
    "tile: too few multiples": lambda: tf.tile(_zeros(), [2]),
    "pad: too few rows": lambda: tf.pad(_zeros(), [[1, 1]]),
    "bias_add: other number of channels": lambda: tf.nn.bias_add(_zeros(), _zeros(2)),
    "conv2d: other number of channels": lambda: tf.nn.conv2d(_zeros(1, 4, 4, 3), _zeros(2, 2, 2, 1), 1, "SAME"),
    "conv2d: window larger than the image": lambda: tf.nn.conv2d(_zeros(1, 2, 2, 3), _zeros(3, 3, 3, 1), 1, "VALID"),
    "conv2d_transpose: other number of channels": lambda: tf.nn.conv2d_transpose(
        _zeros(1, 4, 4, 3), _zeros(2, 2, 1, 2), [1, 8, 8, 1], [1, 2, 2, 1]),
    "max_pool: a window without size": lambda: tf.nn.max_pool(_zeros(1, 2, 2, 1), [1, 0, 0, 1], [1, 1, 1, 1], "VALID"),
    "avg_pool: rank": lambda: tf.nn.avg_pool(_zeros(4, 4, 3), 2, 2, "SAME"),
    "softmax: a scalar": lambda: tf.nn.softmax(tf.constant(1.0)),
    "softmax_cross_entropy: other classes": lambda: tf.nn.softmax_cross_entropy_with_logits_v2(
        labels=_zeros(2, 3), logits=_zeros(2, 4)),
    "top_k: too few columns": lambda: tf.nn.top_k(_zeros(), 4),
    "unsorted_segment_sum: ids of another length": lambda: tf.unsorted_segment_sum(_zeros(), [0, 1, 2], 3),
    "unsorted_segment_sum: fewer than none": lambda: tf.unsorted_segment_sum(_zeros(), [0, 1], -3),
    "matrix_band_part: a vector": lambda: tf.matrix_band_part(_zeros(), [1], 1),
    "roll: more amounts than axes": lambda: tf.roll(_zeros(), [1, 1], 0),
    "roll: a matrix of amounts": lambda: tf.roll([1, 2], [[1]], [[0]]),
    "conv1d: other number of channels": lambda: tf.nn.conv1d(_zeros(1, 5, 3), _zeros(2, 4, 1), 1, "SAME"),
    "conv1d_transpose: other number of channels": lambda: tf.nn.conv1d_transpose(
        _zeros(1, 5, 3), _zeros(2, 1, 4), [1, 5, 1], 1),
    "depthwise_conv2d_backprop_input: a filter of rank 3": lambda: tf.nn.depthwise_conv2d_native_backprop_input(
        [1, 5, 5, 2], _zeros(2, 2, 2), _zeros(1, 5, 5, 2), [1, 1, 1, 1], "SAME"),
    "depthwise_conv2d_backprop_input: three sizes": lambda: tf.nn.depthwise_conv2d_native_backprop_input(
        [5, 5, 2], _zeros(2, 2, 2, 1), _zeros(1, 5, 5, 2), [1, 1, 1, 1], "SAME"),
    "depthwise_conv2d_backprop_input: a cotangent of rank 3": lambda: tf.nn.depthwise_conv2d_native_backprop_input(
        [1, 5, 5, 2], _zeros(2, 2, 2, 1), _zeros(5, 5, 2), [1, 1, 1, 1], "SAME"),
    "bincount: a vector as length": lambda: tf.bincount([1], minlength=[1]),
    "assign": lambda: tf.assign(tf.get_variable("v", [2]), [1.0, 2.0, 3.0]),
    "assign to a resource": lambda: tf.get_variable("v", [2], use_resource=True).assign([1.0, 2.0, 3.0]),
    "assign_sub of a resource": lambda: tf.get_variable("v", [2], use_resource=True).assign_sub([[1.0, 2.0]]),
    "scatter_update of a resource": lambda: tf.scatter_update(
        tf.get_variable("v", [2, 3], use_resource=True), [0], [[1.0, 2.0]]),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_shapes_are_refused(case):
    with pytest.raises(ValueError):
        WRONG[case]()


@pytest.mark.parametrize("function", REDUCTIONS)
def test_axes_are_a_scalar_or_a_vector(function):
    x = _zeros() > 0 if function in ("reduce_all", "reduce_any") else _zeros()
    reduce = getattr(tf, function)
    for axes in ([[0], [1]], [[0]], tf.placeholder_with_default([[0]], [1, 1])):
        with pytest.raises(ValueError, match="rank at most 1"):
            reduce(x, axes)
    for axis in (2, -3, [0, 2]):
        with pytest.raises(ValueError, match="Invalid reduction dimension"):
            reduce(x, axis)


@pytest.mark.parametrize("function", REDUCTIONS)
@pytest.mark.parametrize("axes", [[0, 0], [1, -1]])
def test_a_dimension_is_reduced_once(axes, function, tier):
    x = _zeros() > 0 if function in ("reduce_all", "reduce_any") else _zeros()
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="twice"):
        sess.run(getattr(tf, function)(x, axes))


def test_axes_that_are_known_in_the_run_only(tier):
    axes = tf.placeholder(tf.int32)
    total = tf.reduce_sum(tf.ones([2, 3]), axes)
    with tf.Session() as sess:
        assert sess.run(total, {axes: [0, 1]}) == 6
        assert sess.run(total, {axes: -1}).tolist() == [3, 3]
        assert np.shape(sess.run(total, {axes: np.zeros([0], np.int32)})) == (2, 3)
        with pytest.raises(tf.errors.InvalidArgumentError, match="twice"):
            sess.run(total, {axes: [0, 0]})
        with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid reduction dimension"):
            sess.run(total, {axes: 2})


TWICE = {
    "l2_normalize": lambda: tf.nn.l2_normalize(_zeros(), axis=1, dim=1),
    "moments": lambda: tf.nn.moments(_zeros(), [0], keep_dims=True, keepdims=True),
    "moments, both False": lambda: tf.nn.moments(_zeros(), [0], keep_dims=False, keepdims=False),
    "weighted_moments": lambda: tf.nn.weighted_moments(_zeros(), [0], 1.0, keep_dims=True, keepdims=True),
    "sufficient_statistics": lambda: tf.nn.sufficient_statistics(_zeros(), [0], keep_dims=True, keepdims=True),
    "softmax_cross_entropy": lambda: tf.nn.softmax_cross_entropy_with_logits_v2(
        labels=_zeros(), logits=_zeros(), axis=0, dim=0),
    "cosine_distance": lambda: tf.losses.cosine_distance(_zeros(), _zeros(), axis=1, dim=1),
}


@pytest.mark.parametrize("case", TWICE)
def test_an_argument_under_both_its_names_is_refused(case):
    with pytest.raises(ValueError, match="Cannot specify both '(axis|keepdims)' and '(dim|keep_dims)'"):
        TWICE[case]()
