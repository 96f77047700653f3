"""What is broken, or lies too deep, is refused with its node; what is long takes its time and no more."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import frame_graphs
import pytest
from frame_graphs import BOOL, FLOAT, INT, RESOURCE, Builder, array_graph

import millpond as tf
from millpond.graph.frames import functional


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
    (with_node("g", "TensorArrayGradWithShape", "array", "array:1", source="g"), "'g' .* takes 3 inputs, but has 2"),
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
def test_twice_the_nodes_take_about_twice_the_work(build: Callable[[int], Builder]) -> None:
    small, large = build(400).message, build(3200).message

    def calls(message: Any) -> int:
        """How many functions are called, Python's own among them: a clock would tell of the machine."""
        count = 0

        def note(frame: Any, event: str, argument: Any) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(note)
        try:
            functional(message)
        finally:
            sys.setprofile(None)
        return count

    assert calls(large) < 8 * 1.5 * calls(small)
