"""Event files: TensorBoard and TensorFlow read them, and theirs are read."""

import re
import socket

import pytest
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from tensorboard.compat.proto import event_pb2, graph_pb2, summary_pb2

from millpond.errors import DataLossError, NotFoundError
from millpond.formats.events import EventFile, read_events
from millpond.formats.records import RecordWriter


def scalar(step, value):
    summary = summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag="loss", simple_value=value)])
    return event_pb2.Event(step=step, wall_time=1.5, summary=summary)


def test_an_event_file_of_tensorflow_is_read(tensorflow_files):
    first, graph, meta_graph, summary = read_events(tensorflow_files / "events.out.tfevents")
    assert first.file_version == "brain.Event:2"
    nodes = graph_pb2.GraphDef.FromString(graph.graph_def).node
    assert [node.name for node in nodes if node.op == "HistogramSummary"] == ["weights"]
    assert meta_graph.WhichOneof("what") == "meta_graph_def"
    assert summary.step == 3
    loss, weights = summary.summary.value
    assert (loss.tag, loss.simple_value) == ("loss", 4.5)
    assert (weights.tag, weights.histo.num, weights.histo.min, weights.histo.max) == ("weights", 4, -1, 2.5)


def test_tensorboard_reads_what_is_written(tmp_path):
    with EventFile(tmp_path / "new" / "folder", suffix=".suffix") as file:
        file.write(scalar(1, 0.5).SerializeToString())
        file.write(scalar(2, 0.25).SerializeToString())
    first, *events = LegacyEventFileLoader(file.path).Load()
    assert (first.file_version, first.step) == ("brain.Event:2", 0)
    assert abs(first.wall_time - 1.7e9) < 1e9
    assert [(event.step, event.summary.value[0].simple_value) for event in events] == [(1, 0.5), (2, 0.25)]
    name = re.fullmatch(r"events\.out\.tfevents\.(\d{10})\.(.*)\.suffix", file.path.rpartition("/")[2])
    assert name is not None and name[2] == socket.gethostname()


def test_writers_of_the_same_second_do_not_touch_each_other(tmp_path):
    files = [EventFile(tmp_path) for _ in range(3)]
    for number, file in enumerate(files):
        file.write(scalar(number, number).SerializeToString())
        file.close()
    assert len({file.path for file in files}) == 3
    assert [[event.step for event in read_events(file.path)] for file in files] == [[0, 0], [0, 1], [0, 2]]


def test_events_are_visible_after_flush(tmp_path):
    file = EventFile(tmp_path)
    assert [event.file_version for event in read_events(file.path)] == ["brain.Event:2"]
    file.write(scalar(5, 1.0).SerializeToString())
    file.flush()
    assert [event.step for event in read_events(file.path)] == [0, 5]
    file.close()


@pytest.mark.slow
def test_damage_is_refused_after_the_events_before_it(tmp_path, tensorflow_files, refuses_damage):
    path = tmp_path / "events.out"
    path.write_bytes((tensorflow_files / "events.out.tfevents").read_bytes())
    right = list(read_events(path))
    refused = refuses_damage(path, lambda: list(read_events(path)), lambda e: e == right[: len(e)])
    assert refused > 0.99
    path.write_bytes(path.read_bytes()[:-1])
    events = read_events(path)
    assert [next(events).WhichOneof("what") for _ in range(3)] == [
        "file_version",
        "graph_def",
        "meta_graph_def",
    ]
    with pytest.raises(DataLossError, match=r"events.out: corrupted record at \d+: breaks off"):
        next(events)


def test_records_that_are_no_events_are_refused(tmp_path):
    with RecordWriter(tmp_path / "data") as writer:
        writer.write(b"\xff not a message")
    with pytest.raises(DataLossError, match="data: record at 0: expected the message Event"):
        list(read_events(tmp_path / "data"))
    with pytest.raises(NotFoundError):
        next(read_events(tmp_path / "missing"))
