"""Graphs with their collections as files: `export_meta_graph`, `import_meta_graph`, `write_graph`."""

from __future__ import annotations

import logging
import os
import pathlib
from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.graph import proto_functions

FILES = pathlib.Path(__file__).parents[2] / "data" / "tensorflow"


def build() -> tuple[Any, Any, Any]:
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    with tf.name_scope("layer"):
        w = tf.Variable(tf.ones([2, 3]), name="w")
        y = tf.matmul(x, w, name="y")
    return x, w, y


@pytest.mark.parametrize("as_text", [False, True])
def test_a_saved_graph_is_imported_and_restored(tmp_path: pathlib.Path, tier: str, as_text: bool) -> None:
    prefix = str(tmp_path / "model")
    with tf.Graph().as_default(), tf.Session() as sess:
        _, w, y = build()
        tf.add_to_collection("outputs", y)
        saver = tf.train.Saver(max_to_keep=3)
        sess.run(w.assign([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
        path = saver.save(sess, prefix, write_meta_graph=False)
        saver.export_meta_graph(prefix + ".meta", as_text=as_text)
    with tf.Graph().as_default(), tf.Session() as sess:
        saver = tf.train.import_meta_graph(prefix + ".meta")
        assert saver.saver_def.max_to_keep == 3
        saver.restore(sess, path)
        (y,) = tf.get_collection("outputs")
        assert sess.run(y, {"x:0": [[1.0, 1.0]]}).tolist() == [[5.0, 7.0, 9.0]]
        (v,) = tf.trainable_variables()
        assert v is tf.global_variables()[0], "one object stands for the variable in all collections"
        (slope,) = tf.gradients(y, v)
        assert sess.run(slope, {"x:0": [[1.0, 2.0]]}).tolist() == [[1.0] * 3, [2.0] * 3]


def test_a_second_import_goes_into_a_scope_of_its_own(tmp_path: pathlib.Path) -> None:
    prefix = str(tmp_path / "model")
    with tf.Graph().as_default(), tf.Session() as sess:
        _, w, _ = build()
        sess.run(w.initializer)
        path = tf.train.Saver().save(sess, prefix)
    first = tf.train.import_meta_graph(path + ".meta", import_scope="twin")
    second = tf.train.import_meta_graph(path + ".meta", import_scope="twin")
    assert [v.name for v in tf.global_variables()] == ["twin/layer/w:0", "twin_1/layer/w:0"]
    assert second.saver_def.restore_op_name == "twin_1/save/restore_all"
    with tf.Session() as sess:
        first.restore(sess, path)
        second.restore(sess, path)
        assert all((value == 1.0).all() for value in sess.run(tf.global_variables()))


def test_collections_come_back_as_they_were(default_graph: tf.Graph) -> None:
    _, w, y = build()
    for key, items in {"tensors": [y], "ops": [y.op], "numbers": [3, 4], "parts": [0.5], "words": ["a", b"b"],
                       "weights": [w]}.items():
        for item in items:
            tf.add_to_collection(key, item)
    message = tf.train.export_meta_graph()
    with tf.Graph().as_default() as graph:
        assert tf.train.import_meta_graph(message) is not None, "variables need a Saver"
        y = graph.get_tensor_by_name("layer/y:0")
        expected = {"tensors": [y], "ops": [y.op], "numbers": [3, 4], "parts": [0.5], "words": [b"a", b"b"],
                    "weights": [graph.get_tensor_by_name("layer/w:0")]}
        assert {key: tf.get_collection(key) for key in expected} == expected


def test_what_has_no_form_in_a_message_is_left_out_with_a_warning(
        default_graph: tf.Graph, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("tensorflow"), "propagate", True)
    tf.add_to_collection("objects", object())
    tf.add_to_collection(("a", "tuple"), 3)
    tf.add_to_collection("mixed", tf.constant(1.0))
    tf.add_to_collection("mixed", 3)
    assert dict(tf.train.export_meta_graph().collection_def) == {}
    assert all(word in caplog.text for word in ("objects", "mixed", "tuple"))


def test_a_graph_without_variables_has_no_saver() -> None:
    with tf.Graph().as_default():
        tf.constant(1.0, name="c")
        message = tf.train.export_meta_graph()
    assert tf.train.import_meta_graph(message) is None


def test_an_own_kind_of_item_is_written_and_read_by_registered_functions() -> None:
    class Setting:
        def __init__(self, text: str) -> None:
            self.text = text

    proto_functions.register_proto_function(
        "settings", tf.Summary.Value,
        to_proto=lambda item, export_scope=None: tf.Summary.Value(tag=item.text),
        from_proto=lambda message, import_scope=None: Setting(f"{import_scope}: {message.tag}"))
    with tf.Graph().as_default():
        tf.add_to_collection("settings", Setting("loud"))
        message = tf.train.export_meta_graph()
    tf.train.import_meta_graph(message, import_scope="s")
    assert [item.text for item in tf.get_collection("settings")] == ["s: loud"]
    message.collection_def["settings"].bytes_list.value[0] = b"\xff\xff"
    with pytest.raises(tf.errors.DataLossError, match="item of the collection 'settings'"):
        tf.train.import_meta_graph(message)
    with pytest.raises(TypeError, match="must be callable"):
        proto_functions.register_proto_function("settings", tf.Summary.Value, to_proto=3)


def test_part_of_a_graph_is_exported_and_put_elsewhere(tier: str) -> None:
    with tf.Graph().as_default():
        build()
        message = tf.train.export_meta_graph(export_scope="layer")
    assert [node.name for node in message.graph_def.node] == ["ones", "w", "w/Assign", "w/read", "y"]
    with pytest.raises(ValueError, match=r"unbound inputs: \$unbound_inputs_x. Must provide .* input_map"):
        tf.train.import_meta_graph(message)
    x = tf.placeholder(tf.float32, [None, 2])
    tf.train.import_meta_graph(message, import_scope="copy", input_map={"$unbound_inputs_x": x})
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run("copy/y:0", {x: [[1.0, 2.0]]}).tolist() == [[3.0, 3.0, 3.0]]
    assert [v.name for v in tf.trainable_variables()] == ["copy/w:0"]


def test_devices_are_cleared_on_request(default_graph: tf.Graph) -> None:
    with tf.device("/job:ps"):
        tf.constant(1.0, name="c")
    message = tf.train.export_meta_graph()
    with tf.Graph().as_default() as graph:
        tf.train.import_meta_graph(message)
        tf.train.import_meta_graph(message, clear_devices=True, import_scope="free")
        assert [op.device for op in graph.get_operations()] == ["/job:ps", ""]
    assert message.graph_def.node[0].device == "/job:ps", "the message is left as it is"


def test_queue_like_runners_and_savers_come_back(default_graph: tf.Graph) -> None:
    build()
    saver = tf.train.Saver()
    tf.add_to_collection(tf.GraphKeys.SAVERS, saver)
    message = tf.train.export_meta_graph()
    with tf.Graph().as_default():
        tf.train.import_meta_graph(message)
        (found,) = tf.get_collection(tf.GraphKeys.SAVERS)
        assert isinstance(found, tf.train.Saver) and found.saver_def == saver.saver_def


def test_a_missing_or_damaged_file_is_named(tmp_path: pathlib.Path, default_graph: tf.Graph) -> None:
    with pytest.raises(OSError, match="File does not exist. Received: .*nothing.meta"):
        tf.train.import_meta_graph(tmp_path / "nothing.meta")
    path = tmp_path / "bad.meta"
    path.write_bytes(b"\xff\xff\xff no message")
    with pytest.raises(OSError, match=r"Cannot parse file .*bad.meta: neither bytes .* nor text .* MetaGraphDef"):
        tf.train.import_meta_graph(path)
    assert default_graph.get_operations() == []


def test_a_collection_of_unknown_nodes_leaves_the_collections_alone(default_graph: tf.Graph) -> None:
    message = tf.MetaGraphDef()
    message.collection_def["a"].int64_list.value.append(3)
    message.collection_def["b"].node_list.value.append("nowhere:0")
    with pytest.raises(KeyError, match="nowhere"):
        tf.train.import_meta_graph(message)
    assert default_graph.get_all_collection_keys() == []


@pytest.mark.parametrize("kind", ["references", "resources"])
def test_training_started_in_tensorflow_goes_on(kind: str, tier: str) -> None:
    values = np.load(FILES / "mlp" / "values.npz")
    saver = tf.train.import_meta_graph(str(FILES / "mlp" / f"{kind}.ckpt.meta"))
    feed = {"x:0": values["x"], "labels:0": values["labels"]}
    with tf.Session() as sess:
        saver.restore(sess, str(FILES / "mlp" / f"{kind}.ckpt"))
        np.testing.assert_allclose(sess.run("probabilities:0", feed), values["probabilities"], rtol=1e-5)
        np.testing.assert_allclose(sess.run("loss:0", feed), values["loss"], rtol=1e-5)
        (train,) = tf.get_collection("train")
        sess.run(train, feed)
        np.testing.assert_allclose(sess.run("probabilities:0", feed), values["trained"], rtol=1e-5)
        np.testing.assert_allclose(sess.run("loss:0", feed), values["trained_loss"], rtol=1e-5)
        assert sess.run("global_step:0") == 2
    assert len(tf.trainable_variables()) == 4


def test_partitioned_variables_of_tensorflow_are_restored() -> None:
    folder = FILES / "saved"
    saver = tf.train.import_meta_graph(str(folder / "model.ckpt-8.meta"))
    with tf.Session() as sess:
        saver.restore(sess, str(folder / "model.ckpt-8"))
        by_name = {v.op.name: sess.run(v) for v in tf.global_variables()}
    assert by_name["layer/weights"].tolist() == [[100.0, 200.0], [300.0, 400.0]]
    assert by_name["parts/part_0"].shape == (3, 2) and by_name["parts/part_1"].shape == (2, 2)


@pytest.mark.parametrize("as_text", [False, True])
def test_write_graph(tmp_path: pathlib.Path, default_graph: tf.Graph, as_text: bool) -> None:
    tf.constant([1.5, 2.5], name="c")
    path = tf.train.write_graph(default_graph, tmp_path / "new" / "folder", "graph", as_text=as_text)
    assert path == str(tmp_path / "new" / "folder" / "graph")
    assert os.listdir(tmp_path / "new" / "folder") == ["graph"], "no temporary file is left"
    data = pathlib.Path(path).read_bytes()
    assert data.startswith(b'node {\n  name: "c"') is as_text
    assert tf.io.write_graph(default_graph.as_graph_def(), str(tmp_path), "again", as_text) == str(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == data
