"""What a user sees of imported graphs with control flow of TensorFlow 1: names, maps, gradients, collections."""

from __future__ import annotations

from typing import Any

import frame_graphs
import numpy as np
import pytest
from frame_graphs import FLOAT

import millpond as tf


def test_each_import_has_loops_of_its_own(default_graph: tf.Graph) -> None:
    message = frame_graphs.small_loop().message
    (one,) = tf.import_graph_def(message, {"x": tf.constant(3.0)}, ["while/Exit:0"], name="one")
    (two,) = tf.import_graph_def(message, {"x": tf.constant(0.5)}, ["while/Exit:0"], name="two")
    with tf.Session() as sess:
        assert sess.run([one, two]) == [12.0, 16.0]
    assert [one.name, two.name] == ["one/while/Exit:0", "two/while/Exit:0"]


def test_an_input_that_is_used_inside_can_be_replaced(default_graph: tf.Graph) -> None:
    message = frame_graphs.small_loop().message
    limit = tf.placeholder(tf.float32)
    (y,) = tf.import_graph_def(message, {"limit:0": limit, "x": 1.0}, ["while/Exit"])
    with tf.Session() as sess:
        assert [sess.run(y.outputs[0], {limit: v}) for v in (3.0, 100.0)] == [4.0, 128.0]


def test_a_part_of_a_graph_has_inputs_from_outside(default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_loop()
    builder.remove("x")
    builder.remove("limit")
    with pytest.raises(ValueError, match="Unknown input node 'x'"):
        tf.import_graph_def(builder.message)
    mapped = {"x": tf.constant(3.0), "limit": tf.constant(20.0)}
    (y,) = tf.import_graph_def(builder.message, mapped, ["while/Exit:0"])
    with tf.Session() as sess:
        assert sess.run(y) == 24.0


def test_what_leads_out_of_a_loop_can_be_fed(default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_loop()
    builder.node("y", "Neg", "while/Exit", T=FLOAT)
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        assert sess.run("y:0", {"while/Exit:0": 5.0}) == -5.0


def test_a_tensor_inside_is_not_in_the_graph(default_graph: tf.Graph) -> None:
    tf.import_graph_def(frame_graphs.small_loop().message, name="")
    with pytest.raises(KeyError, match="while/add"):
        default_graph.get_tensor_by_name("while/add:0")
    with pytest.raises(ValueError, match="'while/add:0' not found in graph def"):
        tf.import_graph_def(frame_graphs.small_loop().message, return_elements=["while/add:0"])


def test_gradients_go_through_imported_loops_and_branches(tier: str, default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_loop()
    builder.placeholder("p", frame_graphs.BOOL)
    builder.cond("cond", "while/Exit", "p")
    x = tf.placeholder(tf.float32, [])
    (y,) = tf.import_graph_def(builder.message, {"x": x}, ["cond/Merge:0"], name="")
    (dx,) = tf.gradients(y, x)
    (dxx,) = tf.gradients(dx, x)
    with tf.Session() as sess:
        # Four times x, squared or not.
        assert sess.run([y, dx, dxx], {x: 3.0, "p:0": True}) == [144.0, 96.0, 32.0]
        assert sess.run([y, dx], {x: 3.0, "p:0": False}) == [-12.0, -4.0]


def test_what_shares_a_device_with_a_node_inside_is_free(default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_loop()
    builder.node("y", "Neg", "while/Exit", T=FLOAT)
    builder.find("y").attr["_class"].list.s.extend([b"loc:@while/add", b"loc:@x"])
    tf.import_graph_def(builder.message, name="")
    assert default_graph.get_operation_by_name("y").colocation_groups() == [b"loc:@x"]


def test_an_imported_loop_is_written_as_what_it_has_become(default_graph: tf.Graph) -> None:
    tf.import_graph_def(frame_graphs.small_loop().message, name="")
    message = default_graph.as_graph_def()
    assert [node.op for node in message.node] == ["Placeholder", "Const", "StatelessWhile", "Identity"]
    with tf.Graph().as_default(), tf.Session() as sess:
        (y,) = tf.import_graph_def(message, {"x": tf.constant(3.0)}, ["while/Exit:0"])
        assert sess.run(y) == 12.0


def test_a_graph_is_not_changed_by_being_imported(default_graph: tf.Graph) -> None:
    message = frame_graphs.small_loop().message
    before = message.SerializeToString()
    tf.import_graph_def(message)
    assert message.SerializeToString() == before


def meta_graph(*losses: str) -> Any:
    message = tf.MetaGraphDef()
    message.graph_def.CopyFrom(frame_graphs.small_loop().message)
    message.collection_def["losses"].node_list.value.extend(losses)
    message.collection_def["while_context"].bytes_list.value.append(b"\n\x03abc")
    return message


def test_collections_keep_what_is_still_in_the_graph(
    default_graph: tf.Graph, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("millpond.logs.LOGGER.propagate", True)
    tf.train.import_meta_graph(meta_graph("while/add:0", "while/Exit:0", "while/Merge:0"), import_scope="part")
    assert [tensor.name for tensor in tf.get_collection("losses")] == ["part/while/Exit:0"]
    assert "'losses' loses what lies inside of loops and branches: while/add:0, while/Merge:0" in caplog.text
    assert "while_context" not in default_graph.get_all_collection_keys()


def test_a_collection_of_what_never_was_is_refused(default_graph: tf.Graph) -> None:
    with pytest.raises(KeyError, match="nowhere"):
        tf.train.import_meta_graph(meta_graph("nowhere:0"))


def test_an_imported_loop_runs_often(default_graph: tf.Graph) -> None:
    tf.import_graph_def(frame_graphs.small_loop().message, name="")
    with tf.Session() as sess:
        found = [sess.run("while/Exit:0", {"x:0": float(i + 1)}) for i in range(50)]
    expected = [next(v for v in (float(i + 1) * 2.0**k for k in range(9)) if v >= 10.0) for i in range(50)]
    np.testing.assert_array_equal(found, expected)
