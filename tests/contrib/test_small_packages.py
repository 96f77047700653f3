"""Packages of `tf.contrib` of a few functions: sparsemax, nn, and other names for what `tf` has."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf


def _projection(z: np.ndarray) -> np.ndarray:
    """By bisection on the threshold."""
    low, high = z.min() - 1.0, z.max()
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(z - middle, 0).sum() > 1 else (low, middle)
    return np.maximum(z - low, 0)


def test_sparsemax_projects_and_its_loss_has_the_gradient_of_the_difference(tier: str) -> None:
    values = np.array([[0.5, 0.0, -2.0], [3.0, 1.0, 0.0], [0.1, 0.2, 0.3], [-np.inf, 1.0, 0.5]])
    labels = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    logits = tf.constant(values)
    probs = tf.contrib.sparsemax.sparsemax(logits)
    loss = tf.contrib.sparsemax.sparsemax_loss(logits, probs, labels)
    gradient, = tf.gradients(loss, logits)
    with tf.Session() as sess:
        found, found_loss, slope = sess.run([probs, loss, gradient])
        assert np.isnan(sess.run(tf.contrib.sparsemax.sparsemax([[np.nan, 0.0]]))).all()
    expected = np.stack([_projection(np.maximum(row, -1e3)) for row in values])
    np.testing.assert_allclose(found, expected, atol=1e-9)
    np.testing.assert_allclose(slope, expected - labels, atol=1e-9)
    z = np.maximum(values, -1e3)
    threshold = np.stack([(row[p > 0] - p[p > 0])[0] for row, p in zip(z, expected, strict=True)])
    by_paper = -z[labels > 0] + 0.5 * np.where(expected > 0, z**2 - threshold[:, None]**2, 0).sum(1) + 0.5
    np.testing.assert_allclose(found_loss, by_paper)


def test_losses_with_the_logits_first() -> None:
    logits, labels = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([[1.0, 0.0], [0.25, 0.75]])
    nn = tf.contrib.nn
    with tf.Session() as sess:
        found = sess.run([
            nn.deprecated_flipped_softmax_cross_entropy_with_logits(logits, labels),
            nn.deprecated_flipped_sparse_softmax_cross_entropy_with_logits(logits, [0, 1]),
            nn.deprecated_flipped_sigmoid_cross_entropy_with_logits(logits, labels)])
        log_softmax = logits - np.log(np.exp(logits).sum(1, keepdims=True))
        np.testing.assert_allclose(found[0], -(labels * log_softmax).sum(1))
        np.testing.assert_allclose(found[1], -log_softmax[[0, 1], [0, 1]])
        np.testing.assert_allclose(found[2], np.log1p(np.exp(logits)) - labels * logits)
        soft = sess.run(nn.scaled_softplus(np.array([-1.0, 0.5, 40.0]), 2.0, clip=6.0))
    np.testing.assert_allclose(soft, np.minimum(2.0 * np.log1p(np.exp(np.array([-1.0, 0.5, 40.0]) / 2.0)), 6.0))


def test_other_names() -> None:
    assert tf.contrib.deprecated.scalar_summary is tf.scalar_summary
    assert tf.contrib.stateless.stateless_random_uniform is tf.random.stateless_uniform
    assert tf.contrib.hooks.ProfilerHook is tf.train.ProfilerHook
    assert tf.contrib.nn.conv1d_transpose is tf.nn.conv1d_transpose


def test_a_compiled_function_is_a_part_of_the_graph() -> None:
    total = tf.Variable(0.0)
    compile = tf.xla.experimental.compile

    def step(x: tf.Tensor, pair: tuple[tf.Tensor, tf.Tensor]) -> list[object]:
        return [x + pair[0] * pair[1], total.assign_add(x).op]

    x = tf.placeholder(tf.float32, [])
    both, nothing = compile(step, [x, (2.0, 3.0)]), compile(lambda: total.assign(5.0).op)
    single, structure = compile(lambda: tf.constant(1.0)), compile(lambda y: (y, [y + 1.0]), inputs=[x])
    with tf.Session() as sess:
        sess.run(total.initializer)
        assert sess.run(both, {x: 4.0}) == [10.0] and sess.run(total) == 4.0
        sess.run(nothing)
        assert sess.run(total) == 5.0
        assert sess.run(single) == (1.0,) and sess.run(structure, {x: 1.0}) == (1.0, [2.0])
        with tf.contrib.compiler.jit.experimental_jit_scope():
            assert sess.run(x + 1.0, {x: 1.0}) == 2.0
    with pytest.raises(TypeError, match="put a single one into a list"):
        compile(lambda y: y, x)
