"""`tf.train.import_meta_graph`: into which scope, graph and collections, and what damaged messages lead to."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import pytest

import millpond as tf


def exported(with_saver: bool = True) -> Any:
    with tf.Graph().as_default():
        v = tf.Variable(1.5, name="v")
        r = tf.get_variable("r", initializer=2.0, use_resource=True)
        tf.add_to_collection("sums", tf.add(v, r, name="sum"))
        tf.add_to_collection("names", "sum:0")
        tf.add_to_collection("names", "^sum")
        tf.add_to_collection("bytes", b"\xff")
        tf.add_to_collection("numbers", 7)
        saver = tf.train.Saver() if with_saver else None
        return tf.train.export_meta_graph(saver_def=saver and saver.saver_def)


@pytest.fixture
def checkpoint(tmp_path: pathlib.Path) -> str:
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.Variable(10.0, name="v")
        tf.get_variable("r", initializer=20.0)
        sess.run(tf.global_variables_initializer())
        return tf.train.Saver().save(sess, tmp_path / "model")


@pytest.mark.parametrize(("scopes", "import_scope", "expected"), [
    (["foo"], None, "foo"), (["foo", "bar"], None, "foo/bar"), (["foo"], "in", "foo/in"), ([], "in", "in"),
    (["taken"], None, "taken_1"), ([], "taken", "taken_1"), (["taken/"], None, "taken"), ([], "taken/", "taken")])
def test_everything_comes_under_the_open_name_scope(
        checkpoint: str, scopes: list[str], import_scope: str | None, expected: str) -> None:
    tf.constant(0.0, name="taken")
    graph = tf.get_default_graph()
    with tf.Session() as sess:
        opened = [graph.name_scope(scope) for scope in scopes]
        for scope in opened:
            scope.__enter__()
        saver = tf.train.import_meta_graph(exported(), import_scope=import_scope)
        for scope in reversed(opened):
            scope.__exit__(None, None, None)
        assert [v.name for v in tf.global_variables()] == [f"{expected}/v:0", f"{expected}/r:0"]
        assert saver.saver_def.restore_op_name == f"{expected}/save/restore_all"
        saver.restore(sess, checkpoint)
        assert sess.run(tf.get_collection("sums")) == [30.0]
    assert tf.get_collection("sums")[0].name == f"{expected}/sum:0"
    assert tf.get_collection("names") == [f"{expected}/sum:0", f"^{expected}/sum"], "what may name a node is renamed"
    assert (tf.get_collection("bytes"), tf.get_collection("numbers")) == ([b"\xff"], [7])


def test_a_scope_that_is_opened_again_takes_a_second_graph(checkpoint: str) -> None:
    message = exported()
    for name in ("foo", "foo_1"):
        with tf.name_scope("foo"):
            tf.train.import_meta_graph(message)
        assert [v.name for v in tf.global_variables()][-2:] == [f"{name}/v:0", f"{name}/r:0"]
    assert message == exported(), "the message stays as it was"


@pytest.mark.parametrize("with_saver", [False, True])
def test_into_a_graph_that_is_named(default_graph: tf.Graph, checkpoint: str, with_saver: bool) -> None:
    tf.Variable(1.0, name="other")
    count = len(default_graph.get_operations())
    graph = tf.Graph()
    saver = tf.train.import_meta_graph(exported(with_saver), graph=graph)
    assert len(default_graph.get_operations()) == count
    assert [v.op.name for v in graph.get_collection("variables")] == ["v", "r"]
    assert saver is not None
    with tf.Session(graph=graph) as sess:
        saver.restore(sess, checkpoint)
        assert sess.run("sum:0") == 30.0


def test_only_the_collections_that_are_wanted(default_graph: tf.Graph) -> None:
    asked = []

    def wanted(key: str) -> bool:
        asked.append(key)
        return key == "numbers"

    assert tf.train.import_meta_graph(exported(with_saver=False), restore_collections_predicate=wanted) is None
    assert default_graph.get_all_collection_keys() == ["numbers"]
    assert asked == ["bytes", "names", "numbers", "sums", "trainable_variables", "variables"]


def test_unbound_inputs_under_another_key() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [], name="x")
        with tf.name_scope("part"):
            tf.identity(x, name="y")
        message = tf.train.export_meta_graph(export_scope="part")
    message.collection_def["open"].CopyFrom(message.collection_def.pop("unbound_inputs"))
    with pytest.raises(ValueError, match="unbound inputs: .*x"):
        tf.train.import_meta_graph(message, unbound_inputs_col_name="open")
    x = tf.constant(3.0)
    tf.train.import_meta_graph(message, input_map={"$unbound_inputs_x": x}, unbound_inputs_col_name="open")
    assert tf.get_default_graph().get_tensor_by_name("y:0").op.inputs[0] is x


def test_arguments_that_there_are_not() -> None:
    with pytest.raises(TypeError, match="max_to_keep"):
        tf.train.import_meta_graph(exported(), max_to_keep=3)  # type: ignore[call-arg]


def with_garbage(message: Any) -> None:
    message.collection_def["variables"].bytes_list.value[0] = b"garbage"


def with_unknown_variable(message: Any) -> None:
    message.collection_def["variables"].bytes_list.value[0] = b"\x0a\x03foo"


def with_empty_variable(message: Any) -> None:
    message.collection_def["variables"].bytes_list.value[0] = b""


def with_unknown_node(message: Any) -> None:
    message.collection_def["sums"].node_list.value[0] = "nowhere"


def with_unknown_output(message: Any) -> None:
    message.collection_def["sums"].node_list.value[0] = "sum:7"


DAMAGES = [with_garbage, with_unknown_variable, with_empty_variable, with_unknown_node, with_unknown_output]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_with_a_damaged_collection(tmp_path: pathlib.Path, damage: Callable[[Any], None]) -> None:
    message = exported()
    damage(message)
    path = tmp_path / "model.meta"
    path.write_bytes(message.SerializeToString())
    with pytest.raises(OSError, match="Cannot parse file .*model.meta: (The name|An item of the collection)"):
        tf.train.import_meta_graph(path)
    model = tmp_path / "model"
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.saved_model.simple_save(sess, model, {"x": tf.constant(1.0)}, {"y": tf.constant(1.0)})
    saved = (model / "saved_model.pb").read_bytes()
    message.meta_info_def.tags.append("damaged")
    part = tf.MetaGraphDef(meta_info_def=message.meta_info_def, graph_def=message.graph_def,
                           collection_def=message.collection_def).SerializeToString()
    length = len(part)
    prefix = b""
    while length >= 128:
        prefix, length = prefix + bytes([length & 127 | 128]), length >> 7
    (model / "saved_model.pb").write_bytes(saved + b"\x12" + prefix + bytes([length]) + part)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.saved_model.loader.load(sess, ["serve"], model)
        with pytest.raises(OSError, match="Cannot parse file .*saved_model.pb: "):
            tf.saved_model.loader.load(sess, ["damaged"], model)


def test_a_saver_whose_nodes_are_not_there(checkpoint: str) -> None:
    message = exported()
    for field in ("restore_op_name", "filename_tensor_name", "save_tensor_name"):
        for wrong in ("nowhere", "nowhere:0", "v:7", "save/Const:x"):
            damaged = tf.MetaGraphDef()
            damaged.CopyFrom(message)
            setattr(damaged.saver_def, field, wrong)
            with tf.Graph().as_default(), tf.Session() as sess:
                saver = tf.train.import_meta_graph(damaged)
                with pytest.raises(ValueError, match=f"The {field} '{wrong}' of the saver is not in the graph"):
                    if field == "save_tensor_name":
                        saver.save(sess, checkpoint)
                    else:
                        saver.restore(sess, checkpoint)


@pytest.mark.parametrize("text", [
    "graph_def { node { attr { key: 'x' value " + "{ func { attr { key: 'y' value " * 3000 + "{ i: 1 }",
    "graph_def { versions { producer: " + "9" * 5000 + " } }",
    "graph_def { node { name: '\\U00110000' } }",
    "garbage" * 15_000,
], ids=["deep", "large", "no character", "long"])
def test_text_that_is_none(tmp_path: pathlib.Path, text: str) -> None:
    (tmp_path / "a.meta").write_text(text)
    (tmp_path / "saved_model.pbtxt").write_text(f"meta_graphs {{ {text} }}")
    with pytest.raises(OSError, match="Cannot parse file .*a.meta: neither bytes .* nor text .*MetaGraphDef") as caught:
        tf.train.import_meta_graph(tmp_path / "a.meta")
    assert len(str(caught.value)) < 1000
    with tf.Session() as sess, pytest.raises(OSError, match="Cannot parse file .*saved_model.pbtxt: .*SavedModel"):
        tf.saved_model.loader.load(sess, ["serve"], tmp_path)


def test_a_folder_is_no_meta_graph(tmp_path: pathlib.Path) -> None:
    with pytest.raises(tf.errors.FailedPreconditionError, match="Is a directory"):
        tf.train.import_meta_graph(tmp_path)


def test_the_file_of_one_saver_of_several(checkpoint: str) -> None:
    v = tf.Variable(2.5, name="v")
    first, second = tf.train.Saver(name="first"), tf.train.Saver(name="second", sharded=True)
    for saver in (first, second):
        tf.add_to_collection(tf.GraphKeys.SAVERS, saver)
        tf.add_to_collection("saved", tf.get_default_graph().get_tensor_by_name(saver.saver_def.save_tensor_name))
    tf.add_to_collection("mixed", v)
    tf.add_to_collection("mixed", tf.get_default_graph().get_operation_by_name("second/restore_all"))
    for kept, gone in ((first, "second/"), (second, "first/")):
        message = kept.export_meta_graph(clear_extraneous_savers=True)
        assert not any(node.name.startswith(gone) for node in message.graph_def.node)
        assert message.saver_def == kept.saver_def
        with tf.Graph().as_default(), tf.Session() as sess:
            tf.train.import_meta_graph(message).restore(sess, checkpoint)
            assert sess.run("v:0") == 10.0
            (saver,) = tf.get_collection(tf.GraphKeys.SAVERS)
            assert saver.saver_def == kept.saver_def
            assert [t.name for t in tf.get_collection("saved")] == [kept.saver_def.save_tensor_name]
            assert [item.name for item in tf.get_collection("mixed")] == \
                ["v:0", *(["second/restore_all"] if kept is second else [])]
    message = tf.train.export_meta_graph(clear_extraneous_savers=True)
    assert {node.name for node in message.graph_def.node} == {"v", "v/initial_value", "v/Assign", "v/read"}
    assert not {"savers", "saved"} & set(message.collection_def)
    assert len(first.export_meta_graph().collection_def["savers"].bytes_list.value) == 2


def test_the_definitions_of_the_ops_go_with_the_graph() -> None:
    x = tf.placeholder(tf.float32, [None, 2])
    tf.matmul(x, tf.ones([2, 3]))
    ops = {op.name: op for op in tf.train.export_meta_graph().meta_info_def.stripped_op_list.op}
    assert list(ops) == sorted(ops) and {"MatMul", "Placeholder"} <= set(ops)
    assert set(ops) <= {"Const", "Fill", "MatMul", "Placeholder"}
    matmul = ops["MatMul"]
    assert [(arg.name, arg.type_attr) for arg in matmul.input_arg] == [("a", "T"), ("b", "T")]
    assert [(arg.name, arg.type_attr) for arg in matmul.output_arg] == [("product", "T")]
    attrs = {attr.name: attr for attr in matmul.attr}
    assert (attrs["transpose_a"].type, attrs["transpose_a"].default_value.b) == ("bool", False)
    assert 1 in attrs["T"].allowed_values.list.type
    given = tf.MetaGraphDef.MetaInfoDef()
    given.stripped_op_list.op.add(name="Mine")
    found = tf.train.export_meta_graph(meta_info_def=given).meta_info_def.stripped_op_list.op
    assert [op.name for op in found] == ["Mine"], "a list that is given stays"
