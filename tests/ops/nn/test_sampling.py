"""Candidate samplers and the losses over samples. Samples are TensorFlow's for the same seeds."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

COVERS = {"UniformCandidateSampler", "LogUniformCandidateSampler", "FixedUnigramCandidateSampler",
          "AllCandidateSampler", "ComputeAccidentalHits"}
TRUE = [[1], [2]]
WEIGHTS = [3.0, 1.0, 10.0, 2.0, 0.5, 7.0]


def test_samplers_draw_what_tensorflow_draws() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        weighted = tf.nn.fixed_unigram_candidate_sampler(TRUE, 1, 5, False, 6, unigrams=WEIGHTS, seed=1)
        unique = tf.nn.fixed_unigram_candidate_sampler(TRUE, 1, 4, True, 7, unigrams=WEIGHTS, distortion=0.75,
                                                       num_reserved_ids=1, seed=1)
        uniform = tf.nn.uniform_candidate_sampler(TRUE, 1, 6, False, 64, seed=5)
        first, second = sess.run([weighted, unique, uniform]), sess.run([weighted, unique, uniform])
    assert [draw[0].tolist() for draw in first] == [[5, 4, 2, 5, 2], [3, 5, 6, 2], [47, 8, 24, 41, 0, 41]]
    assert [draw[0].tolist() for draw in second] == [[2, 0, 0, 5, 1], [3, 2, 1, 5], [17, 32, 31, 26, 15, 38]]
    np.testing.assert_allclose(first[0].true_expected_count, [[5 / 23.5], [50 / 23.5]], rtol=1e-6)
    np.testing.assert_allclose(first[1].sampled_expected_count, [0.99716854, 0.39895898, 0.98550087, 0.5802021],
                               rtol=1e-6)


def test_weights_may_lie_in_a_file(tmp_path) -> None:
    path = tmp_path / "vocabulary.csv"
    path.write_text("".join(f"word{i},{weight}\n" for i, weight in enumerate(WEIGHTS)))
    with tf.Graph().as_default(), tf.Session() as sess:
        draw = tf.nn.fixed_unigram_candidate_sampler(TRUE, 1, 5, False, 6, vocab_file=str(path), seed=1)
        assert sess.run(draw.sampled_candidates).tolist() == [5, 4, 2, 5, 2]


def test_what_cannot_be_sampled() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError, match="range is too small"):
            sess.run(tf.nn.uniform_candidate_sampler(TRUE, 1, 6, True, 5)[0])
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"must be in \[0, 2\)"):
            sess.run(tf.nn.log_uniform_candidate_sampler(TRUE, 1, 1, True, 2)[0])
        with pytest.raises(ValueError, match="merge|compatible"):
            tf.nn.uniform_candidate_sampler([[1, 2]], 1, 6, True, 50)


def test_accidental_hits() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        examples, samples, weights = sess.run(tf.nn.compute_accidental_hits([[1], [7]], [7, 3, 1, 7], 1))
    assert (examples.tolist(), samples.tolist()) == ([0, 1, 1], [2, 0, 3])
    assert np.all(weights == -np.finfo(np.float32).max)


def test_with_all_classes_sampled_softmax_is_softmax() -> None:
    """Every class is a sample, expected once, and the true class is no sample of its own example."""
    rng = np.random.default_rng(3)
    weights, biases = rng.normal(size=(5, 3)).astype(np.float32), rng.normal(size=5).astype(np.float32)
    inputs, labels = rng.normal(size=(4, 3)).astype(np.float32), np.array([[2], [0], [4], [2]])
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.constant(inputs)
        every = tf.nn.all_candidate_sampler(labels, 1, 5, True)
        sampled = tf.nn.sampled_softmax_loss(weights, biases, labels, x, 5, 5, sampled_values=every)
        full = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels[:, 0],
                                                              logits=tf.matmul(x, weights, transpose_b=True) + biases)
        noise = tf.nn.nce_loss(weights, biases, labels, x, 5, 5, sampled_values=every)
        values = sess.run([sampled, full, tf.gradients(sampled, x)[0], tf.gradients(full, x)[0], noise])
    np.testing.assert_allclose(values[0], values[1], rtol=1e-5)
    np.testing.assert_allclose(values[2], values[3], rtol=1e-4, atol=1e-6)
    logits = inputs @ weights.T + biases
    positive = np.log1p(np.exp(-np.take_along_axis(logits, labels, 1)))[:, 0]
    np.testing.assert_allclose(values[4], positive + np.log1p(np.exp(logits)).sum(1), rtol=1e-5)
