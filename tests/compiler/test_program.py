"""Programs as functions `(state, inputs) -> (state, outputs, ok)`: interpreted, compiled, and put into a loop."""

from __future__ import annotations

from typing import Any

import jax
import jax.export
import numpy as np
import pytest

import millpond as tf
from millpond.compiler import lowering
from millpond.compiler.interpret import Interpreter, interpret
from millpond.compiler.lower import State, as_function
from millpond.compiler.lowering import Lowering
from millpond.compiler.program import Program
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.ops.random import philox


def walk(steps: tf.Tensor) -> tuple[tf.Operation, tf.Tensor, tf.Operation]:
    """A body that moves a variable by a random step, which an index picks: reads, writes, draws and a guard."""
    position = tf.Variable([0.0, 0.0], name="position")
    step = tf.random_uniform([2], seed=5) * tf.gather(tf.constant([1.0, 2.0, 3.0]), steps)
    return position.op, tf.reduce_sum(step), position.assign_add(step).op


def test_a_subgraph_is_a_function_that_fits_into_a_loop() -> None:
    tf.set_random_seed(3)
    index = tf.placeholder(tf.int32, [])
    variable, drawn, write = walk(index)
    program = Program.of_subgraph([index], [drawn], [write])
    assert program.variables == [variable] and len(program.random_ops) == 1
    function = as_function(program, lowering.default())
    start = State([np.zeros(2, np.float32)], np.stack([philox.initial_state(3, 5)]))

    def body(i: Any, carried: tuple[State, Any, Any]) -> tuple[State, Any, Any]:
        state, total, fine = carried
        state, (value,), ok = function(state, [i % 3])
        return state, total + value, fine & ok

    with jax.enable_x64(True):
        looped, total, ok = jax.jit(lambda: jax.lax.fori_loop(
            np.int32(0), np.int32(6), body, (start, np.float32(0), np.bool_(True))))()

    stream, position, expected = start.streams[0], start.variables[0], 0.0

    def draw(_: tf.Operation, samples: int) -> np.ndarray:
        nonlocal stream
        before, stream = stream, philox.advance(stream, samples)
        return before

    for i in range(6):
        outcome = interpret(program, [np.int32(i % 3)], [position], Interpreter(draw, lambda op: None))
        position, expected = outcome.writes[0], expected + outcome.outputs[0]
    np.testing.assert_allclose(looped.variables[0], position, rtol=1e-6)
    np.testing.assert_allclose(total, expected, rtol=1e-6)
    np.testing.assert_array_equal(looped.streams[0], stream)
    assert bool(ok)


def test_a_guard_that_refuses_keeps_the_state() -> None:
    index = tf.placeholder(tf.int32, [])
    _, drawn, write = walk(index)
    function = as_function(Program.of_subgraph([index], [drawn], [write]), lowering.default())
    before = State([np.array([4.0, 5.0], np.float32)], np.stack([philox.initial_state(1, 1)]))
    with jax.enable_x64(True):
        after, _, ok = jax.jit(function)(before, [np.int32(9)])
        moved, _, fine = jax.jit(function)(before, [np.int32(2)])
    assert not ok and np.asarray(after.variables[0]).tolist() == [4.0, 5.0]
    assert fine and np.asarray(moved.variables[0]).tolist() != [4.0, 5.0]


def test_a_subgraph_with_host_operations_is_no_program() -> None:
    x = tf.placeholder(tf.float32, [])
    y = tf.py_func(lambda v: v, [x], tf.float32, name="in_python")
    with pytest.raises(NotImplementedError, match="in_python"):
        Program.of_subgraph([x], [tf.add(y, 1.0)])


def test_a_rule_may_ask_what_it_is_lowered_for(scratch_ops: None, compiled: None) -> None:
    seen: list[Lowering] = []

    def lower(jax_module: Any, x: Any, *, lowering: Lowering) -> Any:
        seen.append(lowering)
        return x + 1

    ask = define_op("AskForTest", inputs="x: T", outputs="y: T", attrs="T: type", shape=lambda x: x, lower=lower,
                    gradient=NOT_DIFFERENTIABLE)
    with tf.Session() as sess:
        assert sess.run(ask(tf.placeholder_with_default(1.0, []))) == 2.0
    assert seen[0].platform == jax.local_devices()[0].platform and seen[0].device == jax.local_devices()[0]
    assert seen[0].sharding is None


def test_a_program_can_be_lowered_for_a_platform_that_is_not_here() -> None:
    """`as_function` asks nothing of the device: the same code is exported for a GPU."""
    x = tf.placeholder(tf.float32, [4, 4])
    program = Program.of_subgraph([x], [tf.reduce_sum(tf.nn.softmax(tf.matmul(x, x)))])
    function = as_function(program, Lowering("cuda"))
    exported = jax.export.export(jax.jit(lambda value: function(State([]), [value])[1]), platforms=["cuda"])(
        jax.ShapeDtypeStruct((4, 4), np.float32))
    assert exported.platforms == ("cuda",)


def test_what_a_program_hands_on_is_its_output_too() -> None:
    x, y = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [2])
    program = Program.of_subgraph([x, y], [tf.identity(y), x + y, tf.identity(x)], [])
    given = {x: np.float32([1, 2]), y: np.float32([3, 4])}
    function = as_function(program, lowering.default())
    inputs = [given[tensor] for tensor in program.stage.inputs]
    _, outputs, _ = jax.jit(lambda *arrays: function(State([]), list(arrays)))(*inputs)
    assert [output.tolist() for output in outputs] == [[3, 4], [4, 6], [1, 2]]
