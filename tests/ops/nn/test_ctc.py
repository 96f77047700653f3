"""Connectionist temporal classification, against all paths written out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import millpond as tf

COVERS = {"CTCLoss", "CTCGreedyDecoder", "CTCBeamSearchDecoder"}
TIME, CLASSES = 4, 3  # the blank is class 2
LOGITS = np.random.default_rng(1).normal(size=(TIME, 2, CLASSES)).astype(np.float32) * 2


def read(path: tuple[int, ...]) -> tuple[int, ...]:
    merged = [label for i, label in enumerate(path) if i == 0 or label != path[i - 1]]
    return tuple(label for label in merged if label != CLASSES - 1)


def probabilities(logits: np.ndarray) -> dict[tuple[int, ...], float]:
    """The probability of each sequence of labels: the sum over all paths."""
    powers = np.exp(logits.astype(np.float64))
    powers /= powers.sum(-1, keepdims=True)
    sums: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(CLASSES), repeat=len(logits)):
        sums[read(path)] = sums.get(read(path), 0.0) + float(np.prod([powers[t, k] for t, k in enumerate(path)]))
    return sums


def sparse(rows: list[list[int]]) -> tf.SparseTensor:
    indices = [[i, j] for i, row in enumerate(rows) for j in range(len(row))]
    values = np.array([label for row in rows for label in row], np.int32)
    return tf.SparseTensor(np.array(indices, np.int64).reshape(-1, 2), values, [len(rows), TIME])


@pytest.mark.parametrize("rows", [[[0, 1], [1]], [[0, 0], []], [[1, 0, 1], [0, 1, 0, 1]]])
def test_the_loss_is_that_of_all_paths(rows: list[list[int]]) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        loss = sess.run(tf.nn.ctc_loss(sparse(rows), LOGITS, [TIME, TIME]))
    wanted = [-np.log(probabilities(LOGITS[:, i])[tuple(row)]) for i, row in enumerate(rows)]
    np.testing.assert_allclose(loss, wanted, rtol=1e-5)


def test_the_gradient_is_the_slope_up_to_the_length() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float64, LOGITS.shape)
        loss = tf.nn.ctc_loss(sparse([[0, 1], [1, 1]]), x, [TIME, 3])
        total = tf.reduce_sum(loss * tf.constant([1.0, 3.0], tf.float64))
        values = LOGITS.astype(np.float64)
        grad = sess.run(tf.gradients(total, x)[0], {x: values})
        numeric = np.zeros(values.shape)
        for index in np.ndindex(values.shape):
            ends = []
            for step in (1e-5, -1e-5):
                moved = values.copy()
                moved[index] += step
                ends.append(sess.run(total, {x: moved}))
            numeric[index] = (ends[0] - ends[1]) / 2e-5
    np.testing.assert_allclose(grad, numeric, rtol=1e-5, atol=1e-8)
    assert np.all(grad[3, 1] == 0)


def test_batch_major_inputs_are_turned() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        one = tf.nn.ctc_loss(sparse([[0, 1], [1]]), LOGITS, [TIME, TIME])
        two = tf.nn.ctc_loss(sparse([[0, 1], [1]]), LOGITS.transpose(1, 0, 2), [TIME, TIME], time_major=False)
        np.testing.assert_array_equal(*sess.run([one, two]))


def test_labels_that_do_not_fit() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"required: 5, available: 4"):
            sess.run(tf.nn.ctc_loss(sparse([[0, 0, 0], [1]]), LOGITS, [TIME, TIME]))
        ignored = tf.nn.ctc_loss(sparse([[0, 0, 0], [1]]), LOGITS, [TIME, TIME], ignore_longer_outputs_than_inputs=True)
        assert sess.run(ignored)[0] == 0
        with pytest.raises(tf.errors.InvalidArgumentError, match="last class is the blank"):
            sess.run(tf.nn.ctc_loss(sparse([[2], [1]]), LOGITS, [TIME, TIME]))
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"must be in \[0, 4\]"):
            sess.run(tf.nn.ctc_loss(sparse([[0], [1]]), LOGITS, [TIME, 5]))
        with pytest.raises(TypeError, match="SparseTensor"):
            tf.nn.ctc_loss([[0]], LOGITS, [TIME, TIME])


def test_greedy_decoding_follows_the_best_path() -> None:
    best = np.array([[0, 1, 1], [0, 2, 1], [2, 2, 0], [0, 1, 0]])
    logits = np.eye(CLASSES, dtype=np.float32)[best]
    with tf.Graph().as_default(), tf.Session() as sess:
        (merged,), scores = sess.run(tf.nn.ctc_greedy_decoder(logits, [4, 4, 3]))
        (plain,), _ = sess.run(tf.nn.ctc_greedy_decoder(logits, [4, 4, 3], merge_repeated=False))
    assert merged.values.tolist() == [0, 0, 1, 1, 1, 0]
    assert merged.indices.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]]
    assert plain.values.tolist() == [0, 0, 0, 1, 1, 1, 1, 0]
    assert plain.dense_shape.tolist() == [3, 3]
    np.testing.assert_array_equal(scores, [[-4], [-4], [-3]])


def test_a_wide_beam_finds_the_most_probable_labels() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        decoded, scores = sess.run(tf.nn.ctc_beam_search_decoder(LOGITS, [TIME, TIME], 200, 3, merge_repeated=False))
    for example in range(2):
        ranked = sorted(probabilities(LOGITS[:, example]).items(), key=lambda item: -item[1])[:3]
        np.testing.assert_allclose(scores[example], np.log([probability for _, probability in ranked]), rtol=1e-5)
        for place, (labels, _) in enumerate(ranked):
            found = decoded[place].values[decoded[place].indices[:, 0] == example]
            assert tuple(found) == labels
