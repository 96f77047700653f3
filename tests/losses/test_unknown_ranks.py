"""Labels, logits and weights whose rank is known only in the run, or that have a last dimension of size 1 too many."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

LOGITS = np.array([[0, 3], [1, 2], [0.5, 0.25]], np.float32)
LABELS = np.array([0, 1, 0], np.int32)
EACH = np.log(np.exp(LOGITS).sum(1)) - LOGITS[np.arange(3), LABELS]
KNOWN = ["sizes", "rank", "nothing"]


def _placeholder(value: np.ndarray, known: str) -> tf.Tensor:
    shape = {"sizes": list(value.shape), "rank": [None] * value.ndim, "nothing": None}[known]
    return tf.placeholder(value.dtype, shape)


def _loss(labels, logits, weights, known, function=tf.losses.sparse_softmax_cross_entropy):
    values = [np.asarray(labels), np.asarray(logits, np.float32), np.asarray(weights, np.float32)]
    placeholders = [_placeholder(value, one) for value, one in zip(values, known, strict=True)]
    loss = function(*placeholders)
    assert loss.shape.sizes in ((), None)
    with tf.Session() as sess:
        return sess.run([loss, tf.gradients(loss, placeholders[1])[0]], dict(zip(placeholders, values, strict=True)))


@pytest.mark.parametrize("known_logits", KNOWN)
@pytest.mark.parametrize("known_labels", KNOWN)
@pytest.mark.parametrize("labels", [LABELS, LABELS[:, None]], ids=["vector", "column"])
def test_labels_may_be_a_column(labels, known_labels, known_logits, tier):
    loss, slope = _loss(labels, LOGITS, 1, (known_labels, known_logits, "sizes"))
    np.testing.assert_allclose(loss, EACH.mean(), rtol=1e-5)
    assert slope.shape == (3, 2)


@pytest.mark.parametrize("known", KNOWN)
def test_logits_may_have_a_last_dimension_too_many(known, tier):
    loss, slope = _loss(LABELS, LOGITS[:, :, None], 1, ("nothing", known, "sizes"))
    np.testing.assert_allclose(loss, EACH.mean(), rtol=1e-5)
    assert slope.shape == (3, 2, 1)


@pytest.mark.parametrize("known_weights", KNOWN)
@pytest.mark.parametrize("known_labels", KNOWN)
@pytest.mark.parametrize("column", [True, False])
def test_weights_may_be_a_column(column, known_labels, known_weights, tier):
    weights = np.array([1, 2, 0], np.float32)
    loss, _ = _loss(LABELS, LOGITS, weights[:, None] if column else weights, (known_labels, "rank", known_weights))
    np.testing.assert_allclose(loss, (EACH * weights).sum() / 2, rtol=1e-5)


def test_a_scalar_of_unknown_rank_weighs_all(tier):
    loss, _ = _loss(LABELS, LOGITS, 2, ("nothing", "nothing", "nothing"))
    np.testing.assert_allclose(loss, 2 * EACH.mean(), rtol=1e-5)


@pytest.mark.parametrize("known", [("sizes",) * 3, ("nothing",) * 3])
@pytest.mark.parametrize(("labels", "weights"), [
    (LABELS[:2], 1), (LABELS[:, None, None], 1), (LABELS[None], 1), (LABELS, [1, 2]), (LABELS, [[1, 2, 0]])])
def test_what_does_not_fit_is_refused(labels, weights, known, tier):
    with pytest.raises(ValueError if known[0] == "sizes" else tf.errors.InvalidArgumentError):
        _loss(labels, LOGITS, weights, known)


def _weighted_square(weights, known):
    return _loss(LOGITS, LOGITS + 1, weights, ("sizes", "nothing", known), tf.losses.mean_squared_error)[0]


@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize("weights", [[[1], [2], [0]], [[1, 2]], [[1]]])
def test_weights_of_other_losses_are_spread_in_the_run(weights, known, tier):
    full = np.broadcast_to(np.asarray(weights, np.float32), (3, 2))
    np.testing.assert_allclose(_weighted_square(weights, known), full.sum() / np.count_nonzero(full), rtol=1e-6)


@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize("weights", [[1, 2], [[1], [2]], [1], [[[1]]]])
def test_weights_of_other_losses_are_checked_in_the_run(weights, known, tier):
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match="broadcast"):
        _weighted_square(weights, known)


@pytest.mark.parametrize("known", KNOWN)
def test_a_confusion_matrix_of_a_column(known, tier):
    labels, predictions = _placeholder(LABELS[:, None], known), _placeholder(LABELS, "nothing")
    with tf.Session() as sess:
        matrix = sess.run(tf.confusion_matrix(labels, predictions, num_classes=2),
                          {labels: LABELS[:, None], predictions: [0, 0, 0]})
    assert matrix.tolist() == [[2, 0], [1, 0]]
