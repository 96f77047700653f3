"""Losses of sequences: what is averaged, what weights do, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf

RNG = np.random.default_rng(4)
BATCH, TIME, CLASSES = 3, 4, 5
LOGITS = RNG.normal(size=(BATCH, TIME, CLASSES)).astype(np.float32)
TARGETS = RNG.integers(0, CLASSES, (BATCH, TIME))
WEIGHTS = np.array([[1, 1, 1, 1], [2, 0.5, 0, 0], [1, 1, 1, 0]], np.float32)
# The cross entropy of each step.
ENTROPY = (np.log(np.exp(LOGITS).sum(-1)) - np.take_along_axis(LOGITS, TARGETS[..., None], 2)[..., 0]) * WEIGHTS
ONES = np.ones_like(WEIGHTS)


def _evaluated(tensor: Any, feeds: Any = None) -> np.ndarray:
    with tf.Session() as sess:
        return sess.run(tensor, feeds)


@pytest.mark.parametrize(("how", "wanted"), [
    ({}, ENTROPY.sum() / WEIGHTS.sum()),
    ({"average_across_batch": False}, ENTROPY.sum(1) / WEIGHTS.sum(1)),
    ({"average_across_timesteps": False}, ENTROPY.sum(0) / WEIGHTS.sum(0)),
    ({"average_across_timesteps": False, "average_across_batch": False}, ENTROPY),
    ({"average_across_timesteps": False, "average_across_batch": False, "sum_over_timesteps": True,
      "sum_over_batch": True}, ENTROPY.sum() / 9),
    ({"average_across_timesteps": False, "average_across_batch": False, "sum_over_timesteps": True},
     ENTROPY.sum(1) / [4, 2, 3]),
    ({"average_across_timesteps": False, "average_across_batch": False, "sum_over_batch": True},
     ENTROPY.sum(0) / [3, 3, 2, 1]),
])
def test_reductions_of_a_batch(how: dict[str, bool], wanted: Any, tier: str) -> None:
    loss = tf.contrib.seq2seq.sequence_loss(tf.constant(LOGITS), tf.constant(TARGETS), tf.constant(WEIGHTS), **how)
    assert loss.shape.as_list() == list(np.shape(wanted))
    np.testing.assert_allclose(_evaluated(loss), wanted, rtol=1e-5)


def test_an_object_that_holds_how_it_reduces() -> None:
    loss = tf.contrib.seq2seq.SequenceLoss(sum_over_batch=False, average_across_batch=True, sum_over_timesteps=False)
    np.testing.assert_allclose(_evaluated(loss(TARGETS, LOGITS, WEIGHTS)), ENTROPY.sum(0) / WEIGHTS.sum(0), rtol=1e-5)
    np.testing.assert_allclose(_evaluated(tf.contrib.seq2seq.SequenceLoss()(TARGETS, LOGITS, WEIGHTS)),
                               ENTROPY.sum() / 9, rtol=1e-5)


def test_no_weights_give_no_loss() -> None:
    """A batch of padding alone."""
    for how in ({}, {"average_across_batch": False}):
        loss = tf.contrib.seq2seq.sequence_loss(LOGITS, TARGETS, 0 * WEIGHTS, **how)
        assert np.all(_evaluated(loss) == 0)


def test_a_loss_of_the_users_own() -> None:
    seen: list[list[int]] = []

    def squares(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        seen.append([labels.shape.ndims, logits.shape.ndims])
        return tf.reduce_sum(tf.square(logits - tf.one_hot(labels, CLASSES)), -1)

    loss = tf.contrib.seq2seq.sequence_loss(LOGITS, TARGETS, ONES, softmax_loss_function=squares)
    np.testing.assert_allclose(_evaluated(loss), ((LOGITS - np.eye(CLASSES)[TARGETS]) ** 2).sum() / (BATCH * TIME),
                               rtol=1e-5)
    assert seen == [[1, 2]]


def test_what_does_not_fit() -> None:
    loss = tf.contrib.seq2seq.sequence_loss
    for arguments, words in (((LOGITS[0], TARGETS, WEIGHTS), "Logits must be"),
                             ((LOGITS, TARGETS[0], WEIGHTS), "Targets must be"),
                             ((LOGITS, TARGETS, WEIGHTS[0]), "Weights must be")):
        with pytest.raises(ValueError, match=words):
            loss(*arguments)
    with pytest.raises(ValueError, match="average_across_batch and sum_over_batch"):
        loss(LOGITS, TARGETS, WEIGHTS, sum_over_batch=True)
    with pytest.raises(ValueError, match="average_across_timesteps and sum_over_timesteps"):
        loss(LOGITS, TARGETS, WEIGHTS, sum_over_timesteps=True)


def _steps(values: np.ndarray) -> list[tf.Tensor]:
    return [tf.constant(values[:, step]) for step in range(values.shape[1])]


@pytest.mark.parametrize(("average", "wanted"), [(True, ENTROPY.sum(1) / WEIGHTS.sum(1)), (False, ENTROPY.sum(1))])
def test_losses_of_lists_of_steps(average: bool, wanted: np.ndarray) -> None:
    arguments = (_steps(LOGITS), _steps(TARGETS), _steps(WEIGHTS))
    legacy = tf.contrib.legacy_seq2seq
    by_example = legacy.sequence_loss_by_example(*arguments, average_across_timesteps=average)
    np.testing.assert_allclose(_evaluated(by_example), wanted, rtol=1e-5)
    np.testing.assert_allclose(_evaluated(legacy.sequence_loss(*arguments, average_across_timesteps=average)),
                               wanted.mean(), rtol=1e-5)
    total = legacy.sequence_loss(*arguments, average_across_timesteps=average, average_across_batch=False)
    np.testing.assert_allclose(_evaluated(total), wanted.sum(), rtol=1e-5)


def test_a_whole_text_as_one_step() -> None:
    """As character models do it: all steps of all entries in one row, with a column of targets."""
    loss = tf.contrib.legacy_seq2seq.sequence_loss_by_example(
        [LOGITS.reshape(-1, CLASSES)], [TARGETS.reshape(-1, 1)], [tf.ones([BATCH * TIME])], CLASSES)
    np.testing.assert_allclose(_evaluated(loss), (np.log(np.exp(LOGITS).sum(-1)) - np.take_along_axis(
        LOGITS, TARGETS[..., None], 2)[..., 0]).ravel(), rtol=1e-5)


def test_lists_of_different_lengths() -> None:
    for function in (tf.contrib.legacy_seq2seq.sequence_loss, tf.contrib.legacy_seq2seq.sequence_loss_by_example):
        with pytest.raises(ValueError, match="Lengths of logits, weights, and targets must be the same 4, 4, 3"):
            function(_steps(LOGITS), _steps(TARGETS)[1:], _steps(WEIGHTS))


@pytest.mark.parametrize("per_example", [False, True])
def test_buckets_share_their_variables(per_example: bool) -> None:
    inputs, targets, weights = _steps(LOGITS), _steps(TARGETS), _steps(WEIGHTS)

    def model(encoder_inputs: list[tf.Tensor], decoder_inputs: list[tf.Tensor]) -> tuple[list[tf.Tensor], tf.Tensor]:
        scale = tf.get_variable("scale", [], initializer=tf.ones_initializer())
        return [step * scale for step in decoder_inputs], encoder_inputs[-1]

    outputs, losses = tf.contrib.legacy_seq2seq.model_with_buckets(
        inputs, inputs, targets, weights, [(2, 1), (3, 4)], model, per_example_loss=per_example)
    assert [len(steps) for steps in outputs] == [1, 4]
    assert [v.name for v in tf.global_variables()] == ["scale:0"]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first, second = sess.run(losses)
    wanted = ENTROPY.sum(1) / WEIGHTS.sum(1), ENTROPY[:, 0] / WEIGHTS[:, 0]
    if not per_example:
        wanted = wanted[0].mean(), wanted[1].mean()
    np.testing.assert_allclose(second, wanted[0], rtol=1e-5)
    np.testing.assert_allclose(first, wanted[1], rtol=1e-5)


def test_a_bucket_that_needs_more_than_there_is() -> None:
    inputs, targets, weights = _steps(LOGITS), _steps(TARGETS), _steps(WEIGHTS)
    build = tf.contrib.legacy_seq2seq.model_with_buckets
    for bucket, arguments, words in (((5, 1), (inputs, inputs, targets, weights), "Length of encoder_inputs"),
                                     ((1, 5), (inputs, inputs, targets, weights), "Length of targets"),
                                     ((1, 4), (inputs, inputs, targets, weights[1:]), "Length of weights")):
        with pytest.raises(ValueError, match=words):
            build(*arguments, [bucket], lambda x, y: (y, x))
