"""Names, tags and mistakes of summaries."""

import logging
from collections.abc import Iterator

import numpy as np
import pytest

import millpond as tf


@pytest.fixture
def session() -> Iterator[tf.Session]:
    with tf.Session() as opened:
        yield opened


def tags(session: tf.Session, op: tf.Tensor) -> list[str]:
    return [value.tag for value in tf.Summary.FromString(session.run(op)).value]


def nodes() -> list[tuple[str, str, list[str]]]:
    return [(node.name, node.op, list(node.input)) for node in tf.get_default_graph().as_graph_def().node]


def test_tag_is_the_unique_name_in_its_scope(session: tf.Session) -> None:
    with tf.name_scope("train"):
        first = tf.summary.scalar("loss", 1.0)
        second = tf.summary.scalar("loss", 2.0)
        family = tf.summary.scalar("x", 2.0, family="all losses")
    assert [tensor.name for tensor in (first, second, family)] == [
        "train/loss:0",
        "train/loss_1:0",
        "train/all_losses/x:0",
    ]
    assert tags(session, first) == ["train/loss"]
    assert tags(session, second) == ["train/loss_1"]
    assert tags(session, family) == ["all_losses/train/all_losses/x"]


def test_characters_that_nodes_cannot_have_are_replaced(
    session: tf.Session, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("millpond").addHandler(caplog.handler)
    try:
        op = tf.summary.scalar("/my loss: a/b-c.d", 1.0)
    finally:
        logging.getLogger("millpond").removeHandler(caplog.handler)
    assert tags(session, op) == ["my_loss__a/b-c.d"]
    assert "Summary name /my loss: a/b-c.d is illegal; using my_loss__a/b-c.d instead." in caplog.text


def test_nodes_are_tensorflows() -> None:
    x = tf.placeholder(tf.float32, [None, 4, 4, 3], name="x")
    tf.summary.histogram("h", x, family="f")
    tf.summary.image("i", x)
    tf.summary.audio("a", tf.placeholder(tf.float32, name="y"), 44100)
    tf.summary.text("t", tf.placeholder(tf.string, name="z"))
    tf.summary.merge_all()
    tf.summary.merge([tf.summary.tensor_summary("s", x)], name="m m")
    assert nodes() == [
        ("x", "Placeholder", []),
        ("f/h/tag", "Const", []),
        ("f/h", "HistogramSummary", ["f/h/tag", "x"]),
        ("i/tag", "Const", []),
        ("i", "ImageSummary", ["i/tag", "x"]),
        ("y", "Placeholder", []),
        ("a/sample_rate", "Const", []),
        ("a/tag", "Const", []),
        ("a", "AudioSummaryV2", ["a/tag", "y", "a/sample_rate"]),
        ("z", "Placeholder", []),
        ("t/tag", "Const", []),
        ("t/serialized_summary_metadata", "Const", []),
        ("t", "TensorSummaryV2", ["t/tag", "z", "t/serialized_summary_metadata"]),
        ("Merge/MergeSummary", "MergeSummary", ["f/h", "i", "a", "t"]),
        ("s/tag", "Const", []),
        ("s/serialized_summary_metadata", "Const", []),
        ("s", "TensorSummaryV2", ["s/tag", "x", "s/serialized_summary_metadata"]),
        ("m_m/m_m", "MergeSummary", ["s"]),
    ]


def test_merge_all_takes_what_a_collection_has(session: tf.Session) -> None:
    assert tf.summary.merge_all() is None
    tf.summary.scalar("a", 1.0)
    with tf.name_scope("inner"):
        tf.summary.scalar("b", 1.0)
    tf.summary.scalar("c", 1.0, collections=["mine"])
    assert tags(session, tf.summary.merge_all()) == ["a", "inner/b"]
    assert tags(session, tf.summary.merge_all(scope="inner")) == ["inner/b"]
    assert tags(session, tf.summary.merge_all("mine")) == ["c"]


def test_metadata_of_a_tensor_summary(session: tf.Session) -> None:
    op = tf.summary.tensor_summary("t", [1.0], summary_description="what it is", display_name="T")
    (value,) = tf.Summary.FromString(session.run(op)).value
    assert (value.metadata.display_name, value.metadata.summary_description) == ("T", "what it is")


def test_first_outputs_of_a_batch_are_kept(session: tf.Session) -> None:
    pictures = np.zeros([5, 2, 2, 1], np.uint8)
    assert tags(session, tf.summary.image("i", pictures)) == ["i/image/0", "i/image/1", "i/image/2"]
    assert tags(session, tf.summary.image("j", pictures, max_outputs=1)) == ["j/image"]


def test_byte_string_tags_of_the_first_releases(session: tf.Session) -> None:
    a = tf.scalar_summary(b"Sum of outputs over time", 3.0, name="total_summary")
    b = tf.scalar_summary(["x", "y"], [1.0, 2.0])
    c = tf.histogram_summary("the weights", [1.0])
    d = tf.image_summary("a picture", np.zeros([1, 2, 2, 3], np.float32), max_images=1)
    e = tf.audio_summary("a sound", np.zeros([1, 4], np.float32), 8000)
    assert [op.name for op in (a, b, c, d, e)] == [
        "total_summary:0",
        "ScalarSummary:0",
        "HistogramSummary:0",
        "ImageSummary:0",
        "AudioSummary:0",
    ]
    merged = tf.merge_all_summaries()
    assert merged.name == "MergeSummary/MergeSummary:0"
    assert tags(session, merged) == [
        "Sum of outputs over time",
        "x",
        "y",
        "the weights",
        "a picture/image",
        "a sound/audio/0",
    ]
    assert tags(session, tf.merge_summary([a])) == ["Sum of outputs over time"]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: tf.summary.scalar("s", [1.0, 2.0]), r"not the same shape: \[\] != \[2\] \(tag 's'\)"),
        (
            lambda: tf.summary.histogram("s", [1.0, float("nan")]),
            r"Nan in summary histogram for: s: 1 of 2 values",
        ),
        (lambda: tf.summary.histogram("s", [float("inf")]), r"Infinity in summary histogram for: s"),
        (
            lambda: tf.summary.image("s", np.zeros([2, 2, 2, 2], np.float32)),
            r"4-D with last dim 1, 3, or 4, not \[2, 2, 2, 2\]",
        ),
        (lambda: tf.summary.audio("s", np.zeros([2], np.float32), 1.0), r"must be 3-D or 2-D, got: \[2\]"),
        (lambda: tf.summary.audio("s", np.zeros([1, 2], np.float32), 0.0), r"sample_rate must be > 0"),
        (
            lambda: tf.summary.merge([tf.summary.scalar("a", 1.0), tf.scalar_summary("a", 1.0)]),
            r"Duplicate tag a found",
        ),
    ],
)
def test_mistakes_name_the_summary(session: tf.Session, build, message: str) -> None:
    op = build()
    with pytest.raises(tf.errors.InvalidArgumentError, match=message) as raised:
        session.run(op)
    assert f"at node '{op.op.name}'" in str(raised.value)


def test_mistakes_while_building() -> None:
    with pytest.raises(TypeError, match="bool"):
        tf.summary.scalar("flag", True)
    with pytest.raises(ValueError, match="dtype string, got tf.float32"):
        tf.summary.text("t", tf.constant(1.0))
    with pytest.raises(TypeError, match="list of summaries"):
        tf.summary.merge(tf.summary.scalar("a", 1.0))
    with pytest.raises(ValueError, match="shorter than the minimum length 1"):
        tf.summary.merge([])


def test_description_of_a_tensor_summary_node() -> None:
    node = tf.NodeDef(name="n", op="TensorSummary")
    node.attr["description"].s = b'{"typeHint": "scalar"}'
    assert tf.summary.get_summary_description(node).type_hint == "scalar"
    with pytest.raises(ValueError, match="only TensorSummary nodes"):
        tf.summary.get_summary_description(tf.NodeDef(name="n", op="Const"))
