"""Summaries for TensorBoard's own plugins: precision-recall curves, custom scalars, the embedding projector.

The expected numbers and messages are what TensorBoard's own functions write when TensorFlow runs them.
"""

import pathlib
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format
from tensorboard.plugins.custom_scalar import layout_pb2

import millpond as tf
from millpond.formats.tensors import from_tensor_proto
from millpond.summary import projector

LABELS = np.array([[True, True, True], [True, False, True]])
PREDICTIONS = np.array([[0.4375872, 0.891773, 0.96366274], [0.3834415, 0.79172504, 0.5288949]], np.float32)
WEIGHTS = [[1.0, 2.0, 3.0]] * 2
WEIGHTED = [
    [10, 10, 5, 0],
    [2, 2, 2, 0],
    [0, 0, 0, 2],
    [0, 0, 5, 10],
    [10 / 12, 10 / 12, 5 / 7, 0],
    [1, 1, 0.5, 0],
]
COUNTED = [
    [5, 5, 2, 0],
    [1, 1, 1, 0],
    [0, 0, 0, 1],
    [0, 0, 3, 5],
    [5 / 6, 5 / 6, 2 / 3, 0],
    [1, 1, 0.4, 0],
]


def run(summary: Any) -> Any:
    with tf.Session() as session:
        (value,) = tf.Summary.FromString(session.run(summary)).value
    return value


def test_pr_curve(tier: str) -> None:
    curve = tf.summary.pr_curve("curve", tf.constant(LABELS), tf.constant(PREDICTIONS), 4, tf.constant(WEIGHTS))
    assert curve.name == "curve/pr_curves:0" and tf.get_collection(tf.GraphKeys.SUMMARIES) == [curve]
    value = run(curve)
    assert value.tag == "curve/pr_curves"
    np.testing.assert_allclose(from_tensor_proto(value.tensor), np.array(WEIGHTED, np.float32), rtol=1e-6)
    expected = tf.SummaryMetadata(display_name="curve")
    expected.plugin_data.plugin_name, expected.plugin_data.content = "pr_curves", b"\x10\x04"
    assert value.metadata == expected


def test_pr_curve_in_a_scope_with_its_texts() -> None:
    with tf.name_scope("scope"):
        value = run(
            tf.summary.pr_curve("curve", LABELS, PREDICTIONS, 4, display_name="Title", description="*text*")
        )
    assert value.tag == "scope/curve/pr_curves"
    assert (value.metadata.display_name, value.metadata.summary_description) == ("Title", "*text*")
    np.testing.assert_allclose(from_tensor_proto(value.tensor), np.array(COUNTED, np.float32), rtol=1e-6)


def test_pr_curve_without_a_graph_is_the_same() -> None:
    (value,) = tf.summary.pr_curve_pb("curve", LABELS, PREDICTIONS, 4, WEIGHTS).value
    assert value == run(tf.summary.pr_curve("curve", LABELS, PREDICTIONS, 4, tf.constant(WEIGHTS)))


def test_pr_curve_of_counts_gathered_elsewhere() -> None:
    rows = [tf.constant(row, tf.float32) for row in COUNTED]
    value = run(tf.summary.pr_curve_raw_data("curve", *rows, num_thresholds=4))
    assert value.tag == "curve/pr_curves" and value.metadata.plugin_data.content == b"\x10\x04"
    np.testing.assert_allclose(from_tensor_proto(value.tensor), np.array(COUNTED, np.float32), rtol=1e-6)


def test_pr_curve_refuses() -> None:
    with pytest.raises(TypeError, match="labels must be of dtype bool, got .* float32"):
        tf.summary.pr_curve("curve", LABELS.astype(np.float32), PREDICTIONS)
    with pytest.raises(ValueError, match="at least 2, got 1"):
        tf.summary.pr_curve("curve", LABELS, PREDICTIONS, num_thresholds=1)
    with pytest.raises(TypeError, match="bool"):
        tf.summary.pr_curve_pb("curve", PREDICTIONS, PREDICTIONS)
    with pytest.raises(ValueError, match=r"shape of labels, \[2, 3\], got \[3\]"):
        tf.summary.pr_curve_pb("curve", LABELS, PREDICTIONS[0])


def layout() -> Any:
    chart = layout_pb2.Chart(title="c", multiline=layout_pb2.MultilineChartContent(tag=["a"]))
    return layout_pb2.Layout(category=[layout_pb2.Category(title="x", chart=[chart])])


def test_custom_scalars() -> None:
    summary = tf.summary.custom_scalar(layout())
    assert summary.name == "custom_scalars__config__:0"
    value = run(summary)
    assert text_format.MessageToString(value) == text_format.MessageToString(
        text_format.Parse(
            r"""
            tag: "custom_scalars__config__"
            tensor { dtype: DT_STRING tensor_shape {} string_val: "\022\r\n\001x\022\010\n\001c\022\003\n\001a" }
            metadata { plugin_data { plugin_name: "custom_scalars" } }
            """,
            tf.Summary.Value(),
        )
    )
    assert tf.summary.custom_scalar_pb(layout()).value[0] == value
    with pytest.raises(TypeError, match="layout_pb2.Layout, got dict"):
        tf.summary.custom_scalar({"title": "x"})


def test_projector_file(tmp_path: pathlib.Path) -> None:
    config = projector.ProjectorConfig()
    entry = config.embeddings.add(tensor_name="words", metadata_path="words.tsv")
    entry.sprite.image_path = "sprite.png"
    entry.sprite.single_image_dim.extend([28, 28])
    with tf.summary.FileWriter(tmp_path / "run") as writer:
        projector.visualize_embeddings(writer, config)
    written = (tmp_path / "run" / "projector_config.pbtxt").read_text()
    assert text_format.Parse(written, projector.ProjectorConfig()) == config
    projector.visualize_embeddings(str(tmp_path / "other" / "run"), config)
    assert (tmp_path / "other" / "run" / "projector_config.pbtxt").read_text() == written
    with pytest.raises(TypeError, match="ProjectorConfig"):
        projector.visualize_embeddings(writer, entry)
    with pytest.raises(ValueError, match="tensor_name"):
        projector.visualize_embeddings(writer, projector.ProjectorConfig(embeddings=[projector.EmbeddingInfo()]))
