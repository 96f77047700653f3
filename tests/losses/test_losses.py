"""Stories of `tf.losses`: what is averaged, what weights do, and what is collected."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

LABELS = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], np.float32)
GUESSES = np.array([[0.5, 0.5], [0.25, 0.75], [0.0, 1.0]], np.float32)
SQUARES = (LABELS - GUESSES) ** 2
WEIGHTS = np.array([[1.0], [0.0], [3.0]], np.float32)


@pytest.mark.parametrize(("reduction", "wanted"), [
    (tf.losses.Reduction.NONE, SQUARES * WEIGHTS),
    (tf.losses.Reduction.SUM, np.sum(SQUARES * WEIGHTS)),
    (tf.losses.Reduction.MEAN, np.sum(SQUARES * WEIGHTS) / 8),
    (tf.losses.Reduction.SUM_OVER_BATCH_SIZE, np.sum(SQUARES * WEIGHTS) / 6),
    (tf.losses.Reduction.SUM_BY_NONZERO_WEIGHTS, np.sum(SQUARES * WEIGHTS) / 4),
])
def test_reductions(reduction: str, wanted: np.ndarray) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        loss = tf.losses.mean_squared_error(LABELS, GUESSES, WEIGHTS, reduction=reduction)
        np.testing.assert_allclose(sess.run(loss), wanted, rtol=1e-6)


def test_all_weights_zero_give_zero() -> None:
    """There is nothing to divide by: a batch of padding alone is no NaN."""
    with tf.Graph().as_default(), tf.Session() as sess:
        assert sess.run(tf.losses.absolute_difference(LABELS, GUESSES, weights=0.0)) == 0


@pytest.mark.parametrize("weights", [[1.0, 1.0, 1.0], [[1.0, 1.0, 1.0]]])
def test_weights_that_do_not_fit_are_refused_while_building(weights: list) -> None:
    with tf.Graph().as_default(), pytest.raises(ValueError, match="weights can not be broadcast to values"):
        tf.losses.mean_squared_error(LABELS, GUESSES, weights)


def test_weights_that_do_not_fit_are_refused_when_run() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        weights = tf.placeholder(tf.float32, [None, None])
        loss = tf.losses.mean_squared_error(LABELS, GUESSES, weights)
        assert sess.run(loss, {weights: [[1.0, 1.0]]}) == pytest.approx(SQUARES.mean())
        with pytest.raises(tf.errors.InvalidArgumentError, match="weights can not be broadcast"):
            sess.run(loss, {weights: np.ones((2, 2))})


def test_losses_are_collected_and_summed() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        with tf.name_scope("tower"):
            first = tf.losses.mean_squared_error(LABELS, GUESSES)
        second = tf.losses.log_loss(LABELS, GUESSES, loss_collection=None)
        tf.losses.add_loss(second)
        tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, tf.constant(10.0))
        assert tf.losses.get_losses() == [first, second]
        assert tf.losses.get_losses("tower") == [first]
        total, bare, one, two = sess.run([tf.losses.get_total_loss(), tf.losses.get_total_loss(False), first, second])
    np.testing.assert_allclose([total, bare], [one + two + 10, one + two], rtol=1e-6)


def test_without_losses_there_is_no_total() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        assert sess.run(tf.losses.get_regularization_loss()) == 0
        with pytest.raises(ValueError):
            tf.losses.get_total_loss()


def test_values_by_hand() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        values = sess.run([
            tf.losses.huber_loss([0.0, 0.0], [0.5, 3.0]), tf.losses.hinge_loss([1.0, 0.0], [0.25, 2.0]),
            tf.losses.cosine_distance([[0.6, 0.8]], [[1.0, 0.0]], axis=1),
            tf.losses.log_loss([1.0], [0.5]), tf.losses.mean_pairwise_squared_error([[1.0, 4.0]], [[3.0, 9.0]]),
            tf.losses.sigmoid_cross_entropy([[1.0]], [[0.0]], label_smoothing=0.5),
            tf.losses.softmax_cross_entropy([[1.0, 0.0]], [[2.0, 0.0]], label_smoothing=0.5),
            tf.losses.sparse_softmax_cross_entropy([[1], [0]], [[0.0, 0.0], [0.0, 0.0]])])
    smooth = -(0.75 * 2 - np.log(np.exp(2) + 1))
    wanted = [(0.125 + 2.5) / 2, (0.75 + 3) / 2, 0.4, np.log(2), 9, np.log(2), smooth, np.log(2)]
    np.testing.assert_allclose(values, wanted, rtol=1e-5)


def test_missing_arguments_and_shapes() -> None:
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="must not be None"):
            tf.losses.mean_squared_error(None, GUESSES)
        with pytest.raises(ValueError, match="(not|in)compatible"):
            tf.losses.mean_squared_error(LABELS, GUESSES[:2])
        with pytest.raises(ValueError, match="axis"):
            tf.losses.cosine_distance(LABELS, GUESSES)
        with pytest.raises(ValueError, match="Invalid Reduction Key"):
            tf.losses.mean_squared_error(LABELS, GUESSES, reduction="average")
