"""What a program does with a FileWriter, and what is in the file then."""

import gc
import os
import pathlib
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from tensorboard.compat.proto import event_pb2

import millpond as tf
from millpond.summary import event_queue
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


def test_error_of_the_disk_reaches_the_program(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = tf.summary.FileWriter(tmp_path)

    def full(self, event: bytes) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(event_queue.EventFile, "write", full)
    writer.add_summary(scalar("a", 1.0), 1)
    with pytest.raises(tf.errors.ResourceExhaustedError, match="No space left"):
        writer.flush()


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
