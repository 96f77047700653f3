"""What a program does with a FileWriter, and what is in the file then."""

import errno
import gc
import os
import pathlib
import subprocess
import sys
import textwrap
import threading
import time
from typing import Any

import pytest
from tensorboard.compat.proto import event_pb2

import millpond as tf
from millpond.formats import events
from millpond.summary.file_writer import summary_iterator


def events_in(folder: pathlib.Path) -> list[event_pb2.Event]:
    found = []
    for path in sorted(folder.glob("events.out.tfevents.*")):
        found += [event for event in summary_iterator(path) if not event.file_version]
    return found


def scalar(tag: str, value: float) -> tf.Summary:
    return tf.Summary(value=[tf.Summary.Value(tag=tag, simple_value=value)])


def test_every_kind_of_event(tmp_path: pathlib.Path) -> None:
    loss = tf.summary.scalar("loss", 0.25)
    before = time.time()
    with tf.Session() as session, tf.summary.FileWriter(tmp_path, filename_suffix=".mine") as writer:
        assert writer.get_logdir() == tmp_path
        writer.add_summary(session.run(loss), global_step=3)
        writer.add_summary(scalar("hand", 2.0), 4)
        writer.add_graph(session.graph, 5)
        writer.add_meta_graph(tf.MetaGraphDef(), 6)
        writer.add_run_metadata(tf.RunMetadata(), "run", 7)
        writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), 8)
        writer.add_event(tf.Event(wall_time=1.5, step=9))
    (name,) = os.listdir(tmp_path)
    assert name.endswith(".mine")
    events = events_in(tmp_path)
    assert [event.step for event in events] == [3, 4, 5, 6, 7, 8, 9]
    assert [event.WhichOneof("what") for event in events] == [
        "summary",
        "summary",
        "graph_def",
        "meta_graph_def",
        "tagged_run_metadata",
        "session_log",
        None,
    ]
    assert (events[0].summary.value[0].tag, events[0].summary.value[0].simple_value) == ("loss", 0.25)
    assert before <= events[0].wall_time <= time.time()
    assert events[-1].wall_time == 1.5
    assert [node.name for node in tf.GraphDef.FromString(events[2].graph_def).node] == [
        "loss/tags",
        "loss/values",
        "loss",
    ]


def test_graph_given_at_once_comes_with_its_shapes(tmp_path: pathlib.Path) -> None:
    tf.placeholder(tf.float32, [2, 3], name="x")
    tf.summary.FileWriter(tmp_path, tf.get_default_graph()).close()
    graph, meta_graph = events_in(tmp_path)
    (node,) = tf.GraphDef.FromString(graph.graph_def).node
    assert [dim.size for dim in node.attr["_output_shapes"].list.shape[0].dim] == [2, 3]
    assert tf.MetaGraphDef.FromString(meta_graph.meta_graph_def).graph_def.node[0] == node


def test_metadata_is_written_once_for_each_tag(tmp_path: pathlib.Path) -> None:
    op = tf.summary.text("notes", tf.constant("a"))
    with tf.Session() as session, tf.summary.FileWriter(tmp_path) as writer:
        for step in range(3):
            writer.add_summary(session.run(op), step)
    assert [event.summary.value[0].metadata.plugin_data.plugin_name for event in events_in(tmp_path)] == [
        "text",
        "",
        "",
    ]


def test_flush_shows_what_was_added(tmp_path: pathlib.Path) -> None:
    writer = tf.train.SummaryWriter(str(tmp_path))
    for step in range(50):
        writer.add_summary(scalar("loss", step), step)
    writer.flush()
    assert [event.step for event in events_in(tmp_path)] == list(range(50))
    writer.close()


