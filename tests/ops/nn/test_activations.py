"""Activation functions, softmax and cross entropies: rows of the op table, and what users see beside the values."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import OpCase, floats

import millpond as tf
from millpond.graph.opdef import lookup

# Away from the corners, where a slope has no single value.
X = np.array([[-3.1, -1.2, -0.3], [0.4, 1.7, 5.2]], np.float32)
DY = floats(2, 3, seed=5)
LABELS = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]], np.float32)


def softmax(x):
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def gradient_of(function):
    """Builds the op of an activation's gradient, whose own gradient is the second derivative."""
    return lambda tf, x, dy: tf.gradients(function(tf, x), x, grad_ys=dy)[0]


def _activation(name, expected, gradient=True):
    return OpCase(name, lambda tf, x: getattr(tf.nn, _FUNCTIONS[name])(x), [X], gradient=gradient, expected=expected)


_FUNCTIONS = {"Relu": "relu", "Relu6": "relu6", "Elu": "elu", "Selu": "selu", "Softplus": "softplus",
              "Softsign": "softsign", "LeakyRelu": "leaky_relu"}
_SELU = (1.0507009873554805, 1.7580993408473766)

CASES = [
    _activation("Relu", lambda x: np.maximum(x, 0)),
    _activation("Relu6", lambda x: np.clip(x, 0, 6)),
    _activation("LeakyRelu", lambda x: np.where(x > 0, x, 0.2 * x)),
    _activation("Elu", lambda x: np.where(x < 0, np.expm1(x), x)),
    _activation("Selu", lambda x: np.where(x < 0, _SELU[1] * np.expm1(x), _SELU[0] * x)),
    _activation("Softplus", lambda x: np.log1p(np.exp(x))),
    _activation("Softsign", lambda x: x / (1 + abs(x))),
    OpCase("Softmax", lambda tf, x: tf.nn.softmax(x), [X], gradient=True, expected=softmax),
    OpCase("Softmax", lambda tf, x: tf.nn.softmax(x, axis=0), [X], gradient=True, rank_needed=True,
           expected=lambda x: softmax(x.T).T, note="first-axis"),
    OpCase("LogSoftmax", lambda tf, x: tf.nn.log_softmax(x), [X], gradient=True,
           expected=lambda x: np.log(softmax(x))),
    *[OpCase(f"{name}Grad", gradient_of(lambda tf, x, f=function: getattr(tf.nn, f)(x)), [X, DY], gradient=True)
      for name, function in _FUNCTIONS.items() if name != "Softplus"],
    OpCase("SoftplusGrad", lambda tf, x, dy: lookup("SoftplusGrad")(dy, x), [X, DY], gradient=True,
           expected=lambda x, dy: dy / (1 + np.exp(-x))),
    OpCase("SoftmaxCrossEntropyWithLogits",
           lambda tf, y, x: tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=x), [LABELS, X],
           gradient=True, expected=lambda y, x: -np.sum(y * np.log(softmax(x)), -1)),
    OpCase("SparseSoftmaxCrossEntropyWithLogits",
           lambda tf, y, x: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x),
           [np.array([2, 0]), X], gradient=True, expected=lambda y, x: -np.log(softmax(x))[[0, 1], y]),
    OpCase("SparseSoftmaxCrossEntropyWithLogits",
           lambda tf, y, x: tf.gradients(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x), x)[0],
           [np.array([2, 0]), X], gradient=True, note="second-derivative"),
    OpCase("L2Loss", lambda tf, x: tf.nn.l2_loss(x), [X], gradient=True, expected=lambda x: np.sum(x * x) / 2),
]


def test_relu_family_keeps_half_precision_half() -> None:
    """A float16 program stays float16, and sums of softmax do not lose digits to it."""
    x = np.linspace(-4, 4, 2000).astype(np.float16)
    with tf.Graph().as_default(), tf.Session() as sess:
        out = sess.run(tf.nn.softmax(tf.constant(x)))
    assert out.dtype == np.float16
    assert abs(out.astype(np.float64).sum() - 1) < 2e-3


def test_crelu_and_swish() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.constant([-2.0, 3.0])
        doubled, gated = sess.run([tf.nn.crelu(x), tf.nn.swish(x)])
    np.testing.assert_array_equal(doubled, [0, 3, 2, 0])
    np.testing.assert_allclose(gated, [-2 / (1 + np.exp(2)), 3 / (1 + np.exp(-3))], rtol=1e-6)


def test_softmax_of_a_dimension_that_is_not_there() -> None:
    with tf.Graph().as_default(), pytest.raises(tf.errors.InvalidArgumentError, match=r"range \[-2, 2\)"):
        tf.nn.softmax(tf.zeros([2, 3]), axis=2)


def test_labels_get_no_gradient_from_the_first_version() -> None:
    """`softmax_cross_entropy_with_logits` takes its labels as constants, `_v2` does not."""
    with tf.Graph().as_default(), tf.Session() as sess:
        y, x = tf.constant(LABELS), tf.constant(X)
        old = tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=x)
        new = tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=x)
        assert tf.gradients(old, y) == [None]
        slope, losses = sess.run([tf.gradients(new, y)[0], [old, new]])
    np.testing.assert_allclose(slope, -np.log(softmax(X)), rtol=1e-5)
    np.testing.assert_array_equal(*losses)


def test_cross_entropies_want_names() -> None:
    """TensorFlow 1 changed the order of the arguments once, and has refused positions since."""
    with tf.Graph().as_default():
        for function in (tf.nn.softmax_cross_entropy_with_logits, tf.nn.sparse_softmax_cross_entropy_with_logits,
                         tf.nn.sigmoid_cross_entropy_with_logits):
            with pytest.raises(ValueError, match="named arguments"):
                function(LABELS, X)
            with pytest.raises(ValueError, match="must be provided"):
                function(logits=X)


@pytest.mark.parametrize("tier", ["interpreted", "compiled"])
def test_a_label_that_is_no_class(tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILLPOND_TIER", tier)
    with tf.Graph().as_default(), tf.Session() as sess:
        labels = tf.placeholder(tf.int32, [None])
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=tf.constant(X))
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"label value of 7 .* range of \[0, 3\)"):
            sess.run(loss, {labels: [1, 7]})
        assert sess.run(loss, {labels: [1, 2]}).shape == (2,)


def test_sparse_labels_of_the_wrong_rank_or_size() -> None:
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="Rank mismatch"):
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[[1]], logits=[[0.0, 0.0]])
        with pytest.raises(ValueError, match="Shape mismatch"):
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1, 0], logits=[[0.0, 0.0]])


def test_sigmoid_cross_entropy_never_overflows() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=[0.0, 1.0, 1.0], logits=[-1000.0, 1000.0, -1000.0])
        weighted = tf.nn.weighted_cross_entropy_with_logits(labels=[1.0], logits=[0.0], pos_weight=3.0)
        np.testing.assert_array_equal(sess.run(loss), [0, 0, 1000])
        np.testing.assert_allclose(sess.run(weighted), [3 * np.log(2)], rtol=1e-6)


def test_log_poisson_loss_with_stirling() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        plain, full = sess.run([tf.nn.log_poisson_loss([1.0, 4.0], [0.0, 1.0]),
                                tf.nn.log_poisson_loss([1.0, 4.0], [0.0, 1.0], compute_full_loss=True)])
    np.testing.assert_allclose(plain, [1, np.e - 4], rtol=1e-6)
    np.testing.assert_allclose(full - plain, [0, 4 * np.log(4) - 4 + 0.5 * np.log(8 * np.pi)], rtol=1e-5)
