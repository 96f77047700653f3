"""Distributions against SciPy: densities, distribution functions, moments, and the moments of samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats

import millpond as tf

ds = tf.contrib.distributions
REAL = [-2.0, 0.25, 1.5]
POSITIVE = [0.25, 1.0, 2.5]
UNIT = [0.125, 0.5, 0.75]
COUNTS = [0.0, 1.0, 4.0]

DISTRIBUTIONS: dict[str, tuple[Callable[[], Any], Any, list[float]]] = {
    "Normal": (lambda: ds.Normal(0.5, 2.0), scipy.stats.norm(0.5, 2.0), REAL),
    "NormalWithSoftplusScale": (lambda: ds.NormalWithSoftplusScale(0.5, np.log(np.expm1(2.0)).astype(np.float32)),
                                scipy.stats.norm(0.5, 2.0), REAL),
    "HalfNormal": (lambda: ds.HalfNormal(2.0), scipy.stats.halfnorm(0.0, 2.0), [-1.0, *POSITIVE]),
    "Uniform": (lambda: ds.Uniform(0.25, 3.0), scipy.stats.uniform(0.25, 2.75), [-1.0, 0.5, 2.0, 4.0]),
    "Laplace": (lambda: ds.Laplace(0.5, 2.0), scipy.stats.laplace(0.5, 2.0), REAL),
    "Logistic": (lambda: ds.Logistic(0.5, 2.0), scipy.stats.logistic(0.5, 2.0), REAL),
    "Gumbel": (lambda: ds.Gumbel(0.5, 2.0), scipy.stats.gumbel_r(0.5, 2.0), REAL),
    "Cauchy": (lambda: ds.Cauchy(0.5, 2.0), scipy.stats.cauchy(0.5, 2.0), REAL),
    "StudentT": (lambda: ds.StudentT(5.0, 0.5, 2.0), scipy.stats.t(5.0, 0.5, 2.0), REAL),
    "Gamma": (lambda: ds.Gamma(2.5, 0.5), scipy.stats.gamma(2.5, scale=2.0), POSITIVE),
    "InverseGamma": (lambda: ds.InverseGamma(5.5, 0.5), scipy.stats.invgamma(5.5, scale=0.5), POSITIVE),
    "Chi2": (lambda: ds.Chi2(3.0), scipy.stats.chi2(3.0), POSITIVE),
    "Exponential": (lambda: ds.Exponential(0.5), scipy.stats.expon(scale=2.0), POSITIVE),
    "Beta": (lambda: ds.Beta(2.5, 1.5), scipy.stats.beta(2.5, 1.5), UNIT),
    "Poisson": (lambda: ds.Poisson(2.5), scipy.stats.poisson(2.5), COUNTS),
    "Binomial": (lambda: ds.Binomial(4.0, probs=0.25), scipy.stats.binom(4, 0.25), COUNTS),
    "Geometric": (lambda: ds.Geometric(probs=0.25), scipy.stats.geom(0.25, -1), COUNTS),
    "NegativeBinomial": (lambda: ds.NegativeBinomial(3.0, probs=0.25), scipy.stats.nbinom(3.0, 0.75), COUNTS),
}
# What SciPy knows and TensorFlow does not define.
LACKS = {"Poisson": {"entropy"}, "Binomial": {"entropy"}, "NegativeBinomial": {"entropy"},
         "Cauchy": {"mean", "stddev"}}


@pytest.mark.slow
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_densities_and_moments(name: str, tier: str) -> None:
    make, known, values = DISTRIBUTIONS[name]
    x = make()
    probability = known.pmf if hasattr(known.dist, "pmf") else known.pdf
    expected = {"prob": probability(values), "cdf": known.cdf(values), "survival_function": known.sf(values),
                "mean": known.mean(), "stddev": known.std(), "entropy": known.entropy()}
    fetches = {key: getattr(x, key)(values) if np.ndim(value) else getattr(x, key)()
               for key, value in expected.items() if key not in LACKS.get(name, ())}
    with tf.Session() as sess:
        found = sess.run({**fetches, "log_prob": x.log_prob(values)})
    for key in fetches:
        np.testing.assert_allclose(found[key], expected[key], rtol=2e-4, atol=1e-6, err_msg=key)
    np.testing.assert_allclose(np.exp(found["log_prob"]), expected["prob"], rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in DISTRIBUTIONS if name != "Cauchy"])
def test_samples_have_the_moments(name: str) -> None:
    make, known, _ = DISTRIBUTIONS[name]
    samples = tf.Session().run(make().sample([50, 80], seed=3))
    assert samples.shape == (50, 80)
    error = known.std() / np.sqrt(samples.size)
    assert abs(samples.mean() - known.mean()) < 5 * error
    assert abs(samples.std() / known.std() - 1) < 0.15


def test_quantiles_undo_distribution_functions() -> None:
    p = np.array([0.1, 0.5, 0.9], np.float32)
    with tf.Session() as sess:
        for name in ("Normal", "HalfNormal", "Uniform", "Laplace", "Logistic", "Gumbel", "Cauchy", "Exponential"):
            x = DISTRIBUTIONS[name][0]()
            np.testing.assert_allclose(sess.run(x.cdf(x.quantile(p))), p, rtol=1e-4, err_msg=name)


def test_tails_of_the_normal_distribution_do_not_underflow() -> None:
    x = np.array([-30.0, -12.0, -5.0, 0.0, 5.0, 12.0])
    normal = ds.Normal(np.zeros(6), np.ones(6))
    with tf.Session() as sess:
        value = tf.constant(x)
        log_cdf = normal.log_cdf(value)
        gradient, = tf.gradients(log_cdf, value)
        found, slope = sess.run([log_cdf, gradient])
    np.testing.assert_allclose(found, scipy.stats.norm.logcdf(x), rtol=1e-5)
    np.testing.assert_allclose(slope, np.exp(scipy.stats.norm.logpdf(x) - scipy.stats.norm.logcdf(x)), rtol=1e-3)


@pytest.mark.parametrize("make", [
    lambda: (ds.Gamma(2.5, 0.5), ds.Gamma(1.5, 0.75)), lambda: (ds.Beta(2.5, 1.5), ds.Beta(1.25, 2.0)),
    lambda: (ds.InverseGamma(5.5, 0.5), ds.InverseGamma(4.0, 1.0)), lambda: (ds.Gumbel(0.5, 1.0), ds.Gumbel(0.0, 1.5)),
    lambda: (ds.Laplace(0.5, 1.0), ds.Laplace(0.0, 1.5)), lambda: (ds.Poisson(2.5), ds.Poisson(3.0)),
    lambda: (ds.HalfNormal(2.0), ds.HalfNormal(3.0)),
    lambda: (ds.Dirichlet([1.5, 2.0]), ds.Dirichlet([2.5, 1.0])),
    lambda: (ds.OneHotCategorical(probs=[0.25, 0.75]), ds.OneHotCategorical(probs=[0.5, 0.5])),
    lambda: (ds.MultivariateNormalTriL([1.0, 0.0], [[1.0, 0.0], [0.5, 2.0]]),
             ds.MultivariateNormalDiag([0.0, 0.0], [2.0, 1.5])),
    lambda: (ds.MultivariateNormalDiag([0.0, 0.0], [2.0, 1.5]),
             ds.MultivariateNormalFullCovariance([1.0, 0.0], [[1.0, 0.5], [0.5, 4.0]])),
    lambda: (ds.Independent(ds.Normal([0.0, 1.0], 1.0), 1), ds.Independent(ds.Normal([1.0, 1.0], 2.0), 1)),
])
@pytest.mark.slow
def test_divergences_are_means_of_logarithms(make: Callable[[], Any]) -> None:
    a, b = make()
    samples = a.sample(5000, seed=5)
    with tf.Session() as sess:
        exact, log_ratio = sess.run([ds.kl_divergence(a, b), a.log_prob(samples) - b.log_prob(samples)])
    error = log_ratio.std() / np.sqrt(log_ratio.size)
    assert exact > 0 and abs(log_ratio.mean() - exact) < 5 * error