def test_a_quiet_writer_brings_its_file_up_to_date(tmp_path: pathlib.Path) -> None:
    writer = tf.summary.FileWriter(tmp_path, flush_secs=0.05)
    writer.add_summary(scalar("loss", 1.0), 1)
    deadline = time.monotonic() + 120
    while not events_in(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(events_in(tmp_path)) == 1
    writer.close()


def test_closed_writer_warns_and_reopens_in_a_new_file(tmp_path: pathlib.Path) -> None:
    writer = tf.summary.FileWriter(tmp_path)
    writer.add_summary(scalar("a", 1.0), 1)
    writer.close()
    writer.close()
    with pytest.warns(UserWarning, match="closed FileWriter"):
        writer.add_summary(scalar("lost", 1.0), 2)
    writer.reopen()
    writer.add_summary(scalar("b", 1.0), 3)
    writer.close()
    assert [event.step for event in events_in(tmp_path)] == [1, 3]
    assert len(os.listdir(tmp_path)) == 2


def test_many_threads_share_a_writer(tmp_path: pathlib.Path) -> None:
    with tf.summary.FileWriter(tmp_path, max_queue=2) as writer:
        threads = [
            threading.Thread(
                target=lambda start=start: [
                    writer.add_summary(scalar("x", 0.0), start + i) for i in range(200)
                ]
            )
            for start in (0, 1000, 2000)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(event.step for event in events_in(tmp_path)) == [
        start + i for start in (0, 1000, 2000) for i in range(200)
    ]


def test_what_was_added_survives_a_forgotten_writer(tmp_path: pathlib.Path) -> None:
    tf.summary.FileWriter(tmp_path).add_summary(scalar("a", 1.0), 1)
    gc.collect()
    assert [event.step for event in events_in(tmp_path)] == [1]


def test_what_was_added_survives_the_end_of_the_program(tmp_path: pathlib.Path) -> None:
    program = textwrap.dedent("""
        import sys
        import millpond as tf
        writer = tf.summary.FileWriter(sys.argv[1])
        for step in range(100):
            writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="a", simple_value=1.0)]), step)
    """)
    source = str(pathlib.Path(tf.__file__).parents[1])
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=True,
        timeout=600,
        env={**os.environ, "PYTHONPATH": source},
    )
    assert len(events_in(tmp_path)) == 100


class Disk:
    """A disk that can be full: half of what is written then gets there, and the rest is refused."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_full = False
        self.refused = 0
        self._write = events._write_all
        monkeypatch.setattr(events, "_write_all", self.write)

    def write(self, file: Any, data: bytes) -> None:
        if self.is_full and data:
            self._write(file, data[: len(data) // 2])
            self.refused += 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._write(file, data)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_a_full_disk_is_told_and_survived(tmp_path: pathlib.Path, disk: Disk) -> None:
    writer = tf.summary.FileWriter(tmp_path)
    writer.add_summary(scalar("a", 1.0), 1)
    writer.flush()
    for round in range(3):
        disk.is_full = True
        writer.add_summary(scalar("a", 2.0), 10 * round + 2)
        for _ in range(2):
            with pytest.raises(tf.errors.ResourceExhaustedError, match="events.out.*No space left"):
                writer.flush()
        steps = [event.step for event in events_in(tmp_path)]
        assert steps[-1] == (10 * round - 7 if round else 1), "what is in the file can be read all the while"
        disk.is_full = False
        writer.add_summary(scalar("a", 3.0), 10 * round + 3)
        writer.flush()
    writer.close()
    assert [event.step for event in events_in(tmp_path)] == [1, 2, 3, 12, 13, 22, 23], "nothing is lost"


def test_a_full_disk_is_told_once_to_who_only_adds(tmp_path: pathlib.Path, disk: Disk) -> None:
    writer = tf.summary.FileWriter(tmp_path, flush_secs=0)
    disk.is_full = True
    writer.add_summary(scalar("a", 1.0), 1)
    deadline = time.monotonic() + 20
    while not disk.refused and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    with pytest.raises(tf.errors.ResourceExhaustedError, match="No space left"):
        for step in range(2, 1000):
            writer.add_summary(scalar("a", 1.0), step)
            time.sleep(0.001)
    disk.is_full = False
    try:
        writer.flush()
    except tf.errors.ResourceExhaustedError:
        writer.flush()  # what failed between the two
    writer.add_summary(scalar("a", 1.0), 5000)
    writer.close()
    steps = [event.step for event in events_in(tmp_path)]
    assert steps[0] == 1 and steps[-1] == 5000 and steps == sorted(steps)


def test_a_disk_that_is_full_to_the_end(tmp_path: pathlib.Path, disk: Disk) -> None:
    writer = tf.summary.FileWriter(tmp_path)
    writer.add_summary(scalar("a", 1.0), 1)
    writer.flush()
    disk.is_full = True
    writer.add_summary(scalar("a", 1.0), 2)
    with pytest.raises(tf.errors.ResourceExhaustedError, match="No space left"):
        writer.close()
    assert [event.step for event in events_in(tmp_path)] == [1]
    with pytest.raises(tf.errors.ResourceExhaustedError, match="No space left"):
        writer.reopen()
    assert len(os.listdir(tmp_path)) == 1, "a file that could not be begun is gone"
    disk.is_full = False
    writer.reopen()
    writer.add_summary(scalar("a", 1.0), 3)
    writer.close()
    assert [event.step for event in events_in(tmp_path)] == [1, 3]


def test_what_cannot_be_written_does_not_fill_the_memory(
        tmp_path: pathlib.Path, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MAX_UNWRITTEN", 100_000)
    with events.EventFile(tmp_path) as file:
        disk.is_full = True
        for step in range(1, 11):
            file.write(tf.Event(step=step, file_version="x" * 30_000).SerializeToString())
            if step % 2 == 0:
                with pytest.raises(tf.errors.ResourceExhaustedError):
                    file.flush()
        disk.is_full = False
        file.write(tf.Event(step=11).SerializeToString())
    assert [event.step for event in events.read_events(file.path)] == [0, 8, 9, 10, 11], "the youngest are kept"


def test_threads_that_flush_together_are_all_told(tmp_path: pathlib.Path, disk: Disk) -> None:
    writer = tf.summary.FileWriter(tmp_path)
    disk.is_full = True
    writer.add_summary(scalar("a", 1.0), 1)
    told = []

    def flush() -> None:
        try:
            writer.flush()
        except tf.errors.ResourceExhaustedError:
            told.append(1)

    threads = [threading.Thread(target=flush) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 8
    disk.is_full = False
    writer.flush()
    assert [event.step for event in events_in(tmp_path)] == [1]
    writer.close()


def test_cache_gives_one_writer_for_each_folder(tmp_path: pathlib.Path) -> None:
    first = tf.summary.FileWriterCache.get(tmp_path / "a")
    assert tf.summary.FileWriterCache.get(tmp_path / "a") is first
    assert tf.summary.FileWriterCache.get(tmp_path / "b") is not first
    first.add_summary(scalar("x", 1.0), 1)
    tf.summary.FileWriterCache.clear()
    kinds = [event.WhichOneof("what") for event in events_in(tmp_path / "a")]
    assert kinds == ["graph_def", "meta_graph_def", "summary"]


def test_mistakes(tmp_path: pathlib.Path) -> None:
    op = tf.summary.scalar("a", 1.0)
    with tf.summary.FileWriter(tmp_path) as writer:
        with pytest.raises(TypeError, match="fetch the summary tensor with sess.run"):
            writer.add_summary(op)
        with pytest.raises(TypeError, match="must be an instance of `Graph`"):
            writer.add_graph("graph")
        with pytest.raises(ValueError, match="not both"):
            writer.add_graph(None)
        writer.add_run_metadata(tf.RunMetadata(), "step 1")
        with pytest.raises(ValueError, match="already used.*'step 1'"):
            writer.add_run_metadata(tf.RunMetadata(), "step 1")
    with pytest.raises(NotImplementedError, match="session="):
        tf.summary.FileWriter(tmp_path, session=object())
    (tmp_path / "file").write_text("")
    with pytest.raises(tf.errors.FailedPreconditionError, match="file is not a directory"):
        tf.summary.FileWriter(tmp_path / "file")
