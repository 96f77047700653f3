"""Files of every kind, changed at random: reading them gives something, or an error of TensorFlow's classes.

`MILLPOND_MUTATIONS=100` multiplies the number of changes that are tried, and changes the seed.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import random
import time
from collections.abc import Callable
from typing import Any

import mutations
import numpy as np
import pytest
from google.protobuf import text_format
from tensorboard.compat.proto import tensor_pb2

import millpond as tf
from millpond import logs
from millpond.formats import events
from millpond.formats.bundle import BundleWriter
from millpond.formats.bundle_index import read_index, write_index
from millpond.formats.records import RecordReader, RecordWriter
from millpond.formats.table import TableReader, TableWriter
from millpond.formats.tensors import from_tensor_proto
from millpond.protos.checkpoint import CheckpointState, SavedTensorSlices
from millpond.protos.saved_model import SavedModel
from millpond.protos.trackable_object_graph import TrackableObjectGraph

FILES = pathlib.Path(__file__).parents[1] / "data" / "tensorflow"
FACTOR = int(os.environ.get("MILLPOND_MUTATIONS", "1"))
# What reading may raise. A UnicodeError is a ValueError, but says nothing of the file.
EXPECTED = (OSError, tf.errors.OpError, ValueError, NotImplementedError)
SECONDS = 5.0

pytestmark = pytest.mark.slow

Change = Callable[[random.Random], None]


def check(change: Change, read: Callable[[], object], count: int, *also: type[Exception]) -> None:
    """Changes a file again and again, and reads it."""
    refused = 0
    for number in range(count * FACTOR):
        seed = f"{FACTOR}/{number}"
        change(random.Random(seed))
        start = time.process_time()  # the same however much else the machine does
        try:
            read()
        except (*EXPECTED, *also) as error:
            assert not isinstance(error, UnicodeError), f"change {seed}: {error!r}"
            assert not isinstance(error, tf.errors.UnknownError), f"change {seed}: {error!r}"
            assert str(error), f"change {seed} says nothing"
            refused += 1
        except Exception as error:
            raise AssertionError(f"change {seed} led to {error!r}") from error
        assert time.process_time() - start < SECONDS, f"change {seed} took long"
    assert refused, "nothing was refused: the changes do not reach what is read"


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "warning", lambda *args: None)
    monkeypatch.setattr(logs, "info", lambda *args: None)


def changing_bytes(path: pathlib.Path) -> Change:
    content = path.read_bytes()


    def change(choose: random.Random) -> None:
        path.write_bytes(mutations.changed_bytes(content, choose))

    return change


def changing_message(path: pathlib.Path, kind: Any, as_text: bool = False) -> Change:
    data = path.read_bytes()
    message = text_format.Parse(data.decode(), kind()) if as_text else kind.FromString(data)

    def change(choose: random.Random) -> None:
        changed = mutations.changed_message(message, choose)
        path.write_bytes(text_format.MessageToString(changed).encode() if as_text else changed.SerializeToString())

    return change


# Graphs.


def build(folder: pathlib.Path) -> str:
    """A model with variables of both kinds, an optimizer, collections, a saver and strings; saved, with its graph."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.get_variable("w", initializer=np.ones([2, 3], np.float32))
        part = tf.get_variable("part", [4], partitioner=tf.fixed_size_partitioner(2))
        b = tf.get_variable("b", initializer=np.zeros(3, np.float32), use_resource=True)
        words = tf.Variable(["one", "two"], name="words")
        y = tf.nn.softmax(tf.matmul(x, w) + b, name="y")
        loss = tf.reduce_mean(y) + tf.reduce_sum(part)
        step = tf.train.AdamOptimizer().minimize(loss, global_step=tf.train.get_or_create_global_step())
        for key, item in (("outputs", y), ("steps", step), ("names", "y:0"), ("numbers", 7), ("rates", 0.5)):
            tf.add_to_collection(key, item)
        with tf.device("/cpu:0"), tf.control_dependencies([y]):
            tf.reduce_max(y, name="top")
        sess.run(tf.global_variables_initializer())
        saver = tf.train.Saver()
        tf.add_to_collection(tf.GraphKeys.SAVERS, saver)
        path = saver.save(sess, folder / "model")
        saver.export_meta_graph(folder / "text.meta", as_text=True)
        tf.train.write_graph(sess.graph, folder, "graph.pb", as_text=False)
        tf.train.write_graph(sess.graph, folder, "graph.pbtxt")
        (folder / "words").write_text("one")
        for name, as_text in (("saved", False), ("saved_text", True)):
            with tf.Graph().as_default(), tf.Session() as other:
                tf.train.import_meta_graph(path + ".meta").restore(other, path)
                builder = tf.saved_model.builder.SavedModelBuilder(folder / name)
                graph = tf.get_default_graph()
                asset = tf.constant(str(folder / "words"), name="asset")
                signature = tf.saved_model.signature_def_utils.predict_signature_def(
                    {"x": graph.get_tensor_by_name("x:0")}, {"y": graph.get_tensor_by_name("y:0")})
                builder.add_meta_graph_and_variables(
                    other, ["serve"], {"serving_default": signature}, assets_collection=[asset],
                    main_op=tf.group(graph.get_tensor_by_name("words:0").op, tf.identity(asset), name="main"))
                builder.save(as_text=as_text)
        del words
    return path


