"""The scopes of a graph: each thread has its own, and blocks are left in the order in which they nest."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

import millpond as tf


def _made_beside(graph: tf.Graph, block: Callable[[], AbstractContextManager[Any]]) -> tuple[Any, Any]:
    """Two operations: one of another thread that is inside of a block, one of this thread meanwhile."""
    inside, leave = threading.Event(), threading.Event()
    made = []

    def other() -> None:
        with graph.as_default(), block():
            inside.set()
            assert leave.wait(20)
            made.append(tf.identity(graph.get_tensor_by_name("x:0"), name="theirs").op)

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(20)
    with graph.as_default():
        ours = tf.identity(graph.get_tensor_by_name("x:0"), name="ours").op
    leave.set()
    thread.join()
    return made[0], ours


BLOCKS: dict[str, tuple[Callable[[tf.Graph], Any], Callable[[Any], Any]]] = {
    "name_scope": (lambda graph: graph.name_scope("A"), lambda op: op.name),
    "control_dependencies": (lambda graph: graph.control_dependencies(["first"]), lambda op: op.control_inputs),
    "device": (lambda graph: graph.device("/cpu:1"), lambda op: op.device),
    "colocate_with": (lambda graph: graph.colocate_with("first"), lambda op: op.colocation),
    "gradient_override_map": (lambda graph: graph.gradient_override_map({"Identity": "Mine"}),
                              lambda op: op.gradient_type),
}


@pytest.mark.parametrize("kind", BLOCKS)
def test_a_block_of_another_thread_says_nothing_here(kind: str) -> None:
    block, effect = BLOCKS[kind]
    graph = tf.Graph()
    with graph.as_default():
        tf.constant(1.0, name="x")
        tf.no_op("first")
        plain = effect(tf.identity(graph.get_tensor_by_name("x:0"), name="plain").op)
    theirs, ours = _made_beside(graph, lambda: block(graph))
    expected = "ours" if kind == "name_scope" else plain
    assert effect(ours) == expected
    assert effect(theirs) != expected and effect(theirs) != plain


def test_a_container_of_another_thread_says_nothing_here() -> None:
    graph = tf.Graph()
    with graph.container("mine"):
        found: list[str] = []
        thread = threading.Thread(target=lambda: found.append(graph.current_container))
        thread.start()
        thread.join()
        assert (graph.current_container, found) == ("mine", [""])


def test_a_variable_scope_of_another_thread_says_nothing_here() -> None:
    graph = tf.Graph()
    with graph.as_default(), tf.variable_scope("mine"):
        made = []

        def other() -> None:
            with graph.as_default():
                made.append(tf.get_variable("v", [1]))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert made[0].op.name == "v" and tf.get_variable("v", [1]).op.name == "mine/v"


def test_eight_threads_get_names_that_differ() -> None:
    graph = tf.Graph()
    with graph.as_default():
        shared = tf.constant(1.0, name="shared")
    failures: list[BaseException] = []
    together = threading.Barrier(8)

    def build() -> None:
        try:
            together.wait()
            with graph.as_default():
                for _ in range(200):
                    with tf.name_scope("layer"):
                        tf.identity(shared, name="c")
                    tf.identity(shared, name="c")
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=build) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    operations = graph.get_operations()
    names = {op.name for op in operations} - {"shared"}
    numbered = {"" if i == 0 else f"_{i}" for i in range(1600)}
    assert names == {f"c{n}" for n in numbered} | {f"layer{n}/c" for n in numbered}
    assert [op.id for op in operations] == list(range(3201))
    assert shared.consumers() == operations[1:]


NESTED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "device": (lambda: tf.device("/cpu:0"), RuntimeError, "without proper scope nesting"),
    "control_dependencies": (lambda: tf.control_dependencies([tf.no_op()]), AssertionError, "Nesting violated"),
    "variable_scope": (lambda: tf.variable_scope("v"), RuntimeError, "Improper nesting of variable_scope"),
    "variable_creator_scope": (lambda: tf.variable_creator_scope(lambda creator, **others: creator(**others)),
                               RuntimeError, "Exiting variable_creator_scope without proper nesting"),
}


@pytest.mark.parametrize("kind", NESTED)
def test_blocks_are_left_in_the_order_in_which_they_nest(kind: str) -> None:
    block, error, message = NESTED[kind]
    outer, inner = block(), block()
    outer.__enter__()
    inner.__enter__()
    with pytest.raises(error, match=message):
        outer.__exit__(None, None, None)
    with contextlib.suppress(error):
        inner.__exit__(None, None, None)


def test_a_block_that_lifts_the_others_nests_too() -> None:
    lifting, inner = tf.control_dependencies(None), tf.control_dependencies([tf.no_op()])
    lifting.__enter__()
    inner.__enter__()
    with pytest.raises(AssertionError, match="Nesting violated"):
        lifting.__exit__(None, None, None)


@pytest.mark.parametrize("block", [lambda: tf.device("/cpu:0"), lambda: tf.control_dependencies([tf.no_op()])])
def test_what_a_block_held_is_gone_after_it_even_when_it_is_left_in_error(block: Callable[[], Any]) -> None:
    with pytest.raises(KeyError), block():
        raise KeyError
    op = tf.no_op()
    assert op.device == "" and op.control_inputs == []


@pytest.mark.parametrize("kind", [list, tuple, set, dict.fromkeys, iter, lambda ops: {i: op for i, op in
                                                                                     enumerate(ops)}.values()])
def test_any_iterable_says_what_to_wait_for(kind: Callable[[Any], Any]) -> None:
    a, b = tf.no_op("a"), tf.no_op("b")
    with tf.control_dependencies(kind([a, b])):
        done = tf.no_op()
    assert sorted(op.name for op in done.control_inputs) == ["a", "b"]


@pytest.mark.parametrize("wrong", [5, lambda: 1, [None], [3.0]])
def test_what_cannot_be_waited_for_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError):
        tf.control_dependencies(wrong)


def test_a_tensor_to_wait_for_must_stand_in_a_list() -> None:
    with pytest.raises(TypeError, match="put it in a list"):
        tf.control_dependencies(tf.constant(1))
