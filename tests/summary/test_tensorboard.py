"""The real TensorBoard shows what a program wrote."""

import json
import pathlib
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format
from tensorboard.plugins.custom_scalar import layout_pb2

import millpond as tf
from millpond.summary import projector

STEPS = 5
LOSSES = layout_pb2.Chart(title="losses", multiline=layout_pb2.MultilineChartContent(tag=["loss"]))
LAYOUT = layout_pb2.Layout(category=[layout_pb2.Category(title="training", chart=[LOSSES])])
EMBEDDINGS = projector.ProjectorConfig(
    embeddings=[projector.EmbeddingInfo(tensor_name="words", tensor_path="words.tsv")]
)
Ask = Callable[..., Any]


def write_run(folder: pathlib.Path) -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [2], name="x")
        with tf.name_scope("network"):
            with tf.name_scope("fc1"):
                y = tf.add(x, 1.0, name="shifted")
            with tf.name_scope("fc2"):
                z = tf.multiply(y, y, name="squared")
        tf.summary.scalar("loss", tf.multiply(x[0], 1.0))
        tf.summary.histogram("values", z)
        tf.summary.image("picture", np.zeros([1, 2, 2, 3], np.uint8))
        tf.summary.audio("sound", np.zeros([1, 8], np.float32), 8000)
        tf.summary.text("notes", tf.constant("**bold**"))
        tf.summary.pr_curve("curve", [True, False, True], [0.9, 0.6, 0.4], num_thresholds=3)
        merged = tf.summary.merge_all()
        with tf.summary.FileWriter(folder, session.graph) as writer:
            writer.add_summary(tf.summary.custom_scalar_pb(LAYOUT))
            projector.visualize_embeddings(writer, EMBEDDINGS)
            np.savetxt(folder / "words.tsv", [[1.0, 2.0], [3.0, 4.0]], delimiter="\t")
            for step in range(STEPS):
                writer.add_summary(session.run(merged, {x: [step / 2, 0.0]}), step)


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory, start_tensorboard: Callable[[pathlib.Path], str]) -> Ask:
    """Asks a TensorBoard of its own for a page of a plugin, until what comes satisfies `until`."""
    folder = tmp_path_factory.mktemp("run")
    write_run(folder)
    address = start_tensorboard(folder)

    def ask_page(page: str, until: Callable[[bytes], bool] = bool, **query: str) -> bytes:
        url = f"{address}data/{page}?{urllib.parse.urlencode(query)}"
        deadline = time.monotonic() + 300
        while True:
            try:
                with urllib.request.urlopen(url, timeout=300) as response:
                    content = response.read()
            except urllib.error.HTTPError as error:
                content = error.read()
                if time.monotonic() > deadline:
                    raise AssertionError(f"{url}: {error.code} {content[:500]!r}") from error
            else:
                if until(content):
                    return content
                assert time.monotonic() < deadline, f"{url}: {content[:500]!r}"
            time.sleep(0.1)

    return ask_page


def tags(ask: Ask, plugin: str) -> Any:
    return json.loads(ask(f"plugin/{plugin}/tags", lambda content: "." in json.loads(content)))["."]


@pytest.mark.slow
def test_scalars(ask: Ask) -> None:
    assert list(tags(ask, "scalars")) == ["loss"]
    points = json.loads(
        ask("plugin/scalars/scalars", lambda content: len(json.loads(content)) == STEPS, run=".", tag="loss")
    )
    assert [(step, value) for _, step, value in points] == [(step, step / 2) for step in range(STEPS)]


@pytest.mark.slow
def test_graph_with_nested_scopes(ask: Ask) -> None:
    graph = text_format.Parse(ask("plugin/graphs/graph", run=".", conceptual="false"), tf.GraphDef())
    nodes = {node.name: node for node in graph.node}
    assert list(nodes["network/fc2/squared"].input) == ["network/fc1/shifted", "network/fc1/shifted"]
    assert nodes["network/fc1/shifted"].attr["_output_shapes"].list.shape[0].dim[0].size == 2
    assert nodes["loss"].op == "ScalarSummary"


@pytest.mark.slow
def test_other_plugins(ask: Ask) -> None:
    assert list(tags(ask, "histograms")) == ["values"]
    assert list(tags(ask, "images")) == ["picture/image/0"]
    assert list(tags(ask, "audio")) == ["sound/audio/0"]
    assert list(tags(ask, "text")) == ["notes"]
    (*_, last) = json.loads(ask("plugin/text/text", run=".", tag="notes"))
    assert "<strong>bold</strong>" in last["text"]


@pytest.mark.slow
def test_precision_recall_curves(ask: Ask) -> None:
    assert list(tags(ask, "pr_curves")) == ["curve/pr_curves"]
    curves = json.loads(ask("plugin/pr_curves/pr_curves", run=".", tag="curve/pr_curves"))["."]
    assert [curve["step"] for curve in curves] == list(range(STEPS))
    # TensorBoard leaves out the end of the curve, where nothing is counted as positive.
    assert curves[-1]["thresholds"] == [0.0, 0.5]
    assert (curves[-1]["true_positives"], curves[-1]["false_positives"]) == ([2, 1], [1, 1])


@pytest.mark.slow
def test_layout_of_custom_scalars(ask: Ask) -> None:
    layout = json.loads(ask("plugin/custom_scalars/layout", lambda content: content.strip() != b"{}"))
    assert [chart["title"] for chart in layout["category"][0]["chart"]] == ["losses"]


@pytest.mark.slow
def test_embeddings(ask: Ask) -> None:
    info = json.loads(ask("plugin/projector/info", run="."))
    assert info["embeddings"][0]["tensorName"] == "words"
    vectors = np.frombuffer(ask("plugin/projector/tensor", run=".", name="words"), np.float32)
    np.testing.assert_array_equal(vectors, [1.0, 2.0, 3.0, 4.0])
