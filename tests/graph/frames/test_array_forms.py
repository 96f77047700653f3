"""What the tensor arrays and stacks of TensorFlow 1 become: lists that functions take and give."""

from __future__ import annotations

import frame_graphs
import numpy as np
import pytest
from frame_graphs import BOOL, FLOAT, INT, RESOURCE, Builder, array_graph

import millpond as tf


@pytest.mark.parametrize("version", ["", "V2", "V3"])
def test_arrays_of_each_version(version: str, tier: str, default_graph: tf.Graph) -> None:
    tf.import_graph_def(array_graph(version).message, name="")
    with tf.Session() as sess:
        assert sess.run(["read:0", "size:0", "close"], {"x:0": 7.0}) == [7.0, 2, None]


def test_arrays_of_the_first_version_are_set_and_read_as_a_whole(tier: str, default_graph: tf.Graph) -> None:
    builder = Builder()
    builder.placeholder("x")
    builder.constant("two", 2, dtype=INT)
    builder.node("array", "TensorArray", "two", dtype=FLOAT)
    builder.constant("flow", 0.0, "^array")
    builder.node("unpack", "TensorArrayUnpack", "array", "x", "flow", T=FLOAT)
    builder.node("pack", "TensorArrayPack", "array", "unpack", dtype=FLOAT)
    # The gradient of packing, and of what it took.
    builder.node("grad", "TensorArrayGrad", "array", "unpack", source="gradients")
    builder.node("grad_flow", "Identity", "unpack", "^grad", T=FLOAT)
    builder.node("grad_unpack", "TensorArrayUnpack", "grad", "pack", "grad_flow", T=FLOAT)
    builder.node("again", "TensorArrayUnpack", "grad", "pack", "grad_unpack", T=FLOAT)
    builder.node("grad_pack", "TensorArrayPack", "grad", "again", dtype=FLOAT)
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        pack, gradients = sess.run(["pack:0", "grad_pack:0"], {"x:0": [[1.0, 2.0], [3.0, 4.0]]})
    assert pack.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert gradients.tolist() == [[2.0, 4.0], [6.0, 8.0]]  # what is written to a gradient is added


@pytest.mark.parametrize("version", ["", "V2"])
def test_stacks_of_each_version(version: str, tier: str, default_graph: tf.Graph) -> None:
    builder = Builder()
    builder.placeholder("x")
    builder.constant("two", 2, dtype=INT)
    builder.node("stack", f"Stack{version}", *(["two"] if version else []), elem_type=FLOAT)
    builder.node("push", f"StackPush{version}", "stack", "x", T=FLOAT)
    builder.node("other", "Neg", "push", T=FLOAT)
    builder.node("push2", f"StackPush{version}", "stack", "other", T=FLOAT)
    builder.node("pop", f"StackPop{version}", "stack", "^push2", elem_type=FLOAT)
    builder.node("pop2", f"StackPop{version}", "stack", "^pop", elem_type=FLOAT)
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        assert sess.run(["pop:0", "pop2:0"], {"x:0": 7.0}) == [-7.0, 7.0]
        assert sess.run("push2:0", {"x:0": 7.0}) == -7.0


def test_an_array_is_read_as_those_writes_left_it_that_the_reading_waits_for(default_graph: tf.Graph) -> None:
    builder = array_graph("V3")
    builder.placeholder("y")
    builder.constant("zero", 0, dtype=INT)
    builder.node("write_y", "TensorArrayWriteV3", "array", "zero", "y", "array:1", T=FLOAT)
    builder.node("read_y", "TensorArrayReadV3", "array", "zero", "write_y", dtype=FLOAT)
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        assert sess.run("read:0", {"x:0": 7.0}) == 7.0  # needs no y
        assert sess.run("read_y:0", {"y:0": 8.0}) == 8.0


def test_an_array_is_read_as_several_writes_side_by_side_left_it(default_graph: tf.Graph) -> None:
    builder = array_graph("V3")
    builder.placeholder("y")
    builder.constant("zero", 0, dtype=INT)
    builder.node("write_y", "TensorArrayWriteV3", "array", "zero", "y", "array:1", T=FLOAT)
    builder.node("flows", "AddV2", "write", "write_y", T=FLOAT)
    for index in ("zero", "one"):
        builder.node(f"read_{index}", "TensorArrayReadV3", "array", index, "flows", dtype=FLOAT)
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        assert sess.run(["read_zero:0", "read_one:0"], {"x:0": 7.0, "y:0": 8.0}) == [8.0, 7.0]


