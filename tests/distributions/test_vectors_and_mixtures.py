"""Vectors, mixtures, relaxations, and the rules for parameters and shapes that all distributions share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats

import millpond as tf

ds = tf.contrib.distributions
LOC = np.array([1.0, -0.5, 2.0])
TRIL = np.array([[1.0, 0.0, 0.0], [0.5, 2.0, 0.0], [0.25, -1.0, 1.5]])
X = np.array([[0.5, 0.0, 1.0], [2.0, -1.0, 3.0]])


def _normals() -> dict[str, tuple[Any, np.ndarray]]:
    factor = np.array([[1.0], [0.5], [0.0]])
    low_rank = np.diag([1.0, 2.0, 1.5]) + 2.0 * factor @ factor.T
    return {
        "Diag": (ds.MultivariateNormalDiag(LOC, np.array([1.0, 2.0, 0.5])), np.diag([1.0, 4.0, 0.25])),
        "Multiple": (ds.MultivariateNormalDiag(LOC, scale_identity_multiplier=np.float64(2.0)), 4.0 * np.eye(3)),
        "Standard": (ds.MultivariateNormalDiag(LOC), np.eye(3)),
        "TriL": (ds.MultivariateNormalTriL(LOC, TRIL + np.triu(np.ones([3, 3]), 1)), TRIL @ TRIL.T),
        "Full": (ds.MultivariateNormalFullCovariance(LOC, TRIL @ TRIL.T), TRIL @ TRIL.T),
        "LowRank": (ds.MultivariateNormalDiagPlusLowRank(LOC, np.array([1.0, 2.0, 1.5]), scale_perturb_factor=factor,
                                                         scale_perturb_diag=np.array([2.0])), low_rank @ low_rank),
    }


@pytest.mark.parametrize("name", ["Diag", "Multiple", "Standard", "TriL", "Full", "LowRank"])
def test_normal_vectors(name: str) -> None:
    normal, covariance = _normals()[name]
    known = scipy.stats.multivariate_normal(LOC, covariance)
    assert normal.batch_shape.as_list() == [] and normal.event_shape.as_list() == [3]
    with tf.Session() as sess:
        log_prob, entropy, cov, mean, stddev, samples = sess.run([
            normal.log_prob(X), normal.entropy(), normal.covariance(), normal.mean(), normal.stddev(),
            normal.sample(4000, seed=1)])
    np.testing.assert_allclose(log_prob, known.logpdf(X))
    np.testing.assert_allclose(entropy, known.entropy())
    np.testing.assert_allclose(cov, covariance, atol=1e-12)
    np.testing.assert_allclose(mean, LOC)
    np.testing.assert_allclose(stddev, np.sqrt(np.diag(covariance)))
    assert np.abs(np.cov(samples.T) - covariance).max() < 0.15 * np.abs(covariance).max()
    assert np.abs(samples.mean(0) - LOC).max() < 0.2


def test_a_batch_of_normal_vectors_has_gradients() -> None:
    loc = tf.Variable(np.zeros([4, 3]), name="loc")
    normal = ds.MultivariateNormalTriL(loc, TRIL)
    assert normal.batch_shape.as_list() == [4] and normal.sample([2]).shape.as_list() == [2, 4, 3]
    gradient, = tf.gradients(tf.reduce_sum(normal.log_prob(X[0])), loc)
    through, = tf.gradients(tf.reduce_sum(normal.sample(5)), loc)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found, sampled = sess.run([gradient, through])
    np.testing.assert_allclose(found, np.tile(np.linalg.solve(TRIL @ TRIL.T, X[0]), [4, 1]))
    np.testing.assert_allclose(sampled, 5.0)


def test_mixtures_of_both_kinds_are_sums() -> None:
    probs, loc, scale = np.array([0.2, 0.5, 0.3]), np.array([-2.0, 0.0, 3.0]), np.array([0.5, 1.0, 2.0])
    value = np.array([-1.0, 0.5, 4.0])
    density = sum(p * scipy.stats.norm(m, s).pdf(value) for p, m, s in zip(probs, loc, scale, strict=True))
    below = sum(p * scipy.stats.norm(m, s).cdf(value) for p, m, s in zip(probs, loc, scale, strict=True))
    mean = probs @ loc
    variance = probs @ (scale**2 + loc**2) - mean**2
    cat = ds.Categorical(probs=probs)
    mixed = [ds.Mixture(cat, [ds.Normal(m, s) for m, s in zip(loc, scale, strict=True)]),
             ds.MixtureSameFamily(cat, ds.Normal(loc, scale))]
    for mixture in mixed:
        with tf.Session() as sess:
            found = sess.run([mixture.prob(value), mixture.cdf(value), mixture.mean(), mixture.variance(),
                              mixture.sample(4000, seed=4)])
        np.testing.assert_allclose(found[0], density)
        np.testing.assert_allclose(found[1], below)
        np.testing.assert_allclose(found[2:4], [mean, variance])
        assert found[4].shape == (4000,)
        assert abs(found[4].mean() - mean) < 0.2 and abs(found[4].var() - variance) < 0.5
    with pytest.raises(ValueError, match="num_classes"):
        ds.Mixture(cat, [ds.Normal(0.0, 1.0)])
    with pytest.raises(TypeError, match="must be a Categorical"):
        ds.Mixture(ds.Normal(0.0, 1.0), [ds.Normal(0.0, 1.0)])


def test_a_batch_of_mixtures_of_vectors() -> None:
    cat = ds.Categorical(probs=np.array([[0.2, 0.8], [0.5, 0.5]], np.float32))
    components = ds.MultivariateNormalDiag(np.arange(12.0, dtype=np.float32).reshape(2, 2, 3),
                                           np.ones([3], np.float32))
    same = ds.MixtureSameFamily(cat, components)
    other = ds.Mixture(cat, [ds.MultivariateNormalDiag(np.arange(12.0, dtype=np.float32).reshape(2, 2, 3)[:, i],
                                                       np.ones([3], np.float32)) for i in range(2)])
    value = np.ones([5, 2, 3], np.float32)
    assert same.sample(7).shape.as_list() == other.sample(7).shape.as_list() == [7, 2, 3]
    with tf.Session() as sess:
        a, b, mean_a, mean_b, drawn = sess.run([same.log_prob(value), other.log_prob(value), same.mean(),
                                                other.mean(), same.sample(500, seed=1)])
    assert a.shape == (5, 2) and drawn.shape == (500, 2, 3)
    np.testing.assert_allclose(a, b, rtol=1e-5)
    np.testing.assert_allclose(mean_a, mean_b, rtol=1e-5)
    assert np.abs(drawn.mean(0) - mean_a).max() < 0.4


def test_independent_numbers_are_a_vector() -> None:
    whole = ds.Independent(ds.Normal(np.zeros([2, 3]), np.ones([2, 3])), 1)
    assert whole.batch_shape.as_list() == [2] and whole.event_shape.as_list() == [3]
    with tf.Session() as sess:
        found = sess.run([whole.log_prob(X), whole.entropy()])
    np.testing.assert_allclose(found[0], scipy.stats.norm.logpdf(X).sum(-1))
    np.testing.assert_allclose(found[1], [3 * scipy.stats.norm.entropy()] * 2)
    with pytest.raises(ValueError, match="cannot exceed"):
        ds.Independent(ds.Normal(0.0, 1.0), 1)


def test_classes_as_vectors_and_relaxed() -> None:
    probs = np.array([0.2, 0.5, 0.3])
    one_hot = ds.OneHotCategorical(probs=probs, dtype=tf.float64)
    relaxed = ds.RelaxedOneHotCategorical(np.float64(0.5), probs=probs)
    bernoulli = ds.RelaxedBernoulli(np.float64(0.5), probs=np.array([0.25]))
    simplex = np.array([0.2, 0.3, 0.5])
    with tf.Session() as sess:
        mass, cov, drawn, density, soft, unit, chance = sess.run([
            one_hot.prob(np.eye(3)), one_hot.covariance(), one_hot.sample(3000, seed=2), relaxed.prob(simplex),
            relaxed.sample(500, seed=3), bernoulli.sample(500, seed=3), bernoulli.prob(np.array([0.5]))])
    np.testing.assert_allclose(mass, probs)
    np.testing.assert_allclose(cov, np.diag(probs) - np.outer(probs, probs))
    assert np.abs(drawn.mean(0) - probs).max() < 0.05 and (drawn.sum(-1) == 1).all()
    # Equation (22) of arXiv:1611.00712, with Gamma(3) t**2 in front.
    expected = 2.0 * 0.5**2 * np.prod(probs * simplex ** (-0.5 - 1.0)) / (probs @ simplex ** -0.5) ** 3
    np.testing.assert_allclose(density, expected)
    np.testing.assert_allclose(soft.sum(-1), 1.0)
    assert (unit > 0).all() and (unit < 1).all()
    odds = 0.25 / 0.75
    np.testing.assert_allclose(chance, [0.5 * odds * 0.25**-1.5 / (odds * 0.5**-0.5 + 0.5**-0.5) ** 2], rtol=1e-6)


def test_deterministic_values() -> None:
    number, vector = ds.Deterministic([1.0, 2.0], atol=0.5), ds.VectorDeterministic([1.0, 2.0])
    with tf.Session() as sess:
        found = sess.run([number.prob([1.4, 2.6]), number.cdf([0.0, 2.0]), number.sample(3), vector.prob([1.0, 2.0]),
                          vector.prob([[1.0, 2.5], [1.0, 2.0]]), vector.sample([2, 2])])
    assert found[0].tolist() == [1.0, 0.0] and found[1].tolist() == [0.0, 1.0]
    assert found[2].tolist() == [[1.0, 2.0]] * 3 and found[3] == 1.0 and found[4].tolist() == [0.0, 1.0]
    assert found[5].shape == (2, 2, 2)


def test_checks_run_when_they_are_asked_for() -> None:
    scale = tf.placeholder(tf.float32, [None])
    checked, loose = (ds.Normal(0.0, scale, validate_args=validate) for validate in (True, False))
    value = tf.placeholder(tf.float32)
    with tf.Session() as sess:
        assert np.isnan(sess.run(loose.log_prob(0.0), {scale: [-1.0]})).all()
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(checked.log_prob(0.0), {scale: [-1.0]})
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(ds.Bernoulli(probs=0.5, validate_args=True).log_prob(value), {value: 2.0})
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(ds.Gamma(0.5, 1.0, allow_nan_stats=False).mode())
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(ds.Multinomial(3.0, probs=[0.5, 0.5], validate_args=True).log_prob(value), {value: [1.0, 1.0]})


def test_shapes_that_only_the_run_knows() -> None:
    loc = tf.placeholder(tf.float32)
    normal, classes = ds.Normal(loc, 1.0), ds.Categorical(logits=loc)
    n = tf.placeholder(tf.int32, [None])
    with tf.Session() as sess:
        batch, drawn, log_prob = sess.run([normal.batch_shape_tensor(), normal.sample(n), normal.log_prob(0.0)],
                                          {loc: np.zeros([2, 3]), n: [4, 5]})
        assert batch.tolist() == [2, 3] and drawn.shape == (4, 5, 2, 3) and log_prob.shape == (2, 3)
        assert sess.run(classes.sample(n), {loc: np.zeros([2, 3]), n: [4]}).shape == (4, 2)
        assert sess.run(normal.sample(0), {loc: np.zeros([2])}).shape == (0, 2)


def test_a_program_writes_a_distribution_of_its_own() -> None:
    class PointMass(ds.Distribution):
        def __init__(self, params: Any, name: str = "PointMass") -> None:
            with tf.name_scope(name, values=[params]) as scope:
                self._params = tf.identity(params)
            super().__init__(self._params.dtype, ds.FULLY_REPARAMETERIZED, False, True,
                             parameters={"params": params, "name": name}, graph_parents=[self._params], name=scope)

        def _batch_shape(self) -> Any:
            return tf.TensorShape([])

        def _event_shape(self) -> Any:
            return self._params.shape

        def _sample_n(self, n: Any, seed: int | None = None) -> Any:
            return tf.tile(tf.expand_dims(self._params, 0), tf.stack([n, 1]))

    @ds.RegisterKL(PointMass, ds.Normal)
    def _divergence(a: Any, b: Any, name: str | None = None) -> Any:
        return -tf.reduce_sum(b.log_prob(a._params))

    point = PointMass([1.0, 2.0])
    assert point.sample([3]).shape.as_list() == [3, 2]
    with tf.Session() as sess:
        assert sess.run(point.sample(2)).tolist() == [[1.0, 2.0]] * 2
        np.testing.assert_allclose(sess.run(point.kl_divergence(ds.Normal(0.0, 1.0))), 2.5 + np.log(2 * np.pi))
    with pytest.raises(NotImplementedError, match="log_prob is not implemented: PointMass"):
        point.log_prob(0.0)
    with pytest.raises(NotImplementedError, match="No KL.*PointMass and distribution_b type Gamma"):
        ds.kl_divergence(point, ds.Gamma(1.0, 1.0))
    with pytest.raises(ValueError, match="already been registered"):
        ds.RegisterKL(PointMass, ds.Normal)(_divergence)


def test_triangles_and_percentiles() -> None:
    values = np.array([[3.0, 1.0, 2.0, 9.0, 4.0], [5.0, 5.0, 0.0, -1.0, 7.0]])
    with tf.Session() as sess:
        upper = sess.run(ds.fill_triangular([[1, 2, 3, 4, 5, 6]], upper=True))
        assert upper.tolist() == [[[1, 2, 3], [0, 5, 6], [0, 0, 4]]]
        for interpolation in ("nearest", "lower", "higher"):
            for q in (0.0, 30.0, 60.0, 100.0):
                found = sess.run(ds.percentile(values, q, axis=1, interpolation=interpolation))
                np.testing.assert_array_equal(found, np.percentile(values, q, axis=1, method=interpolation))
        assert sess.run(ds.percentile(values, 50.0, keep_dims=True)).shape == (1, 1)
    with pytest.raises(ValueError, match="triangular"):
        ds.fill_triangular([1, 2, 3, 4])


def test_the_divergence_of_the_nearest_classes_is_taken() -> None:
    class Base(ds.Normal):
        pass

    class Derived(Base):
        pass

    @ds.RegisterKL(Base, ds.Normal)
    def _divergence(a: Any, b: Any, name: str | None = None) -> Any:
        return tf.constant(7.0)

    with tf.Session() as sess:
        found = sess.run([ds.kl_divergence(one(1.0, 1.0), ds.Normal(0.0, 1.0)) for one in (Derived, Base, ds.Normal)])
    assert found == [7.0, 7.0, 0.5]
