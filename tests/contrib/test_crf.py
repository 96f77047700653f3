"""Conditional random fields against all sequences of tags, one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import millpond as tf

RNG = np.random.default_rng(0)
INPUTS = RNG.normal(size=(4, 4, 3)).astype(np.float32)
TRANSITIONS = RNG.normal(size=(3, 3)).astype(np.float32)
LENGTHS = np.array([4, 2, 1, 0])
TAGS = np.array([[0, 2, 1, 1], [2, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]])


def _score(inputs: np.ndarray, tags: tuple[int, ...]) -> float:
    unary = sum(float(step[tag]) for step, tag in zip(inputs, tags, strict=False))
    return unary + sum(float(TRANSITIONS[a, b]) for a, b in itertools.pairwise(tags))


def _all(row: int) -> dict[tuple[int, ...], float]:
    return {tags: _score(INPUTS[row], tags) for tags in itertools.product(range(3), repeat=int(LENGTHS[row]))}


def test_likelihoods_add_up_over_all_sequences(tier: str) -> None:
    lengths = tf.constant(LENGTHS)
    score = tf.contrib.crf.crf_sequence_score(INPUTS, TAGS, lengths, TRANSITIONS)
    norm = tf.contrib.crf.crf_log_norm(INPUTS, lengths, TRANSITIONS)
    likelihood, same = tf.contrib.crf.crf_log_likelihood(INPUTS, TAGS, lengths, TRANSITIONS)
    with tf.Session() as sess:
        found = sess.run([score, norm, likelihood])
    expected_score = [_score(INPUTS[i], tuple(TAGS[i, :n])) for i, n in enumerate(LENGTHS)]
    expected_norm = [np.log(sum(np.exp(list(_all(i).values())))) if n else 0.0 for i, n in enumerate(LENGTHS)]
    np.testing.assert_allclose(found[0], expected_score, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[1], expected_norm, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[2], np.subtract(expected_score, expected_norm), rtol=1e-4, atol=1e-6)
    assert same is TRANSITIONS


def test_the_best_sequences_are_found(tier: str) -> None:
    tags, best = tf.contrib.crf.crf_decode(INPUTS[:3], TRANSITIONS, LENGTHS[:3])
    with tf.Session() as sess:
        found, scores = sess.run([tags, best])
    assert found.dtype == np.int32 and found.shape == (3, 4)
    for i, length in enumerate(LENGTHS[:3]):
        expected = max(_all(i).items(), key=lambda item: item[1])
        assert tuple(found[i, :length]) == expected[0] and not found[i, length:].any()
        np.testing.assert_allclose(scores[i], expected[1], rtol=1e-5)
        decoded, score = tf.contrib.crf.viterbi_decode(INPUTS[i, :length], TRANSITIONS)
        assert tuple(decoded) == expected[0]
        np.testing.assert_allclose(score, expected[1], rtol=1e-5)


def test_only_some_tags_allowed() -> None:
    allowed = np.zeros([1, 4, 3], bool)
    allowed[0, :, :2] = True
    norm = tf.contrib.crf.crf_multitag_sequence_score(INPUTS[:1], allowed, LENGTHS[:1], TRANSITIONS)
    expected = np.log(sum(np.exp(score) for tags, score in _all(0).items() if max(tags) < 2))
    np.testing.assert_allclose(tf.Session().run(norm), [expected], rtol=1e-5)


@pytest.mark.slow
def test_transitions_are_trained() -> None:
    inputs = tf.placeholder(tf.float32, [None, None, 3])
    likelihood, transitions = tf.contrib.crf.crf_log_likelihood(inputs, TAGS, LENGTHS)
    assert transitions.op.name == "transitions"
    train = tf.train.GradientDescentOptimizer(0.5).minimize(-tf.reduce_mean(likelihood))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        before = sess.run(likelihood, {inputs: INPUTS}).mean()
        for _ in range(20):
            sess.run(train, {inputs: INPUTS})
        assert sess.run(likelihood, {inputs: INPUTS}).mean() > before + 0.3
