"""What loops and branches of TensorFlow 1 become: nodes, functions, names."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import frame_graphs
import pytest
from frame_graphs import BOOL, FLOAT, INT, RESOURCE, Builder
from recorded_graphs import RECORDED, graph_def_of

import millpond as tf
from millpond.graph.frames import functional
from millpond.graph.frames_graph import KINDS


def types(graph_def: Any) -> list[str]:
    """The op types in a GraphDef and its functions."""
    functions = graph_def.library.function
    return [node.op for node in graph_def.node] + [node.op for f in functions for node in f.node_def]


def branches_of(graph_def: Any, node: Any) -> tuple[list[str], list[str]]:
    """The op types in the branches of an If, for true and for false."""
    functions = {function.signature.name: function for function in graph_def.library.function}
    return tuple(
        [inner.op for inner in functions[node.attr[key].func.name].node_def] for key in ("then_branch", "else_branch")
    )


def ifs(graph_def: Any) -> list[Any]:
    return [node for node in graph_def.node if node.op in ("If", "StatelessIf")]


@pytest.mark.parametrize("name", RECORDED)
def test_nothing_of_the_old_form_is_left_and_what_is_outside_stays(name: str) -> None:
    given = graph_def_of(name)
    before = given.SerializeToString()
    made = functional(given)
    assert given.SerializeToString() == before
    left = [type for type in types(made) if type in KINDS or type.startswith(("TensorArray", "Stack"))]
    assert left == []
    names = {node.name for node in made.node}
    outside = [node for node in given.node if node.op in ("Placeholder", "Const", "VariableV2", "VarHandleOp")
               and not any(text.startswith("^") for text in node.input)]
    assert {node.name for node in outside} <= names
    assert {fetched.partition(":")[0] for fetched in RECORDED[name]["fetches"]} <= names


def test_a_graph_without_control_flow_is_given_back() -> None:
    builder = Builder()
    builder.node("y", "Neg", builder.placeholder("x"), T=FLOAT)
    assert functional(builder.message) is builder.message


def test_a_loop_is_one_node_whose_outputs_have_the_names_of_its_exits() -> None:
    builder = frame_graphs.small_loop()
    builder.node("y", "Neg", "while/Exit", T=FLOAT)
    made = functional(builder.message)
    assert [(node.name, node.op, list(node.input)) for node in made.node] == [
        ("x", "Placeholder", []),
        ("limit", "Const", []),
        ("while/While", "StatelessWhile", ["x", "limit"]),
        ("while/Exit", "Identity", ["while/While"]),
        ("y", "Neg", ["while/Exit"]),
    ]
    cond, body = made.library.function
    assert [node.op for node in cond.node_def] == ["Less"]
    assert [node.op for node in body.node_def] == ["Identity", "AddV2"]
    assert [body.ret[arg.name] for arg in body.signature.output_arg] == ["while/add:z:0", "limit"]


def test_a_branch_is_one_node_that_is_given_what_both_sides_use() -> None:
    builder = frame_graphs.small_cond()
    made = functional(builder.message)
    (node,) = ifs(made)
    assert (node.op, list(node.input)) == ("StatelessIf", ["p", "x"])
    assert branches_of(made, node) == (["Square"], ["Neg"])


@pytest.mark.parametrize(("first", "expected"), [("true", [1, 0]), ("false", [0, 1])])
def test_a_merge_tells_which_input_it_gives(first: str, expected: list[int], default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_cond()
    if first == "true":
        builder.find("cond/Merge").input[:] = ["cond/true", "cond/false"]
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        found = [sess.run(["cond/Merge:0", "cond/Merge:1"], {"x:0": 3.0, "p:0": p}) for p in (False, True)]
    assert found == [[-3.0, expected[0]], [9.0, expected[1]]]


def test_branches_with_the_same_predicate_are_one_if_unless_one_needs_the_other() -> None:
    builder = Builder()
    builder.placeholder("x")
    builder.placeholder("p", BOOL)
    builder.node("s", "Switch", "x", "p", T=FLOAT)
    builder.node("a", "Sqrt", "s:1", T=FLOAT)
    builder.node("b", "Neg", "a", T=FLOAT)
    builder.node("m", "Merge", "s", "a", T=FLOAT)
    builder.node("n", "Merge", "s", "b", T=FLOAT)
    builder.node("t", "Switch", "m", "p", T=FLOAT)
    builder.node("c", "AddV2", "t:1", "b", T=FLOAT)
    builder.node("o", "Merge", "t", "c", T=FLOAT)
    made = functional(builder.message)
    first, second = ifs(made)
    assert [branches_of(made, node)[0] for node in (first, second)] == [["Sqrt", "Neg"], ["AddV2"]]
    # What the second takes of the first is an output of it, which the other branch leaves open.
    assert list(second.input) == ["p", "m", first.name + ":2"]
    assert branches_of(made, first)[1] == ["FakeParam"]


def test_two_conds_with_the_same_predicate_stay_two_where_they_are_asked_for_apart() -> None:
    builder = Builder()
    builder.placeholder("x")
    builder.placeholder("p", BOOL)
    for scope in ("one", "two"):
        builder.node(f"{scope}/pred_id", "Identity", "p", T=BOOL)
        builder.cond(scope, "x", f"{scope}/pred_id")
    assert len(ifs(functional(builder.message))) == 2


def test_an_effect_runs_only_for_those_who_ask_for_it() -> None:
    made = functional(graph_def_of("cond_whose_effect_is_not_asked_for"))
    assert sorted("AssignAddVariableOp" in branches_of(made, node)[0] for node in ifs(made)) == [False, True]


@pytest.mark.parametrize(("negations", "sides"), [(1, ["Neg", "Square"]), (2, ["Square", "Neg"])])
def test_the_opposite_of_a_predicate_chooses_the_other_side(negations: int, sides: list[str]) -> None:
    builder = frame_graphs.small_cond()
    previous = "p"
    for i in range(negations):
        previous = builder.node(f"not{i}", "LogicalNot", previous)
    builder.node("s", "Switch", "cond/Merge", "p", T=FLOAT)
    builder.node("t", "Switch", "cond/Merge", previous, T=FLOAT)
    builder.node("a", "Square", "s:1", T=FLOAT)
    builder.node("b", "Neg", "t:0" if negations == 2 else "t:1", T=FLOAT)
    builder.node("m", "Merge", "a", "b", T=FLOAT)
    made = functional(builder.message)
    assert branches_of(made, ifs(made)[-1]) == (["Square"], ["Neg"])


def test_a_side_that_can_never_run_is_left_out(default_graph: tf.Graph) -> None:
    builder = Builder()
    builder.placeholder("x")
    builder.placeholder("p", BOOL)
    builder.node("s", "Switch", "x", "p", T=FLOAT)
    builder.node("again", "Switch", "s:1", "p", T=FLOAT)
    builder.node("never", "Sqrt", "again", T=FLOAT)
    builder.node("inner", "Merge", "never", "again:1", T=FLOAT)
    builder.node("double", "AddV2", "inner", "inner", T=FLOAT)
    builder.node("m", "Merge", "s", "double", T=FLOAT)
    assert "Sqrt" not in types(functional(builder.message))
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        assert [sess.run("m:0", {"x:0": 3.0, "p:0": p}) for p in (True, False)] == [6.0, 3.0]


def test_one_node_waits_for_what_runs_on_either_side(default_graph: tf.Graph) -> None:
    builder = Builder()
    builder.placeholder("p", BOOL)
    builder.constant("one", 1.0)
    builder.node("v", "VariableV2", dtype=FLOAT)
    builder.find("v").attr["shape"].shape.SetInParent()
    builder.node("set", "Assign", "v", "one", T=FLOAT)
    builder.node("s", "RefSwitch", "v", "p", T=FLOAT)
    builder.node("one_s", "Switch", "one", "p", T=FLOAT)
    builder.node("plus", "AssignAdd", "s:1", "one_s:1", T=FLOAT)
    builder.node("minus", "AssignSub", "s", "one_s", T=FLOAT)
    builder.node("both", "ControlTrigger", "^plus", "^minus")
    builder.node("after", "Identity", "v", "^both", T=FLOAT)
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        sess.run("set")
        assert [sess.run("after:0", {"p:0": p}) for p in (True, True, False)] == [2.0, 3.0, 2.0]


def test_what_a_branch_waits_for_outside_comes_before_it(default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_cond()
    builder.node("fails", "Assert", "p", "x")
    builder.find("fails").attr["T"].list.type.append(FLOAT)
    builder.find("cond/true").input.append("^fails")
    made = functional(builder.message)
    (node,) = ifs(made)
    assert list(node.input) == ["p", "x", "^fails"]


def test_reading_a_variable_through_a_switch_gives_what_it_was_then(default_graph: tf.Graph) -> None:
    builder = Builder()
    builder.placeholder("p", BOOL)
    builder.constant("one", 1.0)
    builder.node("v", "VariableV2", dtype=FLOAT)
    builder.find("v").attr["shape"].shape.SetInParent()
    builder.node("set", "Assign", "v", "one", T=FLOAT)
    builder.node("s", "Switch", "v", "p", T=FLOAT)
    builder.node("t", "Neg", "s:1", T=FLOAT)
    builder.node("m", "Merge", "s", "t", T=FLOAT)
    made = functional(builder.message)
    read = next(node for node in made.node if node.name == "s")
    assert (read.op, list(read.input)) == ("Identity", ["v"])
    tf.import_graph_def(made, name="")
    with tf.Session() as sess:
        sess.run("set")
        assert [sess.run("m:0", {"p:0": p}) for p in (True, False)] == [-1.0, 1.0]


def with_variable(builder: Builder) -> None:
    """Adds a variable `v`, `set`, which makes it 1, and `v/read`."""
    builder.constant("one", 1.0)
    builder.node("v", "VariableV2", dtype=FLOAT)
    builder.find("v").attr["shape"].shape.SetInParent()
    builder.node("set", "Assign", "v", "one", T=FLOAT)
    builder.node("v/read", "Identity", "v", T=FLOAT)


def test_what_was_read_of_a_variable_is_seen_as_the_branch_has_set_it(tier: str, default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_cond()
    with_variable(builder)
    builder.node("s", "RefSwitch", "v", "p", T=FLOAT)
    builder.node("plus", "AssignAdd", "s:1", "cond/Switch:1", T=FLOAT)
    builder.node("read/s", "Switch", "v/read", "p", T=FLOAT)
    builder.find("cond/true").op = "AddV2"
    builder.find("cond/true").input[:] = ["read/s:1", "cond/Switch:1", "^plus"]
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        sess.run("set")
        assert sess.run("cond/Merge:0", {"x:0": 5.0, "p:0": True}) == 11.0


def test_what_two_outputs_share_is_in_both_where_one_has_an_effect(default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_cond()
    with_variable(builder)
    builder.node("s", "RefSwitch", "v", "p", T=FLOAT)
    builder.node("plus", "AssignAdd", "s:1", "cond/true", T=FLOAT)
    builder.node("m", "Merge", "cond/Switch", "plus", T=FLOAT)
    made = functional(builder.message)
    assert "FakeParam" not in types(made)
    assert sorted(sorted(branches_of(made, node)[0]) for node in ifs(made)) == [
        ["AssignAdd", "Identity", "Square"], ["Square"]
    ]
    tf.import_graph_def(made, name="")
    with tf.Session() as sess:
        sess.run("set")
        feeds = {"x:0": 3.0, "p:0": True}
        assert [sess.run(name, feeds) for name in ("cond/Merge:0", "v/read:0", "m:0", "v/read:0")] == [9, 1, 10, 10]


def test_a_loop_waits_for_what_its_entries_wait_for(default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_loop()
    with_variable(builder)
    builder.find("while/limit").input.append("^set")
    made = functional(builder.message)
    assert [list(node.input) for node in made.node if node.op == "StatelessWhile"] == [["x", "limit", "^set"]]


def test_constants_and_pivots_of_a_branch_cost_nothing_outside() -> None:
    builder = frame_graphs.small_cond()
    builder.node("pivot/Switch", "Switch", "p", "p", T=BOOL)
    builder.node("pivot", "Identity", "pivot/Switch:1", T=BOOL)
    builder.constant("two", 2.0, "^pivot")
    builder.find("cond/true").op = "AddV2"
    builder.find("cond/true").input.append("two")
    made = functional(builder.message)
    (node,) = ifs(made)
    assert list(node.input) == ["p", "x"]
    assert sorted(branches_of(made, node)[0]) == ["AddV2", "Const"]
    assert not any(text.startswith("^") for f in made.library.function for inner in f.node_def for text in inner.input)


def test_what_the_condition_and_the_body_of_a_loop_share_is_in_both(default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_loop()
    builder.node("half", "Sqrt", "while/Merge", T=FLOAT)
    builder.find("while/Less").input[0] = "half"
    builder.find("while/add").input[1] = "half"
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        assert sess.run("while/Exit:0", {"x:0": 100.0}) == 100.0
        x = 81.0
        while x**0.5 < 10.0:
            x += x**0.5
        assert sess.run("while/Exit:0", {"x:0": 81.0}) == pytest.approx(x)


def test_random_numbers_that_the_condition_and_the_body_share_are_refused() -> None:
    builder = frame_graphs.small_loop()
    builder.node("shape", "Shape", "while/Merge", T=FLOAT, out_type=INT)
    builder.node("noise", "RandomUniform", "shape", T=INT, dtype=FLOAT)
    builder.find("while/Less").input[0] = "noise"
    builder.find("while/add").input[1] = "noise"
    with pytest.raises(NotImplementedError, match="'noise' .* 'while_frame' belongs to the loop's condition and to"):
        functional(builder.message)


def test_a_branch_in_the_condition_of_a_loop(tier: str, default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_loop()
    builder.node("big", "Less", "while/limit", "while/Merge", T=FLOAT)
    builder.cond("choice", "while/Merge", "big", true="Square", false="Neg")
    builder.find("while/Less").input[0] = "choice/Merge"
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        # As long as x is not above 10 its opposite is below 10; then its square is not.
        assert sess.run("while/Exit:0", {"x:0": 3.0}) == 12.0


def test_a_loop_over_a_reference_sets_the_variable(tier: str, default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_loop()
    builder.constant("one", 1.0)
    builder.node("v", "VariableV2", dtype=FLOAT)
    builder.find("v").attr["shape"].shape.SetInParent()
    builder.node("set", "Assign", "v", "one", T=FLOAT)
    frame = "while_frame"
    builder.node("r/Enter", "RefEnter", "v", T=FLOAT, frame_name=frame)
    builder.node("r/Merge", "RefMerge", "r/Enter", "r/NextIteration", T=FLOAT)
    builder.node("r/Switch", "RefSwitch", "r/Merge", "while/LoopCond", T=FLOAT)
    builder.node("r/add", "AssignAdd", "r/Switch:1", "while/Identity", T=FLOAT)
    builder.node("r/NextIteration", "RefNextIteration", "r/add", T=FLOAT)
    builder.node("r/Exit", "RefExit", "r/Switch", T=FLOAT)
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        sess.run("set")
        assert sess.run("r/Exit:0", {"x:0": 3.0}) == 1.0 + 3.0 + 6.0
        assert sess.run("v:0") == 10.0


def test_the_value_of_a_variable_enters_a_loop_as_it_was_before(tier: str, default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_loop()
    builder.constant("one", 1.0)
    builder.node("v", "VariableV2", dtype=FLOAT)
    builder.find("v").attr["shape"].shape.SetInParent()
    builder.node("set", "Assign", "v", "one", T=FLOAT)
    builder.find("while/Enter").input[0] = "v"
    made = functional(builder.message)
    assert [(n.name, list(n.input)) for n in made.node if n.op == "Identity"][0] == ("while/Enter", ["v"])
    tf.import_graph_def(made, name="")
    with tf.Session() as sess:
        sess.run("set")
        assert sess.run("while/Exit:0") == 16.0


# Tensor arrays.


def array_graph(version: str) -> Builder:
    """Writes x into an array of two, and reads it; with the op types of one of the three versions."""
    builder = Builder()
    builder.placeholder("x")
    builder.constant("two", 2, dtype=INT)
    builder.constant("one", 1, dtype=INT)
    builder.node("array", f"TensorArray{version}", "two", dtype=FLOAT)
    flow = "array:1"
    if version != "V3":
        flow = builder.constant("flow", 0.0, "^array")
    builder.node("write", f"TensorArrayWrite{version}", "array", "one", "x", flow, T=FLOAT)
    builder.node("read", f"TensorArrayRead{version}", "array", "one", "write", dtype=FLOAT)
    builder.node("size", f"TensorArraySize{version}", "array", "write")
    builder.node("close", f"TensorArrayClose{version}", "array", "^read")
    return builder


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


# What is broken.


def without(name: str) -> Callable[[Builder], None]:
    def change(builder: Builder) -> None:
        builder.remove(name)
        for node in builder.message.node:
            kept = [text for text in node.input if text.partition(":")[0].removeprefix("^") != name]
            node.input[:] = kept
    return change


def with_input(name: str, *inputs: str) -> Callable[[Builder], None]:
    def change(builder: Builder) -> None:
        builder.find(name).input[:] = inputs
    return change


def with_node(*args: str, **attrs: Any) -> Callable[[Builder], None]:
    def change(builder: Builder) -> None:
        builder.node(*args, **attrs)
    return change


def without_attr(name: str, key: str) -> Callable[[Builder], None]:
    def change(builder: Builder) -> None:
        del builder.find(name).attr[key]
    return change


BROKEN_LOOPS = {
    "no Exit": (without("while/Exit"), "'while_frame', which .* enters, has no Exit"),
    "no LoopCond": (without("while/LoopCond"), "'while_frame', which .* enters, has 0 LoopCond nodes"),
    "two LoopConds": (with_node("again", "LoopCond", "while/Less"), "has 2 LoopCond .*: 'while/LoopCond', 'again'"),
    "no NextIteration": (without("while/NextIteration"), "'while/Merge' .* 'while_frame' must take an Enter and a "),
    "no Enter": (without("while/Enter"), "'while/limit' and|'while/Merge'|'while/NextIteration'"),
    "two ways back": (with_input("while/Merge", "while/Enter", "while/NextIteration", "while/NextIteration"),
                      "'while/Merge' .* must take an Enter and a NextIteration"),
    "a way in beside Enter": (with_input("while/add", "while/Identity", "x"),
                              "'while/add' .* has inputs from different frames.* 'x' is in the graph"),
    "a way out beside Exit": (with_node("y", "AddV2", "while/add", "limit", T=FLOAT),
                              "'y' .* different frames.* 'while/add' is in frame 'while_frame'"),
    "no way back": (with_input("while/Merge", "while/Enter", "while/add"), "cycle that goes through no NextIteration"),
    "an Exit of nothing": (with_input("while/Exit", "limit"), "'while/Exit' .* leaves a frame, but .* lies in none"),
    "an Exit of a value inside": (with_input("while/Exit", "while/add"), "'while/Exit' .* must take what a Switch"),
    "a way back outside": (with_node("y", "NextIteration", "x", T=FLOAT), "'y' .* lies in no frame"),
    "a condition outside": (with_node("y", "LoopCond", "x"), "'y' .* lies in no frame"),
    "a frame without a name": (without_attr("while/Enter", "frame_name"), "'while/Enter' .*missing attr 'frame_name'"),
    "a value used when the loop ends": (with_input("while/Identity", "while/Switch"),
                                        "'while/Switch' .* used otherwise than by an Exit"),
    "a variable used beside its Merge": (with_input("while/add", "while/Identity", "while/Enter"),
                                         "'while/Enter' .* not constant, but used otherwise"),
    "an Enter of two": (with_input("while/Enter", "x", "limit"), "'while/Enter' .* takes one input, but has 2"),
    "a number of the turn": (with_input("while/add", "while/Merge:1", "while/Identity"), "value_index"),
    "a condition that depends on the body": (with_input("while/Less", "while/add", "while/limit"), "cycle"),
}


@pytest.mark.parametrize("title", BROKEN_LOOPS)
def test_broken_loops_are_refused_and_leave_the_graph_as_it_was(title: str, default_graph: tf.Graph) -> None:
    change, message = BROKEN_LOOPS[title]
    builder = frame_graphs.small_loop()
    change(builder)
    with pytest.raises((ValueError, NotImplementedError), match=message):
        tf.import_graph_def(builder.message)
    assert default_graph.get_operations() == []


BROKEN_BRANCHES = {
    "another predicate": (with_input("cond/false", "other"), "'cond/Merge' .* not the two sides of one predicate: "
                                                             "'cond/false', 'cond/true'"),
    "a Switch of one input": (with_input("cond/Switch", "x"), "'cond/Switch' .* takes two inputs, but has 1"),
    "a Switch with three outputs": (with_input("cond/true", "cond/Switch:2"), "invalid output 2 of .*cond/Switch"),
    "a Merge of nothing": (with_input("cond/Merge"), "'cond/Merge' .* has no inputs"),
    "a circle": (with_input("cond/Switch", "cond/Merge", "p"), "in a cycle.*'cond/Switch'"),
}


@pytest.mark.parametrize("title", BROKEN_BRANCHES)
def test_broken_branches_are_refused(title: str) -> None:
    change, message = BROKEN_BRANCHES[title]
    builder = frame_graphs.small_cond()
    builder.placeholder("q", BOOL)
    builder.node("other", "Switch", "x", "q", T=FLOAT)
    change(builder)
    with pytest.raises(ValueError, match=message):
        functional(builder.message)


@pytest.mark.parametrize(("change", "message"), [
    (with_input("write", "x", "one", "x", "array:1"), "'write' .* takes the handle .* from output 0 of Node 'x'"),
    (with_input("write", "array:1", "one", "x", "array:1"), "from output 1 of Node 'array'"),
    (with_input("write", "array", "one", "x"), "'write' .* takes 4 inputs, but has 3"),
    (without_attr("write", "T"), "'write' .*missing attr 'T'"),
    (without_attr("array", "dtype"), "'array' .*missing attr 'dtype'"),
    (with_node("g", "TensorArrayGradWithShape", "array", "array:1", "two", source="g"), "'g' .* not supported"),
])
def test_broken_arrays_are_refused(change: Callable[[Builder], None], message: str) -> None:
    builder = array_graph("V3")
    change(builder)
    with pytest.raises((ValueError, NotImplementedError), match=message):
        functional(builder.message)


def test_handles_that_lead_in_a_circle_are_refused() -> None:
    builder = Builder()
    builder.constant("size", 2, dtype=INT)
    builder.node("a", "StackPopV2", "b", elem_type=RESOURCE)
    builder.node("b", "StackPopV2", "a", elem_type=RESOURCE)
    with pytest.raises(ValueError, match="cycle"):
        functional(builder.message)


def nested_loops(depth: int) -> Builder:
    builder = Builder()
    tensor = builder.placeholder("x")
    for i in range(depth):
        tensor = builder.node(f"e{i}", "Enter", tensor, T=FLOAT, frame_name=f"f{i}")
    return builder


def nested_conds(depth: int) -> Builder:
    builder = Builder()
    tensor = builder.placeholder("x")
    for i in range(depth):
        builder.placeholder(f"p{i}", BOOL)
        builder.node(f"s{i}", "Switch", tensor, f"p{i}", T=FLOAT)
        tensor = f"s{i}:1"
    for i in reversed(range(depth)):
        tensor = builder.node(f"m{i}", "Merge", f"s{i}", tensor, T=FLOAT)
    return builder


@pytest.mark.parametrize("build", [nested_loops, nested_conds])
def test_what_lies_too_deep_is_refused(build: Callable[[int], Builder]) -> None:
    with pytest.raises(ValueError, match="at most 64"):
        functional(build(3000).message)


def test_branches_lie_in_each_other_as_deep_as_functions_may(default_graph: tf.Graph) -> None:
    tf.import_graph_def(nested_conds(60).message, name="")
    with tf.Session() as sess:
        feeds = {f"p{i}:0": i != 40 for i in range(60)} | {"x:0": 3.0}
        assert sess.run("m0:0", feeds) == 3.0


def many_conds(count: int) -> Builder:
    """A row of branches, each of which needs the last."""
    builder = Builder()
    tensor = builder.placeholder("x")
    builder.placeholder("p", BOOL)
    for i in range(count):
        tensor = builder.cond(f"c{i}", tensor, "p")
    return builder


def long_body(count: int) -> Builder:
    """A loop with a long body, and a branch in it with as many outputs."""
    builder = frame_graphs.small_loop()
    builder.node("pred", "Less", "while/Identity", "while/limit", T=FLOAT)
    builder.node("s", "Switch", "while/Identity", "pred", T=FLOAT)
    tensor = "s:1"
    for i in range(count):
        tensor = builder.node(f"b{i}", "Neg", tensor, T=FLOAT)
    merges = [builder.node(f"m{i}", "Merge", "s", f"b{i}", T=FLOAT) for i in range(count)]
    builder.node("sum", "AddN", *merges, T=FLOAT)
    builder.find("while/add").input[1] = "sum"
    return builder


def long_row_of_writes(count: int) -> Builder:
    builder = array_graph("V3")
    flow = "array:1"
    for i in range(count):
        flow = builder.node(f"w{i}", "TensorArrayWriteV3", "array", "one", "x", flow, T=FLOAT)
    return builder


@pytest.mark.slow
@pytest.mark.parametrize("build", [many_conds, long_body, long_row_of_writes])
def test_twice_the_nodes_take_about_twice_the_time(build: Callable[[int], Builder]) -> None:
    small, large = build(400).message, build(3200).message

    def seconds(message: Any) -> float:
        start = time.process_time()
        functional(message)
        return time.process_time() - start

    assert seconds(large) < 8 * 3 * seconds(small)
