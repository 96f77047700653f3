"""Summaries are those of TensorFlow, which wrote `tests/data/tensorflow/summaries.tfrecord`."""

import io
import pathlib

import numpy as np
import pytest
from PIL import Image
from tensorboard.compat.proto import tensor_pb2

import millpond as tf
from millpond.formats.records import RecordReader
from millpond.formats.tensors import from_tensor_proto

FILE = pathlib.Path(__file__).parents[1] / "data" / "tensorflow" / "summaries.tfrecord"

COVERS = {"ScalarSummary", "HistogramSummary", "ImageSummary", "AudioSummaryV2", "TensorSummaryV2", "MergeSummary"}


def recorded() -> dict[str, tuple[np.ndarray, tf.Summary]]:
    records = iter(RecordReader(FILE, "ZLIB"))
    return {
        name.decode(): (
            from_tensor_proto(tensor_pb2.TensorProto.FromString(next(records))),
            tf.Summary.FromString(next(records)),
        )
        for name in records
    }


RECORDED = recorded()


def pixels(summary: tf.Summary) -> list[np.ndarray]:
    """Takes the pictures out of a summary, because two programs may compress the same picture differently."""
    found = []
    for value in summary.value:
        found.append(np.array(Image.open(io.BytesIO(value.image.encoded_image_string))))
        value.image.encoded_image_string = b""
    return found


@pytest.mark.parametrize("case", RECORDED)
def test_summary_equals_tensorflows(case: str) -> None:
    kind, name = case.split("/")
    value, expected = RECORDED[case]
    more = (8000.0,) if kind == "audio" else ()
    op = getattr(tf.summary, kind)(name, tf.constant(value), *more)
    with tf.Session() as session:
        actual = tf.Summary.FromString(session.run(op))
    if kind == "image":
        for ours, theirs in zip(pixels(actual), pixels(expected), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert actual == expected


def test_all_kinds_are_recorded() -> None:
    assert {case.split("/")[0] for case in RECORDED} == {
        "histogram",
        "image",
        "audio",
        "text",
        "tensor_summary",
        "scalar",
    }
