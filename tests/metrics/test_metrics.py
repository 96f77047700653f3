"""Stories of `tf.metrics`: what batches add up to, where the counts lie, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from metric_cases import CASES, RECORDED, described

import millpond as tf
from millpond.public.table import MODULES

EXPECTED = json.loads(RECORDED.read_text())


def _numbers(value: Any) -> Any:
    return [_numbers(item) for item in value] if isinstance(value, list) else float(value)


@pytest.mark.parametrize("name", CASES)
def test_over_several_batches_names_and_values_are_those_of_tensorflow(name: str, tier: str) -> None:
    found, expected = described(tf, CASES[name]), EXPECTED[name]
    for values, wanted in zip(found.pop("values"), expected["values"], strict=True):
        np.testing.assert_allclose(_numbers(values), _numbers(wanted), rtol=2e-5, atol=1e-6)
    assert found == {key: value for key, value in expected.items() if key != "values"}


def test_every_metric_is_among_the_cases() -> None:
    used = " ".join(name for case in CASES.values() for name in case.__code__.co_names)
    assert [name for name in MODULES["tf.metrics"] if name not in used] == []


def test_metrics_and_updates_join_collections() -> None:
    value, update = tf.metrics.mean([1.0, 3.0], metrics_collections=["values"], updates_collections="updates")
    root = tf.metrics.root_mean_squared_error([1.0], [3.0], None, ["values"], ["updates"])
    assert tf.get_collection("values") == [value, root[0]]
    assert tf.get_collection("updates") == [update, root[1]]
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        assert sess.run(tf.get_collection("updates")) == [2.0, 2.0]


def test_the_same_metric_twice_counts_apart() -> None:
    first, second = tf.metrics.accuracy([1], [1]), tf.metrics.accuracy([1], [0])
    assert [v.name for v in tf.local_variables()] == [
        "accuracy/total:0", "accuracy/count:0", "accuracy_1/total:0", "accuracy_1/count:0"]
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        assert sess.run([first[1], second[1]]) == [1.0, 0.0]


def test_counting_begins_anew_when_the_variables_are_initialized_again() -> None:
    x = tf.placeholder(tf.float32, [None])
    value, update = tf.metrics.mean(x, name="epoch")
    restart = tf.variables_initializer(tf.local_variables("epoch/"))
    with tf.Session() as sess:
        for numbers in ([1.0, 3.0], [10.0]):
            sess.run(restart)
            sess.run(update, {x: numbers})
        assert sess.run(value) == 10.0


def test_counts_are_resources_where_the_scope_asks_for_them() -> None:
    with tf.variable_scope("eval", use_resource=True):
        value, update = tf.metrics.precision([1, 0, 1], [1, 1, 1])
    assert {v.op.type for v in tf.local_variables()} == {"VarHandleOp"}
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        assert sess.run([update, update])[0] == pytest.approx(2 / 3)
        assert sess.run(value) == pytest.approx(2 / 3)


@pytest.mark.parametrize("shape", [[None], [None, 1], None])
def test_ranks_that_only_the_run_knows(shape: Any, tier: str) -> None:
    """Weights may lack a last dimension, or have one of size 1 too many."""
    labels, weights = tf.placeholder(tf.int64), tf.placeholder(tf.float32, shape)
    _, update = tf.metrics.accuracy(labels, [[1], [2]], weights)
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        for one, other in (([[1], [0]], [3.0, 1.0]), ([1, 0], [[3.0], [1.0]])):
            if shape is None or len(shape) == np.ndim(other):
                assert sess.run(update, {labels: one, weights: other}) == 0.75


@pytest.mark.parametrize(("error", "words", "make"), [
    (ValueError, r"Shapes \(3,\) and \(2,\) are incompatible", lambda: tf.metrics.accuracy([1, 0], [1, 0, 3])),
    (ValueError, "weights can not be broadcast", lambda: tf.metrics.mean([[1.0, 0.0]], [1.0, 0.0, 3.0])),
    (ValueError, "curve must be either ROC or PR", lambda: tf.metrics.auc([1], [1.0], curve="X")),
    (ValueError, "Invalid summation_method", lambda: tf.metrics.auc([1], [1.0], summation_method="X")),
    (ValueError, "`specificity` must be in", lambda: tf.metrics.sensitivity_at_specificity([1], [1.0], 1.5)),
    (ValueError, "`sensitivity` must be in", lambda: tf.metrics.specificity_at_sensitivity([1], [1.0], -0.5)),
    (ValueError, "Unexpected labels shape", lambda: tf.metrics.recall_at_k([[[[1]]]], [[1.0]], 1)),
    (TypeError, "Types don't match", lambda: tf.metrics.recall_at_k([[1]], [[1.0, 2.0]], 1)),
    (TypeError, "labels must be int64", lambda: tf.metrics.average_precision_at_k([[1]], [[1.0, 2.0]], 1)),
    (tf.errors.InvalidArgumentError, r"must be in \[0, 1\]", lambda: tf.metrics.auc([1, 0], [2.0, 0.0])),
    (tf.errors.InvalidArgumentError, r"must be in \[0, 1\]", lambda: tf.metrics.auc([1, 0], [np.nan, 0.0])),
    (tf.errors.InvalidArgumentError, "out of bound", lambda: tf.metrics.mean_iou([1, 3], [1, 1], 2)),
])
def test_what_does_not_fit_is_refused_while_building(error: type, words: str, make: Any) -> None:
    with pytest.raises(error, match=words):
        make()


def test_predictions_out_of_range_are_refused_in_the_run_and_count_nothing(tier: str) -> None:
    scores = tf.placeholder(tf.float32, [None])
    _, update = tf.metrics.recall_at_thresholds([True, True], scores, [0.5])
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError, match="predictions must be in"):
            sess.run(update, {scores: [0.9, 1.5]})
        np.testing.assert_array_equal(sess.run(tf.local_variables()), [[0.0], [0.0]])
