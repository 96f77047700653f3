"""The distributions of `tf.distributions` give what TensorFlow gives, samples of the same seed included.

`tensorflow_values.json` was recorded by running TensorFlow 2.21's `compat.v1`, with the calls below.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond as tf

RECORDED = json.loads(pathlib.Path(__file__).with_name("tensorflow_values.json").read_text())
d = tf.distributions

# The distribution, a value for each of its batch, and what changes in the one that it is compared with.
DISTRIBUTIONS: dict[str, tuple[Callable[[], Any], Any, dict[str, Any]]] = {
    "Normal": (lambda: d.Normal([0.0, 1.0], [1.0, 2.5]), [0.5, -3.0], {"loc": [1.5, 1.5]}),
    "Uniform": (lambda: d.Uniform([0.0, 1.0], 3.0), [0.5, 3.5], {}),
    "Laplace": (lambda: d.Laplace([0.0, 1.0], [1.0, 2.5]), [0.5, -3.0], {}),
    "Gamma": (lambda: d.Gamma([0.5, 3.0], [1.0, 2.5]), [0.5, 1.25], {"concentration": [3.0, 0.5]}),
    "Exponential": (lambda: d.Exponential([0.5, 3.0]), [0.5, 1.25], {"rate": 2.0}),
    "Beta": (lambda: d.Beta([1.5, 3.0], [2.0, 2.5]), [0.5, 0.25], {"concentration1": [2.0, 2.0]}),
    "StudentT": (lambda: d.StudentT([1.5, 3.0], [0.0, 1.0], [1.0, 2.5]), [0.5, -3.0], {}),
    "Bernoulli": (lambda: d.Bernoulli(probs=[0.25, 0.625]), [0, 1], {"probs": [0.5, 0.5]}),
    "Categorical": (lambda: d.Categorical(logits=[[0.0, 1.0, -1.0], [0.5, 0.5, 2.0]]), [2, 1],
                    {"logits": [[0.0, 0.0, 1.0]] * 2}),
    "Dirichlet": (lambda: d.Dirichlet([[1.5, 2.0, 3.0], [4.0, 2.5, 1.25]]),
                  [[0.25, 0.25, 0.5], [0.125, 0.5, 0.375]],
                  {"concentration": [[4.0, 2.5, 1.25], [1.5, 2.0, 3.0]]}),
    "DirichletMultinomial": (lambda: d.DirichletMultinomial(5.0, [[1.5, 2.0, 3.0], [4.0, 2.5, 1.25]]),
                             [[2.0, 3.0, 0.0], [1.0, 1.0, 3.0]], {}),
    "Multinomial": (lambda: d.Multinomial(5.0, probs=[[0.25, 0.25, 0.5], [0.125, 0.5, 0.375]]),
                    [[2.0, 3.0, 0.0], [1.0, 1.0, 3.0]], {}),
}
OF_VALUES = ("log_prob", "prob", "cdf", "log_cdf", "survival_function")


@pytest.mark.slow
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_values_and_samples_are_those_of_tensorflow(name: str, tier: str) -> None:
    make, value, change = DISTRIBUTIONS[name]
    recorded = dict(RECORDED[name])
    x = make()
    batch, event, _, _, dtype, reparameterization, shown = recorded.pop("shapes")
    assert (x.batch_shape.as_list(), x.event_shape.as_list(), x.dtype.name) == (batch, event, dtype)
    assert (repr(x.reparameterization_type), str(x)) == (reparameterization, shown)
    fetches = {"batch": x.batch_shape_tensor(), "event": x.event_shape_tensor()}
    for key in recorded:
        if key == "sample":
            fetches[key] = x.sample(2, seed=7)
        elif key == "quantile":
            fetches[key] = x.quantile([0.25, 0.75])
        elif key == "kl":
            fetches[key] = d.kl_divergence(x, x.copy(**change))
        else:
            fetches[key] = getattr(x, key)(value) if key in OF_VALUES else getattr(x, key)()
    with tf.Session() as sess:
        found = sess.run(fetches)
    for key, expected in {**recorded, "batch": batch, "event": event}.items():
        np.testing.assert_allclose(found[key], np.array(expected, float), rtol=2e-5, atol=1e-6, err_msg=key)


def test_nodes_have_the_names_that_tensorflow_gives_them() -> None:
    x = d.Normal(0.0, [1.0, 2.0])
    tensors = [x.sample(3), x.log_prob(1.0), x.sample(), x.mean(), x.kl_divergence(d.Normal(0.0, 1.0))]
    assert x.name == "Normal/"
    assert [tensor.name for tensor in tensors] == [
        "Normal/sample/Reshape:0", "Normal/log_prob/sub:0", "Normal/sample_1/Reshape:0", "Normal/mean/mul:0",
        "Normal/kl_divergence/KullbackLeibler/kl_normal_normal/add:0"]
    assert x.parameters == {"loc": 0.0, "scale": [1.0, 2.0], "validate_args": False, "allow_nan_stats": True,
                            "name": "Normal"}
