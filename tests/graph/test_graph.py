"""The graph as a user sees it."""

from __future__ import annotations

import threading
import tracemalloc

import numpy as np
import pytest

import millpond as tf


def test_default_graphs() -> None:
    outer = tf.get_default_graph()
    g = tf.Graph()
    with g.as_default():
        assert tf.get_default_graph() is g
        assert tf.constant(1).graph is g
    assert tf.get_default_graph() is outer
    with pytest.raises(AssertionError, match="as_default"):
        tf.reset_default_graph()


def test_a_thread_has_a_default_graph_of_its_own() -> None:
    seen = []
    thread = threading.Thread(target=lambda: seen.append(tf.get_default_graph()))
    thread.start()
    thread.join()
    assert seen[0] is not tf.get_default_graph()


def test_looking_up_by_name() -> None:
    graph = tf.get_default_graph()
    a = tf.constant(1.0, name="scope/a")
    assert graph.get_tensor_by_name("scope/a:0") is a
    assert graph.get_operation_by_name("scope/a") is a.op
    assert graph.as_graph_element("scope/a:0") is a
    with pytest.raises(KeyError, match="'b', does not exist"):
        graph.get_tensor_by_name("b:0")
    with pytest.raises(KeyError, match="only has 1 outputs"):
        graph.get_tensor_by_name("scope/a:1")
    with pytest.raises(ValueError, match="Did you mean 'scope/a:0'"):
        graph.get_tensor_by_name("scope/a")
    with pytest.raises(TypeError, match="names are strings"):
        graph.get_operation_by_name(3)


def test_tensors_print_as_in_tensorflow() -> None:
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.placeholder(tf.int32, name="y")
    assert str(x) == 'Tensor("x:0", shape=(?, 3), dtype=float32)'
    assert str(y) == 'Tensor("y:0", dtype=int32)'
    assert repr(x) == "<tf.Tensor 'x:0' shape=(?, 3) dtype=float32>"
    assert repr(x.op) == "<tf.Operation 'x' type=Placeholder>"


def test_a_tensor_is_no_value() -> None:
    x = tf.placeholder(tf.float32, [3])
    with pytest.raises(TypeError, match="not iterable.*tf.unstack"):
        list(x)
    with pytest.raises(TypeError, match="Python bool is not allowed.*tf.where"):
        bool(x)
    with pytest.raises(TypeError, match="tf.shape"):
        len(x)
    with pytest.raises(NotImplementedError, match="NumPy array"):
        np.asarray(x)


def test_consumers_and_attributes() -> None:
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.add(x, x, name="y")
    assert x.consumers() == [y.op, y.op] or x.consumers() == [y.op]
    assert y.op.get_attr("T") is tf.float32
    with pytest.raises(ValueError, match="no attribute named 'nope'"):
        y.op.get_attr("nope")
    x.marked_by_the_user = True
    assert x.marked_by_the_user


def test_collections() -> None:
    tf.add_to_collection("things", 1)
    tf.add_to_collections(["things", "more"], 2)
    assert tf.get_collection("things") == [1, 2]
    tf.get_collection_ref("more").append(3)
    assert tf.get_collection("more") == [2, 3]
    a = tf.constant(1, name="scope/a")
    tf.add_to_collection("tensors", a)
    tf.add_to_collection("tensors", tf.constant(1, name="b"))
    assert tf.get_collection("tensors", "scope") == [a]
    graph = tf.get_default_graph()
    graph.clear_collection("more")
    assert graph.get_collection("more") == []


def test_control_dependencies_are_not_repeated() -> None:
    a, b = tf.no_op(name="a"), tf.no_op(name="b")
    with tf.control_dependencies([a]):
        inside = tf.constant(1.0, name="inside")
        with tf.control_dependencies([b]):
            both = tf.constant(1.0)
            derived = tf.identity(inside)
        with tf.control_dependencies(None):
            free = tf.constant(1.0)
    assert [op.name for op in both.op.control_inputs] == ["a", "b"]
    assert [op.name for op in derived.op.control_inputs] == ["b"]
    assert free.op.control_inputs == []


def test_devices_merge_from_the_outside_in() -> None:
    with tf.device("/job:ps/task:1"):
        with tf.device("/gpu:0"):
            assert tf.constant(1).device == "/job:ps/task:1/device:GPU:0"
        with tf.device(None):
            assert tf.constant(1).device == ""
        with tf.device("/task:2"):
            assert tf.constant(1).device == "/job:ps/task:2"
    with tf.device(lambda op: "/cpu:0" if op.type == "Const" else ""):
        c = tf.constant(1)
        assert c.device == "/cpu:0" and tf.identity(c).device == ""
    with pytest.raises(ValueError, match="Unknown part 'nonsense'"), tf.device("/nonsense"):
        tf.constant(1)


def test_colocation_takes_the_device() -> None:
    with tf.device("/cpu:1"):
        a = tf.constant(1, name="a")
    with tf.colocate_with(a):
        b = tf.constant(2)
    assert b.device == "/device:CPU:1"
    assert b.op.colocation_groups() == [b"loc:@a"]


@pytest.mark.parametrize("use_resource", [False, True])
def test_a_variable_that_is_colocated_lies_wholly_on_the_others_device(use_resource: bool) -> None:
    with tf.device("/cpu:2"):
        v = tf.Variable([1.0, 2.0], name="v", use_resource=use_resource)
    with tf.colocate_with(v):
        beside = tf.get_variable("beside", [2])
        with tf.device("/cpu:1"):
            inner = tf.get_variable("inner", [2], initializer=tf.zeros_initializer())
    for variable in (beside, inner):
        for op in (variable.op, variable.initializer, variable.initial_value.op):
            assert (op.device, op.colocation_groups()) == ("/device:CPU:2", [b"loc:@v"])


