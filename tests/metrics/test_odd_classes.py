"""Classes that no prediction has, and predictions that are whole numbers."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf
from millpond.compat.inside.metrics import _confusion_matrix_at_thresholds


@pytest.mark.parametrize("class_id", [-2, -1, 0, 4])
@pytest.mark.parametrize("metric", [tf.metrics.precision_at_k, tf.metrics.recall_at_k])
def test_the_share_of_a_class_that_nothing_has_is_no_number(metric: object, class_id: int, tier: str) -> None:
    scores = tf.constant([[0.1, 0.3, 0.2, 0.4], [0.1, 0.2, 0.3, 0.4]])
    value, update = metric(tf.constant([[3], [2]], tf.int64), scores, 1, class_id)  # type: ignore[operator]
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        assert np.isnan(session.run(update)) and np.isnan(session.run(value))


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64, tf.float64])
def test_predictions_may_be_whole_numbers(dtype: tf.DType, tier: str) -> None:
    predictions = tf.constant([1, 0, 1, 0], dtype)
    values, updates = _confusion_matrix_at_thresholds(tf.constant([1, 1, 0, 0]), predictions, [0.5], None, ("tp", "fn"))
    assert sorted(values) == ["fn", "tp"]
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        assert session.run(updates) == {"tp": [1.0], "fn": [1.0]}
