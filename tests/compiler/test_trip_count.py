"""How often a loop turns is told while compiling, as far as its counters are known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import millpond as tf
from millpond.compiler.debug import Debug
from millpond.compiler.program import Program
from millpond.compiler.trip_count import MAX_FOLLOWED, Trips, trips


def _trips(build, **known):
    """The trips of the one loop that `build` makes; of its inputs, those that are constants are known."""
    with tf.Graph().as_default() as graph:
        tensor = build()
        program = Program.of_subgraph([], [tensor]) if not known else None
        loop = next(op for op in graph.get_operations() if op.type.endswith("While"))
        assert program is not None
        instruction = next(one for one in program.instructions if one.op is loop)
    operands = [np.asarray(t.op.attributes["value"]) if t.op.type == "Const" else None for t in loop.inputs]
    return trips(instruction, operands)


@pytest.mark.parametrize("cond, step, start, count", [
    (lambda i: i < 10, lambda i: i + 3, 0, 4),
    (lambda i: i <= 9, lambda i: i + 3, 0, 4),
    (lambda i: 10 > i, lambda i: 2 + i, 1, 5),
    (lambda i: i >= 0, lambda i: i - 1, 7, 8),
    (lambda i: i < 5, lambda i: i + 1, 9, 0),
    (lambda i: i < 10_000_000, lambda i: i + 1, 0, 10_000_000),
    (lambda i: tf.not_equal(i, 8), lambda i: i * 2, 1, 3),
    (lambda i: tf.logical_and(i < 10, i < 7), lambda i: i + 1, 0, 7),
])
def test_counters_are_followed(cond, step, start, count):
    assert _trips(lambda: tf.while_loop(cond, step, [start])) == Trips(count, True)


def test_part_of_a_condition_bounds_the_loop():
    found = _trips(lambda: tf.while_loop(lambda i, x: tf.logical_and(i < 10, x > 0.0), lambda i, x: (i + 1, x * 0.5),
                                         [0, tf.random_uniform([])])[0])
    assert found == Trips(10, False)


@pytest.mark.parametrize("limit, count", [
    (lambda x: tf.shape(x)[0], 3), (lambda x: tf.size(x) * 1_000_000, 6_000_000), (lambda x: tf.shape(x)[1] + 2, 4)])
def test_shapes_of_what_is_computed_are_known(limit, count):
    """The commonest loop of all goes over the rows of something."""
    def build():
        x = tf.random_uniform([3, 2])
        return tf.while_loop(lambda i, s: i < limit(x), lambda i, s: (i + 1, s + x), [0, x])[0]

    with tf.Graph().as_default():
        program = Program.of_subgraph([], [build()])
        instruction = next(one for one in program.instructions if one.op.type.endswith("While"))
        operands = [np.asarray(t.op.attributes["value"]) if t.op.type == "Const" else
                    SimpleNamespace(shape=tuple(t.shape.as_list()), dtype=t.dtype.as_numpy_dtype)
                    for t in instruction.op.inputs]
        assert trips(instruction, operands) == Trips(count, True)


def test_what_is_computed_is_not_known():
    assert _trips(lambda: tf.while_loop(lambda x: x > 0.5, lambda x: x * 0.5, [tf.random_uniform([])])) == Trips(
        None, False)


def test_what_takes_too_long_to_follow_is_left():
    assert _trips(lambda: tf.while_loop(lambda i: i * i < (MAX_FOLLOWED + 2)**2, lambda i: i + 1, [0])).most is None


def test_guards_on_counters_that_stay_in_range_cost_nothing(compiled):
    """A step that reads a list by a counter has no check left; one that leaves the list has."""
    def read(count):
        values = tf.TensorArray(tf.float32, 3, clear_after_read=False).unstack([1.0, 2.0, 3.0])
        return tf.while_loop(lambda i, s: i < count, lambda i, s: (i + 1, s + values.read(i)), [0, 0.0])[1]

    with tf.Graph().as_default():
        inside, outside = read(3), read(4)
        with tf.Session() as sess:
            assert sess.run(inside) == 6.0
            with pytest.raises(tf.errors.OpError, match="iteration 3"):
                sess.run(outside)


@pytest.mark.parametrize("limit", [lambda values, x: values.size(), lambda values, x: tf.shape(x)[0]])
def test_what_a_loop_over_rows_keeps_has_room_from_the_start(limit, compiled, capsys):
    """40 is more than the room that a list is given whose end is not known."""
    x = tf.placeholder(tf.float32, [None])
    values = tf.TensorArray(tf.float32, 0, dynamic_size=True, clear_after_read=False).unstack(x)
    _, total = tf.while_loop(lambda i, s: i < limit(values, x), lambda i, s: (i + 1, s * values.read(i)), [0, 1.0])
    (grad,) = tf.gradients(total, x)
    with tf.Session() as sess, Debug("stages"):
        assert sess.run(grad, {x: np.ones(40)}).tolist() == [1.0] * 40
    said = capsys.readouterr().err
    assert "compiled" in said and "compiled anew" not in said


def test_a_list_that_grows_is_no_known_end(tier):
    """A condition that looks at the length of what the body lengthens."""
    values = tf.TensorArray(tf.int32, 0, dynamic_size=True)
    values = tf.while_loop(lambda a: a.size() < 5, lambda a: [a.write(a.size(), 3 * a.size())], [values])
    with tf.Session() as sess:
        assert sess.run(values.stack()).tolist() == [0, 3, 6, 9, 12]