def import_meta(path: pathlib.Path) -> object:
    with tf.Graph().as_default():
        return tf.train.import_meta_graph(path)


def load(folder: pathlib.Path) -> object:
    with tf.Graph().as_default(), tf.Session() as sess:
        return tf.saved_model.loader.load(sess, ["serve"], folder)


@pytest.mark.parametrize("by_field", [False, True], ids=["bytes", "fields"])
@pytest.mark.parametrize("name", ["model.meta", "text.meta"])
def test_meta_graphs(tmp_path: pathlib.Path, name: str, by_field: bool) -> None:
    build(tmp_path)
    path = tmp_path / name
    change = changing_message(path, tf.MetaGraphDef, name == "text.meta") if by_field else changing_bytes(path)
    check(change, lambda: import_meta(path), 25 if name == "model.meta" else 8)


@pytest.mark.parametrize("by_field", [False, True], ids=["bytes", "fields"])
@pytest.mark.parametrize("name", ["saved/saved_model.pb", "saved_text/saved_model.pbtxt"])
def test_saved_models(tmp_path: pathlib.Path, name: str, by_field: bool) -> None:
    build(tmp_path)
    path = tmp_path / name
    change = changing_message(path, SavedModel, name.endswith("txt")) if by_field else changing_bytes(path)
    # A RuntimeError says that no graph has the tags, or that there are several main operations.
    check(change, lambda: load(path.parent), 12 if name.endswith("pb") else 5, RuntimeError)


def test_graphs(tmp_path: pathlib.Path) -> None:
    build(tmp_path)
    message = tf.GraphDef.FromString((tmp_path / "graph.pb").read_bytes())
    changed = [message]

    def read() -> None:
        with tf.Graph().as_default():
            tf.import_graph_def(changed[0], name="")

    check(lambda choose: changed.__setitem__(0, mutations.changed_message(message, choose)), read, 30)


# Checkpoints.


def read_all(prefix: str) -> None:
    reader = tf.train.NewCheckpointReader(prefix)
    reader.debug_string()
    for name in reader.get_variable_to_shape_map():
        reader.get_tensor(name)


@pytest.mark.parametrize("suffix", [".index", ".data-00000-of-00001"])
def test_checkpoints(tmp_path: pathlib.Path, suffix: str) -> None:
    prefix = build(tmp_path)
    check(changing_bytes(pathlib.Path(prefix + suffix)), lambda: read_all(prefix), 60)


def test_indices_with_right_checksums(tmp_path: pathlib.Path) -> None:
    prefix = build(tmp_path)
    shards, entries = read_index(prefix)

    def change(choose: random.Random) -> None:
        changed = dict(entries)
        key = choose.choice(sorted(changed))
        if choose.random() < 0.2:
            changed[mutations.changed_bytes(key, choose) or b"x"] = changed.pop(key)
        else:
            changed[key] = mutations.changed_message(changed[key], choose)
        write_index(prefix, shards, changed).publish()

    check(change, lambda: read_all(prefix), 60)


