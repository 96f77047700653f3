"""k-means as programs use it: initialize, train, ask for the nearest centers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf

RNG = np.random.default_rng(0)
CENTERS = np.array([[0.0, 5.0], [5.0, 0.0], [-5.0, -5.0]])
POINTS = (CENTERS[np.arange(60) % 3] + RNG.normal(size=(60, 2)) / 2).astype(np.float32)
KMeans = tf.contrib.factorization.KMeans


def _groups(indices: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(indices == i).tolist()) for i in set(indices.tolist())}


@pytest.mark.slow
@pytest.mark.parametrize("distance", ["squared_euclidean", "cosine"])
@pytest.mark.parametrize("use_mini_batch", [True, False])
def test_points_are_put_into_their_groups(distance: str, use_mini_batch: bool, tier: str) -> None:
    x = tf.placeholder(tf.float32, [None, 2])
    model = KMeans(inputs=x, num_clusters=3, initial_clusters="kmeans_plus_plus", distance_metric=distance,
                   use_mini_batch=use_mini_batch, random_seed=1)
    all_scores, indices, scores, initialized, init, train = model.training_graph()
    average = tf.reduce_mean(scores[0])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert not sess.run(initialized)
        sess.run(init, {x: POINTS})
        assert sess.run(initialized)
        before = sess.run(average, {x: POINTS})
        for _ in range(8):
            sess.run(train, {x: POINTS})
        distances, found, least, after = sess.run([all_scores[0], indices[0], scores[0], average], {x: POINTS})
        centers = sess.run("clusters:0")
        sess.run(init, {x: POINTS})  # once is enough
        np.testing.assert_array_equal(sess.run("clusters:0"), centers)
    assert _groups(found) == _groups(np.arange(60) % 3) and found.dtype == np.int64
    assert after <= before
    np.testing.assert_array_equal(distances.argmin(1), found)
    np.testing.assert_allclose(distances.min(1), least)


def test_a_step_moves_centers_to_the_means() -> None:
    start = np.array([[1.0, 1.0], [-1.0, -1.0]], np.float32)
    both: dict[bool, Any] = {}
    for use_mini_batch in (False, True):
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [None, 2])
            model = KMeans(x, 2, initial_clusters=start, use_mini_batch=use_mini_batch)
            _, _, _, _, init, train = model.training_graph()
            with tf.Session() as sess:
                sess.run(tf.global_variables_initializer())
                sess.run(init, {x: POINTS})
                sess.run(train, {x: POINTS[:30]})
                sess.run(train, {x: POINTS[30:]})
                both[use_mini_batch] = sess.run("clusters:0")
    nearest = ((POINTS[:30, None] - start) ** 2).sum(-1).argmin(1)
    first = np.stack([POINTS[:30][nearest == i].mean(0) for i in range(2)])
    nearest_then = ((POINTS[30:, None] - first) ** 2).sum(-1).argmin(1)
    second = np.stack([POINTS[30:][nearest_then == i].mean(0) for i in range(2)])
    np.testing.assert_allclose(both[False], second, rtol=1e-4)
    groups = np.concatenate([nearest, nearest_then])
    np.testing.assert_allclose(both[True], [POINTS[groups == i].mean(0) for i in range(2)], rtol=1e-4)


def test_several_inputs_and_first_centers_of_a_function() -> None:
    parts = [tf.constant(POINTS[:20]), tf.constant(POINTS[20:])]
    model = KMeans(parts, 3, initial_clusters=lambda inputs, count: inputs[0][:count])
    all_scores, indices, _, _, init, train = model.training_graph()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(init)
        np.testing.assert_array_equal(sess.run("clusters:0"), POINTS[:3])
        sess.run(train)
        found = np.concatenate(sess.run(indices))
    assert len(all_scores) == 2 and _groups(found) == _groups(np.arange(60) % 3)


def test_what_is_unknown_is_refused() -> None:
    with pytest.raises(ValueError, match="initialization algorithm 'far'"):
        KMeans(POINTS, 3, initial_clusters="far")
    with pytest.raises(ValueError, match="distance metric"):
        KMeans(POINTS, 3, distance_metric="manhattan")
    with pytest.raises(NotImplementedError, match="mini_batch_steps_per_iteration"):
        KMeans(POINTS, 3, mini_batch_steps_per_iteration=2)
