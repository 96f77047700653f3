"""What loops and branches of TensorFlow 1 become: nodes, functions, names."""

from __future__ import annotations

from typing import Any

import frame_graphs
import pytest
from frame_graphs import BOOL, FLOAT, INT, Builder
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


@pytest.mark.parametrize("is_swapped", [False, True])
def test_a_merge_of_a_loop_tells_whether_its_value_is_that_of_the_start(is_swapped: bool, tier: str,
                                                                        default_graph: tf.Graph) -> None:
    builder = frame_graphs.small_loop()
    builder.constant("none", 0, dtype=INT)
    builder.node("n/Enter", "Enter", "none", T=INT, frame_name="while_frame")
    builder.node("n/Merge", "Merge", "n/Enter", "n/NextIteration", T=INT)
    builder.node("n/Switch", "Switch", "n/Merge", "while/LoopCond", T=INT)
    builder.node("of/Switch", "Switch", "while/Merge:1", "while/LoopCond", T=INT)
    builder.node("n/sum", "AddV2", "n/Switch:1", "of/Switch:1", T=INT)
    builder.node("n/NextIteration", "NextIteration", "n/sum", T=INT)
    builder.node("n/Exit", "Exit", "n/Switch", T=INT)
    builder.node("of/Exit", "Exit", "of/Switch", T=INT)
    if is_swapped:
        inputs = builder.find("while/Merge").input
        inputs[:] = reversed(inputs)
    tf.import_graph_def(builder.message, name="")
    with tf.Session() as sess:
        # From 1 it takes four turns, the first of which begins with what entered; from 20 none.
        found = [sess.run(["n/Exit:0", "of/Exit:0"], {"x:0": x}) for x in (1.0, 20.0)]
    assert found == ([[1, 0], [0, 1]] if is_swapped else [[3, 1], [0, 0]])