def test_restoring(tmp_path: pathlib.Path) -> None:
    prefix = build(tmp_path)
    shards, entries = read_index(prefix)

    def change(choose: random.Random) -> None:
        changed = dict(entries)
        key = choose.choice(sorted(changed))
        changed[key] = mutations.changed_message(changed[key], choose)
        write_index(prefix, shards, changed).publish()

    with tf.Graph().as_default(), tf.Session() as sess:
        saver = tf.train.import_meta_graph(prefix + ".meta")
        check(change, lambda: saver.restore(sess, prefix), 25)


def test_checkpoints_of_the_first_version(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "v1"
    path.write_bytes((FILES / "v1").read_bytes())
    with open(path, "rb") as file:
        items = list(TableReader(file, "v1").items())

    def change(choose: random.Random) -> None:
        changed = dict(items)
        key = choose.choice(sorted(changed))
        changed[key] = mutations.changed_message(SavedTensorSlices.FromString(changed[key]), choose).SerializeToString()
        with open(path, "wb") as file:
            table = TableWriter(file)
            for one in sorted(changed):
                table.add(one, changed[one])
            table.finish()

    check(changing_bytes(path), lambda: read_all(str(path)), 60)
    check(change, lambda: read_all(str(path)), 60)


def test_state_files(tmp_path: pathlib.Path) -> None:
    build(tmp_path)
    path = tmp_path / "checkpoint"
    read = (tf.train.get_checkpoint_state, tf.train.latest_checkpoint)
    check(changing_bytes(path), lambda: [one(tmp_path) for one in read], 150)
    path.write_text('model_checkpoint_path: "model"\nall_model_checkpoint_paths: "model"\n')
    check(changing_message(path, CheckpointState, as_text=True), lambda: [one(tmp_path) for one in read], 100)


def test_object_graphs(tmp_path: pathlib.Path) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.get_variable("v", initializer=[1.0, 2.0])
        optimizer = tf.train.AdamOptimizer()
        optimizer.minimize(tf.reduce_sum(v))
        checkpoint = tf.train.Checkpoint(v=v, optimizer=optimizer, rest=[v, {"a": v}])
        sess.run(tf.global_variables_initializer())
        path = checkpoint.save(tmp_path / "model", session=sess)
        reader = tf.train.NewCheckpointReader(path)
        values = {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
        key = "_CHECKPOINTABLE_OBJECT_GRAPH"
        message = TrackableObjectGraph.FromString(values[key])

        def change(choose: random.Random) -> None:
            data = mutations.changed_message(message, choose).SerializeToString()
            values[key] = mutations.changed_bytes(data, choose) if choose.random() < 0.3 else data
            with BundleWriter(path) as writer:
                for name, value in values.items():
                    writer.add(name, np.array(value, object) if isinstance(value, bytes) else np.asarray(value))

        def read() -> None:
            status = checkpoint.restore(path)
            with contextlib.suppress(AssertionError):
                status.assert_consumed()
            status.run_restore_ops(sess)

        check(change, read, 40)


# Records.


def test_records(tmp_path: pathlib.Path) -> None:
    for compression in ("", "ZLIB", "GZIP"):
        path = tmp_path / f"records{compression}"
        with RecordWriter(path, compression) as writer:
            for number in range(20):
                writer.write(bytes([number]) * number * 10)
        check(changing_bytes(path), lambda: list(RecordReader(path, compression)), 80)  # noqa: B023 - called at once


def test_events(tmp_path: pathlib.Path) -> None:
    with tf.summary.FileWriter(tmp_path) as writer:
        for step in range(5):
            writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="a", simple_value=1.0)]), step)
    (path,) = tmp_path.iterdir()
    records = list(RecordReader(path))
    check(changing_bytes(path), lambda: list(events.read_events(path)), 80)

    def change(choose: random.Random) -> None:
        with RecordWriter(path) as writer:
            for record in records:
                writer.write(mutations.changed_bytes(record, choose) if choose.random() < 0.3 else record)

    check(change, lambda: list(tf.train.summary_iterator(str(path))), 80)


def test_tensors() -> None:
    records = list(RecordReader(FILES / "tensors.tfrecord", "ZLIB"))[1::2]
    protos = [tensor_pb2.TensorProto.FromString(record) for record in records]
    changed: list[Any] = []
    check(lambda choose: changed.__setitem__(slice(None), [mutations.changed_message(choose.choice(protos), choose)]),
          lambda: from_tensor_proto(changed[0], max_bytes=1 << 24), 300)