def test_a_stack_that_is_made_in_a_branch(tier: str, default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_cond()
    builder.constant("two", 2, dtype=INT)
    builder.node("two/s", "Switch", "two", "p", T=INT)
    builder.node("stack", "StackV2", "two/s:1", elem_type=FLOAT)
    builder.node("push", "StackPushV2", "stack", "cond/true", T=FLOAT)
    builder.node("pop", "StackPopV2", "stack", "^push", elem_type=FLOAT)
    builder.find("cond/Merge").input[1] = "pop"
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        assert [sess.run("cond/Merge:0", {"x:0": 3.0, "p:0": p}) for p in (True, False)] == [9.0, -3.0]


def test_an_array_is_made_in_one_branch_and_used_in_another(tier: str, default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_cond()
    builder.constant("two", 2, dtype=INT)
    builder.constant("one", 1, dtype=INT)
    builder.node("two/s", "Switch", "two", "p", T=INT)
    builder.node("one/s", "Switch", "one", "p", T=INT)
    builder.node("array", "TensorArrayV3", "two/s:1", dtype=FLOAT)
    builder.node("first", "Merge", "cond/Switch", "array:1", T=FLOAT)
    # The second branch needs what comes out of the first.
    builder.node("first/s", "Switch", "first", "p", T=FLOAT)
    builder.node("sum", "AddV2", "first/s:1", "cond/Switch:1", T=FLOAT)
    builder.node("write", "TensorArrayWriteV3", "array", "one/s:1", "sum", "array:1", T=FLOAT)
    builder.node("read", "TensorArrayReadV3", "array", "one/s:1", "write", dtype=FLOAT)
    builder.node("second", "Merge", "first/s", "read", T=FLOAT)
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        assert [sess.run("second:0", {"x:0": 3.0, "p:0": p}) for p in (True, False)] == [3.0, 3.0]


def test_an_array_that_is_kept_on_a_stack_is_kept_as_it_is_in_the_end(tier: str, default_graph: tf.Graph) -> None:
    builder = Builder()
    builder.placeholder("x")
    builder.constant("two", 2, dtype=INT)
    builder.constant("one", 1, dtype=INT)
    builder.node("array", "TensorArrayV3", "two", dtype=FLOAT)
    builder.node("stack", "StackV2", "two", elem_type=RESOURCE)
    builder.node("push", "StackPushV2", "stack", "array", T=RESOURCE)
    builder.node("write", "TensorArrayWriteV3", "array", "one", "x", "array:1", T=FLOAT)
    builder.node("pop", "StackPopV2", "stack", "^push", "^write", elem_type=RESOURCE)
    builder.node("read", "TensorArrayReadV3", "pop", "one", "write", dtype=FLOAT)
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        assert sess.run("read:0", {"x:0": 3.0}) == 3.0


def gradient_with_more_dimensions() -> Builder:
    """The gradient of an array whose elements have one dimension more: the third element is not written."""
    builder = Builder()
    for name in ("x", "dy"):
        builder.placeholder(name)
    builder.node("more", "Placeholder", dtype=INT)
    for name, value in (("three", 3), ("zero", 0), ("one", 1), ("two", 2)):
        builder.constant(name, value, dtype=INT)
    builder.node("array", "TensorArrayV3", "three", dtype=FLOAT, clear_after_read=False)
    builder.node("all", "Pack", "zero", "one", "two", T=INT)
    builder.find("all").attr["N"].i = 3
    builder.node("fill", "TensorArrayScatterV3", "array", "all", "x", "array:1", T=FLOAT)
    builder.node("g", "TensorArrayGradWithShape", "array", "fill", "more", source="g")
    builder.node("w0", "TensorArrayWriteV3", "g", "zero", "dy", "g:1", T=FLOAT)
    builder.node("w1", "TensorArrayWriteV3", "g", "one", "dy", "w0", T=FLOAT)
    builder.node("twice", "TensorArrayWriteV3", "g", "one", "dy", "w1", T=FLOAT)
    return builder


@pytest.mark.parametrize(("type", "inputs", "shape"), [
    ("TensorArrayReadV3", ["two"], (4, 2)), ("TensorArrayGatherV3", ["all"], (3, 4, 2)),
    ("TensorArrayConcatV3", [], (12, 2))])
def test_a_gradient_of_elements_with_more_dimensions(type: str, inputs: list[str], shape: tuple[int, ...], tier: str,
                                                     default_graph: tf.Graph) -> None:
    builder = gradient_with_more_dimensions()
    builder.node("y", type, "g", *inputs, "twice", dtype=FLOAT)
    tf.import_graph_def(builder.message, name="")
    dy = np.arange(8, dtype=np.float32).reshape(4, 2)
    with tf.Session() as sess:
        y = sess.run("y:0", {"x:0": np.ones([3, 2]), "dy:0": dy, "more:0": [4]})
    assert y.shape == shape
    np.testing.assert_array_equal(y.reshape(-1, 4, 2), [dy, 2 * dy, 0 * dy][-len(y.reshape(-1, 4, 2)):])


def test_a_gradient_with_more_dimensions_is_read_in_a_branch(tier: str, default_graph: tf.Graph) -> None:
    builder = gradient_with_more_dimensions()
    builder.placeholder("p", BOOL)
    builder.node("index", "Switch", "two", "p", T=INT)
    builder.node("flow", "Switch", "twice", "p", T=FLOAT)
    builder.node("other", "Switch", "dy", "p", T=FLOAT)
    builder.node("read", "TensorArrayReadV3", "g", "index:1", "flow:1", dtype=FLOAT)
    builder.node("y", "Merge", "other", "read", T=FLOAT)
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        y = sess.run("y:0", {"x:0": np.ones([3, 2]), "dy:0": np.ones([4, 2]), "more:0": [4], "p:0": True})
    np.testing.assert_array_equal(y, np.zeros([4, 2]))
