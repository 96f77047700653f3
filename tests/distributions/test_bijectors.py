"""Bijectors undo themselves, and say how they change volumes as finite differences do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond as tf

ds = tf.contrib.distributions
b = ds.bijectors
SCALARS: dict[str, tuple[Callable[[], Any], list[float]]] = {
    "Identity": (b.Identity, [-1.5, 0.5]),
    "Exp": (b.Exp, [-1.5, 0.5]),
    "Expm1": (b.Expm1, [-1.5, 0.5]),
    "Log1p": (b.Log1p, [-0.5, 2.5]),
    "Softplus": (b.Softplus, [-1.5, 0.5]),
    "SoftSoftplus": (lambda: b.Softplus(hinge_softness=np.float64(2.0)), [-1.5, 0.5]),
    "Sigmoid": (b.Sigmoid, [-1.5, 0.5]),
    "Tanh": (b.Tanh, [-1.5, 0.5]),
    "Softsign": (b.Softsign, [-1.5, 0.5]),
    "NormalCDF": (b.NormalCDF, [-1.5, 0.5]),
    "PowerTransform": (lambda: b.PowerTransform(0.5), [-1.5, 0.5]),
    "NoPower": (b.PowerTransform, [-1.5, 0.5]),
    "AffineScalar": (lambda: b.AffineScalar(np.float64(1.5), np.float64(-2.0)), [-1.5, 0.5]),
    "Invert": (lambda: b.Invert(b.Exp()), [0.25, 2.5]),
    "Chain": (lambda: b.Chain([b.Exp(), b.Softplus(), b.AffineScalar(scale=np.float64(2.0))]), [-1.5, 0.5]),
    "Inline": (lambda: b.Inline(tf.exp, tf.log, forward_log_det_jacobian_fn=lambda x: x, forward_min_event_ndims=0),
               [-1.5, 0.5]),
}


@pytest.mark.parametrize("name", SCALARS)
def test_functions_of_numbers(name: str) -> None:
    make, values = SCALARS[name]
    bijector, x = make(), tf.constant(values, tf.float64)
    y = bijector.forward(x)
    derivative, = tf.gradients(y, x)
    with tf.Session() as sess:
        back, slope, forward, inverse, both = sess.run([
            bijector.inverse(tf.identity(y)), tf.log(tf.abs(derivative)), bijector.forward_log_det_jacobian(x),
            bijector.inverse_log_det_jacobian(tf.identity(y)), bijector.forward_log_det_jacobian(x, event_ndims=1)])
    np.testing.assert_allclose(back, values, rtol=1e-6)
    np.testing.assert_allclose(forward * np.ones(2), slope, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(inverse * np.ones(2), -slope, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(both, slope.sum(), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("make", [
    lambda: b.Affine(shift=np.ones(3), scale_diag=np.array([1.0, -2.0, 0.5])),
    lambda: b.Affine(scale_identity_multiplier=np.float64(2.0)),
    lambda: b.Affine(scale_tril=np.array([[1.0, 9.0, 9.0], [0.5, 2.0, 9.0], [0.25, 1.0, -1.0]]),
                     scale_identity_multiplier=np.float64(2.0)),
    lambda: b.Permute([2, 0, 1]),
    lambda: b.Reshape([3, 1], [3]),
    lambda: b.Chain([b.Exp(), b.Affine(scale_diag=np.array([1.0, -2.0, 0.5]))]),
])
def test_functions_of_vectors(make: Callable[[], Any]) -> None:
    bijector, x = make(), tf.constant(np.array([0.5, -1.0, 0.25]))
    y = bijector.forward(x)
    flat = tf.reshape(y, [3])
    jacobian = tf.stack([tf.gradients(flat[i], x)[0] for i in range(3)])
    with tf.Session() as sess:
        back, expected, forward, inverse = sess.run([
            bijector.inverse(y), tf.log(tf.abs(tf.matrix_determinant(jacobian))),
            bijector.forward_log_det_jacobian(x), bijector.inverse_log_det_jacobian(y)])
    np.testing.assert_allclose(back, [0.5, -1.0, 0.25])
    np.testing.assert_allclose([forward, -inverse], [expected] * 2, atol=1e-12)


def test_softmax_with_a_further_class() -> None:
    bijector, x = b.SoftmaxCentered(), tf.constant([[0.5, -1.0], [3.0, 2.0]])
    y = bijector.forward(x)
    assert bijector.forward_event_shape([2]).as_list() == [3] and bijector.inverse_event_shape([3]).as_list() == [2]
    with tf.Session() as sess:
        found, back, forward, inverse = sess.run([y, bijector.inverse(y), bijector.forward_log_det_jacobian(x),
                                                  bijector.inverse_log_det_jacobian(y)])
    np.testing.assert_allclose(found.sum(-1), 1.0, rtol=1e-6)
    np.testing.assert_allclose(back, [[0.5, -1.0], [3.0, 2.0]], rtol=1e-4)
    np.testing.assert_allclose(forward, -inverse, rtol=1e-4)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="event_ndims .0. must be at least 1"):
        b.Affine(scale_diag=[1.0, 2.0]).forward_log_det_jacobian([1.0, 2.0], event_ndims=0)
    with pytest.raises(NotImplementedError, match="inverse_fn"):
        b.Inline(tf.exp, forward_min_event_ndims=0).inverse(1.0)
    with pytest.raises(ValueError, match="do not match"):
        b.Reshape([2, 2], [3])
    with pytest.raises(TypeError, match="one dtype"):
        b.AffineScalar(np.float32(1.0), np.float64(2.0))


def test_a_log_normal_variable() -> None:
    log_normal = ds.TransformedDistribution(ds.Normal(0.5, 2.0), b.Exp(), name="LogNormal")
    with tf.Session() as sess:
        prob, cdf, quantile, samples = sess.run([
            log_normal.prob([0.5, 2.0]), log_normal.cdf([0.5, 2.0]), log_normal.quantile(0.5),
            log_normal.sample(2000, seed=1)])
    x = np.array([0.5, 2.0])
    z = (np.log(x) - 0.5) / 2.0
    np.testing.assert_allclose(prob, np.exp(-0.5 * z**2) / (x * 2.0 * np.sqrt(2 * np.pi)), rtol=1e-5)
    np.testing.assert_allclose(quantile, np.exp(0.5), rtol=1e-5)
    assert cdf[0] < cdf[1] and abs(np.log(samples).mean() - 0.5) < 0.2
    with pytest.raises(NotImplementedError, match="mean is not implemented"):
        log_normal.mean()


def test_a_vector_made_of_repeated_numbers() -> None:
    x = ds.TransformedDistribution(ds.Normal(0.0, 1.0), b.Affine(shift=[1.0, 2.0], scale_diag=[1.0, 3.0]),
                                   event_shape=[2])
    normal = ds.MultivariateNormalDiag([1.0, 2.0], [1.0, 3.0])
    value = np.array([[0.5, 1.0], [2.0, -1.0], [0.0, 0.0]], np.float32)
    assert x.event_shape.as_list() == [2] and x.batch_shape.as_list() == []
    with tf.Session() as sess:
        first, second, samples, same = sess.run([
            x.log_prob(value), normal.log_prob(value), x.sample(3, seed=2), normal.sample(3, seed=2)])
    np.testing.assert_allclose(first, second, rtol=1e-5)
    np.testing.assert_allclose(samples, same, rtol=1e-6)


def test_a_program_writes_a_bijector_that_knows_only_how_its_inverse_changes_volumes() -> None:
    class Double(b.Bijector):
        def __init__(self) -> None:
            super().__init__(forward_min_event_ndims=0, is_constant_jacobian=True, name="double")

        def _forward(self, x: Any) -> Any:
            return 2.0 * x

        def _inverse(self, y: Any) -> Any:
            return y / 2.0

        def _inverse_log_det_jacobian(self, y: Any) -> Any:
            return -tf.log(tf.constant(2.0))

    x = ds.TransformedDistribution(ds.Normal(0.0, 1.0), Double())
    with tf.Session() as sess:
        forward, of_three, prob, entropy = sess.run([
            Double().forward_log_det_jacobian([1.0]), Double().forward_log_det_jacobian([1.0, 2.0, 3.0], event_ndims=1),
            x.prob(2.0), x.entropy()])
    np.testing.assert_allclose([forward, of_three], [np.log(2.0), 3 * np.log(2.0)], rtol=1e-6)
    np.testing.assert_allclose(prob, np.exp(-0.5) / np.sqrt(2 * np.pi) / 2.0, rtol=1e-5)
    np.testing.assert_allclose(entropy, 0.5 * np.log(2 * np.pi * np.e) + np.log(2.0), rtol=1e-5)
