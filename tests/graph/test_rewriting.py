"""`tf.graph_util`: parts of graphs, graphs without training nodes, frozen graphs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf


def shown(graph_def: Any) -> list[tuple[str, str, list[str]]]:
    return [(node.name, node.op, list(node.input)) for node in graph_def.node]


def build(use_resource: bool = False) -> None:
    with tf.variable_scope("s", use_resource=use_resource):
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.get_variable("w", [2, 3], initializer=tf.ones_initializer())
        b = tf.get_variable("b", [3], initializer=tf.constant_initializer(0.5))
        tf.identity(tf.matmul(x, w) + b, name="y")
        tf.gather(w, [1], name="row")
        tf.identity(tf.shape(w), name="size")
        b.assign_add([1.0, 1.0, 1.0], name="more")


# Parts.


def test_extract_sub_graph_keeps_what_is_needed_in_order(default_graph: tf.Graph) -> None:
    a = tf.constant(1.0, name="a")
    b = tf.sqrt(a, name="b")
    with tf.control_dependencies([b]):
        tf.constant(2.0, name="c")
    tf.split(tf.ones([4], name="ones"), 2, name="parts")
    tf.identity(default_graph.get_tensor_by_name("parts:1"), name="half")
    whole = default_graph.as_graph_def()
    part = tf.graph_util.extract_sub_graph(whole, ["c"])
    assert [node.name for node in part.node] == ["a", "b", "c"]
    assert part.versions == whole.versions
    assert [n.name for n in tf.graph_util.extract_sub_graph(whole, ["half"]).node] == \
        ["ones", "parts/split_dim", "parts", "half"]


def test_extract_sub_graph_refuses_what_is_not_there(default_graph: tf.Graph) -> None:
    build()
    whole = default_graph.as_graph_def()
    with pytest.raises(AssertionError, match="s/y:0 is not in graph; nearest names: s/y"):
        tf.graph_util.extract_sub_graph(whole, ["s/y:0"])
    with pytest.raises(TypeError, match="iterable of strings"):
        tf.graph_util.extract_sub_graph(whole, "s/y")
    with pytest.raises(TypeError, match="must be a graph_pb2.GraphDef"):
        tf.graph_util.extract_sub_graph(3, ["s/y"])


# Training nodes.


def test_remove_training_nodes_splices_identities_and_checks(default_graph: tf.Graph, tier: str) -> None:
    x = tf.placeholder(tf.float32, [2], name="x")
    a = tf.identity(x, name="a")
    c = tf.check_numerics(a, "bad", name="c")
    parts = tf.split(c, 2, name="parts")
    tf.negative(tf.identity(parts[1], name="second"), name="y")
    lean = tf.graph_util.remove_training_nodes(default_graph.as_graph_def())
    assert shown(lean) == [("x", "Placeholder", []), ("parts/split_dim", "Const", []),
                           ("parts", "Split", ["parts/split_dim", "x"]), ("y", "Neg", ["parts:1"])]
    (y,) = tf.import_graph_def(lean, return_elements=["y:0"])
    with tf.Session() as sess:
        assert sess.run(y, {"import/x:0": [1.0, 2.0]}).tolist() == [-2.0]


def test_nodes_that_order_others_or_are_protected_stay(default_graph: tf.Graph) -> None:
    x = tf.placeholder(tf.float32, [2], name="x")
    a = tf.identity(x, name="a")
    kept = tf.identity(a, name="kept")
    with tf.control_dependencies([a]):
        tf.sqrt(kept, name="y")
    lean = tf.graph_util.remove_training_nodes(default_graph.as_graph_def(), protected_nodes=["kept"])
    assert shown(lean) == [("x", "Placeholder", []), ("a", "Identity", ["x"]), ("kept", "Identity", ["a"]),
                           ("y", "Sqrt", ["kept", "^a"])]


# Freezing.


@pytest.mark.parametrize("use_resource", [False, True], ids=["reference", "resource"])
def test_frozen_graphs_need_no_variables(use_resource: bool, tier: str) -> None:
    outputs = ["s/y", "s/row", "s/size"]
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        build(use_resource)
        sess.run(tf.global_variables_initializer())
        frozen = tf.graph_util.convert_variables_to_constants(sess, graph.as_graph_def(), outputs)
        expected = sess.run([f"{name}:0" for name in outputs], {"s/x:0": [[1.0, 2.0]]})
    types = {node.op for node in frozen.node}
    assert not types & {"VariableV2", "VarHandleOp", "ReadVariableOp", "ResourceGather", "VariableShape", "Assign"}
    elements = tf.import_graph_def(frozen, return_elements=[f"{name}:0" for name in outputs], name="")
    with tf.Session() as sess:
        for one, other in zip(sess.run(elements, {"s/x:0": [[1.0, 2.0]]}), expected, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("use_resource", [False, True], ids=["reference", "resource"])
def test_some_variables_can_be_left(use_resource: bool) -> None:
    build(use_resource)
    kind = "VarHandleOp" if use_resource else "VariableV2"
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        whole = sess.graph.as_graph_def()
        for arguments in ({"variable_names_whitelist": ["s/w"]}, {"variable_names_blacklist": ["s/b"]}):
            frozen = tf.graph_util.convert_variables_to_constants(sess, whole, ["s/y"], **arguments)
            ops = {node.name: node.op for node in frozen.node}
            assert (ops["s/w"], ops["s/b"]) == ("Const", kind)


def test_freezing_needs_values(default_graph: tf.Graph) -> None:
    build()
    with tf.Session() as sess, pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value s/"):
        tf.graph_util.convert_variables_to_constants(sess, default_graph.as_graph_def(), ["s/y"])


@pytest.mark.parametrize("use_resource", [False, True], ids=["reference", "resource"])
def test_what_sets_a_variable_cannot_be_frozen(use_resource: bool, default_graph: tf.Graph) -> None:
    build(use_resource)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        with pytest.raises(ValueError, match="Node 's/more.*variable_names_blacklist"):
            tf.graph_util.convert_variables_to_constants(sess, default_graph.as_graph_def(), ["s/more"])


# The rest.


def test_shapes_by_name_and_what_runs_on_the_cpu(default_graph: tf.Graph) -> None:
    tf.placeholder(tf.float32, [2, 3], name="x")
    assert tf.graph_util.tensor_shape_from_node_def_name(default_graph, "x").as_list() == [2, 3]
    assert tf.graph_util.tensor_shape_from_node_def_name(default_graph, "x:0").as_list() == [2, 3]
    v = tf.Variable(1.0, name="v")
    on_cpu = tf.graph_util.must_run_on_cpu
    assert on_cpu(tf.constant(1).op) and on_cpu(tf.constant("a").op.node_def)
    assert not on_cpu(tf.constant(1.0).op)
    assert on_cpu(tf.cast(tf.placeholder(tf.int32), tf.float32).op)
    assert (on_cpu(v.op), on_cpu(v.op, pin_variables_on_cpu=True)) == (False, True)