def test_the_slots_of_an_optimizer_lie_beside_their_variable() -> None:
    with tf.device("/cpu:2"):
        v = tf.Variable([1.0, 2.0], name="v")
    optimizer = tf.train.AdamOptimizer()
    optimizer.minimize(tf.reduce_sum(v))
    assert {op.device for op in tf.get_default_graph().get_operations() if "Adam" in op.name} == {"/device:CPU:2", ""}
    assert optimizer.get_slot(v, "m").device == optimizer.get_slot(v, "v").initializer.device == "/device:CPU:2"


def test_set_shape_merges_and_contradictions_are_refused() -> None:
    x = tf.placeholder(tf.float32, [None, 3])
    x.set_shape([2, None])
    assert x.shape.as_list() == [2, 3]
    with pytest.raises(ValueError):
        x.set_shape([5, 3])


def test_incompatible_shapes_are_refused_while_building() -> None:
    a, b = tf.placeholder(tf.float32, [2, 3]), tf.placeholder(tf.float32, [4, 5])
    with pytest.raises(ValueError, match=r"for 'MatMul' \(op: 'MatMul'\) with input shapes: \[2, 3\], \[4, 5\]"):
        tf.matmul(a, b)


def test_mixed_dtypes_are_refused_with_advice() -> None:
    advice = r"Input 'y' of 'Mul' Op has type int32 that does not match type float32.*tf.cast"
    with pytest.raises(TypeError, match=advice):
        tf.multiply(tf.constant(1.0), tf.constant(1))
    with pytest.raises(TypeError, match="DataType string, not in list of allowed values"):
        tf.multiply(tf.constant("a"), tf.constant("b"))


def test_the_graph_as_a_message() -> None:
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    with tf.control_dependencies([tf.no_op(name="first")]):
        tf.add(x, [1.0, 2.0], name="y")
    message = tf.get_default_graph().as_graph_def(add_shapes=True)
    nodes = {node.name: node for node in message.node}
    assert [node.name for node in message.node] == ["x", "first", "y/y", "y"]
    assert list(nodes["y"].input) == ["x", "y/y"] and list(nodes["y/y"].input) == ["^first"]
    assert [d.size for d in nodes["x"].attr["shape"].shape.dim] == [-1, 2]
    assert nodes["y/y"].attr["value"].tensor.float_val or nodes["y/y"].attr["value"].tensor.tensor_content
    assert [d.size for d in nodes["y"].attr["_output_shapes"].list.shape[0].dim] == [-1, 2]
    again = tf.GraphDef.FromString(message.SerializeToString())
    assert again == message


def test_building_is_cheap_in_memory() -> None:
    tracemalloc.start()
    x = tf.placeholder(tf.float32, [])
    for _ in range(5000):
        x = tf.add(x, x)
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert used / 5000 < 2000


def test_what_an_operation_takes_and_gives_are_lists_of_the_callers_own() -> None:
    a = tf.constant(1.0, name="a")
    with tf.control_dependencies([tf.no_op("first")]):
        b = tf.add(a, a, name="b")
    op = b.op
    assert op.inputs == [a, a] and op.outputs == [b] and [first.name for first in op.control_inputs] == ["first"]
    assert [a] + op.outputs + op.inputs == [a, b, a, a]
    for values in (op.inputs, op.outputs, op.control_inputs):
        values.append(None)
        values.clear()
    assert op.inputs == [a, a] and op.outputs == [b] and len(op.control_inputs) == 1
    assert tf.Session().run(b) == 2.0


def test_an_operation_shows_the_definition_of_its_type() -> None:
    definition = tf.add_n([tf.constant(1.0), tf.constant(2.0)]).op.op_def
    assert definition.name == "AddN" and not definition.is_stateful
    (values,) = definition.input_arg
    assert (values.name, values.type_attr, values.number_attr) == ("inputs", "T", "N")
    number, dtype = definition.attr
    assert (number.name, number.type, number.has_minimum, number.minimum) == ("N", "int", True, 1)
    assert dtype.type == "type" and tf.float32.as_datatype_enum in dtype.allowed_values.list.type
    matmul = tf.matmul([[1.0]], [[1.0]]).op.op_def
    assert {attr.name: attr.default_value.b for attr in matmul.attr if attr.type == "bool"} == {
        "transpose_a": False, "transpose_b": False}
    image = tf.summary.image("image", tf.zeros([1, 2, 2, 3])).op.op_def
    (color,) = (attr.default_value.tensor for attr in image.attr if attr.name == "bad_color")
    assert tf.make_ndarray(color).tolist() == [255, 0, 0, 255] and color.dtype == tf.uint8.as_datatype_enum
    x = tf.constant([1.0])
    slope = tf.gradients(tf.nn.leaky_relu(x), x)[0].op.op_def
    assert slope.attr[-1].name == "T" and slope.attr[-1].default_value.type == tf.float32.as_datatype_enum
    assert tf.Variable(1.0).op.op_def.output_arg[0].is_ref
    definition.name = "Changed"
    assert tf.constant(1).op.op_def.name == "Const"


def test_the_version_of_a_graph_counts_its_operations() -> None:
    graph = tf.Graph()
    with graph.as_default():
        assert graph.version == 0
        c = tf.constant([1.0, 2.0])
        assert graph.version == 1
        d = tf.placeholder(tf.float32)
        d.set_shape([2])
        assert graph.version == 2
        tf.add(c, d)
        assert graph.version == 3
